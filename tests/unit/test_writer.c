/* Tests of compiler/emit/writer. */
#include <criterion/criterion.h>

#include "compiler/emit/writer.h"

static struct arena arena;
static struct sources sources;
static struct writer writer;

static void
set_up(void)
{
    arena_initialise(&arena, NULL); /* aborts when memory runs out */
    sources_initialise(&sources, &arena);
    writer_initialise(&writer, &arena, &sources, TEXT("orders.c"), 0);
}

static void
tear_down(void)
{
    arena_free(&arena);
}

TestSuite(writer, .init = set_up, .fini = tear_down);

static void
expect(const char *expected)
{
    struct text text = text_builder_text(&writer.builder);
    cr_expect_str_eq(text_to_string(&arena, text), expected);
}

Test(writer, holes_are_filled_by_name)
{
    write_template(&writer, "$type$ *$name$ = $type$_new();\n", HOLE("type", TEXT("Order")), HOLE("name", TEXT("x")));
    expect("Order *x = Order_new();\n");
}

Test(writer, each_line_of_a_template_is_indented)
{
    write_indent(&writer);
    write_string(&writer, "if (x)\n    y();\n\nz();\n");
    write_outdent(&writer);
    write_string(&writer, "end\n");
    expect("    if (x)\n        y();\n\n    z();\nend\n");
}

Test(writer, one_blank_line_at_most)
{
    write_blank_line(&writer);
    write_string(&writer, "a\n");
    write_blank_line(&writer);
    write_blank_line(&writer);
    write_string(&writer, "b\n");
    expect("a\n\nb\n");
}

Test(writer, c_strings_mean_their_bytes)
{
    write_c_string(&writer, (struct text){ "a\"\\\n\t\x01"
                                           "1\?\?=\0z\xff\xc3\xa4",
                                           15 });
    expect("\"a\\\"\\\\\\n\\t\\0011?\\?=\\000z\\377\xc3\xa4\"");
}

Test(writer, source_cannot_end_a_comment)
{
    write_comment_text(&writer, TEXT("a */ b /* c\n   // d"), 100);
    expect("a * / b / * c / / d");
}

Test(writer, long_comments_are_cut_between_characters)
{
    write_comment_text(&writer, TEXT("aaa\xc3\xa4"), 4);
    expect("aaa ...");
}

Test(writer, line_stands_only_where_the_line_changes)
{
    const char *content = "one\ntwo\nthree\n";
    struct source_file *file = sources_add(&sources, TEXT("a \"b\".dsy"), content, strlen(content));
    struct span one = { file->base, file->base + 3 }, two = { file->base + 4, file->base + 7 };
    write_string(&writer, "head\n");
    write_line_of(&writer, one);
    write_string(&writer, "x;\n");
    write_line_of(&writer, two);
    write_string(&writer, "y;\n");
    write_line_of(&writer, two);
    write_string(&writer, "z;\n");
    write_line_home(&writer);
    write_line_home(&writer);
    write_string(&writer, "tail\n");
    static const char gap[] =
        "                                                                                        ";
    struct text expected = text_format(&arena,
                                       "head\n"
                                       "%s#line 1 \"a \\\"b\\\".dsy\"\n"
                                       "x;\n"
                                       "y;\n"
                                       "%s#line 2 \"a \\\"b\\\".dsy\"\n"
                                       "z;\n"
                                       "%s#line 8 \"orders.c\"\n"
                                       "tail\n",
                                       gap, gap, gap);
    expect(expected.data);
}
