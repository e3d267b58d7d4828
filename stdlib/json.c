/* std.json: see json.dsy, which has the grammar. Here a text falls into words, and strings get their escapes; both by
 * RFC 8259. Strings are UTF-8, checked when they came in. */
#include <string.h>

#include "dsy/array.h"
#include "dsy/text.h"
#include "runtime/value/utf8.h"
#include "stdlib/json.h"

/* Of a word that is not right. */
static struct JsonWord
mistake(int64_t at)
{
    return (struct JsonWord){ .kind = DSY_STRING("!"), .next = at };
}

static bool
is_digit(dsy_string text, int64_t at)
{
    return at < text.size_bytes && text.data[at] >= '0' && text.data[at] <= '9';
}

static bool
is_octet(dsy_string text, int64_t at, char octet)
{
    return at < text.size_bytes && text.data[at] == octet;
}

static int64_t
skip_digits(dsy_string text, int64_t at)
{
    while (is_digit(text, at))
        at++;
    return at;
}

/* [-] int [frac] [exp] */
static struct JsonWord
number_word(dsy_string text, int64_t begin)
{
    int64_t at = begin + is_octet(text, begin, '-');
    if (!is_digit(text, at))
        return mistake(begin);
    at = is_octet(text, at, '0') ? at + 1 : skip_digits(text, at);
    if (is_octet(text, at, '.')) {
        if (!is_digit(text, at + 1))
            return mistake(begin);
        at = skip_digits(text, at + 1);
    }
    if (is_octet(text, at, 'e') || is_octet(text, at, 'E')) {
        at++;
        at += is_octet(text, at, '+') || is_octet(text, at, '-');
        if (!is_digit(text, at))
            return mistake(begin);
        at = skip_digits(text, at);
    }
    return (struct JsonWord){
        .kind = DSY_STRING("0"),
        .next = at,
        .text = { .data = text.data + begin, .size_bytes = at - begin },
    };
}

/* The four digits of \uXXXX; -1: there are not four. */
static int32_t
read_unit(dsy_string text, int64_t at)
{
    int32_t unit = 0;
    if (at + 4 > text.size_bytes)
        return -1;
    for (int64_t index = at; index < at + 4; index++) {
        char digit = text.data[index];
        int32_t value = digit >= '0' && digit <= '9'   ? digit - '0'
                        : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                        : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                                       : -1;
        if (value < 0)
            return -1;
        unit = unit << 4 | value;
    }
    return unit;
}

/* The character of the escape whose letter is at *at, which goes behind it. Returns false where there is none; half a
 * surrogate pair is none. */
static bool
read_escape(dsy_string text, int64_t *at, uint32_t *character)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char letter = *at < text.size_bytes ? text.data[*at] : '\0';
    if (letter != 'u') {
        const char *place = letter == '\0' ? NULL : strchr(letters, letter);
        *character = place == NULL ? 0 : (uint32_t)meanings[place - letters];
        *at += 1;
        return place != NULL;
    }
    int32_t unit = read_unit(text, *at + 1);
    *at += 5;
    *character = (uint32_t)unit;
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit >= 0;
    int32_t second = is_octet(text, *at, '\\') && is_octet(text, *at + 1, 'u') ? read_unit(text, *at + 2) : -1;
    *at += 6;
    *character = 0x10000 + ((uint32_t)(unit & 0x3FF) << 10 | (uint32_t)(second & 0x3FF));
    return unit <= 0xDBFF && second >= 0xDC00 && second <= 0xDFFF;
}

