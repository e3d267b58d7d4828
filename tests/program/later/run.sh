#!/bin/sh
# Steps that answer later, and limits: neither holds a worker; late answers are dropped; a server that ends, or is killed,
# while answers are out executes those steps again.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
export LATER_LOG="$work/steps"
: >"$LATER_LOG"
server_start "$1" "$work/store" "$work/log" --workers 4 --shards 2 || exit 1

bad() {
    echo "NOT AS EXPECTED: $*"
    http_bad=$((http_bad + 1))
}
metric() {
    curl -s "$server_url/metrics" | sed -n "s/^$1 //p"
}
# The most lines "$1 +" that have no "$1 -" yet.
most() {
    awk -v what="$1" '$1 == what { running += ($2 == "+") - ($2 == "-"); if (running > most) most = running }
        END { print most + 0 }' "$LATER_LOG"
}

call Later/ask_one '{"number": 7, "after_ms": 20, "how": "done"}'
expect "a result" 200 '. == "7"'
call Later/ask_one '{"number": 7, "after_ms": 0, "how": "done"}'
expect "at once" 200 '. == "7"'
call Later/ask_one '{"number": 7, "after_ms": 20, "how": "refuse"}'
expect "an error" 200 '. == "refused later"'
call Later/ask_one '{"number": 7, "after_ms": 20, "how": "retry"}'
expect "tried again" 200 '. == "step ask failed 3 times, at last: busy at 7"'
call Later/ask_one '{"number": 7, "after_ms": 20, "how": "release"}'
expect "given up" 200 'test("failed 3 times")'
call Later/ask_one '{"number": 7, "after_ms": 900, "how": "done"}'
expect "too late, three times" 200 'test("no answer within")'
call Later/ask_one '{"number": 7, "after_ms": 0, "how": "never"}'
expect "never" 200 'test("no answer within")'
call Later/hurry '{"number": 7}'
expect "within" 200 '. == "late"'

# ---- 100 answers are out, and four workers are free ----
begin=$(date +%s%3N)
call Later/ask_many '{"count": 100}'
expect "a hundred answers" 200 '. == 4950'
taken=$(($(date +%s%3N) - begin))
[ $taken -lt 3000 ] || bad "100 answers that come after 300 ms took $taken ms with four workers"
sleep 1
[ "$(metric dsy_steps_later)" -le 3 ] || bad "$(metric dsy_steps_later) answers are out still"

# ---- limits ----
call Later/narrow_of '{"count": 10}' -H 'Prefer: wait=0'
narrow_id=$(jq -r .id "$http_work/body")
sleep 0.05
begin=$(date +%s%3N)
call Later/ask_one '{"number": 8, "after_ms": 0, "how": "done"}'
expect "another step beside a limit" 200 '. == "8"'
taken=$(($(date +%s%3N) - begin))
[ $taken -lt 300 ] || bad "a limit held the workers: another step took $taken ms"
request GET "/v1/invocations/$narrow_id/result" -H 'Prefer: wait=20'
expect "ten at a limit" 200 '. == 45'
[ "$(most narrow)" -le 2 ] || bad "$(most narrow) of narrow ran at a time, not 2"
call Later/few_of '{"count": 30}' -H 'Prefer: wait=20'
expect "thirty at both limits" 200 '. == 435'
[ "$(most few)" -le 2 ] || bad "$(most few) of few ran at a time, not 2"
awk '$1 == "few" && $2 == "+" { at[++count] = $3; if (count > 20 && $3 - at[count - 20] < 990) bad = 1 } END { exit bad }' \
    "$LATER_LOG" || bad "more than twenty of few began within a second"

# ---- the server ends while answers are out ----
call Later/ask_one '{"number": 9, "after_ms": 300, "how": "done"}' -H 'Prefer: wait=0'
first=$(jq -r .id "$http_work/body")
call Later/ask_one '{"number": 10, "after_ms": 0, "how": "never"}' -H 'Prefer: wait=0'
server_stop || bad "exit code $server_status with answers out"
server_start "$1" "$work/store" "$work/log" || exit 1
request GET "/v1/invocations/$first/result" -H 'Prefer: wait=10'
expect "one that came while it ended" 200 '. == "9"'
call Later/ask_one '{"number": 11, "after_ms": 400, "how": "done"}' -H 'Prefer: wait=0'
second=$(jq -r .id "$http_work/body")
sleep 0.1
server_kill
server_start "$1" "$work/store" "$work/log" || exit 1
request GET "/v1/invocations/$second/result" -H 'Prefer: wait=10'
expect "one that was killed" 200 '. == "11"'
server_stop || bad "exit code $server_status"
grep -E 'Sanitizer:|runtime error:' "$work/log"
rm -rf "$work"
http_end
