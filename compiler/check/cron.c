/* Cron: see cron.h.
 *
 *     fields  minute hour day month weekday, with blanks between them
 *     field   item {"," item}
 *     item    ("*" | value ["-" value]) ["/" step]
 *     value   a number of the field's range, or a name: JAN to DEC, SUN to SAT, in upper or lower case
 *
 * Weekdays go from 0 to 7, both of which are Sunday. `a/step` is `a-most/step`. A day of the month that no month of the
 * field has (30 in February) would never come, and is a mistake too. */
#include "compiler/check/cron.h"

#include <strings.h>

struct field {
    const char *name;
    int least, most;
    const char *const *names; /* from first_named on; NULL: numbers only */
    int first_named, name_count;
};

static const char *const month_names[] = { "JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                           "JUL", "AUG", "SEP", "OCT", "NOV", "DEC" };
static const char *const weekday_names[] = { "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT" };

enum { FIELD_DAY = 2, FIELD_MONTH = 3, FIELD_WEEKDAY = 4, FIELD_COUNT = 5 };

static const struct field fields[FIELD_COUNT] = {
    { "a minute", 0, 59, NULL, 0, 0 },
    { "an hour", 0, 23, NULL, 0, 0 },
    { "a day of the month", 1, 31, NULL, 0, 0 },
    { "a month", 1, 12, month_names, 1, 12 },
    { "a day of the week", 0, 7, weekday_names, 0, 7 },
};

/* The text of one field while it is read. */
struct reader {
    struct arena *arena;
    const struct field *field;
    const char *next, *end;
    const char *problem; /* NULL: none yet */
    int least, most;     /* of the item read last */
    uint64_t values;     /* one bit for each value of the field */
};

static bool
fail(struct reader *reader, const char *problem)
{
    if (reader->problem == NULL)
        reader->problem = text_format(reader->arena, "wants %s %s", reader->field->name, problem).data;
    return false;
}

static bool
is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

static bool
is_letter(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

/* A whole number; one that is too large for every field is any such number. */
static int
read_digits(struct reader *reader)
{
    int value = 0;
    for (; reader->next < reader->end && is_digit(*reader->next); reader->next++)
        value = value > 999 ? 1000 : value * 10 + (*reader->next - '0');
    return value;
}

static bool
read_name(struct reader *reader, int *value)
{
    const struct field *field = reader->field;
    const char *begin = reader->next;
    while (reader->next < reader->end && is_letter(*reader->next))
        reader->next++;
    for (int index = 0; index < field->name_count && reader->next - begin == 3; index++) {
        *value = field->first_named + index;
        if (strncasecmp(begin, field->names[index], 3) == 0)
            return true;
    }
    return fail(reader, field->names == month_names     ? "from 1 to 12, or JAN to DEC"
                        : field->names == weekday_names ? "from 0 to 7, or SUN to SAT"
                                                        : "that is a number");
}

static bool
read_value(struct reader *reader, int *value)
{
    if (reader->next < reader->end && is_letter(*reader->next))
        return read_name(reader, value);
    if (reader->next == reader->end || !is_digit(*reader->next))
        return fail(reader, "as '*', a value, a range 'a-b' or a list 'a,b'");
    *value = read_digits(reader);
    if (*value >= reader->field->least && *value <= reader->field->most)
        return true;
    return fail(reader, text_format(reader->arena, "from %d to %d", reader->field->least, reader->field->most).data);
}

static bool
take(struct reader *reader, char letter)
{
    if (reader->next == reader->end || *reader->next != letter)
        return false;
    reader->next++;
    return true;
}

/* "*", "a", "a-b": sets least and most. */
static bool
read_range(struct reader *reader, bool *is_single)
{
    *is_single = false;
    if (take(reader, '*')) {
        reader->least = reader->field->least;
        reader->most = reader->field->most;
        return true;
    }
    if (!read_value(reader, &reader->least))
        return false;
    reader->most = reader->least;
    *is_single = true;
    if (!take(reader, '-'))
        return true;
    *is_single = false;
    if (!read_value(reader, &reader->most))
        return false;
    if (reader->most < reader->least)
        return fail(reader, "whose range 'a-b' does not go backwards");
    return true;
}

static bool
read_item(struct reader *reader)
{
    bool is_single;
    if (!read_range(reader, &is_single))
        return false;
    int step = 1;
    if (take(reader, '/')) {
        bool has_step = reader->next < reader->end && is_digit(*reader->next);
        step = has_step ? read_digits(reader) : 0;
        if (step < 1 || step > reader->field->most)
            return fail(reader, text_format(reader->arena, "whose step is from 1 to %d", reader->field->most).data);
        if (is_single)
            reader->most = reader->field->most;
    }
    for (int value = reader->least; value <= reader->most; value += step)
        reader->values |= (uint64_t)1 << value;
    return true;
}

static bool
read_field(struct reader *reader)
{
    do {
        if (!read_item(reader))
            return false;
    } while (take(reader, ','));
    return reader->next == reader->end || fail(reader, "as '*', a value, a range 'a-b' or a list 'a,b'");
}

/* Whether one of the months has one of the days. */
static bool
comes_ever(uint64_t days, uint64_t months)
{
    static const int most[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    for (int month = 1; month <= 12; month++) {
        uint64_t has = ((uint64_t)2 << most[month - 1]) - 1;
        if ((months >> month & 1) != 0 && (days & has) != 0)
            return true;
    }
    return false;
}

const char *
cron_problem(struct arena *arena, struct text cron)
{
    struct text parts[FIELD_COUNT];
    size_t count = 0;
    for (size_t index = 0; index < cron.size_bytes;) {
        size_t begin = index;
        while (index < cron.size_bytes && cron.data[index] != ' ')
            index++;
        if (index > begin && count++ < FIELD_COUNT)
            parts[count - 1] = (struct text){ cron.data + begin, index - begin };
        while (index < cron.size_bytes && cron.data[index] == ' ')
            index++;
    }
    if (count != FIELD_COUNT)
        return text_format(arena, "wants five fields (minute, hour, day, month, weekday), and has %zu", count).data;
    uint64_t values[FIELD_COUNT];
    for (size_t index = 0; index < FIELD_COUNT; index++) {
        struct reader reader = { .arena = arena,
                                 .field = &fields[index],
                                 .next = parts[index].data,
                                 .end = parts[index].data + parts[index].size_bytes };
        if (!read_field(&reader))
            return reader.problem;
        values[index] = reader.values;
    }
    bool any_weekday = parts[FIELD_WEEKDAY].data[0] == '*';
    if (any_weekday && !comes_ever(values[FIELD_DAY], values[FIELD_MONTH]))
        return "names a day that its months never have";
    return NULL;
}
