/* Expressions: a checked tree as one C expression. See emitter.h.
 * lower/ promises (machine.h) that the order in which C evaluates operands cannot be observed, so each tree is printed
 * as it stands. What can throw is a call that takes the run; after an error it gives a zero value. */
#include "compiler/emit/emitter.h"

/* ---- pieces ---- */

void
emit_run(struct function_context *context)
{
    context->uses_run = true;
    write_string(context->writer, "run");
}

struct text
variable_spelling(struct function_context *context, const struct variable *variable)
{
    struct text spelling = context->spellings[variable->index];
    if (text_starts_with(spelling, TEXT("locals->")))
        context->uses_locals = true;
    return spelling;
}

void
emit_variable(struct function_context *context, const struct variable *variable)
{
    context->is_read[variable->index] = true;
    write_text(context->writer, variable_spelling(context, variable));
}

/* "STEM_SUFFIX(run, " with the run, or without. */
static void
begin_call(struct function_context *context, struct text stem, const char *suffix, bool takes_run)
{
    write_text(context->writer, stem);
    write_format(context->writer, "_%s(", suffix);
    if (takes_run) {
        emit_run(context);
        write_string(context->writer, ", ");
    }
}

static void
emit_unary_call(struct function_context *context, struct text stem, const char *suffix, bool takes_run,
                const struct expression *operand)
{
    begin_call(context, stem, suffix, takes_run);
    emit_expression(context, operand);
    write_string(context->writer, ")");
}

static void
emit_binary_call(struct function_context *context, struct text stem, const char *suffix, bool takes_run,
                 const struct expression *left, const struct expression *right)
{
    begin_call(context, stem, suffix, takes_run);
    emit_expression(context, left);
    write_string(context->writer, ", ");
    emit_expression(context, right);
    write_string(context->writer, ")");
}

static void
emit_infix(struct function_context *context, const char *operator, const struct expression * left,
           const struct expression *right)
{
    emit_operand(context, left);
    write_format(context->writer, " %s ", operator);
    emit_operand(context, right);
}

/* ---- arithmetic ---- */

static bool
is_wide_integer(const struct type *type)
{
    /* C's own operators would widen the smaller ones to int. */
    return type->kind == TYPE_INT32 || type->kind == TYPE_INT64 || type->kind == TYPE_UINT32 ||
           type->kind == TYPE_UINT64;
}

struct operator_names {
    const char *symbol; /* C's */
    const char *name;   /* of libdsy's functions */
};

static struct operator_names
operator_names(enum binary_operator kind)
{
    switch (kind) {
    case BINARY_ADD: return (struct operator_names){ "+", "add" };
    case BINARY_SUBTRACT: return (struct operator_names){ "-", "subtract" };
    case BINARY_MULTIPLY: return (struct operator_names){ "*", "multiply" };
    case BINARY_DIVIDE: return (struct operator_names){ "/", "divide" };
    case BINARY_MODULO: return (struct operator_names){ "%", "modulo" };
    case BINARY_AND: return (struct operator_names){ "&", "and" };
    case BINARY_OR: return (struct operator_names){ "|", "or" };
    case BINARY_XOR: return (struct operator_names){ "^", "xor" };
    case BINARY_SHIFT_LEFT: return (struct operator_names){ "<<", "shift_left" };
    case BINARY_SHIFT_RIGHT: return (struct operator_names){ ">>", "shift_right" };
    case BINARY_EQUAL: return (struct operator_names){ "==", "equal" };
    case BINARY_NOT_EQUAL: return (struct operator_names){ "!=", "equal" };
    case BINARY_LESS: return (struct operator_names){ "<", "compare" };
    case BINARY_LESS_EQUAL: return (struct operator_names){ "<=", "compare" };
    case BINARY_GREATER: return (struct operator_names){ ">", "compare" };
    case BINARY_GREATER_EQUAL: return (struct operator_names){ ">=", "compare" };
    }
    return (struct operator_names){ "", "" };
}

