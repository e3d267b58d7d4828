" vim -es -u NONE -S classes.vim: as textmate.pl, by Vim's syntax; the files stand in $FILES, one a line, and the lines are
" written to $CLASSES.
set nocompatible encoding=utf-8 redrawtime=60000
execute 'set runtimepath^=' . fnameescape($VIM_FOLDER)
syntax on

function! Class(name)
  if a:name =~# 'Comment\|Documentation'
    return 'c'
  elseif a:name =~# 'String\|Escape\|Braces'
    return 's'
  elseif a:name =~# 'dsy\(Conditional\|Repeat\|Statement\|Exception\|Include\|Structure\|Storage\|Test\|Type\|Constant\)'
    return 'k'
  endif
  return '.'
endfunction

let s:lines = []
for s:path in readfile($FILES)
  execute 'silent edit ' . fnameescape(s:path)
  set syntax=dsy
  syntax sync fromstart
  for s:number in range(1, line('$'))
    let s:classes = s:path . ':' . s:number . ': '
    for s:column in range(1, len(getline(s:number)))
      let s:classes .= getline(s:number)[s:column - 1] =~# '[ \t\r]' ? ' ' : Class(synIDattr(synID(s:number, s:column, 1), 'name'))
    endfor
    call add(s:lines, s:classes)
  endfor
endfor
call writefile(s:lines, $CLASSES)
quitall!
