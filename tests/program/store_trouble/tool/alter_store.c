/* Make one shard's database what no program of this version would write: alter_store FILE.db KIND */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *sql;
} kinds[] = {
    { "newer", "PRAGMA user_version = 1000" },
    { "foreign", "PRAGMA application_id = 12345" },
    { "tables", "DROP TABLE invocation" },
    { "description", "UPDATE shard SET identity = x'00'" },
};

int
main(int count, char **arguments)
{
    for (size_t index = 0; count == 3 && index < sizeof kinds / sizeof *kinds; index++) {
        if (strcmp(kinds[index].name, arguments[2]) != 0)
            continue;
        sqlite3 *connection = NULL;
        char *message = NULL;
        if (sqlite3_open_v2(arguments[1], &connection, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
            sqlite3_exec(connection, kinds[index].sql, NULL, NULL, &message) != SQLITE_OK) {
            fprintf(stderr, "alter_store: %s\n", sqlite3_errmsg(connection));
            sqlite3_free(message);
            return 2;
        }
        return sqlite3_close(connection) == SQLITE_OK ? 0 : 2;
    }
    fprintf(stderr, "usage: alter_store FILE.db newer|foreign|tables|description\n");
    return 2;
}
