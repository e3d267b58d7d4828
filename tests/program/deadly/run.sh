#!/bin/sh
# Steps that end their process: after its third death each is in quarantine, with a reason, while all else is done; no
# start lets it out, but a retry by hand does. And a step that runs at most once: not again, if it had begun.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
export DEADLY_LOG="$work/steps" DEADLY_MENDED="$work/mended"
: >"$DEADLY_LOG"
ulimit -c 0

bad() {
    echo "NOT AS EXPECTED: $*"
    http_bad=$((http_bad + 1))
}

# Answers of `GET /v1/invocations/ID`, one a line.
states() {
    for id in "$@"; do
        request GET "/v1/invocations/$id"
        jq -r .state "$http_work/body"
    done
}

# ---- deaths ----

# Start it, and again where it dies before it is ready.
deaths=0
start() {
    while [ $deaths -lt 20 ]; do
        server_start "$program" "$work/store" "$work/log" 2>/dev/null && return
        wait "$server_pid" 2>/dev/null
        deaths=$((deaths + 1))
    done
}

program=$1
server_start "$program" "$work/store" "$work/log" --shards 2 || exit 1
well= deadly=
for number in 1 2 3 4 5 6 7 8 9 10; do
    call Deadly/run "{\"number\": $number, \"how\": \"well\"}" -H 'Prefer: wait=0'
    expect "accepted" 202 '.id | type == "string"'
    well="$well $(jq -r .id "$http_work/body")"
done
number=100
for how in abort fault kill; do
    number=$((number + 1))
    # The process may die before it answers: the key finds the call again.
    for _ in $(seq 20); do
        call Deadly/run "{\"number\": $number, \"how\": \"$how\"}" -H 'Prefer: wait=0' -H "Idempotency-Key: $how" \
            2>/dev/null
        [ "$status" = 202 ] && break
        kill -0 "$server_pid" 2>/dev/null && continue
        wait "$server_pid" 2>/dev/null
        deaths=$((deaths + 1))
        start
    done
    expect "accepted" 202 '.id | type == "string"'
    deadly="$deadly $(jq -r .id "$http_work/body")"
done

# Start it whenever it has died, until it lives for three seconds.
lives=0
while [ $lives -lt 30 ] && [ $deaths -lt 20 ]; do
    sleep 0.1
    lives=$((lives + 1))
    kill -0 "$server_pid" 2>/dev/null && continue
    wait "$server_pid" 2>/dev/null
    deaths=$((deaths + 1)) lives=0
    start
done
echo "three deadly steps: the process died $deaths times"
[ $deaths -le 9 ] || bad "three steps may kill nine processes, not $deaths"
[ $deaths -ge 3 ] || bad "the process died only $deaths times"
for id in $well; do
    request GET "/v1/invocations/$id/result"
    expect "those that are well" 200 '. > 0'
done
for id in $deadly; do
    request GET "/v1/invocations/$id"
    expect "a deadly one" 200 '.state == "quarantined"' '.reason | test("step touch ended the process 3 times")'
done
for number in 101 102 103; do
    count=$(grep -c "^deadly $number$" "$DEADLY_LOG")
    [ "$count" = 3 ] || bad "the step of $number was executed $count times, not 3"
done

# ---- it is held ----

server_stop || bad "exit code $server_status"
server_start "$program" "$work/store" "$work/log" || exit 1
sleep 0.5
[ "$(states $deadly | sort | uniq -c | tr -s ' ')" = " 3 quarantined" ] || bad "a start let them out: $(states $deadly)"
request POST "/v1/invocations/00000000-0000-4000-8000-000000000001/retry"
expect "a retry of what is not there" 404

: >"$DEADLY_MENDED"
for id in $deadly; do
    request POST "/v1/invocations/$id/retry"
    expect "a retry" 202 '.state == "running"'
done
for id in $deadly; do
    for _ in $(seq 100); do
        request GET "/v1/invocations/$id/result"
        [ "$status" = 202 ] || break
        sleep 0.1
    done
    expect "the result of a mended one" 200 '. > 200'
    request POST "/v1/invocations/$id/retry"
    expect "a retry of what has ended" 404
done

# ---- at most once ----

settled=
for number in 1 2; do
    call Deadly/settle "{\"number\": $number}" -H 'Prefer: wait=0'
    expect "accepted" 202 '.id | type == "string"'
    settled="$settled $(jq -r .id "$http_work/body")"
    [ $number = 2 ] || while ! grep -q '^pay 1$' "$DEADLY_LOG"; do sleep 0.05; done
done
request POST "/v1/invocations/${settled##* }/retry"
expect "a retry of what is in no quarantine" 409
sleep 0.2
server_kill
server_start "$program" "$work/store" "$work/log" || exit 1
set -- $settled
request GET "/v1/invocations/$1/result?" -H 'Prefer: wait=10'
expect "one that had begun" 200 '. == "unknown"'
request GET "/v1/invocations/$2/result" -H 'Prefer: wait=10'
expect "one that had not" 200 '. == "paid"'
[ "$(grep -c '^pay 1$' "$DEADLY_LOG")" = 1 ] || bad "the payment was executed twice"
server_stop || bad "exit code $server_status"
rm -rf "$work"
http_end
