/* Branching: `?:`, `&&`, `||`, `??` and `?.`. See branching.h.
 *
 * Each is a condition and two ways. Both ways are lowered into blocks of their own; when nothing was written
 * there, the blocks are thrown away and the expression stays one tree, since C's operators evaluate as ours.
 * But not where the condition can throw and a way calls a function of the user's, or where the condition proves, or
 * fails to prove, that a way's box is there: C would go on into it. */
#include "compiler/lower/branching.h"

#include <assert.h>

#include "compiler/lower/expression.h"
#include "compiler/lower/tree.h"

/* One of the two ways. */
struct way {
    struct draft *first;           /* where it begins */
    struct draft *last;            /* where it ends */
    const struct expression *tree; /* its value, pending at the end of `last` */
};

/* A void value is evaluated at the end of its way, and there is no tree.
 * result: where the value will go, if it is known that there will be blocks; else NULL. */
static struct way
lower_way(struct builder *builder, const char *hint, const struct expression *source, const struct expression *ready,
          struct variable *result, struct span span)
{
    struct way way = { .first = builder_block(builder, hint, span) };
    builder_start(builder, way.first);
    if (ready != NULL)
        way.tree = ready;
    else if (source->type->kind == TYPE_VOID)
        lower_effect(builder, source);
    else if (result != NULL)
        way.tree = lower_root(builder, source, result);
    else
        way.tree = lower_value(builder, source);
    way.last = builder->current;
    builder->current = NULL;
    return way;
}

static bool
is_empty(const struct way *way)
{
    return way->first == way->last && way->first->instructions.count == 0 && way->tree != NULL;
}

static void
finish_way(struct builder *builder, struct way *way, struct variable *result, struct draft *join, struct span span)
{
    builder->current = way->last;
    bool is_there = way->tree != NULL && way->tree->kind == EXPRESSION_VARIABLE && way->tree->as.variable == result;
    if (result != NULL && !is_there)
        builder_assign_variable(builder, result, way->tree, span);
    builder_jump(builder, join, span);
}

struct choice {
    const struct expression *condition;
    const struct expression *left, *right;             /* sources; NULL where the tree is ready */
    const struct expression *left_ready, *right_ready; /* trees */
    const char *left_hint, *right_hint, *after_hint;   /* of the blocks */
    const char *result_hint;
};

/* The variable that takes the value of a choice: the destination if that fits; NULL for void. */
static struct variable *
result_variable(struct builder *builder, const struct expression *expression, struct variable *destination,
                const char *hint)
{
    if (expression->type->kind == TYPE_VOID)
        return NULL;
    if (destination != NULL && destination->type == expression->type)
        return destination;
    return builder_temporary(builder, expression->type, hint, true, expression->span);
}

/* Will lowering it surely write instructions? */
static bool
is_written(const struct expression *source)
{
    return source != NULL && (source->has_await || source->has_effect);
}

/* Write both ways. Returns the value's tree, or NULL for void. */
static const struct expression *
lower_choice(struct builder *builder, const struct expression *expression, const struct choice *choice,
             struct variable *destination)
{
    struct span span = expression->span;
    struct draft *before = builder->current;
    size_t block_count = builder->blocks.count;
    struct variable *result = NULL;
    if (is_written(choice->left) || is_written(choice->right))
        result = result_variable(builder, expression, destination, choice->result_hint);
    builder->current = NULL;
    struct way left = lower_way(builder, choice->left_hint, choice->left, choice->left_ready, result, span);
    struct way right = lower_way(builder, choice->right_hint, choice->right, choice->right_ready, result, span);
    if (result == NULL && is_empty(&left) && is_empty(&right)) {
        bool calls = choice->condition->can_throw && (tree_has_call(left.tree) || tree_has_call(right.tree));
        bool reads = tree_opens_box(choice->condition) && (tree_reads_box(left.tree) || tree_reads_box(right.tree));
        if (!calls && !reads) {
            builder->blocks.count = block_count;
            builder->current = before;
            return tree_conditional(builder->arena, expression->type, choice->condition, left.tree, right.tree, span);
        }
    }
    if (result == NULL)
        result = result_variable(builder, expression, destination, choice->result_hint);
    builder->current = before;
    builder_branch(builder, choice->condition, left.first, right.first, span);
    struct draft *join = builder_block(builder, choice->after_hint, span);
    finish_way(builder, &left, result, join, span);
    finish_way(builder, &right, result, join, span);
    builder_start(builder, join);
    return result == NULL ? NULL : tree_variable(builder->arena, result, span);
}

static const struct expression *
lower_conditional(struct builder *builder, const struct expression *expression, struct variable *destination)
{
    struct choice choice = {
        .condition = lower_value(builder, expression->condition),
        .left = expression->left,
        .right = expression->right,
        .left_hint = "yes",
        .right_hint = "no",
        .after_hint = "chosen",
        .result_hint = "choice",
    };
    return lower_choice(builder, expression, &choice, destination);
}

/* A conditional that stayed one tree, as the operator it was. */
static const struct expression *
restore_logical(struct builder *builder, const struct expression *expression, const struct expression *tree)
{
    if (tree->kind != EXPRESSION_CONDITIONAL)
        return tree;
    const struct expression *right = expression->kind == EXPRESSION_LOGICAL_AND ? tree->left : tree->right;
    if (tree->condition == expression->left && right == expression->right)
        return expression;
    struct expression *copy = arena_new(builder->arena, struct expression);
    *copy = *expression;
    copy->left = tree->condition;
    copy->right = right;
    tree_set_flags(copy, expression);
    return copy;
}

