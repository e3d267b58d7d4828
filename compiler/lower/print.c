/* Print: lowered trees as text. See print.h. */
#include "compiler/lower/print.h"

static void
add(struct text_builder *builder, const char *string)
{
    text_builder_add_string(builder, string);
}

static void
print_list(struct text_builder *builder, const struct expression *const *arguments, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        if (index > 0)
            add(builder, ", ");
        print_expression(builder, arguments[index]);
    }
}

/* An operand of an operator: in parentheses unless it is a primary. */
static void
print_operand(struct text_builder *builder, const struct expression *operand)
{
    while (operand->kind == EXPRESSION_NARROW || operand->kind == EXPRESSION_SOME)
        operand = operand->operand;
    bool is_compound = operand->kind == EXPRESSION_BINARY || operand->kind == EXPRESSION_UNARY ||
                       operand->kind == EXPRESSION_LOGICAL_AND || operand->kind == EXPRESSION_LOGICAL_OR ||
                       operand->kind == EXPRESSION_CONDITIONAL || operand->kind == EXPRESSION_COALESCE;
    if (is_compound)
        text_builder_add_character(builder, '(');
    print_expression(builder, operand);
    if (is_compound)
        text_builder_add_character(builder, ')');
}

/* ---- literals ---- */

static void
print_hexadecimal(struct text_builder *builder, struct text bytes)
{
    for (size_t index = 0; index < bytes.size_bytes; index++)
        text_builder_format(builder, "%02x", (unsigned)(unsigned char)bytes.data[index]);
}

/* In the largest unit that divides it. */
static void
print_duration(struct text_builder *builder, int64_t nanoseconds)
{
    struct duration_reading reading = duration_read(nanoseconds);
    text_builder_format(builder, "%lld%s", (long long)reading.count, reading.unit);
}

static void
print_literal(struct text_builder *builder, const struct expression *literal)
{
    enum type_kind kind = literal->type->kind;
    if (kind == TYPE_BOOL)
        add(builder, literal->as.literal.boolean ? "true" : "false");
    else if (kind == TYPE_DOUBLE)
        text_builder_format(builder, "%.17g", literal->as.literal.real);
    else if (kind == TYPE_DECIMAL)
        text_builder_format(builder, "%.*sm", TEXT_ARGUMENTS(literal->as.literal.text));
    else if (kind == TYPE_STRING)
        text_builder_add_json(builder, literal->as.literal.text);
    else if (kind == TYPE_BYTES || kind == TYPE_UUID) {
        add(builder, kind == TYPE_BYTES ? "bytes(" : "uuid(");
        print_hexadecimal(builder, literal->as.literal.text);
        add(builder, ")");
    } else if (kind == TYPE_DURATION)
        print_duration(builder, literal->as.literal.integer);
    else if (kind == TYPE_TIME)
        text_builder_format(builder, "time(%lldns)", (long long)literal->as.literal.integer);
    else if (kind == TYPE_UINT8 || kind == TYPE_UINT16 || kind == TYPE_UINT32 || kind == TYPE_UINT64)
        text_builder_format(builder, "%llu", (unsigned long long)literal->as.literal.natural);
    else
        text_builder_format(builder, "%lld", (long long)literal->as.literal.integer);
}

/* ---- operators and methods ---- */

static const char *binary_sign(enum binary_operator operator)
{
    switch (operator) {
    case BINARY_ADD: return "+";
    case BINARY_SUBTRACT: return "-";
    case BINARY_MULTIPLY: return "*";
    case BINARY_DIVIDE: return "/";
    case BINARY_MODULO: return "%";
    case BINARY_AND: return "&";
    case BINARY_OR: return "|";
    case BINARY_XOR: return "^";
    case BINARY_SHIFT_LEFT: return "<<";
    case BINARY_SHIFT_RIGHT: return ">>";
    case BINARY_EQUAL: return "==";
    case BINARY_NOT_EQUAL: return "!=";
    case BINARY_LESS: return "<";
    case BINARY_LESS_EQUAL: return "<=";
    case BINARY_GREATER: return ">";
    case BINARY_GREATER_EQUAL: return ">=";
    }
    return "?";
}

