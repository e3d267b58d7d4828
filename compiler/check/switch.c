/* switch: labels, bindings, whether every case is named. See statement.h. */
#include "compiler/check/constant.h"
#include "compiler/check/convert.h"
#include "compiler/check/node.h"
#include "compiler/check/statement.h"
#include "compiler/check/symbol.h"

/* Missing cases that a diagnostic names. */
#define MISSING_NAMES_MAX 3

struct switch_case_list VECTOR(struct switch_case);
struct variant_list VECTOR(size_t);

/* One switch while it is checked. */
struct switch_check {
    struct body *body;
    const struct type *type; /* of its value; POISON: labels are not looked at */
    struct map labels;       /* text of a label → its span */
    bool has_default;
};

/* ---- labels ---- */

/* Note a label; reports one that was there already. */
static bool
take_label(struct switch_check *check, struct text key, struct text shown, struct span span)
{
    struct checker *checker = check->body->checker;
    struct span *place = arena_new(checker->arena, struct span);
    *place = span;
    const struct span *other = map_get(&check->labels, key);
    if (other == NULL) {
        map_put(&check->labels, key, place);
        return true;
    }
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_LABEL_TWICE, span, shown);
    diagnostic_note(found, *other, "it stands here already");
    diagnostic_help(found, "leave one of them out");
    return false;
}

static void
report_binding(struct switch_check *check, struct span span, const char *why, const char *help)
{
    struct diagnostic *found = diagnostic_add(check->body->checker->diagnostics, DIAGNOSTIC_LABEL_BINDING, span, why);
    diagnostic_help(found, help);
}

/* An enumerator by its plain name; NULL if the label is anything else. */
static const struct expression *
plain_enumerator(struct switch_check *check, const struct ast_expression *label)
{
    if (check->type->kind != TYPE_ENUM || label->kind != AST_EXPRESSION_NAME)
        return NULL;
    const struct enumeration *enumeration = (const struct enumeration *)check->type->declaration.enumeration;
    const struct enumerator *enumerator = map_get(&enumeration->names, label->as.text);
    if (enumerator == NULL)
        return NULL;
    return node_enumerator(check->body->checker, check->type, enumerator, label->span);
}

static const struct expression *
check_label(struct switch_check *check, const struct ast_label *label)
{
    struct checker *checker = check->body->checker;
    const struct expression *value = plain_enumerator(check, label->value);
    if (value == NULL)
        value = check_converted(check->body, label->value, check->type);
    if (is_poison(value->type))
        return NULL;
    if (value->kind != EXPRESSION_LITERAL && value->kind != EXPRESSION_ENUMERATOR) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_LABEL_NOT_CONSTANT, label->value->span);
        diagnostic_help(found, "write a literal or a constant; variables are compared by if");
        return NULL;
    }
    return take_label(check, constant_key(checker, value), constant_text(checker, value), label->value->span) ? value
                                                                                                              : NULL;
}

/* The labels of a case of a switch over values. */
static void
check_labels(struct switch_check *check, const struct ast_switch_case *source, struct switch_case *checked)
{
    struct checker *checker = check->body->checker;
    struct expression_pointer_list labels = { 0 };
    for (size_t index = 0; index < source->labels.count; index++) {
        const struct ast_label *label = &source->labels.items[index];
        const struct expression *value = check_label(check, label);
        if (value != NULL)
            vector_add(checker->arena, &labels, value);
        if (label->binding.text.size_bytes > 0)
            report_binding(check, label->binding.span, "only the variants of a union carry values",
                           "leave the name out: the value is that of the switch");
    }
    checked->labels = labels.items;
    checked->label_count = labels.count;
}

static void
report_variant(struct switch_check *check, const struct ast_label *label)
{
    struct diagnostics *diagnostics = check->body->checker->diagnostics;
    const struct variants *variants = (const struct variants *)check->type->declaration.variants;
    bool is_name = label->value->kind == AST_EXPRESSION_NAME;
    struct text name = is_name ? label->value->as.text : TEXT("…");
    struct diagnostic *found =
        diagnostic_add(diagnostics, DIAGNOSTIC_NOT_A_VARIANT, label->value->span, check->type->name, name);
    struct text best = is_name ? symbol_nearest(&variants->names, name, (struct text){ 0 }) : (struct text){ 0 };
    if (best.size_bytes > 0)
        diagnostic_help(found, "did you mean '%t'?", best);
    else
        diagnostic_help(found, "a label is the plain name of a variant");
}

