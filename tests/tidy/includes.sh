#!/bin/sh
# Folders are stages: each may include its own headers and those that stand here beside it, and nothing else of ours.
# A name that ends in .h is one header; any other is a folder.
set -eu
cd "$(dirname "$0")/../.."

rules=$(cat <<'RULES'
grammar            compiler/syntax
compiler/base
compiler/syntax    compiler/base grammar/parser.h
compiler/check     compiler/syntax compiler/base
compiler/lower     compiler/check/program.h compiler/check/type.h compiler/base
compiler/emit      compiler/lower/machine.h compiler/check/program.h compiler/check/type.h compiler/base
compiler/tool      compiler/compile.h compiler/emit/emit.h compiler/syntax compiler/base grammar/parser.h
compiler           compiler
runtime/include    dsy
runtime/base       dsy
runtime/value      runtime/base dsy
runtime/codec      runtime/base runtime/value dsy
runtime/core       runtime/base runtime/value runtime/codec dsy
runtime/store      runtime/base runtime/codec dsy
runtime/transport  runtime/base runtime/codec dsy
runtime/admin      runtime/base runtime/codec runtime/transport dsy
runtime/program    runtime dsy
stdlib             runtime/base runtime/value dsy
RULES
)

# One line for each include of ours: FILE INCLUDED
git ls-files -co --exclude-standard -- 'grammar/*.re' 'grammar/*.y' 'compiler/*.[ch]' 'compiler/*.def' 'runtime/*.[ch]' 'stdlib/*.[ch]' | while read -r file; do
    [ -f "$file" ] || continue
    sed -n "s|^[ \t]*#[ \t]*include [<\"]\([^>\"]*\)[>\"].*|$file \1|p" "$file"
done | awk -v rules="$rules" '
    BEGIN {
        count = split(rules, lines, "\n")
        for (i = 1; i <= count; i++) {
            split(lines[i], words, " ")
            stages[i] = words[1]
            allowed[words[1]] = " " lines[i] " "
        }
    }
    # The longest stage a path lies in; "" for system headers and generated ones without a stage.
    function stage_of(path,   i, best) {
        best = ""
        for (i = 1; i <= count; i++)
            if (index(path, stages[i] "/") == 1 && length(stages[i]) > length(best)) best = stages[i]
        return best
    }
    function report(why) { print $1 " includes " $2 ": " why; wrong++ }
    {
        from = stage_of($1)
        ours = index($2, "compiler/") == 1 || index($2, "runtime/") == 1 || index($2, "grammar/") == 1 || index($2, "dsy/") == 1
        if (from == "runtime/core" && $2 ~ /^(sqlite3|llhttp|curl\/curl|openssl\/.*)\.h$/) { report("stores and transports are handed to the core as tables of functions"); next }
        if (index($1, "compiler/") == 1 && index($2, "dsy/") == 1) { report("the compiler knows nothing of the runtime"); next }
        if (!ours) {
            if ($2 !~ /\// && system("test -f " substr($1, 1, match($1, /[^\/]*$/) - 1) $2) == 0)
                report("headers of ours are named from the top of the tree")
            next
        }
        checked++
        to = stage_of($2)
        if (from == to) next
        n = split(allowed[from], words, " ")
        for (i = 2; i <= n; i++)
            if (words[i] == $2 || (words[i] !~ /\.h$/ && index($2, words[i] "/") == 1)) next
        report(from "/ may include its own headers and" (n > 1 ? substr(allowed[from], length(from) + 2) : " nothing else"))
    }
    END {
        print checked + 0 " includes, " wrong + 0 " against the direction of the stages"
        exit wrong > 0 || checked == 0
    }'
