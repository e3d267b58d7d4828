/* Messages: values that leave the routine. See emitter.h and dsy/generated.h.
 *
 *     {
 *         struct dsy_cbor_writer *writer = dsy_value(run);
 *         …what is sent…
 *         dsy_to_use(run, 0, 1, NULL);
 *         locals->payment = dsy_start(run);
 *     }
 *
 * First the value is written, then one call says what becomes of it. Nothing in between can throw. */
#include "compiler/emit/emitter.h"

void
emit_message_begin(struct function_context *context)
{
    context->uses_run = true;
    write_string(context->writer, "struct dsy_cbor_writer *writer = dsy_value(run);\n");
}

void
emit_message_value(struct function_context *context, const struct expression *value)
{
    struct writer *writer = context->writer;
    if (value == NULL) {
        write_string(writer, "dsy_cbor_write_null(writer);\n");
        return;
    }
    write_text(writer, type_stem(context->emitter, value->type));
    write_string(writer, "_write_cbor(writer, ");
    if (type_is_scalar(value->type))
        emit_expression(context, value);
    else
        emit_address(context, value, false);
    write_string(writer, ");\n");
}

void
emit_message_arguments(struct function_context *context, const struct expression *call)
{
    struct writer *writer = context->writer;
    write_format(writer, "dsy_cbor_write_array_begin(writer, %zu);\n", call->argument_count);
    for (size_t index = 0; index < call->argument_count; index++)
        emit_message_value(context, call->arguments[index]);
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

/* The last argument of dsy_to_…: the key. */
static void
emit_key_argument(struct function_context *context, const struct expression *key)
{
    if (key == NULL)
        write_string(context->writer, "NULL");
    else
        emit_address(context, key, false);
    write_string(context->writer, ");\n");
}

void
emit_message_target(struct function_context *context, enum await_kind kind, const struct expression *call)
{
    struct writer *writer = context->writer;
    const struct function *function = call->as.call.function;
    if (kind == AWAIT_USE) {
        write_format(writer, "dsy_to_use(run, %u, %u, ", call->as.call.use->index, method_number(context, call));
        emit_key_argument(context, call->as.call.key);
    } else if (kind == AWAIT_SERVICE) {
        write_format(writer, "dsy_to_service(run, %u, %u, ", function->service->index,
                     context->emitter->functions[function->index].service_number);
        emit_key_argument(context, call->as.call.key);
    } else {
        write_template(writer, "dsy_to_routine(run, &$name$_routine);\n", HOLE("name", function->c_name));
    }
}

/* Variables as they are, in the order of the compensation's arguments. */
static void
emit_compensation(struct function_context *context, const struct instruction *instruction)
{
    const struct function *compensation = instruction->compensation;
    struct writer *writer = context->writer;
    emit_message_begin(context);
    write_format(writer, "dsy_cbor_write_array_begin(writer, %zu);\n", compensation->parameter_count);
    for (size_t index = 0; index < compensation->parameter_count; index++) {
        const struct variable *variable = compensation->parameters[index];
        context->is_read[variable->index] = true;
        emit_write_cbor(context->emitter, writer, variable->type, variable_spelling(context, variable));
    }
    write_template(writer,
                   "dsy_cbor_write_array_end(writer);\n"
                   "dsy_compensate(run, &$name$_routine);\n",
                   HOLE("name", compensation->c_name));
}

static void
emit_publish(struct function_context *context, const struct instruction *instruction)
{
    emit_message_begin(context);
    emit_message_value(context, instruction->value);
    write_template(context->writer, "dsy_publish(run, &$name$_event);\n",
                   HOLE("name", instruction->value->type->declaration.structure->c_name));
}

static void
emit_resolve(struct function_context *context, const struct expression *resolve)
{
    emit_message_begin(context);
    emit_message_value(context, resolve->right);
    write_string(context->writer, "dsy_resolve(run, ");
    emit_expression(context, resolve->left);
    write_string(context->writer, ");\n");
}

static void
emit_reject(struct function_context *context, const struct expression *reject)
{
    context->uses_run = true;
    write_string(context->writer, "dsy_reject(run, ");
    emit_expression(context, reject->left);
    write_string(context->writer, ", ");
    emit_address(context, reject->right, false);
    write_string(context->writer, ");\n");
}

bool
instruction_is_message(const struct instruction *instruction)
{
    switch (instruction->kind) {
    case INSTRUCTION_PUBLISH:
    case INSTRUCTION_CANCEL:
    case INSTRUCTION_COMPENSATE: return true;
    case INSTRUCTION_EVALUATE:
        return instruction->value->kind == EXPRESSION_RESOLVE || instruction->value->kind == EXPRESSION_REJECT;
    case INSTRUCTION_ASSIGN:
    case INSTRUCTION_TAKE_ERROR:
    case INSTRUCTION_BIND_ERROR: return false;
    }
    return false;
}

void
emit_message(struct function_context *context, const struct instruction *instruction)
{
    bool has_writer = instruction->kind == INSTRUCTION_PUBLISH || instruction->kind == INSTRUCTION_COMPENSATE ||
                      (instruction->kind == INSTRUCTION_EVALUATE && instruction->value->kind == EXPRESSION_RESOLVE);
    if (has_writer) {
        write_string(context->writer, "{\n");
        write_indent(context->writer);
    }
    write_line_of(context->writer, instruction->span);
    if (instruction->kind == INSTRUCTION_PUBLISH) {
        emit_publish(context, instruction);
    } else if (instruction->kind == INSTRUCTION_COMPENSATE) {
        emit_compensation(context, instruction);
    } else if (instruction->kind == INSTRUCTION_CANCEL) {
        context->uses_run = true;
        write_string(context->writer, "dsy_cancel(run, ");
        emit_expression(context, instruction->value);
        write_string(context->writer, ");\n");
    } else if (instruction->value->kind == EXPRESSION_RESOLVE) {
        emit_resolve(context, instruction->value);
    } else {
        emit_reject(context, instruction->value);
    }
    if (has_writer) {
        write_outdent(context->writer);
        write_string(context->writer, "}\n");
    }
}
