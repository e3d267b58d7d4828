/* time: RFC 3339 text and checked arithmetic. */
#include <string.h>

#include "dsy/text.h"
#include "dsy/time.h"
#include "runtime/value/number_text.h"
#include "runtime/value/scalar.h"

int64_t
dsy_time_add(struct dsy_run *run, int64_t time_ns, int64_t duration_ns)
{
    int64_t result;
    if (DSY_LIKELY(!__builtin_add_overflow(time_ns, duration_ns, &result)))
        return result;
    dsy_throw_overflow(run, "time + duration");
    return 0;
}

int64_t
dsy_time_subtract(struct dsy_run *run, int64_t time_ns, int64_t duration_ns)
{
    int64_t result;
    if (DSY_LIKELY(!__builtin_sub_overflow(time_ns, duration_ns, &result)))
        return result;
    dsy_throw_overflow(run, "time - duration");
    return 0;
}

int64_t
dsy_time_difference(struct dsy_run *run, int64_t left_ns, int64_t right_ns)
{
    int64_t result;
    if (DSY_LIKELY(!__builtin_sub_overflow(left_ns, right_ns, &result)))
        return result;
    dsy_throw_overflow(run, "time - time");
    return 0;
}

/* --- The calendar: Howard Hinnant's days_from_civil and civil_from_days, with years that begin in March --- */

enum { DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468 }; /* an era is 400 years; from 0000-03-01 to 1970-01-01 */

static int64_t
days_from_date(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static void
date_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += DAYS_TO_1970;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t day_of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

static int64_t
days_of_month(int64_t year, int64_t month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && is_leap);
}

/* --- Text --- */

/* A text that is read from the left. Each step says whether it found what it looked for. */
struct cursor {
    const char *next;
    size_t left;
};

static bool
take(struct cursor *cursor, char wanted)
{
    if (cursor->left == 0 || *cursor->next != wanted)
        return false;
    cursor->next++;
    cursor->left--;
    return true;
}

static bool
take_number(struct cursor *cursor, size_t digits, int64_t least, int64_t most, int64_t *number)
{
    uint64_t value;
    if (cursor->left < digits || !dsy_digits_read(cursor->next, digits, &value))
        return false;
    cursor->next += digits;
    cursor->left -= digits;
    *number = (int64_t)value;
    return *number >= least && *number <= most;
}

/* The digits after the point, 1 to 9, as nanoseconds. */
static bool
take_fraction(struct cursor *cursor, int64_t *nanoseconds)
{
    size_t digits = 0;
    while (digits < cursor->left && dsy_is_digit(cursor->next[digits]))
        digits++;
    if (digits == 0 || digits > 9 || !take_number(cursor, digits, 0, 999999999, nanoseconds))
        return false;
    for (; digits < 9; digits++)
        *nanoseconds *= 10;
    return true;
}

