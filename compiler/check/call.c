/* Calls that are not awaited; the arguments of all. See call.h. */
#include "compiler/check/call.h"

#include "compiler/check/builtin.h"
#include "compiler/check/convert.h"
#include "compiler/check/effect.h"
#include "compiler/check/keyed.h"
#include "compiler/check/name.h"
#include "compiler/check/node.h"
#include "compiler/check/postfix.h"
#include "compiler/check/resolve.h"
#include "compiler/check/symbol.h"
#include "compiler/check/task.h"

const char *
colour_text(enum colour colour, bool with_article)
{
    switch (colour) {
    case COLOUR_PURE: return with_article ? "the pure function" : "pure function";
    case COLOUR_ROUTINE: return with_article ? "the routine" : "routine";
    case COLOUR_STEP: return with_article ? "the step" : "step";
    case COLOUR_NATIVE: return with_article ? "the native function" : "native function";
    }
    return "function";
}

static bool
is_one_of(struct text name, const char *const *names, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        if (text_equal_string(name, names[index]))
            return true;
    }
    return false;
}

bool
is_await_name(struct text name)
{
    static const char *const names[] = { "all", "any", "sleep", "sleep_until", "checkpoint" };
    return is_one_of(name, names, sizeof names / sizeof names[0]);
}

static bool
is_predeclared(struct text name)
{
    static const char *const names[] = { "now", "invocation_id", "resolve", "reject" };
    return is_await_name(name) || is_one_of(name, names, sizeof names / sizeof names[0]);
}

/* ---- what is called ---- */

static struct callee
callee_broken(void)
{
    return (struct callee){ .kind = CALLEE_BROKEN };
}

static struct callee
callee_function(const struct function *function)
{
    return (struct callee){
        .kind = CALLEE_FUNCTION,
        .name = function->name,
        .function = function,
        .await = function->colour == COLOUR_STEP ? AWAIT_STEP : AWAIT_SUBROUTINE,
    };
}

/* The key that a service, or what a dependency names, has; NULL: none. */
static const struct variable *
key_of(const struct symbol *symbol)
{
    if (symbol->kind == SYMBOL_SERVICE)
        return symbol->as.service->public.key;
    const struct use *use = symbol->as.use;
    return use->interface != NULL ? ((const struct interface_scope *)use->interface)->key : use->service->key;
}

static struct callee
callee_of_symbol(struct body *body, struct symbol *symbol, struct span span)
{
    if (symbol->kind == SYMBOL_FUNCTION)
        return callee_function(&symbol->as.function->public);
    if (symbol->kind == SYMBOL_BROKEN)
        return callee_broken();
    struct text what = text_format(body->checker->arena, "'%.*s'", TEXT_ARGUMENTS(symbol->name));
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_NOT_CALLABLE, span, what);
    if (symbol->kind == SYMBOL_STRUCT || symbol->kind == SYMBOL_ERROR || symbol->kind == SYMBOL_EVENT ||
        symbol->kind == SYMBOL_UNION)
        diagnostic_help(found, "a value of it is written %t{.member = …}", symbol->name);
    else if (symbol->kind == SYMBOL_SERVICE || symbol->kind == SYMBOL_USE)
        diagnostic_help(found,
                        key_of(symbol) == NULL ? "call one of its routines: await %t.…(…)"
                                               : "call one of its routines: await %t(…).…(…)",
                        symbol->name);
    else
        diagnostic_help(found, "it is %s", symbol_kind_text(symbol));
    return callee_broken();
}

/* A service in sight that has a routine of this name; NULL if none has. */
static const struct service_scope *
find_service_with(const struct module *module, struct text name)
{
    for (size_t index = 0; index < module->symbol_list.count; index++) {
        const struct symbol *symbol = module->symbol_list.items[index];
        if (symbol->kind != SYMBOL_SERVICE)
            continue;
        const struct symbol *member = map_get(&symbol->as.service->names, name);
        if (member != NULL && member->kind == SYMBOL_FUNCTION)
            return symbol->as.service;
    }
    return NULL;
}

