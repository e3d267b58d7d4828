/* CBOR: encoders and decoders of the program's types, and of the variables of frames. See emitter.h; the format
 * stands in dsy/cbor.h. Libdsy's scalars are written and read by value, generated types by address. */
#include <stdlib.h>

#include "compiler/emit/emitter.h"

/* ---- one value ---- */

void
emit_write_cbor(const struct emitter *emitter, struct writer *writer, const struct type *type, struct text value)
{
    bool is_by_value = type_is_scalar(type);
    write_template(writer, "$stem$_write_cbor(writer, $address$$value$);\n", HOLE("stem", type_stem(emitter, type)),
                   HOLE("address", is_by_value ? TEXT("") : TEXT("&")), HOLE("value", value));
}

void
emit_read_cbor(const struct emitter *emitter, struct writer *writer, const struct type *type, const char *reader,
               struct text place)
{
    const struct hole stem = HOLE("stem", type_stem(emitter, type));
    const struct hole from = HOLE("reader", text_from_string(reader)), to = HOLE("place", place);
    if (type_is_generated(type))
        write_template(writer, "$stem$_read_cbor($reader$, &$place$);\n", stem, from, to);
    else
        write_template(writer, "$place$ = $stem$_read_cbor($reader$);\n", stem, from, to);
}

/* ---- structs and errors ---- */

static int
compare_numbers(const void *left, const void *right)
{
    uint32_t one = (*(const struct member *const *)left)->number,
             other = (*(const struct member *const *)right)->number;
    return (one > other) - (one < other);
}

/* The members by ascending number, as they are written. */
static const struct member **
sorted_members(const struct emitter *emitter, const struct member *members, size_t count)
{
    const struct member **sorted = arena_new_array(emitter->arena, const struct member *, count + 1);
    for (size_t index = 0; index < count; index++)
        sorted[index] = &members[index];
    qsort(sorted, count, sizeof sorted[0], compare_numbers);
    return sorted;
}

static void
emit_struct(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    const struct struct_declaration *declaration = type->declaration.structure;
    size_t count = declaration->member_count;
    const struct member **members = sorted_members(emitter, declaration->members, count);
    const struct hole name = HOLE("name", type->c_name);
    write_template(writer,
                   "static void\n"
                   "$name$_write_cbor(struct dsy_cbor_writer *writer, const void *value)\n"
                   "{\n"
                   "    $self$\n",
                   name,
                   HOLE("self", count == 0 ? TEXT("(void)value;")
                                           : text_format(emitter->arena, "const struct %.*s *self = value;",
                                                         TEXT_ARGUMENTS(type->c_name))));
    write_indent(writer);
    write_format(writer, "dsy_cbor_write_struct_begin(writer, %zu);\n", count);
    for (size_t index = 0; index < count; index++) {
        write_format(writer, "dsy_cbor_write_member(writer, %u);\n", members[index]->number);
        emit_write_cbor(emitter, writer, members[index]->type,
                        text_format(emitter->arena, "self->%.*s", TEXT_ARGUMENTS(members[index]->c_name)));
    }
    write_string(writer, "dsy_cbor_write_struct_end(writer);\n");
    write_outdent(writer);
    write_template(writer,
                   "}\n"
                   "\n"
                   "static void\n"
                   "$name$_read_cbor(struct dsy_cbor_reader *reader, void *value)\n"
                   "{\n"
                   "    struct $name$ *self = value;\n"
                   "    *self = ",
                   name);
    emit_zero(emitter, writer, type);
    write_string(writer, ";\n"
                         "    struct dsy_cbor_members members = dsy_cbor_struct_begin(reader);\n"
                         "    for (uint64_t number; dsy_cbor_struct_next(reader, &members, &number);) {\n");
    write_indent(writer);
    if (count > 0)
        write_string(writer, "    switch (number) {\n");
    for (size_t index = 0; index < count; index++) {
        write_format(writer, "    case %u:\n        ", members[index]->number);
        emit_read_cbor(emitter, writer, members[index]->type, "reader",
                       text_format(emitter->arena, "self->%.*s", TEXT_ARGUMENTS(members[index]->c_name)));
        write_string(writer, "        break;\n");
    }
    if (count > 0)
        write_string(writer, "    default: dsy_cbor_skip(reader); break; /* of another version */\n    }\n");
    else
        write_string(writer, "    dsy_cbor_skip(reader); /* of another version */\n");
    write_outdent(writer);
    write_string(writer, "    }\n}\n\n");
}

/* ---- unions ---- */

