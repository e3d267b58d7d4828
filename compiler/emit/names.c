/* Names: how types and errors are spelled in C, and questions about types. See emitter.h.
 * check/ has made every declaration's c_name safe and unique; here they are only put together. */
#include "compiler/base/map.h"
#include "compiler/emit/emitter.h"

struct scalar_names {
    enum type_kind kind;
    const char *spelling, *stem, *descriptor;
};

static const struct scalar_names scalars[] = {
    { TYPE_BOOL, "bool", "dsy_bool", "dsy_type_bool" },
    { TYPE_INT8, "int8_t", "dsy_int8", "dsy_type_int8" },
    { TYPE_INT16, "int16_t", "dsy_int16", "dsy_type_int16" },
    { TYPE_INT32, "int32_t", "dsy_int32", "dsy_type_int32" },
    { TYPE_INT64, "int64_t", "dsy_int64", "dsy_type_int64" },
    { TYPE_UINT8, "uint8_t", "dsy_uint8", "dsy_type_uint8" },
    { TYPE_UINT16, "uint16_t", "dsy_uint16", "dsy_type_uint16" },
    { TYPE_UINT32, "uint32_t", "dsy_uint32", "dsy_type_uint32" },
    { TYPE_UINT64, "uint64_t", "dsy_uint64", "dsy_type_uint64" },
    { TYPE_DOUBLE, "double", "dsy_double", "dsy_type_double" },
    { TYPE_DECIMAL, "dsy_decimal", "dsy_decimal", "dsy_type_decimal" },
    { TYPE_STRING, "dsy_string", "dsy_string", "dsy_type_string" },
    { TYPE_BYTES, "dsy_bytes", "dsy_bytes", "dsy_type_bytes" },
    { TYPE_TIME, "int64_t", "dsy_time", "dsy_type_time" },
    { TYPE_DURATION, "int64_t", "dsy_duration", "dsy_type_duration" },
    { TYPE_UUID, "dsy_uuid", "dsy_uuid", "dsy_type_uuid" },
    { TYPE_TASK, "dsy_uuid", "dsy_uuid", NULL }, /* the descriptor is one for each type */
    { TYPE_PROMISE, "dsy_uuid", "dsy_uuid", NULL },
    { TYPE_ANY_ERROR, "struct dsy_error_value", "dsy_error", "dsy_type_error" },
};

bool
type_is_handle(const struct type *type)
{
    return type->kind == TYPE_TASK || type->kind == TYPE_PROMISE;
}

bool
type_is_scalar(const struct type *type)
{
    return (type->kind >= TYPE_BOOL && type->kind <= TYPE_UUID) || type_is_handle(type);
}

bool
type_is_c_integer(const struct type *type)
{
    return type_is_integer(type) || type->kind == TYPE_TIME || type->kind == TYPE_DURATION;
}

bool
type_is_built_in_error(const struct type *type)
{
    return type->kind == TYPE_ERROR && type->declaration.structure->is_built_in;
}

bool
type_is_generated(const struct type *type)
{
    switch (type->kind) {
    case TYPE_ARRAY:
    case TYPE_MAP:
    case TYPE_OPTIONAL:
    case TYPE_STRUCT:
    case TYPE_ENUM:
    case TYPE_UNION: return true;
    case TYPE_ERROR: return !type->declaration.structure->is_built_in;
    case TYPE_POISON:
    case TYPE_VOID:
    case TYPE_NULL:
    case TYPE_BOOL:
    case TYPE_INT8:
    case TYPE_INT16:
    case TYPE_INT32:
    case TYPE_INT64:
    case TYPE_UINT8:
    case TYPE_UINT16:
    case TYPE_UINT32:
    case TYPE_UINT64:
    case TYPE_DOUBLE:
    case TYPE_DECIMAL:
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_TIME:
    case TYPE_DURATION:
    case TYPE_UUID:
    case TYPE_ANY_ERROR:
    case TYPE_TASK:
    case TYPE_PROMISE: return false;
    }
    return false;
}

bool
type_is_boxed_optional(const struct type *type)
{
    return type->kind == TYPE_OPTIONAL && type_is_boxed_in_optional(type->element) &&
           !type_is_built_in_error(type->element);
}

