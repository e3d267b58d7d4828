#include "runtime/base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void
system_fill(void *context, void *data, size_t size_bytes)
{
    (void)context;
    uint8_t *place = data;
    while (size_bytes > 0) {
        ssize_t got = getrandom(place, size_bytes, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort();
        place += got;
        size_bytes -= (size_t)got;
    }
}

struct dsy_random
dsy_random_system(void)
{
    return (struct dsy_random){ .fill = system_fill };
}

static uint64_t
rotated(uint64_t word, int count)
{
    return word << count | word >> (64 - count);
}

/* xoshiro256** 1.0 of Blackman and Vigna. */
static uint64_t
seeded_next(struct dsy_random_state *state)
{
    uint64_t *words = state->words;
    uint64_t result = rotated(words[1] * 5, 7) * 9, shifted = words[1] << 17;
    words[2] ^= words[0];
    words[3] ^= words[1];
    words[1] ^= words[2];
    words[0] ^= words[3];
    words[2] ^= shifted;
    words[3] = rotated(words[3], 45);
    return result;
}

static void
seeded_fill(void *context, void *data, size_t size_bytes)
{
    uint8_t *place = data;
    while (size_bytes > 0) {
        uint64_t word = seeded_next(context);
        size_t size = size_bytes < sizeof word ? size_bytes : sizeof word;
        memcpy(place, &word, size);
        place += size;
        size_bytes -= size;
    }
}

struct dsy_random
dsy_random_seeded(struct dsy_random_state *state, uint64_t seed)
{
    /* splitmix64 spreads the seed, as the authors of xoshiro advise: the state must not be all zeros. */
    for (int i = 0; i < 4; i++) {
        seed += UINT64_C(0x9E3779B97F4A7C15);
        uint64_t word = (seed ^ seed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
        word = (word ^ word >> 27) * UINT64_C(0x94D049BB133111EB);
        state->words[i] = word ^ word >> 31;
    }
    return (struct dsy_random){ .fill = seeded_fill, .context = state };
}

uint64_t
dsy_random_uint64(const struct dsy_random *random)
{
    uint64_t word;
    dsy_random_fill(random, &word, sizeof word);
    return word;
}

uint64_t
dsy_random_below(const struct dsy_random *random, uint64_t limit)
{
    /* Words in the last, incomplete round of `limit` would favour small results. */
    uint64_t rest = (UINT64_MAX % limit + 1) % limit;
    uint64_t word;
    do
        word = dsy_random_uint64(random);
    while (word > UINT64_MAX - rest);
    return word % limit;
}

dsy_uuid
dsy_random_uuid(const struct dsy_random *random)
{
    dsy_uuid uuid;
    dsy_random_fill(random, uuid.octets, sizeof uuid.octets);
    uuid.octets[6] = (uint8_t)((uuid.octets[6] & 0x0F) | 0x40);
    uuid.octets[8] = (uint8_t)((uuid.octets[8] & 0x3F) | 0x80);
    return uuid;
}
