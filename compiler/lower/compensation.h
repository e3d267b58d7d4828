/* Compensation: the variables of a compensation's machine. Private to lower/.
 *
 * A compensation shares its variables with the function around it, where they have other indices. Its machine has only
 * those that it uses, so that a function with many compensations costs what it is long; they are numbered anew while
 * that machine is made or looked at (machine_enter), and as before afterwards (machine_leave). */
#ifndef DSY_COMPILER_LOWER_COMPENSATION_H
#define DSY_COMPILER_LOWER_COMPENSATION_H

#include "compiler/lower/builder.h"

/* Fill in the builder's variables: the copies that are the parameters, then what the body declares or mentions. They
 * are entered. */
void compensation_collect(struct builder *builder);

#endif
