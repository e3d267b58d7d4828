/* The descriptor of a scalar type, made from its own functions. Internal to runtime/value.
 *
 * The file that uses it has dsy_NAME_write_cbor, _read_cbor, _write_json, _read_json and dsy_NAME_text, and defines
 * static functions NAME_equal and NAME_compare over addresses (void *) before. HASH and PARSE are such functions too,
 * or NULL for a type that is no key. */
#ifndef DSY_VALUE_SCALAR_H
#define DSY_VALUE_SCALAR_H

#include "dsy/codec.h"
#include "dsy/map.h"
#include "dsy/number.h"
#include "dsy/type.h"

#define DSY_DESCRIBE_SCALAR(NAME, TYPE, DSY_NAME, HASH, PARSE)                       \
    static void NAME##_write_cbor(struct dsy_cbor_writer *writer, const void *value) \
    {                                                                                \
        dsy_##NAME##_write_cbor(writer, *(const TYPE *)value);                       \
    }                                                                                \
    static void NAME##_read_cbor(struct dsy_cbor_reader *reader, void *value)        \
    {                                                                                \
        *(TYPE *)value = dsy_##NAME##_read_cbor(reader);                             \
    }                                                                                \
    static void NAME##_write_json(struct dsy_json_writer *writer, const void *value) \
    {                                                                                \
        dsy_##NAME##_write_json(writer, *(const TYPE *)value);                       \
    }                                                                                \
    static void NAME##_read_json(struct dsy_json_reader *reader, void *value)        \
    {                                                                                \
        *(TYPE *)value = dsy_##NAME##_read_json(reader);                             \
    }                                                                                \
    static dsy_string NAME##_text(const void *value, char *scratch)                  \
    {                                                                                \
        return dsy_##NAME##_text(*(const TYPE *)value, scratch);                     \
    }                                                                                \
    const struct dsy_type dsy_type_##NAME = {                                        \
        .name = (DSY_NAME),                                                          \
        .size_bytes = sizeof(TYPE),                                                  \
        .write_cbor = NAME##_write_cbor,                                             \
        .read_cbor = NAME##_read_cbor,                                               \
        .write_json = NAME##_write_json,                                             \
        .read_json = NAME##_read_json,                                               \
        .equal = NAME##_equal,                                                       \
        .compare = NAME##_compare,                                                   \
        .hash = HASH,                                                                \
        .text = NAME##_text,                                                         \
        .parse = PARSE,                                                              \
    };

/* equal and compare over addresses, for types that C itself compares. */
#define DSY_DEFINE_PLAIN_ORDER(NAME, TYPE)                                             \
    static bool NAME##_equal(struct dsy_run *run, const void *left, const void *right) \
    {                                                                                  \
        (void)run;                                                                     \
        return *(const TYPE *)left == *(const TYPE *)right;                            \
    }                                                                                  \
    static int NAME##_compare(const void *left, const void *right)                     \
    {                                                                                  \
        TYPE one = *(const TYPE *)left, other = *(const TYPE *)right;                  \
        return one < other ? -1 : one > other;                                         \
    }

/* hash and parse over addresses. (Not in one macro with the order: the name `bool` would be expanded on the way.) */
#define DSY_DEFINE_PLAIN_KEY(NAME, TYPE)                          \
    static uint64_t NAME##_hash(const void *value, uint64_t seed) \
    {                                                             \
        return dsy_hash(value, sizeof(TYPE), seed);               \
    }                                                             \
    static bool NAME##_parse(dsy_string text, void *value)        \
    {                                                             \
        return dsy_##NAME##_parse(text, value);                   \
    }

#endif
