/* Branching: the expressions that evaluate one of their operands or not. Private to lower/. */
#ifndef DSY_COMPILER_LOWER_BRANCHING_H
#define DSY_COMPILER_LOWER_BRANCHING_H

#include "compiler/lower/builder.h"

/* Lower a CONDITIONAL, LOGICAL_AND, LOGICAL_OR, COALESCE or OPTIONAL_CHAIN.
 *
 * destination  as for lower_root
 *
 * Returns a tree: C's own operator where that does, else the variable that holds the value by now; NULL when the
 * expression is of type void. */
const struct expression *lower_branching(struct builder *builder, const struct expression *expression,
                                         struct variable *destination);

#endif
