/* Operators and conversions: see interpret.h. Integers are computed in 128 bits and looked at afterwards. */
#include <math.h>
#include <stdlib.h>

#include "tests/opinion/interpret.h"

typedef __int128 wide;

static int
bits_of(const struct type *type)
{
    switch ((int)type->kind) {
    case TYPE_INT8:
    case TYPE_UINT8: return 8;
    case TYPE_INT16:
    case TYPE_UINT16: return 16;
    case TYPE_INT32:
    case TYPE_UINT32: return 32;
    default: return 64;
    }
}

static bool
is_unsigned(const struct type *type)
{
    return type->kind >= TYPE_UINT8 && type->kind <= TYPE_UINT64;
}

static wide
widen(const struct type *type, const struct value *value)
{
    return is_unsigned(type) ? (wide)value->as.natural : (wide)value->as.integer;
}

/* Put an integer into its type. Returns false when it does not fit. */
static bool
narrow(const struct type *type, wide number, struct value *result)
{
    int bits = bits_of(type);
    wide least = is_unsigned(type) ? 0 : -((wide)1 << (bits - 1));
    wide most = is_unsigned(type) ? ((wide)1 << bits) - 1 : ((wide)1 << (bits - 1)) - 1;
    if (number < least || number > most)
        return false;
    *result = (struct value){ 0 };
    if (is_unsigned(type))
        result->as.natural = (uint64_t)number;
    else
        result->as.integer = (int64_t)number;
    return true;
}

/* The lowest bits of a number, whatever stands above them. */
static struct value
cut(const struct type *type, wide number)
{
    int bits = bits_of(type);
    unsigned __int128 low = (unsigned __int128)number & (((unsigned __int128)1 << bits) - 1);
    wide value = (wide)low;
    if (!is_unsigned(type) && (low >> (bits - 1)) != 0)
        value -= (wide)1 << bits;
    struct value result = { 0 };
    narrow(type, value, &result);
    return result;
}

static bool
shift(struct machine *machine, bool is_left, const struct type *type, const struct value *left, int64_t count,
      struct value *result)
{
    if (count < 0 || count >= bits_of(type))
        return throw_built_in(machine, "OutOfRange");
    wide number = widen(type, left);
    *result = cut(type, is_left ? (wide)((unsigned __int128)number << count) : number >> count);
    return true;
}

static bool
operate_integers(struct machine *machine, enum binary_operator operation, const struct type *type, wide left,
                 wide right, struct value *result)
{
    wide number = 0;
    switch ((int)operation) {
    case BINARY_ADD: number = left + right; break;
    case BINARY_SUBTRACT: number = left - right; break;
    case BINARY_MULTIPLY: number = left * right; break;
    case BINARY_DIVIDE:
    case BINARY_MODULO:
        if (right == 0)
            return throw_built_in(machine, "DivideByZero");
        number = operation == BINARY_DIVIDE ? left / right : left % right;
        break;
    case BINARY_AND: number = left & right; break;
    case BINARY_OR: number = left | right; break;
    default: number = left ^ right; break;
    }
    return narrow(type, number, result) || throw_built_in(machine, "Overflow");
}

static bool
operate_doubles(enum binary_operator operation, double left, double right, struct value *result)
{
    double real = 0;
    switch ((int)operation) {
    case BINARY_ADD: real = left + right; break;
    case BINARY_SUBTRACT: real = left - right; break;
    case BINARY_MULTIPLY: real = left * right; break;
    case BINARY_DIVIDE: real = left / right; break;
    default: real = fmod(left, right); break;
    }
    *result = (struct value){ .as.real = real };
    return true;
}

static bool
operate_decimals(struct machine *machine, enum binary_operator operation, struct number left, struct number right,
                 struct value *result)
{
    enum number_status status;
    *result = (struct value){ 0 };
    switch ((int)operation) {
    case BINARY_ADD: status = number_add(left, right, &result->as.number); break;
    case BINARY_SUBTRACT: status = number_add(left, number_negated(right), &result->as.number); break;
    case BINARY_MULTIPLY: status = number_multiply(left, right, &result->as.number); break;
    case BINARY_DIVIDE: status = number_divide(left, right, &result->as.number); break;
    default: status = number_modulo(left, right, &result->as.number); break;
    }
    if (status == NUMBER_DIVIDE_BY_ZERO)
        return throw_built_in(machine, "DivideByZero");
    return status == NUMBER_OK || throw_built_in(machine, "Overflow");
}

