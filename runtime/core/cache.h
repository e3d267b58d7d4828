/* Cache: encoded bodies of unfinished invocations, bounded in octets, so that a step's result needs no read.
 *
 * Coherence. The store answers requests in order, so that a read sees every commit that was asked for before. What a
 * read answered may therefore be older than what a later batch made of it; but then that batch is not committed yet
 * when the answer arrives. So: an entry that a batch wrote stays until that batch is committed, also as "gone", and an
 * entry that is there always wins over what the store answered.
 *
 * Belongs to one shard's loop thread. Bodies live in blocks of some sizes that are used again. */
#ifndef DSY_CORE_CACHE_H
#define DSY_CORE_CACHE_H

#include "dsy/store.h"
#include "runtime/core/number_table.h"

enum cache_kind {
    CACHE_BODY,
    CACHE_GONE,   /* has ended */
    CACHE_BROKEN, /* is quarantined */
    CACHE_VACANT, /* only a place, held for what a batch is about to put */
};

struct cache_entry {
    struct cache_entry *newer, *older; /* by use; NULL at the ends */
    enum cache_kind kind;
    int64_t number;
    uint64_t secret;
    int64_t due_ns;
    bool is_active;
    uint32_t pins;  /* messages that wait for this body */
    uint64_t batch; /* the batch that wrote it last, 0: read from the store */
    uint8_t *body;  /* owned */
    size_t size_bytes;
    size_t block_bytes; /* of the block that body is */
};

enum { CACHE_BLOCK_SIZES = 8 }; /* 128 octets to 16 KiB; larger bodies get blocks of their own */

struct cache {
    struct number_table entries;
    struct cache_entry *newest, *oldest;
    struct cache_entry *free_entries;
    uint8_t *free_blocks[CACHE_BLOCK_SIZES]; /* each linked through its first octets */
    size_t size_bytes;                       /* of entries, and of blocks in use */
    size_t size_bytes_max;
    uint64_t committed; /* the last batch that is saved */
};

void dsy_cache_init(struct cache *cache, size_t size_bytes_max);
void dsy_cache_destroy(struct cache *cache);

/* Marks it as used. NULL: it is not there. */
struct cache_entry *dsy_cache_find(struct cache *cache, int64_t number);

/* Put what the store answered. body is copied; it is none unless kind is CACHE_BODY.
 * Returns the entry; NULL: memory ran out, nothing has changed. */
struct cache_entry *dsy_cache_put(struct cache *cache, enum cache_kind kind, const struct dsy_invocation_row *row);

/* What a batch writes is put in two steps, so that a batch can be given up until it is handed to the store:
 * prepare takes the memory and may fail, install or cancel cannot. */
struct cache_place {
    struct cache_entry *entry;
    uint8_t *body;
    size_t block_bytes;
};
DSY_MUST_USE
enum dsy_status dsy_cache_prepare(struct cache *cache, int64_t number, size_t body_bytes, struct cache_place *place);
void dsy_cache_install(struct cache *cache, struct cache_place *place, enum cache_kind kind,
                       const struct dsy_invocation_row *row, uint64_t batch);
void dsy_cache_cancel(struct cache *cache, struct cache_place *place);

/* Everything up to this batch is saved: entries may go. */
void dsy_cache_committed(struct cache *cache, uint64_t batch);

/* Drop an entry now, if nothing needs it: it sleeps for long. */
void dsy_cache_drop(struct cache *cache, int64_t number);

#endif
