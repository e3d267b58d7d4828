# Requests and what is expected of their answers: . tests/support/http.sh (after server.sh)
#
#   request METHOD PATH [CURL OPTION …]     sets status; the body is in $http_work/body, the headers in $http_work/headers
#   call Service/routine JSON [CURL OPTION …]   POST of arguments
#   expect WHAT STATUS [JQ FILTER …]        the status, and filters that must give true for the body
#   expect_header WHAT REGEX
#   http_end                                prints the counts; fails if anything was not as expected

http_work=$(mktemp -d)
http_count=0
http_bad=0

request() {
    http_method=$1 http_path=$2
    shift 2
    : >"$http_work/body"
    status=$(curl -sS -o "$http_work/body" -D "$http_work/headers" -w '%{http_code}' --max-time 60 -X "$http_method" "$@" \
        "$server_url$http_path" || true)
}

call() {
    http_routine=$1 http_json=$2
    shift 2
    request POST "/v1/call/$http_routine" -H 'Content-Type: application/json' --data-binary "$http_json" "$@"
}

http_complain() {
    http_bad=$((http_bad + 1))
    echo "NOT AS EXPECTED: $*"
    echo "    $http_method $http_path: status $status, body: $(head -c 600 "$http_work/body")"
}

expect() {
    http_what=$1 http_status=$2
    shift 2
    http_count=$((http_count + 1))
    if [ "$status" != "$http_status" ]; then
        http_complain "$http_what: status $http_status"
        return 0
    fi
    for http_filter in "$@"; do
        if [ "$(jq "$http_filter" <"$http_work/body" 2>&1)" != true ]; then
            http_complain "$http_what: $http_filter"
            return 0
        fi
    done
}

expect_header() {
    http_count=$((http_count + 1))
    tr -d '\r' <"$http_work/headers" | grep -Eqi -e "$2" || http_complain "$1: a header that matches $2; got $(tr '\r\n' '  ' <"$http_work/headers")"
}

http_end() {
    rm -rf "$http_work"
    echo "$http_count checks, $http_bad not as expected"
    [ $http_bad -eq 0 ]
}
