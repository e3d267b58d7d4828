#!/bin/sh
# kill.sh PROGRAM FOLDER: does an example come to its end when its process is killed again and again?
#
# Serves the linked program of examples/NAME, sends it every call of FOLDER/calls.jsonl, kills the process meanwhile
# with SIGKILL and starts it again, several times, and compares every answer with the one that stands beside the call.
# A call is a line: {"key", "call", "arguments", "result" or "error", "phase"}; phases come one after the other, the
# calls of one side by side; a call with neither result nor error is only begun. Exit code 0: all ended as they should.
set -eu
program=$(realpath "$1")
cd "$2"
. ../../tests/support/server.sh
kills_each_phase=${KILLS:-3}
folder=$(mktemp -d)
trap '[ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true; rm -rf "$folder"' EXIT
name=$(basename "$PWD")
options=
[ ! -f "$name.conf" ] || options="--config $name.conf"

start() {
    # shellcheck disable=SC2086  # a list of words
    server_start "$program" "$folder/store" "$folder/server.log" --shards 2 --placement spread $options
}

# What is refused or broken off is sent again under the same key, until there is an answer.
configure() {
    jq -r --arg url "$server_url" --arg folder "$folder" --argjson phase "$1" '
        select((.phase // 1) == $phase) |
        "url = \"\($url)/v1/call/\(.call)\"",
        "header = \"Content-Type: application/json\"",
        "header = \"Prefer: wait=\(if has("result") or has("error") then 60 else 0 end)\"",
        "header = \"Idempotency-Key: \(.key)\"",
        "data = \(.arguments | tojson | tojson)",
        "output = \"\($folder)/\(.key)\"",
        "retry = 60", "retry-delay = 1", "retry-all-errors",
        "next"' calls.jsonl | sed '$d'
}

start
kills=0
for phase in $(jq '.phase // 1' calls.jsonl | sort -nu); do
    configure "$phase" >"$folder/calls.curl"
    curl --no-progress-meter --parallel --parallel-max 50 --config "$folder/calls.curl" >/dev/null 2>&1 &
    caller=$!
    killed=0
    while [ $killed -lt "$kills_each_phase" ] && kill -0 $caller 2>/dev/null; do
        sleep "0.$((1 + (kills * 7 + phase) % 5))"
        server_kill
        killed=$((killed + 1)) kills=$((kills + 1))
        start
    done
    wait $caller || { echo "curl could not fetch every answer of phase $phase." >&2; exit 1; }
done
server_stop || { echo "the server ended with exit code $server_status:" >&2; cat "$folder/server.log" >&2; exit 1; }

# An error is told by its name and the members that are given.
wrong=0
while IFS= read -r line; do
    key=$(printf '%s' "$line" | jq -r .key)
    ! printf '%s' "$line" | jq -e 'has("result") or has("error") | not' >/dev/null || continue
    if ! printf '%s' "$line" | jq -e --slurpfile answer "$folder/$key" '
        . as $call | $answer[0] as $got |
        if has("error") then ($got.error // {} | type == "object") and
                             all($call.error | to_entries[]; .value == $got.error[.key])
        else $got == $call.result end' >/dev/null; then
        wrong=$((wrong + 1))
        echo "$key: expected $(printf '%s' "$line" | jq -c '.result // .error'), got $(cat "$folder/$key")"
    fi
done <calls.jsonl
echo "$name: $(wc -l <calls.jsonl) calls, $kills kills, $wrong wrong"
[ $wrong -eq 0 ]
