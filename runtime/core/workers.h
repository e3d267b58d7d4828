/* Workers: the bounded pool of threads that execute steps, one for all shards of a node.
 *
 * A mutex guards the queues; locked inside it: a shard's mailbox. A worker that is woken wakes the next one if there is
 * more to do, so that quick steps do not cost a wake-up each.
 *
 * Jobs begin in the order in which they came, but for three kinds that hold no worker while they wait: those of a step
 * at its @limit, in a queue of their own; all of them, while a suspect is executed alone (flight.h); and attempts whose
 * step answers later.
 *
 * A thread cannot be made to leave a user's function, and an answer may be given at any time. So the pool outlives its
 * node while there are such threads and answers: the last of them frees it, and what they answer is dropped. */
#ifndef DSY_CORE_WORKERS_H
#define DSY_CORE_WORKERS_H

#include "dsy/node.h"
#include "dsy/remote.h"
#include "runtime/core/job.h"

struct workers;

struct workers_counts {
    uint64_t running; /* threads that execute a step */
    uint64_t queued;  /* attempts that wait for a worker … */
    uint64_t limited; /* … and those of them that wait for a limit */
    uint64_t later;   /* attempts whose answer is still out, and that hold no worker */
    uint64_t overdue; /* threads in an attempt that nobody waits for any more: timed out or cancelled */
};

/* Start `count` threads.
 *
 * steps  of the program, whose limits hold
 * clock  borrowed until dsy_workers_destroy
 * Returns NULL with error set when they cannot be started. */
struct workers *dsy_workers_create(uint32_t count, const struct dsy_step_type *const *steps, uint32_t step_count,
                                   const struct dsy_clock *clock, struct dsy_error *error);

/* Before the first job: keep a copy of the settings that modules of the standard library have.
 * Returns DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_workers_set_library(struct workers *workers, const struct dsy_config_value *settings, size_t count);

/* Give jobs, linked by `next`, to the workers. */
void dsy_workers_execute(struct workers *workers, struct job *first);

/* Take back every job of a shard that no worker has begun; linked by `next`. */
struct job *dsy_workers_take_back(struct workers *workers, const struct mailbox *home);

/* Nobody waits for this attempt any more: it timed out, or was cancelled. Its late answer still comes back as mail,
 * unless it never comes.
 * Returns true when no worker had begun it: it is the caller's again. */
bool dsy_workers_give_up(struct workers *workers, struct job *job);

void dsy_workers_count(struct workers *workers, struct workers_counts *counts);

/* End the threads. Those that execute a step end after it, and drop its answer: no mailbox is touched any more. */
void dsy_workers_destroy(struct workers *workers);

/* ---- for answer.c ---- */

/* Before the first job: how calls of other deployments are made; borrowed; NULL: they are not. */
void dsy_workers_set_remote(struct workers *workers, const struct dsy_remote_transport *remote);
const struct dsy_remote_transport *dsy_workers_remote(const struct workers *workers);

const char *dsy_workers_setting(const struct workers *workers, const char *module, const char *name);

/* Returns false when one was taken before, or the pool ends. */
bool dsy_workers_take_answer(struct job *job, struct dsy_answer *answer);

/* The answer is given: its result is filled in. It is the pool's from here on. */
void dsy_workers_answer(struct dsy_answer *answer);

bool dsy_workers_want(const struct dsy_answer *answer);
bool dsy_workers_are_ending(const struct workers *workers);

#endif
