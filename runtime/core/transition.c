/* The trampoline: runs the top frame of an invocation until it suspends or the stack is empty; and what generated
 * routines call (dsy/generated.h). */
#include "runtime/core/transition.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dsy/error.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/instance_key.h"

/* Generated code hands back the run that it was given, which is a transition's first member. */
static struct transition *
of_run(struct dsy_run *run)
{
    return (struct transition *)(void *)run;
}

static const struct transition *
of_const_run(const struct dsy_run *run)
{
    return (const struct transition *)(const void *)run;
}

void
dsy_transition_init(struct transition *transition, const struct program *program,
                    const struct transition_limits *limits, uint32_t shard, struct dsy_arena *arena,
                    struct dsy_buffer *buffer)
{
    memset(transition, 0, sizeof *transition);
    transition->program = program;
    transition->limits = limits;
    transition->shard = shard;
    transition->buffer = buffer;
    transition->run.arena = arena;
}

/* ---- results and errors ---- */

/* What was written to the scratch buffer, kept in the arena. */
static struct dsy_slice
keep(struct transition *transition, const struct dsy_cbor_writer *writer)
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

static struct dsy_slice
encode_error(struct transition *transition, const struct dsy_error_value *error)
{
    dsy_buffer_clear(transition->buffer);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(transition->buffer);
    dsy_error_write_cbor(&writer, error);
    return keep(transition, &writer);
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
    return keep(transition, &writer);
}

static enum transition_end
broken(enum dsy_status status)
{
    return status == DSY_NO_MEMORY ? TRANSITION_NO_MEMORY : TRANSITION_BROKEN;
}

static enum transition_end
too_large(struct transition *transition, const char *what)
{
    if (transition->run.arena->status == DSY_NO_MEMORY || transition->buffer->status == DSY_NO_MEMORY)
        return TRANSITION_NO_MEMORY;
    snprintf(transition->reason, sizeof transition->reason, "%s of %s is too large or nested too deep", what,
             transition->invocation->top != NULL ? transition->invocation->top->routine->name : "the routine");
    return TRANSITION_BROKEN;
}

static enum transition_end
end_with_error(struct transition *transition)
{
    transition->value = encode_error(transition, &transition->run.error);
    return transition->value.data != NULL ? TRANSITION_THREW : too_large(transition, "the error");
}

static enum transition_end
end_with_result(struct transition *transition, const struct dsy_routine_type *routine)
{
    transition->value = encode_result(transition, routine->result);
    return transition->value.data != NULL ? TRANSITION_RETURNED : too_large(transition, "the result");
}

/* ---- the trampoline ---- */

static void
pop(struct transition *transition)
{
    struct invocation *invocation = transition->invocation;
    struct frame *frame = invocation->top;
    invocation->top = frame->below;
    invocation->frame_count--;
    frame->below = transition->free_frames;
    transition->free_frames = frame;
}

static void
begin_run(struct transition *transition)
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
    transition->called = NULL;
    transition->lines = (struct line_list){ 0 };
}

/* The routine has said for what it waits: check that it did, and keep the arguments. */
static enum transition_end
suspend(struct transition *transition)
{
    struct invocation *invocation = transition->invocation;
    if (!transition->has_effect) {
        snprintf(transition->reason, sizeof transition->reason, "%s suspended without saying for what",
                 invocation->top->routine->name);
        return TRANSITION_BROKEN;
    }
    if (invocation->pending.kind != PENDING_CALL && invocation->pending.kind != PENDING_STEP)
        return TRANSITION_SUSPENDED;
    struct dsy_slice arguments = keep(transition, &transition->writer);
    if (arguments.data == NULL)
        return too_large(transition, "an argument that is passed by a routine");
    transition->arguments = arguments;
    if (invocation->pending.kind == PENDING_STEP)
        invocation->pending.arguments = arguments;
    return TRANSITION_SUSPENDED;
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
        *end = broken(status);
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
    case DSY_RETURNED:
        pop(transition);
        if (invocation->top != NULL)
            return true;
        *end = end_with_result(transition, frame->routine);
        return false;
    case DSY_THREW:
        pop(transition);
        if (invocation->top != NULL)
            return true;
        *end = end_with_error(transition);
        return false;
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
        *end = suspend(transition);
        return false;
    case DSY_BROKEN:
        snprintf(transition->reason, sizeof transition->reason, "%s cannot read what it awaited at \"%s\": %s",
                 frame->routine->name, frame->routine->suspensions[frame->state].identity,
                 run->reader != NULL && run->reader->failed ? run->reader->message : "no reason is known");
        *end = broken(run->reader != NULL ? run->reader->status : DSY_CORRUPT);
        return false;
    }
    *end = TRANSITION_BROKEN;
    return false;
}

