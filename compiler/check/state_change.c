/* Where others may have changed the state, or the routine itself: see statement.h. What is known of a state member ends
 * there, so a loop's body is looked at before it is checked. */
#include "compiler/check/statement.h"

static bool
arguments_wait(const struct ast_argument_list *arguments)
{
    for (size_t index = 0; index < arguments->count; index++) {
        if (expression_waits(arguments->items[index].value))
            return true;
    }
    return false;
}

static bool
list_waits(const struct ast_expression_list *list)
{
    for (size_t index = 0; index < list->count; index++) {
        if (expression_waits(list->items[index]))
            return true;
    }
    return false;
}

static bool
literal_waits(const struct ast_member_value_list *members)
{
    for (size_t index = 0; index < members->count; index++) {
        if (expression_waits(members->items[index].value))
            return true;
    }
    return false;
}

static bool
map_waits(const struct ast_map_entry_list *entries)
{
    for (size_t index = 0; index < entries->count; index++) {
        if (expression_waits(entries->items[index].key) || expression_waits(entries->items[index].value))
            return true;
    }
    return false;
}

bool
expression_waits(const struct ast_expression *expression)
{
    if (expression == NULL)
        return false;
    switch (expression->kind) {
    case AST_EXPRESSION_AWAIT: return true;
    case AST_EXPRESSION_MEMBER:
    case AST_EXPRESSION_OPTIONAL_MEMBER: return expression_waits(expression->as.member.operand);
    case AST_EXPRESSION_INDEX:
        return expression_waits(expression->as.index.operand) || expression_waits(expression->as.index.index);
    case AST_EXPRESSION_CALL:
        return expression_waits(expression->as.call.callee) || arguments_wait(&expression->as.call.arguments);
    case AST_EXPRESSION_TYPE_CALL: return arguments_wait(&expression->as.type_call.arguments);
    case AST_EXPRESSION_UNWRAP:
    case AST_EXPRESSION_PARENTHESES: return expression_waits(expression->as.operand);
    case AST_EXPRESSION_UNARY: return expression_waits(expression->as.unary.operand);
    case AST_EXPRESSION_BINARY:
        return expression_waits(expression->as.binary.left) || expression_waits(expression->as.binary.right);
    case AST_EXPRESSION_CONDITIONAL:
        return expression_waits(expression->as.conditional.condition) ||
               expression_waits(expression->as.conditional.then) ||
               expression_waits(expression->as.conditional.otherwise);
    case AST_EXPRESSION_START: return expression_waits(expression->as.start.operand);
    case AST_EXPRESSION_LITERAL: return literal_waits(&expression->as.literal.members);
    case AST_EXPRESSION_INTERPOLATION:
    case AST_EXPRESSION_ARRAY: return list_waits(&expression->as.list);
    case AST_EXPRESSION_MAP: return map_waits(&expression->as.map);
    case AST_EXPRESSION_BAD:
    case AST_EXPRESSION_BOOLEAN:
    case AST_EXPRESSION_NULL:
    case AST_EXPRESSION_INTEGER:
    case AST_EXPRESSION_DOUBLE:
    case AST_EXPRESSION_DECIMAL:
    case AST_EXPRESSION_DURATION:
    case AST_EXPRESSION_STRING:
    case AST_EXPRESSION_BYTES:
    case AST_EXPRESSION_NAME: return false;
    }
    return false;
}

/* Whether a place that is assigned to may be a part of the state: it is none of a local variable that is in sight.
 * (Those that the statement declares itself are not in sight yet; they are taken for the state.) */
static bool
is_of_state(const struct body *body, const struct ast_expression *target)
{
    for (;;) {
        if (target->kind == AST_EXPRESSION_PARENTHESES || target->kind == AST_EXPRESSION_UNWRAP)
            target = target->as.operand;
        else if (target->kind == AST_EXPRESSION_MEMBER)
            target = target->as.member.operand;
        else if (target->kind == AST_EXPRESSION_INDEX)
            target = target->as.index.operand;
        else
            break;
    }
    return target->kind != AST_EXPRESSION_NAME || locals_find(body, target->as.text) == NULL;
}

static bool
list_may_change(const struct body *body, const struct ast_statement_list *list)
{
    for (size_t index = 0; index < list->count; index++) {
        if (may_change_state(body, list->items[index]))
            return true;
    }
    return false;
}

static bool
switch_may_change(const struct body *body, const struct ast_statement *statement)
{
    for (size_t index = 0; index < statement->as.switch_.cases.count; index++) {
        if (list_may_change(body, &statement->as.switch_.cases.items[index].body))
            return true;
    }
    return expression_waits(statement->as.switch_.value);
}

static bool
try_may_change(const struct body *body, const struct ast_statement *statement)
{
    for (size_t index = 0; index < statement->as.try_.catches.count; index++) {
        if (may_change_state(body, statement->as.try_.catches.items[index].body))
            return true;
    }
    return may_change_state(body, statement->as.try_.body) || may_change_state(body, statement->as.try_.finally_body);
}

bool
may_change_state(const struct body *body, const struct ast_statement *statement)
{
    if (statement == NULL)
        return false;
    switch (statement->kind) {
    case AST_STATEMENT_BAD:
    case AST_STATEMENT_EMPTY:
    case AST_STATEMENT_BREAK:
    case AST_STATEMENT_CONTINUE:
    case AST_STATEMENT_COMPENSATE: /* it runs later */
    case AST_STATEMENT_MOCK: return false;
    case AST_STATEMENT_SELECT: return true;
    case AST_STATEMENT_BLOCK: return list_may_change(body, &statement->as.block.statements);
    case AST_STATEMENT_LOCAL: return expression_waits(statement->as.local.value);
    case AST_STATEMENT_ASSIGN:
        return is_of_state(body, statement->as.assign.target) || expression_waits(statement->as.assign.target) ||
               expression_waits(statement->as.assign.value);
    case AST_STATEMENT_INCREMENT: /* what is counted is no optional, and an optional's member is not given up */
    case AST_STATEMENT_DECREMENT:
    case AST_STATEMENT_EXPRESSION:
    case AST_STATEMENT_RETURN:
    case AST_STATEMENT_THROW:
    case AST_STATEMENT_CANCEL:
    case AST_STATEMENT_PUBLISH:
    case AST_STATEMENT_ASSERT: return expression_waits(statement->as.value);
    case AST_STATEMENT_IF:
        return expression_waits(statement->as.branch.condition) || may_change_state(body, statement->as.branch.then) ||
               may_change_state(body, statement->as.branch.otherwise);
    case AST_STATEMENT_WHILE:
    case AST_STATEMENT_DO:
        return expression_waits(statement->as.loop.condition) || may_change_state(body, statement->as.loop.body);
    case AST_STATEMENT_FOR:
        return may_change_state(body, statement->as.for_.initialise) ||
               expression_waits(statement->as.for_.condition) || may_change_state(body, statement->as.for_.step) ||
               may_change_state(body, statement->as.for_.body);
    case AST_STATEMENT_FOR_EACH:
        return expression_waits(statement->as.for_each.source) || expression_waits(statement->as.for_each.limit) ||
               may_change_state(body, statement->as.for_each.body);
    case AST_STATEMENT_SWITCH: return switch_may_change(body, statement);
    case AST_STATEMENT_TRY: return try_may_change(body, statement);
    }
    return true;
}
