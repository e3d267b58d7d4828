/* Literals: see literal.h. Relies on the lexer's rules having checked the form: digits where digits stand. */
#include "compiler/syntax/literal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* IEEE 754 decimal128. */
#define DECIMAL_DIGITS_MAX 34
#define DECIMAL_EXPONENT_MAX 6111
#define DECIMAL_EXPONENT_MIN (-6176)

/* ---- numbers ---- */

static unsigned
digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return (unsigned)(digit - '0');
    return (unsigned)((digit | 0x20) - 'a') + 10;
}

/* The spelling without `_`, NUL-terminated. */
static struct text
without_separators(struct lexer *lexer, struct text spelling)
{
    char *copy = arena_allocate_bytes(lexer->arena, spelling.size_bytes + 1);
    size_t size_bytes = 0;
    for (size_t index = 0; index < spelling.size_bytes; index++) {
        if (spelling.data[index] != '_')
            copy[size_bytes++] = spelling.data[index];
    }
    copy[size_bytes] = '\0';
    return (struct text){ copy, size_bytes };
}

static bool
begins_with_zero(struct text spelling)
{
    return spelling.size_bytes > 1 && spelling.data[0] == '0' &&
           ((spelling.data[1] >= '0' && spelling.data[1] <= '9') || spelling.data[1] == '_');
}

/* `010` is eight to a C programmer and ten to everybody else. */
static void
check_leading_zero(struct lexer *lexer, struct text spelling, struct span span)
{
    if (begins_with_zero(spelling))
        diagnostic_add(lexer->diagnostics, DIAGNOSTIC_LEADING_ZERO, span, spelling);
}

uint64_t
literal_integer(struct lexer *lexer, struct text spelling, struct span span)
{
    unsigned base = 10;
    size_t index = 0;
    if (spelling.size_bytes > 2 && spelling.data[0] == '0' && (spelling.data[1] | 0x20) == 'x')
        base = 16;
    else if (spelling.size_bytes > 2 && spelling.data[0] == '0' && (spelling.data[1] | 0x20) == 'b')
        base = 2;
    if (base != 10)
        index = 2;
    else
        check_leading_zero(lexer, spelling, span);
    uint64_t value = 0;
    for (; index < spelling.size_bytes; index++) {
        if (spelling.data[index] == '_')
            continue;
        if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit_value(spelling.data[index]), &value)) {
            diagnostic_add(lexer->diagnostics, DIAGNOSTIC_INTEGER_TOO_LARGE, span, spelling);
            return 0;
        }
    }
    return value;
}

double
literal_double(struct lexer *lexer, struct text spelling, struct span span)
{
    check_leading_zero(lexer, spelling, span);
    struct text plain = without_separators(lexer, spelling);
    double value = strtod(plain.data, NULL);
    if (isinf(value)) {
        diagnostic_add(lexer->diagnostics, DIAGNOSTIC_DOUBLE_TOO_LARGE, span, spelling);
        return 0.0;
    }
    return value;
}

/* Digits that count: from the first that is not zero to the last one written. */
static size_t
count_significant_digits(struct text plain)
{
    size_t count = 0;
    for (size_t index = 0; index < plain.size_bytes; index++) {
        char character = plain.data[index];
        if (character == 'e' || character == 'E')
            break;
        if (character != '.' && (count > 0 || character != '0'))
            count++;
    }
    return count;
}

/* The exponent of the last digit: of "1.50e3" it is 1. */
static long
last_digit_exponent(struct text plain)
{
    long exponent = 0;
    bool behind_point = false;
    for (size_t index = 0; index < plain.size_bytes; index++) {
        char character = plain.data[index];
        if (character == '.') {
            behind_point = true;
        } else if (character == 'e' || character == 'E') {
            errno = 0;
            long written = strtol(plain.data + index + 1, NULL, 10);
            return errno == ERANGE || labs(written) > 100000 ? (written < 0 ? -100000 : 100000) : exponent + written;
        } else if (behind_point) {
            exponent--;
        }
    }
    return exponent;
}

