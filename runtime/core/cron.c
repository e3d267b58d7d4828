/* Cron expressions and their next times (cron.h). */
#include "runtime/core/cron.h"

#include <string.h>
#include <strings.h>

#include "dsy/time.h"

enum {
    MINUTE,
    HOUR,
    DAY,
    MONTH,
    WEEKDAY,
    FIELD_COUNT,

    NAME_LETTERS = 3,
    MINUTE_S = 60,
    DAY_S = 86400,

    /* No schedule that runs at all has a longer pause, a 29 February on one day of the week over 2100 included. */
    YEARS_MAX = 48,
};

struct field {
    int least, most;
    const char *names; /* three letters each, from the value `first_named` on; "": numbers only */
    int first_named;
    const char *problem;
};

static const struct field fields[FIELD_COUNT] = {
    [MINUTE] = { 0, 59, "", 0, "the minute is from 0 to 59" },
    [HOUR] = { 0, 23, "", 0, "the hour is from 0 to 23" },
    [DAY] = { 1, 31, "", 0, "the day of the month is from 1 to 31" },
    [MONTH] = { 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", 1, "the month is from 1 to 12, or JAN to DEC" },
    [WEEKDAY] = { 0, 7, "SUNMONTUEWEDTHUFRISAT", 0, "the day of the week is from 0 to 7, or SUN to SAT" },
};

/* ---- reading ---- */

static bool
read_number(const char **at, int *value)
{
    if (**at < '0' || **at > '9')
        return false;
    for (*value = 0; **at >= '0' && **at <= '9'; (*at)++)
        *value = *value > 999 ? 1000 : *value * 10 + (**at - '0');
    return true;
}

static bool
read_value(const struct field *field, const char **at, int *value)
{
    if (read_number(at, value))
        return *value >= field->least && *value <= field->most;
    for (int index = 0; field->names[index * NAME_LETTERS] != '\0'; index++) {
        if (strncasecmp(*at, field->names + index * NAME_LETTERS, NAME_LETTERS) != 0)
            continue;
        *at += NAME_LETTERS;
        *value = field->first_named + index;
        return true;
    }
    return false;
}

static bool
read_item(const struct field *field, const char **at, uint64_t *values)
{
    int least = field->least, most = field->most, step = 1;
    bool is_single = false;
    if (**at == '*') {
        (*at)++;
    } else {
        if (!read_value(field, at, &least))
            return false;
        most = least;
        is_single = **at != '-';
        if (!is_single) {
            (*at)++;
            if (!read_value(field, at, &most) || most < least)
                return false;
        }
    }
    if (**at == '/') {
        (*at)++;
        if (!read_number(at, &step) || step < 1 || step > field->most)
            return false;
        most = is_single ? field->most : most;
    }
    for (int value = least; value <= most; value += step)
        *values |= UINT64_C(1) << value;
    return true;
}

static bool
read_field(const struct field *field, const char **at, uint64_t *values)
{
    *values = 0;
    for (;;) {
        if (!read_item(field, at, values))
            return false;
        if (**at != ',')
            return **at == ' ' || **at == '\0';
        (*at)++;
    }
}

bool
dsy_cron_read(const char *text, struct cron *cron, const char **problem)
{
    uint64_t values[FIELD_COUNT];
    bool any[FIELD_COUNT];
    const char *at = text;
    for (int index = 0; index < FIELD_COUNT; index++) {
        at += strspn(at, " ");
        *problem = *at == '\0' ? "there are fewer than five fields" : fields[index].problem;
        any[index] = *at == '*';
        if (!read_field(&fields[index], &at, &values[index]))
            return false;
    }
    at += strspn(at, " ");
    *problem = "there are more than five fields";
    if (*at != '\0')
        return false;
    *problem = "";
    uint64_t sundays = (values[WEEKDAY] | values[WEEKDAY] >> 7) & 1;
    *cron = (struct cron){
        .minutes = values[MINUTE],
        .hours = (uint32_t)values[HOUR],
        .days = (uint32_t)values[DAY],
        .months = (uint32_t)values[MONTH],
        .weekdays = (uint32_t)((values[WEEKDAY] & 0x7e) | sundays),
        .any_day = any[DAY],
        .any_weekday = any[WEEKDAY],
    };
    return true;
}

/* ---- days ---- */

struct date {
    int64_t year;
    int month, day; /* from 1 */
};

/* The day that lies so many days after 1970-01-01, in the proleptic Gregorian calendar. After Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms": years are counted from March, so that the leap day is their last. */
static struct date
date_of(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    return (struct date){
        .year = year_of_era + era * 400 + (month >= 10 ? 1 : 0),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
    };
}

static int64_t
floor_divide(int64_t value, int64_t divisor)
{
    return value / divisor - (value % divisor < 0 ? 1 : 0);
}

static bool
has_day(const struct cron *cron, int64_t days)
{
    struct date date = date_of(days);
    int64_t weekday = (days + 4) - floor_divide(days + 4, 7) * 7; /* 1970-01-01 was a Thursday */
    bool fits_day = (cron->days >> date.day & 1) != 0, fits_weekday = (cron->weekdays >> weekday & 1) != 0;
    if ((cron->months >> date.month & 1) == 0)
        return false;
    return cron->any_day || cron->any_weekday ? fits_day && fits_weekday : fits_day || fits_weekday;
}

/* The first minute of a day, not before `from`, that fits; -1: there is none. */
static int
minute_of_day(const struct cron *cron, int from)
{
    for (int hour = from / 60; hour < 24; hour++) {
        if ((cron->hours >> hour & 1) == 0)
            continue;
        int least = hour == from / 60 ? from % 60 : 0;
        uint64_t minutes = cron->minutes >> least;
        if (minutes != 0)
            return hour * 60 + least + __builtin_ctzll(minutes);
    }
    return -1;
}

int64_t
dsy_cron_next_ns(const struct cron *cron, struct dsy_zone *zone, int64_t after_ns)
{
    int64_t after_s = floor_divide(after_ns, DSY_NANOSECONDS_PER_SECOND);
    int64_t local_s = dsy_zone_local_s(zone, after_s);
    int64_t day = floor_divide(local_s, DAY_S), last_day = day + INT64_C(366) * YEARS_MAX;
    int minute = (int)((local_s - day * DAY_S) / MINUTE_S);
    for (; day <= last_day; day++, minute = 0) {
        if (!has_day(cron, day))
            continue;
        for (; minute < 24 * 60 && (minute = minute_of_day(cron, minute)) >= 0; minute++) {
            int64_t next_s = dsy_zone_utc_s(zone, day * DAY_S + minute * MINUTE_S);
            if (next_s > INT64_MAX / DSY_NANOSECONDS_PER_SECOND)
                return INT64_MAX;
            /* Where clocks are set back, times that were shown before come again: they are over. */
            if (next_s > after_s)
                return next_s * DSY_NANOSECONDS_PER_SECOND;
        }
    }
    return INT64_MAX;
}
