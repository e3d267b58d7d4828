/* Cron: the grammar, and next times over years and zones against a search that knows no calendar: minute after minute,
 * by the C library's own zones. */
#include "runtime/core/cron.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

#define NS INT64_C(1000000000)

static struct cron
read_cron(const char *text)
{
    struct cron cron = { 0 };
    const char *problem = "";
    cr_assert(dsy_cron_read(text, &cron, &problem), "%s: %s", text, problem);
    return cron;
}

static int64_t
instant(const char *text)
{
    struct tm broken = { 0 };
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &broken);
    cr_assert(end != NULL && *end == '\0', "%s", text);
    return timegm(&broken) * NS;
}

static const char *
text_of(int64_t time_ns)
{
    static char texts[4][32];
    static int next;
    char *text = texts[next++ % 4];
    time_t time_s = time_ns / NS;
    struct tm broken;
    gmtime_r(&time_s, &broken);
    strftime(text, sizeof texts[0], "%Y-%m-%dT%H:%M:%SZ", &broken);
    return text;
}

Test(cron, what_it_takes)
{
    static const char *const good[] = {
        "* * * * *",          "0 9 * * MON",        "*/15 0-6,12 1,15 jan-mar Sun",
        " 5/20  23 31 12 7 ", "0-59/59 0/23 1 * 0", "0 0 1-31/2 */3 1-5/2",
    };
    static const char *const bad[] = {
        "",
        " ",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 0 *",
        "* * * 13 *",
        "* * * * 8",
        "a * * * *",
        "1- * * * *",
        "2-1 * * * *",
        "*/0 * * * *",
        "*/60 * * * *",
        "1, * * * *",
        "-1 * * * *",
        "1.5 * * * *",
        "* * * MOND *",
        "* * * * FRI-MON",
        "99999999999999999999 * * * *",
        "@daily",
        "*\t* * * *",
        "1 2 3 4 5x",
    };
    for (size_t index = 0; index < sizeof good / sizeof good[0]; index++)
        read_cron(good[index]);
    for (size_t index = 0; index < sizeof bad / sizeof bad[0]; index++) {
        struct cron cron;
        const char *problem = NULL;
        cr_expect_not(dsy_cron_read(bad[index], &cron, &problem), "'%s' is taken", bad[index]);
        cr_expect(problem != NULL && problem[0] != '\0');
    }
}

Test(cron, known_times)
{
    static const struct {
        const char *cron, *zone, *after, *next;
    } cases[] = {
        { "0 9 * * MON", "UTC", "2026-01-01T00:00:00Z", "2026-01-05T09:00:00Z" },
        { "0 9 * * MON", "UTC", "2026-01-05T09:00:00Z", "2026-01-12T09:00:00Z" },
        { "0 9 * * MON", "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-01-05T08:00:00Z" },
        { "0 9 * * MON", "Europe/Berlin", "2026-07-01T00:00:00Z", "2026-07-06T07:00:00Z" },
        /* 2026-03-29: clocks go from 02:00 to 03:00 */
        { "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z" },
        { "30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z" },
        { "*/10 2 * * *", "Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z" },
        { "*/10 2,3 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T01:10:00Z" },
        /* 2026-10-25: they go from 03:00 back to 02:00 */
        { "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z" },
        { "30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z" },
        { "30 2 * * *", "Europe/Berlin", "2026-10-25T01:15:00Z", "2026-10-26T01:30:00Z" },
        /* Samoa left out a whole day, the 30th of December 2011 */
        { "0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", "2011-12-30T10:00:00Z" },
        /* Lord Howe's clocks are set by half an hour */
        { "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z" },
        { "0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z" },
        { "0 0 13 * FRI", "UTC", "2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z" },
        { "0 0 */2 * FRI", "UTC", "2026-03-01T00:00:00Z", "2026-03-13T00:00:00Z" },
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct cron cron = read_cron(cases[index].cron);
        struct dsy_zone *zone = NULL;
        cr_assert_eq(dsy_zone_open(cases[index].zone, &zone, NULL), DSY_OK);
        int64_t next = dsy_cron_next_ns(&cron, zone, instant(cases[index].after));
        cr_expect_eq(next, instant(cases[index].next), "%s in %s after %s: %s instead of %s", cases[index].cron,
                     cases[index].zone, cases[index].after, text_of(next), cases[index].next);
        dsy_zone_close(zone);
    }
}

Test(cron, what_never_comes)
{
    struct cron cron = read_cron("0 0 30 2 *");
    struct dsy_zone *zone = NULL;
    cr_assert_eq(dsy_zone_open("UTC", &zone, NULL), DSY_OK);
    cr_expect_eq(dsy_cron_next_ns(&cron, zone, 0), INT64_MAX);
    struct cron always = read_cron("* * * * *");
    cr_expect_eq(dsy_cron_next_ns(&always, zone, INT64_MAX - 1), INT64_MAX);
    cr_expect_eq(dsy_cron_next_ns(&always, zone, -1), 0);
    dsy_zone_close(zone);
}

