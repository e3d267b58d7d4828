/* runtime/codec/cbor_write.c and cbor_read.c: RFC 8949's own vectors, every bound, and libcbor as an independent oracle
 * of what is written. */
#include <cbor.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "dsy/describe.h"
#include "tests/support/value_check.h"

struct rig {
    struct test_run test;
    struct dsy_buffer buffer;
    struct dsy_cbor_writer writer;
    struct dsy_cbor_reader reader;
};

static void
rig_begin(struct rig *rig)
{
    run_begin(&rig->test, 1 << 20);
    dsy_buffer_init(&rig->buffer, 1 << 20);
    rig->writer = dsy_cbor_writer_begin(&rig->buffer);
}

static void
rig_read(struct rig *rig, const void *data, size_t size_bytes)
{
    rig->reader = dsy_cbor_reader_begin(data, size_bytes, &rig->test.arena);
}

static void
rig_end(struct rig *rig)
{
    dsy_buffer_destroy(&rig->buffer);
    run_end(&rig->test);
}

/* The octets that were written are `expected` in hexadecimal. Empties the buffer. */
static void
expect_octets(struct rig *rig, const char *expected, const char *what)
{
    char found[200] = "";
    cr_assert(dsy_cbor_writer_status(&rig->writer) == DSY_OK, "%s", what);
    for (size_t i = 0; i < rig->buffer.size_bytes; i++)
        snprintf(found + 2 * i, sizeof found - 2 * i, "%02x", rig->buffer.data[i]);
    cr_assert_str_eq(found, expected, "%s", what);
    dsy_buffer_clear(&rig->buffer);
}

/* Appendix A of RFC 8949. */
Test(cbor, integers_are_as_in_the_standard)
{
    static const struct {
        int64_t value;
        const char *octets;
    } cases[] = {
        { 0, "00" },
        { 1, "01" },
        { 10, "0a" },
        { 23, "17" },
        { 24, "1818" },
        { 25, "1819" },
        { 100, "1864" },
        { 255, "18ff" },
        { 256, "190100" },
        { 1000, "1903e8" },
        { 65535, "19ffff" },
        { 65536, "1a00010000" },
        { 1000000, "1a000f4240" },
        { 4294967295, "1affffffff" },
        { 4294967296, "1b0000000100000000" },
        { 1000000000000, "1b000000e8d4a51000" },
        { INT64_MAX, "1b7fffffffffffffff" },
        { -1, "20" },
        { -10, "29" },
        { -24, "37" },
        { -25, "3818" },
        { -100, "3863" },
        { -1000, "3903e7" },
        { INT64_MIN, "3b7fffffffffffffff" },
    };
    struct rig rig;
    rig_begin(&rig);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        dsy_int64_write_cbor(&rig.writer, cases[i].value);
        rig_read(&rig, rig.buffer.data, rig.buffer.size_bytes);
        cr_assert(dsy_int64_read_cbor(&rig.reader) == cases[i].value, "%ld", (long)cases[i].value);
        cr_assert(dsy_cbor_reader_end(&rig.reader));
        expect_octets(&rig, cases[i].octets, "int64");
    }
    dsy_uint64_write_cbor(&rig.writer, UINT64_MAX);
    rig_read(&rig, rig.buffer.data, rig.buffer.size_bytes);
    cr_assert(dsy_uint64_read_cbor(&rig.reader) == UINT64_MAX);
    rig_read(&rig, rig.buffer.data, rig.buffer.size_bytes);
    dsy_int64_read_cbor(&rig.reader);
    cr_assert_str_eq(rig.reader.message, "offset 0: the integer does not fit int64");
    expect_octets(&rig, "1bffffffffffffffff", "uint64");
    rig_end(&rig);
}

