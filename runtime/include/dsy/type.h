/* The representation of Dsy values in C, and the descriptor that containers know a type by.
 *
 * Every value lives in an arena (dsy/arena.h) or on the C stack and is copied by plain assignment.
 * The octets of strings are immutable and may be shared by any number of values. Arrays and maps are
 * shared too, by a sticky bit: a copy that came from an lvalue marks the block as shared, and whoever
 * changes a shared block copies it first (dsy/array.h, dsy/map.h). All bits zero is the zero value of
 * every built-in type. */
#ifndef DSY_TYPE_H
#define DSY_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsy/arena.h"
#include "dsy/limits.h"
#include "dsy/status.h"

struct dsy_run;
struct dsy_cbor_writer;
struct dsy_cbor_reader;
struct dsy_json_writer;
struct dsy_json_reader;

/* UTF-8, checked where it entered the program; not NUL-terminated by promise. */
typedef struct dsy_string {
    const char *data; /* may be NULL when empty */
    int64_t size_bytes;
} dsy_string;

typedef struct dsy_bytes {
    const uint8_t *data; /* may be NULL when empty */
    int64_t size_bytes;
} dsy_bytes;

/* IEEE 754 decimal128 in the binary (BID) encoding, low word first. Always finite, never minus zero. */
typedef struct dsy_decimal {
    uint64_t words[2];
} dsy_decimal;

typedef struct dsy_uuid {
    uint8_t octets[16]; /* in the order in which they are printed */
} dsy_uuid;

/* The hidden header right before the items of an array. A constant array may be static const data
 * with shared = true: nobody writes to it then. */
struct dsy_block {
    int64_t capacity; /* items that fit */
    bool shared;      /* sticky: more than one value may refer to these items */
    uint8_t reserved[7];
};

/* What every generated `struct array_T { T *items; int64_t length; }` looks like from here; the generic
 * operations take its address as `void *array`. items is NULL when the array has no block. */
struct __attribute__((may_alias)) dsy_array {
    void *items;
    int64_t length;
};

struct dsy_map; /* dsy/map.h */

/* Called with each handle of a task or promise that a value holds. */
typedef void (*dsy_handle_visitor)(void *context, dsy_uuid handle);

/* What a container needs to know of the type of its items. All functions take the address of a value;
 * `value` of a read or zero function is uninitialised memory of size_bytes.
 * Readers that fail leave the zero value and say why in the reader. */
struct dsy_type {
    const char *name; /* as in Dsy: "map<string, Item[]>" */
    size_t size_bytes;
    void (*write_cbor)(struct dsy_cbor_writer *writer, const void *value);
    void (*read_cbor)(struct dsy_cbor_reader *reader, void *value);
    void (*write_json)(struct dsy_json_writer *writer, const void *value);
    void (*read_json)(struct dsy_json_reader *reader, void *value);
    /* Bounded in depth and time by the run, which it may throw in; false then. Scalars take NULL for it. */
    bool (*equal)(struct dsy_run *run, const void *left, const void *right);
    int (*compare)(const void *left, const void *right);  /* <0, 0, >0; NULL: not an ordered type */
    uint64_t (*hash)(const void *value, uint64_t seed);   /* NULL: not a key type */
    void (*share)(const void *value);                     /* marks all blocks inside; NULL: holds none */
    void (*zero)(void *value);                            /* NULL: all bits zero */
    dsy_string (*text)(const void *value, char *scratch); /* the text that string(v) gives and that stands for
                                                             a key in JSON: static, the value's own, or in
                                                             scratch (DSY_PRINT_BYTES_MAX); NULL: its JSON */
    bool (*parse)(dsy_string text, void *value);          /* the inverse of text, for the keys of JSON objects; a
                                                             string value refers to the text. NULL: no key type */
    /* Calls `visit` for each handle inside, those of items, entries and boxes too. Its depth is that of the value: only
     * for one that was encoded or decoded, which bounds it. NULL: values of this type hold none. */
    void (*visit_handles)(const void *value, dsy_handle_visitor visit, void *context);
};

extern const struct dsy_type dsy_type_bool;
extern const struct dsy_type dsy_type_int8;
extern const struct dsy_type dsy_type_int16;
extern const struct dsy_type dsy_type_int32;
extern const struct dsy_type dsy_type_int64;
extern const struct dsy_type dsy_type_uint8;
extern const struct dsy_type dsy_type_uint16;
extern const struct dsy_type dsy_type_uint32;
extern const struct dsy_type dsy_type_uint64;
extern const struct dsy_type dsy_type_double;
extern const struct dsy_type dsy_type_decimal;
extern const struct dsy_type dsy_type_string;
extern const struct dsy_type dsy_type_bytes;
extern const struct dsy_type dsy_type_time;
extern const struct dsy_type dsy_type_duration;
extern const struct dsy_type dsy_type_uuid;
extern const struct dsy_type dsy_type_error; /* struct dsy_error_value */

/* A declared or built-in error. Two errors are the same exactly when their types' addresses are. */
struct dsy_error_type {
    const char *name;
    const struct dsy_type *members; /* its members as a struct; NULL: it has none */

    /* Write the members, as members of a JSON object that is open; NULL: it has none. */
    void (*write_json_members)(struct dsy_json_writer *writer, const void *members);

    /* Read the value of the member `name` of an object that is being read. Returns false if there is no such
     * member (nothing was read then); NULL: it has none. seen is one bit for each member, as in generated readers. */
    bool (*read_json_member)(struct dsy_json_reader *reader, dsy_string name, void *members, uint64_t *seen);
};

enum { DSY_ERROR_MEMBERS_MAX = 256 }; /* members of one error; the emitter asserts it */

/* Any error, caught: what `catch (error e)` binds. type == NULL = none. */
struct dsy_error_value {
    const struct dsy_error_type *type;
    const void *members; /* type->members->size_bytes octets, immutable; NULL when the type has none */
    dsy_string message;
};

/* The errors that a program declares; the built-in ones are known without a table. */
struct dsy_error_table {
    const struct dsy_error_type *const *types;
    size_t count;
};

#endif