/* The variable that the label of a variant binds; NULL if it binds none. */
static struct variable *
bind_variant(struct switch_check *check, const struct ast_switch_case *source, const struct ast_label *label,
             const struct member *variant)
{
    if (label->binding.text.size_bytes == 0)
        return NULL;
    const struct type *type = variant != NULL ? variant->type : check->body->checker->poison;
    if (source->labels.count > 1)
        report_binding(check, label->binding.span, "several labels share this body",
                       "give the variant a case of its own");
    else if (type->kind == TYPE_VOID)
        report_binding(check, label->binding.span, "the variant carries nothing", "leave the name out");
    if (source->labels.count > 1 || type->kind == TYPE_VOID)
        type = check->body->checker->poison;
    return locals_add(check->body, &label->binding, type, LOCAL_BINDING);
}

/* The labels of a case of a switch over a union. Its binding comes in sight. */
static void
check_variants(struct switch_check *check, const struct ast_switch_case *source, struct switch_case *checked)
{
    struct checker *checker = check->body->checker;
    const struct variants *variants = (const struct variants *)check->type->declaration.variants;
    struct variant_list list = { 0 };
    for (size_t index = 0; index < source->labels.count; index++) {
        const struct ast_label *label = &source->labels.items[index];
        const struct member *variant = NULL;
        if (label->value->kind == AST_EXPRESSION_NAME)
            variant = map_get(&variants->names, label->value->as.text);
        if (variant == NULL)
            report_variant(check, label);
        else if (take_label(check, variant->name, variant->name, label->value->span))
            vector_add(checker->arena, &list, (size_t)(variant - variants->variants));
        checked->binding = bind_variant(check, source, label, variant);
    }
    checked->variants = list.items;
    checked->variant_count = list.count;
}

/* Names that labels of a broken switch bind are in sight all the same. */
static void
bind_lost(struct switch_check *check, const struct ast_switch_case *source)
{
    for (size_t index = 0; index < source->labels.count; index++) {
        const struct ast_name *name = &source->labels.items[index].binding;
        if (name->text.size_bytes > 0)
            locals_add(check->body, name, check->body->checker->poison, LOCAL_BINDING);
    }
}

/* ---- whether every case is named ---- */

/* The cases that no label names, as "A", "B" and …; "" if there are none. */
static struct text
missing_cases(struct switch_check *check)
{
    bool is_enum = check->type->kind == TYPE_ENUM;
    const struct enum_declaration *enumeration = check->type->declaration.enumeration;
    const struct union_declaration *variants = check->type->declaration.variants;
    size_t count = is_enum ? enumeration->enumerator_count : variants->variant_count;
    struct text_builder builder;
    text_builder_initialise(&builder, check->body->checker->arena);
    size_t missing = 0;
    for (size_t index = 0; index < count; index++) {
        struct text name = is_enum ? enumeration->enumerators[index].name : variants->variants[index].name;
        if (map_get(&check->labels, name) != NULL)
            continue;
        if (missing < MISSING_NAMES_MAX)
            text_builder_format(&builder, "%s'%.*s'", missing == 0 ? "" : ", ", TEXT_ARGUMENTS(name));
        missing++;
    }
    if (missing > MISSING_NAMES_MAX)
        text_builder_format(&builder, " and %zu more", missing - MISSING_NAMES_MAX);
    return text_builder_text(&builder);
}