Test(cbor, narrow_integers_are_checked)
{
    static const struct {
        const char *octets;
        size_t size_bytes;
        int64_t value;
    } cases[] = { { "\x18\x7F", 2, 127 }, { "\x18\x80", 2, 128 },     { "\x38\x7F", 2, -128 }, { "\x38\x80", 2, -129 },
                  { "\x18\xFF", 2, 255 }, { "\x19\x01\x00", 3, 256 }, { "\x20", 1, -1 } };
    struct rig rig;
    rig_begin(&rig);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rig_read(&rig, cases[i].octets, cases[i].size_bytes);
        int8_t narrow = dsy_int8_read_cbor(&rig.reader);
        bool fits = cases[i].value >= -128 && cases[i].value <= 127;
        cr_assert(rig.reader.failed != fits && narrow == (fits ? cases[i].value : 0), "int8 from %ld",
                  (long)cases[i].value);
        rig_read(&rig, cases[i].octets, cases[i].size_bytes);
        uint8_t octet = dsy_uint8_read_cbor(&rig.reader);
        fits = cases[i].value >= 0 && cases[i].value <= 255;
        cr_assert(rig.reader.failed != fits && octet == (fits ? cases[i].value : 0), "uint8 from %ld",
                  (long)cases[i].value);
    }
    rig_read(&rig, "\x19\x01\x00", 3);
    dsy_uint8_read_cbor(&rig.reader);
    cr_assert_str_eq(rig.reader.message, "offset 0: 256 does not fit uint8");
    rig_end(&rig);
}

Test(cbor, doubles_take_their_shortest_form)
{
    static const struct {
        double value;
        const char *octets;
    } cases[] = {
        { 0.0, "f90000" },
        { -0.0, "f98000" },
        { 1.0, "f93c00" },
        { 1.1, "fb3ff199999999999a" },
        { 1.5, "f93e00" },
        { 65504.0, "f97bff" },
        { 65505.0, "fa477fe100" },
        { 100000.0, "fa47c35000" },
        { FLT_MAX, "fa7f7fffff" },
        { 1.0e+300, "fb7e37e43c8800759c" },
        { 5.960464477539063e-8, "f90001" },
        { 0.00006103515625, "f90400" },
        { 2.9802322387695312e-8, "fa33000000" },
        { -4.0, "f9c400" },
        { -4.1, "fbc010666666666666" },
        { INFINITY, "f97c00" },
        { -INFINITY, "f9fc00" },
        { NAN, "f97e00" },
        { DBL_MAX, "fb7fefffffffffffff" },
        { 0x1.ff8p-15, "f903ff" },
        { 0x1.ffcp-15, "fa387fe000" },
        { FLT_TRUE_MIN, "fa00000001" },
        { DBL_TRUE_MIN, "fb0000000000000001" },
        { 0x1.fffffefp127, "fb47efffffef000000" },
    };
    struct rig rig;
    rig_begin(&rig);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        dsy_double_write_cbor(&rig.writer, cases[i].value);
        rig_read(&rig, rig.buffer.data, rig.buffer.size_bytes);
        double again = dsy_double_read_cbor(&rig.reader);
        cr_assert(dsy_cbor_reader_end(&rig.reader));
        cr_assert(memcmp(&again, &cases[i].value, sizeof again) == 0 || (isnan(again) && isnan(cases[i].value)), "%a",
                  cases[i].value);
        char what[40];
        snprintf(what, sizeof what, "%a", cases[i].value);
        expect_octets(&rig, cases[i].octets, what);
    }
    rig_end(&rig);
}

/* Every half, and random bits of the other two, through writer and reader. */
Test(cbor, doubles_of_every_form_survive)
{
    struct rig rig;
    rig_begin(&rig);
    srand(3);
    for (unsigned half = 0; half < 65536; half++) {
        uint8_t octets[3] = { 0xF9, (uint8_t)(half >> 8), (uint8_t)half };
        rig_read(&rig, octets, 3);
        double value = dsy_double_read_cbor(&rig.reader);
        dsy_buffer_clear(&rig.buffer);
        dsy_double_write_cbor(&rig.writer, value);
        bool is_nan = (half & 0x7C00) == 0x7C00 && (half & 0x3FF) != 0;
        cr_assert(rig.buffer.size_bytes == 3 && (is_nan || memcmp(rig.buffer.data, octets, 3) == 0), "half %04x", half);
    }
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
        double value, again;
        memcpy(&value, &bits, sizeof value);
        if (isnan(value))
            continue;
        if (i % 2 == 0 && fabs(value) < FLT_MAX)
            value = (double)(float)value;
        dsy_buffer_clear(&rig.buffer);
        dsy_double_write_cbor(&rig.writer, value);
        rig_read(&rig, rig.buffer.data, rig.buffer.size_bytes);
        again = dsy_double_read_cbor(&rig.reader);
        cr_assert(memcmp(&again, &value, sizeof value) == 0, "%a", value);
    }
    rig_end(&rig);
}

