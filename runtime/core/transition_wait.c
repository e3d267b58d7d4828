/* Waiting for tasks and promises: WATCH goes to their cells, SETTLED comes back (cell.h).
 *
 * How far an `all`, an `any` or a drain has got stands in a join (join.h), not in the invocation: its row is written
 * when it begins to wait and when it goes on. Where the join is missing everything is asked again. */
#include <string.h>

#include "dsy/error.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/transition_internal.h"

/* ---- asking ---- */

static enum dsy_status
send_watch(struct transition *transition, struct address cell, uint32_t slot)
{
    const struct invocation *invocation = transition->invocation;
    struct message *message =
        dsy_message_list_add(&transition->sent, transition->run.arena, MESSAGE_WATCH, cell.shard, cell.number);
    if (message == NULL)
        return DSY_NO_MEMORY;
    message->secret = cell.secret;
    message->watcher = (struct watcher){
        .shard = transition->shard,
        .number = invocation->number,
        .await_count = invocation->await_count,
        .slot = slot,
    };
    message->wants_not_yet = invocation->pending.mode == WAIT_SELECT;
    message->drains = invocation->pending.mode == WAIT_DRAIN;
    return DSY_OK;
}

static enum dsy_status
ask_cells_of_frame(struct transition *transition)
{
    uint32_t slot = 0;
    enum dsy_status status = DSY_OK;
    for (const struct cell_range *range = transition->invocation->top->cells; range != NULL; range = range->next)
        for (uint32_t index = 0; index < range->count && status == DSY_OK; index++)
            status = send_watch(transition,
                                (struct address){ .shard = transition->shard, .number = range->first + index }, slot++);
    return status;
}

static enum dsy_status
ask_all(struct transition *transition)
{
    const struct pending *pending = &transition->invocation->pending;
    if (pending->mode == WAIT_DRAIN)
        return ask_cells_of_frame(transition);
    enum dsy_status status = DSY_OK;
    for (uint32_t slot = 0; slot < pending->handle_count && status == DSY_OK; slot++)
        status = send_watch(transition, dsy_id_address(pending->handles[slot]), slot);
    return status;
}

/* A join, with everything asked. NULL: memory ran out. */
static struct join *
begin_join(struct transition *transition)
{
    const struct invocation *invocation = transition->invocation;
    struct join *join = dsy_join_begin(transition->joins, invocation->number, invocation->await_count,
                                       invocation->pending.handle_count);
    return join != NULL && ask_all(transition) == DSY_OK ? join : NULL;
}

/* Handles that no cell can have are told apart at once: those of others come from everywhere. */
static bool
check_handles(struct transition *transition, const struct pending *pending)
{
    for (uint32_t index = 0; index < pending->handle_count; index++) {
        struct address address = dsy_id_address(pending->handles[index]);
        if (dsy_id_is_nil(pending->handles[index])) {
            dsy_throw_message(&transition->run, &dsy_error_null_value, NULL,
                              DSY_STRING("what is awaited is the zero handle"));
            return false;
        }
        if (address.number <= 0 || !dsy_number_is_counted(address.number) ||
            dsy_number_kind(address.number) != OBJECT_CELL || address.shard >= transition->shard_count) {
            dsy_throw_message(&transition->run, &dsy_error_key_not_found, NULL,
                              DSY_STRING("there is no task or promise with this id"));
            return false;
        }
    }
    return true;
}

/* `all` and `any` of nothing, `select` without a source. */
static bool
begin_empty(struct transition *transition, struct pending *pending)
{
    if (pending->mode == WAIT_ANY) {
        dsy_throw_message(&transition->run, &dsy_error_out_of_range, NULL,
                          DSY_STRING("'any' awaits none: the array is empty"));
        return false;
    }
    if (pending->mode == WAIT_ALL) /* its result is ready: it goes on as from a checkpoint, at once */
        pending->due_ns = transition->now_ns;
    return true;
}

bool
dsy_transition_begin_wait(struct transition *transition)
{
    struct pending *pending = &transition->invocation->pending;
    if (!check_handles(transition, pending))
        return false;
    if (pending->handle_count == 0)
        return begin_empty(transition, pending);
    enum dsy_status status = DSY_OK;
    switch (pending->mode) {
    case WAIT_ONE:
    case WAIT_SELECT: status = send_watch(transition, dsy_id_address(pending->handles[0]), 0); break;
    case WAIT_ALL:
    case WAIT_ANY:
    case WAIT_DRAIN: status = begin_join(transition) != NULL ? DSY_OK : DSY_NO_MEMORY; break;
    }
    if (status != DSY_OK)
        transition->run.status = DSY_NO_MEMORY;
    return true;
}

