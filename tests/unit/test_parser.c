/* grammar/parser.y and compiler/syntax: trees, spans, recovery, limits. The whole grammar is in
 * tests/golden/syntax/everything.dsy. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/syntax/ast.h"
#include "tests/support/parsed.h"

/* The tree of an expression, as it is printed below `v = …;`. */
static void
expect_expression(const char *expression, const char *tree)
{
    char content[1024];
    snprintf(content, sizeof content, "void f() { v = %s; }", expression);
    struct parsed *parsed = parsed_new(content);
    cr_assert_eq(parsed->diagnostics.count, 0, "%s gave:\n%s", expression, parsed->messages);
    const struct ast_statement *body = parsed->file->declarations.items[0]->as.function.body;
    cr_assert_eq(body->as.block.statements.count, 1, "%s", expression);
    const char *begin = strstr(parsed->tree, "name v\n");
    cr_assert(begin != NULL);
    cr_expect_str_eq(begin + 7, tree, "%s", expression);
    parsed_free(parsed);
}

static void
expect_same(const char *left, const char *right)
{
    char content[1024];
    snprintf(content, sizeof content, "void f() { v = %s; }", left);
    struct parsed *first = parsed_new(content);
    snprintf(content, sizeof content, "void f() { v = %s; }", right);
    struct parsed *second = parsed_new(content);
    cr_assert_eq(first->diagnostics.count, 0, "%s gave:\n%s", left, first->messages);
    cr_assert_eq(second->diagnostics.count, 0, "%s gave:\n%s", right, second->messages);

    /* Parentheses are nodes of their own; without their lines and indentation the trees are the same. */
    struct text_builder trees[2];
    const char *sources[2] = { first->tree, second->tree };
    for (int index = 0; index < 2; index++) {
        text_builder_initialise(&trees[index], &first->arena);
        char *copy =
            text_copy(&first->arena, text_from_string(sources[index])).size_bytes == 0 ? NULL : strdup(sources[index]);
        char *rest = NULL;
        for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
            line += strspn(line, " ");
            if (strcmp(line, "()") != 0)
                text_builder_format(&trees[index], "%s\n", line);
        }
        free(copy);
    }
    cr_expect_str_eq(text_builder_text(&trees[0]).data, text_builder_text(&trees[1]).data, "%s is not %s", left, right);
    parsed_free(first);
    parsed_free(second);
}

/* Spelled flat, both must come to the same; to be sure that grouping shows, see grouping_shows below. */
Test(parser, precedence)
{
    expect_expression("a + b * c", "      +\n        name a\n        *\n          name b\n          name c\n");
    expect_expression("a & b == c", "      ==\n        &\n          name a\n          name b\n        name c\n");
    expect_expression("a << 1 + 2", "      <<\n        name a\n        +\n          integer 1\n          integer 2\n");
    expect_expression("-a!.b", "      -\n        member b\n          unwrap\n            name a\n");
    expect_expression("a - b - c", "      -\n        -\n          name a\n          name b\n        name c\n");
    expect_expression("a ?? b ?? c", "      ??\n        name a\n        ??\n          name b\n          name c\n");
    expect_expression("a ? b : c ? d : e",
                      "      ?:\n        name a\n        name b\n        ?:\n          name c\n          name d\n"
                      "          name e\n");
    expect_expression("a || b && c", "      ||\n        name a\n        &&\n          name b\n          name c\n");
    expect_expression("a ?? b || c", "      ??\n        name a\n        ||\n          name b\n          name c\n");
    expect_expression("a | b ^ c & d", "      |\n        name a\n        ^\n          name b\n          &\n"
                                       "            name c\n            name d\n");
}

Test(parser, parentheses_of_precedence_change_nothing)
{
    expect_same("a | b == c", "(a | b) == c");
    expect_same("!a == b", "(!a) == b");
    expect_same("a < b && c >= d || e", "((a < b) && (c >= d)) || e");
    expect_same("await f(x) + 1", "(await f(x)) + 1");
    expect_same("-a * ~b % !c", "(((-a) * (~b)) % (!c))");
    expect_same("a ? b ?? c : d || e", "a ? (b ?? c) : (d || e)");
    expect_same("start f(x)", "(start f(x))");
}

