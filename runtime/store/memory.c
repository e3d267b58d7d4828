/* Store driver: memory, for tests and simulation. It is gone when it is closed.
 *
 * Rows lie in arrays sorted by number; scans by time look at all of them. A commit works on the arrays directly: it
 * reserves all the memory that it needs first, so that it is applied whole or not at all. */
#include <stdlib.h>
#include <string.h>

#include "dsy/store.h"

/* A row of any table: a number, octets, and what else a table needs. */
struct item {
    int64_t number;
    uint64_t secret;
    int64_t due_ns; /* of a result: completed_ns; of a letter: its receiver */
    bool is_active;
    bool is_broken;
    struct dsy_slice body;  /* owned */
    struct dsy_slice extra; /* owned: reason of a broken row, key of a result, key itself, sender */
};

struct table {
    struct item *items; /* owned; sorted by number, letters by receiver and number */
    size_t count;
    size_t capacity;
};

struct dsy_store {
    struct table invocations, results, messages, outbox, keys, senders;
    struct dsy_store_facts facts;
};

/* ---- tables ---- */

static int64_t
group_of(const struct item *item, bool is_grouped)
{
    return is_grouped ? item->due_ns : 0;
}

/* The index of the first item that is not below (group, number). */
static size_t
lower_bound(const struct table *table, bool is_grouped, int64_t group, int64_t number)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int64_t its_group = group_of(&table->items[middle], is_grouped);
        if (its_group < group || (its_group == group && table->items[middle].number < number))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct item *
find(const struct table *table, int64_t number)
{
    size_t index = lower_bound(table, false, 0, number);
    return index < table->count && table->items[index].number == number ? &table->items[index] : NULL;
}

