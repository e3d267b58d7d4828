/* Run and add: compiled code runs with a message, and what it did becomes part of the open batch. */
#include <stdio.h>
#include <string.h>

#include "runtime/core/caller_codec.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/shard_internal.h"

static enum transition_end
apply(struct shard *shard, struct batch_entry *entry, const struct message *message, int64_t now_ns)
{
    struct transition *transition = &shard->transition;
    struct invocation *invocation = &entry->invocation;
    enum transition_end end = dsy_shard_enter(shard, entry);
    if (end != TRANSITION_SUSPENDED)
        return end;
    if (invocation->pending.kind != PENDING_QUEUED)
        return dsy_transition_apply(transition, invocation, message, now_ns);
    /* It runs when it holds the key: it was just given, or while the invocation was in quarantine. */
    bool has_key = entry->instance != NULL && entry->instance->holder == invocation->number;
    if (!has_key || (message->kind != MESSAGE_GRANT && message->kind != MESSAGE_RESUME))
        return TRANSITION_STALE;
    struct message grant = { .kind = MESSAGE_GRANT, .number = message->number };
    return dsy_transition_apply(transition, invocation, &grant, now_ns);
}

enum transition_end
dsy_shard_run(struct shard *shard, struct batch_entry *entry, const struct message *message)
{
    struct batch *batch = shard->open;
    struct transition *transition = &shard->transition;
    const struct dsy_clock *clock = shard->surroundings->clock;
    int64_t start_ns = dsy_clock_monotonic_ns(clock);
    transition->run.arena = &batch->arena;
    transition->reason[0] = '\0';
    int64_t now_ns = dsy_clock_utc_ns(clock);
    enum transition_end end = TRANSITION_STALE;
    if (message->kind != MESSAGE_BEGIN)
        end = apply(shard, entry, message, now_ns);
    else if (dsy_program_keyed_service(shard->surroundings->program, message->routine) != NULL)
        end = dsy_shard_begin_keyed(shard, entry, message, now_ns);
    else
        end = dsy_transition_begin(transition, &entry->invocation, message, now_ns);
    batch->arena.size_bytes_max = SIZE_MAX;
    batch->execution_ns += dsy_clock_monotonic_ns(clock) - start_ns;
    return end;
}

/* ---- messages that a transition causes ---- */

static struct message *
new_local(struct shard *shard, enum message_kind kind)
{
    struct message *message = dsy_arena_allocate(&shard->open->arena, sizeof *message);
    if (message != NULL)
        *message = (struct message){ .kind = kind, .source = SOURCE_BATCH };
    return message;
}

static enum dsy_status
add_letter(struct shard *shard, uint32_t receiver, const struct message *message)
{
    struct batch *batch = shard->open;
    dsy_buffer_clear(&shard->buffer);
    enum dsy_status status = dsy_message_encode(message, &shard->buffer);
    if (status != DSY_OK) {
        snprintf(shard->transition.reason, sizeof shard->transition.reason,
                 "what it sends to another shard is too large or nested too deep: the bound is %d octets",
                 BODY_BYTES_MAX);
        return status;
    }
    struct batch_letter *letter = dsy_arena_allocate(&batch->arena, sizeof *letter);
    uint8_t *body = dsy_arena_allocate(&batch->arena, shard->buffer.size_bytes);
    if (letter == NULL || body == NULL)
        return DSY_NO_MEMORY;
    memcpy(body, shard->buffer.data, shard->buffer.size_bytes);
    *letter = (struct batch_letter){
        .receiver = receiver,
        .number = dsy_outbox_number(&shard->outbox, receiver),
        .body = { .data = body, .size_bytes = shard->buffer.size_bytes },
    };
    *batch->last_letter = letter;
    batch->last_letter = &letter->next;
    return DSY_OK;
}

static enum dsy_status
send_message(struct shard *shard, uint32_t receiver, struct message *message)
{
    if (receiver != shard->number)
        return add_letter(shard, receiver, message);
    dsy_message_queue_add(&shard->open->local, message);
    return DSY_OK;
}