Test(parser, await_takes_a_postfix_expression)
{
    expect_expression("await f(x) within d",
                      "      await\n        call\n          name f\n          name x\n        within\n"
                      "          name d\n");
    expect_expression("await @saved a.b", "      await @saved\n        member b\n          name a\n");
    expect_expression(
        "await t within d * 2",
        "      *\n        await\n          name t\n          within\n            name d\n        integer 2\n");
}

Test(parser, words_are_names_where_they_begin_nothing)
{
    static const char *const words[] = { "module",    "import",  "enum",    "struct",     "union",  "error",  "event",
                                         "interface", "service", "use",     "config",     "state",  "query",  "shared",
                                         "private",   "on",      "publish", "compensate", "cancel", "select", "after",
                                         "detached",  "secret",  "migrate", "test",       "mock",   "assert" };
    for (size_t index = 0; index < sizeof words / sizeof words[0]; index++) {
        char content[256];
        snprintf(content, sizeof content, "int f(int %s) { int a = %s + a.%s; return f(%s: a); }", words[index],
                 words[index], words[index], words[index]);
        struct parsed *parsed = parsed_new(content);
        cr_expect_eq(parsed->diagnostics.count, 0, "%s gave:\n%s", content, parsed->messages);
        parsed_free(parsed);
    }
}

Test(parser, every_word_is_a_member)
{
    static const char *const words[] = { "const",    "async",  "await",   "start",   "extern",  "throws",   "throw",
                                         "try",      "catch",  "finally", "case",    "default", "if",       "else",
                                         "for",      "while",  "do",      "switch",  "break",   "continue", "return",
                                         "var",      "true",   "false",   "null",    "within",  "void",     "bool",
                                         "int",      "int8",   "int16",   "int32",   "int64",   "uint8",    "uint16",
                                         "uint32",   "uint64", "double",  "decimal", "string",  "bytes",    "time",
                                         "duration", "uuid",   "map",     "task",    "promise" };
    for (size_t index = 0; index < sizeof words / sizeof words[0]; index++) {
        char content[256];
        snprintf(content, sizeof content,
                 "struct S { int %s; }\nenum E { %s }\nint f(S s) { s.%s = f(s).%s; return s?.%s + S{.%s = 1}.%s; }",
                 words[index], words[index], words[index], words[index], words[index], words[index], words[index]);
        struct parsed *parsed = parsed_new(content);
        cr_expect_eq(parsed->diagnostics.count, 0, "%s gave:\n%s", content, parsed->messages);
        parsed_free(parsed);
    }
}

/* The text of a span. */
static void
expect_span(struct parsed *parsed, struct span span, const char *expected)
{
    struct text text = sources_text(&parsed->sources, span);
    cr_expect(text_equal_string(text, expected), "the span is <%.*s> instead of <%s>", TEXT_ARGUMENTS(text), expected);
}

Test(parser, spans_cover_what_was_written)
{
    struct parsed *parsed = parsed_new("/// Adds.\n@was(\"plus\") async int add(int a, int[]? b = []) throws Oops {\n"
                                       "    x.y[0] = f(a, named: -b)!;\n    return (a);\n}\n");
    cr_assert_eq(parsed->diagnostics.count, 0, "%s", parsed->messages);
    const struct ast_declaration *function = parsed->file->declarations.items[0];
    cr_expect(text_equal_string(function->documentation, "Adds."));
    cr_expect_eq(function->span.begin, 1 + strlen("/// Adds.\n"));
    expect_span(parsed, function->name.span, "add");
    expect_span(parsed, function->annotations.items[0].span, "@was(\"plus\")");
    expect_span(parsed, function->as.function.throws_span, "throws Oops");
    expect_span(parsed, function->as.function.parameters.items[1].span, "int[]? b = []");
    expect_span(parsed, function->as.function.parameters.items[1].type->span, "int[]?");
    const struct ast_statement_list *body = &function->as.function.body->as.block.statements;
    expect_span(parsed, body->items[0]->span, "x.y[0] = f(a, named: -b)!;");
    expect_span(parsed, body->items[0]->as.assign.target->span, "x.y[0]");
    expect_span(parsed, body->items[0]->as.assign.operator_span, "=");
    const struct ast_expression *unwrap = body->items[0]->as.assign.value;
    expect_span(parsed, unwrap->span, "f(a, named: -b)!");
    expect_span(parsed, unwrap->as.operand->as.call.arguments.items[1].span, "named: -b");
    expect_span(parsed, body->items[1]->span, "return (a);");
    expect_span(parsed, body->items[1]->as.value->span, "(a)");
    expect_span(parsed, function->as.function.body->as.block.end, "}");
    parsed_free(parsed);
}

