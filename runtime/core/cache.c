/* Cache: a number table of entries that are also in one list by use. */
#include "runtime/core/cache.h"

#include <stdlib.h>
#include <string.h>

/* What is known of an object takes memory though it has no body, and is bounded with it. */
enum { ENTRY_BYTES = sizeof(struct cache_entry) + 2 * sizeof(struct number_slot) };

#define SMALLEST_BLOCK 128

void
dsy_cache_init(struct cache *cache, size_t size_bytes_max)
{
    *cache = (struct cache){ .size_bytes_max = size_bytes_max };
}

/* ---- blocks ---- */

/* A free block holds the address of the next one in its first octets. */
static uint8_t *
next_block(const uint8_t *block)
{
    uint8_t *next;
    memcpy(&next, (const void *)block, sizeof(void *));
    return next;
}

static void
link_block(uint8_t *block, uint8_t *next)
{
    memcpy((void *)block, &next, sizeof(void *));
}

/* The size class of a body; CACHE_BLOCK_SIZES: none, it gets a block of its own. */
static size_t
block_class(size_t size_bytes)
{
    size_t class = 0;
    while (class < CACHE_BLOCK_SIZES && ((size_t)SMALLEST_BLOCK << class) < size_bytes)
        class ++;
    return class;
}

static uint8_t *
take_block(struct cache *cache, size_t size_bytes, size_t *block_bytes)
{
    size_t class = block_class(size_bytes);
    *block_bytes = class < CACHE_BLOCK_SIZES ? (size_t)SMALLEST_BLOCK << class : size_bytes;
    uint8_t *block = class < CACHE_BLOCK_SIZES ? cache->free_blocks[class] : NULL;
    if (block != NULL)
        cache->free_blocks[class] = next_block(block);
    else
        block = malloc(*block_bytes);
    if (block != NULL)
        cache->size_bytes += *block_bytes;
    return block;
}

static void
give_block(struct cache *cache, struct cache_entry *entry)
{
    if (entry->body == NULL)
        return;
    cache->size_bytes -= entry->block_bytes;
    size_t class = block_class(entry->block_bytes);
    if (class < CACHE_BLOCK_SIZES) {
        link_block(entry->body, cache->free_blocks[class]);
        cache->free_blocks[class] = entry->body;
    } else {
        free(entry->body);
    }
    entry->body = NULL;
}

/* ---- the list by use ---- */

static void
unlink_entry(struct cache *cache, struct cache_entry *entry)
{
    if (entry->newer != NULL)
        entry->newer->older = entry->older;
    else
        cache->newest = entry->older;
    if (entry->older != NULL)
        entry->older->newer = entry->newer;
    else
        cache->oldest = entry->newer;
}

static void
link_newest(struct cache *cache, struct cache_entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    if (cache->newest != NULL)
        cache->newest->newer = entry;
    else
        cache->oldest = entry;
    cache->newest = entry;
}

static void
remove_entry(struct cache *cache, struct cache_entry *entry)
{
    dsy_number_table_remove(&cache->entries, entry->number);
    unlink_entry(cache, entry);
    give_block(cache, entry);
    cache->size_bytes -= ENTRY_BYTES;
    entry->older = cache->free_entries;
    cache->free_entries = entry;
}

static bool
is_needed(const struct cache *cache, const struct cache_entry *entry)
{
    return entry->pins > 0 || entry->batch > cache->committed;
}

/* Let the oldest go until the bound is kept; those that are needed stay, whatever the bound. */
static void
shrink(struct cache *cache)
{
    struct cache_entry *entry = cache->oldest;
    while (entry != NULL && cache->size_bytes > cache->size_bytes_max) {
        struct cache_entry *newer = entry->newer;
        if (!is_needed(cache, entry))
            remove_entry(cache, entry);
        entry = newer;
    }
}

/* ---- what the shard calls ---- */

void
dsy_cache_destroy(struct cache *cache)
{
    while (cache->oldest != NULL)
        remove_entry(cache, cache->oldest);
    while (cache->free_entries != NULL) {
        struct cache_entry *entry = cache->free_entries;
        cache->free_entries = entry->older;
        free(entry);
    }
    for (size_t class = 0; class < CACHE_BLOCK_SIZES; class ++)
        while (cache->free_blocks[class] != NULL) {
            uint8_t *block = cache->free_blocks[class];
            cache->free_blocks[class] = next_block(block);
            free(block);
        }
    dsy_number_table_destroy(&cache->entries);
}

