#include "tests/support/pool.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dsy/generated.h"

/* Read once by each execution: a worker may leave one a moment after the next pool was made. */
static struct pool *_Atomic current;

/* ---- the steps ---- */

static void
keep_answer(struct pool *pool, struct dsy_answer *answer)
{
    pthread_mutex_lock(&pool->mutex);
    pool->answers[pool->answer_count++] = answer;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mutex);
}

static void
count_running(struct pool *pool, int change)
{
    pthread_mutex_lock(&pool->mutex);
    pool->running += change;
    if (pool->running > pool->most_running)
        pool->most_running = pool->running;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mutex);
}

static void
block(struct pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    while (!pool->is_released)
        pthread_cond_wait(&pool->changed, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

static enum dsy_step_outcome
answer_later(struct pool *pool, struct dsy_step *step, enum pool_act what, int64_t number,
             struct dsy_cbor_writer *result)
{
    struct dsy_answer *answer = dsy_step_later(step);
    if (answer == NULL)
        return dsy_step_retry(step, "the node ends");
    switch (what) {
    case POOL_ANSWER_TWICE: number = dsy_step_later(step) == NULL ? number : -2; break;
    case POOL_ANSWER_AFTER: keep_answer(pool, answer); return DSY_STEP_LATER;
    case POOL_ANSWER_DROPPED:
        keep_answer(pool, answer);
        dsy_int64_write_cbor(result, number);
        return DSY_STEP_DONE;
    case POOL_ANSWER_FIRST:
    case POOL_ANSWER_NONE:
    case POOL_RETURN:
    case POOL_BLOCK: break;
    }
    dsy_int64_write_cbor(dsy_answer_result(answer), number);
    dsy_answer_done(answer);
    return DSY_STEP_LATER;
}

static enum dsy_step_outcome
act(struct pool *pool, struct dsy_step *step, enum pool_act what, int64_t number, struct dsy_cbor_writer *result)
{
    switch (what) {
    case POOL_ANSWER_NONE: return DSY_STEP_LATER;
    case POOL_BLOCK: block(pool); break;
    case POOL_RETURN: break;
    case POOL_ANSWER_FIRST:
    case POOL_ANSWER_AFTER:
    case POOL_ANSWER_DROPPED:
    case POOL_ANSWER_TWICE: return answer_later(pool, step, what, number, result);
    }
    dsy_int64_write_cbor(result, number);
    return DSY_STEP_DONE;
}

static enum dsy_step_outcome
execute(struct dsy_step *step, struct dsy_cbor_reader *reader, struct dsy_cbor_writer *result)
{
    dsy_cbor_array_begin(reader);
    enum pool_act what = (enum pool_act)dsy_int64_read_cbor(reader);
    int64_t number = dsy_int64_read_cbor(reader);
    dsy_cbor_array_end(reader);
    if (reader->failed)
        return DSY_STEP_RETRY;
    struct pool *pool = current;
    count_running(pool, 1);
    enum dsy_step_outcome outcome = act(pool, step, what, number, result);
    count_running(pool, -1);
    return outcome;
}

static struct dsy_step_type plain = { .name = "plain", .execute = execute };
static struct dsy_step_type limited = { .name = "limited", .execute = execute };

/* ---- the pool ---- */

static void
count_posted(void *context)
{
    struct pool *pool = context;
    pthread_mutex_lock(&pool->mutex);
    pool->posted++;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mutex);
}

void
pool_init(struct pool *pool, uint32_t worker_count, int64_t concurrency, double per_second)
{
    static const struct dsy_step_type *const steps[] = { &plain, &limited };
    memset((void *)pool, 0, sizeof *pool);
    current = pool;
    limited.limit_concurrency = concurrency;
    limited.limit_per_second = per_second;
    pool->clock = dsy_clock_system();
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->changed, NULL);
    dsy_mailbox_init(&pool->mailbox, count_posted, pool);
    pool->workers = dsy_workers_create(worker_count, steps, 2, &pool->clock, NULL);
    if (pool->workers == NULL)
        abort();
}

