/* Maps: insertion-ordered hash maps, generic over the generated `struct map_K_V { struct dsy_map *map; }` and
 * `struct map_K_V_entry { K key; V value; }`. NULL is the empty map.
 *
 * Operations that change take `struct dsy_map **place`, the address of the member `map`; they make the map its own
 * first when it is shared, and do nothing when the run has failed. Sharing is as for arrays: the copier calls
 * dsy_map_share, values stored here must have been shared by the caller if they came from an lvalue. A replaced value
 * keeps its place; a removed and set again key goes to the end. */
#ifndef DSY_MAP_H
#define DSY_MAP_H

#include "dsy/error.h"

/* One for each map type, generated: its entry layout. The key is at offset 0. */
struct dsy_map_type {
    const struct dsy_type *key; /* has hash, equal, text and parse */
    const struct dsy_type *value;
    size_t value_offset;
    size_t entry_size; /* octets */
};

/* Dense entries in order of insertion; removed ones leave a gap until the next growth or snapshot. */
struct dsy_map {
    int64_t length;   /* entries that are there */
    int64_t used;     /* entries and gaps: the next entry goes here */
    int64_t capacity; /* entries that fit */
    bool shared;      /* sticky */
    uint8_t *entries; /* capacity × entry_size */
    uint32_t *hashes; /* capacity; 0 = a gap. NULL in a small map, which has no gaps and is searched linearly */
    uint32_t *slots;  /* slot_mask + 1; 0 = free, else entry number + 1; open addressing, linear probing */
    uint32_t slot_mask;
    uint64_t seed;
};

static inline int64_t
dsy_map_length(const struct dsy_map *map)
{
    return map == NULL ? 0 : map->length;
}

/* Mark the map as referred to by more than one value. map may be NULL. */
static inline void
dsy_map_share(struct dsy_map *map)
{
    if (map != NULL && !map->shared)
        map->shared = true;
}

/* The value of a key; NULL if it is not there. Valid until the map is changed. m.has(k) is dsy_map_find(…) != NULL. */
const void *dsy_map_find(const struct dsy_map *map, const struct dsy_map_type *type, const void *key);

/* m[k] for reading: throws KeyNotFound and returns a zero value if it is not there. */
const void *dsy_map_at(struct dsy_run *run, const struct dsy_map *map, const struct dsy_map_type *type,
                       const void *key);

/* m[k] for changing what is there (m[k] += 1, m[k].x = 1): throws KeyNotFound. Returns NULL when it throws or the run
 * has failed. */
void *dsy_map_place(struct dsy_run *run, struct dsy_map **place, const struct dsy_map_type *type, const void *key);

/* m[k] = v; key and value are copied. */
void dsy_map_set(struct dsy_run *run, struct dsy_map **place, const struct dsy_map_type *type, const void *key,
                 const void *value);

/* m.remove(k): whether it was there. */
bool dsy_map_remove(struct dsy_run *run, struct dsy_map **place, const struct dsy_map_type *type, const void *key);
void dsy_map_clear(struct dsy_run *run, struct dsy_map **place);

/* m.keys(), m.values(): new arrays in insertion order; the values' blocks are shared. */
struct dsy_array dsy_map_keys(struct dsy_run *run, const struct dsy_map *map, const struct dsy_map_type *type);
struct dsy_array dsy_map_values(struct dsy_run *run, const struct dsy_map *map, const struct dsy_map_type *type);

/* The map as it is now, for iterating: shared and without gaps, so its entries are those of
 * dsy_map_entry(snapshot, type, 0 … length - 1), also after it was saved and loaded. The map itself may be changed
 * meanwhile. */
struct dsy_map *dsy_map_snapshot(struct dsy_map *map, const struct dsy_map_type *type);

/* The entry at an index of a snapshot: 0 <= index < dsy_map_length(snapshot). */
static inline const void *
dsy_map_entry(const struct dsy_map *snapshot, const struct dsy_map_type *type, int64_t index)
{
    return snapshot->entries + (size_t)index * type->entry_size;
}

/* Walk any map: *position starts at 0. Returns the next entry, NULL at the end. */
const void *dsy_map_next(const struct dsy_map *map, const struct dsy_map_type *type, int64_t *position);

/* Make the map *place its own. Returns false when it throws or the run has failed. */
bool dsy_map_own(struct dsy_run *run, struct dsy_map **place, const struct dsy_map_type *type);

/* What the generated descriptor functions of map types call. equal ignores the order. CBOR: [[key, value], …] in order;
 * JSON: an object whose names are the keys' texts. A doubled key is an error. */
bool dsy_map_equal(struct dsy_run *run, const struct dsy_map *left, const struct dsy_map *right,
                   const struct dsy_map_type *type);
void dsy_map_write_cbor(struct dsy_cbor_writer *writer, const struct dsy_map *map, const struct dsy_map_type *type);
struct dsy_map *dsy_map_read_cbor(struct dsy_cbor_reader *reader, const struct dsy_map_type *type);
void dsy_map_write_json(struct dsy_json_writer *writer, const struct dsy_map *map, const struct dsy_map_type *type);
struct dsy_map *dsy_map_read_json(struct dsy_json_reader *reader, const struct dsy_map_type *type);

/* For the hash functions of generated key types (enums). */
uint64_t dsy_hash(const void *data, size_t size_bytes, uint64_t seed);

#endif
