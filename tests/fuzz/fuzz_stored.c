/* Any octets as what a store holds: an invocation, a message, an outcome. Decoding fails with a reason or gives
 * something that can be shown, run and encoded again. The first octet chooses; size and checksum are made right, so
 * that the octets behind them are reached. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "runtime/core/batch.h"
#include "runtime/core/show.h"
#include "runtime/core/transition.h"
#include "tests/support/hand_program.h"

static struct program program;
static struct dsy_arena arena;
static struct dsy_buffer buffer, json;
static struct transition transition;
static const struct transition_limits limits = { .step_budget = 10000, .bytes_max = 1 << 20 };

static void
set_up(void)
{
    static bool is_ready;
    if (is_ready)
        return;
    is_ready = true;
    if (dsy_program_bind(&program, &hand_program, NULL, 0, 1, NULL) != DSY_OK)
        abort();
    dsy_arena_init(&arena, 1 << 24);
    dsy_buffer_init(&buffer, 1 << 24);
    dsy_buffer_init(&json, 1 << 24);
    dsy_transition_init(&transition, &program, &limits, 0, &arena, &buffer);
}

static void
require_reason(const char *reason)
{
    if (reason[0] == '\0')
        abort();
}

/* version | size | checksum | data */
static struct dsy_slice
with_head(const uint8_t *data, size_t size_bytes)
{
    enum { HEAD = 9 };
    uint8_t *body = dsy_arena_allocate(&arena, size_bytes + HEAD);
    if (body == NULL)
        abort();
    uint32_t words[2] = { (uint32_t)size_bytes, (uint32_t)XXH64(data, size_bytes, 1) };
    body[0] = 1;
    for (int index = 0; index < 8; index++)
        body[1 + index] = (uint8_t)(words[index / 4] >> (8 * (index % 4)));
    if (size_bytes > 0)
        memcpy(body + HEAD, data, size_bytes);
    return (struct dsy_slice){ .data = body, .size_bytes = size_bytes + HEAD };
}

static void
try_invocation(const uint8_t *data, size_t size_bytes)
{
    struct dsy_invocation_row row = { .number = 1, .due_ns = DSY_NOT_DUE, .body = with_head(data, size_bytes) };
    struct invocation invocation = { .number = 1 };
    char reason[REASON_BYTES_MAX] = "";
    dsy_buffer_clear(&json);
    if (dsy_show_invocation(&program, 0, &row, &json) != DSY_OK)
        abort();
    if (dsy_invocation_decode(&program, row.body, &arena, &invocation, reason) != DSY_OK) {
        require_reason(reason);
        return;
    }
    dsy_buffer_clear(&buffer);
    if (dsy_invocation_encode(&invocation, &buffer) != DSY_OK)
        abort();
    static const enum message_kind kinds[] = { MESSAGE_TIMER, MESSAGE_RESUME };
    for (size_t index = 0; index < 2; index++) {
        struct message message = { .kind = kinds[index], .number = 1 };
        enum transition_end end = dsy_transition_apply(&transition, &invocation, &message, INT64_MAX);
        if (end == TRANSITION_BROKEN)
            require_reason(transition.reason);
        if (end != TRANSITION_SUSPENDED && end != TRANSITION_STALE)
            return;
        dsy_buffer_clear(&buffer);
        if (dsy_invocation_encode(&invocation, &buffer) != DSY_OK)
            abort();
    }
}

static void
try_message(const uint8_t *data, size_t size_bytes)
{
    struct message message = { 0 };
    char reason[REASON_BYTES_MAX] = "";
    struct dsy_slice slice = with_head(data, size_bytes);
    if (dsy_message_decode(&program, slice, &message, reason) != DSY_OK) {
        require_reason(reason);
        return;
    }
    dsy_buffer_clear(&buffer);
    if (dsy_message_encode(&message, &buffer) != DSY_OK)
        abort();
    struct invocation invocation = { .number = 1 };
    if (message.kind == MESSAGE_BEGIN &&
        dsy_transition_begin(&transition, &invocation, &message, 0) == TRANSITION_BROKEN)
        require_reason(transition.reason);
}

static void
try_outcome(const uint8_t *data, size_t size_bytes)
{
    struct dsy_result_row row = { .number = 1, .outcome = with_head(data, size_bytes) };
    dsy_buffer_clear(&json);
    enum dsy_status status = dsy_show_result(&program, 0, &row, &json);
    if (status != DSY_OK && status != DSY_CORRUPT)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    set_up();
    if (size_bytes == 0 || size_bytes > 1 << 16)
        return 0;
    dsy_arena_reset(&arena);
    arena.size_bytes_max = 1 << 24;
    switch (data[0] % 3) {
    case 0: try_invocation(data + 1, size_bytes - 1); break;
    case 1: try_message(data + 1, size_bytes - 1); break;
    default: try_outcome(data + 1, size_bytes - 1); break;
    }
    return 0;
}
