/* The flight record: what a process that died leaves to the next one. A death is a close that is not clean. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/core/flight.h"

static char folder[64];

static void
make_folder(void)
{
    strcpy(folder, "/tmp/dsy-flight-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void
remove_folder(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/shard-000.steps", folder);
    unlink(path);
    rmdir(folder);
}

TestSuite(flight, .init = make_folder, .fini = remove_folder);

static struct flight
open_record(bool was_closed)
{
    struct flight flight;
    cr_assert_eq(dsy_flight_open(&flight, folder, 0, was_closed, NULL), DSY_OK);
    cr_assert_not_null(flight.slots, "the file is not mapped");
    return flight;
}

/* Execute attempt 1 of await 7 of an invocation, and die of it. */
static void
die(int64_t number, bool is_alone)
{
    struct flight flight = open_record(false);
    dsy_flight_begin(dsy_flight_take(&flight, number, 7, 1), is_alone);
    dsy_flight_close(&flight, false);
}

Test(flight, what_ended_is_no_suspect)
{
    struct flight flight = open_record(true);
    struct flight_slot *slot = dsy_flight_take(&flight, 5, 7, 1);
    dsy_flight_begin(slot, false);
    dsy_flight_end(slot);
    dsy_flight_take(&flight, 6, 7, 1); /* waits for a worker */
    dsy_flight_close(&flight, false);
    flight = open_record(false);
    cr_expect(flight.knows_the_past);
    cr_expect_null(dsy_flight_suspect(&flight, 5));
    cr_expect_null(dsy_flight_suspect(&flight, 6), "an attempt that had not begun is a suspect");
    dsy_flight_close(&flight, true);
}

Test(flight, what_was_under_way_is_a_suspect_without_a_death)
{
    die(5, false);
    struct flight flight = open_record(false);
    const struct flight_slot *slot = dsy_flight_suspect(&flight, 5);
    cr_assert_not_null(slot);
    cr_expect_eq(slot->await_count, 7);
    cr_expect_eq(slot->attempt, 1);
    cr_expect_eq(slot->deaths, 0, "it may be innocent");
    cr_expect_eq(slot->unclear, 1);
    cr_expect(dsy_flight_is_suspect(slot));
    cr_expect_gt(dsy_flight_alone_ns(slot), STEP_ALONE_NS, "it is left alone for longer");
    dsy_flight_close(&flight, true);
}

Test(flight, deaths_while_alone_are_counted)
{
    for (uint32_t deaths = 1; deaths <= STEP_DEATHS_MAX; deaths++) {
        die(5, true);
        struct flight flight = open_record(false);
        const struct flight_slot *slot = dsy_flight_suspect(&flight, 5);
        cr_assert_not_null(slot);
        cr_expect_eq(dsy_flight_deaths(slot), deaths);
        dsy_flight_close(&flight, false);
    }
}

Test(flight, the_first_death_counts_once_the_others_are_certain)
{
    const uint32_t counts[] = { 0, 1, STEP_DEATHS_MAX };
    for (size_t death = 0; death < sizeof counts / sizeof *counts; death++) {
        die(5, death > 0);
        struct flight flight = open_record(false);
        cr_expect_eq(dsy_flight_deaths(dsy_flight_suspect(&flight, 5)), counts[death], "after death %zu", death + 1);
        dsy_flight_close(&flight, false);
    }
}

Test(flight, unclear_deaths_alone_prove_nothing)
{
    for (int death = 0; death < 2 * STEP_DEATHS_MAX; death++)
        die(5, false);
    struct flight flight = open_record(false);
    cr_expect_eq(dsy_flight_deaths(dsy_flight_suspect(&flight, 5)), 0);
    dsy_flight_close(&flight, true);
}

Test(flight, a_suspect_that_did_not_begin_again_stays_one)
{
    die(5, false);
    die(5, true);
    die(6, true); /* 5 waited */
    struct flight flight = open_record(false);
    cr_assert_not_null(dsy_flight_suspect(&flight, 5));
    cr_expect_eq(dsy_flight_suspect(&flight, 5)->deaths, 1, "it was not executed when the process died");
    cr_expect_eq(dsy_flight_suspect(&flight, 6)->deaths, 1);
    dsy_flight_close(&flight, true);
}

Test(flight, one_that_ends_well_is_free)
{
    die(5, true);
    struct flight flight = open_record(false);
    struct flight_slot *slot = dsy_flight_take(&flight, 5, 7, 2);
    cr_expect_eq(slot->deaths, 1, "it took the slot of another");
    dsy_flight_begin(slot, true);
    dsy_flight_end(slot);
    dsy_flight_give(&flight, slot);
    cr_expect_eq(flight.free_count, FLIGHT_SLOTS);
    dsy_flight_close(&flight, false);
    flight = open_record(false);
    cr_expect_null(dsy_flight_suspect(&flight, 5));
    dsy_flight_close(&flight, true);
}