static struct callee
callee_of_name(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    struct ast_name name = { expression->as.text, expression->span };
    if (locals_find(body, name.text) != NULL) {
        struct text what = text_format(checker->arena, "the variable '%.*s'", TEXT_ARGUMENTS(name.text));
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_CALLABLE, name.span, what);
        diagnostic_help(found, "if a function of this name is meant, give the variable another one");
        return callee_broken();
    }
    struct symbol *symbol = name_find(body, &name);
    if (symbol != NULL)
        return callee_of_symbol(body, symbol, name.span);
    if (is_predeclared(name.text))
        return (struct callee){ .kind = CALLEE_PREDECLARED, .name = name.text };
    const struct service_scope *scope = find_service_with(body->module, name.text);
    if (scope != NULL) {
        struct text owner = scope->symbol->name;
        struct text service = owner;
        if (scope->public.key != NULL)
            service = text_format(checker->arena, "%.*s(…)", TEXT_ARGUMENTS(owner));
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_SERVICE_BY_NAME, name.span,
                                                  name.text, owner, service, name.text);
        diagnostic_help(found, "await it: await %t.%t(…)", service, name.text);
        return callee_broken();
    }
    name_report_unknown(body, &name, "function");
    return callee_broken();
}

static void
report_no_routine(struct body *body, const char *what, struct text owner, const struct map *names,
                  const struct ast_name *name)
{
    struct diagnostic *found =
        diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_NO_ROUTINE, name->span, what, owner, name->text);
    struct text best = symbol_nearest(names, name->text, (struct text){ 0 });
    if (best.size_bytes > 0)
        diagnostic_help(found, "did you mean '%t'?", best);
    else
        diagnostic_help(found, "declare it there");
}

/* Service.routine */
static struct callee
callee_of_service(struct body *body, const struct service_scope *scope, const struct ast_name *name)
{
    const struct symbol *symbol = map_get(&scope->names, name->text);
    if (symbol != NULL && symbol->kind == SYMBOL_BROKEN)
        return callee_broken();
    if (symbol == NULL || symbol->kind != SYMBOL_FUNCTION) {
        report_no_routine(body, "service", scope->symbol->name, &scope->names, name);
        return callee_broken();
    }
    struct callee callee = callee_function(&symbol->as.function->public);
    callee.await = AWAIT_SERVICE;
    bool is_own_routine =
        body->scope == scope && scope->public.key == NULL && callee.function->colour == COLOUR_ROUTINE;
    if (!callee.function->is_public && !is_own_routine) {
        struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_NOT_PUBLIC, name->span,
                                                  name->text, scope->symbol->name);
        diagnostic_note(found, symbol->span, "'%t' is declared here", name->text);
        diagnostic_help(found, callee.function->colour == COLOUR_ROUTINE
                                   ? "take 'private' away, or call a public routine"
                                   : "declare the function outside of the service");
        return callee_broken();
    }
    return callee;
}

/* dependency.method */
static struct callee
callee_of_use(struct body *body, const struct use *use, const struct ast_name *name)
{
    struct callee callee = callee_broken();
    if (use->interface != NULL) {
        const struct interface_scope *interface = (const struct interface_scope *)use->interface;
        const struct function_check *method = map_get(&interface->methods, name->text);
        if (method != NULL)
            callee = callee_function(&method->public);
        else
            report_no_routine(body, "interface", use->interface->name, &interface->methods, name);
    } else {
        callee = callee_of_service(body, (const struct service_scope *)use->service, name);
    }
    callee.use = use;
    callee.await = AWAIT_USE;
    return callee;
}

