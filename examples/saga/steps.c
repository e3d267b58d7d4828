/* Warehouse, card company and carrier, played by rules: nobody has unicorns, card "empty" has no funds, nobody carries
 * to Atlantis; the first attempt of every third order's reservation and of every fourth one's payment fails. */
#include "saga.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool
is(dsy_string string, const char *text)
{
    return (size_t)string.size_bytes == strlen(text) && memcmp(string.data, text, strlen(text)) == 0;
}

/* The last digit of an order's id. */
static int
digit(dsy_string order_id)
{
    return order_id.size_bytes == 0 ? 0 : order_id.data[order_id.size_bytes - 1] - '0';
}

static void
take_time(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

enum dsy_step_outcome
reserve(struct dsy_step *step, dsy_string order_id, dsy_string sku, int64_t quantity)
{
    (void)quantity;
    take_time();
    if (digit(order_id) % 3 == 0 && dsy_step_attempt(step) == 1)
        return dsy_step_retry(step, "the warehouse is counting");
    if (is(sku, "unicorn"))
        return OutOfStock_throw(step, (struct OutOfStock){ .sku = sku });
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
release(struct dsy_step *step, dsy_string order_id, dsy_string sku, int64_t quantity)
{
    (void)step, (void)order_id, (void)sku, (void)quantity;
    take_time();
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
charge(struct dsy_step *step, dsy_string order_id, dsy_string card, dsy_decimal amount, dsy_string *result)
{
    (void)amount;
    take_time();
    if (digit(order_id) % 4 == 0 && dsy_step_attempt(step) == 1)
        return dsy_step_retry(step, "HTTP 503");
    if (is(card, "empty"))
        return CardDeclined_throw(step, (struct CardDeclined){ .reason = dsy_string_view("no funds") });
    char receipt[64];
    snprintf(receipt, sizeof receipt, "R-%.*s", (int)order_id.size_bytes, order_id.data);
    *result = dsy_string_copy(dsy_step_run(step), dsy_string_view(receipt));
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
refund(struct dsy_step *step, dsy_string order_id, dsy_string receipt)
{
    (void)step, (void)order_id, (void)receipt;
    take_time();
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
ship(struct dsy_step *step, dsy_string order_id, dsy_string city, dsy_string *result)
{
    take_time();
    if (is(city, "Atlantis"))
        return NoCarrier_throw(step, (struct NoCarrier){ .city = city });
    char parcel[64];
    snprintf(parcel, sizeof parcel, "P-%.*s", (int)order_id.size_bytes, order_id.data);
    *result = dsy_string_copy(dsy_step_run(step), dsy_string_view(parcel));
    return DSY_STEP_DONE;
}
