/* The trampoline and the encoding of invocations, without threads, loop or store. */
#include <criterion/criterion.h>
#include <string.h>

#include "dsy/error.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/transition.h"
#include "tests/support/hand_program.h"

struct stage {
    struct program program;
    struct transition_limits limits;
    struct dsy_arena arena;
    struct dsy_buffer buffer;
    struct transition *transition;
    struct invocation invocation;
    int64_t now_ns;
};

static struct stage stage;

static void
set_up(void)
{
    struct dsy_error error = { 0 };
    memset(&stage, 0, sizeof stage);
    cr_assert_eq(dsy_program_bind(&stage.program, &hand_program, NULL, 0, 1, &error), DSY_OK, "%s", error.text);
    stage.limits = (struct transition_limits){ .step_budget = 10000, .bytes_max = 1 << 20 };
    dsy_arena_init(&stage.arena, SIZE_MAX);
    dsy_buffer_init(&stage.buffer, BODY_BYTES_MAX);
    stage.transition = calloc(1, sizeof *stage.transition);
    dsy_transition_init(stage.transition, &stage.program, &stage.limits, 3, &stage.arena, &stage.buffer);
    stage.invocation.number = 77;
    stage.invocation.secret = 88;
    stage.now_ns = 1000;
}

static void
tear_down(void)
{
    dsy_program_destroy(&stage.program);
    dsy_arena_destroy(&stage.arena);
    dsy_buffer_destroy(&stage.buffer);
    free(stage.transition);
}

TestSuite(transition, .init = set_up, .fini = tear_down);

static enum transition_end
begin(enum hand_routine routine, int64_t n, const char *text)
{
    struct dsy_buffer arguments;
    dsy_buffer_init(&arguments, 1 << 20);
    cr_assert(hand_arguments(&arguments, n, text));
    uint8_t *kept = dsy_arena_allocate(&stage.arena, arguments.size_bytes);
    memcpy(kept, arguments.data, arguments.size_bytes);
    struct message message = { .kind = MESSAGE_BEGIN,
                               .routine = hand_routine(routine),
                               .caller.kind = CALLER_OUTSIDE,
                               .arguments = { .data = kept, .size_bytes = arguments.size_bytes } };
    dsy_buffer_destroy(&arguments);
    return dsy_transition_begin(stage.transition, &stage.invocation, &message, stage.now_ns);
}

static struct dsy_slice
number_item(int64_t number)
{
    static uint8_t memory[16];
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, sizeof memory);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&buffer);
    dsy_int64_write_cbor(&writer, number);
    memcpy(memory, buffer.data, buffer.size_bytes);
    struct dsy_slice slice = { .data = memory, .size_bytes = buffer.size_bytes };
    dsy_buffer_destroy(&buffer);
    return slice;
}

static enum transition_end
apply(struct message message)
{
    return dsy_transition_apply(stage.transition, &stage.invocation, &message, stage.now_ns);
}

static enum transition_end
answer_step(enum step_answer answer, struct dsy_slice value)
{
    return apply((struct message){ .kind = MESSAGE_STEP,
                                   .await_count = stage.invocation.await_count,
                                   .attempt = stage.invocation.pending.attempt,
                                   .answer = answer,
                                   .value = value });
}

static int64_t
returned_number(void)
{
    struct dsy_cbor_reader reader = dsy_stored_reader(&stage.program, stage.transition->value, &stage.arena);
    int64_t number = dsy_int64_read_cbor(&reader);
    cr_assert(dsy_cbor_reader_end(&reader), "%s", reader.message);
    return number;
}

