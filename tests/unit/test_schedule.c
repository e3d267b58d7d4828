/* Schedules in a whole node, under a clock that the test sets: what is due runs, once, whatever happens in between. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dsy/generated.h"
#include "dsy/store.h"
#include "runtime/base/clock.h"
#include "runtime/core/schedule.h"
#include "tests/support/calls.h"

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

#define MINUTE_NS INT64_C(60000000000)
#define HOUR_NS (60 * MINUTE_NS)

/* ---- a program: service Clock { @schedule(…) async void tick() {} … } ---- */

static _Atomic int ticks, others;

static enum dsy_outcome
tick_run(struct dsy_run *run, void *locals, uint32_t state)
{
    (void)run, (void)locals, (void)state;
    atomic_fetch_add(&ticks, 1);
    return DSY_RETURNED;
}

static enum dsy_outcome
other_run(struct dsy_run *run, void *locals, uint32_t state)
{
    (void)run, (void)locals, (void)state;
    atomic_fetch_add(&others, 1);
    return DSY_RETURNED;
}

static void
write_nothing(struct dsy_cbor_writer *writer, const void *locals, uint32_t state)
{
    (void)locals, (void)state;
    dsy_cbor_write_array_begin(writer, 0);
    dsy_cbor_write_array_end(writer);
}

static bool
read_nothing(struct dsy_cbor_reader *reader, void *locals, uint32_t state)
{
    (void)locals, (void)state;
    if (dsy_cbor_array_begin(reader) != 0)
        dsy_cbor_expected(reader, "nothing");
    dsy_cbor_array_end(reader);
    return !reader->failed;
}

static const struct dsy_suspension_type tick_start = { .fingerprint = 1, .identity = "start", .file = "clock.dsy" };
static const struct dsy_suspension_type other_start = { .fingerprint = 2, .identity = "start", .file = "clock.dsy" };
static const struct dsy_routine_type tick = { .name = "Clock.tick",
                                              .method = "tick",
                                              .run = tick_run,
                                              .write_frame = write_nothing,
                                              .read_frame = read_nothing,
                                              .suspensions = &tick_start,
                                              .suspension_count = 1 };
static const struct dsy_routine_type other = { .name = "Clock.other",
                                               .method = "other",
                                               .run = other_run,
                                               .write_frame = write_nothing,
                                               .read_frame = read_nothing,
                                               .suspensions = &other_start,
                                               .suspension_count = 1 };
static const struct dsy_routine_type *const routines[] = { &tick, &other };
static struct dsy_schedule_type schedules[2];
static struct dsy_service_type clock_service = {
    .name = "Clock", .routines = routines, .routine_count = 2, .schedules = schedules
};
static const struct dsy_service_type *const services[] = { &clock_service };
static const struct dsy_program_type clock_program = { .abi_version = DSY_ABI_VERSION,
                                                       .name = "clock",
                                                       .services = services,
                                                       .service_count = 1,
                                                       .routines = routines,
                                                       .routine_count = 2 };

/* ---- the node ---- */

static char directory[256];
static struct dsy_node *node;
static _Atomic int64_t utc_ns;

static int64_t
read_utc(void *context)
{
    (void)context;
    return atomic_load(&utc_ns);
}

static enum dsy_status
create(struct dsy_error *error)
{
    static struct dsy_clock clock;
    clock = dsy_clock_system();
    clock.utc_ns = read_utc;
    struct dsy_node_options options = { .program = &clock_program,
                                        .driver = &dsy_store_sqlite,
                                        .directory = directory,
                                        .shard_count = 3,
                                        .clock = &clock };
    return dsy_node_create(&options, &node, error);
}

static void
start(void)
{
    struct dsy_error error = { 0 };
    cr_assert_eq(create(&error), DSY_OK, "%s", error.text);
    cr_assert_eq(dsy_node_start(node, &error), DSY_OK, "%s", error.text);
}

static void
stop(void)
{
    dsy_node_drain(node, INT64_C(1000000000));
    dsy_node_destroy(node);
    node = NULL;
}

static void
rest(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
}

/* Wait for so many runs of both; and see whether there come more. */
static void
expect_runs(int tick_count, int other_count)
{
    for (int tries = 0; tries < 250 && (atomic_load(&ticks) < tick_count || atomic_load(&others) < other_count);
         tries++)
        rest();
    for (int tries = 0; tries < 5; tries++)
        rest();
    cr_assert_eq(atomic_load(&ticks), tick_count, "%d runs of tick instead of %d", atomic_load(&ticks), tick_count);
    cr_assert_eq(atomic_load(&others), other_count, "%d runs of other instead of %d", atomic_load(&others),
                 other_count);
}

static void
set_clock(int64_t time_ns)
{
    atomic_store(&utc_ns, time_ns);
    if (node != NULL)
        dsy_node_clock_changed(node);
}

