/* Store driver: one SQLite database for each shard, DIRECTORY/shard-000.db.
 *
 * Relies on dsy/store.h and SQLite only. A connection belongs to its shard's store thread, so SQLite's own mutexes are
 * off. It is the only connection to its file (locking_mode=EXCLUSIVE): it also checkpoints, needs no shared memory
 * file, and a second process gets DSY_BUSY. WAL with synchronous=FULL: a commit is one fdatasync of the log.
 *
 * DIRECTORY/dsy-store is a text file that settles the number of shards:
 *     dsy store 1
 *     shards 4
 * Empty databases are made before it, so that one which is missing beside it was lost, and is not taken for a new one.
 *
 * How a commit is built from changes stands in sqlite_commit.c; reading in sqlite_read.c. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/store/schema.sql.h"
#include "runtime/store/sqlite_store.h"

enum { APPLICATION_ID = 0x44737931 }; /* "Dsy1": tells our files from other databases */

/* Measured with 256 callers and with one: pages of 4 KiB write 115 and 6,100 octets for each transition, pages of 16
 * KiB 270 and 24,000; 2 KiB save little, and hold long rows badly. How seldom the log is checkpointed makes no
 * difference there, from 1,000 to 16,000 pages; 4,000 keep it at 16 MiB and the syncs of the database file rare. */
#define CONNECTION_PRAGMAS                \
    "PRAGMA locking_mode=EXCLUSIVE;"      \
    "PRAGMA page_size=4096;"              \
    "PRAGMA journal_mode=WAL;"            \
    "PRAGMA synchronous=FULL;"            \
    "PRAGMA wal_autocheckpoint=4000;"     \
    "PRAGMA journal_size_limit=67108864;" \
    "PRAGMA cache_size=-16384;"           \
    "PRAGMA temp_store=MEMORY;"           \
    "PRAGMA cell_size_check=ON;"          \
    "PRAGMA trusted_schema=OFF;"

/* A quarantine ends with the process that imposed it: the next one may be another program, or this one mended. But one
 * that is held, because of what its step did to processes, stays. */
#define TAKE                                                                  \
    "BEGIN IMMEDIATE;"                                                        \
    "UPDATE shard SET is_closed = 0;"                                         \
    "UPDATE invocation SET is_active = 1, broken = NULL WHERE is_active = 2;" \
    "COMMIT"

