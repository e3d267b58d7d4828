/* runtime/value/decimal.c: exponents kept, half to even, the bounds of decimal128, text. */
#include <math.h>

#include "tests/support/value_check.h"

static dsy_decimal
decimal_of(const char *text)
{
    dsy_decimal value = { { 0 } };
    cr_assert(dsy_decimal_parse(dsy_string_view(text), &value), "\"%s\" is a decimal", text);
    cr_assert(dsy_decimal_is_valid(value), "\"%s\" is valid", text);
    return value;
}

static void
expect_decimal(dsy_decimal value, const char *expected, const char *what)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    expect_text(dsy_decimal_text(value, scratch), expected, what);
    cr_assert(dsy_decimal_is_valid(value), "%s is not canonical", what);
}

#define NINES_34 "9999999999999999999999999999999999"

Test(decimal, arithmetic)
{
    static const struct {
        const char *left;
        char operation;
        const char *right, *expected;
    } cases[] = {
        { "1.50", '*', "3", "4.50" },
        { "19.99", '+', "0.01", "20.00" },
        { "1.20", '-', "1.2", "0.00" },
        { "-1.2", '+', "1.2", "0.0" },
        { "0", '*', "-5", "0" },
        { "1", '/', "3", "0.3333333333333333333333333333333333" },
        { "2", '/', "3", "0.6666666666666666666666666666666667" },
        { "10", '/', "4", "2.5" },
        { "1", '/', "8", "0.125" },
        { "7", '%', "3", "1" },
        { "-7", '%', "3", "-1" },
        { "7.5", '%', "-2", "1.5" },
        { NINES_34, '+', "0", NINES_34 },
        { NINES_34, '+', "1", "1.000000000000000000000000000000000E+34" },
        /* half to even at the 35th digit */
        { "1000000000000000000000000000000000", '+', "0.5", "1000000000000000000000000000000000" },
        { "1000000000000000000000000000000001", '+', "0.5", "1000000000000000000000000000000002" },
        { "1000000000000000000000000000000001", '+', "0.4", "1000000000000000000000000000000001" },
        { "1E-6176", '/', "10", "0" }, /* 0E-6176 has the bits of the zero value */
        { "1E+3", '*', "1", "1E+3" },
    };
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        dsy_decimal left = decimal_of(cases[i].left), right = decimal_of(cases[i].right), result = { { 0 } };
        switch (cases[i].operation) {
        case '+': result = dsy_decimal_add(run, left, right); break;
        case '-': result = dsy_decimal_subtract(run, left, right); break;
        case '*': result = dsy_decimal_multiply(run, left, right); break;
        case '/': result = dsy_decimal_divide(run, left, right); break;
        default: result = dsy_decimal_modulo(run, left, right); break;
        }
        expect_no_error(run, cases[i].left);
        expect_decimal(result, cases[i].expected, cases[i].left);
    }
    run_end(&test);
}

/* A variable that nothing was stored in is all bits zero. */
Test(decimal, zero_value_is_a_plain_zero)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_decimal zero = { { 0, 0 } };
    expect_decimal(zero, "0", "the zero value");
    expect_decimal(dsy_decimal_add(run, zero, decimal_of("0.10")), "0.10", "0 + 0.10");
    expect_decimal(dsy_decimal_subtract(run, decimal_of("1.5"), zero), "1.5", "1.5 - 0");
    expect_decimal(dsy_decimal_multiply(run, zero, decimal_of("2.50")), "0.00", "0 * 2.50");
    expect_decimal(dsy_decimal_negate(zero), "0", "-0");
    cr_assert_eq(dsy_decimal_compare(zero, decimal_of("0.00")), 0);
    run_end(&test);
}

