/* Constructors of the file and its declarations: see ast_build.h. */
#include "compiler/syntax/ast_build.h"

static struct ast_name
to_name(struct token token)
{
    return (struct ast_name){ token.as.text, token.span };
}

/* ---- the file ---- */

void
ast_add_module(struct parser *parser, struct span begin, struct ast_path path, struct span end)
{
    struct ast_file *file = parser->file;
    bool is_first = file->module.count == 0 && file->imports.count == 0 && file->declarations.count == 0;
    if (is_first)
        file->module = path;
    else if (!file->is_damaged)
        diagnostic_add(parser->diagnostics, DIAGNOSTIC_MODULE_NOT_FIRST, span_join(begin, end));
}

static void
add_import(struct parser *parser, struct ast_import import)
{
    struct ast_file *file = parser->file;
    if (file->declarations.count != 0)
        diagnostic_add(parser->diagnostics, DIAGNOSTIC_IMPORT_NOT_FIRST, import.span);
    vector_add(parser->arena, &file->imports, import);
}

void
ast_add_import_file(struct parser *parser, struct span begin, struct token file, struct span end)
{
    add_import(parser, (struct ast_import){ .file = file.as.text, .span = span_join(begin, end) });
}

void
ast_add_import_path(struct parser *parser, struct span begin, struct ast_path path, struct span end)
{
    add_import(parser, (struct ast_import){ .path = path, .span = span_join(begin, end) });
}

/* Put the annotations that stand before a declaration in front, and find the comment above it. */
static void
annotate(struct parser *parser, struct ast_annotation_list annotations, struct ast_declaration *declaration)
{
    if (annotations.count != 0) {
        declaration->span.begin = annotations.items[0].span.begin;
        for (size_t index = 0; index < declaration->annotations.count; index++)
            vector_add(parser->arena, &annotations, declaration->annotations.items[index]);
        declaration->annotations = annotations;
    }
    declaration->documentation = lexer_documentation(&parser->lexer, declaration->span.begin);
}

void
ast_add_declaration(struct parser *parser, struct ast_annotation_list annotations, struct ast_declaration *declaration)
{
    annotate(parser, annotations, declaration);
    vector_add(parser->arena, &parser->file->declarations, declaration);
}

struct ast_declaration_list
ast_declarations(struct parser *parser, struct ast_declaration_list list, struct ast_annotation_list annotations,
                 struct ast_declaration *declaration)
{
    annotate(parser, annotations, declaration);
    vector_add(parser->arena, &list, declaration);
    return list;
}

struct ast_path
ast_path(struct parser *parser, struct token name)
{
    struct ast_name *names = arena_new(parser->arena, struct ast_name);
    *names = to_name(name);
    return (struct ast_path){ names, 1, name.span };
}

struct ast_path
ast_path_add(struct parser *parser, struct ast_path path, struct token name)
{
    path.names =
        arena_grow(parser->arena, path.names, path.count * sizeof *path.names, (path.count + 1) * sizeof *path.names);
    path.names[path.count++] = to_name(name);
    path.span.end = name.span.end;
    return path;
}

struct ast_path_list
ast_paths(struct parser *parser, struct ast_path_list list, struct ast_path path)
{
    vector_add(parser->arena, &list, path);
    return list;
}

struct ast_name_list
ast_names(struct parser *parser, struct ast_name_list list, struct token name)
{
    vector_add(parser->arena, &list, to_name(name));
    return list;
}

struct ast_annotation_list
ast_annotation(struct parser *parser, struct ast_annotation_list list, struct span begin, struct token name,
               struct ast_argument_list arguments, struct span end)
{
    struct ast_annotation annotation = { to_name(name), arguments, span_join(begin, end) };
    vector_add(parser->arena, &list, annotation);
    return list;
}

/* ---- data ---- */

