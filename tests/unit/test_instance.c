/* Instances of keyed services: their queue, their state, their row, and rows that are damaged. */
#include <criterion/criterion.h>
#include <string.h>

#include "runtime/core/core_limits.h"
#include "runtime/core/instance.h"
#include "runtime/core/instance_key.h"
#include "runtime/core/seal.h"
#include "tests/support/keyed_program.h"

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

static struct program program;
static struct dsy_arena arena;
static struct dsy_buffer scratch, body;
static struct instance_row row;
static char reason[REASON_BYTES_MAX];

static void
set_up(void)
{
    struct dsy_error error = { 0 };
    cr_assert_eq(dsy_program_bind(&program, &keyed_program, NULL, 0, 1, &error), DSY_OK, "%s", error.text);
    dsy_arena_init(&arena, SIZE_MAX);
    dsy_buffer_init(&scratch, BODY_BYTES_MAX);
    dsy_buffer_init(&body, BODY_BYTES_MAX);
    row = (struct instance_row){ 0 };
}

static void
tear_down(void)
{
    dsy_buffer_destroy(&scratch);
    dsy_buffer_destroy(&body);
    dsy_arena_destroy(&arena);
    dsy_program_destroy(&program);
}

TestSuite(instance, .init = set_up, .fini = tear_down);

static struct instance *
find(enum keyed_service service, const char *text)
{
    struct dsy_buffer key;
    struct dsy_error error;
    dsy_buffer_init(&key, 4096);
    cr_assert_eq(dsy_instance_key_parse(keyed_program.services[service], text, strlen(text), &key, &error), DSY_OK);
    struct dsy_slice slice = { .data = key.data, .size_bytes = key.size_bytes };
    struct instance *instance = dsy_instance_find(&row, service, slice, &arena);
    dsy_buffer_destroy(&key);
    cr_assert_not_null(instance);
    return instance;
}

static struct keyed_state *
state_of(struct instance *instance)
{
    cr_assert_eq(dsy_instance_read_state(&program, instance, &arena, reason), DSY_OK, "%s", reason);
    return instance->state;
}

static void
settle(void)
{
    cr_assert_eq(dsy_instance_row_settle(&program, &row, &arena, &scratch), DSY_OK);
}

/* Through the row and back, as if the process had died. */
static void
store_and_load(void)
{
    settle();
    dsy_buffer_clear(&body);
    cr_assert_eq(dsy_instance_row_encode(&program, &row, &body), DSY_OK);
    struct dsy_slice slice = { .data = body.data, .size_bytes = body.size_bytes };
    cr_assert_eq(dsy_instance_row_decode(&program, slice, &arena, &row, reason), DSY_OK, "%s", reason);
}

Test(instance, begins_with_the_defaults)
{
    cr_expect_eq(state_of(find(KEYED_ACCOUNT, "alice"))->balance, 10);
    cr_expect_null(find(KEYED_SESSION, "00000000-0000-4000-8000-000000000001")->state);
}

Test(instance, needs_no_row_while_it_is_at_its_defaults)
{
    struct instance *alice = find(KEYED_ACCOUNT, "alice");
    settle();
    cr_expect_null(row.first, "never touched");
    alice = find(KEYED_ACCOUNT, "alice");
    state_of(alice)->balance = 11;
    settle();
    cr_expect_not_null(row.first, "changed");
    state_of(alice)->balance = 10;
    settle();
    cr_expect_null(row.first, "changed back");

    alice = find(KEYED_ACCOUNT, "alice");
    alice->holder = 5;
    settle();
    cr_expect_not_null(row.first, "held");
    alice->holder = 0;
    alice->shared_count = 1;
    settle();
    cr_expect_not_null(row.first, "a shared method is under way");
    alice->shared_count = 0;
    cr_assert_eq(dsy_instance_queue(alice, 9, &arena), DSY_OK);
    settle();
    cr_expect_not_null(row.first, "someone waits");
    cr_assert_eq(dsy_instance_next(alice), 9);
    settle();
    cr_expect_null(row.first);
}

