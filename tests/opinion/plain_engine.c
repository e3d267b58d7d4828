/* A stand-in for the runtime: what generated code calls (dsy/generated.h), with as little as can be. See engine.h.
 *
 * Everything happens in one thread and in one order, the interpreter's: what is started runs to its end before its
 * starter goes on; an event reaches its subscribers at once; so tasks are always settled, cancellation finds nothing
 * left to do, and no time ever runs out. With crashes, every suspension writes all frames and the state of the
 * instance, and reads them back into a new arena. Takes the place of the runtime's functions of the same names. */
#include <stdlib.h>
#include <string.h>

#include "dsy/error.h"
#include "runtime/core/job.h"
#include "tests/opinion/engine.h"

enum {
    ARENA_BYTES_MAX = 256 << 20,
    TEXT_BYTES_MAX = 64 << 20,
    HANDLES_MAX = 65536,
    INSTANCES_MAX = 4096,
    BUDGET = 30000000,
    FRAMES_MAX = 1000
};

/* Octets that outlive transitions: in `kept`, until the next run of a program. */
static struct dsy_arena kept;
static bool crashes;

struct compensation {
    struct compensation *before;
    const struct dsy_routine_type *routine;
    struct dsy_slice arguments;
};

struct plain_frame {
    struct plain_frame *below;
    const struct dsy_routine_type *routine;
    uint32_t state;
    void *locals;
    struct dsy_slice saved; /* while locals is NULL */
    struct compensation *compensations;
    bool is_unwinding;      /* its compensations run, then it ends with … */
    struct dsy_slice error; /* … this */
};

struct instance {
    uint32_t service;
    struct dsy_slice key, state; /* CBOR; state.data NULL: the defaults */
};
static struct instance instances[INSTANCES_MAX];
static uint32_t instance_count;

struct handle {
    bool is_settled, threw;
    struct dsy_slice value;
};
static struct handle handles[HANDLES_MAX];
static uint32_t handle_count;

/* What a suspended routine gets when it is run again. */
struct reply {
    bool threw, is_nil, has_value;
    struct dsy_slice value;
    uint32_t selected;
};

/* One invocation. */
struct strand {
    struct dsy_run run; /* first: all that generated code sees */
    struct dsy_arena arena;
    struct dsy_buffer buffer;
    struct dsy_cbor_writer writer;
    struct dsy_cbor_reader reader;
    struct plain_frame *top;
    int32_t frame_count;
    struct reply reply;
    struct instance *instance;
    void *state; /* decoded; NULL: not asked for since the last suspension */
    void *key;
    const struct dsy_routine_type *called;
    struct instance *called_instance;
    void *result;
};

static struct engine_outcome run_strand(const struct dsy_routine_type *routine, struct dsy_slice arguments,
                                        struct instance *instance);

static struct strand *
of_run(struct dsy_run *run)
{
    return (struct strand *)(void *)run;
}

static void *
take(struct dsy_arena *arena, size_t size_bytes)
{
    void *place = dsy_arena_allocate_zeroed(arena, size_bytes > 0 ? size_bytes : 1);
    if (place == NULL)
        engine_fail("the engine", "no memory");
    return place;
}

static struct dsy_slice
keep(const uint8_t *data, size_t size_bytes)
{
    uint8_t *copy = take(&kept, size_bytes);
    if (size_bytes > 0)
        memcpy(copy, data, size_bytes);
    return (struct dsy_slice){ .data = copy, .size_bytes = size_bytes };
}

static struct dsy_slice
keep_buffer(const struct strand *strand)
{
    if (strand->buffer.status != DSY_OK)
        engine_fail("the engine", "a value cannot be encoded");
    return keep(strand->buffer.data, strand->buffer.size_bytes);
}

static struct dsy_cbor_reader
reader_of(struct dsy_slice value, struct dsy_arena *arena)
{
    static struct dsy_error_table errors;
    errors = (struct dsy_error_table){ .types = dsy_program.errors, .count = dsy_program.error_count };
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(value.data, value.size_bytes, arena);
    reader.errors = &errors;
    return reader;
}

