/* The lexer: the bytes of a file → tokens with Lemon's codes. Its rules stand in grammar/lexer.re,
 * the reading of literals in literal.h. Lexical errors are reported here; the token that is returned
 * all the same keeps the parser from complaining again.
 *
 * Three things need more than the text in front: `>>` that closes two of `map<` `task<` `promise<`;
 * the `}` that ends an expression inside $"…"; and `///` comments, which belong to the token behind. */
#ifndef DSY_COMPILER_SYNTAX_LEXER_H
#define DSY_COMPILER_SYNTAX_LEXER_H

#include <stdbool.h>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/base/text.h"
#include "compiler/base/vector.h"
#include "compiler/syntax/token.h"

/* $"…{ $"…{ … }…" }…": strings inside expressions inside strings. */
#define INTERPOLATION_DEPTH_MAX 32

/* The code of the end of the file, as Lemon wants it. */
#define TOKEN_END 0

/* The comment before the token that begins at `offset`. */
struct documentation {
    uint32_t offset;
    struct text text;
};
struct documentation_list VECTOR(struct documentation);
struct text_list VECTOR(struct text);

struct lexer {
    const unsigned char *cursor;
    const unsigned char *marker; /* re2c's: where to go back to */
    const unsigned char *token_begin;
    const unsigned char *limit; /* the NUL behind the file */
    const unsigned char *content;
    const struct source_file *source;
    struct arena *arena;
    struct interner *names;
    struct diagnostics *diagnostics;

    bool opens_type_arguments; /* the last token was `map`, `task` or `promise` */
    int type_argument_depth;   /* `<` of those still open */

    uint32_t brace_depth;                           /* `{` open since the innermost hole began */
    uint32_t hole_count;                            /* holes of $"…" open */
    uint32_t brace_depths[INTERPOLATION_DEPTH_MAX]; /* brace_depth outside each hole */
    uint32_t hole_begins[INTERPOLATION_DEPTH_MAX];  /* offsets of the `{` */

    bool is_cut_off; /* the rest of the file was lost to an error: no complaint about its end */

    struct text_list comment_lines;          /* `///` lines waiting for the next token */
    struct documentation_list documentation; /* by ascending offset */
};

/* Begin at the start of source; a byte-order mark is skipped, UTF-8 checked at once. */
void lexer_initialise(struct lexer *lexer, struct arena *arena, struct interner *names,
                      const struct source_file *source, struct diagnostics *diagnostics);

/* The next token. Returns its code, TOKEN_END at the end (again and again). */
int lexer_next(struct lexer *lexer, struct token *token);

/* The comment before the token that begins at offset; "" if none. */
struct text lexer_documentation(const struct lexer *lexer, uint32_t offset);

#endif
