/* Binding a program: indexes, dependencies, configuration. Runs once, before any thread is started. */
#include "runtime/core/program.h"

#include <stdlib.h>
#include <string.h>

#include "dsy/error.h"
#include "dsy/run.h"
#include "runtime/core/instance_key.h"

enum { PROGRAM_BYTES_MAX = 64 * 1024 * 1024 };

static void *
allocate(struct program *program, size_t size_bytes, struct dsy_error *error)
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
    program->states = allocate(program, program->state_count * sizeof *program->states, error);
    if (program->states == NULL)
        return DSY_NO_MEMORY;
    size_t place = 0;
    for (uint32_t index = 0; index < type->routine_count; index++) {
        const struct dsy_routine_type *routine = type->routines[index];
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
    size_t count = program->type->routine_count;
    program->routines = allocate(program, count * sizeof *program->routines, error);
    if (program->routines == NULL)
        return DSY_NO_MEMORY;
    program->routine_count = count;
    if (count > 0)
        memcpy(program->routines, program->type->routines, count * sizeof *program->routines);
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
    return NULL;
}

/* ---- dependencies ---- */

/* The one service that implements an interface. */
static enum dsy_status
find_implementation(const struct program *program, const struct dsy_service_type *user, const struct dsy_use_type *use,
                    const struct dsy_service_type **service, const struct dsy_implementation_type **implementation,
                    struct dsy_error *error)
{
    const struct dsy_program_type *type = program->type;
    const char *interface = type->interfaces[use->interface]->name;
    *service = NULL;
    for (uint32_t index = 0; index < type->service_count; index++) {
        const struct dsy_service_type *candidate = type->services[index];
        for (uint32_t at = 0; at < candidate->implementation_count; at++) {
            if (candidate->implementations[at].interface != use->interface)
                continue;
            if (*service != NULL)
                return dsy_error_set(error, DSY_INVALID,
                                     "service %s uses %s %s, which both %s and %s implement; one must be chosen",
                                     user->name, interface, use->name, (*service)->name, candidate->name);
            *service = candidate;
            *implementation = &candidate->implementations[at];
        }
    }
    if (*service != NULL)
        return DSY_OK;
    return dsy_error_set(error, DSY_INVALID, "service %s uses %s %s, which no service of this program implements",
                         user->name, interface, use->name);
}

static enum dsy_status
bind_use(struct program *program, const struct dsy_service_type *user, const struct dsy_use_type *use,
         struct program_binding *binding, struct dsy_error *error)
{
    if (use->interface < 0) {
        const struct dsy_service_type *service = program->type->services[use->service];
        *binding = (struct program_binding){ .service = service,
                                             .routines = service->routines,
                                             .routine_count = service->routine_count };
        return DSY_OK;
    }
    const struct dsy_service_type *service = NULL;
    const struct dsy_implementation_type *implementation = NULL;
    enum dsy_status status = find_implementation(program, user, use, &service, &implementation, error);
    if (status != DSY_OK)
        return status;
    uint32_t count = program->type->interfaces[use->interface]->method_count;
    const struct dsy_routine_type **routines = allocate(program, count * sizeof *routines, error);
    if (routines == NULL)
        return DSY_NO_MEMORY;
    for (uint32_t index = 0; index < count; index++)
        routines[index] = service->routines[implementation->routines[index]];
    *binding = (struct program_binding){ .service = service, .routines = routines, .routine_count = count };
    return DSY_OK;
}