static const char *
method_name(enum built_in_method method)
{
    switch (method) {
    case METHOD_STRING_LENGTH:
    case METHOD_BYTES_LENGTH:
    case METHOD_ARRAY_LENGTH:
    case METHOD_MAP_LENGTH: return "length";
    case METHOD_STRING_CONTAINS:
    case METHOD_ARRAY_CONTAINS: return "contains";
    case METHOD_STRING_STARTS_WITH: return "starts_with";
    case METHOD_STRING_ENDS_WITH: return "ends_with";
    case METHOD_STRING_FIND: return "find";
    case METHOD_STRING_SLICE:
    case METHOD_BYTES_SLICE:
    case METHOD_ARRAY_SLICE: return "slice";
    case METHOD_STRING_SPLIT: return "split";
    case METHOD_STRING_TRIM: return "trim";
    case METHOD_STRING_UPPER: return "upper";
    case METHOD_STRING_LOWER: return "lower";
    case METHOD_STRING_REPLACE: return "replace";
    case METHOD_ARRAY_PUSH: return "push";
    case METHOD_ARRAY_POP: return "pop";
    case METHOD_ARRAY_INSERT: return "insert";
    case METHOD_ARRAY_REMOVE:
    case METHOD_MAP_REMOVE: return "remove";
    case METHOD_ARRAY_SORT: return "sort";
    case METHOD_ARRAY_REVERSE: return "reverse";
    case METHOD_ARRAY_JOIN: return "join";
    case METHOD_ARRAY_CLEAR:
    case METHOD_MAP_CLEAR: return "clear";
    case METHOD_MAP_HAS: return "has";
    case METHOD_MAP_GET: return "get";
    case METHOD_MAP_KEYS: return "keys";
    case METHOD_MAP_VALUES: return "values";
    case METHOD_DURATION_SECONDS: return "seconds";
    case METHOD_DURATION_MILLISECONDS: return "milliseconds";
    case METHOD_ENUM_NAME:
    case METHOD_ERROR_NAME: return "name";
    case METHOD_ENUM_VALUE: return "value";
    case METHOD_ERROR_MESSAGE: return "message";
    }
    return "?";
}

static bool
is_member_like(enum built_in_method method)
{
    return method == METHOD_STRING_LENGTH || method == METHOD_BYTES_LENGTH || method == METHOD_ARRAY_LENGTH ||
           method == METHOD_MAP_LENGTH || method == METHOD_DURATION_SECONDS || method == METHOD_DURATION_MILLISECONDS ||
           method == METHOD_ENUM_NAME || method == METHOD_ENUM_VALUE || method == METHOD_ERROR_NAME ||
           method == METHOD_ERROR_MESSAGE;
}

static void
print_infix(struct text_builder *builder, const struct expression *expression, const char *sign)
{
    print_operand(builder, expression->left);
    text_builder_format(builder, " %s ", sign);
    print_operand(builder, expression->right);
}

static void
print_method(struct text_builder *builder, const struct expression *expression)
{
    print_operand(builder, expression->operand);
    text_builder_format(builder, ".%s", method_name(expression->as.method));
    if (is_member_like(expression->as.method))
        return;
    add(builder, "(");
    print_list(builder, expression->arguments, expression->argument_count);
    add(builder, ")");
}

static void
print_call(struct text_builder *builder, const struct expression *expression)
{
    const struct function *function = expression->as.call.function;
    const struct expression *key = expression->as.call.key;
    if (expression->as.call.use == NULL && key == NULL) {
        text_builder_format(builder, "%.*s(", TEXT_ARGUMENTS(function->qualified_name));
    } else {
        text_builder_add(builder,
                         expression->as.call.use != NULL ? expression->as.call.use->name : function->service->name);
        if (key != NULL) {
            add(builder, "(");
            print_expression(builder, key);
            add(builder, ")");
        }
        text_builder_format(builder, ".%.*s(", TEXT_ARGUMENTS(function->name));
    }
    print_list(builder, expression->arguments, expression->argument_count);
    add(builder, ")");
}

/* ---- literals of made values ---- */

static void
print_struct(struct text_builder *builder, const struct expression *expression)
{
    const struct struct_declaration *structure = expression->type->declaration.structure;
    text_builder_format(builder, "%.*s{", TEXT_ARGUMENTS(expression->type->name));
    for (size_t index = 0; index < expression->argument_count; index++) {
        text_builder_format(builder,
                            index == 0 ? ".%.*s = " : ", .%.*s = ", TEXT_ARGUMENTS(structure->members[index].name));
        print_expression(builder, expression->arguments[index]);
    }
    add(builder, "}");
}

