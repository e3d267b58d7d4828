/* The order of types, and what follows from what they hold. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_ORDER_H
#define DSY_COMPILER_CHECK_ORDER_H

#include "compiler/check/checker.h"

/* Report structs and unions that hold themselves by value. Before constants are evaluated. */
void types_check_recursion(struct checker *checker);

/* Report values that are larger than libdsy copies, and errors with too many members. Only when types_check_recursion
 * has found nothing. */
void types_check_sizes(struct checker *checker);

/* Set is_recursive, holds_blocks, has_default and index of every type.
 *
 * Returns those that a program has, each behind those that it holds by value. */
struct type_pointer_list types_order(struct checker *checker);

#endif
