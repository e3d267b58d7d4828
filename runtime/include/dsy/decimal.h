/* decimal: IEEE 754-2008 decimal128. 34 digits, rounds half to even, keeps the exponent (1.50 × 3 = 4.50).
 *
 * Values are always finite: what would be an infinity throws Overflow, division or modulo by zero throws DivideByZero.
 * A zero has no sign. A result nearer to zero than 1e-6176 becomes zero or loses digits, as IEEE 754 says. */
#ifndef DSY_DECIMAL_H
#define DSY_DECIMAL_H

#include "dsy/error.h"

dsy_decimal dsy_decimal_add(struct dsy_run *run, dsy_decimal left, dsy_decimal right);
dsy_decimal dsy_decimal_subtract(struct dsy_run *run, dsy_decimal left, dsy_decimal right);
dsy_decimal dsy_decimal_multiply(struct dsy_run *run, dsy_decimal left, dsy_decimal right);
dsy_decimal dsy_decimal_divide(struct dsy_run *run, dsy_decimal left, dsy_decimal right);
dsy_decimal dsy_decimal_modulo(struct dsy_run *run, dsy_decimal left, dsy_decimal right); /* sign of left, as in C */
dsy_decimal dsy_decimal_negate(dsy_decimal value);

enum dsy_decimal_rounding {
    DSY_ROUND_HALF_EVEN,
    DSY_ROUND_HALF_UP, /* from the middle away from zero */
    DSY_ROUND_DOWN,    /* towards minus infinity */
    DSY_ROUND_UP,      /* towards plus infinity */
    DSY_ROUND_CUT,     /* towards zero */
};

/* The value with `places` digits behind the point, 0 to 6176; Overflow where that takes more than 34 digits. */
dsy_decimal dsy_decimal_round(struct dsy_run *run, dsy_decimal value, int places, enum dsy_decimal_rounding rounding);

/* By value: 1.5 equals 1.50. */
int dsy_decimal_compare(dsy_decimal left, dsy_decimal right); /* -1, 0, 1 */
static inline bool
dsy_decimal_equal(dsy_decimal left, dsy_decimal right)
{
    return dsy_decimal_compare(left, right) == 0;
}

dsy_decimal dsy_decimal_from_int64(int64_t value); /* exact, exponent 0 */
dsy_decimal dsy_decimal_from_uint64(uint64_t value);

/* The decimal of the double's shortest text: 0.1 gives 0.1. NaN and infinities throw InvalidValue. */
dsy_decimal dsy_decimal_from_double(struct dsy_run *run, double value);

/* Sign, digits with an optional point, optional exponent: "-12.50", "1E+3". Never rounds: a text with more than 34
 * significant digits or an exponent out of range throws InvalidValue. */
dsy_decimal dsy_decimal_from_string(struct dsy_run *run, dsy_string text);

/* Plain digits where the exponent is from -6 below the first digit to 0, else scientific ("1E+3", "1E-9"): the
 * to-scientific-string of IEEE 754 decimals, from which from_string gives the same value with the same exponent. */
dsy_string dsy_decimal_to_string(struct dsy_run *run, dsy_decimal value);
bool dsy_decimal_parse(dsy_string text, dsy_decimal *value);
dsy_string dsy_decimal_text(dsy_decimal value, char *scratch);

/* The integer part, the fraction cut off. Returns false when it does not fit. */
bool dsy_decimal_to_int64(dsy_decimal value, int64_t *integer);
bool dsy_decimal_to_uint64(dsy_decimal value, uint64_t *integer);

/* Whether the 128 bits are a decimal as defined above (finite, canonical, no minus zero): asked of bytes from outside.
 */
bool dsy_decimal_is_valid(dsy_decimal value);

/* A literal: a decimal constant from sign, coefficient (high and low word, below 10^34) and exponent, for
 * static initialisers: 19.99m is DSY_DECIMAL(0, 0, 1999, -2). */
#define DSY_DECIMAL(negative, coefficient_high, coefficient_low, exponent)                                          \
    {                                                                                                               \
        {                                                                                                           \
            (uint64_t)(coefficient_low),                                                                            \
                ((uint64_t)(negative) << 63) | ((uint64_t)((exponent) + 6176) << 49) | (uint64_t)(coefficient_high) \
        }                                                                                                           \
    }

#endif
