/* JSON pull reader: RFC 8259, strict. Any octets in, values or one error with its path out. The mapping stands in
 * dsy/json.h.
 *
 * No stack is kept. Between two values the reader knows by `opened` whether a comma must stand there, and each
 * container's own end tells the level. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dsy/decimal.h"
#include "dsy/json.h"
#include "dsy/number.h"
#include "dsy/time.h"
#include "runtime/base/format.h"
#include "runtime/codec/json_path.h"
#include "runtime/value/number_text.h"
#include "runtime/value/utf8.h"

/* --- Failure --- */

DSY_COLD static void
fail_at(struct dsy_json_reader *reader, size_t offset, enum dsy_status status, const char *format, va_list arguments)
{
    if (reader->failed)
        return;
    reader->failed = true;
    reader->status = status;
    char path[DSY_JSON_PATH_BYTES_MAX];
    dsy_json_path(reader->data, offset, path);
    size_t size = (size_t)snprintf(reader->message, sizeof reader->message, "%s: ", path);
    dsy_format_text(reader->message + size, sizeof reader->message - size, format, arguments);
}

/* The text at value_offset is not JSON, or no value that can be used. */
DSY_COLD DSY_FORMAT(2, 3) static void fail_value(struct dsy_json_reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail_at(reader, reader->value_offset, DSY_INVALID, format, arguments);
    va_end(arguments);
}

DSY_COLD DSY_FORMAT(3, 4) static void fail_offset(struct dsy_json_reader *reader, size_t offset, const char *format,
                                                  ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail_at(reader, offset, DSY_INVALID, format, arguments);
    va_end(arguments);
}

void
dsy_json_fail(struct dsy_json_reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail_at(reader, reader->value_offset, DSY_INVALID, format, arguments);
    va_end(arguments);
}

enum { FOUND_BYTES_MAX = 60 };

/* An excerpt of the text from `offset`, whole characters without control characters, for a message. */
static int
excerpt_bytes(const struct dsy_json_reader *reader, size_t offset, size_t wanted)
{
    size_t size = wanted < FOUND_BYTES_MAX ? wanted : FOUND_BYTES_MAX;
    size = dsy_utf8_check(reader->data + offset, size);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)reader->data[offset + i] < 0x20)
            return (int)i;
    return (int)size;
}

/* What stands at an offset, for a message. */
static void
describe_found(const struct dsy_json_reader *reader, size_t offset, char *text, size_t size_bytes)
{
    if (offset >= reader->size_bytes) {
        snprintf(text, size_bytes, "the end of the text");
        return;
    }
    const char *at = reader->data + offset;
    size_t length = 1;
    switch (*at) {
    case '{': snprintf(text, size_bytes, "an object"); return;
    case '[': snprintf(text, size_bytes, "an array"); return;
    case '"': length = dsy_json_string_end(reader->data, offset, reader->size_bytes) - offset; break;
    default:
        while (offset + length < reader->size_bytes && at[length] != '\0' &&
               strchr(",:]}[{\" \t\r\n", at[length]) == NULL)
            length++;
    }
    int shown = excerpt_bytes(reader, offset, length);
    if (shown == 0)
        snprintf(text, size_bytes, "the octet 0x%02X", (unsigned)(unsigned char)*at);
    else
        snprintf(text, size_bytes, "%.*s%s", shown, at, (size_t)shown < length ? "…" : "");
}

void
dsy_json_expected(struct dsy_json_reader *reader, const char *expected)
{
    char found[FOUND_BYTES_MAX + 8];
    if (reader->failed)
        return;
    describe_found(reader, reader->value_offset, found, sizeof found);
    fail_value(reader, "expected %s, found %s", expected, found);
}

/* The punctuation at the reader's offset is wrong. */
DSY_COLD static void
expected_here(struct dsy_json_reader *reader, const char *expected)
{
    char found[FOUND_BYTES_MAX + 8];
    if (reader->failed)
        return;
    describe_found(reader, reader->offset, found, sizeof found);
    fail_offset(reader, reader->offset, "expected %s at offset %zu, found %s", expected, reader->offset, found);
}

void
dsy_json_arena_failed(struct dsy_json_reader *reader)
{
    if (reader->failed)
        return;
    enum dsy_status status = reader->arena->status == DSY_NO_MEMORY ? DSY_NO_MEMORY : DSY_FULL;
    fail_value(reader, "no memory for the value: %s", dsy_status_text(status));
    reader->status = status;
}

