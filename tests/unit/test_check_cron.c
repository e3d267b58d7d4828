/* The fields of a schedule: what the compiler takes, the runtime takes too, and what it refuses, the runtime refuses or
 * never runs. Written ones, and ones that chance makes of their pieces. */
#include "compiler/check/cron.h"
#include "runtime/core/cron.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

static struct arena arena;
static jmp_buf out_of_memory;

static void
begin(void)
{
    arena_initialise(&arena, &out_of_memory);
}

static void
end(void)
{
    arena_free(&arena);
}

TestSuite(check_cron, .init = begin, .fini = end);

/* Whether the runtime would ever run it. */
static bool
runs(const char *text)
{
    struct cron cron = { 0 };
    const char *problem = "";
    if (!dsy_cron_read(text, &cron, &problem))
        return false;
    struct dsy_zone *zone = NULL;
    struct dsy_error error = { 0 };
    cr_assert_eq(dsy_zone_open("UTC", &zone, &error), DSY_OK);
    bool is_ever = dsy_cron_next_ns(&cron, zone, 0) != INT64_MAX;
    dsy_zone_close(zone);
    return is_ever;
}

Test(check_cron, takes_what_runs)
{
    static const char *const right[] = {
        "* * * * *",         "0 9 * * MON",  "*/15 0-6,22 1-31/2 JAN,Feb-dec MON-FRI",
        "59 23 31 12 7",     "0 0 29 2 *",   "  0   0 1 1 sun  ",
        "0/20 8-18/2 * * *", "0 0 30 2 MON", "0 0 13 * FRI",
    };
    for (size_t index = 0; index < sizeof right / sizeof right[0]; index++) {
        const char *problem = cron_problem(&arena, text_from_string(right[index]));
        cr_expect_null(problem, "%s: %s", right[index], problem);
        cr_expect(runs(right[index]), "%s never runs", right[index]);
    }
}

Test(check_cron, refuses_what_never_runs)
{
    static const char *const wrong[] = {
        "",
        "*",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 0 *",
        "* * * 13 *",
        "* * * * 8",
        "-1 * * * *",
        "5-1 * * * *",
        "*/0 * * * *",
        "*/60 * * * *",
        "1, * * * *",
        ", * * * *",
        "1-2-3 * * * *",
        "* * * JANUARY *",
        "JAN * * * *",
        "* * * MON *",
        "* * 30 2 *",
        "* * 31 2,4,6,9,11 *",
        "*5 * * * *",
        "* * L * *",
        "1.5 * * * *",
        "*\t* * * *",
    };
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        cr_expect_not_null(cron_problem(&arena, text_from_string(wrong[index])), "'%s' is taken", wrong[index]);
        cr_expect_not(runs(wrong[index]), "'%s' runs", wrong[index]);
    }
}

Test(check_cron, agrees_with_the_runtime)
{
    static const char *const pieces[] = { "*", "0", "1",  "7",  "12",  "29",  "31",  "59",  "60", "-",
                                          ",", "/", "/2", "-5", "MON", "sun", "FEB", "dec", " ",  "x" };
    enum { PIECE_COUNT = sizeof pieces / sizeof pieces[0] };
    uint64_t state = 1;
    size_t taken_count = 0;
    for (int round = 0; round < 20000; round++) {
        char text[128] = "";
        for (int field = 0; field < 5; field++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            /* Half of them are stars, or hardly any would be right. */
            size_t count = state >> 63 != 0 ? 0 : state >> 62 == 0 ? 4 : 1;
            strcat(text, count == 0 ? "*" : "");
            for (size_t piece = 0; piece < count; piece++)
                strcat(text, pieces[(state >> (20 + piece * 8)) % PIECE_COUNT]);
            strcat(text, field < 4 ? " " : "");
        }
        bool is_taken = cron_problem(&arena, text_from_string(text)) == NULL;
        taken_count += is_taken;
        cr_assert_eq(is_taken, runs(text), "'%s' is %s", text,
                     is_taken ? "taken, and never runs" : "refused, and runs");
    }
    cr_expect_geq(taken_count, 200, "chance made only %zu that are right", taken_count);
}
