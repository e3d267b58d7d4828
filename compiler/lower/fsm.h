/* Fsm: which states of a routine follow which. Private to lower/; for the printers. */
#ifndef DSY_COMPILER_LOWER_FSM_H
#define DSY_COMPILER_LOWER_FSM_H

#include "compiler/base/arena.h"
#include "compiler/base/vector.h"
#include "compiler/lower/machine.h"

struct state_list VECTOR(uint32_t);

struct successors {
    struct state_list states; /* ascending */
    bool can_return;
    bool can_throw; /* an error can leave the routine */
};

/* What can come next when a routine is run from a state (0: its start). */
struct successors fsm_successors(struct arena *arena, const struct machine *machine, uint32_t state);

#endif
