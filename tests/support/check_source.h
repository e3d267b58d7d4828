/* Small programs, checked: for unit tests of check/. A failure names the program. The functions stand here, because the
 * library of test support knows nothing of Criterion. */
#ifndef DSY_TESTS_SUPPORT_CHECK_SOURCE_H
#define DSY_TESTS_SUPPORT_CHECK_SOURCE_H

#include <criterion/criterion.h>
#include <stdio.h>

#include "compiler/check/check.h"
#include "compiler/syntax/parse.h"

/* One program, checked. */
struct checked {
    struct arena arena;
    struct interner names;
    struct sources sources;
    struct diagnostics diagnostics;
    const struct program *program;
    char codes[400]; /* of all diagnostics, in order of their places, with blanks between */
};

/* A source, and the codes that must be found in it. */
struct expectation {
    const char *source;
    const char *codes;
};

#define EXPECT_ALL(before, expectations) expect_all(before, expectations, sizeof expectations / sizeof expectations[0])

static inline const struct ast_file *
import_nothing(void *loader, const struct ast_file *importer, struct text path, struct span where)
{
    (void)loader, (void)importer, (void)path, (void)where;
    cr_assert_fail("no program here imports anything");
    return NULL;
}

static inline void
check_source(struct checked *checked, const char *source)
{
    memset(checked, 0, sizeof *checked);
    arena_initialise(&checked->arena, NULL); /* out of memory ends the test */
    interner_initialise(&checked->names, &checked->arena);
    sources_initialise(&checked->sources, &checked->arena);
    diagnostics_initialise(&checked->diagnostics, &checked->arena, &checked->sources);
    struct source_file *file = sources_add(&checked->sources, TEXT("test.dsy"), source, strlen(source));
    struct ast_file *ast = parse(&checked->arena, &checked->names, file, &checked->diagnostics);
    checked->program = check(&checked->arena, &checked->diagnostics, ast, import_nothing, NULL);
    diagnostics_sort(&checked->diagnostics);
    for (size_t index = 0; index < checked->diagnostics.count; index++) {
        size_t used = strlen(checked->codes);
        snprintf(checked->codes + used, sizeof checked->codes - used, "%s%s", used > 0 ? " " : "",
                 diagnostic_descriptions[checked->diagnostics.items[index]->code].code);
    }
}

static inline void
checked_free(struct checked *checked)
{
    arena_free(&checked->arena);
}

/* Check each, with the same declarations before it. */
static inline void
expect_all(const char *before, const struct expectation *expectations, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        struct checked checked;
        char source[2000];
        snprintf(source, sizeof source, "%s%s", before, expectations[index].source);
        check_source(&checked, source);
        cr_expect(strcmp(checked.codes, expectations[index].codes) == 0, "\n%s\nexpected '%s', got '%s'", source,
                  expectations[index].codes, checked.codes);
        cr_expect((checked.program != NULL) == (checked.diagnostics.error_count == 0),
                  "\n%s\nthere is a program exactly when there is no error", source);
        checked_free(&checked);
    }
}

/* A function of the program by its plain name; the test fails if there is none. */
static inline const struct function *
find_function(const struct program *program, const char *name)
{
    for (size_t index = 0; index < program->function_count; index++) {
        if (text_equal_string(program->functions[index]->name, name))
            return program->functions[index];
    }
    cr_assert_fail("no function '%s'", name);
    return NULL;
}

/* The errors that can leave a function, "A B". */
static inline void
expect_throws(const char *source, const char *name, const char *expected)
{
    struct checked checked;
    check_source(&checked, source);
    cr_assert(checked.program != NULL, "\n%s\n%s", source, checked.codes);
    const struct function *function = find_function(checked.program, name);
    char got[200] = "";
    for (size_t index = 0; index < function->throw_count; index++) {
        size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%s%.*s", used > 0 ? " " : "",
                 TEXT_ARGUMENTS(function->throws[index]->name));
    }
    cr_expect(strcmp(got, expected) == 0, "\n%s\n%s: expected '%s', got '%s'", source, name, expected, got);
    checked_free(&checked);
}

#endif
