/* Decimal digits to integers and back, shared by the integer, time, duration and decimal types and the codecs.
 * Internal to the runtime. */
#ifndef DSY_VALUE_NUMBER_TEXT_H
#define DSY_VALUE_NUMBER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Write the digits of a value, without a NUL. Returns how many (1 to 20). */
size_t dsy_digits_write(uint64_t value, char *text);

/* Write exactly `count` digits, with leading zeros; the value has no more. */
void dsy_digits_write_padded(uint64_t value, size_t count, char *text);

/* Read exactly `count` octets, all of them digits. Returns false if they are not, or if the number needs more than 64
 * bits. */
bool dsy_digits_read(const char *text, size_t count, uint64_t *value);

/* Write the fraction of a second, from 0 to 999999999 nanoseconds: a point and the digits without trailing zeros,
 * nothing for 0. Returns how many octets (0 to 10). */
size_t dsy_fraction_write(uint64_t nanoseconds, char *text);

static inline bool
dsy_is_digit(char character)
{
    return character >= '0' && character <= '9';
}

#endif
