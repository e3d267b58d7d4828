/* Joins: what is set stays by its slot, what is forgotten is gone, memory has a bound. */
#include <criterion/criterion.h>
#include <string.h>

#include "runtime/core/join.h"

static struct joins joins;

static void
begin(void)
{
    dsy_joins_init(&joins, 1 << 20);
}

static void
end(void)
{
    dsy_joins_destroy(&joins);
}

TestSuite(join, .init = begin, .fini = end);

static struct dsy_slice
text(const char *characters)
{
    return (struct dsy_slice){ .data = (const uint8_t *)characters, .size_bytes = strlen(characters) };
}

Test(join, slots_are_set_by_their_number_and_may_be_set_again)
{
    struct join *join = dsy_join_begin(&joins, 7, 3, 2);
    cr_assert_not_null(join);
    cr_assert_eq(dsy_join_set(&joins, join, 1, true, text("first")), DSY_OK);
    cr_assert_eq(join->settled_count, 1u);
    cr_assert_eq(dsy_join_set(&joins, join, 1, false, text("again")), DSY_OK);
    cr_assert_eq(join->settled_count, 1u, "the same slot counts once");
    cr_assert_not(join->slots[1].threw);
    cr_assert_eq(memcmp(join->slots[1].value, "again", 5), 0);
    cr_assert_eq(dsy_join_set(&joins, join, 0, false, (struct dsy_slice){ 0 }), DSY_OK);
    cr_assert_eq(join->settled_count, 2u);
    cr_assert_null(join->slots[0].value, "nothing stays nothing");
}

Test(join, is_found_for_its_own_await_only)
{
    cr_assert_not_null(dsy_join_begin(&joins, 7, 3, 1));
    cr_assert_not_null(dsy_join_find(&joins, 7, 3));
    cr_assert_null(dsy_join_find(&joins, 8, 3));
    cr_assert_null(dsy_join_find(&joins, 7, 4), "its invocation has moved on");
    cr_assert_null(dsy_join_find(&joins, 7, 3), "and it was forgotten with that");
}

Test(join, one_that_is_begun_anew_replaces_the_old_one)
{
    struct join *old = dsy_join_begin(&joins, 7, 3, 1);
    cr_assert_eq(dsy_join_set(&joins, old, 0, false, text("value")), DSY_OK);
    struct join *join = dsy_join_begin(&joins, 7, 5, 3);
    cr_assert_eq(join->settled_count, 0u);
    cr_assert_eq(joins.table.count, 1u);
}

Test(join, the_least_used_goes_when_memory_is_full_and_the_one_in_use_never)
{
    static char large[400 * 1024];
    struct dsy_slice value = { .data = (const uint8_t *)large, .size_bytes = sizeof large };
    for (int64_t number = 1; number <= 3; number++) {
        struct join *join = dsy_join_begin(&joins, number, 1, 4);
        cr_assert_eq(dsy_join_set(&joins, join, 0, false, value), DSY_OK);
        cr_assert_not_null(dsy_join_find(&joins, 1, 1), "it is used all the time");
    }
    cr_assert_null(dsy_join_find(&joins, 2, 1));
    cr_assert_not_null(dsy_join_find(&joins, 3, 1));
    struct join *join = dsy_join_find(&joins, 1, 1);
    for (uint32_t slot = 1; slot < 4; slot++)
        cr_assert_eq(dsy_join_set(&joins, join, slot, false, value), DSY_OK);
    cr_assert_eq(dsy_join_find(&joins, 1, 1), join, "larger than all there is, it stays while it is used");
    cr_assert_null(dsy_join_find(&joins, 3, 1));
}

Test(join, sizes_add_up_to_nothing_when_all_have_ended)
{
    for (int64_t number = 1; number <= 100; number++) {
        struct join *join = dsy_join_begin(&joins, number, 1, 5);
        cr_assert_eq(dsy_join_set(&joins, join, (uint32_t)(number % 5), number % 2 == 0, text("some value")), DSY_OK);
    }
    for (int64_t number = 1; number <= 50; number++)
        dsy_join_end(&joins, number);
    dsy_join_end(&joins, 1);
    cr_assert_eq(joins.table.count, 50u);
    dsy_joins_clear(&joins);
    cr_assert_eq(joins.size_bytes, 0u);
    cr_assert_eq(joins.table.count, 0u);
    cr_assert_null(joins.newest);
    cr_assert_null(joins.oldest);
}
