/* Trees: constructors of checked expressions, and questions about them. See tree.h. */
#include "compiler/lower/tree.h"

#include "compiler/lower/throws.h"

/* Nodes that a question about a tree looks at. */
#define SEARCH_NODES_MAX 64

/* ---- constructors ---- */

static struct expression *
new_tree(struct arena *arena, enum expression_kind kind, const struct type *type, struct span span)
{
    struct expression *tree = arena_new(arena, struct expression);
    tree->kind = kind;
    tree->type = type;
    tree->span = span;
    return tree;
}

const struct expression *
tree_variable(struct arena *arena, struct variable *variable, struct span span)
{
    struct expression *tree = new_tree(arena, EXPRESSION_VARIABLE, variable->type, span);
    tree->as.variable = variable;
    return tree;
}

const struct expression *
tree_integer(struct arena *arena, const struct type *type, int64_t value, struct span span)
{
    struct expression *tree = new_tree(arena, EXPRESSION_LITERAL, type, span);
    tree->as.literal.integer = value;
    tree->as.literal.natural = (uint64_t)value;
    return tree;
}

const struct expression *
tree_boolean(struct arena *arena, const struct type *type, bool value, struct span span)
{
    struct expression *tree = new_tree(arena, EXPRESSION_LITERAL, type, span);
    tree->as.literal.boolean = value;
    return tree;
}

const struct expression *
tree_zero(struct arena *arena, const struct type *type, struct span span)
{
    return new_tree(arena, EXPRESSION_ZERO, type, span);
}

const struct expression *
tree_null(struct arena *arena, const struct type *type, struct span span)
{
    return new_tree(arena, EXPRESSION_NULL, type, span);
}

const struct expression *
tree_binary(struct arena *arena, const struct type *type, enum binary_operator operator, const struct expression * left,
            const struct expression *right, struct span span)
{
    struct expression *tree = new_tree(arena, EXPRESSION_BINARY, type, span);
    tree->as.binary = operator;
    tree->left = left;
    tree->right = right;
    tree->can_throw = left->can_throw || right->can_throw || throws_itself(tree);
    return tree;
}

const struct expression *
tree_increment(struct arena *arena, const struct expression *left, struct span span)
{
    struct expression *tree = new_tree(arena, EXPRESSION_BINARY, left->type, span);
    tree->as.binary = BINARY_ADD;
    tree->left = left;
    tree->right = tree_integer(arena, left->type, 1, span);
    return tree;
}

const struct expression *
tree_method(struct arena *arena, const struct type *type, enum built_in_method method, const struct expression *operand,
            struct span span)
{
    struct expression *tree = new_tree(arena, EXPRESSION_METHOD, type, span);
    tree->as.method = method;
    tree->operand = operand;
    tree->can_throw = operand->can_throw || method == METHOD_MAP_KEYS || method == METHOD_MAP_VALUES;
    return tree;
}

const struct expression *
tree_wrap(struct arena *arena, enum expression_kind kind, const struct type *type, const struct expression *operand)
{
    struct expression *tree = new_tree(arena, kind, type, operand->span);
    tree->operand = operand;
    tree->can_throw = operand->can_throw || throws_itself(tree);
    return tree;
}

const struct expression *
tree_variant(struct arena *arena, const struct type *type, size_t variant, const struct expression *operand,
             struct span span)
{
    struct expression *tree = new_tree(arena, EXPRESSION_VARIANT, type, span);
    tree->as.variant = variant;
    tree->operand = operand;
    tree->can_throw = operand->can_throw;
    return tree;
}

const struct expression *
tree_index_known(struct arena *arena, const struct type *type, const struct expression *operand,
                 const struct expression *index, struct span span)
{
    struct expression *tree = new_tree(arena, EXPRESSION_INDEX_KNOWN, type, span);
    tree->operand = operand;
    tree->index = index;
    tree->can_throw = operand->can_throw || index->can_throw;
    return tree;
}

