/* Tasks and promises: who is told what, what a release does, and rows that are damaged. */
#include <criterion/criterion.h>
#include <string.h>

#include "dsy/error.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/cell.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/seal.h"

enum { OWNER = 5, SECRET = 99 };

static struct dsy_arena arena;
static struct message_list out;
static struct cell cell;

static void
begin(void)
{
    dsy_arena_init(&arena, SIZE_MAX);
    out = (struct message_list){ 0 };
    cell = (struct cell){ .number = NUMBER_CELL | 6,
                          .secret = SECRET,
                          .kind = CELL_TASK,
                          .owner = OWNER,
                          .child_shard = 2,
                          .name = dsy_string_view("Work.nap") };
}

static void
end(void)
{
    dsy_arena_destroy(&arena);
}

TestSuite(cell, .init = begin, .fini = end);

static enum cell_end
give(struct message message)
{
    out = (struct message_list){ 0 };
    message.number = cell.number;
    return dsy_cell_apply(&cell, &message, &arena, &out);
}

static const uint8_t seven[] = { 7 };

static enum cell_end
give_result(bool threw)
{
    return give((struct message){
        .kind = MESSAGE_RESULT, .threw = threw, .value = { .data = seven, .size_bytes = sizeof seven } });
}

static enum cell_end
watch(uint32_t shard, int64_t number, uint64_t await_count, uint32_t slot, bool wants_not_yet)
{
    return give((struct message){ .kind = MESSAGE_WATCH,
                                  .secret = SECRET,
                                  .watcher = { shard, number, await_count, slot },
                                  .wants_not_yet = wants_not_yet });
}

static enum cell_end
drain(int64_t number)
{
    return give((struct message){ .kind = MESSAGE_WATCH, .watcher = { 0, number, 1, 0 }, .drains = true });
}

static void
expect_settled(const struct message *message, uint32_t shard, int64_t number, uint32_t slot, bool threw)
{
    cr_assert_not_null(message);
    cr_assert_eq(message->kind, MESSAGE_SETTLED);
    cr_assert_eq(message->receiver, shard);
    cr_assert_eq(message->number, number);
    cr_assert_eq(message->slot, slot);
    cr_assert_eq(message->threw, threw);
}

static void
expect_error(const struct message *message, const struct dsy_error_type *type)
{
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(message->value.data, message->value.size_bytes, &arena);
    struct dsy_error_value error = dsy_error_read_cbor(&reader);
    cr_assert(dsy_cbor_reader_end(&reader));
    cr_assert_eq(error.type, type, "%.*s", (int)error.message.size_bytes, error.message.data);
}

/* ---- being told ---- */

Test(cell, who_watches_before_is_told_when_it_is_settled)
{
    cr_assert_eq(watch(1, 10, 3, 4, false), CELL_CHANGED);
    cr_assert_eq(out.count, 0u, "nobody asked to know at once");
    cr_assert_eq(watch(2, 11, 3, 0, true), CELL_CHANGED);
    cr_assert_eq(out.first->kind, MESSAGE_NOT_YET);
    cr_assert_eq(out.first->receiver, 2u);
    cr_assert_eq(give_result(false), CELL_CHANGED);
    cr_assert_eq(out.count, 2u);
    expect_settled(out.first, 1, 10, 4, false);
    cr_assert_eq(out.first->await_count, 3u);
    expect_settled(out.first->next, 2, 11, 0, false);
    cr_assert_eq(cell.watcher_count, 0u);
}

Test(cell, who_watches_later_is_told_at_once_and_again)
{
    cr_assert_eq(give_result(true), CELL_CHANGED);
    for (int turn = 0; turn < 2; turn++) {
        cr_assert_eq(watch(1, 10, 3, 4, true), CELL_UNCHANGED);
        expect_settled(out.first, 1, 10, 4, true);
        cr_assert_eq(out.first->value.data[0], 7);
    }
}

