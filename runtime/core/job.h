/* Job: one attempt of a step, on its way from a shard to a worker thread and back; and the step that user code sees.
 *
 * Owned by the shard until it is given to the workers, by one worker while it executes, by the answer that the step
 * took where it answers later, and by the shard again from the mail that brings it back. It has its own arena, so user
 * code and shard share nothing; it is used again and again. */
#ifndef DSY_CORE_JOB_H
#define DSY_CORE_JOB_H

#include <stdatomic.h>

#include "dsy/run.h"
#include "runtime/base/clock.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/flight.h"
#include "runtime/core/limit.h"
#include "runtime/core/mailbox.h"
#include "runtime/core/message.h"

enum { STEP_KEY_BYTES = 64 };

struct dsy_step {
    struct dsy_run run; /* carries the arena and a built-in error */
    char key[STEP_KEY_BYTES];
    uint32_t attempt;
    char reason[REASON_BYTES_MAX];
};

struct workers;

/* What an attempt came to: how it was answered, and with what octets. */
struct job_result {
    enum step_answer answer;
    struct dsy_buffer bytes;
};

enum job_phase {
    JOB_QUEUED,
    JOB_EXECUTING,
    JOB_LATER, /* the step has returned, and its answer is still out */
    JOB_SENT,  /* it is on its way back */
};

struct job {
    struct mail mail; /* first: MAIL_JOB on its way back */
    struct job *next; /* in the workers' queue, or in the shard's list of free ones */
    struct mailbox *home;
    struct message message; /* the answer, filled in by the worker */

    const struct dsy_step_type *type;
    struct dsy_error_table errors;
    const struct dsy_clock *clock;
    int64_t number;
    uint64_t await_count;
    uint32_t attempt;
    _Atomic int64_t begun_ns; /* monotonic, set by the worker; 0: it waits for one */

    uint64_t dispatch;     /* which dispatch of its shard gave it out … */
    int64_t dispatched_ns; /* … and when, monotonic */

    struct dsy_buffer arguments; /* one CBOR array */
    struct dsy_step step;
    struct dsy_arena arena; /* empty until a worker begins: thousands may wait */
    struct job_result result;
    struct flight_slot *slot; /* of the shard's flight record; NULL: it is not recorded */
    _Atomic bool is_unwanted; /* timed out or cancelled */
    bool is_lingering;        /* cancelled, and its invocation waits for its end: the shard's own */
    struct job *next_lingering;

    /* The pool's, guarded by its mutex. */
    struct workers *workers; /* NULL: it was never given to any */
    enum job_phase phase;
    uint64_t sequence;         /* in the order of arrival */
    struct limit *limit;       /* which it counts in now, or waits for; NULL: none */
    struct dsy_answer *answer; /* that the step took; NULL: none */
};

/* NULL: memory ran out. */
struct job *dsy_job_create(uint64_t hash_seed);
void dsy_job_destroy(struct job *job);

/* Make it ready for an attempt. arguments are copied. DSY_NO_MEMORY: it is as before. */
DSY_MUST_USE
enum dsy_status dsy_job_prepare(struct job *job, const struct dsy_step_type *type, dsy_uuid invocation, int64_t number,
                                uint64_t await_count, uint32_t attempt, struct dsy_slice arguments);

/* A worker takes it; the clock and all else of the node is still there. */
void dsy_job_begin(struct job *job);

/* Execute the user's function. On a worker thread.
 * Returns true when the outcome is in job->result; false: the step answers later. */
bool dsy_job_execute(struct job *job);

/* Its outcome is in job->result: fill in the message with which it goes back. */
void dsy_job_settle(struct job *job);

/* How an attempt ends, into a result whose bytes are replaced: a value that was written (or an error that `run` holds,
 * which comes first), an error, a reason to try again. */
void dsy_job_result_value(struct job_result *result, const struct dsy_step_type *type, struct dsy_run *run,
                          const struct dsy_cbor_writer *writer);
void dsy_job_result_error(struct job_result *result, const struct dsy_error_value *error);
void dsy_job_result_retry(struct job_result *result, const char *reason);

/* What dsy_step_later() gives. The user's until it is given; then the pool's. */
struct dsy_answer {
    struct workers *workers;
    struct job *job; /* guarded by the pool's mutex; NULL: nobody waits for it any more */
    bool is_given;   /* the same: before the step has returned */
    const struct dsy_step_type *type;
    char key[STEP_KEY_BYTES];
    struct dsy_run run;
    struct dsy_arena arena;
    struct job_result result;
    struct dsy_cbor_writer writer;
};

void dsy_answer_destroy(struct dsy_answer *answer);

#endif
