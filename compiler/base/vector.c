/* Vector: see vector.h. Doubles its room; begins with four items, as most lists of a program are short. */
#include "compiler/base/vector.h"

#define FIRST_CAPACITY 4

void *
vector_grow(struct arena *arena, void *items, size_t *capacity, size_t item_size_bytes)
{
    size_t old_capacity = *capacity;
    size_t new_capacity = old_capacity == 0 ? FIRST_CAPACITY : old_capacity * 2;
    *capacity = new_capacity;
    return arena_grow(arena, items, old_capacity * item_size_bytes, new_capacity * item_size_bytes);
}
