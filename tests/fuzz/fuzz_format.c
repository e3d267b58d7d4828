/* dsyc fmt on any bytes: what has errors of syntax is refused; what is formatted means the same, holds the same signs,
 * and stays as it is when it is formatted again. Seeds: those of fuzz_parser, and files with comments in odd places. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/tool/format.h"
#include "tests/support/parsed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

/* The text formatted, in the arena of `parsed`. */
static struct text
formatted(struct parsed *parsed, struct text text)
{
    struct text_builder builder;
    text_builder_initialise(&builder, &parsed->arena);
    const struct source_file *source = sources_add(&parsed->sources, TEXT("f.dsy"), text.data, text.size_bytes);
    if (!format(&parsed->arena, &parsed->names, source, &parsed->diagnostics, &builder))
        abort();
    return text_builder_text(&builder);
}

static const char *
skip_blanks(const char *next, const char *end)
{
    while (next < end && memchr(" \t\r\n", *next, 4) != NULL)
        next++;
    return next;
}

static void
expect_same_signs(struct text left, struct text right)
{
    const char *a = left.data, *a_end = left.data + left.size_bytes;
    const char *b = right.data, *b_end = right.data + right.size_bytes;
    if (left.size_bytes >= 3 && memcmp(a, "\xEF\xBB\xBF", 3) == 0)
        a += 3; /* a byte-order mark is left out */
    for (;;) {
        a = skip_blanks(a, a_end);
        b = skip_blanks(b, b_end);
        if (a == a_end || b == b_end)
            break;
        if (*a++ != *b++)
            abort();
    }
    if (a != a_end || b != b_end)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct text original = { (const char *)data, size_bytes };
    struct parsed *parsed = parsed_bytes(original.data, original.size_bytes);
    if (parsed->diagnostics.error_count == 0) {
        struct text once = formatted(parsed, original);
        struct text twice = formatted(parsed, once);
        if (!text_equal(once, twice))
            abort();
        expect_same_signs(original, once);
        struct parsed *again = parsed_bytes(once.data, once.size_bytes);
        if (again->diagnostics.error_count != 0 || strcmp(parsed->tree, again->tree) != 0)
            abort();
        parsed_free(again);
    }
    parsed_free(parsed);
    return 0;
}
