/* What is known while one function body, or one constant expression, is checked. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_BODY_H
#define DSY_COMPILER_CHECK_BODY_H

#include "compiler/check/checker.h"
#include "compiler/check/flow.h"

/* Why a variable is there. */
enum local_kind {
    LOCAL_ORDINARY,
    LOCAL_PARAMETER,
    LOCAL_BINDING, /* of a switch over a union */
    LOCAL_CAUGHT,
    LOCAL_LOOP,  /* of a for over a collection or a range */
    LOCAL_CHAIN, /* the value before `?.`: it has no name, and cannot be changed */
};

struct variable_pointer_list VECTOR(struct variable *);

/* What the check knows of a variable beside it. */
struct local {
    enum local_kind kind;
    struct path *paths;  /* optionals within it that were narrowed: see path.c */
    uint32_t read_count; /* places where it is used as a value; those where it is only changed are left aside */
};
struct local_list VECTOR(struct local);

/* A name that came in sight, and what it meant before: the same name twice is an error, but no reason to forget. */
struct visible_name {
    struct text name;
    struct variable *before;
};
struct visible_list VECTOR(struct visible_name);

/* A statement that `break` leaves; on the C stack of the statement's checker. */
struct breakable {
    struct breakable *outer;
    bool is_loop;
    int finally_depth;        /* where it stands: leaving a `finally` or `compensate` body through it is an error */
    struct facts at_break;    /* joined over its breaks */
    struct facts at_continue; /* joined over its continues */
};

/* An optional before `?.` whose chain is being checked. */
struct chain {
    struct chain *outer;
    const struct expression *operand;
    struct variable *variable;
    struct facts facts; /* at its beginning */
};

struct body {
    struct checker *checker;
    struct module *module;
    struct service_scope *scope;     /* NULL outside services */
    struct function_check *function; /* NULL for a constant expression */
    const char *constant_place;      /* what wants a constant here: "a default value"; NULL in functions */

    struct variable_pointer_list variables; /* of the function, by index */
    struct local_list locals;               /* beside them */
    struct path *state_paths;               /* the same for the members of `state` */
    uint32_t path_count;
    struct visible_list visible; /* names of the locals in sight, innermost last */
    struct c_names c_names;

    struct facts facts;
    bool unreachable_reported; /* for the statements up to the next reachable one */
    struct breakable *breakable;
    struct chain *chain;
    bool wants_task;                    /* what is checked now is to be a task: a call without `await` lacks `start` */
    const struct ast_expression *place; /* that is being checked, and is changed only when all behind it is evaluated */
    int finally_depth;                  /* of `finally` and `compensate` bodies */
    const char *closed;                 /* the innermost of them: "finally"; NULL outside */
    struct compensating *compensating;  /* the innermost `compensate` body; NULL outside */
    struct function_check_list compensations; /* of the function, as they end */

    struct effect_scope *effect; /* where errors go: see effect.h */
    struct effect_scope *caught; /* the `try` whose catch body this is; NULL outside */
    size_t caught_clause;        /* and which of its clauses */
};

static inline enum colour
body_colour(const struct body *body)
{
    return body->function == NULL ? COLOUR_PURE : body->function->public.colour;
}

/* ---- locals (local.c) ---- */

/* Where the locals of a block begin; to be handed back at its end. */
size_t locals_enter(const struct body *body);
void locals_leave(struct body *body, size_t mark);

/* Make a variable and put it in sight; reports a name that a visible local has already (the new variable is in
 * sight all the same). name "": it is not put in sight. */
struct variable *locals_add(struct body *body, const struct ast_name *name, const struct type *type,
                            enum local_kind kind);

/* The local that a name means; NULL if none does. */
struct variable *locals_find(const struct body *body, struct text name);

/* ---- expressions (expression.c and those beside it) ---- */

/* Check an expression.
 *
 * expected  the type it will be converted to: gives `[]`, `null` and literals theirs; NULL if there is none
 *
 * Returns the checked node, of type POISON when something was reported. Its type may be VOID. */
