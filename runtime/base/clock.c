#include "runtime/base/clock.h"

#include <time.h>

static int64_t
read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now); /* fails only for a clock that does not exist */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t
system_utc_ns(void *context)
{
    (void)context;
    return read_ns(CLOCK_REALTIME);
}

static int64_t
system_monotonic_ns(void *context)
{
    (void)context;
    return read_ns(CLOCK_MONOTONIC);
}

struct dsy_clock
dsy_clock_system(void)
{
    return (struct dsy_clock){ .utc_ns = system_utc_ns, .monotonic_ns = system_monotonic_ns };
}
