/* The running parser: what parse.c, the constructors of ast_build.h and the generated parser share.
 * For syntax/ and grammar/ only; others include parse.h. */
#ifndef DSY_COMPILER_SYNTAX_PARSER_H
#define DSY_COMPILER_SYNTAX_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/base/arena.h"
#include "compiler/base/diagnostic.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/lexer.h"
#include "compiler/syntax/token.h"

struct parser {
    struct arena *arena;
    struct diagnostics *diagnostics;
    struct lexer lexer;
    struct ast_file *file;
    void *machine; /* the generated parser */

    struct token token; /* being read */
    int code;
    struct token previous; /* read before it */
    int previous_code;

    bool has_failed;         /* a syntax error came up with the last token */
    void *state_to_mend;     /* as it was then, when a `;` mends it; else NULL */
    uint32_t local_end;      /* where the last declaration of a variable ended, without its `;` */
    bool is_too_deep;        /* nesting limit passed: parsing stops */
    uint32_t quiet_offset;   /* a complaint about the token there would be a cascade */
    size_t open_braces;      /* on the parser's stack when the error came up */
    size_t open_parentheses; /* and brackets */
};

/* Called by the generated parser. */
void parser_syntax_error(struct parser *parser, int code, const struct token *token);
void parser_stack_overflow(struct parser *parser);

/* Called by the constructors: the tree would pass AST_DEPTH_MAX. */
void parser_report_depth(struct parser *parser, struct span span);

/* ---- the generated parser (grammar/parser.y) ---- */

size_t grammar_parse_size_bytes(void);
void grammar_parseInit(void *machine);
void grammar_parse(void *machine, int code, struct token token, struct parser *parser);
/* Forget that there was an error: the next one is reported. */
void grammar_parse_recovered(void *machine);
/* Would the parser take this token now, as itself and not by fallback? */
bool grammar_parse_accepts(const void *machine, int code);
/* A copy of its state in the arena, and back. */
void *grammar_parse_save(const void *machine, struct arena *arena);
void grammar_parse_restore(void *machine, const void *saved);
/* How many of a symbol are on its stack. */
size_t grammar_parse_count(const void *machine, int symbol);
/* The place of the topmost token of this code on its stack; {0, 0} if there is none. */
struct span grammar_parse_last(const void *machine, int code);
/* The symbol at index from the top of its stack; 0 beyond its bottom. */
int grammar_parse_symbol(const void *machine, size_t index);

#endif
