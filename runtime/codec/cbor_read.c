/* CBOR reader: any octets in, values or one error out. Nothing is allocated before the octets that it would hold are
 * known to be there. The mapping stands in dsy/cbor.h. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dsy/cbor.h"
#include "dsy/decimal.h"
#include "dsy/text.h"
#include "runtime/base/format.h"

enum major {
    MAJOR_UNSIGNED = 0,
    MAJOR_NEGATIVE = 1,
    MAJOR_BYTES = 2,
    MAJOR_TEXT = 3,
    MAJOR_ARRAY = 4,
    MAJOR_MAP = 5,
    MAJOR_TAG = 6,
    MAJOR_SIMPLE = 7,
};

enum {
    INFO_ONE_OCTET = 24,
    INFO_TWO_OCTETS = 25,
    INFO_FOUR_OCTETS = 26,
    INFO_EIGHT_OCTETS = 27,
    INFO_INDEFINITE = 31,
    SIMPLE_FALSE = 20,
    SIMPLE_TRUE = 21,
    SIMPLE_NULL = 22,
    SIMPLE_WIDE_MIN = 32, /* smaller ones must not have a second octet */
    NULL_OCTET = 0xF6,
};

struct head {
    uint8_t major;
    uint8_t info;
    uint64_t argument;
};

/* --- Failure --- */

DSY_COLD DSY_FORMAT(3, 4) static void fail(struct dsy_cbor_reader *reader, enum dsy_status status, const char *format,
                                           ...)
{
    if (reader->failed)
        return;
    reader->failed = true;
    reader->status = status;
    size_t size = (size_t)snprintf(reader->message, sizeof reader->message, "offset %zu: ", reader->item_offset);
    va_list arguments;
    va_start(arguments, format);
    dsy_format_text(reader->message + size, sizeof reader->message - size, format, arguments);
    va_end(arguments);
}

/* What stands at item_offset, for a message. */
static const char *
found(const struct dsy_cbor_reader *reader)
{
    if (reader->item_offset >= reader->size_bytes)
        return "the end of the data";
    uint8_t octet = reader->data[reader->item_offset];
    switch (octet >> 5) {
    case MAJOR_UNSIGNED:
    case MAJOR_NEGATIVE: return "an integer";
    case MAJOR_BYTES: return "a byte string";
    case MAJOR_TEXT: return "a text string";
    case MAJOR_ARRAY: return "an array";
    case MAJOR_MAP: return "a map";
    case MAJOR_TAG: return "a tag";
    default: break;
    }
    uint8_t info = octet & 31;
    if (info == SIMPLE_FALSE || info == SIMPLE_TRUE)
        return "a bool";
    if (info == SIMPLE_NULL)
        return "null";
    return info >= INFO_TWO_OCTETS && info <= INFO_EIGHT_OCTETS ? "a float" : "a simple value";
}

void
dsy_cbor_expected(struct dsy_cbor_reader *reader, const char *expected)
{
    fail(reader, DSY_INVALID, "expected %s, found %s", expected, found(reader));
}

void
dsy_cbor_arena_failed(struct dsy_cbor_reader *reader)
{
    enum dsy_status status = reader->arena->status == DSY_NO_MEMORY ? DSY_NO_MEMORY : DSY_FULL;
    fail(reader, status, "no memory for the value: %s", dsy_status_text(status));
}

void *
dsy_cbor_allocate(struct dsy_cbor_reader *reader, size_t size_bytes)
{
    if (reader->failed)
        return NULL;
    void *piece = dsy_arena_allocate(reader->arena, size_bytes);
    if (DSY_UNLIKELY(piece == NULL))
        dsy_cbor_arena_failed(reader);
    return piece;
}

/* --- Heads --- */

static size_t
left_bytes(const struct dsy_cbor_reader *reader)
{
    return reader->size_bytes - reader->offset;
}

/* The argument of a head in the octets after its first. */
static bool
read_argument(struct dsy_cbor_reader *reader, struct head *head)
{
    if (head->info > INFO_EIGHT_OCTETS) {
        fail(reader, DSY_INVALID,
             head->info == INFO_INDEFINITE ? "an indefinite length is not supported"
                                           : "this is not CBOR: a reserved head");
        return false;
    }
    size_t octets = (size_t)1 << (head->info - INFO_ONE_OCTET);
    if (octets > left_bytes(reader)) {
        fail(reader, DSY_INVALID, "the data ends within a head");
        return false;
    }
    uint64_t argument = 0;
    for (size_t i = 0; i < octets; i++)
        argument = argument << 8 | reader->data[reader->offset + i];
    reader->offset += octets;
    head->argument = argument;
    return true;
}

