/* Encoding of invocations. Everything that is read here may be damaged. */
#include "runtime/core/invocation.h"

#include <stdio.h>
#include <string.h>

#include "runtime/core/caller_codec.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/program.h"
#include "runtime/core/seal.h"

enum { BODY_VERSION = 1, BODY_ITEMS = 9 };

int64_t
dsy_invocation_due_ns(const struct invocation *invocation)
{
    switch (invocation->pending.kind) {
    case PENDING_SLEEP:
    case PENDING_STEP: return invocation->pending.due_ns;
    case PENDING_START:
    case PENDING_CALL:
    case PENDING_QUEUED:
    case PENDING_CHECKPOINT: break;
    }
    return DSY_NOT_DUE;
}

bool
dsy_invocation_is_active(const struct invocation *invocation)
{
    switch (invocation->pending.kind) {
    case PENDING_STEP: return invocation->pending.due_ns == DSY_NOT_DUE;
    case PENDING_START:
    case PENDING_CHECKPOINT: return true;
    case PENDING_SLEEP:
    case PENDING_QUEUED:
    case PENDING_CALL: break;
    }
    return false;
}

/* ---- writing ---- */

static void
write_step(struct dsy_cbor_writer *writer, const struct pending *pending)
{
    dsy_string_write_cbor(writer, dsy_string_view(pending->step->name));
    dsy_slice_write(writer, pending->arguments);
    dsy_uint64_write_cbor(writer, pending->attempt);
    dsy_uint64_write_cbor(writer, pending->failures);
    if (pending->due_ns == DSY_NOT_DUE)
        dsy_cbor_write_null(writer);
    else
        dsy_int64_write_cbor(writer, pending->due_ns);
    if (pending->reason.size_bytes == 0)
        dsy_cbor_write_null(writer);
    else
        dsy_string_write_cbor(writer, pending->reason);
}

static void
write_pending(struct dsy_cbor_writer *writer, const struct pending *pending)
{
    static const uint8_t counts[] = { [PENDING_START] = 1, [PENDING_SLEEP] = 2,      [PENDING_STEP] = 7,
                                      [PENDING_CALL] = 2,  [PENDING_CHECKPOINT] = 1, [PENDING_QUEUED] = 2 };
    dsy_cbor_write_array_begin(writer, counts[pending->kind]);
    dsy_int64_write_cbor(writer, pending->kind);
    switch (pending->kind) {
    case PENDING_SLEEP: dsy_int64_write_cbor(writer, pending->due_ns); break;
    case PENDING_STEP: write_step(writer, pending); break;
    case PENDING_CALL: dsy_string_write_cbor(writer, pending->routine); break;
    case PENDING_QUEUED: dsy_int64_write_cbor(writer, pending->since_ns); break;
    case PENDING_START:
    case PENDING_CHECKPOINT: break;
    }
    dsy_cbor_write_array_end(writer);
}

/* The stack is linked from its top, and written from its bottom. */
static void
write_frames(struct dsy_cbor_writer *writer, const struct invocation *invocation)
{
    const struct frame *frames[FRAME_COUNT_MAX];
    uint32_t count = 0;
    for (const struct frame *frame = invocation->top; frame != NULL && count < FRAME_COUNT_MAX; frame = frame->below)
        frames[count++] = frame;
    dsy_cbor_write_array_begin(writer, (uint64_t)count * 2);
    while (count-- > 0) {
        const struct frame *frame = frames[count];
        dsy_uint64_write_cbor(writer, frame->routine->suspensions[frame->state].fingerprint);
        if (frame->locals == NULL)
            dsy_buffer_append(writer->buffer, frame->raw.data, frame->raw.size_bytes);
        else
            frame->routine->write_frame(writer, frame->locals, frame->state);
    }
    dsy_cbor_write_array_end(writer);
}

