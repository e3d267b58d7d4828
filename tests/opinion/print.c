/* Values as texts and as JSON: see value.h. The forms stand in grammar/language.md, section 3. */
#include "tests/opinion/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void
printer_add(struct printer *printer, const char *data, size_t size_bytes)
{
    if (printer->size_bytes + size_bytes > printer->capacity_bytes) {
        size_t capacity = (printer->size_bytes + size_bytes) * 2 + 64;
        char *grown = heap_take(printer->heap, capacity);
        if (printer->size_bytes > 0)
            memcpy(grown, printer->data, printer->size_bytes);
        printer->data = grown;
        printer->capacity_bytes = capacity;
    }
    if (size_bytes > 0)
        memcpy(printer->data + printer->size_bytes, data, size_bytes);
    printer->size_bytes += size_bytes;
}

void
printer_add_string(struct printer *printer, const char *string)
{
    printer_add(printer, string, strlen(string));
}

struct value
printer_value(const struct printer *printer)
{
    return value_text(printer->data, printer->size_bytes);
}

static void
add_text(struct printer *printer, struct text text)
{
    printer_add(printer, text.data, text.size_bytes);
}

/* ---- scalars ---- */

static void
print_double(struct printer *printer, double real)
{
    if (isnan(real) || isinf(real)) {
        printer_add_string(printer, isnan(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
        return;
    }
    char text[64];
    for (int digits = 1; digits <= 17; digits++) { /* the shortest that reads back */
        snprintf(text, sizeof text, "%.*e", digits - 1, real);
        if (strtod(text, NULL) == real)
            break;
    }
    char digits[32];
    size_t count = 0;
    bool is_negative = text[0] == '-';
    const char *at = text + is_negative;
    for (; *at != 'e'; at++) {
        if (*at != '.')
            digits[count++] = *at;
    }
    int exponent = atoi(at + 1);
    if (is_negative)
        printer_add_string(printer, "-");
    if (exponent < -4 || exponent >= 15) {
        /* As C's %g has it: 1e+20, 1.5e-07. It switches at the precision that it was asked for, which is 15 at least.
         */
        int precision = count > 15 ? (int)count : 15;
        if (exponent < -4 || exponent >= precision) {
            printer_add(printer, digits, 1);
            if (count > 1)
                printer_add_string(printer, ".");
            printer_add(printer, digits + 1, count - 1);
            snprintf(text, sizeof text, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
            printer_add_string(printer, text);
            return;
        }
    }
    for (int place = exponent < 0 ? 0 : exponent; place >= exponent - (int)count + 1 || place >= 0; place--) {
        if (place == -1)
            printer_add_string(printer, ".");
        int index = exponent - place;
        printer_add(printer, index < 0 || index >= (int)count ? "0" : digits + index, 1);
    }
    if (exponent - (int)count + 1 >= 0)
        printer_add_string(printer, ".0");
}

/* .5, .000001: the digits of a part of a second, without zeros at the end; nothing for 0. */
static void
print_fraction(struct printer *printer, int64_t part_ns)
{
    if (part_ns == 0)
        return;
    char text[16];
    int size = snprintf(text, sizeof text, ".%09lld", (long long)part_ns);
    while (text[size - 1] == '0')
        size--;
    printer_add(printer, text, (size_t)size);
}

static void
print_duration(struct printer *printer, int64_t duration_ns)
{
    __int128 rest = duration_ns < 0 ? -(__int128)duration_ns : duration_ns;
    __int128 days = rest / 86400000000000, hours = rest / 3600000000000 % 24, minutes = rest / 60000000000 % 60;
    int64_t seconds = (int64_t)(rest / 1000000000 % 60), part_ns = (int64_t)(rest % 1000000000);
    char text[64];
    if (duration_ns < 0)
        printer_add_string(printer, "-");
    printer_add_string(printer, "P");
    if (days != 0) {
        snprintf(text, sizeof text, "%lldD", (long long)days);
        printer_add_string(printer, text);
    }
    bool has_seconds = seconds != 0 || part_ns != 0 || duration_ns == 0;
    if (hours != 0 || minutes != 0 || has_seconds)
        printer_add_string(printer, "T");
    if (hours != 0) {
        snprintf(text, sizeof text, "%lldH", (long long)hours);
        printer_add_string(printer, text);
    }
    if (minutes != 0) {
        snprintf(text, sizeof text, "%lldM", (long long)minutes);
        printer_add_string(printer, text);
    }
    if (has_seconds) {
        snprintf(text, sizeof text, "%lld", (long long)seconds);
        printer_add_string(printer, text);
        print_fraction(printer, part_ns);
        printer_add_string(printer, "S");
    }
}

static bool
is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* By counting years and months: times lie between 1677 and 2262. */
static void
print_time(struct printer *printer, int64_t time_ns)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const int64_t second_ns = 1000000000, day_seconds = 86400;
    int64_t part_ns = (time_ns % second_ns + second_ns) % second_ns;
    int64_t seconds = (int64_t)(((__int128)time_ns - part_ns) / second_ns);
    int64_t of_day = (seconds % day_seconds + day_seconds) % day_seconds;
    int64_t days = (seconds - of_day) / day_seconds, year = 1970;
    while (days < 0)
        days += is_leap(--year) ? 366 : 365;
    while (days >= (is_leap(year) ? 366 : 365))
        days -= is_leap(year++) ? 366 : 365;
    int month = 0;
    while (days >= lengths[month] + (month == 1 && is_leap(year))) {
        days -= lengths[month] + (month == 1 && is_leap(year));
        month++;
    }
    char text[64];
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", (int)year, month + 1, (int)days + 1,
             (int)(of_day / 3600), (int)(of_day / 60 % 60), (int)(of_day % 60));
    printer_add_string(printer, text);
    print_fraction(printer, part_ns);
    printer_add_string(printer, "Z");
}

static void
print_base64(struct printer *printer, struct text octets)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < octets.size_bytes; at += 3) {
        unsigned group = 0;
        size_t count = octets.size_bytes - at < 3 ? octets.size_bytes - at : 3;
        for (size_t index = 0; index < 3; index++)
            group = group << 8 | (index < count ? (unsigned char)octets.data[at + index] : 0u);
        char text[4];
        for (size_t index = 0; index < 4; index++)
            text[index] = index <= count ? letters[group >> (18 - 6 * index) & 63] : '=';
        printer_add(printer, text, 4);
    }
}

