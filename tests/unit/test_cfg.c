/* Tests of compiler/lower: from checked trees, made by hand, to blocks. Each compares the printed machine. */
#include <criterion/criterion.h>

#include "tests/support/checked.h"

static struct maker *maker;

static void
set_up(void)
{
    maker = maker_new();
}

static void
tear_down(void)
{
    maker_free(maker);
}

TestSuite(cfg, .init = set_up, .fini = tear_down);

/* Make the function `test` of this body and compare its blocks. */
static void
expect_cfg(enum colour colour, const struct type *result, done body, const char *expected)
{
    maker_body(maker, colour, result, body);
    const char *found = maker_cfg(maker);
    cr_expect_str_eq(found, expected, "expected:\n%s\nfound:\n%s", expected, found);
}

static made
read(struct variable *variable)
{
    return make_read(maker, variable);
}

static struct variable *
int_variable(const char *name)
{
    return maker_variable(maker, name, maker->int_type);
}

static struct variable *
int_parameter(const char *name)
{
    return maker_parameter(maker, name, maker->int_type);
}

Test(cfg, operands_that_throw_are_sequenced)
{
    struct variable *a = int_parameter("a");
    made left = make_call(maker, read(a));
    made right = make_call(maker, make_binary(maker, BINARY_ADD, read(a), make_int(maker, 1)));
    done body = make_block(maker, 1, make_return(maker, make_binary(maker, BINARY_MULTIPLY, left, right)));
    expect_cfg(COLOUR_PURE, maker->int_type, body,
               "function test(int a) -> int\n"
               "  entry:\n"
               "    f_result = f(a) (throws)\n"
               "    argument = a + 1 (throws)\n"
               "    return f_result * f(argument) (throws)\n");
}

Test(cfg, same_overflow_needs_no_order)
{
    struct variable *a = int_parameter("a");
    made left = make_binary(maker, BINARY_MULTIPLY, read(a), read(a));
    made right = make_binary(maker, BINARY_MULTIPLY, read(a), make_int(maker, 3));
    done body = make_block(maker, 1, make_return(maker, make_binary(maker, BINARY_ADD, left, right)));
    expect_cfg(COLOUR_PURE, maker->int_type, body,
               "function test(int a) -> int\n"
               "  entry:\n"
               "    return (a * a) + (a * 3) (throws)\n");
}

Test(cfg, a_read_comes_before_a_later_mutation)
{
    struct variable *list = maker_parameter(maker, "list", maker->ints_type);
    list->is_mutated = true;
    made length = make_method(maker, METHOD_ARRAY_LENGTH, read(list), maker->int_type, NULL);
    made popped = make_method(maker, METHOD_ARRAY_POP, read(list), maker->int_type, NULL);
    made sum = make_binary(maker, BINARY_SUBTRACT, length, popped);
    expect_cfg(COLOUR_PURE, maker->int_type, make_block(maker, 1, make_return(maker, sum)),
               "function test(int[] list) -> int\n"
               "  entry:\n"
               "    left = list.length\n"
               "    taken = list.pop() (throws)\n"
               "    return left - taken (throws)\n");
}

Test(cfg, await_in_the_right_of_and)
{
    struct variable *a = int_parameter("a");
    made left = make_binary(maker, BINARY_GREATER, read(a), make_int(maker, 0));
    made right = make_binary(maker, BINARY_GREATER, make_await(maker, read(a)), make_int(maker, 1));
    done yes = make_block(maker, 1, make_return(maker, make_int(maker, 1)));
    done body = make_block(maker, 2, make_if(maker, make_and(maker, left, right), yes, NULL),
                           make_return(maker, make_int(maker, 2)));
    expect_cfg(COLOUR_ROUTINE, maker->int_type, body,
               "routine test(int a) -> int\n"
               "  entry:\n"
               "    if a > 0 then and else after_if\n"
               "  and:\n"
               "    await g(a) -> g_result, then resumed (state 1, g) (throws)\n"
               "  resumed:\n"
               "    if g_result > 1 then then else after_if\n"
               "  then:\n"
               "    return 1\n"
               "  after_if:\n"
               "    return 2\n");
}

Test(cfg, short_circuit_stays_an_operator_without_awaits)
{
    struct variable *list = maker_parameter(maker, "list", maker->ints_type);
    struct variable *i = int_parameter("i");
    made length = make_method(maker, METHOD_ARRAY_LENGTH, read(list), maker->int_type, NULL);
    made bounded = make_binary(maker, BINARY_LESS, read(i), length);
    made positive = make_binary(maker, BINARY_GREATER, make_index(maker, read(list), read(i)), make_int(maker, 0));
    done body = make_block(maker, 1, make_return(maker, make_and(maker, bounded, positive)));
    expect_cfg(COLOUR_PURE, maker->bool_type, body,
               "function test(int[] list, int i) -> bool\n"
               "  entry:\n"
               "    return (i < list.length) && (list[i] > 0) (throws)\n");
}

