/* compensate, cancel, publish. See task.h.
 *
 * The body of a `compensate` becomes a function of its own, which is checked where it stands: with the names and the
 * facts of that place. The variables from outside that it uses are its parameters, so that registering it copies them;
 * what it assigns to them, it assigns to its copies. */
#include "compiler/check/convert.h"
#include "compiler/check/effect.h"
#include "compiler/check/node.h"
#include "compiler/check/path.h"
#include "compiler/check/statement.h"
#include "compiler/check/task.h"

/* A `compensate` body while it is checked; on the C stack. */
struct compensating {
    struct compensating *outer;
    size_t first_own;  /* variables from this index on are the body's own */
    bool *is_captured; /* of those before it */
};

/* The first word of a statement, where the diagnostic points. */
static struct span
first_word(const struct ast_statement *source, const char *word)
{
    return (struct span){ source->span.begin, source->span.begin + (uint32_t)strlen(word) };
}

/* ---- compensate ---- */

void
compensation_capture(struct body *body, const struct variable *variable)
{
    for (struct compensating *scope = body->compensating; scope != NULL; scope = scope->outer) {
        if (variable->index < scope->first_own)
            scope->is_captured[variable->index] = true;
    }
}

static struct function_check *
make_compensation(struct body *body, struct span span)
{
    struct arena *arena = body->checker->arena;
    struct function_check *outer = body->function;
    struct function_check *function = arena_new(arena, struct function_check);
    size_t number = ++outer->compensation_count;
    struct text c_name = text_format(arena, "%.*s_compensate_%zu", TEXT_ARGUMENTS(outer->public.c_name), number);
    function->module = body->module;
    function->scope = body->scope;
    function->public = (struct function){
        .colour = COLOUR_ROUTINE,
        .name = text_format(arena, "compensate_%zu", number),
        .qualified_name =
            text_format(arena, "%.*s.compensate_%zu", TEXT_ARGUMENTS(outer->public.qualified_name), number),
        .c_name = c_names_claim(&body->checker->c_names, c_name),
        .service = outer->public.service,
        .result = body->checker->void_type,
        .key_access = outer->public.key_access,
        .outer = &outer->public,
        .span = span,
    };
    return function;
}

static void
set_captures(struct body *body, struct function *function, const struct compensating *scope)
{
    struct variable_pointer_list captures = { 0 };
    for (size_t index = 0; index < scope->first_own; index++) {
        if (scope->is_captured[index])
            vector_add(body->checker->arena, &captures, body->variables.items[index]);
    }
    function->parameters = (const struct variable *const *)captures.items;
    function->parameter_count = captures.count;
}

const struct statement *
check_compensate(struct body *body, const struct ast_statement *source)
{
    struct span word = first_word(source, "compensate");
    if (!may_act(body, word, "compensate"))
        return statement_empty(body, source->span);
    struct statement *statement = statement_new(body, STATEMENT_COMPENSATE, source->span);
    struct function_check *function = make_compensation(body, word);
    struct compensating scope = { .outer = body->compensating, .first_own = body->variables.count };
    scope.is_captured = arena_new_array(body->checker->arena, bool, scope.first_own);

    struct body outside = *body; /* what the body of a function has of its own is put back below */
    body->function = function;
    body->compensating = &scope;
    body->caught = NULL;
    body->closed = "compensate";
    body->finally_depth++;
    body->facts = path_forget_state(body, body->facts); /* until it runs, others may change the state */
    effect_begin_within(body, &outside);
    function->public.body = check_scoped(body, source->as.body);
    set_captures(body, &function->public, &scope);

    body->function = outside.function;
    body->compensating = outside.compensating;
    body->caught = outside.caught;
    body->closed = outside.closed;
    body->finally_depth = outside.finally_depth;
    body->facts = outside.facts;
    body->unreachable_reported = outside.unreachable_reported;
    body->effect = outside.effect;
    vector_add(body->checker->arena, &body->compensations, function);
    vector_add(body->checker->arena, &body->checker->functions, function);
    statement->compensation = &function->public;
    return statement;
}

void
compensations_finish(struct body *body)
{
    for (size_t index = 0; index < body->compensations.count; index++) {
        struct function *function = &body->compensations.items[index]->public;
        function->variables = body->variables.items;
        function->variable_count = body->variables.count;
    }
}

/* ---- cancel ---- */

/* A value that may be null, and would be right otherwise: reports it. */
static bool
report_optional(struct body *body, const struct expression *value, enum type_kind wanted)
{
    const struct type *type = value->type;
    if (type->kind != TYPE_OPTIONAL || type->element->kind != wanted)
        return false;
    convert_report_null(body->checker, value, type->element);
    return true;
}

const struct statement *
check_cancel(struct body *body, const struct ast_statement *source)
{
    struct checker *checker = body->checker;
    if (!may_act(body, first_word(source, "cancel"), "cancel"))
        return statement_empty(body, source->span);
    struct statement *statement = statement_new(body, STATEMENT_CANCEL, source->span);
    statement->value = check_value(body, source->as.value, NULL);
    statement->has_await = statement->value->has_await;
    const struct type *type = statement->value->type;
    if (type->kind == TYPE_TASK)
        return statement;
    if (is_poison(type) || report_optional(body, statement->value, TYPE_TASK))
        return statement_empty(body, source->span);
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_CANCEL_TYPE, source->as.value->span, type->name);
    if (type->kind == TYPE_PROMISE)
        diagnostic_help(found, "a promise is ended by an error: reject(p, …)");
    else if (type->kind == TYPE_ARRAY && type->element->kind == TYPE_TASK)
        diagnostic_help(found, "go through them: for (var t : tasks) cancel t;");
    else
        diagnostic_help(found, "keep the task that 'start' gives: task<T> t = start f(x);");
    return statement_empty(body, source->span);
}

/* ---- publish ---- */

const struct statement *
check_publish(struct body *body, const struct ast_statement *source)
{
    struct checker *checker = body->checker;
    if (!may_act(body, first_word(source, "publish"), "publish"))
        return statement_empty(body, source->span);
    struct statement *statement = statement_new(body, STATEMENT_PUBLISH, source->span);
    statement->value = check_value(body, source->as.value, NULL);
    statement->has_await = statement->value->has_await;
    const struct type *type = statement->value->type;
    if (type->kind == TYPE_STRUCT && type->declaration.structure->kind == STRUCTURE_EVENT)
        return statement;
    if (is_poison(type) || report_optional(body, statement->value, TYPE_STRUCT))
        return statement_empty(body, source->span);
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_AN_EVENT, source->as.value->span, type->name);
    if (type->kind == TYPE_STRUCT)
        diagnostic_help(found, "declare it as an event: event %t { … }", type->name);
    else
        diagnostic_help(found, "declare an event: event OrderShipped { string order_id; }");
    return statement_empty(body, source->span);
}
