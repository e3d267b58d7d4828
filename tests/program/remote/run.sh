#!/bin/sh
# A use that is served by another deployment: results, errors with their members, keys, many at once, time-outs; and each
# call takes effect once while either side is killed.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
program=$1
export NOTES="$work/notes"
: >"$NOTES"

# The other side: one more server, which is killed and started by itself.
other_pid='' other_url=''
other_start() {
    : >"$work/other.log"
    "$program" serve --store "$work/other" --listen "${other_url:-127.0.0.1:0}" >"$work/other.log" 2>&1 &
    other_pid=$!
    for _ in $(seq 200); do
        other_url=$(sed -n 's|^listening on http://||p' "$work/other.log")
        if [ -n "$other_url" ] && curl -sf -o /dev/null "http://$other_url/readyz"; then return 0; fi
        sleep 0.05
    done
    echo "the other deployment does not start: $(cat "$work/other.log")"
    exit 1
}
other_kill() {
    kill -KILL "$other_pid" 2>/dev/null
    wait "$other_pid" 2>/dev/null
}
trap 'kill -KILL $other_pid $server_pid 2>/dev/null' EXIT

runs() { grep -E " $1\$" "$NOTES" | cut -d' ' -f1 | sort -u | wc -l; }

other_start
cat >"$work/shop.ini" <<INI
[Shop.use]
payments = http://$other_url
accounts = http://$other_url/Ledger
INI
shop_start() { server_start "$program" "$work/store" "$work/log" --config "$work/shop.ini" --shards 2 || exit 1; }
buy() { call Shop/buy "{\"order\": \"$1\", \"amount\": \"$2\", \"pause\": \"$3\"}" -H "Idempotency-Key: $1" -H "Prefer: wait=${4:-50}"; }

shop_start
buy o1 12.50 PT0S
expect "a result" 200 '. == "o1 12.50 a+b"'
buy o2 -1 PT0S
expect "an error with its members" 200 '. == "no o2 7"'
call Shop/save '{"name": "al/ice ä", "amount": 3}'
expect "a key" 200 '. == 3'
call Shop/save '{"name": "al/ice ä", "amount": 4}'
expect "the same key" 200 '. == 7'
call Shop/many '{"count": 100}'
expect "many at once" 200 '. == 100'
[ "$(runs 'charge m[0-9]*')" = 100 ] || http_complain "each of the many once: $(runs 'charge m[0-9]*')"
call Shop/impatient '{"order": "i1"}'
expect "a time-out" 200 '. == "timeout"'

# It is not there when it is called, and comes back.
other_kill
buy o3 1 PT0S 0
expect "it waits for the other deployment" 202
id=$(jq -r .id <"$http_work/body")
sleep 1
server_kill
shop_start
sleep 1
other_start
request GET "/v1/invocations/$id/result" -H 'Prefer: wait=50'
expect "and gets its answer" 200 '. == "o3 1 a+b"'

# Either side is killed while it runs.
for number in 1 2 3 4 5 6; do
    buy "k$number" "$number" PT2S 0
    expect "it begins" 202
    sleep "0.0$number"
    if [ $((number % 2)) = 0 ]; then
        other_kill
        other_start
    else
        server_kill
        shop_start
    fi
done
for number in 1 2 3 4 5 6; do
    buy "k$number" "$number" PT2S
    expect "a call through kills" 200 ". == \"k$number $number a+b\""
done
[ "$(runs 'charge k[0-9]*')" = 6 ] || http_complain "each through kills once: $(runs 'charge k[0-9]*')"
[ "$(runs 'charge o[0-9]*')" = 3 ] || http_complain "each order once: $(runs 'charge o[0-9]*')"

# What was not wanted any more was cancelled there, through all of that.
http_count=$((http_count + 1))
for _ in $(seq 300); do
    [ "$(runs 'cancelled i1')" = 0 ] || break
    sleep 0.1
done
[ "$(runs 'cancelled i1')" = 1 ] || http_complain "the call is cancelled there"

server_stop || http_bad=$((http_bad + 1))
other_kill
rm -rf "$work"
http_end
