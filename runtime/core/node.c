/* Node: makes the shards and the workers, and is the border that other threads call.
 *
 * Ownership: the node owns program, workers and shards. Threads: any thread may call what dsy/node.h declares; the
 * node has no thread of its own and no data that changes while it runs but atomic counters.
 * Lock order: none is held here but in dsy_node_start, dsy_node_drain and dsy_node_destroy, which are not for many
 * threads at once. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "dsy/store.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/node_internal.h"
#include "runtime/core/shard.h"

const int64_t dsy_commit_bucket_ns[DSY_COMMIT_BUCKET_COUNT] = {
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, 25000000, 100000000, 500000000, 2500000000, INT64_MAX,
};

enum node_state {
    NODE_CREATED,
    NODE_STARTED,
    NODE_DRAINING,
    NODE_ENDED,
};

struct dsy_node {
    struct program program;
    struct shard_surroundings surroundings;
    struct dsy_clock clock;
    struct dsy_random random;
    uint32_t wanted_shards;
    uint32_t worker_count;
    uint32_t queue_max;
    const struct dsy_config_value *settings; /* borrowed */
    size_t setting_count;
    const struct dsy_remote_transport *remote; /* borrowed */
    _Atomic int state;                         /* enum node_state */
    _Atomic uint64_t next_shard;
    _Atomic uint64_t next_waiter;
    _Atomic uint64_t refused;
#ifdef DSY_STOP_POINTS
    struct stop_points stop_points;
#endif
};

/* ---- making it ---- */

static void
set_surroundings(struct dsy_node *node, const struct dsy_node_options *options)
{
    struct shard_surroundings *surroundings = &node->surroundings;
    node->clock = options->clock != NULL ? *options->clock : dsy_clock_system();
    node->random = options->random != NULL ? *options->random : dsy_random_system();
    surroundings->program = &node->program;
    surroundings->driver = options->driver;
    surroundings->directory = options->directory != NULL ? options->directory : "";
    surroundings->placement = options->placement;
    surroundings->result_retention_ns =
        options->result_retention_ns > 0 ? options->result_retention_ns : RESULT_RETENTION_NS;
    surroundings->limits.step_budget = options->step_budget > 0 ? options->step_budget : STEP_BUDGET;
    surroundings->limits.bytes_max =
        options->transition_bytes_max > 0 ? options->transition_bytes_max : TRANSITION_BYTES_MAX;
    surroundings->cache_bytes_max = options->cache_bytes_max > 0 ? options->cache_bytes_max : CACHE_BYTES_MAX;
    surroundings->clock = &node->clock;
    surroundings->random = &node->random;
    surroundings->log = options->log;
    surroundings->line = options->line;
    surroundings->line_context = options->line_context;
    node->settings = options->configs;
    node->setting_count = options->config_count;
    node->remote = options->remote;
    node->wanted_shards = options->shard_count;
    node->worker_count = options->worker_count > 0 ? options->worker_count : WORKER_COUNT_DEFAULT;
    node->queue_max = options->queue_max > 0 ? options->queue_max : SUBMISSIONS_MAX;
#ifdef DSY_STOP_POINTS
    dsy_stop_points_init(&node->stop_points);
    surroundings->stop_points = &node->stop_points;
#endif
}

enum dsy_status
dsy_node_create(const struct dsy_node_options *options, struct dsy_node **created, struct dsy_error *error)
{
    if (options->shard_count > SHARD_COUNT_MAX)
        return dsy_error_set(error, DSY_INVALID, "%" PRIu32 " shards are too many: at most %d", options->shard_count,
                             SHARD_COUNT_MAX);
    if (options->worker_count > WORKER_COUNT_MAX)
        return dsy_error_set(error, DSY_INVALID, "%" PRIu32 " workers are too many: at most %d", options->worker_count,
                             WORKER_COUNT_MAX);
    struct dsy_node *node = calloc(1, sizeof *node);
    if (node == NULL)
        return dsy_error_set(error, DSY_NO_MEMORY, "cannot make a node: memory ran out");
    set_surroundings(node, options);
    struct program_settings settings = { .values = options->configs,
                                         .count = options->config_count,
                                         .problem = options->problem,
                                         .problem_context = options->problem_context };
    enum dsy_status status =
        dsy_program_bind_settings(&node->program, options->program, &settings, dsy_random_uint64(&node->random), error);
    if (status != DSY_OK) {
        free(node);
        return status;
    }
    *created = node;
    return DSY_OK;
}

