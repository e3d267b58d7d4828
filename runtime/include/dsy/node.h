/* Node: one process of a deployment, which runs the invocations of one program on one store.
 *
 * Every function here may be called from any thread. Callbacks run on a shard's loop thread: they must be quick, must
 * not block, and may call every function but dsy_node_destroy. What they are handed is valid until they return.
 * A callback is called exactly once, unless its submission or question was refused by a status other than DSY_OK.
 * Source: runtime.md, sections 1 to 6. */
#ifndef DSY_NODE_H
#define DSY_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsy/status.h"
#include "dsy/type.h"

struct dsy_buffer;
struct dsy_clock;
struct dsy_event_type;
struct dsy_log;
struct dsy_node;
struct dsy_program_type;
struct dsy_remote_transport;
struct dsy_random;
struct dsy_routine_type;
struct dsy_store_driver;

/* ---- its life ---- */

/* A setting as text. `config string salutation` of service Greeter is {"Greeter", "salutation", "Hi"}. A value of
 * another type than string is read as JSON, and as a JSON string if that fails; a duration may be written as in Dsy:
 * 30s.
 *
 * With is_use it says where `use Dictionary dictionary` of service Greeter is served: {"Greeter", "dictionary",
 * "here", .is_use = true}: by the program's only implementation; the name of the service that is meant where several
 * implement the interface; or http://HOST:PORT, another deployment, where a service of that name or the only
 * implementation of that interface is called (http://HOST:PORT/SERVICE names it).
 *
 * Of two settings of one name the first counts. */
struct dsy_config_value {
    const char *service;
    const char *name;
    const char *text;
    const char *origin; /* "orders.ini:12": where it was written, for messages; NULL: not known */
    bool is_use;
};

/* What modules of the standard library want to be told: settings whose `service` is the module, as {"std.http",
 * "hosts"}; their text is NULL here. */
extern const struct dsy_config_value dsy_library_settings[];
extern const size_t dsy_library_setting_count;

/* Where an invocation that a `use` begins is placed. */
enum dsy_placement {
    DSY_PLACE_LOCAL,  /* in its caller's shard: a chain of calls costs one commit */
    DSY_PLACE_SPREAD, /* over all shards, by hash */
};

/* Zero takes the default of every member but the first three. All pointers are borrowed until dsy_node_destroy. */
struct dsy_node_options {
    const struct dsy_program_type *program;
    const struct dsy_store_driver *driver;
    const char *directory; /* of the store; made if it is missing; ignored by the memory driver */

    uint32_t shard_count;  /* 0: that of the store, of a new store the number of processors. Another number than the
                              store was made with is an error */
    uint32_t worker_count; /* threads that execute steps; 0: 16 */
    enum dsy_placement placement;

    int64_t result_retention_ns; /* how long results can be asked for; 0: 24 hours */
    int64_t step_budget;         /* loop rounds in one transition; 0: 30 million, some tenths of a second */
    size_t transition_bytes_max; /* memory of one transition; 0: 64 MiB */
    size_t cache_bytes_max;      /* bodies kept in memory, for each shard; 0: 32 MiB */
    uint32_t queue_max;          /* submissions that wait in each shard; 0: 10,000 */

    const struct dsy_config_value *configs;
    size_t config_count;
    /* Told of everything that is wrong with the settings while the node is created: what is wrong, what is expected and
     * what to do, as sentences. origin as above, may be NULL. No value of a secret is in them. NULL: only the first is
     * known, from the error. */
    void (*problem)(void *context, const char *origin, const char *text);
    void *problem_context;

    /* How services of other deployments are called (dsy/remote.h); lives until all its calls are done. NULL: a `use`
     * that has an address waits for ever. */
    const struct dsy_remote_transport *remote;

    struct dsy_clock *clock;   /* NULL: the system's */
    struct dsy_random *random; /* NULL: the system's */
    struct dsy_log *log;       /* NULL: none */

    /* Where lines that routines log (std.log) go besides the files DIRECTORY/shard-000.log, …, in which each appears
     * exactly once: a kill may lose or double the last ones here. One line without its line feed; called from several
     * threads, which wait for it. NULL: nowhere. */
    void (*line)(void *context, const char *line, size_t size_bytes);
    void *line_context;
};

/* Check the program and its settings and bind every `use`; nothing runs and nothing is opened yet.
 *
 * node   receives the node, owned by the caller
 * error  says what is wrong first: a `use` with no or several implementations, a configuration value of the wrong
 *        type, an unknown or missing one, a program of another DSY_ABI_VERSION (DSY_INVALID, DSY_NEWER, DSY_NO_MEMORY)
 */
DSY_MUST_USE
enum dsy_status dsy_node_create(const struct dsy_node_options *options, struct dsy_node **node,
                                struct dsy_error *error);

