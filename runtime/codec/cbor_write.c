/* CBOR writer: RFC 8949 with the core deterministic encoding of its section 4.2.1. The mapping stands in dsy/cbor.h. */
#include <math.h>
#include <string.h>

#include "dsy/cbor.h"
#include "dsy/decimal.h"

enum major {
    MAJOR_UNSIGNED = 0,
    MAJOR_NEGATIVE = 1,
    MAJOR_BYTES = 2,
    MAJOR_TEXT = 3,
    MAJOR_ARRAY = 4,
    MAJOR_MAP = 5,
    MAJOR_SIMPLE = 7,
};

enum {
    INFO_ONE_OCTET = 24,
    SIMPLE_FALSE = 0xF4,
    SIMPLE_TRUE = 0xF5,
    SIMPLE_NULL = 0xF6,
    FLOAT_HALF = 0xF9,
    FLOAT_SINGLE = 0xFA,
    FLOAT_DOUBLE = 0xFB,
    HEAD_BYTES_MAX = 9,
};

/* Write `size_bytes` octets of a number, high octet first. */
static void
put_big_endian(uint8_t *place, uint64_t value, size_t size_bytes)
{
    for (size_t i = size_bytes; i-- > 0; value >>= 8)
        place[i] = (uint8_t)value;
}

/* A head with an argument of 24 or more, in its shortest form. Returns its octets. */
static size_t
put_wide_head(uint8_t *place, enum major major, uint64_t argument)
{
    unsigned power = argument <= UINT8_MAX ? 0 : argument <= UINT16_MAX ? 1 : argument <= UINT32_MAX ? 2 : 3;
    place[0] = (uint8_t)(major << 5 | (INFO_ONE_OCTET + power));
    put_big_endian(place + 1, argument, (size_t)1 << power);
    return 1 + ((size_t)1 << power);
}

static void
write_head(struct dsy_cbor_writer *writer, enum major major, uint64_t argument)
{
    if (DSY_LIKELY(argument < INFO_ONE_OCTET)) {
        dsy_buffer_append_octet(writer->buffer, (uint8_t)(major << 5 | argument));
        return;
    }
    uint8_t head[HEAD_BYTES_MAX];
    dsy_buffer_append(writer->buffer, head, put_wide_head(head, major, argument));
}

static void
write_octets(struct dsy_cbor_writer *writer, enum major major, const void *data, size_t size_bytes)
{
    write_head(writer, major, size_bytes);
    dsy_buffer_append(writer->buffer, data, size_bytes);
}

static void
enter(struct dsy_cbor_writer *writer)
{
    if (writer->buffer->status != DSY_OK)
        writer->status = writer->buffer->status;
    else if (++writer->depth > DSY_NESTING_MAX)
        writer->status = writer->buffer->status = DSY_FULL;
}

void
dsy_cbor_write_struct_begin(struct dsy_cbor_writer *writer, uint64_t member_count)
{
    enter(writer);
    write_head(writer, MAJOR_MAP, member_count);
}

void
dsy_cbor_write_member(struct dsy_cbor_writer *writer, uint64_t number)
{
    write_head(writer, MAJOR_UNSIGNED, number);
}

void
dsy_cbor_write_struct_end(struct dsy_cbor_writer *writer)
{
    writer->depth--;
}

void
dsy_cbor_write_array_begin(struct dsy_cbor_writer *writer, uint64_t item_count)
{
    enter(writer);
    write_head(writer, MAJOR_ARRAY, item_count);
}

void
dsy_cbor_write_array_end(struct dsy_cbor_writer *writer)
{
    writer->depth--;
}

void
dsy_cbor_write_null(struct dsy_cbor_writer *writer)
{
    dsy_buffer_append_octet(writer->buffer, SIMPLE_NULL);
}

