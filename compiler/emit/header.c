/* Header: NAME.h, what a user's C steps include: the program's types, the prototypes of the steps and native functions
 * with their documentation, and one line for the operations of each container type. See emitter.h.
 * It says what to write; so it is printed in the order in which people read it. */
#include "compiler/emit/emitter.h"

void
emit_title(struct writer *writer, bool *is_printed, const char *title)
{
    if (*is_printed)
        return;
    *is_printed = true;
    write_blank_line(writer);
    write_format(writer, "/* ---- %s ---- */\n", title);
}

/* ---- types ---- */

static void
emit_enum(struct writer *writer, const struct enum_declaration *declaration)
{
    write_blank_line(writer);
    write_documentation(writer, declaration->documentation);
    write_template(writer, "enum $name$ {\n", HOLE("name", declaration->c_name));
    write_indent(writer);
    for (size_t index = 0; index < declaration->enumerator_count; index++) {
        const struct enumerator *enumerator = &declaration->enumerators[index];
        write_documentation(writer, enumerator->documentation);
        write_text(writer, enumerator->c_name);
        if (enumerator->value == INT32_MIN)
            write_string(writer, " = (-2147483647 - 1),\n");
        else
            write_format(writer, " = %lld,\n", (long long)enumerator->value);
    }
    write_outdent(writer);
    write_string(writer, "};\n");
}

static void
emit_struct(const struct emitter *emitter, struct writer *writer, const struct struct_declaration *declaration)
{
    write_blank_line(writer);
    write_documentation(writer, declaration->documentation);
    write_template(writer, "struct $name$ {\n", HOLE("name", declaration->c_name));
    write_indent(writer);
    for (size_t index = 0; index < declaration->member_count; index++) {
        const struct member *member = &declaration->members[index];
        write_documentation(writer, member->documentation);
        write_template(writer, "$type$ $name$;\n", HOLE("type", type_spelling(emitter, member->type)),
                       HOLE("name", member->c_name));
    }
    if (declaration->member_count == 0)
        write_string(writer, "char nothing; /* it has no members; C wants one */\n");
    write_outdent(writer);
    write_string(writer, "};\n");
}

static bool
union_has_values(const struct union_declaration *declaration)
{
    for (size_t index = 0; index < declaration->variant_count; index++) {
        if (declaration->variants[index].type->kind != TYPE_VOID)
            return true;
    }
    return false;
}

static void
emit_union(const struct emitter *emitter, struct writer *writer, const struct union_declaration *declaration)
{
    write_blank_line(writer);
    write_template(writer, "enum $name$_variant {\n", HOLE("name", declaration->c_name));
    write_indent(writer);
    for (size_t index = 0; index < declaration->variant_count; index++) {
        write_documentation(writer, declaration->variants[index].documentation);
        write_template(writer, "$tag$,\n", HOLE("tag", variant_enumerator(emitter, declaration, index)));
    }
    write_outdent(writer);
    write_string(writer, "};\n\n");
    write_documentation(writer, declaration->documentation);
    write_template(writer, "struct $name$ {\n    enum $name$_variant variant;\n", HOLE("name", declaration->c_name));
    write_indent(writer);
    if (union_has_values(declaration)) {
        write_string(writer, "union {\n");
        for (size_t index = 0; index < declaration->variant_count; index++) {
            const struct member *variant = &declaration->variants[index];
            if (variant->type->kind == TYPE_VOID)
                continue;
            write_template(writer, "    $type$ $name$;\n", HOLE("type", type_spelling(emitter, variant->type)),
                           HOLE("name", variant->c_name));
        }
        write_string(writer, "} as;\n");
    }
    write_outdent(writer);
    write_string(writer, "};\n");
}

static void
emit_container(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    struct text name = type->c_name;
    struct text element = type_spelling(emitter, type->element);
    write_blank_line(writer);
    write_template(writer, "/* $dsy$ */\n", HOLE("dsy", type->name));
    if (type->kind == TYPE_ARRAY) {
        write_template(writer,
                       "struct $name$ {\n"
                       "    $element$ *items;\n"
                       "    int64_t length;\n"
                       "};\n",
                       HOLE("name", name), HOLE("element", element));
    } else if (type->kind == TYPE_MAP) {
        write_template(writer,
                       "struct $name$ {\n"
                       "    struct dsy_map *map;\n"
                       "};\n",
                       HOLE("name", name));
    } else if (type_is_boxed_optional(type)) {
        write_template(writer,
                       "struct $name$ {\n"
                       "    const $element$ *value; /* NULL: null */\n"
                       "};\n",
                       HOLE("name", name), HOLE("element", element));
    } else {
        write_template(writer,
                       "struct $name$ {\n"
                       "    bool has; /* false: null */\n"
                       "    $element$ value;\n"
                       "};\n",
                       HOLE("name", name), HOLE("element", element));
    }
}