Test(cron, zones_that_are_none)
{
    static const char *const bad[] = {
        "",       "Europe/Berln",
        "GMT+3",  "Etc/Unknown",
        "\xff",   "UTC ",
        "../UTC", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    };
    for (size_t index = 0; index < sizeof bad / sizeof bad[0]; index++) {
        struct dsy_zone *zone = NULL;
        struct dsy_error error = { 0 };
        cr_expect_eq(dsy_zone_open(bad[index], &zone, &error), DSY_NOT_FOUND, "%s", bad[index]);
        dsy_zone_close(zone);
    }
}

/* ---- the search ---- */

struct clock_face {
    int minute, hour, day, month, weekday;
};

/* The fields as text, compared as a person would: no bits, no calendar. */
static bool
field_has(const char *field, int value, int first)
{
    char copy[64];
    snprintf(copy, sizeof copy, "%s", field);
    char *rest = copy, *item;
    while ((item = strsep(&rest, ",")) != NULL) {
        int least = first, most = 99, step = 1;
        char *slash = strchr(item, '/');
        if (slash != NULL)
            step = atoi(slash + 1);
        if (item[0] != '*') {
            char *dash = strchr(item, '-');
            least = atoi(item);
            most = dash != NULL ? atoi(dash + 1) : slash != NULL ? 99 : least;
        }
        if (value >= least && value <= most && (value - least) % step == 0)
            return true;
    }
    return false;
}

static bool
fits(char fields[5][64], const struct clock_face *face)
{
    bool day = field_has(fields[2], face->day, 1);
    bool weekday = field_has(fields[4], face->weekday, 0) || (face->weekday == 0 && field_has(fields[4], 7, 0));
    bool is_either = fields[2][0] != '*' && fields[4][0] != '*';
    return field_has(fields[0], face->minute, 0) && field_has(fields[1], face->hour, 0) &&
           field_has(fields[3], face->month, 1) && (is_either ? day || weekday : day && weekday);
}

static struct clock_face
face_of(int64_t local_minute)
{
    time_t seconds = local_minute * 60;
    struct tm broken;
    gmtime_r(&seconds, &broken);
    return (struct clock_face){ broken.tm_min, broken.tm_hour, broken.tm_mday, broken.tm_mon + 1, broken.tm_wday };
}

/* Walk through the minutes of some years and compare each run of the schedule. */
static size_t
compare(const char *text, const char *zone_name, int first_year, int year_count)
{
    struct cron cron = read_cron(text);
    char fields[5][64];
    cr_assert_eq(sscanf(text, "%63s %63s %63s %63s %63s", fields[0], fields[1], fields[2], fields[3], fields[4]), 5);
    struct dsy_zone *zone = NULL;
    cr_assert_eq(dsy_zone_open(zone_name, &zone, NULL), DSY_OK);
    setenv("TZ", zone_name, 1);
    tzset();
    struct tm begin = { .tm_year = first_year - 1900, .tm_mday = 1 }, end = begin;
    end.tm_year += year_count;
    int64_t minute = timegm(&begin) / 60, end_minute = timegm(&end) / 60, shown = INT64_MIN;
    int64_t next_ns = dsy_cron_next_ns(&cron, zone, (minute * 60 - 1) * NS);
    size_t runs = 0;
    for (; minute < end_minute; minute++) {
        time_t seconds = minute * 60;
        struct tm broken;
        localtime_r(&seconds, &broken);
        int64_t local = minute + broken.tm_gmtoff / 60;
        bool is_due = false;
        /* What is shown again is over; what is left out is made up for. */
        for (int64_t at = shown == INT64_MIN ? local : shown + 1; at <= local && !is_due; at++) {
            struct clock_face face = face_of(at);
            is_due = fits(fields, &face);
        }
        shown = local > shown ? local : shown;
        bool says_so = next_ns == minute * 60 * NS;
        if (is_due != says_so) {
            cr_expect(false, "%s in %s: at %s it is %s, next is %s", text, zone_name, text_of(minute * 60 * NS),
                      is_due ? "due" : "not due", text_of(next_ns));
            break;
        }
        if (is_due) {
            runs++;
            next_ns = dsy_cron_next_ns(&cron, zone, next_ns);
        }
    }
    dsy_zone_close(zone);
    return runs;
}

Test(cron, agrees_with_a_search_minute_after_minute, .timeout = 100)
{
    static const char *const crons[] = {
        "30 2 * * *", "*/20 1-3 * * *", "0 0 * * 1-5", "59 23 28-31 * *", "7 */5 */3 * 0,6", "15 0,12 13 * 5",
    };
    static const struct {
        const char *name;
        int year;
    } zones[] = {
        { "UTC", 2024 },
        { "Europe/Berlin", 2025 },
        { "America/New_York", 2026 },
        { "Australia/Lord_Howe", 2024 },
        { "America/Sao_Paulo", 2018 },
        { "Africa/Casablanca", 2025 },
        { "Asia/Kathmandu", 2023 },
        { "Pacific/Apia", 2011 },
        { "Pacific/Apia", 2012 },
    };
    size_t runs = 0;
    for (size_t zone = 0; zone < sizeof zones / sizeof zones[0]; zone++) {
        for (size_t index = 0; index < sizeof crons / sizeof crons[0]; index++) {
            runs += compare(crons[index], zones[zone].name, zones[zone].year, 1 + (int)(index == 0));
        }
    }
    cr_log_info("%zu runs compared", runs);
    cr_expect(runs > 10000, "%zu", runs);
}
