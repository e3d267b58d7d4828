/* --emit=dot: the states of every routine as a Graphviz graph, one cluster for each routine; rounded: those where a
 * cancellation waits. */
#include "compiler/lower/fsm.h"
#include "compiler/lower/lower.h"
#include "compiler/lower/print.h"

static void
print_node(struct text_builder *builder, const struct machine *machine, const char *node, const char *attributes,
           struct text label)
{
    text_builder_format(builder, "    \"%.*s.%s\" [%slabel=", TEXT_ARGUMENTS(machine->function->c_name), node,
                        attributes);
    text_builder_add_json(builder, label);
    text_builder_add_string(builder, "];\n");
}

static void
print_edge(struct text_builder *builder, const struct machine *machine, uint32_t from, const char *to)
{
    struct text routine = machine->function->c_name;
    text_builder_format(builder, "    \"%.*s.%u\" -> \"%.*s.%s\";\n", TEXT_ARGUMENTS(routine), from,
                        TEXT_ARGUMENTS(routine), to);
}

static void
print_edges(struct text_builder *builder, struct fsm *fsm, uint32_t state)
{
    const struct machine *machine = fsm->machine;
    struct successors next = fsm_successors(fsm, state);
    for (size_t index = 0; index < next.states.count; index++)
        print_edge(builder, machine, state, text_format(builder->arena, "%u", next.states.items[index]).data);
    if (next.can_return)
        print_edge(builder, machine, state, "return");
    if (next.can_throw)
        print_edge(builder, machine, state, "throw");
}

/* The name of an await, and what a reader of the graph would ask: what is selected from, how long is waited. */
static struct text
label_of(struct arena *arena, const struct suspension *suspension)
{
    if (suspension->kind != AWAIT_SELECT && suspension->within == NULL)
        return suspension->identity;
    struct text_builder label;
    text_builder_initialise(&label, arena);
    text_builder_add(&label, suspension->identity);
    text_builder_add_character(&label, '\n');
    print_awaited(&label, suspension);
    return text_builder_text(&label);
}

static void
print_machine(struct text_builder *builder, const struct machine *machine)
{
    const struct function *function = machine->function;
    text_builder_format(builder, "  subgraph \"cluster_%.*s\" {\n    label=", TEXT_ARGUMENTS(function->c_name));
    text_builder_add_json(builder, function->qualified_name);
    text_builder_add_string(builder, ";\n");
    print_node(builder, machine, "0", "shape=circle, ", TEXT("start"));
    for (size_t index = 0; index < machine->suspension_count; index++) {
        const struct suspension *suspension = machine->suspensions[index];
        const char *node = text_format(builder->arena, "%u", suspension->state).data;
        print_node(builder, machine, node, suspension->is_shielded ? "style=rounded, " : "",
                   label_of(builder->arena, suspension));
    }
    print_node(builder, machine, "return", "shape=doublecircle, ", TEXT("return"));
    print_node(builder, machine, "throw", "shape=octagon, ", TEXT("throw"));
    struct fsm fsm;
    fsm_initialise(&fsm, builder->arena, machine);
    for (uint32_t state = 0; state <= machine->suspension_count; state++)
        print_edges(builder, &fsm, state);
    text_builder_add_string(builder, "  }\n");
}

void
machines_print_dot(struct text_builder *builder, const struct machines *machines)
{
    text_builder_format(builder, "digraph \"%.*s\" {\n  node [shape=box, fontname=\"monospace\"];\n",
                        TEXT_ARGUMENTS(machines->program->module));
    for (size_t index = 0; index < machines->machine_count; index++) {
        if (machines->machines[index]->function->colour == COLOUR_ROUTINE)
            print_machine(builder, machines->machines[index]);
    }
    text_builder_add_string(builder, "}\n");
}
