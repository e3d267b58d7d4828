/* The hand-written keyed services: state, routines, descriptors. */
#include "tests/support/keyed_program.h"

#include <string.h>

#include "dsy/error.h"
#include "dsy/text.h"

struct keyed_locals {
    int64_t n;
    dsy_string to;
    int64_t before;
};

/* ---- struct Account.state ---- */

static void
state_write_cbor(struct dsy_cbor_writer *writer, const void *value)
{
    const struct keyed_state *state = value;
    dsy_cbor_write_struct_begin(writer, 2);
    dsy_cbor_write_member(writer, 1);
    dsy_int64_write_cbor(writer, state->balance);
    dsy_cbor_write_member(writer, 2);
    dsy_string_write_cbor(writer, state->note);
    dsy_cbor_write_struct_end(writer);
}

static void
state_zero(void *value)
{
    *(struct keyed_state *)value = (struct keyed_state){ .balance = 10 };
}

static void
state_read_cbor(struct dsy_cbor_reader *reader, void *value)
{
    struct keyed_state *state = value;
    state_zero(state);
    struct dsy_cbor_members members = dsy_cbor_struct_begin(reader);
    for (uint64_t number; dsy_cbor_struct_next(reader, &members, &number);) {
        if (number == 1)
            state->balance = dsy_int64_read_cbor(reader);
        else if (number == 2)
            state->note = dsy_string_read_cbor(reader);
        else
            dsy_cbor_skip(reader);
    }
}

static void
state_write_json(struct dsy_json_writer *writer, const void *value)
{
    const struct keyed_state *state = value;
    dsy_json_write_object_begin(writer);
    dsy_json_write_member(writer, "balance");
    dsy_int64_write_json(writer, state->balance);
    dsy_json_write_member(writer, "note");
    dsy_string_write_json(writer, state->note);
    dsy_json_write_object_end(writer);
}

static const struct dsy_type state_type = {
    .name = "Account.state",
    .size_bytes = sizeof(struct keyed_state),
    .write_cbor = state_write_cbor,
    .read_cbor = state_read_cbor,
    .write_json = state_write_json,
    .zero = state_zero,
};

/* ---- frames ---- */

static void
write_frame(struct dsy_cbor_writer *writer, const void *memory, uint32_t state)
{
    const struct keyed_locals *locals = memory;
    (void)state;
    dsy_cbor_write_array_begin(writer, 3);
    dsy_int64_write_cbor(writer, locals->n);
    dsy_string_write_cbor(writer, locals->to);
    dsy_int64_write_cbor(writer, locals->before);
    dsy_cbor_write_array_end(writer);
}

static bool
read_frame(struct dsy_cbor_reader *reader, void *memory, uint32_t state)
{
    struct keyed_locals *locals = memory;
    (void)state;
    if (dsy_cbor_array_begin(reader) != 3)
        dsy_cbor_expected(reader, "3 variables");
    locals->n = dsy_int64_read_cbor(reader);
    locals->to = dsy_string_read_cbor(reader);
    locals->before = dsy_int64_read_cbor(reader);
    dsy_cbor_array_end(reader);
    return !reader->failed;
}

static void
show_frame(struct dsy_json_writer *writer, const void *memory, uint32_t state)
{
    const struct keyed_locals *locals = memory;
    (void)state;
    dsy_json_write_object_begin(writer);
    dsy_json_write_member(writer, "n");
    dsy_int64_write_json(writer, locals->n);
    dsy_json_write_member(writer, "to");
    dsy_string_write_json(writer, locals->to);
    dsy_json_write_object_end(writer);
}

static bool
read_arguments(struct dsy_json_reader *reader, void *memory)
{
    struct keyed_locals *locals = memory;
    uint64_t seen[1] = { 0 };
    dsy_json_object_begin(reader);
    for (dsy_string name; dsy_json_object_next(reader, &name);) {
        if (dsy_string_is(name, "n")) {
            if (dsy_json_once(reader, seen, 0))
                locals->n = dsy_int64_read_json(reader);
        } else if (dsy_string_is(name, "to")) {
            if (dsy_json_once(reader, seen, 1))
                locals->to = dsy_string_read_json(reader);
        } else {
            dsy_json_unknown(reader, name);
        }
    }
    return !reader->failed;
}

/* ---- routines ---- */

enum account_routine { DEPOSIT, SLOWLY, MOVE, PASS, PASS_BACK, FAIL, NOTE_DOWN, CURRENT, CROSS, ACCOUNT_ROUTINES };

