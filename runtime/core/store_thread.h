/* Store thread: the thread that owns one shard's store. Requests go in, answers come back as mail.
 *
 * A mutex guards the queue of requests. Requests are served in order, so a read sees every commit that was asked for
 * before it. A request belongs to this thread from the moment it is asked until its mail is posted.
 *
 * Trouble (disk full, I/O errors, memory) is not answered: the request is tried again, after 100 ms up to 5 s, until it
 * succeeds or the thread is told to give up; everything behind it waits, and the health shows it. After a commit that
 * was given up no other succeeds. */
#ifndef DSY_CORE_STORE_THREAD_H
#define DSY_CORE_STORE_THREAD_H

#include <stdatomic.h>

#include "dsy/generated.h"
#include "dsy/store.h"
#include "runtime/base/clock.h"
#include "runtime/base/log.h"
#include "runtime/core/line_file.h"
#include "runtime/core/mailbox.h"

enum store_operation {
    STORE_OPEN,      /* out: facts, letters (the last to each receiver), senders */
    STORE_COMMIT,    /* in: changes; out: duration_ns */
    STORE_LOAD,      /* in: number; out: row */
    STORE_LOAD_CELL, /* in: number; out: row, or else result */
    STORE_SHOW,      /* in: number; out: row, or else result */
    STORE_RESULT,    /* in: number; out: result, or else row (it has not ended) */
    STORE_DUE,       /* in: due_ns, number, until_ns, limit; out: rows */
    STORE_ACTIVE,    /* in: number, limit; out: rows */
    STORE_LIST,      /* in: number, limit; out: rows */
    STORE_MESSAGES,  /* in: number, limit; out: letters */
    STORE_OUTBOX,    /* in: peer, number, limit; out: letters */
    STORE_KEY,       /* in: key; out: key_row */
    STORE_RETRY,     /* in: number, secret; out: DSY_EXISTS where it is not in quarantine */
    STORE_SWEEP,     /* in: until_ns, number (cursor), limit; out: number */
    STORE_CLOSE,     /* the thread ends after it */
};

struct store_request {
    struct mail mail; /* first: MAIL_STORE on its way back */
    struct store_request *next;
    enum store_operation operation;
    void *context; /* the shard's own */

    /* in */
    int64_t number;
    uint64_t secret;
    int64_t due_ns;
    int64_t until_ns;
    uint32_t limit;
    uint32_t peer;
    struct dsy_slice key;
    const struct dsy_change *changes;
    size_t change_count;

    /* out; what it points to is in the arena */
    enum dsy_status status; /* DSY_OK, DSY_NOT_FOUND, DSY_CORRUPT, of OPEN any */
    struct dsy_error error;
    struct dsy_invocation_row row;
    struct dsy_result_row result;
    struct dsy_key_row key_row;
    struct dsy_store_facts facts;
    struct dsy_invocation_row *rows;
    struct dsy_letter_row *letters;
    struct dsy_inbox_row *senders;
    size_t row_count, letter_count, sender_count;
    bool is_last; /* a scan found nothing more */
    int64_t duration_ns;
    struct dsy_arena arena;

    size_t capacity; /* of rows, letters or senders */
};

struct store_thread {
    pthread_mutex_t mutex;
    pthread_cond_t asked;
    struct store_request *first;
    struct store_request **last;
    bool gives_up;        /* guarded by mutex */
    bool has_lost_commit; /* the thread's own: nothing is committed any more */
    bool is_started;
    pthread_t thread;

    const struct dsy_store_driver *driver;
    struct dsy_store_options options;
    struct dsy_store *store;
    struct mailbox *answers;
    const struct dsy_clock *clock;
    const struct dsy_log *log;
    struct line_file lines; /* set up by the shard before the start but for what opening it sets */

    _Atomic uint64_t errors;
    _Atomic bool is_in_trouble;
    char trouble[DSY_ERROR_TEXT_BYTES_MAX]; /* guarded by mutex */
};

/* Before anything else; all zero before. */
void dsy_store_thread_init(struct store_thread *thread);
void dsy_store_thread_destroy(struct store_thread *thread);

/* Start the thread. All is borrowed. */
DSY_MUST_USE
enum dsy_status dsy_store_thread_start(struct store_thread *thread, const struct dsy_store_driver *driver,
                                       const struct dsy_store_options *options, struct mailbox *answers,
                                       const struct dsy_clock *clock, const struct dsy_log *log,
                                       struct dsy_error *error);

void dsy_store_thread_ask(struct store_thread *thread, struct store_request *request);

/* Answer requests that cannot be served with their trouble instead of trying again. */
void dsy_store_thread_give_up(struct store_thread *thread);

/* Wait for the end of the thread, after a STORE_CLOSE was asked or a STORE_OPEN was refused. */
void dsy_store_thread_join(struct store_thread *thread);

/* What ails the store; "" if nothing. */
void dsy_store_thread_trouble(struct store_thread *thread, char *text, size_t text_bytes);

#endif
