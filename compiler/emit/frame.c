/* Frames: the saved variables of a routine: their struct, what is written and read at each state, the same as JSON
 * for people, and the arguments from outside. See emitter.h and dsy/generated.h.
 * Only what is live at a state is written there; state 0 is the start with the arguments. */
#include "compiler/emit/emitter.h"

/* Does the routine have a frame struct? */
static bool
has_locals(const struct machine *machine)
{
    for (size_t index = 0; index < machine->variable_count; index++) {
        if (machine->is_parameter[index] || machine->is_saved[index])
            return true;
    }
    return false;
}

void
emit_locals(struct emitter *emitter, const struct machine *machine)
{
    if (!has_locals(machine))
        return;
    struct writer *writer = &emitter->source;
    write_template(writer, "struct $name$_locals {\n", HOLE("name", machine->function->c_name));
    for (size_t index = 0; index < machine->variable_count; index++) {
        const struct variable *variable = machine->variables[index];
        if (machine->is_parameter[index] || machine->is_saved[index])
            write_template(writer, "    $type$ $name$;\n", HOLE("type", type_spelling(emitter, variable->type)),
                           HOLE("name", variable->c_name));
    }
    write_string(writer, "};\n\n");
}

/* ---- the variables of one state ---- */

struct live {
    uint32_t state;
    const struct variable *const *variables;
    size_t count;
};

static struct live
live_at(const struct machine *machine, size_t state)
{
    if (state == 0)
        return (struct live){ 0, machine->function->parameters, machine->function->parameter_count };
    const struct suspension *suspension = machine->suspensions[state - 1];
    return (struct live){ suspension->state, (const struct variable *const *)suspension->live, suspension->live_count };
}

static struct text
local_of(const struct emitter *emitter, const struct variable *variable)
{
    return text_format(emitter->arena, "self->%.*s", TEXT_ARGUMENTS(variable->c_name));
}

static bool
has_live(const struct machine *machine)
{
    for (size_t state = 0; state <= machine->suspension_count; state++) {
        if (live_at(machine, state).count > 0)
            return true;
    }
    return false;
}

/* Is any variable of some state one that people know? */
static bool
has_shown(const struct machine *machine)
{
    for (size_t state = 0; state <= machine->suspension_count; state++) {
        struct live live = live_at(machine, state);
        for (size_t index = 0; index < live.count; index++) {
            if (!live.variables[index]->is_temporary)
                return true;
        }
    }
    return false;
}

/* The function's head, and `self` where it is used. */
static void
begin_function(struct writer *writer, const struct machine *machine, const char *head, bool is_used, bool is_const)
{
    write_template(writer, head, HOLE("name", machine->function->c_name));
    write_string(writer, "{\n");
    write_indent(writer);
    if (is_used)
        write_template(writer, "$const$struct $name$_locals *self = locals;\n",
                       HOLE("const", is_const ? TEXT("const ") : TEXT("")), HOLE("name", machine->function->c_name));
    else
        write_string(writer, "(void)locals;\n");
}

static void
end_function(struct writer *writer, const char *end)
{
    write_outdent(writer);
    write_string(writer, end);
}

static void
emit_write_frame(const struct emitter *emitter, struct writer *writer, const struct machine *machine)
{
    begin_function(writer, machine,
                   "static void\n"
                   "$name$_write_frame(struct dsy_cbor_writer *writer, const void *locals, uint32_t state)\n",
                   has_live(machine), true);
    write_string(writer, "switch (state) {\n");
    for (size_t state = 0; state <= machine->suspension_count; state++) {
        struct live live = live_at(machine, state);
        write_format(writer, "case %u:\n", live.state);
        write_indent(writer);
        write_format(writer, "dsy_cbor_write_array_begin(writer, %zu);\n", live.count);
        for (size_t index = 0; index < live.count; index++)
            emit_write_cbor(emitter, writer, live.variables[index]->type, local_of(emitter, live.variables[index]));
        write_string(writer, "dsy_cbor_write_array_end(writer);\nbreak;\n");
        write_outdent(writer);
    }
    end_function(writer, "    }\n}\n\n");
}

/* "INT64_MAX" for int64_t. */
static struct text
largest_of(const struct emitter *emitter, const struct type *type)
{
    struct text spelling = type_spelling(emitter, type);
    struct text largest = text_format(emitter->arena, "%.*s_MAX", (int)spelling.size_bytes - 2, spelling.data);
    char *upper = arena_allocate_bytes(emitter->arena, largest.size_bytes + 1);
    for (size_t index = 0; index <= largest.size_bytes; index++) {
        char character = largest.data[index];
        upper[index] = character >= 'a' && character <= 'z' ? (char)(character - 'a' + 'A') : character;
    }
    return (struct text){ upper, largest.size_bytes };
}

