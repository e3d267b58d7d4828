/* printf into a fixed buffer, cut at a character boundary: for messages that may hold any text. */
#ifndef DSY_BASE_FORMAT_H
#define DSY_BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Write at most size_bytes - 1 octets and a NUL. A longer text is cut before the character that does not fit.
 * Returns the octets written, without the NUL. */
size_t dsy_format_text(char *text, size_t size_bytes, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* How many of the first size_bytes octets of a UTF-8 text make whole characters. */
size_t dsy_whole_characters(const char *text, size_t size_bytes);

#endif