static enum dsy_outcome
give(struct dsy_run *run, int64_t value)
{
    *(int64_t *)dsy_return(run, sizeof value) = value;
    return DSY_RETURNED;
}

static enum dsy_outcome
await_account(struct dsy_run *run, dsy_string id, enum account_routine routine, struct keyed_locals arguments,
              uint32_t state)
{
    write_frame(dsy_value(run), &arguments, 0);
    dsy_to_service(run, KEYED_ACCOUNT, routine, &id);
    dsy_await_call(run);
    run->state = state;
    return DSY_SUSPENDED;
}

static enum dsy_outcome
await_sleep(struct dsy_run *run, int64_t duration_ns, uint32_t state)
{
    dsy_await_sleep(run, duration_ns);
    run->state = state;
    return DSY_SUSPENDED;
}

/* The number that the call gave, which is returned. */
static enum dsy_outcome
give_result(struct dsy_run *run)
{
    if (run->failed)
        return DSY_THREW;
    int64_t value = dsy_int64_read_cbor(run->reader);
    return run->reader->failed ? DSY_BROKEN : give(run, value);
}

static enum dsy_outcome
deposit_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct keyed_locals *locals = memory;
    struct keyed_state *account = dsy_state(run);
    (void)state;
    account->balance += locals->n;
    return give(run, account->balance);
}

static enum dsy_outcome
slowly_run(struct dsy_run *run, void *memory, uint32_t state)
{
    struct keyed_locals *locals = memory;
    struct keyed_state *account = dsy_state(run);
    if (state == 0) {
        locals->before = account->balance;
        return await_sleep(run, locals->n, 1);
    }
    if (run->failed)
        return DSY_THREW;
    account->balance = locals->before + 1;
    return give(run, account->balance);
}

static enum dsy_outcome
move_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct keyed_locals *locals = memory;
    struct keyed_state *account = dsy_state(run);
    if (state == 0) {
        account->balance -= locals->n;
        return await_account(run, locals->to, DEPOSIT, (struct keyed_locals){ .n = locals->n }, 1);
    }
    return run->failed ? DSY_THREW : give(run, account->balance);
}

static enum dsy_outcome
pass_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct keyed_locals *locals = memory;
    if (state == 0)
        return await_sleep(run, locals->n, 1);
    if (state == 1 && !run->failed)
        return await_account(run, locals->to, PASS_BACK,
                             (struct keyed_locals){ .to = *(const dsy_string *)dsy_key(run) }, 2);
    return give_result(run);
}

static enum dsy_outcome
pass_back_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct keyed_locals *locals = memory;
    if (state == 0)
        return await_account(run, locals->to, DEPOSIT, (struct keyed_locals){ .n = 1 }, 1);
    return give_result(run);
}

static enum dsy_outcome
fail_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct keyed_locals *locals = memory;
    struct keyed_state *account = dsy_state(run);
    (void)state;
    account->balance += locals->n;
    dsy_throw_divide_by_zero(run);
    return DSY_THREW;
}

static enum dsy_outcome
note_down_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct keyed_locals *locals = memory;
    struct keyed_state *account = dsy_state(run);
    if (state == 0) {
        account->note = locals->to;
        return await_sleep(run, locals->n, 1);
    }
    return run->failed ? DSY_THREW : give(run, account->balance);
}

static enum dsy_outcome
current_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct keyed_state *account = dsy_state(run);
    (void)memory, (void)state;
    return give(run, account->balance);
}

static enum dsy_outcome
cross_run(struct dsy_run *run, void *memory, uint32_t state)
{
    const struct keyed_locals *locals = memory;
    if (state == 0)
        return await_sleep(run, locals->n, 1);
    if (state == 1 && !run->failed)
        return await_account(run, locals->to, DEPOSIT, (struct keyed_locals){ .n = 1 }, 2);
    return give_result(run);
}

static enum dsy_outcome
name_run(struct dsy_run *run, void *memory, uint32_t state)
{
    (void)memory, (void)state;
    char scratch[DSY_PRINT_BYTES_MAX];
    *(dsy_string *)dsy_return(run, sizeof(dsy_string)) =
        dsy_string_copy(run, dsy_uuid_text(*(const dsy_uuid *)dsy_key(run), scratch));
    return DSY_RETURNED;
}

