/* Expressions: the kinds, names, conditions. Literals with parts stand in literal.c, operators in operator.c, what
 * has a dot or brackets behind it in postfix.c, calls in call.c and await.c. See body.h. */
#include "compiler/check/constant.h"
#include "compiler/check/convert.h"
#include "compiler/check/evaluate.h"
#include "compiler/check/keyed.h"
#include "compiler/check/name.h"
#include "compiler/check/node.h"
#include "compiler/check/path.h"
#include "compiler/check/symbol.h"
#include "compiler/check/task.h"

/* ---- names ---- */

static const struct expression *
variable_value(struct body *body, struct variable *variable, struct span span)
{
    if (is_poison(variable->type))
        return node_poison(body->checker, span);
    body->locals.items[variable->index].read_count++;
    compensation_capture(body, variable);
    const struct expression *node = node_variable(body->checker, variable, span);
    if (variable->type->kind == TYPE_OPTIONAL && path_is_not_null(body, node))
        return node_operand(body->checker, EXPRESSION_NARROW, variable->type->element, node, span);
    return node;
}

static const struct expression *
config_value(struct body *body, const struct symbol *symbol, struct span span)
{
    const struct config *config = symbol->as.config;
    if (is_poison(config->type))
        return node_poison(body->checker, span);
    struct expression *node = node_new(body->checker, EXPRESSION_CONFIG, config->type, span);
    node->as.config = config;
    return node;
}

const struct expression *
check_symbol_value(struct body *body, struct symbol *symbol, struct span span)
{
    if (symbol->kind == SYMBOL_BROKEN)
        return node_poison(body->checker, span);
    if (symbol->kind == SYMBOL_CONST) {
        const struct expression *value = evaluate_constant(body->checker, symbol, span);
        struct expression *copy = arena_new(body->checker->arena, struct expression);
        *copy = *value;
        copy->span = span;
        return copy;
    }
    if (symbol->kind == SYMBOL_CONFIG)
        return config_value(body, symbol, span);
    if (symbol->kind == SYMBOL_STATE || symbol->kind == SYMBOL_KEY)
        return check_keyed_value(body, symbol, span);
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_NOT_A_VALUE, span, symbol->name,
                                              symbol_kind_text(symbol));
    if (symbol->kind == SYMBOL_FUNCTION)
        diagnostic_help(found, "call it: %t(…)", symbol->name);
    else if (symbol->kind == SYMBOL_ENUM)
        diagnostic_help(found, "name one of its enumerators: %t.…", symbol->name);
    else if (symbol->kind == SYMBOL_USE || symbol->kind == SYMBOL_SERVICE)
        diagnostic_help(found, "await one of its routines: await %t.…(…)", symbol->name);
    else if (symbol->kind == SYMBOL_INTERFACE)
        diagnostic_help(found, "name a dependency: use %t … in a service", symbol->name);
    else
        diagnostic_help(found, "make a value of it: %t{…}", symbol->name);
    return node_poison(body->checker, span);
}

const struct expression *
check_name(struct body *body, const struct ast_expression *expression)
{
    struct variable *variable = locals_find(body, expression->as.text);
    if (variable != NULL)
        return variable_value(body, variable, expression->span);
    struct ast_name name = { expression->as.text, expression->span };
    struct symbol *symbol = name_find(body, &name);
    if (symbol == NULL) {
        name_report_unknown(body, &name, "variable or constant");
        return node_poison(body->checker, expression->span);
    }
    return check_symbol_value(body, symbol, expression->span);
}

/* ---- literals without parts ---- */

static const struct expression *
check_integer(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    uint64_t value = expression->as.integer;
    if (value > INT64_MAX)
        return node_natural(checker, type_scalar(&checker->types, TYPE_UINT64), value, expression->span);
    return node_integer(checker, checker->int_type, (int64_t)value, expression->span);
}

static const struct expression *
check_null(struct body *body, const struct ast_expression *expression, const struct type *expected)
{
    struct checker *checker = body->checker;
    if (expected != NULL && expected->kind == TYPE_OPTIONAL)
        return node_new(checker, EXPRESSION_NULL, expected, expression->span);
    return node_new(checker, EXPRESSION_NULL, type_scalar(&checker->types, TYPE_NULL), expression->span);
}

/* ---- x!, c ? a : b ---- */

static const struct ast_expression *
without_parentheses(const struct ast_expression *expression)
{
    while (expression->kind == AST_EXPRESSION_PARENTHESES)
        expression = expression->as.operand;
    return expression;
}

static const struct expression *
check_unwrap(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct expression *operand = check_unnarrowed(body, expression->as.operand, NULL);
    if (is_poison(operand->type))
        return operand;
    if (operand->type->kind != TYPE_OPTIONAL) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_OPTIONAL, expression->span, "!", operand->type->name);
        diagnostic_fix(found, (struct span){ expression->span.end - 1, expression->span.end }, TEXT(""));
        return node_poison(checker, expression->span);
    }
    enum expression_kind kind = path_is_not_null(body, operand) ? EXPRESSION_NARROW : EXPRESSION_UNWRAP;
    if (!place_holds(body, expression))
        body->facts = path_narrow(body, body->facts, operand); /* it has thrown otherwise */
    return node_operand(checker, kind, operand->type->element, operand, expression->span);
}

