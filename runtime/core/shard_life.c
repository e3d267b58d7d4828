/* A shard's life: making it, its threads, its end; and the little of it that other threads may touch. */
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/stack.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/shard_internal.h"

/* ---- threads ---- */

/* Called by whoever posts mail, under the mailbox's mutex. */
static void
wake(void *context)
{
    uv_async_send(&((struct shard *)context)->wake);
}

static void *
run_loop(void *context)
{
    struct shard *shard = context;
    shard->transition.stack_end = dsy_stack_end(STACK_RESERVE_BYTES);
    uv_run(&shard->loop, UV_RUN_DEFAULT);
    return NULL;
}

/* ---- making and unmaking ---- */

static enum dsy_status
init_loop(struct shard *shard, struct dsy_error *error)
{
    if (uv_loop_init(&shard->loop) != 0)
        return dsy_error_set(error, DSY_NO_MEMORY, "cannot make an event loop");
    shard->has_loop = true;
    int failed = uv_async_init(&shard->loop, &shard->wake, dsy_shard_woken);
    failed |= uv_timer_init(&shard->loop, &shard->timer);
    failed |= uv_timer_init(&shard->loop, &shard->tick);
    failed |= uv_timer_init(&shard->loop, &shard->again);
    failed |= uv_timer_init(&shard->loop, &shard->held);
    if (failed != 0)
        return dsy_error_set(error, DSY_NO_MEMORY, "cannot make an event loop");
    shard->wake.data = shard->timer.data = shard->tick.data = shard->again.data = shard->held.data = shard;
    return DSY_OK;
}

static void
init_requests(struct shard *shard)
{
    struct store_request *requests[] = { &shard->due_request,   &shard->active_request, &shard->message_request,
                                         &shard->sweep_request, &shard->close_request,  &shard->open_request };
    for (size_t index = 0; index < sizeof requests / sizeof *requests; index++)
        dsy_arena_init(&requests[index]->arena, SIZE_MAX);
    for (uint32_t peer = 0; peer < shard->surroundings->shard_count; peer++) {
        dsy_arena_init(&shard->outbox_requests[peer].arena, SIZE_MAX);
        shard->outbox_requests[peer].peer = peer;
    }
}

enum dsy_status
dsy_shard_create(const struct shard_surroundings *surroundings, uint32_t number, struct shard **created,
                 struct dsy_error *error)
{
    struct shard *shard = calloc(1, sizeof *shard);
    if (shard == NULL)
        return dsy_error_set(error, DSY_NO_MEMORY, "cannot make a shard: memory ran out");
    shard->surroundings = surroundings;
    shard->number = number;
    pthread_mutex_init(&shard->start_mutex, NULL);
    pthread_cond_init(&shard->start_condition, NULL);
    dsy_store_thread_init(&shard->store);
    dsy_mailbox_init(&shard->mailbox, wake, shard);
    dsy_message_queue_init(&shard->ready);
    dsy_message_queue_init(&shard->first);
    dsy_buffer_init(&shard->buffer, BODY_BYTES_MAX + 64);
    dsy_cache_init(&shard->cache, surroundings->cache_bytes_max);
    dsy_joins_init(&shard->joins, JOIN_BYTES_MAX);
    shard->numbers = (struct numbers){ .shard = number, .next = 1, .random = surroundings->random };
    for (int index = 0; index < 2; index++)
        dsy_batch_init(&shard->batches[index], dsy_random_uint64(surroundings->random));
    shard->open = &shard->batches[0];
    shard->is_opening = true;
    dsy_transition_init(&shard->transition, surroundings->program, &surroundings->limits, number, NULL, &shard->buffer);
    shard->transition.shard_count = surroundings->shard_count;
    shard->transition.placement = surroundings->placement;
    shard->transition.numbers = &shard->numbers;
    shard->transition.joins = &shard->joins;
    shard->due_ns = INT64_MIN + 1;
    shard->due_asked_ns = DSY_NOT_DUE;
    shard->outbox_requests = calloc(surroundings->shard_count, sizeof *shard->outbox_requests);
    enum dsy_status status = shard->outbox_requests != NULL ? DSY_OK : DSY_NO_MEMORY;
    if (status == DSY_OK)
        status = dsy_shard_init_limits(shard);
    if (status == DSY_OK)
        status = dsy_outbox_init(&shard->outbox, surroundings->shard_count, LETTERS_IN_FLIGHT_MAX);
    if (status == DSY_OK) {
        init_requests(shard);
        status = init_loop(shard, error);
    }
    if (status != DSY_OK) {
        dsy_shard_destroy(shard);
        return dsy_error_set(error, status, "cannot make a shard: memory ran out");
    }
    *created = shard;
    return DSY_OK;
}

static enum dsy_status
start_threads(struct shard *shard, struct dsy_error *error)
{
    const struct shard_surroundings *surroundings = shard->surroundings;
    dsy_random_fill(surroundings->random, shard->identity, sizeof shard->identity);
    struct dsy_store_options options = {
        .directory = surroundings->directory,
        .shard = shard->number,
        .shard_count = surroundings->shard_count,
        .identity = shard->identity,
    };
    if (uv_timer_start(&shard->tick, dsy_shard_ticked, TICK_MS, TICK_MS) != 0)
        return dsy_error_set(error, DSY_FAILED, "cannot start a timer");
    shard->store.lines.also = surroundings->line;
    shard->store.lines.also_context = surroundings->line_context;
    enum dsy_status status = dsy_store_thread_start(&shard->store, surroundings->driver, &options, &shard->mailbox,
                                                    surroundings->clock, surroundings->log, error);
    if (status != DSY_OK)
        return status;
    dsy_shard_ask(shard, &shard->open_request, STORE_OPEN);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    shard->is_started = dsy_stack_thread(&shard->thread, STACK_BYTES, run_loop, shard) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (shard->is_started)
        return DSY_OK;
    dsy_shard_ask(shard, &shard->close_request, STORE_CLOSE);
    dsy_store_thread_join(&shard->store);
    dsy_mailbox_take(&shard->mailbox); /* the answers, which are part of the shard */
    return dsy_error_set(error, DSY_NO_MEMORY, "cannot start a shard's thread");
}

