/* string: immutable UTF-8 text. Lengths and positions count octets. */
#include <string.h>
#include <utf8proc.h>

#include "dsy/array.h"
#include "dsy/codec.h"
#include "dsy/map.h"
#include "dsy/text.h"
#include "runtime/value/utf8.h"

static dsy_string
view(const char *data, int64_t size_bytes)
{
    return (dsy_string){ .data = data, .size_bytes = size_bytes };
}

/* Memory for a text; NULL when it throws: Overflow for a text that is too large. */
static char *
allocate_text(struct dsy_run *run, int64_t size_bytes)
{
    if (size_bytes <= DSY_TEXT_BYTES_MAX)
        return dsy_allocate(run, (size_t)size_bytes);
    dsy_throw_format(run, &dsy_error_overflow, "a string would be larger than %d bytes", DSY_TEXT_BYTES_MAX);
    return NULL;
}

static void
copy_text(char *place, dsy_string part)
{
    if (part.size_bytes > 0)
        memcpy(place, part.data, (size_t)part.size_bytes);
}

/* --- Order and search --- */

int
dsy_string_compare(dsy_string left, dsy_string right)
{
    int64_t common = left.size_bytes < right.size_bytes ? left.size_bytes : right.size_bytes;
    int order = common == 0 ? 0 : memcmp(left.data, right.data, (size_t)common);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (left.size_bytes > right.size_bytes) - (left.size_bytes < right.size_bytes);
}

uint64_t
dsy_string_hash(dsy_string string, uint64_t seed)
{
    return dsy_hash(string.data, (size_t)string.size_bytes, seed);
}

int64_t
dsy_string_find(dsy_string string, dsy_string part)
{
    if (part.size_bytes == 0)
        return 0;
    if (part.size_bytes > string.size_bytes)
        return -1;
    const char *found = memmem(string.data, (size_t)string.size_bytes, part.data, (size_t)part.size_bytes);
    return found == NULL ? -1 : found - string.data;
}

bool
dsy_string_contains(dsy_string string, dsy_string part)
{
    return dsy_string_find(string, part) >= 0;
}

bool
dsy_string_starts_with(dsy_string string, dsy_string part)
{
    return part.size_bytes <= string.size_bytes && dsy_string_equal(view(string.data, part.size_bytes), part);
}

bool
dsy_string_ends_with(dsy_string string, dsy_string part)
{
    if (part.size_bytes == 0)
        return true;
    return part.size_bytes <= string.size_bytes &&
           dsy_string_equal(view(string.data + (string.size_bytes - part.size_bytes), part.size_bytes), part);
}

/* --- New strings --- */

dsy_string
dsy_string_copy(struct dsy_run *run, dsy_string string)
{
    char *data = allocate_text(run, string.size_bytes);
    if (data == NULL)
        return view(NULL, 0);
    copy_text(data, string);
    return view(data, string.size_bytes);
}

dsy_string
dsy_string_concatenate(struct dsy_run *run, dsy_string left, dsy_string right)
{
    if (left.size_bytes == 0)
        return right;
    if (right.size_bytes == 0)
        return left;
    return dsy_strings_concatenate(run, 2, (dsy_string[]){ left, right });
}

dsy_string
dsy_strings_concatenate(struct dsy_run *run, size_t count, const dsy_string *parts)
{
    int64_t size = 0;
    for (size_t i = 0; i < count && size <= DSY_TEXT_BYTES_MAX; i++)
        size += parts[i].size_bytes;
    char *data = allocate_text(run, size), *place = data;
    if (data == NULL)
        return view(NULL, 0);
    for (size_t i = 0; i < count; place += parts[i].size_bytes, i++)
        copy_text(place, parts[i]);
    return view(data, size);
}

