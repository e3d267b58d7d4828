/* The table in which a compilation interns its types: the same type is the same pointer.
 * Internal to check/; relies on base/, type.h and c_name.h. */
#ifndef DSY_COMPILER_CHECK_TYPE_TABLE_H
#define DSY_COMPILER_CHECK_TYPE_TABLE_H

#include "compiler/base/arena.h"
#include "compiler/base/vector.h"
#include "compiler/check/c_name.h"
#include "compiler/check/type.h"

struct type_list VECTOR(struct type *);

struct type_table {
    struct arena *arena;
    struct c_names *c_names;                      /* takes the stems of all types */
    struct type_list all;                         /* in order of first use */
    const struct type *scalars[TYPE_PROMISE + 1]; /* those without parts, by kind */
    struct type **slots; /* compound types; open addressing, a power of two, at most half full */
    size_t slot_count;
    size_t used_count;
};

void type_table_initialise(struct type_table *table, struct arena *arena, struct c_names *c_names);

/* A type without parts: POISON … UUID, ANY_ERROR. */
static inline const struct type *
type_scalar(const struct type_table *table, enum type_kind kind)
{
    return table->scalars[kind];
}

/* ARRAY, OPTIONAL, TASK, PROMISE of an element. */
const struct type *type_of_element(struct type_table *table, enum type_kind kind, const struct type *element);
const struct type *type_map(struct type_table *table, const struct type *key, const struct type *value);

/* A new STRUCT, ENUM, UNION or ERROR; its declaration is set by the caller. c_name has been claimed. */
struct type *type_declared(struct type_table *table, enum type_kind kind, struct text name, struct text c_name);

/* ---- what holds between types ---- */

/* Bits of an integer type. */
int type_integer_bits(const struct type *type);

/* Whether every value of `from` is one of `to`, both numbers: the implicit widenings. */
bool type_widens(const struct type *from, const struct type *to);

/* The one of the two types, or a third one, that holds all values of two number types; NULL if there is none. */
const struct type *type_common_number(const struct type_table *table, const struct type *left,
                                      const struct type *right);

/* Whether a value of the type can be a key of a map. */
bool type_is_key(const struct type *type);

#endif
