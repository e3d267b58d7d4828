/* The lexer's beginning and its comments; see lexer.h. The rules stand in grammar/lexer.re. */
#include "compiler/syntax/lexer.h"

/* A file in another encoding has wrong bytes everywhere: so many are named, then it is enough. */
#define INVALID_BYTES_NAMED 10

/* Find every byte that is no UTF-8. ASCII, the usual case, goes by eight at a time. */
static void
check_utf8(struct lexer *lexer)
{
    const char *cursor = (const char *)lexer->cursor;
    const char *end = (const char *)lexer->limit;
    int named_count = 0;
    while (cursor < end) {
        uint64_t word = 0;
        if (end - cursor >= 8) {
            memcpy(&word, cursor, 8);
            if ((word & 0x8080808080808080u) == 0) {
                cursor += 8;
                continue;
            }
        }
        size_t length = utf8_length(cursor, end);
        if (length != 0) {
            cursor += length;
            continue;
        }
        uint32_t offset = lexer->source->base + (uint32_t)(cursor - lexer->source->content);
        char shown[3];
        static const char digits[] = "0123456789abcdef";
        shown[0] = digits[(unsigned char)*cursor >> 4];
        shown[1] = digits[(unsigned char)*cursor & 15];
        shown[2] = '\0';
        diagnostic_add(lexer->diagnostics, DIAGNOSTIC_INVALID_UTF8, (struct span){ offset, offset + 1 }, shown);
        named_count++;
        if (named_count == INVALID_BYTES_NAMED)
            return;
        cursor++;
    }
}

void
lexer_initialise(struct lexer *lexer, struct arena *arena, struct interner *names, const struct source_file *source,
                 struct diagnostics *diagnostics)
{
    *lexer = (struct lexer){
        .arena = arena,
        .names = names,
        .diagnostics = diagnostics,
        .source = source,
        .content = (const unsigned char *)source->content,
        .cursor = (const unsigned char *)source->content,
        .limit = (const unsigned char *)source->content + source->size_bytes,
    };
    if (source->size_bytes >= 3 && memcmp(source->content, "\xEF\xBB\xBF", 3) == 0)
        lexer->cursor += 3;
    check_utf8(lexer);
}

struct text
lexer_documentation(const struct lexer *lexer, uint32_t offset)
{
    size_t low = 0;
    size_t high = lexer->documentation.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lexer->documentation.items[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < lexer->documentation.count && lexer->documentation.items[low].offset == offset;
    return found ? lexer->documentation.items[low].text : TEXT("");
}
