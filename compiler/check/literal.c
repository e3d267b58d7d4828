/* Literals with parts: Point{.x = 1.0}, [1, 2], ["a": 1], $"{name}". See body.h. */
#include "compiler/check/body.h"
#include "compiler/check/convert.h"
#include "compiler/check/evaluate.h"
#include "compiler/check/node.h"
#include "compiler/check/symbol.h"

/* What a constant is made of counts: see CONSTANT_NODES_MAX. */
static void
count_parts(struct body *body, size_t count)
{
    if (body->function == NULL)
        body->checker->weight.nodes += count;
}

static const struct expression *
report_infer(struct body *body, const struct ast_expression *expression, const char *help)
{
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_CANNOT_INFER, expression->span);
    diagnostic_help(found, help);
    return node_poison(body->checker, expression->span);
}

/* ---- structs ---- */

static void
check_lost_members(struct body *body, const struct ast_expression *expression)
{
    const struct ast_member_value_list *members = &expression->as.literal.members;
    for (size_t index = 0; index < members->count; index++)
        check_expression(body, members->items[index].value, body->checker->poison);
}

static void
report_unknown_member(struct body *body, struct text type, const struct map *names, const struct ast_name *name)
{
    struct diagnostic *found =
        diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_NO_MEMBER, name->span, type, name->text);
    struct text best = symbol_nearest(names, name->text, (struct text){ 0 });
    if (best.size_bytes > 0)
        diagnostic_help(found, "did you mean '%t'?", best);
    else
        diagnostic_help(found, "use one of the members that %t declares", type);
}

static void
report_member_twice(struct body *body, const struct ast_name *name, struct span other)
{
    struct diagnostic *found =
        diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_ARGUMENT_TWICE, name->span, name->text);
    diagnostic_note(found, other, "it has a value here already");
    diagnostic_help(found, "leave one of them out");
}

/* The members that are written, put to their places; false after a report. */
static bool
take_members(struct body *body, const struct structure *structure, const struct ast_expression *expression,
             const struct expression **values, size_t *order)
{
    const struct ast_member_value_list *written = &expression->as.literal.members;
    bool is_right = true;
    size_t given = 0;
    for (size_t index = 0; index < written->count; index++) {
        const struct ast_member_value *source = &written->items[index];
        const struct member *member = map_get(&structure->names, source->name.text);
        if (member == NULL) {
            report_unknown_member(body, structure->public.name, &structure->names, &source->name);
            check_expression(body, source->value, body->checker->poison);
            is_right = false;
            continue;
        }
        size_t place = (size_t)(member - structure->members);
        const struct expression *value = check_converted(body, source->value, member->type);
        if (values[place] != NULL) {
            report_member_twice(body, &source->name, values[place]->span);
            is_right = false;
            continue;
        }
        values[place] = value;
        order[given++] = place;
        is_right = is_right && !is_poison(value->type);
    }
    return is_right;
}

static const struct expression *
check_structure(struct body *body, struct symbol *symbol, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct structure *structure = symbol->as.structure;
    size_t count = structure->public.member_count;
    const struct expression **values = arena_new_array(checker->arena, const struct expression *, count);
    size_t *order = arena_new_array(checker->arena, size_t, count);
    count_parts(body, count);
    if (symbol->progress != PROGRESS_DONE || body->function == NULL)
        evaluate_defaults(checker, symbol, expression->span);
    if (!take_members(body, structure, expression, values, order))
        return node_poison(checker, expression->span);
    size_t given = expression->as.literal.members.count; /* all of them, each once */
    for (size_t index = 0; index < count; index++) {
        if (values[index] != NULL)
            continue;
        const struct member *member = &structure->members[index];
        values[index] =
            member->default_value != NULL ? member->default_value : node_zero(checker, member->type, expression->span);
        if (is_poison(values[index]->type))
            return node_poison(checker, expression->span);
        order[given++] = index;
    }
    struct expression *node = node_new(checker, EXPRESSION_STRUCT, structure->public.type, expression->span);
    node->arguments = values;
    node->argument_count = count;
    for (size_t index = 1; index < count && node->evaluation_order == NULL; index++) {
        if (order[index] < order[index - 1] && index < expression->as.literal.members.count)
            node->evaluation_order = order;
    }
    return node_finish(node);
}

/* ---- unions ---- */

