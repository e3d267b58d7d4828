#!/bin/sh
# No source file has more than 1,000 lines, no function more than 100 (70 is the aim; a switch over all cases is long).
set -eu
cd "$(dirname "$0")/../.."
git ls-files -co --exclude-standard -- '*.c' '*.h' '*.re' '*.y' '*.dsy' '*.sh' '*.cmake' '*.awk' | while read -r file; do
    [ -f "$file" ] || continue
    case $file in tests/golden/emit/*) continue ;; esac
    awk -v file="$file" '
        /^}/ && begin { if (NR - begin > 100) print file ":" begin ": a function of " NR - begin " lines"; begin = 0 }
        /^{/ || (/^[a-z].*\) *{$/ && file ~ /\.c$/) { begin = NR }
        END { if (NR > 1000) print file ": " NR " lines" }' "$file"
done >"${TMPDIR:-/tmp}/lengths.$$"
cat "${TMPDIR:-/tmp}/lengths.$$"
count=$(wc -l <"${TMPDIR:-/tmp}/lengths.$$")
rm -f "${TMPDIR:-/tmp}/lengths.$$"
echo "$count too long"
[ "$count" -eq 0 ]
