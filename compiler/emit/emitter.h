/* What the printers of emit/ share: the emitter's state, C names and spellings, questions about types, and the
 * entry of each printer. Private to emit/. Relies on writer.h and lower/machine.h. */
#ifndef DSY_COMPILER_EMIT_EMITTER_H
#define DSY_COMPILER_EMIT_EMITTER_H

#include "compiler/base/arena.h"
#include "compiler/base/map.h"
#include "compiler/emit/writer.h"
#include "compiler/lower/machine.h"

/* What names.c knows of one type. */
struct type_names {
    const struct type *type; /* NULL: not filled in */
    struct text spelling;    /* "struct Order", "int64_t" */
    struct text descriptor;  /* "Order_type", "dsy_type_int64" */
    struct text stem;        /* of its functions: "Order", "dsy_string" */
    bool is_shared;          /* arrays or maps are inside, not in boxes */
    bool holds_handles;      /* tasks or promises are inside, in items and boxes too */
};

/* What reach.c knows of one function. */
struct function_facts {
    const struct machine *machine; /* NULL without a body */
    struct text c_name;            /* what the C function is called */
    struct text answer_name;       /* steps: the function that answers later, NAME_answer */
    bool is_reached;               /* some routine calls it, or it is one */
    bool calls_functions;          /* it calls pure functions of the program, so it takes part in the depth */
    uint32_t program_number;       /* routines: in dsy_program.routines; steps: in dsy_program.steps */
    uint32_t service_number;       /* routines of a service: in its routines */
};

struct emitter {
    struct arena *arena;
    struct sources *sources;
    const struct machines *machines;
    const struct program *program;
    struct text name; /* stem of the files */
    struct writer header, source;

    struct type_names *types;                 /* by type.index */
    struct function_facts *functions;         /* by function.index */
    const struct type **optional_of;          /* by type.index: the optional of that type, NULL if it doesn't occur */
    const struct type **array_of;             /* the same for arrays */
    const struct struct_declaration **errors; /* in order of dsy_program.errors */
    struct text *error_names;                 /* what each is called in JSON and on the wire */
    size_t error_count;
    struct map error_name_of; /* by qualified name: struct text * */
    uint32_t constant_count;  /* static data of constants printed so far */
};

/* ---- names.c ---- */

/* Fill in the tables of types and errors. */
void names_initialise(struct emitter *emitter);
/* Fill in the names of functions, once reach_initialise has made their table. */
void names_of_functions(struct emitter *emitter);

/* The C type of a value: "struct array_Item"; VOID is "void". */
struct text type_spelling(const struct emitter *emitter, const struct type *type);
/* The name of its struct dsy_type: "Order_type". */
struct text type_descriptor(const struct emitter *emitter, const struct type *type);
/* The stem of the functions of a type: "Order", "dsy_string": so STEM_write_cbor, STEM_equal. */
struct text type_stem(const struct emitter *emitter, const struct type *type);
/* The name of the descriptor of an error: "NoStock_error", "dsy_error_overflow". */
struct text error_descriptor(const struct emitter *emitter, const struct struct_declaration *declaration);

/* What an error is called in JSON and on the wire. */
struct text error_name(const struct emitter *emitter, const struct struct_declaration *declaration);
/* Is a step or native function one of the standard library, which libdsy has? */
bool function_is_of_library(const struct emitter *emitter, const struct function *function);
/* The symbol of a function that is written in C, behind "step." or "native.": its name, in the standard library with
 * its module before it, so that users' names are free. */
struct text function_symbol(const struct emitter *emitter, const struct function *function);

/* The enumerator of a union's variant: "Payment_card". */
struct text variant_enumerator(const struct emitter *emitter, const struct union_declaration *declaration,
                               size_t index);

/* Integers, double, bool, time, duration, decimal, string, bytes, uuid: libdsy passes them by value. */
bool type_is_scalar(const struct type *type);
/* Of time, duration and the integers: a C integer. */
bool type_is_c_integer(const struct type *type);
/* Declared in the program: its functions and its descriptor are printed. */
bool type_is_generated(const struct type *type);
/* A built-in error such as Overflow; in C it is a struct dsy_error_value. */
bool type_is_built_in_error(const struct type *type);
bool type_is_boxed_optional(const struct type *type);
/* A task or a promise: in C a dsy_uuid, with a descriptor of its own. */
bool type_is_handle(const struct type *type);
/* Are there tasks or promises inside, or is it one? */
bool type_holds_handles(const struct emitter *emitter, const struct type *type);
/* Are there blocks to be marked when a copy of it is stored? Boxes have none: they never change. */
bool type_is_shared(const struct emitter *emitter, const struct type *type);

