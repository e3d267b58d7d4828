/* promise<T>(), resolve, reject. See task.h. */
#include "compiler/check/call.h"
#include "compiler/check/convert.h"
#include "compiler/check/node.h"
#include "compiler/check/resolve.h"
#include "compiler/check/task.h"

const struct expression *
check_promise(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct ast_argument_list *arguments = &expression->as.type_call.arguments;
    const struct type *type = resolve_type(checker, body->module, expression->as.type_call.type);
    check_lost_arguments(body, arguments);
    if (!may_act(body, expression->span, "promise<T>()") || is_poison(type))
        return node_poison(checker, expression->span);
    if (arguments->count > 0) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_EXTRA,
                                                  arguments->items[0].span, type->name, (size_t)0, arguments->count);
        diagnostic_help(found, "leave it out: the value comes with resolve(p, value)");
        return node_poison(checker, expression->span);
    }
    return node_finish(node_new(checker, EXPRESSION_PROMISE, type, expression->span));
}

/* ---- resolve, reject ---- */

/* The promise that is settled, the first argument; NULL after a report. */
static const struct expression *
settled_promise(struct body *body, const struct ast_argument *argument, struct text name)
{
    struct checker *checker = body->checker;
    const struct expression *promise = check_value(body, argument->value, NULL);
    if (promise->type->kind == TYPE_PROMISE)
        return promise;
    if (is_poison(promise->type))
        return NULL;
    if (promise->type->kind == TYPE_OPTIONAL && promise->type->element->kind == TYPE_PROMISE) {
        convert_report_null(checker, promise, promise->type->element);
        return NULL;
    }
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_A_PROMISE, promise->span, name, promise->type->name);
    if (promise->type->kind == TYPE_TASK)
        diagnostic_help(found, "a task has the result of its routine; it can be cancelled: cancel t;");
    else
        diagnostic_help(found, "make one: promise<T> p = promise<T>();");
    return NULL;
}

/* What a promise is rejected with; NULL after a report. */
static const struct expression *
rejecting_error(struct body *body, const struct ast_expression *source)
{
    struct diagnostics *diagnostics = body->checker->diagnostics;
    const struct expression *error = check_value(body, source, NULL);
    const struct type *type = error->type;
    if (is_poison(type))
        return NULL;
    if (type->kind == TYPE_ANY_ERROR || (type->kind == TYPE_ERROR && !type->declaration.structure->is_built_in))
        return error;
    if (type->kind == TYPE_ERROR) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_THROW_BUILT_IN, source->span, type->name);
        diagnostic_help(found, "declare an error of your own, or catch it as 'error' to hand it on");
    } else {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_NOT_AN_ERROR, source->span, type->name);
        diagnostic_help(found, "declare an error: error Refused { string reason; }");
    }
    return NULL;
}

/* The number of arguments, and that none has a name. */
static bool
takes_arguments(struct body *body, const struct ast_expression *call, struct text name, size_t wanted)
{
    struct diagnostics *diagnostics = body->checker->diagnostics;
    const struct ast_argument_list *arguments = &call->as.call.arguments;
    bool is_resolve = text_equal_string(name, "resolve");
    for (size_t index = 0; index < arguments->count; index++) {
        if (arguments->items[index].name.text.size_bytes == 0)
            continue;
        struct diagnostic *found =
            diagnostic_add(diagnostics, DIAGNOSTIC_ARGUMENT_UNKNOWN, arguments->items[index].name.span, name,
                           arguments->items[index].name.text);
        diagnostic_help(found, "give the arguments by their place");
        return false;
    }
    if (arguments->count == wanted)
        return true;
    struct diagnostic *found;
    if (arguments->count > wanted)
        found = diagnostic_add(diagnostics, DIAGNOSTIC_ARGUMENT_EXTRA, arguments->items[wanted].span, name, wanted,
                               arguments->count);
    else
        found = diagnostic_add(diagnostics, DIAGNOSTIC_ARGUMENT_MISSING, call->span, name,
                               arguments->count == 0 ? TEXT("its promise")
                               : is_resolve          ? TEXT("the value")
                                                     : TEXT("the error"));
    if (is_resolve)
        diagnostic_help(found, wanted == 1 ? "a promise<void> has no value: resolve(p)" : "write resolve(p, value)");
    else
        diagnostic_help(found, "write reject(p, Refused{…})");
    return false;
}

const struct expression *
check_settle(struct body *body, const struct ast_expression *call, struct text name)
{
    struct checker *checker = body->checker;
    const struct ast_argument_list *arguments = &call->as.call.arguments;
    bool is_resolve = text_equal_string(name, "resolve");
    if (!may_act(body, call->span, is_resolve ? "resolve()" : "reject()")) {
        check_lost_arguments(body, arguments);
        return node_poison(checker, call->span);
    }
    const struct expression *promise = NULL;
    if (arguments->count > 0)
        promise = settled_promise(body, &arguments->items[0], name);
    else
        takes_arguments(body, call, name, 2);
    if (promise == NULL) {
        for (size_t index = 1; index < arguments->count; index++)
            check_expression(body, arguments->items[index].value, checker->poison);
        return node_poison(checker, call->span);
    }
    const struct type *type = promise->type->element;
    bool has_value = !is_resolve || type->kind != TYPE_VOID;
    if (!takes_arguments(body, call, name, has_value ? 2 : 1)) {
        for (size_t index = 1; index < arguments->count; index++)
            check_expression(body, arguments->items[index].value, checker->poison);
        return node_poison(checker, call->span);
    }
    const struct expression *value = NULL;
    if (has_value)
        value = is_resolve ? check_converted(body, arguments->items[1].value, type)
                           : rejecting_error(body, arguments->items[1].value);
    if (has_value && (value == NULL || is_poison(value->type)))
        return node_poison(checker, call->span);
    struct expression *node =
        node_new(checker, is_resolve ? EXPRESSION_RESOLVE : EXPRESSION_REJECT, checker->void_type, call->span);
    node->left = promise;
    node->right = value;
    return node_finish(node);
}
