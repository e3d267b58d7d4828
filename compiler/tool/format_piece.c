/* Pieces of a file: see format_piece.h. */
#include "compiler/tool/format_piece.h"

#include "compiler/syntax/lexer.h"

/* ---- reading ---- */

struct reading {
    struct arena *arena;
    struct piece_list *pieces;
    uint32_t line_breaks; /* since the last piece */
};

static void
add_piece(struct reading *reading, struct piece piece)
{
    piece.line_breaks = reading->line_breaks;
    reading->line_breaks = 0;
    vector_add(reading->arena, reading->pieces, piece);
}

/* A comment over several lines, without the blanks at their ends. */
static struct text
trim_lines(struct arena *arena, struct text comment)
{
    if (memchr(comment.data, '\n', comment.size_bytes) == NULL)
        return comment;
    struct text_builder builder;
    text_builder_initialise(&builder, arena);
    const char *end = comment.data + comment.size_bytes;
    for (const char *begin = comment.data; begin < end;) {
        const char *line_end = memchr(begin, '\n', (size_t)(end - begin));
        const char *next = line_end == NULL ? end : line_end + 1;
        const char *stop = line_end == NULL ? end : line_end;
        while (line_end != NULL && stop > begin && memchr(" \t\r", stop[-1], 3) != NULL)
            stop--;
        text_builder_add(&builder, (struct text){ begin, (size_t)(stop - begin) });
        if (line_end != NULL)
            text_builder_add_character(&builder, '\n');
        begin = next;
    }
    return text_builder_text(&builder);
}

