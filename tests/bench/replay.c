/* What SQLite itself does with the same rows: every change that a node commits is recorded, and then done again by
 * plain prepared statements in the same transactions. This is the physical limit that the table's ratios refer to. */
#include "bench.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One recorded commit: its changes, and their bytes behind them. */
struct recorded {
    struct recorded *next;
    struct dsy_store *store; /* tells the shards apart; never followed */
    size_t change_count;
    struct dsy_change changes[];
};

static struct recorded *first_recorded, **last_recorded = &first_recorded;
static pthread_mutex_t recording_mutex = PTHREAD_MUTEX_INITIALIZER;

static struct dsy_slice *
change_slice(struct dsy_change *change)
{
    switch (change->kind) {
    case DSY_CHANGE_INSERT:
    case DSY_CHANGE_UPDATE:
    case DSY_CHANGE_UPDATE_BODY: return &change->as.row.body;
    case DSY_CHANGE_QUARANTINE: return &change->as.row.broken;
    case DSY_CHANGE_RESULT: return &change->as.result.outcome;
    case DSY_CHANGE_KEY: return &change->as.key.key;
    case DSY_CHANGE_MESSAGE_INSERT:
    case DSY_CHANGE_LINE_INSERT:
    case DSY_CHANGE_OUTBOX_INSERT: return &change->as.letter.body;
    case DSY_CHANGE_RETRY:
    case DSY_CHANGE_LINE_DELETE:
    case DSY_CHANGE_DELETE:
    case DSY_CHANGE_MESSAGE_DELETE:
    case DSY_CHANGE_OUTBOX_DELETE:
    case DSY_CHANGE_INBOX:
    case DSY_CHANGE_NUMBERS: return NULL;
    }
    return NULL;
}

static enum dsy_status
record_commit(struct dsy_store *store, const struct dsy_change *changes, size_t change_count, struct dsy_error *error)
{
    size_t size_bytes = sizeof(struct recorded) + change_count * sizeof *changes;
    for (size_t index = 0; index < change_count; index++) {
        struct dsy_change change = changes[index];
        struct dsy_slice *slice = change_slice(&change);
        size_bytes += slice == NULL ? 0 : slice->size_bytes;
    }
    struct recorded *recorded = malloc(size_bytes);
    bench_require(recorded != NULL, "memory for the recording", NULL);
    recorded->next = NULL;
    recorded->store = store;
    recorded->change_count = change_count;
    memcpy(recorded->changes, changes, change_count * sizeof *changes);
    uint8_t *bytes = (uint8_t *)&recorded->changes[change_count];
    for (size_t index = 0; index < change_count; index++) {
        struct dsy_slice *slice = change_slice(&recorded->changes[index]);
        if (slice == NULL || slice->size_bytes == 0)
            continue;
        memcpy(bytes, slice->data, slice->size_bytes);
        slice->data = bytes;
        bytes += slice->size_bytes;
    }
    pthread_mutex_lock(&recording_mutex);
    *last_recorded = recorded;
    last_recorded = &recorded->next;
    pthread_mutex_unlock(&recording_mutex);
    return dsy_store_sqlite.commit(store, changes, change_count, error);
}

const struct dsy_store_driver *
recording_driver(void)
{
    static struct dsy_store_driver driver;
    driver = dsy_store_sqlite;
    driver.commit = record_commit;
    return &driver;
}

void
recording_clear(void)
{
    while (first_recorded != NULL) {
        struct recorded *next = first_recorded->next;
        free(first_recorded);
        first_recorded = next;
    }
    last_recorded = &first_recorded;
}

/* ---- doing it again ---- */

enum statement {
    BEGIN,
    COMMIT,
    INSERT,
    UPDATE,
    UPDATE_BODY,
    DELETE,
    RESULT,
    KEY,
    LETTER,
    LETTER_DELETE,
    NUMBERS,
    STATEMENT_COUNT
};

