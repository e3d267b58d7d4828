/* Map: see map.h. The entries lie in an array in order of insertion; beside it a table of open
 * addressing, at most half full, holds their indexes. */
#include "compiler/base/map.h"

#define FIRST_SLOT_COUNT 16

void
map_initialise(struct map *map, struct arena *arena)
{
    *map = (struct map){ .arena = arena };
}

/* The slot that holds the key, or the empty one where it belongs. */
static size_t
find_slot(const struct map *map, struct text key, uint64_t hash)
{
    size_t mask = map->slot_count - 1;
    size_t slot = (size_t)hash & mask;
    while (map->slots[slot] != 0) {
        const struct map_entry *entry = &map->entries[map->slots[slot] - 1];
        if (entry->hash == hash && text_equal(entry->key, key))
            return slot;
        slot = (slot + 1) & mask;
    }
    return slot;
}

void *
map_get(const struct map *map, struct text key)
{
    if (map->count == 0)
        return NULL;
    size_t slot = find_slot(map, key, text_hash(key.data, key.size_bytes));
    return map->slots[slot] == 0 ? NULL : map->entries[map->slots[slot] - 1].value;
}

static void
enlarge(struct map *map)
{
    size_t slot_count = map->slot_count == 0 ? FIRST_SLOT_COUNT : map->slot_count * 2;
    map->slots = arena_new_array(map->arena, uint32_t, slot_count);
    map->slot_count = slot_count;
    map->entries = arena_grow(map->arena, map->entries, map->capacity * sizeof *map->entries,
                              slot_count / 2 * sizeof *map->entries);
    map->capacity = slot_count / 2;
    for (size_t index = 0; index < map->count; index++) {
        size_t slot = find_slot(map, map->entries[index].key, map->entries[index].hash);
        map->slots[slot] = (uint32_t)index + 1;
    }
}

void *
map_put(struct map *map, struct text key, void *value)
{
    uint64_t hash = text_hash(key.data, key.size_bytes);
    if (map->count == map->capacity)
        enlarge(map);
    size_t slot = find_slot(map, key, hash);
    if (map->slots[slot] != 0) {
        struct map_entry *entry = &map->entries[map->slots[slot] - 1];
        void *old = entry->value;
        entry->value = value;
        return old;
    }
    map->entries[map->count] = (struct map_entry){ .key = key, .value = value, .hash = hash };
    map->count++;
    map->slots[slot] = (uint32_t)map->count;
    return NULL;
}
