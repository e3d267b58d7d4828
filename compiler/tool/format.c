/* dsyc fmt: see format.h.
 *
 *     pieces: tokens and comments in order, each with the line breaks before it
 *     marks:  what a token is where its spelling says too little: `<` of types, `?` of optionals, prefix operators
 *     layout: line by line; a stack of open brackets gives the indentation
 *     align:  comments behind code on adjacent lines begin in one column
 *
 * Indentation: 4 for each block; `case` 4 within its switch, what follows it 4 more; a line that goes on with what the
 * line before began 4 more, once, or for each bracket that ended a line.
 *
 * A block is written on one line if the author did so and it fits; else each of its statements begins a line. */
#include "compiler/tool/format.h"

#include "compiler/syntax/lexer.h"
#include "compiler/syntax/parse.h"
#include "compiler/tool/format_piece.h"

#define INDENT 4
#define LINE_BYTES_MAX 120

/* An open bracket. */
struct bracket {
    const struct piece *opener;
    bool is_block;  /* of statements or declarations; else a parenthesis, bracket or literal */
    bool is_switch; /* a block of cases */
    bool is_broken; /* a block over several lines: each statement begins one */
    bool is_body;   /* a block right behind a label: it stands in the label's column */
    bool hangs;     /* not a block: its opener ended a line */
};
struct bracket_list VECTOR(struct bracket);

struct layout {
    struct arena *arena;
    const struct piece_list *pieces;
    struct bracket_list brackets;
    struct text_builder *builder;
    size_t line_begin;       /* in the builder: of the line that is written now */
    size_t statement_pieces; /* pieces since the statement began */
    int pending_bodies;      /* `if (…)`, `else` … without a block before this place */
    bool is_header_open;     /* the parenthesis that is closed next belongs to `if`, `for` … */
    bool is_after_label;     /* `case …:` or `default:` began the statements of this line */
    bool is_in_label;
    bool is_annotated; /* the statement consists of annotations up to here */
};

/* ---- lines ---- */

static const struct bracket *
innermost_block(const struct layout *layout)
{
    for (size_t index = layout->brackets.count; index > 0; index--) {
        if (layout->brackets.items[index - 1].is_block)
            return &layout->brackets.items[index - 1];
    }
    return NULL;
}

static bool
is_closer(const struct piece *piece)
{
    return piece->code == TOKEN_RIGHT_BRACE || piece->code == TOKEN_RIGHT_PARENTHESIS ||
           piece->code == TOKEN_RIGHT_BRACKET;
}

/* Whether only comments stand between the `{` of a switch and the piece. */
static bool
begins_switch(const struct piece *piece)
{
    while (piece->is_comment)
        piece--;
    return piece->opens_switch;
}

static bool
is_label(const struct layout *layout, const struct piece *piece)
{
    const struct bracket *block = innermost_block(layout);
    if (block == NULL || !block->is_switch)
        return false;
    /* Comments right above a label belong to it; so does whatever stands above the first one. */
    bool is_first = piece->is_comment && begins_switch(piece);
    while (piece->is_comment && (is_first || piece[1].line_breaks <= 1))
        piece++;
    return piece->code == TOKEN_CASE || piece->code == TOKEN_DEFAULT;
}

/* Whether the piece is the first of an enumerator, or a comment above one: it goes on with nothing. */
static bool
is_behind_enumerator(const struct layout *layout, const struct piece *piece)
{
    if (layout->brackets.count == 0)
        return false;
    const struct piece *opener = layout->brackets.items[layout->brackets.count - 1].opener;
    do
        piece--;
    while (piece->is_comment);
    return piece->code == TOKEN_COMMA && opener->code == TOKEN_LEFT_BRACE && opener[-2].code == TOKEN_ENUM;
}

