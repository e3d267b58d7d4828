/* Where in a JSON text an offset lies, as a path, for messages. Internal to the codec. */
#ifndef DSY_CODEC_JSON_PATH_H
#define DSY_CODEC_JSON_PATH_H

#include <stddef.h>

enum { DSY_JSON_PATH_BYTES_MAX = 256 };

/* Write the path of the value at an offset: "$.order.items[2].price".
 *
 * data    a text that was read without an error up to the offset
 * path    takes the path, NUL-terminated; a longer one is cut and ends in "…"
 *
 * Cold: walks the text from its start. */
void dsy_json_path(const char *data, size_t offset, char path[DSY_JSON_PATH_BYTES_MAX]);

/* The octet behind the string that starts with the quote at data[start]; end if it does not end before. */
size_t dsy_json_string_end(const char *data, size_t start, size_t end);

#endif