static const struct expression *
check_variant(struct body *body, const struct variants *variants, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct ast_member_value_list *written = &expression->as.literal.members;
    if (written->count != 1) {
        check_lost_members(body, expression);
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_UNION_LITERAL, expression->span, variants->public.name);
        diagnostic_help(found, "write %t{.variant = value}", variants->public.name);
        return node_poison(checker, expression->span);
    }
    const struct ast_member_value *source = &written->items[0];
    const struct member *variant = map_get(&variants->names, source->name.text);
    if (variant == NULL) {
        check_lost_members(body, expression);
        report_unknown_member(body, variants->public.name, &variants->names, &source->name);
        return node_poison(checker, expression->span);
    }
    struct expression *node = node_new(checker, EXPRESSION_UNION, variants->public.type, expression->span);
    node->as.variant = (size_t)(variant - variants->variants);
    if (variant->type->kind != TYPE_VOID) {
        node->operand = check_converted(body, source->value, variant->type);
        if (is_poison(node->operand->type))
            return node_poison(checker, expression->span);
    } else if (source->value->kind != AST_EXPRESSION_NULL) {
        check_lost_members(body, expression);
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_TYPE_MISMATCH, source->value->span,
                                                  TEXT("null"), TEXT("a value"));
        diagnostic_help(found, "the variant '%t' carries nothing: .%t = null", variant->name, variant->name);
        return node_poison(checker, expression->span);
    }
    count_parts(body, 1);
    return node_finish(node);
}

const struct expression *
check_literal(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct ast_path *path = &expression->as.literal.path;
    struct symbol *symbol = symbol_resolve(checker, body->module, path, "struct");
    if (symbol == NULL || symbol->kind == SYMBOL_BROKEN) {
        check_lost_members(body, expression);
        return node_poison(checker, expression->span);
    }
    if (symbol->kind == SYMBOL_STRUCT || symbol->kind == SYMBOL_ERROR || symbol->kind == SYMBOL_EVENT)
        return check_structure(body, symbol, expression);
    if (symbol->kind == SYMBOL_UNION)
        return check_variant(body, symbol->as.variants, expression);
    check_lost_members(body, expression);
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_LITERAL_TYPE, path->span, symbol->name,
                                              symbol_kind_text(symbol));
    diagnostic_help(found, symbol->kind == SYMBOL_ENUM ? "name an enumerator: %t.…" : "'%t' has no members",
                    symbol->name);
    return node_poison(checker, expression->span);
}

/* ---- arrays and maps ---- */

/* The type that all elements take, when none is expected. Returns POISON when an element is broken, NULL after a
 * report. */
static const struct type *
common_type(struct body *body, const struct expression *const *values, size_t count, size_t stride)
{
    struct checker *checker = body->checker;
    const struct expression *widest = values[0];
    for (size_t index = 0; index < count; index += stride) {
        const struct type *type = convert_common(checker, widest, values[index]);
        if (type == NULL || type->kind == TYPE_NULL) {
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_TYPE_MISMATCH, values[index]->span, widest->type->name,
                               values[index]->type->name);
            diagnostic_help(found, "all elements have one type");
            return NULL;
        }
        if (type != widest->type)
            widest = type == values[index]->type ? values[index] : node_zero(checker, type, values[index]->span);
    }
    return widest->type;
}

/* Convert every stride-th value; false when one is broken. */
static bool
convert_values(struct body *body, const struct expression **values, size_t count, size_t stride,
               const struct type *type)
{
    bool is_right = true;
    for (size_t index = 0; index < count; index += stride) {
        values[index] = convert(body->checker, values[index], type);
        is_right = is_right && !is_poison(values[index]->type);
    }
    return is_right;
}

/* The array or map type that is expected here, perhaps within an optional; NULL if none is. */
static const struct type *
expected_container(const struct type *expected, enum type_kind kind)
{
    if (expected != NULL && expected->kind == TYPE_OPTIONAL)
        expected = expected->element;
    return expected != NULL && (expected->kind == kind || is_poison(expected)) ? expected : NULL;
}

