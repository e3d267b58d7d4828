#!/bin/sh
# Every tests/golden/emit/*.dsy against the .cfg, .fsm and .c beside it. run_emit.sh [--update]; DSYC names the compiler.
# --update writes those that exist already, and all three where none does.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${DSYC:=$PWD/build/default/dsyc}"
cd tests/golden/emit || exit 1
update=
if [ "${1:-}" = --update ]; then update=yes; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0 bad=0

for source in *.dsy; do
    stem=${source%.dsy}
    kinds=
    for kind in cfg fsm c; do [ -f "$stem.$kind" ] && kinds="$kinds $kind"; done
    if [ -z "$kinds" ]; then
        if [ -z "$update" ]; then echo "$source: nothing beside it to compare with"; bad=$((bad + 1)); fi
        kinds="cfg fsm c"
    fi
    for kind in $kinds; do
        count=$((count + 1))
        # shellcheck disable=SC2086  # the wrapper may be several words
        if ! ${DSYC_WRAPPER:-} "$DSYC" "--emit=$kind" "$source" >"$work/out" 2>"$work/messages"; then
            echo "$source: --emit=$kind failed"
            cat "$work/messages"
            bad=$((bad + 1))
        elif [ -n "$update" ]; then
            cp "$work/out" "$stem.$kind"
        elif ! diff -u "$stem.$kind" "$work/out"; then
            bad=$((bad + 1))
        fi
    done
done
echo "$count outputs, $bad wrong"
[ $count -gt 0 ] && [ $bad -eq 0 ]
