/* compiler/compile.c and tool/explain.c: how far a compilation goes, and what it returns. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "compiler/compile.h"
#include "compiler/tool/explain.h"

static enum compile_status
compile_path(struct compilation *compilation, const char *path, enum compile_goal goal)
{
    struct compile_request request = { .path = path, .goal = goal };
    return compile(compilation, &request);
}

Test(compile, each_goal_gives_its_text)
{
    static const struct {
        enum compile_goal goal;
        const char *part;
    } goals[] = {
        { COMPILE_AST, "service Orders" }, { COMPILE_CFG, "checkout" }, { COMPILE_FSM, "checkout" },
        { COMPILE_DOT, "digraph" },        { COMPILE_C, "#include" },
    };
    for (size_t index = 0; index < sizeof goals / sizeof goals[0]; index++) {
        struct compilation compilation;
        enum compile_status status = compile_path(&compilation, "examples/orders/orders.dsy", goals[index].goal);
        cr_assert_eq(status, COMPILE_OK, "goal %d", (int)goals[index].goal);
        const char *text = text_builder_text(&compilation.output).data;
        cr_expect(strstr(text, goals[index].part) != NULL, "'%s' is not in:\n%s", goals[index].part, text);
        compilation_free(&compilation);
    }
}

Test(compile, files_are_named_after_the_source)
{
    struct compilation compilation;
    cr_assert_eq(compile_path(&compilation, "examples/orders/orders.dsy", COMPILE_FILES), COMPILE_OK);
    cr_assert(compilation.files != NULL && compilation.files->file_count >= 2);
    bool has_source = false;
    bool has_header = false;
    for (size_t index = 0; index < compilation.files->file_count; index++) {
        has_source |= text_equal_string(compilation.files->files[index].name, "orders.c");
        has_header |= text_equal_string(compilation.files->files[index].name, "orders.h");
    }
    cr_expect(has_source && has_header);
    compilation_free(&compilation);
}

Test(compile, errors_of_the_program_stop_it)
{
    struct compilation compilation;
    cr_expect_eq(compile_path(&compilation, "tests/golden/error/E0010.dsy", COMPILE_FILES), COMPILE_HAS_ERRORS);
    cr_expect_gt(compilation.diagnostics.error_count, 0);
    cr_expect_eq(compilation.files, NULL);
    compilation_free(&compilation);
    cr_expect_eq(compile_path(&compilation, "tests/golden/error/E0010.dsy", COMPILE_AST), COMPILE_HAS_ERRORS);
    cr_expect_gt(compilation.output.size_bytes, 0, "what was understood is printed all the same");
    compilation_free(&compilation);
}

Test(compile, a_missing_file_has_its_errno)
{
    struct compilation compilation;
    cr_expect_eq(compile_path(&compilation, "no-such-file.dsy", COMPILE_CHECK), COMPILE_CANNOT_READ);
    cr_expect_eq(compilation.error_number, ENOENT);
    compilation_free(&compilation);
}

Test(compile, may_be_repeated_in_one_process)
{
    for (int round = 0; round < 20; round++) {
        struct compilation compilation;
        const char *path = round % 2 == 0 ? "examples/greeting/greeting.dsy" : "tests/golden/error/E0011.dsy";
        enum compile_status wanted = round % 2 == 0 ? COMPILE_OK : COMPILE_HAS_ERRORS;
        cr_assert_eq(compile_path(&compilation, path, COMPILE_CHECK), wanted, "round %d", round);
        compilation_free(&compilation);
    }
}

/* AddressSanitizer's shadow memory does not fit the limit; clang says so in its own way. */
#if defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define __SANITIZE_ADDRESS__
#    endif
#endif
#ifndef __SANITIZE_ADDRESS__
Test(compile, out_of_memory_is_a_status)
{
    struct rlimit limit = { 64u << 20, 64u << 20 };
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    char path[] = "/tmp/dsy-large-XXXXXX";
    int descriptor = mkstemp(path);
    cr_assert(descriptor >= 0);
    FILE *stream = fdopen(descriptor, "wb");
    cr_assert(stream != NULL);
    for (int index = 0; index < 400000; index++)
        fprintf(stream, "int f%d(int a) { return a + %d; }\n", index, index);
    cr_assert_eq(fclose(stream), 0);
    struct compilation compilation;
    enum compile_status status = compile_path(&compilation, path, COMPILE_CHECK);
    remove(path);
    cr_expect_eq(status, COMPILE_OUT_OF_MEMORY);
    compilation_free(&compilation);
}
#endif

Test(explain, knows_every_code_and_no_other)
{
    struct arena arena;
    arena_initialise(&arena, NULL);
    for (size_t index = 0; index < DIAGNOSTIC_CODE_COUNT; index++) {
        struct text_builder builder;
        text_builder_initialise(&builder, &arena);
        cr_assert(explain(&builder, diagnostic_descriptions[index].code), "%s", diagnostic_descriptions[index].code);
        const char *text = text_builder_text(&builder).data;
        cr_expect(strstr(text, diagnostic_descriptions[index].explanation) != NULL, "%s", text);
        cr_expect_eq(text[builder.size_bytes - 1], '\n');
    }
    struct text_builder builder;
    text_builder_initialise(&builder, &arena);
    cr_expect_not(explain(&builder, "E9999"));
    cr_expect_eq(builder.size_bytes, 0);
    explain_list(&builder);
    cr_expect(strstr(text_builder_text(&builder).data, "E0010  expected …, found …\n") != NULL);
    arena_free(&arena);
}
