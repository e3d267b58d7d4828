/* await: of routines, steps, dependencies, services; of tasks and promises; of sleep, sleep_until, checkpoint, all and
 * any; `within`. See body.h. */
#include "compiler/check/call.h"
#include "compiler/check/convert.h"
#include "compiler/check/effect.h"
#include "compiler/check/name.h"
#include "compiler/check/node.h"
#include "compiler/check/path.h"
#include "compiler/check/task.h"

/* What is awaited, by its name, for diagnostics. */
static struct text
awaited_name(const struct ast_expression *operand)
{
    if (operand->kind == AST_EXPRESSION_CALL)
        operand = operand->as.call.callee;
    if (operand->kind == AST_EXPRESSION_NAME)
        return operand->as.text;
    if (operand->kind == AST_EXPRESSION_MEMBER)
        return operand->as.member.name.text;
    return TEXT("this");
}

static const struct expression *
report_outside(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    if (body->function == NULL) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_CONSTANT, expression->span, body->constant_place);
        diagnostic_help(found, "nothing can be awaited before the program runs");
        return node_poison(checker, expression->span);
    }
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_AWAIT_OUTSIDE_ASYNC, expression->span,
                                              awaited_name(expression->as.await.operand));
    diagnostic_note(found, body->function->public.span, "'%t' is a pure function", body->function->public.name);
    diagnostic_help(found, "declare it as 'async'");
    return node_poison(checker, expression->span);
}

/* What is waited for. */
struct awaited {
    bool is_broken; /* it was reported; nothing else is set */
    enum await_kind kind;
    const struct type *type;          /* of the result */
    const struct expression *operand; /* NULL if there is none */
};

static struct awaited
awaited_broken(void)
{
    return (struct awaited){ .is_broken = true };
}

static struct awaited
report_nothing(struct body *body, const struct ast_expression *expression, struct text what, const char *help)
{
    struct diagnostic *found =
        diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_NOTHING_TO_AWAIT, expression->span, what);
    diagnostic_help(found, help);
    return awaited_broken();
}

/* ---- sleep, sleep_until, checkpoint, all, any ---- */

/* What they are told, in diagnostics. */
struct predeclared {
    const char *name;
    enum await_kind kind;
    const char *parameter; /* NULL: takes none */
    const char *example;
};

static const struct predeclared predeclared[] = {
    { "all", AWAIT_ALL, "the tasks", "all(tasks)" },
    { "any", AWAIT_ANY, "the tasks", "any(tasks)" },
    { "sleep", AWAIT_SLEEP, "how long", "sleep(3d)" },
    { "sleep_until", AWAIT_SLEEP_UNTIL, "until when", "sleep_until(…)" },
    { "checkpoint", AWAIT_CHECKPOINT, NULL, "checkpoint()" },
};

static const struct predeclared *
find_predeclared(struct text name)
{
    for (size_t index = 0; index < sizeof predeclared / sizeof predeclared[0]; index++) {
        if (text_equal_string(name, predeclared[index].name))
            return &predeclared[index];
    }
    return NULL;
}

/* Report arguments of the wrong number, or by name. */
static bool
takes_arguments(struct body *body, const struct ast_expression *expression, const struct ast_argument_list *arguments,
                const struct predeclared *what)
{
    struct diagnostics *diagnostics = body->checker->diagnostics;
    size_t wanted = what->parameter == NULL ? 0 : 1;
    if (arguments->count == wanted && (wanted == 0 || arguments->items[0].name.text.size_bytes == 0))
        return true;
    check_lost_arguments(body, arguments);
    struct text name = text_from_string(what->name);
    struct diagnostic *found;
    if (arguments->count < wanted)
        found = diagnostic_add(diagnostics, DIAGNOSTIC_ARGUMENT_MISSING, expression->span, name,
                               text_from_string(what->parameter));
    else if (arguments->count > wanted)
        found = diagnostic_add(diagnostics, DIAGNOSTIC_ARGUMENT_EXTRA, arguments->items[wanted].span, name, wanted,
                               arguments->count);
    else
        found = diagnostic_add(diagnostics, DIAGNOSTIC_ARGUMENT_UNKNOWN, arguments->items[0].name.span, name,
                               arguments->items[0].name.text);
    diagnostic_help(found, "write await %s", what->example);
    return false;
}

/* all(tasks), any(tasks) */
static struct awaited
await_tasks(struct body *body, const struct ast_expression *expression, const struct ast_expression *argument,
            const struct predeclared *what)
{
    struct checker *checker = body->checker;
    body->wants_task = true;
    const struct expression *tasks = check_value(body, argument, NULL);
    body->wants_task = false;
    const struct type *type = tasks->type;
    if (is_poison(type))
        return awaited_broken();
    if (type->kind != TYPE_ARRAY || type->element->kind != TYPE_TASK) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_TASKS, argument->span, what->name, type->name);
        if (type->kind == TYPE_TASK)
            diagnostic_help(found, "one task is awaited as it is: await t; several stand in an array: [t, u]");
        else if (type->kind == TYPE_ARRAY && type->element->kind == TYPE_PROMISE)
            diagnostic_help(found, "await the promises one after the other, or the first of them by a select");
        else
            diagnostic_help(found, "put what 'start' gives into an array: task<T>[] tasks");
        return awaited_broken();
    }
    effect_await_task(body, expression->span);
    const struct type *result = type->element->element;
    if (what->kind == AWAIT_ALL && result->kind != TYPE_VOID)
        result = type_of_element(&checker->types, TYPE_ARRAY, result);
    return (struct awaited){ .kind = what->kind, .type = result, .operand = tasks };
}