static enum transition_end
run_stack(struct transition *transition)
{
    enum transition_end end = TRANSITION_BROKEN;
    while (run_top(transition, &end))
        continue;
    return end;
}

/* What a new invocation is before anything of it runs. */
static enum dsy_status
fill_in(struct transition *transition, struct invocation *invocation, const struct message *message, int64_t now_ns,
        enum pending_kind pending)
{
    transition->invocation = invocation;
    transition->now_ns = now_ns;
    begin_run(transition);
    invocation->created_ns = now_ns;
    invocation->caller = message->caller;
    invocation->chain_length = message->chain_length;
    invocation->key = message->key;
    invocation->instance_key = message->instance_key;
    invocation->holders = message->holders;
    invocation->pending = (struct pending){ .kind = pending, .due_ns = DSY_NOT_DUE, .since_ns = now_ns };
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
        return run_stack(transition);
    /* Whoever sent arguments that do not fit is told, as of any other error. */
    dsy_throw_format(&transition->run, &dsy_error_invalid_value, "%s", transition->reason);
    return end_with_error(transition);
}

enum transition_end
dsy_transition_begin(struct transition *transition, struct invocation *invocation, const struct message *message,
                     int64_t now_ns)
{
    if (fill_in(transition, invocation, message, now_ns, PENDING_START) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    if (invocation->chain_length > CHAIN_LENGTH_MAX) {
        dsy_throw_stack_overflow(&transition->run);
        return end_with_error(transition);
    }
    return run_start(transition);
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
    return end_with_error(transition);
}

/* ---- messages ---- */

/* Run the awaiting routine with the value that it awaited. */
static enum transition_end
resume_with_value(struct transition *transition, struct dsy_slice value)
{
    begin_run(transition);
    transition->reader = dsy_stored_reader(transition->program, value, transition->run.arena);
    return run_stack(transition);
}

/* Run the awaiting routine with an error thrown at its await. */
static enum transition_end
resume_with_error(struct transition *transition, struct dsy_slice value)
{
    begin_run(transition);
    transition->reader = dsy_stored_reader(transition->program, value, transition->run.arena);
    struct dsy_error_value error = dsy_error_read_cbor(&transition->reader);
    if (!dsy_cbor_reader_end(&transition->reader))
        return broken(
            dsy_reader_failure(&transition->reader, "the error that it got cannot be decoded", transition->reason));
    transition->run.failed = true;
    transition->run.error = error;
    return run_stack(transition);
}

static enum transition_end
resume(struct transition *transition)
{
    begin_run(transition);
    return run_stack(transition);
}

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

static int64_t
add_saturated(int64_t time_ns, int64_t duration_ns)
{
    int64_t sum;
    if (!__builtin_add_overflow(time_ns, duration_ns, &sum))
        return sum;
    return duration_ns > 0 ? INT64_MAX : INT64_MIN + 1;
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
    begin_run(transition);
    dsy_throw_format(&transition->run, &dsy_error_step_failed,
                     "step %s %s; it may have been done, and is not executed again",
                     transition->invocation->pending.step->name, what);
    return run_stack(transition);
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
        begin_run(transition);
        dsy_throw_format(&transition->run, &dsy_error_retries_exhausted, "step %s failed %u times, at last: %.*s",
                         pending->step->name, pending->failures, (int)pending->reason.size_bytes,
                         pending->reason.data != NULL ? pending->reason.data : "");
        return run_stack(transition);
    }
    pending->due_ns = add_saturated(transition->now_ns, retry_delay_ns(pending->step, pending->failures));
    return TRANSITION_SUSPENDED;
}

static enum transition_end
apply_step(struct transition *transition, const struct message *message)
{
    const struct pending *pending = &transition->invocation->pending;
    if (pending->kind != PENDING_STEP || message->await_count != transition->invocation->await_count ||
        message->attempt != pending->attempt || pending->due_ns != DSY_NOT_DUE)
        return TRANSITION_STALE;
    switch (message->answer) {
    case STEP_DONE: return resume_with_value(transition, message->value);
    case STEP_THREW: return resume_with_error(transition, message->value);
    case STEP_FAILED:
    case STEP_LOST:
    case STEP_TIMED_OUT: break;
    }
    return step_failed(transition, message);
}

