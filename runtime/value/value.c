/* string(v) for a value of any type. */
#include "dsy/value.h"

#include "dsy/codec.h"

/* The JSON of a value, in a buffer that the caller destroys. */
static dsy_string
json_of(const struct dsy_type *type, const void *value, struct dsy_buffer *buffer)
{
    struct dsy_json_writer writer = dsy_json_writer_begin(buffer);
    type->write_json(&writer, value);
    if (writer.status != DSY_OK && buffer->status == DSY_OK)
        buffer->status = writer.status;
    return (dsy_string){ .data = (const char *)buffer->data, .size_bytes = (int64_t)buffer->size_bytes };
}

/* No more than the arena could take: a value that holds the same items many times over has a text that is far larger
 * than itself. */
static size_t
text_bytes_max(const struct dsy_arena *arena)
{
    size_t left = arena->size_bytes_max - arena->size_bytes + (size_t)(arena->end - arena->next);
    return left < DSY_TEXT_BYTES_MAX ? left : DSY_TEXT_BYTES_MAX;
}

/* Whether a buffer holds its text; else the reason is thrown. */
static bool
check_buffer(struct dsy_run *run, const struct dsy_buffer *buffer)
{
    if (buffer->status == DSY_OK)
        return true;
    if (buffer->status == DSY_NO_MEMORY) {
        run->arena->status = DSY_NO_MEMORY;
        dsy_throw_out_of_memory(run);
    } else
        dsy_throw_format(run, &dsy_error_overflow,
                         "the text of the value takes more memory than a routine may use, or is nested deeper than %d",
                         DSY_NESTING_MAX);
    return false;
}

dsy_string
dsy_value_to_string(struct dsy_run *run, const struct dsy_type *type, const void *value)
{
    struct dsy_builder builder = dsy_builder_begin(run);
    dsy_builder_value(&builder, type, value);
    return dsy_builder_end(&builder);
}

void
dsy_builder_value(struct dsy_builder *builder, const struct dsy_type *type, const void *value)
{
    if (type == &dsy_type_bytes) {
        dsy_builder_append(builder, dsy_bytes_to_string(builder->run, *(const dsy_bytes *)value));
        return;
    }
    if (type->text != NULL) {
        char scratch[DSY_PRINT_BYTES_MAX];
        dsy_builder_append(builder, type->text(value, scratch));
        return;
    }
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, text_bytes_max(builder->run->arena));
    dsy_string text = json_of(type, value, &buffer);
    if (check_buffer(builder->run, &buffer))
        dsy_builder_append(builder, text);
    dsy_buffer_destroy(&buffer);
}
