/* Workers: the bounded pool of threads that execute steps, one for all shards of a node.
 *
 * A mutex guards the queue; locked inside it: a shard's mailbox. A worker that is woken wakes the next one if there is
 * more to do, so that quick steps do not cost a wake-up each.
 *
 * A thread cannot be made to leave a user's function. So the pool outlives its node while a step executes: the last
 * thread that leaves frees it, and answers of such steps are dropped. */
#ifndef DSY_CORE_WORKERS_H
#define DSY_CORE_WORKERS_H

#include "runtime/core/job.h"

struct workers;

/* Start `count` threads. Returns NULL with error set when they cannot be started. */
struct workers *dsy_workers_create(uint32_t count, struct dsy_error *error);

/* Give jobs, linked by `next`, to the workers. */
void dsy_workers_execute(struct workers *workers, struct job *first);

/* Take back every job that no worker has begun; linked by `next`. */
struct job *dsy_workers_take_back(struct workers *workers, const struct mailbox *home);

/* How many are executing and how many wait. */
void dsy_workers_count(struct workers *workers, uint64_t *running, uint64_t *queued);

/* End the threads. Those that execute a step end after it, and drop its answer: no mailbox is touched any more. */
void dsy_workers_destroy(struct workers *workers);

#endif
