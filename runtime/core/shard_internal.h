/* The shard in itself: shared by the files of the shard, by nobody else.
 *
 *   shard.c            the straight line, and the loop that turns it
 *   shard_life.c       making it, its threads, its end
 *   shard_gather.c     mail → messages that are ready
 *   shard_load.c       the invocation of a message: batch, cache, store
 *   shard_instance.c   instances of keyed services: who gets a key, who waits for it
 *   shard_cell.c       tasks and promises: their messages
 *   shard_schedule.c   routines that run by themselves
 *   shard_run.c        run a message, add what it did to the batch
 *   shard_dispatch.c   after the commit: effects leave
 *   shard_step.c       attempts of steps: start, answer, timeout
 *   shard_timer.c      what is due: heap and store
 *   shard_scan.c       what was under way at the start; rows that wait for room in memory
 *   shard_key.c        idempotency keys
 *   shard_question.c   waiters, show, list
 *   shard_retry.c      out of quarantine, by hand */
#ifndef DSY_CORE_SHARD_INTERNAL_H
#define DSY_CORE_SHARD_INTERNAL_H

#include <pthread.h>
#include <uv.h>

#include "runtime/core/batch.h"
#include "runtime/core/job.h"
#include "runtime/core/probe.h"
#include "runtime/core/shard.h"
#include "runtime/core/timer_heap.h"

/* ---- mail between shards, and from the node ---- */

struct letter {
    struct mail mail;
    struct message message;
    uint32_t shard; /* that sent it */
    size_t size_bytes;
    uint8_t bytes[];
};

struct acknowledgement {
    struct mail mail;
    uint32_t receiver; /* the shard that acknowledges */
    int64_t number;    /* everything up to here is saved */
    bool asks;         /* and the next is missing */
};

struct drain {
    struct mail mail;
    int64_t grace_ns;
};

/* ---- parts ---- */

/* An invocation that is being read, and the messages that wait for it. */
struct load {
    struct store_request request;
    struct message_queue waiting;
};

/* A step with a limit: how many of its attempts are in `jobs`, so that those which wait leave room for others. */
struct limited_step {
    const struct dsy_step_type *type;
    size_t jobs, jobs_max;
    size_t in_pass; /* begun by the present pass over the active rows */
    bool has_rows;  /* attempts that found no room */
};

/* An invocation that leaves its quarantine. */
struct retry {
    struct retry *next; /* of those whose messages are to be read */
    struct store_request request;
    struct question *question; /* NULL: answered */
    int64_t kept_for;          /* the invocation */
    uint64_t sequence;         /* the rows of its messages are written by the batch of this number at the latest */
};

/* Someone outside who waits for a result. */
struct waiter {
    struct waiter *next; /* for the same invocation */
    uint64_t waiter;
    uint64_t secret;
    dsy_completed_function *completed;
    void *context;
};

/* An idempotency key that is being looked up, or that a batch which is not saved yet has taken. */
struct key_in_flight {
    struct key_in_flight *next; /* with the same hash */
    struct store_request request;
    struct dsy_slice key;
    uint8_t *copy; /* owned; what key refers to */
    bool is_asked;
    struct submission *first; /* those who wait; not the one that begins the invocation */
    struct submission **last;
};

struct shard {
    const struct shard_surroundings *surroundings;
    uint32_t number;
    uint8_t identity[16]; /* of its store */

    /* threads */
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t timer; /* the next due time */
    uv_timer_t tick;
    uv_timer_t again; /* after memory ran out */
    uv_timer_t held;  /* the open batch is held no longer */
    bool has_loop;
    pthread_t thread;
    bool is_started;
    struct mailbox mailbox;
    struct store_thread store;
    uint64_t requests_asked; /* of the store, not answered yet */

    /* starting */
    pthread_mutex_t start_mutex;
    pthread_cond_t start_condition;
    bool start_is_known;
    enum dsy_status start_status;
    struct dsy_error start_error;
    _Atomic bool is_ready;

