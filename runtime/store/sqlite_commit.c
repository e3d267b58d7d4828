/* SQLite store: one commit, changes in order, all or none; and the sweep of old results. */
#include <inttypes.h>

#include "runtime/store/sqlite_store.h"

/* A blob parameter; none is NULL, an empty one is an empty blob. */
static int
bind_slice(sqlite3_stmt *statement, int index, struct dsy_slice slice)
{
    if (slice.data == NULL)
        return sqlite3_bind_null(statement, index);
    return sqlite3_bind_blob64(statement, index, slice.data, slice.size_bytes, SQLITE_STATIC);
}

static int
bind_due(sqlite3_stmt *statement, int index, int64_t due_ns)
{
    return due_ns == DSY_NOT_DUE ? sqlite3_bind_null(statement, index) : sqlite3_bind_int64(statement, index, due_ns);
}

static int
bind_active(sqlite3_stmt *statement, int index, bool is_active)
{
    return is_active ? sqlite3_bind_int(statement, index, 1) : sqlite3_bind_null(statement, index);
}

static int
bind_text(sqlite3_stmt *statement, int index, struct dsy_slice slice)
{
    if (slice.data == NULL)
        return sqlite3_bind_null(statement, index);
    return sqlite3_bind_text64(statement, index, (const char *)slice.data, slice.size_bytes, SQLITE_STATIC,
                               SQLITE_UTF8);
}

/* Execute a statement whose parameters are bound. */
static bool
run(sqlite3_stmt *statement, int bound)
{
    int code = bound == SQLITE_OK ? sqlite3_step(statement) : bound;
    int reset = sqlite3_reset(statement);
    return code == SQLITE_DONE && reset == SQLITE_OK;
}

static bool
insert_row(struct dsy_store *store, const struct dsy_invocation_row *row)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_INSERT];
    int bound = sqlite3_bind_int64(statement, 1, row->number);
    bound |= sqlite3_bind_int64(statement, 2, (sqlite3_int64)row->secret);
    bound |= bind_due(statement, 3, row->due_ns);
    bound |= row->broken.data != NULL ? sqlite3_bind_int(statement, 4, row->is_held ? 3 : 2)
                                      : bind_active(statement, 4, row->is_active);
    bound |= bind_text(statement, 5, row->broken);
    bound |= bind_slice(statement, 6, row->body);
    return run(statement, bound);
}

static bool
update_row(struct dsy_store *store, const struct dsy_invocation_row *row)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_UPDATE];
    int bound = sqlite3_bind_int64(statement, 1, row->number);
    bound |= bind_due(statement, 2, row->due_ns);
    bound |= bind_active(statement, 3, row->is_active);
    bound |= bind_slice(statement, 4, row->body);
    return run(statement, bound);
}

/* Apart from update_row, because a column that is set makes SQLite write its index anew, changed or not. */
static bool
update_body(struct dsy_store *store, const struct dsy_invocation_row *row)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_UPDATE_BODY];
    int bound = sqlite3_bind_int64(statement, 1, row->number);
    bound |= bind_slice(statement, 2, row->body);
    return run(statement, bound);
}

static bool
quarantine_row(struct dsy_store *store, const struct dsy_invocation_row *row)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_QUARANTINE];
    int bound = sqlite3_bind_int64(statement, 1, row->number);
    bound |= bind_text(statement, 2, row->broken);
    bound |= sqlite3_bind_int(statement, 3, row->is_held ? 3 : 2);
    return run(statement, bound);
}

/* What the changes add up to in the one row of the table `shard`. */
struct totals {
    int64_t next_number;
    int64_t unfinished;
    int64_t vanished; /* number of a row that is missing; 0: none is */
};

/* Whether the change of an invocation's row found it. One that has vanished was in the cache or in the store before. */
static bool
has_changed(struct dsy_store *store, const struct dsy_change *change, struct totals *totals, bool done)
{
    if (done && sqlite3_changes(store->connection) == 0)
        totals->vanished = change->as.row.number;
    return done && totals->vanished == 0;
}

static bool
write_number(struct dsy_store *store, enum sqlite_statement kind, int64_t number)
{
    sqlite3_stmt *statement = store->statements[kind];
    return run(statement, sqlite3_bind_int64(statement, 1, number));
}