Test(instance, keeps_everything_in_its_row)
{
    struct instance *alice = find(KEYED_ACCOUNT, "alice");
    state_of(alice)->balance = -3;
    state_of(alice)->note = dsy_string_view("caf\xc3\xa9");
    alice->holder = (INT64_C(7) << 48) + 5;
    alice->shared_count = 2;
    for (int64_t number = 100; number < 400; number++)
        cr_assert_eq(dsy_instance_queue(alice, number, &arena), DSY_OK);
    cr_assert_eq(dsy_instance_next(alice), 100);
    find(KEYED_COUNTER, "-1")->holder = 1;
    find(KEYED_ACCOUNT, "bob"); /* at its defaults: it gets no place in the row */
    store_and_load();
    alice = row.first;
    cr_assert_not_null(alice);
    cr_expect_eq(alice, find(KEYED_ACCOUNT, "alice"));
    cr_expect_null(alice->state, "the state stays encoded until it is asked for");
    cr_expect_eq(state_of(alice)->balance, -3);
    cr_expect(dsy_string_is(state_of(alice)->note, "caf\xc3\xa9"));
    cr_expect_eq(alice->holder, (INT64_C(7) << 48) + 5);
    cr_expect_eq(alice->shared_count, 2u);
    for (int64_t number = 101; number < 400; number++)
        cr_assert_eq(dsy_instance_next(alice), number);
    cr_expect_eq(dsy_instance_next(alice), 0);
    cr_assert_not_null(alice->next);
    cr_expect_eq(alice->next->service, (uint32_t)KEYED_COUNTER);
    cr_expect_null(alice->next->next);
}

Test(instance, a_row_that_was_only_looked_at_is_the_same_octets)
{
    struct dsy_buffer before;
    dsy_buffer_init(&before, BODY_BYTES_MAX);
    state_of(find(KEYED_ACCOUNT, "alice"))->balance = 77;
    store_and_load();
    dsy_buffer_append(&before, body.data, body.size_bytes);
    state_of(find(KEYED_ACCOUNT, "alice"));
    store_and_load();
    cr_expect(before.size_bytes == body.size_bytes && memcmp(before.data, body.data, body.size_bytes) == 0);
    dsy_buffer_destroy(&before);
}

Test(instance, serves_in_the_order_of_coming)
{
    struct instance *alice = find(KEYED_ACCOUNT, "alice");
    int64_t coming = 1, going = 1;
    /* Comes and goes so that the queue moves through its memory many times, with some 10 to 50 that wait. */
    for (int round = 0; round < 1000; round++) {
        for (int count = 0; count < round % 7 + (round < 20 ? 3 : 0); count++)
            cr_assert_eq(dsy_instance_queue(alice, coming++, &arena), DSY_OK);
        for (int count = 0; count < round % 5 && going < coming; count++)
            cr_assert_eq(dsy_instance_next(alice), going++);
    }
    while (going < coming)
        cr_assert_eq(dsy_instance_next(alice), going++);
    cr_expect_eq(dsy_instance_next(alice), 0);
}

Test(instance, lets_anyone_leave)
{
    struct instance *alice = find(KEYED_ACCOUNT, "alice");
    for (int64_t number = 1; number <= 5; number++)
        cr_assert_eq(dsy_instance_queue(alice, number, &arena), DSY_OK);
    cr_expect(dsy_instance_leave(alice, 3));
    cr_expect(dsy_instance_leave(alice, 3) == false);
    cr_expect(dsy_instance_leave(alice, 1));
    cr_expect(dsy_instance_leave(alice, 5));
    cr_expect_eq(dsy_instance_next(alice), 2);
    cr_expect_eq(dsy_instance_next(alice), 4);
    cr_expect_eq(dsy_instance_next(alice), 0);
    cr_expect(dsy_instance_leave(alice, 2) == false);
}

Test(instance, bounds_its_queue)
{
    struct instance *alice = find(KEYED_ACCOUNT, "alice");
    for (int64_t number = 1; number <= INSTANCE_QUEUE_MAX; number++)
        cr_assert_eq(dsy_instance_queue(alice, number, &arena), DSY_OK);
    cr_expect_eq(dsy_instance_queue(alice, INSTANCE_QUEUE_MAX + 1, &arena), DSY_FULL);
    store_and_load();
    cr_expect_eq(dsy_instance_next(row.first), 1);
    cr_expect_eq(dsy_instance_queue(row.first, 7, &arena), DSY_OK);
}

/* ---- rows that are damaged ---- */

