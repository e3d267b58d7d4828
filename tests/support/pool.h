/* A pool of workers with a mailbox in place of a shard, and steps whose behaviour their one argument says. */
#ifndef DSY_TEST_POOL_H
#define DSY_TEST_POOL_H

#include "runtime/core/workers.h"

enum pool_act {
    POOL_RETURN,         /* its argument's number */
    POOL_ANSWER_FIRST,   /* answers later, before it returns */
    POOL_ANSWER_AFTER,   /* … by pool_answer() */
    POOL_ANSWER_DROPPED, /* takes an answer, returns all the same */
    POOL_ANSWER_NONE,    /* says that it answers later, and took none */
    POOL_ANSWER_TWICE,   /* takes two */
    POOL_BLOCK,          /* until pool_release() */
};

struct pool {
    struct workers *workers;
    struct mailbox mailbox;
    struct dsy_clock clock;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t posted;
    int running, most_running; /* steps that execute, and the most at a time */
    bool is_released;
    struct dsy_answer *answers[4096]; /* that were taken and not given */
    size_t answer_count;
    struct flight_slot slots[16]; /* for suspects */
};

/* One pool at a time. */
void pool_init(struct pool *pool, uint32_t worker_count, int64_t concurrency, double per_second);
void pool_destroy(struct pool *pool); /* releases blocked steps first */

/* A job of the step: limited or not. slot may be NULL. */
struct job *pool_job(struct pool *pool, enum pool_act what, int64_t number, bool is_limited, struct flight_slot *slot);
void pool_execute(struct pool *pool, struct job *job);

/* The next job that comes back, within five seconds; NULL: none did. Destroy it. */
struct job *pool_wait(struct pool *pool);

/* Wait until a condition of the counts holds, within five seconds. */
bool pool_wait_running(struct pool *pool, int running);
bool pool_wait_answers(struct pool *pool, size_t count);
struct dsy_answer *pool_take_answer(struct pool *pool); /* NULL: there is none */
void pool_release(struct pool *pool);

/* The number in a result that was given; -1 if it is none. */
int64_t pool_number(const struct job *job);

#endif
