/* runtime/base/buffer.c: growth, the maximum, sticky failure. */
#include "tests/support/value_check.h"

Test(buffer, appends_up_to_its_maximum_and_not_one_more)
{
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, 1000);
    for (int i = 0; i < 1000; i++)
        dsy_buffer_append_octet(&buffer, (uint8_t)i);
    cr_assert(buffer.status == DSY_OK && buffer.size_bytes == 1000);
    dsy_buffer_append(&buffer, NULL, 0);
    cr_assert(buffer.status == DSY_OK, "appending nothing fits a full buffer");
    dsy_buffer_append_octet(&buffer, 1);
    cr_assert(buffer.status == DSY_FULL && buffer.size_bytes == 1000);
    for (size_t i = 0; i < 1000; i++)
        cr_assert(buffer.data[i] == (uint8_t)i, "octet %zu", i);
    dsy_buffer_destroy(&buffer);
}

Test(buffer, failure_is_sticky_until_cleared)
{
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, 4);
    dsy_buffer_append(&buffer, "ab", 2);
    dsy_buffer_append(&buffer, "cde", 3);
    dsy_buffer_append(&buffer, "f", 1);
    cr_assert(buffer.status == DSY_FULL && buffer.size_bytes == 2, "nothing is appended after the failure");
    cr_assert(dsy_buffer_reserve(&buffer, 0) == NULL);
    dsy_buffer_clear(&buffer);
    dsy_buffer_append(&buffer, "wxyz", 4);
    cr_assert(buffer.status == DSY_OK && memcmp(buffer.data, "wxyz", 4) == 0);
    dsy_buffer_destroy(&buffer);
}

Test(buffer, formatted_text)
{
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, 100);
    dsy_buffer_append_format(&buffer, "%d %s", 42, "years");
    cr_assert(buffer.size_bytes == 8 && memcmp(buffer.data, "42 years", 8) == 0);
    dsy_buffer_append_format(&buffer, "%200d", 1);
    cr_assert(buffer.status == DSY_FULL);
    dsy_buffer_destroy(&buffer);
}
