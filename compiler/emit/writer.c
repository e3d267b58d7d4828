/* Writer: see writer.h. All text passes through write_line_part, which counts lines and indents. */
#include "compiler/emit/writer.h"

#include <assert.h>
#include <stdio.h>

/* Where a #line stands: behind the code that people read. */
#define LINE_DIRECTIVE_COLUMN 88

void
writer_initialise(struct writer *writer, struct arena *arena, struct sources *sources, struct text file_name,
                  size_t capacity_bytes)
{
    *writer = (struct writer){ .sources = sources, .file_name = file_name, .line = 1 };
    text_builder_initialise(&writer->builder, arena);
    if (capacity_bytes > 0) {
        writer->builder.data = arena_allocate_bytes(arena, capacity_bytes);
        writer->builder.capacity_bytes = capacity_bytes;
    }
}

static void
begin_line(struct writer *writer)
{
    static const char spaces[] = "                                                                ";
    size_t count = (size_t)writer->indentation * 4;
    while (count > 0) {
        size_t part = count < sizeof spaces - 1 ? count : sizeof spaces - 1;
        text_builder_add(&writer->builder, (struct text){ spaces, part });
        count -= part;
    }
    writer->is_in_line = true;
}

static void
end_line(struct writer *writer)
{
    text_builder_add_character(&writer->builder, '\n');
    writer->is_in_line = false;
    writer->line_begin = writer->builder.size_bytes;
    writer->line++;
    writer->source_line++;
}

/* A piece of one line, without line feeds. */
static void
write_line_part(struct writer *writer, const char *data, size_t size_bytes)
{
    if (size_bytes == 0)
        return;
    if (!writer->is_in_line)
        begin_line(writer);
    text_builder_add(&writer->builder, (struct text){ data, size_bytes });
}

void
write_text(struct writer *writer, struct text text)
{
    const char *next = text.data, *end = text.data + text.size_bytes;
    while (next < end) {
        const char *line_feed = memchr(next, '\n', (size_t)(end - next));
        const char *part_end = line_feed != NULL ? line_feed : end;
        write_line_part(writer, next, (size_t)(part_end - next));
        next = part_end;
        if (line_feed != NULL) {
            end_line(writer);
            next++;
        }
    }
}

void
write_string(struct writer *writer, const char *string)
{
    write_text(writer, text_from_string(string));
}

void
write_format(struct writer *writer, const char *format, ...)
{
    char buffer[256];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    if (size >= 0 && (size_t)size < sizeof buffer) {
        write_text(writer, (struct text){ buffer, (size_t)size });
        return;
    }
    va_start(arguments, format);
    write_text(writer, text_format_list(writer->builder.arena, format, arguments));
    va_end(arguments);
}

void
write_template_holes(struct writer *writer, const char *template, const struct hole *holes)
{
    const char *next = template;
    for (;;) {
        const char *dollar = strchr(next, '$');
        if (dollar == NULL)
            break;
        write_text(writer, (struct text){ next, (size_t)(dollar - next) });
        const char *end = strchr(dollar + 1, '$');
        assert(end != NULL && "a hole begins and doesn't end");
        size_t size = (size_t)(end - dollar - 1);
        const struct hole *hole = holes;
        while (hole->name != NULL && (strncmp(hole->name, dollar + 1, size) != 0 || hole->name[size] != '\0'))
            hole++;
        assert(hole->name != NULL && "the template names a hole that was not given");
        write_text(writer, hole->text);
        next = end + 1;
    }
    write_string(writer, next);
}

void
write_blank_line(struct writer *writer)
{
    const struct text_builder *builder = &writer->builder;
    if (builder->size_bytes >= 2 &&
        !(builder->data[builder->size_bytes - 1] == '\n' && builder->data[builder->size_bytes - 2] == '\n'))
        end_line(writer);
}

