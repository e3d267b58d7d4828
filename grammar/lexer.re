/* The words of the language: language.md, section 2. re2c makes the scanner of it; it returns the
 * token codes of grammar/parser.y. Relies on compiler/syntax/lexer.h and literal.h, which decode.
 *
 * A NUL stands behind the file: re2c takes it for the end only at lexer->limit. */
#include "compiler/syntax/lexer.h"

#include "compiler/syntax/literal.h"
#include "grammar/parser.h"

static struct text spelling(const unsigned char *begin, const unsigned char *end) {
    return (struct text){(const char *)begin, (size_t)(end - begin)};
}

static uint32_t offset_of(const struct lexer *lexer, const unsigned char *place) {
    return lexer->source->base + (uint32_t)(place - lexer->content);
}

static struct span span_of(const struct lexer *lexer, const unsigned char *begin) {
    return (struct span){offset_of(lexer, begin), offset_of(lexer, lexer->cursor)};
}

/* ---- comments ---- */

static void skip_comment(struct lexer *lexer, const unsigned char *begin) {
    const unsigned char *end = memmem(lexer->cursor, (size_t)(lexer->limit - lexer->cursor), "*/", 2);
    if (end != NULL) {
        lexer->cursor = end + 2;
        return;
    }
    struct span span = span_of(lexer, begin);
    diagnostic_add(lexer->diagnostics, DIAGNOSTIC_UNTERMINATED_COMMENT, span);
    lexer->cursor = lexer->limit;
    lexer->is_cut_off = true;
}

/* A `///` line waits for the token behind it; one blank after the slashes is no part of the text. */
static void keep_comment_line(struct lexer *lexer, const unsigned char *begin) {
    const unsigned char *text_begin = begin + 3;
    const unsigned char *text_end = lexer->cursor;
    if (text_begin < text_end && *text_begin == ' ')
        text_begin++;
    if (text_begin < text_end && text_end[-1] == '\r')
        text_end--;
    vector_add(lexer->arena, &lexer->comment_lines, spelling(text_begin, text_end));
}

static void attach_comment(struct lexer *lexer, uint32_t offset) {
    struct documentation documentation = {.offset = offset, .text = lexer->comment_lines.items[0]};
    if (lexer->comment_lines.count > 1) {
        struct text_builder builder;
        text_builder_initialise(&builder, lexer->arena);
        for (size_t index = 0; index < lexer->comment_lines.count; index++) {
            if (index > 0)
                text_builder_add_character(&builder, '\n');
            text_builder_add(&builder, lexer->comment_lines.items[index]);
        }
        documentation.text = text_builder_text(&builder);
    }
    vector_add(lexer->arena, &lexer->documentation, documentation);
    lexer->comment_lines.count = 0;
}

/* ---- strings with expressions in them ---- */

/* Read text of $"…" from the cursor up to a hole or to its end. `begin` is where the token begins.
 * Returns TOKEN_STRING for a string without holes, else the code of the piece. */
static int scan_interpolated(struct lexer *lexer, struct token *token, const unsigned char *begin, bool is_first) {
    const unsigned char *body = lexer->cursor;
    /*!re2c
        re2c:define:YYCTYPE = "unsigned char";
        re2c:define:YYCURSOR = "lexer->cursor";
        re2c:define:YYMARKER = "lexer->marker";
        re2c:define:YYLIMIT = "lexer->limit";
        re2c:yyfill:enable = 0;
        re2c:eof = 0;

        any_escape = "\\" [^\n\x00] | "\\u{" [0-9a-fA-F]* "}";
        piece = ([^"\\\n\x00{}] | any_escape | "{{" | "}")*;

        piece "\"" {
            token->span = span_of(lexer, begin);
            token->as.text = literal_string(lexer, spelling(body, lexer->cursor - 1), offset_of(lexer, body),
                                            STRING_INTERPOLATED);
            return is_first ? TOKEN_STRING : TOKEN_INTERPOLATION_END;
        }
        piece "{" {
            token->span = span_of(lexer, begin);
            token->as.text = literal_string(lexer, spelling(body, lexer->cursor - 1), offset_of(lexer, body),
                                            STRING_INTERPOLATED);
            if (lexer->hole_count == INTERPOLATION_DEPTH_MAX) {
                diagnostic_add(lexer->diagnostics, DIAGNOSTIC_NESTED_TOO_DEEPLY, token->span, INTERPOLATION_DEPTH_MAX);
                lexer->cursor = lexer->limit;
                lexer->is_cut_off = true;
                lexer->hole_count = 0;
                return TOKEN_ILLEGAL;
            }
            lexer->hole_begins[lexer->hole_count] = offset_of(lexer, lexer->cursor - 1);
            lexer->brace_depths[lexer->hole_count] = lexer->brace_depth;
            lexer->hole_count++;
            lexer->brace_depth = 0;
            return is_first ? TOKEN_INTERPOLATION_BEGIN : TOKEN_INTERPOLATION_MIDDLE;
        }
        * { goto unterminated; }
        $ { goto unterminated; }
    */
unterminated:
    lexer->cursor = body;
    while (lexer->cursor < lexer->limit && *lexer->cursor != '\n')
        lexer->cursor++;
    token->span = span_of(lexer, begin);
    diagnostic_add(lexer->diagnostics, DIAGNOSTIC_UNTERMINATED_STRING, token->span);
    return TOKEN_ILLEGAL;
}

