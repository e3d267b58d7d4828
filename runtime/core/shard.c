/* Shard: the straight line gather → load → run → add → commit → dispatch, and the loop that turns it.
 *
 * One batch executes on the loop thread while the batch before it is being saved by the store thread; what the open
 * batch sees of the other's invocations is in the cache. A batch is handed to the store as soon as the store is free,
 * so that a lone message waits for nothing and many share one commit.
 *
 * But for one thing: where steps are much quicker than a commit, the answers to what a commit has just released would
 * miss the next batch by a hair, and the work would split into two halves that take turns, each waiting for two
 * commits. So the next batch is held for those answers, for a part of a commit's time at most (is_held). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/core/shard_internal.h"

/* ---- the straight line ---- */

bool
dsy_shard_has_room(const struct shard *shard)
{
    const struct batch *batch = shard->open;
    if (shard->waits_for_memory || shard->is_closing || shard->is_opening)
        return false;
    if (shard->careful > 0)
        return batch->transition_count + batch->cell_count == 0;
    return batch->transition_count + batch->cell_count < BATCH_TRANSITIONS_MAX &&
           batch->arena.size_bytes < BATCH_BYTES_MAX && batch->execution_ns < BATCH_NS_MAX;
}

static struct message *
next_message(struct shard *shard)
{
    if (!dsy_shard_has_room(shard))
        return NULL;
    struct message *message = dsy_message_queue_take(&shard->first);
    /* What a careful batch causes becomes a row and gets a batch of its own, in which it can be put in quarantine; a
     * letter that waited for the store is not of its making. */
    const struct message *local = shard->open->local.first;
    if (message == NULL && (shard->careful == 0 || (local != NULL && local->source == SOURCE_LETTER)))
        message = dsy_message_queue_take(&shard->open->local);
    return message != NULL ? message : dsy_message_queue_take(&shard->ready);
}

static void commit(struct shard *shard);
static void drop_batch(struct shard *shard, struct message *message, enum dsy_status status);
static bool is_held(struct shard *shard);
static void close_if_drained(struct shard *shard);
static void memory_again(uv_timer_t *handle);

static void
turn(struct shard *shard)
{
    dsy_shard_gather(shard);
    dsy_shard_fire(shard);
    for (;;) {
        for (struct message *message; (message = next_message(shard)) != NULL;) {
            struct batch_entry *entry = NULL;
            enum dsy_status status = dsy_shard_load(shard, message, &entry);
            if (entry != NULL)
                status = dsy_shard_add(shard, entry, message, dsy_shard_run(shard, entry, message));
            if (status != DSY_OK)
                drop_batch(shard, message, status);
        }
        if (shard->committing != NULL || dsy_batch_is_empty(shard->open) || shard->waits_for_memory || is_held(shard))
            break;
        commit(shard);
    }
    dsy_shard_scan(shard);
    dsy_shard_read_kept(shard);
    dsy_shard_set_timer(shard);
    close_if_drained(shard);
}

static struct batch *
other_batch(struct shard *shard, const struct batch *batch)
{
    return batch == &shard->batches[0] ? &shard->batches[1] : &shard->batches[0];
}

/* The batch is saved: effects leave. */
static void
dispatch(struct shard *shard, struct batch *batch)
{
    STOP_POINT(shard->surroundings->stop_points, "before_dispatch");
    dsy_shard_dispatch(shard, batch);
    STOP_POINT(shard->surroundings->stop_points, "after_dispatch");
    dsy_shard_release_all(shard, &batch->inputs);
    dsy_batch_reset(batch);
}

/* Hold the open batch, if the attempts that were just begun are likely to be answered soon. */
static void
hold(struct shard *shard)
{
    int64_t hold_ns = shard->step_ns * 2;
    shard->hold_until_ns = 0;
    if (shard->awaited_jobs == 0 || hold_ns > shard->commit_ns / 2)
        return;
    shard->hold_until_ns = dsy_clock_monotonic_ns(shard->surroundings->clock) + hold_ns;
    /* The answers turn the shard; this is only for those that do not come. */
    if (uv_timer_start(&shard->held, dsy_shard_timer_fired, 1, 0) != 0)
        shard->hold_until_ns = 0;
}

static bool
is_held(struct shard *shard)
{
    if (shard->hold_until_ns == 0)
        return false;
    if (shard->awaited_jobs > 0 && dsy_shard_has_room(shard) &&
        dsy_clock_monotonic_ns(shard->surroundings->clock) < shard->hold_until_ns)
        return true;
    shard->hold_until_ns = 0;
    uv_timer_stop(&shard->held);
    return false;
}

