/* emit(machines → files): the C, its header and serializers. Prints, decides nothing. */
#ifndef DSY_COMPILER_EMIT_EMIT_H
#define DSY_COMPILER_EMIT_EMIT_H

#include "compiler/base/arena.h"
#include "compiler/base/source.h"
#include "compiler/lower/machine.h"

/* One generated file, whole, in memory. */
struct emitted_file {
    struct text name; /* "orders.c", "orders.h" */
    struct text content;
};

struct emitted_files {
    const struct emitted_file *files;
    size_t file_count;
};

/* Print the C of a lowered program: NAME.h (types and the user's steps), NAME.c (all else).
 *
 * arena     takes everything that is made. When memory runs out it jumps, see arena.h
 * sources   the texts, for comments and #line; NULL: without either
 * machines  unchanged
 * name      stem of the file names, a C identifier
 *
 * Returns the files, never NULL. */
const struct emitted_files *emit(struct arena *arena, struct sources *sources, const struct machines *machines,
                                 struct text name);

#endif
