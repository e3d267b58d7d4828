/* Pieces: the tokens and comments of a file in order, with what dsyc fmt must know of each. Internal to format.c. */
#ifndef DSY_COMPILER_TOOL_FORMAT_PIECE_H
#define DSY_COMPILER_TOOL_FORMAT_PIECE_H

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/base/vector.h"
#include "grammar/parser.h"

enum { PIECE_COMMENT = -1 };

/* The first piece stands for the begin of the file and the last for its end (TOKEN_END), so that every other has two
 * neighbours. A string with expressions in it is one piece, as it was written. */
struct piece {
    int code; /* TOKEN_…, or PIECE_COMMENT */
    struct text text;
    uint32_t line_breaks;        /* before it */
    const struct piece *partner; /* of a bracket: the one that closes or opens it; NULL: it is none */
    bool is_comment;
    bool is_line_comment; /* `//`: ends its line */
    bool is_trailing;     /* a comment behind code on its line */
    bool is_literal;      /* `{` `}` around the members of a value */
    bool opens_switch;    /* `{` of a switch or select */
    bool closes_header;   /* `)` of if, for, while, switch, catch, on */
    bool is_type_mark;    /* `<` `>` around types, `?` behind one */
    bool is_prefix;       /* an operator before its only operand */
    bool is_spaced_colon; /* of `a ? b : c`, `for (x : y)`, `service A : B` */
    bool is_operand;      /* a value or a type may end with it */
};
struct piece_list VECTOR(struct piece);

/* Read the pieces of a file without errors. */
void pieces_read(struct arena *arena, struct interner *names, const struct source_file *source,
                 struct diagnostics *diagnostics, struct piece_list *pieces);

/* Whether a blank stands between the piece and the one before it, on the same line. */
bool piece_needs_space(const struct piece *piece);

#endif
