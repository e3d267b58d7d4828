/* Rendering of diagnostics: see diagnostic_print.h.
 *
 *     orders.dsy:12:9: error: 'charge' is awaited outside an async function [E0203]
 *         await charge(order);
 *         ^~~~~~~~~~~~~~~~~~~
 *     orders.dsy:10:1: note: 'total' is declared here
 *     decimal total(Order order) {
 *             ^~~~~
 *     help: write 'async' before its result type
 *
 * A span that goes on over the line's end is underlined to its end. Tabs of the source line are
 * repeated below it, so that the caret stands right whatever their width. */
#include "compiler/base/diagnostic_print.h"

#define COLOUR_NONE "\x1b[0m"
#define COLOUR_BOLD "\x1b[1m"
#define COLOUR_ERROR "\x1b[1;31m"
#define COLOUR_WARNING "\x1b[1;35m"
#define COLOUR_NOTE "\x1b[1;36m"
#define COLOUR_CARET "\x1b[1;32m"

/* Longer lines (generated sources) are shown without their text. */
#define LINE_BYTES_MAX 400

struct printer {
    struct text_builder *builder;
    struct sources *sources;
    bool colours;
};

static void
colour(struct printer *printer, const char *escape)
{
    if (printer->colours)
        text_builder_add_string(printer->builder, escape);
}

/* The length of the character at data: a byte that belongs to none counts as one. */
static size_t
character_length(const char *data, const char *end)
{
    size_t length = utf8_length(data, end);
    return length == 0 ? 1 : length;
}

/* A source line may hold any bytes: what would act on a terminal, or is no UTF-8, is shown as '?'. */
static void
print_line(struct text_builder *builder, struct text line)
{
    const char *end = line.data + line.size_bytes;
    for (const char *cursor = line.data; cursor < end;) {
        size_t length = utf8_length(cursor, end);
        unsigned char byte = (unsigned char)*cursor;
        bool acts = (byte < 0x20 && byte != '\t') || byte == 0x7F;
        if (length == 0 || acts)
            text_builder_add_character(builder, '?');
        else
            text_builder_add(builder, (struct text){ cursor, length });
        cursor += length == 0 ? 1 : length;
    }
    text_builder_add_character(builder, '\n');
}

static void
print_underline(struct printer *printer, struct text line, size_t begin, size_t end)
{
    struct text_builder *builder = printer->builder;
    const char *line_end = line.data + line.size_bytes;
    const char *span_begin = line.data + (begin < line.size_bytes ? begin : line.size_bytes);
    const char *span_end = line.data + (end < line.size_bytes ? end : line.size_bytes);
    for (const char *cursor = line.data; cursor < span_begin; cursor += character_length(cursor, line_end))
        text_builder_add_character(builder, *cursor == '\t' ? '\t' : ' ');
    colour(printer, COLOUR_CARET);
    text_builder_add_character(builder, '^');
    const char *cursor = span_begin;
    if (cursor < span_end)
        cursor += character_length(cursor, line_end);
    for (; cursor < span_end; cursor += character_length(cursor, line_end))
        text_builder_add_character(builder, '~');
    colour(printer, COLOUR_NONE);
    text_builder_add_character(builder, '\n');
}

static void
print_source(struct printer *printer, struct source_position position, struct span span)
{
    struct text line = source_line(printer->sources, position.file, position.line);
    if (line.size_bytes > LINE_BYTES_MAX)
        return;
    print_line(printer->builder, line);
    size_t line_begin = (size_t)(line.data - position.file->content) + position.file->base;
    if (line.size_bytes == 0)
        line_begin = span.begin;
    size_t begin = span.begin > line_begin ? span.begin - line_begin : 0;
    size_t end = span.end > line_begin ? span.end - line_begin : 0;
    print_underline(printer, line, begin, end);
}

/* One line `place: word: text [code]` and what belongs below it. */
static void
print_message(struct printer *printer, struct span span, const char *word, const char *word_colour, struct text text,
              const char *code)
{
    struct text_builder *builder = printer->builder;
    struct source_position position = sources_position(printer->sources, span.begin);
    if (position.file != NULL) {
        colour(printer, COLOUR_BOLD);
        text_builder_add(builder, position.file->path);
        text_builder_format(builder, ":%u:%u: ", (unsigned)position.line, (unsigned)position.column);
        colour(printer, COLOUR_NONE);
    }
    colour(printer, word_colour);
    text_builder_add_string(builder, word);
    text_builder_add_string(builder, ": ");
    colour(printer, COLOUR_NONE);
    if (code != NULL)
        colour(printer, COLOUR_BOLD);
    text_builder_add(builder, text);
    if (code != NULL) {
        text_builder_format(builder, " [%s]", code);
        colour(printer, COLOUR_NONE);
    }
    text_builder_add_character(builder, '\n');
    if (position.file != NULL)
        print_source(printer, position, span);
}

