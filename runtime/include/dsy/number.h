/* bool, the eight integer types, double: checked arithmetic, conversions, text.
 *
 * For each integer type T of int8 int16 int32 int64 uint8 uint16 uint32 uint64 (C type T_t):
 *
 *   T_t dsy_T_add, _subtract, _multiply, _divide, _modulo (run, T_t left, T_t right)
 *   T_t dsy_T_negate(run, T_t value)
 *       throw Overflow when the result does not fit, DivideByZero; division truncates towards zero as in C, and
 *       the smallest value modulo -1 is 0. Negating an unsigned value other than 0 is an overflow.
 *   T_t dsy_T_shift_left, _shift_right (run, T_t value, int64_t count)
 *       throw OutOfRange unless 0 <= count < bits of T. Bits that are shifted out are lost (as in C#), also into
 *       the sign; shifting a signed value right copies the sign.
 *   T_t dsy_T_and, _or, _xor (T_t left, T_t right), dsy_T_complement(T_t value)
 *       never fail; they keep the type, which C's own operators do not.
 *
 *   T_t dsy_T_from_int64(run, int64_t), dsy_T_from_uint64(run, uint64_t)
 *       throw InvalidValue naming the value unless it fits.
 *   T_t dsy_T_from_double(run, double), dsy_T_from_decimal(run, dsy_decimal)
 *       cut the fraction off, then as above; NaN and infinities throw.
 *   T_t dsy_T_from_string(run, dsy_string)
 *       an optional sign and decimal digits, nothing else; throws InvalidValue.
 *   dsy_string dsy_T_to_string(run, T_t)
 *   bool dsy_T_parse(dsy_string text, T_t *value)         from_string without a run: false if it is not valid
 *   dsy_string dsy_T_text(T_t value, char *scratch)       to_string without a run; scratch: DSY_PRINT_BYTES_MAX
 */
#ifndef DSY_NUMBER_H
#define DSY_NUMBER_H

#include "dsy/error.h"

/* NAME, C type, unsigned C type of the same size, bits, whether it is signed */
#define DSY_INTEGER_TYPES(entry)                                                                  \
    entry(int8, int8_t, uint8_t, 8, true) entry(int16, int16_t, uint16_t, 16, true)               \
        entry(int32, int32_t, uint32_t, 32, true) entry(int64, int64_t, uint64_t, 64, true)       \
            entry(uint8, uint8_t, uint8_t, 8, false) entry(uint16, uint16_t, uint16_t, 16, false) \
                entry(uint32, uint32_t, uint32_t, 32, false) entry(uint64, uint64_t, uint64_t, 64, false)

/* Cold half of the shifts: "shift by 64 is out of range: an int64 has 64 bits". */
DSY_COLD void dsy_throw_shift_out_of_range(struct dsy_run *run, int64_t count, const char *type_name, int bits);

