/* SHA-256 (FIPS 180-4): where nobody outside may choose inputs that collide. PURE. */
#ifndef DSY_BASE_DIGEST_H
#define DSY_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DSY_DIGEST_BYTES = 32 };

struct dsy_digest {
    uint32_t state[8];
    uint64_t size_bytes; /* taken in so far */
    uint8_t block[64];
};

void dsy_digest_begin(struct dsy_digest *digest);

/* data may be NULL when size_bytes is 0. */
void dsy_digest_add(struct dsy_digest *digest, const void *data, size_t size_bytes);

void dsy_digest_end(struct dsy_digest *digest, uint8_t result[DSY_DIGEST_BYTES]);

/* Eight octets of a result as a number, big end first. */
static inline uint64_t
dsy_digest_word(const uint8_t *octets)
{
    uint64_t word = 0;
    for (int index = 0; index < 8; index++)
        word = word << 8 | octets[index];
    return word;
}

#endif
