/* A small program that needs no compiler, for tests of what runs programs. In Dsy it would read:
 *
 *     service Test {
 *         async int add(int a = 0, int b = 10) { return a + b; }
 *         async void nothing() { }
 *         async void refuse() { throws Overflow }
 *         async int slow(int a = 0, int b = 10) { await sleep(a milliseconds); return a + b; }
 *         private async void hidden() { }
 *     } */
#ifndef DSY_TESTS_API_PROGRAM_H
#define DSY_TESTS_API_PROGRAM_H

#include "dsy/generated.h"

extern const struct dsy_program_type api_program;

#endif