static void
expect_thrown(const char *name)
{
    struct dsy_cbor_reader reader = dsy_stored_reader(&stage.program, stage.transition->value, &stage.arena);
    struct dsy_error_value error = dsy_error_read_cbor(&reader);
    cr_assert(dsy_cbor_reader_end(&reader), "%s", reader.message);
    cr_assert_str_eq(error.type->name, name);
}

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
    struct invocation loaded = { .number = stage.invocation.number, .secret = stage.invocation.secret };
    char reason[REASON_BYTES_MAX] = "";
    cr_assert_eq(dsy_invocation_decode(&stage.program, slice, &stage.arena, &loaded, reason), DSY_OK, "%s", reason);
    cr_assert_eq(loaded.await_count, stage.invocation.await_count);
    cr_assert_eq(loaded.frame_count, stage.invocation.frame_count);
    cr_assert_eq(loaded.pending.kind, stage.invocation.pending.kind);
    cr_assert_eq(dsy_invocation_due_ns(&loaded), dsy_invocation_due_ns(&stage.invocation));
    stage.invocation = loaded;
    dsy_buffer_destroy(&body);
}

Test(transition, returns_at_once)
{
    cr_assert_eq(begin(HAND_CHAIN, 0, NULL), TRANSITION_RETURNED);
    cr_assert_eq(returned_number(), 0);
    cr_assert_null(stage.invocation.top);
}

Test(transition, steps_are_awaited_one_after_the_other)
{
    cr_assert_eq(begin(HAND_COUNT, 3, NULL), TRANSITION_SUSPENDED);
    for (int64_t index = 0; index < 3; index++) {
        cr_assert_eq(stage.invocation.pending.kind, PENDING_STEP);
        cr_assert_str_eq(stage.invocation.pending.step->name, "add");
        cr_assert_eq(stage.invocation.await_count, (uint64_t)index + 1);
        cr_assert(dsy_invocation_is_active(&stage.invocation));
        store_and_load();
        enum transition_end end = answer_step(STEP_DONE, number_item(index + 1));
        cr_assert_eq(end, index < 2 ? TRANSITION_SUSPENDED : TRANSITION_RETURNED, "%s", stage.transition->reason);
    }
    cr_assert_eq(returned_number(), 6);
}

Test(transition, a_late_or_foreign_answer_is_stale)
{
    cr_assert_eq(begin(HAND_COUNT, 2, NULL), TRANSITION_SUSPENDED);
    struct message message = { .kind = MESSAGE_STEP, .await_count = 1, .attempt = 2, .value = number_item(1) };
    cr_assert_eq(apply(message), TRANSITION_STALE, "another attempt");
    message = (struct message){ .kind = MESSAGE_STEP, .await_count = 2, .attempt = 1, .value = number_item(1) };
    cr_assert_eq(apply(message), TRANSITION_STALE, "another await");
    message = (struct message){ .kind = MESSAGE_RESULT, .await_count = 1, .value = number_item(1) };
    cr_assert_eq(apply(message), TRANSITION_STALE, "a result, but a step is awaited");
    cr_assert_eq(apply((struct message){ .kind = MESSAGE_TIMER }), TRANSITION_STALE, "a timer, but no sleep");
    message = (struct message){ .kind = MESSAGE_STEP, .await_count = 1, .attempt = 1, .value = number_item(1) };
    cr_assert_eq(apply(message), TRANSITION_SUSPENDED);
    cr_assert_eq(apply(message), TRANSITION_STALE, "the same answer again");
}

Test(transition, a_sleep_ends_when_its_time_has_come_and_not_before)
{
    cr_assert_eq(begin(HAND_NAP, 500, NULL), TRANSITION_SUSPENDED);
    cr_assert_eq(dsy_invocation_due_ns(&stage.invocation), 1500);
    cr_assert_not(dsy_invocation_is_active(&stage.invocation));
    store_and_load();
    stage.now_ns = 1499;
    cr_assert_eq(apply((struct message){ .kind = MESSAGE_TIMER }), TRANSITION_STALE);
    stage.now_ns = 1500;
    cr_assert_eq(apply((struct message){ .kind = MESSAGE_TIMER }), TRANSITION_RETURNED);
    cr_assert_eq(returned_number(), 500);
}