static void
print_union(struct text_builder *builder, const struct expression *expression)
{
    const struct member *variant = &expression->type->declaration.variants->variants[expression->as.variant];
    text_builder_format(builder, "%.*s{.%.*s", TEXT_ARGUMENTS(expression->type->name), TEXT_ARGUMENTS(variant->name));
    if (expression->operand != NULL) {
        add(builder, " = ");
        print_expression(builder, expression->operand);
    }
    add(builder, "}");
}

static void
print_map(struct text_builder *builder, const struct expression *expression)
{
    add(builder, "[");
    for (size_t index = 0; index + 1 < expression->argument_count; index += 2) {
        if (index > 0)
            add(builder, ", ");
        print_expression(builder, expression->arguments[index]);
        add(builder, ": ");
        print_expression(builder, expression->arguments[index + 1]);
    }
    add(builder, expression->argument_count == 0 ? ":]" : "]");
}

static void
print_interpolation(struct text_builder *builder, const struct expression *expression)
{
    add(builder, "$(");
    print_list(builder, expression->arguments, expression->argument_count);
    add(builder, ")");
}

static void
print_variant(struct text_builder *builder, const struct expression *expression)
{
    print_operand(builder, expression->operand);
    const struct union_declaration *variants = expression->operand->type->declaration.variants;
    text_builder_format(builder, ".%.*s", TEXT_ARGUMENTS(variants->variants[expression->as.variant].name));
}

static void
print_conversion(struct text_builder *builder, const struct expression *expression)
{
    if (!expression->as.is_checked && expression->type->kind != TYPE_STRING) {
        print_expression(builder, expression->operand);
        return;
    }
    text_builder_format(builder, "%.*s(", TEXT_ARGUMENTS(expression->type->name));
    print_expression(builder, expression->operand);
    add(builder, ")");
}

static void
print_enumerator(struct text_builder *builder, const struct expression *expression)
{
    text_builder_format(builder, "%.*s.%.*s", TEXT_ARGUMENTS(expression->type->name),
                        TEXT_ARGUMENTS(expression->as.enumerator->name));
}

static void
print_conditional(struct text_builder *builder, const struct expression *expression)
{
    print_operand(builder, expression->condition);
    add(builder, " ? ");
    print_operand(builder, expression->left);
    add(builder, " : ");
    print_operand(builder, expression->right);
}

static void
print_index(struct text_builder *builder, const struct expression *expression)
{
    print_operand(builder, expression->operand);
    add(builder, "[");
    print_expression(builder, expression->index);
    add(builder, "]");
}

/* resolve(p, value), reject(p, error) */
static void
print_settlement(struct text_builder *builder, const struct expression *expression, const char *word)
{
    add(builder, word);
    print_expression(builder, expression->left);
    if (expression->right != NULL) {
        add(builder, ", ");
        print_expression(builder, expression->right);
    }
    add(builder, ")");
}