#define DSY_DECLARE_INTEGER(name, type, unsigned_type, bits, is_signed)                         \
    static inline type dsy_##name##_add(struct dsy_run *run, type left, type right)             \
    {                                                                                           \
        type result;                                                                            \
        if (DSY_UNLIKELY(__builtin_add_overflow(left, right, &result))) {                       \
            dsy_throw_overflow(run, #name " addition");                                         \
            return 0;                                                                           \
        }                                                                                       \
        return result;                                                                          \
    }                                                                                           \
    static inline type dsy_##name##_subtract(struct dsy_run *run, type left, type right)        \
    {                                                                                           \
        type result;                                                                            \
        if (DSY_UNLIKELY(__builtin_sub_overflow(left, right, &result))) {                       \
            dsy_throw_overflow(run, #name " subtraction");                                      \
            return 0;                                                                           \
        }                                                                                       \
        return result;                                                                          \
    }                                                                                           \
    static inline type dsy_##name##_multiply(struct dsy_run *run, type left, type right)        \
    {                                                                                           \
        type result;                                                                            \
        if (DSY_UNLIKELY(__builtin_mul_overflow(left, right, &result))) {                       \
            dsy_throw_overflow(run, #name " multiplication");                                   \
            return 0;                                                                           \
        }                                                                                       \
        return result;                                                                          \
    }                                                                                           \
    static inline type dsy_##name##_negate(struct dsy_run *run, type value)                     \
    {                                                                                           \
        type result;                                                                            \
        if (DSY_UNLIKELY(__builtin_sub_overflow((type)0, value, &result))) {                    \
            dsy_throw_overflow(run, #name " negation");                                         \
            return 0;                                                                           \
        }                                                                                       \
        return result;                                                                          \
    }                                                                                           \
    static inline type dsy_##name##_divide(struct dsy_run *run, type left, type right)          \
    {                                                                                           \
        if (DSY_UNLIKELY(right == 0)) {                                                         \
            dsy_throw_divide_by_zero(run);                                                      \
            return 0;                                                                           \
        }                                                                                       \
        if ((is_signed) && right == (type)-1) /* the one quotient that overflows is min / -1 */ \
            return dsy_##name##_negate(run, left);                                              \
        return (type)(left / right);                                                            \
    }                                                                                           \
    static inline type dsy_##name##_modulo(struct dsy_run *run, type left, type right)          \
    {                                                                                           \
        if (DSY_UNLIKELY(right == 0)) {                                                         \
            dsy_throw_divide_by_zero(run);                                                      \
            return 0;                                                                           \
        }                                                                                       \
        if ((is_signed) && right == (type)-1)                                                   \
            return 0;                                                                           \
        return (type)(left % right);                                                            \
    }                                                                                           \
    static inline type dsy_##name##_shift_left(struct dsy_run *run, type value, int64_t count)  \
    {                                                                                           \
        if (DSY_UNLIKELY(count < 0 || count >= (bits))) {                                       \
            dsy_throw_shift_out_of_range(run, count, #name, bits);                              \
            return 0;                                                                           \
        }                                                                                       \
        return (type)(unsigned_type)((uint64_t)(unsigned_type)value << count);                  \
    }                                                                                           \
    static inline type dsy_##name##_shift_right(struct dsy_run *run, type value, int64_t count) \
    {                                                                                           \
        if (DSY_UNLIKELY(count < 0 || count >= (bits))) {                                       \
            dsy_throw_shift_out_of_range(run, count, #name, bits);                              \
            return 0;                                                                           \
        }                                                                                       \
        return (type)(value >> count);                                                          \
    }                                                                                           \
    static inline type dsy_##name##_and(type left, type right)                                  \
    {                                                                                           \
        return (type)(left & right);                                                            \
    }                                                                                           \
    static inline type dsy_##name##_or(type left, type right)                                   \
    {                                                                                           \
        return (type)(left | right);                                                            \
    }                                                                                           \
    static inline type dsy_##name##_xor(type left, type right)                                  \
    {                                                                                           \
        return (type)(left ^ right);                                                            \
    }                                                                                           \
    static inline type dsy_##name##_complement(type value)                                      \
    {                                                                                           \
        return (type)~value;                                                                    \
    }                                                                                           \
    type dsy_##name##_from_int64(struct dsy_run *run, int64_t value);                           \
    type dsy_##name##_from_uint64(struct dsy_run *run, uint64_t value);                         \
    type dsy_##name##_from_double(struct dsy_run *run, double value);                           \
    type dsy_##name##_from_decimal(struct dsy_run *run, dsy_decimal value);                     \
    type dsy_##name##_from_string(struct dsy_run *run, dsy_string text);                        \
    dsy_string dsy_##name##_to_string(struct dsy_run *run, type value);                         \
    bool dsy_##name##_parse(dsy_string text, type *value);                                      \
    dsy_string dsy_##name##_text(type value, char *scratch);

DSY_INTEGER_TYPES(DSY_DECLARE_INTEGER)
#undef DSY_DECLARE_INTEGER

/* Index of an item, or -1 after throwing OutOfRange. */
static inline int64_t
dsy_index(struct dsy_run *run, int64_t index, int64_t length)
{
    if (DSY_UNLIKELY((uint64_t)index >= (uint64_t)length)) {
        dsy_throw_index_out_of_range(run, index, length);
        return -1;
    }
    return index;
}

/* bool: "true", "false" */
bool dsy_bool_from_string(struct dsy_run *run, dsy_string text);
dsy_string dsy_bool_to_string(struct dsy_run *run, bool value);
bool dsy_bool_parse(dsy_string text, bool *value);
dsy_string dsy_bool_text(bool value, char *scratch);

/* double: C's own operators; none throws. The text is the shortest that reads back as the same value, with ".0" if it
 * would look like an integer; "NaN", "Infinity", "-Infinity". Reads JSON's number syntax (a "+" is allowed too) and the
 * three names; a number beyond the range of double is not valid. Relies on the C numeric locale being "C". */
double dsy_double_modulo(double left, double right); /* as fmod */
double dsy_double_from_decimal(dsy_decimal value);   /* the nearest; beyond the range of double: an infinity */
double dsy_double_from_string(struct dsy_run *run, dsy_string text);
dsy_string dsy_double_to_string(struct dsy_run *run, double value);
bool dsy_double_parse(dsy_string text, double *value);
dsy_string dsy_double_text(double value, char *scratch);
int dsy_double_compare(double left, double right); /* for sort: a total order, NaN last, -0.0 = 0.0 */

#endif
