/* Simplify: fewer and longer blocks, so that the C reads well. See passes.h.
 *
 * Linear in the size of the machine. A marked back edge is never lost: a jump is threaded through one only where the
 * jump itself can carry the mark, and under the same handler, since the mark can throw. */
#include "compiler/lower/passes.h"

static bool
is_forwarding(const struct draft *draft)
{
    return draft->instructions.count == 0 && draft->block.terminator.kind == TERMINATOR_JUMP;
}

/* Where a jump to the draft ends up behind empty blocks. A chain of them is as long as statements are nested. */
static struct draft *
resolve(struct draft *draft)
{
    if (draft->forwarded == NULL) {
        draft->forwarded = draft;
        if (is_forwarding(draft) && !draft->block.terminator.is_back_edge)
            draft->forwarded = resolve(block_draft(draft->block.terminator.target));
    }
    return draft->forwarded;
}

static void
redirect(struct block **target)
{
    if (*target != NULL)
        *target = &resolve(block_draft(*target))->block;
}

/* Go through an empty block that closes a loop, taking over its mark. */
static void
take_over_back_edge(struct draft *draft)
{
    struct terminator *terminator = &draft->block.terminator;
    if (terminator->kind != TERMINATOR_JUMP && terminator->kind != TERMINATOR_BRANCH)
        return;
    const struct draft *target = block_draft(terminator->target);
    if (terminator->is_back_edge || target == draft || !is_forwarding(target) ||
        !target->block.terminator.is_back_edge || target->block.handler != draft->block.handler)
        return;
    terminator->is_back_edge = true;
    terminator->can_throw = true;
    terminator->target = &resolve(block_draft(target->block.terminator.target))->block;
}

static void
redirect_ways(struct builder *builder, struct suspension *suspension)
{
    redirect(&suspension->resumed);
    if (suspension->source_count == 0)
        return;
    struct select_source *sources = arena_new_array(builder->arena, struct select_source, suspension->source_count);
    for (size_t index = 0; index < suspension->source_count; index++) {
        sources[index] = suspension->sources[index];
        redirect(&sources[index].resumed);
    }
    suspension->sources = sources;
}

static void
thread_jumps(struct builder *builder, struct draft *draft)
{
    struct terminator *terminator = &draft->block.terminator;
    redirect(&terminator->target);
    redirect(&terminator->otherwise);
    if (terminator->case_count > 0) {
        struct switch_target *cases = arena_new_array(builder->arena, struct switch_target, terminator->case_count);
        for (size_t index = 0; index < terminator->case_count; index++) {
            cases[index] = terminator->cases[index];
            redirect(&cases[index].target);
        }
        terminator->cases = cases;
    }
    if (terminator->suspension != NULL)
        redirect_ways(builder, terminator->suspension);
    take_over_back_edge(draft);
    if (terminator->kind == TERMINATOR_BRANCH && terminator->target == terminator->otherwise &&
        !terminator->is_back_edge && !terminator->condition->can_throw) {
        terminator->kind = TERMINATOR_JUMP;
        terminator->condition = NULL;
        terminator->otherwise = NULL;
    }
}

/* ---- reachability ---- */

struct reach {
    struct arena *arena;
    struct draft_list pending;
};

static void
reach(struct reach *state, struct block *block, bool is_handler)
{
    if (block == NULL)
        return;
    struct draft *draft = block_draft(block);
    draft->is_handler = draft->is_handler || is_handler;
    draft->predecessor_count += !is_handler;
    if (draft->is_reachable)
        return;
    draft->is_reachable = true;
    vector_add(state->arena, &state->pending, draft);
}

/* Mark what a path from the entry leads to, and count the edges of those paths. */
static void
find_reachable(struct builder *builder)
{
    struct reach state = { .arena = builder->arena };
    reach(&state, &builder->blocks.items[0]->block, false);
    while (state.pending.count > 0) {
        struct draft *draft = state.pending.items[--state.pending.count];
        const struct terminator *terminator = &draft->block.terminator;
        draft->can_throw = draft_can_throw(draft);
        if (!draft->can_throw)
            draft->block.handler = NULL;
        reach(&state, draft->block.handler, true);
        reach(&state, terminator->target, false);
        reach(&state, terminator->otherwise, false);
        for (size_t index = 0; index < terminator->case_count; index++)
            reach(&state, terminator->cases[index].target, false);
        for (size_t way = 0; terminator->suspension != NULL && way < suspension_way_count(terminator->suspension);
             way++)
            reach(&state, suspension_way(terminator->suspension, way), false);
    }
}

/* ---- straight lines ---- */

static bool
can_merge(const struct draft *draft, const struct draft *next)
{
    return next != draft && next->predecessor_count == 1 && !next->is_handler &&
           (!draft->can_throw || !next->can_throw || draft->block.handler == next->block.handler);
}

/* Take the only successor in, as long as it has no other predecessor. */
static void
merge_straight_line(struct builder *builder, struct draft *draft)
{
    const struct draft *entry = builder->blocks.items[0];
    while (draft->block.terminator.kind == TERMINATOR_JUMP && !draft->block.terminator.is_back_edge) {
        struct draft *next = block_draft(draft->block.terminator.target);
        if (next == entry || !can_merge(draft, next))
            return;
        for (size_t index = 0; index < next->instructions.count; index++)
            vector_add(builder->arena, &draft->instructions, next->instructions.items[index]);
        if (next->can_throw)
            draft->block.handler = next->block.handler;
        draft->can_throw = draft->can_throw || next->can_throw;
        draft->block.terminator = next->block.terminator;
        next->is_reachable = false;
    }
}

void
simplify(struct builder *builder)
{
    struct draft_list *blocks = &builder->blocks;
    for (size_t index = 0; index < blocks->count; index++)
        thread_jumps(builder, blocks->items[index]);
    find_reachable(builder);
    for (size_t index = 0; index < blocks->count; index++) {
        if (blocks->items[index]->is_reachable)
            merge_straight_line(builder, blocks->items[index]);
    }
    size_t kept = 0;
    for (size_t index = 0; index < blocks->count; index++) {
        if (blocks->items[index]->is_reachable)
            blocks->items[kept++] = blocks->items[index];
    }
    blocks->count = kept;
}