const struct expression *
tree_index(struct arena *arena, const struct type *type, const struct expression *operand,
           const struct expression *index, struct span span)
{
    struct expression *tree = new_tree(arena, EXPRESSION_INDEX, type, span);
    tree->operand = operand;
    tree->index = index;
    tree->can_throw = true;
    return tree;
}

const struct expression *
tree_conditional(struct arena *arena, const struct type *type, const struct expression *condition,
                 const struct expression *left, const struct expression *right, struct span span)
{
    struct expression *tree = new_tree(arena, EXPRESSION_CONDITIONAL, type, span);
    tree->condition = condition;
    tree->left = left;
    tree->right = right;
    tree->can_throw = condition->can_throw || left->can_throw || right->can_throw;
    return tree;
}

/* ---- operands ---- */

void
tree_visit_operands(const struct expression *expression, tree_visitor visit, void *context)
{
    if (expression->condition != NULL)
        visit(context, expression->condition);
    if (expression->kind == EXPRESSION_CALL && expression->as.call.key != NULL)
        visit(context, expression->as.call.key);
    if (expression->operand != NULL)
        visit(context, expression->operand);
    if (expression->left != NULL)
        visit(context, expression->left);
    if (expression->right != NULL)
        visit(context, expression->right);
    if (expression->index != NULL)
        visit(context, expression->index);
    for (size_t index = 0; index < expression->argument_count; index++)
        visit(context, expression->arguments[index]);
    if (expression->kind == EXPRESSION_AWAIT && expression->as.await.within != NULL)
        visit(context, expression->as.await.within);
}

struct search {
    bool (*matches)(const struct expression *expression);
    size_t nodes_left; /* 0: found, as far as anyone will look */
    bool is_found;
};

static void
search_visit(void *context, const struct expression *expression)
{
    struct search *search = context;
    if (search->is_found)
        return;
    search->is_found = search->nodes_left == 0 || search->matches(expression);
    if (search->is_found)
        return;
    search->nodes_left--;
    tree_visit_operands(expression, search_visit, search);
}

/* Is there a node in the tree that matches? Yes for a tree that is too large to be searched again and again: the
 * answer makes it a temporary. */
static bool
tree_any(const struct expression *expression, bool (*matches)(const struct expression *))
{
    struct search search = { .matches = matches, .nodes_left = SEARCH_NODES_MAX };
    search_visit(&search, expression);
    return search.is_found;
}

/* ---- flags ---- */

static void
visit_can_throw(void *context, const struct expression *operand)
{
    bool *can_throw = context;
    *can_throw = *can_throw || operand->can_throw;
}

void
tree_set_flags(struct expression *tree, const struct expression *was)
{
    bool operand_can_throw = false;
    tree_visit_operands(tree, visit_can_throw, &operand_can_throw);
    tree->has_await = false;
    tree->has_effect = false;
    tree->can_throw = was->can_throw && (operand_can_throw || throws_itself(tree));
}

/* ---- questions ---- */

bool
tree_is_constant(const struct expression *expression)
{
    if (expression->kind == EXPRESSION_SOME && !expression->can_throw)
        return tree_is_constant(expression->operand);
    return expression->kind == EXPRESSION_LITERAL || expression->kind == EXPRESSION_ENUMERATOR ||
           expression->kind == EXPRESSION_NULL || expression->kind == EXPRESSION_ZERO ||
           expression->kind == EXPRESSION_KEY;
}

bool
tree_is_plain(const struct expression *expression)
{
    while (expression->kind == EXPRESSION_MEMBER || expression->kind == EXPRESSION_NARROW ||
           expression->kind == EXPRESSION_VARIANT)
        expression = expression->operand;
    return expression->kind == EXPRESSION_VARIABLE;
}

/* (A pure function reads no state: it has no instance.) */
static bool
reads_mutated(const struct expression *expression)
{
    return expression->kind == EXPRESSION_STATE ||
           (expression->kind == EXPRESSION_VARIABLE && expression->as.variable->is_mutated);
}

