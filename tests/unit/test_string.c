/* runtime/value/string.c and utf8.c. */
#include "tests/support/value_check.h"

Test(utf8, what_is_and_what_is_not)
{
    static const char *const valid[] = { "",
                                         "a",
                                         "é",
                                         "€",
                                         "😀",
                                         "\xEF\xBF\xBF",
                                         "\xF4\x8F\xBF\xBF",
                                         "\xED\x9F\xBF",
                                         "\xEE\x80\x80",
                                         "\xC2\x80",
                                         "\xE0\xA0\x80",
                                         "\xF0\x90\x80\x80",
                                         "12345678é12345678" };
    for (size_t i = 0; i < COUNT_OF(valid); i++)
        cr_assert(dsy_utf8_check(valid[i], strlen(valid[i])) == strlen(valid[i]), "valid %zu", i);
    static const struct {
        const char *text;
        size_t bad_offset;
    } invalid[] = {
        { "\x80", 0 },
        { "a\xC3", 1 },
        { "\xC0\x80", 0 },
        { "\xC1\xBF", 0 },
        { "\xE0\x9F\xBF", 0 },
        { "\xED\xA0\x80", 0 },
        { "\xF0\x8F\xBF\xBF", 0 },
        { "\xF4\x90\x80\x80", 0 },
        { "\xF5\x80\x80\x80", 0 },
        { "\xFF", 0 },
        { "12345678\xE2\x82", 8 },
        { "\xE2\x28\xA1", 0 },
        { "ab\xF0\x9F\x98", 2 },
    };
    for (size_t i = 0; i < COUNT_OF(invalid); i++)
        cr_assert(dsy_utf8_check(invalid[i].text, strlen(invalid[i].text)) == invalid[i].bad_offset, "invalid %zu", i);
}

Test(string, order_and_search)
{
    dsy_string empty = { 0 }, text = DSY_STRING("Hello, world");
    cr_assert(dsy_string_equal(empty, DSY_STRING("")) && !dsy_string_equal(text, empty));
    cr_assert(dsy_string_compare(DSY_STRING("a"), DSY_STRING("b")) == -1);
    cr_assert(dsy_string_compare(DSY_STRING("ab"), DSY_STRING("a")) == 1);
    cr_assert(dsy_string_compare(empty, empty) == 0 && dsy_string_compare(empty, DSY_STRING("a")) == -1);
    cr_assert(dsy_string_compare(DSY_STRING("z"), DSY_STRING("é")) == -1, "octets are unsigned");
    cr_assert(dsy_string_find(text, DSY_STRING("o")) == 4 && dsy_string_find(text, DSY_STRING("x")) == -1);
    cr_assert(dsy_string_find(text, empty) == 0 && dsy_string_find(empty, text) == -1);
    cr_assert(dsy_string_contains(text, DSY_STRING("lo, w")) && !dsy_string_contains(empty, DSY_STRING("a")));
    cr_assert(dsy_string_starts_with(text, DSY_STRING("Hell")) && !dsy_string_starts_with(text, DSY_STRING("ell")));
    cr_assert(dsy_string_ends_with(text, DSY_STRING("world")) && !dsy_string_ends_with(text, DSY_STRING("worl")));
    cr_assert(dsy_string_starts_with(empty, empty) && dsy_string_ends_with(empty, empty));
    cr_assert(!dsy_string_ends_with(DSY_STRING("a"), text));
    cr_assert(dsy_string_is(text, "Hello, world") && !dsy_string_is(text, "Hello") && dsy_string_is(empty, ""));
}

Test(string, slices)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_string text = DSY_STRING("aé€z"); /* 1 + 2 + 3 + 1 octets */
    expect_text(dsy_string_slice(run, text, 0, 7), "aé€z", "all");
    expect_text(dsy_string_slice(run, text, 1, 6), "é€", "middle");
    expect_text(dsy_string_slice(run, text, 7, 7), "", "at the end");
    expect_text(dsy_string_slice(run, (dsy_string){ 0 }, 0, 0), "", "of nothing");
    expect_no_error(run, "valid");
    dsy_string_slice(run, text, 2, 6);
    expect_error(run, &dsy_error_invalid_value, "position 2 of the string lies inside a character", "from");
    dsy_string_slice(run, text, 1, 5);
    expect_error(run, &dsy_error_invalid_value, "position 5 of the string lies inside a character", "to");
    dsy_string_slice(run, text, 0, 8);
    expect_error(run, &dsy_error_out_of_range, "slice from 0 to 8 is out of range: the length is 7", "beyond");
    dsy_string_slice(run, text, -1, 1);
    expect_error(run, &dsy_error_out_of_range, NULL, "before");
    dsy_string_slice(run, text, 3, 1);
    expect_error(run, &dsy_error_out_of_range, NULL, "backwards");
    run_end(&test);
}

