/* The hand-written program with tasks. */
#include "tests/support/task_program.h"

#include "dsy/error.h"

struct task_locals {
    int64_t n;
    dsy_uuid tasks[TASKS_MAX];
};

DSY_DESCRIBE_HANDLE(task_int, "task<int>")

/* ---- frames ---- */

static void
write_frame(struct dsy_cbor_writer *writer, const void *memory, uint32_t state)
{
    const struct task_locals *locals = memory;
    (void)state;
    dsy_cbor_write_array_begin(writer, 1 + TASKS_MAX);
    dsy_int64_write_cbor(writer, locals->n);
    for (int index = 0; index < TASKS_MAX; index++)
        dsy_uuid_write_cbor(writer, locals->tasks[index]);
    dsy_cbor_write_array_end(writer);
}

static bool
read_frame(struct dsy_cbor_reader *reader, void *memory, uint32_t state)
{
    struct task_locals *locals = memory;
    (void)state;
    if (dsy_cbor_array_begin(reader) != 1 + TASKS_MAX)
        dsy_cbor_expected(reader, "the variables");
    locals->n = dsy_int64_read_cbor(reader);
    for (int index = 0; index < TASKS_MAX; index++)
        locals->tasks[index] = dsy_uuid_read_cbor(reader);
    dsy_cbor_array_end(reader);
    return !reader->failed;
}

static void
show_frame(struct dsy_json_writer *writer, const void *memory, uint32_t state)
{
    const struct task_locals *locals = memory;
    (void)state;
    dsy_json_write_object_begin(writer);
    dsy_json_write_member(writer, "n");
    dsy_int64_write_json(writer, locals->n);
    dsy_json_write_object_end(writer);
}

static bool
read_arguments(struct dsy_json_reader *reader, void *memory)
{
    (void)memory;
    dsy_json_skip(reader);
    return !reader->failed;
}

/* ---- routines ---- */

static enum dsy_outcome
give(struct dsy_run *run, int64_t value)
{
    *(int64_t *)dsy_return(run, sizeof value) = value;
    return DSY_RETURNED;
}

static enum dsy_outcome
suspend(struct dsy_run *run, uint32_t state)
{
    run->state = state;
    return DSY_SUSPENDED;
}

/* What was awaited is an integer, and is returned. */
static enum dsy_outcome
give_awaited(struct dsy_run *run)
{
    if (run->failed)
        return DSY_THREW;
    int64_t value = dsy_int64_read_cbor(run->reader);
    return run->reader->failed ? DSY_BROKEN : give(run, value);
}

static void
start_naps(struct dsy_run *run, struct task_locals *locals, int64_t count)
{
    for (int64_t index = 0; index < count; index++) {
        write_frame(dsy_value(run), &(struct task_locals){ .n = TASK_HOUR_NS }, 0);
        dsy_to_service(run, 0, TASK_NAP, NULL);
        locals->tasks[index] = dsy_start(run);
    }
}

static enum dsy_outcome
nap_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct task_locals *locals = memory;
    if (state == 1)
        return run->failed ? DSY_THREW : give(run, locals->n);
    dsy_await_sleep(run, locals->n);
    return suspend(run, 1);
}

static enum dsy_outcome
one_run(struct dsy_run *run, void *memory, uint32_t state)
{
    struct task_locals *locals = memory;
    if (state == 1)
        return give_awaited(run);
    start_naps(run, locals, 1);
    dsy_await_handle(run, locals->tasks[0]);
    return suspend(run, 1);
}

static enum dsy_outcome
all_run(struct dsy_run *run, void *memory, uint32_t state)
{
    struct task_locals *locals = memory;
    if (state == 0) {
        start_naps(run, locals, locals->n);
        dsy_await_all(run, locals->tasks, locals->n, false);
        return suspend(run, 1);
    }
    if (run->failed)
        return DSY_THREW;
    int64_t sum = 0;
    uint64_t count = dsy_cbor_array_begin(run->reader);
    for (uint64_t index = 0; index < count && !run->reader->failed; index++)
        sum += dsy_int64_read_cbor(run->reader);
    dsy_cbor_array_end(run->reader);
    return run->reader->failed ? DSY_BROKEN : give(run, sum);
}

static enum dsy_outcome
any_run(struct dsy_run *run, void *memory, uint32_t state)
{
    struct task_locals *locals = memory;
    if (state == 1)
        return give_awaited(run);
    start_naps(run, locals, locals->n);
    dsy_await_any(run, locals->tasks, locals->n);
    return suspend(run, 1);
}

