/* Schedules of a shard: what is due begins, and is due again. They need no compiled code, and their rows no decoding:
 * the number says which it is, the column when it is due. */
#include "runtime/core/schedule.h"
#include "runtime/core/shard_internal.h"

enum dsy_status
dsy_shard_begin_schedules(struct shard *shard)
{
    const struct program *program = shard->surroundings->program;
    for (size_t index = 0; index < program->schedule_count; index++) {
        const struct program_schedule *schedule = &program->schedules[index];
        if (schedule->place % shard->surroundings->shard_count != shard->number)
            continue;
        struct message *message = dsy_shard_new_message(MESSAGE_RESUME, schedule->number);
        if (message == NULL)
            return DSY_NO_MEMORY;
        dsy_message_queue_add(&shard->ready, message);
    }
    return DSY_OK;
}

static enum dsy_status
find(struct shard *shard, struct message *message, struct batch_schedule **found)
{
    *found = dsy_number_table_find(&shard->open->schedule_table, message->number);
    if (*found != NULL)
        return DSY_OK;
    const struct cache_entry *cached = dsy_cache_find(&shard->cache, message->number);
    if (cached == NULL)
        return dsy_shard_wait_for_store(shard, message, message->number);
    *found = dsy_batch_add_schedule(shard->open, message->number);
    if (*found == NULL)
        return DSY_NO_MEMORY;
    (*found)->schedule = dsy_program_schedule(shard->surroundings->program, message->number);
    (*found)->has_row = cached->kind != CACHE_GONE;
    (*found)->is_set = cached->kind == CACHE_BODY;
    (*found)->due_ns = cached->kind == CACHE_BODY ? cached->due_ns : DSY_NOT_DUE;
    return DSY_OK;
}

/* One run: an invocation of this shard, whose result nobody waits for. */
static enum dsy_status
begin_run(struct shard *shard, const struct program_schedule *schedule)
{
    static const uint8_t no_arguments = 0x80; /* CBOR: an array of none */
    struct message *message = dsy_arena_allocate(&shard->open->arena, sizeof *message);
    if (message == NULL)
        return DSY_NO_MEMORY;
    *message = (struct message){
        .kind = MESSAGE_BEGIN,
        .source = SOURCE_BATCH,
        .number = dsy_numbers_take(&shard->numbers),
        .secret = dsy_numbers_secret(&shard->numbers),
        .receiver = shard->number,
        .routine = schedule->routine,
        .arguments = { .data = &no_arguments, .size_bytes = 1 },
    };
    shard->open->schedules_run++;
    return dsy_shard_send(shard, message);
}

/* Make the schedule what it should be now. */
static enum dsy_status
update(struct shard *shard, struct batch_schedule *entry)
{
    const struct program_schedule *schedule = entry->schedule;
    int64_t now_ns = dsy_clock_utc_ns(shard->surroundings->clock);
    if (schedule == NULL) { /* of a program that had it */
        entry->is_gone = entry->is_dirty = entry->has_row;
        return DSY_OK;
    }
    if (entry->is_set && (entry->due_ns == DSY_NOT_DUE || entry->due_ns > now_ns))
        return DSY_OK;
    enum dsy_status status = entry->is_set ? begin_run(shard, schedule) : DSY_OK;
    if (status != DSY_OK)
        return status;
    entry->is_set = entry->is_dirty = true;
    status = dsy_schedule_next_ns(schedule, now_ns, &entry->due_ns);
    return status == DSY_OK ? DSY_OK : DSY_NO_MEMORY;
}

enum dsy_status
dsy_shard_take_schedule(struct shard *shard, struct message *message)
{
    struct batch_schedule *entry = NULL;
    enum dsy_status status = find(shard, message, &entry);
    if (status != DSY_OK || entry == NULL)
        return status;
    status = update(shard, entry);
    if (status != DSY_OK)
        return status;
    /* The wall clock went back after the timer had fired: it is set anew. */
    if (message->kind == MESSAGE_TIMER && !entry->is_dirty && entry->due_ns != DSY_NOT_DUE)
        dsy_shard_arm(shard, message->number, entry->due_ns);
    shard->open->cell_count++;
    dsy_shard_unpin(shard, message);
    dsy_shard_consume(shard, message);
    return DSY_OK;
}
