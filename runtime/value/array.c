/* Arrays: growable blocks of items, shared until somebody changes them (dsy/array.h). */
#include "dsy/array.h"

#include <string.h>

#include "dsy/codec.h"
#include "dsy/text.h"

enum { CAPACITY_MIN = 4, SORT_INSERTION_MAX = 8 };

static char *
item_at(const struct dsy_array *array, const struct dsy_type *element, int64_t index)
{
    return (char *)array->items + (size_t)index * element->size_bytes;
}

static void
copy_items(void *place, const void *items, int64_t count, const struct dsy_type *element)
{
    if (count > 0)
        memcpy(place, items, (size_t)count * element->size_bytes);
}

static void
share_items(const char *items, int64_t count, const struct dsy_type *element)
{
    if (element->share == NULL)
        return;
    for (int64_t i = 0; i < count; i++)
        element->share(items + (size_t)i * element->size_bytes);
}

static size_t
block_bytes(const struct dsy_type *element, int64_t capacity)
{
    return sizeof(struct dsy_block) + (size_t)capacity * element->size_bytes;
}

/* A block of its own for the array's items, with room for `capacity`. old is the block that it replaces, or NULL.
 * Returns false when it throws. */
static bool
move_to_block(struct dsy_run *run, struct dsy_array *array, const struct dsy_type *element, int64_t capacity)
{
    if (capacity > DSY_LENGTH_MAX) {
        dsy_throw_format(run, &dsy_error_overflow, "an array would have more than %d items", DSY_LENGTH_MAX);
        return false;
    }
    struct dsy_block *old = array->items == NULL ? NULL : dsy_block_of(array->items);
    struct dsy_block *block;
    if (old != NULL && !old->shared) {
        block = dsy_reallocate(run, old, block_bytes(element, old->capacity), block_bytes(element, capacity));
        if (block == NULL)
            return false;
    } else {
        block = dsy_allocate(run, block_bytes(element, capacity));
        if (block == NULL)
            return false;
        copy_items(block + 1, array->items, array->length, element);
        share_items((const char *)(block + 1), array->length, element);
    }
    *block = (struct dsy_block){ .capacity = capacity };
    array->items = block + 1;
    return true;
}

bool
dsy_array_own(struct dsy_run *run, void *array, const struct dsy_type *element)
{
    struct dsy_array *self = array;
    if (run->failed)
        return false;
    if (self->items == NULL || !dsy_block_of(self->items)->shared)
        return true;
    return move_to_block(run, self, element, self->length < CAPACITY_MIN ? CAPACITY_MIN : self->length);
}

bool
dsy_array_reserve(struct dsy_run *run, void *array, const struct dsy_type *element, int64_t more)
{
    struct dsy_array *self = array;
    if (run->failed)
        return false;
    int64_t wanted = self->length + more, capacity = 0;
    if (self->items != NULL) {
        capacity = dsy_block_of(self->items)->capacity;
        if (!dsy_block_of(self->items)->shared && wanted <= capacity)
            return true;
    }
    /* A shared block is copied with some room; an own one grows to double. */
    int64_t grown = wanted > capacity ? capacity * 2 : self->length;
    if (grown > DSY_LENGTH_MAX)
        grown = DSY_LENGTH_MAX;
    if (grown < CAPACITY_MIN)
        grown = CAPACITY_MIN;
    return move_to_block(run, self, element, grown < wanted ? wanted : grown);
}

struct dsy_array
dsy_array_make(struct dsy_run *run, const struct dsy_type *element, const void *items, int64_t count)
{
    struct dsy_array array = { 0 };
    if (count == 0 || run->failed || !move_to_block(run, &array, element, count))
        return array;
    copy_items(array.items, items, count, element);
    array.length = count;
    return array;
}

void
dsy_array_push(struct dsy_run *run, void *array, const struct dsy_type *element, const void *value)
{
    struct dsy_array *self = array;
    if (!dsy_array_reserve(run, array, element, 1))
        return;
    memcpy(item_at(self, element, self->length), value, element->size_bytes);
    self->length++;
}

static void
write_zero(void *value, const struct dsy_type *element)
{
    if (element->zero != NULL)
        element->zero(value);
    else
        memset(value, 0, element->size_bytes);
}

void
dsy_array_pop(struct dsy_run *run, void *array, const struct dsy_type *element, void *value)
{
    struct dsy_array *self = array;
    if (self->length == 0) {
        dsy_throw_format(run, &dsy_error_out_of_range, "nothing to pop: the array is empty");
        write_zero(value, element);
        return;
    }
    dsy_array_remove(run, array, element, self->length - 1, value);
}

void
dsy_array_insert(struct dsy_run *run, void *array, const struct dsy_type *element, int64_t index, const void *value)
{
    struct dsy_array *self = array;
    if (index < 0 || index > self->length) {
        dsy_throw_index_out_of_range(run, index, self->length);
        return;
    }
    const char *start = self->items;
    int64_t source = -1; /* where the value lies, if it is an item of this array, which may move */
    if (start != NULL && (const char *)value >= start && (const char *)value < item_at(self, element, self->length))
        source = ((const char *)value - start) / (int64_t)element->size_bytes;
    if (!dsy_array_reserve(run, array, element, 1))
        return;
    char *place = item_at(self, element, index);
    memmove(place + element->size_bytes, place, (size_t)(self->length - index) * element->size_bytes);
    self->length++;
    if (source >= 0)
        value = item_at(self, element, source >= index ? source + 1 : source);
    memcpy(place, value, element->size_bytes);
}

