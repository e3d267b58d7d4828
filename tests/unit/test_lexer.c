/* grammar/lexer.re, compiler/syntax/lexer.c and literal.c: words, literals, positions, the three contexts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/syntax/lexer.h"
#include "grammar/parser.h"
#include "tests/support/parsed.h"

enum { TOKENS_MAX = 64 };

struct lexed {
    struct arena arena;
    struct interner names;
    struct sources sources;
    struct diagnostics diagnostics;
    struct lexer lexer;
    int codes[TOKENS_MAX];
    struct token tokens[TOKENS_MAX];
    size_t count;
};

static struct lexed *
lex_bytes(const char *content, size_t size_bytes)
{
    static jmp_buf out_of_memory;
    struct lexed *lexed = calloc(1, sizeof *lexed);
    cr_assert(lexed != NULL && setjmp(out_of_memory) == 0, "no memory");
    arena_initialise(&lexed->arena, &out_of_memory);
    interner_initialise(&lexed->names, &lexed->arena);
    sources_initialise(&lexed->sources, &lexed->arena);
    diagnostics_initialise(&lexed->diagnostics, &lexed->arena, &lexed->sources);
    const struct source_file *source = sources_add(&lexed->sources, TEXT("t.dsy"), content, size_bytes);
    lexer_initialise(&lexed->lexer, &lexed->arena, &lexed->names, source, &lexed->diagnostics);
    while (lexed->count < TOKENS_MAX) {
        int code = lexer_next(&lexed->lexer, &lexed->tokens[lexed->count]);
        if (code == TOKEN_END)
            break;
        lexed->codes[lexed->count++] = code;
    }
    return lexed;
}

static struct lexed *
lex(const char *content)
{
    return lex_bytes(content, strlen(content));
}

static void
release(struct lexed *lexed)
{
    arena_free(&lexed->arena);
    free(lexed);
}

static void
expect_codes(const char *content, size_t count, const int *codes)
{
    struct lexed *lexed = lex(content);
    cr_expect_eq(lexed->count, count, "%s: %zu tokens instead of %zu", content, lexed->count, count);
    for (size_t index = 0; index < count && index < lexed->count; index++)
        cr_expect_eq(lexed->codes[index], codes[index], "%s: token %zu is %d instead of %d", content, index,
                     lexed->codes[index], codes[index]);
    cr_expect_eq(lexed->diagnostics.count, 0, "%s: there are diagnostics", content);
    release(lexed);
}

#define EXPECT_CODES(content, ...) \
    expect_codes(content, sizeof((int[]){ __VA_ARGS__ }) / sizeof(int), (int[]){ __VA_ARGS__ })

static void
expect_error(const char *content, const char *codes)
{
    struct parsed *parsed = parsed_new(content);
    cr_expect_str_eq(parsed_codes(parsed), codes, "%s gave:\n%s", content, parsed->messages);
    parsed_free(parsed);
}

Test(lexer, words_and_names)
{
    EXPECT_CODES("if ifs _if If select mapped map", TOKEN_IF, TOKEN_ID, TOKEN_ID, TOKEN_ID, TOKEN_SELECT, TOKEN_ID,
                 TOKEN_MAP);
    EXPECT_CODES("int int8 int9 uint64 string bytes", TOKEN_INT, TOKEN_INT8, TOKEN_ID, TOKEN_UINT64, TOKEN_STRING_TYPE,
                 TOKEN_BYTES_TYPE);
}

Test(lexer, the_same_name_has_the_same_address)
{
    struct lexed *lexed = lex("order item order");
    cr_assert_eq(lexed->count, 3);
    cr_expect(name_equal(lexed->tokens[0].as.text, lexed->tokens[2].as.text));
    cr_expect_not(name_equal(lexed->tokens[0].as.text, lexed->tokens[1].as.text));
    release(lexed);
}

Test(lexer, many_names_stay_apart)
{
    struct parsed *parsed = parsed_new("");
    struct text names[5000];
    for (int index = 0; index < 5000; index++) {
        struct text name = text_format(&parsed->arena, "name_%d", index);
        names[index] = interner_add(&parsed->names, name.data, name.size_bytes);
    }
    for (int index = 0; index < 5000; index++) {
        struct text name = text_format(&parsed->arena, "name_%d", index);
        struct text again = interner_add(&parsed->names, name.data, name.size_bytes);
        cr_assert(name_equal(again, names[index]), "%s moved when the table grew", name.data);
        cr_assert(text_equal(again, name));
    }
    parsed_free(parsed);
}

Test(lexer, signs_take_the_longest)
{
    EXPECT_CODES("<<= << <= <", TOKEN_SHIFT_LEFT_ASSIGN, TOKEN_SHIFT_LEFT, TOKEN_LESS_EQUAL, TOKEN_LESS);
    EXPECT_CODES(">>= >> >= >", TOKEN_SHIFT_RIGHT_ASSIGN, TOKEN_SHIFT_RIGHT, TOKEN_GREATER_EQUAL, TOKEN_GREATER);
    EXPECT_CODES("?? ?. ? . .. ! != = ==", TOKEN_COALESCE, TOKEN_OPTIONAL_DOT, TOKEN_QUESTION, TOKEN_DOT, TOKEN_RANGE,
                 TOKEN_NOT, TOKEN_NOT_EQUAL, TOKEN_ASSIGN, TOKEN_EQUAL);
    EXPECT_CODES("[] [ ] [1]", TOKEN_BRACKETS, TOKEN_BRACKETS, TOKEN_LEFT_BRACKET, TOKEN_INTEGER, TOKEN_RIGHT_BRACKET);
    EXPECT_CODES("++ += + -- -= -", TOKEN_INCREMENT, TOKEN_PLUS_ASSIGN, TOKEN_PLUS, TOKEN_DECREMENT, TOKEN_MINUS_ASSIGN,
                 TOKEN_MINUS);
}

Test(lexer, closing_type_arguments_are_split)
{
    EXPECT_CODES("map<int,map<int,int>>", TOKEN_MAP, TOKEN_LESS, TOKEN_INT, TOKEN_COMMA, TOKEN_MAP, TOKEN_LESS,
                 TOKEN_INT, TOKEN_COMMA, TOKEN_INT, TOKEN_GREATER, TOKEN_GREATER);
    EXPECT_CODES("task<promise<task<int>>>x", TOKEN_TASK, TOKEN_LESS, TOKEN_PROMISE, TOKEN_LESS, TOKEN_TASK, TOKEN_LESS,
                 TOKEN_INT, TOKEN_GREATER, TOKEN_GREATER, TOKEN_GREATER, TOKEN_ID);
    EXPECT_CODES("task<int>=1", TOKEN_TASK, TOKEN_LESS, TOKEN_INT, TOKEN_GREATER, TOKEN_ASSIGN, TOKEN_INTEGER);
    EXPECT_CODES("task<int> a >> b", TOKEN_TASK, TOKEN_LESS, TOKEN_INT, TOKEN_GREATER, TOKEN_ID, TOKEN_SHIFT_RIGHT,
                 TOKEN_ID);
    EXPECT_CODES("a < b >> c", TOKEN_ID, TOKEN_LESS, TOKEN_ID, TOKEN_SHIFT_RIGHT, TOKEN_ID);
    EXPECT_CODES("task<x; a >> b", TOKEN_TASK, TOKEN_LESS, TOKEN_ID, TOKEN_SEMICOLON, TOKEN_ID, TOKEN_SHIFT_RIGHT,
                 TOKEN_ID);
}

static uint64_t
integer(const char *content)
{
    struct lexed *lexed = lex(content);
    cr_assert_eq(lexed->count, 1, "%s: %zu tokens", content, lexed->count);
    cr_assert_eq(lexed->codes[0], TOKEN_INTEGER, "%s", content);
    uint64_t value = lexed->tokens[0].as.integer;
    release(lexed);
    return value;
}

Test(lexer, integers)
{
    cr_expect_eq(integer("0"), 0);
    cr_expect_eq(integer("1_000_000"), 1000000);
    cr_expect_eq(integer("0xFf"), 255);
    cr_expect_eq(integer("0b1010"), 10);
    cr_expect_eq(integer("0xFFFF_FFFF_FFFF_FFFF"), UINT64_MAX);
    cr_expect_eq(integer("18446744073709551615"), UINT64_MAX);
    expect_error("const int A = 18446744073709551616;", "E0601");
    expect_error("const int A = 0x1_0000_0000_0000_0000;", "E0601");
    expect_error("const int A = 007;", "E0606");
    expect_error("const int A = 1_;", "E0602");
    expect_error("const int A = 0x;", "E0602");
    expect_error("const int A = 0b12;", "E0602");
}

static int64_t
duration(const char *content)
{
    struct lexed *lexed = lex(content);
    cr_assert_eq(lexed->count, 1, "%s: %zu tokens", content, lexed->count);
    cr_assert_eq(lexed->codes[0], TOKEN_DURATION, "%s", content);
    int64_t value = lexed->tokens[0].as.duration_ns;
    release(lexed);
    return value;
}

Test(lexer, durations)
{
    cr_expect_eq(duration("250ms"), 250000000);
    cr_expect_eq(duration("30s"), 30000000000);
    cr_expect_eq(duration("5min"), 300000000000);
    cr_expect_eq(duration("3h"), 10800000000000);
    cr_expect_eq(duration("1_000d"), 86400000000000000);
    cr_expect_eq(duration("106751d"), 9223286400000000000, "the longest in days");
    expect_error("const duration D = 106752d;", "E0603");
    expect_error("const duration D = 99999999999999999999ms;", "E0603");
    expect_error("const duration D = 5sec;", "E0602");
    expect_error("const duration D = 1.5h;", "E0602");
}

static void
expect_text(const char *content, int code, const char *expected, size_t size_bytes)
{
    struct lexed *lexed = lex(content);
    cr_assert_eq(lexed->count, 1, "%s: %zu tokens", content, lexed->count);
    cr_expect_eq(lexed->codes[0], code, "%s", content);
    struct text text = lexed->tokens[0].as.text;
    cr_expect_eq(text.size_bytes, size_bytes, "%s: %zu octets instead of %zu", content, text.size_bytes, size_bytes);
    cr_expect(text.size_bytes == size_bytes && memcmp(text.data, expected, size_bytes) == 0, "%s: is <%.*s>", content,
              TEXT_ARGUMENTS(text));
    cr_expect_eq(lexed->diagnostics.count, 0, "%s: there are diagnostics", content);
    release(lexed);
}

Test(lexer, floating_and_decimal)
{
    struct lexed *lexed = lex("1.5 1e-9 2_0.5E+1 3.25");
    cr_assert_eq(lexed->count, 4);
    cr_expect_eq(lexed->tokens[0].as.real, 1.5);
    cr_expect_eq(lexed->tokens[1].as.real, 1e-9);
    cr_expect_eq(lexed->tokens[2].as.real, 205.0);
    cr_expect_eq(lexed->tokens[3].as.real, 3.25);
    release(lexed);
    expect_text("1_9.990m", TOKEN_DECIMAL_LITERAL, "19.990", 6);
    expect_text("5m", TOKEN_DECIMAL_LITERAL, "5", 1);
    expect_text("1e6111m", TOKEN_DECIMAL_LITERAL, "1e6111", 6);
    expect_text("0.001234567890123456789012345678901234m", TOKEN_DECIMAL_LITERAL,
                "0.001234567890123456789012345678901234", 38);
    expect_error("const decimal D = 12345678901234567890123456789012345m;", "E0604");
    expect_error("const decimal D = 1e6112m;", "E0604");
    expect_error("const decimal D = 1e99999999999999999999m;", "E0604");
    expect_error("const double D = 1e309;", "E0605");
    EXPECT_CODES("0..n", TOKEN_INTEGER, TOKEN_RANGE, TOKEN_ID);
    EXPECT_CODES("1.x", TOKEN_INTEGER, TOKEN_DOT, TOKEN_ID);
}

Test(lexer, strings)
{
    expect_text("\"plain\"", TOKEN_STRING, "plain", 5);
    expect_text("\"\"", TOKEN_STRING, "", 0);
    expect_text("\"a\\tb\\n\\r\\\"\\\\\\x41\\0\"", TOKEN_STRING, "a\tb\n\r\"\\A\0", 9);
    expect_text("\"\\u{1F600}\\u{7f}\\u{7ff}\\u{ffff}\"", TOKEN_STRING, "\xF0\x9F\x98\x80\x7F\xDF\xBF\xEF\xBF\xBF", 10);
    expect_text("b\"\\x00\\xffab\"", TOKEN_BYTES,
                "\0\xFF"
                "ab",
                4);
    expect_text("$\"plain {{}}\"", TOKEN_STRING, "plain {}", 8);
    expect_error("const string S = \"\\q\";", "E0005");
    expect_error("const string S = \"\\u{d800}\";", "E0005");
    expect_error("const string S = \"\\u{110000}\";", "E0005");
    expect_error("const string S = \"\\u{}\";", "E0005");
    expect_error("const string S = \"\\xe4\";", "E0005");
    expect_error("const string S = \"open;\n", "E0004");
    expect_error("const string S = 'x';", "E0008");
}

Test(lexer, raw_strings)
{
    expect_text("\"\"\"one \"line\" \\n\"\"\"", TOKEN_STRING, "one \"line\" \\n", 13);
    expect_text("\"\"\"\n    a\n      b\n\n    c\n    \"\"\"", TOKEN_STRING, "a\n  b\n\nc", 8);
    expect_text("\"\"\"\r\n  a\r\n  b\r\n  \"\"\"", TOKEN_STRING, "a\nb", 3);
    expect_text("\"\"\"\n  a\"\"\"", TOKEN_STRING, "  a", 3);
    expect_text("\"\"\"\n\"\"\"", TOKEN_STRING, "", 0);
    expect_text("\"\"\"\"\"\"", TOKEN_STRING, "", 0);
    expect_error("const string S = \"\"\"\n  a\n b\n  \"\"\";", "E0009");
    expect_error("const string S = \"\"\"open", "E0004");
}

Test(lexer, interpolation_nests)
{
    EXPECT_CODES("$\"a{b}c\"", TOKEN_INTERPOLATION_BEGIN, TOKEN_ID, TOKEN_INTERPOLATION_END);
    EXPECT_CODES("$\"{a}{b}\" x", TOKEN_INTERPOLATION_BEGIN, TOKEN_ID, TOKEN_INTERPOLATION_MIDDLE, TOKEN_ID,
                 TOKEN_INTERPOLATION_END, TOKEN_ID);
    EXPECT_CODES("$\"{P{.x = {}}}\"", TOKEN_INTERPOLATION_BEGIN, TOKEN_ID, TOKEN_LEFT_BRACE, TOKEN_DOT, TOKEN_ID,
                 TOKEN_ASSIGN, TOKEN_LEFT_BRACE, TOKEN_RIGHT_BRACE, TOKEN_RIGHT_BRACE, TOKEN_INTERPOLATION_END);
    EXPECT_CODES("$\"{$\"<{a}>\"}{\"}\"}\"", TOKEN_INTERPOLATION_BEGIN, TOKEN_INTERPOLATION_BEGIN, TOKEN_ID,
                 TOKEN_INTERPOLATION_END, TOKEN_INTERPOLATION_MIDDLE, TOKEN_STRING, TOKEN_INTERPOLATION_END);
    expect_error("const string S = $\"{a\";", "E0006");
    expect_error("const string S = $\"{a\n;", "E0006");
    expect_error("const string S = $\"}\";", "E0007");
    expect_error("const string S = $\"{a} open;", "E0004");
}

/* $"{$"{…}"}", `depth` deep. */
static struct text
nested_interpolation(struct arena *arena, int depth)
{
    struct text_builder builder;
    text_builder_initialise(&builder, arena);
    text_builder_add_string(&builder, "const string S = ");
    for (int level = 0; level < depth; level++)
        text_builder_add_string(&builder, "$\"{");
    text_builder_add_string(&builder, "a");
    for (int level = 0; level < depth; level++)
        text_builder_add_string(&builder, "}\"");
    text_builder_add_string(&builder, ";");
    return text_builder_text(&builder);
}

