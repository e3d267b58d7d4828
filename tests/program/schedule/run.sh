#!/bin/sh
# A routine that runs each minute, while the process is killed around the minute, and while there is none: once each.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
program=$1
export NOTES="$work/notes"
: >"$NOTES"

# Different executions that noted a text.
runs() { grep " minute " "$NOTES" | cut -d' ' -f1 | sort -u | wc -l; }
runs_are() { # WHAT COUNT
    http_count=$((http_count + 1))
    for _ in $(seq 50); do
        [ "$(runs)" -lt "$2" ] || break
        sleep 0.1
    done
    [ "$(runs)" = "$2" ] || {
        http_bad=$((http_bad + 1))
        echo "NOT AS EXPECTED: $1: $(runs) runs: $(cat "$NOTES")"
    }
}
# Sleep until so many seconds of the present minute are over.
until_second() { sleep "$(date +%S.%N | awk -v wanted="$1" '{ print (wanted > $1 ? wanted - $1 : 60 + wanted - $1) }')"; }

until_second 50
server_start "$program" "$work/store" "$work/log" --shards 2 || exit 1
request GET /v1/invocations
expect "schedules are no invocations" 200 '.invocations == []'
sleep 2
runs_are "before the minute" 0
until_second 59
for _ in 1 2 3 4 5 6 7 8; do
    sleep 0.12
    server_kill
    server_start "$program" "$work/store" "$work/log" || exit 1
done
runs_are "the minute, through eight kills" 1
until_second 20
server_kill
until_second 3
server_start "$program" "$work/store" "$work/log" || exit 1
runs_are "a minute that passed while there was no process" 2
request GET /metrics
http_count=$((http_count + 1))
grep -q '^dsy_schedules_run_total 1$' "$http_work/body" || http_complain "one run is counted"
[ -z "$(grep -v " minute " "$NOTES")" ] || http_complain "nothing else ran"
server_stop || http_bad=$((http_bad + 1))
rm -rf "$work"
http_end
