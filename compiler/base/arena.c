/* Arena: see arena.h.
 * A chunk is a header and the bytes behind it. Small allocations are cut from the newest chunk; one
 * that is larger than a quarter of a chunk gets a chunk of its own, so that little is wasted. */
#include "compiler/base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Chunks double from the first size to the last: a small program takes little, a big one asks the system seldom. */
#define CHUNK_BYTES_FIRST ((size_t)256 << 10)
#define CHUNK_BYTES_MOST ((size_t)8 << 20)

/* From this size on chunks are asked of the system in its large pages; a third of the time that checking a big
 * program takes would else go into first touches of small ones. */
#define LARGE_PAGE_BYTES ((size_t)2 << 20)

struct arena_chunk {
    struct arena_chunk *next;
    size_t size_bytes;
    alignas(16) char bytes[];
};

void
arena_initialise(struct arena *arena, jmp_buf *out_of_memory)
{
    memset(arena, 0, sizeof *arena);
    arena->out_of_memory = out_of_memory;
}

void
arena_free(struct arena *arena)
{
    struct arena_chunk *chunk = arena->chunks;
    while (chunk != NULL) {
        struct arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    arena_initialise(arena, arena->out_of_memory);
}

static _Noreturn void
out_of_memory(struct arena *arena)
{
    if (arena->out_of_memory == NULL)
        abort();
    longjmp(*arena->out_of_memory, 1);
}

/* The chunk with its header takes size_bytes; NULL when there is no memory. */
static struct arena_chunk *
take_chunk(size_t size_bytes)
{
    if (size_bytes < LARGE_PAGE_BYTES)
        return malloc(size_bytes);
    size_t rounded = (size_bytes + LARGE_PAGE_BYTES - 1) & ~(LARGE_PAGE_BYTES - 1);
    void *chunk = aligned_alloc(LARGE_PAGE_BYTES, rounded);
    if (chunk != NULL)
        madvise(chunk, rounded, MADV_HUGEPAGE); /* a wish: without it all works the same, slower */
    return chunk;
}

void *
arena_allocate_chunk(struct arena *arena, size_t size_bytes)
{
    if (size_bytes > SIZE_MAX / 2)
        out_of_memory(arena);
    size_t rounded = (size_bytes + 15u) & ~(size_t)15u;
    size_t usual = arena->size_bytes < CHUNK_BYTES_FIRST ? CHUNK_BYTES_FIRST : arena->size_bytes;
    if (usual > CHUNK_BYTES_MOST)
        usual = CHUNK_BYTES_MOST;
    bool is_large = rounded > usual / 4;
    size_t chunk_size_bytes = is_large ? sizeof(struct arena_chunk) + rounded : usual;
    struct arena_chunk *chunk = take_chunk(chunk_size_bytes);
    if (chunk == NULL)
        out_of_memory(arena);
    chunk->size_bytes = chunk_size_bytes;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->size_bytes += chunk_size_bytes;
    if (!is_large) {
        arena->next = chunk->bytes + rounded;
        arena->end = (char *)chunk + chunk_size_bytes;
    }
    return chunk->bytes;
}

void *
arena_allocate_zeroed(struct arena *arena, size_t size_bytes)
{
    void *result = arena_allocate_bytes(arena, size_bytes);
    memset(result, 0, size_bytes);
    return result;
}

void *
arena_allocate_array(struct arena *arena, size_t count, size_t item_size_bytes)
{
    size_t size_bytes = 0;
    if (__builtin_mul_overflow(count, item_size_bytes, &size_bytes))
        out_of_memory(arena);
    return arena_allocate_zeroed(arena, size_bytes);
}

void *
arena_grow(struct arena *arena, void *old, size_t old_size_bytes, size_t new_size_bytes)
{
    if (new_size_bytes > SIZE_MAX / 2)
        out_of_memory(arena);
    size_t old_rounded = (old_size_bytes + 15u) & ~(size_t)15u;
    size_t new_rounded = (new_size_bytes + 15u) & ~(size_t)15u;
    if (old != NULL && (char *)old + old_rounded == arena->next && new_rounded >= old_rounded &&
        new_rounded - old_rounded <= (size_t)(arena->end - arena->next)) {
        arena->next += new_rounded - old_rounded;
        return old;
    }
    void *result = arena_allocate_bytes(arena, new_size_bytes);
    if (old_size_bytes != 0)
        memcpy(result, old, old_size_bytes < new_size_bytes ? old_size_bytes : new_size_bytes);
    return result;
}
