/* Workers: a queue, a condition, threads. */
#include "runtime/core/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct workers {
    pthread_mutex_t mutex;
    pthread_cond_t work;  /* there are jobs, or it ends */
    pthread_cond_t ended; /* a thread has left or turned idle */
    struct job *first;
    struct job **last;
    uint64_t queued;
    uint32_t thread_count; /* that have not left */
    uint32_t idle;
    bool is_ending;
};

static void
release(struct workers *workers)
{
    pthread_mutex_destroy(&workers->mutex);
    pthread_cond_destroy(&workers->work);
    pthread_cond_destroy(&workers->ended);
    free(workers);
}

static struct job *
take_job(struct workers *workers)
{
    struct job *job = workers->first;
    if (job == NULL)
        return NULL;
    workers->first = job->next;
    if (workers->first == NULL)
        workers->last = &workers->first;
    workers->queued--;
    return job;
}

static void *
work(void *context)
{
    struct workers *workers = context;
    pthread_mutex_lock(&workers->mutex);
    while (!workers->is_ending) {
        struct job *job = take_job(workers);
        if (job == NULL) {
            workers->idle++;
            pthread_cond_wait(&workers->work, &workers->mutex);
            workers->idle--;
            continue;
        }
        if (workers->first != NULL && workers->idle > 0)
            pthread_cond_signal(&workers->work);
        dsy_job_begin(job);
        pthread_mutex_unlock(&workers->mutex);
        dsy_job_execute(job);
        pthread_mutex_lock(&workers->mutex);
        /* Posted under the mutex: once it is ending, shards may be gone. */
        if (workers->is_ending || !dsy_mailbox_post(job->home, &job->mail))
            dsy_job_destroy(job);
    }
    uint32_t left = --workers->thread_count;
    bool is_last = left == 0 && workers->is_ending && workers->idle == UINT32_MAX;
    pthread_cond_signal(&workers->ended);
    pthread_mutex_unlock(&workers->mutex);
    if (is_last)
        release(workers);
    return NULL;
}

/* Signals are the main thread's: a step shall not be interrupted by them. */
static bool
start_thread(struct workers *workers)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    bool done = pthread_create(&thread, NULL, work, workers) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (done)
        pthread_detach(thread);
    return done;
}

struct workers *
dsy_workers_create(uint32_t count, struct dsy_error *error)
{
    struct workers *workers = calloc(1, sizeof *workers);
    if (workers == NULL) {
        dsy_error_set(error, DSY_NO_MEMORY, "cannot start the workers: memory ran out");
        return NULL;
    }
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_cond_init(&workers->work, NULL);
    pthread_cond_init(&workers->ended, NULL);
    workers->last = &workers->first;
    workers->thread_count = count;
    for (uint32_t index = 0; index < count; index++)
        if (!start_thread(workers)) {
            pthread_mutex_lock(&workers->mutex);
            workers->thread_count -= count - index;
            pthread_mutex_unlock(&workers->mutex);
            dsy_workers_destroy(workers);
            dsy_error_set(error, DSY_NO_MEMORY, "cannot start %u worker threads, only %u", count, index);
            return NULL;
        }
    return workers;
}

void
dsy_workers_execute(struct workers *workers, struct job *first)
{
    if (first == NULL)
        return;
    uint64_t count = 0;
    struct job **last = &first;
    for (; *last != NULL; last = &(*last)->next)
        count++;
    pthread_mutex_lock(&workers->mutex);
    *workers->last = first;
    workers->last = last;
    workers->queued += count;
    bool wake = workers->idle > 0;
    pthread_mutex_unlock(&workers->mutex);
    if (wake)
        pthread_cond_signal(&workers->work);
}

struct job *
dsy_workers_take_back(struct workers *workers, const struct mailbox *home)
{
    struct job *taken = NULL;
    pthread_mutex_lock(&workers->mutex);
    struct job **place = &workers->first;
    while (*place != NULL) {
        struct job *job = *place;
        if (job->home != home) {
            place = &job->next;
            continue;
        }
        *place = job->next;
        workers->queued--;
        job->next = taken;
        taken = job;
    }
    workers->last = place;
    pthread_mutex_unlock(&workers->mutex);
    return taken;
}

void
dsy_workers_count(struct workers *workers, uint64_t *running, uint64_t *queued)
{
    pthread_mutex_lock(&workers->mutex);
    *running = workers->thread_count - workers->idle;
    *queued = workers->queued;
    pthread_mutex_unlock(&workers->mutex);
}

void
dsy_workers_destroy(struct workers *workers)
{
    if (workers == NULL)
        return;
    pthread_mutex_lock(&workers->mutex);
    workers->is_ending = true;
    for (struct job *job; (job = take_job(workers)) != NULL;)
        dsy_job_destroy(job);
    pthread_cond_broadcast(&workers->work);
    while (workers->idle > 0)
        pthread_cond_wait(&workers->ended, &workers->mutex);
    bool is_last = workers->thread_count == 0;
    /* Nobody is idle any more: the mark says that the last thread that leaves frees the pool. */
    workers->idle = UINT32_MAX;
    pthread_mutex_unlock(&workers->mutex);
    if (is_last)
        release(workers);
}
