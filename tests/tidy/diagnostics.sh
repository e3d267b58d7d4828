#!/bin/sh
# Every code of diagnostic.def has a golden file with its output, and an explanation; no golden file is without a code.
set -u
cd "$(dirname "$0")/../.."
: "${DSYC:=$PWD/build/default/dsyc}"
bad=0
complain() { echo "$*"; bad=$((bad + 1)); }

list=compiler/base/diagnostic.def
codes=$(sed -n 's/^DIAGNOSTIC(\([EW][0-9]*\),.*/\1/p' $list)
[ -n "$codes" ] || complain "$list: no code found"
[ "$codes" = "$(printf '%s\n' "$codes" | sort -u)" ] || complain "$list: the codes are not sorted, or one stands there twice"

for code in $codes; do
    [ -f tests/golden/error/"$code".dsy ] || complain "$code: tests/golden/error/$code.dsy is missing"
    [ -f tests/golden/error/"$code".txt ] || complain "$code: tests/golden/error/$code.txt is missing"
    explanation=$("$DSYC" explain "$code" 2>&1) || complain "$code: dsyc explain fails: $explanation"
    [ "$(printf '%s' "$explanation" | wc -c)" -ge 80 ] || complain "$code: its explanation is too short: $explanation"
done
for file in tests/golden/error/*; do
    [ -f "$file" ] || continue
    code=$(expr "$(basename "$file")" : '\([EW][0-9]*\)' || true)
    printf '%s\n' "$codes" | grep -qx "$code" || complain "$file: there is no code '$code'"
    case $file in *.txt) [ -f "${file%.txt}.dsy" ] || complain "$file: has no .dsy" ;; esac
done
"$DSYC" explain E9999 >/dev/null 2>&1 && complain "dsyc explain E9999 should fail"

echo "$(printf '%s\n' "$codes" | wc -l) codes, $bad complaints"
[ $bad -eq 0 ]
