/* SQLite store: reading. What a row points to belongs to SQLite until the next call. */
#include "runtime/store/sqlite_store.h"

#include <string.h>

void
dsy_sqlite_end_reading(struct dsy_store *store)
{
    if (store->reading != NULL)
        sqlite3_reset(store->reading);
    store->reading = NULL;
}

/* Make a statement ready for new parameters. */
static sqlite3_stmt *
start(struct dsy_store *store, enum sqlite_statement kind)
{
    dsy_sqlite_end_reading(store);
    store->reading = store->statements[kind];
    return store->reading;
}

static struct dsy_slice
column_slice(sqlite3_stmt *statement, int column)
{
    static const uint8_t empty;
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return (struct dsy_slice){ 0 };
    const uint8_t *data = sqlite3_column_blob(statement, column);
    size_t size_bytes = (size_t)sqlite3_column_bytes(statement, column);
    return (struct dsy_slice){ .data = data != NULL ? data : &empty, .size_bytes = size_bytes };
}

static struct dsy_invocation_row
read_row(sqlite3_stmt *statement)
{
    bool has_due = sqlite3_column_type(statement, 2) != SQLITE_NULL;
    return (struct dsy_invocation_row){
        .number = sqlite3_column_int64(statement, 0),
        .secret = (uint64_t)sqlite3_column_int64(statement, 1),
        .due_ns = has_due ? sqlite3_column_int64(statement, 2) : DSY_NOT_DUE,
        .is_active = sqlite3_column_int64(statement, 3) == 1,
        .broken = column_slice(statement, 4),
        .body = column_slice(statement, 5),
    };
}

/* Hand out each row of a scan. */
static enum dsy_status
scan_rows(struct dsy_store *store, sqlite3_stmt *statement, int bound, dsy_row_function *each, void *context,
          struct dsy_error *error)
{
    int code = bound;
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        if (code != SQLITE_ROW)
            break;
        struct dsy_invocation_row row = read_row(statement);
        if (!each(context, &row))
            code = SQLITE_DONE;
    }
    enum dsy_status status = code == SQLITE_DONE ? DSY_OK : dsy_sqlite_failure(store, error, "read");
    dsy_sqlite_end_reading(store);
    return status;
}

static enum dsy_status
scan_letters(struct dsy_store *store, sqlite3_stmt *statement, int bound, dsy_letter_function *each, void *context,
             struct dsy_error *error)
{
    int code = bound;
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        if (code != SQLITE_ROW)
            break;
        struct dsy_letter_row letter = {
            .peer = (uint32_t)sqlite3_column_int64(statement, 0),
            .number = sqlite3_column_int64(statement, 1),
            .body = column_slice(statement, 2),
        };
        if (!each(context, &letter))
            code = SQLITE_DONE;
    }
    enum dsy_status status = code == SQLITE_DONE ? DSY_OK : dsy_sqlite_failure(store, error, "read");
    dsy_sqlite_end_reading(store);
    return status;
}

/* The first row of a statement: DSY_OK, DSY_NOT_FOUND or the trouble. */
static enum dsy_status
step_once(struct dsy_store *store, sqlite3_stmt *statement, int bound, struct dsy_error *error)
{
    int code = bound == SQLITE_OK ? sqlite3_step(statement) : bound;
    if (code == SQLITE_ROW)
        return DSY_OK;
    enum dsy_status status = code == SQLITE_DONE ? DSY_NOT_FOUND : dsy_sqlite_failure(store, error, "read");
    dsy_sqlite_end_reading(store);
    return status;
}

enum dsy_status
dsy_sqlite_load(struct dsy_store *store, int64_t number, struct dsy_invocation_row *row, struct dsy_error *error)
{
    sqlite3_stmt *statement = start(store, STATEMENT_LOAD);
    enum dsy_status status = step_once(store, statement, sqlite3_bind_int64(statement, 1, number), error);
    if (status == DSY_OK)
        *row = read_row(statement);
    return status;
}

enum dsy_status
dsy_sqlite_due(struct dsy_store *store, int64_t after_due_ns, int64_t after_number, int64_t until_ns, uint32_t limit,
               dsy_row_function *each, void *context, struct dsy_error *error)
{
    sqlite3_stmt *statement = start(store, STATEMENT_DUE);
    int bound = sqlite3_bind_int64(statement, 1, after_due_ns);
    bound |= sqlite3_bind_int64(statement, 2, after_number);
    bound |= sqlite3_bind_int64(statement, 3, until_ns);
    bound |= sqlite3_bind_int64(statement, 4, limit);
    return scan_rows(store, statement, bound, each, context, error);
}

static enum dsy_status
scan_after(struct dsy_store *store, enum sqlite_statement kind, int64_t after, uint32_t limit, dsy_row_function *each,
           void *context, struct dsy_error *error)
{
    sqlite3_stmt *statement = start(store, kind);
    int bound = sqlite3_bind_int64(statement, 1, after);
    bound |= sqlite3_bind_int64(statement, 2, limit);
    return scan_rows(store, statement, bound, each, context, error);
}

