/* Expressions: operands, order of evaluation, awaits, calls. See expression.h; what branches is in branching.c.
 *
 * Order. Operand i must be evaluated before operand j behind it is lowered (which may write instructions) when
 *   - i can throw, and j can throw something else, has an effect or awaits: the first error wins, and an effect
 *     behind an error must not happen (throws.h says when two errors are the same);
 *   - i unwraps an optional in a box, and j reads one which that may have proved to be there;
 *   - i reads a variable that is assigned somewhere, and j mutates one;
 *   - j awaits, and i is more than a plain read: what is saved is the value, not what it is computed from.
 * Effects are never left pending: a method that mutates, a start or a resolve below the root is evaluated at once.
 * State can be changed by others at each await: a read of it is never plain. */
#include "compiler/lower/expression.h"

#include <assert.h>

#include "compiler/lower/branching.h"
#include "compiler/lower/identity.h"
#include "compiler/lower/tree.h"

/* ---- temporaries ---- */

/* What a temporary is called: after the function whose result it holds, else after its role. */
static const char *
temporary_hint(struct builder *builder, const struct expression *tree, const char *role)
{
    if (tree->kind == EXPRESSION_AWAIT && tree->operand != NULL && tree->operand->kind == EXPRESSION_CALL)
        tree = tree->operand;
    if (tree->kind != EXPRESSION_CALL)
        return role;
    struct text name = tree->as.call.function->name;
    return text_format(builder->arena, "%.*s_result", TEXT_ARGUMENTS(name)).data;
}

static bool
is_settled(const struct expression *tree)
{
    return tree_is_constant(tree) ||
           (tree->kind == EXPRESSION_VARIABLE && (tree->as.variable->is_temporary || !tree->as.variable->is_mutated));
}

static const struct expression *
evaluate_now(struct builder *builder, const struct expression *tree, const char *hint)
{
    struct variable *variable = builder_temporary(builder, tree->type, hint, true, tree->span);
    builder_assign_variable(builder, variable, tree, tree->span);
    return tree_variable(builder->arena, variable, tree->span);
}

const struct expression *
lower_to_temporary(struct builder *builder, const struct expression *tree, const char *hint)
{
    if (is_settled(tree))
        return tree;
    return evaluate_now(builder, tree, temporary_hint(builder, tree, hint));
}

/* ---- operands ---- */

static bool
must_be_evaluated_now(const struct operand *operand, bool throws_now)
{
    const struct expression *tree = operand->tree;
    if (tree->can_throw) {
        if (throws_now || operand->mutates_later || operand->awaits_later)
            return true;
        bool throws_later = operand->throws_later.kind != THROWS_NOTHING;
        if (throws_later && throws_are_ordered(throws_of(tree), operand->throws_later))
            return true;
        if (operand->reads_box_later && tree_opens_box(tree))
            return true;
    }
    if (operand->mutates_later && tree_reads_mutated(tree))
        return true;
    return operand->awaits_later && !tree_is_plain(tree) && !tree_is_constant(tree);
}

/* Take into `before`, an operand, what evaluating `later` behind it may do. */
static void
add_later(struct operand *before, const struct expression *later)
{
    before->throws_later = throws_join(before->throws_later, throws_of(later));
    before->awaits_later |= later->has_await;
    before->mutates_later |= tree_mutates(later);
    before->reads_box_later = before->reads_box_later || tree_reads_box(later);
}

void
lower_operands(struct builder *builder, struct operand *operands, size_t count, const struct expression *after,
               bool throws_now)
{
    for (size_t index = count; index-- > 0;) {
        struct operand *operand = &operands[index];
        if (index + 1 == count) {
            if (after != NULL)
                add_later(operand, after);
            continue;
        }
        const struct operand *next = &operands[index + 1];
        operand->throws_later = next->throws_later;
        operand->awaits_later = next->awaits_later;
        operand->mutates_later = next->mutates_later;
        operand->reads_box_later = next->reads_box_later;
        add_later(operand, next->source);
    }
    for (size_t index = 0; index < count; index++) {
        struct operand *operand = &operands[index];
        operand->tree = lower_value(builder, operand->source);
        if (must_be_evaluated_now(operand, throws_now))
            operand->tree = lower_to_temporary(builder, operand->tree, operand->hint);
    }
}

