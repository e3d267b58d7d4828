/* Load: the invocation of a message, from the open batch, the cache or the store. */
#include <stdlib.h>
#include <string.h>

#include "runtime/core/instance_key.h"
#include "runtime/core/shard_internal.h"

void
dsy_shard_consume(struct shard *shard, struct message *message)
{
    if (message->source != SOURCE_BATCH)
        dsy_message_queue_add(&shard->open->inputs, message);
}

enum dsy_status
dsy_shard_keep(struct shard *shard, struct message *message)
{
    struct message *kept = dsy_arena_allocate(&shard->open->arena, sizeof *kept);
    if (kept == NULL)
        return DSY_NO_MEMORY;
    *kept = *message; /* what it refers to lives as long as the batch */
    kept->source = SOURCE_BATCH;
    kept->letter_number = 0;
    dsy_message_queue_add(&shard->open->kept, kept);
    dsy_shard_consume(shard, message);
    return DSY_OK;
}

/* ---- letters ---- */

/* Whether a letter is to be run; else it was consumed. */
static enum dsy_status
take_letter(struct shard *shard, struct message *message, bool *is_taken)
{
    struct batch_sender *sender = dsy_batch_sender(shard->open, message->sender, message->sender_shard);
    if (sender == NULL)
        return DSY_NO_MEMORY;
    switch (dsy_inbox_take(&shard->outbox, message->sender, message->sender_shard, message->letter_number)) {
    case INBOX_TAKE:
        sender->has_taken = true;
        *is_taken = true;
        shard_count(&shard->counters.messages_received, 1);
        return DSY_OK;
    case INBOX_GAP: sender->asks = true; break;
    case INBOX_SEEN: break;
    case INBOX_FULL: return DSY_NO_MEMORY;
    }
    *is_taken = false;
    shard_count(&shard->counters.messages_dropped, 1);
    dsy_shard_consume(shard, message);
    return DSY_OK;
}

/* Where the instance is that a call is for; 0: of one without keys, or without one that fits. */
static int64_t
instances_number(const struct shard *shard, const struct message *message)
{
    const struct dsy_service_type *service = dsy_program_keyed_service(shard->surroundings->program, message->routine);
    union { /* of any type that a key may have */
        dsy_string string;
        dsy_uuid uuid;
    } value;
    if (service == NULL || !dsy_instance_key_decode(service, message->instance_key, &value))
        return 0;
    return dsy_instance_place(service, message->instance_key, shard->surroundings->shard_count).number;
}

/* ---- from memory ---- */

void
dsy_shard_unpin(struct shard *shard, struct message *message)
{
    for (size_t index = 0; index < sizeof message->pinned / sizeof *message->pinned; index++) {
        struct cache_entry *cached =
            message->pinned[index] != 0 ? dsy_cache_find(&shard->cache, message->pinned[index]) : NULL;
        if (cached != NULL && cached->pins > 0)
            cached->pins--;
        message->pinned[index] = 0;
    }
}

static void
pin(struct message *message, struct cache_entry *cached)
{
    size_t index = message->pinned[0] == 0 ? 0 : 1;
    if (message->pinned[index] != 0)
        return;
    message->pinned[index] = cached->number;
    cached->pins++;
}

/* The instance that a call is for; NULL: it needs none. *waits when it has to be read first. */
static enum dsy_status
find_instances(struct shard *shard, struct message *message, struct batch_instances **instances, bool *waits)
{
    int64_t number = instances_number(shard, message);
    if (number == 0)
        return DSY_OK;
    enum dsy_status status = dsy_shard_instances(shard, message, number, instances);
    *waits = status == DSY_OK && *instances == NULL;
    return status;
}

/* While the rows of an earlier process are gone through, what has begun since is told apart: by its number, or here. */
static enum dsy_status
note_begun(struct shard *shard, int64_t number)
{
    if (shard->unbegun.count > 0)
        dsy_number_table_remove(&shard->unbegun, number);
    bool is_told_by_number =
        dsy_number_origin(number) == shard->number && dsy_number_sequence(number) >= shard->first_new_number;
    if (!shard->is_recovering || is_told_by_number || dsy_number_table_find(&shard->begun, number) != NULL)
        return DSY_OK;
    return dsy_number_table_insert(&shard->begun, number, shard);
}