static const char *const statement_texts[DSY_SQLITE_STATEMENT_COUNT] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_INSERT] = "INSERT INTO invocation (number, secret, due_ns, is_active, broken, body)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [STATEMENT_UPDATE] = "UPDATE invocation SET due_ns = ?2, is_active = ?3, body = ?4 WHERE number = ?1",
    [STATEMENT_UPDATE_BODY] = "UPDATE invocation SET body = ?2 WHERE number = ?1",
    [STATEMENT_DELETE] = "DELETE FROM invocation WHERE number = ?1",
    [STATEMENT_QUARANTINE] = "UPDATE invocation SET due_ns = NULL, is_active = ?3, broken = ?2 WHERE number = ?1",
    [STATEMENT_RETRY] = "UPDATE invocation SET is_active = 1, broken = NULL WHERE number = ?1 AND is_active IN (2, 3)",
    [STATEMENT_RESULT_INSERT] = "INSERT INTO result (number, secret, completed_ns, key, outcome)"
                                " VALUES (?1, ?2, ?3, ?4, ?5)",
    [STATEMENT_KEY_INSERT] = "INSERT INTO idempotency (key, number, secret) VALUES (?1, ?2, ?3)",
    [STATEMENT_MESSAGE_INSERT] = "INSERT INTO message (number, body) VALUES (?1, ?2)",
    [STATEMENT_MESSAGE_DELETE] = "DELETE FROM message WHERE number = ?1",
    [STATEMENT_OUTBOX_INSERT] = "INSERT INTO outbox (receiver, number, body) VALUES (?1, ?2, ?3)",
    [STATEMENT_OUTBOX_DELETE] = "DELETE FROM outbox WHERE receiver = ?1 AND number <= ?2"
                                " AND number < (SELECT max(number) FROM outbox WHERE receiver = ?1)",
    [STATEMENT_INBOX] = "INSERT INTO inbox (sender, number) VALUES (?1, ?2)"
                        " ON CONFLICT (sender) DO UPDATE SET number = excluded.number",
    [STATEMENT_SHARD_UPDATE] = "UPDATE shard SET next_number = max(next_number, ?1), unfinished = unfinished + ?2"
                               " WHERE id = 1",
    [STATEMENT_LOAD] = "SELECT number, secret, due_ns, is_active, broken, body FROM invocation WHERE number = ?1",
    [STATEMENT_DUE] = "SELECT number, secret, due_ns, is_active, broken, body FROM invocation"
                      " WHERE due_ns IS NOT NULL AND due_ns <= ?3 AND (due_ns, number) > (?1, ?2)"
                      " ORDER BY due_ns, number LIMIT ?4",
    [STATEMENT_ACTIVE] = "SELECT number, secret, due_ns, is_active, broken, body FROM invocation"
                         " WHERE is_active = 1 AND number > ?1 ORDER BY number LIMIT ?2",
    [STATEMENT_LIST] = "SELECT number, secret, due_ns, is_active, broken, body FROM invocation"
                       " WHERE number > ?1 ORDER BY number LIMIT ?2",
    [STATEMENT_MESSAGES] = "SELECT 0, number, body FROM message WHERE number > ?1 ORDER BY number LIMIT ?2",
    [STATEMENT_OUTBOX] = "SELECT receiver, number, body FROM outbox WHERE receiver = ?3 AND number > ?1"
                         " ORDER BY number LIMIT ?2",
    [STATEMENT_RECEIVERS] = "SELECT receiver, max(number), body FROM outbox GROUP BY receiver",
    [STATEMENT_SENDERS] = "SELECT sender, number FROM inbox",
    [STATEMENT_LINE_INSERT] = "INSERT INTO line (number, body) VALUES (?1, ?2)",
    [STATEMENT_LINE_DELETE] = "DELETE FROM line WHERE number <= ?1",
    [STATEMENT_LINES] = "SELECT 0, number, body FROM line WHERE number > ?1 ORDER BY number LIMIT ?2",
    [STATEMENT_RESULT] = "SELECT number, secret, completed_ns, key, outcome FROM result WHERE number = ?1",
    [STATEMENT_KEY] = "SELECT number, secret FROM idempotency WHERE key = ?1",
    [STATEMENT_SWEEP] = "SELECT number, completed_ns, key FROM result WHERE number > ?1 ORDER BY number LIMIT ?2",
    [STATEMENT_RESULT_DELETE] = "DELETE FROM result WHERE number = ?1",
    [STATEMENT_KEY_DELETE] = "DELETE FROM idempotency WHERE key = ?1",
};

enum dsy_status
dsy_sqlite_failure(struct dsy_store *store, struct dsy_error *error, const char *attempt)
{
    int code = sqlite3_extended_errcode(store->connection);
    enum dsy_status status = DSY_FAILED;
    switch (code & 0xff) {
    case SQLITE_NOMEM: status = DSY_NO_MEMORY; break;
    case SQLITE_FULL: status = DSY_NO_SPACE; break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: status = DSY_BUSY; break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: status = DSY_CORRUPT; break;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM: status = DSY_INPUT_OUTPUT; break;
    default: break;
    }
    if (status == DSY_BUSY)
        return dsy_error_set(error, status, "cannot %s %s: another process has it open", attempt, store->path);
    return dsy_error_set(error, status, "cannot %s %s: %s (SQLite error %d)", attempt, store->path,
                         sqlite3_errmsg(store->connection), code);
}

static enum dsy_status
execute(struct dsy_store *store, const char *sql, struct dsy_error *error, const char *attempt)
{
    if (sqlite3_exec(store->connection, sql, NULL, NULL, NULL) != SQLITE_OK)
        return dsy_sqlite_failure(store, error, attempt);
    return DSY_OK;
}