static void
saved(struct shard *shard)
{
    struct batch *batch = shard->committing;
    STOP_POINT(shard->surroundings->stop_points, "after_commit");
    dsy_cache_committed(&shard->cache, batch->sequence);
    shard->committing = NULL;
    dispatch(shard, batch);
    hold(shard);
}

/* ---- closing a batch ---- */

/* Octets to *place, which moves on; nothing stays nothing. */
static const uint8_t *
copy_slice(uint8_t **place, struct dsy_slice slice)
{
    uint8_t *copy = *place;
    if (slice.data == NULL)
        return NULL;
    memcpy(copy, slice.data, slice.size_bytes);
    *place += slice.size_bytes;
    return copy;
}

static struct message *
copy_message(const struct message *message)
{
    size_t payload_bytes = message->arguments.size_bytes + message->value.size_bytes +
                           message->instance_key.size_bytes + message->holders.size_bytes;
    struct message *copy = malloc(sizeof *copy + payload_bytes);
    if (copy == NULL)
        return NULL;
    *copy = *message;
    copy->source = SOURCE_ROW;
    copy->answer_of = NULL;
    uint8_t *place = (uint8_t *)(copy + 1);
    copy->arguments.data = copy_slice(&place, message->arguments);
    copy->value.data = copy_slice(&place, message->value);
    copy->instance_key.data = copy_slice(&place, message->instance_key);
    copy->holders.data = copy_slice(&place, message->holders);
    return copy;
}

/* Messages that the batch has no room for leave its arena: they become rows now and are run in the next batch. */
static enum dsy_status
leave_over(struct shard *shard, struct batch *batch)
{
    struct message_queue copies;
    dsy_message_queue_init(&copies);
    dsy_message_queue_prepend(&batch->local, &batch->left);
    for (struct message *message; (message = dsy_message_queue_take(&batch->local)) != NULL;) {
        struct message *copy = copy_message(message);
        if (copy == NULL) {
            for (struct message *made; (made = dsy_message_queue_take(&copies)) != NULL;)
                free(made);
            return DSY_NO_MEMORY;
        }
        dsy_message_queue_add(&copies, copy);
        if (copy->kind == MESSAGE_BEGIN && dsy_shard_note_unbegun(shard, copy) != DSY_OK) {
            for (struct message *made; (made = dsy_message_queue_take(&copies)) != NULL;)
                free(made);
            return DSY_NO_MEMORY;
        }
    }
    dsy_message_queue_prepend(&batch->left, &copies);
    return DSY_OK;
}

static enum dsy_status
close_batch(struct shard *shard, struct batch *batch)
{
    struct batch_context context = {
        .program = shard->surroundings->program,
        .cache = &shard->cache,
        .outbox = &shard->outbox,
        .buffer = &shard->buffer,
        .now_ns = dsy_clock_utc_ns(shard->surroundings->clock),
        .next_number = shard->numbers.next,
        .saved_number = shard->saved_number,
        .next_message = shard->next_message,
        .next_line = shard->next_line,
    };
    size_t waited_count = batch->left.count; /* for the store; leave_over keeps them before the others */
    batch->sequence = shard->sequence + 1;
    enum dsy_status status = leave_over(shard, batch);
    if (status != DSY_OK)
        return status;
    status = dsy_batch_close(batch, &context);
    if (status != DSY_OK)
        return status;
    shard->sequence = batch->sequence;
    shard->next_message = context.next_message;
    shard->saved_number = context.next_number;
    shard->next_line = context.next_line;
    /* Who waited for the store keeps the place in which it came. All else goes behind what waits already: an
     * invocation that never comes to an end must not keep the others from running. */
    for (struct message *message; (message = dsy_message_queue_take(&batch->left)) != NULL;)
        dsy_message_queue_add(waited_count > 0 ? (waited_count--, &shard->first) : &shard->ready, message);
    for (struct message *message; (message = dsy_message_queue_take(&batch->following)) != NULL;)
        dsy_message_queue_add(&shard->ready, message);
    return DSY_OK;
}