bool
tree_reads_mutated(const struct expression *expression)
{
    return tree_any(expression, reads_mutated);
}

static bool
is_mutation(const struct expression *expression)
{
    return expression->kind == EXPRESSION_METHOD && tree_method_mutates(expression->as.method);
}

bool
tree_is_effect(const struct expression *expression)
{
    return is_mutation(expression) || expression->kind == EXPRESSION_START || expression->kind == EXPRESSION_PROMISE ||
           expression->kind == EXPRESSION_RESOLVE || expression->kind == EXPRESSION_REJECT ||
           (expression->kind == EXPRESSION_CALL && expression->as.call.function->has_effect);
}

bool
tree_mutates(const struct expression *expression)
{
    return expression->has_effect && (!expression->has_await || tree_any(expression, tree_is_effect));
}

static bool
is_call(const struct expression *expression)
{
    return expression->kind == EXPRESSION_CALL;
}

bool
tree_has_call(const struct expression *expression)
{
    return tree_any(expression, is_call);
}

/* Several values share the box of a boxed optional. */
static bool
is_boxed(const struct type *type)
{
    return type->kind == TYPE_OPTIONAL && type_is_boxed_in_optional(type->element);
}

static bool
opens_box(const struct expression *expression)
{
    return expression->kind == EXPRESSION_UNWRAP && is_boxed(expression->operand->type);
}

bool
tree_opens_box(const struct expression *expression)
{
    return expression->can_throw && tree_any(expression, opens_box);
}

static bool
reads_box(const struct expression *expression)
{
    return expression->kind == EXPRESSION_NARROW && is_boxed(expression->operand->type);
}

bool
tree_reads_box(const struct expression *expression)
{
    return tree_any(expression, reads_box);
}

bool
tree_lvalue_can_throw(const struct expression *lvalue)
{
    for (; lvalue != NULL && !tree_is_lvalue_root(lvalue); lvalue = lvalue->operand) {
        if (lvalue->kind == EXPRESSION_INDEX || lvalue->kind == EXPRESSION_UNWRAP)
            return true;
    }
    return false;
}

bool
tree_method_mutates(enum built_in_method method)
{
    return method == METHOD_ARRAY_PUSH || method == METHOD_ARRAY_POP || method == METHOD_ARRAY_INSERT ||
           method == METHOD_ARRAY_REMOVE || method == METHOD_ARRAY_SORT || method == METHOD_ARRAY_REVERSE ||
           method == METHOD_ARRAY_CLEAR || method == METHOD_MAP_REMOVE || method == METHOD_MAP_CLEAR;
}

struct variable *
expression_root(const struct expression *expression)
{
    while (expression->kind == EXPRESSION_MEMBER || expression->kind == EXPRESSION_INDEX ||
           expression->kind == EXPRESSION_NARROW || expression->kind == EXPRESSION_UNWRAP ||
           expression->kind == EXPRESSION_VARIANT || expression->kind == EXPRESSION_INDEX_KNOWN)
        expression = expression->operand;
    return expression->kind == EXPRESSION_VARIABLE ? expression->as.variable : NULL;
}

bool
tree_lvalue_is_boxed(const struct expression *lvalue)
{
    for (; lvalue != NULL && !tree_is_lvalue_root(lvalue); lvalue = lvalue->operand) {
        if ((lvalue->kind == EXPRESSION_NARROW || lvalue->kind == EXPRESSION_UNWRAP) && is_boxed(lvalue->operand->type))
            return true;
    }
    return false;
}