static const char *const statement_texts[STATEMENT_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [INSERT] = "INSERT INTO invocation(number, secret, due_ns, active, body) VALUES(?1, ?2, ?3, ?4, ?5)",
    [UPDATE] = "UPDATE invocation SET due_ns = ?3, active = ?4, body = ?5 WHERE number = ?1",
    [UPDATE_BODY] = "UPDATE invocation SET body = ?5 WHERE number = ?1",
    [DELETE] = "DELETE FROM invocation WHERE number = ?1",
    [RESULT] = "INSERT INTO result(number, secret, completed_ns, outcome) VALUES(?1, ?2, ?3, ?5)",
    [KEY] = "INSERT INTO key(key, number) VALUES(?5, ?1)",
    [LETTER] = "INSERT INTO letter(number, peer, body) VALUES(?1, ?3, ?5)",
    [LETTER_DELETE] = "DELETE FROM letter WHERE number = ?1",
    [NUMBERS] = "UPDATE fact SET next_number = ?1",
};

static const char replay_schema[] =
    "PRAGMA journal_mode = WAL; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL;"
    "CREATE TABLE invocation(number INTEGER PRIMARY KEY, secret INTEGER, due_ns INTEGER, active INTEGER, body BLOB);"
    "CREATE INDEX due ON invocation(due_ns) WHERE due_ns IS NOT NULL;"
    "CREATE INDEX active ON invocation(number) WHERE active;"
    "CREATE TABLE result(number INTEGER PRIMARY KEY, secret INTEGER, completed_ns INTEGER, outcome BLOB);"
    "CREATE TABLE key(key BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID;"
    "CREATE TABLE letter(number INTEGER PRIMARY KEY, peer INTEGER, body BLOB);"
    "CREATE TABLE fact(next_number INTEGER); INSERT INTO fact VALUES(0);";

struct replay {
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENT_COUNT];
};

static void
require_sqlite(struct replay *replay, int code, const char *what)
{
    if (code == SQLITE_OK || code == SQLITE_DONE)
        return;
    fprintf(stderr, "bench: replay: %s: %s\n", what, sqlite3_errmsg(replay->database));
    exit(2);
}

static void
replay_run(struct replay *replay, enum statement statement)
{
    int code = sqlite3_step(replay->statements[statement]);
    require_sqlite(replay, code, statement_texts[statement]);
    sqlite3_reset(replay->statements[statement]);
}

static void
replay_row(struct replay *replay, enum statement statement, int64_t number, uint64_t secret, int64_t time_ns,
           bool is_active, struct dsy_slice body)
{
    sqlite3_stmt *prepared = replay->statements[statement];
    int count = sqlite3_bind_parameter_count(prepared);
    sqlite3_bind_int64(prepared, 1, number);
    if (count >= 2)
        sqlite3_bind_int64(prepared, 2, (sqlite3_int64)secret);
    if (count >= 3 && time_ns != DSY_NOT_DUE)
        sqlite3_bind_int64(prepared, 3, time_ns);
    else if (count >= 3)
        sqlite3_bind_null(prepared, 3);
    if (count >= 4)
        sqlite3_bind_int(prepared, 4, is_active);
    if (count >= 5)
        sqlite3_bind_blob64(prepared, 5, body.data, body.size_bytes, SQLITE_STATIC);
    replay_run(replay, statement);
}

