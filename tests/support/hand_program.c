/* The hand-written program: routines, their frames, steps, descriptors. */
#include "tests/support/hand_program.h"

#include <string.h>
#include <time.h>

#include "dsy/error.h"

struct hand_world hand_world;

void
hand_world_reset(void)
{
    atomic_store(&hand_world.step_executions, 0);
    atomic_store(&hand_world.is_released, false);
    atomic_store(&hand_world.blocked, 0);
    atomic_store(&hand_world.starving, 0);
}

/* ---- frames ---- */

static void
write_frame(struct dsy_cbor_writer *writer, const void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    (void)state;
    dsy_cbor_write_array_begin(writer, 4);
    dsy_int64_write_cbor(writer, locals->n);
    dsy_int64_write_cbor(writer, locals->i);
    dsy_int64_write_cbor(writer, locals->sum);
    dsy_string_write_cbor(writer, locals->text);
    dsy_cbor_write_array_end(writer);
}

static bool
read_frame(struct dsy_cbor_reader *reader, void *memory, uint32_t state)
{
    struct hand_locals *locals = memory;
    (void)state;
    if (dsy_cbor_array_begin(reader) != 4)
        dsy_cbor_expected(reader, "4 variables");
    locals->n = dsy_int64_read_cbor(reader);
    locals->i = dsy_int64_read_cbor(reader);
    locals->sum = dsy_int64_read_cbor(reader);
    locals->text = dsy_string_read_cbor(reader);
    dsy_cbor_array_end(reader);
    return !reader->failed;
}

static void
show_frame(struct dsy_json_writer *writer, const void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    (void)state;
    dsy_json_write_object_begin(writer);
    dsy_json_write_member(writer, "n");
    dsy_int64_write_json(writer, locals->n);
    dsy_json_write_member(writer, "i");
    dsy_int64_write_json(writer, locals->i);
    dsy_json_write_member(writer, "text");
    dsy_string_write_json(writer, locals->text);
    dsy_json_write_object_end(writer);
}

static bool
read_arguments(struct dsy_json_reader *reader, void *memory)
{
    struct hand_locals *locals = memory;
    uint64_t seen[1] = { 0 };
    dsy_json_object_begin(reader);
    for (dsy_string name; dsy_json_object_next(reader, &name);) {
        if (dsy_string_is(name, "n")) {
            if (dsy_json_once(reader, seen, 0))
                locals->n = dsy_int64_read_json(reader);
        } else if (dsy_string_is(name, "text")) {
            if (dsy_json_once(reader, seen, 1))
                locals->text = dsy_string_read_json(reader);
        } else {
            dsy_json_unknown(reader, name);
        }
    }
    return !reader->failed;
}

bool
hand_arguments(struct dsy_buffer *buffer, int64_t n, const char *text)
{
    struct hand_locals locals = { .n = n, .text = dsy_string_view(text != NULL ? text : "") };
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    write_frame(&writer, &locals, 0);
    return dsy_cbor_writer_status(&writer) == DSY_OK;
}

/* ---- the error Refused { string text; } ---- */

static void
refused_write_cbor(struct dsy_cbor_writer *writer, const void *members)
{
    dsy_cbor_write_struct_begin(writer, 1);
    dsy_cbor_write_member(writer, 1);
    dsy_string_write_cbor(writer, *(const dsy_string *)members);
    dsy_cbor_write_struct_end(writer);
}

static void
refused_read_cbor(struct dsy_cbor_reader *reader, void *value)
{
    *(dsy_string *)value = (dsy_string){ 0 };
    struct dsy_cbor_members members = dsy_cbor_struct_begin(reader);
    for (uint64_t number; dsy_cbor_struct_next(reader, &members, &number);) {
        if (number == 1)
            *(dsy_string *)value = dsy_string_read_cbor(reader);
        else
            dsy_cbor_skip(reader);
    }
}

