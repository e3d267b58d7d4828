/* Builder: the machine of one function while it is being made. Private to lower/.
 *
 * Blocks are drafts: they are made when something must jump to them, and placed when their code is
 * written, so the order of placing is the order of the source. `current` is where instructions go;
 * NULL means that no path leads here, and then nothing is written.
 * Relies on base/ and lower/machine.h. All memory is the arena's. */
#ifndef DSY_COMPILER_LOWER_BUILDER_H
#define DSY_COMPILER_LOWER_BUILDER_H

#include "compiler/base/map.h"
#include "compiler/base/source.h"
#include "compiler/base/vector.h"
#include "compiler/lower/machine.h"

struct instruction_list VECTOR(struct instruction);

/* A block before its machine is finished. `block` comes first: block_draft() relies on it. */
struct draft {
    struct block block;
    struct instruction_list instructions;
    const char *hint;           /* of its label: "while" */
    uint32_t line;              /* of its label; 0 = unknown */
    bool is_targeted;           /* something jumps, branches or throws here */
    bool is_reachable;          /* simplify */
    bool can_throw;             /* simplify */
    bool is_handler;            /* simplify */
    uint32_t predecessor_count; /* simplify: edges that are not of handlers */
    struct draft *forwarded;    /* simplify: where a jump here ends up; NULL = not known yet */
};

struct draft_list VECTOR(struct draft *);
struct variable_list VECTOR(struct variable *);
struct index_list VECTOR(uint32_t);

/* How control can leave a statement. The values are those of completion variables, which are saved in
 * frames: they must never change. */
enum exit_kind { EXIT_NORMAL, EXIT_THROW, EXIT_RETURN, EXIT_BREAK, EXIT_CONTINUE };
#define EXIT_KIND_COUNT 5

/* A block that ends with a jump into a finally body. */
struct finally_entry {
    struct draft *draft;
    enum exit_kind kind;
    struct span span;
};

struct finally_entry_list VECTOR(struct finally_entry);

enum scope_kind { SCOPE_LOOP, SCOPE_SWITCH, SCOPE_FINALLY };

/* What a break, continue or return passes on its way out. */
struct scope {
    enum scope_kind kind;
    struct scope *outer;
    struct draft *break_target;        /* LOOP, SWITCH */
    struct draft *continue_target;     /* LOOP */
    bool continue_closes_loop;         /* LOOP: continue_target is the head */
    struct draft *finally_block;       /* FINALLY */
    struct finally_entry_list entries; /* FINALLY */
    bool is_used[EXIT_KIND_COUNT];     /* FINALLY: kinds of the entries */
};

/* What all functions of a program share while they are lowered. */
struct lowering {
    struct arena *arena;
    struct sources *sources; /* NULL: labels have no lines */
    const struct program *program;
    struct map c_names; /* of functions and enumerators: no temporary may hide them */
    const struct type *void_type, *bool_type, *int_type, *error_type;
    const struct type **array_types; /* by index of the element type; NULL where there is none */
};

/* What is known of a variable while its function is lowered. */
struct variable_note {
    struct block *declared_under;         /* handler in force where it was declared */
    const struct expression *replacement; /* reads of it become this; NULL: it is itself */
};

struct variable_notes VECTOR(struct variable_note);

struct builder {
    struct lowering *shared;
    struct arena *arena;
    const struct function *function;
    struct variable_list variables;  /* of the function, then temporaries */
    struct variable_notes notes;     /* by variable index */
    struct index_list outer_indices; /* of a compensation's variables in the function around it */
    struct map c_names;              /* of this function's variables: name → counter */
    struct draft_list blocks;        /* placed */
    struct draft *current;           /* NULL: unreachable */
    struct block *handler;           /* of blocks that are placed now */
    struct scope *scope;
    bool is_shielded;              /* in a body where a cancellation waits */
    struct variable *caught;       /* error of the innermost enclosing catch; NULL outside */
    struct variable *return_value; /* of returns through finally; NULL until one is met */
};

static inline struct draft *
block_draft(struct block *block)
{
    return (struct draft *)(void *)block;
}

/* Can anything in the block throw? */
bool draft_can_throw(const struct draft *draft);

void builder_initialise(struct builder *builder, struct lowering *shared, const struct function *function);

/* ---- variables ---- */

/* A new temporary. hint: what its C name begins with; single_use: it is read once. */
struct variable *builder_temporary(struct builder *builder, const struct type *type, const char *hint, bool single_use,
                                   struct span span);

/* A name that no variable of the function, no function and no enumerator has: hint, hint_2, … */
struct text builder_unique_name(struct builder *builder, const char *hint);

/* Note that a variable is declared here. */
void builder_declare(struct builder *builder, const struct variable *variable);

/* Can a handler in force here read the variable? Then it must keep its value when the new one throws. */
bool builder_is_visible_to_handler(const struct builder *builder, const struct variable *variable);

/* ---- blocks ---- */

/* A draft that is not placed yet; its label is the hint with the line of span. */
struct draft *builder_block(struct builder *builder, const char *hint, struct span span);

/* Place a draft and go on in it. */
void builder_start(struct builder *builder, struct draft *draft);

/* Go on in a draft if anything leads there, else be unreachable. For blocks all of whose
 * predecessors have been written. */
void builder_join(struct builder *builder, struct draft *draft);

/* ---- instructions; all need a current block ---- */

/* target = value, as it stands. */
void builder_assign(struct builder *builder, const struct expression *target, const struct expression *value,
                    struct span span);
void builder_assign_variable(struct builder *builder, struct variable *variable, const struct expression *value,
                             struct span span);
void builder_evaluate(struct builder *builder, const struct expression *value, struct span span);
void builder_take_error(struct builder *builder, struct variable *variable, struct span span);
void builder_bind_error(struct builder *builder, struct variable *variable, struct variable *error, struct span span);
void builder_publish(struct builder *builder, const struct expression *event, struct span span);
void builder_cancel(struct builder *builder, const struct expression *task, struct span span);
void builder_compensate(struct builder *builder, const struct function *compensation, struct span span);

/* ---- terminators: they end the current block, and then there is none ---- */

void builder_terminate(struct builder *builder, struct terminator terminator);
void builder_jump(struct builder *builder, struct draft *target, struct span span);
/* A jump that closes a loop. */
void builder_jump_back(struct builder *builder, struct draft *target, struct span span);
void builder_branch(struct builder *builder, const struct expression *condition, struct draft *target,
                    struct draft *otherwise, struct span span);

#endif
