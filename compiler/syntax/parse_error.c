/* What is said about a syntax error: from the tokens that the parser would have taken, and, for
 * the mistakes that people coming from C and C# make, in words of their own. */
#include "compiler/syntax/parse.h"
#include "compiler/syntax/parser.h"
#include "grammar/parser.h"

/* More alternatives than these help nobody. */
#define ALTERNATIVES_MAX 4

/* ---- what was found ---- */

static struct text token_text(const struct parser *parser, const struct token *token) {
    const struct source_file *source = parser->lexer.source;
    return (struct text){source->content + (token->span.begin - source->base), token->span.end - token->span.begin};
}

static bool is_word(struct text text) {
    return text.size_bytes > 0 && (text.data[0] == '_' || (text.data[0] | 0x20) >= 'a') && (text.data[0] | 0x20) <= 'z';
}

static struct text describe(const struct parser *parser, int code, const struct token *token) {
    switch (code) {
    case TOKEN_END: return TEXT("the end of the file");
    case TOKEN_STRING:
    case TOKEN_INTERPOLATION_BEGIN: return TEXT("a string");
    case TOKEN_BYTES: return TEXT("bytes");
    case TOKEN_INTERPOLATION_MIDDLE:
    case TOKEN_INTERPOLATION_END: return TEXT("'}'");
    default:
        return text_format(parser->arena, "'%.*s'", TEXT_ARGUMENTS(token_text(parser, token)));
    }
}

/* ---- what was expected ---- */

struct alternatives {
    struct text_builder builder;
    size_t count;
};

static void add_alternative(struct alternatives *alternatives, const char *text, bool is_last) {
    if (alternatives->count > 0)
        text_builder_add_string(&alternatives->builder, is_last ? " or " : ", ");
    text_builder_add_string(&alternatives->builder, text);
    alternatives->count++;
}

struct candidate {
    int code;
    const char *text;
};

/* The most general first: who takes `service` takes every declaration, who takes `if` every statement. */
static const struct candidate general_candidates[] = {
    {TOKEN_SERVICE, "a declaration"}, {TOKEN_USE, "a member of the service"}, {TOKEN_IF, "a statement"},
    {TOKEN_INTEGER, "an expression"}, {TOKEN_INT, "a type"},                  {TOKEN_ID, "a name"},
};

static const struct candidate sign_candidates[] = {
    {TOKEN_SEMICOLON, "';'"},         {TOKEN_RIGHT_PARENTHESIS, "')'"}, {TOKEN_RIGHT_BRACKET, "']'"},
    {TOKEN_RIGHT_BRACE, "'}'"},       {TOKEN_COMMA, "','"},             {TOKEN_COLON, "':'"},
    {TOKEN_ASSIGN, "'='"},            {TOKEN_LEFT_BRACE, "'{'"},        {TOKEN_LEFT_PARENTHESIS, "'('"},
    {TOKEN_STRING, "a string"},       {TOKEN_WHILE, "'while'"},         {TOKEN_CATCH, "'catch'"},
    {TOKEN_INTERPOLATION_END, "'}'"}, {TOKEN_GREATER, "'>'"},           {TOKEN_LESS, "'<'"},
    {TOKEN_DOT, "'.'"},               {TOKEN_CASE, "'case'"},           {TOKEN_AT, "'@'"},
};

static bool accepts(const struct parser *parser, int code) { return grammar_parse_accepts(parser->machine, code); }

