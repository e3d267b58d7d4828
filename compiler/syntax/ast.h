/* The parsed tree: what syntax/ makes of one file, and its only output.
 *
 * It holds the whole language, as written: names are not resolved, types not known, nothing is
 * filled in. Every node has its span. Names are interned: equal exactly when their data pointers are.
 * All memory lies in the arena of the compilation; the tree is const for everybody but the parser.
 * What could not be parsed was reported; it is left out, or stands as a BAD node where something must stand. */
#ifndef DSY_COMPILER_SYNTAX_AST_H
#define DSY_COMPILER_SYNTAX_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/base/source.h"
#include "compiler/base/text.h"
#include "compiler/base/vector.h"

struct ast_type;
struct ast_expression;
struct ast_statement;
struct ast_declaration;

/* Levels of nesting of expressions, types and statements that a program may have. Whoever walks the
 * tree recurses at most so deep, times the calls a level takes. */
#define AST_DEPTH_MAX 256

/* ---- names ---- */

struct ast_name {
    struct text text; /* interned; "" where a name is optional and absent */
    struct span span;
};
struct ast_name_list VECTOR(struct ast_name);

/* `CardDeclined` or `payments.CardDeclined`; of a module or import `shop.orders`, `std.http`. */
struct ast_path {
    struct ast_name *names; /* at least one */
    size_t count;
    struct span span;
};
struct ast_path_list VECTOR(struct ast_path);

/* ---- types ---- */

enum ast_type_kind {
    AST_TYPE_BAD,      /* was reported */
    AST_TYPE_BUILT_IN, /* built_in */
    AST_TYPE_NAMED,    /* path; also `error`, the type of any error, as the path "error" */
    AST_TYPE_ARRAY,    /* element */
    AST_TYPE_OPTIONAL, /* element */
    AST_TYPE_MAP,      /* key, element */
    AST_TYPE_TASK,     /* element */
    AST_TYPE_PROMISE,  /* element */
};

enum ast_built_in_type {
    AST_VOID,
    AST_BOOL,
    AST_INT, /* `int` and `int64` are the same type */
    AST_INT8,
    AST_INT16,
    AST_INT32,
    AST_INT64,
    AST_UINT8,
    AST_UINT16,
    AST_UINT32,
    AST_UINT64,
    AST_DOUBLE,
    AST_DECIMAL,
    AST_STRING,
    AST_BYTES,
    AST_TIME,
    AST_DURATION,
    AST_UUID,
};

struct ast_type {
    enum ast_type_kind kind;
    uint16_t depth; /* of nesting, for the limit */
    struct span span;
    enum ast_built_in_type built_in;
    struct ast_path path;
    struct ast_type *element;
    struct ast_type *key;
};

/* ---- expressions ---- */

enum ast_expression_kind {
    AST_EXPRESSION_BAD,             /* was reported */
    AST_EXPRESSION_BOOLEAN,         /* boolean */
    AST_EXPRESSION_NULL,            /* */
    AST_EXPRESSION_INTEGER,         /* integer: the value without a sign, at most 2^64-1 */
    AST_EXPRESSION_DOUBLE,          /* real */
    AST_EXPRESSION_DECIMAL,         /* text: digits, point, exponent; without `_` and `m`: "19.99" */
    AST_EXPRESSION_DURATION,        /* duration_ns, not negative */
    AST_EXPRESSION_STRING,          /* text: decoded UTF-8 */
    AST_EXPRESSION_BYTES,           /* text: decoded octets */
    AST_EXPRESSION_INTERPOLATION,   /* list: STRING and other expressions as written */
    AST_EXPRESSION_NAME,            /* text: interned */
    AST_EXPRESSION_MEMBER,          /* member: operand.name; also `module.name`, `Enum.Enumerator` */
    AST_EXPRESSION_OPTIONAL_MEMBER, /* member: operand?.name */
    AST_EXPRESSION_INDEX,           /* index: operand[index] */
    AST_EXPRESSION_CALL,            /* call: callee(arguments) */
    AST_EXPRESSION_TYPE_CALL,       /* type_call: `int(x)`, `time("…")`, `promise<T>()` */
    AST_EXPRESSION_UNWRAP,          /* operand: x! */
    AST_EXPRESSION_UNARY,           /* unary */
    AST_EXPRESSION_BINARY,          /* binary */
    AST_EXPRESSION_CONDITIONAL,     /* conditional: condition ? then : otherwise */
    AST_EXPRESSION_AWAIT,           /* await */
    AST_EXPRESSION_START,           /* start */
    AST_EXPRESSION_LITERAL,         /* literal: path{.name = value, …} */
    AST_EXPRESSION_ARRAY,           /* list: [a, b]; `[]` is the empty one */
    AST_EXPRESSION_MAP,             /* map: [k: v, …]; `[:]` is the empty one */
    AST_EXPRESSION_PARENTHESES,     /* operand: (x) */
};

