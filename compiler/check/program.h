/* The checked program: what check/ makes of the parsed files, and its only output.
 *
 * Names are resolved, types known, defaults filled in, constants folded, conversions written out:
 * a later stage never looks a name up and never reports an error of the user's. Types of its own,
 * nothing of syntax/ but spans. Memory: the arena of the compilation. Order of all arrays: as declared,
 * imported files before the file that imports them. */
#ifndef DSY_COMPILER_CHECK_PROGRAM_H
#define DSY_COMPILER_CHECK_PROGRAM_H

#include "compiler/base/source.h"
#include "compiler/base/text.h"
#include "compiler/check/type.h"

struct expression;
struct statement;
struct function;
struct service;

/* ---- declarations ---- */

struct member {
    struct text name;
    struct text c_name;                     /* `name`, or with an underscore behind where C reserves it */
    const struct type *type;                /* VOID for a union's void variant */
    const struct expression *default_value; /* constant; NULL: the type's zero value. Not for variants */
    uint32_t number;                        /* pinned number on disk and wire, from 1 */
    struct text documentation;              /* "" if none */
    struct span span;
};

enum structure_kind { STRUCTURE_STRUCT, STRUCTURE_ERROR, STRUCTURE_EVENT };

struct struct_declaration {
    enum structure_kind kind;
    struct text name;           /* as shown: "Order" */
    struct text qualified_name; /* "shop.orders.Order": identity on disk and wire */
    struct text c_name;
    const struct member *members;
    size_t member_count;
    bool is_built_in; /* Overflow, Timeout, …: implemented by libdsy, not generated */
    const struct type *type;
    struct text documentation;
    struct span span;
};

struct enumerator {
    struct text name;
    struct text c_name; /* "Status_Paid" */
    int64_t value;      /* fits int32 */
    struct text documentation;
};

struct enum_declaration {
    struct text name, qualified_name, c_name;
    const struct enumerator *enumerators;
    size_t enumerator_count;
    const struct type *type;
    struct text documentation;
    struct span span;
};

struct union_declaration {
    struct text name, qualified_name, c_name;
    const struct member *variants; /* number: the variant's number on disk; C value of the tag is its index */
    size_t variant_count;
    const struct type *type;
    struct text documentation;
    struct span span;
};

struct variable {
    struct text name;
    struct text c_name; /* unique in its function: "item", "item_2" */
    const struct type *type;
    bool is_parameter;
    bool is_temporary;                      /* made by lower/ */
    bool is_single_use;                     /* made by lower/: read once, so that reading it takes its value */
    bool is_mutated;                        /* assigned or mutated in place after its initialisation */
    bool is_counter;                        /* made or set by lower/: it counts up to the limit of a loop, and is below
                                               it wherever it is saved */
    bool is_position;                       /* such a counter of items: never negative */
    uint32_t index;                         /* in function.variables; parameters first */
    const struct expression *default_value; /* parameters only; NULL if none */
    struct span span;
};

/* How a public routine of a keyed service meets its key. */
enum key_access {
    KEY_ACCESS_EXCLUSIVE, /* holds the key from its start to its end; queues for it */
    KEY_ACCESS_SHARED,    /* does not queue */
    KEY_ACCESS_QUERY,     /* reads the saved state; does not queue, changes nothing, never awaits */
};

/* What a step says of its effect beside its colour. */
enum step_effect { STEP_EFFECT_AT_LEAST_ONCE, STEP_EFFECT_IDEMPOTENT, STEP_EFFECT_AT_MOST_ONCE };

enum colour { COLOUR_PURE, COLOUR_ROUTINE, COLOUR_STEP, COLOUR_NATIVE };

struct retry_policy {
    bool is_written;  /* false: the default policy, for ever, 100 ms doubling to 1 min */
    int64_t attempts; /* at most this many executions; 0 = for ever */
    int64_t first_ns, most_ns;
    double factor;
};

