/* Steps that do nothing: the program is only asked what it has. */
#include "services.h"

enum dsy_step_outcome
note(struct dsy_step *step, dsy_string text)
{
    (void)step, (void)text;
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
print(struct dsy_step *step, dsy_string text)
{
    (void)step, (void)text;
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
mail(struct dsy_step *step, dsy_string to)
{
    (void)step, (void)to;
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
pay(struct dsy_step *step, dsy_decimal amount)
{
    (void)step, (void)amount;
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
once(struct dsy_step *step, dsy_string text)
{
    (void)step, (void)text;
    return DSY_STEP_DONE;
}
