/* Constructors of types and expressions: see ast_build.h. */
#include "compiler/syntax/ast_build.h"

/* ---- depth ---- */

static uint16_t
deeper(uint16_t left, uint16_t right)
{
    return left > right ? left : right;
}

static uint16_t
expression_depth(const struct ast_expression *expression)
{
    return expression == NULL ? 0 : expression->depth;
}

static struct ast_expression *
make(struct parser *parser, enum ast_expression_kind kind, struct span span, uint16_t depth_of_parts)
{
    struct ast_expression *expression = arena_allocate_bytes(parser->arena, sizeof *expression);
    expression->kind = kind;
    expression->span = span;
    expression->depth = (uint16_t)(depth_of_parts + 1);
    return expression;
}

/* A node past the limit becomes a leaf, so that the tree never gets deeper. */
static struct ast_expression *
limited(struct parser *parser, struct ast_expression *expression)
{
    if (expression->depth <= AST_DEPTH_MAX)
        return expression;
    parser_report_depth(parser, expression->span);
    return ast_bad_expression(parser, expression->span);
}

struct ast_expression *
ast_bad_expression(struct parser *parser, struct span span)
{
    return make(parser, AST_EXPRESSION_BAD, span, 0);
}

/* ---- types ---- */

static struct ast_type *
make_type(struct parser *parser, enum ast_type_kind kind, struct span span, uint16_t depth_of_parts)
{
    struct ast_type *type = arena_new(parser->arena, struct ast_type);
    type->kind = kind;
    type->span = span;
    type->depth = (uint16_t)(depth_of_parts + 1);
    if (type->depth > AST_DEPTH_MAX) {
        parser_report_depth(parser, span);
        type->kind = AST_TYPE_BAD;
        type->depth = 1;
    }
    return type;
}

struct ast_type *
ast_type_built_in(struct parser *parser, enum ast_built_in_type built_in, struct span span)
{
    struct ast_type *type = make_type(parser, AST_TYPE_BUILT_IN, span, 0);
    type->built_in = built_in;
    return type;
}

static size_t
count_names(const struct ast_expression *name)
{
    size_t count = 1;
    while (name->kind == AST_EXPRESSION_MEMBER) {
        name = name->as.member.operand;
        count++;
    }
    return count;
}

/* `a.b` was read as an expression before it was known to be a type's name. */
static struct ast_path
to_path(struct parser *parser, const struct ast_expression *name)
{
    struct ast_path path = { .count = count_names(name), .span = name->span };
    path.names = arena_allocate_bytes(parser->arena, path.count * sizeof *path.names);
    size_t index = path.count;
    while (name->kind == AST_EXPRESSION_MEMBER) {
        path.names[--index] = name->as.member.name;
        name = name->as.member.operand;
    }
    path.names[0] = name->kind == AST_EXPRESSION_NAME ? (struct ast_name){ name->as.text, name->span }
                                                      : (struct ast_name){ TEXT(""), name->span };
    return path;
}

struct ast_type *
ast_type_named(struct parser *parser, const struct ast_expression *name)
{
    struct ast_type *type = make_type(parser, AST_TYPE_NAMED, name->span, 0);
    type->path = to_path(parser, name);
    if (type->path.names[0].text.size_bytes == 0)
        type->kind = AST_TYPE_BAD; /* the nesting limit cut the name; reported */
    return type;
}

struct ast_type *
ast_type_array(struct parser *parser, struct ast_type *element, struct span end)
{
    struct ast_type *type = make_type(parser, AST_TYPE_ARRAY, span_join(element->span, end), element->depth);
    type->element = element;
    return type;
}

struct ast_type *
ast_type_optional(struct parser *parser, struct ast_type *element, struct span end)
{
    struct ast_type *type = make_type(parser, AST_TYPE_OPTIONAL, span_join(element->span, end), element->depth);
    type->element = element;
    return type;
}

