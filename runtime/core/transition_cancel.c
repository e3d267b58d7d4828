/* Cancellation and `within`: what is awaited is given up, and an error is thrown at the await.
 *
 * A cancelled invocation stays so: Cancelled is thrown at each await outside of shielded bodies (finally, compensate,
 * catch of Cancelled). A sub-routine whose time is over gets it in the same way, and its caller then Timeout.
 * A call or an attempt of a step that is given up lingers until it has ended; its result is dropped. */
#include "dsy/error.h"
#include "runtime/core/transition_internal.h"

static bool
is_shielded(const struct frame *frame)
{
    return frame->error.data != NULL || frame->routine->suspensions[frame->state].is_shielded;
}

bool
dsy_transition_must_cancel(const struct invocation *invocation)
{
    for (const struct frame *frame = invocation->top; frame != NULL; frame = frame->below) {
        if (frame != invocation->top && frame->is_expired)
            return true;
        if (is_shielded(frame))
            return false;
    }
    return invocation->is_cancelled;
}

/* ---- what lingers ---- */

static enum dsy_status
linger(struct transition *transition, bool is_step)
{
    struct invocation *invocation = transition->invocation;
    struct lingering *lingering = dsy_arena_allocate(transition->run.arena, sizeof *lingering);
    if (lingering == NULL)
        return DSY_NO_MEMORY;
    *lingering =
        (struct lingering){ .next = invocation->lingering, .await_count = invocation->await_count, .is_step = is_step };
    invocation->lingering = lingering;
    return DSY_OK;
}

bool
dsy_transition_linger_ends(struct invocation *invocation, uint64_t await_count, bool is_step)
{
    for (struct lingering **place = &invocation->lingering; *place != NULL; place = &(*place)->next) {
        if ((*place)->await_count != await_count || (*place)->is_step != is_step)
            continue;
        *place = (*place)->next;
        return true;
    }
    return false;
}

bool
dsy_transition_no_step_lingers(struct invocation *invocation)
{
    bool has_any = false;
    for (struct lingering **place = &invocation->lingering; *place != NULL;) {
        if (!(*place)->is_step) {
            place = &(*place)->next;
            continue;
        }
        *place = (*place)->next;
        has_any = true;
    }
    return has_any;
}

/* ---- giving up ---- */

static enum dsy_status
cancel_own(struct transition *transition, const struct pending *pending)
{
    enum dsy_status status = DSY_OK;
    for (uint32_t index = 0; index < pending->handle_count && status == DSY_OK; index++)
        if (dsy_transition_owns(transition, pending->handles[index]))
            status = dsy_transition_send_cancel(transition, pending->handles[index]);
    return status;
}

/* Give up what the invocation waits for. */
static enum dsy_status
give_up(struct transition *transition)
{
    const struct pending *pending = &transition->invocation->pending;
    enum dsy_status status = DSY_OK;
    switch (pending->kind) {
    case PENDING_CALL:
        status = dsy_transition_send_cancel(transition, pending->child);
        return status == DSY_OK ? linger(transition, false) : status;
    case PENDING_STEP: return pending->due_ns == DSY_NOT_DUE ? linger(transition, true) : DSY_OK;
    case PENDING_WAIT:
        if (pending->mode != WAIT_SELECT && pending->mode != WAIT_DRAIN)
            status = cancel_own(transition, pending);
        if (status == DSY_OK && pending->mode != WAIT_DRAIN)
            status = dsy_transition_unwatch(transition, pending->handle_count);
        dsy_join_end(transition->joins, transition->invocation->number);
        return status;
    case PENDING_START:
    case PENDING_SLEEP:
    case PENDING_CHECKPOINT:
    case PENDING_QUEUED: break;
    }
    return DSY_OK;
}

static enum transition_end
throw_cancelled(struct transition *transition)
{
    if (give_up(transition) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    dsy_transition_begin_run(transition);
    dsy_throw_cancelled(&transition->run);
    return dsy_transition_run(transition);
}

enum transition_end
dsy_transition_cancel(struct transition *transition, const struct message *message)
{
    struct invocation *invocation = transition->invocation;
    if (invocation->is_cancelled || message->secret != invocation->secret)
        return TRANSITION_STALE;
    invocation->is_cancelled = true;
    if (invocation->pending.kind == PENDING_QUEUED || invocation->pending.kind == PENDING_START) {
        dsy_transition_begin_run(transition); /* nothing of it has run, and nothing of it does */
        dsy_throw_cancelled(&transition->run);
        return dsy_transition_end_with_error(transition);
    }
    return dsy_transition_must_cancel(invocation) ? throw_cancelled(transition) : TRANSITION_SUSPENDED;
}

/* ---- time ---- */

/* The outermost of the frames whose sub-routines have no time left; NULL: all have. */
static struct frame *
find_expired(const struct invocation *invocation, int64_t now_ns)
{
    struct frame *expired = NULL;
    for (struct frame *frame = invocation->top; frame != NULL; frame = frame->below)
        if (frame->deadline_ns != 0 && !frame->is_expired && frame->deadline_ns <= now_ns)
            expired = frame;
    return expired;
}

static enum transition_end
throw_timeout(struct transition *transition)
{
    int64_t within_ns = transition->invocation->pending.within_ns;
    if (give_up(transition) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    dsy_transition_begin_run(transition);
    dsy_throw_timeout(&transition->run, within_ns);
    return dsy_transition_run(transition);
}

enum transition_end
dsy_transition_timer(struct transition *transition)
{
    struct invocation *invocation = transition->invocation;
    struct pending *pending = &invocation->pending;
    int64_t due_ns = dsy_invocation_due_ns(invocation);
    if (due_ns == DSY_NOT_DUE || due_ns > transition->now_ns)
        return TRANSITION_STALE;
    struct frame *expired = find_expired(invocation, transition->now_ns);
    if (expired != NULL) {
        expired->is_expired = true;
        return dsy_transition_must_cancel(invocation) ? throw_cancelled(transition) : TRANSITION_SUSPENDED;
    }
    if (pending->deadline_ns != 0 && pending->deadline_ns <= transition->now_ns)
        return throw_timeout(transition);
    switch (pending->kind) {
    case PENDING_SLEEP: return dsy_transition_resume(transition);
    case PENDING_STEP:
        pending->due_ns = DSY_NOT_DUE;
        pending->attempt++;
        return TRANSITION_SUSPENDED;
    case PENDING_WAIT: return dsy_transition_wait_is_over(transition);
    case PENDING_START:
    case PENDING_CALL:
    case PENDING_CHECKPOINT:
    case PENDING_QUEUED: break;
    }
    return TRANSITION_STALE;
}
