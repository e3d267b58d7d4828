/* Encoding of invocations. Everything that is read here may be damaged. */
#include "runtime/core/invocation.h"

#include <stdio.h>
#include <string.h>

#include "runtime/core/caller_codec.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/program.h"
#include "runtime/core/seal.h"

enum { BODY_VERSION = 2, BODY_ITEMS = 11, META_ITEMS = 7, FRAME_ITEMS = 3, PENDING_HEAD_ITEMS = 4 };

static int64_t
earlier(int64_t due_ns, int64_t other_ns)
{
    return due_ns == DSY_NOT_DUE || other_ns < due_ns ? other_ns : due_ns;
}

int64_t
dsy_invocation_due_ns(const struct invocation *invocation)
{
    const struct pending *pending = &invocation->pending;
    int64_t due_ns = pending->due_ns;
    if (pending->kind == PENDING_WAIT && (pending->cursor < pending->handle_count || pending->is_last_pass))
        due_ns = DSY_NOT_DUE; /* they are still being asked */
    if (pending->deadline_ns != 0)
        due_ns = earlier(due_ns, pending->deadline_ns);
    for (const struct frame *frame = invocation->top; frame != NULL; frame = frame->below)
        if (frame->deadline_ns != 0 && !frame->is_expired)
            due_ns = earlier(due_ns, frame->deadline_ns);
    return due_ns;
}

