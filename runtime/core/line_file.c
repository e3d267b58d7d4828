/* Line file: finding its end, appending, deleting rows. On the shard's store thread, which owns it. */
#include "runtime/core/line_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runtime/core/core_limits.h"

enum { NUMBER_BYTES_MAX = 24, TAIL_BYTES = 256 * 1024 };

static void
say_trouble(struct line_file *file, const char *what, int cause)
{
    file->is_behind = true;
    if (file->said_trouble)
        return;
    file->said_trouble = true;
    dsy_log_write(file->log, DSY_LOG_ERROR, "%s: cannot %s: %s; lines of the log stay in the store until it works",
                  file->path, what, strerror(cause));
}

/* ---- the end of the file ---- */

/* "17 2026-…\n": its number; 0: it is no line. */
static int64_t
line_number(const char *line, size_t size_bytes)
{
    int64_t number = 0;
    size_t index = 0;
    if (memchr(line, '\0', size_bytes) != NULL)
        return 0;
    for (; index < size_bytes && line[index] >= '0' && line[index] <= '9'; index++)
        if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, line[index] - '0', &number))
            return 0;
    return index > 0 && index < size_bytes && line[index] == ' ' ? number : 0;
}

/* The last line in a piece of the file, of which nothing but its number is known to be right.
 * *end  in: of the piece, in octets; out: behind the line; or where the search is to go on, before the piece's start
 * Returns its number; 0: there is none. */
static int64_t
find_in_piece(const char *piece, bool is_first, size_t *end)
{
    for (;;) {
        const char *line_feed = memrchr(piece, '\n', *end);
        if (line_feed == NULL)
            return 0;
        const char *before = memrchr(piece, '\n', (size_t)(line_feed - piece));
        *end = (size_t)(line_feed - piece) + 1;
        if (before == NULL && !is_first)
            return 0; /* it begins before this piece */
        const char *start = before != NULL ? before + 1 : piece;
        int64_t number = line_number(start, (size_t)(line_feed - start));
        if (number > 0)
            return number;
        *end = (size_t)(start - piece);
    }
}

/* The last whole line. Returns its number, and where it ends in *end; 0: there is none, and *end is 0; -1: the file
 * cannot be read. */
static int64_t
find_last_line(int file, char *piece, int64_t *end)
{
    while (*end > 0) {
        int64_t from = *end > TAIL_BYTES ? *end - TAIL_BYTES : 0;
        size_t size_bytes = (size_t)(*end - from), stop = size_bytes;
        if (pread(file, piece, size_bytes, from) != (ssize_t)size_bytes)
            return -1;
        int64_t number = find_in_piece(piece, from == 0, &stop);
        /* What does not end in this piece is longer than any line. */
        *end = from + (int64_t)(stop < size_bytes || number > 0 ? stop : 0);
        if (number > 0)
            return number;
    }
    return 0;
}

static void
close_file(struct line_file *file)
{
    if (file->file >= 0)
        close(file->file);
    file->file = -1;
}

/* Returns false when it cannot be done now. A file that is gone or empty says nothing of what was written before. */
static bool
open_file(struct line_file *file)
{
    file->file = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct stat facts;
    char *piece = malloc(TAIL_BYTES);
    if (file->file < 0 || piece == NULL || fstat(file->file, &facts) != 0) {
        say_trouble(file, "open it", piece == NULL ? ENOMEM : errno);
        free(piece);
        close_file(file);
        return false;
    }
    int64_t end = facts.st_size;
    int64_t number = find_last_line(file->file, piece, &end);
    free(piece);
    if (number < 0 || (end < facts.st_size && ftruncate(file->file, end) != 0)) {
        say_trouble(file, "repair its end", errno);
        close_file(file);
        return false;
    }
    file->size_bytes = end;
    if (number > file->written)
        file->written = number;
    return true;
}

/* Whether the file is still the one at its path; someone may have renamed it, to begin a new one. */
static bool
is_there(const struct line_file *file)
{
    struct stat ours, theirs;
    return fstat(file->file, &ours) == 0 && stat(file->path, &theirs) == 0 && ours.st_ino == theirs.st_ino &&
           ours.st_dev == theirs.st_dev;
}

/* ---- writing ---- */

/* Append a line whole or not at all. */
static bool
append(struct line_file *file, int64_t number, struct dsy_slice line)
{
    char head[NUMBER_BYTES_MAX];
    int head_bytes = snprintf(head, sizeof head, "%" PRId64 " ", number);
    struct iovec parts[] = { { .iov_base = head, .iov_len = (size_t)head_bytes },
                             { .iov_base = (void *)line.data, .iov_len = line.size_bytes },
                             { .iov_base = "\n", .iov_len = 1 } };
    size_t wanted_bytes = (size_t)head_bytes + line.size_bytes + 1;
    errno = ENOSPC; /* what a short write means */
    if (writev(file->file, parts, 3) == (ssize_t)wanted_bytes) {
        file->size_bytes += (int64_t)wanted_bytes;
        file->written = number;
        return true;
    }
    say_trouble(file, "write to it", errno);
    if (ftruncate(file->file, file->size_bytes) != 0)
        close_file(file); /* its end is repaired when it is opened again */
    return false;
}

