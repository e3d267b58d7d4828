/* std.time: see time.dsy. Zones come from ICU (runtime/base/zone.h); the Gregorian calendar is computed here, by
 * H. Hinnant's algorithms on eras of 400 years, whose years begin in March. */
#include <stdio.h>
#include <string.h>

#include "dsy/error.h"
#include "dsy/text.h"
#include "dsy/time.h"
#include "runtime/base/zone.h"
#include "stdlib/time.h"

/* Years beyond are no use, and days up to there are far from the ends of 64 bits. */
#define YEAR_MOST INT64_C(1000000000)
#define DAYS_MOST (YEAR_MOST * 366)

enum {
    ZONE_BYTES_MAX = 64,
    ERA_DAYS = 146097,
    DAYS_BEFORE_1970 = 719468, /* from 0000-03-01 */
};

/* ---- zones ---- */

/* Open a zone; NULL: thrown. */
static struct dsy_zone *
open_zone(struct dsy_run *run, dsy_string name)
{
    char text[ZONE_BYTES_MAX];
    struct dsy_zone *zone = NULL;
    struct dsy_error error = { 0 };
    bool fits = name.size_bytes > 0 && name.size_bytes < ZONE_BYTES_MAX &&
                memchr(name.data, '\0', (size_t)name.size_bytes) == NULL;
    if (fits) {
        memcpy(text, name.data, (size_t)name.size_bytes);
        text[name.size_bytes] = '\0';
    }
    enum dsy_status status = fits ? dsy_zone_open(text, &zone, &error) : DSY_NOT_FOUND;
    if (status == DSY_NOT_FOUND)
        dsy_throw_invalid_value(run, name, "the name of a time zone");
    else if (status != DSY_OK) {
        run->arena->status = DSY_NO_MEMORY;
        dsy_throw_out_of_memory(run);
    }
    return status == DSY_OK ? zone : NULL;
}

static int64_t
divide_down(int64_t number, int64_t divisor)
{
    return number / divisor - (number % divisor < 0);
}

bool
is_zone(struct dsy_run *run, dsy_string zone)
{
    if (run->failed)
        return false;
    char text[ZONE_BYTES_MAX];
    if (zone.size_bytes <= 0 || zone.size_bytes >= ZONE_BYTES_MAX)
        return false;
    memcpy(text, zone.data, (size_t)zone.size_bytes);
    text[zone.size_bytes] = '\0';
    struct dsy_zone *opened = NULL;
    struct dsy_error error = { 0 };
    bool is_known = strlen(text) == (size_t)zone.size_bytes && dsy_zone_open(text, &opened, &error) == DSY_OK;
    dsy_zone_close(opened);
    return is_known;
}

int64_t
offset(struct dsy_run *run, int64_t at, dsy_string zone)
{
    struct dsy_zone *opened = open_zone(run, zone);
    if (opened == NULL)
        return 0;
    int64_t utc_s = divide_down(at, DSY_NANOSECONDS_PER_SECOND);
    int64_t offset_s = dsy_zone_local_s(opened, utc_s) - utc_s;
    dsy_zone_close(opened);
    return offset_s * DSY_NANOSECONDS_PER_SECOND;
}

/* ---- the calendar ---- */

/* month: 1 to 12 */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = divide_down(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - DAYS_BEFORE_1970;
}

static struct Date
day_at(int64_t number)
{
    number += DAYS_BEFORE_1970;
    int64_t era = divide_down(number, ERA_DAYS);
    int64_t day_of_era = number - era * ERA_DAYS;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    return (struct Date){
        .year = year_of_era + era * 400 + (month <= 2),
        .month = month,
        .day = day_of_year - (153 * shifted + 2) / 5 + 1,
    };
}

int64_t
day_number(struct dsy_run *run, struct Date date)
{
    bool fits = date.year >= -YEAR_MOST && date.year <= YEAR_MOST && date.day >= -DAYS_MOST && date.day <= DAYS_MOST;
    if (fits && date.month >= 1 && date.month <= 12)
        return days_of(date.year, date.month, date.day);
    dsy_throw_format(run, &dsy_error_invalid_value, "there is no day %lld-%lld-%lld", (long long)date.year,
                     (long long)date.month, (long long)date.day);
    return 0;
}

struct Date
day_of_number(struct dsy_run *run, int64_t number)
{
    if (number >= -DAYS_MOST && number <= DAYS_MOST)
        return day_at(number);
    dsy_throw_overflow(run, "a day");
    return (struct Date){ 0 };
}