static bool
reserve(struct table *table, size_t more)
{
    if (table->count + more <= table->capacity)
        return true;
    size_t capacity = table->capacity * 2 > table->count + more ? table->capacity * 2 : table->count + more;
    struct item *items = realloc(table->items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    table->items = items;
    table->capacity = capacity;
    return true;
}

static void
free_item(struct item *item)
{
    free((void *)item->body.data);
    free((void *)item->extra.data);
}

/* Room was reserved; the item's octets are the table's from now on. */
static void
insert(struct table *table, bool is_grouped, const struct item *item)
{
    size_t index = lower_bound(table, is_grouped, group_of(item, is_grouped), item->number);
    memmove(&table->items[index + 1], &table->items[index], (table->count - index) * sizeof *table->items);
    table->items[index] = *item;
    table->count++;
}

static void
remove_at(struct table *table, size_t index)
{
    free_item(&table->items[index]);
    table->count--;
    memmove(&table->items[index], &table->items[index + 1], (table->count - index) * sizeof *table->items);
}

static void
remove_number(struct table *table, int64_t number)
{
    const struct item *item = find(table, number);
    if (item != NULL)
        remove_at(table, (size_t)(item - table->items));
}

static void
free_table(struct table *table)
{
    for (size_t index = 0; index < table->count; index++)
        free_item(&table->items[index]);
    free(table->items);
}

static struct item *
find_extra(const struct table *table, const void *data, size_t size_bytes)
{
    for (size_t index = 0; index < table->count; index++) {
        const struct dsy_slice *extra = &table->items[index].extra;
        if (extra->size_bytes == size_bytes && memcmp(extra->data, data, size_bytes) == 0)
            return &table->items[index];
    }
    return NULL;
}

/* ---- opening and closing ---- */

static enum dsy_status
memory_prepare(const char *directory, uint32_t *shard_count, struct dsy_error *error)
{
    (void)directory;
    (void)shard_count;
    (void)error;
    return DSY_OK;
}

static enum dsy_status
memory_open(const struct dsy_store_options *options, struct dsy_store **opened, struct dsy_store_facts *facts,
            struct dsy_error *error)
{
    struct dsy_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return dsy_error_set(error, DSY_NO_MEMORY, "cannot open a store in memory: memory ran out");
    memcpy(store->facts.identity, options->identity, sizeof store->facts.identity);
    store->facts.shard = options->shard;
    store->facts.shard_count = options->shard_count;
    store->facts.next_number = 1;
    store->facts.was_closed = true;
    *facts = store->facts;
    *opened = store;
    return DSY_OK;
}

static void
memory_close(struct dsy_store *store)
{
    free_table(&store->invocations);
    free_table(&store->results);
    free_table(&store->messages);
    free_table(&store->outbox);
    free_table(&store->keys);
    free_table(&store->senders);
    free(store);
}

/* ---- commit ---- */

/* What one change needs: octets that are copied before anything is changed. */
struct copies {
    struct dsy_slice body;
    struct dsy_slice extra;
};

static bool
copy(struct dsy_slice from, struct dsy_slice *to)
{
    *to = (struct dsy_slice){ 0 };
    if (from.data == NULL)
        return true;
    uint8_t *data = malloc(from.size_bytes > 0 ? from.size_bytes : 1);
    if (data == NULL)
        return false;
    memcpy(data, from.data, from.size_bytes);
    *to = (struct dsy_slice){ .data = data, .size_bytes = from.size_bytes };
    return true;
}

static bool
prepare_change(struct dsy_store *store, const struct dsy_change *change, struct copies *copies, size_t change_count)
{
    switch (change->kind) {
    case DSY_CHANGE_INSERT:
    case DSY_CHANGE_UPDATE:
    case DSY_CHANGE_UPDATE_BODY:
    case DSY_CHANGE_QUARANTINE:
        return copy(change->as.row.body, &copies->body) && copy(change->as.row.broken, &copies->extra) &&
               reserve(&store->invocations, change_count);
    case DSY_CHANGE_RESULT:
        return copy(change->as.result.outcome, &copies->body) && copy(change->as.result.key, &copies->extra) &&
               reserve(&store->results, change_count);
    case DSY_CHANGE_KEY: return copy(change->as.key.key, &copies->extra) && reserve(&store->keys, change_count);
    case DSY_CHANGE_MESSAGE_INSERT:
        return copy(change->as.letter.body, &copies->body) && reserve(&store->messages, change_count);
    case DSY_CHANGE_OUTBOX_INSERT:
        return copy(change->as.letter.body, &copies->body) && reserve(&store->outbox, change_count);
    case DSY_CHANGE_INBOX: {
        struct dsy_slice sender = { .data = change->as.inbox.sender, .size_bytes = sizeof change->as.inbox.sender };
        return copy(sender, &copies->extra) && reserve(&store->senders, change_count);
    }
    case DSY_CHANGE_DELETE:
    case DSY_CHANGE_MESSAGE_DELETE:
    case DSY_CHANGE_OUTBOX_DELETE:
    case DSY_CHANGE_RETRY:
    case DSY_CHANGE_LINE_INSERT:
    case DSY_CHANGE_LINE_DELETE:
    case DSY_CHANGE_NUMBERS: break;
    }
    return true;
}

static void
apply_row(struct dsy_store *store, const struct dsy_change *change, struct copies *copies)
{
    const struct dsy_invocation_row *row = &change->as.row;
    if (change->kind == DSY_CHANGE_INSERT) {
        struct item item = { .number = row->number,
                             .secret = row->secret,
                             .due_ns = row->due_ns,
                             .is_active = row->is_active,
                             .is_broken = row->broken.data != NULL,
                             .body = copies->body,
                             .extra = copies->extra };
        insert(&store->invocations, false, &item);
        *copies = (struct copies){ 0 };
        return;
    }
    struct item *item = find(&store->invocations, row->number);
    if (item == NULL)
        return;
    if (change->kind == DSY_CHANGE_QUARANTINE) {
        free((void *)item->extra.data);
        item->extra = copies->extra;
        copies->extra = (struct dsy_slice){ 0 };
        item->is_broken = true;
        item->due_ns = DSY_NOT_DUE;
        item->is_active = false;
        return;
    }
    free((void *)item->body.data);
    item->body = copies->body;
    copies->body = (struct dsy_slice){ 0 };
    if (change->kind == DSY_CHANGE_UPDATE) {
        item->due_ns = row->due_ns;
        item->is_active = row->is_active;
    }
}

static void
apply_retry(struct dsy_store *store, int64_t number)
{
    struct item *item = find(&store->invocations, number);
    if (item == NULL || !item->is_broken)
        return;
    free((void *)item->extra.data);
    item->extra = (struct dsy_slice){ 0 };
    item->is_broken = false;
    item->is_active = true;
}

static void
apply_inbox(struct dsy_store *store, const struct dsy_inbox_row *inbox, struct copies *copies)
{
    struct item *known = find_extra(&store->senders, inbox->sender, sizeof inbox->sender);
    if (known != NULL) {
        known->due_ns = inbox->number;
        return;
    }
    struct item item = { .number = (int64_t)store->senders.count, .due_ns = inbox->number, .extra = copies->extra };
    insert(&store->senders, false, &item);
    *copies = (struct copies){ 0 };
}

/* The last letter of a receiver stays. */
static void
delete_letters(struct dsy_store *store, const struct dsy_letter_row *letter)
{
    size_t first = lower_bound(&store->outbox, true, letter->peer, INT64_MIN);
    while (first + 1 < store->outbox.count && store->outbox.items[first].due_ns == letter->peer &&
           store->outbox.items[first + 1].due_ns == letter->peer && store->outbox.items[first].number <= letter->number)
        remove_at(&store->outbox, first);
}

static void
apply(struct dsy_store *store, const struct dsy_change *change, struct copies *copies)
{
    struct item item = { .body = copies->body, .extra = copies->extra };
    switch (change->kind) {
    case DSY_CHANGE_INSERT:
    case DSY_CHANGE_UPDATE:
    case DSY_CHANGE_UPDATE_BODY:
    case DSY_CHANGE_QUARANTINE: apply_row(store, change, copies); return;
    case DSY_CHANGE_RETRY: apply_retry(store, change->as.number); return;
    case DSY_CHANGE_INBOX: apply_inbox(store, &change->as.inbox, copies); return;
    case DSY_CHANGE_DELETE: remove_number(&store->invocations, change->as.row.number); return;
    case DSY_CHANGE_MESSAGE_DELETE: remove_number(&store->messages, change->as.letter.number); return;
    case DSY_CHANGE_OUTBOX_DELETE: delete_letters(store, &change->as.letter); return;
    case DSY_CHANGE_LINE_INSERT: /* its lines have no file that could be behind */
    case DSY_CHANGE_LINE_DELETE: return;
    case DSY_CHANGE_NUMBERS: store->facts.next_number = change->as.numbers.next; return;
    case DSY_CHANGE_RESULT:
        item.number = change->as.result.number;
        item.secret = change->as.result.secret;
        item.due_ns = change->as.result.completed_ns;
        insert(&store->results, false, &item);
        break;
    case DSY_CHANGE_KEY:
        item.number = change->as.key.number;
        item.secret = change->as.key.secret;
        insert(&store->keys, false, &item);
        break;
    case DSY_CHANGE_MESSAGE_INSERT:
        item.number = change->as.letter.number;
        insert(&store->messages, false, &item);
        break;
    case DSY_CHANGE_OUTBOX_INSERT:
        item.number = change->as.letter.number;
        item.due_ns = change->as.letter.peer;
        insert(&store->outbox, true, &item);
        break;
    }
    *copies = (struct copies){ 0 };
}

static enum dsy_status
memory_commit(struct dsy_store *store, const struct dsy_change *changes, size_t change_count, struct dsy_error *error)
{
    struct copies *copies = calloc(change_count > 0 ? change_count : 1, sizeof *copies);
    bool is_prepared = copies != NULL;
    for (size_t index = 0; is_prepared && index < change_count; index++)
        is_prepared = prepare_change(store, &changes[index], &copies[index], change_count);
    for (size_t index = 0; is_prepared && index < change_count; index++)
        apply(store, &changes[index], &copies[index]);
    for (size_t index = 0; copies != NULL && index < change_count; index++) {
        free((void *)copies[index].body.data);
        free((void *)copies[index].extra.data);
    }
    free(copies);
    return is_prepared ? DSY_OK : dsy_error_set(error, DSY_NO_MEMORY, "cannot write to the store in memory");
}

/* ---- reading ---- */

static struct dsy_invocation_row
row_of(const struct item *item)
{
    return (struct dsy_invocation_row){ .number = item->number,
                                        .secret = item->secret,
                                        .due_ns = item->due_ns,
                                        .is_active = item->is_active,
                                        .body = item->body,
                                        .broken = item->extra };
}

static enum dsy_status
memory_load(struct dsy_store *store, int64_t number, struct dsy_invocation_row *row, struct dsy_error *error)
{
    (void)error;
    const struct item *item = find(&store->invocations, number);
    if (item == NULL)
        return DSY_NOT_FOUND;
    *row = row_of(item);
    return DSY_OK;
}

static bool
is_before(const struct item *left, const struct item *right)
{
    return left->due_ns != right->due_ns ? left->due_ns < right->due_ns : left->number < right->number;
}

/* Selection of the next one, again and again: the store is small. */
static enum dsy_status
memory_due(struct dsy_store *store, int64_t after_due_ns, int64_t after_number, int64_t until_ns, uint32_t limit,
           dsy_row_function *each, void *context, struct dsy_error *error)
{
    (void)error;
    struct item after = { .due_ns = after_due_ns, .number = after_number };
    for (uint32_t count = 0; count < limit; count++) {
        const struct item *next = NULL;
        for (size_t index = 0; index < store->invocations.count; index++) {
            const struct item *item = &store->invocations.items[index];
            if (item->due_ns != DSY_NOT_DUE && item->due_ns <= until_ns && is_before(&after, item) &&
                (next == NULL || is_before(item, next)))
                next = item;
        }
        if (next == NULL)
            return DSY_OK;
        struct dsy_invocation_row row = row_of(next);
        after = *next;
        if (!each(context, &row))
            return DSY_OK;
    }
    return DSY_OK;
}

static enum dsy_status
scan_rows(const struct dsy_store *store, int64_t after, uint32_t limit, bool only_active, dsy_row_function *each,
          void *context)
{
    uint32_t count = 0;
    for (size_t index = 0; index < store->invocations.count && count < limit; index++) {
        const struct item *item = &store->invocations.items[index];
        if (item->number <= after || (only_active && !item->is_active))
            continue;
        struct dsy_invocation_row row = row_of(item);
        count++;
        if (!each(context, &row))
            break;
    }
    return DSY_OK;
}

static enum dsy_status
memory_active(struct dsy_store *store, int64_t after, uint32_t limit, dsy_row_function *each, void *context,
              struct dsy_error *error)
{
    (void)error;
    return scan_rows(store, after, limit, true, each, context);
}

static enum dsy_status
memory_list(struct dsy_store *store, int64_t after, uint32_t limit, dsy_row_function *each, void *context,
            struct dsy_error *error)
{
    (void)error;
    return scan_rows(store, after, limit, false, each, context);
}

static void
scan_letters(const struct table *table, bool any_peer, uint32_t peer, int64_t after, uint32_t limit,
             dsy_letter_function *each, void *context)
{
    uint32_t count = 0;
    for (size_t index = 0; index < table->count && count < limit; index++) {
        const struct item *item = &table->items[index];
        if (item->number <= after || (!any_peer && item->due_ns != peer))
            continue;
        struct dsy_letter_row letter = { .peer = (uint32_t)item->due_ns, .number = item->number, .body = item->body };
        count++;
        if (!each(context, &letter))
            return;
    }
}

static enum dsy_status
memory_messages(struct dsy_store *store, int64_t after, uint32_t limit, dsy_letter_function *each, void *context,
                struct dsy_error *error)
{
    (void)error;
    scan_letters(&store->messages, true, 0, after, limit, each, context);
    return DSY_OK;
}

static enum dsy_status
memory_lines(struct dsy_store *store, int64_t after, uint32_t limit, dsy_letter_function *each, void *context,
             struct dsy_error *error)
{
    (void)store, (void)after, (void)limit, (void)each, (void)context, (void)error;
    return DSY_OK;
}

static enum dsy_status
memory_last_line(struct dsy_store *store, int64_t *number, struct dsy_error *error)
{
    (void)store, (void)error;
    *number = 0;
    return DSY_OK;
}

static enum dsy_status
memory_outbox(struct dsy_store *store, uint32_t peer, int64_t after, uint32_t limit, dsy_letter_function *each,
              void *context, struct dsy_error *error)
{
    (void)error;
    scan_letters(&store->outbox, false, peer, after, limit, each, context);
    return DSY_OK;
}

static enum dsy_status
memory_receivers(struct dsy_store *store, dsy_letter_function *each, void *context, struct dsy_error *error)
{
    (void)error;
    for (size_t index = 0; index < store->outbox.count; index++) {
        const struct item *item = &store->outbox.items[index];
        if (index + 1 < store->outbox.count && store->outbox.items[index + 1].due_ns == item->due_ns)
            continue;
        struct dsy_letter_row letter = { .peer = (uint32_t)item->due_ns, .number = item->number, .body = item->body };
        if (!each(context, &letter))
            break;
    }
    return DSY_OK;
}

static enum dsy_status
memory_senders(struct dsy_store *store, dsy_inbox_function *each, void *context, struct dsy_error *error)
{
    (void)error;
    for (size_t index = 0; index < store->senders.count; index++) {
        struct dsy_inbox_row inbox = { .number = store->senders.items[index].due_ns };
        memcpy(inbox.sender, store->senders.items[index].extra.data, sizeof inbox.sender);
        if (!each(context, &inbox))
            break;
    }
    return DSY_OK;
}

static enum dsy_status
memory_result(struct dsy_store *store, int64_t number, struct dsy_result_row *row, struct dsy_error *error)
{
    (void)error;
    const struct item *item = find(&store->results, number);
    if (item == NULL)
        return DSY_NOT_FOUND;
    *row = (struct dsy_result_row){ .number = item->number,
                                    .secret = item->secret,
                                    .completed_ns = item->due_ns,
                                    .outcome = item->body,
                                    .key = item->extra };
    return DSY_OK;
}

static enum dsy_status
memory_key(struct dsy_store *store, struct dsy_slice key, struct dsy_key_row *row, struct dsy_error *error)
{
    (void)error;
    const struct item *item = find_extra(&store->keys, key.data, key.size_bytes);
    if (item == NULL)
        return DSY_NOT_FOUND;
    *row = (struct dsy_key_row){ .number = item->number, .secret = item->secret };
    return DSY_OK;
}

static enum dsy_status
memory_sweep(struct dsy_store *store, int64_t before_ns, uint32_t limit, int64_t *cursor, struct dsy_error *error)
{
    (void)error;
    size_t index = lower_bound(&store->results, false, 0, *cursor + 1);
    for (uint32_t count = 0; count < limit; count++) {
        if (index >= store->results.count) {
            *cursor = 0;
            return DSY_OK;
        }
        const struct item *item = &store->results.items[index];
        *cursor = item->number;
        if (item->due_ns >= before_ns) {
            index++;
            continue;
        }
        remove_number(&store->keys, item->number);
        remove_at(&store->results, index);
    }
    return DSY_OK;
}

const struct dsy_store_driver dsy_store_memory = {
    .name = "memory",
    .prepare = memory_prepare,
    .open = memory_open,
    .close = memory_close,
    .commit = memory_commit,
    .load = memory_load,
    .due = memory_due,
    .active = memory_active,
    .list = memory_list,
    .messages = memory_messages,
    .lines = memory_lines,
    .last_line = memory_last_line,
    .outbox = memory_outbox,
    .receivers = memory_receivers,
    .senders = memory_senders,
    .result = memory_result,
    .key = memory_key,
    .sweep = memory_sweep,
};
