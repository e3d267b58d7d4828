/* The trampoline: runs the top frame of an invocation until it suspends or the stack is empty; and what generated
 * routines call (dsy/generated.h). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dsy/error.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/transition_internal.h"

void
dsy_transition_init(struct transition *transition, const struct program *program,
                    const struct transition_limits *limits, uint32_t shard, struct dsy_arena *arena,
                    struct dsy_buffer *buffer)
{
    memset(transition, 0, sizeof *transition);
    transition->program = program;
    transition->limits = limits;
    transition->shard = shard;
    transition->shard_count = shard + 1;
    transition->own_numbers = (struct numbers){ .shard = shard, .next = 1 };
    transition->numbers = &transition->own_numbers;
    dsy_joins_init(&transition->own_joins, JOIN_BYTES_MAX);
    transition->joins = &transition->own_joins;
    transition->last_made = &transition->made;
    transition->buffer = buffer;
    transition->run.arena = arena;
}

/* ---- results and errors ---- */

/* What was written to the scratch buffer, kept in the arena. */
struct dsy_slice
dsy_transition_keep(struct transition *transition, const struct dsy_cbor_writer *writer)
{
    const struct dsy_buffer *buffer = transition->buffer;
    if (dsy_cbor_writer_status(writer) != DSY_OK)
        return (struct dsy_slice){ 0 };
    uint8_t *copy = dsy_arena_allocate(transition->run.arena, buffer->size_bytes > 0 ? buffer->size_bytes : 1);
    if (copy == NULL)
        return (struct dsy_slice){ 0 };
    if (buffer->size_bytes > 0)
        memcpy(copy, buffer->data, buffer->size_bytes);
    return (struct dsy_slice){ .data = copy, .size_bytes = buffer->size_bytes };
}

struct dsy_slice
dsy_transition_encode_error(struct transition *transition)
{
    dsy_buffer_clear(transition->buffer);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(transition->buffer);
    dsy_error_write_cbor(&writer, &transition->run.error);
    return dsy_transition_keep(transition, &writer);
}

bool
dsy_transition_decode_error(struct transition *transition, struct dsy_slice value, enum transition_end *end)
{
    transition->reader = dsy_stored_reader(transition->program, value, transition->run.arena);
    struct dsy_error_value error = dsy_error_read_cbor(&transition->reader);
    if (!dsy_cbor_reader_end(&transition->reader)) {
        *end = dsy_transition_broken(
            dsy_reader_failure(&transition->reader, "the error that it got cannot be decoded", transition->reason));
        return false;
    }
    transition->run.failed = true;
    transition->run.error = error;
    return true;
}

static struct dsy_slice
encode_result(struct transition *transition, const struct dsy_type *type)
{
    dsy_buffer_clear(transition->buffer);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(transition->buffer);
    if (type == NULL)
        dsy_cbor_write_null(&writer);
    else
        type->write_cbor(&writer, transition->run.result);
    return dsy_transition_keep(transition, &writer);
}

enum transition_end
dsy_transition_broken(enum dsy_status status)
{
    return status == DSY_NO_MEMORY ? TRANSITION_NO_MEMORY : TRANSITION_BROKEN;
}

enum transition_end
dsy_transition_too_large(struct transition *transition, const char *what)
{
    if (transition->run.arena->status == DSY_NO_MEMORY || transition->buffer->status == DSY_NO_MEMORY)
        return TRANSITION_NO_MEMORY;
    snprintf(transition->reason, sizeof transition->reason, "%s of %s is too large or nested too deep", what,
             transition->invocation->top != NULL ? transition->invocation->top->routine->name : "the routine");
    return TRANSITION_BROKEN;
}

enum transition_end
dsy_transition_end_with_error(struct transition *transition)
{
    transition->value = dsy_transition_encode_error(transition);
    return transition->value.data != NULL ? TRANSITION_THREW : dsy_transition_too_large(transition, "the error");
}

enum transition_end
dsy_transition_end_with_result(struct transition *transition, const struct dsy_routine_type *routine)
{
    transition->value = encode_result(transition, routine->result);
    return transition->value.data != NULL ? TRANSITION_RETURNED : dsy_transition_too_large(transition, "the result");
}

/* ---- the trampoline ---- */