/* The program's own text, for comments and messages. */
struct text source_of(const struct emitter *emitter, struct span span);

/* ---- reach.c ---- */

/* Number the routines and steps, find what is reached from them. */
void reach_initialise(struct emitter *emitter);

/* ---- constant.c: values without a run ---- */

/* Print the static data that a constant needs (blocks of arrays, boxes), each as `static const`, at the current
 * place, and return the C expression of the constant. */
struct text emit_constant(struct emitter *emitter, struct writer *writer, const struct expression *constant);

/* A literal as one C expression, anywhere: integers, bool, double, decimal, string, bytes, time, duration, uuid. */
void emit_literal(struct writer *writer, const struct expression *literal);

/* The zero value of a type as one C expression in a function. */
void emit_zero(const struct emitter *emitter, struct writer *writer, const struct type *type);

/* ---- routine.c: what is being printed ---- */

/* One function's body while it is printed. It is printed twice: the first time finds out what it uses. */
struct function_context {
    struct emitter *emitter;
    struct writer *writer;
    const struct machine *machine; /* NULL: none, as for the defaults of a configuration */
    bool is_routine;
    bool enters;                 /* dsy_enter at its entry, dsy_leave where it returns */
    const struct block *block;   /* current */
    struct structure *structure; /* where it stands among the others */
    bool is_in_switch;           /* `break` would not leave a loop here */
    struct text *spellings;      /* by variable.index: "locals->order", "sum" */
    int place_count;             /* pointers into containers declared in the current braces */

    /* What is being found out, and what was found out the first time. */
    bool *is_read, *was_read;     /* by variable.index: a C compiler sees it used */
    bool *is_target, *was_target; /* by block.index: a goto leads there */
    bool uses_run, used_run;
    bool uses_locals, used_locals;
    bool uses_config, used_config;
    bool uses_state, used_state;         /* `instance`, the state of the keyed service's instance */
    bool uses_condition, used_condition; /* a local for conditions that may throw */
    bool uses_failed, used_failed;       /* the label where a function without handler ends */
};

/* ---- block.c ---- */

void emit_block(struct function_context *context, const struct block *block);
/* "goto …;" or "return DSY_THREW;": the statement that leaves for the current block's handler. */
void emit_leave(struct function_context *context);
/* `if (run->failed) …` */
void emit_failed_check(struct function_context *context);
/* "goto …;", or `break` or `continue` where that leads to the block. */
void emit_goto(struct function_context *context, const struct block *target);
/* Go to a block; nothing if it comes next. */
void emit_continue(struct function_context *context, const struct block *target);
/* What stands before each return of a function that entered. */
void emit_leave_call(struct function_context *context);
/* "case Status_Paid:" */
void emit_case_label(struct function_context *context, const struct switch_target *target,
                     const struct expression *value);
/* The statement where no path leads. */
void emit_impossible(struct function_context *context);
bool block_is_impossible(const struct block *block);
/* Can control go to the handler from here? */
bool instruction_may_leave(const struct instruction *instruction);

/* ---- structure.c ---- */

/* All blocks that can run, in order, within loops and branches where that can be. */
void emit_blocks(struct function_context *context, const bool *is_reached);
/* Where control goes when the current block's text ends; NULL: nowhere. */
const struct block *structure_next(const struct function_context *context);
/* "break;\n" or "continue;\n" where that leads to the target; else NULL. */
const char *structure_jump(const struct function_context *context, const struct block *target);
/* Can the current block end with `if (…) {`, with `inside` within the braces and `outside` behind them (or behind
 * `else`)? Then the braces are open, and the caller prints that. */
bool structure_open_branch(struct function_context *context, const struct block *inside, const struct block *outside);

/* Can the bodies of the switch that ends the current block stand behind its cases? Then they will, and the caller
 * prints the head and indents. */
bool structure_open_switch(struct function_context *context, const struct terminator *terminator);

/* ---- message.c: what leaves the routine ---- */

/* `struct dsy_cbor_writer *writer = …`, for what follows; within braces. */
void emit_message_begin(struct function_context *context);
/* The statement that writes a value; NULL: void. */
void emit_message_value(struct function_context *context, const struct expression *value);
/* The arguments of a call: one CBOR array. */
void emit_message_arguments(struct function_context *context, const struct expression *call);
/* `dsy_to_…(run, …);`: where a call goes. */
void emit_message_target(struct function_context *context, enum await_kind kind, const struct expression *call);
/* Publish, cancel, compensate, resolve, reject: is it one of them; and the whole statement. */
bool instruction_is_message(const struct instruction *instruction);
void emit_message(struct function_context *context, const struct instruction *instruction);

/* ---- await.c ---- */

