/* Constants: literals, zero values, and whole constants without a run, for defaults. See emitter.h.
 *
 * A constant array is static read-only data with its hidden header, marked as shared, so that nobody ever writes
 * to it; a boxed optional points to static read-only data. */
#include "compiler/emit/emitter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- literals ---- */

static void
emit_double(struct writer *writer, double value)
{
    if (isnan(value)) {
        write_string(writer, "__builtin_nan(\"\")");
        return;
    }
    if (isinf(value)) {
        write_string(writer, value > 0 ? "__builtin_inf()" : "(-__builtin_inf())");
        return;
    }
    char buffer[40];
    int digits = 15;
    do /* the shortest text that reads back as the same value */
        snprintf(buffer, sizeof buffer, "%.*g", digits, value);
    while (digits++ < 17 && strtod(buffer, NULL) != value);
    write_string(writer, buffer);
    if (strpbrk(buffer, ".en") == NULL)
        write_string(writer, ".0");
}

/* The coefficient and exponent of canonical text such as "-19.99" or "1E+3". */
struct decimal_parts {
    bool is_negative;
    unsigned __int128 coefficient;
    int exponent;
};

static struct decimal_parts
split_decimal(struct text text)
{
    struct decimal_parts parts = { 0 };
    bool is_fraction = false;
    for (size_t index = 0; index < text.size_bytes; index++) {
        char character = text.data[index];
        if (character == '-') {
            parts.is_negative = true;
        } else if (character == '.') {
            is_fraction = true;
        } else if (character == 'E' || character == 'e') {
            char exponent[16];
            snprintf(exponent, sizeof exponent, "%.*s", (int)(text.size_bytes - index - 1), text.data + index + 1);
            parts.exponent += atoi(exponent);
            break;
        } else if (character >= '0' && character <= '9') {
            parts.coefficient = parts.coefficient * 10 + (unsigned)(character - '0');
            parts.exponent -= is_fraction ? 1 : 0;
        }
    }
    if (parts.coefficient == 0)
        parts.is_negative = false; /* a zero has no sign */
    return parts;
}

static void
emit_decimal(struct writer *writer, struct text text)
{
    struct decimal_parts parts = split_decimal(text);
    write_format(writer, "DSY_DECIMAL(%d, 0x%llx, 0x%llx, %d)", parts.is_negative ? 1 : 0,
                 (unsigned long long)(parts.coefficient >> 64), (unsigned long long)parts.coefficient, parts.exponent);
}

/* A duration with its reading, where it has a short one: 259200000000000 is 3d. */
static void
emit_duration(struct writer *writer, int64_t value)
{
    struct duration_reading reading = duration_read(value);
    write_format(writer, "%lld", (long long)value);
    if (value != 0 && strcmp(reading.unit, "ns") != 0)
        write_format(writer, " /* %lld%s */", (long long)reading.count, reading.unit);
}

static void
emit_uuid(struct writer *writer, struct text octets)
{
    write_string(writer, "{ { ");
    for (size_t index = 0; index < octets.size_bytes; index++)
        write_format(writer, "%s0x%02x", index > 0 ? ", " : "", (unsigned char)octets.data[index]);
    write_string(writer, " } }");
}

