/* Throws: what errors an expression can record. See throws.h. */
#include "compiler/lower/throws.h"

#include "compiler/lower/tree.h"

/* Nodes that are looked at before the answer is the worst: what is asked again and again of a growing tree stays cheap,
 * since that answer puts it into a temporary. */
#define NODES_MAX 64

static struct throws
nothing(void)
{
    return (struct throws){ .kind = THROWS_NOTHING };
}

static struct throws
only(enum throws_kind kind)
{
    return (struct throws){ .kind = kind };
}

static bool
is_concatenated(const struct type *type)
{
    return type->kind == TYPE_STRING || type->kind == TYPE_BYTES || type->kind == TYPE_ARRAY;
}

static struct throws
throws_of_binary(const struct expression *expression)
{
    switch (expression->as.binary) {
    case BINARY_ADD:
    case BINARY_SUBTRACT:
    case BINARY_MULTIPLY:
        if (expression->type->kind == TYPE_DOUBLE)
            return nothing();
        if (is_concatenated(expression->type))
            return only(THROWS_MEMORY);
        return (struct throws){ THROWS_ONE, expression->as.binary, expression->type };
    case BINARY_DIVIDE:
    case BINARY_MODULO: return expression->type->kind == TYPE_DOUBLE ? nothing() : only(THROWS_ANY);
    case BINARY_SHIFT_LEFT:
    case BINARY_SHIFT_RIGHT: return only(THROWS_ANY);
    case BINARY_EQUAL:
    case BINARY_NOT_EQUAL:
        if (expression->left->kind == EXPRESSION_NULL || expression->right->kind == EXPRESSION_NULL)
            return nothing();
        return type_comparison_throws(expression->left->type) ? only(THROWS_ANY) : nothing();
    case BINARY_AND:
    case BINARY_OR:
    case BINARY_XOR:
    case BINARY_LESS:
    case BINARY_LESS_EQUAL:
    case BINARY_GREATER:
    case BINARY_GREATER_EQUAL: return nothing();
    }
    return only(THROWS_ANY);
}

static bool
method_takes_memory_only(enum built_in_method method)
{
    return method == METHOD_STRING_UPPER || method == METHOD_STRING_LOWER || method == METHOD_MAP_GET ||
           method == METHOD_MAP_KEYS || method == METHOD_MAP_VALUES || method == METHOD_ARRAY_JOIN;
}

/* What the operation itself throws. */
static struct throws
throws_of_operation(const struct expression *expression)
{
    switch (expression->kind) {
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
    case EXPRESSION_INDEX_KNOWN: return nothing();
    case EXPRESSION_SOME: return type_is_boxed_in_optional(expression->operand->type) ? only(THROWS_MEMORY) : nothing();
    case EXPRESSION_ARRAY:
    case EXPRESSION_MAP: return expression->argument_count > 0 ? only(THROWS_MEMORY) : nothing();
    case EXPRESSION_INTERPOLATE: return only(THROWS_MEMORY);
    case EXPRESSION_CONVERT:
        if (expression->as.is_checked)
            return only(THROWS_ANY);
        if (expression->type->kind == TYPE_ANY_ERROR && expression->operand->type->kind == TYPE_ERROR &&
            !expression->operand->type->declaration.structure->is_built_in)
            return only(THROWS_MEMORY);
        return expression->type->kind == TYPE_STRING ? only(THROWS_MEMORY) : nothing();
    case EXPRESSION_BINARY: return throws_of_binary(expression);
    case EXPRESSION_UNARY:
        if (expression->as.unary != UNARY_NEGATE || expression->type->kind == TYPE_DOUBLE ||
            expression->type->kind == TYPE_DECIMAL)
            return nothing();
        return only(THROWS_ANY);
    case EXPRESSION_METHOD:
        return method_takes_memory_only(expression->as.method) ? only(THROWS_MEMORY) : only(THROWS_ANY);
    case EXPRESSION_INDEX:
    case EXPRESSION_UNWRAP: return only(THROWS_ANY);
    case EXPRESSION_START: /* what is sent takes memory, a handle may be nil */
    case EXPRESSION_PROMISE:
    case EXPRESSION_RESOLVE:
    case EXPRESSION_REJECT: return only(THROWS_ANY);
    case EXPRESSION_CALL:
    case EXPRESSION_AWAIT: return only(THROWS_CALL);
    }
    return only(THROWS_ANY);
}

bool
throws_itself(const struct expression *expression)
{
    return throws_of_operation(expression).kind != THROWS_NOTHING;
}

struct throws
throws_join(struct throws left, struct throws right)
{
    if (left.kind == THROWS_ONE && right.kind == THROWS_ONE &&
        (left.operation != right.operation || left.type != right.type))
        return only(THROWS_ANY);
    if (left.kind == THROWS_MEMORY && right.kind == THROWS_ONE)
        return right;
    return left.kind >= right.kind ? left : right;
}

bool
throws_are_ordered(struct throws left, struct throws right)
{
    if (left.kind == THROWS_NOTHING || right.kind == THROWS_NOTHING)
        return false;
    enum throws_kind joined = throws_join(left, right).kind;
    if (joined == THROWS_CALL)
        return true;
    return left.kind != THROWS_MEMORY && right.kind != THROWS_MEMORY && joined == THROWS_ANY;
}

/* ---- whole trees ---- */

struct walk {
    struct throws found;
    size_t nodes_left;
};

static void
visit(void *context, const struct expression *expression)
{
    struct walk *walk = context;
    if (!expression->can_throw || walk->found.kind == THROWS_CALL)
        return;
    if (walk->nodes_left == 0) {
        walk->found = only(THROWS_CALL);
        return;
    }
    walk->nodes_left--;
    walk->found = throws_join(walk->found, throws_of_operation(expression));
    tree_visit_operands(expression, visit, walk);
}

struct throws
throws_of(const struct expression *expression)
{
    struct walk walk = { .found = nothing(), .nodes_left = NODES_MAX };
    visit(&walk, expression);
    return walk.found;
}
