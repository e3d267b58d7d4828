/* The small parts of runtime/base: status.c, format.c, clock.c, random.c, log.c. */
#include <stdarg.h>

#include "runtime/base/clock.h"
#include "runtime/base/format.h"
#include "runtime/base/log.h"
#include "runtime/base/random.h"
#include "tests/support/value_check.h"

Test(base, status_has_texts_and_the_first_error_wins)
{
    cr_assert_str_eq(dsy_status_text(DSY_OK), "succeeded");
    cr_assert_str_eq(dsy_status_text(DSY_FAILED), "it failed");
    cr_assert_str_eq(dsy_status_text((enum dsy_status)9999), "unknown status");
    struct dsy_error error = { 0 };
    cr_assert(dsy_error_set(&error, DSY_FULL, "the queue holds %d messages", 8) == DSY_FULL);
    cr_assert(dsy_error_set(&error, DSY_BUSY, "later") == DSY_BUSY);
    cr_assert_str_eq(error.text, "the queue holds 8 messages");
    cr_assert(error.status == DSY_FULL);
    cr_assert(dsy_error_set(NULL, DSY_BUSY, "nobody listens") == DSY_BUSY);
}

static size_t
formatted(char *text, size_t size_bytes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t size = dsy_format_text(text, size_bytes, format, arguments);
    va_end(arguments);
    return size;
}

Test(base, format_cuts_between_characters)
{
    char text[8];
    cr_assert(formatted(text, sizeof text, "%s", "1234567") == 7);
    cr_assert(formatted(text, sizeof text, "%s", "12345678") == 7);
    cr_assert_str_eq(text, "1234567");
    cr_assert(formatted(text, sizeof text, "%s", "12345é") == 7, "é just fits");
    cr_assert(formatted(text, sizeof text, "%s", "123456é") == 6, "é would be cut");
    cr_assert_str_eq(text, "123456");
    cr_assert(formatted(text, sizeof text, "%s", "1234😀") == 4);
    cr_assert(dsy_whole_characters("é", 1) == 0);
    cr_assert(dsy_whole_characters("", 0) == 0);
}

Test(base, system_clock_is_of_this_century_and_monotonic)
{
    struct dsy_clock clock = dsy_clock_system();
    int64_t one = dsy_clock_monotonic_ns(&clock), other = dsy_clock_monotonic_ns(&clock);
    cr_assert(other >= one);
    cr_assert(dsy_clock_utc_ns(&clock) > INT64_C(1700000000) * DSY_NANOSECONDS_PER_SECOND);
}

Test(base, seeded_random_repeats_and_differs_by_seed)
{
    struct dsy_random_state states[3];
    struct dsy_random one = dsy_random_seeded(&states[0], 7), same = dsy_random_seeded(&states[1], 7),
                      other = dsy_random_seeded(&states[2], 8);
    int differing = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t word = dsy_random_uint64(&one);
        cr_assert(word == dsy_random_uint64(&same), "draw %d", i);
        differing += word != dsy_random_uint64(&other);
    }
    cr_assert(differing > 90, "two seeds gave the same %d of 100 numbers", 100 - differing);
}

Test(base, random_below_stays_below_and_reaches_all)
{
    struct dsy_random_state state;
    struct dsy_random random = dsy_random_seeded(&state, 1);
    int counts[6] = { 0 };
    for (int i = 0; i < 6000; i++) {
        uint64_t number = dsy_random_below(&random, 6);
        cr_assert(number < 6);
        counts[number]++;
    }
    for (int i = 0; i < 6; i++)
        cr_assert(counts[i] > 800 && counts[i] < 1200, "%d came %d times in 6000", i, counts[i]);
    cr_assert(dsy_random_below(&random, 1) == 0);
}

Test(base, random_uuids_are_version_4_and_distinct)
{
    struct dsy_random random = dsy_random_system();
    dsy_uuid one = dsy_random_uuid(&random), other = dsy_random_uuid(&random);
    cr_assert(one.octets[6] >> 4 == 4 && one.octets[8] >> 6 == 2);
    cr_assert(!dsy_uuid_equal(one, other));
}

struct sink {
    char line[DSY_LOG_LINE_BYTES_MAX];
    size_t size_bytes;
    int count;
};

static void
take_line(void *context, enum dsy_log_level level, const char *line, size_t size_bytes)
{
    struct sink *sink = context;
    (void)level;
    memcpy(sink->line, line, size_bytes + 1);
    sink->size_bytes = size_bytes;
    sink->count++;
}

static int64_t
fixed_utc_ns(void *context)
{
    (void)context;
    return INT64_C(1767225600123000000); /* 2026-01-01T00:00:00.123Z */
}

Test(base, log_lines_cannot_be_forged_or_grow)
{
    struct sink sink = { .count = 0 };
    struct dsy_log log = {
        .write = take_line, .context = &sink, .least = DSY_LOG_INFO, .clock = { .utc_ns = fixed_utc_ns }
    };
    dsy_log_write(&log, DSY_LOG_DEBUG, "dropped");
    dsy_log_write(NULL, DSY_LOG_ERROR, "nowhere");
    cr_assert(sink.count == 0);
    dsy_log_write(&log, DSY_LOG_WARNING, "user \"%s\"", "a\nb\x1b[0m");
    cr_assert_str_eq(sink.line, "2026-01-01T00:00:00.123Z warning user \"a b [0m\"");
    dsy_log_write(&log, DSY_LOG_ERROR, "%5000d", 1);
    cr_assert(sink.size_bytes == DSY_LOG_LINE_BYTES_MAX - 1 && strlen(sink.line) == sink.size_bytes);
}
