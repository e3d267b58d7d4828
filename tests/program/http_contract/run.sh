#!/bin/sh
# The HTTP interface as callers see it: results, 202 and the result later, 400 with the JSON path, 404, 413, 422,
# idempotency keys, probes, metrics, and requests that are not HTTP.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
export COUNT_FILE="$work/count"
server_start "$1" "$work/store" "$work/log" || exit 1

# ---- results ----
call Contract/add '{"a": 1, "b": 2}'
expect "a result" 200 '. == 3'
expect_header "a result is JSON" '^content-type: application/json'
call Contract/add '{"a": 1}'
expect "a default argument" 200 '. == 11'
call Contract/nothing '{}'
expect "void is null" 200 '. == null'
call Contract/nothing ''
expect "no body is no arguments" 200 '. == null'
call Contract/echo '{"text": "a\"\\\u00e4\ud83d\ude00\u0000"}'
expect "text goes through unchanged" 200 '. == "a\"\\\u00e4\ud83d\ude00\u0000"'
call Contract/lines '{"lines": [{"sku": "a", "quantity": 1}, {"sku": "b", "quantity": 2, "price": "2.500"}]}'
expect "structs, a member's default, the exponent of a decimal" 200 \
    '. == [{"sku": "a", "quantity": 1, "price": "1.50"}, {"sku": "b", "quantity": 2, "price": "2.500"}]'
call Contract/add '{"a": "9007199254740993", "b": 0}'
expect "an integer beyond 2^53 is a string" 200 '. == "9007199254740993"'
call Contract/ask '{"a": 1}'
expect "a private routine is called inside" 200 '. == 2'

# ---- arguments that do not fit ----
call Contract/add '{"a": "x"}'
expect "a wrong type" 400 '.status == 400' '[.. | strings] | any(test("\\ba\\b"))'
expect_header "a problem is problem+json" '^content-type: application/problem\+json'
call Contract/lines '{"lines": [{"sku": "a", "quantity": 1}, {"sku": "b", "quantity": true}]}'
expect "the path to a wrong type" 400 '[.. | strings] | any(test("lines(\\[1\\]\\.|/1/)quantity"))'
call Contract/add '{}'
expect "a missing argument" 400 '[.. | strings] | any(test("\\ba\\b"))'
call Contract/add '{"a": 1, "c": 2}'
expect "an unknown argument" 400 '[.. | strings] | any(test("\\bc\\b"))'
call Contract/add '{"a": 1, "a": 2}'
expect "a doubled argument" 400 '[.. | strings] | any(test("\\ba\\b"))'
call Contract/add '{"a": 9223372036854775808}'
expect "an integer that does not fit" 400 '.status == 400'
call Contract/add '{"a": 1.5}'
expect "a fraction for an integer" 400 '.status == 400'
call Contract/add '{"a": 1'
expect "half a body" 400 '.status == 400'
call Contract/add '{"a": 1} {}'
expect "more than a body" 400 '.status == 400'
call Contract/add '[1, 2]'
expect "not an object" 400 '.status == 400'
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "[" }' >"$work/deep"
call Contract/add "@$work/deep"
expect "a deep body" 400 '.status == 400'
printf '{"text": "\377"}' >"$work/latin"
call Contract/echo "@$work/latin"
expect "invalid UTF-8" 400 '.status == 400'

# ---- what is not there ----
call Nobody/add '{}'
expect "an unknown service" 404 '.status == 404'
call Contract/subtract '{}'
expect "an unknown routine" 404 '.status == 404'
call Contract/hidden '{"a": 1}'
expect "a private routine" 404 '.status == 404'
request GET /v1/invocations/00000000-0000-4000-8000-000000000000
expect "an unknown invocation" 404
request GET /v1/invocations/not-an-id/result
expect "not an id" 404
request GET /nowhere
expect "an unknown path" 404
request GET /v1/call/Contract/add
expect "the wrong method" 405

# ---- bodies that are too large ----
awk 'BEGIN { printf "{\"text\": \""; for (i = 0; i < 9000000; i++) printf "xxxxxxxx"; printf "\"}" }' >"$work/large"
call Contract/echo "@$work/large"
expect "a large body" 413
rm "$work/large"

# ---- errors of the program ----
call Contract/refuse '{"amount": 7}'
expect "a declared error" 422 '.status == 422' '.error.error == "Refused"' '.error.reason == "too much"' \
    '.error.amount == 7' '.error.message | type == "string"'
expect_header "an error is problem+json" '^content-type: application/problem\+json'
call Contract/divide '{"a": 1, "b": 0}'
expect "a built-in error" 422 '.error.error == "DivideByZero"'

