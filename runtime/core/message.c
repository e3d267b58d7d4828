/* Encoding of messages that are stored or leave the shard. */
#include "runtime/core/message.h"

#include <stdio.h>

#include "runtime/core/caller_codec.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/program.h"
#include "runtime/core/seal.h"

enum { MESSAGE_VERSION = 1, BEGIN_ITEMS = 7, RESULT_ITEMS = 5, GRANT_ITEMS = 3 };

/* ---- shared parts ---- */

void
dsy_caller_write(struct dsy_cbor_writer *writer, const struct caller *caller)
{
    switch (caller->kind) {
    case CALLER_NONE: dsy_cbor_write_null(writer); return;
    case CALLER_OUTSIDE: dsy_bool_write_cbor(writer, true); return;
    case CALLER_INVOCATION:
        dsy_cbor_write_array_begin(writer, 3);
        dsy_uint64_write_cbor(writer, caller->shard);
        dsy_int64_write_cbor(writer, caller->number);
        dsy_uint64_write_cbor(writer, caller->await_count);
        dsy_cbor_write_array_end(writer);
        return;
    }
}

struct caller
dsy_caller_read(struct dsy_cbor_reader *reader)
{
    enum { CBOR_TRUE = 0xf5 };
    if (dsy_cbor_null(reader))
        return (struct caller){ .kind = CALLER_NONE };
    if (!reader->failed && reader->offset < reader->size_bytes && reader->data[reader->offset] == CBOR_TRUE) {
        dsy_cbor_skip(reader);
        return (struct caller){ .kind = CALLER_OUTSIDE };
    }
    struct caller caller = { .kind = CALLER_INVOCATION };
    if (dsy_cbor_array_begin(reader) != 3)
        dsy_cbor_expected(reader, "a caller: null, true or an array of 3 items");
    caller.shard = dsy_uint32_read_cbor(reader);
    caller.number = dsy_int64_read_cbor(reader);
    caller.await_count = dsy_uint64_read_cbor(reader);
    dsy_cbor_array_end(reader);
    if (!reader->failed && (caller.number <= 0 || caller.shard >= SHARD_COUNT_MAX))
        dsy_cbor_expected(reader, "the shard and number of a caller");
    return caller;
}

void
dsy_slice_write(struct dsy_cbor_writer *writer, struct dsy_slice slice)
{
    if (slice.data == NULL)
        dsy_cbor_write_null(writer);
    else
        dsy_bytes_write_cbor(writer, (dsy_bytes){ .data = slice.data, .size_bytes = (int64_t)slice.size_bytes });
}

struct dsy_slice
dsy_slice_read(struct dsy_cbor_reader *reader)
{
    static const uint8_t empty;
    if (dsy_cbor_null(reader))
        return (struct dsy_slice){ 0 };
    dsy_bytes bytes = dsy_bytes_read_cbor(reader);
    return (struct dsy_slice){ .data = bytes.data != NULL ? bytes.data : &empty,
                               .size_bytes = (size_t)bytes.size_bytes };
}

void
dsy_holder_write(uint8_t octets[HOLDER_BYTES], uint32_t shard, int64_t number)
{
    for (int index = 0; index < 4; index++)
        octets[index] = (uint8_t)(shard >> (24 - 8 * index));
    for (int index = 0; index < 8; index++)
        octets[4 + index] = (uint8_t)((uint64_t)number >> (56 - 8 * index));
}

struct dsy_slice
dsy_holders_read(struct dsy_cbor_reader *reader)
{
    struct dsy_slice holders = dsy_slice_read(reader);
    if (!reader->failed &&
        (holders.size_bytes % HOLDER_BYTES != 0 || holders.size_bytes / HOLDER_BYTES > CHAIN_LENGTH_MAX))
        dsy_cbor_expected(reader, "the holders of keys");
    return holders;
}

struct dsy_cbor_reader
dsy_stored_reader(const struct program *program, struct dsy_slice data, struct dsy_arena *arena)
{
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(data.data, data.size_bytes, arena);
    reader.errors = &program->errors;
    reader.borrow = true;
    return reader;
}

enum dsy_status
dsy_reader_failure(const struct dsy_cbor_reader *reader, const char *what, char *reason)
{
    snprintf(reason, REASON_BYTES_MAX, "%s: %s", what, reader->message);
    return reader->status == DSY_NO_MEMORY || reader->status == DSY_FULL ? reader->status : DSY_CORRUPT;
}

/* ---- messages ---- */

static void
write_begin(struct dsy_cbor_writer *writer, const struct message *message)
{
    dsy_cbor_write_array_begin(writer, BEGIN_ITEMS);
    dsy_int64_write_cbor(writer, MESSAGE_BEGIN);
    dsy_string_write_cbor(writer, dsy_string_view(message->routine->name));
    dsy_slice_write(writer, message->arguments);
    dsy_uint64_write_cbor(writer, message->chain_length);
    dsy_caller_write(writer, &message->caller);
    dsy_slice_write(writer, message->instance_key);
    dsy_slice_write(writer, message->holders);
    dsy_cbor_write_array_end(writer);
}

