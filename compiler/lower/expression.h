/* Expressions: from checked trees with awaits, effects and branches inside to instructions and plain trees.
 * Private to lower/. Relies on builder.h; the input is unchanged.
 *
 * Each function writes what must happen before into the current block, and returns a tree that is still to be
 * evaluated. Until it is, the caller may write only what that evaluation cannot observe; lower_operands sees
 * to that for siblings. A tree is evaluated once, but for constants and plain trees. */
#ifndef DSY_COMPILER_LOWER_EXPRESSION_H
#define DSY_COMPILER_LOWER_EXPRESSION_H

#include "compiler/lower/builder.h"
#include "compiler/lower/throws.h"

/* A tree without awaits and effects. */
const struct expression *lower_value(struct builder *builder, const struct expression *expression);

/* A tree for the root of an ASSIGN or EVALUATE: it may have an effect itself (tree_is_effect).
 *
 * destination  where the value shall go, if the caller allows that it is assigned here (then the tree returned
 *              is that variable); never read in the expression after it is assigned. NULL: nowhere yet */
const struct expression *lower_root(struct builder *builder, const struct expression *expression,
                                    struct variable *destination);

/* Evaluate for the effect; a result is dropped. */
void lower_effect(struct builder *builder, const struct expression *expression);

/* Initialise a variable that is declared here. */
void lower_into(struct builder *builder, const struct expression *expression, struct variable *variable,
                struct span span);

/* Go to one of two blocks. */
void lower_condition(struct builder *builder, const struct expression *expression, struct draft *target,
                     struct draft *otherwise);

/* Evaluate a tree now: a temporary that holds its value; itself if it is constant, or a variable that is
 * never assigned again. */
const struct expression *lower_to_temporary(struct builder *builder, const struct expression *tree, const char *hint);

/* One of several operands, evaluated from left to right. */
struct operand {
    const struct expression *source;
    const struct expression *tree; /* set by lower_operands */
    const char *hint;              /* of its temporary's name */
    struct throws throws_later;    /* what the operands behind it can throw, mutate, await */
    bool mutates_later;
    bool awaits_later;
    bool reads_box_later;
};

/* Lower operands so that evaluating the trees in any order is the same as evaluating the sources from left to
 * right, then `after`, which is not lowered yet (NULL: nothing).
 *
 * throws_now  those that can throw are evaluated now, the last one too */
void lower_operands(struct builder *builder, struct operand *operands, size_t count, const struct expression *after,
                    bool throws_now);

/* The index expressions of an lvalue, from the variable outwards. */
size_t lvalue_index_count(const struct expression *lvalue);
void lvalue_collect_indices(const struct expression *lvalue, struct operand *operands);

/* The lvalue with its index expressions lowered. */
const struct expression *lvalue_rebuild(struct builder *builder, const struct expression *lvalue,
                                        const struct operand *indices);

#endif