/* ---- frames ---- */

static struct plain_frame *
push(struct strand *strand, const struct dsy_routine_type *routine)
{
    struct plain_frame *frame = take(&kept, sizeof *frame);
    frame->routine = routine;
    frame->below = strand->top;
    strand->top = frame;
    strand->frame_count++;
    return frame;
}

static void
pop(struct strand *strand)
{
    strand->top = strand->top->below;
    strand->frame_count--;
}

static void
read_frame(struct strand *strand, struct plain_frame *frame)
{
    if (frame->locals != NULL)
        return;
    frame->locals = take(&strand->arena, frame->routine->locals_size_bytes);
    struct dsy_cbor_reader reader = reader_of(frame->saved, &strand->arena);
    if (!frame->routine->read_frame(&reader, frame->locals, frame->state) || !dsy_cbor_reader_end(&reader))
        engine_fail(frame->routine->name, "its variables cannot be decoded");
}

/* The values of the strand that is suspended: written, forgotten, to be read from what was written. */
static void
crash(struct strand *strand)
{
    static uint64_t seed;
    for (struct plain_frame *frame = strand->top; frame != NULL; frame = frame->below) {
        if (frame->locals == NULL)
            continue;
        frame->routine->write_frame(dsy_value(&strand->run), frame->locals, frame->state);
        frame->saved = keep_buffer(strand);
        frame->locals = NULL;
    }
    dsy_arena_destroy(&strand->arena);
    dsy_arena_init(&strand->arena, ARENA_BYTES_MAX);
    strand->arena.hash_seed = ++seed * UINT64_C(0x9E3779B97F4A7C15);
}

/* ---- instances ---- */

static struct instance *
find_instance(struct dsy_run *run, uint32_t service, const void *key)
{
    const struct dsy_type *type = dsy_program.services[service]->key;
    if (type == NULL)
        return NULL;
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, TEXT_BYTES_MAX);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&buffer);
    type->write_cbor(&writer, key);
    struct dsy_slice octets = keep(buffer.data, buffer.size_bytes);
    dsy_buffer_destroy(&buffer);
    (void)run;
    for (uint32_t index = 0; index < instance_count; index++) {
        if (instances[index].service == service && instances[index].key.size_bytes == octets.size_bytes &&
            memcmp(instances[index].key.data, octets.data, octets.size_bytes) == 0)
            return &instances[index];
    }
    if (instance_count == INSTANCES_MAX)
        engine_fail("the engine", "too many instances");
    instances[instance_count] = (struct instance){ .service = service, .key = octets };
    return &instances[instance_count++];
}

void *
dsy_state(struct dsy_run *run)
{
    struct strand *strand = of_run(run);
    const struct dsy_type *type = dsy_program.services[strand->instance->service]->state;
    if (strand->state != NULL)
        return strand->state;
    strand->state = take(&strand->arena, type->size_bytes);
    if (strand->instance->state.data == NULL) {
        if (type->zero != NULL)
            type->zero(strand->state);
        return strand->state;
    }
    struct dsy_cbor_reader reader = reader_of(strand->instance->state, &strand->arena);
    type->read_cbor(&reader, strand->state);
    if (reader.failed)
        engine_fail("the engine", "a state cannot be decoded");
    return strand->state;
}

const void *
dsy_key(struct dsy_run *run)
{
    struct strand *strand = of_run(run);
    const struct dsy_type *type = dsy_program.services[strand->instance->service]->key;
    if (strand->key == NULL) {
        strand->key = take(&strand->arena, type->size_bytes);
        struct dsy_cbor_reader reader = reader_of(strand->instance->key, &strand->arena);
        type->read_cbor(&reader, strand->key);
    }
    return strand->key;
}

