/* Invocation: one call of a routine: who waits for it, what it waits for, and its stack of frames; and its encoding.
 *
 * Body: head (seal.h), version 2 | CBOR array:
 *   [created_ns, await counter, chain length, caller, key, key of the instance, holders, cancelled, lingering, pending,
 *    frames]
 *   caller   null: nobody; true: someone outside; [shard, number, await counter]
 *   key      idempotency key as byte string, or null
 *   key of the instance, holders  as in message.h
 *   lingering [await counter, is a step, …]
 *   pending  [kind, due_ns or null, deadline_ns, within_ns, …what is awaited]
 *            0 start · 1 sleep · 2 step: name, arguments, attempt, failures, reason or null · 3 call: routine, id
 *            4 checkpoint · 5 queued: since_ns · 6 wait: mode, is void, cursor, is last pass, failure or null, handles
 * in one byte string frames   from the bottom, three items each: fingerprint, live variables, and null or what else is
 * of that frame: [deadline_ns, within_ns, expired, error or null, drained, [first cell, count, …], [fingerprint of the
 *            routine's start, arguments, …]]. With an error the frame has ended by it, and has no variables.
 *            Of cells each first number is written as its difference to the one before: a routine that starts one
 *            task after the other has thousands, most of two octets.
 *
 * The bytes come from a disk: version, size and checksum are looked at before anything is decoded, and everything
 * decoded is checked. Frames below the top one stay encoded until they run: a deep stack costs what its top costs. */
#ifndef DSY_CORE_INVOCATION_H
#define DSY_CORE_INVOCATION_H

#include "runtime/core/message.h"
#include "runtime/core/object.h"

enum pending_kind {
    PENDING_START,
    PENDING_SLEEP,
    PENDING_STEP,
    PENDING_CALL,
    PENDING_CHECKPOINT,
    PENDING_QUEUED, /* for its key; nothing of it has run */
    PENDING_WAIT,   /* for tasks and promises */
};

enum wait_mode {
    WAIT_ONE,
    WAIT_ALL,    /* the first failure cancels the rest, and is thrown once all have ended */
    WAIT_ANY,    /* the first success cancels the rest */
    WAIT_SELECT, /* the handles are asked one after the other; only when none is ready the time counts */
    WAIT_DRAIN,  /* the top frame ends by an error: until its tasks, and what lingers, have ended */
};

enum { HANDLE_BYTES = sizeof(dsy_uuid) };

/* What the invocation waits for. */
struct pending {
    enum pending_kind kind;
    int64_t due_ns;                   /* SLEEP: its end; STEP: the next attempt, DSY_NOT_DUE while one is under way;
                                         WAIT_SELECT: when its `after` is over, DSY_NOT_DUE without one */
    int64_t deadline_ns;              /* within; 0: none … */
    int64_t within_ns;                /* … and how long that was */
    const struct dsy_step_type *step; /* STEP */
    struct dsy_slice arguments;       /* STEP: one CBOR array */
    uint32_t attempt;                 /* STEP: from 1; counts restarts too */
    uint32_t failures;                /* STEP: attempts that failed; these are bounded */
    dsy_string reason;                /* STEP: why the last attempt failed */
    dsy_string routine;               /* CALL: its name */
    dsy_uuid child;                   /* CALL: the invocation */
    int64_t since_ns;                 /* QUEUED */
    enum wait_mode mode;              /* WAIT */
    bool is_void;                     /* WAIT_ALL: the results are nothing */
    bool is_last_pass;                /* WAIT_SELECT: its time is over; whatever is ready still wins */
    uint32_t handle_count;            /* WAIT; of DRAIN the number of its tasks … */
    const dsy_uuid *handles;          /* … which are those of the frame */
    struct dsy_slice failure;         /* WAIT_ALL: the first error, encoded: the rest was cancelled for it */
    uint32_t cursor;                  /* WAIT_SELECT: handles that have said that they are not ready */
};