/* Does C's own operator do it, unchecked? */
static bool
is_infix(const struct expression *expression)
{
    const struct type *type = expression->left->type;
    bool is_arithmetic = expression->as.binary <= BINARY_MODULO;
    switch (expression->as.binary) {
    case BINARY_ADD:
    case BINARY_SUBTRACT:
    case BINARY_MULTIPLY:
    case BINARY_DIVIDE:
    case BINARY_MODULO:
        if (type->kind == TYPE_DOUBLE)
            return expression->as.binary != BINARY_MODULO;
        return is_arithmetic && is_wide_integer(type) && !expression->can_throw;
    case BINARY_AND:
    case BINARY_OR:
    case BINARY_XOR: return is_wide_integer(type) || type->kind == TYPE_BOOL;
    case BINARY_SHIFT_LEFT:
    case BINARY_SHIFT_RIGHT: return false;
    case BINARY_EQUAL:
    case BINARY_NOT_EQUAL:
    case BINARY_LESS:
    case BINARY_LESS_EQUAL:
    case BINARY_GREATER:
    case BINARY_GREATER_EQUAL:
        return type->kind == TYPE_BOOL || type->kind == TYPE_DOUBLE || type->kind == TYPE_ENUM ||
               type_is_c_integer(type);
    }
    return false;
}

/* time and duration: C integers, with operations of their own. */
static void
emit_time_arithmetic(struct function_context *context, const struct expression *expression)
{
    const struct expression *left = expression->left, *right = expression->right;
    const char *name = operator_names(expression->as.binary).name;
    if (left->type->kind == TYPE_DURATION && right->type->kind == TYPE_TIME) {
        emit_binary_call(context, TEXT("dsy_time"), name, true, right, left);
    } else if (left->type->kind == TYPE_TIME) {
        bool is_difference = right->type->kind == TYPE_TIME;
        emit_binary_call(context, TEXT("dsy_time"), is_difference ? "difference" : name, true, left, right);
    } else if (right->type->kind == TYPE_DURATION &&
               (expression->as.binary == BINARY_DIVIDE || expression->as.binary == BINARY_MODULO)) {
        emit_binary_call(context, TEXT("dsy_int64"), name, true, left, right);
    } else if (left->type->kind != TYPE_DURATION) {
        emit_binary_call(context, TEXT("dsy_duration"), name, true, right, left);
    } else {
        emit_binary_call(context, TEXT("dsy_duration"), name, true, left, right);
    }
}

static void
emit_arithmetic(struct function_context *context, const struct expression *expression)
{
    const struct expression *left = expression->left, *right = expression->right;
    const struct type *type = left->type;
    const char *name = operator_names(expression->as.binary).name;
    bool is_of_time = type->kind == TYPE_TIME || type->kind == TYPE_DURATION || right->type->kind == TYPE_TIME ||
                      right->type->kind == TYPE_DURATION;
    if (is_of_time) {
        emit_time_arithmetic(context, expression);
    } else if (type->kind == TYPE_STRING || type->kind == TYPE_BYTES || type->kind == TYPE_ARRAY) {
        emit_binary_call(context, type_stem(context->emitter, type), "concatenate", true, left, right);
    } else if (type_is_integer(type) && !expression->can_throw) {
        write_template(context->writer, "($type$)(", HOLE("type", type_spelling(context->emitter, type)));
        emit_infix(context, operator_names(expression->as.binary).symbol, left, right);
        write_string(context->writer, ")");
    } else {
        emit_binary_call(context, type_stem(context->emitter, type), name, type->kind != TYPE_DOUBLE, left, right);
    }
}

/* ---- comparison ---- */

static void
emit_null_test(struct function_context *context, const struct expression *optional, bool is_equal)
{
    if (type_is_boxed_optional(optional->type)) {
        emit_operand(context, optional);
        write_string(context->writer, is_equal ? ".value == NULL" : ".value != NULL");
        return;
    }
    write_string(context->writer, is_equal ? "!" : "");
    emit_operand(context, optional);
    write_string(context->writer, ".has");
}

