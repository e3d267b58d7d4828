/* runtime/value/bytes.c and uuid.c. */
#include "tests/support/value_check.h"

Test(bytes, index_slice_order)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_bytes bytes = DSY_BYTES("\x00\xFF\x7F"), empty = { 0 };
    cr_assert(bytes.size_bytes == 3 && dsy_bytes_at(run, bytes, 1) == 0xFF && dsy_bytes_at(run, bytes, 2) == 0x7F);
    dsy_bytes slice = dsy_bytes_slice(run, bytes, 1, 3);
    cr_assert(slice.size_bytes == 2 && slice.data[0] == 0xFF);
    cr_assert(dsy_bytes_slice(run, bytes, 3, 3).size_bytes == 0);
    cr_assert(dsy_bytes_equal(empty, empty) && !dsy_bytes_equal(bytes, slice));
    cr_assert(dsy_bytes_compare(bytes, slice) < 0 && dsy_bytes_compare(slice, bytes) > 0);
    dsy_bytes both = dsy_bytes_concatenate(run, bytes, slice);
    cr_assert(both.size_bytes == 5 && both.data[0] == 0 && both.data[4] == 0x7F);
    cr_assert(dsy_bytes_equal(dsy_bytes_concatenate(run, empty, slice), slice));
    cr_assert(dsy_bytes_equal(dsy_bytes_copy(run, bytes), bytes) && dsy_bytes_copy(run, bytes).data != bytes.data);
    expect_no_error(run, "valid");
    dsy_bytes_at(run, bytes, 3);
    expect_error(run, &dsy_error_out_of_range, "index 3 is out of range: there are 3 bytes", "b[3]");
    dsy_bytes_slice(run, bytes, 2, 4);
    expect_error(run, &dsy_error_out_of_range, NULL, "slice");
    run_end(&test);
}

/* The vectors of RFC 4648, section 10. */
Test(bytes, base64_vectors)
{
    static const char *const pairs[][2] = { { "", "" },
                                            { "f", "Zg==" },
                                            { "fo", "Zm8=" },
                                            { "foo", "Zm9v" },
                                            { "foob", "Zm9vYg==" },
                                            { "fooba", "Zm9vYmE=" },
                                            { "foobar", "Zm9vYmFy" } };
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        dsy_bytes bytes = { .data = (const uint8_t *)pairs[i][0], .size_bytes = (int64_t)strlen(pairs[i][0]) };
        expect_text(dsy_bytes_to_string(run, bytes), pairs[i][1], pairs[i][0]);
        cr_assert(dsy_bytes_equal(dsy_bytes_from_string(run, dsy_string_view(pairs[i][1])), bytes), "%s", pairs[i][1]);
    }
    expect_text(dsy_bytes_to_string(run, DSY_BYTES("\xFB\xFF\xBF")), "+/+/", "all of the alphabet");
    expect_no_error(run, "valid");
    static const char *const invalid[] = { "Z",    "Zg",   "Zg=",  "Zh==",   "Zm9=", "Zg==Zg==",
                                           "=Zg=", "Z===", "====", "Zm9v\n", "Zm-_", "Zg= =" };
    for (size_t i = 0; i < COUNT_OF(invalid); i++) {
        dsy_bytes_from_string(run, dsy_string_view(invalid[i]));
        expect_error(run, &dsy_error_invalid_value, NULL, invalid[i]);
    }
    run_end(&test);
}

Test(bytes, base64_of_every_octet_at_every_place)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    uint8_t octets[6];
    for (int octet = 0; octet < 256; octet++)
        for (int64_t size = 1; size <= 6; size++) {
            memset(octets, octet, sizeof octets);
            octets[0] = (uint8_t)(255 - octet);
            dsy_bytes bytes = { octets, size };
            dsy_bytes again = dsy_bytes_from_string(run, dsy_bytes_to_string(run, bytes));
            cr_assert(dsy_bytes_equal(again, bytes), "octet %d, size %ld", octet, (long)size);
        }
    run_end(&test);
}

Test(uuid, text_and_back)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_uuid value = dsy_uuid_from_string(run, DSY_STRING("0123ABCD-4567-89ab-cDeF-0123456789AB"));
    expect_no_error(run, "valid");
    cr_assert(value.octets[0] == 0x01 && value.octets[3] == 0xCD && value.octets[15] == 0xAB);
    expect_text(dsy_uuid_to_string(run, value), "0123abcd-4567-89ab-cdef-0123456789ab", "lower case");
    expect_text(dsy_uuid_to_string(run, (dsy_uuid){ { 0 } }), "00000000-0000-0000-0000-000000000000", "nil");
    cr_assert(dsy_uuid_compare(value, (dsy_uuid){ { 0 } }) > 0 && dsy_uuid_equal(value, value));
    static const char *const invalid[] = {
        "",
        "0123abcd456789abcdef0123456789ab",
        "0123abcd-4567-89ab-cdef-0123456789a",
        "0123abcd-4567-89ab-cdef-0123456789abc",
        "0123abcd-4567-89ab-cdef-0123456789ag",
        "0123abcd_4567-89ab-cdef-0123456789ab",
        "{123abcd-4567-89ab-cdef-0123456789a}",
        "0123abc--4567-89ab-cdef-0123456789ab",
    };
    for (size_t i = 0; i < COUNT_OF(invalid); i++) {
        dsy_uuid_from_string(run, dsy_string_view(invalid[i]));
        expect_error(run, &dsy_error_invalid_value, NULL, invalid[i]);
    }
    run_end(&test);
}