/* Where the next invocation that a routine calls is placed: where its instance lives, if it has a key. */
static uint32_t
place(const struct shard *shard, const struct invocation *caller)
{
    const struct transition *transition = &shard->transition;
    const struct dsy_service_type *keyed = dsy_program_keyed_service(shard->surroundings->program, transition->called);
    if (keyed != NULL && transition->called_key.data != NULL)
        return dsy_instance_place(keyed, transition->called_key, shard->surroundings->shard_count).shard;
    if (keyed != NULL || shard->surroundings->placement == DSY_PLACE_LOCAL)
        return shard->number;
    uint64_t hash = (caller->secret ^ caller->await_count) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)((hash >> 32) % shard->surroundings->shard_count);
}

/* Those above a call that hold a key: those above its caller, and the caller itself. */
static enum dsy_status
add_holders(struct shard *shard, const struct batch_entry *entry, struct dsy_slice *holders)
{
    const struct invocation *invocation = &entry->invocation;
    *holders = invocation->holders;
    if (entry->instance == NULL || entry->instance->holder != invocation->number)
        return DSY_OK;
    uint8_t *copy = dsy_arena_allocate(&shard->open->arena, holders->size_bytes + HOLDER_BYTES);
    if (copy == NULL)
        return DSY_NO_MEMORY;
    if (holders->size_bytes > 0)
        memcpy(copy, holders->data, holders->size_bytes);
    dsy_holder_write(copy + holders->size_bytes, shard->number, invocation->number);
    *holders = (struct dsy_slice){ .data = copy, .size_bytes = holders->size_bytes + HOLDER_BYTES };
    return DSY_OK;
}

static enum dsy_status
send_call(struct shard *shard, const struct batch_entry *entry)
{
    struct message *message = new_local(shard, MESSAGE_BEGIN);
    if (message == NULL || add_holders(shard, entry, &message->holders) != DSY_OK)
        return DSY_NO_MEMORY;
    const struct invocation *invocation = &entry->invocation;
    message->routine = shard->transition.called;
    message->instance_key = shard->transition.called_key;
    message->arguments = shard->transition.arguments;
    message->chain_length = invocation->chain_length + 1;
    message->caller = (struct caller){
        .kind = CALLER_INVOCATION,
        .shard = shard->number,
        .number = invocation->number,
        .await_count = invocation->await_count,
    };
    return send_message(shard, place(shard, invocation), message);
}

static enum dsy_status
send_result(struct shard *shard, const struct batch_entry *entry)
{
    const struct caller *caller = &entry->invocation.caller;
    if (caller->kind != CALLER_INVOCATION || caller->shard >= shard->surroundings->shard_count)
        return DSY_OK;
    struct message *message = new_local(shard, MESSAGE_RESULT);
    if (message == NULL)
        return DSY_NO_MEMORY;
    message->number = caller->number;
    message->await_count = caller->await_count;
    message->threw = entry->threw;
    message->value = entry->value;
    return send_message(shard, caller->shard, message);
}

/* ---- what a transition did ---- */

static enum dsy_status
add_suspended(struct shard *shard, struct batch_entry *entry)
{
    entry->is_dirty = true;
    switch (entry->invocation.pending.kind) {
    case PENDING_CALL: return send_call(shard, entry);
    case PENDING_CHECKPOINT: {
        if (shard->is_draining) /* its row is active: it goes on after the next start */
            return DSY_OK;
        struct message *message = dsy_shard_new_message(MESSAGE_RESUME, entry->invocation.number);
        if (message == NULL)
            return DSY_NO_MEMORY;
        dsy_message_queue_add(&shard->open->following, message);
        return DSY_OK;
    }
    case PENDING_START:
    case PENDING_SLEEP:
    case PENDING_QUEUED:
    case PENDING_STEP: break; /* the row says it; timers and attempts begin after the commit */
    }
    return DSY_OK;
}

