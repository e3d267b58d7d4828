/* Methods: what the built-in types have, as calls of libdsy. See emitter.h. */
#include "compiler/emit/emitter.h"

bool
method_mutates(enum built_in_method method)
{
    switch (method) {
    case METHOD_ARRAY_PUSH:
    case METHOD_ARRAY_POP:
    case METHOD_ARRAY_INSERT:
    case METHOD_ARRAY_REMOVE:
    case METHOD_ARRAY_SORT:
    case METHOD_ARRAY_REVERSE:
    case METHOD_ARRAY_CLEAR:
    case METHOD_MAP_REMOVE:
    case METHOD_MAP_CLEAR: return true;
    case METHOD_STRING_LENGTH:
    case METHOD_STRING_CONTAINS:
    case METHOD_STRING_STARTS_WITH:
    case METHOD_STRING_ENDS_WITH:
    case METHOD_STRING_FIND:
    case METHOD_STRING_SLICE:
    case METHOD_STRING_SPLIT:
    case METHOD_STRING_TRIM:
    case METHOD_STRING_UPPER:
    case METHOD_STRING_LOWER:
    case METHOD_STRING_REPLACE:
    case METHOD_BYTES_LENGTH:
    case METHOD_BYTES_SLICE:
    case METHOD_ARRAY_LENGTH:
    case METHOD_ARRAY_SLICE:
    case METHOD_ARRAY_CONTAINS:
    case METHOD_ARRAY_JOIN:
    case METHOD_MAP_LENGTH:
    case METHOD_MAP_HAS:
    case METHOD_MAP_GET:
    case METHOD_MAP_KEYS:
    case METHOD_MAP_VALUES:
    case METHOD_DURATION_SECONDS:
    case METHOD_DURATION_MILLISECONDS:
    case METHOD_ENUM_NAME:
    case METHOD_ENUM_VALUE:
    case METHOD_ERROR_NAME:
    case METHOD_ERROR_MESSAGE: return false;
    }
    return false;
}

/* Arguments, each behind a comma. */
static void
emit_arguments(struct function_context *context, const struct expression *method, bool are_stored)
{
    for (size_t index = 0; index < method->argument_count; index++) {
        write_string(context->writer, ", ");
        if (are_stored)
            emit_stored(context, method->arguments[index]);
        else
            emit_expression(context, method->arguments[index]);
    }
}

/* "STEM_NAME(run, operand, arguments)", the run where it is taken. */
static void
emit_method_call(struct function_context *context, const struct expression *method, struct text stem, const char *name,
                 bool takes_run)
{
    write_text(context->writer, stem);
    write_format(context->writer, "_%s(", name);
    if (takes_run) {
        emit_run(context);
        write_string(context->writer, ", ");
    }
    emit_expression(context, method->operand);
    emit_arguments(context, method, false);
    write_string(context->writer, ")");
}

/* A member of the value: "s.size_bytes". */
static void
emit_member_of(struct function_context *context, const struct expression *method, const char *member)
{
    emit_operand(context, method->operand);
    write_format(context->writer, ".%s", member);
}

static void
emit_error_method(struct function_context *context, const struct expression *method)
{
    const struct type *type = method->operand->type;
    bool is_name = method->as.method == METHOD_ERROR_NAME;
    if (type->kind == TYPE_ANY_ERROR || type_is_built_in_error(type)) {
        if (!is_name) {
            emit_member_of(context, method, "message");
            return;
        }
        write_string(context->writer, "dsy_error_name(");
        emit_address(context, method->operand, false);
        write_string(context->writer, ")");
    } else if (is_name) {
        write_template(context->writer, "DSY_STRING(\"$name$\")",
                       HOLE("name", error_name(context->emitter, type->declaration.structure)));
    } else {
        write_template(context->writer, "dsy_error_message($run$, &$error$, ", HOLE("run", TEXT("run")),
                       HOLE("error", error_descriptor(context->emitter, type->declaration.structure)));
        context->uses_run = true;
        if (type->declaration.structure->member_count > 0)
            emit_address(context, method->operand, false);
        else
            write_string(context->writer, "NULL");
        write_string(context->writer, ")");
    }
}

/* s.find(t): libdsy's -1 becomes null. */
static void
emit_find(struct function_context *context, const struct expression *method)
{
    write_template(context->writer, "$optional$_position(",
                   HOLE("optional", type_stem(context->emitter, method->type)));
    emit_method_call(context, method, TEXT("dsy_string"), "find", false);
    write_string(context->writer, ")");
}

static void
emit_split(struct function_context *context, const struct expression *method)
{
    write_template(context->writer, "$array$_from(", HOLE("array", type_stem(context->emitter, method->type)));
    emit_method_call(context, method, TEXT("dsy_string"), "split", true);
    write_string(context->writer, ")");
}

static void
emit_join(struct function_context *context, const struct expression *method)
{
    write_string(context->writer, "dsy_array_join(");
    emit_run(context);
    write_string(context->writer, ", ");
    emit_address(context, method->operand, false);
    emit_arguments(context, method, false);
    write_string(context->writer, ")");
}

