" Syntax of Dsy; the words are those of grammar/language.md, section 2.
if exists('b:current_syntax')
  finish
endif

syntax keyword dsyConditional if else switch case default select after
syntax keyword dsyRepeat for while do break continue
syntax keyword dsyStatement return await start detached within publish cancel compensate
syntax keyword dsyException throw throws try catch finally
syntax keyword dsyInclude import module
syntax keyword dsyStructure struct enum union event interface service
syntax keyword dsyStorage async extern query shared private const config secret state use on migrate
syntax keyword dsyTest test mock assert
syntax keyword dsyType void bool int int8 int16 int32 int64 uint8 uint16 uint32 uint64 double decimal
syntax keyword dsyType string bytes time duration uuid map task promise error var
syntax keyword dsyConstant true false null
syntax match dsyBuiltIn /\<\(all\|any\|sleep\|sleep_until\|checkpoint\|now\|invocation_id\|resolve\|reject\)\ze\s*(/
" A name behind a point is none of the words: order.state.
syntax match dsyMember /\.\@1<!\.\h\w*/
syntax match dsyAttribute /@\h\w*/
syntax match dsyNumber /\<0[xX][0-9A-Fa-f_]\+\>\|\<0[bB][01_]\+\>/
syntax match dsyNumber /\<\d[0-9_]*\(\.\d[0-9_]*\)\?\([eE][-+]\?\d\+\|m\|ms\|s\|min\|h\|d\)\?\>/
syntax match dsyEscape /\\\(u{\x\{1,6}}\|x\x\x\|.\)/ contained
syntax region dsyBlock start=/{/ end=/}/ transparent contains=TOP
syntax region dsyInterpolation matchgroup=Delimiter start=/{/ end=/}/ contained contains=TOP
" Behind the interpolation, because of two that begin at one place the last one counts.
syntax match dsyBraces /{{\|}}/ contained
syntax region dsyString start=/"/ end=/"/ contains=dsyEscape
syntax region dsyString start=/b"/ end=/"/ contains=dsyEscape
syntax region dsyString start=/\$"/ end=/"/ contains=dsyEscape,dsyInterpolation,dsyBraces
syntax region dsyString start=/"""/ end=/"""/
syntax match dsyComment +//.*$+
syntax match dsyDocumentation +///.*$+
syntax region dsyComment start=+/\*+ end=+\*/+

highlight default link dsyConditional Conditional
highlight default link dsyRepeat Repeat
highlight default link dsyStatement Statement
highlight default link dsyException Exception
highlight default link dsyInclude Include
highlight default link dsyStructure Structure
highlight default link dsyStorage StorageClass
highlight default link dsyTest Keyword
highlight default link dsyType Type
highlight default link dsyConstant Constant
highlight default link dsyBuiltIn Function
highlight default link dsyAttribute PreProc
highlight default link dsyNumber Number
highlight default link dsyEscape SpecialChar
highlight default link dsyBraces SpecialChar
highlight default link dsyString String
highlight default link dsyComment Comment
highlight default link dsyDocumentation SpecialComment

let b:current_syntax = 'dsy'
