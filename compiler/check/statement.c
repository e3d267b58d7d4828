/* Statements: blocks, locals, assignments, if, return, throw. See statement.h and body.h. */
#include "compiler/check/statement.h"

#include "compiler/check/constant.h"
#include "compiler/check/convert.h"
#include "compiler/check/effect.h"
#include "compiler/check/node.h"
#include "compiler/check/path.h"
#include "compiler/check/resolve.h"
#include "compiler/check/task.h"
#include "compiler/check/usage.h"

struct statement *
statement_new(struct body *body, enum statement_kind kind, struct span span)
{
    struct statement *statement = arena_new(body->checker->arena, struct statement);
    statement->kind = kind;
    statement->span = span;
    return statement;
}

struct statement *
statement_empty(struct body *body, struct span span)
{
    return statement_new(body, STATEMENT_BLOCK, span);
}

/* ---- blocks ---- */

/* Warn once about what is never reached. */
static void
note_reachability(struct body *body, const struct ast_statement *statement)
{
    if (body->facts.is_reachable) {
        body->unreachable_reported = false;
        return;
    }
    if (body->unreachable_reported || statement->kind == AST_STATEMENT_EMPTY || statement->kind == AST_STATEMENT_BAD ||
        statement->kind == AST_STATEMENT_BLOCK)
        return;
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_UNREACHABLE, statement->span);
    diagnostic_help(found, "take it away, or mend what stands before it");
    body->unreachable_reported = true;
}

const struct statement *
check_block(struct body *body, const struct ast_statement_list *statements, struct span span)
{
    struct statement *block = statement_new(body, STATEMENT_BLOCK, span);
    struct statement_pointer_list list = { 0 };
    size_t mark = locals_enter(body);
    for (size_t index = 0; index < statements->count; index++) {
        note_reachability(body, statements->items[index]);
        const struct statement *statement = check_statement(body, statements->items[index]);
        block->has_await |= statement->has_await;
        vector_add(body->checker->arena, &list, statement);
    }
    locals_leave(body, mark);
    block->statements = list.items;
    block->statement_count = list.count;
    return block;
}

const struct statement *
check_scoped(struct body *body, const struct ast_statement *statement)
{
    if (statement->kind == AST_STATEMENT_BLOCK)
        return check_block(body, &statement->as.block.statements, statement->span);
    size_t mark = locals_enter(body);
    const struct statement *checked = check_statement(body, statement);
    locals_leave(body, mark);
    return checked;
}

/* ---- variables ---- */

/* Note what an assignment of a value says about a place. raw: the value before its conversion. */
static void
note_assignment(struct body *body, const struct expression *place, const struct expression *raw)
{
    enum type_kind kind = raw->type->kind;
    body->facts = path_assign(body, body->facts, place);
    if (place->type->kind == TYPE_OPTIONAL && kind != TYPE_OPTIONAL && kind != TYPE_NULL && kind != TYPE_POISON)
        body->facts = path_narrow(body, body->facts, place);
}

/* `var x = value;`: the value gives the type. */
static const struct expression *
check_inferred(struct body *body, const struct ast_statement *statement)
{
    struct checker *checker = body->checker;
    const struct ast_expression *source = statement->as.local.value;
    if (source == NULL) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_CANNOT_INFER, statement->as.local.name.span);
        diagnostic_help(found, "give it a value, or write its type instead of 'var'");
        return node_poison(checker, statement->span);
    }
    const struct expression *value = check_value(body, source, NULL);
    if (value->type->kind != TYPE_NULL)
        return value;
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_CANNOT_INFER, source->span);
    diagnostic_help(found, "write the type instead of 'var': T? %t = null;", statement->as.local.name.text);
    return node_poison(checker, source->span);
}

