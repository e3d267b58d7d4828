/* The steps and native functions that generated programs call, as the interpreter's call_outside computes them. */
#include <stdio.h>

#include "opinion.h"

enum dsy_step_outcome
step_number(struct dsy_step *step, int64_t number, int64_t *result)
{
    if (number % 8 == 7)
        return StepRefused_throw(step, (struct StepRefused){ .m0 = number });
    *result = number % 97 * 3 + 1;
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
step_text(struct dsy_step *step, dsy_string text, int64_t number, dsy_string *result)
{
    char digits[8];
    int size = snprintf(digits, sizeof digits, "%d", (int)(number % 100));
    dsy_string suffix = { .data = digits, .size_bytes = size };
    dsy_string kept = text.size_bytes > 40 ? (dsy_string){ 0 } : text;
    *result = dsy_string_concatenate(dsy_step_run(step), kept, dsy_string_copy(dsy_step_run(step), suffix));
    return DSY_STEP_DONE;
}

int64_t
native_mix(struct dsy_run *run, int64_t first, int64_t second)
{
    (void)run;
    return first % 1000 * 7 - second % 1000;
}

bool
native_third(struct dsy_run *run, int64_t number)
{
    (void)run;
    return number % 3 == 0;
}
