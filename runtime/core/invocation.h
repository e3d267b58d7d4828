/* Invocation: one call of a routine: who waits for it, what it waits for, and its stack of frames; and its encoding.
 *
 * Body: head (seal.h), version 1 | CBOR array:
 *   [created_ns, await counter, chain length, caller, key, key of the instance, holders, pending, frames]
 *   caller   null: nobody; true: someone outside; [shard, number, await counter]
 *   key      idempotency key as byte string, or null
 *   key of the instance, holders  as in message.h
 *   pending  [0] start · [1, due_ns] sleep · [2, step, arguments, attempt, failures, due_ns or null, reason or null]
 *            [3, routine] call · [4] checkpoint · [5, since_ns] queued
 *   frames   from the bottom: fingerprint, live variables, fingerprint, live variables, …
 *
 * The bytes come from a disk: version, size and checksum are looked at before anything is decoded, and everything
 * decoded is checked. Frames below the top one stay encoded until they run: a deep stack costs what its top costs. */
#ifndef DSY_CORE_INVOCATION_H
#define DSY_CORE_INVOCATION_H

#include "runtime/core/message.h"

enum pending_kind {
    PENDING_START,
    PENDING_SLEEP,
    PENDING_STEP,
    PENDING_CALL,
    PENDING_CHECKPOINT,
    PENDING_QUEUED, /* for its key; nothing of it has run */
};

/* What the invocation waits for. */
struct pending {
    enum pending_kind kind;
    int64_t due_ns;                   /* SLEEP: its end; STEP: the next attempt, DSY_NOT_DUE while one is under way */
    const struct dsy_step_type *step; /* STEP */
    struct dsy_slice arguments;       /* STEP: one CBOR array */
    uint32_t attempt;                 /* STEP: from 1; counts restarts too */
    uint32_t failures;                /* STEP: attempts that failed; these are bounded */
    dsy_string reason;                /* STEP: why the last attempt failed */
    dsy_string routine;               /* CALL: its name */
    int64_t since_ns;                 /* QUEUED */
};

/* The saved variables of one routine. */
struct frame {
    struct frame *below;
    const struct dsy_routine_type *routine;
    uint32_t state;       /* where it is resumed */
    void *locals;         /* NULL: still encoded */
    struct dsy_slice raw; /* the live variables, encoded, while locals is NULL */
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
    struct pending pending;
    struct frame *top;
    uint32_t frame_count;
};

/* What the row's columns say of an invocation. */
int64_t dsy_invocation_due_ns(const struct invocation *invocation);
bool dsy_invocation_is_active(const struct invocation *invocation);

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

/* Its id: shard u16 | number 48 bits | secret 64 bits, big end first. */
dsy_uuid dsy_invocation_id_of(uint32_t shard, int64_t number, uint64_t secret);
void dsy_invocation_id_split(dsy_uuid id, uint32_t *shard, int64_t *number, uint64_t *secret);

#endif
