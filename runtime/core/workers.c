/* Workers: queues, a condition, threads. */
#include "runtime/core/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct workers {
    pthread_mutex_t mutex;
    pthread_cond_t work;  /* there are jobs, or it ends */
    pthread_cond_t ended; /* a thread has left or turned idle */
    const struct dsy_clock *clock;
    struct job_queue jobs;     /* without a limit */
    struct job_queue suspects; /* are executed alone */
    struct limit *limits;      /* owned, of the steps that have one */
    size_t limit_count;
    uint64_t next_sequence;
    struct workers_counts counts;
    uint32_t thread_count; /* that have not left */
    uint32_t idle;
    bool has_timekeeper; /* an idle thread waits for the time at which a job may begin */
    _Atomic bool is_ending;
    const struct dsy_remote_transport *remote; /* borrowed; constant once jobs come */
    char **library;      /* owned: the text of each of dsy_library_settings; NULL: not set. Constant once jobs come */
    uint64_t references; /* the owner, the threads, the answers that are out */

    struct job *alone;         /* the suspect that is executed alone; NULL: none is */
    int64_t alone_until_ns;    /* then others may begin */
    int64_t patience_until_ns; /* the first suspect waits that long for the others to end; 0: it came just now */
};

/* Every function here but dsy_workers_… is called with the mutex held, unless it says otherwise. */

/* ---- its end ---- */

/* The mutex is given back. */
static void
drop_reference(struct workers *workers)
{
    bool is_last = --workers->references == 0;
    pthread_mutex_unlock(&workers->mutex);
    if (!is_last)
        return;
    for (size_t index = 0; index < workers->limit_count; index++)
        dsy_limit_destroy(&workers->limits[index]);
    for (size_t index = 0; workers->library != NULL && index < dsy_library_setting_count; index++)
        free(workers->library[index]);
    free(workers->library);
    free(workers->limits);
    pthread_mutex_destroy(&workers->mutex);
    pthread_cond_destroy(&workers->work);
    pthread_cond_destroy(&workers->ended);
    free(workers);
}

/* ---- queues ---- */

static void
queue_init(struct job_queue *queue)
{
    *queue = (struct job_queue){ 0 };
    queue->last = &queue->first;
}

static void
queue_add(struct job_queue *queue, struct job *job)
{
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
    queue->count++;
}

static struct job *
queue_take(struct job_queue *queue)
{
    struct job *job = queue->first;
    if (job == NULL)
        return NULL;
    queue->first = job->next;
    if (queue->first == NULL)
        queue->last = &queue->first;
    queue->count--;
    return job;
}

/* Move those of a shard, or one job, to the front of a list. */
static void
queue_remove(struct job_queue *queue, const struct mailbox *home, const struct job *only, struct job **taken)
{
    struct job **place = &queue->first;
    while (*place != NULL) {
        struct job *job = *place;
        if (only != NULL ? job != only : job->home != home) {
            place = &job->next;
            continue;
        }
        *place = job->next;
        queue->count--;
        job->next = *taken;
        *taken = job;
    }
    queue->last = place;
}

static void
remove_queued(struct workers *workers, const struct mailbox *home, const struct job *only, struct job **taken)
{
    queue_remove(&workers->jobs, home, only, taken);
    queue_remove(&workers->suspects, home, only, taken);
    for (size_t index = 0; index < workers->limit_count; index++)
        queue_remove(&workers->limits[index].waiting, home, only, taken);
    if (workers->suspects.first == NULL)
        workers->patience_until_ns = 0;
}

static struct limit *
find_limit(const struct workers *workers, const struct dsy_step_type *type)
{
    if (!dsy_step_is_limited(type))
        return NULL;
    for (size_t index = 0; index < workers->limit_count; index++)
        if (workers->limits[index].type == type)
            return &workers->limits[index];
    return NULL;
}

