/* What stands before a dot: shared by postfix.c and call.c. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_POSTFIX_H
#define DSY_COMPILER_CHECK_POSTFIX_H

#include "compiler/check/body.h"
#include "compiler/check/builtin.h"

/* The value before the dot of a MEMBER or OPTIONAL_MEMBER. For `x?.` it is the variable that holds x's value, and the
 * chain is noted in the body. POISON after a report. */
const struct expression *check_receiver(struct body *body, const struct ast_expression *member);

/* receiver.method(…) or receiver.property as a node. */
const struct expression *method_node(struct body *body, const struct built_in *built_in,
                                     const struct expression *receiver, const struct expression *const *arguments,
                                     struct span span);

/* Report that a type has no such member. */
const struct expression *report_no_member(struct body *body, const struct expression *receiver,
                                          const struct ast_name *name);

/* A part of a postfix expression: what is behind `?.` in it belongs to the chain of the whole. */
const struct expression *check_spine(struct body *body, const struct ast_expression *expression);

#endif
