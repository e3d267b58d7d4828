/* Functions: parameters, results, throws, annotations of steps, bodies. See declaration.h. */
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

/* ---- annotations of steps ---- */

static void
report_argument(struct checker *checker, const struct ast_annotation *annotation, struct span span, const char *problem)
{
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_ANNOTATION_ARGUMENT, span, annotation->name.text, problem);
    diagnostic_help(found, text_equal_string(annotation->name.text, "timeout")
                               ? "write @timeout(30s)"
                               : "write @retry(attempts: 8, first: 200ms, factor: 2.0, most: 1min)");
}

static const struct expression *
annotation_value(struct checker *checker, struct function_check *function, const struct ast_argument *argument,
                 enum type_kind kind)
{
    return evaluate_expression(checker, function->module, NULL, argument->value, type_scalar(&checker->types, kind),
                               "an argument of an annotation");
}

/* A duration greater than zero; leaves *result alone after a report. */
static void
take_duration(struct checker *checker, struct function_check *function, const struct ast_annotation *annotation,
              const struct ast_argument *argument, int64_t *result)
{
    const struct expression *value = annotation_value(checker, function, argument, TYPE_DURATION);
    if (value->kind != EXPRESSION_LITERAL)
        return;
    if (value->as.literal.integer <= 0)
        report_argument(checker, annotation, argument->span, "wants a duration greater than 0s");
    else
        *result = value->as.literal.integer;
}

static void
take_retry_argument(struct checker *checker, struct function_check *function, const struct ast_annotation *annotation,
                    const struct ast_argument *argument)
{
    struct retry_policy *retry = &function->public.retry;
    struct text name = argument->name.text;
    if (text_equal_string(name, "attempts")) {
        const struct expression *value = annotation_value(checker, function, argument, TYPE_INT64);
        if (value->kind == EXPRESSION_LITERAL && value->as.literal.integer < 1)
            report_argument(checker, annotation, argument->span, "wants one attempt at least");
        else if (value->kind == EXPRESSION_LITERAL)
            retry->attempts = value->as.literal.integer;
    } else if (text_equal_string(name, "first")) {
        take_duration(checker, function, annotation, argument, &retry->first_ns);
    } else if (text_equal_string(name, "most")) {
        take_duration(checker, function, annotation, argument, &retry->most_ns);
    } else if (text_equal_string(name, "factor")) {
        const struct expression *value = annotation_value(checker, function, argument, TYPE_DOUBLE);
        if (value->kind == EXPRESSION_LITERAL && !(value->as.literal.real >= 1.0))
            report_argument(checker, annotation, argument->span, "wants a factor of 1.0 at least");
        else if (value->kind == EXPRESSION_LITERAL)
            retry->factor = value->as.literal.real;
    } else {
        report_argument(checker, annotation, argument->span, "takes attempts, first, factor and most, by name");
    }
}

static void
take_retry(struct checker *checker, struct function_check *function, const struct ast_annotation *annotation)
{
    struct retry_policy *retry = &function->public.retry;
    if (retry->is_written)
        report_argument(checker, annotation, annotation->span, "stands twice");
    retry->is_written = true;
    bool has_most = false;
    for (size_t index = 0; index < annotation->arguments.count; index++) {
        const struct ast_argument *argument = &annotation->arguments.items[index];
        for (size_t other = 0; other < index; other++) {
            if (text_equal(annotation->arguments.items[other].name.text, argument->name.text))
                report_argument(checker, annotation, argument->span, "has this argument twice");
        }
        has_most = has_most || text_equal_string(argument->name.text, "most");
        take_retry_argument(checker, function, annotation, argument);
    }
    if (retry->most_ns >= retry->first_ns)
        return;
    if (has_most)
        report_argument(checker, annotation, annotation->span, "wants 'most' not to be less than 'first'");
    else
        retry->most_ns = retry->first_ns;
}

static void
take_timeout(struct checker *checker, struct function_check *function, const struct ast_annotation *annotation)
{
    if (function->public.timeout_ns != 0)
        report_argument(checker, annotation, annotation->span, "stands twice");
    if (annotation->arguments.count != 1 || annotation->arguments.items[0].name.text.size_bytes > 0)
        report_argument(checker, annotation, annotation->span, "takes one duration");
    else
        take_duration(checker, function, annotation, &annotation->arguments.items[0], &function->public.timeout_ns);
}

static void
evaluate_annotations(struct checker *checker, struct function_check *function)
{
    const struct ast_annotation_list *annotations = &function->declaration->annotations;
    if (function->public.colour != COLOUR_STEP) {
        check_annotations_none(checker, annotations);
        return;
    }
    for (size_t index = 0; index < annotations->count; index++) {
        const struct ast_annotation *annotation = &annotations->items[index];
        struct text name = annotation->name.text;
        if (text_equal_string(name, "retry")) {
            take_retry(checker, function, annotation);
        } else if (text_equal_string(name, "timeout")) {
            take_timeout(checker, function, annotation);
        } else if (text_equal_string(name, "limit") || text_equal_string(name, "idempotent") ||
                   text_equal_string(name, "at_most_once")) {
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_STEP_KIND_UNSUPPORTED, annotation->span, name);
        } else {
            struct ast_annotation_list one = { .items = (struct ast_annotation *)annotation, .count = 1 };
            check_annotations_none(checker, &one);
        }
    }
}

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