/* At the end of a transition. */
static void
save_state(struct strand *strand)
{
    if (strand->state != NULL) {
        dsy_program.services[strand->instance->service]->state->write_cbor(dsy_value(&strand->run), strand->state);
        strand->instance->state = keep_buffer(strand);
    }
    strand->state = strand->key = NULL;
}

/* ---- what generated code calls: calls ---- */

void *
dsy_call(struct dsy_run *run, const struct dsy_routine_type *routine)
{
    struct strand *strand = of_run(run);
    if (run->failed)
        return NULL;
    if (strand->frame_count >= FRAMES_MAX) {
        dsy_throw_stack_overflow(run);
        return NULL;
    }
    struct plain_frame *frame = push(strand, routine);
    frame->locals = take(&strand->arena, routine->locals_size_bytes);
    return frame->locals;
}

void *
dsy_return(struct dsy_run *run, size_t size_bytes)
{
    struct strand *strand = of_run(run);
    strand->result = take(&strand->arena, size_bytes);
    run->result = strand->result;
    return strand->result;
}

struct dsy_cbor_writer *
dsy_value(struct dsy_run *run)
{
    struct strand *strand = of_run(run);
    dsy_buffer_clear(&strand->buffer);
    strand->writer = dsy_cbor_writer_begin(&strand->buffer);
    return &strand->writer;
}

static void
call_service(struct dsy_run *run, uint32_t service, const struct dsy_routine_type *routine, const void *key)
{
    struct strand *strand = of_run(run);
    strand->called = routine;
    strand->called_instance = find_instance(run, service, key);
}

void
dsy_to_service(struct dsy_run *run, uint32_t service, uint32_t routine, const void *key)
{
    call_service(run, service, dsy_program.services[service]->routines[routine], key);
}

void
dsy_to_use(struct dsy_run *run, uint32_t use, uint32_t method, const void *key)
{
    const struct dsy_service_type *caller = dsy_program.services[of_run(run)->top->routine->service];
    const struct dsy_use_type *type = &caller->uses[use];
    if (type->service >= 0) {
        dsy_to_service(run, (uint32_t)type->service, method, key);
        return;
    }
    for (uint32_t service = 0; service < dsy_program.service_count; service++) {
        const struct dsy_service_type *callee = dsy_program.services[service];
        for (uint32_t index = 0; index < callee->implementation_count; index++) {
            if (callee->implementations[index].interface == type->interface)
                dsy_to_service(run, service, callee->implementations[index].routines[method], key);
        }
    }
}

void
dsy_to_routine(struct dsy_run *run, const struct dsy_routine_type *routine)
{
    of_run(run)->called = routine;
    of_run(run)->called_instance = NULL;
}

static struct engine_outcome
run_called(struct dsy_run *run)
{
    struct strand *strand = of_run(run);
    return run_strand(strand->called, keep_buffer(strand), strand->called_instance);
}

void
dsy_await_call(struct dsy_run *run)
{
    struct engine_outcome outcome = run_called(run);
    of_run(run)->reply = (struct reply){ .has_value = true, .threw = outcome.threw, .value = outcome.value };
}

void
dsy_await_step(struct dsy_run *run, const struct dsy_step_type *step)
{
    struct strand *strand = of_run(run);
    struct job *job = dsy_job_create(1);
    if (job == NULL || dsy_job_prepare(job, step, (dsy_uuid){ 0 }, 1, 1, 1, keep_buffer(strand)) != DSY_OK ||
        !dsy_job_execute(job))
        engine_fail(step->name, "cannot be executed");
    dsy_job_settle(job);
    strand->reply = (struct reply){ .has_value = true, .threw = job->message.answer == STEP_THREW };
    strand->reply.value = keep(job->message.value.data, job->message.value.size_bytes);
    dsy_job_destroy(job);
}

/* ---- handles ---- */