static void
refused_write_json_members(struct dsy_json_writer *writer, const void *members)
{
    dsy_json_write_member(writer, "text");
    dsy_string_write_json(writer, *(const dsy_string *)members);
}

static void
refused_write_json(struct dsy_json_writer *writer, const void *members)
{
    dsy_json_write_object_begin(writer);
    refused_write_json_members(writer, members);
    dsy_json_write_object_end(writer);
}

static bool
refused_equal(struct dsy_run *run, const void *left, const void *right)
{
    (void)run;
    return dsy_string_equal(*(const dsy_string *)left, *(const dsy_string *)right);
}

static const struct dsy_type refused_members = {
    .name = "Refused",
    .size_bytes = sizeof(dsy_string),
    .write_cbor = refused_write_cbor,
    .read_cbor = refused_read_cbor,
    .write_json = refused_write_json,
    .equal = refused_equal,
};

static const struct dsy_error_type refused = {
    .name = "Refused",
    .members = &refused_members,
    .write_json_members = refused_write_json_members,
};

/* ---- steps ---- */

static int64_t
read_number(struct dsy_cbor_reader *arguments)
{
    if (dsy_cbor_array_begin(arguments) != 1)
        dsy_cbor_expected(arguments, "1 argument");
    int64_t number = dsy_int64_read_cbor(arguments);
    dsy_cbor_array_end(arguments);
    return number;
}

static void
rest(int64_t milliseconds)
{
    struct timespec time = { .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

static enum dsy_step_outcome
add(struct dsy_step *step, struct dsy_cbor_reader *arguments, struct dsy_cbor_writer *result)
{
    (void)step;
    int64_t number = read_number(arguments);
    atomic_fetch_add(&hand_world.step_executions, 1);
    dsy_int64_write_cbor(result, number + 1);
    return DSY_STEP_DONE;
}

static enum dsy_step_outcome
sometimes(struct dsy_step *step, struct dsy_cbor_reader *arguments, struct dsy_cbor_writer *result)
{
    int64_t failures = read_number(arguments);
    atomic_fetch_add(&hand_world.step_executions, 1);
    if (dsy_step_attempt(step) <= failures)
        return dsy_step_retry(step, "attempt %u", dsy_step_attempt(step));
    dsy_int64_write_cbor(result, dsy_step_attempt(step));
    return DSY_STEP_DONE;
}

static enum dsy_step_outcome
slow(struct dsy_step *step, struct dsy_cbor_reader *arguments, struct dsy_cbor_writer *result)
{
    int64_t milliseconds = read_number(arguments);
    if (dsy_step_attempt(step) == 1)
        rest(milliseconds);
    dsy_int64_write_cbor(result, dsy_step_attempt(step));
    return DSY_STEP_DONE;
}

static enum dsy_step_outcome
block(struct dsy_step *step, struct dsy_cbor_reader *arguments, struct dsy_cbor_writer *result)
{
    (void)step;
    int64_t number = read_number(arguments);
    atomic_fetch_add(&hand_world.blocked, 1);
    while (!atomic_load(&hand_world.is_released))
        rest(1);
    dsy_int64_write_cbor(result, number);
    return DSY_STEP_DONE;
}

static const struct dsy_step_type step_add = { .name = "add", .execute = add };
static const struct dsy_step_type step_sometimes = {
    .name = "sometimes", .first_ns = 1000000, .most_ns = 4000000, .factor = 2.0, .execute = sometimes
};
static const struct dsy_step_type step_bounded = {
    .name = "bounded", .attempts = 3, .first_ns = 1000000, .most_ns = 4000000, .factor = 2.0, .execute = sometimes
};
static const struct dsy_step_type step_slow = {
    .name = "slow", .first_ns = 1000000, .most_ns = 1000000, .factor = 1.0, .timeout_ns = 50000000, .execute = slow
};
static const struct dsy_step_type step_block = { .name = "block", .execute = block };

static const struct dsy_step_type *const steps[] = { &step_add, &step_sometimes, &step_bounded, &step_slow,
                                                     &step_block };

/* ---- routines ---- */

static enum dsy_outcome
give(struct dsy_run *run, int64_t value)
{
    *(int64_t *)dsy_return(run, sizeof value) = value;
    return DSY_RETURNED;
}

static enum dsy_outcome
await_step(struct dsy_run *run, const struct dsy_step_type *step, int64_t argument, uint32_t state)
{
    struct dsy_cbor_writer *writer = dsy_value(run);
    dsy_cbor_write_array_begin(writer, 1);
    dsy_int64_write_cbor(writer, argument);
    dsy_cbor_write_array_end(writer);
    dsy_await_step(run, step);
    run->state = state;
    return DSY_SUSPENDED;
}

static enum dsy_outcome
await_work(struct dsy_run *run, enum hand_routine method, const struct hand_locals *arguments, uint32_t state)
{
    write_frame(dsy_value(run), arguments, 0);
    dsy_to_use(run, 0, method, NULL);
    dsy_await_call(run);
    run->state = state;
    return DSY_SUSPENDED;
}

static enum dsy_outcome
count_run(struct dsy_run *run, void *memory, uint32_t state)
{
    struct hand_locals *locals = memory;
    if (state == 1) {
        if (run->failed)
            return DSY_THREW;
        locals->sum += dsy_int64_read_cbor(run->reader);
        if (run->reader->failed)
            return DSY_BROKEN;
        locals->i++;
    }
    if (locals->i < locals->n)
        return await_step(run, &step_add, locals->i, 1);
    return give(run, locals->sum);
}

static enum dsy_outcome
nap_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    if (state == 1)
        return run->failed ? DSY_THREW : give(run, locals->n);
    dsy_await_sleep(run, locals->n);
    run->state = 1;
    return DSY_SUSPENDED;
}

static enum dsy_outcome
chain_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    if (state == 1) {
        if (run->failed)
            return DSY_THREW;
        int64_t below = dsy_int64_read_cbor(run->reader);
        return run->reader->failed ? DSY_BROKEN : give(run, below + 1);
    }
    if (locals->n == 0)
        return give(run, 0);
    return await_work(run, HAND_CHAIN, &(struct hand_locals){ .n = locals->n - 1 }, 1);
}

