/* Dispatch: a batch is saved, so what it wants of the world is done now: answers, attempts of steps, timers, letters.
 * A crash in the middle loses nothing: all of it is found again in the rows. */
#include <stdlib.h>
#include <string.h>

#include "runtime/core/shard_internal.h"

/* ---- outside ---- */

static void
tell_accepted(struct shard *shard, const struct batch_entry *entry)
{
    struct submission *submission = submission_of(entry->submission);
    const struct invocation *invocation = &entry->invocation;
    submission->number = invocation->number;
    submission->secret = invocation->secret;
    dsy_uuid id = dsy_invocation_id_of(shard->number, invocation->number, invocation->secret);
    if (submission->accepted != NULL)
        submission->accepted(submission->context, id, true);
    if (submission->completed != NULL)
        dsy_shard_add_waiter(shard, invocation->number, invocation->secret, submission->waiter, submission->completed,
                             submission->context);
    if (submission->message.key.data != NULL)
        dsy_shard_key_saved(shard, submission);
}

static void
count_entry(struct shard *shard, const struct batch_entry *entry)
{
    struct shard_counters *counters = &shard->counters;
    if (entry->is_new)
        shard_count(&counters->invocations_begun, 1);
    switch (entry->state) {
    case ENTRY_LIVE: break;
    case ENTRY_ENDED:
        if (entry->was_cancelled)
            shard_count(&counters->invocations_cancelled, 1);
        shard_count(entry->threw ? &counters->invocations_threw : &counters->invocations_returned, 1);
        break;
    case ENTRY_BROKEN: shard_count(&counters->invocations_quarantined, 1); break;
    }
    if (entry->is_new && entry->state != ENTRY_ENDED)
        shard_count(&counters->invocations_unfinished, 1);
    if (!entry->is_new && entry->state == ENTRY_ENDED)
        shard_uncount(&counters->invocations_unfinished, 1);
}

static void
log_quarantine(const struct shard *shard, const struct batch_entry *entry)
{
    char id[37];
    dsy_id_format(dsy_invocation_id_of(shard->number, entry->invocation.number, entry->invocation.secret), id);
    dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR, "invocation %s is in quarantine: %.*s", id,
                  (int)entry->reason.size_bytes, (const char *)entry->reason.data);
}

static void
tell_ended(struct shard *shard, const struct batch_entry *entry)
{
    struct dsy_invocation_outcome outcome = {
        .kind = dsy_batch_entry_outcome(entry),
        .routine = entry->routine,
        .value = entry->value.data,
        .value_bytes = entry->value.size_bytes,
    };
    dsy_shard_tell_waiters(shard, entry->invocation.number, entry->invocation.secret, &outcome);
}

static void
tell_settled(struct shard *shard, const struct cell *cell)
{
    struct dsy_invocation_outcome outcome = {
        .kind = cell->state == CELL_THREW ? DSY_OUTCOME_THREW : DSY_OUTCOME_RETURNED,
        .routine = dsy_program_routine(shard->surroundings->program, cell->name),
        .value = cell->value.data,
        .value_bytes = cell->value.size_bytes,
    };
    dsy_shard_tell_waiters(shard, cell->number, cell->secret, &outcome);
}

/* ---- the invocation's own wishes ---- */

static void
dispatch_live(struct shard *shard, const struct batch_entry *entry, struct job ***last_job)
{
    const struct invocation *invocation = &entry->invocation;
    int64_t due_ns = dsy_invocation_due_ns(invocation);
    if (due_ns != DSY_NOT_DUE)
        dsy_shard_arm(shard, invocation->number, due_ns);
    if (shard->jobs.count > 0 || invocation->lingering != NULL)
        dsy_shard_leave_steps(shard, invocation, false);
    if (invocation->pending.kind != PENDING_STEP || invocation->pending.due_ns != DSY_NOT_DUE)
        return;
    struct job *job = dsy_shard_begin_step(shard, invocation);
    if (job != NULL) {
        **last_job = job;
        *last_job = &job->next;
    }
}

/* ---- other shards ---- */

static void
post_letter(struct shard *shard, uint32_t receiver, int64_t number, struct dsy_slice body)
{
    struct letter *letter = malloc(sizeof *letter + body.size_bytes);
    if (letter == NULL) {
        /* It and those behind it are sent from their rows, at the next tick at the latest. */
        dsy_outbox_not_sent(&shard->outbox, receiver, number);
        dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR, "shard %u: no memory for a letter", shard->number);
        return;
    }
    *letter = (struct letter){ .mail.kind = MAIL_LETTER, .shard = shard->number, .size_bytes = body.size_bytes };
    memcpy(letter->message.sender, shard->identity, sizeof shard->identity);
    letter->message.letter_number = number;
    memcpy(letter->bytes, body.data, body.size_bytes);
    shard_count(&shard->counters.messages_sent, 1);
    if (!dsy_mailbox_post(&shard->surroundings->shards[receiver]->mailbox, &letter->mail))
        free(letter); /* that shard has ended: it is sent again after the next start */
}

