/* The eight integer types: conversions, text, descriptors. Their arithmetic is inline in dsy/number.h. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "dsy/decimal.h"
#include "dsy/number.h"
#include "dsy/text.h"
#include "runtime/value/number_text.h"
#include "runtime/value/scalar.h"

size_t
dsy_digits_write(uint64_t value, char *text)
{
    char digits[20];
    size_t start = sizeof digits;
    do
        digits[--start] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    memcpy(text, digits + start, sizeof digits - start);
    return sizeof digits - start;
}

void
dsy_digits_write_padded(uint64_t value, size_t count, char *text)
{
    for (size_t i = count; i-- > 0; value /= 10)
        text[i] = (char)('0' + value % 10);
}

bool
dsy_digits_read(const char *text, size_t count, uint64_t *value)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        if (!dsy_is_digit(text[i]) || __builtin_mul_overflow(sum, (uint64_t)10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(text[i] - '0'), &sum))
            return false;
    *value = sum;
    return count > 0;
}

/* Sign and magnitude of a text. Returns false if it is not [+-]?[0-9]+ of at most 64 bits. */
static bool
parse_magnitude(dsy_string text, bool *negative, uint64_t *magnitude)
{
    size_t sign = text.size_bytes > 0 && (text.data[0] == '-' || text.data[0] == '+');
    *negative = sign == 1 && text.data[0] == '-';
    return (size_t)text.size_bytes > sign &&
           dsy_digits_read(text.data + sign, (size_t)text.size_bytes - sign, magnitude);
}

