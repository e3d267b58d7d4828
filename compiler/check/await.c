/* await: of routines, steps, dependencies, services, and of sleep, sleep_until, checkpoint. See body.h. */
#include "compiler/check/call.h"
#include "compiler/check/convert.h"
#include "compiler/check/name.h"
#include "compiler/check/node.h"

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

static const struct expression *
report_nothing(struct body *body, const struct ast_expression *expression, struct text what)
{
    struct diagnostic *found =
        diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_NOTHING_TO_AWAIT, expression->span, what);
    diagnostic_help(found, "leave out 'await'");
    return node_poison(body->checker, expression->span);
}

static const struct expression *
make_await(struct body *body, const struct ast_expression *expression, enum await_kind kind, const struct type *type,
           const struct expression *operand)
{
    struct expression *node = node_new(body->checker, EXPRESSION_AWAIT, type, expression->span);
    node->operand = operand;
    node->as.await.kind = kind;
    node->as.await.name = expression->as.await.name.text;
    return node_finish(node);
}

/* sleep, sleep_until, checkpoint; all and any are not supported yet. */
static const struct expression *
await_predeclared(struct body *body, const struct ast_expression *expression, const struct ast_expression *call,
                  struct text name)
{
    struct checker *checker = body->checker;
    const struct ast_argument_list *arguments = &call->as.call.arguments;
    if (text_equal_string(name, "all") || text_equal_string(name, "any")) {
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_TASKS_UNSUPPORTED, expression->span,
                       text_equal_string(name, "all") ? "'await all'" : "'await any'");
        return node_poison(checker, expression->span);
    }
    if (!is_await_name(name)) {
        check_lost_arguments(body, arguments);
        return report_nothing(body, expression, text_format(checker->arena, "'%.*s'", TEXT_ARGUMENTS(name)));
    }
    bool is_checkpoint = text_equal_string(name, "checkpoint");
    bool is_sleep = text_equal_string(name, "sleep");
    size_t wanted = is_checkpoint ? 0 : 1;
    if (arguments->count != wanted || (wanted == 1 && arguments->items[0].name.text.size_bytes > 0)) {
        check_lost_arguments(body, arguments);
        struct diagnostic *found =
            arguments->count < wanted
                ? diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_MISSING, expression->span, name,
                                 is_sleep ? TEXT("how long") : TEXT("until when"))
            : arguments->count > wanted
                ? diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_EXTRA, arguments->items[wanted].span, name,
                                 wanted, arguments->count)
                : diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_UNKNOWN, arguments->items[0].name.span, name,
                                 arguments->items[0].name.text);
        diagnostic_help(found, "write await %s",
                        is_checkpoint ? "checkpoint()"
                        : is_sleep    ? "sleep(3d)"
                                      : "sleep_until(…)");
        return node_poison(checker, expression->span);
    }
    if (is_checkpoint)
        return make_await(body, expression, AWAIT_CHECKPOINT, checker->void_type, NULL);
    const struct type *type = type_scalar(&checker->types, is_sleep ? TYPE_DURATION : TYPE_TIME);
    const struct expression *operand = check_converted(body, arguments->items[0].value, type);
    if (is_poison(operand->type))
        return node_poison(checker, expression->span);
    return make_await(body, expression, is_sleep ? AWAIT_SLEEP : AWAIT_SLEEP_UNTIL, checker->void_type, operand);
}

/* What is no call: a value. */
static const struct expression *
await_value(struct body *body, const struct ast_expression *expression, const struct ast_expression *operand)
{
    const struct expression *value = check_expression(body, operand, NULL);
    if (is_poison(value->type))
        return node_poison(body->checker, expression->span);
    struct text what = text_format(body->checker->arena, "a value of %.*s", TEXT_ARGUMENTS(value->type->name));
    return report_nothing(body, expression, what);
}

const struct expression *
check_await(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    if (expression->as.await.within != NULL) {
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_TASKS_UNSUPPORTED, expression->as.await.within->span,
                       "'within'");
        return node_poison(checker, expression->span);
    }
    if (body_colour(body) != COLOUR_ROUTINE)
        return report_outside(body, expression);
    const struct ast_expression *operand = expression->as.await.operand;
    while (operand->kind == AST_EXPRESSION_PARENTHESES)
        operand = operand->as.operand;
    if (operand->kind == AST_EXPRESSION_START) {
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_TASKS_UNSUPPORTED, operand->span, "'start'");
        return node_poison(checker, expression->span);
    }
    if (operand->kind != AST_EXPRESSION_CALL)
        return await_value(body, expression, operand);
    struct callee callee = callee_of(body, operand);
    switch (callee.kind) {
    case CALLEE_BROKEN:
        check_lost_arguments(body, &operand->as.call.arguments);
        return node_poison(checker, expression->span);
    case CALLEE_METHOD: return await_value(body, expression, operand);
    case CALLEE_PREDECLARED: return await_predeclared(body, expression, operand, callee.name);
    case CALLEE_FUNCTION: break;
    }
    const struct expression *call = call_node(body, &callee, operand);
    enum colour colour = callee.function->colour;
    if (colour != COLOUR_ROUTINE && colour != COLOUR_STEP) {
        struct text what =
            text_format(checker->arena, "%s '%.*s'", colour_text(colour, true), TEXT_ARGUMENTS(callee.name));
        return report_nothing(body, expression, what);
    }
    if (is_poison(call->type))
        return node_poison(checker, expression->span);
    return make_await(body, expression, callee.await, call->type, call);
}
