/* Conversions: see convert.h. */
#include "compiler/check/convert.h"

#include "compiler/check/constant.h"
#include "compiler/check/node.h"

static const struct expression *
to_optional(struct checker *checker, const struct expression *value, const struct type *type)
{
    if (value->type->kind == TYPE_NULL)
        return node_new(checker, EXPRESSION_NULL, type, value->span);
    if (value->kind == EXPRESSION_NARROW && value->operand->type == type)
        return value->operand; /* it was one all along */
    if (value->type->kind == TYPE_OPTIONAL)
        return NULL;
    const struct expression *inner = convert_try(checker, value, type->element);
    if (inner == NULL || is_poison(inner->type))
        return inner;
    return node_operand(checker, EXPRESSION_SOME, type, inner, value->span);
}

const struct expression *
convert_try(struct checker *checker, const struct expression *value, const struct type *type)
{
    if (value->type == type || is_poison(value->type))
        return value;
    if (is_poison(type))
        return node_poison(checker, value->span);
    if (type->kind == TYPE_OPTIONAL)
        return to_optional(checker, value, type);
    if (constant_is_number(value) && type_is_number(type)) {
        const struct expression *literal = constant_fit(checker, value, type);
        if (literal != NULL || type_is_integer(value->type))
            return literal;
    }
    if (type_is_number(value->type) && type_is_number(type) && type_widens(value->type, type))
        return node_convert(checker, type, value, false);
    return NULL;
}

void
convert_report_null(struct checker *checker, const struct expression *value, const struct type *wanted)
{
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_MAY_BE_NULL, value->span, value->type->name, wanted->name);
    if (value->kind == EXPRESSION_VARIABLE) {
        struct text name = value->as.variable->name;
        diagnostic_help(found, "test it first: if (%t != null) …, or give a value for null: %t ?? …", name, name);
    } else {
        diagnostic_help(found, "give a value for null: … ?? …, or keep it in a local variable and test that");
    }
}

/* How the two types could be brought together. */
static void
help_with_mismatch(struct diagnostic *found, const struct expression *value, const struct type *type)
{
    const struct type *from = value->type;
    if (type->kind == TYPE_DURATION && (from->kind == TYPE_DECIMAL || type_is_integer(from)))
        diagnostic_help(found, "a duration has a unit: 250ms, 30s, 5min, 3h, 7d (5m is the decimal five)");
    else if (type->kind == TYPE_STRING)
        diagnostic_help(found, "write it as a text: string(…), or $\"{…}\"");
    else if (type->kind == TYPE_BOOL && (type_is_number(from) || from->kind == TYPE_OPTIONAL))
        diagnostic_help(found, "compare it: … != %s", from->kind == TYPE_OPTIONAL ? "null" : "0");
    else if (type->kind == TYPE_DECIMAL && from->kind == TYPE_DOUBLE && value->kind == EXPRESSION_LITERAL)
        diagnostic_help(found, "a decimal literal ends with m: 1.5m");
    else if (type_is_number(type) && (type_is_number(from) || from->kind == TYPE_STRING))
        diagnostic_help(found, "a conversion that may lose the value is written: %t(…)", type->name);
    else if ((type->kind == TYPE_TIME || type->kind == TYPE_UUID || type->kind == TYPE_DURATION) &&
             from->kind == TYPE_STRING)
        diagnostic_help(found, "a conversion that may fail is written: %t(…)", type->name);
    else if (from->kind == TYPE_NULL)
        diagnostic_help(found, "only optionals can be null: %t?", type->name);
    else if (type->kind == TYPE_ENUM && from->kind != TYPE_ENUM && type->declaration.enumeration->enumerator_count > 0)
        diagnostic_help(found, "name an enumerator: %t.%t", type->name,
                        type->declaration.enumeration->enumerators[0].name);
    else
        diagnostic_help(found, "use a value of %t", type->name);
}

const struct expression *
convert(struct checker *checker, const struct expression *value, const struct type *type)
{
    const struct expression *converted = convert_try(checker, value, type);
    if (converted != NULL)
        return converted;
    if (constant_is_number(value) && type_is_integer(value->type) && type_is_number(type)) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_CONSTANT_OVERFLOW, value->span,
                                                  constant_text(checker, value), type->name);
        diagnostic_help(found, "use a value or a type that fits");
    } else if (value->type->kind == TYPE_OPTIONAL && type->kind != TYPE_OPTIONAL &&
               (value->type->element == type || type_widens(value->type->element, type))) {
        convert_report_null(checker, value, type);
    } else if ((value->type->kind == TYPE_DOUBLE && type->kind == TYPE_DECIMAL) ||
               (value->type->kind == TYPE_DECIMAL && type->kind == TYPE_DOUBLE)) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_DECIMAL_AND_DOUBLE, value->span);
        help_with_mismatch(found, value, type);
    } else {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_TYPE_MISMATCH, value->span, type->name, value->type->name);
        help_with_mismatch(found, value, type);
    }
    return node_poison(checker, value->span);
}

