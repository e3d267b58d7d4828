/* A node under many threads, for ThreadSanitizer: callers that submit, attach, show, list and ask for numbers at once,
 * steps on workers, letters between shards, and a drain in the middle of it. Exit code 0: all results were right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dsy/store.h"
#include "tests/support/calls.h"
#include "tests/support/hand_program.h"

enum { CALLERS = 4, CALLS_EACH = 60 };

static struct dsy_node *node;
static _Atomic int failures;
static _Atomic bool is_over;

static void
complain(const char *what, const struct call *call)
{
    fprintf(stderr, "%s: kind %d, status %d, %s\n", what, (int)call->kind, (int)call->status, call->json);
    atomic_fetch_add(&failures, 1);
}

static void
call_once(const char *method, const char *arguments, const char *key, const char *expected)
{
    struct call call;
    call_init(&call, node);
    enum dsy_status status = call_submit(&call, node, method, arguments, key);
    if (status != DSY_OK) {
        if (status != DSY_CLOSED)
            complain("submit", &call);
    } else if (!call_wait_completed(&call)) {
        complain("no answer", &call);
        return; /* it may still come: its memory stays */
    } else if (call.kind == DSY_OUTCOME_RETURNED && strcmp(call.json, expected) != 0) {
        complain(method, &call);
    } else if (call.kind == DSY_OUTCOME_RETURNED) {
        struct call later;
        call_init(&later, node);
        if (call_attach(&later, node, call.id) == DSY_OK) {
            if (!call_wait_completed(&later))
                complain("no result", &later);
            else if (later.kind == DSY_OUTCOME_RETURNED && strcmp(later.json, expected) != 0)
                complain("result", &later);
        }
        call_destroy(&later);
    }
    call_destroy(&call);
}

static void *
run_caller(void *context)
{
    int caller = *(const int *)context;
    for (int index = 0; index < CALLS_EACH; index++) {
        char key[32];
        snprintf(key, sizeof key, "key %d", index); /* the callers meet at their keys */
        switch ((caller + index) % 5) {
        case 0: call_once("count", "{\"n\": 4}", NULL, "10"); break;
        case 1: call_once("chain", "{\"n\": 20}", NULL, "20"); break;
        case 2: call_once("relay", "{\"n\": 2000000}", NULL, "2000001"); break;
        case 3: call_once("flaky", "{\"n\": 1}", NULL, "2"); break;
        default: call_once("save", "{\"n\": 5}", key, "5"); break;
        }
    }
    return NULL;
}

static void *
run_observer(void *context)
{
    (void)context;
    while (!atomic_load(&is_over)) {
        struct dsy_statistics numbers;
        char health[256];
        struct call listed;
        struct dsy_list_filter filter = { .limit = 10 };
        dsy_node_statistics(node, &numbers);
        dsy_node_describe_health(node, health, sizeof health);
        call_init(&listed, node);
        if (call_list(&listed, node, &filter) == DSY_OK && !call_wait_completed(&listed))
            complain("no list", &listed);
        call_destroy(&listed);
    }
    return NULL;
}

static bool
start_node(const char *directory, const struct dsy_store_driver *driver)
{
    struct dsy_error error = { 0 };
    struct dsy_node_options options = {
        .program = &hand_program,
        .driver = driver,
        .directory = directory,
        .shard_count = 3,
        .worker_count = 4,
        .placement = DSY_PLACE_SPREAD,
    };
    if (dsy_node_create(&options, &node, &error) == DSY_OK && dsy_node_start(node, &error) == DSY_OK)
        return true;
    fprintf(stderr, "%s\n", error.text);
    return false;
}

/* One round: all callers, and a drain at their end or in their middle. */
static bool
run_round(const char *directory, const struct dsy_store_driver *driver, bool drains_in_the_middle)
{
    pthread_t callers[CALLERS], observer;
    int numbers[CALLERS];
    atomic_store(&is_over, false);
    if (!start_node(directory, driver))
        return false;
    for (int index = 0; index < CALLERS; index++) {
        numbers[index] = index;
        if (pthread_create(&callers[index], NULL, run_caller, &numbers[index]) != 0)
            return false;
    }
    if (pthread_create(&observer, NULL, run_observer, NULL) != 0)
        return false;
    if (drains_in_the_middle) {
        struct timespec time = { .tv_nsec = 150000000 };
        nanosleep(&time, NULL);
        dsy_node_drain(node, INT64_C(1000000000));
    }
    for (int index = 0; index < CALLERS; index++)
        pthread_join(callers[index], NULL);
    atomic_store(&is_over, true);
    pthread_join(observer, NULL);
    dsy_node_drain(node, INT64_C(5000000000));
    dsy_node_destroy(node);
    return true;
}

int
main(void)
{
    char directory[256];
    store_directory_make(directory, sizeof directory);
    bool done = run_round(directory, &dsy_store_memory, false) && run_round(directory, &dsy_store_sqlite, true) &&
                run_round(directory, &dsy_store_sqlite, false);
    store_directory_remove(directory);
    printf("%d callers, %d calls each, 3 rounds: %d failures\n", CALLERS, CALLS_EACH, atomic_load(&failures));
    return done && atomic_load(&failures) == 0 ? 0 : 1;
}
