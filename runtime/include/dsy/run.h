/* The run: what generated code carries along while it executes one transition.
 *
 * An operation that fails records its error here and returns a zero value; the first error wins.
 * Generated code asks `run->failed` after each statement that can throw. Operations that change a
 * value do nothing while it is set. The runtime's core embeds this struct as the first member of its own. */
#ifndef DSY_RUN_H
#define DSY_RUN_H

#include "dsy/type.h"

struct dsy_run {
    struct dsy_arena *arena;      /* borrowed; takes all values */
    bool failed;                  /* an error is being thrown */
    int32_t depth;                /* calls that are open */
    int32_t depth_max;            /* StackOverflow beyond it */
    const char *stack_end;        /* StackOverflow below it; NULL: the stack is not looked at */
    int32_t nesting;              /* containers within containers of the values that are being compared */
    int64_t budget;               /* loop rounds left until StepTooLong */
    struct dsy_error_value error; /* valid while failed */

    /* DSY_NO_MEMORY: the heap was exhausted. Not an error of the program, though it is thrown as one to get out:
     * the core must drop the transition and run it again later. */
    enum dsy_status status;

    /* Between a routine's function and the core, as generated.h says. */
    uint32_t state;                 /* where the routine is to be resumed */
    const void *result;             /* of the sub-routine that has ended */
    struct dsy_cbor_reader *reader; /* of the result of what was awaited */
    uint32_t selected;              /* which of the sources of a select was the first */
};

/* Begin a run.
 * arena   borrowed until the run ends
 * budget  loop rounds that may be made before StepTooLong is thrown */
void dsy_run_init(struct dsy_run *run, struct dsy_arena *arena, int64_t budget);

/* Cold halves of the checks below: throw StackOverflow, StepTooLong. */
DSY_COLD void dsy_throw_stack_overflow(struct dsy_run *run);
DSY_COLD void dsy_throw_step_too_long(struct dsy_run *run);

/* How far down the stack goes at the moment, the caller's own variables included. */
static inline uintptr_t
dsy_stack_place(void)
{
#if defined(__x86_64__)
    uintptr_t place;
    __asm__ volatile("mov %%rsp, %0" : "=r"(place));
    return place;
#elif defined(__aarch64__)
    uintptr_t place;
    __asm__ volatile("mov %0, sp" : "=r"(place));
    return place;
#else
    return (uintptr_t)__builtin_frame_address(0);
#endif
}

/* At the entry of a function. Returns false when the depth or the stack is exhausted: StackOverflow is thrown then and
 * dsy_leave must not be called. */
static inline bool
dsy_enter(struct dsy_run *run)
{
    if (DSY_UNLIKELY(run->depth >= run->depth_max || dsy_stack_place() < (uintptr_t)run->stack_end)) {
        dsy_throw_stack_overflow(run);
        return false;
    }
    run->depth++;
    return true;
}

static inline void
dsy_leave(struct dsy_run *run)
{
    run->depth--;
}

/* A comparison goes into an item, an entry or a box. Returns false when it is nested deeper than DSY_NESTING_MAX
 * (StackOverflow is thrown), or when the budget is spent (StepTooLong): a value may hold the same items many times
 * over, so that its size says nothing of the time. Else dsy_ascend must be called. */
bool dsy_descend(struct dsy_run *run);

static inline void
dsy_ascend(struct dsy_run *run)
{
    run->nesting--;
}

/* At the back-edge of a loop. Returns false when the budget is spent: StepTooLong is thrown then. */
static inline bool
dsy_spend(struct dsy_run *run)
{
    if (DSY_UNLIKELY(--run->budget < 0)) {
        dsy_throw_step_too_long(run);
        return false;
    }
    return true;
}

/* Give out arena memory to a value operation; StepTooLong is thrown when the arena is full.
 * Returns NULL when it throws. */
void *dsy_allocate(struct dsy_run *run, size_t size_bytes);

/* What the two functions here throw when the arena gives nothing, by the arena's status; also sets run->status. */
DSY_COLD void dsy_throw_out_of_memory(struct dsy_run *run);

/* Grow a piece, as dsy_arena_resize does. Returns NULL when it throws; the old piece is as before then. */
void *dsy_reallocate(struct dsy_run *run, void *piece, size_t old_bytes, size_t new_bytes);

/* size_bytes zero octets that anyone may read, for the result of an operation that has thrown.
 * size_bytes is at most DSY_VALUE_BYTES_MAX. */
const void *dsy_zeros(void);

/* The error that is being thrown is caught: hand it out and go on. */
static inline struct dsy_error_value
dsy_catch(struct dsy_run *run)
{
    struct dsy_error_value error = run->error;
    run->failed = false;
    run->error = (struct dsy_error_value){ 0 };
    return error;
}

#endif