static enum dsy_status
decode(const uint8_t *data, size_t size_bytes)
{
    struct instance_row read;
    struct dsy_slice slice = { .data = data, .size_bytes = size_bytes };
    reason[0] = 0;
    enum dsy_status status = dsy_instance_row_decode(&program, slice, &arena, &read, reason);
    cr_expect(status == DSY_OK || (reason[0] != 0 && read.first == NULL));
    return status;
}

Test(instance, damage_is_seen)
{
    struct instance *alice = find(KEYED_ACCOUNT, "alice");
    state_of(alice)->balance = 1;
    alice->holder = 3;
    cr_assert_eq(dsy_instance_queue(alice, 4, &arena), DSY_OK);
    store_and_load();
    for (size_t size_bytes = 0; size_bytes < body.size_bytes; size_bytes++)
        cr_expect_eq(decode(body.data, size_bytes), DSY_CORRUPT, "cut after %zu octets", size_bytes);
    for (size_t at = 0; at < body.size_bytes; at++) {
        body.data[at] ^= 0x10;
        cr_expect_eq(decode(body.data, body.size_bytes), DSY_CORRUPT, "octet %zu", at);
        body.data[at] ^= 0x10;
    }
    cr_expect_eq(decode(body.data, body.size_bytes), DSY_OK, "%s", reason);
}

/* The checksum is right in these: whoever wrote them meant it. */
static enum dsy_status
decode_content(const char *content, size_t size_bytes)
{
    dsy_buffer_clear(&scratch);
    size_t start = dsy_seal_begin(&scratch, INSTANCE_BODY_VERSION);
    dsy_buffer_append(&scratch, content, size_bytes);
    dsy_seal_end(&scratch, start);
    return decode(scratch.data, scratch.size_bytes);
}

Test(instance, a_row_that_does_not_fit_is_an_error)
{
#define HEAD       \
    "\x81\x86\x67" \
    "Account"
    static const struct {
        const char *content, *what;
        size_t size_bytes;
    } rows[] = {
#define ROW(octets, expected) { octets, expected, sizeof(octets) - 1 }
        ROW(HEAD "\x42\x61k\xf6\x05\x00\x80", ""),
        ROW("\x81\x86\x67"
            "Accountx\x42\x61k\xf6\x05\x00\x80",
            ""),
        ROW("\x81\x86\x66"
            "Acount\x42\x61k\xf6\x05\x00\x80",
            "a keyed service that this program has"),
        ROW(HEAD "\x42\x18k\xf6\x05\x00\x80", "a key of its service"),
        ROW(HEAD "\x40\xf6\x05\x00\x80", "a key of its service"),
        ROW(HEAD "\xf6\xf6\x05\x00\x80", "a key of its service"),
        ROW(HEAD "\x42\x61k\xf6\x24\x00\x80", "the invocation that holds the key"),
        ROW(HEAD "\x42\x61k\xf6\x05\x20\x80", ""),
        ROW(HEAD "\x42\x61k\xf6\x05\x00\x81\x00", "an invocation that waits"),
        ROW(HEAD "\x42\x61k\xf6\x05\x00\x9b\xff\xff\xff\xff\xff\xff\xff\xff", ""),
        ROW(HEAD "\x42\x61k\xf6\x05\x00\x9a\x00\x01\x86\xa1", ""),
        ROW(HEAD "\x42\x61k\xf6\x05\x00\x80\x00", ""),
        ROW("\x85", ""),
        ROW("\x9b\xff\xff\xff\xff\xff\xff\xff\xff", ""),
    };
    cr_expect_eq(decode_content(rows[0].content, rows[0].size_bytes), DSY_OK, "%s", reason);
    for (size_t index = 1; index < sizeof rows / sizeof *rows; index++) {
        cr_expect_eq(decode_content(rows[index].content, rows[index].size_bytes), DSY_CORRUPT, "row %zu", index);
        cr_expect(strstr(reason, rows[index].what) != NULL, "row %zu: %s", index, reason);
    }
}

Test(instance, a_state_that_cannot_be_decoded_is_an_error)
{
    struct instance *alice = find(KEYED_ACCOUNT, "alice");
    alice->state_bytes = (struct dsy_slice){ .data = (const uint8_t *)"\xa1\x01\x61x", .size_bytes = 4 };
    cr_expect_eq(dsy_instance_read_state(&program, alice, &arena, reason), DSY_CORRUPT);
    cr_expect(strstr(reason, "the state of an instance of Account") != NULL, "%s", reason);
    cr_expect_null(alice->state);
}