Test(cbor, other_scalars)
{
    struct rig rig;
    rig_begin(&rig);
    static const dsy_decimal price = DSY_DECIMAL(0, 0, 1999, -2);
    dsy_uuid uuid = { { 0xAB, 1 } };
    dsy_bool_write_cbor(&rig.writer, true);
    dsy_bool_write_cbor(&rig.writer, false);
    dsy_cbor_write_null(&rig.writer);
    dsy_string_write_cbor(&rig.writer, DSY_STRING("ü"));
    dsy_string_write_cbor(&rig.writer, (dsy_string){ 0 });
    dsy_bytes_write_cbor(&rig.writer, DSY_BYTES("\x01\x02"));
    dsy_uuid_write_cbor(&rig.writer, uuid);
    dsy_decimal_write_cbor(&rig.writer, price);
    dsy_time_write_cbor(&rig.writer, -1);
    rig_read(&rig, rig.buffer.data, rig.buffer.size_bytes);
    cr_assert(dsy_bool_read_cbor(&rig.reader) && !dsy_bool_read_cbor(&rig.reader));
    cr_assert(dsy_cbor_null(&rig.reader) && !dsy_cbor_null(&rig.reader));
    expect_text(dsy_string_read_cbor(&rig.reader), "ü", "string");
    expect_text(dsy_string_read_cbor(&rig.reader), "", "empty string");
    cr_assert(dsy_bytes_equal(dsy_bytes_read_cbor(&rig.reader), DSY_BYTES("\x01\x02")));
    cr_assert(dsy_uuid_equal(dsy_uuid_read_cbor(&rig.reader), uuid));
    dsy_decimal decimal = dsy_decimal_read_cbor(&rig.reader);
    cr_assert(memcmp(&decimal, &price, sizeof price) == 0);
    cr_assert(dsy_time_read_cbor(&rig.reader) == -1);
    cr_assert(dsy_cbor_reader_end(&rig.reader), "%s", rig.reader.message);
    expect_octets(&rig,
                  "f5f4f662c3bc6042010250ab010000000000000000000000000000"
                  "50303c00000000000000000000000007cf20",
                  "scalars");
    rig_end(&rig);
}

/* The zero value has no bit set, a zero that was read or computed has an exponent: one encoding for both. */
Test(cbor, a_decimal_zero_has_one_form)
{
    struct rig rig;
    rig_begin(&rig);
    dsy_decimal_write_cbor(&rig.writer, (dsy_decimal){ { 0 } });
    expect_octets(&rig, "5030400000000000000000000000000000", "the zero value");
    dsy_decimal_write_cbor(&rig.writer, (dsy_decimal)DSY_DECIMAL(0, 0, 0, 0));
    expect_octets(&rig, "5030400000000000000000000000000000", "0m");
    dsy_decimal_write_cbor(&rig.writer, (dsy_decimal)DSY_DECIMAL(0, 0, 0, -2));
    expect_octets(&rig, "50303c0000000000000000000000000000", "0.00m");
    rig_end(&rig);
}

Test(cbor, strings_are_copied_or_borrowed)
{
    struct rig rig;
    rig_begin(&rig);
    uint8_t data[] = { 0x62, 'a', 'b' };
    rig_read(&rig, data, sizeof data);
    dsy_string copy = dsy_string_read_cbor(&rig.reader);
    rig_read(&rig, data, sizeof data);
    rig.reader.borrow = true;
    dsy_string borrowed = dsy_string_read_cbor(&rig.reader);
    data[1] = 'x';
    expect_text(copy, "ab", "copied");
    expect_text(borrowed, "xb", "borrowed");
    rig_end(&rig);
}

