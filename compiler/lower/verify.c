/* Verify: does a machine keep what machine.h promises? For tests and debug builds. */
#include "compiler/lower/liveness.h"
#include "compiler/lower/lower.h"
#include "compiler/lower/tree.h"

struct check {
    const struct machine *machine;
    const struct block *block;
    struct text_builder *problems;
    bool is_good;
};

static void
complain(struct check *check, const char *what)
{
    check->is_good = false;
    text_builder_format(check->problems, "%.*s, %.*s: %s\n", TEXT_ARGUMENTS(check->machine->function->qualified_name),
                        TEXT_ARGUMENTS(check->block->label), what);
}

/* ---- trees ---- */

static void
check_arguments_of_call(struct check *check, const struct expression *call)
{
    for (size_t index = 0; index < call->argument_count; index++) {
        if (call->arguments[index]->can_throw)
            complain(check, "an argument of a call can throw");
    }
}

static void
check_variable(struct check *check, const struct variable *variable)
{
    if (variable->index >= check->machine->variable_count || check->machine->variables[variable->index] != variable)
        complain(check, "a variable is not of this machine");
    else if (!check->machine->is_used[variable->index])
        complain(check, "a variable is used but not marked so");
}

static void
check_inner(void *context, const struct expression *tree)
{
    struct check *check = context;
    if (tree->kind == EXPRESSION_AWAIT || tree->kind == EXPRESSION_COALESCE || tree->kind == EXPRESSION_OPTIONAL_CHAIN)
        complain(check, "an expression is left that must not be");
    if (tree_is_effect(tree))
        complain(check, "what has an effect is not at the root");
    if (tree->has_await || tree->has_effect)
        complain(check, "a tree has an await or an effect");
    if (tree->kind == EXPRESSION_CALL)
        check_arguments_of_call(check, tree);
    if (tree->kind == EXPRESSION_VARIABLE)
        check_variable(check, tree->as.variable);
    tree_visit_operands(tree, check_inner, check);
}

static void
check_tree(struct check *check, const struct expression *tree)
{
    if (tree != NULL)
        check_inner(check, tree);
}

static void
check_plain_operand(void *context, const struct expression *tree)
{
    check_inner(context, tree);
    if (tree->can_throw && tree->kind != EXPRESSION_CALL) /* the call that is started; its arguments are looked at */
        complain(context, "an operand of what leaves the routine can throw");
}

/* The value of an ASSIGN or EVALUATE may have an effect itself. */
static void
check_root(struct check *check, const struct expression *tree)
{
    if (tree == NULL)
        return;
    if (tree->kind == EXPRESSION_METHOD && tree_method_mutates(tree->as.method))
        tree_visit_operands(tree, check_inner, check);
    else if (tree_is_effect(tree))
        tree_visit_operands(tree, check_plain_operand, check);
    else
        check_inner(check, tree);
}

/* ---- blocks ---- */

static void
check_target(struct check *check, const struct block *target)
{
    if (target == NULL)
        return;
    if (target->index >= check->machine->block_count || check->machine->blocks[target->index] != target)
        complain(check, "a target is not a block of this machine");
}

static void
check_instruction(struct check *check, const struct instruction *instruction)
{
    bool is_assigned = instruction->kind == INSTRUCTION_ASSIGN || instruction->kind == INSTRUCTION_EVALUATE;
    if (is_assigned)
        check_root(check, instruction->value);
    else
        check_tree(check, instruction->value);
    check_tree(check, instruction->target);
    const struct function *compensation = instruction->compensation;
    for (size_t index = 0; compensation != NULL && index < compensation->parameter_count; index++)
        check_variable(check, compensation->parameters[index]);
    bool leaves = instruction->kind == INSTRUCTION_PUBLISH || instruction->kind == INSTRUCTION_CANCEL ||
                  instruction->kind == INSTRUCTION_COMPENSATE;
    bool throws = leaves || (instruction->target != NULL && tree_lvalue_is_boxed(instruction->target)) ||
                  (instruction->value != NULL && instruction->value->can_throw) ||
                  (instruction->target != NULL && instruction->target->can_throw);
    if (throws != instruction->can_throw)
        complain(check, "an instruction's can_throw is wrong");
}

/* What an await takes along: never throws. */
static void
check_awaited(struct check *check, const struct expression *tree)
{
    check_tree(check, tree);
    if (tree != NULL && tree->kind != EXPRESSION_CALL && tree->can_throw)
        complain(check, "the operand of an await can throw");
}