const struct expression *
check_array(struct body *body, const struct ast_expression *expression, const struct type *expected)
{
    struct checker *checker = body->checker;
    const struct ast_expression_list *list = &expression->as.list;
    const struct type *container = expected_container(expected, TYPE_ARRAY);
    bool is_known = container != NULL && !is_poison(container);
    const struct type *element = is_known ? container->element : NULL;
    const struct expression **values = arena_new_array(checker->arena, const struct expression *, list->count);
    count_parts(body, list->count);
    for (size_t index = 0; index < list->count; index++)
        values[index] = check_value(body, list->items[index], element);
    if (container != NULL && !is_known)
        return node_poison(checker, expression->span);
    if (!is_known && list->count == 0)
        return report_infer(body, expression, "give the variable a type: T[] … = [];");
    if (!is_known) {
        element = common_type(body, values, list->count, 1);
        if (element == NULL || is_poison(element))
            return node_poison(checker, expression->span);
        container = type_of_element(&checker->types, TYPE_ARRAY, element);
    }
    if (!convert_values(body, values, list->count, 1, element))
        return node_poison(checker, expression->span);
    struct expression *node = node_new(checker, EXPRESSION_ARRAY, container, expression->span);
    node->arguments = values;
    node->argument_count = list->count;
    return node_finish(node);
}

const struct expression *
check_map(struct body *body, const struct ast_expression *expression, const struct type *expected)
{
    struct checker *checker = body->checker;
    const struct ast_map_entry_list *list = &expression->as.map;
    const struct type *container = expected_container(expected, TYPE_MAP);
    bool is_known = container != NULL && !is_poison(container);
    const struct type *key = is_known ? container->key : NULL;
    const struct type *value = is_known ? container->element : NULL;
    size_t count = list->count * 2;
    const struct expression **values = arena_new_array(checker->arena, const struct expression *, count);
    count_parts(body, count);
    for (size_t index = 0; index < list->count; index++) {
        values[index * 2] = check_value(body, list->items[index].key, key);
        values[index * 2 + 1] = check_value(body, list->items[index].value, value);
    }
    if (container != NULL && !is_known)
        return node_poison(checker, expression->span);
    if (!is_known && list->count == 0)
        return report_infer(body, expression, "give the variable a type: map<K, V> … = [:];");
    if (!is_known) {
        key = common_type(body, values, count, 2);
        value = common_type(body, values + 1, count - 1, 2);
        if (key == NULL || value == NULL || is_poison(key) || is_poison(value))
            return node_poison(checker, expression->span);
        if (!type_is_key(key)) {
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_MAP_KEY, list->items[0].key->span, key->name);
            diagnostic_help(found, "use a string, an integer, a bool, a uuid, a time or an enum");
            return node_poison(checker, expression->span);
        }
        container = type_map(&checker->types, key, value);
    }
    bool keys_are_right = convert_values(body, values, count, 2, key);
    if (count > 0 && (!convert_values(body, values + 1, count - 1, 2, value) || !keys_are_right))
        return node_poison(checker, expression->span);
    struct expression *node = node_new(checker, EXPRESSION_MAP, container, expression->span);
    node->arguments = values;
    node->argument_count = count;
    return node_finish(node);
}

/* ---- interpolation ---- */

/* All parts as one literal, if every one of them is known. */
static const struct expression *
fold_interpolation(struct body *body, const struct expression *const *values, size_t count, struct span span)
{
    struct text_builder builder;
    text_builder_initialise(&builder, body->checker->arena);
    for (size_t index = 0; index < count; index++) {
        if (values[index]->kind != EXPRESSION_LITERAL || builder.size_bytes > CONSTANT_NODES_MAX)
            return NULL;
        text_builder_add(&builder, values[index]->as.literal.text);
    }
    return node_text(body->checker, TYPE_STRING, text_builder_text(&builder), span);
}

const struct expression *
check_interpolation(struct body *body, const struct ast_expression *expression)
{
    struct checker *checker = body->checker;
    const struct ast_expression_list *list = &expression->as.list;
    const struct expression **values = arena_new_array(checker->arena, const struct expression *, list->count);
    bool is_right = true;
    bool is_known = true;
    for (size_t index = 0; index < list->count; index++) {
        const struct expression *value = check_value(body, list->items[index], NULL);
        if (value->type->kind == TYPE_NULL) {
            report_infer(body, list->items[index], "write the text \"null\"");
            is_right = false;
        }
        values[index] = convert_to_string(checker, value);
        is_right = is_right && !is_poison(value->type);
        is_known = is_known && values[index]->kind == EXPRESSION_LITERAL;
    }
    if (!is_right)
        return node_poison(checker, expression->span);
    const struct expression *literal =
        is_known ? fold_interpolation(body, values, list->count, expression->span) : NULL;
    if (literal != NULL)
        return literal;
    struct expression *node = node_new(checker, EXPRESSION_INTERPOLATE, checker->string_type, expression->span);
    node->arguments = values;
    node->argument_count = list->count;
    return node_finish(node);
}
