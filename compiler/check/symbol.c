/* Symbols: see symbol.h. */
#include "compiler/check/symbol.h"

/* The built-in errors of language.md, section 6. libdsy implements them. */
static const char *const built_in_errors[] = {
    "Overflow",    "DivideByZero", "OutOfRange", "KeyNotFound", "NullValue",  "InvalidValue",     "StackOverflow",
    "StepTooLong", "Timeout",      "Cancelled",  "Deadlock",    "StepFailed", "RetriesExhausted", "UndeclaredError",
};

/* Names that mean something without a declaration; see section 2. */
static const char *const predeclared_names[] = {
    "all", "any", "sleep", "sleep_until", "checkpoint", "now", "invocation_id", "resolve", "reject",
};

/* Names farther apart than this are not offered as "did you mean"; short ones are near only to what is nearer yet:
 * every two names of one letter are one edit apart. */
#define NEAR_EDITS_MAX 2

void
symbols_add_built_in(struct checker *checker)
{
    map_initialise(&checker->built_in_errors, checker->arena);
    for (size_t index = 0; index < sizeof built_in_errors / sizeof built_in_errors[0]; index++) {
        struct text name = text_from_string(built_in_errors[index]);
        struct symbol *symbol = arena_new(checker->arena, struct symbol);
        struct structure *structure = arena_new(checker->arena, struct structure);
        struct type *type = type_declared(&checker->types, TYPE_ERROR, name, c_names_claim(&checker->c_names, name));
        structure->public = (struct struct_declaration){
            .kind = STRUCTURE_ERROR,
            .name = name,
            .qualified_name = name,
            .c_name = type->c_name,
            .is_built_in = true,
            .type = type,
        };
        structure->symbol = symbol;
        map_initialise(&structure->names, checker->arena);
        type->declaration.structure = &structure->public;
        *symbol = (struct symbol){ .kind = SYMBOL_ERROR, .progress = PROGRESS_DONE, .name = name };
        symbol->as.structure = structure;
        map_put(&checker->built_in_errors, name, symbol);
    }
}

struct symbol *
symbol_broken(struct checker *checker)
{
    struct symbol *symbol = arena_new(checker->arena, struct symbol);
    symbol->kind = SYMBOL_BROKEN;
    return symbol;
}

/* ---- collecting ---- */

static enum symbol_kind
kind_of_declaration(enum ast_declaration_kind kind)
{
    switch (kind) {
    case AST_DECLARATION_CONST: return SYMBOL_CONST;
    case AST_DECLARATION_ENUM: return SYMBOL_ENUM;
    case AST_DECLARATION_STRUCT: return SYMBOL_STRUCT;
    case AST_DECLARATION_UNION: return SYMBOL_UNION;
    case AST_DECLARATION_ERROR: return SYMBOL_ERROR;
    case AST_DECLARATION_EVENT: return SYMBOL_EVENT;
    case AST_DECLARATION_INTERFACE: return SYMBOL_INTERFACE;
    case AST_DECLARATION_SERVICE: return SYMBOL_SERVICE;
    case AST_DECLARATION_FUNCTION: return SYMBOL_FUNCTION;
    case AST_DECLARATION_USE: return SYMBOL_USE;
    case AST_DECLARATION_CONFIG: return SYMBOL_CONFIG;
    case AST_DECLARATION_STATE: return SYMBOL_STATE;
    case AST_DECLARATION_ON:
    case AST_DECLARATION_MIGRATE:
    case AST_DECLARATION_TEST: return SYMBOL_BROKEN;
    }
    return SYMBOL_BROKEN;
}

/* Whether a declaration is one that this version does not support; reports it. */
static bool
is_unsupported(struct checker *checker, const struct ast_declaration *declaration)
{
    struct diagnostics *diagnostics = checker->diagnostics;
    struct span span = declaration->span;
    if (declaration->name.text.size_bytes > 0)
        span = declaration->name.span;
    switch (declaration->kind) {
    case AST_DECLARATION_MIGRATE:
        diagnostic_add(diagnostics, DIAGNOSTIC_UPGRADES_UNSUPPORTED, declaration->as.migrate.routine.span, "'migrate'");
        return true;
    case AST_DECLARATION_TEST:
        diagnostic_add(diagnostics, DIAGNOSTIC_TESTS_UNSUPPORTED, span, "a 'test' block");
        return true;
    case AST_DECLARATION_FUNCTION:
    case AST_DECLARATION_STATE:
    case AST_DECLARATION_ON:
    case AST_DECLARATION_CONST:
    case AST_DECLARATION_ENUM:
    case AST_DECLARATION_STRUCT:
    case AST_DECLARATION_UNION:
    case AST_DECLARATION_ERROR:
    case AST_DECLARATION_EVENT:
    case AST_DECLARATION_INTERFACE:
    case AST_DECLARATION_SERVICE:
    case AST_DECLARATION_USE:
    case AST_DECLARATION_CONFIG: return false;
    }
    return false;
}

