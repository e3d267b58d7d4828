/* Questions from outside: who waits for a result, what an invocation does, which there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/core/shard_internal.h"
#include "runtime/core/show.h"

/* A question that the store is being asked. */
struct lookup {
    struct store_request request;
    struct question *question; /* SHOW, LIST; NULL: someone waits for a result */
    int64_t number;
    uint64_t waiter;
};

/* ---- waiters ---- */

static void
tell_unknown(dsy_completed_function *completed, void *context, enum dsy_outcome_kind kind)
{
    struct dsy_invocation_outcome outcome = { .kind = kind };
    completed(context, &outcome);
}

/* Take a waiter out; waiter 0: any. NULL: there is none. */
static struct waiter *
take_waiter(struct shard *shard, int64_t number, uint64_t wanted)
{
    struct waiter *first = dsy_number_table_find(&shard->waiters, number);
    struct waiter **place = &first;
    while (*place != NULL && wanted != 0 && (*place)->waiter != wanted)
        place = &(*place)->next;
    struct waiter *waiter = *place;
    if (waiter == NULL)
        return NULL;
    *place = waiter->next;
    dsy_number_table_remove(&shard->waiters, number);
    if (first != NULL && dsy_number_table_insert(&shard->waiters, number, first) != DSY_OK)
        abort(); /* cannot be: its place was just made free */
    shard->waiter_count--;
    atomic_store_explicit(&shard->counters.waiters, shard->waiter_count, memory_order_relaxed);
    return waiter;
}

void
dsy_shard_add_waiter(struct shard *shard, int64_t number, uint64_t secret, uint64_t waiter,
                     dsy_completed_function *completed, void *context)
{
    struct waiter *added = shard->waiter_count < WAITERS_MAX ? malloc(sizeof *added) : NULL;
    struct waiter *first = dsy_number_table_remove(&shard->waiters, number);
    if (added != NULL)
        *added = (struct waiter){
            .next = first, .waiter = waiter, .secret = secret, .completed = completed, .context = context
        };
    struct waiter *head = added != NULL ? added : first;
    bool is_kept = head == NULL || dsy_number_table_insert(&shard->waiters, number, head) == DSY_OK;
    if (added == NULL || !is_kept) {
        free(added);
        tell_unknown(completed, context, DSY_OUTCOME_UNKNOWN);
        return;
    }
    shard->waiter_count++;
    atomic_store_explicit(&shard->counters.waiters, shard->waiter_count, memory_order_relaxed);
}

void
dsy_shard_tell_waiters(struct shard *shard, int64_t number, uint64_t secret, struct dsy_invocation_outcome *outcome)
{
    outcome->id = dsy_invocation_id_of(shard->number, number, secret);
    for (struct waiter *waiter; (waiter = take_waiter(shard, number, 0)) != NULL;) {
        if (waiter->secret == secret)
            waiter->completed(waiter->context, outcome);
        else
            tell_unknown(waiter->completed, waiter->context, DSY_OUTCOME_NOT_FOUND);
        free(waiter);
    }
}

void
dsy_shard_drop_waiters(struct shard *shard)
{
    for (size_t index = 0; index < shard->waiters.capacity;) {
        int64_t number = shard->waiters.slots[index].number;
        struct waiter *waiter = number != 0 ? take_waiter(shard, number, 0) : NULL;
        if (waiter == NULL) {
            index++;
            continue;
        }
        tell_unknown(waiter->completed, waiter->context, DSY_OUTCOME_UNKNOWN);
        free(waiter);
        index = 0; /* the slots have moved */
    }
}

/* ---- asking the store ---- */

static struct lookup *
new_lookup(struct question *question, int64_t number, uint64_t waiter)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup == NULL)
        return NULL;
    lookup->question = question;
    lookup->number = number;
    lookup->waiter = waiter;
    lookup->request.number = number;
    lookup->request.context = lookup;
    dsy_arena_init(&lookup->request.arena, SIZE_MAX);
    return lookup;
}

void
dsy_shard_attach(struct shard *shard, int64_t number, uint64_t secret, uint64_t waiter,
                 dsy_completed_function *completed, void *context)
{
    struct lookup *lookup = shard->is_draining ? NULL : new_lookup(NULL, number, waiter);
    if (lookup == NULL) {
        tell_unknown(completed, context, DSY_OUTCOME_UNKNOWN);
        return;
    }
    dsy_shard_add_waiter(shard, number, secret, waiter, completed, context);
    dsy_shard_ask(shard, &lookup->request, STORE_RESULT);
}

