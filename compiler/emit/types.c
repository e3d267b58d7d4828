/* Types: equality, order, sharing and zero of the program's types, and the descriptors that containers know them by.
 * See emitter.h.
 *
 * Containers come first: their descriptors name only other descriptors, which the header declares. Behind them each
 * type stands after those it holds by value, so that functions call what is already there. */
#include "compiler/emit/emitter.h"

void
emit_equal(const struct emitter *emitter, struct writer *writer, const struct type *type, struct text left,
           struct text right)
{
    struct text stem = type_stem(emitter, type);
    bool is_plain =
        type->kind == TYPE_BOOL || type_is_c_integer(type) || type->kind == TYPE_DOUBLE || type->kind == TYPE_ENUM;
    if (is_plain)
        write_template(writer, "$left$ == $right$", HOLE("left", left), HOLE("right", right));
    else if (type_is_scalar(type))
        write_template(writer, "$stem$_equal($left$, $right$)", HOLE("stem", stem), HOLE("left", left),
                       HOLE("right", right));
    else
        write_template(writer, "$stem$_equal(run, &$left$, &$right$)", HOLE("stem", stem), HOLE("left", left),
                       HOLE("right", right));
}

static struct text
member_of(const struct emitter *emitter, const char *owner, const struct member *member)
{
    return text_format(emitter->arena, "%s->%.*s", owner, TEXT_ARGUMENTS(member->c_name));
}

static struct text
variant_of(const struct emitter *emitter, const char *owner, const struct member *variant)
{
    return text_format(emitter->arena, "%s->as.%.*s", owner, TEXT_ARGUMENTS(variant->c_name));
}

/* `(void)run;` where no member's comparison takes the run. */
static void
emit_unused_run(struct writer *writer, const struct member *members, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        const struct type *type = members[index].type;
        if (type->kind != TYPE_VOID && type->kind != TYPE_ENUM && !type_is_scalar(type))
            return;
    }
    write_string(writer, "(void)run;\n");
}

/* ---- structs and errors ---- */

static void
emit_struct_equal(const struct emitter *emitter, struct writer *writer, const struct struct_declaration *declaration)
{
    write_template(writer,
                   "static bool\n"
                   "$name$_equal(struct dsy_run *run, const void *left, const void *right)\n"
                   "{\n",
                   HOLE("name", declaration->c_name));
    write_indent(writer);
    emit_unused_run(writer, declaration->members, declaration->member_count);
    if (declaration->member_count == 0) {
        write_string(writer, "(void)left;\n(void)right;\nreturn true;\n");
    } else {
        write_template(writer, "const struct $name$ *one = left, *other = right;\nreturn ",
                       HOLE("name", declaration->c_name));
        for (size_t index = 0; index < declaration->member_count; index++) {
            const struct member *member = &declaration->members[index];
            write_string(writer, index > 0 ? " &&\n       " : "");
            emit_equal(emitter, writer, member->type, member_of(emitter, "one", member),
                       member_of(emitter, "other", member));
        }
        write_string(writer, ";\n");
    }
    write_outdent(writer);
    write_string(writer, "}\n\n");
}

/* `STEM_share(&place);` of a type that holds blocks. */
static void
emit_share(const struct emitter *emitter, struct writer *writer, const struct type *type, struct text place)
{
    write_template(writer, "$stem$_share(&$place$);\n", HOLE("stem", type_stem(emitter, type)), HOLE("place", place));
}

static void
emit_struct_share(const struct emitter *emitter, struct writer *writer, const struct struct_declaration *declaration)
{
    write_template(writer,
                   "static void\n"
                   "$name$_share(const void *value)\n"
                   "{\n"
                   "    const struct $name$ *self = value;\n",
                   HOLE("name", declaration->c_name));
    write_indent(writer);
    for (size_t index = 0; index < declaration->member_count; index++) {
        const struct member *member = &declaration->members[index];
        if (type_is_shared(emitter, member->type))
            emit_share(emitter, writer, member->type, member_of(emitter, "self", member));
    }
    write_outdent(writer);
    write_string(writer, "}\n\n");
}

/* ---- unions ---- */