/* The blanks and comments between two tokens. */
static void
read_gap(struct reading *reading, const char *begin, const char *end)
{
    while (begin < end) {
        if (*begin == '/' && begin + 1 < end) {
            bool is_line = begin[1] == '/';
            const char *stop = is_line ? memchr(begin, '\n', (size_t)(end - begin))
                                       : (const char *)memmem(begin + 2, (size_t)(end - begin - 2), "*/", 2) + 2;
            if (stop == NULL || stop > end)
                stop = end;
            const char *next = stop;
            while (is_line && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
                stop--;
            struct text text = { begin, (size_t)(stop - begin) };
            bool is_trailing = reading->line_breaks == 0 && reading->pieces->count > 1;
            add_piece(reading, (struct piece){ .code = PIECE_COMMENT,
                                               .text = trim_lines(reading->arena, text),
                                               .is_comment = true,
                                               .is_line_comment = is_line,
                                               .is_trailing = is_trailing });
            begin = next;
            continue;
        }
        reading->line_breaks += *begin == '\n';
        begin++;
    }
}

static void
read_tokens(struct reading *reading, struct interner *names, const struct source_file *source,
            struct diagnostics *diagnostics)
{
    struct lexer lexer;
    lexer_initialise(&lexer, reading->arena, names, source, diagnostics);
    const char *place = (const char *)lexer.cursor;
    add_piece(reading, (struct piece){ .code = TOKEN_END });
    for (;;) {
        struct token token;
        int code = lexer_next(&lexer, &token);
        const char *begin = source->content + (token.span.begin - source->base);
        read_gap(reading, place, begin);
        if (code == TOKEN_INTERPOLATION_BEGIN) {
            for (int depth = 1; depth > 0;) {
                int inner = lexer_next(&lexer, &token);
                depth += inner == TOKEN_INTERPOLATION_BEGIN;
                depth -= inner == TOKEN_INTERPOLATION_END;
                if (inner == TOKEN_END)
                    break;
            }
            code = TOKEN_STRING;
        }
        place = source->content + (token.span.end - source->base);
        struct text text = { begin, (size_t)(place - begin) };
        add_piece(reading, (struct piece){ .code = code, .text = code == TOKEN_BRACKETS ? TEXT("[]") : text });
        if (code == TOKEN_END)
            return;
    }
}

/* ---- marks ---- */

static bool
is_type_word(int code)
{
    switch (code) {
    case TOKEN_VOID:
    case TOKEN_BOOL:
    case TOKEN_INT:
    case TOKEN_INT8:
    case TOKEN_INT16:
    case TOKEN_INT32:
    case TOKEN_INT64:
    case TOKEN_UINT8:
    case TOKEN_UINT16:
    case TOKEN_UINT32:
    case TOKEN_UINT64:
    case TOKEN_DOUBLE:
    case TOKEN_DECIMAL:
    case TOKEN_STRING_TYPE:
    case TOKEN_BYTES_TYPE:
    case TOKEN_TIME:
    case TOKEN_DURATION_TYPE:
    case TOKEN_UUID:
    case TOKEN_MAP:
    case TOKEN_TASK:
    case TOKEN_PROMISE: return true;
    default: return false;
    }
}

/* Words behind which a value, a name or a parenthesis follows with a blank between. */
static bool
is_statement_word(int code)
{
    switch (code) {
    case TOKEN_IF:
    case TOKEN_ELSE:
    case TOKEN_FOR:
    case TOKEN_WHILE:
    case TOKEN_DO:
    case TOKEN_SWITCH:
    case TOKEN_SELECT:
    case TOKEN_CASE:
    case TOKEN_CATCH:
    case TOKEN_FINALLY:
    case TOKEN_COMPENSATE:
    case TOKEN_TRY:
    case TOKEN_ON:
    case TOKEN_RETURN:
    case TOKEN_THROW:
    case TOKEN_THROWS:
    case TOKEN_AWAIT:
    case TOKEN_START:
    case TOKEN_DETACHED:
    case TOKEN_WITHIN:
    case TOKEN_AFTER:
    case TOKEN_CANCEL:
    case TOKEN_PUBLISH: return true;
    default: return false;
    }
}

static bool
is_name_like(const struct piece *piece)
{
    char first = piece->text.size_bytes > 0 ? piece->text.data[0] : '\0';
    return !piece->is_comment && ((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_');
}

/* The token before, comments left aside. */
static const struct piece *
before(const struct piece *piece)
{
    do
        piece -= piece->text.data == NULL ? 0 : 1; /* the first one has no text */
    while (piece->is_comment);
    return piece;
}

static const struct piece *
behind(const struct piece *piece)
{
    do
        piece++;
    while (piece->is_comment);
    return piece;
}

/* A word that is a keyword here, and no name: `order.state`, `.on = 1` and `event` where it names something are not. */
static bool
is_keyword_here(const struct piece *piece)
{
    int previous = before(piece)->code;
    if (previous == TOKEN_DOT || previous == TOKEN_OPTIONAL_DOT)
        return false;
    if (piece->code == TOKEN_AFTER)
        return previous == TOKEN_CASE;
    int next = behind(piece)->code;
    return next != TOKEN_ASSIGN && next != TOKEN_DOT && next != TOKEN_COMMA && next != TOKEN_RIGHT_PARENTHESIS;
}

/* Can a value or a type end with this piece, so that an operator behind it takes two operands? */
static bool
is_operand(const struct piece *piece)
{
    switch (piece->code) {
    case TOKEN_RIGHT_PARENTHESIS: return !piece->closes_header;
    case TOKEN_RIGHT_BRACKET:
    case TOKEN_BRACKETS:
    case TOKEN_INTEGER:
    case TOKEN_FLOATING:
    case TOKEN_DECIMAL_LITERAL:
    case TOKEN_DURATION:
    case TOKEN_STRING:
    case TOKEN_BYTES: return true;
    case TOKEN_RIGHT_BRACE: return piece->is_literal;
    case TOKEN_NOT:
    case TOKEN_QUESTION: return !piece->is_prefix && (piece->code == TOKEN_NOT || piece->is_type_mark);
    case TOKEN_GREATER: return piece->is_type_mark;
    default: return is_name_like(piece) && !(is_statement_word(piece->code) && is_keyword_here(piece));
    }
}

/* Whether a declaration or a statement may begin behind the piece. */
static bool
begins_declaration(const struct piece *piece)
{
    switch (piece->code) {
    case TOKEN_END:
    case TOKEN_SEMICOLON:
    case TOKEN_LEFT_BRACE:
    case TOKEN_RIGHT_BRACE:
    case TOKEN_RIGHT_PARENTHESIS:
    case TOKEN_ASYNC:
    case TOKEN_EXTERN:
    case TOKEN_QUERY:
    case TOKEN_SHARED:
    case TOKEN_PRIVATE:
    case TOKEN_CONST:
    case TOKEN_STATE:
    case TOKEN_CONFIG:
    case TOKEN_SECRET:
    case TOKEN_ELSE: return true;
    default: return before(piece)->code == TOKEN_AT; /* an annotation */
    }
}

/* Whether a type stands before `?`, which makes it optional; else it is a choice. Types are told by what is around
 * them: before them a place where a type may stand, behind them a name. */
static bool
follows_type(const struct piece *question)
{
    const struct piece *piece = before(question);
    for (;;) {
        if (piece->code == TOKEN_GREATER && piece->is_type_mark && piece->partner != NULL)
            piece = before(piece->partner);
        else if (piece->code == TOKEN_BRACKETS || (piece->code == TOKEN_QUESTION && piece->is_type_mark))
            piece = before(piece);
        else
            break;
    }
    if (!is_name_like(piece) || (is_statement_word(piece->code) && is_keyword_here(piece)))
        return false;
    while (before(piece)->code == TOKEN_DOT && is_name_like(before(before(piece))))
        piece = before(before(piece));
    const struct piece *next = behind(question);
    if (next->code == TOKEN_BRACKETS || next->code == TOKEN_GREATER)
        return true;
    if (!is_name_like(next))
        return false;
    int start = before(piece)->code;
    int follower = behind(next)->code;
    if (start == TOKEN_CASE)
        return follower == TOKEN_ASSIGN;
    if (start == TOKEN_LEFT_PARENTHESIS && follower == TOKEN_COLON)
        return before(before(piece))->code == TOKEN_FOR;
    if (start == TOKEN_LEFT_PARENTHESIS || start == TOKEN_COMMA)
        return follower == TOKEN_COMMA || follower == TOKEN_RIGHT_PARENTHESIS || follower == TOKEN_ASSIGN ||
               follower == TOKEN_COLON;
    if (start == TOKEN_COLON)
        return follower == TOKEN_ASSIGN || follower == TOKEN_SEMICOLON;
    return begins_declaration(before(piece));
}

/* What is known while marks are set, from left to right. */
struct marking {
    struct arena *arena;
    struct {
        struct piece **items;
        size_t count;
        size_t capacity;
    } open;                 /* brackets */
    struct piece *less[64]; /* `<` of types */
    int less_count;
    bool is_header;  /* the statement declares something: its `{` opens a block */
    bool is_service; /* … a service: its `:` has blanks on both sides */
    bool opens_switch;
};
struct choice_stack VECTOR(int); /* for each open bracket: `?` whose `:` is still to come */

static bool
declares(int code)
{
    return code == TOKEN_STRUCT || code == TOKEN_ENUM || code == TOKEN_UNION || code == TOKEN_ERROR ||
           code == TOKEN_EVENT || code == TOKEN_INTERFACE || code == TOKEN_SERVICE || code == TOKEN_THROWS;
}

static bool
opens(int code)
{
    return code == TOKEN_LEFT_BRACE || code == TOKEN_LEFT_PARENTHESIS || code == TOKEN_LEFT_BRACKET;
}

static bool
closes(int code)
{
    return code == TOKEN_RIGHT_BRACE || code == TOKEN_RIGHT_PARENTHESIS || code == TOKEN_RIGHT_BRACKET;
}

static void
mark_bracket(struct marking *marking, struct piece *piece)
{
    if (opens(piece->code)) {
        if (piece->code == TOKEN_LEFT_BRACE) {
            piece->is_literal = before(piece)->code == TOKEN_ID && !marking->is_header;
            piece->opens_switch = !piece->is_literal && marking->opens_switch;
        }
        if (!piece->is_literal && piece->code == TOKEN_LEFT_BRACE)
            marking->is_header = marking->is_service = marking->opens_switch = false;
        vector_add(marking->arena, &marking->open, piece);
        return;
    }
    if (marking->open.count == 0)
        return;
    struct piece *opener = marking->open.items[--marking->open.count];
    opener->partner = piece;
    piece->partner = opener;
    piece->is_literal = opener->is_literal;
    const struct piece *word = before(opener);
    bool is_header = word->code == TOKEN_IF || word->code == TOKEN_FOR || word->code == TOKEN_WHILE ||
                     word->code == TOKEN_SWITCH || word->code == TOKEN_CATCH || word->code == TOKEN_ON;
    /* `while (…);` behind a do has no body. */
    piece->closes_header = piece->code == TOKEN_RIGHT_PARENTHESIS && is_header && is_keyword_here(word) &&
                           behind(piece)->code != TOKEN_SEMICOLON;
}

static void
mark_angle(struct marking *marking, struct piece *piece)
{
    int previous = before(piece)->code;
    if (piece->code == TOKEN_LESS) {
        piece->is_type_mark = previous == TOKEN_MAP || previous == TOKEN_TASK || previous == TOKEN_PROMISE;
        if (piece->is_type_mark && marking->less_count < 64)
            marking->less[marking->less_count++] = piece;
        return;
    }
    if (marking->less_count == 0)
        return;
    piece->is_type_mark = true;
    piece->partner = marking->less[--marking->less_count];
}

static void
mark_colon(const struct marking *marking, struct piece *piece, int *choices)
{
    if (*choices > 0) {
        (*choices)--;
        piece->is_spaced_colon = true;
        return;
    }
    const struct piece *opener = marking->open.count > 0 ? marking->open.items[marking->open.count - 1] : NULL;
    piece->is_spaced_colon = marking->is_service || (opener != NULL && opener->code == TOKEN_LEFT_PARENTHESIS &&
                                                     before(opener)->code == TOKEN_FOR);
}

static void
mark_piece(struct marking *marking, struct piece *piece, int *choices)
{
    switch (piece->code) {
    case TOKEN_LESS:
    case TOKEN_GREATER: mark_angle(marking, piece); break;
    case TOKEN_QUESTION:
        piece->is_type_mark = marking->less_count > 0 || follows_type(piece);
        *choices += piece->is_type_mark ? 0 : 1;
        break;
    case TOKEN_COLON: mark_colon(marking, piece, choices); break;
    case TOKEN_MINUS:
    case TOKEN_NOT:
    case TOKEN_COMPLEMENT: piece->is_prefix = !before(piece)->is_operand; break;
    case TOKEN_SEMICOLON: marking->is_header = marking->is_service = marking->opens_switch = false; break;
    default:
        /* An annotation behind a declaration's head is followed by its block; `await @name` is none. */
        if ((declares(piece->code) && is_keyword_here(piece)) ||
            (piece->code == TOKEN_AT && before(piece)->code != TOKEN_AWAIT))
            marking->is_header = true;
        marking->is_service |= piece->code == TOKEN_SERVICE && is_keyword_here(piece);
        if ((piece->code == TOKEN_SWITCH || piece->code == TOKEN_SELECT) && is_keyword_here(piece))
            marking->opens_switch = true;
        break;
    }
}

static void
mark_all(struct arena *arena, struct piece_list *pieces)
{
    struct marking marking = { .arena = arena };
    struct choice_stack choices = { 0 };
    vector_add(arena, &choices, 0);
    for (size_t index = 1; index + 1 < pieces->count; index++) {
        struct piece *piece = &pieces->items[index];
        if (piece->is_comment)
            continue;
        if (opens(piece->code)) {
            mark_bracket(&marking, piece);
            vector_add(arena, &choices, 0);
        } else if (closes(piece->code)) {
            mark_bracket(&marking, piece);
            choices.count -= choices.count > 1 ? 1 : 0;
        } else {
            mark_piece(&marking, piece, &vector_last(&choices));
        }
        piece->is_operand = is_operand(piece);
    }
}

void
pieces_read(struct arena *arena, struct interner *names, const struct source_file *source,
            struct diagnostics *diagnostics, struct piece_list *pieces)
{
    struct reading reading = { .arena = arena, .pieces = pieces };
    read_tokens(&reading, names, source, diagnostics);
    mark_all(arena, pieces);
}

/* ---- spaces ---- */

/* `(` joins what is called: a name, a type, the end of another value; not a keyword. */
static bool
joins_call(const struct piece *previous)
{
    if (is_statement_word(previous->code) && is_keyword_here(previous))
        return false;
    return previous->is_operand || is_type_word(previous->code);
}

bool
piece_needs_space(const struct piece *piece)
{
    const struct piece *previous = piece - 1;
    if (piece->is_comment || previous->is_comment)
        return !(previous->code == TOKEN_LEFT_PARENTHESIS && !previous->is_comment);
    switch (previous->code) {
    case TOKEN_LEFT_PARENTHESIS:
    case TOKEN_LEFT_BRACKET:
    case TOKEN_DOT:
    case TOKEN_OPTIONAL_DOT:
    case TOKEN_AT:
    case TOKEN_RANGE:
    case TOKEN_COMPLEMENT: return false;
    case TOKEN_MINUS:
    case TOKEN_NOT:
        if (previous->is_prefix)
            return false;
        break;
    case TOKEN_LEFT_BRACE:
        if (previous->is_literal)
            return false;
        break;
    case TOKEN_LESS:
        if (previous->is_type_mark)
            return false;
        break;
    default: break;
    }
    switch (piece->code) {
    case TOKEN_COMMA:
    case TOKEN_RIGHT_PARENTHESIS:
    case TOKEN_RIGHT_BRACKET:
    case TOKEN_OPTIONAL_DOT:
    case TOKEN_INCREMENT:
    case TOKEN_DECREMENT:
    case TOKEN_RANGE: return false;
    case TOKEN_SEMICOLON: return previous->code == TOKEN_COLON;
    case TOKEN_DOT: return previous->code == TOKEN_COMMA;
    case TOKEN_COLON: return piece->is_spaced_colon;
    case TOKEN_RIGHT_BRACE: return !piece->is_literal;
    case TOKEN_LEFT_BRACE: return !piece->is_literal;
    case TOKEN_LEFT_PARENTHESIS: return !joins_call(previous);
    case TOKEN_LEFT_BRACKET:
    case TOKEN_BRACKETS: return !(previous->is_operand || is_type_word(previous->code));
    case TOKEN_NOT: return piece->is_prefix;
    case TOKEN_LESS:
    case TOKEN_GREATER:
    case TOKEN_QUESTION: return !piece->is_type_mark;
    default: return true;
    }
}