/* A nap that waits for promises of others instead. */
static void
wait_for_others(enum wait_mode mode, const dsy_uuid *handles, uint32_t count)
{
    cr_assert_eq(begin(HAND_NAP, 500, NULL), TRANSITION_SUSPENDED);
    stage.transition->shard_count = 8;
    stage.invocation.pending = (struct pending){
        .kind = PENDING_WAIT, .mode = mode, .due_ns = DSY_NOT_DUE, .handle_count = count, .handles = handles
    };
}

static dsy_uuid
handle_in(uint32_t shard, int64_t number)
{
    return dsy_address_id((struct address){ .shard = shard, .number = NUMBER_CELL | number, .secret = 9 });
}

static size_t
count_sent(enum message_kind kind, uint32_t receiver)
{
    size_t count = 0;
    for (const struct message *message = stage.transition->sent.first; message != NULL; message = message->next)
        count += message->kind == kind && message->receiver == receiver && message->secret == 9;
    return count;
}

Test(transition, who_has_waited_too_long_for_others_lets_them_forget_it)
{
    dsy_uuid handles[] = { handle_in(5, 1), handle_in(6, 2) };
    wait_for_others(WAIT_ALL, handles, 2);
    stage.invocation.pending.deadline_ns = stage.now_ns;
    apply((struct message){ .kind = MESSAGE_TIMER });
    cr_assert_eq(count_sent(MESSAGE_UNWATCH, 5), 1u);
    cr_assert_eq(count_sent(MESSAGE_UNWATCH, 6), 1u);
    cr_assert_eq(stage.transition->sent.first->watcher.number, 77);
    cr_assert_eq(stage.transition->sent.first->watcher.shard, 3u);
}

Test(transition, a_select_lets_those_forget_it_that_it_asked_and_did_not_take)
{
    dsy_uuid handles[] = { handle_in(4, 1), handle_in(5, 2), handle_in(6, 3), handle_in(7, 4) };
    wait_for_others(WAIT_SELECT, handles, 4);
    for (uint32_t slot = 0; slot < 2; slot++)
        cr_assert_eq(apply((struct message){
                         .kind = MESSAGE_NOT_YET, .await_count = stage.invocation.await_count, .slot = slot }),
                     TRANSITION_SUSPENDED);
    apply((struct message){
        .kind = MESSAGE_SETTLED, .await_count = stage.invocation.await_count, .slot = 1, .value = number_item(1) });
    cr_assert_eq(count_sent(MESSAGE_UNWATCH, 4), 1u);
    cr_assert_eq(count_sent(MESSAGE_UNWATCH, 5), 0u, "it was taken");
    cr_assert_eq(count_sent(MESSAGE_UNWATCH, 6), 1u, "it is being asked");
    cr_assert_eq(count_sent(MESSAGE_UNWATCH, 7), 0u, "it was not asked");
}

Test(transition, a_negative_or_endless_sleep_does_not_overflow)
{
    cr_assert_eq(begin(HAND_NAP, -5, NULL), TRANSITION_SUSPENDED);
    cr_assert_eq(dsy_invocation_due_ns(&stage.invocation), 1000, "due at once");
    cr_assert_eq(begin(HAND_NAP, INT64_MAX, NULL), TRANSITION_SUSPENDED);
    cr_assert_eq(dsy_invocation_due_ns(&stage.invocation), INT64_MAX);
}

Test(transition, a_sub_routine_is_saved_on_its_callers_stack)
{
    cr_assert_eq(begin(HAND_SUB, 20, NULL), TRANSITION_SUSPENDED);
    cr_assert_eq(stage.invocation.frame_count, 2u);
    cr_assert_eq(stage.invocation.pending.kind, PENDING_CHECKPOINT);
    store_and_load();
    cr_assert_eq(apply((struct message){ .kind = MESSAGE_RESUME }), TRANSITION_RETURNED);
    cr_assert_eq(returned_number(), 41);
}

