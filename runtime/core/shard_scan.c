/* Scan: what the rows of an earlier process ask for, and rows that waited for room in memory; and old results.
 *
 * At the start only the rows of messages are read before the shard takes work; what was active follows page by page
 * while it works already. Rows that sleep or wait for a call are not looked at. */
#include <stdlib.h>
#include <string.h>

#include "runtime/core/shard_internal.h"

/* ---- the start ---- */

static void
tell_start(struct shard *shard, enum dsy_status status, const struct dsy_error *error)
{
    pthread_mutex_lock(&shard->start_mutex);
    shard->start_is_known = true;
    shard->start_status = status;
    if (error != NULL)
        shard->start_error = *error;
    pthread_cond_broadcast(&shard->start_condition);
    pthread_mutex_unlock(&shard->start_mutex);
}

/* The store is open, but of no use. */
static void
refuse_start(struct shard *shard, enum dsy_status status, const struct dsy_error *error)
{
    tell_start(shard, status, error);
    shard->is_closing = true;
    dsy_shard_refuse_all(shard, &shard->ready);
    dsy_shard_ask(shard, &shard->close_request, STORE_CLOSE);
}

static enum dsy_status
take_facts(struct shard *shard, const struct store_request *request)
{
    memcpy(shard->identity, request->facts.identity, sizeof shard->identity);
    shard->numbers.next = shard->saved_number = shard->first_new_number = request->facts.next_number;
    shard->next_line = request->facts.next_line;
    atomic_store(&shard->counters.invocations_unfinished, request->facts.unfinished);
    if (!request->facts.was_closed)
        shard->careful = CAREFUL_TRANSITIONS;
    for (size_t index = 0; index < request->letter_count; index++)
        dsy_outbox_restore_receiver(&shard->outbox, request->letters[index].peer, request->letters[index].number);
    for (size_t index = 0; index < request->sender_count; index++) {
        enum dsy_status status =
            dsy_outbox_restore_sender(&shard->outbox, request->senders[index].sender, request->senders[index].number);
        if (status != DSY_OK)
            return status;
    }
    return dsy_shard_begin_schedules(shard);
}

static void
read_messages(struct shard *shard, int64_t after)
{
    shard->message_request.number = after;
    shard->message_request.limit = PAGE_ROWS;
    dsy_shard_ask(shard, &shard->message_request, STORE_MESSAGES);
}

void
dsy_shard_opened(struct shard *shard, struct store_request *request)
{
    if (request->status != DSY_OK) {
        tell_start(shard, request->status, &request->error);
        shard->is_closing = true;
        dsy_shard_end(shard);
        return;
    }
    if (take_facts(shard, request) != DSY_OK) {
        /* Without it letters would be taken in twice. */
        struct dsy_error error = { 0 };
        dsy_error_set(&error, DSY_NO_MEMORY, "no memory for the inbox and the schedules of shard %u", shard->number);
        refuse_start(shard, DSY_NO_MEMORY, &error);
        return;
    }
    enum dsy_status status = dsy_flight_open(&shard->flight, dsy_shard_directory(shard), shard->number,
                                             request->facts.was_closed, shard->surroundings->log);
    if (status != DSY_OK) {
        struct dsy_error error = { 0 };
        dsy_error_set(&error, status, "no memory for the steps of shard %u", shard->number);
        refuse_start(shard, status, &error);
        return;
    }
    shard->is_recovering = true;
    shard->next_message = 1;
    read_messages(shard, 0);
}

/* A message that cannot be read is dropped with its row; but one that calls what another program has stays a row.
 * *read  NULL: it stays. Returns false when memory ran out. */
static bool
read_message(struct shard *shard, const struct dsy_letter_row *row, struct message **read)
{
    *read = NULL;
    struct message *message = malloc(sizeof *message + row->body.size_bytes);
    if (message == NULL)
        return false;
    uint8_t *bytes = (uint8_t *)(message + 1);
    memcpy(bytes, row->body.data, row->body.size_bytes);
    struct dsy_slice body = { .data = bytes, .size_bytes = row->body.size_bytes };
    char reason[REASON_BYTES_MAX];
    *message = (struct message){ .source = SOURCE_ROW };
    enum dsy_status status = dsy_message_decode(shard->surroundings->program, body, message, reason);
    if (status != DSY_OK) {
        bool is_kept = status == DSY_NOT_FOUND;
        dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR, "shard %u: a stored message is %s: %s", shard->number,
                      is_kept ? "kept for a program that has the routine" : "dropped", reason);
        if (is_kept) {
            free(message);
            return true;
        }
        *message = (struct message){ .kind = MESSAGE_RESULT, .source = SOURCE_ROW };
    }
    message->row_number = row->number;
    *read = message;
    return true;
}