/* ---- descriptors ---- */

#define ROUTINE(c_name, number, dsy_name, dsy_method, index, dsy_access, result_type)                       \
    static const struct dsy_suspension_type c_name##_suspensions[] = {                                      \
        { .fingerprint = 2000 + 3 * (number), .identity = "start", .file = "keyed.dsy", .line = (number) }, \
        { .fingerprint = 2001 + 3 * (number), .identity = "one", .file = "keyed.dsy", .line = (number) },   \
        { .fingerprint = 2002 + 3 * (number), .identity = "two", .file = "keyed.dsy", .line = (number) },   \
    };                                                                                                      \
    static const struct dsy_routine_type routine_##c_name = {                                               \
        .name = dsy_name "." dsy_method,                                                                    \
        .method = dsy_method,                                                                               \
        .service = (index),                                                                                 \
        .is_public = true,                                                                                  \
        .key_access = (dsy_access),                                                                         \
        .locals_size_bytes = sizeof(struct keyed_locals),                                                   \
        .result = (result_type),                                                                            \
        .run = c_name##_run,                                                                                \
        .write_frame = write_frame,                                                                         \
        .read_frame = read_frame,                                                                           \
        .show_frame = show_frame,                                                                           \
        .read_arguments = read_arguments,                                                                   \
        .suspensions = c_name##_suspensions,                                                                \
        .suspension_count = 3,                                                                              \
    };

#define ACCOUNT(c_name, number, access) \
    ROUTINE(c_name, number, "Account", #c_name, KEYED_ACCOUNT, access, &dsy_type_int64)

ACCOUNT(deposit, DEPOSIT, DSY_KEY_EXCLUSIVE)
ACCOUNT(slowly, SLOWLY, DSY_KEY_EXCLUSIVE)
ACCOUNT(move, MOVE, DSY_KEY_EXCLUSIVE)
ACCOUNT(pass, PASS, DSY_KEY_EXCLUSIVE)
ACCOUNT(pass_back, PASS_BACK, DSY_KEY_EXCLUSIVE)
ACCOUNT(fail, FAIL, DSY_KEY_EXCLUSIVE)
ACCOUNT(note_down, NOTE_DOWN, DSY_KEY_SHARED)
ACCOUNT(current, CURRENT, DSY_KEY_QUERY)
ACCOUNT(cross, CROSS, DSY_KEY_EXCLUSIVE)

#define counter_deposit_run deposit_run
ROUTINE(counter_deposit, 20, "Counter", "deposit", KEYED_COUNTER, DSY_KEY_EXCLUSIVE, &dsy_type_int64)
ROUTINE(name, 21, "Session", "name", KEYED_SESSION, DSY_KEY_EXCLUSIVE, &dsy_type_string)

static const struct dsy_routine_type *const account_routines[] = {
    &routine_deposit, &routine_slowly,    &routine_move,    &routine_pass,  &routine_pass_back,
    &routine_fail,    &routine_note_down, &routine_current, &routine_cross,
};
static const struct dsy_routine_type *const counter_routines[] = { &routine_counter_deposit };
static const struct dsy_routine_type *const session_routines[] = { &routine_name };

static const struct dsy_service_type account = {
    .name = "Account",
    .key = &dsy_type_string,
    .key_name = "id",
    .state = &state_type,
    .routines = account_routines,
    .routine_count = ACCOUNT_ROUTINES,
};
static const struct dsy_service_type counter = {
    .name = "Counter",
    .key = &dsy_type_int32,
    .key_name = "number",
    .state = &state_type,
    .routines = counter_routines,
    .routine_count = 1,
};
static const struct dsy_service_type session = {
    .name = "Session",
    .key = &dsy_type_uuid,
    .key_name = "id",
    .routines = session_routines,
    .routine_count = 1,
};

static const struct dsy_service_type *const services[] = { &account, &counter, &session };

static const struct dsy_routine_type *const routines[] = {
    &routine_deposit, &routine_slowly,    &routine_move,  &routine_pass, &routine_pass_back,       &routine_fail,
    &routine_current, &routine_note_down, &routine_cross, &routine_name, &routine_counter_deposit,
};

const struct dsy_program_type keyed_program = {
    .abi_version = DSY_ABI_VERSION,
    .name = "keyed",
    .services = services,
    .service_count = sizeof services / sizeof *services,
    .routines = routines,
    .routine_count = sizeof routines / sizeof *routines,
};