static void
emit_comparison(struct function_context *context, const struct expression *expression)
{
    const struct expression *left = expression->left, *right = expression->right;
    enum binary_operator kind = expression->as.binary;
    const struct type *type = left->type;
    struct text stem = type_stem(context->emitter, type);
    if (kind != BINARY_EQUAL && kind != BINARY_NOT_EQUAL) {
        emit_binary_call(context, stem, "compare", false, left, right);
        write_format(context->writer, " %s 0", operator_names(kind).symbol);
        return;
    }
    bool is_equal = kind == BINARY_EQUAL;
    if (right->kind == EXPRESSION_NULL || left->kind == EXPRESSION_NULL) {
        emit_null_test(context, right->kind == EXPRESSION_NULL ? left : right, is_equal);
        return;
    }
    write_string(context->writer, is_equal ? "" : "!");
    if (type_is_scalar(type)) {
        emit_binary_call(context, stem, "equal", false, left, right);
        return;
    }
    begin_call(context, stem, "equal", true);
    emit_address(context, left, false);
    write_string(context->writer, ", ");
    emit_address(context, right, false);
    write_string(context->writer, ")");
}

static void
emit_binary(struct function_context *context, const struct expression *expression)
{
    if (is_infix(expression))
        emit_infix(context, operator_names(expression->as.binary).symbol, expression->left, expression->right);
    else if (expression->as.binary >= BINARY_EQUAL)
        emit_comparison(context, expression);
    else if (expression->as.binary >= BINARY_AND) /* logic and shifts */
        emit_binary_call(context, type_stem(context->emitter, expression->left->type),
                         operator_names(expression->as.binary).name, expression->as.binary >= BINARY_SHIFT_LEFT,
                         expression->left, expression->right);
    else
        emit_arithmetic(context, expression);
}

static void
emit_unary(struct function_context *context, const struct expression *expression)
{
    const struct type *type = expression->operand->type;
    struct text stem = type_stem(context->emitter, type);
    switch (expression->as.unary) {
    case UNARY_NOT:
        write_string(context->writer, "!");
        emit_operand(context, expression->operand);
        break;
    case UNARY_COMPLEMENT:
        if (is_wide_integer(type)) {
            write_string(context->writer, "~");
            emit_operand(context, expression->operand);
        } else {
            emit_unary_call(context, stem, "complement", false, expression->operand);
        }
        break;
    case UNARY_NEGATE:
        if (type->kind == TYPE_DOUBLE) {
            write_string(context->writer, "-");
            emit_operand(context, expression->operand);
        } else {
            emit_unary_call(context, stem, "negate", type->kind != TYPE_DECIMAL, expression->operand);
        }
        break;
    }
}

/* ---- conversions ---- */

static void
emit_to_string(struct function_context *context, const struct expression *operand)
{
    const struct type *type = operand->type;
    if (type->kind == TYPE_STRING) {
        emit_expression(context, operand);
    } else if (type->kind == TYPE_ENUM) {
        emit_unary_call(context, type_stem(context->emitter, type), "name", false, operand);
    } else if (type_is_scalar(type)) {
        emit_unary_call(context, type_stem(context->emitter, type), "to_string", true, operand);
    } else {
        begin_call(context, TEXT("dsy_value"), "to_string", true);
        write_template(context->writer, "&$descriptor$, ", HOLE("descriptor", type_descriptor(context->emitter, type)));
        emit_address(context, operand, false);
        write_string(context->writer, ")");
    }
}

/* A declared error as one of any kind. */
static void
emit_to_error(struct function_context *context, const struct expression *operand)
{
    const struct struct_declaration *declaration = operand->type->declaration.structure;
    if (declaration->is_built_in) {
        emit_expression(context, operand);
        return;
    }
    write_string(context->writer, "dsy_error_make(");
    emit_run(context);
    write_template(context->writer, ", &$error$, ", HOLE("error", error_descriptor(context->emitter, declaration)));
    if (declaration->member_count == 0)
        write_string(context->writer, "NULL");
    else
        emit_address(context, operand, true);
    write_string(context->writer, ")");
}