static bool
write_result(struct dsy_store *store, const struct dsy_result_row *result)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_RESULT_INSERT];
    int bound = sqlite3_bind_int64(statement, 1, result->number);
    bound |= sqlite3_bind_int64(statement, 2, (sqlite3_int64)result->secret);
    bound |= sqlite3_bind_int64(statement, 3, result->completed_ns);
    bound |= bind_slice(statement, 4, result->key);
    bound |= bind_slice(statement, 5, result->outcome);
    return run(statement, bound);
}

static bool
write_key(struct dsy_store *store, const struct dsy_change *change)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_KEY_INSERT];
    int bound = bind_slice(statement, 1, change->as.key.key);
    bound |= sqlite3_bind_int64(statement, 2, change->as.key.number);
    bound |= sqlite3_bind_int64(statement, 3, (sqlite3_int64)change->as.key.secret);
    return run(statement, bound);
}

static bool
write_message(struct dsy_store *store, const struct dsy_letter_row *letter)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_MESSAGE_INSERT];
    int bound = sqlite3_bind_int64(statement, 1, letter->number);
    bound |= bind_slice(statement, 2, letter->body);
    return run(statement, bound);
}

static bool
write_line(struct dsy_store *store, const struct dsy_letter_row *line)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_LINE_INSERT];
    int bound = sqlite3_bind_int64(statement, 1, line->number);
    bound |= bind_slice(statement, 2, line->body);
    return run(statement, bound);
}

static bool
write_outbox(struct dsy_store *store, enum sqlite_statement kind, const struct dsy_letter_row *letter)
{
    sqlite3_stmt *statement = store->statements[kind];
    int bound = sqlite3_bind_int64(statement, 1, letter->peer);
    bound |= sqlite3_bind_int64(statement, 2, letter->number);
    if (kind == STATEMENT_OUTBOX_INSERT)
        bound |= bind_slice(statement, 3, letter->body);
    return run(statement, bound);
}

static bool
write_inbox(struct dsy_store *store, const struct dsy_inbox_row *inbox)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_INBOX];
    int bound = sqlite3_bind_blob(statement, 1, inbox->sender, sizeof inbox->sender, SQLITE_STATIC);
    bound |= sqlite3_bind_int64(statement, 2, inbox->number);
    return run(statement, bound);
}

static bool
apply(struct dsy_store *store, const struct dsy_change *change, struct totals *totals)
{
    switch (change->kind) {
    case DSY_CHANGE_INSERT: return insert_row(store, &change->as.row);
    case DSY_CHANGE_UPDATE: return has_changed(store, change, totals, update_row(store, &change->as.row));
    case DSY_CHANGE_UPDATE_BODY: return has_changed(store, change, totals, update_body(store, &change->as.row));
    case DSY_CHANGE_DELETE:
        return has_changed(store, change, totals, write_number(store, STATEMENT_DELETE, change->as.row.number));
    case DSY_CHANGE_QUARANTINE: return has_changed(store, change, totals, quarantine_row(store, &change->as.row));
    case DSY_CHANGE_RETRY: return write_number(store, STATEMENT_RETRY, change->as.number);
    case DSY_CHANGE_RESULT: return write_result(store, &change->as.result);
    case DSY_CHANGE_KEY: return write_key(store, change);
    case DSY_CHANGE_MESSAGE_INSERT: return write_message(store, &change->as.letter);
    case DSY_CHANGE_MESSAGE_DELETE: return write_number(store, STATEMENT_MESSAGE_DELETE, change->as.letter.number);
    case DSY_CHANGE_OUTBOX_INSERT: return write_outbox(store, STATEMENT_OUTBOX_INSERT, &change->as.letter);
    case DSY_CHANGE_OUTBOX_DELETE: return write_outbox(store, STATEMENT_OUTBOX_DELETE, &change->as.letter);
    case DSY_CHANGE_INBOX: return write_inbox(store, &change->as.inbox);
    case DSY_CHANGE_LINE_INSERT: return write_line(store, &change->as.letter);
    case DSY_CHANGE_LINE_DELETE: return write_number(store, STATEMENT_LINE_DELETE, change->as.number);
    case DSY_CHANGE_NUMBERS:
        if (change->as.numbers.next > totals->next_number)
            totals->next_number = change->as.numbers.next;
        totals->unfinished += change->as.numbers.unfinished;
        return true;
    }
    return false;
}

