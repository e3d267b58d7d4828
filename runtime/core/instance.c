/* Instances: their row, their state, their queue. */
#include "runtime/core/instance.h"

#include <stdio.h>
#include <string.h>

#include "runtime/core/caller_codec.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/seal.h"

enum { INSTANCE_ITEMS = 6, QUEUE_CAPACITY_MIN = 8 };

static const struct dsy_service_type *
service_of(const struct program *program, const struct instance *instance)
{
    return program->type->services[instance->service];
}

/* ---- writing ---- */

static bool
slices_equal(struct dsy_slice left, struct dsy_slice right)
{
    return left.size_bytes == right.size_bytes &&
           (left.size_bytes == 0 || memcmp(left.data, right.data, left.size_bytes) == 0);
}

/* Encode a state that was decoded; octets that are equal to those before mean that it has not changed. */
static enum dsy_status
settle_state(const struct program *program, struct instance *instance, struct dsy_arena *arena,
             struct dsy_buffer *buffer)
{
    if (instance->state == NULL)
        return DSY_OK;
    dsy_buffer_clear(buffer);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    service_of(program, instance)->state->write_cbor(&writer, instance->state);
    enum dsy_status status = dsy_cbor_writer_status(&writer);
    if (status != DSY_OK)
        return status;
    struct dsy_slice encoded = { .data = buffer->data, .size_bytes = buffer->size_bytes };
    if (slices_equal(encoded, program->default_states[instance->service])) {
        instance->state_bytes = (struct dsy_slice){ 0 };
        return DSY_OK;
    }
    if (slices_equal(encoded, instance->state_bytes))
        return DSY_OK;
    uint8_t *copy = dsy_arena_allocate(arena, encoded.size_bytes);
    if (copy == NULL)
        return DSY_NO_MEMORY;
    memcpy(copy, encoded.data, encoded.size_bytes);
    instance->state_bytes = (struct dsy_slice){ .data = copy, .size_bytes = encoded.size_bytes };
    return DSY_OK;
}

enum dsy_status
dsy_instance_row_settle(const struct program *program, struct instance_row *row, struct dsy_arena *arena,
                        struct dsy_buffer *buffer)
{
    for (struct instance **place = &row->first; *place != NULL;) {
        struct instance *instance = *place;
        enum dsy_status status = settle_state(program, instance, arena, buffer);
        if (status != DSY_OK)
            return status;
        bool is_idle = instance->holder == 0 && instance->shared_count == 0 && instance->waiting_count == 0;
        if (is_idle && instance->state_bytes.data == NULL)
            *place = instance->next;
        else
            place = &instance->next;
    }
    return DSY_OK;
}

static void
write_instance(const struct program *program, const struct instance *instance, struct dsy_cbor_writer *writer)
{
    dsy_cbor_write_array_begin(writer, INSTANCE_ITEMS);
    dsy_string_write_cbor(writer, dsy_string_view(service_of(program, instance)->name));
    dsy_slice_write(writer, instance->key);
    dsy_slice_write(writer, instance->state_bytes);
    dsy_int64_write_cbor(writer, instance->holder);
    dsy_uint64_write_cbor(writer, instance->shared_count);
    dsy_cbor_write_array_begin(writer, instance->waiting_count);
    int64_t before = 0;
    for (uint32_t index = 0; index < instance->waiting_count; index++) {
        int64_t number = instance->waiting[instance->waiting_first + index];
        dsy_int64_write_cbor(writer, number - before); /* numbers are positive, so that nothing overflows */
        before = number;
    }
    dsy_cbor_write_array_end(writer);
    dsy_cbor_write_array_end(writer);
}

enum dsy_status
dsy_instance_row_encode(const struct program *program, const struct instance_row *row, struct dsy_buffer *buffer)
{
    uint64_t count = 0;
    for (const struct instance *instance = row->first; instance != NULL; instance = instance->next)
        count++;
    size_t start = dsy_seal_begin(buffer, INSTANCE_BODY_VERSION);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    dsy_cbor_write_array_begin(&writer, count);
    for (const struct instance *instance = row->first; instance != NULL; instance = instance->next)
        write_instance(program, instance, &writer);
    dsy_cbor_write_array_end(&writer);
    enum dsy_status status = dsy_cbor_writer_status(&writer);
    if (status != DSY_OK)
        return status;
    if (buffer->size_bytes - start - SEAL_BYTES > BODY_BYTES_MAX)
        return DSY_FULL;
    dsy_seal_end(buffer, start);
    return DSY_OK;
}

