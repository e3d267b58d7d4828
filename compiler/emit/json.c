/* JSON: encoders and decoders of the program's types at the border, without a tree in between. See emitter.h; the
 * format stands in dsy/json.h. Of what comes from outside unknown and doubled names are errors, absent members
 * take their defaults. */
#include "compiler/emit/emitter.h"

/* ---- one value ---- */

void
emit_write_json(const struct emitter *emitter, struct writer *writer, const struct type *type, struct text value)
{
    bool is_by_value = type_is_scalar(type);
    write_template(writer, "$stem$_write_json(writer, $address$$value$);\n", HOLE("stem", type_stem(emitter, type)),
                   HOLE("address", is_by_value ? TEXT("") : TEXT("&")), HOLE("value", value));
}

void
emit_read_json(const struct emitter *emitter, struct writer *writer, const struct type *type, struct text place)
{
    const struct hole stem = HOLE("stem", type_stem(emitter, type)), to = HOLE("place", place);
    if (type_is_generated(type))
        write_template(writer, "$stem$_read_json(reader, &$place$);\n", stem, to);
    else
        write_template(writer, "$place$ = $stem$_read_json(reader);\n", stem, to);
}

void
emit_read_json_names(const struct emitter *emitter, struct writer *writer, const struct json_name *names, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        write_template(writer,
                       "$else$if (dsy_string_is(name, \"$name$\")) {\n"
                       "    if (dsy_json_once(reader, seen, $index$))\n"
                       "        ",
                       HOLE("else", index > 0 ? TEXT("} else ") : TEXT("")), HOLE("name", names[index].name),
                       HOLE("index", text_format(emitter->arena, "%zu", index)));
        emit_read_json(emitter, writer, names[index].type, names[index].place);
    }
}

/* ---- structs and errors ---- */

static struct json_name *
names_of_members(const struct emitter *emitter, const struct struct_declaration *declaration)
{
    struct json_name *names = arena_new_array(emitter->arena, struct json_name, declaration->member_count + 1);
    for (size_t index = 0; index < declaration->member_count; index++) {
        const struct member *member = &declaration->members[index];
        names[index].name = member->name;
        names[index].type = member->type;
        names[index].place = text_format(emitter->arena, "self->%.*s", TEXT_ARGUMENTS(member->c_name));
    }
    return names;
}

static void
emit_write_members(const struct emitter *emitter, struct writer *writer, const struct struct_declaration *declaration)
{
    for (size_t index = 0; index < declaration->member_count; index++) {
        const struct member *member = &declaration->members[index];
        write_template(writer, "dsy_json_write_member(writer, \"$name$\");\n", HOLE("name", member->name));
        emit_write_json(emitter, writer, member->type,
                        text_format(emitter->arena, "self->%.*s", TEXT_ARGUMENTS(member->c_name)));
    }
}

static void
emit_struct(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    const struct struct_declaration *declaration = type->declaration.structure;
    size_t count = declaration->member_count;
    const struct hole name = HOLE("name", type->c_name);
    write_template(writer,
                   "static void\n"
                   "$name$_write_json(struct dsy_json_writer *writer, const void *value)\n"
                   "{\n",
                   name);
    write_indent(writer);
    if (count > 0)
        write_template(writer, "const struct $name$ *self = value;\n", name);
    else
        write_string(writer, "(void)value;\n");
    write_string(writer, "dsy_json_write_object_begin(writer);\n");
    emit_write_members(emitter, writer, declaration);
    write_string(writer, "dsy_json_write_object_end(writer);\n");
    write_outdent(writer);
    write_template(writer,
                   "}\n"
                   "\n"
                   "static void\n"
                   "$name$_read_json(struct dsy_json_reader *reader, void *value)\n"
                   "{\n"
                   "    struct $name$ *self = value;\n",
                   name);
    if (count > 0)
        write_format(writer, "    uint64_t seen[%zu] = { 0 };\n", (count + 63) / 64);
    write_string(writer, "    *self = ");
    emit_zero(emitter, writer, type);
    write_string(writer, ";\n"
                         "    dsy_json_object_begin(reader);\n"
                         "    for (dsy_string name; dsy_json_object_next(reader, &name);) {\n");
    writer->indentation += 2;
    emit_read_json_names(emitter, writer, names_of_members(emitter, declaration), count);
    write_string(writer, count > 0 ? "} else {\n    dsy_json_unknown(reader, name);\n}\n"
                                   : "dsy_json_unknown(reader, name);\n");
    writer->indentation -= 2;
    write_string(writer, "    }\n}\n\n");
}

