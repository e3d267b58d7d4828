/* The pool of workers: limits, answers that come later, suspects that are executed alone, its end. */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "dsy/error.h"
#include "tests/support/pool.h"

static struct pool pool;

static void
expect_number(int64_t number)
{
    struct job *job = pool_wait(&pool);
    cr_assert_not_null(job, "no answer came");
    cr_expect_eq(pool_number(job), number, "answer %d, number %lld", (int)job->message.answer,
                 (long long)pool_number(job));
    dsy_job_destroy(job);
}

static void
give_number(struct dsy_answer *answer, int64_t number)
{
    dsy_int64_write_cbor(dsy_answer_result(answer), number);
    dsy_answer_done(answer);
}

/* The next job that comes back threw StepFailed, in text that can be read. */
static void
expect_step_failed(void)
{
    struct job *job = pool_wait(&pool);
    cr_assert_not_null(job, "no answer came");
    cr_expect_eq(job->message.answer, STEP_THREW, "answer %d", (int)job->message.answer);
    struct dsy_arena arena;
    dsy_arena_init(&arena, 4096);
    struct dsy_cbor_reader reader =
        dsy_cbor_reader_begin(job->message.value.data, job->message.value.size_bytes, &arena);
    struct dsy_error_value error = dsy_error_read_cbor(&reader);
    cr_expect(!reader.failed, "%s", reader.message);
    cr_expect_eq(error.type, &dsy_error_step_failed);
    dsy_arena_destroy(&arena);
    dsy_job_destroy(job);
}

static struct workers_counts
counts(void)
{
    struct workers_counts now;
    dsy_workers_count(pool.workers, &now);
    return now;
}

Test(workers, a_step_returns)
{
    pool_init(&pool, 2, 0, 0);
    pool_execute(&pool, pool_job(&pool, POOL_RETURN, 7, false, NULL));
    expect_number(7);
    pool_destroy(&pool);
}

/* ---- answers that come later ---- */

Test(workers, an_answer_before_the_step_returns)
{
    pool_init(&pool, 2, 0, 0);
    pool_execute(&pool, pool_job(&pool, POOL_ANSWER_FIRST, 7, false, NULL));
    expect_number(7);
    pool_destroy(&pool);
}

Test(workers, an_answer_holds_no_worker)
{
    pool_init(&pool, 1, 0, 0);
    for (int64_t number = 1; number <= 100; number++)
        pool_execute(&pool, pool_job(&pool, POOL_ANSWER_AFTER, number, false, NULL));
    cr_assert(pool_wait_answers(&pool, 100), "one worker did not serve 100 steps that answer later");
    cr_assert(pool_wait_running(&pool, 0));
    pool_execute(&pool, pool_job(&pool, POOL_RETURN, 7, false, NULL));
    expect_number(7);
    cr_expect_eq(counts().later, 100);
    for (struct dsy_answer *answer; (answer = pool_take_answer(&pool)) != NULL;) {
        give_number(answer, 8);
        expect_number(8);
    }
    cr_expect_eq(counts().later, 0);
    pool_destroy(&pool);
}

Test(workers, an_answer_may_be_an_error_or_a_reason)
{
    pool_init(&pool, 1, 0, 0);
    for (int64_t number = 1; number <= 3; number++)
        pool_execute(&pool, pool_job(&pool, POOL_ANSWER_AFTER, number, false, NULL));
    cr_assert(pool_wait_answers(&pool, 3));
    dsy_answer_throw(pool_take_answer(&pool), &dsy_error_timeout, NULL);
    struct job *job = pool_wait(&pool);
    cr_expect_eq(job->message.answer, STEP_THREW);
    dsy_job_destroy(job);
    dsy_answer_retry(pool_take_answer(&pool), "HTTP %d", 503);
    job = pool_wait(&pool);
    cr_expect_eq(job->message.answer, STEP_FAILED);
    cr_expect_eq(job->message.value.size_bytes, 8);
    cr_expect_arr_eq(job->message.value.data, "HTTP 503", 8);
    dsy_job_destroy(job);
    dsy_answer_release(pool_take_answer(&pool));
    job = pool_wait(&pool);
    cr_expect_eq(job->message.answer, STEP_FAILED, "an answer that was released is no retry");
    dsy_job_destroy(job);
    pool_destroy(&pool);
}

Test(workers, an_error_of_a_value_goes_before_the_result)
{
    pool_init(&pool, 1, 0, 0);
    pool_execute(&pool, pool_job(&pool, POOL_ANSWER_AFTER, 7, false, NULL));
    cr_assert(pool_wait_answers(&pool, 1));
    struct dsy_answer *answer = pool_take_answer(&pool);
    dsy_throw_divide_by_zero(dsy_answer_run(answer));
    give_number(answer, 7);
    struct job *job = pool_wait(&pool);
    cr_expect_eq(job->message.answer, STEP_THREW);
    dsy_job_destroy(job);
    pool_destroy(&pool);
}