static bool
is_predeclared(struct text name)
{
    for (size_t index = 0; index < sizeof predeclared_names / sizeof predeclared_names[0]; index++) {
        if (text_equal_string(name, predeclared_names[index]))
            return true;
    }
    return false;
}

/* Make the symbol of a declaration and put it under its name, unless that is taken. Returns NULL for what has no
 * name, or no name that is free. */
static struct symbol *
add_symbol(struct checker *checker, struct module *module, struct map *names, const struct ast_declaration *declaration)
{
    bool unsupported = is_unsupported(checker, declaration);
    if (declaration->name.text.size_bytes == 0 || declaration->kind == AST_DECLARATION_TEST)
        return NULL;
    const struct symbol *other = map_get(names, declaration->name.text);
    if (other != NULL) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NAME_TAKEN, declaration->name.span, declaration->name.text);
        diagnostic_note(found, other->span, "'%t' is declared here already", other->name);
        diagnostic_help(found, declaration->kind == AST_DECLARATION_FUNCTION && other->kind == SYMBOL_FUNCTION
                                   ? "functions cannot be overloaded: give one of them another name"
                                   : "give one of them another name");
        return NULL;
    }
    struct symbol *symbol = arena_new(checker->arena, struct symbol);
    symbol->kind = unsupported ? SYMBOL_BROKEN : kind_of_declaration(declaration->kind);
    symbol->name = declaration->name.text;
    symbol->span = declaration->name.span;
    symbol->module = module;
    symbol->declaration = declaration;
    map_put(names, symbol->name, symbol);
    return symbol;
}

/* The name of a service's key: the first of those that its members may not have. */
static void
add_key(struct checker *checker, struct service_scope *scope, const struct ast_name *name)
{
    struct symbol *symbol = arena_new(checker->arena, struct symbol);
    symbol->kind = SYMBOL_KEY;
    symbol->name = name->text;
    symbol->span = name->span;
    symbol->module = scope->symbol->module;
    symbol->scope = scope;
    symbol->as.keyed = scope;
    map_put(&scope->names, symbol->name, symbol);
}

static void
collect_service(struct checker *checker, struct module *module, struct symbol *symbol)
{
    const struct ast_declaration *declaration = symbol->declaration;
    struct service_scope *scope = arena_new(checker->arena, struct service_scope);
    scope->symbol = symbol;
    map_initialise(&scope->names, checker->arena);
    symbol->as.service = scope;
    if (declaration->as.service.is_keyed && declaration->as.service.keys.count > 0)
        add_key(checker, scope, &declaration->as.service.keys.items[0].name);
    for (size_t index = 0; index < declaration->as.service.members.count; index++) {
        struct symbol *member =
            add_symbol(checker, module, &scope->names, declaration->as.service.members.items[index]);
        if (member == NULL)
            continue;
        member->scope = scope;
        vector_add(checker->arena, &scope->symbol_list, member);
    }
}

/* Whether a name at the top level belongs to the language; reports it. */
static bool
is_reserved(struct checker *checker, const struct symbol *symbol)
{
    bool is_error = map_get(&checker->built_in_errors, symbol->name) != NULL;
    if (!is_error && !is_predeclared(symbol->name))
        return false;
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_RESERVED_NAME, symbol->span,
                                              symbol->name, is_error ? "a built-in error" : "a built-in function");
    diagnostic_help(found, "give it another name");
    return true;
}

static void
collect_module(struct checker *checker, struct module *module)
{
    for (size_t index = 0; index < module->file->declarations.count; index++) {
        const struct ast_declaration *declaration = module->file->declarations.items[index];
        struct symbol *symbol = add_symbol(checker, module, &module->symbols, declaration);
        if (symbol == NULL)
            continue;
        if (is_reserved(checker, symbol))
            symbol->kind = SYMBOL_BROKEN;
        else if (symbol->kind == SYMBOL_SERVICE)
            collect_service(checker, module, symbol);
        vector_add(checker->arena, &module->symbol_list, symbol);
        vector_add(checker->arena, &checker->symbols, symbol);
    }
}

void
symbols_collect(struct checker *checker)
{
    for (size_t index = 0; index < checker->modules.count; index++)
        collect_module(checker, checker->modules.items[index]);
}

