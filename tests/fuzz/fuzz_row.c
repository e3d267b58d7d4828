/* Damaged rows of a compiled program. At the start the routines of tests/fuzz/program are run, and the body of every
 * invocation is kept each time it stops. An input chooses one of these bodies, edits it, makes size and checksum right
 * again, and hands it to decoding, showing and running: what can be decoded is run on, its steps too, until it ends or
 * breaks with a reason, and whenever it stops it is encoded, and decoded again.
 *
 * Input: number of the body u8 | number of edits u8 | edits of 4 octets: what u8, where u16, with u8 | octets that are
 * the value of what the invocation awaits; none: what really comes. With the highest bit of the first octet the size
 * and the checksum are not made right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "dsy/time.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/job.h"
#include "runtime/core/show.h"
#include "runtime/core/transition.h"
#include "tests/fuzz/program/bound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

enum { HEAD_BYTES = 9, BODIES_MAX = 128, BODY_BYTES_CAP = 8192, STOPS_MAX = 40, ITEMS_MAX = 1024 };

struct body {
    uint8_t *data;
    size_t size_bytes;
};

static struct body bodies[BODIES_MAX];
static size_t body_count;
static struct dsy_arena arena;
static struct dsy_buffer buffer, encoded, json;
static struct transition transition;
static struct job *job;
static const struct transition_limits limits = { .step_budget = 20000, .bytes_max = 4 << 20 };
static const int64_t now_ns = INT64_C(1800000000) * 1000000000;

/* ---- what the world answers ---- */

/* The routine that was called runs elsewhere: here it gives its first argument, or what the input says. */
static struct message
answer_call(const struct invocation *invocation, struct dsy_slice value)
{
    struct message message = { .kind = MESSAGE_RESULT, .number = invocation->number, .value = value };
    message.await_count = invocation->await_count;
    static const uint8_t null_item = 0xf6;
    if (value.data != NULL)
        return message;
    message.value = (struct dsy_slice){ .data = &null_item, .size_bytes = 1 };
    struct dsy_cbor_reader reader = dsy_stored_reader(bound_program(), transition.arguments, &arena);
    (void)dsy_cbor_array_begin(&reader);
    size_t start = reader.offset;
    dsy_cbor_skip(&reader);
    if (!reader.failed)
        message.value =
            (struct dsy_slice){ .data = transition.arguments.data + start, .size_bytes = reader.offset - start };
    return message;
}

static struct message
answer_step(const struct invocation *invocation, struct dsy_slice value)
{
    const struct pending *pending = &invocation->pending;
    struct message message = { .kind = MESSAGE_STEP, .number = invocation->number, .value = value };
    if (dsy_job_prepare(job, pending->step, (dsy_uuid){ { 0 } }, invocation->number, invocation->await_count,
                        pending->attempt, pending->arguments) != DSY_OK)
        abort();
    if (!dsy_job_execute(job))
        abort();
    dsy_job_settle(job);
    if (value.data == NULL)
        return job->message;
    message.await_count = invocation->await_count;
    message.attempt = pending->attempt;
    message.answer = value.size_bytes % 3 == 0 ? STEP_THREW : value.size_bytes % 3 == 1 ? STEP_FAILED : STEP_DONE;
    return message;
}

/* What cells say: a handle is ready, has failed, or is not ready; and what lingers ends. */
static struct message
answer_wait(const struct invocation *invocation, struct dsy_slice value)
{
    static const uint8_t seven[] = { 7 }, failure[] = { 0x82, 0x67, 'T', 'i', 'm', 'e', 'o', 'u', 't', 0x60 };
    static uint32_t turn;
    const struct pending *pending = &invocation->pending;
    struct message message = { .kind = MESSAGE_SETTLED, .number = invocation->number, .value = value };
    message.await_count = invocation->await_count;
    turn++;
    if (invocation->lingering != NULL && turn % 2 == 0) {
        message.kind = invocation->lingering->is_step ? MESSAGE_STEP : MESSAGE_RESULT;
        message.await_count = invocation->lingering->await_count;
        message.answer = STEP_LOST;
        return message;
    }
    if (pending->handle_count == 0)
        return (struct message){ .kind = MESSAGE_TIMER, .number = invocation->number };
    message.slot = turn % pending->handle_count;
    if (pending->mode == WAIT_SELECT && turn % 3 != 0) {
        message.kind = MESSAGE_NOT_YET;
        message.slot = pending->cursor;
        if (pending->cursor == pending->handle_count)
            message.kind = MESSAGE_TIMER;
    }
    message.threw = turn % 5 == 0;
    if (value.data == NULL && message.threw)
        message.value = (struct dsy_slice){ .data = failure, .size_bytes = sizeof failure };
    else if (value.data == NULL)
        message.value = (struct dsy_slice){ .data = seven, .size_bytes = sizeof seven };
    return message;
}

