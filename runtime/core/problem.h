/* Problems of settings: collected, told, and the first of them kept as the error. */
#ifndef DSY_CORE_PROBLEM_H
#define DSY_CORE_PROBLEM_H

#include "runtime/core/program.h"

struct problems {
    const struct program_settings *settings; /* whom to tell */
    struct dsy_error *error;                 /* takes the first; may be NULL */
    size_t count;
    bool out_of_memory;
};

/* One more. origin: where the setting was written; NULL: not known, or it is missing. */
void dsy_problem_add(struct problems *problems, const char *origin, const char *format, ...) DSY_FORMAT(3, 4);

void dsy_problem_no_memory(struct problems *problems);

/* Which known name was meant by `name`: *near becomes `candidate` if that is near to it, and nearer than *near. */
void dsy_problem_nearer(const char *name, const char *candidate, const char **near);

#endif
