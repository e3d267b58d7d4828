/* Arena, buffers, codecs and values when memory runs out: every allocation fails once, and each time the status is
 * DSY_NO_MEMORY, with which the run throws as well; nothing is taken for bad input, and nothing crashes or leaks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsy/error.h"
#include "tests/fuzz/fuzz_types.h"
#include "tests/limit/failing_memory.h"

/* What one try needs; all of it is made anew each time. */
struct rig {
    struct dsy_arena arena;
    struct dsy_buffer buffer;
    struct dsy_run run;
};

static char *large_text; /* JSON: far more than one chunk of an arena holds */

static enum dsy_status
read_json(struct rig *rig, const struct dsy_type *type, const char *text, void *value)
{
    struct dsy_json_reader reader = dsy_json_reader_begin(text, strlen(text), &rig->arena);
    type->read_json(&reader, value);
    return dsy_json_reader_end(&reader) ? DSY_OK : reader.status;
}

static const struct dsy_type *const large_type = &map_string_array_array_string_type;

/* JSON → value → CBOR → value → JSON. */
static enum dsy_status
try_codecs(struct rig *rig)
{
    union fuzz_value value, again;
    enum dsy_status status = read_json(rig, large_type, large_text, &value);
    if (status != DSY_OK)
        return status;
    struct dsy_cbor_writer cbor = dsy_cbor_writer_begin(&rig->buffer);
    large_type->write_cbor(&cbor, &value);
    status = dsy_cbor_writer_status(&cbor);
    if (status != DSY_OK)
        return status;
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(rig->buffer.data, rig->buffer.size_bytes, &rig->arena);
    large_type->read_cbor(&reader, &again);
    if (!dsy_cbor_reader_end(&reader))
        return reader.status;
    struct dsy_buffer text;
    dsy_buffer_init(&text, 64 << 20);
    struct dsy_json_writer json = dsy_json_writer_begin(&text);
    large_type->write_json(&json, &again);
    status = dsy_json_writer_status(&json);
    if (status == DSY_OK &&
        (text.size_bytes != strlen(large_text) || memcmp(text.data, large_text, text.size_bytes) != 0))
        status = DSY_FAILED;
    dsy_buffer_destroy(&text);
    return status;
}

static enum dsy_status
run_status(const struct dsy_run *run)
{
    if (!run->failed)
        return run->status == DSY_OK ? DSY_OK : DSY_FAILED;
    return run->status == DSY_NO_MEMORY && run->error.type == &dsy_error_step_too_long ? DSY_NO_MEMORY : DSY_FAILED;
}

/* Operations on values that grow and are copied. */
static enum dsy_status
try_values(struct rig *rig)
{
    struct dsy_run *run = &rig->run;
    struct array_string words = { 0 }, copy;
    struct map_int8_decimal numbers = { 0 };
    dsy_string text = DSY_STRING("word ");
    for (int i = 0; i < 12 && !run->failed; i++)
        text = dsy_strings_concatenate(run, 2, (const dsy_string[]){ text, text });
    for (int i = 0; i < 3000 && !run->failed; i++) {
        dsy_string word = dsy_int64_to_string(run, (int64_t)i * 7919 % 3000);
        dsy_array_push(run, &words, &dsy_type_string, &word);
    }
    dsy_array_share(words.items);
    copy = words;
    dsy_array_sort(run, &copy, &dsy_type_string);
    dsy_string joined = dsy_array_join(run, &copy, DSY_STRING(" and "));
    struct dsy_array parts = dsy_string_split(run, joined, DSY_STRING("d"));
    dsy_string upper =
        dsy_string_upper(run, dsy_string_replace(run, text, DSY_STRING("w"), DSY_STRING("a longer word")));
    for (int i = -100; i < 100 && !run->failed; i++) {
        int8_t key = (int8_t)i;
        dsy_decimal value = dsy_decimal_from_int64(i);
        dsy_map_set(run, &numbers.map, &map_int8_decimal_map_type, &key, &value);
    }
    dsy_string shown = dsy_value_to_string(run, &map_int8_decimal_type, &numbers);
    enum dsy_status status = run_status(run);
    if (status == DSY_OK &&
        (parts.length == 0 || upper.size_bytes == 0 || shown.size_bytes == 0 || copy.length != 3000))
        return DSY_FAILED;
    return status;
}

/* A thrown error with a message, through both encodings. */
static enum dsy_status
try_errors(struct rig *rig)
{
    struct dsy_run *run = &rig->run;
    dsy_throw_format(run, &dsy_error_invalid_value, "%0400d", 7);
    struct dsy_error_value error = dsy_catch(run), again;
    if (run->status != DSY_OK)
        return run->status;
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&rig->buffer);
    dsy_error_write_cbor(&writer, &error);
    enum dsy_status status = dsy_cbor_writer_status(&writer);
    if (status != DSY_OK)
        return status;
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(rig->buffer.data, rig->buffer.size_bytes, &rig->arena);
    again = dsy_error_read_cbor(&reader);
    if (!dsy_cbor_reader_end(&reader))
        return reader.status;
    return again.type == error.type ? DSY_OK : DSY_FAILED;
}

static bool
try_all(const char *name, enum dsy_status (*attempt)(struct rig *rig), size_t *failures)
{
    for (size_t number = 1;; number++) {
        struct rig rig;
        dsy_arena_init(&rig.arena, 64 << 20);
        dsy_buffer_init(&rig.buffer, 64 << 20);
        dsy_run_init(&rig.run, &rig.arena, 1000000);
        failing_memory_begin(number, false);
        enum dsy_status status = attempt(&rig);
        bool has_failed = failing_memory_end() > 0;
        dsy_arena_destroy(&rig.arena);
        dsy_buffer_destroy(&rig.buffer);
        if (status != (has_failed ? DSY_NO_MEMORY : DSY_OK)) {
            fprintf(stderr, "memory_runtime: %s: allocation %zu %s, but the status is: %s\n", name, number,
                    has_failed ? "failed" : "did not fail", dsy_status_text(status));
            return false;
        }
        if (!has_failed)
            return true;
        (*failures)++;
    }
}

static void
make_large_text(void)
{
    struct dsy_buffer buffer;
    dsy_buffer_init(&buffer, 64 << 20);
    dsy_buffer_append_format(&buffer, "{");
    for (int key = 0; key < 300; key++) {
        dsy_buffer_append_format(&buffer, "%s\"key %d\":[[", key > 0 ? "," : "", key);
        for (int item = 0; item < 40; item++)
            dsy_buffer_append_format(&buffer, "%s\"item %d of %d\"", item > 0 ? "," : "", item, key);
        dsy_buffer_append_format(&buffer, "],[],[\"\"]]");
    }
    dsy_buffer_append_format(&buffer, "}");
    large_text = calloc(1, buffer.size_bytes + 1);
    if (large_text == NULL || buffer.status != DSY_OK)
        abort();
    memcpy(large_text, buffer.data, buffer.size_bytes);
    dsy_buffer_destroy(&buffer);
}

int
main(void)
{
    size_t failures = 0;
    make_large_text();
    bool good = try_all("codecs", try_codecs, &failures);
    good &= try_all("values", try_values, &failures);
    good &= try_all("errors", try_errors, &failures);
    free(large_text);
    printf("memory_runtime: %zu allocations failed\n", failures);
    return good && failures > 20 ? 0 : 1;
}
