/* Stores: every driver through the same table of functions; the SQLite one also closed, opened, damaged and newer. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "dsy/store.h"
#include "tests/support/calls.h"
#include "tests/support/hand_program.h"

static char directory[256];
static const uint8_t identity[16] = "0123456789abcde";
static const struct dsy_store_driver *const drivers[] = { &dsy_store_memory, &dsy_store_sqlite };

static void
set_up(void)
{
    hand_world_reset();
    store_directory_make(directory, sizeof directory);
}

static void
tear_down(void)
{
    store_directory_remove(directory);
}

TestSuite(store, .init = set_up, .fini = tear_down);

static enum dsy_status
try_open(const struct dsy_store_driver *driver, struct dsy_store **store, struct dsy_store_facts *facts,
         struct dsy_error *error)
{
    uint32_t shard_count = 1;
    enum dsy_status status = driver->prepare(directory, &shard_count, error);
    struct dsy_store_options options = {
        .directory = directory, .shard = 0, .shard_count = shard_count, .identity = identity
    };
    return status == DSY_OK ? driver->open(&options, store, facts, error) : status;
}

static struct dsy_store *
open_store(const struct dsy_store_driver *driver, struct dsy_store_facts *facts)
{
    struct dsy_store *store = NULL;
    struct dsy_error error = { 0 };
    cr_assert_eq(try_open(driver, &store, facts, &error), DSY_OK, "%s", error.text);
    return store;
}

static struct dsy_slice
slice(const char *text)
{
    return (struct dsy_slice){ .data = (const uint8_t *)text, .size_bytes = strlen(text) };
}

static struct dsy_change
insert(int64_t number, int64_t due_ns, bool is_active, const char *body)
{
    struct dsy_change change = { .kind = DSY_CHANGE_INSERT };
    change.as.row = (struct dsy_invocation_row){
        .number = number, .secret = UINT64_MAX, .due_ns = due_ns, .is_active = is_active, .body = slice(body)
    };
    return change;
}

static void
commit(const struct dsy_store_driver *driver, struct dsy_store *store, const struct dsy_change *changes, size_t count)
{
    struct dsy_error error = { 0 };
    cr_assert_eq(driver->commit(store, changes, count, &error), DSY_OK, "%s: %s", driver->name, error.text);
}

/* The numbers of a scan, as text. */
static char seen[256];

static bool
see_row(void *context, const struct dsy_invocation_row *row)
{
    (void)context;
    snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%lld ", (long long)row->number);
    return true;
}

static bool
see_letter(void *context, const struct dsy_letter_row *letter)
{
    (void)context;
    snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%u:%lld:%.*s ", letter->peer, (long long)letter->number,
             (int)letter->body.size_bytes, (const char *)letter->body.data);
    return true;
}

static bool
see_sender(void *context, const struct dsy_inbox_row *inbox)
{
    (void)context;
    snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%.3s:%lld ", (const char *)inbox->sender,
             (long long)inbox->number);
    return true;
}

static const char *
due(const struct dsy_store_driver *driver, struct dsy_store *store, int64_t after_due, int64_t after, int64_t until,
    uint32_t limit)
{
    seen[0] = '\0';
    cr_assert_eq(driver->due(store, after_due, after, until, limit, see_row, NULL, NULL), DSY_OK);
    return seen;
}

static const char *
active(const struct dsy_store_driver *driver, struct dsy_store *store, int64_t after, uint32_t limit)
{
    seen[0] = '\0';
    cr_assert_eq(driver->active(store, after, limit, see_row, NULL, NULL), DSY_OK);
    return seen;
}

