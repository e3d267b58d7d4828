/* Lines: what dsy_log() makes of a text. Runs within a transition: no I/O. */
#include "runtime/core/line.h"

#include <stdio.h>
#include <string.h>

#include "dsy/time.h"
#include "dsy/number.h"
#include "runtime/base/log.h"
#include "runtime/core/transition.h"

void
dsy_line_list_append(struct line_list *list, const struct line_list *more)
{
    if (more->first == NULL)
        return;
    if (list->last == NULL)
        list->first = more->first;
    else
        list->last->next = more->first;
    list->last = more->last;
    list->count += more->count;
}

/* ---- escaping ---- */

static bool
is_plain(char octet)
{
    return (unsigned char)octet >= 0x20 && octet != 0x7F && octet != '\\';
}

static size_t
escape_one(char octet, char *out)
{
    switch (octet) {
    case '\\': memcpy(out, "\\\\", 2); return 2;
    case '\n': memcpy(out, "\\n", 2); return 2;
    case '\r': memcpy(out, "\\r", 2); return 2;
    case '\t': memcpy(out, "\\t", 2); return 2;
    default: break;
    }
    static const char digits[] = "0123456789abcdef";
    char text[] = { '\\', 'u', '{', digits[(unsigned char)octet >> 4], digits[octet & 15], '}' };
    memcpy(out, text, sizeof text);
    return sizeof text;
}

enum { ESCAPED_BYTES_MAX = 6 };

/* How long the text becomes. */
static size_t
escaped_bytes(const char *text, size_t size_bytes)
{
    char scratch[ESCAPED_BYTES_MAX];
    size_t sum = 0;
    for (size_t index = 0; index < size_bytes; index++)
        sum += is_plain(text[index]) ? 1 : escape_one(text[index], scratch);
    return sum;
}

static size_t
escape(const char *text, size_t size_bytes, char *out)
{
    size_t length = 0;
    for (size_t index = 0; index < size_bytes; index++) {
        if (is_plain(text[index]))
            out[length++] = text[index];
        else
            length += escape_one(text[index], out + length);
    }
    return length;
}

/* ---- a line ---- */

static const struct dsy_routine_type *
bottom_routine(const struct invocation *invocation)
{
    const struct frame *frame = invocation->top;
    while (frame->below != NULL)
        frame = frame->below;
    return frame->routine;
}

/* "TIME LEVEL ROUTINE ID: ". Returns its length, which is below size_bytes. */
static size_t
write_head(struct transition *transition, enum dsy_log_level level, char *head, size_t size_bytes)
{
    char scratch[DSY_PRINT_BYTES_MAX], id[37];
    dsy_string time = dsy_time_text(transition->now_ns, scratch);
    dsy_id_format(dsy_invocation_id(&transition->run), id);
    int length = snprintf(head, size_bytes, "%.*s %s %s %s: ", (int)time.size_bytes, time.data,
                          dsy_log_level_name(level), bottom_routine(transition->invocation)->name, id);
    return length < 0 ? 0 : (size_t)length < size_bytes ? (size_t)length : size_bytes - 1;
}

void
dsy_log(struct dsy_run *run, enum dsy_log_level level, dsy_string text)
{
    struct transition *transition = (struct transition *)(void *)run; /* its first member */
    static const char cut[] = " … (cut)";
    char head[LINE_HEAD_BYTES_MAX];
    if (run->failed)
        return;
    size_t text_bytes = (size_t)text.size_bytes;
    bool is_cut = text_bytes > LINE_TEXT_BYTES_MAX;
    if (is_cut)
        text_bytes = dsy_utf8_check(text.data, LINE_TEXT_BYTES_MAX);
    size_t head_bytes = write_head(transition, level, head, sizeof head);
    size_t size_bytes = head_bytes + escaped_bytes(text.data, text_bytes) + (is_cut ? sizeof cut - 1 : 0);
    struct line *line = dsy_allocate(run, sizeof *line);
    char *bytes = line != NULL ? dsy_allocate(run, size_bytes) : NULL;
    if (bytes == NULL)
        return;
    memcpy(bytes, head, head_bytes);
    size_t length = head_bytes + escape(text.data, text_bytes, bytes + head_bytes);
    if (is_cut)
        memcpy(bytes + length, cut, sizeof cut - 1);
    *line = (struct line){ .text = { .data = (const uint8_t *)bytes, .size_bytes = size_bytes } };
    struct line_list one = { .first = line, .last = line, .count = 1 };
    dsy_line_list_append(&transition->lines, &one);
}
