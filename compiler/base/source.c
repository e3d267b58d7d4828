/* Sources: see source.h. */
#include "compiler/base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void
sources_initialise(struct sources *sources, struct arena *arena)
{
    *sources = (struct sources){ .arena = arena, .next_base = 1 };
}

/* Take in a file whose content already lies in the arena with a NUL behind it. */
static struct source_file *
add_owned(struct sources *sources, struct text path, const char *content, size_t size_bytes)
{
    struct source_file *file = arena_new(sources->arena, struct source_file);
    file->path = text_copy(sources->arena, path);
    file->content = content;
    file->size_bytes = size_bytes;
    file->base = sources->next_base;
    /* One more: the end of the file is a place of its own, where "unexpected end" points. */
    sources->next_base += (uint32_t)size_bytes + 1;
    vector_add(sources->arena, &sources->list, file);
    return file;
}

static bool
fits(const struct sources *sources, size_t size_bytes)
{
    return size_bytes < SOURCE_BYTES_MAX - sources->next_base;
}

struct source_file *
sources_add(struct sources *sources, struct text path, const char *content, size_t size_bytes)
{
    if (!fits(sources, size_bytes))
        return NULL;
    struct text copy = text_copy(sources->arena, (struct text){ content, size_bytes });
    return add_owned(sources, path, copy.data, size_bytes);
}

/* Read to the end of the file, whatever its size was when it was opened (it may be a pipe). */
static char *
read_all(struct sources *sources, int descriptor, size_t size_hint_bytes, size_t *size_bytes, int *error_number)
{
    size_t capacity_bytes = size_hint_bytes + 2;
    char *content = arena_allocate_bytes(sources->arena, capacity_bytes);
    size_t count = 0;
    for (;;) {
        if (count + 1 >= capacity_bytes) {
            content = arena_grow(sources->arena, content, capacity_bytes, capacity_bytes * 2 + 4096);
            capacity_bytes = capacity_bytes * 2 + 4096;
        }
        ssize_t got = read(descriptor, content + count, capacity_bytes - count - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            *error_number = errno;
            return NULL;
        }
        if (got == 0)
            break;
        count += (size_t)got;
        if (!fits(sources, count)) {
            *error_number = EFBIG;
            return NULL;
        }
    }
    content[count] = '\0';
    *size_bytes = count;
    return content;
}

void
sources_close(struct sources *sources)
{
    if (sources->is_reading)
        close(sources->descriptor);
    sources->is_reading = false;
}

struct source_file *
sources_read(struct sources *sources, struct text path, int *error_number)
{
    int descriptor = open(text_to_string(sources->arena, path), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        *error_number = errno;
        return NULL;
    }
    sources->is_reading = true;
    sources->descriptor = descriptor;
    struct stat status;
    size_t size_hint_bytes = 0;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        if (!fits(sources, (size_t)status.st_size)) {
            sources_close(sources);
            *error_number = EFBIG;
            return NULL;
        }
        size_hint_bytes = (size_t)status.st_size;
    }
    size_t size_bytes = 0;
    char *content = read_all(sources, descriptor, size_hint_bytes, &size_bytes, error_number);
    sources_close(sources);
    return content == NULL ? NULL : add_owned(sources, path, content, size_bytes);
}

struct source_file *
sources_find(const struct sources *sources, uint32_t offset)
{
    if (offset == 0 || sources->list.count == 0)
        return NULL;
    size_t low = 0;
    size_t high = sources->list.count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (sources->list.items[middle]->base <= offset)
            low = middle;
        else
            high = middle;
    }
    return sources->list.items[low];
}

static void
find_lines(struct sources *sources, struct source_file *file)
{
    size_t count = 1;
    for (size_t index = 0; index < file->size_bytes; index++)
        count += file->content[index] == '\n';
    file->line_begins = arena_new_array(sources->arena, uint32_t, count);
    file->line_count = count;
    size_t line = 1;
    for (size_t index = 0; index < file->size_bytes; index++) {
        if (file->content[index] == '\n')
            file->line_begins[line++] = (uint32_t)index + 1;
    }
}

struct source_position
sources_position(struct sources *sources, uint32_t offset)
{
    struct source_file *file = sources_find(sources, offset);
    if (file == NULL)
        return (struct source_position){ 0 };
    if (file->line_begins == NULL)
        find_lines(sources, file);
    uint32_t local = offset - file->base;
    if (local > file->size_bytes)
        local = (uint32_t)file->size_bytes;
    size_t low = 0;
    size_t high = file->line_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (file->line_begins[middle] <= local)
            low = middle;
        else
            high = middle;
    }
    uint32_t begin = file->line_begins[low];
    if (low == 0 && file->size_bytes >= 3 && memcmp(file->content, "\xEF\xBB\xBF", 3) == 0) {
        begin = 3; /* a byte-order mark is no column */
        local = local < begin ? begin : local;
    }
    uint32_t column = 1;
    /* Positions are asked for beside each other mostly: a line of a megabyte is not counted from its begin each time.
     */
    uint32_t asked = file->asked_offset;
    bool is_near = file->asked_line == low + 1 && asked >= begin && (asked <= local || asked - local < local - begin);
    if (is_near) {
        begin = asked;
        column = file->asked_column;
    }
    for (uint32_t index = begin; index < local; index++)
        column += ((unsigned char)file->content[index] & 0xC0) != 0x80;
    for (uint32_t index = local; index < begin; index++)
        column -= ((unsigned char)file->content[index] & 0xC0) != 0x80;
    file->asked_line = (uint32_t)low + 1;
    file->asked_offset = local;
    file->asked_column = column;
    return (struct source_position){ .file = file, .line = (uint32_t)low + 1, .column = column };
}

struct text
source_line(struct sources *sources, const struct source_file *file, uint32_t line)
{
    struct source_file *writable = sources_find(sources, file->base);
    if (writable->line_begins == NULL)
        find_lines(sources, writable);
    if (line == 0 || line > writable->line_count)
        return TEXT("");
    size_t begin = writable->line_begins[line - 1];
    size_t end = line < writable->line_count ? writable->line_begins[line] - 1 : file->size_bytes;
    if (end > begin && file->content[end - 1] == '\r')
        end--;
    if (line == 1 && end - begin >= 3 && memcmp(file->content, "\xEF\xBB\xBF", 3) == 0)
        begin += 3;
    return (struct text){ file->content + begin, end - begin };
}

struct text
sources_text(const struct sources *sources, struct span span)
{
    const struct source_file *file = sources_find(sources, span.begin);
    if (file == NULL || span.end < span.begin || span.end - file->base > file->size_bytes)
        return TEXT("");
    return (struct text){ file->content + (span.begin - file->base), span.end - span.begin };
}
