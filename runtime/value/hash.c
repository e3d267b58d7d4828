/* The hash of map keys: XXH3 with the seed of the arena, so that nobody outside can make keys collide on purpose. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dsy/map.h"

uint64_t
dsy_hash(const void *data, size_t size_bytes, uint64_t seed)
{
    return XXH3_64bits_withSeed(size_bytes == 0 ? "" : data, size_bytes, seed);
}