void *
dsy_json_allocate(struct dsy_json_reader *reader, size_t size_bytes)
{
    if (reader->failed)
        return NULL;
    void *piece = dsy_arena_allocate(reader->arena, size_bytes);
    if (DSY_UNLIKELY(piece == NULL))
        dsy_json_arena_failed(reader);
    return piece;
}

/* --- Tokens --- */

/* Skip white space. Returns the next octet without taking it; NUL at the end of the text. */
static char
peek(struct dsy_json_reader *reader)
{
    for (; reader->offset < reader->size_bytes; reader->offset++) {
        char next = reader->data[reader->offset];
        if (next != ' ' && next != '\n' && next != '\t' && next != '\r')
            return next;
    }
    return '\0';
}

/* The next value begins here. Returns its first octet; NUL at the end of the text or after a failure. */
static char
begin_value(struct dsy_json_reader *reader)
{
    if (DSY_UNLIKELY(reader->failed))
        return '\0';
    char first = peek(reader);
    reader->value_offset = reader->offset;
    return first;
}

/* Take a word if it stands here. */
static bool
take_word(struct dsy_json_reader *reader, dsy_string word)
{
    size_t size = (size_t)word.size_bytes;
    if (reader->size_bytes - reader->offset < size || memcmp(reader->data + reader->offset, word.data, size) != 0)
        return false;
    reader->offset += size;
    return true;
}

/* Take digits. Returns how many. */
static size_t
take_digits(struct dsy_json_reader *reader)
{
    size_t start = reader->offset;
    while (reader->offset < reader->size_bytes && dsy_is_digit(reader->data[reader->offset]))
        reader->offset++;
    return reader->offset - start;
}

static bool
take_octet(struct dsy_json_reader *reader, char octet)
{
    if (reader->offset >= reader->size_bytes || reader->data[reader->offset] != octet)
        return false;
    reader->offset++;
    return true;
}

/* Take a number. Returns its text, empty if the reader has failed. is_integer: it has no fraction and no exponent. */
static dsy_string
take_number(struct dsy_json_reader *reader, bool *is_integer)
{
    size_t start = reader->offset;
    take_octet(reader, '-');
    size_t whole = reader->offset;
    size_t digits = take_digits(reader);
    bool valid = digits > 0 && (digits == 1 || reader->data[whole] != '0');
    *is_integer = true;
    if (valid && take_octet(reader, '.')) {
        *is_integer = false;
        valid = take_digits(reader) > 0;
    }
    if (valid && (take_octet(reader, 'e') || take_octet(reader, 'E'))) {
        *is_integer = false;
        if (!take_octet(reader, '+'))
            take_octet(reader, '-');
        valid = take_digits(reader) > 0;
    }
    if (!valid) {
        dsy_json_expected(reader, "a number as JSON writes it");
        return (dsy_string){ 0 };
    }
    return (dsy_string){ .data = reader->data + start, .size_bytes = (int64_t)(reader->offset - start) };
}

/* --- Strings --- */

/* Four hexadecimal digits at `at`; -1 if they are not. */
static int32_t
hexadecimal(const char *at, const char *end)
{
    if (end - at < 4)
        return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char digit = at[i];
        int half = digit >= '0' && digit <= '9'   ? digit - '0'
                   : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                   : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                                  : -1;
        if (half < 0)
            return -1;
        value = value << 4 | half;
    }
    return value;
}

/* Decode the \u escape whose first digit is at *at; moves *at behind it. Returns -1 for half a surrogate pair or bad
 * digits. */