static void
tell(const struct line_file *file, struct dsy_slice line)
{
    if (file->also != NULL)
        file->also(file->also_context, (const char *)line.data, line.size_bytes);
}

struct catching_up {
    struct line_file *file;
    uint32_t count;
    bool failed;
};

static bool
write_row(void *context, const struct dsy_letter_row *row)
{
    struct catching_up *state = context;
    state->failed = !append(state->file, row->number, row->body);
    if (state->failed)
        return false;
    tell(state->file, row->body);
    state->count++;
    return true;
}

/* Write the rows behind what is written. */
static enum dsy_status
catch_up(struct line_file *file, struct dsy_error *error)
{
    for (;;) {
        struct catching_up state = { .file = file };
        if (file->file < 0 && !open_file(file))
            return DSY_OK;
        enum dsy_status status = file->driver->lines(file->store, file->written, PAGE_ROWS, write_row, &state, error);
        if (status != DSY_OK || state.failed)
            return status;
        if (state.count < PAGE_ROWS)
            break;
    }
    file->is_behind = false;
    if (file->said_trouble)
        dsy_log_write(file->log, DSY_LOG_INFO, "%s: it can be written again", file->path);
    file->said_trouble = false;
    return DSY_OK;
}

/* What is written and on the disk needs no row any more. */
static enum dsy_status
trim(struct line_file *file, struct dsy_error *error)
{
    if (file->written <= file->deleted || file->file < 0)
        return DSY_OK;
    file->trimmed_ns = dsy_clock_monotonic_ns(file->clock);
    if (fdatasync(file->file) != 0) {
        say_trouble(file, "sync it", errno);
        close_file(file); /* what it says of its end is not certain any more, but for the next process */
        return DSY_OK;
    }
    struct dsy_change change = { .kind = DSY_CHANGE_LINE_DELETE, .as.number = file->written };
    enum dsy_status status = file->driver->commit(file->store, &change, 1, error);
    if (status == DSY_OK)
        file->deleted = file->written;
    return status;
}

/* ---- what the store thread calls ---- */

enum dsy_status
dsy_line_file_open(struct line_file *file, const char *directory, uint32_t shard, int64_t *next,
                   struct dsy_error *error)
{
    file->file = -1;
    file->path[0] = '\0';
    *next = 1;
    if (directory[0] == '\0')
        return DSY_OK;
    int length = snprintf(file->path, sizeof file->path, "%s/shard-%03u.log", directory, (unsigned)shard);
    if (length <= 0 || (size_t)length >= sizeof file->path)
        return dsy_error_set(error, DSY_INVALID, "the store directory's name is too long");
    if (!open_file(file))
        return dsy_error_set(error, DSY_INPUT_OUTPUT, "cannot use %s: %s", file->path, strerror(errno));
    int64_t last = 0;
    enum dsy_status status = file->driver->last_line(file->store, &last, error);
    if (status == DSY_OK)
        status = catch_up(file, error);
    if (status == DSY_OK)
        status = trim(file, error);
    *next = (last > file->written ? last : file->written) + 1;
    if (status != DSY_OK)
        close_file(file);
    return status;
}

static bool
has_line(const struct dsy_change *changes, size_t change_count)
{
    for (size_t index = 0; index < change_count; index++)
        if (changes[index].kind == DSY_CHANGE_LINE_INSERT)
            return true;
    return false;
}

static void
write_lines(struct line_file *file, const struct dsy_change *changes, size_t change_count)
{
    for (size_t index = 0; index < change_count; index++) {
        const struct dsy_letter_row *line = &changes[index].as.letter;
        if (changes[index].kind != DSY_CHANGE_LINE_INSERT)
            continue;
        if (file->path[0] == '\0' || (!file->is_behind && append(file, line->number, line->body)))
            tell(file, line->body);
    }
}

void
dsy_line_file_saved(struct line_file *file, const struct dsy_change *changes, size_t change_count)
{
    if (!file->is_behind && !has_line(changes, change_count))
        return;
    bool has_file = file->path[0] != '\0';
    if (has_file && file->file >= 0 && !is_there(file))
        close_file(file);
    if (has_file && file->file < 0 && !open_file(file))
        return; /* it is behind now */
    write_lines(file, changes, change_count);
    /* Trouble of the store is met, and said, by the next commit. */
    struct dsy_error error = { 0 };
    if (!has_file || (file->is_behind && catch_up(file, &error) != DSY_OK))
        return;
    bool is_due = file->written - file->deleted > LINE_TRIM_COUNT ||
                  dsy_clock_monotonic_ns(file->clock) - file->trimmed_ns > LINE_TRIM_NS;
    if (is_due && trim(file, &error) != DSY_OK)
        return;
}

void
dsy_line_file_close(struct line_file *file)
{
    struct dsy_error error = { 0 };
    if (file->path[0] == '\0')
        return;
    /* What fails here is done at the next start. */
    if (catch_up(file, &error) == DSY_OK && trim(file, &error) != DSY_OK)
        dsy_log_write(file->log, DSY_LOG_ERROR, "%s: %s", file->path, error.text);
    close_file(file);
}
