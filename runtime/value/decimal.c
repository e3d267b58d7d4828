/* decimal: IEEE 754-2008 decimal128 by Intel's decimal library; text and integers are converted here.
 *
 * Bits, high to low: sign 1 | exponent + 6176 in 14 | coefficient 113. A coefficient below 10^34 always fits the 113
 * bits, so the second form of the encoding (bits 11 after the sign), infinities and NaNs never occur in a valid value.
 *
 * Linking: of Debian's twelve libraries libbidgccXYZ.a the digits say how they were compiled: X = call by reference,
 * Y = rounding mode in a global variable, Z = exception flags in a global variable. We need none of these (values in
 * registers, rounding and flags as arguments: no state that threads would share), hence libbidgcc000.a and the three
 * definitions below; it works with gcc and clang alike. */
#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

#include <string.h>

#include "dsy/decimal.h"
#include "dsy/number.h"
#include "dsy/text.h"
#include "runtime/value/number_text.h"
#include "runtime/value/scalar.h"

typedef unsigned __int128 uint128;

enum {
    DIGITS_MAX = 34,
    EXPONENT_MIN = -6176,
    EXPONENT_MAX = 6111,
    ROUND_HALF_EVEN = 0, /* BID_ROUNDING_TO_NEAREST */
};

static const uint64_t SIGN_BIT = UINT64_C(1) << 63;
static const uint64_t COEFFICIENT_HIGH_MASK = (UINT64_C(1) << 49) - 1;