void
dsy_transition_pop(struct transition *transition)
{
    struct invocation *invocation = transition->invocation;
    struct frame *frame = invocation->top;
    invocation->top = frame->below;
    invocation->frame_count--;
    frame->below = transition->free_frames;
    transition->free_frames = frame;
}

void
dsy_transition_begin_run(struct transition *transition)
{
    struct dsy_arena *arena = transition->run.arena;
    dsy_run_init(&transition->run, arena, transition->limits->step_budget);
    transition->run.stack_end = transition->stack_end;
    /* A damaged row may resume a state with less than it awaits: it finds nothing then, instead of a NULL. */
    transition->reader = dsy_cbor_reader_begin(NULL, 0, arena);
    transition->run.reader = &transition->reader;
    transition->run.result = dsy_zeros();
    /* Each transition gets the whole allowance, whatever else its batch holds. */
    arena->size_bytes_max = arena->size_bytes + transition->limits->bytes_max;
    transition->free_frames = NULL;
    transition->run.selected = transition->selected;
    transition->called = NULL;
}

uint32_t
dsy_transition_place(const struct transition *transition, const struct dsy_routine_type *routine, struct dsy_slice key,
                     uint64_t secret)
{
    const struct dsy_service_type *keyed = dsy_program_keyed_service(transition->program, routine);
    if (keyed != NULL && key.data != NULL)
        return dsy_instance_place(keyed, key, transition->shard_count).shard;
    if (keyed != NULL || transition->placement == DSY_PLACE_LOCAL)
        return transition->shard;
    return (uint32_t)((secret * UINT64_C(0x9E3779B97F4A7C15) >> 32) % transition->shard_count);
}

/* The invocation that is awaited begins. */
static enum dsy_status
send_call(struct transition *transition, struct dsy_slice arguments)
{
    struct invocation *invocation = transition->invocation;
    struct address child = { .number = dsy_numbers_take(transition->numbers),
                             .secret = dsy_numbers_secret(transition->numbers) };
    child.shard = dsy_transition_place(transition, transition->called, transition->called_key, child.secret);
    struct message *message =
        dsy_message_list_add(&transition->sent, transition->run.arena, MESSAGE_BEGIN, child.shard, child.number);
    if (message == NULL)
        return DSY_NO_MEMORY;
    message->secret = child.secret;
    message->routine = transition->called;
    message->instance_key = transition->called_key;
    message->arguments = arguments;
    message->chain_length = invocation->chain_length + 1;
    message->caller = (struct caller){
        .kind = CALLER_INVOCATION,
        .shard = transition->shard,
        .number = invocation->number,
        .await_count = invocation->await_count,
    };
    transition->arguments = arguments;
    invocation->pending.child = dsy_address_id(child);
    return DSY_OK;
}

struct dsy_slice
dsy_transition_keep_call(struct transition *transition)
{
    struct dsy_slice arguments = dsy_transition_keep(transition, &transition->writer);
    if (arguments.data == NULL || transition->called != &dsy_remote_routine)
        return arguments;
    struct dsy_cbor_writer *writer = dsy_value(&transition->run);
    dsy_remote_write(writer, &transition->remote, arguments);
    return dsy_transition_keep(transition, writer);
}

static enum transition_end
keep_arguments(struct transition *transition)
{
    struct pending *pending = &transition->invocation->pending;
    struct dsy_slice arguments = pending->kind == PENDING_STEP ? dsy_transition_keep(transition, &transition->writer)
                                                               : dsy_transition_keep_call(transition);
    if (arguments.data == NULL)
        return dsy_transition_too_large(transition, "an argument that is passed by a routine");
    if (pending->kind == PENDING_STEP) {
        pending->arguments = arguments;
        return TRANSITION_SUSPENDED;
    }
    return send_call(transition, arguments) == DSY_OK ? TRANSITION_SUSPENDED : TRANSITION_NO_MEMORY;
}

/* The routine has said for what it waits: check that it did, and ask for it. Returns whether the trampoline goes on,
 * with an error thrown at the await; else *end is set. */
