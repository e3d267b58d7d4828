/* Border: arguments and outcomes between JSON and CBOR. Any thread; nothing but the bound program. */
#include <string.h>

#include "dsy/error.h"
#include "dsy/node.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/node_internal.h"

static enum dsy_status
describe(enum dsy_status status, const char *message, struct dsy_error *error)
{
    if (status == DSY_NO_MEMORY)
        return dsy_error_set(error, status, "memory ran out");
    if (status == DSY_FULL)
        return dsy_error_set(error, status, "%s", message[0] != '\0' ? message : "it is too large");
    return dsy_error_set(error, DSY_INVALID, "%s", message);
}

static enum dsy_status
read_arguments(const struct program *program, const struct dsy_routine_type *routine, const char *json,
               size_t json_bytes, struct dsy_arena *arena, struct dsy_buffer *arguments, struct dsy_error *error)
{
    void *locals = dsy_arena_allocate_zeroed(arena, routine->locals_size_bytes > 0 ? routine->locals_size_bytes : 1);
    if (locals == NULL)
        return describe(DSY_NO_MEMORY, "", error);
    struct dsy_json_reader reader = dsy_json_reader_begin(json, json_bytes, arena);
    reader.errors = &program->errors;
    routine->read_arguments(&reader, locals);
    if (!dsy_json_reader_end(&reader))
        return describe(reader.status, reader.message, error);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(arguments);
    routine->write_frame(&writer, locals, 0);
    enum dsy_status status = dsy_cbor_writer_status(&writer);
    return status == DSY_OK ? DSY_OK : describe(status, "the arguments are too large or nested too deep", error);
}

enum dsy_status
dsy_arguments_from_json(const struct dsy_node *node, const struct dsy_routine_type *routine, const char *json,
                        size_t json_bytes, struct dsy_buffer *arguments, struct dsy_error *error)
{
    struct dsy_arena arena;
    dsy_arena_init(&arena, TRANSITION_BYTES_MAX);
    arena.hash_seed = dsy_node_hash_seed(node);
    enum dsy_status status =
        read_arguments(dsy_node_bound_program(node), routine, json, json_bytes, &arena, arguments, error);
    dsy_arena_destroy(&arena);
    return status;
}

static enum dsy_status
check_arguments(const struct program *program, const struct dsy_routine_type *routine, struct dsy_slice bytes,
                struct dsy_arena *arena, struct dsy_buffer *arguments, struct dsy_error *error)
{
    void *locals = dsy_arena_allocate_zeroed(arena, routine->locals_size_bytes > 0 ? routine->locals_size_bytes : 1);
    if (locals == NULL)
        return describe(DSY_NO_MEMORY, "", error);
    struct dsy_cbor_reader reader = dsy_stored_reader(program, bytes, arena);
    routine->read_frame(&reader, locals, 0);
    if (!dsy_cbor_reader_end(&reader))
        return describe(reader.status == DSY_NO_MEMORY || reader.status == DSY_FULL ? reader.status : DSY_INVALID,
                        reader.message, error);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(arguments);
    routine->write_frame(&writer, locals, 0);
    enum dsy_status status = dsy_cbor_writer_status(&writer);
    return status == DSY_OK ? DSY_OK : describe(status, "the arguments are too large or nested too deep", error);
}

enum dsy_status
dsy_arguments_from_cbor(const struct dsy_node *node, const struct dsy_routine_type *routine, const uint8_t *bytes,
                        size_t size_bytes, struct dsy_buffer *arguments, struct dsy_error *error)
{
    struct dsy_arena arena;
    struct dsy_slice slice = { .data = bytes, .size_bytes = size_bytes };
    dsy_arena_init(&arena, TRANSITION_BYTES_MAX);
    arena.hash_seed = dsy_node_hash_seed(node);
    enum dsy_status status = check_arguments(dsy_node_bound_program(node), routine, slice, &arena, arguments, error);
    dsy_arena_destroy(&arena);
    return status;
}

/* ---- values of one type ---- */

/* Read a value and write it as CBOR. type NULL: null. */
static enum dsy_status
convert_value(const struct program *program, const struct dsy_type *type, const char *json, size_t json_bytes,
              struct dsy_arena *arena, struct dsy_cbor_writer *writer, struct dsy_error *error)
{
    struct dsy_json_reader reader = dsy_json_reader_begin(json, json_bytes, arena);
    reader.errors = &program->errors;
    size_t value_bytes = type != NULL && type->size_bytes > 0 ? type->size_bytes : 1;
    void *value = dsy_arena_allocate_zeroed(arena, value_bytes);
    if (value == NULL)
        return describe(DSY_NO_MEMORY, "", error);
    if (type != NULL)
        type->read_json(&reader, value);
    else if (!dsy_json_null(&reader))
        dsy_json_expected(&reader, "null, as the promise has no value");
    if (!dsy_json_reader_end(&reader))
        return describe(reader.status, reader.message, error);
    if (type != NULL)
        type->write_cbor(writer, value);
    else
        dsy_cbor_write_null(writer);
    return DSY_OK;
}