static struct operand *
new_operands(struct builder *builder, size_t count)
{
    return arena_new_array(builder->arena, struct operand, count == 0 ? 1 : count);
}

/* A copy whose operands the caller replaces; call tree_set_flags then. */
static struct expression *
copy_tree(struct builder *builder, const struct expression *expression)
{
    struct expression *copy = arena_new(builder->arena, struct expression);
    *copy = *expression;
    return copy;
}

/* The trees of the operands as an array of arguments; `was` itself where nothing changed.
 * order: which argument each operand is; NULL: in order. */
static const struct expression *const *
operand_trees(struct builder *builder, const struct operand *operands, size_t count,
              const struct expression *const *was, const size_t *order)
{
    bool is_changed = false;
    for (size_t index = 0; index < count; index++)
        is_changed = is_changed || operands[index].tree != was[order == NULL ? index : order[index]];
    if (!is_changed)
        return was;
    const struct expression **trees = arena_new_array(builder->arena, const struct expression *, count);
    for (size_t index = 0; index < count; index++)
        trees[order == NULL ? index : order[index]] = operands[index].tree;
    return trees;
}

/* ---- kinds of expressions ---- */

static const struct expression *
lower_one_operand(struct builder *builder, const struct expression *expression)
{
    if (expression->operand == NULL)
        return expression;
    const struct expression *operand = lower_value(builder, expression->operand);
    if (operand == expression->operand)
        return expression;
    struct expression *copy = copy_tree(builder, expression);
    copy->operand = operand;
    tree_set_flags(copy, expression);
    return copy;
}

static const struct expression *
lower_binary(struct builder *builder, const struct expression *expression)
{
    struct operand operands[2] = { { .source = expression->left, .hint = "left" },
                                   { .source = expression->right, .hint = "right" } };
    lower_operands(builder, operands, 2, NULL, false);
    if (operands[0].tree == expression->left && operands[1].tree == expression->right)
        return expression;
    struct expression *copy = copy_tree(builder, expression);
    copy->left = operands[0].tree;
    copy->right = operands[1].tree;
    tree_set_flags(copy, expression);
    return copy;
}

static const struct expression *
lower_index(struct builder *builder, const struct expression *expression)
{
    struct operand operands[2] = { { .source = expression->operand, .hint = "indexed" },
                                   { .source = expression->index, .hint = "index" } };
    lower_operands(builder, operands, 2, NULL, false);
    if (operands[0].tree == expression->operand && operands[1].tree == expression->index)
        return expression;
    struct expression *copy = copy_tree(builder, expression);
    copy->operand = operands[0].tree;
    copy->index = operands[1].tree;
    tree_set_flags(copy, expression);
    return copy;
}

static const char *
argument_hint(const struct expression *expression, size_t index)
{
    if (expression->kind == EXPRESSION_ARRAY)
        return "element";
    if (expression->kind == EXPRESSION_MAP)
        return index % 2 == 0 ? "key" : "value";
    if (expression->kind == EXPRESSION_STRUCT)
        return "member";
    return expression->kind == EXPRESSION_INTERPOLATE ? "part" : "argument";
}

/* Literals, interpolations and calls: arguments, of a call to a keyed service the key before them.
 * behind: what is evaluated after them, replaced by its tree; NULL: nothing */
static const struct expression *
lower_arguments_before(struct builder *builder, const struct expression *expression, const struct expression **behind)
{
    bool is_call = expression->kind == EXPRESSION_CALL;
    const struct expression *key = is_call ? expression->as.call.key : NULL;
    size_t first = key != NULL ? 1 : 0, count = expression->argument_count;
    const size_t *order = expression->evaluation_order;
    struct operand *operands = new_operands(builder, first + count + 1);
    operands[0] = (struct operand){ .source = key, .hint = "key" };
    for (size_t index = 0; index < count; index++) {
        size_t argument = order == NULL ? index : order[index];
        operands[first + index] =
            (struct operand){ .source = expression->arguments[argument], .hint = argument_hint(expression, argument) };
    }
    if (behind != NULL)
        operands[first + count] = (struct operand){ .source = *behind, .hint = "within" };
    lower_operands(builder, operands, first + count + (behind != NULL ? 1 : 0), NULL, is_call);
    if (behind != NULL)
        *behind = operands[first + count].tree;
    const struct expression *const *trees =
        operand_trees(builder, operands + first, count, expression->arguments, order);
    if (trees == expression->arguments && (key == NULL || operands[0].tree == key))
        return expression;
    struct expression *copy = copy_tree(builder, expression);
    copy->arguments = trees;
    if (key != NULL)
        copy->as.call.key = operands[0].tree;
    tree_set_flags(copy, expression);
    return copy;
}