static bool
suspend(struct transition *transition, enum transition_end *end)
{
    struct invocation *invocation = transition->invocation;
    *end = TRANSITION_BROKEN;
    if (!transition->has_effect) {
        snprintf(transition->reason, sizeof transition->reason, "%s suspended without saying for what",
                 invocation->top->routine->name);
        return false;
    }
    if (dsy_transition_must_cancel(invocation)) {
        dsy_throw_cancelled(&transition->run);
        return true;
    }
    switch (invocation->pending.kind) {
    case PENDING_CALL:
    case PENDING_STEP: *end = keep_arguments(transition); break;
    case PENDING_WAIT:
        if (!dsy_transition_begin_wait(transition))
            return true;
        *end = transition->run.status == DSY_NO_MEMORY ? TRANSITION_NO_MEMORY : TRANSITION_SUSPENDED;
        break;
    case PENDING_START:
    case PENDING_SLEEP:
    case PENDING_CHECKPOINT:
    case PENDING_QUEUED: *end = TRANSITION_SUSPENDED; break;
    }
    transition->has_new_await = true;
    return false;
}

/* Whether the routine may be resumed in the state that it gave, when `called` has ended (NULL: no sub-routine). */
static bool
has_state(struct transition *transition, const struct frame *frame, const struct dsy_routine_type *called)
{
    const struct dsy_routine_type *routine = frame->routine;
    if (frame->state < routine->suspension_count && routine->suspensions[frame->state].calls == called)
        return true;
    snprintf(transition->reason, sizeof transition->reason,
             "%s wants to be resumed in state %u of %u, which does not wait for that", routine->name, frame->state,
             routine->suspension_count);
    return false;
}

/* One frame to its next outcome. Returns whether the trampoline goes on; else *end is set. */
static bool
run_top(struct transition *transition, enum transition_end *end)
{
    struct invocation *invocation = transition->invocation;
    struct dsy_run *run = &transition->run;
    struct frame *frame = invocation->top;
    enum dsy_status status = dsy_frame_decode(transition->program, frame, run->arena, transition->reason);
    if (status != DSY_OK) {
        *end = dsy_transition_broken(status);
        return false;
    }
    run->depth = (int32_t)invocation->frame_count;
    transition->has_effect = false;
    enum dsy_outcome outcome = frame->routine->run(run, frame->locals, frame->state);
    if (run->status == DSY_NO_MEMORY) {
        *end = TRANSITION_NO_MEMORY;
        return false;
    }
    switch (outcome) {
    case DSY_RETURNED: return dsy_transition_frame_returned(transition, end);
    case DSY_THREW: return dsy_transition_frame_threw(transition, end);
    case DSY_CALLED:
        if (invocation->top == frame || invocation->top->below != frame) {
            snprintf(transition->reason, sizeof transition->reason, "%s called without a call", frame->routine->name);
            break;
        }
        frame->state = run->state;
        if (!has_state(transition, frame, invocation->top->routine))
            break;
        return true;
    case DSY_SUSPENDED:
        frame->state = run->state;
        if (!has_state(transition, frame, NULL))
            break;
        return suspend(transition, end);
    case DSY_BROKEN:
        snprintf(transition->reason, sizeof transition->reason, "%s cannot read what it awaited at \"%s\": %s",
                 frame->routine->name, frame->routine->suspensions[frame->state].identity,
                 run->reader != NULL && run->reader->failed ? run->reader->message : "no reason is known");
        *end = dsy_transition_broken(run->reader != NULL ? run->reader->status : DSY_CORRUPT);
        return false;
    }
    *end = TRANSITION_BROKEN;
    return false;
}

enum transition_end
dsy_transition_run(struct transition *transition)
{
    enum transition_end end = TRANSITION_BROKEN;
    while (run_top(transition, &end))
        continue;
    return end;
}

static void
enter(struct transition *transition, struct invocation *invocation, int64_t now_ns)
{
    transition->invocation = invocation;
    transition->now_ns = now_ns;
    transition->called = NULL;
    transition->lines = (struct line_list){ 0 };
    transition->sent = (struct message_list){ 0 };
    transition->made = NULL;
    transition->last_made = &transition->made;
    transition->has_new_await = transition->is_too_large = false;
    transition->is_held = false;
    transition->selected = 0;
    if (transition->run.arena->status == DSY_FULL)
        transition->run.arena->status = DSY_OK; /* of an earlier transition of the batch */
}

