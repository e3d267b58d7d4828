/* Tests of compiler/emit: the bodies of functions, from checked trees made by hand. Each compares the printed function.
 */
#include <criterion/criterion.h>

#include "compiler/emit/emit.h"
#include "tests/support/checked.h"

static struct maker *maker;

static void
set_up(void)
{
    maker = maker_new();
    /* The names that check/ gives; test trees for lower/ need none that C would take. */
    ((struct type *)(uintptr_t)maker->ints_type)->c_name = TEXT("array_int");
    ((struct type *)(uintptr_t)maker->optional_type)->c_name = TEXT("optional_int");
    for (uint32_t index = 0; index < maker->types.count; index++)
        ((struct type *)(uintptr_t)maker->types.items[index])->index = index;
}

static void
tear_down(void)
{
    maker_free(maker);
}

TestSuite(emit_functions, .init = set_up, .fini = tear_down);

/* Make the routine `test` of this body, print the program, and compare the routine's function without its head. */
static void
expect_body(const struct type *result, done body, const char *expected)
{
    maker_body(maker, COLOUR_ROUTINE, result, body);
    struct program *program = arena_new(&maker->arena, struct program);
    struct function *functions[] = { maker->pure, maker->routine, maker->function };
    for (uint32_t index = 0; index < 3; index++)
        functions[index]->index = index;
    program->module = TEXT("test");
    program->types = maker->types.items;
    program->type_count = maker->types.count;
    program->functions = functions;
    program->function_count = 3;
    const struct emitted_files *files = emit(&maker->arena, NULL, lower(&maker->arena, NULL, program), TEXT("test"));
    const char *found = strstr(text_to_string(&maker->arena, files->files[1].content), "\ntest_run(");
    cr_assert_not_null(found);
    const char *end = strstr(found, "\n}\n");
    cr_assert_not_null(end);
    const char *begin = strstr(found, "\n{\n") + 3;
    struct text body_text = { begin, (size_t)(end + 1 - begin) };
    const char *printed = text_to_string(&maker->arena, body_text);
    cr_expect_str_eq(printed, expected, "expected:\n%s\nfound:\n%s", expected, printed);
}

static made
read(struct variable *variable)
{
    return make_read(maker, variable);
}

Test(emit_functions, while_is_while)
{
    struct variable *i = maker_variable(maker, "i", maker->int_type);
    made condition = make_binary(maker, BINARY_LESS, read(i), make_int(maker, 10));
    done body = make_block(maker, 1, make_assign_add(maker, read(i), make_int(maker, 1)));
    expect_body(maker->int_type,
                make_block(maker, 3, make_declare(maker, i, make_int(maker, 0)), make_while(maker, condition, body),
                           make_return(maker, read(i))),
                "    (void)frame;\n"
                "    int64_t i = 0;\n"
                "\n"
                "    switch (state) {\n"
                "    case 0: break;\n"
                "    default: return DSY_BROKEN;\n"
                "    }\n"
                "    i = 0;\n"
                "    while (i < 10) {\n"
                "        i = dsy_int64_add(run, i, 1);\n"
                "        if (run->failed) return DSY_THREW;\n"
                "        if (!dsy_spend(run)) return DSY_THREW;\n"
                "    }\n"
                "    *(int64_t *)dsy_return(run, sizeof(int64_t)) = i;\n"
                "    return DSY_RETURNED;\n");
}

Test(emit_functions, await_in_a_loop)
{
    struct variable *i = maker_variable(maker, "i", maker->int_type);
    struct variable *sum = maker_variable(maker, "sum", maker->int_type);
    done add = make_assign_add(maker, read(sum), make_await(maker, read(i)));
    expect_body(maker->int_type,
                make_block(maker, 3, make_declare(maker, sum, make_int(maker, 0)),
                           make_for_range(maker, i, make_int(maker, 0), make_int(maker, 5), make_block(maker, 1, add)),
                           make_return(maker, read(sum))),
                "    struct test_locals *locals = frame;\n"
                "    int64_t g_result = 0;\n"
                "\n"
                "    switch (state) {\n"
                "    case 0: break;\n"
                "    case 1: goto resumed_1;\n"
                "    default: return DSY_BROKEN;\n"
                "    }\n"
                "    locals->sum = 0;\n"
                "    locals->i = 0;\n"
                "    while (locals->i < 5) {\n"
                "        /* 1:  */\n"
                "        {\n"
                "            struct dsy_cbor_writer *writer = dsy_value(run);\n"
                "            dsy_cbor_write_array_begin(writer, 1);\n"
                "            dsy_int64_write_cbor(writer, locals->i);\n"
                "            dsy_cbor_write_array_end(writer);\n"
                "            dsy_await_step(run, &g_step);\n"
                "        }\n"
                "        run->state = 1;\n"
                "        return DSY_SUSPENDED;\n"
                "\n"
                "    resumed_1:\n"
                "        if (run->failed) return DSY_THREW;\n"
                "        g_result = dsy_int64_read_cbor(run->reader);\n"
                "        if (run->reader->failed) return DSY_BROKEN;\n"
                "        locals->sum = dsy_int64_add(run, locals->sum, g_result);\n"
                "        if (run->failed) return DSY_THREW;\n"
                "        locals->i = locals->i + 1;\n"
                "        if (!dsy_spend(run)) return DSY_THREW;\n"
                "    }\n"
                "    *(int64_t *)dsy_return(run, sizeof(int64_t)) = locals->sum;\n"
                "    return DSY_RETURNED;\n");
}

