/* Number table: positive 64-bit numbers → pointers; open addressing, grows by doubling. Owns no values.
 * Not thread-safe. Removal shifts the entries behind back, so that no tombstones gather. */
#ifndef DSY_CORE_NUMBER_TABLE_H
#define DSY_CORE_NUMBER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsy/status.h"

struct number_slot {
    int64_t number; /* 0: free */
    void *value;
};

struct number_table {
    struct number_slot *slots; /* owned; NULL: none yet */
    size_t capacity;           /* a power of two, or 0 */
    size_t count;
};

/* All zero is an empty table. */
void dsy_number_table_destroy(struct number_table *table);

/* NULL if the number is not there. */
void *dsy_number_table_find(const struct number_table *table, int64_t number);

/* The number is not there yet; number > 0. DSY_NO_MEMORY: nothing has changed. */
DSY_MUST_USE
enum dsy_status dsy_number_table_insert(struct number_table *table, int64_t number, void *value);

/* Returns the value, NULL if the number was not there. */
void *dsy_number_table_remove(struct number_table *table, int64_t number);

/* Forget all, keep the memory. */
void dsy_number_table_clear(struct number_table *table);

#endif
