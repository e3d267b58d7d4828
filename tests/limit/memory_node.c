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
#include "tests/support/calls.h"
#include "tests/support/hand_program.h"

enum { AT_A_TIME = 16 };

static const struct {
    const char *method, *arguments, *expected;
} kinds[] = {
    { "count", "{\"n\": 5}", "15" },          { "chain", "{\"n\": 4}", "4" },           { "sub", "{\"n\": 20}", "41" },
    { "rescue", "{\"text\": \"no\"}", "9" },  { "echo", "{\"text\": \"e\"}", "\"e\"" }, { "save", "{\"n\": 6}", "6" },
    { "nap", "{\"n\": 1000000}", "1000000" }, { "flaky", "{\"n\": 1}", "2" },
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static struct dsy_node *node;
static size_t refused, unknown, asked_again;

static void
rest(long milliseconds)
{
    struct timespec time = { .tv_nsec = milliseconds * 1000000 };
    nanosleep(&time, NULL);
}

static void
submit(struct call *call, unsigned kind, const char *key)
{
    call_init(call, node);
    for (int tries = 0; tries < 5000; tries++) {
        enum dsy_status status = call_submit(call, node, kinds[kind].method, kinds[kind].arguments, key);
        if (status == DSY_OK)
            return;
        if (status != DSY_NO_MEMORY && status != DSY_FULL && status != DSY_INPUT_OUTPUT) {
            fprintf(stderr, "memory_node: %s is refused: %s\n", kinds[kind].method, dsy_status_text(status));
            exit(1);
        }
        refused++;
        rest(1);
    }
    fprintf(stderr, "memory_node: %s is refused for ever\n", kinds[kind].method);
    exit(1);
}

/* Whether the result is there; a wrong one ends the test. */
static bool
has_result(const struct call *call, unsigned kind, const char *key)
{
    if (call->kind == DSY_OUTCOME_UNKNOWN || call->status == DSY_NO_MEMORY)
        return false;
    if (call->kind != DSY_OUTCOME_RETURNED || call->status != DSY_OK || strcmp(call->json, kinds[kind].expected) != 0) {
        fprintf(stderr, "memory_node: %s, %s: kind %d, status %d, %s instead of %s\n", key, kinds[kind].method,
                (int)call->kind, (int)call->status, call->json, kinds[kind].expected);
        exit(1);
    }
    return true;
}

static void
end_call(struct call *call, unsigned kind, const char *key)
{
    for (int tries = 0;; tries++) {
        if (!call_wait_completed(call)) {
            fprintf(stderr, "memory_node: %s, %s does not end\n", key, kinds[kind].method);
            exit(1);
        }
        if (has_result(call, kind, key))
            break;
        call_destroy(call);
        unknown++;
        if (tries == 1000) {
            fprintf(stderr, "memory_node: %s, %s: nobody knows what became of it\n", key, kinds[kind].method);
            exit(1);
        }
        asked_again++;
        submit(call, kind, key);
    }
    call_destroy(call);
}

static void
run_calls(size_t from, size_t to)
{
    static struct call calls[AT_A_TIME];
    char keys[AT_A_TIME][32];
    for (size_t first = from; first < to; first += AT_A_TIME) {
        size_t count = to - first < AT_A_TIME ? to - first : AT_A_TIME;
        for (size_t index = 0; index < count; index++) {
            snprintf(keys[index], sizeof keys[index], "call %zu", first + index);
            submit(&calls[index], (unsigned)((first + index) % KIND_COUNT), keys[index]);
        }
        for (size_t index = 0; index < count; index++)
            end_call(&calls[index], (unsigned)((first + index) % KIND_COUNT), keys[index]);
    }
}

static unsigned long
option(int count, char **arguments, const char *name, unsigned long usual)
{
    for (int index = 1; index + 1 < count; index++)
        if (strcmp(arguments[index], name) == 0)
            return strtoul(arguments[index + 1], NULL, 10);
    return usual;
}

int
main(int count, char **arguments)
{
    unsigned seed = (unsigned)option(count, arguments, "--seed", (unsigned long)time(NULL));
    unsigned one_of = (unsigned)option(count, arguments, "--one-of", 5);
    size_t calls = option(count, arguments, "--calls", 3000);
    printf("memory_node: seed %u\n", seed);
    fflush(stdout);
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
    run_calls(0, calls);
    size_t failed = failing_memory_end();
    run_calls(0, calls); /* the same keys give the same results */
    struct dsy_statistics statistics;
    dsy_node_statistics(node, &statistics);
    dsy_node_drain(node, INT64_C(5000000000));
    dsy_node_destroy(node);
    printf(
        "memory_node: %zu calls, %zu allocations failed, %zu submissions refused, %zu answers unknown, %zu asked again,"
        " %llu in quarantine\n",
        calls, failed, refused, unknown, asked_again, (unsigned long long)statistics.invocations_quarantined);
    if (statistics.invocations_begun < calls || statistics.invocations_quarantined > 0 || failed == 0) {
        fprintf(stderr, "memory_node: %llu begun\n", (unsigned long long)statistics.invocations_begun);
        return 1;
    }
    return 0;
}
