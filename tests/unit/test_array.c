/* runtime/value/array.c: copy on write, every operation at its bounds, sorting against a second opinion. */
#include <stdlib.h>

#include "dsy/describe.h"
#include "tests/support/value_check.h"

struct array_int64 {
    int64_t *items;
    int64_t length;
};
struct array_array_int64 {
    struct array_int64 *items;
    int64_t length;
};
DSY_DESCRIBE_ARRAY(array_int64, "int[]", dsy_type_int64)
DSY_DESCRIBE_ARRAY(array_array_int64, "int[][]", array_int64_type)

static const struct dsy_type *const element = &dsy_type_int64;

static struct array_int64
numbers(struct dsy_run *run, int64_t count)
{
    struct array_int64 array = { 0 };
    for (int64_t i = 0; i < count; i++)
        dsy_array_push(run, &array, element, &i);
    return array;
}

static void
expect_items(const struct array_int64 *array, const char *expected, const char *what)
{
    char text[200] = "";
    for (int64_t i = 0; i < array->length; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%ld", i > 0 ? " " : "", (long)array->items[i]);
    cr_assert_str_eq(text, expected, "%s", what);
}

/* `copy = original` as generated code does it. */
static struct array_int64
copy_of(const struct array_int64 *original)
{
    dsy_array_share(original->items);
    return *original;
}

Test(array, push_pop_insert_remove)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct array_int64 array = numbers(run, 3);
    int64_t value = 9;
    dsy_array_insert(run, &array, element, 0, &value);
    dsy_array_insert(run, &array, element, 4, &value);
    dsy_array_insert(run, &array, element, 2, &array.items[1]);
    expect_items(&array, "9 0 0 1 2 9", "insert at the start, at the end, and an item of its own");
    dsy_array_insert(run, &array, element, 1, &array.items[4]);
    expect_items(&array, "9 2 0 0 1 2 9", "insert an item of its own that moves");
    dsy_array_pop(run, &array, element, &value);
    cr_assert(value == 9);
    dsy_array_remove(run, &array, element, 0, &value);
    cr_assert(value == 9);
    dsy_array_remove(run, &array, element, 1, NULL);
    expect_items(&array, "2 0 1 2", "remove");
    dsy_array_clear(run, &array);
    expect_items(&array, "", "clear");
    expect_no_error(run, "valid");

    value = 5;
    dsy_array_pop(run, &array, element, &value);
    expect_error(run, &dsy_error_out_of_range, "nothing to pop: the array is empty", "pop of nothing");
    cr_assert(value == 0);
    dsy_array_insert(run, &array, element, 1, &value);
    expect_error(run, &dsy_error_out_of_range, "index 1 is out of range: the array has 0 items", "insert beyond");
    dsy_array_insert(run, &array, element, -1, &value);
    expect_error(run, &dsy_error_out_of_range, NULL, "insert before");
    dsy_array_remove(run, &array, element, 0, &value);
    expect_error(run, &dsy_error_out_of_range, NULL, "remove of nothing");
    run_end(&test);
}

Test(array, index)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct array_int64 array = numbers(run, 3);
    cr_assert(*(const int64_t *)dsy_array_at(run, array.items, array.length, 2, sizeof(int64_t)) == 2);
    cr_assert(*(const int64_t *)dsy_array_at(run, array.items, array.length, 3, sizeof(int64_t)) == 0);
    expect_error(run, &dsy_error_out_of_range, "index 3 is out of range: the array has 3 items", "a[3]");
    *(int64_t *)dsy_array_place(run, &array, 1, element) = 7;
    expect_items(&array, "0 7 2", "a[1] = 7");
    cr_assert(dsy_array_place(run, &array, INT64_MIN, element) == NULL);
    expect_error(run, &dsy_error_out_of_range, NULL, "a[least]");
    run_end(&test);
}

Test(array, copies_do_not_see_changes)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct array_int64 original = numbers(run, 3), copy;
    int64_t value = 8;

    copy = copy_of(&original);
    cr_assert(copy.items == original.items, "a copy shares the items");
    dsy_array_push(run, &copy, element, &value);
    expect_items(&original, "0 1 2", "push to the copy");
    expect_items(&copy, "0 1 2 8", "push to the copy");
    dsy_array_push(run, &original, element, &value);
    dsy_array_reverse(run, &original, element);
    expect_items(&original, "8 2 1 0", "the original is copied too, once");

    copy = copy_of(&original);
    *(int64_t *)dsy_array_place(run, &original, 0, element) = 5;
    dsy_array_sort(run, &original, element);
    expect_items(&copy, "8 2 1 0", "assignment to an item of the original");
    expect_items(&original, "0 1 2 5", "sort");
    int64_t *own = original.items;
    *(int64_t *)dsy_array_place(run, &original, 0, element) = 6;
    cr_assert(original.items == own, "an own block is changed in place");

    copy = copy_of(&original);
    dsy_array_remove(run, &copy, element, 0, &value);
    expect_items(&original, "6 1 2 5", "remove from the copy");
    copy = copy_of(&original);
    dsy_array_clear(run, &copy);
    expect_items(&original, "6 1 2 5", "clear the copy");
    run_end(&test);
}

