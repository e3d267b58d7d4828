/* Loops, and what is known around them. See statement.h.
 *
 * A loop's head is reached again from its end: there, nothing is known of the variables that the loop assigns. */
#include "compiler/check/constant.h"
#include "compiler/check/convert.h"
#include "compiler/check/node.h"
#include "compiler/check/path.h"
#include "compiler/check/resolve.h"
#include "compiler/check/statement.h"

/* ---- what a statement assigns ---- */

static void weaken(struct body *body, struct facts *facts, const struct ast_statement *statement);

static void
weaken_list(struct body *body, struct facts *facts, const struct ast_statement_list *list)
{
    for (size_t index = 0; index < list->count; index++)
        weaken(body, facts, list->items[index]);
}

/* An assignment to a part of a variable may end what is known of its members; which ones is not looked at here. */
static void
weaken_target(struct body *body, struct facts *facts, const struct ast_expression *target)
{
    bool is_part = false;
    for (;;) {
        if (target->kind == AST_EXPRESSION_PARENTHESES || target->kind == AST_EXPRESSION_UNWRAP) {
            target = target->as.operand;
        } else if (target->kind == AST_EXPRESSION_MEMBER) {
            target = target->as.member.operand;
            is_part = true;
        } else if (target->kind == AST_EXPRESSION_INDEX) {
            target = target->as.index.operand;
            is_part = true;
        } else {
            break;
        }
    }
    if (target->kind != AST_EXPRESSION_NAME)
        return;
    const struct variable *variable = locals_find(body, target->as.text);
    if (variable != NULL)
        *facts = path_forget(body, *facts, variable, is_part);
}

static void
weaken(struct body *body, struct facts *facts, const struct ast_statement *statement)
{
    if (statement == NULL)
        return;
    switch (statement->kind) {
    case AST_STATEMENT_ASSIGN: weaken_target(body, facts, statement->as.assign.target); break;
    case AST_STATEMENT_BLOCK: weaken_list(body, facts, &statement->as.block.statements); break;
    case AST_STATEMENT_IF:
        weaken(body, facts, statement->as.branch.then);
        weaken(body, facts, statement->as.branch.otherwise);
        break;
    case AST_STATEMENT_WHILE:
    case AST_STATEMENT_DO: weaken(body, facts, statement->as.loop.body); break;
    case AST_STATEMENT_FOR:
        weaken(body, facts, statement->as.for_.initialise);
        weaken(body, facts, statement->as.for_.step);
        weaken(body, facts, statement->as.for_.body);
        break;
    case AST_STATEMENT_FOR_EACH: weaken(body, facts, statement->as.for_each.body); break;
    case AST_STATEMENT_SWITCH:
        for (size_t index = 0; index < statement->as.switch_.cases.count; index++)
            weaken_list(body, facts, &statement->as.switch_.cases.items[index].body);
        break;
    case AST_STATEMENT_SELECT:
        for (size_t index = 0; index < statement->as.select.count; index++)
            weaken_list(body, facts, &statement->as.select.items[index].body);
        break;
    case AST_STATEMENT_TRY:
        weaken(body, facts, statement->as.try_.body);
        for (size_t index = 0; index < statement->as.try_.catches.count; index++)
            weaken(body, facts, statement->as.try_.catches.items[index].body);
        weaken(body, facts, statement->as.try_.finally_body);
        break;
    case AST_STATEMENT_BAD:
    case AST_STATEMENT_EMPTY:
    case AST_STATEMENT_LOCAL:
    case AST_STATEMENT_EXPRESSION:
    case AST_STATEMENT_INCREMENT:
    case AST_STATEMENT_DECREMENT:
    case AST_STATEMENT_BREAK:
    case AST_STATEMENT_CONTINUE:
    case AST_STATEMENT_RETURN:
    case AST_STATEMENT_THROW:
    case AST_STATEMENT_COMPENSATE: /* it changes copies */
    case AST_STATEMENT_CANCEL:
    case AST_STATEMENT_PUBLISH:
    case AST_STATEMENT_MOCK:
    case AST_STATEMENT_ASSERT: break;
    }
}

struct facts
facts_weakened(struct body *body, struct facts facts, const struct ast_statement *statement)
{
    if (facts.word_count == 0 || statement == NULL)
        return facts;
    weaken(body, &facts, statement);
    bool is_known = body->state_paths == NULL || !may_change_state(body, statement);
    return is_known ? facts : path_forget_state(body, facts);
}

/* ---- break and continue ---- */

