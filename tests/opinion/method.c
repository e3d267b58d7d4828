/* The members and methods of built-in types: see interpret.h. */
#include <stdlib.h>

#include "tests/opinion/interpret.h"

/* ---- strings ---- */

static int64_t
find_text(struct text text, struct text part, size_t from)
{
    for (size_t at = from; at + part.size_bytes <= text.size_bytes; at++) {
        if (part.size_bytes == 0 || memcmp(text.data + at, part.data, part.size_bytes) == 0)
            return (int64_t)at;
    }
    return -1;
}

static bool
is_at(struct text text, struct text part, int64_t at)
{
    return at >= 0 && (size_t)at + part.size_bytes <= text.size_bytes &&
           (part.size_bytes == 0 || memcmp(text.data + at, part.data, part.size_bytes) == 0);
}

/* Whether a character begins at a position, or the text ends there. */
static bool
is_border(struct text text, int64_t at)
{
    return (size_t)at == text.size_bytes || ((unsigned char)text.data[at] & 0xC0) != 0x80;
}

static bool
slice_text(struct machine *machine, struct text text, int64_t from, int64_t to, bool is_bytes, struct value *result)
{
    if (from < 0 || from > to || (size_t)to > text.size_bytes)
        return throw_built_in(machine, "OutOfRange");
    if (from < to && !is_bytes && (!is_border(text, from) || !is_border(text, to)))
        return throw_built_in(machine, "InvalidValue");
    *result = value_text(from < to ? text.data + from : NULL, (size_t)(to - from));
    return true;
}

static bool
split(struct machine *machine, struct text text, struct text separator, struct value *result)
{
    if (separator.size_bytes == 0)
        return throw_built_in(machine, "InvalidValue");
    int64_t count = 0;
    struct value *items = heap_values(&machine->heap, (int64_t)text.size_bytes + 1);
    size_t begin = 0;
    for (int64_t found; (found = find_text(text, separator, begin)) >= 0; begin = (size_t)found + separator.size_bytes)
        items[count++] = value_text(text.data + begin, (size_t)found - begin);
    items[count++] = value_text(text.data + begin, text.size_bytes - begin);
    *result = value_list(items, count);
    return true;
}

static bool
replace(struct machine *machine, struct text text, struct text part, struct text by, struct value *result)
{
    if (part.size_bytes == 0)
        return throw_built_in(machine, "InvalidValue");
    struct printer printer = { .heap = &machine->heap };
    size_t begin = 0;
    for (int64_t found; (found = find_text(text, part, begin)) >= 0; begin = (size_t)found + part.size_bytes) {
        heap_step(&machine->heap);
        printer_add(&printer, text.data + begin, (size_t)found - begin);
        printer_add(&printer, by.data, by.size_bytes);
    }
    printer_add(&printer, text.data + begin, text.size_bytes - begin);
    *result = printer_value(&printer);
    return true;
}

static struct value
trim(struct text text)
{
    size_t begin = 0, end = text.size_bytes;
    while (begin < end && strchr(" \t\n\v\f\r", text.data[begin]) != NULL && text.data[begin] != '\0')
        begin++;
    while (end > begin && strchr(" \t\n\v\f\r", text.data[end - 1]) != NULL && text.data[end - 1] != '\0')
        end--;
    return value_text(text.data + begin, end - begin);
}

/* Of the letters that generated programs use: ASCII and é. */
static struct value
with_case(struct heap *heap, struct text text, bool is_upper)
{
    char *copy = heap_take(heap, text.size_bytes + 1);
    for (size_t index = 0; index < text.size_bytes; index++) {
        unsigned char octet = (unsigned char)text.data[index];
        bool is_e_acute = index > 0 && (unsigned char)text.data[index - 1] == 0xC3 && (octet | 0x20) == 0xA9;
        if (is_upper && ((octet >= 'a' && octet <= 'z') || is_e_acute))
            octet = (unsigned char)(octet & ~0x20u);
        else if (!is_upper && ((octet >= 'A' && octet <= 'Z') || is_e_acute))
            octet = octet | 0x20;
        copy[index] = (char)octet;
    }
    return value_text(copy, text.size_bytes);
}

