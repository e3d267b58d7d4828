/* Functions: parameters, results, throws, bodies. See declaration.h. */
#include <stdlib.h>

#include "compiler/check/constant.h"
#include "compiler/check/declaration.h"
#include "compiler/check/effect.h"
#include "compiler/check/evaluate.h"
#include "compiler/check/node.h"
#include "compiler/check/resolve.h"
#include "compiler/check/task.h"
#include "compiler/check/usage.h"

/* The default policy of steps: for ever, 100 ms doubling to 1 min. */
#define RETRY_FIRST_NS INT64_C(100000000)
#define RETRY_MOST_NS INT64_C(60000000000)
#define RETRY_FACTOR 2.0

/* ---- the head ---- */

static void
report_modifier(struct checker *checker, struct span span, const char *modifier, const char *help)
{
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_MODIFIER_MISPLACED, span, modifier);
    diagnostic_help(found, help);
}

static void
check_modifiers(struct checker *checker, const struct function_check *function, bool is_method)
{
    const struct ast_modifiers *modifiers = &function->declaration->as.function.modifiers;
    if (is_method)
        return; /* checked with the interface */
    if (ast_is_written(modifiers->private_) && (function->scope == NULL || function->public.colour != COLOUR_ROUTINE))
        report_modifier(checker, modifiers->private_, "private",
                        function->scope == NULL ? "only routines of services can be called from outside: leave it out"
                                                : "only async routines are public: leave it out");
    if (ast_is_written(modifiers->extern_) && function->scope != NULL)
        report_modifier(checker, modifiers->extern_, "extern",
                        "declare the function at the top of the file; every service can call it");
}

static void
check_body_written(struct checker *checker, const struct function_check *function, bool is_method)
{
    const struct ast_statement *body = function->declaration->as.function.body;
    bool is_extern = function->public.colour == COLOUR_STEP || function->public.colour == COLOUR_NATIVE;
    if (body != NULL && (is_extern || is_method)) {
        struct diagnostic *found = diagnostic_add(
            checker->diagnostics, DIAGNOSTIC_BODY_UNEXPECTED, function->public.span,
            is_method ? "the method" : (function->public.colour == COLOUR_STEP ? "the step" : "the native function"),
            function->public.name);
        diagnostic_help(found, "end it with ';'");
    } else if (body == NULL && !is_extern && !is_method) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_BODY_MISSING, function->public.span, function->public.name);
        diagnostic_help(found, "write it, or declare the function as extern if it is written in C");
    }
}

/* A set of variables without a body: the parameters. Those of a function with a body become its first variables. */
static void
resolve_parameters(struct checker *checker, struct function_check *function)
{
    const struct ast_parameter_list *written = &function->declaration->as.function.parameters;
    struct variable **parameters = arena_new_array(checker->arena, struct variable *, written->count);
    struct c_names c_names;
    c_names_initialise(&c_names, checker->arena, &checker->c_names);
    struct map names; /* name → struct variable */
    map_initialise(&names, checker->arena);
    for (size_t index = 0; index < written->count; index++) {
        const struct ast_parameter *source = &written->items[index];
        struct variable *parameter = arena_new(checker->arena, struct variable);
        check_annotations_none(checker, &source->annotations);
        parameter->name = source->name.text;
        parameter->c_name = c_names_claim(&c_names, c_name_of(checker->arena, parameter->name));
        parameter->type = resolve_value_type(checker, function->module, source->type);
        parameter->is_parameter = true;
        parameter->index = (uint32_t)index;
        parameter->span = source->name.span;
        parameters[index] = parameter;
        const struct variable *other = map_put(&names, parameter->name, parameter);
        if (other != NULL) {
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_NAME_TAKEN, source->name.span, parameter->name);
            diagnostic_note(found, other->span, "'%t' is declared here already", parameter->name);
            diagnostic_help(found, "give one of them another name");
        }
    }
    function->public.parameters = (const struct variable *const *)parameters;
    function->public.parameter_count = written->count;
    function->public.variables = parameters;
    function->public.variable_count = written->count;
}

static int
compare_errors(const void *left, const void *right)
{
    return text_compare((*(const struct type *const *)left)->name, (*(const struct type *const *)right)->name);
}

