/* The parser's loop, and how it goes on after a syntax error; see parse.h.
 *
 * On an error the generated parser pops its stack to the innermost production `error RECOVER_…` and waits for
 * that token. Which of the six it is tells what was being read: a declaration, a member, a statement, a list in
 * parentheses, the labels of a case, an enumerator. Tokens are skipped to where that ends, counting
 * the brackets that open meanwhile; then the RECOVER token is fed and parsing goes on.
 *
 * Most errors are forgotten semicolons. There the parser's state is taken back and it is given one, so that
 * nothing is lost. */
#include "compiler/syntax/parse.h"

#include "compiler/syntax/parser.h"
#include "grammar/parser.h"

/* A token that starts recovery so often is dropped, so that parsing always ends. */
#define ATTEMPTS_MAX 4

/* ---- reading ---- */

static void
read_token(struct parser *parser)
{
    parser->previous = parser->token;
    parser->previous_code = parser->code;
    parser->code = lexer_next(&parser->lexer, &parser->token);
}

static void
feed(struct parser *parser, int code, struct token token)
{
    grammar_parse(parser->machine, code, token, parser);
}

static bool
begins_line(const struct parser *parser)
{
    const struct source_file *source = parser->lexer.source;
    uint32_t begin = parser->previous.span.end - source->base;
    uint32_t end = parser->token.span.begin - source->base;
    return parser->previous.span.end == 0 || memchr(source->content + begin, '\n', end - begin) != NULL;
}

/* ---- recovery ---- */

struct recovery {
    int context;        /* the RECOVER token that is awaited */
    size_t braces;      /* opened since the production began, and not closed */
    size_t parentheses; /* and brackets */
    bool in_for_header;
};

static int
find_context(const struct parser *parser)
{
    static const int contexts[] = { TOKEN_RECOVER_LIST,      TOKEN_RECOVER_LABEL,  TOKEN_RECOVER_ENUMERATOR,
                                    TOKEN_RECOVER_STATEMENT, TOKEN_RECOVER_MEMBER, TOKEN_RECOVER_DECLARATION };
    for (size_t index = 0; index < sizeof contexts / sizeof contexts[0]; index++) {
        if (grammar_parse_accepts(parser->machine, contexts[index]))
            return contexts[index];
    }
    return TOKEN_END;
}

static size_t
count_parentheses(const struct parser *parser)
{
    return grammar_parse_count(parser->machine, TOKEN_LEFT_PARENTHESIS) +
           grammar_parse_count(parser->machine, TOKEN_LEFT_BRACKET);
}

static struct recovery
begin_recovery(const struct parser *parser)
{
    struct recovery recovery = { .context = find_context(parser) };
    size_t braces = grammar_parse_count(parser->machine, TOKEN_LEFT_BRACE);
    size_t parentheses = count_parentheses(parser);
    recovery.braces = parser->open_braces > braces ? parser->open_braces - braces : 0;
    recovery.parentheses = parser->open_parentheses > parentheses ? parser->open_parentheses - parentheses : 0;
    recovery.in_for_header =
        recovery.context == TOKEN_RECOVER_LIST && grammar_parse_symbol(parser->machine, 2) == TOKEN_FOR;
    return recovery;
}

static bool
begins_statement(int code)
{
    return code == TOKEN_IF || code == TOKEN_FOR || code == TOKEN_WHILE || code == TOKEN_DO || code == TOKEN_SWITCH ||
           code == TOKEN_RETURN || code == TOKEN_BREAK || code == TOKEN_CONTINUE || code == TOKEN_THROW ||
           code == TOKEN_TRY || code == TOKEN_VAR || code == TOKEN_SELECT || code == TOKEN_COMPENSATE ||
           code == TOKEN_AWAIT || code == TOKEN_PUBLISH;
}

static bool
begins_member(int code)
{
    return code == TOKEN_ASYNC || code == TOKEN_PRIVATE || code == TOKEN_QUERY || code == TOKEN_SHARED ||
           code == TOKEN_USE || code == TOKEN_CONFIG || code == TOKEN_STATE || code == TOKEN_ON || code == TOKEN_AT;
}