struct function {
    enum colour colour;
    struct text name;                  /* "checkout" */
    struct text qualified_name;        /* "Orders.checkout", "total" with its module where it isn't the main one */
    struct text c_name;                /* "Orders_checkout": unique in the program */
    struct service *service;           /* NULL outside services */
    const struct interface *interface; /* not NULL: a method of an interface, no body */
    bool is_public;                    /* a routine of a service that is not private */
    const struct variable *const *parameters;
    size_t parameter_count;
    const struct type *result;        /* VOID type for void */
    const struct type *const *throws; /* declared errors that can leave it (inferred or written), sorted by name */
    size_t throw_count;
    const struct statement *body; /* NULL: STEP, NATIVE, interface method */
    struct variable **variables;  /* every local of the body, parameters first */
    size_t variable_count;
    struct retry_policy retry; /* steps */
    int64_t timeout_ns;        /* steps; 0 = none */
    enum step_effect step_effect;
    int64_t limit_concurrency;  /* steps: attempts at a time in the deployment; 0 = no limit */
    double limit_per_second;    /* steps: attempts begun in a second; 0 = no limit */
    bool has_effect;            /* natives of the standard library only (@effect): not pure, stands in routines only */
    enum key_access key_access; /* routines of keyed services */
    const struct function *outer; /* of a compensation (its parameters are copies of variables of `outer`, and are the
                                     very same objects; `variables` is outer's list); NULL: it is none */
    uint32_t index;               /* in program.functions */
    struct text documentation;
    struct span span;
};

struct interface {
    struct text name, qualified_name, c_name;
    const struct type *key_type; /* of a keyed interface; NULL: it is none */
    const struct function *const *methods;
    size_t method_count;
    struct text documentation;
    struct span span;
};

struct use {
    struct text name;
    struct text c_name;
    const struct interface *interface; /* NULL when `service` is named directly */
    const struct service *service;
    uint32_t index; /* in service.uses */
    struct span span;
};

struct config {
    struct text name, c_name;
    const struct type *type;
    const struct expression *default_value; /* NULL: must be configured */
    bool is_secret;
    uint32_t index;
    struct text documentation;
    struct span span;
};

/* on (Event e) { … }: `routine` takes the event, and runs once for each that is published. */
struct subscription {
    const struct struct_declaration *event;
    const struct function *routine;
};

/* @schedule: `routine` takes nothing. */
struct schedule {
    struct text cron; /* five fields, checked */
    struct text zone; /* IANA name; "UTC" unless written */
    const struct function *routine;
};

struct service {
    struct text name, qualified_name, c_name;
    const struct variable *key;             /* its key parameter: name and type; NULL: it is not keyed */
    const struct struct_declaration *state; /* a struct made of its `state` members; NULL: it has none */
    const struct subscription *subscriptions;
    size_t subscription_count;
    const struct schedule *schedules;
    size_t schedule_count;
    const struct interface *const *interfaces;
    size_t interface_count;
    const struct use *const *uses;
    size_t use_count;
    const struct config *const *configs;
    size_t config_count;
    const struct function *const *routines; /* and pure functions inside it */
    size_t routine_count;
    uint32_t index; /* in program.services */
    struct text documentation;
    struct span span;
};

struct program {
    struct text module;    /* of the main file */
    struct text main_path; /* as given on the command line */
    /* All that occur, each after those it holds by value; always VOID, BOOL, INT64, STRING and ANY_ERROR, and for
     * every map type the arrays of its keys and of its values. */
    const struct type *const *types;
    size_t type_count;
    const struct struct_declaration *const *structures; /* structs, errors, events of the user */
    size_t structure_count;
    const struct enum_declaration *const *enumerations;
    size_t enumeration_count;
    const struct union_declaration *const *unions;
    size_t union_count;
    const struct interface *const *interfaces;
    size_t interface_count;
    const struct service *const *services;
    size_t service_count;
    struct function *const *functions; /* pure, routines, steps, natives; not interface methods */
    size_t function_count;
};

/* ---- expressions ---- */