dsy_string
dsy_string_slice(struct dsy_run *run, dsy_string string, int64_t from, int64_t to)
{
    if (from < 0 || from > to || to > string.size_bytes) {
        dsy_throw_slice_out_of_range(run, from, to, string.size_bytes);
        return view(NULL, 0);
    }
    if (from == to)
        return view(NULL, 0);
    int64_t cut = !dsy_utf8_is_start(string.data[from])                           ? from
                  : to < string.size_bytes && !dsy_utf8_is_start(string.data[to]) ? to
                                                                                  : -1;
    if (cut >= 0) {
        dsy_throw_format(run, &dsy_error_invalid_value, "position %ld of the string lies inside a character",
                         (long)cut);
        return view(NULL, 0);
    }
    return view(string.data + from, to - from);
}

struct dsy_array
dsy_string_split(struct dsy_run *run, dsy_string string, dsy_string separator)
{
    struct dsy_array parts = { 0 };
    if (separator.size_bytes == 0) {
        dsy_throw_format(run, &dsy_error_invalid_value, "a string cannot be split at an empty separator");
        return parts;
    }
    for (int64_t found; !run->failed && (found = dsy_string_find(string, separator)) >= 0;) {
        dsy_string part = view(string.data, found);
        dsy_array_push(run, &parts, &dsy_type_string, &part);
        string.data += found + separator.size_bytes;
        string.size_bytes -= found + separator.size_bytes;
    }
    dsy_array_push(run, &parts, &dsy_type_string, &string);
    return parts;
}

static bool
is_white_space(uint32_t character)
{
    if (character < 0x80)
        return character == ' ' || (character >= '\t' && character <= '\r');
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)character);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP ||
           character == 0x85;
}

dsy_string
dsy_string_trim(dsy_string string)
{
    uint32_t character;
    while (string.size_bytes > 0) {
        size_t length = dsy_utf8_decode(string.data, &character);
        if (!is_white_space(character))
            break;
        string.data += length;
        string.size_bytes -= (int64_t)length;
    }
    while (string.size_bytes > 0) {
        int64_t start = string.size_bytes - 1;
        while (!dsy_utf8_is_start(string.data[start]))
            start--;
        dsy_utf8_decode(string.data + start, &character);
        if (!is_white_space(character))
            break;
        string.size_bytes = start;
    }
    return string;
}

/* Every character through a function. The result may have other lengths, so it is measured first. */
static dsy_string
map_characters(struct dsy_run *run, dsy_string string, utf8proc_int32_t (*change)(utf8proc_int32_t))
{
    int64_t size = 0;
    uint32_t character;
    char octets[4];
    for (int64_t at = 0; at < string.size_bytes;) {
        at += (int64_t)dsy_utf8_decode(string.data + at, &character);
        size += (int64_t)dsy_utf8_encode((uint32_t)change((utf8proc_int32_t)character), octets);
    }
    char *data = allocate_text(run, size), *place = data;
    if (data == NULL)
        return view(NULL, 0);
    for (int64_t at = 0; at < string.size_bytes;) {
        at += (int64_t)dsy_utf8_decode(string.data + at, &character);
        place += dsy_utf8_encode((uint32_t)change((utf8proc_int32_t)character), place);
    }
    return view(data, size);
}

/* utf8proc makes a capital sharp s of ß; Unicode's own simple mapping, like that of C# and Go, leaves it alone. */
static utf8proc_int32_t
to_upper(utf8proc_int32_t character)
{
    return character == 0xDF ? character : utf8proc_toupper(character);
}

dsy_string
dsy_string_upper(struct dsy_run *run, dsy_string string)
{
    return map_characters(run, string, to_upper);
}

dsy_string
dsy_string_lower(struct dsy_run *run, dsy_string string)
{
    return map_characters(run, string, utf8proc_tolower);
}

