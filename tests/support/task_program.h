/* A program with tasks, written by hand, the way dsyc emits them. All routines have the same variables, all of them
 * live at every await:
 *
 *   service Tasks {
 *       async int nap(int n)     { await sleep(n nanoseconds); return n; }
 *       async int one(int n)     { task<int> t = start nap(n); return await t; }
 *       async int all(int n)     { n tasks; int[] results = await all(tasks); return the sum }
 *       async int any(int n)     { n tasks; return await any(tasks); }
 *       async int pick(int n)    { 2 tasks; select { case await first: … case await second: … case after n: … }
 *                                  return the number of the case; }
 *       async int promised(int n) { promise<int> p; resolve(p, n); return await p; }
 *       async int hurry(int n)   { return await nap(1h) within n; }
 *       async int limit(int n)   { return await wait_long() within n; }        // a sub-routine
 *       async int guard(int n)   { for (n times) compensate { undo(i) } await sleep(1h); return n; }
 *       async int leave(int n)   { n tasks; compensate { undo(0) } throw OutOfRange }
 *       async int hand_out(int n) { 2 tasks; return the second's handle }       // its type: task<int>
 *       async int tidy(int n)    { try { await sleep(1h) } finally { await sleep(n); } }
 *   }
 *   async int wait_long() { await sleep(1h); return 1; }
 *   compensation undo(int n) { await checkpoint(); throws OutOfRange if n == 1 }   // shielded */
#ifndef DSY_TEST_TASK_PROGRAM_H
#define DSY_TEST_TASK_PROGRAM_H

#include "dsy/generated.h"

enum task_routine {
    TASK_NAP,
    TASK_ONE,
    TASK_ALL,
    TASK_ANY,
    TASK_PICK,
    TASK_PROMISED,
    TASK_HURRY,
    TASK_LIMIT,
    TASK_GUARD,
    TASK_LEAVE,
    TASK_HAND_OUT,
    TASK_TIDY,
    TASK_WAIT_LONG,
    TASK_UNDO,
    TASK_ROUTINE_COUNT,
};

enum { TASKS_MAX = 8 };

#define TASK_HOUR_NS INT64_C(3600000000000)

extern const struct dsy_program_type task_program;

const struct dsy_routine_type *task_routine(enum task_routine routine);

#endif
