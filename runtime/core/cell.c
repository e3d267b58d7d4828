/* Cells: see cell.h. */
#include "runtime/core/cell.h"

#include <string.h>

#include "dsy/error.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/seal.h"

enum { CELL_ITEMS = 9, WATCHER_ITEMS = 4, WATCHER_CAPACITY_MIN = 2 };

/* ---- values ---- */

static struct dsy_slice
copy_slice(struct dsy_slice slice, struct dsy_arena *arena)
{
    uint8_t *copy = dsy_arena_allocate(arena, slice.size_bytes > 0 ? slice.size_bytes : 1);
    if (copy == NULL)
        return (struct dsy_slice){ 0 };
    if (slice.size_bytes > 0)
        memcpy(copy, slice.data, slice.size_bytes);
    return (struct dsy_slice){ .data = copy, .size_bytes = slice.size_bytes };
}

/* The encoding of a built-in error; none: memory ran out. */
static struct dsy_slice
make_error(const struct dsy_error_type *type, const char *text, struct dsy_arena *arena)
{
    struct dsy_error_value error = { .type = type, .message = dsy_string_view(text) };
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, DSY_MESSAGE_BYTES_MAX * 2);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&buffer);
    dsy_error_write_cbor(&writer, &error);
    struct dsy_slice value = { 0 };
    if (dsy_cbor_writer_status(&writer) == DSY_OK)
        value = copy_slice((struct dsy_slice){ .data = buffer.data, .size_bytes = buffer.size_bytes }, arena);
    dsy_buffer_destroy(&buffer);
    return value;
}

/* ---- telling ---- */

static enum dsy_status
tell(const struct watcher *watcher, bool threw, struct dsy_slice value, struct dsy_arena *arena,
     struct message_list *out)
{
    struct message *message = dsy_message_list_add(out, arena, MESSAGE_SETTLED, watcher->shard, watcher->number);
    if (message == NULL)
        return DSY_NO_MEMORY;
    message->await_count = watcher->await_count;
    message->slot = watcher->slot;
    message->threw = threw;
    message->value = value;
    return DSY_OK;
}

enum dsy_status
dsy_cell_answer_result(const struct message *watch, bool threw, struct dsy_slice value, struct dsy_arena *arena,
                       struct message_list *out)
{
    return tell(&watch->watcher, threw, value, arena, out);
}

enum dsy_status
dsy_cell_answer_unknown(const struct message *watch, const char *why, struct dsy_arena *arena, struct message_list *out)
{
    struct dsy_slice error = make_error(&dsy_error_key_not_found, why, arena);
    return error.data != NULL ? tell(&watch->watcher, true, error, arena, out) : DSY_NO_MEMORY;
}

/* ---- watching ---- */

static enum dsy_status
add_watcher(struct cell *cell, const struct watcher *watcher, struct dsy_arena *arena)
{
    for (uint32_t index = 0; index < cell->watcher_count; index++) {
        struct watcher *known = &cell->watchers[index];
        if (known->shard == watcher->shard && known->number == watcher->number && known->slot == watcher->slot) {
            *known = *watcher; /* it has moved on, and awaits it again */
            return DSY_OK;
        }
    }
    if (cell->watcher_count == cell->watcher_capacity) {
        uint32_t capacity =
            cell->watcher_capacity < WATCHER_CAPACITY_MIN ? WATCHER_CAPACITY_MIN : cell->watcher_capacity * 2;
        struct watcher *watchers = dsy_arena_allocate(arena, capacity * sizeof *watchers);
        if (watchers == NULL)
            return DSY_NO_MEMORY;
        if (cell->watcher_count > 0)
            memcpy(watchers, cell->watchers, cell->watcher_count * sizeof *watchers);
        cell->watchers = watchers;
        cell->watcher_capacity = capacity;
    }
    cell->watchers[cell->watcher_count++] = *watcher;
    return DSY_OK;
}

static enum cell_end
unwatch(struct cell *cell, const struct message *message)
{
    const struct watcher *gone = &message->watcher;
    if (message->secret != cell->secret)
        return CELL_UNCHANGED;
    for (uint32_t index = 0; index < cell->watcher_count; index++) {
        struct watcher *known = &cell->watchers[index];
        if (known->shard != gone->shard || known->number != gone->number || known->slot != gone->slot ||
            known->await_count != gone->await_count)
            continue;
        *known = cell->watchers[--cell->watcher_count];
        return CELL_CHANGED;
    }
    return CELL_UNCHANGED;
}

static enum dsy_status
cancel_child(struct cell *cell, struct dsy_arena *arena, struct message_list *out)
{
    if (cell->is_cancelled)
        return DSY_OK;
    struct message *message =
        dsy_message_list_add(out, arena, MESSAGE_CANCEL, cell->child_shard, cell->number & ~NUMBER_CELL);
    if (message == NULL)
        return DSY_NO_MEMORY;
    message->secret = cell->secret;
    cell->is_cancelled = true;
    return DSY_OK;
}

