/* Maps: dense entries in order of insertion, and above SMALL_MAX of them a hash table of entry numbers beside.
 *
 * A removed entry of a large map leaves a gap: its hash becomes 0 and its slot stays, so that probing goes on past it.
 * When the entries are full they are packed in place if half of them are gaps, else moved to double the room. There are
 * at least twice as many slots as entries, so a search ends after a few steps. Small maps are searched linearly and
 * closed up at once when an entry is removed. */
#include "dsy/map.h"

#include <string.h>

#include "dsy/array.h"
#include "dsy/codec.h"

enum { SMALL_MAX = 8, CAPACITY_MIN = 4, KEY_BYTES_MAX = 16 };

static uint8_t *
entry_at(const struct dsy_map *map, const struct dsy_map_type *type, int64_t index)
{
    return map->entries + (size_t)index * type->entry_size;
}

static uint32_t
hash_of(const struct dsy_map *map, const struct dsy_map_type *type, const void *key)
{
    uint32_t hash = (uint32_t)(type->key->hash(key, map->seed) >> 32);
    return hash == 0 ? 1 : hash; /* 0 is a gap */
}

static bool
is_gap(const struct dsy_map *map, int64_t index)
{
    return map->hashes != NULL && map->hashes[index] == 0;
}

/* --- Search --- */

static int64_t
find_linear(const struct dsy_map *map, const struct dsy_map_type *type, const void *key)
{
    for (int64_t i = 0; i < map->used; i++)
        if (type->key->equal(NULL, entry_at(map, type, i), key))
            return i;
    return -1;
}

static int64_t
find_hashed(const struct dsy_map *map, const struct dsy_map_type *type, const void *key, uint32_t hash)
{
    for (uint32_t slot = hash & map->slot_mask; map->slots[slot] != 0; slot = (slot + 1) & map->slot_mask) {
        int64_t index = map->slots[slot] - 1;
        if (map->hashes[index] == hash && type->key->equal(NULL, entry_at(map, type, index), key))
            return index;
    }
    return -1;
}

/* The number of the entry of a key, -1 = none. */
static int64_t
find_entry(const struct dsy_map *map, const struct dsy_map_type *type, const void *key)
{
    return map->hashes == NULL ? find_linear(map, type, key) : find_hashed(map, type, key, hash_of(map, type, key));
}

const void *
dsy_map_find(const struct dsy_map *map, const struct dsy_map_type *type, const void *key)
{
    int64_t index = map == NULL ? -1 : find_entry(map, type, key);
    return index < 0 ? NULL : entry_at(map, type, index) + type->value_offset;
}

const void *
dsy_map_at(struct dsy_run *run, const struct dsy_map *map, const struct dsy_map_type *type, const void *key)
{
    const void *value = dsy_map_find(map, type, key);
    if (DSY_LIKELY(value != NULL))
        return value;
    dsy_throw_key_not_found(run, type->key, key);
    return dsy_zeros();
}

/* --- Room --- */

static void
slot_add(struct dsy_map *map, int64_t index)
{
    uint32_t slot = map->hashes[index] & map->slot_mask;
    while (map->slots[slot] != 0)
        slot = (slot + 1) & map->slot_mask;
    map->slots[slot] = (uint32_t)index + 1;
}

static void
slots_rebuild(struct dsy_map *map)
{
    memset(map->slots, 0, ((size_t)map->slot_mask + 1) * sizeof *map->slots);
    for (int64_t i = 0; i < map->used; i++)
        slot_add(map, i);
}

/* Close the gaps, in place. */
static void
pack(struct dsy_map *map, const struct dsy_map_type *type)
{
    if (map->length == map->used)
        return;
    int64_t target = 0;
    for (int64_t i = 0; i < map->used; i++) {
        if (map->hashes[i] == 0)
            continue;
        if (i != target) {
            memcpy(entry_at(map, type, target), entry_at(map, type, i), type->entry_size);
            map->hashes[target] = map->hashes[i];
        }
        target++;
    }
    map->used = target;
    slots_rebuild(map);
}