static const struct expression *
check_conditional(struct body *body, const struct ast_expression *expression, const struct type *expected)
{
    struct checker *checker = body->checker;
    struct facts when_true, when_false;
    const struct expression *condition =
        check_condition(body, expression->as.conditional.condition, &when_true, &when_false);
    body->facts = when_true;
    const struct expression *left = check_value(body, expression->as.conditional.then, expected);
    struct facts after_true = body->facts;
    body->facts = when_false;
    const struct expression *right = check_value(body, expression->as.conditional.otherwise, expected);
    body->facts = facts_join(checker->arena, after_true, body->facts);

    const struct type *type = expected != NULL ? expected : convert_common(checker, left, right);
    if (type == NULL) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_TYPE_MISMATCH, expression->as.conditional.otherwise->span,
                           left->type->name, right->type->name);
        diagnostic_note(found, left->span, "the other value is of %t", left->type->name);
        diagnostic_help(found, "both values of '?:' have the same type");
        return node_poison(checker, expression->span);
    }
    left = convert(checker, left, type);
    right = convert(checker, right, type);
    if (is_poison(condition->type) || is_poison(left->type) || is_poison(right->type))
        return node_poison(checker, expression->span);
    if (condition->kind == EXPRESSION_LITERAL && node_is_constant(left) && node_is_constant(right))
        return condition->as.literal.boolean ? left : right;
    struct expression *node = node_new(checker, EXPRESSION_CONDITIONAL, type, expression->span);
    node->condition = condition;
    node->left = left;
    node->right = right;
    return node_finish(node);
}

/* ---- all kinds ---- */

static const struct expression *
check_by_kind(struct body *body, const struct ast_expression *expression, const struct type *expected)
{
    struct checker *checker = body->checker;
    struct span span = expression->span;
    switch (expression->kind) {
    case AST_EXPRESSION_BAD: return node_poison(checker, span);
    case AST_EXPRESSION_BOOLEAN: return node_boolean(checker, expression->as.boolean, span);
    case AST_EXPRESSION_NULL: return check_null(body, expression, expected);
    case AST_EXPRESSION_INTEGER: return check_integer(body, expression);
    case AST_EXPRESSION_DOUBLE: return node_double(checker, expression->as.real, span);
    case AST_EXPRESSION_DECIMAL: return node_text(checker, TYPE_DECIMAL, expression->as.text, span);
    case AST_EXPRESSION_DURATION:
        return node_integer(checker, type_scalar(&checker->types, TYPE_DURATION), expression->as.duration_ns, span);
    case AST_EXPRESSION_STRING: return node_text(checker, TYPE_STRING, expression->as.text, span);
    case AST_EXPRESSION_BYTES: return node_text(checker, TYPE_BYTES, expression->as.text, span);
    case AST_EXPRESSION_INTERPOLATION: return check_interpolation(body, expression);
    case AST_EXPRESSION_NAME: return check_name(body, expression);
    case AST_EXPRESSION_MEMBER:
    case AST_EXPRESSION_OPTIONAL_MEMBER:
    case AST_EXPRESSION_INDEX:
    case AST_EXPRESSION_CALL: return check_postfix(body, expression);
    case AST_EXPRESSION_TYPE_CALL: return check_type_call(body, expression);
    case AST_EXPRESSION_UNWRAP: return check_unwrap(body, expression);
    case AST_EXPRESSION_UNARY: return check_unary(body, expression);
    case AST_EXPRESSION_BINARY: return check_binary(body, expression, expected);
    case AST_EXPRESSION_CONDITIONAL: return check_conditional(body, expression, expected);
    case AST_EXPRESSION_AWAIT: return check_await(body, expression);
    case AST_EXPRESSION_START: return check_start(body, expression);
    case AST_EXPRESSION_LITERAL: return check_literal(body, expression);
    case AST_EXPRESSION_ARRAY: return check_array(body, expression, expected);
    case AST_EXPRESSION_MAP: return check_map(body, expression, expected);
    case AST_EXPRESSION_PARENTHESES: return check_expression(body, expression->as.operand, expected);
    }
    return node_poison(checker, span);
}

const struct expression *
check_expression(struct body *body, const struct ast_expression *expression, const struct type *expected)
{
    bool wanted_task = body->wants_task;
    if (expected != NULL)
        body->wants_task = expected->kind == TYPE_TASK;
    const struct expression *node = check_by_kind(body, expression, expected);
    body->wants_task = wanted_task;
    return node;
}

const struct expression *
check_value(struct body *body, const struct ast_expression *expression, const struct type *expected)
{
    const struct expression *value = check_expression(body, expression, expected);
    if (value->type->kind != TYPE_VOID)
        return value;
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_VOID_VALUE, expression->span);
    diagnostic_help(found, "let it stand as a statement of its own");
    return node_poison(body->checker, expression->span);
}