/* Whether the row that was read is a task or a promise that is settled. */
static bool
is_settled_cell(struct shard *shard, const struct store_request *request, struct cell *cell)
{
    char reason[REASON_BYTES_MAX];
    if (request->status != DSY_OK || dsy_number_kind(cell->number) != OBJECT_CELL)
        return false;
    struct dsy_arena *arena = &((struct store_request *)(uintptr_t)request)->arena; /* what it points to is there */
    (void)shard;
    return dsy_cell_decode(request->row.body, arena, cell, reason) == DSY_OK && cell->state != CELL_OPEN;
}

/* The invocation may have ended, and its waiter been told, since the store was asked. */
static void
result_answered(struct shard *shard, const struct lookup *lookup)
{
    const struct store_request *request = &lookup->request;
    bool has_result = request->status == DSY_OK && request->result.outcome.data != NULL;
    bool has_row = request->status == DSY_OK && !has_result;
    uint64_t secret = has_result ? request->result.secret : request->row.secret;
    struct cell cell = { .number = lookup->number, .secret = secret };
    has_row = has_row && !is_settled_cell(shard, request, &cell);
    const struct waiter *known = dsy_number_table_find(&shard->waiters, lookup->number);
    while (known != NULL && known->waiter != lookup->waiter)
        known = known->next;
    if (known == NULL || (has_row && known->secret == secret))
        return; /* told already, or it runs: told when it ends */
    struct waiter *waiter = take_waiter(shard, lookup->number, lookup->waiter);
    struct dsy_invocation_outcome outcome = { .id = dsy_invocation_id_of(shard->number, lookup->number, secret),
                                              .kind = DSY_OUTCOME_NOT_FOUND };
    struct dsy_slice value = { 0 };
    if (has_result && waiter->secret == secret) {
        if (!dsy_outcome_decode(shard->surroundings->program, request->result.outcome, &outcome.routine, &outcome.kind,
                                &value))
            outcome.kind = DSY_OUTCOME_DAMAGED;
        outcome.value = value.data;
        outcome.value_bytes = value.size_bytes;
    } else if (cell.state != CELL_OPEN && waiter->secret == secret) {
        outcome.kind = cell.state == CELL_THREW ? DSY_OUTCOME_THREW : DSY_OUTCOME_RETURNED;
        outcome.routine = dsy_program_routine(shard->surroundings->program, cell.name);
        outcome.value = cell.value.data;
        outcome.value_bytes = cell.value.size_bytes;
    } else if (request->status != DSY_OK && request->status != DSY_NOT_FOUND) {
        outcome.kind = DSY_OUTCOME_UNKNOWN;
    }
    waiter->completed(waiter->context, &outcome);
    free(waiter);
}

/* ---- answers in JSON ---- */

static void
answer_status(struct question *question, enum dsy_status status)
{
    question->answer(question->context, status, NULL, 0);
}

static void
answer_buffer(struct question *question, const struct dsy_buffer *buffer, enum dsy_status status)
{
    if (status == DSY_OK)
        question->answer(question->context, DSY_OK, (const char *)buffer->data, buffer->size_bytes);
    else
        answer_status(question, status);
}

static void
show_answered(struct shard *shard, const struct lookup *lookup)
{
    const struct store_request *request = &lookup->request;
    struct question *question = lookup->question;
    bool has_result = request->status == DSY_OK && request->result.outcome.data != NULL;
    uint64_t secret = has_result ? request->result.secret : request->row.secret;
    if (request->status != DSY_OK || secret != question->secret) {
        answer_status(question, request->status != DSY_OK ? request->status : DSY_NOT_FOUND);
        return;
    }
    if (question->kind == QUESTION_TELL) {
        answer_status(question, has_result ? DSY_EXISTS : DSY_NOT_FOUND);
        return;
    }
    dsy_buffer_clear(&shard->buffer);
    const struct program *program = shard->surroundings->program;
    enum dsy_status status;
    if (question->kind == QUESTION_PROMISE)
        status = has_result ? dsy_show_settled_promise(program, shard->number, &request->result, &shard->buffer)
                            : dsy_show_promise(shard->number, &request->row, &shard->buffer);
    else
        status = has_result ? dsy_show_result(program, shard->number, &request->result, &shard->buffer)
                            : dsy_show_invocation(program, shard->number, &request->row, &shard->buffer);
    answer_buffer(question, &shard->buffer, status);
}

