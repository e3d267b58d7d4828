/* runtime/codec/json_write.c, json_read.c, json_path.c: the mapping, paths of errors, every way to be wrong. */
#include <math.h>
#include <stdlib.h>

#include "dsy/describe.h"
#include "tests/support/value_check.h"

/* struct Item { string sku; decimal price; int quantity; } as the emitter writes it */
struct Item {
    dsy_string sku;
    dsy_decimal price;
    int64_t quantity;
};

static void
Item_write_json(struct dsy_json_writer *writer, const void *value)
{
    const struct Item *item = value;
    dsy_json_write_object_begin(writer);
    dsy_json_write_member(writer, "sku");
    dsy_string_write_json(writer, item->sku);
    dsy_json_write_member(writer, "price");
    dsy_decimal_write_json(writer, item->price);
    dsy_json_write_member(writer, "quantity");
    dsy_int64_write_json(writer, item->quantity);
    dsy_json_write_object_end(writer);
}

static void
Item_read_json(struct dsy_json_reader *reader, void *value)
{
    struct Item *item = value;
    uint64_t seen[1] = { 0 };
    *item = (struct Item){ .quantity = 1 };
    dsy_json_object_begin(reader);
    for (dsy_string name; dsy_json_object_next(reader, &name);)
        if (dsy_string_is(name, "sku")) {
            if (dsy_json_once(reader, seen, 0))
                item->sku = dsy_string_read_json(reader);
        } else if (dsy_string_is(name, "price")) {
            if (dsy_json_once(reader, seen, 1))
                item->price = dsy_decimal_read_json(reader);
        } else if (dsy_string_is(name, "quantity")) {
            if (dsy_json_once(reader, seen, 2))
                item->quantity = dsy_int64_read_json(reader);
        } else
            dsy_json_unknown(reader, name);
    if (!dsy_json_seen(seen, 0))
        dsy_json_missing(reader, "sku");
}

static bool
Item_equal(struct dsy_run *run, const void *left, const void *right)
{
    (void)run;
    const struct Item *one = left, *other = right;
    return dsy_string_equal(one->sku, other->sku) && dsy_decimal_equal(one->price, other->price) &&
           one->quantity == other->quantity;
}

static const struct dsy_type Item_type = { .name = "Item",
                                           .size_bytes = sizeof(struct Item),
                                           .write_json = Item_write_json,
                                           .read_json = Item_read_json,
                                           .equal = Item_equal };

struct array_Item {
    struct Item *items;
    int64_t length;
};
struct map_int32_array_Item {
    struct dsy_map *map;
};
struct map_int32_array_Item_entry {
    int32_t key;
    struct array_Item value;
};
struct optional_int64 {
    bool has;
    int64_t value;
};
DSY_DESCRIBE_ARRAY(array_Item, "Item[]", Item_type)
DSY_DESCRIBE_MAP(map_int32_array_Item, "map<int32, Item[]>", dsy_type_int32, array_Item_type)
DSY_DESCRIBE_OPTIONAL(optional_int64, "int?", dsy_type_int64)

struct rig {
    struct test_run test;
    struct dsy_buffer buffer;
    struct dsy_json_writer writer;
    struct dsy_json_reader reader;
};

static void
rig_begin(struct rig *rig)
{
    run_begin(&rig->test, 4 << 20);
    dsy_buffer_init(&rig->buffer, 1 << 20);
    rig->writer = dsy_json_writer_begin(&rig->buffer);
}

static void
rig_read(struct rig *rig, const char *text)
{
    rig->reader = dsy_json_reader_begin(text, strlen(text), &rig->test.arena);
}

static void
rig_end(struct rig *rig)
{
    dsy_buffer_destroy(&rig->buffer);
    run_end(&rig->test);
}

static void
expect_written(struct rig *rig, const char *expected)
{
    cr_assert(dsy_json_writer_status(&rig->writer) == DSY_OK, "%s", expected);
    expect_text((dsy_string){ (char *)rig->buffer.data, (int64_t)rig->buffer.size_bytes }, expected, "written");
    dsy_buffer_clear(&rig->buffer);
    rig->writer = dsy_json_writer_begin(&rig->buffer);
}