/* Open the store, start the threads and take up what was running. Returns when the node takes submissions.
 * Errors: DSY_BUSY (another process serves the directory), DSY_NEWER, DSY_CORRUPT, DSY_INPUT_OUTPUT, DSY_NO_SPACE. */
DSY_MUST_USE
enum dsy_status dsy_node_start(struct dsy_node *node, struct dsy_error *error);

/* Take no new submissions, let running steps end, commit, close the store cleanly, and end all threads.
 * grace_ns  how long running steps may take; those that take longer are executed again after the next start.
 * Waits; called once, not from a callback. Callbacks of unfinished invocations are called with DSY_OUTCOME_UNKNOWN. */
void dsy_node_drain(struct dsy_node *node, int64_t grace_ns);

/* Give everything back. A started node must have been drained. NULL does nothing. */
void dsy_node_destroy(struct dsy_node *node);

/* Whether submissions are taken: all shards are open and their stores accept commits. */
bool dsy_node_is_ready(const struct dsy_node *node);

/* Why not, as one line for people; "" when it is ready. text has room for text_bytes octets. */
void dsy_node_describe_health(const struct dsy_node *node, char *text, size_t text_bytes);

/* The injected clock was set forward: look at the timers now. Only for tests with a clock of their own. */
void dsy_node_clock_changed(struct dsy_node *node);

const struct dsy_program_type *dsy_node_program(const struct dsy_node *node);

/* ---- calls ---- */

/* The routine that a caller from outside means. service: its name, or that of an interface which one service alone
 * implements.
 * Returns NULL if there is no such service or method, or if the method is private. */
const struct dsy_routine_type *dsy_node_find_routine(const struct dsy_node *node, const char *service,
                                                     const char *method);

/* How an invocation ended. */
enum dsy_outcome_kind {
    DSY_OUTCOME_RETURNED,
    DSY_OUTCOME_THREW,
    DSY_OUTCOME_CANCELLED,
    DSY_OUTCOME_NOT_FOUND, /* attach: never began here, or its result's retention is over */
    DSY_OUTCOME_DAMAGED,   /* it has ended, but its stored result cannot be read */
    DSY_OUTCOME_UNKNOWN,   /* the node stops; ask for the result after the next start */
};

struct dsy_invocation_outcome {
    dsy_uuid id;
    enum dsy_outcome_kind kind;
    const struct dsy_routine_type *routine; /* NULL when the program no longer has it, or for the last three kinds */
    const uint8_t *value;                   /* RETURNED: the result as a CBOR item; THREW: the error (dsy/error.h) */
    size_t value_bytes;
};

/* After the commit that holds the invocation, or that found it under its idempotency key.
 * is_new  false: the key belongs to an earlier submission, whose id this is */
typedef void dsy_accepted_function(void *context, dsy_uuid id, bool is_new);
typedef void dsy_completed_function(void *context, const struct dsy_invocation_outcome *outcome);

struct dsy_submission {
    const struct dsy_routine_type *routine; /* from dsy_node_find_routine */
    const uint8_t *arguments;               /* one CBOR array, from dsy_arguments_from_json; copied */
    size_t arguments_bytes;
    const uint8_t *instance_key; /* of a keyed service, from dsy_key_from_text; copied. NULL: it has none */
    size_t instance_key_bytes;
    const char *idempotency_key; /* NULL: none; counts for this routine, and this key of a keyed service, only; at most
                                    DSY_IDEMPOTENCY_KEY_BYTES_MAX */
    dsy_accepted_function *accepted;   /* may be NULL */
    dsy_completed_function *completed; /* may be NULL; never called before accepted,
                                          but with UNKNOWN, when accepted is never called */
    void *context;                     /* handed to both */
    uint64_t *waiter;                  /* receives, before accepted can be called, a number for dsy_node_detach with the
                                          id of accepted: who waited long enough for `completed` says so. May be NULL */
};

enum { DSY_IDEMPOTENCY_KEY_BYTES_MAX = 255 };

/* Begin an invocation.
 * Returns DSY_FULL when too many wait already (HTTP 503 with Retry-After), DSY_CLOSED when the node is not started or
 * drains, DSY_INPUT_OUTPUT while no store accepts commits (503 too), DSY_INVALID when the idempotency key is too
 * long, or a keyed service is called without its key or another with one,
 * DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_node_submit(struct dsy_node *node, const struct dsy_submission *submission);

/* Wait for the result of an invocation that began from outside; at once if it has ended.
 *
 * waiter  receives a number for dsy_node_detach; may be NULL
 * Returns DSY_NOT_FOUND when the id cannot be one of this node's, DSY_FULL, DSY_CLOSED, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_node_attach(struct dsy_node *node, dsy_uuid id, dsy_completed_function *completed, void *context,
                                uint64_t *waiter);

/* Wait no longer: `completed` is called soon with DSY_OUTCOME_UNKNOWN unless it was called already. So the context
 * of a closed connection is freed in `completed`, and only there. */