/* ---- cancelling ---- */

static bool
is_in_ranges(const struct cell_range *ranges, int64_t number)
{
    for (const struct cell_range *range = ranges; range != NULL; range = range->next)
        if (number >= range->first && number - range->first < range->count)
            return true;
    return false;
}

bool
dsy_transition_owns(const struct transition *transition, dsy_uuid handle)
{
    struct address address = dsy_id_address(handle);
    if (address.shard != transition->shard)
        return false;
    for (const struct frame *frame = transition->invocation->top; frame != NULL; frame = frame->below)
        if (is_in_ranges(frame->cells, address.number))
            return true;
    return false;
}

enum dsy_status
dsy_transition_send_cancel(struct transition *transition, dsy_uuid id)
{
    struct address address = dsy_id_address(id);
    if (address.number <= 0 || !dsy_number_is_counted(address.number) || address.shard >= transition->shard_count)
        return DSY_OK; /* nothing has such an id */
    struct message *message =
        dsy_message_list_add(&transition->sent, transition->run.arena, MESSAGE_CANCEL, address.shard, address.number);
    if (message == NULL)
        return DSY_NO_MEMORY;
    message->secret = address.secret;
    return DSY_OK;
}

static enum dsy_status
cancel_rest(struct transition *transition, const struct join *join)
{
    const struct pending *pending = &transition->invocation->pending;
    enum dsy_status status = DSY_OK;
    for (uint32_t slot = 0; slot < join->count && status == DSY_OK; slot++)
        if (!join->slots[slot].is_settled)
            status = dsy_transition_send_cancel(transition, pending->handles[slot]);
    return status;
}

/* ---- waiting no longer ---- */

enum dsy_status
dsy_transition_unwatch(struct transition *transition, uint32_t taken)
{
    const struct invocation *invocation = transition->invocation;
    const struct pending *pending = &invocation->pending;
    bool are_all_asked = pending->mode != WAIT_SELECT || pending->is_last_pass;
    uint32_t asked =
        are_all_asked || pending->cursor == pending->handle_count ? pending->handle_count : pending->cursor + 1;
    for (uint32_t slot = 0; slot < asked; slot++) {
        /* One's own tasks are few, and go when one ends oneself. */
        if (slot == taken || dsy_transition_owns(transition, pending->handles[slot]))
            continue;
        struct address address = dsy_id_address(pending->handles[slot]);
        struct message *message = dsy_message_list_add(&transition->sent, transition->run.arena, MESSAGE_UNWATCH,
                                                       address.shard, address.number);
        if (message == NULL)
            return DSY_NO_MEMORY;
        message->secret = address.secret;
        message->watcher = (struct watcher){ .shard = transition->shard,
                                             .number = invocation->number,
                                             .await_count = invocation->await_count,
                                             .slot = slot };
    }
    return DSY_OK;
}

/* ---- what has settled ---- */

/* Take a number out of the first of these ranges that has it. Returns DSY_NOT_FOUND when none does. */
static enum dsy_status
take_from_ranges(struct transition *transition, struct cell_range **ranges, int64_t number)
{
    for (struct cell_range **place = ranges; *place != NULL; place = &(*place)->next) {
        struct cell_range *range = *place;
        if (number < range->first || number - range->first >= range->count)
            continue;
        uint32_t before = (uint32_t)(number - range->first), after = range->count - before - 1;
        if (before > 0 && after > 0) {
            struct cell_range *rest = dsy_arena_allocate(transition->run.arena, sizeof *rest);
            if (rest == NULL)
                return DSY_NO_MEMORY;
            *rest = (struct cell_range){ .next = range->next, .first = number + 1, .count = after };
            range->next = rest;
            range->count = before;
        } else if (before > 0 || after > 0) {
            range->first += before == 0;
            range->count--;
        } else {
            *place = range->next;
        }
        return DSY_OK;
    }
    return DSY_NOT_FOUND;
}

/* A routine that goes on for ever, and makes tasks all the time, must not remember all of them: where there are many,
 * those that have settled and were awaited are released at once. Their results stay as long as results are kept. */
