/* Services and interfaces: what they use, are configured by, and implement. See declaration.h. */
#include "compiler/check/declaration.h"
#include "compiler/check/evaluate.h"
#include "compiler/check/keyed.h"
#include "compiler/check/resolve.h"
#include "compiler/check/subscription.h"
#include "compiler/check/symbol.h"

struct use_pointer_list VECTOR(const struct use *);
struct config_pointer_list VECTOR(const struct config *);
struct interface_pointer_list VECTOR(const struct interface *);

/* ---- interfaces ---- */

static void
check_method_modifiers(struct checker *checker, const struct ast_declaration *declaration, bool is_keyed)
{
    const struct ast_modifiers *modifiers = &declaration->as.function.modifiers;
    check_access_modifiers(checker, declaration, is_keyed);
    bool is_awaited = ast_is_written(modifiers->async) || ast_is_written(modifiers->query) ||
                      ast_is_written(modifiers->shared); /* which was reported, if it stands alone */
    if (is_awaited && !ast_is_written(modifiers->extern_) && !ast_is_written(modifiers->private_))
        return;
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_METHOD_KIND, declaration->name.span);
    diagnostic_help(found, "write: async … %t(…);", declaration->name.text);
}

static struct function_check *
make_method(struct checker *checker, struct symbol *symbol, const struct ast_declaration *declaration)
{
    struct function_check *method = declare_function_of(checker, declaration, symbol->module);
    struct interface_scope *interface = symbol->as.interface;
    method->has_throws = true; /* no clause means that nothing is thrown */
    method->public.colour = COLOUR_ROUTINE;
    method->public.qualified_name =
        text_format(checker->arena, "%.*s.%.*s", TEXT_ARGUMENTS(symbol->name), TEXT_ARGUMENTS(declaration->name.text));
    method->public.c_name = text_format(checker->arena, "%.*s_%.*s", TEXT_ARGUMENTS(interface->public.c_name),
                                        TEXT_ARGUMENTS(declaration->name.text));
    method->public.interface = &interface->public;
    method->public.is_public = true;
    return method;
}

void
resolve_interface(struct checker *checker, struct symbol *symbol)
{
    struct interface_scope *interface = symbol->as.interface;
    const struct ast_declaration_list *written = &symbol->declaration->as.interface.methods;
    struct function_pointer_list methods = { 0 };
    bool is_keyed = symbol->declaration->as.interface.is_keyed;
    if (is_keyed) {
        interface->key =
            resolve_key(checker, symbol->module, symbol->name, &symbol->declaration->as.interface.keys, symbol->span);
        interface->public.key_type = interface->key != NULL ? interface->key->type : checker->poison;
    }
    for (size_t index = 0; index < written->count; index++) {
        const struct ast_declaration *declaration = written->items[index];
        if (declaration->kind != AST_DECLARATION_FUNCTION)
            continue;
        check_method_modifiers(checker, declaration, is_keyed);
        struct function_check *method = make_method(checker, symbol, declaration);
        const struct function_check *other = map_get(&interface->methods, method->public.name);
        if (other != NULL) {
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_NAME_TAKEN, method->public.span, method->public.name);
            diagnostic_note(found, other->public.span, "'%t' is declared here already", method->public.name);
            diagnostic_help(found, "methods cannot be overloaded: give one of them another name");
            continue;
        }
        method->public.c_name = c_names_claim(&checker->c_names, method->public.c_name);
        map_put(&interface->methods, method->public.name, method);
        resolve_function(checker, method);
        vector_add(checker->arena, &methods, &method->public);
        vector_add(checker->arena, &checker->methods, method);
    }
    interface->public.methods = methods.items;
    interface->public.method_count = methods.count;
}

/* ---- services ---- */

static void
resolve_use(struct checker *checker, struct service_scope *scope, struct symbol *member, struct c_names *c_names,
            struct use_pointer_list *uses)
{
    const struct ast_path *path = &member->declaration->as.use;
    struct use *use = member->as.use;
    check_annotations_none(checker, &member->declaration->annotations);
    *use = (struct use){ .name = member->name,
                         .c_name = c_names_claim(c_names, c_name_of(checker->arena, member->name)),
                         .index = (uint32_t)uses->count,
                         .span = member->span };
    struct symbol *symbol = symbol_resolve(checker, scope->symbol->module, path, "interface or service");
    if (symbol != NULL && symbol->kind == SYMBOL_INTERFACE)
        use->interface = &symbol->as.interface->public;
    else if (symbol != NULL && symbol->kind == SYMBOL_SERVICE)
        use->service = &symbol->as.service->public;
    else if (symbol != NULL && symbol->kind != SYMBOL_BROKEN) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_USE_TYPE, path->span, symbol->name,
                                                  symbol_kind_text(symbol));
        diagnostic_help(found, "name the interface of what is used");
    }
    if (use->interface == NULL && use->service == NULL) {
        member->kind = SYMBOL_BROKEN;
        return;
    }
    vector_add(checker->arena, uses, use);
}