Test(string, split_and_join)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    static const struct {
        const char *text, *separator, *joined;
        int64_t count;
    } cases[] = {
        { "a,b,c", ",", "a|b|c", 3 },      { "", ",", "", 1 },       { ",", ",", "|", 2 }, { "abc", ",", "abc", 1 },
        { "a--b---c", "--", "a|b|-c", 3 }, { "a€b", "€", "a|b", 2 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct dsy_array parts =
            dsy_string_split(run, dsy_string_view(cases[i].text), dsy_string_view(cases[i].separator));
        cr_assert(parts.length == cases[i].count, "\"%s\" has %ld parts", cases[i].text, (long)parts.length);
        expect_text(dsy_array_join(run, &parts, DSY_STRING("|")), cases[i].joined, cases[i].text);
    }
    struct dsy_array none = { 0 };
    expect_text(dsy_array_join(run, &none, DSY_STRING("|")), "", "nothing");
    expect_no_error(run, "valid");
    dsy_string_split(run, DSY_STRING("abc"), (dsy_string){ 0 });
    expect_error(run, &dsy_error_invalid_value, "a string cannot be split at an empty separator", "empty separator");
    run_end(&test);
}

Test(string, changes)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    expect_text(dsy_string_trim(DSY_STRING(" \t\n a b\v\f\r ")), "a b", "trim");
    expect_text(dsy_string_trim(DSY_STRING("\u00A0\u2003é\u3000\xC2\x85")), "é", "trim Unicode");
    expect_text(dsy_string_trim(DSY_STRING("  ")), "", "trim all");
    expect_text(dsy_string_trim((dsy_string){ 0 }), "", "trim nothing");
    expect_text(dsy_string_upper(run, DSY_STRING("straße é ÿ 1")), "STRAßE É Ÿ 1", "upper");
    expect_text(dsy_string_lower(run, DSY_STRING("ÀÉ\u0130Z")), "àéiz", "lower, with other lengths");
    expect_text(dsy_string_upper(run, (dsy_string){ 0 }), "", "upper nothing");
    expect_text(dsy_string_replace(run, DSY_STRING("aaa"), DSY_STRING("a"), DSY_STRING("bb")), "bbbbbb", "replace");
    expect_text(dsy_string_replace(run, DSY_STRING("aaa"), DSY_STRING("aa"), (dsy_string){ 0 }), "a",
                "replace by nothing");
    expect_text(dsy_string_replace(run, DSY_STRING("abc"), DSY_STRING("x"), DSY_STRING("y")), "abc",
                "nothing to replace");
    expect_text(dsy_string_concatenate(run, DSY_STRING("a"), DSY_STRING("b")), "ab", "concatenate");
    expect_text(dsy_string_concatenate(run, (dsy_string){ 0 }, (dsy_string){ 0 }), "", "concatenate nothing");
    dsy_string parts[] = { DSY_STRING("Order "), (dsy_string){ 0 }, DSY_STRING("7"), DSY_STRING("!") };
    expect_text(dsy_strings_concatenate(run, 4, parts), "Order 7!", "interpolate");
    expect_text(dsy_strings_concatenate(run, 0, NULL), "", "interpolate nothing");
    expect_no_error(run, "valid");
    dsy_string_replace(run, DSY_STRING("abc"), (dsy_string){ 0 }, DSY_STRING("y"));
    expect_error(run, &dsy_error_invalid_value, NULL, "replace an empty string");
    run_end(&test);
}

Test(string, builder_grows_and_keeps_what_it_has)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct dsy_builder builder = dsy_builder_begin(run);
    for (int64_t i = 0; i < 1000; i++) {
        dsy_builder_value(&builder, &dsy_type_int64, &i);
        dsy_builder_append(&builder, DSY_STRING(","));
        if (i % 100 == 0)
            dsy_allocate(run, 8); /* so that it must move */
    }
    dsy_string text = dsy_builder_end(&builder);
    cr_assert(text.size_bytes == 10 * 2 + 90 * 3 + 900 * 4);
    cr_assert(dsy_string_starts_with(text, DSY_STRING("0,1,2,3,")) &&
              dsy_string_ends_with(text, DSY_STRING("998,999,")));
    run_end(&test);
}

Test(string, a_full_arena_throws)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 64 * 1024);
    dsy_string text = DSY_STRING("0123456789abcdef");
    for (int i = 0; i < 30 && !run->failed; i++)
        text = dsy_string_concatenate(run, text, text);
    cr_assert(run->status == DSY_OK, "a limit is no lack of memory");
    expect_error(run, &dsy_error_step_too_long,
                 "the values made since the last await take more memory than a routine may use", "too much");
    run_end(&test);
}

Test(string, the_largest_string)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_string half = { .data = "", .size_bytes = DSY_TEXT_BYTES_MAX / 2 + 1 }; /* only its size is looked at */
    dsy_strings_concatenate(run, 2, (dsy_string[]){ half, half });
    expect_error(run, &dsy_error_overflow, "a string would be larger than 1073741824 bytes", "two halves and one");
    run_end(&test);
}
