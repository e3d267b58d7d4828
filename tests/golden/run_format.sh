#!/bin/sh
# dsyc fmt: tests/golden/format/*.dsy against the .txt beside it, run_format.sh [--update]; and every .dsy file of the
# tree that can be parsed: formatted it means the same, and formatted again it stays as it is.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${DSYC:=$PWD/build/default/dsyc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0 bad=0

# The parsed tree without its places.
tree() { "$DSYC" --emit=ast "$1" 2>/dev/null | sed 's/[0-9][0-9]*:[0-9][0-9]*//g'; }

for source in tests/golden/format/*.dsy; do
    cp "$source" "$work/file.dsy"
    expected=${source%.dsy}.txt
    "$DSYC" fmt "$work/file.dsy" || bad=$((bad + 1))
    if [ "${1:-}" = --update ]; then cp "$work/file.dsy" "$expected"; fi
    diff -u "$expected" "$work/file.dsy" || bad=$((bad + 1))
    count=$((count + 1))
done

for source in $(find tests examples stdlib -name '*.dsy' | sort); do
    cp "$source" "$work/file.dsy"
    "$DSYC" fmt "$work/file.dsy" >/dev/null 2>&1 || continue # it has errors of syntax
    count=$((count + 1))
    if ! "$DSYC" fmt --check "$work/file.dsy"; then echo "$source: is not stable"; bad=$((bad + 1)); fi
    if [ "$(tree "$source")" != "$(tree "$work/file.dsy")" ]; then echo "$source: means something else"; bad=$((bad + 1)); fi
done
echo "$count files, $bad wrong"
[ $count -gt 0 ] && [ $bad -eq 0 ]
