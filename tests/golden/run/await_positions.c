/* Steps of await_positions.dsy. */
#include "golden.h"

enum dsy_step_outcome
twice(struct dsy_step *step, int64_t n, int64_t *result)
{
    (void)step;
    *result = n * 2;
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
is_even(struct dsy_step *step, int64_t n, bool *result)
{
    (void)step;
    *result = n % 2 == 0;
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
trace(struct dsy_step *step, dsy_string so_far, dsy_string more, dsy_string *result)
{
    *result = dsy_string_concatenate(dsy_step_run(step), so_far, more);
    return DSY_STEP_DONE;
}