const struct dsy_event_type *
dsy_node_find_event(const struct dsy_node *node, const char *name, size_t name_bytes)
{
    const struct dsy_program_type *type = dsy_node_bound_program(node)->type;
    for (uint32_t index = 0; index < type->event_count; index++)
        if (strlen(type->events[index]->name) == name_bytes && memcmp(type->events[index]->name, name, name_bytes) == 0)
            return type->events[index];
    return NULL;
}

enum dsy_status
dsy_event_from_json(const struct dsy_node *node, const struct dsy_event_type *event, const char *json,
                    size_t json_bytes, struct dsy_buffer *arguments, struct dsy_error *error)
{
    struct dsy_arena arena;
    dsy_arena_init(&arena, TRANSITION_BYTES_MAX);
    arena.hash_seed = dsy_node_hash_seed(node);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(arguments);
    dsy_cbor_write_array_begin(&writer, 1);
    enum dsy_status status =
        convert_value(dsy_node_bound_program(node), event->type, json, json_bytes, &arena, &writer, error);
    dsy_cbor_write_array_end(&writer);
    dsy_arena_destroy(&arena);
    if (status == DSY_OK && dsy_cbor_writer_status(&writer) != DSY_OK)
        status = describe(dsy_cbor_writer_status(&writer), "the event is too large or nested too deep", error);
    return status;
}

/* ---- promises ---- */

/* The type of a promise's value by its name; NULL with *is_known: void. */
static const struct dsy_type *
find_promise(const struct dsy_program_type *program, const char *name, bool *is_known)
{
    *is_known = true;
    if (strcmp(name, "void") == 0)
        return NULL;
    for (uint32_t index = 0; index < program->promise_count; index++)
        if (strcmp(program->promises[index]->name, name) == 0)
            return program->promises[index];
    *is_known = false;
    return NULL;
}

/* What stands in the body. Where there is an "error", a "value" is one of its members. */
struct settlement {
    const char *value;
    size_t value_bytes;
    dsy_string error;
    bool has_value, has_error;
};

static enum dsy_status
look_at_settlement(const char *json, size_t json_bytes, struct dsy_arena *arena, struct settlement *settlement,
                   struct dsy_error *error)
{
    struct dsy_json_reader reader = dsy_json_reader_begin(json, json_bytes, arena);
    dsy_json_object_begin(&reader);
    for (dsy_string name; dsy_json_object_next(&reader, &name);) {
        size_t begin = reader.offset;
        bool is_value = dsy_string_is(name, "value"), is_error = dsy_string_is(name, "error");
        if (is_value && settlement->has_value)
            dsy_json_fail(&reader, "it stands here a second time");
        if (is_error)
            settlement->error = dsy_string_read_json(&reader);
        else
            dsy_json_skip(&reader);
        settlement->has_error |= is_error;
        if (!is_value)
            continue;
        settlement->has_value = true;
        settlement->value = json + begin;
        settlement->value_bytes = reader.offset - begin;
    }
    if (!dsy_json_reader_end(&reader))
        return describe(reader.status, reader.message, error);
    return DSY_OK;
}

static bool
is_error_known(const struct program *program, dsy_string name)
{
    for (size_t index = 0; index < program->errors.count; index++) {
        const char *known = program->errors.types[index]->name;
        if (name.size_bytes > 0 && (size_t)name.size_bytes == strlen(known) &&
            memcmp(name.data, known, strlen(known)) == 0)
            return true;
    }
    return name.size_bytes > 0 && dsy_error_built_in(name) != NULL;
}

static enum dsy_status
convert_settlement(const struct dsy_node *node, const char *type_name, const char *json, size_t json_bytes,
                   struct dsy_arena *arena, struct dsy_cbor_writer *writer, bool *threw, struct dsy_error *error)
{
    const struct program *program = dsy_node_bound_program(node);
    struct settlement settlement = { .has_value = false };
    bool is_known = false;
    const struct dsy_type *type = find_promise(program->type, type_name, &is_known);
    if (!is_known)
        return dsy_error_set(error, DSY_NOT_FOUND, "the program has no promise of a %s any more", type_name);
    enum dsy_status status = look_at_settlement(json, json_bytes, arena, &settlement, error);
    if (status != DSY_OK)
        return status;
    *threw = settlement.has_error;
    if (settlement.has_error && !is_error_known(program, settlement.error))
        return dsy_error_set(error, DSY_INVALID, "$.error: this program has no error %.*s",
                             (int)(settlement.error.size_bytes < 200 ? settlement.error.size_bytes : 200),
                             settlement.error.data != NULL ? settlement.error.data : "");
    if (settlement.has_error)
        return convert_value(program, &dsy_type_error, json, json_bytes, arena, writer, error);
    if (!settlement.has_value && type == NULL)
        settlement = (struct settlement){ .value = "null", .value_bytes = 4 };
    else if (!settlement.has_value)
        return dsy_error_set(error, DSY_INVALID,
                             "$.value: missing; a promise is resolved by {\"value\": …}, here a %s, or rejected by "
                             "{\"error\": NAME, …}",
                             type->name);
    struct dsy_error inner = { .status = DSY_OK };
    status = convert_value(program, type, settlement.value, settlement.value_bytes, arena, writer, &inner);
    if (status != DSY_OK && inner.text[0] == '$')
        dsy_error_set(error, status, "$.value%s", inner.text + 1);
    else if (status != DSY_OK)
        dsy_error_set(error, status, "%s", inner.text);
    return status;
}

