/* lower(program → machines): control-flow graph, split at awaits, liveness, frame layout, identities. */
#ifndef DSY_COMPILER_LOWER_LOWER_H
#define DSY_COMPILER_LOWER_LOWER_H

#include "compiler/base/arena.h"
#include "compiler/lower/machine.h"

/* Lower every function of a checked program.
 *
 * arena    takes everything that is made; lives as long as the result
 * program  a program without errors; unchanged
 *
 * Returns the machines; NULL when memory ran out. */
const struct machines *lower(struct arena *arena, const struct program *program);

#endif