static const struct statement *
check_local(struct body *body, const struct ast_statement *source)
{
    struct checker *checker = body->checker;
    const struct ast_expression *written = source->as.local.value;
    struct statement *statement = statement_new(body, STATEMENT_VARIABLE, source->span);
    const struct type *type;
    const struct expression *raw;
    if (source->as.local.type == NULL) {
        raw = statement->value = check_inferred(body, source);
        type = raw->type;
    } else {
        type = resolve_value_type(checker, body->module, source->as.local.type);
        if (written == NULL)
            raw = node_zero(checker, type, source->span);
        else
            raw = check_value(body, written, type);
        statement->value = convert(checker, raw, type);
    }
    statement->variable = locals_add(body, &source->as.local.name, type, LOCAL_ORDINARY);
    if (written != NULL && type->kind == TYPE_OPTIONAL)
        note_assignment(body, node_variable(checker, statement->variable, source->span), raw);
    statement->has_await = expression_awaits(statement->value);
    return statement;
}

static const struct statement *
check_assignment(struct body *body, const struct ast_statement *source)
{
    const struct ast_expression *written = source->as.assign.value;
    struct statement *statement = statement_new(body, STATEMENT_ASSIGN, source->span);
    const struct expression *target = check_place(body, source->as.assign.target, true);
    const struct expression *raw = check_value(body, written, target != NULL ? target->type : body->checker->poison);
    if (target == NULL)
        return statement_empty(body, source->span);
    if (raw->has_await)
        target = place_after_await(body->checker, target);
    statement->target = target;
    statement->value = convert(body->checker, raw, target->type);
    place_prove(body, target);
    note_assignment(body, target, raw);
    statement->has_await = target->has_await || statement->value->has_await;
    return statement;
}

/* `target op= value`, computed in target's type. */
static const struct statement *
check_operation(struct body *body, const struct ast_statement *source)
{
    struct checker *checker = body->checker;
    struct statement *statement = statement_new(body, STATEMENT_ASSIGN, source->span);
    const struct expression *target = check_place(body, source->as.assign.target, false);
    const struct type *hint = target != NULL && target->type->kind == TYPE_ARRAY ? target->type : NULL;
    const struct expression *right =
        check_value(body, source->as.assign.value, target != NULL ? hint : checker->poison);
    if (target == NULL)
        return statement_empty(body, source->span);
    if (right->has_await)
        target = place_after_await(checker, target);
    place_prove(body, target);
    const struct expression *result =
        check_arithmetic(body, source->as.assign.operator, target, right, source->span, true);
    if (result->kind != EXPRESSION_BINARY)
        return statement_empty(body, source->span);
    statement->target = target;
    statement->value = result->right;
    statement->has_operator = true;
    statement->operator= result->as.binary;
    statement->has_await = target->has_await || statement->value->has_await;
    return statement;
}

/* ++ and -- */
static const struct statement *
check_increment(struct body *body, const struct ast_statement *source)
{
    struct checker *checker = body->checker;
    bool is_increment = source->kind == AST_STATEMENT_INCREMENT;
    const struct expression *target = check_place(body, source->as.value, false);
    if (target == NULL)
        return statement_empty(body, source->span);
    place_prove(body, target);
    if (target->type->kind == TYPE_OPTIONAL) {
        convert_report_null(checker, target, target->type->element);
        return statement_empty(body, source->span);
    }
    if (!type_is_number(target->type)) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_OPERAND_TYPE, source->span,
                                                  is_increment ? "++" : "--", target->type->name);
        diagnostic_help(found, "only numbers are counted");
        return statement_empty(body, source->span);
    }
    struct statement *statement = statement_new(body, STATEMENT_ASSIGN, source->span);
    const struct expression *one = node_integer(checker, checker->int_type, 1, source->span);
    statement->target = target;
    statement->value = constant_fit(checker, one, target->type);
    statement->has_operator = true;
    statement->operator= is_increment ? BINARY_ADD : BINARY_SUBTRACT;
    statement->has_await = target->has_await;
    return statement;
}

/* ---- if ---- */

