/* CBOR (RFC 8949): the format of frames, messages and stored results. Bounded reader and growable writer.
 *
 * Written deterministically: shortest heads, definite lengths, the shortest float that is exact.
 *
 *   bool            false, true                 string      text string
 *   integers        integer                     bytes       byte string
 *   double          float                       uuid        byte string of 16 octets
 *   decimal         byte string of 16 octets: the decimal128 in BID encoding, big-endian
 *   time, duration  integer: nanoseconds        enum        integer: its value
 *   T?              null or the value           T[]         array
 *   struct          map: pinned member number → value, numbers ascending
 *   union           map of one entry: pinned variant number → value (void: null)
 *   map<K,V>        array of [key, value] arrays in insertion order
 *   error           array [name, message] or [name, message, members as a struct]
 *
 * Read: any well-formed definite-length encoding of these; numbers of a struct must ascend, so none can be doubled.
 * Every length is compared with the octets that are left before anything is allocated. */
#ifndef DSY_CBOR_H
#define DSY_CBOR_H

#include "dsy/buffer.h"
#include "dsy/type.h"

enum { DSY_CBOR_MESSAGE_BYTES_MAX = 160 };

/* --- Writing --- */

/* Failure is sticky: status is not DSY_OK any more, and nothing is written. */
struct dsy_cbor_writer {
    struct dsy_buffer *buffer; /* borrowed */
    int32_t depth;
    enum dsy_status status; /* DSY_FULL: the buffer's maximum or DSY_NESTING_MAX; DSY_NO_MEMORY */
};

static inline struct dsy_cbor_writer
dsy_cbor_writer_begin(struct dsy_buffer *buffer)
{
    return (struct dsy_cbor_writer){ .buffer = buffer, .status = buffer->status };
}

/* The first failure of the writer or its buffer. */
DSY_MUST_USE
static inline enum dsy_status
dsy_cbor_writer_status(const struct dsy_cbor_writer *writer)
{
    return writer->status != DSY_OK ? writer->status : writer->buffer->status;
}

/* A struct of member_count members: for each, in ascending order, its number, then its value. */
void dsy_cbor_write_struct_begin(struct dsy_cbor_writer *writer, uint64_t member_count);
void dsy_cbor_write_member(struct dsy_cbor_writer *writer, uint64_t number);
void dsy_cbor_write_struct_end(struct dsy_cbor_writer *writer);
void dsy_cbor_write_array_begin(struct dsy_cbor_writer *writer, uint64_t item_count);
void dsy_cbor_write_array_end(struct dsy_cbor_writer *writer);
void dsy_cbor_write_null(struct dsy_cbor_writer *writer);

void dsy_bool_write_cbor(struct dsy_cbor_writer *writer, bool value);
void dsy_int64_write_cbor(struct dsy_cbor_writer *writer,
                          int64_t value); /* also int8, int16, int32, time, duration, enums */
void dsy_uint64_write_cbor(struct dsy_cbor_writer *writer, uint64_t value); /* also uint8, uint16, uint32 */
void dsy_double_write_cbor(struct dsy_cbor_writer *writer, double value);
void dsy_decimal_write_cbor(struct dsy_cbor_writer *writer, dsy_decimal value);
void dsy_string_write_cbor(struct dsy_cbor_writer *writer, dsy_string value);
void dsy_bytes_write_cbor(struct dsy_cbor_writer *writer, dsy_bytes value);
void dsy_uuid_write_cbor(struct dsy_cbor_writer *writer, dsy_uuid value);

/* The same by the names of the types, so that generated code has one pattern: dsy_T_write_cbor(writer, value). */
#define dsy_int8_write_cbor dsy_int64_write_cbor
#define dsy_int16_write_cbor dsy_int64_write_cbor
#define dsy_int32_write_cbor dsy_int64_write_cbor
#define dsy_uint8_write_cbor dsy_uint64_write_cbor
#define dsy_uint16_write_cbor dsy_uint64_write_cbor
#define dsy_uint32_write_cbor dsy_uint64_write_cbor
#define dsy_time_write_cbor dsy_int64_write_cbor
#define dsy_duration_write_cbor dsy_int64_write_cbor

/* --- Reading --- */

/* Failure is sticky: every later read returns zero, `next` functions return false, and message says what was
 * expected at which offset. */
