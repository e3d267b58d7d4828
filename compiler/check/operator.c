/* Operators: which types they take, and in which type they are computed. See body.h. */
#include "compiler/check/body.h"
#include "compiler/check/constant.h"
#include "compiler/check/convert.h"
#include "compiler/check/node.h"

const char *
operator_text(enum ast_binary_operator operation)
{
    static const char *const texts[] = {
        [AST_COALESCE] = "??",      [AST_LOGICAL_OR] = "||",  [AST_LOGICAL_AND] = "&&", [AST_EQUAL] = "==",
        [AST_NOT_EQUAL] = "!=",     [AST_LESS] = "<",         [AST_LESS_EQUAL] = "<=",  [AST_GREATER] = ">",
        [AST_GREATER_EQUAL] = ">=", [AST_BIT_OR] = "|",       [AST_BIT_XOR] = "^",      [AST_BIT_AND] = "&",
        [AST_SHIFT_LEFT] = "<<",    [AST_SHIFT_RIGHT] = ">>", [AST_ADD] = "+",          [AST_SUBTRACT] = "-",
        [AST_MULTIPLY] = "*",       [AST_DIVIDE] = "/",       [AST_MODULO] = "%",
    };
    return texts[operation];
}

enum binary_operator
binary_operator_of(enum ast_binary_operator operation)
{
    switch (operation) {
    case AST_EQUAL: return BINARY_EQUAL;
    case AST_NOT_EQUAL: return BINARY_NOT_EQUAL;
    case AST_LESS: return BINARY_LESS;
    case AST_LESS_EQUAL: return BINARY_LESS_EQUAL;
    case AST_GREATER: return BINARY_GREATER;
    case AST_GREATER_EQUAL: return BINARY_GREATER_EQUAL;
    case AST_BIT_OR: return BINARY_OR;
    case AST_BIT_XOR: return BINARY_XOR;
    case AST_BIT_AND: return BINARY_AND;
    case AST_SHIFT_LEFT: return BINARY_SHIFT_LEFT;
    case AST_SHIFT_RIGHT: return BINARY_SHIFT_RIGHT;
    case AST_ADD: return BINARY_ADD;
    case AST_SUBTRACT: return BINARY_SUBTRACT;
    case AST_MULTIPLY: return BINARY_MULTIPLY;
    case AST_DIVIDE: return BINARY_DIVIDE;
    case AST_MODULO: return BINARY_MODULO;
    case AST_COALESCE:
    case AST_LOGICAL_OR:
    case AST_LOGICAL_AND: break; /* no operators of BINARY: they have nodes of their own */
    }
    return BINARY_ADD;
}

/* A binary node, folded when both operands are known. */
static const struct expression *
make_binary(struct body *body, enum ast_binary_operator operation, const struct type *type,
            const struct expression *left, const struct expression *right, struct span span)
{
    if (is_poison(left->type) || is_poison(right->type))
        return node_poison(body->checker, span);
    enum binary_operator binary = binary_operator_of(operation);
    const struct expression *literal = constant_binary(body->checker, binary, type, left, right, span);
    return literal != NULL ? literal : node_binary(body->checker, binary, type, left, right, span);
}

/* ---- reports ---- */

static const struct expression *
report_operands(struct body *body, enum ast_binary_operator operation, const struct expression *left,
                const struct expression *right, struct span span)
{
    struct diagnostics *diagnostics = body->checker->diagnostics;
    const struct type *first = left->type;
    const struct type *second = right->type;
    if (type_is_integer(first) && type_is_integer(second)) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_MIXED_SIGNS, span, first->name, second->name);
        diagnostic_help(found, "convert one of them: %t(…)", first->name);
        return node_poison(body->checker, span);
    }
    if ((first->kind == TYPE_DECIMAL && second->kind == TYPE_DOUBLE) ||
        (first->kind == TYPE_DOUBLE && second->kind == TYPE_DECIMAL)) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_DECIMAL_AND_DOUBLE, span);
        const struct expression *real = first->kind == TYPE_DOUBLE ? left : right;
        if (real->kind == EXPRESSION_LITERAL)
            diagnostic_help(found, "a decimal literal ends with m: 1.5m");
        else
            diagnostic_help(found, "say which it is to be: decimal(…) or double(…)");
        return node_poison(body->checker, span);
    }
    struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_OPERAND_TYPES, span, operator_text(operation),
                                              first->name, second->name);
    if (operation == AST_ADD && (first->kind == TYPE_STRING || second->kind == TYPE_STRING))
        diagnostic_help(found, "put the value into the text: $\"… {value} …\"");
    else if (operation == AST_ADD && first->kind == TYPE_DURATION && second->kind == TYPE_TIME)
        diagnostic_help(found, "the time stands first: time + duration");
    else if (type_is_number(first) && type_is_number(second))
        diagnostic_help(found, "a conversion that may lose the value is written: %t(…)",
                        first->kind == TYPE_DOUBLE ? first->name : second->name);
    else if (first->kind == TYPE_BOOL && (operation == AST_BIT_AND || operation == AST_BIT_OR))
        diagnostic_help(found, "for bool there are && and ||");
    else
        diagnostic_help(found, "convert one of them, or compute it in another way");
    return node_poison(body->checker, span);
}

