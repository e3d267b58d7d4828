/* Cell: what is settled once, and whoever waits for it: a task (the result of an invocation that was started) or a
 * promise. PURE: messages come in, messages go out.
 *
 * A cell lives in the shard of the invocation that made it, its owner; its id is the handle which the program passes
 * around. Whoever awaits a handle, in whatever shard, sends WATCH, and is told SETTLED: at once, or when it happens.
 * Whoever gives up sends UNWATCH, so that what lives long does not collect those who have gone. When the owner ends it
 * RELEASEs its cells: an open task is cancelled, an open promise settled with Cancelled, unless the handle is kept (it
 * is in the owner's result or in a service's state). One that is settled and released becomes a row of the results, and
 * goes when those go.
 *
 * Body: head (seal.h), version 4 | CBOR array:
 *   [kind, state, owner, shard of the child, released, cancelled, routine or type, value or null,
 *    [watcher's shard, number, await counter, slot, …]]
 * The bytes come from a disk: everything decoded is checked. */
#ifndef DSY_CORE_CELL_H
#define DSY_CORE_CELL_H

#include "runtime/core/message.h"
#include "runtime/core/object.h"

enum { CELL_BODY_VERSION = 4 };

enum cell_kind { CELL_TASK, CELL_PROMISE };
enum cell_state { CELL_OPEN, CELL_RETURNED, CELL_THREW };

struct cell {
    int64_t number;
    uint64_t secret;
    enum cell_kind kind;
    enum cell_state state;
    int64_t owner;        /* the invocation that made it, of the same shard */
    uint32_t child_shard; /* TASK: where the invocation is whose result it gets; their numbers belong together */
    bool is_released;
    bool is_cancelled; /* the child was told */
    dsy_string name;   /* TASK: of the routine; PROMISE: of its type */
    struct dsy_slice value;
    struct watcher *watchers;
    uint32_t watcher_count, watcher_capacity;
};

enum cell_end {
    CELL_UNCHANGED,
    CELL_CHANGED,
    CELL_DONE,     /* settled and released: its row becomes a result */
    CELL_REFUSED,  /* SETTLE, CANCEL of an id that is not the cell's, or of the wrong kind: there is no such thing */
    CELL_TOO_LATE, /* SETTLE, CANCEL of a cell that is settled */
    CELL_NO_MEMORY,
};

/* Give a cell a message: RESULT, SETTLE, WATCH, UNWATCH, RELEASE or CANCEL; others change nothing.
 * out  messages to be sent; they and what they refer to are in `arena`, or belong to the cell */
DSY_MUST_USE
enum cell_end dsy_cell_apply(struct cell *cell, const struct message *message, struct dsy_arena *arena,
                             struct message_list *out);

/* Whoever watches what there is no more, or never was, or cannot be read: KeyNotFound.
 * why  "it has ended long ago, …" */
DSY_MUST_USE
enum dsy_status dsy_cell_answer_unknown(const struct message *watch, const char *why, struct dsy_arena *arena,
                                        struct message_list *out);

/* … and whoever watches one of which only the result is left. */
DSY_MUST_USE
enum dsy_status dsy_cell_answer_result(const struct message *watch, bool threw, struct dsy_slice value,
                                       struct dsy_arena *arena, struct message_list *out);

/* Append the body. */
DSY_MUST_USE
enum dsy_status dsy_cell_encode(const struct cell *cell, struct dsy_buffer *buffer);

/* Decode a body, which outlives the cell; number and secret are filled in already.
 * reason  receives why it cannot be: REASON_BYTES_MAX
 * Returns DSY_CORRUPT, DSY_NO_MEMORY, DSY_FULL. */
DSY_MUST_USE
enum dsy_status dsy_cell_decode(struct dsy_slice body, struct dsy_arena *arena, struct cell *cell, char *reason);

#endif