enum dsy_status
dsy_sqlite_active(struct dsy_store *store, int64_t after, uint32_t limit, dsy_row_function *each, void *context,
                  struct dsy_error *error)
{
    return scan_after(store, STATEMENT_ACTIVE, after, limit, each, context, error);
}

enum dsy_status
dsy_sqlite_list(struct dsy_store *store, int64_t after, uint32_t limit, dsy_row_function *each, void *context,
                struct dsy_error *error)
{
    return scan_after(store, STATEMENT_LIST, after, limit, each, context, error);
}

enum dsy_status
dsy_sqlite_messages(struct dsy_store *store, int64_t after, uint32_t limit, dsy_letter_function *each, void *context,
                    struct dsy_error *error)
{
    sqlite3_stmt *statement = start(store, STATEMENT_MESSAGES);
    int bound = sqlite3_bind_int64(statement, 1, after);
    bound |= sqlite3_bind_int64(statement, 2, limit);
    return scan_letters(store, statement, bound, each, context, error);
}

enum dsy_status
dsy_sqlite_lines(struct dsy_store *store, int64_t after, uint32_t limit, dsy_letter_function *each, void *context,
                 struct dsy_error *error)
{
    sqlite3_stmt *statement = start(store, STATEMENT_LINES);
    int bound = sqlite3_bind_int64(statement, 1, after);
    bound |= sqlite3_bind_int64(statement, 2, limit);
    return scan_letters(store, statement, bound, each, context, error);
}

enum dsy_status
dsy_sqlite_last_line(struct dsy_store *store, int64_t *number, struct dsy_error *error)
{
    sqlite3_stmt *statement = NULL;
    enum dsy_status status = DSY_OK;
    *number = 0;
    dsy_sqlite_end_reading(store);
    if (sqlite3_prepare_v2(store->connection, "SELECT max(number) FROM line", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        status = dsy_sqlite_failure(store, error, "read");
    else
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

enum dsy_status
dsy_sqlite_outbox(struct dsy_store *store, uint32_t peer, int64_t after, uint32_t limit, dsy_letter_function *each,
                  void *context, struct dsy_error *error)
{
    sqlite3_stmt *statement = start(store, STATEMENT_OUTBOX);
    int bound = sqlite3_bind_int64(statement, 1, after);
    bound |= sqlite3_bind_int64(statement, 2, limit);
    bound |= sqlite3_bind_int64(statement, 3, peer);
    return scan_letters(store, statement, bound, each, context, error);
}

enum dsy_status
dsy_sqlite_receivers(struct dsy_store *store, dsy_letter_function *each, void *context, struct dsy_error *error)
{
    return scan_letters(store, start(store, STATEMENT_RECEIVERS), SQLITE_OK, each, context, error);
}

enum dsy_status
dsy_sqlite_senders(struct dsy_store *store, dsy_inbox_function *each, void *context, struct dsy_error *error)
{
    sqlite3_stmt *statement = start(store, STATEMENT_SENDERS);
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
        struct dsy_slice sender = column_slice(statement, 0);
        struct dsy_inbox_row inbox = { .number = sqlite3_column_int64(statement, 1) };
        if (sender.size_bytes != sizeof inbox.sender) {
            dsy_sqlite_end_reading(store);
            return dsy_error_set(error, DSY_CORRUPT, "%s has a sender of %zu octets in its inbox", store->path,
                                 sender.size_bytes);
        }
        memcpy(inbox.sender, sender.data, sizeof inbox.sender);
        if (!each(context, &inbox)) {
            code = SQLITE_DONE;
            break;
        }
    }
    enum dsy_status status = code == SQLITE_DONE ? DSY_OK : dsy_sqlite_failure(store, error, "read");
    dsy_sqlite_end_reading(store);
    return status;
}

enum dsy_status
dsy_sqlite_result(struct dsy_store *store, int64_t number, struct dsy_result_row *row, struct dsy_error *error)
{
    sqlite3_stmt *statement = start(store, STATEMENT_RESULT);
    enum dsy_status status = step_once(store, statement, sqlite3_bind_int64(statement, 1, number), error);
    if (status == DSY_OK)
        *row = (struct dsy_result_row){
            .number = sqlite3_column_int64(statement, 0),
            .secret = (uint64_t)sqlite3_column_int64(statement, 1),
            .completed_ns = sqlite3_column_int64(statement, 2),
            .key = column_slice(statement, 3),
            .outcome = column_slice(statement, 4),
        };
    return status;
}

enum dsy_status
dsy_sqlite_key(struct dsy_store *store, struct dsy_slice key, struct dsy_key_row *row, struct dsy_error *error)
{
    sqlite3_stmt *statement = start(store, STATEMENT_KEY);
    int bound = sqlite3_bind_blob64(statement, 1, key.data, key.size_bytes, SQLITE_TRANSIENT);
    enum dsy_status status = step_once(store, statement, bound, error);
    if (status == DSY_OK)
        *row = (struct dsy_key_row){
            .number = sqlite3_column_int64(statement, 0),
            .secret = (uint64_t)sqlite3_column_int64(statement, 1),
        };
    return status;
}