/* ---- its life ---- */

static uint32_t
processor_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > SHARD_COUNT_MAX ? SHARD_COUNT_MAX : (uint32_t)count;
}

static enum dsy_status
prepare_store(struct dsy_node *node, struct dsy_error *error)
{
    struct shard_surroundings *surroundings = &node->surroundings;
    uint32_t count = node->wanted_shards > 0 ? node->wanted_shards : processor_count();
    enum dsy_status status = surroundings->driver->prepare(surroundings->directory, &count, error);
    if (status != DSY_OK)
        return status;
    if (count == 0 || count > SHARD_COUNT_MAX)
        return dsy_error_set(error, DSY_CORRUPT, "the store in %s says that it has %" PRIu32 " shards",
                             surroundings->directory, count);
    if (node->wanted_shards > 0 && count != node->wanted_shards)
        return dsy_error_set(error, DSY_INVALID,
                             "the store in %s has %" PRIu32 " shards, not %" PRIu32
                             "; leave the number out, or use another directory",
                             surroundings->directory, count, node->wanted_shards);
    surroundings->shard_count = count;
    return DSY_OK;
}

static enum dsy_status
make_shards(struct dsy_node *node, struct dsy_error *error)
{
    struct shard_surroundings *surroundings = &node->surroundings;
    surroundings->shards = calloc(surroundings->shard_count, sizeof *surroundings->shards);
    if (surroundings->shards == NULL)
        return dsy_error_set(error, DSY_NO_MEMORY, "cannot make the shards: memory ran out");
    surroundings->workers = dsy_workers_create(node->worker_count, node->program.type->steps,
                                               node->program.type->step_count, &node->clock, error);
    if (surroundings->workers == NULL)
        return DSY_NO_MEMORY;
    if (dsy_workers_set_library(surroundings->workers, node->settings, node->setting_count) != DSY_OK)
        return dsy_error_set(error, DSY_NO_MEMORY, "cannot start the workers: memory ran out");
    dsy_workers_set_remote(surroundings->workers, node->remote);
    for (uint32_t index = 0; index < surroundings->shard_count; index++) {
        enum dsy_status status = dsy_shard_create(surroundings, index, &surroundings->shards[index], error);
        if (status != DSY_OK)
            return status;
    }
    return DSY_OK;
}

/* Workers end first: from then on no answer of a step comes to a shard. */
static void
unmake_shards(struct dsy_node *node)
{
    struct shard_surroundings *surroundings = &node->surroundings;
    dsy_workers_destroy(surroundings->workers);
    surroundings->workers = NULL;
    for (uint32_t index = 0; surroundings->shards != NULL && index < surroundings->shard_count; index++)
        dsy_shard_destroy(surroundings->shards[index]);
    free(surroundings->shards);
    surroundings->shards = NULL;
}

static void
end_shards(struct dsy_node *node, int64_t grace_ns)
{
    const struct shard_surroundings *surroundings = &node->surroundings;
    for (uint32_t index = 0; index < surroundings->shard_count; index++)
        dsy_shard_drain(surroundings->shards[index], grace_ns);
    for (uint32_t index = 0; index < surroundings->shard_count; index++)
        dsy_shard_join(surroundings->shards[index]);
}

/* Every shard is started before any is used, because their letters go to each other. */
static enum dsy_status
start_shards(struct dsy_node *node, struct dsy_error *error)
{
    const struct shard_surroundings *surroundings = &node->surroundings;
    for (uint32_t index = 0; index < surroundings->shard_count; index++) {
        enum dsy_status status = dsy_shard_start(surroundings->shards[index], error);
        if (status == DSY_OK)
            continue;
        end_shards(node, 0);
        return status;
    }
    return DSY_OK;
}

