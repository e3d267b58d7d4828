/* UTF-8, character by character. Internal to the runtime; dsy_utf8_check is public in dsy/text.h. */
#ifndef DSY_VALUE_UTF8_H
#define DSY_VALUE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode the character at the start of checked text. Returns its octets. */
size_t dsy_utf8_decode(const char *text, uint32_t *character);

/* Write a character (a Unicode scalar value). Returns its octets, 1 to 4. */
size_t dsy_utf8_encode(uint32_t character, char *text);

/* Whether a position in checked text is the start of a character. */
static inline bool
dsy_utf8_is_start(char octet)
{
    return ((unsigned char)octet & 0xC0) != 0x80;
}

#endif