/* An error is an object with its name, and its members beside it. */
static void
emit_error(const struct emitter *emitter, struct writer *writer, const struct type *type, struct text error_name)
{
    const struct struct_declaration *declaration = type->declaration.structure;
    size_t count = declaration->member_count;
    const struct hole name = HOLE("name", type->c_name);
    if (count > 0) {
        write_template(writer,
                       "static void\n"
                       "$name$_write_json_members(struct dsy_json_writer *writer, const void *members)\n"
                       "{\n"
                       "    const struct $name$ *self = members;\n",
                       name);
        write_indent(writer);
        emit_write_members(emitter, writer, declaration);
        write_outdent(writer);
        write_template(writer,
                       "}\n"
                       "\n"
                       "static bool\n"
                       "$name$_read_json_member(struct dsy_json_reader *reader, dsy_string name, void *members, "
                       "uint64_t *seen)\n"
                       "{\n"
                       "    struct $name$ *self = members;\n",
                       name);
        write_indent(writer);
        emit_read_json_names(emitter, writer, names_of_members(emitter, declaration), count);
        write_outdent(writer);
        write_format(writer,
                     "    } else {\n"
                     "        return false;\n"
                     "    }\n"
                     "    return true;\n"
                     "}\n"
                     "_Static_assert(%zu <= DSY_ERROR_MEMBERS_MAX, \"an error has too many members\");\n"
                     "\n",
                     count);
    }
    write_template(writer,
                   "static void\n"
                   "$name$_write_json(struct dsy_json_writer *writer, const void *value)\n"
                   "{\n"
                   "    dsy_json_write_object_begin(writer);\n"
                   "    dsy_json_write_member(writer, \"error\");\n"
                   "    dsy_string_write_json(writer, DSY_STRING(\"$error$\"));\n"
                   "    $members$;\n"
                   "    dsy_json_write_object_end(writer);\n"
                   "}\n"
                   "\n"
                   "static void\n"
                   "$name$_read_json(struct dsy_json_reader *reader, void *value)\n"
                   "{\n"
                   "    struct $name$ *self = value;\n",
                   name, HOLE("error", error_name),
                   HOLE("members", count > 0 ? text_format(emitter->arena, "%.*s_write_json_members(writer, value)",
                                                           TEXT_ARGUMENTS(type->c_name))
                                             : TEXT("(void)value")));
    if (count > 0)
        write_format(writer, "    uint64_t seen[%zu] = { 0 };\n", (count + 63) / 64);
    write_string(writer, "    *self = ");
    emit_zero(emitter, writer, type);
    write_template(writer,
                   ";\n"
                   "    dsy_json_object_begin(reader);\n"
                   "    for (dsy_string name; dsy_json_object_next(reader, &name);) {\n"
                   "        if (dsy_string_is(name, \"error\")) {\n"
                   "            dsy_string error = dsy_string_read_json(reader);\n"
                   "            if (!reader->failed && !dsy_string_is(error, \"$error$\"))\n"
                   "                dsy_json_expected(reader, \"\\\"$error$\\\"\");\n"
                   "        } else if (dsy_string_is(name, \"message\")) {\n"
                   "            dsy_json_skip(reader);\n"
                   "        } else $read_member${\n"
                   "            dsy_json_unknown(reader, name);\n"
                   "        }\n"
                   "    }\n"
                   "}\n"
                   "\n",
                   HOLE("error", error_name),
                   HOLE("read_member", count > 0 ? text_format(emitter->arena,
                                                               "if (!%.*s_read_json_member(reader, name, self, seen)) ",
                                                               TEXT_ARGUMENTS(type->c_name))
                                                 : TEXT("")));
}

/* ---- unions ---- */

