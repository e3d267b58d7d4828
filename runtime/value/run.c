/* The run: memory for values, and the errors that end a run by themselves. */
#include "dsy/run.h"

#include <string.h>

#include "dsy/error.h"
#include "dsy/text.h"

void
dsy_run_init(struct dsy_run *run, struct dsy_arena *arena, int64_t budget)
{
    *run = (struct dsy_run){ .arena = arena, .budget = budget, .depth_max = DSY_CALL_DEPTH_MAX };
}

const void *
dsy_zeros(void)
{
    static const union {
        uint8_t octets[DSY_VALUE_BYTES_MAX];
        long double alignment;
    } zeros;
    return &zeros;
}

/* Neither message needs memory: there may be none. */
void
dsy_throw_out_of_memory(struct dsy_run *run)
{
    if (run->arena->status == DSY_NO_MEMORY) {
        run->status = DSY_NO_MEMORY;
        dsy_throw_message(run, &dsy_error_step_too_long, NULL, DSY_STRING("the process is out of memory"));
        return;
    }
    dsy_throw_message(run, &dsy_error_step_too_long, NULL,
                      DSY_STRING("the values made since the last await take more memory than a routine may use"));
}

void *
dsy_allocate(struct dsy_run *run, size_t size_bytes)
{
    void *piece = dsy_arena_allocate(run->arena, size_bytes);
    if (DSY_UNLIKELY(piece == NULL))
        dsy_throw_out_of_memory(run);
    return piece;
}

void *
dsy_reallocate(struct dsy_run *run, void *piece, size_t old_bytes, size_t new_bytes)
{
    void *grown = dsy_arena_resize(run->arena, piece, old_bytes, new_bytes);
    if (DSY_UNLIKELY(grown == NULL))
        dsy_throw_out_of_memory(run);
    return grown;
}

void
dsy_throw_stack_overflow(struct dsy_run *run)
{
    if (run->depth < run->depth_max) {
        dsy_throw_format(run, &dsy_error_stack_overflow,
                         "after %d calls within calls their variables take more memory than there is for them",
                         run->depth);
        return;
    }
    dsy_throw_format(run, &dsy_error_stack_overflow, "more than %d calls within calls", run->depth_max);
}

bool
dsy_descend(struct dsy_run *run)
{
    if (run->nesting >= DSY_NESTING_MAX) {
        dsy_throw_format(run, &dsy_error_stack_overflow, "values are compared that are nested deeper than %d",
                         DSY_NESTING_MAX);
        return false;
    }
    if (run->failed || !dsy_spend(run))
        return false;
    run->nesting++;
    return true;
}

void
dsy_throw_step_too_long(struct dsy_run *run)
{
    dsy_throw_message(run, &dsy_error_step_too_long, NULL,
                      DSY_STRING("the loops since the last await ran more rounds than a routine may use"));
}