enum dsy_status
dsy_shard_start(struct shard *shard, struct dsy_error *error)
{
    enum dsy_status status = start_threads(shard, error);
    if (status != DSY_OK)
        return status;
    pthread_mutex_lock(&shard->start_mutex);
    while (!shard->start_is_known)
        pthread_cond_wait(&shard->start_condition, &shard->start_mutex);
    status = shard->start_status;
    if (status != DSY_OK && error != NULL)
        *error = shard->start_error;
    pthread_mutex_unlock(&shard->start_mutex);
    return status;
}

void
dsy_shard_drain(struct shard *shard, int64_t grace_ns)
{
    if (!shard->is_started)
        return;
    atomic_store(&shard->is_ready, false);
    shard->drain = (struct drain){ .mail.kind = MAIL_DRAIN, .grace_ns = grace_ns };
    dsy_mailbox_post(&shard->mailbox, &shard->drain.mail); /* refused only when the shard has ended */
}

void
dsy_shard_join(struct shard *shard)
{
    if (shard->is_started)
        pthread_join(shard->thread, NULL);
    shard->is_started = false;
    dsy_store_thread_join(&shard->store);
}

static void
free_requests(struct shard *shard)
{
    struct store_request *requests[] = { &shard->due_request,   &shard->active_request, &shard->message_request,
                                         &shard->sweep_request, &shard->close_request,  &shard->open_request };
    for (size_t index = 0; index < sizeof requests / sizeof *requests; index++)
        dsy_arena_destroy(&requests[index]->arena);
    for (uint32_t peer = 0; shard->outbox_requests != NULL && peer < shard->surroundings->shard_count; peer++)
        dsy_arena_destroy(&shard->outbox_requests[peer].arena);
    free(shard->outbox_requests);
}

static void
free_loop(struct shard *shard)
{
    if (!shard->has_loop)
        return;
    if (uv_loop_alive(&shard->loop) || uv_loop_close(&shard->loop) == UV_EBUSY) {
        /* It never ran to its end. */
        dsy_shard_end(shard);
        uv_run(&shard->loop, UV_RUN_DEFAULT);
        int closed = uv_loop_close(&shard->loop);
        assert(closed == 0);
        (void)closed;
    }
}

void
dsy_shard_destroy(struct shard *shard)
{
    if (shard == NULL)
        return;
    free_loop(shard);
    for (int index = 0; index < 2; index++) {
        dsy_shard_release_all(shard, &shard->batches[index].inputs);
        dsy_shard_release_all(shard, &shard->batches[index].following);
        dsy_batch_destroy(&shard->batches[index]);
    }
    dsy_shard_refuse_all(shard, &shard->ready);
    dsy_shard_refuse_all(shard, &shard->first);
    while (shard->free_jobs != NULL) {
        struct job *job = shard->free_jobs;
        shard->free_jobs = job->next;
        dsy_job_destroy(job);
    }
    free_requests(shard);
    dsy_flight_close(&shard->flight, shard->is_closing && !shard->has_given_up);
    free(shard->limited);
    dsy_shard_free_retries(shard);
    dsy_outbox_destroy(&shard->outbox);
    dsy_cache_destroy(&shard->cache);
    dsy_timer_heap_destroy(&shard->timers);
    dsy_timer_heap_destroy(&shard->timeouts);
    dsy_number_table_destroy(&shard->loads);
    dsy_number_table_destroy(&shard->jobs);
    dsy_number_table_destroy(&shard->begun);
    dsy_number_table_destroy(&shard->unbegun);
    dsy_joins_destroy(&shard->joins);
    dsy_number_table_destroy(&shard->waiters);
    dsy_number_table_destroy(&shard->keys);
    dsy_buffer_destroy(&shard->buffer);
    dsy_mailbox_destroy(&shard->mailbox);
    dsy_store_thread_destroy(&shard->store);
    pthread_mutex_destroy(&shard->start_mutex);
    pthread_cond_destroy(&shard->start_condition);
    free(shard);
}

/* ---- from other threads ---- */

bool
dsy_shard_post(struct shard *shard, struct mail *mail)
{
    return atomic_load(&shard->is_ready) && dsy_mailbox_post(&shard->mailbox, mail);
}

bool
dsy_shard_is_ready(const struct shard *shard)
{
    return atomic_load(&shard->is_ready) && !atomic_load(&shard->store.is_in_trouble);
}

void
dsy_shard_describe_trouble(struct shard *shard, char *text, size_t text_bytes)
{
    if (text_bytes > 0)
        text[0] = '\0';
    if (atomic_load(&shard->store.is_in_trouble))
        dsy_store_thread_trouble(&shard->store, text, text_bytes);
}

struct shard_counters *
dsy_shard_counters(struct shard *shard)
{
    return &shard->counters;
}

uint64_t
dsy_shard_commit_errors(struct shard *shard)
{
    return atomic_load_explicit(&shard->store.errors, memory_order_relaxed);
}