/* What is refused, and what is said about it. */
Test(cbor, bad_input)
{
    static const struct {
        const char *octets;
        size_t size_bytes;
        char kind; /* what is read: i int64, d double, s string, b bytes, u uuid, m decimal, t bool, a array, x struct,
                      k skip */
        const char *message;
    } cases[] = {
        { "", 0, 'i', "offset 0: the data ends where a value should be" },
        { "\x61", 1, 's', "offset 0: a string of 1 octets does not fit the data" },
        { "\x62"
          "a",
          2, 's', "offset 0: a string of 2 octets does not fit the data" },
        { "\x7B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9, 's',
          "offset 0: a string of 18446744073709551615 octets does not fit the data" },
        { "\x19\x01", 2, 'i', "offset 0: the data ends within a head" },
        { "\x7F\x61"
          "a\xFF",
          4, 's', "offset 0: an indefinite length is not supported" },
        { "\x1C", 1, 'i', "offset 0: this is not CBOR: a reserved head" },
        { "\x61\xFF", 2, 's', "offset 0: the text string is not UTF-8" },
        { "\x61"
          "a",
          2, 'i', "offset 0: expected an integer, found a text string" },
        { "\x01", 1, 's', "offset 0: expected a text string, found an integer" },
        { "\x41"
          "a",
          2, 's', "offset 0: expected a text string, found a byte string" },
        { "\xF6", 1, 't', "offset 0: expected a bool, found null" },
        { "\xF5", 1, 'd', "offset 0: expected a float, found a bool" },
        { "\xF0", 1, 'd', "offset 0: expected a float, found a simple value" },
        { "\xF9\x3C\x00", 3, 'i', "offset 0: expected an integer, found a float" },
        { "\xC0\x01", 2, 'i', "offset 0: expected an integer, found a tag" },
        { "\x41"
          "a",
          2, 'u', "offset 0: expected a uuid in a byte string of 16 octets, found a byte string" },
        { "\x50\x7C\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 17, 'm',
          "offset 0: the 16 octets are not a finite decimal in its canonical form" },
        { "\x82\x01", 2, 'a', "offset 0: an array of 2 items does not fit the data" },
        { "\x81\xA0", 2, 'a', "offset 1: expected an integer, found a map" },
        { "\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 10, 'a',
          "offset 0: an array of 18446744073709551615 items does not fit the data" },
        { "\xA1\x01", 2, 'x', "offset 0: a map of 1 members does not fit the data" },
        { "\xA2\x02\x01\x01\x01", 5, 'x', "offset 3: member 1 stands behind member 2" },
        { "\xA2\x01\x01\x01\x01", 5, 'x', "offset 3: member 1 stands behind member 1" },
        { "\xA1\x61"
          "a\x01",
          4, 'x', "offset 1: expected the number of a member, found a text string" },
        { "\x01\x02", 2, 'i', "offset 1: 1 octets follow the value" },
        { "\xF8\x18", 2, 'k', "offset 0: this is not CBOR: a simple value in a form that is too long" },
        { "\x82\x01\x61", 3, 'k', "offset 2: a string of 1 octets does not fit the data" },
        { "\xA1\x01", 2, 'k', "offset 2: the data ends where a value should be" },
        { "\xC1", 1, 'k', "offset 1: the data ends where a value should be" },
    };
    struct rig rig;
    rig_begin(&rig);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rig_read(&rig, cases[i].octets, cases[i].size_bytes);
        struct dsy_cbor_reader *reader = &rig.reader;
        switch (cases[i].kind) {
        case 'i': dsy_int64_read_cbor(reader); break;
        case 'd': dsy_double_read_cbor(reader); break;
        case 's': dsy_string_read_cbor(reader); break;
        case 'b': dsy_bytes_read_cbor(reader); break;
        case 'u': dsy_uuid_read_cbor(reader); break;
        case 'm': dsy_decimal_read_cbor(reader); break;
        case 't': dsy_bool_read_cbor(reader); break;
        case 'k': dsy_cbor_skip(reader); break;
        case 'a': {
            struct dsy_array array;
            dsy_array_read_cbor(reader, &array, &dsy_type_int64);
            cr_assert(array.items == NULL && array.length == 0);
            break;
        }
        default: {
            struct dsy_cbor_members members = dsy_cbor_struct_begin(reader);
            for (uint64_t number; dsy_cbor_struct_next(reader, &members, &number);)
                dsy_cbor_skip(reader);
        }
        }
        cr_assert(!dsy_cbor_reader_end(reader), "case %zu", i);
        cr_assert_str_eq(reader->message, cases[i].message, "case %zu", i);
        cr_assert(reader->status == DSY_INVALID, "case %zu", i);
        cr_assert(dsy_int64_read_cbor(reader) == 0 && dsy_string_read_cbor(reader).size_bytes == 0,
                  "failure is sticky");
    }
    rig_end(&rig);
}