/* ---- looking up ---- */

static struct symbol *
report_ambiguous(struct checker *checker, const struct ast_name *name, const struct symbol *first,
                 const struct symbol *second)
{
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_AMBIGUOUS_NAME, name->span, name->text,
                                              first->module->name, second->module->name);
    diagnostic_note(found, first->span, "declared in module '%t'", first->module->name);
    diagnostic_note(found, second->span, "declared in module '%t'", second->module->name);
    diagnostic_help(found, "say which one is meant: %t.%t or %t.%t", first->module->short_name, name->text,
                    second->module->short_name, name->text);
    return symbol_broken(checker);
}

struct symbol *
symbol_find(struct checker *checker, struct module *module, const struct ast_name *name)
{
    struct symbol *symbol = map_get(&module->symbols, name->text);
    if (symbol == NULL)
        symbol = map_get(&module->found, name->text);
    if (symbol != NULL)
        return symbol;
    for (size_t index = 0; index < module->imports.count; index++) {
        struct symbol *other = map_get(&module->imports.items[index]->symbols, name->text);
        if (other == NULL)
            continue;
        if (symbol != NULL)
            return report_ambiguous(checker, name, symbol, other);
        symbol = other;
    }
    if (symbol == NULL) {
        symbol = map_get(&checker->built_in_errors, name->text);
        if (symbol != NULL)
            symbol->as.structure->is_used = true;
    }
    if (symbol != NULL)
        map_put(&module->found, name->text, symbol);
    return symbol;
}

/* Whether count names with dots between them are the text `dotted`. */
static bool
is_dotted(struct text dotted, const struct ast_name *names, size_t count)
{
    size_t position = 0;
    for (size_t index = 0; index < count; index++) {
        struct text part = names[index].text;
        if (index > 0) {
            if (position >= dotted.size_bytes || dotted.data[position] != '.')
                return false;
            position++;
        }
        if (dotted.size_bytes - position < part.size_bytes ||
            memcmp(dotted.data + position, part.data, part.size_bytes) != 0)
            return false;
        position += part.size_bytes;
    }
    return position == dotted.size_bytes;
}

static bool
is_module(const struct module *module, const struct ast_name *names, size_t count)
{
    return is_dotted(module->name, names, count) || is_dotted(module->short_name, names, count);
}

struct module *
symbol_find_module(struct module *module, const struct ast_name *names, size_t count)
{
    for (size_t index = 0; index < module->imports.count; index++) {
        if (is_module(module->imports.items[index], names, count))
            return module->imports.items[index];
    }
    return is_module(module, names, count) ? module : NULL;
}

struct text
symbol_nearer(struct text name, struct text best, struct text candidate)
{
    size_t most = name.size_bytes <= 1 ? 0 : name.size_bytes <= 3 ? 1 : NEAR_EDITS_MAX;
    if (best.size_bytes == 0)
        return text_distance(name, candidate, most) <= most ? candidate : best;
    most = text_distance(name, best, most);
    return most > 0 && text_distance(name, candidate, most - 1) < most ? candidate : best;
}

struct text
symbol_nearest(const struct map *map, struct text name, struct text best)
{
    for (size_t index = 0; index < map->count; index++)
        best = symbol_nearer(name, best, map->entries[index].key);
    return best;
}

/* Whether a symbol could have been meant where `what` is wanted. */
static bool
is_offered(const struct symbol *symbol, const char *what)
{
    enum symbol_kind kind = symbol->kind;
    if (strcmp(what, "error") == 0)
        return kind == SYMBOL_ERROR;
    if (strcmp(what, "interface") == 0)
        return kind == SYMBOL_INTERFACE;
    if (strcmp(what, "interface or service") == 0)
        return kind == SYMBOL_INTERFACE || kind == SYMBOL_SERVICE;
    if (strcmp(what, "type") == 0 || strcmp(what, "struct") == 0)
        return kind == SYMBOL_STRUCT || kind == SYMBOL_UNION || kind == SYMBOL_ENUM || kind == SYMBOL_ERROR ||
               kind == SYMBOL_EVENT;
    return true;
}

static struct text
nearest_offered(const struct map *symbols, struct text name, const char *what, struct text best)
{
    for (size_t index = 0; index < symbols->count; index++) {
        if (is_offered(symbols->entries[index].value, what))
            best = symbol_nearer(name, best, symbols->entries[index].key);
    }
    return best;
}

