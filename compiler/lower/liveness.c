/* Liveness, one variable at a time. See liveness.h.
 *
 * For each variable we walk backwards from its uses until a definition stops the walk, and note the awaits that we
 * pass (path exploration, as in Boissinot et al. 2008, "Fast liveness checking"). The cost is the sum of the lengths
 * of all live ranges, and no bit matrix of blocks times variables is needed: a function of many thousand blocks
 * mostly has variables that live briefly.
 *
 * Within a block only the first use, the first definition and the first place that can throw matter. An instruction
 * i uses at 2i, throws at 2i, defines at 2i + 1; the terminator uses and throws at 2n. An error leaves to the
 * handler, so a definition stops a walk that comes from there only if it stands before the first throw. The result
 * of an await is defined on the edge to the block where it resumes. */
#include "compiler/lower/liveness.h"

#include "compiler/lower/tree.h"

#define NEVER UINT32_MAX

struct access {
    uint32_t block;
    uint32_t first_use, first_definition; /* positions; NEVER if none */
};

struct access_list VECTOR(struct access);

struct edge_lists {
    uint32_t *begins; /* by block; one more at the end */
    uint32_t *blocks;
};

struct walk {
    struct arena *arena;
    const struct machine *machine;
    struct access_list *accesses; /* by variable, ascending by block */
    uint32_t *first_throw;        /* by block */
    struct edge_lists predecessors, throwers;
    uint32_t *defined_by, *definition; /* by block: variable + 1 that these are about; its first definition */
    uint32_t *reached_by;              /* by block: variable + 1 that was found live at its begin */
    uint32_t *pending;                 /* blocks still to be walked from */
    size_t pending_count;
    struct liveness result;
};

/* ---- uses and definitions ---- */

struct collector {
    struct walk *walk;
    uint32_t block, position;
};

static struct access *
access_of(struct collector *collector, const struct variable *variable)
{
    struct access_list *list = &collector->walk->accesses[variable->index];
    if (list->count == 0 || vector_last(list).block != collector->block) {
        struct access access = { collector->block, NEVER, NEVER };
        vector_add(collector->walk->arena, list, access);
    }
    return &vector_last(list);
}

static void
use_variable(struct collector *collector, const struct variable *variable)
{
    if (variable == NULL)
        return;
    struct access *access = access_of(collector, variable);
    if (access->first_use == NEVER)
        access->first_use = collector->position;
}

static void
define_variable(struct collector *collector, const struct variable *variable)
{
    struct access *access = access_of(collector, variable);
    if (access->first_definition == NEVER)
        access->first_definition = collector->position + 1;
}

static void
visit_use(void *context, const struct expression *expression)
{
    if (expression->kind == EXPRESSION_VARIABLE)
        use_variable(context, expression->as.variable);
    else
        tree_visit_operands(expression, visit_use, context);
}

static void
use_tree(struct collector *collector, const struct expression *tree)
{
    if (tree != NULL)
        visit_use(collector, tree);
}

static void
collect_instruction(struct collector *collector, const struct instruction *instruction)
{
    use_tree(collector, instruction->value);
    use_variable(collector, instruction->error_variable);
    const struct function *compensation = instruction->compensation;
    for (size_t copy = 0; compensation != NULL && copy < compensation->parameter_count; copy++)
        use_variable(collector, compensation->parameters[copy]);
    if (instruction->variable != NULL)
        define_variable(collector, instruction->variable);
    if (instruction->target == NULL)
        return;
    if (instruction->target->kind == EXPRESSION_VARIABLE)
        define_variable(collector, instruction->target->as.variable);
    else /* a part of a variable changes: the rest is still needed */
        use_tree(collector, instruction->target);
}

static void
use_suspension(struct collector *collector, const struct suspension *suspension)
{
    use_tree(collector, suspension->operand);
    use_tree(collector, suspension->within);
    use_tree(collector, suspension->after);
    for (size_t index = 0; index < suspension->source_count; index++)
        use_tree(collector, suspension->sources[index].source);
}

