/* Effects: which declared errors can leave a function. While bodies are checked, every throw and call is
 * noted in the scope where it stands; afterwards the least fixed point over all calls is computed.
 *
 * A scope is a function's body or a try's. What a try's scope lets out, its catches left aside, goes on to the
 * scope around it; its catch and finally bodies stand in that one. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_EFFECT_H
#define DSY_COMPILER_CHECK_EFFECT_H

#include "compiler/check/body.h"

/* Begin noting the effects of body->function. */
void effect_begin(struct body *body);

/* Begin noting those of a `compensate` body, which is a function of its own within that of `outside`: what it starts
 * and awaits, it may have in common with that one. */
void effect_begin_within(struct body *body, const struct body *outside);

/* `throw E{…}`. */
void effect_throw(struct body *body, const struct type *error, struct span span);

/* A call of a function, awaited or not. */
void effect_call(struct body *body, const struct function *function, struct span span);

/* `start` of a function: its errors come where a task is awaited. */
void effect_start(struct body *body, const struct function *function);

/* A task is awaited: what everything that the routine starts can throw. It may also be another one's task. */
void effect_await_task(struct body *body, struct span span);

/* Something is awaited of which nobody knows here what it throws: a promise. */
void effect_await_unknown(struct body *body, struct span span);

/* `throw;` in the catch body that body->caught and body->caught_clause say. */
void effect_rethrow(struct body *body, struct span span);

/* The scope of a try's body, with the scope around it as its outer one; becomes body->effect. */
struct effect_scope *effect_enter_try(struct body *body);

/* The try's body ends; its clauses are known. catches: error types (ERROR or ANY_ERROR), and where they stand; copied.
 */
void effect_leave_try(struct body *body, struct effect_scope *scope, const struct type *const *catches,
                      const struct ast_catch_list *clauses);

/* Warn of catch clauses that nothing reaches, and of compensations that throw. Of a program without errors. */
void effects_warn(struct checker *checker);

/* Compute what can leave every function, fill in `throws` where it isn't written, and report what is missing where
 * it must be. */
void effects_infer(struct checker *checker);

#endif
