#!/bin/sh
# Did every order end exactly as it should? compare.sh INPUT ANSWERS LOG
#   INPUT    the orders, a JSON object a line
#   ANSWERS  a folder with the HTTP answer to each order, in a file named by its id
#   LOG      the steps' log: one line for each execution of a step (steps.c says what is in it)
# Prints what it compared. Exit code 1, and the differences, if not all is as expected.
set -eu
input=$1 answers=$2 log=$3
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# 1. The answers.
jq -r -f "$here/expected.jq" "$input" | sort >"$work/expected"
jq -r 'input_filename as $file | ($file | split("/") | last) as $id
    | if .error.error == "CardDeclined" then "CardDeclined: \(.error.reason)"
      elif .error.error == "OutOfStock" then "OutOfStock: \(.error.sku)"
      elif .id then "receipt \(.id), \(.amount)"
      else tojson end
    | "answer\t\($id)\t\(.)"' "$answers"/* | sort >"$work/answers"
grep '^answer' "$work/expected" >"$work/expected_answers"
cut -f 3 "$work/answers" | sed -e 's/^receipt.*/receipt/' | sort | uniq -c
if diff "$work/expected_answers" "$work/answers" >"$work/difference"; then
    echo "answers: $(wc -l <"$work/answers") as expected, 0 different"
else
    failed=1
    echo "answers that differ (< expected, > got):"
    head -n 20 "$work/difference"
fi

# 2. The effects: after executions under one key count as one, each effect was asked for exactly once.
awk -F'\t' '$7 !~ /: try again$/ { print $3 "\t" "step\t" $6 "\t" $7 }' "$log" | sort -u | cut -f 2- | sort >"$work/effects"
grep '^step' "$work/expected" >"$work/expected_effects" || true
if diff "$work/expected_effects" "$work/effects" >"$work/difference"; then
    echo "effects: $(wc -l <"$work/effects") as expected, 0 different"
else
    failed=1
    echo "effects that differ (< expected, > got):"
    head -n 20 "$work/difference"
fi

# 3. A step that was executed to its end more than once was so under one key, and never twice by one process.
awk -F'\t' '$7 !~ /: try again$/ {
        executions++
        if (++by_process[$2 "\t" $3] == 2) { print "executed twice by process " $2 " under key " $3 ": " $6 " " $7; wrong++ }
        if (++by_key[$3] == 2) again++
    }
    END {
        printf "steps: %d executed, %d of them a second time across the kill, %d twice by the same process\n", executions, again, wrong
        exit wrong > 0
    }' "$log" || failed=1

if [ $failed -eq 0 ]; then echo "Every order ended exactly as it should."; else echo "NOT as it should be."; fi
exit $failed