static void
use_invocations(const struct dsy_store_driver *driver, struct dsy_store *store)
{
    struct dsy_change changes[] = { insert(1, 500, false, "one"), insert(2, DSY_NOT_DUE, true, "two"),
                                    insert(3, 300, false, "three"), insert(4, 300, false, "four"),
                                    insert(5, DSY_NOT_DUE, false, "five") };
    commit(driver, store, changes, 5);
    struct dsy_invocation_row row;
    cr_assert_eq(driver->load(store, 2, &row, NULL), DSY_OK);
    cr_assert_eq(row.secret, UINT64_MAX);
    cr_assert(row.is_active);
    cr_assert_eq(row.due_ns, DSY_NOT_DUE);
    cr_assert_arr_eq(row.body.data, "two", 3);
    cr_assert_null(row.broken.data);
    cr_assert_eq(driver->load(store, 9, &row, NULL), DSY_NOT_FOUND);
    cr_assert_str_eq(due(driver, store, INT64_MIN + 1, 0, 1000, 10), "3 4 1 ");
    cr_assert_str_eq(due(driver, store, INT64_MIN + 1, 0, 499, 10), "3 4 ");
    cr_assert_str_eq(due(driver, store, 300, 3, 1000, 1), "4 ", "after the cursor, and one only");
    cr_assert_str_eq(active(driver, store, 0, 10), "2 ");

    changes[0] = insert(1, DSY_NOT_DUE, true, "uno");
    changes[0].kind = DSY_CHANGE_UPDATE;
    changes[1] = insert(2, 7, false, "due");
    changes[1].kind = DSY_CHANGE_UPDATE_BODY;
    changes[2] = (struct dsy_change){ .kind = DSY_CHANGE_DELETE, .as.row.number = 3 };
    changes[3] =
        (struct dsy_change){ .kind = DSY_CHANGE_QUARANTINE, .as.row = { .number = 4, .broken = slice("why") } };
    commit(driver, store, changes, 4);
    cr_assert_str_eq(due(driver, store, INT64_MIN + 1, 0, INT64_MAX, 10), "", "1 is active, 3 gone, 4 broken");
    cr_assert_str_eq(active(driver, store, 0, 10), "1 2 ", "only the body of 2 was written");
    cr_assert_eq(driver->load(store, 2, &row, NULL), DSY_OK);
    cr_assert_arr_eq(row.body.data, "due", 3);
    cr_assert_eq(driver->load(store, 4, &row, NULL), DSY_OK);
    cr_assert_arr_eq(row.broken.data, "why", 3);
    cr_assert_arr_eq(row.body.data, "four", 4);
    seen[0] = '\0';
    cr_assert_eq(driver->list(store, 1, 2, see_row, NULL, NULL), DSY_OK);
    cr_assert_str_eq(seen, "2 4 ");
}

static void
use_letters(const struct dsy_store_driver *driver, struct dsy_store *store)
{
    struct dsy_change changes[8] = { 0 };
    for (int index = 0; index < 3; index++) {
        changes[index].kind = DSY_CHANGE_OUTBOX_INSERT;
        changes[index].as.letter =
            (struct dsy_letter_row){ .peer = 1, .number = index + 1, .body = slice(index == 2 ? "c" : "a") };
    }
    changes[3].kind = DSY_CHANGE_OUTBOX_INSERT;
    changes[3].as.letter = (struct dsy_letter_row){ .peer = 2, .number = 1, .body = slice("x") };
    changes[4].kind = DSY_CHANGE_MESSAGE_INSERT;
    changes[4].as.letter = (struct dsy_letter_row){ .number = 5, .body = slice("m") };
    changes[5].kind = DSY_CHANGE_INBOX;
    memcpy(changes[5].as.inbox.sender, "abc", 3);
    changes[5].as.inbox.number = 4;
    commit(driver, store, changes, 6);
    seen[0] = '\0';
    cr_assert_eq(driver->outbox(store, 1, 1, 10, see_letter, NULL, NULL), DSY_OK);
    cr_assert_str_eq(seen, "1:2:a 1:3:c ");
    changes[0].kind = DSY_CHANGE_OUTBOX_DELETE;
    changes[0].as.letter = (struct dsy_letter_row){ .peer = 1, .number = 3 };
    changes[5].as.inbox.number = 6;
    changes[1] = changes[5];
    commit(driver, store, changes, 2);
    seen[0] = '\0';
    cr_assert_eq(driver->receivers(store, see_letter, NULL, NULL), DSY_OK);
    cr_assert_str_eq(seen, "1:3:c 2:1:x ", "the last letter stays, to keep the count");
    seen[0] = '\0';
    cr_assert_eq(driver->senders(store, see_sender, NULL, NULL), DSY_OK);
    cr_assert_str_eq(seen, "abc:6 ");
    seen[0] = '\0';
    cr_assert_eq(driver->messages(store, 0, 10, see_letter, NULL, NULL), DSY_OK);
    cr_assert_str_eq(seen, "0:5:m ");
    changes[0] = (struct dsy_change){ .kind = DSY_CHANGE_MESSAGE_DELETE, .as.letter.number = 5 };
    commit(driver, store, changes, 1);
    seen[0] = '\0';
    cr_assert_eq(driver->messages(store, 0, 10, see_letter, NULL, NULL), DSY_OK);
    cr_assert_str_eq(seen, "");
}

