/* Job: one attempt of a step, on its way from a shard to a worker thread and back; and the step that user code sees.
 *
 * Owned by the shard until it is given to the workers, by one worker while it executes, and by the shard again from the
 * mail that brings it back. It has its own arena, so user code and shard share nothing; it is used again and again. */
#ifndef DSY_CORE_JOB_H
#define DSY_CORE_JOB_H

#include <stdatomic.h>

#include "dsy/run.h"
#include "runtime/base/clock.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/mailbox.h"
#include "runtime/core/message.h"

enum { STEP_KEY_BYTES = 64 };

struct dsy_step {
    struct dsy_run run; /* carries the arena and a built-in error */
    char key[STEP_KEY_BYTES];
    uint32_t attempt;
    char reason[REASON_BYTES_MAX];
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
    struct dsy_buffer result;
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

/* Execute the user's function and fill in the message. On a worker thread. */
void dsy_job_execute(struct job *job);

#endif
