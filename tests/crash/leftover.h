/* What is left in a store when all work has ended: nothing may be, but results and the counters of letters. Relies on
 * the schema (runtime/store/schema.sql), and on a server that was quiet before it ended. */
#ifndef DSY_TESTS_CRASH_LEFTOVER_H
#define DSY_TESTS_CRASH_LEFTOVER_H

#include <stdbool.h>

struct leftover {
    long objects;     /* invocations, tasks, promises, instances of keyed services */
    long unfinished;  /* … as the stores count them */
    long messages;    /* for the next batch */
    long lines;       /* of the log */
    long undelivered; /* letters that their receiver has not taken in */
    long letters;     /* letters that were taken in and are no counter: they were to be deleted */
    int open;         /* stores that were not closed */
};

/* Count over all shards of a store. Ends the process with 2 when it cannot be read. */
struct leftover leftover_count(const char *store);

/* Whether nothing is left; letters that were taken in are deleted by the server's next tick or transaction. */
bool leftover_is_none(const struct leftover *leftover);

/* One line to stderr, and the first of the rows. */
void leftover_print(const char *store, const struct leftover *leftover);

#endif
