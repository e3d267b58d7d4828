/* Names within a body: see name.h. */
#include "compiler/check/name.h"

#include "compiler/check/symbol.h"

struct symbol *
name_find(struct body *body, const struct ast_name *name)
{
    if (body->scope != NULL) {
        struct symbol *symbol = map_get(&body->scope->names, name->text);
        if (symbol != NULL)
            return symbol;
    }
    return symbol_find(body->checker, body->module, name);
}

/* Names with dots between them, first to last; at most as many as an expression is deep. */
struct dotted {
    struct ast_name *names;
    size_t count;
};

/* Whether an expression is names with dots between them only. */
static bool
flatten(struct body *body, const struct ast_expression *expression, struct dotted *dotted)
{
    size_t count = 1;
    for (const struct ast_expression *part = expression; part->kind != AST_EXPRESSION_NAME;
         part = part->as.member.operand) {
        if (part->kind != AST_EXPRESSION_MEMBER)
            return false;
        count++;
    }
    dotted->count = count;
    dotted->names = arena_new_array(body->checker->arena, struct ast_name, count);
    while (expression->kind == AST_EXPRESSION_MEMBER) {
        dotted->names[--count] = expression->as.member.name;
        expression = expression->as.member.operand;
    }
    dotted->names[0] = (struct ast_name){ expression->as.text, expression->span };
    return true;
}

/* The name that an expression with dots begins with; NULL if it doesn't begin with one. */
static const struct ast_expression *
first_name(const struct ast_expression *expression)
{
    while (expression->kind == AST_EXPRESSION_MEMBER)
        expression = expression->as.member.operand;
    return expression->kind == AST_EXPRESSION_NAME ? expression : NULL;
}

struct symbol *
name_symbol_of(struct body *body, const struct ast_expression *expression)
{
    const struct ast_expression *first = first_name(expression);
    if (first == NULL || locals_find(body, first->as.text) != NULL)
        return NULL;
    struct ast_name name = { first->as.text, first->span };
    struct symbol *symbol = name_find(body, &name);
    if (expression == first || symbol != NULL)
        return expression == first ? symbol : NULL;
    struct dotted dotted;
    if (!flatten(body, expression, &dotted))
        return NULL;
    if (symbol_find_module(body->module, dotted.names, dotted.count - 1) == NULL)
        return NULL;
    struct ast_path path = { dotted.names, dotted.count, expression->span };
    symbol = symbol_resolve(body->checker, body->module, &path, "name");
    return symbol != NULL ? symbol : symbol_broken(body->checker);
}

void
name_report_unknown(struct body *body, const struct ast_name *name, const char *what)
{
    struct text best = { 0 };
    for (size_t index = 0; index < body->visible.count; index++)
        best = symbol_nearer(name->text, best, body->visible.items[index].name);
    symbol_report_unknown(body->checker, body->module, body->scope, name, what, best);
}
