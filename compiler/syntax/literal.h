/* Literals: from their spelling to their value. Errors are reported, and a usable value returned. */
#ifndef DSY_COMPILER_SYNTAX_LITERAL_H
#define DSY_COMPILER_SYNTAX_LITERAL_H

#include <stdint.h>

#include "compiler/syntax/lexer.h"

/* The base-10, 0x… or 0b… digits of a spelling, with `_` between them. */
uint64_t literal_integer(struct lexer *lexer, struct text spelling, struct span span);
double literal_double(struct lexer *lexer, struct text spelling, struct span span);
/* "1_9.990m" → "19.990". */
struct text literal_decimal(struct lexer *lexer, struct text spelling, struct span span);
/* "250ms" → 250,000,000. */
int64_t literal_duration(struct lexer *lexer, struct text spelling, struct span span);

/* A number with letters behind it that mean nothing. */
void literal_bad_number(struct lexer *lexer, struct text spelling, struct span span);

enum string_form { STRING_PLAIN, STRING_BYTES, STRING_INTERPOLATED };

/* What stands between the quotes (or braces), without them: escapes decoded. offset: of its first byte. */
struct text literal_string(struct lexer *lexer, struct text body, uint32_t offset, enum string_form form);

/* What stands between the """: without the first line end, and without the closing line and its
 * indentation where the quotes stand on lines of their own. */
struct text literal_raw_string(struct lexer *lexer, struct text body, uint32_t offset);

#endif