static const struct expression *
lower_arguments(struct builder *builder, const struct expression *expression)
{
    return lower_arguments_before(builder, expression, NULL);
}

/* A method that only reads: operand, then arguments. */
static const struct expression *
lower_reading_method(struct builder *builder, const struct expression *expression)
{
    size_t count = expression->argument_count;
    struct operand *operands = new_operands(builder, count + 1);
    operands[0] = (struct operand){ .source = expression->operand, .hint = "operand" };
    for (size_t index = 0; index < count; index++)
        operands[index + 1] = (struct operand){ .source = expression->arguments[index], .hint = "argument" };
    lower_operands(builder, operands, count + 1, NULL, false);
    const struct expression *const *trees = operand_trees(builder, operands + 1, count, expression->arguments, NULL);
    if (operands[0].tree == expression->operand && trees == expression->arguments)
        return expression;
    struct expression *copy = copy_tree(builder, expression);
    copy->operand = operands[0].tree;
    copy->arguments = trees;
    tree_set_flags(copy, expression);
    return copy;
}

/* A method that mutates: the lvalue's indices, the arguments, then the lvalue is resolved and changed. */
static const struct expression *
lower_mutating_method(struct builder *builder, const struct expression *expression)
{
    size_t index_count = lvalue_index_count(expression->operand);
    size_t count = expression->argument_count;
    struct operand *operands = new_operands(builder, index_count + count);
    lvalue_collect_indices(expression->operand, operands);
    for (size_t index = 0; index < count; index++)
        operands[index_count + index] = (struct operand){ .source = expression->arguments[index], .hint = "argument" };
    lower_operands(builder, operands, index_count + count, NULL, tree_lvalue_can_throw(expression->operand));
    struct expression *copy = copy_tree(builder, expression);
    copy->operand = lvalue_rebuild(builder, expression->operand, operands);
    copy->arguments = operand_trees(builder, operands + index_count, count, expression->arguments, NULL);
    tree_set_flags(copy, expression);
    return copy;
}

/* ---- what leaves the routine ---- */

/* The call that is started, its key and arguments ready. */
static const struct expression *
lower_start(struct builder *builder, const struct expression *expression)
{
    const struct expression *call = lower_arguments(builder, expression->operand);
    struct expression *copy = copy_tree(builder, expression);
    copy->operand = call;
    tree_set_flags(copy, expression);
    return copy;
}

/* A declared error as one of any kind, which is what a promise is rejected with. */
static const struct expression *
as_any_error(struct builder *builder, const struct expression *error)
{
    if (error->type->kind != TYPE_ERROR)
        return error;
    struct expression *convert =
        copy_tree(builder, tree_wrap(builder->arena, EXPRESSION_CONVERT, builder->shared->error_type, error));
    convert->has_await = error->has_await;
    convert->has_effect = error->has_effect;
    return convert;
}

/* resolve(p, value), reject(p, error) */
static const struct expression *
lower_settlement(struct builder *builder, const struct expression *expression)
{
    const struct expression *right = expression->right;
    if (expression->kind == EXPRESSION_REJECT)
        right = as_any_error(builder, right);
    struct operand operands[2] = { { .source = expression->left, .hint = "promise" },
                                   { .source = right, .hint = right == expression->right ? "value" : "error" } };
    lower_operands(builder, operands, right != NULL ? 2 : 1, NULL, true);
    struct expression *copy = copy_tree(builder, expression);
    copy->left = operands[0].tree;
    copy->right = operands[1].tree;
    tree_set_flags(copy, expression);
    return copy;
}

/* ---- awaits ---- */