static struct ast_declaration *
make(struct parser *parser, enum ast_declaration_kind kind, struct span span, struct ast_name name)
{
    struct ast_declaration *declaration = arena_new(parser->arena, struct ast_declaration);
    declaration->kind = kind;
    declaration->span = span;
    declaration->name = name;
    return declaration;
}

struct ast_declaration *
ast_variable(struct parser *parser, enum ast_declaration_kind kind, struct span span, struct ast_type *type,
             struct token name, struct ast_expression *value)
{
    struct ast_declaration *declaration = make(parser, kind, span, to_name(name));
    declaration->as.variable.type = type;
    declaration->as.variable.value = value;
    return declaration;
}

struct ast_declaration *
ast_secret(struct parser *parser, struct span span, struct ast_type *type, struct token name,
           struct ast_expression *value)
{
    struct ast_declaration *declaration = ast_variable(parser, AST_DECLARATION_CONFIG, span, type, name, value);
    declaration->as.variable.is_secret = true;
    return declaration;
}

struct ast_declaration *
ast_enum(struct parser *parser, struct span span, struct token name, struct ast_enumerator_list enumerators)
{
    struct ast_declaration *declaration = make(parser, AST_DECLARATION_ENUM, span, to_name(name));
    declaration->as.enumerators = enumerators;
    return declaration;
}

struct ast_enumerator *
ast_enumerator(struct parser *parser, struct token name, struct ast_expression *value,
               struct ast_annotation_list annotations)
{
    struct ast_enumerator *enumerator = arena_new(parser->arena, struct ast_enumerator);
    enumerator->name = to_name(name);
    enumerator->value = value;
    enumerator->annotations = annotations;
    enumerator->documentation = lexer_documentation(&parser->lexer, name.span.begin);
    enumerator->span = name.span;
    if (value != NULL)
        enumerator->span.end = value->span.end;
    if (annotations.count != 0)
        enumerator->span.end = vector_last(&annotations).span.end;
    return enumerator;
}

struct ast_enumerator_list
ast_enumerators(struct parser *parser, struct ast_enumerator_list list, const struct ast_enumerator *enumerator)
{
    if (enumerator != NULL)
        vector_add(parser->arena, &list, *enumerator);
    return list;
}

struct ast_declaration *
ast_structure(struct parser *parser, enum ast_declaration_kind kind, struct span span, struct token name,
              struct ast_member_list members)
{
    struct ast_declaration *declaration = make(parser, kind, span, to_name(name));
    declaration->as.members = members;
    return declaration;
}

struct ast_member_list
ast_member(struct parser *parser, struct ast_member_list list, struct ast_annotation_list before, struct ast_type *type,
           struct token name, struct ast_expression *value, struct ast_annotation_list behind, struct span end)
{
    struct span begin = before.count == 0 ? type->span : before.items[0].span;
    for (size_t index = 0; index < behind.count; index++)
        vector_add(parser->arena, &before, behind.items[index]);
    struct ast_member member = {
        .type = type,
        .name = to_name(name),
        .default_value = value,
        .annotations = before,
        .documentation = lexer_documentation(&parser->lexer, begin.begin),
        .span = span_join(begin, end),
    };
    vector_add(parser->arena, &list, member);
    return list;
}

/* ---- interfaces and services ---- */

struct ast_declaration *
ast_interface(struct parser *parser, struct span span, struct token name, struct ast_keys keys,
              struct ast_declaration_list methods)
{
    struct ast_declaration *declaration = make(parser, AST_DECLARATION_INTERFACE, span, to_name(name));
    declaration->as.interface.is_keyed = keys.is_keyed;
    declaration->as.interface.keys = keys.parameters;
    declaration->as.interface.methods = methods;
    return declaration;
}

struct ast_declaration *
ast_service(struct parser *parser, struct span span, struct token name, struct ast_keys keys,
            struct ast_path_list interfaces, struct ast_declaration_list members)
{
    struct ast_declaration *declaration = make(parser, AST_DECLARATION_SERVICE, span, to_name(name));
    declaration->as.service.is_keyed = keys.is_keyed;
    declaration->as.service.keys = keys.parameters;
    declaration->as.service.interfaces = interfaces;
    declaration->as.service.members = members;
    return declaration;
}

