/* runtime/value/time.c and duration.c: text at the bounds, the calendar, checked arithmetic. */
#include <time.h>

#include "tests/support/value_check.h"

#define FIRST "1677-09-21T00:12:43.145224192Z"
#define LAST "2262-04-11T23:47:16.854775807Z"

static void
expect_time(const char *text, int64_t expected_ns)
{
    int64_t found_ns = 1;
    cr_assert(dsy_time_parse(dsy_string_view(text), &found_ns), "\"%s\" is a time", text);
    cr_assert(found_ns == expected_ns, "\"%s\": expected %ld, found %ld", text, (long)expected_ns, (long)found_ns);
}

Test(time, text_and_back)
{
    static const struct {
        const char *text;
        int64_t time_ns;
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01T00:00:00.000000001Z", 1 },
        { "1969-12-31T23:59:59.999999999Z", -1 },
        { "1969-12-31T23:59:59Z", -1000000000 },
        { "2026-01-01T00:00:00Z", INT64_C(1767225600000000000) },
        { "2000-02-29T12:30:45.5Z", INT64_C(951827445500000000) },
        { "1900-03-01T00:00:00Z", INT64_C(-2203891200000000000) },
        { FIRST, INT64_MIN },
        { LAST, INT64_MAX },
    };
    char scratch[DSY_PRINT_BYTES_MAX];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        expect_time(cases[i].text, cases[i].time_ns);
        expect_text(dsy_time_text(cases[i].time_ns, scratch), cases[i].text, "printed");
    }
}

Test(time, other_forms_of_the_same)
{
    expect_time("2026-01-01T01:30:00+01:30", INT64_C(1767225600000000000));
    expect_time("2025-12-31T16:00:00-08:00", INT64_C(1767225600000000000));
    expect_time("2026-01-01t00:00:00.000z", INT64_C(1767225600000000000));
    expect_time("2016-12-31T23:59:60Z", INT64_C(1483228800000000000));
    expect_time("2017-01-01T00:59:60+01:00", INT64_C(1483228800000000000));
}

Test(time, texts_that_are_no_times)
{
    static const char *const texts[] = {
        "",
        "2026",
        "2026-01-01",
        "2026-01-01T00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T12:00:60Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:00ZZ",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00+01",
        "02026-01-01T00:00:00Z",
        "-026-01-01T00:00:00Z",
        "2026-1-01T00:00:00Z",
        "1677-09-21T00:12:43.145224191Z",
        "2262-04-11T23:47:16.854775808Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    };
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        dsy_time_from_string(run, dsy_string_view(texts[i]));
        expect_error(run, &dsy_error_invalid_value, NULL, texts[i]);
    }
    run_end(&test);
}

/* The C library as a second opinion, over every day of 200 years and a prime of seconds. */
Test(time, the_calendar_agrees_with_gmtime)
{
    char scratch[DSY_PRINT_BYTES_MAX], expected[64];
    for (int64_t second = -INT64_C(100) * 31556952; second < INT64_C(100) * 31556952; second += 86399) {
        time_t moment = (time_t)second;
        struct tm calendar;
        gmtime_r(&moment, &calendar);
        strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &calendar);
        expect_text(dsy_time_text(second * DSY_NANOSECONDS_PER_SECOND, scratch), expected, "gmtime");
        expect_time(expected, second * DSY_NANOSECONDS_PER_SECOND);
    }
}

Test(time, arithmetic)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    cr_assert(dsy_time_add(run, INT64_MAX - 1, 1) == INT64_MAX);
    cr_assert(dsy_time_subtract(run, INT64_MIN + 1, 1) == INT64_MIN);
    cr_assert(dsy_time_difference(run, 5, 7) == -2);
    expect_no_error(run, "in range");
    dsy_time_add(run, INT64_MAX, 1);
    expect_error(run, &dsy_error_overflow, "the result of time + duration does not fit", "time + duration");
    dsy_time_subtract(run, INT64_MIN, 1);
    expect_error(run, &dsy_error_overflow, NULL, "time - duration");
    dsy_time_difference(run, INT64_MAX, -1);
    expect_error(run, &dsy_error_overflow, NULL, "time - time");
    run_end(&test);
}