void
dsy_array_remove(struct dsy_run *run, void *array, const struct dsy_type *element, int64_t index, void *value)
{
    struct dsy_array *self = array;
    if ((uint64_t)index >= (uint64_t)self->length)
        dsy_throw_index_out_of_range(run, index, self->length);
    if (!dsy_array_own(run, array, element)) {
        if (value != NULL)
            write_zero(value, element);
        return;
    }
    char *place = item_at(self, element, index);
    if (value != NULL)
        memcpy(value, place, element->size_bytes);
    self->length--;
    memmove(place, place + element->size_bytes, (size_t)(self->length - index) * element->size_bytes);
}

struct dsy_array
dsy_array_slice(struct dsy_run *run, const void *array, const struct dsy_type *element, int64_t from, int64_t to)
{
    const struct dsy_array *self = array;
    if (from < 0 || from > to || to > self->length) {
        dsy_throw_slice_out_of_range(run, from, to, self->length);
        return (struct dsy_array){ 0 };
    }
    if (from == to)
        return (struct dsy_array){ 0 };
    struct dsy_array slice = dsy_array_make(run, element, item_at(self, element, from), to - from);
    share_items(slice.items, slice.length, element);
    return slice;
}

static bool
items_equal(struct dsy_run *run, const void *left, const void *right, const struct dsy_type *element)
{
    if (!dsy_descend(run))
        return false;
    bool equal = element->equal(run, left, right);
    dsy_ascend(run);
    return equal;
}

int64_t
dsy_array_find(struct dsy_run *run, const void *array, const struct dsy_type *element, const void *value)
{
    const struct dsy_array *self = array;
    for (int64_t i = 0; i < self->length && !run->failed; i++)
        if (items_equal(run, item_at(self, element, i), value, element))
            return i;
    return -1;
}

bool
dsy_array_contains(struct dsy_run *run, const void *array, const struct dsy_type *element, const void *value)
{
    return dsy_array_find(run, array, element, value) >= 0;
}

/* --- Order --- */

/* Sort [from, to) of the items in place by insertion: for short stretches. spare holds one item. */
static void
sort_short(char *items, int64_t from, int64_t to, const struct dsy_type *element, char *spare)
{
    size_t size = element->size_bytes;
    for (int64_t i = from + 1; i < to; i++) {
        int64_t place = i;
        while (place > from && element->compare(items + (size_t)(place - 1) * size, items + (size_t)i * size) > 0)
            place--;
        if (place == i)
            continue;
        memcpy(spare, items + (size_t)i * size, size);
        memmove(items + (size_t)(place + 1) * size, items + (size_t)place * size, (size_t)(i - place) * size);
        memcpy(items + (size_t)place * size, spare, size);
    }
}

/* Merge the sorted stretches [from, middle) and [middle, to) of source into target; the left one wins ties. */
static void
merge(const char *source, char *target, int64_t from, int64_t middle, int64_t to, const struct dsy_type *element)
{
    size_t size = element->size_bytes;
    int64_t left = from, right = middle;
    for (int64_t i = from; i < to; i++) {
        bool take_left = right == to || (left < middle && element->compare(source + (size_t)left * size,
                                                                           source + (size_t)right * size) <= 0);
        memcpy(target + (size_t)i * size, source + (size_t)(take_left ? left++ : right++) * size, size);
    }
}

/* Merge sort from the bottom up, between the items and an equally large spare block. */
void
dsy_array_sort(struct dsy_run *run, void *array, const struct dsy_type *element)
{
    struct dsy_array *self = array;
    int64_t length = self->length;
    if (length < 2 || !dsy_array_own(run, array, element))
        return;
    size_t size_bytes = (size_t)(length > SORT_INSERTION_MAX ? length : 1) * element->size_bytes;
    char *source = self->items, *target = dsy_allocate(run, size_bytes);
    if (target == NULL)
        return;
    for (int64_t from = 0; from < length; from += SORT_INSERTION_MAX)
        sort_short(source, from, from + SORT_INSERTION_MAX < length ? from + SORT_INSERTION_MAX : length, element,
                   target);
    for (int64_t width = SORT_INSERTION_MAX; width < length; width *= 2) {
        for (int64_t from = 0; from < length; from += 2 * width) {
            int64_t middle = from + width < length ? from + width : length;
            int64_t to = middle + width < length ? middle + width : length;
            merge(source, target, from, middle, to, element);
        }
        char *sorted = target;
        target = source;
        source = sorted;
    }
    if (source != self->items)
        copy_items(self->items, source, length, element);
}

