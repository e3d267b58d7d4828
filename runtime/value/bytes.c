/* bytes: immutable octets, and base64 (RFC 4648, section 4), in which they are written as text. */
#include <string.h>

#include "dsy/codec.h"
#include "dsy/text.h"

static dsy_bytes
view(const uint8_t *data, int64_t size_bytes)
{
    return (dsy_bytes){ .data = data, .size_bytes = size_bytes };
}

static uint8_t *
allocate_bytes(struct dsy_run *run, int64_t size_bytes)
{
    if (size_bytes <= DSY_TEXT_BYTES_MAX)
        return dsy_allocate(run, (size_t)size_bytes);
    dsy_throw_format(run, &dsy_error_overflow, "bytes would be larger than %d bytes", DSY_TEXT_BYTES_MAX);
    return NULL;
}

int
dsy_bytes_compare(dsy_bytes left, dsy_bytes right)
{
    return dsy_string_compare((dsy_string){ (const char *)left.data, left.size_bytes },
                              (dsy_string){ (const char *)right.data, right.size_bytes });
}

dsy_bytes
dsy_bytes_slice(struct dsy_run *run, dsy_bytes bytes, int64_t from, int64_t to)
{
    if (from < 0 || from > to || to > bytes.size_bytes) {
        dsy_throw_slice_out_of_range(run, from, to, bytes.size_bytes);
        return view(NULL, 0);
    }
    return from == to ? view(NULL, 0) : view(bytes.data + from, to - from);
}

dsy_bytes
dsy_bytes_concatenate(struct dsy_run *run, dsy_bytes left, dsy_bytes right)
{
    if (left.size_bytes == 0)
        return right;
    if (right.size_bytes == 0)
        return left;
    uint8_t *data = allocate_bytes(run, left.size_bytes + right.size_bytes);
    if (data == NULL)
        return view(NULL, 0);
    memcpy(data, left.data, (size_t)left.size_bytes);
    memcpy(data + left.size_bytes, right.data, (size_t)right.size_bytes);
    return view(data, left.size_bytes + right.size_bytes);
}

dsy_bytes
dsy_bytes_copy(struct dsy_run *run, dsy_bytes bytes)
{
    uint8_t *data = allocate_bytes(run, bytes.size_bytes);
    if (data == NULL)
        return view(NULL, 0);
    if (bytes.size_bytes > 0)
        memcpy(data, bytes.data, (size_t)bytes.size_bytes);
    return view(data, bytes.size_bytes);
}

/* --- Base64 --- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int64_t
dsy_base64_encoded_size(int64_t size_bytes)
{
    return (size_bytes + 2) / 3 * 4;
}

void
dsy_base64_encode(const uint8_t *data, int64_t size_bytes, char *text)
{
    for (int64_t at = 0; at < size_bytes; at += 3, text += 4) {
        int64_t left = size_bytes - at;
        uint32_t group = (uint32_t)data[at] << 16 | (left > 1 ? (uint32_t)data[at + 1] << 8 : 0) |
                         (left > 2 ? (uint32_t)data[at + 2] : 0);
        text[0] = alphabet[group >> 18];
        text[1] = alphabet[group >> 12 & 63];
        text[2] = left > 1 ? alphabet[group >> 6 & 63] : '=';
        text[3] = left > 2 ? alphabet[group & 63] : '=';
    }
}

int64_t
dsy_base64_decoded_size_max(int64_t text_bytes)
{
    return text_bytes / 4 * 3;
}

static int
base64_value(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

int64_t
dsy_base64_decode(dsy_string text, uint8_t *data)
{
    if (text.size_bytes % 4 != 0)
        return -1;
    int64_t size = 0;
    for (int64_t at = 0; at < text.size_bytes; at += 4) {
        bool is_last = at + 4 == text.size_bytes;
        int padding = is_last && text.data[at + 3] == '=' ? 1 + (text.data[at + 2] == '=') : 0;
        uint32_t group = 0;
        for (int i = 0; i < 4; i++) {
            int value = i < 4 - padding ? base64_value(text.data[at + i]) : 0;
            if (value < 0)
                return -1;
            group = group << 6 | (uint32_t)value;
        }
        /* Bits behind the last octet must be zero, so that each value has one text. */
        if ((padding == 1 && (group & 0xFF) != 0) || (padding == 2 && (group & 0xFFFF) != 0))
            return -1;
        for (int i = 0; i < 3 - padding; i++)
            data[size++] = (uint8_t)(group >> (16 - 8 * i));
    }
    return size;
}

dsy_string
dsy_bytes_to_string(struct dsy_run *run, dsy_bytes bytes)
{
    int64_t size = dsy_base64_encoded_size(bytes.size_bytes);
    char *text = (char *)allocate_bytes(run, size);
    if (text == NULL)
        return (dsy_string){ 0 };
    dsy_base64_encode(bytes.data, bytes.size_bytes, text);
    return (dsy_string){ .data = text, .size_bytes = size };
}

dsy_bytes
dsy_bytes_from_string(struct dsy_run *run, dsy_string text)
{
    uint8_t *data = allocate_bytes(run, dsy_base64_decoded_size_max(text.size_bytes));
    if (data == NULL)
        return view(NULL, 0);
    int64_t size = dsy_base64_decode(text, data);
    if (size >= 0)
        return view(data, size);
    dsy_throw_invalid_value(run, text, "base64 with padding");
    return view(NULL, 0);
}

/* --- Descriptor --- */

static void
bytes_write_cbor(struct dsy_cbor_writer *writer, const void *value)
{
    dsy_bytes_write_cbor(writer, *(const dsy_bytes *)value);
}

static void
bytes_read_cbor(struct dsy_cbor_reader *reader, void *value)
{
    *(dsy_bytes *)value = dsy_bytes_read_cbor(reader);
}

static void
bytes_write_json(struct dsy_json_writer *writer, const void *value)
{
    dsy_bytes_write_json(writer, *(const dsy_bytes *)value);
}

static void
bytes_read_json(struct dsy_json_reader *reader, void *value)
{
    *(dsy_bytes *)value = dsy_bytes_read_json(reader);
}

static bool
bytes_equal(struct dsy_run *run, const void *left, const void *right)
{
    (void)run;
    return dsy_bytes_equal(*(const dsy_bytes *)left, *(const dsy_bytes *)right);
}

static int
bytes_compare(const void *left, const void *right)
{
    return dsy_bytes_compare(*(const dsy_bytes *)left, *(const dsy_bytes *)right);
}

const struct dsy_type dsy_type_bytes = {
    .name = "bytes",
    .size_bytes = sizeof(dsy_bytes),
    .write_cbor = bytes_write_cbor,
    .read_cbor = bytes_read_cbor,
    .write_json = bytes_write_json,
    .read_json = bytes_read_json,
    .equal = bytes_equal,
    .compare = bytes_compare,
};
