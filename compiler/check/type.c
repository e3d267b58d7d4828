/* Types: interning, and what holds between them. See type.h and type_table.h. */
#include "compiler/check/type_table.h"

#include "compiler/base/text.h"

#define FIRST_SLOT_COUNT 64

struct scalar_name {
    enum type_kind kind;
    const char *name;   /* in diagnostics */
    const char *c_name; /* stem of C identifiers */
};

static const struct scalar_name scalar_names[] = {
    { TYPE_POISON, "unknown type", "unknown" },
    { TYPE_VOID, "void", "void" },
    { TYPE_NULL, "null", "null" },
    { TYPE_BOOL, "bool", "bool" },
    { TYPE_INT8, "int8", "int8" },
    { TYPE_INT16, "int16", "int16" },
    { TYPE_INT32, "int32", "int32" },
    { TYPE_INT64, "int", "int" },
    { TYPE_UINT8, "uint8", "uint8" },
    { TYPE_UINT16, "uint16", "uint16" },
    { TYPE_UINT32, "uint32", "uint32" },
    { TYPE_UINT64, "uint64", "uint64" },
    { TYPE_DOUBLE, "double", "double" },
    { TYPE_DECIMAL, "decimal", "decimal" },
    { TYPE_STRING, "string", "string" },
    { TYPE_BYTES, "bytes", "bytes" },
    { TYPE_TIME, "time", "time" },
    { TYPE_DURATION, "duration", "duration" },
    { TYPE_UUID, "uuid", "uuid" },
    { TYPE_ANY_ERROR, "error", "error" },
};

static struct type *
add_type(struct type_table *table, enum type_kind kind, struct text name, struct text c_name)
{
    struct type *type = arena_new(table->arena, struct type);
    type->kind = kind;
    type->name = name;
    type->c_name = c_name;
    type->index = (uint32_t)table->all.count;
    vector_add(table->arena, &table->all, type);
    return type;
}

void
type_table_initialise(struct type_table *table, struct arena *arena, struct c_names *c_names)
{
    *table = (struct type_table){ .arena = arena, .c_names = c_names };
    for (size_t index = 0; index < sizeof scalar_names / sizeof scalar_names[0]; index++) {
        const struct scalar_name *scalar = &scalar_names[index];
        table->scalars[scalar->kind] =
            add_type(table, scalar->kind, text_from_string(scalar->name), text_from_string(scalar->c_name));
    }
    table->slot_count = FIRST_SLOT_COUNT;
    table->slots = arena_new_array(arena, struct type *, table->slot_count);
}

static size_t
hash_parts(enum type_kind kind, const struct type *key, const struct type *element)
{
    uint64_t hash = (uint64_t)kind * 0x9e3779b97f4a7c15u;
    hash = (hash ^ (uintptr_t)element >> 4) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ (uintptr_t)key >> 4) * 0x9e3779b97f4a7c15u;
    return (size_t)(hash >> 20);
}

/* The slot where a compound type is, or belongs. */
static struct type **
find_slot(const struct type_table *table, enum type_kind kind, const struct type *key, const struct type *element)
{
    size_t mask = table->slot_count - 1;
    size_t index = hash_parts(kind, key, element) & mask;
    while (table->slots[index] != NULL) {
        const struct type *type = table->slots[index];
        if (type->kind == kind && type->element == element && type->key == key)
            break;
        index = (index + 1) & mask;
    }
    return &table->slots[index];
}

static void
enlarge(struct type_table *table)
{
    struct type **old_slots = table->slots;
    size_t old_count = table->slot_count;
    table->slot_count *= 2;
    table->slots = arena_new_array(table->arena, struct type *, table->slot_count);
    for (size_t index = 0; index < old_count; index++) {
        struct type *type = old_slots[index];
        if (type != NULL)
            *find_slot(table, type->kind, type->key, type->element) = type;
    }
}

/* A compound type as it is written in diagnostics. */
static struct text
compound_name(struct arena *arena, enum type_kind kind, const struct type *key, const struct type *element)
{
    struct text inner = element->name;
    if (kind == TYPE_MAP)
        return text_format(arena, "map<%.*s, %.*s>", TEXT_ARGUMENTS(key->name), TEXT_ARGUMENTS(inner));
    if (kind == TYPE_OPTIONAL)
        return text_format(arena, "%.*s?", TEXT_ARGUMENTS(inner));
    if (kind == TYPE_ARRAY)
        return text_format(arena, "%.*s[]", TEXT_ARGUMENTS(inner));
    return text_format(arena, "%s<%.*s>", kind == TYPE_TASK ? "task" : "promise", TEXT_ARGUMENTS(inner));
}

