/* Subscriptions and schedules: see subscription.h.
 *
 * `on (Event e) { … }` is a private routine that takes the event: it is made as if it had been written so. */
#include "compiler/check/subscription.h"

#include "compiler/check/cron.h"
#include "compiler/check/declaration.h"
#include "compiler/check/evaluate.h"

struct subscription_list VECTOR(struct subscription);
struct schedule_list VECTOR(struct schedule);

/* ---- on ---- */

/* The name of an event as it is written. */
static struct text
event_name(const struct ast_type *type)
{
    return type->kind == AST_TYPE_NAMED ? type->path.names[type->path.count - 1].text : TEXT("event");
}

/* `private async void NAME(Event e) { … }`. */
static const struct ast_declaration *
make_declaration(struct arena *arena, const struct ast_declaration *on, struct text name)
{
    struct ast_declaration *declaration = arena_new(arena, struct ast_declaration);
    struct ast_type *result = arena_new(arena, struct ast_type);
    struct ast_parameter *parameter = arena_new(arena, struct ast_parameter);
    struct span span = on->as.on.type->span;
    *result = (struct ast_type){ .kind = AST_TYPE_BUILT_IN, .built_in = AST_VOID, .span = span };
    *parameter = (struct ast_parameter){
        .type = on->as.on.type,
        .name = on->as.on.parameter,
        .span = span_join(span, on->as.on.parameter.span),
    };
    *declaration = (struct ast_declaration){
        .kind = AST_DECLARATION_FUNCTION,
        .span = on->span,
        .name = { name, span },
        .documentation = on->documentation,
        .annotations = on->annotations,
    };
    declaration->as.function = (struct ast_function){
        .modifiers = { .async = span, .private_ = span },
        .result = result,
        .parameters = { .items = parameter, .count = 1 },
        .body = on->as.on.body,
    };
    return declaration;
}

void
declare_subscriber(struct checker *checker, struct service_scope *scope, const struct ast_declaration *on)
{
    struct arena *arena = checker->arena;
    struct text event = event_name(on->as.on.type);
    struct text name = text_format(arena, "on.%.*s", TEXT_ARGUMENTS(event));
    struct function_check *function =
        declare_function_of(checker, make_declaration(arena, on, name), scope->symbol->module);
    function->scope = scope;
    function->public.service = &scope->public;
    function->public.qualified_name =
        text_format(arena, "%.*s.%.*s", TEXT_ARGUMENTS(scope->symbol->name), TEXT_ARGUMENTS(name));
    function->public.c_name =
        c_names_claim(&checker->c_names,
                      text_format(arena, "%.*s_on_%.*s", TEXT_ARGUMENTS(scope->public.c_name), TEXT_ARGUMENTS(event)));
    vector_add(arena, &scope->subscribers, function);
}

/* Report the second `on` for an event. */
static bool
is_first(struct checker *checker, const struct subscription_list *subscriptions, const struct function *routine,
         const struct struct_declaration *event)
{
    for (size_t index = 0; index < subscriptions->count; index++) {
        if (subscriptions->items[index].event != event)
            continue;
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_SUBSCRIBED_TWICE, routine->span, event->name);
        diagnostic_note(found, subscriptions->items[index].routine->span, "the other one");
        diagnostic_help(found, "do both in one of them");
        return false;
    }
    return true;
}

void
resolve_subscriptions(struct checker *checker, struct service_scope *scope)
{
    struct subscription_list subscriptions = { 0 };
    bool is_keyed = scope->symbol->declaration->as.service.is_keyed;
    for (size_t index = 0; index < scope->subscribers.count; index++) {
        struct function *routine = &scope->subscribers.items[index]->public;
        const struct type *type = routine->parameters[0]->type;
        bool is_event = type->kind == TYPE_STRUCT && type->declaration.structure->kind == STRUCTURE_EVENT;
        if (is_keyed) {
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_SUBSCRIBED_KEYED, routine->span, scope->symbol->name);
            diagnostic_help(found, "subscribe in a service without a key, and call %t(…) from there",
                            scope->symbol->name);
        } else if (is_event) {
            if (is_first(checker, &subscriptions, routine, type->declaration.structure))
                vector_add(checker->arena, &subscriptions,
                           ((struct subscription){ type->declaration.structure, routine }));
        } else if (!is_poison(type)) {
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_SUBSCRIBED_TYPE, routine->span, type->name);
            diagnostic_help(found,
                            type->kind == TYPE_STRUCT ? "declare it as an event: event %t { … }"
                                                      : "declare an event, and subscribe to that",
                            type->name);
        }
    }
    scope->public.subscriptions = subscriptions.items;
    scope->public.subscription_count = subscriptions.count;
}