enum expression_kind {
    EXPRESSION_LITERAL,     /* literal; by type: BOOL, integers, DOUBLE, DECIMAL, STRING, BYTES, TIME, DURATION, UUID */
    EXPRESSION_ENUMERATOR,  /* enumerator */
    EXPRESSION_NULL,        /* the null of its optional type */
    EXPRESSION_ZERO,        /* the type's zero value (default) */
    EXPRESSION_VARIABLE,    /* variable */
    EXPRESSION_CONFIG,      /* config of the function's service */
    EXPRESSION_MEMBER,      /* operand.member of a struct or declared error */
    EXPRESSION_INDEX,       /* operand[index]: array, map (throws KeyNotFound), bytes (uint8) */
    EXPRESSION_UNARY,       /* unary operator */
    EXPRESSION_BINARY,      /* left op right: both of the operation's own type, see operation_type */
    EXPRESSION_LOGICAL_AND, /* left && right */
    EXPRESSION_LOGICAL_OR,  /* left || right */
    EXPRESSION_CONDITIONAL, /* condition ? left : right */
    EXPRESSION_COALESCE,    /* left ?? right */
    EXPRESSION_UNWRAP,      /* operand!: throws NullValue */
    EXPRESSION_NARROW,      /* operand, an optional known not to be null here: never throws */
    EXPRESSION_SOME,        /* operand, a T made a T? */
    EXPRESSION_OPTIONAL_CHAIN, /* operand?.…: if operand is null then null, else `right` with `variable` bound to the
                                  value; the type is optional */
    EXPRESSION_CONVERT,        /* operand to type; is_checked: may throw InvalidValue, else a widening */
    EXPRESSION_INTERPOLATE,    /* arguments, each a STRING (converted), concatenated */
    EXPRESSION_STRUCT, /* arguments: a value for every member, in order of declaration (defaults filled in); structs,
                          errors, events */
    EXPRESSION_UNION,  /* variant index, operand (NULL for void) */
    EXPRESSION_ARRAY,  /* arguments */
    EXPRESSION_MAP,    /* arguments: key, value, key, value, … */
    EXPRESSION_CALL,   /* function, arguments in order of parameters (defaults filled in); routines and steps only below
                          an AWAIT */
    EXPRESSION_METHOD, /* built-in method or member `method` of operand with arguments */
    EXPRESSION_AWAIT,  /* await_kind */
    EXPRESSION_NOW,
    EXPRESSION_INVOCATION_ID, /* uuid */
    EXPRESSION_KEY,           /* the key of the keyed service that the function stands in */
    EXPRESSION_STATE,   /* member of the service's state: an lvalue; not a local: others may change it at an await */
    EXPRESSION_START,   /* operand: CALL of a routine (never of a step: check/ made a routine that awaits it); type
                           TASK, or VOID if detached */
    EXPRESSION_PROMISE, /* promise<T>() */
    EXPRESSION_RESOLVE, /* left: a promise; right: its value, NULL for void; type VOID */
    EXPRESSION_REJECT,  /* left: a promise; right: a declared error or ANY_ERROR; type VOID */
    /* Made by lower/ only: */
    EXPRESSION_VARIANT,     /* operand, a union known to hold variant `variant`: its value */
    EXPRESSION_INDEX_KNOWN, /* operand[index] of an array, known to be in range: never throws */
};

enum unary_operator { UNARY_NEGATE, UNARY_NOT, UNARY_COMPLEMENT };

enum binary_operator {
    BINARY_ADD,
    BINARY_SUBTRACT,
    BINARY_MULTIPLY,
    BINARY_DIVIDE,
    BINARY_MODULO,
    BINARY_AND,
    BINARY_OR,
    BINARY_XOR,
    BINARY_SHIFT_LEFT,
    BINARY_SHIFT_RIGHT,
    BINARY_EQUAL,
    BINARY_NOT_EQUAL,
    BINARY_LESS,
    BINARY_LESS_EQUAL,
    BINARY_GREATER,
    BINARY_GREATER_EQUAL,
};
/* Operand types of BINARY: both the same type after the CONVERTs the checker wrote, but for
 * time ± duration, duration * or / int (the int is the right operand), shifts (right operand int).
 * ADD of strings, bytes and arrays concatenates. EQUAL takes every type, and optional == null as `left ==
 * EXPRESSION_NULL`. */