static void
emit_union(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    const struct union_declaration *declaration = type->declaration.variants;
    const struct hole name = HOLE("name", type->c_name);
    write_template(writer,
                   "static void\n"
                   "$name$_write_cbor(struct dsy_cbor_writer *writer, const void *value)\n"
                   "{\n"
                   "    const struct $name$ *self = value;\n"
                   "    dsy_cbor_write_struct_begin(writer, 1);\n"
                   "    switch (self->variant) {\n",
                   name);
    for (size_t index = 0; index < declaration->variant_count; index++) {
        const struct member *variant = &declaration->variants[index];
        write_template(writer, "    case $tag$:\n", HOLE("tag", variant_enumerator(emitter, declaration, index)));
        write_format(writer, "        dsy_cbor_write_member(writer, %u);\n        ", variant->number);
        if (variant->type->kind == TYPE_VOID)
            write_string(writer, "dsy_cbor_write_null(writer);\n");
        else
            emit_write_cbor(emitter, writer, variant->type,
                            text_format(emitter->arena, "self->as.%.*s", TEXT_ARGUMENTS(variant->c_name)));
        write_string(writer, "        break;\n");
    }
    write_template(writer,
                   "    }\n"
                   "    dsy_cbor_write_struct_end(writer);\n"
                   "}\n"
                   "\n"
                   "static void\n"
                   "$name$_read_cbor(struct dsy_cbor_reader *reader, void *value)\n"
                   "{\n"
                   "    struct $name$ *self = value;\n"
                   "    *self = ",
                   name);
    emit_zero(emitter, writer, type);
    write_string(writer, ";\n"
                         "    int count = 0;\n"
                         "    struct dsy_cbor_members members = dsy_cbor_struct_begin(reader);\n"
                         "    for (uint64_t number; dsy_cbor_struct_next(reader, &members, &number); count++) {\n"
                         "        switch (number) {\n");
    for (size_t index = 0; index < declaration->variant_count; index++) {
        const struct member *variant = &declaration->variants[index];
        write_format(writer, "        case %u:\n", variant->number);
        write_template(writer, "            self->variant = $tag$;\n            ",
                       HOLE("tag", variant_enumerator(emitter, declaration, index)));
        if (variant->type->kind == TYPE_VOID)
            write_string(writer, "dsy_cbor_skip(reader);\n");
        else
            emit_read_cbor(emitter, writer, variant->type, "reader",
                           text_format(emitter->arena, "self->as.%.*s", TEXT_ARGUMENTS(variant->c_name)));
        write_string(writer, "            break;\n");
    }
    write_template(writer,
                   "        default: dsy_cbor_expected(reader, \"a variant of $dsy$\"); break;\n"
                   "        }\n"
                   "    }\n"
                   "    if (!reader->failed && count != 1)\n"
                   "        dsy_cbor_expected(reader, \"one variant of $dsy$\");\n"
                   "}\n"
                   "\n",
                   HOLE("dsy", type->name));
}

/* ---- enums ---- */

static void
emit_enum(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    (void)emitter;
    const struct enum_declaration *declaration = type->declaration.enumeration;
    write_template(writer,
                   "static void\n"
                   "$name$_write_cbor(struct dsy_cbor_writer *writer, const void *value)\n"
                   "{\n"
                   "    dsy_int64_write_cbor(writer, (int64_t)*(const enum $name$ *)value);\n"
                   "}\n"
                   "\n"
                   "static void\n"
                   "$name$_read_cbor(struct dsy_cbor_reader *reader, void *value)\n"
                   "{\n"
                   "    enum $name$ *self = value;\n"
                   "    switch (dsy_int32_read_cbor(reader)) {\n",
                   HOLE("name", type->c_name));
    for (size_t index = 0; index < declaration->enumerator_count; index++)
        write_template(writer, "    case $name$: *self = $name$; break;\n",
                       HOLE("name", declaration->enumerators[index].c_name));
    write_template(writer,
                   "    default:\n"
                   "        *self = $first$;\n"
                   "        dsy_cbor_expected(reader, \"a value of $dsy$\");\n"
                   "        break;\n"
                   "    }\n"
                   "}\n"
                   "\n",
                   HOLE("first", declaration->enumerators[0].c_name), HOLE("dsy", type->name));
}

void
emit_cbor(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    if (type->kind == TYPE_ENUM)
        emit_enum(emitter, writer, type);
    else if (type->kind == TYPE_UNION)
        emit_union(emitter, writer, type);
    else
        emit_struct(emitter, writer, type);
}
