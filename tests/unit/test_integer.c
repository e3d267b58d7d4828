/* runtime/value/integer.c, dsy/number.h: each operation at the bounds of each type and one past. */
#include <math.h>

#include "tests/support/value_check.h"

/* The bounds of each type: add, subtract, multiply, divide, modulo, negate, shift, convert, print, parse. */
#define TEST_SIGNED(name, type, bits, least, most)                                                                     \
    Test(integer, name##_bounds)                                                                                       \
    {                                                                                                                  \
        struct test_run test;                                                                                          \
        struct dsy_run *run = run_begin(&test, 1 << 20);                                                               \
        cr_assert(dsy_##name##_add(run, (most)-1, 1) == (most));                                                       \
        cr_assert(dsy_##name##_subtract(run, (least) + 1, 1) == (least));                                              \
        cr_assert(dsy_##name##_multiply(run, (least) / 2, 2) == (least));                                              \
        cr_assert(dsy_##name##_divide(run, (least), 1) == (least));                                                    \
        cr_assert(dsy_##name##_divide(run, 7, -2) == -3, "division truncates");                                        \
        cr_assert(dsy_##name##_modulo(run, -7, 2) == -1, "the sign is the dividend's");                                \
        cr_assert(dsy_##name##_modulo(run, (least), -1) == 0);                                                         \
        cr_assert(dsy_##name##_negate(run, (most)) == -(most));                                                        \
        cr_assert(dsy_##name##_shift_left(run, 1, (bits)-1) == (least), "a bit into the sign");                        \
        cr_assert(dsy_##name##_shift_right(run, (least), (bits)-1) == -1, "the sign is copied");                       \
        cr_assert(dsy_##name##_shift_left(run, -1, 0) == -1);                                                          \
        cr_assert(dsy_##name##_complement(0) == -1);                                                                   \
        cr_assert(dsy_##name##_from_int64(run, (least)) == (least));                                                   \
        expect_no_error(run, #name);                                                                                   \
        dsy_##name##_add(run, (most), 1);                                                                              \
        expect_error(run, &dsy_error_overflow, "the result of " #name " addition does not fit", "most + 1");           \
        dsy_##name##_subtract(run, (least), 1);                                                                        \
        expect_error(run, &dsy_error_overflow, NULL, "least - 1");                                                     \
        dsy_##name##_multiply(run, (least), 2);                                                                        \
        expect_error(run, &dsy_error_overflow, NULL, "least * 2");                                                     \
        dsy_##name##_divide(run, (least), -1);                                                                         \
        expect_error(run, &dsy_error_overflow, NULL, "least / -1");                                                    \
        dsy_##name##_negate(run, (least));                                                                             \
        expect_error(run, &dsy_error_overflow, NULL, "-least");                                                        \
        dsy_##name##_divide(run, 1, 0);                                                                                \
        expect_error(run, &dsy_error_divide_by_zero, "division by zero", "1 / 0");                                     \
        dsy_##name##_modulo(run, 1, 0);                                                                                \
        expect_error(run, &dsy_error_divide_by_zero, NULL, "1 % 0");                                                   \
        dsy_##name##_shift_left(run, 1, (bits));                                                                       \
        expect_error(run, &dsy_error_out_of_range, "shift by " #bits " is out of range: " #name " has " #bits " bits", \
                     "1 << bits");                                                                                     \
        dsy_##name##_shift_right(run, 1, -1);                                                                          \
        expect_error(run, &dsy_error_out_of_range, NULL, "1 >> -1");                                                   \
        round_trip_##name(run, (least));                                                                               \
        round_trip_##name(run, (most));                                                                                \
        round_trip_##name(run, 0);                                                                                     \
        run_end(&test);                                                                                                \
    }

#define TEST_UNSIGNED(name, type, bits, most)                                                                   \
    Test(integer, name##_bounds)                                                                                \
    {                                                                                                           \
        struct test_run test;                                                                                   \
        struct dsy_run *run = run_begin(&test, 1 << 20);                                                        \
        cr_assert(dsy_##name##_add(run, (most)-1, 1) == (most));                                                \
        cr_assert(dsy_##name##_subtract(run, 1, 1) == 0);                                                       \
        cr_assert(dsy_##name##_multiply(run, (most) / 3, 3) == (most));                                         \
        cr_assert(dsy_##name##_divide(run, (most), (most)) == 1);                                               \
        cr_assert(dsy_##name##_modulo(run, (most), (most)) == 0);                                               \
        cr_assert(dsy_##name##_negate(run, 0) == 0);                                                            \
        cr_assert(dsy_##name##_shift_left(run, 3, (bits)-1) == (type)((type)1 << ((bits)-1)), "bits are lost"); \
        cr_assert(dsy_##name##_shift_right(run, (most), (bits)-1) == 1);                                        \
        cr_assert(dsy_##name##_complement(0) == (most));                                                        \
        cr_assert(dsy_##name##_from_uint64(run, (most)) == (most));                                             \
        expect_no_error(run, #name);                                                                            \
        dsy_##name##_add(run, (most), 1);                                                                       \
        expect_error(run, &dsy_error_overflow, NULL, "most + 1");                                               \
        dsy_##name##_subtract(run, 0, 1);                                                                       \
        expect_error(run, &dsy_error_overflow, "the result of " #name " subtraction does not fit", "0 - 1");    \
        dsy_##name##_multiply(run, (most), 2);                                                                  \
        expect_error(run, &dsy_error_overflow, NULL, "most * 2");                                               \
        dsy_##name##_negate(run, 1);                                                                            \
        expect_error(run, &dsy_error_overflow, NULL, "-1");                                                     \
        dsy_##name##_divide(run, 1, 0);                                                                         \
        expect_error(run, &dsy_error_divide_by_zero, NULL, "1 / 0");                                            \
        dsy_##name##_from_int64(run, -1);                                                                       \
        expect_error(run, &dsy_error_invalid_value, "-1 does not fit " #name, "-1");                            \
        round_trip_##name(run, 0);                                                                              \
        round_trip_##name(run, (most));                                                                         \
        run_end(&test);                                                                                         \
    }

/* Text and back, and that the text with one more digit is refused. */
#define DEFINE_ROUND_TRIP(name, type, unsigned_type, bits, is_signed)                                           \
    static void round_trip_##name(struct dsy_run *run, type value)                                              \
    {                                                                                                           \
        dsy_string text = dsy_##name##_to_string(run, value);                                                   \
        cr_assert(dsy_##name##_from_string(run, text) == value, "%.*s", (int)text.size_bytes, text.data);       \
        expect_no_error(run, #name);                                                                            \
        char longer[40];                                                                                        \
        snprintf(longer, sizeof longer, "%.*s0", (int)text.size_bytes, text.data);                              \
        if (value != 0) {                                                                                       \
            dsy_##name##_from_string(run, dsy_string_view(longer));                                             \
            expect_error(run, &dsy_error_invalid_value, NULL, longer);                                          \
        }                                                                                                       \
        cr_assert(dsy_type_##name.equal(NULL, &value, &value) && dsy_type_##name.compare(&value, &value) == 0); \
        type parsed;                                                                                            \
        cr_assert(dsy_type_##name.parse(text, &parsed) && parsed == value);                                     \
    }
DSY_INTEGER_TYPES(DEFINE_ROUND_TRIP)

TEST_SIGNED(int8, int8_t, 8, INT8_MIN, INT8_MAX)
TEST_SIGNED(int16, int16_t, 16, INT16_MIN, INT16_MAX)
TEST_SIGNED(int32, int32_t, 32, INT32_MIN, INT32_MAX)
TEST_SIGNED(int64, int64_t, 64, INT64_MIN, INT64_MAX)
TEST_UNSIGNED(uint8, uint8_t, 8, UINT8_MAX)
TEST_UNSIGNED(uint16, uint16_t, 16, UINT16_MAX)
TEST_UNSIGNED(uint32, uint32_t, 32, UINT32_MAX)
TEST_UNSIGNED(uint64, uint64_t, 64, UINT64_MAX)

Test(integer, conversions_between_widths)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    cr_assert(dsy_int8_from_int64(run, -128) == -128 && dsy_int8_from_uint64(run, 127) == 127);
    cr_assert(dsy_uint8_from_int64(run, 255) == 255);
    expect_no_error(run, "in range");
    dsy_int8_from_int64(run, 128);
    expect_error(run, &dsy_error_invalid_value, "128 does not fit int8", "int8(128)");
    dsy_int8_from_int64(run, -129);
    expect_error(run, &dsy_error_invalid_value, "-129 does not fit int8", "int8(-129)");
    dsy_uint8_from_uint64(run, 256);
    expect_error(run, &dsy_error_invalid_value, "256 does not fit uint8", "uint8(256)");
    dsy_int64_from_uint64(run, UINT64_C(1) << 63);
    expect_error(run, &dsy_error_invalid_value, "9223372036854775808 does not fit int64", "int64(2^63)");
    run_end(&test);
}

Test(integer, from_double_cuts_and_checks)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    cr_assert(dsy_int64_from_double(run, 2.9) == 2 && dsy_int64_from_double(run, -2.9) == -2);
    cr_assert(dsy_int64_from_double(run, -0x1p63) == INT64_MIN);
    cr_assert(dsy_int64_from_double(run, 0x1.fffffffffffffp62) == INT64_C(9223372036854774784));
    cr_assert(dsy_uint8_from_double(run, 255.9) == 255 && dsy_uint8_from_double(run, -0.9) == 0);
    cr_assert(dsy_int8_from_double(run, -128.9) == -128);
    cr_assert(dsy_uint64_from_double(run, 0x1.fffffffffffffp63) == UINT64_C(18446744073709549568));
    expect_no_error(run, "in range");
    const double unfit[] = { 0x1p63, -0x1.0000000000001p63, 1e300, -1e300, INFINITY, -INFINITY, NAN };
    for (size_t i = 0; i < COUNT_OF(unfit); i++) {
        dsy_int64_from_double(run, unfit[i]);
        expect_error(run, &dsy_error_invalid_value, NULL, "int64");
    }
    dsy_uint8_from_double(run, 256);
    expect_error(run, &dsy_error_invalid_value, "256.0 does not fit uint8", "256.0");
    dsy_uint64_from_double(run, -1);
    expect_error(run, &dsy_error_invalid_value, "-1.0 does not fit uint64", "-1.0");
    dsy_uint64_from_double(run, 0x1p64);
    expect_error(run, &dsy_error_invalid_value, NULL, "2^64");
    run_end(&test);
}

Test(integer, from_decimal_cuts_and_checks)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_decimal value;
    cr_assert(dsy_decimal_parse(DSY_STRING("-9223372036854775808.9"), &value));
    cr_assert(dsy_int64_from_decimal(run, value) == INT64_MIN);
    cr_assert(dsy_decimal_parse(DSY_STRING("1E2"), &value));
    cr_assert(dsy_int8_from_decimal(run, value) == 100);
    cr_assert(dsy_decimal_parse(DSY_STRING("-0.5"), &value));
    cr_assert(dsy_uint8_from_decimal(run, value) == 0);
    cr_assert(dsy_decimal_parse(DSY_STRING("0E+6000"), &value));
    cr_assert(dsy_uint8_from_decimal(run, value) == 0);
    expect_no_error(run, "in range");
    cr_assert(dsy_decimal_parse(DSY_STRING("9223372036854775808"), &value));
    dsy_int64_from_decimal(run, value);
    expect_error(run, &dsy_error_invalid_value, "9223372036854775808 does not fit int64", "2^63");
    cr_assert(dsy_decimal_parse(DSY_STRING("128"), &value));
    dsy_int8_from_decimal(run, value);
    expect_error(run, &dsy_error_invalid_value, "128 does not fit int8", "128");
    cr_assert(dsy_decimal_parse(DSY_STRING("1E+6000"), &value));
    dsy_uint64_from_decimal(run, value);
    expect_error(run, &dsy_error_invalid_value, NULL, "1E+6000");
    cr_assert(dsy_decimal_parse(DSY_STRING("18446744073709551616"), &value));
    dsy_uint64_from_decimal(run, value);
    expect_error(run, &dsy_error_invalid_value, NULL, "2^64");
    run_end(&test);
}

Test(integer, texts_that_are_no_integers)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    const char *texts[] = { "", "-", "+", " 1", "1 ", "1.0", "1e3", "0x10", "--1", "1_000", "١" };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        dsy_int64_from_string(run, dsy_string_view(texts[i]));
        expect_error(run, &dsy_error_invalid_value, NULL, texts[i]);
    }
    dsy_int8_from_string(run, DSY_STRING("abc"));
    expect_error(run, &dsy_error_invalid_value, "\"abc\" is not valid: expected an integer that fits int8", "abc");
    cr_assert(dsy_int64_from_string(run, DSY_STRING("+7")) == 7);
    cr_assert(dsy_uint64_from_string(run, DSY_STRING("-0")) == 0);
    cr_assert(dsy_int64_from_string(run, DSY_STRING("00042")) == 42);
    expect_no_error(run, "valid");
    run_end(&test);
}

Test(integer, the_first_error_wins)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_int64_divide(run, 1, 0);
    dsy_int64_add(run, INT64_MAX, 1);
    expect_error(run, &dsy_error_divide_by_zero, NULL, "first");
    run_end(&test);
}

Test(integer, index)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    cr_assert(dsy_index(run, 2, 3) == 2);
    cr_assert(dsy_index(run, 3, 3) == -1);
    expect_error(run, &dsy_error_out_of_range, "index 3 is out of range: the array has 3 items", "3 of 3");
    cr_assert(dsy_index(run, -1, 1) == -1);
    expect_error(run, &dsy_error_out_of_range, "index -1 is out of range: the array has 1 item", "-1 of 1");
    run_end(&test);
}
