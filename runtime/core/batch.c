/* Batch: what it holds while it executes. How it is closed stands in batch_close.c. */
#include "runtime/core/batch.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/core/core_limits.h"

/* ---- queues of messages ---- */

void
dsy_message_queue_init(struct message_queue *queue)
{
    *queue = (struct message_queue){ 0 };
    queue->last = &queue->first;
}

void
dsy_message_queue_add(struct message_queue *queue, struct message *message)
{
    message->next = NULL;
    *queue->last = message;
    queue->last = &message->next;
    queue->count++;
}

struct message *
dsy_message_queue_take(struct message_queue *queue)
{
    struct message *message = queue->first;
    if (message == NULL)
        return NULL;
    queue->first = message->next;
    if (queue->first == NULL)
        queue->last = &queue->first;
    queue->count--;
    return message;
}

void
dsy_message_queue_prepend(struct message_queue *queue, struct message_queue *other)
{
    if (other->first == NULL)
        return;
    *other->last = queue->first;
    if (queue->first == NULL)
        queue->last = other->last;
    queue->first = other->first;
    queue->count += other->count;
    dsy_message_queue_init(other);
}

/* ---- the batch ---- */

static void
forget(struct batch *batch)
{
    batch->first = NULL;
    batch->last = &batch->first;
    batch->instances = NULL;
    batch->cells = NULL;
    batch->schedules = NULL;
    batch->schedules_run = 0;
    batch->lines = (struct line_list){ 0 };
    batch->letters = NULL;
    batch->last_letter = &batch->letters;
    batch->senders = NULL;
    batch->first_run = NULL;
    batch->transition_count = batch->cell_count = 0;
    batch->execution_ns = 0;
    batch->change_count = 0;
    dsy_message_queue_init(&batch->inputs);
    dsy_message_queue_init(&batch->local);
    dsy_message_queue_init(&batch->left);
    dsy_message_queue_init(&batch->kept);
    dsy_message_queue_init(&batch->following);
}

void
dsy_batch_init(struct batch *batch, uint64_t hash_seed)
{
    memset(batch, 0, sizeof *batch);
    dsy_arena_init(&batch->arena, SIZE_MAX);
    batch->arena.hash_seed = hash_seed;
    dsy_arena_init(&batch->commit.arena, BATCH_BYTES_MAX);
    forget(batch);
}

void
dsy_batch_destroy(struct batch *batch)
{
    dsy_arena_destroy(&batch->arena);
    dsy_arena_destroy(&batch->commit.arena);
    dsy_number_table_destroy(&batch->entries);
    dsy_number_table_destroy(&batch->instance_table);
    dsy_number_table_destroy(&batch->cell_table);
    dsy_number_table_destroy(&batch->schedule_table);
    free(batch->changes);
}

void
dsy_batch_reset(struct batch *batch)
{
    dsy_arena_reset(&batch->arena);
    dsy_number_table_clear(&batch->entries);
    dsy_number_table_clear(&batch->instance_table);
    dsy_number_table_clear(&batch->cell_table);
    dsy_number_table_clear(&batch->schedule_table);
    forget(batch);
}

bool
dsy_batch_is_empty(const struct batch *batch)
{
    return batch->inputs.count == 0 && batch->first == NULL && batch->local.count == 0 && batch->left.count == 0 &&
           batch->senders == NULL;
}

struct batch_entry *
dsy_batch_add(struct batch *batch, int64_t number, uint64_t secret)
{
    struct batch_entry *entry = dsy_arena_allocate_zeroed(&batch->arena, sizeof *entry);
    if (entry == NULL || dsy_number_table_insert(&batch->entries, number, entry) != DSY_OK)
        return NULL;
    entry->invocation.number = number;
    entry->invocation.secret = secret;
    entry->row_due_ns = DSY_NOT_DUE;
    *batch->last = entry;
    batch->last = &entry->next;
    return entry;
}

struct batch_instances *
dsy_batch_add_instances(struct batch *batch, int64_t number)
{
    struct batch_instances *instances = dsy_arena_allocate_zeroed(&batch->arena, sizeof *instances);
    if (instances == NULL || dsy_number_table_insert(&batch->instance_table, number, instances) != DSY_OK)
        return NULL;
    instances->number = number;
    instances->next = batch->instances;
    batch->instances = instances;
    return instances;
}

struct batch_cell *
dsy_batch_add_cell(struct batch *batch, int64_t number, uint64_t secret)
{
    struct batch_cell *cell = dsy_arena_allocate_zeroed(&batch->arena, sizeof *cell);
    if (cell == NULL || dsy_number_table_insert(&batch->cell_table, number, cell) != DSY_OK)
        return NULL;
    cell->cell.number = number;
    cell->cell.secret = secret;
    cell->next = batch->cells;
    batch->cells = cell;
    return cell;
}

struct batch_sender *
dsy_batch_sender(struct batch *batch, const uint8_t identity[16], uint32_t shard)
{
    for (struct batch_sender *sender = batch->senders; sender != NULL; sender = sender->next)
        if (memcmp(sender->identity, identity, 16) == 0)
            return sender;
    struct batch_sender *sender = dsy_arena_allocate_zeroed(&batch->arena, sizeof *sender);
    if (sender == NULL)
        return NULL;
    memcpy(sender->identity, identity, 16);
    sender->shard = shard;
    sender->next = batch->senders;
    batch->senders = sender;
    return sender;
}

struct batch_schedule *
dsy_batch_add_schedule(struct batch *batch, int64_t number)
{
    struct batch_schedule *schedule = dsy_arena_allocate_zeroed(&batch->arena, sizeof *schedule);
    if (schedule == NULL || dsy_number_table_insert(&batch->schedule_table, number, schedule) != DSY_OK)
        return NULL;
    schedule->number = number;
    schedule->due_ns = DSY_NOT_DUE;
    schedule->next = batch->schedules;
    batch->schedules = schedule;
    return schedule;
}