static void
set_schedules(const char *cron, const char *zone, const char *other_cron)
{
    schedules[0] = (struct dsy_schedule_type){ .cron = cron, .zone = zone, .routine = 0 };
    schedules[1] = (struct dsy_schedule_type){ .cron = other_cron, .zone = "UTC", .routine = 1 };
    clock_service.schedule_count = other_cron != NULL ? 2 : cron != NULL ? 1 : 0;
}

static void
set_up(void)
{
    atomic_store(&ticks, 0);
    atomic_store(&others, 0);
    atomic_store(&utc_ns, INT64_C(1767225600) * 1000000000); /* 2026-01-01T00:00:00Z, a Thursday */
    store_directory_make(directory, sizeof directory);
}

static void
tear_down(void)
{
    if (node != NULL)
        stop();
    store_directory_remove(directory);
}

TestSuite(schedule, .init = set_up, .fini = tear_down, .timeout = 60);

Test(schedule, runs_at_its_times)
{
    int64_t begin_ns = read_utc(NULL);
    set_schedules("0 * * * *", "UTC", "30 */2 * * *");
    start();
    expect_runs(0, 0);
    set_clock(begin_ns + 30 * MINUTE_NS - 1);
    expect_runs(0, 0);
    set_clock(begin_ns + 30 * MINUTE_NS);
    expect_runs(0, 1);
    set_clock(begin_ns + HOUR_NS);
    expect_runs(1, 1);
    set_clock(begin_ns + 2 * HOUR_NS);
    expect_runs(2, 1);
    set_clock(begin_ns + 2 * HOUR_NS + 30 * MINUTE_NS);
    expect_runs(2, 2);
    struct dsy_statistics statistics;
    dsy_node_statistics(node, &statistics);
    cr_expect_eq(statistics.schedules_run, 4);
    cr_expect_eq(statistics.invocations_unfinished, 0, "schedules are no invocations");
}

Test(schedule, a_time_that_passed_while_nothing_ran_is_made_up_for_once)
{
    int64_t begin_ns = read_utc(NULL);
    set_schedules("*/10 * * * *", "Europe/Berlin", NULL);
    start();
    expect_runs(0, 0);
    stop();
    set_clock(begin_ns + 5 * HOUR_NS + MINUTE_NS);
    start();
    expect_runs(1, 0);
    stop();
    start();
    expect_runs(1, 0);
    set_clock(begin_ns + 5 * HOUR_NS + 10 * MINUTE_NS);
    expect_runs(2, 0);
    stop();
    set_clock(begin_ns + 5 * HOUR_NS + 19 * MINUTE_NS);
    start();
    expect_runs(2, 0);
}

Test(schedule, a_clock_that_jumps_runs_nothing_twice)
{
    int64_t begin_ns = read_utc(NULL);
    set_schedules("0 * * * *", "UTC", NULL);
    start();
    set_clock(begin_ns + HOUR_NS + MINUTE_NS);
    expect_runs(1, 0);
    set_clock(begin_ns + HOUR_NS - MINUTE_NS);
    expect_runs(1, 0);
    set_clock(begin_ns + HOUR_NS);
    expect_runs(1, 0);
    set_clock(begin_ns + 5 * HOUR_NS);
    expect_runs(2, 0);
}

Test(schedule, one_that_changes_begins_anew_and_one_that_is_gone_goes)
{
    int64_t begin_ns = read_utc(NULL);
    set_schedules("0 * * * *", "UTC", "0 * * * *");
    start();
    expect_runs(0, 0);
    stop();
    set_schedules("0 0 * * *", "UTC", NULL);
    set_clock(begin_ns + 3 * HOUR_NS);
    start();
    expect_runs(0, 0);
    set_clock(begin_ns + 24 * HOUR_NS);
    expect_runs(1, 0);
    stop();
    set_schedules("0 * * * *", "UTC", "0 * * * *"); /* those of the first program had gone when they were due */
    start();
    expect_runs(1, 0);
    set_clock(begin_ns + 25 * HOUR_NS);
    expect_runs(2, 1);
}

Test(schedule, what_is_no_schedule_is_refused_at_the_start)
{
    static const struct {
        const char *cron, *zone, *text;
    } cases[] = {
        { "0 * * *", "UTC", "fewer than five fields" },
        { "0 25 * * *", "UTC", "hour" },
        { "0 * * * *", "Europe/Berln", "Europe/Berln" },
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct dsy_error error = { 0 };
        set_schedules(cases[index].cron, cases[index].zone, NULL);
        cr_expect_eq(create(&error), DSY_INVALID);
        cr_expect(strstr(error.text, cases[index].text) != NULL && strstr(error.text, "Clock.tick") != NULL, "%s",
                  error.text);
    }
}
