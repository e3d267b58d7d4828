/* Probe: the search for a cycle of calls that wait for each other's keys. PURE: a message comes in, messages go out.
 *
 * A call that has queued for a key for a second sends a probe to whoever holds it. It is passed on along what they wait
 * for: from a call to the invocation that was called, from tasks that are awaited to those that run for them, from one
 * that queues itself to who holds the key for which it queues. Where it comes back to the call from which it started,
 * that call waits for itself, and gets Deadlock. Awaits that end by themselves are not passed: steps, sleeps, whatever
 * has a time-out, promises, `any` and `select`.
 *
 * Only the youngest wait of a cycle finds it: a probe ends at a wait that is younger than its own. It is sent again as
 * long as the wait lasts, ever less often, because a cycle may be closed later by an await of a task that queues.
 * What a probe has passed it does not pass again in the same round (struct probe_memory), so that cycles to which its
 * call does not belong end it. */
#ifndef DSY_CORE_PROBE_H
#define DSY_CORE_PROBE_H

#include "runtime/core/cell.h"
#include "runtime/core/invocation.h"

/* When a wait that began at since_ns sends its next probe, now that it is now_ns. */
int64_t dsy_probe_next_ns(int64_t since_ns, int64_t now_ns);

/* What probes have passed in one shard, as far as is remembered: forgetting only makes them pass again. */
struct probe_memory {
    uint64_t slots[4096];
};

enum probe_end {
    PROBE_GOES_ON, /* messages were added, or nobody is waited for */
    PROBE_CYCLE,   /* the invocation waits for itself */
    PROBE_NO_MEMORY,
};

/* Begin one, for an invocation that queues.
 * holder  of the key for which it does, in the same shard */
DSY_MUST_USE
enum probe_end dsy_probe_begin(const struct invocation *invocation, uint32_t shard, int64_t holder, int64_t now_ns,
                               struct dsy_arena *arena, struct message_list *out);

/* A probe has come to an invocation.
 * holder  of the key for which it queues, if it does */
DSY_MUST_USE
enum probe_end dsy_probe_pass(const struct invocation *invocation, uint32_t shard, int64_t holder,
                              const struct message *message, struct probe_memory *memory, struct dsy_arena *arena,
                              struct message_list *out);

/* … to a cell. */
DSY_MUST_USE
enum probe_end dsy_probe_pass_cell(const struct cell *cell, const struct message *message, struct probe_memory *memory,
                                   struct dsy_arena *arena, struct message_list *out);

#endif