void
write_c_string(struct writer *writer, struct text text)
{
    write_line_part(writer, "\"", 1);
    size_t plain = 0; /* octets before `index` that were not written yet */
    for (size_t index = 0; index < text.size_bytes; index++) {
        unsigned char byte = (unsigned char)text.data[index];
        size_t length = byte < 0x80 ? 1 : utf8_length(text.data + index, text.data + text.size_bytes);
        bool is_plain =
            byte >= 0x80 ? length > 0 : byte >= 0x20 && byte != 0x7f && byte != '"' && byte != '\\' && byte != '?';
        if (is_plain) {
            plain += length;
            index += length - 1;
            continue;
        }
        write_line_part(writer, text.data + index - plain, plain);
        plain = 0;
        switch (byte) {
        case '"': write_line_part(writer, "\\\"", 2); break;
        case '\\': write_line_part(writer, "\\\\", 2); break;
        case '\n': write_line_part(writer, "\\n", 2); break;
        case '\t': write_line_part(writer, "\\t", 2); break;
        case '\r': write_line_part(writer, "\\r", 2); break;
        case '?': /* two of them could begin a trigraph */
            write_string(writer, index > 0 && text.data[index - 1] == '?' ? "\\?" : "?");
            break;
        default: write_format(writer, "\\%03o", byte); break; /* octal: at most three digits belong to it */
        }
    }
    if (plain > 0)
        write_line_part(writer, text.data + text.size_bytes - plain, plain);
    write_line_part(writer, "\"", 1);
}

void
write_comment_text(struct writer *writer, struct text text, size_t size_bytes_max)
{
    char buffer[512];
    size_t size = 0;
    size_t limit = size_bytes_max < sizeof buffer - 8 ? size_bytes_max : sizeof buffer - 8;
    bool was_space = true;
    if (text.size_bytes == 0) /* perhaps it has no bytes at all */
        return;
    const char *next = text.data, *end = text.data + text.size_bytes;
    while (next < end) {
        size_t length = utf8_length(next, end);
        bool is_space = *next == ' ' || *next == '\n' || *next == '\t' || *next == '\r';
        if (length == 0 || (is_space && was_space)) {
            next++;
            continue;
        }
        if (size + length > limit) {
            memcpy(buffer + size, " ...", 4);
            size += 4;
            break;
        }
        if (is_space) {
            buffer[size++] = ' ';
        } else {
            bool is_comment_mark =
                size > 0 && ((*next == '/' && (buffer[size - 1] == '*' || buffer[size - 1] == '/')) ||
                             (*next == '*' && buffer[size - 1] == '/'));
            if (is_comment_mark)
                buffer[size++] = ' ';
            memcpy(buffer + size, next, length);
            size += length;
        }
        was_space = is_space;
        next += length;
    }
    while (size > 0 && (buffer[size - 1] == ' ' || buffer[size - 1] == '\\'))
        size--;
    write_line_part(writer, buffer, size);
}

void
write_documentation(struct writer *writer, struct text documentation)
{
    if (documentation.size_bytes == 0)
        return;
    const char *next = documentation.data, *end = documentation.data + documentation.size_bytes;
    bool is_first = true;
    while (next < end) {
        const char *line_feed = memchr(next, '\n', (size_t)(end - next));
        const char *line_end = line_feed != NULL ? line_feed : end;
        struct text line = { next, (size_t)(line_end - next) };
        write_string(writer, is_first ? "/* " : line.size_bytes > 0 ? " * " : " *");
        write_comment_text(writer, line, 400);
        next = line_feed != NULL ? line_feed + 1 : end;
        write_string(writer, next < end ? "\n" : " */\n");
        is_first = false;
    }
}

void
write_indent(struct writer *writer)
{
    writer->indentation++;
}

void
write_outdent(struct writer *writer)
{
    assert(writer->indentation > 0);
    writer->indentation--;
}

static void
write_line_directive(struct writer *writer, uint32_t line, struct text path)
{
    int indentation = writer->indentation;
    writer->indentation = LINE_DIRECTIVE_COLUMN / 4;
    write_format(writer, "#line %u ", line);
    write_c_string(writer, path);
    write_string(writer, "\n");
    writer->indentation = indentation;
}

void
write_line_of(struct writer *writer, struct span span)
{
    assert(!writer->is_in_line);
    if (span.begin == 0 || writer->sources == NULL)
        return;
    struct source_position position = sources_position(writer->sources, span.begin);
    if (position.file == NULL)
        return;
    if (writer->source_line == position.line && text_equal(writer->source_path, position.file->path))
        return;
    write_line_directive(writer, position.line, position.file->path);
    writer->source_path = position.file->path;
    writer->source_line = position.line;
}

void
write_line_home(struct writer *writer)
{
    assert(!writer->is_in_line);
    if (writer->source_path.size_bytes == 0)
        return;
    write_line_directive(writer, writer->line + 1, writer->file_name);
    writer->source_path = (struct text){ NULL, 0 };
}
