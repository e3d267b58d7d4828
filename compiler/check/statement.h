/* Statements: what statement.c, loop.c, switch.c and try.c share. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_STATEMENT_H
#define DSY_COMPILER_CHECK_STATEMENT_H

#include "compiler/check/body.h"

struct statement_pointer_list VECTOR(const struct statement *);

struct statement *statement_new(struct body *body, enum statement_kind kind, struct span span);

/* Stands for a statement that was reported: an empty block. */
struct statement *statement_empty(struct body *body, struct span span);

/* What is known at a place that is reached again after a statement ran, or in the middle of it: of the variables that
 * it assigns nothing. statement may be NULL. */
struct facts facts_weakened(struct body *body, struct facts facts, const struct ast_statement *statement);

/* Whether the state may be another one after a statement than before: it awaits somewhere, or assigns to a member.
 * NULL: no. */
bool may_change_state(const struct body *body, const struct ast_statement *statement);

/* Whether an expression awaits somewhere. NULL: no. */
bool expression_waits(const struct ast_expression *expression);

/* A statement that `break` leaves begins, and ends. */
void breakable_enter(struct body *body, struct breakable *breakable, bool is_loop);
void breakable_leave(struct body *body, struct breakable *breakable);

/* Declare a variable of the type that is written, which may be wider than that of the element it takes: then a variable
 * without a name takes the element, and a statement that is added to `before` converts it. Returns what takes it. */
struct variable *declare_element(struct body *body, const struct ast_loop_variable *source, const struct type *element,
                                 enum local_kind kind, struct statement_pointer_list *before);

/* A statement with a scope of its own that need not be a block. */
const struct statement *check_scoped(struct body *body, const struct ast_statement *statement);

const struct statement *check_while(struct body *body, const struct ast_statement *source);
const struct statement *check_do(struct body *body, const struct ast_statement *source);
const struct statement *check_for(struct body *body, const struct ast_statement *source);
const struct statement *check_for_each(struct body *body, const struct ast_statement *source);
const struct statement *check_switch(struct body *body, const struct ast_statement *source);
const struct statement *check_try(struct body *body, const struct ast_statement *source);

static inline bool
expression_awaits(const struct expression *expression)
{
    return expression != NULL && expression->has_await;
}

static inline bool
statement_awaits(const struct statement *statement)
{
    return statement != NULL && statement->has_await;
}

#endif