enum dsy_status
dsy_node_start(struct dsy_node *node, struct dsy_error *error)
{
    if (atomic_load(&node->state) != NODE_CREATED)
        return dsy_error_set(error, DSY_INVALID, "a node is started once");
    enum dsy_status status = prepare_store(node, error);
    if (status == DSY_OK)
        status = make_shards(node, error);
    if (status == DSY_OK)
        status = start_shards(node, error);
    if (status != DSY_OK) {
        unmake_shards(node);
        return status;
    }
    atomic_store(&node->state, NODE_STARTED);
    dsy_log_write(node->surroundings.log, DSY_LOG_INFO, "%s runs on %" PRIu32 " shards, %" PRIu32 " workers, store %s",
                  node->program.type->name, node->surroundings.shard_count, node->worker_count,
                  node->surroundings.driver->name);
    return DSY_OK;
}

void
dsy_node_drain(struct dsy_node *node, int64_t grace_ns)
{
    int expected = NODE_STARTED;
    if (!atomic_compare_exchange_strong(&node->state, &expected, NODE_DRAINING))
        return;
    end_shards(node, grace_ns);
    atomic_store(&node->state, NODE_ENDED);
}

void
dsy_node_destroy(struct dsy_node *node)
{
    if (node == NULL)
        return;
    unmake_shards(node);
    dsy_program_destroy(&node->program);
    free(node);
}

bool
dsy_node_is_ready(const struct dsy_node *node)
{
    if (atomic_load(&node->state) != NODE_STARTED)
        return false;
    for (uint32_t index = 0; index < node->surroundings.shard_count; index++)
        if (!dsy_shard_is_ready(node->surroundings.shards[index]))
            return false;
    return true;
}

void
dsy_node_describe_health(const struct dsy_node *node, char *text, size_t text_bytes)
{
    if (text_bytes == 0)
        return;
    text[0] = '\0';
    switch ((enum node_state)atomic_load(&node->state)) {
    case NODE_CREATED: snprintf(text, text_bytes, "not started"); return;
    case NODE_DRAINING: snprintf(text, text_bytes, "draining"); return;
    case NODE_ENDED: snprintf(text, text_bytes, "stopped"); return;
    case NODE_STARTED: break;
    }
    for (uint32_t index = 0; index < node->surroundings.shard_count && text[0] == '\0'; index++)
        dsy_shard_describe_trouble(node->surroundings.shards[index], text, text_bytes);
}

void
dsy_node_clock_changed(struct dsy_node *node)
{
    if (atomic_load(&node->state) != NODE_STARTED)
        return;
    for (uint32_t index = 0; index < node->surroundings.shard_count; index++) {
        struct mail *mail = malloc(sizeof *mail);
        if (mail == NULL)
            return;
        mail->kind = MAIL_CLOCK;
        if (!dsy_shard_post(node->surroundings.shards[index], mail))
            free(mail);
    }
}

const struct dsy_program_type *
dsy_node_program(const struct dsy_node *node)
{
    return node->program.type;
}

const struct program *
dsy_node_bound_program(const struct dsy_node *node)
{
    return &node->program;
}

uint64_t
dsy_node_hash_seed(const struct dsy_node *node)
{
    return node->program.arena.hash_seed;
}

/* ---- calls ---- */

/* The method of an interface that one service alone implements: what other deployments call, which need not know by
 * which service it is served here. */
static const struct dsy_routine_type *
find_by_interface(const struct dsy_program_type *type, const char *name, const char *method)
{
    const struct dsy_routine_type *found = NULL;
    for (uint32_t index = 0; index < type->service_count; index++) {
        const struct dsy_service_type *service = type->services[index];
        for (uint32_t at = 0; at < service->implementation_count; at++) {
            const struct dsy_implementation_type *implementation = &service->implementations[at];
            const struct dsy_interface_type *interface = type->interfaces[implementation->interface];
            if (strcmp(interface->name, name) != 0)
                continue;
            for (uint32_t number = 0; number < interface->method_count; number++) {
                if (strcmp(interface->methods[number], method) != 0)
                    continue;
                if (found != NULL)
                    return NULL;
                found = service->routines[implementation->routines[number]];
            }
        }
    }
    return found;
}