Test(cbor, heads_that_are_longer_than_needed_are_read)
{
    struct rig rig;
    rig_begin(&rig);
    rig_read(&rig, "\x1B\0\0\0\0\0\0\0\x05", 9);
    cr_assert(dsy_int64_read_cbor(&rig.reader) == 5 && dsy_cbor_reader_end(&rig.reader));
    rig_read(&rig,
             "\x78\x01"
             "a",
             3);
    expect_text(dsy_string_read_cbor(&rig.reader), "a", "a long head");
    rig_end(&rig);
}

Test(cbor, unknown_members_are_skipped)
{
    struct rig rig;
    rig_begin(&rig);
    /* {1: 7, 2: {"deep": [1, h'00', 1.5, null, 1(2)]}, 9: "x", 10: 8} */
    static const char octets[] = "\xA4\x01\x07\x02\xA1\x64"
                                 "deep\x85\x01\x41\x00\xF9\x3E\x00\xF6\xC1\x02\x09\x61x\x0A\x08";
    rig_read(&rig, octets, sizeof octets - 1);
    int64_t first = 0, last = 0;
    struct dsy_cbor_members members = dsy_cbor_struct_begin(&rig.reader);
    for (uint64_t number; dsy_cbor_struct_next(&rig.reader, &members, &number);)
        switch (number) {
        case 1: first = dsy_int64_read_cbor(&rig.reader); break;
        case 10: last = dsy_int64_read_cbor(&rig.reader); break;
        default: dsy_cbor_skip(&rig.reader);
        }
    cr_assert(dsy_cbor_reader_end(&rig.reader), "%s", rig.reader.message);
    cr_assert(first == 7 && last == 8 && rig.reader.depth == 0);
    rig_end(&rig);
}

Test(cbor, nesting_up_to_the_bound_and_one_more)
{
    struct rig rig;
    rig_begin(&rig);
    for (int more = 0; more < 2; more++) {
        dsy_buffer_clear(&rig.buffer);
        rig.writer = dsy_cbor_writer_begin(&rig.buffer);
        for (int i = 0; i < DSY_NESTING_MAX + more; i++)
            dsy_cbor_write_array_begin(&rig.writer, 1);
        dsy_cbor_write_null(&rig.writer);
        cr_assert(dsy_cbor_writer_status(&rig.writer) == (more ? DSY_FULL : DSY_OK), "the writer, %d more", more);
        char octets[DSY_NESTING_MAX + 2];
        memset(octets, '\x81', sizeof octets);
        octets[DSY_NESTING_MAX + more] = '\x01';
        rig_read(&rig, octets, (size_t)DSY_NESTING_MAX + (size_t)more + 1);
        dsy_cbor_skip(&rig.reader);
        cr_assert(dsy_cbor_reader_end(&rig.reader) == !more, "the reader, %d more: %s", more, rig.reader.message);
    }
    cr_assert_str_eq(rig.reader.message, "offset 1000: values are nested more than 1000 deep");
    rig_end(&rig);
}

Test(cbor, a_full_buffer_and_a_full_arena)
{
    struct rig rig;
    rig_begin(&rig);
    rig.buffer.size_bytes_max = 10;
    dsy_string_write_cbor(&rig.writer, DSY_STRING("12345678"));
    dsy_int64_write_cbor(&rig.writer, 1);
    cr_assert(dsy_cbor_writer_status(&rig.writer) == DSY_OK, "ten octets fit");
    dsy_int64_write_cbor(&rig.writer, 1);
    cr_assert(dsy_cbor_writer_status(&rig.writer) == DSY_FULL);
    dsy_buffer_destroy(&rig.buffer);
    dsy_arena_destroy(&rig.test.arena);
    dsy_arena_init(&rig.test.arena, 1000);
    static char octets[5000];
    memset(octets, 0, sizeof octets);
    octets[0] = '\x99';
    octets[1] = '\x13';
    octets[2] = '\x80'; /* 4992 items */
    rig_read(&rig, octets, 4995);
    struct dsy_array array;
    dsy_array_read_cbor(&rig.reader, &array, &dsy_type_int64);
    cr_assert(rig.reader.status == DSY_FULL && array.items == NULL, "%s", rig.reader.message);
    rig_end(&rig);
}

/* --- libcbor as an oracle --- */

