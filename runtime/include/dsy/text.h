/* string, bytes, uuid.
 *
 * Strings and bytes are immutable: a slice refers to the octets of its whole. Lengths and positions count octets.
 * Functions that make a new text take a run; they throw StepTooLong when the arena is full and Overflow
 * when a text would be larger than DSY_TEXT_BYTES_MAX. */
#ifndef DSY_TEXT_H
#define DSY_TEXT_H

#include <string.h>

#include "dsy/error.h"

/* A string value from a C literal: DSY_STRING("abc"), also in static initialisers as DSY_STRING_INIT. */
#define DSY_STRING_INIT(literal)                                       \
    {                                                                  \
        .data = "" literal, .size_bytes = (int64_t)sizeof(literal) - 1 \
    }
#define DSY_STRING(literal) ((dsy_string)DSY_STRING_INIT(literal))
#define DSY_BYTES(literal) \
    ((dsy_bytes){ .data = (const uint8_t *)("" literal), .size_bytes = (int64_t)sizeof(literal) - 1 })

/* Whether a string is equal to a C literal. */
#define dsy_string_is(string, literal)                      \
    ((string).size_bytes == (int64_t)sizeof(literal) - 1 && \
     (sizeof(literal) == 1 || memcmp((string).data, "" literal, sizeof(literal) - 1) == 0))

/* A view of a NUL-terminated C string, which must outlive it and be UTF-8. */
static inline dsy_string
dsy_string_view(const char *text)
{
    return (dsy_string){ .data = text, .size_bytes = (int64_t)strlen(text) };
}

static inline bool
dsy_string_equal(dsy_string left, dsy_string right)
{
    return left.size_bytes == right.size_bytes &&
           (left.size_bytes == 0 || memcmp(left.data, right.data, (size_t)left.size_bytes) == 0);
}

int dsy_string_compare(dsy_string left, dsy_string right); /* by octets, which is by code point; -1, 0, 1 */
dsy_string dsy_string_concatenate(struct dsy_run *run, dsy_string left, dsy_string right);

/* An interpolated string: count parts, one after the other. */
dsy_string dsy_strings_concatenate(struct dsy_run *run, size_t count, const dsy_string *parts);

bool dsy_string_contains(dsy_string string, dsy_string part);
bool dsy_string_starts_with(dsy_string string, dsy_string part);
bool dsy_string_ends_with(dsy_string string, dsy_string part);
int64_t dsy_string_find(dsy_string string,
                        dsy_string part); /* position of the first occurrence; -1 = none (null in Dsy) */

/* The octets from (included) to (excluded); throws OutOfRange unless 0 <= from <= to <= length,
 * InvalidValue when an end lies inside a character. */
dsy_string dsy_string_slice(struct dsy_run *run, dsy_string string, int64_t from, int64_t to);

/* The parts between the separators, as an array of string; at least one. Throws InvalidValue for an empty separator. */
struct dsy_array dsy_string_split(struct dsy_run *run, dsy_string string, dsy_string separator);

dsy_string dsy_string_trim(dsy_string string);                       /* without white space (Unicode's) at both ends */
dsy_string dsy_string_upper(struct dsy_run *run, dsy_string string); /* character by character, without a locale */
dsy_string dsy_string_lower(struct dsy_run *run, dsy_string string);

/* Every occurrence of `part`, from left to right, replaced. Throws InvalidValue for an empty part. */
dsy_string dsy_string_replace(struct dsy_run *run, dsy_string string, dsy_string part, dsy_string replacement);

/* string(s), and a copy of octets that would not live as long as the run's arena. */
dsy_string dsy_string_copy(struct dsy_run *run, dsy_string string);
uint64_t dsy_string_hash(dsy_string string, uint64_t seed);

/* Whether octets are UTF-8 (Unicode scalar values only, shortest form). Returns size_bytes if so, else the offset
 * of the first octet of the first bad sequence. */
size_t dsy_utf8_check(const char *data, size_t size_bytes);

/* A string that grows at the end, in the arena. Begin it with a run, append, take the string. Appends do nothing after
 * an error. While it is open other things may be allocated; it grows without copying if nothing is. */
struct dsy_builder {
    struct dsy_run *run;
    char *data;
    int64_t size_bytes;
    int64_t capacity_bytes;
};

static inline struct dsy_builder
dsy_builder_begin(struct dsy_run *run)
{
    return (struct dsy_builder){ .run = run };
}

void dsy_builder_append(struct dsy_builder *builder, dsy_string part);
void dsy_builder_value(struct dsy_builder *builder, const struct dsy_type *type, const void *value); /* as string(v) */
dsy_string dsy_builder_end(struct dsy_builder *builder);

/* --- bytes --- */

static inline bool
dsy_bytes_equal(dsy_bytes left, dsy_bytes right)
{
    return left.size_bytes == right.size_bytes &&
           (left.size_bytes == 0 || memcmp(left.data, right.data, (size_t)left.size_bytes) == 0);
}

int dsy_bytes_compare(dsy_bytes left, dsy_bytes right);

/* b[i]; throws OutOfRange. */
static inline uint8_t
dsy_bytes_at(struct dsy_run *run, dsy_bytes bytes, int64_t index)
{
    if (DSY_UNLIKELY((uint64_t)index >= (uint64_t)bytes.size_bytes)) {
        dsy_throw_byte_out_of_range(run, index, bytes.size_bytes);
        return 0;
    }
    return bytes.data[index];
}

dsy_bytes dsy_bytes_slice(struct dsy_run *run, dsy_bytes bytes, int64_t from, int64_t to);
dsy_bytes dsy_bytes_concatenate(struct dsy_run *run, dsy_bytes left, dsy_bytes right);
dsy_bytes dsy_bytes_copy(struct dsy_run *run, dsy_bytes bytes);
dsy_string dsy_bytes_to_string(struct dsy_run *run, dsy_bytes bytes);  /* base64 (RFC 4648, section 4, padded) */
dsy_bytes dsy_bytes_from_string(struct dsy_run *run, dsy_string text); /* from base64; throws InvalidValue */

/* Base64 without a run. */
int64_t dsy_base64_encoded_size(int64_t size_bytes);
void dsy_base64_encode(const uint8_t *data, int64_t size_bytes, char *text);
int64_t dsy_base64_decoded_size_max(int64_t text_bytes);
int64_t dsy_base64_decode(dsy_string text,
                          uint8_t *data); /* size of the data; -1: not valid (length, alphabet, padding, loose bits) */

/* --- uuid --- */

static inline bool
dsy_uuid_equal(dsy_uuid left, dsy_uuid right)
{
    return memcmp(left.octets, right.octets, sizeof left.octets) == 0;
}

static inline int
dsy_uuid_compare(dsy_uuid left, dsy_uuid right)
{
    return memcmp(left.octets, right.octets, sizeof left.octets);
}

dsy_uuid dsy_uuid_from_string(struct dsy_run *run, dsy_string text); /* 8-4-4-4-12 hexadecimal digits of any case */
dsy_string dsy_uuid_to_string(struct dsy_run *run, dsy_uuid value);  /* lower case */
bool dsy_uuid_parse(dsy_string text, dsy_uuid *value);
dsy_string dsy_uuid_text(dsy_uuid value, char *scratch);

#endif