static void
use_results(const struct dsy_store_driver *driver, struct dsy_store *store)
{
    struct dsy_change changes[6] = { 0 };
    for (int index = 0; index < 3; index++) {
        changes[2 * index].kind = DSY_CHANGE_RESULT;
        changes[2 * index].as.result = (struct dsy_result_row){ .number = 10 + index,
                                                                .secret = 9,
                                                                .completed_ns = index == 1 ? 900 : 100,
                                                                .outcome = slice("out"),
                                                                .key = slice(index == 0   ? "k0"
                                                                             : index == 1 ? "k1"
                                                                                          : "k2") };
        changes[2 * index + 1].kind = DSY_CHANGE_KEY;
        changes[2 * index + 1].as.key.key = changes[2 * index].as.result.key;
        changes[2 * index + 1].as.key.number = 10 + index;
        changes[2 * index + 1].as.key.secret = 9;
    }
    commit(driver, store, changes, 6);
    struct dsy_result_row result;
    struct dsy_key_row key;
    cr_assert_eq(driver->result(store, 10, &result, NULL), DSY_OK);
    cr_assert_eq(result.secret, 9u);
    cr_assert_arr_eq(result.outcome.data, "out", 3);
    cr_assert_eq(driver->result(store, 13, &result, NULL), DSY_NOT_FOUND);
    cr_assert_eq(driver->key(store, slice("k2"), &key, NULL), DSY_OK);
    cr_assert_eq(key.number, 12);
    cr_assert_eq(driver->key(store, slice("k3"), &key, NULL), DSY_NOT_FOUND);
    int64_t cursor = 0;
    int sweeps = 0;
    do {
        cr_assert_eq(driver->sweep(store, 500, 2, &cursor, NULL), DSY_OK);
        sweeps++;
    } while (cursor != 0 && sweeps < 10);
    cr_assert_lt(sweeps, 10);
    cr_assert_eq(driver->result(store, 10, &result, NULL), DSY_NOT_FOUND, "old");
    cr_assert_eq(driver->result(store, 11, &result, NULL), DSY_OK, "young");
    cr_assert_eq(driver->result(store, 12, &result, NULL), DSY_NOT_FOUND, "old");
    cr_assert_eq(driver->key(store, slice("k0"), &key, NULL), DSY_NOT_FOUND, "goes with its result");
    cr_assert_eq(driver->key(store, slice("k1"), &key, NULL), DSY_OK);
}

Test(store, every_driver_keeps_what_it_is_given)
{
    for (size_t index = 0; index < sizeof drivers / sizeof *drivers; index++) {
        struct dsy_store_facts facts;
        struct dsy_store *store = open_store(drivers[index], &facts);
        cr_assert_arr_eq(facts.identity, identity, 16);
        cr_assert_eq(facts.next_number, 1);
        use_invocations(drivers[index], store);
        use_letters(drivers[index], store);
        use_results(drivers[index], store);
        drivers[index]->close(store);
    }
}

/* ---- SQLite only ---- */

Test(store, a_closed_store_knows_itself_again)
{
    struct dsy_store_facts facts;
    struct dsy_store *store = open_store(&dsy_store_sqlite, &facts);
    cr_assert(facts.was_closed, "a new one");
    struct dsy_change changes[] = { insert(41, DSY_NOT_DUE, true, "x"),
                                    { .kind = DSY_CHANGE_NUMBERS, .as.numbers = { .next = 42, .unfinished = 1 } } };
    commit(&dsy_store_sqlite, store, changes, 2);
    dsy_store_sqlite.close(store);
    store = open_store(&dsy_store_sqlite, &facts);
    cr_assert(facts.was_closed);
    cr_assert_eq(facts.next_number, 42);
    cr_assert_eq(facts.unfinished, 1u);
    cr_assert_str_eq(active(&dsy_store_sqlite, store, 0, 10), "41 ");
    dsy_store_sqlite.close(store);
}

