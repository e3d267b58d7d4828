/* The steps of the fuzzers' program. What they answer depends on their arguments only. */
#include "program.h"

enum dsy_step_outcome
charge(struct dsy_step *step, struct Item item, dsy_decimal amount, struct Maybes maybes, struct Payment *result)
{
    struct Payment payment = { .variant = Payment_card, .as.card = item };
    (void)amount;
    switch (item.sku.size_bytes % 4) {
    case 0: *result = payment; return DSY_STEP_DONE;
    case 1:
        *result = maybes.payment.value != NULL
                      ? *maybes.payment.value
                      : (struct Payment){ .variant = Payment_invoice_number, .as.invoice_number = item.sku };
        return DSY_STEP_DONE;
    case 2: return Refused_throw(step, (struct Refused){ .reason = item.sku, .payment = payment });
    default: return dsy_step_retry(step, "attempt %u", dsy_step_attempt(step));
    }
}

enum dsy_step_outcome
notify(struct dsy_step *step, enum Status status, struct array_array_string texts)
{
    (void)texts;
    return status == Status_Failed && dsy_step_attempt(step) == 1 ? dsy_step_retry(step, "once more") : DSY_STEP_DONE;
}

enum dsy_step_outcome
grow(struct dsy_step *step, struct Tree tree, struct Keys keys, struct Tree *result)
{
    (void)step;
    (void)keys;
    *result = tree;
    return DSY_STEP_DONE;
}