static enum dsy_status
add_ended(struct shard *shard, struct batch_entry *entry, bool threw)
{
    entry->is_dirty = true;
    entry->state = ENTRY_ENDED;
    entry->threw = threw;
    entry->value = shard->transition.value;
    enum dsy_status status = dsy_shard_leave(shard, entry);
    return status == DSY_OK ? send_result(shard, entry) : status;
}

/* The wall clock went back after a timer had fired: the timer is set anew. One that this batch changed is set when it
 * is saved. And a row that was in quarantine before the start gets back what its columns said. */
static void
add_stale(struct shard *shard, struct batch_entry *entry, const struct message *message)
{
    int64_t due_ns = dsy_invocation_due_ns(&entry->invocation);
    if (message->kind == MESSAGE_RESUME && message->attempt == 0 && entry->row_is_active &&
        !dsy_invocation_is_active(&entry->invocation))
        entry->is_dirty = true;
    if (message->kind == MESSAGE_TIMER && !entry->is_dirty && due_ns != DSY_NOT_DUE)
        dsy_shard_arm(shard, entry->invocation.number, due_ns);
}

enum dsy_status
dsy_shard_add(struct shard *shard, struct batch_entry *entry, struct message *message, enum transition_end end)
{
    struct batch *batch = shard->open;
    enum dsy_status status = DSY_OK;
    if (end != TRANSITION_STALE && batch->transition_count++ == 0)
        batch->first_run = message;
    switch (end) {
    case TRANSITION_SUSPENDED: status = add_suspended(shard, entry); break;
    case TRANSITION_RETURNED: status = add_ended(shard, entry, false); break;
    case TRANSITION_THREW: status = add_ended(shard, entry, true); break;
    case TRANSITION_STALE: add_stale(shard, entry, message); break;
    case TRANSITION_BROKEN: return DSY_CORRUPT;
    case TRANSITION_NO_MEMORY: return DSY_NO_MEMORY;
    }
    if (status == DSY_OK && end != TRANSITION_STALE)
        dsy_line_list_append(&batch->lines, &shard->transition.lines);
    if (status == DSY_OK)
        dsy_shard_consume(shard, message);
    return status;
}

/* ---- quarantine ---- */

enum dsy_status
dsy_shard_quarantine(struct shard *shard, struct message *message, const char *reason)
{
    struct batch *batch = shard->open;
    struct batch_entry *entry = NULL;
    enum dsy_status status = dsy_shard_load(shard, message, &entry);
    if (status != DSY_OK || entry == NULL)
        return status;
    char *kept = dsy_arena_copy_text(&batch->arena, reason, strlen(reason));
    if (kept == NULL)
        return DSY_NO_MEMORY;
    if (message->kind == MESSAGE_BEGIN) {
        /* It is shown with the arguments that it got. */
        struct frame *frame = dsy_arena_allocate_zeroed(&batch->arena, sizeof *frame);
        if (frame == NULL)
            return DSY_NO_MEMORY;
        frame->routine = message->routine;
        frame->raw = message->arguments;
        entry->invocation.top = frame;
        entry->invocation.frame_count = 1;
        entry->invocation.created_ns = dsy_clock_utc_ns(shard->surroundings->clock);
        entry->invocation.caller = message->caller;
        entry->invocation.chain_length = message->chain_length;
        entry->invocation.key = message->key;
        entry->invocation.instance_key = entry->instances != NULL ? message->instance_key : (struct dsy_slice){ 0 };
        entry->invocation.holders = message->holders;
        entry->invocation.pending =
            (struct pending){ .kind = PENDING_START, .due_ns = DSY_NOT_DUE, .since_ns = entry->invocation.created_ns };
        if (dsy_shard_occupy(shard, entry) != DSY_OK)
            return DSY_NO_MEMORY;
    }
    entry->state = ENTRY_BROKEN;
    entry->is_held = shard->transition.is_held;
    entry->is_dirty = true;
    entry->reason = (struct dsy_slice){ .data = (const uint8_t *)kept, .size_bytes = strlen(kept) };
    batch->transition_count = 1;
    if (message->kind == MESSAGE_RESULT)
        return dsy_shard_keep(shard, message);
    dsy_shard_consume(shard, message);
    return DSY_OK;
}
