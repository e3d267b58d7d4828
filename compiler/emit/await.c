/* Awaits: where a routine stops, and where it goes on. See emitter.h and dsy/generated.h.
 *
 *     asks for one effect; run->state = 3; return DSY_SUSPENDED;
 *
 * resumed_3:
 *     run->failed, or the result is there; on with the next block */
#include "compiler/emit/emitter.h"

/* How many octets of source stand in the comment at a state. */
#define SOURCE_COMMENT_BYTES_MAX 96

void
emit_routine_entry(struct function_context *context)
{
    const struct function *function = context->machine->function;
    if (context->used_locals)
        write_template(context->writer, "struct $name$_locals *locals = frame;\n", HOLE("name", function->c_name));
    else
        write_string(context->writer, "(void)frame;\n");
}

void
emit_state_switch(struct function_context *context, const bool *is_reached)
{
    const struct machine *machine = context->machine;
    struct writer *writer = context->writer;
    write_blank_line(writer);
    write_string(writer, "switch (state) {\n"
                         "case 0: break;\n");
    for (size_t index = 0; index < machine->block_count; index++) {
        const struct terminator *terminator = &machine->blocks[index]->terminator;
        if (is_reached[index] && terminator->kind == TERMINATOR_AWAIT)
            write_format(writer, "case %u: goto resumed_%u;\n", terminator->suspension->state,
                         terminator->suspension->state);
    }
    write_string(writer, "default: return DSY_BROKEN;\n"
                         "}\n");
}

static void
emit_remote_call(struct function_context *context, const struct suspension *suspension)
{
    const struct expression *call = suspension->operand;
    struct writer *writer = context->writer;
    write_string(writer, "{\n");
    write_indent(writer);
    write_line_of(writer, suspension->span);
    emit_message_begin(context);
    emit_message_arguments(context, call);
    if (suspension->kind == AWAIT_STEP) {
        write_template(writer, "dsy_await_step(run, &$name$_step);\n", HOLE("name", call->as.call.function->c_name));
    } else {
        emit_message_target(context, suspension->kind, call);
        write_string(writer, "dsy_await_call(run);\n");
    }
    write_outdent(writer);
    write_string(writer, "}\n");
}

static void
emit_subroutine_call(struct function_context *context, const struct suspension *suspension)
{
    const struct expression *call = suspension->operand;
    const struct function *callee = call->as.call.function;
    struct writer *writer = context->writer;
    if (call->argument_count == 0) {
        write_line_of(writer, suspension->span);
        write_template(writer, "if (dsy_call(run, &$name$_routine) == NULL) ", HOLE("name", callee->c_name));
        emit_leave(context);
        return;
    }
    write_string(writer, "{\n");
    write_indent(writer);
    write_line_of(writer, suspension->span);
    write_template(writer, "struct $name$_locals *called = dsy_call(run, &$name$_routine);\n",
                   HOLE("name", callee->c_name));
    write_string(writer, "if (called == NULL) ");
    emit_leave(context);
    for (size_t index = 0; index < call->argument_count; index++) {
        write_template(writer, "called->$name$ = ", HOLE("name", callee->parameters[index]->c_name));
        emit_expression(context, call->arguments[index]);
        write_string(writer, ";\n");
    }
    write_outdent(writer);
    write_string(writer, "}\n");
}

/* "FUNCTION(run, operand);" */
static void
emit_simple_request(struct function_context *context, const struct suspension *suspension, const char *function)
{
    struct writer *writer = context->writer;
    write_line_of(writer, suspension->span);
    write_format(writer, "%s(run", function);
    if (suspension->operand != NULL) {
        write_string(writer, ", ");
        emit_expression(context, suspension->operand);
    }
    write_string(writer, ");\n");
}

/* The tasks of an `all` or `any`. */
static void
emit_request_of_many(struct function_context *context, const struct suspension *suspension)
{
    struct writer *writer = context->writer;
    write_line_of(writer, suspension->span);
    write_string(writer, suspension->kind == AWAIT_ALL ? "dsy_await_all(run, " : "dsy_await_any(run, ");
    emit_operand(context, suspension->operand);
    write_string(writer, ".items, ");
    emit_operand(context, suspension->operand);
    write_string(writer, ".length");
    if (suspension->kind == AWAIT_ALL)
        write_string(writer, suspension->operand->type->element->element->kind == TYPE_VOID ? ", true" : ", false");
    write_string(writer, ");\n");
}

