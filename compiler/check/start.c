/* start: a call that becomes a task. See task.h.
 *
 * An invocation runs a routine, so a step is started within one: for each step that some `start` names there is one
 * routine without a name in the program, which awaits it. */
#include "compiler/check/call.h"
#include "compiler/check/effect.h"
#include "compiler/check/node.h"
#include "compiler/check/task.h"

bool
stands_in_routine(struct body *body, struct span span, const char *what)
{
    struct diagnostics *diagnostics = body->checker->diagnostics;
    if (body->function == NULL) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_NOT_CONSTANT, span, body->constant_place);
        diagnostic_help(found, "a constant is the same at every run");
        return false;
    }
    const struct function *function = &body->function->public;
    if (function->colour != COLOUR_ROUTINE) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_ROUTINE_ONLY, span, what);
        diagnostic_note(found, function->span, "'%t' is a pure function", function->name);
        diagnostic_help(found, "declare it as 'async', or hand the value in as a parameter");
        return false;
    }
    return true;
}

bool
may_act(struct body *body, struct span span, const char *what)
{
    if (!stands_in_routine(body, span, what))
        return false;
    const struct function *function = &body->function->public;
    if (function->key_access != KEY_ACCESS_QUERY)
        return true;
    struct diagnostic *found =
        diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_QUERY_ACTS, span, what, function->name);
    diagnostic_help(found, "make it a 'shared async' routine instead of a query");
    return false;
}

/* ---- a step that is started ---- */

static struct variable *
copy_parameter(struct arena *arena, const struct variable *parameter)
{
    struct variable *copy = arena_new(arena, struct variable);
    *copy = *parameter;
    return copy;
}

/* `return await step(parameters);`, or without `return`. */
static const struct statement *
make_started_body(struct checker *checker, const struct function_check *started, const struct function *step)
{
    struct span span = step->span;
    struct expression *call = node_new(checker, EXPRESSION_CALL, step->result, span);
    const struct expression **arguments =
        arena_new_array(checker->arena, const struct expression *, step->parameter_count);
    for (size_t index = 0; index < step->parameter_count; index++)
        arguments[index] = node_variable(checker, started->public.variables[index], span);
    call->arguments = arguments;
    call->argument_count = step->parameter_count;
    call->as.call.function = step;
    struct expression *await = node_new(checker, EXPRESSION_AWAIT, step->result, span);
    await->operand = node_finish(call);
    await->as.await.kind = AWAIT_STEP;

    struct statement *statement = arena_new(checker->arena, struct statement);
    statement->kind = step->result->kind == TYPE_VOID ? STATEMENT_EXPRESSION : STATEMENT_RETURN;
    statement->span = span;
    statement->value = node_finish(await);
    statement->has_await = true;
    const struct statement **statements = arena_new_array(checker->arena, const struct statement *, 1);
    statements[0] = statement;
    struct statement *block = arena_new(checker->arena, struct statement);
    block->kind = STATEMENT_BLOCK;
    block->span = span;
    block->statements = statements;
    block->statement_count = 1;
    block->has_await = true;
    return block;
}

/* The routine that awaits a step; made when it is first needed. */
static struct function_check *
started_of_step(struct checker *checker, struct function_check *step)
{
    if (step->started != NULL)
        return step->started;
    struct arena *arena = checker->arena;
    const struct function *function = &step->public;
    struct function_check *started = arena_new(arena, struct function_check);
    step->started = started;
    struct text c_name = text_format(arena, "%.*s_started", TEXT_ARGUMENTS(function->c_name));
    struct variable **variables = arena_new_array(arena, struct variable *, function->parameter_count);
    for (size_t index = 0; index < function->parameter_count; index++)
        variables[index] = copy_parameter(arena, function->parameters[index]);
    started->module = step->module;
    started->public = (struct function){
        .colour = COLOUR_ROUTINE,
        .name = function->name,
        .qualified_name = text_format(arena, "%.*s.started", TEXT_ARGUMENTS(function->qualified_name)),
        .c_name = c_names_claim(&checker->c_names, c_name),
        .parameters = (const struct variable *const *)variables,
        .parameter_count = function->parameter_count,
        .result = function->result,
        .variables = variables,
        .variable_count = function->parameter_count,
        .span = function->span,
    };
    started->public.body = make_started_body(checker, started, function);
    struct body body = { .checker = checker, .module = step->module, .function = started };
    effect_begin(&body);
    effect_call(&body, function, function->span);
    vector_add(arena, &checker->functions, started);
    return started;
}