static void
collect_block(struct walk *walk, uint32_t index)
{
    const struct block *block = walk->machine->blocks[index];
    struct collector collector = { .walk = walk, .block = index };
    walk->first_throw[index] = NEVER;
    for (size_t position = 0; position < block->instruction_count; position++) {
        collector.position = (uint32_t)(2 * position);
        if (block->instructions[position].can_throw && walk->first_throw[index] == NEVER)
            walk->first_throw[index] = collector.position;
        collect_instruction(&collector, &block->instructions[position]);
    }
    collector.position = (uint32_t)(2 * block->instruction_count);
    const struct terminator *terminator = &block->terminator;
    if (terminator->can_throw && walk->first_throw[index] == NEVER)
        walk->first_throw[index] = collector.position;
    use_tree(&collector, terminator->condition);
    use_tree(&collector, terminator->value);
    use_variable(&collector, terminator->error_variable);
    if (terminator->suspension != NULL)
        use_suspension(&collector, terminator->suspension);
}

/* ---- edges, backwards ---- */

typedef void (*edge_visitor)(struct edge_lists *lists, const struct block *from, const struct block *to);

static void
visit_successors(const struct block *block, struct edge_lists *lists, edge_visitor visit)
{
    const struct terminator *terminator = &block->terminator;
    if (terminator->target != NULL)
        visit(lists, block, terminator->target);
    if (terminator->otherwise != NULL)
        visit(lists, block, terminator->otherwise);
    for (size_t index = 0; index < terminator->case_count; index++)
        visit(lists, block, terminator->cases[index].target);
    for (size_t way = 0; terminator->suspension != NULL && way < suspension_way_count(terminator->suspension); way++)
        visit(lists, block, suspension_way(terminator->suspension, way));
}

static void
visit_handler(const struct block *block, struct edge_lists *lists, edge_visitor visit)
{
    if (block->handler != NULL)
        visit(lists, block, block->handler);
}

static void
count_edge(struct edge_lists *lists, const struct block *from, const struct block *to)
{
    (void)from;
    lists->begins[to->index + 1]++;
}

/* Fills from the end of each list down to its begin. */
static void
store_edge(struct edge_lists *lists, const struct block *from, const struct block *to)
{
    lists->blocks[--lists->begins[to->index + 1]] = from->index;
}

static struct edge_lists
collect_edges(struct arena *arena, const struct machine *machine,
              void (*visit_edges)(const struct block *, struct edge_lists *, edge_visitor))
{
    struct edge_lists lists = { .begins = arena_new_array(arena, uint32_t, machine->block_count + 2) };
    for (size_t index = 0; index < machine->block_count; index++)
        visit_edges(machine->blocks[index], &lists, count_edge);
    for (size_t index = 0; index < machine->block_count; index++)
        lists.begins[index + 1] += lists.begins[index];
    size_t count = lists.begins[machine->block_count];
    lists.blocks = arena_new_array(arena, uint32_t, count + 1);
    for (size_t index = 0; index < machine->block_count; index++)
        visit_edges(machine->blocks[index], &lists, store_edge);
    /* Now begins[i + 1] is where the list of block i begins; move them down by one. */
    for (size_t index = 0; index < machine->block_count; index++)
        lists.begins[index] = lists.begins[index + 1];
    lists.begins[machine->block_count] = (uint32_t)count;
    return lists;
}

/* ---- the walk ---- */

static void
reach_begin(struct walk *walk, uint32_t block, uint32_t variable)
{
    if (walk->reached_by[block] == variable + 1)
        return;
    walk->reached_by[block] = variable + 1;
    walk->pending[walk->pending_count++] = block;
    struct variable *found = walk->machine->variables[variable];
    if (block == 0 && !walk->machine->is_parameter[variable])
        vector_add(walk->arena, &walk->result.undefined, found);
}