static void
resolve_config(struct checker *checker, struct service_scope *scope, struct symbol *member, struct c_names *c_names,
               struct config_pointer_list *configs)
{
    struct config *config = member->as.config;
    check_annotations_none(checker, &member->declaration->annotations);
    *config = (struct config){
        .name = member->name,
        .c_name = c_names_claim(c_names, c_name_of(checker->arena, member->name)),
        .type = resolve_value_type(checker, scope->symbol->module, member->declaration->as.variable.type),
        .is_secret = member->declaration->as.variable.is_secret,
        .index = (uint32_t)configs->count,
        .documentation = member->declaration->documentation,
        .span = member->span,
    };
    vector_add(checker->arena, configs, config);
}

static void
resolve_interfaces(struct checker *checker, struct service_scope *scope)
{
    const struct ast_path_list *written = &scope->symbol->declaration->as.service.interfaces;
    struct interface_pointer_list interfaces = { 0 };
    for (size_t index = 0; index < written->count; index++) {
        const struct ast_path *path = &written->items[index];
        struct symbol *symbol = symbol_resolve(checker, scope->symbol->module, path, "interface");
        if (symbol == NULL || symbol->kind == SYMBOL_BROKEN)
            continue;
        if (symbol->kind != SYMBOL_INTERFACE) {
            struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_AN_INTERFACE, path->span,
                                                      symbol->name, symbol_kind_text(symbol));
            diagnostic_help(
                found, symbol->kind == SYMBOL_SERVICE ? "to call it: use %t …; within the service" : "leave '%t' out",
                symbol->name);
            continue;
        }
        const struct interface *interface = &symbol->as.interface->public;
        bool is_twice = false;
        for (size_t other = 0; other < interfaces.count; other++)
            is_twice = is_twice || interfaces.items[other] == interface;
        if (is_twice) {
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_IMPLEMENTED_TWICE, path->span, symbol->name);
            diagnostic_help(found, "leave one of them out");
        } else {
            vector_add(checker->arena, &interfaces, interface);
        }
    }
    scope->public.interfaces = interfaces.items;
    scope->public.interface_count = interfaces.count;
}

static void
resolve_routine(struct checker *checker, struct function_check *function, struct function_pointer_list *routines)
{
    resolve_function(checker, function);
    vector_add(checker->arena, routines, &function->public);
    vector_add(checker->arena, &checker->functions, function);
}

void
resolve_service(struct checker *checker, struct symbol *symbol)
{
    struct service_scope *scope = symbol->as.service;
    struct use_pointer_list uses = { 0 };
    struct config_pointer_list configs = { 0 };
    struct function_pointer_list routines = { 0 };
    struct c_names c_names; /* of the members of its structs */
    c_names_initialise(&c_names, checker->arena, NULL);
    const struct ast_declaration *declaration = symbol->declaration;
    bool is_keyed = declaration->as.service.is_keyed;
    if (is_keyed)
        scope->public.key =
            resolve_key(checker, symbol->module, symbol->name, &declaration->as.service.keys, symbol->span);
    resolve_state(checker, scope);
    resolve_interfaces(checker, scope);
    for (size_t index = 0; index < scope->symbol_list.count; index++) {
        struct symbol *member = scope->symbol_list.items[index];
        if (member->kind == SYMBOL_USE) {
            resolve_use(checker, scope, member, &c_names, &uses);
        } else if (member->kind == SYMBOL_CONFIG) {
            resolve_config(checker, scope, member, &c_names, &configs);
        } else if (member->kind == SYMBOL_FUNCTION) {
            check_access_modifiers(checker, member->declaration, is_keyed);
            resolve_routine(checker, member->as.function, &routines);
        }
    }
    for (size_t index = 0; index < scope->subscribers.count; index++)
        resolve_routine(checker, scope->subscribers.items[index], &routines);
    resolve_subscriptions(checker, scope);
    scope->public.uses = uses.items;
    scope->public.use_count = uses.count;
    scope->public.configs = configs.items;
    scope->public.config_count = configs.count;
    scope->public.routines = routines.items;
    scope->public.routine_count = routines.count;
}

void
evaluate_service(struct checker *checker, struct symbol *symbol)
{
    struct service_scope *scope = symbol->as.service;
    for (size_t index = 0; index < scope->symbol_list.count; index++) {
        struct symbol *member = scope->symbol_list.items[index];
        const struct ast_expression *source =
            member->kind == SYMBOL_CONFIG ? member->declaration->as.variable.value : NULL;
        if (source != NULL)
            member->as.config->default_value =
                evaluate_expression(checker, symbol->module, scope, source, member->as.config->type,
                                    "the default of a configuration value");
    }
    evaluate_state(checker, scope);
    evaluate_schedules(checker, scope);
}