static enum dsy_status
release_settled(struct transition *transition, uint32_t from, uint32_t to)
{
    struct invocation *invocation = transition->invocation;
    const struct pending *pending = &invocation->pending;
    for (uint32_t slot = from; slot < to && invocation->cell_count > REMEMBERED_CELLS_MAX; slot++) {
        struct address address = dsy_id_address(pending->handles[slot]);
        enum dsy_status status = DSY_NOT_FOUND;
        for (struct frame *frame = invocation->top;
             frame != NULL && address.shard == transition->shard && status == DSY_NOT_FOUND; frame = frame->below)
            status = take_from_ranges(transition, &frame->cells, address.number);
        if (status == DSY_NOT_FOUND)
            continue;
        invocation->cell_count--;
        struct message *message = status == DSY_OK
                                      ? dsy_message_list_add(&transition->sent, transition->run.arena, MESSAGE_RELEASE,
                                                             address.shard, address.number)
                                      : NULL;
        if (message == NULL)
            return DSY_NO_MEMORY;
        message->is_kept = true;
    }
    return DSY_OK;
}

/* ---- results ---- */

/* The value of a slot, where it outlives the join. */
static struct dsy_slice
keep_slot(struct transition *transition, const struct join_slot *slot)
{
    dsy_buffer_clear(transition->buffer);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(transition->buffer);
    dsy_buffer_append(transition->buffer, slot->value, slot->size_bytes);
    return dsy_transition_keep(transition, &writer);
}

/* The results as one array, or null for void ones. */
static struct dsy_slice
collect(struct transition *transition, const struct join *join)
{
    dsy_buffer_clear(transition->buffer);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(transition->buffer);
    if (transition->invocation->pending.is_void) {
        dsy_cbor_write_null(&writer);
        return dsy_transition_keep(transition, &writer);
    }
    dsy_cbor_write_array_begin(&writer, join != NULL ? join->count : 0);
    for (uint32_t slot = 0; join != NULL && slot < join->count; slot++)
        dsy_buffer_append(transition->buffer, join->slots[slot].value, join->slots[slot].size_bytes);
    dsy_cbor_write_array_end(&writer);
    return dsy_transition_keep(transition, &writer);
}

static enum transition_end
resume_with(struct transition *transition, bool threw, struct dsy_slice value)
{
    if (value.data == NULL)
        return dsy_transition_too_large(transition, "what is awaited");
    dsy_join_end(transition->joins, transition->invocation->number);
    return threw ? dsy_transition_resume_with_error(transition, value)
                 : dsy_transition_resume_with_value(transition, value);
}