static void
emit_union_equal(const struct emitter *emitter, struct writer *writer, const struct union_declaration *declaration)
{
    write_template(writer,
                   "static bool\n"
                   "$name$_equal(struct dsy_run *run, const void *left, const void *right)\n"
                   "{\n",
                   HOLE("name", declaration->c_name));
    write_indent(writer);
    emit_unused_run(writer, declaration->variants, declaration->variant_count);
    write_template(writer,
                   "const struct $name$ *one = left, *other = right;\n"
                   "if (one->variant != other->variant)\n"
                   "    return false;\n"
                   "switch (one->variant) {\n",
                   HOLE("name", declaration->c_name));
    for (size_t index = 0; index < declaration->variant_count; index++) {
        const struct member *variant = &declaration->variants[index];
        write_template(writer, "case $tag$: return ", HOLE("tag", variant_enumerator(emitter, declaration, index)));
        if (variant->type->kind == TYPE_VOID)
            write_string(writer, "true");
        else
            emit_equal(emitter, writer, variant->type, variant_of(emitter, "one", variant),
                       variant_of(emitter, "other", variant));
        write_string(writer, ";\n");
    }
    write_string(writer, "}\nreturn false;\n");
    write_outdent(writer);
    write_string(writer, "}\n\n");
}

static void
emit_union_share(const struct emitter *emitter, struct writer *writer, const struct union_declaration *declaration)
{
    write_template(writer,
                   "static void\n"
                   "$name$_share(const void *value)\n"
                   "{\n"
                   "    const struct $name$ *self = value;\n"
                   "    switch (self->variant) {\n",
                   HOLE("name", declaration->c_name));
    write_indent(writer);
    for (size_t index = 0; index < declaration->variant_count; index++) {
        const struct member *variant = &declaration->variants[index];
        write_template(writer, "case $tag$: ", HOLE("tag", variant_enumerator(emitter, declaration, index)));
        if (type_is_shared(emitter, variant->type))
            emit_share(emitter, writer, variant->type, variant_of(emitter, "self", variant));
        write_string(writer, type_is_shared(emitter, variant->type) ? "    break;\n" : "break;\n");
    }
    write_string(writer, "}\n");
    write_outdent(writer);
    write_string(writer, "}\n\n");
}

/* ---- enums ---- */

static void
emit_enum_functions(const struct emitter *emitter, struct writer *writer, const struct enum_declaration *declaration)
{
    (void)emitter;
    write_template(writer,
                   "static bool\n"
                   "$name$_equal(struct dsy_run *run, const void *left, const void *right)\n"
                   "{\n"
                   "    (void)run;\n"
                   "    return *(const enum $name$ *)left == *(const enum $name$ *)right;\n"
                   "}\n"
                   "\n"
                   "static int\n"
                   "$name$_compare(const void *left, const void *right)\n"
                   "{\n"
                   "    int64_t one = *(const enum $name$ *)left, other = *(const enum $name$ *)right;\n"
                   "    return (one > other) - (one < other);\n"
                   "}\n"
                   "\n"
                   "static uint64_t\n"
                   "$name$_hash(const void *value, uint64_t seed)\n"
                   "{\n"
                   "    return dsy_hash(value, sizeof(enum $name$), seed);\n"
                   "}\n"
                   "\n"
                   "static dsy_string\n"
                   "$name$_text(const void *value, char *scratch)\n"
                   "{\n"
                   "    (void)scratch;\n"
                   "    return $name$_name(*(const enum $name$ *)value);\n"
                   "}\n"
                   "\n"
                   "static bool\n"
                   "$name$_parse(dsy_string text, void *value)\n"
                   "{\n"
                   "    enum $name$ *self = value;\n",
                   HOLE("name", declaration->c_name));
    write_indent(writer);
    for (size_t index = 0; index < declaration->enumerator_count; index++) {
        const struct enumerator *enumerator = &declaration->enumerators[index];
        write_template(writer,
                       "$else$if (dsy_string_is(text, \"$name$\"))\n"
                       "    *self = $c_name$;\n",
                       HOLE("else", index > 0 ? TEXT("else ") : TEXT("")), HOLE("name", enumerator->name),
                       HOLE("c_name", enumerator->c_name));
    }
    write_string(writer, "else\n"
                         "    return false;\n"
                         "return true;\n");
    write_outdent(writer);
    write_string(writer, "}\n\n");
}

