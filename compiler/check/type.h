/* Types of the checked program.
 * Every type is interned in its program: two types are the same type exactly when their
 * pointers are equal. Relies on base/text.h and base/arena.h; owned by the program's arena. */
#ifndef DSY_COMPILER_CHECK_TYPE_H
#define DSY_COMPILER_CHECK_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/base/text.h"

struct struct_declaration;
struct enum_declaration;
struct union_declaration;

enum type_kind {
    TYPE_POISON, /* the type of an expression that was already reported; fits everything */
    TYPE_VOID,
    TYPE_NULL, /* of the literal `null` before it meets its optional */
    TYPE_BOOL,
    TYPE_INT8,
    TYPE_INT16,
    TYPE_INT32,
    TYPE_INT64, /* `int` is int64 */
    TYPE_UINT8,
    TYPE_UINT16,
    TYPE_UINT32,
    TYPE_UINT64,
    TYPE_DOUBLE,
    TYPE_DECIMAL,
    TYPE_STRING,
    TYPE_BYTES,
    TYPE_TIME,
    TYPE_DURATION,
    TYPE_UUID,
    TYPE_ARRAY,     /* element */
    TYPE_MAP,       /* key, element (the value type) */
    TYPE_OPTIONAL,  /* element */
    TYPE_STRUCT,    /* declaration.structure; also events */
    TYPE_ENUM,      /* declaration.enumeration */
    TYPE_UNION,     /* declaration.variants */
    TYPE_ERROR,     /* declaration.structure: one declared error */
    TYPE_ANY_ERROR, /* `error`: what `catch (error e)` binds */
    TYPE_TASK,      /* element */
    TYPE_PROMISE,   /* element */
};

struct type {
    enum type_kind kind;
    const struct type *element; /* ARRAY, MAP (value), OPTIONAL, TASK, PROMISE; else NULL */
    const struct type *key;     /* MAP; else NULL */
    union {
        const struct struct_declaration *structure; /* STRUCT, ERROR */
        const struct enum_declaration *enumeration; /* ENUM */
        const struct union_declaration *variants;   /* UNION */
    } declaration;
    struct text name;   /* as written in diagnostics: "map<string, Item[]>" */
    struct text c_name; /* the stem of its C identifiers: "map_string_array_Item" */
    bool is_recursive;  /* reaches itself through T[], map or T? */
    bool holds_blocks;  /* an array or a map is somewhere inside: copies must be shared */
    bool has_default;   /* its zero value is not all bits zero: NAME_default() is generated */
    uint32_t index;     /* position in program.types, in order of first use, dependencies first */
};

static inline bool
type_is_integer(const struct type *type)
{
    return type->kind >= TYPE_INT8 && type->kind <= TYPE_UINT64;
}

static inline bool
type_is_signed_integer(const struct type *type)
{
    return type->kind >= TYPE_INT8 && type->kind <= TYPE_INT64;
}

/* Integers, double, decimal. */
static inline bool
type_is_number(const struct type *type)
{
    return type->kind >= TYPE_INT8 && type->kind <= TYPE_DECIMAL;
}

/* Types that `<` and sort() take: numbers, string, bytes, time, duration, uuid, enums (by value). */
static inline bool
type_is_ordered(const struct type *type)
{
    return (type->kind >= TYPE_INT8 && type->kind <= TYPE_UUID) || type->kind == TYPE_ENUM;
}

/* Whether == of two such values may throw: StackOverflow where they are nested too deep, StepTooLong where they hold
 * more items than a routine may look at. So do all that hold arrays, maps, or optionals in a box. */
bool type_comparison_throws(const struct type *type);

/* Structs, unions and errors: in an optional they stand in a box. */
static inline bool
type_is_boxed_in_optional(const struct type *type)
{
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION || type->kind == TYPE_ERROR;
}

#endif
