/* Border: arguments and outcomes between JSON and CBOR. Any thread; nothing but the bound program. */
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
