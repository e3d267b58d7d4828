/* Decimals by schoolbook arithmetic on digits, as slow as it is plain: see value.h. IEEE 754-2008, decimal128:
 * 34 digits, exponents -6176 to 6111 of the last digit, rounding half to even, and the exponents that it prefers. */
#include "tests/opinion/value.h"

#include <stdio.h>

enum { DIGITS_MAX = 34, EXPONENT_MIN = -6176, EXPONENT_MAX = 6111, LONG_MAX_DIGITS = 12500 };

/* A long integer, its last digit first. */
struct digits {
    int count; /* no leading zeros; 0 for zero */
    unsigned char digit[LONG_MAX_DIGITS];
};

static void
digits_set(struct digits *digits, unsigned __int128 value, int zeros)
{
    digits->count = 0;
    for (int index = 0; value != 0 && index < zeros; index++)
        digits->digit[digits->count++] = 0;
    for (; value != 0; value /= 10)
        digits->digit[digits->count++] = (unsigned char)(value % 10);
}

static void
digits_trim(struct digits *digits)
{
    while (digits->count > 0 && digits->digit[digits->count - 1] == 0)
        digits->count--;
}

static int
digits_compare(const struct digits *left, const struct digits *right)
{
    if (left->count != right->count)
        return left->count < right->count ? -1 : 1;
    for (int index = left->count; index-- > 0;) {
        if (left->digit[index] != right->digit[index])
            return left->digit[index] < right->digit[index] ? -1 : 1;
    }
    return 0;
}

/* Round to what a decimal holds. has_more: something that is not zero stands behind the last digit. */
static enum number_status
rounded(const struct digits *digits, int exponent, bool is_negative, bool has_more, struct number *result)
{
    int dropped = digits->count > DIGITS_MAX ? digits->count - DIGITS_MAX : 0;
    if (exponent + dropped < EXPONENT_MIN)
        dropped = EXPONENT_MIN - exponent;
    unsigned __int128 coefficient = 0;
    for (int index = digits->count; index-- > dropped;)
        coefficient = coefficient * 10 + digits->digit[index];
    int half = dropped > 0 && dropped <= digits->count ? digits->digit[dropped - 1] : 0;
    bool rest = has_more;
    for (int index = 0; index < dropped - 1 && index < digits->count; index++)
        rest = rest || digits->digit[index] != 0;
    exponent += dropped;
    if (dropped > 0 && (half > 5 || (half == 5 && (rest || coefficient % 2 == 1))))
        coefficient++;
    struct digits whole;
    digits_set(&whole, coefficient, 0);
    if (whole.count > DIGITS_MAX) {
        coefficient /= 10;
        exponent++;
        whole.count--;
    }
    if (coefficient == 0 && exponent > EXPONENT_MAX)
        exponent = EXPONENT_MAX;
    for (; exponent > EXPONENT_MAX && whole.count < DIGITS_MAX; exponent--, whole.count++)
        coefficient *= 10;
    *result = (struct number){ coefficient, exponent, is_negative && coefficient != 0 };
    return exponent > EXPONENT_MAX ? NUMBER_OVERFLOW : NUMBER_OK;
}

/* Both with the smaller of the two exponents. */
static int
align(struct number left, struct number right, struct digits *first, struct digits *second)
{
    int exponent = left.exponent < right.exponent ? left.exponent : right.exponent;
    digits_set(first, left.coefficient, left.exponent - exponent);
    digits_set(second, right.coefficient, right.exponent - exponent);
    return exponent;
}

static void
add_digits(const struct digits *left, const struct digits *right, struct digits *sum)
{
    int carry = 0;
    sum->count = 0;
    for (int index = 0; index < left->count || index < right->count || carry != 0; index++) {
        carry += index < left->count ? left->digit[index] : 0;
        carry += index < right->count ? right->digit[index] : 0;
        sum->digit[sum->count++] = (unsigned char)(carry % 10);
        carry /= 10;
    }
}

