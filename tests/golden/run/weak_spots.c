/* The step of weak_spots.dsy. */
#include "golden.h"

#include <time.h>

enum dsy_step_outcome
weak_slow(struct dsy_step *step, int64_t milliseconds, int64_t number, int64_t *result)
{
    (void)step;
    nanosleep(&(struct timespec){ .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 }, NULL);
    *result = number;
    return DSY_STEP_DONE;
}