/* The number after which a list goes on: behind all tasks and promises of one origin, which are not listed; 0: the rest
 * of the shard's rows are none of invocations. */
static int64_t
last_listed(const struct store_request *request)
{
    int64_t number = request->rows[request->row_count - 1].number;
    switch (dsy_number_kind(number)) {
    case OBJECT_INVOCATION: break;
    case OBJECT_CELL: return number | NUMBER_SEQUENCE_MAX;
    case OBJECT_SCHEDULE:
    case OBJECT_INSTANCES: return 0;
    }
    return number;
}

static void
list_answered(struct shard *shard, const struct lookup *lookup)
{
    const struct store_request *request = &lookup->request;
    struct question *question = lookup->question;
    if (request->status != DSY_OK) {
        answer_status(question, request->status);
        return;
    }
    struct show_filter filter = { .service = question->service,
                                  .state = question->state,
                                  .since_ns = question->since_ns };
    char next[64] = "";
    int64_t after = !request->is_last && request->row_count > 0 ? last_listed(request) : 0;
    if (after > 0)
        snprintf(next, sizeof next, "%u-%lld", shard->number, (long long)after);
    else if (shard->number + 1 < shard->surroundings->shard_count)
        snprintf(next, sizeof next, "%u-0", shard->number + 1);
    dsy_buffer_clear(&shard->buffer);
    enum dsy_status status = dsy_show_list(shard->surroundings->program, shard->number, request->rows,
                                           request->row_count, &filter, next, &shard->buffer);
    answer_buffer(question, &shard->buffer, status);
}

void
dsy_shard_free_question(struct shard *shard, struct question *question)
{
    shard_uncount(&shard->counters.questions_queued, 1);
    free(question);
}

void
dsy_shard_question_answered(struct shard *shard, struct store_request *request)
{
    struct lookup *lookup = request->context;
    if (request->operation == STORE_RESULT)
        result_answered(shard, lookup);
    else if (request->operation == STORE_SHOW)
        show_answered(shard, lookup);
    else
        list_answered(shard, lookup);
    if (lookup->question != NULL)
        dsy_shard_free_question(shard, lookup->question);
    dsy_arena_destroy(&lookup->request.arena);
    free(lookup);
}

/* ---- questions ---- */

static void
ask(struct shard *shard, struct question *question, enum store_operation operation)
{
    struct lookup *lookup = shard->is_draining ? NULL : new_lookup(question, question->number, 0);
    if (lookup == NULL) {
        answer_status(question, shard->is_draining ? DSY_CLOSED : DSY_NO_MEMORY);
        dsy_shard_free_question(shard, question);
        return;
    }
    lookup->request.limit = question->limit;
    dsy_shard_ask(shard, &lookup->request, operation);
}

void
dsy_shard_told(struct shard *shard, struct question *question)
{
    if (question->status == DSY_NOT_FOUND && !shard->is_draining) {
        ask(shard, question, STORE_SHOW); /* whether there was one, which has ended */
        return;
    }
    question->answer(question->context, question->status, question->status == DSY_OK ? "" : NULL, 0);
    dsy_shard_free_question(shard, question);
}

void
dsy_shard_untold(struct shard *shard, struct question *question)
{
    question->status = DSY_CLOSED;
    dsy_shard_told(shard, question);
}

static void
detach(struct shard *shard, const struct question *question)
{
    struct waiter *waiter = question->waiter != 0 ? take_waiter(shard, question->number, question->waiter) : NULL;
    if (waiter == NULL)
        return;
    tell_unknown(waiter->completed, waiter->context, DSY_OUTCOME_UNKNOWN);
    free(waiter);
}

void
dsy_shard_question(struct shard *shard, struct question *question)
{
    switch (question->kind) {
    case QUESTION_ATTACH:
        dsy_shard_attach(shard, question->number, question->secret, question->waiter, question->completed,
                         question->context);
        break;
    case QUESTION_DETACH: detach(shard, question); break;
    case QUESTION_PROMISE:
    case QUESTION_SHOW: ask(shard, question, STORE_SHOW); return;
    case QUESTION_LIST: ask(shard, question, STORE_LIST); return;
    case QUESTION_RETRY: dsy_shard_retry(shard, question); return;
    case QUESTION_TELL:
        if (shard->is_draining)
            dsy_shard_untold(shard, question);
        else
            dsy_message_queue_add(&shard->ready, &question->message);
        return;
    }
    dsy_shard_free_question(shard, question);
}
