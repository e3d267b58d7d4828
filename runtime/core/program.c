/* Binding a program: indexes and keyed services; its settings are in configuration.c. Runs once, before any thread is
 * started. */
#include "runtime/core/program.h"

#include <stdlib.h>
#include <string.h>

#include "dsy/error.h"
#include "dsy/run.h"
#include "runtime/core/configuration.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/remote.h"
#include "runtime/core/schedule.h"

enum { PROGRAM_BYTES_MAX = 64 * 1024 * 1024 };

void *
dsy_program_allocate(struct program *program, size_t size_bytes, struct dsy_error *error)
{
    void *memory = dsy_arena_allocate_zeroed(&program->arena, size_bytes > 0 ? size_bytes : 1);
    if (memory == NULL)
        dsy_error_set(error, DSY_NO_MEMORY, "cannot load the program: memory ran out");
    return memory;
}

/* ---- indexes ---- */

static int
compare_states(const void *left, const void *right)
{
    uint64_t one = ((const struct program_state *)left)->fingerprint;
    uint64_t other = ((const struct program_state *)right)->fingerprint;
    return one < other ? -1 : one > other;
}

static int
compare_routines(const void *left, const void *right)
{
    const struct dsy_routine_type *one = *(const struct dsy_routine_type *const *)left;
    const struct dsy_routine_type *other = *(const struct dsy_routine_type *const *)right;
    return strcmp(one->name, other->name);
}

static enum dsy_status
index_states(struct program *program, struct dsy_error *error)
{
    const struct dsy_program_type *type = program->type;
    for (uint32_t index = 0; index < type->routine_count; index++)
        program->state_count += type->routines[index]->suspension_count;
    program->state_count += dsy_remote_routine.suspension_count;
    program->states = dsy_program_allocate(program, program->state_count * sizeof *program->states, error);
    if (program->states == NULL)
        return DSY_NO_MEMORY;
    size_t place = 0;
    for (uint32_t index = 0; index <= type->routine_count; index++) {
        bool is_of_program = index < type->routine_count;
        const struct dsy_routine_type *routine = is_of_program ? type->routines[index] : &dsy_remote_routine;
        for (uint32_t state = 0; state < routine->suspension_count; state++)
            program->states[place++] = (struct program_state){ .fingerprint = routine->suspensions[state].fingerprint,
                                                               .routine = routine,
                                                               .state = state };
    }
    qsort(program->states, program->state_count, sizeof *program->states, compare_states);
    for (size_t index = 1; index < program->state_count; index++)
        if (program->states[index].fingerprint == program->states[index - 1].fingerprint)
            return dsy_error_set(error, DSY_INVALID,
                                 "the program has two states with one fingerprint, in %s and %s: compile it again",
                                 program->states[index - 1].routine->name, program->states[index].routine->name);
    return DSY_OK;
}

static enum dsy_status
index_routines(struct program *program, struct dsy_error *error)
{
    size_t count = (size_t)program->type->routine_count + 1;
    program->routines = dsy_program_allocate(program, count * sizeof *program->routines, error);
    if (program->routines == NULL)
        return DSY_NO_MEMORY;
    program->routine_count = count;
    if (count > 1)
        memcpy(program->routines, program->type->routines, (count - 1) * sizeof *program->routines);
    program->routines[count - 1] = &dsy_remote_routine;
    qsort(program->routines, count, sizeof *program->routines, compare_routines);
    for (size_t index = 1; index < count; index++)
        if (strcmp(program->routines[index - 1]->name, program->routines[index]->name) == 0)
            return dsy_error_set(error, DSY_INVALID, "the program has two routines named %s",
                                 program->routines[index]->name);
    return DSY_OK;
}

const struct program_state *
dsy_program_state(const struct program *program, uint64_t fingerprint)
{
    struct program_state wanted = { .fingerprint = fingerprint };
    return bsearch(&wanted, program->states, program->state_count, sizeof wanted, compare_states);
}

static int
compare_name(dsy_string name, const char *other)
{
    size_t other_bytes = strlen(other);
    size_t common = (size_t)name.size_bytes < other_bytes ? (size_t)name.size_bytes : other_bytes;
    int order = common == 0 ? 0 : memcmp(name.data, other, common);
    if (order != 0)
        return order;
    return (size_t)name.size_bytes < other_bytes ? -1 : (size_t)name.size_bytes > other_bytes;
}