/* Give `target` entries of its own with room for `capacity`, and copy those of source (which may be target) without
 * gaps. Returns false, with target unchanged, when the arena gives no memory. */
static bool
fill_from(struct dsy_arena *arena, struct dsy_map *target, const struct dsy_map *source,
          const struct dsy_map_type *type, int64_t capacity)
{
    struct dsy_map filled = { .capacity = capacity, .seed = target->seed };
    filled.entries = dsy_arena_allocate(arena, (size_t)capacity * type->entry_size);
    if (filled.entries == NULL)
        return false;
    if (capacity > SMALL_MAX) {
        uint32_t slot_count = 2 * SMALL_MAX;
        while (slot_count < 2 * (uint64_t)capacity)
            slot_count *= 2;
        filled.slot_mask = slot_count - 1;
        filled.hashes = dsy_arena_allocate(arena, (size_t)capacity * sizeof *filled.hashes);
        filled.slots = dsy_arena_allocate(arena, (size_t)slot_count * sizeof *filled.slots);
        if (filled.hashes == NULL || filled.slots == NULL)
            return false;
    }
    for (int64_t i = 0; source != NULL && i < source->used; i++) {
        if (is_gap(source, i))
            continue;
        const uint8_t *entry = entry_at(source, type, i);
        memcpy(entry_at(&filled, type, filled.used), entry, type->entry_size);
        if (filled.hashes != NULL)
            filled.hashes[filled.used] = source->hashes != NULL ? source->hashes[i] : hash_of(&filled, type, entry);
        filled.used++;
    }
    filled.length = filled.used;
    if (filled.slots != NULL)
        slots_rebuild(&filled);
    *target = filled;
    return true;
}

/* Room for one more entry. Returns false when the arena gives no memory. */
static bool
make_room(struct dsy_arena *arena, struct dsy_map *map, const struct dsy_map_type *type)
{
    if (map->used < map->capacity)
        return true;
    if (map->length <= map->capacity / 2 && map->capacity > 0) {
        pack(map, type);
        return true;
    }
    return fill_from(arena, map, map, type, map->capacity == 0 ? CAPACITY_MIN : map->capacity * 2);
}

/* Append an entry whose key is not there. Returns the place of its value, uninitialised; NULL when there is no memory.
 */
static void *
add_entry(struct dsy_arena *arena, struct dsy_map *map, const struct dsy_map_type *type, const void *key)
{
    if (!make_room(arena, map, type))
        return NULL;
    int64_t index = map->used;
    uint8_t *entry = entry_at(map, type, index);
    memset(entry, 0, type->entry_size); /* no octets that were never written between key and value */
    memcpy(entry, key, type->key->size_bytes);
    map->used++;
    map->length++;
    if (map->hashes != NULL) {
        map->hashes[index] = hash_of(map, type, key);
        slot_add(map, index);
    }
    return entry + type->value_offset;
}

static struct dsy_map *
new_map(struct dsy_arena *arena)
{
    struct dsy_map *map = dsy_arena_allocate_zeroed(arena, sizeof *map);
    if (map != NULL)
        map->seed = arena->hash_seed;
    return map;
}

/* --- Change --- */

bool
dsy_map_own(struct dsy_run *run, struct dsy_map **place, const struct dsy_map_type *type)
{
    struct dsy_map *map = *place;
    if (run->failed)
        return false;
    if (map != NULL && !map->shared)
        return true;
    struct dsy_map *own = new_map(run->arena);
    int64_t capacity = dsy_map_length(map) < CAPACITY_MIN ? CAPACITY_MIN : map->length;
    if (own == NULL || !fill_from(run->arena, own, map, type, capacity)) {
        dsy_throw_out_of_memory(run);
        return false;
    }
    if (type->value->share != NULL)
        for (int64_t i = 0; i < own->used; i++)
            type->value->share(entry_at(own, type, i) + type->value_offset);
    *place = own;
    return true;
}

void *
dsy_map_place(struct dsy_run *run, struct dsy_map **place, const struct dsy_map_type *type, const void *key)
{
    if (dsy_map_find(*place, type, key) == NULL)
        dsy_throw_key_not_found(run, type->key, key);
    if (!dsy_map_own(run, place, type))
        return NULL;
    return entry_at(*place, type, find_entry(*place, type, key)) + type->value_offset;
}