const struct dsy_routine_type *
dsy_node_find_routine(const struct dsy_node *node, const char *service, const char *method)
{
    const struct dsy_program_type *type = node->program.type;
    for (uint32_t index = 0; index < type->service_count; index++) {
        const struct dsy_service_type *candidate = type->services[index];
        if (strcmp(candidate->name, service) != 0)
            continue;
        for (uint32_t at = 0; at < candidate->routine_count; at++)
            if (candidate->routines[at]->is_public && strcmp(candidate->routines[at]->method, method) == 0)
                return candidate->routines[at];
    }
    return find_by_interface(type, service, method);
}

/* The idempotency key of a submission is stored as "Orders.checkout\nkey": it counts for its routine only. That of a
 * keyed service has the instance's key, which says its length itself, before it: "Account.deposit\n" + key + "key". */
static struct submission *
new_submission(const struct dsy_submission *from)
{
    size_t key_bytes = 0;
    if (from->idempotency_key != NULL)
        key_bytes = strlen(from->routine->name) + 1 + from->instance_key_bytes + strlen(from->idempotency_key);
    struct submission *submission =
        calloc(1, sizeof *submission + key_bytes + from->instance_key_bytes + from->arguments_bytes);
    if (submission == NULL)
        return NULL;
    submission->mail.kind = MAIL_SUBMISSION;
    submission->accepted = from->accepted;
    submission->completed = from->completed;
    submission->context = from->context;
    struct message *message = &submission->message;
    *message = (struct message){
        .kind = MESSAGE_BEGIN, .source = SOURCE_SUBMISSION, .routine = from->routine, .caller.kind = CALLER_OUTSIDE
    };
    uint8_t *place = submission->bytes;
    if (from->instance_key_bytes > 0) {
        message->instance_key = (struct dsy_slice){ .data = place, .size_bytes = from->instance_key_bytes };
        place = mempcpy(place, from->instance_key, from->instance_key_bytes);
    }
    if (from->idempotency_key != NULL) {
        message->key = (struct dsy_slice){ .data = place, .size_bytes = key_bytes };
        place = mempcpy(place, from->routine->name, strlen(from->routine->name));
        *place++ = '\n';
        if (from->instance_key_bytes > 0)
            place = mempcpy(place, from->instance_key, from->instance_key_bytes);
        place = mempcpy(place, from->idempotency_key, strlen(from->idempotency_key));
    }
    message->arguments = (struct dsy_slice){ .data = place, .size_bytes = from->arguments_bytes };
    if (from->arguments_bytes > 0)
        memcpy(place, from->arguments, from->arguments_bytes);
    return submission;
}

/* One whose store accepts commits: those of the others would wait for nobody knows how long. An idempotency key, and
 * the instance of a keyed service, belong to their shard. NULL: there is none. */
static struct shard *
choose_shard(struct dsy_node *node, const struct message *message)
{
    const struct shard_surroundings *surroundings = &node->surroundings;
    const struct dsy_service_type *keyed = dsy_program_keyed_service(&node->program, message->routine);
    bool has_place = keyed != NULL || message->key.data != NULL;
    uint64_t choice = 0;
    if (keyed != NULL)
        choice = dsy_instance_place(keyed, message->instance_key, surroundings->shard_count).shard;
    else if (has_place)
        choice = XXH64(message->key.data, message->key.size_bytes, 1);
    else
        choice = atomic_fetch_add_explicit(&node->next_shard, 1, memory_order_relaxed);
    for (uint32_t tries = 0; tries < (has_place ? 1 : surroundings->shard_count); tries++) {
        struct shard *shard = surroundings->shards[(choice + tries) % surroundings->shard_count];
        if (dsy_shard_is_ready(shard))
            return shard;
    }
    return NULL;
}

/* Count one more in a queue with a bound. */
static bool
enter_queue(_Atomic uint64_t *queued, uint64_t most)
{
    if (atomic_fetch_add_explicit(queued, 1, memory_order_relaxed) < most)
        return true;
    atomic_fetch_sub_explicit(queued, 1, memory_order_relaxed);
    return false;
}

