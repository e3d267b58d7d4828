/* Limits of steps: how many run at a time, how many begin in a second. */
#include <criterion/criterion.h>

#include "runtime/core/limit.h"

#define SECOND INT64_C(1000000000)

static struct limit
new_limit(int64_t concurrency, double per_second)
{
    static struct dsy_step_type type;
    type = (struct dsy_step_type){ .name = "pay", .limit_concurrency = concurrency, .limit_per_second = per_second };
    struct limit limit;
    cr_assert_eq(dsy_limit_init(&limit, &type), DSY_OK);
    return limit;
}

static bool
begins(struct limit *limit, int64_t now_ns, int64_t *at_ns)
{
    *at_ns = INT64_MAX;
    if (!dsy_limit_allows(limit, now_ns, at_ns))
        return false;
    dsy_limit_begin(limit, now_ns);
    return true;
}

Test(limit, so_many_run_at_a_time)
{
    struct limit limit = new_limit(2, 0);
    int64_t at_ns;
    cr_expect(begins(&limit, 0, &at_ns));
    cr_expect(begins(&limit, 0, &at_ns));
    cr_expect_not(begins(&limit, 0, &at_ns), "a third runs beside two");
    cr_expect_eq(at_ns, INT64_MAX, "the time lets nobody begin, only an end does");
    dsy_limit_end(&limit);
    cr_expect(begins(&limit, 0, &at_ns));
    cr_expect_not(begins(&limit, 0, &at_ns));
    dsy_limit_destroy(&limit);
}

Test(limit, so_many_begin_in_any_second)
{
    struct limit limit = new_limit(0, 3);
    int64_t at_ns, begun_ns[64];
    size_t count = 0;
    for (int64_t now_ns = 0; now_ns < 10 * SECOND && count < 64; now_ns += SECOND / 10)
        while (count < 64 && begins(&limit, now_ns, &at_ns))
            begun_ns[count++] = now_ns;
    cr_expect_eq(count, 30, "%zu began in ten seconds, not 30", count);
    for (size_t index = 3; index < count; index++)
        cr_expect_geq(begun_ns[index] - begun_ns[index - 3], SECOND, "attempt %zu is the fourth within a second",
                      index);
    dsy_limit_destroy(&limit);
}

Test(limit, it_says_when_the_next_may_begin)
{
    struct limit limit = new_limit(0, 2);
    int64_t at_ns;
    cr_expect(begins(&limit, 5 * SECOND, &at_ns));
    cr_expect(begins(&limit, 5 * SECOND + 7, &at_ns));
    cr_expect_not(begins(&limit, 5 * SECOND + 9, &at_ns));
    cr_expect_eq(at_ns, 6 * SECOND);
    cr_expect(begins(&limit, at_ns, &at_ns));
    dsy_limit_destroy(&limit);
}

Test(limit, less_than_one_in_a_second)
{
    struct limit limit = new_limit(0, 0.25);
    int64_t at_ns;
    cr_expect(begins(&limit, 0, &at_ns));
    cr_expect_not(begins(&limit, 3 * SECOND, &at_ns));
    cr_expect_eq(at_ns, 4 * SECOND);
    cr_expect(begins(&limit, 4 * SECOND, &at_ns));
    dsy_limit_destroy(&limit);
}

Test(limit, a_rate_beyond_what_is_remembered)
{
    struct limit limit = new_limit(0, 2.0 * LIMIT_RATE_MOMENTS_MAX);
    int64_t at_ns;
    for (int count = 0; count < LIMIT_RATE_MOMENTS_MAX; count++)
        cr_expect(begins(&limit, 0, &at_ns));
    cr_expect_not(begins(&limit, 0, &at_ns));
    cr_expect_eq(at_ns, SECOND / 2, "half of them begin in half a second");
    dsy_limit_destroy(&limit);
}

Test(limit, both)
{
    struct limit limit = new_limit(1, 1);
    int64_t at_ns;
    cr_expect(begins(&limit, 0, &at_ns));
    cr_expect_not(begins(&limit, 2 * SECOND, &at_ns), "one runs still");
    dsy_limit_end(&limit);
    cr_expect_not(begins(&limit, SECOND / 2, &at_ns), "half a second later");
    cr_expect(begins(&limit, SECOND, &at_ns));
    dsy_limit_destroy(&limit);
}
