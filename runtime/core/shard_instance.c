/* Instances of keyed services: who gets a key, who waits for it, who is next.
 *
 * An invocation of a keyed service runs in the shard of its instance, and both are in the batch whenever it runs. It
 * holds the key from its start to its end. Whoever finds it held queues as an invocation of its own, of which nothing
 * has run; it is sent a MESSAGE_GRANT when it is its turn, by the batch in which the holder ends. */
#include <stdio.h>
#include <string.h>

#include "dsy/error.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/shard_internal.h"

/* ---- from the batch, the cache or the store ---- */

static enum dsy_status
decode(struct shard *shard, const struct cache_entry *cached, struct batch_instances *instances)
{
    struct batch *batch = shard->open;
    char reason[REASON_BYTES_MAX] = "its row is in quarantine";
    enum dsy_status status = DSY_CORRUPT;
    if (cached->kind == CACHE_GONE)
        return DSY_OK;
    if (cached->kind == CACHE_BODY) {
        uint8_t *body = dsy_arena_allocate(&batch->arena, cached->size_bytes > 0 ? cached->size_bytes : 1);
        if (body == NULL)
            return DSY_NO_MEMORY;
        if (cached->size_bytes > 0)
            memcpy(body, cached->body, cached->size_bytes);
        instances->loaded = (struct dsy_slice){ .data = body, .size_bytes = cached->size_bytes };
        status = dsy_instance_row_decode(shard->surroundings->program, instances->loaded, &batch->arena,
                                         &instances->row, reason);
    }
    if (status != DSY_CORRUPT)
        return status;
    char *kept = dsy_arena_copy_text(&batch->arena, reason, strlen(reason));
    instances->is_broken = true;
    instances->reason = (struct dsy_slice){ .data = (const uint8_t *)kept, .size_bytes = strlen(reason) };
    return kept != NULL ? DSY_OK : DSY_NO_MEMORY;
}

enum dsy_status
dsy_shard_instances(struct shard *shard, struct message *message, int64_t number, struct batch_instances **instances)
{
    *instances = dsy_number_table_find(&shard->open->instance_table, number);
    if (*instances != NULL)
        return DSY_OK;
    const struct cache_entry *cached = dsy_cache_find(&shard->cache, number);
    if (cached == NULL)
        return dsy_shard_wait_for_store(shard, message, number);
    struct batch_instances *added = dsy_batch_add_instances(shard->open, number);
    enum dsy_status status = added != NULL ? decode(shard, cached, added) : DSY_NO_MEMORY;
    if (status == DSY_OK)
        *instances = added;
    return status == DSY_OK ? DSY_OK : DSY_NO_MEMORY; /* a row that does not fit the memory of a batch is none */
}

enum dsy_status
dsy_shard_find_instance(struct shard *shard, struct batch_entry *entry, struct batch_instances *instances,
                        struct dsy_slice key)
{
    entry->instances = instances;
    if (instances->is_broken)
        return DSY_OK;
    entry->instance = dsy_instance_find(&instances->row, (uint32_t)entry->routine->service, key, &shard->open->arena);
    return entry->instance != NULL ? DSY_OK : DSY_NO_MEMORY;
}

/* ---- running ---- */

/* What the routine sees of its instance. */
static enum dsy_status
enter(struct shard *shard, struct batch_entry *entry)
{
    const struct program *program = shard->surroundings->program;
    struct transition *transition = &shard->transition;
    struct dsy_arena *arena = &shard->open->arena;
    struct instance *instance = entry->instance;
    const struct dsy_service_type *service = program->type->services[instance->service];
    enum dsy_status status = dsy_instance_read_state(program, instance, arena, transition->reason);
    if (status != DSY_OK)
        return status;
    if (instance->key_value == NULL) {
        void *value = dsy_arena_allocate_zeroed(arena, service->key->size_bytes);
        if (value == NULL)
            return DSY_NO_MEMORY;
        if (dsy_instance_key_decode(service, instance->key, value))
            instance->key_value = value;
    }
    transition->state = instance->state;
    transition->key = instance->key_value;
    if (entry->routine->key_access != DSY_KEY_QUERY)
        entry->instances->is_dirty = true;
    return DSY_OK;
}

