/* duration: ISO 8601 text of days, hours, minutes and seconds, and checked arithmetic. */
#include "dsy/number.h"
#include "dsy/text.h"
#include "dsy/time.h"
#include "runtime/value/number_text.h"
#include "runtime/value/scalar.h"

int64_t
dsy_duration_add(struct dsy_run *run, int64_t left_ns, int64_t right_ns)
{
    int64_t result;
    if (DSY_LIKELY(!__builtin_add_overflow(left_ns, right_ns, &result)))
        return result;
    dsy_throw_overflow(run, "duration addition");
    return 0;
}

int64_t
dsy_duration_subtract(struct dsy_run *run, int64_t left_ns, int64_t right_ns)
{
    int64_t result;
    if (DSY_LIKELY(!__builtin_sub_overflow(left_ns, right_ns, &result)))
        return result;
    dsy_throw_overflow(run, "duration subtraction");
    return 0;
}

int64_t
dsy_duration_multiply(struct dsy_run *run, int64_t duration_ns, int64_t factor)
{
    int64_t result;
    if (DSY_LIKELY(!__builtin_mul_overflow(duration_ns, factor, &result)))
        return result;
    dsy_throw_overflow(run, "duration multiplication");
    return 0;
}

int64_t
dsy_duration_divide(struct dsy_run *run, int64_t duration_ns, int64_t divisor)
{
    if (divisor == -1)
        return dsy_duration_negate(run, duration_ns);
    if (DSY_LIKELY(divisor != 0))
        return duration_ns / divisor;
    dsy_throw_divide_by_zero(run);
    return 0;
}

int64_t
dsy_duration_negate(struct dsy_run *run, int64_t duration_ns)
{
    if (DSY_LIKELY(duration_ns != INT64_MIN))
        return -duration_ns;
    dsy_throw_overflow(run, "duration negation");
    return 0;
}

/* The units in the order in which they may stand. */
static const struct {
    char letter;
    bool is_time; /* stands behind the T */
    uint64_t size_ns;
} units[] = {
    { 'D', false, UINT64_C(86400000000000) },
    { 'H', true, UINT64_C(3600000000000) },
    { 'M', true, UINT64_C(60000000000) },
    { 'S', true, UINT64_C(1000000000) },
};
enum { UNIT_COUNT = sizeof units / sizeof *units };

static size_t
digit_count(const char *text, size_t size_bytes)
{
    size_t count = 0;
    while (count < size_bytes && dsy_is_digit(text[count]))
        count++;
    return count;
}

/* Read one amount with its letter, at text. Adds it to *sum_ns and moves *unit behind its unit.
 * Returns the octets that were read; 0 if it is not valid. */
static size_t
parse_amount(const char *text, size_t size_bytes, bool is_time, size_t *unit, uint64_t *sum_ns)
{
    uint64_t amount, fraction_ns = 0;
    size_t at = digit_count(text, size_bytes), fraction_digits = 0;
    if (!dsy_digits_read(text, at, &amount))
        return 0;
    if (at < size_bytes && text[at] == '.') {
        fraction_digits = digit_count(text + at + 1, size_bytes - at - 1);
        if (fraction_digits > 9 || !dsy_digits_read(text + at + 1, fraction_digits, &fraction_ns))
            return 0;
        at += 1 + fraction_digits;
        for (size_t i = fraction_digits; i < 9; i++)
            fraction_ns *= 10;
    }
    while (*unit < UNIT_COUNT && (at == size_bytes || units[*unit].letter != text[at]))
        ++*unit;
    if (*unit == UNIT_COUNT || units[*unit].is_time != is_time || (fraction_digits > 0 && units[*unit].letter != 'S'))
        return 0;
    if (__builtin_mul_overflow(amount, units[*unit].size_ns, &amount) ||
        __builtin_add_overflow(*sum_ns, amount, sum_ns) || __builtin_add_overflow(*sum_ns, fraction_ns, sum_ns))
        return 0;
    ++*unit;
    return at + 1;
}

bool
dsy_duration_parse(dsy_string text, int64_t *duration_ns)
{
    const char *data = text.data;
    size_t size = (size_t)text.size_bytes, at = 0, unit = 0;
    bool negative = size > 0 && data[0] == '-';
    at += size > 0 && (data[0] == '-' || data[0] == '+');
    if (at == size || data[at] != 'P' || ++at == size)
        return false;
    bool is_time = false;
    uint64_t sum_ns = 0;
    while (at < size) {
        if (!is_time && data[at] == 'T') {
            is_time = true;
            at++; /* an amount must follow: parse_amount refuses the end of the text */
        }
        size_t read = parse_amount(data + at, size - at, is_time, &unit, &sum_ns);
        if (read == 0)
            return false;
        at += read;
    }
    if (sum_ns > (uint64_t)INT64_MAX + negative)
        return false;
    *duration_ns = (int64_t)(negative ? -sum_ns : sum_ns);
    return true;
}

dsy_string
dsy_duration_text(int64_t duration_ns, char *scratch)
{
    if (duration_ns == 0)
        return DSY_STRING("PT0S");
    uint64_t rest_ns = duration_ns < 0 ? -(uint64_t)duration_ns : (uint64_t)duration_ns;
    size_t size = 0;
    if (duration_ns < 0)
        scratch[size++] = '-';
    scratch[size++] = 'P';
    bool is_time = false;
    for (size_t unit = 0; unit < UNIT_COUNT && rest_ns > 0; unit++) {
        uint64_t amount = rest_ns / units[unit].size_ns;
        bool is_last = units[unit].letter == 'S';
        if (amount == 0 && !is_last)
            continue;
        rest_ns -= amount * units[unit].size_ns;
        if (units[unit].is_time && !is_time) {
            is_time = true;
            scratch[size++] = 'T';
        }
        size += dsy_digits_write(amount, scratch + size);
        if (is_last)
            size += dsy_fraction_write(rest_ns, scratch + size);
        scratch[size++] = units[unit].letter;
    }
    return (dsy_string){ .data = scratch, .size_bytes = (int64_t)size };
}

int64_t
dsy_duration_from_string(struct dsy_run *run, dsy_string text)
{
    int64_t duration_ns;
    if (dsy_duration_parse(text, &duration_ns))
        return duration_ns;
    dsy_throw_invalid_value(run, text, "an ISO 8601 duration of days, hours, minutes and seconds such as P3DT1H30M");
    return 0;
}

dsy_string
dsy_duration_to_string(struct dsy_run *run, int64_t duration_ns)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    return dsy_string_copy(run, dsy_duration_text(duration_ns, scratch));
}

DSY_DEFINE_PLAIN_ORDER(duration, int64_t)
DSY_DESCRIBE_SCALAR(duration, int64_t, "duration", NULL, NULL)
