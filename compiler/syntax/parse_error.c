/* What is said about a syntax error: from the tokens that the parser would have taken, and, for
 * the mistakes that people coming from C and C# make, in words of their own. */
#include "compiler/syntax/parse.h"
#include "compiler/syntax/parser.h"
#include "grammar/parser.h"

/* More alternatives than these help nobody. */
#define ALTERNATIVES_MAX 4

/* ---- what was found ---- */

static struct text
token_text(const struct parser *parser, const struct token *token)
{
    const struct source_file *source = parser->lexer.source;
    return (struct text){ source->content + (token->span.begin - source->base), token->span.end - token->span.begin };
}

static bool
is_word(struct text text)
{
    return text.size_bytes > 0 && (text.data[0] == '_' || (text.data[0] | 0x20) >= 'a') && (text.data[0] | 0x20) <= 'z';
}

static struct text
describe(const struct parser *parser, int code, const struct token *token)
{
    switch (code) {
    case TOKEN_END: return TEXT("the end of the file");
    case TOKEN_STRING:
    case TOKEN_INTERPOLATION_BEGIN: return TEXT("a string");
    case TOKEN_BYTES: return TEXT("bytes");
    case TOKEN_INTERPOLATION_MIDDLE:
    case TOKEN_INTERPOLATION_END: return TEXT("'}'");
    default: return text_format(parser->arena, "'%.*s'", TEXT_ARGUMENTS(token_text(parser, token)));
    }
}

/* ---- what was expected ---- */

struct alternatives {
    struct text_builder builder;
    size_t count;
};

static void
add_alternative(struct alternatives *alternatives, const char *text, bool is_last)
{
    if (alternatives->count > 0)
        text_builder_add_string(&alternatives->builder, is_last ? " or " : ", ");
    text_builder_add_string(&alternatives->builder, text);
    alternatives->count++;
}

struct candidate {
    const char *text;
    int code;
    bool is_sign;
};

/* The most general first: who takes `if` takes every statement. */
static const struct candidate general_candidates[] = {
    { "a statement", TOKEN_IF, false },
    { "an expression", TOKEN_INTEGER, false },
    { "a type", TOKEN_INT, false },
    { "a name", TOKEN_ID, false },
};

/* Operators are left out: behind an operand each of them could follow, and that is not worth saying. */
static const struct candidate sign_candidates[] = {
    { "';'", TOKEN_SEMICOLON, true },
    { "')'", TOKEN_RIGHT_PARENTHESIS, true },
    { "']'", TOKEN_RIGHT_BRACKET, true },
    { "'}'", TOKEN_RIGHT_BRACE, true },
    { "','", TOKEN_COMMA, true },
    { "':'", TOKEN_COLON, true },
    { "'='", TOKEN_ASSIGN, true },
    { "'{'", TOKEN_LEFT_BRACE, true },
    { "'('", TOKEN_LEFT_PARENTHESIS, true },
    { "'>'", TOKEN_GREATER, true },
    { "a string", TOKEN_STRING, false },
    { "'while'", TOKEN_WHILE, false },
    { "'catch'", TOKEN_CATCH, false },
    { "'case'", TOKEN_CASE, false },
    { "'await'", TOKEN_AWAIT, false },
    { "'after'", TOKEN_AFTER, false },
    { "'}'", TOKEN_INTERPOLATION_END, true },
    { "'@'", TOKEN_AT, true },
    { "'<'", TOKEN_LESS, true },
    { "'.'", TOKEN_DOT, true },
};

static bool
accepts(const struct parser *parser, int code)
{
    return grammar_parse_accepts(parser->machine, code);
}

/* Is this the place where a declaration or a member begins? (The parser has read its absent annotations by now.) */
static bool
begins_declaration(const struct parser *parser)
{
    bool is_at_beginning = parser->previous_code == TOKEN_END || parser->previous_code == TOKEN_SEMICOLON ||
                           parser->previous_code == TOKEN_RIGHT_BRACE || parser->previous_code == TOKEN_LEFT_BRACE;
    return is_at_beginning && accepts(parser, TOKEN_INT) && !accepts(parser, TOKEN_INTEGER);
}

