/* Errors: throwing with messages that say what, where and how much. Their encoding stands in codec/error.c. */
#include "dsy/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dsy/codec.h"
#include "dsy/text.h"
#include "dsy/time.h"
#include "runtime/base/format.h"

#define DEFINE_ERROR(c_name, dsy_name) const struct dsy_error_type dsy_error_##c_name = { .name = dsy_name };
DSY_BUILT_IN_ERRORS(DEFINE_ERROR)

const struct dsy_error_type *
dsy_error_built_in(dsy_string name)
{
    static const struct dsy_error_type *const types[] = {
#define ERROR_ADDRESS(c_name, dsy_name) &dsy_error_##c_name,
        DSY_BUILT_IN_ERRORS(ERROR_ADDRESS)
#undef ERROR_ADDRESS
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (dsy_string_equal(name, dsy_string_view(types[i]->name)))
            return types[i];
    return NULL;
}

dsy_string
dsy_error_name(const struct dsy_error_value *error)
{
    return error->type == NULL ? (dsy_string){ 0 } : dsy_string_view(error->type->name);
}

bool
dsy_error_equal(struct dsy_run *run, const struct dsy_error_value *left, const struct dsy_error_value *right)
{
    if (left->type == NULL || right->type == NULL)
        return left->type == right->type;
    if (left->type != right->type) /* unknown errors have a type for each value */
        return left->members == NULL && right->members == NULL && strcmp(left->type->name, right->type->name) == 0;
    if (left->members == NULL || right->members == NULL)
        return left->members == right->members;
    if (!dsy_descend(run))
        return false;
    bool equal = left->type->members->equal(run, left->members, right->members);
    dsy_ascend(run);
    return equal;
}

/* --- Throwing --- */

/* An error with a copy of its members. Returns false after throwing for want of memory. */
static bool
make_error(struct dsy_run *run, const struct dsy_error_type *type, const void *members, dsy_string message,
           struct dsy_error_value *error)
{
    const void *copy = NULL;
    if (type->members != NULL) {
        size_t size = type->members->size_bytes;
        void *place = dsy_allocate(run, size);
        if (place == NULL)
            return false; /* that has been thrown instead */
        copy = memcpy(place, members, size);
    }
    *error = (struct dsy_error_value){ .type = type, .members = copy, .message = message };
    return true;
}

void
dsy_throw_message(struct dsy_run *run, const struct dsy_error_type *type, const void *members, dsy_string message)
{
    if (!run->failed && make_error(run, type, members, message, &run->error))
        run->failed = true;
}

struct dsy_error_value
dsy_error_make(struct dsy_run *run, const struct dsy_error_type *type, const void *members)
{
    struct dsy_error_value error = { 0 };
    if (run->failed)
        return error;
    dsy_string message = dsy_error_message(run, type, members);
    if (!run->failed)
        (void)make_error(run, type, members, message, &error); /* no memory: it has been thrown, the value is zero */
    return error;
}

void
dsy_throw_format(struct dsy_run *run, const struct dsy_error_type *type, const char *format, ...)
{
    if (run->failed)
        return;
    char text[DSY_MESSAGE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    size_t size = dsy_format_text(text, sizeof text, format, arguments);
    va_end(arguments);
    char *message = dsy_arena_copy_text(run->arena, text, size);
    /* Without memory for its message the error is told by its name, which needs none. */
    dsy_throw_message(run, type, NULL,
                      message == NULL ? dsy_string_view(type->name)
                                      : (dsy_string){ .data = message, .size_bytes = (int64_t)size });
}

dsy_string
dsy_error_message(struct dsy_run *run, const struct dsy_error_type *type, const void *members)
{
    dsy_string message = dsy_string_view(type->name);
    if (type->members == NULL)
        return message;
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, DSY_MESSAGE_BYTES_MAX);
    dsy_buffer_append_format(&buffer, "%s ", type->name);
    struct dsy_json_writer writer = dsy_json_writer_begin(&buffer);
    if (type->write_json_members == NULL) {
        type->members->write_json(&writer, members);
    } else {
        dsy_json_write_object_begin(&writer);
        type->write_json_members(&writer, members);
        dsy_json_write_object_end(&writer);
    }
    if (dsy_json_writer_status(&writer) == DSY_OK)
        message = dsy_string_copy(
            run, (dsy_string){ .data = (const char *)buffer.data, .size_bytes = (int64_t)buffer.size_bytes });
    dsy_buffer_destroy(&buffer);
    return message;
}

void
dsy_throw(struct dsy_run *run, const struct dsy_error_type *type, const void *members)
{
    if (!run->failed)
        dsy_throw_message(run, type, members, dsy_error_message(run, type, members));
}

void
dsy_throw_again(struct dsy_run *run, const struct dsy_error_value *error)
{
    if (run->failed)
        return;
    run->failed = true;
    run->error = *error;
}

/* --- The built-in errors --- */

void
dsy_throw_overflow(struct dsy_run *run, const char *operation)
{
    dsy_throw_format(run, &dsy_error_overflow, "the result of %s does not fit", operation);
}

void
dsy_throw_divide_by_zero(struct dsy_run *run)
{
    dsy_throw_message(run, &dsy_error_divide_by_zero, NULL, DSY_STRING("division by zero"));
}

static const char *
plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

void
dsy_throw_index_out_of_range(struct dsy_run *run, int64_t index, int64_t length)
{
    dsy_throw_format(run, &dsy_error_out_of_range,
                     "index %" PRId64 " is out of range: the array has %" PRId64 " item%s", index, length,
                     plural(length));
}

void
dsy_throw_byte_out_of_range(struct dsy_run *run, int64_t index, int64_t length)
{
    dsy_throw_format(run, &dsy_error_out_of_range, "index %" PRId64 " is out of range: there are %" PRId64 " byte%s",
                     index, length, plural(length));
}

void
dsy_throw_slice_out_of_range(struct dsy_run *run, int64_t from, int64_t to, int64_t length)
{
    dsy_throw_format(run, &dsy_error_out_of_range,
                     "slice from %" PRId64 " to %" PRId64 " is out of range: the length is %" PRId64, from, to, length);
}

enum { QUOTED_BYTES_MAX = 60 };

/* How much of a text a message quotes, and what follows it. */
static int
quoted_bytes(dsy_string text, const char **rest)
{
    *rest = text.size_bytes > QUOTED_BYTES_MAX ? "…" : "";
    return text.size_bytes > QUOTED_BYTES_MAX ? (int)dsy_whole_characters(text.data, QUOTED_BYTES_MAX)
                                              : (int)text.size_bytes;
}

void
dsy_throw_key_not_found(struct dsy_run *run, const struct dsy_type *key_type, const void *key)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    dsy_string text = key_type->text(key, scratch);
    const char *rest;
    int size = quoted_bytes(text, &rest);
    dsy_throw_format(run, &dsy_error_key_not_found, "the map has no key \"%.*s%s\"", size, size > 0 ? text.data : "",
                     rest);
}

