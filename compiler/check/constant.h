/* Folding: what is known of literals is computed here, with the rules of the language: it overflows
 * where the program would throw, and that is then an error of the program. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_CONSTANT_H
#define DSY_COMPILER_CHECK_CONSTANT_H

#include "compiler/check/checker.h"

/* Whether a node is a literal number; ints, double, decimal. */
bool constant_is_number(const struct expression *node);

/* A literal number as one of another number type, when it has just this value there.
 *
 * Returns NULL when it doesn't fit: nothing is reported. */
const struct expression *constant_fit(struct checker *checker, const struct expression *literal,
                                      const struct type *type);

/* An operation on two operands which have been converted as program.h says.
 *
 * Returns the literal; POISON after a report (overflow, division by zero); NULL when it is not known yet. */
const struct expression *constant_binary(struct checker *checker, enum binary_operator operation,
                                         const struct type *type, const struct expression *left,
                                         const struct expression *right, struct span span);

/* The same for one operand. */
const struct expression *constant_unary(struct checker *checker, enum unary_operator operation,
                                        const struct expression *operand, struct span span);

/* type(literal), a written conversion. As constant_binary. */
const struct expression *constant_conversion(struct checker *checker, const struct type *type,
                                             const struct expression *operand, struct span span);

/* A literal as a text for diagnostics: "300", "-1.5". */
struct text constant_text(struct checker *checker, const struct expression *literal);

/* A text that is the same for equal labels of one type, and only for those. */
struct text constant_key(struct checker *checker, const struct expression *label);

#endif
