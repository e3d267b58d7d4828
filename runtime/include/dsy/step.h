/* What a user's C step calls. A step runs on a worker thread, beside other attempts of itself, and may block. It is
 * executed at least once, under the same idempotency key at every execution; one that is declared @at_most_once is not
 * executed again once it has begun and a crash, or its time-out, leaves open whether it has done its work.
 *
 * Values: arguments, and what is made in the step's run, live until the result is recorded. The result and the members
 * of an error are read after the function has returned, and text is UTF-8 (else StepFailed is thrown at the await):
 *
 *     *result = DSY_STRING("a literal");                               // or a part of an argument
 *     *result = dsy_string_copy(dsy_step_run(step), dsy_string_view(buffer));  // what dies with the function
 *
 * dsy_string_view() only points to a C string. Strings do not end with NUL: print them by "%.*s". Arrays and maps are
 * made by the functions in the generated header: array_string_push(run, &result->lines, line). */
#ifndef DSY_STEP_H
#define DSY_STEP_H

#include "dsy/value.h"

struct dsy_step;   /* one running attempt */
struct dsy_answer; /* what one that answers later owes */

/* The symbol of a function that the user writes, in its prototype in the generated header. It is never one of the C
 * library: a step called `send` or `connect` would else take the place of that function in all libraries. */
#define DSY_STEP(NAME) __asm__("step." #NAME)
#define DSY_NATIVE(NAME) __asm__("native." #NAME)
#define DSY_ANSWER(NAME) __asm__("step." #NAME ".answer") /* NAME_answer(), which dsyc writes */

/* What a step says at its end. */
enum dsy_step_outcome {
    DSY_STEP_DONE,  /* the result is in *result; a built-in error that its run holds comes first */
    DSY_STEP_THROW, /* a declared error was given by NAME_throw() and is thrown at the await */
    DSY_STEP_RETRY, /* failed for the moment, and had no effect that a repetition would double: executed again by its
                       retry policy, one that is @at_most_once too */
    DSY_STEP_LATER, /* the answer that was taken by dsy_step_later() says it, at some time, from any thread */
};

/* The idempotency key of this step: the same text at every execution, distinct from every other step's.
 * NUL-terminated, at most 63 characters, of [0-9a-f-]; lives as long as the step. */
const char *dsy_step_key(const struct dsy_step *step);

/* Number of this attempt, from 1. A restart after a crash counts on. */
uint32_t dsy_step_attempt(const struct dsy_step *step);

/* The run that value functions want, as dsy_string_copy(run, …): carries the step's memory, of which there are 256 MiB
 * an attempt, and its errors. A built-in error that a value function records in it is thrown at the await. */
struct dsy_run *dsy_step_run(struct dsy_step *step);

/* Say why the step cannot succeed at the moment.
 *
 * reason  printf format with its arguments; shown to the operator, and part of RetriesExhausted. Cut where it is long,
 *         or not UTF-8
 *
 * Returns DSY_STEP_RETRY, so that a step can `return dsy_step_retry(step, "HTTP %d", status);`. */
enum dsy_step_outcome dsy_step_retry(struct dsy_step *step, const char *reason, ...)
    __attribute__((format(printf, 2, 3)));

/* Throw a declared error at the await; the generated NAME_throw() calls it.
 *
 * type     descriptor of the error
 * members  its struct, copied; the text and the items in it are not, and live as those of the result
 *
 * Returns DSY_STEP_THROW. */
enum dsy_step_outcome dsy_step_throw(struct dsy_step *step, const struct dsy_error_type *type, const void *members);

/* Whether anybody still waits for this attempt: false once it timed out, its routine was cancelled, or the node ends.
 * A step that takes long may ask now and then, and give up. Any outcome will do then: it is dropped. */
bool dsy_step_is_wanted(const struct dsy_step *step);

/* ---- answering later ----
 *
 * A step that would only wait gives its worker back: it takes the answer, hands it to whoever will know the outcome
 * (another thread, a callback of an event loop), and returns DSY_STEP_LATER:
 *
 *     struct dsy_answer *answer = dsy_step_later(step);
 *     if (answer == NULL)
 *         return dsy_step_retry(step, "the node ends");
 *     if (!provider_send(dsy_step_key(step), amount, when_paid, answer))
 *         dsy_answer_retry(answer, "the provider is busy");
 *     return DSY_STEP_LATER;
 *
 *     static void when_paid(void *answer, const char *id)
 *     {
 *         charge_card_answer(answer, (struct Receipt){ .id = dsy_string_view(id) });
 *     }
 *
 * The answer is the caller's until it is given, from any thread, by exactly one of
 *     NAME_answer(answer, result)        done; for each step in the generated header
 *     ERROR_answer_throw(answer, …)      thrown at the await; for each declared error, the same
 *     dsy_answer_retry(answer, "why")    executed again by the retry policy
 *     dsy_answer_release(answer)         nothing will come: as a retry that says so
 * after which it is gone. What these are handed is read before they return. It may be given before the step has
 * returned. One that comes too late (after the time-out, a cancellation, the end of the node) is dropped. Where the
 * step returns something else than DSY_STEP_LATER that counts; the answer must be given or released all the same, and
 * is dropped. Until it is given the step's arguments and what was made in its run stay, but not beyond the end of the
 * node: another thread works with copies. A process that dies owes nothing: the step is executed again. */

/* Take the answer. A step may do so once.
 * Returns NULL when it was taken before, or when the node ends. */
struct dsy_answer *dsy_step_later(struct dsy_step *step);

/* The run for what makes the values of the answer, with memory of its own; for one thread at a time. A built-in error
 * that is recorded in it is thrown at the await in place of the result. */
struct dsy_run *dsy_answer_run(struct dsy_answer *answer);

/* The step's idempotency key, which lives as long as the answer; and whether anybody still waits. */
const char *dsy_answer_key(const struct dsy_answer *answer);
bool dsy_answer_is_wanted(const struct dsy_answer *answer);

/* As dsy_step_retry. */
void dsy_answer_retry(struct dsy_answer *answer, const char *reason, ...) __attribute__((format(printf, 2, 3)));

/* The generated ERROR_answer_throw() calls it. members, and all that they hold, are read before it returns. */
void dsy_answer_throw(struct dsy_answer *answer, const struct dsy_error_type *type, const void *members);

/* Give it up. */
void dsy_answer_release(struct dsy_answer *answer);

#endif
