/* --emit=cfg: the blocks of every machine as text.
 *
 *     routine Orders.checkout(Order order) -> Receipt
 *       entry:
 *         amount = total(order)                       (throws)
 *         await payments.charge(order.id, amount) -> receipt, then resumed_20
 *       resumed_20:                                   errors: catch_30
 *         …
 *
 * "(throws)": an error goes to the block's handler, or leaves. "share": the value stays where it was, too.
 * "back": the jump closes a loop. */
#include "compiler/lower/lower.h"
#include "compiler/lower/print.h"

static void
print_label(struct text_builder *builder, const struct block *block)
{
    text_builder_add(builder, block->label);
}

static void
end_line(struct text_builder *builder, bool can_throw)
{
    text_builder_add_string(builder, can_throw ? " (throws)\n" : "\n");
}

/* compensate Orders.checkout.compensate_1(receipt) */
static void
print_compensation(struct text_builder *builder, const struct function *compensation)
{
    text_builder_format(builder, "compensate %.*s(", TEXT_ARGUMENTS(compensation->qualified_name));
    for (size_t index = 0; index < compensation->parameter_count; index++)
        text_builder_format(builder, index == 0 ? "%.*s" : ", %.*s",
                            TEXT_ARGUMENTS(compensation->parameters[index]->c_name));
    text_builder_add_character(builder, ')');
}

static void
print_instruction(struct text_builder *builder, const struct instruction *instruction)
{
    text_builder_add_string(builder, "    ");
    switch (instruction->kind) {
    case INSTRUCTION_ASSIGN:
        print_expression(builder, instruction->target);
        text_builder_add_string(builder, instruction->is_new_value ? " = " : " = share ");
        print_expression(builder, instruction->value);
        break;
    case INSTRUCTION_EVALUATE: print_expression(builder, instruction->value); break;
    case INSTRUCTION_PUBLISH:
        text_builder_add_string(builder, "publish ");
        print_expression(builder, instruction->value);
        break;
    case INSTRUCTION_CANCEL:
        text_builder_add_string(builder, "cancel ");
        print_expression(builder, instruction->value);
        break;
    case INSTRUCTION_COMPENSATE: print_compensation(builder, instruction->compensation); break;
    case INSTRUCTION_TAKE_ERROR:
        text_builder_format(builder, "take error %.*s", TEXT_ARGUMENTS(instruction->variable->c_name));
        break;
    case INSTRUCTION_BIND_ERROR:
        text_builder_format(builder, "%.*s = %.*s as %.*s", TEXT_ARGUMENTS(instruction->variable->c_name),
                            TEXT_ARGUMENTS(instruction->error_variable->c_name),
                            TEXT_ARGUMENTS(instruction->variable->type->name));
        break;
    }
    end_line(builder, instruction->can_throw);
}

static void
print_cases(struct text_builder *builder, const struct terminator *terminator)
{
    for (size_t index = 0; index < terminator->case_count; index++) {
        const struct switch_target *target = &terminator->cases[index];
        text_builder_add_string(builder, "      ");
        if (target->error != NULL)
            text_builder_add(builder, target->error->name);
        else if (target->label != NULL)
            print_expression(builder, target->label);
        else
            text_builder_add(builder, terminator->value->type->declaration.variants->variants[target->variant].name);
        text_builder_format(builder, ": %.*s\n", TEXT_ARGUMENTS(target->target->label));
    }
    text_builder_format(builder, "      else: %.*s\n", TEXT_ARGUMENTS(terminator->otherwise->label));
}

static void
print_await(struct text_builder *builder, const struct suspension *suspension)
{
    text_builder_add_string(builder, "    await ");
    print_awaited(builder, suspension);
    if (suspension->result != NULL)
        text_builder_format(builder, " -> %.*s", TEXT_ARGUMENTS(suspension->result->c_name));
    if (suspension->kind != AWAIT_SELECT)
        text_builder_format(builder, ", then %.*s", TEXT_ARGUMENTS(suspension->resumed->label));
    text_builder_format(builder, " (state %u, %.*s%s)", suspension->state, TEXT_ARGUMENTS(suspension->identity),
                        suspension->is_shielded ? ", shielded" : "");
}

