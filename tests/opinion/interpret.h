/* The second opinion: runs a checked program by walking its tree, statement by statement, as language.md says it.
 *
 * An await is evaluated on the spot: sleeps and checkpoints are over at once, a routine that is awaited is called, and
 * steps and native functions are those of steps.dsy, computed here once more. Nothing is lowered, nothing is saved. */
#ifndef DSY_TESTS_OPINION_INTERPRET_H
#define DSY_TESTS_OPINION_INTERPRET_H

#include "tests/opinion/value.h"

/* An instance of a keyed service. */
struct instance {
    struct instance *next;
    const struct service *service;
    struct value key, state;
};

/* A task or a promise; a value of such a type is its number, from 1, and 0 for none. What is started runs to its end at
 * once, so tasks are always settled. */
struct handle {
    bool is_settled;
    const struct fault *fault; /* NULL: it has a value */
    struct value value;
};
enum { HANDLES_MAX = 4096 };

struct machine {
    struct heap heap; /* first reset by heap_begin */
    const struct program *program;
    int depth;                 /* calls that are open */
    const struct fault *fault; /* what was thrown, while that is on its way */
    struct value result;       /* of the `return` that is on its way */
    struct instance *instances;
    struct handle handles[HANDLES_MAX];
    int64_t handle_count;
};

/* A compensate statement that was reached. */
struct compensation {
    struct compensation *before;
    const struct function *function;
    const struct value *locals; /* as they were */
};

/* One call of a function. */
struct activation {
    struct machine *machine;
    const struct function *function;
    struct value *locals;       /* by index of the variable */
    const struct fault *caught; /* what the innermost catch body around caught */
    struct instance *instance;  /* NULL outside keyed services */
    struct compensation *compensations;
};

/* Run a routine without parameters. Returns its outcome as a line: "result JSON" or "error JSON"; NULL when it takes
 * too much memory or time. The line lives until the next run. */
const char *interpret(struct machine *machine, const struct program *program, const struct function *routine);

/* ---- between the files of the interpreter; false and NULL: something was thrown ---- */

bool throw_built_in(struct machine *machine, const char *name);
bool evaluate(struct activation *activation, const struct expression *expression, struct value *result);
/* Arguments by parameter. */
bool call_function(struct machine *machine, const struct function *function, struct instance *instance,
                   const struct value *arguments, struct value *result);
/* The same as an invocation of its own. */
bool invoke(struct machine *machine, const struct function *function, struct instance *instance,
            const struct value *arguments, struct value *result);
/* What is settled; one that is not would be waited for for ever: the program is given up. NULL: NullValue was thrown.
 */
const struct handle *find_settled(struct machine *machine, struct value handle);
struct value new_handle(struct machine *machine, struct handle handle);
bool operate(struct machine *machine, enum binary_operator operation, const struct type *type, const struct value *left,
             const struct type *right_type, const struct value *right, struct value *result);
bool negate(struct machine *machine, enum unary_operator operation, const struct type *type,
            const struct value *operand, struct value *result);
bool convert_value(struct machine *machine, const struct type *from, const struct value *value, const struct type *to,
                   struct value *result);
/* A method that changes nothing. */
bool call_method(struct machine *machine, const struct expression *call, const struct value *receiver,
                 const struct value *arguments, struct value *result);
/* One that changes *receiver. */
bool change_by_method(struct machine *machine, const struct expression *call, struct value *receiver,
                      const struct value *arguments, struct value *result);
bool method_changes(enum built_in_method method);
bool call_outside(struct machine *machine, const struct function *function, const struct value *arguments,
                  struct value *result);

/* ---- places: what can be assigned to ---- */

struct place_part {
    const struct expression *expression; /* MEMBER, INDEX, NARROW, UNWRAP */
    struct value index;
};

enum { PLACE_PARTS_MAX = 32 };

struct place {
    struct value *root;
    struct place_part parts[PLACE_PARTS_MAX]; /* from the root on */
    size_t part_count;
};

/* Evaluate the indices of a place; nothing of it is read yet. */
bool place_find(struct activation *activation, const struct expression *expression, struct place *place);
bool place_read(struct machine *machine, const struct place *place, struct value *result);
bool place_write(struct machine *machine, const struct place *place, struct value value);

#endif