Test(workers, what_is_not_utf8_is_no_answer)
{
    pool_init(&pool, 1, 0, 0);
    for (int64_t number = 1; number <= 2; number++)
        pool_execute(&pool, pool_job(&pool, POOL_ANSWER_AFTER, number, false, NULL));
    cr_assert(pool_wait_answers(&pool, 2));
    struct dsy_answer *answer = pool_take_answer(&pool);
    dsy_string_write_cbor(dsy_answer_result(answer), DSY_STRING("a\xff"));
    dsy_answer_done(answer);
    expect_step_failed();
    answer = pool_take_answer(&pool);
    dsy_throw_message(dsy_answer_run(answer), &dsy_error_timeout, NULL, DSY_STRING("\xc3"));
    give_number(answer, 7);
    expect_step_failed();
    pool_destroy(&pool);
}

Test(workers, a_step_that_returns_after_all)
{
    pool_init(&pool, 1, 0, 0);
    pool_execute(&pool, pool_job(&pool, POOL_ANSWER_DROPPED, 7, false, NULL));
    expect_number(7);
    struct dsy_answer *answer = pool_take_answer(&pool);
    cr_expect_not(dsy_answer_is_wanted(answer));
    cr_expect_gt(strlen(dsy_answer_key(answer)), 0, "the key is gone with the job");
    give_number(answer, 8); /* dropped */
    pool_execute(&pool, pool_job(&pool, POOL_RETURN, 9, false, NULL));
    expect_number(9);
    pool_destroy(&pool);
}

Test(workers, an_answer_is_taken_once_and_must_be_taken)
{
    pool_init(&pool, 1, 0, 0);
    pool_execute(&pool, pool_job(&pool, POOL_ANSWER_TWICE, 7, false, NULL));
    expect_number(7);
    pool_execute(&pool, pool_job(&pool, POOL_ANSWER_NONE, 7, false, NULL));
    struct job *job = pool_wait(&pool);
    cr_expect_eq(job->message.answer, STEP_THREW, "a step without an answer would wait for ever");
    dsy_job_destroy(job);
    pool_destroy(&pool);
}

Test(workers, the_pool_ends_before_the_answer)
{
    pool_init(&pool, 2, 0, 0);
    pool_execute(&pool, pool_job(&pool, POOL_ANSWER_AFTER, 7, false, NULL));
    pool_execute(&pool, pool_job(&pool, POOL_ANSWER_AFTER, 8, false, NULL));
    cr_assert(pool_wait_answers(&pool, 2));
    cr_assert(pool_wait_running(&pool, 0));
    pool_destroy(&pool);
    struct dsy_answer *answer = pool_take_answer(&pool);
    cr_expect_not(dsy_answer_is_wanted(answer));
    give_number(answer, 7);
    dsy_answer_release(pool_take_answer(&pool));
}

/* ---- giving up ---- */

Test(workers, an_attempt_that_is_given_up)
{
    pool_init(&pool, 1, 0, 0);
    struct job *blocked = pool_job(&pool, POOL_BLOCK, 1, false, NULL);
    struct job *queued = pool_job(&pool, POOL_RETURN, 2, false, NULL);
    pool_execute(&pool, blocked);
    cr_assert(pool_wait_running(&pool, 1));
    pool_execute(&pool, queued);
    cr_expect_not(dsy_workers_give_up(pool.workers, blocked));
    cr_expect_eq(counts().overdue, 1);
    cr_expect(dsy_workers_give_up(pool.workers, queued), "no worker had begun it");
    dsy_job_destroy(queued);
    cr_expect_eq(counts().queued, 0);
    pool_release(&pool);
    expect_number(1);
    cr_expect_eq(counts().overdue, 0);
    pool_destroy(&pool);
}

Test(workers, an_answer_that_is_given_up_gives_its_place_back)
{
    pool_init(&pool, 2, 1, 0);
    struct job *first = pool_job(&pool, POOL_ANSWER_AFTER, 1, true, NULL);
    pool_execute(&pool, first);
    cr_assert(pool_wait_answers(&pool, 1));
    cr_assert(pool_wait_running(&pool, 0));
    pool_execute(&pool, pool_job(&pool, POOL_RETURN, 2, true, NULL));
    cr_expect_eq(counts().limited, 1, "the answer that is out does not count");
    struct timespec pause = { .tv_nsec = 20000000 };
    while (counts().later == 0)
        nanosleep(&pause, NULL);
    cr_expect_not(dsy_workers_give_up(pool.workers, first));
    expect_number(2);
    struct dsy_answer *answer = pool_take_answer(&pool);
    cr_expect_not(dsy_answer_is_wanted(answer));
    give_number(answer, 1);
    expect_number(1);
    pool_destroy(&pool);
}

/* ---- limits ---- */