static dsy_uuid
new_handle(struct handle handle)
{
    if (handle_count == HANDLES_MAX)
        engine_fail("the engine", "too many handles");
    handles[handle_count++] = handle;
    dsy_uuid id = { 0 };
    memcpy(id.octets, &handle_count, sizeof handle_count);
    return id;
}

/* NULL: it is nil. */
static struct handle *
find_handle(dsy_uuid id)
{
    uint32_t number;
    memcpy(&number, id.octets, sizeof number);
    if (number > handle_count)
        engine_fail("the engine", "a handle that was never made");
    return number == 0 ? NULL : &handles[number - 1];
}

dsy_uuid
dsy_start(struct dsy_run *run)
{
    struct engine_outcome outcome = run_called(run);
    return new_handle((struct handle){ .is_settled = true, .threw = outcome.threw, .value = outcome.value });
}

void
dsy_start_detached(struct dsy_run *run)
{
    run_called(run);
}

dsy_uuid
dsy_promise(struct dsy_run *run, const struct dsy_type *type)
{
    (void)run;
    (void)type;
    return new_handle((struct handle){ 0 });
}

static void
settle(struct dsy_run *run, dsy_uuid id, bool threw)
{
    struct handle *handle = find_handle(id);
    if (handle == NULL)
        dsy_throw_message(run, &dsy_error_null_value, NULL, DSY_STRING("a nil handle"));
    else if (!handle->is_settled)
        *handle = (struct handle){ .is_settled = true, .threw = threw, .value = keep_buffer(of_run(run)) };
}

void
dsy_resolve(struct dsy_run *run, dsy_uuid promise)
{
    if (!run->failed)
        settle(run, promise, false);
}

void
dsy_reject(struct dsy_run *run, dsy_uuid promise, const struct dsy_error_value *error)
{
    if (run->failed)
        return;
    dsy_error_write_cbor(dsy_value(run), error);
    settle(run, promise, true);
}

void
dsy_cancel(struct dsy_run *run, dsy_uuid task)
{
    if (!run->failed && find_handle(task) == NULL)
        dsy_throw_message(run, &dsy_error_null_value, NULL, DSY_STRING("a nil handle"));
}

/* ---- waiting ---- */

static struct reply
reply_of(const struct handle *handle)
{
    if (handle == NULL)
        return (struct reply){ .is_nil = true };
    if (!handle->is_settled)
        engine_fail("the engine", "a promise is awaited for ever");
    return (struct reply){ .has_value = true, .threw = handle->threw, .value = handle->value };
}

void
dsy_await_handle(struct dsy_run *run, dsy_uuid handle)
{
    of_run(run)->reply = reply_of(find_handle(handle));
}

void
dsy_await_all(struct dsy_run *run, const dsy_uuid *tasks, int64_t count, bool is_void)
{
    struct strand *strand = of_run(run);
    struct dsy_cbor_writer *writer = dsy_value(run);
    for (int64_t index = 0; index < count; index++) {
        strand->reply = reply_of(find_handle(tasks[index]));
        if (strand->reply.is_nil || strand->reply.threw)
            return;
    }
    if (is_void)
        dsy_cbor_write_null(writer);
    else
        dsy_cbor_write_array_begin(writer, (uint64_t)count);
    for (int64_t index = 0; index < count && !is_void; index++) {
        struct dsy_slice value = find_handle(tasks[index])->value;
        dsy_buffer_append(&strand->buffer, value.data, value.size_bytes);
    }
    if (!is_void)
        dsy_cbor_write_array_end(writer);
    strand->reply = (struct reply){ .has_value = true, .value = keep_buffer(strand) };
}

void
dsy_await_any(struct dsy_run *run, const dsy_uuid *tasks, int64_t count)
{
    struct strand *strand = of_run(run);
    strand->reply = (struct reply){ .is_nil = true };
    for (int64_t index = 0; index < count; index++) {
        strand->reply = reply_of(find_handle(tasks[index]));
        if (strand->reply.is_nil || !strand->reply.threw)
            return;
    }
}