static bool
begins_declaration(int code)
{
    return code == TOKEN_STRUCT || code == TOKEN_ENUM || code == TOKEN_UNION || code == TOKEN_ERROR ||
           code == TOKEN_EVENT || code == TOKEN_INTERFACE || code == TOKEN_SERVICE || code == TOKEN_CONST ||
           code == TOKEN_IMPORT || code == TOKEN_EXTERN || code == TOKEN_ASYNC || code == TOKEN_TEST;
}

/* Who indents writes declarations, and little else, without indentation. */
static bool
is_at_margin(const struct parser *parser)
{
    const struct source_file *source = parser->lexer.source;
    uint32_t offset = parser->token.span.begin - source->base;
    return offset == 0 || source->content[offset - 1] == '\n';
}

/* Does the token, first on its line and outside all brackets, begin the next thing of this kind? */
static bool
begins_next(const struct parser *parser, const struct recovery *recovery)
{
    int code = parser->code;
    if (recovery->context == TOKEN_RECOVER_STATEMENT)
        return begins_statement(code);
    if (recovery->context == TOKEN_RECOVER_MEMBER)
        return begins_member(code);
    return recovery->context == TOKEN_RECOVER_DECLARATION && (begins_declaration(code) || is_at_margin(parser));
}

static bool
is_within_parentheses(const struct recovery *recovery)
{
    return recovery->context == TOKEN_RECOVER_LIST || recovery->context == TOKEN_RECOVER_LABEL ||
           recovery->context == TOKEN_RECOVER_ENUMERATOR;
}

/* A `{` outside brackets: is it the body of the broken statement (and not of a literal)? */
static bool
is_body(const struct parser *parser, const struct recovery *recovery)
{
    if (recovery->braces != 0)
        return false;
    if (recovery->context == TOKEN_RECOVER_STATEMENT)
        return parser->previous_code != TOKEN_ID;
    return recovery->context == TOKEN_RECOVER_LIST || recovery->context == TOKEN_RECOVER_LABEL;
}

/* Is the broken thing over before this token? */
static bool
ends_before(const struct parser *parser, const struct recovery *recovery)
{
    bool is_outside = recovery->braces == 0 && recovery->parentheses == 0;
    switch (parser->code) {
    case TOKEN_END: return true;
    case TOKEN_LEFT_BRACE: return is_body(parser, recovery);
    case TOKEN_RIGHT_BRACE: return recovery->braces == 0 && recovery->context != TOKEN_RECOVER_DECLARATION;
    case TOKEN_SEMICOLON:
        return recovery->braces == 0 && !recovery->in_for_header &&
               (recovery->context == TOKEN_RECOVER_LIST || recovery->context == TOKEN_RECOVER_LABEL);
    case TOKEN_RIGHT_PARENTHESIS: return is_outside && recovery->context == TOKEN_RECOVER_LIST;
    case TOKEN_COMMA: return is_outside && recovery->context == TOKEN_RECOVER_ENUMERATOR;
    case TOKEN_COLON: return is_outside && recovery->context == TOKEN_RECOVER_LABEL;
    case TOKEN_CASE:
    case TOKEN_DEFAULT:
        return recovery->braces == 0 &&
               (recovery->context == TOKEN_RECOVER_LABEL || recovery->context == TOKEN_RECOVER_STATEMENT);
    default: return recovery->braces == 0 && begins_line(parser) && begins_next(parser, recovery);
    }
}

/* Count the brackets of a skipped token. Returns true when the broken thing is over behind it. */
static bool
ends_behind(const struct parser *parser, struct recovery *recovery)
{
    switch (parser->code) {
    case TOKEN_LEFT_BRACE: recovery->braces++; return false;
    case TOKEN_RIGHT_BRACE:
        if (recovery->braces > 0)
            recovery->braces--;
        return recovery->braces == 0 && !is_within_parentheses(recovery);
    case TOKEN_LEFT_PARENTHESIS:
    case TOKEN_LEFT_BRACKET: recovery->parentheses++; return false;
    case TOKEN_RIGHT_PARENTHESIS:
    case TOKEN_RIGHT_BRACKET:
        if (recovery->parentheses > 0)
            recovery->parentheses--;
        return false;
    case TOKEN_SEMICOLON: return recovery->braces == 0 && !is_within_parentheses(recovery);
    default: return false;
    }
}