/* Hand the open batch to the store. */
static void
commit(struct shard *shard)
{
    struct batch *batch = shard->open;
    enum dsy_status status = close_batch(shard, batch);
    if (status != DSY_OK) {
        snprintf(shard->transition.reason, sizeof shard->transition.reason,
                 "its variables are too large or nested too deep to be saved: the bound is %d octets", BODY_BYTES_MAX);
        drop_batch(shard, NULL, status);
        return;
    }
    if (shard->careful > 0)
        shard->careful--;
    if (batch->change_count == 0) {
        dispatch(shard, batch);
        return;
    }
    shard->committing = batch;
    shard->open = other_batch(shard, batch);
    batch->commit.changes = batch->changes;
    batch->commit.change_count = batch->change_count;
    STOP_POINT(shard->surroundings->stop_points, "before_commit");
    dsy_shard_ask(shard, &batch->commit, STORE_COMMIT);
}

/* ---- batches that fail ---- */

static void
wait_for_memory(struct shard *shard)
{
    dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR, "shard %u: memory ran out; trying again in %d ms",
                  shard->number, TROUBLE_FIRST_MS);
    shard->waits_for_memory = true;
    if (uv_timer_start(&shard->again, memory_again, TROUBLE_FIRST_MS, 0) != 0)
        shard->waits_for_memory = false;
}

/* Empty the open batch, of which nothing has left it. Returns its messages, to be run again. */
static struct message_queue
empty_open_batch(struct shard *shard, struct message *message)
{
    struct batch *batch = shard->open;
    struct message_queue again;
    dsy_message_queue_init(&again);
    if (message != NULL && message->source != SOURCE_BATCH)
        dsy_message_queue_add(&batch->inputs, message);
    for (struct message *input; (input = dsy_message_queue_take(&batch->inputs)) != NULL;)
        dsy_message_queue_add(&again, input);
    dsy_shard_release_all(shard, &batch->following);
    dsy_shard_release_all(shard, &batch->local);
    dsy_shard_release_all(shard, &batch->left);
    dsy_outbox_abort(&shard->outbox);
    dsy_joins_clear(&shard->joins); /* they may hold what the batch did */
    dsy_batch_reset(batch);
    return again;
}

/* Drop the open batch whole and run its messages again, each in a batch of its own, so that the one that breaks is
 * known: that one's invocation is put in quarantine.
 *
 * message  the one that was being run; NULL: all were run
 * status   DSY_NO_MEMORY: none of them is to blame, and they are run again when there is memory */
static void
drop_batch(struct shard *shard, struct message *message, enum dsy_status status)
{
    struct message *culprit = shard->open->transition_count == 1 ? shard->open->first_run : NULL;
    if (culprit != NULL && culprit->source == SOURCE_BATCH)
        culprit = NULL; /* caused within the batch, by a cell for example: it goes with it, and comes again */
    struct message_queue again = empty_open_batch(shard, message);
    if (status == DSY_NO_MEMORY) {
        dsy_message_queue_prepend(&shard->ready, &again);
        wait_for_memory(shard);
        return;
    }
    if (culprit == NULL) {
        shard->careful = (uint32_t)again.count;
        dsy_message_queue_prepend(&shard->ready, &again);
        return;
    }
    struct message_queue others;
    dsy_message_queue_init(&others);
    for (struct message *input; (input = dsy_message_queue_take(&again)) != NULL;)
        if (input != culprit)
            dsy_message_queue_add(&others, input);
    dsy_message_queue_prepend(&shard->ready, &others);
    char reason[REASON_BYTES_MAX];
    memcpy(reason, shard->transition.reason, sizeof reason);
    if (dsy_shard_quarantine(shard, culprit, reason) != DSY_OK)
        drop_batch(shard, culprit, DSY_NO_MEMORY);
}

/* ---- the store ---- */

void
dsy_shard_ask(struct shard *shard, struct store_request *request, enum store_operation operation)
{
    request->operation = operation;
    shard->requests_asked++;
    dsy_store_thread_ask(&shard->store, request);
}

static void
count_commit(struct shard *shard, const struct store_request *request)
{
    struct shard_counters *counters = &shard->counters;
    const struct batch *batch = shard->committing;
    size_t bucket = 0;
    shard->commit_ns += (request->duration_ns - shard->commit_ns) / 8;
    while (bucket + 1 < DSY_COMMIT_BUCKET_COUNT && request->duration_ns > dsy_commit_bucket_ns[bucket])
        bucket++;
    shard_count(&counters->commit_buckets[bucket], 1);
    shard_count(&counters->commit_ns, (uint64_t)request->duration_ns);
    shard_count(&counters->rows_written, request->change_count);
    shard_count(&counters->batches, 1);
    shard_count(&counters->transitions, batch->transition_count);
    atomic_store_explicit(&counters->cache_bytes, shard->cache.size_bytes, memory_order_relaxed);
}

