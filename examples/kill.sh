#!/bin/sh
# kill.sh PROGRAM FOLDER: does an example come to its end when its process is killed again and again?
#
# Serves the linked program of examples/NAME, sends it every call of FOLDER/calls.jsonl, kills the process meanwhile
# with SIGKILL and starts it again, $KILLS times a phase at most (4), and compares every answer with the one that stands
# beside the call.
# A call is a line: {"key", "call", "arguments", "result" or "error", "phase"}; phases come one after the other, the
# calls of one side by side; a call with neither result nor error is only begun. Exit code 0: all ended as they should.
set -eu
program=$(realpath "$1")
cd "$2"
. ../../tests/support/server.sh
kills_each_phase=${KILLS:-4}
folder=$(mktemp -d)
mkdir "$folder/answers"
trap '[ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true; rm -rf "$folder"' EXIT
name=$(basename "$PWD")
options=
[ ! -f "$name.conf" ] || options="--config $name.conf"

start() {
    # shellcheck disable=SC2086  # a list of words
    server_start "$program" "$folder/store" "$folder/server.log" --shards 2 --placement spread $options
}

# What a sanitizer said, if the program was built with one.
show_reports() { grep -aE 'Sanitizer:|runtime error:' "$folder/server.log" >&2 || true; }

# What is refused or broken off is sent again under the same key, until there is an answer.
configure() {
    jq -r --arg url "$server_url" --arg folder "$folder" --argjson phase "$1" '
        select((.phase // 1) == $phase) |
        "url = \"\($url)/v1/call/\(.call)\"",
        "header = \"Content-Type: application/json\"",
        "header = \"Prefer: wait=\(if has("result") or has("error") then 60 else 0 end)\"",
        "header = \"Idempotency-Key: \(.key)\"",
        "data = \(.arguments | tojson | tojson)",
        "output = \"\($folder)/answers/\(.key)\"",
        "retry = 60", "retry-delay = 1", "retry-all-errors",
        "next"' calls.jsonl | sed '$d'
}

# Wait until so many answers are there. Returns false when curl has ended before.
answered() {
    while kill -0 $caller 2>/dev/null; do
        sleep 0.01
        [ "$(ls "$folder/answers" | wc -l)" -lt "$1" ] || return 0
    done
    return 1
}

start
kills=0
for phase in $(jq '.phase // 1' calls.jsonl | sort -nu); do
    configure "$phase" >"$folder/calls.curl"
    before=$(ls "$folder/answers" | wc -l) calls=$(grep -c '^url' "$folder/calls.curl")
    curl --no-progress-meter --parallel --parallel-max 8 --config "$folder/calls.curl" >/dev/null 2>&1 &
    caller=$!
    killed=0
    while [ $killed -lt "$kills_each_phase" ] && answered $((before + calls * killed / kills_each_phase)); do
        server_kill
        show_reports
        killed=$((killed + 1)) kills=$((kills + 1))
        start
    done
    wait $caller || { echo "curl could not fetch every answer of phase $phase." >&2; exit 1; }
done
server_stop || { echo "the server ended with exit code $server_status:" >&2; cat "$folder/server.log" >&2; exit 1; }
show_reports

# Every answer behind its key and a tab. An error is told by its name and the members that are given.
jq -r 'select(has("result") or has("error")).key' calls.jsonl | while read -r key; do
    answer=
    IFS= read -r answer <"$folder/answers/$key" || true
    printf '%s\t%s\n' "$key" "$answer"
done >"$folder/lines"
jq -r --rawfile answers "$folder/lines" '
    ($answers | split("\n") | map(select(. != "") | split("\t") | {key: .[0], value: (.[1:] | join("\t"))}) |
        from_entries) as $answers |
    select(has("result") or has("error")) | . as $call | $answers[.key] as $text |
    (if $text == "" then {} else $text | try fromjson catch {} end) as $got |
    select(if has("error") then ($got | type != "object") or ($got.error | type != "object") or
                                any($call.error | to_entries[]; .value != $got.error[.key])
           else $got != $call.result end) |
    "\(.key): expected \(if has("error") then .error else .result end | tojson), got \($text)"
' calls.jsonl >"$folder/wrong"
cat "$folder/wrong"
wrong=$(wc -l <"$folder/wrong")
echo "$name: $(wc -l <calls.jsonl) calls, $kills kills, $wrong wrong"
[ "$kills_each_phase" -eq 0 ] || [ $kills -gt 0 ] || { echo "it was over before it was killed" >&2; exit 1; }
[ "$wrong" -eq 0 ]
