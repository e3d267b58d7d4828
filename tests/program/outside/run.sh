#!/bin/sh
# What comes from outside besides calls: CloudEvents to those who subscribe, promises that are settled, cancellations.
# With kills in between: each subscriber runs once for each event, and what was settled stays settled.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
program=$1
export NOTES="$work/notes"
: >"$NOTES"

# How many different executions (by their key) noted a text that fits the pattern; how many different texts.
runs() { grep -E " $1\$" "$NOTES" | sort -u | wc -l; }
texts() { grep -E " $1\$" "$NOTES" | cut -d' ' -f2- | sort -u | wc -l; }

# eventually WHAT COMMAND: becomes true within some seconds.
eventually() {
    http_count=$((http_count + 1))
    for _ in $(seq 300); do
        if eval "$2"; then return 0; fi
        sleep 0.1
    done
    echo "NOT AS EXPECTED: $1: $2; noted: $(tail -n 5 "$NOTES")"
    http_bad=$((http_bad + 1))
}

event() { # TYPE ID JSON
    request POST /v1/events -H "ce-id: $2" -H 'ce-source: /test' -H "ce-type: $1" -H 'ce-specversion: 1.0' \
        -H 'Content-Type: application/json' --data-binary "$3"
}

batch() { # JSON
    request POST /v1/events -H 'Content-Type: application/cloudevents-batch+json' --data-binary "$1"
}

structured() { # JSON
    request POST /v1/events -H 'Content-Type: application/cloudevents+json' --data-binary "$1"
}

server_start "$program" "$work/store" "$work/log" --shards 3 || exit 1

# ---- events over HTTP ----
event outside.Placed 1 '{"order_id": "h1", "lines": [{"sku": "a"}]}'
expect "binary mode" 202 '.events == 1' '.subscribers == 2'
event outside.Placed 1 '{"order_id": "h1", "lines": [{"sku": "a"}]}'
expect "the same event again" 202
structured '{"specversion":"1.0","id":"2","source":"/test","type":"outside.Paid","data":{"order_id":"h2"}}'
expect "structured mode" 202 '.subscribers == 1'
batch '[{"specversion":"1.0","id":"3","source":"/test","type":"outside.Paid","data":{"order_id":"h3"}},
        {"specversion":"1.0","id":"3","source":"/other","type":"outside.Paid","data":{"order_id":"h4"}},
        {"specversion":"1.0","id":"3","source":"/test","type":"outside.Paid","data":{"order_id":"h3"}}]'
expect "batched mode" 202 '.events == 3'
eventually "both subscribers" '[ "$(runs "(stock|mail) h1.*")" = 2 ]'
eventually "each of the others" '[ "$(runs "paid h[234]")" = 3 ]'
batch '[]'
expect "no event" 202 '.events == 0'

event outside.Placed 9 '{"order_id": "x", "lines": null}'
expect "no array" 400 '.path == "$.lines"'
event outside.Placed 9 '{"order_id": "x", "lines": [{"sku": "a", "quantity": true}]}'
expect "the wrong type" 400 '.path == "$.lines[0].quantity"'
structured '{"specversion":"1.0","id":"9","source":"/test","type":"outside.Placed","data":{"order_id":5,"lines":[]}}'
expect "the wrong type, structured" 400 '.path == "$.data.order_id"'
batch '[{"specversion":"1.0","id":"9","source":"/test","type":"outside.Paid","data":{"order_id":"no"}},
        {"specversion":"1.0","id":"9","source":"/test","type":"outside.Paid","data":{"order":"no"}}]'
expect "the wrong name, in a batch" 400 '.path == "$[1].data"' '.detail | test("\"order\"")'
structured '{"specversion":"1.0","id":"9","source":"/test","type":"outside.Piad","data":{}}'
expect "no such event" 400 '.path == "$.type"' '.detail | test("outside.Placed")'
structured '{"specversion":"1.0","id":"9","source":"/test"}'
expect "no type" 400 '.path == "$"'
event outside.Nothing 9 '{}'
expect "no such event, binary" 400 '.detail | test("ce-type")'
request POST /v1/events -H 'Content-Type: text/plain' --data-binary x
expect "no event at all" 415
request GET /v1/events
expect "events are posted" 405

# ---- events that routines publish, while the process is killed ----
for round in 1 2 3 4 5 6; do
    for caller in a b c; do
        call Shop/place "{\"prefix\": \"k$round$caller-\", \"count\": 20}" -H "Idempotency-Key: place-$round$caller" \
            -H 'Prefer: respond-async' >/dev/null
    done
    sleep "0.0$round"
    server_kill
    server_start "$program" "$work/store" "$work/log" || exit 1
    for caller in a b c; do # accepted before the kill or not: it takes effect once
        call Shop/place "{\"prefix\": \"k$round$caller-\", \"count\": 20}" -H "Idempotency-Key: place-$round$caller"
        expect "publishes" 200 '. == 20'
    done
