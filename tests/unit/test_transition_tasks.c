/* Tasks in transitions: starting, waiting, time, cancellation, compensation; without threads, loop, store or cells: the
 * test says what cells say. Between any two messages the invocation goes through its row and back. */
#include <criterion/criterion.h>
#include <string.h>

#include "dsy/error.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/seal.h"
#include "runtime/core/transition.h"
#include "tests/support/task_program.h"

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

struct stage {
    struct program program;
    struct transition_limits limits;
    struct dsy_arena arena;
    struct dsy_buffer buffer;
    struct transition *transition;
    struct invocation invocation;
    int64_t now_ns;
};

enum { NUMBER = 77, SECRET = 88, SHARD = 3 };

static struct stage stage;

static void
set_up(void)
{
    struct dsy_error error = { 0 };
    memset(&stage, 0, sizeof stage);
    cr_assert_eq(dsy_program_bind(&stage.program, &task_program, NULL, 0, 1, &error), DSY_OK, "%s", error.text);
    stage.limits = (struct transition_limits){ .step_budget = 10000, .bytes_max = 1 << 20 };
    dsy_arena_init(&stage.arena, SIZE_MAX);
    dsy_buffer_init(&stage.buffer, BODY_BYTES_MAX);
    stage.transition = calloc(1, sizeof *stage.transition);
    dsy_transition_init(stage.transition, &stage.program, &stage.limits, SHARD, &stage.arena, &stage.buffer);
    stage.invocation = (struct invocation){ .number = NUMBER, .secret = SECRET };
    stage.now_ns = 1000;
}

static void
tear_down(void)
{
    dsy_transition_destroy(stage.transition);
    dsy_program_destroy(&stage.program);
    dsy_arena_destroy(&stage.arena);
    dsy_buffer_destroy(&stage.buffer);
    free(stage.transition);
}

TestSuite(transition_tasks, .init = set_up, .fini = tear_down);

/* Through the row and back, as if the process had died. */
static void
store_and_load(void)
{
    struct dsy_buffer body;
    dsy_buffer_init(&body, BODY_BYTES_MAX);
    cr_assert_eq(dsy_invocation_encode(&stage.invocation, &body), DSY_OK);
    uint8_t *kept = dsy_arena_allocate(&stage.arena, body.size_bytes);
    memcpy(kept, body.data, body.size_bytes);
    struct dsy_slice slice = { .data = kept, .size_bytes = body.size_bytes };
    struct invocation loaded = { .number = NUMBER, .secret = SECRET };
    char reason[REASON_BYTES_MAX] = "";
    cr_assert_eq(dsy_invocation_decode(&stage.program, slice, &stage.arena, &loaded, reason), DSY_OK, "%s", reason);
    cr_assert_eq(dsy_invocation_due_ns(&loaded), dsy_invocation_due_ns(&stage.invocation));
    cr_assert_eq(dsy_invocation_is_active(&loaded), dsy_invocation_is_active(&stage.invocation));
    cr_assert_eq(loaded.cell_count, stage.invocation.cell_count);
    stage.invocation = loaded;
    dsy_buffer_destroy(&body);
}

static enum transition_end
begin(enum task_routine routine, int64_t n)
{
    struct dsy_buffer arguments;
    dsy_buffer_init(&arguments, 1 << 16);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&arguments);
    struct {
        int64_t n;
        dsy_uuid tasks[TASKS_MAX];
    } locals = { .n = n };
    task_routine(routine)->write_frame(&writer, &locals, 0);
    uint8_t *kept = dsy_arena_allocate(&stage.arena, arguments.size_bytes);
    memcpy(kept, arguments.data, arguments.size_bytes);
    struct message message = { .kind = MESSAGE_BEGIN,
                               .routine = task_routine(routine),
                               .caller.kind = CALLER_OUTSIDE,
                               .arguments = { .data = kept, .size_bytes = arguments.size_bytes } };
    dsy_buffer_destroy(&arguments);
    return dsy_transition_begin(stage.transition, &stage.invocation, &message, stage.now_ns);
}

static enum transition_end
apply(struct message message)
{
    store_and_load();
    return dsy_transition_apply(stage.transition, &stage.invocation, &message, stage.now_ns);
}

