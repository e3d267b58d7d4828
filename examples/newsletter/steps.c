/* A mail server that is busy at the first attempt for every third title. */
#include "newsletter.h"

#include <time.h>

enum dsy_step_outcome
mail(struct dsy_step *step, dsy_string reader, dsy_string title)
{
    (void)reader;
    nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    if (title.size_bytes % 3 == 0 && dsy_step_attempt(step) == 1)
        return dsy_step_retry(step, "the mail server is busy");
    return DSY_STEP_DONE;
}
