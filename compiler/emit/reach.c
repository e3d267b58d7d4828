/* Reach: which functions can run at all, and the numbers of routines and steps. See emitter.h.
 * Routines are always reached, pure functions only through a call; a static function that nothing calls would make
 * the C compiler complain. Linear: every tree is visited once. */
#include "compiler/base/vector.h"
#include "compiler/emit/emitter.h"

struct function_list VECTOR(const struct function *);

struct visit {
    struct emitter *emitter;
    struct function_facts *caller; /* NULL for the defaults of a configuration */
    struct function_list pending;  /* reached, their bodies not visited yet */
};

static void visit_expression(struct visit *visit, const struct expression *expression);

static void
reach_function(struct visit *visit, const struct function *function)
{
    if (visit->caller != NULL && function->colour == COLOUR_PURE)
        visit->caller->calls_functions = true;
    if (function->interface != NULL || function->body == NULL)
        return;
    struct function_facts *facts = &visit->emitter->functions[function->index];
    if (facts->is_reached || facts->machine == NULL)
        return;
    facts->is_reached = true;
    vector_add(visit->emitter->arena, &visit->pending, function);
}

/* Of a call that is not one of this function's stack. */
static void
visit_arguments(struct visit *visit, const struct expression *call)
{
    visit_expression(visit, call->as.call.key);
    for (size_t index = 0; index < call->argument_count; index++)
        visit_expression(visit, call->arguments[index]);
}

static void
visit_expression(struct visit *visit, const struct expression *expression)
{
    if (expression == NULL)
        return;
    if (expression->kind == EXPRESSION_CALL) {
        reach_function(visit, expression->as.call.function);
        visit_expression(visit, expression->as.call.key);
    }
    if (expression->kind == EXPRESSION_START)
        visit_arguments(visit, expression->operand); /* what is started runs elsewhere */
    else
        visit_expression(visit, expression->operand);
    visit_expression(visit, expression->left);
    visit_expression(visit, expression->right);
    visit_expression(visit, expression->condition);
    visit_expression(visit, expression->index);
    for (size_t index = 0; index < expression->argument_count; index++)
        visit_expression(visit, expression->arguments[index]);
}

static void
visit_block(struct visit *visit, const struct block *block)
{
    for (size_t index = 0; index < block->instruction_count; index++) {
        visit_expression(visit, block->instructions[index].target);
        visit_expression(visit, block->instructions[index].value);
    }
    visit_expression(visit, block->terminator.condition);
    visit_expression(visit, block->terminator.value);
}

static void
visit_machine(struct visit *visit, const struct machine *machine)
{
    visit->caller = &visit->emitter->functions[machine->function->index];
    for (size_t index = 0; index < machine->block_count; index++)
        visit_block(visit, machine->blocks[index]);
    for (size_t index = 0; index < machine->suspension_count; index++) {
        const struct suspension *suspension = machine->suspensions[index];
        if (suspension_awaits_call(suspension))
            visit_arguments(visit, suspension->operand);
        else
            visit_expression(visit, suspension->operand);
        visit_expression(visit, suspension->within);
        visit_expression(visit, suspension->after);
        for (size_t source = 0; source < suspension->source_count; source++)
            visit_expression(visit, suspension->sources[source].source);
    }
}

static void
number_functions(struct emitter *emitter)
{
    const struct program *program = emitter->program;
    uint32_t routine_count = 0, step_count = 0;
    for (size_t index = 0; index < program->function_count; index++) {
        struct function_facts *facts = &emitter->functions[index];
        if (program->functions[index]->colour == COLOUR_ROUTINE)
            facts->program_number = routine_count++;
        else if (program->functions[index]->colour == COLOUR_STEP)
            facts->program_number = step_count++;
    }
    for (size_t index = 0; index < program->service_count; index++) {
        const struct service *service = program->services[index];
        uint32_t count = 0;
        for (size_t routine = 0; routine < service->routine_count; routine++) {
            if (service->routines[routine]->colour == COLOUR_ROUTINE)
                emitter->functions[service->routines[routine]->index].service_number = count++;
        }
    }
}

void
reach_initialise(struct emitter *emitter)
{
    const struct program *program = emitter->program;
    emitter->functions = arena_new_array(emitter->arena, struct function_facts, program->function_count + 1);
    for (size_t index = 0; index < emitter->machines->machine_count; index++) {
        const struct machine *machine = emitter->machines->machines[index];
        emitter->functions[machine->function->index].machine = machine;
    }
    number_functions(emitter);

    struct visit visit = { .emitter = emitter };
    for (size_t index = 0; index < program->function_count; index++) {
        if (program->functions[index]->colour == COLOUR_ROUTINE)
            reach_function(&visit, program->functions[index]);
    }
    for (size_t index = 0; index < program->service_count; index++) {
        const struct service *service = program->services[index];
        for (size_t config = 0; config < service->config_count; config++)
            visit_expression(&visit, service->configs[config]->default_value);
    }
    while (visit.pending.count > 0) {
        const struct function *function = visit.pending.items[--visit.pending.count];
        visit_machine(&visit, emitter->functions[function->index].machine);
    }
}