static enum transition_end
apply_timer(struct transition *transition)
{
    struct pending *pending = &transition->invocation->pending;
    int64_t due_ns = dsy_invocation_due_ns(transition->invocation);
    if (due_ns == DSY_NOT_DUE || due_ns > transition->now_ns)
        return TRANSITION_STALE;
    if (pending->kind == PENDING_SLEEP)
        return resume(transition);
    pending->due_ns = DSY_NOT_DUE;
    pending->attempt++;
    return TRANSITION_SUSPENDED;
}

/* A step that is executed again after a start, unless that may do harm. */
static enum transition_end
step_again(struct transition *transition, const struct message *message)
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

/* What was under way when the process ended; or, with an attempt, that one which is recorded but found no room. */
static enum transition_end
apply_resume(struct transition *transition, const struct message *message)
{
    struct pending *pending = &transition->invocation->pending;
    switch (pending->kind) {
    case PENDING_START:
    case PENDING_CHECKPOINT: return message->attempt == 0 ? resume(transition) : TRANSITION_STALE;
    case PENDING_STEP:
        if (pending->due_ns != DSY_NOT_DUE)
            return TRANSITION_STALE;
        if (message->attempt == 0)
            return step_again(transition, message);
        if (message->attempt != pending->attempt || message->await_count != transition->invocation->await_count)
            return TRANSITION_STALE;
        return TRANSITION_SUSPENDED;
    case PENDING_SLEEP:
    case PENDING_QUEUED:
    case PENDING_CALL: break;
    }
    return TRANSITION_STALE;
}

enum transition_end
dsy_transition_apply(struct transition *transition, struct invocation *invocation, const struct message *message,
                     int64_t now_ns)
{
    transition->invocation = invocation;
    transition->now_ns = now_ns;
    transition->called = NULL;
    transition->lines = (struct line_list){ 0 };
    transition->is_held = false;
    switch (message->kind) {
    case MESSAGE_RESULT:
        if (invocation->pending.kind != PENDING_CALL || message->await_count != invocation->await_count)
            return TRANSITION_STALE;
        return message->threw ? resume_with_error(transition, message->value)
                              : resume_with_value(transition, message->value);
    case MESSAGE_STEP: return apply_step(transition, message);
    case MESSAGE_TIMER: return apply_timer(transition);
    case MESSAGE_RESUME: return apply_resume(transition, message);
    case MESSAGE_GRANT:
        if (invocation->pending.kind != PENDING_QUEUED)
            return TRANSITION_STALE;
        begin_run(transition);
        invocation->pending = (struct pending){ .kind = PENDING_START, .due_ns = DSY_NOT_DUE };
        return run_start(transition);
    case MESSAGE_BEGIN: break; /* is given to dsy_transition_begin */
    }
    return TRANSITION_STALE;
}

/* ---- what generated routines call ---- */

/* Set up the one effect with which the routine stops. */
static struct pending *
await(struct transition *transition, enum pending_kind kind)
{
    struct invocation *invocation = transition->invocation;
    invocation->await_count++;
    invocation->pending = (struct pending){ .kind = kind, .due_ns = DSY_NOT_DUE };
    transition->has_effect = true;
    return &invocation->pending;
}

struct dsy_cbor_writer *
dsy_value(struct dsy_run *run)
{
    struct transition *transition = of_run(run);
    dsy_buffer_clear(transition->buffer);
    transition->writer = dsy_cbor_writer_begin(transition->buffer);
    return &transition->writer;
}

/* A frame that ended leaves its memory to the next one of its routine or of a smaller one, so that a loop which calls
 * sub-routines takes no more memory with each turn. */
static struct frame *
take_frame(struct transition *transition, const struct dsy_routine_type *routine)
{
    struct frame *frame = transition->free_frames;
    if (frame != NULL && frame->routine->locals_size_bytes >= routine->locals_size_bytes && frame->locals != NULL) {
        void *locals = frame->locals;
        transition->free_frames = frame->below;
        memset(locals, 0, routine->locals_size_bytes);
        *frame = (struct frame){ .routine = routine, .locals = locals };
        return frame;
    }
    size_t locals_bytes = routine->locals_size_bytes > 0 ? routine->locals_size_bytes : 1;
    frame = dsy_allocate(&transition->run, sizeof *frame);
    void *locals = frame != NULL ? dsy_allocate(&transition->run, locals_bytes) : NULL;
    if (locals == NULL)
        return NULL;
    memset(locals, 0, locals_bytes);
    *frame = (struct frame){ .routine = routine, .locals = locals };
    return frame;
}

