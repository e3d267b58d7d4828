/* Calls into a node while memory runs out: whoever is told nothing asks again, under the same key. */
#ifndef DSY_TESTS_MEMORY_CALLS_H
#define DSY_TESTS_MEMORY_CALLS_H

#include <stddef.h>

#include "dsy/node.h"

struct memory_kind {
    const char *service, *method, *arguments;
    const char *expected; /* the result, as JSON */
};

struct memory_counts {
    size_t refused, unknown, asked_again;
};

/* Call number i under the key "call i", of kind i modulo their count; some at a time. A wrong result, or one that never
 * comes, ends the process with 1. */
struct memory_counts memory_run_calls(struct dsy_node *node, const struct memory_kind *kinds, size_t kind_count,
                                      size_t call_count);

/* The number that follows `name` on the command line. */
unsigned long memory_option(int count, char **arguments, const char *name, unsigned long usual);

#endif