void
dsy_bool_write_cbor(struct dsy_cbor_writer *writer, bool value)
{
    dsy_buffer_append_octet(writer->buffer, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void
dsy_int64_write_cbor(struct dsy_cbor_writer *writer, int64_t value)
{
    if (value >= 0)
        write_head(writer, MAJOR_UNSIGNED, (uint64_t)value);
    else
        write_head(writer, MAJOR_NEGATIVE, ~(uint64_t)value); /* -1 - value */
}

void
dsy_uint64_write_cbor(struct dsy_cbor_writer *writer, uint64_t value)
{
    write_head(writer, MAJOR_UNSIGNED, value);
}

/* The half-precision bits of a single-precision number. Returns false when it would lose something. */
static bool
half_from_single(uint32_t single, uint16_t *half)
{
    uint16_t sign = (uint16_t)(single >> 16 & 0x8000);
    int32_t exponent = (int32_t)(single >> 23 & 0xFF) - 127;
    uint32_t fraction = single & 0x7FFFFF;
    if ((single & 0x7FFFFFFF) == 0) { /* zero */
        *half = sign;
        return true;
    }
    if (exponent == 128) { /* an infinity; NaN does not come here */
        *half = sign | 0x7C00;
        return fraction == 0;
    }
    if (exponent >= -14 && exponent <= 15) { /* a normal number */
        *half = (uint16_t)(sign | (uint16_t)((exponent + 15) << 10) | (uint16_t)(fraction >> 13));
        return (fraction & 0x1FFF) == 0;
    }
    if (exponent < -24 || exponent > 15)
        return false;
    uint32_t shift = (uint32_t)(-exponent - 1); /* a subnormal: units of 2^-24 */
    uint32_t whole = fraction | 0x800000;
    *half = (uint16_t)(sign | (uint16_t)(whole >> shift));
    return (whole & ((1u << shift) - 1)) == 0;
}

void
dsy_double_write_cbor(struct dsy_cbor_writer *writer, double value)
{
    uint8_t octets[HEAD_BYTES_MAX] = { FLOAT_HALF, 0x7E, 0x00 }; /* the one NaN that is written */
    size_t size_bytes = 3;
    if (!isnan(value)) {
        uint64_t bits;
        uint32_t single_bits;
        uint16_t half;
        /* A conversion out of float's range would be undefined; such numbers need all 64 bits anyway. */
        bool in_range = isinf(value) || fabs(value) <= 0x1.fffffep127;
        float single = in_range ? (float)value : 0;
        memcpy(&bits, &value, sizeof bits);
        memcpy(&single_bits, &single, sizeof single_bits);
        if (!in_range || (double)single < value || (double)single > value) {
            octets[0] = FLOAT_DOUBLE;
            put_big_endian(octets + 1, bits, 8);
            size_bytes = 9;
        } else if (half_from_single(single_bits, &half))
            put_big_endian(octets + 1, half, 2);
        else {
            octets[0] = FLOAT_SINGLE;
            put_big_endian(octets + 1, single_bits, 4);
            size_bytes = 5;
        }
    }
    dsy_buffer_append(writer->buffer, octets, size_bytes);
}

void
dsy_decimal_write_cbor(struct dsy_cbor_writer *writer, dsy_decimal value)
{
    /* The zero value of the type has no bit set, which as a decimal128 would be 0E-6176: written as the 0 that it is.
     */
    if ((value.words[0] | value.words[1]) == 0)
        value = (dsy_decimal)DSY_DECIMAL(0, 0, 0, 0);
    uint8_t octets[16];
    put_big_endian(octets, value.words[1], 8);
    put_big_endian(octets + 8, value.words[0], 8);
    write_octets(writer, MAJOR_BYTES, octets, sizeof octets);
}

void
dsy_string_write_cbor(struct dsy_cbor_writer *writer, dsy_string value)
{
    write_octets(writer, MAJOR_TEXT, value.data, (size_t)value.size_bytes);
}

void
dsy_bytes_write_cbor(struct dsy_cbor_writer *writer, dsy_bytes value)
{
    write_octets(writer, MAJOR_BYTES, value.data, (size_t)value.size_bytes);
}

void
dsy_uuid_write_cbor(struct dsy_cbor_writer *writer, dsy_uuid value)
{
    write_octets(writer, MAJOR_BYTES, value.octets, sizeof value.octets);
}
