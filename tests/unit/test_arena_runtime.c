/* runtime/base/arena.c: alignment, growth, the maximum, reset. */
#include "tests/support/value_check.h"

Test(arena_runtime, pieces_are_aligned_and_do_not_overlap)
{
    struct dsy_arena arena;
    dsy_arena_init(&arena, 1 << 20);
    unsigned char *pieces[200];
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        pieces[i] = dsy_arena_allocate(&arena, i);
        cr_assert(pieces[i] != NULL, "piece %zu", i);
        cr_assert((uintptr_t)pieces[i] % 8 == 0, "piece %zu is not aligned", i);
        memset(pieces[i], (int)i, i);
    }
    for (size_t i = 0; i < COUNT_OF(pieces); i++)
        for (size_t octet = 0; octet < i; octet++)
            cr_assert(pieces[i][octet] == (unsigned char)i, "piece %zu was overwritten at %zu", i, octet);
    dsy_arena_destroy(&arena);
}

Test(arena_runtime, empty_pieces_have_addresses_of_their_own)
{
    struct dsy_arena arena;
    dsy_arena_init(&arena, 1 << 16);
    void *one = dsy_arena_allocate(&arena, 0), *other = dsy_arena_allocate(&arena, 0);
    cr_assert(one != NULL && one != other);
    dsy_arena_destroy(&arena);
}

Test(arena_runtime, the_maximum_is_full_and_not_a_crash)
{
    struct dsy_arena arena;
    dsy_arena_init(&arena, 64 * 1024);
    cr_assert(dsy_arena_allocate(&arena, 64 * 1024 + 1) == NULL);
    cr_assert(arena.status == DSY_FULL);
    size_t taken = 0;
    while (dsy_arena_allocate(&arena, 1000) != NULL)
        taken += 1000;
    cr_assert(arena.status == DSY_FULL);
    cr_assert(taken > 50 * 1000 && taken <= 64 * 1024, "gave out %zu of 65536 octets", taken);
    cr_assert(arena.size_bytes <= 64 * 1024, "took %zu", arena.size_bytes);
    cr_assert(dsy_arena_allocate(&arena, SIZE_MAX) == NULL, "a size near overflow");
    dsy_arena_destroy(&arena);
}

Test(arena_runtime, the_last_piece_grows_in_place)
{
    struct dsy_arena arena;
    dsy_arena_init(&arena, 1 << 20);
    char *piece = dsy_arena_allocate(&arena, 100);
    memset(piece, 'x', 100);
    cr_assert(dsy_arena_resize(&arena, piece, 100, 500) == piece);
    memset(piece + 100, 'y', 400);
    char *other = dsy_arena_allocate(&arena, 8);
    char *moved = dsy_arena_resize(&arena, piece, 500, 1000);
    cr_assert(moved != NULL && moved != piece && moved != other);
    cr_assert(moved[0] == 'x' && moved[499] == 'y');
    cr_assert(dsy_arena_resize(&arena, NULL, 0, 10) != NULL);
    dsy_arena_destroy(&arena);
}

Test(arena_runtime, reset_keeps_one_ordinary_chunk)
{
    struct dsy_arena arena;
    dsy_arena_init(&arena, 64 << 20);
    cr_assert(dsy_arena_allocate(&arena, 8 << 20) != NULL);
    dsy_arena_reset(&arena);
    cr_assert(arena.size_bytes == 0, "a chunk of 8 MiB was kept");
    void *first = dsy_arena_allocate(&arena, 10);
    dsy_arena_reset(&arena);
    cr_assert(arena.size_bytes > 0 && arena.size_bytes <= DSY_ARENA_CHUNK_BYTES_MAX);
    cr_assert(dsy_arena_allocate(&arena, 10) == first, "the kept chunk is used from its start");
    dsy_arena_destroy(&arena);
    cr_assert(arena.size_bytes == 0);
    cr_assert(dsy_arena_allocate_zeroed(&arena, 4) != NULL, "usable after destroy");
    dsy_arena_destroy(&arena);
}
