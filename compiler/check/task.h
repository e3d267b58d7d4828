/* Tasks and promises: what start.c, promise.c, select.c and compensate.c share with the rest of check/.
 * Internal to check/. */
#ifndef DSY_COMPILER_CHECK_TASK_H
#define DSY_COMPILER_CHECK_TASK_H

#include "compiler/check/body.h"

/* Whether the code that is checked belongs to a routine; reports it if not.
 * what: "start", "now()" */
bool stands_in_routine(struct body *body, struct span span, const char *what);

/* The same, and it is no query either, which neither waits nor changes anything. */
bool may_act(struct body *body, struct span span, const char *what);

/* `start f(x)`, `start detached f(x)`. */
const struct expression *check_start(struct body *body, const struct ast_expression *expression);

/* Whether a value is a task or a promise. */
bool is_handle(const struct type *type);

/* The errors of awaiting one: see effect.h. */
void effect_await_handle(struct body *body, const struct type *handle, struct span span);

/* `promise<T>()`. */
const struct expression *check_promise(struct body *body, const struct ast_expression *expression);

/* `resolve(p, value)`, `reject(p, error)`: name says which. */
const struct expression *check_settle(struct body *body, const struct ast_expression *call, struct text name);

/* The whole of a `select`. */
const struct statement *check_select(struct body *body, const struct ast_statement *source);

const struct statement *check_compensate(struct body *body, const struct ast_statement *source);
const struct statement *check_cancel(struct body *body, const struct ast_statement *source);
const struct statement *check_publish(struct body *body, const struct ast_statement *source);

/* The variables of a function are known: its compensations have the same. */
void compensations_finish(struct body *body);

/* A local variable is used as a value: compensations around this place copy it. */
void compensation_capture(struct body *body, const struct variable *variable);

#endif