static struct message
answer(const struct invocation *invocation, struct dsy_slice value)
{
    switch (invocation->pending.kind) {
    case PENDING_WAIT: return answer_wait(invocation, value);
    case PENDING_QUEUED: return (struct message){ .kind = MESSAGE_GRANT, .number = invocation->number };
    case PENDING_CALL: return answer_call(invocation, value);
    case PENDING_STEP:
        if (invocation->pending.due_ns != DSY_NOT_DUE)
            return (struct message){ .kind = MESSAGE_TIMER, .number = invocation->number };
        return answer_step(invocation, value);
    case PENDING_SLEEP: return (struct message){ .kind = MESSAGE_TIMER, .number = invocation->number };
    case PENDING_START:
    case PENDING_CHECKPOINT: break;
    }
    return (struct message){ .kind = MESSAGE_RESUME, .number = invocation->number };
}

/* What stops can be saved, and read again to be the same. */
static bool
save_and_load(struct invocation *invocation)
{
    dsy_buffer_clear(&encoded);
    arena.size_bytes_max = SIZE_MAX; /* a transition leaves its own bound */
    enum dsy_status status = dsy_invocation_encode(invocation, &encoded);
    if (status == DSY_FULL)
        return false;
    uint8_t *copy = status == DSY_OK ? dsy_arena_allocate(&arena, encoded.size_bytes) : NULL;
    if (copy == NULL)
        abort();
    memcpy(copy, encoded.data, encoded.size_bytes);
    struct dsy_slice body = { .data = copy, .size_bytes = encoded.size_bytes };
    char reason[REASON_BYTES_MAX] = "";
    struct invocation loaded = { .number = invocation->number };
    if (dsy_invocation_decode(bound_program(), body, &arena, &loaded, reason) != DSY_OK)
        abort();
    dsy_buffer_clear(&encoded);
    if (dsy_invocation_encode(&loaded, &encoded) != DSY_OK || encoded.size_bytes != body.size_bytes ||
        memcmp(encoded.data, body.data, body.size_bytes) != 0)
        abort();
    *invocation = loaded;
    return true;
}

/* ---- bodies ---- */

/* What save_and_load() has encoded. */
static void
keep_body(void)
{
    if (body_count == BODIES_MAX)
        abort();
    struct body *body = &bodies[body_count++];
    body->size_bytes = encoded.size_bytes;
    body->data = malloc(body->size_bytes);
    if (body->data == NULL)
        abort();
    memcpy(body->data, encoded.data, encoded.size_bytes);
}

