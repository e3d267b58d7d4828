/* Damage the rows of a store that nobody has open: damage_store DIRECTORY TABLE
 *
 * TABLE is invocation, result, outbox or message. Of every two rows one is damaged, each in another way; for each row a
 * line says its id (of outbox and message: its number) and what was done to it: "whole" where nothing was. Some kinds
 * of damage make size and checksum right again, so that they reach the decoding. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "dsy/node.h"
#include "runtime/core/invocation.h"

enum { HEAD_BYTES = 9 };

struct body {
    uint8_t *data;
    size_t size_bytes;
};

static void
fail(const char *what)
{
    fprintf(stderr, "damage_store: %s\n", what);
    exit(2);
}

/* ---- kinds of damage ---- */

static void
seal(struct body *body)
{
    size_t size_bytes = body->size_bytes - HEAD_BYTES;
    uint32_t words[2] = { (uint32_t)size_bytes, (uint32_t)XXH64(body->data + HEAD_BYTES, size_bytes, 1) };
    for (int index = 0; index < 8; index++)
        body->data[1 + index] = (uint8_t)(words[index / 4] >> (8 * (index % 4)));
}

static void
bit(struct body *body)
{
    body->data[body->size_bytes / 2] ^= 16;
}

static void
half(struct body *body)
{
    body->size_bytes /= 2;
}

static void
empty(struct body *body)
{
    body->size_bytes = 0;
}

static void
version(struct body *body)
{
    body->data[0] = 200;
}

static void
length(struct body *body)
{
    memset(body->data + 1, 0xff, 4);
}

static void
checksum(struct body *body)
{
    body->data[6] ^= 1;
}

static void
noise(struct body *body)
{
    for (size_t index = 0; index < body->size_bytes; index++)
        body->data[index] = (uint8_t)(index * 167 + 13);
}

/* The body is an array of more items than there are octets in the world. */
static void
huge(struct body *body)
{
    body->size_bytes = HEAD_BYTES + 9;
    body->data[HEAD_BYTES] = 0x9b;
    memset(body->data + HEAD_BYTES + 1, 0xff, 8);
    seal(body);
}

static void
nothing(struct body *body)
{
    body->size_bytes = HEAD_BYTES + 1;
    body->data[HEAD_BYTES] = 0x80;
    seal(body);
}

/* The fingerprint of the last frame: an integer of 8 octets; where there is none nothing is left. */
static void
fingerprint(struct body *body)
{
    for (size_t index = body->size_bytes; index-- > HEAD_BYTES + 8;) {
        if (body->data[index - 8] != 0x1b)
            continue;
        memset(body->data + index - 7, 0x5a, 8);
        seal(body);
        return;
    }
    nothing(body);
}

static void
tail(struct body *body)
{
    memset(body->data + body->size_bytes - 1, 0xff, 1);
    seal(body);
}

static const struct {
    const char *name;
    void (*damage)(struct body *body);
} kinds[] = {
    { "bit", bit },         { "half", half },       { "empty", empty },       { "noise", noise },
    { "version", version }, { "length", length },   { "checksum", checksum }, { "fingerprint", fingerprint },
    { "huge", huge },       { "nothing", nothing }, { "tail", tail },
};

/* ---- rows ---- */

struct table {
    const char *name, *select, *update;
    bool has_id;
};

static const struct table tables[] = {
    { "invocation", "SELECT number, secret, body FROM invocation ORDER BY number",
      "UPDATE invocation SET body = ?2 WHERE number = ?1", true },
    { "result", "SELECT number, secret, outcome FROM result ORDER BY number",
      "UPDATE result SET outcome = ?2 WHERE number = ?1", true },
    { "outbox", "SELECT number, 0, body FROM outbox ORDER BY number", "UPDATE outbox SET body = ?2 WHERE number = ?1",
      false },
    { "message", "SELECT number, 0, body FROM message ORDER BY number",
      "UPDATE message SET body = ?2 WHERE number = ?1", false },
};

static size_t row_count, damage_count;

static void
damage_row(sqlite3 *connection, const struct table *table, uint32_t shard, sqlite3_stmt *row)
{
    int64_t number = sqlite3_column_int64(row, 0);
    char id[37] = "";
    if (table->has_id)
        dsy_id_format(dsy_invocation_id_of(shard, number, (uint64_t)sqlite3_column_int64(row, 1)), id);
    else
        snprintf(id, sizeof id, "%" PRId64, number);
    if (row_count++ % 2 == 0) {
        printf("%s whole\n", id);
        return;
    }
    size_t kind = damage_count++ % (sizeof kinds / sizeof *kinds);
    struct body body = { .size_bytes = (size_t)sqlite3_column_bytes(row, 2) };
    body.data = malloc(body.size_bytes + 32);
    if (body.data == NULL || body.size_bytes <= HEAD_BYTES)
        fail("a row is too short");
    memcpy(body.data, sqlite3_column_blob(row, 2), body.size_bytes);
    kinds[kind].damage(&body);
    sqlite3_stmt *update = NULL;
    if (sqlite3_prepare_v2(connection, table->update, -1, &update, NULL) != SQLITE_OK ||
        sqlite3_bind_int64(update, 1, number) != SQLITE_OK ||
        sqlite3_bind_blob(update, 2, body.data, (int)body.size_bytes, SQLITE_TRANSIENT) != SQLITE_OK ||
        sqlite3_step(update) != SQLITE_DONE)
        fail(sqlite3_errmsg(connection));
    sqlite3_finalize(update);
    free(body.data);
    printf("%s %s\n", id, kinds[kind].name);
}

static bool
damage_shard(const char *directory, const struct table *table, uint32_t shard)
{
    char path[4096];
    sqlite3 *connection = NULL;
    sqlite3_stmt *rows = NULL;
    snprintf(path, sizeof path, "%s/shard-%03u.db", directory, shard);
    if (sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        sqlite3_close(connection);
        return false;
    }
    if (sqlite3_prepare_v2(connection, table->select, -1, &rows, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(connection));
    while (sqlite3_step(rows) == SQLITE_ROW)
        damage_row(connection, table, shard, rows);
    sqlite3_finalize(rows);
    if (sqlite3_close(connection) != SQLITE_OK)
        fail("cannot close the store");
    return true;
}

int
main(int count, char **arguments)
{
    if (count != 3)
        fail("usage: damage_store DIRECTORY invocation|result|outbox|message");
    const struct table *table = NULL;
    for (size_t index = 0; index < sizeof tables / sizeof *tables; index++)
        if (strcmp(tables[index].name, arguments[2]) == 0)
            table = &tables[index];
    if (table == NULL)
        fail("there is no such table");
    uint32_t shard = 0;
    while (damage_shard(arguments[1], table, shard))
        shard++;
    if (shard == 0)
        fail("no store");
    return 0;
}