static enum cell_end
refuse_watcher(const struct watcher *watcher, struct dsy_slice error, struct dsy_arena *arena, struct message_list *out)
{
    bool is_told = error.data != NULL && tell(watcher, true, error, arena, out) == DSY_OK;
    return is_told ? CELL_UNCHANGED : CELL_NO_MEMORY;
}

static enum cell_end
watch(struct cell *cell, const struct message *message, struct dsy_arena *arena, struct message_list *out)
{
    static const uint8_t null_item = 0xf6;
    const struct watcher *watcher = &message->watcher;
    bool is_owner = message->drains && watcher->number == cell->owner;
    if (message->secret != cell->secret && !is_owner)
        return refuse_watcher(watcher,
                              make_error(&dsy_error_key_not_found, "there is no task or promise with this id", arena),
                              arena, out);
    struct dsy_slice nothing = { .data = &null_item, .size_bytes = 1 };
    if (message->drains && (cell->state != CELL_OPEN || cell->kind == CELL_PROMISE))
        return tell(watcher, false, nothing, arena, out) == DSY_OK ? CELL_UNCHANGED : CELL_NO_MEMORY;
    if (cell->state != CELL_OPEN)
        return tell(watcher, cell->state == CELL_THREW, cell->value, arena, out) == DSY_OK ? CELL_UNCHANGED
                                                                                           : CELL_NO_MEMORY;
    if (cell->watcher_count >= CELL_WATCHERS_MAX)
        return refuse_watcher(watcher, make_error(&dsy_error_out_of_range, "too many wait for this handle", arena),
                              arena, out);
    if (message->drains && cancel_child(cell, arena, out) != DSY_OK)
        return CELL_NO_MEMORY;
    if (add_watcher(cell, watcher, arena) != DSY_OK)
        return CELL_NO_MEMORY;
    if (!message->wants_not_yet)
        return CELL_CHANGED;
    struct message *answer = dsy_message_list_add(out, arena, MESSAGE_NOT_YET, watcher->shard, watcher->number);
    if (answer == NULL)
        return CELL_NO_MEMORY;
    answer->await_count = watcher->await_count;
    answer->slot = watcher->slot;
    return CELL_CHANGED;
}

/* ---- settling ---- */

static enum cell_end
settle(struct cell *cell, bool threw, struct dsy_slice value, struct dsy_arena *arena, struct message_list *out)
{
    bool is_too_large = value.size_bytes > CELL_VALUE_BYTES_MAX;
    if (is_too_large)
        cell->value = make_error(&dsy_error_invalid_value, "the result is too large to be kept", arena);
    else
        cell->value = copy_slice(value, arena);
    if (cell->value.data == NULL)
        return CELL_NO_MEMORY;
    cell->state = threw || is_too_large ? CELL_THREW : CELL_RETURNED;
    for (uint32_t index = 0; index < cell->watcher_count; index++)
        if (tell(&cell->watchers[index], cell->state == CELL_THREW, cell->value, arena, out) != DSY_OK)
            return CELL_NO_MEMORY;
    cell->watcher_count = 0;
    return cell->is_released ? CELL_DONE : CELL_CHANGED;
}

static enum cell_end
release(struct cell *cell, bool is_kept, struct dsy_arena *arena, struct message_list *out)
{
    if (cell->is_released)
        return CELL_UNCHANGED;
    cell->is_released = true;
    if (cell->state != CELL_OPEN)
        return CELL_DONE;
    if (is_kept)
        return CELL_CHANGED;
    if (cell->kind == CELL_TASK)
        return cancel_child(cell, arena, out) == DSY_OK ? CELL_CHANGED : CELL_NO_MEMORY;
    struct dsy_slice error = make_error(&dsy_error_cancelled, "whoever made the promise has ended", arena);
    return error.data != NULL ? settle(cell, true, error, arena, out) : CELL_NO_MEMORY;
}

enum cell_end
dsy_cell_apply(struct cell *cell, const struct message *message, struct dsy_arena *arena, struct message_list *out)
{
    switch (message->kind) {
    case MESSAGE_RESULT:
        if (cell->kind != CELL_TASK || cell->state != CELL_OPEN)
            return CELL_UNCHANGED;
        return settle(cell, message->threw, message->value, arena, out);
    case MESSAGE_SETTLE:
        if (cell->kind != CELL_PROMISE || message->secret != cell->secret)
            return CELL_REFUSED;
        return cell->state == CELL_OPEN ? settle(cell, message->threw, message->value, arena, out) : CELL_TOO_LATE;
    case MESSAGE_CANCEL:
        if (cell->kind != CELL_TASK || message->secret != cell->secret)
            return CELL_REFUSED;
        if (cell->state != CELL_OPEN)
            return CELL_TOO_LATE;
        if (cell->is_cancelled)
            return CELL_UNCHANGED;
        return cancel_child(cell, arena, out) == DSY_OK ? CELL_CHANGED : CELL_NO_MEMORY;
    case MESSAGE_WATCH: return watch(cell, message, arena, out);
    case MESSAGE_UNWATCH: return unwatch(cell, message);
    case MESSAGE_RELEASE: return release(cell, message->is_kept, arena, out);
    case MESSAGE_BEGIN:
    case MESSAGE_STEP:
    case MESSAGE_TIMER:
    case MESSAGE_RESUME:
    case MESSAGE_GRANT:
    case MESSAGE_SETTLED:
    case MESSAGE_PROBE: /* probe.h */
    case MESSAGE_NOT_YET: break;
    }
    return CELL_UNCHANGED;
}

