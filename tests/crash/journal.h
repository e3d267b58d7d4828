/* The step log of the campaign, read back and judged: who ran what, under which key, in which process. */
#ifndef DSY_TESTS_CRASH_JOURNAL_H
#define DSY_TESTS_CRASH_JOURNAL_H

#include <stddef.h>

struct journal_counts {
    size_t executions; /* lines */
    size_t steps;      /* distinct names */
    size_t repeated;   /* executions beyond the first that no retry policy asked for: each across a kill */
    size_t violations; /* each was printed */
};

/* Judge a step log. A violation is: two names with one key; one name with two keys (a transition was applied twice);
 * a step that ran twice within one process, but for the retry of one that failed for the moment; a name that is not
 * expected, or an expected one that is missing.
 *
 * path         the log
 * invocations  numbers 1 to `invocations` were called and have ended
 *
 * Violations are printed to stderr. Ends the process with 2 when the log cannot be read. */
struct journal_counts journal_judge(const char *path, int invocations);

#endif
