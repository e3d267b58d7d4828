/* Retry: an invocation leaves its quarantine because someone says so.
 *
 * The store takes it out in a commit of its own; then it is run as after a start, and gets the messages that were kept
 * for it as rows while it could not take them. Such a message may stand in the batch that is still open, so the rows
 * are read once that one has been handed to the store. One that is delivered twice is stale the second time. */
#include <stdlib.h>
#include <string.h>

#include "runtime/core/shard_internal.h"

static void
answer(struct shard *shard, struct retry *retry, enum dsy_status status)
{
    struct question *question = retry->question;
    retry->question = NULL;
    question->answer(question->context, status, status == DSY_OK ? "" : NULL, 0);
    dsy_shard_free_question(shard, question);
}

static void
free_retry(struct retry *retry)
{
    dsy_arena_destroy(&retry->request.arena);
    free(retry);
}

void
dsy_shard_free_retries(struct shard *shard)
{
    for (struct retry *retry; (retry = shard->retries) != NULL;) {
        shard->retries = retry->next;
        free_retry(retry);
    }
}

void
dsy_shard_retry(struct shard *shard, struct question *question)
{
    struct retry *retry = shard->is_draining ? NULL : calloc(1, sizeof *retry);
    if (retry == NULL) {
        question->answer(question->context, shard->is_draining ? DSY_CLOSED : DSY_NO_MEMORY, NULL, 0);
        dsy_shard_free_question(shard, question);
        return;
    }
    retry->question = question;
    retry->request.number = question->number;
    retry->request.secret = question->secret;
    retry->request.context = retry;
    dsy_arena_init(&retry->request.arena, SIZE_MAX);
    dsy_shard_ask(shard, &retry->request, STORE_RETRY);
}

void
dsy_shard_retry_answered(struct shard *shard, struct store_request *request)
{
    struct retry *retry = request->context;
    answer(shard, retry, request->status);
    if (request->status != DSY_OK || shard->is_draining) {
        free_retry(retry);
        return;
    }
    dsy_flight_acquit(&shard->flight, request->number);
    retry->sequence = shard->sequence + 1;
    retry->kept_for = request->number;
    request->number = 0;
    retry->next = shard->retries;
    shard->retries = retry;
}

/* ---- what was kept for it ---- */

static struct message *
read_kept(struct shard *shard, const struct dsy_letter_row *row, int64_t number)
{
    struct message *message = malloc(sizeof *message + row->body.size_bytes);
    if (message == NULL)
        return NULL;
    uint8_t *bytes = (uint8_t *)(message + 1);
    memcpy(bytes, row->body.data, row->body.size_bytes);
    struct dsy_slice body = { .data = bytes, .size_bytes = row->body.size_bytes };
    char reason[REASON_BYTES_MAX];
    *message = (struct message){ .source = SOURCE_ROW };
    bool is_for_it = dsy_message_decode(shard->surroundings->program, body, message, reason) == DSY_OK &&
                     message->kind != MESSAGE_BEGIN && message->number == number;
    if (!is_for_it) {
        free(message);
        return NULL;
    }
    message->row_number = row->number;
    return message;
}

void
dsy_shard_kept_rows(struct shard *shard, struct retry *retry)
{
    struct store_request *request = &retry->request;
    bool is_of_use = request->status == DSY_OK && !shard->is_draining;
    for (size_t index = 0; is_of_use && index < request->letter_count; index++) {
        struct message *message = read_kept(shard, &request->letters[index], retry->kept_for);
        if (message != NULL)
            dsy_message_queue_add(&shard->ready, message);
        request->number = request->letters[index].number;
    }
    if (is_of_use && !request->is_last)
        dsy_shard_ask(shard, request, STORE_MESSAGES);
    else
        free_retry(retry);
}

/* Returns false when it cannot be done yet: messages that found it in quarantine are still to be run, or memory ran
 * out. */
static bool
run_again(struct shard *shard, const struct retry *retry)
{
    dsy_cache_drop(&shard->cache, retry->kept_for);
    const struct cache_entry *entry = dsy_cache_find(&shard->cache, retry->kept_for);
    if (entry != NULL && entry->kind == CACHE_BROKEN)
        return false;
    struct message *message = dsy_shard_new_message(MESSAGE_RESUME, retry->kept_for);
    if (message != NULL)
        dsy_message_queue_add(&shard->ready, message);
    return message != NULL;
}

void
dsy_shard_read_kept(struct shard *shard)
{
    struct retry **place = &shard->retries;
    while (*place != NULL && !shard->is_closing) {
        struct retry *retry = *place;
        bool is_saved = shard->sequence >= retry->sequence || dsy_batch_is_empty(shard->open);
        if (!is_saved || !run_again(shard, retry)) {
            place = &retry->next;
            continue;
        }
        *place = retry->next;
        uv_async_send(&shard->wake); /* a message is ready */
        retry->request.limit = PAGE_ROWS;
        dsy_shard_ask(shard, &retry->request, STORE_MESSAGES);
    }
}