static bool
call_string_method(struct machine *machine, enum built_in_method method, struct text text,
                   const struct value *arguments, struct value *result)
{
    if (text.data == NULL)
        text = TEXT("");
    switch ((int)method) {
    case METHOD_STRING_LENGTH: *result = value_integer((int64_t)text.size_bytes); return true;
    case METHOD_STRING_CONTAINS: *result = value_boolean(find_text(text, arguments[0].as.text, 0) >= 0); return true;
    case METHOD_STRING_STARTS_WITH: *result = value_boolean(is_at(text, arguments[0].as.text, 0)); return true;
    case METHOD_STRING_ENDS_WITH:
        *result = value_boolean(
            is_at(text, arguments[0].as.text, (int64_t)text.size_bytes - (int64_t)arguments[0].as.text.size_bytes));
        return true;
    case METHOD_STRING_FIND: {
        int64_t found = find_text(text, arguments[0].as.text, 0);
        *result = found < 0 ? (struct value){ .as.some = NULL } : value_some(&machine->heap, value_integer(found));
        return true;
    }
    case METHOD_STRING_SLICE:
        return slice_text(machine, text, arguments[0].as.integer, arguments[1].as.integer, false, result);
    case METHOD_STRING_SPLIT: return split(machine, text, arguments[0].as.text, result);
    case METHOD_STRING_TRIM: *result = trim(text); return true;
    case METHOD_STRING_UPPER:
    case METHOD_STRING_LOWER: *result = with_case(&machine->heap, text, method == METHOD_STRING_UPPER); return true;
    default: return replace(machine, text, arguments[0].as.text, arguments[1].as.text, result);
    }
}

/* ---- arrays and maps ---- */

static struct value
part_of(const struct value *list, int64_t from, int64_t to)
{
    return from < to ? value_list(list->as.list.items + from, to - from) : value_list(NULL, 0);
}

/* The list with `removed` items at `at` replaced by one, or by none. */
static struct value
spliced(struct heap *heap, const struct value *list, int64_t at, int64_t removed, const struct value *inserted)
{
    int64_t added = inserted != NULL, count = list->as.list.count - removed + added;
    struct value *items = heap_values(heap, count);
    for (int64_t index = 0; index < count; index++) {
        if (index == at && inserted != NULL)
            items[index] = *inserted;
        else
            items[index] = list->as.list.items[index < at ? index : index - added + removed];
    }
    return value_list(items, count);
}

static struct value
every_second(struct heap *heap, const struct value *map, int64_t from)
{
    int64_t count = map->as.list.count / 2;
    struct value *items = heap_values(heap, count);
    for (int64_t entry = 0; entry < count; entry++)
        items[entry] = map->as.list.items[2 * entry + from];
    return value_list(items, count);
}

static struct value
joined(struct heap *heap, const struct value *list, struct text separator)
{
    struct printer printer = { .heap = heap };
    for (int64_t index = 0; index < list->as.list.count; index++) {
        heap_step(heap);
        if (index > 0)
            printer_add(&printer, separator.data, separator.size_bytes);
        printer_add(&printer, list->as.list.items[index].as.text.data, list->as.list.items[index].as.text.size_bytes);
    }
    return printer_value(&printer);
}

static struct value
got(struct heap *heap, const struct type *map_type, const struct value *map, const struct value *key)
{
    int64_t entry = map_find(map_type, map, key);
    if (entry < 0)
        return (struct value){ .as.some = NULL };
    struct value found = map->as.list.items[2 * entry + 1];
    return map_type->element->kind == TYPE_OPTIONAL ? found : value_some(heap, found);
}

static struct value
contains(const struct type *type, const struct value *list, const struct value *wanted)
{
    bool is_found = false;
    for (int64_t index = 0; index < list->as.list.count && !is_found; index++)
        is_found = value_equal(type->element, &list->as.list.items[index], wanted);
    return value_boolean(is_found);
}

static struct value
enumerator_text(const struct type *type, int64_t value, struct heap *heap)
{
    struct value enumerator = value_integer(value);
    return text_of_value(heap, type, &enumerator);
}

static struct text
error_name(const struct type *type, const struct value *receiver)
{
    return type->kind == TYPE_ANY_ERROR ? receiver->as.fault->name : type->declaration.structure->name;
}