/* ---- zero ---- */

static void
emit_zero_function(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    write_template(writer,
                   "static void\n"
                   "$stem$_zero(void *value)\n"
                   "{\n"
                   "    *($type$ *)value = ",
                   HOLE("stem", type_stem(emitter, type)), HOLE("type", type_spelling(emitter, type)));
    emit_zero(emitter, writer, type);
    write_string(writer, ";\n}\n\n");
}

/* Is its zero value something else than all bits zero? */
static bool
has_zero_function(const struct type *type)
{
    return type->has_default || (type->kind == TYPE_ENUM && type->declaration.enumeration->enumerators[0].value != 0);
}

/* ---- descriptors ---- */

static void
emit_descriptor(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    const struct hole name = HOLE("name", type->c_name);
    write_template(writer,
                   "const struct dsy_type $name$_type = {\n"
                   "    .name = \"$dsy$\",\n"
                   "    .size_bytes = sizeof($type$),\n"
                   "    .write_cbor = $name$_write_cbor,\n"
                   "    .read_cbor = $name$_read_cbor,\n"
                   "    .write_json = $name$_write_json,\n"
                   "    .read_json = $name$_read_json,\n"
                   "    .equal = $name$_equal,\n",
                   name, HOLE("dsy", type->name), HOLE("type", type_spelling(emitter, type)));
    if (type->kind == TYPE_ENUM)
        write_template(writer,
                       "    .compare = $name$_compare,\n"
                       "    .hash = $name$_hash,\n"
                       "    .text = $name$_text,\n"
                       "    .parse = $name$_parse,\n",
                       name);
    if (type_is_shared(emitter, type))
        write_template(writer, "    .share = $name$_share,\n", name);
    if (has_zero_function(type))
        write_template(writer, "    .zero = $name$_zero,\n", name);
    if (type_holds_handles(emitter, type))
        write_template(writer, "    .visit_handles = $name$_visit_handles,\n", name);
    write_string(writer, "};\n");
    write_template(writer,
                   "_Static_assert(sizeof($type$) <= DSY_VALUE_BYTES_MAX, \"$dsy$ is larger than a value may be: "
                   "keep some of it in arrays\");\n\n",
                   HOLE("type", type_spelling(emitter, type)), HOLE("dsy", type->name));
}

static void
emit_error_descriptor(const struct emitter *emitter, struct writer *writer, size_t index)
{
    const struct struct_declaration *declaration = emitter->errors[index];
    write_template(writer, "const struct dsy_error_type $c_name$_error = {\n    .name = \"$name$\",\n",
                   HOLE("c_name", declaration->c_name), HOLE("name", emitter->error_names[index]));
    if (declaration->member_count > 0)
        write_template(writer,
                       "    .members = &$c_name$_type,\n"
                       "    .write_json_members = $c_name$_write_json_members,\n"
                       "    .read_json_member = $c_name$_read_json_member,\n",
                       HOLE("c_name", declaration->c_name));
    write_string(writer, "};\n\n");
}

/* ---- handles ---- */

static void
emit_visit(const struct emitter *emitter, struct writer *writer, const struct type *type, struct text place)
{
    if (type_is_handle(type))
        write_template(writer, "visit(context, $place$);\n", HOLE("place", place));
    else
        write_template(writer, "$stem$_visit_handles(&$place$, visit, context);\n",
                       HOLE("stem", type_stem(emitter, type)), HOLE("place", place));
}