void dsy_node_detach(struct dsy_node *node, dsy_uuid id, uint64_t waiter);

/* ---- questions ---- */

/* The answer as one JSON text: DSY_OK; DSY_NOT_FOUND, DSY_CLOSED or another status with json NULL. */
typedef void dsy_answer_function(void *context, enum dsy_status status, const char *json, size_t json_bytes);

/* Show an invocation as a JSON object:
 *
 *     id, service, routine, created
 *     key        of a keyed service
 *     state      running, sleeping, waiting, queued, retrying, quarantined; returned, threw, cancelled
 *     cancelled  true, when it is being cancelled
 *     at         where it waits: {"file", "line", "column", "await"}
 *     variables  that are live there
 *     pending    {"kind", …}: start, sleep, step, call, checkpoint, queued, task or promise, all, any, select, end of
 *                tasks; with what it waits for, due and deadline, attempt and failures and the last reason
 *     frames     routine, at, variables of each, the innermost first
 *     reason     why it is quarantined
 *
 * Returns DSY_NOT_FOUND when the id cannot be one of this node's, DSY_FULL, DSY_CLOSED, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_node_show(struct dsy_node *node, dsy_uuid id, dsy_answer_function *answer, void *context);

/* Let an invocation out of its quarantine: it goes on as after a start. The answer has no text: DSY_OK; DSY_NOT_FOUND;
 * DSY_EXISTS when it is not in quarantine; DSY_CLOSED and other trouble.
 * Returns as dsy_node_show. */
DSY_MUST_USE
enum dsy_status dsy_node_retry(struct dsy_node *node, dsy_uuid id, dsy_answer_function *answer, void *context);

/* Cancel an invocation that began from outside or from within: Cancelled is thrown where it waits. The answer has no
 * text: DSY_OK, when that is saved; DSY_NOT_FOUND; DSY_EXISTS when it has ended; DSY_CLOSED and other trouble.
 * Returns as dsy_node_show. */
DSY_MUST_USE
enum dsy_status dsy_node_cancel(struct dsy_node *node, dsy_uuid id, dsy_answer_function *answer, void *context);

/* What is known of a promise: {"id", "state": "open|resolved|rejected", "type"}. The answer and what is returned are as
 * of dsy_node_show. */
DSY_MUST_USE
enum dsy_status dsy_node_promise(struct dsy_node *node, dsy_uuid id, dsy_answer_function *answer, void *context);

/* Settle a promise. The answer has no text: DSY_OK, when it is saved; DSY_NOT_FOUND; DSY_EXISTS when it was settled
 * before; DSY_CLOSED and other trouble.
 * value  a CBOR item of the promise's type, from dsy_settlement_from_json; copied
 * Returns as dsy_node_show. */
DSY_MUST_USE
enum dsy_status dsy_node_settle(struct dsy_node *node, dsy_uuid id, bool threw, const uint8_t *value,
                                size_t value_bytes, dsy_answer_function *answer, void *context);

/* Which unfinished invocations to list; zero asks for all. */
struct dsy_list_filter {
    const char *service; /* NULL: of any */
    const char *state;   /* as in dsy_node_show; NULL: in any */
    int64_t since_ns;    /* created at or after */
    uint32_t limit;      /* 0: 100; at most DSY_LIST_MAX */
    const char *cursor;  /* "next" of the answer before; NULL: from the beginning */
};

enum { DSY_LIST_MAX = 1000 };

/* List: {"invocations": [{"id", "service", "routine", "state", "created"}…], "next": cursor or null}.
 * An answer may hold fewer than the limit, none even, and a cursor: ask on.
 * Returns DSY_INVALID for a cursor that no answer gave, DSY_FULL, DSY_CLOSED, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_node_list(struct dsy_node *node, const struct dsy_list_filter *filter, dsy_answer_function *answer,
                              void *context);

enum { DSY_COMMIT_BUCKET_COUNT = 12 };

/* Upper bounds of the buckets of commit durations, in nanoseconds; the last is the largest number. */
extern const int64_t dsy_commit_bucket_ns[DSY_COMMIT_BUCKET_COUNT];

