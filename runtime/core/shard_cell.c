/* Cells of a shard: tasks and promises. Their messages need no compiled code: a cell that is in memory takes them at
 * once, within the batch that causes them, so that a fan-out of thousands costs its rows and no queue.
 *
 * One that is settled and released is a result, and its row is gone: who watches it is answered from the results. */
#include <stdlib.h>
#include <string.h>

#include "runtime/core/shard_internal.h"

/* ---- sending ---- */

static enum dsy_status take(struct shard *shard, struct batch_cell *entry, struct message *message);

/* The cell, if it is in memory; NULL with DSY_OK: it is not. */
static enum dsy_status
find_in_memory(struct shard *shard, int64_t number, struct batch_cell **found)
{
    struct batch *batch = shard->open;
    *found = dsy_number_table_find(&batch->cell_table, number);
    if (*found != NULL)
        return DSY_OK;
    const struct cache_entry *cached = dsy_cache_find(&shard->cache, number);
    if (cached == NULL || cached->kind != CACHE_BODY)
        return DSY_OK;
    uint8_t *body = dsy_arena_allocate(&batch->arena, cached->size_bytes > 0 ? cached->size_bytes : 1);
    struct batch_cell *entry = body != NULL ? dsy_batch_add_cell(batch, number, cached->secret) : NULL;
    if (entry == NULL)
        return DSY_NO_MEMORY;
    if (cached->size_bytes > 0)
        memcpy(body, cached->body, cached->size_bytes);
    struct dsy_slice slice = { .data = body, .size_bytes = cached->size_bytes };
    char reason[REASON_BYTES_MAX];
    enum dsy_status status = dsy_cell_decode(slice, &batch->arena, &entry->cell, reason);
    *found = entry;
    if (status == DSY_NO_MEMORY)
        return status;
    if (status != DSY_OK) {
        entry->is_broken = true;
        dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR, "shard %u: task or promise %lld cannot be read: %s",
                      shard->number, (long long)number, reason);
    }
    return DSY_OK;
}

enum dsy_status
dsy_shard_send(struct shard *shard, struct message *message)
{
    if (message->receiver >= shard->surroundings->shard_count) { /* only a damaged row says so */
        dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR,
                      "shard %u: a message to shard %u, which does not exist, is dropped", shard->number,
                      message->receiver);
        return DSY_OK;
    }
    if (message->receiver != shard->number)
        return dsy_shard_add_letter(shard, message->receiver, message);
    struct batch_cell *cell = NULL;
    bool is_at_once =
        dsy_number_kind(message->number) == OBJECT_CELL && shard->open->arena.size_bytes < BATCH_BYTES_MAX;
    enum dsy_status status = is_at_once ? find_in_memory(shard, message->number, &cell) : DSY_OK;
    if (status == DSY_OK && cell != NULL && !cell->is_done && !cell->is_broken)
        return take(shard, cell, message);
    if (status == DSY_OK)
        dsy_message_queue_add(&shard->open->local, message);
    return status;
}

enum dsy_status
dsy_shard_send_all(struct shard *shard, struct message_list *list)
{
    enum dsy_status status = DSY_OK;
    for (struct message *message = list->first, *next; message != NULL && status == DSY_OK; message = next) {
        next = message->next; /* a queue links it anew */
        status = dsy_shard_send(shard, message);
    }
    *list = (struct message_list){ 0 };
    return status;
}

/* ---- taking ---- */

static void
say(struct message *message, enum dsy_status status)
{
    if (message->source == SOURCE_QUESTION)
        question_of(message)->status = status;
}

static enum dsy_status
take(struct shard *shard, struct batch_cell *entry, struct message *message)
{
    struct message_list out = { 0 };
    if (message->kind == MESSAGE_PROBE) {
        if (dsy_probe_pass_cell(&entry->cell, message, &shard->probes, &shard->open->arena, &out) == PROBE_NO_MEMORY)
            return DSY_NO_MEMORY;
        return dsy_shard_send_all(shard, &out);
    }
    switch (dsy_cell_apply(&entry->cell, message, &shard->open->arena, &out)) {
    case CELL_UNCHANGED: break;
    case CELL_CHANGED: entry->is_dirty = true; break;
    case CELL_DONE: entry->is_dirty = entry->is_done = true; break;
    case CELL_REFUSED: say(message, DSY_NOT_FOUND); break;
    case CELL_TOO_LATE: say(message, DSY_EXISTS); break;
    case CELL_NO_MEMORY: return DSY_NO_MEMORY;
    }
    return dsy_shard_send_all(shard, &out);
}

