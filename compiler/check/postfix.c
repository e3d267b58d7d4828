/* operand.member, operand?.member, operand[index]. See body.h and postfix.h.
 *
 * `a?.b.c` is null when a is: everything behind `?.`, up to where the postfix expression ends, is the chain. While
 * it is checked, a's value is a variable; at its end the chain becomes an OPTIONAL_CHAIN. */
#include "compiler/check/postfix.h"

#include "compiler/check/constant.h"
#include "compiler/check/convert.h"
#include "compiler/check/evaluate.h"
#include "compiler/check/name.h"
#include "compiler/check/node.h"
#include "compiler/check/path.h"
#include "compiler/check/symbol.h"

/* ---- chains ---- */

/* Begin a chain: `operand?.`. */
static const struct expression *
open_chain(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct ast_expression *source = expression->as.member.operand;
    const struct expression *operand = path_without_narrowing(check_spine(body, source));
    if (is_poison(operand->type))
        return operand;
    if (operand->type->kind != TYPE_OPTIONAL) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_OPTIONAL, expression->span, "?.", operand->type->name);
        diagnostic_help(found, "write '.'");
        return node_poison(checker, expression->span);
    }
    struct ast_name none = { .span = operand->span };
    struct chain *chain = arena_new(checker->arena, struct chain);
    chain->outer = body->chain;
    chain->operand = operand;
    chain->variable = locals_add(body, &none, operand->type->element, LOCAL_CHAIN);
    chain->facts = body->facts;
    body->chain = chain;
    return node_variable(checker, chain->variable, operand->span);
}

/* End all chains of a postfix expression, the innermost, which began last, first. */
static const struct expression *
close_chains(struct body *body, const struct expression *value, struct span span)
{
    struct checker *checker = body->checker;
    for (; body->chain != NULL; body->chain = body->chain->outer) {
        const struct chain *chain = body->chain;
        body->facts = facts_join(checker->arena, chain->facts, body->facts);
        if (is_poison(value->type))
            continue;
        if (value->type->kind == TYPE_VOID || value->type->kind == TYPE_ANY_ERROR) {
            struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_VOID_VALUE, span);
            diagnostic_help(found, "test for null first: if (… != null) …");
            value = node_poison(checker, span);
            continue;
        }
        const struct type *type = value->type;
        if (type->kind != TYPE_OPTIONAL) {
            type = type_of_element(&checker->types, TYPE_OPTIONAL, type);
            value = node_operand(checker, EXPRESSION_SOME, type, value, value->span);
        }
        struct expression *node = node_new(checker, EXPRESSION_OPTIONAL_CHAIN, type, span);
        node->operand = chain->operand;
        node->right = value;
        node->as.variable = chain->variable;
        value = node_finish(node);
    }
    return value;
}

/* ---- members ---- */

const struct expression *
report_no_member(struct body *body, const struct expression *receiver, const struct ast_name *name)
{
    struct checker *checker = body->checker;
    const struct type *type = receiver->type;
    if (type->kind == TYPE_OPTIONAL) {
        convert_report_null(checker, receiver, type->element);
        return node_poison(checker, name->span);
    }
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_NO_MEMBER, name->span, type->name, name->text);
    struct text best = built_in_nearest(type, name->text);
    if (type->kind == TYPE_STRUCT || type->kind == TYPE_ERROR) {
        const struct structure *structure = (const struct structure *)type->declaration.structure;
        best = symbol_nearest(&structure->names, name->text, best);
    }
    bool has_length = built_in_find(type, TEXT("length")) != NULL;
    if (has_length && (text_equal_string(name->text, "size") || text_equal_string(name->text, "count")))
        diagnostic_help(found, "did you mean 'length'?");
    else if (best.size_bytes > 0)
        diagnostic_help(found, "did you mean '%t'?", best);
    else if (type->kind == TYPE_UNION)
        diagnostic_help(found, "what a union holds is read by a switch: switch (…) { case …: … }");
    else
        diagnostic_help(found, "use one of the members that %t has", type->name);
    return node_poison(checker, name->span);
}

const struct expression *
check_receiver(struct body *body, const struct ast_expression *member)
{
    if (member->kind == AST_EXPRESSION_OPTIONAL_MEMBER)
        return open_chain(body, member);
    const struct expression *receiver = check_spine(body, member->as.member.operand);
    if (receiver->type->kind == TYPE_VOID) {
        struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_VOID_VALUE, receiver->span);
        diagnostic_help(found, "let the call stand as a statement of its own");
        return node_poison(body->checker, receiver->span);
    }
    return receiver;
}

/* `.name` and `.value` of an enumerator that is known. */
static const struct expression *
fold_enumerator(struct body *body, const struct built_in *built_in, const struct expression *receiver, struct span span)
{
    struct checker *checker = body->checker;
    const struct enumerator *enumerator = receiver->as.enumerator;
    if (built_in->method == METHOD_ENUM_NAME)
        return node_text(checker, TYPE_STRING, enumerator->name, span);
    const struct enumeration *enumeration = (const struct enumeration *)receiver->type->declaration.enumeration;
    evaluate_enumeration(checker, enumeration->symbol, span);
    return node_integer(checker, checker->int_type, enumerator->value, span);
}

