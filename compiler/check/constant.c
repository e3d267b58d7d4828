/* Folding: see constant.h. Integers are computed in 128 bits, where nothing overflows. */
#include "compiler/check/constant.h"

#include <math.h>
#include <stdio.h>

#include "compiler/check/decimal.h"
#include "compiler/check/node.h"
#include "compiler/check/text_value.h"

typedef __int128 wide;

static bool
is_literal(const struct expression *node)
{
    return node->kind == EXPRESSION_LITERAL;
}

bool
constant_is_number(const struct expression *node)
{
    return is_literal(node) && type_is_number(node->type);
}

/* ---- integers ---- */

/* The value of an integer literal, a time or a duration. */
static wide
integer_value(const struct expression *literal)
{
    if (type_is_integer(literal->type) && !type_is_signed_integer(literal->type))
        return literal->as.literal.natural;
    return literal->as.literal.integer;
}

static bool
fits_integer(wide value, const struct type *type)
{
    if (!type_is_integer(type)) /* TIME, DURATION */
        return value >= INT64_MIN && value <= INT64_MAX;
    int bits = type_integer_bits(type);
    if (type_is_signed_integer(type))
        return value >= -((wide)1 << (bits - 1)) && value < (wide)1 << (bits - 1);
    return value >= 0 && value < (wide)1 << bits;
}

static const struct expression *
make_integer(struct checker *checker, const struct type *type, wide value, struct span span)
{
    if (type_is_integer(type) && !type_is_signed_integer(type))
        return node_natural(checker, type, (uint64_t)value, span);
    return node_integer(checker, type, (int64_t)value, span);
}

static struct text
integer_text(struct checker *checker, wide value)
{
    char digits[48];
    size_t begin = sizeof digits;
    unsigned __int128 rest = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    do {
        digits[--begin] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--begin] = '-';
    return text_copy(checker->arena, (struct text){ digits + begin, sizeof digits - begin });
}

struct text
constant_text(struct checker *checker, const struct expression *literal)
{
    if (literal->kind == EXPRESSION_ENUMERATOR)
        return literal->as.enumerator->name;
    if (literal->type->kind == TYPE_BOOL)
        return literal->as.literal.boolean ? TEXT("true") : TEXT("false");
    if (literal->type->kind == TYPE_DOUBLE)
        return text_format(checker->arena, "%g", literal->as.literal.real);
    if (type_is_integer(literal->type) || literal->type->kind == TYPE_TIME || literal->type->kind == TYPE_DURATION)
        return integer_text(checker, integer_value(literal));
    if (literal->type->kind == TYPE_STRING)
        return text_format(checker->arena, "\"%.*s\"", TEXT_ARGUMENTS(literal->as.literal.text));
    return literal->as.literal.text;
}

/* ---- fitting ---- */

const struct expression *
constant_fit(struct checker *checker, const struct expression *literal, const struct type *type)
{
    if (literal->type == type)
        return literal;
    if (!type_is_integer(literal->type))
        return NULL;
    wide value = integer_value(literal);
    if (type_is_integer(type))
        return fits_integer(value, type) ? make_integer(checker, type, value, literal->span) : NULL;
    if (type->kind == TYPE_DECIMAL)
        return node_text(checker, TYPE_DECIMAL, integer_text(checker, value), literal->span);
    if (type->kind == TYPE_DOUBLE && (wide)(double)value == value)
        return node_double(checker, (double)value, literal->span);
    return NULL;
}

/* ---- operations ---- */

static const struct expression *
report_overflow(struct checker *checker, struct text value, const struct type *type, struct span span)
{
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_CONSTANT_OVERFLOW, span, value, type->name);
    diagnostic_help(found, "it would throw Overflow whenever it is reached: compute it in a larger type");
    return node_poison(checker, span);
}

static const struct expression *
report_division(struct checker *checker, struct span span)
{
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_CONSTANT_DIVISION, span);
    diagnostic_help(found, "it would throw DivideByZero whenever it is reached");
    return node_poison(checker, span);
}

