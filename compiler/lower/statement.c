/* Statements → blocks: declarations, assignments, if, switch. Loops are in loop.c, errors in try.c, select in select.c.
 *
 * Assignment. `x = e` and `x op= e`: x's index expressions, then e, then x is resolved, read and written. The value
 * goes through a temporary when it can throw and the target must then keep its old value: when a handler can see
 * the target, or when resolving the target can throw too (e's error is the first). */
#include "compiler/lower/statement.h"

#include <assert.h>

#include "compiler/lower/expression.h"
#include "compiler/lower/tree.h"

static void
lower_block(struct builder *builder, const struct statement *block)
{
    for (size_t index = 0; index < block->statement_count && builder->current != NULL; index++)
        lower_statement(builder, block->statements[index]);
}

/* ---- assignment ---- */

/* `x op= e` reads and writes x through the same indices: they must not be evaluated twice. */
static void
settle_indices(struct builder *builder, struct operand *indices, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        struct operand *operand = &indices[index];
        if (!tree_is_plain(operand->tree))
            operand->tree = lower_to_temporary(builder, operand->tree, "index");
    }
}

static void
lower_assign_with_operator(struct builder *builder, const struct statement *statement, const struct expression *target,
                           bool is_visible)
{
    const struct expression *value = lower_value(builder, statement->value);
    if (value->can_throw && tree_lvalue_can_throw(target))
        value = lower_to_temporary(builder, value, "value");
    const struct expression *result =
        tree_binary(builder->arena, target->type, statement->operator, target, value, statement->span);
    if (is_visible && result->can_throw)
        result = lower_to_temporary(builder, result, "value");
    builder_assign(builder, target, result, statement->span);
}

static void
lower_assign_plainly(struct builder *builder, const struct statement *statement, const struct expression *target,
                     bool is_visible)
{
    bool is_resolved_first = tree_lvalue_can_throw(target);
    if (target->kind == EXPRESSION_VARIABLE && !is_visible) {
        lower_into(builder, statement->value, target->as.variable, statement->span);
        return;
    }
    const struct expression *value =
        is_resolved_first ? lower_value(builder, statement->value) : lower_root(builder, statement->value, NULL);
    if (value->can_throw && (is_visible || is_resolved_first))
        value = lower_to_temporary(builder, value, "value");
    builder_assign(builder, target, value, statement->span);
}

static void
lower_assign(struct builder *builder, const struct statement *statement)
{
    size_t count = lvalue_index_count(statement->target);
    struct operand *indices = arena_new_array(builder->arena, struct operand, count == 0 ? 1 : count);
    lvalue_collect_indices(statement->target, indices);
    lower_operands(builder, indices, count, statement->value, false);
    if (statement->has_operator)
        settle_indices(builder, indices, count);
    const struct expression *target = lvalue_rebuild(builder, statement->target, indices);
    const struct variable *root = expression_root(target);
    bool is_visible = root == NULL || builder_is_visible_to_handler(builder, root);
    if (statement->has_operator)
        lower_assign_with_operator(builder, statement, target, is_visible);
    else
        lower_assign_plainly(builder, statement, target, is_visible);
}

static void
lower_variable(struct builder *builder, const struct statement *statement)
{
    builder_declare(builder, statement->variable);
    lower_into(builder, statement->value, statement->variable, statement->span);
}

/* ---- if ---- */

/* The `if` that is all of an else body, so that a long chain of them is no recursion; NULL if there is none. */
static const struct statement *
else_if(const struct statement *else_body)
{
    if (else_body->kind == STATEMENT_IF)
        return else_body;
    bool is_lone = else_body->kind == STATEMENT_BLOCK && else_body->statement_count == 1 &&
                   else_body->statements[0]->kind == STATEMENT_IF;
    return is_lone ? else_body->statements[0] : NULL;
}