Test(cell, who_watches_twice_is_told_once_of_the_last_await)
{
    cr_assert_eq(watch(1, 10, 3, 0, false), CELL_CHANGED);
    cr_assert_eq(watch(1, 10, 8, 0, false), CELL_CHANGED);
    cr_assert_eq(give_result(false), CELL_CHANGED);
    cr_assert_eq(out.count, 1u);
    cr_assert_eq(out.first->await_count, 8u);
}

static enum cell_end
unwatch(uint64_t secret, uint32_t shard, int64_t number, uint64_t await_count, uint32_t slot)
{
    return give(
        (struct message){ .kind = MESSAGE_UNWATCH, .secret = secret, .watcher = { shard, number, await_count, slot } });
}

Test(cell, who_gives_up_is_forgotten_and_nobody_else)
{
    cr_assert_eq(watch(1, 10, 3, 0, false), CELL_CHANGED);
    cr_assert_eq(watch(1, 11, 3, 0, false), CELL_CHANGED);
    cr_assert_eq(watch(2, 10, 3, 1, false), CELL_CHANGED);
    cr_assert_eq(unwatch(SECRET, 1, 10, 2, 0), CELL_UNCHANGED, "an earlier await, which was replaced");
    cr_assert_eq(unwatch(SECRET, 2, 10, 3, 0), CELL_UNCHANGED, "another slot");
    cr_assert_eq(unwatch(SECRET + 1, 1, 10, 3, 0), CELL_UNCHANGED, "not its id");
    cr_assert_eq(unwatch(SECRET, 1, 10, 3, 0), CELL_CHANGED);
    cr_assert_eq(unwatch(SECRET, 1, 10, 3, 0), CELL_UNCHANGED);
    cr_assert_eq(cell.watcher_count, 2u);
    cr_assert_eq(give_result(false), CELL_CHANGED);
    cr_assert_eq(out.count, 2u);
    for (const struct message *told = out.first; told != NULL; told = told->next)
        cr_assert(told->number == 11 || told->receiver == 2, "it was told all the same");
    cr_assert_eq(unwatch(SECRET, 1, 11, 3, 0), CELL_UNCHANGED, "it is settled");
}

Test(cell, the_first_result_stays)
{
    cr_assert_eq(give_result(false), CELL_CHANGED);
    cr_assert_eq(give_result(true), CELL_UNCHANGED);
    cr_assert_eq(cell.state, CELL_RETURNED);
}

Test(cell, whoever_has_not_its_id_is_told_that_there_is_none)
{
    cr_assert_eq(give((struct message){ .kind = MESSAGE_WATCH, .secret = 1, .watcher = { 1, 10, 3, 4 } }),
                 CELL_UNCHANGED);
    expect_settled(out.first, 1, 10, 4, true);
    expect_error(out.first, &dsy_error_key_not_found);
}

Test(cell, a_result_that_is_too_large_is_an_error)
{
    static uint8_t large[CELL_VALUE_BYTES_MAX + 1];
    cr_assert_eq(
        give((struct message){ .kind = MESSAGE_RESULT, .value = { .data = large, .size_bytes = sizeof large } }),
        CELL_CHANGED);
    cr_assert_eq(cell.state, CELL_THREW);
    cr_assert_lt(cell.value.size_bytes, 200u);
}

/* ---- cancelling ---- */

Test(cell, a_cancellation_goes_to_the_child_once)
{
    cr_assert_eq(give((struct message){ .kind = MESSAGE_CANCEL, .secret = SECRET }), CELL_CHANGED);
    cr_assert_eq(out.first->kind, MESSAGE_CANCEL);
    cr_assert_eq(out.first->receiver, 2u);
    cr_assert_eq(out.first->number, 6);
    cr_assert_eq(out.first->secret, (uint64_t)SECRET);
    cr_assert_eq(give((struct message){ .kind = MESSAGE_CANCEL, .secret = SECRET }), CELL_UNCHANGED);
    cr_assert_eq(out.count, 0u);
}