static void
print_uuid(struct printer *printer, struct text octets)
{
    char text[8];
    for (size_t index = 0; index < 16; index++) {
        bool has_dash = index == 4 || index == 6 || index == 8 || index == 10;
        snprintf(text, sizeof text, "%s%02x", has_dash ? "-" : "", (unsigned)(unsigned char)octets.data[index]);
        printer_add_string(printer, text);
    }
}

static struct text
enumerator_name(const struct type *type, int64_t value)
{
    const struct enum_declaration *declaration = type->declaration.enumeration;
    for (size_t index = 0; index < declaration->enumerator_count; index++) {
        if (declaration->enumerators[index].value == value)
            return declaration->enumerators[index].name;
    }
    return TEXT("?");
}

/* A type whose text is no JSON. Returns false when it is none. */
static bool
print_scalar(struct printer *printer, const struct type *type, const struct value *value)
{
    char text[96];
    switch ((int)type->kind) {
    case TYPE_BOOL: printer_add_string(printer, value->as.boolean ? "true" : "false"); return true;
    case TYPE_INT8:
    case TYPE_INT16:
    case TYPE_INT32:
    case TYPE_INT64:
        snprintf(text, sizeof text, "%lld", (long long)value->as.integer);
        printer_add_string(printer, text);
        return true;
    case TYPE_UINT8:
    case TYPE_UINT16:
    case TYPE_UINT32:
    case TYPE_UINT64:
        snprintf(text, sizeof text, "%llu", (unsigned long long)value->as.natural);
        printer_add_string(printer, text);
        return true;
    case TYPE_DOUBLE: print_double(printer, value->as.real); return true;
    case TYPE_DECIMAL: printer_add(printer, text, number_print(value->as.number, text)); return true;
    case TYPE_STRING: add_text(printer, value->as.text); return true;
    case TYPE_BYTES: print_base64(printer, value->as.text); return true;
    case TYPE_TIME: print_time(printer, value->as.integer); return true;
    case TYPE_DURATION: print_duration(printer, value->as.integer); return true;
    case TYPE_UUID: print_uuid(printer, value->as.text); return true;
    case TYPE_ENUM: add_text(printer, enumerator_name(type, value->as.integer)); return true;
    default: return false;
    }
}

/* ---- JSON ---- */