/* Skip to where parsing can go on; parser->token is the first token to feed again. */
static void
skip(struct parser *parser, struct recovery *recovery, bool must_move)
{
    while (parser->code != TOKEN_END && (must_move || !ends_before(parser, recovery))) {
        must_move = false;
        bool is_over = ends_behind(parser, recovery);
        bool was_brace = parser->code == TOKEN_RIGHT_BRACE;
        read_token(parser);
        /* `}` may end a literal in the middle of what is broken: then it goes on on the same line. */
        if (is_over && (!was_brace || begins_line(parser) || parser->code == TOKEN_RIGHT_BRACE))
            return;
    }
}

/* What ends a list or the labels of a case may itself be what is missing: then it is put in. */
static void
close_list(struct parser *parser, const struct recovery *recovery)
{
    struct token sign = { .span = { parser->previous.span.end, parser->previous.span.end } };
    if (recovery->context == TOKEN_RECOVER_LIST && parser->code != TOKEN_RIGHT_PARENTHESIS)
        feed(parser, TOKEN_RIGHT_PARENTHESIS, sign);
    if (recovery->context == TOKEN_RECOVER_LABEL && parser->code != TOKEN_COLON)
        feed(parser, TOKEN_COLON, sign);
}

/* Take back what the parser popped, and give it the `;` that it lacks. */
static void
insert_semicolon(struct parser *parser)
{
    struct token semicolon = { .span = { parser->previous.span.end, parser->previous.span.end } };
    grammar_parse_restore(parser->machine, parser->state_to_mend);
    parser->state_to_mend = NULL;
    feed(parser, TOKEN_SEMICOLON, semicolon);
    feed(parser, parser->code, parser->token);
}

static void
recover(struct parser *parser)
{
    uint32_t failed_offset = parser->token.span.begin;
    int attempts = 0;
    while (parser->has_failed && !parser->is_too_deep) {
        parser->has_failed = false;
        if (parser->state_to_mend != NULL) {
            insert_semicolon(parser);
            continue;
        }
        parser->file->is_damaged = true;
        struct recovery recovery = begin_recovery(parser);
        if (recovery.context == TOKEN_END)
            return; /* at the end of the file nothing is left to go on with */
        attempts++;
        skip(parser, &recovery, attempts > ATTEMPTS_MAX);
        feed(parser, recovery.context, parser->token);
        grammar_parse_recovered(parser->machine);
        close_list(parser, &recovery);
        /* The place where skipping stopped is a guess: no complaint about the guess. */
        if (is_within_parentheses(&recovery) || parser->token.span.begin == failed_offset)
            parser->quiet_offset = parser->token.span.begin;
        feed(parser, parser->code, parser->token);
        if (parser->token.span.begin != failed_offset)
            attempts = 0;
        failed_offset = parser->token.span.begin;
    }
}

struct ast_file *
parse(struct arena *arena, struct interner *names, const struct source_file *source, struct diagnostics *diagnostics)
{
    struct parser parser = { .arena = arena, .diagnostics = diagnostics };
    parser.file = arena_new(arena, struct ast_file);
    parser.file->source = source;
    parser.machine = arena_allocate_bytes(arena, grammar_parse_size_bytes());
    parser.previous_code = TOKEN_END;
    lexer_initialise(&parser.lexer, arena, names, source, diagnostics);
    grammar_parseInit(parser.machine);
    do {
        read_token(&parser);
        feed(&parser, parser.code, parser.token);
        if (parser.has_failed)
            recover(&parser);
    } while (parser.code != TOKEN_END && !parser.is_too_deep);
    if (parser.code == TOKEN_END && !parser.has_failed && !parser.is_too_deep)
        feed(&parser, TOKEN_END, parser.token);
    return parser.file;
}
