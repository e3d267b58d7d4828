/* Loops → blocks. See statement.h.
 *
 * Every loop has one or more jumps back that are marked, each costs a unit of the step budget.
 * A loop over an array or a map runs over a snapshot: an array (for a map those of its keys and of its values) and a
 * position, both plain variables, so that they are saved at an await like all others. No snapshot is taken of what
 * the body can't change. A range keeps a counter of its own if the body assigns the loop's variable; it is
 * incremented only while it is less than the limit, so it can't overflow. */
#include "compiler/lower/expression.h"
#include "compiler/lower/statement.h"
#include "compiler/lower/tree.h"

/* Lower the body with break and continue going to these. */
static void
lower_loop_body(struct builder *builder, const struct statement *body, struct draft *after,
                struct draft *continue_target, bool continue_closes_loop)
{
    struct scope scope = {
        .kind = SCOPE_LOOP,
        .outer = builder->scope,
        .break_target = after,
        .continue_target = continue_target,
        .continue_closes_loop = continue_closes_loop,
    };
    builder->scope = &scope;
    lower_statement(builder, body);
    builder->scope = scope.outer;
}

void
lower_while(struct builder *builder, const struct statement *statement)
{
    struct span span = statement->span;
    struct draft *head = builder_block(builder, "while", span);
    struct draft *body = builder_block(builder, "while_body", span);
    struct draft *after = builder_block(builder, "after_while", span);
    builder_jump(builder, head, span);
    builder_start(builder, head);
    lower_condition(builder, statement->condition, body, after);
    builder_join(builder, body);
    if (builder->current != NULL)
        lower_loop_body(builder, statement->body, after, head, true);
    if (builder->current != NULL)
        builder_jump_back(builder, head, span);
    builder_join(builder, after);
}

void
lower_do(struct builder *builder, const struct statement *statement)
{
    struct span span = statement->span;
    struct draft *body = builder_block(builder, "do", span);
    struct draft *test = builder_block(builder, "do_test", statement->condition->span);
    struct draft *again = builder_block(builder, "do_again", span);
    struct draft *after = builder_block(builder, "after_do", span);
    builder_jump(builder, body, span);
    builder_start(builder, body);
    lower_loop_body(builder, statement->body, after, test, false);
    if (builder->current != NULL)
        builder_jump(builder, test, span);
    builder_join(builder, test);
    if (builder->current != NULL)
        lower_condition(builder, statement->condition, again, after);
    builder_join(builder, again);
    if (builder->current != NULL)
        builder_jump_back(builder, body, span);
    builder_join(builder, after);
}

void
lower_for(struct builder *builder, const struct statement *statement)
{
    struct span span = statement->span;
    struct draft *head = builder_block(builder, "for", span);
    struct draft *body = builder_block(builder, "for_body", span);
    struct draft *step = builder_block(builder, "for_step", span);
    struct draft *after = builder_block(builder, "after_for", span);
    if (statement->initialise != NULL)
        lower_statement(builder, statement->initialise);
    if (builder->current == NULL)
        return;
    builder_jump(builder, head, span);
    builder_start(builder, head);
    if (statement->condition != NULL)
        lower_condition(builder, statement->condition, body, after);
    else
        builder_jump(builder, body, span);
    builder_join(builder, body);
    if (builder->current != NULL)
        lower_loop_body(builder, statement->body, after, step, false);
    if (builder->current != NULL)
        builder_jump(builder, step, span);
    builder_join(builder, step);
    if (builder->current != NULL && statement->step != NULL)
        lower_statement(builder, statement->step);
    if (builder->current != NULL)
        builder_jump_back(builder, head, span);
    builder_join(builder, after);
}

/* ---- loops over a position ---- */

/* The blocks of a loop that counts a position up to a limit. */
struct counting_loop {
    struct draft *head, *body, *step, *after;
    const struct expression *position;
};

/* head: position < limit; then the body is the current block. */
static struct counting_loop
begin_counting(struct builder *builder, const struct statement *statement, struct variable *position,
               const struct expression *limit)
{
    struct span span = statement->span;
    struct counting_loop loop = {
        .head = builder_block(builder, "for", span),
        .body = builder_block(builder, "for_body", span),
        .step = builder_block(builder, "for_step", span),
        .after = builder_block(builder, "after_for", span),
        .position = tree_variable(builder->arena, position, statement->variable->span),
    };
    builder_jump(builder, loop.head, span);
    builder_start(builder, loop.head);
    const struct expression *goes_on =
        tree_binary(builder->arena, builder->shared->bool_type, BINARY_LESS, loop.position, limit, span);
    builder_branch(builder, goes_on, loop.body, loop.after, span);
    builder_join(builder, loop.body);
    return loop;
}

/* The rest of the body, then step: position + 1, and back. */
static void
end_counting(struct builder *builder, const struct statement *statement, const struct counting_loop *loop)
{
    struct span span = statement->span;
    if (builder->current != NULL)
        lower_loop_body(builder, statement->body, loop->after, loop->step, false);
    if (builder->current != NULL)
        builder_jump(builder, loop->step, span);
    builder_join(builder, loop->step);
    if (builder->current != NULL) {
        const struct expression *next = tree_increment(builder->arena, loop->position, span);
        builder_assign(builder, loop->position, next, span);
        builder_jump_back(builder, loop->head, span);
    }
    builder_join(builder, loop->after);
}