/* "from_int64", or NULL where a C cast does it. */
static const char *
conversion_name(const struct type *from, const struct type *to, bool is_checked)
{
    bool is_signed = type_is_signed_integer(from) || from->kind == TYPE_TIME || from->kind == TYPE_DURATION ||
                     from->kind == TYPE_ENUM || from->kind == TYPE_BOOL;
    bool is_integer = is_signed || type_is_integer(from);
    if (from->kind == TYPE_STRING)
        return "from_string";
    if (from->kind == TYPE_DECIMAL)
        return "from_decimal";
    if (to->kind == TYPE_DECIMAL)
        return is_integer ? (is_signed ? "from_int64" : "from_uint64") : "from_double";
    if (to->kind == TYPE_DOUBLE || to->kind == TYPE_BOOL || to->kind == TYPE_ENUM)
        return NULL;
    if (from->kind == TYPE_DOUBLE)
        return "from_double";
    return is_checked ? (is_signed ? "from_int64" : "from_uint64") : NULL;
}

static void
emit_convert(struct function_context *context, const struct expression *expression)
{
    const struct type *from = expression->operand->type, *to = expression->type;
    if (from == to) {
        emit_expression(context, expression->operand);
        return;
    }
    if (to->kind == TYPE_STRING) {
        emit_to_string(context, expression->operand);
        return;
    }
    if (to->kind == TYPE_ANY_ERROR) {
        emit_to_error(context, expression->operand);
        return;
    }
    const char *name = conversion_name(from, to, expression->as.is_checked);
    if (name == NULL) {
        write_template(context->writer, "($type$)", HOLE("type", type_spelling(context->emitter, to)));
        emit_operand(context, expression->operand);
        return;
    }
    bool is_exact = (to->kind == TYPE_DECIMAL && from->kind != TYPE_DOUBLE && from->kind != TYPE_STRING) ||
                    (to->kind == TYPE_DOUBLE && from->kind == TYPE_DECIMAL);
    emit_unary_call(context, type_stem(context->emitter, to), name, !is_exact, expression->operand);
}

static void
emit_interpolate(struct function_context *context, const struct expression *expression)
{
    size_t count = expression->argument_count;
    if (count == 0) {
        write_string(context->writer, "DSY_STRING(\"\")");
    } else if (count == 1) {
        emit_expression(context, expression->arguments[0]);
    } else if (count == 2) {
        emit_binary_call(context, TEXT("dsy_string"), "concatenate", true, expression->arguments[0],
                         expression->arguments[1]);
    } else {
        begin_call(context, TEXT("dsy_strings"), "concatenate", true);
        write_format(context->writer, "%zu, (const dsy_string[]){ ", count);
        for (size_t index = 0; index < count; index++) {
            write_string(context->writer, index > 0 ? ", " : "");
            emit_expression(context, expression->arguments[index]);
        }
        write_string(context->writer, " })");
    }
}

/* ---- values made ---- */

static void
emit_struct(struct function_context *context, const struct expression *expression)
{
    if (type_is_built_in_error(expression->type)) {
        struct text error = error_descriptor(context->emitter, expression->type->declaration.structure);
        write_template(context->writer,
                       "(struct dsy_error_value){ .type = &$error$, .message = DSY_STRING(\"$name$\") }",
                       HOLE("error", error), HOLE("name", expression->type->name));
        return;
    }
    write_template(context->writer, "($type$){ ", HOLE("type", type_spelling(context->emitter, expression->type)));
    if (expression->argument_count == 0)
        write_string(context->writer, "0");
    for (size_t index = 0; index < expression->argument_count; index++) {
        const struct member *member = &expression->type->declaration.structure->members[index];
        write_template(context->writer, "$comma$.$name$ = ", HOLE("comma", index > 0 ? TEXT(", ") : TEXT("")),
                       HOLE("name", member->c_name));
        emit_stored(context, expression->arguments[index]);
    }
    write_string(context->writer, " }");
}

static void
emit_union(struct function_context *context, const struct expression *expression)
{
    const struct union_declaration *declaration = expression->type->declaration.variants;
    write_template(context->writer, "($type$){ .variant = $tag$",
                   HOLE("type", type_spelling(context->emitter, expression->type)),
                   HOLE("tag", variant_enumerator(context->emitter, declaration, expression->as.variant)));
    if (expression->operand != NULL) {
        write_template(context->writer,
                       ", .as.$name$ = ", HOLE("name", declaration->variants[expression->as.variant].c_name));
        emit_stored(context, expression->operand);
    }
    write_string(context->writer, " }");
}

