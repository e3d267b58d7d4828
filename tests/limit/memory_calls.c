/* Calls that are asked again until their result is known; see memory_calls.h. */
#include "tests/limit/memory_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/calls.h"

enum { AT_A_TIME = 16 };

static struct memory_counts counts;

static void
rest(long milliseconds)
{
    struct timespec time = { .tv_nsec = milliseconds * 1000000 };
    nanosleep(&time, NULL);
}

static void
submit(struct dsy_node *node, struct call *call, const struct memory_kind *kind, const char *key)
{
    call_init(call, node);
    for (int tries = 0; tries < 5000; tries++) {
        enum dsy_status status = call_submit_to(call, node, kind->service, NULL, kind->method, kind->arguments, key);
        if (status == DSY_OK)
            return;
        if (status != DSY_NO_MEMORY && status != DSY_FULL && status != DSY_INPUT_OUTPUT) {
            fprintf(stderr, "memory: %s is refused: %s\n", kind->method, dsy_status_text(status));
            exit(1);
        }
        counts.refused++;
        rest(1);
    }
    fprintf(stderr, "memory: %s is refused for ever\n", kind->method);
    exit(1);
}

/* Whether the result is there; a wrong one ends the test. */
static bool
has_result(const struct call *call, const struct memory_kind *kind, const char *key)
{
    if (call->kind == DSY_OUTCOME_UNKNOWN || call->status == DSY_NO_MEMORY)
        return false;
    if (call->kind != DSY_OUTCOME_RETURNED || call->status != DSY_OK || strcmp(call->json, kind->expected) != 0) {
        fprintf(stderr, "memory: %s, %s: kind %d, status %d, %s instead of %s\n", key, kind->method, (int)call->kind,
                (int)call->status, call->json, kind->expected);
        exit(1);
    }
    return true;
}

static void
end_call(struct dsy_node *node, struct call *call, const struct memory_kind *kind, const char *key)
{
    for (int tries = 0;; tries++) {
        if (!call_wait_completed(call)) {
            fprintf(stderr, "memory: %s, %s does not end\n", key, kind->method);
            exit(1);
        }
        if (has_result(call, kind, key))
            break;
        call_destroy(call);
        counts.unknown++;
        if (tries == 1000) {
            fprintf(stderr, "memory: %s, %s: nobody knows what became of it\n", key, kind->method);
            exit(1);
        }
        counts.asked_again++;
        submit(node, call, kind, key);
    }
    call_destroy(call);
}

struct memory_counts
memory_run_calls(struct dsy_node *node, const struct memory_kind *kinds, size_t kind_count, size_t call_count)
{
    static struct call calls[AT_A_TIME];
    char keys[AT_A_TIME][32];
    counts = (struct memory_counts){ 0 };
    for (size_t first = 0; first < call_count; first += AT_A_TIME) {
        size_t count = call_count - first < AT_A_TIME ? call_count - first : AT_A_TIME;
        for (size_t index = 0; index < count; index++) {
            snprintf(keys[index], sizeof keys[index], "call %zu", first + index);
            submit(node, &calls[index], &kinds[(first + index) % kind_count], keys[index]);
        }
        for (size_t index = 0; index < count; index++)
            end_call(node, &calls[index], &kinds[(first + index) % kind_count], keys[index]);
    }
    return counts;
}

unsigned long
memory_option(int count, char **arguments, const char *name, unsigned long usual)
{
    for (int index = 1; index + 1 < count; index++)
        if (strcmp(arguments[index], name) == 0)
            return strtoul(arguments[index + 1], NULL, 10);
    return usual;
}