Test(transition, a_call_leaves_routine_and_arguments)
{
    cr_assert_eq(begin(HAND_CHAIN, 2, NULL), TRANSITION_SUSPENDED);
    cr_assert_eq(stage.transition->called, hand_routine(HAND_CHAIN));
    cr_assert_gt(stage.transition->arguments.size_bytes, 0u);
    store_and_load();
    struct message result = { .kind = MESSAGE_RESULT,
                              .await_count = stage.invocation.await_count,
                              .value = number_item(41) };
    cr_assert_eq(apply(result), TRANSITION_RETURNED);
    cr_assert_eq(returned_number(), 42);
}

Test(transition, an_error_with_members_crosses_a_call)
{
    cr_assert_eq(begin(HAND_REFUSE, 0, "no"), TRANSITION_THREW);
    expect_thrown("Refused");
    struct dsy_slice thrown = stage.transition->value;
    cr_assert_eq(begin(HAND_RESCUE, 0, "no"), TRANSITION_SUSPENDED);
    struct message result = {
        .kind = MESSAGE_RESULT, .await_count = stage.invocation.await_count, .threw = true, .value = thrown
    };
    cr_assert_eq(apply(result), TRANSITION_RETURNED);
    cr_assert_eq(returned_number(), 9, "7, and the two letters of its member");
}

Test(transition, a_loop_is_stopped_by_the_budget)
{
    cr_assert_eq(begin(HAND_SPIN, 10000, NULL), TRANSITION_RETURNED, "the budget itself");
    cr_assert_eq(begin(HAND_SPIN, 10001, NULL), TRANSITION_THREW, "one more");
    expect_thrown("StepTooLong");
}

Test(transition, recursion_is_stopped_by_the_depth)
{
    cr_assert_eq(begin(HAND_DEEP, 0, NULL), TRANSITION_THREW, "%s", stage.transition->reason);
    expect_thrown("StackOverflow");
    cr_assert_null(stage.invocation.top);
}

Test(transition, a_chain_of_services_is_bounded)
{
    struct message message = { .kind = MESSAGE_BEGIN,
                               .number = 77,
                               .secret = 78,
                               .routine = hand_routine(HAND_CHAIN),
                               .chain_length = CHAIN_LENGTH_MAX + 1 };
    cr_assert_eq(dsy_transition_begin(stage.transition, &stage.invocation, &message, 0), TRANSITION_THREW);
    expect_thrown("StackOverflow");
}

Test(transition, arguments_that_do_not_fit_are_told_to_the_caller)
{
    struct message message = { .kind = MESSAGE_BEGIN,
                               .number = 77,
                               .secret = 78,
                               .routine = hand_routine(HAND_CHAIN),
                               .arguments = number_item(5) };
    cr_assert_eq(dsy_transition_begin(stage.transition, &stage.invocation, &message, 0), TRANSITION_THREW);
    expect_thrown("InvalidValue");
}

Test(transition, a_compilers_bug_breaks_only_the_invocation)
{
    cr_assert_eq(begin(HAND_BROKEN, 0, NULL), TRANSITION_BROKEN);
    cr_assert_neq(strstr(stage.transition->reason, "without saying for what"), NULL, "%s", stage.transition->reason);
}

Test(transition, a_result_that_cannot_be_read_breaks_the_invocation)
{
    cr_assert_eq(begin(HAND_COUNT, 1, NULL), TRANSITION_SUSPENDED);
    static const uint8_t text[] = { 0x61, 'x' };
    cr_assert_eq(answer_step(STEP_DONE, (struct dsy_slice){ .data = text, .size_bytes = 2 }), TRANSITION_BROKEN);
    cr_assert_neq(strstr(stage.transition->reason, "count#1"), NULL, "%s", stage.transition->reason);
}

/* ---- retries ---- */

static struct dsy_slice
reason_text(const char *text)
{
    return (struct dsy_slice){ .data = (const uint8_t *)text, .size_bytes = strlen(text) };
}

