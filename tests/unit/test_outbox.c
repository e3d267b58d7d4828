/* The outbox protocol over a channel that loses, doubles and reorders; and the pieces that the shard is made of. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/random.h"
#include "runtime/core/cache.h"
#include "runtime/core/outbox.h"
#include "runtime/core/timer_heap.h"

static const uint8_t sender[16] = "sender";

Test(outbox, numbers_are_without_gaps_and_forgotten_with_their_batch)
{
    struct outbox outbox;
    cr_assert_eq(dsy_outbox_init(&outbox, 2, 10), DSY_OK);
    cr_assert_eq(dsy_outbox_number(&outbox, 1), 1);
    dsy_outbox_settle(&outbox);
    cr_assert_eq(dsy_outbox_number(&outbox, 1), 2);
    cr_assert_eq(dsy_outbox_number(&outbox, 0), 1, "each receiver has its own");
    dsy_outbox_abort(&outbox);
    cr_assert_eq(dsy_outbox_number(&outbox, 1), 2);
    dsy_outbox_destroy(&outbox);
}

Test(outbox, a_receiver_takes_only_the_next)
{
    struct outbox outbox;
    cr_assert_eq(dsy_outbox_init(&outbox, 1, 10), DSY_OK);
    cr_assert_eq(dsy_inbox_take(&outbox, sender, 0, 2), INBOX_GAP);
    cr_assert_eq(dsy_inbox_take(&outbox, sender, 0, 1), INBOX_TAKE);
    cr_assert_eq(dsy_inbox_take(&outbox, sender, 0, 1), INBOX_SEEN);
    dsy_outbox_settle(&outbox);
    cr_assert_eq(dsy_inbox_take(&outbox, sender, 0, 2), INBOX_TAKE);
    dsy_outbox_abort(&outbox);
    cr_assert_eq(dsy_inbox_take(&outbox, sender, 0, 2), INBOX_TAKE, "its batch was dropped");
    cr_assert_eq(dsy_inbox_take(&outbox, (const uint8_t *)"another identity", 0, 1), INBOX_TAKE);
    dsy_outbox_destroy(&outbox);
}

Test(outbox, what_had_no_memory_is_read_and_acknowledged_later)
{
    struct outbox outbox;
    struct inbox_sender owed;
    int64_t after;
    uint32_t limit;
    cr_assert_eq(dsy_outbox_init(&outbox, 1, 10), DSY_OK);
    for (int index = 0; index < 3; index++)
        dsy_outbox_number(&outbox, 0);
    dsy_outbox_settle(&outbox);
    for (int64_t number = 1; number <= 2; number++)
        cr_assert(dsy_outbox_may_send(&outbox, 0, number));
    dsy_outbox_not_sent(&outbox, 0, 2);
    cr_assert_not(dsy_outbox_may_send(&outbox, 0, 3), "the one before it has not gone");
    cr_assert(dsy_outbox_wants_rows(&outbox, 0, &after, &limit));
    cr_assert_eq(after, 1);

    cr_assert_not(dsy_inbox_take_owed(&outbox, &owed));
    cr_assert_eq(dsy_inbox_take(&outbox, sender, 0, 1), INBOX_TAKE);
    dsy_inbox_owe(&outbox, sender, 1, true);
    dsy_inbox_owe(&outbox, sender, 2, false);
    cr_assert(dsy_inbox_take_owed(&outbox, &owed));
    cr_assert_arr_eq(owed.identity, sender, 16);
    cr_assert_eq(owed.owed, 2);
    cr_assert(owed.owed_question);
    cr_assert_not(dsy_inbox_take_owed(&outbox, &owed), "once");
    dsy_outbox_destroy(&outbox);
}

Test(outbox, only_so_many_are_under_way)
{
    struct outbox outbox;
    int64_t after;
    uint32_t limit;
    cr_assert_eq(dsy_outbox_init(&outbox, 1, 3), DSY_OK);
    for (int index = 0; index < 5; index++)
        dsy_outbox_number(&outbox, 0);
    dsy_outbox_settle(&outbox);
    for (int64_t number = 1; number <= 5; number++)
        cr_assert_eq(dsy_outbox_may_send(&outbox, 0, number), number <= 3, "letter %d", (int)number);
    cr_assert_not(dsy_outbox_wants_rows(&outbox, 0, &after, &limit), "there is no room");
    dsy_outbox_acknowledge(&outbox, 0, 2);
    cr_assert(dsy_outbox_wants_rows(&outbox, 0, &after, &limit));
    cr_assert_eq(after, 3);
    cr_assert_eq(limit, 2u);
    int64_t up_to;
    cr_assert(dsy_outbox_wants_deletion(&outbox, 0, &up_to));
    cr_assert_eq(up_to, 2);
    cr_assert_not(dsy_outbox_wants_deletion(&outbox, 0, &up_to));
    dsy_outbox_abort(&outbox);
    cr_assert(dsy_outbox_wants_deletion(&outbox, 0, &up_to), "the batch that deleted them was dropped");
    dsy_outbox_destroy(&outbox);
}

Test(outbox, a_receiver_that_lost_commits_is_noticed)
{
    struct outbox outbox;
    cr_assert_eq(dsy_outbox_init(&outbox, 1, 3), DSY_OK);
    dsy_outbox_number(&outbox, 0);
    dsy_outbox_number(&outbox, 0);
    dsy_outbox_settle(&outbox);
    cr_assert(dsy_outbox_may_send(&outbox, 0, 1) && dsy_outbox_may_send(&outbox, 0, 2));
    cr_assert(dsy_outbox_ask(&outbox, 0, 1), "letter 2 was lost on its way");
    cr_assert(dsy_outbox_may_send(&outbox, 0, 2), "so it is sent again");
    dsy_outbox_acknowledge(&outbox, 0, 2);
    cr_assert_not(dsy_outbox_ask(&outbox, 0, 1), "it had acknowledged letter 2");
    dsy_outbox_destroy(&outbox);
}

/* ---- the whole protocol ---- */

