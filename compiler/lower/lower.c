/* lower(program → machines): the order of the passes. See lower.h. */
#include "compiler/lower/lower.h"

#include "compiler/lower/liveness.h"
#include "compiler/lower/passes.h"
#include "compiler/lower/statement.h"

static void
set_live(struct arena *arena, struct machine *machine)
{
    if (machine->suspension_count == 0)
        return;
    struct liveness liveness = liveness_find(arena, machine);
    for (size_t index = 0; index < machine->suspension_count; index++) {
        machine->suspensions[index]->live = liveness.live[index].items;
        machine->suspensions[index]->live_count = liveness.live[index].count;
    }
}

static struct machine *
lower_function(struct lowering *lowering, const struct function *function)
{
    struct builder builder;
    builder_initialise(&builder, lowering, function);
    lower_body(&builder);
    simplify(&builder);
    struct machine *machine = split(&builder);
    set_live(lowering->arena, machine);
    frame_lay_out(lowering->arena, machine);
    machine_leave(machine);
    return machine;
}

/* Find the types that temporaries have. */
static void
find_types(struct lowering *lowering)
{
    const struct program *program = lowering->program;
    lowering->array_types = arena_new_array(lowering->arena, const struct type *, program->type_count + 1);
    for (size_t index = 0; index < program->type_count; index++) {
        const struct type *type = program->types[index];
        if (type->kind == TYPE_VOID)
            lowering->void_type = type;
        else if (type->kind == TYPE_BOOL)
            lowering->bool_type = type;
        else if (type->kind == TYPE_INT64)
            lowering->int_type = type;
        else if (type->kind == TYPE_ANY_ERROR)
            lowering->error_type = type;
        else if (type->kind == TYPE_ARRAY)
            lowering->array_types[type->element->index] = type;
    }
}

static void
claim_c_names(struct lowering *lowering)
{
    const struct program *program = lowering->program;
    map_initialise(&lowering->c_names, lowering->arena);
    for (size_t index = 0; index < program->function_count; index++)
        map_put(&lowering->c_names, program->functions[index]->c_name, program->functions[index]);
    for (size_t index = 0; index < program->enumeration_count; index++) {
        const struct enum_declaration *enumeration = program->enumerations[index];
        for (size_t position = 0; position < enumeration->enumerator_count; position++)
            map_put(&lowering->c_names, enumeration->enumerators[position].c_name, lowering);
    }
}

const struct machines *
lower(struct arena *arena, struct sources *sources, const struct program *program)
{
    struct lowering lowering = { .arena = arena, .sources = sources, .program = program };
    find_types(&lowering);
    claim_c_names(&lowering);
    struct machines *machines = arena_new(arena, struct machines);
    struct machine **list = arena_new_array(arena, struct machine *, program->function_count + 1);
    for (size_t index = 0; index < program->function_count; index++) {
        const struct function *function = program->functions[index];
        if (function->body != NULL)
            list[machines->machine_count++] = lower_function(&lowering, function);
    }
    machines->program = program;
    machines->machines = list;
    return machines;
}