/* Read a value of that type from the text; it must fail with that message, or succeed if it is NULL. */
static void
read_type(struct rig *rig, const struct dsy_type *type, const char *text, void *value, const char *message)
{
    /* A copy of the exact size, so that reading past its end is seen. */
    size_t size = strlen(text);
    char *exact = memcpy(dsy_arena_allocate(&rig->test.arena, size), text, size);
    rig->reader = dsy_json_reader_begin(exact, size, &rig->test.arena);
    type->read_json(&rig->reader, value);
    bool read = dsy_json_reader_end(&rig->reader);
    if (message == NULL)
        cr_assert(read, "%s: %s", text, rig->reader.message);
    else {
        cr_assert(!read, "%s was read", text);
        cr_assert(strcmp(rig->reader.message, message) == 0, "%s: expected \"%s\", found \"%s\"", text, message,
                  rig->reader.message);
    }
}

static void
expect_scalar(struct rig *rig, const struct dsy_type *type, const void *value, const char *text)
{
    type->write_json(&rig->writer, value);
    union {
        uint64_t words[4];
        uint8_t octets[32];
    } again = { { 0 } };
    read_type(rig, type, text, &again, NULL);
    cr_assert(type->equal(&rig->test.run, &again, value), "%s", text);
    expect_written(rig, text);
}

Test(json, scalars)
{
    struct rig rig;
    rig_begin(&rig);
    static const dsy_decimal price = DSY_DECIMAL(1, 0, 250, -2);
    dsy_string text = DSY_STRING("a\"\\/\b\f\n\r\t\x01\x7Fé😀");
    dsy_bytes bytes = DSY_BYTES("foob"), no_bytes = { 0 };
    dsy_uuid uuid = { { 0 } };
    expect_scalar(&rig, &dsy_type_bool, &(bool){ true }, "true");
    expect_scalar(&rig, &dsy_type_bool, &(bool){ false }, "false");
    expect_scalar(&rig, &dsy_type_int64, &(int64_t){ 9007199254740991 }, "9007199254740991");
    expect_scalar(&rig, &dsy_type_int64, &(int64_t){ 9007199254740992 }, "\"9007199254740992\"");
    expect_scalar(&rig, &dsy_type_int64, &(int64_t){ -9007199254740991 }, "-9007199254740991");
    expect_scalar(&rig, &dsy_type_int64, &(int64_t){ INT64_MIN }, "\"-9223372036854775808\"");
    expect_scalar(&rig, &dsy_type_uint64, &(uint64_t){ UINT64_MAX }, "\"18446744073709551615\"");
    expect_scalar(&rig, &dsy_type_int8, &(int8_t){ -128 }, "-128");
    expect_scalar(&rig, &dsy_type_uint8, &(uint8_t){ 255 }, "255");
    expect_scalar(&rig, &dsy_type_double, &(double){ 0.1 }, "0.1");
    expect_scalar(&rig, &dsy_type_double, &(double){ 1 }, "1.0");
    expect_scalar(&rig, &dsy_type_double, &(double){ -INFINITY }, "\"-Infinity\"");
    expect_scalar(&rig, &dsy_type_decimal, &price, "\"-2.50\"");
    expect_scalar(&rig, &dsy_type_string, &text, "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7Fé😀\"");
    expect_scalar(&rig, &dsy_type_bytes, &bytes, "\"Zm9vYg==\"");
    expect_scalar(&rig, &dsy_type_bytes, &no_bytes, "\"\"");
    expect_scalar(&rig, &dsy_type_time, &(int64_t){ 1 }, "\"1970-01-01T00:00:00.000000001Z\"");
    expect_scalar(&rig, &dsy_type_duration, &(int64_t){ -1500000000 }, "\"-PT1.5S\"");
    expect_scalar(&rig, &dsy_type_uuid, &uuid, "\"00000000-0000-0000-0000-000000000000\"");
    expect_scalar(&rig, &optional_int64_type, &(struct optional_int64){ true, 5 }, "5");
    expect_scalar(&rig, &optional_int64_type, &(struct optional_int64){ false, 0 }, "null");
    double nan = NAN, again;
    dsy_type_double.write_json(&rig.writer, &nan);
    expect_written(&rig, "\"NaN\"");
    read_type(&rig, &dsy_type_double, "\"NaN\"", &again, NULL);
    cr_assert(isnan(again));
    rig_end(&rig);
}