/* What is awaited and how long, ready to be suspended on: neither throws. */
static void
lower_awaited(struct builder *builder, const struct expression *await, struct suspension *suspension)
{
    const struct expression *within = await->as.await.within;
    if (suspension_awaits_call(suspension)) {
        suspension->operand = lower_arguments_before(builder, await->operand, within != NULL ? &within : NULL);
        suspension->within = within;
        return;
    }
    struct operand operands[2] = { 0 };
    size_t count = 0;
    if (await->operand != NULL)
        operands[count++] = (struct operand){ .source = await->operand, .hint = "operand" };
    if (within != NULL)
        operands[count++] = (struct operand){ .source = within, .hint = "within" };
    lower_operands(builder, operands, count, NULL, true);
    if (within != NULL)
        suspension->within = operands[count - 1].tree;
    if (await->operand == NULL)
        return;
    suspension->operand = operands[0].tree;
    bool is_of_many = suspension->kind == AWAIT_ALL || suspension->kind == AWAIT_ANY;
    if (is_of_many && !tree_is_plain(suspension->operand))
        suspension->operand = lower_to_temporary(builder, suspension->operand, "tasks");
}

/* Suspend. result: takes the value; NULL: it is dropped, or there is none. */
static void
lower_await(struct builder *builder, const struct expression *await, struct variable *result)
{
    struct suspension *suspension = arena_new(builder->arena, struct suspension);
    suspension->kind = await->as.await.kind;
    lower_awaited(builder, await, suspension);
    suspension->is_shielded = builder->is_shielded;
    suspension->identity = identity_of_await(builder->arena, await); /* the ordinal comes later */
    suspension->result_type = await->type;
    suspension->result = result;
    suspension->span = await->span;
    struct draft *resumed = builder_block(builder, "resumed", await->span);
    suspension->resumed = &resumed->block;
    builder_terminate(builder, (struct terminator){
                                   .kind = TERMINATOR_AWAIT,
                                   .span = await->span,
                                   .can_throw = true,
                                   .suspension = suspension,
                               });
    builder_start(builder, resumed);
}

static const struct expression *
lower_await_root(struct builder *builder, const struct expression *await, struct variable *destination)
{
    struct variable *result = destination;
    if (result == NULL || result->type != await->type)
        result = builder_temporary(builder, await->type, temporary_hint(builder, await, "result"), true, await->span);
    lower_await(builder, await, result);
    return tree_variable(builder->arena, result, await->span);
}

/* ---- lvalues ---- */

size_t
lvalue_index_count(const struct expression *lvalue)
{
    size_t count = 0;
    for (; !tree_is_lvalue_root(lvalue); lvalue = lvalue->operand)
        count += lvalue->kind == EXPRESSION_INDEX;
    return count;
}

void
lvalue_collect_indices(const struct expression *lvalue, struct operand *operands)
{
    size_t position = lvalue_index_count(lvalue);
    for (; !tree_is_lvalue_root(lvalue); lvalue = lvalue->operand) {
        if (lvalue->kind == EXPRESSION_INDEX)
            operands[--position] = (struct operand){ .source = lvalue->index, .hint = "index" };
    }
}

static const struct expression *
rebuild_from(struct builder *builder, const struct expression *lvalue, const struct operand *indices, size_t count)
{
    if (tree_is_lvalue_root(lvalue))
        return lower_value(builder, lvalue);
    bool is_index = lvalue->kind == EXPRESSION_INDEX;
    const struct expression *index = is_index ? indices[count - 1].tree : lvalue->index;
    const struct expression *operand = rebuild_from(builder, lvalue->operand, indices, is_index ? count - 1 : count);
    if (operand == lvalue->operand && index == lvalue->index)
        return lvalue;
    struct expression *copy = copy_tree(builder, lvalue);
    copy->operand = operand;
    copy->index = index;
    tree_set_flags(copy, lvalue);
    return copy;
}

const struct expression *
lvalue_rebuild(struct builder *builder, const struct expression *lvalue, const struct operand *indices)
{
    return rebuild_from(builder, lvalue, indices, lvalue_index_count(lvalue));
}

/* ---- the three ways in ---- */

