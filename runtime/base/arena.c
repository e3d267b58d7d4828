/* Arena: a list of chunks, the newest first; pieces are taken from the front of the newest.
 *
 * Chunks double from DSY_ARENA_CHUNK_BYTES_MIN to _MAX; a piece that is larger gets a chunk of its own size. */
#include "dsy/arena.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dsy/limits.h"

#if defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define ARENA_POISONS 1
#    endif
#elif defined(__SANITIZE_ADDRESS__)
#    define ARENA_POISONS 1
#endif

#ifdef ARENA_POISONS
#    include <sanitizer/asan_interface.h>
enum { RED_ZONE_BYTES = 8 };
#    define POISON(place, size_bytes) ASAN_POISON_MEMORY_REGION(place, size_bytes)
#    define UNPOISON(place, size_bytes) ASAN_UNPOISON_MEMORY_REGION(place, size_bytes)
#else
enum { RED_ZONE_BYTES = 0 };
#    define POISON(place, size_bytes) ((void)(place), (void)(size_bytes))
#    define UNPOISON(place, size_bytes) ((void)(place), (void)(size_bytes))
#endif

enum { ALIGNMENT_BYTES = 8 };

struct dsy_arena_chunk {
    struct dsy_arena_chunk *earlier;
    size_t size_bytes; /* of data */
    _Alignas(ALIGNMENT_BYTES) uint8_t data[];
};

void
dsy_arena_init(struct dsy_arena *arena, size_t size_bytes_max)
{
    *arena = (struct dsy_arena){ .size_bytes_max = size_bytes_max };
}

static void
chunk_enter(struct dsy_arena *arena, struct dsy_arena_chunk *chunk)
{
    arena->chunk = chunk;
    arena->next = chunk == NULL ? NULL : chunk->data;
    arena->end = chunk == NULL ? NULL : chunk->data + chunk->size_bytes;
    if (chunk != NULL)
        POISON(chunk->data, chunk->size_bytes);
}

static void
chunk_free(struct dsy_arena *arena, struct dsy_arena_chunk *chunk)
{
    UNPOISON(chunk->data, chunk->size_bytes);
    arena->size_bytes -= chunk->size_bytes;
    free(chunk);
}

/* A new current chunk with room for at least size_bytes. */
static bool
chunk_add(struct dsy_arena *arena, size_t size_bytes)
{
    size_t wanted = arena->chunk == NULL ? DSY_ARENA_CHUNK_BYTES_MIN : arena->chunk->size_bytes * 2;
    if (wanted > DSY_ARENA_CHUNK_BYTES_MAX)
        wanted = DSY_ARENA_CHUNK_BYTES_MAX;
    size_t left = arena->size_bytes_max - arena->size_bytes;
    if (wanted > left)
        wanted = left;
    if (wanted < size_bytes)
        wanted = size_bytes;
    if (wanted > left) {
        arena->status = DSY_FULL;
        return false;
    }
    struct dsy_arena_chunk *chunk = malloc(sizeof *chunk + wanted);
    if (chunk == NULL) {
        arena->status = DSY_NO_MEMORY;
        return false;
    }
    chunk->earlier = arena->chunk;
    chunk->size_bytes = wanted;
    arena->size_bytes += wanted;
    chunk_enter(arena, chunk);
    return true;
}

/* What a piece takes up: at least one unit, so that every piece has an address of its own. */
static size_t
taken_bytes(size_t size_bytes)
{
    size_t unit = size_bytes == 0 ? 1 : size_bytes;
    return (unit + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES + RED_ZONE_BYTES;
}

void *
dsy_arena_allocate(struct dsy_arena *arena, size_t size_bytes)
{
    if (DSY_UNLIKELY(size_bytes > arena->size_bytes_max)) {
        arena->status = DSY_FULL;
        return NULL;
    }
    size_t taken = taken_bytes(size_bytes);
    if (DSY_UNLIKELY(taken > (size_t)(arena->end - arena->next)) && !chunk_add(arena, taken))
        return NULL;
    uint8_t *piece = arena->next;
    arena->next += taken;
    UNPOISON(piece, size_bytes);
    return piece;
}

void *
dsy_arena_allocate_zeroed(struct dsy_arena *arena, size_t size_bytes)
{
    void *piece = dsy_arena_allocate(arena, size_bytes);
    return piece == NULL ? NULL : memset(piece, 0, size_bytes);
}

void *
dsy_arena_resize(struct dsy_arena *arena, void *piece, size_t old_bytes, size_t new_bytes)
{
    if (piece == NULL)
        return dsy_arena_allocate(arena, new_bytes);
    uint8_t *start = piece;
    bool is_last = start + taken_bytes(old_bytes) == arena->next;
    if (is_last && new_bytes <= arena->size_bytes_max && taken_bytes(new_bytes) <= (size_t)(arena->end - start)) {
        arena->next = start + taken_bytes(new_bytes);
        POISON(start, (size_t)(arena->end - start));
        UNPOISON(start, new_bytes);
        return piece;
    }
    if (new_bytes <= old_bytes)
        return piece;
    void *grown = dsy_arena_allocate(arena, new_bytes);
    return grown == NULL ? NULL : memcpy(grown, piece, old_bytes);
}

char *
dsy_arena_copy_text(struct dsy_arena *arena, const char *text, size_t size_bytes)
{
    char *copy = dsy_arena_allocate(arena, size_bytes + 1);
    if (copy == NULL)
        return NULL;
    if (size_bytes > 0)
        memcpy(copy, text, size_bytes);
    copy[size_bytes] = '\0';
    return copy;
}

/* Which chunk is kept: the newest of ordinary size. A chunk that was made for one large piece is given back. */
void
dsy_arena_reset(struct dsy_arena *arena)
{
    struct dsy_arena_chunk *kept = NULL;
    for (struct dsy_arena_chunk *chunk = arena->chunk, *earlier; chunk != NULL; chunk = earlier) {
        earlier = chunk->earlier;
        if (kept == NULL && chunk->size_bytes <= DSY_ARENA_CHUNK_BYTES_MAX)
            kept = chunk;
        else
            chunk_free(arena, chunk);
    }
    if (kept != NULL)
        kept->earlier = NULL;
    chunk_enter(arena, kept);
    arena->status = DSY_OK;
}

void
dsy_arena_destroy(struct dsy_arena *arena)
{
    for (struct dsy_arena_chunk *chunk = arena->chunk, *earlier; chunk != NULL; chunk = earlier) {
        earlier = chunk->earlier;
        chunk_free(arena, chunk);
    }
    chunk_enter(arena, NULL);
    arena->status = DSY_OK;
}
