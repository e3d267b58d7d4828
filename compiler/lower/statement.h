/* Statements → blocks. Private to lower/: statement.c, loop.c and try.c call each other through this.
 * Each writes into the current block and leaves a current block, or none if control can't go on. */
#ifndef DSY_COMPILER_LOWER_STATEMENT_H
#define DSY_COMPILER_LOWER_STATEMENT_H

#include "compiler/lower/builder.h"

/* Lower the body of the builder's function, from its entry to its end. */
void lower_body(struct builder *builder);

void lower_statement(struct builder *builder, const struct statement *statement);

/* loop.c */
void lower_while(struct builder *builder, const struct statement *statement);
void lower_do(struct builder *builder, const struct statement *statement);
void lower_for(struct builder *builder, const struct statement *statement);
void lower_for_array(struct builder *builder, const struct statement *statement);
void lower_for_map(struct builder *builder, const struct statement *statement);
void lower_for_range(struct builder *builder, const struct statement *statement);

/* select.c */
void lower_select(struct builder *builder, const struct statement *statement);

/* try.c */
void lower_try(struct builder *builder, const struct statement *statement);
void lower_return(struct builder *builder, const struct statement *statement);
void lower_throw(struct builder *builder, const struct statement *statement);
void lower_rethrow(struct builder *builder, const struct statement *statement);
/* Leave by a break or continue: to the innermost loop (or switch), through the finally bodies between. */
void lower_exit(struct builder *builder, enum exit_kind kind, struct span span);

#endif