static const struct expression *
lower_logical(struct builder *builder, const struct expression *expression, struct variable *destination)
{
    bool is_and = expression->kind == EXPRESSION_LOGICAL_AND;
    struct choice choice = {
        .condition = lower_value(builder, expression->left),
        .left_hint = is_and ? "and" : "yes",
        .right_hint = is_and ? "no" : "or",
        .after_hint = is_and ? "after_and" : "after_or",
        .result_hint = is_and ? "both" : "either",
    };
    const struct expression *known = tree_boolean(builder->arena, expression->type, !is_and, expression->span);
    if (is_and) {
        choice.left = expression->right;
        choice.right_ready = known;
    } else {
        choice.left_ready = known;
        choice.right = expression->right;
    }
    const struct expression *tree = lower_choice(builder, expression, &choice, destination);
    return restore_logical(builder, expression, tree);
}

/* An optional that is read twice: for null, then for its value. */
static const struct expression *
lower_tested(struct builder *builder, const struct expression *optional, const char *hint)
{
    const struct expression *tree = lower_value(builder, optional);
    return tree_is_plain(tree) ? tree : lower_to_temporary(builder, tree, hint);
}

static const struct expression *
not_null(struct builder *builder, const struct expression *optional)
{
    struct span span = optional->span;
    const struct expression *null = tree_null(builder->arena, optional->type, span);
    return tree_binary(builder->arena, builder->shared->bool_type, BINARY_NOT_EQUAL, optional, null, span);
}

static const struct expression *
lower_coalesce(struct builder *builder, const struct expression *expression, struct variable *destination)
{
    const struct expression *tested = lower_tested(builder, expression->left, "optional");
    if (tested->kind == EXPRESSION_NULL)
        return lower_value(builder, expression->right);
    bool is_optional = expression->type == tested->type;
    struct choice choice = {
        .condition = not_null(builder, tested),
        .left_ready =
            is_optional ? tested : tree_wrap(builder->arena, EXPRESSION_NARROW, tested->type->element, tested),
        .right = expression->right,
        .left_hint = "present",
        .right_hint = "absent",
        .after_hint = "after_absent",
        .result_hint = "value",
    };
    return lower_choice(builder, expression, &choice, destination);
}

/* The way of `operand?.…` that is taken when there is a value: `right` reads it through `variable`. Unless
 * something changes meanwhile, that is the narrowed operand itself. */
static struct way
lower_present(struct builder *builder, const struct expression *expression, const struct expression *tested)
{
    struct span span = expression->span;
    struct variable *value = expression->as.variable;
    struct variable *root = expression_root(tested);
    if (root != NULL)
        root->is_single_use = false; /* tested for null, then read, perhaps several times */
    const struct expression *narrowed = tree_wrap(builder->arena, EXPRESSION_NARROW, value->type, tested);
    struct way way = { .first = builder_block(builder, "present", span) };
    builder_start(builder, way.first);
    if (tree_mutates(expression->right))
        builder_assign_variable(builder, value, narrowed, span);
    else
        builder->notes.items[value->index].replacement = narrowed;
    if (expression->type->kind == TYPE_VOID)
        lower_effect(builder, expression->right);
    else {
        way.tree = lower_value(builder, expression->right);
        if (way.tree->type != expression->type)
            way.tree = tree_wrap(builder->arena, EXPRESSION_SOME, expression->type, way.tree);
    }
    way.last = builder->current;
    builder->current = NULL;
    return way;
}

static const struct expression *
lower_chain(struct builder *builder, const struct expression *expression, struct variable *destination)
{
    struct span span = expression->span;
    const struct expression *tested = lower_tested(builder, expression->operand, "optional");
    const struct expression *condition = not_null(builder, tested);
    const struct expression *null = tree_null(builder->arena, expression->type, span);
    struct draft *before = builder->current;
    size_t block_count = builder->blocks.count;
    builder->current = NULL;
    struct way present = lower_present(builder, expression, tested);
    if (is_empty(&present)) {
        builder->blocks.count = block_count;
        builder->current = before;
        return tree_conditional(builder->arena, expression->type, condition, present.tree, null, span);
    }
    struct variable *result = result_variable(builder, expression, destination, "chained");
    struct draft *join = builder_block(builder, "after_chain", span);
    struct way absent = lower_way(builder, "absent", NULL, null, NULL, span);
    builder->current = before;
    builder_branch(builder, condition, present.first, absent.first, span);
    finish_way(builder, &present, result, join, span);
    finish_way(builder, &absent, result, join, span);
    builder_start(builder, join);
    return result == NULL ? NULL : tree_variable(builder->arena, result, span);
}

const struct expression *
lower_branching(struct builder *builder, const struct expression *expression, struct variable *destination)
{
    if (expression->kind == EXPRESSION_CONDITIONAL)
        return lower_conditional(builder, expression, destination);
    if (expression->kind == EXPRESSION_COALESCE)
        return lower_coalesce(builder, expression, destination);
    if (expression->kind == EXPRESSION_OPTIONAL_CHAIN)
        return lower_chain(builder, expression, destination);
    return lower_logical(builder, expression, destination);
}