/* A copy of octets that lie among the entries, which may be about to move; else the octets themselves. */
static const void *
keep(struct dsy_run *run, const struct dsy_map *map, const struct dsy_map_type *type, const void *octets,
     size_t size_bytes)
{
    const uint8_t *place = octets;
    if (map->entries == NULL || place < map->entries || place >= entry_at(map, type, map->capacity))
        return octets;
    void *copy = dsy_allocate(run, size_bytes);
    return copy == NULL ? dsy_zeros() : memcpy(copy, octets, size_bytes);
}

void
dsy_map_set(struct dsy_run *run, struct dsy_map **place, const struct dsy_map_type *type, const void *key,
            const void *value)
{
    if (!dsy_map_own(run, place, type))
        return;
    struct dsy_map *map = *place;
    int64_t index = find_entry(map, type, key);
    if (index >= 0) {
        memmove(entry_at(map, type, index) + type->value_offset, value, type->value->size_bytes);
        return;
    }
    if (map->length == DSY_LENGTH_MAX) {
        dsy_throw_format(run, &dsy_error_overflow, "a map would have more than %d entries", DSY_LENGTH_MAX);
        return;
    }
    value = keep(run, map, type, value, type->value->size_bytes);
    key = keep(run, map, type, key, type->key->size_bytes);
    if (run->failed)
        return;
    void *target = add_entry(run->arena, map, type, key);
    if (target == NULL)
        dsy_throw_out_of_memory(run);
    else
        memcpy(target, value, type->value->size_bytes);
}

bool
dsy_map_remove(struct dsy_run *run, struct dsy_map **place, const struct dsy_map_type *type, const void *key)
{
    if (dsy_map_find(*place, type, key) == NULL || !dsy_map_own(run, place, type))
        return false;
    struct dsy_map *map = *place;
    int64_t index = find_entry(map, type, key);
    map->length--;
    if (map->hashes != NULL) {
        map->hashes[index] = 0;
        return true;
    }
    map->used--;
    uint8_t *entry = entry_at(map, type, index);
    memmove(entry, entry + type->entry_size, (size_t)(map->used - index) * type->entry_size);
    return true;
}

void
dsy_map_clear(struct dsy_run *run, struct dsy_map **place)
{
    if (!run->failed)
        *place = NULL;
}

/* --- Walking --- */

const void *
dsy_map_next(const struct dsy_map *map, const struct dsy_map_type *type, int64_t *position)
{
    if (map == NULL)
        return NULL;
    while (*position < map->used && is_gap(map, *position))
        ++*position;
    return *position < map->used ? entry_at(map, type, (*position)++) : NULL;
}

struct dsy_map *
dsy_map_snapshot(struct dsy_map *map, const struct dsy_map_type *type)
{
    if (map == NULL)
        return NULL;
    pack(map, type); /* no other snapshot can be disturbed: those have no gaps */
    dsy_map_share(map);
    return map;
}

/* The keys or values as a new array. */
static struct dsy_array
collect(struct dsy_run *run, const struct dsy_map *map, const struct dsy_map_type *type, const struct dsy_type *element,
        size_t offset)
{
    struct dsy_array array = { 0 };
    int64_t position = 0;
    if (dsy_map_length(map) == 0 || !dsy_array_reserve(run, &array, element, map->length))
        return array;
    for (const uint8_t *entry; (entry = dsy_map_next(map, type, &position)) != NULL;) {
        if (element->share != NULL)
            element->share(entry + offset);
        dsy_array_push(run, &array, element, entry + offset);
    }
    return array;
}

struct dsy_array
dsy_map_keys(struct dsy_run *run, const struct dsy_map *map, const struct dsy_map_type *type)
{
    return collect(run, map, type, type->key, 0);
}

struct dsy_array
dsy_map_values(struct dsy_run *run, const struct dsy_map *map, const struct dsy_map_type *type)
{
    return collect(run, map, type, type->value, type->value_offset);
}