static void
emit_select(struct function_context *context, const struct suspension *suspension)
{
    struct writer *writer = context->writer;
    size_t count = 0;
    write_string(writer, "{\n");
    write_indent(writer);
    write_line_of(writer, suspension->span);
    for (size_t index = 0; index < suspension->source_count; index++) {
        const struct expression *source = suspension->sources[index].source;
        if (source == NULL)
            continue;
        write_string(writer, count++ == 0 ? "const dsy_uuid selected[] = { " : ", ");
        emit_expression(context, source);
    }
    write_string(writer, count > 0 ? " };\n" : "");
    write_format(writer, "dsy_await_select(run, %s, %zu, ", count > 0 ? "selected" : "NULL", count);
    if (suspension->after != NULL)
        emit_expression(context, suspension->after);
    else
        write_string(writer, "DSY_NO_TIME");
    write_string(writer, ");\n");
    write_outdent(writer);
    write_string(writer, "}\n");
}

static void
emit_request(struct function_context *context, const struct suspension *suspension)
{
    struct writer *writer = context->writer;
    switch (suspension->kind) {
    case AWAIT_SUBROUTINE: emit_subroutine_call(context, suspension); break;
    case AWAIT_STEP:
    case AWAIT_USE:
    case AWAIT_SERVICE: emit_remote_call(context, suspension); break;
    case AWAIT_SLEEP: emit_simple_request(context, suspension, "dsy_await_sleep"); break;
    case AWAIT_SLEEP_UNTIL: emit_simple_request(context, suspension, "dsy_await_sleep_until"); break;
    case AWAIT_CHECKPOINT: emit_simple_request(context, suspension, "dsy_await_checkpoint"); break;
    case AWAIT_TASK:
    case AWAIT_PROMISE: emit_simple_request(context, suspension, "dsy_await_handle"); break;
    case AWAIT_ALL:
    case AWAIT_ANY: emit_request_of_many(context, suspension); break;
    case AWAIT_SELECT: emit_select(context, suspension); break;
    }
    if (suspension->within != NULL) {
        write_line_of(writer, suspension->within->span);
        write_string(writer, "dsy_within(run, ");
        emit_expression(context, suspension->within);
        write_string(writer, ");\n");
    }
}

/* What was awaited, into the variable that takes it. */
static void
emit_result(struct function_context *context, const struct variable *result)
{
    struct writer *writer = context->writer;
    struct text place = variable_spelling(context, result);
    if (type_is_generated(result->type)) /* then its address is taken */
        context->is_read[result->index] = true;
    emit_read_cbor(context->emitter, writer, result->type, "run->reader", place);
    write_string(writer, "if (run->reader->failed) return DSY_BROKEN;\n");
}

static void
emit_result_of_subroutine(struct function_context *context, const struct variable *result)
{
    write_template(context->writer, "$place$ = *(const $type$ *)run->result;\n",
                   HOLE("place", variable_spelling(context, result)),
                   HOLE("type", type_spelling(context->emitter, result->type)));
}

/* To the body of the source that was the first; those that are no `after` are counted. */
static void
emit_selected_way(struct function_context *context, const struct suspension *suspension)
{
    struct writer *writer = context->writer;
    size_t count = 0, number = 0;
    for (size_t index = 0; index < suspension->source_count; index++)
        count += suspension->sources[index].source != NULL;
    write_string(writer, "switch (run->selected) {\n");
    context->is_in_switch = true;
    for (size_t index = 0; index < suspension->source_count; index++) {
        const struct select_source *source = &suspension->sources[index];
        write_format(writer, "case %zu:\n", source->source != NULL ? number++ : count);
        write_indent(writer);
        if (source->result != NULL)
            emit_result(context, source->result);
        if (source->resumed == structure_next(context))
            write_string(writer, "break;\n");
        else
            emit_goto(context, source->resumed);
        write_outdent(writer);
    }
    context->is_in_switch = false;
    write_string(writer, "default: return DSY_BROKEN;\n}\n");
}

void
emit_await(struct function_context *context, const struct suspension *suspension)
{
    struct writer *writer = context->writer;
    context->uses_run = true;
    write_string(writer, "/* ");
    write_format(writer, "%u: ", suspension->state);
    write_comment_text(writer, source_of(context->emitter, suspension->span), SOURCE_COMMENT_BYTES_MAX);
    write_string(writer, " */\n");
    emit_request(context, suspension);
    write_format(writer, "run->state = %u;\n", suspension->state);
    write_string(writer, suspension->kind == AWAIT_SUBROUTINE ? "return DSY_CALLED;\n" : "return DSY_SUSPENDED;\n");
    write_outdent(writer);
    write_blank_line(writer);
    write_format(writer, "resumed_%u:\n", suspension->state);
    write_indent(writer);
    write_line_of(writer, suspension->span);
    emit_failed_check(context);
    if (suspension->kind == AWAIT_SELECT) {
        emit_selected_way(context, suspension);
        return;
    }
    if (suspension->result != NULL && suspension->kind == AWAIT_SUBROUTINE)
        emit_result_of_subroutine(context, suspension->result);
    else if (suspension->result != NULL)
        emit_result(context, suspension->result);
    emit_continue(context, suspension->resumed);
}