    /* batches: one executes, one is being saved */
    struct batch batches[2];
    struct batch *open;       /* the one that takes messages in */
    struct batch *committing; /* NULL: none */
    uint64_t sequence;        /* of the last batch that was closed */
    uint32_t careful;         /* so many transitions get a batch each */
    bool waits_for_memory;
    int64_t commit_ns;     /* what a commit takes, a moving average */
    int64_t step_ns;       /* what a step takes from dispatch to answer, the same */
    int64_t hold_until_ns; /* monotonic; 0: the open batch is not held */
    uint64_t dispatches;   /* batches dispatched */
    int64_t dispatched_ns; /* when the last was, monotonic */
    int64_t gathered_ns;   /* when mail was taken last, monotonic */
    uint64_t awaited_jobs; /* attempts that the last dispatch began, not answered yet */
    struct transition transition;
    struct dsy_buffer buffer;   /* scratch */
    struct message_queue ready; /* for the open batch */
    struct message_queue first; /* the same, before all others: they came before them, and waited for the store */
    struct probe_memory probes;
    struct numbers numbers; /* of what begins here, or is made */
    int64_t saved_number;   /* what the store knows of them */
    struct joins joins;     /* how far those have got that wait for many tasks */
    int64_t next_message;   /* rows of messages */
    int64_t next_line;      /* of the log */

    struct cache cache;
    struct number_table loads; /* number → struct load */

    /* timers */
    struct timer_heap timers;   /* wall clock */
    struct timer_heap timeouts; /* of steps; monotonic clock */
    int64_t due_ns, due_number; /* all due rows up to here are in the heap, or were */
    int64_t due_asked_ns;       /* rows up to here are being read; DSY_NOT_DUE: none are */
    bool due_has_more;          /* the last page was full */
    struct store_request due_request;

    /* steps */
    struct number_table jobs;     /* number → struct job that executes */
    struct job *lingering;        /* those that are cancelled, while their invocations wait for their end */
    struct flight flight;         /* which of them have begun, for the next process */
    struct limited_step *limited; /* owned: the steps that have a limit */
    size_t limited_count;
    struct job *free_jobs;
    uint32_t free_job_count;

    /* rows that need something */
    struct store_request active_request;
    bool active_is_asked;
    bool is_recovering;      /* the pass over the active rows is the one of the start */
    bool is_passing;         /* a later pass, because steps waited */
    bool steps_wait;         /* active rows have no job: there was no room */
    uint64_t steps_to_begin; /* messages that begin them, not saved yet */
    int64_t active_cursor;
    int64_t first_new_number;    /* numbers of this shard from here on were given after the start … */
    struct number_table begun;   /* … and of others, those that have begun since: while it recovers */
    struct number_table unbegun; /* calls that wait: for the next batch, for their instance to be read */
    struct store_request message_request;
    bool is_opening; /* rows of messages are being read: nothing runs yet */

    struct outbox outbox;
    struct store_request *outbox_requests; /* by receiver */

    /* outside */
    struct number_table waiters; /* number → struct waiter */
    uint64_t waiter_count;
    struct number_table keys; /* hash → struct key_in_flight */
    struct retry *retries;

    /* old results, old letters */
    struct store_request sweep_request;
    bool sweep_is_asked;
    int64_t sweep_cursor;
    int64_t sweep_next_ns; /* monotonic */

    /* ending */
    struct drain drain; /* posted once, so that draining needs no memory */
    bool is_draining;
    bool is_closing;
    bool has_given_up; /* a commit was given up: what is under way is not settled */
    bool grace_is_over;
    int64_t drain_until_ns; /* monotonic */
    struct store_request close_request;
    struct store_request open_request;

    struct shard_counters counters;
};

static inline void
shard_count(_Atomic uint64_t *counter, uint64_t count)
{
    atomic_fetch_add_explicit(counter, count, memory_order_relaxed);
}

static inline void
shard_uncount(_Atomic uint64_t *counter, uint64_t count)
{
    atomic_fetch_sub_explicit(counter, count, memory_order_relaxed);
}

/* Where files beside the store's own may be kept; "": nowhere. */
static inline const char *
dsy_shard_directory(const struct shard *shard)
{
    return shard->surroundings->driver->has_directory ? shard->surroundings->directory : "";
}

