#!/bin/sh
# serve --config: every source of a setting, every problem at once with its line, and no secret anywhere.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
program=$1

describes() { # WHAT TEXT WORD …
    describes_what=$1 describes_text=$2
    shift 2
    server_start "$program" "$work/store" "$work/log" "$@" || exit 1
    call Shop/describe '{}'
    expect "$describes_what" 200 ". == \"$describes_text\""
    server_stop || http_complain "$describes_what: it does not stop"
    if grep -q s3cret "$work/log"; then http_complain "$describes_what: the log shows a secret"; fi
}

cat >"$work/good.ini" <<'INI'
# The shop.
[Shop]
salutation = Hi, friend
api_key    = "s3cret\n"
retries    = 5
grace      = 2min
prices     = ["1.50", 2]
is_open    = true

[Shop.use]
payments   = Invoices
INI
describes "a file" "Hi, friend 5 120 2 true 7 invoices" --config "$work/good.ini"
DSY_SHOP_RETRIES=6 DSY_SHOP_USE_PAYMENTS=Cards describes "the environment comes first" \
    "Hi, friend 6 120 2 true 7 cards" --config "$work/good.ini"
DSY_SHOP_RETRIES=6 describes "the command line before that" "Hi, friend 7 120 2 true 7 cards" --config "$work/good.ini" \
    --set Shop.retries=7 --set Shop.use.payments=Cards
printf 's3cret-of-a-file\n' >"$work/key"
DSY_SHOP_API_KEY_FILE="$work/key" describes "a secret of a file" "Hello 3 30 0 false 16 cards" \
    --set Shop.use.payments=Cards

# fails WHAT CODE WORD …: `serve WORD …` ends at once; $work/errors is what it says.
fails() {
    fails_what=$1 fails_code=$2
    shift 2
    http_count=$((http_count + 1))
    timeout 20 "$program" serve --store "$work/store" --listen 127.0.0.1:0 "$@" >"$work/errors" 2>&1
    fails_status=$?
    [ $fails_status -eq "$fails_code" ] || {
        http_bad=$((http_bad + 1))
        echo "NOT AS EXPECTED: $fails_what: exit code $fails_status: $(cat "$work/errors")"
    }
}
says() {
    http_count=$((http_count + 1))
    grep -q -e "$1" "$work/errors" || {
        http_bad=$((http_bad + 1))
        echo "NOT AS EXPECTED: $fails_what: '$1' is not said: $(cat "$work/errors")"
    }
}

cat >"$work/bad.ini" <<'INI'
[Shop]
retries = many
grace = soon
api_key.file = /there/is/none
saluation = Hi
[Shp]
x = s3cret
[Shop.use]
payments = Card
nonsense s3cret
INI
fails "everything that is wrong" 2 --config "$work/bad.ini"
for text in 'bad.ini:2: error: .*type int.*whole number' 'bad.ini:3: error: .*type duration.*30s' \
    'bad.ini:4: error: .*/there/is/none' 'bad.ini:5: error: .*salutation' 'bad.ini:6: error: .*Is Shop meant' \
    'bad.ini:9: error: .*Is Cards meant' 'bad.ini:10: error: .*NAME = VALUE' 'api_key .*missing.*DSY_SHOP_API_KEY' \
    '8 problems'; do
    says "$text"
done
if grep -q s3cret "$work/errors"; then http_complain "a secret is shown"; fi
fails "no choice" 2 --set Shop.api_key=x
says 'several services implement: Cards, Invoices'
fails "no file" 2 --config "$work/nothing.ini"
says 'nothing.ini'
rm -rf "$work"
http_end
