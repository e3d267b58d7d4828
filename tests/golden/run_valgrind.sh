#!/bin/sh
# The compiler under valgrind, to C, on every example and golden file: no error, no leak.
# COMPILE_FILES names the program that compiles many files in one process (tests/limit), DSYC the compiler itself.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${DSYC:=$PWD/build/default/dsyc}" "${COMPILE_FILES:=$PWD/build/default/tests/limit/compile_files}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export work COMPILE_FILES
valgrind="valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,possible"
export valgrind

find examples tests/golden -name '*.dsy' | sort >"$work/files"
count=$(wc -l <"$work/files")

# A part of the files in one process; where valgrind complains they are taken one by one, so that it is known which.
xargs -P "$(nproc)" -n $((count / $(nproc) + 1)) sh -c '
    $valgrind "$COMPILE_FILES" "$0" "$@" >"$work/$$" 2>&1 && exit 0
    for file in "$0" "$@"; do
        $valgrind "$COMPILE_FILES" "$file" >"$work/$$" 2>&1 && continue
        echo "$file:"
        head -n 30 "$work/$$"
    done
    echo "(the files that are not named are good one by one)"
    exit 1' <"$work/files"
bad=$?

# And the command itself: a program, one with errors, an explanation, and no arguments.
checked() {
    wanted=$1
    shift
    $valgrind "$@" >"$work/out" 2>&1
    status=$?
    [ $status -eq "$wanted" ] && ! grep -q '^==[0-9]*==' "$work/out" && return
    echo "$*: exit code $status"
    grep '^==[0-9]*==' "$work/out" | head -n 20
    bad=1
}
checked 0 "$DSYC" examples/orders/orders.dsy -o "$work"
checked 0 "$DSYC" --emit=fsm examples/orders/orders.dsy
checked 1 "$DSYC" check tests/golden/error/E0101.dsy
checked 1 "$DSYC" check --diagnostics=json tests/golden/error/E0301.dsy
checked 0 "$DSYC" explain E0203
checked 2 "$DSYC"
echo "$count files under valgrind"
exit $bad
