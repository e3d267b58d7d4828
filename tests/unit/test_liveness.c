/* Tests of compiler/lower/liveness.c, frame.c, identity.c: what is saved at an await, and what pins it. */
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

TestSuite(liveness, .init = set_up, .fini = tear_down);

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

static const struct machine *
routine_of(done body)
{
    maker_body(maker, COLOUR_ROUTINE, maker->int_type, body);
    const struct machine *machine = maker_machine(maker);
    struct text_builder problems;
    text_builder_initialise(&problems, &maker->arena);
    bool is_good = machine_verify(&maker->arena, machine, &problems);
    cr_assert(is_good, "%s", text_builder_text(&problems).data);
    return machine;
}

/* The names of what is saved in a state, with spaces between. */
static const char *
saved(const struct machine *machine, uint32_t state)
{
    cr_assert_leq(state, machine->suspension_count, "there is no state %u", state);
    const struct suspension *suspension = machine->suspensions[state - 1];
    struct text_builder names;
    text_builder_initialise(&names, &maker->arena);
    for (size_t index = 0; index < suspension->live_count; index++)
        text_builder_format(&names, index == 0 ? "%.*s" : " %.*s", TEXT_ARGUMENTS(suspension->live[index]->c_name));
    return text_builder_text(&names).data;
}

Test(liveness, only_what_is_read_again_is_saved)
{
    struct variable *a = maker_parameter(maker, "a", maker->int_type);
    struct variable *b = maker_parameter(maker, "b", maker->int_type);
    struct variable *x = int_variable("x");
    struct variable *y = int_variable("y");
    const struct machine *machine = routine_of(
        make_block(maker, 3, make_declare(maker, x, make_binary(maker, BINARY_ADD, read(a), make_int(maker, 1))),
                   make_declare(maker, y, make_await(maker, read(x))),
                   make_return(maker, make_binary(maker, BINARY_ADD, read(y), read(b)))));
    cr_expect_str_eq(saved(machine, 1), "b");
    cr_expect(machine->is_saved[b->index]);
    cr_expect_not(machine->is_saved[a->index]);
    cr_expect_not(machine->is_saved[x->index]);
    cr_expect_not(machine->is_saved[y->index], "the result is not saved at its own await");
}

Test(liveness, a_value_before_an_await_is_saved)
{
    struct variable *a = maker_parameter(maker, "a", maker->int_type);
    made sum = make_binary(maker, BINARY_ADD, make_call(maker, read(a)), make_await(maker, read(a)));
    const struct machine *machine = routine_of(make_block(maker, 1, make_return(maker, sum)));
    cr_expect_str_eq(saved(machine, 1), "f_result");
}

Test(liveness, a_loop_saves_its_position_and_its_array)
{
    struct variable *list = maker_parameter(maker, "list", maker->ints_type);
    struct variable *item = int_variable("item");
    struct variable *sum = int_variable("sum");
    done add = make_assign_add(maker, read(sum), make_await(maker, read(item)));
    const struct machine *machine = routine_of(
        make_block(maker, 3, make_declare(maker, sum, make_int(maker, 0)),
                   make_for_array(maker, item, read(list), make_block(maker, 1, add)), make_return(maker, read(sum))));
    cr_expect_str_eq(saved(machine, 1), "list sum position");
}

Test(liveness, what_a_handler_reads_is_saved)
{
    struct variable *a = maker_parameter(maker, "a", maker->int_type);
    struct variable *x = int_variable("x");
    struct variable *error = maker_variable(maker, "e", maker->error_type);
    done attempt = make_try(maker, make_block(maker, 1, make_assign(maker, read(x), make_await(maker, read(a)))), error,
                            make_block(maker, 1, make_return(maker, read(a))), NULL);
    const struct machine *machine = routine_of(
        make_block(maker, 3, make_declare(maker, x, make_int(maker, 0)), attempt, make_return(maker, read(x))));
    cr_expect_str_eq(saved(machine, 1), "a");
}