bool
call_method(struct machine *machine, const struct expression *call, const struct value *receiver,
            const struct value *arguments, struct value *result)
{
    struct heap *heap = &machine->heap;
    const struct type *type = call->operand->type;
    enum built_in_method method = call->as.method;
    if (method <= METHOD_STRING_REPLACE)
        return call_string_method(machine, method, receiver->as.text, arguments, result);
    switch ((int)method) {
    case METHOD_BYTES_LENGTH: *result = value_integer((int64_t)receiver->as.text.size_bytes); return true;
    case METHOD_BYTES_SLICE:
        return slice_text(machine, receiver->as.text, arguments[0].as.integer, arguments[1].as.integer, true, result);
    case METHOD_ARRAY_LENGTH: *result = value_integer(receiver->as.list.count); return true;
    case METHOD_ARRAY_SLICE: {
        int64_t from = arguments[0].as.integer, to = arguments[1].as.integer;
        if (from < 0 || from > to || to > receiver->as.list.count)
            return throw_built_in(machine, "OutOfRange");
        *result = part_of(receiver, from, to);
        return true;
    }
    case METHOD_ARRAY_CONTAINS: *result = contains(type, receiver, &arguments[0]); return true;
    case METHOD_ARRAY_JOIN: *result = joined(heap, receiver, arguments[0].as.text); return true;
    case METHOD_MAP_LENGTH: *result = value_integer(receiver->as.list.count / 2); return true;
    case METHOD_MAP_HAS: *result = value_boolean(map_find(type, receiver, &arguments[0]) >= 0); return true;
    case METHOD_MAP_GET: *result = got(heap, type, receiver, &arguments[0]); return true;
    case METHOD_MAP_KEYS: *result = every_second(heap, receiver, 0); return true;
    case METHOD_MAP_VALUES: *result = every_second(heap, receiver, 1); return true;
    case METHOD_DURATION_SECONDS: *result = value_integer(receiver->as.integer / 1000000000); return true;
    case METHOD_DURATION_MILLISECONDS: *result = value_integer(receiver->as.integer / 1000000); return true;
    case METHOD_ENUM_NAME: *result = enumerator_text(type, receiver->as.integer, heap); return true;
    case METHOD_ENUM_VALUE: *result = value_integer(receiver->as.integer); return true;
    case METHOD_ERROR_NAME: result->as.text = error_name(type, receiver); return true;
    default: *result = value_text("?", 1); return true; /* messages are the implementation's own */
    }
}

/* ---- methods that change what they are called on ---- */

bool
method_changes(enum built_in_method method)
{
    switch ((int)method) {
    case METHOD_ARRAY_PUSH:
    case METHOD_ARRAY_POP:
    case METHOD_ARRAY_INSERT:
    case METHOD_ARRAY_REMOVE:
    case METHOD_ARRAY_SORT:
    case METHOD_ARRAY_REVERSE:
    case METHOD_ARRAY_CLEAR:
    case METHOD_MAP_REMOVE:
    case METHOD_MAP_CLEAR: return true;
    default: return false;
    }
}

static struct value
sorted(struct heap *heap, const struct type *type, const struct value *list)
{
    int64_t count = list->as.list.count;
    struct value *items = heap_values(heap, count);
    for (int64_t index = 0; index < count; index++) {
        int64_t place = index;
        for (; place > 0 && value_compare(type->element, &items[place - 1], &list->as.list.items[index]) > 0; place--)
            items[place] = items[place - 1];
        items[place] = list->as.list.items[index];
    }
    return value_list(items, count);
}

static struct value
reversed(struct heap *heap, const struct value *list)
{
    int64_t count = list->as.list.count;
    struct value *items = heap_values(heap, count);
    for (int64_t index = 0; index < count; index++)
        items[index] = list->as.list.items[count - 1 - index];
    return value_list(items, count);
}

static bool
remove_item(struct machine *machine, struct value *receiver, int64_t index, struct value *result)
{
    if (index < 0 || index >= receiver->as.list.count)
        return throw_built_in(machine, "OutOfRange");
    *result = receiver->as.list.items[index];
    *receiver = spliced(&machine->heap, receiver, index, 1, NULL);
    return true;
}

bool
change_by_method(struct machine *machine, const struct expression *call, struct value *receiver,
                 const struct value *arguments, struct value *result)
{
    struct heap *heap = &machine->heap;
    const struct type *type = call->operand->type;
    int64_t count = receiver->as.list.count;
    switch ((int)call->as.method) {
    case METHOD_ARRAY_PUSH: *receiver = spliced(heap, receiver, count, 0, &arguments[0]); return true;
    case METHOD_ARRAY_POP: return remove_item(machine, receiver, count - 1, result);
    case METHOD_ARRAY_REMOVE: return remove_item(machine, receiver, arguments[0].as.integer, result);
    case METHOD_ARRAY_INSERT:
        if (arguments[0].as.integer < 0 || arguments[0].as.integer > count)
            return throw_built_in(machine, "OutOfRange");
        *receiver = spliced(heap, receiver, arguments[0].as.integer, 0, &arguments[1]);
        return true;
    case METHOD_ARRAY_SORT: *receiver = sorted(heap, type, receiver); return true;
    case METHOD_ARRAY_REVERSE: *receiver = reversed(heap, receiver); return true;
    case METHOD_MAP_REMOVE: {
        int64_t entry = map_find(type, receiver, &arguments[0]);
        *result = value_boolean(entry >= 0);
        if (entry >= 0)
            *receiver = map_without(heap, receiver, entry);
        return true;
    }
    default: *receiver = value_list(NULL, 0); return true;
    }
}
