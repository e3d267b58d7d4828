/* Keyed services and interfaces: see keyed.h.
 *
 * The state of a service is a struct like any other, but that its members are reached by their plain names, from the
 * routines of that service only: a pure function has a value in and a value out, and no instance. */
#include "compiler/check/keyed.h"

#include "compiler/check/convert.h"
#include "compiler/check/declaration.h"
#include "compiler/check/evaluate.h"
#include "compiler/check/node.h"
#include "compiler/check/path.h"
#include "compiler/check/resolve.h"
#include "compiler/check/task.h"

/* ---- state ---- */

static size_t
count_state(const struct service_scope *scope)
{
    size_t count = 0;
    for (size_t index = 0; index < scope->symbol_list.count; index++)
        count += scope->symbol_list.items[index]->kind == SYMBOL_STATE;
    return count;
}

/* State without a key: there would be one instance that everybody waits for. */
static void
report_state_without_key(struct checker *checker, struct service_scope *scope)
{
    for (size_t index = 0; index < scope->symbol_list.count; index++) {
        struct symbol *member = scope->symbol_list.items[index];
        if (member->kind != SYMBOL_STATE)
            continue;
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_KEYED_ONLY, member->span, "state");
        diagnostic_help(found, "give the service a key: service %t(string id)", scope->symbol->name);
        member->kind = SYMBOL_BROKEN;
    }
}

void
declare_state(struct checker *checker, struct service_scope *scope)
{
    if (!scope->symbol->declaration->as.service.is_keyed)
        report_state_without_key(checker, scope);
    size_t count = count_state(scope);
    if (count == 0)
        return;
    struct arena *arena = checker->arena;
    struct text service = scope->symbol->name;
    struct text name = text_format(arena, "%.*s.state", TEXT_ARGUMENTS(service));
    struct text c_name =
        c_names_claim(&checker->c_names, text_format(arena, "%.*s_state", TEXT_ARGUMENTS(scope->public.c_name)));
    struct type *type = type_declared(&checker->types, TYPE_STRUCT, name, c_name);
    struct structure *state = arena_new(arena, struct structure);
    state->members = arena_new_array(arena, struct member, count);
    map_initialise(&state->names, arena);
    state->public = (struct struct_declaration){
        .kind = STRUCTURE_STRUCT,
        .name = name,
        .qualified_name = text_format(arena, "%.*s.state", TEXT_ARGUMENTS(scope->public.qualified_name)),
        .c_name = c_name,
        .members = state->members,
        .member_count = count,
        .type = type,
        .documentation = TEXT(""),
        .span = scope->symbol->span,
    };
    struct symbol *symbol = arena_new(arena, struct symbol);
    *symbol = (struct symbol){
        .kind = SYMBOL_STRUCT,
        .progress = PROGRESS_DONE,
        .name = name,
        .span = scope->symbol->span,
        .module = scope->symbol->module,
    };
    symbol->as.structure = state;
    state->symbol = symbol;
    type->declaration.structure = &state->public;
    scope->state = state;
    scope->public.state = &state->public;
}

void
resolve_state(struct checker *checker, struct service_scope *scope)
{
    struct c_names c_names;
    c_names_initialise(&c_names, checker->arena, NULL);
    size_t count = 0;
    for (size_t index = 0; index < scope->symbol_list.count; index++) {
        struct symbol *symbol = scope->symbol_list.items[index];
        if (symbol->kind != SYMBOL_STATE)
            continue;
        const struct ast_declaration *declaration = symbol->declaration;
        struct member *member = &scope->state->members[count++];
        check_annotations_none(checker, &declaration->annotations);
        *member = (struct member){
            .name = symbol->name,
            .c_name = c_names_claim(&c_names, c_name_of_member(checker->arena, symbol->name)),
            .type = resolve_value_type(checker, symbol->module, declaration->as.variable.type),
            .number = (uint32_t)count,
            .documentation = declaration->documentation,
            .span = symbol->span,
        };
        map_put(&scope->state->names, member->name, member);
        symbol->as.state = member;
    }
}

void
evaluate_state(struct checker *checker, struct service_scope *scope)
{
    for (size_t index = 0; index < scope->symbol_list.count; index++) {
        const struct symbol *symbol = scope->symbol_list.items[index];
        if (symbol->kind != SYMBOL_STATE || symbol->declaration->as.variable.value == NULL)
            continue;
        struct member *member = map_get(&scope->state->names, symbol->name);
        member->default_value =
            evaluate_expression(checker, symbol->module, NULL, symbol->declaration->as.variable.value, member->type,
                                "the first value of a member of the state");
    }
}

/* ---- keys ---- */

static bool
is_key_type(const struct type *type)
{
    return type->kind == TYPE_STRING || type->kind == TYPE_UUID || type_is_integer(type);
}

