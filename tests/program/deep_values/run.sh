#!/bin/sh
# Values that are nested too deep or are too large, and recursion without an end: a clear error of the program where the
# program meets it, quarantine with a reason where it could only be saved or sent; never a dead process or one that hangs.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
server_start "$1" "$work/store" "$work/log" || exit 1
ids=

alive() {
    call Deep/alive '{}'
    expect "the next call is served" 200 '. == 1'
}

# quarantined ROUTINE JSON REGEX: it ends in quarantine, for this reason.
quarantined() {
    call "Deep/$1" "$2" -H 'Prefer: wait=0'
    expect "$1 is accepted" 202
    quarantined_id=$(jq -r .id "$http_work/body")
    ids="$ids $quarantined_id"
    for _ in $(seq 200); do
        request GET "/v1/invocations/$quarantined_id"
        [ "$(jq -r .state <"$http_work/body")" != running ] || { sleep 0.1; continue; }
        break
    done
    expect "$1 $2 is quarantined" 200 '.state == "quarantined"' ".reason | test(\"$3\")" '.variables | length == 1'
    alive
}

# ---- comparisons ----
call Deep/equal '{"boxes": 1000}'
expect "the deepest that is compared" 200 '. == true'
call Deep/equal '{"boxes": 1001}'
expect "one deeper" 422 '.error.error == "StackOverflow"' '.error.message | test("deeper than 1000")'
call Deep/equal '{"boxes": 500000}'
expect "half a million levels" 422 '.error.error == "StackOverflow"'
alive
call Deep/contains '{"boxes": 999}'
expect "contains, at its bound" 200 '. == true'
call Deep/contains '{"boxes": 1000}'
expect "contains, one deeper" 422 '.error.error == "StackOverflow"'
call Deep/equal_trees '{"levels": 14}'
expect "two small trees" 200 '. == true'
call Deep/equal_trees '{"levels": 100}'
expect "two trees with 2^100 leaves" 422 '.error.error == "StepTooLong"'
alive

# ---- texts ----
call Deep/printed '{"boxes": 900}'
expect "a deep text" 200 '. > 900'
call Deep/printed '{"boxes": 1000}'
expect "a text that is too deep" 422 '.error.error == "Overflow"' '.error.message | test("deeper than 1000")'
call Deep/printed_tree '{"levels": 100}'
expect "a text that is too long" 422 '.error.error == "Overflow"'
alive

# ---- recursion ----
call Deep/called '{"depth": 400}'
expect "calls within calls" 200 '. == 800'
call Deep/called '{"depth": 5000}'
expect "more than there may be" 422 '.error.error == "StackOverflow"'
call Deep/called_huge '{"depth": 20}'
expect "calls with large variables" 200 '. == 20'
call Deep/called_huge '{"depth": 990}'
expect "more of them than there is memory for" 422 '.error.error == "StackOverflow"' '.error.message | test("memory")'
alive

# ---- what is saved and sent ----
call Deep/saved '{"boxes": 900}'
expect "a deep variable is saved" 200 '. == 899'
call Deep/returned '{"boxes": 900}'
expect "and returned" 200 # deeper than jq reads
call Deep/returned '{"boxes": 100}'
expect "and returned whole" 200 '.value == 99'
call Deep/passed '{"boxes": 900}'
expect "and passed" 200 '. == 899'
call Deep/stepped '{"boxes": 900}'
expect "and passed to a step" 200 '. == 899'
call Deep/thrown '{"boxes": 900}'
expect "and thrown" 422
call Deep/thrown '{"boxes": 100}'
expect "and thrown whole" 422 '.error.error == "TooDeep"' '.error.node.value == 99'
call Deep/caught '{"boxes": 5000}'
expect "what is caught where it was thrown may be deeper" 200 '. == 4999'
quarantined saved '{"boxes": 5000}' "too large or nested too deep"
quarantined saved_tree '{"levels": 100}' "too large or nested too deep"
quarantined returned '{"boxes": 5000}' "result .* nested too deep"
quarantined returned_tree '{"levels": 100}' "result .* too large"
quarantined passed '{"boxes": 5000}' "argument .* nested too deep"
quarantined stepped '{"boxes": 5000}' "argument .* nested too deep"
quarantined thrown '{"boxes": 5000}' "error .* nested too deep"

# ---- after a crash ----
server_kill
server_start "$1" "$work/store" "$work/log" || exit 1
alive
for id in $ids; do
    # This start judges it anew.
    for _ in $(seq 200); do
        request GET "/v1/invocations/$id"
        ! jq -e '.reason | length > 0' <"$http_work/body" >"$http_work/judged" || break
        sleep 0.05
    done
    expect "it still is in quarantine" 200 '.state == "quarantined"' '.reason | length > 0'
done
server_stop || { echo "the server ended with $server_status"; cat "$work/log"; http_bad=$((http_bad + 1)); }
grep -E 'Sanitizer:|runtime error:' "$work/log"
rm -rf "$work"
http_end