/* What stands here in general; NULL if it is only signs. */
static const char *
expected_kind(const struct parser *parser)
{
    bool takes_every_word = accepts(parser, TOKEN_ID) && accepts(parser, TOKEN_ELSE);
    if (takes_every_word)
        return "a name";
    if (begins_declaration(parser))
        return parser->open_braces == 0 ? "a declaration" : "a member";
    for (size_t index = 0; index < sizeof general_candidates / sizeof general_candidates[0]; index++) {
        if (accepts(parser, general_candidates[index].code))
            return general_candidates[index].text;
    }
    return NULL;
}

static struct text
expected(const struct parser *parser)
{
    const char *texts[ALTERNATIVES_MAX];
    size_t count = 0;
    const char *kind = expected_kind(parser);
    if (kind != NULL)
        texts[count++] = kind;
    bool is_rich = accepts(parser, TOKEN_INTEGER) || begins_declaration(parser); /* anything else is implied */
    bool takes_every_word = accepts(parser, TOKEN_ID) && accepts(parser, TOKEN_ELSE);
    for (size_t index = 0; index < sizeof sign_candidates / sizeof sign_candidates[0]; index++) {
        const struct candidate *candidate = &sign_candidates[index];
        bool is_word_candidate = takes_every_word && !candidate->is_sign;
        bool is_closing = candidate->code == TOKEN_RIGHT_PARENTHESIS || candidate->code == TOKEN_RIGHT_BRACKET ||
                          candidate->code == TOKEN_RIGHT_BRACE;
        bool is_operator = candidate->code == TOKEN_GREATER || candidate->code == TOKEN_LESS ||
                           candidate->code == TOKEN_DOT || candidate->code == TOKEN_LEFT_PARENTHESIS;
        if (is_word_candidate || (is_rich && !is_closing) || (is_operator && accepts(parser, TOKEN_PLUS)) ||
            count == ALTERNATIVES_MAX)
            continue;
        if (accepts(parser, candidate->code))
            texts[count++] = candidate->text;
    }
    if (count == 0)
        return TEXT("something else");
    struct alternatives alternatives = { .count = 0 };
    text_builder_initialise(&alternatives.builder, parser->arena);
    for (size_t index = 0; index < count; index++)
        add_alternative(&alternatives, texts[index], index == count - 1);
    return text_builder_text(&alternatives.builder);
}

/* ---- mistakes with words of their own ---- */

static bool
is_comparison(int code)
{
    return code == TOKEN_EQUAL || code == TOKEN_NOT_EQUAL || code == TOKEN_LESS || code == TOKEN_LESS_EQUAL ||
           code == TOKEN_GREATER || code == TOKEN_GREATER_EQUAL;
}

static bool
is_assignment(int code)
{
    return code == TOKEN_ASSIGN || code == TOKEN_PLUS_ASSIGN || code == TOKEN_MINUS_ASSIGN ||
           code == TOKEN_STAR_ASSIGN || code == TOKEN_SLASH_ASSIGN || code == TOKEN_PERCENT_ASSIGN ||
           code == TOKEN_AND_ASSIGN || code == TOKEN_OR_ASSIGN || code == TOKEN_XOR_ASSIGN ||
           code == TOKEN_SHIFT_LEFT_ASSIGN || code == TOKEN_SHIFT_RIGHT_ASSIGN;
}

static bool
is_binary_operator(int code)
{
    return is_comparison(code) || code == TOKEN_PLUS || code == TOKEN_MINUS || code == TOKEN_STAR ||
           code == TOKEN_SLASH || code == TOKEN_PERCENT || code == TOKEN_AND || code == TOKEN_OR || code == TOKEN_XOR ||
           code == TOKEN_SHIFT_LEFT || code == TOKEN_SHIFT_RIGHT || code == TOKEN_LOGICAL_AND ||
           code == TOKEN_LOGICAL_OR || code == TOKEN_COALESCE;
}

/* Words that fall back to names are none. */
static bool
is_reserved(const struct parser *parser, int code, const struct token *token)
{
    return code != TOKEN_ID && is_word(token_text(parser, token));
}

