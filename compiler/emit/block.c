/* Blocks: instructions and terminators of a machine as C statements. See emitter.h.
 * Whatever throws is followed by `if (run->failed)`, which leads to the block's handler, or out of the function. */
#include "compiler/emit/emitter.h"

/* ---- going elsewhere ---- */

void
emit_goto(struct function_context *context, const struct block *target)
{
    const char *jump = context->is_in_switch ? NULL : structure_jump(context, target);
    if (jump != NULL) {
        write_string(context->writer, jump);
        return;
    }
    context->is_target[target->index] = true;
    write_template(context->writer, "goto $label$;\n", HOLE("label", target->label));
}

void
emit_leave(struct function_context *context)
{
    if (context->block->handler != NULL) {
        /* Always by name: a reader looks for the handler. */
        context->is_target[context->block->handler->index] = true;
        write_template(context->writer, "goto $label$;\n", HOLE("label", context->block->handler->label));
    } else if (context->is_routine) {
        write_string(context->writer, "return DSY_THREW;\n");
    } else {
        context->uses_failed = true;
        write_string(context->writer, "goto failed;\n");
    }
}

void
emit_continue(struct function_context *context, const struct block *target)
{
    if (target != structure_next(context))
        emit_goto(context, target);
}

void
emit_failed_check(struct function_context *context)
{
    write_string(context->writer, "if (");
    emit_run(context);
    write_string(context->writer, "->failed) ");
    emit_leave(context);
}

/* No path leads here. Still an answer, should a native function have given a value that its type doesn't have. */
void
emit_impossible(struct function_context *context)
{
    if (context->is_routine)
        write_string(context->writer, "return DSY_BROKEN;\n");
    else
        emit_leave(context);
}

static void
emit_spend(struct function_context *context)
{
    write_string(context->writer, "if (!dsy_spend(");
    emit_run(context);
    write_string(context->writer, ")) ");
    emit_leave(context);
}

/* Braces around what declares variables of its own. They belong to no line of the source: #line stands within. */
static void
emit_open(struct function_context *context)
{
    write_string(context->writer, "{\n");
    write_indent(context->writer);
}

static void
emit_close(struct function_context *context)
{
    write_outdent(context->writer);
    write_string(context->writer, "}\n");
}

/* ---- instructions ---- */

static void
emit_instruction_value(struct function_context *context, const struct instruction *instruction)
{
    if (instruction->is_new_value)
        emit_expression(context, instruction->value);
    else
        emit_stored(context, instruction->value);
}

/* x = value; order.price = value; */
static void
emit_plain_assignment(struct function_context *context, const struct instruction *instruction)
{
    write_text(context->writer, emit_places(context, instruction->target));
    write_string(context->writer, " = ");
    emit_instruction_value(context, instruction);
    write_string(context->writer, ";\n");
}

/* The value of a method that changes its operand; a statement of its own within braces where places are needed. */
static void
emit_changed(struct function_context *context, const struct instruction *instruction)
{
    const struct expression *method = instruction->value, *target = instruction->target;
    struct text address = emit_place_address(context, method->operand);
    if (target == NULL) {
        emit_mutation(context, method, address);
        write_string(context->writer, ";\n");
        return;
    }
    if (!lvalue_needs_places(target)) {
        write_text(context->writer, emit_places(context, target));
        write_string(context->writer, " = ");
        emit_mutation(context, method, address);
        write_string(context->writer, ";\n");
        return;
    }
    /* The change comes first: it may move what the target's place would point into. */
    write_template(context->writer, "$type$ changed = ", HOLE("type", type_spelling(context->emitter, method->type)));
    emit_mutation(context, method, address);
    write_string(context->writer, ";\n");
    struct text place = emit_places(context, target);
    write_template(context->writer, "$place$ = changed;\n", HOLE("place", place));
}

