/* Stack: see stack.h. Relies on glibc's pthread_getattr_np. */
#include "runtime/base/stack.h"

const char *
dsy_stack_end(size_t reserve_bytes)
{
    pthread_attr_t attributes;
    void *lowest = NULL;
    size_t size_bytes = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return NULL;
    int failed = pthread_attr_getstack(&attributes, &lowest, &size_bytes);
    pthread_attr_destroy(&attributes);
    if (failed != 0 || lowest == NULL)
        return NULL;
    /* A stack that is hardly larger than what must be left is better used in part than not at all. */
    return (const char *)lowest + (reserve_bytes < size_bytes / 2 ? reserve_bytes : size_bytes / 2);
}

int
dsy_stack_thread(pthread_t *thread, size_t stack_bytes, void *(*run)(void *), void *context)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return pthread_create(thread, NULL, run, context);
    int failed = pthread_attr_setstacksize(&attributes, stack_bytes);
    if (failed == 0)
        failed = pthread_create(thread, &attributes, run, context);
    pthread_attr_destroy(&attributes);
    return failed == 0 ? 0 : pthread_create(thread, NULL, run, context);
}
