/* What generated routines call (dsy/generated.h): what they want of the world is left in the transition. */
#include <assert.h>
#include <string.h>

#include "dsy/error.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/transition_internal.h"

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
    struct transition *transition = dsy_transition_of(run);
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
    struct transition *transition = dsy_transition_of(run);
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
    struct transition *transition = dsy_transition_of(run);
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

/* A call that leaves for another deployment: the key goes as the text that stands for it in a path. */
static void
call_remote(struct transition *transition, const struct dsy_use_type *use, const struct program_binding *binding,
            uint32_t method, const void *key)
{
    const struct dsy_program_type *program = transition->program->type;
    const struct dsy_type *key_type =
        use->interface >= 0 ? program->interfaces[use->interface]->key : program->services[use->service]->key;
    transition->called = &dsy_remote_routine;
    transition->called_key = (struct dsy_slice){ 0 };
    transition->remote = (struct remote_target){
        .address = binding->address,
        .service = binding->remote_service,
        .method = use->interface >= 0 ? program->interfaces[use->interface]->methods[method]
                                      : program->services[use->service]->routines[method]->method,
    };
    if (key_type == NULL || key == NULL)
        return;
    char scratch[DSY_PRINT_BYTES_MAX];
    dsy_string text = key_type->text(key, scratch);
    char *copy =
        dsy_arena_copy_text(transition->run.arena, text.size_bytes > 0 ? text.data : "", (size_t)text.size_bytes);
    transition->remote.key = (dsy_string){ .data = copy, .size_bytes = copy != NULL ? text.size_bytes : 0 };
    if (copy == NULL)
        transition->run.status = DSY_NO_MEMORY;
}

void
dsy_to_use(struct dsy_run *run, uint32_t use, uint32_t method, const void *key)
{
    struct transition *transition = dsy_transition_of(run);
    int32_t service = transition->invocation->top->routine->service;
    const struct program_binding *binding = &transition->program->bindings[service][use];
    if (binding->address != NULL) {
        call_remote(transition, &transition->program->type->services[service]->uses[use], binding, method, key);
        return;
    }
    transition->called = binding->routines[method];
    keep_called_key(transition, binding->service, key);
}

void
dsy_to_service(struct dsy_run *run, uint32_t service, uint32_t routine, const void *key)
{
    struct transition *transition = dsy_transition_of(run);
    const struct dsy_service_type *called = transition->program->type->services[service];
    transition->called = called->routines[routine];
    keep_called_key(transition, called, key);
}

void *
dsy_state(struct dsy_run *run)
{
    return dsy_transition_of(run)->state;
}

const void *
dsy_key(struct dsy_run *run)
{
    return dsy_transition_of(run)->key;
}

void
dsy_to_routine(struct dsy_run *run, const struct dsy_routine_type *routine)
{
    struct transition *transition = dsy_transition_of(run);
    transition->called = routine;
    transition->called_key = (struct dsy_slice){ 0 };
}

void
dsy_await_call(struct dsy_run *run)
{
    struct transition *transition = dsy_transition_of(run);
    await(transition, PENDING_CALL)->routine = dsy_string_view(transition->called->name);
}

/* ---- tasks and promises ---- */

/* What leaves the routine could not be kept: memory ran out, or it is more than a transition may have. */
static void
fail(struct transition *transition)
{
    transition->run.status = DSY_NO_MEMORY;
    transition->is_too_large =
        transition->run.arena->status != DSY_NO_MEMORY && transition->buffer->status != DSY_NO_MEMORY;
}

/* A number for a cell, noted in the frame that runs. Returns 0 when memory ran out, or there are too many. */
static int64_t
take_cell_number(struct transition *transition)
{
    struct frame *frame = transition->invocation->top;
    if (transition->invocation->cell_count >= CELLS_OF_INVOCATION_MAX) {
        dsy_throw_format(&transition->run, &dsy_error_out_of_range, "an invocation makes at most %d tasks and promises",
                         CELLS_OF_INVOCATION_MAX);
        return 0;
    }
    transition->invocation->cell_count++;
    int64_t number = dsy_numbers_take(transition->numbers) | NUMBER_CELL;
    struct cell_range *last = frame->cells; /* the newest is the first of the list */
    if (last != NULL && last->first + last->count == number) {
        last->count++;
        return number;
    }
    struct cell_range *range = dsy_allocate(&transition->run, sizeof *range);
    if (range == NULL)
        return 0;
    *range = (struct cell_range){ .next = frame->cells, .first = number, .count = 1 };
    frame->cells = range;
    return number;
}