/* Sums over all shards. Totals count from the start of the node, gauges are of now. */
struct dsy_statistics {
    uint64_t invocations_begun, invocations_returned, invocations_threw, invocations_quarantined;
    uint64_t invocations_cancelled; /* of those that threw */
    uint64_t transitions, batches, commit_errors;
    uint64_t commit_ns, rows_written;
    uint64_t commit_buckets[DSY_COMMIT_BUCKET_COUNT]; /* commits by duration, not cumulated */
    uint64_t steps_started, steps_done, steps_threw, steps_retried, steps_timed_out;
    uint64_t timers_fired, schedules_run;
    uint64_t messages_sent, messages_received, messages_dropped; /* between shards */
    uint64_t submissions_refused;

    uint64_t invocations_unfinished; /* gauge, counted in the store at start and kept up */
    uint64_t steps_later;            /* gauges: attempts whose answer is out, and that hold no worker, */
    uint64_t steps_limited;          /* those of steps_queued that wait for their @limit, */
    uint64_t steps_overdue;          /* and workers held by attempts that timed out or were cancelled */
    uint64_t steps_running, steps_queued, submissions_queued, waiters, timers_armed, cache_bytes; /* gauges */
    uint32_t shards, workers;
};

void dsy_node_statistics(const struct dsy_node *node, struct dsy_statistics *statistics);

/* ---- help for borders ---- */

/* Encode arguments that came as JSON: an object of names, defaults are filled in.
 *
 * routine    of the program
 * arguments  receives one CBOR array; appended
 * error      DSY_INVALID: what is wrong, beginning with the JSON path: "$.order.items[2].price: …"
 * Returns DSY_INVALID, DSY_FULL (too large), DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_arguments_from_json(const struct dsy_node *node, const struct dsy_routine_type *routine,
                                        const char *json, size_t json_bytes, struct dsy_buffer *arguments,
                                        struct dsy_error *error);

/* The event of a program by its name, "shop.OrderShipped"; NULL: it has none. */
const struct dsy_event_type *dsy_node_find_event(const struct dsy_node *node, const char *name, size_t name_bytes);

/* Encode an event that came as JSON, as the arguments of those who subscribe to it. As dsy_arguments_from_json. */
DSY_MUST_USE
enum dsy_status dsy_event_from_json(const struct dsy_node *node, const struct dsy_event_type *event, const char *json,
                                    size_t json_bytes, struct dsy_buffer *arguments, struct dsy_error *error);

/* Encode what a promise is to be settled with: {"value": …}, or {"error": name, …members} which rejects it. A promise
 * without a value takes {} too.
 *
 * type   the name of its value's type, from dsy_node_promise
 * value  receives a CBOR item; appended
 * threw  whether it is an error
 * error  DSY_INVALID: what is wrong, beginning with the JSON path; DSY_NOT_FOUND: the program has no promise of this
 *        type any more
 * Returns DSY_INVALID, DSY_NOT_FOUND, DSY_FULL, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_settlement_from_json(const struct dsy_node *node, const char *type, const char *json,
                                         size_t json_bytes, struct dsy_buffer *value, bool *threw,
                                         struct dsy_error *error);

/* Check arguments that came as CBOR, one array, and encode them as this program does. As dsy_arguments_from_json. */
DSY_MUST_USE
enum dsy_status dsy_arguments_from_cbor(const struct dsy_node *node, const struct dsy_routine_type *routine,
                                        const uint8_t *bytes, size_t size_bytes, struct dsy_buffer *arguments,
                                        struct dsy_error *error);

/* Encode the key of a keyed service that came as text: alice, 42, a uuid.
 *
 * routine    of the program, of a keyed service
 * key        receives it; appended
 * error      DSY_INVALID: which key is wrong, and what it should be
 * Returns DSY_INVALID, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_key_from_text(const struct dsy_node *node, const struct dsy_routine_type *routine, const char *text,
                                  size_t text_bytes, struct dsy_buffer *key, struct dsy_error *error);

/* The outcome for people: RETURNED gives the value's JSON (null for void), THREW {"error", "message", …members}.
 * json  appended
 * Returns DSY_CORRUPT when the value does not fit the routine's type, DSY_NOT_FOUND without a routine or a value,
 * DSY_FULL, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_outcome_to_json(const struct dsy_node *node, const struct dsy_invocation_outcome *outcome,
                                    struct dsy_buffer *json, struct dsy_error *error);

/* The variable of the environment that stands for a setting: DSY_GREETER_SALUTATION, DSY_GREETER_USE_DICTIONARY.
 * Returns false when text, of text_bytes octets, has no room for it. */
bool dsy_config_variable(const struct dsy_config_value *setting, char *text, size_t text_bytes);

/* An id as text: 36 characters and a NUL. */
void dsy_id_format(dsy_uuid id, char text[37]);

/* Returns false when the text is not a UUID. */
bool dsy_id_parse(const char *text, size_t text_bytes, dsy_uuid *id);

#endif
