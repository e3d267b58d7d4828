/* Tests of compiler/lower as a whole: every machine of every program of the tree keeps what machine.h promises. */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdlib.h>

#include "compiler/check/check.h"
#include "compiler/compile.h"
#include "compiler/lower/lower.h"

/* Lower a program and verify its machines. Returns how many there were; 0 for a program with errors. */
static size_t
verify_program(const char *path)
{
    struct compilation compilation;
    struct compile_request request = { .path = path, .goal = COMPILE_AST };
    size_t count = 0;
    if (compile(&compilation, &request) != COMPILE_OK) {
        compilation_free(&compilation);
        return 0;
    }
    struct arena *arena = &compilation.arena;
    if (setjmp(compilation.out_of_memory) != 0)
        abort();
    const struct program *program =
        check(arena, &compilation.diagnostics, compilation.ast, loader_import, &compilation.loader);
    if (program != NULL && compilation.diagnostics.error_count == 0) {
        const struct machines *machines = lower(arena, &compilation.sources, program);
        for (size_t index = 0; index < machines->machine_count; index++) {
            struct text_builder problems;
            text_builder_initialise(&problems, arena);
            bool is_good = machine_verify(arena, machines->machines[index], &problems);
            cr_expect(is_good, "%s: %s", path, text_builder_text(&problems).data);
        }
        count = machines->machine_count;
    }
    compilation_free(&compilation);
    return count;
}

static void
verify_all(const char *pattern)
{
    glob_t found;
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "no file matches %s", pattern);
    for (size_t index = 0; index < found.gl_pathc; index++)
        cr_expect_gt(verify_program(found.gl_pathv[index]), 0, "%s has errors, or no function", found.gl_pathv[index]);
    globfree(&found);
}

/* Tests run in the root of the tree. */
Test(lower, golden_runs)
{
    verify_all("tests/golden/run/*.dsy");
}

Test(lower, golden_emits)
{
    verify_all("tests/golden/emit/*.dsy");
}

Test(lower, examples)
{
    verify_all("examples/*/*.dsy");
}