void
breakable_enter(struct body *body, struct breakable *breakable, bool is_loop)
{
    *breakable = (struct breakable){
        .outer = body->breakable,
        .is_loop = is_loop,
        .finally_depth = body->finally_depth,
        .at_break = facts_unreachable(facts_none()),
        .at_continue = facts_unreachable(facts_none()),
    };
    body->breakable = breakable;
}

void
breakable_leave(struct body *body, struct breakable *breakable)
{
    body->breakable = breakable->outer;
}

/* ---- while, do, for ---- */

const struct statement *
check_while(struct body *body, const struct ast_statement *source)
{
    struct statement *statement = statement_new(body, STATEMENT_WHILE, source->span);
    struct facts when_true, when_false;
    struct breakable breakable;
    body->facts = facts_weakened(body, body->facts, source); /* its condition may await, too */
    statement->condition = check_condition(body, source->as.loop.condition, &when_true, &when_false);
    breakable_enter(body, &breakable, true);
    body->facts = when_true;
    statement->body = check_scoped(body, source->as.loop.body);
    breakable_leave(body, &breakable);
    body->facts = facts_join(body->checker->arena, when_false, breakable.at_break);
    statement->has_await = statement->condition->has_await || statement->body->has_await;
    return statement;
}

const struct statement *
check_do(struct body *body, const struct ast_statement *source)
{
    struct arena *arena = body->checker->arena;
    struct statement *statement = statement_new(body, STATEMENT_DO, source->span);
    struct facts when_true, when_false;
    struct breakable breakable;
    body->facts = facts_weakened(body, body->facts, source); /* its condition may await, too */
    breakable_enter(body, &breakable, true);
    statement->body = check_scoped(body, source->as.loop.body);
    breakable_leave(body, &breakable);
    body->facts = facts_join(arena, body->facts, breakable.at_continue);
    statement->condition = check_condition(body, source->as.loop.condition, &when_true, &when_false);
    body->facts = facts_join(arena, when_false, breakable.at_break);
    statement->has_await = statement->condition->has_await || statement->body->has_await;
    return statement;
}

const struct statement *
check_for(struct body *body, const struct ast_statement *source)
{
    struct arena *arena = body->checker->arena;
    struct statement *statement = statement_new(body, STATEMENT_FOR, source->span);
    struct breakable breakable;
    size_t mark = locals_enter(body);
    if (source->as.for_.initialise != NULL)
        statement->initialise = check_statement(body, source->as.for_.initialise);
    body->facts = facts_weakened(body, body->facts, source->as.for_.body);
    body->facts = facts_weakened(body, body->facts, source->as.for_.step);
    if (expression_waits(source->as.for_.condition))
        body->facts = path_forget_state(body, body->facts);
    struct facts when_true = body->facts;
    struct facts when_false = facts_unreachable(body->facts);
    if (source->as.for_.condition != NULL)
        statement->condition = check_condition(body, source->as.for_.condition, &when_true, &when_false);
    breakable_enter(body, &breakable, true);
    body->facts = when_true;
    statement->body = check_scoped(body, source->as.for_.body);
    breakable_leave(body, &breakable);
    body->facts = facts_join(arena, body->facts, breakable.at_continue);
    if (source->as.for_.step != NULL)
        statement->step = check_statement(body, source->as.for_.step);
    locals_leave(body, mark);
    body->facts = facts_join(arena, when_false, breakable.at_break);
    statement->has_await = statement_awaits(statement->initialise) || expression_awaits(statement->condition) ||
                           statement_awaits(statement->step) || statement->body->has_await;
    return statement;
}

/* ---- for over a collection or a range ---- */

/* The body of a loop over elements, with what has to happen before it in each round. */
static const struct statement *
check_each_body(struct body *body, const struct ast_statement *source, const struct statement_pointer_list *before)
{
    struct breakable breakable;
    struct facts head = body->facts;
    breakable_enter(body, &breakable, true);
    const struct statement *checked = check_scoped(body, source->as.for_each.body);
    breakable_leave(body, &breakable);
    body->facts = facts_join(body->checker->arena, head, breakable.at_break);
    if (before->count == 0)
        return checked;
    struct statement_pointer_list list = *before;
    vector_add(body->checker->arena, &list, checked);
    struct statement *block = statement_new(body, STATEMENT_BLOCK, checked->span);
    block->statements = list.items;
    block->statement_count = list.count;
    block->has_await = checked->has_await;
    return block;
}

