/* Tests of compiler/emit: bodies that read and change the state of a keyed service, from checked trees made by hand. */
#include <criterion/criterion.h>

#include "compiler/emit/emit.h"
#include "tests/support/checked.h"

static struct maker *maker;

static void
set_up(void)
{
    maker = maker_new();
    maker_add_tasks(maker);
    maker_add_state(maker);
    ((struct type *)(uintptr_t)maker->ints_type)->c_name = TEXT("array_int");
    ((struct type *)(uintptr_t)maker->optional_type)->c_name = TEXT("optional_int");
}

static void
tear_down(void)
{
    maker_free(maker);
}

TestSuite(emit_keyed, .init = set_up, .fini = tear_down);

/* The printed program, with `test` of this body. */
static const char *
print_program(const struct type *result, done body)
{
    maker_body(maker, COLOUR_ROUTINE, result, body);
    const struct emitted_files *files = emit(&maker->arena, NULL, maker_machines(maker), TEXT("test"));
    return text_to_string(&maker->arena, files->files[1].content);
}

static void
expect_body(const struct type *result, done body, const char *expected)
{
    const char *found = strstr(print_program(result, body), "\ntest_run(");
    cr_assert_not_null(found);
    const char *end = strstr(found, "\n}\n");
    cr_assert_not_null(end);
    const char *begin = strstr(found, "\n{\n") + 3;
    const char *printed = text_to_string(&maker->arena, (struct text){ begin, (size_t)(end + 1 - begin) });
    cr_expect_str_eq(printed, expected, "expected:\n%s\nfound:\n%s", expected, printed);
}

Test(emit_keyed, state_is_reached_through_the_instance)
{
    struct variable *n = maker_parameter(maker, "n", maker->int_type);
    made push = make_method(maker, METHOD_ARRAY_PUSH, make_state(maker, 1), maker->void_type, make_read(maker, n));
    made first = make_index(maker, make_state(maker, 1), make_int(maker, 0));
    expect_body(maker->int_type,
                make_block(maker, 4, make_assign_add(maker, make_state(maker, 0), make_read(maker, n)),
                           make_do(maker, push), make_assign(maker, first, make_int(maker, 5)),
                           make_return(maker, make_state(maker, 0))),
                "    struct test_locals *locals = frame;\n"
                "    int64_t value = 0;\n"
                "    struct Account_state *instance = dsy_state(run);\n"
                "\n"
                "    switch (state) {\n"
                "    case 0: break;\n"
                "    default: return DSY_BROKEN;\n"
                "    }\n"
                "    value = dsy_int64_add(run, instance->balance, locals->n);\n"
                "    if (run->failed) return DSY_THREW;\n"
                "    instance->balance = value;\n"
                "    array_int_push(run, &instance->items, locals->n);\n"
                "    if (run->failed) return DSY_THREW;\n"
                "    array_int_set(run, &instance->items, 0, 5);\n"
                "    if (run->failed) return DSY_THREW;\n"
                "    *(int64_t *)dsy_return(run, sizeof(int64_t)) = instance->balance;\n"
                "    return DSY_RETURNED;\n");
}

/* What leaves the state is shared: the state stays as it is when the copy changes. */
Test(emit_keyed, arrays_of_the_state_are_shared)
{
    expect_body(
        maker->ints_type, make_block(maker, 1, make_return(maker, make_state(maker, 1))),
        "    (void)frame;\n"
        "    struct Account_state *instance = dsy_state(run);\n"
        "\n"
        "    switch (state) {\n"
        "    case 0: break;\n"
        "    default: return DSY_BROKEN;\n"
        "    }\n"
        "    *(struct array_int *)dsy_return(run, sizeof(struct array_int)) = array_int_shared(instance->items);\n"
        "    return DSY_RETURNED;\n");
}

Test(emit_keyed, the_key_is_read_where_it_stands)
{
    made same = make_binary(maker, BINARY_EQUAL, make_key(maker), make_key(maker));
    expect_body(maker->bool_type, make_block(maker, 1, make_return(maker, same)),
                "    (void)frame;\n"
                "\n"
                "    switch (state) {\n"
                "    case 0: break;\n"
                "    default: return DSY_BROKEN;\n"
                "    }\n"
                "    *(bool *)dsy_return(run, sizeof(bool)) = dsy_string_equal(*(const dsy_string *)dsy_key(run), "
                "*(const dsy_string *)dsy_key(run));\n"
                "    return DSY_RETURNED;\n");
}

Test(emit_keyed, the_descriptor_says_key_and_state)
{
    const char *printed = print_program(maker->void_type, make_block(maker, 0));
    const char *found = strstr(printed, "Account_service = {\n");
    cr_assert_not_null(found);
    const char *expected = "Account_service = {\n"
                           "    .name = \"Account\",\n"
                           "    .key = &dsy_type_string,\n"
                           "    .key_name = \"id\",\n"
                           "    .state = &Account_state_type,\n"
                           "};\n";
    cr_expect_eq(strncmp(found, expected, strlen(expected)), 0, "found:\n%.300s", found);
    cr_expect_not_null(strstr(printed, "    .key_access = DSY_KEY_EXCLUSIVE,\n"));
}