struct ast_declaration *
ast_use(struct parser *parser, struct span span, struct ast_path path, struct token name)
{
    struct ast_declaration *declaration = make(parser, AST_DECLARATION_USE, span, to_name(name));
    declaration->as.use = path;
    return declaration;
}

struct ast_declaration *
ast_on(struct parser *parser, struct span begin, struct ast_type *type, struct token parameter,
       struct ast_statement *body)
{
    struct ast_declaration *declaration =
        make(parser, AST_DECLARATION_ON, span_join(begin, body->span), (struct ast_name){ 0 });
    declaration->as.on.type = type;
    declaration->as.on.parameter = to_name(parameter);
    declaration->as.on.body = body;
    return declaration;
}

struct ast_declaration *
ast_migrate(struct parser *parser, struct span begin, struct ast_path routine, struct token await,
            struct ast_parameter_list variables, struct ast_statement *body)
{
    struct ast_declaration *declaration =
        make(parser, AST_DECLARATION_MIGRATE, span_join(begin, body->span), (struct ast_name){ 0 });
    declaration->as.migrate.routine = routine;
    declaration->as.migrate.await = to_name(await);
    declaration->as.migrate.variables = variables;
    declaration->as.migrate.body = body;
    return declaration;
}

struct ast_declaration *
ast_test(struct parser *parser, struct span begin, struct token name, struct ast_statement *body)
{
    struct ast_declaration *declaration =
        make(parser, AST_DECLARATION_TEST, span_join(begin, body->span), to_name(name));
    declaration->as.test = body;
    return declaration;
}

/* ---- functions ---- */

static struct span
first_of(struct span left, struct span right)
{
    if (left.end == 0)
        return right;
    if (right.end == 0)
        return left;
    return left.begin < right.begin ? left : right;
}

struct ast_declaration *
ast_function(struct parser *parser, const struct ast_function_parts *parts)
{
    const struct ast_modifiers *modifiers = &parts->modifiers;
    struct span begin = first_of(modifiers->extern_, modifiers->async);
    begin = first_of(begin, first_of(modifiers->private_, modifiers->query));
    begin = first_of(first_of(begin, modifiers->shared), parts->result->span);
    struct ast_declaration *declaration =
        make(parser, AST_DECLARATION_FUNCTION, span_join(begin, parts->body.span), to_name(parts->name));
    declaration->annotations = parts->annotations;
    declaration->as.function = (struct ast_function){
        .modifiers = parts->modifiers,
        .result = parts->result,
        .parameters = parts->parameters,
        .throws = parts->throws.paths,
        .throws_span = parts->throws.span,
        .body = parts->body.block,
    };
    return declaration;
}

void
ast_modify(struct parser *parser, struct span *modifier, struct token word)
{
    if (ast_is_written(*modifier)) {
        struct diagnostic *found =
            diagnostic_add(parser->diagnostics, DIAGNOSTIC_REPEATED_WORD, word.span, word.as.text);
        diagnostic_note(found, *modifier, "it stands here already");
        return;
    }
    *modifier = word.span;
}

struct ast_parameter_list
ast_parameter(struct parser *parser, struct ast_parameter_list list, struct ast_type *type, struct token name,
              struct ast_expression *default_value, struct ast_annotation_list annotations)
{
    struct ast_parameter parameter = {
        .type = type,
        .name = to_name(name),
        .default_value = default_value,
        .annotations = annotations,
        .span = span_join(type->span, default_value == NULL ? name.span : default_value->span),
    };
    vector_add(parser->arena, &list, parameter);
    return list;
}

struct ast_throws
ast_throws(struct parser *parser, struct span begin, struct ast_path_list paths)
{
    (void)parser;
    return (struct ast_throws){ paths, span_join(begin, vector_last(&paths).span) };
}