Test(lexer, interpolation_has_a_deepest_level)
{
    struct arena arena;
    arena_initialise(&arena, NULL);
    expect_error(nested_interpolation(&arena, INTERPOLATION_DEPTH_MAX).data, "");
    expect_error(nested_interpolation(&arena, INTERPOLATION_DEPTH_MAX + 1).data, "E0901");
    arena_free(&arena);
}

Test(lexer, comments)
{
    EXPECT_CODES("a // b\n/* c\n d */ e /**/ f", TOKEN_ID, TOKEN_ID, TOKEN_ID);
    struct lexed *lexed = lex("/// one\n///two\r\n///\na //// no\nb /// three\nc");
    cr_assert_eq(lexed->count, 3);
    struct text first = lexer_documentation(&lexed->lexer, lexed->tokens[0].span.begin);
    cr_expect(text_equal_string(first, "one\ntwo\n"), "is <%.*s>", TEXT_ARGUMENTS(first));
    cr_expect_eq(lexer_documentation(&lexed->lexer, lexed->tokens[1].span.begin).size_bytes, 0);
    cr_expect(text_equal_string(lexer_documentation(&lexed->lexer, lexed->tokens[2].span.begin), "three"));
    release(lexed);
    expect_error("int f() { return 1; } /* open", "E0003");
    expect_error("int f() { /* open", "E0003");
}