/* `NAME_visit_handles` of a struct, union or error that holds some. */
static void
emit_visit_function(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    write_template(writer,
                   "static void\n"
                   "$name$_visit_handles(const void *value, dsy_handle_visitor visit, void *context)\n"
                   "{\n"
                   "    const struct $name$ *self = value;\n",
                   HOLE("name", type->c_name));
    write_indent(writer);
    if (type->kind == TYPE_UNION) {
        const struct union_declaration *declaration = type->declaration.variants;
        write_string(writer, "switch (self->variant) {\n");
        for (size_t index = 0; index < declaration->variant_count; index++) {
            const struct member *variant = &declaration->variants[index];
            bool holds = type_holds_handles(emitter, variant->type);
            write_template(writer, "case $tag$:", HOLE("tag", variant_enumerator(emitter, declaration, index)));
            write_string(writer, holds ? "\n    " : " break;\n");
            if (holds) {
                emit_visit(emitter, writer, variant->type, variant_of(emitter, "self", variant));
                write_string(writer, "    break;\n");
            }
        }
        write_string(writer, "}\n");
    } else {
        const struct struct_declaration *declaration = type->declaration.structure;
        for (size_t index = 0; index < declaration->member_count; index++) {
            const struct member *member = &declaration->members[index];
            if (type_holds_handles(emitter, member->type))
                emit_visit(emitter, writer, member->type, member_of(emitter, "self", member));
        }
    }
    write_outdent(writer);
    write_string(writer, "}\n\n");
}

static void
emit_container(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    const struct hole name = HOLE("name", type->c_name), dsy = HOLE("dsy", type->name);
    const struct hole element = HOLE("element", type_descriptor(emitter, type->element));
    const struct hole what = HOLE("what", type_holds_handles(emitter, type) ? TEXT("_OF_HANDLES") : TEXT(""));
    if (type->kind == TYPE_ARRAY)
        write_template(writer, "DSY_DESCRIBE_ARRAY$what$($name$, \"$dsy$\", $element$)\n", name, dsy, element, what);
    else if (type->kind == TYPE_MAP)
        write_template(writer, "DSY_DESCRIBE_MAP$what$($name$, \"$dsy$\", $key$, $element$)\n", name, dsy,
                       HOLE("key", type_descriptor(emitter, type->key)), element, what);
    else if (!type_is_boxed_optional(type))
        write_template(writer, "DSY_DESCRIBE_OPTIONAL$what$($name$, \"$dsy$\", $element$)\n", name, dsy, element, what);
    else
        write_template(writer, "DSY_DESCRIBE_BOX$what$($name$, \"$dsy$\", $type$, $element$)\n", name, dsy,
                       HOLE("type", type_spelling(emitter, type->element)), element, what);
}

static void
emit_declared_type(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    write_template(writer, "/* ---- $name$ ---- */\n\n", HOLE("name", type->name));
    if (type->kind == TYPE_ENUM) {
        emit_enum_functions(emitter, writer, type->declaration.enumeration);
    } else if (type->kind == TYPE_UNION) {
        emit_union_equal(emitter, writer, type->declaration.variants);
        if (type_is_shared(emitter, type))
            emit_union_share(emitter, writer, type->declaration.variants);
    } else {
        emit_struct_equal(emitter, writer, type->declaration.structure);
        if (type_is_shared(emitter, type))
            emit_struct_share(emitter, writer, type->declaration.structure);
    }
    if (has_zero_function(type))
        emit_zero_function(emitter, writer, type);
    if (type_holds_handles(emitter, type))
        emit_visit_function(emitter, writer, type);
    emit_cbor(emitter, writer, type);
    emit_json(emitter, writer, type);
    emit_descriptor(emitter, writer, type);
}

void
emit_types(struct emitter *emitter)
{
    struct writer *writer = &emitter->source;
    const struct program *program = emitter->program;
    for (size_t index = 0; index < program->type_count; index++) {
        const struct type *type = program->types[index];
        if (type_is_handle(type))
            write_template(writer, "DSY_DESCRIBE_HANDLE($name$, \"$dsy$\")\n", HOLE("name", type->c_name),
                           HOLE("dsy", type->name));
        if (type->kind == TYPE_ARRAY || type->kind == TYPE_MAP || type->kind == TYPE_OPTIONAL)
            emit_container(emitter, writer, type);
    }
    write_blank_line(writer);
    for (size_t index = 0; index < program->type_count; index++) {
        const struct type *type = program->types[index];
        bool is_declared = type->kind == TYPE_STRUCT || type->kind == TYPE_ENUM || type->kind == TYPE_UNION ||
                           type->kind == TYPE_ERROR;
        if (is_declared && type_is_generated(type))
            emit_declared_type(emitter, writer, type);
    }
    for (size_t index = 0; index < emitter->error_count; index++)
        emit_error_descriptor(emitter, writer, index);
}
