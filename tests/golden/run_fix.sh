#!/bin/sh
# dsyc check --fix: tests/golden/fix/*.dsy against the .txt beside it. run_fix.sh [--update]; DSYC names the compiler.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${DSYC:=$PWD/build/default/dsyc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0 bad=0
for source in tests/golden/fix/*.dsy; do
    count=$((count + 1))
    cp "$source" "$work/file.dsy"
    "$DSYC" check --fix "$work/file.dsy" 2>"$work/messages" || { cat "$work/messages"; bad=$((bad + 1)); }
    if [ "${1:-}" = --update ]; then cp "$work/file.dsy" "${source%.dsy}.txt"; fi
    diff -u "${source%.dsy}.txt" "$work/file.dsy" || bad=$((bad + 1))
done
echo "$count files, $bad wrong"
[ $count -gt 0 ] && [ $bad -eq 0 ]
