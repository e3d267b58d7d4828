/* The heap, and what values of all types have in common: see value.h. */
#include "tests/opinion/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What a program may take: a generated program is meant to be small, and one that is not tells nothing more. */
#define HEAP_BYTES_MAX ((size_t)64 << 20)
#define STEPS_MAX INT64_C(400000)

/* ---- heap ---- */

struct heap_chunk {
    struct heap_chunk *next;
    size_t size_bytes;
    _Alignas(16) char bytes[];
};

void
heap_begin(struct heap *heap)
{
    if (heap->chunks == NULL || heap->chunks->next != NULL)
        heap_free(heap);
    heap->next = heap->chunks != NULL ? heap->chunks->bytes : NULL;
    heap->end = heap->chunks != NULL ? heap->next + heap->chunks->size_bytes : NULL;
    heap->size_bytes = 0;
    heap->steps_left = STEPS_MAX;
}

void
heap_free(struct heap *heap)
{
    while (heap->chunks != NULL) {
        struct heap_chunk *chunk = heap->chunks;
        heap->chunks = chunk->next;
        free(chunk);
    }
    heap->next = heap->end = NULL;
}

void *
heap_take(struct heap *heap, size_t size_bytes)
{
    size_bytes = (size_bytes + 15) & ~(size_t)15;
    heap->size_bytes += size_bytes;
    if (heap->size_bytes > HEAP_BYTES_MAX)
        longjmp(heap->give_up, 1);
    if (heap->next == NULL || (size_t)(heap->end - heap->next) < size_bytes) {
        size_t room = size_bytes > (1 << 20) ? size_bytes : 1 << 20;
        struct heap_chunk *chunk = malloc(sizeof *chunk + room);
        if (chunk == NULL) {
            fputs("no memory\n", stderr);
            exit(2);
        }
        chunk->next = heap->chunks;
        chunk->size_bytes = room;
        heap->chunks = chunk;
        heap->next = chunk->bytes;
        heap->end = chunk->bytes + room;
    }
    void *place = heap->next;
    heap->next += size_bytes;
    return place;
}

struct value *
heap_values(struct heap *heap, int64_t count)
{
    return heap_take(heap, (size_t)count * sizeof(struct value));
}

const struct value *
heap_keep(struct heap *heap, struct value value)
{
    struct value *place = heap_values(heap, 1);
    *place = value;
    return place;
}

void
heap_step(struct heap *heap)
{
    if (--heap->steps_left < 0)
        longjmp(heap->give_up, 1);
}

/* ---- making values ---- */

struct value
value_integer(int64_t integer)
{
    return (struct value){ .as.integer = integer };
}

struct value
value_boolean(bool boolean)
{
    return (struct value){ .as.boolean = boolean };
}

struct value
value_text(const char *data, size_t size_bytes)
{
    return (struct value){ .as.text = { data, size_bytes } };
}

struct value
value_list(const struct value *items, int64_t count)
{
    return (struct value){ .as.list = { items, count } };
}

struct value
value_some(struct heap *heap, struct value value)
{
    return (struct value){ .as.some = heap_keep(heap, value) };
}

/* A constant of a default: a literal, or made of literals. */
static struct value constant(struct heap *heap, const struct expression *expression);

static struct value
constant_list(struct heap *heap, const struct expression *expression)
{
    int64_t count = (int64_t)expression->argument_count;
    struct value *items = heap_values(heap, count);
    for (int64_t index = 0; index < count; index++)
        items[index] = constant(heap, expression->arguments[index]);
    return value_list(items, count);
}

static struct value
constant(struct heap *heap, const struct expression *expression)
{
    switch ((int)expression->kind) {
    case EXPRESSION_ENUMERATOR: return value_integer(expression->as.enumerator->value);
    case EXPRESSION_NULL: return (struct value){ .as.some = NULL };
    case EXPRESSION_SOME: return value_some(heap, constant(heap, expression->operand));
    case EXPRESSION_STRUCT:
    case EXPRESSION_MAP:
    case EXPRESSION_ARRAY: return constant_list(heap, expression);
    case EXPRESSION_UNION: {
        struct value value = { .as.choice.variant = expression->as.variant };
        if (expression->operand != NULL)
            value.as.choice.payload = heap_keep(heap, constant(heap, expression->operand));
        return value;
    }
    case EXPRESSION_LITERAL: break;
    default: return value_zero(heap, expression->type);
    }
    struct value value = { 0 };
    switch ((int)expression->type->kind) {
    case TYPE_BOOL: value.as.boolean = expression->as.literal.boolean; break;
    case TYPE_DOUBLE: value.as.real = expression->as.literal.real; break;
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_UUID: value.as.text = expression->as.literal.text; break;
    case TYPE_DECIMAL: number_parse(expression->as.literal.text, &value.as.number); break;
    case TYPE_UINT8:
    case TYPE_UINT16:
    case TYPE_UINT32:
    case TYPE_UINT64: value.as.natural = expression->as.literal.natural; break;
    default: value.as.integer = expression->as.literal.integer; break;
    }
    return value;
}