/* Reports an operand that may be null where its value is needed. */
static bool
is_null_operand(struct body *body, const struct expression *operand)
{
    if (operand->type->kind == TYPE_OPTIONAL) {
        convert_report_null(body->checker, operand, operand->type->element);
        return true;
    }
    if (operand->type->kind == TYPE_NULL) {
        struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_CANNOT_INFER, operand->span);
        diagnostic_help(found, "null is compared with == and !=, and stored in optionals; it is no operand");
        return true;
    }
    return false;
}

/* ---- arithmetic ---- */

/* `int * duration` as `duration * int`: the same, when at most one of the two can be noticed. */
static const struct expression *
swap_operands(struct body *body, const struct expression *left, const struct expression *right, struct span span)
{
    bool both_throw = left->can_throw && right->can_throw;
    bool effects_meet =
        (left->has_effect && !node_is_constant(right)) || (right->has_effect && !node_is_constant(left));
    if (both_throw || effects_meet) {
        struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_ORDER_OF_OPERANDS, span);
        diagnostic_help(found, "write the duration first");
        return node_poison(body->checker, span);
    }
    const struct expression *factor = convert(body->checker, left, body->checker->int_type);
    return make_binary(body, AST_MULTIPLY, right->type, right, factor, span);
}

/* Operations with a time or a duration; NULL if it is none that there is. */
static const struct expression *
check_times(struct body *body, enum ast_binary_operator operation, const struct expression *left,
            const struct expression *right, struct span span)
{
    const struct type *duration = type_scalar(&body->checker->types, TYPE_DURATION);
    enum type_kind first = left->type->kind;
    enum type_kind second = right->type->kind;
    bool adds = operation == AST_ADD || operation == AST_SUBTRACT;
    if (adds && second == TYPE_DURATION && (first == TYPE_TIME || first == TYPE_DURATION))
        return make_binary(body, operation, left->type, left, right, span);
    if (operation == AST_SUBTRACT && first == TYPE_TIME && second == TYPE_TIME)
        return make_binary(body, operation, duration, left, right, span);
    if (first == TYPE_DURATION && type_is_integer(right->type) &&
        (operation == AST_MULTIPLY || operation == AST_DIVIDE))
        return make_binary(body, operation, duration, left, convert(body->checker, right, body->checker->int_type),
                           span);
    if (operation == AST_MULTIPLY && type_is_integer(left->type) && second == TYPE_DURATION)
        return swap_operands(body, left, right, span);
    return NULL;
}

static const struct expression *
check_shift(struct body *body, enum ast_binary_operator operation, const struct expression *left,
            const struct expression *right, struct span span)
{
    if (!type_is_integer(left->type) || !type_is_integer(right->type))
        return report_operands(body, operation, left, right, span);
    return make_binary(body, operation, left->type, left, convert(body->checker, right, body->checker->int_type), span);
}

static const struct expression *
check_numbers(struct body *body, enum ast_binary_operator operation, const struct expression *left,
              const struct expression *right, struct span span, bool in_type)
{
    const struct type *type = in_type ? left->type : convert_common(body->checker, left, right);
    bool is_bitwise = operation == AST_BIT_AND || operation == AST_BIT_OR || operation == AST_BIT_XOR;
    if (type == NULL || (is_bitwise && !type_is_integer(type)))
        return report_operands(body, operation, left, right, span);
    return make_binary(body, operation, type, convert(body->checker, left, type), convert(body->checker, right, type),
                       span);
}

