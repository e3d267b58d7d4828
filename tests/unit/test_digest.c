/* SHA-256 against the examples of FIPS 180-4 and at the edges of its blocks. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/digest.h"

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

static const char *
digest_of(const char *text, size_t size_bytes, size_t piece_bytes)
{
    static char printed[2 * DSY_DIGEST_BYTES + 1];
    uint8_t result[DSY_DIGEST_BYTES];
    struct dsy_digest digest;
    dsy_digest_begin(&digest);
    for (size_t at = 0; at < size_bytes; at += piece_bytes)
        dsy_digest_add(&digest, text + at, size_bytes - at < piece_bytes ? size_bytes - at : piece_bytes);
    dsy_digest_end(&digest, result);
    for (size_t index = 0; index < sizeof result; index++)
        snprintf(printed + 2 * index, 3, "%02x", result[index]);
    return printed;
}

Test(digest, gives_what_the_standard_says)
{
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    cr_expect_str_eq(digest_of("", 0, 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    cr_expect_str_eq(digest_of("abc", 3, 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    cr_expect_str_eq(digest_of(two_blocks, 56, 56), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

Test(digest, takes_pieces_of_any_size)
{
    static char text[300];
    memset(text, 'a', sizeof text);
    for (size_t size_bytes = 0; size_bytes <= sizeof text; size_bytes++) {
        char whole[2 * DSY_DIGEST_BYTES + 1];
        strcpy(whole, digest_of(text, size_bytes, sizeof text));
        cr_expect_str_eq(digest_of(text, size_bytes, 1), whole, "%zu octets, one by one", size_bytes);
        cr_expect_str_eq(digest_of(text, size_bytes, 63), whole, "%zu octets, 63 at a time", size_bytes);
    }
}

Test(digest, gives_the_million_of_the_standard)
{
    static char text[1000000];
    memset(text, 'a', sizeof text);
    cr_expect_str_eq(digest_of(text, sizeof text, 4096),
                     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