/* ---- encoding ---- */

enum dsy_status
dsy_cell_encode(const struct cell *cell, struct dsy_buffer *buffer)
{
    size_t start = dsy_seal_begin(buffer, CELL_BODY_VERSION);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    dsy_cbor_write_array_begin(&writer, CELL_ITEMS);
    dsy_int64_write_cbor(&writer, cell->kind);
    dsy_int64_write_cbor(&writer, cell->state);
    dsy_int64_write_cbor(&writer, cell->owner);
    dsy_uint64_write_cbor(&writer, cell->child_shard);
    dsy_bool_write_cbor(&writer, cell->is_released);
    dsy_bool_write_cbor(&writer, cell->is_cancelled);
    dsy_string_write_cbor(&writer, cell->name);
    dsy_slice_write(&writer, cell->value);
    dsy_cbor_write_array_begin(&writer, (uint64_t)cell->watcher_count * WATCHER_ITEMS);
    for (uint32_t index = 0; index < cell->watcher_count; index++) {
        const struct watcher *watcher = &cell->watchers[index];
        dsy_uint64_write_cbor(&writer, watcher->shard);
        dsy_int64_write_cbor(&writer, watcher->number);
        dsy_uint64_write_cbor(&writer, watcher->await_count);
        dsy_uint64_write_cbor(&writer, watcher->slot);
    }
    dsy_cbor_write_array_end(&writer);
    dsy_cbor_write_array_end(&writer);
    dsy_seal_end(buffer, start);
    return dsy_cbor_writer_status(&writer);
}

static void
read_watchers(struct dsy_cbor_reader *reader, struct cell *cell)
{
    uint64_t count = dsy_cbor_array_begin(reader);
    if (!reader->failed && (count % WATCHER_ITEMS != 0 || count / WATCHER_ITEMS > CELL_WATCHERS_MAX))
        dsy_cbor_expected(reader, "those who watch, within their bound");
    if (count > 0 && !reader->failed)
        cell->watchers = dsy_cbor_allocate(reader, count / WATCHER_ITEMS * sizeof *cell->watchers);
    for (uint64_t index = 0; index < count / WATCHER_ITEMS && !reader->failed; index++)
        cell->watchers[index] = dsy_watcher_read(reader);
    if (!reader->failed)
        cell->watcher_count = cell->watcher_capacity = (uint32_t)(count / WATCHER_ITEMS);
    dsy_cbor_array_end(reader);
}

static void
check(struct dsy_cbor_reader *reader, const struct cell *cell, int64_t kind, int64_t state)
{
    if (reader->failed)
        return;
    if (kind != CELL_TASK && kind != CELL_PROMISE)
        dsy_cbor_expected(reader, "a task or a promise");
    else if (state != CELL_OPEN && state != CELL_RETURNED && state != CELL_THREW)
        dsy_cbor_expected(reader, "whether it is settled");
    else if ((state == CELL_OPEN) != (cell->value.data == NULL))
        dsy_cbor_expected(reader, "a value exactly where it is settled");
    else if (cell->child_shard >= SHARD_COUNT_MAX || !dsy_number_is_counted(cell->owner))
        dsy_cbor_expected(reader, "its owner, and the shard of its child");
}

enum dsy_status
dsy_cell_decode(struct dsy_slice body, struct dsy_arena *arena, struct cell *cell, char *reason)
{
    struct dsy_slice encoded;
    enum dsy_status status = dsy_seal_open(body, CELL_BODY_VERSION, "its row", &encoded, reason);
    if (status != DSY_OK)
        return status;
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(encoded.data, encoded.size_bytes, arena);
    reader.borrow = true;
    struct cell decoded = { .number = cell->number, .secret = cell->secret };
    if (dsy_cbor_array_begin(&reader) != CELL_ITEMS)
        dsy_cbor_expected(&reader, "a task or a promise");
    int64_t kind = dsy_int64_read_cbor(&reader);
    int64_t state = dsy_int64_read_cbor(&reader);
    decoded.owner = dsy_int64_read_cbor(&reader);
    decoded.child_shard = dsy_uint32_read_cbor(&reader);
    decoded.is_released = dsy_bool_read_cbor(&reader);
    decoded.is_cancelled = dsy_bool_read_cbor(&reader);
    decoded.name = dsy_string_read_cbor(&reader);
    decoded.value = dsy_slice_read(&reader);
    check(&reader, &decoded, kind, state);
    read_watchers(&reader, &decoded);
    dsy_cbor_array_end(&reader);
    if (!dsy_cbor_reader_end(&reader))
        return dsy_reader_failure(&reader, "its row cannot be decoded", reason);
    decoded.kind = (enum cell_kind)kind;
    decoded.state = (enum cell_state)state;
    *cell = decoded;
    return DSY_OK;
}
