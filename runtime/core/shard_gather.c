/* Gather: mail becomes messages that are ready; and messages give their memory back. */
#include <stdlib.h>
#include <string.h>

#include "runtime/core/shard_internal.h"

/* ---- memory of messages ---- */

struct message *
dsy_shard_new_message(enum message_kind kind, int64_t number)
{
    struct message *message = malloc(sizeof *message);
    if (message != NULL)
        *message = (struct message){ .kind = kind, .source = SOURCE_ROW, .number = number };
    return message;
}

static struct job *
job_of(struct message *message)
{
    return (struct job *)(void *)((char *)message - offsetof(struct job, message));
}

static struct letter *
letter_of(struct message *message)
{
    return (struct letter *)(void *)((char *)message - offsetof(struct letter, message));
}

void
dsy_shard_release(struct shard *shard, struct message *message)
{
    free(message->answer_of);
    message->answer_of = NULL;
    switch (message->source) {
    case SOURCE_BATCH: return;
    case SOURCE_QUESTION: dsy_shard_told(shard, question_of(message)); return;
    case SOURCE_SUBMISSION:
        shard_uncount(&shard->counters.submissions_queued, 1);
        free(submission_of(message));
        return;
    case SOURCE_JOB: dsy_shard_give_job(shard, job_of(message)); return;
    case SOURCE_LETTER: free(letter_of(message)); return;
    case SOURCE_ROW:
        if (message->kind == MESSAGE_RESUME && message->attempt > 0)
            shard->steps_to_begin--;
        free(message);
        return;
    }
}

void
dsy_shard_refuse(struct shard *shard, struct submission *submission)
{
    struct dsy_invocation_outcome outcome = { .kind = DSY_OUTCOME_UNKNOWN };
    if (submission->completed != NULL)
        submission->completed(submission->context, &outcome);
    dsy_shard_release(shard, &submission->message);
}

void
dsy_shard_release_all(struct shard *shard, struct message_queue *queue)
{
    for (struct message *message; (message = dsy_message_queue_take(queue)) != NULL;)
        dsy_shard_release(shard, message);
}

void
dsy_shard_refuse_all(struct shard *shard, struct message_queue *queue)
{
    for (struct message *message; (message = dsy_message_queue_take(queue)) != NULL;) {
        if (message->source == SOURCE_SUBMISSION)
            dsy_shard_refuse(shard, submission_of(message));
        else if (message->source == SOURCE_QUESTION)
            dsy_shard_untold(shard, question_of(message));
        else
            dsy_shard_release(shard, message);
    }
}

/* ---- kinds of mail ---- */

static void
gather_submission(struct shard *shard, struct submission *submission)
{
    if (shard->is_draining)
        dsy_shard_refuse(shard, submission);
    else if (submission->message.key.data != NULL)
        dsy_shard_look_up_key(shard, submission);
    else
        dsy_message_queue_add(&shard->ready, &submission->message);
}

/* A letter that cannot be read is taken in all the same: asking for it again would bring the same octets. If it calls
 * what another program has, as after an upgrade that is taken back, it becomes a row for that one's start. */
static void
gather_letter(struct shard *shard, struct letter *letter)
{
    char reason[REASON_BYTES_MAX];
    struct dsy_slice bytes = { .data = letter->bytes, .size_bytes = letter->size_bytes };
    struct message decoded = { .source = SOURCE_LETTER, .letter_number = letter->message.letter_number };
    memcpy(decoded.sender, letter->message.sender, sizeof decoded.sender);
    enum dsy_status status = dsy_message_decode(shard->surroundings->program, bytes, &decoded, reason);
    if (status != DSY_OK) {
        bool is_kept = status == DSY_NOT_FOUND;
        dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR, "shard %u: letter %lld of shard %u is %s: %s",
                      shard->number, (long long)letter->message.letter_number, letter->shard,
                      is_kept ? "kept for a program that has the routine" : "dropped", reason);
        decoded = (struct message){ .kind = MESSAGE_RESULT,
                                    .source = SOURCE_LETTER,
                                    .raw = is_kept ? bytes : (struct dsy_slice){ 0 },
                                    .letter_number = letter->message.letter_number };
        memcpy(decoded.sender, letter->message.sender, sizeof decoded.sender);
    }
    decoded.sender_shard = letter->shard;
    letter->message = decoded;
    dsy_message_queue_add(&shard->ready, &letter->message);
}

static void
gather_acknowledgement(struct shard *shard, struct acknowledgement *acknowledgement)
{
    uint32_t receiver = acknowledgement->receiver;
    if (!acknowledgement->asks)
        dsy_outbox_acknowledge(&shard->outbox, receiver, acknowledgement->number);
    else if (!dsy_outbox_ask(&shard->outbox, receiver, acknowledgement->number))
        dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR,
                      "shard %u: shard %u asks for letter %lld, which it had acknowledged: its store is older than "
                      "this one's, and nothing can be sent to it",
                      shard->number, receiver, (long long)acknowledgement->number + 1);
    free(acknowledgement);
    dsy_shard_send_rows(shard);
}

/* Attempts that no worker has begun stay rows, and begin after the next start. */
static void
gather_drain(struct shard *shard, const struct drain *drain)
{
    int64_t now_ns = dsy_clock_monotonic_ns(shard->surroundings->clock);
    shard->is_draining = true;
    shard->drain_until_ns =
        __builtin_add_overflow(now_ns, drain->grace_ns, &shard->drain_until_ns) ? INT64_MAX : now_ns + drain->grace_ns;
    struct job *job = dsy_workers_take_back(shard->surroundings->workers, &shard->mailbox);
    while (job != NULL) {
        struct job *next = job->next;
        dsy_shard_step_taken_back(shard, job);
        job = next;
    }
}

static void
gather_one(struct shard *shard, struct mail *mail)
{
    switch (mail->kind) {
    case MAIL_SUBMISSION: gather_submission(shard, (struct submission *)(void *)mail); return;
    case MAIL_QUESTION: dsy_shard_question(shard, (struct question *)(void *)mail); return;
    case MAIL_JOB: {
        struct message *message = dsy_shard_step_answered(shard, (struct job *)(void *)mail);
        if (message != NULL)
            dsy_message_queue_add(&shard->ready, message);
        return;
    }
    case MAIL_STORE: dsy_shard_answered(shard, (struct store_request *)(void *)mail); return;
    case MAIL_LETTER: gather_letter(shard, (struct letter *)(void *)mail); return;
    case MAIL_ACKNOWLEDGEMENT: gather_acknowledgement(shard, (struct acknowledgement *)(void *)mail); return;
    case MAIL_DRAIN: gather_drain(shard, (struct drain *)(void *)mail); return;
    case MAIL_CLOCK: free(mail); return;
    }
}

void
dsy_shard_gather(struct shard *shard)
{
    struct mail *mail = dsy_mailbox_take(&shard->mailbox);
    shard->gathered_ns = dsy_clock_monotonic_ns(shard->surroundings->clock);
    while (mail != NULL) {
        struct mail *next = mail->next;
        gather_one(shard, mail);
        mail = next;
    }
}