Test(cell, only_who_knows_it_cancels_it_and_only_while_it_runs)
{
    cr_assert_eq(give((struct message){ .kind = MESSAGE_CANCEL, .secret = 1 }), CELL_REFUSED);
    cr_assert_eq(give_result(false), CELL_CHANGED);
    cr_assert_eq(give((struct message){ .kind = MESSAGE_CANCEL, .secret = SECRET }), CELL_TOO_LATE);
}

Test(cell, an_owner_that_ends_cancels_it_and_is_told_of_its_end)
{
    cr_assert_eq(drain(OWNER), CELL_CHANGED);
    cr_assert_eq(out.first->kind, MESSAGE_CANCEL);
    cr_assert_eq(give_result(true), CELL_CHANGED);
    expect_settled(out.first, 0, OWNER, 0, true);
    cr_assert_eq(drain(OWNER), CELL_UNCHANGED);
    expect_settled(out.first, 0, OWNER, 0, false);
}

Test(cell, nobody_else_drains_it)
{
    cr_assert_eq(drain(OWNER + 1), CELL_UNCHANGED);
    expect_error(out.first, &dsy_error_key_not_found);
    cr_assert_not(cell.is_cancelled);
}

/* ---- releasing ---- */

Test(cell, a_task_that_is_released_is_cancelled_and_becomes_a_result_at_its_end)
{
    cr_assert_eq(give((struct message){ .kind = MESSAGE_RELEASE }), CELL_CHANGED);
    cr_assert_eq(out.first->kind, MESSAGE_CANCEL);
    cr_assert_eq(give_result(true), CELL_DONE);
}

Test(cell, a_task_whose_handle_is_kept_goes_on)
{
    cr_assert_eq(give((struct message){ .kind = MESSAGE_RELEASE, .is_kept = true }), CELL_CHANGED);
    cr_assert_eq(out.count, 0u);
    cr_assert_eq(give_result(false), CELL_DONE);
}

Test(cell, one_that_has_ended_becomes_a_result_when_it_is_released)
{
    cr_assert_eq(give_result(false), CELL_CHANGED);
    cr_assert_eq(give((struct message){ .kind = MESSAGE_RELEASE }), CELL_DONE);
}

Test(cell, a_promise_that_is_released_is_cancelled_unless_it_is_kept)
{
    cell.kind = CELL_PROMISE;
    struct cell kept = cell;
    cr_assert_eq(watch(1, 10, 3, 4, false), CELL_CHANGED);
    cr_assert_eq(give((struct message){ .kind = MESSAGE_RELEASE }), CELL_DONE);
    expect_settled(out.first, 1, 10, 4, true);
    expect_error(out.first, &dsy_error_cancelled);
    cell = kept;
    cr_assert_eq(give((struct message){ .kind = MESSAGE_RELEASE, .is_kept = true }), CELL_CHANGED);
    cr_assert_eq(cell.state, CELL_OPEN);
}

/* ---- promises ---- */

Test(cell, the_first_resolution_wins)
{
    cell.kind = CELL_PROMISE;
    struct message settle = { .kind = MESSAGE_SETTLE,
                              .secret = SECRET,
                              .value = { .data = seven, .size_bytes = sizeof seven } };
    cr_assert_eq(give(settle), CELL_CHANGED);
    settle.threw = true;
    cr_assert_eq(give(settle), CELL_TOO_LATE);
    cr_assert_eq(cell.state, CELL_RETURNED);
}

Test(cell, a_task_is_not_resolved_and_a_promise_not_cancelled)
{
    cr_assert_eq(give((struct message){ .kind = MESSAGE_SETTLE, .secret = SECRET }), CELL_REFUSED);
    cell.kind = CELL_PROMISE;
    cr_assert_eq(give((struct message){ .kind = MESSAGE_CANCEL, .secret = SECRET }), CELL_REFUSED);
    cr_assert_eq(give((struct message){ .kind = MESSAGE_SETTLE, .secret = 1 }), CELL_REFUSED);
    cr_assert_eq(give_result(false), CELL_UNCHANGED, "a result is for tasks");
}