static enum dsy_outcome
pick_run(struct dsy_run *run, void *memory, uint32_t state)
{
    struct task_locals *locals = memory;
    if (state == 1)
        return run->failed ? DSY_THREW : give(run, run->selected);
    start_naps(run, locals, 2);
    dsy_await_select(run, locals->tasks, 2, locals->n);
    return suspend(run, 1);
}

static enum dsy_outcome
promised_run(struct dsy_run *run, void *memory, uint32_t state)
{
    struct task_locals *locals = memory;
    if (state == 1)
        return give_awaited(run);
    locals->tasks[0] = dsy_promise(run, &dsy_type_int64);
    dsy_int64_write_cbor(dsy_value(run), locals->n);
    dsy_resolve(run, locals->tasks[0]);
    dsy_await_handle(run, locals->tasks[0]);
    return suspend(run, 1);
}

static enum dsy_outcome
hurry_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct task_locals *locals = memory;
    if (state == 1)
        return give_awaited(run);
    write_frame(dsy_value(run), &(struct task_locals){ .n = TASK_HOUR_NS }, 0);
    dsy_to_service(run, 0, TASK_NAP, NULL);
    dsy_await_call(run);
    dsy_within(run, locals->n);
    return suspend(run, 1);
}

static enum dsy_outcome
limit_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct task_locals *locals = memory;
    if (state == 1)
        return run->failed ? DSY_THREW : give(run, *(const int64_t *)run->result);
    if (dsy_call(run, task_routine(TASK_WAIT_LONG)) == NULL)
        return DSY_THREW;
    dsy_within(run, locals->n);
    run->state = 1;
    return DSY_CALLED;
}

static void
register_undo(struct dsy_run *run, int64_t n)
{
    write_frame(dsy_value(run), &(struct task_locals){ .n = n }, 0);
    dsy_compensate(run, task_routine(TASK_UNDO));
}

static enum dsy_outcome
guard_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct task_locals *locals = memory;
    if (state == 1)
        return run->failed ? DSY_THREW : give(run, locals->n);
    for (int64_t index = 0; index < locals->n; index++)
        register_undo(run, index);
    dsy_await_sleep(run, TASK_HOUR_NS);
    return suspend(run, 1);
}

static enum dsy_outcome
leave_run(struct dsy_run *run, void *memory, uint32_t state)
{
    struct task_locals *locals = memory;
    (void)state;
    start_naps(run, locals, locals->n);
    register_undo(run, 0);
    dsy_throw_index_out_of_range(run, 7, 3);
    return DSY_THREW;
}

static enum dsy_outcome
hand_out_run(struct dsy_run *run, void *memory, uint32_t state)
{
    struct task_locals *locals = memory;
    (void)state;
    start_naps(run, locals, 2);
    *(dsy_uuid *)dsy_return(run, sizeof(dsy_uuid)) = locals->tasks[1];
    return DSY_RETURNED;
}

static enum dsy_outcome
tidy_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct task_locals *locals = memory;
    switch (state) {
    case 0: dsy_await_sleep(run, TASK_HOUR_NS); return suspend(run, 1);
    case 1: /* whatever happened, the finally body runs */
        run->failed = false;
        dsy_await_sleep(run, locals->n);
        return suspend(run, 2);
    default: break;
    }
    if (run->failed)
        return DSY_THREW;
    dsy_await_sleep(run, TASK_HOUR_NS);
    return suspend(run, 1);
}

static enum dsy_outcome
wait_long_run(struct dsy_run *run, void *memory, uint32_t state)
{
    (void)memory;
    if (state == 1)
        return run->failed ? DSY_THREW : give(run, 1);
    dsy_await_sleep(run, TASK_HOUR_NS);
    return suspend(run, 1);
}

static enum dsy_outcome
undo_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct task_locals *locals = memory;
    if (state == 0) {
        dsy_await_checkpoint(run);
        return suspend(run, 1);
    }
    if (run->failed)
        return DSY_THREW;
    if (locals->n == 1)
        dsy_throw_index_out_of_range(run, 1, 1);
    return run->failed ? DSY_THREW : give(run, locals->n);
}

/* ---- descriptors ---- */

