/* Trees: constructors of checked expressions, and questions about them. Private to lower/ but for the two
 * questions that machine.h declares. Relies on check/program.h; nothing is ever changed in place. */
#ifndef DSY_COMPILER_LOWER_TREE_H
#define DSY_COMPILER_LOWER_TREE_H

#include "compiler/base/arena.h"
#include "compiler/lower/machine.h"

/* ---- constructors; operands are borrowed ---- */

const struct expression *tree_variable(struct arena *arena, struct variable *variable, struct span span);
const struct expression *tree_integer(struct arena *arena, const struct type *type, int64_t value, struct span span);
const struct expression *tree_boolean(struct arena *arena, const struct type *type, bool value, struct span span);
const struct expression *tree_zero(struct arena *arena, const struct type *type, struct span span);
const struct expression *tree_null(struct arena *arena, const struct type *type, struct span span);

/* left op right, checked: can_throw as the operation and its operands say. */
const struct expression *tree_binary(struct arena *arena, const struct type *type, enum binary_operator operator,
                                     const struct expression * left, const struct expression *right, struct span span);

/* left + 1 of a loop's position, which is known not to overflow. */
const struct expression *tree_increment(struct arena *arena, const struct expression *left, struct span span);

/* A method without arguments that takes no mutable operand. */
const struct expression *tree_method(struct arena *arena, const struct type *type, enum built_in_method method,
                                     const struct expression *operand, struct span span);

/* A kind that has one operand and nothing else: NARROW, SOME, an unchecked CONVERT. */
const struct expression *tree_wrap(struct arena *arena, enum expression_kind kind, const struct type *type,
                                   const struct expression *operand);

const struct expression *tree_variant(struct arena *arena, const struct type *type, size_t variant,
                                      const struct expression *operand, struct span span);
const struct expression *tree_index_known(struct arena *arena, const struct type *type,
                                          const struct expression *operand, const struct expression *index,
                                          struct span span);
/* operand[index] of an array; throws OutOfRange. */
const struct expression *tree_index(struct arena *arena, const struct type *type, const struct expression *operand,
                                    const struct expression *index, struct span span);
const struct expression *tree_conditional(struct arena *arena, const struct type *type,
                                          const struct expression *condition, const struct expression *left,
                                          const struct expression *right, struct span span);

/* The flags of a tree whose operands were replaced by lowered ones: it has no await and no effect, and it can
 * throw if its own operation or an operand can. `was` is what the checker made. */
void tree_set_flags(struct expression *tree, const struct expression *was);

/* ---- questions ---- */

/* Does evaluating it again, at any time, give the same? Literals, enumerators, null, zero, and optionals of them; the
 * key of the instance. */
bool tree_is_constant(const struct expression *expression);

/* A variable, or members of one: reading it costs and changes nothing. */
bool tree_is_plain(const struct expression *expression);

/* Does it read a variable that is assigned after its initialisation, or state? */
bool tree_reads_mutated(const struct expression *expression);

/* Must the expression itself stand at the root of an instruction, to happen once at its place: a method that mutates,
 * what leaves the routine (START, RESOLVE, …), the CALL of a native function that has an effect? */
bool tree_is_effect(const struct expression *expression);

/* Does a part of it have such an effect (an await by itself is none)? */
bool tree_mutates(const struct expression *expression);

/* Does it call a function of the user's? Very large trees are said to. */
bool tree_has_call(const struct expression *expression);

/* Does it unwrap an optional that stands in a box: `x!`? Does it read such a box, which is known to be there: `x`
 * behind `x!`? C would go on from the one into the other, when x is null. Very large trees are said to. */
bool tree_opens_box(const struct expression *expression);
bool tree_reads_box(const struct expression *expression);

/* What an lvalue ends in: a variable or a member of the state. */
static inline bool
tree_is_lvalue_root(const struct expression *lvalue)
{
    return lvalue->kind == EXPRESSION_VARIABLE || lvalue->kind == EXPRESSION_STATE;
}

/* Does the lvalue's resolution itself throw: is an INDEX or UNWRAP in its chain? */
bool tree_lvalue_can_throw(const struct expression *lvalue);

/* Does assigning to the lvalue, or mutating it, replace a box that copies share (which takes memory)? */
bool tree_lvalue_is_boxed(const struct expression *lvalue);

bool tree_method_mutates(enum built_in_method method);

/* Does a statement, or one inside it, assign or mutate the variable? */
bool statement_mutates(const struct statement *statement, const struct variable *variable);

/* Call `visit` for each direct operand of an expression, in order of evaluation. */
typedef void (*tree_visitor)(void *context, const struct expression *operand);
void tree_visit_operands(const struct expression *expression, tree_visitor visit, void *context);

#endif
