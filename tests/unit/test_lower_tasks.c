/* Tests of compiler/lower: tasks, promises, selects, compensations and state, from checked trees made by hand. Each
 * compares the printed machine. */
#include <criterion/criterion.h>

#include "tests/support/checked.h"

static struct maker *maker;

static void
set_up(void)
{
    maker = maker_new();
    maker_add_tasks(maker);
}

static void
tear_down(void)
{
    maker_free(maker);
}

TestSuite(lower_tasks, .init = set_up, .fini = tear_down);

static void
expect_cfg(const struct type *result, done body, const char *expected)
{
    maker_body(maker, COLOUR_ROUTINE, result, body);
    const char *found = maker_cfg(maker);
    cr_expect_str_eq(found, expected, "expected:\n%s\nfound:\n%s", expected, found);
}

static made
read(struct variable *variable)
{
    return make_read(maker, variable);
}

static made
sum_with_one(struct variable *variable)
{
    return make_binary(maker, BINARY_ADD, read(variable), make_int(maker, 1));
}

Test(lower_tasks, starts_happen_in_order_and_after_what_throws)
{
    struct variable *n = maker_parameter(maker, "n", maker->int_type);
    struct variable *tasks = maker_variable(maker, "tasks", maker->tasks_type);
    made both = make_array(maker, maker->tasks_type, 2, make_start(maker, read(n)), make_start(maker, sum_with_one(n)));
    made all = make_await_of(maker, AWAIT_ALL, maker->ints_type, read(tasks), NULL);
    expect_cfg(maker->ints_type, make_block(maker, 2, make_declare(maker, tasks, both), make_return(maker, all)),
               "routine test(int n) -> int[]\n"
               "  entry:\n"
               "    started = start w(n) (throws)\n"
               "    argument = n + 1 (throws)\n"
               "    started_2 = start w(argument) (throws)\n"
               "    tasks = [started, started_2] (throws)\n"
               "    await all(tasks) -> result, then resumed (state 1, all) (throws)\n"
               "  resumed:\n"
               "    return result\n");
}

Test(lower_tasks, within_is_evaluated_behind_the_operand)
{
    struct variable *task = maker_parameter(maker, "task", maker->task_type);
    struct variable *d = maker_parameter(maker, "d", maker->duration_type);
    made longer = make_binary(maker, BINARY_ADD, read(d), read(d));
    made await = make_await_of(maker, AWAIT_TASK, maker->int_type, read(task), longer);
    expect_cfg(maker->int_type, make_block(maker, 1, make_return(maker, await)),
               "routine test(task<int> task, duration d) -> int\n"
               "  entry:\n"
               "    within = d + d (throws)\n"
               "    await task within within -> result, then resumed (state 1, task) (throws)\n"
               "  resumed:\n"
               "    return result\n");
}

Test(lower_tasks, select_has_a_way_for_each_source)
{
    struct variable *task = maker_parameter(maker, "task", maker->task_type);
    struct variable *promise = maker_parameter(maker, "promise", maker->promise_type);
    struct variable *a = maker_variable(maker, "a", maker->int_type);
    struct variable *b = maker_variable(maker, "b", maker->int_type);
    done select =
        make_select(maker, 3, make_case(maker, read(task), a, make_block(maker, 1, make_return(maker, read(a)))),
                    make_case(maker, read(promise), b,
                              make_block(maker, 2,
                                         make_if(maker, make_binary(maker, BINARY_GREATER, read(b), read(b)),
                                                 make_simple(maker, STATEMENT_BREAK), NULL),
                                         make_return(maker, read(b)))),
                    make_after(maker, make_duration(maker, 3600000000000), make_block(maker, 0)));
    expect_cfg(maker->int_type, make_block(maker, 2, select, make_return(maker, make_int(maker, 0))),
               "routine test(task<int> task, promise<int> promise) -> int\n"
               "  entry:\n"
               "    await select(task, promise, after 1h) (state 1, select) (throws)\n"
               "      task -> a: case\n"
               "      promise -> b: case_2\n"
               "      after 1h: after_select\n"
               "  case:\n"
               "    return a\n"
               "  case_2:\n"
               "    if b > b then after_select else after_if\n"
               "  after_if:\n"
               "    return b\n"
               "  after_select:\n"
               "    return 0\n");
}

/* In a loop, the result of one case must not be saved while another round waits; a variable of all rounds must. */
Test(lower_tasks, select_in_a_loop_saves_what_is_used_later)
{
    struct variable *task = maker_parameter(maker, "task", maker->task_type);
    struct variable *sum = maker_variable(maker, "sum", maker->int_type);
    struct variable *a = maker_variable(maker, "a", maker->int_type);
    sum->is_mutated = true;
    done add = make_block(maker, 1, make_assign_add(maker, read(sum), read(a)));
    done select = make_select(maker, 2, make_case(maker, read(task), a, add),
                              make_after(maker, make_duration(maker, 1000000000), make_block(maker, 0)));
    done loop =
        make_while(maker, make_binary(maker, BINARY_LESS, read(sum), make_int(maker, 9)), make_block(maker, 1, select));
    maker_body(maker, COLOUR_ROUTINE, maker->int_type,
               make_block(maker, 3, make_declare(maker, sum, make_int(maker, 0)), loop, make_return(maker, read(sum))));
    const struct machine *machine = maker_machine(maker);
    cr_assert_eq(machine->suspension_count, 1);
    const struct suspension *suspension = machine->suspensions[0];
    cr_assert_eq(suspension->live_count, 2, "saved: %zu", suspension->live_count);
    cr_expect_eq(suspension->live[0], task);
    cr_expect_eq(suspension->live[1], sum);
    cr_expect_not(machine->is_saved[a->index], "the result of a case is saved");
}

