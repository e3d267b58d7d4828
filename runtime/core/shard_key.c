/* Idempotency keys: a submission with a key that is known gets the invocation which the key began.
 *
 * A key belongs to one shard, by its hash. It is looked up in the store; from then until the batch that takes it is
 * saved, it is also known here, and others with the same key wait. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "runtime/core/shard_internal.h"

static int64_t
hash(struct dsy_slice key)
{
    return (int64_t)(XXH64(key.data, key.size_bytes, 0) >> 1 | 1);
}

static struct key_in_flight *
find_key(const struct shard *shard, struct dsy_slice key)
{
    struct key_in_flight *found = dsy_number_table_find(&shard->keys, hash(key));
    while (found != NULL &&
           (found->key.size_bytes != key.size_bytes || memcmp(found->key.data, key.data, key.size_bytes) != 0))
        found = found->next;
    return found;
}

static enum dsy_status
add_key(struct shard *shard, struct key_in_flight *key)
{
    key->next = dsy_number_table_remove(&shard->keys, hash(key->key));
    enum dsy_status status = dsy_number_table_insert(&shard->keys, hash(key->key), key);
    /* A place was just made free, so that only a new one can fail. */
    return status;
}

static void
remove_key(struct shard *shard, struct key_in_flight *key)
{
    struct key_in_flight *first = dsy_number_table_remove(&shard->keys, hash(key->key));
    struct key_in_flight **place = &first;
    while (*place != key)
        place = &(*place)->next;
    *place = key->next;
    if (first != NULL && dsy_number_table_insert(&shard->keys, hash(first->key), first) != DSY_OK)
        abort(); /* cannot be: its place was just made free */
    dsy_arena_destroy(&key->request.arena);
    free(key->copy);
    free(key);
}

static struct key_in_flight *
new_key(struct shard *shard, struct dsy_slice slice)
{
    struct key_in_flight *key = calloc(1, sizeof *key);
    uint8_t *copy = key != NULL ? malloc(slice.size_bytes) : NULL;
    if (copy == NULL) {
        free(key);
        return NULL;
    }
    memcpy(copy, slice.data, slice.size_bytes);
    key->copy = copy;
    key->key = (struct dsy_slice){ .data = copy, .size_bytes = slice.size_bytes };
    key->last = &key->first;
    key->request.key = key->key;
    key->request.context = key;
    dsy_arena_init(&key->request.arena, SIZE_MAX);
    if (add_key(shard, key) == DSY_OK)
        return key;
    free(copy);
    free(key);
    return NULL;
}

static void
add_waiting(struct key_in_flight *key, struct submission *submission)
{
    submission->next = NULL;
    *key->last = submission;
    key->last = &submission->next;
}

static struct submission *
take_waiting(struct key_in_flight *key)
{
    struct submission *submission = key->first;
    if (submission == NULL)
        return NULL;
    key->first = submission->next;
    if (key->first == NULL)
        key->last = &key->first;
    return submission;
}

void
dsy_shard_look_up_key(struct shard *shard, struct submission *submission)
{
    struct dsy_slice slice = submission->message.key;
    struct key_in_flight *key = find_key(shard, slice);
    if (key == NULL) {
        key = new_key(shard, slice);
        if (key == NULL) {
            dsy_shard_refuse(shard, submission);
            return;
        }
        key->is_asked = true;
        dsy_shard_ask(shard, &key->request, STORE_KEY);
    }
    add_waiting(key, submission);
}

static void
refuse_waiting(struct shard *shard, struct key_in_flight *key)
{
    for (struct submission *submission; (submission = take_waiting(key)) != NULL;)
        dsy_shard_refuse(shard, submission);
}

static void
tell_known(struct shard *shard, struct submission *submission, int64_t number, uint64_t secret)
{
    if (submission->accepted != NULL)
        submission->accepted(submission->context, dsy_invocation_id_of(shard->number, number, secret), false);
}

void
dsy_shard_key_looked_up(struct shard *shard, struct key_in_flight *key)
{
    key->is_asked = false;
    enum dsy_status status = key->request.status;
    if (status == DSY_NOT_FOUND) {
        /* The first begins the invocation; the others wait until that is saved. */
        struct submission *submission = take_waiting(key);
        dsy_message_queue_add(&shard->ready, &submission->message);
        return;
    }
    struct dsy_key_row row = key->request.key_row;
    for (struct submission *submission; status == DSY_OK && (submission = take_waiting(key)) != NULL;) {
        tell_known(shard, submission, row.number, row.secret);
        if (submission->completed != NULL)
            dsy_shard_attach(shard, row.number, row.secret, submission->waiter, submission->completed,
                             submission->context);
        dsy_shard_release(shard, &submission->message);
    }
    refuse_waiting(shard, key);
    remove_key(shard, key);
}

void
dsy_shard_key_saved(struct shard *shard, const struct submission *saved)
{
    struct key_in_flight *key = find_key(shard, saved->message.key);
    if (key == NULL)
        return;
    for (struct submission *submission; (submission = take_waiting(key)) != NULL;) {
        tell_known(shard, submission, saved->number, saved->secret);
        if (submission->completed != NULL)
            dsy_shard_add_waiter(shard, saved->number, saved->secret, submission->waiter, submission->completed,
                                 submission->context);
        dsy_shard_release(shard, &submission->message);
    }
    remove_key(shard, key);
}

/* Those that the store is being asked for are refused when it answers. */
void
dsy_shard_drop_keys(struct shard *shard)
{
    for (size_t index = 0; index < shard->keys.capacity;) {
        struct key_in_flight *key = shard->keys.slots[index].value;
        while (key != NULL && key->is_asked)
            key = key->next;
        if (key == NULL) {
            index++;
            continue;
        }
        refuse_waiting(shard, key);
        remove_key(shard, key);
        index = 0; /* the slots have moved */
    }
}
