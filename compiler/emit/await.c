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

/* The arguments of a call that leaves this stack: one CBOR array. */
static void
emit_arguments(struct function_context *context, const struct expression *call)
{
    struct writer *writer = context->writer;
    write_format(writer, "dsy_cbor_write_array_begin(writer, %zu);\n", call->argument_count);
    for (size_t index = 0; index < call->argument_count; index++) {
        const struct expression *argument = call->arguments[index];
        write_text(writer, type_stem(context->emitter, argument->type));
        write_string(writer, "_write_cbor(writer, ");
        if (type_is_scalar(argument->type))
            emit_expression(context, argument);
        else
            emit_address(context, argument, false);
        write_string(writer, ");\n");
    }
    write_string(writer, "dsy_cbor_write_array_end(writer);\n");
}

/* The method's place in what the `use` names. */
static uint32_t
method_number(const struct function_context *context, const struct expression *call)
{
    const struct function *method = call->as.call.function;
    const struct interface *interface = call->as.call.use->interface;
    if (interface == NULL)
        return context->emitter->functions[method->index].service_number;
    for (uint32_t index = 0; index < interface->method_count; index++) {
        if (interface->methods[index] == method)
            return index;
    }
    return 0;
}

static void
emit_remote_call(struct function_context *context, const struct suspension *suspension)
{
    const struct expression *call = suspension->operand;
    const struct function *function = call->as.call.function;
    struct writer *writer = context->writer;
    write_string(writer, "{\n");
    write_indent(writer);
    write_line_of(writer, suspension->span);
    write_string(writer, "struct dsy_cbor_writer *writer = dsy_value(run);\n");
    emit_arguments(context, call);
    if (suspension->kind == AWAIT_STEP)
        write_template(writer, "dsy_await_step(run, &$name$_step);\n", HOLE("name", function->c_name));
    else if (suspension->kind == AWAIT_USE)
        write_format(writer, "dsy_to_use(run, %u, %u, NULL);\ndsy_await_call(run);\n", call->as.call.use->index,
                     method_number(context, call));
    else
        write_format(writer, "dsy_to_service(run, %u, %u, NULL);\ndsy_await_call(run);\n", function->service->index,
                     context->emitter->functions[function->index].service_number);
    write_outdent(writer);
    write_string(writer, "}\n");
}

/* Do parameters stand in the callee's frame struct at all? */
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

static void
emit_request(struct function_context *context, const struct suspension *suspension)
{
    struct writer *writer = context->writer;
    switch (suspension->kind) {
    case AWAIT_SUBROUTINE: emit_subroutine_call(context, suspension); break;
    case AWAIT_STEP:
    case AWAIT_USE:
    case AWAIT_SERVICE: emit_remote_call(context, suspension); break;
    case AWAIT_SLEEP:
    case AWAIT_SLEEP_UNTIL:
        write_line_of(writer, suspension->span);
        write_string(writer, suspension->kind == AWAIT_SLEEP ? "dsy_await_sleep(run, " : "dsy_await_sleep_until(run, ");
        emit_expression(context, suspension->operand);
        write_string(writer, ");\n");
        break;
    case AWAIT_ALL:
    case AWAIT_ANY:
    case AWAIT_PROMISE:
    case AWAIT_SELECT:
    case AWAIT_TASK:
    case AWAIT_CHECKPOINT:
        write_line_of(writer, suspension->span);
        write_string(writer, "dsy_await_checkpoint(run);\n");
        break;
    }
}

static void
emit_result(struct function_context *context, const struct suspension *suspension)
{
    const struct variable *result = suspension->result;
    if (result == NULL)
        return;
    struct writer *writer = context->writer;
    struct text place = variable_spelling(context, result);
    if (suspension->kind == AWAIT_SUBROUTINE) {
        write_template(writer, "$place$ = *(const $type$ *)run->result;\n", HOLE("place", place),
                       HOLE("type", type_spelling(context->emitter, result->type)));
        return;
    }
    context->is_read[result->index] = true;
    emit_read_cbor(context->emitter, writer, result->type, "run->reader", place);
    write_string(writer, "if (run->reader->failed) return DSY_BROKEN;\n");
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
    emit_result(context, suspension);
    emit_continue(context, suspension->resumed);
}