static struct type_names
make_names(struct arena *arena, const struct type *type)
{
    struct type_names names = { .type = type };
    enum type_kind kind = type_is_built_in_error(type) ? TYPE_ANY_ERROR : type->kind;
    for (size_t index = 0; index < sizeof scalars / sizeof scalars[0]; index++) {
        if (scalars[index].kind == kind) {
            names.spelling = text_from_string(scalars[index].spelling);
            names.stem = text_from_string(scalars[index].stem);
            names.descriptor = scalars[index].descriptor != NULL
                                   ? text_from_string(scalars[index].descriptor)
                                   : text_format(arena, "%.*s_type", TEXT_ARGUMENTS(type->c_name));
            return names;
        }
    }
    if (!type_is_generated(type)) {
        names.spelling = names.stem = TEXT("void");
        names.descriptor = TEXT("NULL");
        return names;
    }
    const char *keyword = kind == TYPE_ENUM ? "enum" : "struct";
    names.spelling = text_format(arena, "%s %.*s", keyword, TEXT_ARGUMENTS(type->c_name));
    names.stem = type->c_name;
    names.descriptor = text_format(arena, "%.*s_type", TEXT_ARGUMENTS(type->c_name));
    return names;
}

/* The table's entry, or one made for a type that only the printers' own trees mention. */
static struct type_names
type_names(const struct emitter *emitter, const struct type *type)
{
    if (type->index < emitter->program->type_count && emitter->types[type->index].type == type)
        return emitter->types[type->index];
    return make_names(emitter->arena, type);
}

bool
type_is_shared(const struct emitter *emitter, const struct type *type)
{
    if (!type->holds_blocks)
        return false;
    return type->kind == TYPE_ARRAY || type->kind == TYPE_MAP || type_names(emitter, type).is_shared;
}

/* Types come after those they hold by value, so that those are known. */
static bool
holds_shared(const struct emitter *emitter, const struct type *type)
{
    if (type->kind == TYPE_ARRAY || type->kind == TYPE_MAP)
        return true;
    if (type->kind == TYPE_OPTIONAL)
        return !type_is_boxed_optional(type) && type_is_shared(emitter, type->element);
    if (type->kind == TYPE_STRUCT || type->kind == TYPE_ERROR) {
        const struct struct_declaration *declaration = type->declaration.structure;
        for (size_t index = 0; index < declaration->member_count; index++) {
            if (type_is_shared(emitter, declaration->members[index].type))
                return true;
        }
    }
    if (type->kind == TYPE_UNION) {
        const struct union_declaration *declaration = type->declaration.variants;
        for (size_t index = 0; index < declaration->variant_count; index++) {
            if (type_is_shared(emitter, declaration->variants[index].type))
                return true;
        }
    }
    return false;
}

bool
type_holds_handles(const struct emitter *emitter, const struct type *type)
{
    return type_is_handle(type) || type_names(emitter, type).holds_handles;
}

/* Which types hold a type: lists one behind the other. */
struct holders {
    uint32_t *begins; /* by type.index; one more at the end */
    const struct type **types;
};

/* Call `visit` for each part of a type: element, members, variants. */
static void
visit_parts(struct holders *holders, const struct type *type,
            void (*visit)(struct holders *holders, const struct type *type, const struct type *part))
{
    const struct member *members = NULL;
    size_t count = 0;
    if (type->kind == TYPE_ARRAY || type->kind == TYPE_MAP || type->kind == TYPE_OPTIONAL) {
        visit(holders, type, type->element);
    } else if (type->kind == TYPE_STRUCT || (type->kind == TYPE_ERROR && !type_is_built_in_error(type))) {
        members = type->declaration.structure->members;
        count = type->declaration.structure->member_count;
    } else if (type->kind == TYPE_UNION) {
        members = type->declaration.variants->variants;
        count = type->declaration.variants->variant_count;
    }
    for (size_t index = 0; index < count; index++)
        visit(holders, type, members[index].type);
}

static void
count_holder(struct holders *holders, const struct type *type, const struct type *part)
{
    (void)type;
    holders->begins[part->index + 1]++;
}

/* Fills from the end of each list down to its begin. */
static void
store_holder(struct holders *holders, const struct type *type, const struct type *part)
{
    holders->types[--holders->begins[part->index + 1]] = type;
}

static struct holders
collect_holders(const struct emitter *emitter)
{
    const struct program *program = emitter->program;
    size_t count = program->type_count;
    struct holders holders = { .begins = arena_new_array(emitter->arena, uint32_t, count + 2) };
    for (size_t index = 0; index < count; index++)
        visit_parts(&holders, program->types[index], count_holder);
    for (size_t index = 0; index < count; index++)
        holders.begins[index + 1] += holders.begins[index];
    uint32_t total = holders.begins[count];
    holders.types = arena_new_array(emitter->arena, const struct type *, total + 1);
    for (size_t index = 0; index < count; index++)
        visit_parts(&holders, program->types[index], store_holder);
    for (size_t index = 0; index < count; index++) /* each list's end has become its begin */
        holders.begins[index] = holders.begins[index + 1];
    holders.begins[count] = total;
    return holders;
}