enum dsy_status
dsy_invocation_encode(const struct invocation *invocation, struct dsy_buffer *buffer)
{
    size_t start = dsy_seal_begin(buffer, BODY_VERSION);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    dsy_cbor_write_array_begin(&writer, BODY_ITEMS);
    dsy_int64_write_cbor(&writer, invocation->created_ns);
    dsy_uint64_write_cbor(&writer, invocation->await_count);
    dsy_uint64_write_cbor(&writer, invocation->chain_length);
    dsy_caller_write(&writer, &invocation->caller);
    dsy_slice_write(&writer, invocation->key);
    dsy_slice_write(&writer, invocation->instance_key);
    dsy_slice_write(&writer, invocation->holders);
    write_pending(&writer, &invocation->pending);
    write_frames(&writer, invocation);
    dsy_cbor_write_array_end(&writer);
    enum dsy_status status = dsy_cbor_writer_status(&writer);
    if (status != DSY_OK)
        return status;
    if (buffer->size_bytes - start - SEAL_BYTES > BODY_BYTES_MAX)
        return DSY_FULL;
    dsy_seal_end(buffer, start);
    return DSY_OK;
}

/* ---- reading ---- */

static void
read_step(const struct program *program, struct dsy_cbor_reader *reader, struct pending *pending)
{
    dsy_string name = dsy_string_read_cbor(reader);
    pending->arguments = dsy_slice_read(reader);
    pending->attempt = dsy_uint32_read_cbor(reader);
    pending->failures = dsy_uint32_read_cbor(reader);
    pending->due_ns = dsy_cbor_null(reader) ? DSY_NOT_DUE : dsy_int64_read_cbor(reader);
    if (!dsy_cbor_null(reader))
        pending->reason = dsy_string_read_cbor(reader);
    if (reader->failed)
        return;
    pending->step = dsy_program_step(program, name);
    if (pending->step == NULL)
        dsy_cbor_expected(reader, "a step that this program has");
}

static struct pending
read_pending(const struct program *program, struct dsy_cbor_reader *reader)
{
    struct pending pending = { .due_ns = DSY_NOT_DUE };
    uint64_t count = dsy_cbor_array_begin(reader);
    int64_t kind = dsy_int64_read_cbor(reader);
    if (kind == PENDING_START && count == 1) {
        pending.kind = PENDING_START;
    } else if (kind == PENDING_CHECKPOINT && count == 1) {
        pending.kind = PENDING_CHECKPOINT;
    } else if (kind == PENDING_SLEEP && count == 2) {
        pending.kind = PENDING_SLEEP;
        pending.due_ns = dsy_int64_read_cbor(reader);
    } else if (kind == PENDING_CALL && count == 2) {
        pending.kind = PENDING_CALL;
        pending.routine = dsy_string_read_cbor(reader);
    } else if (kind == PENDING_QUEUED && count == 2) {
        pending.kind = PENDING_QUEUED;
        pending.since_ns = dsy_int64_read_cbor(reader);
    } else if (kind == PENDING_STEP && count == 7) {
        pending.kind = PENDING_STEP;
        read_step(program, reader, &pending);
    } else {
        dsy_cbor_expected(reader, "what the invocation waits for");
    }
    dsy_cbor_array_end(reader);
    return pending;
}

/* One frame, whose variables stay encoded. Returns NULL when it cannot be read. */
static struct frame *
read_frame(const struct program *program, struct dsy_cbor_reader *reader)
{
    uint64_t fingerprint = dsy_uint64_read_cbor(reader);
    size_t start = reader->offset;
    dsy_cbor_skip(reader);
    struct frame *frame = dsy_cbor_allocate(reader, sizeof *frame);
    if (frame == NULL || reader->failed)
        return NULL;
    const struct program_state *state = dsy_program_state(program, fingerprint);
    if (state == NULL) {
        dsy_cbor_expected(reader, "a frame that this program knows: its fingerprint is of other code");
        return NULL;
    }
    *frame = (struct frame){
        .routine = state->routine,
        .state = state->state,
        .raw = { .data = reader->data + start, .size_bytes = reader->offset - start },
    };
    return frame;
}

/* A frame that waits for a sub-routine has that one above it, and only such a frame has any. Results go from frame to
 * frame as C values, so that a stack which does not fit together must not run. */
static bool
fits(const struct frame *below, const struct frame *above)
{
    const struct dsy_routine_type *awaited = below->routine->suspensions[below->state].calls;
    return awaited == (above != NULL ? above->routine : NULL);
}

