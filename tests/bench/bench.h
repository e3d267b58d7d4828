/* The benchmark's parts: driving a node (load.c), and recording what it commits to do the same by hand (replay.c). */
#ifndef DSY_TESTS_BENCH_H
#define DSY_TESTS_BENCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsy/node.h"
#include "dsy/store.h"

int64_t bench_now_ns(void); /* monotonic */

/* End the benchmark with a message when a call failed. */
void bench_require(bool is_fine, const char *what, const struct dsy_error *error);

/* ---- the step `mark` (bench_steps.c) ---- */

extern _Atomic uint64_t bench_marks;       /* executions so far in this process */
extern _Atomic int64_t bench_last_mark_ns; /* when the last one was */
extern _Atomic uint64_t bench_kill_at;     /* SIGKILL this process at that execution; 0: never */

/* ---- load.c ---- */

struct load {
    const char *method;    /* of service Bench */
    const char *arguments; /* JSON; `#` stands for the number of the invocation, from 0 */
    uint64_t count;        /* invocations */
    uint32_t concurrency;  /* in flight at once */
    bool wait_for_result;  /* false: until accepted */
};

struct load_result {
    double seconds;
    double p50_ms, p99_ms;            /* of one invocation */
    struct dsy_statistics statistics; /* of the node when the load was done */
};

struct dsy_node *bench_node(const struct dsy_store_driver *driver, const char *directory, uint32_t shards);
struct load_result load_run(struct dsy_node *node, const struct load *load);

/* ---- replay.c ---- */

/* A driver that passes everything on to the sqlite driver and keeps a copy of every commit's changes. */
const struct dsy_store_driver *recording_driver(void);

void recording_clear(void);

struct replay_result {
    uint64_t commits, rows;
    double seconds;
    double rows_each_commit;
};

/* Do what was recorded again with SQLite alone: the same rows, statements and transactions, in one plain loop over a
 * fresh file for each shard, one shard after the other on one thread. The path is that of a folder. */
struct replay_result recording_replay(const char *directory);

#endif
