/* Handles of tasks and promises: their encoding, and the walk through a value that finds them. See dsy/handle.h. */
#include "dsy/handle.h"

#include "dsy/text.h"

void
dsy_handle_write_cbor(struct dsy_cbor_writer *writer, const void *value)
{
    dsy_uuid_write_cbor(writer, *(const dsy_uuid *)value);
}

void
dsy_handle_read_cbor(struct dsy_cbor_reader *reader, void *value)
{
    *(dsy_uuid *)value = dsy_uuid_read_cbor(reader);
}

void
dsy_handle_write_json(struct dsy_json_writer *writer, const void *value)
{
    dsy_uuid_write_json(writer, *(const dsy_uuid *)value);
}

void
dsy_handle_read_json(struct dsy_json_reader *reader, void *value)
{
    *(dsy_uuid *)value = dsy_uuid_read_json(reader);
}

bool
dsy_handle_equal(struct dsy_run *run, const void *left, const void *right)
{
    (void)run;
    return dsy_uuid_equal(*(const dsy_uuid *)left, *(const dsy_uuid *)right);
}

dsy_string
dsy_handle_text(const void *value, char *scratch)
{
    return dsy_uuid_text(*(const dsy_uuid *)value, scratch);
}

void
dsy_handle_visit(const void *value, dsy_handle_visitor visit, void *context)
{
    visit(context, *(const dsy_uuid *)value);
}

void
dsy_array_visit_handles(const void *array, const struct dsy_type *element, dsy_handle_visitor visit, void *context)
{
    const struct dsy_array *self = array;
    const char *items = self->items;
    for (int64_t index = 0; index < self->length; index++)
        element->visit_handles(items + (size_t)index * element->size_bytes, visit, context);
}

void
dsy_map_visit_handles(const struct dsy_map *map, const struct dsy_map_type *type, dsy_handle_visitor visit,
                      void *context)
{
    int64_t position = 0;
    for (const char *entry; (entry = dsy_map_next(map, type, &position)) != NULL;)
        type->value->visit_handles(entry + type->value_offset, visit, context);
}
