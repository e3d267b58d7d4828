/* Memory that runs out when a test says so. The test is linked with --wrap for malloc, calloc, realloc and
 * aligned_alloc, so that all of the project's own allocations come here; those inside shared libraries do not. Any
 * thread. */
#ifndef DSY_TESTS_FAILING_MEMORY_H
#define DSY_TESTS_FAILING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Allocation number `number` from now on fails (1: the next), and with it all that follow unless only_once. 0: none. */
void failing_memory_begin(size_t number, bool only_once);

/* Nothing fails any more. Returns how many allocations failed since it began. */
size_t failing_memory_end(void);

/* From now on one allocation of so many fails, chosen at random by the seed: for a tenth of a second, then for another
 * tenth none does, and so on. */
void failing_memory_at_random(unsigned one_of, unsigned seed);

#endif