void
pool_release(struct pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->is_released = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mutex);
}

void
pool_destroy(struct pool *pool)
{
    pool_release(pool);
    dsy_workers_destroy(pool->workers);
    struct mail *mail = dsy_mailbox_take(&pool->mailbox);
    while (mail != NULL) {
        struct mail *next = mail->next;
        dsy_job_destroy((struct job *)(void *)mail);
        mail = next;
    }
    pool_wait_running(pool, 0);
    dsy_mailbox_destroy(&pool->mailbox);
}

struct job *
pool_job(struct pool *pool, enum pool_act what, int64_t number, bool is_limited, struct flight_slot *slot)
{
    struct job *job = dsy_job_create(1);
    struct dsy_buffer arguments;
    dsy_buffer_init(&arguments, 1024);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&arguments);
    dsy_cbor_write_array_begin(&writer, 2);
    dsy_int64_write_cbor(&writer, (int64_t)what);
    dsy_int64_write_cbor(&writer, number);
    dsy_cbor_write_array_end(&writer);
    struct dsy_slice slice = { .data = arguments.data, .size_bytes = arguments.size_bytes };
    if (job == NULL ||
        dsy_job_prepare(job, is_limited ? &limited : &plain, (dsy_uuid){ { 0 } }, number, 1, 1, slice) != DSY_OK)
        abort();
    dsy_buffer_destroy(&arguments);
    job->home = &pool->mailbox;
    job->clock = &pool->clock;
    job->slot = slot;
    job->next = NULL;
    return job;
}

void
pool_execute(struct pool *pool, struct job *job)
{
    dsy_workers_execute(pool->workers, job);
}

/* ---- waiting ---- */

static struct timespec
in_five_seconds(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    return until;
}

struct job *
pool_wait(struct pool *pool)
{
    static struct mail *rest;
    struct timespec until = in_five_seconds();
    while (rest == NULL && (rest = dsy_mailbox_take(&pool->mailbox)) == NULL) {
        pthread_mutex_lock(&pool->mutex);
        uint64_t posted = pool->posted;
        pthread_mutex_unlock(&pool->mutex);
        if ((rest = dsy_mailbox_take(&pool->mailbox)) != NULL)
            break;
        pthread_mutex_lock(&pool->mutex);
        int waited = 0;
        while (pool->posted == posted && waited == 0)
            waited = pthread_cond_timedwait(&pool->changed, &pool->mutex, &until);
        pthread_mutex_unlock(&pool->mutex);
        if (waited != 0)
            return NULL;
    }
    struct job *job = (struct job *)(void *)rest;
    rest = rest->next;
    return job;
}

bool
pool_wait_running(struct pool *pool, int running)
{
    struct timespec until = in_five_seconds();
    int waited = 0;
    pthread_mutex_lock(&pool->mutex);
    while (pool->running != running && waited == 0)
        waited = pthread_cond_timedwait(&pool->changed, &pool->mutex, &until);
    pthread_mutex_unlock(&pool->mutex);
    return waited == 0;
}

bool
pool_wait_answers(struct pool *pool, size_t count)
{
    struct timespec until = in_five_seconds();
    int waited = 0;
    pthread_mutex_lock(&pool->mutex);
    while (pool->answer_count < count && waited == 0)
        waited = pthread_cond_timedwait(&pool->changed, &pool->mutex, &until);
    pthread_mutex_unlock(&pool->mutex);
    return waited == 0;
}

struct dsy_answer *
pool_take_answer(struct pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    struct dsy_answer *answer = pool->answer_count > 0 ? pool->answers[--pool->answer_count] : NULL;
    pthread_mutex_unlock(&pool->mutex);
    return answer;
}

int64_t
pool_number(const struct job *job)
{
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(job->message.value.data, job->message.value.size_bytes, NULL);
    int64_t number = dsy_int64_read_cbor(&reader);
    return job->message.answer == STEP_DONE && dsy_cbor_reader_end(&reader) ? number : -1;
}
