/* Random programs: well-typed, terminating, with awaits wherever the language allows them.
 *
 * A batch is a module: types, functions and services that its programs share, and the programs. All of it follows from
 * the numbers of the programs alone. Every statement of a program has a number; statements can be left out by their
 * number without changing what is made of the others, which is how a disagreement is reduced. */
#ifndef DSY_TESTS_OPINION_GENERATE_H
#define DSY_TESTS_OPINION_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct generate_request {
    uint64_t first;          /* number of the first program */
    uint64_t count;          /* of programs */
    uint64_t batch;          /* number that the shared declarations follow from */
    const uint32_t *without; /* numbers of statements to leave out, ascending */
    size_t without_count;
};

/* Make the source of a batch: heap memory, NUL-terminated. statement_count: of the last program. */
char *generate(const struct generate_request *request, uint32_t *statement_count);

/* ---- between the files of the generator ---- */

enum kind {
    KIND_BOOL,
    KIND_INT8,
    KIND_INT16,
    KIND_INT32,
    KIND_INT64,
    KIND_UINT8,
    KIND_UINT16,
    KIND_UINT32,
    KIND_UINT64,
    KIND_DOUBLE,
    KIND_DECIMAL,
    KIND_STRING,
    KIND_BYTES,
    KIND_DURATION,
    KIND_TIME,
    KIND_UUID,
    KIND_ENUM,
    KIND_STRUCT,
    KIND_ERROR,
    KIND_UNION,
    KIND_ARRAY,
    KIND_MAP,
    KIND_OPTIONAL,
    KIND_TASK, /* of variables only */
    KIND_PROMISE,
};

enum { TYPES_MAX = 96, MEMBERS_MAX = 4, LOCALS_MAX = 64, FUNCTIONS_MAX = 12, PARAMETERS_MAX = 4, STATES = 2 };

struct kind_type {
    enum kind kind;
    int number; /* in the batch's types */
    char name[48];
    const struct kind_type *element, *key;
    const struct kind_type *members[MEMBERS_MAX]; /* of structs, errors, unions (NULL: void); enumerators have none */
    int member_count;                             /* of enumerators too */
};

struct local {
    char name[12];
    const struct kind_type *type;
    bool is_fixed; /* may be read only: a counter, or a variable that is narrowed */
};

struct made_function {
    char name[32];
    bool is_async, is_recursive;
    const struct kind_type *result;
    const struct kind_type *parameters[PARAMETERS_MAX];
    int parameter_count;
    const char *prefix; /* "", "Service.", or "use." */
};

struct generator {
    uint64_t random;
    char *text;
    size_t size_bytes, capacity_bytes;
    int indentation;
    const struct generate_request *request;
    uint32_t statement_number;
    uint64_t program;

    struct kind_type types[TYPES_MAX];
    int type_count;
    struct kind_type task_types[TYPES_MAX], promise_types[TYPES_MAX]; /* by the number of their element */
    const struct kind_type *boolean, *integer, *string, *strings;
    const struct kind_type *errors[3];

    /* the program so far */
    const struct kind_type *states[STATES]; /* of its keyed service */
    bool is_wide;                           /* it has tasks, promises, compensations, keyed services, events */
    struct made_function functions[FUNCTIONS_MAX];
    int function_count;

    /* the function that is being made */
    struct local locals[LOCALS_MAX];
    int local_count;
    const struct kind_type *result;
    const struct made_function *self; /* a recursive one */
    bool is_async;
    bool is_instance; /* a routine of the program's keyed service */
    bool is_large;    /* the program: one of few, which cost the compilers most of their time */
    int size;         /* statements that are left to it */
    int loop_depth;   /* loops around, which make what is in them run often */
    bool can_break, can_continue, can_return, can_rethrow;
};

/* 0 … below - 1 */
int pick(struct generator *generator, int below);
bool chance(struct generator *generator, int percent);
void put(struct generator *generator, const char *format, ...) __attribute__((format(printf, 2, 3)));
void put_line(struct generator *generator);

void make_types(struct generator *generator);
void put_shared(struct generator *generator);
const struct kind_type *pick_type(struct generator *generator);
const struct kind_type *find_kind(struct generator *generator, enum kind kind, const struct kind_type *element);

/* An expression that has exactly the type, in parentheses where it must. depth: levels it may have. */
void put_expression(struct generator *generator, const struct kind_type *type, int depth);
/* Where the type is known from the place: null, [] and plain literals may stand too. */
void put_typed(struct generator *generator, const struct kind_type *type, int depth);
/* A value that the compiler cannot compute. */
void put_dynamic(struct generator *generator, const struct kind_type *type, int depth);
/* A bool that is seldom a constant. */
void put_condition(struct generator *generator, int depth);
/* The literal that a typed place takes. */
void put_literal(struct generator *generator, const struct kind_type *type);
void put_call(struct generator *generator, const struct made_function *function, int depth);
/* `start` of something that gives a value of this type. */
void put_start(struct generator *generator, const struct kind_type *type, int depth);
/* A call of the keyed service that all programs of a batch share, without its await. */
void put_ledger(struct generator *generator, int depth);
/* A place of this type that may be changed. Returns false when there is none. */
bool put_place(struct generator *generator, const struct kind_type *type, int depth);

struct local *add_local(struct generator *generator, const struct kind_type *type);
void put_program(struct generator *generator, uint64_t number);

#endif