/* a[i] = value; m[k] = value; with what leads to a or m resolved. */
static void
emit_element_assignment(struct function_context *context, const struct instruction *instruction)
{
    const struct expression *target = instruction->target;
    struct text address = emit_place_address(context, target->operand);
    write_text(context->writer, type_stem(context->emitter, target->operand->type));
    write_string(context->writer, "_set(");
    emit_run(context);
    write_template(context->writer, ", $address$, ", HOLE("address", address));
    emit_stored(context, target->index);
    write_string(context->writer, ", ");
    emit_instruction_value(context, instruction);
    write_string(context->writer, ");\n");
}

/* The result of what leaves the routine is dropped. */
static void
emit_start_for_effect(struct function_context *context, const struct expression *start)
{
    write_string(context->writer, start->as.start.is_detached ? "dsy_start_detached(" : "(void)dsy_start(");
    emit_run(context);
    write_string(context->writer, ");\n");
}

static void
emit_assign(struct function_context *context, const struct instruction *instruction)
{
    const struct expression *target = instruction->target, *value = instruction->value;
    bool is_start = value->kind == EXPRESSION_START;
    bool is_change = value->kind == EXPRESSION_METHOD && method_mutates(value->as.method);
    bool is_element = target != NULL && target->kind == EXPRESSION_INDEX;
    bool has_places = (target != NULL && lvalue_needs_places(is_element ? target->operand : target)) ||
                      (is_change && (lvalue_needs_places(value->operand) || is_element));
    if (has_places || is_start) {
        context->place_count = 0;
        emit_open(context);
    }
    write_line_of(context->writer, instruction->span);
    if (is_start) {
        emit_message_begin(context);
        emit_message_arguments(context, value->operand);
        emit_message_target(context, value->as.start.kind, value->operand);
    }
    if (is_start && target == NULL) {
        emit_start_for_effect(context, value);
    } else if (is_change) {
        emit_changed(context, instruction);
    } else if (target == NULL) {
        write_string(context->writer, value->kind == EXPRESSION_CALL ? "" : "(void)");
        emit_operand(context, value);
        write_string(context->writer, ";\n");
    } else if (is_element) {
        emit_element_assignment(context, instruction);
    } else {
        emit_plain_assignment(context, instruction);
    }
    if (has_places || is_start)
        emit_close(context);
}

static void
emit_bind_error(struct function_context *context, const struct instruction *instruction)
{
    const struct variable *variable = instruction->variable;
    struct text place = variable_spelling(context, variable);
    if (type_is_built_in_error(variable->type)) {
        write_template(context->writer, "$place$ = ", HOLE("place", place));
        emit_variable(context, instruction->error_variable);
        write_string(context->writer, ";\n");
        return;
    }
    if (variable->type->declaration.structure->member_count == 0)
        return;
    bool is_shared = type_is_shared(context->emitter, variable->type);
    write_template(context->writer, "$place$ = ", HOLE("place", place));
    if (is_shared)
        write_template(context->writer, "$stem$_shared(", HOLE("stem", variable->type->c_name));
    write_template(context->writer, "*(const $type$ *)", HOLE("type", type_spelling(context->emitter, variable->type)));
    emit_variable(context, instruction->error_variable);
    write_string(context->writer, is_shared ? ".members);\n" : ".members;\n");
}

static void
emit_instruction(struct function_context *context, const struct instruction *instruction)
{
    switch (instruction->kind) {
    case INSTRUCTION_ASSIGN:
    case INSTRUCTION_EVALUATE:
        if (instruction_is_message(instruction))
            emit_message(context, instruction);
        else
            emit_assign(context, instruction);
        break;
    case INSTRUCTION_CANCEL:
    case INSTRUCTION_COMPENSATE:
    case INSTRUCTION_PUBLISH: emit_message(context, instruction); break;
    case INSTRUCTION_TAKE_ERROR:
        write_line_of(context->writer, instruction->span);
        write_template(context->writer, "$place$ = dsy_catch(",
                       HOLE("place", variable_spelling(context, instruction->variable)));
        emit_run(context);
        write_string(context->writer, ");\n");
        break;
    case INSTRUCTION_BIND_ERROR:
        write_line_of(context->writer, instruction->span);
        emit_bind_error(context, instruction);
        break;
    }
    if (instruction->can_throw)
        emit_failed_check(context);
}

