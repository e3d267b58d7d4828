/* What a user's C step calls. A step runs on a worker thread, may block, is executed at least once,
 * and has the same idempotency key at every execution. Values it makes live in the step's memory until
 * its result is recorded. */
#ifndef DSY_STEP_H
#define DSY_STEP_H

#include "dsy/value.h"

struct dsy_step; /* one running attempt */

/* The symbol of a function that the user writes, in its prototype in the generated header. It is never one of the C
 * library: a step called `send` or `connect` would else take the place of that function in all libraries. */
#define DSY_STEP(NAME) __asm__("step." #NAME)
#define DSY_NATIVE(NAME) __asm__("native." #NAME)

/* What a step says at its end. */
enum dsy_step_outcome {
    DSY_STEP_DONE,  /* the result is in *result */
    DSY_STEP_THROW, /* a declared error was given by NAME_throw() and is thrown at the await */
    DSY_STEP_RETRY, /* failed for the moment; executed again by its retry policy */
};

/* The idempotency key of this step: the same text at every execution, distinct from every other step's.
 * NUL-terminated, at most 63 characters, of [0-9a-f-]; lives as long as the step. */
const char *dsy_step_key(const struct dsy_step *step);

/* Number of this attempt, from 1. A restart after a crash counts on. */
uint32_t dsy_step_attempt(const struct dsy_step *step);

/* The run that value functions want (dsy_string_copy(run, …)): carries the step's memory and its errors.
 * A built-in error that a value function records in it is thrown at the await. */
struct dsy_run *dsy_step_run(struct dsy_step *step);

/* Say why the step cannot succeed at the moment.
 *
 * step    borrowed
 * reason  printf format with its arguments; shown to the operator, and part of RetriesExhausted
 *
 * Returns DSY_STEP_RETRY, so that a step can `return dsy_step_retry(step, "HTTP %d", status);`. */
enum dsy_step_outcome dsy_step_retry(struct dsy_step *step, const char *reason, ...)
    __attribute__((format(printf, 2, 3)));

/* Throw a declared error at the await; the generated NAME_throw() calls it.
 *
 * type     descriptor of the error
 * members  its struct, copied
 *
 * Returns DSY_STEP_THROW. */
enum dsy_step_outcome dsy_step_throw(struct dsy_step *step, const struct dsy_error_type *type, const void *members);

#endif