/* What stands left of a line that begins with this piece. */
static int
indentation(const struct layout *layout, const struct piece *piece)
{
    int width = 0;
    size_t count = layout->brackets.count;
    bool closes = is_closer(piece) && count > 0;
    bool closes_hanging = closes && layout->brackets.items[count - 1].hangs;
    if (closes)
        count--;
    bool has_loose = false; /* a bracket that does not hang */
    bool has_hanging = false;
    for (size_t index = 0; index < count; index++) {
        const struct bracket *bracket = &layout->brackets.items[index];
        if (bracket->is_block) {
            width += INDENT;
            bool holds_label = index + 1 == count && !closes && is_label(layout, piece);
            bool holds_body = index + 1 < layout->brackets.count && layout->brackets.items[index + 1].is_body;
            if (bracket->is_switch && !holds_label && !holds_body)
                width += INDENT;
            has_loose = has_hanging = false;
        } else if (bracket->hangs) {
            width += INDENT;
            has_hanging = true;
        } else {
            has_loose = true;
        }
    }
    if (closes && layout->brackets.items[count].is_block)
        return width;
    width += INDENT * layout->pending_bodies;
    bool goes_on = layout->statement_pieces > 0 && layout->pending_bodies == 0 && !layout->is_annotated;
    if (goes_on && is_behind_enumerator(layout, piece))
        goes_on = false;
    if (goes_on && (has_loose || (!has_hanging && !closes_hanging)) && piece->code != TOKEN_LEFT_BRACE)
        width += INDENT;
    return width;
}

static void
break_line(struct layout *layout, const struct piece *piece, int blank_lines)
{
    struct text_builder *builder = layout->builder;
    if (builder->size_bytes > 0) {
        text_builder_add_character(builder, '\n');
        if (blank_lines > 0)
            text_builder_add_character(builder, '\n');
    }
    layout->line_begin = builder->size_bytes;
    for (int width = indentation(layout, piece); width > 0; width--)
        text_builder_add_character(builder, ' ');
}

/* ---- blocks ---- */

/* Whether the author wrote the block on one line, nothing in it is too long for that, and it holds no comment that
 * ends a line. */
static bool
fits_line(const struct layout *layout, const struct piece *opener)
{
    size_t width = layout->builder->size_bytes - layout->line_begin;
    for (const struct piece *piece = opener; piece->code != TOKEN_END; piece++) {
        if (piece != opener && (piece->line_breaks > 0 || piece->is_line_comment))
            return false;
        width += piece->text.size_bytes + (piece_needs_space(piece) ? 1 : 0);
        if (width > LINE_BYTES_MAX || memchr(piece->text.data, '\n', piece->text.size_bytes) != NULL)
            return false;
        if (piece == opener->partner)
            return true;
    }
    return false;
}

static void
open_bracket(struct layout *layout, const struct piece *piece)
{
    struct bracket bracket = { .opener = piece };
    bracket.is_block = piece->code == TOKEN_LEFT_BRACE && !piece->is_literal;
    bracket.is_switch = bracket.is_block && piece->opens_switch;
    bracket.is_body = bracket.is_block && piece[-1].code == TOKEN_COLON;
    bracket.is_broken = bracket.is_block && !fits_line(layout, piece) && piece->partner != piece + 1;
    bracket.hangs = !bracket.is_block && piece[1].line_breaks > 0;
    vector_add(layout->arena, &layout->brackets, bracket);
    if (bracket.is_block) {
        layout->statement_pieces = 0;
        layout->pending_bodies = 0;
        layout->is_after_label = false;
    }
}

/* ---- where lines break ---- */

/* `} else`, `} catch`, `} finally`, `} while (…);` stand on one line. */
static bool
continues_block(const struct piece *piece)
{
    const struct piece *before = piece - 1;
    if (before->code != TOKEN_RIGHT_BRACE || before->is_literal)
        return false;
    return piece->code == TOKEN_ELSE || piece->code == TOKEN_CATCH || piece->code == TOKEN_FINALLY ||
           (piece->code == TOKEN_WHILE && before->partner[-1].code == TOKEN_DO);
}

