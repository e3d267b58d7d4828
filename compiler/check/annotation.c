/* Annotations: what `@…` says of steps and native functions, and where none can stand. See declaration.h;
 * @schedule stands in subscription.c. */
#include "compiler/check/declaration.h"
#include "compiler/check/evaluate.h"

/* What a limit may say. Beyond these it limits nothing, or lets nothing through. */
#define LIMIT_CONCURRENCY_MOST 1000000
#define LIMIT_PER_SECOND_LEAST 0.001
#define LIMIT_PER_SECOND_MOST 1e6

/* ---- what has no place ---- */

static bool
is_of_step(struct text name)
{
    static const char *const names[] = { "retry", "timeout", "limit", "idempotent", "at_most_once" };
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        if (text_equal_string(name, names[index]))
            return true;
    }
    return false;
}

static void
check_annotation_none(struct checker *checker, const struct ast_annotation *annotation)
{
    struct text name = annotation->name.text;
    if (text_equal_string(name, "was")) {
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_UPGRADES_UNSUPPORTED, annotation->span, "'@was'");
    } else if (text_equal_string(name, "schedule")) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_SCHEDULE, annotation->span,
                                                  "stands at an async routine of a service");
        diagnostic_help(found, "write the routine that is to run, within a service");
    } else if (is_of_step(name)) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_ANNOTATION_MISPLACED, annotation->span, name);
        diagnostic_help(found, "put it at the step (extern async) that is awaited");
    } else {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_UNKNOWN_ANNOTATION, annotation->name.span, name);
        diagnostic_help(found, "steps have @retry, @timeout, @limit, @idempotent and @at_most_once");
    }
}

void
check_annotations_none(struct checker *checker, const struct ast_annotation_list *annotations)
{
    for (size_t index = 0; index < annotations->count; index++)
        check_annotation_none(checker, &annotations->items[index]);
}

/* ---- what steps are told ---- */

struct form {
    const char *name;
    const char *example;
};

static const struct form forms[] = {
    { "retry", "@retry(attempts: 8, first: 200ms, factor: 2.0, most: 1min)" },
    { "timeout", "@timeout(30s)" },
    { "limit", "@limit(concurrency: 10, per_second: 50)" },
    { "idempotent", "@idempotent" },
    { "at_most_once", "@at_most_once" },
    { "effect", "@effect" },
};

static void
report_argument(struct checker *checker, const struct ast_annotation *annotation, struct span span, const char *problem)
{
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_ANNOTATION_ARGUMENT, span, annotation->name.text, problem);
    for (size_t index = 0; index < sizeof forms / sizeof forms[0]; index++) {
        if (text_equal_string(annotation->name.text, forms[index].name))
            diagnostic_help(found, "write %s", forms[index].example);
    }
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

/* A number that is greater than zero, as an int or a double; 0 after a report. */
static double
take_rate(struct checker *checker, struct function_check *function, const struct ast_annotation *annotation,
          const struct ast_argument *argument)
{
    const struct expression *value =
        evaluate_expression(checker, function->module, NULL, argument->value, NULL, "an argument of an annotation");
    double rate = 0;
    if (is_poison(value->type))
        return 0;
    if (value->kind == EXPRESSION_LITERAL && value->type->kind == TYPE_INT64)
        rate = (double)value->as.literal.integer;
    else if (value->kind == EXPRESSION_LITERAL && value->type->kind == TYPE_DOUBLE)
        rate = value->as.literal.real;
    if (rate >= LIMIT_PER_SECOND_LEAST && rate <= LIMIT_PER_SECOND_MOST)
        return rate;
    report_argument(checker, annotation, argument->span, "wants a rate of 0.001 to 1000000 in a second");
    return 0;
}

