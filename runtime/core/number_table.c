/* Number table: linear probing at a load of at most one half. */
#include "runtime/core/number_table.h"

#include <stdlib.h>
#include <string.h>

/* Numbers rise one by one: a multiplication spreads neighbours that a mask alone would leave in one cluster. */
static size_t
home(const struct number_table *table, int64_t number)
{
    return (size_t)(((uint64_t)number * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (table->capacity - 1);
}

static size_t
find_slot(const struct number_table *table, int64_t number)
{
    size_t index = home(table, number);
    while (table->slots[index].number != 0 && table->slots[index].number != number)
        index = (index + 1) & (table->capacity - 1);
    return index;
}

static enum dsy_status
grow(struct number_table *table)
{
    struct number_table larger = { .capacity = table->capacity == 0 ? 64 : table->capacity * 2, .count = table->count };
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL)
        return DSY_NO_MEMORY;
    for (size_t index = 0; index < table->capacity; index++)
        if (table->slots[index].number != 0)
            larger.slots[find_slot(&larger, table->slots[index].number)] = table->slots[index];
    free(table->slots);
    *table = larger;
    return DSY_OK;
}

void
dsy_number_table_destroy(struct number_table *table)
{
    free(table->slots);
    *table = (struct number_table){ 0 };
}

void *
dsy_number_table_find(const struct number_table *table, int64_t number)
{
    return table->count == 0 ? NULL : table->slots[find_slot(table, number)].value;
}

enum dsy_status
dsy_number_table_insert(struct number_table *table, int64_t number, void *value)
{
    if ((table->count + 1) * 2 > table->capacity) {
        enum dsy_status status = grow(table);
        if (status != DSY_OK)
            return status;
    }
    table->slots[find_slot(table, number)] = (struct number_slot){ .number = number, .value = value };
    table->count++;
    return DSY_OK;
}

void *
dsy_number_table_remove(struct number_table *table, int64_t number)
{
    if (table->count == 0)
        return NULL;
    size_t hole = find_slot(table, number);
    void *value = table->slots[hole].value;
    if (table->slots[hole].number == 0)
        return NULL;
    size_t mask = table->capacity - 1;
    for (size_t index = (hole + 1) & mask; table->slots[index].number != 0; index = (index + 1) & mask) {
        /* An entry may move into the hole unless its home lies behind the hole. */
        size_t distance_home = (index - home(table, table->slots[index].number)) & mask;
        if (distance_home >= ((index - hole) & mask)) {
            table->slots[hole] = table->slots[index];
            hole = index;
        }
    }
    table->slots[hole] = (struct number_slot){ 0 };
    table->count--;
    return value;
}

void
dsy_number_table_clear(struct number_table *table)
{
    if (table->count > 0)
        memset(table->slots, 0, table->capacity * sizeof *table->slots);
    table->count = 0;
}