void
dsy_shard_message_rows(struct shard *shard)
{
    struct store_request *request = &shard->message_request;
    int64_t last = request->number;
    if (request->status != DSY_OK) {
        /* What they say would be lost, and their numbers given out again. */
        refuse_start(shard, request->status, &request->error);
        return;
    }
    for (size_t index = 0; index < request->letter_count; index++) {
        struct message *message;
        if (!read_message(shard, &request->letters[index], &message))
            break; /* the rest of the page is read again */
        last = request->letters[index].number;
        shard->next_message = last + 1;
        if (message == NULL)
            continue;
        if (message->kind == MESSAGE_BEGIN && dsy_shard_note_unbegun(shard, message) != DSY_OK) {
            struct dsy_error error = { 0 };
            free(message);
            dsy_error_set(&error, DSY_NO_MEMORY, "no memory for the messages of shard %u", shard->number);
            refuse_start(shard, DSY_NO_MEMORY, &error);
            return;
        }
        dsy_message_queue_add(&shard->ready, message);
    }
    bool has_more =
        !request->is_last || (request->letter_count > 0 && last != request->letters[request->letter_count - 1].number);
    if (has_more) {
        read_messages(shard, last);
        return;
    }
    shard->is_opening = false;
    atomic_store(&shard->is_ready, true);
    tell_start(shard, DSY_OK, NULL);
    dsy_shard_send_rows(shard);
}

/* ---- active rows ---- */

static bool
wants_active_rows(struct shard *shard)
{
    if (shard->active_is_asked || shard->is_draining || shard->is_opening || shard->ready.count > READY_LOW)
        return false;
    if (shard->is_recovering)
        return shard->jobs.count < JOBS_MAX;
    /* What was made ready before must have become jobs, or the same rows would be read again. */
    if (shard->steps_to_begin > 0 || shard->jobs.count >= JOBS_MAX / 2)
        return false;
    if (shard->is_passing)
        return true;
    if (!dsy_shard_has_limited_rows(shard) && !shard->steps_wait)
        return false;
    shard->is_passing = true;
    shard->steps_wait = false;
    shard->active_cursor = 0;
    return true;
}

void
dsy_shard_scan(struct shard *shard)
{
    if (!wants_active_rows(shard))
        return;
    shard->active_is_asked = true;
    shard->active_request.number = shard->active_cursor;
    shard->active_request.limit = PAGE_ROWS;
    dsy_shard_ask(shard, &shard->active_request, STORE_ACTIVE);
}

/* What became of the attempt that the row of a message records. */
static void
say_fate(struct shard *shard, struct message *message)
{
    const struct flight_slot *slot = dsy_flight_suspect(&shard->flight, message->number);
    message->fate = shard->flight.knows_the_past ? STEP_NOT_BEGUN : STEP_MAY_HAVE_BEGUN;
    if (slot == NULL)
        return;
    message->fate = STEP_BEGUN;
    message->await_count = slot->await_count;
    message->begun_attempt = slot->attempt;
    message->deaths = dsy_flight_deaths(slot);
    dsy_flight_recover(&shard->flight, message->number);
}

/* Whether an invocation began after the start. */
static bool
is_new(const struct shard *shard, int64_t number)
{
    bool is_of_this = dsy_number_origin(number) == shard->number;
    return (is_of_this && dsy_number_sequence(number) >= shard->first_new_number) ||
           dsy_number_table_find(&shard->begun, number) != NULL;
}