void
dsy_await_select(struct dsy_run *run, const dsy_uuid *sources, uint32_t count, int64_t after_ns)
{
    struct strand *strand = of_run(run);
    for (uint32_t index = 0; index < count; index++) {
        const struct handle *handle = find_handle(sources[index]);
        if (handle != NULL && !handle->is_settled)
            continue;
        strand->reply = reply_of(handle);
        strand->reply.selected = index;
        return;
    }
    if (after_ns == DSY_NO_TIME)
        engine_fail("the engine", "a select waits for ever");
    strand->reply = (struct reply){ .selected = count };
}

void
dsy_within(struct dsy_run *run, int64_t duration_ns)
{
    (void)run;
    (void)duration_ns;
}

void
dsy_await_sleep(struct dsy_run *run, int64_t duration_ns)
{
    (void)duration_ns;
    of_run(run)->reply = (struct reply){ 0 };
}

void
dsy_await_sleep_until(struct dsy_run *run, int64_t time_ns)
{
    (void)time_ns;
    of_run(run)->reply = (struct reply){ 0 };
}

void
dsy_await_checkpoint(struct dsy_run *run)
{
    of_run(run)->reply = (struct reply){ 0 };
}

/* ---- the rest ---- */

void
dsy_compensate(struct dsy_run *run, const struct dsy_routine_type *routine)
{
    struct strand *strand = of_run(run);
    struct compensation *compensation = take(&kept, sizeof *compensation);
    *compensation = (struct compensation){ strand->top->compensations, routine, keep_buffer(strand) };
    strand->top->compensations = compensation;
}

void
dsy_publish(struct dsy_run *run, const struct dsy_event_type *event)
{
    static const uint8_t array_of_one[] = { 0x81 };
    struct strand *strand = of_run(run);
    struct dsy_slice value = keep_buffer(strand);
    uint8_t *arguments = take(&kept, value.size_bytes + 1);
    memcpy(arguments, array_of_one, 1);
    memcpy(arguments + 1, value.data, value.size_bytes);
    for (uint32_t service = 0; service < dsy_program.service_count; service++) {
        const struct dsy_service_type *type = dsy_program.services[service];
        for (uint32_t index = 0; index < type->subscription_count; index++) {
            if (type->subscriptions[index].event == event)
                run_strand(type->routines[type->subscriptions[index].routine],
                           (struct dsy_slice){ .data = arguments, .size_bytes = value.size_bytes + 1 }, NULL);
        }
    }
}

void
dsy_log(struct dsy_run *run, enum dsy_log_level level, dsy_string text)
{
    (void)run;
    (void)level;
    (void)text;
}

const void *
dsy_config(const struct dsy_run *run, uint32_t service)
{
    (void)run;
    (void)service;
    engine_fail("the engine", "there is no configuration here");
}

int64_t
dsy_now(const struct dsy_run *run)
{
    (void)run;
    return 0;
}

dsy_uuid
dsy_invocation_id(const struct dsy_run *run)
{
    (void)run;
    return (dsy_uuid){ 0 };
}

/* ---- running ---- */

static void
begin_transition(struct strand *strand)
{
    dsy_run_init(&strand->run, &strand->arena, BUDGET);
    strand->arena.size_bytes_max = ARENA_BYTES_MAX;
    strand->run.result = dsy_zeros();
    strand->run.reader = &strand->reader;
}

static void
throw_saved(struct strand *strand, struct dsy_slice error)
{
    struct dsy_cbor_reader reader = reader_of(error, &strand->arena);
    struct dsy_error_value value = dsy_error_read_cbor(&reader);
    if (!dsy_cbor_reader_end(&reader))
        engine_fail("the engine", "an error cannot be decoded");
    strand->run.failed = true;
    strand->run.error = value;
}

