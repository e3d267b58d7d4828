#!/bin/sh
# Rows that were damaged while no process was running: each quarantines its own invocation, with a reason that people can
# read, and every other one ends as it should.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
export GATE="$work/gate"
parcel='{"name": "parcel", "numbers": [1, 2, 3], "prices": {"a": "1.50"}, "inner": {"name": "inner", "numbers": []}}'

start() { server_start "$1" "$work/store" "$work/log" --shards 2 --placement spread || exit 1; }

# submit ROUTINE JSON: an invocation that nobody waits for.
submit() {
    call "Damage/$1" "$2" -H 'Prefer: wait=0'
    expect "$1 is accepted" 202
    jq -r .id <"$http_work/body" >>"$work/ids"
}

# Wait until the invocation has ended or is quarantined; the state is in $state.
settle() {
    for _ in $(seq 300); do
        request GET "/v1/invocations/$1"
        state=$(jq -r .state <"$http_work/body")
        case $state in quarantined | returned | threw) return ;; esac
        sleep 0.1
    done
}

start "$1"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
    submit sleeping "{\"parcel\": $parcel, \"pause\": \"PT3S\"}"
    submit nested "{\"parcel\": $parcel, \"pause\": \"PT1S\"}"
    submit stepping "{\"parcel\": $parcel}"
    submit calling "{\"parcel\": $parcel, \"pause\": \"PT3S\"}"
done
server_kill
"$DSY_TOOLS/damage_store" "$work/store" invocation >"$work/damage" || exit 1
: >"$GATE"
start "$1"
call Damage/alive '{}'
expect "new calls are served" 200 '. == 1'

# Callers whose callee was damaged wait for it: which those are only the rows know.
whole=0 damaged=0 waiting=0
while read -r id kind; do
    grep -q "$id" "$work/ids" || continue # a callee
    if [ "$kind" = whole ]; then
        request GET "/v1/invocations/$id"
        if [ "$(jq -r '.pending.kind // "none"' <"$http_work/body")" = call ]; then
            waiting=$((waiting + 1))
            continue
        fi
        whole=$((whole + 1))
        settle "$id"
        request GET "/v1/invocations/$id/result" -H 'Prefer: wait=20'
        expect "$id was not damaged" 200 '. == 3'
    else
        damaged=$((damaged + 1))
        settle "$id"
        expect "$id ($kind)" 200 '.state == "quarantined"' '.reason | length > 10'
    fi
done <"$work/damage"
http_count=$((http_count + 1))
[ $whole -ge 10 ] && [ $damaged -ge 20 ] || http_complain "enough rows of each: $whole whole, $damaged damaged, $waiting waiting"
cursor= listed=0
while :; do
    request GET "/v1/invocations?state=quarantined&limit=1000$cursor"
    expect "a page of the list" 200 '.invocations | all(.state == "quarantined")'
    listed=$((listed + $(jq '.invocations | length' <"$http_work/body")))
    cursor="&cursor=$(jq -r '.next // ""' <"$http_work/body")"
    [ "$cursor" != "&cursor=" ] || break
done
http_count=$((http_count + 1))
[ $listed -ge $damaged ] || http_complain "all $damaged are listed: $listed"
request GET /readyz
expect "ready" 200
grep 'is in quarantine' "$work/log" | sed 's/.*quarantine: //' | sort | uniq -c

# ---- the same after another crash: nothing is looked at twice ----
server_kill
start "$1"
while read -r id kind; do
    [ "$kind" != whole ] && grep -q "$id" "$work/ids" || continue
    request GET "/v1/invocations/$id"
    expect "$id ($kind) still is in quarantine" 200 '.state == "quarantined"'
done <"$work/damage"

# ---- results ----
server_stop || http_bad=$((http_bad + 1))
"$DSY_TOOLS/damage_store" "$work/store" result >"$work/damage" || exit 1
start "$1"
while read -r id kind; do
    request GET "/v1/invocations/$id/result" -H 'Prefer: wait=20'
    if [ "$kind" = whole ]; then
        expect "the result of $id was not damaged" 200 'type == "number"'
    else
        expect "the result of $id ($kind)" 500 '.detail | test("damaged|cannot be (shown|decoded)")'
        request GET "/v1/invocations/$id"
        expect "$id, whose result is damaged ($kind)" 500
    fi
done <"$work/damage"
call Damage/alive '{}'
expect "new calls are served" 200 '. == 1'
server_stop || { echo "the server ended with $server_status"; http_bad=$((http_bad + 1)); }
grep -E 'Sanitizer:|runtime error:' "$work/log"
rm -rf "$work"
http_end
