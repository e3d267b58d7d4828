#!/bin/sh
# Keyed services over HTTP and on the command line: keys in paths, state that lasts, order, who waits, deadlocks between
# chains, a hot key beside others, and moves between accounts in four shards while the process is killed again and again.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
program=$1
server_start "$program" "$work/store" "$work/log" --shards 4 --placement spread || exit 1

# ---- keys in paths ----
call Account/alice/add '{"amount": 5}'
expect "an instance is made when it is first used" 200 '. == 105'
call Account/alice/current '{}'
expect "a query" 200 '. == 105'
call Account/bob/current '{}'
expect "another key" 200 '. == 100'
call Account/%C3%A4%2F%25%20b/name '{}'
expect "a key with a slash, a percent sign and a space" 200 '. == "ä/% b"'
call Account//name '{}'
expect "the empty key" 200 '. == ""'
call Counter/-2147483648/next '{}'
expect "a number" 200 '. == 1'
call Counter/+7/next '{}'
expect "a number with a sign" 200 '. == 1'
call Counter/007/next '{}'
expect "the same number" 200 '. == 2'
call Session/0F0E0D0C-0B0A-0908-0706-050403020100/enter '{"name": "x"}'
expect "a uuid" 200 '. == ""'
call Session/0f0e0d0c-0b0a-0908-0706-050403020100/enter '{"name": "y"}'
expect "the same uuid" 200 '. == "x"'

# ---- keys that do not fit ----
call Counter/seven/next '{}'
expect "no number" 400 '.detail == "The key number of Counter is of type int32, and '"'seven'"' is not."'
call Counter/2147483648/next '{}'
expect "a number that is too large" 400 '.detail | test("key number of Counter")'
call Session/x/enter '{"name": "x"}'
expect "no uuid" 400 '.detail | test("key id of Session is of type uuid")'
call Account/%ff/current '{}'
expect "no UTF-8" 400 '.detail | test("key id of Account is not UTF-8")'
call "Account/$(printf '%01022d' 0)/current" '{}'
expect "a key that is too long" 400
call Account/current '{}'
expect "no key" 400 '.detail | test("/v1/call/Account/\\{id\\}/current")'
call Transfers/x/move '{}'
expect "a key of a service without any" 404 '.detail | test("Transfers has no keys")'
call Account/alice/nothing '{}'
expect "no such method" 404 '.detail | test("add_slowly")'
call Account/alice/add '{"amount": "x"}'
expect "arguments that do not fit" 400 '.detail | test("amount")'

# ---- idempotency keys count for their instance ----
call Counter/1/next '{}' -H 'Idempotency-Key: k'
expect "a call with an idempotency key" 200 '. == 1'
call Counter/1/next '{}' -H 'Idempotency-Key: k'
expect "the same again" 200 '. == 1'
call Counter/2/next '{}' -H 'Idempotency-Key: k'
expect "another instance" 200 '. == 1'
call Counter/1/next '{}'
expect "it took effect once" 200 '. == 2'

# ---- who waits ----
call Account/busy/add_slowly '{"amount": 1, "pause": "PT3S"}' -H 'Prefer: wait=0'
expect "a method that takes its time" 202
call Account/busy/add '{"amount": 1}' -H 'Prefer: wait=0'
expect "a method that waits for it" 202
waiting=$(jq -r .id "$http_work/body")
request GET "/v1/invocations/$waiting"
expect "it is shown as queued, with its key" 200 '.state == "queued" and .key == "busy" and .pending.kind == "queued"'
cursor=
while [ "$cursor" != null ]; do
    request GET "/v1/invocations?service=Account&state=queued${cursor:+&cursor=$cursor}"
    jq -c '.invocations[]' <"$http_work/body" >>"$work/queued"
    cursor=$(jq -r .next <"$http_work/body")
done
cp "$work/queued" "$http_work/body"
expect "it is listed" 200 '.key == "busy" and .routine == "Account.add"'
call Account/busy/current '{}'
expect "a query does not wait" 200 '. == 100'
call Account/busy/beside '{}'
expect "nor does a shared method" 200 '. == 100'
request GET "/v1/invocations/$waiting/result" -H 'Prefer: wait=20'
expect "its turn comes" 200 '. == 102'

# ---- the command line ----
command_line() {
    what=$1 expected=$2
    shift 2
    http_count=$((http_count + 1))
    answer=$("$program" call --address "$server_url" "$@" 2>&1)
    [ "$answer" = "$expected" ] || {
        http_bad=$((http_bad + 1))
        echo "NOT AS EXPECTED: $what: $answer"
    }
}
command_line "a key in parentheses" 107 'Account("alice").add' '{"amount": 2}'
command_line "a key between slashes" 107 Account/alice/current
command_line "a key with a slash" '"a/b"' Account/a/b/name
command_line "a key with a quote" '"a\"b"' 'Account("a\"b").name'
command_line "a number" 3 'Counter(7).next'
command_line "a call without a key" 107 Transfers.move '{"from": "dora", "to": "alice", "amount": 0}'
"$program" services >"$work/services"
for line in 'service Account(string id) : Accounts' '    routine add_slowly(amount, pause) -> int64' '    query current() -> int64' \
    '    shared routine beside() -> int64' 'service Counter(int32 number)' 'interface Accounts(string): add, current'; do
    http_count=$((http_count + 1))
    grep -qxF -e "$line" "$work/services" || {
        http_bad=$((http_bad + 1))
        echo "NOT AS EXPECTED: services does not print: $line"
    }