/* The value of a cell is a small number, or the error Overflow. */
static enum transition_end
settle(uint32_t slot, bool threw, int64_t number)
{
    static const uint8_t overflow[] = { 0x82, 0x68, 'O', 'v', 'e', 'r', 'f', 'l', 'o', 'w', 0x60 };
    uint8_t *value = dsy_arena_allocate(&stage.arena, 1);
    value[0] = (uint8_t)number;
    return apply((struct message){
        .kind = MESSAGE_SETTLED,
        .await_count = stage.invocation.await_count,
        .slot = slot,
        .threw = threw,
        .value = threw ? (struct dsy_slice){ .data = overflow, .size_bytes = sizeof overflow }
                       : (struct dsy_slice){ .data = value, .size_bytes = 1 },
    });
}

static enum transition_end
not_yet(uint32_t slot)
{
    return apply(
        (struct message){ .kind = MESSAGE_NOT_YET, .await_count = stage.invocation.await_count, .slot = slot });
}

static enum transition_end
cancel(void)
{
    return apply((struct message){ .kind = MESSAGE_CANCEL, .secret = SECRET });
}

static enum transition_end
pass_time(int64_t duration_ns)
{
    stage.now_ns += duration_ns;
    return apply((struct message){ .kind = MESSAGE_TIMER });
}

static size_t
count_sent(enum message_kind kind)
{
    size_t count = 0;
    for (const struct message *message = stage.transition->sent.first; message != NULL; message = message->next)
        count += message->kind == kind;
    return count;
}

static const struct message *
first_sent(enum message_kind kind)
{
    const struct message *message = stage.transition->sent.first;
    while (message != NULL && message->kind != kind)
        message = message->next;
    cr_assert_not_null(message, "no message of kind %d is sent", (int)kind);
    return message;
}

static void
expect_number(int64_t number)
{
    struct dsy_cbor_reader reader = dsy_stored_reader(&stage.program, stage.transition->value, &stage.arena);
    cr_assert_eq(dsy_int64_read_cbor(&reader), number);
    cr_assert(dsy_cbor_reader_end(&reader), "%s", reader.message);
}

static void
expect_thrown(const char *name)
{
    struct dsy_cbor_reader reader = dsy_stored_reader(&stage.program, stage.transition->value, &stage.arena);
    struct dsy_error_value error = dsy_error_read_cbor(&reader);
    cr_assert(dsy_cbor_reader_end(&reader), "%s", reader.message);
    cr_assert_str_eq(error.type->name, name);
}

/* ---- starting ---- */

Test(transition_tasks, a_task_has_a_cell_here_and_an_invocation_whose_numbers_belong_together)
{
    cr_assert_eq(begin(TASK_ONE, 0), TRANSITION_SUSPENDED);
    const struct cell *cell = &stage.transition->made->cell;
    const struct message *call = first_sent(MESSAGE_BEGIN);
    cr_assert_null(stage.transition->made->next);
    cr_assert_eq(dsy_number_kind(cell->number), OBJECT_CELL);
    cr_assert_eq(dsy_number_kind(call->number), OBJECT_INVOCATION);
    cr_assert_eq(cell->number & ~NUMBER_CELL, call->number);
    cr_assert_eq(dsy_number_origin(call->number), (uint32_t)SHARD);
    cr_assert_eq(cell->secret, call->secret);
    cr_assert_eq(cell->owner, NUMBER);
    cr_assert_eq(call->caller.number, cell->number);
    const struct message *watch = first_sent(MESSAGE_WATCH);
    cr_assert_eq(watch->number, cell->number);
    cr_assert_eq(watch->watcher.number, NUMBER);
}

Test(transition_tasks, the_result_of_a_task_is_returned_and_the_task_released)
{
    cr_assert_eq(begin(TASK_ONE, 0), TRANSITION_SUSPENDED);
    int64_t cell = stage.transition->made->cell.number;
    cr_assert_eq(settle(0, false, 9), TRANSITION_RETURNED);
    expect_number(9);
    cr_assert_eq(first_sent(MESSAGE_RELEASE)->number, cell);
    cr_assert_not(first_sent(MESSAGE_RELEASE)->is_kept);
}