static const struct dsy_routine_type routine_twice;

static enum dsy_outcome
sub_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    if (state == 1)
        return run->failed ? DSY_THREW : give(run, *(const int64_t *)run->result + 1);
    struct hand_locals *callee = dsy_call(run, &routine_twice);
    if (callee == NULL)
        return DSY_THREW;
    callee->n = locals->n;
    run->state = 1;
    return DSY_CALLED;
}

static enum dsy_outcome
twice_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    if (state == 1)
        return run->failed ? DSY_THREW : give(run, locals->n * 2);
    dsy_await_checkpoint(run);
    run->state = 1;
    return DSY_SUSPENDED;
}

static enum dsy_outcome
refuse_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    (void)state;
    dsy_throw(run, &refused, &locals->text);
    return DSY_THREW;
}

static enum dsy_outcome
rescue_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    if (state == 0)
        return await_work(run, HAND_REFUSE, locals, 1);
    if (!run->failed)
        return give(run, 0);
    if (!dsy_error_is(&run->error, &refused))
        return DSY_THREW;
    struct dsy_error_value error = dsy_catch(run);
    return give(run, 7 + ((const dsy_string *)error.members)->size_bytes);
}

static enum dsy_outcome
one_step(struct dsy_run *run, const struct hand_locals *locals, uint32_t state, const struct dsy_step_type *step)
{
    if (state == 0)
        return await_step(run, step, locals->n, 1);
    if (run->failed)
        return DSY_THREW;
    int64_t value = dsy_int64_read_cbor(run->reader);
    return run->reader->failed ? DSY_BROKEN : give(run, value);
}

