/* Constructors of checked expressions: see node.h. */
#include "compiler/check/node.h"

struct expression *
node_new(struct checker *checker, enum expression_kind kind, const struct type *type, struct span span)
{
    struct expression *node = arena_new(checker->arena, struct expression);
    node->kind = kind;
    node->type = type;
    node->span = span;
    return node;
}

/* == and !=, also with null, which looks at nothing. */
static bool
comparison_throws(const struct expression *left, const struct expression *right)
{
    return left->kind != EXPRESSION_NULL && right->kind != EXPRESSION_NULL && type_comparison_throws(left->type);
}

/* Whether the operation of a BINARY itself can throw: all checked arithmetic, and what takes memory. */
static bool
binary_throws(const struct expression *node)
{
    switch (node->as.binary) {
    case BINARY_ADD:
    case BINARY_SUBTRACT:
    case BINARY_MULTIPLY:
    case BINARY_DIVIDE:
    case BINARY_MODULO: return node->type->kind != TYPE_DOUBLE;
    case BINARY_SHIFT_LEFT:
    case BINARY_SHIFT_RIGHT: return true;
    case BINARY_EQUAL:
    case BINARY_NOT_EQUAL: return comparison_throws(node->left, node->right);
    case BINARY_AND:
    case BINARY_OR:
    case BINARY_XOR:
    case BINARY_LESS:
    case BINARY_LESS_EQUAL:
    case BINARY_GREATER:
    case BINARY_GREATER_EQUAL: return false;
    }
    return true;
}

static bool
method_throws(enum built_in_method method)
{
    switch (method) {
    case METHOD_STRING_LENGTH:
    case METHOD_STRING_CONTAINS:
    case METHOD_STRING_STARTS_WITH:
    case METHOD_STRING_ENDS_WITH:
    case METHOD_STRING_FIND:
    case METHOD_STRING_TRIM:
    case METHOD_BYTES_LENGTH:
    case METHOD_ARRAY_LENGTH:
    case METHOD_MAP_LENGTH:
    case METHOD_MAP_HAS:
    case METHOD_DURATION_SECONDS:
    case METHOD_DURATION_MILLISECONDS:
    case METHOD_ENUM_NAME:
    case METHOD_ENUM_VALUE:
    case METHOD_ERROR_NAME:
    case METHOD_ERROR_MESSAGE: return false;
    case METHOD_STRING_SLICE:
    case METHOD_STRING_SPLIT:
    case METHOD_STRING_UPPER:
    case METHOD_STRING_LOWER:
    case METHOD_STRING_REPLACE:
    case METHOD_BYTES_SLICE:
    case METHOD_ARRAY_PUSH:
    case METHOD_ARRAY_POP:
    case METHOD_ARRAY_INSERT:
    case METHOD_ARRAY_REMOVE:
    case METHOD_ARRAY_CONTAINS:
    case METHOD_ARRAY_SLICE:
    case METHOD_ARRAY_SORT:
    case METHOD_ARRAY_REVERSE:
    case METHOD_ARRAY_JOIN:
    case METHOD_ARRAY_CLEAR:
    case METHOD_MAP_GET: /* a value in a box takes memory */
    case METHOD_MAP_REMOVE:
    case METHOD_MAP_KEYS:
    case METHOD_MAP_VALUES:
    case METHOD_MAP_CLEAR: return true;
    }
    return true;
}

static bool
method_mutates(enum built_in_method method)
{
    return method == METHOD_ARRAY_PUSH || method == METHOD_ARRAY_POP || method == METHOD_ARRAY_INSERT ||
           method == METHOD_ARRAY_REMOVE || method == METHOD_ARRAY_SORT || method == METHOD_ARRAY_REVERSE ||
           method == METHOD_ARRAY_CLEAR || method == METHOD_MAP_REMOVE || method == METHOD_MAP_CLEAR;
}