struct ast_type *
ast_type_map(struct parser *parser, struct span begin, struct ast_type *key, struct ast_type *element, struct span end)
{
    struct ast_type *type = make_type(parser, AST_TYPE_MAP, span_join(begin, end), deeper(key->depth, element->depth));
    type->key = key;
    type->element = element;
    return type;
}

struct ast_type *
ast_type_of(struct parser *parser, enum ast_type_kind kind, struct span begin, struct ast_type *element,
            struct span end)
{
    struct ast_type *type = make_type(parser, kind, span_join(begin, end), element->depth);
    type->element = element;
    return type;
}

/* ---- names and literals ---- */

struct ast_expression *
ast_name(struct parser *parser, struct token name)
{
    struct ast_expression *expression = make(parser, AST_EXPRESSION_NAME, name.span, 0);
    expression->as.text = name.as.text;
    return expression;
}

struct ast_expression *
ast_dot(struct parser *parser, enum ast_expression_kind kind, struct ast_expression *operand, struct token name)
{
    struct ast_expression *expression = make(parser, kind, span_join(operand->span, name.span), operand->depth);
    expression->as.member.operand = operand;
    expression->as.member.name = (struct ast_name){ name.as.text, name.span };
    return limited(parser, expression);
}

struct ast_expression *
ast_leaf(struct parser *parser, enum ast_expression_kind kind, struct span span)
{
    struct ast_expression *expression = make(parser, kind, span, 0);
    memset(&expression->as, 0, sizeof expression->as);
    return expression;
}

struct ast_expression *
ast_boolean(struct parser *parser, struct span span, bool value)
{
    struct ast_expression *expression = make(parser, AST_EXPRESSION_BOOLEAN, span, 0);
    expression->as.boolean = value;
    return expression;
}

struct ast_expression *
ast_integer(struct parser *parser, struct token token)
{
    struct ast_expression *expression = make(parser, AST_EXPRESSION_INTEGER, token.span, 0);
    expression->as.integer = token.as.integer;
    return expression;
}

struct ast_expression *
ast_double(struct parser *parser, struct token token)
{
    struct ast_expression *expression = make(parser, AST_EXPRESSION_DOUBLE, token.span, 0);
    expression->as.real = token.as.real;
    return expression;
}

struct ast_expression *
ast_duration(struct parser *parser, struct token token)
{
    struct ast_expression *expression = make(parser, AST_EXPRESSION_DURATION, token.span, 0);
    expression->as.duration_ns = token.as.duration_ns;
    return expression;
}

struct ast_expression *
ast_text(struct parser *parser, enum ast_expression_kind kind, struct token token)
{
    struct ast_expression *expression = make(parser, kind, token.span, 0);
    expression->as.text = token.as.text;
    return expression;
}

/* Add the text of a piece, unless it is empty, and the expression behind it, unless it is NULL. */
static void
add_piece(struct parser *parser, struct ast_expression *interpolation, struct token text, struct ast_expression *value)
{
    if (text.as.text.size_bytes != 0)
        vector_add(parser->arena, &interpolation->as.list, ast_text(parser, AST_EXPRESSION_STRING, text));
    if (value != NULL)
        vector_add(parser->arena, &interpolation->as.list, value);
    uint16_t depth = (uint16_t)(expression_depth(value) + 1);
    interpolation->depth = deeper(interpolation->depth, depth);
    interpolation->span.end = text.span.end;
}

struct ast_expression *
ast_interpolation(struct parser *parser, struct token text, struct ast_expression *value)
{
    struct ast_expression *interpolation = ast_leaf(parser, AST_EXPRESSION_INTERPOLATION, text.span);
    add_piece(parser, interpolation, text, value);
    return interpolation;
}

struct ast_expression *
ast_interpolation_add(struct parser *parser, struct ast_expression *interpolation, struct token text,
                      struct ast_expression *value)
{
    add_piece(parser, interpolation, text, value);
    return interpolation;
}