static bool
has_queued(const struct workers *workers)
{
    if (workers->jobs.first != NULL || workers->suspects.first != NULL)
        return true;
    for (size_t index = 0; index < workers->limit_count; index++)
        if (workers->limits[index].waiting.first != NULL)
            return true;
    return false;
}

/* ---- what may begin ---- */

static int64_t
later(int64_t now_ns, int64_t duration_ns)
{
    int64_t sum;
    return __builtin_add_overflow(now_ns, duration_ns, &sum) ? INT64_MAX : sum;
}

static void
sooner(int64_t *at_ns, int64_t candidate_ns)
{
    if (candidate_ns < *at_ns)
        *at_ns = candidate_ns;
}

/* The oldest of those that may begin, from one of the queues.
 * *at_ns  lowered to when another one may */
static struct job *
take_ordinary(struct workers *workers, int64_t now_ns, int64_t *at_ns)
{
    struct job_queue *chosen = workers->jobs.first != NULL ? &workers->jobs : NULL;
    for (size_t index = 0; index < workers->limit_count; index++) {
        struct limit *limit = &workers->limits[index];
        if (limit->waiting.first == NULL || !dsy_limit_allows(limit, now_ns, at_ns))
            continue;
        if (chosen == NULL || limit->waiting.first->sequence < chosen->first->sequence)
            chosen = &limit->waiting;
    }
    return chosen != NULL ? queue_take(chosen) : NULL;
}

/* The first suspect: when nobody else executes, or when that has been waited for long enough.
 * *is_alone  whether it is */
static struct job *
take_suspect(struct workers *workers, int64_t now_ns, int64_t *at_ns, bool *is_alone)
{
    struct job *job = workers->suspects.first;
    *is_alone = workers->counts.running == 0;
    if (!*is_alone) {
        if (workers->patience_until_ns == 0)
            workers->patience_until_ns = later(now_ns, dsy_flight_alone_ns(job->slot));
        if (now_ns < workers->patience_until_ns) {
            sooner(at_ns, workers->patience_until_ns);
            return NULL;
        }
    }
    struct limit *limit = find_limit(workers, job->type);
    if (limit != NULL && !dsy_limit_allows(limit, now_ns, at_ns))
        return NULL;
    workers->patience_until_ns = 0;
    return queue_take(&workers->suspects);
}

static void
end_alone(struct workers *workers)
{
    dsy_flight_end_alone(workers->alone->slot);
    workers->alone = NULL;
}

/* The next job, begun; NULL: none may begin before *at_ns. */
static struct job *
take_job(struct workers *workers, int64_t *at_ns)
{
    *at_ns = INT64_MAX;
    if (!has_queued(workers))
        return NULL;
    int64_t now_ns = dsy_clock_monotonic_ns(workers->clock);
    if (workers->alone != NULL && now_ns < workers->alone_until_ns) {
        sooner(at_ns, workers->alone_until_ns);
        return NULL;
    }
    if (workers->alone != NULL)
        end_alone(workers);
    bool is_alone = false;
    struct job *job = workers->suspects.first != NULL ? take_suspect(workers, now_ns, at_ns, &is_alone)
                                                      : take_ordinary(workers, now_ns, at_ns);
    if (job == NULL)
        return NULL;
    if (is_alone) {
        workers->alone = job;
        workers->alone_until_ns = later(now_ns, dsy_flight_alone_ns(job->slot));
    }
    job->limit = find_limit(workers, job->type);
    if (job->limit != NULL)
        dsy_limit_begin(job->limit, now_ns);
    job->phase = JOB_EXECUTING;
    workers->counts.running++;
    dsy_flight_begin(job->slot, is_alone);
    dsy_job_begin(job);
    return job;
}

static void
wake_one(struct workers *workers)
{
    if (workers->idle > 0)
        pthread_cond_signal(&workers->work);
}

/* ---- what has ended ---- */

static void
leave_limit(struct job *job)
{
    if (job->limit != NULL)
        dsy_limit_end(job->limit);
    job->limit = NULL;
}

