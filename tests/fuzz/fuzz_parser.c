/* The parser on any bytes: it ends, without a crash or a sanitizer's finding, and its tree can be printed.
 * Seeds: the declarations of tests/golden/syntax/everything.dsy, one a file. */
#include <stdint.h>
#include <stdlib.h>

#include "tests/support/parsed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct parsed *parsed = parsed_bytes((const char *)data, size_bytes);
    /* An error was reported, or everything was understood. */
    if (parsed->file->is_damaged && parsed->diagnostics.error_count == 0)
        abort();
    parsed_free(parsed);
    return 0;
}
