/* Sources: the files of a compilation in one space of offsets.
 *
 * Every file takes a range of offsets of its own, so that a place is four bytes and a span
 * eight, whatever file it lies in. Offset 0 lies in no file: the span {0, 0} means "nowhere".
 * The text of a file stays in memory as long as the compilation. Relies on base/arena.h. */
#ifndef DSY_COMPILER_BASE_SOURCE_H
#define DSY_COMPILER_BASE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/base/arena.h"
#include "compiler/base/text.h"
#include "compiler/base/vector.h"

/* All files together: offsets are 32 bits wide. */
#define SOURCE_BYTES_MAX ((size_t)1 << 31)

struct span {
    uint32_t begin; /* offset of its first byte */
    uint32_t end;   /* offset behind its last byte */
};

static inline struct span
span_join(struct span first, struct span last)
{
    return (struct span){ first.begin, last.end };
}

struct source_file {
    struct text path;    /* as shown in diagnostics */
    const char *content; /* a NUL stands behind it */
    size_t size_bytes;
    uint32_t base;         /* offset of its first byte */
    uint32_t *line_begins; /* offsets within the file; made when a position is first asked for */
    size_t line_count;
    uint32_t asked_line, asked_offset, asked_column; /* of the position that was asked for last; line 0: none */
};

struct source_file_list VECTOR(struct source_file *);

struct sources {
    struct arena *arena;
    struct source_file_list list; /* by ascending base */
    uint32_t next_base;
    int descriptor; /* of the file that is being read … */
    bool is_reading;
};

struct source_position {
    const struct source_file *file; /* NULL for offset 0 */
    uint32_t line;                  /* from 1 */
    uint32_t column;                /* from 1, in code points, as editors count */
};

void sources_initialise(struct sources *sources, struct arena *arena);

/* Take in a file that is in memory. path is copied; content is copied with a NUL behind it.
 * Returns NULL when all files together would pass SOURCE_BYTES_MAX. */
struct source_file *sources_add(struct sources *sources, struct text path, const char *content, size_t size_bytes);

/* Read a file and take it in. Returns NULL and sets *error_number (errno; EFBIG when all files
 * together would pass SOURCE_BYTES_MAX) when it can't be read. */
struct source_file *sources_read(struct sources *sources, struct text path, int *error_number);

/* Close the file that was being read when memory ran out; else nothing happens. */
void sources_close(struct sources *sources);

/* The file an offset lies in; NULL for 0. */
struct source_file *sources_find(const struct sources *sources, uint32_t offset);

struct source_position sources_position(struct sources *sources, uint32_t offset);

/* A line without its line end; line from 1. */
struct text source_line(struct sources *sources, const struct source_file *file, uint32_t line);

/* The bytes of a span. */
struct text sources_text(const struct sources *sources, struct span span);

#endif