static struct cell *
make_cell(struct transition *transition, enum cell_kind kind, const char *name)
{
    struct made_cell *made = dsy_allocate(&transition->run, sizeof *made);
    int64_t number = made != NULL ? take_cell_number(transition) : 0;
    if (number == 0)
        return NULL;
    *made = (struct made_cell){ .cell = {
                                    .number = number,
                                    .secret = dsy_numbers_secret(transition->numbers),
                                    .kind = kind,
                                    .owner = transition->invocation->number,
                                    .name = dsy_string_view(name),
                                } };
    *transition->last_made = made;
    transition->last_made = &made->next;
    return &made->cell;
}

/* Begin the invocation that was said, in the shard that `child` gets. */
static struct message *
begin_child(struct transition *transition, struct address *child)
{
    struct dsy_slice arguments = dsy_transition_keep_call(transition);
    child->shard = dsy_transition_place(transition, transition->called, transition->called_key, child->secret);
    struct message *message =
        arguments.data != NULL ? dsy_transition_send(transition, MESSAGE_BEGIN, child->shard, child->number) : NULL;
    if (message == NULL) {
        fail(transition);
        return NULL;
    }
    message->secret = child->secret;
    message->routine = transition->called;
    message->instance_key = transition->called_key;
    message->arguments = arguments;
    return message;
}

dsy_uuid
dsy_start(struct dsy_run *run)
{
    struct transition *transition = dsy_transition_of(run);
    struct cell *cell = make_cell(transition, CELL_TASK, transition->called->name);
    if (cell == NULL)
        return (dsy_uuid){ 0 };
    struct address child = { .number = cell->number & ~NUMBER_CELL, .secret = cell->secret };
    struct message *message = begin_child(transition, &child);
    if (message == NULL)
        return (dsy_uuid){ 0 };
    cell->child_shard = child.shard;
    message->chain_length = transition->invocation->chain_length + 1;
    message->caller = (struct caller){ .kind = CALLER_INVOCATION, .shard = transition->shard, .number = cell->number };
    return dsy_address_id(
        (struct address){ .shard = transition->shard, .number = cell->number, .secret = cell->secret });
}

void
dsy_start_detached(struct dsy_run *run)
{
    struct transition *transition = dsy_transition_of(run);
    struct address child = { .number = dsy_numbers_take(transition->numbers),
                             .secret = dsy_numbers_secret(transition->numbers) };
    begin_child(transition, &child);
}

dsy_uuid
dsy_promise(struct dsy_run *run, const struct dsy_type *type)
{
    struct transition *transition = dsy_transition_of(run);
    struct cell *cell = make_cell(transition, CELL_PROMISE, type != NULL ? type->name : "void");
    if (cell == NULL)
        return (dsy_uuid){ 0 };
    return dsy_address_id(
        (struct address){ .shard = transition->shard, .number = cell->number, .secret = cell->secret });
}

static void
send_settle(struct transition *transition, dsy_uuid promise, bool threw, struct dsy_slice value)
{
    struct address address = dsy_id_address(promise);
    bool is_of_cell = dsy_number_is_counted(address.number) && dsy_number_kind(address.number) == OBJECT_CELL;
    if (!is_of_cell || address.shard >= transition->shard_count)
        return; /* there is no such promise */
    struct message *message =
        value.data != NULL ? dsy_transition_send(transition, MESSAGE_SETTLE, address.shard, address.number) : NULL;
    if (message == NULL) {
        fail(transition);
        return;
    }
    message->secret = address.secret;
    message->threw = threw;
    message->value = value;
}

/* The zero handle is no task and no promise: NullValue is thrown. */
static bool
is_handle(struct dsy_run *run, dsy_uuid handle)
{
    if (!dsy_id_is_nil(handle))
        return true;
    dsy_throw_message(run, &dsy_error_null_value, NULL, DSY_STRING("the task or promise is the zero handle"));
    return false;
}

void
dsy_resolve(struct dsy_run *run, dsy_uuid promise)
{
    struct transition *transition = dsy_transition_of(run);
    if (is_handle(run, promise))
        send_settle(transition, promise, false, dsy_transition_keep(transition, &transition->writer));
}

void
dsy_reject(struct dsy_run *run, dsy_uuid promise, const struct dsy_error_value *error)
{
    struct transition *transition = dsy_transition_of(run);
    if (!is_handle(run, promise))
        return;
    dsy_buffer_clear(transition->buffer);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(transition->buffer);
    dsy_error_write_cbor(&writer, error);
    send_settle(transition, promise, true, dsy_transition_keep(transition, &writer));
}

