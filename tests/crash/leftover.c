/* Counting the rows of a store; see leftover.h. */
#include "leftover.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SHARDS_MAX = 16, PATH_BYTES_MAX = 256, PRINTED_MAX = 10 };

struct shard_files {
    sqlite3 *databases[SHARDS_MAX];
    int count;
};

static void
fail(const char *what, sqlite3 *database)
{
    fprintf(stderr, "leftover: %s: %s\n", what, database != NULL ? sqlite3_errmsg(database) : "out of memory");
    exit(2);
}

static struct shard_files
open_all(const char *store)
{
    struct shard_files files = { 0 };
    for (; files.count < SHARDS_MAX; files.count++) {
        char path[PATH_BYTES_MAX];
        snprintf(path, sizeof path, "%s/shard-%03d.db", store, files.count);
        if (access(path, F_OK) != 0)
            break;
        sqlite3 **database = &files.databases[files.count];
        if (sqlite3_open_v2(path, database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
            fail(path, *database);
        sqlite3_busy_timeout(*database, 10000);
    }
    if (files.count == 0)
        fail(store, NULL);
    return files;
}

static void
close_all(struct shard_files *files)
{
    for (int index = 0; index < files->count; index++)
        sqlite3_close(files->databases[index]);
}

static sqlite3_stmt *
prepare(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        fail(sql, database);
    return statement;
}

static long
number_of(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = prepare(database, sql);
    if (sqlite3_step(statement) != SQLITE_ROW)
        fail(sql, database);
    long number = (long)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* How far a receiver has taken in what a sender sent. */
static sqlite3_int64
taken_in(sqlite3 *receiver, const void *identity, int size_bytes)
{
    sqlite3_stmt *statement = prepare(receiver, "SELECT number FROM inbox WHERE sender = ?");
    sqlite3_bind_blob(statement, 1, identity, size_bytes, SQLITE_TRANSIENT);
    sqlite3_int64 taken = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return taken;
}

/* The last letter to each receiver stays, as the counter. */
static void
count_letters(const struct shard_files *files, sqlite3 *sender, struct leftover *leftover)
{
    sqlite3_stmt *statement =
        prepare(sender, "SELECT identity, receiver, number, number = (SELECT max(number) FROM outbox other "
                        "WHERE other.receiver = outbox.receiver) FROM outbox, shard");
    while (sqlite3_step(statement) == SQLITE_ROW) {
        int receiver = sqlite3_column_int(statement, 1);
        sqlite3_int64 taken = 0;
        if (receiver >= 0 && receiver < files->count)
            taken = taken_in(files->databases[receiver], sqlite3_column_blob(statement, 0),
                             sqlite3_column_bytes(statement, 0));
        if (sqlite3_column_int64(statement, 2) > taken)
            leftover->undelivered++;
        else if (sqlite3_column_int(statement, 3) == 0)
            leftover->letters++;
    }
    sqlite3_finalize(statement);
}

struct leftover
leftover_count(const char *store)
{
    struct leftover leftover = { 0 };
    struct shard_files files = open_all(store);
    for (int index = 0; index < files.count; index++) {
        sqlite3 *database = files.databases[index];
        leftover.objects += number_of(database, "SELECT count(*) FROM invocation");
        leftover.messages += number_of(database, "SELECT count(*) FROM message");
        leftover.lines += number_of(database, "SELECT count(*) FROM line");
        leftover.unfinished += number_of(database, "SELECT unfinished FROM shard");
        leftover.open += number_of(database, "SELECT is_closed FROM shard") == 0;
        count_letters(&files, database, &leftover);
    }
    close_all(&files);
    return leftover;
}

bool
leftover_is_none(const struct leftover *leftover)
{
    return leftover->objects == 0 && leftover->unfinished == 0 && leftover->messages == 0 && leftover->lines == 0 &&
           leftover->undelivered == 0 && leftover->open == 0;
}

/* An object's kind by its number (core/object.h), and the texts in its body. */
static void
print_objects(sqlite3 *database, int shard)
{
    sqlite3_stmt *statement =
        prepare(database, "SELECT number, due_ns, is_active, broken, body FROM invocation LIMIT ?");
    sqlite3_bind_int(statement, 1, PRINTED_MAX);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        sqlite3_int64 number = sqlite3_column_int64(statement, 0);
        const char *kind = number >> 62 != 0 ? "instances" : (number >> 47 & 1) != 0 ? "cell" : "invocation";
        const unsigned char *broken = sqlite3_column_text(statement, 3);
        fprintf(stderr, "  shard %d %s %llx%s%s: ", shard, kind, (unsigned long long)number,
                broken != NULL ? ", in quarantine: " : "", broken != NULL ? (const char *)broken : "");
        const unsigned char *body = sqlite3_column_blob(statement, 4);
        for (int at = 0; at < sqlite3_column_bytes(statement, 4) && at < 300; at++)
            fputc(body[at] >= ' ' && body[at] < 127 ? body[at] : '.', stderr);
        fputc('\n', stderr);
    }
    sqlite3_finalize(statement);
}

void
leftover_print(const char *store, const struct leftover *leftover)
{
    fprintf(stderr,
            "wrong: left in the store: %ld objects (%ld by its count), %ld messages, %ld lines, %ld letters not "
            "delivered, %ld not deleted; %d shards not closed\n",
            leftover->objects, leftover->unfinished, leftover->messages, leftover->lines, leftover->undelivered,
            leftover->letters, leftover->open);
    struct shard_files files = open_all(store);
    for (int index = 0; index < files.count; index++)
        print_objects(files.databases[index], index);
    close_all(&files);
}