/* A key that could not be resolved was reported where it is declared. */
static bool
key_is_broken(const struct symbol *symbol)
{
    const struct variable *key = key_of(symbol);
    if (key != NULL)
        return is_poison(key->type);
    if (symbol->kind == SYMBOL_SERVICE)
        return symbol->declaration->as.service.is_keyed;
    const struct use *use = symbol->as.use;
    if (use->interface != NULL)
        return use->interface->key_type != NULL;
    return ((const struct service_scope *)use->service)->symbol->declaration->as.service.is_keyed;
}

/* A service or dependency before the dot, and the call that gives its key; call: NULL when there is none. */
static struct callee
callee_of_place(struct body *body, const struct symbol *symbol, const struct ast_expression *call,
                const struct ast_expression *member)
{
    const struct variable *key = key_of(symbol);
    bool is_broken = key_is_broken(symbol);
    const struct expression *value = NULL;
    if (call != NULL && is_broken)
        check_lost_arguments(body, &call->as.call.arguments);
    else if (call != NULL)
        value = check_key(body, call, symbol->name, key);
    else if (key != NULL && !is_broken)
        report_key_missing(body, member->as.member.operand->span, symbol->name, key);
    struct callee callee = symbol->kind == SYMBOL_SERVICE
                               ? callee_of_service(body, symbol->as.service, &member->as.member.name)
                               : callee_of_use(body, symbol->as.use, &member->as.member.name);
    if (is_broken || (value == NULL && (call != NULL || key != NULL)))
        return callee_broken();
    callee.key = value;
    return callee;
}

static struct callee
callee_of_member(struct body *body, const struct ast_expression *member)
{
    struct symbol *symbol = name_symbol_of(body, member);
    if (symbol != NULL)
        return callee_of_symbol(body, symbol, member->span);
    const struct ast_expression *operand = member->as.member.operand;
    const struct ast_expression *call = operand->kind == AST_EXPRESSION_CALL ? operand : NULL;
    symbol = name_symbol_of(body, call != NULL ? call->as.call.callee : operand);
    if (symbol == NULL)
        return (struct callee){ .kind = CALLEE_METHOD };
    if (symbol->kind == SYMBOL_SERVICE || symbol->kind == SYMBOL_USE)
        return callee_of_place(body, symbol, call, member);
    if (symbol->kind == SYMBOL_BROKEN && call == NULL)
        return callee_broken();
    return (struct callee){ .kind = CALLEE_METHOD };
}

struct callee
callee_of(struct body *body, const struct ast_expression *call)
{
    const struct ast_expression *callee = call->as.call.callee;
    while (callee->kind == AST_EXPRESSION_PARENTHESES)
        callee = callee->as.operand;
    if (callee->kind == AST_EXPRESSION_NAME)
        return callee_of_name(body, callee);
    if (callee->kind == AST_EXPRESSION_MEMBER)
        return callee_of_member(body, callee);
    return (struct callee){ .kind = CALLEE_METHOD };
}

/* ---- arguments of functions ---- */

void
check_lost_arguments(struct body *body, const struct ast_argument_list *arguments)
{
    for (size_t index = 0; index < arguments->count; index++)
        check_expression(body, arguments->items[index].value, body->checker->poison);
}

/* The arguments of one call while they are put to their parameters. */
struct argument_check {
    struct body *body;
    const struct function *function;
    const struct expression **values; /* by parameter */
    size_t *order;                    /* parameters as they were given */
    size_t given_count;
    bool is_broken;
};

static size_t
find_parameter(const struct function *function, struct text name)
{
    size_t index = 0;
    while (index < function->parameter_count && !text_equal(function->parameters[index]->name, name))
        index++;
    return index;
}