Test(decimal, errors)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_decimal most = decimal_of(NINES_34 "E+6111"), one = decimal_of("1"), zero = decimal_of("0.00");
    dsy_decimal_multiply(run, most, decimal_of("10"));
    expect_error(run, &dsy_error_overflow, "the result of decimal multiplication does not fit", "most * 10");
    dsy_decimal_add(run, most, most);
    expect_error(run, &dsy_error_overflow, NULL, "most + most");
    dsy_decimal_subtract(run, dsy_decimal_negate(most), most);
    expect_error(run, &dsy_error_overflow, NULL, "-most - most");
    dsy_decimal_divide(run, most, decimal_of("0.1"));
    expect_error(run, &dsy_error_overflow, NULL, "most / 0.1");
    dsy_decimal_divide(run, one, zero);
    expect_error(run, &dsy_error_divide_by_zero, NULL, "1 / 0.00");
    dsy_decimal_divide(run, zero, zero);
    expect_error(run, &dsy_error_divide_by_zero, NULL, "0 / 0");
    dsy_decimal_modulo(run, one, zero);
    expect_error(run, &dsy_error_divide_by_zero, NULL, "1 % 0");
    run_end(&test);
}

Test(decimal, modulo_over_the_whole_range)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_decimal rest = dsy_decimal_modulo(run, decimal_of("1E+6111"), decimal_of("7E-6176"));
    expect_no_error(run, "1E+6111 % 7E-6176");
    cr_assert(dsy_decimal_compare(rest, decimal_of("7E-6176")) < 0);
    run_end(&test);
}

Test(decimal, order_is_by_value)
{
    cr_assert(dsy_decimal_equal(decimal_of("1.5"), decimal_of("1.500")));
    cr_assert(dsy_decimal_equal(decimal_of("0"), decimal_of("0E+10")));
    cr_assert(dsy_decimal_compare(decimal_of("-1"), decimal_of("0.0")) == -1);
    cr_assert(dsy_decimal_compare(decimal_of("1E+6144"), decimal_of("1E-6176")) == 1);
    cr_assert(dsy_decimal_compare(decimal_of("0.1"), decimal_of("0.09999")) == 1);
    expect_decimal(dsy_decimal_negate(decimal_of("0.0")), "0.0", "no minus zero");
    expect_decimal(dsy_decimal_negate(decimal_of("-2.50")), "2.50", "-(-2.50)");
}

Test(decimal, text_is_kept_with_its_exponent)
{
    static const char *const texts[] = {
        "0",         "0.00",
        "1",         "-1",
        "12.50",     "0.000001",
        "1E-7",      "1.23E-9",
        "-1.5E-8",   "1E+3",
        "1.0E+4",    "0E+3",
        "0E-7",      "123456789012345678901234567890.1234",
        NINES_34,    "-" NINES_34,
        "1E-6176",   "1E+6111",
        "9.9E+6112", NINES_34 "E+6111",
    };
    char scratch[DSY_PRINT_BYTES_MAX];
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        dsy_decimal value = decimal_of(texts[i]);
        dsy_string printed = dsy_decimal_text(value, scratch);
        if (i != COUNT_OF(texts) - 1)
            expect_text(printed, texts[i], "printed");
        dsy_decimal again = { { 0 } };
        cr_assert(dsy_decimal_parse(printed, &again));
        cr_assert(memcmp(&again, &value, sizeof value) == 0, "%s: exponent or digits were lost", texts[i]);
    }
    expect_decimal(decimal_of("+01.20"), "1.20", "leading zeros and sign");
    expect_decimal(decimal_of("-0.0"), "0.0", "minus zero");
    expect_decimal(decimal_of("1e3"), "1E+3", "small e");
    expect_decimal(decimal_of("1"
                              "0000000000"
                              "0000000000"
                              "0000000000"
                              "0000000000"),
                   "1.000000000000000000000000000000000E+40", "zeros beyond 34 digits fit");
    expect_decimal(decimal_of("10E-6177"), "1E-6176", "an exponent below the least, with a zero to spare");
    expect_decimal(decimal_of("1E+6144"), "1.000000000000000000000000000000000E+6144", "an exponent above the most");
    expect_decimal(decimal_of("0E+99999"), "0E+6111", "zero has room everywhere");
}