static void
check_suspension(struct check *check, const struct suspension *suspension)
{
    check_awaited(check, suspension->operand);
    check_awaited(check, suspension->within);
    check_awaited(check, suspension->after);
    bool is_of_many = suspension->kind == AWAIT_ALL || suspension->kind == AWAIT_ANY;
    if (is_of_many && !tree_is_plain(suspension->operand) && !tree_is_constant(suspension->operand))
        complain(check, "the array of an await is not plain");
    for (size_t index = 0; index < suspension->source_count; index++)
        check_awaited(check, suspension->sources[index].source);
    for (size_t way = 0; way < suspension_way_count(suspension); way++) {
        check_target(check, suspension_way(suspension, way));
        if (suspension_way(suspension, way) == NULL)
            complain(check, "an await leads nowhere");
    }
    for (size_t index = 0; index < suspension->live_count; index++) {
        for (size_t way = 0; way < suspension_way_count(suspension); way++) {
            if (suspension->live[index] == suspension_result(suspension, way))
                complain(check, "the result of an await is live before it");
        }
        if (index > 0 && suspension->live[index]->index <= suspension->live[index - 1]->index)
            complain(check, "live variables are not sorted");
    }
}

static void
check_terminator(struct check *check, const struct terminator *terminator)
{
    check_tree(check, terminator->condition);
    check_tree(check, terminator->value);
    check_target(check, terminator->target);
    check_target(check, terminator->otherwise);
    for (size_t index = 0; index < terminator->case_count; index++)
        check_target(check, terminator->cases[index].target);
    if ((terminator->suspension != NULL) != (terminator->kind == TERMINATOR_AWAIT))
        complain(check, "a suspension stands where no await is");
    if (terminator->suspension != NULL)
        check_suspension(check, terminator->suspension);
    bool is_jump = terminator->kind == TERMINATOR_JUMP || terminator->kind == TERMINATOR_BRANCH;
    if (terminator->is_back_edge && !is_jump)
        complain(check, "a back edge is neither a jump nor a branch");
    if (is_jump && terminator->target == NULL)
        complain(check, "a jump goes nowhere");
}

/* Every way round must pass a marked back edge: without them the graph has no cycle. An await spends a transition of
 * its own, so a cycle through one is found by the mark all the same. */
struct order {
    uint8_t *state; /* by block: 0 = unseen, 1 = on the path, 2 = done */
    struct check *check;
};

static void follow(struct order *order, const struct block *block);

static void
follow_edge(struct order *order, const struct block *target)
{
    if (target == NULL)
        return;
    if (order->state[target->index] == 1)
        complain(order->check, "a loop has no marked back edge");
    else
        follow(order, target);
}

static void
follow(struct order *order, const struct block *block)
{
    if (order->state[block->index] != 0)
        return;
    order->state[block->index] = 1;
    order->check->block = block;
    const struct terminator *terminator = &block->terminator;
    if (!terminator->is_back_edge)
        follow_edge(order, terminator->target);
    follow_edge(order, terminator->otherwise);
    for (size_t index = 0; index < terminator->case_count; index++)
        follow_edge(order, terminator->cases[index].target);
    for (size_t way = 0; terminator->suspension != NULL && way < suspension_way_count(terminator->suspension); way++)
        follow_edge(order, suspension_way(terminator->suspension, way));
    if (block->handler != NULL)
        follow_edge(order, block->handler);
    order->state[block->index] = 2;
}

static bool
verify_entered(struct arena *arena, const struct machine *machine, struct text_builder *problems)
{
    struct check check = { .machine = machine, .problems = problems, .is_good = true };
    for (size_t index = 0; index < machine->block_count; index++) {
        const struct block *block = machine->blocks[index];
        check.block = block;
        if (block->index != index)
            complain(&check, "a block has a wrong index");
        for (size_t position = 0; position < block->instruction_count; position++)
            check_instruction(&check, &block->instructions[position]);
        check_terminator(&check, &block->terminator);
        check_target(&check, block->handler);
    }
    if (!check.is_good)
        return false;
    struct order order = { .state = arena_new_array(arena, uint8_t, machine->block_count), .check = &check };
    follow(&order, machine->blocks[0]);
    struct liveness liveness = liveness_find(arena, machine);
    check.block = machine->blocks[0];
    for (size_t index = 0; index < liveness.undefined.count; index++) {
        text_builder_format(problems, "variable %.*s: ", TEXT_ARGUMENTS(liveness.undefined.items[index]->c_name));
        complain(&check, "read before it is defined on some path");
    }
    return check.is_good;
}

bool
machine_verify(struct arena *arena, const struct machine *machine, struct text_builder *problems)
{
    machine_enter(machine);
    bool is_good = verify_entered(arena, machine, problems);
    machine_leave(machine);
    return is_good;
}