void
print_expression(struct text_builder *builder, const struct expression *expression)
{
    switch (expression->kind) {
    case EXPRESSION_LITERAL: print_literal(builder, expression); return;
    case EXPRESSION_ENUMERATOR: print_enumerator(builder, expression); return;
    case EXPRESSION_NULL: add(builder, "null"); return;
    case EXPRESSION_ZERO: add(builder, "zero"); return;
    case EXPRESSION_VARIABLE: text_builder_add(builder, expression->as.variable->c_name); return;
    case EXPRESSION_CONFIG: text_builder_add(builder, expression->as.config->name); return;
    case EXPRESSION_MEMBER:
        print_operand(builder, expression->operand);
        text_builder_format(builder, ".%.*s", TEXT_ARGUMENTS(expression->as.member->name));
        return;
    case EXPRESSION_INDEX:
    case EXPRESSION_INDEX_KNOWN: print_index(builder, expression); return;
    case EXPRESSION_UNARY:
        add(builder, expression->as.unary == UNARY_NEGATE ? "-" : expression->as.unary == UNARY_NOT ? "!" : "~");
        print_operand(builder, expression->operand);
        return;
    case EXPRESSION_BINARY: print_infix(builder, expression, binary_sign(expression->as.binary)); return;
    case EXPRESSION_LOGICAL_AND: print_infix(builder, expression, "&&"); return;
    case EXPRESSION_LOGICAL_OR: print_infix(builder, expression, "||"); return;
    case EXPRESSION_COALESCE: print_infix(builder, expression, "??"); return;
    case EXPRESSION_CONDITIONAL: print_conditional(builder, expression); return;
    case EXPRESSION_UNWRAP:
        print_operand(builder, expression->operand);
        add(builder, "!");
        return;
    case EXPRESSION_NARROW:
    case EXPRESSION_SOME: print_expression(builder, expression->operand); return;
    case EXPRESSION_OPTIONAL_CHAIN: print_infix(builder, expression, "?."); return;
    case EXPRESSION_CONVERT: print_conversion(builder, expression); return;
    case EXPRESSION_INTERPOLATE: print_interpolation(builder, expression); return;
    case EXPRESSION_STRUCT: print_struct(builder, expression); return;
    case EXPRESSION_UNION: print_union(builder, expression); return;
    case EXPRESSION_ARRAY:
        add(builder, "[");
        print_list(builder, expression->arguments, expression->argument_count);
        add(builder, "]");
        return;
    case EXPRESSION_MAP: print_map(builder, expression); return;
    case EXPRESSION_CALL: print_call(builder, expression); return;
    case EXPRESSION_METHOD: print_method(builder, expression); return;
    case EXPRESSION_AWAIT: add(builder, "await"); return;
    case EXPRESSION_NOW: add(builder, "now()"); return;
    case EXPRESSION_KEY: add(builder, "key"); return;
    case EXPRESSION_STATE:
        text_builder_format(builder, "state.%.*s", TEXT_ARGUMENTS(expression->as.member->name));
        return;
    case EXPRESSION_START:
        add(builder, expression->as.start.is_detached ? "start detached " : "start ");
        print_expression(builder, expression->operand);
        return;
    case EXPRESSION_PROMISE: text_builder_format(builder, "%.*s()", TEXT_ARGUMENTS(expression->type->name)); return;
    case EXPRESSION_RESOLVE: print_settlement(builder, expression, "resolve("); return;
    case EXPRESSION_REJECT: print_settlement(builder, expression, "reject("); return;
    case EXPRESSION_INVOCATION_ID: add(builder, "invocation_id()"); return;
    case EXPRESSION_VARIANT: print_variant(builder, expression); return;
    }
}

static void
print_predeclared(struct text_builder *builder, const char *word, const struct expression *operand)
{
    add(builder, word);
    add(builder, "(");
    print_expression(builder, operand);
    add(builder, ")");
}

/* select(payment, after 24h) */
static void
print_select(struct text_builder *builder, const struct suspension *suspension)
{
    add(builder, "select(");
    for (size_t index = 0; index < suspension->source_count; index++) {
        const struct expression *source = suspension->sources[index].source;
        add(builder, index > 0 ? ", " : "");
        add(builder, source == NULL ? "after " : "");
        print_expression(builder, source == NULL ? suspension->after : source);
    }
    add(builder, ")");
}

void
print_awaited(struct text_builder *builder, const struct suspension *suspension)
{
    switch (suspension->kind) {
    case AWAIT_SUBROUTINE:
    case AWAIT_STEP:
    case AWAIT_USE:
    case AWAIT_SERVICE:
    case AWAIT_TASK:
    case AWAIT_PROMISE: print_expression(builder, suspension->operand); break;
    case AWAIT_SLEEP: print_predeclared(builder, "sleep", suspension->operand); break;
    case AWAIT_SLEEP_UNTIL: print_predeclared(builder, "sleep_until", suspension->operand); break;
    case AWAIT_ALL: print_predeclared(builder, "all", suspension->operand); break;
    case AWAIT_ANY: print_predeclared(builder, "any", suspension->operand); break;
    case AWAIT_SELECT: print_select(builder, suspension); break;
    case AWAIT_CHECKPOINT: add(builder, "checkpoint()"); break;
    }
    if (suspension->within != NULL) {
        add(builder, " within ");
        print_operand(builder, suspension->within);
    }
}

void
print_signature(struct text_builder *builder, const struct function *function)
{
    text_builder_format(builder, "%s %.*s(", function->colour == COLOUR_ROUTINE ? "routine" : "function",
                        TEXT_ARGUMENTS(function->qualified_name));
    for (size_t index = 0; index < function->parameter_count; index++)
        text_builder_format(builder, index == 0 ? "%.*s %.*s" : ", %.*s %.*s",
                            TEXT_ARGUMENTS(function->parameters[index]->type->name),
                            TEXT_ARGUMENTS(function->parameters[index]->c_name));
    text_builder_format(builder, ") -> %.*s", TEXT_ARGUMENTS(function->result->name));
}