static void
pass_await(struct walk *walk, const struct suspension *suspension, uint32_t variable)
{
    struct variable_list *live = &walk->result.live[suspension->state - 1];
    struct variable *found = walk->machine->variables[variable];
    if (live->count == 0 || vector_last(live) != found)
        vector_add(walk->arena, live, found);
}

/* Does every way from the await to the block bring the variable's value along? */
static bool
is_brought(const struct suspension *suspension, const struct block *block, uint32_t variable)
{
    for (size_t way = 0; way < suspension_way_count(suspension); way++) {
        const struct variable *result = suspension_result(suspension, way);
        if (suspension_way(suspension, way) == block && (result == NULL || result->index != variable))
            return false;
    }
    return true;
}

static void
walk_to_predecessor(struct walk *walk, uint32_t block, uint32_t from, uint32_t variable)
{
    const struct suspension *suspension = walk->machine->blocks[block]->terminator.suspension;
    if (suspension != NULL) {
        if (is_brought(suspension, walk->machine->blocks[from], variable))
            return;
        pass_await(walk, suspension, variable);
    }
    if (walk->defined_by[block] != variable + 1)
        reach_begin(walk, block, variable);
}

static void
walk_to_thrower(struct walk *walk, uint32_t block, uint32_t variable)
{
    const struct suspension *suspension = walk->machine->blocks[block]->terminator.suspension;
    if (suspension != NULL)
        pass_await(walk, suspension, variable);
    if (walk->defined_by[block] != variable + 1 || walk->definition[block] > walk->first_throw[block])
        reach_begin(walk, block, variable);
}

static void
walk_variable(struct walk *walk, uint32_t variable)
{
    const struct access_list *accesses = &walk->accesses[variable];
    for (size_t index = 0; index < accesses->count; index++) {
        const struct access *access = &accesses->items[index];
        if (access->first_definition != NEVER) {
            walk->defined_by[access->block] = variable + 1;
            walk->definition[access->block] = access->first_definition;
        }
    }
    for (size_t index = 0; index < accesses->count; index++) {
        const struct access *access = &accesses->items[index];
        if (access->first_use < access->first_definition)
            reach_begin(walk, access->block, variable);
    }
    while (walk->pending_count > 0) {
        uint32_t block = walk->pending[--walk->pending_count];
        for (uint32_t edge = walk->predecessors.begins[block]; edge < walk->predecessors.begins[block + 1]; edge++)
            walk_to_predecessor(walk, walk->predecessors.blocks[edge], block, variable);
        for (uint32_t edge = walk->throwers.begins[block]; edge < walk->throwers.begins[block + 1]; edge++)
            walk_to_thrower(walk, walk->throwers.blocks[edge], variable);
    }
}

struct liveness
liveness_find(struct arena *arena, const struct machine *machine)
{
    size_t block_count = machine->block_count;
    struct walk walk = {
        .arena = arena,
        .machine = machine,
        .accesses = arena_new_array(arena, struct access_list, machine->variable_count + 1),
        .first_throw = arena_new_array(arena, uint32_t, block_count),
        .defined_by = arena_new_array(arena, uint32_t, block_count),
        .definition = arena_new_array(arena, uint32_t, block_count),
        .reached_by = arena_new_array(arena, uint32_t, block_count),
        .pending = arena_new_array(arena, uint32_t, block_count),
        .predecessors = collect_edges(arena, machine, visit_successors),
        .throwers = collect_edges(arena, machine, visit_handler),
    };
    walk.result.live = arena_new_array(arena, struct variable_list, machine->suspension_count + 1);
    for (uint32_t block = 0; block < block_count; block++)
        collect_block(&walk, block);
    for (uint32_t variable = 0; variable < machine->variable_count; variable++)
        walk_variable(&walk, variable);
    return walk.result;
}