/* ---- terminators ---- */

/* The condition of a branch: an expression, or `condition` after it was evaluated and checked. */
static void
emit_condition(struct function_context *context, const struct terminator *terminator, bool is_checked, bool is_negated)
{
    write_string(context->writer, is_checked && is_negated ? "if (!" : "if (");
    if (is_checked)
        write_string(context->writer, "condition");
    else if (is_negated)
        emit_negated(context, terminator->condition);
    else
        emit_expression(context, terminator->condition);
    write_string(context->writer, ") ");
}

static void
emit_branch(struct function_context *context, const struct terminator *terminator)
{
    struct writer *writer = context->writer;
    const struct block *target = terminator->target, *otherwise = terminator->otherwise;
    bool is_checked = terminator->can_throw && terminator->condition->can_throw;
    if (is_checked) {
        context->uses_condition = true;
        write_string(writer, "condition = ");
        emit_expression(context, terminator->condition);
        write_string(writer, ";\n");
        emit_failed_check(context);
    }
    if (!terminator->is_back_edge) {
        bool is_open = structure_open_branch(context, target, otherwise);
        bool is_negated = !is_open && structure_open_branch(context, otherwise, target);
        if (is_open || is_negated) {
            emit_condition(context, terminator, is_checked, is_negated);
            write_string(writer, "{\n");
            write_indent(writer);
            return;
        }
    }
    /* The side that comes next needs no goto; a loop that goes on spends from the budget before. */
    bool is_inverted = terminator->is_back_edge || target == structure_next(context);
    emit_condition(context, terminator, is_checked, is_inverted);
    emit_goto(context, is_inverted ? otherwise : target);
    if (terminator->is_back_edge)
        emit_spend(context);
    emit_continue(context, is_inverted ? target : otherwise);
}

void
emit_case_label(struct function_context *context, const struct switch_target *target, const struct expression *value)
{
    struct writer *writer = context->writer;
    write_string(writer, "case ");
    if (target->label == NULL) {
        const struct union_declaration *declaration = value->type->declaration.variants;
        write_text(writer, variant_enumerator(context->emitter, declaration, target->variant));
    } else {
        emit_expression(context, target->label);
    }
    write_string(writer, ":");
}

/* The value of a switch, evaluated once: spelled as it is, or `selected` within braces that stay open. */
static bool
emit_selected(struct function_context *context, const struct terminator *terminator)
{
    const struct expression *value = terminator->value;
    bool is_plain = value->kind == EXPRESSION_VARIABLE || value->kind == EXPRESSION_MEMBER;
    bool is_checked = terminator->can_throw && value->can_throw;
    bool needs_variable = is_checked || (!is_plain && value->type->kind == TYPE_STRING);
    if (needs_variable)
        emit_open(context);
    write_line_of(context->writer, terminator->span);
    if (!needs_variable)
        return false;
    write_template(context->writer, "$type$ selected = ", HOLE("type", type_spelling(context->emitter, value->type)));
    emit_expression(context, value);
    write_string(context->writer, ";\n");
    if (is_checked)
        emit_failed_check(context);
    return true;
}

static void
emit_selected_value(struct function_context *context, const struct expression *value, bool is_variable)
{
    if (is_variable)
        write_string(context->writer, "selected");
    else
        emit_operand(context, value);
}

/* Strings: a chain of comparisons. */
static void
emit_string_switch(struct function_context *context, const struct terminator *terminator, bool is_variable)
{
    struct writer *writer = context->writer;
    for (size_t index = 0; index < terminator->case_count; index++) {
        write_string(writer, "if (dsy_string_is(");
        emit_selected_value(context, terminator->value, is_variable);
        write_string(writer, ", ");
        write_c_string(writer, terminator->cases[index].label->as.literal.text);
        write_string(writer, ")) ");
        emit_goto(context, terminator->cases[index].target);
    }
}