enum ast_unary_operator { AST_NEGATE, AST_NOT, AST_COMPLEMENT };

enum ast_binary_operator {
    AST_COALESCE, /* ?? */
    AST_LOGICAL_OR,
    AST_LOGICAL_AND,
    AST_EQUAL,
    AST_NOT_EQUAL,
    AST_LESS,
    AST_LESS_EQUAL,
    AST_GREATER,
    AST_GREATER_EQUAL,
    AST_BIT_OR,
    AST_BIT_XOR,
    AST_BIT_AND,
    AST_SHIFT_LEFT,
    AST_SHIFT_RIGHT,
    AST_ADD,
    AST_SUBTRACT,
    AST_MULTIPLY,
    AST_DIVIDE,
    AST_MODULO,
};

/* One argument of a call or an annotation: `value` or `name: value`. */
struct ast_argument {
    struct ast_name name; /* "" for a positional one */
    struct ast_expression *value;
    struct span span;
};
struct ast_argument_list VECTOR(struct ast_argument);

/* `.name = value` of a literal, or one `key: value` of a map. */
struct ast_member_value {
    struct ast_name name;
    struct ast_expression *value;
    struct span span;
};
struct ast_member_value_list VECTOR(struct ast_member_value);

struct ast_map_entry {
    struct ast_expression *key;
    struct ast_expression *value;
};
struct ast_map_entry_list VECTOR(struct ast_map_entry);

struct ast_expression_list VECTOR(struct ast_expression *);

struct ast_expression {
    enum ast_expression_kind kind;
    uint16_t depth; /* of nesting, for the limit */
    struct span span;
    union {
        bool boolean;
        uint64_t integer;
        double real;
        int64_t duration_ns;
        struct text text;
        struct ast_expression *operand; /* UNWRAP, PARENTHESES */
        struct {
            struct ast_expression *operand;
            struct ast_name name;
        } member;
        struct {
            struct ast_expression *operand;
            struct ast_expression *index;
        } index;
        struct {
            struct ast_expression *callee;
            struct ast_argument_list arguments;
        } call;
        struct {
            struct ast_type *type;
            struct ast_argument_list arguments;
        } type_call;
        struct {
            enum ast_unary_operator operator;
            struct span operator_span;
            struct ast_expression *operand;
        } unary;
        struct {
            enum ast_binary_operator operator;
            struct span operator_span;
            struct ast_expression *left;
            struct ast_expression *right;
        } binary;
        struct {
            struct ast_expression *condition;
            struct ast_expression *then;
            struct ast_expression *otherwise;
        } conditional;
        struct {
            struct ast_name name;           /* `await @approved x`: "approved"; else "" */
            struct ast_expression *operand; /* `all(…)`, `sleep(…)`, … are CALLs of a NAME here */
            struct ast_expression *within;  /* NULL if not written */
        } await;
        struct {
            struct ast_expression *operand; /* a CALL, unless it is an error of the program */
            bool is_detached;
        } start;
        struct {
            struct ast_path path;
            struct ast_member_value_list members;
        } literal;
        struct ast_expression_list list;
        struct ast_map_entry_list map;
    } as;
};

/* ---- statements ---- */

enum ast_statement_kind {
    AST_STATEMENT_BAD,        /* was reported */
    AST_STATEMENT_EMPTY,      /* ; */
    AST_STATEMENT_BLOCK,      /* block */
    AST_STATEMENT_LOCAL,      /* local: T name; T name = value; var name = value; */
    AST_STATEMENT_EXPRESSION, /* value: a call, await or start */
    AST_STATEMENT_ASSIGN,     /* assign: target = value, target op= value */
    AST_STATEMENT_INCREMENT,  /* value: the target of ++ */
    AST_STATEMENT_DECREMENT,  /* value: the target of -- */
    AST_STATEMENT_IF,         /* branch */
    AST_STATEMENT_WHILE,      /* loop */
    AST_STATEMENT_DO,         /* loop */
    AST_STATEMENT_FOR,        /* for_ */
    AST_STATEMENT_FOR_EACH,   /* for_each */
    AST_STATEMENT_SWITCH,     /* switch_ */
    AST_STATEMENT_SELECT,     /* select */
    AST_STATEMENT_BREAK,      /* */
    AST_STATEMENT_CONTINUE,   /* */
    AST_STATEMENT_RETURN,     /* value, NULL if none */
    AST_STATEMENT_THROW,      /* value; NULL for `throw;` */
    AST_STATEMENT_TRY,        /* try_ */
    AST_STATEMENT_COMPENSATE, /* body */
    AST_STATEMENT_CANCEL,     /* value */
    AST_STATEMENT_PUBLISH,    /* value */
    AST_STATEMENT_MOCK,       /* mock */
    AST_STATEMENT_ASSERT,     /* value */
};

