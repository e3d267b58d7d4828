/* Any text through the parsers of scalar values: what they take is printed and parsed again to the same value, and the
 * second text is the first's. The first octet chooses the parser. Also the operations on strings that are UTF-8. */
#include <stdlib.h>
#include <string.h>

#include "dsy/value.h"

static struct dsy_arena arena;

/* parse ∘ print ∘ parse = parse; same bits for all but NaN, which prints the same. */
#define CHECK(name, type)                                                                     \
    {                                                                                         \
        type value, again;                                                                    \
        char scratch[2][DSY_PRINT_BYTES_MAX];                                                 \
        memset(&value, 0, sizeof value);                                                      \
        memset(&again, 0, sizeof again);                                                      \
        if (!dsy_##name##_parse(text, &value))                                                \
            return 0;                                                                         \
        dsy_string printed = dsy_##name##_text(value, scratch[0]);                            \
        if (printed.size_bytes > DSY_PRINT_BYTES_MAX || !dsy_##name##_parse(printed, &again)) \
            abort();                                                                          \
        if (!dsy_string_equal(printed, dsy_##name##_text(again, scratch[1])))                 \
            abort();                                                                          \
        if (memcmp(&value, &again, sizeof value) != 0 && !dsy_string_is(printed, "NaN"))      \
            abort();                                                                          \
        return 0;                                                                             \
    }

static void
check_strings(dsy_string text)
{
    struct dsy_run run;
    dsy_run_init(&run, &arena, 1000);
    if (dsy_utf8_check(text.data, (size_t)text.size_bytes) != (size_t)text.size_bytes)
        return;
    dsy_string results[] = { dsy_string_upper(&run, text), dsy_string_lower(&run, text), dsy_string_trim(text),
                             dsy_string_slice(&run, text, text.size_bytes / 3, text.size_bytes) };
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        if (dsy_utf8_check(results[i].data, (size_t)results[i].size_bytes) != (size_t)results[i].size_bytes)
            abort();
    dsy_catch(&run);
    dsy_string separator = { .data = text.data, .size_bytes = text.size_bytes < 2 ? text.size_bytes : 1 };
    if (dsy_utf8_check(separator.data, (size_t)separator.size_bytes) == 1) {
        struct dsy_array parts = dsy_string_split(&run, text, separator);
        dsy_string joined = dsy_array_join(&run, &parts, separator);
        if (!run.failed && !dsy_string_equal(joined, text))
            abort();
    }
    dsy_bytes bytes = { .data = (const uint8_t *)text.data, .size_bytes = text.size_bytes };
    dsy_bytes again = dsy_bytes_from_string(&run, dsy_bytes_to_string(&run, bytes));
    if (!run.failed && !dsy_bytes_equal(bytes, again))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    if (size_bytes == 0)
        return 0;
    if (arena.size_bytes_max == 0)
        dsy_arena_init(&arena, 16 << 20);
    dsy_arena_reset(&arena);
    dsy_string text = { .data = (const char *)data + 1, .size_bytes = (int64_t)size_bytes - 1 };
    switch (data[0] % 9) {
    case 0: CHECK(decimal, dsy_decimal)
    case 1: CHECK(time, int64_t)
    case 2: CHECK(duration, int64_t)
    case 3: CHECK(uuid, dsy_uuid)
    case 4: CHECK(int64, int64_t)
    case 5: CHECK(uint8, uint8_t)
    case 6: CHECK(double, double)
    case 7: {
        uint8_t *decoded = dsy_arena_allocate(&arena, (size_t)dsy_base64_decoded_size_max(text.size_bytes));
        int64_t size = decoded == NULL ? -1 : dsy_base64_decode(text, decoded);
        if (size < 0)
            return 0;
        char *encoded = dsy_arena_allocate(&arena, (size_t)dsy_base64_encoded_size(size));
        if (encoded == NULL)
            return 0;
        dsy_base64_encode(decoded, size, encoded);
        if (!dsy_string_equal(text, (dsy_string){ .data = encoded, .size_bytes = dsy_base64_encoded_size(size) }))
            abort(); /* a value with two texts */
        return 0;
    }
    default: check_strings(text); return 0;
    }
}