enum built_in_method {
    METHOD_STRING_LENGTH,
    METHOD_STRING_CONTAINS,
    METHOD_STRING_STARTS_WITH,
    METHOD_STRING_ENDS_WITH,
    METHOD_STRING_FIND,
    METHOD_STRING_SLICE,
    METHOD_STRING_SPLIT,
    METHOD_STRING_TRIM,
    METHOD_STRING_UPPER,
    METHOD_STRING_LOWER,
    METHOD_STRING_REPLACE,
    METHOD_BYTES_LENGTH,
    METHOD_BYTES_SLICE,
    METHOD_ARRAY_LENGTH,
    METHOD_ARRAY_PUSH,
    METHOD_ARRAY_POP,
    METHOD_ARRAY_INSERT,
    METHOD_ARRAY_REMOVE,
    METHOD_ARRAY_SLICE,
    METHOD_ARRAY_CONTAINS,
    METHOD_ARRAY_SORT,
    METHOD_ARRAY_REVERSE,
    METHOD_ARRAY_JOIN,
    METHOD_ARRAY_CLEAR,
    METHOD_MAP_LENGTH,
    METHOD_MAP_HAS,
    METHOD_MAP_GET,
    METHOD_MAP_REMOVE,
    METHOD_MAP_KEYS,
    METHOD_MAP_VALUES,
    METHOD_MAP_CLEAR,
    METHOD_DURATION_SECONDS,
    METHOD_DURATION_MILLISECONDS,
    METHOD_ENUM_NAME,
    METHOD_ENUM_VALUE,
    METHOD_ERROR_NAME,
    METHOD_ERROR_MESSAGE, /* of ANY_ERROR and of declared errors */
};
/* PUSH, POP, INSERT, REMOVE, SORT, REVERSE, CLEAR mutate: their operand is an lvalue.
 * REMOVE of an array and POP return the element; REMOVE of a map returns bool. */

enum await_kind {
    AWAIT_SUBROUTINE, /* operand: CALL of a routine that runs on this invocation's stack */
    AWAIT_STEP,       /* operand: CALL of a step */
    AWAIT_USE,        /* operand: CALL whose `function` is an interface's (or service's) method, through `use` */
    AWAIT_SERVICE,    /* operand: CALL of Service.routine(…) or Service(key).routine(…): an invocation of its own */
    AWAIT_SLEEP,      /* operand: DURATION */
    AWAIT_SLEEP_UNTIL, /* operand: TIME */
    AWAIT_CHECKPOINT,  /* no operand */
    AWAIT_TASK,        /* operand: TASK */
    AWAIT_PROMISE,     /* operand: PROMISE */
    AWAIT_ALL,         /* operand: array of TASK<T>; type T[], or VOID for tasks of void */
    AWAIT_ANY,         /* operand: array of TASK<T>; type T */
    AWAIT_SELECT,      /* made by lower/ for STATEMENT_SELECT; no operand */
};

struct expression {
    enum expression_kind kind;
    const struct type *type;
    struct span span;
    bool has_await;  /* an AWAIT is somewhere inside */
    bool can_throw;  /* its evaluation may record an error */
    bool has_effect; /* it mutates a variable (pop, push, …) somewhere inside, or awaits */
    const struct expression *operand, *left, *right, *condition, *index;
    const struct expression *const *arguments;
    size_t argument_count;
    /* CALL, STRUCT: the arguments as they are evaluated, by index, where named ones are written in another order than
     * the parameters or members have; NULL: from first to last. */
    const size_t *evaluation_order;
    union {
        struct {
            bool boolean;
            int64_t integer;  /* signed integers, TIME, DURATION, enum values */
            uint64_t natural; /* unsigned integers */
            double real;
            struct text text; /* STRING: UTF-8; BYTES: octets; DECIMAL: canonical text "19.99"; UUID: 16 octets */
        } literal;
        const struct enumerator *enumerator;
        struct variable *variable; /* VARIABLE, OPTIONAL_CHAIN */
        const struct config *config;
        const struct member *member; /* MEMBER, STATE */
        enum unary_operator unary;
        enum binary_operator binary;
        bool is_checked; /* CONVERT */
        size_t variant;  /* UNION, VARIANT */
        struct {
            const struct function *function;
            const struct use *use; /* below AWAIT_USE and its START; else NULL */
            const struct expression
                *key; /* of a keyed service or interface, evaluated before the arguments; else NULL */
        } call;
        enum built_in_method method;
        struct {
            enum await_kind kind;
            struct text name;                /* `await @approved …`: "approved"; else "" */
            const struct expression *within; /* DURATION, evaluated after the operand; NULL: no time-out */
        } await;
        struct {
            enum await_kind kind; /* SUBROUTINE (an invocation of its own all the same), USE or SERVICE */
            bool is_detached;
        } start;
    } as;
};