static enum transition_end
finish_all(struct transition *transition, const struct join *join)
{
    struct dsy_slice failure = transition->invocation->pending.failure;
    if (release_settled(transition, 0, join != NULL ? join->count : 0) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    if (failure.data != NULL)
        return resume_with(transition, true, failure);
    return resume_with(transition, false, collect(transition, join));
}

/* ---- messages of cells ---- */

static enum transition_end
settled_of_all(struct transition *transition, struct join *join, uint32_t slot)
{
    struct pending *pending = &transition->invocation->pending;
    bool is_first = join->slots[slot].threw && pending->failure.data == NULL;
    if (is_first) {
        /* It is saved: the others end with Cancelled because of it, and may be what is heard of first after a start. */
        pending->failure = keep_slot(transition, &join->slots[slot]);
        if (pending->failure.data == NULL)
            return dsy_transition_too_large(transition, "an error of what is awaited");
    }
    if (join->settled_count == join->count)
        return finish_all(transition, join);
    if (is_first && cancel_rest(transition, join) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    return is_first ? TRANSITION_SUSPENDED : TRANSITION_NOTED;
}

static enum transition_end
settled_of_any(struct transition *transition, struct join *join, uint32_t slot)
{
    const struct join_slot *place = &join->slots[slot];
    if (place->threw && join->settled_count < join->count)
        return TRANSITION_NOTED;
    if (!place->threw && cancel_rest(transition, join) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    if (release_settled(transition, slot, slot + 1) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    return resume_with(transition, place->threw, keep_slot(transition, place));
}

static enum transition_end
settled_in_join(struct transition *transition, const struct message *message)
{
    static const struct dsy_slice nothing = { 0 };
    const struct invocation *invocation = transition->invocation;
    struct join *join = dsy_join_find(transition->joins, invocation->number, invocation->await_count);
    if (join == NULL)
        join = begin_join(transition);
    if (join == NULL)
        return TRANSITION_NO_MEMORY;
    bool is_drain = invocation->pending.mode == WAIT_DRAIN;
    bool needs_value = !is_drain && (message->threw || !invocation->pending.is_void);
    if (dsy_join_set(transition->joins, join, message->slot, message->threw, needs_value ? message->value : nothing) !=
        DSY_OK)
        return TRANSITION_NO_MEMORY;
    if (is_drain)
        return dsy_transition_look_at_drain(transition);
    return invocation->pending.mode == WAIT_ALL ? settled_of_all(transition, join, message->slot)
                                                : settled_of_any(transition, join, message->slot);
}

static bool
answers(const struct transition *transition, const struct message *message)
{
    const struct invocation *invocation = transition->invocation;
    return invocation->pending.kind == PENDING_WAIT && message->await_count == invocation->await_count &&
           message->slot < invocation->pending.handle_count;
}

enum transition_end
dsy_transition_settled(struct transition *transition, const struct message *message)
{
    if (!answers(transition, message))
        return TRANSITION_STALE;
    switch (transition->invocation->pending.mode) {
    case WAIT_SELECT:
        transition->selected = message->slot;
        if (dsy_transition_unwatch(transition, message->slot) != DSY_OK)
            return TRANSITION_NO_MEMORY;
        break;
    case WAIT_ONE: break;
    case WAIT_ALL:
    case WAIT_ANY:
    case WAIT_DRAIN: return settled_in_join(transition, message);
    }
    if (release_settled(transition, message->slot, message->slot + 1) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    return resume_with(transition, message->threw, message->value);
}

static enum transition_end
select_nothing(struct transition *transition)
{
    transition->selected = transition->invocation->pending.handle_count;
    if (dsy_transition_unwatch(transition, transition->selected) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    return dsy_transition_resume(transition);
}

enum transition_end
dsy_transition_not_yet(struct transition *transition, const struct message *message)
{
    struct pending *pending = &transition->invocation->pending;
    if (!answers(transition, message) || pending->mode != WAIT_SELECT || message->slot != pending->cursor)
        return TRANSITION_STALE;
    pending->cursor++;
    if (pending->cursor < pending->handle_count) {
        struct address next = dsy_id_address(pending->handles[pending->cursor]);
        return send_watch(transition, next, pending->cursor) == DSY_OK ? TRANSITION_SUSPENDED : TRANSITION_NO_MEMORY;
    }
    return pending->is_last_pass ? select_nothing(transition) : TRANSITION_SUSPENDED;
}

enum transition_end
dsy_transition_wait_is_over(struct transition *transition)
{
    struct pending *pending = &transition->invocation->pending;
    if (pending->mode == WAIT_ALL) /* of nothing */
        return finish_all(transition, NULL);
    if (pending->mode != WAIT_SELECT)
        return TRANSITION_STALE;
    if (pending->handle_count == 0)
        return select_nothing(transition);
    pending->is_last_pass = true;
    pending->cursor = 0;
    return send_watch(transition, dsy_id_address(pending->handles[0]), 0) == DSY_OK ? TRANSITION_SUSPENDED
                                                                                    : TRANSITION_NO_MEMORY;
}

/* ---- draining ---- */

enum transition_end
dsy_transition_begin_drain(struct transition *transition)
{
    struct invocation *invocation = transition->invocation;
    invocation->await_count++;
    invocation->pending = (struct pending){
        .kind = PENDING_WAIT,
        .mode = WAIT_DRAIN,
        .due_ns = DSY_NOT_DUE,
        .handle_count = dsy_frame_cell_count(invocation->top),
    };
    if (invocation->pending.handle_count > 0 && begin_join(transition) == NULL)
        return TRANSITION_NO_MEMORY;
    return TRANSITION_SUSPENDED;
}

enum transition_end
dsy_transition_look_at_drain(struct transition *transition)
{
    const struct invocation *invocation = transition->invocation;
    uint32_t count = invocation->pending.handle_count;
    struct join *join = NULL;
    if (invocation->pending.kind != PENDING_WAIT || invocation->pending.mode != WAIT_DRAIN)
        return TRANSITION_SUSPENDED;
    if (count > 0) {
        join = dsy_join_find(transition->joins, invocation->number, invocation->await_count);
        if (join == NULL)
            return begin_join(transition) != NULL ? TRANSITION_SUSPENDED : TRANSITION_NO_MEMORY;
    }
    if ((join != NULL && join->settled_count < join->count))
        return TRANSITION_NOTED;
    if (invocation->lingering != NULL)
        return TRANSITION_NOTED;
    dsy_join_end(transition->joins, invocation->number);
    return dsy_transition_drained(transition);
}
