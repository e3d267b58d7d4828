/* Errors in CBOR and JSON, as dsy/error.h says. */
#include <string.h>

#include "dsy/codec.h"
#include "dsy/error.h"
#include "dsy/text.h"

/* The type of a name: declared, built-in, or a new one of that name, without members, in the arena.
 * Returns NULL when the arena is full. */
static const struct dsy_error_type *
find_type(const struct dsy_error_table *table, struct dsy_arena *arena, dsy_string name)
{
    for (size_t i = 0; table != NULL && i < table->count; i++)
        if (dsy_string_equal(name, dsy_string_view(table->types[i]->name)))
            return table->types[i];
    const struct dsy_error_type *built_in = dsy_error_built_in(name);
    if (built_in != NULL)
        return built_in;
    struct dsy_error_type *unknown = dsy_arena_allocate(arena, sizeof *unknown);
    char *copy = unknown == NULL ? NULL : dsy_arena_copy_text(arena, name.data, (size_t)name.size_bytes);
    if (copy == NULL)
        return NULL;
    *unknown = (struct dsy_error_type){ .name = copy };
    return unknown;
}

/* A name from outside stands in a C string: it must not hold a NUL, and not be empty. */
static bool
is_name(dsy_string name)
{
    return name.size_bytes > 0 && memchr(name.data, '\0', (size_t)name.size_bytes) == NULL;
}

/* --- CBOR --- */

void
dsy_error_write_cbor(struct dsy_cbor_writer *writer, const struct dsy_error_value *error)
{
    if (error->type == NULL) {
        dsy_cbor_write_null(writer);
        return;
    }
    dsy_cbor_write_array_begin(writer, error->members == NULL ? 2 : 3);
    dsy_string_write_cbor(writer, dsy_error_name(error));
    dsy_string_write_cbor(writer, error->message);
    if (error->members != NULL)
        error->type->members->write_cbor(writer, error->members);
    dsy_cbor_write_array_end(writer);
}

struct dsy_error_value
dsy_error_read_cbor(struct dsy_cbor_reader *reader)
{
    struct dsy_error_value error = { 0 };
    if (dsy_cbor_null(reader))
        return error;
    uint64_t count = dsy_cbor_array_begin(reader);
    if (count != 2 && count != 3)
        dsy_cbor_expected(reader, "an error as [name, message] or [name, message, members]");
    dsy_string name = dsy_string_read_cbor(reader);
    if (!reader->failed && !is_name(name))
        dsy_cbor_expected(reader, "the name of an error");
    error.message = dsy_string_read_cbor(reader);
    if (reader->failed)
        return (struct dsy_error_value){ 0 };
    error.type = find_type(reader->errors, reader->arena, name);
    if (error.type == NULL)
        dsy_cbor_arena_failed(reader);
    else if (error.type->members != NULL && count == 3) {
        void *members = dsy_cbor_allocate(reader, error.type->members->size_bytes);
        if (members != NULL)
            error.type->members->read_cbor(reader, members);
        error.members = members;
    } else if (error.type->members != NULL)
        dsy_cbor_expected(reader, "the members of the error");
    else if (count == 3)
        dsy_cbor_skip(reader);
    dsy_cbor_array_end(reader);
    return reader->failed ? (struct dsy_error_value){ 0 } : error;
}

/* --- JSON --- */

void
dsy_error_write_json(struct dsy_json_writer *writer, const struct dsy_error_value *error)
{
    if (error->type == NULL) {
        dsy_json_write_null(writer);
        return;
    }
    dsy_json_write_object_begin(writer);
    dsy_json_write_member(writer, "error");
    dsy_string_write_json(writer, dsy_error_name(error));
    dsy_json_write_member(writer, "message");
    dsy_string_write_json(writer, error->message);
    if (error->members != NULL && error->type->write_json_members != NULL)
        error->type->write_json_members(writer, error->members);
    dsy_json_write_object_end(writer);
}

/* The member "error" may stand behind the members that its type must be known for: a first walk, by a reader of its
 * own, finds it. Returns the empty string when there is none. */
static dsy_string
peek_name(struct dsy_json_reader *reader)
{
    struct dsy_json_reader ahead = *reader;
    dsy_string error_name = { 0 };
    dsy_json_object_begin(&ahead);
    for (dsy_string name; dsy_json_object_next(&ahead, &name);) {
        if (dsy_string_is(name, "error"))
            error_name = dsy_string_read_json(&ahead);
        else
            dsy_json_skip(&ahead);
    }
    if (ahead.failed)
        *reader = ahead;
    return error_name;
}

/* Zeroed members of an error that is being read; NULL when it has none or the reader has failed. */
static void *
new_members(struct dsy_json_reader *reader, const struct dsy_error_type *type)
{
    if (type->members == NULL)
        return NULL;
    void *members = dsy_json_allocate(reader, type->members->size_bytes);
    if (members == NULL)
        return NULL;
    if (type->members->zero != NULL)
        type->members->zero(members);
    else
        memset(members, 0, type->members->size_bytes);
    return members;
}

struct dsy_error_value
dsy_error_read_json(struct dsy_json_reader *reader)
{
    struct dsy_error_value error = { 0 };
    if (dsy_json_null(reader))
        return error;
    dsy_string error_name = peek_name(reader);
    if (!reader->failed && !is_name(error_name))
        dsy_json_expected(reader, "an object with the member \"error\"");
    if (reader->failed)
        return error;
    error.type = find_type(reader->errors, reader->arena, error_name);
    if (error.type == NULL) {
        dsy_json_arena_failed(reader);
        return error;
    }
    void *members = new_members(reader, error.type);
    uint64_t seen[DSY_ERROR_MEMBERS_MAX / 64] = { 0 };
    uint64_t own_seen[1] = { 0 };
    bool is_known = members != NULL || dsy_error_built_in(error_name) != NULL;
    dsy_json_object_begin(reader);
    for (dsy_string name; dsy_json_object_next(reader, &name);) {
        if (dsy_string_is(name, "error")) {
            if (dsy_json_once(reader, own_seen, 0))
                dsy_json_skip(reader);
        } else if (dsy_string_is(name, "message")) {
            if (dsy_json_once(reader, own_seen, 1))
                error.message = dsy_string_read_json(reader);
        } else if (members == NULL || error.type->read_json_member == NULL ||
                   !error.type->read_json_member(reader, name, members, seen)) {
            if (is_known)
                dsy_json_unknown(reader, name);
            else
                dsy_json_skip(reader);
        }
    }
    error.members = members;
    return reader->failed ? (struct dsy_error_value){ 0 } : error;
}