/* The ways on from a select, behind its line. */
static void
print_sources(struct text_builder *builder, const struct suspension *suspension)
{
    for (size_t index = 0; index < suspension->source_count; index++) {
        const struct select_source *source = &suspension->sources[index];
        text_builder_add_string(builder, "      ");
        if (source->source == NULL)
            text_builder_add_string(builder, "after ");
        print_expression(builder, source->source == NULL ? suspension->after : source->source);
        if (source->result != NULL)
            text_builder_format(builder, " -> %.*s", TEXT_ARGUMENTS(source->result->c_name));
        text_builder_format(builder, ": %.*s\n", TEXT_ARGUMENTS(source->resumed->label));
    }
}

static void
print_value(struct text_builder *builder, const char *word, const struct expression *value)
{
    text_builder_format(builder, "    %s", word);
    if (value != NULL) {
        text_builder_add_character(builder, ' ');
        print_expression(builder, value);
    }
}

static void
print_terminator(struct text_builder *builder, const struct terminator *terminator)
{
    switch (terminator->kind) {
    case TERMINATOR_JUMP:
        text_builder_add_string(builder, terminator->is_back_edge ? "    back to " : "    jump ");
        print_label(builder, terminator->target);
        break;
    case TERMINATOR_BRANCH:
        print_value(builder, "if", terminator->condition);
        text_builder_format(builder, " then %s%.*s else %.*s", terminator->is_back_edge ? "back to " : "",
                            TEXT_ARGUMENTS(terminator->target->label), TEXT_ARGUMENTS(terminator->otherwise->label));
        break;
    case TERMINATOR_SWITCH:
        print_value(builder, "switch", terminator->value);
        end_line(builder, terminator->can_throw);
        print_cases(builder, terminator);
        return;
    case TERMINATOR_SWITCH_ERROR:
        text_builder_format(builder, "    switch %.*s\n", TEXT_ARGUMENTS(terminator->error_variable->c_name));
        print_cases(builder, terminator);
        return;
    case TERMINATOR_RETURN:
        print_value(builder, terminator->is_new_value ? "return" : "return share", terminator->value);
        break;
    case TERMINATOR_THROW: print_value(builder, "throw", terminator->value); break;
    case TERMINATOR_RETHROW:
        text_builder_format(builder, "    throw %.*s", TEXT_ARGUMENTS(terminator->error_variable->c_name));
        break;
    case TERMINATOR_AWAIT:
        print_await(builder, terminator->suspension);
        end_line(builder, terminator->can_throw);
        print_sources(builder, terminator->suspension);
        return;
    case TERMINATOR_UNREACHABLE: text_builder_add_string(builder, "    unreachable"); break;
    }
    end_line(builder, terminator->can_throw);
}

static void
print_block(struct text_builder *builder, const struct block *block)
{
    text_builder_add_string(builder, "  ");
    print_label(builder, block);
    text_builder_add_character(builder, ':');
    if (block->handler != NULL)
        text_builder_format(builder, "  errors: %.*s", TEXT_ARGUMENTS(block->handler->label));
    text_builder_add_character(builder, '\n');
    for (size_t index = 0; index < block->instruction_count; index++)
        print_instruction(builder, &block->instructions[index]);
    print_terminator(builder, &block->terminator);
}

void
machines_print_cfg(struct text_builder *builder, const struct machines *machines)
{
    for (size_t index = 0; index < machines->machine_count; index++) {
        const struct machine *machine = machines->machines[index];
        if (index > 0)
            text_builder_add_character(builder, '\n');
        print_signature(builder, machine->function);
        text_builder_add_character(builder, '\n');
        for (size_t block = 0; block < machine->block_count; block++)
            print_block(builder, machine->blocks[block]);
    }
}
