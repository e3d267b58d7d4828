#!/bin/sh
# SIGTERM: the server takes no more, lets running steps end and saves their results, answers or leaves the rest to the
# store, and ends with 0. The next start goes on; no step runs twice.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
export WORK_LOG="$work/steps"
: >"$WORK_LOG"
server_start "$1" "$work/store" "$work/log" || exit 1
ids=
for number in 1 2 3 4 5 6; do
    call Drain/run "{\"number\": $number}" -H 'Prefer: wait=0'
    expect "accepted" 202 '.id | type == "string"'
    ids="$ids $(jq -r .id "$http_work/body")"
done
sleep 0.1
begin=$(date +%s%3N)
kill -TERM "$server_pid" # a group of processes gets it twice
sleep 0.05
if ! server_stop; then
    echo "exit code $server_status after SIGTERM:"
    cat "$work/log"
    http_bad=$((http_bad + 1))
fi
taken=$(($(date +%s%3N) - begin))
[ $taken -lt 10000 ] || { echo "draining took $taken ms"; http_bad=$((http_bad + 1)); }
echo "drained in $taken ms, $(wc -l <"$WORK_LOG") steps had ended"

server_start "$1" "$work/store" "$work/log" || exit 1
number=0
for id in $ids; do
    number=$((number + 1))
    for _ in $(seq 100); do
        request GET "/v1/invocations/$id/result"
        [ "$status" = 202 ] || break
        sleep 0.1
    done
    expect "the result after the restart" 200 ". == $((number * 20))"
done
server_stop || http_bad=$((http_bad + 1))

http_count=$((http_count + 1))
executed=$(wc -l <"$WORK_LOG") distinct=$(sort -u "$WORK_LOG" | wc -l)
if [ "$executed" -ne 12 ] || [ "$distinct" -ne 12 ]; then
    echo "12 steps: $executed executions under $distinct keys"
    http_bad=$((http_bad + 1))
fi
grep -E 'Sanitizer:|runtime error:' "$work/log"
rm -rf "$work"
http_end