static void
take_limit_argument(struct checker *checker, struct function_check *function, const struct ast_annotation *annotation,
                    const struct ast_argument *argument)
{
    if (text_equal_string(argument->name.text, "concurrency")) {
        const struct expression *value = annotation_value(checker, function, argument, TYPE_INT64);
        if (value->kind != EXPRESSION_LITERAL)
            return;
        function->public.limit_concurrency = value->as.literal.integer;
        if (value->as.literal.integer < 1 || value->as.literal.integer > LIMIT_CONCURRENCY_MOST)
            report_argument(checker, annotation, argument->span, "wants a concurrency of 1 to 1000000");
    } else if (text_equal_string(argument->name.text, "per_second")) {
        function->public.limit_per_second = take_rate(checker, function, annotation, argument);
    } else {
        report_argument(checker, annotation, argument->span, "takes concurrency and per_second, by name");
    }
}

static void
take_limit(struct checker *checker, struct function_check *function, const struct ast_annotation *annotation)
{
    const struct ast_argument_list *arguments = &annotation->arguments;
    if (function->public.limit_concurrency != 0 || function->public.limit_per_second > 0)
        report_argument(checker, annotation, annotation->span, "stands twice");
    if (arguments->count == 0)
        report_argument(checker, annotation, annotation->span, "limits nothing");
    for (size_t index = 0; index < arguments->count; index++) {
        const struct ast_argument *argument = &arguments->items[index];
        if (index > 0 && text_equal(arguments->items[0].name.text, argument->name.text))
            report_argument(checker, annotation, argument->span, "has this argument twice");
        else
            take_limit_argument(checker, function, annotation, argument);
    }
}

static void
take_no_arguments(struct checker *checker, const struct ast_annotation *annotation)
{
    if (annotation->arguments.count > 0)
        report_argument(checker, annotation, annotation->arguments.items[0].span, "takes no arguments");
}

static void
take_effect(struct checker *checker, struct function_check *function, const struct ast_annotation *annotation,
            enum step_effect effect)
{
    take_no_arguments(checker, annotation);
    if (function->public.step_effect != STEP_EFFECT_AT_LEAST_ONCE) {
        bool is_same = function->public.step_effect == effect;
        const char *problem = is_same                              ? "stands twice"
                              : effect == STEP_EFFECT_AT_MOST_ONCE ? "contradicts '@idempotent'"
                                                                   : "contradicts '@at_most_once'";
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_ANNOTATION_ARGUMENT,
                                                  annotation->span, annotation->name.text, problem);
        diagnostic_help(found, is_same ? "leave one of them out"
                                       : "leave one of them out: what is safe to run again need not be kept from it");
    }
    function->public.step_effect = effect;
}

/* @effect: of native functions of the standard library. */
static void
take_native(struct checker *checker, struct function_check *function, const struct ast_annotation *annotation)
{
    if (!function->module->is_library || !text_equal_string(annotation->name.text, "effect")) {
        check_annotation_none(checker, annotation);
        return;
    }
    take_no_arguments(checker, annotation);
    function->public.has_effect = true;
}

/* What one annotation says of a step. */
static void
take_step(struct checker *checker, struct function_check *function, const struct ast_annotation *annotation)
{
    struct text name = annotation->name.text;
    if (text_equal_string(name, "retry"))
        take_retry(checker, function, annotation);
    else if (text_equal_string(name, "timeout"))
        take_timeout(checker, function, annotation);
    else if (text_equal_string(name, "limit"))
        take_limit(checker, function, annotation);
    else if (text_equal_string(name, "idempotent"))
        take_effect(checker, function, annotation, STEP_EFFECT_IDEMPOTENT);
    else if (text_equal_string(name, "at_most_once"))
        take_effect(checker, function, annotation, STEP_EFFECT_AT_MOST_ONCE);
    else
        check_annotation_none(checker, annotation);
}

void
evaluate_annotations(struct checker *checker, struct function_check *function)
{
    const struct ast_annotation_list *annotations = &function->declaration->annotations;
    for (size_t index = 0; index < annotations->count; index++) {
        const struct ast_annotation *annotation = &annotations->items[index];
        if (text_equal_string(annotation->name.text, "schedule") && function->scope != NULL)
            continue; /* evaluated with its service */
        if (function->public.colour == COLOUR_STEP)
            take_step(checker, function, annotation);
        else if (function->public.colour == COLOUR_NATIVE)
            take_native(checker, function, annotation);
        else
            check_annotation_none(checker, annotation);
    }
}