static void
print_quoted(struct printer *printer, struct text text)
{
    printer_add_string(printer, "\"");
    for (size_t index = 0; index < text.size_bytes; index++) {
        char escape[8], character = text.data[index];
        const char *short_form = character == '"'    ? "\\\""
                                 : character == '\\' ? "\\\\"
                                 : character == '\n' ? "\\n"
                                 : character == '\r' ? "\\r"
                                 : character == '\t' ? "\\t"
                                 : character == '\b' ? "\\b"
                                 : character == '\f' ? "\\f"
                                                     : NULL;
        if (short_form != NULL) {
            printer_add_string(printer, short_form);
        } else if ((unsigned char)character < 0x20) {
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)character);
            printer_add_string(printer, escape);
        } else {
            printer_add(printer, &character, 1);
        }
    }
    printer_add_string(printer, "\"");
}

static bool
is_bare_in_json(const struct type *type, const struct value *value)
{
    const int64_t exact_max = (INT64_C(1) << 53) - 1;
    switch ((int)type->kind) {
    case TYPE_BOOL: return true;
    case TYPE_INT8:
    case TYPE_INT16:
    case TYPE_INT32:
    case TYPE_INT64: return value->as.integer <= exact_max && value->as.integer >= -exact_max;
    case TYPE_UINT8:
    case TYPE_UINT16:
    case TYPE_UINT32:
    case TYPE_UINT64: return value->as.natural <= (uint64_t)exact_max;
    case TYPE_DOUBLE: return isfinite(value->as.real);
    default: return false;
    }
}

static void
print_member(struct printer *printer, const struct member *member, const struct value *value)
{
    print_quoted(printer, member->name);
    printer_add_string(printer, ":");
    if (member->type->kind == TYPE_VOID)
        printer_add_string(printer, "null");
    else
        print_json(printer, member->type, value);
}

static void
print_members(struct printer *printer, const struct struct_declaration *declaration, const struct value *value,
              bool is_first)
{
    for (size_t index = 0; index < declaration->member_count; index++) {
        if (index > 0 || !is_first)
            printer_add_string(printer, ",");
        print_member(printer, &declaration->members[index], &value->as.list.items[index]);
    }
}

static void
print_list(struct printer *printer, const struct type *type, const struct value *value)
{
    bool is_map = type->kind == TYPE_MAP;
    printer_add_string(printer, is_map ? "{" : "[");
    for (int64_t index = 0; index < value->as.list.count; index++) {
        const struct value *item = &value->as.list.items[index];
        bool is_key = is_map && index % 2 == 0;
        if (index > 0 && (is_key || !is_map))
            printer_add_string(printer, ",");
        if (is_key) {
            struct value text = text_of_value(printer->heap, type->key, item);
            print_quoted(printer, text.as.text);
            printer_add_string(printer, ":");
        } else {
            print_json(printer, type->element, item);
        }
    }
    printer_add_string(printer, is_map ? "}" : "]");
}

void
print_json(struct printer *printer, const struct type *type, const struct value *value)
{
    switch ((int)type->kind) {
    case TYPE_VOID: printer_add_string(printer, "null"); return;
    case TYPE_ARRAY:
    case TYPE_MAP: print_list(printer, type, value); return;
    case TYPE_OPTIONAL:
        if (value->as.some == NULL)
            printer_add_string(printer, "null");
        else
            print_json(printer, type->element, value->as.some);
        return;
    case TYPE_STRUCT:
        printer_add_string(printer, "{");
        print_members(printer, type->declaration.structure, value, true);
        printer_add_string(printer, "}");
        return;
    case TYPE_UNION:
        printer_add_string(printer, "{");
        print_member(printer, &type->declaration.variants->variants[value->as.choice.variant],
                     value->as.choice.payload);
        printer_add_string(printer, "}");
        return;
    case TYPE_STRING: print_quoted(printer, value->as.text); return;
    default: break;
    }
    bool is_bare = is_bare_in_json(type, value);
    if (!is_bare)
        printer_add_string(printer, "\"");
    print_scalar(printer, type, value);
    if (!is_bare)
        printer_add_string(printer, "\"");
}

void
print_fault(struct printer *printer, const struct fault *fault)
{
    printer_add_string(printer, "{\"error\":");
    print_quoted(printer, fault->name);
    if (fault->type != NULL)
        print_members(printer, fault->type->declaration.structure, &fault->members, false);
    printer_add_string(printer, "}");
}

struct value
text_of_value(struct heap *heap, const struct type *type, const struct value *value)
{
    if (type->kind == TYPE_STRING)
        return *value;
    struct printer printer = { .heap = heap };
    if (!print_scalar(&printer, type, value))
        print_json(&printer, type, value);
    return printer_value(&printer);
}
