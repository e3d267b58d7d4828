#!/bin/sh
# NAME services: the whole of what it tells.
set -u
work=$(mktemp)
trap 'rm -f "$work"' EXIT
"$1" services >"$work" || { echo "exit code $?"; exit 1; }
diff -u services.txt "$work" && echo "as expected"
