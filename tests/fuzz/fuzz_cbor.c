/* Any octets through the CBOR reader: what it takes is written and read again to the same octets, and it takes nothing
 * that dsy_cbor_skip refuses. The first octet chooses the type. */
#include <stdlib.h>
#include <string.h>

#include "dsy/describe.h"
#include "tests/fuzz/fuzz_types.h"

static struct dsy_arena arena;
static struct dsy_buffer once, twice;

static enum dsy_status
write_value(struct dsy_buffer *buffer, const struct dsy_type *type, const void *value)
{
    dsy_buffer_clear(buffer);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    type->write_cbor(&writer, value);
    return dsy_cbor_writer_status(&writer);
}

static bool
read_value(const struct dsy_type *type, const uint8_t *data, size_t size_bytes, void *value)
{
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(data, size_bytes, &arena);
    type->read_cbor(&reader, value);
    bool read = dsy_cbor_reader_end(&reader);
    if (!read && reader.message[0] == '\0')
        abort(); /* a failure without a message */
    return read;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    if (arena.size_bytes_max == 0) {
        dsy_arena_init(&arena, 16 << 20);
        dsy_buffer_init(&once, 16 << 20);
        dsy_buffer_init(&twice, 16 << 20);
    }
    if (size_bytes == 0)
        return 0;
    const struct dsy_type *type = fuzz_types[data[0] % FUZZ_TYPE_COUNT];
    union fuzz_value value, again;
    dsy_arena_reset(&arena);
    struct dsy_cbor_reader skipper = dsy_cbor_reader_begin(data + 1, size_bytes - 1, &arena);
    dsy_cbor_skip(&skipper);
    bool skipped = dsy_cbor_reader_end(&skipper);
    if (!read_value(type, data + 1, size_bytes - 1, &value))
        return 0;
    if (!skipped)
        abort(); /* a value that cannot be skipped */
    if (write_value(&once, type, &value) != DSY_OK || !read_value(type, once.data, once.size_bytes, &again) ||
        write_value(&twice, type, &again) != DSY_OK)
        abort();
    if (once.size_bytes != twice.size_bytes || memcmp(once.data, twice.data, once.size_bytes) != 0)
        abort(); /* the encoding is not the only one */
    return 0;
}
