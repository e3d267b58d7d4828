#!/bin/sh
# The exit codes of `call`, over HTTP and on a store of its own: 0 the result is on stdout; 1 the routine threw; 2 the call
# is wrong; 3 nobody answers, or it goes on.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
program=$1

# ends WHAT CODE WORD …: `call WORD …` ends with this code.
ends() {
    what=$1 wanted=$2
    shift 2
    http_count=$((http_count + 1))
    timeout 60 "$program" call "$@" >"$work/out" 2>"$work/errors"
    code=$?
    [ $code -eq "$wanted" ] || {
        echo "NOT AS EXPECTED: $what: exit code $code, not $wanted: $(cat "$work/out" "$work/errors")"
        http_bad=$((http_bad + 1))
    }
}

# all OPTION VALUE: the same for both ways to call.
all() {
    ends "a result" 0 Codes.answer '{"number": 4}' "$@"
    [ "$(cat "$work/out")" = 4 ] || http_bad=$((http_bad + 1))
    ends "an error" 1 Codes.refuse '{}' "$@"
    ends "no such routine" 2 Codes.nothing '{}' "$@"
    ends "wrong arguments" 2 Codes.answer '{"number": "x"}' "$@"
    ends "not the name of a routine" 2 Codes "$@"
    ends "no such option" 2 Codes.answer '{"number": 4}' --quick "$@"
    ends "it goes on" 3 Codes.nap '{"pause": "PT1H"}' --wait 0 "$@"
}

server_start "$program" "$work/store" "$work/log" || exit 1
all --address "$server_url"
server_stop || http_bad=$((http_bad + 1))
ends "nobody answers" 3 Codes.answer '{"number": 4}' --address "$server_url"
all --store "$work/own"
ends "both ways" 2 Codes.answer '{}' --store "$work/own" --address "$server_url"
grep -E 'Sanitizer:|runtime error:' "$work/log"
rm -rf "$work"
http_end