/* Whether it has a key exactly if its service wants one. */
static bool
has_right_key(const struct dsy_node *node, const struct dsy_submission *from)
{
    const struct dsy_service_type *keyed = dsy_program_keyed_service(&node->program, from->routine);
    union { /* of any type that a key may have */
        dsy_string string;
        dsy_uuid uuid;
    } value;
    struct dsy_slice key = { .data = from->instance_key, .size_bytes = from->instance_key_bytes };
    return keyed == NULL ? key.size_bytes == 0 : dsy_instance_key_decode(keyed, key, &value);
}

enum dsy_status
dsy_node_submit(struct dsy_node *node, const struct dsy_submission *from)
{
    if (atomic_load(&node->state) != NODE_STARTED)
        return DSY_CLOSED;
    if (!has_right_key(node, from))
        return DSY_INVALID;
    if (from->idempotency_key != NULL && strlen(from->idempotency_key) > DSY_IDEMPOTENCY_KEY_BYTES_MAX)
        return DSY_INVALID;
    struct submission *submission = new_submission(from);
    if (submission == NULL)
        return DSY_NO_MEMORY;
    submission->waiter = atomic_fetch_add_explicit(&node->next_waiter, 1, memory_order_relaxed) + 1;
    if (from->waiter != NULL)
        *from->waiter = submission->waiter;
    struct shard *shard = choose_shard(node, &submission->message);
    if (shard == NULL) {
        atomic_fetch_add_explicit(&node->refused, 1, memory_order_relaxed);
        free(submission);
        return DSY_INPUT_OUTPUT;
    }
    _Atomic uint64_t *queued = &dsy_shard_counters(shard)->submissions_queued;
    if (!enter_queue(queued, node->queue_max)) {
        atomic_fetch_add_explicit(&node->refused, 1, memory_order_relaxed);
        free(submission);
        return DSY_FULL;
    }
    if (dsy_shard_post(shard, &submission->mail))
        return DSY_OK;
    atomic_fetch_sub_explicit(queued, 1, memory_order_relaxed);
    free(submission);
    return DSY_CLOSED;
}

/* ---- questions ---- */

/* The shard that an id names. */
static enum dsy_status
split_id(const struct dsy_node *node, dsy_uuid id, struct question *question, struct shard **shard)
{
    if (atomic_load(&node->state) != NODE_STARTED)
        return DSY_CLOSED;
    uint32_t number = 0;
    dsy_invocation_id_split(id, &number, &question->number, &question->secret);
    if (number >= node->surroundings.shard_count || question->number <= 0)
        return DSY_NOT_FOUND;
    *shard = node->surroundings.shards[number];
    return DSY_OK;
}

/* Hand a question over; it is freed when the shard does not take it. */
static enum dsy_status
hand_over(struct question *question, struct shard *shard, uint64_t most)
{
    _Atomic uint64_t *queued = &dsy_shard_counters(shard)->questions_queued;
    if (!enter_queue(queued, most)) {
        free(question);
        return DSY_FULL;
    }
    if (dsy_shard_post(shard, &question->mail))
        return DSY_OK;
    atomic_fetch_sub_explicit(queued, 1, memory_order_relaxed);
    free(question);
    return DSY_CLOSED;
}

static enum dsy_status
post_question(const struct question *from, struct shard *shard, uint64_t most)
{
    struct question *question = malloc(sizeof *question);
    if (question == NULL)
        return DSY_NO_MEMORY;
    *question = *from;
    question->mail.kind = MAIL_QUESTION;
    return hand_over(question, shard, most);
}

enum dsy_status
dsy_node_attach(struct dsy_node *node, dsy_uuid id, dsy_completed_function *completed, void *context, uint64_t *waiter)
{
    struct question question = { .kind = QUESTION_ATTACH, .completed = completed, .context = context };
    struct shard *shard = NULL;
    enum dsy_status status = split_id(node, id, &question, &shard);
    if (status != DSY_OK)
        return status;
    question.waiter = atomic_fetch_add_explicit(&node->next_waiter, 1, memory_order_relaxed) + 1;
    if (waiter != NULL)
        *waiter = question.waiter;
    return post_question(&question, shard, QUESTIONS_MAX);
}