Test(array, copies_of_nested_arrays_do_not_see_changes)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct array_array_int64 outer = { 0 }, copy;
    for (int64_t i = 1; i <= 3; i++) {
        struct array_int64 inner = numbers(run, i);
        dsy_array_push(run, &outer, &array_int64_type, &inner);
    }
    dsy_array_share(outer.items);
    copy = outer;
    /* copy[2].push(7) */
    int64_t value = 7;
    struct array_int64 *inner = dsy_array_place(run, &copy, 2, &array_int64_type);
    dsy_array_push(run, inner, element, &value);
    expect_items(&copy.items[2], "0 1 2 7", "the copy");
    expect_items(&outer.items[2], "0 1 2", "the original");
    struct dsy_array slice = dsy_array_slice(run, &outer, &array_int64_type, 1, 3);
    inner = dsy_array_place(run, &slice, 0, &array_int64_type);
    dsy_array_clear(run, inner);
    expect_items(&outer.items[1], "0 1", "a slice is a copy");
    run_end(&test);
}

Test(array, constant_items_are_never_written)
{
    static const struct {
        struct dsy_block block;
        int64_t items[3];
    } constant = { { .capacity = 3, .shared = true }, { 1, 2, 3 } };
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct array_int64 array = { (int64_t *)(uintptr_t)constant.items, 3 };
    dsy_array_share(array.items);
    int64_t value = 4;
    dsy_array_push(run, &array, element, &value);
    expect_items(&array, "1 2 3 4", "a copy of the constant");
    cr_assert(constant.items[0] == 1);
    run_end(&test);
}

Test(array, slice_find_equal)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct array_int64 array = numbers(run, 5), same = numbers(run, 5), shorter = numbers(run, 4);
    struct dsy_array slice = dsy_array_slice(run, &array, element, 1, 4);
    expect_items((struct array_int64 *)&slice, "1 2 3", "slice");
    cr_assert(dsy_array_slice(run, &array, element, 5, 5).length == 0);
    expect_no_error(run, "valid");
    dsy_array_slice(run, &array, element, 2, 6);
    expect_error(run, &dsy_error_out_of_range, "slice from 2 to 6 is out of range: the length is 5", "slice beyond");
    dsy_array_slice(run, &array, element, 3, 2);
    expect_error(run, &dsy_error_out_of_range, NULL, "slice backwards");
    int64_t three = 3, nine = 9;
    cr_assert(dsy_array_contains(run, &array, element, &three) && !dsy_array_contains(run, &array, element, &nine));
    cr_assert(dsy_array_find(run, &array, element, &three) == 3 && dsy_array_find(run, &array, element, &nine) == -1);
    cr_assert(array_int64_type.equal(run, &array, &same) && !array_int64_type.equal(run, &array, &shorter));
    cr_assert(dsy_array_compare(&array, &same, element) == 0 && dsy_array_compare(&array, &shorter, element) > 0);
    run_end(&test);
}

/* Pairs that compare by their first half only, so that stability can be seen. */
struct pair {
    int32_t key, place;
};

static int
pair_compare(const void *left, const void *right)
{
    int32_t one = ((const struct pair *)left)->key, other = ((const struct pair *)right)->key;
    return (one > other) - (one < other);
}

Test(array, sort_is_right_and_stable_at_every_length)
{
    static const struct dsy_type pair_type = { .name = "pair",
                                               .size_bytes = sizeof(struct pair),
                                               .compare = pair_compare };
    srand(1);
    for (int64_t length = 0; length < 200; length++) {
        struct test_run test;
        struct dsy_run *run = run_begin(&test, 1 << 20);
        struct dsy_array array = { 0 };
        for (int64_t i = 0; i < length; i++) {
            struct pair pair = { rand() % 20, (int32_t)i };
            dsy_array_push(run, &array, &pair_type, &pair);
        }
        dsy_array_sort(run, &array, &pair_type);
        const struct pair *pairs = array.items;
        for (int64_t i = 1; i < length; i++)
            cr_assert(pairs[i - 1].key < pairs[i].key ||
                          (pairs[i - 1].key == pairs[i].key && pairs[i - 1].place < pairs[i].place),
                      "%ld items, at %ld", (long)length, (long)i);
        run_end(&test);
    }
}

Test(array, sort_keeps_doubles_with_nan)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    double items[] = { 3, __builtin_nan(""), 1, -__builtin_inf(), 2 };
    struct dsy_array array = dsy_array_make(run, &dsy_type_double, items, 5);
    dsy_array_sort(run, &array, &dsy_type_double);
    const double *sorted = array.items;
    cr_assert(sorted[0] < -1e300 && sorted[1] == 1 && sorted[2] == 2 && sorted[3] == 3 && sorted[4] != sorted[4]);
    run_end(&test);
}

Test(array, nothing_is_changed_after_an_error)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct array_int64 array = numbers(run, 3);
    int64_t value = 5;
    dsy_throw_divide_by_zero(run);
    dsy_array_push(run, &array, element, &value);
    dsy_array_insert(run, &array, element, 0, &value);
    dsy_array_pop(run, &array, element, &value);
    dsy_array_remove(run, &array, element, 0, &value);
    dsy_array_sort(run, &array, element);
    dsy_array_reverse(run, &array, element);
    dsy_array_clear(run, &array);
    cr_assert(dsy_array_place(run, &array, 0, element) == NULL);
    expect_items(&array, "0 1 2", "after an error");
    expect_error(run, &dsy_error_divide_by_zero, NULL, "the first error");
    run_end(&test);
}

Test(array, the_longest_and_one_more)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct array_int64 array = numbers(run, 1);
    array.length = DSY_LENGTH_MAX; /* only its length is looked at */
    int64_t value = 0;
    dsy_array_push(run, &array, element, &value);
    expect_error(run, &dsy_error_overflow, "an array would have more than 1073741824 items", "one more");
    array = (struct array_int64){ 0 };
    while (!run->failed)
        dsy_array_push(run, &array, element, &value);
    expect_error(run, &dsy_error_step_too_long, NULL, "a full arena");
    run_end(&test);
}