Test(transition_tasks, a_handle_in_the_result_is_kept)
{
    cr_assert_eq(begin(TASK_HAND_OUT, 0), TRANSITION_RETURNED);
    int64_t second = stage.transition->made->next->cell.number;
    cr_assert_eq(count_sent(MESSAGE_RELEASE), 2u);
    for (const struct message *message = stage.transition->sent.first; message != NULL; message = message->next)
        if (message->kind == MESSAGE_RELEASE)
            cr_assert_eq(message->is_kept, message->number == second);
}

Test(transition_tasks, a_promise_is_resolved_by_a_message_to_its_cell)
{
    cr_assert_eq(begin(TASK_PROMISED, 5), TRANSITION_SUSPENDED);
    const struct message *message = first_sent(MESSAGE_SETTLE);
    cr_assert_eq(message->number, stage.transition->made->cell.number);
    cr_assert_eq(message->secret, stage.transition->made->cell.secret);
    cr_assert_eq(message->value.data[0], 5);
    cr_assert_eq(settle(0, false, 5), TRANSITION_RETURNED);
    expect_number(5);
}

/* ---- all, any, select ---- */

Test(transition_tasks, all_gives_the_results_in_order_whatever_the_order_in_which_they_come)
{
    cr_assert_eq(begin(TASK_ALL, 3), TRANSITION_SUSPENDED);
    cr_assert_eq(count_sent(MESSAGE_WATCH), 3u);
    cr_assert_eq(settle(2, false, 1), TRANSITION_NOTED);
    cr_assert_eq(settle(0, false, 2), TRANSITION_NOTED);
    cr_assert_eq(settle(0, false, 2), TRANSITION_NOTED, "a second time it changes nothing");
    cr_assert_eq(settle(1, false, 4), TRANSITION_RETURNED);
    expect_number(7);
}

Test(transition_tasks, all_asks_again_for_what_was_forgotten)
{
    cr_assert_eq(begin(TASK_ALL, 3), TRANSITION_SUSPENDED);
    cr_assert_eq(settle(0, false, 1), TRANSITION_NOTED);
    dsy_joins_clear(stage.transition->joins);
    cr_assert_eq(settle(1, false, 2), TRANSITION_NOTED);
    cr_assert_eq(count_sent(MESSAGE_WATCH), 3u);
    cr_assert_eq(settle(2, false, 3), TRANSITION_NOTED);
    cr_assert_eq(settle(0, false, 1), TRANSITION_RETURNED);
    expect_number(6);
}

Test(transition_tasks, the_first_failure_of_all_cancels_the_rest_and_is_thrown_when_they_have_ended)
{
    cr_assert_eq(begin(TASK_ALL, 3), TRANSITION_SUSPENDED);
    cr_assert_eq(settle(1, true, 0), TRANSITION_SUSPENDED, "the failure is saved");
    cr_assert_eq(count_sent(MESSAGE_CANCEL), 2u);
    dsy_joins_clear(stage.transition->joins);
    cr_assert_eq(settle(0, false, 1), TRANSITION_NOTED);
    cr_assert_eq(settle(2, false, 1), TRANSITION_NOTED);
    cr_assert_eq(settle(1, true, 0), TRANSITION_SUSPENDED, "all have ended: it is thrown, and ends the routine");
    cr_assert_eq(stage.invocation.pending.kind, PENDING_WAIT, "of its own tasks it waits for the end");
    cr_assert_eq(stage.invocation.pending.mode, WAIT_DRAIN);
}

Test(transition_tasks, the_first_success_of_any_cancels_the_rest_and_goes_on)
{
    cr_assert_eq(begin(TASK_ANY, 3), TRANSITION_SUSPENDED);
    cr_assert_eq(settle(0, true, 0), TRANSITION_NOTED);
    cr_assert_eq(settle(2, false, 8), TRANSITION_RETURNED);
    expect_number(8);
    cr_assert_eq(count_sent(MESSAGE_CANCEL), 1u);
}