/* Hand what was awaited to the routine that is run again. */
static void
hand_over(struct strand *strand)
{
    const struct reply *reply = &strand->reply;
    strand->run.selected = reply->selected;
    if (reply->is_nil)
        dsy_throw_message(&strand->run, &dsy_error_null_value, NULL, DSY_STRING("a nil handle"));
    else if (reply->threw)
        throw_saved(strand, reply->value);
    else if (reply->has_value)
        strand->reader = reader_of(reply->value, &strand->arena);
}

/* A frame has thrown: its compensations come first, each a frame above it. Returns whether one was begun. */
static bool
compensate(struct strand *strand)
{
    struct plain_frame *frame = strand->top;
    if (frame->compensations == NULL)
        return false;
    if (!frame->is_unwinding) {
        dsy_error_write_cbor(dsy_value(&strand->run), &strand->run.error);
        frame->error = keep_buffer(strand);
        frame->is_unwinding = true;
    }
    struct compensation *compensation = frame->compensations;
    frame->compensations = compensation->before;
    struct plain_frame *above = push(strand, compensation->routine);
    above->saved = compensation->arguments;
    begin_transition(strand);
    return true;
}

/* The top frame has ended. Returns whether the strand goes on. */
static bool
end_frame(struct strand *strand, enum dsy_outcome outcome)
{
    if (outcome == DSY_THREW && compensate(strand))
        return true;
    pop(strand);
    while (strand->top != NULL && strand->top->is_unwinding) { /* what ended was a compensation */
        if (compensate(strand))
            return true;
        begin_transition(strand);
        throw_saved(strand, strand->top->error);
        pop(strand);
    }
    return strand->top != NULL;
}

static bool
run_top(struct strand *strand)
{
    struct plain_frame *frame = strand->top;
    read_frame(strand, frame);
    strand->run.depth = strand->frame_count;
    enum dsy_outcome outcome = frame->routine->run(&strand->run, frame->locals, frame->state);
    switch (outcome) {
    case DSY_CALLED: frame->state = strand->run.state; return true;
    case DSY_SUSPENDED:
        frame->state = strand->run.state;
        save_state(strand);
        if (crashes)
            crash(strand);
        begin_transition(strand);
        hand_over(strand);
        return true;
    case DSY_BROKEN: engine_fail(frame->routine->name, strand->reader.failed ? strand->reader.message : "is broken");
    case DSY_RETURNED:
    case DSY_THREW: break;
    }
    return end_frame(strand, outcome);
}

static struct engine_outcome
run_strand(const struct dsy_routine_type *routine, struct dsy_slice arguments, struct instance *instance)
{
    struct strand strand = { .instance = instance };
    dsy_arena_init(&strand.arena, ARENA_BYTES_MAX);
    dsy_buffer_init(&strand.buffer, TEXT_BYTES_MAX);
    push(&strand, routine)->saved = arguments;
    begin_transition(&strand);
    while (run_top(&strand))
        continue;
    save_state(&strand);
    struct dsy_cbor_writer *writer = dsy_value(&strand.run);
    if (strand.run.failed)
        dsy_error_write_cbor(writer, &strand.run.error);
    else if (routine->result == NULL)
        dsy_cbor_write_null(writer);
    else
        routine->result->write_cbor(writer, strand.run.result);
    struct engine_outcome outcome = { strand.run.failed, keep_buffer(&strand) };
    dsy_arena_destroy(&strand.arena);
    dsy_buffer_destroy(&strand.buffer);
    return outcome;
}

/* ---- the engine ---- */

void
engine_open(void)
{
    dsy_arena_init(&kept, (size_t)1 << 32);
}

struct engine_outcome
engine_run(const struct dsy_routine_type *routine, bool with_crashes)
{
    static const uint8_t no_arguments[] = { 0x80 };
    crashes = with_crashes;
    dsy_arena_reset(&kept);
    handle_count = instance_count = 0;
    return run_strand(routine, (struct dsy_slice){ .data = no_arguments, .size_bytes = 1 }, NULL);
}

void
engine_close(void)
{
    dsy_arena_destroy(&kept);
}
