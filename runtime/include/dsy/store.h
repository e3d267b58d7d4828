/* Store: where one shard keeps its rows; the table of functions that a driver fills in.
 *
 * A store belongs to one thread: its shard's store thread opens it, makes every call, and closes it. Calls may block.
 * The core queues requests for that thread and gets the answers on its loop, so nothing but this thread ever waits.
 *
 * Requests are served in order. What the core reads therefore includes every commit that it asked for before.
 * Rows are opaque to a driver: it checks nothing in a body. Bytes that it hands out live until the next call.
 * Source: runtime.md, section 4. */
#ifndef DSY_STORE_H
#define DSY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsy/status.h"

#define DSY_STORE_SCHEMA_VERSION 2

struct dsy_store; /* the driver's own */

struct dsy_slice {
    const uint8_t *data; /* NULL: none */
    size_t size_bytes;
};

/* An unfinished invocation, or another object that gets messages: a task, a promise, the instances of a keyed service,
 * a schedule. The number says which (runtime/core/object.h); a driver does not care. */
struct dsy_invocation_row {
    int64_t number;          /* never used again */
    uint64_t secret;         /* the random half of the id */
    int64_t due_ns;          /* when a timer moves it; INT64_MIN: none */
    bool is_active;          /* it needs something when the node starts: a step is to be executed, or it may go on */
    struct dsy_slice body;   /* encoded by core/invocation.c */
    struct dsy_slice broken; /* UTF-8: why it is quarantined; none: it is not */
    bool is_held;            /* its quarantine does not end with the next open; only written, never read */
};

#define DSY_NOT_DUE INT64_MIN

/* Rows of this number and above are no invocations: they are not counted as unfinished. */
#define DSY_NUMBER_UNCOUNTED (INT64_C(1) << 62)

/* A finished invocation that someone outside may ask for. */
struct dsy_result_row {
    int64_t number;
    uint64_t secret;
    int64_t completed_ns;
    struct dsy_slice outcome;
    struct dsy_slice key; /* its idempotency key, which goes when the result goes; none: it had none */
};

/* One change in a commit. */
enum dsy_change_kind {
    DSY_CHANGE_INSERT,         /* row */
    DSY_CHANGE_UPDATE,         /* row, whose due_ns and is_active may have changed */
    DSY_CHANGE_UPDATE_BODY,    /* row, of which only the body has changed */
    DSY_CHANGE_DELETE,         /* row.number */
    DSY_CHANGE_QUARANTINE,     /* row.number, row.broken, row.is_held: due_ns and is_active are cleared, the body is
                                  kept. The next open lifts it unless it is held: the row is active, and not broken */
    DSY_CHANGE_RETRY,          /* number: the same, now; nothing where it is not in quarantine */
    DSY_CHANGE_RESULT,         /* result */
    DSY_CHANGE_KEY,            /* key: an idempotency key that belongs to invocation `number` */
    DSY_CHANGE_MESSAGE_INSERT, /* message: a local one that waits for the next batch */
    DSY_CHANGE_MESSAGE_DELETE, /* message.number */
    DSY_CHANGE_OUTBOX_INSERT,  /* letter: peer is the receiver */
    DSY_CHANGE_OUTBOX_DELETE,  /* letter: all to peer up to number, but for the one with the highest number, which
                                  keeps the count */
    DSY_CHANGE_INBOX,          /* inbox: everything of this sender up to number has been taken in */
    DSY_CHANGE_LINE_INSERT,    /* letter.number, letter.body: a line that a routine logged, until it is in a file */
    DSY_CHANGE_LINE_DELETE,    /* number: all lines up to it */
    DSY_CHANGE_NUMBERS,        /* numbers */
};

/* A numbered message, in the outbox or in the table of messages. */
struct dsy_letter_row {
    uint32_t peer; /* shard that receives it */
    int64_t number;
    struct dsy_slice body;
};

/* How far a sender's letters have been taken in. A sender is a store's identity: a restored one begins anew. */
struct dsy_inbox_row {
    uint8_t sender[16];
    int64_t number;
};

struct dsy_change {
    enum dsy_change_kind kind;
    union {
        struct dsy_invocation_row row;
        struct dsy_result_row result;
        struct dsy_letter_row letter;
        struct dsy_inbox_row inbox;
        struct {
            struct dsy_slice key;
            int64_t number;
            uint64_t secret;
        } key;
        struct {
            int64_t next;       /* of the shard's counter: numbers below it may be in use */
            int64_t unfinished; /* so many more invocations are unfinished now */
        } numbers;
        int64_t number;
    } as;
};

/* What a store knows of itself. */
struct dsy_store_facts {
    uint8_t identity[16]; /* random, made with the store: a restored copy must be given a new one */
    uint32_t shard;       /* which this is … */
    uint32_t shard_count; /* … of how many */
    int64_t next_number;  /* of the shard's counter: numbers from here on are free */
    int64_t next_line;    /* of the log; filled in by the core */
    bool was_closed;      /* the last owner closed it; false: it died */
    uint64_t unfinished;  /* invocations */
};

