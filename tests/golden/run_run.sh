#!/bin/sh
# Serves the deployment of all tests/golden/run/*.dsy and compares every call in their comments with its answer.
# run_run.sh PROGRAM [--update]. README.md says what the comments mean.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/run" || exit 1
. "$here/../support/server.sh"
program=$1
update=${2:-}
work=$(mktemp -d)
trap '[ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true; rm -rf "$work"' EXIT

# calls: NUMBER <tab> FILE <tab> LINE (of the expectation) <tab> Service/routine <tab> JSON <tab> result|error <tab> EXPECTED
awk '
    FNR == 1 { call = "" }
    /^[ \t]*\/\/ call / {
        if (call != "") { print FILENAME ": a call without result or error: " call >"/dev/stderr"; wrong = 1 }
        sub(/^[ \t]*\/\/ call /, ""); call = $1; sub(/^[^ ]+ */, ""); body = $0 == "" ? "{}" : $0
        sub(/\./, "/", call); next
    }
    /^[ \t]*\/\/ (result|error) / {
        kind = $2; sub(/^[ \t]*\/\/ (result|error) /, "")
        if (call == "") { print FILENAME ":" FNR ": " kind " without a call" >"/dev/stderr"; wrong = 1; next }
        printf "%d\t%s\t%d\t%s\t%s\t%s\t%s\n", ++number, FILENAME, FNR, call, body, kind, $0
        call = ""
    }
    END { exit wrong }' ./*.dsy >"$work/calls" || exit 1
call_count=$(wc -l <"$work/calls")

server_start "$program" "$work/store" "$work/log" || exit 1
# Files that say `// in order` are called one call after the other, all others side by side.
grep -lx '// in order' ./*.dsy >"$work/in-order"
configure() {
    jq -rR --arg url "$server_url" --arg work "$work" 'split("\t") |
        "url = \"\($url)/v1/call/\(.[3])\"",
        "header = \"Content-Type: application/json\"",
        "header = \"Prefer: wait=60\"", "max-time = 120",
        "data = \(.[4] | tojson)",
        "output = \"\($work)/answer-\(.[0])\"",
        "write-out = \"\(.[0]) %{http_code}\\n\"",
        "next"' | sed '$d'
}
awk -F '\t' 'FILENAME == ARGV[1] { ordered[$0] = 1; next } !($2 in ordered)' "$work/in-order" "$work/calls" | configure >"$work/curl"
awk -F '\t' 'FILENAME == ARGV[1] { ordered[$0] = 1; next } $2 in ordered' "$work/in-order" "$work/calls" | configure >"$work/curl-in-order"
curl --no-progress-meter --parallel --parallel-max 20 --config "$work/curl" >"$work/codes"
if [ -s "$work/curl-in-order" ]; then
    curl --no-progress-meter --config "$work/curl-in-order" >>"$work/codes"
fi
if ! server_stop; then
    echo "the server ended with exit code $server_status:"
    cat "$work/log"
    exit 1
fi

bad=0
tab=$(printf '\t')
while IFS=$tab read -r number file line call body kind expected; do
    code=$(sed -n "s/^$number //p" "$work/codes")
    answer=$(cat "$work/answer-$number" 2>/dev/null)
    case $code in
    200) got="result $answer" ;;
    422)
        got="error $(printf '%s' "$answer" | jq -r .error.error)"
        case $expected in *" {"*) got="$got $(printf '%s' "$answer" | jq -c '.error | del(.error, .message)')" ;; esac ;;
    *) got="HTTP $code $answer" ;;
    esac
    [ "$got" != "$kind $expected" ] || continue
    case $kind:$expected in
    result:~*) if [ "$code" = 200 ] && printf '%s' "$answer" | grep -Eqx -e "${expected#\~}"; then continue; fi ;;
    esac
    if [ "$update" = --update ]; then
        case $code in
        200 | 422)
            awk -v at="$line" -v text="$got" 'NR == at { sub(/\/\/.*/, ""); print $0 "// " text; next } { print }' \
                "$file" >"$work/updated" && cp "$work/updated" "$file"
            continue ;;
        esac
    fi
    bad=$((bad + 1))
    printf '%s:%s: %s %s\n    expected %s %s\n    got      %s\n' "$file" "$line" "$call" "$body" "$kind" "$expected" "$got"
done <"$work/calls"
echo "$call_count calls, $bad wrong"
[ "$call_count" -gt 0 ] && [ $bad -eq 0 ]