static enum dsy_status
bind_uses(struct program *program, struct dsy_error *error)
{
    const struct dsy_program_type *type = program->type;
    program->bindings = allocate(program, type->service_count * sizeof *program->bindings, error);
    if (program->bindings == NULL)
        return DSY_NO_MEMORY;
    for (uint32_t index = 0; index < type->service_count; index++) {
        const struct dsy_service_type *service = type->services[index];
        program->bindings[index] = allocate(program, service->use_count * sizeof **program->bindings, error);
        if (program->bindings[index] == NULL)
            return DSY_NO_MEMORY;
        for (uint32_t use = 0; use < service->use_count; use++) {
            enum dsy_status status =
                bind_use(program, service, &service->uses[use], &program->bindings[index][use], error);
            if (status != DSY_OK)
                return status;
        }
    }
    return DSY_OK;
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
    void *value = allocate(program, state->size_bytes, error);
    if (value == NULL)
        return DSY_NO_MEMORY;
    if (state->zero != NULL)
        state->zero(value);
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, PROGRAM_BYTES_MAX);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&buffer);
    state->write_cbor(&writer, value);
    uint8_t *copy = dsy_cbor_writer_status(&writer) == DSY_OK ? allocate(program, buffer.size_bytes, error) : NULL;
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
    program->default_states = allocate(program, type->service_count * sizeof *program->default_states, error);
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

/* ---- configuration ---- */

/* Read a value as JSON text. The text is copied, because what is read may refer to it. */
static bool
read_json_value(struct program *program, const struct dsy_type *type, const char *text, size_t text_bytes, void *value,
                char *message, size_t message_bytes)
{
    struct dsy_json_reader reader = dsy_json_reader_begin(text, text_bytes, &program->arena);
    reader.errors = &program->errors;
    type->read_json(&reader, value);
    if (dsy_json_reader_end(&reader))
        return true;
    memset(value, 0, type->size_bytes);
    size_t length = strnlen(reader.message, sizeof reader.message);
    length = length < message_bytes ? length : message_bytes - 1;
    memcpy(message, reader.message, length);
    message[length] = '\0';
    return false;
}

/* A value of configuration is written as people write it: a text is a string without quotes, and so are durations,
 * times and whatever else is a JSON string. */
static enum dsy_status
read_config(struct program *program, const struct dsy_service_type *service, const struct dsy_config_type *config,
            const char *text, void *value, struct dsy_error *error)
{
    size_t text_bytes = strlen(text);
    size_t bad = dsy_utf8_check(text, text_bytes);
    if (bad != text_bytes)
        return dsy_error_set(error, DSY_INVALID, "configuration %s.%s is not UTF-8 at octet %zu", service->name,
                             config->name, bad);
    char *kept = dsy_arena_copy_text(&program->arena, text, text_bytes);
    if (kept == NULL)
        return dsy_error_set(error, DSY_NO_MEMORY, "cannot load the configuration: memory ran out");
    if (config->type == &dsy_type_string) {
        *(dsy_string *)value = (dsy_string){ .data = kept, .size_bytes = (int64_t)text_bytes };
        return DSY_OK;
    }
    char message[DSY_JSON_MESSAGE_BYTES_MAX] = "", quoted_message[DSY_JSON_MESSAGE_BYTES_MAX] = "";
    if (read_json_value(program, config->type, kept, text_bytes, value, message, sizeof message))
        return DSY_OK;
    struct dsy_buffer quoted;
    dsy_buffer_init(&quoted, text_bytes * 6 + 16);
    struct dsy_json_writer writer = dsy_json_writer_begin(&quoted);
    dsy_string_write_json(&writer, (dsy_string){ .data = kept, .size_bytes = (int64_t)text_bytes });
    char *copy = dsy_json_writer_status(&writer) == DSY_OK
                     ? dsy_arena_copy_text(&program->arena, (const char *)quoted.data, quoted.size_bytes)
                     : NULL;
    bool done = copy != NULL && read_json_value(program, config->type, copy, quoted.size_bytes, value, quoted_message,
                                                sizeof quoted_message);
    dsy_buffer_destroy(&quoted);
    if (done)
        return DSY_OK;
    if (config->is_secret)
        return dsy_error_set(error, DSY_INVALID, "configuration %s.%s is not a value of type %s", service->name,
                             config->name, config->type->name);
    return dsy_error_set(error, DSY_INVALID, "configuration %s.%s is not a value of type %s: \"%s\" (%s)",
                         service->name, config->name, config->type->name, text, message);
}

