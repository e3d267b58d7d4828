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
    if (message->kind == MESSAGE_PROBE)
        return dsy_shard_probe(shard, entry, message, now_ns);
    if (invocation->pending.kind != PENDING_QUEUED || message->kind == MESSAGE_CANCEL)
        return dsy_transition_apply(transition, invocation, message, now_ns);
    /* It runs when it holds the key: it was just given, or while the invocation was in quarantine. */
    if (message->kind == MESSAGE_TIMER && now_ns >= invocation->pending.due_ns)
        return dsy_shard_probe(shard, entry, message, now_ns);
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

enum dsy_status
dsy_shard_add_letter(struct shard *shard, uint32_t receiver, const struct message *message)
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

/* What the transition made and wants to be sent. */
static enum dsy_status
send_all(struct shard *shard, const struct batch_entry *entry)
{
    struct transition *transition = &shard->transition;
    enum dsy_status status = dsy_shard_add_cells(shard, transition->made);
    transition->made = NULL;
    for (struct message *message = transition->sent.first; message != NULL && status == DSY_OK; message = message->next)
        if (message->kind == MESSAGE_BEGIN && message->caller.kind == CALLER_INVOCATION)
            status = add_holders(shard, entry, &message->holders);
    return status == DSY_OK ? dsy_shard_send_all(shard, &transition->sent) : status;
}

static enum dsy_status
send_result(struct shard *shard, const struct batch_entry *entry)
{
    const struct caller *caller = &entry->invocation.caller;
    struct message_list list = { 0 };
    if (caller->kind != CALLER_INVOCATION || caller->shard >= shard->surroundings->shard_count)
        return DSY_OK;
    struct message *message =
        dsy_message_list_add(&list, &shard->open->arena, MESSAGE_RESULT, caller->shard, caller->number);
    if (message == NULL)
        return DSY_NO_MEMORY;
    message->await_count = caller->await_count;
    message->threw = entry->threw;
    message->value = entry->value;
    return dsy_shard_send(shard, message);
}

/* ---- what a transition did ---- */

/* It goes on from a checkpoint once that is saved; while the node ends, after the next start. */
static enum dsy_status
follow_checkpoint(struct shard *shard, const struct batch_entry *entry)
{
    if (shard->is_draining)
        return DSY_OK;
    struct message *message = dsy_shard_new_message(MESSAGE_RESUME, entry->invocation.number);
    if (message == NULL)
        return DSY_NO_MEMORY;
    dsy_message_queue_add(&shard->open->following, message);
    return DSY_OK;
}

/* What else it waits for is in its row, and in what it sent; timers and attempts begin after the commit. */
static enum dsy_status
add_suspended(struct shard *shard, struct batch_entry *entry)
{
    entry->is_dirty = true;
    if (entry->invocation.pending.kind == PENDING_CHECKPOINT && shard->transition.has_new_await)
        return follow_checkpoint(shard, entry);
    return DSY_OK;
}

/* Whether an error is Cancelled: [name, …]. */
static bool
is_cancelled(const struct shard *shard, struct dsy_slice error)
{
    struct dsy_cbor_reader reader = dsy_stored_reader(shard->surroundings->program, error, NULL);
    dsy_cbor_array_begin(&reader);
    dsy_string name = dsy_string_read_cbor(&reader);
    return dsy_string_is(name, "Cancelled");
}

static enum dsy_status
add_ended(struct shard *shard, struct batch_entry *entry, bool threw)
{
    entry->is_dirty = true;
    entry->state = ENTRY_ENDED;
    entry->threw = threw;
    entry->value = shard->transition.value;
    entry->was_cancelled = threw && entry->invocation.is_cancelled && is_cancelled(shard, entry->value);
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
    if (entry->invocation.pending.kind == PENDING_QUEUED) {
        /* It waits on, and looks for a deadlock again: its row says only when it does so first. */
        int64_t now_ns = dsy_clock_utc_ns(shard->surroundings->clock);
        if (now_ns >= due_ns)
            due_ns = dsy_probe_next_ns(entry->invocation.pending.since_ns, now_ns);
    }
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
    if (end == TRANSITION_SUSPENDED || end == TRANSITION_NOTED || end == TRANSITION_RETURNED || end == TRANSITION_THREW)
        status = send_all(shard, entry);
    if (status != DSY_OK)
        return status;
    switch (end) {
    case TRANSITION_NOTED: break;
    case TRANSITION_SUSPENDED: status = add_suspended(shard, entry); break;
    case TRANSITION_RETURNED: status = add_ended(shard, entry, false); break;
    case TRANSITION_THREW: status = add_ended(shard, entry, true); break;
    case TRANSITION_STALE:
        if (message->source == SOURCE_QUESTION && message->secret != entry->invocation.secret)
            question_of(message)->status = DSY_NOT_FOUND;
        add_stale(shard, entry, message);
        break;
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
    if (message->kind != MESSAGE_BEGIN && dsy_message_is_lasting(message->kind))
        return dsy_shard_keep(shard, message);
    dsy_shard_consume(shard, message);
    return DSY_OK;
}
