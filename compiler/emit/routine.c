/* Routines: one C function for each machine, pure functions too. See emitter.h.
 *
 * The blocks stand in source order; control falls through to the next one where it can, else a `goto` leads to its
 * label. A routine begins with `switch (state)`. Each body is printed twice: the first time finds out which labels,
 * variables and parameters are used (a C compiler complains about the others), and is thrown away. */
#include "compiler/emit/emitter.h"

/* ---- which blocks can run ---- */

static void
reach_block(const struct block *block, bool *is_reached, const struct block **pending, size_t *count)
{
    if (block == NULL || is_reached[block->index])
        return;
    is_reached[block->index] = true;
    pending[(*count)++] = block;
}

static bool *
find_reached_blocks(struct arena *arena, const struct machine *machine)
{
    bool *is_reached = arena_new_array(arena, bool, machine->block_count + 1);
    const struct block **pending = arena_new_array(arena, const struct block *, machine->block_count + 1);
    size_t count = 0;
    reach_block(machine->blocks[0], is_reached, pending, &count);
    while (count > 0) {
        const struct block *block = pending[--count];
        const struct terminator *terminator = &block->terminator;
        bool may_leave = terminator->can_throw;
        for (size_t index = 0; index < block->instruction_count; index++)
            may_leave = may_leave || instruction_may_leave(&block->instructions[index]);
        if (may_leave)
            reach_block(block->handler, is_reached, pending, &count);
        reach_block(terminator->target, is_reached, pending, &count);
        bool is_named = terminator->otherwise != NULL && terminator->kind == TERMINATOR_SWITCH &&
                        terminator->value->type->kind != TYPE_STRING && block_is_impossible(terminator->otherwise);
        if (!is_named) /* else the switch itself says what happens then */
            reach_block(terminator->otherwise, is_reached, pending, &count);
        for (size_t index = 0; index < terminator->case_count; index++)
            reach_block(terminator->cases[index].target, is_reached, pending, &count);
        for (size_t way = 0; terminator->suspension != NULL && way < suspension_way_count(terminator->suspension);
             way++)
            reach_block(suspension_way(terminator->suspension, way), is_reached, pending, &count);
    }
    return is_reached;
}

/* ---- bodies ---- */

static void
emit_declarations(struct function_context *context)
{
    const struct machine *machine = context->machine;
    struct writer *writer = context->writer;
    for (size_t index = 0; index < machine->variable_count; index++) {
        const struct variable *variable = machine->variables[index];
        bool is_local = machine->is_used[index] && !machine->is_parameter[index] &&
                        !(context->is_routine && machine->is_saved[index]);
        if (!is_local)
            continue;
        write_template(writer, "$type$ $name$ = ", HOLE("type", type_spelling(context->emitter, variable->type)),
                       HOLE("name", context->spellings[index]));
        bool is_scalar = variable->type->kind == TYPE_BOOL || type_is_c_integer(variable->type) ||
                         variable->type->kind == TYPE_DOUBLE || variable->type->kind == TYPE_ENUM;
        if (is_scalar)
            emit_zero(context->emitter, writer, variable->type);
        else
            write_string(writer, "{ 0 }");
        write_string(writer, ";\n");
        if (!context->was_read[index])
            write_template(writer, "(void)$name$;\n", HOLE("name", context->spellings[index]));
    }
    if (context->used_condition)
        write_string(writer, "bool condition = false;\n");
    if (context->used_state) {
        write_template(writer, "struct $state$ *instance = dsy_state(run);\n",
                       HOLE("state", machine->function->service->state->c_name));
        context->uses_run = true;
    }
    if (context->used_config) {
        const struct service *service = machine->function->service;
        write_template(writer, "const struct $service$_config *config = dsy_config(run, $index$);\n",
                       HOLE("service", service->c_name),
                       HOLE("index", text_format(context->emitter->arena, "%u", service->index)));
        context->uses_run = true;
    }
}

/* Parameters that C sees changed by the function belong to it from here on. */
static void
emit_entry(struct function_context *context)
{
    const struct function *function = context->machine->function;
    for (size_t index = 0; index < function->parameter_count; index++) {
        const struct variable *parameter = function->parameters[index];
        struct text spelling = context->spellings[parameter->index];
        if (!context->is_routine && !context->was_read[parameter->index])
            write_template(context->writer, "(void)$name$;\n", HOLE("name", spelling));
        if (!parameter->is_mutated || !type_is_shared(context->emitter, parameter->type))
            continue;
        write_template(context->writer, "$stem$_shared($name$); /* it is changed here */\n",
                       HOLE("stem", type_stem(context->emitter, parameter->type)), HOLE("name", spelling));
        context->is_read[parameter->index] = true;
        context->uses_locals = context->uses_locals || context->is_routine;
    }
    if (context->enters) {
        write_string(context->writer, "if (!dsy_enter(run))\n    return");
        if (function->result->kind != TYPE_VOID) {
            write_string(context->writer, " ");
            emit_zero(context->emitter, context->writer, function->result);
        }
        write_string(context->writer, ";\n");
        context->uses_run = true;
    }
}

