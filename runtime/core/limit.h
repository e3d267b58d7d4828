/* Limit: what `@limit(concurrency, per_second)` of a step allows, in the whole deployment. PURE data: its owner, the
 * pool of workers, guards it by its mutex and tells it the time.
 *
 * Attempts begun in a second are counted exactly: the moments of the last ones are kept, and one more may begin when
 * the oldest of them is a second ago. A rate below one, or above LIMIT_RATE_MOMENTS_MAX, is counted in a longer or a
 * shorter time: N moments within N / rate seconds. */
#ifndef DSY_CORE_LIMIT_H
#define DSY_CORE_LIMIT_H

#include "dsy/generated.h"

struct job;

/* Jobs in the order in which they came, linked by `next`. All zero but `last`, which dsy_job_queue_init sets. */
struct job_queue {
    struct job *first;
    struct job **last;
    uint64_t count;
};

struct limit {
    const struct dsy_step_type *type;
    struct job_queue waiting;
    int64_t running;
    int64_t *moments_ns; /* owned ring: when attempts began, monotonic; NULL: no rate */
    uint32_t moment_count;
    uint32_t next_moment; /* the oldest */
    uint64_t begun;       /* moments that are known, up to moment_count */
    int64_t window_ns;
};

enum { LIMIT_RATE_MOMENTS_MAX = 1024 };

/* Whether a step has one. */
static inline bool
dsy_step_is_limited(const struct dsy_step_type *type)
{
    return type->limit_concurrency > 0 || type->limit_per_second > 0;
}

DSY_MUST_USE
enum dsy_status dsy_limit_init(struct limit *limit, const struct dsy_step_type *type);
void dsy_limit_destroy(struct limit *limit);

/* Whether one more attempt may begin; else *at_ns is lowered to when one may, unless that depends on the end of
 * another. */
bool dsy_limit_allows(const struct limit *limit, int64_t now_ns, int64_t *at_ns);

void dsy_limit_begin(struct limit *limit, int64_t now_ns);
void dsy_limit_end(struct limit *limit);

#endif