static inline struct submission *
submission_of(struct message *message)
{
    return (struct submission *)(void *)((char *)message - offsetof(struct submission, message));
}

static inline struct question *
question_of(struct message *message)
{
    return (struct question *)(void *)((char *)message - offsetof(struct question, message));
}

/* ---- shard.c ---- */

/* Whether the open batch takes another message in. */
bool dsy_shard_has_room(const struct shard *shard);

/* Ask the store; the answer comes to dsy_shard_answered. */
void dsy_shard_ask(struct shard *shard, struct store_request *request, enum store_operation operation);
void dsy_shard_answered(struct shard *shard, struct store_request *request);

/* Called by the loop. */
void dsy_shard_woken(uv_async_t *handle);
void dsy_shard_timer_fired(uv_timer_t *handle);
void dsy_shard_ticked(uv_timer_t *handle);

void dsy_shard_end(struct shard *shard); /* the loop ends */

/* ---- shard_gather.c ---- */

/* Take all mail: what moves invocations is ready then, the rest is done. */
void dsy_shard_gather(struct shard *shard);

/* Give back the memory of a message that was consumed. */
void dsy_shard_release(struct shard *shard, struct message *message);

void dsy_shard_release_all(struct shard *shard, struct message_queue *queue);

/* Tell whoever submitted it that nothing is known of it, and give its memory back. */
void dsy_shard_refuse(struct shard *shard, struct submission *submission);

/* The same for all submissions of a queue; release the other messages. */
void dsy_shard_refuse_all(struct shard *shard, struct message_queue *queue);

/* A message of the shard's own, on the heap; NULL: memory ran out. */
struct message *dsy_shard_new_message(enum message_kind kind, int64_t number);

/* ---- shard_load.c ---- */

/* The invocation of a message, decoded into the open batch; of a BEGIN a new one.
 * entry  NULL with DSY_OK: the message was consumed without effect, or waits for the store
 * Returns DSY_NO_MEMORY when the batch must be dropped. */
DSY_MUST_USE
enum dsy_status dsy_shard_load(struct shard *shard, struct message *message, struct batch_entry **entry);
void dsy_shard_loaded(struct shard *shard, struct load *load);

/* Let a message wait until an object is read. */
DSY_MUST_USE
enum dsy_status dsy_shard_wait_for_store(struct shard *shard, struct message *message, int64_t number);

/* The batch is done with a message: keep it until the batch is saved. */
void dsy_shard_consume(struct shard *shard, struct message *message);

/* The same, but it becomes a row, and is delivered again after the next start: its invocation is in quarantine, or this
 * program cannot read it. */
DSY_MUST_USE
enum dsy_status dsy_shard_keep(struct shard *shard, struct message *message);

/* ---- shard_instance.c ---- */

/* The row of instances of this number, in the open batch. NULL with DSY_OK: the message waits for it. */
DSY_MUST_USE
enum dsy_status dsy_shard_instances(struct shard *shard, struct message *message, int64_t number,
                                    struct batch_instances **instances);

/* Tie an entry to the instance of a key. */
DSY_MUST_USE
enum dsy_status dsy_shard_find_instance(struct shard *shard, struct batch_entry *entry,
                                        struct batch_instances *instances, struct dsy_slice key);

/* Let the routine of an entry see its instance, if it has one: before it runs.
 * Returns TRANSITION_SUSPENDED when it may run, BROKEN, NO_MEMORY. */
DSY_MUST_USE
enum transition_end dsy_shard_enter(struct shard *shard, struct batch_entry *entry);

/* Begin a method of a keyed service: it runs, or queues, or is refused. */
DSY_MUST_USE
enum transition_end dsy_shard_begin_keyed(struct shard *shard, struct batch_entry *entry, const struct message *message,
                                          int64_t now_ns);

/* A probe for deadlocks has come to an invocation, or it is time that it sends one. */
DSY_MUST_USE
enum transition_end dsy_shard_probe(struct shard *shard, struct batch_entry *entry, const struct message *message,
                                    int64_t now_ns);

/* One that goes into quarantine before it has begun holds the key, or waits for it, all the same. */
DSY_MUST_USE
enum dsy_status dsy_shard_occupy(struct shard *shard, struct batch_entry *entry);

