/* Evaluation of constants, enumerators, defaults: see evaluate.h. */
#include "compiler/check/evaluate.h"

#include "compiler/check/body.h"
#include "compiler/check/constant.h"
#include "compiler/check/convert.h"
#include "compiler/check/node.h"

/* ---- one expression ---- */

/* The first part of a node that is not known before the program runs. */
static const struct expression *
find_unknown(const struct expression *node)
{
    for (;;) {
        const struct expression *const parts[] = { node->operand, node->left, node->right, node->condition,
                                                   node->index };
        const struct expression *next = NULL;
        for (size_t index = 0; index < sizeof parts / sizeof parts[0] && next == NULL; index++) {
            if (parts[index] != NULL && !node_is_constant(parts[index]))
                next = parts[index];
        }
        for (size_t index = 0; index < node->argument_count && next == NULL; index++) {
            if (!node_is_constant(node->arguments[index]))
                next = node->arguments[index];
        }
        if (next == NULL)
            return node;
        node = next;
    }
}

static void
add_weight(struct weight *sum, struct weight more)
{
    sum->nodes += more.nodes;
    if (more.levels > sum->levels)
        sum->levels = more.levels;
}

/* How large a value is: what it takes from other constants, and what is written around that. */
static struct weight
weight_of(struct weight used, const struct ast_expression *expression, const struct expression *value)
{
    bool has_parts = value->kind != EXPRESSION_LITERAL && value->kind != EXPRESSION_ENUMERATOR &&
                     value->kind != EXPRESSION_NULL && value->kind != EXPRESSION_ZERO;
    if (!has_parts)
        return (struct weight){ .nodes = 1, .levels = 1 };
    bool is_name = expression->kind == AST_EXPRESSION_NAME || expression->kind == AST_EXPRESSION_MEMBER;
    if (!is_name) {
        used.nodes++;
        used.levels += expression->depth + 1u;
    }
    return used;
}

const struct expression *
evaluate_expression(struct checker *checker, struct module *module, struct service_scope *scope,
                    const struct ast_expression *expression, const struct type *type, const char *place)
{
    unsigned levels = CONSTANT_STACK_COST + expression->depth;
    if (checker->constant_levels > 0 && checker->constant_levels + levels > CONSTANT_STACK_MAX) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_CONSTANT_DEPTH, expression->span);
        diagnostic_help(found, "declare the constants before those that use them");
        return node_poison(checker, expression->span);
    }
    struct weight outer = checker->weight;
    checker->weight = (struct weight){ 0 };
    checker->constant_levels += levels;
    struct body body = {
        .checker = checker, .module = module, .scope = scope, .constant_place = place, .facts = facts_none()
    };
    c_names_initialise(&body.c_names, checker->arena, NULL);
    const struct expression *value =
        type == NULL ? check_value(&body, expression, NULL) : check_converted(&body, expression, type);
    checker->constant_levels -= levels;

    checker->weight = weight_of(checker->weight, expression, value);
    if (!is_poison(value->type) &&
        (checker->weight.nodes > CONSTANT_NODES_MAX || checker->weight.levels > CONSTANT_LEVELS_MAX)) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_CONSTANT_SIZE, expression->span);
        diagnostic_help(found, "build it by a function");
        value = node_poison(checker, expression->span);
    } else if (!is_poison(value->type) && !node_is_constant(value)) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_CONSTANT, find_unknown(value)->span, place);
        diagnostic_help(found, "write a literal, or a constant");
        value = node_poison(checker, expression->span);
    }
    struct weight own = checker->weight;
    checker->weight = outer;
    checker->last_weight = own;
    return value;
}

/* ---- declarations ---- */

/* Whether a symbol has to be evaluated now; reports a circle. */
static bool
begin(struct checker *checker, struct symbol *symbol, struct span where)
{
    if (symbol->progress == PROGRESS_RUNNING) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_CONSTANT_CYCLE, where, symbol->name);
        diagnostic_note(found, symbol->span, "'%t' is declared here", symbol->name);
        diagnostic_help(found, "give one of the constants in the circle a value of its own");
    }
    if (symbol->progress != PROGRESS_NONE)
        return false;
    symbol->progress = PROGRESS_RUNNING;
    return true;
}

