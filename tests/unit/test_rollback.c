/* Another program on the same store, and back: what the one between could not do is not lost. */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/core/invocation.h"
#include "tests/support/calls.h"
#include "tests/support/hand_program.h"

static char directory[256];
static struct dsy_node *node;

static void
start(const struct dsy_program_type *program)
{
    struct dsy_error error = { 0 };
    struct dsy_node_options options = {
        .program = program, .driver = &dsy_store_sqlite, .directory = directory, .shard_count = 2, .worker_count = 4
    };
    cr_assert_eq(dsy_node_create(&options, &node, &error), DSY_OK, "%s", error.text);
    cr_assert_eq(dsy_node_start(node, &error), DSY_OK, "%s", error.text);
}

static void
stop(void)
{
    dsy_node_drain(node, 0);
    dsy_node_destroy(node);
    node = NULL;
}

static void
set_up(void)
{
    hand_world_reset();
    store_directory_make(directory, sizeof directory);
}

static void
tear_down(void)
{
    if (node != NULL)
        stop();
    store_directory_remove(directory);
}

TestSuite(rollback, .init = set_up, .fini = tear_down);

/* The program with one routine changed: under another name, or with other variables at its awaits. */
static const struct dsy_program_type *
changed_program(enum hand_routine which, const char *name, uint64_t fingerprint)
{
    static const struct dsy_routine_type *routines[HAND_ROUTINE_COUNT + 1];
    static struct dsy_suspension_type suspensions[2];
    static struct dsy_routine_type routine;
    static struct dsy_service_type service;
    static const struct dsy_service_type *services[] = { &service };
    static struct dsy_program_type program;
    memcpy(routines, hand_program.routines, sizeof routines);
    routine = *routines[which];
    memcpy(suspensions, routine.suspensions, sizeof suspensions);
    if (name != NULL)
        routine.name = name;
    suspensions[1].fingerprint += fingerprint;
    routine.suspensions = suspensions;
    routines[which] = &routine;
    service = *hand_program.services[0];
    service.routines = routines;
    program = hand_program;
    program.routines = routines;
    program.services = services;
    return &program;
}

static dsy_uuid
begin(const char *method, const char *arguments)
{
    struct call call;
    call_init(&call, node);
    cr_assert_eq(call_submit(&call, node, method, arguments, NULL), DSY_OK);
    cr_assert(call_wait_accepted(&call));
    dsy_uuid id = call.id;
    dsy_node_detach(node, id, call.waiter);
    cr_assert(call_wait_completed(&call));
    call_destroy(&call);
    return id;
}

static void
expect_result(dsy_uuid id, const char *json)
{
    struct call call;
    call_init(&call, node);
    cr_assert_eq(call_attach(&call, node, id), DSY_OK);
    cr_assert(call_wait_completed(&call), "it does not end");
    cr_assert_str_eq(call.json, json);
    call_destroy(&call);
}

static uint64_t
quarantined(void)
{
    struct dsy_statistics numbers;
    dsy_node_statistics(node, &numbers);
    return numbers.invocations_quarantined;
}

