/* Arena: memory that is given out piece by piece and taken back whole.
 *
 * All values of a transition live in one arena, which is reset when its batch is saved. Nothing is
 * ever freed singly. Not thread-safe: an arena belongs to one thread at a time. Under
 * AddressSanitizer what was not given out is poisoned, and pieces are kept apart by a red zone. */
#ifndef DSY_ARENA_H
#define DSY_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "dsy/status.h"

struct dsy_arena_chunk;

struct dsy_arena {
    uint8_t *next;                 /* first free octet of the current chunk */
    uint8_t *end;                  /* end of the current chunk */
    struct dsy_arena_chunk *chunk; /* the current chunk, linked to the earlier ones; NULL = none yet */
    size_t size_bytes;             /* of all chunks together */
    size_t size_bytes_max;         /* DSY_FULL beyond it */
    enum dsy_status status;        /* why the last allocation that failed did: DSY_FULL or DSY_NO_MEMORY */
    uint64_t hash_seed;            /* of the maps that are made in it; the owner sets it from a random source */
};

/* Make an empty arena, which owns no memory yet.
 * size_bytes_max  what its chunks may take together */
void dsy_arena_init(struct dsy_arena *arena, size_t size_bytes_max);

/* Give out size_bytes octets, aligned to 8, uninitialised. They stay valid until reset or destroy.
 * Returns NULL with arena->status set when the limit is reached or the heap is exhausted. */
void *dsy_arena_allocate(struct dsy_arena *arena, size_t size_bytes);

/* The same, filled with zeros. */
void *dsy_arena_allocate_zeroed(struct dsy_arena *arena, size_t size_bytes);

/* Grow or shrink the piece at `piece` from old_bytes to new_bytes: in place when it was given out last and its
 * chunk has room, else by a copy (the old piece stays valid and unchanged then).
 *
 * piece   may be NULL when old_bytes is 0
 * Returns the piece, or NULL with arena->status set; then the old piece is as before. */
void *dsy_arena_resize(struct dsy_arena *arena, void *piece, size_t old_bytes, size_t new_bytes);

/* A NUL-terminated copy of a text; NULL as for allocate. */
char *dsy_arena_copy_text(struct dsy_arena *arena, const char *text, size_t size_bytes);

/* Take everything back. One chunk is kept for the next use, so that a batch of ordinary size never asks the heap. */
void dsy_arena_reset(struct dsy_arena *arena);

/* Give all memory to the heap. The arena is empty and usable afterwards. */
void dsy_arena_destroy(struct dsy_arena *arena);

#endif
