/* What dsyc would write, written by hand. All routines have the same two locals, of which both are always saved. */
#include "tests/support/api_program.h"

#include "dsy/error.h"

struct numbers {
    int64_t a, b;
};

static void
write_frame(struct dsy_cbor_writer *writer, const void *locals, uint32_t state)
{
    const struct numbers *numbers = locals;
    (void)state;
    dsy_cbor_write_array_begin(writer, 2);
    dsy_int64_write_cbor(writer, numbers->a);
    dsy_int64_write_cbor(writer, numbers->b);
    dsy_cbor_write_array_end(writer);
}

static bool
read_frame(struct dsy_cbor_reader *reader, void *locals, uint32_t state)
{
    struct numbers *numbers = locals;
    (void)state;
    if (dsy_cbor_array_begin(reader) != 2)
        dsy_cbor_expected(reader, "two numbers");
    numbers->a = dsy_int64_read_cbor(reader);
    numbers->b = dsy_int64_read_cbor(reader);
    dsy_cbor_array_end(reader);
    return !reader->failed;
}

static void
show_frame(struct dsy_json_writer *writer, const void *locals, uint32_t state)
{
    const struct numbers *numbers = locals;
    (void)state;
    dsy_json_write_object_begin(writer);
    dsy_json_write_member(writer, "a");
    dsy_int64_write_json(writer, numbers->a);
    dsy_json_write_object_end(writer);
}

static bool
read_arguments(struct dsy_json_reader *reader, void *locals)
{
    struct numbers *numbers = locals;
    uint64_t seen[1] = { 0 };
    numbers->b = 10;
    dsy_json_object_begin(reader);
    for (dsy_string name; dsy_json_object_next(reader, &name);) {
        if (dsy_string_is(name, "a")) {
            if (dsy_json_once(reader, seen, 0))
                numbers->a = dsy_int64_read_json(reader);
        } else if (dsy_string_is(name, "b")) {
            if (dsy_json_once(reader, seen, 1))
                numbers->b = dsy_int64_read_json(reader);
        } else {
            dsy_json_unknown(reader, name);
        }
    }
    return !reader->failed;
}

static enum dsy_outcome
run_add(struct dsy_run *run, void *locals, uint32_t state)
{
    const struct numbers *numbers = locals;
    (void)state;
    int64_t *result = dsy_return(run, sizeof *result);
    if (result == NULL)
        return DSY_THREW;
    *result = numbers->a + numbers->b;
    return DSY_RETURNED;
}

static enum dsy_outcome
run_nothing(struct dsy_run *run, void *locals, uint32_t state)
{
    (void)run;
    (void)locals;
    (void)state;
    return DSY_RETURNED;
}

static enum dsy_outcome
run_refuse(struct dsy_run *run, void *locals, uint32_t state)
{
    (void)locals;
    (void)state;
    dsy_throw_overflow(run, "a \"test\"");
    return DSY_THREW;
}

static enum dsy_outcome
run_slow(struct dsy_run *run, void *locals, uint32_t state)
{
    const struct numbers *numbers = locals;
    if (state == 0) {
        dsy_await_sleep(run, numbers->a * 1000000);
        run->state = 1;
        return DSY_SUSPENDED;
    }
    return run_add(run, locals, state);
}

/* The states of one routine: its start and a sleep. */
#define SUSPENSIONS(number)                                                                                  \
    (const struct dsy_suspension_type[])                                                                     \
    {                                                                                                        \
        { .fingerprint = 2 * (number), .identity = "start", .file = "test.dsy", .line = 1, .column = 1 },    \
        {                                                                                                    \
            .fingerprint = 2 * (number) + 1, .identity = "sleep", .file = "test.dsy", .line = 2, .column = 3 \
        }                                                                                                    \
    }
#define ROUTINE(number, method_name, run_function, is_public_one, result_type)                          \
    {                                                                                                   \
        .name = "Test." method_name, .method = method_name, .service = 0, .is_public = (is_public_one), \
        .locals_size_bytes = sizeof(struct numbers), .result = (result_type), .run = (run_function),    \
        .write_frame = write_frame, .read_frame = read_frame, .show_frame = show_frame,                 \
        .read_arguments = read_arguments, .suspensions = SUSPENSIONS(number), .suspension_count = 2,    \
    }
static const struct dsy_routine_type add = ROUTINE(1, "add", run_add, true, &dsy_type_int64);
static const struct dsy_routine_type nothing = ROUTINE(2, "nothing", run_nothing, true, NULL);
static const struct dsy_routine_type refuse = ROUTINE(3, "refuse", run_refuse, true, NULL);
static const struct dsy_routine_type slow = ROUTINE(4, "slow", run_slow, true, &dsy_type_int64);
static const struct dsy_routine_type hidden = ROUTINE(5, "hidden", run_nothing, false, NULL);
static const struct dsy_routine_type *const routines[] = { &add, &nothing, &refuse, &slow, &hidden };
static const struct dsy_service_type service = { .name = "Test", .routines = routines, .routine_count = 5 };
static const struct dsy_service_type *const services[] = { &service };
const struct dsy_program_type api_program = {
    .abi_version = DSY_ABI_VERSION,
    .name = "test",
    .services = services,
    .service_count = 1,
    .routines = routines,
    .routine_count = 5,
};