Test(cell, an_owner_that_ends_does_not_wait_for_a_promise)
{
    cell.kind = CELL_PROMISE;
    cr_assert_eq(drain(OWNER), CELL_UNCHANGED);
    expect_settled(out.first, 0, OWNER, 0, false);
}

/* ---- rows ---- */

static enum dsy_status
decode(struct dsy_slice body, struct cell *read)
{
    char reason[REASON_BYTES_MAX] = "";
    *read = (struct cell){ .number = cell.number, .secret = cell.secret };
    enum dsy_status status = dsy_cell_decode(body, &arena, read, reason);
    cr_assert(status == DSY_OK || reason[0] != '\0', "why it cannot be read is said");
    return status;
}

Test(cell, survives_its_encoding)
{
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, 1 << 16);
    cr_assert_eq(watch(1, 10, 3, 4, false), CELL_CHANGED);
    cr_assert_eq(watch(7, 11, 9, 0, false), CELL_CHANGED);
    cr_assert_eq(give((struct message){ .kind = MESSAGE_CANCEL, .secret = SECRET }), CELL_CHANGED);
    cr_assert_eq(dsy_cell_encode(&cell, &buffer), DSY_OK);
    struct cell read;
    cr_assert_eq(decode((struct dsy_slice){ .data = buffer.data, .size_bytes = buffer.size_bytes }, &read), DSY_OK);
    cr_assert_eq(read.watcher_count, 2u);
    cr_assert_eq(read.watchers[1].shard, 7u);
    cr_assert_eq(read.watchers[1].await_count, 9u);
    cr_assert(read.is_cancelled);
    cr_assert_eq(read.owner, OWNER);
    cr_assert_eq(read.child_shard, 2u);
    dsy_buffer_destroy(&buffer);
}

/* Every octet changed, and the checksum made right again: it is refused, or read and encoded to something that can be
 * read. */
Test(cell, a_damaged_row_is_refused_or_makes_sense)
{
    struct dsy_buffer buffer, again;
    dsy_buffer_init(&buffer, 1 << 16);
    dsy_buffer_init(&again, 1 << 16);
    cr_assert_eq(watch(1, 10, 3, 4, false), CELL_CHANGED);
    cr_assert_eq(dsy_cell_encode(&cell, &buffer), DSY_OK);
    for (size_t offset = SEAL_BYTES; offset < buffer.size_bytes; offset++)
        for (int octet = 0; octet < 256; octet++) {
            dsy_buffer_clear(&again);
            size_t start = dsy_seal_begin(&again, CELL_BODY_VERSION);
            dsy_buffer_append(&again, buffer.data + SEAL_BYTES, buffer.size_bytes - SEAL_BYTES);
            again.data[offset] = (uint8_t)octet;
            dsy_seal_end(&again, start);
            struct cell read;
            struct dsy_slice body = { .data = again.data, .size_bytes = again.size_bytes };
            if (decode(body, &read) != DSY_OK)
                continue;
            cr_assert_leq(read.watcher_count, 1u);
            cr_assert((read.state == CELL_OPEN) == (read.value.data == NULL));
        }
    dsy_buffer_destroy(&buffer);
    dsy_buffer_destroy(&again);
}

Test(cell, a_row_that_is_cut_is_refused)
{
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, 1 << 16);
    cr_assert_eq(dsy_cell_encode(&cell, &buffer), DSY_OK);
    for (size_t size_bytes = 0; size_bytes < buffer.size_bytes; size_bytes++) {
        struct cell read;
        cr_assert_eq(decode((struct dsy_slice){ .data = buffer.data, .size_bytes = size_bytes }, &read), DSY_CORRUPT);
    }
    dsy_buffer_destroy(&buffer);
}