static struct text expected(const struct parser *parser) {
    const char *texts[ALTERNATIVES_MAX];
    size_t count = 0;
    bool takes_expression = accepts(parser, TOKEN_INTEGER);
    for (size_t index = 0; index < sizeof general_candidates / sizeof general_candidates[0] && count == 0; index++) {
        if (accepts(parser, general_candidates[index].code))
            texts[count++] = general_candidates[index].text;
    }
    /* Behind a complete expression every operator could follow; that is not worth saying. */
    bool behind_expression = accepts(parser, TOKEN_PLUS) && !takes_expression;
    for (size_t index = 0; index < sizeof sign_candidates / sizeof sign_candidates[0]; index++) {
        const struct candidate *candidate = &sign_candidates[index];
        bool is_implied = (takes_expression || accepts(parser, TOKEN_SERVICE) || accepts(parser, TOKEN_USE))
                          && (candidate->code == TOKEN_LEFT_PARENTHESIS || candidate->code == TOKEN_STRING
                              || candidate->code == TOKEN_LEFT_BRACE || candidate->code == TOKEN_SEMICOLON
                              || candidate->code == TOKEN_WHILE || candidate->code == TOKEN_AT);
        bool is_operator = behind_expression
                           && (candidate->code == TOKEN_GREATER || candidate->code == TOKEN_LESS
                               || candidate->code == TOKEN_DOT || candidate->code == TOKEN_LEFT_PARENTHESIS);
        if (!is_implied && !is_operator && count < ALTERNATIVES_MAX && accepts(parser, candidate->code))
            texts[count++] = candidate->text;
    }
    if (count == 0)
        return TEXT("something else");
    struct alternatives alternatives = {.count = 0};
    text_builder_initialise(&alternatives.builder, parser->arena);
    for (size_t index = 0; index < count; index++)
        add_alternative(&alternatives, texts[index], index == count - 1);
    return text_builder_text(&alternatives.builder);
}

/* ---- mistakes with words of their own ---- */

static bool is_comparison(int code) {
    return code == TOKEN_EQUAL || code == TOKEN_NOT_EQUAL || code == TOKEN_LESS || code == TOKEN_LESS_EQUAL
           || code == TOKEN_GREATER || code == TOKEN_GREATER_EQUAL;
}

static bool is_assignment(int code) {
    return code == TOKEN_ASSIGN || code == TOKEN_PLUS_ASSIGN || code == TOKEN_MINUS_ASSIGN || code == TOKEN_STAR_ASSIGN
           || code == TOKEN_SLASH_ASSIGN || code == TOKEN_PERCENT_ASSIGN || code == TOKEN_AND_ASSIGN
           || code == TOKEN_OR_ASSIGN || code == TOKEN_XOR_ASSIGN || code == TOKEN_SHIFT_LEFT_ASSIGN
           || code == TOKEN_SHIFT_RIGHT_ASSIGN;
}

static bool is_binary_operator(int code) {
    return is_comparison(code) || code == TOKEN_PLUS || code == TOKEN_MINUS || code == TOKEN_STAR || code == TOKEN_SLASH
           || code == TOKEN_PERCENT || code == TOKEN_AND || code == TOKEN_OR || code == TOKEN_XOR
           || code == TOKEN_SHIFT_LEFT || code == TOKEN_SHIFT_RIGHT || code == TOKEN_LOGICAL_AND
           || code == TOKEN_LOGICAL_OR || code == TOKEN_COALESCE;
}

/* Words that fall back to names are none. */
static bool is_reserved(const struct parser *parser, int code, const struct token *token) {
    return code != TOKEN_ID && is_word(token_text(parser, token));
}

/* Report the mistakes that can be named from the token and what could have stood there. */
static bool report_habit(struct parser *parser, int code, const struct token *token) {
    struct diagnostics *diagnostics = parser->diagnostics;
    bool behind_expression = accepts(parser, TOKEN_PLUS) && !accepts(parser, TOKEN_INTEGER);
    if (is_comparison(code) && is_comparison(grammar_parse_symbol(parser->machine, 1))) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_COMPARISON_CHAIN, token->span);
        diagnostic_help(found, "join comparisons with '&&', or put one of them in parentheses");
        return true;
    }
    if (is_assignment(code) && behind_expression) {
        struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_ASSIGNMENT_IN_EXPRESSION, token->span);
        if (code == TOKEN_ASSIGN)
            diagnostic_help(found, "'==' compares");
        return true;
    }
    if ((code == TOKEN_INCREMENT || code == TOKEN_DECREMENT)
        && (behind_expression || accepts(parser, TOKEN_INTEGER))) {
        struct diagnostic *found
            = diagnostic_add(diagnostics, DIAGNOSTIC_INCREMENT_IN_EXPRESSION, token->span, token_text(parser, token));
        if (!behind_expression)
            diagnostic_help(found, "write it behind: 'x%t;'", token_text(parser, token));
        return true;
    }
    if (is_binary_operator(code) && accepts(parser, TOKEN_ASSIGN) && accepts(parser, TOKEN_SEMICOLON)
        && accepts(parser, TOKEN_INCREMENT)) {
        diagnostic_add(diagnostics, DIAGNOSTIC_NOT_A_STATEMENT, token->span);
        return true;
    }
    if (code == TOKEN_COMMA && accepts(parser, TOKEN_SEMICOLON) && grammar_parse_symbol(parser->machine, 0) == TOKEN_ID
        && accepts(parser, TOKEN_ASSIGN)) {
        diagnostic_add(diagnostics, DIAGNOSTIC_ONE_VARIABLE, token->span);
        return true;
    }
    if (is_reserved(parser, code, token) && accepts(parser, TOKEN_ID) && !accepts(parser, TOKEN_INTEGER)
        && !accepts(parser, TOKEN_INT)) {
        diagnostic_add(diagnostics, DIAGNOSTIC_RESERVED_WORD, token->span, token_text(parser, token));
        return true;
    }
    return false;
}

