/* The outside world of the shop: a payment provider, a warehouse and a mailer, played by rules, so that what must
 * become of an order is known beforehand (expected.jq). A step of a real shop would call theirs over HTTP.
 *
 * Every execution is one line of the file that ORDERS_LOG names (default: orders.log), written by one write():
 *     milliseconds  process  key  attempt  "step"  order  what: outcome          (separated by tabs)
 * The key is the step's idempotency key. After a crash a step may run again, under the same key; a provider that
 * remembers keys, as real ones do, charges once.
 *
 * Rules: card 4000000000000002 has no funds; nothing above 1,500.00 is paid by card; green mugs are not made any more;
 * the first attempt to charge every tenth order, and to mail every fifteenth, fails for the moment. */
#include "orders.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TEXT(string) (int)(string).size_bytes, (string).data

static bool
is(dsy_string string, const char *text)
{
    return (size_t)string.size_bytes == strlen(text) && memcmp(string.data, text, strlen(text)) == 0;
}

/* "O-0042" → 42 */
static int
order_number(dsy_string order_id)
{
    int number = 0;
    for (int64_t index = 0; index < order_id.size_bytes; index++) {
        if (order_id.data[index] >= '0' && order_id.data[index] <= '9') {
            number = number * 10 + (order_id.data[index] - '0');
        }
    }
    return number;
}

/* Append a line to the log, then take the time that a service elsewhere would. */
__attribute__((format(printf, 3, 4))) static void
log_execution(struct dsy_step *step, dsy_string order_id, const char *what, ...)
{
    char text[256], line[512];
    va_list arguments;
    va_start(arguments, what);
    vsnprintf(text, sizeof text, what, arguments);
    va_end(arguments);

    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int size_bytes = snprintf(line, sizeof line, "%lld\t%ld\t%s\t%u\tstep\t%.*s\t%s\n",
                              (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000, (long)getpid(), dsy_step_key(step),
                              dsy_step_attempt(step), TEXT(order_id), text);

    const char *path = getenv("ORDERS_LOG");
    int log = open(path != NULL ? path : "orders.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0 || size_bytes < 0 || (size_t)size_bytes >= sizeof line ||
        write(log, line, (size_t)size_bytes) != size_bytes) {
        /* A demonstration whose log has holes proves nothing. */
        perror("orders: the steps' log can't be written");
        abort();
    }
    close(log);
    nanosleep(&(struct timespec){ .tv_nsec = 3000000 }, NULL);
}

bool
is_card_number(struct dsy_run *run, dsy_string card)
{
    (void)run; /* nothing is made */
    int64_t sum = 0;
    for (int64_t index = 0; index < card.size_bytes; index++) {
        int digit = card.data[card.size_bytes - 1 - index] - '0';
        if (digit < 0 || digit > 9) {
            return false;
        }
        sum += index % 2 == 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
    }
    return card.size_bytes >= 12 && sum % 10 == 0;
}

enum dsy_step_outcome
charge_card(struct dsy_step *step, dsy_string order_id, dsy_string card, dsy_decimal amount, struct Receipt *result)
{
    struct dsy_run *run = dsy_step_run(step);
    dsy_string sum = dsy_decimal_to_string(run, amount);
    if (dsy_step_attempt(step) == 1 && order_number(order_id) % 10 == 0) {
        log_execution(step, order_id, "charge %.*s: try again", TEXT(sum));
        return dsy_step_retry(step, "the provider answers with HTTP 503");
    }
    bool has_funds = !is(card, "4000000000000002");
    if (!has_funds || strtod(sum.data, NULL) > 1500) {
        log_execution(step, order_id, "charge %.*s: declined", TEXT(sum));
        const char *reason = has_funds ? "over the limit" : "no funds";
        return CardDeclined_throw(step, (struct CardDeclined){ .reason = dsy_string_view(reason) });
    }
    log_execution(step, order_id, "charge %.*s: done", TEXT(sum));

    char receipt_id[64];
    snprintf(receipt_id, sizeof receipt_id, "R-%.*s", TEXT(order_id));
    *result = (struct Receipt){ .id = dsy_string_copy(run, dsy_string_view(receipt_id)), .amount = amount };
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
refund_card(struct dsy_step *step, dsy_string order_id, dsy_string receipt_id)
{
    log_execution(step, order_id, "refund %.*s: done", TEXT(receipt_id));
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
reserve_stock(struct dsy_step *step, dsy_string order_id, dsy_string sku, int64_t quantity)
{
    if (is(sku, "MUG-STONEWARE-GREEN") || quantity > 100) {
        log_execution(step, order_id, "reserve %.*s: out of stock", TEXT(sku));
        return OutOfStock_throw(step, (struct OutOfStock){ .sku = sku });
    }
    log_execution(step, order_id, "reserve %.*s: done", TEXT(sku));
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
release_stock(struct dsy_step *step, dsy_string order_id, dsy_string sku)
{
    log_execution(step, order_id, "release %.*s: done", TEXT(sku));
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
send_mail(struct dsy_step *step, dsy_string order_id, dsy_string to, dsy_string subject)
{
    (void)to; /* nobody gets mail from an example */
    if (dsy_step_attempt(step) == 1 && order_number(order_id) % 15 == 0) {
        log_execution(step, order_id, "mail %.*s: try again", TEXT(subject));
        return dsy_step_retry(step, "the mail server is busy");
    }
    log_execution(step, order_id, "mail %.*s: done", TEXT(subject));
    return DSY_STEP_DONE;
}