Test(transition_tasks, select_asks_one_after_the_other)
{
    cr_assert_eq(begin(TASK_PICK, 500), TRANSITION_SUSPENDED);
    cr_assert_eq(count_sent(MESSAGE_WATCH), 1u);
    cr_assert_eq(dsy_invocation_due_ns(&stage.invocation), DSY_NOT_DUE, "the time counts when all were asked");
    cr_assert_eq(not_yet(0), TRANSITION_SUSPENDED);
    cr_assert_eq(first_sent(MESSAGE_WATCH)->watcher.slot, 1u);
    cr_assert_eq(settle(1, false, 5), TRANSITION_RETURNED);
    expect_number(1);
}

Test(transition_tasks, what_is_ready_wins_over_the_time_of_a_select)
{
    cr_assert_eq(begin(TASK_PICK, 500), TRANSITION_SUSPENDED);
    cr_assert_eq(not_yet(0), TRANSITION_SUSPENDED);
    cr_assert_eq(not_yet(1), TRANSITION_SUSPENDED);
    cr_assert_eq(dsy_invocation_due_ns(&stage.invocation), 1500);
    cr_assert_eq(pass_time(499), TRANSITION_STALE);
    cr_assert_eq(pass_time(1), TRANSITION_SUSPENDED, "all are asked a last time");
    cr_assert_eq(not_yet(0), TRANSITION_SUSPENDED);
    cr_assert_eq(settle(1, false, 3), TRANSITION_RETURNED);
    expect_number(1);
}

Test(transition_tasks, the_time_of_a_select_is_over_when_nothing_is_ready)
{
    cr_assert_eq(begin(TASK_PICK, 500), TRANSITION_SUSPENDED);
    cr_assert_eq(not_yet(0), TRANSITION_SUSPENDED);
    cr_assert_eq(not_yet(1), TRANSITION_SUSPENDED);
    cr_assert_eq(pass_time(500), TRANSITION_SUSPENDED);
    cr_assert_eq(not_yet(0), TRANSITION_SUSPENDED);
    cr_assert_eq(not_yet(1), TRANSITION_RETURNED);
    expect_number(2);
    cr_assert_eq(count_sent(MESSAGE_CANCEL), 0u, "the others go on");
}

Test(transition_tasks, an_answer_to_an_earlier_await_is_stale)
{
    cr_assert_eq(begin(TASK_ALL, 2), TRANSITION_SUSPENDED);
    stage.invocation.await_count++;
    struct message late = { .kind = MESSAGE_SETTLED, .await_count = stage.invocation.await_count - 1 };
    cr_assert_eq(apply(late), TRANSITION_STALE);
    cr_assert_eq(settle(2, false, 1), TRANSITION_STALE, "there is no such slot");
}

/* ---- time ---- */

Test(transition_tasks, a_call_that_takes_too_long_is_cancelled_and_lingers)
{
    cr_assert_eq(begin(TASK_HURRY, 50), TRANSITION_SUSPENDED);
    int64_t child = first_sent(MESSAGE_BEGIN)->number;
    uint64_t call = stage.invocation.await_count;
    cr_assert_eq(dsy_invocation_due_ns(&stage.invocation), 1050);
    cr_assert_eq(pass_time(50), TRANSITION_SUSPENDED, "an invocation that ends by an error waits for what lingers");
    cr_assert_eq(first_sent(MESSAGE_CANCEL)->number, child);
    cr_assert_not_null(stage.invocation.lingering);
    cr_assert_eq(apply((struct message){ .kind = MESSAGE_RESULT, .await_count = call }), TRANSITION_THREW);
    expect_thrown("Timeout");
}

Test(transition_tasks, a_sub_routine_gets_cancelled_and_its_caller_timeout)
{
    cr_assert_eq(begin(TASK_LIMIT, 50), TRANSITION_SUSPENDED);
    cr_assert_eq(stage.invocation.frame_count, 2u);
    cr_assert_eq(dsy_invocation_due_ns(&stage.invocation), 1050, "sooner than its sleep ends");
    cr_assert_eq(pass_time(50), TRANSITION_THREW);
    expect_thrown("Timeout");
}

/* ---- cancelling ---- */

Test(transition_tasks, a_cancellation_is_thrown_at_the_await)
{
    cr_assert_eq(begin(TASK_NAP, 50), TRANSITION_SUSPENDED);
    cr_assert_eq(cancel(), TRANSITION_THREW);
    expect_thrown("Cancelled");
}