enum dsy_status
dsy_settlement_from_json(const struct dsy_node *node, const char *type, const char *json, size_t json_bytes,
                         struct dsy_buffer *value, bool *threw, struct dsy_error *error)
{
    struct dsy_arena arena;
    dsy_arena_init(&arena, TRANSITION_BYTES_MAX);
    arena.hash_seed = dsy_node_hash_seed(node);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(value);
    enum dsy_status status = convert_settlement(node, type, json, json_bytes, &arena, &writer, threw, error);
    dsy_arena_destroy(&arena);
    if (status == DSY_OK && dsy_cbor_writer_status(&writer) != DSY_OK)
        status = describe(dsy_cbor_writer_status(&writer), "the value is too large or nested too deep", error);
    return status;
}

/* ---- keys ---- */

enum dsy_status
dsy_key_from_text(const struct dsy_node *node, const struct dsy_routine_type *routine, const char *text,
                  size_t text_bytes, struct dsy_buffer *key, struct dsy_error *error)
{
    const struct dsy_service_type *service = dsy_program_keyed_service(dsy_node_bound_program(node), routine);
    if (service == NULL)
        return dsy_error_set(error, DSY_INVALID, "%s belongs to no keyed service", routine->name);
    return dsy_instance_key_parse(service, text, text_bytes, key, error);
}

/* ---- outcomes ---- */

static enum dsy_status
write_value(const struct dsy_type *type, struct dsy_cbor_reader *reader, struct dsy_json_writer *writer)
{
    if (type == NULL) {
        if (!dsy_cbor_null(reader))
            dsy_cbor_expected(reader, "null");
        dsy_json_write_null(writer);
        return DSY_OK;
    }
    void *value = dsy_arena_allocate_zeroed(reader->arena, type->size_bytes > 0 ? type->size_bytes : 1);
    if (value == NULL)
        return DSY_NO_MEMORY;
    type->read_cbor(reader, value);
    if (!reader->failed)
        type->write_json(writer, value);
    return DSY_OK;
}

static enum dsy_status
write_outcome(const struct program *program, const struct dsy_invocation_outcome *outcome, struct dsy_arena *arena,
              struct dsy_buffer *json, struct dsy_error *error)
{
    struct dsy_slice slice = { .data = outcome->value, .size_bytes = outcome->value_bytes };
    struct dsy_cbor_reader reader = dsy_stored_reader(program, slice, arena);
    struct dsy_json_writer writer = dsy_json_writer_begin(json);
    enum dsy_status status = DSY_OK;
    if (outcome->kind == DSY_OUTCOME_THREW) {
        struct dsy_error_value thrown = dsy_error_read_cbor(&reader);
        if (!reader.failed)
            dsy_error_write_json(&writer, &thrown);
    } else if (outcome->routine == NULL) {
        return dsy_error_set(error, DSY_NOT_FOUND, "the program no longer has the routine of this invocation");
    } else {
        status = write_value(outcome->routine->result, &reader, &writer);
    }
    if (status == DSY_OK && !dsy_cbor_reader_end(&reader))
        return dsy_error_set(error, reader.status == DSY_NO_MEMORY ? DSY_NO_MEMORY : DSY_CORRUPT,
                             "the stored result cannot be decoded: %s", reader.message);
    if (status == DSY_OK)
        status = dsy_json_writer_status(&writer);
    return status == DSY_OK ? DSY_OK : describe(status, "the result is too large", error);
}

enum dsy_status
dsy_outcome_to_json(const struct dsy_node *node, const struct dsy_invocation_outcome *outcome, struct dsy_buffer *json,
                    struct dsy_error *error)
{
    if (outcome->value == NULL)
        return dsy_error_set(error, DSY_NOT_FOUND, "there is no result");
    struct dsy_arena arena;
    dsy_arena_init(&arena, TRANSITION_BYTES_MAX);
    arena.hash_seed = dsy_node_hash_seed(node);
    enum dsy_status status = write_outcome(dsy_node_bound_program(node), outcome, &arena, json, error);
    dsy_arena_destroy(&arena);
    return status;
}