static void report_end(struct parser *parser, const struct token *token) {
    struct diagnostic *found = diagnostic_add(parser->diagnostics, DIAGNOSTIC_UNEXPECTED_TOKEN, token->span,
                                              expected(parser), TEXT("the end of the file"));
    struct span brace = grammar_parse_last(parser->machine, TOKEN_LEFT_BRACE);
    if (brace.end != 0)
        diagnostic_note(found, brace, "this '{' is not closed");
}

/* ---- the calls of the generated parser ---- */

/* A `;` could stand here, and what is there instead begins a line or closes a block. */
static bool lacks_semicolon(const struct parser *parser, int code) {
    if (!accepts(parser, TOKEN_SEMICOLON) || parser->previous_code == TOKEN_END
        || parser->previous_code == TOKEN_SEMICOLON || accepts(parser, TOKEN_IF))
        return false;
    const struct source_file *source = parser->lexer.source;
    size_t begin = parser->previous.span.end - source->base;
    size_t end = parser->token.span.begin - source->base;
    return code == TOKEN_RIGHT_BRACE || memchr(source->content + begin, '\n', end - begin) != NULL;
}

void parser_syntax_error(struct parser *parser, int code, const struct token *token) {
    parser->has_failed = true;
    parser->open_braces = grammar_parse_count(parser->machine, TOKEN_LEFT_BRACE);
    parser->open_parentheses = grammar_parse_count(parser->machine, TOKEN_LEFT_PARENTHESIS)
                               + grammar_parse_count(parser->machine, TOKEN_LEFT_BRACKET);
    if (code == TOKEN_ILLEGAL || parser->is_too_deep || token->span.begin == parser->quiet_offset)
        return;
    if (lacks_semicolon(parser, code)) {
        struct span place = {parser->previous.span.end, parser->previous.span.end};
        struct diagnostic *found = diagnostic_add(parser->diagnostics, DIAGNOSTIC_MISSING_SEMICOLON, place);
        diagnostic_fix(found, place, TEXT(";"));
        parser->semicolon_inserted = true;
        grammar_parse(parser->machine, TOKEN_SEMICOLON, (struct token){.span = place}, parser);
        return;
    }
    if (code == TOKEN_END) {
        report_end(parser, token);
        return;
    }
    if (!report_habit(parser, code, token))
        diagnostic_add(parser->diagnostics, DIAGNOSTIC_UNEXPECTED_TOKEN, token->span, expected(parser),
                       describe(parser, code, token));
}

void parser_report_depth(struct parser *parser, struct span span) {
    if (!parser->is_too_deep)
        diagnostic_add(parser->diagnostics, DIAGNOSTIC_NESTED_TOO_DEEPLY, span, AST_DEPTH_MAX);
    parser->is_too_deep = true;
    parser->file->is_damaged = true;
}

void parser_stack_overflow(struct parser *parser) {
    struct span span = {parser->token.span.begin, parser->token.span.begin};
    parser_report_depth(parser, span);
}
