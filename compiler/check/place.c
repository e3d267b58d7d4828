/* Places: what may be assigned to or changed. See body.h. */
#include "compiler/check/body.h"
#include "compiler/check/keyed.h"
#include "compiler/check/name.h"
#include "compiler/check/node.h"
#include "compiler/check/path.h"
#include "compiler/check/symbol.h"
#include "compiler/check/usage.h"

static void
report_read_only(struct body *body, struct span span, struct text name, const char *reason)
{
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_READ_ONLY, span, name, reason);
    diagnostic_help(found, "change a local variable: var copy = %t;", name);
}

bool
check_changeable(struct body *body, const struct expression *node, enum diagnostic_code code, struct span span,
                 struct text what)
{
    if (is_poison(node->type))
        return false;
    const struct expression *base = node_base(node);
    if (base != NULL && base->kind == EXPRESSION_STATE)
        return check_state_changeable(body, base, span);
    struct variable *root = node_root(node);
    if (root == NULL || body->locals.items[root->index].kind == LOCAL_CHAIN) {
        struct diagnostic *found = diagnostic_add(body->checker->diagnostics, code, span, what);
        diagnostic_help(found, "keep it in a local variable first");
        return false;
    }
    root->is_mutated = true;
    return true;
}

/* What an expression is a part of: of limit.list[2]!.name limit.list[2]!, and so on. NULL: of nothing. */
static const struct ast_expression *
part_of(const struct ast_expression *expression)
{
    switch ((int)expression->kind) {
    case AST_EXPRESSION_MEMBER: return expression->as.member.operand;
    case AST_EXPRESSION_INDEX: return expression->as.index.operand;
    case AST_EXPRESSION_UNWRAP:
    case AST_EXPRESSION_PARENTHESES: return expression->as.operand;
    default: return NULL;
    }
}

bool
place_holds(const struct body *body, const struct ast_expression *expression)
{
    const struct ast_expression *part = body->place;
    while (part != NULL && part != expression)
        part = part_of(part);
    return part != NULL;
}

void
place_prove(struct body *body, const struct expression *place)
{
    for (; place->operand != NULL; place = place->operand) {
        if (place->kind == EXPRESSION_UNWRAP)
            body->facts = path_narrow(body, body->facts, place->operand);
    }
}

static const struct expression *
unwrap_narrowed(struct checker *checker, const struct expression *place)
{
    if (place->operand == NULL)
        return place;
    enum expression_kind kind = place->kind == EXPRESSION_NARROW ? EXPRESSION_UNWRAP : place->kind;
    struct expression *copy = node_new(checker, kind, place->type, place->span);
    *copy = *place;
    copy->kind = kind;
    copy->operand = unwrap_narrowed(checker, place->operand);
    return node_finish(copy);
}

const struct expression *
place_after_await(struct checker *checker, const struct expression *place)
{
    const struct expression *base = node_base(place);
    return base != NULL && base->kind == EXPRESSION_STATE ? unwrap_narrowed(checker, place) : place;
}

bool
place_is_constant(struct body *body, const struct ast_expression *expression)
{
    const struct symbol *symbol = NULL;
    while (expression != NULL) {
        if (expression->kind == AST_EXPRESSION_NAME || expression->kind == AST_EXPRESSION_MEMBER)
            symbol = name_symbol_of(body, expression);
        if (symbol != NULL)
            break;
        expression = part_of(expression);
    }
    if (symbol == NULL || !symbol_is_value(symbol) || symbol->kind == SYMBOL_STATE)
        return false;
    report_read_only(body, expression->span, symbol->name,
                     symbol->kind == SYMBOL_CONST    ? "a constant"
                     : symbol->kind == SYMBOL_CONFIG ? "configuration"
                                                     : "the key of its service");
    return true;
}

const struct expression *
check_place(struct body *body, const struct ast_expression *expression, bool is_assigned)
{
    while (expression->kind == AST_EXPRESSION_PARENTHESES)
        expression = expression->as.operand;
    if (place_is_constant(body, expression))
        return NULL;
    const struct ast_expression *outer = body->place;
    body->place = expression;
    const struct expression *node = check_value(body, expression, NULL);
    body->place = outer;
    if (is_assigned)
        node = path_without_narrowing(node);
    if (!check_changeable(body, node, DIAGNOSTIC_NOT_ASSIGNABLE, expression->span, (struct text){ 0 }))
        return NULL;
    usage_only_changed(body, node);
    return node;
}
