#!/bin/sh
# Compiles what dsyc prints for every tests/golden/emit/*.dsy and compile/*.dsy and for the programs named, with each
# C compiler that is here, as strictly as a user may. run_compile.sh [PROGRAM.dsy …]; DSYC names the compiler dsyc.
set -u
here=$(cd "$(dirname "$0")" && pwd)
include=$(cd "$here/../../runtime/include" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0 bad=0

compilers=
for compiler in gcc clang; do
    if command -v $compiler >/dev/null; then compilers="$compilers $compiler"; fi
done

for source in "$here"/emit/*.dsy "$here"/compile/*.dsy "$@"; do
    stem=$(basename "$source" .dsy)
    if ! "$DSYC" "$source" -o "$work" >"$work/messages" 2>&1; then
        cat "$work/messages"
        bad=$((bad + 1))
        continue
    fi
    for compiler in $compilers; do
        count=$((count + 1))
        if ! $compiler -std=c17 -O1 -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Werror -I "$include" -I "$work" \
            -c "$work/$stem.c" -o "$work/$stem.o" 2>"$work/messages"; then
            echo "$source: $compiler refuses what dsyc made of it"
            head -n 20 "$work/messages"
            bad=$((bad + 1))
        fi
    done
done
echo "$count compilations by$compilers, $bad refused"
[ $count -gt 0 ] && [ $bad -eq 0 ]