/* ---- whether a service implements its interfaces ---- */

static const char *
find_difference(struct checker *checker, const struct function *routine, const struct function *method)
{
    if (routine->parameter_count != method->parameter_count)
        return text_format(checker->arena, "it takes %zu parameters instead of %zu", routine->parameter_count,
                           method->parameter_count)
            .data;
    for (size_t index = 0; index < routine->parameter_count; index++) {
        const struct type *type = routine->parameters[index]->type;
        const struct type *wanted = method->parameters[index]->type;
        if (type != wanted && !is_poison(type) && !is_poison(wanted))
            return text_format(checker->arena, "its parameter '%.*s' is of %.*s instead of %.*s",
                               TEXT_ARGUMENTS(routine->parameters[index]->name), TEXT_ARGUMENTS(type->name),
                               TEXT_ARGUMENTS(wanted->name))
                .data;
    }
    if (routine->result != method->result && !is_poison(routine->result) && !is_poison(method->result))
        return text_format(checker->arena, "it gives %.*s instead of %.*s", TEXT_ARGUMENTS(routine->result->name),
                           TEXT_ARGUMENTS(method->result->name))
            .data;
    if (routine->colour != COLOUR_ROUTINE)
        return "it is not async";
    if (!routine->is_public)
        return "it is private";
    if (routine->key_access < method->key_access)
        return method->key_access == KEY_ACCESS_QUERY ? "it is no query" : "it is not shared, and queues for its key";
    return NULL;
}

static void
check_routine_throws(struct checker *checker, const struct function *routine, const struct function *method,
                     const struct interface *interface)
{
    for (size_t index = 0; index < routine->throw_count; index++) {
        bool is_allowed = false;
        for (size_t other = 0; other < method->throw_count; other++)
            is_allowed = is_allowed || method->throws[other] == routine->throws[index];
        if (is_allowed)
            continue;
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_METHOD_THROWS, routine->span,
                                                  routine->name, routine->throws[index]->name, interface->name);
        diagnostic_note(found, method->span, "the interface declares '%t' here", method->name);
        diagnostic_help(found, "catch it, or let the interface name it in its 'throws'");
    }
}

static void
check_method(struct checker *checker, struct service_scope *scope, const struct interface *interface,
             const struct function *method)
{
    const struct symbol *symbol = map_get(&scope->names, method->name);
    if (symbol != NULL && symbol->kind == SYMBOL_BROKEN)
        return;
    if (symbol == NULL || symbol->kind != SYMBOL_FUNCTION) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_METHOD_NOT_IMPLEMENTED, scope->public.span,
                           scope->public.name, method->name, interface->name);
        diagnostic_note(found, method->span, "the interface declares '%t' here", method->name);
        diagnostic_help(found, "write a public async routine '%t'", method->name);
        return;
    }
    const struct function *routine = &symbol->as.function->public;
    const char *difference = find_difference(checker, routine, method);
    if (difference != NULL) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_METHOD_DIFFERS, routine->span,
                                                  routine->name, interface->name, difference);
        diagnostic_note(found, method->span, "the interface declares '%t' here", method->name);
        diagnostic_help(found, "write it as the interface does");
        return;
    }
    check_routine_throws(checker, routine, method, interface);
}

static struct text
key_text(struct checker *checker, const struct type *type)
{
    return type == NULL ? TEXT("no key") : text_format(checker->arena, "a key of %.*s", TEXT_ARGUMENTS(type->name));
}

/* Who calls an instance through the interface names its key. */
static void
check_interface_key(struct checker *checker, const struct service_scope *scope, const struct interface *interface)
{
    const struct variable *key = scope->public.key;
    const struct type *type = key == NULL ? NULL : key->type;
    bool is_broken = (type != NULL && is_poison(type)) ||
                     (interface->key_type != NULL && is_poison(interface->key_type)) ||
                     (key == NULL && scope->symbol->declaration->as.service.is_keyed);
    if (type == interface->key_type || is_broken)
        return;
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_KEY_DIFFERS, scope->public.span, scope->public.name,
                       key_text(checker, type), interface->name, key_text(checker, interface->key_type));
    diagnostic_note(found, interface->span, "'%t' is declared here", interface->name);
    diagnostic_help(found, "give both the same key");
}

void
services_conform(struct checker *checker)
{
    for (size_t index = 0; index < checker->symbols.count; index++) {
        struct symbol *symbol = checker->symbols.items[index];
        if (symbol->kind != SYMBOL_SERVICE)
            continue;
        struct service_scope *scope = symbol->as.service;
        for (size_t number = 0; number < scope->public.interface_count; number++) {
            const struct interface *interface = scope->public.interfaces[number];
            check_interface_key(checker, scope, interface);
            for (size_t method = 0; method < interface->method_count; method++)
                check_method(checker, scope, interface, interface->methods[method]);
        }
    }
}