const struct variable *
resolve_key(struct checker *checker, struct module *module, struct text owner, const struct ast_parameter_list *written,
            struct span span)
{
    if (written->count != 1) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_KEY_COUNT, span, owner, written->count);
        diagnostic_help(found,
                        written->count == 0 ? "name it: %t(string id); or leave out the parentheses"
                                            : "join them to one string: %t(string id)",
                        owner);
        return NULL;
    }
    const struct ast_parameter *source = &written->items[0];
    check_annotations_none(checker, &source->annotations);
    struct variable *key = arena_new(checker->arena, struct variable);
    *key = (struct variable){
        .name = source->name.text,
        .c_name = c_name_of(checker->arena, source->name.text),
        .type = resolve_value_type(checker, module, source->type),
        .is_parameter = true,
        .span = source->name.span,
    };
    if (source->default_value != NULL) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_MODIFIER_MISPLACED, source->default_value->span, "= …");
        diagnostic_help(found, "a key has no default: whoever calls the service names it");
    }
    if (!is_poison(key->type) && !is_key_type(key->type)) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_KEY_TYPE, source->type->span, key->type->name);
        diagnostic_help(found, "write the text that tells one instance from the others: string %t", key->name);
        key->type = checker->poison;
    }
    return key;
}

void
report_key_missing(struct body *body, struct span span, struct text name, const struct variable *key)
{
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_KEY_MISSING, span, name);
    diagnostic_note(found, key->span, "its key is declared here");
    diagnostic_help(found, "say which one is meant: %t(…)", name);
}

const struct expression *
check_key(struct body *body, const struct ast_expression *call, struct text name, const struct variable *key)
{
    struct checker *checker = body->checker;
    const struct ast_argument_list *arguments = &call->as.call.arguments;
    if (key == NULL) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_KEY_UNEXPECTED, call->span, name);
        diagnostic_help(found, "leave out the parentheses: %t.…", name);
        check_lost_arguments(body, arguments);
        return NULL;
    }
    const struct ast_argument *first = arguments->count > 0 ? &arguments->items[0] : NULL;
    bool is_named = first != NULL && first->name.text.size_bytes > 0;
    if (arguments->count == 1 && (!is_named || text_equal(first->name.text, key->name))) {
        const struct expression *value = check_converted(body, first->value, key->type);
        return is_poison(value->type) ? NULL : value;
    }
    check_lost_arguments(body, arguments);
    struct diagnostic *found;
    if (arguments->count == 0)
        found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_MISSING, call->span, name, key->name);
    else if (arguments->count > 1)
        found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_EXTRA, arguments->items[1].span, name,
                               (size_t)1, arguments->count);
    else
        found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_ARGUMENT_UNKNOWN, first->name.span, name, first->name.text);
    diagnostic_note(found, key->span, "its key is declared here");
    diagnostic_help(found, "the key is one value: %t(…)", name);
    return NULL;
}

/* ---- query, shared ---- */

static void
report_access(struct checker *checker, struct span span, const char *word, const char *help)
{
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_MODIFIER_MISPLACED, span, word);
    diagnostic_help(found, help);
}

void
check_access_modifiers(struct checker *checker, const struct ast_declaration *declaration, bool is_keyed)
{
    const struct ast_modifiers *modifiers = &declaration->as.function.modifiers;
    bool is_query = ast_is_written(modifiers->query);
    bool is_shared = ast_is_written(modifiers->shared);
    if (!is_query && !is_shared)
        return;
    struct span word = is_query ? modifiers->query : modifiers->shared;
    if (!is_keyed) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_KEYED_ONLY, word, is_query ? "query" : "shared");
        diagnostic_help(found, is_query ? "write async, or a pure function" : "write async alone: nothing queues here");
    } else if (is_query && is_shared) {
        report_access(checker, modifiers->shared, "shared", "a query does not queue anyway: leave it out");
    } else if (is_query && ast_is_written(modifiers->async)) {
        report_access(checker, modifiers->async, "async",
                      "a query never waits: leave it out; or write 'shared async' for what waits without queueing");
    } else if (is_shared && !ast_is_written(modifiers->async)) {
        report_access(checker, modifiers->shared, "shared", "write 'shared async', or 'query' for what only reads");
    }
}

/* ---- values and places ---- */

const struct expression *
check_keyed_value(struct body *body, const struct symbol *symbol, struct span span)
{
    struct checker *checker = body->checker;
    bool is_key = symbol->kind == SYMBOL_KEY;
    const struct variable *key = is_key ? symbol->as.keyed->public.key : NULL;
    const struct type *type = is_key ? (key != NULL ? key->type : checker->poison) : symbol->as.state->type;
    if (is_poison(type) || !stands_in_routine(body, span, text_to_string(checker->arena, symbol->name)))
        return node_poison(checker, span);
    struct expression *node = node_new(checker, is_key ? EXPRESSION_KEY : EXPRESSION_STATE, type, span);
    if (is_key)
        return node;
    node->as.member = symbol->as.state;
    if (type->kind == TYPE_OPTIONAL && path_is_not_null(body, node))
        return node_operand(checker, EXPRESSION_NARROW, type->element, node, span);
    return node;
}

bool
check_state_changeable(struct body *body, const struct expression *state, struct span span)
{
    const struct function *function = &body->function->public;
    if (function->key_access != KEY_ACCESS_QUERY)
        return true;
    struct diagnostic *found = diagnostic_add(body->checker->diagnostics, DIAGNOSTIC_QUERY_CHANGES, span,
                                              function->name, state->as.member->name);
    diagnostic_note(found, state->as.member->span, "'%t' is state", state->as.member->name);
    diagnostic_help(found, "make it an 'async' routine, which queues for its key, or a 'shared async' one");
    return false;
}
