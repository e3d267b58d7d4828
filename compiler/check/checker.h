/* What the passes of check/ share: the state of one check, its modules, symbols and functions.
 * Internal to check/; relies on syntax/ast.h, base/ and the output headers.
 *
 * A public declaration of program.h that the passes need more of is the first member of a struct here
 * (`struct structure` begins with a `struct struct_declaration`), so that one leads to the other. */
#ifndef DSY_COMPILER_CHECK_CHECKER_H
#define DSY_COMPILER_CHECK_CHECKER_H

#include "compiler/base/arena.h"
#include "compiler/base/diagnostic.h"
#include "compiler/base/map.h"
#include "compiler/base/vector.h"
#include "compiler/check/c_name.h"
#include "compiler/check/check.h"
#include "compiler/check/program.h"
#include "compiler/check/type_table.h"
#include "compiler/syntax/ast.h"

/* Constants, member defaults and enumerators that refer to each other are evaluated one within the other: at most
 * so many levels of nesting, where each constant counts CONSTANT_STACK_COST and the levels of its expression. Those
 * declared before their use cost nothing. */
#define CONSTANT_STACK_MAX 1000u
#define CONSTANT_STACK_COST 10u

/* How large the value of a constant may be, with the values of the constants and defaults inside. It is
 * written out at each use, and every later stage recurses once for each level. */
#define CONSTANT_NODES_MAX 65536
#define CONSTANT_LEVELS_MAX 512

/* How large a constant value is, at most. */
struct weight {
    size_t nodes;
    size_t levels;
};

struct symbol;
struct module;
struct function_check;
struct module_list VECTOR(struct module *);
struct symbol_list VECTOR(struct symbol *);
struct type_pointer_list VECTOR(const struct type *);
struct expression_pointer_list VECTOR(const struct expression *);
struct function_pointer_list VECTOR(const struct function *);
struct function_check_list VECTOR(struct function_check *);

/* One file of the program. */
struct module {
    const struct ast_file *file;
    struct text name;               /* "shop.orders" */
    struct text short_name;         /* "orders": its last part */
    struct map symbols;             /* name → struct symbol */
    struct symbol_list symbol_list; /* as declared */
    struct map found;               /* name → struct symbol, of the imports and of what is built in: a cache */
    struct module_list imports;
    bool is_library;     /* of the standard library: std.… */
    bool misses_imports; /* an import could not be had: unknown names are not reported */
};

enum symbol_kind {
    SYMBOL_CONST,
    SYMBOL_ENUM,
    SYMBOL_STRUCT,
    SYMBOL_UNION,
    SYMBOL_ERROR,
    SYMBOL_EVENT,
    SYMBOL_INTERFACE,
    SYMBOL_SERVICE,
    SYMBOL_FUNCTION,
    SYMBOL_USE,    /* in services */
    SYMBOL_CONFIG, /* in services */
    SYMBOL_STATE,  /* in keyed services: a member of its state */
    SYMBOL_KEY,    /* in keyed services: the name of its key */
    SYMBOL_BROKEN, /* was reported, or is not supported: its uses are POISON */
};

/* How far a constant, the values of an enum or the defaults of a struct are. */
enum progress { PROGRESS_NONE, PROGRESS_RUNNING, PROGRESS_DONE };

/* A name of a file or a service. */
struct symbol {
    enum symbol_kind kind;
    enum progress progress;
    struct text name;
    struct span span;                          /* of the name */
    struct module *module;                     /* NULL for what is built in */
    struct service_scope *scope;               /* the service it stands in; NULL at the top */
    const struct ast_declaration *declaration; /* NULL for what is built in */
    union {
        struct {
            const struct type *type;
            const struct expression *value; /* folded; of type POISON after an error */
            struct weight weight;
        } constant;
        struct enumeration *enumeration;
        struct structure *structure; /* STRUCT, ERROR, EVENT */
        struct variants *variants;
        struct interface_scope *interface;
        struct service_scope *service;
        struct function_check *function;
        struct use *use;
        struct config *config;
        const struct member *state;  /* STATE; once the service is resolved */
        struct service_scope *keyed; /* KEY: whose it is */
    } as;
};

struct structure {
    struct struct_declaration public;
    struct symbol *symbol;
    struct member *members;
    struct map names;     /* name → struct member */
    uint32_t error_index; /* of an error, in effect.c */
    bool is_used;         /* of a built-in error: the program names it */
    struct weight weight; /* of its members' defaults */
};

struct enumeration {
    struct enum_declaration public;
    struct symbol *symbol;
    struct enumerator *enumerators;
    struct map names; /* name → struct enumerator */
};

struct variants {
    struct union_declaration public;
    struct symbol *symbol;
    struct member *variants;
    struct map names; /* name → struct member */
};

struct interface_scope {
    struct interface public;
    struct symbol *symbol;
    const struct variable *key; /* NULL: not keyed; once it is resolved */
    struct map methods;         /* name → struct function_check */
};

struct service_scope {
    struct service public;
    struct symbol *symbol;
    struct map names;                       /* name → struct symbol: uses, configs, state, functions, the key */
    struct symbol_list symbol_list;         /* as declared; without the key */
    struct structure *state;                /* made of its state members; NULL: it has none */
    struct function_check_list subscribers; /* the routine of each `on`, as declared */
};

/* A function and what its passes found out. */
struct function_check {
    struct function public;
    const struct ast_declaration *declaration;
    struct module *module;
    struct service_scope *scope;
    bool has_throws;                /* the clause is written */
    struct effects *effects;        /* of a body that was checked; NULL if none */
    struct error_set *escaping;     /* the errors that can leave it; NULL: none */
    bool is_queued;                 /* in the worklist of effect.c */
    struct function_check *started; /* of a step: the routine that `start` of it starts; NULL: none is needed yet */
    size_t compensation_count;      /* in its body */
};

/* Something that is never used, for a warning at the end: see usage.c. */
struct unused {
    enum diagnostic_code code;
    struct span span;
    struct text name;
};
struct unused_list VECTOR(struct unused);

struct checker {
    struct arena *arena;
    struct diagnostics *diagnostics;
    check_import import;
    void *loader;
    struct type_table types;
    struct c_names c_names;     /* of the top level of the generated C */
    struct module_list modules; /* imported ones before those that import them */
    struct module *main_module;
    struct map built_in_errors;           /* name → struct symbol */
    struct function_check_list functions; /* in program order; methods of interfaces are in `methods` */
    struct function_check_list methods;
    struct symbol_list symbols; /* all of the top level, in program order */
    struct unused_list unused;
    unsigned constant_levels;  /* of constants that are being evaluated: see CONSTANT_STACK_MAX */
    struct weight weight;      /* of the constants and defaults used since it was last cleared */
    struct weight last_weight; /* of the constant expression that was evaluated last */
    struct map locals;         /* name → struct variable that is in sight, or NULL: see local.c */
    const struct type *poison, *void_type, *bool_type, *int_type, *string_type; /* used everywhere */
};

static inline bool
is_poison(const struct type *type)
{
    return type->kind == TYPE_POISON;
}

#endif
