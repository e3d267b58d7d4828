/* Liveness: which variables are read again behind an await. Private to lower/.
 * Relies on a finished graph (blocks, suspensions); changes nothing. */
#ifndef DSY_COMPILER_LOWER_LIVENESS_H
#define DSY_COMPILER_LOWER_LIVENESS_H

#include "compiler/lower/builder.h"

struct liveness {
    struct variable_list *live;     /* by state - 1: what the frame must hold, ascending by index */
    struct variable_list undefined; /* read on some path from the entry before anything defines it; no parameters */
};

struct liveness liveness_find(struct arena *arena, const struct machine *machine);

#endif
