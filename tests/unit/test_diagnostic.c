/* compiler/base: diagnostics and what they rely on: arena, map, text, sources. */
#include <criterion/criterion.h>
#include <errno.h>

#include "compiler/base/map.h"
#include "tests/support/parsed.h"

Test(diagnostic, codes_are_sorted_and_have_texts)
{
    for (size_t index = 0; index < DIAGNOSTIC_CODE_COUNT; index++) {
        const struct diagnostic_description *one = &diagnostic_descriptions[index];
        cr_expect(one->code[0] == (one->severity == SEVERITY_ERROR ? 'E' : 'W'), "%s", one->code);
        cr_expect_eq(strlen(one->code), 5, "%s", one->code);
        cr_expect_gt(strlen(one->explanation), 40, "%s has no explanation", one->code);
        cr_expect(one->text[strlen(one->text) - 1] != '.', "%s ends with a full stop", one->code);
        if (index > 0)
            cr_expect_lt(strcmp(diagnostic_descriptions[index - 1].code, one->code), 0, "%s stands too late",
                         one->code);
        cr_expect_eq(diagnostic_find(one->code), one);
    }
    cr_expect_eq(diagnostic_find("E9999"), NULL);
    cr_expect_eq(diagnostic_find(""), NULL);
    cr_expect_eq(diagnostic_find("e0001"), &diagnostic_descriptions[0], "small letters will do");
}

Test(diagnostic, templates_have_known_placeholders)
{
    for (size_t index = 0; index < DIAGNOSTIC_CODE_COUNT; index++) {
        for (const char *cursor = diagnostic_descriptions[index].text; *cursor != '\0'; cursor++) {
            if (*cursor != '%')
                continue;
            cursor++;
            cr_assert(*cursor != '\0' && strchr("tsdluzc%", *cursor) != NULL, "%s: '%%%c' is no placeholder",
                      diagnostic_descriptions[index].code, *cursor);
        }
    }
}

Test(diagnostic, placeholders_are_filled_in)
{
    struct parsed *parsed = parsed_new("// abc\n");
    struct diagnostic *found =
        diagnostic_add(&parsed->diagnostics, DIAGNOSTIC_UNEXPECTED_CHARACTER, (struct span){ 1, 2 }, TEXT("x"));
    diagnostic_note(found, (struct span){ 2, 3 }, "%t %s %d %l %u %z %c %%", TEXT("a"), "b", -1, (int64_t)INT64_MIN,
                    (uint64_t)UINT64_MAX, (size_t)7, 'c');
    cr_expect_str_eq(found->text.data, "unexpected character 'x'");
    cr_expect_str_eq(found->remarks->text.data, "a b -1 -9223372036854775808 18446744073709551615 7 c %");
    parsed_free(parsed);
}

Test(diagnostic, is_printed_in_the_manner_of_clang)
{
    struct parsed *parsed = parsed_new("int f() {\n\treturn \"\xC3\xBC\" # b;\n}\n");
    cr_expect_str_eq(parsed->messages, "t.dsy:2:13: error: unexpected character '#' [E0002]\n"
                                       "\treturn \"\xC3\xBC\" # b;\n"
                                       "\t           ^\n"
                                       "1 error.\n");
    parsed_free(parsed);
}

Test(diagnostic, colours_stand_around_the_parts)
{
    struct parsed *parsed = parsed_new("#");
    struct text_builder builder;
    text_builder_initialise(&builder, &parsed->arena);
    diagnostics_print(&builder, &parsed->diagnostics, true);
    cr_expect_str_eq(text_builder_text(&builder).data,
                     "\x1b[1mt.dsy:1:1: \x1b[0m\x1b[1;31merror: \x1b[0m\x1b[1munexpected character '#' [E0002]\x1b[0m\n"
                     "#\n"
                     "\x1b[1;32m^\x1b[0m\n"
                     "1 error.\n");
    parsed_free(parsed);
}

Test(diagnostic, a_source_line_cannot_act_on_the_terminal)
{
    struct parsed *parsed = parsed_new("# \x1b[2J \x9B\n");
    cr_expect(strchr(parsed->messages, '\x1b') == NULL, "%s", parsed->messages);
    cr_expect(strchr(parsed->messages, '\x9B') == NULL, "%s", parsed->messages);
    parsed_free(parsed);
}