static bool
compare(enum binary_operator operation, const struct type *type, const struct value *left, const struct value *right)
{
    if (operation == BINARY_EQUAL || operation == BINARY_NOT_EQUAL)
        return value_equal(type, left, right) == (operation == BINARY_EQUAL);
    if (type->kind == TYPE_DOUBLE && (isnan(left->as.real) || isnan(right->as.real)))
        return false;
    int order = value_compare(type, left, right);
    switch ((int)operation) {
    case BINARY_LESS: return order < 0;
    case BINARY_LESS_EQUAL: return order <= 0;
    case BINARY_GREATER: return order > 0;
    default: return order >= 0;
    }
}

static struct value
join(struct machine *machine, const struct type *type, const struct value *left, const struct value *right)
{
    if (type->kind != TYPE_ARRAY) {
        struct printer printer = { .heap = &machine->heap };
        printer_add(&printer, left->as.text.data, left->as.text.size_bytes);
        printer_add(&printer, right->as.text.data, right->as.text.size_bytes);
        return printer_value(&printer);
    }
    int64_t first = left->as.list.count, second = right->as.list.count;
    struct value *items = heap_values(&machine->heap, first + second);
    for (int64_t index = 0; index < first + second; index++)
        items[index] = index < first ? left->as.list.items[index] : right->as.list.items[index - first];
    return value_list(items, first + second);
}

/* left's type is a time or a duration: 64 bits of nanoseconds, checked. */
static bool
operate_times(struct machine *machine, enum binary_operator operation, const struct type *right_type,
              const struct value *left, const struct value *right, struct value *result)
{
    struct type nanoseconds = { .kind = TYPE_INT64 };
    return operate_integers(machine, operation, &nanoseconds, left->as.integer, widen(right_type, right), result);
}

bool
operate(struct machine *machine, enum binary_operator operation, const struct type *type, const struct value *left,
        const struct type *right_type, const struct value *right, struct value *result)
{
    if (operation >= BINARY_EQUAL) {
        *result = value_boolean(compare(operation, type, left, right));
        return true;
    }
    if (operation == BINARY_SHIFT_LEFT || operation == BINARY_SHIFT_RIGHT)
        return shift(machine, operation == BINARY_SHIFT_LEFT, type, left, right->as.integer, result);
    switch ((int)type->kind) {
    case TYPE_DOUBLE: return operate_doubles(operation, left->as.real, right->as.real, result);
    case TYPE_DECIMAL: return operate_decimals(machine, operation, left->as.number, right->as.number, result);
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_ARRAY: *result = join(machine, type, left, right); return true;
    case TYPE_TIME:
    case TYPE_DURATION: return operate_times(machine, operation, right_type, left, right, result);
    default: return operate_integers(machine, operation, type, widen(type, left), widen(right_type, right), result);
    }
}

bool
negate(struct machine *machine, enum unary_operator operation, const struct type *type, const struct value *operand,
       struct value *result)
{
    *result = *operand;
    if (operation == UNARY_NOT) {
        result->as.boolean = !operand->as.boolean;
        return true;
    }
    if (operation == UNARY_COMPLEMENT) {
        *result = cut(type, ~widen(type, operand));
        return true;
    }
    if (type->kind == TYPE_DOUBLE) {
        result->as.real = -operand->as.real;
        return true;
    }
    if (type->kind == TYPE_DECIMAL) {
        result->as.number = number_negated(operand->as.number);
        return true;
    }
    return narrow(type, -widen(type, operand), result) || throw_built_in(machine, "Overflow");
}

/* ---- conversions ---- */

static bool
text_to_integer(struct text text, const struct type *type, struct value *result)
{
    size_t index = text.size_bytes > 0 && (text.data[0] == '-' || text.data[0] == '+');
    bool is_negative = index == 1 && text.data[0] == '-';
    wide number = 0;
    if (index == text.size_bytes)
        return false;
    for (; index < text.size_bytes; index++) {
        if (text.data[index] < '0' || text.data[index] > '9' || number > (wide)1 << 100)
            return false;
        number = number * 10 + (text.data[index] - '0');
    }
    return narrow(type, is_negative ? -number : number, result);
}

