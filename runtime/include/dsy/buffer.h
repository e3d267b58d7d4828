/* Buffer: octets on the heap that grow at the end, up to a maximum.
 *
 * Failure is sticky: after the first append that does not fit, the status says why, appends do
 * nothing, and what was appended before is kept. A writer appends freely and asks once, at the end. */
#ifndef DSY_BUFFER_H
#define DSY_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dsy/status.h"

struct dsy_buffer {
    uint8_t *data; /* owned; NULL = nothing yet */
    size_t size_bytes;
    size_t capacity_bytes;
    size_t size_bytes_max;
    enum dsy_status status; /* DSY_OK, DSY_FULL or DSY_NO_MEMORY */
};

/* Make an empty buffer, which owns no memory yet. */
void dsy_buffer_init(struct dsy_buffer *buffer, size_t size_bytes_max);

/* Give the memory back. The buffer is empty and usable afterwards, its failure forgotten. */
void dsy_buffer_destroy(struct dsy_buffer *buffer);

/* Forget the content and the failure, keep the memory. */
static inline void
dsy_buffer_clear(struct dsy_buffer *buffer)
{
    buffer->size_bytes = 0;
    buffer->status = DSY_OK;
}

/* Make room for more_bytes beyond size_bytes. Returns the place for them, NULL when the buffer has failed.
 * The caller fills it and adds to size_bytes what it used. */
uint8_t *dsy_buffer_reserve_slow(struct dsy_buffer *buffer, size_t more_bytes);

static inline uint8_t *
dsy_buffer_reserve(struct dsy_buffer *buffer, size_t more_bytes)
{
    if (DSY_LIKELY(more_bytes <= buffer->capacity_bytes - buffer->size_bytes && buffer->status == DSY_OK &&
                   buffer->data != NULL))
        return buffer->data + buffer->size_bytes;
    return dsy_buffer_reserve_slow(buffer, more_bytes);
}

/* Append a copy of size_bytes octets; data may be NULL when there are none. */
static inline void
dsy_buffer_append(struct dsy_buffer *buffer, const void *data, size_t size_bytes)
{
    uint8_t *place = dsy_buffer_reserve(buffer, size_bytes);
    if (DSY_UNLIKELY(place == NULL) || size_bytes == 0)
        return;
    memcpy(place, data, size_bytes);
    buffer->size_bytes += size_bytes;
}

static inline void
dsy_buffer_append_octet(struct dsy_buffer *buffer, uint8_t octet)
{
    uint8_t *place = dsy_buffer_reserve(buffer, 1);
    if (DSY_UNLIKELY(place == NULL))
        return;
    *place = octet;
    buffer->size_bytes++;
}

/* Append formatted text, without its NUL. */
void dsy_buffer_append_format(struct dsy_buffer *buffer, const char *format, ...) DSY_FORMAT(2, 3);

#endif