static void
emit_union(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    const struct union_declaration *declaration = type->declaration.variants;
    const struct hole name = HOLE("name", type->c_name);
    write_template(writer,
                   "static void\n"
                   "$name$_write_json(struct dsy_json_writer *writer, const void *value)\n"
                   "{\n"
                   "    const struct $name$ *self = value;\n"
                   "    dsy_json_write_object_begin(writer);\n"
                   "    switch (self->variant) {\n",
                   name);
    for (size_t index = 0; index < declaration->variant_count; index++) {
        const struct member *variant = &declaration->variants[index];
        write_template(writer,
                       "    case $tag$:\n"
                       "        dsy_json_write_member(writer, \"$name$\");\n"
                       "        ",
                       HOLE("tag", variant_enumerator(emitter, declaration, index)), HOLE("name", variant->name));
        if (variant->type->kind == TYPE_VOID)
            write_string(writer, "dsy_json_write_null(writer);\n");
        else
            emit_write_json(emitter, writer, variant->type,
                            text_format(emitter->arena, "self->as.%.*s", TEXT_ARGUMENTS(variant->c_name)));
        write_string(writer, "        break;\n");
    }
    write_template(writer,
                   "    }\n"
                   "    dsy_json_write_object_end(writer);\n"
                   "}\n"
                   "\n"
                   "static void\n"
                   "$name$_read_json(struct dsy_json_reader *reader, void *value)\n"
                   "{\n"
                   "    struct $name$ *self = value;\n"
                   "    *self = ",
                   name);
    emit_zero(emitter, writer, type);
    write_string(writer, ";\n"
                         "    int count = 0;\n"
                         "    dsy_json_object_begin(reader);\n"
                         "    for (dsy_string name; dsy_json_object_next(reader, &name); count++) {\n");
    writer->indentation += 2;
    for (size_t index = 0; index < declaration->variant_count; index++) {
        const struct member *variant = &declaration->variants[index];
        write_template(writer,
                       "$else$if (dsy_string_is(name, \"$name$\")) {\n"
                       "    self->variant = $tag$;\n"
                       "    ",
                       HOLE("else", index > 0 ? TEXT("} else ") : TEXT("")), HOLE("name", variant->name),
                       HOLE("tag", variant_enumerator(emitter, declaration, index)));
        if (variant->type->kind == TYPE_VOID)
            write_string(writer, "if (!dsy_json_null(reader))\n"
                                 "        dsy_json_expected(reader, \"null\");\n");
        else
            emit_read_json(emitter, writer, variant->type,
                           text_format(emitter->arena, "self->as.%.*s", TEXT_ARGUMENTS(variant->c_name)));
    }
    writer->indentation -= 2;
    write_template(writer,
                   "        } else {\n"
                   "            dsy_json_unknown(reader, name);\n"
                   "        }\n"
                   "    }\n"
                   "    if (!reader->failed && count != 1)\n"
                   "        dsy_json_fail(reader, \"a $dsy$ has exactly one member, found %d\", count);\n"
                   "}\n"
                   "\n",
                   HOLE("dsy", type->name));
}

/* ---- enums ---- */

static void
emit_enum(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    const struct enum_declaration *declaration = type->declaration.enumeration;
    struct text_builder names;
    text_builder_initialise(&names, emitter->arena);
    for (size_t index = 0; index < declaration->enumerator_count; index++)
        text_builder_format(&names, "%s%.*s", index > 0 ? ", " : "",
                            TEXT_ARGUMENTS(declaration->enumerators[index].name));
    write_template(writer,
                   "static void\n"
                   "$name$_write_json(struct dsy_json_writer *writer, const void *value)\n"
                   "{\n"
                   "    dsy_string_write_json(writer, $name$_name(*(const enum $name$ *)value));\n"
                   "}\n"
                   "\n"
                   "static void\n"
                   "$name$_read_json(struct dsy_json_reader *reader, void *value)\n"
                   "{\n"
                   "    *(enum $name$ *)value = $first$;\n"
                   "    dsy_string text = dsy_string_read_json(reader);\n"
                   "    if (!reader->failed && !$name$_parse(text, value))\n"
                   "        dsy_json_expected(reader, \"one of $names$\");\n"
                   "}\n"
                   "\n",
                   HOLE("name", type->c_name), HOLE("first", declaration->enumerators[0].c_name),
                   HOLE("names", text_builder_text(&names)));
}

void
emit_json(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    if (type->kind == TYPE_ENUM) {
        emit_enum(emitter, writer, type);
    } else if (type->kind == TYPE_UNION) {
        emit_union(emitter, writer, type);
    } else if (type->kind == TYPE_ERROR) {
        emit_error(emitter, writer, type, error_name(emitter, type->declaration.structure));
    } else {
        emit_struct(emitter, writer, type);
    }
}