/* Whether evaluating the node itself, its parts left aside, can record an error. */
static bool
throws_itself(const struct expression *node)
{
    switch (node->kind) {
    case EXPRESSION_LITERAL:
    case EXPRESSION_ENUMERATOR:
    case EXPRESSION_NULL:
    case EXPRESSION_ZERO:
    case EXPRESSION_VARIABLE:
    case EXPRESSION_CONFIG:
    case EXPRESSION_MEMBER:
    case EXPRESSION_LOGICAL_AND:
    case EXPRESSION_LOGICAL_OR:
    case EXPRESSION_CONDITIONAL:
    case EXPRESSION_COALESCE:
    case EXPRESSION_NARROW:
    case EXPRESSION_OPTIONAL_CHAIN:
    case EXPRESSION_STRUCT:
    case EXPRESSION_UNION:
    case EXPRESSION_NOW:
    case EXPRESSION_KEY:
    case EXPRESSION_STATE:
    case EXPRESSION_INVOCATION_ID:
    case EXPRESSION_VARIANT:
    case EXPRESSION_INDEX_KNOWN: return false;
    case EXPRESSION_START:   /* what is sent takes memory */
    case EXPRESSION_PROMISE: /* so does what is noted */
    case EXPRESSION_RESOLVE: /* and the handle may be nil */
    case EXPRESSION_REJECT: return true;
    case EXPRESSION_SOME: /* a box takes memory */ return type_is_boxed_in_optional(node->operand->type);
    case EXPRESSION_ARRAY:
    case EXPRESSION_MAP: return node->argument_count > 0;
    case EXPRESSION_INDEX:
    case EXPRESSION_UNWRAP:
    case EXPRESSION_INTERPOLATE:
    case EXPRESSION_CALL:
    case EXPRESSION_AWAIT: return true;
    case EXPRESSION_UNARY:
        return node->as.unary == UNARY_NEGATE && node->type->kind != TYPE_DOUBLE && node->type->kind != TYPE_DECIMAL;
    case EXPRESSION_BINARY: return binary_throws(node);
    case EXPRESSION_CONVERT: return node->as.is_checked || node->type->kind == TYPE_STRING;
    case EXPRESSION_METHOD: return method_throws(node->as.method);
    }
    return true;
}

/* What must happen once, at its place, or be seen by nobody: a change of a variable, what leaves the routine, and what
 * a native function of the standard library does. */
static bool
has_effect_itself(const struct expression *node)
{
    return node->kind == EXPRESSION_START || node->kind == EXPRESSION_PROMISE || node->kind == EXPRESSION_RESOLVE ||
           node->kind == EXPRESSION_REJECT || (node->kind == EXPRESSION_CALL && node->as.call.function->has_effect) ||
           (node->kind == EXPRESSION_METHOD && method_mutates(node->as.method));
}

static void
take_flags(struct expression *node, const struct expression *part)
{
    if (part == NULL)
        return;
    node->has_await |= part->has_await;
    node->can_throw |= part->can_throw;
    node->has_effect |= part->has_effect;
}

struct expression *
node_finish(struct expression *node)
{
    node->has_await = node->kind == EXPRESSION_AWAIT;
    node->has_effect = node->has_await || has_effect_itself(node);
    node->can_throw = throws_itself(node);
    take_flags(node, node->operand);
    take_flags(node, node->left);
    take_flags(node, node->right);
    take_flags(node, node->condition);
    take_flags(node, node->index);
    if (node->kind == EXPRESSION_CALL)
        take_flags(node, node->as.call.key);
    if (node->kind == EXPRESSION_AWAIT)
        take_flags(node, node->as.await.within);
    for (size_t index = 0; index < node->argument_count; index++)
        take_flags(node, node->arguments[index]);
    return node;
}

struct expression *
node_poison(struct checker *checker, struct span span)
{
    return node_new(checker, EXPRESSION_ZERO, checker->poison, span);
}

struct expression *
node_boolean(struct checker *checker, bool value, struct span span)
{
    struct expression *node = node_new(checker, EXPRESSION_LITERAL, checker->bool_type, span);
    node->as.literal.boolean = value;
    return node;
}

struct expression *
node_integer(struct checker *checker, const struct type *type, int64_t value, struct span span)
{
    struct expression *node = node_new(checker, EXPRESSION_LITERAL, type, span);
    node->as.literal.integer = value;
    return node;
}

struct expression *
node_natural(struct checker *checker, const struct type *type, uint64_t value, struct span span)
{
    struct expression *node = node_new(checker, EXPRESSION_LITERAL, type, span);
    node->as.literal.natural = value;
    return node;
}

struct expression *
node_double(struct checker *checker, double value, struct span span)
{
    const struct type *type = type_scalar(&checker->types, TYPE_DOUBLE);
    struct expression *node = node_new(checker, EXPRESSION_LITERAL, type, span);
    node->as.literal.real = value;
    return node;
}

