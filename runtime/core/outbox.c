/* Outbox and inbox: counters only. */
#include "runtime/core/outbox.h"

#include <stdlib.h>
#include <string.h>

enum dsy_status
dsy_outbox_init(struct outbox *outbox, uint32_t shard_count, int64_t in_flight_max)
{
    *outbox = (struct outbox){ .receiver_count = shard_count, .in_flight_max = in_flight_max };
    outbox->receivers = calloc(shard_count, sizeof *outbox->receivers);
    return outbox->receivers != NULL ? DSY_OK : DSY_NO_MEMORY;
}

void
dsy_outbox_destroy(struct outbox *outbox)
{
    free(outbox->receivers);
    free(outbox->senders);
    *outbox = (struct outbox){ 0 };
}

/* Which of the stored letters were acknowledged is not stored: all that are there are sent again. */
void
dsy_outbox_restore_receiver(struct outbox *outbox, uint32_t receiver, int64_t last)
{
    if (receiver < outbox->receiver_count)
        outbox->receivers[receiver] = (struct outbox_receiver){ .last = last, .settled = last, .saved = last };
}

static struct inbox_sender *
find_sender(const struct outbox *outbox, const uint8_t identity[16])
{
    for (size_t index = 0; index < outbox->sender_count; index++)
        if (memcmp(outbox->senders[index].identity, identity, 16) == 0)
            return &outbox->senders[index];
    return NULL;
}

static struct inbox_sender *
add_sender(struct outbox *outbox, const uint8_t identity[16])
{
    if (outbox->sender_count == outbox->sender_capacity) {
        size_t capacity = outbox->sender_capacity == 0 ? 8 : outbox->sender_capacity * 2;
        struct inbox_sender *senders = realloc(outbox->senders, capacity * sizeof *senders);
        if (senders == NULL)
            return NULL;
        outbox->senders = senders;
        outbox->sender_capacity = capacity;
    }
    struct inbox_sender *sender = &outbox->senders[outbox->sender_count++];
    *sender = (struct inbox_sender){ 0 };
    memcpy(sender->identity, identity, 16);
    return sender;
}

enum dsy_status
dsy_outbox_restore_sender(struct outbox *outbox, const uint8_t identity[16], int64_t taken)
{
    struct inbox_sender *sender = add_sender(outbox, identity);
    if (sender == NULL)
        return DSY_NO_MEMORY;
    sender->taken = sender->settled = taken;
    return DSY_OK;
}

int64_t
dsy_outbox_number(struct outbox *outbox, uint32_t receiver)
{
    return ++outbox->receivers[receiver].last;
}

enum inbox_verdict
dsy_inbox_take(struct outbox *outbox, const uint8_t identity[16], uint32_t shard, int64_t number)
{
    struct inbox_sender *sender = find_sender(outbox, identity);
    if (sender == NULL)
        sender = add_sender(outbox, identity);
    if (sender == NULL)
        return INBOX_FULL;
    sender->shard = shard;
    if (number <= sender->taken)
        return INBOX_SEEN;
    if (number > sender->taken + 1)
        return INBOX_GAP;
    sender->taken = number;
    return INBOX_TAKE;
}

int64_t
dsy_inbox_taken(const struct outbox *outbox, const uint8_t identity[16])
{
    const struct inbox_sender *sender = find_sender(outbox, identity);
    return sender != NULL ? sender->taken : 0;
}

void
dsy_outbox_settle(struct outbox *outbox)
{
    for (uint32_t index = 0; index < outbox->receiver_count; index++) {
        outbox->receivers[index].settled = outbox->receivers[index].last;
        outbox->receivers[index].deleted = outbox->receivers[index].deleting;
    }
    for (size_t index = 0; index < outbox->sender_count; index++)
        outbox->senders[index].settled = outbox->senders[index].taken;
}

void
dsy_outbox_abort(struct outbox *outbox)
{
    for (uint32_t index = 0; index < outbox->receiver_count; index++) {
        outbox->receivers[index].last = outbox->receivers[index].settled;
        outbox->receivers[index].deleting = outbox->receivers[index].deleted;
    }
    for (size_t index = 0; index < outbox->sender_count; index++)
        outbox->senders[index].taken = outbox->senders[index].settled;
}

bool
dsy_outbox_may_send(struct outbox *outbox, uint32_t receiver, int64_t number)
{
    struct outbox_receiver *to = &outbox->receivers[receiver];
    if (number > to->saved)
        to->saved = number;
    if (number != to->sent + 1 || number - to->acknowledged > outbox->in_flight_max)
        return false;
    to->sent = number;
    return true;
}

void
dsy_outbox_not_sent(struct outbox *outbox, uint32_t receiver, int64_t number)
{
    struct outbox_receiver *to = &outbox->receivers[receiver];
    if (to->sent >= number)
        to->sent = number - 1;
}

void
dsy_inbox_owe(struct outbox *outbox, const uint8_t identity[16], int64_t number, bool asks)
{
    struct inbox_sender *sender = find_sender(outbox, identity);
    if (sender == NULL)
        return;
    sender->is_owed = true;
    sender->owed_question |= asks;
    if (number > sender->owed)
        sender->owed = number;
}

bool
dsy_inbox_take_owed(struct outbox *outbox, struct inbox_sender *owed)
{
    for (size_t index = 0; index < outbox->sender_count; index++) {
        struct inbox_sender *sender = &outbox->senders[index];
        if (!sender->is_owed)
            continue;
        *owed = *sender;
        sender->is_owed = sender->owed_question = false;
        return true;
    }
    return false;
}

bool
dsy_outbox_wants_rows(const struct outbox *outbox, uint32_t receiver, int64_t *after, uint32_t *limit)
{
    const struct outbox_receiver *to = &outbox->receivers[receiver];
    int64_t room = outbox->in_flight_max - (to->sent - to->acknowledged);
    if (to->is_reading || to->sent >= to->saved || room <= 0)
        return false;
    *after = to->sent;
    *limit = (uint32_t)room;
    return true;
}

void
dsy_outbox_acknowledge(struct outbox *outbox, uint32_t receiver, int64_t number)
{
    struct outbox_receiver *to = &outbox->receivers[receiver];
    if (number > to->settled)
        number = to->settled;
    if (number > to->acknowledged)
        to->acknowledged = number;
    if (to->sent < to->acknowledged)
        to->sent = to->acknowledged;
}

bool
dsy_outbox_ask(struct outbox *outbox, uint32_t receiver, int64_t number)
{
    struct outbox_receiver *to = &outbox->receivers[receiver];
    if (number < to->acknowledged)
        return false;
    dsy_outbox_acknowledge(outbox, receiver, number);
    to->sent = to->acknowledged;
    return true;
}

void
dsy_outbox_first_row(struct outbox *outbox, uint32_t receiver, int64_t number)
{
    struct outbox_receiver *to = &outbox->receivers[receiver];
    if (number > to->sent + 1)
        to->sent = to->acknowledged = number - 1;
}

bool
dsy_outbox_wants_deletion(struct outbox *outbox, uint32_t receiver, int64_t *up_to)
{
    struct outbox_receiver *to = &outbox->receivers[receiver];
    if (to->acknowledged <= to->deleting)
        return false;
    *up_to = to->deleting = to->acknowledged;
    return true;
}

bool
dsy_outbox_has_acknowledged(const struct outbox *outbox)
{
    for (uint32_t index = 0; index < outbox->receiver_count; index++)
        if (outbox->receivers[index].acknowledged > outbox->receivers[index].deleting)
            return true;
    return false;
}
