/* Seal: see seal.h. */
#include "runtime/core/seal.h"

#include <stdio.h>
#include <xxhash.h>

#include "runtime/core/core_limits.h"

static void
put_word(uint8_t *place, uint32_t word)
{
    for (int index = 0; index < 4; index++)
        place[index] = (uint8_t)(word >> (8 * index));
}

static uint32_t
get_word(const uint8_t *place)
{
    uint32_t word = 0;
    for (int index = 0; index < 4; index++)
        word |= (uint32_t)place[index] << (8 * index);
    return word;
}

/* The version is its seed, so that a damaged version is noticed as well. */
static uint32_t
checksum(const uint8_t *data, size_t size_bytes, uint8_t version)
{
    return (uint32_t)XXH64(data, size_bytes, version);
}

size_t
dsy_seal_begin(struct dsy_buffer *buffer, uint8_t version)
{
    size_t start = buffer->size_bytes;
    uint8_t head[SEAL_BYTES] = { version };
    dsy_buffer_append(buffer, head, sizeof head);
    return start;
}

void
dsy_seal_end(struct dsy_buffer *buffer, size_t start)
{
    if (buffer->status != DSY_OK)
        return;
    uint8_t *head = buffer->data + start;
    size_t size_bytes = buffer->size_bytes - start - SEAL_BYTES;
    put_word(head + 1, (uint32_t)size_bytes);
    put_word(head + 5, checksum(head + SEAL_BYTES, size_bytes, head[0]));
}

enum dsy_status
dsy_seal_open(struct dsy_slice sealed, uint8_t version, const char *what, struct dsy_slice *content, char *reason)
{
    if (sealed.size_bytes < SEAL_BYTES) {
        snprintf(reason, REASON_BYTES_MAX, "%s is cut: %zu octets", what, sealed.size_bytes);
        return DSY_CORRUPT;
    }
    struct dsy_slice inner = { .data = sealed.data + SEAL_BYTES, .size_bytes = sealed.size_bytes - SEAL_BYTES };
    uint32_t size_bytes = get_word(sealed.data + 1);
    if (sealed.data[0] != version)
        snprintf(reason, REASON_BYTES_MAX, "%s is of version %d; this program knows %d", what, sealed.data[0], version);
    else if (size_bytes != inner.size_bytes)
        snprintf(reason, REASON_BYTES_MAX, "%s should have %llu octets, but has %zu", what,
                 (unsigned long long)size_bytes + SEAL_BYTES, sealed.size_bytes);
    else if (get_word(sealed.data + 5) != checksum(inner.data, inner.size_bytes, version))
        snprintf(reason, REASON_BYTES_MAX, "%s is damaged: the checksum is wrong", what);
    else {
        *content = inner;
        return DSY_OK;
    }
    return DSY_CORRUPT;
}