Test(liveness, an_old_value_that_a_handler_reads_is_not_the_result)
{
    struct variable *x = int_variable("x");
    struct variable *error = maker_variable(maker, "e", maker->error_type);
    done attempt =
        make_try(maker, make_block(maker, 1, make_assign(maker, read(x), make_await(maker, make_int(maker, 1)))), error,
                 make_block(maker, 1, make_return(maker, read(x))), NULL);
    const struct machine *machine = routine_of(make_block(maker, 3, make_declare(maker, x, make_int(maker, 5)), attempt,
                                                          make_return(maker, make_int(maker, 0))));
    cr_expect_str_eq(saved(machine, 1), "x");
    cr_expect_neq(machine->suspensions[0]->result, x);
}

Test(liveness, an_await_in_finally_saves_how_it_was_entered)
{
    struct variable *a = maker_parameter(maker, "a", maker->int_type);
    done attempt = make_try(maker, make_block(maker, 1, make_return(maker, make_await(maker, read(a)))), NULL, NULL,
                            make_block(maker, 1, make_do(maker, make_await(maker, make_int(maker, 2)))));
    const struct machine *machine = routine_of(make_block(maker, 1, attempt));
    cr_expect_str_eq(saved(machine, 1), "", "nothing of the finally body is live before it is entered");
    cr_expect_str_eq(saved(machine, 2), "return_value pending_error completion");
}

Test(liveness, identities_have_ordinals)
{
    const struct machine *machine = routine_of(
        make_block(maker, 3, make_do(maker, make_await(maker, make_int(maker, 1))),
                   make_do(maker, make_await(maker, make_int(maker, 2))), make_return(maker, make_int(maker, 0))));
    cr_assert_eq(machine->suspension_count, 2);
    cr_expect(text_equal_string(machine->suspensions[0]->identity, "g"));
    cr_expect(text_equal_string(machine->suspensions[1]->identity, "g_2"));
    cr_expect_eq(machine->suspensions[0]->state, 1);
    cr_expect_eq(machine->suspensions[1]->state, 2);
}

/* Stored frames carry these numbers: a change of the text or of the hash would strand all of them. */
Test(liveness, fingerprints_never_change)
{
    struct variable *a = maker_parameter(maker, "a", maker->int_type);
    const struct machine *machine = routine_of(
        make_block(maker, 2, make_do(maker, make_await(maker, make_int(maker, 1))), make_return(maker, read(a))));
    cr_expect_eq(machine->start_fingerprint, UINT64_C(0x8cc1a0d2de50d759), "found %#llx",
                 (unsigned long long)machine->start_fingerprint);
    cr_expect_eq(machine->suspensions[0]->fingerprint, UINT64_C(0x2bf33f683207fc60), "found %#llx",
                 (unsigned long long)machine->suspensions[0]->fingerprint);
}

/* As many awaits, variables and blocks as a large generated routine has; each variable lives across its await only. */
Test(liveness, thousands_of_awaits)
{
    enum { AWAITS = 5000 };
    done previous = make_return(maker, make_int(maker, 0));
    for (int index = 0; index < AWAITS; index++) {
        struct variable *before = int_variable(text_format(&maker->arena, "before_%d", index).data);
        struct variable *after = int_variable(text_format(&maker->arena, "after_%d", index).data);
        done first = make_declare(maker, before, make_call(maker, make_int(maker, index)));
        done second = make_declare(maker, after, make_await(maker, make_int(maker, index)));
        done third = make_do(maker, make_call(maker, make_binary(maker, BINARY_XOR, read(before), read(after))));
        previous = make_block(maker, 4, first, second, third, previous);
    }
    const struct machine *machine = routine_of(previous);
    cr_assert_eq(machine->suspension_count, AWAITS);
    for (size_t index = 0; index < AWAITS; index++)
        cr_assert_eq(machine->suspensions[index]->live_count, 1, "state %zu saves %zu variables", index + 1,
                     machine->suspensions[index]->live_count);
}