struct dsy_cbor_reader {
    const uint8_t *data; /* borrowed */
    size_t size_bytes;
    size_t offset;
    size_t item_offset;                   /* where the item that is being or was last read begins; named by messages */
    struct dsy_arena *arena;              /* borrowed; takes strings, items and entries */
    const struct dsy_error_table *errors; /* borrowed; may be NULL */
    bool borrow; /* strings and bytes refer to data, which outlives them, instead of being copied */
    bool failed;
    int32_t depth;
    enum dsy_status status;                   /* DSY_INVALID, DSY_FULL (the arena's maximum), DSY_NO_MEMORY */
    char message[DSY_CBOR_MESSAGE_BYTES_MAX]; /* "offset 12: expected a text string, found an array" */
};

static inline struct dsy_cbor_reader
dsy_cbor_reader_begin(const uint8_t *data, size_t size_bytes, struct dsy_arena *arena)
{
    return (struct dsy_cbor_reader){ .data = data, .size_bytes = size_bytes, .arena = arena };
}

/* Nothing may follow the value. Returns whether all of the reading succeeded. */
DSY_MUST_USE
bool dsy_cbor_reader_end(struct dsy_cbor_reader *reader);

/* A struct or union:
 *     struct dsy_cbor_members members = dsy_cbor_struct_begin(reader);
 *     for (uint64_t number; dsy_cbor_struct_next(reader, &members, &number);)
 *         switch (number) { case 1: order->id = dsy_string_read_cbor(reader); break; … default: dsy_cbor_skip(reader);
 * } The last call, which returns false, also ends it. */
struct dsy_cbor_members {
    uint64_t remaining;
    uint64_t previous;
    bool any;
};
struct dsy_cbor_members dsy_cbor_struct_begin(struct dsy_cbor_reader *reader);
bool dsy_cbor_struct_next(struct dsy_cbor_reader *reader, struct dsy_cbor_members *members, uint64_t *number);

/* An array: read as many items as begin says, then end. The count is at most the octets that are left; 0 after a
 * failure. */
uint64_t dsy_cbor_array_begin(struct dsy_cbor_reader *reader);
void dsy_cbor_array_end(struct dsy_cbor_reader *reader);

/* If the next value is null, read it and return true. */
bool dsy_cbor_null(struct dsy_cbor_reader *reader);

/* Skip one value, whatever it is. */
void dsy_cbor_skip(struct dsy_cbor_reader *reader);

/* Go over all that is left, whatever it is, and look at its text strings. Returns false, with the place in the reader's
 * message, where one is not UTF-8. */
bool dsy_cbor_check_texts(struct dsy_cbor_reader *reader);

/* Refuse what was just read: "offset 12: expected …". */
DSY_COLD void dsy_cbor_expected(struct dsy_cbor_reader *reader, const char *expected);

bool dsy_bool_read_cbor(struct dsy_cbor_reader *reader);
int8_t dsy_int8_read_cbor(struct dsy_cbor_reader *reader);
int16_t dsy_int16_read_cbor(struct dsy_cbor_reader *reader);
int32_t dsy_int32_read_cbor(struct dsy_cbor_reader *reader);
int64_t dsy_int64_read_cbor(struct dsy_cbor_reader *reader);
uint8_t dsy_uint8_read_cbor(struct dsy_cbor_reader *reader);
uint16_t dsy_uint16_read_cbor(struct dsy_cbor_reader *reader);
uint32_t dsy_uint32_read_cbor(struct dsy_cbor_reader *reader);
uint64_t dsy_uint64_read_cbor(struct dsy_cbor_reader *reader);
double dsy_double_read_cbor(struct dsy_cbor_reader *reader);
dsy_decimal dsy_decimal_read_cbor(struct dsy_cbor_reader *reader);
dsy_string dsy_string_read_cbor(struct dsy_cbor_reader *reader);
dsy_bytes dsy_bytes_read_cbor(struct dsy_cbor_reader *reader);
dsy_uuid dsy_uuid_read_cbor(struct dsy_cbor_reader *reader);
#define dsy_time_read_cbor dsy_int64_read_cbor
#define dsy_duration_read_cbor dsy_int64_read_cbor

/* Memory for what is being read, from the reader's arena; NULL after a failure, which is recorded in the reader. */
void *dsy_cbor_allocate(struct dsy_cbor_reader *reader, size_t size_bytes);

/* The reader's arena could not give memory: fails with the arena's status. */
DSY_COLD void dsy_cbor_arena_failed(struct dsy_cbor_reader *reader);

#endif
