/* The end of frames, and of the invocation.
 *
 * A frame that returns drops its compensations and hands its tasks down to the frame below it. One that throws, and has
 * compensations or is the last, ends in steps: its tasks are cancelled; when they, and whatever lingers, have ended,
 * its compensations run above it, last first; then the error goes on. It stays on the stack meanwhile, without
 * variables, so that a process that is killed in the middle goes on there. When the last frame has ended its tasks and
 * promises are released. */
#include <stdio.h>
#include <string.h>

#include "dsy/error.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/transition_internal.h"

/* ---- tasks ---- */

/* They are newer than those of the frame below, which may have thousands. */
static void
hand_down(struct frame *frame)
{
    struct cell_range **last = &frame->cells;
    while (*last != NULL)
        last = &(*last)->next;
    *last = frame->below->cells;
    frame->below->cells = frame->cells;
    frame->cells = NULL;
}

/* The handles of a result, or of a state: what they name lives on. */
struct kept_handles {
    struct transition *transition;
    const struct cell_range *ranges; /* that the invocation has made */
    struct number_table numbers;
    bool has_failed; /* memory ran out */
};

static void
keep_handle(void *context, dsy_uuid handle)
{
    struct kept_handles *kept = context;
    struct address address = dsy_id_address(handle);
    if (!dsy_transition_owns(kept->transition, handle) || dsy_number_table_find(&kept->numbers, address.number) != NULL)
        return;
    if (dsy_number_table_insert(&kept->numbers, address.number, kept) != DSY_OK)
        kept->has_failed = true;
}

static void
visit(struct kept_handles *kept, const struct dsy_type *type, const void *value)
{
    if (type != NULL && type->visit_handles != NULL && value != NULL)
        type->visit_handles(value, keep_handle, kept);
}

static enum dsy_status
send_release(struct transition *transition, int64_t number, bool is_kept)
{
    struct message *message =
        dsy_message_list_add(&transition->sent, transition->run.arena, MESSAGE_RELEASE, transition->shard, number);
    if (message == NULL)
        return DSY_NO_MEMORY;
    message->is_kept = is_kept;
    return DSY_OK;
}

/* The invocation ends: its tasks and promises are released. result: NULL: it has none. */
static enum dsy_status
release_cells(struct transition *transition, const struct frame *frame, const void *result)
{
    if (frame->cells == NULL)
        return DSY_OK;
    struct kept_handles kept = { .transition = transition, .ranges = frame->cells };
    const struct dsy_routine_type *routine = frame->routine;
    if (result != NULL)
        visit(&kept, routine->result, result);
    if (routine->service >= 0)
        visit(&kept, transition->program->type->services[routine->service]->state, transition->state);
    enum dsy_status status = kept.has_failed ? DSY_NO_MEMORY : DSY_OK;
    for (const struct cell_range *range = frame->cells; range != NULL; range = range->next)
        for (uint32_t index = 0; index < range->count && status == DSY_OK; index++) {
            int64_t number = range->first + index;
            status = send_release(transition, number, dsy_number_table_find(&kept.numbers, number) != NULL);
        }
    dsy_number_table_destroy(&kept.numbers);
    return status;
}

/* ---- ending by an error ---- */

static bool
go_wrong(enum transition_end *end, enum transition_end how)
{
    *end = how;
    return false;
}

/* An error inside a compensation changes nothing, but is said. */
static void
log_failure(struct transition *transition)
{
    struct dsy_run *run = &transition->run;
    char text[DSY_MESSAGE_BYTES_MAX];
    dsy_string name = dsy_error_name(&run->error);
    int length = snprintf(text, sizeof text, "a compensation of %s failed: %.*s: %.*s",
                          transition->invocation->top->routine->name, (int)name.size_bytes, name.data,
                          (int)run->error.message.size_bytes, run->error.message.data);
    size_t size_bytes = length < 0 ? 0 : (size_t)length < sizeof text ? (size_t)length : sizeof text - 1;
    run->failed = false;
    run->error = (struct dsy_error_value){ 0 };
    dsy_log(run, DSY_LOG_ERROR, (dsy_string){ .data = text, .size_bytes = (int64_t)dsy_utf8_check(text, size_bytes) });
}

