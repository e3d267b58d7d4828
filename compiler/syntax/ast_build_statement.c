/* Constructors of statements: see ast_build.h. */
#include "compiler/syntax/ast_build.h"

static uint16_t
deeper(uint16_t left, uint16_t right)
{
    return left > right ? left : right;
}

static struct ast_statement *
make(struct parser *parser, enum ast_statement_kind kind, struct span span, uint16_t depth_of_parts)
{
    struct ast_statement *statement = arena_new(parser->arena, struct ast_statement);
    statement->kind = kind;
    statement->span = span;
    statement->depth = (uint16_t)(depth_of_parts + 1);
    if (statement->depth > AST_DEPTH_MAX)
        parser_report_depth(parser, span);
    return statement;
}

/* A node past the limit becomes a leaf, so that the tree never gets deeper. */
static struct ast_statement *
limited(struct ast_statement *statement)
{
    if (statement->depth <= AST_DEPTH_MAX)
        return statement;
    statement->kind = AST_STATEMENT_BAD;
    statement->depth = 1;
    return statement;
}

static uint16_t
body_depth(const struct ast_statement_list *body)
{
    uint16_t depth = 0;
    for (size_t index = 0; index < body->count; index++)
        depth = deeper(depth, body->items[index]->depth);
    return depth;
}

static struct ast_name
to_name(struct token token)
{
    return (struct ast_name){ token.as.text, token.span };
}

/* ---- simple statements ---- */

/* For blocks a leaf that is too deep would lose the type the callers rely on: it becomes an empty block. */
struct ast_statement *
ast_block(struct parser *parser, struct span begin, struct ast_statement_list statements, struct span end)
{
    struct ast_statement *block = make(parser, AST_STATEMENT_BLOCK, span_join(begin, end), body_depth(&statements));
    block->as.block.end = end;
    if (block->depth > AST_DEPTH_MAX)
        block->depth = 1;
    else
        block->as.block.statements = statements;
    return block;
}

struct ast_statement_list
ast_statements(struct parser *parser, struct ast_statement_list list, struct ast_statement *statement)
{
    vector_add(parser->arena, &list, statement);
    return list;
}

struct ast_statement *
ast_plain_statement(struct parser *parser, enum ast_statement_kind kind, struct span span)
{
    return make(parser, kind, span, 0);
}

struct ast_statement *
ast_value_statement(struct parser *parser, enum ast_statement_kind kind, struct span span, struct ast_expression *value)
{
    struct ast_statement *statement = make(parser, kind, span, 0);
    statement->as.value = value;
    return statement;
}

struct ast_statement *
ast_end_statement(struct ast_statement *statement, struct span end)
{
    statement->span.end = end.end;
    return statement;
}

struct ast_statement *
ast_local(struct parser *parser, struct ast_type *type, struct token name, struct ast_expression *value)
{
    struct span span = span_join(type->span, value == NULL ? name.span : value->span);
    struct ast_statement *statement = make(parser, AST_STATEMENT_LOCAL, span, 0);
    statement->as.local.type = type;
    statement->as.local.name = to_name(name);
    statement->as.local.value = value;
    parser->local_end = span.end;
    return statement;
}

struct ast_statement *
ast_var(struct parser *parser, struct span begin, struct token name, struct ast_expression *value)
{
    struct ast_statement *statement = make(parser, AST_STATEMENT_LOCAL, span_join(begin, value->span), 0);
    statement->as.local.name = to_name(name);
    statement->as.local.value = value;
    parser->local_end = value->span.end;
    return statement;
}

static bool
is_statement_expression(const struct ast_expression *value)
{
    return value->kind == AST_EXPRESSION_CALL || value->kind == AST_EXPRESSION_TYPE_CALL ||
           value->kind == AST_EXPRESSION_AWAIT || value->kind == AST_EXPRESSION_START ||
           value->kind == AST_EXPRESSION_BAD;
}

struct ast_statement *
ast_expression_statement(struct parser *parser, struct ast_expression *value)
{
    return ast_value_statement(parser, AST_STATEMENT_EXPRESSION, value->span, value);
}

struct ast_statement *
ast_check_simple(struct parser *parser, struct ast_statement *statement)
{
    if (statement->kind == AST_STATEMENT_EXPRESSION && !is_statement_expression(statement->as.value)) {
        diagnostic_add(parser->diagnostics, DIAGNOSTIC_NOT_A_STATEMENT, statement->span);
        statement->kind = AST_STATEMENT_BAD;
    }
    return statement;
}

