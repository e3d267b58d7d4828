/* What generated C relies on: the contract between dsyc and libdsy. Not for users.
 *
 * A program is a tree of constant descriptors that ends in one `const struct dsy_program_type dsy_program`.
 * Generated functions are pure C over the run's arena: no I/O, no locks, no system calls, no globals.
 * Any change that breaks compiled programs counts DSY_ABI_VERSION up; a node refuses another version. */
#ifndef DSY_GENERATED_H
#define DSY_GENERATED_H

#include "dsy/codec.h"
#include "dsy/container.h"
#include "dsy/describe.h"
#include "dsy/handle.h"
#include "dsy/run.h"
#include "dsy/step.h"
#include "dsy/value.h"

#define DSY_ABI_VERSION 2

/* How a routine's function came back. */
enum dsy_outcome {
    DSY_RETURNED,  /* its result was put by dsy_return() */
    DSY_THREW,     /* run->failed is set */
    DSY_CALLED,    /* dsy_call() pushed a sub-routine; resume in run->state when that has ended */
    DSY_SUSPENDED, /* dsy_await_…() said for what; resume in run->state */
    DSY_BROKEN,    /* what came back could not be decoded: the invocation is quarantined */
};

/* A place where a routine may stand while it is stored. State 0 is its start. */
struct dsy_suspension_type {
    uint64_t fingerprint; /* pins the stored frame: only code with this fingerprint decodes it */
    const char *identity; /* "payments.charge"; "start" for state 0 */
    const char *file;     /* of the .dsy source, as given to dsyc */
    uint32_t line, column;
    const struct dsy_routine_type *calls; /* the sub-routine whose end it waits for, which then stands above it on the
                                             stack; NULL: it waits for something else */
    bool is_shielded; /* a cancellation waits until the routine has left this body (finally, compensate, catch of
                         Cancelled) */
};

/* How a routine of a keyed service meets its key. */
enum dsy_key_access { DSY_KEY_EXCLUSIVE, DSY_KEY_SHARED, DSY_KEY_QUERY };

struct dsy_routine_type {
    const char *name;   /* "Orders.checkout" */
    const char *method; /* "checkout" */
    int32_t service;    /* index in the program, -1 outside services */
    bool is_public;
    enum dsy_key_access key_access; /* in a keyed service */
    size_t locals_size_bytes;
    const struct dsy_type *result; /* NULL for void */

    /* Run from `state` (0: parameters are in locals) to the next suspension or the end. */
    enum dsy_outcome (*run)(struct dsy_run *run, void *locals, uint32_t state);

    /* The variables that are live at `state`, as one CBOR array; for state 0 the arguments.
     * read_frame gets zeroed locals; false: the reader holds the error. */
    void (*write_frame)(struct dsy_cbor_writer *writer, const void *locals, uint32_t state);
    bool (*read_frame)(struct dsy_cbor_reader *reader, void *locals, uint32_t state);
    /* The same as a JSON object of names, for people. */
    void (*show_frame)(struct dsy_json_writer *writer, const void *locals, uint32_t state);
    /* Arguments from outside, a JSON object; defaults filled in, missing and unknown names are errors. */
    bool (*read_arguments)(struct dsy_json_reader *reader, void *locals);

    const struct dsy_suspension_type *suspensions; /* by state, [0] is the start */
    uint32_t suspension_count;                     /* at least 1 */
};

enum dsy_step_effect { DSY_STEP_AT_LEAST_ONCE, DSY_STEP_IDEMPOTENT, DSY_STEP_AT_MOST_ONCE };

struct dsy_step_type {
    const char *name;
    int64_t attempts;          /* 0: for ever */
    int64_t first_ns, most_ns; /* delay after the first failure, and the longest */
    double factor;
    int64_t timeout_ns; /* 0: none */
    enum dsy_step_effect effect;
    int64_t limit_concurrency; /* attempts at a time in the deployment; 0: no limit */
    double limit_per_second;   /* attempts begun in a second; 0: no limit */
    /* Decode the arguments (one CBOR array), execute the user's function once, encode its result
     * (a CBOR item, null for void) into `result` when it returned DSY_STEP_DONE.
     * Arguments that cannot be decoded: the reader holds the error. */
    enum dsy_step_outcome (*execute)(struct dsy_step *step, struct dsy_cbor_reader *arguments,
                                     struct dsy_cbor_writer *result);
};

/* NAME_answer(answer, result), for each step: the result is written, then it is given.
 *
 *     void charge_card_answer(struct dsy_answer *answer, struct Receipt result)
 *     {
 *         Receipt_write_cbor(dsy_answer_result(answer), &result);     (a void step: dsy_cbor_write_null)
 *         dsy_answer_done(answer);
 *     }
 *
 * ERROR_answer_throw(answer, members), for each declared error: dsy_answer_throw(answer, &ERROR_error, &members). */
