/* Store thread: takes a request, calls the driver, copies what it answers, posts it back. */
#include "runtime/core/store_thread.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/core/core_limits.h"

/* A page ends early when its rows are that large together. */
enum { PAGE_BYTES_MAX = 16 * 1024 * 1024 };

/* ---- copying rows into the request ---- */

static bool
copy_slice(struct store_request *request, struct dsy_slice *slice)
{
    if (slice->data == NULL)
        return true;
    uint8_t *copy = dsy_arena_allocate(&request->arena, slice->size_bytes > 0 ? slice->size_bytes : 1);
    if (copy == NULL) {
        request->status = DSY_NO_MEMORY;
        return false;
    }
    memcpy(copy, slice->data, slice->size_bytes);
    slice->data = copy;
    return true;
}

/* Room for one more item at the end of an array in the arena. */
static void *
add_item(struct store_request *request, void *items, size_t count, size_t item_bytes)
{
    if (count < request->capacity)
        return items;
    size_t capacity = request->capacity == 0 ? 32 : request->capacity * 2;
    void *larger = dsy_arena_resize(&request->arena, items, request->capacity * item_bytes, capacity * item_bytes);
    if (larger == NULL)
        request->status = DSY_NO_MEMORY;
    else
        request->capacity = capacity;
    return larger;
}

static bool
copy_row(struct store_request *request, const struct dsy_invocation_row *row, struct dsy_invocation_row *copy)
{
    *copy = *row;
    return copy_slice(request, &copy->body) && copy_slice(request, &copy->broken);
}

static bool
collect_row(void *context, const struct dsy_invocation_row *row)
{
    struct store_request *request = context;
    struct dsy_invocation_row *rows = add_item(request, request->rows, request->row_count, sizeof *rows);
    if (rows == NULL)
        return false;
    request->rows = rows;
    if (!copy_row(request, row, &rows[request->row_count]))
        return false;
    request->row_count++;
    if (request->arena.size_bytes < PAGE_BYTES_MAX)
        return true;
    request->is_last = false;
    return false;
}

static bool
collect_letter(void *context, const struct dsy_letter_row *letter)
{
    struct store_request *request = context;
    struct dsy_letter_row *letters = add_item(request, request->letters, request->letter_count, sizeof *letters);
    if (letters == NULL)
        return false;
    request->letters = letters;
    letters[request->letter_count] = *letter;
    if (!copy_slice(request, &letters[request->letter_count].body))
        return false;
    request->letter_count++;
    if (request->arena.size_bytes < PAGE_BYTES_MAX)
        return true;
    request->is_last = false;
    return false;
}

static bool
collect_sender(void *context, const struct dsy_inbox_row *inbox)
{
    struct store_request *request = context;
    struct dsy_inbox_row *senders = add_item(request, request->senders, request->sender_count, sizeof *senders);
    if (senders == NULL)
        return false;
    request->senders = senders;
    senders[request->sender_count++] = *inbox;
    return true;
}

/* ---- serving ---- */

static enum dsy_status
read_row(struct store_thread *thread, struct store_request *request)
{
    struct dsy_invocation_row row;
    enum dsy_status status = thread->driver->load(thread->store, request->number, &row, &request->error);
    if (status == DSY_OK && !copy_row(request, &row, &request->row))
        return DSY_NO_MEMORY;
    return status;
}

static enum dsy_status
read_result(struct store_thread *thread, struct store_request *request)
{
    enum dsy_status status = thread->driver->result(thread->store, request->number, &request->result, &request->error);
    if (status != DSY_OK)
        return status;
    bool done = copy_slice(request, &request->result.key) && copy_slice(request, &request->result.outcome);
    return done ? DSY_OK : DSY_NO_MEMORY;
}

/* An invocation leaves its quarantine: a commit of its own. */
static enum dsy_status
retry_row(struct store_thread *thread, struct store_request *request)
{
    struct dsy_invocation_row row;
    enum dsy_status status = thread->driver->load(thread->store, request->number, &row, &request->error);
    if (status != DSY_OK)
        return status;
    if (row.secret != request->secret)
        return DSY_NOT_FOUND;
    if (row.broken.data == NULL)
        return DSY_EXISTS;
    struct dsy_change change = { .kind = DSY_CHANGE_RETRY, .as.number = request->number };
    return thread->driver->commit(thread->store, &change, 1, &request->error);
}

static enum dsy_status
open_lines(struct store_thread *thread, struct store_request *request)
{
    struct line_file *lines = &thread->lines;
    lines->driver = thread->driver;
    lines->store = thread->store;
    lines->clock = thread->clock;
    lines->log = thread->log;
    const char *directory = thread->driver->has_directory ? thread->options.directory : "";
    return dsy_line_file_open(lines, directory, thread->options.shard, &request->facts.next_line, &request->error);
}