/* `switch (…) {`, as an integer: not every enumerator needs to be named. */
static void
emit_switch_head(struct function_context *context, const struct expression *value, bool is_variable)
{
    bool is_cast = value->type->kind == TYPE_ENUM || value->type->kind == TYPE_UNION || value->type->kind == TYPE_BOOL;
    write_string(context->writer, is_cast ? "switch ((int)" : "switch (");
    emit_selected_value(context, value, is_variable);
    write_string(context->writer, value->type->kind == TYPE_UNION ? ".variant) {\n" : ") {\n");
}

/* A switch whose bodies stand elsewhere. */
static void
emit_switch_of_gotos(struct function_context *context, const struct terminator *terminator, bool is_variable)
{
    struct writer *writer = context->writer;
    emit_switch_head(context, terminator->value, is_variable);
    context->is_in_switch = true;
    for (size_t index = 0; index < terminator->case_count; index++) {
        emit_case_label(context, &terminator->cases[index], terminator->value);
        write_string(writer, " ");
        if (terminator->cases[index].target == structure_next(context))
            write_string(writer, "break;\n");
        else
            emit_goto(context, terminator->cases[index].target);
    }
    if (terminator->otherwise != NULL && terminator->otherwise != structure_next(context)) {
        write_string(writer, "default: ");
        if (block_is_impossible(terminator->otherwise))
            emit_impossible(context);
        else
            emit_goto(context, terminator->otherwise);
    }
    context->is_in_switch = false;
    write_string(writer, "}\n");
}

static void
emit_switch(struct function_context *context, const struct terminator *terminator)
{
    struct writer *writer = context->writer;
    bool is_variable = emit_selected(context, terminator);
    bool is_string = terminator->value->type->kind == TYPE_STRING;
    if (!is_string && !is_variable && structure_open_switch(context, terminator)) {
        emit_switch_head(context, terminator->value, false);
        write_indent(writer);
        return;
    }
    if (is_string)
        emit_string_switch(context, terminator, is_variable);
    else
        emit_switch_of_gotos(context, terminator, is_variable);
    if (is_variable)
        emit_close(context);
    if (is_string && terminator->otherwise != NULL)
        emit_continue(context, terminator->otherwise);
}

static void
emit_switch_error(struct function_context *context, const struct terminator *terminator)
{
    for (size_t index = 0; index < terminator->case_count; index++) {
        const struct switch_target *target = &terminator->cases[index];
        write_string(context->writer, "if (");
        emit_variable(context, terminator->error_variable);
        write_template(context->writer, ".type == &$error$) ",
                       HOLE("error", error_descriptor(context->emitter, target->error->declaration.structure)));
        emit_goto(context, target->target);
    }
}

void
emit_leave_call(struct function_context *context)
{
    if (!context->enters)
        return;
    write_string(context->writer, "dsy_leave(");
    emit_run(context);
    write_string(context->writer, ");\n");
}

static void
emit_return_value(struct function_context *context, const struct terminator *terminator)
{
    if (terminator->is_new_value)
        emit_expression(context, terminator->value);
    else
        emit_stored(context, terminator->value);
}

static void
emit_return(struct function_context *context, const struct terminator *terminator)
{
    struct writer *writer = context->writer;
    if (terminator->value == NULL) {
        write_line_of(writer, terminator->span);
        emit_leave_call(context);
        write_string(writer, context->is_routine ? "return DSY_RETURNED;\n" : "return;\n");
        return;
    }
    struct text type = type_spelling(context->emitter, terminator->value->type);
    bool is_constant = terminator->value->kind == EXPRESSION_VARIABLE || terminator->value->kind == EXPRESSION_LITERAL;
    bool is_checked = terminator->can_throw && (context->is_routine || context->block->handler != NULL);
    bool needs_variable = is_checked || (context->enters && !is_constant);
    if (needs_variable)
        emit_open(context);
    write_line_of(writer, terminator->span);
    if (needs_variable) {
        write_template(writer, "$type$ returned = ", HOLE("type", type));
        emit_return_value(context, terminator);
        write_string(writer, ";\n");
        if (is_checked)
            emit_failed_check(context);
    }
    emit_leave_call(context);
    if (context->is_routine) {
        write_template(writer, "*($type$ *)dsy_return(", HOLE("type", type));
        emit_run(context);
        write_template(writer, ", sizeof($type$)) = ", HOLE("type", type));
    } else {
        write_string(writer, "return ");
    }
    if (needs_variable)
        write_string(writer, "returned");
    else
        emit_return_value(context, terminator);
    write_string(writer, ";\n");
    if (context->is_routine)
        write_string(writer, "return DSY_RETURNED;\n");
    if (needs_variable)
        emit_close(context);
}

