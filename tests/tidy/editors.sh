#!/bin/sh
# Every word of the lexer (keywords and type names) is known to each editor's syntax file, and none knows others. And
# every .dsy file of the tree without errors of syntax is read by the TextMate grammar and by Vim, which must agree of
# each octet whether it is comment, string or keyword, and end outside of all of them. Emacs is not run.
set -u
cd "$(dirname "$0")/../.."
bad=0
complain() { echo "$*"; bad=$((bad + 1)); }

words=$(sed -n 's/^ *"\([a-z][a-z0-9]*\)" .*word(token.*/\1/p' grammar/lexer.re)
[ "$(printf '%s\n' "$words" | wc -l)" -gt 50 ] || complain "grammar/lexer.re: its words were not found"

jq -r '.. | .match? // empty, .begin? // empty' editor-support/textmate/dsy.tmLanguage.json >/dev/null || complain "the TextMate grammar is no JSON"
# In the TextMate grammar u?int(?:8|16|32|64) stands for eight words.
known() {
    case $1 in
    textmate)
        jq -r '.. | .match? // empty' editor-support/textmate/dsy.tmLanguage.json |
            sed 's/u?int(?:8|16|32|64)/int8|int16|int32|int64|uint8|uint16|uint32|uint64/' | grep -oE '[a-z][a-z0-9_]*' ;;
    vim) sed -n 's/^syntax keyword [A-Za-z]* //p' editor-support/vim/syntax/dsy.vim | tr ' ' '\n' ;;
    emacs) grep -oE '"[a-z][a-z0-9]*"' editor-support/emacs/dsy-mode.el | tr -d '"' ;;
    esac | sort -u
}
for editor in textmate vim emacs; do
    all=$(known $editor)
    for word in $words; do
        printf '%s\n' "$all" | grep -qx "$word" || complain "$editor: does not know '$word'"
    done
done
for word in $(known vim); do
    printf '%s\n' "$words" | grep -qx "$word" || complain "vim: '$word' is no word of the lexer"
done
: "${DSYC:=$PWD/build/default/dsyc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for file in $(git ls-files -co --exclude-standard -- '*.dsy' | grep -v '^tests/fuzz/corpus/'); do
    [ -f "$file" ] && "$DSYC" --emit=ast "$file" >/dev/null 2>&1 && echo "$file"
done >"$work/files"
[ "$(wc -l <"$work/files")" -gt 100 ] || complain "there are only $(wc -l <"$work/files") files to read"
xargs perl tests/tidy/textmate.pl editor-support/textmate/dsy.tmLanguage.json <"$work/files" >"$work/textmate" ||
    complain "the TextMate grammar cannot read them"
FILES=$work/files CLASSES=$work/vim VIM_FOLDER=editor-support/vim vim -es -u NONE -S tests/tidy/classes.vim ||
    complain "Vim cannot read them"
diff -U0 "$work/textmate" "$work/vim" >"$work/difference" ||
    complain "the TextMate grammar (-) and Vim (+) do not agree: $(head -n 20 "$work/difference")"

echo "$(wc -l <"$work/files") files and $(printf '%s\n' "$words" | wc -l) words in three editors, $bad complaints"
[ $bad -eq 0 ]
