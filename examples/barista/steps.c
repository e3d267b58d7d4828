/* The guests and the machine, played by rules: who is called A… to M… wants it large, tea is never right at once, the
 * machine fails once for every fifth guest, and there is no way to make it brew cocoa. */
#include "barista.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool
begins_with(dsy_string string, const char *text)
{
    return (size_t)string.size_bytes >= strlen(text) && memcmp(string.data, text, strlen(text)) == 0;
}

static void
take_time(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 3000000 }, NULL);
}

enum dsy_step_outcome
ask(struct dsy_step *step, dsy_string guest, dsy_string question, dsy_string *result)
{
    (void)step;
    take_time();
    if (begins_with(question, "Which"))
        *result = dsy_string_view(guest.size_bytes > 0 && guest.data[0] <= 'M' ? "large" : "medium");
    else
        *result = dsy_string_view(begins_with(question, "A large tea") ? "no" : "yes");
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
brew(struct dsy_step *step, dsy_string guest, dsy_string drink, dsy_string size, dsy_string *result)
{
    take_time();
    if (begins_with(drink, "cocoa"))
        return MachineBroken_throw(step, (struct MachineBroken){ .machine = dsy_string_view("espresso machine") });
    if (guest.size_bytes % 5 == 0 && dsy_step_attempt(step) == 1)
        return dsy_step_retry(step, "the machine wants to be cleaned");
    char cup[128];
    snprintf(cup, sizeof cup, "%.*s %.*s", (int)size.size_bytes, size.data, (int)drink.size_bytes, drink.data);
    *result = dsy_string_copy(dsy_step_run(step), dsy_string_view(cup));
    return DSY_STEP_DONE;
}