/* The string whose quote is at `begin`, with escapes: it gets a text of its own. */
static struct JsonWord
escaped_word(struct dsy_run *run, dsy_string text, int64_t begin, int64_t end)
{
    char *octets = dsy_allocate(run, (size_t)(end - begin)); /* an escape is longer than what it means */
    if (octets == NULL)
        return mistake(begin);
    int64_t size_bytes = 0;
    for (int64_t at = begin + 1; at < end;) {
        if (text.data[at] != '\\') {
            octets[size_bytes++] = text.data[at++];
            continue;
        }
        uint32_t character;
        at++;
        if (!read_escape(text, &at, &character) || at > end)
            return mistake(begin);
        size_bytes += (int64_t)dsy_utf8_encode(character, octets + size_bytes);
    }
    return (struct JsonWord){
        .kind = DSY_STRING("\""),
        .next = end + 1,
        .text = { .data = octets, .size_bytes = size_bytes },
    };
}

static struct JsonWord
string_word(struct dsy_run *run, dsy_string text, int64_t begin)
{
    bool is_escaped = false;
    int64_t at = begin + 1;
    for (; at < text.size_bytes && text.data[at] != '"'; at++) {
        if ((unsigned char)text.data[at] < 0x20)
            return mistake(begin);
        if (text.data[at] == '\\') {
            is_escaped = true;
            at++;
        }
    }
    if (at >= text.size_bytes)
        return mistake(begin);
    if (is_escaped)
        return escaped_word(run, text, begin, at);
    return (struct JsonWord){
        .kind = DSY_STRING("\""),
        .next = at + 1,
        .text = { .data = text.data + begin + 1, .size_bytes = at - begin - 1 },
    };
}

static struct JsonWord
name_word(dsy_string text, int64_t begin, dsy_string name)
{
    bool is_name = text.size_bytes - begin >= name.size_bytes &&
                   memcmp(text.data + begin, name.data, (size_t)name.size_bytes) == 0;
    if (!is_name)
        return mistake(begin);
    return (struct JsonWord){
        .kind = { .data = text.data + begin, .size_bytes = 1 },
        .next = begin + name.size_bytes,
    };
}

struct JsonWord
json_word(struct dsy_run *run, dsy_string text, int64_t position)
{
    int64_t at = position < 0 ? 0 : position;
    while (at < text.size_bytes && strchr(" \t\r\n", text.data[at]) != NULL && text.data[at] != '\0')
        at++;
    if (at >= text.size_bytes)
        return (struct JsonWord){ .kind = DSY_STRING(""), .next = text.size_bytes };
    switch (text.data[at]) {
    case '{':
    case '}':
    case '[':
    case ']':
    case ',':
    case ':': return (struct JsonWord){ .kind = { .data = text.data + at, .size_bytes = 1 }, .next = at + 1 };
    case '"': return string_word(run, text, at);
    case 'n': return name_word(text, at, DSY_STRING("null"));
    case 't': return name_word(text, at, DSY_STRING("true"));
    case 'f': return name_word(text, at, DSY_STRING("false"));
    default: return number_word(text, at);
    }
}

/* What stands behind the backslash for an octet; '\0': the octet stands for itself; 'u': four digits follow. */
static char
escape_of(unsigned char octet)
{
    switch (octet) {
    case '"': return '"';
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return octet < 0x20 ? 'u' : '\0';
    }
}

dsy_string
json_string(struct dsy_run *run, dsy_string text)
{
    static const char digits[] = "0123456789abcdef";
    char *octets = dsy_allocate(run, (size_t)text.size_bytes * 6 + 2);
    if (octets == NULL)
        return (dsy_string){ 0 };
    int64_t size_bytes = 0;
    octets[size_bytes++] = '"';
    for (int64_t index = 0; index < text.size_bytes; index++) {
        unsigned char octet = (unsigned char)text.data[index];
        char escape = escape_of(octet);
        if (escape != '\0')
            octets[size_bytes++] = '\\';
        octets[size_bytes++] = escape != '\0' ? escape : (char)octet;
        if (escape == 'u') {
            const char hex[] = { '0', '0', digits[octet >> 4], digits[octet & 15] };
            memcpy(octets + size_bytes, hex, sizeof hex);
            size_bytes += (int64_t)sizeof hex;
        }
    }
    octets[size_bytes++] = '"';
    return (dsy_string){ .data = octets, .size_bytes = size_bytes };
}
