#!/bin/sh
# Every tests/golden/error/*.dsy against the .txt beside it: the whole output of `dsyc check`, spans included.
# run_error.sh [--update] [NAME.dsy …]; DSYC names the compiler. DSYC_WRAPPER may hold "valgrind -q --error-exitcode=99".
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${DSYC:=$PWD/build/default/dsyc}"
cd tests/golden/error || exit 1
update=
if [ "${1:-}" = --update ]; then update=yes; shift; fi
[ $# -gt 0 ] || set -- *.dsy
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0 bad=0

for source in "$@"; do
    [ -f "$source" ] || { echo "no such file: $source"; bad=$((bad + 1)); continue; }
    expected=${source%.dsy}.txt
    # shellcheck disable=SC2086  # the wrapper may be several words
    ${DSYC_WRAPPER:-} "$DSYC" check "$source" >"$work/out" 2>&1
    status=$?
    count=$((count + 1))
    # 0: warnings only; 1: errors. Anything else is the compiler's own failure.
    case $(grep -c ': error: ' "$work/out") in 0) wanted=0 ;; *) wanted=1 ;; esac
    if [ $status -ne $wanted ]; then
        echo "$source: exit code $status instead of $wanted"
        cat "$work/out"
        bad=$((bad + 1))
        continue
    fi
    code=$(expr "$source" : '\([EW][0-9]*\)')
    if ! grep -q "\[$code\]" "$work/out"; then
        echo "$source: $code is not among its diagnostics:"
        cat "$work/out"
        bad=$((bad + 1))
        continue
    fi
    if [ -n "$update" ]; then
        cp "$work/out" "$expected"
    elif ! diff -u "$expected" "$work/out"; then
        bad=$((bad + 1))
    fi
done
echo "$count golden files, $bad wrong"
[ "$count" -gt 0 ] && [ $bad -eq 0 ]
