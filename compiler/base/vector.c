/* Vector: see vector.h. Doubles its room; begins with little, as most lists of a program are short. */
#include "compiler/base/vector.h"

/* What the first room of a vector takes, but at least one item and at most four. */
#define FIRST_ROOM_BYTES 64

static size_t
first_capacity(size_t item_size_bytes)
{
    size_t capacity = FIRST_ROOM_BYTES / item_size_bytes;
    return capacity < 1 ? 1 : capacity > 4 ? 4 : capacity;
}

void *
vector_grow(struct arena *arena, void *items, size_t *capacity, size_t item_size_bytes)
{
    size_t old_capacity = *capacity;
    size_t new_capacity = old_capacity == 0 ? first_capacity(item_size_bytes) : old_capacity * 2;
    *capacity = new_capacity;
    return arena_grow(arena, items, old_capacity * item_size_bytes, new_capacity * item_size_bytes);
}
