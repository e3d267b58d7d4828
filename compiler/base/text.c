/* Text: see text.h. */
#include "compiler/base/text.h"

#include <stdio.h>
#include <stdlib.h>

struct text
text_from_string(const char *string)
{
    return (struct text){ string, strlen(string) };
}

bool
text_equal(struct text left, struct text right)
{
    return left.size_bytes == right.size_bytes &&
           (left.data == right.data || left.size_bytes == 0 || memcmp(left.data, right.data, left.size_bytes) == 0);
}

bool
text_equal_string(struct text left, const char *right)
{
    return text_equal(left, text_from_string(right));
}

int
text_compare(struct text left, struct text right)
{
    size_t shorter = left.size_bytes < right.size_bytes ? left.size_bytes : right.size_bytes;
    int order = shorter == 0 ? 0 : memcmp(left.data, right.data, shorter);
    if (order != 0)
        return order;
    return left.size_bytes < right.size_bytes ? -1 : left.size_bytes > right.size_bytes;
}

bool
text_starts_with(struct text text, struct text prefix)
{
    return text.size_bytes >= prefix.size_bytes &&
           (prefix.size_bytes == 0 || memcmp(text.data, prefix.data, prefix.size_bytes) == 0);
}

/* Eight bytes at a time, multiplied and folded (the construction of wyhash): names are short, and
 * every one of them is hashed once when it is read. Not for untrusted keys of a server. */
uint64_t
text_hash(const char *data, size_t size_bytes)
{
    const uint64_t factor = 0x9e3779b97f4a7c15u;
    uint64_t hash = size_bytes * factor;
    while (size_bytes >= 8) {
        uint64_t word = 0;
        memcpy(&word, data, 8);
        unsigned __int128 product = (unsigned __int128)(hash ^ word) * factor;
        hash = (uint64_t)product ^ (uint64_t)(product >> 64);
        data += 8;
        size_bytes -= 8;
    }
    uint64_t rest = 0;
    for (size_t index = 0; index < size_bytes; index++)
        rest = rest << 8 | (unsigned char)data[index];
    unsigned __int128 product = (unsigned __int128)(hash ^ rest) * 0xd6e8feb86659fd93u;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

struct text
text_copy(struct arena *arena, struct text text)
{
    char *copy = arena_allocate_bytes(arena, text.size_bytes + 1);
    if (text.size_bytes != 0)
        memcpy(copy, text.data, text.size_bytes);
    copy[text.size_bytes] = '\0';
    return (struct text){ copy, text.size_bytes };
}

const char *
text_to_string(struct arena *arena, struct text text)
{
    return text_copy(arena, text).data;
}

struct text
text_format_list(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return TEXT("");
    char *data = arena_allocate_bytes(arena, (size_t)length + 1);
    vsnprintf(data, (size_t)length + 1, format, arguments);
    return (struct text){ data, (size_t)length };
}

struct text
text_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct text result = text_format_list(arena, format, arguments);
    va_end(arguments);
    return result;
}

size_t
utf8_length(const char *data, const char *end)
{
    const unsigned char *bytes = (const unsigned char *)data;
    size_t left = (size_t)(end - data);
    unsigned char first = bytes[0];
    if (first < 0x80)
        return 1;
    if (left < 2 || (bytes[1] & 0xC0) != 0x80)
        return 0;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (left < 3 || (bytes[2] & 0xC0) != 0x80)
        return 0;
    if ((first & 0xF0) == 0xE0) {
        bool is_overlong = first == 0xE0 && bytes[1] < 0xA0;
        bool is_surrogate = first == 0xED && bytes[1] >= 0xA0;
        return is_overlong || is_surrogate ? 0 : 3;
    }
    if (left < 4 || (bytes[3] & 0xC0) != 0x80)
        return 0;
    bool is_overlong = first == 0xF0 && bytes[1] < 0x90;
    bool is_beyond = first > 0xF4 || (first == 0xF4 && bytes[1] >= 0x90);
    return first < 0xF0 || is_overlong || is_beyond ? 0 : 4;
}

