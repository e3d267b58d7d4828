/* check(ast → program): the order of the passes. Each says what it needs by standing behind it.
 * An error never stops a pass; only a program without errors is handed on. */
#include "compiler/check/check.h"

#include "compiler/check/checker.h"
#include "compiler/check/declaration.h"
#include "compiler/check/effect.h"
#include "compiler/check/evaluate.h"
#include "compiler/check/module.h"
#include "compiler/check/order.h"
#include "compiler/check/program_build.h"
#include "compiler/check/symbol.h"
#include "compiler/check/usage.h"

const struct program *
check(struct arena *arena, struct diagnostics *diagnostics, const struct ast_file *main_file, check_import import,
      void *loader)
{
    struct checker *checker = arena_new(arena, struct checker);
    checker_initialise(checker, arena, diagnostics, import, loader);

    modules_load(checker, main_file); /* files */
    symbols_add_built_in(checker);
    symbols_collect(checker);      /* names */
    declarations_declare(checker); /* an object for each name */
    declarations_resolve(checker); /* types of members, parameters, results */
    types_check_recursion(checker);
    if (diagnostics->error_count == 0)
        types_check_sizes(checker);
    evaluate_all(checker); /* constants, enumerators, defaults of members */
    declarations_evaluate(checker);
    functions_check(checker);  /* bodies: expressions, statements, flow, colours */
    effects_infer(checker);    /* throws */
    services_conform(checker); /* interfaces */

    if (diagnostics->error_count == 0) {
        effects_warn(checker);
        usage_warn(checker);
    }
    bool is_right = diagnostics->error_count == 0 && !modules_miss_imports(checker);
    return is_right ? program_build(checker) : NULL;
}