/* "Z" or "+hh:mm", as seconds to subtract. */
static bool
take_offset(struct cursor *cursor, int64_t *seconds)
{
    *seconds = 0;
    if (take(cursor, 'Z') || take(cursor, 'z'))
        return true;
    bool is_west = take(cursor, '-');
    int64_t hours, minutes;
    if ((!is_west && !take(cursor, '+')) || !take_number(cursor, 2, 0, 23, &hours) || !take(cursor, ':') ||
        !take_number(cursor, 2, 0, 59, &minutes))
        return false;
    *seconds = (is_west ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

bool
dsy_time_parse(dsy_string text, int64_t *time_ns)
{
    struct cursor cursor = { .next = text.data, .left = (size_t)text.size_bytes };
    int64_t year, month, day, hour, minute, second, nanoseconds = 0, offset;
    if (!take_number(&cursor, 4, 0, 9999, &year) || !take(&cursor, '-') || !take_number(&cursor, 2, 1, 12, &month) ||
        !take(&cursor, '-') || !take_number(&cursor, 2, 1, days_of_month(year, month), &day) ||
        (!take(&cursor, 'T') && !take(&cursor, 't')) || !take_number(&cursor, 2, 0, 23, &hour) || !take(&cursor, ':') ||
        !take_number(&cursor, 2, 0, 59, &minute) || !take(&cursor, ':') || !take_number(&cursor, 2, 0, 60, &second))
        return false;
    if (take(&cursor, '.') && !take_fraction(&cursor, &nanoseconds))
        return false;
    if (!take_offset(&cursor, &offset) || cursor.left != 0)
        return false;
    int64_t seconds =
        days_from_date(year, month, day) * DSY_SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset;
    /* A leap second is only ever the last of a UTC day; the next second, which we take it for, begins the next. */
    if (second == 60 && seconds % DSY_SECONDS_PER_DAY != 0)
        return false;
    /* From the second above, so that the first instant of all does not overflow on the way. */
    if (seconds < 0 && nanoseconds > 0) {
        seconds++;
        nanoseconds -= DSY_NANOSECONDS_PER_SECOND;
    }
    return !__builtin_mul_overflow(seconds, DSY_NANOSECONDS_PER_SECOND, &seconds) &&
           !__builtin_add_overflow(seconds, nanoseconds, time_ns);
}

dsy_string
dsy_time_text(int64_t time_ns, char *scratch)
{
    int64_t seconds = time_ns / DSY_NANOSECONDS_PER_SECOND, nanoseconds = time_ns % DSY_NANOSECONDS_PER_SECOND;
    if (nanoseconds < 0) {
        seconds--;
        nanoseconds += DSY_NANOSECONDS_PER_SECOND;
    }
    int64_t days = seconds / DSY_SECONDS_PER_DAY, second_of_day = seconds % DSY_SECONDS_PER_DAY;
    if (second_of_day < 0) {
        days--;
        second_of_day += DSY_SECONDS_PER_DAY;
    }
    int64_t year, month, day;
    date_from_days(days, &year, &month, &day);
    memcpy(scratch, "yyyy-mm-ddThh:mm:ss", 19);
    dsy_digits_write_padded((uint64_t)year, 4, scratch);
    dsy_digits_write_padded((uint64_t)month, 2, scratch + 5);
    dsy_digits_write_padded((uint64_t)day, 2, scratch + 8);
    dsy_digits_write_padded((uint64_t)second_of_day / 3600, 2, scratch + 11);
    dsy_digits_write_padded((uint64_t)second_of_day / 60 % 60, 2, scratch + 14);
    dsy_digits_write_padded((uint64_t)second_of_day % 60, 2, scratch + 17);
    int64_t size = 19;
    size += (int64_t)dsy_fraction_write((uint64_t)nanoseconds, scratch + size);
    scratch[size++] = 'Z';
    return (dsy_string){ .data = scratch, .size_bytes = size };
}

size_t
dsy_fraction_write(uint64_t nanoseconds, char *text)
{
    if (nanoseconds == 0)
        return 0;
    size_t digits = 9;
    for (; nanoseconds % 10 == 0; nanoseconds /= 10)
        digits--;
    text[0] = '.';
    dsy_digits_write_padded(nanoseconds, digits, text + 1);
    return digits + 1;
}

int64_t
dsy_time_from_string(struct dsy_run *run, dsy_string text)
{
    int64_t time_ns;
    if (dsy_time_parse(text, &time_ns))
        return time_ns;
    dsy_throw_invalid_value(run, text, "an RFC 3339 time such as 2026-01-01T00:00:00Z, from 1677 to 2262");
    return 0;
}

dsy_string
dsy_time_to_string(struct dsy_run *run, int64_t time_ns)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    return dsy_string_copy(run, dsy_time_text(time_ns, scratch));
}

DSY_DEFINE_PLAIN_ORDER(time, int64_t)
DSY_DEFINE_PLAIN_KEY(time, int64_t)
DSY_DESCRIBE_SCALAR(time, int64_t, "time", time_hash, time_parse)