Test(transition, a_failed_attempt_waits_longer_each_time_up_to_the_most)
{
    static const int64_t delays_ns[] = { 1000000, 2000000, 4000000, 4000000 };
    cr_assert_eq(begin(HAND_FLAKY, 9, NULL), TRANSITION_SUSPENDED);
    for (size_t index = 0; index < 4; index++) {
        cr_assert_eq(answer_step(STEP_FAILED, reason_text("busy")), TRANSITION_SUSPENDED);
        cr_assert_eq(dsy_invocation_due_ns(&stage.invocation) - stage.now_ns, delays_ns[index]);
        cr_assert_not(dsy_invocation_is_active(&stage.invocation));
        store_and_load();
        cr_assert_eq(stage.invocation.pending.reason.size_bytes, 4);
        cr_assert_eq(answer_step(STEP_DONE, number_item(1)), TRANSITION_STALE, "an answer after the failure");
        stage.now_ns = dsy_invocation_due_ns(&stage.invocation);
        cr_assert_eq(apply((struct message){ .kind = MESSAGE_TIMER }), TRANSITION_SUSPENDED);
        cr_assert_eq(stage.invocation.pending.attempt, index + 2);
        cr_assert(dsy_invocation_is_active(&stage.invocation));
    }
}

Test(transition, attempts_run_out)
{
    cr_assert_eq(begin(HAND_STUBBORN, 9, NULL), TRANSITION_SUSPENDED);
    for (int index = 0; index < 2; index++) {
        cr_assert_eq(answer_step(STEP_FAILED, reason_text("busy")), TRANSITION_SUSPENDED);
        stage.now_ns = dsy_invocation_due_ns(&stage.invocation);
        cr_assert_eq(apply((struct message){ .kind = MESSAGE_TIMER }), TRANSITION_SUSPENDED);
    }
    cr_assert_eq(answer_step(STEP_TIMED_OUT, reason_text("")), TRANSITION_THREW, "the third and last");
    expect_thrown("RetriesExhausted");
}

Test(transition, a_restart_counts_attempts_but_not_failures)
{
    cr_assert_eq(begin(HAND_STUBBORN, 9, NULL), TRANSITION_SUSPENDED);
    for (uint32_t index = 0; index < 10; index++) {
        store_and_load();
        cr_assert_eq(apply((struct message){ .kind = MESSAGE_RESUME }), TRANSITION_SUSPENDED);
        cr_assert_eq(stage.invocation.pending.attempt, index + 2);
        cr_assert_eq(stage.invocation.pending.failures, 0u);
    }
}

/* ---- steps that run at most once, steps that end their process ---- */

/* After a start: what is known of attempt 1 of the await at which the invocation stands. */
static enum transition_end
resume_after_death(enum step_fate fate, uint32_t begun_attempt, uint32_t deaths)
{
    return apply((struct message){ .kind = MESSAGE_RESUME,
                                   .await_count = fate == STEP_BEGUN ? stage.invocation.await_count : 0,
                                   .fate = fate,
                                   .begun_attempt = begun_attempt,
                                   .deaths = deaths });
}

/* The step at which the invocation stands runs at most once. */
static void
run_once(void)
{
    static struct dsy_step_type once;
    once = *stage.invocation.pending.step;
    once.effect = DSY_STEP_AT_MOST_ONCE;
    stage.invocation.pending.step = &once;
}

Test(transition, a_step_that_runs_at_most_once_and_had_begun_is_not_run_again)
{
    cr_assert_eq(begin(HAND_STUBBORN, 9, NULL), TRANSITION_SUSPENDED);
    run_once();
    cr_assert_eq(resume_after_death(STEP_BEGUN, 1, 0), TRANSITION_THREW);
    expect_thrown("StepFailed");
}

