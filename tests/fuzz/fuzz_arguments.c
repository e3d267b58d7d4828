/* Any text as the JSON arguments of the routines of tests/fuzz/program: what is taken survives the way that arguments
 * go. JSON → locals → CBOR → locals again gives the same CBOR and shows the same JSON, which can be read as arguments
 * again. What is refused has a message that begins with a JSON path. The first octet chooses the routine. */
#include <stdlib.h>
#include <string.h>

#include "runtime/core/caller_codec.h"
#include "tests/fuzz/program/bound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static struct dsy_arena arena;
static struct dsy_buffer encoded, again, shown, shown_again;

static void
set_up(void)
{
    if (arena.size_bytes_max != 0)
        return;
    dsy_arena_init(&arena, 16 << 20);
    dsy_buffer_init(&encoded, 16 << 20);
    dsy_buffer_init(&again, 16 << 20);
    dsy_buffer_init(&shown, 64 << 20);
    dsy_buffer_init(&shown_again, 64 << 20);
}

static void *
new_locals(const struct dsy_routine_type *routine)
{
    void *locals = dsy_arena_allocate_zeroed(&arena, routine->locals_size_bytes + 1);
    if (locals == NULL)
        abort(); /* inputs are far smaller than the arena */
    return locals;
}

/* NULL: refused. */
static void *
read_json(const struct dsy_routine_type *routine, const char *json, size_t json_bytes)
{
    void *locals = new_locals(routine);
    struct dsy_json_reader reader = dsy_json_reader_begin(json, json_bytes, &arena);
    reader.errors = &bound_program()->errors;
    routine->read_arguments(&reader, locals);
    if (dsy_json_reader_end(&reader))
        return locals;
    size_t message_bytes = strlen(reader.message);
    if (reader.status == DSY_OK || reader.message[0] != '$' ||
        dsy_utf8_check(reader.message, message_bytes) != message_bytes)
        abort();
    return NULL;
}

static enum dsy_status
write_cbor(const struct dsy_routine_type *routine, const void *locals, struct dsy_buffer *buffer)
{
    dsy_buffer_clear(buffer);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    routine->write_frame(&writer, locals, 0);
    return dsy_cbor_writer_status(&writer);
}

static void *
read_cbor(const struct dsy_routine_type *routine, const struct dsy_buffer *buffer)
{
    void *locals = new_locals(routine);
    struct dsy_slice slice = { .data = buffer->data, .size_bytes = buffer->size_bytes };
    struct dsy_cbor_reader reader = dsy_stored_reader(bound_program(), slice, &arena);
    routine->read_frame(&reader, locals, 0);
    if (!dsy_cbor_reader_end(&reader))
        abort(); /* what was written cannot be read */
    return locals;
}

static void
show(const struct dsy_routine_type *routine, const void *locals, struct dsy_buffer *buffer)
{
    dsy_buffer_clear(buffer);
    struct dsy_json_writer writer = dsy_json_writer_begin(buffer);
    routine->show_frame(&writer, locals, 0);
    if (dsy_json_writer_status(&writer) != DSY_OK)
        abort();
}

static void
require_same(const struct dsy_buffer *left, const struct dsy_buffer *right)
{
    if (left->size_bytes != right->size_bytes || memcmp(left->data, right->data, left->size_bytes) != 0)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    set_up();
    if (size_bytes == 0 || size_bytes > 1 << 16)
        return 0;
    const struct dsy_program_type *type = bound_program()->type;
    const struct dsy_routine_type *routine = type->routines[data[0] % type->routine_count];
    dsy_arena_reset(&arena);
    void *locals = read_json(routine, (const char *)data + 1, size_bytes - 1);
    if (locals == NULL)
        return 0;
    enum dsy_status status = write_cbor(routine, locals, &encoded);
    if (status == DSY_FULL)
        return 0; /* nested too deep */
    if (status != DSY_OK)
        abort();
    void *read = read_cbor(routine, &encoded);
    if (write_cbor(routine, read, &again) != DSY_OK)
        abort();
    require_same(&encoded, &again);
    show(routine, locals, &shown);
    show(routine, read, &shown_again);
    require_same(&shown, &shown_again);
    read = read_json(routine, (const char *)shown.data, shown.size_bytes);
    if (read == NULL || write_cbor(routine, read, &again) != DSY_OK)
        abort();
    require_same(&encoded, &again);
    return 0;
}