static void
rest(int64_t milliseconds)
{
    struct timespec time = { .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

static void
wait_quarantined(uint64_t count)
{
    for (int waited = 0; waited < 2000 && quarantined() < count; waited++)
        rest(5);
    cr_assert_eq(quarantined(), count);
}

/* Execute SQL on a shard; ?1 is the number, ?2 the octets. Returns the integer of its first row, or 0. */
static int64_t
execute(uint32_t shard, const char *sql, int64_t number, const struct dsy_buffer *octets)
{
    char path[300];
    sqlite3 *connection = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(path, sizeof path, "%s/shard-%03u.db", directory, shard);
    cr_assert_eq(sqlite3_open(path, &connection), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(connection, sql, -1, &statement, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(connection));
    if (sqlite3_bind_parameter_count(statement) >= 1)
        sqlite3_bind_int64(statement, 1, number);
    if (octets != NULL)
        sqlite3_bind_blob(statement, 2, octets->data, (int)octets->size_bytes, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    cr_assert(code == SQLITE_ROW || code == SQLITE_DONE, "%s: %s", sql, sqlite3_errmsg(connection));
    int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    sqlite3_close(connection);
    return value;
}

/* Put a call of Work.nap on its way, in place of the one that `relay` made. */
static void
put_call(dsy_uuid caller, bool by_letter)
{
    uint32_t shard;
    int64_t number;
    uint64_t secret;
    struct dsy_buffer arguments, octets;
    dsy_buffer_init(&arguments, 1000);
    dsy_buffer_init(&octets, 1000);
    dsy_invocation_id_split(caller, &shard, &number, &secret);
    cr_assert(hand_arguments(&arguments, 5, ""));
    struct message message = {
        .kind = MESSAGE_BEGIN,
        .number = 1000000,
        .routine = hand_routine(HAND_NAP),
        .caller = { .kind = CALLER_INVOCATION, .shard = shard, .number = number, .await_count = 1 },
        .chain_length = 1,
        .arguments = { .data = arguments.data, .size_bytes = arguments.size_bytes },
    };
    cr_assert_eq(dsy_message_encode(&message, &octets), DSY_OK);
    execute(shard, "DELETE FROM invocation WHERE due_ns IS NOT NULL", 0, NULL);
    if (by_letter)
        execute(1 - shard, "INSERT INTO outbox (receiver, number, body) VALUES (?1, 1, ?2)", shard, &octets);
    else
        execute(shard, "INSERT INTO message (number, body) VALUES (?1, ?2)", 1, &octets);
    dsy_buffer_destroy(&arguments);
    dsy_buffer_destroy(&octets);
}

static void
check_call_of_what_the_program_lacks(bool by_letter)
{
    uint32_t shard;
    int64_t number;
    uint64_t secret;
    start(&hand_program);
    dsy_uuid id = begin("relay", "{\"n\": 3600000000000}");
    dsy_invocation_id_split(id, &shard, &number, &secret);
    stop();
    put_call(id, by_letter);
    for (int turn = 0; turn < 2; turn++) {
        start(changed_program(HAND_NAP, "Work.doze", 0));
        rest(300);
        stop();
        cr_assert_eq(execute(shard, "SELECT count(*) FROM message", 0, NULL), 1, "the call is kept, start %d", turn);
    }
    start(&hand_program);
    expect_result(id, "6");
}

Test(rollback, a_stored_call_of_a_routine_that_the_program_lacks_is_kept)
{
    check_call_of_what_the_program_lacks(false);
}

Test(rollback, a_letter_that_calls_a_routine_which_the_program_lacks_is_kept)
{
    check_call_of_what_the_program_lacks(true);
}

Test(rollback, the_result_for_a_caller_in_quarantine_waits_for_the_program_that_can_read_it)
{
    start(&hand_program);
    dsy_uuid id = begin("relay", "{\"n\": 200000000}");
    stop();
    start(changed_program(HAND_RELAY, NULL, 5000));
    wait_quarantined(1);
    stop();
    start(changed_program(HAND_RELAY, NULL, 5000));
    wait_quarantined(1);
    stop();
    start(&hand_program);
    expect_result(id, "200000001");
}

Test(rollback, a_caller_in_quarantine_waits_for_its_callee_as_before)
{
    start(&hand_program);
    dsy_uuid id = begin("relay", "{\"n\": 1500000000}");
    stop();
    uint32_t shard;
    int64_t number;
    uint64_t secret;
    dsy_invocation_id_split(id, &shard, &number, &secret);
    execute(shard, "UPDATE invocation SET is_active = 2, broken = 'an earlier program' WHERE number = ?1", number,
            NULL);
    start(&hand_program);
    rest(200);
    stop();
    cr_assert_eq(
        execute(shard, "SELECT count(*) FROM invocation WHERE is_active IS NOT NULL OR broken IS NOT NULL", 0, NULL), 0,
        "it waits, and needs nothing at a start");
    start(&hand_program);
    expect_result(id, "1500000001");
}

Test(rollback, a_sleep_goes_on)
{
    start(&hand_program);
    dsy_uuid id = begin("nap", "{\"n\": 200000000}");
    dsy_uuid longer = begin("nap", "{\"n\": 1500000000}");
    stop();
    start(changed_program(HAND_NAP, NULL, 5000));
    wait_quarantined(2);
    stop();
    start(&hand_program);
    expect_result(id, "200000000");
    expect_result(longer, "1500000000");
}

Test(rollback, a_step_is_executed_again)
{
    start(&hand_program);
    dsy_uuid id = begin("hold", "{\"n\": 5}");
    while (atomic_load(&hand_world.blocked) == 0)
        rest(1);
    dsy_node_drain(node, 1000000);
    atomic_store(&hand_world.is_released, true);
    dsy_node_destroy(node);
    start(changed_program(HAND_HOLD, NULL, 5000));
    wait_quarantined(1);
    stop();
    start(&hand_program);
    expect_result(id, "5");
}
