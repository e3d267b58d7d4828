/* A whole node under the hand-written program: calls, steps, timers, retries, keys, restart, drain. */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dsy/store.h"
#include "runtime/base/log.h"
#include "runtime/core/shard.h"
#include "tests/support/calls.h"
#include "tests/support/hand_program.h"

static char directory[256];
static struct dsy_node *node;

static void
start_with(struct dsy_node_options options)
{
    struct dsy_error error = { 0 };
    options.program = &hand_program;
    options.directory = directory;
    if (options.driver == NULL)
        options.driver = &dsy_store_sqlite;
    cr_assert_eq(dsy_node_create(&options, &node, &error), DSY_OK, "%s", error.text);
    cr_assert_eq(dsy_node_start(node, &error), DSY_OK, "%s", error.text);
}

static void
start(uint32_t shard_count)
{
    start_with((struct dsy_node_options){ .shard_count = shard_count, .worker_count = 4 });
}

static void
stop(int64_t grace_ns)
{
    dsy_node_drain(node, grace_ns);
    dsy_node_destroy(node);
    node = NULL;
}

static void
set_up(void)
{
    hand_world_reset();
    store_directory_make(directory, sizeof directory);
}

static void
tear_down(void)
{
    if (node != NULL)
        stop(INT64_C(5000000000));
    store_directory_remove(directory);
}

TestSuite(shard, .init = set_up, .fini = tear_down);

static struct call *
submit(const char *method, const char *arguments, const char *key)
{
    struct call *call = calloc(1, sizeof *call);
    call_init(call, node);
    cr_assert_eq(call_submit(call, node, method, arguments, key), DSY_OK, "%s %s", method, arguments);
    return call;
}

static void
end_call(struct call *call)
{
    call_destroy(call);
    free(call);
}

static void
expect(const char *method, const char *arguments, enum dsy_outcome_kind kind, const char *json)
{
    struct call *call = submit(method, arguments, NULL);
    cr_assert(call_wait_completed(call), "%s %s does not end", method, arguments);
    cr_assert(call->is_accepted, "%s", method);
    cr_assert_eq(call->kind, kind, "%s %s ended as %d: %s", method, arguments, (int)call->kind, call->json);
    cr_assert_neq(strstr(call->json, json), NULL, "%s %s gave %s", method, arguments, call->json);
    end_call(call);
}

static struct dsy_statistics
statistics(void)
{
    struct dsy_statistics numbers;
    dsy_node_statistics(node, &numbers);
    return numbers;
}