/* Ask for what is awaited, return; and behind a label the way on. */
void emit_await(struct function_context *context, const struct suspension *suspension);
/* The frame by its type. */
void emit_routine_entry(struct function_context *context);
/* `switch (state)` with a goto for each suspension. */
void emit_state_switch(struct function_context *context, const bool *is_reached);

/* ---- expression.c ---- */

/* One C expression with the value of a checked tree. */
void emit_expression(struct function_context *context, const struct expression *expression);
/* The same as the operand of a member access, a cast or an operator: in parentheses where needed. */
void emit_operand(struct function_context *context, const struct expression *expression);
/* The same for a value that is stored: the blocks of an lvalue are marked as shared. */
void emit_stored(struct function_context *context, const struct expression *expression);
/* A pointer to the value, stored or not: `&x`, or to a temporary. */
void emit_address(struct function_context *context, const struct expression *expression, bool is_stored);
/* A condition that holds when this one does not. */
void emit_negated(struct function_context *context, const struct expression *condition);
/* How a variable is spelled, to be written to; and the same printed, to be read. */
struct text variable_spelling(struct function_context *context, const struct variable *variable);
void emit_variable(struct function_context *context, const struct variable *variable);
/* "run", and it is used. */
void emit_run(struct function_context *context);

/* ---- method.c ---- */

void emit_method(struct function_context *context, const struct expression *method);
/* A method that changes its operand, to which `place` spells a C pointer. */
void emit_mutation(struct function_context *context, const struct expression *method, struct text place);
bool method_mutates(enum built_in_method method);

/* ---- place.c ---- */

/* Does an lvalue lead through a container or an optional, so that statements must come before its use? */
bool lvalue_needs_places(const struct expression *lvalue);
/* Print the statements that make every block on the way the variable's own, with `goto` or `return` where one
 * throws; returns how the lvalue is spelled then. Call it within braces. */
struct text emit_places(struct function_context *context, const struct expression *lvalue);
/* The same; returns a pointer to it, "&order.items". */
struct text emit_place_address(struct function_context *context, const struct expression *lvalue);

/* ---- the printers, each of one product ---- */

void emit_header(struct emitter *emitter); /* header.c: NAME.h */
/* extern.c: prototypes, documented, of what is written in C: by the user, or in the standard library. */
void emit_extern_functions(const struct emitter *emitter, struct writer *writer, bool is_of_library);
void emit_throws(const struct emitter *emitter, struct writer *writer);
void emit_answer_signature(const struct emitter *emitter, struct writer *writer, const struct function *function,
                           const char *gap);
/* A section's title, once. */
void emit_title(struct writer *writer, bool *is_printed, const char *title);
void emit_types(struct emitter *emitter); /* types.c: equality, sharing, defaults, descriptors */
void emit_cbor(const struct emitter *emitter, struct writer *writer, const struct type *type); /* of a declared type */
void emit_json(const struct emitter *emitter, struct writer *writer, const struct type *type);
void emit_functions(struct emitter *emitter); /* routine.c: one function for each machine */
void emit_function_prototypes(struct emitter *emitter);
void emit_frames(struct emitter *emitter, const struct machine *machine); /* frame.c: saved variables of a routine */
void emit_routine_type(struct emitter *emitter, const struct machine *machine);
void emit_locals(struct emitter *emitter, const struct machine *machine);
void emit_services(struct emitter *emitter); /* service.c: descriptors */
void emit_configs(struct emitter *emitter);
void emit_events(struct emitter *emitter);

/* `WRITER_write_cbor(writer, value);` of any type; the value is spelled as a C lvalue. */
void emit_write_cbor(const struct emitter *emitter, struct writer *writer, const struct type *type, struct text value);
/* The statement that reads a value into a C lvalue. */
void emit_read_cbor(const struct emitter *emitter, struct writer *writer, const struct type *type, const char *reader,
                    struct text place);
void emit_write_json(const struct emitter *emitter, struct writer *writer, const struct type *type, struct text value);
void emit_read_json(const struct emitter *emitter, struct writer *writer, const struct type *type, struct text place);

/* A member or parameter of a JSON object that is read. */
struct json_name {
    struct text name;
    const struct type *type;
    struct text place; /* a C lvalue */
};
/* The chain of `if (dsy_string_is(name, …)) { …` that reads the member `name`; `seen` holds a bit for each. The last
 * branch is left open: what follows is `} else {`. Nothing when there are none. */
void emit_read_json_names(const struct emitter *emitter, struct writer *writer, const struct json_name *names,
                          size_t count);

/* An expression that compares two C lvalues. */
void emit_equal(const struct emitter *emitter, struct writer *writer, const struct type *type, struct text left,
                struct text right);

#endif