Test(transition_tasks, who_does_not_know_the_secret_cancels_nothing)
{
    cr_assert_eq(begin(TASK_NAP, 50), TRANSITION_SUSPENDED);
    cr_assert_eq(apply((struct message){ .kind = MESSAGE_CANCEL, .secret = 1 }), TRANSITION_STALE);
    cr_assert_not(stage.invocation.is_cancelled);
}

Test(transition_tasks, a_finally_body_is_not_disturbed_and_the_next_await_throws)
{
    cr_assert_eq(begin(TASK_TIDY, 50), TRANSITION_SUSPENDED);
    cr_assert_eq(cancel(), TRANSITION_SUSPENDED, "its finally body sleeps");
    cr_assert_eq(stage.invocation.top->state, 2u);
    cr_assert_eq(cancel(), TRANSITION_STALE);
    cr_assert_eq(pass_time(50), TRANSITION_SUSPENDED, "Cancelled at once at the next await, whose finally body sleeps");
    cr_assert_eq(stage.invocation.top->state, 2u);
}

Test(transition_tasks, what_was_never_run_ends_when_it_is_cancelled)
{
    struct message message = { .kind = MESSAGE_BEGIN, .routine = task_routine(TASK_NAP) };
    cr_assert_eq(dsy_transition_queue(stage.transition, &stage.invocation, &message, stage.now_ns),
                 TRANSITION_SUSPENDED);
    message = (struct message){ .kind = MESSAGE_CANCEL, .secret = SECRET };
    cr_assert_eq(dsy_transition_apply(stage.transition, &stage.invocation, &message, stage.now_ns), TRANSITION_THREW);
    expect_thrown("Cancelled");
}

Test(transition_tasks, own_tasks_that_are_awaited_are_cancelled_with_it)
{
    cr_assert_eq(begin(TASK_ONE, 0), TRANSITION_SUSPENDED);
    int64_t cell = stage.transition->made->cell.number;
    cr_assert_eq(cancel(), TRANSITION_SUSPENDED);
    cr_assert_eq(first_sent(MESSAGE_CANCEL)->number, cell);
    cr_assert(first_sent(MESSAGE_WATCH)->drains, "it ends, and waits for its task");
    cr_assert_eq(settle(0, false, 0), TRANSITION_THREW);
    expect_thrown("Cancelled");
    cr_assert_eq(first_sent(MESSAGE_RELEASE)->number, cell);
}

/* ---- compensating ---- */

static enum transition_end
resume(void)
{
    return apply((struct message){ .kind = MESSAGE_RESUME });
}

Test(transition_tasks, compensations_run_last_first_and_an_error_inside_one_is_only_said)
{
    cr_assert_eq(begin(TASK_GUARD, 3), TRANSITION_SUSPENDED);
    cr_assert_eq(cancel(), TRANSITION_SUSPENDED);
    for (int left = 2; left >= 0; left--) {
        cr_assert_str_eq(stage.invocation.top->routine->name, "undo");
        cr_assert_eq(stage.invocation.frame_count, 2u);
        cr_assert(dsy_invocation_is_compensating(&stage.invocation));
        size_t compensations = 0;
        for (const struct compensation *each = stage.invocation.top->below->compensations; each != NULL;
             each = each->next)
            compensations++;
        cr_assert_eq(compensations, (size_t)left);
        cr_assert_eq(resume(), left > 0 ? TRANSITION_SUSPENDED : TRANSITION_THREW);
        cr_assert_eq(stage.transition->lines.count, left == 1 ? 1u : 0u, "the second fails");
    }
    expect_thrown("Cancelled");
}

Test(transition_tasks, compensations_are_dropped_when_the_routine_returns)
{
    cr_assert_eq(begin(TASK_GUARD, 3), TRANSITION_SUSPENDED);
    cr_assert_eq(pass_time(TASK_HOUR_NS), TRANSITION_RETURNED);
    expect_number(3);
}