/* Its outcome is in job->result. Posted under the mutex: once it is ending, shards may be gone. */
static void
send_home(struct workers *workers, struct job *job)
{
    leave_limit(job);
    if (workers->alone == job)
        end_alone(workers);
    dsy_job_settle(job);
    job->phase = JOB_SENT;
    if (workers->is_ending) {
        dsy_job_destroy(job);
        return;
    }
    dsy_flight_end(job->slot);
    if (!dsy_mailbox_post(job->home, &job->mail))
        dsy_job_destroy(job);
}

static void
take_result(struct job *job, struct dsy_answer *answer)
{
    struct job_result given = answer->result;
    answer->result = job->result;
    job->result = given;
}

/* A worker has left the user's function. */
static void
leave_step(struct workers *workers, struct job *job, bool has_result)
{
    struct dsy_answer *answer = job->answer;
    workers->counts.running--;
    if (atomic_load_explicit(&job->is_unwanted, memory_order_relaxed))
        workers->counts.overdue--;
    if (!has_result && !answer->is_given) {
        job->phase = JOB_LATER;
        workers->counts.later++;
        if (atomic_load_explicit(&job->is_unwanted, memory_order_relaxed))
            leave_limit(job);
        return;
    }
    job->answer = NULL;
    if (!has_result)
        take_result(job, answer);
    bool is_given = answer != NULL && answer->is_given;
    if (answer != NULL)
        answer->job = NULL;
    send_home(workers, job);
    if (is_given) {
        dsy_answer_destroy(answer);
        workers->references--; /* not the last: this thread has one */
    }
}

/* ---- threads ---- */

/* Wait for work, at most until at_ns. One idle thread looks at the time, the others sleep until they are woken. */
static void
wait_for_work(struct workers *workers, int64_t at_ns)
{
    workers->idle++;
    if (at_ns == INT64_MAX || workers->has_timekeeper) {
        pthread_cond_wait(&workers->work, &workers->mutex);
    } else {
        /* Not for longer than a second: the clock that was asked may be another than the one that is waited by. */
        int64_t wait_ns = at_ns - dsy_clock_monotonic_ns(workers->clock);
        wait_ns = wait_ns < 0 ? 0 : wait_ns > 1000000000 ? 1000000000 : wait_ns;
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += wait_ns;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        workers->has_timekeeper = true;
        pthread_cond_timedwait(&workers->work, &workers->mutex, &until);
        workers->has_timekeeper = false;
    }
    workers->idle--;
}

static void *
work(void *context)
{
    struct workers *workers = context;
    pthread_mutex_lock(&workers->mutex);
    while (!workers->is_ending) {
        int64_t at_ns;
        struct job *job = take_job(workers, &at_ns);
        if (job == NULL) {
            wait_for_work(workers, at_ns);
            continue;
        }
        if (has_queued(workers))
            wake_one(workers); /* for the next, or to look at the time */
        pthread_mutex_unlock(&workers->mutex);
        bool has_result = dsy_job_execute(job);
        pthread_mutex_lock(&workers->mutex);
        leave_step(workers, job, has_result);
    }
    workers->thread_count--;
    pthread_cond_signal(&workers->ended);
    drop_reference(workers);
    return NULL;
}

/* Signals are the main thread's: a step shall not be interrupted by them. But for those that say that it is wrong.
 * Called without the mutex. */
static bool
start_thread(struct workers *workers)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT };
    sigset_t all, before;
    sigfillset(&all);
    for (size_t index = 0; index < sizeof faults / sizeof *faults; index++)
        sigdelset(&all, faults[index]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    bool done = pthread_create(&thread, NULL, work, workers) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (done)
        pthread_detach(thread);
    return done;
}

/* ---- making it ---- */