Test(workers, a_limit_holds_no_worker)
{
    pool_init(&pool, 4, 2, 0);
    for (int64_t number = 1; number <= 10; number++)
        pool_execute(&pool, pool_job(&pool, POOL_BLOCK, number, true, NULL));
    cr_assert(pool_wait_running(&pool, 2));
    pool_execute(&pool, pool_job(&pool, POOL_RETURN, 77, false, NULL));
    expect_number(77);
    cr_expect_eq(counts().running, 2);
    cr_expect_eq(counts().limited, 8);
    pool_release(&pool);
    for (int64_t number = 1; number <= 10; number++) {
        struct job *job = pool_wait(&pool);
        cr_assert_not_null(job);
        dsy_job_destroy(job);
    }
    cr_expect_eq(pool.most_running, 3, "two of the limited one, and the other");
    pool_destroy(&pool);
}

Test(workers, a_rate_is_kept)
{
    pool_init(&pool, 4, 0, 20);
    int64_t begun_ns[30];
    for (int64_t number = 0; number < 30; number++)
        pool_execute(&pool, pool_job(&pool, POOL_RETURN, number, true, NULL));
    for (int index = 0; index < 30; index++) {
        struct job *job = pool_wait(&pool);
        cr_assert_not_null(job, "only %d came", index);
        begun_ns[pool_number(job)] = atomic_load(&job->begun_ns);
        dsy_job_destroy(job);
    }
    for (int index = 20; index < 30; index++)
        cr_expect_geq(begun_ns[index] - begun_ns[index - 20], 1000000000, "21 began within a second");
    cr_expect_lt(begun_ns[29] - begun_ns[0], 2000000000, "the limit was not used");
    pool_destroy(&pool);
}

/* ---- suspects ---- */

static struct flight_slot *
suspect(int index)
{
    pool.slots[index] = (struct flight_slot){ .number = index + 1, .deaths = 1 };
    return &pool.slots[index];
}

Test(workers, a_suspect_is_executed_alone)
{
    pool_init(&pool, 4, 0, 0);
    struct flight_slot *slot = suspect(0);
    pool_execute(&pool, pool_job(&pool, POOL_BLOCK, 1, false, slot));
    cr_assert(pool_wait_running(&pool, 1));
    cr_expect_eq(atomic_load(&slot->state), FLIGHT_BEGUN);
    cr_expect_eq(atomic_load(&slot->is_alone), 1);
    for (int64_t number = 2; number <= 5; number++)
        pool_execute(&pool, pool_job(&pool, POOL_BLOCK, number, false, NULL));
    struct timespec pause = { .tv_nsec = 100000000 };
    nanosleep(&pause, NULL);
    cr_expect_eq(pool.most_running, 1, "others begin beside a suspect");
    pool_release(&pool);
    expect_number(1);
    for (int count = 2; count <= 5; count++) {
        struct job *job = pool_wait(&pool);
        cr_assert_not_null(job);
        dsy_job_destroy(job);
    }
    cr_expect_eq(atomic_load(&slot->state), FLIGHT_FREE);
    pool_destroy(&pool);
}

Test(workers, suspects_come_one_after_the_other)
{
    pool_init(&pool, 4, 0, 0);
    for (int index = 0; index < 5; index++)
        pool_execute(&pool, pool_job(&pool, POOL_RETURN, index, false, suspect(index)));
    for (int index = 0; index < 5; index++)
        expect_number(index);
    cr_expect_eq(pool.most_running, 1);
    pool_destroy(&pool);
}

Test(workers, a_suspect_waits_for_those_that_execute)
{
    pool_init(&pool, 4, 0, 0);
    pool_execute(&pool, pool_job(&pool, POOL_BLOCK, 1, false, NULL));
    cr_assert(pool_wait_running(&pool, 1));
    struct flight_slot *slot = suspect(0);
    pool_execute(&pool, pool_job(&pool, POOL_RETURN, 2, false, slot));
    pool_execute(&pool, pool_job(&pool, POOL_RETURN, 3, false, NULL));
    struct timespec pause = { .tv_nsec = 50000000 };
    nanosleep(&pause, NULL);
    cr_expect_eq(counts().queued, 2, "nothing begins before the suspect");
    pool_release(&pool);
    for (int64_t number = 1; number <= 3; number++)
        expect_number(number);
    pool_destroy(&pool);
}

/* ---- its end ---- */

Test(workers, what_was_not_begun_is_taken_back)
{
    pool_init(&pool, 1, 1, 0);
    pool_execute(&pool, pool_job(&pool, POOL_BLOCK, 1, true, NULL));
    cr_assert(pool_wait_running(&pool, 1));
    pool_execute(&pool, pool_job(&pool, POOL_RETURN, 2, true, NULL));
    pool_execute(&pool, pool_job(&pool, POOL_RETURN, 3, false, NULL));
    pool_execute(&pool, pool_job(&pool, POOL_RETURN, 4, false, suspect(0)));
    struct job *job = dsy_workers_take_back(pool.workers, &pool.mailbox);
    int count = 0;
    while (job != NULL) {
        struct job *next = job->next;
        dsy_job_destroy(job);
        job = next;
        count++;
    }
    cr_expect_eq(count, 3);
    pool_release(&pool);
    expect_number(1);
    pool_destroy(&pool);
}