/* The parameter of an argument; parameter_count after a report. */
static size_t
place_argument(struct argument_check *check, const struct ast_argument *argument, size_t position, bool after_named)
{
    struct diagnostics *diagnostics = check->body->checker->diagnostics;
    const struct function *function = check->function;
    if (argument->name.text.size_bytes == 0) {
        if (!after_named)
            return position;
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_ARGUMENT_ORDER, argument->span);
        diagnostic_help(found, "give it its name as well, or write it first");
        return function->parameter_count;
    }
    size_t parameter = find_parameter(function, argument->name.text);
    if (parameter == function->parameter_count) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_ARGUMENT_UNKNOWN, argument->name.span,
                                                  function->name, argument->name.text);
        diagnostic_note(found, function->span, "'%t' is declared here", function->name);
        struct text best = { 0 };
        for (size_t index = 0; index < function->parameter_count; index++)
            best = symbol_nearer(argument->name.text, best, function->parameters[index]->name);
        if (best.size_bytes > 0)
            diagnostic_help(found, "did you mean '%t'?", best);
        else
            diagnostic_help(found, "name one of its parameters");
    }
    return parameter;
}

static void
take_argument(struct argument_check *check, const struct ast_argument *argument, size_t parameter)
{
    struct checker *checker = check->body->checker;
    if (parameter >= check->function->parameter_count) {
        check->is_broken = true;
        check_expression(check->body, argument->value, checker->poison);
        return;
    }
    const struct variable *target = check->function->parameters[parameter];
    if (check->values[parameter] != NULL) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_TWICE, argument->span, target->name);
        diagnostic_help(found, "leave one of them out");
        check->is_broken = true;
    }
    check->values[parameter] = check_converted(check->body, argument->value, target->type);
    check->is_broken |= is_poison(check->values[parameter]->type);
    check->order[check->given_count++] = parameter;
}

/* Put defaults where nothing was given; report what has none. */
static void
fill_in_defaults(struct argument_check *check, const struct ast_expression *call)
{
    const struct function *function = check->function;
    bool is_silent = check->is_broken;
    for (size_t index = 0; index < function->parameter_count; index++) {
        if (check->values[index] != NULL)
            continue;
        const struct variable *parameter = function->parameters[index];
        if (parameter->default_value != NULL) {
            check->values[index] = parameter->default_value;
            check->order[check->given_count++] = index;
            continue;
        }
        if (!is_silent) {
            struct diagnostic *found = diagnostic_add(check->body->checker->diagnostics, DIAGNOSTIC_ARGUMENT_MISSING,
                                                      call->span, function->name, parameter->name);
            diagnostic_note(found, parameter->span, "'%t' is declared here", parameter->name);
            diagnostic_help(found, "give it: %t: …", parameter->name);
        }
        check->is_broken = true;
    }
}

static bool
is_ascending(const size_t *order, size_t count)
{
    for (size_t index = 1; index < count; index++) {
        if (order[index] < order[index - 1])
            return false;
    }
    return true;
}

struct expression *
call_node(struct body *body, const struct callee *callee, const struct ast_expression *call)
{
    struct checker *checker = body->checker;
    const struct function *function = callee->function;
    const struct ast_argument_list *arguments = &call->as.call.arguments;
    if (body->function == NULL) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_CONSTANT, call->span, body->constant_place);
        diagnostic_help(found, "write the value itself: nothing is called before the program runs");
        return node_poison(checker, call->span);
    }
    size_t count = function->parameter_count;
    struct argument_check check = { .body = body, .function = function };
    check.values = arena_new_array(checker->arena, const struct expression *, count);
    check.order = arena_new_array(checker->arena, size_t, count + arguments->count);
    bool after_named = false;
    for (size_t index = 0; index < arguments->count; index++) {
        const struct ast_argument *argument = &arguments->items[index];
        if (index >= count && !check.is_broken) {
            struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_EXTRA, argument->span,
                                                      function->name, count, arguments->count);
            diagnostic_note(found, function->span, "'%t' is declared here", function->name);
            diagnostic_help(found, "leave it out");
        }
        size_t parameter = index >= count ? count : place_argument(&check, argument, index, after_named);
        after_named |= argument->name.text.size_bytes > 0;
        take_argument(&check, argument, parameter);
    }
    fill_in_defaults(&check, call);
    if (check.is_broken || is_poison(function->result))
        return node_poison(checker, call->span);
    struct expression *node = node_new(checker, EXPRESSION_CALL, function->result, call->span);
    node->arguments = check.values;
    node->argument_count = count;
    if (!is_ascending(check.order, count))
        node->evaluation_order = check.order;
    node->as.call.function = function;
    node->as.call.use = callee->use;
    node->as.call.key = callee->key;
    node_finish(node);
    return node;
}

