/* Memory that runs out: see failing_memory.h. */
#include "tests/limit/failing_memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

void *__real_malloc(size_t size_bytes);
void *__real_calloc(size_t count, size_t size_bytes);
void *__real_realloc(void *place, size_t size_bytes);
void *__real_aligned_alloc(size_t alignment, size_t size_bytes);
void *__wrap_malloc(size_t size_bytes);
void *__wrap_calloc(size_t count, size_t size_bytes);
void *__wrap_realloc(void *place, size_t size_bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t size_bytes);

static _Atomic int64_t countdown; /* 0: nothing fails; else the allocation that makes it 0 does */
static _Atomic bool fails_on;     /* and so do those behind it */
static _Atomic bool has_begun;    /* failing, with fails_on */
static _Atomic size_t failures;
static _Atomic unsigned random_one_of;
static _Atomic uint64_t random_state;

void
failing_memory_begin(size_t number, bool only_once)
{
    atomic_store(&failures, 0);
    atomic_store(&has_begun, false);
    atomic_store(&fails_on, !only_once);
    atomic_store(&countdown, (int64_t)number);
}

void
failing_memory_at_random(unsigned one_of, unsigned seed)
{
    atomic_store(&failures, 0);
    atomic_store(&random_state, seed);
    atomic_store(&random_one_of, one_of);
}

size_t
failing_memory_end(void)
{
    atomic_store(&countdown, 0);
    atomic_store(&has_begun, false);
    atomic_store(&random_one_of, 0);
    return atomic_load(&failures);
}

static bool
is_burst(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_nsec / 100000000 % 2 == 0;
}

/* splitmix64; threads that meet here draw different numbers. */
static bool
draws(unsigned one_of)
{
    uint64_t value = atomic_fetch_add(&random_state, UINT64_C(0x9E3779B97F4A7C15));
    value = (value ^ value >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ value >> 27) * UINT64_C(0x94D049BB133111EB);
    return (value ^ value >> 31) % one_of == 0;
}

static bool
fails(void)
{
    unsigned one_of = atomic_load_explicit(&random_one_of, memory_order_relaxed);
    bool failed =
        atomic_load_explicit(&has_begun, memory_order_relaxed) || (one_of != 0 && is_burst() && draws(one_of));
    if (!failed && atomic_load_explicit(&countdown, memory_order_relaxed) > 0 && atomic_fetch_sub(&countdown, 1) == 1) {
        failed = true;
        atomic_store(&has_begun, atomic_load(&fails_on));
    }
    if (failed) {
        atomic_fetch_add(&failures, 1);
        errno = ENOMEM;
    }
    return failed;
}

void *
__wrap_malloc(size_t size_bytes)
{
    return fails() ? NULL : __real_malloc(size_bytes);
}

void *
__wrap_calloc(size_t count, size_t size_bytes)
{
    return fails() ? NULL : __real_calloc(count, size_bytes);
}

void *
__wrap_realloc(void *place, size_t size_bytes)
{
    return fails() ? NULL : __real_realloc(place, size_bytes);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t size_bytes)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size_bytes);
}