/* A hole of $"…" must be closed on its line: else everything behind a forgotten `}` would be lost. */
static int report_open_hole(struct lexer *lexer, struct token *token) {
    uint32_t begin = lexer->hole_begins[lexer->hole_count - 1];
    diagnostic_add(lexer->diagnostics, DIAGNOSTIC_UNCLOSED_INTERPOLATION, (struct span){begin, begin + 1});
    token->span = span_of(lexer, lexer->cursor); /* tokens never go back */
    lexer->hole_count = 0;
    lexer->brace_depth = 0;
    return TOKEN_ILLEGAL;
}

static int scan_raw_string(struct lexer *lexer, struct token *token, const unsigned char *begin) {
    const unsigned char *body = lexer->cursor;
    const unsigned char *end = memmem(body, (size_t)(lexer->limit - body), "\"\"\"", 3);
    if (end == NULL) {
        token->span = span_of(lexer, begin);
        diagnostic_add(lexer->diagnostics, DIAGNOSTIC_UNTERMINATED_STRING, token->span);
        lexer->cursor = lexer->limit;
        lexer->is_cut_off = true;
        return TOKEN_ILLEGAL;
    }
    lexer->cursor = end + 3;
    token->span = span_of(lexer, begin);
    token->as.text = literal_raw_string(lexer, spelling(body, end), offset_of(lexer, body));
    return TOKEN_STRING;
}

/* ---- everything else ---- */

