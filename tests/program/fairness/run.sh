#!/bin/sh
# Invocations that never end share their shard with those that do: every call is answered, also after a restart.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
program=$1

# answered WHEN NUMBER: a quick call gets its answer within 20 s.
answered() {
    http_count=$((http_count + 1))
    answer=$(curl -s -m 20 -H 'Content-Type: application/json' -H 'Prefer: wait=20' -d "{\"number\": $2}" \
        "$server_url/v1/call/Endless/answer")
    [ "$answer" = $(($2 + 1)) ] || {
        echo "NOT AS EXPECTED: $1: answered '$answer', not $(($2 + 1))"
        http_bad=$((http_bad + 1))
    }
}

server_start "$program" "$work/store" "$work/log" --shards 1 || exit 1
answered "nothing else runs" 1
for routine in checkpoints subroutines calls calls; do
    curl -s -m 20 -o "$work/begun" -H 'Content-Type: application/json' -H 'Prefer: wait=0' -d '{}' \
        "$server_url/v1/call/Endless/$routine"
    answered "beside $routine" 10
    answered "beside $routine, again" 11
done
server_kill
server_start "$program" "$work/store" "$work/log" || exit 1
answered "after a restart" 20
server_kill
grep -E 'Sanitizer:|runtime error:' "$work/log"
rm -rf "$work"
http_end