struct expression *
node_text(struct checker *checker, enum type_kind kind, struct text value, struct span span)
{
    struct expression *node = node_new(checker, EXPRESSION_LITERAL, type_scalar(&checker->types, kind), span);
    node->as.literal.text = value;
    return node;
}

struct expression *
node_zero(struct checker *checker, const struct type *type, struct span span)
{
    return node_new(checker, EXPRESSION_ZERO, type, span);
}

struct expression *
node_enumerator(struct checker *checker, const struct type *type, const struct enumerator *enumerator, struct span span)
{
    struct expression *node = node_new(checker, EXPRESSION_ENUMERATOR, type, span);
    node->as.enumerator = enumerator;
    return node;
}

struct expression *
node_variable(struct checker *checker, struct variable *variable, struct span span)
{
    struct expression *node = node_new(checker, EXPRESSION_VARIABLE, variable->type, span);
    node->as.variable = variable;
    return node;
}

struct expression *
node_operand(struct checker *checker, enum expression_kind kind, const struct type *type,
             const struct expression *operand, struct span span)
{
    struct expression *node = node_new(checker, kind, type, span);
    node->operand = operand;
    return node_finish(node);
}

struct expression *
node_convert(struct checker *checker, const struct type *type, const struct expression *operand, bool is_checked)
{
    struct expression *node = node_new(checker, EXPRESSION_CONVERT, type, operand->span);
    node->operand = operand;
    node->as.is_checked = is_checked;
    return node_finish(node);
}

struct expression *
node_binary(struct checker *checker, enum binary_operator operation, const struct type *type,
            const struct expression *left, const struct expression *right, struct span span)
{
    struct expression *node = node_new(checker, EXPRESSION_BINARY, type, span);
    node->as.binary = operation;
    node->left = left;
    node->right = right;
    return node_finish(node);
}

bool
node_is_constant(const struct expression *node)
{
    switch (node->kind) {
    case EXPRESSION_LITERAL:
    case EXPRESSION_ENUMERATOR:
    case EXPRESSION_NULL:
    case EXPRESSION_ZERO: return true;
    case EXPRESSION_SOME: return node_is_constant(node->operand);
    case EXPRESSION_UNION: return node->operand == NULL || node_is_constant(node->operand);
    case EXPRESSION_STRUCT:
    case EXPRESSION_ARRAY:
    case EXPRESSION_MAP:
        for (size_t index = 0; index < node->argument_count; index++) {
            if (!node_is_constant(node->arguments[index]))
                return false;
        }
        return true;
    case EXPRESSION_VARIABLE:
    case EXPRESSION_CONFIG:
    case EXPRESSION_MEMBER:
    case EXPRESSION_INDEX:
    case EXPRESSION_UNARY:
    case EXPRESSION_BINARY:
    case EXPRESSION_LOGICAL_AND:
    case EXPRESSION_LOGICAL_OR:
    case EXPRESSION_CONDITIONAL:
    case EXPRESSION_COALESCE:
    case EXPRESSION_UNWRAP:
    case EXPRESSION_NARROW:
    case EXPRESSION_OPTIONAL_CHAIN:
    case EXPRESSION_CONVERT:
    case EXPRESSION_INTERPOLATE:
    case EXPRESSION_CALL:
    case EXPRESSION_METHOD:
    case EXPRESSION_AWAIT:
    case EXPRESSION_NOW:
    case EXPRESSION_KEY:
    case EXPRESSION_PROMISE:
    case EXPRESSION_REJECT:
    case EXPRESSION_RESOLVE:
    case EXPRESSION_START:
    case EXPRESSION_STATE:
    case EXPRESSION_INVOCATION_ID:
    case EXPRESSION_VARIANT:
    case EXPRESSION_INDEX_KNOWN: return false;
    }
    return false;
}

const struct expression *
node_base(const struct expression *node)
{
    for (;;) {
        if (node->kind == EXPRESSION_VARIABLE || node->kind == EXPRESSION_STATE)
            return node;
        bool is_part = node->kind == EXPRESSION_MEMBER || node->kind == EXPRESSION_NARROW ||
                       node->kind == EXPRESSION_UNWRAP ||
                       (node->kind == EXPRESSION_INDEX && node->operand->type->kind != TYPE_BYTES);
        if (!is_part)
            return NULL;
        node = node->operand;
    }
}

struct variable *
node_root(const struct expression *node)
{
    const struct expression *base = node_base(node);
    return base != NULL && base->kind == EXPRESSION_VARIABLE ? base->as.variable : NULL;
}