static int32_t
unicode_escape(const char **at, const char *end)
{
    int32_t first = hexadecimal(*at, end);
    if (first < 0)
        return -1;
    *at += 4;
    if (first < 0xD800 || first > 0xDFFF)
        return first;
    if (first > 0xDBFF || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return -1;
    int32_t second = hexadecimal(*at + 2, end);
    if (second < 0xDC00 || second > 0xDFFF)
        return -1;
    *at += 6;
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

/* The character of a one-letter escape; -1 if there is none. */
static int
letter_escape(char letter)
{
    switch (letter) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return -1;
    }
}

/* The raw text of a string with its escapes decoded, in the arena. An escape is never shorter than what it stands for.
 */
static dsy_string
decode_escapes(struct dsy_json_reader *reader, dsy_string raw)
{
    char *text = dsy_json_allocate(reader, (size_t)raw.size_bytes), *place = text;
    if (text == NULL)
        return (dsy_string){ 0 };
    const char *at = raw.data, *end = raw.data + raw.size_bytes;
    while (at < end) {
        if (*at != '\\') {
            *place++ = *at++;
            continue;
        }
        const char *escape = at++;
        int letter = letter_escape(*at); /* the scan saw that an octet follows */
        if (letter >= 0) {
            *place++ = (char)letter;
            at++;
            continue;
        }
        int32_t character = *at++ == 'u' ? unicode_escape(&at, end) : -1;
        if (character < 0) {
            fail_value(reader,
                       "the string has an escape at offset %zu that JSON does not know, or half a surrogate pair",
                       (size_t)(escape - reader->data));
            return (dsy_string){ 0 };
        }
        place += dsy_utf8_encode((uint32_t)character, place);
    }
    return (dsy_string){ .data = text, .size_bytes = place - text };
}

/* Eight octets at once: whether any is a control character, a quote, a backslash or beyond ASCII. */
static bool
is_plain_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    uint64_t control = word - ones * 0x20;
    return ((control | (quote - ones) | (backslash - ones) | word) & highs) == 0;
}

/* Take the string whose quote is at the offset. A string without escapes refers to the text. */
static dsy_string
take_string(struct dsy_json_reader *reader)
{
    size_t start = reader->offset + 1, at = start, end = reader->size_bytes;
    bool has_escape = false, is_ascii = true;
    for (;; at++) {
        uint64_t word;
        while (end - at >= sizeof word && (memcpy(&word, reader->data + at, sizeof word), is_plain_word(word)))
            at += sizeof word;
        unsigned char octet = at < end ? (unsigned char)reader->data[at] : 0;
        if (octet == '"')
            break;
        if (octet < 0x20) {
            fail_value(reader,
                       at >= end ? "the string does not end" : "a control character in the string at offset %zu", at);
            return (dsy_string){ 0 };
        }
        if (octet == '\\') {
            has_escape = true;
            at += at + 1 < end; /* the octet after it is no end of the string */
        } else if (octet >= 0x80)
            is_ascii = false;
    }
    reader->offset = at + 1;
    dsy_string raw = { .data = reader->data + start, .size_bytes = (int64_t)(at - start) };
    if (!is_ascii) {
        size_t checked = dsy_utf8_check(raw.data, at - start);
        if (checked != at - start) {
            fail_value(reader, "the string is not UTF-8 at offset %zu", start + checked);
            return (dsy_string){ 0 };
        }
    }
    if (raw.size_bytes > DSY_TEXT_BYTES_MAX) {
        fail_value(reader, "the string is larger than %d bytes", DSY_TEXT_BYTES_MAX);
        return (dsy_string){ 0 };
    }
    return has_escape ? decode_escapes(reader, raw) : raw;
}

/* --- Containers --- */

static void
open_container(struct dsy_json_reader *reader, char bracket, const char *expected)
{
    char first = begin_value(reader);
    if (reader->failed)
        return;
    if (DSY_UNLIKELY(first != bracket)) {
        dsy_json_expected(reader, expected);
        return;
    }
    if (DSY_UNLIKELY(reader->depth >= DSY_NESTING_MAX)) {
        fail_value(reader, "values are nested more than %d deep", DSY_NESTING_MAX);
        return;
    }
    reader->depth++;
    reader->offset++;
    reader->opened = true;
}

/* Before a member or an item: the end of the container, or the comma that must stand there.
 * Returns false at the end or when the reader has failed. */
static bool
continue_container(struct dsy_json_reader *reader, char bracket, const char *expected)
{
    if (DSY_UNLIKELY(reader->failed))
        return false;
    char next = peek(reader);
    if (next == bracket) {
        reader->offset++;
        reader->depth--;
        reader->opened = false;
        return false;
    }
    if (reader->opened) {
        reader->opened = false;
        return true;
    }
    if (DSY_UNLIKELY(next != ',')) {
        expected_here(reader, expected);
        return false;
    }
    reader->offset++;
    return true;
}

void
dsy_json_object_begin(struct dsy_json_reader *reader)
{
    open_container(reader, '{', "an object");
}