void
dsy_node_detach(struct dsy_node *node, dsy_uuid id, uint64_t waiter)
{
    struct question question = { .kind = QUESTION_DETACH, .waiter = waiter };
    struct shard *shard = NULL;
    /* A node that ends tells all waiters anyway; without memory the waiter is told later. */
    if (split_id(node, id, &question, &shard) != DSY_OK || post_question(&question, shard, UINT64_MAX) != DSY_OK)
        return;
}

enum dsy_status
dsy_node_show(struct dsy_node *node, dsy_uuid id, dsy_answer_function *answer, void *context)
{
    struct question question = { .kind = QUESTION_SHOW, .answer = answer, .context = context };
    struct shard *shard = NULL;
    enum dsy_status status = split_id(node, id, &question, &shard);
    return status == DSY_OK ? post_question(&question, shard, QUESTIONS_MAX) : status;
}

enum dsy_status
dsy_node_retry(struct dsy_node *node, dsy_uuid id, dsy_answer_function *answer, void *context)
{
    struct question question = { .kind = QUESTION_RETRY, .answer = answer, .context = context };
    struct shard *shard = NULL;
    enum dsy_status status = split_id(node, id, &question, &shard);
    return status == DSY_OK ? post_question(&question, shard, QUESTIONS_MAX) : status;
}

enum dsy_status
dsy_node_promise(struct dsy_node *node, dsy_uuid id, dsy_answer_function *answer, void *context)
{
    struct question question = { .kind = QUESTION_PROMISE, .answer = answer, .context = context };
    struct shard *shard = NULL;
    enum dsy_status status = split_id(node, id, &question, &shard);
    if (status == DSY_OK && dsy_number_kind(question.number) != OBJECT_CELL)
        status = DSY_NOT_FOUND;
    return status == DSY_OK ? post_question(&question, shard, QUESTIONS_MAX) : status;
}

/* ---- what objects are told ---- */

/* Tell an object something; the value is copied. */
static enum dsy_status
tell(struct dsy_node *node, dsy_uuid id, const struct message *message, dsy_answer_function *answer, void *context)
{
    struct question where = { .number = 0 };
    struct shard *shard = NULL;
    enum dsy_status status = split_id(node, id, &where, &shard);
    bool is_cell = status == DSY_OK && dsy_number_kind(where.number) == OBJECT_CELL;
    bool is_invocation = status == DSY_OK && dsy_number_kind(where.number) == OBJECT_INVOCATION;
    if (status != DSY_OK || (message->kind == MESSAGE_SETTLE ? !is_cell : !is_cell && !is_invocation))
        return status != DSY_OK ? status : DSY_NOT_FOUND;
    struct question *question = calloc(1, sizeof *question + message->value.size_bytes);
    if (question == NULL)
        return DSY_NO_MEMORY;
    *question = (struct question){ .mail.kind = MAIL_QUESTION,
                                   .kind = QUESTION_TELL,
                                   .number = where.number,
                                   .secret = where.secret,
                                   .answer = answer,
                                   .context = context,
                                   .message = *message };
    question->message.source = SOURCE_QUESTION;
    question->message.number = where.number;
    question->message.secret = where.secret;
    if (message->value.size_bytes > 0) {
        memcpy(question->bytes, message->value.data, message->value.size_bytes);
        question->message.value.data = question->bytes;
    }
    return hand_over(question, shard, QUESTIONS_MAX);
}

enum dsy_status
dsy_node_cancel(struct dsy_node *node, dsy_uuid id, dsy_answer_function *answer, void *context)
{
    return tell(node, id, &(struct message){ .kind = MESSAGE_CANCEL }, answer, context);
}

enum dsy_status
dsy_node_settle(struct dsy_node *node, dsy_uuid id, bool threw, const uint8_t *value, size_t value_bytes,
                dsy_answer_function *answer, void *context)
{
    struct message message = { .kind = MESSAGE_SETTLE,
                               .threw = threw,
                               .value = { .data = value, .size_bytes = value_bytes } };
    return tell(node, id, &message, answer, context);
}