done

# ---- a hot key beside others ----
# 500 calls wait for one key, and take 10 ms each; all others are answered at once.
for number in $(seq 500); do
    [ "$number" = 1 ] || echo next
    printf '%s\n' "url = \"$server_url/v1/call/Account/hot/add_slowly\"" 'header = "Prefer: wait=0"' \
        'json = "{\"amount\": 1, \"pause\": \"PT0.01S\"}"' 'output = "/dev/null"' 'write-out = "%{http_code}\n"'
done >"$work/hot"
http_count=$((http_count + 1))
curl --no-progress-meter --parallel --parallel-max 50 --config "$work/hot" >"$work/hot-codes"
[ "$(grep -cx 202 "$work/hot-codes")" = 500 ] || http_complain "500 calls are taken: $(sort "$work/hot-codes" | uniq -c)"
begin=$(date +%s%3N)
for number in 1 2 3 4 5 6 7 8 9 10; do
    call "Account/cold-$number/add" '{"amount": 1}'
    expect "another key beside a hot one" 200 '. == 101'
done
call Account/hot/current '{}'
expect "a query of the hot one" 200 '. >= 100'
taken=$(($(date +%s%3N) - begin))
http_count=$((http_count + 1))
[ $taken -lt 2500 ] || http_complain "11 calls beside a hot key took $taken ms"
call Account/hot/add '{"amount": 0}' -H 'Prefer: wait=100'
expect "all before it, each for itself" 200 '. == 600'

# ---- chains that wait for each other ----
begin=$(date +%s%3N)
call Account/left/reach '{"to": "right", "pause": "PT0.2S"}' -H 'Prefer: wait=0'
left=$(jq -r .id "$http_work/body")
call Account/right/reach '{"to": "left", "pause": "PT0.2S"}' -H 'Prefer: wait=0'
right=$(jq -r .id "$http_work/body")
request GET "/v1/invocations/$left/result" -H 'Prefer: wait=20'
left_status=$status
cp "$http_work/body" "$work/left"
request GET "/v1/invocations/$right/result" -H 'Prefer: wait=20'
http_count=$((http_count + 1))
case $left_status$status in
200422) expect "the younger wait gets Deadlock" 422 '.error.error == "Deadlock"' ;;
422200) expect "the other goes on" 200 '. == 101' ;;
*) http_complain "one of two chains that wait for each other gets Deadlock: $left_status $(cat "$work/left")" ;;
esac
taken=$(($(date +%s%3N) - begin))
http_count=$((http_count + 1))
[ $taken -lt 8000 ] || http_complain "a deadlock was found after $taken ms"

# ---- killed again and again ----
# 120 moves between 6 accounts; each is sent until it is taken, and takes effect once.
names='a b c d e f'
number=0
while [ $number -lt 120 ]; do
    from=$(echo "$names" | cut -d ' ' -f $((number % 6 + 1)))
    to=$(echo "$names" | cut -d ' ' -f $(((number * 7 + 3) % 6 + 1)))
    [ "$from" != "$to" ] || to=z
    for _ in $(seq 200); do
        status=$(curl -s -o "$work/answer" -w '%{http_code}' -m 10 -H 'Content-Type: application/json' \
            -H 'Prefer: wait=0' -H "Idempotency-Key: move-$number" \
            -d "{\"from\": \"$from\", \"to\": \"$to\", \"amount\": 1}" "$server_url/v1/call/Transfers/move" || true)
        [ "$status" != 200 ] && [ "$status" != 202 ] || break
        sleep 0.05
    done
    number=$((number + 1))
    echo "$from $to" >>"$work/moves"
    if [ $((number % 10)) = 0 ]; then
        server_kill
        server_start "$program" "$work/store" "$work/log-$number" || exit 1
    fi
done
for name in $names z; do
    wanted=$((100 + $(grep -c " $name\$" "$work/moves") - $(grep -c "^$name " "$work/moves")))
    for _ in $(seq 200); do
        call "Account/$name/current" '{}'
        [ "$(cat "$http_work/body")" != "$wanted" ] || break
        sleep 0.05
    done
    expect "account $name has got and given each amount once" 200 ". == $wanted"
    wanted=$(grep -c "\\b$name\\b" "$work/moves")
    call "Account/$name/count" '{}'
    expect "account $name was called as often as it took part" 200 ". == $wanted"
done

server_stop || http_complain "the server ended with $server_status"
grep -hE 'Sanitizer:|runtime error:' "$work"/log*
rm -rf "$work"
http_end