static void
write_result(struct dsy_cbor_writer *writer, const struct message *message)
{
    dsy_cbor_write_array_begin(writer, RESULT_ITEMS);
    dsy_int64_write_cbor(writer, MESSAGE_RESULT);
    dsy_int64_write_cbor(writer, message->number);
    dsy_uint64_write_cbor(writer, message->await_count);
    dsy_bool_write_cbor(writer, message->threw);
    dsy_slice_write(writer, message->value);
    dsy_cbor_write_array_end(writer);
}

static void
write_grant(struct dsy_cbor_writer *writer, const struct message *message)
{
    dsy_cbor_write_array_begin(writer, GRANT_ITEMS);
    dsy_int64_write_cbor(writer, MESSAGE_GRANT);
    dsy_int64_write_cbor(writer, message->number);
    dsy_int64_write_cbor(writer, message->instances);
    dsy_cbor_write_array_end(writer);
}

enum dsy_status
dsy_message_encode(const struct message *message, struct dsy_buffer *buffer)
{
    size_t start = dsy_seal_begin(buffer, MESSAGE_VERSION);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    if (message->kind == MESSAGE_BEGIN)
        write_begin(&writer, message);
    else if (message->kind == MESSAGE_GRANT)
        write_grant(&writer, message);
    else
        write_result(&writer, message);
    dsy_seal_end(buffer, start);
    return dsy_cbor_writer_status(&writer);
}

static enum dsy_status
read_begin(const struct program *program, struct dsy_cbor_reader *reader, struct message *message, char *reason)
{
    message->kind = MESSAGE_BEGIN;
    dsy_string name = dsy_string_read_cbor(reader);
    message->arguments = dsy_slice_read(reader);
    message->chain_length = dsy_uint32_read_cbor(reader);
    message->caller = dsy_caller_read(reader);
    message->instance_key = dsy_slice_read(reader);
    message->holders = dsy_holders_read(reader);
    if (reader->failed)
        return DSY_CORRUPT;
    message->routine = dsy_program_routine(program, name);
    if (message->routine != NULL)
        return DSY_OK;
    snprintf(reason, REASON_BYTES_MAX, "a call of %.*s, which this program does not have",
             (int)(name.size_bytes < 200 ? name.size_bytes : 200), name.size_bytes > 0 ? name.data : "");
    return DSY_NOT_FOUND;
}

static enum dsy_status
read_result(struct dsy_cbor_reader *reader, struct message *message)
{
    message->kind = MESSAGE_RESULT;
    message->number = dsy_int64_read_cbor(reader);
    message->await_count = dsy_uint64_read_cbor(reader);
    message->threw = dsy_bool_read_cbor(reader);
    message->value = dsy_slice_read(reader);
    if (!reader->failed && message->number <= 0)
        dsy_cbor_expected(reader, "the number of an invocation");
    return reader->failed ? DSY_CORRUPT : DSY_OK;
}

static void
read_grant(struct dsy_cbor_reader *reader, struct message *message)
{
    message->kind = MESSAGE_GRANT;
    message->number = dsy_int64_read_cbor(reader);
    message->instances = dsy_int64_read_cbor(reader);
    if (!reader->failed && message->number <= 0)
        dsy_cbor_expected(reader, "the number of an invocation");
}

enum dsy_status
dsy_message_decode(const struct program *program, struct dsy_slice data, struct message *message, char *reason)
{
    struct dsy_slice body;
    if (dsy_seal_open(data, MESSAGE_VERSION, "a message", &body, reason) != DSY_OK)
        return DSY_CORRUPT;
    /* Nothing is allocated: texts and octets are borrowed, so no arena is needed. */
    struct dsy_cbor_reader reader = dsy_stored_reader(program, body, NULL);
    uint64_t count = dsy_cbor_array_begin(&reader);
    int64_t kind = dsy_int64_read_cbor(&reader);
    enum dsy_status status = DSY_OK;
    if (kind == MESSAGE_BEGIN && count == BEGIN_ITEMS)
        status = read_begin(program, &reader, message, reason);
    else if (kind == MESSAGE_RESULT && count == RESULT_ITEMS)
        status = read_result(&reader, message);
    else if (kind == MESSAGE_GRANT && count == GRANT_ITEMS)
        read_grant(&reader, message);
    else
        dsy_cbor_expected(&reader, "a call, a result or a grant of a key");
    if (status == DSY_NOT_FOUND)
        return status;
    dsy_cbor_array_end(&reader);
    return dsy_cbor_reader_end(&reader) ? DSY_OK : dsy_reader_failure(&reader, "a damaged message", reason);
}