static void
expect_codes(const char *content, const char *codes)
{
    struct parsed *parsed = parsed_new(content);
    cr_expect_str_eq(parsed_codes(parsed), codes, "%s\ngave:\n%s", content, parsed->messages);
    parsed_free(parsed);
}

Test(parser, goes_on_after_errors)
{
    expect_codes("int f() { a = ; b = ; c = 1; }", "E0010 E0010");
    expect_codes("int f() { if (a b) { c = ; } d = ; }", "E0010 E0010 E0010");
    expect_codes("int f() { g(1 2; h(3 4; }", "E0010 E0010");
    expect_codes("int f() { while (a < 1 { b = ; } c = ; }", "E0010 E0010 E0010");
    expect_codes("int f() { for (i = 0; i < ; i++) { a = ; } b = ; }", "E0010 E0010 E0010");
    expect_codes("int f() { switch (a) { case 1 2: b = ; case = : c = ; } d = ; }", "E0010 E0010 E0010 E0010 E0010");
    expect_codes("int f(int a b, c) { d = ; }\nint g( { e = ; }", "E0010 E0010 E0010 E0010");
    expect_codes("struct S { int; int a; 3; }\nenum E { a, 1, b }\nint f() { d = ; }", "E0010 E0010 E0010 E0010");
    expect_codes("service S { use; config int = 3; async void f() { a = ; } }\nint g() { b = ; }",
                 "E0010 E0010 E0010 E0010");
    expect_codes("}\nint f() { a = ; }\n)\nint g() { b = ; }", "E0010 E0010 E0010 E0010");
    expect_codes("int f() { x = Point{.x 1}; y = ; }", "E0010 E0010");
    expect_codes("int f() { try { a = ; } catch (E) { b = ; } finally { c = ; } }", "E0010 E0010 E0010 E0010");
    expect_codes("int f() { select { case after: a = ; case 3: b = ; } }", "E0010 E0010 E0010 E0010");
}

Test(parser, what_stands_behind_an_error_is_kept)
{
    struct parsed *parsed = parsed_new("int f() { a = ; b = 1; }\nstruct S { int; int c; }\nint g() { return 1; }");
    cr_expect(parsed->file->is_damaged);
    cr_assert_eq(parsed->file->declarations.count, 3, "%s", parsed->tree);
    cr_expect(strstr(parsed->tree, "name b") != NULL, "%s", parsed->tree);
    cr_expect(strstr(parsed->tree, "member int c") != NULL, "%s", parsed->tree);
    parsed_free(parsed);
}

Test(parser, a_forgotten_semicolon_loses_nothing)
{
    struct parsed *parsed = parsed_new("import \"a.dsy\"\nstruct S { int a\n int b }\n"
                                       "int f() {\n    int a = 1\n    a = 2\n    return a }\n");
    cr_expect_str_eq(parsed_codes(parsed), "E0011 E0011 E0011 E0011 E0011 E0011", "%s", parsed->messages);
    cr_expect_not(parsed->file->is_damaged);
    struct parsed *right = parsed_new("import \"a.dsy\";\nstruct S { int a;\n int b; }\n"
                                      "int f() {\n    int a = 1;\n    a = 2;\n    return a; }\n");
    cr_expect_str_eq(parsed->tree, right->tree);
    parsed_free(parsed);
    parsed_free(right);
}