struct Date
date(struct dsy_run *run, int64_t at, dsy_string zone)
{
    struct dsy_zone *opened = open_zone(run, zone);
    if (opened == NULL)
        return (struct Date){ 0 };
    int64_t utc_s = divide_down(at, DSY_NANOSECONDS_PER_SECOND);
    int64_t local_s = dsy_zone_local_s(opened, utc_s);
    dsy_zone_close(opened);
    int64_t days = divide_down(local_s, DSY_SECONDS_PER_DAY);
    int64_t second = local_s - days * DSY_SECONDS_PER_DAY;
    struct Date shown = day_at(days);
    shown.hour = second / 3600;
    shown.minute = second / 60 % 60;
    shown.second = second % 60;
    shown.nanosecond = at - utc_s * DSY_NANOSECONDS_PER_SECOND;
    return shown;
}

/* Whether a date is in the calendar, in years near those of a time. */
static bool
is_right(const struct Date *date)
{
    if (date->year < 1600 || date->year > 2400 || date->month < 1 || date->month > 12)
        return false;
    struct Date again = day_at(days_of(date->year, date->month, date->day));
    return date->day >= 1 && date->day <= 31 && again.day == date->day && again.month == date->month &&
           date->hour >= 0 && date->hour <= 23 && date->minute >= 0 && date->minute <= 59 && date->second >= 0 &&
           date->second <= 59 && date->nanosecond >= 0 && date->nanosecond < DSY_NANOSECONDS_PER_SECOND;
}

static void
throw_date(struct dsy_run *run, const struct Date *date)
{
    dsy_throw_format(run, &dsy_error_invalid_value, "there is no time %lld-%lld-%lld %lld:%lld:%lld",
                     (long long)date->year, (long long)date->month, (long long)date->day, (long long)date->hour,
                     (long long)date->minute, (long long)date->second);
}

int64_t
instant(struct dsy_run *run, struct Date date, dsy_string zone)
{
    struct dsy_zone *opened = open_zone(run, zone);
    if (opened == NULL)
        return 0;
    bool fits = is_right(&date);
    int64_t at = 0;
    if (fits) {
        int64_t local_s = days_of(date.year, date.month, date.day) * DSY_SECONDS_PER_DAY + date.hour * 3600 +
                          date.minute * 60 + date.second;
        int64_t utc_s = dsy_zone_utc_s(opened, local_s);
        bool is_skipped = dsy_zone_local_s(opened, utc_s) != local_s; /* then the fraction was, too */
        fits = !__builtin_mul_overflow(utc_s, DSY_NANOSECONDS_PER_SECOND, &at) &&
               !__builtin_add_overflow(at, is_skipped ? 0 : date.nanosecond, &at);
    }
    dsy_zone_close(opened);
    if (!fits)
        throw_date(run, &date);
    return fits ? at : 0;
}

/* ---- numbers ---- */

int64_t
nanoseconds(struct dsy_run *run, int64_t span)
{
    (void)run;
    return span;
}

int64_t
of_nanoseconds(struct dsy_run *run, int64_t count)
{
    (void)run;
    return count;
}

/* ---- patterns ---- */

static const char *const month_names[] = { "January", "February", "March",     "April",   "May",      "June",
                                           "July",    "August",   "September", "October", "November", "December" };
static const char *const weekday_names[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                             "Friday", "Saturday", "Sunday" };

/* What a pattern is filled with. */
struct shown {
    struct Date date;
    int64_t weekday, day_of_year, week, week_year, offset_s;
};

enum { PART_BYTES_MAX = 32 };

static void
print_number(char *part, int64_t number, int width)
{
    snprintf(part, PART_BYTES_MAX, "%0*lld", width, (long long)number);
}

/* A number of one or two digits, as two letters or one ask for. */
static bool
print_short(char *part, int64_t number, int width)
{
    print_number(part, number, width);
    return width <= 2;
}

static bool
print_year(char *part, int64_t year, int width)
{
    if (width == 2)
        print_number(part, year % 100, 2);
    else
        print_number(part, year, width);
    return width <= 4;
}

/* A name, or its first three letters. */
static bool
print_name(char *part, const char *name, int width)
{
    snprintf(part, PART_BYTES_MAX, "%.*s", width == 4 ? PART_BYTES_MAX - 1 : 3, name);
    return width >= 3 && width <= 4;
}

static bool
print_fraction(char *part, int64_t nanosecond, int width)
{
    print_number(part, nanosecond, 9);
    if (width <= 9)
        part[width] = '\0';
    return width <= 9;
}

