/* Attempts of steps: begun after the commit that recorded them, answered by a message, or timed out. */
#include "runtime/core/shard_internal.h"

/* ---- jobs, used again ---- */

/* Each keeps some 20 KiB for its next use. */
enum { FREE_JOBS_MAX = 256 };

static struct job *
take_free_job(struct shard *shard)
{
    struct job *job = shard->free_jobs;
    if (job == NULL)
        return dsy_job_create(dsy_random_uint64(shard->surroundings->random));
    shard->free_jobs = job->next;
    shard->free_job_count--;
    return job;
}

void
dsy_shard_give_job(struct shard *shard, struct job *job)
{
    if (shard->free_job_count >= FREE_JOBS_MAX) {
        dsy_job_destroy(job);
        return;
    }
    job->next = shard->free_jobs;
    shard->free_jobs = job;
    shard->free_job_count++;
}

/* ---- beginning ---- */

static bool
arm_timeout(struct shard *shard, const struct job *job, int64_t after_ns)
{
    int64_t due_ns;
    if (__builtin_add_overflow(dsy_clock_monotonic_ns(shard->surroundings->clock), after_ns, &due_ns))
        return true;
    struct timer timer = {
        .due_ns = due_ns, .number = job->number, .await_count = job->await_count, .attempt = job->attempt
    };
    return dsy_timer_heap_add(&shard->timeouts, timer) == DSY_OK;
}

static struct job *
prepare_job(struct shard *shard, const struct invocation *invocation)
{
    const struct pending *pending = &invocation->pending;
    struct job *job = take_free_job(shard);
    if (job == NULL)
        return NULL;
    dsy_uuid id = dsy_invocation_id_of(shard->number, invocation->number, invocation->secret);
    bool is_ready = dsy_job_prepare(job, pending->step, id, invocation->number, invocation->await_count,
                                    pending->attempt, pending->arguments) == DSY_OK;
    job->home = &shard->mailbox;
    job->errors = shard->surroundings->program->errors;
    job->clock = shard->surroundings->clock;
    if (is_ready && pending->step->timeout_ns > 0)
        is_ready = arm_timeout(shard, job, pending->step->timeout_ns);
    if (is_ready && dsy_number_table_insert(&shard->jobs, invocation->number, job) == DSY_OK)
        return job;
    dsy_shard_give_job(shard, job);
    return NULL;
}

struct job *
dsy_shard_begin_step(struct shard *shard, const struct invocation *invocation)
{
    if (shard->is_draining)
        return NULL;
    struct job *job = NULL;
    if (shard->jobs.count < JOBS_MAX)
        job = prepare_job(shard, invocation);
    if (job == NULL)
        shard->steps_wait = true;
    else
        shard_count(&shard->counters.steps_started, 1);
    if (job != NULL) {
        job->dispatch = shard->dispatches;
        job->dispatched_ns = shard->dispatched_ns;
        shard->awaited_jobs++;
    }
    return job;
}

/* ---- answers ---- */

struct message *
dsy_shard_step_answered(struct shard *shard, struct job *job)
{
    if (dsy_number_table_find(&shard->jobs, job->number) != job) {
        dsy_shard_give_job(shard, job); /* it was given up: its late answer is dropped */
        return NULL;
    }
    dsy_number_table_remove(&shard->jobs, job->number);
    if (job->dispatch == shard->dispatches)
        shard->awaited_jobs--;
    shard->step_ns += (shard->gathered_ns - job->dispatched_ns - shard->step_ns) / 8;
    switch (job->message.answer) {
    case STEP_DONE: shard_count(&shard->counters.steps_done, 1); break;
    case STEP_THREW: shard_count(&shard->counters.steps_threw, 1); break;
    case STEP_FAILED:
    case STEP_TIMED_OUT: shard_count(&shard->counters.steps_retried, 1); break;
    }
    return &job->message;
}

/* The timeout counts from the moment at which a worker begins: while all are busy it is put off. */
static void
time_out(struct shard *shard, const struct timer *timer)
{
    struct job *job = dsy_number_table_find(&shard->jobs, timer->number);
    if (job == NULL || job->await_count != timer->await_count || job->attempt != timer->attempt)
        return;
    int64_t timeout_ns = job->type->timeout_ns;
    int64_t begun_ns = atomic_load_explicit(&job->begun_ns, memory_order_relaxed);
    int64_t left_ns = begun_ns == 0 ? timeout_ns : begun_ns + timeout_ns - timer->due_ns;
    if (left_ns > 0) {
        if (arm_timeout(shard, job, left_ns))
            return;
    }
    struct message *message = dsy_shard_new_message(MESSAGE_STEP, job->number);
    if (message == NULL) {
        if (!arm_timeout(shard, job, timeout_ns))
            dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR, "shard %u: no memory to time a step out",
                          shard->number);
        return;
    }
    message->await_count = job->await_count;
    message->attempt = job->attempt;
    message->answer = STEP_TIMED_OUT;
    dsy_number_table_remove(&shard->jobs, job->number);
    dsy_message_queue_add(&shard->ready, message);
    shard_count(&shard->counters.steps_timed_out, 1);
    shard_count(&shard->counters.steps_retried, 1);
}

void
dsy_shard_time_out_steps(struct shard *shard)
{
    int64_t now_ns = dsy_clock_monotonic_ns(shard->surroundings->clock);
    for (const struct timer *first; (first = dsy_timer_heap_first(&shard->timeouts)) != NULL;) {
        if (first->due_ns > now_ns)
            return;
        struct timer timer = *first;
        dsy_timer_heap_remove_first(&shard->timeouts);
        time_out(shard, &timer);
    }
}
