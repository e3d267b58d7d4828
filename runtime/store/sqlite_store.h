/* The SQLite store in itself: shared by the files sqlite*.c, by nobody else. */
#ifndef DSY_SQLITE_STORE_H
#define DSY_SQLITE_STORE_H

#include <sqlite3.h>

#include "dsy/store.h"

enum { DSY_SQLITE_PATH_BYTES_MAX = 1024 };

enum sqlite_statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_INSERT,
    STATEMENT_UPDATE,
    STATEMENT_UPDATE_BODY,
    STATEMENT_DELETE,
    STATEMENT_QUARANTINE,
    STATEMENT_RETRY,
    STATEMENT_RESULT_INSERT,
    STATEMENT_KEY_INSERT,
    STATEMENT_MESSAGE_INSERT,
    STATEMENT_MESSAGE_DELETE,
    STATEMENT_OUTBOX_INSERT,
    STATEMENT_OUTBOX_DELETE,
    STATEMENT_INBOX,
    STATEMENT_SHARD_UPDATE,
    STATEMENT_LOAD,
    STATEMENT_DUE,
    STATEMENT_ACTIVE,
    STATEMENT_LIST,
    STATEMENT_MESSAGES,
    STATEMENT_OUTBOX,
    STATEMENT_RECEIVERS,
    STATEMENT_SENDERS,
    STATEMENT_LINE_INSERT,
    STATEMENT_LINE_DELETE,
    STATEMENT_LINES,
    STATEMENT_RESULT,
    STATEMENT_KEY,
    STATEMENT_SWEEP,
    STATEMENT_RESULT_DELETE,
    STATEMENT_KEY_DELETE,
    DSY_SQLITE_STATEMENT_COUNT,
};

struct dsy_store {
    sqlite3 *connection;
    sqlite3_stmt *statements[DSY_SQLITE_STATEMENT_COUNT]; /* prepared once */
    sqlite3_stmt *reading;                                /* whose row was handed out last; reset by the next call */
    bool was_full;                                        /* the last commit found no space on the disk */
    char path[DSY_SQLITE_PATH_BYTES_MAX];
};

/* The status and the text of SQLite's last error: "cannot ATTEMPT PATH: …". */
enum dsy_status dsy_sqlite_failure(struct dsy_store *store, struct dsy_error *error, const char *attempt);

/* Forget the row that was handed out: it would keep a read transaction open. */
void dsy_sqlite_end_reading(struct dsy_store *store);

enum dsy_status dsy_sqlite_commit(struct dsy_store *store, const struct dsy_change *changes, size_t change_count,
                                  struct dsy_error *error);
enum dsy_status dsy_sqlite_load(struct dsy_store *store, int64_t number, struct dsy_invocation_row *row,
                                struct dsy_error *error);
enum dsy_status dsy_sqlite_due(struct dsy_store *store, int64_t after_due_ns, int64_t after_number, int64_t until_ns,
                               uint32_t limit, dsy_row_function *each, void *context, struct dsy_error *error);
enum dsy_status dsy_sqlite_active(struct dsy_store *store, int64_t after, uint32_t limit, dsy_row_function *each,
                                  void *context, struct dsy_error *error);
enum dsy_status dsy_sqlite_list(struct dsy_store *store, int64_t after, uint32_t limit, dsy_row_function *each,
                                void *context, struct dsy_error *error);
enum dsy_status dsy_sqlite_messages(struct dsy_store *store, int64_t after, uint32_t limit, dsy_letter_function *each,
                                    void *context, struct dsy_error *error);
enum dsy_status dsy_sqlite_outbox(struct dsy_store *store, uint32_t peer, int64_t after, uint32_t limit,
                                  dsy_letter_function *each, void *context, struct dsy_error *error);
enum dsy_status dsy_sqlite_receivers(struct dsy_store *store, dsy_letter_function *each, void *context,
                                     struct dsy_error *error);
enum dsy_status dsy_sqlite_senders(struct dsy_store *store, dsy_inbox_function *each, void *context,
                                   struct dsy_error *error);
enum dsy_status dsy_sqlite_lines(struct dsy_store *store, int64_t after, uint32_t limit, dsy_letter_function *each,
                                 void *context, struct dsy_error *error);
enum dsy_status dsy_sqlite_last_line(struct dsy_store *store, int64_t *number, struct dsy_error *error);
enum dsy_status dsy_sqlite_result(struct dsy_store *store, int64_t number, struct dsy_result_row *row,
                                  struct dsy_error *error);
enum dsy_status dsy_sqlite_key(struct dsy_store *store, struct dsy_slice key, struct dsy_key_row *row,
                               struct dsy_error *error);
enum dsy_status dsy_sqlite_sweep(struct dsy_store *store, int64_t before_ns, uint32_t limit, int64_t *cursor,
                                 struct dsy_error *error);

#endif