/* is_initialiser: as the initialiser of static data, where C takes no compound literal. */
static void
write_literal(struct writer *writer, const struct expression *literal, bool is_initialiser)
{
    int64_t integer = literal->as.literal.integer;
    switch (literal->type->kind) {
    case TYPE_BOOL: write_string(writer, literal->as.literal.boolean ? "true" : "false"); break;
    case TYPE_INT8:
    case TYPE_INT16:
    case TYPE_INT32:
    case TYPE_INT64:
    case TYPE_TIME:
        if (integer == INT64_MIN)
            write_string(writer, "INT64_MIN");
        else
            write_format(writer, integer < 0 ? "(%lld)" : "%lld", (long long)integer);
        break;
    case TYPE_DURATION:
        if (integer == INT64_MIN)
            write_string(writer, "INT64_MIN");
        else if (integer < 0)
            write_format(writer, "(%lld)", (long long)integer);
        else
            emit_duration(writer, integer);
        break;
    case TYPE_UINT8:
    case TYPE_UINT16:
    case TYPE_UINT32:
    case TYPE_UINT64: {
        uint64_t natural = literal->as.literal.natural;
        write_format(writer, natural > INT32_MAX ? "%lluu" : "%llu", (unsigned long long)natural);
        break;
    }
    case TYPE_DOUBLE: emit_double(writer, literal->as.literal.real); break;
    case TYPE_DECIMAL:
        write_string(writer, is_initialiser ? "" : "(dsy_decimal)");
        emit_decimal(writer, literal->as.literal.text);
        break;
    case TYPE_STRING:
        write_string(writer, is_initialiser ? "DSY_STRING_INIT(" : "DSY_STRING(");
        write_c_string(writer, literal->as.literal.text);
        write_string(writer, ")");
        break;
    case TYPE_BYTES:
        write_string(writer, is_initialiser ? "{ .data = (const uint8_t *)" : "DSY_BYTES(");
        write_c_string(writer, literal->as.literal.text);
        if (is_initialiser)
            write_format(writer, ", .size_bytes = %zu }", literal->as.literal.text.size_bytes);
        else
            write_string(writer, ")");
        break;
    case TYPE_UUID:
        write_string(writer, is_initialiser ? "" : "(dsy_uuid)");
        emit_uuid(writer, literal->as.literal.text);
        break;
    case TYPE_POISON:
    case TYPE_VOID:
    case TYPE_NULL:
    case TYPE_ARRAY:
    case TYPE_MAP:
    case TYPE_OPTIONAL:
    case TYPE_STRUCT:
    case TYPE_ENUM:
    case TYPE_UNION:
    case TYPE_ERROR:
    case TYPE_ANY_ERROR:
    case TYPE_TASK:
    case TYPE_PROMISE: write_string(writer, "0"); break;
    }
}

void
emit_literal(struct writer *writer, const struct expression *literal)
{
    write_literal(writer, literal, false);
}

void
emit_zero(const struct emitter *emitter, struct writer *writer, const struct type *type)
{
    if (type->kind == TYPE_BOOL) {
        write_string(writer, "false");
    } else if (type_is_c_integer(type)) {
        write_string(writer, "0");
    } else if (type->kind == TYPE_DOUBLE) {
        write_string(writer, "0.0");
    } else if (type->kind == TYPE_ENUM) {
        write_text(writer, type->declaration.enumeration->enumerators[0].c_name);
    } else if (type->has_default) {
        write_text(writer, type_stem(emitter, type));
        write_string(writer, "_default()");
    } else {
        write_format(writer, "(%.*s){ 0 }", TEXT_ARGUMENTS(type_spelling(emitter, type)));
    }
}

/* ---- constants ---- */

static struct text constant_text(struct emitter *emitter, struct writer *writer, const struct expression *constant,
                                 bool is_initialiser);

/* "(struct Order)" before the braces of a compound literal; nothing in an initialiser. */
static struct text
literal_cast(struct emitter *emitter, const struct type *type, bool is_initialiser)
{
    if (is_initialiser)
        return TEXT("");
    return text_format(emitter->arena, "(%.*s)", TEXT_ARGUMENTS(type_spelling(emitter, type)));
}

static struct text
literal_text(struct emitter *emitter, const struct expression *literal, bool is_initialiser)
{
    struct writer piece;
    writer_initialise(&piece, emitter->arena, NULL, (struct text){ 0 }, 0);
    write_literal(&piece, literal, is_initialiser);
    return text_builder_text(&piece.builder);
}

/* The zero value of a type, its defaults written out. */
static struct text
constant_zero(struct emitter *emitter, struct writer *writer, const struct type *type, bool is_initialiser)
{
    struct arena *arena = emitter->arena;
    if (type->kind == TYPE_BOOL)
        return TEXT("false");
    if (type_is_c_integer(type))
        return TEXT("0");
    if (type->kind == TYPE_DOUBLE)
        return TEXT("0.0");
    if (type->kind == TYPE_ENUM)
        return type->declaration.enumeration->enumerators[0].c_name;
    struct text cast = literal_cast(emitter, type, is_initialiser);
    if (!type->has_default)
        return text_format(arena, "%.*s{ 0 }", TEXT_ARGUMENTS(cast));

    struct text_builder builder;
    text_builder_initialise(&builder, arena);
    text_builder_add(&builder, cast);
    text_builder_add(&builder, TEXT("{ "));
    if (type->kind == TYPE_UNION) {
        const struct member *first = &type->declaration.variants->variants[0];
        struct text value = constant_zero(emitter, writer, first->type, is_initialiser);
        text_builder_format(&builder, ".as.%.*s = %.*s", TEXT_ARGUMENTS(first->c_name), TEXT_ARGUMENTS(value));
    } else {
        const struct struct_declaration *declaration = type->declaration.structure;
        bool is_first = true;
        for (size_t index = 0; index < declaration->member_count; index++) {
            const struct member *member = &declaration->members[index];
            if (member->default_value == NULL && !member->type->has_default)
                continue;
            struct text value = member->default_value != NULL
                                    ? constant_text(emitter, writer, member->default_value, is_initialiser)
                                    : constant_zero(emitter, writer, member->type, is_initialiser);
            text_builder_format(&builder, "%s.%.*s = %.*s", is_first ? "" : ", ", TEXT_ARGUMENTS(member->c_name),
                                TEXT_ARGUMENTS(value));
            is_first = false;
        }
    }
    text_builder_add(&builder, TEXT(" }"));
    return text_builder_text(&builder);
}