void
dsy_throw_null_value(struct dsy_run *run, const char *expression)
{
    if (expression == NULL)
        dsy_throw_message(run, &dsy_error_null_value, NULL, DSY_STRING("the value is null"));
    else
        dsy_throw_format(run, &dsy_error_null_value, "'%s' is null", expression);
}

void
dsy_throw_invalid_value(struct dsy_run *run, dsy_string text, const char *expected)
{
    const char *rest;
    int size = quoted_bytes(text, &rest);
    dsy_throw_format(run, &dsy_error_invalid_value, "\"%.*s%s\" is not valid: expected %s", size,
                     size > 0 ? text.data : "", rest, expected);
}

void
dsy_throw_timeout(struct dsy_run *run, int64_t after_ns)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    dsy_string text = dsy_duration_text(after_ns, scratch);
    dsy_throw_format(run, &dsy_error_timeout, "not done within %.*s", (int)text.size_bytes, text.data);
}

void
dsy_throw_cancelled(struct dsy_run *run)
{
    dsy_throw_message(run, &dsy_error_cancelled, NULL, DSY_STRING("cancelled"));
}

/* --- Descriptor of `error` --- */

static void
error_write_cbor(struct dsy_cbor_writer *writer, const void *value)
{
    dsy_error_write_cbor(writer, value);
}

static void
error_read_cbor(struct dsy_cbor_reader *reader, void *value)
{
    *(struct dsy_error_value *)value = dsy_error_read_cbor(reader);
}

static void
error_write_json(struct dsy_json_writer *writer, const void *value)
{
    dsy_error_write_json(writer, value);
}

static void
error_read_json(struct dsy_json_reader *reader, void *value)
{
    *(struct dsy_error_value *)value = dsy_error_read_json(reader);
}

static bool
error_equal(struct dsy_run *run, const void *left, const void *right)
{
    return dsy_error_equal(run, left, right);
}

const struct dsy_type dsy_type_error = {
    .name = "error",
    .size_bytes = sizeof(struct dsy_error_value),
    .write_cbor = error_write_cbor,
    .read_cbor = error_read_cbor,
    .write_json = error_write_json,
    .read_json = error_read_json,
    .equal = error_equal,
};