/* An entry has ended: it gives its key to the next, or waits for it no longer. */
DSY_MUST_USE
enum dsy_status dsy_shard_leave(struct shard *shard, struct batch_entry *entry);

/* Who was given a key is not there: it goes to the next. */
DSY_MUST_USE
enum dsy_status dsy_shard_grant_again(struct shard *shard, struct message *message);

/* All that a message needs is in the batch: the cache may let it go. */
void dsy_shard_unpin(struct shard *shard, struct message *message);

/* The object of a message has no row, as far as is known, but its call waits to be begun: it goes behind that. */
DSY_MUST_USE
enum dsy_status dsy_shard_put_behind(struct shard *shard, struct message *message);

/* A call that waits in memory: what comes for it meanwhile must not overtake it. */
DSY_MUST_USE
enum dsy_status dsy_shard_note_unbegun(struct shard *shard, const struct message *message);

/* ---- shard_cell.c ---- */

/* Send a message of the open batch: to another shard, to a cell in memory, or to an object of this shard. */
DSY_MUST_USE
enum dsy_status dsy_shard_send(struct shard *shard, struct message *message);
DSY_MUST_USE
enum dsy_status dsy_shard_send_all(struct shard *shard, struct message_list *list);

/* A message for a cell: it is taken and consumed, or waits for the store. */
DSY_MUST_USE
enum dsy_status dsy_shard_take_cell(struct shard *shard, struct message *message);

/* What a routine made is part of the open batch. */
DSY_MUST_USE
enum dsy_status dsy_shard_add_cells(struct shard *shard, const struct made_cell *made);

/* ---- shard_schedule.c ---- */

/* At the start: look at every schedule that lives in this shard. Returns DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_shard_begin_schedules(struct shard *shard);

/* A message for a schedule: it is taken and consumed, or waits for the store. */
DSY_MUST_USE
enum dsy_status dsy_shard_take_schedule(struct shard *shard, struct message *message);

/* ---- shard_load.c ---- */

/* What the store says of an object without a row, on the heap; NULL: memory ran out. */
struct message_answer *dsy_shard_answer_of(const struct shard *shard, const struct store_request *request);

/* ---- shard_run.c ---- */

/* A message becomes a letter of the open batch. */
DSY_MUST_USE
enum dsy_status dsy_shard_add_letter(struct shard *shard, uint32_t receiver, const struct message *message);

/* Run the compiled code of an invocation with a message. */
DSY_MUST_USE
enum transition_end dsy_shard_run(struct shard *shard, struct batch_entry *entry, const struct message *message);

/* Add to the open batch what the transition did. On failure the batch must be dropped: DSY_NO_MEMORY; any other: the
 * invocation cannot go on, and transition.reason says why. */
DSY_MUST_USE
enum dsy_status dsy_shard_add(struct shard *shard, struct batch_entry *entry, struct message *message,
                              enum transition_end end);

/* The open batch is empty: put the invocation of a message that breaks it in quarantine. */
DSY_MUST_USE
enum dsy_status dsy_shard_quarantine(struct shard *shard, struct message *message, const char *reason);

/* ---- shard_dispatch.c ---- */

/* Do what a saved batch wants of the world. */
void dsy_shard_dispatch(struct shard *shard, struct batch *batch);

/* Send and acknowledge what had no memory before. */
void dsy_shard_catch_up(struct shard *shard);

/* Send what waits in the outbox's rows, where there is room. */
void dsy_shard_send_rows(struct shard *shard);
void dsy_shard_rows_to_send(struct shard *shard, struct store_request *request);

/* ---- shard_step.c ---- */