/* Whether the piece stands on the line of the one before although the author broke it. */
static bool
must_join(const struct layout *layout, const struct piece *piece)
{
    if (piece[-1].is_line_comment || piece->is_comment)
        return false;
    if (piece->code == TOKEN_LEFT_BRACE && !piece->is_literal)
        return piece[-1].code != TOKEN_SEMICOLON && piece[-1].code != TOKEN_RIGHT_BRACE &&
               piece[-1].code != TOKEN_LEFT_BRACE && piece[-1].code != TOKEN_COLON && !piece[-1].is_comment;
    bool ends = piece->code == TOKEN_COMMA || (piece->code == TOKEN_SEMICOLON && layout->statement_pieces > 0);
    return ends || continues_block(piece);
}

/* Whether the piece begins a line although the author did not break it. */
static bool
must_break(const struct layout *layout, const struct piece *piece)
{
    if (piece[-1].is_line_comment)
        return true;
    if (piece->is_comment || layout->brackets.count == 0)
        return !piece->is_comment && layout->statement_pieces == 0;
    const struct bracket *bracket = &layout->brackets.items[layout->brackets.count - 1];
    if (!bracket->is_block || !bracket->is_broken)
        return false;
    if (piece == bracket->opener->partner)
        return true;
    if (layout->statement_pieces > 0 || continues_block(piece) || piece->code == TOKEN_ELSE)
        return false;
    return !layout->is_after_label || is_label(layout, piece);
}

static bool
breaks_here(const struct layout *layout, const struct piece *piece)
{
    if (must_join(layout, piece))
        return false;
    if (must_break(layout, piece))
        return true;
    if (piece->line_breaks == 0)
        return false;
    /* An empty block is written on one line. */
    return !(piece->code == TOKEN_RIGHT_BRACE && piece[-1].partner == piece);
}

/* One blank line where the author left some, but not at the begin or end of a block. */
static int
blank_lines(const struct piece *piece)
{
    bool opens = piece[-1].code == TOKEN_LEFT_BRACE && !piece[-1].is_comment;
    return piece->line_breaks > 1 && !opens && piece->code != TOKEN_RIGHT_BRACE ? 1 : 0;
}

/* ---- statements ---- */

/* Note what the piece means for the statement it stands in; it has been written. */
static void
advance(struct layout *layout, const struct piece *piece)
{
    if (piece->is_comment)
        return;
    layout->statement_pieces++;
    bool in_block = layout->brackets.count == 0 || vector_last(&layout->brackets).is_block;
    if (!in_block)
        return;
    bool is_of_annotation = piece->code == TOKEN_AT || piece[-1].code == TOKEN_AT;
    layout->is_annotated = layout->statement_pieces == 1
                               ? piece->code == TOKEN_AT
                               : layout->is_annotated && (is_of_annotation || piece->code == TOKEN_LEFT_PARENTHESIS ||
                                                          piece->code == TOKEN_RIGHT_PARENTHESIS);
    if (piece->code == TOKEN_RIGHT_PARENTHESIS && piece->closes_header) {
        bool has_block = piece[1].code == TOKEN_LEFT_BRACE;
        layout->pending_bodies += has_block ? 0 : 1;
    } else if (piece->code == TOKEN_ELSE && piece[1].code != TOKEN_LEFT_BRACE && piece[1].code != TOKEN_IF) {
        layout->pending_bodies++;
    } else if (piece->code == TOKEN_CASE || piece->code == TOKEN_DEFAULT) {
        layout->is_in_label = is_label(layout, piece);
    } else if (piece->code == TOKEN_COLON && layout->is_in_label && !piece->is_spaced_colon) {
        layout->is_in_label = false;
        layout->is_after_label = piece[1].line_breaks == 0;
        layout->statement_pieces = 0;
    } else if (piece->code == TOKEN_SEMICOLON ||
               (piece->code == TOKEN_RIGHT_BRACE && !piece->is_literal && !continues_block(piece + 1))) {
        layout->statement_pieces = 0;
        layout->pending_bodies = 0;
        if (piece[1].line_breaks > 0)
            layout->is_after_label = false;
    }
}