/* States 1 and 2; in 2 of `tidy`, and everywhere in `undo`, a cancellation waits. */
#define ROUTINE(routine, number, awaited, shielded, later_shielded, result_type) \
    static const struct dsy_suspension_type routine##_suspensions[] = {          \
        { .fingerprint = 5000 + 4 * (number),                                    \
          .identity = "start",                                                   \
          .file = "tasks.dsy",                                                   \
          .line = 1,                                                             \
          .column = 1,                                                           \
          .is_shielded = (shielded) },                                           \
        { .fingerprint = 5001 + 4 * (number),                                    \
          .identity = #routine "#1",                                             \
          .file = "tasks.dsy",                                                   \
          .line = 2,                                                             \
          .column = 1,                                                           \
          .calls = (awaited),                                                    \
          .is_shielded = (shielded) },                                           \
        { .fingerprint = 5002 + 4 * (number),                                    \
          .identity = #routine "#2",                                             \
          .file = "tasks.dsy",                                                   \
          .line = 3,                                                             \
          .column = 1,                                                           \
          .is_shielded = (later_shielded) },                                     \
    };                                                                           \
    static const struct dsy_routine_type routine_##routine = {                   \
        .name = (number) < TASK_WAIT_LONG ? "Tasks." #routine : #routine,        \
        .method = #routine,                                                      \
        .service = (number) < TASK_WAIT_LONG ? 0 : -1,                           \
        .is_public = (number) < TASK_WAIT_LONG,                                  \
        .locals_size_bytes = sizeof(struct task_locals),                         \
        .result = (result_type),                                                 \
        .run = routine##_run,                                                    \
        .write_frame = write_frame,                                              \
        .read_frame = read_frame,                                                \
        .show_frame = show_frame,                                                \
        .read_arguments = read_arguments,                                        \
        .suspensions = routine##_suspensions,                                    \
        .suspension_count = 3,                                                   \
    };

ROUTINE(wait_long, TASK_WAIT_LONG, NULL, false, false, &dsy_type_int64)
ROUTINE(undo, TASK_UNDO, NULL, true, true, &dsy_type_int64)
ROUTINE(nap, TASK_NAP, NULL, false, false, &dsy_type_int64)
ROUTINE(one, TASK_ONE, NULL, false, false, &dsy_type_int64)
ROUTINE(all, TASK_ALL, NULL, false, false, &dsy_type_int64)
ROUTINE(any, TASK_ANY, NULL, false, false, &dsy_type_int64)
ROUTINE(pick, TASK_PICK, NULL, false, false, &dsy_type_int64)
ROUTINE(promised, TASK_PROMISED, NULL, false, false, &dsy_type_int64)
ROUTINE(hurry, TASK_HURRY, NULL, false, false, &dsy_type_int64)
ROUTINE(limit, TASK_LIMIT, &routine_wait_long, false, false, &dsy_type_int64)
ROUTINE(guard, TASK_GUARD, NULL, false, false, &dsy_type_int64)
ROUTINE(leave, TASK_LEAVE, NULL, false, false, &dsy_type_int64)
ROUTINE(hand_out, TASK_HAND_OUT, NULL, false, false, &task_int_type)
ROUTINE(tidy, TASK_TIDY, NULL, false, true, &dsy_type_int64)

static const struct dsy_routine_type *const routines[TASK_ROUTINE_COUNT] = {
    [TASK_NAP] = &routine_nap,
    [TASK_ONE] = &routine_one,
    [TASK_ALL] = &routine_all,
    [TASK_ANY] = &routine_any,
    [TASK_PICK] = &routine_pick,
    [TASK_PROMISED] = &routine_promised,
    [TASK_HURRY] = &routine_hurry,
    [TASK_LIMIT] = &routine_limit,
    [TASK_GUARD] = &routine_guard,
    [TASK_LEAVE] = &routine_leave,
    [TASK_HAND_OUT] = &routine_hand_out,
    [TASK_TIDY] = &routine_tidy,
    [TASK_WAIT_LONG] = &routine_wait_long,
    [TASK_UNDO] = &routine_undo,
};

static const struct dsy_service_type tasks = { .name = "Tasks", .routines = routines, .routine_count = TASK_WAIT_LONG };
static const struct dsy_service_type *const services[] = { &tasks };

const struct dsy_program_type task_program = {
    .abi_version = DSY_ABI_VERSION,
    .name = "tasks",
    .services = services,
    .service_count = 1,
    .routines = routines,
    .routine_count = TASK_ROUTINE_COUNT,
};

const struct dsy_routine_type *
task_routine(enum task_routine routine)
{
    return routines[routine];
}
