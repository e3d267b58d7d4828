/* Map: from a text to a pointer, in an arena; iterates in the order of insertion.
 * Relies on base/arena.h and base/text.h. Keys are compared by their bytes, so they need not be
 * interned; they are borrowed, not copied. */
#ifndef DSY_COMPILER_BASE_MAP_H
#define DSY_COMPILER_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/base/arena.h"
#include "compiler/base/text.h"

struct map_entry {
    struct text key;
    void *value;
    uint64_t hash;
};

struct map {
    struct arena *arena;
    struct map_entry *entries; /* in order of insertion */
    size_t count;
    size_t capacity;
    uint32_t *slots; /* index of an entry + 1; 0 = empty; a power of two */
    size_t slot_count;
};

void map_initialise(struct map *map, struct arena *arena);
/* The value stored under key, or NULL. */
void *map_get(const struct map *map, struct text key);
/* Store value under a key that may be there already (its value is replaced, its place kept).
 * Returns what was there before, or NULL. */
void *map_put(struct map *map, struct text key, void *value);

#endif