Test(store, a_commit_is_whole_or_not_at_all)
{
    struct dsy_store_facts facts;
    struct dsy_error error = { 0 };
    struct dsy_store *store = open_store(&dsy_store_sqlite, &facts);
    struct dsy_change changes[] = { insert(1, 5, false, "a"), insert(2, 5, false, "b"), insert(1, 5, false, "again") };
    cr_assert_neq(dsy_store_sqlite.commit(store, changes, 3, &error), DSY_OK);
    cr_assert_str_eq(due(&dsy_store_sqlite, store, INT64_MIN + 1, 0, 1000, 10), "");
    commit(&dsy_store_sqlite, store, changes, 2);
    cr_assert_str_eq(due(&dsy_store_sqlite, store, INT64_MIN + 1, 0, 1000, 10), "1 2 ", "and it works again");
    dsy_store_sqlite.close(store);
}

Test(store, a_row_that_has_vanished_is_not_overlooked)
{
    struct dsy_store_facts facts;
    struct dsy_store *store = open_store(&dsy_store_sqlite, &facts);
    struct dsy_change changes[] = { insert(1, 5, false, "a"), insert(9, 5, false, "b") };
    commit(&dsy_store_sqlite, store, changes, 1);
    static const enum dsy_change_kind kinds[] = { DSY_CHANGE_UPDATE, DSY_CHANGE_UPDATE_BODY, DSY_CHANGE_DELETE,
                                                  DSY_CHANGE_QUARANTINE };
    for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++) {
        struct dsy_error error = { 0 };
        changes[0] = insert(2, 5, false, "not saved either");
        changes[1].kind = kinds[index];
        cr_assert_eq(dsy_store_sqlite.commit(store, changes, 2, &error), DSY_CORRUPT, "kind %zu", index);
        cr_assert_neq(strstr(error.text, "the row of invocation 9 has vanished"), NULL, "%s", error.text);
        cr_assert_str_eq(due(&dsy_store_sqlite, store, INT64_MIN + 1, 0, 1000, 10), "1 ");
    }
    dsy_store_sqlite.close(store);
}

Test(store, a_quarantine_is_lifted_when_the_store_is_opened)
{
    struct dsy_store_facts facts;
    struct dsy_store *store = open_store(&dsy_store_sqlite, &facts);
    struct dsy_change changes[] = { insert(1, 5, false, "a"),
                                    insert(2, DSY_NOT_DUE, false, "b"),
                                    { .kind = DSY_CHANGE_QUARANTINE,
                                      .as.row = { .number = 1, .broken = slice("w") } } };
    changes[1].as.row.broken = slice("why");
    commit(&dsy_store_sqlite, store, changes, 3);
    cr_assert_str_eq(active(&dsy_store_sqlite, store, 0, 10), "");
    dsy_store_sqlite.close(store);
    store = open_store(&dsy_store_sqlite, &facts);
    cr_assert_str_eq(active(&dsy_store_sqlite, store, 0, 10), "1 2 ");
    struct dsy_invocation_row row;
    cr_assert_eq(dsy_store_sqlite.load(store, 2, &row, NULL), DSY_OK);
    cr_assert_null(row.broken.data);
    dsy_store_sqlite.close(store);
}

/* Update one row until the disk is full; no more than `most` times. */
static enum dsy_status
fill_log(struct dsy_store *store, int most)
{
    static char body[16001];
    struct dsy_error error;
    enum dsy_status status = DSY_OK;
    static int letter;
    for (int count = 0; status == DSY_OK && count < most; count++) {
        memset(body, 'a' + letter++ % 26, sizeof body - 1); /* what is the same is not written */
        struct dsy_change change = insert(1, 5, false, body);
        change.kind = DSY_CHANGE_UPDATE_BODY;
        status = dsy_store_sqlite.commit(store, &change, 1, &error);
    }
    return status;
}