static struct variable *
new_position(struct builder *builder, struct span span)
{
    struct variable *position = builder_temporary(builder, builder->shared->int_type, "position", false, span);
    position->is_counter = position->is_position = true;
    const struct expression *zero = tree_integer(builder->arena, position->type, 0, span);
    builder_assign_variable(builder, position, zero, span);
    return position;
}

/* Is the tree a plain read of what the body can't change? */
static bool
is_unchanging(const struct expression *tree, const struct statement *body)
{
    const struct variable *root = expression_root(tree);
    return root != NULL && tree_is_plain(tree) &&
           (root->is_temporary || !root->is_mutated || !statement_mutates(body, root));
}

/* What the loop reads in every round: the tree itself if that stays as it is, else a temporary that holds it. */
static const struct expression *
settle(struct builder *builder, const struct expression *tree, const struct statement *body, const char *hint)
{
    if (tree_is_constant(tree))
        return tree;
    if (is_unchanging(tree, body)) {
        expression_root(tree)->is_single_use = false;
        return tree;
    }
    struct variable *settled = builder_temporary(builder, tree->type, hint, false, tree->span);
    builder_assign_variable(builder, settled, tree, tree->span);
    return tree_variable(builder->arena, settled, tree->span);
}

/* variable = array[position]; is_known: the position was compared with this array's own length. */
static void
assign_element(struct builder *builder, struct variable *variable, const struct expression *array,
               const struct expression *position, bool is_known)
{
    if (variable == NULL)
        return;
    builder_declare(builder, variable);
    const struct expression *element =
        is_known ? tree_index_known(builder->arena, variable->type, array, position, variable->span)
                 : tree_index(builder->arena, variable->type, array, position, variable->span);
    builder_assign_variable(builder, variable, element, variable->span);
}

void
lower_for_array(struct builder *builder, const struct statement *statement)
{
    const struct expression *value = lower_value(builder, statement->value);
    const struct expression *items = settle(builder, value, statement->body, "items");
    struct variable *position = new_position(builder, statement->span);
    enum built_in_method method = items->type->kind == TYPE_BYTES ? METHOD_BYTES_LENGTH : METHOD_ARRAY_LENGTH;
    const struct expression *length =
        tree_method(builder->arena, builder->shared->int_type, method, items, items->span);
    struct counting_loop loop = begin_counting(builder, statement, position, length);
    assign_element(builder, statement->variable, items, loop.position, true);
    end_counting(builder, statement, &loop);
}

/* A temporary with the keys or the values of a map. */
static const struct expression *
map_part(struct builder *builder, const struct expression *map, const struct type *element, enum built_in_method method,
         const char *hint)
{
    const struct type *type = builder->shared->array_types[element->index];
    struct variable *part = builder_temporary(builder, type, hint, false, map->span);
    const struct expression *value = tree_method(builder->arena, type, method, map, map->span);
    builder_assign_variable(builder, part, value, map->span);
    return tree_variable(builder->arena, part, map->span);
}

void
lower_for_map(struct builder *builder, const struct statement *statement)
{
    const struct expression *map = lower_value(builder, statement->value);
    if (!tree_is_plain(map))
        map = lower_to_temporary(builder, map, "entries");
    struct variable *root = expression_root(map);
    if (root != NULL)
        root->is_single_use = false; /* it is read for its keys and for its values */
    const struct expression *keys = map_part(builder, map, map->type->key, METHOD_MAP_KEYS, "keys");
    const struct expression *values = NULL;
    if (statement->second_variable != NULL)
        values = map_part(builder, map, map->type->element, METHOD_MAP_VALUES, "values");
    struct variable *position = new_position(builder, statement->span);
    const struct expression *length =
        tree_method(builder->arena, builder->shared->int_type, METHOD_ARRAY_LENGTH, keys, keys->span);
    struct counting_loop loop = begin_counting(builder, statement, position, length);
    assign_element(builder, statement->variable, keys, loop.position, true);
    /* There are as many values as keys; but in a saved frame, which may be damaged, that is not certain. */
    bool is_certain = builder->function->colour != COLOUR_ROUTINE;
    assign_element(builder, statement->second_variable, values, loop.position, is_certain);
    end_counting(builder, statement, &loop);
}

void
lower_for_range(struct builder *builder, const struct statement *statement)
{
    struct span span = statement->span;
    struct variable *variable = statement->variable;
    bool is_own_counter = variable->is_mutated;
    builder_declare(builder, variable);
    struct operand ends[2] = { { .source = statement->value, .hint = "first" },
                               { .source = statement->limit, .hint = "limit" } };
    lower_operands(builder, ends, 2, NULL, false);
    struct variable *counter = variable;
    if (is_own_counter)
        counter = builder_temporary(builder, variable->type, "counter", false, span);
    counter->is_counter = true;
    builder_assign_variable(builder, counter, ends[0].tree, span);
    const struct expression *limit = settle(builder, ends[1].tree, statement->body, "limit");
    struct counting_loop loop = begin_counting(builder, statement, counter, limit);
    if (is_own_counter && builder->current != NULL)
        builder_assign_variable(builder, variable, loop.position, span);
    end_counting(builder, statement, &loop);
}
