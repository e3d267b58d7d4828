/* Attempts of steps: begun after the commit that recorded them, answered by a message, or timed out. */
#include <stdlib.h>

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
    dsy_flight_give(&shard->flight, job->slot);
    job->slot = NULL;
    if (shard->free_job_count >= FREE_JOBS_MAX) {
        dsy_job_destroy(job);
        return;
    }
    job->next = shard->free_jobs;
    shard->free_jobs = job;
    shard->free_job_count++;
}

/* ---- limits ---- */

enum dsy_status
dsy_shard_init_limits(struct shard *shard)
{
    const struct dsy_program_type *program = shard->surroundings->program->type;
    shard->limited = calloc(program->step_count > 0 ? program->step_count : 1, sizeof *shard->limited);
    if (shard->limited == NULL)
        return DSY_NO_MEMORY;
    for (uint32_t index = 0; index < program->step_count; index++) {
        const struct dsy_step_type *type = program->steps[index];
        if (!dsy_step_is_limited(type))
            continue;
        /* Twice what may run, so that the next are at hand. */
        int64_t wanted = type->limit_concurrency > JOBS_MAX ? JOBS_MAX : type->limit_concurrency * 2;
        size_t most = wanted > JOBS_MAX / 2 ? JOBS_MAX / 2 : (size_t)wanted;
        shard->limited[shard->limited_count++] =
            (struct limited_step){ .type = type, .jobs_max = most > JOBS_OF_LIMIT_MAX ? most : JOBS_OF_LIMIT_MAX };
    }
    return DSY_OK;
}

static struct limited_step *
find_limited(const struct shard *shard, const struct dsy_step_type *type)
{
    if (!dsy_step_is_limited(type))
        return NULL;
    for (size_t index = 0; index < shard->limited_count; index++)
        if (shard->limited[index].type == type)
            return &shard->limited[index];
    return NULL;
}

bool
dsy_shard_takes_step(struct shard *shard, const struct dsy_step_type *type)
{
    struct limited_step *limited = find_limited(shard, type);
    if (limited == NULL)
        return true;
    if (limited->jobs + limited->in_pass >= limited->jobs_max) {
        limited->has_rows = true;
        return false;
    }
    limited->in_pass++;
    return true;
}

bool
dsy_shard_has_limited_rows(struct shard *shard)
{
    for (size_t index = 0; index < shard->limited_count; index++) {
        const struct limited_step *limited = &shard->limited[index];
        if (!limited->has_rows || limited->jobs > limited->jobs_max / 2)
            continue;
        /* The pass looks at all of them. */
        for (size_t other = 0; other < shard->limited_count; other++) {
            shard->limited[other].has_rows = false;
            shard->limited[other].in_pass = 0;
        }
        return true;
    }
    return false;
}

static enum dsy_status
add_job(struct shard *shard, struct job *job)
{
    enum dsy_status status = dsy_number_table_insert(&shard->jobs, job->number, job);
    struct limited_step *limited = find_limited(shard, job->type);
    if (status == DSY_OK && limited != NULL)
        limited->jobs++;
    return status;
}

static void
remove_job(struct shard *shard, struct job *job)
{
    struct limited_step *limited = find_limited(shard, job->type);
    dsy_number_table_remove(&shard->jobs, job->number);
    if (limited != NULL)
        limited->jobs--;
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
    if (is_ready && add_job(shard, job) == DSY_OK) {
        job->slot = dsy_flight_take(&shard->flight, job->number, job->await_count, job->attempt);
        return job;
    }
    dsy_shard_give_job(shard, job);
    return NULL;
}

/* Its row changed for another reason: the attempt goes on. */
static bool
is_under_way(const struct shard *shard, const struct invocation *invocation)
{
    const struct job *job = dsy_number_table_find(&shard->jobs, invocation->number);
    return job != NULL && job->await_count == invocation->await_count && job->attempt == invocation->pending.attempt;
}

struct job *
dsy_shard_begin_step(struct shard *shard, const struct invocation *invocation)
{
    if (shard->is_draining || is_under_way(shard, invocation))
        return NULL;
    struct limited_step *limited = find_limited(shard, invocation->pending.step);
    if (limited != NULL && limited->jobs >= limited->jobs_max) {
        limited->has_rows = true;
        return NULL;
    }
    struct job *job = NULL;
    if (shard->jobs.count < JOBS_MAX)
        job = prepare_job(shard, invocation);
    if (job == NULL) {
        shard->steps_wait = true;
        return NULL;
    }
    shard_count(&shard->counters.steps_started, 1);
    job->dispatch = shard->dispatches;
    job->dispatched_ns = shard->dispatched_ns;
    if (limited == NULL) /* it is not known when one with a limit begins */
        shard->awaited_jobs++;
    return job;
}

/* ---- attempts that are cancelled ---- */

static void
unlink_lingering(struct shard *shard, struct job *job)
{
    struct job **place = &shard->lingering;
    while (*place != job)
        place = &(*place)->next_lingering;
    *place = job->next_lingering;
    job->is_lingering = false;
}

static struct job *
find_lingering(const struct shard *shard, int64_t number, uint64_t await_count)
{
    struct job *job = shard->lingering;
    while (job != NULL && (job->number != number || job->await_count != await_count))
        job = job->next_lingering;
    return job;
}

static bool
lingers(const struct invocation *invocation, uint64_t await_count)
{
    for (const struct lingering *each = invocation->lingering; each != NULL; each = each->next)
        if (each->is_step && each->await_count == await_count)
            return true;
    return false;
}