struct dsy_cbor_writer *dsy_answer_result(struct dsy_answer *answer);
void dsy_answer_done(struct dsy_answer *answer);

/* For the C of the standard library: the error of this name that the program declares; NULL: it declares none. And a
 * setting of a module, as dsy/node.h lists them; NULL: the deployment says nothing. */
const struct dsy_error_type *dsy_step_error(const struct dsy_step *step, const char *name);
const char *dsy_step_setting(const struct dsy_step *step, const char *module, const char *name);

struct dsy_interface_type {
    const char *name;
    const struct dsy_type *key; /* of a keyed interface; NULL: it is none */
    const char *const *methods;
    uint32_t method_count;
};

/* A dependency: what a `use` names. Exactly one of the two indices is not -1. */
struct dsy_use_type {
    const char *name;
    int32_t interface;
    int32_t service;
};

struct dsy_config_type {
    const char *name;
    const struct dsy_type *type;
    size_t offset_bytes; /* in the service's config struct */
    bool is_secret;
    bool has_default;
};

/* One implemented interface: for each of its methods the routine, an index in the service's routines. */
struct dsy_implementation_type {
    int32_t interface;
    const uint32_t *routines;
};

struct dsy_event_type {
    const char *name; /* "shop.OrderShipped": the type of its CloudEvent */
    const struct dsy_type *type;
};

struct dsy_subscription_type {
    const struct dsy_event_type *event;
    uint32_t routine; /* in the service's routines; its one argument is the event */
};

struct dsy_schedule_type {
    const char *cron; /* five fields */
    const char *zone; /* IANA name */
    uint32_t routine; /* in the service's routines; takes nothing */
};

struct dsy_service_type {
    const char *name;
    const struct dsy_type *key;   /* of a keyed service: string, an integer type or uuid; NULL: it is none */
    const char *key_name;         /* of its parameter */
    const struct dsy_type *state; /* a struct; its zero value holds the defaults; NULL: it has none */
    const struct dsy_subscription_type *subscriptions;
    uint32_t subscription_count;
    const struct dsy_schedule_type *schedules;
    uint32_t schedule_count;
    const struct dsy_routine_type *const *routines; /* all with a state machine, private ones too */
    uint32_t routine_count;
    const struct dsy_implementation_type *implementations;
    uint32_t implementation_count;
    const struct dsy_use_type *uses;
    uint32_t use_count;
    const struct dsy_config_type *configs;
    uint32_t config_count;
    size_t config_size_bytes;
    void (*default_config)(struct dsy_run *run, void *config); /* fills in the defaults; NULL without configs */
};

struct dsy_program_type {
    uint32_t abi_version;
    const char *name; /* of the main module */
    const struct dsy_service_type *const *services;
    uint32_t service_count;
    const struct dsy_interface_type *const *interfaces;
    uint32_t interface_count;
    const struct dsy_routine_type *const *routines; /* every routine, in services and outside */
    uint32_t routine_count;
    const struct dsy_step_type *const *steps;
    uint32_t step_count;
    const struct dsy_event_type *const *events;
    uint32_t event_count;
    const struct dsy_error_type *const *errors; /* the declared ones; libdsy knows the built-in ones */
    uint32_t error_count;
    const struct dsy_type *const *promises; /* for each promise<T>, T; void is none of them */
    uint32_t promise_count;
};

extern const struct dsy_program_type dsy_program;

/* ---- what a routine's function calls; all set up the one effect with which it stops ---- */

/* Push a sub-routine on this invocation's stack.
 * Returns its zeroed locals, to be filled with its parameters, then `run->state = N; return DSY_CALLED;`.
 * NULL: StackOverflow is recorded in the run. After it ended the caller is run in state N with run->failed set,
 * or with the result at run->result (of the type routine->result; arena memory). */
void *dsy_call(struct dsy_run *run, const struct dsy_routine_type *routine);

/* Room for the result of a routine that ends: `*(struct Receipt *)dsy_return(run, sizeof(struct Receipt)) = receipt;
 * return DSY_RETURNED;`. Void routines need not call it. */
void *dsy_return(struct dsy_run *run, size_t size_bytes);