Test(transition, and_where_it_is_not_known_neither)
{
    cr_assert_eq(begin(HAND_STUBBORN, 9, NULL), TRANSITION_SUSPENDED);
    run_once();
    cr_assert_eq(resume_after_death(STEP_MAY_HAVE_BEGUN, 0, 0), TRANSITION_THREW);
    expect_thrown("StepFailed");
}

Test(transition, but_one_that_had_not_begun_is)
{
    cr_assert_eq(begin(HAND_STUBBORN, 9, NULL), TRANSITION_SUSPENDED);
    run_once();
    cr_assert_eq(resume_after_death(STEP_NOT_BEGUN, 0, 0), TRANSITION_SUSPENDED);
    cr_assert_eq(stage.invocation.pending.attempt, 2);
    cr_assert_eq(resume_after_death(STEP_BEGUN, 1, 0), TRANSITION_SUSPENDED, "attempt 1 had failed, 2 had not begun");
}

Test(transition, one_that_runs_at_most_once_is_tried_again_when_it_says_so_itself)
{
    cr_assert_eq(begin(HAND_STUBBORN, 9, NULL), TRANSITION_SUSPENDED);
    run_once();
    cr_assert_eq(answer_step(STEP_FAILED, reason_text("busy")), TRANSITION_SUSPENDED);
    stage.now_ns = dsy_invocation_due_ns(&stage.invocation);
    cr_assert_eq(apply((struct message){ .kind = MESSAGE_TIMER }), TRANSITION_SUSPENDED);
    cr_assert_eq(answer_step(STEP_TIMED_OUT, reason_text("")), TRANSITION_THREW, "it may have been done");
    expect_thrown("StepFailed");
}

Test(transition, one_that_the_node_leaves_behind)
{
    cr_assert_eq(begin(HAND_STUBBORN, 9, NULL), TRANSITION_SUSPENDED);
    run_once();
    cr_assert_eq(answer_step(STEP_LOST, reason_text("")), TRANSITION_THREW);
    expect_thrown("StepFailed");
}

Test(transition, the_third_death_of_a_step_holds_its_invocation)
{
    cr_assert_eq(begin(HAND_STUBBORN, 9, NULL), TRANSITION_SUSPENDED);
    cr_assert_eq(resume_after_death(STEP_BEGUN, 1, STEP_DEATHS_MAX - 1), TRANSITION_SUSPENDED);
    cr_assert_eq(resume_after_death(STEP_BEGUN, 2, STEP_DEATHS_MAX), TRANSITION_BROKEN);
    cr_expect(stage.transition->is_held, "the next start would let it out");
    cr_expect_not_null(strstr(stage.transition->reason, "ended the process 3 times"), "%s", stage.transition->reason);
}

Test(transition, deaths_of_an_earlier_step_count_for_nothing)
{
    cr_assert_eq(begin(HAND_COUNT, 2, NULL), TRANSITION_SUSPENDED);
    uint64_t before = stage.invocation.await_count;
    cr_assert_eq(answer_step(STEP_DONE, number_item(1)), TRANSITION_SUSPENDED);
    struct message message = {
        .kind = MESSAGE_RESUME, .await_count = before, .fate = STEP_BEGUN, .begun_attempt = 1, .deaths = STEP_DEATHS_MAX
    };
    cr_expect_eq(apply(message), TRANSITION_SUSPENDED);
}

/* ---- stored bytes ---- */

static enum dsy_status
decode(const uint8_t *data, size_t size_bytes, char *reason)
{
    struct invocation loaded = { .number = 1 };
    struct dsy_arena arena;
    dsy_arena_init(&arena, 1 << 20);
    struct dsy_slice slice = { .data = data, .size_bytes = size_bytes };
    enum dsy_status status = dsy_invocation_decode(&stage.program, slice, &arena, &loaded, reason);
    for (struct frame *frame = loaded.top; status == DSY_OK && frame != NULL; frame = frame->below)
        status = dsy_frame_decode(&stage.program, frame, &arena, reason);
    dsy_arena_destroy(&arena);
    return status;
}

