/* The parser: the bytes of one source file → its parsed tree.
 * Relies on the generated lexer and parser of grammar/. Finds all lexical and syntax errors of the
 * file in one run: after an error it goes on at the next statement, member or declaration. */
#ifndef DSY_COMPILER_SYNTAX_PARSE_H
#define DSY_COMPILER_SYNTAX_PARSE_H

#include "compiler/base/arena.h"
#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/base/text.h"
#include "compiler/syntax/ast.h"

/* Parse a file.
 *
 * arena        the tree is made in it
 * names        interner of the compilation; the names of the tree are in it
 * source       borrowed; literals without escapes are slices of it
 * diagnostics  errors are added to it
 *
 * Returns the tree, never NULL: with errors, what could be understood. */
struct ast_file *parse(struct arena *arena, struct interner *names, const struct source_file *source,
                       struct diagnostics *diagnostics);

#endif