static void
print_count(struct text_builder *builder, size_t count, const char *noun)
{
    text_builder_format(builder, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

void
diagnostics_print(struct text_builder *builder, struct diagnostics *diagnostics, bool colours)
{
    struct printer printer = { builder, diagnostics->sources, colours };
    for (size_t index = 0; index < diagnostics->count; index++) {
        const struct diagnostic *diagnostic = diagnostics->items[index];
        bool is_error = diagnostic->severity == SEVERITY_ERROR;
        print_message(&printer, diagnostic->span, is_error ? "error" : "warning",
                      is_error ? COLOUR_ERROR : COLOUR_WARNING, diagnostic->text,
                      diagnostic_descriptions[diagnostic->code].code);
        for (const struct remark *remark = diagnostic->remarks; remark != NULL; remark = remark->next)
            print_message(&printer, remark->span, remark->kind == REMARK_NOTE ? "note" : "help", COLOUR_NOTE,
                          remark->text, NULL);
    }
    size_t total = diagnostics->error_count + diagnostics->warning_count;
    if (total == 0)
        return;
    if (diagnostics->error_count != 0)
        print_count(builder, diagnostics->error_count, "error");
    if (diagnostics->error_count != 0 && diagnostics->warning_count != 0)
        text_builder_add_string(builder, " and ");
    if (diagnostics->warning_count != 0)
        print_count(builder, diagnostics->warning_count, "warning");
    text_builder_add_string(builder, ".");
    if (total > diagnostics->count)
        text_builder_format(builder, " The first %zu are shown.", diagnostics->count);
    text_builder_add_character(builder, '\n');
}

/* ---- JSON ---- */

static void
print_json_place(struct printer *printer, const char *name, uint32_t offset)
{
    struct source_position position = sources_position(printer->sources, offset);
    uint32_t local = position.file == NULL ? 0 : offset - position.file->base;
    text_builder_format(printer->builder, ",\"%s\":{\"offset\":%u,\"line\":%u,\"column\":%u}", name, (unsigned)local,
                        (unsigned)position.line, (unsigned)position.column);
}

static void
print_json_span(struct printer *printer, struct span span)
{
    const struct source_file *file = sources_find(printer->sources, span.begin);
    text_builder_add_string(printer->builder, "\"file\":");
    if (file == NULL) {
        text_builder_add_string(printer->builder, "null");
        return;
    }
    text_builder_add_json(printer->builder, file->path);
    print_json_place(printer, "begin", span.begin);
    print_json_place(printer, "end", span.end);
}

static void
print_json_remarks(struct printer *printer, const struct diagnostic *diagnostic)
{
    struct text_builder *builder = printer->builder;
    text_builder_add_string(builder, ",\"remarks\":[");
    for (const struct remark *remark = diagnostic->remarks; remark != NULL; remark = remark->next) {
        text_builder_format(builder, "{\"kind\":\"%s\",\"message\":", remark->kind == REMARK_NOTE ? "note" : "help");
        text_builder_add_json(builder, remark->text);
        text_builder_add_character(builder, ',');
        print_json_span(printer, remark->span);
        text_builder_add_string(builder, remark->next == NULL ? "}" : "},");
    }
    text_builder_add_string(builder, "],\"fixes\":[");
    for (const struct fix *fix = diagnostic->fixes; fix != NULL; fix = fix->next) {
        text_builder_add_string(builder, "{\"replacement\":");
        text_builder_add_json(builder, fix->replacement);
        text_builder_add_character(builder, ',');
        print_json_span(printer, fix->span);
        text_builder_add_string(builder, fix->next == NULL ? "}" : "},");
    }
    text_builder_add_string(builder, "]");
}

void
diagnostics_print_json(struct text_builder *builder, struct diagnostics *diagnostics)
{
    struct printer printer = { builder, diagnostics->sources, false };
    text_builder_add_string(builder, "[");
    for (size_t index = 0; index < diagnostics->count; index++) {
        const struct diagnostic *diagnostic = diagnostics->items[index];
        const struct diagnostic_description *description = &diagnostic_descriptions[diagnostic->code];
        text_builder_format(builder, "%s\n{\"code\":\"%s\",\"severity\":\"%s\",\"message\":", index == 0 ? "" : ",",
                            description->code, diagnostic->severity == SEVERITY_ERROR ? "error" : "warning");
        text_builder_add_json(builder, diagnostic->text);
        text_builder_add_string(builder, ",\"explanation\":");
        text_builder_add_json(builder, text_from_string(description->explanation));
        text_builder_add_character(builder, ',');
        print_json_span(&printer, diagnostic->span);
        print_json_remarks(&printer, diagnostic);
        text_builder_add_string(builder, "}");
    }
    text_builder_add_string(builder, "]\n");
}
