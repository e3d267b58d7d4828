/* Tasks and promises in a whole node: rows that are damaged, or say what cannot be. */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "dsy/store.h"
#include "runtime/core/cell.h"
#include "tests/support/calls.h"
#include "tests/support/hand_program.h"

enum { SHARDS = 2, SECRET = 99, PROMISE = 1000 };

static char directory[256];
static struct dsy_node *node;

static void
start(void)
{
    struct dsy_error error = { 0 };
    struct dsy_node_options options = { .program = &hand_program,
                                        .directory = directory,
                                        .driver = &dsy_store_sqlite,
                                        .shard_count = SHARDS,
                                        .worker_count = 1 };
    cr_assert_eq(dsy_node_create(&options, &node, &error), DSY_OK, "%s", error.text);
    cr_assert_eq(dsy_node_start(node, &error), DSY_OK, "%s", error.text);
}

static void
stop(void)
{
    dsy_node_drain(node, 0);
    dsy_node_destroy(node);
    node = NULL;
}

/* A store that exists, and nobody has open. */
static void
set_up(void)
{
    hand_world_reset();
    store_directory_make(directory, sizeof directory);
    start();
    stop();
}

static void
tear_down(void)
{
    if (node != NULL)
        stop();
    store_directory_remove(directory);
}

TestSuite(shard_cell, .init = set_up, .fini = tear_down);

static sqlite3 *
connect(void)
{
    char path[300];
    sqlite3 *connection = NULL;
    snprintf(path, sizeof path, "%s/shard-000.db", directory);
    cr_assert_eq(sqlite3_open(path, &connection), SQLITE_OK);
    return connection;
}

static void
insert(const char *sql, int64_t number, const struct dsy_buffer *body)
{
    sqlite3 *connection = connect();
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_prepare_v2(connection, sql, -1, &statement, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(connection));
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_blob(statement, 2, body->data, (int)body->size_bytes, SQLITE_TRANSIENT);
    cr_assert_eq(sqlite3_step(statement), SQLITE_DONE, "%s", sqlite3_errmsg(connection));
    sqlite3_finalize(statement);
    sqlite3_close(connection);
}

static int
count(const char *sql)
{
    sqlite3 *connection = connect();
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_prepare_v2(connection, sql, -1, &statement, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(connection));
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    int number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(connection);
    return number;
}

static void
expect_to_work(void)
{
    struct call call;
    call_init(&call, node);
    cr_assert_eq(call_submit(&call, node, "count", "{\"n\": 3}", NULL), DSY_OK);
    cr_assert(call_wait_completed(&call));
    cr_assert_str_eq(call.json, "6");
    call_destroy(&call);
}

/* An open promise in a row of shard 0, which `watcher` awaits. */
static void
insert_promise(struct watcher watcher)
{
    struct dsy_buffer body;
    dsy_buffer_init(&body, 1 << 16);
    struct cell cell = { .number = NUMBER_CELL | PROMISE,
                         .secret = SECRET,
                         .kind = CELL_PROMISE,
                         .owner = PROMISE,
                         .name = dsy_string_view("int"),
                         .watchers = &watcher,
                         .watcher_count = 1 };
    cr_assert_eq(dsy_cell_encode(&cell, &body), DSY_OK);
    insert("INSERT INTO invocation (number, secret, body) VALUES (?, 99, ?)", cell.number, &body);
    dsy_buffer_destroy(&body);
}

static void
insert_message(const struct message *message)
{
    struct dsy_buffer body;
    dsy_buffer_init(&body, 1 << 16);
    cr_assert_eq(dsy_message_encode(message, &body), DSY_OK);
    insert("INSERT INTO message (number, body) VALUES (?, ?)", 1 + count("SELECT count(*) FROM message"), &body);
    dsy_buffer_destroy(&body);
}

Test(shard_cell, what_a_row_wants_to_send_to_a_shard_that_does_not_exist_is_dropped)
{
    static const uint8_t seven[] = { 7 };
    insert_promise((struct watcher){ .shard = 200, .number = 5, .await_count = 1 });
    insert_message(&(struct message){ .kind = MESSAGE_SETTLE,
                                      .number = NUMBER_CELL | PROMISE,
                                      .secret = SECRET,
                                      .value = { .data = seven, .size_bytes = sizeof seven } });
    start();
    expect_to_work();
    stop();
    cr_assert_eq(count("SELECT count(*) FROM message"), 0);
    cr_assert_eq(count("SELECT count(*) FROM outbox"), 0);
}

Test(shard_cell, who_awaits_one_in_quarantine_is_answered)
{
    insert_promise((struct watcher){ .shard = 0, .number = 5, .await_count = 1 });
    sqlite3 *connection = connect();
    cr_assert_eq(sqlite3_exec(connection, "UPDATE invocation SET broken = 'damaged', is_active = 3", NULL, NULL, NULL),
                 SQLITE_OK);
    sqlite3_close(connection);
    insert_message(&(struct message){ .kind = MESSAGE_WATCH,
                                      .number = NUMBER_CELL | PROMISE,
                                      .secret = SECRET,
                                      .watcher = { .shard = 1, .number = 5, .await_count = 1 } });
    start();
    expect_to_work();
    stop();
    cr_assert_eq(count("SELECT count(*) FROM message"), 0, "the question is asked again for ever");
}
