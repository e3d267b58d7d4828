/* The state machine of a function: what lower/ makes of the checked program, and its only output.
 *
 * Every function with a body becomes one machine, pure functions too (they have no suspensions): a graph of
 * blocks of instructions. Expressions are checked trees (check/program.h) in which lower/ has seen to it that
 *   - no AWAIT, COALESCE, OPTIONAL_CHAIN is left, and CONDITIONAL, LOGICAL_AND, LOGICAL_OR only where evaluating
 *     them as C's operators is right;
 *   - C's unspecified order of evaluation cannot be observed: of the operands of one tree, at most the last that is
 *     evaluated has an effect or can throw, everything before it stands in temporaries;
 * so emit/ prints each tree as one C expression and decides nothing. In detail:
 *   - START, PROMISE, RESOLVE, REJECT and the CALL of a native function that has an effect stand only at the root of
 *     the value of an ASSIGN or EVALUATE, and their operands neither throw nor have effects; what REJECT rejects with
 *     is an ANY_ERROR (a CONVERT makes one of a declared error);
 *   - a METHOD that mutates (push, pop, …) stands only at the root of the value of an ASSIGN or EVALUATE;
 *     its arguments have no effects, and none can throw if resolving its lvalue can;
 *   - arguments of a CALL (pure or native), the operands of an AWAIT and what an instruction PUBLISH or CANCEL takes
 *     never throw: those that could stand in temporaries, so nothing of the user's is called with an error pending;
 *   - the array of an `all` or `any` is plain: it may be spelled twice;
 *   - STATE is an lvalue that every handler sees, and every await ends what was read of it;
 *   - where operands of one tree can both throw, it can't be seen which did first: the same Overflow, or the end of
 *     the memory;
 *   - arithmetic whose `can_throw` is false needs no check (positions of loops, which are known not to overflow);
 *   - an ASSIGN whose target a handler can see never throws in its value: that stood in a temporary before. So it
 *     may be printed as a direct assignment always; only the target's own resolution (INDEX, UNWRAP) can throw there.
 * Relies on check/program.h; memory: the arena of the compilation. */
#ifndef DSY_COMPILER_LOWER_MACHINE_H
#define DSY_COMPILER_LOWER_MACHINE_H

#include "compiler/check/program.h"

struct block;

enum instruction_kind {
    INSTRUCTION_ASSIGN,     /* target = value; target is an lvalue without awaits, its operands simple */
    INSTRUCTION_EVALUATE,   /* value, its result dropped */
    INSTRUCTION_TAKE_ERROR, /* variable (ANY_ERROR) = the error being thrown, which is no longer being thrown */
    INSTRUCTION_BIND_ERROR, /* variable (ERROR) = the members of error_variable, known to be of that type */
    INSTRUCTION_PUBLISH, /* value: an event, which never throws; it can throw itself, as all that leaves the routine */
    INSTRUCTION_CANCEL,  /* value: a task, which never throws */
    INSTRUCTION_COMPENSATE, /* compensation: register it with the values of the variables that are its parameters */
};

struct instruction {
    enum instruction_kind kind;
    struct span span;
    bool can_throw;    /* then the block's handler takes over */
    bool is_new_value; /* ASSIGN: value is fresh (not an lvalue, nor part of one), so nothing has to be shared.
                        * BIND_ERROR: false, the error value keeps its members */
    const struct expression *target, *value;
    struct variable *variable, *error_variable;
    const struct function *compensation;
};

enum terminator_kind {
    TERMINATOR_JUMP,         /* target */
    TERMINATOR_BRANCH,       /* condition ? target : otherwise */
    TERMINATOR_SWITCH,       /* value (integer, enum, bool or string literal labels; or a union by variant); no case:
                                otherwise */
    TERMINATOR_SWITCH_ERROR, /* on the type of error_variable; no case: otherwise */
    TERMINATOR_RETURN,       /* value, or NULL for void */
    TERMINATOR_THROW,        /* value: a declared error; to the handler */
    TERMINATOR_RETHROW,      /* error_variable (ANY_ERROR); to the handler */
    TERMINATOR_AWAIT,        /* suspension; resumes at suspension->resumed */
    TERMINATOR_UNREACHABLE,  /* no path leads here */
};

struct switch_target {
    const struct expression *label; /* LITERAL or ENUMERATOR; NULL for unions and errors */
    size_t variant;                 /* unions */
    const struct type *error;       /* SWITCH_ERROR */
    struct block *target;
};

struct terminator {
    enum terminator_kind kind;
    struct span span;
    bool can_throw;    /* BRANCH, SWITCH, RETURN: evaluating their value may throw; AWAIT, THROW, RETHROW: always;
                        * a back edge: StepTooLong. It goes to the block's handler */
    bool is_new_value; /* RETURN: value is fresh or a local that dies here; false: (part of) a parameter, share it */
    const struct expression *condition, *value;
    struct variable *error_variable;
    struct block *target, *otherwise;
    const struct switch_target *cases;
    size_t case_count;
    struct suspension *suspension;
    bool is_back_edge; /* JUMP or BRANCH whose `target` closes a loop: costs a unit of the step budget */
};