bool
dsy_json_object_next(struct dsy_json_reader *reader, dsy_string *name)
{
    *name = (dsy_string){ 0 };
    if (!continue_container(reader, '}', "\",\" or \"}\""))
        return false;
    if (DSY_UNLIKELY(peek(reader) != '"')) {
        expected_here(reader, "the name of a member");
        return false;
    }
    reader->name_offset = reader->value_offset = reader->offset;
    *name = take_string(reader);
    if (DSY_UNLIKELY(reader->failed))
        return false;
    if (DSY_UNLIKELY(peek(reader) != ':')) {
        expected_here(reader, "\":\"");
        return false;
    }
    reader->offset++;
    begin_value(reader);
    return true;
}

void
dsy_json_array_begin(struct dsy_json_reader *reader)
{
    open_container(reader, '[', "an array");
}

bool
dsy_json_array_next(struct dsy_json_reader *reader)
{
    if (!continue_container(reader, ']', "\",\" or \"]\""))
        return false;
    begin_value(reader);
    return true;
}

/* The name that was read last, as it stands in the text, for a message. */
static int
name_bytes(const struct dsy_json_reader *reader)
{
    size_t end = dsy_json_string_end(reader->data, reader->name_offset, reader->size_bytes);
    return excerpt_bytes(reader, reader->name_offset + 1, end - reader->name_offset - 2);
}

bool
dsy_json_once(struct dsy_json_reader *reader, uint64_t *seen, int index)
{
    uint64_t bit = UINT64_C(1) << (index % 64);
    if (DSY_UNLIKELY((seen[index / 64] & bit) != 0)) {
        fail_offset(reader, reader->name_offset, "the member \"%.*s\" stands there twice", name_bytes(reader),
                    reader->data + reader->name_offset + 1);
        return false;
    }
    seen[index / 64] |= bit;
    return true;
}

void
dsy_json_unknown(struct dsy_json_reader *reader, dsy_string name)
{
    (void)name; /* its text as it stands in the input says more than its value */
    if (!reader->failed)
        fail_offset(reader, reader->name_offset, "there is no member \"%.*s\" here", name_bytes(reader),
                    reader->data + reader->name_offset + 1);
}

void
dsy_json_missing(struct dsy_json_reader *reader, const char *name)
{
    if (!reader->failed) /* the offset is behind the object's end, so that the path is the object's */
        fail_offset(reader, reader->offset, "the member \"%s\" is missing", name);
}

bool
dsy_json_null(struct dsy_json_reader *reader)
{
    return begin_value(reader) == 'n' && take_word(reader, DSY_STRING("null"));
}

/* Recurses once for each level; the depth is bounded as everywhere. */
void
dsy_json_skip(struct dsy_json_reader *reader)
{
    dsy_string name;
    bool is_integer;
    char first = begin_value(reader);
    if (reader->failed)
        return;
    switch (first) {
    case '{':
        for (dsy_json_object_begin(reader); dsy_json_object_next(reader, &name);)
            dsy_json_skip(reader);
        return;
    case '[':
        for (dsy_json_array_begin(reader); dsy_json_array_next(reader);)
            dsy_json_skip(reader);
        return;
    case '"': take_string(reader); return;
    case 't':
    case 'f':
    case 'n':
        if (take_word(reader, DSY_STRING("true")) || take_word(reader, DSY_STRING("false")) ||
            take_word(reader, DSY_STRING("null")))
            return;
        break;
    default:
        if (first == '-' || dsy_is_digit(first)) {
            take_number(reader, &is_integer);
            return;
        }
    }
    dsy_json_expected(reader, "a value");
}

bool
dsy_json_reader_end(struct dsy_json_reader *reader)
{
    if (!reader->failed) {
        peek(reader);
        if (reader->offset < reader->size_bytes)
            expected_here(reader, "the end of the text");
    }
    return !reader->failed;
}

/* --- Scalars --- */

bool
dsy_bool_read_json(struct dsy_json_reader *reader)
{
    begin_value(reader);
    if (reader->failed)
        return false;
    if (take_word(reader, DSY_STRING("true")))
        return true;
    if (!take_word(reader, DSY_STRING("false")))
        dsy_json_expected(reader, "true or false");
    return false;
}

/* The text of a string or a number; what is neither is refused. is_integer: a string, or a number without fraction
 * and exponent. Returns false when the reader has failed. */
static bool
take_text(struct dsy_json_reader *reader, const char *expected, dsy_string *text, bool *is_integer)
{
    char first = begin_value(reader);
    *is_integer = true;
    if (reader->failed)
        return false;
    if (first == '"')
        *text = take_string(reader);
    else if (first == '-' || dsy_is_digit(first))
        *text = take_number(reader, is_integer);
    else
        dsy_json_expected(reader, expected);
    return !reader->failed;
}

