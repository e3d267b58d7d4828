/* A whole node while memory runs out again and again: of so many allocations one fails, at random, in every
 * thread, for a tenth of a second out of two. No
 * call is lost and none gives a wrong result: whoever was told nothing asks again under the same key.
 *
 *     memory_node [--seed N] [--calls N] [--one-of N]
 *
 * Failures inside SQLite, libuv and the C library are not among them. The seed is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dsy/store.h"
#include "tests/limit/failing_memory.h"
#include "tests/limit/memory_calls.h"
#include "tests/support/hand_program.h"

static const struct memory_kind kinds[] = {
    { "Work", "count", "{\"n\": 5}", "15" },          { "Work", "chain", "{\"n\": 4}", "4" },
    { "Work", "sub", "{\"n\": 20}", "41" },           { "Work", "rescue", "{\"text\": \"no\"}", "9" },
    { "Work", "echo", "{\"text\": \"e\"}", "\"e\"" }, { "Work", "save", "{\"n\": 6}", "6" },
    { "Work", "nap", "{\"n\": 1000000}", "1000000" }, { "Work", "flaky", "{\"n\": 1}", "2" },
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

int
main(int count, char **arguments)
{
    unsigned seed = (unsigned)memory_option(count, arguments, "--seed", (unsigned long)time(NULL));
    unsigned one_of = (unsigned)memory_option(count, arguments, "--one-of", 5);
    size_t calls = memory_option(count, arguments, "--calls", 3000);
    printf("memory_node: seed %u\n", seed);
    fflush(stdout);
    struct dsy_node *node;
    struct dsy_error error = { .status = DSY_OK };
    struct dsy_node_options options = { .program = &hand_program,
                                        .driver = &dsy_store_memory,
                                        .shard_count = 2,
                                        .worker_count = 4,
                                        .placement = DSY_PLACE_SPREAD };
    hand_world_reset();
    if (dsy_node_create(&options, &node, &error) != DSY_OK || dsy_node_start(node, &error) != DSY_OK) {
        fprintf(stderr, "memory_node: %s\n", error.text);
        return 1;
    }
    failing_memory_at_random(one_of, seed);
    struct memory_counts counts = memory_run_calls(node, kinds, KIND_COUNT, calls);
    size_t failed = failing_memory_end();
    memory_run_calls(node, kinds, KIND_COUNT, calls); /* the same keys give the same results */
    struct dsy_statistics statistics;
    dsy_node_statistics(node, &statistics);
    dsy_node_drain(node, INT64_C(5000000000));
    dsy_node_destroy(node);
    printf(
        "memory_node: %zu calls, %zu allocations failed, %zu submissions refused, %zu answers unknown, %zu asked again,"
        " %llu in quarantine\n",
        calls, failed, counts.refused, counts.unknown, counts.asked_again,
        (unsigned long long)statistics.invocations_quarantined);
    if (statistics.invocations_begun < calls || statistics.invocations_quarantined > 0 || failed == 0) {
        fprintf(stderr, "memory_node: %llu begun\n", (unsigned long long)statistics.invocations_begun);
        return 1;
    }
    return 0;
}