Test(diagnostic, json_has_places_remarks_and_fixes)
{
    struct parsed *parsed = parsed_new("int f() {\n    return 1\n}\n");
    struct text_builder builder;
    text_builder_initialise(&builder, &parsed->arena);
    diagnostics_print_json(&builder, &parsed->diagnostics);
    const char *json = text_builder_text(&builder).data;
    const char *wanted[] = { "\"code\":\"E0011\"",
                             "\"severity\":\"error\"",
                             "\"file\":\"t.dsy\"",
                             "\"begin\":{\"offset\":22,\"line\":2,\"column\":13}",
                             "\"kind\":\"help\",\"message\":\"insert ';'\"",
                             "\"replacement\":\";\"" };
    for (size_t index = 0; index < sizeof wanted / sizeof wanted[0]; index++)
        cr_expect(strstr(json, wanted[index]) != NULL, "%s is not in %s", wanted[index], json);
    parsed_free(parsed);
}

Test(diagnostic, json_is_utf8_whatever_the_source)
{
    struct parsed *parsed = parsed_new("");
    struct text_builder builder;
    text_builder_initialise(&builder, &parsed->arena);
    text_builder_add_json(&builder, TEXT("\"\\\n\x01\xC3\xBC\xFF\x7F"));
    cr_expect_str_eq(text_builder_text(&builder).data, "\"\\\"\\\\\\n\\u0001\xC3\xBC\\ufffd\\u007f\"");
    parsed_free(parsed);
}

Test(diagnostic, the_same_at_the_same_place_is_said_once)
{
    struct parsed *parsed = parsed_new("// abc\n");
    for (int index = 0; index < 3; index++)
        diagnostic_add(&parsed->diagnostics, DIAGNOSTIC_UNEXPECTED_CHARACTER, (struct span){ 1, 2 }, TEXT("x"));
    diagnostic_add(&parsed->diagnostics, DIAGNOSTIC_UNEXPECTED_CHARACTER, (struct span){ 2, 3 }, TEXT("x"));
    cr_expect_eq(parsed->diagnostics.count, 2);
    cr_expect_eq(parsed->diagnostics.error_count, 2);
    parsed_free(parsed);
}

Test(diagnostic, only_so_many_are_kept)
{
    struct parsed *parsed = parsed_new("// abc\n");
    for (uint32_t index = 0; index < DIAGNOSTICS_MAX + 10; index++)
        diagnostic_add(&parsed->diagnostics, DIAGNOSTIC_UNEXPECTED_CHARACTER, (struct span){ index, index + 1 },
                       TEXT("x"));
    cr_expect_eq(parsed->diagnostics.count, DIAGNOSTICS_MAX);
    cr_expect_eq(parsed->diagnostics.error_count, DIAGNOSTICS_MAX + 10);
    parsed_free(parsed);
}

Test(diagnostic, they_are_sorted_by_place)
{
    struct parsed *parsed = parsed_new("// abcdef\n");
    diagnostic_add(&parsed->diagnostics, DIAGNOSTIC_UNEXPECTED_CHARACTER, (struct span){ 5, 6 }, TEXT("x"));
    diagnostic_add(&parsed->diagnostics, DIAGNOSTIC_LONE_BRACE, (struct span){ 2, 3 });
    diagnostics_sort(&parsed->diagnostics);
    cr_expect_eq(parsed->diagnostics.items[0]->code, DIAGNOSTIC_LONE_BRACE);
    parsed_free(parsed);
}

/* ---- arena, map, text, sources ---- */

Test(arena, pieces_are_apart_and_grow)
{
    struct arena arena;
    arena_initialise(&arena, NULL);
    char *pieces[3000];
    for (size_t index = 0; index < 3000; index++) {
        pieces[index] = arena_allocate_bytes(&arena, index);
        cr_assert_eq((uintptr_t)pieces[index] % 16, 0, "piece %zu is not aligned", index);
        memset(pieces[index], (int)index, index);
    }
    for (size_t index = 0; index < 3000; index++)
        for (size_t offset = 0; offset < index; offset++)
            cr_assert_eq(pieces[index][offset], (char)index, "piece %zu was overwritten", index);
    char *last = arena_allocate_bytes(&arena, 10);
    memcpy(last, "012345678", 10);
    cr_expect_eq(arena_grow(&arena, last, 10, 100), last, "the newest piece grows in place");
    char *other = arena_allocate_bytes(&arena, 1);
    char *moved = arena_grow(&arena, last, 100, 200);
    cr_expect(moved != last && moved != other);
    cr_expect_str_eq(moved, "012345678");
    char *large = arena_allocate_zeroed(&arena, 3u << 20);
    cr_expect_eq(large[(3u << 20) - 1], 0);
    arena_free(&arena);
    cr_expect_eq(arena.size_bytes, 0);
}

Test(arena, out_of_memory_jumps)
{
    struct arena arena;
    jmp_buf out_of_memory;
    volatile int caught = 0;
    arena_initialise(&arena, &out_of_memory);
    if (setjmp(out_of_memory) != 0)
        caught++;
    if (caught == 0)
        arena_allocate_bytes(&arena, SIZE_MAX);
    if (caught == 1)
        arena_allocate_array(&arena, SIZE_MAX / 2, 16);
    cr_expect_eq(caught, 2);
    arena_free(&arena);
}

