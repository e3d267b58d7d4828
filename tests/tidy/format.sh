#!/bin/sh
# Every C file is laid out as .clang-format says. format.sh --write does it.
set -eu
cd "$(dirname "$0")/../.."
git ls-files -co --exclude-standard -- '*.c' '*.h' ':!tests/golden/emit' | while read -r file; do
    [ -f "$file" ] && echo "$file"
done | if [ "${1:-}" = --write ]; then
    xargs clang-format -i
else
    xargs clang-format --dry-run --Werror --ferror-limit=3
fi