Test(transition, every_damaged_octet_of_a_body_is_found)
{
    cr_assert_eq(begin(HAND_COUNT, 3, "hello"), TRANSITION_SUSPENDED);
    struct dsy_buffer body;
    dsy_buffer_init(&body, BODY_BYTES_MAX);
    cr_assert_eq(dsy_invocation_encode(&stage.invocation, &body), DSY_OK);
    char reason[REASON_BYTES_MAX];
    cr_assert_eq(decode(body.data, body.size_bytes, reason), DSY_OK);
    for (size_t index = 0; index < body.size_bytes; index++) {
        body.data[index] ^= 0x5a;
        cr_assert_eq(decode(body.data, body.size_bytes, reason), DSY_CORRUPT, "octet %zu", index);
        body.data[index] ^= 0x5a;
    }
    for (size_t size_bytes = 0; size_bytes < body.size_bytes; size_bytes++)
        cr_assert_eq(decode(body.data, size_bytes, reason), DSY_CORRUPT, "cut after %zu", size_bytes);
    dsy_buffer_destroy(&body);
}

Test(transition, a_frame_of_other_code_is_refused)
{
    cr_assert_eq(begin(HAND_NAP, 3, NULL), TRANSITION_SUSPENDED);
    struct dsy_suspension_type suspensions[2] = { hand_routine(HAND_NAP)->suspensions[0],
                                                  { .fingerprint = 99, .identity = "other" } };
    struct dsy_routine_type other = *hand_routine(HAND_NAP);
    other.suspensions = suspensions;
    stage.invocation.top->routine = &other;
    struct dsy_buffer body;
    dsy_buffer_init(&body, BODY_BYTES_MAX);
    cr_assert_eq(dsy_invocation_encode(&stage.invocation, &body), DSY_OK);
    char reason[REASON_BYTES_MAX];
    cr_assert_eq(decode(body.data, body.size_bytes, reason), DSY_CORRUPT);
    cr_assert_neq(strstr(reason, "fingerprint"), NULL, "%s", reason);
    dsy_buffer_destroy(&body);
}

Test(transition, a_sleeping_invocation_is_small)
{
    cr_assert_eq(begin(HAND_NAP, 3600, NULL), TRANSITION_SUSPENDED);
    struct dsy_buffer body;
    dsy_buffer_init(&body, BODY_BYTES_MAX);
    cr_assert_eq(dsy_invocation_encode(&stage.invocation, &body), DSY_OK);
    cr_assert_lt(body.size_bytes, 100u, "%zu octets", body.size_bytes);
    dsy_buffer_destroy(&body);
}

Test(transition, tasks_that_were_started_one_after_the_other_are_small)
{
    enum { TASKS = 1000, GAP = 3 };
    static struct cell_range ranges[TASKS];
    cr_assert_eq(begin(HAND_NAP, 3600, NULL), TRANSITION_SUSPENDED);
    for (int64_t index = 0; index < TASKS; index++) { /* the newest comes first */
        int64_t number = INT64_C(3) << NUMBER_ORIGIN_SHIFT | NUMBER_CELL | (INT64_C(1) << 40);
        ranges[index] = (struct cell_range){ .first = number - index * GAP, .count = 1 };
        ranges[index].next = index + 1 < TASKS ? &ranges[index + 1] : NULL;
    }
    stage.invocation.top->cells = ranges;
    struct dsy_buffer body;
    dsy_buffer_init(&body, BODY_BYTES_MAX);
    cr_assert_eq(dsy_invocation_encode(&stage.invocation, &body), DSY_OK);
    cr_assert_lt(body.size_bytes, TASKS * 2 + 200u, "%zu octets", body.size_bytes);
    dsy_buffer_destroy(&body);
    store_and_load();
    const struct cell_range *range = stage.invocation.top->cells;
    for (int64_t index = 0; index < TASKS; index++, range = range->next) {
        cr_assert_not_null(range);
        cr_assert_eq(range->first, ranges[index].first);
        cr_assert_eq(range->count, 1u);
    }
    cr_assert_null(range);
}

