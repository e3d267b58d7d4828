/* Fsm: which states of a routine follow which. See fsm.h. */
#include "compiler/lower/fsm.h"

#include <stdlib.h>

void
fsm_initialise(struct fsm *fsm, struct arena *arena, const struct machine *machine)
{
    *fsm = (struct fsm){
        .arena = arena,
        .machine = machine,
        .seen_by = arena_new_array(arena, uint32_t, machine->block_count),
        .next_by = arena_new_array(arena, uint32_t, machine->suspension_count + 1),
        .pending = arena_new_array(arena, const struct block *, machine->block_count),
        .suspended_block = arena_new_array(arena, const struct block *, machine->suspension_count + 1),
    };
    for (size_t index = 0; index < machine->block_count; index++) {
        const struct suspension *suspension = machine->blocks[index]->terminator.suspension;
        if (suspension != NULL)
            fsm->suspended_block[suspension->state] = machine->blocks[index];
    }
}

static void
meet(struct fsm *fsm, const struct block *block)
{
    if (block == NULL || fsm->seen_by[block->index] == fsm->search_number)
        return;
    fsm->seen_by[block->index] = fsm->search_number;
    fsm->pending[fsm->pending_count++] = block;
}

static void
meet_state(struct fsm *fsm, struct successors *result, uint32_t state)
{
    if (fsm->next_by[state] == fsm->search_number)
        return;
    fsm->next_by[state] = fsm->search_number;
    vector_add(fsm->arena, &result->states, state);
}

static bool
can_throw(const struct block *block)
{
    if (block->terminator.can_throw)
        return true;
    for (size_t index = 0; index < block->instruction_count; index++) {
        if (block->instructions[index].can_throw)
            return true;
    }
    return false;
}

static void
meet_error(struct fsm *fsm, struct successors *result, const struct block *block)
{
    if (block->handler != NULL)
        meet(fsm, block->handler);
    else
        result->can_throw = true;
}

static void
meet_successors(struct fsm *fsm, struct successors *result, const struct block *block)
{
    const struct terminator *terminator = &block->terminator;
    if (can_throw(block))
        meet_error(fsm, result, block);
    if (terminator->suspension != NULL)
        meet_state(fsm, result, terminator->suspension->state);
    if (terminator->kind == TERMINATOR_RETURN)
        result->can_return = true;
    meet(fsm, terminator->target);
    meet(fsm, terminator->otherwise);
    for (size_t index = 0; index < terminator->case_count; index++)
        meet(fsm, terminator->cases[index].target);
}

static int
compare_states(const void *left_pointer, const void *right_pointer)
{
    const uint32_t *left = left_pointer, *right = right_pointer;
    return (*left > *right) - (*left < *right);
}

struct successors
fsm_successors(struct fsm *fsm, uint32_t state)
{
    struct successors result = { .can_return = false };
    fsm->search_number++;
    if (state == 0)
        meet(fsm, fsm->machine->blocks[0]);
    else {
        const struct suspension *suspension = fsm->machine->suspensions[state - 1];
        for (size_t way = 0; way < suspension_way_count(suspension); way++)
            meet(fsm, suspension_way(suspension, way));
        meet_error(fsm, &result, fsm->suspended_block[state]);
    }
    while (fsm->pending_count > 0)
        meet_successors(fsm, &result, fsm->pending[--fsm->pending_count]);
    if (result.states.count > 1)
        qsort(result.states.items, result.states.count, sizeof *result.states.items, compare_states);
    return result;
}