static void
lower_if(struct builder *builder, const struct statement *statement)
{
    struct draft *after = builder_block(builder, "after_if", statement->span);
    while (statement != NULL) {
        const struct statement *else_body = statement->else_body;
        struct draft *then = builder_block(builder, "then", statement->span);
        struct draft *otherwise = else_body == NULL ? after : builder_block(builder, "else", else_body->span);
        lower_condition(builder, statement->condition, then, otherwise);
        builder_join(builder, then);
        if (builder->current != NULL)
            lower_statement(builder, statement->body);
        if (builder->current != NULL)
            builder_jump(builder, after, statement->span);
        if (else_body == NULL)
            break;
        builder_join(builder, otherwise);
        statement = builder->current == NULL ? NULL : else_if(else_body);
        if (statement == NULL && builder->current != NULL) {
            lower_statement(builder, else_body);
            if (builder->current != NULL)
                builder_jump(builder, after, else_body->span);
        }
    }
    builder_join(builder, after);
}

/* ---- switch ---- */

static size_t
target_count(const struct statement *statement)
{
    size_t count = 0;
    for (size_t index = 0; index < statement->case_count; index++)
        count += statement->cases[index].label_count + statement->cases[index].variant_count;
    return count;
}

/* A switch without default that names every value: nothing else can come. */
static bool
names_every_value(const struct statement *statement, size_t label_count)
{
    enum type_kind kind = statement->value->type->kind;
    return kind == TYPE_ENUM || kind == TYPE_UNION || (kind == TYPE_BOOL && label_count >= 2);
}

static bool
has_binding(const struct statement *statement)
{
    for (size_t index = 0; index < statement->case_count; index++) {
        if (statement->cases[index].binding != NULL)
            return true;
    }
    return false;
}

/* The value of a switch, plain if it is read more than once. */
static const struct expression *
lower_switched(struct builder *builder, const struct statement *statement)
{
    const struct expression *value = lower_value(builder, statement->value);
    bool is_read_again = has_binding(statement) || value->type->kind == TYPE_STRING;
    if (!is_read_again || tree_is_plain(value))
        return value;
    return lower_to_temporary(builder, value, "switched");
}

static void
lower_case(struct builder *builder, const struct switch_case *switch_case, const struct expression *value,
           struct draft *target, struct draft *after)
{
    builder_start(builder, target);
    if (switch_case->binding != NULL) {
        builder_declare(builder, switch_case->binding);
        const struct expression *variant = tree_variant(builder->arena, switch_case->binding->type,
                                                        switch_case->variants[0], value, switch_case->span);
        builder_assign_variable(builder, switch_case->binding, variant, switch_case->span);
    }
    lower_statement(builder, switch_case->body);
    if (builder->current != NULL)
        builder_jump(builder, after, switch_case->span);
}

static void
lower_switch(struct builder *builder, const struct statement *statement)
{
    struct span span = statement->span;
    const struct expression *value = lower_switched(builder, statement);
    size_t count = target_count(statement);
    struct switch_target *targets = arena_new_array(builder->arena, struct switch_target, count == 0 ? 1 : count);
    struct draft **bodies =
        arena_new_array(builder->arena, struct draft *, statement->case_count == 0 ? 1 : statement->case_count);
    struct draft *after = builder_block(builder, "after_switch", span);
    struct draft *otherwise = NULL;
    size_t used = 0;
    for (size_t index = 0; index < statement->case_count; index++) {
        const struct switch_case *switch_case = &statement->cases[index];
        bodies[index] = builder_block(builder, switch_case->is_default ? "default" : "case", switch_case->span);
        if (switch_case->is_default)
            otherwise = bodies[index];
        for (size_t label = 0; label < switch_case->label_count; label++)
            targets[used++] =
                (struct switch_target){ .label = switch_case->labels[label], .target = &bodies[index]->block };
        for (size_t variant = 0; variant < switch_case->variant_count; variant++)
            targets[used++] =
                (struct switch_target){ .variant = switch_case->variants[variant], .target = &bodies[index]->block };
    }
    bool is_closed = otherwise == NULL && names_every_value(statement, count);
    if (otherwise == NULL)
        otherwise = is_closed ? builder_block(builder, "impossible", span) : after;
    builder_terminate(builder, (struct terminator){
                                   .kind = TERMINATOR_SWITCH,
                                   .span = span,
                                   .can_throw = value->can_throw,
                                   .value = value,
                                   .otherwise = &otherwise->block,
                                   .cases = targets,
                                   .case_count = used,
                               });
    struct scope scope = { .kind = SCOPE_SWITCH, .outer = builder->scope, .break_target = after };
    builder->scope = &scope;
    for (size_t index = 0; index < statement->case_count; index++)
        lower_case(builder, &statement->cases[index], value, bodies[index], after);
    builder->scope = scope.outer;
    if (is_closed) {
        builder_start(builder, otherwise); /* its terminator stays UNREACHABLE */
        builder->current = NULL;
    }
    builder_join(builder, after);
}

