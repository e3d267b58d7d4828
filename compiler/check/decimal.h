/* Decimals in constants: IEEE 754 decimal128 as text, as program.h holds them. The one place of the compiler
 * that uses Intel's decimal library. Internal to check/; relies on base/. */
#ifndef DSY_COMPILER_CHECK_DECIMAL_H
#define DSY_COMPILER_CHECK_DECIMAL_H

#include "compiler/base/arena.h"
#include "compiler/base/text.h"

/* Significant digits of a decimal. */
#define DECIMAL_DIGITS_MAX 34

enum decimal_status {
    DECIMAL_OK,
    DECIMAL_OVERFLOW,
    DECIMAL_DIVIDE_BY_ZERO,
};

/* left op right, one of + - * / %, rounded half to even. Sets *result, unless the status is not OK. */
enum decimal_status decimal_operate(struct arena *arena, char operation, struct text left, struct text right,
                                    struct text *result);

struct text decimal_negate(struct arena *arena, struct text value);

/* <0, 0, >0 by value. */
int decimal_compare(struct arena *arena, struct text left, struct text right);

/* The integer part, the fraction cut off. Returns false when it is not an int64. */
bool decimal_to_int64(struct arena *arena, struct text value, int64_t *result);

/* The nearest double. */
double decimal_to_double(struct arena *arena, struct text value);

#endif