const struct expression *
lower_root(struct builder *builder, const struct expression *expression, struct variable *destination)
{
    switch (expression->kind) {
    case EXPRESSION_AWAIT: return lower_await_root(builder, expression, destination);
    case EXPRESSION_CONDITIONAL:
    case EXPRESSION_LOGICAL_AND:
    case EXPRESSION_LOGICAL_OR:
    case EXPRESSION_COALESCE:
    case EXPRESSION_OPTIONAL_CHAIN: return lower_branching(builder, expression, destination);
    case EXPRESSION_METHOD:
        if (tree_method_mutates(expression->as.method))
            return lower_mutating_method(builder, expression);
        return lower_reading_method(builder, expression);
    case EXPRESSION_VARIABLE: {
        const struct expression *replacement = builder->notes.items[expression->as.variable->index].replacement;
        return replacement != NULL ? replacement : expression;
    }
    case EXPRESSION_LITERAL:
    case EXPRESSION_ENUMERATOR:
    case EXPRESSION_NULL:
    case EXPRESSION_ZERO:
    case EXPRESSION_CONFIG:
    case EXPRESSION_NOW:
    case EXPRESSION_KEY:
    case EXPRESSION_PROMISE:
    case EXPRESSION_STATE:
    case EXPRESSION_INVOCATION_ID: return expression;
    case EXPRESSION_START: return lower_start(builder, expression);
    case EXPRESSION_RESOLVE:
    case EXPRESSION_REJECT: return lower_settlement(builder, expression);
    case EXPRESSION_MEMBER:
    case EXPRESSION_UNARY:
    case EXPRESSION_UNWRAP:
    case EXPRESSION_NARROW:
    case EXPRESSION_SOME:
    case EXPRESSION_CONVERT:
    case EXPRESSION_UNION:
    case EXPRESSION_VARIANT: return lower_one_operand(builder, expression);
    case EXPRESSION_INDEX:
    case EXPRESSION_INDEX_KNOWN: return lower_index(builder, expression);
    case EXPRESSION_BINARY: return lower_binary(builder, expression);
    case EXPRESSION_INTERPOLATE:
    case EXPRESSION_STRUCT:
    case EXPRESSION_ARRAY:
    case EXPRESSION_MAP:
    case EXPRESSION_CALL: return lower_arguments(builder, expression);
    }
    assert(false); /* no known kind */
    return expression;
}

const struct expression *
lower_value(struct builder *builder, const struct expression *expression)
{
    const struct expression *tree = lower_root(builder, expression, NULL);
    if (!tree_is_effect(tree))
        return tree;
    const char *role = tree->kind == EXPRESSION_START     ? "started"
                       : tree->kind == EXPRESSION_PROMISE ? "promise"
                                                          : "taken";
    return evaluate_now(builder, tree, temporary_hint(builder, tree, role));
}

void
lower_effect(struct builder *builder, const struct expression *expression)
{
    if (expression->kind == EXPRESSION_AWAIT) {
        lower_await(builder, expression, NULL);
        return;
    }
    const struct expression *tree = lower_root(builder, expression, NULL);
    if (tree != NULL && !is_settled(tree))
        builder_evaluate(builder, tree, expression->span);
}

void
lower_into(struct builder *builder, const struct expression *expression, struct variable *variable, struct span span)
{
    const struct expression *tree = lower_root(builder, expression, variable);
    if (tree->kind != EXPRESSION_VARIABLE || tree->as.variable != variable)
        builder_assign_variable(builder, variable, tree, span);
}

void
lower_condition(struct builder *builder, const struct expression *expression, struct draft *target,
                struct draft *otherwise)
{
    bool is_split = expression->has_await || expression->has_effect;
    if (is_split && expression->kind == EXPRESSION_UNARY && expression->as.unary == UNARY_NOT) {
        lower_condition(builder, expression->operand, otherwise, target);
        return;
    }
    if (is_split && expression->kind == EXPRESSION_LOGICAL_AND) {
        struct draft *right = builder_block(builder, "and", expression->right->span);
        lower_condition(builder, expression->left, right, otherwise);
        builder_join(builder, right);
        if (builder->current != NULL)
            lower_condition(builder, expression->right, target, otherwise);
        return;
    }
    if (is_split && expression->kind == EXPRESSION_LOGICAL_OR) {
        struct draft *right = builder_block(builder, "or", expression->right->span);
        lower_condition(builder, expression->left, target, right);
        builder_join(builder, right);
        if (builder->current != NULL)
            lower_condition(builder, expression->right, target, otherwise);
        return;
    }
    const struct expression *tree = lower_value(builder, expression);
    builder_branch(builder, tree, target, otherwise, expression->span);
}