Test(flight, the_next_step_of_the_same_invocation_is_no_suspect)
{
    die(5, true);
    struct flight flight = open_record(false);
    cr_expect_not(dsy_flight_is_suspect(dsy_flight_take(&flight, 5, 8, 1)));
    dsy_flight_close(&flight, true);
}

Test(flight, those_without_a_row_are_forgotten)
{
    struct flight flight = open_record(false);
    for (int64_t number = 1; number <= 3; number++)
        dsy_flight_begin(dsy_flight_take(&flight, number, 7, 1), false);
    dsy_flight_close(&flight, false);
    flight = open_record(false);
    dsy_flight_recover(&flight, 2);
    dsy_flight_forget(&flight);
    cr_expect_eq(flight.suspects.count, 1);
    cr_expect_not_null(dsy_flight_suspect(&flight, 2));
    cr_expect_eq(flight.free_count, FLIGHT_SLOTS - 1);
    dsy_flight_close(&flight, true);
}

Test(flight, the_later_of_two_attempts_counts)
{
    struct flight flight = open_record(false);
    dsy_flight_begin(dsy_flight_take(&flight, 5, 9, 1), false);
    dsy_flight_begin(dsy_flight_take(&flight, 5, 7, 4), false); /* an older one timed out, and was not left */
    dsy_flight_close(&flight, false);
    flight = open_record(false);
    cr_expect_eq(dsy_flight_suspect(&flight, 5)->await_count, 9);
    cr_expect_eq(flight.free_count, FLIGHT_SLOTS - 1);
    dsy_flight_close(&flight, true);
}

Test(flight, a_clean_end_leaves_nothing)
{
    struct flight flight = open_record(true);
    dsy_flight_begin(dsy_flight_take(&flight, 5, 7, 1), false);
    dsy_flight_close(&flight, true);
    flight = open_record(true);
    cr_expect_null(dsy_flight_suspect(&flight, 5));
    cr_expect(flight.knows_the_past);
    dsy_flight_close(&flight, true);
}

static void
overwrite(off_t offset, const void *bytes, size_t size_bytes)
{
    char path[128];
    snprintf(path, sizeof path, "%s/shard-000.steps", folder);
    int file = open(path, O_WRONLY);
    cr_assert_geq(file, 0);
    cr_assert_eq(pwrite(file, bytes, size_bytes, offset), (ssize_t)size_bytes);
    close(file);
}

Test(flight, another_boot_of_the_machine_says_nothing)
{
    die(5, true);
    overwrite(16, "00000000-0000-0000-0000-000000000000", 36);
    struct flight flight = open_record(false);
    cr_expect_null(dsy_flight_suspect(&flight, 5), "no step switches the machine off");
    cr_expect_not(flight.knows_the_past, "what was written before the crash may be lost");
    dsy_flight_close(&flight, false);
    flight = open_record(false);
    cr_expect(flight.knows_the_past, "it is of this boot now");
    dsy_flight_close(&flight, true);
}

Test(flight, any_octets_are_survived)
{
    uint8_t noise[4096];
    for (unsigned seed = 1; seed < 20; seed++) {
        die(5, true);
        for (size_t index = 0; index < sizeof noise; index++)
            noise[index] = (uint8_t)rand_r(&seed);
        overwrite(64 + (off_t)(seed % 7) * 4096, noise, sizeof noise);
        struct flight flight = open_record(false);
        dsy_flight_give(&flight, dsy_flight_take(&flight, 5, 7, 1));
        dsy_flight_forget(&flight);
        cr_expect_eq(flight.free_count + flight.suspects.count, FLIGHT_SLOTS, "slots were lost");
        dsy_flight_close(&flight, true);
    }
}

Test(flight, without_a_folder_nothing_is_recorded)
{
    struct flight flight;
    cr_assert_eq(dsy_flight_open(&flight, "", 0, false, NULL), DSY_OK);
    cr_expect_not(flight.knows_the_past);
    struct flight_slot *slot = dsy_flight_take(&flight, 5, 7, 1);
    cr_expect_null(slot);
    dsy_flight_begin(slot, false);
    dsy_flight_end(slot);
    dsy_flight_give(&flight, slot);
    dsy_flight_close(&flight, true);
}

Test(flight, no_slot_is_left)
{
    struct flight flight = open_record(true);
    for (int64_t number = 1; number <= FLIGHT_SLOTS; number++)
        cr_assert_not_null(dsy_flight_take(&flight, number, 1, 1));
    cr_expect_null(dsy_flight_take(&flight, FLIGHT_SLOTS + 1, 1, 1));
    dsy_flight_close(&flight, true);
}