static enum dsy_status
open_store(struct store_thread *thread, struct store_request *request)
{
    enum dsy_status status = thread->driver->open(&thread->options, &thread->store, &request->facts, &request->error);
    if (status != DSY_OK)
        return status;
    status = thread->driver->receivers(thread->store, collect_letter, request, &request->error);
    request->capacity = 0;
    if (status == DSY_OK)
        status = thread->driver->senders(thread->store, collect_sender, request, &request->error);
    if (status == DSY_OK)
        status = request->status;
    if (status == DSY_OK)
        status = open_lines(thread, request);
    if (status != DSY_OK) {
        thread->driver->close(thread->store);
        thread->store = NULL;
    }
    return status;
}

static enum dsy_status
serve_once(struct store_thread *thread, struct store_request *request)
{
    const struct dsy_store_driver *driver = thread->driver;
    struct dsy_store *store = thread->store;
    struct dsy_error *error = &request->error;
    enum dsy_status status = DSY_OK;
    switch (request->operation) {
    case STORE_OPEN: return open_store(thread, request);
    case STORE_COMMIT:
        status = driver->commit(store, request->changes, request->change_count, error);
        if (status == DSY_OK)
            dsy_line_file_saved(&thread->lines, request->changes, request->change_count);
        return status;
    case STORE_LOAD: return read_row(thread, request);
    case STORE_LOAD_CELL:
    case STORE_SHOW:
        status = read_row(thread, request);
        return status == DSY_NOT_FOUND ? read_result(thread, request) : status;
    case STORE_RESULT:
        status = read_result(thread, request);
        return status == DSY_NOT_FOUND ? read_row(thread, request) : status;
    case STORE_DUE:
        return driver->due(store, request->due_ns, request->number, request->until_ns, request->limit, collect_row,
                           request, error);
    case STORE_ACTIVE: return driver->active(store, request->number, request->limit, collect_row, request, error);
    case STORE_LIST: return driver->list(store, request->number, request->limit, collect_row, request, error);
    case STORE_MESSAGES:
        return driver->messages(store, request->number, request->limit, collect_letter, request, error);
    case STORE_OUTBOX:
        return driver->outbox(store, request->peer, request->number, request->limit, collect_letter, request, error);
    case STORE_KEY: return driver->key(store, request->key, &request->key_row, error);
    case STORE_RETRY: return retry_row(thread, request);
    case STORE_SWEEP: return driver->sweep(store, request->until_ns, request->limit, &request->number, error);
    case STORE_CLOSE:
        dsy_line_file_close(&thread->lines);
        driver->close(store);
        thread->store = NULL;
        return DSY_OK;
    }
    return DSY_FAILED;
}

static void
clear_answer(struct store_request *request)
{
    dsy_arena_reset(&request->arena);
    request->status = DSY_OK;
    request->error = (struct dsy_error){ 0 };
    request->row = (struct dsy_invocation_row){ 0 };
    request->result = (struct dsy_result_row){ 0 };
    request->rows = NULL;
    request->letters = NULL;
    request->senders = NULL;
    request->row_count = request->letter_count = request->sender_count = request->capacity = 0;
    request->is_last = true;
}

static void
serve(struct store_thread *thread, struct store_request *request)
{
    clear_answer(request);
    int64_t start_ns = dsy_clock_monotonic_ns(thread->clock);
    enum dsy_status status = serve_once(thread, request);
    if (request->status != DSY_OK)
        status = request->status; /* memory ran out while rows were copied */
    request->status = status;
    request->duration_ns = dsy_clock_monotonic_ns(thread->clock) - start_ns;
    if (request->row_count + request->letter_count >= request->limit)
        request->is_last = false;
}

static bool
may_be_tried_again(const struct store_request *request)
{
    if (request->operation == STORE_OPEN || request->status == DSY_LOST)
        return false;
    if (request->operation == STORE_COMMIT)
        return true;
    return request->status != DSY_NOT_FOUND && request->status != DSY_EXISTS && request->status != DSY_CORRUPT;
}

/* Wait before the next try; returns false when the thread is to give up. */
static bool
wait_in_trouble(struct store_thread *thread, const struct store_request *request, int64_t delay_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until); /* the wall clock may jump */
    until.tv_sec += delay_ms / 1000;
    until.tv_nsec += (delay_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&thread->mutex);
    memcpy(thread->trouble, request->error.text, sizeof thread->trouble);
    if (thread->trouble[0] == '\0')
        snprintf(thread->trouble, sizeof thread->trouble, "the store: %s", dsy_status_text(request->status));
    int waited = 0;
    while (!thread->gives_up && waited == 0)
        waited = pthread_cond_timedwait(&thread->asked, &thread->mutex, &until);
    bool goes_on = !thread->gives_up;
    pthread_mutex_unlock(&thread->mutex);
    return goes_on;
}