static void
run_to_end(const char *routine_name, const char *json_text)
{
    const struct program *program = bound_program();
    const struct dsy_routine_type *routine = dsy_program_routine(program, dsy_string_view(routine_name));
    dsy_arena_reset(&arena);
    void *locals = dsy_arena_allocate_zeroed(&arena, routine->locals_size_bytes + 1);
    struct dsy_json_reader reader = dsy_json_reader_begin(json_text, strlen(json_text), &arena);
    routine->read_arguments(&reader, locals);
    dsy_buffer_clear(&encoded);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&encoded);
    routine->write_frame(&writer, locals, 0);
    uint8_t *arguments = dsy_arena_allocate(&arena, encoded.size_bytes);
    if (!dsy_json_reader_end(&reader) || dsy_cbor_writer_status(&writer) != DSY_OK || arguments == NULL) {
        fprintf(stderr, "%s: %s\n", routine_name, reader.message);
        abort();
    }
    memcpy(arguments, encoded.data, encoded.size_bytes);
    struct message message = { .kind = MESSAGE_BEGIN,
                               .routine = routine,
                               .caller = { .kind = CALLER_INVOCATION, .number = 7, .await_count = 1 },
                               .arguments = { .data = arguments, .size_bytes = encoded.size_bytes } };
    struct invocation invocation = { .number = 1 };
    enum transition_end end = dsy_transition_begin(&transition, &invocation, &message, now_ns);
    while (end == TRANSITION_SUSPENDED || end == TRANSITION_NOTED || end == TRANSITION_STALE) {
        if (end == TRANSITION_SUSPENDED) {
            if (!save_and_load(&invocation))
                abort();
            keep_body();
        }
        struct message next = answer(&invocation, (struct dsy_slice){ 0 });
        int64_t due_ns = dsy_invocation_due_ns(&invocation);
        end = dsy_transition_apply(&transition, &invocation, &next, due_ns != DSY_NOT_DUE ? due_ns : now_ns);
    }
    if (end != TRANSITION_RETURNED && end != TRANSITION_THREW) {
        fprintf(stderr, "%s ended by %d: %s\n", routine_name, (int)end, transition.reason);
        abort();
    }
}

#define ITEM "{\"sku\": \"%s\", \"quantity\": 3, \"price\": \"2.50\", \"size\": 4}"
#define TREE                                                                                                       \
    "{\"name\": \"t\", \"children\": [{\"name\": \"c\"}], \"named\": {\"n\": {\"name\": \"d\"}}, \"at\": {\"x\": " \
    "1.5}}"
#define KEYS                                                                                                      \
    "{\"flags\": {\"true\": 1}, \"small\": {\"-3\": \"x\", \"4\": \"y\"}, \"large\": {\"18446744073709551615\": " \
    "\"1.5\"},"                                                                                                   \
    " \"texts\": {\"a\": [\"AAE=\"]}, \"states\": {\"Paid\": {\"cash\": null}}}"
#define MAYBES                                                                                 \
    "{\"flag\": true, \"text\": \"x\", \"list\": [1, 2], \"counts\": {\"a\": null, \"b\": 2}," \
    " \"payment\": {\"tree\": " TREE "}, \"scalars\": {\"text\": \"s\", \"amount\": \"1.5\", \"real\": 0.1}}"

static void
set_up(void)
{
    if (body_count != 0)
        return;
    dsy_arena_init(&arena, 64 << 20);
    dsy_buffer_init(&buffer, 16 << 20);
    dsy_buffer_init(&encoded, 16 << 20);
    dsy_buffer_init(&json, 64 << 20);
    job = dsy_job_create(1);
    if (job == NULL)
        abort();
    dsy_transition_init(&transition, bound_program(), &limits, 0, &arena, &buffer);
    run_to_end("Shop.sell",
               "{\"items\": [{\"sku\": \"four\"}, {\"sku\": \"fiver\", \"size\": 4}, {\"sku\": \"sixsix\"},"
               " {\"sku\": \"seven77\"}], \"maybes\": " MAYBES "}");
    run_to_end("Shop.record", "{\"rows\": [{\"text\": \"a\", \"d\": 5}, {\"text\": \"b\"}], \"keys\": " KEYS
                              ", \"others\": " KEYS "}");
    run_to_end("Shop.plant", "{\"tree\": " TREE ", \"forest\": {\"f\": [" TREE "], \"g\": []},"
                             " \"payment\": {\"proofs\": [\"AAE=\", \"\"]}}");
    run_to_end("Book.enter", "{\"scalars\": {\"text\": \"x\", \"h\": \"18446744073709551615\"}, \"keys\": " KEYS "}");
    run_to_end("Crew.gather", "{\"count\": 3, \"limit\": 2}");
    run_to_end("Crew.race", "{\"count\": 2}");
    run_to_end("Crew.choose", "{\"answer\": \"00800000-0000-0001-0000-000000000001\", \"count\": 3}");
    run_to_end("Crew.promised", "{\"n\": 3}");
    run_to_end("Shop.scalars",
               "{\"value\": {\"long\": \"PT1S\", \"at\": \"2026-01-01T00:00:00Z\"}, \"points\": [{\"x\": \"NaN\"}],"
               " \"octets\": [\"AAECAwQ=\"]}");
}

