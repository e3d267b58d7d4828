/* Batch: the transitions of one shard that are saved by one transaction. Data, and how it becomes changes of rows.
 *
 * Invocations that the batch touches stay decoded in its arena; each is encoded once, when the batch is closed. The
 * batch also keeps the messages that it consumed, until it is saved: a batch that cannot be finished is dropped whole
 * and its messages are run again. Runs on its shard's loop thread; relies on transition.h, cache.h, outbox.h. */
#ifndef DSY_CORE_BATCH_H
#define DSY_CORE_BATCH_H

#include "runtime/core/cache.h"
#include "runtime/core/instance.h"
#include "runtime/core/outbox.h"
#include "runtime/core/schedule.h"
#include "runtime/core/store_thread.h"
#include "runtime/core/transition.h"

struct message_queue {
    struct message *first;
    struct message **last;
    size_t count;
};

void dsy_message_queue_init(struct message_queue *queue);
void dsy_message_queue_add(struct message_queue *queue, struct message *message);
struct message *dsy_message_queue_take(struct message_queue *queue); /* NULL: it is empty */
/* Put all of `other` before what is in the queue; `other` is empty then. */
void dsy_message_queue_prepend(struct message_queue *queue, struct message_queue *other);

enum entry_state {
    ENTRY_LIVE,
    ENTRY_ENDED,  /* outcome, threw */
    ENTRY_BROKEN, /* reason */
};

/* A row of instances of keyed services that the batch has touched. They stay decoded like invocations, and are encoded
 * once, when the batch is closed; nothing is written when the octets are the same then. */
struct batch_instances {
    struct batch_instances *next;
    int64_t number;
    struct instance_row row;
    struct dsy_slice loaded; /* its body before the batch; none: it has no row */
    bool is_dirty;           /* it may have changed */
    bool is_changed;         /* it has: known when the batch is closed */
    bool is_broken;          /* it cannot be decoded: reason */
    struct dsy_slice reason;
    struct dsy_slice body; /* encoded; none: its row goes */
    struct cache_place place;
};

/* A task or promise that the batch has touched; encoded once, when the batch is closed, if it has changed. */
struct batch_cell {
    struct batch_cell *next;
    struct cell cell;
    bool is_new; /* it has no row yet */
    bool is_dirty;
    bool is_done;          /* settled and released: its row becomes a result */
    bool is_broken;        /* it cannot be decoded */
    struct dsy_slice body; /* encoded */
    struct cache_place place;
};

/* An invocation that the batch has touched. */
struct batch_entry {
    struct batch_entry *next; /* in the order in which they were touched */
    struct invocation invocation;
    struct batch_instances *instances; /* of one in a keyed service: the row of … */
    struct instance *instance;         /* … whose instance it runs on */
    enum entry_state state;
    bool is_new;        /* it has no row yet */
    bool is_dirty;      /* a transition changed it */
    int64_t row_due_ns; /* what its row says */
    bool row_is_active;
    const struct dsy_routine_type *routine; /* at the bottom of its stack */
    struct message *submission;             /* that began it from outside; NULL: none */
    struct dsy_slice value;                 /* of ENDED: a CBOR item */
    bool threw;
    bool was_cancelled;      /* and threw Cancelled */
    struct dsy_slice reason; /* of BROKEN */
    bool is_held;            /* of BROKEN: until it is retried by hand */
    struct dsy_slice body;   /* encoded, when the batch is closed */
    struct cache_place place;
};

/* A schedule that the batch has touched. */
struct batch_schedule {
    struct batch_schedule *next;
    int64_t number;
    const struct program_schedule *schedule; /* NULL: the program has it no more */
    bool has_row;
    bool is_set;    /* due_ns is what its row says, or will */
    bool is_dirty;  /* its row is to be written … */
    bool is_gone;   /* … or to go */
    int64_t due_ns; /* DSY_NOT_DUE: never */
    struct dsy_slice body;
    struct cache_place place;
};

/* How one ended. */
static inline enum dsy_outcome_kind
dsy_batch_entry_outcome(const struct batch_entry *entry)
{
    if (entry->was_cancelled)
        return DSY_OUTCOME_CANCELLED;
    return entry->threw ? DSY_OUTCOME_THREW : DSY_OUTCOME_RETURNED;
}

/* A message to another shard. */
struct batch_letter {
    struct batch_letter *next;
    uint32_t receiver;
    int64_t number;
    struct dsy_slice body;
};

