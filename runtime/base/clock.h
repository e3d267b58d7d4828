/* Clock: where the time comes from. It is injected, so that tests and simulations decide what time it is. */
#ifndef DSY_BASE_CLOCK_H
#define DSY_BASE_CLOCK_H

#include <stdint.h>

struct dsy_clock {
    /* UTC nanoseconds since 1970. May jump, in either direction. */
    int64_t (*utc_ns)(void *context);
    /* Nanoseconds since some moment; never goes back. For measuring, not for storing. */
    int64_t (*monotonic_ns)(void *context);
    void *context;
};

/* The operating system's clocks. */
struct dsy_clock dsy_clock_system(void);

static inline int64_t
dsy_clock_utc_ns(const struct dsy_clock *clock)
{
    return clock->utc_ns(clock->context);
}

static inline int64_t
dsy_clock_monotonic_ns(const struct dsy_clock *clock)
{
    return clock->monotonic_ns(clock->context);
}

#endif