struct array_string {
    dsy_string *items;
    int64_t length;
};
struct map_string_array_string {
    struct dsy_map *map;
};
struct map_string_array_string_entry {
    dsy_string key;
    struct array_string value;
};
struct optional_double {
    bool has;
    double value;
};
DSY_DESCRIBE_ARRAY(array_string, "string[]", dsy_type_string)
DSY_DESCRIBE_MAP(map_string_array_string, "map<string, string[]>", dsy_type_string, array_string_type)
DSY_DESCRIBE_OPTIONAL(optional_double, "double?", dsy_type_double)

static void
random_string(struct dsy_run *run, dsy_string *string)
{
    char text[16];
    int size = rand() % 15;
    for (int i = 0; i < size; i++)
        text[i] = (char)('a' + rand() % 26);
    *string = dsy_string_copy(run, (dsy_string){ text, size });
}

static struct map_string_array_string
random_map(struct dsy_run *run)
{
    struct map_string_array_string map = { 0 };
    for (int entries = rand() % 30; entries > 0; entries--) {
        struct array_string array = { 0 };
        dsy_string text;
        for (int items = rand() % 40; items > 0; items--) {
            random_string(run, &text);
            dsy_array_push(run, &array, &dsy_type_string, &text);
        }
        random_string(run, &text);
        dsy_map_set(run, &map.map, &map_string_array_string_map_type, &text, &array);
    }
    return map;
}

static void
expect_same_string(cbor_item_t *item, dsy_string string)
{
    cr_assert(cbor_isa_string(item) && cbor_string_is_definite(item));
    cr_assert((int64_t)cbor_string_length(item) == string.size_bytes);
    cr_assert(string.size_bytes == 0 || memcmp(cbor_string_handle(item), string.data, (size_t)string.size_bytes) == 0);
}

/* libcbor decodes what we write to the same values, and encodes it to the same octets. */
Test(cbor, libcbor_agrees_on_containers)
{
    srand(11);
    for (int round = 0; round < 200; round++) {
        struct rig rig;
        rig_begin(&rig);
        struct map_string_array_string map = random_map(&rig.test.run), again;
        map_string_array_string_type.write_cbor(&rig.writer, &map);
        struct cbor_load_result result;
        cbor_item_t *root = cbor_load(rig.buffer.data, rig.buffer.size_bytes, &result);
        cr_assert(root != NULL && result.read == rig.buffer.size_bytes, "round %d", round);
        cr_assert(cbor_isa_array(root) && (int64_t)cbor_array_size(root) == dsy_map_length(map.map));
        int64_t position = 0;
        size_t index = 0;
        for (const struct map_string_array_string_entry *entry;
             (entry = dsy_map_next(map.map, &map_string_array_string_map_type, &position)) != NULL; index++) {
            cbor_item_t *pair = cbor_array_handle(root)[index];
            cr_assert(cbor_array_size(pair) == 2);
            expect_same_string(cbor_array_handle(pair)[0], entry->key);
            cbor_item_t *items = cbor_array_handle(pair)[1];
            cr_assert((int64_t)cbor_array_size(items) == entry->value.length);
            for (int64_t i = 0; i < entry->value.length; i++)
                expect_same_string(cbor_array_handle(items)[i], entry->value.items[i]);
        }
        unsigned char *encoded;
        size_t encoded_capacity, encoded_size = cbor_serialize_alloc(root, &encoded, &encoded_capacity);
        cr_assert(encoded_size == rig.buffer.size_bytes && memcmp(encoded, rig.buffer.data, encoded_size) == 0,
                  "round %d", round);
        free(encoded);
        cbor_decref(&root);

        rig_read(&rig, rig.buffer.data, rig.buffer.size_bytes);
        map_string_array_string_type.read_cbor(&rig.reader, &again);
        cr_assert(dsy_cbor_reader_end(&rig.reader), "round %d: %s", round, rig.reader.message);
        cr_assert(map_string_array_string_type.equal(&rig.test.run, &map, &again), "round %d", round);
        rig_end(&rig);
    }
}