struct variable *
declare_element(struct body *body, const struct ast_loop_variable *source, const struct type *element,
                enum local_kind kind, struct statement_pointer_list *before)
{
    struct checker *checker = body->checker;
    if (source->type == NULL)
        return locals_add(body, &source->name, element, kind);
    const struct type *type = resolve_value_type(checker, body->module, source->type);
    if (type == element || is_poison(type) || is_poison(element))
        return locals_add(body, &source->name, type, kind);
    struct ast_name none = { .span = source->name.span };
    struct variable *hidden = locals_add(body, &none, element, LOCAL_LOOP); /* nobody is asked to use it */
    const struct expression *value = node_variable(checker, hidden, source->type->span);
    struct statement *statement = statement_new(body, STATEMENT_VARIABLE, source->name.span);
    statement->value = convert(checker, value, type);
    statement->variable = locals_add(body, &source->name, type, kind);
    vector_add(checker->arena, before, statement);
    return hidden;
}

static void
report_variables(struct body *body, const struct ast_statement *source, const struct type *type, const char *variables,
                 const char *help)
{
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_LOOP_VARIABLES,
                                              source->as.for_each.source->span, type->name, variables);
    diagnostic_help(found, help);
}

/* The type of the variable of a range: the written one, or the one of both bounds. */
static const struct type *
range_type(struct body *body, const struct ast_statement *source, const struct expression *begin,
           const struct expression *end)
{
    struct checker *checker = body->checker;
    const struct ast_type *written = source->as.for_each.variable.type;
    const struct type *type =
        written != NULL ? resolve_value_type(checker, body->module, written) : convert_common(checker, begin, end);
    if (type == NULL)
        type = begin->type;
    if (is_poison(type) || type_is_integer(type))
        return type;
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_RANGE_TYPE, source->as.for_each.source->span, type->name);
    diagnostic_help(found, "count in an int, and compute the other value from it");
    return checker->poison;
}

static const struct statement *
check_range(struct body *body, const struct ast_statement *source)
{
    struct checker *checker = body->checker;
    struct statement *statement = statement_new(body, STATEMENT_FOR_RANGE, source->span);
    struct statement_pointer_list before = { 0 };
    const struct expression *begin = check_value(body, source->as.for_each.source, NULL);
    const struct expression *end = check_value(body, source->as.for_each.limit, NULL);
    const struct type *type = range_type(body, source, begin, end);
    statement->value = convert(checker, begin, type);
    statement->limit = convert(checker, end, type);
    if (source->as.for_each.second.name.text.size_bytes > 0)
        report_variables(body, source, type, "one variable", "write for (int i : from..to)");
    body->facts = facts_weakened(body, body->facts, source->as.for_each.body);
    size_t mark = locals_enter(body);
    statement->variable = locals_add(body, &source->as.for_each.variable.name, type, LOCAL_LOOP);
    statement->body = check_each_body(body, source, &before);
    locals_leave(body, mark);
    statement->has_await = statement->value->has_await || statement->limit->has_await || statement->body->has_await;
    return statement;
}

const struct statement *
check_for_each(struct body *body, const struct ast_statement *source)
{
    struct checker *checker = body->checker;
    if (source->as.for_each.limit != NULL)
        return check_range(body, source);
    const struct expression *value = check_value(body, source->as.for_each.source, NULL);
    const struct type *type = value->type;
    bool has_second = source->as.for_each.second.name.text.size_bytes > 0;
    const struct type *first = checker->poison;
    const struct type *second = checker->poison;
    if (type->kind == TYPE_ARRAY) {
        first = type->element;
        if (has_second)
            report_variables(body, source, type, "one variable", "count the elements in a variable of your own");
    } else if (type->kind == TYPE_MAP) {
        first = has_second ? type->key : first;
        second = type->element;
        if (!has_second)
            report_variables(body, source, type, "two variables",
                             "take key and value: for (K key, V value : map); the keys alone are map.keys()");
    } else if (type->kind == TYPE_OPTIONAL) {
        convert_report_null(checker, value, type->element);
    } else if (!is_poison(type)) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_ITERABLE, value->span, type->name);
        diagnostic_help(found, type_is_integer(type) ? "count by a range: 0..n" : "go through an array or a map");
    }
    struct statement *statement =
        statement_new(body, type->kind == TYPE_MAP ? STATEMENT_FOR_MAP : STATEMENT_FOR_ARRAY, source->span);
    struct statement_pointer_list before = { 0 };
    statement->value = value;
    body->facts = facts_weakened(body, body->facts, source->as.for_each.body);
    size_t mark = locals_enter(body);
    statement->variable = declare_element(body, &source->as.for_each.variable, first, LOCAL_LOOP, &before);
    if (has_second)
        statement->second_variable = declare_element(body, &source->as.for_each.second, second, LOCAL_LOOP, &before);
    statement->body = check_each_body(body, source, &before);
    locals_leave(body, mark);
    statement->has_await = value->has_await || statement->body->has_await;
    return statement;
}