struct text
literal_decimal(struct lexer *lexer, struct text spelling, struct span span)
{
    check_leading_zero(lexer, spelling, span);
    struct text plain = without_separators(lexer, (struct text){ spelling.data, spelling.size_bytes - 1 });
    long exponent = last_digit_exponent(plain);
    if (count_significant_digits(plain) > DECIMAL_DIGITS_MAX || exponent > DECIMAL_EXPONENT_MAX ||
        exponent < DECIMAL_EXPONENT_MIN) {
        diagnostic_add(lexer->diagnostics, DIAGNOSTIC_DECIMAL_TOO_LONG, span, spelling);
        return TEXT("0");
    }
    return plain;
}

static int64_t
unit_ns(const char *unit, size_t size_bytes)
{
    if (size_bytes == 2)
        return 1000000; /* ms */
    if (size_bytes == 3)
        return 60000000000; /* min */
    if (unit[0] == 's')
        return 1000000000;
    return unit[0] == 'h' ? 3600000000000 : 86400000000000;
}

int64_t
literal_duration(struct lexer *lexer, struct text spelling, struct span span)
{
    check_leading_zero(lexer, spelling, span);
    int64_t value = 0;
    size_t index = 0;
    bool overflows = false;
    for (; index < spelling.size_bytes && (spelling.data[index] < 'a'); index++) {
        if (spelling.data[index] == '_')
            continue;
        overflows |= __builtin_mul_overflow(value, (int64_t)10, &value);
        overflows |= __builtin_add_overflow(value, (int64_t)digit_value(spelling.data[index]), &value);
    }
    overflows |= __builtin_mul_overflow(value, unit_ns(spelling.data + index, spelling.size_bytes - index), &value);
    if (overflows) {
        diagnostic_add(lexer->diagnostics, DIAGNOSTIC_DURATION_TOO_LONG, span, spelling);
        return 0;
    }
    return value;
}

void
literal_bad_number(struct lexer *lexer, struct text spelling, struct span span)
{
    size_t letters = 0;
    while (letters < spelling.size_bytes && digit_value(spelling.data[letters]) < 10)
        letters++;
    struct text suffix = { spelling.data + letters, spelling.size_bytes - letters };
    struct diagnostic *found = diagnostic_add(lexer->diagnostics, DIAGNOSTIC_INVALID_NUMBER, span, spelling);
    if (letters == 1 && spelling.data[0] == '0' && suffix.size_bytes > 0 &&
        ((suffix.data[0] | 0x20) == 'x' || (suffix.data[0] | 0x20) == 'b'))
        diagnostic_help(found, "digits of %s stand behind '0%c', with single '_' between them",
                        (suffix.data[0] | 0x20) == 'x' ? "base 16" : "base 2", suffix.data[0]);
    else if (suffix.size_bytes > 0 && suffix.data[0] == '_')
        diagnostic_help(found, "'_' stands only between two digits");
    else if (memchr(spelling.data, '.', spelling.size_bytes) != NULL)
        diagnostic_help(found, "a duration is a whole number and a unit: '1500ms'; a decimal ends in 'm': '1.5m'");
    else
        diagnostic_help(found, "durations: 'ms', 's', 'min', 'h', 'd', as in '5min'; a decimal ends in 'm': '5m'");
}

/* ---- strings ---- */

struct decoder {
    struct lexer *lexer;
    struct text body;
    uint32_t offset; /* of the body */
    enum string_form form;
    struct text_builder result;
};

static void
report_escape(struct decoder *decoder, size_t begin, size_t end, const char *why)
{
    struct span span = { decoder->offset + (uint32_t)begin, decoder->offset + (uint32_t)end };
    struct text escape = { decoder->body.data + begin, end - begin };
    struct diagnostic *found = diagnostic_add(decoder->lexer->diagnostics, DIAGNOSTIC_INVALID_ESCAPE, span, escape);
    diagnostic_help(found, "%s", why);
}

