/* Transition: one message in, compiled code runs to its next suspension, effects out. PURE.
 *
 * No I/O, no locks, no threads, no system call: it works on an arena and links into fuzzers. What the routine wants of
 * the world is left in the transition and in the invocation's `pending`; the shard does it after the commit. */
#ifndef DSY_CORE_TRANSITION_H
#define DSY_CORE_TRANSITION_H

#include "runtime/core/cell.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/invocation.h"
#include "runtime/core/join.h"
#include "runtime/core/line.h"
#include "runtime/core/program.h"
#include "runtime/core/remote.h"

/* How a transition ended. */
enum transition_end {
    TRANSITION_SUSPENDED, /* invocation->pending says what it waits for */
    TRANSITION_RETURNED,  /* the invocation has ended; value is its result */
    TRANSITION_THREW,     /* the invocation has ended; value is its error */
    TRANSITION_NOTED,     /* its row is as it was, but messages are to be sent */
    TRANSITION_STALE,     /* the message answers nothing that is awaited: drop it, nothing has changed */
    TRANSITION_BROKEN,    /* the invocation cannot go on: quarantine it, reason says why. It may have changed */
    TRANSITION_NO_MEMORY, /* the heap is exhausted: drop all that was done, and try it again later */
};

struct transition_limits {
    int64_t step_budget;
    size_t bytes_max; /* of arena memory */
};

/* A cell that a routine made. */
struct made_cell {
    struct made_cell *next;
    struct cell cell;
};

struct transition {
    struct dsy_run run; /* first: generated code sees only this */
    const struct program *program;
    const struct transition_limits *limits;
    uint32_t shard;
    uint32_t shard_count;         /* 1 at first … */
    enum dsy_placement placement; /* … and what is called stays in this shard */
    struct numbers *numbers;      /* borrowed: of the shard; its own at first */
    struct joins *joins;          /* the same */
    int64_t now_ns;
    const char *stack_end; /* of the thread that runs it, as in struct dsy_run; NULL at first */

    struct invocation *invocation;
    struct frame *free_frames; /* of sub-routines that ended, for the next call */
    struct dsy_buffer *buffer; /* borrowed scratch */
    struct dsy_cbor_writer writer;
    struct dsy_cbor_reader reader;
    bool has_effect; /* an await was set up since the routine was entered */
    uint32_t selected;
    struct numbers own_numbers;
    struct joins own_joins;

    const struct dsy_routine_type *called; /* what was said last of whom is called: the routine … */
    struct dsy_slice called_key;           /* … and the key of the instance; none: it has no fitting one */
    struct remote_target remote;           /* `called` is dsy_remote_routine: what is called there */

    /* in, of a keyed service: what dsy_state and dsy_key give; NULL otherwise */
    void *state;
    const void *key;

    /* out */
    struct message_list sent; /* in the arena: calls, tasks, what it asks of cells, results to cells … */
    struct made_cell *made;   /* in the arena: tasks and promises, before what was sent … */
    struct made_cell **last_made;
    bool is_too_large;             /* what it wants to be sent is more than it may */
    bool has_new_await;            /* it stands at another await than before */
    struct dsy_slice arguments;    /* of the call that it awaits now */
    struct line_list lines;        /* that were logged, in the arena */
    struct dsy_slice value;        /* RETURNED, THREW: in the arena */
    char reason[REASON_BYTES_MAX]; /* BROKEN */
    bool is_held;                  /* BROKEN: until someone retries it by hand, not until the next start */

    _Alignas(16) uint8_t result[DSY_VALUE_BYTES_MAX]; /* of the routine that ended last */
};

/* Make a transition that can be used again and again.
 * arena, buffer, limits, program  borrowed */
void dsy_transition_init(struct transition *transition, const struct program *program,
                         const struct transition_limits *limits, uint32_t shard, struct dsy_arena *arena,
                         struct dsy_buffer *buffer);

/* Begin an invocation: number, secret and caller are filled in by the caller.
 * message  a MESSAGE_BEGIN, whose memory outlives the arena's content */
DSY_MUST_USE
enum transition_end dsy_transition_begin(struct transition *transition, struct invocation *invocation,
                                         const struct message *message, int64_t now_ns);

/* Let an invocation wait for its key instead, as PENDING_QUEUED: nothing of it runs. */
DSY_MUST_USE
enum transition_end dsy_transition_queue(struct transition *transition, struct invocation *invocation,
                                         const struct message *message, int64_t now_ns);

/* End it with an error instead. text: printf's, of the error's message. */
DSY_MUST_USE
enum transition_end dsy_transition_refuse(struct transition *transition, struct invocation *invocation,
                                          const struct message *message, int64_t now_ns,
                                          const struct dsy_error_type *error, const char *format, ...) DSY_FORMAT(6, 7);

/* End one of which nothing has run yet with an error. */
DSY_MUST_USE
enum transition_end dsy_transition_fail(struct transition *transition, struct invocation *invocation, int64_t now_ns,
                                        const struct dsy_error_type *error, const char *text);

/* Give an invocation a message of another kind. The same promise. */
DSY_MUST_USE
enum transition_end dsy_transition_apply(struct transition *transition, struct invocation *invocation,
                                         const struct message *message, int64_t now_ns);

/* A message that the running routine wants to be sent: when its batch is saved, or within that, if it is for this
 * shard. For transitions of new kinds: fill in what the kind needs. NULL: memory ran out. */
struct message *dsy_transition_send(struct transition *transition, enum message_kind kind, uint32_t receiver,
                                    int64_t number);

/* Frees what it has on the heap. */
void dsy_transition_destroy(struct transition *transition);

#endif
