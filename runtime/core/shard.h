/* Shard: the unit of ownership: a part of the store with one event loop and one writer.
 *
 * Threads. The loop thread owns everything in a shard but its mailbox, its counters (atomic) and its store thread's
 * queue. Others reach it by mail only. Lock order: workers → mailbox; store thread's queue; neither nests otherwise. */
#ifndef DSY_CORE_SHARD_H
#define DSY_CORE_SHARD_H

#include <stdatomic.h>

#include "dsy/node.h"
#include "runtime/base/clock.h"
#include "runtime/base/log.h"
#include "runtime/base/random.h"
#include "runtime/core/line_file.h"
#include "runtime/core/mailbox.h"
#include "runtime/core/program.h"
#include "runtime/core/stop_point.h"
#include "runtime/core/transition.h"
#include "runtime/core/workers.h"

struct shard;

/* What all shards of a node share; constant while they run. */
struct shard_surroundings {
    const struct program *program;
    const struct dsy_store_driver *driver;
    const char *directory;
    struct shard **shards; /* by number */
    uint32_t shard_count;
    struct workers *workers;
    enum dsy_placement placement;
    int64_t result_retention_ns;
    struct transition_limits limits;
    size_t cache_bytes_max;
    const struct dsy_clock *clock;
    const struct dsy_random *random;
    const struct dsy_log *log;
    dsy_line_function *line; /* NULL: lines that routines log go to their files only */
    void *line_context;
#ifdef DSY_STOP_POINTS
    struct stop_points *stop_points;
#endif
};

/* ---- mail that the node posts ---- */

/* A call from outside; the shard frees it. */
struct submission {
    struct mail mail;
    struct message message;
    struct submission *next; /* waits for the same idempotency key */
    int64_t number;          /* once it has begun */
    uint64_t secret;
    uint64_t waiter;
    dsy_accepted_function *accepted;
    dsy_completed_function *completed;
    void *context;
    uint8_t bytes[]; /* key and arguments */
};

enum question_kind {
    QUESTION_ATTACH,
    QUESTION_DETACH,
    QUESTION_SHOW,
    QUESTION_PROMISE, /* the same of a promise */
    QUESTION_LIST,
    QUESTION_RETRY,
    QUESTION_TELL, /* message: what someone outside wants an object to be told */
};

enum { QUESTION_NAME_BYTES_MAX = 256 };

/* A question from outside; the shard that answers frees it. */
struct question {
    struct mail mail;
    enum question_kind kind;
    int64_t number;
    uint64_t secret;
    uint64_t waiter;
    dsy_completed_function *completed;
    dsy_answer_function *answer;
    void *context;

    /* TELL */
    struct message message;
    enum dsy_status status; /* of it, known when its batch is saved */

    /* LIST */
    char service[QUESTION_NAME_BYTES_MAX]; /* "": any */
    char state[QUESTION_NAME_BYTES_MAX];   /* "": any */
    int64_t since_ns;
    uint32_t limit;

    uint8_t bytes[]; /* TELL: the value */
};

/* Counters of a shard: written by its loop thread, read by any. */
struct shard_counters {
    _Atomic uint64_t invocations_begun, invocations_returned, invocations_threw, invocations_quarantined;
    _Atomic uint64_t invocations_cancelled; /* of those that threw */
    _Atomic uint64_t invocations_unfinished;
    _Atomic uint64_t transitions, batches, commit_ns, rows_written;
    _Atomic uint64_t commit_buckets[DSY_COMMIT_BUCKET_COUNT];
    _Atomic uint64_t steps_started, steps_done, steps_threw, steps_retried, steps_timed_out;
    _Atomic uint64_t timers_fired, schedules_run;
    _Atomic uint64_t messages_sent, messages_received, messages_dropped;
    _Atomic uint64_t waiters, timers_armed, cache_bytes;
    _Atomic uint64_t submissions_queued, questions_queued; /* counted up by whoever posts */
};

/* Make a shard; nothing runs yet. */
DSY_MUST_USE
enum dsy_status dsy_shard_create(const struct shard_surroundings *surroundings, uint32_t number, struct shard **shard,
                                 struct dsy_error *error);

/* Start its threads, and wait until its store is open or has refused. */
DSY_MUST_USE
enum dsy_status dsy_shard_start(struct shard *shard, struct dsy_error *error);

/* Begin to drain. grace_ns: for running steps. */
void dsy_shard_drain(struct shard *shard, int64_t grace_ns);

/* Wait until it has drained and its threads have ended. */
void dsy_shard_join(struct shard *shard);

void dsy_shard_destroy(struct shard *shard);

/* Post a submission or a question. Returns false when the shard takes none any more: it stays the caller's. */
bool dsy_shard_post(struct shard *shard, struct mail *mail);

bool dsy_shard_is_ready(const struct shard *shard);

/* What ails its store; "" if nothing. */
void dsy_shard_describe_trouble(struct shard *shard, char *text, size_t text_bytes);

struct shard_counters *dsy_shard_counters(struct shard *shard);
uint64_t dsy_shard_commit_errors(struct shard *shard);

#endif
