/* Declarations: the passes over all symbols, and the objects they fill in. See declaration.h. */
#include "compiler/check/declaration.h"

#include "compiler/check/evaluate.h"
#include "compiler/check/keyed.h"
#include "compiler/check/resolve.h"
#include "compiler/check/subscription.h"

/* "shop.orders.Order" */
static struct text
qualified(struct checker *checker, const struct symbol *symbol)
{
    return text_format(checker->arena, "%.*s.%.*s", TEXT_ARGUMENTS(symbol->module->name), TEXT_ARGUMENTS(symbol->name));
}

static struct text
claim(struct checker *checker, struct text name)
{
    return c_names_claim(&checker->c_names, c_name_of_global(checker->arena, name));
}

/* ---- declaring ---- */

static void
declare_structure(struct checker *checker, struct symbol *symbol)
{
    enum structure_kind kind = STRUCTURE_STRUCT;
    if (symbol->kind == SYMBOL_ERROR)
        kind = STRUCTURE_ERROR;
    else if (symbol->kind == SYMBOL_EVENT)
        kind = STRUCTURE_EVENT;
    struct structure *structure = arena_new(checker->arena, struct structure);
    struct text c_name = claim(checker, symbol->name);
    struct type *type =
        type_declared(&checker->types, kind == STRUCTURE_ERROR ? TYPE_ERROR : TYPE_STRUCT, symbol->name, c_name);
    structure->public = (struct struct_declaration){
        .kind = kind,
        .name = symbol->name,
        .qualified_name = qualified(checker, symbol),
        .c_name = c_name,
        .type = type,
        .documentation = symbol->declaration->documentation,
        .span = symbol->span,
    };
    structure->symbol = symbol;
    map_initialise(&structure->names, checker->arena);
    type->declaration.structure = &structure->public;
    symbol->as.structure = structure;
}

static void
declare_enumeration(struct checker *checker, struct symbol *symbol)
{
    struct enumeration *enumeration = arena_new(checker->arena, struct enumeration);
    struct text c_name = claim(checker, symbol->name);
    struct type *type = type_declared(&checker->types, TYPE_ENUM, symbol->name, c_name);
    enumeration->public = (struct enum_declaration){
        .name = symbol->name,
        .qualified_name = qualified(checker, symbol),
        .c_name = c_name,
        .type = type,
        .documentation = symbol->declaration->documentation,
        .span = symbol->span,
    };
    enumeration->symbol = symbol;
    map_initialise(&enumeration->names, checker->arena);
    type->declaration.enumeration = &enumeration->public;
    symbol->as.enumeration = enumeration;
}

static void
declare_variants(struct checker *checker, struct symbol *symbol)
{
    struct variants *variants = arena_new(checker->arena, struct variants);
    struct text c_name = claim(checker, symbol->name);
    struct type *type = type_declared(&checker->types, TYPE_UNION, symbol->name, c_name);
    variants->public = (struct union_declaration){
        .name = symbol->name,
        .qualified_name = qualified(checker, symbol),
        .c_name = c_name,
        .type = type,
        .documentation = symbol->declaration->documentation,
        .span = symbol->span,
    };
    variants->symbol = symbol;
    map_initialise(&variants->names, checker->arena);
    type->declaration.variants = &variants->public;
    symbol->as.variants = variants;
}

struct function_check *
declare_function_of(struct checker *checker, const struct ast_declaration *declaration, struct module *module)
{
    struct function_check *function = arena_new(checker->arena, struct function_check);
    const struct ast_modifiers *modifiers = &declaration->as.function.modifiers;
    bool is_extern = ast_is_written(modifiers->extern_);
    bool is_async = ast_is_written(modifiers->async) || ast_is_written(modifiers->query);
    function->declaration = declaration;
    function->module = module;
    function->has_throws = ast_is_written(declaration->as.function.throws_span);
    function->public.name = declaration->name.text;
    function->public.colour =
        is_extern ? (is_async ? COLOUR_STEP : COLOUR_NATIVE) : (is_async ? COLOUR_ROUTINE : COLOUR_PURE);
    function->public.result = checker->poison;
    function->public.key_access = ast_is_written(modifiers->query)    ? KEY_ACCESS_QUERY
                                  : ast_is_written(modifiers->shared) ? KEY_ACCESS_SHARED
                                                                      : KEY_ACCESS_EXCLUSIVE;
    function->public.documentation = declaration->documentation;
    function->public.span = declaration->name.span;
    return function;
}

static void
declare_function(struct checker *checker, struct symbol *symbol)
{
    struct function_check *function = declare_function_of(checker, symbol->declaration, symbol->module);
    bool is_main = symbol->module == checker->main_module;
    function->public.qualified_name = is_main ? symbol->name : qualified(checker, symbol);
    function->public.c_name = claim(checker, symbol->name);
    symbol->as.function = function;
}

static void
declare_interface(struct checker *checker, struct symbol *symbol)
{
    struct interface_scope *interface = arena_new(checker->arena, struct interface_scope);
    interface->public = (struct interface){
        .name = symbol->name,
        .qualified_name = qualified(checker, symbol),
        .c_name = claim(checker, symbol->name),
        .documentation = symbol->declaration->documentation,
        .span = symbol->span,
    };
    interface->symbol = symbol;
    map_initialise(&interface->methods, checker->arena);
    symbol->as.interface = interface;
}

