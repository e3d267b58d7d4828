/* Frame: which variables stand in the frame, and what pins a stored one to this code. See passes.h.
 *
 * A fingerprint is FNV-1a, 64 bits, of a text that lists what must be equal for stored bytes to be read by this code.
 * It is stored with every frame, so neither the text nor the hash may ever change:
 *
 *     dsy frame 1 LF
 *     routine QUALIFIED_NAME LF
 *     await IDENTITY LF            (a state; not for the start)
 *     result TYPE LF               (a state; of a select one for each source that is no `after`)
 *     variable NAME TYPE LF        (each live variable in order; parameters for the start)
 *
 * Declared types are written with their qualified names: their members evolve as messages do. */
#include "compiler/lower/passes.h"

static void add_type(struct text_builder *builder, const struct type *type);

static void
add_declared(struct text_builder *builder, const char *kind, struct text qualified_name)
{
    text_builder_add_string(builder, kind);
    text_builder_add(builder, qualified_name);
}

static void
add_generic(struct text_builder *builder, const char *name, const struct type *key, const struct type *element)
{
    text_builder_add_string(builder, name);
    text_builder_add_character(builder, '<');
    if (key != NULL) {
        add_type(builder, key);
        text_builder_add_character(builder, ',');
    }
    add_type(builder, element);
    text_builder_add_character(builder, '>');
}

static void
add_type(struct text_builder *builder, const struct type *type)
{
    switch (type->kind) {
    case TYPE_POISON: text_builder_add_string(builder, "poison"); return;
    case TYPE_VOID: text_builder_add_string(builder, "void"); return;
    case TYPE_NULL: text_builder_add_string(builder, "null"); return;
    case TYPE_BOOL: text_builder_add_string(builder, "bool"); return;
    case TYPE_INT8: text_builder_add_string(builder, "int8"); return;
    case TYPE_INT16: text_builder_add_string(builder, "int16"); return;
    case TYPE_INT32: text_builder_add_string(builder, "int32"); return;
    case TYPE_INT64: text_builder_add_string(builder, "int64"); return;
    case TYPE_UINT8: text_builder_add_string(builder, "uint8"); return;
    case TYPE_UINT16: text_builder_add_string(builder, "uint16"); return;
    case TYPE_UINT32: text_builder_add_string(builder, "uint32"); return;
    case TYPE_UINT64: text_builder_add_string(builder, "uint64"); return;
    case TYPE_DOUBLE: text_builder_add_string(builder, "double"); return;
    case TYPE_DECIMAL: text_builder_add_string(builder, "decimal"); return;
    case TYPE_STRING: text_builder_add_string(builder, "string"); return;
    case TYPE_BYTES: text_builder_add_string(builder, "bytes"); return;
    case TYPE_TIME: text_builder_add_string(builder, "time"); return;
    case TYPE_DURATION: text_builder_add_string(builder, "duration"); return;
    case TYPE_UUID: text_builder_add_string(builder, "uuid"); return;
    case TYPE_ANY_ERROR: text_builder_add_string(builder, "error"); return;
    case TYPE_ARRAY: add_generic(builder, "array", NULL, type->element); return;
    case TYPE_MAP: add_generic(builder, "map", type->key, type->element); return;
    case TYPE_OPTIONAL: add_generic(builder, "optional", NULL, type->element); return;
    case TYPE_TASK: add_generic(builder, "task", NULL, type->element); return;
    case TYPE_PROMISE: add_generic(builder, "promise", NULL, type->element); return;
    case TYPE_STRUCT: add_declared(builder, "struct ", type->declaration.structure->qualified_name); return;
    case TYPE_ERROR: add_declared(builder, "error ", type->declaration.structure->qualified_name); return;
    case TYPE_ENUM: add_declared(builder, "enum ", type->declaration.enumeration->qualified_name); return;
    case TYPE_UNION: add_declared(builder, "union ", type->declaration.variants->qualified_name); return;
    }
}

static void
add_variable(struct text_builder *builder, const struct variable *variable)
{
    text_builder_format(builder, "variable %.*s ", TEXT_ARGUMENTS(variable->c_name));
    add_type(builder, variable->type);
    text_builder_add_character(builder, '\n');
}

static uint64_t
fingerprint(struct text text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t index = 0; index < text.size_bytes; index++) {
        hash ^= (unsigned char)text.data[index];
        hash *= UINT64_C(0x100000001b3);
    }
    return hash;
}

static void
begin(struct text_builder *builder, struct arena *arena, const struct machine *machine)
{
    text_builder_initialise(builder, arena);
    text_builder_format(builder, "dsy frame 1\nroutine %.*s\n", TEXT_ARGUMENTS(machine->function->qualified_name));
}

static uint64_t
start_fingerprint(struct arena *arena, const struct machine *machine)
{
    struct text_builder builder;
    begin(&builder, arena, machine);
    for (size_t index = 0; index < machine->function->parameter_count; index++)
        add_variable(&builder, machine->function->parameters[index]);
    return fingerprint(text_builder_text(&builder));
}

static void
add_result(struct text_builder *builder, const struct type *type)
{
    text_builder_add_string(builder, "result ");
    add_type(builder, type);
    text_builder_add_character(builder, '\n');
}

static uint64_t
suspension_fingerprint(struct arena *arena, const struct machine *machine, const struct suspension *suspension)
{
    struct text_builder builder;
    begin(&builder, arena, machine);
    text_builder_format(&builder, "await %.*s\n", TEXT_ARGUMENTS(suspension->identity));
    if (suspension->kind != AWAIT_SELECT)
        add_result(&builder, suspension->result_type);
    for (size_t index = 0; index < suspension->source_count; index++) {
        if (suspension->sources[index].source != NULL)
            add_result(&builder, suspension->sources[index].result_type);
    }
    for (size_t index = 0; index < suspension->live_count; index++)
        add_variable(&builder, suspension->live[index]);
    return fingerprint(text_builder_text(&builder));
}

void
frame_lay_out(struct arena *arena, struct machine *machine)
{
    bool *is_saved = arena_new_array(arena, bool, machine->variable_count + 1);
    machine->start_fingerprint = start_fingerprint(arena, machine);
    for (size_t index = 0; index < machine->suspension_count; index++) {
        struct suspension *suspension = machine->suspensions[index];
        for (size_t position = 0; position < suspension->live_count; position++)
            is_saved[suspension->live[position]->index] = true;
        suspension->fingerprint = suspension_fingerprint(arena, machine, suspension);
    }
    machine->is_saved = is_saved;
}
