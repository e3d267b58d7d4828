#include "runtime/base/format.h"

#include <stdio.h>

size_t
dsy_whole_characters(const char *text, size_t size_bytes)
{
    /* Step back over the continuation octets of the last character, which may be cut, to its first octet. */
    size_t start = size_bytes;
    while (start > 0 && size_bytes - start < 4 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return 0;
    unsigned char first = (unsigned char)text[start - 1];
    size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    return size_bytes - (start - 1) >= length ? size_bytes : start - 1;
}

size_t
dsy_format_text(char *text, size_t size_bytes, const char *format, va_list arguments)
{
    int wanted = vsnprintf(text, size_bytes, format, arguments);
    if (wanted < 0) {
        text[0] = '\0';
        return 0;
    }
    if ((size_t)wanted < size_bytes)
        return (size_t)wanted;
    size_t written = dsy_whole_characters(text, size_bytes - 1);
    text[written] = '\0';
    return written;
}
