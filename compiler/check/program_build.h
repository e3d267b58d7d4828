/* The end of a check: the program of what the passes found. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_PROGRAM_BUILD_H
#define DSY_COMPILER_CHECK_PROGRAM_BUILD_H

#include "compiler/check/checker.h"

void checker_initialise(struct checker *checker, struct arena *arena, struct diagnostics *diagnostics,
                        check_import import, void *loader);

/* After all passes, when nothing was reported. */
const struct program *program_build(struct checker *checker);

#endif
