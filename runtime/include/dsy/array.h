/* Arrays: generic operations on the generated `struct array_T { T *items; int64_t length; }`.
 *
 * `void *array` is the address of such a struct, `element` the descriptor of T. Copies are made by C assignment;
 * a copy from an lvalue is followed by dsy_array_share, and every operation here that changes items first makes
 * the block the array's own (dsy_array_own). A value that is stored into an array (push, insert, an assignment
 * through dsy_array_place) must be shared by the caller if it came from an lvalue. Operations that change do nothing
 * when the run has failed. Memory comes from the run's arena. */
#ifndef DSY_ARRAY_H
#define DSY_ARRAY_H

#include "dsy/error.h"

static inline struct dsy_block *
dsy_block_of(const void *items)
{
    return (struct dsy_block *)(uintptr_t)items - 1;
}

/* Mark the items as referred to by more than one value. items may be NULL. */
static inline void
dsy_array_share(const void *items)
{
    if (items != NULL && !dsy_block_of(items)->shared)
        dsy_block_of(items)->shared = true;
}

/* a[i] for reading. Returns the place of the item; after throwing OutOfRange, a zero value. */
static inline const void *
dsy_array_at(struct dsy_run *run, const void *items, int64_t length, int64_t index, size_t element_bytes)
{
    if (DSY_UNLIKELY((uint64_t)index >= (uint64_t)length)) {
        dsy_throw_index_out_of_range(run, index, length);
        return dsy_zeros();
    }
    return (const char *)items + (size_t)index * element_bytes;
}

/* Make the items the array's own, so that they may be changed in place: a shared block is copied (the elements'
 * blocks are shared by that). Returns false when it throws or the run has failed. */
bool dsy_array_own(struct dsy_run *run, void *array, const struct dsy_type *element);

/* a[i] for writing: as dsy_array_at after dsy_array_own. Returns NULL when it throws or the run has failed. */
static inline void *
dsy_array_place(struct dsy_run *run, void *array, int64_t index, const struct dsy_type *element)
{
    struct dsy_array *self = array;
    if (DSY_UNLIKELY((uint64_t)index >= (uint64_t)self->length)) {
        dsy_throw_index_out_of_range(run, index, self->length);
        return NULL;
    }
    if (DSY_UNLIKELY(run->failed || dsy_block_of(self->items)->shared) && !dsy_array_own(run, array, element))
        return NULL;
    return (char *)self->items + (size_t)index * element->size_bytes;
}

/* Make an array of count items from a C array, as a literal does. The items are copied, their blocks not shared. */
struct dsy_array dsy_array_make(struct dsy_run *run, const struct dsy_type *element, const void *items, int64_t count);

/* Make room for `more` items beyond the length, own the block. Returns false when it throws or the run has failed. */
bool dsy_array_reserve(struct dsy_run *run, void *array, const struct dsy_type *element, int64_t more);

void dsy_array_push(struct dsy_run *run, void *array, const struct dsy_type *element, const void *value);

/* Take the last item off and move it to `value`; throws OutOfRange when there is none (*value is zero then). */
void dsy_array_pop(struct dsy_run *run, void *array, const struct dsy_type *element, void *value);

/* Insert before index, 0 <= index <= length, else OutOfRange. */
void dsy_array_insert(struct dsy_run *run, void *array, const struct dsy_type *element, int64_t index,
                      const void *value);

/* Remove the item at index and move it to `value` (NULL: drop it); throws OutOfRange. */
void dsy_array_remove(struct dsy_run *run, void *array, const struct dsy_type *element, int64_t index, void *value);

/* The items from (included) to (excluded) as a new array; throws OutOfRange unless 0 <= from <= to <= length. */
struct dsy_array dsy_array_slice(struct dsy_run *run, const void *array, const struct dsy_type *element, int64_t from,
                                 int64_t to);

bool dsy_array_contains(struct dsy_run *run, const void *array, const struct dsy_type *element, const void *value);
int64_t dsy_array_find(struct dsy_run *run, const void *array, const struct dsy_type *element,
                       const void *value); /* -1 = none */
void dsy_array_sort(struct dsy_run *run, void *array,
                    const struct dsy_type *element); /* ascending, stable; element->compare must be there */
void dsy_array_reverse(struct dsy_run *run, void *array, const struct dsy_type *element);
dsy_string dsy_array_join(struct dsy_run *run, const void *array, dsy_string separator); /* of string */
void dsy_array_clear(struct dsy_run *run, void *array);

/* What the generated descriptor functions of array types call. */
bool dsy_array_equal(struct dsy_run *run, const void *left, const void *right, const struct dsy_type *element);
int dsy_array_compare(const void *left, const void *right,
                      const struct dsy_type *element); /* item by item, then by length */
void dsy_array_write_cbor(struct dsy_cbor_writer *writer, const void *array, const struct dsy_type *element);
void dsy_array_read_cbor(struct dsy_cbor_reader *reader, void *array, const struct dsy_type *element);
void dsy_array_write_json(struct dsy_json_writer *writer, const void *array, const struct dsy_type *element);
void dsy_array_read_json(struct dsy_json_reader *reader, void *array, const struct dsy_type *element);

#endif
