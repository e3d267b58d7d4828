/* Texts of statuses, and the one writer of struct dsy_error. */
#include "dsy/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/format.h"

const char *
dsy_status_text(enum dsy_status status)
{
    static const char *const texts[] = {
#define STATUS_TEXT(name, text) [DSY_##name] = text,
        DSY_STATUS_TABLE(STATUS_TEXT)
#undef STATUS_TEXT
    };
    if ((size_t)status >= sizeof texts / sizeof *texts)
        return "unknown status";
    return texts[status];
}

enum dsy_status
dsy_error_set(struct dsy_error *error, enum dsy_status status, const char *format, ...)
{
    if (error == NULL || error->status != DSY_OK)
        return status;
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    dsy_format_text(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}