static const struct statement *
check_if(struct body *body, const struct ast_statement *source)
{
    struct statement *statement = statement_new(body, STATEMENT_IF, source->span);
    struct facts when_true, when_false;
    statement->condition = check_condition(body, source->as.branch.condition, &when_true, &when_false);
    body->facts = when_true;
    note_reachability(body, source->as.branch.then);
    statement->body = check_scoped(body, source->as.branch.then);
    struct facts after_then = body->facts;
    body->facts = when_false;
    if (source->as.branch.otherwise != NULL) {
        note_reachability(body, source->as.branch.otherwise);
        statement->else_body = check_scoped(body, source->as.branch.otherwise);
    }
    body->facts = facts_join(body->checker->arena, after_then, body->facts);
    statement->has_await =
        statement->condition->has_await || statement->body->has_await || statement_awaits(statement->else_body);
    return statement;
}

/* ---- leaving ---- */

/* Report what would leave a `finally` or `compensate` body. */
static bool
leaves_finally(struct body *body, const struct ast_statement *source, int depth, const char *what)
{
    if (body->finally_depth <= depth)
        return false;
    struct diagnostic *found =
        diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_LEAVES_FINALLY, source->span, what, body->closed);
    diagnostic_help(found, "let the body run to its end");
    return true;
}

static const struct statement *
check_return(struct body *body, const struct ast_statement *source)
{
    struct checker *checker = body->checker;
    struct statement *statement = statement_new(body, STATEMENT_RETURN, source->span);
    const struct function *function = &body->function->public;
    bool is_void = function->result->kind == TYPE_VOID;
    if (leaves_finally(body, source, 0, "return")) {
        if (source->as.value != NULL)
            check_expression(body, source->as.value, checker->poison);
    } else if (source->as.value == NULL) {
        if (!is_void && !is_poison(function->result)) {
            struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_RETURN_VALUE_MISSING,
                                                      source->span, function->name, function->result->name);
            diagnostic_help(found, "write the value behind 'return'");
        }
    } else if (is_void) {
        const struct expression *value = check_expression(body, source->as.value, NULL);
        if (!is_poison(value->type)) {
            struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_RETURN_VALUE_EXTRA,
                                                      source->as.value->span, function->name);
            diagnostic_help(found, "write 'return;' alone, or declare a result");
        }
    } else {
        statement->value = check_converted(body, source->as.value, function->result);
        statement->has_await = statement->value->has_await;
    }
    body->facts = facts_unreachable(body->facts);
    return statement;
}

static const struct statement *
check_throw(struct body *body, const struct ast_statement *source)
{
    struct checker *checker = body->checker;
    struct statement *statement = statement_new(body, STATEMENT_THROW, source->span);
    const struct expression *value = check_value(body, source->as.value, NULL);
    const struct type *type = value->type;
    body->facts = facts_unreachable(body->facts);
    if (is_poison(type))
        return statement_empty(body, source->span);
    if (type->kind == TYPE_ERROR && !type->declaration.structure->is_built_in) {
        statement->value = value;
        statement->has_await = value->has_await;
        effect_throw(body, type, source->span);
        return statement;
    }
    if (type->kind == TYPE_ERROR) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_THROW_BUILT_IN, source->as.value->span, type->name);
        diagnostic_help(found, "declare an error of your own; in a catch body, 'throw;' throws it again");
    } else if (type->kind == TYPE_ANY_ERROR) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_THROW_ANY, source->as.value->span);
        diagnostic_fix(found, source->span, TEXT("throw;"));
    } else {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_AN_ERROR, source->as.value->span, type->name);
        diagnostic_help(found, "declare an error: error Refused { string reason; }");
    }
    return statement_empty(body, source->span);
}

static const struct statement *
check_rethrow(struct body *body, const struct ast_statement *source)
{
    if (body->caught == NULL) {
        struct diagnostic *found =
            diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_RETHROW_OUTSIDE_CATCH, source->span);
        diagnostic_help(found, "say what is thrown: throw Refused{…};");
    } else {
        effect_rethrow(body, source->span);
    }
    body->facts = facts_unreachable(body->facts);
    return statement_new(body, STATEMENT_RETHROW, source->span);
}

