/* What is never used: variables, and tasks that nobody waits for. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_USAGE_H
#define DSY_COMPILER_CHECK_USAGE_H

#include "compiler/check/body.h"

/* The local variable that a place is, or is a part of, is only changed there: that is no use of its value. */
void usage_only_changed(struct body *body, const struct expression *place);

/* An expression whose value is dropped: a task that was started, and the variable of `items.push(x);`. */
void usage_dropped(struct body *body, const struct expression *value);

/* A function has been checked: remember what it does not use. */
void usage_note(struct body *body);

/* Warn of all that was remembered. Of a program without errors: an error may hide uses. */
void usage_warn(struct checker *checker);

#endif