static enum dsy_status
begin_entry(struct shard *shard, struct message *message, struct batch_entry **loaded)
{
    struct batch_instances *instances = NULL;
    bool waits = false;
    enum dsy_status status = find_instances(shard, message, &instances, &waits);
    if (status != DSY_OK || waits)
        return status;
    if (message->number == 0) { /* from outside */
        message->number = dsy_numbers_take(&shard->numbers);
        message->secret = dsy_numbers_secret(&shard->numbers);
    }
    if (dsy_number_table_find(&shard->open->entries, message->number) != NULL) { /* a damaged store says it twice */
        dsy_shard_consume(shard, message);
        return DSY_OK;
    }
    struct batch_entry *entry = dsy_batch_add(shard->open, message->number, message->secret);
    if (entry == NULL || note_begun(shard, message->number) != DSY_OK)
        return DSY_NO_MEMORY;
    entry->is_new = true;
    entry->routine = message->routine;
    entry->submission = message->source == SOURCE_SUBMISSION ? message : NULL;
    if (instances != NULL)
        status = dsy_shard_find_instance(shard, entry, instances, message->instance_key);
    dsy_shard_unpin(shard, message);
    *loaded = status == DSY_OK ? entry : NULL;
    return status;
}

/* Decode a cached body into the open batch. A broken one is put in quarantine with this batch. */
static enum dsy_status
decode_entry(struct shard *shard, const struct cache_entry *cached, struct batch_entry **decoded)
{
    struct batch *batch = shard->open;
    uint8_t *body = dsy_arena_allocate(&batch->arena, cached->size_bytes > 0 ? cached->size_bytes : 1);
    struct batch_entry *entry = body != NULL ? dsy_batch_add(batch, cached->number, cached->secret) : NULL;
    if (entry == NULL)
        return DSY_NO_MEMORY;
    if (cached->size_bytes > 0)
        memcpy(body, cached->body, cached->size_bytes);
    entry->row_due_ns = cached->due_ns;
    entry->row_is_active = cached->is_active;
    struct dsy_slice slice = { .data = body, .size_bytes = cached->size_bytes };
    char reason[REASON_BYTES_MAX];
    enum dsy_status status =
        dsy_invocation_decode(shard->surroundings->program, slice, &batch->arena, &entry->invocation, reason);
    *decoded = entry;
    if (status == DSY_OK) {
        entry->routine = dsy_invocation_routine(&entry->invocation);
        return DSY_OK;
    }
    char *kept = status == DSY_CORRUPT ? dsy_arena_copy_text(&batch->arena, reason, strlen(reason)) : NULL;
    if (kept == NULL)
        return DSY_NO_MEMORY;
    entry->state = ENTRY_BROKEN;
    entry->is_dirty = true;
    entry->reason = (struct dsy_slice){ .data = (const uint8_t *)kept, .size_bytes = strlen(kept) };
    return DSY_OK;
}

/* ---- order ---- */

enum dsy_status
dsy_shard_note_unbegun(struct shard *shard, const struct message *message)
{
    if (message->number == 0 || dsy_number_table_find(&shard->unbegun, message->number) != NULL)
        return DSY_OK;
    return dsy_number_table_insert(&shard->unbegun, message->number, shard);
}

/* It becomes a row with this batch, and is run after it. */
static enum dsy_status
leave_over(struct shard *shard, struct message *message)
{
    struct message *left = dsy_arena_allocate(&shard->open->arena, sizeof *left);
    if (left == NULL)
        return DSY_NO_MEMORY;
    *left = *message;
    left->source = SOURCE_BATCH;
    left->letter_number = 0;
    left->row_number = 0;
    left->answer_of = NULL;
    memset(left->pinned, 0, sizeof left->pinned);
    dsy_message_queue_add(&shard->open->left, left);
    dsy_shard_consume(shard, message);
    return DSY_OK;
}

enum dsy_status
dsy_shard_put_behind(struct shard *shard, struct message *message)
{
    dsy_shard_unpin(shard, message);
    return leave_over(shard, message);
}

/* ---- from the store ---- */

