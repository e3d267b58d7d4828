/* Timer heap: the parent of entry i is entry (i − 1) / 2, and not due later. */
#include "runtime/core/timer_heap.h"

#include <stdlib.h>

void
dsy_timer_heap_destroy(struct timer_heap *heap)
{
    free(heap->timers);
    *heap = (struct timer_heap){ 0 };
}

enum dsy_status
dsy_timer_heap_add(struct timer_heap *heap, struct timer timer)
{
    if (heap->count == heap->capacity) {
        size_t capacity = heap->capacity == 0 ? 64 : heap->capacity * 2;
        struct timer *timers = realloc(heap->timers, capacity * sizeof *timers);
        if (timers == NULL)
            return DSY_NO_MEMORY;
        heap->timers = timers;
        heap->capacity = capacity;
    }
    size_t index = heap->count++;
    while (index > 0 && heap->timers[(index - 1) / 2].due_ns > timer.due_ns) {
        heap->timers[index] = heap->timers[(index - 1) / 2];
        index = (index - 1) / 2;
    }
    heap->timers[index] = timer;
    return DSY_OK;
}

const struct timer *
dsy_timer_heap_first(const struct timer_heap *heap)
{
    return heap->count > 0 ? &heap->timers[0] : NULL;
}

void
dsy_timer_heap_remove_first(struct timer_heap *heap)
{
    struct timer moved = heap->timers[--heap->count];
    size_t index = 0;
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->timers[child + 1].due_ns < heap->timers[child].due_ns)
            child++;
        if (heap->timers[child].due_ns >= moved.due_ns)
            break;
        heap->timers[index] = heap->timers[child];
        index = child;
    }
    if (heap->count > 0)
        heap->timers[index] = moved;
}