struct ast_expression *
ast_interpolation_end(struct parser *parser, struct ast_expression *interpolation, struct token text)
{
    add_piece(parser, interpolation, text, NULL);
    return limited(parser, interpolation);
}

static uint16_t
list_depth(const struct ast_expression_list *items)
{
    uint16_t depth = 0;
    for (size_t index = 0; index < items->count; index++)
        depth = deeper(depth, items->items[index]->depth);
    return depth;
}

struct ast_expression *
ast_array(struct parser *parser, struct span span, struct ast_expression_list items)
{
    struct ast_expression *expression = make(parser, AST_EXPRESSION_ARRAY, span, list_depth(&items));
    expression->as.list = items;
    return limited(parser, expression);
}

struct ast_expression_list
ast_expressions(struct parser *parser, struct ast_expression_list list, struct ast_expression *item)
{
    vector_add(parser->arena, &list, item);
    return list;
}

struct ast_expression *
ast_map(struct parser *parser, struct span span, struct ast_map_entry_list entries)
{
    uint16_t depth = 0;
    for (size_t index = 0; index < entries.count; index++) {
        depth = deeper(depth, entries.items[index].key->depth);
        depth = deeper(depth, entries.items[index].value->depth);
    }
    struct ast_expression *expression = make(parser, AST_EXPRESSION_MAP, span, depth);
    expression->as.map = entries;
    return limited(parser, expression);
}

struct ast_map_entry_list
ast_map_entry(struct parser *parser, struct ast_map_entry_list list, struct ast_expression *key,
              struct ast_expression *value)
{
    struct ast_map_entry entry = { key, value };
    vector_add(parser->arena, &list, entry);
    return list;
}

struct ast_expression *
ast_literal(struct parser *parser, const struct ast_expression *name, struct ast_member_value_list members,
            struct span end)
{
    uint16_t depth = 0;
    for (size_t index = 0; index < members.count; index++)
        depth = deeper(depth, members.items[index].value->depth);
    struct ast_expression *expression = make(parser, AST_EXPRESSION_LITERAL, span_join(name->span, end), depth);
    expression->as.literal.path = to_path(parser, name);
    expression->as.literal.members = members;
    return limited(parser, expression);
}

struct ast_member_value_list
ast_member_value(struct parser *parser, struct ast_member_value_list list, struct span begin, struct token name,
                 struct ast_expression *value)
{
    struct ast_member_value member = { { name.as.text, name.span }, value, span_join(begin, value->span) };
    vector_add(parser->arena, &list, member);
    return list;
}

/* ---- calls and what stands behind an operand ---- */

struct ast_expression *
ast_parentheses(struct parser *parser, struct span begin, struct ast_expression *operand, struct span end)
{
    struct ast_expression *expression = make(parser, AST_EXPRESSION_PARENTHESES, span_join(begin, end), operand->depth);
    expression->as.operand = operand;
    return limited(parser, expression);
}

static uint16_t
arguments_depth(const struct ast_argument_list *arguments)
{
    uint16_t depth = 0;
    for (size_t index = 0; index < arguments->count; index++)
        depth = deeper(depth, arguments->items[index].value->depth);
    return depth;
}

struct ast_expression *
ast_type_call(struct parser *parser, struct ast_type *type, struct ast_argument_list arguments, struct span end)
{
    struct ast_expression *expression = make(parser, AST_EXPRESSION_TYPE_CALL, span_join(type->span, end),
                                             deeper(type->depth, arguments_depth(&arguments)));
    expression->as.type_call.type = type;
    expression->as.type_call.arguments = arguments;
    return limited(parser, expression);
}

struct ast_expression *
ast_call(struct parser *parser, struct ast_expression *callee, struct ast_argument_list arguments, struct span end)
{
    struct ast_expression *expression = make(parser, AST_EXPRESSION_CALL, span_join(callee->span, end),
                                             deeper(callee->depth, arguments_depth(&arguments)));
    expression->as.call.callee = callee;
    expression->as.call.arguments = arguments;
    return limited(parser, expression);
}