/* The integer that a PRAGMA or SELECT without parameters gives. */
static enum dsy_status
query_integer(struct dsy_store *store, const char *sql, int64_t *value, struct dsy_error *error)
{
    sqlite3_stmt *statement = NULL;
    enum dsy_status status = DSY_OK;
    if (sqlite3_prepare_v2(store->connection, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        status = dsy_sqlite_failure(store, error, "read");
    else
        *value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

/* ---- the directory ---- */

static enum dsy_status
make_directory(const char *directory, struct dsy_error *error)
{
    char path[DSY_SQLITE_PATH_BYTES_MAX];
    int length = snprintf(path, sizeof path, "%s", directory);
    if (length <= 0 || (size_t)length >= sizeof path)
        return dsy_error_set(error, DSY_INVALID, "the store directory's name is empty or too long");
    for (char *end = path + 1; end <= path + length; end++) {
        if (*end != '/' && *end != '\0')
            continue;
        char kept = *end;
        *end = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return dsy_error_set(error, errno == ENOSPC ? DSY_NO_SPACE : DSY_INPUT_OUTPUT,
                                 "cannot make the store directory %s: %s", path, strerror(errno));
        *end = kept;
    }
    return DSY_OK;
}

static enum dsy_status
read_marker(const char *path, uint32_t *shard_count, struct dsy_error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return errno == ENOENT ? DSY_NOT_FOUND
                               : dsy_error_set(error, DSY_INPUT_OUTPUT, "cannot read %s: %s", path, strerror(errno));
    unsigned version = 0, count = 0;
    int fields = fscanf(file, "dsy store %u\nshards %u\n", &version, &count);
    fclose(file);
    if (fields >= 1 && version > DSY_STORE_SCHEMA_VERSION)
        return dsy_error_set(error, DSY_NEWER, "%s was written by a newer version (store %u; this one knows %d)", path,
                             version, DSY_STORE_SCHEMA_VERSION);
    if (fields != 2 || count == 0)
        return dsy_error_set(error, DSY_CORRUPT, "%s is damaged; expected two lines, \"dsy store 1\" and \"shards N\"",
                             path);
    *shard_count = count;
    return DSY_OK;
}

static bool
database_path(char path[DSY_SQLITE_PATH_BYTES_MAX], const char *directory, uint32_t shard)
{
    int length = snprintf(path, DSY_SQLITE_PATH_BYTES_MAX, "%s/shard-%03" PRIu32 ".db", directory, shard);
    return length > 0 && length < DSY_SQLITE_PATH_BYTES_MAX;
}

static enum dsy_status
make_databases(const char *directory, uint32_t shard_count, struct dsy_error *error)
{
    char path[DSY_SQLITE_PATH_BYTES_MAX];
    for (uint32_t shard = 0; shard < shard_count; shard++) {
        if (!database_path(path, directory, shard))
            return dsy_error_set(error, DSY_INVALID, "the store directory's name is too long");
        int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0)
            return dsy_error_set(error, errno == ENOSPC ? DSY_NO_SPACE : DSY_INPUT_OUTPUT, "cannot make %s: %s", path,
                                 strerror(errno));
        close(file);
    }
    return DSY_OK;
}

/* Written under another name, synced and renamed, so that it is there whole or not at all. */
static enum dsy_status
write_marker(const char *directory, const char *path, uint32_t shard_count, struct dsy_error *error)
{
    char new_path[DSY_SQLITE_PATH_BYTES_MAX + 8];
    char text[64];
    snprintf(new_path, sizeof new_path, "%s.new", path);
    int size = snprintf(text, sizeof text, "dsy store %d\nshards %" PRIu32 "\n", DSY_STORE_SCHEMA_VERSION, shard_count);
    int file = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool done = file >= 0 && write(file, text, (size_t)size) == size && fsync(file) == 0;
    int cause = errno;
    if (file >= 0 && close(file) != 0)
        done = false;
    if (done && rename(new_path, path) != 0) {
        cause = errno;
        done = false;
    }
    if (!done)
        return dsy_error_set(error, cause == ENOSPC ? DSY_NO_SPACE : DSY_INPUT_OUTPUT, "cannot write %s: %s", path,
                             strerror(cause));
    /* Without it the name may be lost with the power; but then the databases are as well, or it is made again. */
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        (void)fsync(folder);
        close(folder);
    }
    return DSY_OK;
}

static enum dsy_status
sqlite_prepare(const char *directory, uint32_t *shard_count, struct dsy_error *error)
{
    char path[DSY_SQLITE_PATH_BYTES_MAX];
    enum dsy_status status = make_directory(directory, error);
    if (status != DSY_OK)
        return status;
    int length = snprintf(path, sizeof path, "%s/dsy-store", directory);
    if (length <= 0 || (size_t)length >= sizeof path)
        return dsy_error_set(error, DSY_INVALID, "the store directory's name is too long");
    status = read_marker(path, shard_count, error);
    if (status != DSY_NOT_FOUND)
        return status;
    status = make_databases(directory, *shard_count, error);
    return status == DSY_OK ? write_marker(directory, path, *shard_count, error) : status;
}

/* ---- opening and closing ---- */

/* A file without our tables becomes a store; one transaction, so that a crash leaves an empty file. */
static enum dsy_status
create_schema(struct dsy_store *store, const struct dsy_store_options *options, struct dsy_error *error)
{
    char head[128];
    snprintf(head, sizeof head, "BEGIN IMMEDIATE; PRAGMA application_id=%d; PRAGMA user_version=%d;", APPLICATION_ID,
             DSY_STORE_SCHEMA_VERSION);
    enum dsy_status status = execute(store, head, error, "make");
    if (status == DSY_OK)
        status = execute(store, schema_sql, error, "make the tables of");
    if (status != DSY_OK)
        return status;
    sqlite3_stmt *statement = NULL;
    bool done = sqlite3_prepare_v2(store->connection,
                                   "INSERT INTO shard (id, identity, shard, shard_count, next_number, unfinished,"
                                   " is_closed) VALUES (1, ?1, ?2, ?3, 1, 0, 1)",
                                   -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_bind_blob(statement, 1, options->identity, 16, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_bind_int64(statement, 2, options->shard) == SQLITE_OK &&
                sqlite3_bind_int64(statement, 3, options->shard_count) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_DONE;
    if (!done)
        status = dsy_sqlite_failure(store, error, "describe");
    sqlite3_finalize(statement);
    return status == DSY_OK ? execute(store, "COMMIT", error, "make") : status;
}

static enum dsy_status
check_schema(struct dsy_store *store, const struct dsy_store_options *options, struct dsy_error *error)
{
    int64_t version = 0, application = 0, tables = 0;
    enum dsy_status status = query_integer(store, "PRAGMA user_version", &version, error);
    if (status == DSY_OK)
        status = query_integer(store, "PRAGMA application_id", &application, error);
    if (status == DSY_OK)
        status = query_integer(store, "SELECT count(*) FROM sqlite_schema", &tables, error);
    if (status != DSY_OK)
        return status;
    if (version == 0 && application == 0 && tables == 0)
        return create_schema(store, options, error);
    if (application != APPLICATION_ID)
        return dsy_error_set(error, DSY_CORRUPT, "%s is a database, but not a Dsy store", store->path);
    if (version > DSY_STORE_SCHEMA_VERSION)
        return dsy_error_set(error, DSY_NEWER,
                             "%s was written by a newer version (schema %" PRId64 "; this one knows %d)", store->path,
                             version, DSY_STORE_SCHEMA_VERSION);
    if (version < DSY_STORE_SCHEMA_VERSION)
        return dsy_error_set(error, DSY_INVALID,
                             "%s was written by an older version (schema %" PRId64
                             "), before there were tasks; this one knows schema %d: let its invocations end with "
                             "that version, and begin with a new directory",
                             store->path, version, DSY_STORE_SCHEMA_VERSION);
    return DSY_OK;
}

static enum dsy_status
read_facts(struct dsy_store *store, const struct dsy_store_options *options, struct dsy_store_facts *facts,
           struct dsy_error *error)
{
    sqlite3_stmt *statement = NULL;
    enum dsy_status status = DSY_OK;
    if (sqlite3_prepare_v2(store->connection,
                           "SELECT identity, shard, shard_count, next_number, is_closed, unfinished FROM shard", -1,
                           &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        status = dsy_sqlite_failure(store, error, "read");
    } else {
        const void *identity = sqlite3_column_blob(statement, 0);
        bool has_identity = identity != NULL && sqlite3_column_bytes(statement, 0) == 16;
        if (has_identity)
            memcpy(facts->identity, identity, 16);
        facts->shard = (uint32_t)sqlite3_column_int64(statement, 1);
        facts->shard_count = (uint32_t)sqlite3_column_int64(statement, 2);
        facts->next_number = sqlite3_column_int64(statement, 3);
        facts->was_closed = sqlite3_column_int64(statement, 4) == 1;
        facts->unfinished = (uint64_t)sqlite3_column_int64(statement, 5);
        if (!has_identity || facts->next_number < 1)
            status = dsy_error_set(error, DSY_CORRUPT, "%s has no valid description of itself", store->path);
        else if (facts->shard != options->shard || facts->shard_count != options->shard_count)
            status = dsy_error_set(error, DSY_CORRUPT,
                                   "%s is shard %" PRIu32 " of %" PRIu32 ", not %" PRIu32 " of %" PRIu32
                                   "; was it moved from another directory?",
                                   store->path, facts->shard, facts->shard_count, options->shard, options->shard_count);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum dsy_status
prepare_statements(struct dsy_store *store, struct dsy_error *error)
{
    for (size_t index = 0; index < DSY_SQLITE_STATEMENT_COUNT; index++)
        if (sqlite3_prepare_v3(store->connection, statement_texts[index], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[index], NULL) != SQLITE_OK)
            return dsy_sqlite_failure(store, error, "use the tables of");
    return DSY_OK;
}

static void
release(struct dsy_store *store)
{
    for (size_t index = 0; index < DSY_SQLITE_STATEMENT_COUNT; index++)
        sqlite3_finalize(store->statements[index]);
    sqlite3_close(store->connection);
    free(store);
}

static enum dsy_status
sqlite_open(const struct dsy_store_options *options, struct dsy_store **opened, struct dsy_store_facts *facts,
            struct dsy_error *error)
{
    struct dsy_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return dsy_error_set(error, DSY_NO_MEMORY, "cannot open the store: memory ran out");
    enum dsy_status status = DSY_OK;
    if (!database_path(store->path, options->directory, options->shard))
        status = dsy_error_set(error, DSY_INVALID, "the store directory's name is too long");
    else if (access(store->path, F_OK) != 0)
        status = dsy_error_set(error, DSY_CORRUPT, "%s is missing, and with it a part of the store; bring it back",
                               store->path);
    else if (sqlite3_open_v2(store->path, &store->connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
             SQLITE_OK)
        status = dsy_sqlite_failure(store, error, "open");
    if (status == DSY_OK)
        status = execute(store, CONNECTION_PRAGMAS, error, "open");
    if (status == DSY_OK)
        status = check_schema(store, options, error);
    if (status == DSY_OK)
        status = read_facts(store, options, facts, error);
    if (status == DSY_OK)
        status = prepare_statements(store, error);
    if (status == DSY_OK)
        status = execute(store, TAKE, error, "take");
    if (status != DSY_OK) {
        release(store);
        return status;
    }
    *opened = store;
    return DSY_OK;
}

/* A failure here costs only a careful start: the rows are in the log already. */
static void
sqlite_close(struct dsy_store *store)
{
    sqlite3_exec(store->connection, "UPDATE shard SET is_closed = 1", NULL, NULL, NULL);
    sqlite3_exec(store->connection, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    release(store);
}

const struct dsy_store_driver dsy_store_sqlite = {
    .name = "sqlite",
    .has_directory = true,
    .prepare = sqlite_prepare,
    .open = sqlite_open,
    .close = sqlite_close,
    .commit = dsy_sqlite_commit,
    .load = dsy_sqlite_load,
    .due = dsy_sqlite_due,
    .active = dsy_sqlite_active,
    .list = dsy_sqlite_list,
    .messages = dsy_sqlite_messages,
    .lines = dsy_sqlite_lines,
    .last_line = dsy_sqlite_last_line,
    .outbox = dsy_sqlite_outbox,
    .receivers = dsy_sqlite_receivers,
    .senders = dsy_sqlite_senders,
    .result = dsy_sqlite_result,
    .key = dsy_sqlite_key,
    .sweep = dsy_sqlite_sweep,
};
