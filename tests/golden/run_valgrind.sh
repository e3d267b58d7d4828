#!/bin/sh
# The compiler under valgrind, to C, on every example and golden file: no error, no leak. DSYC names the compiler.
# What passed with the same compiler and the same text is not run again (stamps beside the compiler).
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${DSYC:=$PWD/build/default/dsyc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stamps=$(dirname "$DSYC")/valgrind
mkdir -p "$stamps"
state=$(cat "$DSYC" $(find examples tests/golden -name '*.dsy' | sort) | cksum | tr ' ' -)
export work DSYC stamps state

find examples tests/golden -name '*.dsy' | sort >"$work/files"
xargs -P "$(nproc)" -n 1 sh -c '
    stamp=$stamps/$(echo "$0" | tr / _)-$state
    [ -f "$stamp" ] && exit 0
    messages=$work/$(echo "$0" | tr / _)
    valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,possible \
        "$DSYC" --emit=c "$0" >"$messages.c" 2>"$messages"
    status=$?
    rm "$messages.c"
    if [ $status -gt 1 ] || grep -q "^==[0-9]*==" "$messages"; then
        echo "$0: exit code $status"
        grep "^==[0-9]*==" "$messages" | head -n 20
        exit 1
    fi
    touch "$stamp"' <"$work/files"
status=$?
echo "$(wc -l <"$work/files") files under valgrind"
exit $status