/* ---- written conversions ---- */

/* How a conversion that is written behaves. */
enum conversion {
    CONVERSION_NONE,
    CONVERSION_SURE,    /* never fails */
    CONVERSION_CHECKED, /* may throw InvalidValue */
};

static enum conversion
conversion_between(const struct type *from, const struct type *to)
{
    if (from == to)
        return CONVERSION_SURE;
    if (to->kind == TYPE_STRING)
        return CONVERSION_SURE;
    if (from->kind == TYPE_STRING) {
        bool is_read = type_is_number(to) || to->kind == TYPE_BOOL || to->kind == TYPE_BYTES || to->kind == TYPE_TIME ||
                       to->kind == TYPE_DURATION || to->kind == TYPE_UUID;
        return is_read ? CONVERSION_CHECKED : CONVERSION_NONE;
    }
    if (!type_is_number(from) || !type_is_number(to))
        return CONVERSION_NONE;
    if (type_widens(from, to) || to->kind == TYPE_DOUBLE)
        return CONVERSION_SURE; /* to double: the nearest one */
    return CONVERSION_CHECKED;
}

const struct expression *
convert_to_string(struct checker *checker, const struct expression *value)
{
    const struct type *string = checker->string_type;
    if (value->type == string || is_poison(value->type))
        return value;
    const struct expression *literal = constant_conversion(checker, string, value, value->span);
    return literal != NULL ? literal : node_convert(checker, string, value, false);
}

const struct expression *
convert_written(struct checker *checker, const struct type *type, const struct expression *value, struct span span)
{
    if (is_poison(value->type) || is_poison(type))
        return node_poison(checker, span);
    enum conversion conversion = conversion_between(value->type, type);
    if (conversion == CONVERSION_NONE || value->type->kind == TYPE_NULL) {
        if (value->type->kind == TYPE_OPTIONAL && conversion_between(value->type->element, type) != CONVERSION_NONE) {
            convert_report_null(checker, value, value->type->element);
            return node_poison(checker, span);
        }
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_NO_CONVERSION, span, value->type->name, type->name);
        if (value->type->kind == TYPE_ENUM && type_is_number(type))
            diagnostic_help(found, "the number of an enumerator is its .value");
        else if (value->type->kind == TYPE_DURATION && type_is_number(type))
            diagnostic_help(found, "ask for .seconds or .milliseconds");
        else
            diagnostic_help(found, "compute it from the parts of the value");
        return node_poison(checker, span);
    }
    if (value->type == type)
        return value;
    const struct expression *literal = constant_conversion(checker, type, value, span);
    if (literal != NULL)
        return literal;
    struct expression *node = node_convert(checker, type, value, conversion == CONVERSION_CHECKED);
    node->span = span;
    return node;
}

/* ---- one type for two values ---- */

static const struct type *
optional_of(struct checker *checker, const struct type *type)
{
    if (type->kind == TYPE_OPTIONAL || is_poison(type))
        return type;
    return type_of_element(&checker->types, TYPE_OPTIONAL, type);
}

/* A constant takes the type of the other number if it fits; otherwise the type that holds both. */
static const struct type *
common_number(struct checker *checker, const struct expression *left, const struct expression *right)
{
    bool left_is_constant = constant_is_number(left);
    bool right_is_constant = constant_is_number(right);
    if (left_is_constant && !right_is_constant && constant_fit(checker, left, right->type) != NULL)
        return right->type;
    if (right_is_constant && constant_fit(checker, right, left->type) != NULL)
        return left->type;
    if (left_is_constant && constant_fit(checker, left, right->type) != NULL)
        return right->type;
    return type_common_number(&checker->types, left->type, right->type);
}

const struct type *
convert_common(struct checker *checker, const struct expression *left, const struct expression *right)
{
    const struct type *first = left->type;
    const struct type *second = right->type;
    if (first == second || is_poison(second))
        return first;
    if (is_poison(first))
        return second;
    if (first->kind == TYPE_VOID || second->kind == TYPE_VOID)
        return NULL;
    if (first->kind == TYPE_NULL)
        return optional_of(checker, second);
    if (second->kind == TYPE_NULL)
        return optional_of(checker, first);
    if (type_is_number(first) && type_is_number(second))
        return common_number(checker, left, right);
    if (convert_try(checker, right, first) != NULL)
        return first;
    if (convert_try(checker, left, second) != NULL)
        return second;
    return NULL;
}
