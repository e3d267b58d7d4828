#!/bin/sh
# dsyc run: compiles, links, serves; killing it kills what it serves; its errors say what to do.
set -u
. ../../support/server.sh
. ../../support/http.sh
work=$(mktemp -d)
export XDG_CACHE_HOME="$work/cache"
orders=$DSY_SOURCE/examples/orders
wrong() { echo "NOT AS EXPECTED: $*"; http_bad=$((http_bad + 1)); }
# The process that dsyc became; what it listens on.
run() {
    server_log=$work/log
    : >"$server_log"
    "$DSYC" run "$@" >"$server_log" 2>&1 &
    server_pid=$!
    server_ready
}

# ---- serves, and what cc made is used again ----
export ORDERS_LOG="$work/steps"
run "$orders/orders.dsy" "$orders/steps.c" -- --store "$work/store" --listen 127.0.0.1:0 || exit 1
call Orders/checkout '{"order": {"id": "O-1", "email": "a@example.com", "card": "4242424242424242", "items": [{"sku": "TEA", "quantity": 2, "price": "1.25"}]}}'
expect "a checkout" 200 '. == {"id": "R-O-1", "amount": "2.50"}'

# ---- killing it kills what it serves ----
server_kill
sleep 0.2
request GET /healthz
expect "nobody listens any more" 000

begin=$(date +%s%3N)
run "$orders/orders.dsy" "$orders/steps.c" -- --store "$work/store" --listen 127.0.0.1:0 || exit 1
echo "second start: $(($(date +%s%3N) - begin)) ms"
server_stop || wrong "exit code $server_status after SIGTERM"

# ---- a program without steps ----
run "$DSY_SOURCE/examples/greeting/greeting.dsy" -- --store "$work/greeting" --listen 127.0.0.1:0 || exit 1
call Greeter/greet '{"name": "Ada"}'
expect "an injected service" 200 '. == "Hello, Ada!"'
call Greeter/part '{"name": "Ada", "pause": "PT0.1S"}'
expect "a sub-routine and a pause" 200 '. == "Hello, Ada! Goodbye."'
server_stop || wrong "exit code $server_status after SIGTERM"

# ---- errors ----
# must_say WHAT REGEX COMMAND …
must_say() {
    what=$1 regex=$2
    shift 2
    http_count=$((http_count + 1))
    if timeout 60 "$@" >"$work/out" 2>&1; then wrong "$what: it went well"; fi
    grep -Eq -e "$regex" "$work/out" || wrong "$what: no line matches $regex: $(cat "$work/out")"
}
printf '#include "orders.h"\n' >"$work/none.c"
must_say "a step that nobody wrote is named with its prototype" 'send_mail\(struct dsy_step \*step' \
    "$DSYC" run "$orders/orders.dsy" "$work/none.c" -- --store "$work/never"
must_say "so is a native function" 'is_card_number\(' "$DSYC" run "$orders/orders.dsy" -- --store "$work/never"
must_say "a mistake in the steps" 'broken\.c:1:.*error' sh -c \
    "echo 'int broken(' >'$work/broken.c'; '$DSYC' run '$orders/orders.dsy' '$orders/steps.c' '$work/broken.c' -- --store '$work/never'"
must_say "a mistake in the program" 'mistake\.dsy:1:.*error' sh -c \
    "echo 'service X { async int f() { return \"a\"; } }' >'$work/mistake.dsy'; '$DSYC' run '$work/mistake.dsy'"
must_say "no compiler" "there is no C compiler 'no-such-compiler'" \
    env CC=no-such-compiler "$DSYC" run "$orders/orders.dsy" "$orders/steps.c" -- --store "$work/never"
must_say "a file that is not there" 'nowhere\.dsy' "$DSYC" run "$work/nowhere.dsy"
must_say "steps that are not there" 'nowhere\.c' "$DSYC" run "$orders/orders.dsy" "$work/nowhere.c"
must_say "an option of the program before --" "no option --store; those of the program stand behind --" \
    "$DSYC" run "$orders/orders.dsy" --store "$work/never"
must_say "a command that is none" "no command 'serve'" "$DSYC" serve "$orders/orders.dsy"
[ ! -e "$work/never" ] || wrong "something was served in spite of an error"

rm -rf "$work"
http_end