static void
emit_throw(struct function_context *context, const struct terminator *terminator)
{
    struct writer *writer = context->writer;
    if (terminator->kind == TERMINATOR_RETHROW) {
        write_string(writer, "dsy_throw_again(");
        emit_run(context);
        write_string(writer, ", &");
        emit_variable(context, terminator->error_variable);
    } else if (type_is_built_in_error(terminator->value->type)) {
        bool is_new = terminator->value->kind == EXPRESSION_STRUCT;
        write_string(writer, is_new ? "dsy_throw(" : "dsy_throw_again(");
        emit_run(context);
        write_string(writer, ", ");
        if (is_new)
            write_template(
                writer, "&$error$, NULL",
                HOLE("error", error_descriptor(context->emitter, terminator->value->type->declaration.structure)));
        else
            emit_address(context, terminator->value, false);
    } else {
        const struct struct_declaration *declaration = terminator->value->type->declaration.structure;
        write_string(writer, "dsy_throw(");
        emit_run(context);
        write_template(writer, ", &$error$, ", HOLE("error", error_descriptor(context->emitter, declaration)));
        if (declaration->member_count == 0)
            write_string(writer, "NULL");
        else
            emit_address(context, terminator->value, true);
    }
    write_string(writer, ");\n");
    emit_leave(context);
}

static void
emit_terminator(struct function_context *context, const struct terminator *terminator)
{
    switch (terminator->kind) {
    case TERMINATOR_JUMP:
        if (terminator->is_back_edge) {
            write_line_of(context->writer, terminator->span);
            emit_spend(context);
        }
        emit_continue(context, terminator->target);
        break;
    case TERMINATOR_BRANCH:
        write_line_of(context->writer, terminator->span);
        emit_branch(context, terminator);
        break;
    case TERMINATOR_SWITCH: emit_switch(context, terminator); break;
    case TERMINATOR_SWITCH_ERROR:
        write_line_of(context->writer, terminator->span);
        emit_switch_error(context, terminator);
        if (terminator->otherwise != NULL)
            emit_continue(context, terminator->otherwise);
        break;
    case TERMINATOR_RETURN: emit_return(context, terminator); break;
    case TERMINATOR_THROW:
    case TERMINATOR_RETHROW:
        write_line_of(context->writer, terminator->span);
        emit_throw(context, terminator);
        break;
    case TERMINATOR_AWAIT: emit_await(context, terminator->suspension); break;
    case TERMINATOR_UNREACHABLE: emit_impossible(context); break;
    }
}

/* ---- blocks ---- */

void
emit_block(struct function_context *context, const struct block *block)
{
    for (size_t index = 0; index < block->instruction_count; index++)
        emit_instruction(context, &block->instructions[index]);
    emit_terminator(context, &block->terminator);
}

/* ---- questions ---- */

bool
instruction_may_leave(const struct instruction *instruction)
{
    if (instruction->can_throw)
        return true;
    const struct expression *target = instruction->target, *value = instruction->value;
    return (target != NULL && lvalue_needs_places(target)) ||
           (value != NULL && value->kind == EXPRESSION_METHOD && method_mutates(value->as.method) &&
            lvalue_needs_places(value->operand));
}

bool
block_is_impossible(const struct block *block)
{
    return block->instruction_count == 0 && block->terminator.kind == TERMINATOR_UNREACHABLE;
}