bool
dsy_int64_parse(dsy_string text, int64_t *value)
{
    bool negative;
    uint64_t magnitude;
    if (!parse_magnitude(text, &negative, &magnitude) || magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *value = negative ? (int64_t)-magnitude : (int64_t)magnitude;
    return true;
}

bool
dsy_uint64_parse(dsy_string text, uint64_t *value)
{
    bool negative;
    return parse_magnitude(text, &negative, value) && (!negative || *value == 0);
}

dsy_string
dsy_int64_text(int64_t value, char *scratch)
{
    size_t sign = value < 0;
    scratch[0] = '-';
    size_t digits = dsy_digits_write(sign ? -(uint64_t)value : (uint64_t)value, scratch + sign);
    return (dsy_string){ .data = scratch, .size_bytes = (int64_t)(sign + digits) };
}

dsy_string
dsy_uint64_text(uint64_t value, char *scratch)
{
    return (dsy_string){ .data = scratch, .size_bytes = (int64_t)dsy_digits_write(value, scratch) };
}

/* The smaller types go through the two widest. */
#define DEFINE_NARROW(name, type, wide_name, wide_type)                  \
    bool dsy_##name##_parse(dsy_string text, type *value)                \
    {                                                                    \
        wide_type wide;                                                  \
        if (!dsy_##wide_name##_parse(text, &wide) || (type)wide != wide) \
            return false;                                                \
        *value = (type)wide;                                             \
        return true;                                                     \
    }                                                                    \
    dsy_string dsy_##name##_text(type value, char *scratch)              \
    {                                                                    \
        return dsy_##wide_name##_text(value, scratch);                   \
    }
DEFINE_NARROW(int8, int8_t, int64, int64_t)
DEFINE_NARROW(int16, int16_t, int64, int64_t)
DEFINE_NARROW(int32, int32_t, int64, int64_t)
DEFINE_NARROW(uint8, uint8_t, uint64, uint64_t)
DEFINE_NARROW(uint16, uint16_t, uint64, uint64_t)
DEFINE_NARROW(uint32, uint32_t, uint64, uint64_t)

void
dsy_throw_shift_out_of_range(struct dsy_run *run, int64_t count, const char *type_name, int bits)
{
    dsy_throw_format(run, &dsy_error_out_of_range, "shift by %" PRId64 " is out of range: %s has %d bits", count,
                     type_name, bits);
}

DSY_COLD static void
throw_unfit(struct dsy_run *run, dsy_string value, const char *type_name)
{
    dsy_throw_format(run, &dsy_error_invalid_value, "%.*s does not fit %s", (int)value.size_bytes, value.data,
                     type_name);
}

/* Whether a double, its fraction cut off, is in [least, beyond): bounds that are exact as doubles. NaN is not. */
static bool
double_fits(double value, double least, double beyond)
{
    return trunc(value) >= least && trunc(value) < beyond;
}

/* integer: the widest type of the same sign, which a decimal is cut to. least, beyond: the range, as doubles. */
#define DEFINE_CONVERSIONS(name, type, integer, least, beyond)                        \
    type dsy_##name##_from_int64(struct dsy_run *run, int64_t value)                  \
    {                                                                                 \
        type result;                                                                  \
        if (DSY_LIKELY(!__builtin_add_overflow(value, 0, &result)))                   \
            return result;                                                            \
        char scratch[DSY_PRINT_BYTES_MAX];                                            \
        throw_unfit(run, dsy_int64_text(value, scratch), #name);                      \
        return 0;                                                                     \
    }                                                                                 \
    type dsy_##name##_from_uint64(struct dsy_run *run, uint64_t value)                \
    {                                                                                 \
        type result;                                                                  \
        if (DSY_LIKELY(!__builtin_add_overflow(value, 0, &result)))                   \
            return result;                                                            \
        char scratch[DSY_PRINT_BYTES_MAX];                                            \
        throw_unfit(run, dsy_uint64_text(value, scratch), #name);                     \
        return 0;                                                                     \
    }                                                                                 \
    type dsy_##name##_from_double(struct dsy_run *run, double value)                  \
    {                                                                                 \
        if (DSY_LIKELY(double_fits(value, least, beyond)))                            \
            return (type)value;                                                       \
        char scratch[DSY_PRINT_BYTES_MAX];                                            \
        throw_unfit(run, dsy_double_text(value, scratch), #name);                     \
        return 0;                                                                     \
    }                                                                                 \
    type dsy_##name##_from_decimal(struct dsy_run *run, dsy_decimal value)            \
    {                                                                                 \
        integer wide;                                                                 \
        if (DSY_LIKELY(dsy_decimal_to_##integer(value, &wide) && (type)wide == wide)) \
            return (type)wide;                                                        \
        char scratch[DSY_PRINT_BYTES_MAX];                                            \
        throw_unfit(run, dsy_decimal_text(value, scratch), #name);                    \
        return 0;                                                                     \
    }                                                                                 \
    type dsy_##name##_from_string(struct dsy_run *run, dsy_string text)               \
    {                                                                                 \
        type value;                                                                   \
        if (dsy_##name##_parse(text, &value))                                         \
            return value;                                                             \
        dsy_throw_invalid_value(run, text, "an integer that fits " #name);            \
        return 0;                                                                     \
    }                                                                                 \
    dsy_string dsy_##name##_to_string(struct dsy_run *run, type value)                \
    {                                                                                 \
        char scratch[DSY_PRINT_BYTES_MAX];                                            \
        return dsy_string_copy(run, dsy_##name##_text(value, scratch));               \
    }                                                                                 \
    DSY_DEFINE_PLAIN_ORDER(name, type)                                                \
    DSY_DEFINE_PLAIN_KEY(name, type)                                                  \
    DSY_DESCRIBE_SCALAR(name, type, #name, name##_hash, name##_parse)

typedef int64_t int64;
typedef uint64_t uint64;
DEFINE_CONVERSIONS(int8, int8_t, int64, -0x1p7, 0x1p7)
DEFINE_CONVERSIONS(int16, int16_t, int64, -0x1p15, 0x1p15)
DEFINE_CONVERSIONS(int32, int32_t, int64, -0x1p31, 0x1p31)
DEFINE_CONVERSIONS(int64, int64_t, int64, -0x1p63, 0x1p63)
DEFINE_CONVERSIONS(uint8, uint8_t, uint64, 0, 0x1p8)
DEFINE_CONVERSIONS(uint16, uint16_t, uint64, 0, 0x1p16)
DEFINE_CONVERSIONS(uint32, uint32_t, uint64, 0, 0x1p32)
DEFINE_CONVERSIONS(uint64, uint64_t, uint64, 0, 0x1p64)