/* Read the head of the next item. Returns false when the reader has failed. */
static bool
read_head(struct dsy_cbor_reader *reader, struct head *head)
{
    if (DSY_UNLIKELY(reader->failed))
        return false;
    reader->item_offset = reader->offset;
    if (DSY_UNLIKELY(reader->offset >= reader->size_bytes)) {
        fail(reader, DSY_INVALID, "the data ends where a value should be");
        return false;
    }
    uint8_t first = reader->data[reader->offset++];
    *head = (struct head){ .major = (uint8_t)(first >> 5), .info = first & 31, .argument = first & 31 };
    return DSY_LIKELY(head->info < INFO_ONE_OCTET) || read_argument(reader, head);
}

/* Read a head of a certain kind. Returns false when the reader has failed. */
static bool
read_head_of(struct dsy_cbor_reader *reader, enum major major, const char *expected, uint64_t *argument)
{
    struct head head;
    if (!read_head(reader, &head))
        return false;
    if (DSY_UNLIKELY(head.major != major)) {
        dsy_cbor_expected(reader, expected);
        return false;
    }
    *argument = head.argument;
    return true;
}

static bool
enter(struct dsy_cbor_reader *reader)
{
    if (DSY_UNLIKELY(reader->depth >= DSY_NESTING_MAX)) {
        fail(reader, DSY_INVALID, "values are nested more than %d deep", DSY_NESTING_MAX);
        return false;
    }
    reader->depth++;
    return true;
}

/* --- Containers --- */

struct dsy_cbor_members
dsy_cbor_struct_begin(struct dsy_cbor_reader *reader)
{
    uint64_t count;
    if (!read_head_of(reader, MAJOR_MAP, "a map of members", &count))
        return (struct dsy_cbor_members){ 0 };
    if (count > left_bytes(reader) / 2) { /* a member takes at least two octets */
        fail(reader, DSY_INVALID, "a map of %" PRIu64 " members does not fit the data", count);
        return (struct dsy_cbor_members){ 0 };
    }
    return (struct dsy_cbor_members){ .remaining = enter(reader) ? count : 0 };
}

bool
dsy_cbor_struct_next(struct dsy_cbor_reader *reader, struct dsy_cbor_members *members, uint64_t *number)
{
    if (DSY_UNLIKELY(reader->failed))
        return false;
    if (members->remaining == 0) {
        reader->depth--;
        return false;
    }
    if (!read_head_of(reader, MAJOR_UNSIGNED, "the number of a member", number))
        return false;
    if (DSY_UNLIKELY(members->any && *number <= members->previous)) {
        fail(reader, DSY_INVALID, "member %" PRIu64 " stands behind member %" PRIu64, *number, members->previous);
        return false;
    }
    members->any = true;
    members->previous = *number;
    members->remaining--;
    return true;
}

uint64_t
dsy_cbor_array_begin(struct dsy_cbor_reader *reader)
{
    uint64_t count;
    if (!read_head_of(reader, MAJOR_ARRAY, "an array", &count))
        return 0;
    if (DSY_UNLIKELY(count > left_bytes(reader))) { /* an item takes at least one octet */
        fail(reader, DSY_INVALID, "an array of %" PRIu64 " items does not fit the data", count);
        return 0;
    }
    return enter(reader) ? count : 0;
}

void
dsy_cbor_array_end(struct dsy_cbor_reader *reader)
{
    if (!reader->failed)
        reader->depth--;
}

bool
dsy_cbor_null(struct dsy_cbor_reader *reader)
{
    if (reader->failed || left_bytes(reader) == 0 || reader->data[reader->offset] != NULL_OCTET)
        return false;
    reader->item_offset = reader->offset++;
    return true;
}

/* Skip what follows the head of a simple value or float: nothing, but some heads are not CBOR. */
static void
check_simple(struct dsy_cbor_reader *reader, const struct head *head)
{
    if (head->info == INFO_ONE_OCTET && head->argument < SIMPLE_WIDE_MIN)
        fail(reader, DSY_INVALID, "this is not CBOR: a simple value in a form that is too long");
}