enum { LETTERS = 400, CHANNEL_MAX = 4096 };

struct world {
    struct outbox from, to;
    struct {
        int64_t number;
        bool is_acknowledgement, asks;
    } channel[CHANNEL_MAX];
    size_t in_channel;
    int64_t stored;  /* letters in the sender's rows */
    int64_t saved;   /* taken in by the receiver and committed */
    int64_t pending; /* taken in, not committed */
    struct dsy_random random;
    struct dsy_random_state state;
};

static void
put(struct world *world, int64_t number, bool is_acknowledgement, bool asks)
{
    uint64_t luck = dsy_random_below(&world->random, 10);
    int copies = luck == 0 ? 0 : luck == 1 ? 2 : 1;
    for (int copy = 0; copy < copies && world->in_channel < CHANNEL_MAX; copy++) {
        world->channel[world->in_channel].number = number;
        world->channel[world->in_channel].is_acknowledgement = is_acknowledgement;
        world->channel[world->in_channel++].asks = asks;
    }
}

static void
deliver_one(struct world *world)
{
    if (world->in_channel == 0)
        return;
    size_t index = dsy_random_below(&world->random, world->in_channel);
    int64_t number = world->channel[index].number;
    bool is_acknowledgement = world->channel[index].is_acknowledgement, asks = world->channel[index].asks;
    world->channel[index] = world->channel[--world->in_channel];
    if (is_acknowledgement && asks) {
        if (!dsy_outbox_ask(&world->from, 0, number))
            return; /* an old question that came late */
    } else if (is_acknowledgement) {
        dsy_outbox_acknowledge(&world->from, 0, number);
    } else {
        enum inbox_verdict verdict = dsy_inbox_take(&world->to, sender, 0, number);
        if (verdict == INBOX_TAKE) {
            cr_assert_eq(number, world->saved + world->pending + 1, "each letter exactly once, in order");
            world->pending++;
            return;
        }
        put(world, world->saved, true, verdict == INBOX_GAP);
    }
}

static void
send_rows(struct world *world)
{
    int64_t after;
    uint32_t limit;
    if (!dsy_outbox_wants_rows(&world->from, 0, &after, &limit))
        return;
    for (int64_t number = after + 1; number <= world->stored && number <= after + limit; number++)
        if (dsy_outbox_may_send(&world->from, 0, number))
            put(world, number, false, false);
}

Test(outbox, a_bad_channel_delivers_each_letter_once_and_in_order)
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct world *world = calloc(1, sizeof *world);
        world->random = dsy_random_seeded(&world->state, seed);
        cr_assert_eq(dsy_outbox_init(&world->from, 1, 8), DSY_OK);
        cr_assert_eq(dsy_outbox_init(&world->to, 1, 8), DSY_OK);
        for (int round = 0; world->saved < LETTERS; round++) {
            cr_assert_lt(round, 400000, "seed %llu: stuck at letter %lld", (unsigned long long)seed,
                         (long long)world->saved);
            switch (dsy_random_below(&world->random, 8)) {
            case 0:
                if (world->stored < LETTERS) {
                    world->stored = dsy_outbox_number(&world->from, 0);
                    dsy_outbox_settle(&world->from);
                    if (dsy_outbox_may_send(&world->from, 0, world->stored))
                        put(world, world->stored, false, false);
                }
                break;
            case 1: /* the receiver commits */
                dsy_outbox_settle(&world->to);
                world->saved += world->pending;
                world->pending = 0;
                put(world, world->saved, true, false);
                break;
            case 2: /* the receiver drops its batch */
                dsy_outbox_abort(&world->to);
                world->pending = 0;
                put(world, world->saved, true, true);
                break;
            case 3: send_rows(world); break;
            case 4:
                if (dsy_random_below(&world->random, 50) == 0) { /* the sender starts again */
                    dsy_outbox_restore_receiver(&world->from, 0, world->stored);
                    dsy_outbox_acknowledge(&world->from, 0, 0);
                }
                break;
            default: deliver_one(world); break;
            }
        }
        dsy_outbox_destroy(&world->from);
        dsy_outbox_destroy(&world->to);
        free(world);
    }
}