/* The stem of its identifiers in C. */
static struct text
compound_stem(struct arena *arena, enum type_kind kind, const struct type *key, const struct type *element)
{
    struct text inner = element->c_name;
    if (kind == TYPE_MAP)
        return text_format(arena, "map_%.*s_%.*s", TEXT_ARGUMENTS(key->c_name), TEXT_ARGUMENTS(inner));
    const char *front = kind == TYPE_OPTIONAL ? "optional" : "array";
    if (kind == TYPE_TASK || kind == TYPE_PROMISE)
        front = kind == TYPE_TASK ? "task" : "promise";
    return text_format(arena, "%s_%.*s", front, TEXT_ARGUMENTS(inner));
}

static struct type *
make_compound(struct type_table *table, enum type_kind kind, const struct type *key, const struct type *element)
{
    struct text c_name = compound_stem(table->arena, kind, key, element);
    struct type *type =
        add_type(table, kind, compound_name(table->arena, kind, key, element), c_names_claim(table->c_names, c_name));
    type->element = element;
    type->key = key;
    return type;
}

static const struct type *
intern(struct type_table *table, enum type_kind kind, const struct type *key, const struct type *element)
{
    struct type **slot = find_slot(table, kind, key, element);
    if (*slot != NULL)
        return *slot;
    if (table->used_count * 2 >= table->slot_count) {
        enlarge(table);
        slot = find_slot(table, kind, key, element);
    }
    struct type *type = make_compound(table, kind, key, element);
    *slot = type;
    table->used_count++;
    return type;
}

const struct type *
type_of_element(struct type_table *table, enum type_kind kind, const struct type *element)
{
    return intern(table, kind, NULL, element);
}

const struct type *
type_map(struct type_table *table, const struct type *key, const struct type *value)
{
    /* What keys() and values() give, and what a loop over the map runs over. */
    intern(table, TYPE_ARRAY, NULL, key);
    intern(table, TYPE_ARRAY, NULL, value);
    return intern(table, TYPE_MAP, key, value);
}

struct type *
type_declared(struct type_table *table, enum type_kind kind, struct text name, struct text c_name)
{
    return add_type(table, kind, name, c_name);
}

int
type_integer_bits(const struct type *type)
{
    int kind = (int)type->kind;
    int rank = type_is_signed_integer(type) ? kind - TYPE_INT8 : kind - TYPE_UINT8;
    return 8 << rank;
}

bool
type_widens(const struct type *from, const struct type *to)
{
    if (from == to)
        return true;
    if (!type_is_integer(from))
        return false;
    if (to->kind == TYPE_DECIMAL)
        return true; /* 34 digits hold every integer */
    int bits = type_integer_bits(from);
    if (to->kind == TYPE_DOUBLE)
        return bits <= 32; /* a double's significand has 53 bits */
    if (!type_is_integer(to))
        return false;
    if (type_is_signed_integer(from) == type_is_signed_integer(to))
        return bits <= type_integer_bits(to);
    return type_is_signed_integer(to) && bits < type_integer_bits(to);
}

const struct type *
type_common_number(const struct type_table *table, const struct type *left, const struct type *right)
{
    if (type_widens(left, right))
        return right;
    if (type_widens(right, left))
        return left;
    if (!type_is_integer(left) || !type_is_integer(right))
        return NULL;
    /* One is signed, and the other not smaller: twice the unsigned one's bits hold both. */
    int bits = type_integer_bits(type_is_signed_integer(left) ? right : left);
    switch (bits) {
    case 8: return type_scalar(table, TYPE_INT16);
    case 16: return type_scalar(table, TYPE_INT32);
    case 32: return type_scalar(table, TYPE_INT64);
    default: return NULL;
    }
}

bool
type_is_key(const struct type *type)
{
    return type->kind == TYPE_BOOL || type_is_integer(type) || type->kind == TYPE_STRING || type->kind == TYPE_UUID ||
           type->kind == TYPE_TIME || type->kind == TYPE_ENUM;
}