static struct value
zero_members(struct heap *heap, const struct struct_declaration *declaration)
{
    int64_t count = (int64_t)declaration->member_count;
    struct value *items = heap_values(heap, count);
    for (int64_t index = 0; index < count; index++) {
        const struct member *member = &declaration->members[index];
        items[index] =
            member->default_value != NULL ? constant(heap, member->default_value) : value_zero(heap, member->type);
    }
    return value_list(items, count);
}

struct value
value_zero(struct heap *heap, const struct type *type)
{
    struct value value = { 0 };
    switch ((int)type->kind) {
    case TYPE_UUID: {
        char *octets = heap_take(heap, 16);
        memset(octets, 0, 16);
        return value_text(octets, 16);
    }
    case TYPE_STRUCT:
    case TYPE_ERROR: return zero_members(heap, type->declaration.structure);
    case TYPE_ENUM: return value_integer(type->declaration.enumeration->enumerators[0].value);
    case TYPE_UNION: {
        const struct type *first = type->declaration.variants->variants[0].type;
        if (first->kind != TYPE_VOID)
            value.as.choice.payload = heap_keep(heap, value_zero(heap, first));
        return value;
    }
    default: return value;
    }
}

/* ---- equality and order ---- */

static bool
lists_equal(const struct type *type, const struct value *left, const struct value *right)
{
    if (left->as.list.count != right->as.list.count)
        return false;
    bool is_array = type->kind == TYPE_ARRAY;
    for (int64_t index = 0; index < left->as.list.count; index++) {
        const struct type *item = is_array ? type->element : type->declaration.structure->members[index].type;
        if (!value_equal(item, &left->as.list.items[index], &right->as.list.items[index]))
            return false;
    }
    return true;
}

static bool
maps_equal(const struct type *type, const struct value *left, const struct value *right)
{
    if (left->as.list.count != right->as.list.count)
        return false;
    for (int64_t entry = 0; entry < left->as.list.count / 2; entry++) {
        int64_t other = map_find(type, right, &left->as.list.items[2 * entry]);
        if (other < 0 ||
            !value_equal(type->element, &left->as.list.items[2 * entry + 1], &right->as.list.items[2 * other + 1]))
            return false;
    }
    return true;
}

bool
value_equal(const struct type *type, const struct value *left, const struct value *right)
{
    switch ((int)type->kind) {
    case TYPE_BOOL: return left->as.boolean == right->as.boolean;
    case TYPE_DOUBLE: return left->as.real == right->as.real;
    case TYPE_ARRAY:
    case TYPE_STRUCT:
    case TYPE_ERROR: return lists_equal(type, left, right);
    case TYPE_MAP: return maps_equal(type, left, right);
    case TYPE_OPTIONAL:
        if (left->as.some == NULL || right->as.some == NULL)
            return left->as.some == right->as.some;
        return value_equal(type->element, left->as.some, right->as.some);
    case TYPE_UNION: {
        if (left->as.choice.variant != right->as.choice.variant)
            return false;
        const struct type *variant = type->declaration.variants->variants[left->as.choice.variant].type;
        return variant->kind == TYPE_VOID || value_equal(variant, left->as.choice.payload, right->as.choice.payload);
    }
    default: return value_compare(type, left, right) == 0;
    }
}

static int
compare_integers(int64_t left, int64_t right)
{
    return (left > right) - (left < right);
}

int
value_compare(const struct type *type, const struct value *left, const struct value *right)
{
    switch ((int)type->kind) {
    case TYPE_BOOL: return compare_integers(left->as.boolean, right->as.boolean);
    case TYPE_UINT8:
    case TYPE_UINT16:
    case TYPE_UINT32:
    case TYPE_UINT64: return (left->as.natural > right->as.natural) - (left->as.natural < right->as.natural);
    case TYPE_DOUBLE: {
        double first = left->as.real, second = right->as.real;
        if (isnan(first) || isnan(second))
            return (isnan(first) != 0) - (isnan(second) != 0);
        return (first > second) - (first < second);
    }
    case TYPE_DECIMAL: return number_compare(left->as.number, right->as.number);
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_UUID: return text_compare(left->as.text, right->as.text);
    default: return compare_integers(left->as.integer, right->as.integer);
    }
}

/* ---- maps ---- */

int64_t
map_find(const struct type *map_type, const struct value *map, const struct value *key)
{
    for (int64_t entry = 0; entry < map->as.list.count / 2; entry++) {
        if (value_equal(map_type->key, &map->as.list.items[2 * entry], key))
            return entry;
    }
    return -1;
}

struct value
map_with(struct heap *heap, const struct type *map_type, const struct value *map, struct value key, struct value entry)
{
    int64_t found = map_find(map_type, map, &key);
    int64_t count = map->as.list.count + (found < 0 ? 2 : 0);
    struct value *items = heap_values(heap, count);
    if (map->as.list.count > 0)
        memcpy(items, map->as.list.items, (size_t)map->as.list.count * sizeof *items);
    if (found < 0) {
        found = map->as.list.count / 2;
        items[2 * found] = key;
    }
    items[2 * found + 1] = entry;
    return value_list(items, count);
}

struct value
map_without(struct heap *heap, const struct value *map, int64_t entry)
{
    int64_t count = map->as.list.count - 2;
    struct value *items = heap_values(heap, count);
    for (int64_t index = 0; index < count; index++)
        items[index] = map->as.list.items[index < 2 * entry ? index : index + 2];
    return value_list(items, count);
}
