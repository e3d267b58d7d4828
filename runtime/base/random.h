/* Random: where unpredictable numbers come from (ids, hash seeds, jitter). It is injected, so that a simulation can be
 * repeated from its seed. */
#ifndef DSY_BASE_RANDOM_H
#define DSY_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "dsy/type.h"

struct dsy_random {
    void (*fill)(void *context, void *data, size_t size_bytes);
    void *context;
};

/* The operating system's generator, fit for ids that cannot be guessed. Aborts the process if the system has none:
 * ids made of anything else would not be safe. */
struct dsy_random dsy_random_system(void);

/* A generator (xoshiro256**) that gives the same numbers for the same seed. Not for production. */
struct dsy_random_state {
    uint64_t words[4];
};
struct dsy_random dsy_random_seeded(struct dsy_random_state *state, uint64_t seed); /* state is borrowed */

static inline void
dsy_random_fill(const struct dsy_random *random, void *data, size_t size_bytes)
{
    random->fill(random->context, data, size_bytes);
}

uint64_t dsy_random_uint64(const struct dsy_random *random);

/* Evenly from 0 to limit - 1; limit is at least 1. */
uint64_t dsy_random_below(const struct dsy_random *random, uint64_t limit);

/* A version 4 uuid (RFC 9562). */
dsy_uuid dsy_random_uuid(const struct dsy_random *random);

#endif