Test(lexer, spans_are_those_of_the_file)
{
    struct lexed *lexed = lex("\xEF\xBB\xBF  order\n\t>= \"\xC3\xBC\"");
    cr_assert_eq(lexed->count, 3);
    cr_expect(text_equal_string(sources_text(&lexed->sources, lexed->tokens[0].span), "order"));
    cr_expect(text_equal_string(sources_text(&lexed->sources, lexed->tokens[1].span), ">="));
    struct source_position first = sources_position(&lexed->sources, lexed->tokens[0].span.begin);
    cr_expect_eq(first.line, 1);
    cr_expect_eq(first.column, 3, "a byte-order mark is no column; got %u", first.column);
    struct source_position last = sources_position(&lexed->sources, lexed->tokens[2].span.end);
    cr_expect_eq(last.line, 2);
    cr_expect_eq(last.column, 8, "columns count characters; got %u", last.column);
    release(lexed);
}

Test(lexer, invalid_utf8_is_named_with_its_place)
{
    static const char *const wrong[] = {
        "\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xFF"
    };
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        char content[64];
        snprintf(content, sizeof content, "// 12345678 %s\n", wrong[index]);
        struct parsed *parsed = parsed_new(content);
        cr_assert_gt(parsed->diagnostics.count, 0, "case %zu is taken for UTF-8", index);
        cr_expect_eq(parsed->diagnostics.items[0]->code, DIAGNOSTIC_INVALID_UTF8);
        cr_expect_eq(sources_position(&parsed->sources, parsed->diagnostics.items[0]->span.begin).column, 13);
        parsed_free(parsed);
    }
    struct parsed *right = parsed_new("// \xC2\x80 \xE0\xA0\x80 \xED\x9F\xBF \xF4\x8F\xBF\xBF\n");
    cr_expect_eq(right->diagnostics.count, 0, "%s", right->messages);
    parsed_free(right);
}

Test(lexer, a_zero_octet_is_no_end)
{
    struct parsed *parsed = parsed_bytes("int f()\0{ return 1; }", 21);
    cr_expect_str_eq(parsed_codes(parsed), "E0002", "%s", parsed->messages);
    parsed_free(parsed);
}