bool
dsy_invocation_is_active(const struct invocation *invocation)
{
    for (const struct lingering *lingering = invocation->lingering; lingering != NULL; lingering = lingering->next)
        if (lingering->is_step)
            return true;
    switch (invocation->pending.kind) {
    case PENDING_STEP: return invocation->pending.due_ns == DSY_NOT_DUE;
    case PENDING_START:
    case PENDING_CHECKPOINT: return true;
    case PENDING_SLEEP:
    case PENDING_QUEUED:
    case PENDING_WAIT:
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
    if (pending->reason.size_bytes == 0)
        dsy_cbor_write_null(writer);
    else
        dsy_string_write_cbor(writer, pending->reason);
}

static void
write_wait(struct dsy_cbor_writer *writer, const struct pending *pending)
{
    dsy_int64_write_cbor(writer, pending->mode);
    dsy_bool_write_cbor(writer, pending->is_void);
    dsy_uint64_write_cbor(writer, pending->cursor);
    dsy_bool_write_cbor(writer, pending->is_last_pass);
    dsy_slice_write(writer, pending->failure);
    if (pending->mode == WAIT_DRAIN)
        dsy_uint64_write_cbor(writer, pending->handle_count);
    else
        dsy_bytes_write_cbor(writer, (dsy_bytes){ .data = (const uint8_t *)pending->handles,
                                                  .size_bytes = (int64_t)pending->handle_count * HANDLE_BYTES });
}

static void
write_pending(struct dsy_cbor_writer *writer, const struct pending *pending)
{
    static const uint8_t counts[] = {
        [PENDING_START] = 0,      [PENDING_SLEEP] = 0,  [PENDING_STEP] = 5, [PENDING_CALL] = 2,
        [PENDING_CHECKPOINT] = 0, [PENDING_QUEUED] = 1, [PENDING_WAIT] = 6
    };
    dsy_cbor_write_array_begin(writer, PENDING_HEAD_ITEMS + counts[pending->kind]);
    dsy_int64_write_cbor(writer, pending->kind);
    if (pending->due_ns == DSY_NOT_DUE)
        dsy_cbor_write_null(writer);
    else
        dsy_int64_write_cbor(writer, pending->due_ns);
    dsy_int64_write_cbor(writer, pending->deadline_ns);
    dsy_int64_write_cbor(writer, pending->within_ns);
    switch (pending->kind) {
    case PENDING_STEP: write_step(writer, pending); break;
    case PENDING_CALL:
        dsy_string_write_cbor(writer, pending->routine);
        dsy_uuid_write_cbor(writer, pending->child);
        break;
    case PENDING_QUEUED: dsy_int64_write_cbor(writer, pending->since_ns); break;
    case PENDING_WAIT: write_wait(writer, pending); break;
    case PENDING_START:
    case PENDING_SLEEP:
    case PENDING_CHECKPOINT: break;
    }
    dsy_cbor_write_array_end(writer);
}

static void
write_lingering(struct dsy_cbor_writer *writer, const struct lingering *lingering)
{
    uint64_t count = 0;
    for (const struct lingering *each = lingering; each != NULL; each = each->next)
        count += 2;
    dsy_cbor_write_array_begin(writer, count);
    for (const struct lingering *each = lingering; each != NULL; each = each->next) {
        dsy_uint64_write_cbor(writer, each->await_count);
        dsy_bool_write_cbor(writer, each->is_step);
    }
    dsy_cbor_write_array_end(writer);
}

static void
write_cells(struct dsy_cbor_writer *writer, const struct cell_range *ranges)
{
    uint64_t count = 0;
    for (const struct cell_range *range = ranges; range != NULL; range = range->next)
        count += 2;
    dsy_cbor_write_array_begin(writer, count);
    int64_t before = 0;
    for (const struct cell_range *range = ranges; range != NULL; range = range->next) {
        dsy_int64_write_cbor(writer, range->first - before); /* numbers are positive, so that nothing overflows */
        dsy_uint64_write_cbor(writer, range->count);
        before = range->first;
    }
    dsy_cbor_write_array_end(writer);
}

static void
write_compensations(struct dsy_cbor_writer *writer, const struct compensation *compensations)
{
    uint64_t count = 0;
    for (const struct compensation *each = compensations; each != NULL; each = each->next)
        count += 2;
    dsy_cbor_write_array_begin(writer, count);
    for (const struct compensation *each = compensations; each != NULL; each = each->next) {
        dsy_uint64_write_cbor(writer, each->routine->suspensions[0].fingerprint);
        dsy_slice_write(writer, each->arguments);
    }
    dsy_cbor_write_array_end(writer);
}

/* Of most frames there is nothing but their variables. */
static void
write_meta(struct dsy_cbor_writer *writer, const struct frame *frame)
{
    if (frame->deadline_ns == 0 && frame->cells == NULL && frame->compensations == NULL && frame->error.data == NULL) {
        dsy_cbor_write_null(writer);
        return;
    }
    dsy_cbor_write_array_begin(writer, META_ITEMS);
    dsy_int64_write_cbor(writer, frame->deadline_ns);
    dsy_int64_write_cbor(writer, frame->within_ns);
    dsy_bool_write_cbor(writer, frame->is_expired);
    dsy_slice_write(writer, frame->error);
    dsy_bool_write_cbor(writer, frame->is_drained);
    write_cells(writer, frame->cells);
    write_compensations(writer, frame->compensations);
    dsy_cbor_write_array_end(writer);
}

/* The stack is linked from its top, and written from its bottom. */
static void
write_frames(struct dsy_cbor_writer *writer, const struct invocation *invocation)
{
    const struct frame *frames[STORED_FRAMES_MAX];
    uint32_t count = 0;
    for (const struct frame *frame = invocation->top; frame != NULL && count < STORED_FRAMES_MAX; frame = frame->below)
        frames[count++] = frame;
    dsy_cbor_write_array_begin(writer, (uint64_t)count * FRAME_ITEMS);
    while (count-- > 0) {
        const struct frame *frame = frames[count];
        dsy_uint64_write_cbor(writer, frame->routine->suspensions[frame->state].fingerprint);
        if (frame->error.data != NULL)
            dsy_cbor_write_null(writer);
        else if (frame->locals == NULL)
            dsy_buffer_append(writer->buffer, frame->raw.data, frame->raw.size_bytes);
        else
            frame->routine->write_frame(writer, frame->locals, frame->state);
        write_meta(writer, frame);
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
    dsy_bool_write_cbor(&writer, invocation->is_cancelled);
    write_lingering(&writer, invocation->lingering);
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
    if (!dsy_cbor_null(reader))
        pending->reason = dsy_string_read_cbor(reader);
    if (reader->failed)
        return;
    pending->step = dsy_program_step(program, name);
    if (pending->step == NULL)
        dsy_cbor_expected(reader, "a step that this program has");
}

static void
read_wait(struct dsy_cbor_reader *reader, struct pending *pending)
{
    int64_t mode = dsy_int64_read_cbor(reader);
    pending->is_void = dsy_bool_read_cbor(reader);
    pending->cursor = dsy_uint32_read_cbor(reader);
    pending->is_last_pass = dsy_bool_read_cbor(reader);
    pending->failure = dsy_slice_read(reader);
    if (!reader->failed && (mode < WAIT_ONE || mode > WAIT_DRAIN)) {
        dsy_cbor_expected(reader, "how it waits");
        return;
    }
    pending->mode = (enum wait_mode)mode;
    if (mode == WAIT_DRAIN) {
        pending->handle_count = dsy_uint32_read_cbor(reader);
        return;
    }
    dsy_bytes bytes = dsy_bytes_read_cbor(reader);
    if (!reader->failed && (bytes.size_bytes % HANDLE_BYTES != 0 || bytes.size_bytes / HANDLE_BYTES > UINT32_MAX))
        dsy_cbor_expected(reader, "handles");
    if (reader->failed)
        return;
    pending->handle_count = (uint32_t)(bytes.size_bytes / HANDLE_BYTES);
    pending->handles = (const dsy_uuid *)(const void *)bytes.data; /* octets: any place is aligned */
    if (pending->cursor > pending->handle_count || (mode == WAIT_ONE && pending->handle_count != 1))
        dsy_cbor_expected(reader, "as many handles as are awaited");
}

static struct pending
read_pending(const struct program *program, struct dsy_cbor_reader *reader)
{
    struct pending pending = { 0 };
    uint64_t count = dsy_cbor_array_begin(reader);
    int64_t kind = dsy_int64_read_cbor(reader);
    pending.due_ns = dsy_cbor_null(reader) ? DSY_NOT_DUE : dsy_int64_read_cbor(reader);
    pending.deadline_ns = dsy_int64_read_cbor(reader);
    pending.within_ns = dsy_int64_read_cbor(reader);
    uint64_t rest = count < PENDING_HEAD_ITEMS ? UINT64_MAX : count - PENDING_HEAD_ITEMS;
    if (kind == PENDING_START && rest == 0) {
        pending.kind = PENDING_START;
    } else if (kind == PENDING_CHECKPOINT && rest == 0) {
        pending.kind = PENDING_CHECKPOINT;
    } else if (kind == PENDING_SLEEP && rest == 0) {
        pending.kind = PENDING_SLEEP;
    } else if (kind == PENDING_CALL && rest == 2) {
        pending.kind = PENDING_CALL;
        pending.routine = dsy_string_read_cbor(reader);
        pending.child = dsy_uuid_read_cbor(reader);
    } else if (kind == PENDING_QUEUED && rest == 1) {
        pending.kind = PENDING_QUEUED;
        pending.since_ns = dsy_int64_read_cbor(reader);
    } else if (kind == PENDING_STEP && rest == 5) {
        pending.kind = PENDING_STEP;
        read_step(program, reader, &pending);
    } else if (kind == PENDING_WAIT && rest == 6) {
        pending.kind = PENDING_WAIT;
        read_wait(reader, &pending);
    } else {
        dsy_cbor_expected(reader, "what the invocation waits for");
    }
    dsy_cbor_array_end(reader);
    return pending;
}

static void
read_lingering(struct dsy_cbor_reader *reader, struct invocation *invocation)
{
    struct lingering **last = &invocation->lingering;
    uint64_t count = dsy_cbor_array_begin(reader);
    if (!reader->failed && count % 2 != 0)
        dsy_cbor_expected(reader, "pairs of what lingers");
    for (uint64_t index = 0; index < count / 2 && !reader->failed; index++) {
        struct lingering *lingering = dsy_cbor_allocate(reader, sizeof *lingering);
        if (lingering == NULL)
            return;
        *lingering = (struct lingering){ .await_count = dsy_uint64_read_cbor(reader) };
        lingering->is_step = dsy_bool_read_cbor(reader);
        *last = lingering;
        last = &lingering->next;
    }
    dsy_cbor_array_end(reader);
}

static void
read_cells(struct dsy_cbor_reader *reader, struct frame *frame)
{
    struct cell_range **last = &frame->cells;
    uint64_t count = dsy_cbor_array_begin(reader);
    if (!reader->failed && count % 2 != 0)
        dsy_cbor_expected(reader, "pairs of first and count");
    uint64_t total = 0;
    int64_t before = 0;
    for (uint64_t index = 0; index < count / 2 && !reader->failed; index++) {
        struct cell_range *range = dsy_cbor_allocate(reader, sizeof *range);
        if (range == NULL)
            return;
        bool has_first = !__builtin_add_overflow(before, dsy_int64_read_cbor(reader), &before);
        *range = (struct cell_range){ .first = before, .count = dsy_uint32_read_cbor(reader) };
        total += range->count;
        bool is_good = has_first && dsy_number_is_counted(range->first) &&
                       dsy_number_kind(range->first) == OBJECT_CELL && total <= CELLS_OF_INVOCATION_MAX &&
                       range->count <= NUMBER_SEQUENCE_MAX - dsy_number_sequence(range->first);
        if (!reader->failed && !is_good)
            dsy_cbor_expected(reader, "the numbers of tasks and promises");
        *last = range;
        last = &range->next;
    }
    dsy_cbor_array_end(reader);
}

static void
read_compensations(const struct program *program, struct dsy_cbor_reader *reader, struct frame *frame)
{
    struct compensation **last = &frame->compensations;
    uint64_t count = dsy_cbor_array_begin(reader);
    if (!reader->failed && count % 2 != 0)
        dsy_cbor_expected(reader, "pairs of fingerprints and arguments");
    for (uint64_t index = 0; index < count / 2 && !reader->failed; index++) {
        struct compensation *compensation = dsy_cbor_allocate(reader, sizeof *compensation);
        if (compensation == NULL)
            return;
        const struct program_state *state = dsy_program_state(program, dsy_uint64_read_cbor(reader));
        *compensation = (struct compensation){ .arguments = dsy_slice_read(reader) };
        if (!reader->failed && (state == NULL || state->state != 0 || compensation->arguments.data == NULL)) {
            dsy_cbor_expected(reader, "a compensation that this program knows");
            return;
        }
        if (state != NULL)
            compensation->routine = state->routine;
        *last = compensation;
        last = &compensation->next;
    }
    dsy_cbor_array_end(reader);
}

static void
read_meta(const struct program *program, struct dsy_cbor_reader *reader, struct frame *frame)
{
    if (dsy_cbor_null(reader))
        return;
    if (dsy_cbor_array_begin(reader) != META_ITEMS)
        dsy_cbor_expected(reader, "what belongs to a frame");
    frame->deadline_ns = dsy_int64_read_cbor(reader);
    frame->within_ns = dsy_int64_read_cbor(reader);
    frame->is_expired = dsy_bool_read_cbor(reader);
    frame->error = dsy_slice_read(reader);
    frame->is_drained = dsy_bool_read_cbor(reader);
    read_cells(reader, frame);
    read_compensations(program, reader, frame);
    dsy_cbor_array_end(reader);
}

/* One frame, whose variables stay encoded. Returns NULL when it cannot be read. */
static struct frame *
read_frame(const struct program *program, struct dsy_cbor_reader *reader)
{
    uint64_t fingerprint = dsy_uint64_read_cbor(reader);
    size_t start = reader->offset;
    dsy_cbor_skip(reader);
    size_t end = reader->offset;
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
        .raw = { .data = reader->data + start, .size_bytes = end - start },
    };
    read_meta(program, reader, frame);
    return frame;
}

/* A frame that waits for a sub-routine has that one above it, and only such a frame has any. Results go from frame to
 * frame as C values, so that a stack which does not fit together must not run. */
static bool
fits(const struct frame *below, const struct frame *above)
{
    if (below->error.data != NULL) /* it has ended: a compensation may run above it, whose result goes nowhere */
        return true;
    const struct dsy_routine_type *awaited = below->routine->suspensions[below->state].calls;
    return awaited == (above != NULL ? above->routine : NULL);
}

static void
read_frames(const struct program *program, struct dsy_cbor_reader *reader, struct invocation *invocation)
{
    uint64_t count = dsy_cbor_array_begin(reader);
    if (!reader->failed && (count == 0 || count % FRAME_ITEMS != 0 || count / FRAME_ITEMS > STORED_FRAMES_MAX))
        dsy_cbor_expected(reader, "frames of three items");
    for (uint64_t index = 0; index < count / FRAME_ITEMS && !reader->failed; index++) {
        struct frame *frame = read_frame(program, reader);
        if (frame == NULL)
            return;
        if (invocation->top != NULL && !fits(invocation->top, frame))
            dsy_cbor_expected(reader, "the routine that the frame below awaits");
        frame->below = invocation->top;
        invocation->top = frame;
        invocation->frame_count++;
        invocation->cell_count += dsy_frame_cell_count(frame);
        if (invocation->cell_count > CELLS_OF_INVOCATION_MAX)
            dsy_cbor_expected(reader, "tasks and promises within their bound");
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

/* Exactly while its tasks end a frame that has ended itself is at the top. */
static void
check_wait(struct dsy_cbor_reader *reader, const struct invocation *invocation)
{
    if (reader->failed)
        return;
    bool is_draining = invocation->pending.kind == PENDING_WAIT && invocation->pending.mode == WAIT_DRAIN;
    if (is_draining != (invocation->top->error.data != NULL))
        dsy_cbor_expected(reader, "a top frame that fits what is awaited");
    if (is_draining && invocation->pending.handle_count != dsy_frame_cell_count(invocation->top))
        dsy_cbor_expected(reader, "the tasks of the frame that ends");
}

uint32_t
dsy_frame_cell_count(const struct frame *frame)
{
    uint32_t count = 0;
    for (const struct cell_range *range = frame->cells; range != NULL; range = range->next)
        count += range->count;
    return count;
}

bool
dsy_invocation_is_compensating(const struct invocation *invocation)
{
    for (const struct frame *frame = invocation->top; frame != NULL; frame = frame->below)
        if (frame->error.data != NULL)
            return true;
    return false;
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
    decoded.is_cancelled = dsy_bool_read_cbor(&reader);
    read_lingering(&reader, &decoded);
    decoded.pending = read_pending(program, &reader);
    read_frames(program, &reader, &decoded);
    check_instance_key(program, &reader, &decoded);
    check_wait(&reader, &decoded);
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