static bool
is_hexadecimal(char character)
{
    return (character >= '0' && character <= '9') || ((character | 0x20) >= 'a' && (character | 0x20) <= 'f');
}

/* \x41: one octet; in a string it must be ASCII, so that the string stays UTF-8. Returns the index behind it. */
static size_t
decode_octet(struct decoder *decoder, size_t begin)
{
    struct text body = decoder->body;
    size_t index = begin + 2;
    if (index + 2 > body.size_bytes || !is_hexadecimal(body.data[index]) || !is_hexadecimal(body.data[index + 1])) {
        report_escape(decoder, begin, index, "two hexadecimal digits stand behind '\\x'");
        return index;
    }
    unsigned value = digit_value(body.data[index]) * 16 + digit_value(body.data[index + 1]);
    if (value > 0x7F && decoder->form != STRING_BYTES) {
        report_escape(decoder, begin, index + 2, "a string is text: above 7f write '\\u{…}', or make it bytes: b\"…\"");
        return index + 2;
    }
    text_builder_add_character(&decoder->result, (char)(unsigned char)value);
    return index + 2;
}

/* \u{1F600}: a code point. */
static size_t
decode_code_point(struct decoder *decoder, size_t begin)
{
    struct text body = decoder->body;
    size_t index = begin + 2;
    uint32_t value = 0;
    size_t digit_count = 0;
    if (index < body.size_bytes && body.data[index] == '{') {
        index++;
        while (index < body.size_bytes && is_hexadecimal(body.data[index])) {
            value = value > 0x10FFFF ? value : value * 16 + digit_value(body.data[index]);
            index++;
            digit_count++;
        }
    }
    if (digit_count == 0 || index >= body.size_bytes || body.data[index] != '}') {
        report_escape(decoder, begin, index, "write a code point as '\\u{1F600}'");
        return index;
    }
    index++;
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        report_escape(decoder, begin, index, "code points go up to 10FFFF, without D800 to DFFF");
        return index;
    }
    text_builder_add_code_point(&decoder->result, value);
    return index;
}

static size_t
decode_escape(struct decoder *decoder, size_t begin)
{
    char letter = decoder->body.data[begin + 1];
    char value = '\0';
    switch (letter) {
    case 'n': value = '\n'; break;
    case 't': value = '\t'; break;
    case 'r': value = '\r'; break;
    case '0': value = '\0'; break;
    case '\\':
    case '"': value = letter; break;
    case 'x': return decode_octet(decoder, begin);
    case 'u': return decode_code_point(decoder, begin);
    default: {
        const char *end = decoder->body.data + decoder->body.size_bytes;
        size_t length = utf8_length(decoder->body.data + begin + 1, end);
        report_escape(decoder, begin, begin + 1 + (length == 0 ? 1 : length),
                      "the escapes are \\n \\t \\r \\0 \\\\ \\\" \\x41 \\u{1F600}");
        return begin + 1 + (length == 0 ? 1 : length);
    }
    }
    text_builder_add_character(&decoder->result, value);
    return begin + 2;
}

/* `{{` and `}}` of $"…"; a `{` alone begins a hole and never comes here. */
static size_t
decode_brace(struct decoder *decoder, size_t begin)
{
    struct text body = decoder->body;
    if (begin + 1 < body.size_bytes && body.data[begin + 1] == body.data[begin]) {
        text_builder_add_character(&decoder->result, body.data[begin]);
        return begin + 2;
    }
    struct span span = { decoder->offset + (uint32_t)begin, decoder->offset + (uint32_t)begin + 1 };
    diagnostic_add(decoder->lexer->diagnostics, DIAGNOSTIC_LONE_BRACE, span);
    return begin + 1;
}

static bool
needs_decoding(struct text body, enum string_form form)
{
    if (memchr(body.data, '\\', body.size_bytes) != NULL)
        return true;
    return form == STRING_INTERPOLATED &&
           (memchr(body.data, '{', body.size_bytes) != NULL || memchr(body.data, '}', body.size_bytes) != NULL);
}