const struct expression *
check_converted(struct body *body, const struct ast_expression *expression, const struct type *type)
{
    return convert(body->checker, check_value(body, expression, type), type);
}

const struct expression *
check_unnarrowed(struct body *body, const struct ast_expression *expression, const struct type *expected)
{
    return path_without_narrowing(check_value(body, expression, expected));
}

/* ---- conditions ---- */

static bool
is_binary(const struct ast_expression *expression, enum ast_binary_operator wanted)
{
    if (expression->kind != AST_EXPRESSION_BINARY)
        return false;
    enum ast_binary_operator operation = expression->as.binary.operator;
    return operation == wanted;
}

static bool
is_not(const struct ast_expression *expression)
{
    if (expression->kind != AST_EXPRESSION_UNARY)
        return false;
    enum ast_unary_operator operation = expression->as.unary.operator;
    return operation == AST_NOT;
}

/* `x == null`, `x != null`: what follows for x. */
static void
narrow(struct body *body, const struct expression *node, struct facts *when_true, struct facts *when_false)
{
    if (node->kind != EXPRESSION_BINARY || node->right->kind != EXPRESSION_NULL)
        return;
    if (node->as.binary == BINARY_NOT_EQUAL)
        *when_true = path_narrow(body, *when_true, node->left);
    else if (node->as.binary == BINARY_EQUAL)
        *when_false = path_narrow(body, *when_false, node->left);
}

static const struct expression *
check_logical(struct body *body, const struct ast_expression *expression, struct facts *when_true,
              struct facts *when_false)
{
    struct checker *checker = body->checker;
    bool is_and = is_binary(expression, AST_LOGICAL_AND);
    struct facts left_true, left_false, right_true, right_false;
    const struct expression *left = check_condition(body, expression->as.binary.left, &left_true, &left_false);
    body->facts = is_and ? left_true : left_false;
    const struct expression *right = check_condition(body, expression->as.binary.right, &right_true, &right_false);
    if (is_and) {
        *when_true = right_true;
        *when_false = facts_join(checker->arena, left_false, right_false);
    } else {
        *when_true = facts_join(checker->arena, left_true, right_true);
        *when_false = right_false;
    }
    if (is_poison(left->type) || is_poison(right->type))
        return node_poison(checker, expression->span);
    if (left->kind == EXPRESSION_LITERAL && right->kind == EXPRESSION_LITERAL) {
        bool value = is_and ? left->as.literal.boolean && right->as.literal.boolean
                            : left->as.literal.boolean || right->as.literal.boolean;
        return node_boolean(checker, value, expression->span);
    }
    struct expression *node = node_new(checker, is_and ? EXPRESSION_LOGICAL_AND : EXPRESSION_LOGICAL_OR,
                                       checker->bool_type, expression->span);
    node->left = left;
    node->right = right;
    return node_finish(node);
}

static const struct expression *
check_not(struct body *body, const struct ast_expression *expression, struct facts *when_true, struct facts *when_false)
{
    struct checker *checker = body->checker;
    const struct expression *operand = check_condition(body, expression->as.unary.operand, when_false, when_true);
    if (is_poison(operand->type))
        return operand;
    const struct expression *literal = constant_unary(checker, UNARY_NOT, operand, expression->span);
    if (literal != NULL)
        return literal;
    struct expression *node = node_new(checker, EXPRESSION_UNARY, checker->bool_type, expression->span);
    node->as.unary = UNARY_NOT;
    node->operand = operand;
    return node_finish(node);
}

static const struct expression *
report_condition(struct body *body, const struct expression *node, struct span span)
{
    struct diagnostic *found =
        diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_CONDITION_TYPE, span, node->type->name);
    if (node->type->kind == TYPE_OPTIONAL)
        diagnostic_help(found, "compare it: … != null");
    else if (type_is_number(node->type))
        diagnostic_help(found, "compare it: … != 0");
    else
        diagnostic_help(found, "compare it with something");
    return node_poison(body->checker, span);
}

const struct expression *
check_condition(struct body *body, const struct ast_expression *expression, struct facts *when_true,
                struct facts *when_false)
{
    const struct ast_expression *inner = without_parentheses(expression);
    if (is_binary(inner, AST_LOGICAL_AND) || is_binary(inner, AST_LOGICAL_OR))
        return check_logical(body, inner, when_true, when_false);
    if (is_not(inner))
        return check_not(body, inner, when_true, when_false);
    const struct expression *node = check_value(body, inner, body->checker->bool_type);
    *when_true = *when_false = body->facts;
    if (is_poison(node->type))
        return node;
    if (node->type != body->checker->bool_type)
        return report_condition(body, node, expression->span);
    if (node->kind == EXPRESSION_LITERAL) {
        if (node->as.literal.boolean)
            *when_false = facts_unreachable(*when_false);
        else
            *when_true = facts_unreachable(*when_true);
    }
    narrow(body, node, when_true, when_false);
    return node;
}