/* Also finds a vacant one. */
static struct cache_entry *
find_entry(struct cache *cache, int64_t number)
{
    struct cache_entry *entry = dsy_number_table_find(&cache->entries, number);
    if (entry != NULL && entry != cache->newest) {
        unlink_entry(cache, entry);
        link_newest(cache, entry);
    }
    return entry;
}

struct cache_entry *
dsy_cache_find(struct cache *cache, int64_t number)
{
    struct cache_entry *entry = find_entry(cache, number);
    return entry != NULL && entry->kind != CACHE_VACANT ? entry : NULL;
}

static struct cache_entry *
add_entry(struct cache *cache, int64_t number)
{
    struct cache_entry *entry = cache->free_entries;
    if (entry != NULL)
        cache->free_entries = entry->older;
    else
        entry = malloc(sizeof *entry);
    if (entry == NULL)
        return NULL;
    *entry = (struct cache_entry){ .number = number, .kind = CACHE_VACANT };
    cache->size_bytes += ENTRY_BYTES;
    if (dsy_number_table_insert(&cache->entries, number, entry) != DSY_OK) {
        cache->size_bytes -= ENTRY_BYTES;
        entry->older = cache->free_entries;
        cache->free_entries = entry;
        return NULL;
    }
    link_newest(cache, entry);
    return entry;
}

enum dsy_status
dsy_cache_prepare(struct cache *cache, int64_t number, size_t body_bytes, struct cache_place *place)
{
    *place = (struct cache_place){ 0 };
    if (body_bytes > 0) {
        place->body = take_block(cache, body_bytes, &place->block_bytes);
        if (place->body == NULL)
            return DSY_NO_MEMORY;
    }
    place->entry = find_entry(cache, number);
    if (place->entry == NULL)
        place->entry = add_entry(cache, number);
    if (place->entry == NULL) {
        dsy_cache_cancel(cache, place);
        return DSY_NO_MEMORY;
    }
    place->entry->pins++; /* a place that is held must not go */
    return DSY_OK;
}

void
dsy_cache_cancel(struct cache *cache, struct cache_place *place)
{
    struct cache_entry unused = { .body = place->body, .block_bytes = place->block_bytes };
    give_block(cache, &unused);
    if (place->entry != NULL) {
        place->entry->pins--;
        if (place->entry->kind == CACHE_VACANT && place->entry->pins == 0)
            remove_entry(cache, place->entry);
    }
    *place = (struct cache_place){ 0 };
}

void
dsy_cache_install(struct cache *cache, struct cache_place *place, enum cache_kind kind,
                  const struct dsy_invocation_row *row, uint64_t batch)
{
    struct cache_entry *entry = place->entry;
    give_block(cache, entry);
    entry->pins--;
    entry->kind = kind;
    entry->secret = row->secret;
    entry->due_ns = row->due_ns;
    entry->is_active = row->is_active;
    entry->batch = batch;
    entry->body = place->body;
    entry->size_bytes = place->body != NULL ? row->body.size_bytes : 0;
    entry->block_bytes = place->block_bytes;
    if (place->body != NULL)
        memcpy(place->body, row->body.data, row->body.size_bytes);
    *place = (struct cache_place){ 0 };
}

struct cache_entry *
dsy_cache_put(struct cache *cache, enum cache_kind kind, const struct dsy_invocation_row *row)
{
    struct cache_place place;
    if (dsy_cache_prepare(cache, row->number, kind == CACHE_BODY ? row->body.size_bytes : 0, &place) != DSY_OK)
        return NULL;
    struct cache_entry *entry = place.entry;
    entry->pins++; /* not to be the one that makes room */
    dsy_cache_install(cache, &place, kind, row, 0);
    shrink(cache);
    entry->pins--;
    return entry;
}

void
dsy_cache_committed(struct cache *cache, uint64_t batch)
{
    cache->committed = batch;
    shrink(cache);
}

void
dsy_cache_drop(struct cache *cache, int64_t number)
{
    struct cache_entry *entry = dsy_number_table_find(&cache->entries, number);
    if (entry != NULL && !is_needed(cache, entry))
        remove_entry(cache, entry);
}
