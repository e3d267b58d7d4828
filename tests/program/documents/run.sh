#!/bin/sh
# Every command in the READMEs of the examples does what stands there: `build/default/dsyc run …` serves; each command
# behind it is executed, and prints the line of JSON below it, if there is one.
set -u
. ../../support/server.sh
work=$(mktemp -d)
export XDG_CACHE_HOME="$work/cache" ORDERS_LOG="$work/steps"
cd "$DSY_SOURCE" || exit 1
count=0 bad=0
wrong() { echo "NOT AS WRITTEN: $*"; bad=$((bad + 1)); }

# The indented lines, one command a line: what a line that ends with \ or | is continued by is put behind it.
commands() {
    sed -n 's/^    *//p' "$1" | awk '
        /^[ ]*$/ { next }
        { command = command $0 }
        /\\$/ { sub(/\\$/, "", command); next }
        /\|$/ { command = command " "; next }
        { print command; command = "" }'
}

serve() {
    set -- $(printf '%s' "$1" | sed "s|.* run \(.*\) --store [^ ]* --listen [^ ]*|\1|")
    server_log=$work/log
    : >"$server_log"
    "$DSYC" run "$@" --store "$work/$name" --listen 127.0.0.1:0 >"$server_log" 2>&1 &
    server_pid=$!
    server_ready || wrong "$name: it does not serve"
}

for readme in examples/*/README.md; do
    name=$(basename "$(dirname "$readme")")
    got= command=
    commands "$readme" >"$work/commands"
    while IFS= read -r line; do
        case $line in
        build/default/dsyc*) serve "$line" ;;
        curl* | head*)
            command=$line count=$((count + 1))
            got=$(printf '%s' "$line" | sed "s|http://127.0.0.1:8080|$server_url|" | sh) || wrong "$name: $line: exit code $?"
            ;;
        [[{\"]* | true | false | null)
            printf '%s\n%s\n' "$got" "$line" | jq -se '.[0] == .[1]' >"$work/out" 2>&1 ||
                wrong "$name: $command: $got instead of $line"
            ;;
        esac
    done <"$work/commands"
    server_stop || wrong "$name: exit code $server_status after SIGTERM"
done
rm -rf "$work"
echo "$count commands, $bad wrong"
[ $bad -eq 0 ] && [ $count -ge 10 ]
