/* Constants that are written as texts: see text_value.h. */
#include "compiler/check/text_value.h"

#include <ctype.h>

#define NANOSECONDS_PER_SECOND INT64_C(1000000000)
#define FRACTION_DIGITS_MAX 9

/* What is still to be read of a text. */
struct cursor {
    const char *next;
    const char *end;
};

static bool
take(struct cursor *cursor, char letter)
{
    if (cursor->next == cursor->end || tolower((unsigned char)*cursor->next) != tolower((unsigned char)letter))
        return false;
    cursor->next++;
    return true;
}

static bool
take_number(struct cursor *cursor, int digits, int *number)
{
    *number = 0;
    for (int index = 0; index < digits; index++) {
        if (cursor->next == cursor->end || !isdigit((unsigned char)*cursor->next))
            return false;
        *number = *number * 10 + (*cursor->next++ - '0');
    }
    return true;
}

/* ".5" as nanoseconds; no fraction is none. */
static bool
take_fraction(struct cursor *cursor, int64_t *nanoseconds)
{
    *nanoseconds = 0;
    if (!take(cursor, '.'))
        return true;
    int count = 0;
    int64_t scale = NANOSECONDS_PER_SECOND;
    while (cursor->next < cursor->end && isdigit((unsigned char)*cursor->next)) {
        if (++count > FRACTION_DIGITS_MAX)
            return false;
        scale /= 10;
        *nanoseconds += (*cursor->next++ - '0') * scale;
    }
    return count > 0;
}

/* "Z", "+01:30": minutes east. */
static bool
take_zone(struct cursor *cursor, int *minutes)
{
    *minutes = 0;
    if (take(cursor, 'Z'))
        return true;
    int sign = take(cursor, '+') ? 1 : -1;
    if (sign < 0 && !take(cursor, '-'))
        return false;
    int hour, minute;
    if (!take_number(cursor, 2, &hour) || !take(cursor, ':') || !take_number(cursor, 2, &minute))
        return false;
    *minutes = sign * (hour * 60 + minute);
    return hour < 24 && minute < 60;
}

static bool
is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01, in the Gregorian calendar. */
static int64_t
days_since_epoch(int year, int month, int day)
{
    int64_t before = year - 1;
    int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;
    for (int earlier = 1; earlier < month; earlier++)
        days += days_of_month(year, earlier);
    return days + day - 1;
}

bool
text_value_time(struct text text, int64_t *time_ns)
{
    struct cursor cursor = { text.data, text.data + text.size_bytes };
    int year, month, day, hour, minute, second, zone_minutes;
    int64_t fraction_ns;
    if (!take_number(&cursor, 4, &year) || !take(&cursor, '-') || !take_number(&cursor, 2, &month) ||
        !take(&cursor, '-') || !take_number(&cursor, 2, &day) || !take(&cursor, 'T') ||
        !take_number(&cursor, 2, &hour) || !take(&cursor, ':') || !take_number(&cursor, 2, &minute) ||
        !take(&cursor, ':') || !take_number(&cursor, 2, &second) || !take_fraction(&cursor, &fraction_ns) ||
        !take_zone(&cursor, &zone_minutes) || cursor.next != cursor.end)
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month) || hour > 23 ||
        minute > 59 || second > 60)
        return false;
    int64_t seconds = days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    seconds -= (int64_t)zone_minutes * 60;
    /* As libdsy reads it: a leap second is the last of a UTC day, and the next second is what it is taken for. */
    if (second == 60 && seconds % 86400 != 0)
        return false;
    /* From the second above, so that the first instant of all does not overflow on the way. */
    if (seconds < 0 && fraction_ns > 0) {
        seconds++;
        fraction_ns -= NANOSECONDS_PER_SECOND;
    }
    return !__builtin_mul_overflow(seconds, NANOSECONDS_PER_SECOND, time_ns) &&
           !__builtin_add_overflow(*time_ns, fraction_ns, time_ns);
}

static int
hexadecimal_digit(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    letter = (char)tolower((unsigned char)letter);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool
text_value_uuid(struct text text, char octets[UUID_BYTES])
{
    if (text.size_bytes != 36)
        return false;
    size_t position = 0;
    for (size_t index = 0; index < UUID_BYTES; index++) {
        bool is_group = index == 4 || index == 6 || index == 8 || index == 10;
        if (is_group && text.data[position++] != '-')
            return false;
        int high = hexadecimal_digit(text.data[position]);
        int low = hexadecimal_digit(text.data[position + 1]);
        if (high < 0 || low < 0)
            return false;
        octets[index] = (char)(high << 4 | low);
        position += 2;
    }
    return true;
}
