/* --emit=fsm: the states of every routine.
 *
 *     routine Orders.checkout(Order order) -> Receipt
 *       start [a1b2c3d4e5f60718]
 *         saved: Order order
 *         next: 1, throw
 *       1 payments.charge [0123456789abcdef]
 *         await payments.charge(order.id, amount) -> Receipt receipt
 *         saved: Order order
 *         next: 2, return, throw */
#include <inttypes.h>

#include "compiler/lower/fsm.h"
#include "compiler/lower/lower.h"
#include "compiler/lower/print.h"

static void
print_variables(struct text_builder *builder, const struct variable *const *variables, size_t count)
{
    text_builder_add_string(builder, "    saved:");
    for (size_t index = 0; index < count; index++)
        text_builder_format(builder, index == 0 ? " %.*s %.*s" : ", %.*s %.*s",
                            TEXT_ARGUMENTS(variables[index]->type->name), TEXT_ARGUMENTS(variables[index]->c_name));
    text_builder_add_string(builder, count == 0 ? " nothing\n" : "\n");
}

static void
print_next(struct text_builder *builder, struct fsm *fsm, uint32_t state)
{
    struct successors next = fsm_successors(fsm, state);
    text_builder_add_string(builder, "    next:");
    const char *separator = " ";
    for (size_t index = 0; index < next.states.count; index++) {
        text_builder_format(builder, "%s%u", separator, next.states.items[index]);
        separator = ", ";
    }
    if (next.can_return) {
        text_builder_format(builder, "%sreturn", separator);
        separator = ", ";
    }
    if (next.can_throw)
        text_builder_format(builder, "%sthrow", separator);
    text_builder_add_character(builder, '\n');
}

static void
print_suspension(struct text_builder *builder, struct fsm *fsm, const struct suspension *suspension)
{
    text_builder_format(builder, "  %u %.*s [%016" PRIx64 "]\n    await ", suspension->state,
                        TEXT_ARGUMENTS(suspension->identity), suspension->fingerprint);
    print_awaited(builder, suspension);
    if (suspension->result != NULL)
        text_builder_format(builder, " -> %.*s %.*s", TEXT_ARGUMENTS(suspension->result_type->name),
                            TEXT_ARGUMENTS(suspension->result->c_name));
    text_builder_add_string(builder, suspension->is_shielded ? ", shielded\n" : "\n");
    print_variables(builder, (const struct variable *const *)suspension->live, suspension->live_count);
    print_next(builder, fsm, suspension->state);
}

static void
print_machine(struct text_builder *builder, const struct machine *machine)
{
    struct fsm fsm;
    fsm_initialise(&fsm, builder->arena, machine);
    print_signature(builder, machine->function);
    text_builder_format(builder, "\n  start [%016" PRIx64 "]\n", machine->start_fingerprint);
    print_variables(builder, machine->function->parameters, machine->function->parameter_count);
    print_next(builder, &fsm, 0);
    for (size_t index = 0; index < machine->suspension_count; index++)
        print_suspension(builder, &fsm, machine->suspensions[index]);
}

void
machines_print_fsm(struct text_builder *builder, const struct machines *machines)
{
    bool is_first = true;
    for (size_t index = 0; index < machines->machine_count; index++) {
        const struct machine *machine = machines->machines[index];
        if (machine->function->colour != COLOUR_ROUTINE)
            continue;
        if (!is_first)
            text_builder_add_character(builder, '\n');
        is_first = false;
        print_machine(builder, machine);
    }
}