Test(parser, habits_have_words_of_their_own)
{
    expect_codes("int f() { if (a = b) return 1; }", "E0012");
    expect_codes("int f() { a = b += 1; }", "E0012");
    expect_codes("int f() { return g(a++); }", "E0013");
    expect_codes("int f() { ++a; }", "E0013");
    expect_codes("int f() { return a < b < c; }", "E0014");
    expect_codes("int f() { return a == b != c; }", "E0014");
    expect_codes("int f() { a + b; }", "E0015");
    expect_codes("int f() { a; }", "E0015");
    expect_codes("int f() { for (a; ; b) {} }", "E0015 E0015");
    expect_codes("int f() { int a, b; }", "E0016");
    expect_codes("int f() { int a = 1, b = 2; }", "E0016");
    expect_codes("int a() {}\nmodule b;", "E0017");
    expect_codes("module a;\nmodule b;", "E0017");
    expect_codes("int a() {}\nimport \"b\";", "E0018");
    expect_codes("int f() { try { } }", "E0019");
    expect_codes("async async int f() { }", "E0020");
    expect_codes("int switch() { }", "E0021");
}

Test(parser, the_end_of_the_file_names_the_open_brace)
{
    struct parsed *parsed = parsed_new("int f() {\n    if (a) {\n        b = 1;\n");
    cr_expect_str_eq(parsed_codes(parsed), "E0010");
    cr_expect(strstr(parsed->messages, "t.dsy:2:12: note: this '{' is not closed") != NULL, "%s", parsed->messages);
    parsed_free(parsed);
}

/* ---- limits: at the bound and one past it ---- */

static void
expect_nesting(const char *begin, const char *open, const char *middle, const char *close, const char *end, int count,
               const char *codes)
{
    struct arena arena;
    arena_initialise(&arena, NULL);
    struct text_builder content;
    text_builder_initialise(&content, &arena);
    text_builder_add_string(&content, begin);
    for (int index = 0; index < count; index++)
        text_builder_add_string(&content, open);
    text_builder_add_string(&content, middle);
    for (int index = 0; index < count; index++)
        text_builder_add_string(&content, close);
    text_builder_add_string(&content, end);
    struct parsed *parsed = parsed_new(text_builder_text(&content).data);
    cr_expect_str_eq(parsed_codes(parsed), codes, "%d levels of '%s' gave:\n%s", count, open, parsed->messages);
    parsed_free(parsed);
    arena_free(&arena);
}

static void
expect_limit(const char *begin, const char *open, const char *middle, const char *close, const char *end, int most)
{
    expect_nesting(begin, open, middle, close, end, most, "");
    expect_nesting(begin, open, middle, close, end, most + 1, "E0901");
    expect_nesting(begin, open, middle, close, end, 100000, "E0901");
}

Test(parser, nesting_has_a_limit)
{
    int most = AST_DEPTH_MAX - 1; /* levels above a leaf */
    expect_limit("void f() { v = ", "(", "a", ")", "; }", most);
    expect_limit("void f() { v = ", "[", "1", "]", "; }", most);
    expect_limit("void f() { v = ", "[1: ", "1", "]", "; }", most);
    expect_limit("void f() { v = ", "f(", "a", ")", "; }", most);
    expect_limit("void f() { v = ", "P{.x = ", "a", "}", "; }", most);
    expect_limit("void f() { v = ", "- ", "a", "", "; }", most);
    expect_limit("void f() { v = a", " + a", "", "", "; }", most);
    expect_limit("void f() { v = a", "[0]", "", "", "; }", most);
    expect_limit("void f() { v = a", ".a", "", "", "; }", most);
    expect_limit("void f() { v = a", "?.a", "", "", "; }", most);
    expect_limit("void f() { v = ", "a ?? ", "a", "", "; }", most);
    expect_limit("void f() { v = ", "a ? b : ", "a", "", "; }", most);
    expect_limit("void f() { v = ", "int(", "a", ")", "; }", most);
    expect_limit("void f() { int", "[]", " a; }", "", "", most);
    expect_limit("void f() { ", "task<", "int", ">", " a; }", most);
    expect_limit("void f() ", "{", "", "}", "", AST_DEPTH_MAX);
    expect_limit("void f() { ", "if (a) ", ";", "", " }", AST_DEPTH_MAX - 2);
    expect_limit("void f() { ", "if (a) ; else ", ";", "", " }", AST_DEPTH_MAX - 2);
    expect_limit("void f() { ", "for (;;) ", ";", "", " }", AST_DEPTH_MAX - 2);
    expect_limit("void f() { ", "while (a) ", ";", "", " }", AST_DEPTH_MAX - 2);
    expect_limit("void f() { ", "do ", ";", " while (a);", " }", AST_DEPTH_MAX - 2);
    expect_limit("void f() { ", "switch (a) { case 1: ", ";", "}", " }", AST_DEPTH_MAX - 2);
}