static const struct statement *
check_break(struct body *body, const struct ast_statement *source)
{
    bool is_break = source->kind == AST_STATEMENT_BREAK;
    struct breakable *target = body->breakable;
    while (target != NULL && !is_break && !target->is_loop)
        target = target->outer;
    if (target == NULL) {
        struct diagnostic *found =
            diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_NOTHING_TO_LEAVE, source->span,
                           is_break ? "break" : "continue", is_break ? "loop, switch or select" : "loop");
        diagnostic_help(found, "take it away");
    } else if (!leaves_finally(body, source, target->finally_depth, is_break ? "break" : "continue")) {
        struct facts *facts = is_break ? &target->at_break : &target->at_continue;
        *facts = facts_join(body->checker->arena, *facts, body->facts);
    }
    body->facts = facts_unreachable(body->facts);
    return statement_new(body, is_break ? STATEMENT_BREAK : STATEMENT_CONTINUE, source->span);
}

/* ---- what is not supported yet ---- */

/* The first word of a statement, where the diagnostic points. */
static struct span
first_word(const struct ast_statement *source, size_t length)
{
    return (struct span){ source->span.begin, source->span.begin + (uint32_t)length };
}

static const struct statement *
report_unsupported(struct body *body, const struct ast_statement *source, enum diagnostic_code code, const char *word,
                   const char *what)
{
    diagnostic_add(body->checker->diagnostics, code, first_word(source, strlen(word)), what);
    return statement_empty(body, source->span);
}

/* ---- all kinds ---- */

const struct statement *
check_statement(struct body *body, const struct ast_statement *source)
{
    switch (source->kind) {
    case AST_STATEMENT_BAD:
    case AST_STATEMENT_EMPTY: return statement_empty(body, source->span);
    case AST_STATEMENT_BLOCK: return check_block(body, &source->as.block.statements, source->span);
    case AST_STATEMENT_LOCAL: return check_local(body, source);
    case AST_STATEMENT_EXPRESSION: {
        struct statement *statement = statement_new(body, STATEMENT_EXPRESSION, source->span);
        statement->value = check_expression(body, source->as.value, NULL);
        statement->has_await = statement->value->has_await;
        usage_dropped(body, statement->value);
        return statement;
    }
    case AST_STATEMENT_ASSIGN:
        return source->as.assign.has_operator ? check_operation(body, source) : check_assignment(body, source);
    case AST_STATEMENT_INCREMENT:
    case AST_STATEMENT_DECREMENT: return check_increment(body, source);
    case AST_STATEMENT_IF: return check_if(body, source);
    case AST_STATEMENT_WHILE: return check_while(body, source);
    case AST_STATEMENT_DO: return check_do(body, source);
    case AST_STATEMENT_FOR: return check_for(body, source);
    case AST_STATEMENT_FOR_EACH: return check_for_each(body, source);
    case AST_STATEMENT_SWITCH: return check_switch(body, source);
    case AST_STATEMENT_SELECT: return check_select(body, source);
    case AST_STATEMENT_BREAK:
    case AST_STATEMENT_CONTINUE: return check_break(body, source);
    case AST_STATEMENT_RETURN: return check_return(body, source);
    case AST_STATEMENT_THROW: return source->as.value == NULL ? check_rethrow(body, source) : check_throw(body, source);
    case AST_STATEMENT_TRY: return check_try(body, source);
    case AST_STATEMENT_COMPENSATE: return check_compensate(body, source);
    case AST_STATEMENT_CANCEL: return check_cancel(body, source);
    case AST_STATEMENT_PUBLISH: return check_publish(body, source);
    case AST_STATEMENT_MOCK: return report_unsupported(body, source, DIAGNOSTIC_TESTS_UNSUPPORTED, "mock", "'mock'");
    case AST_STATEMENT_ASSERT:
        return report_unsupported(body, source, DIAGNOSTIC_TESTS_UNSUPPORTED, "assert", "'assert'");
    }
    return statement_empty(body, source->span);
}