/* Called without the mutex, before there are threads. */
static bool
make_limits(struct workers *workers, const struct dsy_step_type *const *steps, uint32_t step_count)
{
    size_t count = 0;
    for (uint32_t index = 0; index < step_count; index++)
        count += dsy_step_is_limited(steps[index]) ? 1 : 0;
    workers->limits = calloc(count > 0 ? count : 1, sizeof *workers->limits);
    if (workers->limits == NULL)
        return false;
    for (uint32_t index = 0; index < step_count; index++) {
        if (!dsy_step_is_limited(steps[index]))
            continue;
        if (dsy_limit_init(&workers->limits[workers->limit_count], steps[index]) != DSY_OK)
            return false;
        workers->limit_count++;
    }
    return true;
}

static void
init(struct workers *workers, uint32_t count, const struct dsy_clock *clock)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_cond_init(&workers->work, &monotonic);
    pthread_cond_init(&workers->ended, NULL);
    pthread_condattr_destroy(&monotonic);
    workers->clock = clock;
    queue_init(&workers->jobs);
    queue_init(&workers->suspects);
    workers->thread_count = count;
    workers->references = (uint64_t)count + 1;
}

struct workers *
dsy_workers_create(uint32_t count, const struct dsy_step_type *const *steps, uint32_t step_count,
                   const struct dsy_clock *clock, struct dsy_error *error)
{
    struct workers *workers = calloc(1, sizeof *workers);
    if (workers == NULL) {
        dsy_error_set(error, DSY_NO_MEMORY, "cannot start the workers: memory ran out");
        return NULL;
    }
    init(workers, count, clock);
    uint32_t started = 0;
    bool has_limits = make_limits(workers, steps, step_count);
    while (has_limits && started < count && start_thread(workers))
        started++;
    if (has_limits && started == count)
        return workers;
    pthread_mutex_lock(&workers->mutex);
    workers->thread_count -= count - started;
    workers->references -= count - started;
    pthread_mutex_unlock(&workers->mutex);
    dsy_workers_destroy(workers);
    dsy_error_set(error, DSY_NO_MEMORY, "cannot start %u worker threads, only %u", count, started);
    return NULL;
}

/* Of two settings of one name the first counts. */
enum dsy_status
dsy_workers_set_library(struct workers *workers, const struct dsy_config_value *settings, size_t count)
{
    workers->library = calloc(dsy_library_setting_count, sizeof *workers->library);
    if (workers->library == NULL)
        return DSY_NO_MEMORY;
    for (size_t index = 0; index < dsy_library_setting_count; index++) {
        const struct dsy_config_value *wanted = &dsy_library_settings[index];
        for (size_t at = 0; at < count && workers->library[index] == NULL; at++) {
            if (settings[at].is_use || strcmp(settings[at].service, wanted->service) != 0 ||
                strcmp(settings[at].name, wanted->name) != 0)
                continue;
            workers->library[index] = strdup(settings[at].text);
            if (workers->library[index] == NULL)
                return DSY_NO_MEMORY;
        }
    }
    return DSY_OK;
}

void
dsy_workers_set_remote(struct workers *workers, const struct dsy_remote_transport *remote)
{
    workers->remote = remote;
}

const struct dsy_remote_transport *
dsy_workers_remote(const struct workers *workers)
{
    return workers->remote;
}

const char *
dsy_workers_setting(const struct workers *workers, const char *module, const char *name)
{
    for (size_t index = 0; workers->library != NULL && index < dsy_library_setting_count; index++)
        if (strcmp(dsy_library_settings[index].service, module) == 0 &&
            strcmp(dsy_library_settings[index].name, name) == 0)
            return workers->library[index];
    return NULL;
}

/* ---- what shards call ---- */

void
dsy_workers_execute(struct workers *workers, struct job *first)
{
    if (first == NULL)
        return;
    pthread_mutex_lock(&workers->mutex);
    for (struct job *job = first, *next; job != NULL; job = next) {
        next = job->next;
        struct limit *limit = find_limit(workers, job->type);
        job->workers = workers;
        job->phase = JOB_QUEUED;
        job->sequence = workers->next_sequence++;
        queue_add(dsy_flight_is_suspect(job->slot) ? &workers->suspects
                  : limit != NULL                  ? &limit->waiting
                                                   : &workers->jobs,
                  job);
    }
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
    remove_queued(workers, home, NULL, &taken);
    pthread_mutex_unlock(&workers->mutex);
    return taken;
}