const struct expression *
method_node(struct body *body, const struct built_in *built_in, const struct expression *receiver,
            const struct expression *const *arguments, struct span span)
{
    if (receiver->kind == EXPRESSION_ENUMERATOR)
        return fold_enumerator(body, built_in, receiver, span);
    const struct type *type = built_in_resolve(body->checker, built_in->result, receiver->type);
    struct expression *node = node_new(body->checker, EXPRESSION_METHOD, type, span);
    node->operand = receiver;
    node->arguments = arguments;
    node->argument_count = built_in->parameter_count;
    node->as.method = built_in->method;
    return node_finish(node);
}

static const struct expression *
check_value_member(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct ast_name *name = &expression->as.member.name;
    const struct expression *receiver = check_receiver(body, expression);
    if (is_poison(receiver->type))
        return receiver;
    const struct type *type = receiver->type;
    if (type->kind == TYPE_STRUCT || type->kind == TYPE_ERROR) {
        const struct structure *structure = (const struct structure *)type->declaration.structure;
        const struct member *member = map_get(&structure->names, name->text);
        if (member != NULL) {
            struct expression *node = node_new(checker, EXPRESSION_MEMBER, member->type, expression->span);
            node->operand = receiver;
            node->as.member = member;
            node_finish(node);
            if (member->type->kind == TYPE_OPTIONAL && path_is_not_null(body, node))
                return node_operand(checker, EXPRESSION_NARROW, member->type->element, node, expression->span);
            return is_poison(member->type) ? node_poison(checker, expression->span) : node;
        }
    }
    const struct built_in *built_in = built_in_find(type, name->text);
    if (built_in == NULL)
        return report_no_member(body, receiver, name);
    if (!built_in->is_property) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_METHOD_NOT_CALLED, name->span, name->text);
        diagnostic_help(found, "call it: .%t(…)", name->text);
        return node_poison(checker, expression->span);
    }
    return method_node(body, built_in, receiver, NULL, expression->span);
}

static const struct expression *
check_enumerator(struct body *body, const struct symbol *symbol, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct enumeration *enumeration = symbol->as.enumeration;
    const struct ast_name *name = &expression->as.member.name;
    const struct enumerator *enumerator = map_get(&enumeration->names, name->text);
    if (enumerator != NULL)
        return node_enumerator(checker, enumeration->public.type, enumerator, expression->span);
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_NO_MEMBER, name->span, symbol->name, name->text);
    struct text best = symbol_nearest(&enumeration->names, name->text, (struct text){ 0 });
    if (best.size_bytes > 0)
        diagnostic_help(found, "did you mean '%t'?", best);
    else
        diagnostic_help(found, "use one of its enumerators");
    return node_poison(checker, expression->span);
}

static const struct expression *
check_member(struct body *body, const struct ast_expression *expression)
{
    if (expression->kind == AST_EXPRESSION_OPTIONAL_MEMBER)
        return check_value_member(body, expression);
    struct symbol *symbol = name_symbol_of(body, expression);
    if (symbol != NULL)
        return check_symbol_value(body, symbol, expression->span);
    symbol = name_symbol_of(body, expression->as.member.operand);
    if (symbol == NULL || symbol_is_value(symbol))
        return check_value_member(body, expression);
    if (symbol->kind == SYMBOL_ENUM)
        return check_enumerator(body, symbol, expression);
    return check_symbol_value(body, symbol, expression->as.member.operand->span);
}

/* ---- elements ---- */

static const struct expression *
check_index(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct expression *operand = check_spine(body, expression->as.index.operand);
    const struct type *type = operand->type;
    const struct type *element = type->element;
    const struct type *key = checker->int_type;
    if (type->kind == TYPE_MAP)
        key = type->key;
    else if (type->kind == TYPE_BYTES)
        element = type_scalar(&checker->types, TYPE_UINT8);
    else if (type->kind != TYPE_ARRAY)
        key = NULL;
    const struct expression *index = key == NULL ? check_value(body, expression->as.index.index, NULL)
                                                 : check_converted(body, expression->as.index.index, key);
    if (is_poison(type) || (key != NULL && is_poison(index->type)))
        return node_poison(checker, expression->span);
    if (key == NULL && type->kind == TYPE_OPTIONAL) {
        convert_report_null(checker, operand, type->element);
        return node_poison(checker, expression->span);
    }
    if (key == NULL) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_INDEXABLE, expression->span, type->name);
        diagnostic_help(found, type->kind == TYPE_STRING ? "a part of a string is s.slice(from, to)"
                                                         : "arrays, maps and bytes have elements");
        return node_poison(checker, expression->span);
    }
    struct expression *node = node_new(checker, EXPRESSION_INDEX, element, expression->span);
    node->operand = operand;
    node->index = index;
    return node_finish(node);
}

/* ---- the postfix expression as a whole ---- */

const struct expression *
check_spine(struct body *body, const struct ast_expression *expression)
{
    if (expression->kind == AST_EXPRESSION_MEMBER || expression->kind == AST_EXPRESSION_OPTIONAL_MEMBER)
        return check_member(body, expression);
    if (expression->kind == AST_EXPRESSION_INDEX)
        return check_index(body, expression);
    if (expression->kind == AST_EXPRESSION_CALL)
        return check_call(body, expression);
    return check_expression(body, expression, NULL);
}

const struct expression *
check_postfix(struct body *body, const struct ast_expression *expression)
{
    struct chain *outer = body->chain;
    body->chain = NULL;
    const struct expression *value = close_chains(body, check_spine(body, expression), expression->span);
    body->chain = outer;
    return value;
}
