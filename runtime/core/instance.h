/* Instance: a keyed service's state for one key, who holds the key, and who waits for it. PURE.
 *
 * One exclusive method at a time holds the key, from its start to its end; others queue in the order in which they
 * came. Shared methods and queries do not queue; shared ones that are under way are counted, so that an instance whose
 * state is at its defaults has a row exactly while something runs on it or waits.
 *
 * A row holds all instances whose keys meet in one number (instance_key.h): one, as good as always.
 * Body: head (seal.h), version 3 | CBOR array of instances:
 *   [service name, key, state or null for the defaults, holder or 0, shared methods under way, [numbers that wait…]]
 * Of the numbers that wait each is written as its difference to the one before: of thousands in a queue most take one
 * octet. key and state are byte strings that hold one CBOR item each. All numbers are of invocations of the same shard.
 *
 * The bytes come from a disk: everything decoded is checked. The state stays encoded until it is asked for. */
#ifndef DSY_CORE_INSTANCE_H
#define DSY_CORE_INSTANCE_H

#include "dsy/store.h"
#include "runtime/core/program.h"

enum { INSTANCE_BODY_VERSION = 3 };

struct instance {
    struct instance *next; /* in the same row */
    uint32_t service;      /* in the program */
    struct dsy_slice key;
    struct dsy_slice state_bytes; /* encoded, as it was saved last; none: at its defaults */
    const void *key_value;        /* decoded; NULL: not yet */
    void *state;                  /* decoded, as it is; NULL: not yet, or the service has none */
    int64_t holder;               /* an invocation of an exclusive method; 0: the key is free */
    uint64_t shared_count;
    int64_t *waiting; /* from waiting_first, oldest first */
    uint32_t waiting_first, waiting_count, waiting_capacity;
};

/* All instances of one row. */
struct instance_row {
    struct instance *first;
};

/* Encode what was decoded of states, and forget every instance that is at its defaults while nothing runs on it or
 * waits. A row without instances then is none.
 * buffer  scratch
 * Returns DSY_FULL when a state is too large or nested too deep, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_instance_row_settle(const struct program *program, struct instance_row *row,
                                        struct dsy_arena *arena, struct dsy_buffer *buffer);

/* Append the body of a row that was settled. Returns DSY_FULL, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_instance_row_encode(const struct program *program, const struct instance_row *row,
                                        struct dsy_buffer *buffer);

/* Decode a body, which outlives the row.
 * reason  receives why it cannot be: REASON_BYTES_MAX
 * Returns DSY_CORRUPT (damaged, or of another program), DSY_NO_MEMORY, DSY_FULL. */
DSY_MUST_USE
enum dsy_status dsy_instance_row_decode(const struct program *program, struct dsy_slice body, struct dsy_arena *arena,
                                        struct instance_row *row, char *reason);

/* The instance of a key; one at its defaults is made if there is none. key is copied. NULL: memory ran out. */
struct instance *dsy_instance_find(struct instance_row *row, uint32_t service, struct dsy_slice key,
                                   struct dsy_arena *arena);

/* Decode the state, or make it, if that was not done. Returns as dsy_instance_row_decode. */
DSY_MUST_USE
enum dsy_status dsy_instance_read_state(const struct program *program, struct instance *instance,
                                        struct dsy_arena *arena, char *reason);

/* ---- who holds it, who waits ---- */

/* Let an invocation wait. Returns DSY_FULL when INSTANCE_QUEUE_MAX do, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_instance_queue(struct instance *instance, int64_t number, struct dsy_arena *arena);

/* The one that has waited longest, which does so no longer; 0: none does. */
int64_t dsy_instance_next(struct instance *instance);

/* One waits no longer. Returns false when it did not. */
bool dsy_instance_leave(struct instance *instance, int64_t number);

#endif