struct ast_statement_list VECTOR(struct ast_statement *);

/* A label of a switch: `value`, or `variant binding`. */
struct ast_label {
    struct ast_expression *value; /* a plain NAME may be a union's variant */
    struct ast_name binding;      /* "" if none */
    struct span span;
};
struct ast_label_list VECTOR(struct ast_label);

struct ast_switch_case {
    struct ast_label_list labels;
    bool is_default;
    struct ast_statement_list body;
    struct span span; /* of `case …:` */
};
struct ast_switch_case_list VECTOR(struct ast_switch_case);

enum ast_select_case_kind {
    AST_SELECT_BAD,
    AST_SELECT_VALUE, /* case T name = await source: */
    AST_SELECT_VOID,  /* case await source: */
    AST_SELECT_AFTER, /* case after duration: */
};

struct ast_select_case {
    enum ast_select_case_kind kind;
    struct ast_type *type;         /* VALUE; NULL for `var` */
    struct ast_name name;          /* VALUE */
    struct ast_expression *source; /* what is awaited, or the duration */
    struct ast_statement_list body;
    struct span span; /* of `case …:` */
};
struct ast_select_case_list VECTOR(struct ast_select_case);

struct ast_catch {
    struct ast_type *type;
    struct ast_name name;
    struct ast_statement *body; /* BLOCK */
    struct span span;           /* of `catch (…)` */
};
struct ast_catch_list VECTOR(struct ast_catch);

/* One variable of a for over a collection. */
struct ast_loop_variable {
    struct ast_type *type; /* NULL for `var` */
    struct ast_name name;
};

struct ast_statement {
    enum ast_statement_kind kind;
    uint16_t depth; /* of nesting, for the limit */
    struct span span;
    union {
        struct {
            struct ast_statement_list statements;
            struct span end; /* of its closing brace */
        } block;
        struct {
            struct ast_type *type; /* NULL for `var` */
            struct ast_name name;
            struct ast_expression *value; /* NULL if none */
        } local;
        struct ast_expression *value;
        struct {
            struct ast_expression *target;
            struct ast_expression *value;
            bool has_operator; /* `+=` and the like */
            enum ast_binary_operator operator;
            struct span operator_span;
        } assign;
        struct {
            struct ast_expression *condition;
            struct ast_statement *then;
            struct ast_statement *otherwise; /* NULL if none */
        } branch;
        struct {
            struct ast_expression *condition;
            struct ast_statement *body;
        } loop;
        struct {
            struct ast_statement *initialise; /* LOCAL, ASSIGN, EXPRESSION, …; NULL if none */
            struct ast_expression *condition; /* NULL if none */
            struct ast_statement *step;       /* NULL if none */
            struct ast_statement *body;
        } for_;
        struct {
            struct ast_loop_variable variable;
            struct ast_loop_variable second; /* name "" if there is one variable only */
            struct ast_expression *source;   /* the collection, or the beginning of a range */
            struct ast_expression *limit;    /* of a range; else NULL */
            struct ast_statement *body;
        } for_each;
        struct {
            struct ast_expression *value;
            struct ast_switch_case_list cases;
        } switch_;
        struct ast_select_case_list select;
        struct {
            struct ast_statement *body;
            struct ast_catch_list catches;
            struct ast_statement *finally_body; /* NULL if none */
        } try_;
        struct ast_statement *body;
        struct {
            struct ast_path path;
            struct ast_name_list parameters;
            struct ast_statement *body;
        } mock;
    } as;
};

/* ---- declarations ---- */

/* `@name` or `@name(arguments)`. */
struct ast_annotation {
    struct ast_name name;
    struct ast_argument_list arguments;
    struct span span;
};
struct ast_annotation_list VECTOR(struct ast_annotation);