/* left - right, which is not larger */
static void
subtract_digits(const struct digits *left, const struct digits *right, struct digits *difference)
{
    int borrow = 0;
    difference->count = 0;
    for (int index = 0; index < left->count; index++) {
        int digit = left->digit[index] - borrow - (index < right->count ? right->digit[index] : 0);
        borrow = digit < 0;
        difference->digit[difference->count++] = (unsigned char)(digit + 10 * borrow);
    }
    digits_trim(difference);
}

/* A sum with a zero is the other, with as many zeros behind it as fit and the smaller exponent asks for. */
static enum number_status
add_zero(struct number number, int exponent, struct number *result)
{
    struct digits digits;
    digits_set(&digits, number.coefficient, 0);
    for (; number.coefficient != 0 && number.exponent > exponent && digits.count < DIGITS_MAX; digits.count++) {
        number.coefficient *= 10;
        number.exponent--;
    }
    if (number.coefficient == 0)
        number.exponent = exponent;
    *result = number;
    return NUMBER_OK;
}

enum number_status
number_add(struct number left, struct number right, struct number *result)
{
    struct digits first, second, sum;
    int least = left.exponent < right.exponent ? left.exponent : right.exponent;
    if (left.coefficient == 0)
        return add_zero(right, least, result);
    if (right.coefficient == 0)
        return add_zero(left, least, result);
    int exponent = align(left, right, &first, &second);
    if (left.is_negative == right.is_negative) {
        add_digits(&first, &second, &sum);
        return rounded(&sum, exponent, left.is_negative, false, result);
    }
    bool left_is_larger = digits_compare(&first, &second) >= 0;
    subtract_digits(left_is_larger ? &first : &second, left_is_larger ? &second : &first, &sum);
    return rounded(&sum, exponent, left_is_larger ? left.is_negative : right.is_negative, false, result);
}

enum number_status
number_multiply(struct number left, struct number right, struct number *result)
{
    struct digits first, second, product = { 0 };
    digits_set(&first, left.coefficient, 0);
    digits_set(&second, right.coefficient, 0);
    product.count = first.count + second.count;
    for (int one = 0; one < first.count; one++) {
        int carry = 0;
        for (int other = 0; other < second.count || carry != 0; other++) {
            carry += product.digit[one + other];
            carry += other < second.count ? first.digit[one] * second.digit[other] : 0;
            product.digit[one + other] = (unsigned char)(carry % 10);
            carry /= 10;
        }
    }
    digits_trim(&product);
    return rounded(&product, left.exponent + right.exponent, left.is_negative != right.is_negative, false, result);
}

enum number_status
number_divide(struct number left, struct number right, struct number *result)
{
    if (right.coefficient == 0)
        return NUMBER_DIVIDE_BY_ZERO;
    struct digits dividend, quotient = { 0 };
    int wanted = left.exponent - right.exponent; /* the exponent of an exact quotient */
    enum { ZEROS = 72 };                         /* enough that at least 36 digits come out */
    digits_set(&dividend, left.coefficient, left.coefficient == 0 ? 0 : ZEROS);
    unsigned __int128 rest = 0;
    for (int index = dividend.count; index-- > 0;) {
        rest = rest * 10 + dividend.digit[index];
        quotient.digit[index] = (unsigned char)(rest / right.coefficient);
        rest %= right.coefficient;
    }
    quotient.count = dividend.count;
    digits_trim(&quotient);
    bool is_negative = left.is_negative != right.is_negative;
    int exponent = left.coefficient == 0 ? wanted : wanted - ZEROS;
    int zeros = 0;
    while (rest == 0 && zeros < quotient.count && quotient.digit[zeros] == 0 && exponent + zeros < wanted)
        zeros++;
    quotient.count -= zeros;
    memmove(quotient.digit, quotient.digit + zeros, (size_t)quotient.count);
    return rounded(&quotient, exponent + zeros, is_negative, rest != 0, result);
}

enum number_status
number_modulo(struct number left, struct number right, struct number *result)
{
    if (right.coefficient == 0)
        return NUMBER_DIVIDE_BY_ZERO;
    struct digits first, second, rest = { 0 }, less;
    int exponent = align(left, right, &first, &second);
    for (int index = first.count; index-- > 0;) {
        memmove(rest.digit + 1, rest.digit, (size_t)rest.count);
        rest.digit[0] = first.digit[index];
        rest.count++;
        digits_trim(&rest);
        while (digits_compare(&rest, &second) >= 0) {
            subtract_digits(&rest, &second, &less);
            rest = less;
        }
    }
    return rounded(&rest, exponent, left.is_negative, false, result);
}