/* ---- methods of values ---- */

static bool
takes_receiver(struct body *body, const struct built_in *built_in, const struct expression *receiver,
               const struct ast_name *name)
{
    struct diagnostics *diagnostics = body->checker->diagnostics;
    const struct type *element = receiver->type->element;
    if (built_in->method == METHOD_ARRAY_SORT && !type_is_ordered(element) && !is_poison(element)) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_NOT_ORDERED, name->span, element->name);
        diagnostic_help(found, "sort numbers or texts, or write the loop that sorts by what you choose");
        return false;
    }
    if (built_in->method == METHOD_ARRAY_JOIN && element->kind != TYPE_STRING && !is_poison(element)) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_TYPE_MISMATCH, receiver->span,
                                                  TEXT("string[]"), receiver->type->name);
        diagnostic_help(found, "only strings can be joined: make an array of them first");
        return false;
    }
    return !built_in->mutates || check_changeable(body, receiver, DIAGNOSTIC_CHANGE_LOST, name->span, name->text);
}

static const struct expression *const *
check_method_arguments(struct body *body, const struct built_in *built_in, const struct type *receiver,
                       const struct ast_expression *call, bool *is_broken)
{
    struct checker *checker = body->checker;
    const struct ast_argument_list *arguments = &call->as.call.arguments;
    const struct expression **values =
        arena_new_array(checker->arena, const struct expression *, built_in->parameter_count);
    for (size_t index = 0; index < arguments->count; index++) {
        const struct ast_argument *argument = &arguments->items[index];
        if (argument->name.text.size_bytes > 0) {
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_UNKNOWN, argument->name.span,
                               text_from_string(built_in->name), argument->name.text);
            diagnostic_help(found, "give the arguments of a built-in method by their place");
            *is_broken = true;
        }
        if (index >= built_in->parameter_count) {
            check_expression(body, argument->value, checker->poison);
            continue;
        }
        const struct type *type = built_in_resolve(checker, built_in->parameters[index], receiver);
        values[index] = check_converted(body, argument->value, type);
        *is_broken |= is_poison(values[index]->type);
    }
    if (arguments->count > built_in->parameter_count) {
        struct diagnostic *found = diagnostic_add(
            checker->diagnostics, DIAGNOSTIC_ARGUMENT_EXTRA, arguments->items[built_in->parameter_count].span,
            text_from_string(built_in->name), built_in->parameter_count, arguments->count);
        diagnostic_help(found, "leave it out");
        *is_broken = true;
    } else if (arguments->count < built_in->parameter_count) {
        static const char *const names[BUILT_IN_PARAMETERS_MAX] = { "its first parameter", "its second parameter" };
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_MISSING, call->span,
                           text_from_string(built_in->name), text_from_string(names[arguments->count]));
        diagnostic_help(found, "it takes %z", built_in->parameter_count);
        *is_broken = true;
    }
    return values;
}

static const struct expression *
report_not_callable(struct body *body, const struct ast_expression *call, const struct expression *callee)
{
    check_lost_arguments(body, &call->as.call.arguments);
    if (is_poison(callee->type))
        return node_poison(body->checker, call->span);
    struct text what = text_format(body->checker->arena, "a value of %.*s", TEXT_ARGUMENTS(callee->type->name));
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_NOT_CALLABLE, callee->span, what);
    diagnostic_help(found, "call a function by its name");
    return node_poison(body->checker, call->span);
}

