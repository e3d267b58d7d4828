#!/bin/sh
# All tests: tests/run.sh
#
# Installs what is missing, builds three flavours under build/ (default; sanitize: AddressSanitizer and
# UndefinedBehaviorSanitizer; thread: ThreadSanitizer, the runtime's tests only), runs their tests, then the fuzzers
# for DSY_FUZZ_SECONDS each (default 5; .ci/run says 60).
# The last line says how many tests passed and failed; exit code 0 if none failed.
set -eu
cd "$(dirname "$0")/.."
jobs=$(nproc)
passed=0 failed=0 failures=
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fuzz_seconds=${DSY_FUZZ_SECONDS:-5}
begin=$(date +%s)

say() { printf '\n== %s (after %d s)\n' "$*" $(($(date +%s) - begin)); }

build() {
    say "build $1 (build/$1)"
    cmake --preset "$1" -DDSY_TESTS=ON >"$work/configure" 2>&1 || { cat "$work/configure"; exit 1; }
    shift
}

# run_tests PRESET [CTEST OPTION …]: adds to the counts.
run_tests() {
    preset=$1
    shift
    say "test $preset"
    ctest --preset "$preset" -j "$jobs" --output-junit "$work/$preset.xml" "$@" >"$work/$preset.out" 2>&1 || true
    sed -n '/Test *#/p' "$work/$preset.out" | grep -v ' Passed ' || true
    if ! [ -s "$work/$preset.xml" ]; then
        tail -n 30 "$work/$preset.out"
        failed=$((failed + 1)) failures="$failures $preset/ctest"
        return
    fi
    all=$(grep -c '<testcase ' "$work/$preset.xml" || true)
    bad=$(sed -n 's/.*<testcase name="\([^"]*\)".*status="fail".*/\1/p' "$work/$preset.xml")
    bad_count=$(printf '%s' "$bad" | grep -c . || true)
    passed=$((passed + all - bad_count)) failed=$((failed + bad_count))
    for name in $bad; do failures="$failures $preset/$name"; done
    if [ "$bad_count" -gt 0 ]; then
        sed -n '/<testcase/,/<\/testcase>/p' "$work/$preset.xml" | sed -n '/status="fail"/,/<\/testcase>/p' | head -n 400
    fi
    echo "$preset: $((all - bad_count)) of $all passed"
}

say "packages"
cmake/packages.sh test

for preset in default sanitize thread; do
    build "$preset"
    ninja -C "build/$preset" -j "$jobs" --quiet
done
run_tests default
run_tests sanitize -LE 'tidy|bench'
run_tests thread -L 'thread|program'

build fuzz
ninja -C build/fuzz -j "$jobs" --quiet
say "fuzz, $fuzz_seconds seconds each"
export work fuzz_seconds
# One more at a time than there are processors, so that a minute for each does not add up to five.
find build/fuzz/tests -maxdepth 1 -name 'fuzz_*' -type f -perm -u+x | sort | xargs -P "$((jobs + 1))" -n 1 sh -c '
    name=$(basename "$0")
    mkdir -p "$work/$name"
    corpus=tests/fuzz/corpus/${name#fuzz_}
    [ -d "$corpus" ] || corpus=
    words=
    case $name in fuzz_compile | fuzz_format | fuzz_parser)
        words=-dict=tests/fuzz/dsy.dict
        corpus="$corpus tests/golden/compile" ;;
    esac
    "$0" $words -max_total_time="$fuzz_seconds" -timeout=10 -artifact_prefix="$work/$name-" "$work/$name" $corpus \
        >"$work/$name.out" 2>&1 && touch "$work/$name.passed"
    true'
for output in "$work"/fuzz_*.out; do
    name=$(basename "$output" .out)
    if [ -f "$work/$name.passed" ]; then
        passed=$((passed + 1))
        echo "$name: $(sed -n 's/^Done \([0-9]* runs\).*/\1/p' "$output")"
    else
        failed=$((failed + 1)) failures="$failures $name"
        grep -vE '^#[0-9]+' "$output" | tail -n 40
    fi
done

say "counts"
for name in $failures; do echo "FAILED $name"; done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