bool
dsy_workers_give_up(struct workers *workers, struct job *job)
{
    struct job *taken = NULL;
    pthread_mutex_lock(&workers->mutex);
    if (job->phase == JOB_QUEUED)
        remove_queued(workers, NULL, job, &taken);
    bool was_wanted = !atomic_exchange_explicit(&job->is_unwanted, true, memory_order_relaxed);
    if (taken == NULL && was_wanted && job->phase == JOB_EXECUTING)
        workers->counts.overdue++;
    if (taken == NULL && job->phase == JOB_LATER) {
        leave_limit(job); /* its place would be lost if no answer came */
        if (workers->alone == job)
            end_alone(workers);
        wake_one(workers);
    }
    pthread_mutex_unlock(&workers->mutex);
    return taken != NULL;
}

void
dsy_workers_count(struct workers *workers, struct workers_counts *counts)
{
    pthread_mutex_lock(&workers->mutex);
    *counts = workers->counts;
    for (size_t index = 0; index < workers->limit_count; index++)
        counts->limited += workers->limits[index].waiting.count;
    counts->queued = counts->limited + workers->jobs.count + workers->suspects.count;
    pthread_mutex_unlock(&workers->mutex);
}

void
dsy_workers_destroy(struct workers *workers)
{
    if (workers == NULL)
        return;
    pthread_mutex_lock(&workers->mutex);
    workers->is_ending = true;
    struct job *queued = NULL;
    for (size_t index = 0; index < workers->limit_count; index++)
        for (struct job *job; (job = queue_take(&workers->limits[index].waiting)) != NULL;)
            dsy_job_destroy(job);
    while ((queued = queue_take(&workers->jobs)) != NULL || (queued = queue_take(&workers->suspects)) != NULL)
        dsy_job_destroy(queued);
    pthread_cond_broadcast(&workers->work);
    while (workers->idle > 0)
        pthread_cond_wait(&workers->ended, &workers->mutex);
    drop_reference(workers);
}

/* ---- answers that come later ---- */

bool
dsy_workers_take_answer(struct job *job, struct dsy_answer *answer)
{
    struct workers *workers = job->workers;
    if (workers == NULL)
        return false;
    pthread_mutex_lock(&workers->mutex);
    bool may = job->answer == NULL && !workers->is_ending;
    if (may) {
        job->answer = answer;
        answer->job = job;
        answer->workers = workers;
        workers->references++;
    }
    pthread_mutex_unlock(&workers->mutex);
    return may;
}

void
dsy_workers_answer(struct dsy_answer *answer)
{
    struct workers *workers = answer->workers;
    pthread_mutex_lock(&workers->mutex);
    struct job *job = answer->job;
    if (job != NULL && job->phase == JOB_EXECUTING) {
        answer->is_given = true; /* until the step has returned */
        pthread_mutex_unlock(&workers->mutex);
        return;
    }
    if (job != NULL) {
        workers->counts.later--;
        job->answer = NULL;
        take_result(job, answer);
        send_home(workers, job);
        wake_one(workers);
    }
    dsy_answer_destroy(answer);
    drop_reference(workers);
}

bool
dsy_workers_want(const struct dsy_answer *answer)
{
    struct workers *workers = answer->workers;
    pthread_mutex_lock(&workers->mutex);
    bool is_wanted = answer->job != NULL && !workers->is_ending &&
                     !atomic_load_explicit(&answer->job->is_unwanted, memory_order_relaxed);
    pthread_mutex_unlock(&workers->mutex);
    return is_wanted;
}

bool
dsy_workers_are_ending(const struct workers *workers)
{
    return workers->is_ending;
}