static const struct expression *
check_method_call(struct body *body, const struct ast_expression *call)
{
    struct checker *checker = body->checker;
    const struct ast_expression *callee = call->as.call.callee;
    if (callee->kind != AST_EXPRESSION_MEMBER && callee->kind != AST_EXPRESSION_OPTIONAL_MEMBER)
        return report_not_callable(body, call, check_value(body, callee, NULL));
    const struct ast_name *name = &callee->as.member.name;
    const struct symbol *symbol = name_symbol_of(body, callee->as.member.operand);
    if (symbol != NULL && !symbol_is_value(symbol))
        return report_not_callable(body, call, check_value(body, callee, NULL));
    const struct ast_expression *outer = body->place;
    body->place = built_in_changes(name->text) ? callee->as.member.operand : NULL;
    const struct expression *receiver = check_receiver(body, callee);
    body->place = outer;
    const struct built_in *built_in = is_poison(receiver->type) ? NULL : built_in_find(receiver->type, name->text);
    if (built_in == NULL) {
        check_lost_arguments(body, &call->as.call.arguments);
        return is_poison(receiver->type) ? receiver : report_no_member(body, receiver, name);
    }
    if (built_in->is_property) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_PROPERTY_CALLED, name->span, name->text);
        diagnostic_help(found, "leave out the parentheses");
        check_lost_arguments(body, &call->as.call.arguments);
        return node_poison(checker, call->span);
    }
    bool is_broken = (built_in->mutates && place_is_constant(body, callee->as.member.operand)) ||
                     !takes_receiver(body, built_in, receiver, name);
    const struct expression *const *arguments =
        check_method_arguments(body, built_in, receiver->type, call, &is_broken);
    for (size_t index = 0; index < call->as.call.arguments.count && !is_broken; index++) {
        if (arguments[index]->has_await)
            receiver = place_after_await(checker, receiver);
    }
    if (built_in->mutates)
        place_prove(body, receiver);
    if (is_broken)
        return node_poison(checker, call->span);
    return method_node(body, built_in, receiver, arguments, call->span);
}

/* ---- the call ---- */

static const struct expression *
check_predeclared(struct body *body, const struct ast_expression *call, struct text name)
{
    struct checker *checker = body->checker;
    if (text_equal_string(name, "resolve") || text_equal_string(name, "reject"))
        return check_settle(body, call, name);
    check_lost_arguments(body, &call->as.call.arguments);
    if (is_await_name(name)) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_AWAIT_ONLY, call->span, name);
        diagnostic_fix(found, (struct span){ call->span.begin, call->span.begin }, TEXT("await "));
        return node_poison(checker, call->span);
    }
    if (call->as.call.arguments.count > 0) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_EXTRA, call->as.call.arguments.items[0].span, name,
                           (size_t)0, call->as.call.arguments.count);
        diagnostic_help(found, "leave it out");
        return node_poison(checker, call->span);
    }
    bool is_now = text_equal_string(name, "now");
    if (!stands_in_routine(body, call->span, is_now ? "now()" : "invocation_id()"))
        return node_poison(checker, call->span);
    return node_new(checker, is_now ? EXPRESSION_NOW : EXPRESSION_INVOCATION_ID,
                    type_scalar(&checker->types, is_now ? TYPE_TIME : TYPE_UUID), call->span);
}

/* Does a member, an element or `!` of the result follow? They would bind tighter than `await`. */
static bool
is_operand_of_postfix(const struct body *body, struct span span)
{
    const struct source_file *source = sources_find(body->checker->diagnostics->sources, span.begin);
    const char *next = source->content + (span.end - source->base), *end = source->content + source->size_bytes;
    while (next < end && memchr(" \t\r\n", *next, 4) != NULL)
        next++;
    size_t left = (size_t)(end - next);
    if (left == 0)
        return false;
    return *next == '.' || *next == '[' || (*next == '?' && left > 1 && next[1] == '.') ||
           (*next == '!' && (left == 1 || next[1] != '='));
}