Test(transition_tasks, tasks_end_before_compensations_run)
{
    cr_assert_eq(begin(TASK_LEAVE, 2), TRANSITION_SUSPENDED);
    cr_assert_eq(stage.invocation.pending.mode, WAIT_DRAIN);
    cr_assert_eq(count_sent(MESSAGE_WATCH), 2u);
    cr_assert_eq(settle(1, true, 0), TRANSITION_NOTED);
    cr_assert_eq(stage.invocation.frame_count, 1u);
    cr_assert_eq(settle(0, true, 0), TRANSITION_SUSPENDED);
    cr_assert_str_eq(stage.invocation.top->routine->name, "undo");
    cr_assert_eq(resume(), TRANSITION_THREW);
    expect_thrown("OutOfRange");
    cr_assert_eq(count_sent(MESSAGE_RELEASE), 2u);
}

Test(transition_tasks, a_cancellation_does_not_disturb_compensations)
{
    cr_assert_eq(begin(TASK_LEAVE, 0), TRANSITION_SUSPENDED);
    cr_assert_str_eq(stage.invocation.top->routine->name, "undo");
    cr_assert_eq(cancel(), TRANSITION_SUSPENDED);
    cr_assert_eq(stage.transition->sent.count, 0u);
    cr_assert_eq(resume(), TRANSITION_THREW);
    expect_thrown("OutOfRange");
}

Test(transition_tasks, a_drain_that_was_forgotten_asks_again)
{
    cr_assert_eq(begin(TASK_LEAVE, 3), TRANSITION_SUSPENDED);
    cr_assert_eq(settle(0, true, 0), TRANSITION_NOTED);
    dsy_joins_clear(stage.transition->joins);
    cr_assert_eq(settle(1, true, 0), TRANSITION_NOTED);
    cr_assert_eq(count_sent(MESSAGE_WATCH), 3u);
    cr_assert_eq(settle(0, true, 0), TRANSITION_NOTED);
    cr_assert_eq(settle(2, true, 0), TRANSITION_SUSPENDED);
    cr_assert_str_eq(stage.invocation.top->routine->name, "undo");
}

/* ---- damaged rows ---- */

/* Every octet of the rows of waiting and of ending invocations changed, and the checksum made right again: they are
 * refused, or can be encoded and read again. */
Test(transition_tasks, damaged_rows_are_refused_or_make_sense)
{
    static const enum task_routine which[] = { TASK_ALL, TASK_PICK, TASK_LIMIT, TASK_GUARD, TASK_LEAVE };
    struct dsy_buffer body, again;
    dsy_buffer_init(&body, BODY_BYTES_MAX);
    dsy_buffer_init(&again, BODY_BYTES_MAX);
    for (size_t routine = 0; routine < sizeof which / sizeof *which; routine++) {
        stage.invocation = (struct invocation){ .number = NUMBER, .secret = SECRET };
        cr_assert_eq(begin(which[routine], 2), TRANSITION_SUSPENDED);
        dsy_buffer_clear(&body);
        cr_assert_eq(dsy_invocation_encode(&stage.invocation, &body), DSY_OK);
        for (size_t offset = SEAL_BYTES; offset < body.size_bytes; offset++)
            for (int octet = 0; octet < 256; octet += 7) {
                struct dsy_arena arena;
                dsy_arena_init(&arena, 1 << 24);
                dsy_buffer_clear(&again);
                size_t start = dsy_seal_begin(&again, body.data[0]);
                dsy_buffer_append(&again, body.data + SEAL_BYTES, body.size_bytes - SEAL_BYTES);
                again.data[offset] = (uint8_t)octet;
                dsy_seal_end(&again, start);
                char reason[REASON_BYTES_MAX] = "";
                struct invocation read = { .number = NUMBER, .secret = SECRET };
                struct dsy_slice slice = { .data = again.data, .size_bytes = again.size_bytes };
                enum dsy_status status = dsy_invocation_decode(&stage.program, slice, &arena, &read, reason);
                if (status != DSY_OK)
                    cr_assert_neq(reason[0], '\0');
                else
                    cr_assert_eq(dsy_invocation_encode(&read, &stage.buffer), DSY_OK);
                dsy_buffer_clear(&stage.buffer);
                dsy_arena_destroy(&arena);
            }
    }
    dsy_buffer_destroy(&body);
    dsy_buffer_destroy(&again);
}