/* What is more than a transition may have is not the heap's fault. */
static enum transition_end
leave(struct transition *transition, enum transition_end end)
{
    bool is_full = transition->is_too_large || transition->run.arena->status == DSY_FULL;
    return end == TRANSITION_NO_MEMORY && is_full ? dsy_transition_too_large(transition, "what is sent") : end;
}

/* What a new invocation is before anything of it runs. */
static enum dsy_status
fill_in(struct transition *transition, struct invocation *invocation, const struct message *message, int64_t now_ns,
        enum pending_kind pending)
{
    enter(transition, invocation, now_ns);
    dsy_transition_begin_run(transition);
    invocation->created_ns = now_ns;
    invocation->caller = message->caller;
    invocation->chain_length = message->chain_length;
    invocation->key = message->key;
    invocation->instance_key = message->instance_key;
    invocation->holders = message->holders;
    invocation->pending = (struct pending){ .kind = pending, .due_ns = DSY_NOT_DUE, .since_ns = now_ns };
    if (pending == PENDING_QUEUED)
        invocation->pending.due_ns = dsy_time_add_saturated(now_ns, PROBE_FIRST_NS);
    struct frame *frame = dsy_arena_allocate_zeroed(transition->run.arena, sizeof *frame);
    if (frame == NULL)
        return DSY_NO_MEMORY;
    frame->routine = message->routine;
    frame->raw = message->arguments;
    invocation->top = frame;
    invocation->frame_count = 1;
    return DSY_OK;
}

/* Run a routine from its start, with the arguments that its one frame holds encoded. */
static enum transition_end
run_start(struct transition *transition)
{
    struct frame *frame = transition->invocation->top;
    enum dsy_status status = dsy_frame_decode(transition->program, frame, transition->run.arena, transition->reason);
    if (status == DSY_NO_MEMORY)
        return TRANSITION_NO_MEMORY;
    if (status == DSY_OK)
        return dsy_transition_run(transition);
    /* Whoever sent arguments that do not fit is told, as of any other error. */
    dsy_throw_format(&transition->run, &dsy_error_invalid_value, "%s", transition->reason);
    return dsy_transition_end_with_error(transition);
}