const struct expression *
check_arithmetic(struct body *body, enum ast_binary_operator operation, const struct expression *left,
                 const struct expression *right, struct span span, bool in_type)
{
    if (is_poison(left->type) || is_poison(right->type) || is_null_operand(body, left) || is_null_operand(body, right))
        return node_poison(body->checker, span);
    if (operation == AST_SHIFT_LEFT || operation == AST_SHIFT_RIGHT)
        return check_shift(body, operation, left, right, span);
    if (type_is_number(left->type) && type_is_number(right->type))
        return check_numbers(body, operation, left, right, span, in_type);
    const struct expression *node = check_times(body, operation, left, right, span);
    if (node != NULL && in_type && node->type != left->type && !is_poison(node->type))
        node = NULL;
    if (node != NULL)
        return node;
    bool joins = left->type->kind == TYPE_STRING || left->type->kind == TYPE_BYTES || left->type->kind == TYPE_ARRAY;
    if (operation == AST_ADD && joins && left->type == right->type)
        return make_binary(body, operation, left->type, left, right, span);
    return report_operands(body, operation, left, right, span);
}

/* ---- comparison ---- */

static bool
is_null(const struct ast_expression *expression)
{
    return expression->kind == AST_EXPRESSION_NULL;
}

/* `x == null`; the null stands on either side. */
static const struct expression *
check_null_comparison(struct body *body, const struct ast_expression *expression, const struct ast_expression *other)
{
    struct checker *checker = body->checker;
    const struct expression *value = check_unnarrowed(body, other, NULL);
    if (is_poison(value->type))
        return value;
    if (value->type->kind != TYPE_OPTIONAL) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_OPTIONAL, expression->span,
                                                  operator_text(expression->as.binary.operator), value->type->name);
        diagnostic_help(found, "this comparison is not needed");
        return node_poison(checker, expression->span);
    }
    const struct expression *null = node_new(checker, EXPRESSION_NULL, value->type, expression->span);
    return node_binary(checker, binary_operator_of(expression->as.binary.operator), checker->bool_type, value, null,
                       expression->span);
}

static const struct expression *
check_comparison(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    enum ast_binary_operator operation = expression->as.binary.operator;
    bool is_equality = operation == AST_EQUAL || operation == AST_NOT_EQUAL;
    if (is_equality && is_null(expression->as.binary.right))
        return check_null_comparison(body, expression, expression->as.binary.left);
    if (is_equality && is_null(expression->as.binary.left))
        return check_null_comparison(body, expression, expression->as.binary.right);
    const struct expression *left = check_value(body, expression->as.binary.left, NULL);
    const struct type *hint = constant_is_number(left) || is_poison(left->type) ? NULL : left->type;
    const struct expression *right = check_value(body, expression->as.binary.right, hint);
    if (is_poison(left->type) || is_poison(right->type))
        return node_poison(checker, expression->span);
    if (!is_equality && (is_null_operand(body, left) || is_null_operand(body, right)))
        return node_poison(checker, expression->span);
    const struct type *type = convert_common(checker, left, right);
    if (type == NULL || type->kind == TYPE_ANY_ERROR)
        return report_operands(body, operation, left, right, expression->span);
    if (!is_equality && !type_is_ordered(type)) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_ORDERED, expression->span, type->name);
        diagnostic_help(found, "compare something of it that has an order, a number for instance");
        return node_poison(checker, expression->span);
    }
    left = convert(checker, left, type);
    right = convert(checker, right, type);
    const struct expression *literal = NULL;
    if (left->kind == EXPRESSION_LITERAL && right->kind == EXPRESSION_LITERAL)
        literal =
            constant_binary(checker, binary_operator_of(operation), checker->bool_type, left, right, expression->span);
    if (literal != NULL)
        return literal;
    return node_binary(checker, binary_operator_of(operation), checker->bool_type, left, right, expression->span);
}

/* ---- x ?? fallback ---- */

