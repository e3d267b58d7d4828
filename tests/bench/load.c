/* Driving a node: a number of invocations with so many in flight at once, and how long each took. */
#include "bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dsy/buffer.h"

struct drive;

struct flight {
    struct drive *drive;
    int64_t begun_ns;
};

struct drive {
    const struct load *load;
    pthread_mutex_t mutex;
    pthread_cond_t landed;
    uint32_t free_count;
    struct flight **free; /* stack of flights that have landed */
    uint64_t done;
    int64_t *durations_ns;
};

int64_t
bench_now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void
bench_require(bool is_fine, const char *what, const struct dsy_error *error)
{
    if (is_fine)
        return;
    fprintf(stderr, "bench: %s: %s\n", what, error == NULL ? "failed" : error->text);
    exit(2);
}

struct dsy_node *
bench_node(const struct dsy_store_driver *driver, const char *directory, uint32_t shards)
{
    extern const struct dsy_program_type dsy_program;
    struct dsy_node *node = NULL;
    struct dsy_error error = { 0 };
    struct dsy_node_options options = {
        .program = &dsy_program, .driver = driver, .directory = directory, .shard_count = shards, .queue_max = 100000
    };
    bench_require(dsy_node_create(&options, &node, &error) == DSY_OK, "create", &error);
    bench_require(dsy_node_start(node, &error) == DSY_OK, "start", &error);
    return node;
}

static void
land(struct flight *flight)
{
    struct drive *drive = flight->drive;
    int64_t duration_ns = bench_now_ns() - flight->begun_ns;
    pthread_mutex_lock(&drive->mutex);
    drive->durations_ns[drive->done++] = duration_ns;
    drive->free[drive->free_count++] = flight;
    pthread_cond_signal(&drive->landed);
    pthread_mutex_unlock(&drive->mutex);
}

static void
on_accepted(void *context, dsy_uuid id, bool is_new)
{
    (void)id, (void)is_new;
    land(context);
}

static void
on_completed(void *context, const struct dsy_invocation_outcome *outcome)
{
    if (outcome->kind != DSY_OUTCOME_RETURNED) {
        fprintf(stderr, "bench: an invocation ended with outcome %d\n", (int)outcome->kind);
        exit(2);
    }
    land(context);
}

static int
compare_durations(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

/* The arguments of one invocation, encoded. */
static void
encode_arguments(struct dsy_node *node, const struct dsy_routine_type *routine, const struct load *load,
                 uint64_t number, struct dsy_buffer *arguments)
{
    char json[256];
    const char *place = strchr(load->arguments, '#');
    if (place == NULL)
        snprintf(json, sizeof json, "%s", load->arguments);
    else
        snprintf(json, sizeof json, "%.*s%llu%s", (int)(place - load->arguments), load->arguments,
                 (unsigned long long)number, place + 1);
    dsy_buffer_clear(arguments);
    struct dsy_error error = { 0 };
    bench_require(dsy_arguments_from_json(node, routine, json, strlen(json), arguments, &error) == DSY_OK, "arguments",
                  &error);
}

static void
fly(struct dsy_node *node, struct drive *drive, const struct dsy_submission *model, struct dsy_buffer *arguments)
{
    bool varies = strchr(drive->load->arguments, '#') != NULL;
    for (uint64_t begun = 0; begun < drive->load->count; begun++) {
        pthread_mutex_lock(&drive->mutex);
        while (drive->free_count == 0)
            pthread_cond_wait(&drive->landed, &drive->mutex);
        struct flight *flight = drive->free[--drive->free_count];
        pthread_mutex_unlock(&drive->mutex);
        if (varies || begun == 0)
            encode_arguments(node, model->routine, drive->load, begun, arguments);
        struct dsy_submission submission = *model;
        submission.arguments = arguments->data;
        submission.arguments_bytes = arguments->size_bytes;
        submission.context = flight;
        flight->begun_ns = bench_now_ns();
        bench_require(dsy_node_submit(node, &submission) == DSY_OK, "submit", NULL);
    }
    pthread_mutex_lock(&drive->mutex);
    while (drive->done < drive->load->count)
        pthread_cond_wait(&drive->landed, &drive->mutex);
    pthread_mutex_unlock(&drive->mutex);
}

struct load_result
load_run(struct dsy_node *node, const struct load *load)
{
    struct drive drive = { .load = load,
                           .mutex = PTHREAD_MUTEX_INITIALIZER,
                           .landed = PTHREAD_COND_INITIALIZER,
                           .free_count = load->concurrency };
    struct flight *flights = calloc(load->concurrency, sizeof *flights);
    drive.free = calloc(load->concurrency, sizeof *drive.free);
    drive.durations_ns = calloc(load->count, sizeof *drive.durations_ns);
    bench_require(flights != NULL && drive.free != NULL && drive.durations_ns != NULL, "memory", NULL);
    for (uint32_t index = 0; index < load->concurrency; index++) {
        flights[index].drive = &drive;
        drive.free[index] = &flights[index];
    }
    const struct dsy_routine_type *routine = dsy_node_find_routine(node, "Bench", load->method);
    bench_require(routine != NULL, load->method, NULL);
    struct dsy_buffer arguments;
    dsy_buffer_init(&arguments, 1 << 16);
    struct dsy_submission model = { .routine = routine,
                                    .accepted = load->wait_for_result ? NULL : on_accepted,
                                    .completed = load->wait_for_result ? on_completed : NULL };
    int64_t begin_ns = bench_now_ns();
    fly(node, &drive, &model, &arguments);
    struct load_result result = { .seconds = (double)(bench_now_ns() - begin_ns) * 1e-9 };
    dsy_node_statistics(node, &result.statistics);
    qsort(drive.durations_ns, load->count, sizeof *drive.durations_ns, compare_durations);
    result.p50_ms = (double)drive.durations_ns[load->count / 2] * 1e-6;
    result.p99_ms = (double)drive.durations_ns[load->count * 99 / 100] * 1e-6;
    dsy_buffer_destroy(&arguments);
    free(drive.durations_ns);
    free(drive.free);
    free(flights);
    return result;
}