Test(cbor, libcbor_agrees_on_scalars)
{
    struct rig rig;
    rig_begin(&rig);
    srand(13);
    for (int round = 0; round < 20000; round++) {
        dsy_buffer_clear(&rig.buffer);
        int64_t integer = (int64_t)((uint64_t)rand() << 33 ^ (uint64_t)rand() << 11) >> rand() % 64;
        struct optional_double optional = { .has = rand() % 4 > 0, .value = ldexp(rand(), rand() % 200 - 100) };
        dsy_cbor_write_struct_begin(&rig.writer, 2);
        dsy_cbor_write_member(&rig.writer, 1);
        dsy_int64_write_cbor(&rig.writer, integer);
        dsy_cbor_write_member(&rig.writer, 2);
        optional_double_type.write_cbor(&rig.writer, &optional);
        dsy_cbor_write_struct_end(&rig.writer);
        struct cbor_load_result result;
        cbor_item_t *root = cbor_load(rig.buffer.data, rig.buffer.size_bytes, &result);
        cr_assert(root != NULL && result.read == rig.buffer.size_bytes && cbor_map_size(root) == 2);
        struct cbor_pair *pairs = cbor_map_handle(root);
        cr_assert(cbor_get_uint8(pairs[0].key) == 1 && cbor_get_uint8(pairs[1].key) == 2);
        uint64_t magnitude = cbor_get_int(pairs[0].value);
        cr_assert((cbor_isa_negint(pairs[0].value) ? -1 - (int64_t)magnitude : (int64_t)magnitude) == integer, "%ld",
                  (long)integer);
        if (optional.has)
            cr_assert(cbor_float_get_float(pairs[1].value) == optional.value, "%a", optional.value);
        else
            cr_assert(cbor_is_null(pairs[1].value));
        cbor_decref(&root);
    }
    rig_end(&rig);
}

/* Every prefix and every single changed octet of a real encoding is read or refused, and nothing else. */
Test(cbor, prefixes_and_changed_octets)
{
    struct rig rig;
    rig_begin(&rig);
    srand(17);
    struct map_string_array_string map = random_map(&rig.test.run), again;
    while (dsy_map_length(map.map) < 3)
        map = random_map(&rig.test.run);
    map_string_array_string_type.write_cbor(&rig.writer, &map);
    for (size_t size = 0; size < rig.buffer.size_bytes; size++) {
        uint8_t *exact = malloc(size + 1); /* of the exact size, so that reading past it is seen */
        memcpy(exact, rig.buffer.data, size);
        rig_read(&rig, exact, size);
        map_string_array_string_type.read_cbor(&rig.reader, &again);
        cr_assert(!dsy_cbor_reader_end(&rig.reader) && again.map == NULL, "prefix of %zu octets", size);
        free(exact);
    }
    for (size_t i = 0; i < rig.buffer.size_bytes; i++) {
        uint8_t kept = rig.buffer.data[i];
        rig.buffer.data[i] = (uint8_t)rand();
        rig_read(&rig, rig.buffer.data, rig.buffer.size_bytes);
        map_string_array_string_type.read_cbor(&rig.reader, &again);
        cr_assert(rig.reader.failed == (again.map == NULL && dsy_map_length(again.map) == 0) || !rig.reader.failed);
        rig.buffer.data[i] = kept;
    }
    rig_end(&rig);
}

Test(cbor, doubled_keys_are_refused)
{
    struct rig rig;
    rig_begin(&rig);
    static const char octets[] = "\x82\x82\x61k\x80\x82\x61k\x80";
    rig_read(&rig, octets, sizeof octets - 1);
    struct map_string_array_string map;
    map_string_array_string_type.read_cbor(&rig.reader, &map);
    cr_assert(rig.reader.failed && map.map == NULL);
    cr_assert_str_eq(rig.reader.message, "offset 6: expected keys that differ from each other, found a text string");
    rig_end(&rig);
}

/* Whether the text strings in these octets are found to be good. */
static bool
texts_are_good(struct rig *rig, const void *data, size_t size_bytes)
{
    rig_read(rig, data, size_bytes);
    return dsy_cbor_check_texts(&rig->reader);
}

Test(cbor, texts_are_checked_wherever_they_stand)
{
    struct rig rig;
    rig_begin(&rig);
    cr_expect(texts_are_good(&rig, "", 0));
    cr_expect(texts_are_good(&rig, "\x82\x62\xC3\xA4\xA1\x01\xFB\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 15), "%s",
              rig.reader.message);
    cr_expect(texts_are_good(&rig, "\x41\xFF", 2), "octets need not be UTF-8: %s", rig.reader.message);
    cr_expect_not(texts_are_good(&rig, "\x82\x01\xA1\x01\x61\xFF", 6));
    cr_expect_str_eq(rig.reader.message, "offset 4: the text string is not UTF-8");
    cr_expect_not(texts_are_good(&rig, "\x62\x61", 2));
    rig_end(&rig);
}