/* ---- @schedule ---- */

static void
report_schedule(struct checker *checker, struct span span, const char *problem)
{
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_SCHEDULE, span, problem);
    diagnostic_help(found, "write @schedule(\"0 9 * * MON\") or @schedule(\"0 9 * * MON\", zone: \"Europe/Berlin\")");
}

/* Set *result to a constant string. Returns false after a report. */
static bool
take_string(struct checker *checker, const struct symbol *symbol, const struct ast_argument *argument,
            struct text *result)
{
    const struct expression *value = evaluate_expression(checker, symbol->module, NULL, argument->value,
                                                         checker->string_type, "an argument of an annotation");
    if (value->kind != EXPRESSION_LITERAL)
        return false;
    *result = value->as.literal.text;
    return true;
}

/* The letters of names of zones: no path that leads elsewhere, no abbreviation with a blank. */
static bool
is_zone(struct text zone)
{
    for (size_t index = 0; index < zone.size_bytes; index++) {
        char letter = zone.data[index];
        bool is_word = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '+';
        bool is_slash = letter == '/' && index > 0 && index + 1 < zone.size_bytes;
        if (!is_word && !is_slash)
            return false;
    }
    return zone.size_bytes > 0;
}

/* Set cron and zone of a schedule from its arguments. Returns false after a report. */
static bool
take_arguments(struct checker *checker, const struct symbol *symbol, const struct ast_annotation *annotation,
               struct schedule *schedule)
{
    const struct ast_argument_list *arguments = &annotation->arguments;
    bool has_cron = arguments->count > 0 && arguments->items[0].name.text.size_bytes == 0;
    bool has_zone = arguments->count == 2 && text_equal_string(arguments->items[1].name.text, "zone");
    if (!has_cron || (arguments->count > 1 && !has_zone)) {
        report_schedule(checker, annotation->span, "takes the five fields, and the zone by its name");
        return false;
    }
    bool is_right = take_string(checker, symbol, &arguments->items[0], &schedule->cron);
    const char *problem = is_right ? cron_problem(checker->arena, schedule->cron) : NULL;
    if (problem != NULL)
        report_schedule(checker, arguments->items[0].span, problem);
    is_right = is_right && problem == NULL;
    if (!has_zone || !take_string(checker, symbol, &arguments->items[1], &schedule->zone))
        return is_right && !has_zone;
    if (is_zone(schedule->zone))
        return is_right;
    report_schedule(checker, arguments->items[1].span, "wants the name of a time zone, such as Europe/Berlin");
    return false;
}

/* Why a routine cannot have a schedule; NULL if it can. */
static const char *
routine_problem(const struct function *routine)
{
    if (routine->colour != COLOUR_ROUTINE || routine->service == NULL)
        return "stands at an async routine of a service";
    if (routine->key_access != KEY_ACCESS_EXCLUSIVE || routine->service->key != NULL)
        return "cannot stand in a keyed service: nobody would say which key is meant";
    if (routine->parameter_count > 0)
        return "wants a routine without parameters: nobody would give them";
    return NULL;
}

void
evaluate_schedules(struct checker *checker, struct service_scope *scope)
{
    struct schedule_list schedules = { 0 };
    for (size_t index = 0; index < scope->symbol_list.count; index++) {
        const struct symbol *symbol = scope->symbol_list.items[index];
        if (symbol->kind != SYMBOL_FUNCTION)
            continue;
        const struct function *routine = &symbol->as.function->public;
        const struct ast_annotation_list *annotations = &symbol->declaration->annotations;
        const struct ast_annotation *earlier = NULL;
        for (size_t number = 0; number < annotations->count; number++) {
            const struct ast_annotation *annotation = &annotations->items[number];
            if (!text_equal_string(annotation->name.text, "schedule"))
                continue;
            struct schedule schedule = { .zone = TEXT("UTC"), .routine = routine };
            const char *problem = earlier != NULL ? "stands twice" : routine_problem(routine);
            if (problem != NULL)
                report_schedule(checker, annotation->span, problem);
            else if (take_arguments(checker, symbol, annotation, &schedule))
                vector_add(checker->arena, &schedules, schedule);
            earlier = annotation;
        }
    }
    scope->public.schedules = schedules.items;
    scope->public.schedule_count = schedules.count;
}
