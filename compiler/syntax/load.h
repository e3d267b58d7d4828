/* The files of a compilation: found, read and parsed, each once, however often it is imported and by
 * whatever path. Relies on parse.h; does the compiler's file input. */
#ifndef DSY_COMPILER_SYNTAX_LOAD_H
#define DSY_COMPILER_SYNTAX_LOAD_H

#include "compiler/base/arena.h"
#include "compiler/base/diagnostic.h"
#include "compiler/base/map.h"
#include "compiler/base/source.h"
#include "compiler/base/text.h"
#include "compiler/syntax/ast.h"

struct loader {
    struct arena *arena;
    struct interner *names;
    struct sources *sources;
    struct diagnostics *diagnostics;
    const char *const *import_folders; /* -I, in order; borrowed */
    size_t import_folder_count;
    struct text library_folder; /* of the standard library, with its slash; "" until it is needed */
    struct map files;           /* resolved path → struct ast_file */
};

void loader_initialise(struct loader *loader, struct arena *arena, struct interner *names, struct sources *sources,
                       struct diagnostics *diagnostics);

/* Load the file of the command line. Returns NULL and sets *error_number (errno) when it can't be read. */
struct ast_file *loader_load_main(struct loader *loader, struct text path, int *error_number);

/* Load what an import names: a file relative to the importing one, else to one of the import folders, in order; or
 * a module of the standard library ("std.http"), which lies beside the compiler: in the tree that it was built from, or
 * where it was installed.
 * Returns NULL after it was reported at `where`, and for a file that lost parts to syntax errors, which are
 * reported: names would seem to be missing. Fits check.h's check_import. */
const struct ast_file *loader_import(void *loader, const struct ast_file *importer, struct text path,
                                     struct span where);

#endif