static void
read_frames(const struct program *program, struct dsy_cbor_reader *reader, struct invocation *invocation)
{
    uint64_t count = dsy_cbor_array_begin(reader);
    if (!reader->failed && (count == 0 || count % 2 != 0 || count / 2 > FRAME_COUNT_MAX))
        dsy_cbor_expected(reader, "pairs of fingerprints and variables");
    for (uint64_t index = 0; index < count / 2 && !reader->failed; index++) {
        struct frame *frame = read_frame(program, reader);
        if (frame == NULL)
            return;
        if (invocation->top != NULL && !fits(invocation->top, frame))
            dsy_cbor_expected(reader, "the routine that the frame below awaits");
        frame->below = invocation->top;
        invocation->top = frame;
        invocation->frame_count++;
    }
    if (!reader->failed && !fits(invocation->top, NULL))
        dsy_cbor_expected(reader, "the sub-routine that the top frame awaits");
    dsy_cbor_array_end(reader);
}

/* Exactly what runs in a keyed service has a key, and it is one of that service. */
static void
check_instance_key(const struct program *program, struct dsy_cbor_reader *reader, const struct invocation *invocation)
{
    union { /* of any type that a key may have */
        dsy_string string;
        dsy_uuid uuid;
    } value;
    if (reader->failed)
        return;
    const struct dsy_service_type *service = dsy_program_keyed_service(program, dsy_invocation_routine(invocation));
    bool fits = service != NULL ? dsy_instance_key_decode(service, invocation->instance_key, &value)
                                : invocation->instance_key.data == NULL;
    if (!fits)
        dsy_cbor_expected(reader, "the key of the service");
}

const struct dsy_routine_type *
dsy_invocation_routine(const struct invocation *invocation)
{
    const struct frame *frame = invocation->top;
    while (frame->below != NULL)
        frame = frame->below;
    return frame->routine;
}

enum dsy_status
dsy_invocation_decode(const struct program *program, struct dsy_slice body, struct dsy_arena *arena,
                      struct invocation *invocation, char *reason)
{
    struct dsy_slice encoded;
    enum dsy_status status = dsy_seal_open(body, BODY_VERSION, "its row", &encoded, reason);
    if (status != DSY_OK)
        return status;
    struct dsy_cbor_reader reader = dsy_stored_reader(program, encoded, arena);
    struct invocation decoded = { .number = invocation->number, .secret = invocation->secret };
    if (dsy_cbor_array_begin(&reader) != BODY_ITEMS)
        dsy_cbor_expected(&reader, "an invocation");
    decoded.created_ns = dsy_int64_read_cbor(&reader);
    decoded.await_count = dsy_uint64_read_cbor(&reader);
    decoded.chain_length = dsy_uint32_read_cbor(&reader);
    decoded.caller = dsy_caller_read(&reader);
    decoded.key = dsy_slice_read(&reader);
    decoded.instance_key = dsy_slice_read(&reader);
    decoded.holders = dsy_holders_read(&reader);
    decoded.pending = read_pending(program, &reader);
    read_frames(program, &reader, &decoded);
    check_instance_key(program, &reader, &decoded);
    dsy_cbor_array_end(&reader);
    if (!dsy_cbor_reader_end(&reader))
        return dsy_reader_failure(&reader, "its row cannot be decoded", reason);
    *invocation = decoded;
    return DSY_OK;
}

enum dsy_status
dsy_frame_decode(const struct program *program, struct frame *frame, struct dsy_arena *arena, char *reason)
{
    if (frame->locals != NULL)
        return DSY_OK;
    struct dsy_cbor_reader reader = dsy_stored_reader(program, frame->raw, arena);
    size_t size_bytes = frame->routine->locals_size_bytes > 0 ? frame->routine->locals_size_bytes : 1;
    void *locals = dsy_cbor_allocate(&reader, size_bytes);
    if (locals != NULL) {
        memset(locals, 0, size_bytes);
        frame->routine->read_frame(&reader, locals, frame->state);
    }
    if (!dsy_cbor_reader_end(&reader)) {
        char what[REASON_BYTES_MAX / 2];
        snprintf(what, sizeof what, "the variables of %s at \"%s\" cannot be decoded", frame->routine->name,
                 frame->routine->suspensions[frame->state].identity);
        return dsy_reader_failure(&reader, what, reason);
    }
    frame->locals = locals;
    return DSY_OK;
}