static void
emit_array(struct function_context *context, const struct expression *expression)
{
    size_t count = expression->argument_count;
    if (count == 0) {
        write_template(context->writer, "($type$){ 0 }",
                       HOLE("type", type_spelling(context->emitter, expression->type)));
        return;
    }
    begin_call(context, type_stem(context->emitter, expression->type), "make", true);
    write_template(context->writer, "(const $element$[]){ ",
                   HOLE("element", type_spelling(context->emitter, expression->type->element)));
    for (size_t index = 0; index < count; index++) {
        write_string(context->writer, index > 0 ? ", " : "");
        emit_stored(context, expression->arguments[index]);
    }
    write_format(context->writer, " }, %zu)", count);
}

static void
emit_map(struct function_context *context, const struct expression *expression)
{
    size_t count = expression->argument_count / 2;
    if (count == 0) {
        write_template(context->writer, "($type$){ 0 }",
                       HOLE("type", type_spelling(context->emitter, expression->type)));
        return;
    }
    begin_call(context, type_stem(context->emitter, expression->type), "make", true);
    write_template(context->writer, "(const struct $name$_entry[]){ ", HOLE("name", expression->type->c_name));
    for (size_t index = 0; index < count; index++) {
        write_string(context->writer, index > 0 ? ", { " : "{ ");
        emit_stored(context, expression->arguments[2 * index]);
        write_string(context->writer, ", ");
        emit_stored(context, expression->arguments[2 * index + 1]);
        write_string(context->writer, " }");
    }
    write_format(context->writer, " }, %zu)", count);
}

static void
emit_some(struct function_context *context, const struct expression *expression)
{
    if (type_is_boxed_optional(expression->type)) {
        begin_call(context, type_stem(context->emitter, expression->type), "some", true);
        emit_stored(context, expression->operand);
        write_string(context->writer, ")");
        return;
    }
    write_template(context->writer,
                   "($type$){ .has = true, .value = ", HOLE("type", type_spelling(context->emitter, expression->type)));
    emit_stored(context, expression->operand);
    write_string(context->writer, " }");
}

static void
emit_call(struct function_context *context, const struct expression *expression)
{
    const struct function *function = expression->as.call.function;
    write_text(context->writer, context->emitter->functions[function->index].c_name);
    write_string(context->writer, "(");
    emit_run(context);
    for (size_t index = 0; index < expression->argument_count; index++) {
        write_string(context->writer, ", ");
        /* A function of the program marks what it changes at its entry; one written in C may not know of that. */
        if (function->colour == COLOUR_NATIVE)
            emit_stored(context, expression->arguments[index]);
        else
            emit_expression(context, expression->arguments[index]);
    }
    write_string(context->writer, ")");
}

/* ---- parts of values ---- */

static bool
is_boxed_narrow(const struct expression *expression)
{
    return expression->kind == EXPRESSION_NARROW && type_is_boxed_optional(expression->operand->type);
}

static void
emit_member(struct function_context *context, const struct expression *expression)
{
    if (is_boxed_narrow(expression->operand)) {
        emit_operand(context, expression->operand->operand);
        write_string(context->writer, ".value->");
    } else {
        emit_operand(context, expression->operand);
        write_string(context->writer, ".");
    }
    if (expression->kind == EXPRESSION_MEMBER) {
        write_text(context->writer, expression->as.member->c_name);
        return;
    }
    const struct union_declaration *declaration = expression->operand->type->declaration.variants;
    write_template(context->writer, "as.$name$", HOLE("name", declaration->variants[expression->as.variant].c_name));
}

static void
emit_index(struct function_context *context, const struct expression *expression)
{
    if (expression->kind == EXPRESSION_INDEX_KNOWN) {
        emit_operand(context, expression->operand);
        write_string(context->writer, ".items[");
        emit_expression(context, expression->index);
        write_string(context->writer, "]");
        return;
    }
    emit_binary_call(context, type_stem(context->emitter, expression->operand->type), "at", true, expression->operand,
                     expression->index);
}