static const struct expression *
report_shift(struct checker *checker, wide count, const struct type *type, struct span span)
{
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_CONSTANT_SHIFT, span, integer_text(checker, count), type->name);
    diagnostic_help(found, "shift by 0 to %d", type_integer_bits(type) - 1);
    return node_poison(checker, span);
}

/* value << count within the type's bits; what is shifted out is lost, as in C#. */
static wide
shift_left(wide value, wide count, const struct type *type)
{
    int bits = type_integer_bits(type);
    unsigned __int128 mask = ((unsigned __int128)1 << bits) - 1;
    unsigned __int128 shifted = ((unsigned __int128)value << (int)count) & mask;
    if (type_is_signed_integer(type) && (shifted >> (bits - 1) & 1) != 0)
        return (wide)(shifted | ~mask);
    return (wide)shifted;
}

static const struct expression *
fold_integers(struct checker *checker, enum binary_operator operation, const struct type *type,
              const struct expression *left, const struct expression *right, struct span span)
{
    wide first = integer_value(left);
    wide second = integer_value(right);
    wide value = 0;
    switch (operation) {
    case BINARY_ADD: value = first + second; break;
    case BINARY_SUBTRACT: value = first - second; break;
    case BINARY_MULTIPLY:
        if (__builtin_mul_overflow(first, second, &value))
            return report_overflow(checker, TEXT("the product"), type, span);
        break;
    case BINARY_DIVIDE:
    case BINARY_MODULO:
        if (second == 0)
            return report_division(checker, span);
        value = operation == BINARY_DIVIDE ? first / second : first % second;
        break;
    case BINARY_AND: value = first & second; break;
    case BINARY_OR: value = first | second; break;
    case BINARY_XOR: value = first ^ second; break;
    case BINARY_SHIFT_LEFT:
    case BINARY_SHIFT_RIGHT:
        if (second < 0 || second >= type_integer_bits(type))
            return report_shift(checker, second, type, right->span);
        value = operation == BINARY_SHIFT_LEFT ? shift_left(first, second, type) : first >> (int)second;
        break;
    case BINARY_EQUAL:
    case BINARY_NOT_EQUAL:
    case BINARY_LESS:
    case BINARY_LESS_EQUAL:
    case BINARY_GREATER:
    case BINARY_GREATER_EQUAL: return NULL; /* folded by order */
    }
    if (!fits_integer(value, type))
        return report_overflow(checker, integer_text(checker, value), type, span);
    return make_integer(checker, type, value, span);
}

static const struct expression *
fold_doubles(struct checker *checker, enum binary_operator operation, const struct expression *left,
             const struct expression *right, struct span span)
{
    double first = left->as.literal.real;
    double second = right->as.literal.real;
    if (operation == BINARY_ADD)
        return node_double(checker, first + second, span);
    if (operation == BINARY_SUBTRACT)
        return node_double(checker, first - second, span);
    if (operation == BINARY_MULTIPLY)
        return node_double(checker, first * second, span);
    if (operation == BINARY_DIVIDE)
        return node_double(checker, first / second, span);
    return node_double(checker, fmod(first, second), span);
}

static const struct expression *
fold_decimals(struct checker *checker, enum binary_operator operation, const struct expression *left,
              const struct expression *right, struct span span)
{
    static const char letters[] = {
        [BINARY_ADD] = '+',    [BINARY_SUBTRACT] = '-', [BINARY_MULTIPLY] = '*',
        [BINARY_DIVIDE] = '/', [BINARY_MODULO] = '%',
    };
    struct text result;
    switch (
        decimal_operate(checker->arena, letters[operation], left->as.literal.text, right->as.literal.text, &result)) {
    case DECIMAL_OK: return node_text(checker, TYPE_DECIMAL, result, span);
    case DECIMAL_OVERFLOW: return report_overflow(checker, TEXT("the result"), left->type, span);
    case DECIMAL_DIVIDE_BY_ZERO: return report_division(checker, span);
    }
    return NULL;
}

static const struct expression *
fold_texts(struct checker *checker, const struct expression *left, const struct expression *right, struct span span)
{
    struct text_builder builder;
    text_builder_initialise(&builder, checker->arena);
    text_builder_add(&builder, left->as.literal.text);
    text_builder_add(&builder, right->as.literal.text);
    struct text text = text_builder_text(&builder);
    if (text.size_bytes > CONSTANT_NODES_MAX)
        return NULL; /* computed by the program: the same few constants could make it as large as memory */
    return node_text(checker, left->type->kind, text, span);
}