static struct awaited
await_predeclared(struct body *body, const struct ast_expression *expression, const struct ast_expression *call,
                  struct text name)
{
    struct checker *checker = body->checker;
    const struct ast_argument_list *arguments = &call->as.call.arguments;
    const struct predeclared *what = find_predeclared(name);
    if (what == NULL) {
        check_lost_arguments(body, arguments);
        return report_nothing(body, expression, text_format(checker->arena, "'%.*s'", TEXT_ARGUMENTS(name)),
                              "leave out 'await'");
    }
    if (!takes_arguments(body, expression, arguments, what))
        return awaited_broken();
    if (what->kind == AWAIT_CHECKPOINT)
        return (struct awaited){ .kind = AWAIT_CHECKPOINT, .type = checker->void_type };
    const struct ast_expression *argument = arguments->items[0].value;
    if (what->kind == AWAIT_ALL || what->kind == AWAIT_ANY)
        return await_tasks(body, expression, argument, what);
    enum type_kind kind = what->kind == AWAIT_SLEEP ? TYPE_DURATION : TYPE_TIME;
    const struct expression *operand = check_converted(body, argument, type_scalar(&checker->types, kind));
    if (is_poison(operand->type))
        return awaited_broken();
    return (struct awaited){ .kind = what->kind, .type = checker->void_type, .operand = operand };
}

/* ---- values and calls ---- */

/* What is no call of a function: a task or a promise, or nothing to wait for. */
static struct awaited
await_value(struct body *body, const struct ast_expression *expression, const struct ast_expression *operand)
{
    struct checker *checker = body->checker;
    const struct expression *value = check_expression(body, operand, NULL);
    const struct type *type = value->type;
    if (is_poison(type))
        return awaited_broken();
    if (is_handle(type)) {
        effect_await_handle(body, type, expression->span);
        return (struct awaited){
            .kind = type->kind == TYPE_TASK ? AWAIT_TASK : AWAIT_PROMISE,
            .type = type->element,
            .operand = value,
        };
    }
    if (type->kind == TYPE_OPTIONAL && is_handle(type->element)) {
        convert_report_null(checker, value, type->element);
        return awaited_broken();
    }
    struct text what = text_format(checker->arena, "a value of %.*s", TEXT_ARGUMENTS(type->name));
    bool is_tasks = type->kind == TYPE_ARRAY && type->element->kind == TYPE_TASK;
    return report_nothing(body, expression, what,
                          is_tasks ? "await all of them: await all(tasks)" : "leave out 'await'");
}

static struct awaited
await_call(struct body *body, const struct ast_expression *expression, const struct ast_expression *operand)
{
    struct checker *checker = body->checker;
    struct callee callee = callee_of(body, operand);
    switch (callee.kind) {
    case CALLEE_BROKEN: check_lost_arguments(body, &operand->as.call.arguments); return awaited_broken();
    case CALLEE_METHOD: return await_value(body, expression, operand);
    case CALLEE_PREDECLARED: return await_predeclared(body, expression, operand, callee.name);
    case CALLEE_FUNCTION: break;
    }
    enum colour colour = callee.function->colour;
    bool has_value_at_once = colour == COLOUR_PURE || colour == COLOUR_NATIVE;
    if (has_value_at_once && is_handle(callee.function->result))
        return await_value(body, expression, operand); /* a pure function that picks a task */
    const struct expression *call = call_node(body, &callee, operand);
    effect_call(body, callee.function, operand->span);
    if (has_value_at_once) {
        struct text what =
            text_format(checker->arena, "%s '%.*s'", colour_text(colour, true), TEXT_ARGUMENTS(callee.name));
        return report_nothing(body, expression, what, "leave out 'await'");
    }
    if (is_poison(call->type))
        return awaited_broken();
    return (struct awaited){ .kind = callee.await, .type = call->type, .operand = call };
}

const struct expression *
check_await(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    if (body_colour(body) != COLOUR_ROUTINE)
        return report_outside(body, expression);
    if (!may_act(body, expression->span, "await"))
        return node_poison(checker, expression->span);
    const struct ast_expression *operand = expression->as.await.operand;
    while (operand->kind == AST_EXPRESSION_PARENTHESES)
        operand = operand->as.operand;
    struct awaited awaited = operand->kind == AST_EXPRESSION_CALL ? await_call(body, expression, operand)
                                                                  : await_value(body, expression, operand);
    const struct expression *within = NULL;
    if (expression->as.await.within != NULL)
        within = check_converted(body, expression->as.await.within, type_scalar(&checker->types, TYPE_DURATION));
    body->facts = path_forget_state(body, body->facts);
    if (awaited.is_broken || (within != NULL && is_poison(within->type)))
        return node_poison(checker, expression->span);
    struct expression *node = node_new(checker, EXPRESSION_AWAIT, awaited.type, expression->span);
    node->operand = awaited.operand;
    node->as.await.kind = awaited.kind;
    node->as.await.name = expression->as.await.name.text;
    node->as.await.within = within;
    return node_finish(node);
}