/* Levenshtein's distance, two rows. Names longer than a row are not compared: nobody mistypes them. */
#define DISTANCE_BYTES_MAX 63

size_t
text_distance(struct text left, struct text right, size_t most)
{
    if (left.size_bytes > DISTANCE_BYTES_MAX || right.size_bytes > DISTANCE_BYTES_MAX)
        return text_equal(left, right) ? 0 : most + 1;
    size_t row[DISTANCE_BYTES_MAX + 1];
    for (size_t column = 0; column <= right.size_bytes; column++)
        row[column] = column;
    for (size_t line = 1; line <= left.size_bytes; line++) {
        size_t diagonal = row[0];
        row[0] = line;
        for (size_t column = 1; column <= right.size_bytes; column++) {
            size_t cost = left.data[line - 1] == right.data[column - 1] ? diagonal : diagonal + 1;
            diagonal = row[column];
            size_t removed = row[column] + 1;
            size_t added = row[column - 1] + 1;
            row[column] = cost < removed ? cost : removed;
            if (added < row[column])
                row[column] = added;
        }
    }
    return row[right.size_bytes] <= most ? row[right.size_bytes] : most + 1;
}

/* ---- interned names ---- */

#define FIRST_INTERNER_SLOT_COUNT 1024

void
interner_initialise(struct interner *interner, struct arena *arena)
{
    interner->arena = arena;
    interner->slot_count = FIRST_INTERNER_SLOT_COUNT;
    interner->used_count = 0;
    interner->slots = arena_new_array(arena, struct interner_slot, interner->slot_count);
}

static void
interner_enlarge(struct interner *interner)
{
    size_t slot_count = interner->slot_count * 2;
    struct interner_slot *slots = arena_new_array(interner->arena, struct interner_slot, slot_count);
    for (size_t index = 0; index < interner->slot_count; index++) {
        if (interner->slots[index].data == NULL)
            continue;
        size_t slot = interner->slots[index].hash & (slot_count - 1);
        while (slots[slot].data != NULL)
            slot = (slot + 1) & (slot_count - 1);
        slots[slot] = interner->slots[index];
    }
    interner->slots = slots;
    interner->slot_count = slot_count;
}

struct text
interner_add(struct interner *interner, const char *data, size_t size_bytes)
{
    uint32_t hash = (uint32_t)text_hash(data, size_bytes);
    size_t mask = interner->slot_count - 1;
    size_t index = hash & mask;
    while (interner->slots[index].data != NULL) {
        const struct interner_slot *slot = &interner->slots[index];
        if (slot->hash == hash && slot->size_bytes == size_bytes && memcmp(slot->data, data, size_bytes) == 0)
            return (struct text){ slot->data, size_bytes };
        index = (index + 1) & mask;
    }
    struct text copy = text_copy(interner->arena, (struct text){ data, size_bytes });
    interner->slots[index] = (struct interner_slot){ copy.data, (uint32_t)size_bytes, hash };
    interner->used_count++;
    if (interner->used_count * 2 > interner->slot_count)
        interner_enlarge(interner);
    return copy;
}

/* ---- builder ---- */

void
text_builder_initialise(struct text_builder *builder, struct arena *arena)
{
    *builder = (struct text_builder){ .arena = arena };
}

/* Room for size_bytes more and a NUL. */
static void
reserve(struct text_builder *builder, size_t size_bytes)
{
    size_t wanted = builder->size_bytes + size_bytes + 1;
    if (wanted <= builder->capacity_bytes)
        return;
    size_t capacity_bytes = builder->capacity_bytes == 0 ? 256 : builder->capacity_bytes * 2;
    while (capacity_bytes < wanted)
        capacity_bytes *= 2;
    builder->data = arena_grow(builder->arena, builder->data, builder->size_bytes, capacity_bytes);
    builder->capacity_bytes = capacity_bytes;
}

void
text_builder_add(struct text_builder *builder, struct text text)
{
    if (text.size_bytes == 0)
        return;
    reserve(builder, text.size_bytes);
    memcpy(builder->data + builder->size_bytes, text.data, text.size_bytes);
    builder->size_bytes += text.size_bytes;
}