/* Does the token before this one end an operand of an expression? */
static bool
is_behind_operand(const struct parser *parser)
{
    switch (parser->previous_code) {
    case TOKEN_ID:
    case TOKEN_TRUE:
    case TOKEN_FALSE:
    case TOKEN_NULL:
    case TOKEN_INTEGER:
    case TOKEN_BAD_LITERAL:
    case TOKEN_FLOATING:
    case TOKEN_DECIMAL_LITERAL:
    case TOKEN_DURATION:
    case TOKEN_STRING:
    case TOKEN_BYTES:
    case TOKEN_INTERPOLATION_END:
    case TOKEN_RIGHT_PARENTHESIS:
    case TOKEN_RIGHT_BRACKET:
    case TOKEN_NOT: return true;
    default: return false;
    }
}

/* Could an expression be over here? */
static bool
ends_expression(const struct parser *parser)
{
    return is_behind_operand(parser) && (accepts(parser, TOKEN_SEMICOLON) || accepts(parser, TOKEN_RIGHT_PARENTHESIS) ||
                                         accepts(parser, TOKEN_RIGHT_BRACKET) || accepts(parser, TOKEN_COMMA));
}

static bool
report_step(struct parser *parser, const struct token *token)
{
    bool is_before = accepts(parser, TOKEN_INTEGER);
    if (!is_before && !ends_expression(parser))
        return false;
    struct text sign = token_text(parser, token);
    struct diagnostic *found =
        diagnostic_add(parser->diagnostics, DIAGNOSTIC_INCREMENT_IN_EXPRESSION, token->span, sign);
    if (is_before)
        diagnostic_help(found, "write it behind the variable: 'x%t;'", sign);
    return true;
}

/* int?? n */
static void
report_double_optional(struct parser *parser, const struct token *token)
{
    struct text type = token_text(parser, &parser->previous);
    struct diagnostic *found =
        diagnostic_add(parser->diagnostics, DIAGNOSTIC_OPTIONAL_TYPE, span_join(parser->previous.span, token->span),
                       text_format(parser->arena, "%.*s?", TEXT_ARGUMENTS(type)));
    diagnostic_help(found, "write %t?", type);
}

/* What is not expected here, and how it is written where it looks like a habit of another language. */
static void
report_unexpected(struct parser *parser, int code, const struct token *token)
{
    struct diagnostic *found = diagnostic_add(parser->diagnostics, DIAGNOSTIC_UNEXPECTED_TOKEN, token->span,
                                              expected(parser), describe(parser, code, token));
    struct text previous = token_text(parser, &parser->previous);
    bool is_in_literal = accepts(parser, TOKEN_DOT) && accepts(parser, TOKEN_RIGHT_BRACE);
    if (is_in_literal && code == TOKEN_ID)
        diagnostic_help(found, "members are given by name: .%t = …", token_text(parser, token));
    else if (is_in_literal)
        diagnostic_help(found, "members are given by name: .member = …");
    else if (code == TOKEN_RIGHT_PARENTHESIS && accepts(parser, TOKEN_LEFT_PARENTHESIS) && is_word(previous))
        diagnostic_help(found, "a conversion is written as a call: %t(…)", previous);
    else if (code == TOKEN_DEFAULT && accepts(parser, TOKEN_CASE))
        diagnostic_help(found, "a select without waiting has a time of none: case after 0s:");
    else if (code == TOKEN_MINUS && parser->previous_code == TOKEN_WITHIN)
        diagnostic_help(found, "what is computed stands in parentheses: within (…)");
}

