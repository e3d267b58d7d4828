/* Descriptors of array, map and optional types: one line each in generated code, instead of eight functions.
 *
 *     DSY_DESCRIBE_ARRAY(array_Item, "Item[]", Item_type)  defines  array_Item_type
 *
 * The struct (`struct array_Item`, `struct map_string_int64` with its _entry, `struct optional_int64`) is defined
 * before, and the descriptors of what it holds are declared. C_NAME##_type has internal linkage, unless the file
 * defines DSY_DESCRIPTOR as nothing, because a header declares its descriptors `extern`. */
#ifndef DSY_DESCRIBE_H
#define DSY_DESCRIBE_H

#include "dsy/codec.h"
#include "dsy/value.h"

#ifndef DSY_DESCRIPTOR
#    define DSY_DESCRIPTOR __attribute__((unused)) static
#endif

/* Marks the block itself; its elements' blocks are marked when the block is copied. */
#define DSY_DESCRIBE_ARRAY_AS(C_NAME, DSY_NAME, ELEMENT, VISIT_HANDLES)                  \
    static void C_NAME##_write_cbor(struct dsy_cbor_writer *writer, const void *value)   \
    {                                                                                    \
        dsy_array_write_cbor(writer, value, &(ELEMENT));                                 \
    }                                                                                    \
    static void C_NAME##_read_cbor(struct dsy_cbor_reader *reader, void *value)          \
    {                                                                                    \
        dsy_array_read_cbor(reader, value, &(ELEMENT));                                  \
    }                                                                                    \
    static void C_NAME##_write_json(struct dsy_json_writer *writer, const void *value)   \
    {                                                                                    \
        dsy_array_write_json(writer, value, &(ELEMENT));                                 \
    }                                                                                    \
    static void C_NAME##_read_json(struct dsy_json_reader *reader, void *value)          \
    {                                                                                    \
        dsy_array_read_json(reader, value, &(ELEMENT));                                  \
    }                                                                                    \
    static bool C_NAME##_equal(struct dsy_run *run, const void *left, const void *right) \
    {                                                                                    \
        return dsy_array_equal(run, left, right, &(ELEMENT));                            \
    }                                                                                    \
    static void C_NAME##_share(const void *value)                                        \
    {                                                                                    \
        dsy_array_share(((const struct C_NAME *)value)->items);                          \
    }                                                                                    \
    DSY_DESCRIPTOR const struct dsy_type C_NAME##_type = {                               \
        .name = (DSY_NAME),                                                              \
        .size_bytes = sizeof(struct C_NAME),                                             \
        .write_cbor = C_NAME##_write_cbor,                                               \
        .read_cbor = C_NAME##_read_cbor,                                                 \
        .write_json = C_NAME##_write_json,                                               \
        .read_json = C_NAME##_read_json,                                                 \
        .equal = C_NAME##_equal,                                                         \
        .share = C_NAME##_share,                                                         \
        .visit_handles = (VISIT_HANDLES),                                                \
    };
#define DSY_DESCRIBE_ARRAY(C_NAME, DSY_NAME, ELEMENT) DSY_DESCRIBE_ARRAY_AS(C_NAME, DSY_NAME, ELEMENT, NULL)