static const struct dsy_config_value *
find_config(const struct dsy_config_value *configs, size_t count, const char *service, const char *name)
{
    for (size_t index = 0; index < count; index++)
        if (strcmp(configs[index].service, service) == 0 && strcmp(configs[index].name, name) == 0)
            return &configs[index];
    return NULL;
}

static enum dsy_status
fill_config(struct program *program, const struct dsy_service_type *service, void *struct_memory,
            const struct dsy_config_value *configs, size_t config_count, struct dsy_error *error)
{
    if (service->default_config != NULL) {
        struct dsy_run run;
        dsy_run_init(&run, &program->arena, INT64_MAX);
        service->default_config(&run, struct_memory);
        if (run.failed)
            return dsy_error_set(error, DSY_INVALID, "a default of service %s cannot be computed: %.*s", service->name,
                                 (int)run.error.message.size_bytes, run.error.message.data);
    }
    for (uint32_t index = 0; index < service->config_count; index++) {
        const struct dsy_config_type *config = &service->configs[index];
        const struct dsy_config_value *value = find_config(configs, config_count, service->name, config->name);
        void *place = (char *)struct_memory + config->offset_bytes;
        enum dsy_status status = DSY_OK;
        if (value != NULL)
            status = read_config(program, service, config, value->text, place, error);
        else if (!config->has_default)
            status = dsy_error_set(error, DSY_INVALID, "configuration %s.%s (%s) is missing: it has no default",
                                   service->name, config->name, config->type->name);
        if (status != DSY_OK)
            return status;
        if (config->type->share != NULL)
            config->type->share(place); /* now, so that no shard's thread has to mark what all of them read */
    }
    return DSY_OK;
}

static bool
has_config(const struct dsy_program_type *type, const struct dsy_config_value *value)
{
    for (uint32_t index = 0; index < type->service_count; index++) {
        const struct dsy_service_type *service = type->services[index];
        if (strcmp(service->name, value->service) != 0)
            continue;
        for (uint32_t at = 0; at < service->config_count; at++)
            if (strcmp(service->configs[at].name, value->name) == 0)
                return true;
    }
    return false;
}

static enum dsy_status
bind_configs(struct program *program, const struct dsy_config_value *configs, size_t config_count,
             struct dsy_error *error)
{
    const struct dsy_program_type *type = program->type;
    for (size_t index = 0; index < config_count; index++)
        if (!has_config(type, &configs[index]))
            return dsy_error_set(error, DSY_INVALID, "configuration %s.%s is unknown: no service declares it",
                                 configs[index].service, configs[index].name);
    program->configs = allocate(program, type->service_count * sizeof *program->configs, error);
    if (program->configs == NULL)
        return DSY_NO_MEMORY;
    for (uint32_t index = 0; index < type->service_count; index++) {
        const struct dsy_service_type *service = type->services[index];
        if (service->config_count == 0)
            continue;
        program->configs[index] = allocate(program, service->config_size_bytes, error);
        if (program->configs[index] == NULL)
            return DSY_NO_MEMORY;
        enum dsy_status status = fill_config(program, service, program->configs[index], configs, config_count, error);
        if (status != DSY_OK)
            return status;
    }
    return DSY_OK;
}

/* ---- all of it ---- */

enum dsy_status
dsy_program_bind(struct program *program, const struct dsy_program_type *type, const struct dsy_config_value *configs,
                 size_t config_count, uint64_t hash_seed, struct dsy_error *error)
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
        status = bind_uses(program, error);
    if (status == DSY_OK)
        status = bind_configs(program, configs, config_count, error);
    if (status != DSY_OK)
        dsy_program_destroy(program);
    return status;
}

void
dsy_program_destroy(struct program *program)
{
    dsy_arena_destroy(&program->arena);
    *program = (struct program){ 0 };
}
