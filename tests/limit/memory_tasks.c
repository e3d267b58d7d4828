/* A whole node that runs tasks, compensations, keyed services and events while memory runs out again and again
 * (memory_node.c): batches are dropped at any place and run again. Each call gives the one result, and when all has
 * ended nothing is left in the store.
 *
 *     memory_tasks [--seed N] [--calls N] [--one-of N] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dsy/generated.h"
#include "dsy/store.h"
#include "tests/crash/leftover.h"
#include "tests/limit/failing_memory.h"
#include "tests/limit/memory_calls.h"
#include "tests/support/calls.h"

enum { QUIET_SECONDS = 20, TICK_SECONDS = 2 };

static const struct memory_kind kinds[] = {
    { "Tasks", "join", "{\"n\": 40}", "780" },
    { "Tasks", "fail", "{\"n\": 20}", "\"broken 10\"" },
    { "Tasks", "race", "{\"n\": 10}", "77" },
    { "Tasks", "stop", "{\"n\": 20}", "20" },
    { "Tasks", "choose", "{\"n\": 6}", "15" },
    { "Tasks", "wait", "{\"n\": 10}", "10" },
    { "Tasks", "rush", "{\"n\": 12}", "12" },
    { "Tasks", "tell", "{\"n\": 5}", "55" },
    { "Tasks", "undo", "{\"depth\": 5}", "\"0 1 2 3 4 5 end\"" },
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

/* What was cancelled ends after its results are known. */
static bool
wait_until_quiet(struct dsy_node *node)
{
    struct dsy_statistics statistics;
    for (int waited = 0; waited < QUIET_SECONDS * 100; waited++) {
        dsy_node_statistics(node, &statistics);
        if (statistics.invocations_unfinished == 0)
            break;
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    }
    nanosleep(&(struct timespec){ .tv_sec = TICK_SECONDS }, NULL);
    if (statistics.invocations_unfinished == 0 && statistics.invocations_quarantined == 0)
        return true;
    fprintf(stderr, "memory_tasks: %llu unfinished, %llu in quarantine\n",
            (unsigned long long)statistics.invocations_unfinished,
            (unsigned long long)statistics.invocations_quarantined);
    return false;
}

int
main(int count, char **arguments)
{
    unsigned seed = (unsigned)memory_option(count, arguments, "--seed", (unsigned long)time(NULL));
    unsigned one_of = (unsigned)memory_option(count, arguments, "--one-of", 500);
    size_t calls = memory_option(count, arguments, "--calls", 450);
    char directory[256];
    printf("memory_tasks: seed %u\n", seed);
    fflush(stdout);
    store_directory_make(directory, sizeof directory);
    struct dsy_node *node;
    struct dsy_error error = { .status = DSY_OK };
    struct dsy_node_options options = { .program = &dsy_program,
                                        .driver = &dsy_store_sqlite,
                                        .directory = directory,
                                        .shard_count = 3,
                                        .worker_count = 1,
                                        .placement = DSY_PLACE_SPREAD };
    if (dsy_node_create(&options, &node, &error) != DSY_OK || dsy_node_start(node, &error) != DSY_OK) {
        fprintf(stderr, "memory_tasks: %s\n", error.text);
        return 1;
    }
    failing_memory_at_random(one_of, seed);
    struct memory_counts counts = memory_run_calls(node, kinds, KIND_COUNT, calls);
    size_t failed = failing_memory_end();
    bool is_quiet = wait_until_quiet(node);
    dsy_node_drain(node, INT64_C(5000000000));
    dsy_node_destroy(node);
    printf("memory_tasks: %zu calls, %zu allocations failed, %zu submissions refused, %zu answers unknown, %zu asked "
           "again\n",
           calls, failed, counts.refused, counts.unknown, counts.asked_again);
    struct leftover leftover = leftover_count(directory);
    if (!leftover_is_none(&leftover)) {
        leftover_print(directory, &leftover);
        return 1;
    }
    store_directory_remove(directory);
    return is_quiet && failed > 0 ? 0 : 1;
}