/* ---- bad input ---- */

static char *
read_file(const char *path, size_t *size_bytes)
{
    FILE *stream = fopen(path, "rb");
    cr_assert(stream != NULL, "%s can't be read; tests run in the source folder", path);
    fseek(stream, 0, SEEK_END);
    *size_bytes = (size_t)ftell(stream);
    rewind(stream);
    char *content = malloc(*size_bytes + 1);
    cr_assert(content != NULL && fread(content, 1, *size_bytes, stream) == *size_bytes);
    fclose(stream);
    return content;
}

Test(parser, the_tree_of_everything)
{
    size_t size_bytes = 0;
    char *content = read_file("tests/golden/syntax/everything.dsy", &size_bytes);
    struct parsed *parsed = parsed_bytes(content, size_bytes);
    cr_assert_eq(parsed->diagnostics.count, 0, "%s", parsed->messages);
    size_t tree_size_bytes = 0;
    char *tree = read_file("tests/golden/syntax/everything.ast", &tree_size_bytes);
    cr_expect(strlen(parsed->tree) == tree_size_bytes && memcmp(parsed->tree, tree, tree_size_bytes) == 0,
              "`dsyc --emit=ast tests/golden/syntax/everything.dsy` differs from everything.ast");
    parsed_free(parsed);
    free(tree);
    free(content);
}

Test(parser, every_prefix_of_everything_is_parsed, .timeout = 120)
{
    size_t size_bytes = 0;
    char *content = read_file("tests/golden/syntax/everything.dsy", &size_bytes);
    size_t without_errors = 0;
    for (size_t length = 0; length <= size_bytes; length++) {
        /* A copy of exactly this length, so that a sanitizer sees a read behind it. */
        char *prefix = malloc(length == 0 ? 1 : length);
        cr_assert(prefix != NULL);
        memcpy(prefix, content, length);
        struct parsed *parsed = parsed_bytes(prefix, length);
        without_errors += parsed->diagnostics.count == 0;
        cr_assert_lt(parsed->diagnostics.count, 4, "the first %zu octets gave a cascade:\n%s", length,
                     parsed->messages);
        parsed_free(parsed);
        free(prefix);
    }
    cr_expect_gt(without_errors, 1, "a prefix between declarations has no error");
    free(content);
}

static uint32_t
next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

Test(parser, mutated_sources_end_with_errors_not_crashes, .timeout = 120)
{
    size_t size_bytes = 0;
    char *content = read_file("tests/golden/syntax/everything.dsy", &size_bytes);
    char *mutated = malloc(size_bytes);
    cr_assert(mutated != NULL);
    uint32_t state = 2024;
    for (int round = 0; round < 1000; round++) {
        memcpy(mutated, content, size_bytes);
        int change_count = 1 + (int)(next_random(&state) % 8);
        for (int change = 0; change < change_count; change++) {
            size_t to = next_random(&state) % size_bytes;
            size_t from = next_random(&state) % size_bytes;
            size_t length = 1 + next_random(&state) % 12;
            if (to + length > size_bytes || from + length > size_bytes)
                continue;
            if (next_random(&state) % 4 == 0)
                mutated[to] = (char)next_random(&state);
            else
                memcpy(mutated + to, content + from, length);
        }
        struct parsed *parsed = parsed_bytes(mutated, size_bytes);
        cr_assert(parsed->file != NULL);
        parsed_free(parsed);
    }
    free(mutated);
    free(content);
}