/* Whether one of the bodies is always taken. Reports what an enum's or union's switch does not name. */
static bool
is_exhaustive(struct switch_check *check, const struct ast_statement *source)
{
    if (check->has_default || is_poison(check->type))
        return true;
    if (check->type->kind == TYPE_BOOL)
        return check->labels.count == 2;
    if (check->type->kind != TYPE_ENUM && check->type->kind != TYPE_UNION)
        return false;
    struct text missing = missing_cases(check);
    if (missing.size_bytes == 0)
        return true;
    struct span word = { source->span.begin, source->span.begin + (uint32_t)sizeof "switch" - 1 };
    struct diagnostic *found =
        diagnostic_add(check->body->checker->diagnostics, DIAGNOSTIC_NOT_EXHAUSTIVE, word, check->type->name, missing);
    diagnostic_help(found, "add the cases, or a default");
    return true;
}

/* ---- the switch ---- */

static bool
can_be_switched_on(const struct type *type)
{
    return type_is_integer(type) || type->kind == TYPE_BOOL || type->kind == TYPE_STRING || type->kind == TYPE_ENUM ||
           type->kind == TYPE_UNION;
}

static const struct expression *
check_switched(struct switch_check *check, const struct ast_expression *source)
{
    struct checker *checker = check->body->checker;
    const struct expression *value = check_value(check->body, source, NULL);
    check->type = value->type;
    if (is_poison(value->type) || can_be_switched_on(value->type))
        return value;
    check->type = checker->poison;
    if (value->type->kind == TYPE_OPTIONAL) {
        convert_report_null(checker, value, value->type->element);
        return value;
    }
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_SWITCH_TYPE, source->span, value->type->name);
    diagnostic_help(found, "compare it by if and else if");
    return value;
}

/* A body that is empty, in C's manner of falling through. */
static void
note_empty(struct switch_check *check, const struct ast_switch_case *source, bool is_last)
{
    if (source->body.count > 0 || is_last)
        return;
    struct diagnostic *found = diagnostic_add(check->body->checker->diagnostics, DIAGNOSTIC_EMPTY_CASE, source->span);
    diagnostic_help(found, "several labels that share a body are written 'case A, B:'; to do nothing, write 'break;'");
}

static struct switch_case
check_case(struct switch_check *check, const struct ast_switch_case *source)
{
    struct body *body = check->body;
    struct switch_case checked = { .is_default = source->is_default, .span = source->span };
    size_t mark = locals_enter(body);
    if (source->is_default && check->has_default) {
        struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_DEFAULT_TWICE, source->span);
        diagnostic_help(found, "leave one of them out");
    }
    check->has_default |= source->is_default;
    if (is_poison(check->type))
        bind_lost(check, source);
    else if (check->type->kind == TYPE_UNION)
        check_variants(check, source, &checked);
    else
        check_labels(check, source, &checked);
    struct span span = source->span;
    if (source->body.count > 0)
        span = span_join(source->body.items[0]->span, source->body.items[source->body.count - 1]->span);
    checked.body = check_block(body, &source->body, span);
    locals_leave(body, mark);
    return checked;
}

const struct statement *
check_switch(struct body *body, const struct ast_statement *source)
{
    struct arena *arena = body->checker->arena;
    struct statement *statement = statement_new(body, STATEMENT_SWITCH, source->span);
    struct switch_check check = { .body = body };
    struct switch_case_list cases = { 0 };
    struct breakable breakable;
    map_initialise(&check.labels, arena);
    statement->value = check_switched(&check, source->as.switch_.value);
    statement->has_await = statement->value->has_await;

    struct facts entry = body->facts;
    struct facts after = facts_unreachable(entry);
    breakable_enter(body, &breakable, false);
    for (size_t index = 0; index < source->as.switch_.cases.count; index++) {
        const struct ast_switch_case *written = &source->as.switch_.cases.items[index];
        body->facts = entry;
        note_empty(&check, written, index + 1 == source->as.switch_.cases.count);
        struct switch_case checked = check_case(&check, written);
        statement->has_await |= checked.body->has_await;
        vector_add(arena, &cases, checked);
        after = facts_join(arena, after, body->facts);
    }
    breakable_leave(body, &breakable);
    statement->cases = cases.items;
    statement->case_count = cases.count;
    after = facts_join(arena, after, breakable.at_break);
    if (!is_exhaustive(&check, source))
        after = facts_join(arena, after, entry);
    body->facts = after;
    return statement;
}
