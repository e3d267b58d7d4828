/* The program of the fuzzers, compiled by dsyc when they are built, and bound when first asked for. */
#ifndef DSY_TESTS_FUZZ_BOUND_H
#define DSY_TESTS_FUZZ_BOUND_H

#include <stdlib.h>

#include "runtime/core/program.h"

static inline const struct program *
bound_program(void)
{
    static struct program program;
    if (program.type == NULL && dsy_program_bind(&program, &dsy_program, NULL, 0, 1, NULL) != DSY_OK)
        abort();
    return &program;
}

#endif
