/* runtime/value/double.c and bool.c: text, order. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/value_check.h"

Test(double, text_is_the_shortest_and_reads_back)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0.0, "0.0" },
        { -0.0, "-0.0" },
        { 1, "1.0" },
        { -1.5, "-1.5" },
        { 0.1, "0.1" },
        { 1e-9, "1e-09" },
        { 1e21, "1e+21" },
        { 123456789, "123456789.0" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1.0 / 3, "0.3333333333333333" },
        { DBL_MAX, "1.7976931348623157e+308" },
        { DBL_MIN, "2.2250738585072014e-308" },
        { INFINITY, "Infinity" },
        { -INFINITY, "-Infinity" },
        { NAN, "NaN" },
    };
    char scratch[DSY_PRINT_BYTES_MAX];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        dsy_string text = dsy_double_text(cases[i].value, scratch);
        expect_text(text, cases[i].text, "printed");
        double again = 0;
        cr_assert(dsy_double_parse(text, &again), "%s", cases[i].text);
        cr_assert(again == cases[i].value || (isnan(again) && isnan(cases[i].value)), "%s", cases[i].text);
        cr_assert(signbit(again) == signbit(cases[i].value) || isnan(again), "%s lost its sign", cases[i].text);
    }
}

/* The fast way for short decimals gives what printf finds digit by digit. */
Test(double, text_is_that_of_printf)
{
    char scratch[DSY_PRINT_BYTES_MAX], expected[64];
    srand(5);
    for (int i = 0; i < 200000; i++) {
        double value = (double)(rand() % (i % 2 ? 1000000 : INT32_MAX)) / pow(10, rand() % 12) * (rand() % 3 ? 1 : 1e6);
        if (i % 7 == 0)
            value = -nextafter(value, 0);
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(expected, sizeof expected, "%.*g", digits, value);
            if (strtod(expected, NULL) == value)
                break;
        }
        if (strpbrk(expected, ".e") == NULL)
            strcat(expected, ".0");
        expect_text(dsy_double_text(value, scratch), expected, "printf");
    }
}

Test(double, texts_that_are_no_doubles)
{
    static const char *const texts[] = { "",    ".",        "1.",        ".5",    "0x1p3", "inf", "nan",
                                         "NAN", "infinity", "+Infinity", " 1",    "1 ",    "1e",  "1e+",
                                         "1,5", "1e400",    "-1e400",    "1.5.2", "--1" };
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        dsy_double_from_string(run, dsy_string_view(texts[i]));
        expect_error(run, &dsy_error_invalid_value, NULL, texts[i]);
    }
    cr_assert(dsy_double_from_string(run, DSY_STRING("+1.5E2")) == 150);
    cr_assert(dsy_double_from_string(run, DSY_STRING("1e-400")) == 0);
    expect_no_error(run, "valid");
    char longest[DSY_NUMBER_TEXT_BYTES_MAX + 1];
    memset(longest, '0', sizeof longest);
    double value;
    cr_assert(dsy_double_parse((dsy_string){ longest, DSY_NUMBER_TEXT_BYTES_MAX }, &value), "at the bound");
    cr_assert(!dsy_double_parse((dsy_string){ longest, DSY_NUMBER_TEXT_BYTES_MAX + 1 }, &value), "one past");
    run_end(&test);
}

Test(double, order_and_equality)
{
    double nan = NAN, one = 1, zero = 0, minus_zero = -0.0;
    cr_assert(dsy_double_compare(1, 2) < 0 && dsy_double_compare(2, 1) > 0 && dsy_double_compare(1, 1) == 0);
    cr_assert(dsy_double_compare(NAN, INFINITY) > 0 && dsy_double_compare(1, NAN) < 0 &&
              dsy_double_compare(NAN, NAN) == 0);
    cr_assert(!dsy_type_double.equal(NULL, &nan, &nan), "NaN equals nothing");
    cr_assert(dsy_type_double.equal(NULL, &zero, &minus_zero) && !dsy_type_double.equal(NULL, &one, &zero));
    cr_assert(dsy_double_modulo(-7.5, 2) == -1.5);
    cr_assert(dsy_type_double.hash == NULL, "no key type");
}

Test(bool, text)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    cr_assert(dsy_bool_from_string(run, DSY_STRING("true")) && !dsy_bool_from_string(run, DSY_STRING("false")));
    expect_text(dsy_bool_to_string(run, true), "true", "true");
    expect_no_error(run, "valid");
    dsy_bool_from_string(run, DSY_STRING("True"));
    expect_error(run, &dsy_error_invalid_value, "\"True\" is not valid: expected true or false", "True");
    dsy_bool_from_string(run, (dsy_string){ 0 });
    expect_error(run, &dsy_error_invalid_value, NULL, "empty");
    run_end(&test);
}
