/* What the unit tests of values share: a run with an arena of its own, and checks that print what they found. */
#ifndef DSY_TESTS_VALUE_CHECK_H
#define DSY_TESTS_VALUE_CHECK_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "dsy/codec.h"
#include "dsy/value.h"

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* A run that a test makes with run_begin and gives back with run_end. */
struct test_run {
    struct dsy_run run;
    struct dsy_arena arena;
};

static inline struct dsy_run *
run_begin(struct test_run *test, size_t arena_bytes_max)
{
    dsy_arena_init(&test->arena, arena_bytes_max);
    test->arena.hash_seed = 42;
    dsy_run_init(&test->run, &test->arena, 1000);
    return &test->run;
}

static inline void
run_end(struct test_run *test)
{
    dsy_arena_destroy(&test->arena);
}

/* The text is exactly `expected`. what says which case it is. */
static inline void
expect_text(dsy_string found, const char *expected, const char *what)
{
    cr_assert(dsy_string_equal(found, dsy_string_view(expected)), "%s: expected \"%s\", found \"%.*s\"", what, expected,
              (int)found.size_bytes, found.size_bytes > 0 ? found.data : "");
}

/* The run has thrown that error with that message (NULL: any), and is made ready to go on. */
static inline void
expect_error(struct dsy_run *run, const struct dsy_error_type *type, const char *message, const char *what)
{
    cr_assert(run->failed, "%s: expected %s, but nothing was thrown", what, type->name);
    struct dsy_error_value error = dsy_catch(run);
    cr_assert(error.type == type, "%s: expected %s, found %s: %.*s", what, type->name, error.type->name,
              (int)error.message.size_bytes, error.message.data);
    if (message != NULL)
        expect_text(error.message, message, what);
}

static inline void
expect_no_error(const struct dsy_run *run, const char *what)
{
    cr_assert(!run->failed, "%s: %s: %.*s", what, run->failed ? run->error.type->name : "",
              run->failed ? (int)run->error.message.size_bytes : 0, run->failed ? run->error.message.data : "");
}

#endif
