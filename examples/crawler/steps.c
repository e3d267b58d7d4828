/* A site that is not there: page N of a site of 60 pages links to pages 2N + 1 and 2N + 2, back to the first one, and
 * page 5 to one that is missing. The first attempt at every seventh page fails. */
#include "crawler.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PAGE_COUNT = 60 };

/* "site/7" → 7; "site" → 0. */
static int
page_number(dsy_string url)
{
    int number = 0;
    const char *end = url.data + url.size_bytes;
    const char *slash = url.size_bytes > 0 ? memchr(url.data, '/', (size_t)url.size_bytes) : NULL;
    for (const char *place = slash != NULL ? slash + 1 : end; place < end; place++)
        number = number * 10 + (*place - '0');
    return number;
}

static dsy_string
link_to(struct dsy_run *run, dsy_string url, int number)
{
    const char *slash = memchr(url.data, '/', (size_t)url.size_bytes);
    int site_bytes = slash != NULL ? (int)(slash - url.data) : (int)url.size_bytes;
    char link[256];
    snprintf(link, sizeof link, "%.*s/%d", site_bytes, url.data, number);
    return dsy_string_copy(run, dsy_string_view(link));
}

enum dsy_step_outcome
fetch(struct dsy_step *step, dsy_string url, struct Page *result)
{
    struct dsy_run *run = dsy_step_run(step);
    int number = page_number(url);
    nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    if (number % 7 == 3 && dsy_step_attempt(step) == 1)
        return dsy_step_retry(step, "HTTP 503");
    if (number >= PAGE_COUNT)
        return NotFound_throw(step, (struct NotFound){ .url = url });
    result->url = url;
    for (int next = 2 * number + 1; next <= 2 * number + 2 && next < PAGE_COUNT; next++)
        array_string_push(run, &result->links, link_to(run, url, next));
    array_string_push(run, &result->links, link_to(run, url, 1));
    if (number == 5)
        array_string_push(run, &result->links, link_to(run, url, 404));
    return DSY_STEP_DONE;
}
