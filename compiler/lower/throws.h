/* Throws: what errors an expression can record, as far as their order matters. Private to lower/.
 *
 * Two operands may be evaluated in any order if it can't be seen which of their errors was the first: if one of them
 * throws nothing, or only for want of memory (a full arena ends the stretch, wherever that happens), or if both throw
 * the very same, as additions of the same type do. A call of the user's functions is never one of them: they must not
 * run while any error is pending, since they might catch it. */
#ifndef DSY_COMPILER_LOWER_THROWS_H
#define DSY_COMPILER_LOWER_THROWS_H

#include "compiler/lower/machine.h"

enum throws_kind {
    THROWS_NOTHING,
    THROWS_MEMORY, /* StepTooLong, when the arena is full */
    THROWS_ONE,    /* Overflow of `operation` on `type` */
    THROWS_ANY,
    THROWS_CALL, /* anything, and it calls a function of the user's */
};

struct throws {
    enum throws_kind kind;
    enum binary_operator operation;
    const struct type *type;
};

struct throws throws_of(const struct expression *expression);

/* What throws what either throws. */
struct throws throws_join(struct throws left, struct throws right);

/* Must what throws the one be evaluated before what throws the other? */
bool throws_are_ordered(struct throws left, struct throws right);

/* Can the operation itself, its operands left aside, record an error? true where only the checker can tell. */
bool throws_itself(const struct expression *expression);

#endif