static void
rest(int64_t milliseconds)
{
    struct timespec time = { .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

static void
expect_everything_to_work(void)
{
    expect("count", "{\"n\": 10}", DSY_OUTCOME_RETURNED, "55");
    expect("nap", "{\"n\": 30000000}", DSY_OUTCOME_RETURNED, "30000000");
    expect("chain", "{\"n\": 100}", DSY_OUTCOME_RETURNED, "100");
    expect("sub", "{\"n\": 20}", DSY_OUTCOME_RETURNED, "41");
    expect("refuse", "{\"text\": \"no\"}", DSY_OUTCOME_THREW, "\"text\":\"no\"");
    expect("rescue", "{\"text\": \"no\"}", DSY_OUTCOME_RETURNED, "9");
    expect("flaky", "{\"n\": 3}", DSY_OUTCOME_RETURNED, "4");
    expect("stubborn", "{\"n\": 9}", DSY_OUTCOME_THREW, "RetriesExhausted");
    expect("save", "{\"n\": 20}", DSY_OUTCOME_RETURNED, "20");
    expect("deep", "{}", DSY_OUTCOME_THREW, "StackOverflow");
    expect("relay", "{\"n\": 5}", DSY_OUTCOME_RETURNED, "6");
    expect("echo", "{\"text\": \"caf\u00e9\"}", DSY_OUTCOME_RETURNED, "\"caf\u00e9\"");
}

Test(shard, everything_works_on_sqlite)
{
    start(1);
    expect_everything_to_work();
}

Test(shard, everything_works_in_memory)
{
    start_with((struct dsy_node_options){ .driver = &dsy_store_memory, .shard_count = 2, .worker_count = 4 });
    expect_everything_to_work();
}

Test(shard, everything_works_spread_over_shards)
{
    start_with((struct dsy_node_options){ .shard_count = 3, .worker_count = 4, .placement = DSY_PLACE_SPREAD });
    expect_everything_to_work();
    struct dsy_statistics numbers = statistics();
    cr_assert_gt(numbers.messages_sent, 50u, "a chain of 100 over 3 shards leaves its shard often");
    cr_assert_eq(numbers.messages_sent, numbers.messages_received);
}

Test(shard, a_chain_of_local_calls_costs_one_commit)
{
    start(1);
    expect("chain", "{\"n\": 50}", DSY_OUTCOME_RETURNED, "50");
    struct dsy_statistics numbers = statistics();
    cr_assert_eq(numbers.batches, 1u, "%llu batches", (unsigned long long)numbers.batches);
    cr_assert_eq(numbers.transitions, 101u, "51 beginnings, 50 results");
    cr_assert_lt(numbers.rows_written, 4u, "only the net state: the result, and the count of numbers");
}

Test(shard, a_batch_that_is_too_long_goes_on_in_the_next)
{
    start(1);
    /* More transitions than one batch holds: what is left over are rows of messages. */
    expect("chain", "{\"n\": 900}", DSY_OUTCOME_RETURNED, "900");
    cr_assert_gt(statistics().batches, 1u);
}

Test(shard, many_at_a_time)
{
    enum { CALLS = 300 };
    struct call *calls[CALLS];
    start(2);
    for (int index = 0; index < CALLS; index++)
        calls[index] = submit("count", "{\"n\": 5}", NULL);
    for (int index = 0; index < CALLS; index++) {
        cr_assert(call_wait_completed(calls[index]), "call %d", index);
        cr_assert_str_eq(calls[index]->json, "15");
        end_call(calls[index]);
    }
    cr_assert_eq(atomic_load(&hand_world.step_executions), CALLS * 5, "every step exactly once without a crash");
    cr_assert_eq(statistics().invocations_unfinished, 0u);
}

Test(shard, a_slow_step_times_out_and_its_late_result_is_dropped)
{
    start(1);
    expect("late", "{\"n\": 300}", DSY_OUTCOME_RETURNED, "2");
    rest(400); /* the late answer comes */
    expect("late", "{\"n\": 0}", DSY_OUTCOME_RETURNED, "1");
    cr_assert_eq(statistics().steps_timed_out, 1u);
}

/* ---- idempotency keys, results ---- */

Test(shard, a_key_gives_the_same_invocation_again)
{
    start(2);
    struct call *first = submit("count", "{\"n\": 3}", "k1");
    struct call *second = submit("count", "{\"n\": 3}", "k1");
    cr_assert(call_wait_completed(first) && call_wait_completed(second));
    struct call *third = submit("count", "{\"n\": 3}", "k1");
    cr_assert(call_wait_completed(third));
    cr_assert_arr_eq(first->id.octets, second->id.octets, 16);
    cr_assert_arr_eq(first->id.octets, third->id.octets, 16);
    cr_assert_eq(first->is_new + second->is_new + third->is_new, 1);
    cr_assert_str_eq(third->json, "6");
    cr_assert_eq(atomic_load(&hand_world.step_executions), 3u);
    struct call *other = submit("nap", "{\"n\": 1}", "k1");
    cr_assert(call_wait_completed(other) && other->is_new, "the key counts for its routine only");
    end_call(first), end_call(second), end_call(third), end_call(other);
}

Test(shard, a_result_can_be_asked_for_later_by_its_whole_id_only)
{
    start(1);
    struct call *call = submit("chain", "{\"n\": 3}", NULL);
    cr_assert(call_wait_completed(call));
    struct call later;
    call_init(&later, node);
    cr_assert_eq(call_attach(&later, node, call->id), DSY_OK);
    cr_assert(call_wait_completed(&later));
    cr_assert_str_eq(later.json, "3");
    call_destroy(&later);
    dsy_uuid guessed = call->id;
    guessed.octets[15] ^= 1;
    call_init(&later, node);
    cr_assert_eq(call_attach(&later, node, guessed), DSY_OK);
    cr_assert(call_wait_completed(&later));
    cr_assert_eq(later.kind, DSY_OUTCOME_NOT_FOUND);
    call_destroy(&later);
    end_call(call);
}

Test(shard, who_waits_no_longer_is_told_so)
{
    start(1);
    struct call *call = submit("nap", "{\"n\": 3600000000000}", NULL);
    cr_assert(call_wait_accepted(call));
    dsy_node_detach(node, call->id, call->waiter);
    cr_assert(call_wait_completed(call));
    cr_assert_eq(call->kind, DSY_OUTCOME_UNKNOWN);
    end_call(call);
}

Test(shard, an_overloaded_shard_refuses)
{
    start_with((struct dsy_node_options){ .shard_count = 1, .worker_count = 1, .queue_max = 1 });
    struct call *calls[200];
    int taken = 0, refused = 0;
    for (int index = 0; index < 200; index++) {
        struct call *call = calloc(1, sizeof *call);
        call_init(call, node);
        enum dsy_status status = call_submit(call, node, "chain", "{\"n\": 1}", NULL);
        cr_assert(status == DSY_OK || status == DSY_FULL);
        refused += status == DSY_FULL;
        if (status == DSY_OK)
            calls[taken++] = call;
        else
            end_call(call);
    }
    cr_assert_gt(refused, 0);
    cr_assert_eq(statistics().submissions_refused, (uint64_t)refused);
    for (int index = 0; index < taken; index++) {
        cr_assert(call_wait_completed(calls[index]));
        end_call(calls[index]);
    }
}

/* ---- show and list ---- */

Test(shard, an_invocation_is_shown_where_it_stands)
{
    start(1);
    struct call *call = submit("relay", "{\"n\": 3600000000000, \"text\": \"x\"}", NULL);
    cr_assert(call_wait_accepted(call));
    struct call shown;
    call_init(&shown, node);
    cr_assert_eq(call_show(&shown, node, call->id), DSY_OK);
    cr_assert(call_wait_completed(&shown));
    cr_assert_eq(shown.status, DSY_OK);
    cr_assert_neq(strstr(shown.json, "\"state\":\"waiting\""), NULL, "%s", shown.json);
    cr_assert_neq(strstr(shown.json, "\"file\":\"hand.dsy\",\"line\":24,\"column\":30"), NULL, "%s", shown.json);
    cr_assert_neq(strstr(shown.json, "\"text\":\"x\""), NULL, "%s", shown.json);
    call_destroy(&shown);
    call_init(&shown, node);
    struct dsy_list_filter filter = { .state = "sleeping" };
    cr_assert_eq(call_list(&shown, node, &filter), DSY_OK);
    cr_assert(call_wait_completed(&shown));
    cr_assert_neq(strstr(shown.json, "\"routine\":\"Work.nap\""), NULL, "%s", shown.json);
    cr_assert_eq(strstr(shown.json, "Work.relay"), NULL, "it waits, it does not sleep: %s", shown.json);
    cr_assert_neq(strstr(shown.json, "\"next\":null"), NULL, "%s", shown.json);
    call_destroy(&shown);
    stop(0);
    end_call(call);
}

/* ---- quarantine ---- */

Test(shard, a_broken_invocation_is_put_in_quarantine_and_all_else_goes_on)
{
    start(1);
    struct call *good[20];
    struct call *broken = submit("broken", "{}", NULL);
    for (int index = 0; index < 20; index++)
        good[index] = submit("count", "{\"n\": 3}", NULL);
    struct call *later = submit("broken", "{\"n\": 1}", NULL);
    for (int index = 0; index < 20; index++) {
        cr_assert(call_wait_completed(good[index]), "call %d", index);
        cr_assert_str_eq(good[index]->json, "6");
        end_call(good[index]);
    }
    cr_assert(call_wait_accepted(broken) && call_wait_accepted(later));
    for (int waited = 0; waited < 1000 && statistics().invocations_quarantined < 2; waited++)
        rest(5);
    struct call *both[] = { broken, later };
    for (int index = 0; index < 2; index++) {
        struct call shown;
        call_init(&shown, node);
        cr_assert_eq(call_show(&shown, node, both[index]->id), DSY_OK);
        cr_assert(call_wait_completed(&shown));
        cr_assert_neq(strstr(shown.json, "\"state\":\"quarantined\""), NULL, "%s", shown.json);
        cr_assert_neq(strstr(shown.json, "without saying for what"), NULL, "%s", shown.json);
        call_destroy(&shown);
    }
    cr_assert_eq(atomic_load(&hand_world.step_executions), 60u, "a batch that is dropped has no effect");
    stop(0);
    end_call(broken), end_call(later);
}

Test(shard, what_the_program_cannot_decode_is_shown_as_quarantined_before_it_moves)
{
    start(1);
    struct call *nap = submit("nap", "{\"n\": 3600000000000}", NULL);
    cr_assert(call_wait_accepted(nap));
    stop(0);
    char path[300];
    sqlite3 *connection = NULL;
    snprintf(path, sizeof path, "%s/shard-000.db", directory);
    cr_assert_eq(sqlite3_open(path, &connection), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(connection, "UPDATE invocation SET body = x'00'", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(connection);
    start(0);
    struct call shown;
    call_init(&shown, node);
    struct dsy_list_filter filter = { .state = "quarantined" };
    cr_assert_eq(call_list(&shown, node, &filter), DSY_OK);
    cr_assert(call_wait_completed(&shown));
    cr_assert_neq(strstr(shown.json, "\"state\":\"quarantined\""), NULL, "%s", shown.json);
    call_destroy(&shown);
    expect("count", "{\"n\": 3}", DSY_OUTCOME_RETURNED, "6");
    end_call(nap);
}

/* ---- start and end ---- */

Test(shard, a_sleep_goes_on_after_a_restart)
{
    start(2);
    struct call *call = submit("relay", "{\"n\": 300000000}", NULL);
    cr_assert(call_wait_accepted(call));
    stop(0);
    cr_assert(call->is_completed);
    cr_assert_eq(call->kind, DSY_OUTCOME_UNKNOWN);
    start(0);
    struct call later;
    call_init(&later, node);
    cr_assert_eq(call_attach(&later, node, call->id), DSY_OK);
    cr_assert(call_wait_completed(&later));
    cr_assert_str_eq(later.json, "300000001");
    call_destroy(&later);
    end_call(call);
}

Test(shard, a_step_that_outlives_the_grace_is_executed_again)
{
    start(1);
    struct call *call = submit("hold", "{\"n\": 5}", NULL);
    while (atomic_load(&hand_world.blocked) == 0)
        rest(1);
    stop(1000000);
    atomic_store(&hand_world.is_released, true);
    start(1);
    struct call later;
    call_init(&later, node);
    cr_assert_eq(call_attach(&later, node, call->id), DSY_OK);
    cr_assert(call_wait_completed(&later));
    cr_assert_str_eq(later.json, "5");
    cr_assert_geq(atomic_load(&hand_world.blocked), 2u);
    call_destroy(&later);
    end_call(call);
}

Test(shard, a_drain_lets_running_steps_end)
{
    start(1);
    struct call *call = submit("hold", "{\"n\": 5}", NULL);
    while (atomic_load(&hand_world.blocked) == 0)
        rest(1);
    atomic_store(&hand_world.is_released, true);
    stop(INT64_C(10000000000));
    cr_assert(call->is_completed);
    cr_assert_eq(call->kind, DSY_OUTCOME_RETURNED);
    cr_assert_str_eq(call->json, "5");
    cr_assert_eq(atomic_load(&hand_world.blocked), 1u);
    end_call(call);
}

Test(shard, more_steps_than_fit_into_memory_wait_in_their_rows)
{
    enum { CALLS = JOBS_MAX + 500 };
    struct call **calls = calloc(CALLS, sizeof *calls);
    start_with((struct dsy_node_options){ .shard_count = 1, .worker_count = 2, .queue_max = CALLS });
    for (int index = 0; index < CALLS; index++)
        calls[index] = submit("hold", "{\"n\": 2}", NULL);
    for (int index = 0; index < CALLS; index++)
        cr_assert(call_wait_accepted(calls[index]), "call %d", index);
    atomic_store(&hand_world.is_released, true);
    for (int index = 0; index < CALLS; index++) {
        cr_assert(call_wait_completed(calls[index]), "call %d", index);
        cr_assert_str_eq(calls[index]->json, "2");
        end_call(calls[index]);
    }
    cr_assert_eq(atomic_load(&hand_world.blocked), CALLS, "each exactly once");
    free(calls);
}

Test(shard, nothing_is_taken_after_the_end)
{
    start(1);
    dsy_node_drain(node, 0);
    struct call call;
    call_init(&call, node);
    cr_assert_eq(call_submit(&call, node, "chain", "{}", NULL), DSY_CLOSED);
    cr_assert_eq(call_show(&call, node, (dsy_uuid){ .octets = { 0, 0, 0, 0, 0, 0, 0, 1 } }), DSY_CLOSED);
    cr_assert_not(dsy_node_is_ready(node));
    dsy_node_destroy(node);
    node = NULL;
    call_destroy(&call);
}

Test(shard, a_store_is_not_shared)
{
    start(1);
    struct dsy_error error = { 0 };
    struct dsy_node *second = NULL;
    struct dsy_node_options options = {
        .program = &hand_program, .driver = &dsy_store_sqlite, .directory = directory, .shard_count = 1
    };
    cr_assert_eq(dsy_node_create(&options, &second, &error), DSY_OK);
    cr_assert_eq(dsy_node_start(second, &error), DSY_BUSY, "%s", error.text);
    dsy_node_destroy(second);
}

Test(shard, the_number_of_shards_belongs_to_the_store)
{
    start(2);
    stop(0);
    struct dsy_error error = { 0 };
    struct dsy_node_options options = {
        .program = &hand_program, .driver = &dsy_store_sqlite, .directory = directory, .shard_count = 3
    };
    cr_assert_eq(dsy_node_create(&options, &node, &error), DSY_OK);
    cr_assert_eq(dsy_node_start(node, &error), DSY_INVALID);
    cr_assert_neq(strstr(error.text, "has 2 shards, not 3"), NULL, "%s", error.text);
    dsy_node_destroy(node);
    start(0);
    cr_assert_eq(statistics().shards, 2u);
}

/* ---- trouble ---- */

/* A store in memory whose commits fail while the test says so. */
static _Atomic bool disk_is_full;

static enum dsy_status
commit_or_fail(struct dsy_store *store, const struct dsy_change *changes, size_t change_count, struct dsy_error *error)
{
    if (atomic_load(&disk_is_full))
        return dsy_error_set(error, DSY_NO_SPACE, "the test's disk is full");
    return dsy_store_memory.commit(store, changes, change_count, error);
}

static struct dsy_store_driver faulty_driver;

static void
start_faulty(void)
{
    faulty_driver = dsy_store_memory;
    faulty_driver.commit = commit_or_fail;
    start_with((struct dsy_node_options){ .driver = &faulty_driver, .shard_count = 1 });
}

Test(shard, a_full_disk_stops_work_and_no_program_sees_it)
{
    char health[256];
    start_faulty();
    struct call *before = submit("count", "{\"n\": 2}", NULL);
    cr_assert(call_wait_completed(before));
    atomic_store(&disk_is_full, true);
    struct call *during = submit("count", "{\"n\": 3}", NULL);
    for (int waited = 0; waited < 1000 && dsy_node_is_ready(node); waited++)
        rest(5);
    cr_assert_not(dsy_node_is_ready(node));
    dsy_node_describe_health(node, health, sizeof health);
    cr_assert_neq(strstr(health, "the test's disk is full"), NULL, "%s", health);
    cr_assert_not(during->is_accepted, "nothing is promised that is not saved");
    atomic_store(&disk_is_full, false);
    cr_assert(call_wait_completed(during));
    cr_assert_str_eq(during->json, "6");
    for (int waited = 0; waited < 1000 && !dsy_node_is_ready(node); waited++)
        rest(5);
    cr_assert(dsy_node_is_ready(node));
    cr_assert_gt(statistics().commit_errors, 0u);
    end_call(before), end_call(during);
}

Test(shard, a_drain_ends_though_the_disk_is_full)
{
    start_faulty();
    atomic_store(&disk_is_full, true);
    struct call *calls[3] = { submit("count", "{\"n\": 3}", NULL), submit("count", "{\"n\": 3}", "key"),
                              submit("count", "{\"n\": 3}", "key") };
    rest(50);
    stop(0);
    for (int index = 0; index < 3; index++) {
        cr_assert(calls[index]->is_completed, "call %d", index);
        cr_assert_eq(calls[index]->kind, DSY_OUTCOME_UNKNOWN);
        cr_assert_not(calls[index]->is_accepted);
        end_call(calls[index]);
    }
}

static enum dsy_status
cannot_read_messages(struct dsy_store *store, int64_t after, uint32_t limit, dsy_letter_function *each, void *context,
                     struct dsy_error *error)
{
    (void)store, (void)after, (void)limit, (void)each, (void)context;
    return dsy_error_set(error, DSY_CORRUPT, "the test's messages cannot be read");
}

Test(shard, a_store_whose_messages_cannot_be_read_is_not_served)
{
    struct dsy_error error = { 0 };
    faulty_driver = dsy_store_memory;
    faulty_driver.messages = cannot_read_messages;
    struct dsy_node_options options = {
        .program = &hand_program, .driver = &faulty_driver, .directory = directory, .shard_count = 1
    };
    cr_assert_eq(dsy_node_create(&options, &node, &error), DSY_OK);
    cr_assert_eq(dsy_node_start(node, &error), DSY_CORRUPT);
    cr_assert_str_eq(error.text, "the test's messages cannot be read");
    dsy_node_destroy(node);
    node = NULL;
}

static _Atomic unsigned late_commits;

/* The disk has room again, but only after the shard gave up a commit. */
static enum dsy_status
load_and_make_room(struct dsy_store *store, int64_t number, struct dsy_invocation_row *row, struct dsy_error *error)
{
    atomic_store(&disk_is_full, false);
    return dsy_store_memory.load(store, number, row, error);
}

static enum dsy_status
count_late_commits(struct dsy_store *store, const struct dsy_change *changes, size_t change_count,
                   struct dsy_error *error)
{
    static _Atomic bool was_full;
    if (atomic_load(&disk_is_full))
        atomic_store(&was_full, true);
    else if (atomic_load(&was_full))
        atomic_fetch_add(&late_commits, 1);
    return commit_or_fail(store, changes, change_count, error);
}

Test(shard, after_a_commit_that_was_given_up_nothing_is_saved)
{
    faulty_driver = dsy_store_memory;
    faulty_driver.commit = count_late_commits;
    faulty_driver.load = load_and_make_room;
    start_with((struct dsy_node_options){ .driver = &faulty_driver, .shard_count = 1, .cache_bytes_max = 1 });
    struct call *hold = submit("hold", "{\"n\": 1}", NULL);
    for (int waited = 0; waited < 1000 && atomic_load(&hand_world.blocked) == 0; waited++)
        rest(5);
    atomic_store(&disk_is_full, true);
    struct call *lost = submit("count", "{\"n\": 3}", NULL);
    for (int waited = 0; waited < 1000 && dsy_node_is_ready(node); waited++)
        rest(5);
    /* Its answer finds no row in memory; the store is asked for it, behind the commit. */
    atomic_store(&hand_world.is_released, true);
    rest(50);
    stop(0);
    cr_assert_not(atomic_load(&disk_is_full), "the row was asked for");
    cr_assert_eq(lost->kind, DSY_OUTCOME_UNKNOWN);
    cr_assert_eq(hold->kind, DSY_OUTCOME_UNKNOWN, "its answer is not saved");
    cr_assert_eq(atomic_load(&late_commits), 0u);
    end_call(lost), end_call(hold);
}

Test(shard, a_batch_without_memory_is_run_again_and_had_no_effect)
{
    enum { CALLS = 40 };
    struct call *calls[CALLS];
    start(1);
    atomic_store(&hand_world.starving, 5);
    for (int index = 0; index < CALLS; index++)
        calls[index] = submit(index % 4 == 0 ? "starve" : "count", "{\"n\": 2}", NULL);
    for (int index = 0; index < CALLS; index++) {
        cr_assert(call_wait_completed(calls[index]), "call %d", index);
        cr_assert_str_eq(calls[index]->json, "3");
        end_call(calls[index]);
    }
    cr_assert_leq(atomic_load(&hand_world.starving), 0, "it starved");
    cr_assert_eq(atomic_load(&hand_world.step_executions), 70u, "10 and 30 times 2: each exactly once");
    cr_assert_eq(statistics().invocations_quarantined, 0u);
}

/* ---- time ---- */

static _Atomic int64_t utc_ns;

static int64_t
read_utc(void *context)
{
    (void)context;
    return atomic_load(&utc_ns);
}

Test(shard, sleeps_follow_the_wall_clock_wherever_it_jumps)
{
    const int64_t hour_ns = INT64_C(3600000000000);
    struct dsy_clock clock = dsy_clock_system();
    clock.utc_ns = read_utc;
    atomic_store(&utc_ns, 1000 * hour_ns);
    start_with((struct dsy_node_options){ .shard_count = 1, .clock = &clock });
    struct call *nap = submit("nap", "{\"n\": 3600000000000}", NULL);
    cr_assert(call_wait_accepted(nap));
    atomic_store(&utc_ns, 900 * hour_ns); /* back */
    dsy_node_clock_changed(node);
    expect("nap", "{\"n\": 0}", DSY_OUTCOME_RETURNED, "0");
    cr_assert_not(nap->is_completed);
    atomic_store(&utc_ns, 1001 * hour_ns - 1); /* forward, not quite there */
    dsy_node_clock_changed(node);
    expect("nap", "{\"n\": 0}", DSY_OUTCOME_RETURNED, "0");
    cr_assert_not(nap->is_completed);
    atomic_store(&utc_ns, 1001 * hour_ns);
    dsy_node_clock_changed(node);
    cr_assert(call_wait_completed(nap));
    cr_assert_str_eq(nap->json, "3600000000000");
    end_call(nap);
}

static _Atomic int64_t jump_back_ns;

static enum dsy_status
load_and_jump_back(struct dsy_store *store, int64_t number, struct dsy_invocation_row *row, struct dsy_error *error)
{
    atomic_fetch_sub(&utc_ns, atomic_exchange(&jump_back_ns, 0));
    return dsy_store_memory.load(store, number, row, error);
}

Test(shard, a_sleep_is_not_lost_when_the_wall_clock_goes_back_after_its_timer_fired)
{
    const int64_t hour_ns = INT64_C(3600000000000);
    struct dsy_clock clock = dsy_clock_system();
    clock.utc_ns = read_utc;
    atomic_store(&utc_ns, 1000 * hour_ns);
    faulty_driver = dsy_store_memory;
    faulty_driver.load = load_and_jump_back;
    start_with(
        (struct dsy_node_options){ .driver = &faulty_driver, .shard_count = 1, .clock = &clock, .cache_bytes_max = 1 });
    struct call *nap = submit("nap", "{\"n\": 1000000000}", NULL);
    cr_assert(call_wait_accepted(nap));
    atomic_store(&jump_back_ns, hour_ns);
    atomic_fetch_add(&utc_ns, 2000000000);
    dsy_node_clock_changed(node);
    for (int waited = 0; waited < 1000 && atomic_load(&jump_back_ns) != 0; waited++)
        rest(5);
    cr_assert_eq(atomic_load(&jump_back_ns), 0, "the timer fired, and its row was asked for");
    rest(50);
    cr_assert_not(nap->is_completed);
    atomic_fetch_add(&utc_ns, 2 * hour_ns);
    dsy_node_clock_changed(node);
    cr_assert(call_wait_completed(nap));
    cr_assert_str_eq(nap->json, "1000000000");
    end_call(nap);
}

Test(shard, a_thousand_sleeps_that_end_together_all_end)
{
    enum { CALLS = 1500 };
    const int64_t hour_ns = INT64_C(3600000000000);
    struct dsy_clock clock = dsy_clock_system();
    clock.utc_ns = read_utc;
    atomic_store(&utc_ns, 1000 * hour_ns);
    start_with((struct dsy_node_options){ .shard_count = 1, .clock = &clock });
    struct call **calls = calloc(CALLS, sizeof *calls);
    for (int index = 0; index < CALLS; index++)
        calls[index] = submit("nap", "{\"n\": 3600000000000}", NULL);
    for (int index = 0; index < CALLS; index++)
        cr_assert(call_wait_accepted(calls[index]));
    cr_assert_eq(statistics().timers_armed, 0u, "a long sleep costs no memory");
    atomic_store(&utc_ns, 1002 * hour_ns);
    dsy_node_clock_changed(node);
    for (int index = 0; index < CALLS; index++) {
        cr_assert(call_wait_completed(calls[index]), "call %d", index);
        end_call(calls[index]);
    }
    free(calls);
}

Test(shard, old_results_go)
{
    const int64_t hour_ns = INT64_C(3600000000000);
    struct dsy_clock clock = dsy_clock_system();
    clock.utc_ns = read_utc;
    atomic_store(&utc_ns, 1000 * hour_ns);
    start_with((struct dsy_node_options){ .shard_count = 1, .clock = &clock, .result_retention_ns = 2000000000 });
    struct call *call = submit("chain", "{\"n\": 1}", "key");
    cr_assert(call_wait_completed(call));
    atomic_store(&utc_ns, 1001 * hour_ns);
    struct call later;
    for (int tries = 0; tries < 40; tries++) {
        call_init(&later, node);
        cr_assert_eq(call_attach(&later, node, call->id), DSY_OK);
        cr_assert(call_wait_completed(&later));
        call_destroy(&later);
        if (later.kind == DSY_OUTCOME_NOT_FOUND)
            break;
        rest(100);
    }
    cr_assert_eq(later.kind, DSY_OUTCOME_NOT_FOUND);
    struct call *again = submit("chain", "{\"n\": 1}", "key");
    cr_assert(call_wait_completed(again));
    cr_assert(again->is_new, "the key went with the result");
    end_call(call), end_call(again);
}

/* ---- creation ---- */

static enum dsy_status
create_with_config(const char *name, const char *text, struct dsy_error *error)
{
    struct dsy_config_value value = { .service = "Work", .name = name, .text = text };
    struct dsy_node_options options = {
        .program = &hand_program, .driver = &dsy_store_memory, .configs = &value, .config_count = 1
    };
    struct dsy_node *created = NULL;
    enum dsy_status status = dsy_node_create(&options, &created, error);
    if (status == DSY_OK)
        dsy_node_destroy(created);
    return status;
}

Test(shard, configuration_is_checked_before_anything_runs)
{
    struct dsy_error error = { 0 };
    cr_assert_eq(create_with_config("limit", "12", &error), DSY_OK, "%s", error.text);
    cr_assert_eq(create_with_config("name", "Hi there", &error), DSY_OK, "%s", error.text);
    cr_assert_eq(create_with_config("limit", "many", &error), DSY_INVALID);
    cr_assert_neq(strstr(error.text, "Work.limit is not a value of type int"), NULL, "%s", error.text);
    error = (struct dsy_error){ 0 };
    cr_assert_eq(create_with_config("colour", "red", &error), DSY_INVALID);
    cr_assert_neq(strstr(error.text, "Work.colour is unknown"), NULL, "%s", error.text);
}

Test(shard, another_abi_version_is_refused)
{
    struct dsy_program_type newer = hand_program;
    newer.abi_version = DSY_ABI_VERSION + 1;
    struct dsy_node_options options = { .program = &newer, .driver = &dsy_store_memory };
    struct dsy_error error = { 0 };
    struct dsy_node *created = NULL;
    cr_assert_eq(dsy_node_create(&options, &created, &error), DSY_NEWER);
}

Test(shard, arguments_name_the_path_of_what_is_wrong)
{
    start(1);
    struct dsy_buffer arguments;
    struct dsy_error error = { 0 };
    dsy_buffer_init(&arguments, 1 << 16);
    const struct dsy_routine_type *routine = dsy_node_find_routine(node, "Work", "nap");
    const char *json = "{\"n\": true}";
    cr_assert_eq(dsy_arguments_from_json(node, routine, json, strlen(json), &arguments, &error), DSY_INVALID);
    cr_assert_eq(strncmp(error.text, "$.n", 3), 0, "%s", error.text);
    cr_assert_null(dsy_node_find_routine(node, "Work", "twice"), "not public");
    cr_assert_null(dsy_node_find_routine(node, "Play", "nap"));
    dsy_buffer_destroy(&arguments);
}
