/* JSON (RFC 8259) at the border: a streaming writer and a pull reader, without a tree in between.
 *
 *   integers        number up to ±(2^53−1), beyond it a string; both are read, exactly, from their text
 *   double          number; "NaN", "Infinity", "-Infinity"
 *   decimal         string; a number is read too, exactly
 *   bytes           base64 string                 time      RFC 3339 string
 *   duration        ISO 8601 string               uuid      string
 *   enum            string                        T?        null or the value
 *   struct          object                        union     object of one member
 *   map<K,V>        object, keys as strings       error     {"error": name, "message": text, …members}
 */
#ifndef DSY_JSON_H
#define DSY_JSON_H

#include "dsy/buffer.h"
#include "dsy/text.h"
#include "dsy/type.h"

enum { DSY_JSON_MESSAGE_BYTES_MAX = 512 };

/* --- Writing --- */

struct dsy_json_writer {
    struct dsy_buffer *buffer; /* borrowed */
    bool comma;                /* the next value or name is preceded by a comma */
    int32_t depth;
    enum dsy_status status; /* as for CBOR */
};

static inline struct dsy_json_writer
dsy_json_writer_begin(struct dsy_buffer *buffer)
{
    return (struct dsy_json_writer){ .buffer = buffer, .status = buffer->status };
}

DSY_MUST_USE
static inline enum dsy_status
dsy_json_writer_status(const struct dsy_json_writer *writer)
{
    return writer->status != DSY_OK ? writer->status : writer->buffer->status;
}

void dsy_json_write_object_begin(struct dsy_json_writer *writer);
void dsy_json_write_object_end(struct dsy_json_writer *writer);
void dsy_json_write_array_begin(struct dsy_json_writer *writer);
void dsy_json_write_array_end(struct dsy_json_writer *writer);

/* The name of the member whose value is written next. */
void dsy_json_write_name(struct dsy_json_writer *writer, dsy_string name);
#define dsy_json_write_member(writer, literal) dsy_json_write_name(writer, DSY_STRING(literal))
void dsy_json_write_null(struct dsy_json_writer *writer);

void dsy_bool_write_json(struct dsy_json_writer *writer, bool value);
void dsy_int64_write_json(struct dsy_json_writer *writer, int64_t value);
void dsy_uint64_write_json(struct dsy_json_writer *writer, uint64_t value);
void dsy_double_write_json(struct dsy_json_writer *writer, double value);
void dsy_decimal_write_json(struct dsy_json_writer *writer, dsy_decimal value);
void dsy_string_write_json(struct dsy_json_writer *writer, dsy_string value);
void dsy_bytes_write_json(struct dsy_json_writer *writer, dsy_bytes value);
void dsy_time_write_json(struct dsy_json_writer *writer, int64_t value);
void dsy_duration_write_json(struct dsy_json_writer *writer, int64_t value);
void dsy_uuid_write_json(struct dsy_json_writer *writer, dsy_uuid value);
#define dsy_int8_write_json dsy_int64_write_json
#define dsy_int16_write_json dsy_int64_write_json
#define dsy_int32_write_json dsy_int64_write_json
#define dsy_uint8_write_json dsy_uint64_write_json
#define dsy_uint16_write_json dsy_uint64_write_json
#define dsy_uint32_write_json dsy_uint64_write_json

/* --- Reading --- */

/* Failure is sticky: every later read returns zero, `next` functions return false.
 * message names the place: "$.order.items[2].price: expected a decimal string, found true". The path is made when the
 * failure happens, by walking the text again up to it, so that reading keeps no stack.
 * A string without escapes refers to the text, which must therefore live as long as the values that are read;
 * a string with escapes goes to the arena. */
struct dsy_json_reader {
    const char *data; /* borrowed; outlives what is read */
    size_t size_bytes;
    size_t offset;
    size_t value_offset;                  /* where the value that is being or was last read begins */
    size_t name_offset;                   /* where the name that was last read begins */
    struct dsy_arena *arena;              /* borrowed; takes unescaped strings, items and entries */
    const struct dsy_error_table *errors; /* borrowed; may be NULL */
    bool opened; /* an object or array was just begun: no comma before the next member or item */
    bool failed;
    int32_t depth;
    enum dsy_status status; /* DSY_INVALID, DSY_FULL (the arena's maximum), DSY_NO_MEMORY */
    char message[DSY_JSON_MESSAGE_BYTES_MAX];
};

