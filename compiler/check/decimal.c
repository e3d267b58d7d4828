/* Decimals in constants: see decimal.h. */
#include "compiler/check/decimal.h"

#include <bid_conf.h>
#include <bid_functions.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* Sign, digits, E, exponent with its sign: what Intel's printer writes at most. */
#define PRINTED_BYTES_MAX 64

static BID_UINT128
from_text(struct arena *arena, struct text text, _IDEC_flags *flags)
{
    /* The library's parameter is not const; a copy is cheap and honest. */
    struct text copy = text_copy(arena, text);
    char *string = arena_allocate_bytes(arena, copy.size_bytes + 1);
    memcpy(string, copy.data, copy.size_bytes + 1);
    return bid128_from_string(string, BID_ROUNDING_TO_NEAREST, flags);
}

/* Intel prints "+1999E-2"; here it becomes "19.99", as libdsy prints it. */
static struct text
to_text(struct arena *arena, BID_UINT128 value)
{
    char printed[PRINTED_BYTES_MAX];
    _IDEC_flags flags = 0;
    bid128_to_string(printed, value, &flags);
    const char *digits = printed + 1;
    size_t count = strcspn(digits, "E");
    long exponent = digits[count] == 'E' ? strtol(digits + count + 1, NULL, 10) : 0;
    long adjusted = exponent + (long)count - 1;

    struct text_builder builder;
    text_builder_initialise(&builder, arena);
    if (printed[0] == '-' && digits[0] != '0')
        text_builder_add_character(&builder, '-');
    if (exponent > 0 || adjusted < -6) {
        text_builder_add_character(&builder, digits[0]);
        if (count > 1)
            text_builder_format(&builder, ".%.*s", (int)count - 1, digits + 1);
        text_builder_format(&builder, "E%+ld", adjusted);
    } else if (adjusted < 0) {
        text_builder_add_string(&builder, "0.");
        for (long zeros = adjusted + 1; zeros < 0; zeros++)
            text_builder_add_character(&builder, '0');
        text_builder_format(&builder, "%.*s", (int)count, digits);
    } else {
        size_t whole = (size_t)(adjusted + 1);
        text_builder_format(&builder, "%.*s", (int)whole, digits);
        if (whole < count)
            text_builder_format(&builder, ".%.*s", (int)(count - whole), digits + whole);
    }
    return text_builder_text(&builder);
}

enum decimal_status
decimal_operate(struct arena *arena, char operation, struct text left, struct text right, struct text *result)
{
    _IDEC_flags flags = 0;
    BID_UINT128 first = from_text(arena, left, &flags);
    BID_UINT128 second = from_text(arena, right, &flags);
    flags = 0;
    BID_UINT128 value;
    if ((operation == '/' || operation == '%') && bid128_isZero(second))
        return DECIMAL_DIVIDE_BY_ZERO;
    switch (operation) {
    case '+': value = bid128_add(first, second, BID_ROUNDING_TO_NEAREST, &flags); break;
    case '-': value = bid128_sub(first, second, BID_ROUNDING_TO_NEAREST, &flags); break;
    case '*': value = bid128_mul(first, second, BID_ROUNDING_TO_NEAREST, &flags); break;
    case '/': value = bid128_div(first, second, BID_ROUNDING_TO_NEAREST, &flags); break;
    default: value = bid128_fmod(first, second, &flags); break;
    }
    if (!bid128_isFinite(value))
        return DECIMAL_OVERFLOW;
    *result = to_text(arena, value);
    return DECIMAL_OK;
}

struct text
decimal_negate(struct arena *arena, struct text value)
{
    _IDEC_flags flags = 0;
    return to_text(arena, bid128_negate(from_text(arena, value, &flags)));
}

int
decimal_compare(struct arena *arena, struct text left, struct text right)
{
    _IDEC_flags flags = 0;
    BID_UINT128 first = from_text(arena, left, &flags);
    BID_UINT128 second = from_text(arena, right, &flags);
    if (bid128_quiet_equal(first, second, &flags))
        return 0;
    return bid128_quiet_less(first, second, &flags) ? -1 : 1;
}

bool
decimal_to_int64(struct arena *arena, struct text value, int64_t *result)
{
    _IDEC_flags flags = 0;
    BID_UINT128 decimal = from_text(arena, value, &flags);
    flags = 0;
    *result = bid128_to_int64_int(decimal, &flags);
    return (flags & BID_INVALID_EXCEPTION) == 0;
}

double
decimal_to_double(struct arena *arena, struct text value)
{
    return strtod(text_to_string(arena, value), NULL);
}