struct block {
    uint32_t index;    /* in machine.blocks; 0 is the entry; order is source order */
    struct text label; /* readable and unique in its machine: "for_12", "after_if_20" (numbers: source lines) */
    const struct instruction *instructions;
    size_t instruction_count;
    struct terminator terminator;
    struct block *handler; /* where an error thrown here goes; NULL: leaves the function */
    struct span span;
};

/* One source of a SELECT: `after` has no source and no result. */
struct select_source {
    const struct expression *source; /* a task or promise, which never throws; NULL: this is `after` */
    const struct type *result_type;  /* VOID if nothing */
    struct variable *result;         /* NULL if dropped or void */
    struct block *resumed;
};

/* One await: where the machine may stop. */
struct suspension {
    uint32_t state; /* from 1, in order of blocks; state 0 is the start with its arguments */
    enum await_kind kind;
    struct text identity; /* stable name in its routine: "payments.charge", "sleep_2", or the written "@name" */
    uint64_t
        fingerprint; /* of routine, identity, awaited type, live variables and their types: pins the stored frame */
    const struct expression *operand; /* the CALL, duration, time, handle or array; NULL for checkpoint and select */
    const struct type *result_type;   /* of what is awaited; VOID if nothing */
    struct variable *result;          /* takes the result; NULL if dropped or void */
    struct block *resumed;            /* not of SELECT */
    const struct expression *within;  /* a duration, which never throws; NULL: no time-out */
    bool is_shielded; /* in a finally or compensate body, or a `catch (Cancelled …)`: a cancellation waits */
    const struct select_source
        *sources; /* SELECT, in the written order; the runtime numbers those that are no `after` */
    size_t source_count;
    const struct expression *after; /* SELECT: its duration; NULL without */
    struct variable *const *live;   /* saved here, by index; the result is not among them */
    size_t live_count;
    struct span span;
};

struct machine {
    const struct function *function;
    struct variable *const *variables; /* parameters first, then locals, then temporaries */
    size_t variable_count;
    const uint32_t *outer_indices; /* of a compensation: what its first variables are numbered in the function around
                                      it, to which they belong; NULL: they are this function's own */
    size_t outer_count;
    const bool *is_parameter; /* by variable index: of this machine; those of a compensation are variables of the
                                 function around it */
    const bool *is_used;      /* by variable index: occurs in some block at all */
    const bool *is_saved;     /* by variable index: lives across some await, so it stands in the frame struct */
    struct block *const *blocks;
    size_t block_count;
    struct suspension *const *suspensions; /* by state - 1 */
    size_t suspension_count;
    uint64_t start_fingerprint; /* of state 0: routine and parameters */
};

/* variable->index is the place in machine.variables. But a compensation shares variables with the function around it:
 * there that holds only between these two, which need not be called for other machines. */
static inline void
machine_enter(const struct machine *machine)
{
    for (uint32_t index = 0; index < machine->outer_count; index++)
        machine->variables[index]->index = index;
}

static inline void
machine_leave(const struct machine *machine)
{
    for (uint32_t index = 0; index < machine->outer_count; index++)
        machine->variables[index]->index = machine->outer_indices[index];
}

struct machines {
    const struct program *program;
    struct machine *const *machines; /* every function with a body, in program order */
    size_t machine_count;
};

/* Is the operand a call of a routine or step, which runs elsewhere than on this function's C stack? */
static inline bool
suspension_awaits_call(const struct suspension *suspension)
{
    return suspension->kind == AWAIT_SUBROUTINE || suspension->kind == AWAIT_STEP || suspension->kind == AWAIT_USE ||
           suspension->kind == AWAIT_SERVICE;
}

/* The ways on from an await: one for each source of a SELECT, else one. */
static inline size_t
suspension_way_count(const struct suspension *suspension)
{
    return suspension->kind == AWAIT_SELECT ? suspension->source_count : 1;
}

static inline struct block *
suspension_way(const struct suspension *suspension, size_t index)
{
    return suspension->kind == AWAIT_SELECT ? suspension->sources[index].resumed : suspension->resumed;
}

/* What takes the result on that way; NULL if nothing does. */
static inline struct variable *
suspension_result(const struct suspension *suspension, size_t index)
{
    return suspension->kind == AWAIT_SELECT ? suspension->sources[index].result : suspension->result;
}

/* Is an expression's value fresh, so that storing it needs no sharing? Also for the parts of literals
 * (arguments of STRUCT, ARRAY, MAP, SOME, UNION), each of which is stored. True for types without blocks. */
bool expression_is_new_value(const struct expression *expression);

/* The variable an lvalue or a part of a variable is rooted in; NULL if it isn't one, or is rooted in STATE. */
struct variable *expression_root(const struct expression *expression);

#endif
