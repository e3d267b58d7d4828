/* select: the first of several that is ready. See task.h. */
#include "compiler/check/call.h"
#include "compiler/check/convert.h"
#include "compiler/check/node.h"
#include "compiler/check/path.h"
#include "compiler/check/statement.h"
#include "compiler/check/task.h"

struct select_case_list VECTOR(struct select_case);

/* A call that has not been started; reports it. */
static bool
is_call_to_start(struct body *body, const struct ast_expression *source)
{
    while (source->kind == AST_EXPRESSION_PARENTHESES)
        source = source->as.operand;
    if (source->kind != AST_EXPRESSION_CALL)
        return false;
    struct callee callee = callee_of(body, source);
    bool is_broken = callee.kind == CALLEE_BROKEN;
    bool is_wait = callee.kind == CALLEE_PREDECLARED && is_await_name(callee.name);
    bool is_async = callee.kind == CALLEE_FUNCTION &&
                    (callee.function->colour == COLOUR_ROUTINE || callee.function->colour == COLOUR_STEP);
    if (!is_broken && !is_wait && !is_async)
        return false;
    check_lost_arguments(body, &source->as.call.arguments);
    if (is_broken)
        return true;
    struct text what = text_format(body->checker->arena, "'%.*s'", TEXT_ARGUMENTS(callee.name));
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_SELECT_SOURCE, source->span, what);
    if (is_async)
        diagnostic_help(found, "start it before, and wait for the task: task<T> t = start %t(…);", callee.name);
    else if (text_equal_string(callee.name, "all") || text_equal_string(callee.name, "any"))
        diagnostic_help(found, "let a routine of its own await it, and start that");
    else
        diagnostic_help(found, "the time is a case of its own: case after 24h:");
    return true;
}

/* What a case waits for: a task or a promise; POISON after a report. */
static const struct expression *
check_source(struct body *body, const struct ast_expression *written)
{
    struct checker *checker = body->checker;
    if (is_call_to_start(body, written))
        return node_poison(checker, written->span);
    const struct expression *source = check_value(body, written, NULL);
    const struct type *type = source->type;
    if (is_handle(type)) {
        effect_await_handle(body, type, written->span);
        return source;
    }
    if (is_poison(type))
        return source;
    if (type->kind == TYPE_OPTIONAL && is_handle(type->element)) {
        convert_report_null(checker, source, type->element);
        return node_poison(checker, written->span);
    }
    struct text what = text_format(checker->arena, "a value of %.*s", TEXT_ARGUMENTS(type->name));
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_SELECT_SOURCE, written->span, what);
    if (type->kind == TYPE_ARRAY && type->element->kind == TYPE_TASK)
        diagnostic_help(found, "the first success of several is await any(…)");
    else if (type->kind == TYPE_DURATION)
        diagnostic_help(found, "write: case after …:");
    else
        diagnostic_help(found, "name a task or a promise");
    return node_poison(checker, written->span);
}

/* The sources of all cases, evaluated at entry. */
static void
check_sources(struct body *body, const struct ast_select_case_list *written, struct select_case_list *cases)
{
    struct checker *checker = body->checker;
    const struct ast_select_case *after = NULL;
    for (size_t index = 0; index < written->count; index++) {
        const struct ast_select_case *source = &written->items[index];
        struct select_case checked = { .span = source->span, .is_after = source->kind == AST_SELECT_AFTER };
        if (source->kind == AST_SELECT_BAD)
            checked.source = node_poison(checker, source->span);
        else if (checked.is_after)
            checked.source = check_converted(body, source->source, type_scalar(&checker->types, TYPE_DURATION));
        else
            checked.source = check_source(body, source->source);
        if (checked.is_after && after != NULL) {
            struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_AFTER_TWICE, source->span);
            diagnostic_note(found, after->span, "the other one stands here");
            diagnostic_help(found, "keep the shorter one");
        }
        if (checked.is_after)
            after = source;
        vector_add(checker->arena, cases, checked);
    }
}

/* The variable that takes the value of a case. */
static void
bind_value(struct body *body, const struct ast_select_case *source, struct select_case *checked,
           struct statement_pointer_list *before)
{
    struct checker *checker = body->checker;
    const struct type *type = is_handle(checked->source->type) ? checked->source->type->element : checker->poison;
    if (type->kind == TYPE_VOID) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_VOID_VALUE, source->source->span);
        diagnostic_help(found, "there is no value to keep: case await …:");
        type = checker->poison;
    }
    const struct ast_loop_variable variable = { source->type, source->name };
    checked->binding = declare_element(body, &variable, type, LOCAL_BINDING, before);
}

static void
check_case(struct body *body, const struct ast_select_case *source, struct select_case *checked)
{
    struct statement_pointer_list list = { 0 };
    size_t mark = locals_enter(body);
    if (source->kind == AST_SELECT_VALUE)
        bind_value(body, source, checked, &list);
    struct span span = source->span;
    if (source->body.count > 0)
        span = span_join(source->body.items[0]->span, source->body.items[source->body.count - 1]->span);
    const struct statement *block = check_block(body, &source->body, span);
    locals_leave(body, mark);
    checked->body = block;
    if (list.count == 0)
        return;
    vector_add(body->checker->arena, &list, block);
    struct statement *whole = statement_new(body, STATEMENT_BLOCK, span);
    whole->statements = list.items;
    whole->statement_count = list.count;
    whole->has_await = block->has_await;
    checked->body = whole;
}

const struct statement *
check_select(struct body *body, const struct ast_statement *source)
{
    struct arena *arena = body->checker->arena;
    const struct ast_select_case_list *written = &source->as.select;
    struct span word = { source->span.begin, source->span.begin + (uint32_t)sizeof "select" - 1 };
    struct statement *statement = statement_new(body, STATEMENT_SELECT, source->span);
    struct select_case_list cases = { 0 };
    struct breakable breakable;
    bool is_broken = !may_act(body, word, "select");
    if (written->count == 0) {
        struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_SELECT_EMPTY, word);
        diagnostic_help(found, "add a case: case await t:, or case after 24h:");
        is_broken = true;
    }
    check_sources(body, written, &cases);
    body->facts = path_forget_state(body, body->facts);
    struct facts entry = body->facts;
    struct facts after = facts_unreachable(entry);
    breakable_enter(body, &breakable, false);
    for (size_t index = 0; index < written->count; index++) {
        body->facts = entry;
        check_case(body, &written->items[index], &cases.items[index]);
        after = facts_join(arena, after, body->facts);
    }
    breakable_leave(body, &breakable);
    body->facts = written->count == 0 ? entry : facts_join(arena, after, breakable.at_break);
    statement->select_cases = cases.items;
    statement->select_case_count = cases.count;
    statement->has_await = true;
    return is_broken ? statement_empty(body, source->span) : statement;
}
