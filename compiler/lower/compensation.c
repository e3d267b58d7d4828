/* Compensation: the variables of a compensation's machine. See compensation.h. Linear in the size of the body. */
#include "compiler/lower/compensation.h"

#include "compiler/lower/tree.h"

/* A variable is there already exactly when its index says where. */
static void
add_variable(struct builder *builder, struct variable *variable)
{
    if (variable == NULL)
        return;
    struct variable_list *variables = &builder->variables;
    if (variable->index < variables->count && variables->items[variable->index] == variable)
        return;
    vector_add(builder->arena, &builder->outer_indices, variable->index);
    variable->index = (uint32_t)variables->count;
    vector_add(builder->arena, variables, variable);
}

static void
visit_expression(void *context, const struct expression *expression)
{
    if (expression->kind == EXPRESSION_VARIABLE || expression->kind == EXPRESSION_OPTIONAL_CHAIN)
        add_variable(context, expression->as.variable);
    tree_visit_operands(expression, visit_expression, context);
}

static void
add_expression(struct builder *builder, const struct expression *expression)
{
    if (expression != NULL)
        visit_expression(builder, expression);
}

static void add_statement(struct builder *builder, const struct statement *statement);

/* What the bodies of a switch, of catches and of a select bind, and the bodies. */
static void
add_branches(struct builder *builder, const struct statement *statement)
{
    for (size_t index = 0; index < statement->case_count; index++) {
        add_variable(builder, statement->cases[index].binding);
        add_statement(builder, statement->cases[index].body);
    }
    for (size_t index = 0; index < statement->catch_count; index++) {
        add_variable(builder, statement->catches[index].variable);
        add_statement(builder, statement->catches[index].body);
    }
    for (size_t index = 0; index < statement->select_case_count; index++) {
        add_expression(builder, statement->select_cases[index].source);
        add_variable(builder, statement->select_cases[index].binding);
        add_statement(builder, statement->select_cases[index].body);
    }
}

/* The copies that a function takes along; they are variables of this one. */
static void
add_copies(struct builder *builder, const struct function *compensation)
{
    for (size_t index = 0; index < compensation->parameter_count; index++)
        add_variable(builder, (struct variable *)(uintptr_t)compensation->parameters[index]);
}

static void
add_statement(struct builder *builder, const struct statement *statement)
{
    if (statement == NULL)
        return;
    add_variable(builder, statement->variable);
    add_variable(builder, statement->second_variable);
    add_expression(builder, statement->target);
    add_expression(builder, statement->value);
    add_expression(builder, statement->limit);
    add_expression(builder, statement->condition);
    for (size_t index = 0; index < statement->statement_count; index++)
        add_statement(builder, statement->statements[index]);
    add_statement(builder, statement->initialise);
    add_statement(builder, statement->step);
    add_statement(builder, statement->body);
    add_statement(builder, statement->else_body);
    add_statement(builder, statement->finally_body);
    add_branches(builder, statement);
    if (statement->kind == STATEMENT_COMPENSATE)
        add_copies(builder, statement->compensation);
}

void
compensation_collect(struct builder *builder)
{
    add_copies(builder, builder->function);
    add_statement(builder, builder->function->body);
}
