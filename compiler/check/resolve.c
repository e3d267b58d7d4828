/* Types as they are written → types: see resolve.h. */
#include "compiler/check/resolve.h"

#include "compiler/check/symbol.h"

const struct type *
symbol_type(const struct symbol *symbol)
{
    switch (symbol->kind) {
    case SYMBOL_ENUM: return symbol->as.enumeration->public.type;
    case SYMBOL_STRUCT:
    case SYMBOL_ERROR:
    case SYMBOL_EVENT: return symbol->as.structure->public.type;
    case SYMBOL_UNION: return symbol->as.variants->public.type;
    case SYMBOL_CONST:
    case SYMBOL_INTERFACE:
    case SYMBOL_SERVICE:
    case SYMBOL_FUNCTION:
    case SYMBOL_USE:
    case SYMBOL_CONFIG:
    case SYMBOL_STATE:
    case SYMBOL_KEY:
    case SYMBOL_BROKEN: return NULL;
    }
    return NULL;
}

static enum type_kind
scalar_kind(enum ast_built_in_type built_in)
{
    switch (built_in) {
    case AST_VOID: return TYPE_VOID;
    case AST_BOOL: return TYPE_BOOL;
    case AST_INT8: return TYPE_INT8;
    case AST_INT16: return TYPE_INT16;
    case AST_INT32: return TYPE_INT32;
    case AST_INT:
    case AST_INT64: return TYPE_INT64;
    case AST_UINT8: return TYPE_UINT8;
    case AST_UINT16: return TYPE_UINT16;
    case AST_UINT32: return TYPE_UINT32;
    case AST_UINT64: return TYPE_UINT64;
    case AST_DOUBLE: return TYPE_DOUBLE;
    case AST_DECIMAL: return TYPE_DECIMAL;
    case AST_STRING: return TYPE_STRING;
    case AST_BYTES: return TYPE_BYTES;
    case AST_TIME: return TYPE_TIME;
    case AST_DURATION: return TYPE_DURATION;
    case AST_UUID: return TYPE_UUID;
    }
    return TYPE_POISON;
}

static const struct type *
resolve_named(struct checker *checker, struct module *module, const struct ast_path *path)
{
    if (path->count == 1 && text_equal_string(path->names[0].text, "error"))
        return type_scalar(&checker->types, TYPE_ANY_ERROR);
    struct symbol *symbol = symbol_resolve(checker, module, path, "type");
    if (symbol == NULL || symbol->kind == SYMBOL_BROKEN)
        return checker->poison;
    const struct type *type = symbol_type(symbol);
    if (type != NULL)
        return type;
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_A_TYPE, path->span, symbol->name, symbol_kind_text(symbol));
    if (symbol->kind == SYMBOL_INTERFACE || symbol->kind == SYMBOL_SERVICE)
        diagnostic_help(found, "a service uses another one by: use %t …;", symbol->name);
    else
        diagnostic_help(found, "name a struct, enum, union, error or event");
    return checker->poison;
}

static const struct type *
resolve_map(struct checker *checker, struct module *module, const struct ast_type *written)
{
    const struct type *key = resolve_value_type(checker, module, written->key);
    const struct type *value = resolve_value_type(checker, module, written->element);
    if (is_poison(key) || is_poison(value))
        return checker->poison;
    if (type_is_key(key))
        return type_map(&checker->types, key, value);
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_MAP_KEY, written->key->span, key->name);
    diagnostic_help(found, "use a string, an integer, a bool, a uuid, a time or an enum");
    return checker->poison;
}

static const struct type *
resolve_optional(struct checker *checker, struct module *module, const struct ast_type *written)
{
    const struct type *element = resolve_type(checker, module, written->element);
    if (is_poison(element))
        return element;
    if (element->kind != TYPE_OPTIONAL && element->kind != TYPE_VOID && element->kind != TYPE_ANY_ERROR)
        return type_of_element(&checker->types, TYPE_OPTIONAL, element);
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_OPTIONAL_TYPE, written->span, element->name);
    if (element->kind == TYPE_OPTIONAL)
        diagnostic_help(found, "write %t", element->name);
    else
        diagnostic_help(found, "say by a bool whether there is something");
    return checker->poison;
}

/* task<T> and promise<T>: of a type that has values, or of void. */
static const struct type *
resolve_handle(struct checker *checker, struct module *module, const struct ast_type *written, enum type_kind kind)
{
    const struct ast_type *element = written->element;
    bool is_void = element->kind == AST_TYPE_BUILT_IN && element->built_in == AST_VOID;
    const struct type *type = is_void ? checker->void_type : resolve_value_type(checker, module, element);
    return is_poison(type) ? type : type_of_element(&checker->types, kind, type);
}

const struct type *
resolve_type(struct checker *checker, struct module *module, const struct ast_type *written)
{
    switch (written->kind) {
    case AST_TYPE_BAD: return checker->poison;
    case AST_TYPE_BUILT_IN: return type_scalar(&checker->types, scalar_kind(written->built_in));
    case AST_TYPE_NAMED: return resolve_named(checker, module, &written->path);
    case AST_TYPE_ARRAY: {
        const struct type *element = resolve_value_type(checker, module, written->element);
        return is_poison(element) ? element : type_of_element(&checker->types, TYPE_ARRAY, element);
    }
    case AST_TYPE_OPTIONAL: return resolve_optional(checker, module, written);
    case AST_TYPE_MAP: return resolve_map(checker, module, written);
    case AST_TYPE_TASK: return resolve_handle(checker, module, written, TYPE_TASK);
    case AST_TYPE_PROMISE: return resolve_handle(checker, module, written, TYPE_PROMISE);
    }
    return checker->poison;
}

const struct type *
resolve_value_type(struct checker *checker, struct module *module, const struct ast_type *written)
{
    const struct type *type = resolve_type(checker, module, written);
    if (type->kind == TYPE_VOID) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_VOID_TYPE, written->span);
        diagnostic_help(found, "use a type that has values");
        return checker->poison;
    }
    if (type->kind == TYPE_ANY_ERROR) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_ERROR_TYPE, written->span);
        diagnostic_help(found, "use the type of a declared error, or strings for its name and message");
        return checker->poison;
    }
    return type;
}

const struct type *
resolve_error(struct checker *checker, struct module *module, const struct ast_path *path)
{
    struct symbol *symbol = symbol_resolve(checker, module, path, "error");
    if (symbol == NULL || symbol->kind == SYMBOL_BROKEN)
        return checker->poison;
    if (symbol->kind == SYMBOL_ERROR)
        return symbol->as.structure->public.type;
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_AN_ERROR, path->span, symbol->name);
    if (symbol->kind == SYMBOL_STRUCT)
        diagnostic_help(found, "declare it as an error: error %t { … }", symbol->name);
    else
        diagnostic_help(found, "it is %s", symbol_kind_text(symbol));
    return checker->poison;
}
