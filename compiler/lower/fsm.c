/* Fsm: which states of a routine follow which. See fsm.h. */
#include "compiler/lower/fsm.h"

struct search {
    struct arena *arena;
    bool *is_seen; /* by block */
    const struct block **pending;
    size_t pending_count;
    bool *is_next; /* by state */
    struct successors result;
};

static void
visit(struct search *search, const struct block *block)
{
    if (block == NULL || search->is_seen[block->index])
        return;
    search->is_seen[block->index] = true;
    search->pending[search->pending_count++] = block;
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
visit_error(struct search *search, const struct block *block)
{
    if (block->handler != NULL)
        visit(search, block->handler);
    else
        search->result.can_throw = true;
}

static void
visit_successors(struct search *search, const struct block *block)
{
    const struct terminator *terminator = &block->terminator;
    if (can_throw(block))
        visit_error(search, block);
    if (terminator->suspension != NULL)
        search->is_next[terminator->suspension->state] = true;
    if (terminator->kind == TERMINATOR_RETURN)
        search->result.can_return = true;
    visit(search, terminator->target);
    visit(search, terminator->otherwise);
    for (size_t index = 0; index < terminator->case_count; index++)
        visit(search, terminator->cases[index].target);
}

struct successors
fsm_successors(struct arena *arena, const struct machine *machine, uint32_t state)
{
    struct search search = {
        .arena = arena,
        .is_seen = arena_new_array(arena, bool, machine->block_count),
        .pending = arena_new_array(arena, const struct block *, machine->block_count),
        .is_next = arena_new_array(arena, bool, machine->suspension_count + 1),
    };
    if (state == 0)
        visit(&search, machine->blocks[0]);
    else {
        visit(&search, machine->suspensions[state - 1]->resumed);
        for (size_t index = 0; index < machine->block_count; index++) {
            if (machine->blocks[index]->terminator.suspension == machine->suspensions[state - 1])
                visit_error(&search, machine->blocks[index]);
        }
    }
    while (search.pending_count > 0)
        visit_successors(&search, search.pending[--search.pending_count]);
    for (uint32_t next = 1; next <= machine->suspension_count; next++) {
        if (search.is_next[next])
            vector_add(arena, &search.result.states, next);
    }
    return search.result;
}
