/* A program written by hand, the way dsyc emits them, so that the runtime is tested without the compiler.
 *
 * All routines have the same variables (n, i, sum, text), all of them live at every await:
 *
 *   service Work {
 *       use Work work;                                            // itself
 *       async int count(int n)     { while (i < n) { sum += await add(i); i++; } return sum; }
 *       async int nap(int n)       { await sleep(n nanoseconds); return n; }
 *       async int chain(int n)     { if (n == 0) return 0; return 1 + await work.chain(n - 1); }
 *       async int sub(int n)       { return 1 + await twice(n); }  // a sub-routine, which awaits a checkpoint
 *       async void refuse(string text) throws Refused { throw Refused{.text = text}; }
 *       async int rescue(string text)  { try { await work.refuse(text); } catch (Refused) { return 7; } return 0; }
 *       async int flaky(int n)     { return await sometimes(n); }  // a step that fails n times
 *       async int stubborn(int n)  { return await bounded(n); }    // @retry(attempts: 3)
 *       async int late(int n)      { return await slow(n); }       // @timeout(50ms); sleeps n ms at its first attempt
 *       async int save(int n)      { while (i < n) { await checkpoint(); i++; } return i; }
 *       async int spin(int n)      { while (i < n) i++; return i; }
 *       async int deep(int n)      { return await deep(n + 1); }   // never ends
 *       async int broken(int n)    { if (n > 0) await sleep(0); … suspends without an await: a compiler's bug }
 *       async int hold(int n)      { return await block(n); }      // a step that blocks until it is released
 *       async int relay(int n)     { return 1 + await work.nap(n); }
 *       async string echo(string text) { return text; }
 *       async int starve(int n)    { return await add(n); }        // the heap is exhausted while the test says so
 *       config int limit = 3; config string name;
 *   } */
#ifndef DSY_TEST_HAND_PROGRAM_H
#define DSY_TEST_HAND_PROGRAM_H

#include <stdatomic.h>

#include "dsy/generated.h"

extern const struct dsy_program_type hand_program;

enum hand_routine {
    HAND_COUNT,
    HAND_NAP,
    HAND_CHAIN,
    HAND_SUB,
    HAND_REFUSE,
    HAND_RESCUE,
    HAND_FLAKY,
    HAND_STUBBORN,
    HAND_LATE,
    HAND_SAVE,
    HAND_SPIN,
    HAND_DEEP,
    HAND_BROKEN,
    HAND_HOLD,
    HAND_RELAY,
    HAND_ECHO,
    HAND_STARVE,
    HAND_ROUTINE_COUNT, /* public ones; the sub-routine `twice` follows */
};

struct hand_locals {
    int64_t n, i, sum;
    dsy_string text;
};

const struct dsy_routine_type *hand_routine(enum hand_routine routine);

/* The arguments as a CBOR array. text may be NULL. Returns false when the buffer is full. */
bool hand_arguments(struct dsy_buffer *buffer, int64_t n, const char *text);

/* What the steps do and saw; tests set it back. */
struct hand_world {
    _Atomic uint64_t step_executions;
    _Atomic bool is_released; /* of `block` */
    _Atomic uint64_t blocked; /* executions of `block` that have begun */
    _Atomic int64_t starving; /* transitions of `starve` that find no memory */
};
extern struct hand_world hand_world;
void hand_world_reset(void);

#endif