/* The log is smaller here than the size at which it is emptied by itself. */
Test(store, a_full_disk_is_overcome_when_there_is_room_again)
{
    char path[300];
    if (mount("tmpfs", directory, "tmpfs", 0, "size=3m") != 0)
        cr_skip_test("needs the right to mount: %s", strerror(errno));
    struct dsy_store_facts facts;
    struct dsy_store *store = open_store(&dsy_store_sqlite, &facts);
    struct dsy_change change = insert(1, 5, false, "a");
    commit(&dsy_store_sqlite, store, &change, 1);
    snprintf(path, sizeof path, "%s/another", directory);
    FILE *another = fopen(path, "w");
    static const char octets[200000];
    cr_assert_eq(fwrite(octets, 1, sizeof octets, another), sizeof octets);
    fclose(another);
    enum dsy_status full = fill_log(store, 1000);
    enum dsy_status still_full = fill_log(store, 2);
    unlink(path);
    /* As many as would fill the room that was made several times over. */
    enum dsy_status after = fill_log(store, 100);
    dsy_store_sqlite.close(store);
    umount(directory);
    cr_assert_eq(full, DSY_NO_SPACE, "%s", dsy_status_text(full));
    cr_assert_eq(still_full, DSY_NO_SPACE, "%s", dsy_status_text(still_full));
    cr_assert_eq(after, DSY_OK, "%s", dsy_status_text(after));
}

static void
database_path(char *path, size_t path_bytes)
{
    snprintf(path, path_bytes, "%s/shard-000.db", directory);
}

static void
execute(const char *sql)
{
    char path[300];
    sqlite3 *connection = NULL;
    char *message = NULL;
    database_path(path, sizeof path);
    cr_assert_eq(sqlite3_open(path, &connection), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(connection, sql, NULL, NULL, &message), SQLITE_OK, "%s", message);
    sqlite3_close(connection);
}

Test(store, what_a_newer_version_wrote_is_refused)
{
    struct dsy_store_facts facts;
    struct dsy_error error = { 0 };
    struct dsy_store *store = open_store(&dsy_store_sqlite, &facts);
    dsy_store_sqlite.close(store);
    execute("PRAGMA user_version = 3");
    cr_assert_eq(try_open(&dsy_store_sqlite, &store, &facts, &error), DSY_NEWER);
    cr_assert_neq(strstr(error.text, "newer version (schema 3"), NULL, "%s", error.text);
}

Test(store, a_database_that_was_lost_is_not_taken_for_a_new_one)
{
    char path[300];
    struct dsy_store_facts facts;
    struct dsy_error error = { 0 };
    struct dsy_store *store = open_store(&dsy_store_sqlite, &facts);
    dsy_store_sqlite.close(store);
    database_path(path, sizeof path);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(try_open(&dsy_store_sqlite, &store, &facts, &error), DSY_CORRUPT);
    cr_assert_neq(strstr(error.text, "shard-000.db is missing"), NULL, "%s", error.text);
}

Test(store, a_foreign_database_is_refused)
{
    struct dsy_store_facts facts;
    struct dsy_error error = { 0 };
    struct dsy_store *store = NULL;
    execute("CREATE TABLE customers (id INTEGER)");
    cr_assert_eq(try_open(&dsy_store_sqlite, &store, &facts, &error), DSY_CORRUPT);
    cr_assert_neq(strstr(error.text, "not a Dsy store"), NULL, "%s", error.text);
}

Test(store, a_file_that_is_no_database_is_refused)
{
    char path[300];
    struct dsy_store_facts facts;
    struct dsy_error error = { 0 };
    struct dsy_store *store = NULL;
    database_path(path, sizeof path);
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    for (int index = 0; index < 1000; index++)
        cr_assert_eq(write(file, "no database ", 12), 12);
    close(file);
    cr_assert_eq(try_open(&dsy_store_sqlite, &store, &facts, &error), DSY_CORRUPT, "%s", error.text);
}