struct ast_parameter {
    struct ast_type *type;
    struct ast_name name;
    struct ast_expression *default_value; /* NULL if none */
    struct ast_annotation_list annotations;
    struct span span;
};
struct ast_parameter_list VECTOR(struct ast_parameter);

/* A member of a struct, error or event, or a variant of a union. */
struct ast_member {
    struct ast_type *type;
    struct ast_name name;
    struct ast_expression *default_value; /* NULL if none */
    struct ast_annotation_list annotations;
    struct text documentation;
    struct span span;
};
struct ast_member_list VECTOR(struct ast_member);

struct ast_enumerator {
    struct ast_name name;
    struct ast_expression *value; /* NULL if none */
    struct ast_annotation_list annotations;
    struct text documentation;
    struct span span;
};
struct ast_enumerator_list VECTOR(struct ast_enumerator);

enum ast_declaration_kind {
    AST_DECLARATION_CONST,     /* variable */
    AST_DECLARATION_ENUM,      /* enumerators */
    AST_DECLARATION_STRUCT,    /* members */
    AST_DECLARATION_UNION,     /* members */
    AST_DECLARATION_ERROR,     /* members */
    AST_DECLARATION_EVENT,     /* members */
    AST_DECLARATION_INTERFACE, /* interface */
    AST_DECLARATION_SERVICE,   /* service */
    AST_DECLARATION_FUNCTION,  /* function; at the top, in services and (without a body) in interfaces */
    AST_DECLARATION_USE,       /* use; in services only */
    AST_DECLARATION_CONFIG,    /* variable; in services only */
    AST_DECLARATION_STATE,     /* variable; in services only */
    AST_DECLARATION_ON,        /* on; in services only */
    AST_DECLARATION_MIGRATE,   /* migrate; at the top and in services */
    AST_DECLARATION_TEST,      /* test; at the top only */
};

struct ast_declaration_list VECTOR(struct ast_declaration *);

/* The words before a function; each with its span, {0, 0} where it isn't written. */
struct ast_modifiers {
    struct span extern_;
    struct span async;
    struct span private_;
    struct span query;
    struct span shared;
};

static inline bool
ast_is_written(struct span modifier)
{
    return modifier.end != 0;
}

struct ast_function {
    struct ast_modifiers modifiers;
    struct ast_type *result;
    struct ast_parameter_list parameters;
    struct ast_path_list throws;
    struct span throws_span;    /* of the whole clause; {0, 0} if not written */
    struct ast_statement *body; /* BLOCK; NULL for `;` */
};

struct ast_declaration {
    enum ast_declaration_kind kind;
    struct span span;     /* from its first word (annotations included) to its last token */
    struct ast_name name; /* "" for ON and MIGRATE; the text of a TEST */
    struct text documentation;
    struct ast_annotation_list annotations; /* before and behind */
    union {
        struct {
            struct ast_type *type;
            struct ast_expression *value; /* NULL if none */
            bool is_secret;               /* CONFIG */
        } variable;
        struct ast_enumerator_list enumerators;
        struct ast_member_list members;
        struct {
            bool is_keyed;
            struct ast_parameter_list keys;
            struct ast_declaration_list methods; /* FUNCTIONs */
        } interface;
        struct {
            bool is_keyed;
            struct ast_parameter_list keys;
            struct ast_path_list interfaces;
            struct ast_declaration_list members;
        } service;
        struct ast_function function;
        struct ast_path use; /* the interface or service */
        struct {
            struct ast_type *type;
            struct ast_name parameter;
            struct ast_statement *body;
        } on;
        struct {
            struct ast_path routine;
            struct ast_name await;               /* the name of the await */
            struct ast_parameter_list variables; /* the old ones */
            struct ast_statement *body;
        } migrate;
        struct ast_statement *test;
    } as;
};

struct ast_import {
    struct text file;     /* import "payments.dsy": decoded; "" for a path */
    struct ast_path path; /* import std.http: count 0 for a file */
    struct span span;
};
struct ast_import_list VECTOR(struct ast_import);

struct ast_file {
    const struct source_file *source;
    bool is_library;        /* it lies in the folder of the standard library */
    bool is_damaged;        /* an error made the parser leave something out: names may be missing */
    struct ast_path module; /* count 0 if not written */
    struct ast_import_list imports;
    struct ast_declaration_list declarations;
};

#endif