/* Loops count without a check for overflow, and read the item at a position without one of its sign: what is saved is
 * below its limit. A damaged frame may say otherwise. */
static void
emit_check_counter(const struct emitter *emitter, struct writer *writer, const struct variable *variable)
{
    struct text local = local_of(emitter, variable);
    struct text largest = largest_of(emitter, variable->type);
    write_template(writer,
                   variable->is_position ? "if ($local$ < 0 || $local$ == $largest$)\n" : "if ($local$ == $largest$)\n",
                   HOLE("local", local), HOLE("largest", largest));
    write_string(writer, "    dsy_cbor_expected(reader, \"a counter below the limit of its loop\");\n");
}

static void
emit_read_frame(const struct emitter *emitter, struct writer *writer, const struct machine *machine)
{
    begin_function(writer, machine,
                   "static bool\n"
                   "$name$_read_frame(struct dsy_cbor_reader *reader, void *locals, uint32_t state)\n",
                   has_live(machine), false);
    write_string(writer, "switch (state) {\n");
    for (size_t state = 0; state <= machine->suspension_count; state++) {
        struct live live = live_at(machine, state);
        write_format(writer, "case %u:\n", live.state);
        write_indent(writer);
        write_format(writer,
                     "if (dsy_cbor_array_begin(reader) != %zu)\n"
                     "    dsy_cbor_expected(reader, \"an array of %zu items\");\n",
                     live.count, live.count);
        for (size_t index = 0; index < live.count; index++) {
            const struct variable *variable = live.variables[index];
            emit_read_cbor(emitter, writer, variable->type, "reader", local_of(emitter, variable));
            if (variable->is_counter)
                emit_check_counter(emitter, writer, variable);
        }
        write_string(writer, "dsy_cbor_array_end(reader);\nbreak;\n");
        write_outdent(writer);
    }
    end_function(writer, "    default: dsy_cbor_expected(reader, \"a state of this routine\"); break;\n"
                         "    }\n"
                         "    return !reader->failed;\n"
                         "}\n\n");
}

static void
emit_show_frame(const struct emitter *emitter, struct writer *writer, const struct machine *machine)
{
    begin_function(writer, machine,
                   "static void\n"
                   "$name$_show_frame(struct dsy_json_writer *writer, const void *locals, uint32_t state)\n",
                   has_shown(machine), true);
    write_string(writer, "dsy_json_write_object_begin(writer);\nswitch (state) {\n");
    for (size_t state = 0; state <= machine->suspension_count; state++) {
        struct live live = live_at(machine, state);
        write_format(writer, "case %u:\n", live.state);
        for (size_t index = 0; index < live.count; index++) {
            const struct variable *variable = live.variables[index];
            if (variable->is_temporary)
                continue;
            write_template(writer, "    dsy_json_write_member(writer, \"$name$\");\n    ",
                           HOLE("name", variable->name));
            emit_write_json(emitter, writer, variable->type, local_of(emitter, variable));
        }
        write_string(writer, "    break;\n");
    }
    write_string(writer, "}\ndsy_json_write_object_end(writer);\n");
    end_function(writer, "}\n\n");
}

/* ---- arguments from outside ---- */

static void
emit_read_arguments(struct emitter *emitter, struct writer *writer, const struct machine *machine)
{
    const struct function *function = machine->function;
    size_t count = function->parameter_count;
    struct json_name *names = arena_new_array(emitter->arena, struct json_name, count + 1);
    for (size_t index = 0; index < count; index++) {
        names[index].name = function->parameters[index]->name;
        names[index].type = function->parameters[index]->type;
        names[index].place = local_of(emitter, function->parameters[index]);
    }
    begin_function(writer, machine,
                   "static bool\n"
                   "$name$_read_arguments(struct dsy_json_reader *reader, void *locals)\n",
                   count > 0, false);
    if (count > 0)
        write_format(writer, "uint64_t seen[%zu] = { 0 };\n", (count + 63) / 64);
    for (size_t index = 0; index < count; index++) {
        const struct expression *value = function->parameters[index]->default_value;
        if (value == NULL)
            continue;
        struct text constant = emit_constant(emitter, writer, value);
        write_template(writer, "$place$ = $value$;\n", HOLE("place", names[index].place), HOLE("value", constant));
    }
    write_string(writer, "dsy_json_object_begin(reader);\n"
                         "for (dsy_string name; dsy_json_object_next(reader, &name);) {\n");
    write_indent(writer);
    emit_read_json_names(emitter, writer, names, count);
    write_string(writer, count > 0 ? "} else {\n    dsy_json_unknown(reader, name);\n}\n"
                                   : "dsy_json_unknown(reader, name);\n");
    write_outdent(writer);
    write_string(writer, "}\n");
    for (size_t index = 0; index < count; index++) {
        if (function->parameters[index]->default_value == NULL)
            write_template(writer,
                           "if (!dsy_json_seen(seen, $index$))\n"
                           "    dsy_json_missing(reader, \"$name$\");\n",
                           HOLE("index", text_format(emitter->arena, "%zu", index)), HOLE("name", names[index].name));
    }
    write_string(writer, "return !reader->failed;\n");
    end_function(writer, "}\n\n");
}

