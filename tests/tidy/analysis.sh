#!/bin/sh
# clang-tidy on every C file of ours, with the checks of .clang-tidy, but for the analyzer's, which take ten times as long
# as all others together: analysis.sh --all has them too. A file whose text, headers and checks did not change since it
# passed is not looked at again (stamps in the build tree).
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${DSY_BUILD:=$PWD/build/default}"
stamps=$DSY_BUILD/tidy
mkdir -p "$stamps"
state=$(cat .clang-tidy $(git ls-files -co --exclude-standard -- '*.h' '*.def') 2>/dev/null | cksum | tr -d ' ')
checks='-clang-analyzer-*'
if [ "${1:-}" = --all ]; then
    checks=
    state=$state-all
fi
export stamps state checks DSY_BUILD

jq -r '.[].file' "$DSY_BUILD/compile_commands.json" | sort -u | grep "^$PWD/" | grep -v "^$DSY_BUILD/" |
    xargs -P "$(nproc)" -n 1 sh -c '
        stamp=$stamps/$(echo "$0" | tr / _)-$(cksum <"$0" | tr " " -)-$state
        [ -f "$stamp" ] && exit 0
        if clang-tidy -p "$DSY_BUILD" --quiet --checks="$checks" --extra-arg=-Wno-unknown-warning-option "$0" >"$stamp.out" 2>/dev/null; then
            mv "$stamp.out" "$stamp"
        else
            grep -E "(error|warning):" "$stamp.out" || cat "$stamp.out"
            rm "$stamp.out"
            exit 1
        fi'
