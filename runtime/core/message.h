/* Message: what makes an invocation move. Data only; and its encoding in rows and letters.
 *
 * Row and letter: head (seal.h), version 2 | CBOR array (RFC 8949), kind and number of the object first:
 *   [0, number, secret, routine name, arguments as byte string, chain length, caller, key of the instance or null,
 *    holders or null]
 *   [1, number, await counter, threw, value as byte string]
 *   [5, number, number of the row of instances]
 *   [6, number, secret, watcher's shard, number, await counter, slot, wants not yet, drains]
 *   [7, number, secret, threw, value]
 *   [8, number, is kept]
 *   [9, number, await counter, slot, threw, value]
 *   [10, number, await counter, slot]
 *   [11, number, secret]
 *   [13, number, secret, watcher's shard, number, await counter, slot]
 * caller: null, true (someone outside), or [shard, number, await counter].
 * holders: who of those above it, from the outermost, hold a key: one byte string of shard u32 | number u64, big end
 * first. */
#ifndef DSY_CORE_MESSAGE_H
#define DSY_CORE_MESSAGE_H

#include "dsy/generated.h"
#include "dsy/store.h"

struct program;

/* Who gets the result of an invocation. */
enum caller_kind {
    CALLER_NONE,
    CALLER_OUTSIDE,    /* the result is kept for whoever asks by id */
    CALLER_INVOCATION, /* the await of another invocation */
};

struct caller {
    enum caller_kind kind;
    uint32_t shard;
    int64_t number;
    uint64_t await_count;
};

enum message_kind {
    MESSAGE_BEGIN,  /* run `routine` from its start, in a new invocation */
    MESSAGE_RESULT, /* the invocation that was called has ended */
    MESSAGE_STEP,   /* an attempt of a step has ended */
    MESSAGE_TIMER,  /* the time of a sleep or of a retry has come, as far as the sender knows */
    MESSAGE_RESUME, /* after a start: go on from a checkpoint, execute a step again; with an attempt: begin that one */
    MESSAGE_GRANT,  /* it has got the key for which it queued */

    /* To a cell (cell.h), which also gets RESULT. */
    MESSAGE_WATCH,   /* tell the watcher SETTLED when it is; or NOT_YET as well, if it wants to know at once */
    MESSAGE_SETTLE,  /* resolve or reject a promise */
    MESSAGE_RELEASE, /* its owner has ended */

    /* To whoever watches a cell. */
    MESSAGE_SETTLED,
    MESSAGE_NOT_YET,

    MESSAGE_CANCEL, /* to an invocation, or to a task's cell, which passes it on */

    MESSAGE_PROBE, /* whether what it waits for waits for itself */

    MESSAGE_UNWATCH, /* to a cell: the watcher waits no longer */
};

/* Whether it may be stored or sent: no other shard and no later process makes it again by itself. */
bool dsy_message_is_lasting(enum message_kind kind);

/* The search for a cycle of waits, on its way (probe.h). */
struct probe {
    uint32_t shard;   /* of the invocation that waits for a key … */
    int64_t number;   /* … and searches */
    int64_t since_ns; /* when it began to wait */
    int64_t round;    /* when this probe began */
    uint32_t hop_count;
};

/* Who is told of a cell: an await of an invocation. */
struct watcher {
    uint32_t shard;
    int64_t number;
    uint64_t await_count;
    uint32_t slot; /* which of the handles that it awaits */
};

enum step_answer {
    STEP_DONE,      /* value is its result */
    STEP_THREW,     /* value is its error */
    STEP_FAILED,    /* for the moment; value is the reason as text */
    STEP_TIMED_OUT, /* no answer within the step's timeout */
    STEP_LOST,      /* the node ends, and it is still under way: of a step that runs at most once */
};

/* What is known, after a start, of the attempt that a row records. */
enum step_fate {
    STEP_NOT_BEGUN,
    STEP_BEGUN, /* that of await_count and attempt, by a process that died */
    STEP_MAY_HAVE_BEGUN,
};