/* Go on with what an earlier process was doing. Returns false when memory ran out. */
static bool
recover_row(struct shard *shard, const struct dsy_invocation_row *row)
{
    if (is_new(shard, row->number))
        return true;
    const struct cache_entry *cached = dsy_cache_find(&shard->cache, row->number);
    if ((cached != NULL && cached->batch > 0) || dsy_number_table_find(&shard->jobs, row->number) != NULL)
        return true; /* it has moved since the start */
    struct message *message = dsy_shard_new_message(MESSAGE_RESUME, row->number);
    if (message == NULL)
        return false;
    say_fate(shard, message);
    if (cached == NULL)
        dsy_cache_put(&shard->cache, CACHE_BODY, row);
    dsy_message_queue_add(&shard->ready, message);
    return true;
}

/* Begin the attempt that an earlier commit recorded and that had no room. It is done by a message, behind all others:
 * if an answer is on its way, the message finds that the invocation has moved on. Returns false when memory ran out. */
static bool
begin_waiting_step(struct shard *shard, const struct dsy_invocation_row *row)
{
    const struct cache_entry *cached = dsy_cache_find(&shard->cache, row->number);
    if ((cached != NULL && cached->batch > shard->cache.committed) ||
        dsy_number_table_find(&shard->jobs, row->number) != NULL)
        return true; /* it begins by itself, or has begun */
    struct dsy_arena arena;
    dsy_arena_init(&arena, TRANSITION_BYTES_MAX);
    struct invocation invocation = { .number = row->number, .secret = row->secret };
    char reason[REASON_BYTES_MAX];
    bool goes_on = true;
    if (dsy_invocation_decode(shard->surroundings->program, row->body, &arena, &invocation, reason) == DSY_OK &&
        invocation.pending.kind == PENDING_STEP && invocation.pending.due_ns == DSY_NOT_DUE &&
        dsy_shard_takes_step(shard, invocation.pending.step)) {
        struct message *message = dsy_shard_new_message(MESSAGE_RESUME, row->number);
        goes_on = message != NULL;
        if (message != NULL) {
            message->await_count = invocation.await_count;
            message->attempt = invocation.pending.attempt;
            shard->steps_to_begin++;
            dsy_message_queue_add(&shard->ready, message);
        }
    }
    dsy_arena_destroy(&arena);
    return goes_on;
}

void
dsy_shard_active_rows(struct shard *shard)
{
    struct store_request *request = &shard->active_request;
    shard->active_is_asked = false;
    if (request->status != DSY_OK || shard->is_draining)
        return;
    for (size_t index = 0; index < request->row_count; index++) {
        const struct dsy_invocation_row *row = &request->rows[index];
        bool has_room = shard->is_recovering || shard->jobs.count + shard->steps_to_begin < JOBS_MAX;
        if (!has_room || !(shard->is_recovering ? recover_row(shard, row) : begin_waiting_step(shard, row)))
            return; /* from here on at the next scan */
        shard->active_cursor = row->number;
    }
    if (!request->is_last)
        return;
    if (shard->is_recovering)
        dsy_flight_forget(&shard->flight);
    shard->is_recovering = false;
    dsy_number_table_destroy(&shard->begun);
    shard->begun = (struct number_table){ 0 };
    shard->is_passing = false;
    shard->active_cursor = 0;
}

/* ---- old results ---- */

void
dsy_shard_sweep(struct shard *shard)
{
    int64_t now_ns = dsy_clock_monotonic_ns(shard->surroundings->clock);
    if (shard->sweep_is_asked || shard->is_draining || shard->is_opening || now_ns < shard->sweep_next_ns)
        return;
    shard->sweep_is_asked = true;
    shard->sweep_request.number = shard->sweep_cursor;
    shard->sweep_request.limit = SWEEP_ROWS;
    shard->sweep_request.until_ns =
        dsy_clock_utc_ns(shard->surroundings->clock) - shard->surroundings->result_retention_ns;
    dsy_shard_ask(shard, &shard->sweep_request, STORE_SWEEP);
}

/* At the end of the table rest for a part of the retention time. */
void
dsy_shard_swept(struct shard *shard)
{
    shard->sweep_is_asked = false;
    shard->sweep_cursor = shard->sweep_request.status == DSY_OK ? shard->sweep_request.number : 0;
    if (shard->sweep_cursor == 0)
        shard->sweep_next_ns =
            dsy_clock_monotonic_ns(shard->surroundings->clock) + shard->surroundings->result_retention_ns / 24;
}