Test(cfg, conditional_with_awaits_goes_into_the_variable)
{
    struct variable *a = int_parameter("a");
    struct variable *x = int_variable("x");
    made condition = make_binary(maker, BINARY_GREATER, read(a), make_int(maker, 0));
    made choice = make_choice(maker, condition, make_await(maker, read(a)), make_call(maker, read(a)));
    done body = make_block(maker, 2, make_declare(maker, x, choice), make_return(maker, read(x)));
    expect_cfg(COLOUR_ROUTINE, maker->int_type, body,
               "routine test(int a) -> int\n"
               "  entry:\n"
               "    if a > 0 then yes else no\n"
               "  yes:\n"
               "    await g(a) -> x, then chosen (state 1, g) (throws)\n"
               "  no:\n"
               "    x = f(a) (throws)\n"
               "    jump chosen\n"
               "  chosen:\n"
               "    return x\n");
}

Test(cfg, coalesce_with_an_await)
{
    struct variable *a = maker_parameter(maker, "a", maker->optional_type);
    made value = make_coalesce(maker, read(a), make_await(maker, make_int(maker, 7)));
    expect_cfg(COLOUR_ROUTINE, maker->int_type, make_block(maker, 1, make_return(maker, value)),
               "routine test(int? a) -> int\n"
               "  entry:\n"
               "    if a != null then present else absent\n"
               "  present:\n"
               "    value = a\n"
               "    jump after_absent\n"
               "  absent:\n"
               "    await g(7) -> value, then after_absent (state 1, g) (throws)\n"
               "  after_absent:\n"
               "    return value\n");
}

Test(cfg, coalesce_stays_an_operator_without_awaits)
{
    struct variable *a = maker_parameter(maker, "a", maker->optional_type);
    made value = make_coalesce(maker, read(a), make_int(maker, 7));
    expect_cfg(COLOUR_PURE, maker->int_type, make_block(maker, 1, make_return(maker, value)),
               "function test(int? a) -> int\n"
               "  entry:\n"
               "    return (a != null) ? a : 7\n");
}

Test(cfg, compound_assignment_evaluates_its_index_once)
{
    struct variable *list = maker_parameter(maker, "list", maker->ints_type);
    made target = make_index(maker, read(list), make_call(maker, make_int(maker, 1)));
    done assign = make_assign_add(maker, target, make_await(maker, make_int(maker, 2)));
    expect_cfg(COLOUR_ROUTINE, maker->void_type, make_block(maker, 1, assign),
               "routine test(int[] list) -> void\n"
               "  entry:\n"
               "    f_result = f(1) (throws)\n"
               "    await g(2) -> g_result, then resumed (state 1, g) (throws)\n"
               "  resumed:\n"
               "    list[f_result] = list[f_result] + g_result (throws)\n"
               "    return\n");
}

Test(cfg, try_keeps_the_old_value_for_its_handler)
{
    struct variable *x = int_variable("x");
    struct variable *y = int_variable("y");
    struct variable *error = maker_variable(maker, "e", maker->error_type);
    done inner = make_declare(maker, y, make_call(maker, make_int(maker, 1)));
    done assign = make_assign(maker, read(x), make_call(maker, read(y)));
    done attempt = make_try(maker, make_block(maker, 2, inner, assign), error, make_block(maker, 0), NULL);
    done body = make_block(maker, 3, make_declare(maker, x, make_int(maker, 0)), attempt, make_return(maker, read(x)));
    expect_cfg(COLOUR_PURE, maker->int_type, body,
               "function test() -> int\n"
               "  entry:  errors: catch\n"
               "    x = 0\n"
               "    y = f(1) (throws)\n"
               "    f_result = f(y) (throws)\n"
               "    x = f_result\n"
               "    jump after_try\n"
               "  catch:\n"
               "    take error e\n"
               "    jump after_try\n"
               "  after_try:\n"
               "    return x\n");
}

