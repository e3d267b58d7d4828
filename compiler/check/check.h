/* check(ast → program): names, types, flow, colours, throws. The order of the passes stands in check.c. */
#ifndef DSY_COMPILER_CHECK_CHECK_H
#define DSY_COMPILER_CHECK_CHECK_H

#include "compiler/base/arena.h"
#include "compiler/base/diagnostic.h"
#include "compiler/check/program.h"

struct ast_file;

/* Gives the parsed file that an import names, or NULL after it has reported why there is none.
 *
 * loader    the caller's own
 * importer  the file that has the import
 * path      as written: "payments.dsy", or "std.http" for a module of the standard library
 * where     of the import, for diagnostics */
typedef const struct ast_file *(*check_import)(void *loader, const struct ast_file *importer, struct text path,
                                               struct span where);

/* Check a file and all it imports.
 *
 * arena        takes everything that is made
 * diagnostics  gets every error and warning
 * main_file    the parsed file; unchanged
 * import       called once for each distinct import of each file
 *
 * Returns the program, or NULL when there was an error (it is in `diagnostics`). */
const struct program *check(struct arena *arena, struct diagnostics *diagnostics, const struct ast_file *main_file,
                            check_import import, void *loader);

#endif