static void
resolve_throws(struct checker *checker, struct function_check *function)
{
    const struct ast_path_list *written = &function->declaration->as.function.throws;
    if (function->public.colour == COLOUR_NATIVE && function->has_throws) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NATIVE_THROWS,
                           function->declaration->as.function.throws_span, function->public.name);
        diagnostic_help(found, "let its result say that it failed, or make it a step: extern async");
        return;
    }
    const struct type **throws = arena_new_array(checker->arena, const struct type *, written->count);
    size_t count = 0;
    for (size_t index = 0; index < written->count; index++) {
        const struct type *error = resolve_error(checker, function->module, &written->items[index]);
        bool is_twice = false;
        for (size_t other = 0; other < count; other++)
            is_twice = is_twice || throws[other] == error;
        if (is_twice) {
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_THROWS_TWICE, written->items[index].span, error->name);
            diagnostic_help(found, "leave one of them out");
        } else if (!is_poison(error) && !error->declaration.structure->is_built_in) {
            throws[count++] = error; /* the built-in ones need not be named, and change nothing */
        }
    }
    if (count > 1)
        qsort(throws, count, sizeof throws[0], compare_errors);
    function->public.throws = throws;
    function->public.throw_count = count;
}

void
resolve_function(struct checker *checker, struct function_check *function)
{
    bool is_method = function->public.interface != NULL;
    check_modifiers(checker, function, is_method);
    check_body_written(checker, function, is_method);
    const struct ast_type *result = function->declaration->as.function.result;
    bool is_void = result->kind == AST_TYPE_BUILT_IN && result->built_in == AST_VOID;
    function->public.result = is_void ? checker->void_type : resolve_value_type(checker, function->module, result);
    resolve_parameters(checker, function);
    resolve_throws(checker, function);
    function->public.retry =
        (struct retry_policy){ .first_ns = RETRY_FIRST_NS, .most_ns = RETRY_MOST_NS, .factor = RETRY_FACTOR };
}

/* ---- defaults ---- */

void
evaluate_parameters(struct checker *checker, struct function_check *function)
{
    const struct ast_parameter_list *written = &function->declaration->as.function.parameters;
    for (size_t index = 0; index < written->count; index++) {
        const struct ast_expression *source = written->items[index].default_value;
        struct variable *parameter = function->public.variables[index];
        if (source != NULL)
            parameter->default_value = evaluate_expression(checker, function->module, function->scope, source,
                                                           parameter->type, "the default of a parameter");
    }
    evaluate_annotations(checker, function);
}

/* ---- bodies ---- */

/* Put the parameters, which exist already, in sight. */
static void
enter_parameters(struct body *body)
{
    const struct function *function = &body->function->public;
    for (size_t index = 0; index < function->parameter_count; index++) {
        struct variable *parameter = function->variables[index];
        c_names_claim(&body->c_names, parameter->c_name);
        vector_add(body->checker->arena, &body->variables, parameter);
        vector_add(body->checker->arena, &body->locals, (struct local){ .kind = LOCAL_PARAMETER });
        map_put(&body->checker->locals, parameter->name, parameter);
        vector_add(body->checker->arena, &body->visible, ((struct visible_name){ parameter->name, NULL }));
    }
}

static void
check_function(struct checker *checker, struct function_check *function)
{
    if (function->declaration == NULL)
        return; /* it was made of others, and is whole */
    const struct ast_statement *source = function->declaration->as.function.body;
    if (source == NULL || function->public.colour == COLOUR_STEP || function->public.colour == COLOUR_NATIVE)
        return;
    struct body body = {
        .checker = checker,
        .module = function->module,
        .scope = function->scope,
        .function = function,
        .facts = facts_none(),
    };
    c_names_initialise(&body.c_names, checker->arena, &checker->c_names);
    effect_begin(&body);
    size_t mark = locals_enter(&body);
    enter_parameters(&body);
    function->public.body = check_block(&body, &source->as.block.statements, source->span);
    locals_leave(&body, mark);
    function->public.variables = body.variables.items;
    function->public.variable_count = body.variables.count;
    compensations_finish(&body);
    usage_note(&body);
    const struct type *result = function->public.result;
    if (body.facts.is_reachable && result->kind != TYPE_VOID && !is_poison(result)) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_MISSING_RETURN, source->as.block.end,
                                                  function->public.name);
        diagnostic_help(found, "return a value of %t at the end", result->name);
    }
}

void
functions_check(struct checker *checker)
{
    for (size_t index = 0; index < checker->functions.count; index++)
        check_function(checker, checker->functions.items[index]);
}