Test(map, keeps_order_and_replaces_in_place)
{
    struct arena arena;
    arena_initialise(&arena, NULL);
    struct map map;
    map_initialise(&map, &arena);
    int values[1000];
    cr_expect_eq(map_get(&map, TEXT("key 0")), NULL);
    for (int index = 0; index < 1000; index++)
        cr_expect_eq(map_put(&map, text_format(&arena, "key %d", index), &values[index]), NULL);
    cr_expect_eq(map_put(&map, TEXT("key 5"), &values[0]), &values[5]);
    cr_expect_eq(map_get(&map, TEXT("key 5")), &values[0]);
    cr_expect_eq(map_get(&map, TEXT("key 999")), &values[999]);
    cr_expect_eq(map_get(&map, TEXT("key 1000")), NULL);
    cr_expect_eq(map.count, 1000);
    cr_expect(text_equal_string(map.entries[5].key, "key 5"));
    arena_free(&arena);
}

Test(text, distance_counts_edits)
{
    cr_expect_eq(text_distance(TEXT("total"), TEXT("total"), 2), 0);
    cr_expect_eq(text_distance(TEXT("total"), TEXT("totl"), 2), 1);
    cr_expect_eq(text_distance(TEXT("total"), TEXT("toatl"), 2), 2);
    cr_expect_eq(text_distance(TEXT("kitten"), TEXT("sitting"), 3), 3);
    cr_expect_eq(text_distance(TEXT("a"), TEXT("xyz"), 2), 3, "more than the most is the most and one");
    cr_expect_eq(text_distance(TEXT(""), TEXT("ab"), 5), 2);
}

Test(source, places_of_several_files)
{
    struct arena arena;
    arena_initialise(&arena, NULL);
    struct sources sources;
    sources_initialise(&sources, &arena);
    struct source_file *first = sources_add(&sources, TEXT("a"), "one\ntwo\r\n", 9);
    struct source_file *second = sources_add(&sources, TEXT("b"), "", 0);
    struct source_file *third = sources_add(&sources, TEXT("c"), "x\n\ny", 4);
    cr_expect_eq(sources_find(&sources, 0), NULL);
    cr_expect_eq(sources_find(&sources, first->base), first);
    cr_expect_eq(sources_find(&sources, first->base + 9), first, "the end of a file belongs to it");
    cr_expect_eq(sources_find(&sources, second->base), second);
    struct source_position end = sources_position(&sources, third->base + 4);
    cr_expect_eq(end.file, third);
    cr_expect_eq(end.line, 3);
    cr_expect_eq(end.column, 2);
    cr_expect(text_equal_string(source_line(&sources, first, 2), "two"), "without its line end");
    cr_expect_eq(source_line(&sources, third, 2).size_bytes, 0);
    cr_expect_eq(source_line(&sources, third, 9).size_bytes, 0);
    arena_free(&arena);
}

/* A column is counted on from the place that was asked for last, forwards or backwards: it may not depend on that. */
Test(source, places_do_not_depend_on_what_was_asked_before)
{
    static const char content[] = "\xEF\xBB\xBF"
                                  "a\u00e4b \u20ac c\nsecond \u00fc line\nx";
    struct arena arena;
    arena_initialise(&arena, NULL);
    struct sources sources;
    sources_initialise(&sources, &arena);
    for (uint32_t asked = 0; asked < sizeof content; asked++) {
        for (uint32_t offset = 0; offset < sizeof content; offset++) {
            struct source_file *fresh = sources_add(&sources, TEXT("a"), content, sizeof content - 1);
            struct source_position wanted = sources_position(&sources, fresh->base + offset);
            struct source_file *file = sources_add(&sources, TEXT("b"), content, sizeof content - 1);
            sources_position(&sources, file->base + asked);
            struct source_position got = sources_position(&sources, file->base + offset);
            cr_expect(got.line == wanted.line && got.column == wanted.column, "%u after %u: %u:%u, not %u:%u", offset,
                      asked, got.line, got.column, wanted.line, wanted.column);
        }
    }
    arena_free(&arena);
}

Test(source, a_file_that_cannot_be_read_says_why)
{
    struct arena arena;
    arena_initialise(&arena, NULL);
    struct sources sources;
    sources_initialise(&sources, &arena);
    int error_number = 0;
    cr_expect_eq(sources_read(&sources, TEXT("tests/no-such-file.dsy"), &error_number), NULL);
    cr_expect_eq(error_number, ENOENT);
    cr_expect_eq(sources_read(&sources, TEXT("tests"), &error_number), NULL);
    cr_expect_eq(error_number, EISDIR);
    arena_free(&arena);
}