/* ---- reading ---- */

static bool
find_service(const struct program *program, dsy_string name, uint32_t *service)
{
    for (uint32_t index = 0; index < program->type->service_count; index++) {
        const struct dsy_service_type *candidate = program->type->services[index];
        if (candidate->key != NULL && dsy_string_equal(name, dsy_string_view(candidate->name))) {
            *service = index;
            return true;
        }
    }
    return false;
}

static void
read_waiting(struct dsy_cbor_reader *reader, struct instance *instance)
{
    uint64_t count = dsy_cbor_array_begin(reader);
    if (count > INSTANCE_QUEUE_MAX)
        dsy_cbor_expected(reader, "a queue within its bound");
    if (count > 0 && !reader->failed)
        instance->waiting = dsy_cbor_allocate(reader, count * sizeof *instance->waiting);
    int64_t number = 0;
    for (uint64_t index = 0; index < count && !reader->failed; index++) {
        bool is_good = !__builtin_add_overflow(number, dsy_int64_read_cbor(reader), &number) && number > 0 &&
                       !dsy_number_is_of_instances(number);
        if (!reader->failed && !is_good)
            dsy_cbor_expected(reader, "the number of an invocation that waits");
        instance->waiting[index] = number;
    }
    instance->waiting_count = instance->waiting_capacity = (uint32_t)count;
    dsy_cbor_array_end(reader);
}

static struct instance *
read_instance(const struct program *program, struct dsy_cbor_reader *reader)
{
    union { /* of any type that a key may have */
        dsy_string string;
        dsy_uuid uuid;
    } value;
    struct instance *instance = dsy_cbor_allocate(reader, sizeof *instance);
    if (instance == NULL)
        return NULL;
    *instance = (struct instance){ 0 };
    if (dsy_cbor_array_begin(reader) != INSTANCE_ITEMS)
        dsy_cbor_expected(reader, "an instance");
    dsy_string name = dsy_string_read_cbor(reader);
    instance->key = dsy_slice_read(reader);
    instance->state_bytes = dsy_slice_read(reader);
    instance->holder = dsy_int64_read_cbor(reader);
    instance->shared_count = dsy_uint64_read_cbor(reader);
    read_waiting(reader, instance);
    dsy_cbor_array_end(reader);
    if (reader->failed)
        return NULL;
    if (!find_service(program, name, &instance->service))
        dsy_cbor_expected(reader, "a keyed service that this program has");
    else if (!dsy_instance_key_decode(service_of(program, instance), instance->key, &value))
        dsy_cbor_expected(reader, "a key of its service");
    else if (instance->holder < 0 || dsy_number_is_of_instances(instance->holder))
        dsy_cbor_expected(reader, "the number of the invocation that holds the key");
    else if (service_of(program, instance)->state == NULL && instance->state_bytes.data != NULL)
        dsy_cbor_expected(reader, "no state, as its service has none");
    return reader->failed ? NULL : instance;
}

enum dsy_status
dsy_instance_row_decode(const struct program *program, struct dsy_slice body, struct dsy_arena *arena,
                        struct instance_row *row, char *reason)
{
    struct dsy_slice encoded;
    *row = (struct instance_row){ 0 };
    enum dsy_status status = dsy_seal_open(body, INSTANCE_BODY_VERSION, "its row", &encoded, reason);
    if (status != DSY_OK)
        return status;
    struct dsy_cbor_reader reader = dsy_stored_reader(program, encoded, arena);
    struct instance_row decoded = { 0 };
    struct instance **last = &decoded.first;
    uint64_t count = dsy_cbor_array_begin(&reader);
    for (uint64_t index = 0; index < count && !reader.failed; index++) {
        *last = read_instance(program, &reader);
        if (*last != NULL)
            last = &(*last)->next;
    }
    dsy_cbor_array_end(&reader);
    if (!dsy_cbor_reader_end(&reader))
        return dsy_reader_failure(&reader, "its row cannot be decoded", reason);
    *row = decoded;
    return DSY_OK;
}