void
text_builder_add_string(struct text_builder *builder, const char *string)
{
    text_builder_add(builder, text_from_string(string));
}

void
text_builder_add_character(struct text_builder *builder, char character)
{
    reserve(builder, 1);
    builder->data[builder->size_bytes++] = character;
}

void
text_builder_add_code_point(struct text_builder *builder, uint32_t code_point)
{
    char bytes[4];
    size_t count = 0;
    if (code_point < 0x80) {
        bytes[count++] = (char)code_point;
    } else if (code_point < 0x800) {
        bytes[count++] = (char)(0xC0 | code_point >> 6);
        bytes[count++] = (char)(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        bytes[count++] = (char)(0xE0 | code_point >> 12);
        bytes[count++] = (char)(0x80 | (code_point >> 6 & 0x3F));
        bytes[count++] = (char)(0x80 | (code_point & 0x3F));
    } else {
        bytes[count++] = (char)(0xF0 | code_point >> 18);
        bytes[count++] = (char)(0x80 | (code_point >> 12 & 0x3F));
        bytes[count++] = (char)(0x80 | (code_point >> 6 & 0x3F));
        bytes[count++] = (char)(0x80 | (code_point & 0x3F));
    }
    text_builder_add(builder, (struct text){ bytes, count });
}

void
text_builder_format(struct text_builder *builder, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    reserve(builder, 64);
    size_t room = builder->capacity_bytes - builder->size_bytes;
    int length = vsnprintf(builder->data + builder->size_bytes, room, format, arguments);
    if (length > 0 && (size_t)length >= room) {
        reserve(builder, (size_t)length);
        length = vsnprintf(builder->data + builder->size_bytes, (size_t)length + 1, format, again);
    }
    if (length > 0)
        builder->size_bytes += (size_t)length;
    va_end(again);
    va_end(arguments);
}

void
text_builder_add_json(struct text_builder *builder, struct text text)
{
    text_builder_add_character(builder, '"');
    const char *end = text.data + text.size_bytes;
    for (size_t index = 0; index < text.size_bytes;) {
        unsigned char byte = (unsigned char)text.data[index];
        size_t length = utf8_length(text.data + index, end);
        if (length == 0) {
            text_builder_add_string(builder, "\\ufffd");
            index++;
            continue;
        }
        if (length > 1) {
            text_builder_add(builder, (struct text){ text.data + index, length });
            index += length;
            continue;
        }
        index++;
        if (byte == '"' || byte == '\\') {
            text_builder_add_character(builder, '\\');
            text_builder_add_character(builder, (char)byte);
        } else if (byte == '\n') {
            text_builder_add_string(builder, "\\n");
        } else if (byte < 0x20 || byte == 0x7F) {
            text_builder_format(builder, "\\u%04x", (unsigned)byte);
        } else {
            text_builder_add_character(builder, (char)byte);
        }
    }
    text_builder_add_character(builder, '"');
}

struct text
text_builder_text(struct text_builder *builder)
{
    reserve(builder, 0);
    builder->data[builder->size_bytes] = '\0';
    return (struct text){ builder->data, builder->size_bytes };
}

struct duration_reading
duration_read(int64_t nanoseconds)
{
    static const struct {
        int64_t nanoseconds;
        const char *name;
    } units[] = {
        { INT64_C(86400000000000), "d" }, { INT64_C(3600000000000), "h" }, { INT64_C(60000000000), "min" },
        { INT64_C(1000000000), "s" },     { INT64_C(1000000), "ms" },
    };
    if (nanoseconds == 0)
        return (struct duration_reading){ 0, "s" };
    for (size_t index = 0; index < sizeof units / sizeof *units; index++) {
        if (nanoseconds % units[index].nanoseconds == 0)
            return (struct duration_reading){ nanoseconds / units[index].nanoseconds, units[index].name };
    }
    return (struct duration_reading){ nanoseconds, "ns" };
}
