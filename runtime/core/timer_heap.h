/* Timer heap: what is due next. A binary heap of plain entries; owns only its array. Not thread-safe. */
#ifndef DSY_CORE_TIMER_HEAP_H
#define DSY_CORE_TIMER_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsy/status.h"

struct timer {
    int64_t due_ns;
    int64_t number;       /* of the invocation */
    uint64_t await_count; /* of a step's timeout: the await it belongs to */
    uint32_t attempt;     /* of a step's timeout */
};

struct timer_heap {
    struct timer *timers; /* owned */
    size_t count;
    size_t capacity;
};

/* All zero is an empty heap. */
void dsy_timer_heap_destroy(struct timer_heap *heap);

/* DSY_NO_MEMORY: nothing has changed. */
DSY_MUST_USE
enum dsy_status dsy_timer_heap_add(struct timer_heap *heap, struct timer timer);

/* The one that is due first; NULL: there is none. */
const struct timer *dsy_timer_heap_first(const struct timer_heap *heap);

/* There is a first one. */
void dsy_timer_heap_remove_first(struct timer_heap *heap);

#endif
