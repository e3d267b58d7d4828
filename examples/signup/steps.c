/* A mail server: the first attempt at every welcome fails. */
#include "signup.h"

#include <string.h>
#include <time.h>

enum dsy_step_outcome
mail(struct dsy_step *step, dsy_string email, dsy_string subject)
{
    (void)email;
    nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    bool is_welcome = subject.size_bytes >= 7 && memcmp(subject.data, "Welcome", 7) == 0;
    if (is_welcome && dsy_step_attempt(step) == 1)
        return dsy_step_retry(step, "the mail server is busy");
    return DSY_STEP_DONE;
}