static struct load *
begin_load(struct shard *shard, int64_t number)
{
    struct load *load = dsy_number_table_find(&shard->loads, number);
    if (load != NULL)
        return load;
    load = calloc(1, sizeof *load);
    if (load == NULL || dsy_number_table_insert(&shard->loads, number, load) != DSY_OK) {
        free(load);
        return NULL;
    }
    dsy_arena_init(&load->request.arena, SIZE_MAX);
    dsy_message_queue_init(&load->waiting);
    load->request.number = number;
    load->request.context = load;
    /* Of a task that has ended and was released there is a result. */
    dsy_shard_ask(shard, &load->request, dsy_number_kind(number) == OBJECT_CELL ? STORE_LOAD_CELL : STORE_LOAD);
    return load;
}

/* The message waits for the answer. One that exists only in this batch, or whose number this batch takes in, cannot
 * wait in memory: it becomes a row with this batch, and waits after that. */
enum dsy_status
dsy_shard_wait_for_store(struct shard *shard, struct message *message, int64_t number)
{
    if (message->kind == MESSAGE_BEGIN && dsy_shard_note_unbegun(shard, message) != DSY_OK)
        return DSY_NO_MEMORY;
    struct load *load = begin_load(shard, number);
    if (load == NULL)
        return DSY_NO_MEMORY;
    if (message->source != SOURCE_BATCH && message->source != SOURCE_LETTER) {
        dsy_message_queue_add(&load->waiting, message);
        return DSY_OK;
    }
    return leave_over(shard, message);
}

static struct cache_entry *
put_answer(struct shard *shard, const struct store_request *request)
{
    if (request->status == DSY_NOT_FOUND || request->result.outcome.data != NULL)
        return dsy_cache_put(&shard->cache, CACHE_GONE,
                             &(struct dsy_invocation_row){ .number = request->number, .due_ns = DSY_NOT_DUE });
    enum cache_kind kind = request->row.broken.data != NULL ? CACHE_BROKEN : CACHE_BODY;
    return dsy_cache_put(&shard->cache, kind, &request->row);
}

/* Calls of the open batch that wait for what has just been read need not wait for the next: they are run before
 * anything else, so that none of their key comes before them. Without room they stay, and are the first of the next. */
static void
take_left(struct shard *shard, int64_t number)
{
    struct message_queue left, taken;
    dsy_message_queue_init(&left);
    dsy_message_queue_init(&taken);
    dsy_message_queue_prepend(&left, &shard->open->left);
    for (struct message *message; (message = dsy_message_queue_take(&left)) != NULL;) {
        bool is_for = message->kind == MESSAGE_BEGIN && instances_number(shard, message) == number;
        dsy_message_queue_add(is_for ? &taken : &shard->open->left, message);
    }
    dsy_message_queue_prepend(&shard->open->local, &taken);
}

void
dsy_shard_loaded(struct shard *shard, struct load *load)
{
    bool has_waiting = load->waiting.first != NULL;
    const struct store_request *request = &load->request;
    /* What is in the cache by now is newer than what was read. */
    struct cache_entry *entry = dsy_cache_find(&shard->cache, request->number);
    bool is_known = request->status == DSY_OK || request->status == DSY_NOT_FOUND;
    if (entry == NULL && is_known)
        entry = put_answer(shard, request);
    if (!is_known)
        dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR,
                      "shard %u: row %lld cannot be read, %zu messages for it are dropped: %s", shard->number,
                      (long long)request->number, load->waiting.count, request->error.text);
    for (struct message *message; (message = dsy_message_queue_take(&load->waiting)) != NULL;) {
        if (!is_known && message->source == SOURCE_SUBMISSION)
            dsy_shard_refuse(shard, submission_of(message));
        else if (!is_known)
            dsy_shard_release(shard, message);
        if (!is_known)
            continue;
        if (message->kind == MESSAGE_WATCH &&
            (request->status == DSY_NOT_FOUND || request->result.outcome.data != NULL))
            message->answer_of = dsy_shard_answer_of(shard, request); /* without memory it is asked again */
        if (entry != NULL)
            pin(message, entry);
        dsy_message_queue_add(&shard->first, message);
    }
    if (is_known && !has_waiting && dsy_shard_has_room(shard))
        take_left(shard, request->number);
    dsy_number_table_remove(&shard->loads, request->number);
    dsy_arena_destroy(&load->request.arena);
    free(load);
}

