/* Cron: the five fields of a schedule, `minute hour day-of-month month day-of-week`, and whether they are right.
 * Relies on base/text.h; knows nothing of the program. */
#ifndef DSY_COMPILER_CHECK_CRON_H
#define DSY_COMPILER_CHECK_CRON_H

#include "compiler/base/arena.h"
#include "compiler/base/text.h"

/* What is wrong with the fields, for a diagnostic; NULL if they are right. The text lies in the arena. */
const char *cron_problem(struct arena *arena, struct text cron);

#endif