static inline struct dsy_json_reader
dsy_json_reader_begin(const char *data, size_t size_bytes, struct dsy_arena *arena)
{
    return (struct dsy_json_reader){ .data = data, .size_bytes = size_bytes, .arena = arena };
}

/* Nothing but white space may follow the value. Returns whether all of the reading succeeded. */
DSY_MUST_USE
bool dsy_json_reader_end(struct dsy_json_reader *reader);

/* An object:
 *     uint64_t seen[1] = {0};
 *     dsy_json_object_begin(reader);
 *     for (dsy_string name; dsy_json_object_next(reader, &name);)
 *         if (dsy_string_is(name, "sku")) {
 *             if (dsy_json_once(reader, seen, 0)) item->sku = dsy_string_read_json(reader);
 *         } else
 *             dsy_json_unknown(reader, name);
 *     if (!dsy_json_seen(seen, 0)) dsy_json_missing(reader, "sku");
 * The last call of next, which returns false, also ends it. */
void dsy_json_object_begin(struct dsy_json_reader *reader);
bool dsy_json_object_next(struct dsy_json_reader *reader, dsy_string *name);

/* The member whose name was just read is the index-th of its struct: fails if it was seen before.
 * seen  one bit for each member, zero at first: (member_count + 63) / 64 words */
bool dsy_json_once(struct dsy_json_reader *reader, uint64_t *seen, int index);
static inline bool
dsy_json_seen(const uint64_t *seen, int index)
{
    return (seen[index / 64] >> (index % 64) & 1) != 0;
}

/* The name that was just read is none of the struct's: fails, or (skip) reads over its value. */
DSY_COLD void dsy_json_unknown(struct dsy_json_reader *reader, dsy_string name);
void dsy_json_skip(struct dsy_json_reader *reader);

/* The object that just ended lacks a member: fails. */
DSY_COLD void dsy_json_missing(struct dsy_json_reader *reader, const char *name);

/* An array: for (dsy_json_array_begin(reader); dsy_json_array_next(reader);) read an item. */
void dsy_json_array_begin(struct dsy_json_reader *reader);
bool dsy_json_array_next(struct dsy_json_reader *reader);

/* If the next value is null, read it and return true. */
bool dsy_json_null(struct dsy_json_reader *reader);

/* Refuse the value that was read last: "$.status: expected one of Pending, Paid, found "Lost"". */
DSY_COLD void dsy_json_expected(struct dsy_json_reader *reader, const char *expected);

/* Refuse the value that was read last, or is about to be, with a sentence of one's own after the path. */
DSY_COLD void dsy_json_fail(struct dsy_json_reader *reader, const char *format, ...) DSY_FORMAT(2, 3);

bool dsy_bool_read_json(struct dsy_json_reader *reader);
int8_t dsy_int8_read_json(struct dsy_json_reader *reader);
int16_t dsy_int16_read_json(struct dsy_json_reader *reader);
int32_t dsy_int32_read_json(struct dsy_json_reader *reader);
int64_t dsy_int64_read_json(struct dsy_json_reader *reader);
uint8_t dsy_uint8_read_json(struct dsy_json_reader *reader);
uint16_t dsy_uint16_read_json(struct dsy_json_reader *reader);
uint32_t dsy_uint32_read_json(struct dsy_json_reader *reader);
uint64_t dsy_uint64_read_json(struct dsy_json_reader *reader);
double dsy_double_read_json(struct dsy_json_reader *reader);
dsy_decimal dsy_decimal_read_json(struct dsy_json_reader *reader);
dsy_string dsy_string_read_json(struct dsy_json_reader *reader);
dsy_bytes dsy_bytes_read_json(struct dsy_json_reader *reader);
int64_t dsy_time_read_json(struct dsy_json_reader *reader);
int64_t dsy_duration_read_json(struct dsy_json_reader *reader);
dsy_uuid dsy_uuid_read_json(struct dsy_json_reader *reader);

/* Memory for what is being read, from the reader's arena; NULL after a failure, which is recorded in the reader. */
void *dsy_json_allocate(struct dsy_json_reader *reader, size_t size_bytes);

/* The reader's arena could not give memory: fails with the arena's status. */
DSY_COLD void dsy_json_arena_failed(struct dsy_json_reader *reader);

#endif