/* ---- all of it ---- */

/* What an invocation of a keyed service runs on. */
static enum dsy_status
load_instance(struct shard *shard, struct message *message, struct batch_entry *entry, struct batch_entry **loaded)
{
    struct dsy_slice key = entry->invocation.instance_key;
    if (key.data != NULL && entry->instances == NULL) {
        const struct program *program = shard->surroundings->program;
        struct batch_instances *instances = NULL;
        int64_t number = dsy_instance_place(dsy_program_keyed_service(program, entry->routine), key,
                                            shard->surroundings->shard_count)
                             .number;
        enum dsy_status status = dsy_shard_instances(shard, message, number, &instances);
        if (status == DSY_OK && instances == NULL)
            return DSY_OK;
        if (status == DSY_OK)
            status = dsy_shard_find_instance(shard, entry, instances, key);
        if (status != DSY_OK)
            return status;
    }
    dsy_shard_unpin(shard, message);
    *loaded = entry;
    return DSY_OK;
}

static enum dsy_status
load_invocation(struct shard *shard, struct message *message, struct batch_entry **loaded)
{
    struct batch_entry *entry = dsy_number_table_find(&shard->open->entries, message->number);
    const struct cache_entry *cached = entry == NULL ? dsy_cache_find(&shard->cache, message->number) : NULL;
    if (entry == NULL && cached == NULL)
        return dsy_shard_wait_for_store(shard, message, message->number);
    if (entry == NULL && cached->kind == CACHE_BODY) {
        enum dsy_status status = decode_entry(shard, cached, &entry);
        if (status != DSY_OK)
            return status;
    }
    if (entry != NULL && entry->state == ENTRY_LIVE)
        return load_instance(shard, message, entry, loaded);
    if (entry == NULL && cached->kind == CACHE_GONE && dsy_number_table_find(&shard->unbegun, message->number) != NULL)
        return dsy_shard_put_behind(shard, message);
    /* The next start judges it anew. Timers and attempts of steps begin again with that; a result does not. */
    bool is_broken = entry != NULL ? entry->state == ENTRY_BROKEN : cached->kind == CACHE_BROKEN;
    if (is_broken && dsy_message_is_lasting(message->kind))
        return dsy_shard_keep(shard, message);
    if (!is_broken && message->kind == MESSAGE_GRANT)
        return dsy_shard_grant_again(shard, message);
    if (message->source == SOURCE_QUESTION)
        question_of(message)->status =
            entry != NULL && entry->invocation.secret == message->secret ? DSY_EXISTS : DSY_NOT_FOUND;
    dsy_shard_unpin(shard, message);
    dsy_shard_consume(shard, message);
    return DSY_OK;
}

enum dsy_status
dsy_shard_load(struct shard *shard, struct message *message, struct batch_entry **entry)
{
    *entry = NULL;
    shard->open->arena.size_bytes_max = SIZE_MAX;
    if (message->source == SOURCE_QUESTION)
        question_of(message)->status = DSY_OK; /* it may be run a second time */
    if (message->letter_number != 0) {
        bool is_taken = false;
        enum dsy_status status = take_letter(shard, message, &is_taken);
        if (status != DSY_OK || !is_taken)
            return status;
    }
    if (message->raw.data != NULL)
        return dsy_shard_keep(shard, message);
    if (message->kind == MESSAGE_BEGIN)
        return begin_entry(shard, message, entry);
    if (message->number <= 0) {
        dsy_shard_consume(shard, message);
        return DSY_OK;
    }
    switch (dsy_number_kind(message->number)) {
    case OBJECT_INVOCATION: return load_invocation(shard, message, entry);
    case OBJECT_CELL: return dsy_shard_take_cell(shard, message);
    case OBJECT_SCHEDULE: return dsy_shard_take_schedule(shard, message);
    case OBJECT_INSTANCES: break;
    }
    dsy_shard_consume(shard, message); /* it gets none */
    return DSY_OK;
}
