/* Steps: their answers, retries, and what becomes of them after a start. */
#include <stdio.h>
#include <string.h>

#include "dsy/error.h"
#include "runtime/core/transition_internal.h"

/* Delay after failure number `failures`, by the step's policy. */
static int64_t
retry_delay_ns(const struct dsy_step_type *step, uint32_t failures)
{
    int64_t first_ns = step->first_ns > 0 ? step->first_ns : RETRY_FIRST_NS;
    int64_t most_ns = step->most_ns > 0 ? step->most_ns : RETRY_MOST_NS;
    double factor = step->factor >= 1.0 ? step->factor : RETRY_FACTOR;
    double delay_ns = (double)first_ns;
    for (uint32_t count = 1; count < failures && delay_ns < (double)most_ns; count++)
        delay_ns *= factor;
    return delay_ns < (double)most_ns ? (int64_t)delay_ns : most_ns;
}

/* The reason of a failed attempt, kept as long as the invocation. */
static dsy_string
failure_reason(struct transition *transition, const struct message *message)
{
    char text[REASON_BYTES_MAX];
    size_t size_bytes;
    if (message->answer == STEP_TIMED_OUT) {
        char scratch[DSY_PRINT_BYTES_MAX];
        dsy_string after = dsy_duration_text(transition->invocation->pending.step->timeout_ns, scratch);
        size_bytes = (size_t)snprintf(text, sizeof text, "no answer within %.*s", (int)after.size_bytes, after.data);
    } else {
        size_bytes = message->value.size_bytes < sizeof text - 1 ? message->value.size_bytes : sizeof text - 1;
        if (size_bytes > 0)
            memcpy(text, message->value.data, size_bytes);
        size_bytes = dsy_utf8_check(text, size_bytes);
    }
    char *copy = dsy_arena_copy_text(transition->run.arena, text, size_bytes);
    return (dsy_string){ .data = copy, .size_bytes = copy != NULL ? (int64_t)size_bytes : 0 };
}

/* A step that runs at most once, and whose attempt may have done its work without saying so. */
static enum transition_end
step_is_lost(struct transition *transition, const char *what)
{
    dsy_transition_begin_run(transition);
    dsy_throw_format(&transition->run, &dsy_error_step_failed,
                     "step %s %s; it may have been done, and is not executed again",
                     transition->invocation->pending.step->name, what);
    return dsy_transition_run(transition);
}

static enum transition_end
step_failed(struct transition *transition, const struct message *message)
{
    struct pending *pending = &transition->invocation->pending;
    bool runs_once = pending->step->effect == DSY_STEP_AT_MOST_ONCE;
    if (runs_once && message->answer == STEP_LOST)
        return step_is_lost(transition, "was under way when the node stopped");
    pending->failures++;
    pending->reason = failure_reason(transition, message);
    if (runs_once && message->answer == STEP_TIMED_OUT) {
        char what[REASON_BYTES_MAX];
        snprintf(what, sizeof what, "gave %.*s", (int)pending->reason.size_bytes,
                 pending->reason.data != NULL ? pending->reason.data : "no answer in time");
        return step_is_lost(transition, what);
    }
    if (pending->step->attempts > 0 && pending->failures >= pending->step->attempts) {
        dsy_transition_begin_run(transition);
        dsy_throw_format(&transition->run, &dsy_error_retries_exhausted, "step %s failed %u times, at last: %.*s",
                         pending->step->name, pending->failures, (int)pending->reason.size_bytes,
                         pending->reason.data != NULL ? pending->reason.data : "");
        return dsy_transition_run(transition);
    }
    pending->due_ns = dsy_time_add_saturated(transition->now_ns, retry_delay_ns(pending->step, pending->failures));
    return TRANSITION_SUSPENDED;
}

enum transition_end
dsy_transition_step(struct transition *transition, const struct message *message)
{
    const struct pending *pending = &transition->invocation->pending;
    if (dsy_transition_linger_ends(transition->invocation, message->await_count, true)) {
        enum transition_end end = dsy_transition_look_at_drain(transition);
        return end == TRANSITION_NOTED ? TRANSITION_SUSPENDED : end; /* its row has changed */
    }
    if (pending->kind != PENDING_STEP || message->await_count != transition->invocation->await_count ||
        message->attempt != pending->attempt || pending->due_ns != DSY_NOT_DUE)
        return TRANSITION_STALE;
    switch (message->answer) {
    case STEP_DONE: return dsy_transition_resume_with_value(transition, message->value);
    case STEP_THREW: return dsy_transition_resume_with_error(transition, message->value);
    case STEP_FAILED:
    case STEP_LOST:
    case STEP_TIMED_OUT: break;
    }
    return step_failed(transition, message);
}

/* A step that is executed again after a start, unless that may do harm. */
enum transition_end
dsy_transition_step_again(struct transition *transition, const struct message *message)
{
    struct pending *pending = &transition->invocation->pending;
    bool has_begun = message->fate == STEP_BEGUN && message->await_count == transition->invocation->await_count;
    if (has_begun && message->deaths >= STEP_DEATHS_MAX) {
        snprintf(
            transition->reason, sizeof transition->reason,
            "step %s ended the process %u times, and was executed alone at the last ones; it is executed again when "
            "the invocation is retried by hand",
            pending->step->name, message->deaths);
        transition->is_held = true;
        return TRANSITION_BROKEN;
    }
    if (pending->step->effect == DSY_STEP_AT_MOST_ONCE &&
        ((has_begun && message->begun_attempt == pending->attempt) || message->fate == STEP_MAY_HAVE_BEGUN))
        return step_is_lost(transition, "was under way when the process ended");
    pending->attempt++;
    return TRANSITION_SUSPENDED;
}