/* An lvalue is VARIABLE, STATE, MEMBER of an lvalue, INDEX of an lvalue (array or map; assigning to a missing
 * map key inserts), NARROW or UNWRAP of an lvalue. */

/* ---- statements ---- */

enum statement_kind {
    STATEMENT_BLOCK,      /* statements */
    STATEMENT_VARIABLE,   /* variable = value; value is never NULL (ZERO without initialiser) */
    STATEMENT_ASSIGN,     /* target (op)= value; ++ and -- are `+= 1` */
    STATEMENT_EXPRESSION, /* value, result dropped */
    STATEMENT_IF,         /* condition, body, else_body (NULL if none) */
    STATEMENT_WHILE,      /* condition, body */
    STATEMENT_DO,         /* body, condition */
    STATEMENT_FOR,        /* initialise, condition (NULL: true), step, body */
    STATEMENT_FOR_ARRAY,  /* variable : value */
    STATEMENT_FOR_MAP,    /* variable, second_variable : value; a snapshot */
    STATEMENT_FOR_RANGE,  /* variable : value .. limit, both of the variable's type */
    STATEMENT_SWITCH,     /* value; cases */
    STATEMENT_BREAK,      /* leaves the innermost loop or switch */
    STATEMENT_CONTINUE,
    STATEMENT_RETURN, /* value or NULL */
    STATEMENT_THROW,  /* value: a declared error */
    STATEMENT_RETHROW,
    STATEMENT_TRY,        /* body, catches, finally_body (NULL if none) */
    STATEMENT_SELECT,     /* sources */
    STATEMENT_COMPENSATE, /* compensation: registers it with copies of the variables that are its parameters */
    STATEMENT_CANCEL,     /* value: TASK */
    STATEMENT_PUBLISH,    /* value: an event */
};

/* One case of a select. */
struct select_case {
    const struct expression *source; /* TASK or PROMISE; DURATION of `after`; evaluated in order at entry */
    bool is_after;                   /* at most one of a select */
    struct variable *binding;        /* NULL: void or `after` */
    const struct statement *body;    /* BLOCK */
    struct span span;
};

struct switch_case {
    const struct expression *const *labels; /* literals or enumerators; none for union labels and default */
    size_t label_count;
    const size_t *variants; /* union labels */
    size_t variant_count;
    struct variable *binding; /* of a single union variant; NULL if none */
    bool is_default;
    const struct statement *body; /* BLOCK */
    struct span span;
};

struct catch_clause {
    const struct type *error; /* ERROR, or ANY_ERROR for `catch (error e)` */
    struct variable *variable;
    const struct statement *body;
    struct span span;
};

struct statement {
    enum statement_kind kind;
    struct span span;
    bool has_await;
    const struct statement *const *statements;
    size_t statement_count;
    struct variable *variable, *second_variable;
    const struct expression *target, *value, *limit, *condition;
    bool has_operator; /* ASSIGN: `op=` with `operator` */
    enum binary_operator operator;
    const struct statement *initialise, *step, *body, *else_body, *finally_body;
    const struct switch_case *cases;
    size_t case_count;
    const struct catch_clause *catches;
    size_t catch_count;
    const struct select_case *select_cases;
    size_t select_case_count;
    const struct function *compensation;
};

#endif