void
dsy_array_reverse(struct dsy_run *run, void *array, const struct dsy_type *element)
{
    struct dsy_array *self = array;
    if (self->length < 2 || !dsy_array_own(run, array, element))
        return;
    char *spare = dsy_allocate(run, element->size_bytes);
    if (spare == NULL)
        return;
    for (int64_t low = 0, high = self->length - 1; low < high; low++, high--) {
        memcpy(spare, item_at(self, element, low), element->size_bytes);
        memcpy(item_at(self, element, low), item_at(self, element, high), element->size_bytes);
        memcpy(item_at(self, element, high), spare, element->size_bytes);
    }
}

dsy_string
dsy_array_join(struct dsy_run *run, const void *array, dsy_string separator)
{
    const struct dsy_array *self = array;
    const dsy_string *strings = self->items;
    struct dsy_builder builder = dsy_builder_begin(run);
    for (int64_t i = 0; i < self->length && !run->failed; i++) {
        if (i > 0)
            dsy_builder_append(&builder, separator);
        dsy_builder_append(&builder, strings[i]);
    }
    return dsy_builder_end(&builder);
}

void
dsy_array_clear(struct dsy_run *run, void *array)
{
    if (!run->failed)
        *(struct dsy_array *)array = (struct dsy_array){ 0 };
}

bool
dsy_array_equal(struct dsy_run *run, const void *left, const void *right, const struct dsy_type *element)
{
    const struct dsy_array *one = left, *other = right;
    if (one->length != other->length)
        return false;
    /* Not even for the same block can the items be skipped: a NaN does not equal itself. */
    for (int64_t i = 0; i < one->length; i++)
        if (!items_equal(run, item_at(one, element, i), item_at(other, element, i), element))
            return false;
    return true;
}

int
dsy_array_compare(const void *left, const void *right, const struct dsy_type *element)
{
    const struct dsy_array *one = left, *other = right;
    for (int64_t i = 0; i < one->length && i < other->length; i++) {
        int order = element->compare(item_at(one, element, i), item_at(other, element, i));
        if (order != 0)
            return order;
    }
    return (one->length > other->length) - (one->length < other->length);
}

/* --- Codec --- */

void
dsy_array_write_cbor(struct dsy_cbor_writer *writer, const void *array, const struct dsy_type *element)
{
    const struct dsy_array *self = array;
    dsy_cbor_write_array_begin(writer, (uint64_t)self->length);
    for (int64_t i = 0; i < self->length && writer->status == DSY_OK; i++)
        element->write_cbor(writer, item_at(self, element, i));
    dsy_cbor_write_array_end(writer);
}

void
dsy_array_write_json(struct dsy_json_writer *writer, const void *array, const struct dsy_type *element)
{
    const struct dsy_array *self = array;
    dsy_json_write_array_begin(writer);
    for (int64_t i = 0; i < self->length && writer->status == DSY_OK; i++)
        element->write_json(writer, item_at(self, element, i));
    dsy_json_write_array_end(writer);
}

/* Room for one more item in a block that grows while it is read, so that a count that lies costs nothing.
 * limit is how many items there can be. Returns its place; NULL when the arena is full. */
static void *
grow_for_item(struct dsy_arena *arena, struct dsy_array *array, const struct dsy_type *element, int64_t limit)
{
    struct dsy_block *block = array->items == NULL ? NULL : dsy_block_of(array->items);
    int64_t capacity = block == NULL ? 0 : block->capacity;
    if (array->length == capacity) {
        int64_t grown = capacity == 0 ? 16 : capacity * 2;
        if (grown > limit)
            grown = limit;
        block = dsy_arena_resize(arena, block, block == NULL ? 0 : block_bytes(element, capacity),
                                 block_bytes(element, grown));
        if (block == NULL)
            return NULL;
        *block = (struct dsy_block){ .capacity = grown };
        array->items = block + 1;
    }
    return item_at(array, element, array->length);
}

void
dsy_array_read_cbor(struct dsy_cbor_reader *reader, void *array, const struct dsy_type *element)
{
    struct dsy_array read = { 0 };
    uint64_t count = dsy_cbor_array_begin(reader);
    if (count > DSY_LENGTH_MAX)
        dsy_cbor_expected(reader, "a shorter array");
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        void *place = grow_for_item(reader->arena, &read, element, (int64_t)count);
        if (place == NULL)
            dsy_cbor_arena_failed(reader);
        else {
            element->read_cbor(reader, place);
            read.length++;
        }
    }
    dsy_cbor_array_end(reader);
    *(struct dsy_array *)array = reader->failed ? (struct dsy_array){ 0 } : read;
}

void
dsy_array_read_json(struct dsy_json_reader *reader, void *array, const struct dsy_type *element)
{
    struct dsy_array read = { 0 };
    for (dsy_json_array_begin(reader); dsy_json_array_next(reader);) {
        void *place =
            read.length == DSY_LENGTH_MAX ? NULL : grow_for_item(reader->arena, &read, element, DSY_LENGTH_MAX);
        if (place == NULL)
            dsy_json_arena_failed(reader);
        else {
            element->read_json(reader, place);
            read.length++;
        }
    }
    *(struct dsy_array *)array = reader->failed ? (struct dsy_array){ 0 } : read;
}
