/* Identity: the stable names of awaits in their routine. Private to lower/.
 *
 * A name is the written one with its sign ("@approved"), else the path of the callee ("payments.charge",
 * "Orders.audit", "reserve", "sleep"), of a task or promise the path of its handle ("payment", "order.approval"), else
 * the predeclared word ("all", "select"); the second await of the same name in the order of blocks has "_2" behind it,
 * and so on. It survives every change of the routine that doesn't move awaits of the same callee past each other. */
#ifndef DSY_COMPILER_LOWER_IDENTITY_H
#define DSY_COMPILER_LOWER_IDENTITY_H

#include "compiler/base/arena.h"
#include "compiler/lower/machine.h"

/* The name without an ordinal. */
struct text identity_of_await(struct arena *arena, const struct expression *await);

/* Give the suspensions of a routine their ordinals. */
void identity_number(struct arena *arena, struct suspension *const *suspensions, size_t count);

#endif