#define DEFINE_INTEGER(name, type, expected)                            \
    type dsy_##name##_read_json(struct dsy_json_reader *reader)         \
    {                                                                   \
        dsy_string text;                                                \
        bool is_integer;                                                \
        type value;                                                     \
        if (!take_text(reader, expected, &text, &is_integer))           \
            return 0;                                                   \
        if (DSY_LIKELY(is_integer && dsy_##name##_parse(text, &value))) \
            return value;                                               \
        dsy_json_expected(reader, expected);                            \
        return 0;                                                       \
    }
DEFINE_INTEGER(int8, int8_t, "an integer from -128 to 127")
DEFINE_INTEGER(int16, int16_t, "an integer from -32768 to 32767")
DEFINE_INTEGER(int32, int32_t, "an integer from -2147483648 to 2147483647")
DEFINE_INTEGER(int64, int64_t, "an integer of 64 bits")
DEFINE_INTEGER(uint8, uint8_t, "an integer from 0 to 255")
DEFINE_INTEGER(uint16, uint16_t, "an integer from 0 to 65535")
DEFINE_INTEGER(uint32, uint32_t, "an integer from 0 to 4294967295")
DEFINE_INTEGER(uint64, uint64_t, "an integer from 0 to 18446744073709551615")

double
dsy_double_read_json(struct dsy_json_reader *reader)
{
    static const char expected[] = "a number, \"NaN\", \"Infinity\" or \"-Infinity\"";
    dsy_string text;
    bool is_integer;
    double value;
    bool is_string = begin_value(reader) == '"';
    if (!take_text(reader, expected, &text, &is_integer))
        return 0;
    bool is_name = dsy_string_is(text, "NaN") || dsy_string_is(text, "Infinity") || dsy_string_is(text, "-Infinity");
    if (is_string == is_name && dsy_double_parse(text, &value))
        return value;
    dsy_json_expected(reader, is_string ? expected : "a number within the range of double");
    return 0;
}

dsy_decimal
dsy_decimal_read_json(struct dsy_json_reader *reader)
{
    static const char expected[] = "a decimal string";
    dsy_string text;
    bool is_integer;
    dsy_decimal value;
    if (!take_text(reader, expected, &text, &is_integer))
        return (dsy_decimal){ { 0 } };
    if (dsy_decimal_parse(text, &value))
        return value;
    dsy_json_expected(reader, "a decimal string of at most 34 digits");
    return (dsy_decimal){ { 0 } };
}

dsy_string
dsy_string_read_json(struct dsy_json_reader *reader)
{
    char first = begin_value(reader);
    if (DSY_LIKELY(first == '"'))
        return take_string(reader);
    dsy_json_expected(reader, "a string");
    return (dsy_string){ 0 };
}

/* A string that a parse function understands. */
#define DEFINE_PARSED(name, type, zero, expected)                                          \
    type dsy_##name##_read_json(struct dsy_json_reader *reader)                            \
    {                                                                                      \
        type value;                                                                        \
        if (begin_value(reader) == '"' && dsy_##name##_parse(take_string(reader), &value)) \
            return value;                                                                  \
        dsy_json_expected(reader, expected);                                               \
        return zero;                                                                       \
    }
DEFINE_PARSED(time, int64_t, 0, "an RFC 3339 time such as \"2026-01-01T00:00:00Z\"")
DEFINE_PARSED(duration, int64_t, 0, "an ISO 8601 duration such as \"P3DT1H30M\"")
DEFINE_PARSED(uuid, dsy_uuid, (dsy_uuid){ { 0 } }, "a uuid of 8-4-4-4-12 hexadecimal digits")

dsy_bytes
dsy_bytes_read_json(struct dsy_json_reader *reader)
{
    dsy_string text = dsy_string_read_json(reader);
    uint8_t *data = dsy_json_allocate(reader, (size_t)dsy_base64_decoded_size_max(text.size_bytes));
    if (data == NULL)
        return (dsy_bytes){ 0 };
    int64_t size = dsy_base64_decode(text, data);
    if (size >= 0)
        return (dsy_bytes){ .data = data, .size_bytes = size };
    dsy_json_expected(reader, "a base64 string");
    return (dsy_bytes){ 0 };
}
