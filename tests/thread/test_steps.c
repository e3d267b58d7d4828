/* Steps that answer later, for ThreadSanitizer: answers from several threads while a shard gives attempts up, and the
 * pool ends in the middle of it. Exit code 0: every job came back once, or was given back with the pool. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/support/pool.h"

enum { ROUNDS = 20, JOBS = 200, ANSWERERS = 3 };

/* One for each round: a worker may leave its pool a moment after that ended. */
static struct pool pools[ROUNDS];
static struct pool *pool; /* of this round */
static _Atomic bool is_over;
static _Atomic int given;

static void
pause_shortly(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
}

/* Answer whatever is out, in each of the ways. */
static void *
answer_all(void *context)
{
    unsigned way = *(const unsigned *)context;
    for (;;) {
        struct dsy_answer *answer = pool_take_answer(pool);
        if (answer == NULL) {
            if (atomic_load(&is_over))
                return NULL;
            pause_shortly();
            continue;
        }
        (void)dsy_answer_is_wanted(answer);
        atomic_fetch_add(&given, 1);
        switch (way++ % 3) {
        case 0:
            dsy_int64_write_cbor(dsy_answer_result(answer), 1);
            dsy_answer_done(answer);
            break;
        case 1: dsy_answer_retry(answer, "try %u again", way); break;
        default: dsy_answer_release(answer);
        }
    }
}

static void
run_round(unsigned round)
{
    static const enum pool_act acts[] = { POOL_RETURN, POOL_ANSWER_FIRST, POOL_ANSWER_AFTER, POOL_ANSWER_DROPPED,
                                          POOL_ANSWER_TWICE };
    pthread_t answerers[ANSWERERS];
    unsigned ways[ANSWERERS];
    struct job *jobs[JOBS];
    unsigned seed = round;
    int back = 0;
    atomic_store(&is_over, false);
    pool = &pools[round];
    pool_init(pool, 4, 2, 5000);
    for (unsigned index = 0; index < ANSWERERS; index++) {
        ways[index] = seed + index;
        if (pthread_create(&answerers[index], NULL, answer_all, &ways[index]) != 0)
            abort();
    }
    for (int index = 0; index < JOBS; index++) {
        jobs[index] = pool_job(pool, acts[(unsigned)rand_r(&seed) % 5], index, rand_r(&seed) % 2 == 0, NULL);
        pool_execute(pool, jobs[index]);
    }
    /* A job is the shard's until it comes back: those that did not yet may be given up. */
    for (int index = 0; index < JOBS; index += 3)
        if (dsy_workers_give_up(pool->workers, jobs[index])) {
            dsy_job_destroy(jobs[index]);
            back++;
        }
    /* Every other round ends with jobs and answers out. */
    int wanted = round % 2 == 0 ? JOBS : JOBS / 2;
    for (struct job *job; back < wanted && (job = pool_wait(pool)) != NULL; back++)
        dsy_job_destroy(job);
    if (back < wanted) {
        fprintf(stderr, "%d of %d jobs came back\n", back, wanted);
        exit(1);
    }
    pool_destroy(pool);
    atomic_store(&is_over, true);
    for (unsigned index = 0; index < ANSWERERS; index++)
        pthread_join(answerers[index], NULL);
}

int
main(void)
{
    for (unsigned round = 0; round < ROUNDS; round++)
        run_round(round);
    printf("%d answers were given later\n", atomic_load(&given));
    return atomic_load(&given) > 0 ? 0 : 1;
}