/* Who owns the memory of a message, and gives it back after the commit of the batch that consumed it. */
enum message_source {
    SOURCE_BATCH,      /* its batch's arena */
    SOURCE_SUBMISSION, /* struct submission */
    SOURCE_JOB,        /* struct job */
    SOURCE_LETTER,     /* struct letter, from another shard */
    SOURCE_ROW,        /* one heap block: a row of the message table, or a message of the shard's own */
    SOURCE_QUESTION,   /* struct question, which is answered when it is given back */
};

/* Of an object without a row: its result, if there is one. One heap block. */
struct message_answer {
    bool has_result, threw;
    uint64_t secret;
    struct dsy_slice value;
};

struct message {
    struct message *next; /* in the one queue that holds it */
    enum message_kind kind;
    enum message_source source;

    int64_t number;       /* the object it is for; of BEGIN: of the new invocation, 0 until it has one */
    uint64_t secret;      /* BEGIN: of the new invocation. WATCH, UNWATCH, SETTLE, CANCEL: which the object must have */
    uint64_t await_count; /* the await it answers: RESULT, STEP, SETTLED, NOT_YET */
    uint32_t receiver;    /* of one that a transition or a cell sends: the shard that is to get it */

    /* WATCH, UNWATCH */
    struct watcher watcher;
    bool wants_not_yet;
    bool drains; /* its owner ends: cancel the task, and tell when it has ended; an open promise counts as settled */

    uint32_t slot;                    /* SETTLED, NOT_YET */
    bool is_kept;                     /* RELEASE: its handle lives on */
    struct message_answer *answer_of; /* WATCH: what the store says of one that has no row; NULL: it was not asked */

    /* BEGIN */
    const struct dsy_routine_type *routine;
    struct caller caller;
    uint32_t chain_length;         /* invocations above it that wait for it */
    struct dsy_slice holders;      /* those of its chain that hold a key, started tasks' starters too */
    struct dsy_slice key;          /* idempotency key */
    struct dsy_slice instance_key; /* of a keyed service: whose instance it runs on */
    struct dsy_slice arguments;    /* one CBOR array */

    int64_t instances; /* GRANT: where the key is */

    struct probe probe; /* PROBE */

    /* RESULT, STEP, SETTLE, SETTLED */
    bool threw;
    enum step_answer answer;
    uint32_t attempt;
    enum step_fate fate;    /* RESUME, after a start: of the step under way … */
    uint32_t begun_attempt; /* … this attempt, where await_count is that of the row … */
    uint32_t deaths;        /* … and how many processes it has killed */
    struct dsy_slice value; /* a CBOR item; of STEP_FAILED UTF-8 text */

    struct dsy_slice raw;  /* of a call of a routine that this program does not have: its encoding */
    int64_t row_number;    /* in the message table, deleted when consumed; 0: none */
    uint8_t sender[16];    /* of a letter: the sending store */
    uint32_t sender_shard; /* of a letter */
    int64_t letter_number; /* of a letter; 0: it is none */
    int64_t pinned[2];     /* the objects whose bodies are held in the cache for it; 0: none */
};

/* Messages to be sent, in the order in which they were caused; all zero is an empty list. */
struct message_list {
    struct message *first, *last;
    size_t count;
};

/* A new message at the end of the list. NULL: memory ran out. */
struct message *dsy_message_list_add(struct message_list *list, struct dsy_arena *arena, enum message_kind kind,
                                     uint32_t receiver, int64_t number);

/* Append the encoding of a message that is lasting. */
DSY_MUST_USE
enum dsy_status dsy_message_encode(const struct message *message, struct dsy_buffer *buffer);

/* Decode. Slices refer to `data`, which must outlive the message.
 * reason  receives why it cannot be: REASON_BYTES_MAX
 * Returns DSY_CORRUPT, DSY_NOT_FOUND (a routine that this program does not have; another may), DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_message_decode(const struct program *program, struct dsy_slice data, struct message *message,
                                   char *reason);

#endif