struct number
number_negated(struct number number)
{
    number.is_negative = number.coefficient != 0 && !number.is_negative;
    return number;
}

int
number_compare(struct number left, struct number right)
{
    if (left.is_negative != right.is_negative)
        return left.is_negative ? -1 : 1;
    struct digits first, second;
    align(left, right, &first, &second);
    int order = digits_compare(&first, &second);
    return left.is_negative ? -order : order;
}

/* ---- integers and texts ---- */

struct number
number_from_natural(uint64_t natural, bool is_negative)
{
    return (struct number){ natural, 0, is_negative && natural != 0 };
}

bool
number_to_natural(struct number number, uint64_t *natural)
{
    for (; number.exponent < 0 && number.coefficient != 0; number.exponent++)
        number.coefficient /= 10;
    for (; number.exponent > 0 && number.coefficient != 0; number.exponent--) {
        if (number.coefficient > UINT64_MAX)
            return false;
        number.coefficient *= 10;
    }
    *natural = (uint64_t)number.coefficient;
    return number.coefficient <= UINT64_MAX;
}

static bool
is_digit(struct text text, size_t index)
{
    return index < text.size_bytes && text.data[index] >= '0' && text.data[index] <= '9';
}

bool
number_parse(struct text text, struct number *number)
{
    size_t index = 0;
    struct number read = { 0 };
    if (index < text.size_bytes && (text.data[index] == '-' || text.data[index] == '+'))
        read.is_negative = text.data[index++] == '-';
    size_t begin = index;
    int written = 0;
    for (; is_digit(text, index) && written < DIGITS_MAX; index++) {
        read.coefficient = read.coefficient * 10 + (unsigned)(text.data[index] - '0');
        written += read.coefficient != 0;
    }
    if (index == begin)
        return false;
    if (index < text.size_bytes && text.data[index] == '.') {
        begin = ++index;
        for (; is_digit(text, index) && written < DIGITS_MAX; index++, read.exponent--) {
            read.coefficient = read.coefficient * 10 + (unsigned)(text.data[index] - '0');
            written += read.coefficient != 0;
        }
        if (index == begin)
            return false;
    }
    if (index < text.size_bytes && (text.data[index] == 'e' || text.data[index] == 'E')) {
        int sign = 1, exponent = 0;
        index++;
        if (index < text.size_bytes && (text.data[index] == '-' || text.data[index] == '+'))
            sign = text.data[index++] == '-' ? -1 : 1;
        begin = index;
        for (; is_digit(text, index) && exponent < 10000; index++)
            exponent = exponent * 10 + (text.data[index] - '0');
        if (index == begin)
            return false;
        read.exponent += sign * exponent;
    }
    read.is_negative = read.is_negative && read.coefficient != 0;
    *number = read;
    return index == text.size_bytes;
}

size_t
number_print(struct number number, char *text)
{
    char digits[64];
    struct digits written;
    digits_set(&written, number.coefficient, 0);
    if (written.count == 0)
        written.digit[written.count++] = 0;
    int count = written.count;
    for (int index = 0; index < count; index++)
        digits[index] = (char)('0' + written.digit[count - 1 - index]);
    int adjusted = number.exponent + count - 1;
    size_t size = 0;
    if (number.is_negative)
        text[size++] = '-';
    if (number.exponent > 0 || adjusted < -6) {
        text[size++] = digits[0];
        if (count > 1)
            text[size++] = '.';
        for (int index = 1; index < count; index++)
            text[size++] = digits[index];
        return size + (size_t)sprintf(text + size, "E%+d", adjusted);
    }
    for (int place = adjusted < 0 ? 0 : adjusted; place >= number.exponent; place--) {
        if (place == -1)
            text[size++] = '.';
        text[size++] = place > adjusted ? '0' : digits[adjusted - place];
    }
    return size;
}