bool
expression_is_new_value(const struct expression *expression)
{
    if (!expression->type->holds_blocks)
        return true;
    switch (expression->kind) {
    case EXPRESSION_VARIABLE: return expression->as.variable->is_single_use;
    case EXPRESSION_MEMBER:
    case EXPRESSION_VARIANT: return expression_is_new_value(expression->operand);
    case EXPRESSION_NARROW:
    case EXPRESSION_UNWRAP: return !is_boxed(expression->operand->type) && expression_is_new_value(expression->operand);
    case EXPRESSION_CONDITIONAL:
        return expression_is_new_value(expression->left) && expression_is_new_value(expression->right);
    case EXPRESSION_CONFIG:
    case EXPRESSION_STATE:
    case EXPRESSION_INDEX: /* an element of a shared array is not marked by itself */
    case EXPRESSION_INDEX_KNOWN:
    case EXPRESSION_COALESCE:
    case EXPRESSION_OPTIONAL_CHAIN: return false;
    case EXPRESSION_METHOD: return expression->as.method != METHOD_MAP_GET;
    case EXPRESSION_CONVERT: return expression_is_new_value(expression->operand);
    case EXPRESSION_LITERAL:
    case EXPRESSION_ENUMERATOR:
    case EXPRESSION_NULL:
    case EXPRESSION_ZERO:
    case EXPRESSION_UNARY:
    case EXPRESSION_BINARY:
    case EXPRESSION_LOGICAL_AND:
    case EXPRESSION_LOGICAL_OR:
    case EXPRESSION_SOME:
    case EXPRESSION_INTERPOLATE:
    case EXPRESSION_STRUCT:
    case EXPRESSION_UNION:
    case EXPRESSION_ARRAY:
    case EXPRESSION_MAP:
    case EXPRESSION_CALL:
    case EXPRESSION_AWAIT:
    case EXPRESSION_NOW:
    case EXPRESSION_KEY:
    case EXPRESSION_PROMISE:
    case EXPRESSION_REJECT:
    case EXPRESSION_RESOLVE:
    case EXPRESSION_START:
    case EXPRESSION_INVOCATION_ID: return true;
    }
    return false;
}

/* ---- does a statement mutate a variable? ---- */

struct mutation_search {
    const struct variable *variable;
    bool is_found;
};

static void
visit_mutation(void *context, const struct expression *expression)
{
    struct mutation_search *search = context;
    if (search->is_found || !expression->has_effect)
        return;
    if (is_mutation(expression) && expression_root(expression->operand) == search->variable)
        search->is_found = true;
    else
        tree_visit_operands(expression, visit_mutation, search);
}

static bool
expression_mutates(const struct expression *expression, const struct variable *variable)
{
    if (expression == NULL)
        return false;
    struct mutation_search search = { .variable = variable };
    visit_mutation(&search, expression);
    return search.is_found;
}

bool
statement_mutates(const struct statement *statement, const struct variable *variable)
{
    if (statement == NULL)
        return false;
    if (statement->kind == STATEMENT_ASSIGN && expression_root(statement->target) == variable)
        return true;
    if (expression_mutates(statement->value, variable) || expression_mutates(statement->limit, variable) ||
        expression_mutates(statement->condition, variable) || expression_mutates(statement->target, variable))
        return true;
    for (size_t index = 0; index < statement->statement_count; index++) {
        if (statement_mutates(statement->statements[index], variable))
            return true;
    }
    for (size_t index = 0; index < statement->case_count; index++) {
        if (statement_mutates(statement->cases[index].body, variable))
            return true;
    }
    for (size_t index = 0; index < statement->catch_count; index++) {
        if (statement_mutates(statement->catches[index].body, variable))
            return true;
    }
    for (size_t index = 0; index < statement->select_case_count; index++) {
        const struct select_case *select_case = &statement->select_cases[index];
        if (expression_mutates(select_case->source, variable) || statement_mutates(select_case->body, variable))
            return true;
    }
    return statement_mutates(statement->initialise, variable) || statement_mutates(statement->step, variable) ||
           statement_mutates(statement->body, variable) || statement_mutates(statement->else_body, variable) ||
           statement_mutates(statement->finally_body, variable);
}