done
eventually "every event to every subscriber" '[ "$(texts "(stock|mail) k.*")" = 720 ] && [ "$(texts "paid k.*")" = 18 ]'
[ "$(runs "(stock|mail|paid) k.*")" = 738 ] || http_complain "a subscriber ran twice for one event"
http_count=$((http_count + 1))

# ---- promises ----
promise_of() { grep " promise $1 " "$NOTES" | head -n 1 | sed 's/.* //'; }
settle() { # PROMISE JSON
    request POST "/v1/promises/$1" -H 'Content-Type: application/json' --data-binary "$2"
}
begin() { # ROUTINE NAME: sets id and promise
    call "Shop/$1" "{\"name\": \"$2\"}" -H 'Prefer: respond-async'
    id=$(jq -r .id <"$http_work/body")
    eventually "its promise" "grep -q ' promise $2 ' '$NOTES'"
    promise=$(promise_of "$2")
}
result() { request GET "/v1/invocations/$id/result" -H 'Prefer: wait=30'; }

begin approval one
request GET "/v1/promises/$promise"
expect "an open promise" 200 '.state == "open"' '.type == "Line"'
settle "$promise" '{"value": {"sku": 5}}'
expect "a value that does not fit" 400 '.path == "$.value.sku"'
settle "$promise" '{"value": {"sku": "a", "colour": "red"}}'
expect "an unknown name" 400 '.path == "$.value"' '.detail | test("colour")'
settle "$promise" '{}'
expect "no value" 400 '.detail | test("value")'
settle "$promise" '{"error": "Nothing"}'
expect "no such error" 400 '.path == "$.error"'
settle "$promise" '["value"]'
expect "no object" 400
settle "$promise" '{"value": {"sku": "a"}'
expect "no JSON" 400
server_kill
server_start "$program" "$work/store" "$work/log" || exit 1
settle "$promise" '{"value": {"sku": "a"}}'
expect "it is resolved" 200 ".id == \"$promise\""
settle "$promise" '{"value": {"sku": "b"}}'
expect "the first one counts" 409
result
expect "the value arrives, defaults filled in" 200 '. == {"sku": "a", "quantity": 1}'
settle "$promise" '{"value": {"sku": "b"}}'
expect "and still counts" 409

begin signal two
settle "$promise" '{"error": "Refused", "reason": "no"}'
expect "it is rejected" 200
result
expect "the error arrives" 200 '. == false'
eventually "with its members" '[ "$(runs "refused two no")" = 1 ]'
begin signal three
settle "$promise" '{"value": 1}'
expect "there is no value" 400 '.path == "$.value"'
settle "$promise" '{}'
expect "nothing is needed" 200
result
expect "it goes on" 200 '. == true'
begin approval four
settle "$promise" '{"error": "Refused", "reason": "never"}'
expect "it is rejected" 200
result
expect "an error that the routine does not declare" 422 '.error.error == "UndeclaredError" or .error.error == "Refused"'
settle 00000000-0000-4000-8000-000000000000 '{}'
expect "no such promise" 404
settle "$id" '{}'
expect "an invocation is no promise" 404
settle x '{}'
expect "no id" 404
request GET /v1/promises/00000000-0000-4000-8000-000000000000
expect "nothing to show" 404

# ---- cancellation ----
call Shop/wait '{"name": "w1"}' -H 'Prefer: respond-async'
expect "it waits" 202
id=$(jq -r .id <"$http_work/body")
request DELETE "/v1/invocations/$id"
expect "it is cancelled" 202 ".id == \"$id\""
result
expect "a cancelled invocation has no result" 409
eventually "its catch ran" '[ "$(runs "cancelled w1")" = 1 ]'
request DELETE "/v1/invocations/$id"
expect "it has ended" 409
request DELETE /v1/invocations/00000000-0000-4000-8000-000000000000
expect "there is none" 404
call Shop/wait '{"name": "w2"}' -H 'Prefer: respond-async'
id=$(jq -r .id <"$http_work/body")
server_kill
server_start "$program" "$work/store" "$work/log" || exit 1
request DELETE "/v1/invocations/$id"
expect "it is cancelled after a kill" 202
server_kill
server_start "$program" "$work/store" "$work/log" || exit 1
result
expect "and stays so" 409
call Shop/place '{"prefix": "z", "count": 0}'
id=$(grep -i '^dsy-invocation:' "$http_work/headers" | tr -d '\r' | sed 's/.* //')
request DELETE "/v1/invocations/$id"
expect "it had returned" 409

server_stop || http_bad=$((http_bad + 1))
rm -rf "$work"
http_end