/* What other languages call a built-in type; size_bytes is 0 if none does. */
static struct text
built_in_type_meant(struct text name)
{
    static const struct {
        const char *there, *here;
    } names[] = {
        { "String", "string" },     { "str", "string" },        { "char", "string" },        { "text", "string" },
        { "Bool", "bool" },         { "boolean", "bool" },      { "Boolean", "bool" },       { "_Bool", "bool" },
        { "Int", "int" },           { "integer", "int" },       { "long", "int" },           { "int64_t", "int" },
        { "short", "int16" },       { "int8_t", "int8" },       { "int16_t", "int16" },      { "int32_t", "int32" },
        { "byte", "uint8" },        { "uint8_t", "uint8" },     { "uint16_t", "uint16" },    { "uint", "uint64" },
        { "uint32_t", "uint32" },   { "uint64_t", "uint64" },   { "size_t", "uint64" },      { "unsigned", "uint64" },
        { "float", "double" },      { "Double", "double" },     { "Decimal", "decimal" },    { "money", "decimal" },
        { "DateTime", "time" },     { "date", "time" },         { "Time", "time" },          { "timestamp", "time" },
        { "TimeSpan", "duration" }, { "Duration", "duration" }, { "Guid", "uuid" },          { "UUID", "uuid" },
        { "Uuid", "uuid" },         { "Task", "task<T>" },      { "Promise", "promise<T>" },
    };
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        if (text_equal_string(name, names[index].there))
            return text_from_string(names[index].here);
    }
    return (struct text){ 0 };
}

void
symbol_report_unknown(struct checker *checker, struct module *module, const struct service_scope *scope,
                      const struct ast_name *name, const char *what, struct text best)
{
    if (module->misses_imports)
        return;
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_UNKNOWN_NAME, name->span, what, name->text);
    if (checker->diagnostics->error_count > DIAGNOSTICS_MAX)
        return; /* it is not kept: no use in looking for a near name */
    if (scope != NULL)
        best = nearest_offered(&scope->names, name->text, what, best);
    best = nearest_offered(&module->symbols, name->text, what, best);
    for (size_t index = 0; index < module->imports.count; index++)
        best = nearest_offered(&module->imports.items[index]->symbols, name->text, what, best);
    best = nearest_offered(&checker->built_in_errors, name->text, what, best);
    if (best.size_bytes == 0 && strcmp(what, "type") == 0)
        best = built_in_type_meant(name->text);
    if (best.size_bytes > 0)
        diagnostic_help(found, "did you mean '%t'?", best);
    else
        diagnostic_help(found, "declare it, or import the file that does");
}

struct symbol *
symbol_resolve(struct checker *checker, struct module *module, const struct ast_path *path, const char *what)
{
    const struct ast_name *name = &path->names[path->count - 1];
    if (path->count == 1) {
        struct symbol *symbol = symbol_find(checker, module, name);
        if (symbol == NULL)
            symbol_report_unknown(checker, module, NULL, name, what, (struct text){ 0 });
        return symbol;
    }
    struct module *owner = symbol_find_module(module, path->names, path->count - 1);
    if (owner == NULL) {
        struct ast_name prefix = path->names[0];
        prefix.span = span_join(prefix.span, path->names[path->count - 2].span);
        symbol_report_unknown(checker, module, NULL, &prefix, "module", (struct text){ 0 });
        return NULL;
    }
    struct symbol *symbol = map_get(&owner->symbols, name->text);
    if (symbol == NULL && !owner->misses_imports) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_IN_MODULE, name->span, owner->name, name->text);
        struct text best = nearest_offered(&owner->symbols, name->text, what, (struct text){ 0 });
        if (best.size_bytes > 0)
            diagnostic_help(found, "did you mean '%t'?", best);
        else if (!text_starts_with(owner->name, TEXT("std.")))
            diagnostic_help(found, "declare it in '%t'", owner->file->source->path);
    }
    return symbol;
}

const char *
symbol_kind_text(const struct symbol *symbol)
{
    switch (symbol->kind) {
    case SYMBOL_CONST: return "a constant";
    case SYMBOL_ENUM: return "an enum";
    case SYMBOL_STRUCT: return "a struct";
    case SYMBOL_UNION: return "a union";
    case SYMBOL_ERROR: return "an error";
    case SYMBOL_EVENT: return "an event";
    case SYMBOL_INTERFACE: return "an interface";
    case SYMBOL_SERVICE: return "a service";
    case SYMBOL_FUNCTION: return "a function";
    case SYMBOL_USE: return "a dependency";
    case SYMBOL_CONFIG: return "a configuration value";
    case SYMBOL_STATE: return "a member of the state";
    case SYMBOL_KEY: return "the key of the service";
    case SYMBOL_BROKEN: return "a name";
    }
    return "a name";
}