Test(store, a_damaged_marker_is_refused)
{
    char path[300];
    uint32_t shard_count = 1;
    struct dsy_error error = { 0 };
    snprintf(path, sizeof path, "%s/dsy-store", directory);
    FILE *file = fopen(path, "w");
    fputs("something else\n", file);
    fclose(file);
    cr_assert_eq(dsy_store_sqlite.prepare(directory, &shard_count, &error), DSY_CORRUPT);
    file = fopen(path, "w");
    fputs("dsy store 9\nshards 1\n", file);
    fclose(file);
    cr_assert_eq(dsy_store_sqlite.prepare(directory, &shard_count, &error), DSY_NEWER);
}

/* ---- damaged rows under a node ---- */

static struct dsy_node *
start_node(void)
{
    struct dsy_error error = { 0 };
    struct dsy_node *node = NULL;
    struct dsy_node_options options = {
        .program = &hand_program, .driver = &dsy_store_sqlite, .directory = directory, .shard_count = 1
    };
    cr_assert_eq(dsy_node_create(&options, &node, &error), DSY_OK, "%s", error.text);
    cr_assert_eq(dsy_node_start(node, &error), DSY_OK, "%s", error.text);
    return node;
}

/* Rows of sleepers, one of each damaged in another way; the others must end, the damaged ones be shown. */
static const char *const damages[] = {
    "UPDATE invocation SET body = x'' WHERE number = 1",
    "UPDATE invocation SET body = substr(body, 1, 20) WHERE number = 2",
    "UPDATE invocation SET body = zeroblob(64) WHERE number = 3",
    "UPDATE invocation SET body = CAST(body || x'00' AS BLOB) WHERE number = 4",
    "UPDATE invocation SET body = CAST('text' AS TEXT) WHERE number = 5",
    "UPDATE invocation SET body = 12345 WHERE number = 6",
    "UPDATE invocation SET body = x'01ffffffff00000000' WHERE number = 7",
    "UPDATE invocation SET body = CAST(substr(body, 1, 30) || x'ff' || substr(body, 32) AS BLOB) WHERE number = 8",
};

enum { DAMAGED = sizeof damages / sizeof *damages, SLEEPERS = DAMAGED + 4 };

static void
check_shown(struct dsy_node *node, dsy_uuid id, int index)
{
    struct call shown;
    call_init(&shown, node);
    cr_assert_eq(call_show(&shown, node, id), DSY_OK);
    cr_assert(call_wait_completed(&shown));
    cr_assert_neq(strstr(shown.json, "\"state\":\"quarantined\""), NULL, "row %d: %s", index, shown.json);
    cr_assert_neq(strstr(shown.json, "\"reason\":\"its row"), NULL, "row %d: %s", index, shown.json);
    call_destroy(&shown);
}

Test(store, a_damaged_row_puts_only_its_invocation_into_quarantine)
{
    struct call calls[SLEEPERS];
    struct dsy_node *node = start_node();
    for (int index = 0; index < SLEEPERS; index++) {
        call_init(&calls[index], node);
        cr_assert_eq(call_submit(&calls[index], node, "nap", "{\"n\": 400000000, \"text\": \"some text\"}", NULL),
                     DSY_OK);
        cr_assert(call_wait_accepted(&calls[index]));
    }
    dsy_node_drain(node, 0);
    dsy_node_destroy(node);
    for (int index = 0; index < DAMAGED; index++)
        execute(damages[index]);
    node = start_node();
    for (int index = DAMAGED; index < SLEEPERS; index++) {
        struct call later;
        call_init(&later, node);
        cr_assert_eq(call_attach(&later, node, calls[index].id), DSY_OK);
        cr_assert(call_wait_completed(&later));
        cr_assert_str_eq(later.json, "400000000", "row %d", index + 1);
        call_destroy(&later);
    }
    struct dsy_statistics numbers;
    for (int waited = 0; waited < 1000; waited++) {
        dsy_node_statistics(node, &numbers);
        if (numbers.invocations_quarantined == DAMAGED)
            break;
        usleep(5000);
    }
    for (int index = 0; index < DAMAGED; index++)
        check_shown(node, calls[index].id, index + 1);
    dsy_node_drain(node, 0);
    dsy_node_destroy(node);
    for (int index = 0; index < SLEEPERS; index++)
        call_destroy(&calls[index]);
}