const struct dsy_routine_type *
dsy_program_routine(const struct program *program, dsy_string name)
{
    size_t low = 0, high = program->routine_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_name(name, program->routines[middle]->name);
        if (order == 0)
            return program->routines[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Programs have some tens of steps, and this is asked only when a row is decoded. */
const struct dsy_step_type *
dsy_program_step(const struct program *program, dsy_string name)
{
    for (uint32_t index = 0; index < program->type->step_count; index++)
        if (compare_name(name, program->type->steps[index]->name) == 0)
            return program->type->steps[index];
    for (uint32_t index = 0; index < REMOTE_STEP_COUNT; index++)
        if (compare_name(name, dsy_remote_steps[index].name) == 0)
            return &dsy_remote_steps[index];
    return NULL;
}

/* ---- keyed services ---- */

/* A method is bound by the interface's key, so the service must have the same. */
static enum dsy_status
check_implementations(const struct dsy_program_type *type, const struct dsy_service_type *service,
                      struct dsy_error *error)
{
    for (uint32_t index = 0; index < service->implementation_count; index++) {
        const struct dsy_interface_type *interface = type->interfaces[service->implementations[index].interface];
        if (interface->key != service->key)
            return dsy_error_set(error, DSY_INVALID, "service %s (key: %s) implements interface %s (key: %s)",
                                 service->name, service->key != NULL ? service->key->name : "none", interface->name,
                                 interface->key != NULL ? interface->key->name : "none");
    }
    return DSY_OK;
}

static enum dsy_status
check_key(const struct dsy_service_type *service, struct dsy_error *error)
{
    if (service->key != NULL && !dsy_instance_key_type_fits(service->key))
        return dsy_error_set(error, DSY_INVALID,
                             "the key of service %s is of type %s: keys are strings, integers or uuids", service->name,
                             service->key->name);
    if (service->key == NULL && service->state != NULL)
        return dsy_error_set(error, DSY_INVALID, "service %s has state and no key: compile it again", service->name);
    return DSY_OK;
}

/* What an instance is compared with, to know that it needs no row. */
static enum dsy_status
encode_default(struct program *program, const struct dsy_type *state, struct dsy_slice *encoded,
               struct dsy_error *error)
{
    void *value = dsy_program_allocate(program, state->size_bytes, error);
    if (value == NULL)
        return DSY_NO_MEMORY;
    if (state->zero != NULL)
        state->zero(value);
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, PROGRAM_BYTES_MAX);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&buffer);
    state->write_cbor(&writer, value);
    uint8_t *copy =
        dsy_cbor_writer_status(&writer) == DSY_OK ? dsy_program_allocate(program, buffer.size_bytes, error) : NULL;
    if (copy != NULL) {
        memcpy(copy, buffer.data, buffer.size_bytes);
        *encoded = (struct dsy_slice){ .data = copy, .size_bytes = buffer.size_bytes };
    }
    dsy_buffer_destroy(&buffer);
    return copy != NULL ? DSY_OK : dsy_error_set(error, DSY_NO_MEMORY, "cannot load the program: memory ran out");
}

static enum dsy_status
bind_keys(struct program *program, struct dsy_error *error)
{
    const struct dsy_program_type *type = program->type;
    program->default_states =
        dsy_program_allocate(program, type->service_count * sizeof *program->default_states, error);
    enum dsy_status status = program->default_states != NULL ? DSY_OK : DSY_NO_MEMORY;
    for (uint32_t index = 0; index < type->service_count && status == DSY_OK; index++) {
        const struct dsy_service_type *service = type->services[index];
        status = check_key(service, error);
        if (status == DSY_OK)
            status = check_implementations(type, service, error);
        if (status == DSY_OK && service->state != NULL)
            status = encode_default(program, service->state, &program->default_states[index], error);
    }
    return status;
}

/* ---- all of it ---- */

enum dsy_status
dsy_program_bind_settings(struct program *program, const struct dsy_program_type *type,
                          const struct program_settings *settings, uint64_t hash_seed, struct dsy_error *error)
{
    *program = (struct program){ .type = type };
    dsy_arena_init(&program->arena, PROGRAM_BYTES_MAX);
    program->arena.hash_seed = hash_seed;
    if (type->abi_version != DSY_ABI_VERSION)
        return dsy_error_set(error, DSY_NEWER,
                             "the program was compiled for version %u of libdsy's interface, this is %d: "
                             "compile it again",
                             type->abi_version, DSY_ABI_VERSION);
    program->errors = (struct dsy_error_table){ .types = type->errors, .count = type->error_count };
    enum dsy_status status = index_states(program, error);
    if (status == DSY_OK)
        status = index_routines(program, error);
    if (status == DSY_OK)
        status = bind_keys(program, error);
    if (status == DSY_OK)
        status = dsy_schedules_bind(program, error);
    if (status == DSY_OK)
        status = dsy_program_configure(program, settings, error);
    if (status != DSY_OK)
        dsy_program_destroy(program);
    return status;
}

enum dsy_status
dsy_program_bind(struct program *program, const struct dsy_program_type *type, const struct dsy_config_value *configs,
                 size_t config_count, uint64_t hash_seed, struct dsy_error *error)
{
    struct program_settings settings = { .values = configs, .count = config_count };
    return dsy_program_bind_settings(program, type, &settings, hash_seed, error);
}

void
dsy_program_destroy(struct program *program)
{
    dsy_arena_destroy(&program->arena);
    *program = (struct program){ 0 };
}
