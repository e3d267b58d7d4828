#include "runtime/value/utf8.h"

#include <string.h>

#include "dsy/text.h"

/* The octets of the well-formed sequence at the start of text; 0 if there is none. Unicode, table 3-7. */
static size_t
sequence_check(const unsigned char *text, size_t size_bytes)
{
    unsigned first = text[0];
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (size_bytes < length)
        return 0;
    /* The second octet rules out longer forms than needed, surrogates, and what lies beyond U+10FFFF. */
    unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (text[1] < least || text[1] > most)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

size_t
dsy_utf8_check(const char *data, size_t size_bytes)
{
    const unsigned char *text = (const unsigned char *)data;
    size_t at = 0;
    while (at < size_bytes) {
        while (size_bytes - at >= 8) {
            uint64_t word;
            memcpy(&word, text + at, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) != 0)
                break;
            at += 8;
        }
        if (at == size_bytes)
            break;
        size_t length = sequence_check(text + at, size_bytes - at);
        if (length == 0)
            return at;
        at += length;
    }
    return size_bytes;
}

size_t
dsy_utf8_decode(const char *text, uint32_t *character)
{
    uint32_t first = (unsigned char)text[0];
    if (first < 0x80) {
        *character = first;
        return 1;
    }
    size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t value = first & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++)
        value = value << 6 | ((unsigned char)text[i] & 0x3Fu);
    *character = value;
    return length;
}

size_t
dsy_utf8_encode(uint32_t character, char *text)
{
    if (character < 0x80) {
        text[0] = (char)character;
        return 1;
    }
    size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    for (size_t i = length - 1; i > 0; i--, character >>= 6)
        text[i] = (char)(0x80 | (character & 0x3F));
    text[0] = (char)(marks[length] | character);
    return length;
}