static void
emit_body(struct function_context *context, const bool *is_reached)
{
    const struct machine *machine = context->machine;
    struct writer *writer = context->writer;
    write_string(writer, "{\n");
    write_indent(writer);
    if (!context->used_run)
        write_string(writer, "(void)run;\n");
    if (context->is_routine)
        emit_routine_entry(context);
    emit_declarations(context);
    if (context->is_routine)
        emit_state_switch(context, is_reached);
    emit_entry(context);
    emit_blocks(context, is_reached);
    if (context->used_failed) {
        write_outdent(writer);
        write_blank_line(writer);
        write_string(writer, "failed:\n");
        write_indent(writer);
        emit_leave_call(context);
        write_string(writer, "return");
        if (machine->function->result->kind != TYPE_VOID) {
            write_string(writer, " ");
            emit_zero(context->emitter, writer, machine->function->result);
        }
        write_string(writer, ";\n");
    }
    write_line_home(writer);
    write_outdent(writer);
    write_string(writer, "}\n\n");
}

/* ---- functions ---- */

static void
spell_variables(struct function_context *context)
{
    struct arena *arena = context->emitter->arena;
    const struct machine *machine = context->machine;
    context->spellings = arena_new_array(arena, struct text, machine->variable_count + 1);
    for (size_t index = 0; index < machine->variable_count; index++) {
        const struct variable *variable = machine->variables[index];
        bool is_in_frame = context->is_routine && (machine->is_parameter[index] || machine->is_saved[index]);
        context->spellings[index] =
            is_in_frame ? text_format(arena, "locals->%.*s", TEXT_ARGUMENTS(variable->c_name)) : variable->c_name;
    }
}

/* "static T\nNAME(struct dsy_run *run, …)" of a pure function. */
static void
emit_signature(const struct emitter *emitter, struct writer *writer, const struct function *function, const char *gap)
{
    write_template(writer, "static $result$$gap$$name$(struct dsy_run *run",
                   HOLE("result", type_spelling(emitter, function->result)), HOLE("gap", text_from_string(gap)),
                   HOLE("name", emitter->functions[function->index].c_name));
    for (size_t index = 0; index < function->parameter_count; index++)
        write_template(writer, ", $type$ $name$",
                       HOLE("type", type_spelling(emitter, function->parameters[index]->type)),
                       HOLE("name", function->parameters[index]->c_name));
    write_string(writer, ")");
}

static void
emit_function(struct emitter *emitter, const struct machine *machine)
{
    const struct function *function = machine->function;
    struct writer *writer = &emitter->source;
    bool is_routine = function->colour == COLOUR_ROUTINE;
    if (is_routine)
        emit_frames(emitter, machine);
    write_documentation(writer, function->documentation);
    if (is_routine) {
        write_template(writer,
                       "static enum dsy_outcome\n"
                       "$name$_run(struct dsy_run *run, void *frame, uint32_t state)\n",
                       HOLE("name", function->c_name));
    } else {
        emit_signature(emitter, writer, function, "\n");
        write_string(writer, "\n");
    }

    struct arena *arena = emitter->arena;
    struct function_context context = { .emitter = emitter, .writer = writer, .machine = machine };
    context.is_routine = is_routine;
    context.enters = !is_routine && emitter->functions[function->index].calls_functions;
    context.is_read = arena_new_array(arena, bool, machine->variable_count + 1);
    context.is_target = arena_new_array(arena, bool, machine->block_count + 1);
    context.was_read = arena_new_array(arena, bool, machine->variable_count + 1);
    context.was_target = arena_new_array(arena, bool, machine->block_count + 1);
    spell_variables(&context);
    const bool *is_reached = find_reached_blocks(arena, machine);

    struct writer before = *writer;
    emit_body(&context, is_reached);
    /* The same buffer again from where it was; it may have moved by growing. */
    before.builder.data = writer->builder.data;
    before.builder.capacity_bytes = writer->builder.capacity_bytes;
    *writer = before;
    context.was_read = context.is_read;
    context.was_target = context.is_target;
    context.used_run = context.uses_run;
    context.used_locals = context.uses_locals;
    context.used_config = context.uses_config;
    context.used_state = context.uses_state;
    context.used_condition = context.uses_condition;
    context.used_failed = context.uses_failed;
    emit_body(&context, is_reached);
    if (is_routine)
        emit_routine_type(emitter, machine);
}

void
emit_function_prototypes(struct emitter *emitter)
{
    struct writer *writer = &emitter->source;
    const struct program *program = emitter->program;
    for (size_t index = 0; index < program->function_count; index++) {
        const struct function *function = program->functions[index];
        if (!emitter->functions[index].is_reached)
            continue;
        if (function->colour == COLOUR_ROUTINE) {
            write_template(writer, "static const struct dsy_routine_type $name$_routine;\n",
                           HOLE("name", function->c_name));
        } else {
            emit_signature(emitter, writer, function, " ");
            write_string(writer, ";\n");
        }
    }
    for (size_t index = 0; index < program->function_count; index++) {
        if (program->functions[index]->colour == COLOUR_STEP)
            write_template(writer, "static const struct dsy_step_type $name$_step;\n",
                           HOLE("name", program->functions[index]->c_name));
    }
    write_blank_line(writer);
    for (size_t index = 0; index < program->function_count; index++) {
        if (program->functions[index]->colour == COLOUR_ROUTINE && emitter->functions[index].machine != NULL)
            emit_locals(emitter, emitter->functions[index].machine);
    }
}

void
emit_functions(struct emitter *emitter)
{
    for (size_t index = 0; index < emitter->program->function_count; index++) {
        const struct machine *machine = emitter->functions[index].machine;
        if (!emitter->functions[index].is_reached)
            continue;
        machine_enter(machine);
        emit_function(emitter, machine);
        machine_leave(machine);
    }
}