/* There is no such cell any more: what is left of it is its result, in the batch or in the store. */
static enum dsy_status
answer_gone(struct shard *shard, const struct batch_cell *entry, struct message *message)
{
    struct dsy_arena *arena = &shard->open->arena;
    struct message_list out = { 0 };
    const struct message_answer *answer = message->answer_of;
    enum dsy_status status;
    if (entry != NULL && entry->is_done && entry->cell.secret == message->secret)
        status = dsy_cell_answer_result(message, entry->cell.state == CELL_THREW, entry->cell.value, arena, &out);
    else if (answer != NULL && answer->has_result && answer->secret == message->secret)
        status = dsy_cell_answer_result(message, answer->threw, answer->value, arena, &out);
    else
        status = dsy_cell_answer_unknown(message,
                                         entry != NULL && entry->is_broken
                                             ? "the row of this task or promise is damaged"
                                             : "there is no task or promise with this id, or its result is too old",
                                         arena, &out);
    return status == DSY_OK ? dsy_shard_send_all(shard, &out) : status;
}

enum dsy_status
dsy_shard_take_cell(struct shard *shard, struct message *message)
{
    struct batch_cell *entry = NULL;
    enum dsy_status status = find_in_memory(shard, message->number, &entry);
    if (status != DSY_OK)
        return status;
    bool is_gone = entry != NULL && (entry->is_done || entry->is_broken);
    if (entry == NULL) {
        const struct cache_entry *cached = dsy_cache_find(&shard->cache, message->number);
        bool is_answered = message->kind != MESSAGE_WATCH || message->answer_of != NULL ||
                           (cached != NULL && cached->kind == CACHE_BROKEN);
        bool is_known = cached != NULL && is_answered;
        if (!is_known)
            return dsy_shard_wait_for_store(shard, message, message->number);
        is_gone = true;
    }
    if (!is_gone)
        status = take(shard, entry, message);
    else if (message->kind == MESSAGE_WATCH)
        status = answer_gone(shard, entry, message);
    else
        say(message, DSY_NOT_FOUND);
    if (status != DSY_OK)
        return status;
    shard->open->cell_count++;
    dsy_shard_unpin(shard, message);
    dsy_shard_consume(shard, message);
    return DSY_OK;
}

/* ---- made by a routine ---- */

enum dsy_status
dsy_shard_add_cells(struct shard *shard, const struct made_cell *made)
{
    for (; made != NULL; made = made->next) {
        struct batch_cell *entry = dsy_batch_add_cell(shard->open, made->cell.number, made->cell.secret);
        if (entry == NULL)
            return DSY_NO_MEMORY;
        entry->cell = made->cell;
        entry->is_new = entry->is_dirty = true;
    }
    return DSY_OK;
}

/* ---- from the store ---- */

struct message_answer *
dsy_shard_answer_of(const struct shard *shard, const struct store_request *request)
{
    bool has_result = request->status == DSY_OK && request->result.outcome.data != NULL;
    const struct dsy_routine_type *routine;
    struct dsy_slice value = { 0 };
    enum dsy_outcome_kind kind = DSY_OUTCOME_RETURNED;
    if (has_result)
        has_result = dsy_outcome_decode(shard->surroundings->program, request->result.outcome, &routine, &kind, &value);
    struct message_answer *answer = malloc(sizeof *answer + value.size_bytes);
    if (answer == NULL)
        return NULL;
    *answer = (struct message_answer){ .has_result = has_result,
                                       .threw = kind != DSY_OUTCOME_RETURNED,
                                       .secret = request->result.secret };
    if (has_result) {
        memcpy(answer + 1, value.data, value.size_bytes);
        answer->value = (struct dsy_slice){ .data = (const uint8_t *)(answer + 1), .size_bytes = value.size_bytes };
    }
    return answer;
}
