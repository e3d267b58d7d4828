#!/bin/sh
# std.http: what is sent and what comes back, redirections, limits of size and time, tries; and where requests may go.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
"$DSY_TOOLS/answer" >"$work/port" &
answer_pid=$!
trap 'kill $answer_pid; [ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true' EXIT
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.05; done
port=$(cat "$work/port")
base="http://127.0.0.1:$port"

# get MEMBERS JQ…: the request with these members of JSON, and what is true of the answer.
get() {
    get_members=$1
    shift
    call Requests/request "{\"request\": {$get_members}}"
    expect "$get_members" 200 "$@"
}

printf '[std.http]\nhosts = 127.0.0.1:%s localhost:%s\n' "$port" "$port" >"$work/settings"
server_start "$1" "$work/store" "$work/log" --config "$work/settings" || exit 1

get "\"url\": \"$base/ok\"" '.status == 200' '.body == "hello"' '.headers.two == "a, b"' ".url == \"$base/ok\"" \
    '.headers.seen | startswith("GET /ok HTTP/1.1")' '.headers.seen | test("Idempotency-Key: [0-9a-f-]{38,}")'
get "\"url\": \"$base/ok\", \"headers\": {\"X-One\": \"1\", \"idempotency-key\": \"mine\"}" \
    '.headers.seen | test("X-One: 1")' '.headers.seen | test("idempotency-key: mine")' \
    '.headers.seen | test("Idempotency-Key") | not'
get "\"url\": \"$base/echo\", \"method\": \"POST\", \"body\": \"aGVsbG8=\"" '.status == 200' '.body == "hello"'
get "\"url\": \"$base/status/503\"" '.status == 503' '.failed == ""'
get "\"url\": \"$base/ok\", \"method\": \"HEAD\"" '.status == 200' '.body == ""'
get "\"url\": \"http://localhost:$port/ok\"" '.status == 200'

# ---- redirections ----
get "\"url\": \"$base/to//ok\"" '.status == 200' ".url == \"$base/ok\""
get "\"url\": \"$base/to/$base/to/$base/ok\"" '.status == 200' '.body == "hello"'
get "\"url\": \"$base/see//echo\", \"method\": \"POST\", \"body\": \"aGVsbG8=\"" '.status == 200' '.body == ""'
get "\"url\": \"$base/to//ok\", \"redirections_most\": 0" '.status == 302'
get "\"url\": \"$base/to/$base/to/$base/ok\", \"redirections_most\": 1" '.failed | test("more than 1 redirections")'
get "\"url\": \"$base/to/file:///etc/passwd\"" '.status == 0' '.failed | test("not allowed|not valid")'
get "\"url\": \"$base/to/http://169.254.169.254/latest\"" '.failed | test("not allowed")'
get "\"url\": \"$base/to/http://localhost:$port/ok\", \"headers\": {\"Authorization\": \"secret\", \"X-Two\": \"2\"}" \
    '.headers.seen | test("secret") | not' '.headers.seen | test("X-Two: 2")'

# ---- sizes and times ----
get "\"url\": \"$base/large/10240\"" '.body | length == 10240'
get "\"url\": \"$base/large/10240\", \"body_bytes_most\": 10240" '.body | length == 10240'
get "\"url\": \"$base/large/10240\", \"body_bytes_most\": 10239" '.failed | test("larger than 10239 octets")'
get "\"url\": \"$base/heads\"" '.failed | test("headers of the answer are larger")'
get "\"url\": \"$base/once/a\"" '.status == 200' '.body == "again"'
call Requests/once "{\"url\": \"$base/once/b\"}"
expect "sent once at most" 200 '. == 0'
call Requests/request "{\"request\": {\"url\": \"$base/slow\", \"timeout\": \"PT0.2S\"}}" -H 'Prefer: wait=1'
expect "a time-out is tried again" 202
request GET "/v1/invocations/$(jq -r .id "$http_work/body")"
expect "a time-out is tried again" 200 '.pending.reason // .pending["last reason"] // (.pending | tostring) | test("[Tt]imed out|Timeout")'

# ---- what is not valid ----
for url in '' 'no url' 'ftp://127.0.0.1/' 'file:///etc/passwd' 'gopher://127.0.0.1:70/' 'http://' 'http://[::1/'; do
    get "\"url\": \"$url\"" '.status == 0' '.failed != ""'
done
get "\"url\": \"$base/ok\", \"method\": \"GET /x HTTP/1.1\\r\\nHost: y\\r\\n\"" '.failed == "the method is none"'
get "\"url\": \"$base/ok\", \"headers\": {\"X\": \"a\\r\\nY: b\"}" '.failed | test("is not valid")'
get "\"url\": \"$base/ok\", \"headers\": {\"X Y\": \"a\"}" '.failed | test("is not valid")'
get "\"url\": \"$base/ok\", \"headers\": {\"HOST\": \"other\"}" '.failed | test("set by the step itself")'
get "\"url\": \"$base/ok\", \"timeout\": \"PT0S\"" '.failed | test("timeout")'

# ---- where requests may go ----
refused='.failed | test("not allowed")'
for url in http://127.0.0.1:1/ http://169.254.169.254/ 'http://[::1]/' 'http://[fe80::1]/' http://0.0.0.0/ http://127.1:1/ \
    http://2130706433:1/ http://127.0.0.2:1/ 'http://[::ffff:169.254.169.254]/'; do
    get "\"url\": \"$url\"" "$refused"
done
server_stop || http_bad=$((http_bad + 1))
server_start "$1" "$work/store" "$work/log" || exit 1
get "\"url\": \"$base/ok\"" "$refused"
get "\"url\": \"http://localhost:$port/ok\"" "$refused"
server_stop || http_bad=$((http_bad + 1))
DSY_STD_HTTP_HOSTS='*' server_start "$1" "$work/store" "$work/log" || exit 1
get "\"url\": \"$base/ok\"" "$refused"
server_stop || http_bad=$((http_bad + 1))
DSY_STD_HTTP_HOSTS='127.0.0.0/8' server_start "$1" "$work/store" "$work/log" || exit 1
get "\"url\": \"$base/ok\"" '.status == 200'
server_stop || http_bad=$((http_bad + 1))

# ---- settings that are wrong ----
http_count=$((http_count + 1))
"$1" serve --store "$work/other" --set std.http.host=x >"$work/log" 2>&1 && http_bad=$((http_bad + 1))
grep -q 'Is hosts meant' "$work/log" || { cat "$work/log"; http_bad=$((http_bad + 1)); }
grep -E 'Sanitizer:|runtime error:' "$work/log"
rm -rf "$work"
http_end
