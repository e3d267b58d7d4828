/* double: IEEE 754 binary64. Its arithmetic is C's.
 * Relies on the numeric locale being "C", as it is in a program that never calls setlocale. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsy/decimal.h"
#include "dsy/number.h"
#include "dsy/text.h"
#include "runtime/value/number_text.h"
#include "runtime/value/scalar.h"

double
dsy_double_modulo(double left, double right)
{
    return fmod(left, right);
}

int
dsy_double_compare(double left, double right)
{
    if (left < right)
        return -1;
    if (left > right)
        return 1;
    return (isnan(left) != 0) - (isnan(right) != 0);
}

/* The length of a run of digits at the start of a text. */
static size_t
digit_count(const char *text, size_t size_bytes)
{
    size_t count = 0;
    while (count < size_bytes && dsy_is_digit(text[count]))
        count++;
    return count;
}

/* Whether a text is [+-]? digits [. digits]? [(e|E) [+-]? digits]?. strtod alone would also take hexadecimal, white
 * space, "inf" and "nan(…)". */
static bool
is_number(const char *text, size_t size_bytes)
{
    size_t at = size_bytes > 0 && (text[0] == '-' || text[0] == '+'), digits;
    if ((digits = digit_count(text + at, size_bytes - at)) == 0)
        return false;
    at += digits;
    if (at < size_bytes && text[at] == '.') {
        at++;
        if ((digits = digit_count(text + at, size_bytes - at)) == 0)
            return false;
        at += digits;
    }
    if (at < size_bytes && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += at < size_bytes && (text[at] == '-' || text[at] == '+');
        if ((digits = digit_count(text + at, size_bytes - at)) == 0)
            return false;
        at += digits;
    }
    return at == size_bytes;
}

bool
dsy_double_parse(dsy_string text, double *value)
{
    if (dsy_string_is(text, "NaN"))
        *value = (double)NAN;
    else if (dsy_string_is(text, "Infinity"))
        *value = HUGE_VAL;
    else if (dsy_string_is(text, "-Infinity"))
        *value = -HUGE_VAL;
    else {
        char number[DSY_NUMBER_TEXT_BYTES_MAX + 1];
        size_t size = (size_t)text.size_bytes;
        if (size > DSY_NUMBER_TEXT_BYTES_MAX || !is_number(text.data, size))
            return false;
        memcpy(number, text.data, size);
        number[size] = '\0';
        *value = strtod(number, NULL);
        return isfinite(*value);
    }
    return true;
}

/* The texts of most values that people write: a whole number of up to 15 digits, shifted by up to 6 places. m and 10^k
 * are exact doubles, so if their quotient, which IEEE 754 rounds as it rounds a text, is the value, then "m / 10^k"
 * reads back as the value; the least k gives the shortest. Returns the octets written, 0 if the value is none of these.
 */
static size_t
write_short(double magnitude, char *text)
{
    static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6 };
    const double digits_beyond = 1e15;
    if (!(magnitude >= 1e-4 && magnitude < digits_beyond)) /* where other forms are shorter */
        return 0;
    for (size_t places = 0; places < sizeof powers / sizeof *powers; places++) {
        double scaled = magnitude * powers[places] + 0.5;
        if (scaled >= digits_beyond)
            return 0;
        uint64_t whole = (uint64_t)scaled, power = (uint64_t)powers[places];
        if ((double)whole / powers[places] != magnitude)
            continue;
        size_t size = dsy_digits_write(whole / power, text);
        text[size++] = '.';
        size_t fraction = places == 0 ? 1 : places;
        dsy_digits_write_padded(whole % power, fraction, text + size);
        return size + fraction;
    }
    return 0;
}

dsy_string
dsy_double_text(double value, char *scratch)
{
    if (isnan(value))
        return DSY_STRING("NaN");
    if (isinf(value))
        return value > 0 ? DSY_STRING("Infinity") : DSY_STRING("-Infinity");
    scratch[0] = '-';
    size_t sign = signbit(value) != 0, short_size = write_short(fabs(value), scratch + sign);
    if (short_size > 0)
        return (dsy_string){ .data = scratch, .size_bytes = (int64_t)(sign + short_size) };
    /* 15 digits are always kept by a double; 17 always tell one from the other. */
    int size = 0;
    for (int digits = 15; digits <= 17; digits++) {
        size = snprintf(scratch, DSY_PRINT_BYTES_MAX, "%.*g", digits, value);
        if (strtod(scratch, NULL) == value)
            break;
    }
    if (strcspn(scratch, ".e") == (size_t)size) {
        memcpy(scratch + size, ".0", 2);
        size += 2;
    }
    return (dsy_string){ .data = scratch, .size_bytes = size };
}

double
dsy_double_from_decimal(dsy_decimal value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    dsy_string text = dsy_decimal_text(value, scratch);
    scratch[text.size_bytes] = '\0'; /* the longest decimal is shorter than the scratch */
    return strtod(scratch, NULL);
}

double
dsy_double_from_string(struct dsy_run *run, dsy_string text)
{
    double value;
    if (dsy_double_parse(text, &value))
        return value;
    dsy_throw_invalid_value(run, text, "a number within the range of double");
    return 0;
}

dsy_string
dsy_double_to_string(struct dsy_run *run, double value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    return dsy_string_copy(run, dsy_double_text(value, scratch));
}

/* As == does in Dsy: NaN equals nothing. */
static bool
double_equal(struct dsy_run *run, const void *left, const void *right)
{
    (void)run;
    return *(const double *)left == *(const double *)right;
}

static int
double_compare(const void *left, const void *right)
{
    return dsy_double_compare(*(const double *)left, *(const double *)right);
}

DSY_DESCRIBE_SCALAR(double, double, "double", NULL, NULL)