static struct text
constant_array(struct emitter *emitter, struct writer *writer, const struct expression *constant, bool is_initialiser)
{
    size_t count = constant->argument_count;
    struct text cast = literal_cast(emitter, constant->type, is_initialiser);
    if (count == 0)
        return text_format(emitter->arena, "%.*s{ 0 }", TEXT_ARGUMENTS(cast));
    struct text *items = arena_new_array(emitter->arena, struct text, count);
    for (size_t index = 0; index < count; index++)
        items[index] = constant_text(emitter, writer, constant->arguments[index], true);
    uint32_t number = ++emitter->constant_count;
    struct text element = type_spelling(emitter, constant->type->element);
    write_format(writer,
                 "static const struct {\n    struct dsy_block block;\n    %.*s items[%zu];\n} constant_%u = {\n",
                 TEXT_ARGUMENTS(element), count, number);
    write_format(writer, "    { .capacity = %zu, .shared = true },\n    {\n", count);
    for (size_t index = 0; index < count; index++) {
        write_string(writer, "        ");
        write_text(writer, items[index]);
        write_string(writer, ",\n");
    }
    write_string(writer, "    },\n};\n");
    return text_format(emitter->arena, "%.*s{ .items = (%.*s *)(uintptr_t)constant_%u.items, .length = %zu }",
                       TEXT_ARGUMENTS(cast), TEXT_ARGUMENTS(element), number, count);
}

/* A map as dsy/map.h has small ones: entries without an index, searched from the first. */
static struct text
constant_map(struct emitter *emitter, struct writer *writer, const struct expression *constant, bool is_initialiser)
{
    size_t count = constant->argument_count / 2;
    struct text cast = literal_cast(emitter, constant->type, is_initialiser);
    if (count == 0)
        return text_format(emitter->arena, "%.*s{ 0 }", TEXT_ARGUMENTS(cast));
    struct text *items = arena_new_array(emitter->arena, struct text, count * 2);
    for (size_t index = 0; index < count * 2; index++)
        items[index] = constant_text(emitter, writer, constant->arguments[index], true);
    uint32_t number = ++emitter->constant_count;
    write_format(writer, "static const struct %.*s_entry entries_%u[] = {\n", TEXT_ARGUMENTS(constant->type->c_name),
                 number);
    for (size_t index = 0; index < count; index++) {
        write_string(writer, "    { ");
        write_text(writer, items[2 * index]);
        write_string(writer, ", ");
        write_text(writer, items[2 * index + 1]);
        write_string(writer, " },\n");
    }
    write_format(writer,
                 "};\nstatic const struct dsy_map constant_%u = {\n"
                 "    .length = %zu, .used = %zu, .capacity = %zu, .shared = true,\n"
                 "    .entries = (uint8_t *)(uintptr_t)entries_%u,\n};\n",
                 number, count, count, count, number);
    return text_format(emitter->arena, "%.*s{ .map = (struct dsy_map *)(uintptr_t)&constant_%u }", TEXT_ARGUMENTS(cast),
                       number);
}

static struct text
constant_some(struct emitter *emitter, struct writer *writer, const struct expression *constant, bool is_initialiser)
{
    struct text cast = literal_cast(emitter, constant->type, is_initialiser);
    bool is_boxed = type_is_boxed_optional(constant->type);
    struct text value = constant_text(emitter, writer, constant->operand, is_initialiser || is_boxed);
    if (!is_boxed)
        return text_format(emitter->arena, "%.*s{ .has = true, .value = %.*s }", TEXT_ARGUMENTS(cast),
                           TEXT_ARGUMENTS(value));
    uint32_t number = ++emitter->constant_count;
    struct text element = type_spelling(emitter, constant->type->element);
    write_format(writer, "static const %.*s constant_%u = ", TEXT_ARGUMENTS(element), number);
    write_text(writer, value);
    write_string(writer, ";\n");
    return text_format(emitter->arena, "%.*s{ .value = &constant_%u }", TEXT_ARGUMENTS(cast), number);
}

