/* A whole node under hand-written keyed services: state, order, deadlocks, rows, restarts, several shards. */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dsy/store.h"
#include "runtime/core/core_limits.h"
#include "tests/support/calls.h"
#include "tests/support/keyed_program.h"

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

static char directory[256];
static struct dsy_node *node;

static void
start_with(struct dsy_node_options options)
{
    struct dsy_error error = { 0 };
    options.program = &keyed_program;
    options.directory = directory;
    options.worker_count = 1;
    if (options.driver == NULL)
        options.driver = &dsy_store_sqlite;
    cr_assert_eq(dsy_node_create(&options, &node, &error), DSY_OK, "%s", error.text);
    cr_assert_eq(dsy_node_start(node, &error), DSY_OK, "%s", error.text);
}

static void
start(uint32_t shard_count)
{
    start_with((struct dsy_node_options){ .shard_count = shard_count });
}

static void
stop(void)
{
    dsy_node_drain(node, 0);
    dsy_node_destroy(node);
    node = NULL;
}

static void
set_up(void)
{
    store_directory_make(directory, sizeof directory);
}

static void
tear_down(void)
{
    if (node != NULL)
        stop();
    store_directory_remove(directory);
}

TestSuite(shard_instance, .init = set_up, .fini = tear_down);

static struct call *
submit(const char *service, const char *key, const char *method, const char *arguments)
{
    struct call *call = calloc(1, sizeof *call);
    call_init(call, node);
    cr_assert_eq(call_submit_to(call, node, service, key, method, arguments, NULL), DSY_OK, "%s", method);
    return call;
}

static void
end_call(struct call *call)
{
    call_destroy(call);
    free(call);
}

static void
expect_result(struct call *call, const char *json)
{
    cr_assert(call_wait_completed(call), "it does not end");
    cr_assert_neq(strstr(call->json, json), NULL, "%s instead of %s", call->json, json);
    end_call(call);
}

static void
expect(const char *key, const char *method, const char *arguments, const char *json)
{
    expect_result(submit("Account", key, method, arguments), json);
}