/* Begin an attempt. Without room or memory it stays a row, which is found later. */
struct job *dsy_shard_begin_step(struct shard *shard, const struct invocation *invocation);
/* Mail from a worker. Returns its message; NULL: nobody wants it any more. */
struct message *dsy_shard_step_answered(struct shard *shard, struct job *job);
void dsy_shard_give_job(struct shard *shard, struct job *job);
void dsy_shard_time_out_steps(struct shard *shard);
/* An attempt under way is not waited for any more: forget it. Its late answer is dropped. */
void dsy_shard_give_up_step(struct shard *shard, struct job *job);
/* No worker has begun this attempt, and none will: the same. */
void dsy_shard_step_taken_back(struct shard *shard, struct job *job);
/* The invocation of an attempt has moved on: it may wait for the attempt's end still, or not. Of one whose invocation
 * waits for attempts that are not under way: tell it so. */
void dsy_shard_leave_steps(struct shard *shard, const struct invocation *invocation, bool has_ended);

/* Attempts of steps that run at most once, and are still under way while the shard closes: their routines are told. */
void dsy_shard_lose_steps(struct shard *shard);

DSY_MUST_USE
enum dsy_status dsy_shard_init_limits(struct shard *shard);
/* Whether one more attempt of a step finds room, in the present pass over the active rows; and whether a pass would
 * find any that could begin. */
bool dsy_shard_takes_step(struct shard *shard, const struct dsy_step_type *type);
bool dsy_shard_has_limited_rows(struct shard *shard);

/* ---- shard_timer.c ---- */

/* The row of an invocation is due then. */
void dsy_shard_arm(struct shard *shard, int64_t number, int64_t due_ns);
/* Make ready what is due. */
void dsy_shard_fire(struct shard *shard);
/* Read what will be due soon, and set the loop's timer for the next. */
void dsy_shard_set_timer(struct shard *shard);
void dsy_shard_due_rows(struct shard *shard);

/* ---- shard_scan.c ---- */

void dsy_shard_opened(struct shard *shard, struct store_request *request);
/* Ask the store for more work, where there is room for it. */
void dsy_shard_scan(struct shard *shard);
void dsy_shard_active_rows(struct shard *shard);
void dsy_shard_message_rows(struct shard *shard);
void dsy_shard_sweep(struct shard *shard);
void dsy_shard_swept(struct shard *shard);

/* ---- shard_key.c ---- */

/* A submission with an idempotency key: it begins an invocation if the key is new. */
void dsy_shard_look_up_key(struct shard *shard, struct submission *submission);
void dsy_shard_key_looked_up(struct shard *shard, struct key_in_flight *key);
/* The invocation that a key began is saved: tell those who came with the same key. */
void dsy_shard_key_saved(struct shard *shard, const struct submission *saved);
/* What they began cannot be saved: tell those who wait that nothing is known. */
void dsy_shard_drop_keys(struct shard *shard);

/* ---- shard_question.c ---- */

void dsy_shard_question(struct shard *shard, struct question *question);
void dsy_shard_question_answered(struct shard *shard, struct store_request *request);
/* Wait for an invocation that is running. Tells `completed` at once when memory ran out. */
void dsy_shard_add_waiter(struct shard *shard, int64_t number, uint64_t secret, uint64_t waiter,
                          dsy_completed_function *completed, void *context);
/* Wait for one that may have ended. */
void dsy_shard_attach(struct shard *shard, int64_t number, uint64_t secret, uint64_t waiter,
                      dsy_completed_function *completed, void *context);
/* An invocation has ended, a task or promise is settled: tell all who wait for it. outcome: all but its id. */
void dsy_shard_tell_waiters(struct shard *shard, int64_t number, uint64_t secret,
                            struct dsy_invocation_outcome *outcome);
void dsy_shard_drop_waiters(struct shard *shard);
/* What someone outside wanted to be told has been, or never will be; the question is answered and freed. */
void dsy_shard_told(struct shard *shard, struct question *question);
void dsy_shard_untold(struct shard *shard, struct question *question);
void dsy_shard_free_question(struct shard *shard, struct question *question);

/* ---- shard_retry.c ---- */

void dsy_shard_retry(struct shard *shard, struct question *question);
void dsy_shard_retry_answered(struct shard *shard, struct store_request *request);
/* Messages that were kept for what was in quarantine are delivered, once they are rows. */
void dsy_shard_read_kept(struct shard *shard);
void dsy_shard_kept_rows(struct shard *shard, struct retry *retry);
void dsy_shard_free_retries(struct shard *shard);

#endif
