/* Arena: the memory of one compilation. It is taken in big chunks, never freed singly, and
 * given back whole. Relies on malloc; holds no global state, so that several compilations
 * may live side by side (the language server repeats them).
 *
 * Out of memory: the compiler can't go on in any useful way, so an arena jumps to the place that
 * `arena_catch` marked, from where compile.c reports it as a status. */
#ifndef DSY_COMPILER_BASE_ARENA_H
#define DSY_COMPILER_BASE_ARENA_H

#include <setjmp.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
    char *next; /* first free byte of the newest chunk */
    char *end;  /* first byte behind it */
    struct arena_chunk *chunks;
    size_t size_bytes; /* taken from malloc so far */
    jmp_buf *out_of_memory;
};

/* Make an empty arena. out_of_memory is where an allocation that fails jumps to with the
 * value 1; it must stay valid while the arena is used. */
void arena_initialise(struct arena *arena, jmp_buf *out_of_memory);

/* Give everything back; the arena is empty and usable again. */
void arena_free(struct arena *arena);

/* The slow path of arena_allocate_bytes: a new chunk. */
void *arena_allocate_chunk(struct arena *arena, size_t size_bytes);

/* size_bytes octets aligned for every type, not cleared. Never NULL. */
static inline void *
arena_allocate_bytes(struct arena *arena, size_t size_bytes)
{
    size_t rounded = (size_bytes + 15u) & ~(size_t)15u;
    if (rounded >= size_bytes &&
        rounded < (size_t)(arena->end - arena->next)) { /* an empty arena has no room for nothing */
        void *result = arena->next;
        arena->next += rounded;
        return result;
    }
    return arena_allocate_chunk(arena, size_bytes);
}

/* As above, all bits zero. */
void *arena_allocate_zeroed(struct arena *arena, size_t size_bytes);

/* count * item_size_bytes octets, all bits zero; a product that overflows is out of memory. */
void *arena_allocate_array(struct arena *arena, size_t count, size_t item_size_bytes);

/* Make an allocation larger: in place when it is the newest one of its chunk, else by a copy.
 * old may be NULL with old_size_bytes 0. The new octets are not cleared. */
void *arena_grow(struct arena *arena, void *old, size_t old_size_bytes, size_t new_size_bytes);

/* One zeroed TYPE, or an array of COUNT zeroed TYPEs. */
#define arena_new(arena, TYPE) ((TYPE *)arena_allocate_zeroed((arena), sizeof(TYPE)))
#define arena_new_array(arena, TYPE, count) ((TYPE *)arena_allocate_array((arena), (count), sizeof(TYPE)))

#endif
