/* Calls: what is called, and with what. Shared by call.c and await.c; internal to check/. */
#ifndef DSY_COMPILER_CHECK_CALL_H
#define DSY_COMPILER_CHECK_CALL_H

#include "compiler/check/body.h"

enum callee_kind {
    CALLEE_BROKEN,      /* was reported, or is not supported */
    CALLEE_FUNCTION,    /* function; with what an await of it would be */
    CALLEE_PREDECLARED, /* sleep, now, …: nobody has declared the name */
    CALLEE_METHOD,      /* of a value, if anything */
};

struct callee {
    enum callee_kind kind;
    struct text name; /* as it is called in diagnostics */
    const struct function *function;
    const struct use *use;
    const struct expression *key; /* of a keyed service or interface; else NULL */
    enum await_kind await;
};

/* What a CALL calls. Reports names that nothing has. */
struct callee callee_of(struct body *body, const struct ast_expression *call);

/* The call of a function as a CALL node; reports arguments that don't fit. POISON after a report. What it throws is
 * noted by whoever knows where that goes: effect_call, effect_start. */
struct expression *call_node(struct body *body, const struct callee *callee, const struct ast_expression *call);

/* Check arguments of a call that was reported, for errors inside them. */
void check_lost_arguments(struct body *body, const struct ast_argument_list *arguments);

/* Whether a name is one of those that stand only after `await`. */
bool is_await_name(struct text name);

/* "routine", "step", …: with its article if `with_article`. */
const char *colour_text(enum colour colour, bool with_article);

#endif