/* From the handles outwards: what holds one, what holds that, and so on. Mostly there are none at all. */
static void
find_handles(struct emitter *emitter)
{
    const struct program *program = emitter->program;
    const struct type **pending = arena_new_array(emitter->arena, const struct type *, program->type_count + 1);
    size_t pending_count = 0;
    for (size_t index = 0; index < program->type_count; index++) {
        if (type_is_handle(program->types[index]))
            pending[pending_count++] = program->types[index];
    }
    if (pending_count == 0)
        return;
    struct holders holders = collect_holders(emitter);
    while (pending_count > 0) {
        const struct type *part = pending[--pending_count];
        for (uint32_t place = holders.begins[part->index]; place < holders.begins[part->index + 1]; place++) {
            struct type_names *names = &emitter->types[holders.types[place]->index];
            if (names->holds_handles)
                continue;
            names->holds_handles = true;
            pending[pending_count++] = holders.types[place];
        }
    }
}

struct text
source_of(const struct emitter *emitter, struct span span)
{
    if (emitter->sources == NULL || span.begin == 0 || span.end <= span.begin)
        return (struct text){ NULL, 0 };
    return sources_text(emitter->sources, span);
}

struct text
type_spelling(const struct emitter *emitter, const struct type *type)
{
    return type_names(emitter, type).spelling;
}

struct text
type_descriptor(const struct emitter *emitter, const struct type *type)
{
    return type_names(emitter, type).descriptor;
}

struct text
type_stem(const struct emitter *emitter, const struct type *type)
{
    return type_names(emitter, type).stem;
}

/* "DivideByZero" → "divide_by_zero": libdsy's own spelling. */
static struct text
snake_case(struct arena *arena, struct text name)
{
    struct text_builder builder;
    text_builder_initialise(&builder, arena);
    for (size_t index = 0; index < name.size_bytes; index++) {
        char character = name.data[index];
        bool is_capital = character >= 'A' && character <= 'Z';
        if (is_capital && index > 0)
            text_builder_add_character(&builder, '_');
        text_builder_add_character(&builder, is_capital ? (char)(character - 'A' + 'a') : character);
    }
    return text_builder_text(&builder);
}

struct text
error_descriptor(const struct emitter *emitter, const struct struct_declaration *declaration)
{
    if (!declaration->is_built_in)
        return text_format(emitter->arena, "%.*s_error", TEXT_ARGUMENTS(declaration->c_name));
    struct text name = snake_case(emitter->arena, declaration->name);
    return text_format(emitter->arena, "dsy_error_%.*s", TEXT_ARGUMENTS(name));
}

struct text
error_name(const struct emitter *emitter, const struct struct_declaration *declaration)
{
    const struct text *name = map_get(&emitter->error_name_of, declaration->qualified_name);
    return name != NULL ? *name : declaration->name;
}

struct text
variant_enumerator(const struct emitter *emitter, const struct union_declaration *declaration, size_t index)
{
    return text_format(emitter->arena, "%.*s_%.*s", TEXT_ARGUMENTS(declaration->c_name),
                       TEXT_ARGUMENTS(declaration->variants[index].name));
}

/* An error is known outside by its name; of two modules' errors with the same name the later one by its
 * qualified name. */
static void
collect_errors(struct emitter *emitter)
{
    const struct program *program = emitter->program;
    map_initialise(&emitter->error_name_of, emitter->arena);
    emitter->errors = arena_new_array(emitter->arena, const struct struct_declaration *, program->structure_count + 1);
    emitter->error_names = arena_new_array(emitter->arena, struct text, program->structure_count + 1);
    struct map names;
    map_initialise(&names, emitter->arena);
    for (size_t index = 0; index < program->structure_count; index++) {
        const struct struct_declaration *declaration = program->structures[index];
        if (declaration->kind != STRUCTURE_ERROR || declaration->is_built_in)
            continue;
        bool is_taken = map_put(&names, declaration->name, (void *)(uintptr_t)declaration) != NULL;
        emitter->errors[emitter->error_count] = declaration;
        emitter->error_names[emitter->error_count] = is_taken ? declaration->qualified_name : declaration->name;
        map_put(&emitter->error_name_of, declaration->qualified_name, &emitter->error_names[emitter->error_count]);
        emitter->error_count++;
    }
}

/* ---- pure functions ---- */

/* What stands behind the name of a type, routine, step, service or interface in the names of printed functions. */
static const char *const suffixes[] = {
    "_type",
    "_map_type",
    "_write_cbor",
    "_read_cbor",
    "_write_json",
    "_read_json",
    "_equal",
    "_compare",
    "_hash",
    "_text",
    "_parse",
    "_share",
    "_shared",
    "_zero",
    "_default",
    "_name",
    "_error",
    "_throw",
    "_run",
    "_routine",
    "_suspensions",
    "_write_frame",
    "_read_frame",
    "_show_frame",
    "_execute",
    "_step",
    "_read_arguments",
    "_default_config",
    "_configs",
    "_service",
    "_routines",
    "_uses",
    "_implementations",
    "_interface",
    "_methods",
    "_read_json_member",
    "_place",
    "_position",
    "_write_json_members",
    "_visit_handles",
    "_event",
    "_subscriptions",
    "_schedules",
    "_answer",
    "_answer_throw",
};