static void
emit_unwrap(struct function_context *context, const struct expression *expression)
{
    begin_call(context, type_stem(context->emitter, expression->operand->type), "unwrap", true);
    emit_expression(context, expression->operand);
    write_string(context->writer, ", ");
    write_c_string(context->writer, source_of(context->emitter, expression->operand->span));
    write_string(context->writer, ")");
}

static void
emit_config(struct function_context *context, const struct expression *expression)
{
    context->uses_config = true;
    write_template(context->writer, "config->$name$", HOLE("name", expression->as.config->c_name));
}

/* "NAME(run)" */
static void
emit_call_of_run(struct function_context *context, const char *name)
{
    write_format(context->writer, "%s(", name);
    emit_run(context);
    write_string(context->writer, ")");
}

/* "dsy_promise(run, &TYPE)": its type is what a value from outside is read by. */
static void
emit_promise(struct function_context *context, const struct expression *expression)
{
    const struct type *type = expression->type->element;
    write_string(context->writer, "dsy_promise(");
    emit_run(context);
    write_template(context->writer, type->kind == TYPE_VOID ? ", NULL)" : ", &$descriptor$)",
                   HOLE("descriptor", type_descriptor(context->emitter, type)));
}

/* ---- whole trees ---- */

/* Must it stand in parentheses as an operand, also of a member access? */
static bool
needs_parentheses(const struct expression *expression)
{
    switch (expression->kind) {
    case EXPRESSION_UNARY:
    case EXPRESSION_LOGICAL_AND:
    case EXPRESSION_LOGICAL_OR:
    case EXPRESSION_CONDITIONAL: return true;
    case EXPRESSION_BINARY:
        if (expression->as.binary == BINARY_NOT_EQUAL && expression->right->kind == EXPRESSION_NULL)
            return type_is_boxed_optional(expression->left->type); /* "x.has" */
        return is_infix(expression) || expression->as.binary >= BINARY_EQUAL;
    case EXPRESSION_CONVERT:
        if (expression->operand->type == expression->type)
            return needs_parentheses(expression->operand);
        return expression->type->kind != TYPE_STRING &&
               conversion_name(expression->operand->type, expression->type, expression->as.is_checked) == NULL;
    case EXPRESSION_NARROW: return type_is_boxed_optional(expression->operand->type);
    case EXPRESSION_INTERPOLATE: return expression->argument_count == 1 && needs_parentheses(expression->arguments[0]);
    case EXPRESSION_METHOD: return expression->as.method == METHOD_ENUM_VALUE;
    case EXPRESSION_LITERAL:
    case EXPRESSION_ENUMERATOR:
    case EXPRESSION_NULL:
    case EXPRESSION_ZERO:
    case EXPRESSION_VARIABLE:
    case EXPRESSION_CONFIG:
    case EXPRESSION_STATE:
    case EXPRESSION_MEMBER:
    case EXPRESSION_INDEX:
    case EXPRESSION_COALESCE:
    case EXPRESSION_UNWRAP:
    case EXPRESSION_SOME:
    case EXPRESSION_OPTIONAL_CHAIN:
    case EXPRESSION_STRUCT:
    case EXPRESSION_UNION:
    case EXPRESSION_ARRAY:
    case EXPRESSION_MAP:
    case EXPRESSION_CALL:
    case EXPRESSION_AWAIT:
    case EXPRESSION_NOW:
    case EXPRESSION_PROMISE:
    case EXPRESSION_REJECT:
    case EXPRESSION_RESOLVE:
    case EXPRESSION_START:
    case EXPRESSION_INVOCATION_ID:
    case EXPRESSION_VARIANT:
    case EXPRESSION_INDEX_KNOWN: return false;
    case EXPRESSION_KEY: return true;
    }
    return true;
}

void
emit_operand(struct function_context *context, const struct expression *expression)
{
    bool is_enclosed = needs_parentheses(expression);
    write_string(context->writer, is_enclosed ? "(" : "");
    emit_expression(context, expression);
    write_string(context->writer, is_enclosed ? ")" : "");
}