/* Put the last compensation that is left onto the stack. */
static enum dsy_status
push_compensation(struct transition *transition)
{
    struct invocation *invocation = transition->invocation;
    struct frame *ending = invocation->top;
    const struct compensation *compensation = ending->compensations;
    struct frame *frame = dsy_arena_allocate_zeroed(transition->run.arena, sizeof *frame);
    if (frame == NULL)
        return DSY_NO_MEMORY;
    ending->compensations = compensation->next;
    frame->routine = compensation->routine;
    frame->raw = compensation->arguments;
    frame->below = ending;
    invocation->top = frame;
    invocation->frame_count++;
    transition->run.budget = transition->limits->step_budget; /* each has the whole */
    return DSY_OK;
}

static bool into_below(struct transition *transition, enum transition_end *end);

/* All compensations have run: the error goes on. */
static bool
finish(struct transition *transition, enum transition_end *end)
{
    struct invocation *invocation = transition->invocation;
    struct frame *ending = invocation->top;
    struct dsy_slice error = ending->error;
    if (ending->below == NULL) {
        if (release_cells(transition, ending, NULL) != DSY_OK)
            return go_wrong(end, TRANSITION_NO_MEMORY);
        dsy_transition_pop(transition);
        transition->value = error;
        return go_wrong(end, TRANSITION_THREW);
    }
    hand_down(ending);
    dsy_transition_pop(transition);
    if (!dsy_transition_decode_error(transition, error, end))
        return false;
    return into_below(transition, end);
}

/* The top frame ends by an error: what is next. */
static bool
go_on_ending(struct transition *transition, enum transition_end *end)
{
    struct invocation *invocation = transition->invocation;
    struct frame *ending = invocation->top;
    if (!ending->is_drained) {
        if (ending->cells != NULL || invocation->lingering != NULL)
            return go_wrong(end, dsy_transition_begin_drain(transition));
        ending->is_drained = true;
    }
    while (ending->compensations != NULL) {
        if (invocation->frame_count < STORED_FRAMES_MAX)
            return push_compensation(transition) == DSY_OK || go_wrong(end, TRANSITION_NO_MEMORY);
        ending->compensations = ending->compensations->next;
        dsy_throw_stack_overflow(&transition->run);
        log_failure(transition);
    }
    return finish(transition, end);
}

/* A frame was taken off. The one below it goes on, unless it ends itself, or has waited too long. */
static bool
into_below(struct transition *transition, enum transition_end *end)
{
    struct frame *frame = transition->invocation->top;
    struct dsy_run *run = &transition->run;
    if (frame->error.data != NULL) {
        if (run->failed)
            log_failure(transition);
        return go_on_ending(transition, end);
    }
    bool is_expired = frame->is_expired;
    int64_t within_ns = frame->within_ns;
    frame->deadline_ns = frame->within_ns = 0;
    frame->is_expired = false;
    if (is_expired) {
        run->failed = false;
        dsy_throw_timeout(run, within_ns);
    }
    return true;
}

bool
dsy_transition_frame_returned(struct transition *transition, enum transition_end *end)
{
    struct frame *frame = transition->invocation->top;
    if (frame->below != NULL) {
        hand_down(frame);
        dsy_transition_pop(transition);
        return into_below(transition, end);
    }
    const struct dsy_routine_type *routine = frame->routine;
    if (release_cells(transition, frame, transition->run.result) != DSY_OK)
        return go_wrong(end, TRANSITION_NO_MEMORY);
    dsy_transition_pop(transition);
    return go_wrong(end, dsy_transition_end_with_result(transition, routine));
}

bool
dsy_transition_frame_threw(struct transition *transition, enum transition_end *end)
{
    struct invocation *invocation = transition->invocation;
    struct frame *frame = invocation->top;
    bool is_last = frame->below == NULL;
    bool has_more =
        frame->compensations != NULL || (is_last && (frame->cells != NULL || invocation->lingering != NULL));
    if (!has_more && is_last) {
        dsy_transition_pop(transition);
        return go_wrong(end, dsy_transition_end_with_error(transition));
    }
    if (!has_more) {
        hand_down(frame);
        dsy_transition_pop(transition);
        return into_below(transition, end);
    }
    frame->error = dsy_transition_encode_error(transition);
    if (frame->error.data == NULL)
        return go_wrong(end, dsy_transition_too_large(transition, "the error"));
    frame->locals = NULL;
    frame->state = 0;
    frame->deadline_ns = 0;
    frame->is_expired = false;
    transition->run.failed = false;
    transition->run.error = (struct dsy_error_value){ 0 };
    return go_on_ending(transition, end);
}

enum transition_end
dsy_transition_drained(struct transition *transition)
{
    enum transition_end end = TRANSITION_BROKEN;
    dsy_transition_begin_run(transition);
    transition->invocation->top->is_drained = true;
    return go_on_ending(transition, &end) ? dsy_transition_run(transition) : end;
}
