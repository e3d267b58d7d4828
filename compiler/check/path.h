/* Paths: the optionals that are known not to be null: a variable, or a member of one (`order.customer.address`), or a
 * member of the service's state (EXPRESSION_STATE), which holds until the next await only.
 * Values have no aliases, so what is known of a path holds until the path or the front of it is assigned to.
 * Internal to check/. */
#ifndef DSY_COMPILER_CHECK_PATH_H
#define DSY_COMPILER_CHECK_PATH_H

#include "compiler/check/body.h"

/* Whether the place is known not to be null here. */
bool path_is_not_null(struct body *body, const struct expression *place);

/* The facts, and that the place is not null; unchanged when it is no variable or member of one. */
struct facts path_narrow(struct body *body, struct facts facts, const struct expression *place);

/* After an assignment to a place: what was known of it and of its members is forgotten. */
struct facts path_assign(struct body *body, struct facts facts, const struct expression *place);

/* Forget what is known of a variable and of its members; members_only: but not of itself. */
struct facts path_forget(struct body *body, struct facts facts, const struct variable *variable, bool members_only);

/* After an await: others may have changed the state. */
struct facts path_forget_state(struct body *body, struct facts facts);

/* A place as it was declared: without the NARROW on top. */
const struct expression *path_without_narrowing(const struct expression *place);

#endif