Test(json, integers_are_exact_and_checked)
{
    struct rig rig;
    rig_begin(&rig);
    int64_t value;
    uint8_t octet;
    read_type(&rig, &dsy_type_int64, "9223372036854775807", &value, NULL);
    cr_assert(value == INT64_MAX, "a number beyond 2^53 is exact");
    read_type(&rig, &dsy_type_int64, " \"-7\" ", &value, NULL);
    cr_assert(value == -7);
    read_type(&rig, &dsy_type_int64, "-0", &value, NULL);
    cr_assert(value == 0);
    read_type(&rig, &dsy_type_int64, "9223372036854775808", &value,
              "$: expected an integer of 64 bits, found 9223372036854775808");
    read_type(&rig, &dsy_type_int64, "1.0", &value, "$: expected an integer of 64 bits, found 1.0");
    read_type(&rig, &dsy_type_int64, "1e3", &value, "$: expected an integer of 64 bits, found 1e3");
    read_type(&rig, &dsy_type_int64, "\"\"", &value, "$: expected an integer of 64 bits, found \"\"");
    read_type(&rig, &dsy_type_int64, "true", &value, "$: expected an integer of 64 bits, found true");
    read_type(&rig, &dsy_type_int64, "", &value, "$: expected an integer of 64 bits, found the end of the text");
    read_type(&rig, &dsy_type_uint8, "256", &octet, "$: expected an integer from 0 to 255, found 256");
    read_type(&rig, &dsy_type_uint8, "-1", &octet, "$: expected an integer from 0 to 255, found -1");
    read_type(&rig, &dsy_type_int64, "007", &value, "$: expected a number as JSON writes it, found 007");
    read_type(&rig, &dsy_type_int64, "-", &value, "$: expected a number as JSON writes it, found -");
    read_type(&rig, &dsy_type_int64, "1.", &value, "$: expected a number as JSON writes it, found 1.");
    read_type(&rig, &dsy_type_int64, "+1", &value, "$: expected an integer of 64 bits, found +1");
    rig_end(&rig);
}

Test(json, decimals_and_doubles)
{
    struct rig rig;
    rig_begin(&rig);
    dsy_decimal decimal;
    double number;
    char scratch[DSY_PRINT_BYTES_MAX];
    read_type(&rig, &dsy_type_decimal, "12.50", &decimal, NULL);
    expect_text(dsy_decimal_text(decimal, scratch), "12.50", "a number is read exactly");
    read_type(&rig, &dsy_type_decimal, "1e2", &decimal, NULL);
    expect_text(dsy_decimal_text(decimal, scratch), "1E+2", "with an exponent");
    read_type(&rig, &dsy_type_decimal, "true", &decimal, "$: expected a decimal string, found true");
    read_type(&rig, &dsy_type_decimal, "\"1,5\"", &decimal,
              "$: expected a decimal string of at most 34 digits, found \"1,5\"");
    read_type(&rig, &dsy_type_double, "1e400", &number, "$: expected a number within the range of double, found 1e400");
    read_type(&rig, &dsy_type_double, "\"1.5\"", &number,
              "$: expected a number, \"NaN\", \"Infinity\" or \"-Infinity\", found \"1.5\"");
    read_type(&rig, &dsy_type_double, "NaN", &number,
              "$: expected a number, \"NaN\", \"Infinity\" or \"-Infinity\", found NaN");
    read_type(&rig, &dsy_type_double, "5", &number, NULL);
    cr_assert(number == 5);
    rig_end(&rig);
}