Test(lower_tasks, compensation_is_a_machine_with_copies)
{
    struct variable *n = maker_parameter(maker, "n", maker->int_type);
    struct variable *i = maker_variable(maker, "i", maker->int_type);
    struct variable *unused = maker_variable(maker, "unused", maker->int_type);
    (void)unused;
    done undo = make_block(maker, 1, make_do(maker, make_await(maker, read(i))));
    done body = make_block(maker, 2, make_compensate(maker, undo, 1, i), make_do(maker, make_await(maker, read(n))));
    expect_cfg(maker->void_type, make_block(maker, 1, make_for_range(maker, i, make_int(maker, 0), read(n), body)),
               "routine test(int n) -> void\n"
               "  entry:\n"
               "    i = 0\n"
               "    jump for\n"
               "  for:\n"
               "    if i < n then for_body else after_for\n"
               "  for_body:\n"
               "    compensate test.compensate_1(i) (throws)\n"
               "    await g(n), then for_step (state 1, g) (throws)\n"
               "  for_step:\n"
               "    i = i + 1\n"
               "    back to for (throws)\n"
               "  after_for:\n"
               "    return\n"
               "\n"
               "routine test.compensate_1(int i) -> void\n"
               "  entry:\n"
               "    await g(i), then resumed (state 1, g, shielded) (throws)\n"
               "  resumed:\n"
               "    return\n");
}

Test(lower_tasks, a_cancellation_waits_in_clean_up)
{
    struct variable *n = maker_parameter(maker, "n", maker->int_type);
    struct variable *e = maker_variable(maker, "e", maker->cancelled_type);
    done wait = make_block(maker, 1, make_do(maker, make_await(maker, read(n))));
    expect_cfg(maker->void_type, make_block(maker, 1, make_try(maker, wait, e, wait, NULL)),
               "routine test(int n) -> void\n"
               "  entry:  errors: catch\n"
               "    await g(n), then after_try (state 1, g) (throws)\n"
               "  catch:\n"
               "    take error caught\n"
               "    switch caught\n"
               "      Cancelled: catch_body\n"
               "      else: uncaught\n"
               "  catch_body:\n"
               "    e = caught as Cancelled\n"
               "    await g(n), then after_try (state 2, g_2, shielded) (throws)\n"
               "  uncaught:\n"
               "    throw caught (throws)\n"
               "  after_try:\n"
               "    return\n");
}

Test(lower_tasks, a_declared_error_is_made_one_of_any_kind_before_it_rejects)
{
    struct variable *promise = maker_variable(maker, "p", maker->promise_type);
    expect_cfg(maker->void_type,
               make_block(maker, 4, make_declare(maker, promise, make_promise(maker)),
                          make_do(maker, make_resolve(maker, read(promise), make_int(maker, 1))),
                          make_do(maker, make_reject(maker, read(promise), make_oops(maker))),
                          make_cancel(maker, make_start(maker, make_int(maker, 2)))),
               "routine test() -> void\n"
               "  entry:\n"
               "    p = promise<int>()\n"
               "    resolve(p, 1)\n"
               "    error = Oops{} (throws)\n"
               "    reject(p, error)\n"
               "    started = start w(2) (throws)\n"
               "    cancel started (throws)\n"
               "    return\n");
}

Test(lower_tasks, state_is_read_before_an_await_and_never_half_assigned)
{
    maker_add_state(maker);
    struct variable *n = maker_parameter(maker, "n", maker->int_type);
    made later = make_binary(maker, BINARY_ADD, make_state(maker, 0), make_await(maker, read(n)));
    struct variable *m = maker_variable(maker, "m", maker->int_type);
    made push =
        make_method(maker, METHOD_ARRAY_PUSH, make_state(maker, 1), maker->void_type, make_await(maker, read(m)));
    expect_cfg(maker->int_type,
               make_block(maker, 5, make_declare(maker, m, later),
                          make_assign(maker, make_state(maker, 0), sum_with_one(m)),
                          make_assign_add(maker, make_state(maker, 0), make_await(maker, read(m))),
                          make_do(maker, push), make_return(maker, make_state(maker, 0))),
               "routine test(int n) -> int\n"
               "  entry:\n"
               "    left = state.balance\n"
               "    await g(n) -> g_result, then resumed (state 1, g) (throws)\n"
               "  resumed:\n"
               "    m = left + g_result (throws)\n"
               "    value = m + 1 (throws)\n"
               "    state.balance = value\n"
               "    await g(m) -> g_result_2, then resumed_2 (state 2, g_2) (throws)\n"
               "  resumed_2:\n"
               "    value_2 = state.balance + g_result_2 (throws)\n"
               "    state.balance = value_2\n"
               "    await g(m) -> g_result_3, then resumed_3 (state 3, g_3) (throws)\n"
               "  resumed_3:\n"
               "    state.items.push(g_result_3) (throws)\n"
               "    return state.balance\n");
}

Test(lower_tasks, a_loop_over_state_runs_over_a_snapshot)
{
    maker_add_state(maker);
    struct variable *item = maker_variable(maker, "item", maker->int_type);
    done body = make_block(maker, 1, make_do(maker, make_await(maker, read(item))));
    expect_cfg(maker->void_type, make_block(maker, 1, make_for_array(maker, item, make_state(maker, 1), body)),
               "routine test() -> void\n"
               "  entry:\n"
               "    items = share state.items\n"
               "    position = 0\n"
               "    jump for\n"
               "  for:\n"
               "    if position < items.length then for_body else after_for\n"
               "  for_body:\n"
               "    item = items[position]\n"
               "    await g(item), then for_step (state 1, g) (throws)\n"
               "  for_step:\n"
               "    position = position + 1\n"
               "    back to for (throws)\n"
               "  after_for:\n"
               "    return\n");
}
