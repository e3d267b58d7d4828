#!/bin/sh
# show.sh PROGRAM: serves the linked program of examples/orders on a store in a temporary folder, sends it a thousand
# orders, kills it in the middle with SIGKILL, starts it again, and compares what became of every order with what had
# to become of it. Exit code 0: all is as it should be.
set -eu
program=$(realpath "$1")
cd "$(dirname "$0")"
. ../../tests/support/server.sh

say() { printf '\n== %s\n' "$*"; }
now_ms() { date +%s%3N; }

folder=$(mktemp -d)
trap '[ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true; rm -rf "$folder"' EXIT
export ORDERS_LOG="$folder/steps.log"
: >"$ORDERS_LOG"
input=orders.jsonl
order_count=$(wc -l <$input)

say "serve examples/orders on an embedded store"
server_start "$program" "$folder/store" "$folder/server.log"
echo "listening on $server_url, process $server_pid"

# One request for each order. Its idempotency key is the order's id, so it may be repeated as often as one likes:
# what the server refuses or breaks off, curl sends again.
mkdir "$folder/accepted" "$folder/answers"
jq -r --arg url "$server_url" --arg folder "$folder" '
    "url = \"\($url)/v1/call/Orders/checkout\"",
    "header = \"Content-Type: application/json\"",
    "header = \"Prefer: wait=0\"",
    "header = \"Idempotency-Key: \(.order.id)\"",
    "data = \(. | tojson | tojson)",
    "output = \"\($folder)/accepted/\(.order.id)\"",
    "retry = 60", "retry-delay = 1", "retry-all-errors",
    "next"' $input | sed '$d' >"$folder/send.curl"

say "send $order_count orders"
curl --no-progress-meter --parallel --parallel-max 16 --config "$folder/send.curl" >/dev/null 2>&1 &
sender_pid=$!

# One line of what stands in the steps' log; what was executed again under the same key counts once.
progress() {
    awk -F'\t' -v time="$(($(now_ms) - started))" '
        $7 !~ /: try again$/ && seen[$3]++ { next }
        $7 ~ /: done$/ { split($7, words, " "); done[words[1]]++ }
        $7 ~ /: (declined|out of stock)$/ { refused++ }
        END { printf "%6.1f s  %4d charged  %4d reserved  %4d refused  %4d refunded  %4d mails\n", time / 1000,
                     done["charge"], done["reserve"], refused, done["refund"], done["mail"] }' "$ORDERS_LOG"
}

started=$(now_ms)
steps_at_kill=$((order_count * 3 / 2))
last=0
while [ "$(wc -l <"$ORDERS_LOG")" -lt $steps_at_kill ]; do
    if [ $(($(now_ms) - last)) -ge 200 ]; then progress; last=$(now_ms); fi
    kill -0 "$server_pid" || { cat "$folder/server.log"; exit 1; }
    sleep 0.02
done
killed_pid=$server_pid
server_kill
progress
say "killed process $killed_pid with SIGKILL, when it had accepted $(find "$folder/accepted" -type f | wc -l) orders"
sleep 1

say "start it again, on the same store"
ready_from=$(now_ms)
server_start "$program" "$folder/store" "$folder/server.log"
echo "process $server_pid, ready after $(($(now_ms) - ready_from)) ms"

# Ask for every answer under the same idempotency key; wait for those that are still under way.
wait "$sender_pid" || { echo "curl could not deliver every order." >&2; exit 1; }
sed -e 's|Prefer: wait=0|Prefer: wait=60|' -e "s|$folder/accepted|$folder/answers|" "$folder/send.curl" >"$folder/ask.curl"
curl --no-progress-meter --parallel --parallel-max 100 --config "$folder/ask.curl" >/dev/null 2>&1 &
asker_pid=$!
while kill -0 $asker_pid 2>/dev/null; do progress; sleep 0.5; done
wait $asker_pid || { echo "curl could not fetch every answer." >&2; exit 1; }
progress

say "compare with what had to happen (expected.jq, from the input alone)"
server_stop
./compare.sh "$input" "$folder/answers" "$ORDERS_LOG"