/* Recurses once for each level; the depth is bounded as everywhere. */
void
dsy_cbor_skip(struct dsy_cbor_reader *reader)
{
    struct head head;
    if (!read_head(reader, &head))
        return;
    switch (head.major) {
    case MAJOR_BYTES:
    case MAJOR_TEXT:
        if (head.argument > left_bytes(reader))
            fail(reader, DSY_INVALID, "a string of %" PRIu64 " octets does not fit the data", head.argument);
        else
            reader->offset += (size_t)head.argument;
        return;
    case MAJOR_ARRAY:
    case MAJOR_MAP:
        if (head.argument > left_bytes(reader)) {
            fail(reader, DSY_INVALID, "a container of %" PRIu64 " items does not fit the data", head.argument);
            return;
        }
        if (!enter(reader))
            return;
        for (uint64_t i = head.argument << (head.major == MAJOR_MAP); i > 0 && !reader->failed; i--)
            dsy_cbor_skip(reader);
        reader->depth--;
        return;
    case MAJOR_TAG:
        if (!enter(reader))
            return;
        dsy_cbor_skip(reader);
        reader->depth--;
        return;
    case MAJOR_SIMPLE: check_simple(reader, &head); return;
    default: return; /* an integer is its head */
    }
}

/* What is in a container follows its head as if it stood alone, so that nothing is entered. */
bool
dsy_cbor_check_texts(struct dsy_cbor_reader *reader)
{
    while (left_bytes(reader) > 0) {
        struct head head;
        if (!read_head(reader, &head))
            return false;
        if (head.major != MAJOR_TEXT && head.major != MAJOR_BYTES)
            continue;
        if (head.argument > left_bytes(reader)) {
            fail(reader, DSY_INVALID, "a string of %" PRIu64 " octets does not fit the data", head.argument);
            return false;
        }
        size_t size_bytes = (size_t)head.argument;
        const char *text = (const char *)reader->data + reader->offset;
        if (head.major == MAJOR_TEXT && dsy_utf8_check(text, size_bytes) != size_bytes) {
            fail(reader, DSY_INVALID, "the text string is not UTF-8");
            return false;
        }
        reader->offset += size_bytes;
    }
    return true;
}

bool
dsy_cbor_reader_end(struct dsy_cbor_reader *reader)
{
    reader->item_offset = reader->offset;
    if (!reader->failed && left_bytes(reader) > 0)
        fail(reader, DSY_INVALID, "%zu octets follow the value", left_bytes(reader));
    return !reader->failed;
}

/* --- Scalars --- */

bool
dsy_bool_read_cbor(struct dsy_cbor_reader *reader)
{
    struct head head;
    if (!read_head(reader, &head))
        return false;
    if (head.major != MAJOR_SIMPLE || (head.info != SIMPLE_FALSE && head.info != SIMPLE_TRUE)) {
        dsy_cbor_expected(reader, "a bool");
        return false;
    }
    return head.info == SIMPLE_TRUE;
}

int64_t
dsy_int64_read_cbor(struct dsy_cbor_reader *reader)
{
    struct head head;
    if (!read_head(reader, &head))
        return 0;
    if (DSY_UNLIKELY(head.major > MAJOR_NEGATIVE)) {
        dsy_cbor_expected(reader, "an integer");
        return 0;
    }
    if (DSY_UNLIKELY(head.argument > INT64_MAX)) {
        fail(reader, DSY_INVALID, "the integer does not fit int64");
        return 0;
    }
    return head.major == MAJOR_UNSIGNED ? (int64_t)head.argument : -1 - (int64_t)head.argument;
}

uint64_t
dsy_uint64_read_cbor(struct dsy_cbor_reader *reader)
{
    uint64_t value;
    return read_head_of(reader, MAJOR_UNSIGNED, "an integer from 0 up", &value) ? value : 0;
}

