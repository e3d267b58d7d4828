#include "runtime/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "runtime/base/format.h"

const char *
dsy_log_level_name(enum dsy_log_level level)
{
    switch (level) {
    case DSY_LOG_DEBUG: return "debug";
    case DSY_LOG_INFO: return "info";
    case DSY_LOG_WARNING: return "warning";
    case DSY_LOG_ERROR: return "error";
    }
    return "unknown";
}

/* "2026-01-01T00:00:00.000Z level ". Returns the octets written. */
static size_t
write_head(char *line, size_t size_bytes, int64_t utc_ns, enum dsy_log_level level)
{
    time_t seconds = (time_t)(utc_ns / 1000000000);
    int milliseconds = (int)(utc_ns % 1000000000 / 1000000);
    struct tm calendar;
    gmtime_r(&seconds, &calendar);
    size_t size = strftime(line, size_bytes, "%Y-%m-%dT%H:%M:%S", &calendar);
    int more = snprintf(line + size, size_bytes - size, ".%03dZ %s ", milliseconds < 0 ? 0 : milliseconds,
                        dsy_log_level_name(level));
    return more < 0 ? size : size + (size_t)more;
}

void
dsy_log_write(const struct dsy_log *log, enum dsy_log_level level, const char *format, ...)
{
    if (log == NULL || log->write == NULL || level < log->least)
        return;
    char line[DSY_LOG_LINE_BYTES_MAX];
    size_t head = write_head(line, sizeof line, dsy_clock_utc_ns(&log->clock), level);
    va_list arguments;
    va_start(arguments, format);
    size_t size = head + dsy_format_text(line + head, sizeof line - head, format, arguments);
    va_end(arguments);
    for (size_t i = head; i < size; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = ' ';
    log->write(log->context, level, line, size);
}