Test(json, strings)
{
    static const struct {
        const char *text, *value;
    } valid[] = {
        { "\"\"", "" },
        { "\"abc\"", "abc" },
        { "\"\\u0041\\u00e9\\u20AC\"", "Aé€" },
        { "\"\\ud83d\\ude00!\"", "😀!" },
        { "\"\\/\\\\\\\"\"", "/\\\"" },
        { "\"12345678901234567\\n\"", "12345678901234567\n" },
        { "\"é😀\"", "é😀" },
        { "\"\\b\\f\\r\\t\"", "\b\f\r\t" },
        { "\"\x7F\"", "\x7F" },
    };
    static const struct {
        const char *text, *message;
    } invalid[] = {
        { "\"abc", "$: the string does not end" },
        { "\"", "$: the string does not end" },
        { "\"abc\\", "$: the string does not end" },
        { "\"abc\\\"", "$: the string does not end" },
        { "\"a\nb\"", "$: a control character in the string at offset 2" },
        { "\"1234567890\x01\"", "$: a control character in the string at offset 11" },
        { "\"\\x\"", "$: the string has an escape at offset 1 that JSON does not know, or half a surrogate pair" },
        { "\"ab\\u12\"", "$: the string has an escape at offset 3 that JSON does not know, or half a surrogate pair" },
        { "\"\\ud83d\"", "$: the string has an escape at offset 1 that JSON does not know, or half a surrogate pair" },
        { "\"\\ud83dx\"", "$: the string has an escape at offset 1 that JSON does not know, or half a surrogate pair" },
        { "\"\\ud83d\\u0041\"",
          "$: the string has an escape at offset 1 that JSON does not know, or half a surrogate pair" },
        { "\"\\ude00\"", "$: the string has an escape at offset 1 that JSON does not know, or half a surrogate pair" },
        { "\"a\xFF\"", "$: the string is not UTF-8 at offset 2" },
        { "\"\xED\xA0\x80\"", "$: the string is not UTF-8 at offset 1" },
        { "\"\\é\"", "$: the string has an escape at offset 1 that JSON does not know, or half a surrogate pair" },
        { "'a'", "$: expected a string, found 'a'" },
        { "12", "$: expected a string, found 12" },
        { "\xFF", "$: expected a string, found the octet 0xFF" },
    };
    struct rig rig;
    rig_begin(&rig);
    dsy_string value;
    for (size_t i = 0; i < COUNT_OF(valid); i++) {
        read_type(&rig, &dsy_type_string, valid[i].text, &value, NULL);
        expect_text(value, valid[i].value, valid[i].text);
    }
    for (size_t i = 0; i < COUNT_OF(invalid); i++) {
        read_type(&rig, &dsy_type_string, invalid[i].text, &value, invalid[i].message);
        cr_assert(value.size_bytes == 0);
    }
    static const char text[] = "\"plain\"";
    rig_read(&rig, text);
    cr_assert(dsy_string_read_json(&rig.reader).data == text + 1, "a string without escapes refers to the text");
    rig_read(&rig, "\"a\\u0000b\"");
    value = dsy_string_read_json(&rig.reader);
    cr_assert(value.size_bytes == 3 && value.data[1] == '\0');
    rig_end(&rig);
}

Test(json, values_inside_of_values)
{
    static const char text[] =
        "{\"1\":[{\"sku\":\"A\",\"price\":\"1.50\",\"quantity\":2}],\"-5\":[],\"3\":"
        "[{\"sku\":\"\",\"price\":\"0\",\"quantity\":1},{\"sku\":\"B\",\"price\":\"7\",\"quantity\":-3}]}";
    struct rig rig;
    rig_begin(&rig);
    struct map_int32_array_Item map, again;
    rig_read(&rig, text);
    map_int32_array_Item_type.read_json(&rig.reader, &map);
    cr_assert(dsy_json_reader_end(&rig.reader), "%s", rig.reader.message);
    cr_assert(dsy_map_length(map.map) == 3 && rig.reader.depth == 0);
    const struct array_Item *items = dsy_map_find(map.map, &map_int32_array_Item_map_type, &(int32_t){ 3 });
    cr_assert(items != NULL && items->length == 2 && items->items[1].quantity == -3);
    map_int32_array_Item_type.write_json(&rig.writer, &map);
    expect_written(&rig, text);
    rig_read(&rig, " { \"3\" : [ { \"price\" : 0 , \"sku\" : \"\" } , { \"quantity\" : -3, "
                   "\"sku\":\"B\",\"price\":\"7.0\"} ]\n,\r\"1\":"
                   "[{\"sku\":\"A\",\"quantity\":2,\"price\":\"1.5\"\t}],\"-5\": [ ] } \n");
    map_int32_array_Item_type.read_json(&rig.reader, &again);
    cr_assert(dsy_json_reader_end(&rig.reader), "%s", rig.reader.message);
    cr_assert(map_int32_array_Item_type.equal(&rig.test.run, &map, &again));
    rig_end(&rig);
}