/* Its attempt is cancelled, or was: it is told when that has ended. */
static void
let_linger(struct shard *shard, struct job *job)
{
    if (dsy_workers_give_up(shard->surroundings->workers, job)) {
        dsy_shard_step_taken_back(shard, job);
        return;
    }
    remove_job(shard, job);
    if (job->dispatch == shard->dispatches && !dsy_step_is_limited(job->type))
        shard->awaited_jobs--;
    job->is_lingering = true;
    job->next_lingering = shard->lingering;
    shard->lingering = job;
}

static void
tell_ended(struct shard *shard, int64_t number, uint64_t await_count)
{
    struct message *message = dsy_shard_new_message(MESSAGE_STEP, number);
    if (message == NULL) {
        dsy_log_write(shard->surroundings->log, DSY_LOG_ERROR,
                      "shard %u: no memory to tell an invocation that its step has ended: it is told after the next "
                      "start",
                      shard->number);
        return;
    }
    message->await_count = await_count;
    message->answer = STEP_LOST;
    dsy_message_queue_add(&shard->ready, message);
    uv_async_send(&shard->wake);
}

void
dsy_shard_leave_steps(struct shard *shard, const struct invocation *invocation, bool has_ended)
{
    struct job *job = dsy_number_table_find(&shard->jobs, invocation->number);
    bool has_left = has_ended || invocation->pending.kind != PENDING_STEP ||
                    invocation->pending.due_ns != DSY_NOT_DUE ||
                    (job != NULL && job->await_count != invocation->await_count);
    if (job != NULL && has_left && !has_ended && lingers(invocation, job->await_count))
        let_linger(shard, job);
    else if (job != NULL && has_left)
        dsy_shard_give_up_step(shard, job);
    for (const struct lingering *each = invocation->lingering; each != NULL; each = each->next) {
        job = each->is_step ? find_lingering(shard, invocation->number, each->await_count) : NULL;
        if (job != NULL && has_ended)
            unlink_lingering(shard, job); /* its late answer is dropped */
        else if (job == NULL && each->is_step && !has_ended)
            tell_ended(shard, invocation->number, each->await_count);
    }
}

/* ---- answers ---- */

struct message *
dsy_shard_step_answered(struct shard *shard, struct job *job)
{
    if (job->is_lingering) {
        unlink_lingering(shard, job);
        return &job->message; /* its invocation drops the answer, but knows that it has ended */
    }
    if (dsy_number_table_find(&shard->jobs, job->number) != job) {
        dsy_shard_give_job(shard, job); /* it was given up: its late answer is dropped */
        return NULL;
    }
    remove_job(shard, job);
    if (!dsy_step_is_limited(job->type)) { /* how long one with a limit took says how long it waited */
        if (job->dispatch == shard->dispatches)
            shard->awaited_jobs--;
        shard->step_ns += (shard->gathered_ns - job->dispatched_ns - shard->step_ns) / 8;
    }
    switch (job->message.answer) {
    case STEP_DONE: shard_count(&shard->counters.steps_done, 1); break;
    case STEP_THREW: shard_count(&shard->counters.steps_threw, 1); break;
    case STEP_FAILED:
    case STEP_LOST:
    case STEP_TIMED_OUT: shard_count(&shard->counters.steps_retried, 1); break;
    }
    return &job->message;
}

void
dsy_shard_give_up_step(struct shard *shard, struct job *job)
{
    if (dsy_workers_give_up(shard->surroundings->workers, job))
        dsy_shard_step_taken_back(shard, job);
    else
        remove_job(shard, job);
}

void
dsy_shard_step_taken_back(struct shard *shard, struct job *job)
{
    if (dsy_number_table_find(&shard->jobs, job->number) == job)
        remove_job(shard, job);
    if (job->dispatch == shard->dispatches && !dsy_step_is_limited(job->type))
        shard->awaited_jobs--;
    dsy_shard_give_job(shard, job);
}

void
dsy_shard_lose_steps(struct shard *shard)
{
    for (size_t index = 0; index < shard->jobs.capacity;) {
        struct job *job = shard->jobs.slots[index].number != 0 ? shard->jobs.slots[index].value : NULL;
        struct message *message = NULL;
        if (job != NULL && job->type->effect == DSY_STEP_AT_MOST_ONCE)
            message = dsy_shard_new_message(MESSAGE_STEP, job->number);
        if (message == NULL) {
            index++; /* without memory the flight record says it after the next start */
            shard->has_given_up |= job != NULL && job->type->effect == DSY_STEP_AT_MOST_ONCE;
            continue;
        }
        message->await_count = job->await_count;
        message->attempt = job->attempt;
        message->answer = STEP_LOST;
        dsy_message_queue_add(&shard->ready, message);
        dsy_shard_give_up_step(shard, job); /* which shifts others into its place */
    }
    if (shard->ready.count > 0)
        uv_async_send(&shard->wake);
}

/* The timeout counts from the moment at which a worker begins: while all are busy it is put off. */
static void
time_out(struct shard *shard, const struct timer *timer)
{
    struct job *job = dsy_number_table_find(&shard->jobs, timer->number);
    struct job *lingering = shard->lingering != NULL ? find_lingering(shard, timer->number, timer->await_count) : NULL;
    if (lingering != NULL && lingering->attempt == timer->attempt) {
        unlink_lingering(shard, lingering);
        tell_ended(shard, timer->number, timer->await_count);
        return;
    }
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
    dsy_message_queue_add(&shard->ready, message);
    dsy_shard_give_up_step(shard, job);
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
