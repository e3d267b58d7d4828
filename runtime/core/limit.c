/* Limit: a count of those that run, and a ring of moments. */
#include "runtime/core/limit.h"

#include <stdlib.h>

static const double NANOSECONDS = 1e9;

enum dsy_status
dsy_limit_init(struct limit *limit, const struct dsy_step_type *type)
{
    *limit = (struct limit){ .type = type };
    limit->waiting.last = &limit->waiting.first;
    double rate = type->limit_per_second;
    if (!(rate > 0))
        return DSY_OK;
    limit->moment_count = rate < 1 ? 1 : rate > LIMIT_RATE_MOMENTS_MAX ? LIMIT_RATE_MOMENTS_MAX : (uint32_t)rate;
    double window_ns = limit->moment_count / rate * NANOSECONDS;
    limit->window_ns = window_ns < (double)(INT64_MAX / 2) ? (int64_t)window_ns : INT64_MAX / 2;
    limit->moments_ns = calloc(limit->moment_count, sizeof *limit->moments_ns);
    return limit->moments_ns != NULL ? DSY_OK : DSY_NO_MEMORY;
}

void
dsy_limit_destroy(struct limit *limit)
{
    free(limit->moments_ns);
    limit->moments_ns = NULL;
}

bool
dsy_limit_allows(const struct limit *limit, int64_t now_ns, int64_t *at_ns)
{
    if (limit->type->limit_concurrency > 0 && limit->running >= limit->type->limit_concurrency)
        return false;
    if (limit->moments_ns == NULL || limit->begun < limit->moment_count)
        return true;
    int64_t next_ns;
    if (__builtin_add_overflow(limit->moments_ns[limit->next_moment], limit->window_ns, &next_ns))
        next_ns = INT64_MAX;
    if (next_ns <= now_ns)
        return true;
    if (next_ns < *at_ns)
        *at_ns = next_ns;
    return false;
}

void
dsy_limit_begin(struct limit *limit, int64_t now_ns)
{
    limit->running++;
    if (limit->moments_ns == NULL)
        return;
    limit->moments_ns[limit->next_moment] = now_ns;
    limit->next_moment = (limit->next_moment + 1) % limit->moment_count;
    if (limit->begun < limit->moment_count)
        limit->begun++;
}

void
dsy_limit_end(struct limit *limit)
{
    limit->running--;
}
