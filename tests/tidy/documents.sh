#!/bin/sh
# Every block of Dsy in the documents compiles, or gives the error that stands at its head:
#   ```dsy                 a whole file
#   ```dsy body            statements, put into a routine
#   ```dsy error E0203     a whole file, or with "body error" statements, in which exactly this code is found
# A block may go on from those above it: "```dsy with NAME" stands behind the block that began "```dsy named NAME".
# A block of C, ```c, holds steps of the last block of Dsy above it, which is compiled as the module of its #include.
# What has documentation in the standard library stands in the table of stdlib/README.md.
set -u
cd "$(dirname "$0")/../.."
: "${DSYC:=$PWD/build/default/dsyc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0 bad=0

git ls-files -co --exclude-standard -- '*.md' | while read -r document; do
    [ -f "$document" ] || continue
    awk -v document="$document" -v work="$work" '
        function finish() {
            if (is_body) print "}" >file
            close(file)
            print file "\t" document ":" begin "\t" code >>(work "/list")
            program = file
        }
        !inside && /^[ ]*```c$/ {
            inside = 2; begin = NR; number++
            file = program "_" number ".c"
            next
        }
        inside == 2 && /^[ ]*```/ { inside = 0; close(file); print file "\t" program "\t" document ":" begin >>(work "/steps"); next }
        inside == 2 { print >file; next }
        !inside && /^[ ]*```dsy/ {
            inside = 1; begin = NR; number++; code = ""; is_body = 0; name = ""
            stem = document
            gsub(/[^A-Za-z0-9]/, "_", stem)
            file = work "/" stem "_" number ".dsy"
            printf "" >file
            for (i = 2; i <= NF; i++) {
                if ($i == "error") code = $(i + 1)
                if ($i == "named") name = $(i + 1)
                if ($i == "with") printf "%s", blocks[$(i + 1)] >file
                if ($i == "body") is_body = 1
            }
            if (is_body) print "async void example_body() {" >file
            next
        }
        inside && /^[ ]*```/ { inside = 0; finish(); next }
        inside { print >file; if (name != "") blocks[name] = blocks[name] $0 "\n" }
    ' "$document"
done

[ -f "$work/list" ] || { echo "no block of Dsy in any document"; exit 1; }
tab=$(printf '\t')
while IFS=$tab read -r file where code; do
    count=$((count + 1))
    "$DSYC" check -I examples/orders "$file" >"$work/out" 2>&1
    status=$?
    found=$(sed -n 's/.*: error: .*\[\(E[0-9]*\)\]$/\1/p' "$work/out" | sort -u | tr '\n' ' ')
    if [ -z "$code" ] && [ $status -eq 0 ] && [ -z "$found" ]; then continue; fi
    if [ -n "$code" ] && [ $status -eq 1 ] && [ "$found" = "$code " ]; then continue; fi
    bad=$((bad + 1))
    echo "$where: expected ${code:-no error}, got ${found:-none} (exit code $status)"
    sed "s|$work/||" "$work/out"
done <"$work/list"
while IFS=$tab read -r file program where; do
    count=$((count + 1))
    module=$(sed -n 's/^#include "\(.*\)\.h".*/\1/p' "$file")
    folder=$file.generated
    mkdir -p "$folder"
    cp "$program" "$folder/$module.dsy" && "$DSYC" "$folder/$module.dsy" -o "$folder" 2>"$work/out" &&
        "${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -I "$folder" -I runtime/include "$file" \
            2>"$work/out" && continue
    bad=$((bad + 1))
    echo "$where: these steps do not compile:"
    sed "s|$work/||" "$work/out"
done <"$work/steps"
# Whatever has documentation in the standard library stands in its table.
for module in stdlib/*.dsy; do
    row=$(grep "^| .std\.$(basename "$module" .dsy). |.*|.*|" stdlib/README.md | tail -n 1 | tr -c 'A-Za-z0-9_' '\n')
    for name in $(awk '
        documented && match($0, /^(struct|enum|union|error|const [a-z]+) [A-Za-z_]+/) { print $(NF > 2 && $1 == "const" ? 3 : 2) }
        documented && match($0, /[a-z_0-9]+\(/) { print substr($0, RSTART, RLENGTH - 1) }
        { documented = /^\/\/\// }' "$module"); do
        count=$((count + 1))
        printf '%s\n' "$row" | grep -qx "$name" && continue
        bad=$((bad + 1))
        echo "stdlib/README.md: the row of $module lacks $name"
    done
done
echo "$count blocks and names, $bad wrong"
[ $bad -eq 0 ]