Test(json, errors_name_the_path)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "{\"1\":[{\"sku\":\"A\",\"price\":true}]}", "$[\"1\"][0].price: expected a decimal string, found true" },
        { "{\"1\":[],\"2\":[{\"sku\":\"A\"},{\"sku\":7}]}", "$[\"2\"][1].sku: expected a string, found 7" },
        { "{\"1\":[{\"price\":\"1\"}]}", "$[\"1\"][0]: the member \"sku\" is missing" },
        { "{\"1\":[{\"sku\":\"a\",\"sku\":\"b\"}]}", "$[\"1\"][0]: the member \"sku\" stands there twice" },
        { "{\"1\":[{\"sku\":\"a\",\"color\":\"b\"}]}", "$[\"1\"][0]: there is no member \"color\" here" },
        { "{\"1\":[{\"sku\":{}}]}", "$[\"1\"][0].sku: expected a string, found an object" },
        { "{\"1\":{}}", "$[\"1\"]: expected an array, found an object" },
        { "{\"x\":[]}", "$.x: expected a name that is a key of type int32" },
        { "{\"1\":[],\"01\":[]}", "$[\"01\"]: the key is there already" },
        { "[]", "$: expected an object, found an array" },
        { "{\"1\":[]", "$[\"1\"]: expected \",\" or \"}\" at offset 7, found the end of the text" },
        { "{\"1\":[,]}", "$[\"1\"][0]: expected an object, found ," },
        { "{\"1\":[{\"sku\":\"a\"},]}", "$[\"1\"][1]: expected an object, found ]" },
        { "{\"1\":[{\"sku\":\"a\",}]}", "$[\"1\"][0]: expected the name of a member at offset 17, found }" },
        { "{\"1\":[{\"sku\":\"a\"}{}]}", "$[\"1\"][0]: expected \",\" or \"]\" at offset 17, found an object" },
        { "{\"1\" []}", "$[\"1\"]: expected \":\" at offset 5, found an array" },
        { "{1:[]}", "$: expected the name of a member at offset 1, found 1" },
        { "{\"1\":[]}}", "$: expected the end of the text at offset 8, found }" },
        { "{\"1\":[]} x", "$: expected the end of the text at offset 9, found x" },
        { "{\"1\":[}", "$[\"1\"][0]: expected an object, found }" },
        { "{\"1\":[{\"sku\":\"a\"",
          "$[\"1\"][0].sku: expected \",\" or \"}\" at offset 16, found the end of the text" },
    };
    struct rig rig;
    rig_begin(&rig);
    struct map_int32_array_Item map;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        read_type(&rig, &map_int32_array_Item_type, cases[i].text, &map, cases[i].message);
        cr_assert(rig.reader.status == DSY_INVALID, "%s", cases[i].text);
    }
    rig_end(&rig);
}

Test(json, long_paths_are_cut)
{
    struct rig rig;
    rig_begin(&rig);
    char text[2000] = "";
    for (int i = 0; i < 100; i++)
        strcat(text, "{\"member\":");
    strcat(text, "x");
    rig_read(&rig, text);
    dsy_json_skip(&rig.reader);
    cr_assert(rig.reader.failed);
    cr_assert(strncmp(rig.reader.message, "$.member.member.member", 22) == 0, "%s", rig.reader.message);
    cr_assert(strstr(rig.reader.message, ".member…: expected a value, found x") != NULL, "%s", rig.reader.message);
    rig_end(&rig);
}

Test(json, skip_reads_over_anything_well_formed)
{
    static const char *const valid[] = { "null",
                                         "true",
                                         "false",
                                         "0",
                                         "-1.5e+3",
                                         "\"a\\n\"",
                                         "[]",
                                         "{}",
                                         "[1,[2,{\"a\":[]}],null]",
                                         " {\"a\" : {\"b\" : [true , false]}} " };
    static const char *const invalid[] = { "",   "nul",  "tru",         "[1", "{\"a\"}", "{\"a\":}", "[1 2]",
                                           "01", "1.e3", "\"\\ud800\"", "}",  "nan",     "[],",      "1e" };
    struct rig rig;
    rig_begin(&rig);
    for (size_t i = 0; i < COUNT_OF(valid); i++) {
        rig_read(&rig, valid[i]);
        dsy_json_skip(&rig.reader);
        cr_assert(dsy_json_reader_end(&rig.reader), "%s: %s", valid[i], rig.reader.message);
    }
    for (size_t i = 0; i < COUNT_OF(invalid); i++) {
        rig_read(&rig, invalid[i]);
        dsy_json_skip(&rig.reader);
        cr_assert(!dsy_json_reader_end(&rig.reader), "%s", invalid[i]);
    }
    rig_end(&rig);
}

