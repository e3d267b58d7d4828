/* The parsed tree as text, for --emit=ast: one node on a line, indented by depth. */
#ifndef DSY_COMPILER_SYNTAX_AST_PRINT_H
#define DSY_COMPILER_SYNTAX_AST_PRINT_H

#include "compiler/base/text.h"
#include "compiler/syntax/ast.h"

void ast_print(struct text_builder *builder, const struct ast_file *file);

#endif