static void
report_not_awaited(struct body *body, const struct callee *callee, struct span span, bool wants_task)
{
    struct checker *checker = body->checker;
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_AWAITED, span,
                                              colour_text(callee->function->colour, false), callee->name);
    struct span begin = { span.begin, span.begin };
    if (wants_task && callee->function->result->kind != TYPE_TASK)
        diagnostic_fix(found, begin, TEXT("start "));
    else if (is_operand_of_postfix(body, span))
        diagnostic_fix(found, span,
                       text_format(checker->arena, "(await %.*s)",
                                   TEXT_ARGUMENTS(sources_text(checker->diagnostics->sources, span))));
    else
        diagnostic_fix(found, begin, TEXT("await "));
}

const struct expression *
check_call(struct body *body, const struct ast_expression *call)
{
    struct checker *checker = body->checker;
    bool wants_task = body->wants_task;
    body->wants_task = false;
    struct callee callee = callee_of(body, call);
    switch (callee.kind) {
    case CALLEE_BROKEN: check_lost_arguments(body, &call->as.call.arguments); return node_poison(checker, call->span);
    case CALLEE_METHOD: return check_method_call(body, call);
    case CALLEE_PREDECLARED: return check_predeclared(body, call, callee.name);
    case CALLEE_FUNCTION: break;
    }
    enum colour colour = callee.function->colour;
    const struct expression *node = call_node(body, &callee, call);
    if (callee.function->has_effect && body->function != NULL &&
        !may_act(body, call->span, text_to_string(checker->arena, callee.name)))
        return node_poison(checker, call->span);
    if (body->function != NULL)
        effect_call(body, callee.function, call->span);
    if ((colour != COLOUR_ROUTINE && colour != COLOUR_STEP) || body->function == NULL)
        return node;
    if (body_colour(body) == COLOUR_ROUTINE) {
        report_not_awaited(body, &callee, call->span, wants_task);
    } else {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_PURE_CALLS_ASYNC, call->span,
                                                  body->function->public.name, colour_text(colour, true), callee.name);
        diagnostic_note(found, callee.function->span, "'%t' is declared here", callee.name);
        diagnostic_help(found, "make '%t' async and await the call, or hand the value in as a parameter",
                        body->function->public.name);
    }
    return node_poison(checker, call->span);
}

const struct expression *
check_type_call(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct ast_type *written = expression->as.type_call.type;
    const struct ast_argument_list *arguments = &expression->as.type_call.arguments;
    if (written->kind == AST_TYPE_PROMISE)
        return check_promise(body, expression);
    const struct type *type = resolve_type(checker, body->module, written);
    if (is_poison(type) || written->kind != AST_TYPE_BUILT_IN || type->kind == TYPE_VOID) {
        check_lost_arguments(body, arguments);
        if (!is_poison(type)) {
            struct text what = text_format(checker->arena, "the type %.*s", TEXT_ARGUMENTS(type->name));
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_CALLABLE, expression->span, what);
            diagnostic_help(found, "conversions are written with built-in types: int(…), string(…)");
        }
        return node_poison(checker, expression->span);
    }
    if (arguments->count != 1 || arguments->items[0].name.text.size_bytes > 0) {
        check_lost_arguments(body, arguments);
        struct diagnostic *found =
            arguments->count == 0 ? diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_MISSING, expression->span,
                                                   type->name, TEXT("the value to convert"))
            : arguments->count > 1
                ? diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_EXTRA, arguments->items[1].span, type->name,
                                 (size_t)1, arguments->count)
                : diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_UNKNOWN, arguments->items[0].name.span,
                                 type->name, arguments->items[0].name.text);
        diagnostic_help(found, "a conversion takes one value: %t(…)", type->name);
        return node_poison(checker, expression->span);
    }
    const struct expression *value = check_value(body, arguments->items[0].value, NULL);
    return convert_written(checker, type, value, expression->span);
}