static void
emit_type_definitions(const struct emitter *emitter, struct writer *writer)
{
    const struct program *program = emitter->program;
    for (size_t index = 0; index < program->type_count; index++) {
        if (program->types[index]->kind == TYPE_ENUM)
            emit_enum(writer, program->types[index]->declaration.enumeration);
    }
    for (size_t index = 0; index < program->type_count; index++) {
        const struct type *type = program->types[index];
        if (type->kind == TYPE_UNION)
            emit_union(emitter, writer, type->declaration.variants);
        else if (type->kind == TYPE_STRUCT || (type->kind == TYPE_ERROR && type_is_generated(type)))
            emit_struct(emitter, writer, type->declaration.structure);
        else if (type->kind == TYPE_ARRAY || type->kind == TYPE_MAP || type->kind == TYPE_OPTIONAL)
            emit_container(emitter, writer, type);
    }
    for (size_t index = 0; index < program->type_count; index++) {
        const struct type *type = program->types[index];
        if (type->kind != TYPE_MAP)
            continue;
        write_blank_line(writer);
        write_template(writer,
                       "struct $name$_entry {\n"
                       "    $key$ key;\n"
                       "    $value$ value;\n"
                       "};\n",
                       HOLE("name", type->c_name), HOLE("key", type_spelling(emitter, type->key)),
                       HOLE("value", type_spelling(emitter, type->element)));
    }
}

/* ---- operations on values ---- */

static void
emit_enum_name(const struct emitter *emitter, struct writer *writer, const struct enum_declaration *declaration)
{
    (void)emitter;
    write_blank_line(writer);
    write_template(writer,
                   "static inline dsy_string\n"
                   "$name$_name(enum $name$ value)\n"
                   "{\n"
                   "    switch (value) {\n",
                   HOLE("name", declaration->c_name));
    for (size_t index = 0; index < declaration->enumerator_count; index++) {
        const struct enumerator *enumerator = &declaration->enumerators[index];
        write_template(writer, "    case $c_name$: return DSY_STRING(\"$name$\");\n",
                       HOLE("c_name", enumerator->c_name), HOLE("name", enumerator->name));
    }
    write_string(writer, "    }\n"
                         "    return DSY_STRING(\"\");\n"
                         "}\n");
}

static void
emit_default(struct emitter *emitter, struct writer *writer, const struct type *type)
{
    write_blank_line(writer);
    write_template(writer,
                   "static inline struct $name$\n"
                   "$name$_default(void)\n"
                   "{\n",
                   HOLE("name", type->c_name));
    write_indent(writer);
    struct expression zero = { .kind = EXPRESSION_ZERO, .type = type };
    struct text value = emit_constant(emitter, writer, &zero);
    write_string(writer, "return ");
    write_text(writer, value);
    write_string(writer, ";\n");
    write_outdent(writer);
    write_string(writer, "}\n");
}

static void
emit_map_functions(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    const struct hole name = HOLE("name", type->c_name);
    const struct hole key = HOLE("key", type_spelling(emitter, type->key));
    const struct hole value = HOLE("value", type_spelling(emitter, type->element));
    write_template(writer, "DSY_MAP_FUNCTIONS($name$, $key$, $value$)\n", name, key, value);
    const struct type *keys = emitter->array_of[type->key->index], *values = emitter->array_of[type->element->index];
    if (keys != NULL && values != NULL)
        write_template(writer, "DSY_MAP_LISTS($name$, $keys$, $values$)\n", name, HOLE("keys", keys->c_name),
                       HOLE("values", values->c_name));
    const struct type *optional = emitter->optional_of[type->element->index];
    if (type->element->kind == TYPE_OPTIONAL)
        write_template(writer, "DSY_MAP_GET_OPTIONAL($name$, $key$, $optional$)\n", name, key,
                       HOLE("optional", type->element->c_name));
    else if (optional != NULL)
        write_template(writer, "DSY_MAP_GET($name$, $key$, $value$, $optional$)\n", name, key, value,
                       HOLE("optional", optional->c_name));
}