struct text
literal_string(struct lexer *lexer, struct text body, uint32_t offset, enum string_form form)
{
    if (!needs_decoding(body, form))
        return body;
    struct decoder decoder = { .lexer = lexer, .body = body, .offset = offset, .form = form };
    text_builder_initialise(&decoder.result, lexer->arena);
    size_t index = 0;
    while (index < body.size_bytes) {
        char character = body.data[index];
        if (character == '\\') {
            index = decode_escape(&decoder, index);
        } else if (form == STRING_INTERPOLATED && (character == '{' || character == '}')) {
            index = decode_brace(&decoder, index);
        } else {
            text_builder_add_character(&decoder.result, character);
            index++;
        }
    }
    return text_builder_text(&decoder.result);
}

/* ---- raw strings ---- */

static bool
is_blank(char character)
{
    return character == ' ' || character == '\t';
}

/* The blanks before the closing quotes, if they stand on a line of their own; else all zero. */
static struct text
find_indentation(struct text body)
{
    size_t begin = body.size_bytes;
    while (begin > 0 && is_blank(body.data[begin - 1]))
        begin--;
    if (begin == 0 || body.data[begin - 1] != '\n')
        return (struct text){ NULL, 0 };
    return (struct text){ body.data + begin, body.size_bytes - begin };
}

static size_t
line_end(struct text body, size_t begin)
{
    const char *end = memchr(body.data + begin, '\n', body.size_bytes - begin);
    return end == NULL ? body.size_bytes : (size_t)(end - body.data);
}

/* Add a line without its indentation; a blank line may be shorter than that. */
static void
add_raw_line(struct decoder *decoder, struct text indentation, size_t begin, size_t end)
{
    struct text line = { decoder->body.data + begin, end - begin };
    if (line.size_bytes > 0 && line.data[line.size_bytes - 1] == '\r')
        line.size_bytes--;
    if (text_starts_with(line, indentation)) {
        line.data += indentation.size_bytes;
        line.size_bytes -= indentation.size_bytes;
    } else {
        size_t blanks = 0;
        while (blanks < line.size_bytes && is_blank(line.data[blanks]))
            blanks++;
        if (blanks < line.size_bytes) {
            struct span span = { decoder->offset + (uint32_t)begin,
                                 decoder->offset + (uint32_t)(begin + (blanks == 0 ? 1 : blanks)) };
            diagnostic_add(decoder->lexer->diagnostics, DIAGNOSTIC_RAW_STRING_INDENTATION, span);
        }
        line.data += blanks;
        line.size_bytes -= blanks;
    }
    text_builder_add(&decoder->result, line);
}

struct text
literal_raw_string(struct lexer *lexer, struct text body, uint32_t offset)
{
    size_t first_end = line_end(body, 0);
    for (size_t index = 0; index < first_end; index++) {
        if (!is_blank(body.data[index]) && body.data[index] != '\r')
            return body; /* text stands beside the opening quotes: taken as it is */
    }
    struct text indentation = find_indentation(body);
    if (first_end == body.size_bytes || indentation.data == NULL)
        return first_end == body.size_bytes
                   ? body
                   : (struct text){ body.data + first_end + 1, body.size_bytes - first_end - 1 };
    size_t end = (size_t)(indentation.data - body.data); /* behind the last line feed */
    struct decoder decoder = { .lexer = lexer, .body = body, .offset = offset };
    text_builder_initialise(&decoder.result, lexer->arena);
    for (size_t begin = first_end + 1; begin < end;) {
        size_t this_end = line_end(body, begin);
        if (begin != first_end + 1)
            text_builder_add_character(&decoder.result, '\n');
        add_raw_line(&decoder, indentation, begin, this_end);
        begin = this_end + 1;
    }
    return text_builder_text(&decoder.result);
}
