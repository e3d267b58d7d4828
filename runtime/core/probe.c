/* Probes: where they go, and where they end. */
#include "runtime/core/probe.h"

#include "runtime/core/core_limits.h"

int64_t
dsy_probe_next_ns(int64_t since_ns, int64_t now_ns)
{
    int64_t waited_ns = now_ns > since_ns ? now_ns - since_ns : 0;
    int64_t pause_ns = waited_ns < PROBE_FIRST_NS ? PROBE_FIRST_NS - waited_ns : waited_ns;
    return now_ns + (pause_ns < PROBE_MOST_NS ? pause_ns : PROBE_MOST_NS);
}

static enum probe_end
send(const struct probe *probe, uint32_t receiver, int64_t number, struct dsy_arena *arena, struct message_list *out)
{
    struct message *message = dsy_message_list_add(out, arena, MESSAGE_PROBE, receiver, number);
    if (message == NULL)
        return PROBE_NO_MEMORY;
    message->probe = *probe;
    message->probe.hop_count++;
    return PROBE_GOES_ON;
}

enum probe_end
dsy_probe_begin(const struct invocation *invocation, uint32_t shard, int64_t holder, int64_t now_ns,
                struct dsy_arena *arena, struct message_list *out)
{
    struct probe probe = {
        .shard = shard, .number = invocation->number, .since_ns = invocation->pending.since_ns, .round = now_ns
    };
    return holder != 0 ? send(&probe, shard, holder, arena, out) : PROBE_GOES_ON;
}

/* Whether a probe has passed this object before, in this round; it has now. */
static bool
has_passed(struct probe_memory *memory, const struct probe *probe, int64_t number)
{
    uint64_t mark = (uint64_t)number * UINT64_C(0x9E3779B97F4A7C15);
    mark = (mark ^ (uint64_t)probe->number) * UINT64_C(0xD6E8FEB86659FD93);
    mark = (mark ^ (uint64_t)probe->round ^ probe->shard) * UINT64_C(0x9E3779B97F4A7C15);
    mark ^= mark >> 32;
    uint64_t *slot = &memory->slots[mark % (sizeof memory->slots / sizeof *memory->slots)];
    bool has = *slot == mark;
    *slot = mark;
    return has;
}

/* Whether a wait is younger than that of the probe: the later, and of two at the same time the one further on. */
static bool
is_younger(const struct invocation *invocation, uint32_t shard, const struct probe *probe)
{
    if (invocation->pending.since_ns != probe->since_ns)
        return invocation->pending.since_ns > probe->since_ns;
    return shard != probe->shard ? shard > probe->shard : invocation->number > probe->number;
}

/* To the tasks that it awaits, of which all must end. */
static enum probe_end
pass_to_tasks(const struct invocation *invocation, uint32_t shard, const struct probe *probe, struct dsy_arena *arena,
              struct message_list *out)
{
    const struct pending *pending = &invocation->pending;
    enum probe_end end = PROBE_GOES_ON;
    uint32_t sent = 0;
    if (pending->mode == WAIT_DRAIN) {
        for (const struct cell_range *range = invocation->top->cells; range != NULL; range = range->next)
            for (uint32_t index = 0; index < range->count && sent < PROBE_TASKS_MAX && end == PROBE_GOES_ON;
                 index++, sent++)
                end = send(probe, shard, range->first + index, arena, out);
        return end;
    }
    for (; sent < pending->handle_count && sent < PROBE_TASKS_MAX && end == PROBE_GOES_ON; sent++) {
        struct address address = dsy_id_address(pending->handles[sent]);
        end = send(probe, address.shard, address.number, arena, out);
    }
    return end;
}

/* Whether it waits no longer than that at some place of its stack. */
static bool
has_deadline(const struct invocation *invocation)
{
    bool has = invocation->pending.deadline_ns != 0;
    for (const struct frame *frame = invocation->top; frame != NULL; frame = frame->below)
        has |= frame->deadline_ns != 0;
    return has;
}

enum probe_end
dsy_probe_pass(const struct invocation *invocation, uint32_t shard, int64_t holder, const struct message *message,
               struct probe_memory *memory, struct dsy_arena *arena, struct message_list *out)
{
    const struct probe *probe = &message->probe;
    const struct pending *pending = &invocation->pending;
    bool is_own = probe->shard == shard && probe->number == invocation->number;
    if (is_own)
        return pending->kind == PENDING_QUEUED && pending->since_ns == probe->since_ns ? PROBE_CYCLE : PROBE_GOES_ON;
    if (probe->hop_count >= PROBE_HOPS_MAX || has_passed(memory, probe, invocation->number))
        return PROBE_GOES_ON;
    switch (pending->kind) {
    case PENDING_QUEUED:
        if (holder == 0 || is_younger(invocation, shard, probe))
            return PROBE_GOES_ON;
        return send(probe, shard, holder, arena, out);
    case PENDING_CALL: {
        struct address child = dsy_id_address(pending->child);
        return has_deadline(invocation) ? PROBE_GOES_ON : send(probe, child.shard, child.number, arena, out);
    }
    case PENDING_WAIT:
        if (pending->mode == WAIT_ANY || pending->mode == WAIT_SELECT || has_deadline(invocation))
            return PROBE_GOES_ON;
        return pass_to_tasks(invocation, shard, probe, arena, out);
    case PENDING_START:
    case PENDING_SLEEP:
    case PENDING_STEP:
    case PENDING_CHECKPOINT: break;
    }
    return PROBE_GOES_ON;
}

enum probe_end
dsy_probe_pass_cell(const struct cell *cell, const struct message *message, struct probe_memory *memory,
                    struct dsy_arena *arena, struct message_list *out)
{
    const struct probe *probe = &message->probe;
    if (cell->kind != CELL_TASK || cell->state != CELL_OPEN || probe->hop_count >= PROBE_HOPS_MAX ||
        has_passed(memory, probe, cell->number))
        return PROBE_GOES_ON;
    return send(probe, cell->child_shard, cell->number & ~NUMBER_CELL, arena, out);
}