static enum dsy_outcome
flaky_run(struct dsy_run *run, void *memory, uint32_t state)
{
    return one_step(run, memory, state, &step_sometimes);
}

static enum dsy_outcome
stubborn_run(struct dsy_run *run, void *memory, uint32_t state)
{
    return one_step(run, memory, state, &step_bounded);
}

static enum dsy_outcome
late_run(struct dsy_run *run, void *memory, uint32_t state)
{
    return one_step(run, memory, state, &step_slow);
}

static enum dsy_outcome
hold_run(struct dsy_run *run, void *memory, uint32_t state)
{
    return one_step(run, memory, state, &step_block);
}

static enum dsy_outcome
save_run(struct dsy_run *run, void *memory, uint32_t state)
{
    struct hand_locals *locals = memory;
    if (state == 1)
        locals->i++;
    if (locals->i == locals->n)
        return give(run, locals->i);
    dsy_await_checkpoint(run);
    run->state = 1;
    return DSY_SUSPENDED;
}

static enum dsy_outcome
spin_run(struct dsy_run *run, void *memory, uint32_t state)
{
    struct hand_locals *locals = memory;
    (void)state;
    while (locals->i < locals->n) {
        locals->i++;
        if (!dsy_spend(run))
            return DSY_THREW;
    }
    return give(run, locals->i);
}

static const struct dsy_routine_type routine_deep;

static enum dsy_outcome
deep_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    if (state == 1)
        return run->failed ? DSY_THREW : give(run, *(const int64_t *)run->result);
    struct hand_locals *callee = dsy_call(run, &routine_deep);
    if (callee == NULL)
        return DSY_THREW;
    callee->n = locals->n + 1;
    run->state = 1;
    return DSY_CALLED;
}

static enum dsy_outcome
broken_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    if (state == 0 && locals->n > 0)
        dsy_await_sleep(run, 0);
    run->state = 1;
    return DSY_SUSPENDED;
}

static enum dsy_outcome
relay_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    if (state == 0)
        return await_work(run, HAND_NAP, locals, 1);
    if (run->failed)
        return DSY_THREW;
    int64_t value = dsy_int64_read_cbor(run->reader);
    return run->reader->failed ? DSY_BROKEN : give(run, value + 1);
}

static enum dsy_outcome
echo_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct hand_locals *locals = memory;
    (void)state;
    *(dsy_string *)dsy_return(run, sizeof locals->text) = locals->text;
    return DSY_RETURNED;
}

static enum dsy_outcome
starve_run(struct dsy_run *run, void *memory, uint32_t state)
{
    if (atomic_fetch_sub(&hand_world.starving, 1) > 0) {
        run->status = DSY_NO_MEMORY; /* as dsy_allocate says it */
        return DSY_THREW;
    }
    return one_step(run, memory, state, &step_add);
}

/* ---- descriptors ---- */

#define SUSPENSIONS(routine, number, awaited)                           \
    static const struct dsy_suspension_type routine##_suspensions[] = { \
        { .fingerprint = 1000 + 2 * (number),                           \
          .identity = "start",                                          \
          .file = "hand.dsy",                                           \
          .line = 10 + (number),                                        \
          .column = 5 },                                                \
        { .fingerprint = 1001 + 2 * (number),                           \
          .identity = #routine "#1",                                    \
          .file = "hand.dsy",                                           \
          .line = 10 + (number),                                        \
          .column = 30,                                                 \
          .calls = (awaited) },                                         \
    };

#define ROUTINE(routine, number, result_type, public, awaited) \
    SUSPENSIONS(routine, number, awaited)                      \
    static const struct dsy_routine_type routine_##routine = { \
        .name = (public) ? "Work." #routine : #routine,        \
        .method = #routine,                                    \
        .service = (public) ? 0 : -1,                          \
        .is_public = (public),                                 \
        .locals_size_bytes = sizeof(struct hand_locals),       \
        .result = (result_type),                               \
        .run = routine##_run,                                  \
        .write_frame = write_frame,                            \
        .read_frame = read_frame,                              \
        .show_frame = show_frame,                              \
        .read_arguments = read_arguments,                      \
        .suspensions = routine##_suspensions,                  \
        .suspension_count = 2,                                 \
    };