/* ---- the routine's descriptor ---- */

/* callee: the sub-routine that is awaited; NULL: something else is. */
static void
emit_suspension(struct emitter *emitter, struct writer *writer, uint64_t fingerprint, struct text identity,
                struct span span, const struct function *callee, bool is_shielded)
{
    struct source_position position = { 0 };
    if (emitter->sources != NULL && span.begin != 0)
        position = sources_position(emitter->sources, span.begin);
    write_format(writer, "    { 0x%016llx, ", (unsigned long long)fingerprint);
    write_c_string(writer, identity);
    write_string(writer, ", ");
    write_c_string(writer, position.file != NULL ? position.file->path : TEXT(""));
    write_format(writer, ", %u, %u, ", position.line, position.column);
    if (callee == NULL)
        write_string(writer, "NULL");
    else
        write_template(writer, "&$name$_routine", HOLE("name", callee->c_name));
    write_string(writer, is_shielded ? ", true },\n" : ", false },\n");
}

/* What is to be said of how a routine meets its key; mostly nothing. */
static struct text
key_access_line(const struct function *function)
{
    if (function->service == NULL || function->service->key == NULL)
        return TEXT("");
    switch (function->key_access) {
    case KEY_ACCESS_EXCLUSIVE: return TEXT("    .key_access = DSY_KEY_EXCLUSIVE,\n");
    case KEY_ACCESS_SHARED: return TEXT("    .key_access = DSY_KEY_SHARED,\n");
    case KEY_ACCESS_QUERY: return TEXT("    .key_access = DSY_KEY_QUERY,\n");
    }
    return TEXT("");
}

void
emit_routine_type(struct emitter *emitter, const struct machine *machine)
{
    struct writer *writer = &emitter->source;
    const struct function *function = machine->function;
    const struct hole name = HOLE("name", function->c_name);
    write_template(writer, "static const struct dsy_suspension_type $name$_suspensions[] = {\n", name);
    emit_suspension(emitter, writer, machine->start_fingerprint, TEXT("start"), function->span, NULL, false);
    for (size_t index = 0; index < machine->suspension_count; index++) {
        const struct suspension *suspension = machine->suspensions[index];
        emit_suspension(emitter, writer, suspension->fingerprint, suspension->identity, suspension->span,
                        suspension->kind == AWAIT_SUBROUTINE ? suspension->operand->as.call.function : NULL,
                        suspension->is_shielded);
    }
    bool has_result = function->result->kind != TYPE_VOID;
    write_template(
        writer,
        "};\n"
        "\n"
        "static const struct dsy_routine_type $name$_routine = {\n"
        "    .name = \"$qualified_name$\",\n"
        "    .method = \"$method$\",\n"
        "    .service = $service$,\n"
        "    .is_public = $is_public$,\n"
        "$key_access$"
        "    .locals_size_bytes = $size$,\n"
        "    .result = $result$,\n"
        "    .run = $name$_run,\n"
        "    .write_frame = $name$_write_frame,\n"
        "    .read_frame = $name$_read_frame,\n"
        "    .show_frame = $name$_show_frame,\n"
        "    .read_arguments = $name$_read_arguments,\n"
        "    .suspensions = $name$_suspensions,\n"
        "    .suspension_count = $count$,\n"
        "};\n"
        "\n",
        name, HOLE("qualified_name", function->qualified_name), HOLE("method", function->name),
        HOLE("service",
             function->service == NULL ? TEXT("-1") : text_format(emitter->arena, "%u", function->service->index)),
        HOLE("is_public", function->is_public ? TEXT("true") : TEXT("false")),
        HOLE("key_access", key_access_line(function)),
        HOLE("size", has_locals(machine)
                         ? text_format(emitter->arena, "sizeof(struct %.*s_locals)", TEXT_ARGUMENTS(function->c_name))
                         : TEXT("0")),
        HOLE("result", has_result ? text_format(emitter->arena, "&%.*s",
                                                TEXT_ARGUMENTS(type_descriptor(emitter, function->result)))
                                  : TEXT("NULL")),
        HOLE("count", text_format(emitter->arena, "%zu", machine->suspension_count + 1)));
}

void
emit_frames(struct emitter *emitter, const struct machine *machine)
{
    struct writer *writer = &emitter->source;
    emit_write_frame(emitter, writer, machine);
    emit_read_frame(emitter, writer, machine);
    emit_show_frame(emitter, writer, machine);
    emit_read_arguments(emitter, writer, machine);
}