static struct text
constant_struct(struct emitter *emitter, struct writer *writer, const struct expression *constant, bool is_initialiser)
{
    struct text_builder builder;
    text_builder_initialise(&builder, emitter->arena);
    text_builder_add(&builder, literal_cast(emitter, constant->type, is_initialiser));
    text_builder_add_string(&builder, constant->argument_count == 0 ? "{ 0" : "{ ");
    for (size_t index = 0; index < constant->argument_count; index++) {
        const struct member *member = &constant->type->declaration.structure->members[index];
        struct text value = constant_text(emitter, writer, constant->arguments[index], is_initialiser);
        text_builder_format(&builder, "%s.%.*s = %.*s", index > 0 ? ", " : "", TEXT_ARGUMENTS(member->c_name),
                            TEXT_ARGUMENTS(value));
    }
    text_builder_add(&builder, TEXT(" }"));
    return text_builder_text(&builder);
}

static struct text
constant_union(struct emitter *emitter, struct writer *writer, const struct expression *constant, bool is_initialiser)
{
    const struct union_declaration *declaration = constant->type->declaration.variants;
    const struct member *variant = &declaration->variants[constant->as.variant];
    struct text cast = literal_cast(emitter, constant->type, is_initialiser);
    struct text tag = variant_enumerator(emitter, declaration, constant->as.variant);
    if (constant->operand == NULL)
        return text_format(emitter->arena, "%.*s{ .variant = %.*s }", TEXT_ARGUMENTS(cast), TEXT_ARGUMENTS(tag));
    struct text value = constant_text(emitter, writer, constant->operand, is_initialiser);
    return text_format(emitter->arena, "%.*s{ .variant = %.*s, .as.%.*s = %.*s }", TEXT_ARGUMENTS(cast),
                       TEXT_ARGUMENTS(tag), TEXT_ARGUMENTS(variant->c_name), TEXT_ARGUMENTS(value));
}

static struct text
constant_text(struct emitter *emitter, struct writer *writer, const struct expression *constant, bool is_initialiser)
{
    switch (constant->kind) {
    case EXPRESSION_ENUMERATOR: return constant->as.enumerator->c_name;
    case EXPRESSION_ARRAY: return constant_array(emitter, writer, constant, is_initialiser);
    case EXPRESSION_MAP: return constant_map(emitter, writer, constant, is_initialiser);
    case EXPRESSION_SOME: return constant_some(emitter, writer, constant, is_initialiser);
    case EXPRESSION_STRUCT: return constant_struct(emitter, writer, constant, is_initialiser);
    case EXPRESSION_UNION: return constant_union(emitter, writer, constant, is_initialiser);
    case EXPRESSION_LITERAL: return literal_text(emitter, constant, is_initialiser);
    case EXPRESSION_NULL:
    case EXPRESSION_ZERO:
    /* check/ folds everything else away. */
    case EXPRESSION_VARIABLE:
    case EXPRESSION_CONFIG:
    case EXPRESSION_MEMBER:
    case EXPRESSION_INDEX:
    case EXPRESSION_UNARY:
    case EXPRESSION_BINARY:
    case EXPRESSION_LOGICAL_AND:
    case EXPRESSION_LOGICAL_OR:
    case EXPRESSION_CONDITIONAL:
    case EXPRESSION_COALESCE:
    case EXPRESSION_UNWRAP:
    case EXPRESSION_NARROW:
    case EXPRESSION_OPTIONAL_CHAIN:
    case EXPRESSION_CONVERT:
    case EXPRESSION_INTERPOLATE:
    case EXPRESSION_CALL:
    case EXPRESSION_METHOD:
    case EXPRESSION_AWAIT:
    case EXPRESSION_NOW:
    case EXPRESSION_KEY:
    case EXPRESSION_PROMISE:
    case EXPRESSION_REJECT:
    case EXPRESSION_RESOLVE:
    case EXPRESSION_START:
    case EXPRESSION_STATE:
    case EXPRESSION_INVOCATION_ID:
    case EXPRESSION_VARIANT:
    case EXPRESSION_INDEX_KNOWN: break;
    }
    return constant_zero(emitter, writer, constant->type, is_initialiser);
}

struct text
emit_constant(struct emitter *emitter, struct writer *writer, const struct expression *constant)
{
    return constant_text(emitter, writer, constant, false);
}