struct ast_argument_list
ast_argument(struct parser *parser, struct ast_argument_list list, struct token name, struct ast_expression *value)
{
    struct ast_argument argument = { .value = value, .span = value->span };
    if (name.span.end != 0) {
        argument.name = (struct ast_name){ name.as.text, name.span };
        argument.span = span_join(name.span, value->span);
    }
    vector_add(parser->arena, &list, argument);
    return list;
}

struct ast_expression *
ast_unwrap(struct parser *parser, struct ast_expression *operand, struct span end)
{
    struct ast_expression *expression =
        make(parser, AST_EXPRESSION_UNWRAP, span_join(operand->span, end), operand->depth);
    expression->as.operand = operand;
    return limited(parser, expression);
}

struct ast_expression *
ast_index(struct parser *parser, struct ast_expression *operand, struct ast_expression *index, struct span end)
{
    struct ast_expression *expression =
        make(parser, AST_EXPRESSION_INDEX, span_join(operand->span, end), deeper(operand->depth, index->depth));
    expression->as.index.operand = operand;
    expression->as.index.index = index;
    return limited(parser, expression);
}

/* ---- operators ---- */

struct ast_expression *
ast_await(struct parser *parser, struct span begin, struct token name, struct ast_expression *operand,
          struct ast_expression *within)
{
    struct span end = within == NULL ? operand->span : within->span;
    struct ast_expression *expression =
        make(parser, AST_EXPRESSION_AWAIT, span_join(begin, end), deeper(operand->depth, expression_depth(within)));
    expression->as.await.name = (struct ast_name){ TEXT(""), name.span };
    if (name.span.end != 0)
        expression->as.await.name.text = name.as.text;
    expression->as.await.operand = operand;
    expression->as.await.within = within;
    return limited(parser, expression);
}

struct ast_expression *
ast_start(struct parser *parser, struct span begin, struct ast_expression *operand, bool is_detached)
{
    struct ast_expression *expression =
        make(parser, AST_EXPRESSION_START, span_join(begin, operand->span), operand->depth);
    expression->as.start.operand = operand;
    expression->as.start.is_detached = is_detached;
    return limited(parser, expression);
}

struct ast_expression *
ast_unary(struct parser *parser, enum ast_unary_operator operator, struct span operator_span,
          struct ast_expression *operand)
{
    struct ast_expression *expression =
        make(parser, AST_EXPRESSION_UNARY, span_join(operator_span, operand->span), operand->depth);
    expression->as.unary.operator= operator;
    expression->as.unary.operator_span = operator_span;
    expression->as.unary.operand = operand;
    return limited(parser, expression);
}

struct ast_expression *
ast_binary(struct parser *parser, enum ast_binary_operator operator, struct ast_expression * left,
           struct span operator_span, struct ast_expression *right)
{
    struct ast_expression *expression =
        make(parser, AST_EXPRESSION_BINARY, span_join(left->span, right->span), deeper(left->depth, right->depth));
    expression->as.binary.operator= operator;
    expression->as.binary.operator_span = operator_span;
    expression->as.binary.left = left;
    expression->as.binary.right = right;
    return limited(parser, expression);
}

struct ast_expression *
ast_conditional(struct parser *parser, struct ast_expression *condition, struct ast_expression *then,
                struct ast_expression *otherwise)
{
    uint16_t depth = deeper(condition->depth, deeper(then->depth, otherwise->depth));
    struct ast_expression *expression =
        make(parser, AST_EXPRESSION_CONDITIONAL, span_join(condition->span, otherwise->span), depth);
    expression->as.conditional.condition = condition;
    expression->as.conditional.then = then;
    expression->as.conditional.otherwise = otherwise;
    return limited(parser, expression);
}