Test(cfg, return_break_and_throw_through_finally)
{
    struct variable *a = int_parameter("a");
    done give_back = make_return(maker, make_call(maker, read(a)));
    done leave = make_if(maker, make_binary(maker, BINARY_EQUAL, read(a), make_int(maker, 1)),
                         make_simple(maker, STATEMENT_BREAK), NULL);
    done attempt = make_try(maker, make_block(maker, 2, leave, give_back), NULL, NULL,
                            make_block(maker, 1, make_do(maker, make_await(maker, make_int(maker, 9)))));
    done loop = make_while(maker, make_bool(maker, true), make_block(maker, 1, attempt));
    done body = make_block(maker, 2, loop, make_return(maker, make_int(maker, 0)));
    expect_cfg(COLOUR_ROUTINE, maker->int_type, body,
               "routine test(int a) -> int\n"
               "  entry:\n"
               "    if a == 1 then then else after_if\n"
               "  then:\n"
               "    completion = 3\n"
               "    pending_error = zero\n"
               "    return_value = zero\n"
               "    jump finally\n"
               "  after_if:  errors: unwind\n"
               "    return_value = f(a) (throws)\n"
               "    completion = 2\n"
               "    pending_error = zero\n"
               "    jump finally\n"
               "  unwind:\n"
               "    take error pending_error\n"
               "    completion = 1\n"
               "    return_value = zero\n"
               "    jump finally\n"
               "  finally:\n"
               "    await g(9), then resumed (state 1, g, shielded) (throws)\n"
               "  resumed:\n"
               "    switch completion\n"
               "      2: then_return\n"
               "      3: after_while\n"
               "      else: then_throw\n"
               "  then_throw:\n"
               "    throw pending_error (throws)\n"
               "  then_return:\n"
               "    return return_value\n"
               "  after_while:\n"
               "    return 0\n");
}

Test(cfg, throw_again_means_the_innermost_catch)
{
    struct variable *outer = maker_variable(maker, "outer", maker->error_type);
    struct variable *oops = maker_variable(maker, "oops", maker->oops_type);
    done again = make_simple(maker, STATEMENT_RETHROW);
    done inner = make_try(maker, make_block(maker, 1, make_do(maker, make_call(maker, make_int(maker, 2)))), oops,
                          make_block(maker, 1, again), NULL);
    done attempt = make_try(maker, make_block(maker, 1, make_throw(maker, make_oops(maker))), outer,
                            make_block(maker, 2, inner, again), NULL);
    expect_cfg(COLOUR_PURE, maker->void_type, make_block(maker, 1, attempt),
               "function test() -> void\n"
               "  entry:  errors: catch\n"
               "    throw Oops{} (throws)\n"
               "  catch:  errors: catch_2\n"
               "    take error outer\n"
               "    f(2) (throws)\n"
               "    jump after_try\n"
               "  catch_2:\n"
               "    take error caught\n"
               "    switch caught\n"
               "      Oops: catch_body\n"
               "      else: uncaught\n"
               "  catch_body:\n"
               "    oops = caught as Oops\n"
               "    throw caught (throws)\n"
               "  uncaught:\n"
               "    throw caught (throws)\n"
               "  after_try:\n"
               "    throw outer (throws)\n");
}

Test(cfg, loop_over_an_array_that_its_body_changes)
{
    struct variable *list = maker_parameter(maker, "list", maker->ints_type);
    struct variable *item = int_variable("item");
    list->is_mutated = true;
    made push = make_method(maker, METHOD_ARRAY_PUSH, read(list), maker->void_type, read(item));
    done loop = make_for_array(maker, item, read(list), make_block(maker, 1, make_do(maker, push)));
    expect_cfg(COLOUR_PURE, maker->void_type, make_block(maker, 1, loop),
               "function test(int[] list) -> void\n"
               "  entry:\n"
               "    items = share list\n"
               "    position = 0\n"
               "    jump for\n"
               "  for:\n"
               "    if position < items.length then for_body else after_for\n"
               "  for_body:\n"
               "    item = items[position]\n"
               "    list.push(item) (throws)\n"
               "    position = position + 1\n"
               "    back to for (throws)\n"
               "  after_for:\n"
               "    return\n");
}

Test(cfg, range_whose_variable_is_assigned)
{
    struct variable *i = int_variable("i");
    done assign = make_assign_add(maker, read(i), make_int(maker, 5));
    done loop = make_for_range(maker, i, make_int(maker, 0), make_call(maker, make_int(maker, 3)),
                               make_block(maker, 1, assign));
    expect_cfg(COLOUR_PURE, maker->void_type, make_block(maker, 1, loop),
               "function test() -> void\n"
               "  entry:\n"
               "    counter = 0\n"
               "    limit = f(3) (throws)\n"
               "    jump for\n"
               "  for:\n"
               "    if counter < limit then for_body else after_for\n"
               "  for_body:\n"
               "    i = counter\n"
               "    i = i + 5 (throws)\n"
               "    counter = counter + 1\n"
               "    back to for (throws)\n"
               "  after_for:\n"
               "    return\n");
}
