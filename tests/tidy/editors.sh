#!/bin/sh
# Every word of the lexer (keywords and type names) is known to each editor's syntax file, and none knows others.
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
echo "$(printf '%s\n' "$words" | wc -l) words in three editors, $bad complaints"
[ $bad -eq 0 ]
