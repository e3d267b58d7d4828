/* Any text through the JSON reader: what it takes is written and read again to the same text, and it takes nothing that
 * dsy_json_skip refuses. A failure has a message in UTF-8 that begins with a path. The first octet chooses the type. */
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
    struct dsy_json_writer writer = dsy_json_writer_begin(buffer);
    type->write_json(&writer, value);
    return dsy_json_writer_status(&writer);
}

static bool
read_value(const struct dsy_type *type, const uint8_t *data, size_t size_bytes, void *value)
{
    struct dsy_json_reader reader = dsy_json_reader_begin((const char *)data, size_bytes, &arena);
    type->read_json(&reader, value);
    bool read = dsy_json_reader_end(&reader);
    size_t message_bytes = strlen(reader.message);
    if (!read && (reader.message[0] != '$' || dsy_utf8_check(reader.message, message_bytes) != message_bytes))
        abort();
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
    struct dsy_json_reader skipper = dsy_json_reader_begin((const char *)data + 1, size_bytes - 1, &arena);
    dsy_json_skip(&skipper);
    bool skipped = dsy_json_reader_end(&skipper);
    if (!read_value(type, data + 1, size_bytes - 1, &value))
        return 0;
    if (!skipped)
        abort(); /* a value that cannot be skipped */
    if (write_value(&once, type, &value) != DSY_OK || !read_value(type, once.data, once.size_bytes, &again) ||
        write_value(&twice, type, &again) != DSY_OK)
        abort();
    if (once.size_bytes != twice.size_bytes || memcmp(once.data, twice.data, once.size_bytes) != 0)
        abort(); /* something was lost on the way */
    return 0;
}