Test(transition, messages_survive_their_encoding_and_its_damage)
{
    struct message message = { .kind = MESSAGE_BEGIN,
                               .number = 77,
                               .secret = 78,
                               .routine = hand_routine(HAND_CHAIN),
                               .arguments = number_item(5),
                               .chain_length = 4,
                               .caller = { CALLER_INVOCATION, 2, 9, 11 } };
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, 1 << 16);
    cr_assert_eq(dsy_message_encode(&message, &buffer), DSY_OK);
    struct message read = { 0 };
    char reason[REASON_BYTES_MAX];
    struct dsy_slice slice = { .data = buffer.data, .size_bytes = buffer.size_bytes };
    cr_assert_eq(dsy_message_decode(&stage.program, slice, &read, reason), DSY_OK, "%s", reason);
    cr_assert_eq(read.routine, message.routine);
    cr_assert_eq(read.chain_length, 4u);
    cr_assert_eq(read.caller.number, 9);
    for (size_t size_bytes = 0; size_bytes < buffer.size_bytes; size_bytes++) {
        slice.size_bytes = size_bytes;
        cr_assert_neq(dsy_message_decode(&stage.program, slice, &read, reason), DSY_OK, "cut after %zu", size_bytes);
    }
    dsy_buffer_destroy(&buffer);
}

Test(transition, ids_name_shard_number_and_secret)
{
    dsy_uuid id = dsy_invocation_id_of(200, 0x01020304050607, UINT64_C(0x8877665544332211));
    uint32_t shard;
    int64_t number;
    uint64_t secret;
    dsy_invocation_id_split(id, &shard, &number, &secret);
    cr_assert_eq(shard, 200u);
    cr_assert_eq(number, 0x01020304050607);
    cr_assert_eq(secret, UINT64_C(0x8877665544332211));
}

Test(transition, a_stack_that_does_not_fit_together_is_refused)
{
    cr_assert_eq(begin(HAND_SUB, 20, NULL), TRANSITION_SUSPENDED);
    struct dsy_buffer body;
    dsy_buffer_init(&body, BODY_BYTES_MAX);
    char reason[REASON_BYTES_MAX];
    struct frame *top = stage.invocation.top;
    struct frame other = *top;
    other.routine = hand_routine(HAND_ECHO); /* whose string the frame below would take for a number */
    stage.invocation.top = &other;
    cr_assert_eq(dsy_invocation_encode(&stage.invocation, &body), DSY_OK);
    cr_assert_eq(decode(body.data, body.size_bytes, reason), DSY_CORRUPT);
    cr_assert_neq(strstr(reason, "the frame below awaits"), NULL, "%s", reason);
    dsy_buffer_clear(&body);
    stage.invocation.top = top->below; /* without the frame that it waits for */
    cr_assert_eq(dsy_invocation_encode(&stage.invocation, &body), DSY_OK);
    cr_assert_eq(decode(body.data, body.size_bytes, reason), DSY_CORRUPT);
    cr_assert_neq(strstr(reason, "the top frame awaits"), NULL, "%s", reason);
    dsy_buffer_destroy(&body);
}

Test(transition, a_state_that_gets_less_than_it_awaits_breaks)
{
    cr_assert_eq(begin(HAND_COUNT, 2, NULL), TRANSITION_SUSPENDED);
    stage.invocation.pending = (struct pending){ .kind = PENDING_SLEEP, .due_ns = 0 }; /* as a damaged row may say */
    cr_assert_eq(apply((struct message){ .kind = MESSAGE_TIMER }), TRANSITION_BROKEN);
    cr_assert_neq(strstr(stage.transition->reason, "cannot read what it awaited"), NULL, "%s",
                  stage.transition->reason);
}
