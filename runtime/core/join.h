/* Joins: how far invocations have got that wait for many tasks at once. PURE, on the heap, of one shard.
 *
 * What an `await all` has got so far stands here and in no row: 10,000 tasks cost their own rows, not 10,000 changes of
 * their owner's. A join may be forgotten at any time (a restart, a batch that is dropped, too much memory): its
 * invocation then asks all the tasks anew when the next message for it comes. So what is set is set by its slot, and
 * may be set again. */
#ifndef DSY_CORE_JOIN_H
#define DSY_CORE_JOIN_H

#include "dsy/store.h"
#include "runtime/core/number_table.h"

struct join_slot {
    bool is_settled, threw;
    uint8_t *value; /* owned; NULL: none */
    size_t size_bytes;
};

struct join {
    struct join *newer, *older;
    int64_t number; /* of the invocation */
    uint64_t await_count;
    uint32_t count, settled_count;
    size_t size_bytes; /* of values */
    struct join_slot slots[];
};

struct joins {
    struct number_table table;
    struct join *newest, *oldest;
    size_t size_bytes, size_bytes_max;
};

void dsy_joins_init(struct joins *joins, size_t size_bytes_max);
void dsy_joins_destroy(struct joins *joins);

/* Forget all. */
void dsy_joins_clear(struct joins *joins);

/* The join of an await; NULL: there is none. One of an earlier await of the invocation is forgotten. */
struct join *dsy_join_find(struct joins *joins, int64_t number, uint64_t await_count);

/* There is none yet. Others are forgotten where they take too much memory. NULL: memory ran out. */
struct join *dsy_join_begin(struct joins *joins, int64_t number, uint64_t await_count, uint32_t count);

/* slot < join->count; the value is copied. Returns DSY_NO_MEMORY: nothing has changed. */
DSY_MUST_USE
enum dsy_status dsy_join_set(struct joins *joins, struct join *join, uint32_t slot, bool threw, struct dsy_slice value);

/* Nothing happens when there is none. */
void dsy_join_end(struct joins *joins, int64_t number);

#endif
