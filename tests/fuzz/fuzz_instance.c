/* Any octets as the row of instances of keyed services, or as a key. Decoding fails with a reason, or gives a row whose
 * states can be decoded or are refused with a reason, whose queues work, and which is encoded to a row that decodes to
 * the same octets again. The first octet chooses; size and checksum are made right, so that the octets behind them are
 * reached. */
#include <stdlib.h>
#include <string.h>

#include "runtime/core/core_limits.h"
#include "runtime/core/instance.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/seal.h"
#include "tests/support/keyed_program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static struct program program;
static struct dsy_arena arena;
static struct dsy_buffer buffer, first, second;

static void
set_up(void)
{
    static bool is_ready;
    if (is_ready)
        return;
    is_ready = true;
    if (dsy_program_bind(&program, &keyed_program, NULL, 0, 1, NULL) != DSY_OK)
        abort();
    dsy_arena_init(&arena, 1 << 24);
    dsy_buffer_init(&buffer, 1 << 24);
    dsy_buffer_init(&first, 1 << 24);
    dsy_buffer_init(&second, 1 << 24);
}

static void
require(bool is_fine)
{
    if (!is_fine)
        abort();
}

/* Returns whether all states can be decoded. */
static bool
use_instances(struct instance_row *row)
{
    bool all_are_fine = true;
    for (struct instance *instance = row->first; instance != NULL; instance = instance->next) {
        char reason[REASON_BYTES_MAX] = "";
        enum dsy_status status = dsy_instance_read_state(&program, instance, &arena, reason);
        require(status == DSY_OK || reason[0] != '\0');
        all_are_fine &= status == DSY_OK;
        uint32_t waiting_count = instance->waiting_count;
        if (dsy_instance_queue(instance, 12345, &arena) == DSY_OK)
            require(dsy_instance_leave(instance, 12345));
        require(instance->waiting_count == waiting_count);
        int64_t next = dsy_instance_next(instance);
        require((next != 0) == (waiting_count > 0));
        if (next != 0 && dsy_instance_queue(instance, next, &arena) != DSY_OK)
            abort();
    }
    return all_are_fine;
}

static void
encode(struct instance_row *row, struct dsy_buffer *encoded)
{
    dsy_buffer_clear(encoded);
    require(dsy_instance_row_settle(&program, row, &arena, &buffer) == DSY_OK);
    require(dsy_instance_row_encode(&program, row, encoded) == DSY_OK);
}

static void
decode(const struct dsy_buffer *encoded, struct instance_row *row)
{
    char reason[REASON_BYTES_MAX];
    struct dsy_slice slice = { .data = encoded->data, .size_bytes = encoded->size_bytes };
    require(dsy_instance_row_decode(&program, slice, &arena, row, reason) == DSY_OK);
}

static void
try_row(const uint8_t *data, size_t size_bytes)
{
    dsy_buffer_clear(&first);
    size_t start = dsy_seal_begin(&first, INSTANCE_BODY_VERSION);
    dsy_buffer_append(&first, data, size_bytes);
    dsy_seal_end(&first, start);
    struct dsy_slice slice = { .data = first.data, .size_bytes = first.size_bytes };
    struct instance_row row;
    char reason[REASON_BYTES_MAX] = "";
    if (dsy_instance_row_decode(&program, slice, &arena, &row, reason) != DSY_OK) {
        require(reason[0] != '\0');
        return;
    }
    if (!use_instances(&row))
        return;
    encode(&row, &second);
    struct instance_row again;
    decode(&second, &again);
    encode(&again, &first);
    require(first.size_bytes == second.size_bytes && memcmp(first.data, second.data, first.size_bytes) == 0);
}

static void
try_key(uint8_t service, const uint8_t *data, size_t size_bytes)
{
    const struct dsy_service_type *type = program.type->services[service % program.type->service_count];
    union { /* of any type that a key may have */
        dsy_string string;
        dsy_uuid uuid;
    } value;
    struct dsy_slice key = { .data = data, .size_bytes = size_bytes };
    struct dsy_error error = { .status = DSY_OK };
    if (dsy_instance_key_decode(type, key, &value))
        require(dsy_number_is_of_instances(dsy_instance_place(type, key, 3).number));
    dsy_buffer_clear(&first);
    enum dsy_status status = dsy_instance_key_parse(type, (const char *)data, size_bytes, &first, &error);
    struct dsy_slice parsed = { .data = first.data, .size_bytes = first.size_bytes };
    require(status == DSY_OK ? dsy_instance_key_decode(type, parsed, &value) : error.text[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    set_up();
    if (size_bytes == 0)
        return 0;
    dsy_arena_reset(&arena);
    if (data[0] % 4 == 0)
        try_key(data[0] / 4, data + 1, size_bytes - 1);
    else
        try_row(data + 1, size_bytes - 1);
    return 0;
}