static void
send_letters(struct shard *shard, const struct batch *batch)
{
    for (const struct batch_letter *letter = batch->letters; letter != NULL; letter = letter->next)
        if (dsy_outbox_may_send(&shard->outbox, letter->receiver, letter->number))
            post_letter(shard, letter->receiver, letter->number, letter->body);
}

/* Returns false when memory ran out. */
static bool
post_acknowledgement(struct shard *shard, uint32_t sender, int64_t number, bool asks)
{
    struct acknowledgement *acknowledgement = malloc(sizeof *acknowledgement);
    if (acknowledgement == NULL)
        return false;
    *acknowledgement = (struct acknowledgement){
        .mail.kind = MAIL_ACKNOWLEDGEMENT, .receiver = shard->number, .number = number, .asks = asks
    };
    if (!dsy_mailbox_post(&shard->surroundings->shards[sender]->mailbox, &acknowledgement->mail))
        free(acknowledgement);
    return true;
}

static void
acknowledge(struct shard *shard, const struct batch *batch)
{
    for (const struct batch_sender *sender = batch->senders; sender != NULL; sender = sender->next)
        if (!post_acknowledgement(shard, sender->shard, sender->taken, sender->asks))
            dsy_inbox_owe(&shard->outbox, sender->identity, sender->taken, sender->asks);
}

void
dsy_shard_catch_up(struct shard *shard)
{
    struct inbox_sender owed;
    while (dsy_inbox_take_owed(&shard->outbox, &owed)) {
        if (post_acknowledgement(shard, owed.shard, owed.owed, owed.owed_question))
            continue;
        dsy_inbox_owe(&shard->outbox, owed.identity, owed.owed, owed.owed_question);
        break;
    }
    if (!shard->is_opening && !shard->is_closing)
        dsy_shard_send_rows(shard);
}

void
dsy_shard_send_rows(struct shard *shard)
{
    if (shard->is_draining)
        return;
    for (uint32_t peer = 0; peer < shard->outbox.receiver_count; peer++) {
        struct store_request *request = &shard->outbox_requests[peer];
        if (!dsy_outbox_wants_rows(&shard->outbox, peer, &request->number, &request->limit))
            continue;
        shard->outbox.receivers[peer].is_reading = true;
        dsy_shard_ask(shard, request, STORE_OUTBOX);
    }
}

void
dsy_shard_rows_to_send(struct shard *shard, struct store_request *request)
{
    uint32_t peer = request->peer;
    shard->outbox.receivers[peer].is_reading = false;
    for (size_t index = 0; request->status == DSY_OK && index < request->letter_count; index++) {
        const struct dsy_letter_row *row = &request->letters[index];
        if (index == 0 && request->number == shard->outbox.receivers[peer].sent)
            dsy_outbox_first_row(&shard->outbox, peer, row->number);
        if (dsy_outbox_may_send(&shard->outbox, peer, row->number))
            post_letter(shard, peer, row->number, row->body);
    }
}

/* ---- all of it ---- */

void
dsy_shard_dispatch(struct shard *shard, struct batch *batch)
{
    struct job *jobs = NULL;
    struct job **last_job = &jobs;
    shard->dispatches++;
    shard->dispatched_ns = dsy_clock_monotonic_ns(shard->surroundings->clock);
    shard->awaited_jobs = 0;
    for (struct batch_entry *entry = batch->first; entry != NULL; entry = entry->next) {
        if (!entry->is_dirty)
            continue;
        count_entry(shard, entry);
        if (entry->submission != NULL)
            tell_accepted(shard, entry);
        switch (entry->state) {
        case ENTRY_LIVE: dispatch_live(shard, entry, &last_job); break;
        case ENTRY_ENDED:
            if (shard->jobs.count > 0 || entry->invocation.lingering != NULL)
                dsy_shard_leave_steps(shard, &entry->invocation, true);
            tell_ended(shard, entry);
            break;
        case ENTRY_BROKEN: log_quarantine(shard, entry); break;
        }
    }
    for (const struct batch_cell *cell = batch->cells; cell != NULL && shard->waiter_count > 0; cell = cell->next)
        if (cell->is_dirty && cell->cell.state != CELL_OPEN)
            tell_settled(shard, &cell->cell);
    for (const struct batch_schedule *entry = batch->schedules; entry != NULL; entry = entry->next)
        if (entry->is_dirty && !entry->is_gone && entry->due_ns != DSY_NOT_DUE)
            dsy_shard_arm(shard, entry->number, entry->due_ns);
    shard_count(&shard->counters.schedules_run, batch->schedules_run);
    *last_job = NULL;
    dsy_workers_execute(shard->surroundings->workers, jobs);
    send_letters(shard, batch);
    acknowledge(shard, batch);
    dsy_shard_send_rows(shard);
}