#define DEFINE_NARROW(name, type, wide_name, wide_type, format)             \
    type dsy_##name##_read_cbor(struct dsy_cbor_reader *reader)             \
    {                                                                       \
        wide_type wide = dsy_##wide_name##_read_cbor(reader);               \
        if (DSY_LIKELY((type)wide == wide))                                 \
            return (type)wide;                                              \
        fail(reader, DSY_INVALID, "%" format " does not fit " #name, wide); \
        return 0;                                                           \
    }
DEFINE_NARROW(int8, int8_t, int64, int64_t, PRId64)
DEFINE_NARROW(int16, int16_t, int64, int64_t, PRId64)
DEFINE_NARROW(int32, int32_t, int64, int64_t, PRId64)
DEFINE_NARROW(uint8, uint8_t, uint64, uint64_t, PRIu64)
DEFINE_NARROW(uint16, uint16_t, uint64, uint64_t, PRIu64)
DEFINE_NARROW(uint32, uint32_t, uint64, uint64_t, PRIu64)

static double
double_from_half(uint16_t half)
{
    int exponent = half >> 10 & 31, fraction = half & 0x3FF;
    double magnitude = exponent == 0    ? ldexp(fraction, -24)
                       : exponent == 31 ? (fraction == 0 ? HUGE_VAL : (double)NAN)
                                        : ldexp(fraction + 1024, exponent - 25);
    return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

double
dsy_double_read_cbor(struct dsy_cbor_reader *reader)
{
    struct head head;
    if (!read_head(reader, &head))
        return 0;
    if (head.major == MAJOR_SIMPLE && head.info == INFO_TWO_OCTETS)
        return double_from_half((uint16_t)head.argument);
    if (head.major == MAJOR_SIMPLE && head.info == INFO_FOUR_OCTETS) {
        uint32_t bits = (uint32_t)head.argument;
        float single;
        memcpy(&single, &bits, sizeof single);
        return (double)single;
    }
    if (head.major == MAJOR_SIMPLE && head.info == INFO_EIGHT_OCTETS) {
        double value;
        memcpy(&value, &head.argument, sizeof value);
        return value;
    }
    dsy_cbor_expected(reader, "a float");
    return 0;
}

/* --- Strings --- */

/* The octets of a byte or text string, in place. Returns NULL when the reader has failed. */
static const uint8_t *
read_octets(struct dsy_cbor_reader *reader, enum major major, const char *expected, size_t *size)
{
    uint64_t count;
    if (!read_head_of(reader, major, expected, &count))
        return NULL;
    if (DSY_UNLIKELY(count > left_bytes(reader) || count > DSY_TEXT_BYTES_MAX)) {
        fail(reader, DSY_INVALID, "a string of %" PRIu64 " octets does not fit the data", count);
        return NULL;
    }
    const uint8_t *octets = reader->data + reader->offset;
    reader->offset += (size_t)count;
    *size = (size_t)count;
    return octets;
}

/* The octets as the value will hold them: in place or copied. Returns NULL when the reader has failed. */
static const uint8_t *
keep_octets(struct dsy_cbor_reader *reader, const uint8_t *octets, size_t size_bytes)
{
    if (reader->borrow || size_bytes == 0)
        return octets;
    uint8_t *copy = dsy_cbor_allocate(reader, size_bytes);
    return copy == NULL ? NULL : memcpy(copy, octets, size_bytes);
}

dsy_string
dsy_string_read_cbor(struct dsy_cbor_reader *reader)
{
    size_t size;
    const uint8_t *octets = read_octets(reader, MAJOR_TEXT, "a text string", &size);
    if (octets == NULL)
        return (dsy_string){ 0 };
    if (DSY_UNLIKELY(dsy_utf8_check((const char *)octets, size) != size)) {
        fail(reader, DSY_INVALID, "the text string is not UTF-8");
        return (dsy_string){ 0 };
    }
    octets = keep_octets(reader, octets, size);
    return (dsy_string){ .data = (const char *)octets, .size_bytes = octets == NULL ? 0 : (int64_t)size };
}

dsy_bytes
dsy_bytes_read_cbor(struct dsy_cbor_reader *reader)
{
    size_t size;
    const uint8_t *octets = read_octets(reader, MAJOR_BYTES, "a byte string", &size);
    if (octets != NULL)
        octets = keep_octets(reader, octets, size);
    return (dsy_bytes){ .data = octets, .size_bytes = octets == NULL ? 0 : (int64_t)size };
}

/* A byte string of exactly 16 octets, in place. */
static const uint8_t *
read_sixteen(struct dsy_cbor_reader *reader, const char *expected)
{
    size_t size;
    const uint8_t *octets = read_octets(reader, MAJOR_BYTES, expected, &size);
    if (octets != NULL && size != 16) {
        dsy_cbor_expected(reader, expected);
        return NULL;
    }
    return octets;
}

dsy_uuid
dsy_uuid_read_cbor(struct dsy_cbor_reader *reader)
{
    dsy_uuid value = { { 0 } };
    const uint8_t *octets = read_sixteen(reader, "a uuid in a byte string of 16 octets");
    if (octets != NULL)
        memcpy(value.octets, octets, sizeof value.octets);
    return value;
}

dsy_decimal
dsy_decimal_read_cbor(struct dsy_cbor_reader *reader)
{
    dsy_decimal value = { { 0 } };
    const uint8_t *octets = read_sixteen(reader, "a decimal in a byte string of 16 octets");
    if (octets == NULL)
        return value;
    for (int i = 0; i < 8; i++) {
        value.words[1] = value.words[1] << 8 | octets[i];
        value.words[0] = value.words[0] << 8 | octets[i + 8];
    }
    if (dsy_decimal_is_valid(value))
        return value;
    fail(reader, DSY_INVALID, "the 16 octets are not a finite decimal in its canonical form");
    return (dsy_decimal){ { 0 } };
}