void
emit_stored(struct function_context *context, const struct expression *expression)
{
    if (!type_is_shared(context->emitter, expression->type) || expression_is_new_value(expression)) {
        emit_expression(context, expression);
        return;
    }
    emit_unary_call(context, type_stem(context->emitter, expression->type), "shared", false, expression);
}

/* Is it spelled as a C lvalue? */
static bool
is_addressable(const struct expression *expression)
{
    switch (expression->kind) {
    case EXPRESSION_VARIABLE:
    case EXPRESSION_CONFIG:
    case EXPRESSION_KEY:
    case EXPRESSION_STATE:
    case EXPRESSION_STRUCT:
    case EXPRESSION_UNION:
    case EXPRESSION_INDEX_KNOWN: return true;
    case EXPRESSION_NARROW:
        return type_is_boxed_optional(expression->operand->type) || is_addressable(expression->operand);
    case EXPRESSION_MEMBER:
    case EXPRESSION_VARIANT: return is_boxed_narrow(expression->operand) || is_addressable(expression->operand);
    case EXPRESSION_LITERAL:
    case EXPRESSION_ENUMERATOR:
    case EXPRESSION_NULL:
    case EXPRESSION_ZERO:
    case EXPRESSION_INDEX:
    case EXPRESSION_UNARY:
    case EXPRESSION_BINARY:
    case EXPRESSION_LOGICAL_AND:
    case EXPRESSION_LOGICAL_OR:
    case EXPRESSION_CONDITIONAL:
    case EXPRESSION_COALESCE:
    case EXPRESSION_UNWRAP:
    case EXPRESSION_SOME:
    case EXPRESSION_OPTIONAL_CHAIN:
    case EXPRESSION_CONVERT:
    case EXPRESSION_INTERPOLATE:
    case EXPRESSION_ARRAY:
    case EXPRESSION_MAP:
    case EXPRESSION_CALL:
    case EXPRESSION_METHOD:
    case EXPRESSION_AWAIT:
    case EXPRESSION_NOW:
    case EXPRESSION_PROMISE:
    case EXPRESSION_REJECT:
    case EXPRESSION_RESOLVE:
    case EXPRESSION_START:
    case EXPRESSION_INVOCATION_ID: return false;
    }
    return false;
}

void
emit_address(struct function_context *context, const struct expression *expression, bool is_stored)
{
    bool is_marked =
        is_stored && type_is_shared(context->emitter, expression->type) && !expression_is_new_value(expression);
    if (!is_marked && is_boxed_narrow(expression)) {
        emit_operand(context, expression->operand);
        write_string(context->writer, ".value");
    } else if (!is_marked && expression->kind == EXPRESSION_KEY) {
        emit_call_of_run(context, "dsy_key");
    } else if (!is_marked && is_addressable(expression)) {
        write_string(context->writer, "&");
        emit_operand(context, expression);
    } else {
        write_template(context->writer, "($type$[]){ ",
                       HOLE("type", type_spelling(context->emitter, expression->type)));
        if (is_stored)
            emit_stored(context, expression);
        else
            emit_expression(context, expression);
        write_string(context->writer, " }");
    }
}

