/* Log: lines about what the runtime does, for whoever operates it. The sink is injected; the library never prints.
 *
 * A line is "2026-01-01T00:00:00.000Z info shard 3 took 12 messages": time, level, text, without a line feed. Control
 * characters in the text are replaced, so that no input can forge a line. */
#ifndef DSY_BASE_LOG_H
#define DSY_BASE_LOG_H

#include <stddef.h>

#include "dsy/generated.h"
#include "dsy/status.h"
#include "runtime/base/clock.h"

enum { DSY_LOG_LINE_BYTES_MAX = 1024 }; /* longer lines are cut: a log must not become a memory problem */

struct dsy_log {
    /* Takes one line, NUL-terminated and of size_bytes octets without the NUL. Called from any thread. */
    void (*write)(void *context, enum dsy_log_level level, const char *line, size_t size_bytes);
    void *context;
    enum dsy_log_level least; /* lines below it are dropped */
    struct dsy_clock clock;
};

/* log may be NULL: nothing is written. */
void dsy_log_write(const struct dsy_log *log, enum dsy_log_level level, const char *format, ...) DSY_FORMAT(3, 4);

const char *dsy_log_level_name(enum dsy_log_level level);

#endif