/* A sender whose letters the batch has met, to be told after the commit. */
struct batch_sender {
    struct batch_sender *next;
    uint8_t identity[16];
    uint32_t shard;
    int64_t taken; /* up to here, after this batch */
    bool has_taken;
    bool asks; /* a letter is missing */
};

struct batch {
    uint64_t sequence;
    struct dsy_arena arena;
    struct number_table entries;
    struct batch_entry *first;
    struct batch_entry **last;
    struct number_table instance_table; /* number → struct batch_instances */
    struct batch_instances *instances;
    struct number_table cell_table; /* number → struct batch_cell */
    struct batch_cell *cells;
    struct number_table schedule_table; /* number → struct batch_schedule */
    struct batch_schedule *schedules;
    struct message_queue inputs;    /* consumed */
    struct message_queue local;     /* between invocations of this shard, still to be run */
    struct message_queue left;      /* those that wait for their invocation to be read: they become rows */
    struct message_queue kept;      /* those that nothing can be done with now: they become rows for the next start */
    struct message_queue following; /* on the heap: for the next batch, once this one is closed */
    struct line_list lines;         /* of the log */
    struct batch_letter *letters;
    struct batch_letter **last_letter;
    struct batch_sender *senders;
    struct message *first_run; /* the message of its first transition */
    uint32_t transition_count;
    uint32_t cell_count; /* messages to cells and schedules that were run by themselves */
    uint32_t schedules_run;
    int64_t execution_ns;

    struct dsy_change *changes; /* owned, used again */
    size_t change_count;
    size_t change_capacity;
    struct store_request commit;
};

void dsy_batch_init(struct batch *batch, uint64_t hash_seed);
void dsy_batch_destroy(struct batch *batch);

/* Empty it. Its messages have been given back. */
void dsy_batch_reset(struct batch *batch);

bool dsy_batch_is_empty(const struct batch *batch);

/* Add an invocation. Returns NULL when memory ran out. */
struct batch_entry *dsy_batch_add(struct batch *batch, int64_t number, uint64_t secret);

/* Add a row of instances. Returns NULL when memory ran out. */
struct batch_instances *dsy_batch_add_instances(struct batch *batch, int64_t number);

/* Add a task or promise. Returns NULL when memory ran out. */
struct batch_cell *dsy_batch_add_cell(struct batch *batch, int64_t number, uint64_t secret);

/* Add a schedule. Returns NULL when memory ran out. */
struct batch_schedule *dsy_batch_add_schedule(struct batch *batch, int64_t number);

/* Note a letter of this sender. Returns NULL when memory ran out. */
struct batch_sender *dsy_batch_sender(struct batch *batch, const uint8_t identity[16], uint32_t shard);

/* What a batch is closed with. */
struct batch_context {
    const struct program *program;
    struct cache *cache;
    struct outbox *outbox;
    struct dsy_buffer *buffer; /* scratch */
    int64_t now_ns;
    int64_t next_number;  /* sequence: numbers below it may be in use … */
    int64_t saved_number; /* … as the store was told last */
    int64_t next_line;    /* of the log; counted up */
    int64_t next_message; /* row number for the next message that is left over; counted up */
};

/* Make the changes: encode every dirty invocation, note what was consumed and what is left over.
 * The messages in batch->left are what is left over: each gets a row_number, as does each in batch->kept.
 * On failure nothing outside the batch has changed and it can be dropped: DSY_NO_MEMORY, or DSY_FULL when something is
 * too large to be saved. */
DSY_MUST_USE
enum dsy_status dsy_batch_close(struct batch *batch, struct batch_context *context);

/* An outcome as it is stored: head (seal.h), version 1 | CBOR [0 returned | 1 threw | 2 cancelled, routine name,
 * value]. kind  RETURNED, THREW or CANCELLED; of the last two the value is an error */
DSY_MUST_USE
enum dsy_status dsy_outcome_encode(dsy_string routine, enum dsy_outcome_kind kind, struct dsy_slice value,
                                   struct dsy_buffer *buffer);
/* Returns false when it is damaged. routine is NULL when the program no longer has it. */
bool dsy_outcome_decode(const struct program *program, struct dsy_slice data, const struct dsy_routine_type **routine,
                        enum dsy_outcome_kind *kind, struct dsy_slice *value);

#endif