struct ast_statement *
ast_assign(struct parser *parser, struct ast_expression *target, struct span operator_span,
           struct ast_expression *value)
{
    struct ast_statement *statement = make(parser, AST_STATEMENT_ASSIGN, span_join(target->span, value->span), 0);
    statement->as.assign.target = target;
    statement->as.assign.value = value;
    statement->as.assign.operator_span = operator_span;
    return statement;
}

struct ast_statement *
ast_assign_operator(struct parser *parser, struct ast_expression *target, enum ast_binary_operator operator,
                    struct span operator_span, struct ast_expression *value)
{
    struct ast_statement *statement = ast_assign(parser, target, operator_span, value);
    statement->as.assign.has_operator = true;
    statement->as.assign.operator= operator;
    return statement;
}

struct ast_statement *
ast_step(struct parser *parser, enum ast_statement_kind kind, struct ast_expression *target, struct span end)
{
    return ast_value_statement(parser, kind, span_join(target->span, end), target);
}

/* ---- branches and loops ---- */

struct ast_statement *
ast_if(struct parser *parser, struct span begin, struct ast_expression *condition, struct ast_statement *then,
       struct ast_statement *otherwise)
{
    const struct ast_statement *last = otherwise == NULL ? then : otherwise;
    uint16_t depth = otherwise == NULL ? then->depth : deeper(then->depth, otherwise->depth);
    struct ast_statement *statement = make(parser, AST_STATEMENT_IF, span_join(begin, last->span), depth);
    statement->as.branch.condition = condition;
    statement->as.branch.then = then;
    statement->as.branch.otherwise = otherwise;
    return limited(statement);
}

struct ast_statement *
ast_loop(struct parser *parser, enum ast_statement_kind kind, struct span begin, struct ast_expression *condition,
         struct ast_statement *body, struct span end)
{
    struct ast_statement *statement = make(parser, kind, span_join(begin, end), body->depth);
    statement->as.loop.condition = condition;
    statement->as.loop.body = body;
    return limited(statement);
}

/* The span of a header is nowhere until its body comes. */
struct ast_statement *
ast_for(struct parser *parser, struct ast_statement *initialise, struct ast_expression *condition,
        struct ast_statement *step)
{
    struct ast_statement *statement = make(parser, AST_STATEMENT_FOR, (struct span){ 0, 0 }, 0);
    statement->as.for_.initialise = initialise;
    statement->as.for_.condition = condition;
    statement->as.for_.step = step;
    return statement;
}

struct ast_statement *
ast_for_each(struct parser *parser, const struct ast_loop_variable *variable, const struct ast_loop_variable *second,
             struct ast_expression *source, struct ast_expression *limit)
{
    struct ast_statement *statement = make(parser, AST_STATEMENT_FOR_EACH, (struct span){ 0, 0 }, 0);
    statement->as.for_each.variable = *variable;
    if (second != NULL)
        statement->as.for_each.second = *second;
    statement->as.for_each.source = source;
    statement->as.for_each.limit = limit;
    return statement;
}

struct ast_statement *
ast_for_body(struct parser *parser, struct span begin, struct ast_statement *header, struct ast_statement *body)
{
    header->span = span_join(begin, body->span);
    header->depth = (uint16_t)(deeper(header->depth, body->depth) + 1);
    if (header->depth > AST_DEPTH_MAX)
        parser_report_depth(parser, header->span);
    if (header->kind == AST_STATEMENT_FOR)
        header->as.for_.body = body;
    else if (header->kind == AST_STATEMENT_FOR_EACH)
        header->as.for_each.body = body;
    return limited(header);
}

struct ast_loop_variable *
ast_loop_variable(struct parser *parser, struct ast_type *type, struct token name)
{
    struct ast_loop_variable *variable = arena_new(parser->arena, struct ast_loop_variable);
    variable->type = type;
    variable->name = to_name(name);
    return variable;
}

/* ---- switch and select ---- */