void *
dsy_call(struct dsy_run *run, const struct dsy_routine_type *routine)
{
    struct transition *transition = of_run(run);
    struct invocation *invocation = transition->invocation;
    if (run->failed)
        return NULL;
    if (invocation->frame_count >= (uint32_t)run->depth_max || invocation->frame_count >= FRAME_COUNT_MAX) {
        dsy_throw_stack_overflow(run);
        return NULL;
    }
    struct frame *frame = take_frame(transition, routine);
    if (frame == NULL)
        return NULL;
    frame->below = invocation->top;
    invocation->top = frame;
    invocation->frame_count++;
    return frame->locals;
}

/* One place serves all results: the routine below has read it before anything else returns. */
void *
dsy_return(struct dsy_run *run, size_t size_bytes)
{
    struct transition *transition = of_run(run);
    assert(size_bytes <= sizeof transition->result);
    (void)size_bytes;
    run->result = transition->result;
    return transition->result;
}

/* The key of the instance that is called, in the arena; none when it is too long, for which the call is refused. The
 * scratch buffer holds the arguments already. */
static void
keep_called_key(struct transition *transition, const struct dsy_service_type *service, const void *key)
{
    transition->called_key = (struct dsy_slice){ 0 };
    if (service == NULL || service->key == NULL || key == NULL)
        return;
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, 2 * INSTANCE_KEY_BYTES_MAX);
    enum dsy_status status = dsy_instance_key_encode(service, key, &buffer);
    uint8_t *copy = status == DSY_OK ? dsy_arena_allocate(transition->run.arena, buffer.size_bytes) : NULL;
    if (copy != NULL) {
        memcpy(copy, buffer.data, buffer.size_bytes);
        transition->called_key = (struct dsy_slice){ .data = copy, .size_bytes = buffer.size_bytes };
    } else if (status == DSY_NO_MEMORY || transition->run.arena->status == DSY_NO_MEMORY) {
        transition->run.status = DSY_NO_MEMORY;
    }
    dsy_buffer_destroy(&buffer);
}

void
dsy_to_use(struct dsy_run *run, uint32_t use, uint32_t method, const void *key)
{
    struct transition *transition = of_run(run);
    int32_t service = transition->invocation->top->routine->service;
    const struct program_binding *binding = &transition->program->bindings[service][use];
    transition->called = binding->routines[method];
    keep_called_key(transition, binding->service, key);
}

void
dsy_to_service(struct dsy_run *run, uint32_t service, uint32_t routine, const void *key)
{
    struct transition *transition = of_run(run);
    const struct dsy_service_type *called = transition->program->type->services[service];
    transition->called = called->routines[routine];
    keep_called_key(transition, called, key);
}

void *
dsy_state(struct dsy_run *run)
{
    return of_run(run)->state;
}

const void *
dsy_key(struct dsy_run *run)
{
    return of_run(run)->key;
}

void
dsy_await_call(struct dsy_run *run)
{
    struct transition *transition = of_run(run);
    await(transition, PENDING_CALL)->routine = dsy_string_view(transition->called->name);
}

void
dsy_await_step(struct dsy_run *run, const struct dsy_step_type *step)
{
    struct pending *pending = await(of_run(run), PENDING_STEP);
    pending->step = step;
    pending->attempt = 1;
}

void
dsy_await_sleep_until(struct dsy_run *run, int64_t time_ns)
{
    struct transition *transition = of_run(run);
    await(transition, PENDING_SLEEP)->due_ns = time_ns > transition->now_ns ? time_ns : transition->now_ns;
}

void
dsy_await_sleep(struct dsy_run *run, int64_t duration_ns)
{
    dsy_await_sleep_until(run, add_saturated(of_run(run)->now_ns, duration_ns));
}

void
dsy_await_checkpoint(struct dsy_run *run)
{
    await(of_run(run), PENDING_CHECKPOINT);
}

const void *
dsy_config(const struct dsy_run *run, uint32_t service)
{
    return of_const_run(run)->program->configs[service];
}

int64_t
dsy_now(const struct dsy_run *run)
{
    return of_const_run(run)->now_ns;
}

dsy_uuid
dsy_invocation_id(const struct dsy_run *run)
{
    const struct transition *transition = of_const_run(run);
    return dsy_invocation_id_of(transition->shard, transition->invocation->number, transition->invocation->secret);
}