static void
emit_container_functions(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    if (type->kind == TYPE_MAP || !type_is_generated(type))
        return; /* maps come last: their lists are arrays */
    const struct hole name = HOLE("name", type->c_name);
    if (type->kind != TYPE_ARRAY && type->kind != TYPE_OPTIONAL) {
        if (type_is_shared(emitter, type))
            write_template(writer, "DSY_VALUE_FUNCTIONS($name$, $type$, $name$_type)\n", name,
                           HOLE("type", type_spelling(emitter, type)));
        return;
    }
    const char *operations = type->kind == TYPE_ARRAY ? "ARRAY" : type_is_boxed_optional(type) ? "BOX" : "OPTIONAL";
    write_template(writer, "DSY_$operations$_FUNCTIONS($name$, $element$, $descriptor$)\n",
                   HOLE("operations", text_from_string(operations)), name,
                   HOLE("element", type_spelling(emitter, type->element)),
                   HOLE("descriptor", type_descriptor(emitter, type->element)));
    if (type->kind == TYPE_OPTIONAL && type->element->kind == TYPE_INT64)
        write_template(writer, "DSY_OPTIONAL_POSITION($name$)\n", name);
}

/* Is there a descriptor of its own? */
static bool
has_descriptor(const struct type *type)
{
    return type_is_generated(type) || type_is_handle(type);
}

static void
emit_value_functions(struct emitter *emitter, struct writer *writer)
{
    const struct program *program = emitter->program;
    bool is_printed = false;
    for (size_t index = 0; index < program->type_count; index++) {
        const struct type *type = program->types[index];
        if (!has_descriptor(type))
            continue;
        emit_title(writer, &is_printed, "operations on values: see dsy/container.h");
        if (index == 0 || !has_descriptor(program->types[index - 1]))
            write_blank_line(writer);
        write_template(writer, "extern const struct dsy_type $name$_type;\n", HOLE("name", type->c_name));
        if (type->kind == TYPE_MAP)
            write_template(writer, "extern const struct dsy_map_type $name$_map_type;\n", HOLE("name", type->c_name));
    }
    for (size_t index = 0; index < program->type_count; index++) {
        const struct type *type = program->types[index];
        if (type->kind == TYPE_ENUM)
            emit_enum_name(emitter, writer, type->declaration.enumeration);
        else if (type->has_default)
            emit_default(emitter, writer, type);
    }
    write_blank_line(writer);
    for (size_t index = 0; index < program->type_count; index++)
        emit_container_functions(emitter, writer, program->types[index]);
    for (size_t index = 0; index < program->type_count; index++) {
        if (program->types[index]->kind == TYPE_MAP)
            emit_map_functions(emitter, writer, program->types[index]);
    }
}

/* ---- the file ---- */

static struct text
guard_name(const struct emitter *emitter)
{
    struct text_builder builder;
    text_builder_initialise(&builder, emitter->arena);
    text_builder_add(&builder, TEXT("DSY_PROGRAM_"));
    for (size_t index = 0; index < emitter->name.size_bytes; index++) {
        char character = emitter->name.data[index];
        bool is_small = character >= 'a' && character <= 'z';
        bool is_kept = (character >= 'A' && character <= 'Z') || (character >= '0' && character <= '9');
        text_builder_add_character(&builder, is_small ? (char)(character - 'a' + 'A') : is_kept ? character : '_');
    }
    text_builder_add(&builder, TEXT("_H"));
    return text_builder_text(&builder);
}

void
emit_header(struct emitter *emitter)
{
    struct writer *writer = &emitter->header;
    write_string(writer, "/* Generated by dsyc from ");
    write_comment_text(writer, emitter->program->main_path, 200);
    write_template(writer,
                   ": the program's types in C, and what is to be written in C: its steps and native functions.\n"
                   " * Changes here are lost; those functions stand in files of your own, which include this one. */\n"
                   "#ifndef $guard$\n"
                   "#define $guard$\n"
                   "\n"
                   "#include \"dsy/container.h\"\n"
                   "#include \"dsy/step.h\"\n",
                   HOLE("guard", guard_name(emitter)));
    emit_type_definitions(emitter, writer);
    emit_extern_functions(emitter, writer, false);
    emit_throws(emitter, writer);
    emit_value_functions(emitter, writer);
    write_string(writer, "\n#endif\n");
}
