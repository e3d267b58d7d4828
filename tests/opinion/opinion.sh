#!/bin/sh
# A second opinion on the compiler: random programs, interpreted, and compiled in several ways, must do the same, without
# a crash and with one at every await.
#
#     opinion.sh [--programs N] [--first N]      N programs from number `first` on
#     opinion.sh --program N                     one of them again; where the opinions differ it is made smaller
#
# From the environment, set by ctest: OPINION and DSYC, the two programs; DSY_COMPARE and DSY_ENGINES, the object files of
# compare.c and of the engines; DSY_LIBRARY, libdsy.a; DSY_LINK, what it needs; DSY_BUILDS, words like gcc:-O2 or
# clang:-O1,-fsanitize=address,undefined.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
programs=2000 first=0 single= jobs=${DSY_JOBS:-$(nproc)}
batch_programs=500
: "${DSY_BUILDS:=gcc:-O0 gcc:-O2 clang:-O2}"
: "${OPINION:?}" "${DSYC:?}" "${DSY_COMPARE:?}" "${DSY_ENGINES:?}" "${DSY_LIBRARY:?}"

while [ $# -gt 0 ]; do
    case $1 in
    --programs) programs=$2 ;;
    --first) first=$2 ;;
    --program) single=$2 ;;
    *) echo "opinion.sh: unknown option $1" >&2; exit 2 ;;
    esac
    shift 2
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM

# Makes, interprets and compiles to C: prepare FOLDER FIRST COUNT [STATEMENT to leave out …]
prepare() {
    folder=$1 from=$2 count=$3
    shift 3
    mkdir -p "$folder"
    "$OPINION" generate "$from" "$count" $((from / batch_programs)) "$@" >"$folder/opinion.dsy" &&
        "$OPINION" interpret "$folder/opinion.dsy" >"$folder/expected" 2>"$folder/messages" &&
        "$DSYC" "$folder/opinion.dsy" -o "$folder" >"$folder/messages" 2>&1
}

# Compiles, links with both engines, and runs: judge FOLDER BUILD; prints the differences. Exit code: that of run, 3 when
# it cannot be built.
judge() {
    compiler=${2%%:*}
    options=$(printf '%s' "${2#*:}" | sed 's/,-/ -/g')
    stem=$1/$(printf '%s' "$2" | tr -c 'a-zA-Z0-9\n' _)
    for source in "$1/opinion.c" "$here/steps.c"; do
        # shellcheck disable=SC2086
        $compiler $options -std=gnu17 -I"$root/runtime/include" -I"$1" -c "$source" \
            -o "$stem-$(basename "$source" .c).o" >"$stem.messages" 2>&1 || { head -n 20 "$stem.messages"; return 3; }
    done
    worst=0
    for object in $DSY_ENGINES; do
        engine=$(basename "$object" | sed 's/_.*//')
        # Tasks, keys and what else needs a shard are left to the plain engine.
        if [ "$engine" = core ]; then grep '^P' "$1/expected"; else cat "$1/expected"; fi >"$stem.expected"
        # shellcheck disable=SC2086
        $compiler $options "$stem-opinion.o" "$stem-steps.o" $DSY_COMPARE "$object" -o "$stem-run" "$DSY_LIBRARY" \
            $DSY_LINK >"$stem.messages" 2>&1 || { head -n 20 "$stem.messages"; return 3; }
        "$stem-run" "$stem.expected" >"$stem.out" 2>&1
        status=$?
        sed "s|^\([A-Z][0-9]*\.run\)|$2, $engine: \1|" "$stem.out"
        [ $status -le $worst ] || worst=$status
        rm -f "$stem-run"
    done
    return $worst
}

# ---- one program ----

# Whether the program without those statements still is one on which the opinions differ.
still_differs() {
    rm -rf "$work/smaller"
    # shellcheck disable=SC2086
    prepare "$work/smaller" "$single" 1 $1 || return 1
    judge "$work/smaller" "$bad_build" >"$work/smaller.out"
    [ $? -eq "$bad_status" ]
}

if [ -n "$single" ]; then
    if ! prepare "$work/one" "$single" 1; then
        cat "$work/one/messages"
        exit 1
    fi
    bad_build='' bad_status=0
    for build in $DSY_BUILDS; do
        judge "$work/one" "$build"
        status=$?
        [ $status -eq 0 ] || { bad_build=$build bad_status=$status; break; }
    done
    [ -n "$bad_build" ] || exit 0
    statements=$(sed -n 's|^// \([0-9]*\) statements|\1|p' "$work/one/opinion.dsy")
    without='' changed=yes
    while [ $changed = yes ]; do
        changed=no number=0
        while [ "$number" -lt "$statements" ]; do
            case " $without " in
            *" $number "*) ;;
            *) if still_differs "$without $number"; then without="$without $number" changed=yes; fi ;;
            esac
            number=$((number + 1))
        done
    done
    still_differs "$without"
    echo "---- program $single without the statements$without:"
    sed -n '/^\/\/ ---- program/,$p' "$work/smaller/opinion.dsy"
    cat "$work/smaller.out"
    exit 1
fi

# ---- many ----

batch_list=$work/batches
from=$first
: >"$batch_list"
while [ "$from" -lt $((first + programs)) ]; do
    count=$((batch_programs - from % batch_programs))
    [ $((from + count)) -le $((first + programs)) ] || count=$((first + programs - from))
    echo "$from $count" >>"$batch_list"
    from=$((from + count))
done

# Each batch, in each build: a line of its own in a list from which `jobs` workers take.
worker() {
    while :; do
        task=$(flock "$work/lock" sh -c 'sed -n 1p "$1/tasks"; sed -i 1d "$1/tasks"' - "$work")
        [ -n "$task" ] || return 0
        from=${task%% *} build=${task#* }
        out=$work/out-$from-$(printf '%s' "$build" | tr -c 'a-zA-Z0-9\n' _)
        judge "$work/$from" "$build" >"$out" 2>&1 || echo "$from $build" >>"$work/bad"
    done
}

: >"$work/tasks"
: >"$work/bad"
while read -r from count; do
    if ! prepare "$work/$from" "$from" "$count"; then
        echo "programs from $from on are not accepted:"
        grep -A 3 ' error: ' "$work/$from/messages" | head -n 20
        exit 1
    fi
    for build in $DSY_BUILDS; do echo "$from $build" >>"$work/tasks"; done
done <"$batch_list"
# The slow ones first.
sort -k 2r -o "$work/tasks" "$work/tasks"
workers=''
for number in $(seq "$jobs"); do
    worker "$number" &
    workers="$workers $!"
done
# shellcheck disable=SC2086
wait $workers

grep -h -A 2 '\.run w' "$work"/out-* | head -n 60
grep -hv '\.run w\|^    \| programs, ' "$work"/out-* | head -n 40
sed -n 's/.*: [PW]\([0-9]*\)\.run w.*/\1/p' "$work"/out-* | sort -un | head -n 20 | while read -r number; do
    echo "to reproduce: $0 --program $number"
done
awk '/ programs, / { sum += $1; wrong += $3; long += $5 }
    END { printf "%d runs of programs, %d disagree; %d were too long\n", sum, wrong, long }' "$work"/out-*
bad_count=$(wc -l <"$work/bad")
echo "$programs programs in builds $DSY_BUILDS: $bad_count batches with disagreements"
[ "$bad_count" -eq 0 ]