static uint128
power_of_ten(int exponent)
{
    uint128 power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

static uint128
coefficient_of(dsy_decimal value)
{
    return (uint128)(value.words[1] & COEFFICIENT_HIGH_MASK) << 64 | value.words[0];
}

/* All bits zero is the zero value of the type, `0m`, with the exponent 0: read as bits it would be 0E-6176, which there
 * is no other use for. */
static bool
is_zero_value(dsy_decimal value)
{
    return (value.words[0] | value.words[1]) == 0;
}

static int
exponent_of(dsy_decimal value)
{
    if (is_zero_value(value))
        return 0;
    return (int)(value.words[1] >> 49 & 0x3FFF) + EXPONENT_MIN;
}

static bool
is_negative(dsy_decimal value)
{
    return (value.words[1] & SIGN_BIT) != 0;
}

static dsy_decimal
compose(bool negative, uint128 coefficient, int exponent)
{
    uint64_t high = (uint64_t)(coefficient >> 64) | (uint64_t)(exponent - EXPONENT_MIN) << 49;
    return (dsy_decimal){ .words = { (uint64_t)coefficient, negative && coefficient != 0 ? high | SIGN_BIT : high } };
}

bool
dsy_decimal_is_valid(dsy_decimal value)
{
    if ((value.words[1] >> 61 & 3) == 3) /* the second form, an infinity or a NaN */
        return false;
    uint128 coefficient = coefficient_of(value);
    return coefficient < power_of_ten(DIGITS_MAX) && !(coefficient == 0 && is_negative(value));
}

/* --- Arithmetic --- */

static BID_UINT128
to_bid(dsy_decimal value)
{
    if (is_zero_value(value))
        return (BID_UINT128){ .w = { 0, (uint64_t)-EXPONENT_MIN << 49 } };
    return (BID_UINT128){ .w = { value.words[0], value.words[1] } };
}

/* The value of a result, or its error. Inexact results are rounded ones, as the language says. */
static dsy_decimal
from_bid(struct dsy_run *run, BID_UINT128 result, unsigned flags, const char *operation)
{
    if (DSY_UNLIKELY((flags & (BID_OVERFLOW_EXCEPTION | BID_INVALID_EXCEPTION)) != 0)) {
        dsy_throw_overflow(run, operation);
        return (dsy_decimal){ 0 };
    }
    dsy_decimal value = { .words = { result.w[0], result.w[1] } };
    if (coefficient_of(value) == 0)
        value.words[1] &= ~SIGN_BIT;
    return value;
}

dsy_decimal
dsy_decimal_add(struct dsy_run *run, dsy_decimal left, dsy_decimal right)
{
    unsigned flags = 0;
    BID_UINT128 result = bid128_add(to_bid(left), to_bid(right), ROUND_HALF_EVEN, &flags);
    return from_bid(run, result, flags, "decimal addition");
}

dsy_decimal
dsy_decimal_subtract(struct dsy_run *run, dsy_decimal left, dsy_decimal right)
{
    unsigned flags = 0;
    BID_UINT128 result = bid128_sub(to_bid(left), to_bid(right), ROUND_HALF_EVEN, &flags);
    return from_bid(run, result, flags, "decimal subtraction");
}

dsy_decimal
dsy_decimal_multiply(struct dsy_run *run, dsy_decimal left, dsy_decimal right)
{
    unsigned flags = 0;
    BID_UINT128 result = bid128_mul(to_bid(left), to_bid(right), ROUND_HALF_EVEN, &flags);
    return from_bid(run, result, flags, "decimal multiplication");
}

dsy_decimal
dsy_decimal_divide(struct dsy_run *run, dsy_decimal left, dsy_decimal right)
{
    if (coefficient_of(right) == 0) {
        dsy_throw_divide_by_zero(run);
        return (dsy_decimal){ 0 };
    }
    unsigned flags = 0;
    BID_UINT128 result = bid128_div(to_bid(left), to_bid(right), ROUND_HALF_EVEN, &flags);
    return from_bid(run, result, flags, "decimal division");
}

dsy_decimal
dsy_decimal_modulo(struct dsy_run *run, dsy_decimal left, dsy_decimal right)
{
    if (coefficient_of(right) == 0) {
        dsy_throw_divide_by_zero(run);
        return (dsy_decimal){ 0 };
    }
    unsigned flags = 0;
    BID_UINT128 result = bid128_fmod(to_bid(left), to_bid(right), &flags);
    return from_bid(run, result, flags, "decimal modulo");
}

dsy_decimal
dsy_decimal_negate(dsy_decimal value)
{
    if (coefficient_of(value) != 0)
        value.words[1] ^= SIGN_BIT;
    return value;
}

dsy_decimal
dsy_decimal_round(struct dsy_run *run, dsy_decimal value, int places, enum dsy_decimal_rounding rounding)
{
    static const _IDEC_round modes[] = {
        [DSY_ROUND_HALF_EVEN] = BID_ROUNDING_TO_NEAREST,
        [DSY_ROUND_HALF_UP] = BID_ROUNDING_TIES_AWAY,
        [DSY_ROUND_DOWN] = BID_ROUNDING_DOWN,
        [DSY_ROUND_UP] = BID_ROUNDING_UP,
        [DSY_ROUND_CUT] = BID_ROUNDING_TO_ZERO,
    };
    unsigned flags = 0;
    BID_UINT128 result = bid128_quantize(to_bid(value), to_bid(compose(false, 1, -places)), modes[rounding], &flags);
    return from_bid(run, result, flags, "decimal rounding");
}

int
dsy_decimal_compare(dsy_decimal left, dsy_decimal right)
{
    if (left.words[0] == right.words[0] && left.words[1] == right.words[1])
        return 0;
    unsigned flags = 0;
    if (bid128_quiet_less(to_bid(left), to_bid(right), &flags))
        return -1;
    return bid128_quiet_greater(to_bid(left), to_bid(right), &flags) ? 1 : 0;
}

/* --- Integers and doubles --- */

dsy_decimal
dsy_decimal_from_int64(int64_t value)
{
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    return compose(value < 0, magnitude, 0);
}

dsy_decimal
dsy_decimal_from_uint64(uint64_t value)
{
    return compose(false, value, 0);
}

/* The integer part of the magnitude. Returns false when it needs more than 64 bits. */
static bool
magnitude_of(dsy_decimal value, uint64_t *magnitude)
{
    uint128 coefficient = coefficient_of(value);
    int exponent = exponent_of(value);
    for (; exponent < 0 && coefficient != 0; exponent++)
        coefficient /= 10;
    for (; exponent > 0 && coefficient != 0 && coefficient <= UINT64_MAX; exponent--)
        coefficient *= 10;
    *magnitude = (uint64_t)coefficient;
    return coefficient <= UINT64_MAX;
}

bool
dsy_decimal_to_int64(dsy_decimal value, int64_t *integer)
{
    uint64_t magnitude;
    bool negative = is_negative(value);
    if (!magnitude_of(value, &magnitude) || magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *integer = (int64_t)(negative ? -magnitude : magnitude);
    return true;
}

bool
dsy_decimal_to_uint64(dsy_decimal value, uint64_t *integer)
{
    return magnitude_of(value, integer) && (!is_negative(value) || *integer == 0);
}

dsy_decimal
dsy_decimal_from_double(struct dsy_run *run, double value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    dsy_string text = dsy_double_text(value, scratch);
    dsy_decimal decimal;
    if (dsy_decimal_parse(text, &decimal))
        return decimal;
    dsy_throw_invalid_value(run, text, "a number that is not infinite and not NaN");
    return (dsy_decimal){ 0 };
}

/* --- Text --- */

/* The digits of a text, collected: value = coefficient × 10^exponent. */
struct digits {
    uint128 coefficient;
    int count;    /* significant digits in the coefficient */
    int exponent; /* counts what was left out and what stood behind the point */
    bool exact;   /* no digit but zeros was left out */
};

static void
digits_add(struct digits *digits, char digit, bool is_fraction)
{
    if (digits->count == 0 && digit == '0') { /* a leading zero */
        digits->exponent -= is_fraction;
        return;
    }
    if (digits->count < DIGITS_MAX) {
        digits->coefficient = digits->coefficient * 10 + (unsigned)(digit - '0');
        digits->count++;
        digits->exponent -= is_fraction;
        return;
    }
    /* A 35th digit: only zeros can be left out without rounding. */
    digits->exact = digits->exact && digit == '0';
    digits->exponent += !is_fraction;
}

/* Read (e|E)[+-]?digits at the end of a text. Returns false if that is not what stands there. */
static bool
parse_exponent(const char *text, size_t size_bytes, int *exponent)
{
    size_t at = 1;
    bool negative = at < size_bytes && text[at] == '-';
    at += at < size_bytes && (text[at] == '-' || text[at] == '+');
    uint64_t magnitude;
    if (!dsy_digits_read(text + at, size_bytes - at, &magnitude) || magnitude > 100000)
        return false;
    *exponent = negative ? -(int)magnitude : (int)magnitude;
    return true;
}

/* Bring the exponent into its range where that costs nothing: zeros at the end are taken off or put on. */
static bool
fit_exponent(struct digits *digits)
{
    if (digits->coefficient == 0) {
        if (digits->exponent <= EXPONENT_MIN)
            digits->exponent = EXPONENT_MIN + 1; /* whose bits are not the type's zero value, which prints as 0 */
        if (digits->exponent > EXPONENT_MAX)
            digits->exponent = EXPONENT_MAX;
    }
    for (; digits->exponent < EXPONENT_MIN && digits->coefficient % 10 == 0; digits->exponent++)
        digits->coefficient /= 10;
    for (; digits->exponent > EXPONENT_MAX && digits->count < DIGITS_MAX; digits->exponent--, digits->count++)
        digits->coefficient *= 10;
    return digits->exponent >= EXPONENT_MIN && digits->exponent <= EXPONENT_MAX;
}

bool
dsy_decimal_parse(dsy_string text, dsy_decimal *value)
{
    const char *data = text.data;
    size_t size = (size_t)text.size_bytes, at = 0;
    if (size == 0 || size > DSY_NUMBER_TEXT_BYTES_MAX)
        return false;
    bool negative = data[0] == '-';
    at += data[0] == '-' || data[0] == '+';
    struct digits digits = { .exact = true };
    size_t whole = at;
    for (; at < size && dsy_is_digit(data[at]); at++)
        digits_add(&digits, data[at], false);
    if (at == whole)
        return false;
    if (at < size && data[at] == '.') {
        size_t fraction = ++at;
        for (; at < size && dsy_is_digit(data[at]); at++)
            digits_add(&digits, data[at], true);
        if (at == fraction)
            return false;
    }
    if (at < size) {
        int exponent;
        if ((data[at] != 'e' && data[at] != 'E') || !parse_exponent(data + at, size - at, &exponent))
            return false;
        digits.exponent += exponent;
    }
    if (!digits.exact || !fit_exponent(&digits))
        return false;
    *value = compose(negative, digits.coefficient, digits.exponent);
    return true;
}

/* The digits of a coefficient. Returns how many. */
static int
coefficient_write(uint128 coefficient, char *text)
{
    const uint64_t split = UINT64_C(10000000000000000000); /* 10^19 */
    uint64_t high = (uint64_t)(coefficient / split), low = (uint64_t)(coefficient % split);
    if (high == 0)
        return (int)dsy_digits_write(low, text);
    size_t count = dsy_digits_write(high, text);
    dsy_digits_write_padded(low, 19, text + count);
    return (int)count + 19;
}

static int
write_scientific(const char *digits, int count, int adjusted, char *text)
{
    int size = 0;
    text[size++] = digits[0];
    if (count > 1) {
        text[size++] = '.';
        memcpy(text + size, digits + 1, (size_t)count - 1);
        size += count - 1;
    }
    text[size++] = 'E';
    text[size++] = adjusted < 0 ? '-' : '+';
    return size + (int)dsy_digits_write((uint64_t)(adjusted < 0 ? -adjusted : adjusted), text + size);
}

static int
write_plain(const char *digits, int count, int exponent, char *text)
{
    int size = 0, whole = count + exponent; /* digits before the point; 0 or less: zeros fill in */
    if (whole <= 0) {
        text[size++] = '0';
        text[size++] = '.';
        memset(text + size, '0', (size_t)-whole);
        size += -whole;
        memcpy(text + size, digits, (size_t)count);
        return size + count;
    }
    memcpy(text, digits, (size_t)whole);
    size = whole;
    if (exponent < 0) {
        text[size++] = '.';
        memcpy(text + size, digits + whole, (size_t)-exponent);
        size += -exponent;
    }
    return size;
}

dsy_string
dsy_decimal_text(dsy_decimal value, char *scratch)
{
    char digits[40];
    int count = coefficient_write(coefficient_of(value), digits);
    int exponent = exponent_of(value), adjusted = exponent + count - 1;
    int sign = is_negative(value);
    scratch[0] = '-';
    int size = exponent <= 0 && adjusted >= -6 ? write_plain(digits, count, exponent, scratch + sign)
                                               : write_scientific(digits, count, adjusted, scratch + sign);
    return (dsy_string){ .data = scratch, .size_bytes = sign + size };
}

dsy_decimal
dsy_decimal_from_string(struct dsy_run *run, dsy_string text)
{
    dsy_decimal value;
    if (dsy_decimal_parse(text, &value))
        return value;
    dsy_throw_invalid_value(run, text, "a decimal number of at most 34 digits");
    return (dsy_decimal){ 0 };
}

dsy_string
dsy_decimal_to_string(struct dsy_run *run, dsy_decimal value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    return dsy_string_copy(run, dsy_decimal_text(value, scratch));
}

static bool
decimal_equal(struct dsy_run *run, const void *left, const void *right)
{
    (void)run;
    return dsy_decimal_equal(*(const dsy_decimal *)left, *(const dsy_decimal *)right);
}

static int
decimal_compare(const void *left, const void *right)
{
    return dsy_decimal_compare(*(const dsy_decimal *)left, *(const dsy_decimal *)right);
}

DSY_DESCRIBE_SCALAR(decimal, dsy_decimal, "decimal", NULL, NULL)