/* ---- timers ---- */

Test(timer_heap, gives_what_is_due_in_order)
{
    struct timer_heap heap = { 0 };
    struct dsy_random_state state;
    struct dsy_random random = dsy_random_seeded(&state, 7);
    for (int index = 0; index < 2000; index++)
        cr_assert_eq(dsy_timer_heap_add(
                         &heap, (struct timer){ .due_ns = (int64_t)dsy_random_below(&random, 500), .number = index }),
                     DSY_OK);
    int64_t last = -1;
    for (int index = 0; index < 2000; index++) {
        const struct timer *first = dsy_timer_heap_first(&heap);
        cr_assert_geq(first->due_ns, last);
        last = first->due_ns;
        dsy_timer_heap_remove_first(&heap);
    }
    cr_assert_null(dsy_timer_heap_first(&heap));
    dsy_timer_heap_destroy(&heap);
}

/* ---- the cache ---- */

static struct dsy_invocation_row
row(int64_t number, const char *body)
{
    return (struct dsy_invocation_row){ .number = number,
                                        .due_ns = DSY_NOT_DUE,
                                        .body = { .data = (const uint8_t *)body, .size_bytes = strlen(body) } };
}

static void
write_by_batch(struct cache *cache, struct dsy_invocation_row *written, uint64_t batch)
{
    struct cache_place place;
    cr_assert_eq(dsy_cache_prepare(cache, written->number, written->body.size_bytes, &place), DSY_OK);
    dsy_cache_install(cache, &place, CACHE_BODY, written, batch);
}

Test(cache, what_is_not_saved_stays_whatever_the_bound)
{
    struct cache cache;
    dsy_cache_init(&cache, 640); /* room for two entries with the smallest blocks */
    for (int64_t number = 1; number <= 10; number++) {
        struct dsy_invocation_row written = row(number, "body");
        write_by_batch(&cache, &written, 5);
    }
    for (int64_t number = 1; number <= 10; number++)
        cr_assert_not_null(dsy_cache_find(&cache, number), "entry %d", (int)number);
    dsy_cache_committed(&cache, 5);
    int left = 0;
    for (int64_t number = 1; number <= 10; number++)
        left += dsy_cache_find(&cache, number) != NULL;
    cr_assert_eq(left, 2);
    cr_assert_not_null(dsy_cache_find(&cache, 10), "the newest stay");
    dsy_cache_destroy(&cache);
}

Test(cache, a_batch_that_is_given_up_leaves_no_trace)
{
    struct cache cache;
    struct cache_place place;
    dsy_cache_init(&cache, 1 << 20);
    cr_assert_eq(dsy_cache_prepare(&cache, 1, 100, &place), DSY_OK);
    cr_assert_null(dsy_cache_find(&cache, 1), "a place is nothing yet");
    dsy_cache_cancel(&cache, &place);
    cr_assert_null(dsy_cache_find(&cache, 1));
    cr_assert_eq(cache.size_bytes, 0u);
    struct dsy_invocation_row written = row(1, "old");
    cr_assert_not_null(dsy_cache_put(&cache, CACHE_BODY, &written));
    cr_assert_eq(dsy_cache_prepare(&cache, 1, 100, &place), DSY_OK);
    dsy_cache_cancel(&cache, &place);
    cr_assert_arr_eq(dsy_cache_find(&cache, 1)->body, "old", 3);
    dsy_cache_destroy(&cache);
}

Test(cache, bodies_of_every_size_survive_eviction_and_reuse)
{
    struct cache cache;
    struct dsy_random_state state;
    struct dsy_random random = dsy_random_seeded(&state, 3);
    static uint8_t body[40000];
    dsy_cache_init(&cache, 100000);
    for (int round = 0; round < 5000; round++) {
        int64_t number = (int64_t)dsy_random_below(&random, 300) + 1;
        size_t size_bytes = dsy_random_below(&random, sizeof body) + 1;
        struct cache_entry *known = dsy_cache_find(&cache, number);
        if (known != NULL)
            for (size_t at = 0; at < known->size_bytes; at += 997)
                cr_assert_eq(known->body[at], (uint8_t)(number + (int64_t)known->size_bytes), "round %d", round);
        memset(body, (uint8_t)(number + (int64_t)size_bytes), size_bytes);
        struct dsy_invocation_row written = { .number = number,
                                              .due_ns = DSY_NOT_DUE,
                                              .body = { .data = body, .size_bytes = size_bytes } };
        cr_assert_not_null(dsy_cache_put(&cache, CACHE_BODY, &written));
        cr_assert_leq(cache.size_bytes, 100000u + 65536u);
    }
    dsy_cache_destroy(&cache);
}