Test(emit_functions, if_and_else)
{
    struct variable *i = maker_parameter(maker, "i", maker->int_type);
    struct variable *list = maker_parameter(maker, "list", maker->ints_type);
    list->is_mutated = true;
    done push = make_do(maker, make_method(maker, METHOD_ARRAY_PUSH, read(list), maker->void_type, read(i)));
    done set = make_assign(maker, make_index(maker, read(list), read(i)), make_int(maker, 7));
    made condition = make_binary(maker, BINARY_GREATER, make_index(maker, read(list), read(i)), make_int(maker, 0));
    expect_body(maker->ints_type,
                make_block(maker, 2, make_if(maker, condition, make_block(maker, 1, push), make_block(maker, 1, set)),
                           make_return(maker, read(list))),
                "    struct test_locals *locals = frame;\n"
                "    bool condition = false;\n"
                "\n"
                "    switch (state) {\n"
                "    case 0: break;\n"
                "    default: return DSY_BROKEN;\n"
                "    }\n"
                "    array_int_shared(locals->list); /* it is changed here */\n"
                "    condition = array_int_at(run, locals->list, locals->i) > 0;\n"
                "    if (run->failed) return DSY_THREW;\n"
                "    if (condition) {\n"
                "        array_int_push(run, &locals->list, locals->i);\n"
                "        if (run->failed) return DSY_THREW;\n"
                "    } else {\n"
                "        array_int_set(run, &locals->list, locals->i, 7);\n"
                "        if (run->failed) return DSY_THREW;\n"
                "    }\n"
                "    *(struct array_int *)dsy_return(run, sizeof(struct array_int)) = array_int_shared(locals->list);\n"
                "    return DSY_RETURNED;\n");
}

Test(emit_functions, errors_go_to_their_handler)
{
    struct variable *x = maker_variable(maker, "x", maker->int_type);
    struct variable *error = maker_variable(maker, "e", maker->error_type);
    done assign = make_assign(maker, read(x), make_call(maker, make_await(maker, make_int(maker, 1))));
    done attempt = make_try(maker, make_block(maker, 1, assign), error,
                            make_block(maker, 1, make_simple(maker, STATEMENT_RETHROW)), NULL);
    expect_body(maker->int_type,
                make_block(maker, 3, make_declare(maker, x, make_int(maker, 0)), attempt, make_return(maker, read(x))),
                "    (void)frame;\n"
                "    int64_t x = 0;\n"
                "    struct dsy_error_value e = { 0 };\n"
                "    int64_t g_result = 0;\n"
                "    int64_t f_result = 0;\n"
                "\n"
                "    switch (state) {\n"
                "    case 0: break;\n"
                "    case 1: goto resumed_1;\n"
                "    default: return DSY_BROKEN;\n"
                "    }\n"
                "    x = 0;\n"
                "    /* 1:  */\n"
                "    {\n"
                "        struct dsy_cbor_writer *writer = dsy_value(run);\n"
                "        dsy_cbor_write_array_begin(writer, 1);\n"
                "        dsy_int64_write_cbor(writer, 1);\n"
                "        dsy_cbor_write_array_end(writer);\n"
                "        dsy_await_step(run, &g_step);\n"
                "    }\n"
                "    run->state = 1;\n"
                "    return DSY_SUSPENDED;\n"
                "\n"
                "resumed_1:\n"
                "    if (run->failed) goto catch;\n"
                "    g_result = dsy_int64_read_cbor(run->reader);\n"
                "    if (run->reader->failed) return DSY_BROKEN;\n"
                "    f_result = f(run, g_result);\n"
                "    if (run->failed) goto catch;\n"
                "    x = f_result;\n"
                "    *(int64_t *)dsy_return(run, sizeof(int64_t)) = x;\n"
                "    return DSY_RETURNED;\n"
                "\n"
                "catch:\n"
                "    e = dsy_catch(run);\n"
                "    dsy_throw_again(run, &e);\n"
                "    return DSY_THREW;\n");
}

Test(emit_functions, leaving_a_loop_at_the_end_of_another)
{
    struct variable *i = maker_parameter(maker, "i", maker->int_type);
    struct variable *j = maker_parameter(maker, "j", maker->int_type);
    done leave = make_if(maker, make_binary(maker, BINARY_EQUAL, read(j), make_int(maker, 2)),
                         make_simple(maker, STATEMENT_BREAK), NULL);
    done step = make_assign_add(maker, read(j), make_int(maker, 1));
    done inner = make_while(maker, make_binary(maker, BINARY_LESS, read(j), make_int(maker, 5)),
                            make_block(maker, 2, leave, step));
    done outer = make_while(maker, make_binary(maker, BINARY_LESS, read(i), make_int(maker, 5)),
                            make_block(maker, 2, inner, make_assign_add(maker, read(i), make_int(maker, 1))));
    expect_body(maker->int_type, make_block(maker, 2, outer, make_return(maker, read(i))),
                "    struct test_locals *locals = frame;\n"
                "\n"
                "    switch (state) {\n"
                "    case 0: break;\n"
                "    default: return DSY_BROKEN;\n"
                "    }\n"
                "    while (locals->i < 5) {\n"
                "        while (locals->j < 5) {\n"
                "            if (locals->j == 2) break;\n"
                "            locals->j = dsy_int64_add(run, locals->j, 1);\n"
                "            if (run->failed) return DSY_THREW;\n"
                "            if (!dsy_spend(run)) return DSY_THREW;\n"
                "        }\n"
                "        locals->i = dsy_int64_add(run, locals->i, 1);\n"
                "        if (run->failed) return DSY_THREW;\n"
                "        if (!dsy_spend(run)) return DSY_THREW;\n"
                "    }\n"
                "    *(int64_t *)dsy_return(run, sizeof(int64_t)) = locals->i;\n"
                "    return DSY_RETURNED;\n");
}
