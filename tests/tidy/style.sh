#!/bin/sh
# All .dsy files are in the style of dsyc fmt, but for inputs of fuzzers, of fmt itself and of --fix, and for files with
# errors of syntax, which have no style.
set -u
cd "$(dirname "$0")/../.."
: "${DSYC:=$PWD/build/default/dsyc}"
count=0 bad=0
for file in $(git ls-files -co --exclude-standard -- '*.dsy' | grep -v -e '^tests/fuzz/corpus/' -e '^tests/golden/fix/' -e '^tests/golden/format/'); do
    [ -f "$file" ] || continue
    "$DSYC" fmt --check "$file" 2>/dev/null
    case $? in
    0) count=$((count + 1)) ;;
    1) "$DSYC" --emit=ast "$file" >/dev/null 2>&1 && bad=$((bad + 1)) ;;
    *) bad=$((bad + 1)) ;;
    esac
done
echo "$count files in style, $bad not"
[ $count -gt 0 ] && [ $bad -eq 0 ]