/* What came after a commit that was given up stands on it: on its numbers of letters, on what it took in. */
static bool
refuse_after_lost_commit(const struct store_thread *thread, struct store_request *request)
{
    if (request->operation != STORE_COMMIT || !thread->has_lost_commit)
        return false;
    clear_answer(request);
    request->status = dsy_error_set(&request->error, DSY_CLOSED, "the commit before it was given up");
    return true;
}

static void
serve_until_done(struct store_thread *thread, struct store_request *request)
{
    int64_t delay_ms = TROUBLE_FIRST_MS;
    if (refuse_after_lost_commit(thread, request))
        return;
    serve(thread, request);
    while (request->status != DSY_OK && may_be_tried_again(request)) {
        atomic_fetch_add_explicit(&thread->errors, 1, memory_order_relaxed);
        atomic_store(&thread->is_in_trouble, true);
        dsy_log_write(thread->log, DSY_LOG_ERROR, "shard %u: %s; trying again in %lld ms", thread->options.shard,
                      request->error.text[0] != '\0' ? request->error.text : dsy_status_text(request->status),
                      (long long)delay_ms);
        if (!wait_in_trouble(thread, request, delay_ms)) {
            thread->has_lost_commit |= request->operation == STORE_COMMIT;
            return;
        }
        delay_ms = delay_ms * 2 < TROUBLE_MOST_MS ? delay_ms * 2 : TROUBLE_MOST_MS;
        serve(thread, request);
    }
    if (atomic_exchange(&thread->is_in_trouble, false))
        dsy_log_write(thread->log, DSY_LOG_INFO, "shard %u: the store works again", thread->options.shard);
}

static struct store_request *
next_request(struct store_thread *thread)
{
    pthread_mutex_lock(&thread->mutex);
    while (thread->first == NULL)
        pthread_cond_wait(&thread->asked, &thread->mutex);
    struct store_request *request = thread->first;
    thread->first = request->next;
    if (thread->first == NULL)
        thread->last = &thread->first;
    pthread_mutex_unlock(&thread->mutex);
    return request;
}

static void *
run(void *context)
{
    struct store_thread *thread = context;
    for (;;) {
        struct store_request *request = next_request(thread);
        serve_until_done(thread, request);
        bool ends =
            request->operation == STORE_CLOSE || (request->operation == STORE_OPEN && request->status != DSY_OK);
        /* The shard may free the request as soon as it is posted. */
        dsy_mailbox_post(thread->answers, &request->mail);
        if (ends)
            return NULL;
    }
}

/* ---- what the shard and the node call ---- */

void
dsy_store_thread_init(struct store_thread *thread)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&thread->mutex, NULL);
    pthread_cond_init(&thread->asked, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void
dsy_store_thread_destroy(struct store_thread *thread)
{
    pthread_mutex_destroy(&thread->mutex);
    pthread_cond_destroy(&thread->asked);
}

enum dsy_status
dsy_store_thread_start(struct store_thread *thread, const struct dsy_store_driver *driver,
                       const struct dsy_store_options *options, struct mailbox *answers, const struct dsy_clock *clock,
                       const struct dsy_log *log, struct dsy_error *error)
{
    thread->first = NULL;
    thread->last = &thread->first;
    thread->driver = driver;
    thread->options = *options;
    thread->answers = answers;
    thread->clock = clock;
    thread->log = log;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread->is_started = pthread_create(&thread->thread, NULL, run, thread) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (thread->is_started)
        return DSY_OK;
    return dsy_error_set(error, DSY_NO_MEMORY, "cannot start a store thread");
}

void
dsy_store_thread_ask(struct store_thread *thread, struct store_request *request)
{
    request->mail.kind = MAIL_STORE;
    request->next = NULL;
    pthread_mutex_lock(&thread->mutex);
    *thread->last = request;
    thread->last = &request->next;
    pthread_cond_signal(&thread->asked);
    pthread_mutex_unlock(&thread->mutex);
}

void
dsy_store_thread_give_up(struct store_thread *thread)
{
    pthread_mutex_lock(&thread->mutex);
    thread->gives_up = true;
    pthread_cond_broadcast(&thread->asked);
    pthread_mutex_unlock(&thread->mutex);
}

void
dsy_store_thread_join(struct store_thread *thread)
{
    if (!thread->is_started)
        return;
    pthread_join(thread->thread, NULL);
    thread->is_started = false;
}

void
dsy_store_thread_trouble(struct store_thread *thread, char *text, size_t text_bytes)
{
    pthread_mutex_lock(&thread->mutex);
    snprintf(text, text_bytes, "%s", thread->trouble);
    pthread_mutex_unlock(&thread->mutex);
}