Test(json, nesting_up_to_the_bound_and_one_more)
{
    struct rig rig;
    rig_begin(&rig);
    for (int more = 0; more < 2; more++) {
        char text[2 * DSY_NESTING_MAX + 4] = "";
        size_t depth = DSY_NESTING_MAX + (size_t)more;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        rig_read(&rig, text);
        dsy_json_skip(&rig.reader);
        cr_assert(dsy_json_reader_end(&rig.reader) == !more, "the reader, %d more: %s", more, rig.reader.message);
        dsy_buffer_clear(&rig.buffer);
        rig.writer = dsy_json_writer_begin(&rig.buffer);
        for (size_t i = 0; i < depth; i++)
            dsy_json_write_array_begin(&rig.writer);
        cr_assert(dsy_json_writer_status(&rig.writer) == (more ? DSY_FULL : DSY_OK), "the writer, %d more", more);
    }
    cr_assert(strstr(rig.reader.message, "values are nested more than 1000 deep") != NULL, "%s", rig.reader.message);
    rig_end(&rig);
}

Test(json, a_full_buffer_and_a_full_arena)
{
    struct rig rig;
    rig_begin(&rig);
    rig.buffer.size_bytes_max = 5;
    dsy_string_write_json(&rig.writer, DSY_STRING("abc"));
    cr_assert(dsy_json_writer_status(&rig.writer) == DSY_OK, "five octets fit");
    dsy_json_write_null(&rig.writer);
    cr_assert(dsy_json_writer_status(&rig.writer) == DSY_FULL);
    dsy_arena_destroy(&rig.test.arena);
    dsy_arena_init(&rig.test.arena, 100);
    struct array_Item items;
    rig_read(&rig, "[{\"sku\":\"\"},{\"sku\":\"\"},{\"sku\":\"\"}]");
    dsy_array_read_json(&rig.reader, &items, &Item_type);
    cr_assert(rig.reader.status == DSY_FULL && items.items == NULL, "%s", rig.reader.message);
    cr_assert_str_eq(rig.reader.message, "$[0]: no memory for the value: a limit is reached");
    rig_end(&rig);
}

Test(json, many_items_round_trip)
{
    struct rig rig;
    rig_begin(&rig);
    struct dsy_run *run = &rig.test.run;
    struct array_Item items = { 0 }, again;
    for (int64_t i = 0; i < 1000; i++) {
        struct Item item = { dsy_int64_to_string(run, i), dsy_decimal_from_int64(i * 100), i };
        dsy_array_push(run, &items, &Item_type, &item);
    }
    array_Item_type.write_json(&rig.writer, &items);
    rig.reader = dsy_json_reader_begin((char *)rig.buffer.data, rig.buffer.size_bytes, &rig.test.arena);
    array_Item_type.read_json(&rig.reader, &again);
    cr_assert(dsy_json_reader_end(&rig.reader), "%s", rig.reader.message);
    cr_assert(array_Item_type.equal(&rig.test.run, &items, &again));
    rig_end(&rig);
}

/* Every prefix and every changed octet is read or refused; nothing is read past the end. */
Test(json, prefixes_and_changed_octets)
{
    static const char text[] = "{\"1\":[{\"sku\":\"A\\u00e9\",\"price\":\"1.50\",\"quantity\":2}],\"-5\":[]}";
    struct rig rig;
    rig_begin(&rig);
    struct map_int32_array_Item map;
    char changed[sizeof text];
    for (size_t size = 0; size < sizeof text - 1; size++) {
        memcpy(changed, text, size);
        changed[size] = '\0';
        char *exact = memcpy(malloc(size + 1), text, size);
        rig.reader = dsy_json_reader_begin(exact, size, &rig.test.arena);
        map_int32_array_Item_type.read_json(&rig.reader, &map);
        cr_assert(!dsy_json_reader_end(&rig.reader), "prefix \"%s\"", changed);
        free(exact);
        dsy_arena_reset(&rig.test.arena);
    }
    for (size_t i = 0; i < sizeof text - 1; i++)
        for (int octet = 0; octet < 256; octet++) {
            memcpy(changed, text, sizeof text);
            changed[i] = (char)octet;
            rig.reader = dsy_json_reader_begin(changed, sizeof text - 1, &rig.test.arena);
            map_int32_array_Item_type.read_json(&rig.reader, &map);
            bool read = dsy_json_reader_end(&rig.reader);
            cr_assert(read || (rig.reader.message[0] == '$' && strlen(rig.reader.message) > 5), "octet %zu", i);
            cr_assert(dsy_utf8_check(rig.reader.message, strlen(rig.reader.message)) == strlen(rig.reader.message),
                      "the message is UTF-8: octet %zu = %d", i, octet);
            dsy_arena_reset(&rig.test.arena);
        }
    rig_end(&rig);
}