# ---- invocations that take their time ----
call Contract/slow '{"text": "later", "pause": "PT1.5S"}' -H 'Prefer: wait=0'
expect "no wait: 202 with the id" 202 '.id | type == "string"'
id=$(jq -r .id "$http_work/body")
request GET "/v1/invocations/$id"
expect "its state" 200 '[.. | strings] | any(test("Contract.slow"))'
request GET "/v1/invocations/$id/result" -H 'Prefer: wait=0'
expect "its result is not there yet" 202
for _ in $(seq 100); do
    request GET "/v1/invocations/$id/result"
    [ "$status" = 202 ] || break
    sleep 0.1
done
expect "its result later" 200 '. == "later"'
begin=$(date +%s%3N)
call Contract/slow '{"text": "now", "pause": "PT5S"}' -H 'Prefer: wait=1'
expect "a wait that ends" 202
taken=$(($(date +%s%3N) - begin))
http_count=$((http_count + 1))
[ $taken -ge 900 ] && [ $taken -lt 4000 ] || http_complain "a wait of 1 s took $taken ms"

# ---- idempotency keys ----
call Contract/count '{}' -H 'Idempotency-Key: first'
expect "a first call under a key" 200 '. == 1'
call Contract/count '{}' -H 'Idempotency-Key: first'
expect "the same again is the same invocation" 200 '. == 1'
call Contract/count '{}' -H 'Idempotency-Key: second'
expect "another key is another invocation" 200 '. == 2'
for number in 1 2 3 4 5 6 7 8; do
    curl -s -o "$work/race-$number" -d '{}' -H 'Content-Type: application/json' -H 'Idempotency-Key: third' \
        "$server_url/v1/call/Contract/count" &
    racers="${racers:-} $!"
done
# shellcheck disable=SC2086  # a list of process ids
wait $racers
http_count=$((http_count + 1))
[ "$(cat "$work"/race-* | tr -d '\n')" = 33333333 ] || http_complain "eight calls at once under a key: $(cat "$work"/race-*)"
[ "$(wc -c <"$COUNT_FILE")" -eq 3 ] || http_complain "the step was executed $(wc -c <"$COUNT_FILE") times instead of 3"

# ---- probes and metrics ----
request GET /healthz
expect "alive" 200
request GET /readyz
expect "ready" 200
request GET /metrics
expect "metrics" 200
http_count=$((http_count + 1))
awk '/^#/ || /^[a-z_]+(\{[^}]*\})? [-+0-9.eE]+$/ || /^$/ { good++; next } { print "not a metric: " $0; bad++ } END { exit bad > 0 || good < 5 }' \
    "$http_work/body" || http_complain "metrics in Prometheus' text format"

# ---- what is not HTTP, or tries to be two requests ----
host=${server_url#http://} port=${server_url##*:}
raw() { printf "$1" | timeout 10 curl -s --max-time 5 "telnet://127.0.0.1:$port" 2>/dev/null | tr -d '\r' | head -n 1; }
expect_raw() {
    http_count=$((http_count + 1))
    http_method=raw http_path=- status=-
    case $(raw "$2") in "HTTP/1.1 400"* | "") ;; *) http_complain "$1: $(raw "$2")" ;; esac
}
expect_raw "no HTTP at all" 'hello\r\n\r\n'
expect_raw "no Host" 'GET /healthz HTTP/1.1\r\n\r\n'
expect_raw "two Hosts" "GET /healthz HTTP/1.1\r\nHost: $host\r\nHost: $host\r\n\r\n"
expect_raw "two lengths" "POST /v1/call/Contract/nothing HTTP/1.1\r\nHost: $host\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "
expect_raw "length and chunks" "POST /v1/call/Contract/nothing HTTP/1.1\r\nHost: $host\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
expect_raw "a folded header" "GET /healthz HTTP/1.1\r\nHost: $host\r\nX-A: b\r\n c\r\n\r\n"
request GET /healthz
expect "still alive" 200

# ---- after a restart ----
server_kill
server_start "$1" "$work/store" "$work/log" || exit 1
request GET "/v1/invocations/$id/result"
expect "a result outlives the process" 200 '. == "later"'
call Contract/count '{}' -H 'Idempotency-Key: first'
expect "so does an idempotency key" 200 '. == 1'

server_stop || { echo "the server ended with $server_status"; cat "$work/log"; http_bad=$((http_bad + 1)); }
grep -E 'Sanitizer:|runtime error:' "$work/log"
rm -rf "$work"
http_end
