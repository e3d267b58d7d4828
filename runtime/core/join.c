/* Joins: see join.h. */
#include "runtime/core/join.h"

#include <stdlib.h>
#include <string.h>

void
dsy_joins_init(struct joins *joins, size_t size_bytes_max)
{
    *joins = (struct joins){ .size_bytes_max = size_bytes_max };
}

void
dsy_joins_destroy(struct joins *joins)
{
    dsy_joins_clear(joins);
    dsy_number_table_destroy(&joins->table);
}

static size_t
size_of(const struct join *join)
{
    return sizeof *join + join->count * sizeof join->slots[0] + join->size_bytes;
}

static void
unlink_join(struct joins *joins, struct join *join)
{
    *(join->newer != NULL ? &join->newer->older : &joins->newest) = join->older;
    *(join->older != NULL ? &join->older->newer : &joins->oldest) = join->newer;
    join->newer = join->older = NULL;
}

static void
link_newest(struct joins *joins, struct join *join)
{
    join->older = joins->newest;
    join->newer = NULL;
    *(joins->newest != NULL ? &joins->newest->newer : &joins->oldest) = join;
    joins->newest = join;
}

static void
free_join(struct joins *joins, struct join *join)
{
    joins->size_bytes -= size_of(join);
    unlink_join(joins, join);
    dsy_number_table_remove(&joins->table, join->number);
    for (uint32_t slot = 0; slot < join->count; slot++)
        free(join->slots[slot].value);
    free(join);
}

void
dsy_joins_clear(struct joins *joins)
{
    while (joins->newest != NULL)
        free_join(joins, joins->newest);
}

/* The oldest go, but never the one in use. */
static void
make_room(struct joins *joins, const struct join *kept)
{
    while (joins->size_bytes > joins->size_bytes_max && joins->oldest != NULL && joins->oldest != kept)
        free_join(joins, joins->oldest);
}

struct join *
dsy_join_find(struct joins *joins, int64_t number, uint64_t await_count)
{
    struct join *join = dsy_number_table_find(&joins->table, number);
    if (join == NULL)
        return NULL;
    if (join->await_count != await_count) {
        free_join(joins, join);
        return NULL;
    }
    unlink_join(joins, join);
    link_newest(joins, join);
    return join;
}

struct join *
dsy_join_begin(struct joins *joins, int64_t number, uint64_t await_count, uint32_t count)
{
    dsy_join_end(joins, number);
    struct join *join = calloc(1, sizeof *join + count * sizeof join->slots[0]);
    if (join == NULL)
        return NULL;
    *join = (struct join){ .number = number, .await_count = await_count, .count = count };
    if (dsy_number_table_insert(&joins->table, number, join) != DSY_OK) {
        free(join);
        return NULL;
    }
    link_newest(joins, join);
    joins->size_bytes += size_of(join);
    make_room(joins, join);
    return join;
}

enum dsy_status
dsy_join_set(struct joins *joins, struct join *join, uint32_t slot, bool threw, struct dsy_slice value)
{
    struct join_slot *place = &join->slots[slot];
    uint8_t *copy = NULL;
    if (value.size_bytes > 0) {
        copy = malloc(value.size_bytes);
        if (copy == NULL)
            return DSY_NO_MEMORY;
        memcpy(copy, value.data, value.size_bytes);
    }
    joins->size_bytes += value.size_bytes - place->size_bytes;
    join->size_bytes += value.size_bytes - place->size_bytes;
    free(place->value);
    join->settled_count += !place->is_settled;
    *place = (struct join_slot){ .is_settled = true, .threw = threw, .value = copy, .size_bytes = value.size_bytes };
    make_room(joins, join);
    return DSY_OK;
}

void
dsy_join_end(struct joins *joins, int64_t number)
{
    struct join *join = dsy_number_table_find(&joins->table, number);
    if (join != NULL)
        free_join(joins, join);
}
