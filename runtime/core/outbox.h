/* Outbox and inbox: the numbers of messages that go from shard to shard. PURE: no I/O, no memory but its own arrays.
 *
 * A letter to another shard is a row in the sender's outbox, numbered for its (sender, receiver) without gaps, written
 * by the batch that caused it, and sent after the commit. The receiver takes only the next number of each sender,
 * drops what it has seen, asks again at a gap, and acknowledges after its own commit; the sender then deletes.
 * Sending again is always safe. At most LETTERS_IN_FLIGHT_MAX letters are under way to one receiver; the rest stay
 * rows, and are read when there is room.
 *
 * Numbers that the open batch has given out or taken in are forgotten by `abort`, and made lasting by `settle`.
 * Source: runtime.md, section 3. */
#ifndef DSY_CORE_OUTBOX_H
#define DSY_CORE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsy/status.h"

struct outbox_receiver {
    int64_t last;         /* number given out last, by the open batch too */
    int64_t settled;      /* number given out last by a closed batch */
    int64_t saved;        /* number of the last letter whose batch is saved */
    int64_t sent;         /* sent up to here */
    int64_t acknowledged; /* taken in by the receiver up to here */
    int64_t deleted;      /* rows deleted up to here, by closed batches */
    int64_t deleting;     /* the same, by the open batch too */
    bool is_reading;      /* rows to send are being read from the store */
};

struct inbox_sender {
    uint8_t identity[16];
    uint32_t shard;
    int64_t taken;      /* up to here, by the open batch too */
    int64_t settled;    /* up to here, by closed batches */
    bool is_owed;       /* it could not be told that up to `owed` is saved … */
    bool owed_question; /* … and the next is missing */
    int64_t owed;
};

struct outbox {
    struct outbox_receiver *receivers; /* owned; by shard */
    uint32_t receiver_count;
    struct inbox_sender *senders; /* owned */
    size_t sender_count, sender_capacity;
    int64_t in_flight_max;
};

DSY_MUST_USE
enum dsy_status dsy_outbox_init(struct outbox *outbox, uint32_t shard_count, int64_t in_flight_max);
void dsy_outbox_destroy(struct outbox *outbox);

/* What the store says at start: the last letter to a receiver; how far a sender's were taken in. */
void dsy_outbox_restore_receiver(struct outbox *outbox, uint32_t receiver, int64_t last);
DSY_MUST_USE
enum dsy_status dsy_outbox_restore_sender(struct outbox *outbox, const uint8_t identity[16], int64_t taken);

/* ---- the open batch ---- */

/* The number of a new letter. */
int64_t dsy_outbox_number(struct outbox *outbox, uint32_t receiver);

enum inbox_verdict {
    INBOX_TAKE, /* it is the next: it counts as taken now */
    INBOX_SEEN, /* drop it; acknowledge again */
    INBOX_GAP,  /* drop it; ask for what is missing */
    INBOX_FULL, /* memory ran out: drop it, it comes again */
};
enum inbox_verdict dsy_inbox_take(struct outbox *outbox, const uint8_t identity[16], uint32_t shard, int64_t number);

/* How far this sender's letters have been taken in, by the open batch too. */
int64_t dsy_inbox_taken(const struct outbox *outbox, const uint8_t identity[16]);

/* Whether rows were acknowledged and are not deleted yet. *up_to: they count as deleted now. */
bool dsy_outbox_wants_deletion(struct outbox *outbox, uint32_t receiver, int64_t *up_to);

bool dsy_outbox_has_acknowledged(const struct outbox *outbox); /* whether the above holds for any receiver */

/* The batch is closed; it will be saved. */
void dsy_outbox_settle(struct outbox *outbox);
/* The batch is dropped. */
void dsy_outbox_abort(struct outbox *outbox);

/* ---- after the commit ---- */

/* The batch of letter `number` is saved. Whether the letter goes now; false: it is not the next, or too many are under
 * way, and it is read later. */
bool dsy_outbox_may_send(struct outbox *outbox, uint32_t receiver, int64_t number);

/* Memory ran out for letter `number`, which may_send let go: it and those behind it are read later. */
void dsy_outbox_not_sent(struct outbox *outbox, uint32_t receiver, int64_t number);

/* Whether rows wait to be sent and there is room. *after: the number after which to read, *limit: how many. */
bool dsy_outbox_wants_rows(const struct outbox *outbox, uint32_t receiver, int64_t *after, uint32_t *limit);

/* Rows after `after` were asked for, and `number` is the first of them: what lies between was acknowledged before the
 * last start. */
void dsy_outbox_first_row(struct outbox *outbox, uint32_t receiver, int64_t number);

/* The receiver has saved everything up to `number`. */
void dsy_outbox_acknowledge(struct outbox *outbox, uint32_t receiver, int64_t number);

/* Memory ran out when this sender was to be told that everything up to `number` is saved, and whether the next is
 * missing: it is owed to it. */
void dsy_inbox_owe(struct outbox *outbox, const uint8_t identity[16], int64_t number, bool asks);

/* What is owed to some sender, which is owed nothing any more then. Returns false when nothing is. */
bool dsy_inbox_take_owed(struct outbox *outbox, struct inbox_sender *owed);

/* The receiver has everything up to `number` and misses the next: send again from there.
 * Returns false when it had acknowledged more than that: it has lost commits, and nothing can be sent to it. */
DSY_MUST_USE
bool dsy_outbox_ask(struct outbox *outbox, uint32_t receiver, int64_t number);

#endif