void
emit_expression(struct function_context *context, const struct expression *expression)
{
    struct writer *writer = context->writer;
    switch (expression->kind) {
    case EXPRESSION_LITERAL: emit_literal(writer, expression); break;
    case EXPRESSION_ENUMERATOR: write_text(writer, expression->as.enumerator->c_name); break;
    case EXPRESSION_NULL:
    case EXPRESSION_ZERO: emit_zero(context->emitter, writer, expression->type); break;
    case EXPRESSION_VARIABLE: emit_variable(context, expression->as.variable); break;
    case EXPRESSION_CONFIG: emit_config(context, expression); break;
    case EXPRESSION_MEMBER:
    case EXPRESSION_VARIANT: emit_member(context, expression); break;
    case EXPRESSION_INDEX:
    case EXPRESSION_INDEX_KNOWN:
        if (expression->operand->type->kind == TYPE_BYTES)
            emit_binary_call(context, TEXT("dsy_bytes"), "at", true, expression->operand, expression->index);
        else
            emit_index(context, expression);
        break;
    case EXPRESSION_UNARY: emit_unary(context, expression); break;
    case EXPRESSION_BINARY: emit_binary(context, expression); break;
    case EXPRESSION_LOGICAL_AND: emit_infix(context, "&&", expression->left, expression->right); break;
    case EXPRESSION_LOGICAL_OR: emit_infix(context, "||", expression->left, expression->right); break;
    case EXPRESSION_CONDITIONAL:
        emit_operand(context, expression->condition);
        write_string(writer, " ? ");
        emit_operand(context, expression->left);
        write_string(writer, " : ");
        emit_operand(context, expression->right);
        break;
    case EXPRESSION_UNWRAP: emit_unwrap(context, expression); break;
    case EXPRESSION_NARROW:
        write_string(writer, type_is_boxed_optional(expression->operand->type) ? "*" : "");
        emit_operand(context, expression->operand);
        write_string(writer, ".value");
        break;
    case EXPRESSION_SOME: emit_some(context, expression); break;
    case EXPRESSION_CONVERT: emit_convert(context, expression); break;
    case EXPRESSION_INTERPOLATE: emit_interpolate(context, expression); break;
    case EXPRESSION_STRUCT: emit_struct(context, expression); break;
    case EXPRESSION_UNION: emit_union(context, expression); break;
    case EXPRESSION_ARRAY: emit_array(context, expression); break;
    case EXPRESSION_MAP: emit_map(context, expression); break;
    case EXPRESSION_CALL: emit_call(context, expression); break;
    case EXPRESSION_METHOD: emit_method(context, expression); break;
    case EXPRESSION_NOW: emit_call_of_run(context, "dsy_now"); break;
    case EXPRESSION_INVOCATION_ID: emit_call_of_run(context, "dsy_invocation_id"); break;
    case EXPRESSION_PROMISE: emit_promise(context, expression); break;
    case EXPRESSION_START: emit_call_of_run(context, "dsy_start"); break; /* what is started was said before */
    case EXPRESSION_KEY:
        write_template(writer, "*(const $type$ *)", HOLE("type", type_spelling(context->emitter, expression->type)));
        emit_call_of_run(context, "dsy_key");
        break;
    case EXPRESSION_STATE:
        context->uses_state = true;
        write_template(writer, "instance->$name$", HOLE("name", expression->as.member->c_name));
        break;
    /* lower/ leaves none of these, or at the root of an instruction: message.c. */
    case EXPRESSION_RESOLVE:
    case EXPRESSION_REJECT:
    case EXPRESSION_COALESCE:
    case EXPRESSION_OPTIONAL_CHAIN:
    case EXPRESSION_AWAIT: emit_zero(context->emitter, writer, expression->type); break;
    }
}

/* ---- conditions ---- */

/* The comparison that is true exactly when the other is not; not for double, where NaN makes both false. */
static const char *
opposite(enum binary_operator kind)
{
    switch (kind) {
    case BINARY_EQUAL: return "!=";
    case BINARY_NOT_EQUAL: return "==";
    case BINARY_LESS: return ">=";
    case BINARY_LESS_EQUAL: return ">";
    case BINARY_GREATER: return "<=";
    case BINARY_GREATER_EQUAL: return "<";
    case BINARY_ADD:
    case BINARY_SUBTRACT:
    case BINARY_MULTIPLY:
    case BINARY_DIVIDE:
    case BINARY_MODULO:
    case BINARY_AND:
    case BINARY_OR:
    case BINARY_XOR:
    case BINARY_SHIFT_LEFT:
    case BINARY_SHIFT_RIGHT: break;
    }
    return NULL;
}

void
emit_negated(struct function_context *context, const struct expression *condition)
{
    if (condition->kind == EXPRESSION_UNARY && condition->as.unary == UNARY_NOT) {
        emit_expression(context, condition->operand);
        return;
    }
    bool is_comparison = condition->kind == EXPRESSION_BINARY && is_infix(condition) &&
                         condition->left->type->kind != TYPE_DOUBLE && opposite(condition->as.binary) != NULL;
    if (is_comparison) {
        emit_infix(context, opposite(condition->as.binary), condition->left, condition->right);
        return;
    }
    write_string(context->writer, "!");
    emit_operand(context, condition);
}
