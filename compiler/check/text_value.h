/* Constants that are written as texts: time("2026-01-01T00:00:00Z"), uuid("…"). Internal to check/. */
#ifndef DSY_COMPILER_CHECK_TEXT_VALUE_H
#define DSY_COMPILER_CHECK_TEXT_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

#define UUID_BYTES 16

/* RFC 3339, at most 9 digits of fraction. Returns false when the text is not one, or the time is beyond the range of
 * nanoseconds since 1970 in 64 bits. */
bool text_value_time(struct text text, int64_t *time_ns);

/* 8-4-4-4-12 hexadecimal digits. */
bool text_value_uuid(struct text text, char octets[UUID_BYTES]);

#endif
