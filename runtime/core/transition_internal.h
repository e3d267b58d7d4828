/* The transition in itself: shared by its files, by nobody else.
 *
 *   transition.c          the trampoline; beginning; which message means what
 *   transition_step.c     answers of steps, retries
 *   transition_wait.c     tasks and promises that are awaited: one, all, any, select
 *   transition_cancel.c   cancellation, within: what is awaited is given up, an error is thrown at the await
 *   transition_end.c      a frame returns or throws; its tasks, its compensations, the invocation's end
 *   transition_request.c  what generated routines call (dsy/generated.h) */
#ifndef DSY_CORE_TRANSITION_INTERNAL_H
#define DSY_CORE_TRANSITION_INTERNAL_H

#include "runtime/core/transition.h"

/* Generated code hands back the run that it was given, which is a transition's first member. */
static inline struct transition *
dsy_transition_of(struct dsy_run *run)
{
    return (struct transition *)(void *)run;
}

static inline const struct transition *
dsy_transition_of_const(const struct dsy_run *run)
{
    return (const struct transition *)(const void *)run;
}

static inline int64_t
dsy_time_add_saturated(int64_t time_ns, int64_t duration_ns)
{
    int64_t sum;
    if (!__builtin_add_overflow(time_ns, duration_ns, &sum))
        return sum;
    return duration_ns > 0 ? INT64_MAX : INT64_MIN + 1;
}

/* ---- transition.c ---- */

void dsy_transition_begin_run(struct transition *transition);

/* Run the top frame, and those below it, to the next suspension or the end. */
enum transition_end dsy_transition_run(struct transition *transition);

/* Run the awaiting routine: with what it awaited, with an encoded error thrown at its await, with the error that was
 * just thrown into the run (begin_run was called), or with nothing. */
enum transition_end dsy_transition_resume_with_value(struct transition *transition, struct dsy_slice value);
enum transition_end dsy_transition_resume_with_error(struct transition *transition, struct dsy_slice value);
enum transition_end dsy_transition_resume(struct transition *transition);

/* What was written to the scratch buffer, kept in the arena; none: it is too large, or memory ran out. */
struct dsy_slice dsy_transition_keep(struct transition *transition, const struct dsy_cbor_writer *writer);
/* The same of the arguments of what was said to be called. */
struct dsy_slice dsy_transition_keep_call(struct transition *transition);
enum transition_end dsy_transition_too_large(struct transition *transition, const char *what);
enum transition_end dsy_transition_broken(enum dsy_status status);

struct dsy_slice dsy_transition_encode_error(struct transition *transition);
/* Returns false when it is damaged: *end is set. */
bool dsy_transition_decode_error(struct transition *transition, struct dsy_slice value, enum transition_end *end);
enum transition_end dsy_transition_end_with_error(struct transition *transition);
enum transition_end dsy_transition_end_with_result(struct transition *transition,
                                                   const struct dsy_routine_type *routine);

/* Take the top frame off; its memory is used again. */
void dsy_transition_pop(struct transition *transition);

/* Where an invocation of a routine is placed: where its instance lives, if it has a key. */
uint32_t dsy_transition_place(const struct transition *transition, const struct dsy_routine_type *routine,
                              struct dsy_slice key, uint64_t secret);

/* ---- transition_step.c ---- */

enum transition_end dsy_transition_step(struct transition *transition, const struct message *message);
/* After a start. */
enum transition_end dsy_transition_step_again(struct transition *transition, const struct message *message);

/* ---- transition_wait.c ---- */

/* The routine has said for which handles it waits: ask them. Returns false when an error was thrown instead. */
bool dsy_transition_begin_wait(struct transition *transition);

/* A message of a cell. */
enum transition_end dsy_transition_settled(struct transition *transition, const struct message *message);
enum transition_end dsy_transition_not_yet(struct transition *transition, const struct message *message);

/* The time of a select is over. */
enum transition_end dsy_transition_wait_is_over(struct transition *transition);

/* Begin to wait for what the top frame leaves; and look whether that has ended. */
enum transition_end dsy_transition_begin_drain(struct transition *transition);
enum transition_end dsy_transition_look_at_drain(struct transition *transition);

/* What is awaited is awaited no longer: the cells of others forget it. taken: the slot that has settled; handle_count:
 * none has. */
DSY_MUST_USE
enum dsy_status dsy_transition_unwatch(struct transition *transition, uint32_t taken);

/* Whether the invocation has made this task. */
bool dsy_transition_owns(const struct transition *transition, dsy_uuid handle);

DSY_MUST_USE
enum dsy_status dsy_transition_send_cancel(struct transition *transition, dsy_uuid id);

/* ---- transition_cancel.c ---- */

/* Whether Cancelled is to be thrown at the await where the stack stands. */
bool dsy_transition_must_cancel(const struct invocation *invocation);

enum transition_end dsy_transition_cancel(struct transition *transition, const struct message *message);
enum transition_end dsy_transition_timer(struct transition *transition);

/* A call or an attempt that lingered has ended. Returns false when there is none of that await. */
bool dsy_transition_linger_ends(struct invocation *invocation, uint64_t await_count, bool is_step);
/* All attempts of an earlier process have. Returns whether there were any. */
bool dsy_transition_no_step_lingers(struct invocation *invocation);

/* ---- transition_end.c ---- */

/* The top frame returned or threw. Returns whether the trampoline goes on; else *end is set. */
bool dsy_transition_frame_returned(struct transition *transition, enum transition_end *end);
bool dsy_transition_frame_threw(struct transition *transition, enum transition_end *end);

/* What the top frame left has ended. */
enum transition_end dsy_transition_drained(struct transition *transition);

#endif