static void
rest(int64_t milliseconds)
{
    struct timespec time = { .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

/* Rows of instances in the store of one shard that is stopped; of all its rows if `all`. */
static int
count_rows(unsigned shard, bool all)
{
    char path[300];
    sqlite3 *connection = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(path, sizeof path, "%s/shard-%03u.db", directory, shard);
    cr_assert_eq(sqlite3_open(path, &connection), SQLITE_OK);
    cr_assert_eq(
        sqlite3_prepare_v2(connection, "SELECT COUNT(*) FROM invocation WHERE number >= ?1", -1, &statement, NULL),
        SQLITE_OK);
    sqlite3_bind_int64(statement, 1, all ? 0 : DSY_NUMBER_UNCOUNTED);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    int count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(connection);
    return count;
}

static uint64_t
unfinished(void)
{
    struct dsy_statistics numbers;
    dsy_node_statistics(node, &numbers);
    return numbers.invocations_unfinished;
}

/* ---- state ---- */

static void
expect_state_to_work(void)
{
    expect("alice", "current", "{}", "10");
    expect("alice", "deposit", "{\"n\": 5}", "15");
    expect("alice", "deposit", "{\"n\": 5}", "20");
    expect("alice", "current", "{}", "20");
    expect("bob", "current", "{}", "10");
    expect("alice", "move", "{\"n\": 7, \"to\": \"bob\"}", "13");
    expect("bob", "current", "{}", "17");
    expect("alice", "fail", "{\"n\": 1}", "DivideByZero");
    expect("alice", "current", "{}", "14");
    expect_result(submit("Counter", "-5", "deposit", "{\"n\": 1}"), "11");
    expect_result(submit("Counter", "-5", "deposit", "{\"n\": 1}"), "12");
    expect_result(submit("Counter", "5", "deposit", "{\"n\": 1}"), "11");
    expect_result(submit("Session", "00000000-0000-4000-8000-00000000000a", "name", "{}"),
                  "\"00000000-0000-4000-8000-00000000000a\"");
}

Test(shard_instance, has_its_own_state)
{
    start(1);
    expect_state_to_work();
}

Test(shard_instance, has_its_own_state_in_memory)
{
    start_with((struct dsy_node_options){ .driver = &dsy_store_memory, .shard_count = 2 });
    expect_state_to_work();
}

Test(shard_instance, has_its_own_state_in_any_shard)
{
    start_with((struct dsy_node_options){ .shard_count = 5, .placement = DSY_PLACE_SPREAD });
    expect_state_to_work();
}

Test(shard_instance, has_its_own_state_without_a_cache)
{
    start_with((struct dsy_node_options){ .shard_count = 2, .cache_bytes_max = 1 });
    expect_state_to_work();
}

Test(shard_instance, survives_a_restart)
{
    start(3);
    expect("alice", "deposit", "{\"n\": 5}", "15");
    stop();
    start(0);
    expect("alice", "current", "{}", "15");
    cr_expect_eq(unfinished(), 0u, "an instance is no invocation");
}

Test(shard_instance, has_no_row_at_its_defaults)
{
    start(1);
    expect("alice", "current", "{}", "10");
    expect("alice", "deposit", "{\"n\": 0}", "10");
    expect("bob", "deposit", "{\"n\": 1}", "11");
    expect("carol", "deposit", "{\"n\": 1}", "11");
    expect("carol", "deposit", "{\"n\": -1}", "10");
    expect("dora", "slowly", "{\"n\": 1000000}", "11");
    expect("dora", "deposit", "{\"n\": -1}", "10");
    stop();
    cr_expect_eq(count_rows(0, false), 1, "bob alone");
    cr_expect_eq(count_rows(0, true), 1);
}

Test(shard_instance, one_that_was_only_asked_is_not_written)
{
    start(1);
    expect("alice", "deposit", "{\"n\": 1}", "11");
    struct dsy_statistics before, after;
    dsy_node_statistics(node, &before);
    for (int index = 0; index < 10; index++)
        expect("alice", "deposit", "{\"n\": 0}", "11");
    dsy_node_statistics(node, &after);
    cr_expect_leq(after.rows_written - before.rows_written, 20u, "the result and the count of numbers of each call");
}

/* ---- order ---- */

static void
expect_order(int count)
{
    struct call **calls = calloc((size_t)count, sizeof *calls);
    for (int index = 0; index < count; index++)
        calls[index] = submit("Account", "alice", "slowly", "{\"n\": 1000000}");
    for (int index = 0; index < count; index++) {
        char expected[32];
        snprintf(expected, sizeof expected, "%d", 11 + index);
        cr_assert(call_wait_completed(calls[index]), "call %d", index);
        cr_assert_str_eq(calls[index]->json, expected, "call %d of %d gave %s", index, count, calls[index]->json);
        end_call(calls[index]);
    }
    free(calls);
    cr_expect_eq(unfinished(), 0u);
}

Test(shard_instance, one_method_at_a_time_in_order_of_coming)
{
    start(1);
    expect_order(200);
}

Test(shard_instance, the_same_without_a_cache)
{
    start_with((struct dsy_node_options){ .shard_count = 1, .cache_bytes_max = 1 });
    expect_order(100);
}

Test(shard_instance, queues_go_on_after_a_restart)
{
    enum { CALLS = 30 };
    struct call *calls[CALLS];
    start(2);
    for (int index = 0; index < CALLS; index++)
        calls[index] = submit("Account", "alice", "slowly", "{\"n\": 20000000}");
    for (int index = 0; index < CALLS; index++)
        cr_assert(call_wait_accepted(calls[index]));
    for (int restart = 0; restart < 5; restart++) {
        stop();
        start(0);
        rest(30);
    }
    for (int index = 0; index < CALLS; index++) {
        struct call later;
        char expected[32];
        snprintf(expected, sizeof expected, "%d", 11 + index);
        call_init(&later, node);
        cr_assert_eq(call_attach(&later, node, calls[index]->id), DSY_OK);
        cr_assert(call_wait_completed(&later), "call %d", index);
        cr_expect_str_eq(later.json, expected, "call %d gave %s", index, later.json);
        call_destroy(&later);
        end_call(calls[index]);
    }
    expect("alice", "current", "{}", "40");
}

Test(shard_instance, keys_do_not_wait_for_each_other)
{
    start(2);
    struct call *slow = submit("Account", "alice", "slowly", "{\"n\": 3600000000000}");
    cr_assert(call_wait_accepted(slow));
    expect("bob", "deposit", "{\"n\": 1}", "11");
    stop();
    end_call(slow);
}

Test(shard_instance, queries_and_shared_methods_do_not_wait)
{
    start(1);
    struct call *slow = submit("Account", "alice", "slowly", "{\"n\": 3600000000000}");
    struct call *queued = submit("Account", "alice", "deposit", "{\"n\": 1}");
    cr_assert(call_wait_accepted(slow) && call_wait_accepted(queued));
    expect("alice", "current", "{}", "10");
    expect("alice", "note_down", "{\"n\": 1000000, \"to\": \"x\"}", "10");
    expect("alice", "current", "{}", "10");
    struct call shown;
    call_init(&shown, node);
    cr_assert_eq(call_show(&shown, node, queued->id), DSY_OK);
    cr_assert(call_wait_completed(&shown));
    cr_expect_neq(strstr(shown.json, "\"state\":\"queued\""), NULL, "%s", shown.json);
    cr_expect_neq(strstr(shown.json, "\"key\":\"alice\""), NULL, "%s", shown.json);
    call_destroy(&shown);
    call_init(&shown, node);
    struct dsy_list_filter filter = { .state = "queued" };
    cr_assert_eq(call_list(&shown, node, &filter), DSY_OK);
    cr_assert(call_wait_completed(&shown));
    cr_expect_neq(strstr(shown.json, "\"routine\":\"Account.deposit\",\"key\":\"alice\""), NULL, "%s", shown.json);
    cr_expect_eq(strstr(shown.json, "Account.slowly"), NULL, "%s", shown.json);
    call_destroy(&shown);
    stop();
    cr_expect_eq(count_rows(0, true), 3, "who holds the key, who waits, the instance");
    end_call(slow), end_call(queued);
}

/* ---- keys that are missing, callers that come twice ---- */

Test(shard_instance, wants_the_key_of_its_service)
{
    start(1);
    struct call call;
    call_init(&call, node);
    cr_expect_eq(call_submit_to(&call, node, "Account", NULL, "deposit", "{}", NULL), DSY_INVALID);
    cr_expect_eq(call_submit_to(&call, node, "Counter", "x", "deposit", "{}", NULL), DSY_INVALID);
    call_destroy(&call);
}

Test(shard_instance, an_idempotency_key_counts_for_its_instance)
{
    start(1);
    struct call calls[3];
    const char *keys[] = { "alice", "alice", "bob" };
    for (int index = 0; index < 3; index++) {
        call_init(&calls[index], node);
        cr_assert_eq(call_submit_to(&calls[index], node, "Account", keys[index], "deposit", "{\"n\": 1}", "k"), DSY_OK);
        cr_assert(call_wait_completed(&calls[index]));
        cr_expect_str_eq(calls[index].json, "11");
    }
    cr_expect_arr_eq(calls[0].id.octets, calls[1].id.octets, 16);
    cr_expect_arr_neq(calls[0].id.octets, calls[2].id.octets, 16);
    for (int index = 0; index < 3; index++)
        call_destroy(&calls[index]);
    expect("alice", "current", "{}", "11");
}

/* ---- deadlocks ---- */

static void
expect_deadlocks(void)
{
    expect("alice", "move", "{\"n\": 1, \"to\": \"alice\"}", "Deadlock");
    expect("alice", "current", "{}", "9");
    expect("alice", "pass", "{\"n\": 1, \"to\": \"bob\"}", "Deadlock");
    expect("alice", "deposit", "{\"n\": 1}", "10");
    expect("bob", "deposit", "{\"n\": 1}", "11");
    cr_expect_eq(unfinished(), 0u);
}

Test(shard_instance, a_chain_that_meets_itself_is_a_deadlock_at_once)
{
    start(1);
    expect_deadlocks();
}

Test(shard_instance, a_chain_that_meets_itself_through_other_shards_is_a_deadlock_at_once)
{
    start_with((struct dsy_node_options){ .shard_count = 7, .placement = DSY_PLACE_SPREAD });
    expect_deadlocks();
}

static int64_t
now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A ring of chains, each of which holds a key and waits for that of the next: the one that began to wait last gets
 * Deadlock, all others go on. */
static void
expect_ring(int count)
{
    struct call *calls[8];
    int64_t begin_ms = now_ms();
    for (int index = 0; index < count; index++) {
        char key[16], arguments[80];
        snprintf(key, sizeof key, "ring-%d", index);
        snprintf(arguments, sizeof arguments, "{\"n\": %d, \"to\": \"ring-%d\"}", 100000000 + 20000000 * index,
                 (index + 1) % count);
        calls[index] = submit("Account", key, "cross", arguments);
    }
    for (int index = 0; index < count; index++) {
        cr_assert(call_wait_completed(calls[index]), "call %d of %d goes on for ever", index, count);
        bool is_last = index == count - 1;
        cr_expect_eq(strstr(calls[index]->json, "Deadlock") != NULL, is_last, "call %d of %d: %s", index, count,
                     calls[index]->json);
        end_call(calls[index]);
    }
    int64_t taken_ms = now_ms() - begin_ms;
    cr_expect(taken_ms >= 1000 && taken_ms < 5000, "a ring of %d took %lld ms", count, (long long)taken_ms);
    cr_expect_eq(unfinished(), 0u);
}

Test(shard_instance, chains_that_wait_for_each_other_are_found)
{
    start(1);
    expect_ring(2);
}

Test(shard_instance, chains_that_wait_for_each_other_in_other_shards_are_found)
{
    start_with((struct dsy_node_options){ .shard_count = 5, .placement = DSY_PLACE_SPREAD });
    expect_ring(7);
}

Test(shard_instance, chains_that_wait_for_each_other_are_found_after_a_restart)
{
    start(2);
    struct call *left = submit("Account", "left", "cross", "{\"n\": 100000000, \"to\": \"right\"}");
    struct call *right = submit("Account", "right", "cross", "{\"n\": 200000000, \"to\": \"left\"}");
    cr_assert(call_wait_accepted(left) && call_wait_accepted(right));
    rest(500);
    stop();
    start(0);
    struct call later;
    call_init(&later, node);
    cr_assert_eq(call_attach(&later, node, right->id), DSY_OK);
    cr_assert(call_wait_completed(&later));
    cr_expect_neq(strstr(later.json, "Deadlock"), NULL, "%s", later.json);
    call_destroy(&later);
    end_call(left), end_call(right);
    expect("left", "current", "{}", "10");
    expect("right", "current", "{}", "11");
}

Test(shard_instance, a_long_wait_is_no_deadlock)
{
    start(1);
    struct call *slow = submit("Account", "alice", "slowly", "{\"n\": 3500000000}");
    struct call *behind = submit("Account", "alice", "slowly", "{\"n\": 0}");
    struct call *last = submit("Account", "alice", "deposit", "{\"n\": 5}");
    expect_result(slow, "11");
    expect_result(behind, "12");
    expect_result(last, "17");
}

/* ---- rows that are damaged ---- */

Test(shard_instance, a_damaged_row_stops_its_key_only)
{
    start(1);
    expect("alice", "deposit", "{\"n\": 1}", "11");
    stop();
    char path[300];
    sqlite3 *connection = NULL;
    snprintf(path, sizeof path, "%s/shard-000.db", directory);
    cr_assert_eq(sqlite3_open(path, &connection), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(connection, "UPDATE invocation SET body = x'0300'", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(connection);
    start(0);
    struct call *broken = submit("Account", "alice", "deposit", "{\"n\": 1}");
    cr_assert(call_wait_accepted(broken));
    expect("bob", "deposit", "{\"n\": 1}", "11");
    struct call shown;
    call_init(&shown, node);
    cr_assert_eq(call_show(&shown, node, broken->id), DSY_OK);
    cr_assert(call_wait_completed(&shown));
    cr_expect_neq(strstr(shown.json, "\"state\":\"quarantined\""), NULL, "%s", shown.json);
    cr_expect_neq(strstr(shown.json, "the instance of its key cannot be read"), NULL, "%s", shown.json);
    call_destroy(&shown);
    stop();
    end_call(broken);
}

/* ---- many keys ---- */

Test(shard_instance, many_keys_cost_rows_and_no_memory)
{
    enum { KEYS = 20000, BYTES = 256 * 1024 };
    struct call *calls[500];
    start_with((struct dsy_node_options){ .driver = &dsy_store_sqlite, .shard_count = 1, .cache_bytes_max = BYTES });
    for (int first = 0; first < KEYS; first += 500) {
        for (int index = 0; index < 500; index++) {
            char key[32];
            snprintf(key, sizeof key, "%d", first + index);
            calls[index] = submit("Account", key, first % 1000 == 0 ? "deposit" : "current", "{\"n\": 1}");
        }
        for (int index = 0; index < 500; index++)
            expect_result(calls[index], first % 1000 == 0 ? "11" : "10");
    }
    struct dsy_statistics numbers;
    dsy_node_statistics(node, &numbers);
    cr_expect_lt(numbers.cache_bytes, (uint64_t)BYTES + 500 * 1024, "%llu octets in the cache",
                 (unsigned long long)numbers.cache_bytes);
    expect("19", "current", "{}", "11");
    stop();
    cr_expect_eq(count_rows(0, false), KEYS / 2);
}
