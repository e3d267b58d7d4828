/* Split: numbers and labels for the blocks, states for the awaits. See passes.h. */
#include "compiler/lower/identity.h"
#include "compiler/lower/passes.h"
#include "compiler/lower/tree.h"

struct label_counter {
    unsigned next;
};

/* hint_line, with an ordinal behind it where the line has several. */
static struct text
unique_label(struct arena *arena, struct map *labels, const struct draft *draft)
{
    struct text label =
        draft->line == 0 ? text_from_string(draft->hint) : text_format(arena, "%s_%u", draft->hint, draft->line);
    struct label_counter *counter = map_get(labels, label);
    if (counter == NULL) {
        counter = arena_new(arena, struct label_counter);
        counter->next = 2;
        map_put(labels, label, counter);
        return label;
    }
    struct text numbered;
    do
        numbered = text_format(arena, "%.*s_%u", TEXT_ARGUMENTS(label), counter->next++);
    while (map_get(labels, numbered) != NULL);
    map_put(labels, numbered, arena_new(arena, struct label_counter));
    return numbered;
}

static void
number_blocks(struct builder *builder, struct machine *machine)
{
    struct map labels;
    map_initialise(&labels, builder->arena);
    machine->block_count = builder->blocks.count;
    struct block **blocks = arena_new_array(builder->arena, struct block *, machine->block_count);
    for (size_t index = 0; index < machine->block_count; index++) {
        struct draft *draft = builder->blocks.items[index];
        draft->block.index = (uint32_t)index;
        draft->block.label = unique_label(builder->arena, &labels, draft);
        draft->block.instructions = draft->instructions.items;
        draft->block.instruction_count = draft->instructions.count;
        blocks[index] = &draft->block;
    }
    machine->blocks = blocks;
}

static void
number_suspensions(struct arena *arena, struct machine *machine)
{
    size_t count = 0;
    for (size_t index = 0; index < machine->block_count; index++)
        count += machine->blocks[index]->terminator.kind == TERMINATOR_AWAIT;
    struct suspension **suspensions = arena_new_array(arena, struct suspension *, count == 0 ? 1 : count);
    machine->suspension_count = 0;
    for (size_t index = 0; index < machine->block_count; index++) {
        struct suspension *suspension = machine->blocks[index]->terminator.suspension;
        if (suspension == NULL)
            continue;
        suspensions[machine->suspension_count++] = suspension;
        suspension->state = (uint32_t)machine->suspension_count;
    }
    machine->suspensions = suspensions;
    identity_number(arena, suspensions, count);
}

/* ---- which variables occur ---- */

static void
visit_use(void *context, const struct expression *expression)
{
    bool *is_used = context;
    if (expression->kind == EXPRESSION_VARIABLE)
        is_used[expression->as.variable->index] = true;
    tree_visit_operands(expression, visit_use, context);
}

static void
use_tree(bool *is_used, const struct expression *tree)
{
    if (tree != NULL)
        visit_use(is_used, tree);
}

static void
use_variable(bool *is_used, const struct variable *variable)
{
    if (variable != NULL)
        is_used[variable->index] = true;
}

static void
use_suspension(bool *is_used, const struct suspension *suspension)
{
    use_tree(is_used, suspension->operand);
    use_tree(is_used, suspension->within);
    use_tree(is_used, suspension->after);
    for (size_t index = 0; index < suspension->source_count; index++)
        use_tree(is_used, suspension->sources[index].source);
    for (size_t way = 0; way < suspension_way_count(suspension); way++)
        use_variable(is_used, suspension_result(suspension, way));
}

static void
find_used(struct arena *arena, struct machine *machine)
{
    bool *is_used = arena_new_array(arena, bool, machine->variable_count + 1);
    for (size_t index = 0; index < machine->block_count; index++) {
        const struct block *block = machine->blocks[index];
        for (size_t position = 0; position < block->instruction_count; position++) {
            const struct instruction *instruction = &block->instructions[position];
            use_tree(is_used, instruction->target);
            use_tree(is_used, instruction->value);
            use_variable(is_used, instruction->variable);
            use_variable(is_used, instruction->error_variable);
            const struct function *compensation = instruction->compensation;
            for (size_t copy = 0; compensation != NULL && copy < compensation->parameter_count; copy++)
                use_variable(is_used, compensation->parameters[copy]);
        }
        use_tree(is_used, block->terminator.condition);
        use_tree(is_used, block->terminator.value);
        use_variable(is_used, block->terminator.error_variable);
        if (block->terminator.suspension != NULL)
            use_suspension(is_used, block->terminator.suspension);
    }
    machine->is_used = is_used;
}

struct machine *
split(struct builder *builder)
{
    struct machine *machine = arena_new(builder->arena, struct machine);
    machine->function = builder->function;
    machine->variables = builder->variables.items;
    machine->variable_count = builder->variables.count;
    machine->outer_indices = builder->outer_indices.items;
    machine->outer_count = builder->outer_indices.count;
    bool *is_parameter = arena_new_array(builder->arena, bool, machine->variable_count + 1);
    for (size_t index = 0; index < builder->function->parameter_count; index++)
        is_parameter[builder->function->parameters[index]->index] = true;
    machine->is_parameter = is_parameter;
    number_blocks(builder, machine);
    number_suspensions(builder->arena, machine);
    find_used(builder->arena, machine);
    return machine;
}