struct ast_statement *
ast_switch(struct parser *parser, struct span span, struct ast_expression *value, struct ast_switch_case_list cases)
{
    uint16_t depth = 0;
    for (size_t index = 0; index < cases.count; index++)
        depth = deeper(depth, body_depth(&cases.items[index].body));
    struct ast_statement *statement = make(parser, AST_STATEMENT_SWITCH, span, depth);
    statement->as.switch_.value = value;
    statement->as.switch_.cases = cases;
    return limited(statement);
}

struct ast_switch_case_list
ast_switch_case(struct parser *parser, struct ast_switch_case_list list, struct span span, struct ast_label_list labels,
                bool is_default, struct ast_statement_list body)
{
    struct ast_switch_case new_case = { .labels = labels, .is_default = is_default, .body = body, .span = span };
    vector_add(parser->arena, &list, new_case);
    return list;
}

struct ast_label_list
ast_label(struct parser *parser, struct ast_label_list list, struct ast_expression *value)
{
    struct ast_label label = { .value = value, .span = value->span };
    vector_add(parser->arena, &list, label);
    return list;
}

struct ast_label_list
ast_label_binding(struct parser *parser, struct ast_label_list list, struct ast_expression *variant,
                  struct token binding)
{
    struct ast_label label = { variant, to_name(binding), span_join(variant->span, binding.span) };
    vector_add(parser->arena, &list, label);
    return list;
}

struct ast_statement *
ast_select(struct parser *parser, struct span span, struct ast_select_case_list cases)
{
    uint16_t depth = 0;
    for (size_t index = 0; index < cases.count; index++)
        depth = deeper(depth, body_depth(&cases.items[index].body));
    struct ast_statement *statement = make(parser, AST_STATEMENT_SELECT, span, depth);
    statement->as.select = cases;
    return limited(statement);
}

struct ast_select_case *
ast_select_case(struct parser *parser, enum ast_select_case_kind kind, struct ast_type *type, struct token name,
                struct ast_expression *source)
{
    struct ast_select_case *head = arena_new(parser->arena, struct ast_select_case);
    head->kind = kind;
    head->type = type;
    head->source = source;
    if (name.span.end != 0)
        head->name = to_name(name);
    return head;
}

struct ast_select_case_list
ast_select_body(struct parser *parser, struct ast_select_case_list list, struct ast_select_case *head, struct span span,
                struct ast_statement_list body)
{
    head->span = span;
    head->body = body;
    vector_add(parser->arena, &list, *head);
    return list;
}

/* ---- errors, compensation, tests ---- */

struct ast_statement *
ast_try(struct parser *parser, struct span begin, struct ast_statement *body, struct ast_catch_list catches,
        struct ast_statement *finally_body)
{
    struct span end = body->span;
    uint16_t depth = body->depth;
    for (size_t index = 0; index < catches.count; index++) {
        depth = deeper(depth, catches.items[index].body->depth);
        end = catches.items[index].body->span;
    }
    if (finally_body != NULL) {
        depth = deeper(depth, finally_body->depth);
        end = finally_body->span;
    } else if (catches.count == 0 && !parser->file->is_damaged) {
        diagnostic_add(parser->diagnostics, DIAGNOSTIC_TRY_ALONE, begin);
    }
    struct ast_statement *statement = make(parser, AST_STATEMENT_TRY, span_join(begin, end), depth);
    statement->as.try_.body = body;
    statement->as.try_.catches = catches;
    statement->as.try_.finally_body = finally_body;
    return limited(statement);
}

struct ast_catch_list
ast_catch(struct parser *parser, struct ast_catch_list list, struct span span, struct ast_type *type, struct token name,
          struct ast_statement *body)
{
    struct ast_catch clause = { type, to_name(name), body, span };
    vector_add(parser->arena, &list, clause);
    return list;
}

struct ast_statement *
ast_compensate(struct parser *parser, struct span begin, struct ast_statement *body)
{
    struct ast_statement *statement = make(parser, AST_STATEMENT_COMPENSATE, span_join(begin, body->span), body->depth);
    statement->as.body = body;
    return limited(statement);
}

struct ast_statement *
ast_mock(struct parser *parser, struct span begin, struct ast_path path, struct ast_name_list parameters,
         struct ast_statement *body)
{
    struct ast_statement *statement = make(parser, AST_STATEMENT_MOCK, span_join(begin, body->span), body->depth);
    statement->as.mock.path = path;
    statement->as.mock.parameters = parameters;
    statement->as.mock.body = body;
    return limited(statement);
}
