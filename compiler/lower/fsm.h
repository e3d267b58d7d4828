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

/* The searches through one machine share their memory. */
struct fsm {
    struct arena *arena;
    const struct machine *machine;
    uint32_t *seen_by;                    /* by block: number of the search that met it */
    uint32_t *next_by;                    /* by state: the same */
    const struct block **pending;         /* blocks whose successors are still to be met */
    const struct block **suspended_block; /* by state: the block that ends with its await */
    size_t pending_count;
    uint32_t search_number;
};

void fsm_initialise(struct fsm *fsm, struct arena *arena, const struct machine *machine);

/* What can come next when the routine is run from a state (0: its start). */
struct successors fsm_successors(struct fsm *fsm, uint32_t state);

#endif
