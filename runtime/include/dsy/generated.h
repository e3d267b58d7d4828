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
#include "dsy/run.h"
#include "dsy/step.h"
#include "dsy/value.h"

#define DSY_ABI_VERSION 1

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
};

struct dsy_routine_type {
    const char *name;   /* "Orders.checkout" */
    const char *method; /* "checkout" */
    int32_t service;    /* index in the program, -1 outside services */
    bool is_public;
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

struct dsy_step_type {
    const char *name;
    int64_t attempts;          /* 0: for ever */
    int64_t first_ns, most_ns; /* delay after the first failure, and the longest */
    double factor;
    int64_t timeout_ns; /* 0: none */
    /* Decode the arguments (one CBOR array), execute the user's function once, encode its result
     * (a CBOR item, null for void) into `result` when it returned DSY_STEP_DONE.
     * Arguments that cannot be decoded: the reader holds the error. */
    enum dsy_step_outcome (*execute)(struct dsy_step *step, struct dsy_cbor_reader *arguments,
                                     struct dsy_cbor_writer *result);
};

struct dsy_interface_type {
    const char *name;
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

struct dsy_service_type {
    const char *name;
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
    const struct dsy_error_type *const *errors; /* the declared ones; libdsy knows the built-in ones */
    uint32_t error_count;
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

/* Begin an invocation through dependency `use` of the running routine's service: method by its index in the
 * interface (or, for a `use` of a service, in the service's routines).
 * Returns the writer that takes the arguments as one CBOR array. Then `run->state = N; return DSY_SUSPENDED;`.
 * When the routine is run again run->failed is set, or the result is read from run->reader. */
struct dsy_cbor_writer *dsy_await_use(struct dsy_run *run, uint32_t use, uint32_t method);

/* The same for Service.routine(…): service by its index in the program, routine by its index in the service. */
struct dsy_cbor_writer *dsy_await_service(struct dsy_run *run, uint32_t service, uint32_t routine);

/* The same for a step. */
struct dsy_cbor_writer *dsy_await_step(struct dsy_run *run, const struct dsy_step_type *step);

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