static bool
text_to_double(struct heap *heap, struct text text, struct value *result)
{
    *result = (struct value){ 0 };
    if (text_equal_string(text, "NaN"))
        result->as.real = (double)NAN;
    else if (text_equal_string(text, "Infinity") || text_equal_string(text, "-Infinity"))
        result->as.real = text.data[0] == '-' ? -HUGE_VAL : HUGE_VAL;
    else {
        char *copy = heap_take(heap, text.size_bytes + 1), *end;
        if (text.size_bytes > 0)
            memcpy(copy, text.data, text.size_bytes);
        copy[text.size_bytes] = '\0';
        if (strspn(copy, "0123456789+-.eE") != text.size_bytes)
            return false;
        size_t sign = copy[0] == '-' || copy[0] == '+';
        result->as.real = strtod(copy, &end);
        const char *point = strchr(copy, '.');
        bool has_digits =
            copy[sign] >= '0' && copy[sign] <= '9' && (point == NULL || (point[1] >= '0' && point[1] <= '9'));
        return has_digits && *end == '\0' && isfinite(result->as.real);
    }
    return true;
}

static bool
from_text(struct machine *machine, struct text text, const struct type *to, struct value *result)
{
    bool fits = false;
    *result = (struct value){ 0 };
    if (type_is_integer(to)) {
        fits = text_to_integer(text, to, result);
    } else if (to->kind == TYPE_DOUBLE) {
        fits = text_to_double(&machine->heap, text, result);
    } else if (to->kind == TYPE_DECIMAL) {
        fits = number_parse(text, &result->as.number);
    } else if (to->kind == TYPE_BOOL) {
        result->as.boolean = text_equal_string(text, "true");
        fits = result->as.boolean || text_equal_string(text, "false");
    }
    return fits || throw_built_in(machine, "InvalidValue");
}

static struct text
as_text(struct machine *machine, const struct type *type, const struct value *value)
{
    return text_of_value(&machine->heap, type, value).as.text;
}

static bool
decimal_to_integer(struct number number, const struct type *to, struct value *result)
{
    uint64_t natural;
    if (!number_to_natural(number, &natural))
        return false;
    return narrow(to, number.is_negative ? -(wide)natural : (wide)natural, result);
}

static bool
to_integer(const struct type *from, const struct value *value, const struct type *to, struct value *result)
{
    if (from->kind == TYPE_DECIMAL)
        return decimal_to_integer(value->as.number, to, result);
    if (from->kind != TYPE_DOUBLE)
        return narrow(to, widen(from, value), result);
    double whole = trunc(value->as.real);
    return fabs(whole) < 0x1p100 && narrow(to, (wide)whole, result);
}

bool
convert_value(struct machine *machine, const struct type *from, const struct value *value, const struct type *to,
              struct value *result)
{
    if (from == to) {
        *result = *value;
        return true;
    }
    if (to->kind == TYPE_STRING) {
        *result = text_of_value(&machine->heap, from, value);
        return true;
    }
    if (from->kind == TYPE_STRING)
        return from_text(machine, value->as.text, to, result);
    *result = (struct value){ 0 };
    if (type_is_integer(to))
        return to_integer(from, value, to, result) || throw_built_in(machine, "InvalidValue");
    if (to->kind == TYPE_DOUBLE && from->kind == TYPE_DECIMAL)
        return text_to_double(&machine->heap, as_text(machine, from, value), result) ||
               throw_built_in(machine, "InvalidValue");
    if (to->kind == TYPE_DOUBLE) {
        result->as.real = is_unsigned(from) ? (double)value->as.natural : (double)value->as.integer;
        return true;
    }
    if (from->kind == TYPE_DOUBLE)
        return number_parse(as_text(machine, from, value), &result->as.number) ||
               throw_built_in(machine, "InvalidValue");
    wide number = widen(from, value);
    result->as.number = number_from_natural((uint64_t)(number < 0 ? -number : number), number < 0);
    return true;
}