/* ---- edits ---- */

/* Whole items that stand in for others. */
static const struct {
    uint8_t size_bytes;
    uint8_t data[12];
} items[] = {
    { 1, { 0xf6 } },                                                 /* null */
    { 1, { 0xf5 } },                                                 /* true */
    { 1, { 0x00 } },                                                 /* 0 */
    { 1, { 0x20 } },                                                 /* -1 */
    { 9, { 0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }, /* 2^64 - 1 */
    { 9, { 0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }, /* -2^63 */
    { 9, { 0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }, /* below it */
    { 1, { 0x60 } },                                                 /* "" */
    { 3, { 0x62, 0xc3, 0x28 } },                                     /* not UTF-8 */
    { 1, { 0x40 } },                                                 /* no octets */
    { 1, { 0x80 } },                                                 /* [] */
    { 3, { 0x82, 0x00, 0x01 } },                                     /* [0, 1] */
    { 1, { 0xa0 } },                                                 /* {} */
    { 3, { 0xa1, 0x01, 0x00 } },                                     /* {1: 0} */
    { 5, { 0x9a, 0x7f, 0xff, 0xff, 0xff } },                         /* an array that is not there */
    { 9, { 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }, /* octets that are not there */
    { 5, { 0x81, 0x81, 0x81, 0x81, 0x00 } },                         /* [[[[0]]]] */
    { 3, { 0xf9, 0x7e, 0x00 } },                                     /* NaN */
    { 2, { 0xc1, 0x00 } },                                           /* a tag */
    { 3, { 0x81, 0x04, 0x00 } },                                     /* [4], the pending of a checkpoint */
};

/* Every head in the body begins an item; returns where the `wanted`th does, modulo their number. */
static size_t
find_item(const struct body *body, size_t wanted)
{
    static size_t places[ITEMS_MAX];
    size_t count = 0, place = HEAD_BYTES;
    while (place < body->size_bytes && count < ITEMS_MAX) {
        uint8_t head = body->data[place];
        places[count++] = place;
        size_t argument_bytes = (head & 31) < 24 || (head & 31) > 27 ? 0 : (size_t)1 << ((head & 31) - 24);
        uint64_t argument = argument_bytes == 0 ? head & 31 : 0;
        for (size_t index = 1; index <= argument_bytes && place + index < body->size_bytes; index++)
            argument = argument << 8 | body->data[place + index];
        place += 1 + argument_bytes;
        bool is_text = head >> 5 == 2 || head >> 5 == 3;
        /* Octets may hold encoded arguments: every other time they are looked into. */
        if (is_text && (head >> 5 == 3 || wanted % 2 == 0) && argument < body->size_bytes)
            place += (size_t)argument;
    }
    return count == 0 ? body->size_bytes : places[wanted % count];
}

static size_t
item_bytes(const struct body *body, size_t place)
{
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(body->data + place, body->size_bytes - place, NULL);
    dsy_cbor_skip(&reader);
    return reader.failed ? body->size_bytes - place : reader.offset;
}

static void
replace(struct body *body, size_t place, size_t old_bytes, const uint8_t *data, size_t new_bytes)
{
    if (body->size_bytes - old_bytes + new_bytes > BODY_BYTES_CAP)
        return;
    memmove(body->data + place + new_bytes, body->data + place + old_bytes, body->size_bytes - place - old_bytes);
    if (new_bytes > 0)
        memcpy(body->data + place, data, new_bytes);
    body->size_bytes += new_bytes - old_bytes;
}

static void
edit(struct body *body, const uint8_t operation[4])
{
    size_t where = (size_t)operation[1] << 8 | operation[2];
    uint8_t with = operation[3];
    if (body->size_bytes <= HEAD_BYTES)
        return;
    size_t octet = HEAD_BYTES + where % (body->size_bytes - HEAD_BYTES);
    size_t item = find_item(body, where);
    uint8_t copy[256];
    switch (operation[0] % 8) {
    case 0: body->data[octet] = with; break;
    case 1: body->data[octet] ^= (uint8_t)(1 << with % 8); break;
    case 2: replace(body, octet, with < body->size_bytes - octet ? with : 1, NULL, 0); break;
    case 3: body->size_bytes = octet; break;
    case 4: replace(body, item, item_bytes(body, item), NULL, 0); break;
    case 5: { /* another item of the body */
        size_t other = find_item(body, with), other_bytes = item_bytes(body, other);
        if (other_bytes > sizeof copy)
            break;
        memcpy(copy, body->data + other, other_bytes);
        replace(body, item, item_bytes(body, item), copy, other_bytes);
        break;
    }
    default: {
        size_t choice = with % (sizeof items / sizeof *items);
        replace(body, item, item_bytes(body, item), items[choice].data, items[choice].size_bytes);
        break;
    }
    }
}

static void
seal(struct body *body)
{
    size_t size_bytes = body->size_bytes - HEAD_BYTES;
    uint32_t words[2] = { (uint32_t)size_bytes, (uint32_t)XXH64(body->data + HEAD_BYTES, size_bytes, body->data[0]) };
    for (int index = 0; index < 8; index++)
        body->data[1 + index] = (uint8_t)(words[index / 4] >> (8 * (index % 4)));
}

/* ---- running what is left of it ---- */

static void
require_reason(const char *reason)
{
    if (reason[0] == '\0' || dsy_utf8_check(reason, strlen(reason)) != strlen(reason))
        abort();
}

static void
run_on(struct invocation *invocation, struct dsy_slice value)
{
    transition.arguments = (struct dsy_slice){ 0 }; /* those of the input before */
    for (int stop = 0; stop < STOPS_MAX; stop++) {
        struct message message = answer(invocation, value);
        if (stop % 7 == 6) /* now and then somebody cancels it */
            message = (struct message){ .kind = MESSAGE_CANCEL, .number = 1 };
        enum transition_end end = dsy_transition_apply(&transition, invocation, &message, INT64_MAX);
        value = (struct dsy_slice){ 0 };
        switch (end) {
        case TRANSITION_SUSPENDED:
            if (!save_and_load(invocation))
                return;
            break;
        case TRANSITION_NOTED: break;
        case TRANSITION_BROKEN: require_reason(transition.reason); return;
        case TRANSITION_NO_MEMORY: abort();
        case TRANSITION_RETURNED:
        case TRANSITION_THREW: return;
        case TRANSITION_STALE: break; /* it answered nothing: the next may */
        }
    }
}

static void
show(struct dsy_slice body)
{
    struct dsy_invocation_row row = { .number = 1, .due_ns = DSY_NOT_DUE, .body = body };
    dsy_buffer_clear(&json);
    if (dsy_show_invocation(bound_program(), 0, &row, &json) != DSY_OK)
        abort();
    struct dsy_json_reader reader = dsy_json_reader_begin((const char *)json.data, json.size_bytes, &arena);
    dsy_json_skip(&reader);
    if (!dsy_json_reader_end(&reader))
        abort(); /* it is not JSON */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    set_up();
    if (size_bytes < 2 || size_bytes > 4096)
        return 0;
    dsy_arena_reset(&arena);
    arena.size_bytes_max = 64 << 20;
    const struct body *origin = &bodies[(data[0] & 127) % body_count];
    struct body body = { .data = dsy_arena_allocate(&arena, BODY_BYTES_CAP), .size_bytes = origin->size_bytes };
    if (body.data == NULL || body.size_bytes > BODY_BYTES_CAP)
        abort();
    memcpy(body.data, origin->data, origin->size_bytes);
    size_t place = 2;
    for (uint8_t count = 0; count < data[1] % 16 && place + 4 <= size_bytes; count++, place += 4)
        edit(&body, data + place);
    if (data[0] < 128)
        seal(&body);
    struct dsy_slice slice = { .data = body.data, .size_bytes = body.size_bytes };
    show(slice);
    char reason[REASON_BYTES_MAX] = "";
    struct invocation invocation = { .number = 1 };
    if (dsy_invocation_decode(bound_program(), slice, &arena, &invocation, reason) != DSY_OK)
        require_reason(reason);
    else
        run_on(&invocation, (struct dsy_slice){ .data = place < size_bytes ? data + place : NULL,
                                                .size_bytes = size_bytes - place });
    return 0;
}