ROUTINE(count, HAND_COUNT, &dsy_type_int64, true, NULL)
ROUTINE(nap, HAND_NAP, &dsy_type_int64, true, NULL)
ROUTINE(chain, HAND_CHAIN, &dsy_type_int64, true, NULL)
ROUTINE(sub, HAND_SUB, &dsy_type_int64, true, &routine_twice)
ROUTINE(refuse, HAND_REFUSE, NULL, true, NULL)
ROUTINE(rescue, HAND_RESCUE, &dsy_type_int64, true, NULL)
ROUTINE(flaky, HAND_FLAKY, &dsy_type_int64, true, NULL)
ROUTINE(stubborn, HAND_STUBBORN, &dsy_type_int64, true, NULL)
ROUTINE(late, HAND_LATE, &dsy_type_int64, true, NULL)
ROUTINE(save, HAND_SAVE, &dsy_type_int64, true, NULL)
ROUTINE(spin, HAND_SPIN, &dsy_type_int64, true, NULL)
ROUTINE(deep, HAND_DEEP, &dsy_type_int64, true, &routine_deep)
ROUTINE(broken, HAND_BROKEN, &dsy_type_int64, true, NULL)
ROUTINE(hold, HAND_HOLD, &dsy_type_int64, true, NULL)
ROUTINE(relay, HAND_RELAY, &dsy_type_int64, true, NULL)
ROUTINE(echo, HAND_ECHO, &dsy_type_string, true, NULL)
ROUTINE(starve, HAND_STARVE, &dsy_type_int64, true, NULL)
ROUTINE(twice, HAND_ROUTINE_COUNT, &dsy_type_int64, false, NULL)

static const struct dsy_routine_type *const routines[] = {
    &routine_count,  &routine_nap,      &routine_chain, &routine_sub,  &routine_refuse, &routine_rescue,
    &routine_flaky,  &routine_stubborn, &routine_late,  &routine_save, &routine_spin,   &routine_deep,
    &routine_broken, &routine_hold,     &routine_relay, &routine_echo, &routine_starve, &routine_twice,
};

struct work_config {
    int64_t limit;
    dsy_string name;
};

static void
work_default_config(struct dsy_run *run, void *config)
{
    (void)run;
    ((struct work_config *)config)->limit = 3;
}

static const struct dsy_config_type work_configs[] = {
    { .name = "limit",
      .type = &dsy_type_int64,
      .offset_bytes = offsetof(struct work_config, limit),
      .has_default = true },
    { .name = "name",
      .type = &dsy_type_string,
      .offset_bytes = offsetof(struct work_config, name),
      .has_default = true },
};

static const struct dsy_use_type work_uses[] = { { .name = "work", .interface = -1, .service = 0 } };

static const struct dsy_service_type work = {
    .name = "Work",
    .routines = routines,
    .routine_count = HAND_ROUTINE_COUNT,
    .uses = work_uses,
    .use_count = 1,
    .configs = work_configs,
    .config_count = 2,
    .config_size_bytes = sizeof(struct work_config),
    .default_config = work_default_config,
};

static const struct dsy_service_type *const services[] = { &work };
static const struct dsy_error_type *const errors[] = { &refused };

const struct dsy_program_type hand_program = {
    .abi_version = DSY_ABI_VERSION,
    .name = "hand",
    .services = services,
    .service_count = 1,
    .routines = routines,
    .routine_count = HAND_ROUTINE_COUNT + 1,
    .steps = steps,
    .step_count = sizeof steps / sizeof *steps,
    .errors = errors,
    .error_count = 1,
};

const struct dsy_routine_type *
hand_routine(enum hand_routine routine)
{
    return routines[routine];
}