void
emit_method(struct function_context *context, const struct expression *method)
{
    struct text stem = type_stem(context->emitter, method->operand->type);
    switch (method->as.method) {
    case METHOD_STRING_LENGTH:
    case METHOD_BYTES_LENGTH: emit_member_of(context, method, "size_bytes"); break;
    case METHOD_STRING_CONTAINS: emit_method_call(context, method, stem, "contains", false); break;
    case METHOD_STRING_STARTS_WITH: emit_method_call(context, method, stem, "starts_with", false); break;
    case METHOD_STRING_ENDS_WITH: emit_method_call(context, method, stem, "ends_with", false); break;
    case METHOD_STRING_FIND: emit_find(context, method); break;
    case METHOD_STRING_SPLIT: emit_split(context, method); break;
    case METHOD_STRING_TRIM: emit_method_call(context, method, stem, "trim", false); break;
    case METHOD_STRING_UPPER: emit_method_call(context, method, stem, "upper", true); break;
    case METHOD_STRING_LOWER: emit_method_call(context, method, stem, "lower", true); break;
    case METHOD_STRING_REPLACE: emit_method_call(context, method, stem, "replace", true); break;
    case METHOD_STRING_SLICE:
    case METHOD_BYTES_SLICE:
    case METHOD_ARRAY_SLICE: emit_method_call(context, method, stem, "slice", true); break;
    case METHOD_ARRAY_LENGTH: emit_member_of(context, method, "length"); break;
    case METHOD_ARRAY_CONTAINS: emit_method_call(context, method, stem, "contains", true); break;
    case METHOD_ARRAY_JOIN: emit_join(context, method); break;
    case METHOD_MAP_LENGTH:
        write_string(context->writer, "dsy_map_length(");
        emit_member_of(context, method, "map");
        write_string(context->writer, ")");
        break;
    case METHOD_MAP_HAS: emit_method_call(context, method, stem, "has", false); break;
    case METHOD_MAP_GET: emit_method_call(context, method, stem, "get", true); break;
    case METHOD_MAP_KEYS: emit_method_call(context, method, stem, "keys", true); break;
    case METHOD_MAP_VALUES: emit_method_call(context, method, stem, "values", true); break;
    case METHOD_DURATION_SECONDS: emit_method_call(context, method, stem, "seconds", false); break;
    case METHOD_DURATION_MILLISECONDS: emit_method_call(context, method, stem, "milliseconds", false); break;
    case METHOD_ENUM_NAME: emit_method_call(context, method, stem, "name", false); break;
    case METHOD_ENUM_VALUE:
        write_string(context->writer, "(int64_t)");
        emit_operand(context, method->operand);
        break;
    case METHOD_ERROR_NAME:
    case METHOD_ERROR_MESSAGE: emit_error_method(context, method); break;
    case METHOD_ARRAY_PUSH:
    case METHOD_ARRAY_POP:
    case METHOD_ARRAY_INSERT:
    case METHOD_ARRAY_REMOVE:
    case METHOD_ARRAY_SORT:
    case METHOD_ARRAY_REVERSE:
    case METHOD_ARRAY_CLEAR:
    case METHOD_MAP_REMOVE:
    case METHOD_MAP_CLEAR: break; /* only at the root of an instruction: emit_mutation */
    }
}

/* The name of a changing method's function. */
static const char *
mutation_name(enum built_in_method method)
{
    switch (method) {
    case METHOD_ARRAY_PUSH: return "push";
    case METHOD_ARRAY_POP: return "pop";
    case METHOD_ARRAY_INSERT: return "insert";
    case METHOD_ARRAY_SORT: return "sort";
    case METHOD_ARRAY_REVERSE: return "reverse";
    case METHOD_ARRAY_REMOVE:
    case METHOD_MAP_REMOVE: return "remove";
    case METHOD_ARRAY_CLEAR:
    case METHOD_MAP_CLEAR: return "clear";
    case METHOD_STRING_LENGTH:
    case METHOD_STRING_CONTAINS:
    case METHOD_STRING_STARTS_WITH:
    case METHOD_STRING_ENDS_WITH:
    case METHOD_STRING_FIND:
    case METHOD_STRING_SLICE:
    case METHOD_STRING_SPLIT:
    case METHOD_STRING_TRIM:
    case METHOD_STRING_UPPER:
    case METHOD_STRING_LOWER:
    case METHOD_STRING_REPLACE:
    case METHOD_BYTES_LENGTH:
    case METHOD_BYTES_SLICE:
    case METHOD_ARRAY_LENGTH:
    case METHOD_ARRAY_SLICE:
    case METHOD_ARRAY_CONTAINS:
    case METHOD_ARRAY_JOIN:
    case METHOD_MAP_LENGTH:
    case METHOD_MAP_HAS:
    case METHOD_MAP_GET:
    case METHOD_MAP_KEYS:
    case METHOD_MAP_VALUES:
    case METHOD_DURATION_SECONDS:
    case METHOD_DURATION_MILLISECONDS:
    case METHOD_ENUM_NAME:
    case METHOD_ENUM_VALUE:
    case METHOD_ERROR_NAME:
    case METHOD_ERROR_MESSAGE: break;
    }
    return "";
}

void
emit_mutation(struct function_context *context, const struct expression *method, struct text place)
{
    write_text(context->writer, type_stem(context->emitter, method->operand->type));
    write_format(context->writer, "_%s(", mutation_name(method->as.method));
    emit_run(context);
    write_template(context->writer, ", $address$", HOLE("address", place));
    emit_arguments(context, method, true);
    write_string(context->writer, ")");
}