/* -1, 0, 1; 2 for doubles without an order (NaN). */
static int
compare(struct checker *checker, const struct expression *left, const struct expression *right)
{
    switch (left->type->kind) {
    case TYPE_BOOL: return left->as.literal.boolean - right->as.literal.boolean;
    case TYPE_DOUBLE:
        if (isnan(left->as.literal.real) || isnan(right->as.literal.real))
            return 2;
        return left->as.literal.real < right->as.literal.real ? -1 : left->as.literal.real > right->as.literal.real;
    case TYPE_DECIMAL: return decimal_compare(checker->arena, left->as.literal.text, right->as.literal.text);
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_UUID: {
        int order = text_compare(left->as.literal.text, right->as.literal.text);
        return order < 0 ? -1 : order > 0;
    }
    case TYPE_INT8:
    case TYPE_INT16:
    case TYPE_INT32:
    case TYPE_INT64:
    case TYPE_UINT8:
    case TYPE_UINT16:
    case TYPE_UINT32:
    case TYPE_UINT64:
    case TYPE_TIME:
    case TYPE_DURATION:
        return integer_value(left) < integer_value(right) ? -1 : integer_value(left) > integer_value(right);
    case TYPE_POISON:
    case TYPE_VOID:
    case TYPE_NULL:
    case TYPE_ARRAY:
    case TYPE_MAP:
    case TYPE_OPTIONAL:
    case TYPE_STRUCT:
    case TYPE_ENUM:
    case TYPE_UNION:
    case TYPE_ERROR:
    case TYPE_ANY_ERROR:
    case TYPE_TASK:
    case TYPE_PROMISE: return 0; /* no literals of these */
    }
    return 0;
}

static const struct expression *
fold_comparison(struct checker *checker, enum binary_operator operation, const struct expression *left,
                const struct expression *right, struct span span)
{
    int order = compare(checker, left, right);
    bool result = false;
    if (operation == BINARY_EQUAL)
        result = order == 0;
    else if (operation == BINARY_NOT_EQUAL)
        result = order != 0;
    else if (operation == BINARY_LESS)
        result = order == -1;
    else if (operation == BINARY_LESS_EQUAL)
        result = order == -1 || order == 0;
    else if (operation == BINARY_GREATER)
        result = order == 1;
    else
        result = order == 1 || order == 0;
    return node_boolean(checker, result, span);
}

static bool
has_integer_value(const struct type *type)
{
    return type_is_integer(type) || type->kind == TYPE_TIME || type->kind == TYPE_DURATION;
}

const struct expression *
constant_binary(struct checker *checker, enum binary_operator operation, const struct type *type,
                const struct expression *left, const struct expression *right, struct span span)
{
    if (!is_literal(left) || !is_literal(right)) {
        /* What divides by a zero that stands there always throws, whatever is divided. */
        bool divides = operation == BINARY_DIVIDE || operation == BINARY_MODULO;
        if (divides && is_literal(right) && has_integer_value(right->type) && integer_value(right) == 0)
            return report_division(checker, span);
        return NULL;
    }
    if (operation >= BINARY_EQUAL)
        return fold_comparison(checker, operation, left, right, span);
    if (has_integer_value(left->type) && has_integer_value(right->type))
        return fold_integers(checker, operation, type, left, right, span);
    if (left->type->kind == TYPE_DOUBLE)
        return fold_doubles(checker, operation, left, right, span);
    if (left->type->kind == TYPE_DECIMAL)
        return fold_decimals(checker, operation, left, right, span);
    if (left->type->kind == TYPE_STRING || left->type->kind == TYPE_BYTES)
        return fold_texts(checker, left, right, span);
    return NULL;
}