/* ---- what is started ---- */

static const struct expression *
report_start(struct body *body, struct span span, struct text what, const char *help)
{
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_NOTHING_TO_START, span, what);
    diagnostic_help(found, help);
    return node_poison(body->checker, span);
}

/* What is no call of a function: a value, or one of the ways to wait. */
static const struct expression *
report_started_value(struct body *body, const struct ast_expression *expression, const struct ast_expression *operand)
{
    struct checker *checker = body->checker;
    const struct expression *value = check_expression(body, operand, NULL);
    if (is_poison(value->type))
        return node_poison(checker, expression->span);
    if (is_handle(value->type))
        return report_start(body, expression->span, TEXT("what is started already"), "leave out 'start'");
    struct text what = text_format(checker->arena, "a value of %.*s", TEXT_ARGUMENTS(value->type->name));
    return report_start(body, expression->span, what, "start a call of a routine or of a step: start f(x)");
}

/* Where the call goes as an invocation of its own. A public routine of the own service is called as from outside; the
 * own key, if there is one, is meant. Reports what cannot be. */
static bool
place_started(struct body *body, struct expression *call, enum await_kind *kind)
{
    struct checker *checker = body->checker;
    const struct function *function = call->as.call.function;
    const struct service *service = function->service;
    if (*kind != AWAIT_SUBROUTINE || service == NULL)
        return true;
    if (function->is_public) {
        *kind = AWAIT_SERVICE;
        if (service->key != NULL)
            call->as.call.key = node_new(checker, EXPRESSION_KEY, service->key->type, call->span);
        return true;
    }
    if (service->key == NULL)
        return true;
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_START_PRIVATE, call->span, function->name, service->name);
    diagnostic_note(found, function->span, "'%t' is declared here", function->name);
    diagnostic_help(found, "await it, or make it public");
    return false;
}

const struct expression *
check_start(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct ast_expression *operand = expression->as.start.operand;
    while (operand->kind == AST_EXPRESSION_PARENTHESES)
        operand = operand->as.operand;
    if (!may_act(body, expression->span, "start"))
        return node_poison(checker, expression->span);
    if (operand->kind != AST_EXPRESSION_CALL)
        return report_started_value(body, expression, operand);
    struct callee callee = callee_of(body, operand);
    switch (callee.kind) {
    case CALLEE_BROKEN:
        check_lost_arguments(body, &operand->as.call.arguments);
        return node_poison(checker, expression->span);
    case CALLEE_METHOD: return report_started_value(body, expression, operand);
    case CALLEE_PREDECLARED:
        check_lost_arguments(body, &operand->as.call.arguments);
        return report_start(body, expression->span, text_format(checker->arena, "'%.*s'", TEXT_ARGUMENTS(callee.name)),
                            "write a routine that does it, and start that");
    case CALLEE_FUNCTION: break;
    }
    struct expression *call = call_node(body, &callee, operand);
    enum colour colour = callee.function->colour;
    if (colour != COLOUR_ROUTINE && colour != COLOUR_STEP) {
        struct text what =
            text_format(checker->arena, "%s '%.*s'", colour_text(colour, true), TEXT_ARGUMENTS(callee.name));
        return report_start(body, expression->span, what, "leave out 'start': its value is there at once");
    }
    if (!expression->as.start.is_detached)
        effect_start(body, callee.function);
    if (is_poison(call->type))
        return node_poison(checker, expression->span);
    enum await_kind kind = callee.await;
    if (colour == COLOUR_STEP) {
        struct function_check *step = (struct function_check *)callee.function;
        call->as.call.function = &started_of_step(checker, step)->public;
        kind = AWAIT_SUBROUTINE;
    } else if (!place_started(body, call, &kind)) {
        return node_poison(checker, expression->span);
    }
    const struct type *type =
        expression->as.start.is_detached ? checker->void_type : type_of_element(&checker->types, TYPE_TASK, call->type);
    struct expression *node = node_new(checker, EXPRESSION_START, type, expression->span);
    node->operand = call;
    node->as.start.kind = kind;
    node->as.start.is_detached = expression->as.start.is_detached;
    return node_finish(node);
}

/* ---- handles ---- */

bool
is_handle(const struct type *type)
{
    return type->kind == TYPE_TASK || type->kind == TYPE_PROMISE;
}

void
effect_await_handle(struct body *body, const struct type *handle, struct span span)
{
    if (handle->kind == TYPE_TASK)
        effect_await_task(body, span);
    else
        effect_await_unknown(body, span);
}