bool
dsy_map_equal(struct dsy_run *run, const struct dsy_map *left, const struct dsy_map *right,
              const struct dsy_map_type *type)
{
    if (dsy_map_length(left) != dsy_map_length(right))
        return false;
    int64_t position = 0;
    for (const uint8_t *entry; (entry = dsy_map_next(left, type, &position)) != NULL;) {
        const void *other = dsy_map_find(right, type, entry);
        if (other == NULL || !dsy_descend(run))
            return false;
        bool equal = type->value->equal(run, entry + type->value_offset, other);
        dsy_ascend(run);
        if (!equal)
            return false;
    }
    return true;
}

/* --- Codec --- */

void
dsy_map_write_cbor(struct dsy_cbor_writer *writer, const struct dsy_map *map, const struct dsy_map_type *type)
{
    int64_t position = 0;
    dsy_cbor_write_array_begin(writer, (uint64_t)dsy_map_length(map));
    for (const uint8_t *entry; writer->status == DSY_OK && (entry = dsy_map_next(map, type, &position)) != NULL;) {
        dsy_cbor_write_array_begin(writer, 2);
        type->key->write_cbor(writer, entry);
        type->value->write_cbor(writer, entry + type->value_offset);
        dsy_cbor_write_array_end(writer);
    }
    dsy_cbor_write_array_end(writer);
}

/* Aligned for every key type; all are at most two words. */
union key {
    uint64_t words[KEY_BYTES_MAX / sizeof(uint64_t)];
};

struct dsy_map *
dsy_map_read_cbor(struct dsy_cbor_reader *reader, const struct dsy_map_type *type)
{
    uint64_t count = dsy_cbor_array_begin(reader);
    if (count > DSY_LENGTH_MAX)
        dsy_cbor_expected(reader, "a map with fewer entries");
    struct dsy_map *map = NULL;
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        union key key = { { 0 } };
        if (dsy_cbor_array_begin(reader) != 2)
            dsy_cbor_expected(reader, "an array of a key and a value");
        type->key->read_cbor(reader, &key);
        if (reader->failed)
            break;
        if (dsy_map_find(map, type, &key) != NULL) {
            dsy_cbor_expected(reader, "keys that differ from each other");
            break;
        }
        if (map == NULL)
            map = new_map(reader->arena);
        void *value = map == NULL ? NULL : add_entry(reader->arena, map, type, &key);
        if (value == NULL)
            dsy_cbor_arena_failed(reader);
        else
            type->value->read_cbor(reader, value);
        dsy_cbor_array_end(reader);
    }
    dsy_cbor_array_end(reader);
    return reader->failed ? NULL : map;
}

void
dsy_map_write_json(struct dsy_json_writer *writer, const struct dsy_map *map, const struct dsy_map_type *type)
{
    int64_t position = 0;
    char scratch[DSY_PRINT_BYTES_MAX];
    dsy_json_write_object_begin(writer);
    for (const uint8_t *entry; writer->status == DSY_OK && (entry = dsy_map_next(map, type, &position)) != NULL;) {
        dsy_json_write_name(writer, type->key->text(entry, scratch));
        type->value->write_json(writer, entry + type->value_offset);
    }
    dsy_json_write_object_end(writer);
}

struct dsy_map *
dsy_map_read_json(struct dsy_json_reader *reader, const struct dsy_map_type *type)
{
    struct dsy_map *map = NULL;
    dsy_json_object_begin(reader);
    for (dsy_string name; dsy_json_object_next(reader, &name);) {
        union key key = { { 0 } };
        if (!type->key->parse(name, &key)) {
            dsy_json_fail(reader, "expected a name that is a key of type %s", type->key->name);
            break;
        }
        if (dsy_map_find(map, type, &key) != NULL) {
            dsy_json_fail(reader, "the key is there already");
            break;
        }
        if (map == NULL)
            map = new_map(reader->arena);
        void *value = map == NULL || map->length == DSY_LENGTH_MAX ? NULL : add_entry(reader->arena, map, type, &key);
        if (value == NULL)
            dsy_json_arena_failed(reader);
        else
            type->value->read_json(reader, value);
    }
    return reader->failed ? NULL : map;
}