static void
replay_change(struct replay *replay, const struct dsy_change *change)
{
    const struct dsy_invocation_row *row = &change->as.row;
    const struct dsy_slice none = { 0 };
    switch (change->kind) {
    case DSY_CHANGE_INSERT:
        replay_row(replay, INSERT, row->number, row->secret, row->due_ns, row->is_active, row->body);
        return;
    case DSY_CHANGE_UPDATE: replay_row(replay, UPDATE, row->number, 0, row->due_ns, row->is_active, row->body); return;
    case DSY_CHANGE_UPDATE_BODY: replay_row(replay, UPDATE_BODY, row->number, 0, DSY_NOT_DUE, false, row->body); return;
    case DSY_CHANGE_DELETE: replay_row(replay, DELETE, change->as.number, 0, 0, false, none); return;
    case DSY_CHANGE_RESULT:
        replay_row(replay, RESULT, change->as.result.number, change->as.result.secret, change->as.result.completed_ns,
                   false, change->as.result.outcome);
        return;
    case DSY_CHANGE_KEY: replay_row(replay, KEY, change->as.key.number, 0, 0, false, change->as.key.key); return;
    case DSY_CHANGE_MESSAGE_INSERT:
    case DSY_CHANGE_LINE_INSERT:
    case DSY_CHANGE_OUTBOX_INSERT:
        replay_row(replay, LETTER, change->as.letter.number, 0, change->as.letter.peer, false, change->as.letter.body);
        return;
    case DSY_CHANGE_MESSAGE_DELETE:
    case DSY_CHANGE_OUTBOX_DELETE:
        replay_row(replay, LETTER_DELETE, change->as.letter.number, 0, 0, false, none);
        return;
    case DSY_CHANGE_NUMBERS: replay_row(replay, NUMBERS, change->as.numbers.next, 0, 0, false, none); return;
    case DSY_CHANGE_RETRY:
    case DSY_CHANGE_LINE_DELETE:
    case DSY_CHANGE_INBOX:
    case DSY_CHANGE_QUARANTINE: replay_row(replay, NUMBERS, change->as.number, 0, 0, false, none); return;
    }
}

static void
replay_open(struct replay *replay, const char *directory, size_t shard)
{
    char path[256];
    snprintf(path, sizeof path, "%s/replay-%zu.db", directory, shard);
    require_sqlite(replay, sqlite3_open(path, &replay->database), path);
    require_sqlite(replay, sqlite3_exec(replay->database, replay_schema, NULL, NULL, NULL), "schema");
    for (size_t index = 0; index < STATEMENT_COUNT; index++)
        require_sqlite(replay,
                       sqlite3_prepare_v3(replay->database, statement_texts[index], -1, SQLITE_PREPARE_PERSISTENT,
                                          &replay->statements[index], NULL),
                       statement_texts[index]);
}

static void
replay_close(struct replay *replay)
{
    for (size_t index = 0; index < STATEMENT_COUNT; index++)
        sqlite3_finalize(replay->statements[index]);
    sqlite3_close(replay->database);
}

/* Replay the commits of one store. */
static void
replay_store(const char *directory, size_t shard, const struct dsy_store *store, struct replay_result *result)
{
    struct replay replay = { 0 };
    replay_open(&replay, directory, shard);
    int64_t begin_ns = bench_now_ns();
    for (const struct recorded *recorded = first_recorded; recorded != NULL; recorded = recorded->next) {
        if (recorded->store != store)
            continue;
        replay_run(&replay, BEGIN);
        for (size_t index = 0; index < recorded->change_count; index++)
            replay_change(&replay, &recorded->changes[index]);
        replay_run(&replay, COMMIT);
        result->commits++;
        result->rows += recorded->change_count;
    }
    result->seconds += (double)(bench_now_ns() - begin_ns) * 1e-9;
    replay_close(&replay);
}

struct replay_result
recording_replay(const char *directory)
{
    struct replay_result result = { 0 };
    const struct dsy_store *stores[64];
    size_t store_count = 0;
    for (const struct recorded *recorded = first_recorded; recorded != NULL; recorded = recorded->next) {
        size_t index = 0;
        while (index < store_count && stores[index] != recorded->store)
            index++;
        if (index == store_count && store_count < sizeof stores / sizeof *stores)
            stores[store_count++] = recorded->store;
    }
    for (size_t index = 0; index < store_count; index++)
        replay_store(directory, index, stores[index], &result);
    if (result.commits != 0)
        result.rows_each_commit = (double)result.rows / (double)result.commits;
    return result;
}