static const struct expression *
check_coalesce(struct body *body, const struct ast_expression *expression, const struct type *expected)
{
    struct checker *checker = body->checker;
    const struct expression *left = check_unnarrowed(body, expression->as.binary.left, NULL);
    struct facts before = body->facts;
    const struct type *hint = left->type->kind == TYPE_OPTIONAL ? left->type->element : expected;
    if (is_null(expression->as.binary.right))
        hint = left->type;
    const struct expression *right = check_value(body, expression->as.binary.right, hint);
    body->facts = facts_join(checker->arena, before, body->facts);
    if (is_poison(left->type) || is_poison(right->type))
        return node_poison(checker, expression->span);
    if (left->type->kind != TYPE_OPTIONAL) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_OPTIONAL, left->span, "??", left->type->name);
        diagnostic_help(found, "leave out the fallback: the value is always there");
        return node_poison(checker, expression->span);
    }
    const struct type *type = right->type->kind == TYPE_OPTIONAL ? left->type : left->type->element;
    right = convert(checker, right, type);
    if (is_poison(right->type))
        return right;
    struct expression *node = node_new(checker, EXPRESSION_COALESCE, type, expression->span);
    node->left = left;
    node->right = right;
    return node_finish(node);
}

const struct expression *
check_binary(struct body *body, const struct ast_expression *expression, const struct type *expected)
{
    switch (expression->as.binary.operator) {
    case AST_LOGICAL_AND:
    case AST_LOGICAL_OR: {
        struct facts when_true, when_false;
        const struct expression *node = check_condition(body, expression, &when_true, &when_false);
        body->facts = facts_join(body->checker->arena, when_true, when_false);
        return node;
    }
    case AST_COALESCE: return check_coalesce(body, expression, expected);
    case AST_EQUAL:
    case AST_NOT_EQUAL:
    case AST_LESS:
    case AST_LESS_EQUAL:
    case AST_GREATER:
    case AST_GREATER_EQUAL: return check_comparison(body, expression);
    case AST_BIT_OR:
    case AST_BIT_XOR:
    case AST_BIT_AND:
    case AST_SHIFT_LEFT:
    case AST_SHIFT_RIGHT:
    case AST_ADD:
    case AST_SUBTRACT:
    case AST_MULTIPLY:
    case AST_DIVIDE:
    case AST_MODULO: {
        const struct expression *left = check_value(body, expression->as.binary.left, NULL);
        const struct type *hint = left->type->kind == TYPE_ARRAY ? left->type : NULL;
        const struct expression *right = check_value(body, expression->as.binary.right, hint);
        return check_arithmetic(body, expression->as.binary.operator, left, right, expression->span, false);
    }
    }
    return node_poison(body->checker, expression->span);
}

/* ---- -x, ~x, !x ---- */

static const struct expression *
report_unary(struct body *body, const struct ast_expression *expression, const struct expression *operand)
{
    enum ast_unary_operator operation = expression->as.unary.operator;
    bool is_negation = operation == AST_NEGATE;
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_OPERAND_TYPE, expression->span,
                                              is_negation ? "-" : "~", operand->type->name);
    if (is_negation && type_is_integer(operand->type))
        diagnostic_help(found, "an unsigned value has no negative: convert it first, int(…)");
    else
        diagnostic_help(found, is_negation ? "it takes a signed number, a decimal, a double or a duration"
                                           : "it takes an integer");
    return node_poison(body->checker, expression->span);
}

const struct expression *
check_unary(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    enum ast_unary_operator operation = expression->as.unary.operator;
    if (operation == AST_NOT) {
        struct facts when_true, when_false;
        const struct expression *node = check_condition(body, expression, &when_true, &when_false);
        body->facts = facts_join(checker->arena, when_true, when_false);
        return node;
    }
    const struct ast_expression *inner = expression->as.unary.operand;
    bool is_negation = operation == AST_NEGATE;
    if (is_negation && inner->kind == AST_EXPRESSION_INTEGER && inner->as.integer == (uint64_t)1 << 63)
        return node_integer(checker, checker->int_type, INT64_MIN, expression->span);
    const struct expression *operand = check_value(body, inner, NULL);
    if (is_poison(operand->type) || is_null_operand(body, operand))
        return node_poison(checker, expression->span);
    const struct type *type = operand->type;
    bool fits = is_negation ? type_is_signed_integer(type) || type->kind == TYPE_DOUBLE || type->kind == TYPE_DECIMAL ||
                                  type->kind == TYPE_DURATION
                            : type_is_integer(type);
    if (!fits)
        return report_unary(body, expression, operand);
    enum unary_operator unary = is_negation ? UNARY_NEGATE : UNARY_COMPLEMENT;
    const struct expression *literal = constant_unary(checker, unary, operand, expression->span);
    if (literal != NULL)
        return literal;
    struct expression *node = node_new(checker, EXPRESSION_UNARY, type, expression->span);
    node->as.unary = unary;
    node->operand = operand;
    return node_finish(node);
}