/* Report the mistakes that can be named from the token and what could have stood there. */
static bool
report_habit(struct parser *parser, int code, const struct token *token)
{
    struct diagnostics *diagnostics = parser->diagnostics;
    if (is_comparison(code) && is_comparison(grammar_parse_symbol(parser->machine, 1)) && accepts(parser, TOKEN_PLUS)) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_COMPARISON_CHAIN, token->span);
        diagnostic_help(found, "join comparisons with '&&', or put one of them in parentheses");
        return true;
    }
    if (code == TOKEN_INCREMENT || code == TOKEN_DECREMENT)
        return report_step(parser, token);
    if (is_assignment(code) && ends_expression(parser)) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_ASSIGNMENT_IN_EXPRESSION, token->span);
        if (code == TOKEN_ASSIGN)
            diagnostic_help(found, "'==' compares");
        return true;
    }
    if (code == TOKEN_COALESCE && accepts(parser, TOKEN_QUESTION) && !accepts(parser, TOKEN_PLUS)) {
        report_double_optional(parser, token);
        return true;
    }
    if (is_binary_operator(code) && is_behind_operand(parser) && accepts(parser, TOKEN_SEMICOLON)) {
        diagnostic_add(diagnostics, DIAGNOSTIC_NOT_A_STATEMENT, token->span);
        return true;
    }
    if (code == TOKEN_COMMA && accepts(parser, TOKEN_SEMICOLON) && parser->local_end == parser->previous.span.end) {
        diagnostic_add(diagnostics, DIAGNOSTIC_ONE_VARIABLE, token->span);
        return true;
    }
    if (is_reserved(parser, code, token) && accepts(parser, TOKEN_ID) && !accepts(parser, TOKEN_INTEGER) &&
        !accepts(parser, TOKEN_INT)) {
        diagnostic_add(diagnostics, DIAGNOSTIC_RESERVED_WORD, token->span, token_text(parser, token));
        return true;
    }
    return false;
}

/* The end of the file is shown behind its last token, where something is missing. */
static void
report_end(struct parser *parser)
{
    struct span place = { parser->previous.span.end, parser->previous.span.end };
    if (place.end == 0)
        place = parser->token.span;
    struct diagnostic *found = diagnostic_add(parser->diagnostics, DIAGNOSTIC_UNEXPECTED_TOKEN, place, expected(parser),
                                              TEXT("the end of the file"));
    struct span brace = grammar_parse_last(parser->machine, TOKEN_LEFT_BRACE);
    if (brace.end != 0)
        diagnostic_note(found, brace, "this '{' is not closed");
}

/* ---- the calls of the generated parser ---- */

/* A `;` could stand here, and what is there instead begins a line or closes a block. */
static bool
lacks_semicolon(const struct parser *parser, int code)
{
    if (!accepts(parser, TOKEN_SEMICOLON) || parser->previous_code == TOKEN_END ||
        parser->previous_code == TOKEN_SEMICOLON || accepts(parser, TOKEN_IF))
        return false;
    const struct source_file *source = parser->lexer.source;
    size_t begin = parser->previous.span.end - source->base;
    size_t end = parser->token.span.begin - source->base;
    return code == TOKEN_RIGHT_BRACE || memchr(source->content + begin, '\n', end - begin) != NULL;
}

void
parser_syntax_error(struct parser *parser, int code, const struct token *token)
{
    parser->has_failed = true;
    parser->open_braces = grammar_parse_count(parser->machine, TOKEN_LEFT_BRACE);
    parser->open_parentheses = grammar_parse_count(parser->machine, TOKEN_LEFT_PARENTHESIS) +
                               grammar_parse_count(parser->machine, TOKEN_LEFT_BRACKET);
    if (code == TOKEN_ILLEGAL || parser->is_too_deep || token->span.begin == parser->quiet_offset)
        return;
    if (lacks_semicolon(parser, code)) {
        struct span place = { parser->previous.span.end, parser->previous.span.end };
        struct diagnostic *found = diagnostic_add(parser->diagnostics, DIAGNOSTIC_MISSING_SEMICOLON, place);
        diagnostic_fix(found, place, TEXT(";"));
        parser->state_to_mend = grammar_parse_save(parser->machine, parser->arena);
        return;
    }
    if (code == TOKEN_END) {
        if (!parser->lexer.is_cut_off)
            report_end(parser);
        return;
    }
    if (!report_habit(parser, code, token))
        report_unexpected(parser, code, token);
}

void
parser_report_depth(struct parser *parser, struct span span)
{
    if (!parser->is_too_deep)
        diagnostic_add(parser->diagnostics, DIAGNOSTIC_NESTED_TOO_DEEPLY, span, AST_DEPTH_MAX);
    parser->is_too_deep = true;
    parser->file->is_damaged = true;
}

void
parser_stack_overflow(struct parser *parser)
{
    struct span span = { parser->token.span.begin, parser->token.span.begin };
    parser_report_depth(parser, span);
}
