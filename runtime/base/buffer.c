/* The cold half of the buffer: growth by doubling. */
#include "dsy/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAPACITY_BYTES_MIN = 256 };

void
dsy_buffer_init(struct dsy_buffer *buffer, size_t size_bytes_max)
{
    *buffer = (struct dsy_buffer){ .size_bytes_max = size_bytes_max };
}

void
dsy_buffer_destroy(struct dsy_buffer *buffer)
{
    free(buffer->data);
    dsy_buffer_init(buffer, buffer->size_bytes_max);
}

uint8_t *
dsy_buffer_reserve_slow(struct dsy_buffer *buffer, size_t more_bytes)
{
    if (buffer->status != DSY_OK)
        return NULL;
    if (more_bytes > buffer->size_bytes_max - buffer->size_bytes) {
        buffer->status = DSY_FULL;
        return NULL;
    }
    size_t wanted = buffer->size_bytes + more_bytes;
    if (wanted > buffer->capacity_bytes || buffer->data == NULL) {
        size_t capacity = buffer->capacity_bytes < CAPACITY_BYTES_MIN ? CAPACITY_BYTES_MIN : buffer->capacity_bytes * 2;
        if (capacity > buffer->size_bytes_max)
            capacity = buffer->size_bytes_max;
        if (capacity < wanted)
            capacity = wanted;
        uint8_t *data = realloc(buffer->data, capacity == 0 ? 1 : capacity);
        if (data == NULL) {
            buffer->status = DSY_NO_MEMORY;
            return NULL;
        }
        buffer->data = data;
        buffer->capacity_bytes = capacity;
    }
    return buffer->data + buffer->size_bytes;
}

void
dsy_buffer_append_format(struct dsy_buffer *buffer, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int wanted = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    /* vsnprintf wants room for its NUL, which is not kept. */
    uint8_t *place = wanted < 0 ? NULL : dsy_buffer_reserve(buffer, (size_t)wanted + 1);
    if (place != NULL) {
        vsnprintf((char *)place, (size_t)wanted + 1, format, again);
        buffer->size_bytes += (size_t)wanted;
    }
    va_end(again);
}
