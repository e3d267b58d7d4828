/* Conversions between types: those that happen by themselves, and those that are written as calls.
 * Internal to check/. */
#ifndef DSY_COMPILER_CHECK_CONVERT_H
#define DSY_COMPILER_CHECK_CONVERT_H

#include "compiler/check/checker.h"

/* A value as one of another type, where that always keeps the value: literals that fit, widenings, T → T?.
 * Returns NULL when it is not possible, without a report; POISON for POISON. */
const struct expression *convert_try(struct checker *checker, const struct expression *value, const struct type *type);

/* The same; reports why it is not possible, and returns POISON then. */
const struct expression *convert(struct checker *checker, const struct expression *value, const struct type *type);

/* type(value). Reports a conversion that doesn't exist. */
const struct expression *convert_written(struct checker *checker, const struct type *type,
                                         const struct expression *value, struct span span);

/* The text of a value for interpolation. */
const struct expression *convert_to_string(struct checker *checker, const struct expression *value);

/* The type that two values can both be converted to: of `c ? a : b`, of the elements of an array. NULL if there
 * is none. */
const struct type *convert_common(struct checker *checker, const struct expression *left,
                                  const struct expression *right);

/* Report that an optional stands where its value is wanted. */
void convert_report_null(struct checker *checker, const struct expression *value, const struct type *wanted);

#endif