/* Also defines C_NAME##_map_type, the struct dsy_map_type for the operations of dsy/map.h. */
#define DSY_DESCRIBE_MAP_AS(C_NAME, DSY_NAME, KEY, VALUE, VISIT_HANDLES)                                   \
    DSY_DESCRIPTOR const struct dsy_map_type C_NAME##_map_type = {                                         \
        .key = &(KEY),                                                                                     \
        .value = &(VALUE),                                                                                 \
        .value_offset = offsetof(struct C_NAME##_entry, value),                                            \
        .entry_size = sizeof(struct C_NAME##_entry),                                                       \
    };                                                                                                     \
    static void C_NAME##_write_cbor(struct dsy_cbor_writer *writer, const void *value)                     \
    {                                                                                                      \
        dsy_map_write_cbor(writer, ((const struct C_NAME *)value)->map, &C_NAME##_map_type);               \
    }                                                                                                      \
    static void C_NAME##_read_cbor(struct dsy_cbor_reader *reader, void *value)                            \
    {                                                                                                      \
        ((struct C_NAME *)value)->map = dsy_map_read_cbor(reader, &C_NAME##_map_type);                     \
    }                                                                                                      \
    static void C_NAME##_write_json(struct dsy_json_writer *writer, const void *value)                     \
    {                                                                                                      \
        dsy_map_write_json(writer, ((const struct C_NAME *)value)->map, &C_NAME##_map_type);               \
    }                                                                                                      \
    static void C_NAME##_read_json(struct dsy_json_reader *reader, void *value)                            \
    {                                                                                                      \
        ((struct C_NAME *)value)->map = dsy_map_read_json(reader, &C_NAME##_map_type);                     \
    }                                                                                                      \
    static bool C_NAME##_equal(struct dsy_run *run, const void *left, const void *right)                   \
    {                                                                                                      \
        return dsy_map_equal(run, ((const struct C_NAME *)left)->map, ((const struct C_NAME *)right)->map, \
                             &C_NAME##_map_type);                                                          \
    }                                                                                                      \
    static void C_NAME##_share(const void *value)                                                          \
    {                                                                                                      \
        dsy_map_share(((const struct C_NAME *)value)->map);                                                \
    }                                                                                                      \
    DSY_DESCRIPTOR const struct dsy_type C_NAME##_type = {                                                 \
        .name = (DSY_NAME),                                                                                \
        .size_bytes = sizeof(struct C_NAME),                                                               \
        .write_cbor = C_NAME##_write_cbor,                                                                 \
        .read_cbor = C_NAME##_read_cbor,                                                                   \
        .write_json = C_NAME##_write_json,                                                                 \
        .read_json = C_NAME##_read_json,                                                                   \
        .equal = C_NAME##_equal,                                                                           \
        .share = C_NAME##_share,                                                                           \
        .visit_handles = (VISIT_HANDLES),                                                                  \
    };
#define DSY_DESCRIBE_MAP(C_NAME, DSY_NAME, KEY, VALUE) DSY_DESCRIBE_MAP_AS(C_NAME, DSY_NAME, KEY, VALUE, NULL)

/* `struct C_NAME { bool has; T value; }`: of everything but structs, unions and errors, whose optionals are boxed. */
#define DSY_DESCRIBE_OPTIONAL_AS(C_NAME, DSY_NAME, ELEMENT, VISIT_HANDLES)                                \
    static void C_NAME##_write_cbor(struct dsy_cbor_writer *writer, const void *value)                    \
    {                                                                                                     \
        const struct C_NAME *optional = value;                                                            \
        if (optional->has)                                                                                \
            (ELEMENT).write_cbor(writer, &optional->value);                                               \
        else                                                                                              \
            dsy_cbor_write_null(writer);                                                                  \
    }                                                                                                     \
    static void C_NAME##_read_cbor(struct dsy_cbor_reader *reader, void *value)                           \
    {                                                                                                     \
        struct C_NAME *optional = value;                                                                  \
        *optional = (struct C_NAME){ .has = false };                                                      \
        if (!dsy_cbor_null(reader)) {                                                                     \
            (ELEMENT).read_cbor(reader, &optional->value);                                                \
            optional->has = !reader->failed;                                                              \
        }                                                                                                 \
    }                                                                                                     \
    static void C_NAME##_write_json(struct dsy_json_writer *writer, const void *value)                    \
    {                                                                                                     \
        const struct C_NAME *optional = value;                                                            \
        if (optional->has)                                                                                \
            (ELEMENT).write_json(writer, &optional->value);                                               \
        else                                                                                              \
            dsy_json_write_null(writer);                                                                  \
    }                                                                                                     \
    static void C_NAME##_read_json(struct dsy_json_reader *reader, void *value)                           \
    {                                                                                                     \
        struct C_NAME *optional = value;                                                                  \
        *optional = (struct C_NAME){ .has = false };                                                      \
        if (!dsy_json_null(reader)) {                                                                     \
            (ELEMENT).read_json(reader, &optional->value);                                                \
            optional->has = !reader->failed;                                                              \
        }                                                                                                 \
    }                                                                                                     \
    static bool C_NAME##_equal(struct dsy_run *run, const void *left, const void *right)                  \
    {                                                                                                     \
        const struct C_NAME *one = left, *other = right;                                                  \
        return one->has == other->has && (!one->has || (ELEMENT).equal(run, &one->value, &other->value)); \
    }                                                                                                     \
    static void C_NAME##_share(const void *value)                                                         \
    {                                                                                                     \
        const struct C_NAME *optional = value;                                                            \
        if (optional->has && (ELEMENT).share != NULL)                                                     \
            (ELEMENT).share(&optional->value);                                                            \
    }                                                                                                     \
    DSY_DESCRIPTOR const struct dsy_type C_NAME##_type = {                                                \
        .name = (DSY_NAME),                                                                               \
        .size_bytes = sizeof(struct C_NAME),                                                              \
        .write_cbor = C_NAME##_write_cbor,                                                                \
        .read_cbor = C_NAME##_read_cbor,                                                                  \
        .write_json = C_NAME##_write_json,                                                                \
        .read_json = C_NAME##_read_json,                                                                  \
        .equal = C_NAME##_equal,                                                                          \
        .share = C_NAME##_share,                                                                          \
        .visit_handles = (VISIT_HANDLES),                                                                 \
    };
#define DSY_DESCRIBE_OPTIONAL(C_NAME, DSY_NAME, ELEMENT) DSY_DESCRIBE_OPTIONAL_AS(C_NAME, DSY_NAME, ELEMENT, NULL)

/* `struct C_NAME { const TYPE *value; }`: of structs, unions and errors. A box never changes, so nothing in it is
 * shared when the optional is copied; who changes the value makes a new box, and shares what both hold then. */
#define DSY_DESCRIBE_BOX_AS(C_NAME, DSY_NAME, TYPE, ELEMENT, VISIT_HANDLES)                \
    static void C_NAME##_write_cbor(struct dsy_cbor_writer *writer, const void *value)     \
    {                                                                                      \
        const struct C_NAME *optional = value;                                             \
        if (optional->value == NULL)                                                       \
            dsy_cbor_write_null(writer);                                                   \
        else if (writer->status == DSY_OK)                                                 \
            (ELEMENT).write_cbor(writer, optional->value);                                 \
    }                                                                                      \
    static void C_NAME##_read_cbor(struct dsy_cbor_reader *reader, void *value)            \
    {                                                                                      \
        struct C_NAME *optional = value;                                                   \
        optional->value = NULL;                                                            \
        TYPE *box = dsy_cbor_null(reader) ? NULL : dsy_cbor_allocate(reader, sizeof *box); \
        if (box == NULL)                                                                   \
            return;                                                                        \
        (ELEMENT).read_cbor(reader, box);                                                  \
        if (!reader->failed)                                                               \
            optional->value = box;                                                         \
    }                                                                                      \
    static void C_NAME##_write_json(struct dsy_json_writer *writer, const void *value)     \
    {                                                                                      \
        const struct C_NAME *optional = value;                                             \
        if (optional->value == NULL)                                                       \
            dsy_json_write_null(writer);                                                   \
        else if (writer->status == DSY_OK)                                                 \
            (ELEMENT).write_json(writer, optional->value);                                 \
    }                                                                                      \
    static void C_NAME##_read_json(struct dsy_json_reader *reader, void *value)            \
    {                                                                                      \
        struct C_NAME *optional = value;                                                   \
        optional->value = NULL;                                                            \
        TYPE *box = dsy_json_null(reader) ? NULL : dsy_json_allocate(reader, sizeof *box); \
        if (box == NULL)                                                                   \
            return;                                                                        \
        (ELEMENT).read_json(reader, box);                                                  \
        if (!reader->failed)                                                               \
            optional->value = box;                                                         \
    }                                                                                      \
    static bool C_NAME##_equal(struct dsy_run *run, const void *left, const void *right)   \
    {                                                                                      \
        const TYPE *one = ((const struct C_NAME *)left)->value;                            \
        const TYPE *other = ((const struct C_NAME *)right)->value;                         \
        if (one == NULL || other == NULL || !dsy_descend(run))                             \
            return one == NULL && other == NULL;                                           \
        bool equal = (ELEMENT).equal(run, one, other);                                     \
        dsy_ascend(run);                                                                   \
        return equal;                                                                      \
    }                                                                                      \
    DSY_DESCRIPTOR const struct dsy_type C_NAME##_type = {                                 \
        .name = (DSY_NAME),                                                                \
        .size_bytes = sizeof(struct C_NAME),                                               \
        .write_cbor = C_NAME##_write_cbor,                                                 \
        .read_cbor = C_NAME##_read_cbor,                                                   \
        .write_json = C_NAME##_write_json,                                                 \
        .read_json = C_NAME##_read_json,                                                   \
        .equal = C_NAME##_equal,                                                           \
        .visit_handles = (VISIT_HANDLES),                                                  \
    };
#define DSY_DESCRIBE_BOX(C_NAME, DSY_NAME, TYPE, ELEMENT) DSY_DESCRIBE_BOX_AS(C_NAME, DSY_NAME, TYPE, ELEMENT, NULL)

#endif