void
dsy_cancel(struct dsy_run *run, dsy_uuid task)
{
    struct transition *transition = dsy_transition_of(run);
    if (is_handle(run, task) && dsy_transition_send_cancel(transition, task) != DSY_OK)
        fail(transition);
}

void
dsy_compensate(struct dsy_run *run, const struct dsy_routine_type *routine)
{
    struct transition *transition = dsy_transition_of(run);
    struct frame *frame = transition->invocation->top;
    struct dsy_slice arguments = dsy_transition_keep(transition, &transition->writer);
    struct compensation *compensation = arguments.data != NULL ? dsy_allocate(run, sizeof *compensation) : NULL;
    if (compensation == NULL) {
        fail(transition);
        return;
    }
    *compensation = (struct compensation){ .next = frame->compensations, .routine = routine, .arguments = arguments };
    frame->compensations = compensation;
}

/* ---- waiting for them ---- */

static void
await_handles(struct transition *transition, enum wait_mode mode, const dsy_uuid *handles, uint32_t count)
{
    dsy_uuid *copy = dsy_allocate(&transition->run, (count > 0 ? count : 1) * sizeof *copy);
    struct pending *pending = await(transition, PENDING_WAIT);
    pending->mode = mode;
    if (copy == NULL)
        return;
    if (count > 0)
        memcpy(copy, handles, count * sizeof *copy);
    pending->handles = copy;
    pending->handle_count = count;
}

void
dsy_await_handle(struct dsy_run *run, dsy_uuid handle)
{
    await_handles(dsy_transition_of(run), WAIT_ONE, &handle, 1);
}

void
dsy_await_all(struct dsy_run *run, const dsy_uuid *tasks, int64_t count, bool is_void)
{
    struct transition *transition = dsy_transition_of(run);
    await_handles(transition, WAIT_ALL, tasks, (uint32_t)count);
    transition->invocation->pending.is_void = is_void;
}

void
dsy_await_any(struct dsy_run *run, const dsy_uuid *tasks, int64_t count)
{
    await_handles(dsy_transition_of(run), WAIT_ANY, tasks, (uint32_t)count);
}

void
dsy_await_select(struct dsy_run *run, const dsy_uuid *sources, uint32_t count, int64_t after_ns)
{
    struct transition *transition = dsy_transition_of(run);
    await_handles(transition, WAIT_SELECT, sources, count);
    if (after_ns != DSY_NO_TIME)
        transition->invocation->pending.due_ns =
            dsy_time_add_saturated(transition->now_ns, after_ns > 0 ? after_ns : 0);
}

void
dsy_within(struct dsy_run *run, int64_t duration_ns)
{
    struct transition *transition = dsy_transition_of(run);
    struct invocation *invocation = transition->invocation;
    int64_t within_ns = duration_ns > 0 ? duration_ns : 0;
    int64_t deadline_ns = dsy_time_add_saturated(transition->now_ns, within_ns);
    if (run->failed)
        return;
    if (transition->has_effect) {
        invocation->pending.deadline_ns = deadline_ns;
        invocation->pending.within_ns = within_ns;
    } else if (invocation->top->below != NULL) {
        invocation->top->below->deadline_ns = deadline_ns; /* of the sub-routine that was just called */
        invocation->top->below->within_ns = within_ns;
    }
}

void
dsy_await_step(struct dsy_run *run, const struct dsy_step_type *step)
{
    struct pending *pending = await(dsy_transition_of(run), PENDING_STEP);
    pending->step = step;
    pending->attempt = 1;
}

void
dsy_await_sleep_until(struct dsy_run *run, int64_t time_ns)
{
    struct transition *transition = dsy_transition_of(run);
    await(transition, PENDING_SLEEP)->due_ns = time_ns > transition->now_ns ? time_ns : transition->now_ns;
}

void
dsy_await_sleep(struct dsy_run *run, int64_t duration_ns)
{
    dsy_await_sleep_until(run, dsy_time_add_saturated(dsy_transition_of(run)->now_ns, duration_ns));
}

void
dsy_await_checkpoint(struct dsy_run *run)
{
    await(dsy_transition_of(run), PENDING_CHECKPOINT);
}

const void *
dsy_config(const struct dsy_run *run, uint32_t service)
{
    return dsy_transition_of_const(run)->program->configs[service];
}

int64_t
dsy_now(const struct dsy_run *run)
{
    return dsy_transition_of_const(run)->now_ns;
}

dsy_uuid
dsy_invocation_id(const struct dsy_run *run)
{
    const struct transition *transition = dsy_transition_of_const(run);
    return dsy_invocation_id_of(transition->shard, transition->invocation->number, transition->invocation->secret);
}