static bool is_name_byte(unsigned char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

/* A character that means nothing; letters of other alphabets with the rest of the name they stand in. */
static int report_character(struct lexer *lexer, const unsigned char *begin) {
    bool is_letter = *begin >= 0x80;
    bool is_valid = utf8_length((const char *)begin, (const char *)lexer->limit) != 0;
    while (is_letter && lexer->cursor < lexer->limit && (*lexer->cursor >= 0x80 || is_name_byte(*lexer->cursor)))
        lexer->cursor++;
    if (!is_valid)
        return TOKEN_ILLEGAL; /* reported when the file was checked */
    struct text shown = spelling(begin, lexer->cursor);
    if (*begin < 0x20 || *begin == 0x7F)
        shown = text_format(lexer->arena, "\\x%02x", (unsigned)*begin);
    struct diagnostic *found
        = diagnostic_add(lexer->diagnostics, DIAGNOSTIC_UNEXPECTED_CHARACTER, span_of(lexer, begin), shown);
    if (is_letter)
        diagnostic_help(found, "names are made of the letters A to Z, digits and '_'");
    return TOKEN_ILLEGAL;
}

static int word(struct token *token, const struct lexer *lexer, const unsigned char *begin, int code) {
    token->as.text = interner_add(lexer->names, (const char *)begin, (size_t)(lexer->cursor - begin));
    return code;
}

static int scan(struct lexer *lexer, struct token *token) {
    const unsigned char *begin;
next:
    begin = lexer->cursor;
    lexer->token_begin = begin;
    /*!re2c
        blank = [ \t\r];
        name = [A-Za-z_][A-Za-z0-9_]*;
        digits = [0-9] ("_"? [0-9])*;
        exponent = [eE] [+-]? digits;
        fraction = digits "." digits exponent? | digits exponent;
        unit = "ms" | "s" | "min" | "h" | "d";
        plain = [^"\\\n\x00];
        escape = "\\" [^\n\x00];

        $           { goto end; }
        blank+      { goto next; }
        "\n"        { if (lexer->hole_count != 0) goto open_hole; goto next; }
        "/*"        { skip_comment(lexer, begin); goto next; }
        "///" ([^/\n\x00] [^\n\x00]*)? { keep_comment_line(lexer, begin); goto next; }
        "//" [^\n\x00]* { goto next; }

        "module"    { return word(token, lexer, begin, TOKEN_MODULE); }
        "import"    { return word(token, lexer, begin, TOKEN_IMPORT); }
        "const"     { return word(token, lexer, begin, TOKEN_CONST); }
        "enum"      { return word(token, lexer, begin, TOKEN_ENUM); }
        "struct"    { return word(token, lexer, begin, TOKEN_STRUCT); }
        "union"     { return word(token, lexer, begin, TOKEN_UNION); }
        "error"     { return word(token, lexer, begin, TOKEN_ERROR); }
        "event"     { return word(token, lexer, begin, TOKEN_EVENT); }
        "interface" { return word(token, lexer, begin, TOKEN_INTERFACE); }
        "service"   { return word(token, lexer, begin, TOKEN_SERVICE); }
        "use"       { return word(token, lexer, begin, TOKEN_USE); }
        "config"    { return word(token, lexer, begin, TOKEN_CONFIG); }
        "state"     { return word(token, lexer, begin, TOKEN_STATE); }
        "async"     { return word(token, lexer, begin, TOKEN_ASYNC); }
        "await"     { return word(token, lexer, begin, TOKEN_AWAIT); }
        "start"     { return word(token, lexer, begin, TOKEN_START); }
        "extern"    { return word(token, lexer, begin, TOKEN_EXTERN); }
        "query"     { return word(token, lexer, begin, TOKEN_QUERY); }
        "shared"    { return word(token, lexer, begin, TOKEN_SHARED); }
        "private"   { return word(token, lexer, begin, TOKEN_PRIVATE); }
        "on"        { return word(token, lexer, begin, TOKEN_ON); }
        "publish"   { return word(token, lexer, begin, TOKEN_PUBLISH); }
        "throws"    { return word(token, lexer, begin, TOKEN_THROWS); }
        "throw"     { return word(token, lexer, begin, TOKEN_THROW); }
        "try"       { return word(token, lexer, begin, TOKEN_TRY); }
        "catch"     { return word(token, lexer, begin, TOKEN_CATCH); }
        "finally"   { return word(token, lexer, begin, TOKEN_FINALLY); }
        "compensate" { return word(token, lexer, begin, TOKEN_COMPENSATE); }
        "cancel"    { return word(token, lexer, begin, TOKEN_CANCEL); }
        "select"    { return word(token, lexer, begin, TOKEN_SELECT); }
        "case"      { return word(token, lexer, begin, TOKEN_CASE); }
        "default"   { return word(token, lexer, begin, TOKEN_DEFAULT); }
        "after"     { return word(token, lexer, begin, TOKEN_AFTER); }
        "if"        { return word(token, lexer, begin, TOKEN_IF); }
        "else"      { return word(token, lexer, begin, TOKEN_ELSE); }
        "for"       { return word(token, lexer, begin, TOKEN_FOR); }
        "while"     { return word(token, lexer, begin, TOKEN_WHILE); }
        "do"        { return word(token, lexer, begin, TOKEN_DO); }
        "switch"    { return word(token, lexer, begin, TOKEN_SWITCH); }
        "break"     { return word(token, lexer, begin, TOKEN_BREAK); }
        "continue"  { return word(token, lexer, begin, TOKEN_CONTINUE); }
        "return"    { return word(token, lexer, begin, TOKEN_RETURN); }
        "var"       { return word(token, lexer, begin, TOKEN_VAR); }
        "true"      { return word(token, lexer, begin, TOKEN_TRUE); }
        "false"     { return word(token, lexer, begin, TOKEN_FALSE); }
        "null"      { return word(token, lexer, begin, TOKEN_NULL); }
        "within"    { return word(token, lexer, begin, TOKEN_WITHIN); }
        "detached"  { return word(token, lexer, begin, TOKEN_DETACHED); }
        "secret"    { return word(token, lexer, begin, TOKEN_SECRET); }
        "migrate"   { return word(token, lexer, begin, TOKEN_MIGRATE); }
        "test"      { return word(token, lexer, begin, TOKEN_TEST); }
        "mock"      { return word(token, lexer, begin, TOKEN_MOCK); }
        "assert"    { return word(token, lexer, begin, TOKEN_ASSERT); }

        "void"      { return word(token, lexer, begin, TOKEN_VOID); }
        "bool"      { return word(token, lexer, begin, TOKEN_BOOL); }
        "int"       { return word(token, lexer, begin, TOKEN_INT); }
        "int8"      { return word(token, lexer, begin, TOKEN_INT8); }
        "int16"     { return word(token, lexer, begin, TOKEN_INT16); }
        "int32"     { return word(token, lexer, begin, TOKEN_INT32); }
        "int64"     { return word(token, lexer, begin, TOKEN_INT64); }
        "uint8"     { return word(token, lexer, begin, TOKEN_UINT8); }
        "uint16"    { return word(token, lexer, begin, TOKEN_UINT16); }
        "uint32"    { return word(token, lexer, begin, TOKEN_UINT32); }
        "uint64"    { return word(token, lexer, begin, TOKEN_UINT64); }
        "double"    { return word(token, lexer, begin, TOKEN_DOUBLE); }
        "decimal"   { return word(token, lexer, begin, TOKEN_DECIMAL); }
        "string"    { return word(token, lexer, begin, TOKEN_STRING_TYPE); }
        "bytes"     { return word(token, lexer, begin, TOKEN_BYTES_TYPE); }
        "time"      { return word(token, lexer, begin, TOKEN_TIME); }
        "duration"  { return word(token, lexer, begin, TOKEN_DURATION_TYPE); }
        "uuid"      { return word(token, lexer, begin, TOKEN_UUID); }
        "map"       { lexer->opens_type_arguments = true; return word(token, lexer, begin, TOKEN_MAP); }
        "task"      { lexer->opens_type_arguments = true; return word(token, lexer, begin, TOKEN_TASK); }
        "promise"   { lexer->opens_type_arguments = true; return word(token, lexer, begin, TOKEN_PROMISE); }
        name        { return word(token, lexer, begin, TOKEN_ID); }

        digits | "0" [xX] [0-9a-fA-F] ("_"? [0-9a-fA-F])* | "0" [bB] [01] ("_"? [01])* {
            token->as.integer = literal_integer(lexer, spelling(begin, lexer->cursor), span_of(lexer, begin));
            return TOKEN_INTEGER;
        }
        fraction {
            token->as.real = literal_double(lexer, spelling(begin, lexer->cursor), span_of(lexer, begin));
            return TOKEN_FLOATING;
        }
        (digits | fraction) "m" {
            token->as.text = literal_decimal(lexer, spelling(begin, lexer->cursor), span_of(lexer, begin));
            return TOKEN_DECIMAL_LITERAL;
        }
        digits unit {
            token->as.duration_ns = literal_duration(lexer, spelling(begin, lexer->cursor), span_of(lexer, begin));
            return TOKEN_DURATION;
        }
        (digits | fraction) [A-Za-z_][A-Za-z0-9_]* {
            literal_bad_number(lexer, spelling(begin, lexer->cursor), span_of(lexer, begin));
            return TOKEN_BAD_LITERAL;
        }

        "\"" plain* "\"" {
            token->as.text = spelling(begin + 1, lexer->cursor - 1);
            return TOKEN_STRING;
        }
        "\"" (plain | escape)* "\"" {
            token->as.text = literal_string(lexer, spelling(begin + 1, lexer->cursor - 1),
                                            offset_of(lexer, begin + 1), STRING_PLAIN);
            return TOKEN_STRING;
        }
        "b\"" (plain | escape)* "\"" {
            token->as.text = literal_string(lexer, spelling(begin + 2, lexer->cursor - 1),
                                            offset_of(lexer, begin + 2), STRING_BYTES);
            return TOKEN_BYTES;
        }
        "\"\"\"" { return scan_raw_string(lexer, token, begin); }
        "$\""    { return scan_interpolated(lexer, token, begin, true); }
        "b"? "\"" (plain | escape)* {
            if (lexer->hole_count != 0) /* the quote was to end the string around the hole */
                goto open_hole;
            diagnostic_add(lexer->diagnostics, DIAGNOSTIC_UNTERMINATED_STRING, span_of(lexer, begin));
            return TOKEN_ILLEGAL;
        }
        "'" [^'\n\x00]* "'" {
            struct diagnostic *found
                = diagnostic_add(lexer->diagnostics, DIAGNOSTIC_SINGLE_QUOTES, span_of(lexer, begin));
            diagnostic_help(found, "write \"%t\"", spelling(begin + 1, lexer->cursor - 1));
            token->as.text = spelling(begin + 1, lexer->cursor - 1);
            return TOKEN_STRING;
        }

        "{"   { lexer->type_argument_depth = 0; lexer->brace_depth++; return TOKEN_LEFT_BRACE; }
        "}"   {
            lexer->type_argument_depth = 0;
            if (lexer->hole_count != 0 && lexer->brace_depth == 0) {
                lexer->hole_count--;
                lexer->brace_depth = lexer->brace_depths[lexer->hole_count];
                return scan_interpolated(lexer, token, begin, false);
            }
            if (lexer->brace_depth > 0)
                lexer->brace_depth--;
            return TOKEN_RIGHT_BRACE;
        }
        ";"   { lexer->type_argument_depth = 0; return TOKEN_SEMICOLON; }
        "("   { lexer->type_argument_depth = 0; return TOKEN_LEFT_PARENTHESIS; }
        ")"   { lexer->type_argument_depth = 0; return TOKEN_RIGHT_PARENTHESIS; }
        "<"   {
            if (lexer->opens_type_arguments)
                lexer->type_argument_depth++;
            return TOKEN_LESS;
        }
        ">"   { if (lexer->type_argument_depth > 0) lexer->type_argument_depth--; return TOKEN_GREATER; }
        ">>" | ">=" | ">>=" {
            if (lexer->type_argument_depth > 0) { /* one `>` only; the rest is read again */
                lexer->type_argument_depth--;
                lexer->cursor = begin + 1;
                return TOKEN_GREATER;
            }
            if (lexer->cursor - begin == 3)
                return TOKEN_SHIFT_RIGHT_ASSIGN;
            return begin[1] == '>' ? TOKEN_SHIFT_RIGHT : TOKEN_GREATER_EQUAL;
        }
        "["   { return TOKEN_LEFT_BRACKET; }
        "]"   { return TOKEN_RIGHT_BRACKET; }
        "[" blank* "]" { return TOKEN_BRACKETS; }
        ","   { return TOKEN_COMMA; }
        ":"   { return TOKEN_COLON; }
        "."   { return TOKEN_DOT; }
        ".."  { return TOKEN_RANGE; }
        "?"   { return TOKEN_QUESTION; }
        "?."  { return TOKEN_OPTIONAL_DOT; }
        "??"  { return TOKEN_COALESCE; }
        "!"   { return TOKEN_NOT; }
        "@"   { return TOKEN_AT; }
        "~"   { return TOKEN_COMPLEMENT; }
        "="   { return TOKEN_ASSIGN; }
        "=="  { return TOKEN_EQUAL; }
        "!="  { return TOKEN_NOT_EQUAL; }
        "<="  { return TOKEN_LESS_EQUAL; }
        "<<"  { return TOKEN_SHIFT_LEFT; }
        "<<=" { return TOKEN_SHIFT_LEFT_ASSIGN; }
        "+"   { return TOKEN_PLUS; }
        "-"   { return TOKEN_MINUS; }
        "*"   { return TOKEN_STAR; }
        "/"   { return TOKEN_SLASH; }
        "%"   { return TOKEN_PERCENT; }
        "&"   { return TOKEN_AND; }
        "|"   { return TOKEN_OR; }
        "^"   { return TOKEN_XOR; }
        "&&"  { return TOKEN_LOGICAL_AND; }
        "||"  { return TOKEN_LOGICAL_OR; }
        "+="  { return TOKEN_PLUS_ASSIGN; }
        "-="  { return TOKEN_MINUS_ASSIGN; }
        "*="  { return TOKEN_STAR_ASSIGN; }
        "/="  { return TOKEN_SLASH_ASSIGN; }
        "%="  { return TOKEN_PERCENT_ASSIGN; }
        "&="  { return TOKEN_AND_ASSIGN; }
        "|="  { return TOKEN_OR_ASSIGN; }
        "^="  { return TOKEN_XOR_ASSIGN; }
        "++"  { return TOKEN_INCREMENT; }
        "--"  { return TOKEN_DECREMENT; }
        *     { return report_character(lexer, begin); }
    */
open_hole:
    return report_open_hole(lexer, token);
end:
    if (lexer->hole_count != 0)
        goto open_hole;
    token->span = (struct span){offset_of(lexer, lexer->limit), offset_of(lexer, lexer->limit)};
    return TOKEN_END;
}

int lexer_next(struct lexer *lexer, struct token *token) {
    token->span.begin = 0;
    int code = scan(lexer, token);
    if (token->span.begin == 0)
        token->span = span_of(lexer, lexer->token_begin);
    if (code != TOKEN_MAP && code != TOKEN_TASK && code != TOKEN_PROMISE)
        lexer->opens_type_arguments = false;
    if (lexer->comment_lines.count != 0)
        attach_comment(lexer, token->span.begin);
    return code;
}