const struct expression *check_expression(struct body *body, const struct ast_expression *expression,
                                          const struct type *expected);

/* The same for a value: VOID is reported. */
const struct expression *check_value(struct body *body, const struct ast_expression *expression,
                                     const struct type *expected);

/* A value converted to a type; reports why it can't be. */
const struct expression *check_converted(struct body *body, const struct ast_expression *expression,
                                         const struct type *type);

/* A condition, a bool; sets what is known when it is true and when it is false. body->facts is undefined after it. */
const struct expression *check_condition(struct body *body, const struct ast_expression *expression,
                                         struct facts *when_true, struct facts *when_false);

/* The operand of `==`, `??`, `!`, `?.`: what is known of the place itself is left aside, so that it keeps its optional
 * type. */
const struct expression *check_unnarrowed(struct body *body, const struct ast_expression *expression,
                                          const struct type *expected);

/* A place that may be changed; reports why it can't be. Returns NULL after a report. Marks its variable as mutated.
 * is_assigned: the place itself gets a new value (a narrowed variable is then taken as declared). */
const struct expression *check_place(struct body *body, const struct ast_expression *expression, bool is_assigned);

/* Whether an expression is the place that is being checked, or what that is a part of: what its `!` proves holds only
 * when the place is read or changed. */
bool place_holds(const struct body *body, const struct ast_expression *expression);

/* The place is read or changed now: take what its `!` prove. */
void place_prove(struct body *body, const struct expression *place);

/* The place once an await has been between its check and its change: what is known of state no longer holds then, so
 * that a part of it is unwrapped where it was narrowed. Other places stay as they are. */
const struct expression *place_after_await(struct checker *checker, const struct expression *place);

/* Whether what would be changed is a constant or configuration, or a part of one; reported then. */
bool place_is_constant(struct body *body, const struct ast_expression *expression);

/* Whether the place that `node` is may be changed; marks its variable as mutated. Reports why not: `code`, which may
 * take `what`, when it is no place of a variable. */
bool check_changeable(struct body *body, const struct expression *node, enum diagnostic_code code, struct span span,
                      struct text what);

/* operand.name, index, calls: postfix.c. */
const struct expression *check_postfix(struct body *body, const struct ast_expression *expression);

/* What a name means as a value. */
const struct expression *check_name(struct body *body, const struct ast_expression *expression);

/* Struct, union, error, event literals; arrays; maps; interpolations: literal.c. */
const struct expression *check_literal(struct body *body, const struct ast_expression *expression);
const struct expression *check_array(struct body *body, const struct ast_expression *expression,
                                     const struct type *expected);
const struct expression *check_map(struct body *body, const struct ast_expression *expression,
                                   const struct type *expected);
const struct expression *check_interpolation(struct body *body, const struct ast_expression *expression);

/* Operators: operator.c. */
const struct expression *check_unary(struct body *body, const struct ast_expression *expression);
const struct expression *check_binary(struct body *body, const struct ast_expression *expression,
                                      const struct type *expected);
/* An arithmetic operation on checked operands. in_type: the result must be of left's type (`x op= e`). */
const struct expression *check_arithmetic(struct body *body, enum ast_binary_operator operation,
                                          const struct expression *left, const struct expression *right,
                                          struct span span, bool in_type);
enum binary_operator binary_operator_of(enum ast_binary_operator operation);
const char *operator_text(enum ast_binary_operator operation);

/* Calls: call.c, await.c. */
const struct expression *check_call(struct body *body, const struct ast_expression *call);
const struct expression *check_type_call(struct body *body, const struct ast_expression *expression);
const struct expression *check_await(struct body *body, const struct ast_expression *expression);

/* Statements: statement.c, loop.c, switch.c. */
const struct statement *check_statement(struct body *body, const struct ast_statement *source);
/* Statements with a scope of their own, as a BLOCK. */
const struct statement *check_block(struct body *body, const struct ast_statement_list *statements, struct span span);

#endif