/* Whether an invocation of this shard is among the holders of keys above a call. */
static bool
is_above(const struct shard *shard, int64_t number, struct dsy_slice holders)
{
    uint8_t holder[HOLDER_BYTES];
    dsy_holder_write(holder, shard->number, number);
    for (size_t at = 0; at + HOLDER_BYTES <= holders.size_bytes; at += HOLDER_BYTES)
        if (memcmp(holders.data + at, holder, HOLDER_BYTES) == 0)
            return true;
    return false;
}

/* An exclusive method: it takes the key, waits for it, or would wait for ever. */
static enum transition_end
begin_exclusive(struct shard *shard, struct batch_entry *entry, const struct message *message, int64_t now_ns)
{
    struct transition *transition = &shard->transition;
    struct invocation *invocation = &entry->invocation;
    struct instance *instance = entry->instance;
    if (instance->holder == 0) {
        instance->holder = invocation->number;
        return dsy_transition_begin(transition, invocation, message, now_ns);
    }
    if (is_above(shard, instance->holder, message->holders))
        return dsy_transition_refuse(transition, invocation, message, now_ns, &dsy_error_deadlock,
                                     "%s would wait for a key that one of its callers holds", message->routine->name);
    enum dsy_status status = dsy_instance_queue(instance, invocation->number, &shard->open->arena);
    if (status == DSY_FULL)
        return dsy_transition_refuse(transition, invocation, message, now_ns, &dsy_error_out_of_range,
                                     "%d calls wait for the key of %s already", INSTANCE_QUEUE_MAX,
                                     message->routine->name);
    return status == DSY_OK ? dsy_transition_queue(transition, invocation, message, now_ns) : TRANSITION_NO_MEMORY;
}

enum transition_end
dsy_shard_begin_keyed(struct shard *shard, struct batch_entry *entry, const struct message *message, int64_t now_ns)
{
    struct transition *transition = &shard->transition;
    if (entry->instances == NULL)
        return dsy_transition_refuse(transition, &entry->invocation, message, now_ns, &dsy_error_invalid_value,
                                     "a key of %s has 1 to %d octets", message->routine->name, INSTANCE_KEY_BYTES_MAX);
    enum transition_end end = dsy_shard_enter(shard, entry);
    if (end != TRANSITION_SUSPENDED)
        return end;
    switch (message->routine->key_access) {
    case DSY_KEY_EXCLUSIVE: return begin_exclusive(shard, entry, message, now_ns);
    case DSY_KEY_SHARED: entry->instance->shared_count++; break;
    case DSY_KEY_QUERY: break;
    }
    return dsy_transition_begin(transition, &entry->invocation, message, now_ns);
}

enum transition_end
dsy_shard_enter(struct shard *shard, struct batch_entry *entry)
{
    struct transition *transition = &shard->transition;
    transition->state = NULL;
    transition->key = NULL;
    if (entry->instances == NULL)
        return TRANSITION_SUSPENDED;
    if (entry->instances->is_broken) {
        const struct dsy_slice reason = entry->instances->reason;
        snprintf(transition->reason, sizeof transition->reason, "the instance of its key cannot be read: %.*s",
                 (int)reason.size_bytes, (const char *)reason.data);
        return TRANSITION_BROKEN;
    }
    enum dsy_status status = enter(shard, entry);
    if (status == DSY_OK)
        return TRANSITION_SUSPENDED;
    return status == DSY_NO_MEMORY ? TRANSITION_NO_MEMORY : TRANSITION_BROKEN;
}