/* ---- all ---- */

/* The statement's value, so that what is left to evaluate never throws. */
static const struct expression *
lower_settled(struct builder *builder, const struct statement *statement, const char *hint)
{
    const struct expression *value = lower_value(builder, statement->value);
    return value->can_throw ? lower_to_temporary(builder, value, hint) : value;
}

void
lower_statement(struct builder *builder, const struct statement *statement)
{
    assert(builder->current != NULL);
    switch (statement->kind) {
    case STATEMENT_BLOCK: lower_block(builder, statement); return;
    case STATEMENT_VARIABLE: lower_variable(builder, statement); return;
    case STATEMENT_ASSIGN: lower_assign(builder, statement); return;
    case STATEMENT_EXPRESSION: lower_effect(builder, statement->value); return;
    case STATEMENT_IF: lower_if(builder, statement); return;
    case STATEMENT_WHILE: lower_while(builder, statement); return;
    case STATEMENT_DO: lower_do(builder, statement); return;
    case STATEMENT_FOR: lower_for(builder, statement); return;
    case STATEMENT_FOR_ARRAY: lower_for_array(builder, statement); return;
    case STATEMENT_FOR_MAP: lower_for_map(builder, statement); return;
    case STATEMENT_FOR_RANGE: lower_for_range(builder, statement); return;
    case STATEMENT_SWITCH: lower_switch(builder, statement); return;
    case STATEMENT_BREAK: lower_exit(builder, EXIT_BREAK, statement->span); return;
    case STATEMENT_CONTINUE: lower_exit(builder, EXIT_CONTINUE, statement->span); return;
    case STATEMENT_RETURN: lower_return(builder, statement); return;
    case STATEMENT_THROW: lower_throw(builder, statement); return;
    case STATEMENT_SELECT: lower_select(builder, statement); return;
    case STATEMENT_COMPENSATE: builder_compensate(builder, statement->compensation, statement->span); return;
    case STATEMENT_CANCEL: builder_cancel(builder, lower_settled(builder, statement, "task"), statement->span); return;
    case STATEMENT_PUBLISH:
        builder_publish(builder, lower_settled(builder, statement, "event"), statement->span);
        return;
    case STATEMENT_RETHROW: lower_rethrow(builder, statement); return;
    case STATEMENT_TRY: lower_try(builder, statement); return;
    }
    assert(false); /* no known kind */
}

void
lower_body(struct builder *builder)
{
    const struct function *function = builder->function;
    builder_start(builder, builder_block(builder, "entry", (struct span){ 0, 0 }));
    lower_statement(builder, function->body);
    if (builder->current == NULL)
        return;
    /* The checker has seen that a function with a result returns: a path that gets here is none. */
    bool returns = function->result->kind == TYPE_VOID;
    builder_terminate(builder, (struct terminator){
                                   .kind = returns ? TERMINATOR_RETURN : TERMINATOR_UNREACHABLE,
                                   .span = { function->span.end, function->span.end },
                                   .is_new_value = true,
                               });
}