/* "2-1234": the shard, and the number after which to go on there. */
static bool
read_cursor(const struct dsy_node *node, const char *cursor, struct question *question, struct shard **shard)
{
    uint32_t number = 0;
    if (cursor != NULL && cursor[0] != '\0') {
        int read = 0;
        if (sscanf(cursor, "%" SCNu32 "-%" SCNd64 "%n", &number, &question->number, &read) != 2 ||
            cursor[read] != '\0' || question->number < 0 || number >= node->surroundings.shard_count)
            return false;
    }
    *shard = node->surroundings.shards[number];
    return true;
}

enum dsy_status
dsy_node_list(struct dsy_node *node, const struct dsy_list_filter *filter, dsy_answer_function *answer, void *context)
{
    struct question question = {
        .kind = QUESTION_LIST, .answer = answer, .context = context, .since_ns = filter->since_ns
    };
    struct shard *shard = NULL;
    if (atomic_load(&node->state) != NODE_STARTED)
        return DSY_CLOSED;
    question.limit = filter->limit == 0 ? 100 : filter->limit > DSY_LIST_MAX ? DSY_LIST_MAX : filter->limit;
    const char *service = filter->service != NULL ? filter->service : "";
    const char *state = filter->state != NULL ? filter->state : "";
    if (strlen(service) >= sizeof question.service || strlen(state) >= sizeof question.state ||
        !read_cursor(node, filter->cursor, &question, &shard))
        return DSY_INVALID;
    memcpy(question.service, service, strlen(service));
    memcpy(question.state, state, strlen(state));
    return post_question(&question, shard, QUESTIONS_MAX);
}

/* ---- statistics ---- */

static uint64_t
load(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void
add_counters(struct dsy_statistics *sum, const struct shard_counters *counters)
{
    sum->invocations_begun += load(&counters->invocations_begun);
    sum->invocations_returned += load(&counters->invocations_returned);
    sum->invocations_threw += load(&counters->invocations_threw);
    sum->invocations_quarantined += load(&counters->invocations_quarantined);
    sum->transitions += load(&counters->transitions);
    sum->batches += load(&counters->batches);
    sum->commit_ns += load(&counters->commit_ns);
    sum->rows_written += load(&counters->rows_written);
    for (int index = 0; index < DSY_COMMIT_BUCKET_COUNT; index++)
        sum->commit_buckets[index] += load(&counters->commit_buckets[index]);
    sum->steps_started += load(&counters->steps_started);
    sum->steps_done += load(&counters->steps_done);
    sum->steps_threw += load(&counters->steps_threw);
    sum->steps_retried += load(&counters->steps_retried);
    sum->steps_timed_out += load(&counters->steps_timed_out);
    sum->timers_fired += load(&counters->timers_fired);
    sum->schedules_run += load(&counters->schedules_run);
    sum->invocations_cancelled += load(&counters->invocations_cancelled);
    sum->messages_sent += load(&counters->messages_sent);
    sum->messages_received += load(&counters->messages_received);
    sum->messages_dropped += load(&counters->messages_dropped);
    sum->invocations_unfinished += load(&counters->invocations_unfinished);
    sum->submissions_queued += load(&counters->submissions_queued);
    sum->waiters += load(&counters->waiters);
    sum->timers_armed += load(&counters->timers_armed);
    sum->cache_bytes += load(&counters->cache_bytes);
}

void
dsy_node_statistics(const struct dsy_node *node, struct dsy_statistics *statistics)
{
    *statistics = (struct dsy_statistics){ .workers = node->worker_count };
    int state = atomic_load(&node->state);
    statistics->submissions_refused = load(&node->refused);
    if (state == NODE_CREATED)
        return;
    const struct shard_surroundings *surroundings = &node->surroundings;
    statistics->shards = surroundings->shard_count;
    for (uint32_t index = 0; index < surroundings->shard_count; index++) {
        add_counters(statistics, dsy_shard_counters(surroundings->shards[index]));
        statistics->commit_errors += dsy_shard_commit_errors(surroundings->shards[index]);
    }
    struct workers_counts counts;
    dsy_workers_count(surroundings->workers, &counts);
    statistics->steps_running = counts.running;
    statistics->steps_queued = counts.queued;
    statistics->steps_limited = counts.limited;
    statistics->steps_later = counts.later;
    statistics->steps_overdue = counts.overdue;
}