const struct expression *
evaluate_constant(struct checker *checker, struct symbol *symbol, struct span where)
{
    if (symbol->progress == PROGRESS_RUNNING) {
        begin(checker, symbol, where);
        return node_poison(checker, where);
    }
    if (begin(checker, symbol, where)) {
        const struct ast_declaration *declaration = symbol->declaration;
        const struct expression *value = node_poison(checker, symbol->span);
        if (declaration->as.variable.value != NULL) {
            value = evaluate_expression(checker, symbol->module, NULL, declaration->as.variable.value,
                                        symbol->as.constant.type, "the value of a const");
            symbol->as.constant.weight = checker->last_weight;
        }
        symbol->as.constant.value = value;
        symbol->progress = PROGRESS_DONE;
    }
    add_weight(&checker->weight, symbol->as.constant.weight);
    return symbol->as.constant.value;
}

static void
report_enumerator(struct checker *checker, const struct ast_enumerator *written, struct text value, const char *problem)
{
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_ENUMERATOR_VALUE, written->name.span,
                                              written->name.text, value, problem);
    diagnostic_help(found, "give it a value of its own between -2147483648 and 2147483647");
}

static int64_t
written_value(struct checker *checker, struct symbol *symbol, const struct ast_expression *expression,
              int64_t otherwise)
{
    const struct expression *value =
        evaluate_expression(checker, symbol->module, NULL, expression, checker->int_type, "the value of an enumerator");
    if (value->kind == EXPRESSION_LITERAL && value->type == checker->int_type)
        return value->as.literal.integer;
    return otherwise;
}

void
evaluate_enumeration(struct checker *checker, struct symbol *symbol, struct span where)
{
    if (!begin(checker, symbol, where))
        return;
    struct enumeration *enumeration = symbol->as.enumeration;
    const struct ast_enumerator_list *written = &symbol->declaration->as.enumerators;
    struct map values; /* text of the value → enumerator */
    map_initialise(&values, checker->arena);
    int64_t next = 0;
    for (size_t index = 0; index < enumeration->public.enumerator_count; index++) {
        const struct ast_enumerator *source = &written->items[index];
        int64_t value = source->value == NULL ? next : written_value(checker, symbol, source->value, next);
        struct text text = text_format(checker->arena, "%lld", (long long)value);
        if (value < INT32_MIN || value > INT32_MAX) {
            report_enumerator(checker, source, text, "does not fit into an int32");
            value = 0;
        } else if (map_put(&values, text, &enumeration->enumerators[index]) != NULL) {
            report_enumerator(checker, source, text, "another enumerator has already");
        }
        enumeration->enumerators[index].value = value;
        next = value + 1;
    }
    symbol->progress = PROGRESS_DONE;
}

void
evaluate_defaults(struct checker *checker, struct symbol *symbol, struct span where)
{
    struct structure *structure = symbol->as.structure;
    if (begin(checker, symbol, where)) {
        const struct ast_member_list *written = &symbol->declaration->as.members;
        for (size_t index = 0; index < structure->public.member_count; index++) {
            const struct ast_expression *source = written->items[index].default_value;
            if (source == NULL)
                continue;
            struct member *member = &structure->members[index];
            member->default_value =
                evaluate_expression(checker, symbol->module, NULL, source, member->type, "the default of a member");
            add_weight(&structure->weight, checker->last_weight);
        }
        symbol->progress = PROGRESS_DONE;
    }
    add_weight(&checker->weight, structure->weight);
}

void
evaluate_all(struct checker *checker)
{
    for (size_t index = 0; index < checker->symbols.count; index++) {
        struct symbol *symbol = checker->symbols.items[index];
        if (symbol->progress != PROGRESS_NONE)
            continue;
        checker->weight = (struct weight){ 0 };
        if (symbol->kind == SYMBOL_CONST)
            evaluate_constant(checker, symbol, symbol->span);
        else if (symbol->kind == SYMBOL_ENUM)
            evaluate_enumeration(checker, symbol, symbol->span);
        else if (symbol->kind == SYMBOL_STRUCT || symbol->kind == SYMBOL_ERROR || symbol->kind == SYMBOL_EVENT)
            evaluate_defaults(checker, symbol, symbol->span);
    }
}
