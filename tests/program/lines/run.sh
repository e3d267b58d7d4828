#!/bin/sh
# Lines that routines log appear exactly once in the files of the store, while the server is killed again and again; and
# on its output, where nothing is killed.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
program=$1
calls=20 lines=2000
server_start "$program" "$work/store" "$work/log" --shards 2 || exit 1
ids= met=0
for number in $(seq 0 $((calls - 1))); do
    call Lines/run "{\"number\": $number, \"count\": $lines}" -H 'Prefer: wait=0'
    expect "accepted" 202 '.id | type == "string"'
    ids="$ids $(jq -r .id "$http_work/body")"
    sleep "0.0$((number * 37 % 10))"
    server_kill
    [ "$(cat "$work"/store/shard-*.log | wc -l)" -lt $(((number + 1) * lines)) ] && met=$((met + 1))
    server_start "$program" "$work/store" "$work/log" || exit 1
done
for id in $ids; do
    request GET "/v1/invocations/$id/result" -H 'Prefer: wait=20'
    expect "a call" 200 ". == $lines"
done

written() {
    cat "$work"/store/shard-*.log
}
count() {
    http_count=$((http_count + 1))
    [ "$2" = "$3" ] && return
    echo "NOT AS EXPECTED: $1: $2, not $3"
    http_bad=$((http_bad + 1))
}
count "lines" "$(written | wc -l)" $((calls * lines + 1))
count "distinct lines" "$(written | sed 's/^.*: call/call/' | sort -u | wc -l)" $((calls * lines + 1))
count "the line with a line feed" "$(written | grep -c ' warning Lines.run .*: two\\nlines, and a \\\\ in one$')" 1
echo "$met of $calls kills met calls while they logged"
[ $met -ge 3 ] || count "kills that met the calls" "$met" "at least 3"
count "lines that are out of order" "$(for file in "$work"/store/shard-*.log; do cut -d ' ' -f 1 "$file" | sort -n -c 2>&1; done | wc -l)" 0

call Lines/draw '{}'
expect "chance and digests" 200 '. == true'
call Lines/run '{"number": 99, "count": 3}'
expect "a call that nothing disturbs" 200 '. == 3'
server_stop || http_bad=$((http_bad + 1))
count "lines on the output" "$(grep -c ' info Lines.run .*: call 99 line' "$work/log")" 3
count "rows that are left" "$(written | wc -l)" $((calls * lines + 1 + 3))
grep -E 'Sanitizer:|runtime error:' "$work/log"
rm -rf "$work"
http_end
