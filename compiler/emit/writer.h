/* Writer: the text of one generated C file while it grows: indentation, templates with named holes, #line.
 * Relies on base/text.h and base/source.h; one growing buffer for each file, in the arena of the compilation.
 *
 * A template looks like what it prints:
 *
 *     write_template(writer,
 *                    "static void\n"
 *                    "$type$_share(const void *value)\n"
 *                    "{\n",
 *                    HOLE("type", type->c_name));
 *
 * Each of its lines is put behind the writer's indentation. */
#ifndef DSY_COMPILER_EMIT_WRITER_H
#define DSY_COMPILER_EMIT_WRITER_H

#include <stdbool.h>

#include "compiler/base/source.h"
#include "compiler/base/text.h"

struct writer {
    struct text_builder builder;
    struct sources *sources;
    struct text file_name;   /* of the generated file, for the way back from #line */
    int indentation;         /* steps of four spaces */
    bool is_in_line;         /* something stands on the current line */
    size_t line_begin;       /* offset of the current line in the builder */
    uint32_t line;           /* of the generated file, from 1 */
    struct text source_path; /* what the compiler takes the current line for; "" = the generated file itself */
    uint32_t source_line;
};

/* What stands in the place of `$name$` in a template. */
struct hole {
    const char *name;
    struct text text;
};
#define HOLE(NAME, TEXT_VALUE) ((struct hole){ (NAME), (TEXT_VALUE) })

/* capacity_bytes  how long the text may become, as a guess: memory that is not written to costs nothing */
void writer_initialise(struct writer *writer, struct arena *arena, struct sources *sources, struct text file_name,
                       size_t capacity_bytes);

/* Text as it is; a line feed in it ends the line. */
void write_text(struct writer *writer, struct text text);
void write_string(struct writer *writer, const char *string);

/* printf; for short pieces. */
void write_format(struct writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A template with at least one hole. A hole that was not given is a bug of the emitter and is asserted. */
#define write_template(WRITER, TEMPLATE, ...) \
    write_template_holes((WRITER), (TEMPLATE), (const struct hole[]){ __VA_ARGS__, { NULL, { NULL, 0 } } })
void write_template_holes(struct writer *writer, const char *template, const struct hole *holes);

/* A blank line, unless the text begins here or one stands here already. */
void write_blank_line(struct writer *writer);

/* Bytes as a C string literal with its quotes; no trigraphs, no hexadecimal escape that runs on. */
void write_c_string(struct writer *writer, struct text text);

/* Text within a comment: on one line, at most size_bytes_max octets, never ending the comment. */
void write_comment_text(struct writer *writer, struct text text, size_t size_bytes_max);

/* A documentation text as a C comment above what follows; nothing if it is empty. */
void write_documentation(struct writer *writer, struct text documentation);

void write_indent(struct writer *writer);
void write_outdent(struct writer *writer);

/* The next line belongs to the line of the .dsy source where the span begins. At the begin of a line; prints a
 * #line, far right, only where the compiler wouldn't count to that line by itself. */
void write_line_of(struct writer *writer, struct span span);

/* The next line belongs to the generated file again. */
void write_line_home(struct writer *writer);

#endif
