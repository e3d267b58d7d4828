/* Handles: descriptors of task and promise types, and what finds the handles that a value holds.
 *
 * A handle is a dsy_uuid. Each task<T> and promise<T> has a descriptor of its own, so that whoever holds a value and
 * its type can find the tasks and promises in it: those of a result or of a service's state outlive the routine that
 * made them. Generated code relies on this; relies on dsy/describe.h. */
#ifndef DSY_HANDLE_H
#define DSY_HANDLE_H

#include "dsy/describe.h"

/* The functions of every handle type's descriptor; a handle is encoded as a uuid. */
void dsy_handle_write_cbor(struct dsy_cbor_writer *writer, const void *value);
void dsy_handle_read_cbor(struct dsy_cbor_reader *reader, void *value);
void dsy_handle_write_json(struct dsy_json_writer *writer, const void *value);
void dsy_handle_read_json(struct dsy_json_reader *reader, void *value);
bool dsy_handle_equal(struct dsy_run *run, const void *left, const void *right);
dsy_string dsy_handle_text(const void *value, char *scratch);
void dsy_handle_visit(const void *value, dsy_handle_visitor visit, void *context);

/* DSY_DESCRIBE_HANDLE(task_int, "task<int>")  defines  task_int_type */
#define DSY_DESCRIBE_HANDLE(C_NAME, DSY_NAME)              \
    DSY_DESCRIPTOR const struct dsy_type C_NAME##_type = { \
        .name = (DSY_NAME),                                \
        .size_bytes = sizeof(dsy_uuid),                    \
        .write_cbor = dsy_handle_write_cbor,               \
        .read_cbor = dsy_handle_read_cbor,                 \
        .write_json = dsy_handle_write_json,               \
        .read_json = dsy_handle_read_json,                 \
        .equal = dsy_handle_equal,                         \
        .text = dsy_handle_text,                           \
        .visit_handles = dsy_handle_visit,                 \
    };

/* What the following call. */
void dsy_array_visit_handles(const void *array, const struct dsy_type *element, dsy_handle_visitor visit,
                             void *context);
void dsy_map_visit_handles(const struct dsy_map *map, const struct dsy_map_type *type, dsy_handle_visitor visit,
                           void *context);

/* Containers whose elements (of a map: values) hold handles: C_NAME##_visit_handles, and the descriptor with it. */
#define DSY_DESCRIBE_ARRAY_OF_HANDLES(C_NAME, DSY_NAME, ELEMENT)                                   \
    static void C_NAME##_visit_handles(const void *value, dsy_handle_visitor visit, void *context) \
    {                                                                                              \
        dsy_array_visit_handles(value, &(ELEMENT), visit, context);                                \
    }                                                                                              \
    DSY_DESCRIBE_ARRAY_AS(C_NAME, DSY_NAME, ELEMENT, C_NAME##_visit_handles)

#define DSY_DESCRIBE_MAP_OF_HANDLES(C_NAME, DSY_NAME, KEY, VALUE)                                       \
    DSY_DESCRIPTOR const struct dsy_map_type C_NAME##_map_type;                                         \
    static void C_NAME##_visit_handles(const void *value, dsy_handle_visitor visit, void *context)      \
    {                                                                                                   \
        dsy_map_visit_handles(((const struct C_NAME *)value)->map, &C_NAME##_map_type, visit, context); \
    }                                                                                                   \
    DSY_DESCRIBE_MAP_AS(C_NAME, DSY_NAME, KEY, VALUE, C_NAME##_visit_handles)

#define DSY_DESCRIBE_OPTIONAL_OF_HANDLES(C_NAME, DSY_NAME, ELEMENT)                                \
    static void C_NAME##_visit_handles(const void *value, dsy_handle_visitor visit, void *context) \
    {                                                                                              \
        const struct C_NAME *optional = value;                                                     \
        if (optional->has)                                                                         \
            (ELEMENT).visit_handles(&optional->value, visit, context);                             \
    }                                                                                              \
    DSY_DESCRIBE_OPTIONAL_AS(C_NAME, DSY_NAME, ELEMENT, C_NAME##_visit_handles)

#define DSY_DESCRIBE_BOX_OF_HANDLES(C_NAME, DSY_NAME, TYPE, ELEMENT)                               \
    static void C_NAME##_visit_handles(const void *value, dsy_handle_visitor visit, void *context) \
    {                                                                                              \
        const struct C_NAME *optional = value;                                                     \
        if (optional->value != NULL)                                                               \
            (ELEMENT).visit_handles(optional->value, visit, context);                              \
    }                                                                                              \
    DSY_DESCRIBE_BOX_AS(C_NAME, DSY_NAME, TYPE, ELEMENT, C_NAME##_visit_handles)

#endif