/* Cells that the invocation made: numbers that follow each other. */
struct cell_range {
    struct cell_range *next;
    int64_t first;
    uint32_t count;
};

/* A body to be run if its routine ends by an error. */
struct compensation {
    struct compensation *next; /* registered before it */
    const struct dsy_routine_type *routine;
    struct dsy_slice arguments; /* one CBOR array */
};

/* A call that is not waited for any more, or an attempt of a step: it has not ended yet. */
struct lingering {
    struct lingering *next;
    uint64_t await_count;
    bool is_step;
};

/* The saved variables of one routine, and what it leaves to be done. */
struct frame {
    struct frame *below;
    const struct dsy_routine_type *routine;
    uint32_t state;       /* where it is resumed */
    void *locals;         /* NULL: still encoded */
    struct dsy_slice raw; /* the live variables, encoded, while locals is NULL */

    int64_t deadline_ns; /* of the sub-routine above it: within; 0: none … */
    int64_t within_ns;
    bool is_expired; /* … which is over: what is above it is cancelled */
    struct cell_range *cells;
    struct compensation *compensations; /* the last first */
    struct dsy_slice error;             /* by which it ends, encoded; none: it does not */
    bool is_drained;                    /* its tasks have ended: its compensations run */
};

struct invocation {
    int64_t number;
    uint64_t secret;
    uint64_t await_count; /* awaits so far: names the one it stands at */
    int64_t created_ns;
    struct caller caller;
    uint32_t chain_length;
    struct dsy_slice key;          /* idempotency key */
    struct dsy_slice instance_key; /* of a keyed service: whose instance it runs on */
    struct dsy_slice holders;      /* of keys, above it */
    bool is_cancelled;
    struct lingering *lingering;
    struct pending pending;
    struct frame *top;
    uint32_t frame_count;
    uint32_t cell_count; /* tasks and promises that it has made, in all frames */
};

/* What the row's columns say of an invocation. */
int64_t dsy_invocation_due_ns(const struct invocation *invocation);
bool dsy_invocation_is_active(const struct invocation *invocation);

/* The tasks and promises that a frame has made, and got from what it called. */
uint32_t dsy_frame_cell_count(const struct frame *frame);

/* Whether a frame ends by an error, and waits for its tasks or runs its compensations. */
bool dsy_invocation_is_compensating(const struct invocation *invocation);

/* The routine that was called: at the bottom of its stack, which is not empty. */
const struct dsy_routine_type *dsy_invocation_routine(const struct invocation *invocation);

/* Append the body. Returns DSY_FULL when it is larger than BODY_BYTES_MAX. */
DSY_MUST_USE
enum dsy_status dsy_invocation_encode(const struct invocation *invocation, struct dsy_buffer *buffer);

/* Decode a body, all but the variables of its frames.
 *
 * body        outlives the invocation, which refers to it
 * arena       takes frames; its maximum bounds them
 * invocation  receives everything but number and secret
 * reason      receives why it cannot be: REASON_BYTES_MAX
 * Returns DSY_CORRUPT (damaged, or of another program), DSY_NO_MEMORY, DSY_FULL. */
DSY_MUST_USE
enum dsy_status dsy_invocation_decode(const struct program *program, struct dsy_slice body, struct dsy_arena *arena,
                                      struct invocation *invocation, char *reason);

/* Decode the variables of a frame, if they still are encoded. The same statuses. */
DSY_MUST_USE
enum dsy_status dsy_frame_decode(const struct program *program, struct frame *frame, struct dsy_arena *arena,
                                 char *reason);

/* Its id, as object.h says. */
dsy_uuid dsy_invocation_id_of(uint32_t shard, int64_t number, uint64_t secret);
void dsy_invocation_id_split(dsy_uuid id, uint32_t *shard, int64_t *number, uint64_t *secret);

#endif
