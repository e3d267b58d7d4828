/* A token: its place and its value. Its code (TOKEN_…) is made by Lemon from grammar/parser.y and
 * travels beside it, as Lemon wants it. */
#ifndef DSY_COMPILER_SYNTAX_TOKEN_H
#define DSY_COMPILER_SYNTAX_TOKEN_H

#include <stdint.h>

#include "compiler/base/source.h"
#include "compiler/base/text.h"

struct token {
    struct span span;
    union {
        struct text text;    /* names: interned; STRING, BYTES, INTERPOLATION_…: decoded; DECIMAL: plain digits */
        uint64_t integer;    /* INTEGER */
        double real;         /* FLOATING */
        int64_t duration_ns; /* DURATION */
    } as;
};

#endif