enum dsy_status
dsy_shard_occupy(struct shard *shard, struct batch_entry *entry)
{
    struct instance *instance = entry->instance;
    if (instance == NULL || entry->routine->key_access == DSY_KEY_QUERY)
        return DSY_OK;
    entry->instances->is_dirty = true;
    if (entry->routine->key_access == DSY_KEY_SHARED) {
        instance->shared_count++;
        return DSY_OK;
    }
    if (instance->holder == 0) {
        instance->holder = entry->invocation.number;
        return DSY_OK;
    }
    entry->invocation.pending.kind = PENDING_QUEUED;
    entry->invocation.pending.due_ns = entry->invocation.pending.since_ns;
    return dsy_instance_queue(instance, entry->invocation.number, &shard->open->arena) == DSY_OK ? DSY_OK
                                                                                                 : DSY_NO_MEMORY;
}

/* ---- deadlocks ---- */

/* Who holds the key for which an invocation queues; 0: nobody, or it does not. */
static int64_t
holder_for(const struct batch_entry *entry)
{
    bool queues = entry->invocation.pending.kind == PENDING_QUEUED && entry->instance != NULL;
    return queues && entry->instance->holder != entry->invocation.number ? entry->instance->holder : 0;
}

enum transition_end
dsy_shard_probe(struct shard *shard, struct batch_entry *entry, const struct message *message, int64_t now_ns)
{
    struct invocation *invocation = &entry->invocation;
    struct dsy_arena *arena = &shard->open->arena;
    struct message_list out = { 0 };
    enum probe_end end;
    if (message->kind == MESSAGE_PROBE)
        end = dsy_probe_pass(invocation, shard->number, holder_for(entry), message, &shard->probes, arena, &out);
    else
        end = dsy_probe_begin(invocation, shard->number, holder_for(entry), now_ns, arena, &out);
    if (end == PROBE_CYCLE)
        return dsy_transition_fail(&shard->transition, invocation, now_ns, &dsy_error_deadlock,
                                   "calls wait for each other's keys, and this one was the last to wait");
    if (end == PROBE_NO_MEMORY || dsy_shard_send_all(shard, &out) != DSY_OK)
        return TRANSITION_NO_MEMORY;
    return TRANSITION_STALE; /* nothing of it has changed */
}

/* ---- the end, and who is next ---- */

static enum dsy_status
grant_next(struct shard *shard, struct batch_instances *instances, struct instance *instance)
{
    instances->is_dirty = true;
    instance->holder = dsy_instance_next(instance);
    if (instance->holder == 0)
        return DSY_OK;
    struct message *message = dsy_arena_allocate(&shard->open->arena, sizeof *message);
    if (message == NULL)
        return DSY_NO_MEMORY;
    *message = (struct message){
        .kind = MESSAGE_GRANT, .source = SOURCE_BATCH, .number = instance->holder, .instances = instances->number
    };
    dsy_message_queue_add(&shard->open->local, message);
    return DSY_OK;
}

enum dsy_status
dsy_shard_leave(struct shard *shard, struct batch_entry *entry)
{
    struct instance *instance = entry->instance;
    if (instance == NULL || entry->routine->key_access == DSY_KEY_QUERY)
        return DSY_OK;
    entry->instances->is_dirty = true;
    if (entry->routine->key_access == DSY_KEY_SHARED) {
        instance->shared_count -= instance->shared_count > 0;
        return DSY_OK;
    }
    if (instance->holder == entry->invocation.number)
        return grant_next(shard, entry->instances, instance);
    dsy_instance_leave(instance, entry->invocation.number);
    return DSY_OK;
}

enum dsy_status
dsy_shard_grant_again(struct shard *shard, struct message *message)
{
    struct batch_instances *instances = NULL;
    if (!dsy_number_is_of_instances(message->instances)) {
        dsy_shard_consume(shard, message);
        return DSY_OK;
    }
    enum dsy_status status = dsy_shard_instances(shard, message, message->instances, &instances);
    if (status != DSY_OK || instances == NULL)
        return status;
    for (struct instance *instance = instances->row.first; instance != NULL && status == DSY_OK;
         instance = instance->next)
        if (instance->holder == message->number)
            status = grant_next(shard, instances, instance);
    if (status == DSY_OK)
        dsy_shard_consume(shard, message);
    return status;
}
