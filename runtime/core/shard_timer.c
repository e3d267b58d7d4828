/* Timers: the rows that are due within the horizon are in a heap, the others only in the store.
 *
 * A cursor (due_ns, number) says up to where rows have been read; every row up to it is in the heap or was. A row that
 * is written later and falls before the cursor, or before what is just being read, is put into the heap at once; one
 * behind it is read when its time comes near. A timer may be in the heap twice, or for an invocation that has moved
 * on: the transition looks at the clock and at the row, and drops it. The wall clock may jump: nothing but comparison
 * with it is done, at least once a second. */
#include "runtime/core/shard_internal.h"

static int64_t
now_ns(const struct shard *shard)
{
    return dsy_clock_utc_ns(shard->surroundings->clock);
}

static int64_t
horizon_ns(const struct shard *shard)
{
    int64_t horizon;
    return __builtin_add_overflow(now_ns(shard), TIMER_HORIZON_NS, &horizon) ? INT64_MAX : horizon;
}

/* ---- into the heap ---- */

static void
add_timer(struct shard *shard, int64_t number, int64_t due_ns)
{
    bool is_added = shard->timers.count < TIMERS_MAX &&
                    dsy_timer_heap_add(&shard->timers, (struct timer){ .due_ns = due_ns, .number = number }) == DSY_OK;
    if (is_added)
        return;
    /* No room: it is read again, when there is. */
    if (due_ns <= shard->due_ns) {
        shard->due_ns = due_ns - 1;
        shard->due_number = INT64_MAX;
        shard->due_has_more = true;
    }
}

void
dsy_shard_arm(struct shard *shard, int64_t number, int64_t due_ns)
{
    bool is_being_read = shard->due_asked_ns != DSY_NOT_DUE && due_ns <= shard->due_asked_ns;
    if (due_ns <= shard->due_ns || is_being_read)
        add_timer(shard, number, due_ns);
    if (due_ns > horizon_ns(shard))
        dsy_cache_drop(&shard->cache, number); /* it sleeps for long, and keeps no memory */
}

/* ---- from the store ---- */

static void
read_due(struct shard *shard)
{
    int64_t until_ns = horizon_ns(shard);
    bool is_wanted = shard->due_has_more || until_ns - TIMER_HORIZON_NS / 2 > shard->due_ns;
    if (shard->due_asked_ns != DSY_NOT_DUE || shard->is_draining || !is_wanted ||
        shard->timers.count + PAGE_ROWS > TIMERS_MAX || shard->ready.count > READY_LOW)
        return;
    struct store_request *request = &shard->due_request;
    request->due_ns = shard->due_ns;
    request->number = shard->due_number;
    request->until_ns = until_ns;
    request->limit = PAGE_ROWS;
    shard->due_asked_ns = until_ns;
    dsy_shard_ask(shard, request, STORE_DUE);
}

void
dsy_shard_due_rows(struct shard *shard)
{
    struct store_request *request = &shard->due_request;
    shard->due_asked_ns = DSY_NOT_DUE;
    if (request->status != DSY_OK)
        return;
    shard->due_has_more = !request->is_last;
    shard->due_ns = request->until_ns;
    shard->due_number = INT64_MAX;
    if (!request->is_last && request->row_count > 0) {
        shard->due_ns = request->rows[request->row_count - 1].due_ns;
        shard->due_number = request->rows[request->row_count - 1].number;
    }
    for (size_t index = 0; index < request->row_count; index++) {
        const struct dsy_invocation_row *row = &request->rows[index];
        /* What is in the cache is newer. Without memory for a body it is read when it is needed. */
        if (row->broken.data == NULL && dsy_cache_find(&shard->cache, row->number) == NULL)
            dsy_cache_put(&shard->cache, CACHE_BODY, row);
        add_timer(shard, row->number, row->due_ns);
    }
}

/* ---- out of the heap ---- */

void
dsy_shard_fire(struct shard *shard)
{
    if (shard->is_closing || shard->is_opening)
        return;
    dsy_shard_time_out_steps(shard);
    int64_t now = now_ns(shard);
    while (!shard->is_draining && shard->ready.count <= READY_LOW) {
        const struct timer *first = dsy_timer_heap_first(&shard->timers);
        if (first == NULL || first->due_ns > now)
            break;
        struct message *message = dsy_shard_new_message(MESSAGE_TIMER, first->number);
        if (message == NULL)
            break;
        dsy_timer_heap_remove_first(&shard->timers);
        dsy_message_queue_add(&shard->ready, message);
        shard_count(&shard->counters.timers_fired, 1);
    }
    atomic_store_explicit(&shard->counters.timers_armed, shard->timers.count, memory_order_relaxed);
}

/* Nanoseconds until the first of the heaps is due; INT64_MAX: nothing is. */
static int64_t
time_to_next_ns(const struct shard *shard)
{
    int64_t wait_ns = INT64_MAX;
    const struct timer *first = dsy_timer_heap_first(&shard->timers);
    if (first != NULL && !shard->is_draining)
        wait_ns = first->due_ns - now_ns(shard);
    const struct timer *timeout = dsy_timer_heap_first(&shard->timeouts);
    if (timeout == NULL)
        return wait_ns;
    int64_t left_ns = timeout->due_ns - dsy_clock_monotonic_ns(shard->surroundings->clock);
    return left_ns < wait_ns ? left_ns : wait_ns;
}

void
dsy_shard_set_timer(struct shard *shard)
{
    if (shard->is_closing || shard->is_opening)
        return;
    read_due(shard);
    int64_t wait_ns = time_to_next_ns(shard);
    if (wait_ns == INT64_MAX) {
        uv_timer_stop(&shard->timer);
        return;
    }
    /* Not for longer than a tick: the wall clock may jump. With messages ready the next commit turns the shard. */
    int64_t most_ns = (int64_t)TICK_MS * 1000000;
    int64_t least_ns = shard->ready.count > 0 ? 1000000 : 0;
    wait_ns = wait_ns < least_ns ? least_ns : wait_ns > most_ns ? most_ns : wait_ns;
    uv_update_time(&shard->loop);
    /* It cannot fail: the callback is there. */
    uv_timer_start(&shard->timer, dsy_shard_timer_fired, (uint64_t)(wait_ns + 999999) / 1000000, 0);
}