Test(duration, text_and_back)
{
    static const struct {
        const char *text;
        int64_t duration_ns;
    } cases[] = {
        { "PT0S", 0 },
        { "PT0.000000001S", 1 },
        { "-PT0.25S", -250000000 },
        { "PT30S", INT64_C(30000000000) },
        { "PT5M", INT64_C(300000000000) },
        { "PT3H", INT64_C(10800000000000) },
        { "P7D", INT64_C(604800000000000) },
        { "P1DT1H1M1.5S", INT64_C(90061500000000) },
        { "-P1DT1S", INT64_C(-86401000000000) },
        { "P106751DT23H47M16.854775807S", INT64_MAX },
        { "-P106751DT23H47M16.854775808S", INT64_MIN },
    };
    char scratch[DSY_PRINT_BYTES_MAX];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t found_ns = 7;
        cr_assert(dsy_duration_parse(dsy_string_view(cases[i].text), &found_ns), "%s", cases[i].text);
        cr_assert(found_ns == cases[i].duration_ns, "%s: found %ld", cases[i].text, (long)found_ns);
        expect_text(dsy_duration_text(cases[i].duration_ns, scratch), cases[i].text, "printed");
    }
}

Test(duration, other_forms_of_the_same)
{
    int64_t found_ns;
    cr_assert(dsy_duration_parse(DSY_STRING("PT90M"), &found_ns) && found_ns == INT64_C(5400000000000));
    cr_assert(dsy_duration_parse(DSY_STRING("+P0DT0H24M0.50S"), &found_ns) && found_ns == INT64_C(1440500000000));
    cr_assert(dsy_duration_parse(DSY_STRING("P0D"), &found_ns) && found_ns == 0);
    cr_assert(dsy_duration_parse(DSY_STRING("-PT0S"), &found_ns) && found_ns == 0);
}

Test(duration, texts_that_are_no_durations)
{
    static const char *const texts[] = {
        "",
        "P",
        "PT",
        "-P",
        "P1",
        "PT1",
        "1S",
        "P1S",
        "P1H",
        "PT1D",
        "P1DT",
        "PT1S1M",
        "PT1S1S",
        "P1DT1D",
        "PT1M1H",
        "PT1.5M",
        "PT.5S",
        "PT1.S",
        "PT1.1234567890S",
        "P1Y",
        "P1W",
        "P1M",
        "PT 1S",
        "PT1S ",
        "pt1s",
        "PT-1S",
        "PTT1S",
        "PT9223372036.854775808S",
        "-PT9223372036.854775809S",
        "P106752D",
        "PT99999999999999999999S",
        "P1D1D",
    };
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        dsy_duration_from_string(run, dsy_string_view(texts[i]));
        expect_error(run, &dsy_error_invalid_value, NULL, texts[i]);
    }
    run_end(&test);
}

Test(duration, arithmetic)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    cr_assert(dsy_duration_add(run, 1, 2) == 3 && dsy_duration_subtract(run, 1, 2) == -1);
    cr_assert(dsy_duration_multiply(run, -4, 5) == -20 && dsy_duration_divide(run, -7, 2) == -3);
    cr_assert(dsy_duration_divide(run, 7, -1) == -7 && dsy_duration_negate(run, INT64_MAX) == -INT64_MAX);
    cr_assert(dsy_duration_seconds(-1999999999) == -1 && dsy_duration_milliseconds(1999999) == 1);
    expect_no_error(run, "in range");
    dsy_duration_add(run, INT64_MAX, 1);
    expect_error(run, &dsy_error_overflow, NULL, "most + 1");
    dsy_duration_subtract(run, INT64_MIN, 1);
    expect_error(run, &dsy_error_overflow, NULL, "least - 1");
    dsy_duration_multiply(run, INT64_MAX / 2 + 1, 2);
    expect_error(run, &dsy_error_overflow, NULL, "half * 2");
    dsy_duration_divide(run, INT64_MIN, -1);
    expect_error(run, &dsy_error_overflow, NULL, "least / -1");
    dsy_duration_divide(run, 1, 0);
    expect_error(run, &dsy_error_divide_by_zero, NULL, "1 / 0");
    dsy_duration_negate(run, INT64_MIN);
    expect_error(run, &dsy_error_overflow, NULL, "-least");
    run_end(&test);
}