static bool
write_totals(struct dsy_store *store, const struct totals *totals)
{
    if (totals->next_number == 0 && totals->unfinished == 0)
        return true;
    sqlite3_stmt *statement = store->statements[STATEMENT_SHARD_UPDATE];
    int bound = sqlite3_bind_int64(statement, 1, totals->next_number);
    bound |= sqlite3_bind_int64(statement, 2, totals->unfinished);
    return run(statement, bound);
}

/* After a full disk. The log may be what filled it, and it is only begun anew after a checkpoint, which SQLite makes
 * after a commit of many pages that succeeds; that one would take the little room there is. So the log is emptied
 * first; where there is no room for that either, the next attempt tries it again. */
static void
empty_log(struct dsy_store *store)
{
    sqlite3_wal_checkpoint_v2(store->connection, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    store->was_full = false;
}

static bool
begin(struct dsy_store *store)
{
    dsy_sqlite_end_reading(store);
    if (store->was_full)
        empty_log(store);
    return run(store->statements[STATEMENT_BEGIN], SQLITE_OK);
}

/* Some errors roll back by themselves; after the others it is done here. */
static void
roll_back(struct dsy_store *store)
{
    if (!sqlite3_get_autocommit(store->connection))
        run(store->statements[STATEMENT_ROLLBACK], SQLITE_OK);
}

enum dsy_status
dsy_sqlite_commit(struct dsy_store *store, const struct dsy_change *changes, size_t change_count,
                  struct dsy_error *error)
{
    struct totals totals = { 0 };
    bool done = begin(store);
    for (size_t index = 0; done && index < change_count; index++)
        done = apply(store, &changes[index], &totals);
    done = done && write_totals(store, &totals) && run(store->statements[STATEMENT_COMMIT], SQLITE_OK);
    if (done)
        return DSY_OK;
    enum dsy_status status = totals.vanished == 0
                                 ? dsy_sqlite_failure(store, error, "write to")
                                 : dsy_error_set(error, DSY_CORRUPT,
                                                 "cannot write to %s: the row of invocation %" PRId64 " has vanished; "
                                                 "after a stop and a start the others go on",
                                                 store->path, totals.vanished);
    roll_back(store);
    store->was_full = status == DSY_NO_SPACE;
    return status;
}

/* ---- the sweep ---- */

static bool
delete_result(struct dsy_store *store, int64_t number, sqlite3_stmt *found)
{
    int key_bytes = sqlite3_column_bytes(found, 2);
    const void *key = sqlite3_column_blob(found, 2);
    if (key != NULL) {
        sqlite3_stmt *statement = store->statements[STATEMENT_KEY_DELETE];
        if (!run(statement, sqlite3_bind_blob(statement, 1, key, key_bytes, SQLITE_TRANSIENT)))
            return false;
    }
    return write_number(store, STATEMENT_RESULT_DELETE, number);
}

/* Results lie in the order in which their invocations began, so that old and new are mixed where some took long: the
 * whole table is looked at, piece by piece. An index by time would cost every result more than this costs a day. */
enum dsy_status
dsy_sqlite_sweep(struct dsy_store *store, int64_t before_ns, uint32_t limit, int64_t *cursor, struct dsy_error *error)
{
    bool done = begin(store);
    sqlite3_stmt *statement = store->statements[STATEMENT_SWEEP];
    uint32_t seen = 0;
    int64_t last = *cursor;
    if (done)
        done = (sqlite3_bind_int64(statement, 1, last) | sqlite3_bind_int64(statement, 2, limit)) == SQLITE_OK;
    while (done) {
        int code = sqlite3_step(statement);
        if (code != SQLITE_ROW) {
            done = code == SQLITE_DONE;
            break;
        }
        seen++;
        last = sqlite3_column_int64(statement, 0);
        if (sqlite3_column_int64(statement, 1) < before_ns)
            done = delete_result(store, last, statement);
    }
    enum dsy_status status = done ? DSY_OK : dsy_sqlite_failure(store, error, "sweep");
    sqlite3_reset(statement);
    if (done && !run(store->statements[STATEMENT_COMMIT], SQLITE_OK))
        status = dsy_sqlite_failure(store, error, "sweep");
    if (status != DSY_OK) {
        roll_back(store);
        store->was_full = status == DSY_NO_SPACE;
        return status;
    }
    *cursor = seen < limit ? 0 : last;
    return DSY_OK;
}