/* ---- values that leave the routine ----
 *
 * First the value is written, then one call says what becomes of it:
 *
 *     struct dsy_cbor_writer *writer = dsy_value(run);
 *     dsy_cbor_write_array_begin(writer, 2); …arguments… dsy_cbor_write_array_end(writer);
 *     dsy_to_use(run, 0, 1, NULL);
 *     dsy_await_call(run);
 *     run->state = N; return DSY_SUSPENDED;
 *
 * Void values are written as null. What has no memory for the value, and what is given a nil handle, throws
 * (StepTooLong, NullValue): generated code asks run->failed behind each. Nothing is done while it is set. */
struct dsy_cbor_writer *dsy_value(struct dsy_run *run);

/* Where a call goes; the value is its arguments as one array.
 * key  of a keyed service: points at a value of its key type; NULL: it is not keyed
 * use: method by its index in the interface (or, for a `use` of a service, in the service's routines).
 * service: Service.routine(…), by its index in the program and the routine's in the service.
 * routine: one outside services, or a private one of the own service, that is started. */
void dsy_to_use(struct dsy_run *run, uint32_t use, uint32_t method, const void *key);
void dsy_to_service(struct dsy_run *run, uint32_t service, uint32_t routine, const void *key);
void dsy_to_routine(struct dsy_run *run, const struct dsy_routine_type *routine);

/* What is done with the call: awaited (then `run->state = N; return DSY_SUSPENDED;`: when the routine is run again
 * run->failed is set, or the result is read from run->reader), started, or started for nobody. */
void dsy_await_call(struct dsy_run *run);
dsy_uuid dsy_start(struct dsy_run *run);
void dsy_start_detached(struct dsy_run *run);

/* Execute a step; the value is its arguments. Suspends. */
void dsy_await_step(struct dsy_run *run, const struct dsy_step_type *step);

/* Register a compensation of the running frame; the value is its arguments, the copies of variables. */
void dsy_compensate(struct dsy_run *run, const struct dsy_routine_type *routine);

/* An event for all who subscribe. */
void dsy_publish(struct dsy_run *run, const struct dsy_event_type *event);

/* type: of its value, one of the program's `promises`; NULL for void. */
dsy_uuid dsy_promise(struct dsy_run *run, const struct dsy_type *type);
/* Resolve with the value. */
void dsy_resolve(struct dsy_run *run, dsy_uuid promise);
/* Reject with an error of any kind; it is borrowed. */
void dsy_reject(struct dsy_run *run, dsy_uuid promise, const struct dsy_error_value *error);

void dsy_cancel(struct dsy_run *run, dsy_uuid task);

/* ---- waiting for tasks and promises; suspend ----
 * A nil handle: NullValue is thrown when the routine is run again. Handles are copied. */

/* The result is read from run->reader. */
void dsy_await_handle(struct dsy_run *run, dsy_uuid handle);
/* An array of the results, null for void tasks, is read from run->reader. */
void dsy_await_all(struct dsy_run *run, const dsy_uuid *tasks, int64_t count, bool is_void);
/* The first success. */
void dsy_await_any(struct dsy_run *run, const dsy_uuid *tasks, int64_t count);
/* The first that is ready: run->selected is its index when the routine is run again, or `count` for the time; its
 * value is read from run->reader. after_ns: DSY_NO_TIME if there is none. */
#define DSY_NO_TIME INT64_MIN
void dsy_await_select(struct dsy_run *run, const dsy_uuid *sources, uint32_t count, int64_t after_ns);

/* The await that was just set up, or the sub-routine that was just called, gets no longer than that: `within`. */
void dsy_within(struct dsy_run *run, int64_t duration_ns);

/* ---- keyed services ---- */

/* The state of the running instance, and its key: of the types that the service says. The state may be changed unless
 * the routine is a query. Both are valid until the routine suspends. */
void *dsy_state(struct dsy_run *run);
const void *dsy_key(struct dsy_run *run);

/* A line for the log, which leaves after the commit: what std.log calls. */
enum dsy_log_level { DSY_LOG_DEBUG, DSY_LOG_INFO, DSY_LOG_WARNING, DSY_LOG_ERROR };
void dsy_log(struct dsy_run *run, enum dsy_log_level level, dsy_string text);

/* A durable timer. A duration of zero or less, or a time gone by, is due at once. */
void dsy_await_sleep(struct dsy_run *run, int64_t duration_ns);
void dsy_await_sleep_until(struct dsy_run *run, int64_t time_ns);

/* Save and go on. */
void dsy_await_checkpoint(struct dsy_run *run);

/* The configuration of service number `service`: its config struct; constant while the node runs. */
const void *dsy_config(const struct dsy_run *run, uint32_t service);

/* now(): UTC nanoseconds since 1970, the same throughout a transition. */
int64_t dsy_now(const struct dsy_run *run);

dsy_uuid dsy_invocation_id(const struct dsy_run *run);

#endif
