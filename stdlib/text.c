/* std.text: see text.dsy. Strings are UTF-8, checked when they came in. Relies on runtime/value/utf8.h, utf8proc. */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "dsy/array.h"
#include "dsy/describe.h"
#include "dsy/text.h"
#include "runtime/value/utf8.h"
#include "stdlib/text.h"

/* ---- characters ---- */

int64_t
character_count(struct dsy_run *run, dsy_string s)
{
    (void)run;
    int64_t count = 0;
    for (int64_t index = 0; index < s.size_bytes; index++)
        count += dsy_utf8_is_start(s.data[index]);
    return count;
}

static int64_t
character_bytes(dsy_string s, int64_t at)
{
    uint32_t character;
    return (int64_t)dsy_utf8_decode(s.data + at, &character);
}

struct array_string
characters(struct dsy_run *run, dsy_string s)
{
    struct array_string found = { 0 };
    if (!dsy_array_reserve(run, &found, &dsy_type_string, character_count(run, s)))
        return (struct array_string){ 0 };
    for (int64_t at = 0; at < s.size_bytes;) {
        int64_t size_bytes = character_bytes(s, at);
        found.items[found.length++] = (dsy_string){ .data = s.data + at, .size_bytes = size_bytes };
        at += size_bytes;
    }
    return found;
}

struct array_int
code_points(struct dsy_run *run, dsy_string s)
{
    struct array_int found = { 0 };
    if (!dsy_array_reserve(run, &found, &dsy_type_int64, character_count(run, s)))
        return (struct array_int){ 0 };
    for (int64_t at = 0; at < s.size_bytes;) {
        uint32_t character;
        at += (int64_t)dsy_utf8_decode(s.data + at, &character);
        found.items[found.length++] = character;
    }
    return found;
}

struct optional_string
of_code_points(struct dsy_run *run, struct array_int points)
{
    struct dsy_builder builder = dsy_builder_begin(run);
    for (int64_t index = 0; index < points.length; index++) {
        int64_t point = points.items[index];
        if (point < 0 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
            return (struct optional_string){ 0 };
        char octets[4];
        size_t size_bytes = dsy_utf8_encode((uint32_t)point, octets);
        dsy_builder_append(&builder, (dsy_string){ .data = octets, .size_bytes = (int64_t)size_bytes });
    }
    return (struct optional_string){ .has = !run->failed, .value = dsy_builder_end(&builder) };
}

dsy_string
first(struct dsy_run *run, dsy_string s, int64_t count)
{
    (void)run;
    int64_t at = 0;
    while (at < s.size_bytes && count-- > 0)
        at += character_bytes(s, at);
    return (dsy_string){ .data = s.data, .size_bytes = at };
}

bool
is_ascii(struct dsy_run *run, dsy_string s)
{
    (void)run;
    for (int64_t index = 0; index < s.size_bytes; index++) {
        if ((unsigned char)s.data[index] >= 0x80)
            return false;
    }
    return true;
}

/* What utf8proc makes of a text. */
static dsy_string
mapped(struct dsy_run *run, dsy_string s, utf8proc_option_t options)
{
    if (run->failed || is_ascii(run, s)) {
        return (options & UTF8PROC_CASEFOLD) != 0 ? dsy_string_lower(run, s) : s;
    }
    utf8proc_uint8_t *result = NULL;
    utf8proc_ssize_t size_bytes =
        utf8proc_map((const utf8proc_uint8_t *)s.data, (utf8proc_ssize_t)s.size_bytes, &result, options);
    if (size_bytes < 0) {
        run->arena->status = DSY_NO_MEMORY; /* the text is right, so nothing else fails */
        dsy_throw_out_of_memory(run);
        return (dsy_string){ 0 };
    }
    dsy_string copy = dsy_string_copy(run, (dsy_string){ .data = (const char *)result, .size_bytes = size_bytes });
    free(result);
    return copy;
}

dsy_string
normalized(struct dsy_run *run, dsy_string s)
{
    return mapped(run, s, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

dsy_string
folded(struct dsy_run *run, dsy_string s)
{
    return mapped(run, s, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
}

/* ---- parts ---- */

/* White space as trim() means it. */
static bool
is_space(dsy_string character)
{
    return dsy_string_trim(character).size_bytes == 0;
}

struct array_string
words(struct dsy_run *run, dsy_string s)
{
    struct array_string found = { 0 };
    int64_t begin = 0;
    for (int64_t at = 0; at <= s.size_bytes && !run->failed;) {
        int64_t size_bytes = at < s.size_bytes ? character_bytes(s, at) : 1;
        bool is_end = at == s.size_bytes || is_space((dsy_string){ .data = s.data + at, .size_bytes = size_bytes });
        if (is_end && at > begin) {
            dsy_string word = { .data = s.data + begin, .size_bytes = at - begin };
            dsy_array_push(run, &found, &dsy_type_string, &word);
        }
        at += size_bytes;
        begin = is_end ? at : begin;
    }
    return found;
}

/* ---- octets ---- */

struct optional_string
of_octets(struct dsy_run *run, dsy_bytes b)
{
    (void)run; /* neither of the two is ever changed in place */
    size_t size_bytes = (size_t)b.size_bytes;
    if (size_bytes > 0 && dsy_utf8_check((const char *)b.data, size_bytes) != size_bytes)
        return (struct optional_string){ 0 };
    return (struct optional_string){ .has = true,
                                     .value = { .data = (const char *)b.data, .size_bytes = b.size_bytes } };
}

/* ---- addresses ---- */

static bool
is_unreserved(char octet)
{
    return (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') ||
           octet == '-' || octet == '.' || octet == '_' || octet == '~';
}

dsy_string
escape_url(struct dsy_run *run, dsy_string s)
{
    static const char digits[] = "0123456789ABCDEF";
    char *text = dsy_allocate(run, (size_t)s.size_bytes * 3 + 1);
    if (text == NULL)
        return (dsy_string){ 0 };
    int64_t size_bytes = 0;
    for (int64_t index = 0; index < s.size_bytes; index++) {
        unsigned char octet = (unsigned char)s.data[index];
        if (is_unreserved(s.data[index])) {
            text[size_bytes++] = s.data[index];
        } else {
            text[size_bytes++] = '%';
            text[size_bytes++] = digits[octet >> 4];
            text[size_bytes++] = digits[octet & 15];
        }
    }
    return (dsy_string){ .data = text, .size_bytes = size_bytes };
}

static int
digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

struct optional_string
unescape_url(struct dsy_run *run, dsy_string s)
{
    char *text = dsy_allocate(run, (size_t)s.size_bytes + 1);
    if (text == NULL)
        return (struct optional_string){ 0 };
    int64_t size_bytes = 0;
    for (int64_t index = 0; index < s.size_bytes; index++) {
        if (s.data[index] != '%') {
            text[size_bytes++] = s.data[index];
            continue;
        }
        int high = index + 2 < s.size_bytes ? digit_value(s.data[index + 1]) : -1;
        int low = high >= 0 ? digit_value(s.data[index + 2]) : -1;
        if (low < 0)
            return (struct optional_string){ 0 };
        text[size_bytes++] = (char)(high << 4 | low);
        index += 2;
    }
    return of_octets(run, (dsy_bytes){ .data = (const uint8_t *)text, .size_bytes = size_bytes });
}
