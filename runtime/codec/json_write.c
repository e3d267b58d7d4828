/* JSON writer: RFC 8259, without white space. The mapping stands in dsy/json.h. */
#include <math.h>

#include "dsy/decimal.h"
#include "dsy/json.h"
#include "dsy/number.h"
#include "dsy/time.h"

/* Beyond this, readers that keep numbers as doubles would not see the exact value. */
#define EXACT_INTEGER_MAX ((INT64_C(1) << 53) - 1)

static void
write_text(struct dsy_json_writer *writer, dsy_string text)
{
    dsy_buffer_append(writer->buffer, text.data, (size_t)text.size_bytes);
}

/* Before each value and name: the comma that the one before left open. */
static void
separate(struct dsy_json_writer *writer)
{
    if (writer->comma)
        dsy_buffer_append_octet(writer->buffer, ',');
    writer->comma = true;
}

static void
open_container(struct dsy_json_writer *writer, char bracket)
{
    separate(writer);
    writer->comma = false;
    dsy_buffer_append_octet(writer->buffer, (uint8_t)bracket);
    if (writer->buffer->status != DSY_OK)
        writer->status = writer->buffer->status;
    else if (++writer->depth > DSY_NESTING_MAX)
        writer->status = writer->buffer->status = DSY_FULL;
}

static void
close_container(struct dsy_json_writer *writer, char bracket)
{
    writer->comma = true;
    writer->depth--;
    dsy_buffer_append_octet(writer->buffer, (uint8_t)bracket);
}

void
dsy_json_write_object_begin(struct dsy_json_writer *writer)
{
    open_container(writer, '{');
}

void
dsy_json_write_object_end(struct dsy_json_writer *writer)
{
    close_container(writer, '}');
}

void
dsy_json_write_array_begin(struct dsy_json_writer *writer)
{
    open_container(writer, '[');
}

void
dsy_json_write_array_end(struct dsy_json_writer *writer)
{
    close_container(writer, ']');
}

/* How many octets at the start of a text need no escape. */
static size_t
plain_bytes(const char *text, size_t size_bytes)
{
    size_t at = 0;
    while (at < size_bytes && (unsigned char)text[at] >= 0x20 && text[at] != '"' && text[at] != '\\')
        at++;
    return at;
}

static void
write_escape(struct dsy_json_writer *writer, char character)
{
    static const char letters[] = {
        ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
    };
    unsigned code = (unsigned char)character;
    if (code < sizeof letters && letters[code] != 0) {
        char escape[] = { '\\', letters[code] };
        dsy_buffer_append(writer->buffer, escape, sizeof escape);
        return;
    }
    char escape[] = { '\\', 'u', '0', '0', "0123456789abcdef"[code >> 4], "0123456789abcdef"[code & 15] };
    dsy_buffer_append(writer->buffer, escape, sizeof escape);
}

static void
write_quoted(struct dsy_json_writer *writer, dsy_string text)
{
    dsy_buffer_append_octet(writer->buffer, '"');
    const char *next = text.data;
    for (size_t left = (size_t)text.size_bytes; left > 0;) {
        size_t plain = plain_bytes(next, left);
        dsy_buffer_append(writer->buffer, next, plain);
        next += plain;
        left -= plain;
        if (left > 0) {
            write_escape(writer, *next++);
            left--;
        }
    }
    dsy_buffer_append_octet(writer->buffer, '"');
}

void
dsy_json_write_name(struct dsy_json_writer *writer, dsy_string name)
{
    separate(writer);
    write_quoted(writer, name);
    dsy_buffer_append_octet(writer->buffer, ':');
    writer->comma = false;
}

void
dsy_json_write_null(struct dsy_json_writer *writer)
{
    separate(writer);
    write_text(writer, DSY_STRING("null"));
}

void
dsy_bool_write_json(struct dsy_json_writer *writer, bool value)
{
    separate(writer);
    write_text(writer, dsy_bool_text(value, NULL));
}

/* Text that needs no escape, with or without quotes. */
static void
write_scalar(struct dsy_json_writer *writer, dsy_string text, bool quotes)
{
    separate(writer);
    if (quotes)
        dsy_buffer_append_octet(writer->buffer, '"');
    write_text(writer, text);
    if (quotes)
        dsy_buffer_append_octet(writer->buffer, '"');
}

void
dsy_int64_write_json(struct dsy_json_writer *writer, int64_t value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    write_scalar(writer, dsy_int64_text(value, scratch), value > EXACT_INTEGER_MAX || value < -EXACT_INTEGER_MAX);
}

void
dsy_uint64_write_json(struct dsy_json_writer *writer, uint64_t value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    write_scalar(writer, dsy_uint64_text(value, scratch), value > EXACT_INTEGER_MAX);
}

void
dsy_double_write_json(struct dsy_json_writer *writer, double value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    write_scalar(writer, dsy_double_text(value, scratch), !isfinite(value));
}

void
dsy_decimal_write_json(struct dsy_json_writer *writer, dsy_decimal value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    write_scalar(writer, dsy_decimal_text(value, scratch), true);
}

void
dsy_time_write_json(struct dsy_json_writer *writer, int64_t value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    write_scalar(writer, dsy_time_text(value, scratch), true);
}

void
dsy_duration_write_json(struct dsy_json_writer *writer, int64_t value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    write_scalar(writer, dsy_duration_text(value, scratch), true);
}

void
dsy_uuid_write_json(struct dsy_json_writer *writer, dsy_uuid value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    write_scalar(writer, dsy_uuid_text(value, scratch), true);
}

void
dsy_string_write_json(struct dsy_json_writer *writer, dsy_string value)
{
    separate(writer);
    write_quoted(writer, value);
}

void
dsy_bytes_write_json(struct dsy_json_writer *writer, dsy_bytes value)
{
    int64_t size = dsy_base64_encoded_size(value.size_bytes);
    separate(writer);
    char *place = (char *)dsy_buffer_reserve(writer->buffer, (size_t)size + 2);
    if (place == NULL)
        return;
    place[0] = '"';
    dsy_base64_encode(value.data, value.size_bytes, place + 1);
    place[size + 1] = '"';
    writer->buffer->size_bytes += (size_t)size + 2;
}