static void
collect_stems(struct emitter *emitter, struct map *stems)
{
    const struct program *program = emitter->program;
    map_initialise(stems, emitter->arena);
    for (size_t index = 0; index < program->type_count; index++) {
        if (type_is_generated(program->types[index]) || type_is_handle(program->types[index]))
            map_put(stems, program->types[index]->c_name, emitter);
    }
    for (size_t index = 0; index < program->function_count; index++) {
        if (program->functions[index]->colour == COLOUR_ROUTINE || program->functions[index]->colour == COLOUR_STEP)
            map_put(stems, program->functions[index]->c_name, emitter);
    }
    for (size_t index = 0; index < program->service_count; index++)
        map_put(stems, program->services[index]->c_name, emitter);
    for (size_t index = 0; index < program->interface_count; index++)
        map_put(stems, program->interfaces[index]->c_name, emitter);
}

static bool
is_printed_name(const struct map *stems, struct text name)
{
    for (size_t index = 0; index < sizeof suffixes / sizeof suffixes[0]; index++) {
        struct text suffix = text_from_string(suffixes[index]);
        if (name.size_bytes <= suffix.size_bytes)
            continue;
        struct text stem = { name.data, name.size_bytes - suffix.size_bytes };
        if (memcmp(stem.data + stem.size_bytes, suffix.data, suffix.size_bytes) == 0 && map_get(stems, stem) != NULL)
            return true;
    }
    return false;
}

bool
function_is_of_library(const struct emitter *emitter, const struct function *function)
{
    /* The library's own C is written against the header of the module itself. */
    return text_starts_with(function->qualified_name, TEXT("std.")) &&
           !text_starts_with(emitter->program->module, TEXT("std."));
}

struct text
function_symbol(const struct emitter *emitter, const struct function *function)
{
    if (text_starts_with(function->qualified_name, TEXT("std.")))
        return function->qualified_name;
    if (text_starts_with(emitter->program->module, TEXT("std.")))
        return text_format(emitter->arena, "%.*s.%.*s", TEXT_ARGUMENTS(emitter->program->module),
                           TEXT_ARGUMENTS(function->qualified_name));
    return function->c_name;
}

/* A step may be called as another one's answer would be. */
static void
name_answers(struct emitter *emitter)
{
    const struct program *program = emitter->program;
    struct map taken;
    map_initialise(&taken, emitter->arena);
    for (size_t index = 0; index < program->function_count; index++)
        map_put(&taken, emitter->functions[index].c_name, emitter);
    for (size_t index = 0; index < program->function_count; index++) {
        if (program->functions[index]->colour != COLOUR_STEP)
            continue;
        struct text name =
            text_format(emitter->arena, "%.*s_answer", TEXT_ARGUMENTS(program->functions[index]->c_name));
        while (map_put(&taken, name, emitter) != NULL)
            name = text_format(emitter->arena, "%.*s_", TEXT_ARGUMENTS(name));
        emitter->functions[index].answer_name = name;
    }
}

/* A pure function is static: it may give way to what is printed for a type or a routine, as `Order_equal` does. */
void
names_of_functions(struct emitter *emitter)
{
    struct map stems;
    collect_stems(emitter, &stems);
    for (size_t index = 0; index < emitter->program->function_count; index++) {
        const struct function *function = emitter->program->functions[index];
        struct text name = function->c_name;
        if (function->colour == COLOUR_PURE && is_printed_name(&stems, name))
            name = text_format(emitter->arena, "%.*s_", TEXT_ARGUMENTS(name));
        emitter->functions[index].c_name = name;
    }
    name_answers(emitter);
}

/* ---- all ---- */

void
names_initialise(struct emitter *emitter)
{
    const struct program *program = emitter->program;
    emitter->types = arena_new_array(emitter->arena, struct type_names, program->type_count + 1);
    emitter->optional_of = arena_new_array(emitter->arena, const struct type *, program->type_count + 1);
    emitter->array_of = arena_new_array(emitter->arena, const struct type *, program->type_count + 1);
    for (size_t index = 0; index < program->type_count; index++) {
        const struct type *type = program->types[index];
        emitter->types[type->index] = make_names(emitter->arena, type);
        emitter->types[type->index].is_shared = holds_shared(emitter, type);
        if (type->kind == TYPE_OPTIONAL)
            emitter->optional_of[type->element->index] = type;
        if (type->kind == TYPE_ARRAY)
            emitter->array_of[type->element->index] = type;
    }
    find_handles(emitter);
    collect_errors(emitter);
}