static void
lay_out(struct layout *layout)
{
    /* The first piece is the beginning of the file, the last its end. */
    for (size_t index = 1; index + 1 < layout->pieces->count; index++) {
        const struct piece *piece = &layout->pieces->items[index];
        if (index == 1)
            break_line(layout, piece, 0);
        else if (breaks_here(layout, piece))
            break_line(layout, piece, blank_lines(piece));
        else if (piece_needs_space(piece))
            text_builder_add_character(layout->builder, ' ');
        if (is_closer(piece) && !piece->is_comment && layout->brackets.count > 0) {
            if (vector_last(&layout->brackets).is_block) {
                layout->statement_pieces = 1;
                layout->is_after_label = false;
            }
            layout->brackets.count--;
        }
        text_builder_add(layout->builder, piece->text);
        advance(layout, piece);
        if (piece->partner > piece)
            open_bracket(layout, piece);
    }
    if (layout->builder->size_bytes > 0)
        text_builder_add_character(layout->builder, '\n');
}

/* ---- comments behind code ---- */

struct line {
    struct text text;
    size_t comment; /* where the comment behind the code begins; 0: there is none */
};
struct line_list VECTOR(struct line);

/* Comments behind code are told from the pieces: a `//` may stand in a string, too. */
static size_t
comment_place(struct text line, struct text comment)
{
    if (comment.size_bytes == 0 || line.size_bytes < comment.size_bytes)
        return 0;
    size_t place = line.size_bytes - comment.size_bytes;
    return memcmp(line.data + place, comment.data, comment.size_bytes) == 0 ? place : 0;
}

/* Code points of a text: columns, near enough. */
static size_t
column_count(const char *data, size_t size_bytes)
{
    size_t count = 0;
    for (size_t index = 0; index < size_bytes; index++)
        count += ((unsigned char)data[index] & 0xC0) != 0x80;
    return count;
}

static void
align_group(struct text_builder *builder, const struct line *lines, size_t count)
{
    size_t widest = 0;
    for (size_t index = 0; index < count; index++) {
        size_t width = column_count(lines[index].text.data, lines[index].comment);
        widest = width > widest ? width : widest;
    }
    for (size_t index = 0; index < count; index++) {
        const struct line *line = &lines[index];
        text_builder_add(builder, (struct text){ line->text.data, line->comment });
        for (size_t width = column_count(line->text.data, line->comment); width < widest; width++)
            text_builder_add_character(builder, ' ');
        text_builder_add(builder,
                         (struct text){ line->text.data + line->comment, line->text.size_bytes - line->comment });
        text_builder_add_character(builder, '\n');
    }
}

static void
align_comments(struct arena *arena, const struct piece_list *pieces, struct text formatted,
               struct text_builder *builder)
{
    struct line_list group = { 0 };
    size_t next = 0; /* piece: the next comment behind code */
    const char *end = formatted.data + formatted.size_bytes;
    for (const char *begin = formatted.data; begin < end;) {
        const char *line_end = memchr(begin, '\n', (size_t)(end - begin));
        struct line line = { .text = { begin, (size_t)(line_end - begin) } };
        while (next < pieces->count && !(pieces->items[next].is_line_comment && pieces->items[next].is_trailing))
            next++;
        if (next < pieces->count)
            line.comment = comment_place(line.text, pieces->items[next].text);
        begin = line_end + 1;
        if (line.comment != 0) {
            next++;
            vector_add(arena, &group, line);
            continue;
        }
        align_group(builder, group.items, group.count);
        group.count = 0;
        text_builder_add(builder, line.text);
        text_builder_add_character(builder, '\n');
    }
    align_group(builder, group.items, group.count);
}

bool
format(struct arena *arena, struct interner *names, const struct source_file *source, struct diagnostics *diagnostics,
       struct text_builder *builder)
{
    parse(arena, names, source, diagnostics);
    if (diagnostics->error_count > 0)
        return false;
    struct piece_list pieces = { 0 };
    pieces_read(arena, names, source, diagnostics, &pieces);
    struct text_builder draft;
    text_builder_initialise(&draft, arena);
    struct layout layout = { .arena = arena, .pieces = &pieces, .builder = &draft };
    lay_out(&layout);
    align_comments(arena, &pieces, text_builder_text(&draft), builder);
    return true;
}