static bool
print_offset(char *part, int64_t offset_s, int width)
{
    int64_t minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    if (offset_s == 0)
        snprintf(part, PART_BYTES_MAX, "Z");
    else
        snprintf(part, PART_BYTES_MAX, "%c%02lld:%02lld", offset_s < 0 ? '-' : '+', (long long)(minutes / 60),
                 (long long)(minutes % 60));
    return width == 3;
}

/* Write what `width` times a letter stands for into part. Returns false when it stands for nothing. */
static bool
print_part(char *part, const struct shown *shown, char letter, int width)
{
    const struct Date *date = &shown->date;
    switch (letter) {
    case 'y': return print_year(part, date->year, width);
    case 'Y': return print_year(part, shown->week_year, width);
    case 'M':
        return width <= 2 ? print_short(part, date->month, width)
                          : print_name(part, month_names[date->month - 1], width);
    case 'd': return print_short(part, date->day, width);
    case 'D': print_number(part, shown->day_of_year, width); return width <= 3;
    case 'w': return print_short(part, shown->week, width);
    case 'E': return print_name(part, weekday_names[shown->weekday - 1], width);
    case 'H': return print_short(part, date->hour, width);
    case 'h': return print_short(part, (date->hour + 11) % 12 + 1, width);
    case 'a': snprintf(part, PART_BYTES_MAX, date->hour < 12 ? "AM" : "PM"); return width == 1;
    case 'm': return print_short(part, date->minute, width);
    case 's': return print_short(part, date->second, width);
    case 'S': return print_fraction(part, date->nanosecond, width);
    case 'X': return print_offset(part, shown->offset_s, width);
    default: return false;
    }
}

/* The text between apostrophes that begins at `at`, whose first is one; '' is one. Returns where it ends; -1: it is not
 * closed. */
static int64_t
print_quoted(struct dsy_builder *builder, dsy_string pattern, int64_t at)
{
    if (at + 1 < pattern.size_bytes && pattern.data[at + 1] == '\'') {
        dsy_builder_append(builder, DSY_STRING("'"));
        return at + 2;
    }
    for (at++; at < pattern.size_bytes;) {
        int64_t begin = at;
        while (at < pattern.size_bytes && pattern.data[at] != '\'')
            at++;
        dsy_builder_append(builder, (dsy_string){ .data = pattern.data + begin, .size_bytes = at - begin });
        if (at == pattern.size_bytes)
            return -1;
        if (at + 1 == pattern.size_bytes || pattern.data[at + 1] != '\'')
            return at + 1;
        dsy_builder_append(builder, DSY_STRING("'"));
        at += 2;
    }
    return -1;
}

static bool
is_letter(char octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
}

/* Print the part of the pattern at `at`. Returns where it ends; -1: it stands for nothing. */
static int64_t
print_next(struct dsy_builder *builder, const struct shown *shown, dsy_string pattern, int64_t at)
{
    char letter = pattern.data[at];
    int64_t end = at + 1;
    if (letter == '\'')
        return print_quoted(builder, pattern, at);
    if (!is_letter(letter)) {
        while (end < pattern.size_bytes && !is_letter(pattern.data[end]) && pattern.data[end] != '\'')
            end++;
        dsy_builder_append(builder, (dsy_string){ .data = pattern.data + at, .size_bytes = end - at });
        return end;
    }
    while (end < pattern.size_bytes && pattern.data[end] == letter)
        end++;
    char part[PART_BYTES_MAX];
    if (end - at > 9 || !print_part(part, shown, letter, (int)(end - at)))
        return -1;
    dsy_builder_append(builder, dsy_string_view(part));
    return end;
}

dsy_string
filled(struct dsy_run *run, dsy_string pattern, struct Date date, int64_t weekday, int64_t day_of_year, int64_t week,
       int64_t week_year, int64_t offset)
{
    if (run->failed)
        return (dsy_string){ 0 };
    struct shown shown = {
        .date = date,
        .weekday = weekday,
        .day_of_year = day_of_year,
        .week = week,
        .week_year = week_year,
        .offset_s = offset / DSY_NANOSECONDS_PER_SECOND,
    };
    struct dsy_builder builder = dsy_builder_begin(run);
    for (int64_t at = 0; at < pattern.size_bytes;) {
        at = print_next(&builder, &shown, pattern, at);
        if (at < 0) {
            dsy_throw_invalid_value(run, pattern, "a pattern of letters such as yyyy-MM-dd");
            return (dsy_string){ 0 };
        }
    }
    return dsy_builder_end(&builder);
}