const struct expression *
constant_unary(struct checker *checker, enum unary_operator operation, const struct expression *operand,
               struct span span)
{
    if (!is_literal(operand))
        return NULL;
    const struct type *type = operand->type;
    if (operation == UNARY_NOT)
        return node_boolean(checker, !operand->as.literal.boolean, span);
    if (operation == UNARY_COMPLEMENT) {
        wide value = ~integer_value(operand);
        if (!type_is_signed_integer(type))
            value &= ((wide)1 << type_integer_bits(type)) - 1;
        return make_integer(checker, type, value, span);
    }
    if (type->kind == TYPE_DOUBLE)
        return node_double(checker, -operand->as.literal.real, span);
    if (type->kind == TYPE_DECIMAL)
        return node_text(checker, TYPE_DECIMAL, decimal_negate(checker->arena, operand->as.literal.text), span);
    wide value = -integer_value(operand);
    if (!fits_integer(value, type))
        return report_overflow(checker, integer_text(checker, value), type, span);
    return make_integer(checker, type, value, span);
}

/* ---- written conversions ---- */

static const struct expression *
report_invalid(struct checker *checker, const struct expression *operand, const struct type *type)
{
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_CONSTANT_INVALID, operand->span,
                                              constant_text(checker, operand), type->name);
    if (type->kind == TYPE_TIME)
        diagnostic_help(found, "write it as RFC 3339 does: time(\"2026-01-31T12:00:00Z\")");
    else if (type->kind == TYPE_UUID)
        diagnostic_help(found, "write 8-4-4-4-12 hexadecimal digits: uuid(\"123e4567-e89b-12d3-a456-426614174000\")");
    else
        diagnostic_help(found, "it would throw InvalidValue whenever it is reached");
    return node_poison(checker, operand->span);
}

static const struct expression *
to_integer(struct checker *checker, const struct type *type, const struct expression *operand, struct span span)
{
    wide value;
    if (type_is_integer(operand->type)) {
        value = integer_value(operand);
    } else if (operand->type->kind == TYPE_DOUBLE) {
        double real = trunc(operand->as.literal.real);
        if (!(fabs(real) < 1e20))
            return report_invalid(checker, operand, type);
        value = (wide)real;
    } else if (operand->type->kind == TYPE_DECIMAL) {
        int64_t integer;
        if (!decimal_to_int64(checker->arena, operand->as.literal.text, &integer))
            return NULL; /* perhaps a uint64: the program will see */
        value = integer;
    } else {
        return NULL;
    }
    if (!fits_integer(value, type))
        return report_invalid(checker, operand, type);
    return make_integer(checker, type, value, span);
}

static const struct expression *
from_string(struct checker *checker, const struct type *type, const struct expression *operand, struct span span)
{
    struct text text = operand->as.literal.text;
    if (type->kind == TYPE_TIME) {
        int64_t time_ns;
        if (!text_value_time(text, &time_ns))
            return report_invalid(checker, operand, type);
        return node_integer(checker, type, time_ns, span);
    }
    if (type->kind == TYPE_UUID) {
        char octets[UUID_BYTES];
        if (!text_value_uuid(text, octets))
            return report_invalid(checker, operand, type);
        return node_text(checker, TYPE_UUID, text_copy(checker->arena, (struct text){ octets, UUID_BYTES }), span);
    }
    return NULL;
}

const struct expression *
constant_conversion(struct checker *checker, const struct type *type, const struct expression *operand,
                    struct span span)
{
    if (!is_literal(operand))
        return NULL;
    if (operand->type->kind == TYPE_STRING)
        return from_string(checker, type, operand, span);
    if (type_is_integer(type))
        return to_integer(checker, type, operand, span);
    if (type->kind == TYPE_DECIMAL || (type->kind == TYPE_DOUBLE && type_is_integer(operand->type)))
        return constant_fit(checker, operand, type);
    if (type->kind == TYPE_DOUBLE && operand->type->kind == TYPE_DECIMAL)
        return node_double(checker, decimal_to_double(checker->arena, operand->as.literal.text), span);
    if (type->kind == TYPE_STRING && (type_is_integer(operand->type) || operand->type->kind == TYPE_BOOL))
        return node_text(checker, TYPE_STRING, constant_text(checker, operand), span);
    return NULL;
}

/* ---- labels ---- */

struct text
constant_key(struct checker *checker, const struct expression *label)
{
    return constant_text(checker, label);
}
