/* Stack: how far down that of the running thread goes, so that deep recursion is an error instead of the process's end.
 */
#ifndef DSY_BASE_STACK_H
#define DSY_BASE_STACK_H

#include <pthread.h>
#include <stddef.h>

/* The lowest address that calls may reach on this thread, so that reserve_bytes are left below it; NULL: not known. */
const char *dsy_stack_end(size_t reserve_bytes);

/* pthread_create with a stack of at least stack_bytes, which take memory only where they are used. Where the system
 * does not give that much address space the thread gets the usual stack. Returns 0 or an error number. */
int dsy_stack_thread(pthread_t *thread, size_t stack_bytes, void *(*run)(void *), void *context);

#endif