enum transition_end
dsy_transition_begin(struct transition *transition, struct invocation *invocation, const struct message *message,
                     int64_t now_ns)
{
    if (fill_in(transition, invocation, message, now_ns, PENDING_START) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    if (invocation->chain_length > CHAIN_LENGTH_MAX) {
        dsy_throw_stack_overflow(&transition->run);
        return dsy_transition_end_with_error(transition);
    }
    return leave(transition, run_start(transition));
}

enum transition_end
dsy_transition_queue(struct transition *transition, struct invocation *invocation, const struct message *message,
                     int64_t now_ns)
{
    return fill_in(transition, invocation, message, now_ns, PENDING_QUEUED) == DSY_OK ? TRANSITION_SUSPENDED
                                                                                      : TRANSITION_NO_MEMORY;
}

enum transition_end
dsy_transition_refuse(struct transition *transition, struct invocation *invocation, const struct message *message,
                      int64_t now_ns, const struct dsy_error_type *error, const char *format, ...)
{
    if (fill_in(transition, invocation, message, now_ns, PENDING_START) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    char text[DSY_MESSAGE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    dsy_throw_format(&transition->run, error, "%s", text);
    return dsy_transition_end_with_error(transition);
}

enum transition_end
dsy_transition_fail(struct transition *transition, struct invocation *invocation, int64_t now_ns,
                    const struct dsy_error_type *error, const char *text)
{
    enter(transition, invocation, now_ns);
    dsy_transition_begin_run(transition);
    dsy_throw_format(&transition->run, error, "%s", text);
    return dsy_transition_end_with_error(transition);
}

/* ---- messages ---- */

enum transition_end
dsy_transition_resume_with_value(struct transition *transition, struct dsy_slice value)
{
    dsy_transition_begin_run(transition);
    transition->reader = dsy_stored_reader(transition->program, value, transition->run.arena);
    return dsy_transition_run(transition);
}

enum transition_end
dsy_transition_resume_with_error(struct transition *transition, struct dsy_slice value)
{
    enum transition_end end = TRANSITION_BROKEN;
    dsy_transition_begin_run(transition);
    return dsy_transition_decode_error(transition, value, &end) ? dsy_transition_run(transition) : end;
}

enum transition_end
dsy_transition_resume(struct transition *transition)
{
    dsy_transition_begin_run(transition);
    return dsy_transition_run(transition);
}

static enum transition_end
apply_result(struct transition *transition, const struct message *message)
{
    struct invocation *invocation = transition->invocation;
    if (invocation->pending.kind == PENDING_CALL && message->await_count == invocation->await_count)
        return message->threw ? dsy_transition_resume_with_error(transition, message->value)
                              : dsy_transition_resume_with_value(transition, message->value);
    if (!dsy_transition_linger_ends(invocation, message->await_count, false))
        return TRANSITION_STALE;
    enum transition_end end = dsy_transition_look_at_drain(transition);
    return end == TRANSITION_NOTED ? TRANSITION_SUSPENDED : end; /* its row has changed */
}

/* What was under way when the process ended; or, with an attempt, that one which is recorded but found no room. */
static enum transition_end
apply_resume(struct transition *transition, const struct message *message)
{
    struct pending *pending = &transition->invocation->pending;
    bool has_changed = message->attempt == 0 && dsy_transition_no_step_lingers(transition->invocation);
    switch (pending->kind) {
    case PENDING_START:
    case PENDING_CHECKPOINT: return message->attempt == 0 ? dsy_transition_resume(transition) : TRANSITION_STALE;
    case PENDING_STEP:
        if (pending->due_ns != DSY_NOT_DUE)
            break;
        if (message->attempt == 0)
            return dsy_transition_step_again(transition, message);
        if (message->attempt != pending->attempt || message->await_count != transition->invocation->await_count)
            break;
        return TRANSITION_SUSPENDED;
    case PENDING_WAIT: {
        enum transition_end end = has_changed ? dsy_transition_look_at_drain(transition) : TRANSITION_STALE;
        return end == TRANSITION_NOTED ? TRANSITION_SUSPENDED : end;
    }
    case PENDING_SLEEP:
    case PENDING_QUEUED:
    case PENDING_CALL: break;
    }
    return has_changed ? TRANSITION_SUSPENDED : TRANSITION_STALE;
}

static enum transition_end
apply_grant(struct transition *transition)
{
    struct invocation *invocation = transition->invocation;
    if (invocation->pending.kind != PENDING_QUEUED)
        return TRANSITION_STALE;
    dsy_transition_begin_run(transition);
    invocation->pending = (struct pending){ .kind = PENDING_START, .due_ns = DSY_NOT_DUE };
    return run_start(transition);
}

static enum transition_end
apply(struct transition *transition, const struct message *message)
{
    switch (message->kind) {
    case MESSAGE_RESULT: return apply_result(transition, message);
    case MESSAGE_STEP: return dsy_transition_step(transition, message);
    case MESSAGE_TIMER: return dsy_transition_timer(transition);
    case MESSAGE_RESUME: return apply_resume(transition, message);
    case MESSAGE_GRANT: return apply_grant(transition);
    case MESSAGE_SETTLED: return dsy_transition_settled(transition, message);
    case MESSAGE_NOT_YET: return dsy_transition_not_yet(transition, message);
    case MESSAGE_CANCEL: return dsy_transition_cancel(transition, message);
    case MESSAGE_PROBE: break; /* the shard passes it on */
    case MESSAGE_BEGIN:        /* is given to dsy_transition_begin */
    case MESSAGE_WATCH:        /* these go to cells */
    case MESSAGE_UNWATCH:
    case MESSAGE_SETTLE:
    case MESSAGE_RELEASE: break;
    }
    return TRANSITION_STALE;
}

enum transition_end
dsy_transition_apply(struct transition *transition, struct invocation *invocation, const struct message *message,
                     int64_t now_ns)
{
    enter(transition, invocation, now_ns);
    return leave(transition, apply(transition, message));
}

struct message *
dsy_transition_send(struct transition *transition, enum message_kind kind, uint32_t receiver, int64_t number)
{
    return dsy_message_list_add(&transition->sent, transition->run.arena, kind, receiver, number);
}

void
dsy_transition_destroy(struct transition *transition)
{
    dsy_joins_destroy(&transition->own_joins);
}