void
dsy_shard_end(struct shard *shard)
{
    dsy_mailbox_close(&shard->mailbox);
    dsy_shard_gather(shard); /* what came before it was closed is refused */
    uv_close((uv_handle_t *)&shard->wake, NULL);
    uv_close((uv_handle_t *)&shard->timer, NULL);
    uv_close((uv_handle_t *)&shard->tick, NULL);
    uv_close((uv_handle_t *)&shard->again, NULL);
    uv_close((uv_handle_t *)&shard->held, NULL);
}

/* The store has given up, because the node stops while it is in trouble. What is not saved is lost with this process,
 * and done again by the next. */
static void
commit_gave_up(struct shard *shard)
{
    struct batch *batch = shard->committing;
    dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR,
                  "shard %u: stops with work that could not be saved; it is done again after the next start",
                  shard->number);
    shard->committing = NULL;
    shard->has_given_up = true;
    dsy_shard_refuse_all(shard, &batch->inputs);
    dsy_batch_reset(batch);
    struct message_queue open = empty_open_batch(shard, NULL);
    dsy_shard_refuse_all(shard, &open);
    dsy_shard_refuse_all(shard, &shard->ready);
    dsy_shard_refuse_all(shard, &shard->first);
    dsy_shard_drop_keys(shard);
    shard->grace_is_over = true;
}

void
dsy_shard_answered(struct shard *shard, struct store_request *request)
{
    shard->requests_asked--;
    switch (request->operation) {
    case STORE_OPEN: dsy_shard_opened(shard, request); return;
    case STORE_COMMIT:
        if (request->status != DSY_OK) {
            commit_gave_up(shard);
            return;
        }
        count_commit(shard, request);
        saved(shard);
        return;
    case STORE_LOAD:
    case STORE_LOAD_CELL: dsy_shard_loaded(shard, request->context); return;
    case STORE_RETRY: dsy_shard_retry_answered(shard, request); return;
    case STORE_SHOW:
    case STORE_RESULT:
    case STORE_LIST: dsy_shard_question_answered(shard, request); return;
    case STORE_DUE: dsy_shard_due_rows(shard); return;
    case STORE_ACTIVE: dsy_shard_active_rows(shard); return;
    case STORE_MESSAGES:
        if (request == &shard->message_request)
            dsy_shard_message_rows(shard);
        else
            dsy_shard_kept_rows(shard, request->context);
        return;
    case STORE_OUTBOX: dsy_shard_rows_to_send(shard, request); return;
    case STORE_KEY: dsy_shard_key_looked_up(shard, request->context); return;
    case STORE_SWEEP: dsy_shard_swept(shard); return;
    case STORE_CLOSE: dsy_shard_end(shard); return;
    }
}

/* ---- ending ---- */

static void
close_if_drained(struct shard *shard)
{
    if (!shard->is_draining || shard->is_closing)
        return;
    if (shard->jobs.count > 0 && !shard->grace_is_over) {
        shard->grace_is_over = dsy_clock_monotonic_ns(shard->surroundings->clock) >= shard->drain_until_ns;
        if (!shard->grace_is_over)
            return;
        dsy_shard_lose_steps(shard);
    }
    bool is_idle = shard->ready.count == 0 && shard->first.count == 0 && shard->loads.count == 0 &&
                   shard->committing == NULL && dsy_batch_is_empty(shard->open) && shard->keys.count == 0;
    if (!is_idle)
        return;
    shard->is_closing = true;
    dsy_shard_drop_waiters(shard);
    dsy_shard_ask(shard, &shard->close_request, STORE_CLOSE);
}

/* ---- the loop ---- */

void
dsy_shard_woken(uv_async_t *handle)
{
    turn(handle->data);
}

void
dsy_shard_timer_fired(uv_timer_t *handle)
{
    turn(handle->data);
}

static void
memory_again(uv_timer_t *handle)
{
    struct shard *shard = handle->data;
    shard->waits_for_memory = false;
    turn(shard);
}

void
dsy_shard_ticked(uv_timer_t *handle)
{
    struct shard *shard = handle->data;
    dsy_shard_sweep(shard);
    dsy_shard_catch_up(shard);
    if (shard->is_draining && dsy_clock_monotonic_ns(shard->surroundings->clock) >= shard->drain_until_ns &&
        atomic_load(&shard->store.is_in_trouble))
        dsy_store_thread_give_up(&shard->store);
    if (!shard->is_closing && shard->committing == NULL && shard->open != NULL && dsy_batch_is_empty(shard->open) &&
        dsy_outbox_has_acknowledged(&shard->outbox))
        commit(shard);
    turn(shard);
}