struct dsy_store_options {
    const char *directory; /* prepared */
    uint32_t shard;
    uint32_t shard_count;    /* as prepare() said */
    const uint8_t *identity; /* 16 octets for a store that is made now */
};

/* Called for each row of a scan; false ends it. */
typedef bool dsy_row_function(void *context, const struct dsy_invocation_row *row);
typedef bool dsy_letter_function(void *context, const struct dsy_letter_row *letter);
typedef bool dsy_inbox_function(void *context, const struct dsy_inbox_row *inbox);

/* Where an idempotency key leads. */
struct dsy_key_row {
    int64_t number;
    uint64_t secret;
};

/* Every function but `prepare` runs on the store's thread. Those with `error` write the detail there.
 * Reads return DSY_NOT_FOUND where there is no row. Statuses of trouble: DSY_NO_SPACE, DSY_INPUT_OUTPUT, DSY_BUSY,
 * DSY_CORRUPT, DSY_NO_MEMORY; a commit that returns one of them has changed nothing and may be tried again. A row that
 * is to be changed and is not there is DSY_CORRUPT, for a store that outlives its process. */
struct dsy_store_driver {
    const char *name;   /* "sqlite" */
    bool has_directory; /* the directory exists once it is prepared, and outlives the process */

    /* Make the directory if it is missing, and settle how many shards its store has.
     * shard_count  in: of a new store; out: what the store was made with. Called once, before the shards are opened,
     *              by the thread that starts the node. */
    enum dsy_status (*prepare)(const char *directory, uint32_t *shard_count, struct dsy_error *error);

    /* Open or make the store of one shard. Also DSY_NEWER: written by a newer schema. */
    enum dsy_status (*open)(const struct dsy_store_options *options, struct dsy_store **store,
                            struct dsy_store_facts *facts, struct dsy_error *error);

    /* Close it; everything is on the disk then, and the store knows that it was closed. */
    void (*close)(struct dsy_store *store);

    /* Save all changes, in order, or none; durable when it returns DSY_OK. */
    enum dsy_status (*commit)(struct dsy_store *store, const struct dsy_change *changes, size_t change_count,
                              struct dsy_error *error);

    /* One invocation. */
    enum dsy_status (*load)(struct dsy_store *store, int64_t number, struct dsy_invocation_row *row,
                            struct dsy_error *error);

    /* Those with (due_ns, number) above (after_due_ns, after_number) and due_ns at most until_ns, in this order. */
    enum dsy_status (*due)(struct dsy_store *store, int64_t after_due_ns, int64_t after_number, int64_t until_ns,
                           uint32_t limit, dsy_row_function *each, void *context, struct dsy_error *error);

    /* The active ones with a number above `after`, in order. */
    enum dsy_status (*active)(struct dsy_store *store, int64_t after, uint32_t limit, dsy_row_function *each,
                              void *context, struct dsy_error *error);

    /* All with a number above `after`, in order: for people. */
    enum dsy_status (*list)(struct dsy_store *store, int64_t after, uint32_t limit, dsy_row_function *each,
                            void *context, struct dsy_error *error);

    /* Local messages with a number above `after`, in order. */
    enum dsy_status (*messages)(struct dsy_store *store, int64_t after, uint32_t limit, dsy_letter_function *each,
                                void *context, struct dsy_error *error);

    /* The outbox for `peer`, numbers above `after`, in order. */
    enum dsy_status (*outbox)(struct dsy_store *store, uint32_t peer, int64_t after, uint32_t limit,
                              dsy_letter_function *each, void *context, struct dsy_error *error);

    /* The last letter to each receiver, acknowledged or not. */
    enum dsy_status (*receivers)(struct dsy_store *store, dsy_letter_function *each, void *context,
                                 struct dsy_error *error);

    enum dsy_status (*senders)(struct dsy_store *store, dsy_inbox_function *each, void *context,
                               struct dsy_error *error);

    /* Lines of the log with a number above `after`, in order; and the highest number, 0 if there is none. */
    enum dsy_status (*lines)(struct dsy_store *store, int64_t after, uint32_t limit, dsy_letter_function *each,
                             void *context, struct dsy_error *error);
    enum dsy_status (*last_line)(struct dsy_store *store, int64_t *number, struct dsy_error *error);

    enum dsy_status (*result)(struct dsy_store *store, int64_t number, struct dsy_result_row *row,
                              struct dsy_error *error);

    enum dsy_status (*key)(struct dsy_store *store, struct dsy_slice key, struct dsy_key_row *row,
                           struct dsy_error *error);

    /* Look at the next `limit` results above *cursor and delete those completed before `before_ns`, with their keys.
     * cursor  moved on; 0 at the end of the table */
    enum dsy_status (*sweep)(struct dsy_store *store, int64_t before_ns, uint32_t limit, int64_t *cursor,
                             struct dsy_error *error);
};

extern const struct dsy_store_driver dsy_store_sqlite;
extern const struct dsy_store_driver dsy_store_memory;

#endif
