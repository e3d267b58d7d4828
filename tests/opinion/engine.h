/* Engine: runs a routine of a compiled program, without a crash or with one at every await. There are two, of which one
 * is linked: core_engine.c is the runtime's own core; plain_engine.c stands in for the runtime with as little as can
 * be, so that all of the language can be run in one thread and in one order. */
#ifndef DSY_TESTS_OPINION_ENGINE_H
#define DSY_TESTS_OPINION_ENGINE_H

#include "dsy/generated.h"
#include "dsy/store.h"

/* What a routine ended with: a CBOR item, valid until the next run. */
struct engine_outcome {
    bool threw;
    struct dsy_slice value;
};

void engine_open(void);
struct engine_outcome engine_run(const struct dsy_routine_type *routine, bool with_crashes);
void engine_close(void);

/* Something that no program can cause: says so, and ends the process. */
_Noreturn void engine_fail(const char *what, const char *why);

#endif