struct instance *
dsy_instance_find(struct instance_row *row, uint32_t service, struct dsy_slice key, struct dsy_arena *arena)
{
    struct instance **place = &row->first;
    for (; *place != NULL; place = &(*place)->next)
        if ((*place)->service == service && slices_equal((*place)->key, key))
            return *place;
    struct instance *instance = dsy_arena_allocate_zeroed(arena, sizeof *instance);
    uint8_t *copy = dsy_arena_allocate(arena, key.size_bytes);
    if (instance == NULL || copy == NULL)
        return NULL;
    memcpy(copy, key.data, key.size_bytes);
    instance->service = service;
    instance->key = (struct dsy_slice){ .data = copy, .size_bytes = key.size_bytes };
    *place = instance;
    return instance;
}

enum dsy_status
dsy_instance_read_state(const struct program *program, struct instance *instance, struct dsy_arena *arena, char *reason)
{
    const struct dsy_service_type *service = service_of(program, instance);
    if (service->state == NULL || instance->state != NULL)
        return DSY_OK;
    size_t size_bytes = service->state->size_bytes > 0 ? service->state->size_bytes : 1;
    void *state = dsy_arena_allocate_zeroed(arena, size_bytes);
    if (state == NULL)
        return DSY_NO_MEMORY;
    if (instance->state_bytes.data == NULL) {
        if (service->state->zero != NULL)
            service->state->zero(state);
        instance->state = state;
        return DSY_OK;
    }
    struct dsy_cbor_reader reader = dsy_stored_reader(program, instance->state_bytes, arena);
    service->state->read_cbor(&reader, state);
    if (!dsy_cbor_reader_end(&reader)) {
        char what[REASON_BYTES_MAX / 2];
        snprintf(what, sizeof what, "the state of an instance of %s cannot be decoded", service->name);
        return dsy_reader_failure(&reader, what, reason);
    }
    instance->state = state;
    return DSY_OK;
}

/* ---- who holds it, who waits ---- */

/* Room for one more: those that wait move to the front, or to a place twice as large. */
static enum dsy_status
make_room(struct instance *instance, struct dsy_arena *arena)
{
    uint32_t first = instance->waiting_first;
    if (first + instance->waiting_count < instance->waiting_capacity)
        return DSY_OK;
    int64_t *waiting = instance->waiting;
    if (instance->waiting_count >= instance->waiting_capacity / 2) {
        uint32_t capacity =
            instance->waiting_capacity < QUEUE_CAPACITY_MIN ? QUEUE_CAPACITY_MIN : instance->waiting_capacity * 2;
        waiting = dsy_arena_allocate(arena, capacity * sizeof *waiting);
        if (waiting == NULL)
            return DSY_NO_MEMORY;
        instance->waiting_capacity = capacity;
    }
    if (instance->waiting_count > 0)
        memmove(waiting, instance->waiting + first, instance->waiting_count * sizeof *waiting);
    instance->waiting = waiting;
    instance->waiting_first = 0;
    return DSY_OK;
}

enum dsy_status
dsy_instance_queue(struct instance *instance, int64_t number, struct dsy_arena *arena)
{
    if (instance->waiting_count >= INSTANCE_QUEUE_MAX)
        return DSY_FULL;
    enum dsy_status status = make_room(instance, arena);
    if (status == DSY_OK)
        instance->waiting[instance->waiting_first + instance->waiting_count++] = number;
    return status;
}

int64_t
dsy_instance_next(struct instance *instance)
{
    if (instance->waiting_count == 0)
        return 0;
    instance->waiting_count--;
    return instance->waiting[instance->waiting_first++];
}

bool
dsy_instance_leave(struct instance *instance, int64_t number)
{
    for (uint32_t index = 0; index < instance->waiting_count; index++) {
        int64_t *place = instance->waiting + instance->waiting_first + index;
        if (*place != number)
            continue;
        /* The shorter side moves: who leaves a long queue in order, or the other way round, costs no more than its
         * place. */
        if (index < instance->waiting_count / 2) {
            memmove(instance->waiting + instance->waiting_first + 1, instance->waiting + instance->waiting_first,
                    index * sizeof *place);
            instance->waiting_first++;
        } else {
            memmove(place, place + 1, (instance->waiting_count - index - 1) * sizeof *place);
        }
        instance->waiting_count--;
        return true;
    }
    return false;
}
