/* Every bound of the core, each with its reason. */
#ifndef DSY_CORE_LIMITS_H
#define DSY_CORE_LIMITS_H

#include <stdint.h>

enum {
    /* Shards of one store: an id has 8 bits for its shard; more than this many loops would serve no machine. */
    SHARD_COUNT_MAX = 256,

    WORKER_COUNT_DEFAULT = 16,
    WORKER_COUNT_MAX = 1024,

    /* Transitions in one batch. Beyond some hundreds the commit's fixed cost no longer shows, and the latency of those
     * who came first grows. */
    BATCH_TRANSITIONS_MAX = 1024,

    /* Memory of one batch, beyond which it takes nothing more in. Two batches exist for each shard. */
    BATCH_BYTES_MAX = 32 * 1024 * 1024,

    /* After a start that was not clean, and after a batch that failed, so many transitions get a batch each: the one
     * that kills the process, or breaks, is known then. */
    CAREFUL_TRANSITIONS = 32,

    TRANSITION_BYTES_MAX = 64 * 1024 * 1024,

    /* Stack of a shard's thread, on which compiled functions recur: enough for FRAME_COUNT_MAX calls whose variables
     * take some 60 KiB each; what is not used takes no memory. StackOverflow is thrown when less is left of it than a
     * call with the largest variables, the codecs and the runtime below them take. */
    STACK_BYTES = 64 * 1024 * 1024,
    STACK_RESERVE_BYTES = 4 * 1024 * 1024,

    /* A stored invocation: SQLite takes blobs up to 1,000,000,000 octets, a reader of shows and lists less gladly. */
    BODY_BYTES_MAX = 64 * 1024 * 1024,

    /* Frames on an invocation's stack, as many as calls within calls. */
    FRAME_COUNT_MAX = 1000,

    /* … and those of compensations, which run above what has ended. */
    STORED_FRAMES_MAX = FRAME_COUNT_MAX + 100,

    /* Tasks and promises that one invocation may make: its row and its end name all of them. */
    CELLS_OF_INVOCATION_MAX = 1000000,

    /* … of which so many are remembered once they have settled and were awaited. */
    REMEMBERED_CELLS_MAX = 1000,

    /* Invocations that wait for each other in one chain: the same bound, for recursion through services. */
    CHAIN_LENGTH_MAX = 1000,

    /* The encoded key of a keyed service: longer than any name, and short enough for a path in a URL. */
    INSTANCE_KEY_BYTES_MAX = 1024,

    /* Calls that wait for one key: its row holds their numbers, and is written whenever one comes or goes. */
    INSTANCE_QUEUE_MAX = 100000,

    /* Who may wait for one task or promise: all of them stand in its row. */
    CELL_WATCHERS_MAX = 100000,

    /* The value of a task or promise: with those who wait for it, its row stays within BODY_BYTES_MAX. */
    CELL_VALUE_BYTES_MAX = BODY_BYTES_MAX / 2,

    /* Results that invocations which await many have got so far, in memory of one shard. What goes is asked for again.
     */
    JOIN_BYTES_MAX = 64 * 1024 * 1024,

    /* Objects that one probe for deadlocks passes: as many as a chain of invocations has, with a task's cell each; and
     * tasks of one await that it is passed on to. */
    PROBE_HOPS_MAX = 2 * CHAIN_LENGTH_MAX,
    PROBE_TASKS_MAX = 1000,

    CACHE_BYTES_MAX = 32 * 1024 * 1024,
    SUBMISSIONS_MAX = 10000,
    QUESTIONS_MAX = 1000,
    WAITERS_MAX = 100000,

    /* Attempts of steps that one shard keeps in memory, executing or waiting for a worker. What is beyond waits in its
     * row. */
    JOBS_MAX = 4096,

    /* Of these so many may wait for one step's @limit, so that the others find room. */
    JOBS_OF_LIMIT_MAX = 512,

    /* Processes that one step may kill before its invocation goes into quarantine. */
    STEP_DEATHS_MAX = 3,

    /* How often the time that a suspect is left alone is doubled: up to some twenty minutes. */
    STEP_ALONE_DOUBLINGS_MAX = 7,

    /* Timers in memory of one shard, 32 octets each; the others wait in the store. */
    TIMERS_MAX = 65536,

    /* Rows that one request to the store answers. */
    PAGE_ROWS = 512,

    /* Messages that wait for a batch before the shard asks its store for more work. */
    READY_LOW = 2048,

    /* Letters to one receiver that are under way at a time; the rest stay rows. */
    LETTERS_IN_FLIGHT_MAX = 1024,

    /* Results that one sweep looks at; it holds the store that long. */
    SWEEP_ROWS = 500,

    REASON_BYTES_MAX = 512,

    /* A line of the log: more than people read. With each octet escaped it still is found from the file's end. */
    LINE_TEXT_BYTES_MAX = 16 * 1024,
    LINE_HEAD_BYTES_MAX = 512,

    /* Lines that are written and synced and still have their rows; and see LINE_TRIM_NS. */
    LINE_TRIM_COUNT = 1000,
};

/* Loop rounds in one transition: some tenths of a second where a round does little. */
#define STEP_BUDGET INT64_C(30000000)

#define RESULT_RETENTION_NS (INT64_C(24) * 3600 * 1000000000)

/* How far ahead the shard knows its timers: a sleep that ends within it needs no look into the store. */
#define TIMER_HORIZON_NS (INT64_C(10) * 1000000000)

/* A look at the clock, at acknowledgements and at old results, this often. */
#define TICK_MS 1000

/* Trouble of the store, of the heap: tried again after this long, doubling. */
#define TROUBLE_FIRST_MS 100
#define TROUBLE_MOST_MS 5000

/* A step without a retry policy: for ever, 100 ms × 2 up to a minute. */
#define RETRY_FIRST_NS INT64_C(100000000)
#define RETRY_MOST_NS INT64_C(60000000000)
#define RETRY_FACTOR 2.0

/* After the death of a process each step that was under way is executed alone, and all others wait: at most this long,
 * doubled with each death that came later. As long is waited for those that execute already. */
#define STEP_ALONE_NS INT64_C(10000000000)

/* So often at most the file of the log is synced and its rows deleted: a commit of its own. */
#define LINE_TRIM_NS INT64_C(1000000000)

/* A call that waits for a key looks for a deadlock after so long, and then ever less often. */
#define PROBE_FIRST_NS INT64_C(1000000000)
#define PROBE_MOST_NS INT64_C(60000000000)

/* Time that one batch may take to execute before it takes nothing more in: others wait for its commit. */
#define BATCH_NS_MAX INT64_C(20000000)

#endif
