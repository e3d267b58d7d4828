/* Encoding of messages that are stored or leave the shard. */
#include "runtime/core/message.h"

#include <stdio.h>

#include "runtime/core/caller_codec.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/object.h"
#include "runtime/core/program.h"
#include "runtime/core/seal.h"

enum { MESSAGE_VERSION = 2 };

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

struct watcher
dsy_watcher_read(struct dsy_cbor_reader *reader)
{
    struct watcher watcher = { .shard = dsy_uint32_read_cbor(reader) };
    watcher.number = dsy_int64_read_cbor(reader);
    watcher.await_count = dsy_uint64_read_cbor(reader);
    watcher.slot = dsy_uint32_read_cbor(reader);
    if (!reader->failed && (watcher.shard >= SHARD_COUNT_MAX || !dsy_number_is_counted(watcher.number)))
        dsy_cbor_expected(reader, "the shard and number of whoever watches");
    return watcher;
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

/* ---- lists ---- */

struct message *
dsy_message_list_add(struct message_list *list, struct dsy_arena *arena, enum message_kind kind, uint32_t receiver,
                     int64_t number)
{
    struct message *message = dsy_arena_allocate(arena, sizeof *message);
    if (message == NULL)
        return NULL;
    *message = (struct message){ .kind = kind, .source = SOURCE_BATCH, .receiver = receiver, .number = number };
    if (list->last != NULL)
        list->last->next = message;
    else
        list->first = message;
    list->last = message;
    list->count++;
    return message;
}

/* ---- messages ---- */

/* Items of each kind that is stored or sent, its kind and its object's number included; 0: it never is. */
static const uint8_t item_counts[] = {
    [MESSAGE_BEGIN] = 9,   [MESSAGE_RESULT] = 5, [MESSAGE_STEP] = 0,   [MESSAGE_TIMER] = 0,   [MESSAGE_RESUME] = 0,
    [MESSAGE_GRANT] = 3,   [MESSAGE_WATCH] = 9,  [MESSAGE_SETTLE] = 5, [MESSAGE_RELEASE] = 3, [MESSAGE_SETTLED] = 6,
    [MESSAGE_NOT_YET] = 4, [MESSAGE_CANCEL] = 3, [MESSAGE_PROBE] = 7,  [MESSAGE_UNWATCH] = 7,
};

enum { MESSAGE_KIND_COUNT = sizeof item_counts };

bool
dsy_message_is_lasting(enum message_kind kind)
{
    return item_counts[kind] > 0;
}

static void
write_begin(struct dsy_cbor_writer *writer, const struct message *message)
{
    dsy_uint64_write_cbor(writer, message->secret);
    dsy_string_write_cbor(writer, dsy_string_view(message->routine->name));
    dsy_slice_write(writer, message->arguments);
    dsy_uint64_write_cbor(writer, message->chain_length);
    dsy_caller_write(writer, &message->caller);
    dsy_slice_write(writer, message->instance_key);
    dsy_slice_write(writer, message->holders);
}

static void
write_watcher(struct dsy_cbor_writer *writer, const struct message *message)
{
    dsy_uint64_write_cbor(writer, message->secret);
    dsy_uint64_write_cbor(writer, message->watcher.shard);
    dsy_int64_write_cbor(writer, message->watcher.number);
    dsy_uint64_write_cbor(writer, message->watcher.await_count);
    dsy_uint64_write_cbor(writer, message->watcher.slot);
}

static void
write_value(struct dsy_cbor_writer *writer, const struct message *message)
{
    dsy_bool_write_cbor(writer, message->threw);
    dsy_slice_write(writer, message->value);
}

static void
write_probe(struct dsy_cbor_writer *writer, const struct probe *probe)
{
    dsy_uint64_write_cbor(writer, probe->shard);
    dsy_int64_write_cbor(writer, probe->number);
    dsy_int64_write_cbor(writer, probe->since_ns);
    dsy_int64_write_cbor(writer, probe->round);
    dsy_uint64_write_cbor(writer, probe->hop_count);
}

static void
write_content(struct dsy_cbor_writer *writer, const struct message *message)
{
    switch (message->kind) {
    case MESSAGE_BEGIN: write_begin(writer, message); return;
    case MESSAGE_RESULT:
        dsy_uint64_write_cbor(writer, message->await_count);
        write_value(writer, message);
        return;
    case MESSAGE_GRANT: dsy_int64_write_cbor(writer, message->instances); return;
    case MESSAGE_WATCH:
        write_watcher(writer, message);
        dsy_bool_write_cbor(writer, message->wants_not_yet);
        dsy_bool_write_cbor(writer, message->drains);
        return;
    case MESSAGE_UNWATCH: write_watcher(writer, message); return;
    case MESSAGE_SETTLE:
        dsy_uint64_write_cbor(writer, message->secret);
        write_value(writer, message);
        return;
    case MESSAGE_RELEASE: dsy_bool_write_cbor(writer, message->is_kept); return;
    case MESSAGE_SETTLED:
        dsy_uint64_write_cbor(writer, message->await_count);
        dsy_uint64_write_cbor(writer, message->slot);
        write_value(writer, message);
        return;
    case MESSAGE_NOT_YET:
        dsy_uint64_write_cbor(writer, message->await_count);
        dsy_uint64_write_cbor(writer, message->slot);
        return;
    case MESSAGE_CANCEL: dsy_uint64_write_cbor(writer, message->secret); return;
    case MESSAGE_PROBE: write_probe(writer, &message->probe); return;
    case MESSAGE_STEP:
    case MESSAGE_TIMER:
    case MESSAGE_RESUME: return;
    }
}

enum dsy_status
dsy_message_encode(const struct message *message, struct dsy_buffer *buffer)
{
    size_t start = dsy_seal_begin(buffer, MESSAGE_VERSION);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    dsy_cbor_write_array_begin(&writer, item_counts[message->kind]);
    dsy_int64_write_cbor(&writer, message->kind);
    dsy_int64_write_cbor(&writer, message->number);
    write_content(&writer, message);
    dsy_cbor_write_array_end(&writer);
    dsy_seal_end(buffer, start);
    return dsy_cbor_writer_status(&writer);
}

static enum dsy_status
read_begin(const struct program *program, struct dsy_cbor_reader *reader, struct message *message, char *reason)
{
    message->secret = dsy_uint64_read_cbor(reader);
    dsy_string name = dsy_string_read_cbor(reader);
    message->arguments = dsy_slice_read(reader);
    message->chain_length = dsy_uint32_read_cbor(reader);
    message->caller = dsy_caller_read(reader);
    message->instance_key = dsy_slice_read(reader);
    message->holders = dsy_holders_read(reader);
    if (!reader->failed &&
        (!dsy_number_is_counted(message->number) || dsy_number_kind(message->number) != OBJECT_INVOCATION))
        dsy_cbor_expected(reader, "the number of an invocation");
    if (reader->failed)
        return DSY_CORRUPT;
    message->routine = dsy_program_routine(program, name);
    if (message->routine != NULL)
        return DSY_OK;
    snprintf(reason, REASON_BYTES_MAX, "a call of %.*s, which this program does not have",
             (int)(name.size_bytes < 200 ? name.size_bytes : 200), name.size_bytes > 0 ? name.data : "");
    return DSY_NOT_FOUND;
}

static void
read_watcher(struct dsy_cbor_reader *reader, struct message *message)
{
    message->secret = dsy_uint64_read_cbor(reader);
    message->watcher = dsy_watcher_read(reader);
}

static void
read_value(struct dsy_cbor_reader *reader, struct message *message)
{
    message->threw = dsy_bool_read_cbor(reader);
    message->value = dsy_slice_read(reader);
}

static struct probe
read_probe(struct dsy_cbor_reader *reader)
{
    struct probe probe = { .shard = dsy_uint32_read_cbor(reader) };
    probe.number = dsy_int64_read_cbor(reader);
    probe.since_ns = dsy_int64_read_cbor(reader);
    probe.round = dsy_int64_read_cbor(reader);
    probe.hop_count = dsy_uint32_read_cbor(reader);
    return probe;
}

static enum dsy_status
read_content(const struct program *program, struct dsy_cbor_reader *reader, struct message *message, char *reason)
{
    switch (message->kind) {
    case MESSAGE_BEGIN: return read_begin(program, reader, message, reason);
    case MESSAGE_RESULT:
        message->await_count = dsy_uint64_read_cbor(reader);
        read_value(reader, message);
        break;
    case MESSAGE_GRANT: message->instances = dsy_int64_read_cbor(reader); break;
    case MESSAGE_WATCH:
        read_watcher(reader, message);
        message->wants_not_yet = dsy_bool_read_cbor(reader);
        message->drains = dsy_bool_read_cbor(reader);
        break;
    case MESSAGE_UNWATCH: read_watcher(reader, message); break;
    case MESSAGE_SETTLE:
        message->secret = dsy_uint64_read_cbor(reader);
        read_value(reader, message);
        break;
    case MESSAGE_RELEASE: message->is_kept = dsy_bool_read_cbor(reader); break;
    case MESSAGE_SETTLED:
        message->await_count = dsy_uint64_read_cbor(reader);
        message->slot = dsy_uint32_read_cbor(reader);
        read_value(reader, message);
        break;
    case MESSAGE_NOT_YET:
        message->await_count = dsy_uint64_read_cbor(reader);
        message->slot = dsy_uint32_read_cbor(reader);
        break;
    case MESSAGE_CANCEL: message->secret = dsy_uint64_read_cbor(reader); break;
    case MESSAGE_PROBE: message->probe = read_probe(reader); break;
    case MESSAGE_STEP:
    case MESSAGE_TIMER:
    case MESSAGE_RESUME: break;
    }
    return reader->failed ? DSY_CORRUPT : DSY_OK;
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
    if (kind >= 0 && kind < MESSAGE_KIND_COUNT && count > 0 && item_counts[kind] == count) {
        message->kind = (enum message_kind)kind;
        message->number = dsy_int64_read_cbor(&reader);
        if (!reader.failed && message->number <= 0)
            dsy_cbor_expected(&reader, "the number of an object");
        status = read_content(program, &reader, message, reason);
    } else {
        dsy_cbor_expected(&reader, "a message that is stored or sent");
    }
    if (status == DSY_NOT_FOUND)
        return status;
    dsy_cbor_array_end(&reader);
    return dsy_cbor_reader_end(&reader) ? DSY_OK : dsy_reader_failure(&reader, "a damaged message", reason);
}