Test(decimal, texts_that_are_no_decimals)
{
    static const char *const texts[] = {
        "",
        "-",
        ".",
        "1.",
        ".5",
        "1e",
        "1e+",
        "e5",
        "1E+6145",
        "1E-6177",
        "1e99999999999",
        "NaN",
        "Infinity",
        "-inf",
        " 1",
        "1 ",
        "1,5",
        "0x1",
        "1.2.3",
        "--1",
        "1" NINES_34,
        "0.1" NINES_34,
        "1_0",
        "1E5.0",
        NINES_34 "E+6112",
    };
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        dsy_decimal_from_string(run, dsy_string_view(texts[i]));
        expect_error(run, &dsy_error_invalid_value, NULL, texts[i]);
    }
    char longest[DSY_NUMBER_TEXT_BYTES_MAX + 2];
    memset(longest, '0', sizeof longest);
    dsy_decimal value;
    cr_assert(dsy_decimal_parse((dsy_string){ longest, DSY_NUMBER_TEXT_BYTES_MAX }, &value), "at the bound");
    cr_assert(!dsy_decimal_parse((dsy_string){ longest, DSY_NUMBER_TEXT_BYTES_MAX + 1 }, &value), "one past");
    run_end(&test);
}

Test(decimal, integers_and_doubles)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    expect_decimal(dsy_decimal_from_int64(INT64_MIN), "-9223372036854775808", "least");
    expect_decimal(dsy_decimal_from_uint64(UINT64_MAX), "18446744073709551615", "most");
    int64_t integer;
    cr_assert(dsy_decimal_to_int64(decimal_of("-2.99"), &integer) && integer == -2);
    cr_assert(dsy_decimal_to_int64(decimal_of("9223372036854775807"), &integer) && integer == INT64_MAX);
    cr_assert(!dsy_decimal_to_int64(decimal_of("9223372036854775808"), &integer));
    cr_assert(!dsy_decimal_to_int64(decimal_of("-9223372036854775809"), &integer));
    cr_assert(dsy_decimal_to_int64(decimal_of("123E-3000"), &integer) && integer == 0);
    expect_decimal(dsy_decimal_from_double(run, 0.1), "0.1", "0.1");
    expect_decimal(dsy_decimal_from_double(run, -2.0), "-2.0", "-2.0");
    expect_decimal(dsy_decimal_from_double(run, 1e300), "1E+300", "1e300");
    expect_no_error(run, "from double");
    dsy_decimal_from_double(run, NAN);
    expect_error(run, &dsy_error_invalid_value, NULL, "NaN");
    dsy_decimal_from_double(run, -INFINITY);
    expect_error(run, &dsy_error_invalid_value, NULL, "-Infinity");
    cr_assert(dsy_double_from_decimal(decimal_of("0.1")) == 0.1);
    cr_assert(dsy_double_from_decimal(decimal_of("1E+6000")) == INFINITY);
    cr_assert(dsy_double_from_decimal(decimal_of("1E-6000")) == 0);
    run_end(&test);
}

Test(decimal, constants)
{
    static const dsy_decimal price = DSY_DECIMAL(0, 0, 1999, -2), debt = DSY_DECIMAL(1, 0, 5, 0);
    expect_decimal(price, "19.99", "19.99m");
    expect_decimal(debt, "-5", "-5m");
}

Test(decimal, bits_that_are_no_decimals)
{
    const dsy_decimal invalid[] = {
        { { 0, UINT64_C(0x7800000000000000) } },                            /* infinity */
        { { 0, UINT64_C(0x7C00000000000000) } },                            /* NaN */
        { { 0, UINT64_C(0x6000000000000000) } },                            /* the second form */
        { { 0, UINT64_C(0xB040000000000000) } },                            /* minus zero */
        { { UINT64_MAX, UINT64_C(0x3041FFFFFFFFFFFF) } },                   /* a coefficient of 35 digits */
        { { UINT64_C(0x378D8E6400000000), UINT64_C(0x3041ED09BEAD87C0) } }, /* 10^34 */
    };
    for (size_t i = 0; i < COUNT_OF(invalid); i++)
        cr_assert(!dsy_decimal_is_valid(invalid[i]), "case %zu", i);
    dsy_decimal most = { { UINT64_C(0x378D8E63FFFFFFFF), UINT64_C(0x3041ED09BEAD87C0) } }; /* 10^34 - 1 */
    expect_decimal(most, NINES_34, "10^34 - 1");
}
