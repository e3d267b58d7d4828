/* The bounds of ==: how deep values are nested, how much is looked at, each at the bound and one past it. */
#include "dsy/describe.h"
#include "tests/support/value_check.h"

/* struct Node { Node? next; Node[] children; } as dsyc prints it. */
struct array_Node {
    struct Node *items;
    int64_t length;
};
struct optional_Node {
    const struct Node *value;
};
struct Node {
    struct optional_Node next;
    struct array_Node children;
};
extern const struct dsy_type Node_type;
DSY_DESCRIBE_ARRAY(array_Node, "Node[]", Node_type)
DSY_DESCRIBE_BOX(optional_Node, "Node?", struct Node, Node_type)

static bool
Node_equal(struct dsy_run *run, const void *left, const void *right)
{
    const struct Node *one = left, *other = right;
    return optional_Node_equal(run, &one->next, &other->next) &&
           array_Node_equal(run, &one->children, &other->children);
}

const struct dsy_type Node_type = { .name = "Node", .size_bytes = sizeof(struct Node), .equal = Node_equal };

enum { ARENA_BYTES = 256 << 20 };

/* A list of so many boxes behind its first node. */
static struct Node
list(struct dsy_run *run, int boxes)
{
    struct Node first = { 0 };
    for (int i = 0; i < boxes; i++) {
        struct Node *box = dsy_allocate(run, sizeof *box);
        *box = first;
        first = (struct Node){ .next = { .value = box } };
    }
    return first;
}

/* A tree of so many levels, in each of which both children are the same array: 2^levels leaves in little memory. */
static struct Node
doubled(struct dsy_run *run, int levels)
{
    struct Node root = { 0 };
    for (int i = 0; i < levels; i++) {
        struct array_Node children = { 0 };
        dsy_array_push(run, &children, &Node_type, &root);
        dsy_array_push(run, &children, &Node_type, &root);
        root = (struct Node){ .children = children };
    }
    return root;
}

Test(comparison, nesting_up_to_the_bound_and_one_more)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, ARENA_BYTES);
    static const int depths[] = { 0, 1, DSY_NESTING_MAX };
    for (size_t i = 0; i < COUNT_OF(depths); i++) {
        run->budget = 1000000;
        struct Node one = list(run, depths[i]), other = list(run, depths[i]), longer = list(run, depths[i] + 1);
        cr_assert(Node_equal(run, &one, &other), "%d boxes", depths[i]);
        cr_assert(!Node_equal(run, &one, &longer), "%d boxes and one more", depths[i]);
        expect_no_error(run, "within the bound");
        cr_assert(run->nesting == 0);
    }
    struct Node one = list(run, DSY_NESTING_MAX + 1), other = list(run, DSY_NESTING_MAX + 1);
    cr_assert(!Node_equal(run, &one, &other));
    expect_error(run, &dsy_error_stack_overflow, "values are compared that are nested deeper than 1000", "one past it");
    cr_assert(run->nesting == 0);
    run_end(&test);
}

Test(comparison, a_million_levels_take_no_stack)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, ARENA_BYTES);
    run->budget = 10000000;
    struct Node one = list(run, 1000000), other = list(run, 1000000);
    cr_assert(!Node_equal(run, &one, &other));
    expect_error(run, &dsy_error_stack_overflow, NULL, "a million levels");
    run_end(&test);
}

Test(comparison, items_that_are_held_many_times)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, ARENA_BYTES);
    struct Node one = doubled(run, 9), other = doubled(run, 9);
    run->budget = 1022; /* 2 + 4 + … + 2^9 items */
    cr_assert(Node_equal(run, &one, &other));
    expect_no_error(run, "the budget is enough");
    run->budget = 1021;
    cr_assert(!Node_equal(run, &one, &other));
    expect_error(run, &dsy_error_step_too_long, NULL, "one round less");
    run->budget = 1000000;
    one = doubled(run, 100);
    other = doubled(run, 100);
    cr_assert(!Node_equal(run, &one, &other));
    expect_error(run, &dsy_error_step_too_long, NULL, "2^100 leaves");
    run_end(&test);
}

Test(comparison, contains_has_the_same_bounds)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, ARENA_BYTES);
    run->budget = 1000000;
    struct Node deep = list(run, DSY_NESTING_MAX), same = list(run, DSY_NESTING_MAX),
                fits = list(run, DSY_NESTING_MAX - 1);
    struct array_Node array = { 0 };
    dsy_array_push(run, &array, &Node_type, &fits);
    cr_assert(dsy_array_contains(run, &array, &Node_type, &fits), "an item is one level");
    dsy_array_push(run, &array, &Node_type, &deep);
    cr_assert(!dsy_array_contains(run, &array, &Node_type, &same));
    expect_error(run, &dsy_error_stack_overflow, NULL, "one past the bound");
    run_end(&test);
}