dsy_string
dsy_string_replace(struct dsy_run *run, dsy_string string, dsy_string part, dsy_string replacement)
{
    if (part.size_bytes == 0) {
        dsy_throw_format(run, &dsy_error_invalid_value, "an empty string cannot be replaced");
        return view(NULL, 0);
    }
    int64_t found = dsy_string_find(string, part);
    if (found < 0)
        return string;
    struct dsy_builder builder = dsy_builder_begin(run);
    for (; found >= 0 && !run->failed; found = dsy_string_find(string, part)) {
        dsy_builder_append(&builder, view(string.data, found));
        dsy_builder_append(&builder, replacement);
        string.data += found + part.size_bytes;
        string.size_bytes -= found + part.size_bytes;
    }
    dsy_builder_append(&builder, string);
    return dsy_builder_end(&builder);
}

/* --- Builder --- */

enum { BUILDER_BYTES_MIN = 64 };

/* Make room for size_bytes more. Returns false when it throws or the run has failed. */
static bool
builder_reserve(struct dsy_builder *builder, int64_t size_bytes)
{
    if (builder->run->failed)
        return false;
    int64_t wanted = builder->size_bytes + size_bytes;
    if (wanted <= builder->capacity_bytes)
        return true;
    int64_t capacity = builder->capacity_bytes < BUILDER_BYTES_MIN ? BUILDER_BYTES_MIN : builder->capacity_bytes * 2;
    if (capacity < wanted)
        capacity = wanted;
    if (wanted > DSY_TEXT_BYTES_MAX) {
        allocate_text(builder->run, wanted);
        return false;
    }
    char *data = dsy_reallocate(builder->run, builder->data, (size_t)builder->capacity_bytes, (size_t)capacity);
    if (data == NULL)
        return false;
    builder->data = data;
    builder->capacity_bytes = capacity;
    return true;
}

void
dsy_builder_append(struct dsy_builder *builder, dsy_string part)
{
    if (!builder_reserve(builder, part.size_bytes) || part.size_bytes == 0)
        return;
    memcpy(builder->data + builder->size_bytes, part.data, (size_t)part.size_bytes);
    builder->size_bytes += part.size_bytes;
}

dsy_string
dsy_builder_end(struct dsy_builder *builder)
{
    return builder->run->failed ? view(NULL, 0) : view(builder->data, builder->size_bytes);
}

/* --- Descriptor --- */

static void
string_write_cbor(struct dsy_cbor_writer *writer, const void *value)
{
    dsy_string_write_cbor(writer, *(const dsy_string *)value);
}

static void
string_read_cbor(struct dsy_cbor_reader *reader, void *value)
{
    *(dsy_string *)value = dsy_string_read_cbor(reader);
}

static void
string_write_json(struct dsy_json_writer *writer, const void *value)
{
    dsy_string_write_json(writer, *(const dsy_string *)value);
}

static void
string_read_json(struct dsy_json_reader *reader, void *value)
{
    *(dsy_string *)value = dsy_string_read_json(reader);
}

static bool
string_equal(struct dsy_run *run, const void *left, const void *right)
{
    (void)run;
    return dsy_string_equal(*(const dsy_string *)left, *(const dsy_string *)right);
}

static int
string_compare(const void *left, const void *right)
{
    return dsy_string_compare(*(const dsy_string *)left, *(const dsy_string *)right);
}

static uint64_t
string_hash(const void *value, uint64_t seed)
{
    return dsy_string_hash(*(const dsy_string *)value, seed);
}

static dsy_string
string_text(const void *value, char *scratch)
{
    (void)scratch;
    return *(const dsy_string *)value;
}

static bool
string_parse(dsy_string text, void *value)
{
    *(dsy_string *)value = text;
    return true;
}

const struct dsy_type dsy_type_string = {
    .name = "string",
    .size_bytes = sizeof(dsy_string),
    .write_cbor = string_write_cbor,
    .read_cbor = string_read_cbor,
    .write_json = string_write_json,
    .read_json = string_read_json,
    .equal = string_equal,
    .compare = string_compare,
    .hash = string_hash,
    .text = string_text,
    .parse = string_parse,
};