/* A function of a service. */
static void
declare_routine(struct checker *checker, struct service_scope *scope, struct symbol *symbol)
{
    struct function_check *function = declare_function_of(checker, symbol->declaration, symbol->module);
    bool is_private = ast_is_written(symbol->declaration->as.function.modifiers.private_);
    function->scope = scope;
    function->public.service = &scope->public;
    function->public.is_public = function->public.colour == COLOUR_ROUTINE && !is_private;
    function->public.qualified_name =
        text_format(checker->arena, "%.*s.%.*s", TEXT_ARGUMENTS(scope->symbol->name), TEXT_ARGUMENTS(symbol->name));
    struct text joined =
        text_format(checker->arena, "%.*s_%.*s", TEXT_ARGUMENTS(scope->public.c_name), TEXT_ARGUMENTS(symbol->name));
    function->public.c_name = claim(checker, joined);
    symbol->as.function = function;
}

static void
declare_service(struct checker *checker, struct symbol *symbol)
{
    struct service_scope *scope = symbol->as.service;
    scope->public = (struct service){
        .name = symbol->name,
        .qualified_name = qualified(checker, symbol),
        .c_name = claim(checker, symbol->name),
        .documentation = symbol->declaration->documentation,
        .span = symbol->span,
    };
    for (size_t index = 0; index < scope->symbol_list.count; index++) {
        struct symbol *member = scope->symbol_list.items[index];
        if (member->kind == SYMBOL_FUNCTION)
            declare_routine(checker, scope, member);
        else if (member->kind == SYMBOL_USE)
            member->as.use = arena_new(checker->arena, struct use);
        else if (member->kind == SYMBOL_CONFIG)
            member->as.config = arena_new(checker->arena, struct config);
    }
    declare_state(checker, scope);
    const struct ast_declaration_list *members = &symbol->declaration->as.service.members;
    for (size_t index = 0; index < members->count; index++) {
        if (members->items[index]->kind == AST_DECLARATION_ON)
            declare_subscriber(checker, scope, members->items[index]);
    }
}

static void
declare(struct checker *checker, struct symbol *symbol)
{
    switch (symbol->kind) {
    case SYMBOL_STRUCT:
    case SYMBOL_ERROR:
    case SYMBOL_EVENT: declare_structure(checker, symbol); break;
    case SYMBOL_ENUM: declare_enumeration(checker, symbol); break;
    case SYMBOL_UNION: declare_variants(checker, symbol); break;
    case SYMBOL_FUNCTION: declare_function(checker, symbol); break;
    case SYMBOL_INTERFACE: declare_interface(checker, symbol); break;
    case SYMBOL_SERVICE: declare_service(checker, symbol); break;
    case SYMBOL_CONST:
    case SYMBOL_USE:
    case SYMBOL_CONFIG:
    case SYMBOL_STATE:
    case SYMBOL_KEY:
    case SYMBOL_BROKEN: break;
    }
}

void
declarations_declare(struct checker *checker)
{
    /* The main file comes first: its names stay as they are in C, whatever the imported files have. */
    const struct module *main_module = checker->main_module;
    for (size_t index = 0; index < main_module->symbol_list.count; index++)
        declare(checker, main_module->symbol_list.items[index]);
    for (size_t index = 0; index < checker->symbols.count; index++) {
        if (checker->symbols.items[index]->module != main_module)
            declare(checker, checker->symbols.items[index]);
    }
}

/* ---- resolving ---- */

static void
resolve(struct checker *checker, struct symbol *symbol)
{
    if (symbol->kind != SYMBOL_FUNCTION && symbol->kind != SYMBOL_BROKEN)
        check_annotations_none(checker, &symbol->declaration->annotations);
    switch (symbol->kind) {
    case SYMBOL_CONST:
        symbol->as.constant.type = resolve_value_type(checker, symbol->module, symbol->declaration->as.variable.type);
        break;
    case SYMBOL_STRUCT:
    case SYMBOL_ERROR:
    case SYMBOL_EVENT:
    case SYMBOL_ENUM:
    case SYMBOL_UNION: resolve_members(checker, symbol); break;
    case SYMBOL_FUNCTION:
        check_access_modifiers(checker, symbol->declaration, false);
        resolve_function(checker, symbol->as.function);
        vector_add(checker->arena, &checker->functions, symbol->as.function);
        break;
    case SYMBOL_INTERFACE: resolve_interface(checker, symbol); break;
    case SYMBOL_SERVICE: resolve_service(checker, symbol); break;
    case SYMBOL_USE:
    case SYMBOL_CONFIG:
    case SYMBOL_STATE:
    case SYMBOL_KEY:
    case SYMBOL_BROKEN: break;
    }
}

void
declarations_resolve(struct checker *checker)
{
    for (size_t index = 0; index < checker->symbols.count; index++)
        resolve(checker, checker->symbols.items[index]);
    struct map services; /* name → struct symbol */
    map_initialise(&services, checker->arena);
    for (size_t index = 0; index < checker->symbols.count; index++) {
        struct symbol *symbol = checker->symbols.items[index];
        if (symbol->kind != SYMBOL_SERVICE)
            continue;
        const struct symbol *other = map_put(&services, symbol->name, symbol);
        if (other == NULL)
            continue;
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_SERVICE_TWICE, symbol->span, symbol->name);
        diagnostic_note(found, other->span, "the other one, in module '%t'", other->module->name);
        diagnostic_help(found, "give one of them another name");
    }
}

void
declarations_evaluate(struct checker *checker)
{
    for (size_t index = 0; index < checker->functions.count; index++)
        evaluate_parameters(checker, checker->functions.items[index]);
    for (size_t index = 0; index < checker->methods.count; index++)
        evaluate_parameters(checker, checker->methods.items[index]);
    for (size_t index = 0; index < checker->symbols.count; index++) {
        struct symbol *symbol = checker->symbols.items[index];
        if (symbol->kind == SYMBOL_SERVICE)
            evaluate_service(checker, symbol);
    }
}
