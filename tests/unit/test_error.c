/* runtime/value/error.c, run.c, value.c, codec/error.c: throwing, messages, memory, both encodings. */
#include "dsy/describe.h"
#include "tests/support/value_check.h"

/* error OutOfStock { string sku; int left; } as the emitter writes it */
struct OutOfStock {
    dsy_string sku;
    int64_t left;
};

static void
OutOfStock_write_cbor(struct dsy_cbor_writer *writer, const void *value)
{
    const struct OutOfStock *error = value;
    dsy_cbor_write_struct_begin(writer, 2);
    dsy_cbor_write_member(writer, 1);
    dsy_string_write_cbor(writer, error->sku);
    dsy_cbor_write_member(writer, 2);
    dsy_int64_write_cbor(writer, error->left);
    dsy_cbor_write_struct_end(writer);
}

static void
OutOfStock_read_cbor(struct dsy_cbor_reader *reader, void *value)
{
    struct OutOfStock *error = value;
    *error = (struct OutOfStock){ 0 };
    struct dsy_cbor_members members = dsy_cbor_struct_begin(reader);
    for (uint64_t number; dsy_cbor_struct_next(reader, &members, &number);)
        switch (number) {
        case 1: error->sku = dsy_string_read_cbor(reader); break;
        case 2: error->left = dsy_int64_read_cbor(reader); break;
        default: dsy_cbor_skip(reader);
        }
}

static void
OutOfStock_write_json_members(struct dsy_json_writer *writer, const void *members)
{
    const struct OutOfStock *error = members;
    dsy_json_write_member(writer, "sku");
    dsy_string_write_json(writer, error->sku);
    dsy_json_write_member(writer, "left");
    dsy_int64_write_json(writer, error->left);
}

static void
OutOfStock_write_json(struct dsy_json_writer *writer, const void *value)
{
    dsy_json_write_object_begin(writer);
    OutOfStock_write_json_members(writer, value);
    dsy_json_write_object_end(writer);
}

static bool
OutOfStock_read_json_member(struct dsy_json_reader *reader, dsy_string name, void *members, uint64_t *seen)
{
    struct OutOfStock *error = members;
    if (dsy_string_is(name, "sku")) {
        if (dsy_json_once(reader, seen, 0))
            error->sku = dsy_string_read_json(reader);
    } else if (dsy_string_is(name, "left")) {
        if (dsy_json_once(reader, seen, 1))
            error->left = dsy_int64_read_json(reader);
    } else
        return false;
    return true;
}

static bool
OutOfStock_equal(struct dsy_run *run, const void *left, const void *right)
{
    (void)run;
    const struct OutOfStock *one = left, *other = right;
    return dsy_string_equal(one->sku, other->sku) && one->left == other->left;
}

static const struct dsy_type OutOfStock_type = {
    .name = "OutOfStock",
    .size_bytes = sizeof(struct OutOfStock),
    .write_cbor = OutOfStock_write_cbor,
    .read_cbor = OutOfStock_read_cbor,
    .write_json = OutOfStock_write_json,
    .equal = OutOfStock_equal,
};
static const struct dsy_error_type OutOfStock_error = {
    .name = "OutOfStock",
    .members = &OutOfStock_type,
    .write_json_members = OutOfStock_write_json_members,
    .read_json_member = OutOfStock_read_json_member,
};
static const struct dsy_error_type *const declared[] = { &OutOfStock_error };
static const struct dsy_error_table table = { declared, 1 };

Test(error, throw_and_catch)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct OutOfStock members = { DSY_STRING("A-1"), 2 };
    dsy_throw(run, &OutOfStock_error, &members);
    members.left = 99; /* the error has a copy */
    cr_assert(run->failed);
    struct dsy_error_value error = dsy_catch(run);
    cr_assert(!run->failed && dsy_error_is(&error, &OutOfStock_error) && !dsy_error_is(&error, &dsy_error_timeout));
    cr_assert(((const struct OutOfStock *)error.members)->left == 2);
    expect_text(dsy_error_name(&error), "OutOfStock", "e.name");
    expect_text(error.message, "OutOfStock {\"sku\":\"A-1\",\"left\":2}", "e.message");
    dsy_throw_again(run, &error);
    expect_error(run, &OutOfStock_error, "OutOfStock {\"sku\":\"A-1\",\"left\":2}", "throw;");
    dsy_throw(run, &dsy_error_timeout, NULL);
    expect_error(run, &dsy_error_timeout, "Timeout", "without members");
    run_end(&test);
}

Test(error, messages)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_throw_null_value(run, "approval");
    expect_error(run, &dsy_error_null_value, "'approval' is null", "null");
    dsy_throw_null_value(run, NULL);
    expect_error(run, &dsy_error_null_value, "the value is null", "null");
    dsy_throw_timeout(run, INT64_C(30000000000));
    expect_error(run, &dsy_error_timeout, "not done within PT30S", "timeout");
    dsy_throw_cancelled(run);
    expect_error(run, &dsy_error_cancelled, "cancelled", "cancelled");
    char longer[600];
    memset(longer, 'x', sizeof longer);
    dsy_throw_invalid_value(run, (dsy_string){ longer, sizeof longer }, "a uuid");
    expect_error(run, &dsy_error_invalid_value,
                 "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\" is not valid: expected a uuid",
                 "long text");
    dsy_throw_format(run, &dsy_error_step_failed, "%.*s", 600, longer);
    cr_assert(run->error.message.size_bytes == DSY_MESSAGE_BYTES_MAX - 1, "the bound of messages");
    dsy_catch(run);
    memset(longer, 'y', sizeof longer);
    struct OutOfStock members = { { longer, sizeof longer }, 2 };
    dsy_throw(run, &OutOfStock_error, &members);
    expect_error(run, &OutOfStock_error, "OutOfStock", "members too long for the message");
    run_end(&test);
}

Test(error, depth_and_budget)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    for (int i = 0; i < DSY_CALL_DEPTH_MAX; i++)
        cr_assert(dsy_enter(run), "call %d", i);
    cr_assert(!dsy_enter(run));
    expect_error(run, &dsy_error_stack_overflow, "more than 1000 calls within calls", "one more");
    dsy_leave(run);
    cr_assert(dsy_enter(run));
    for (int i = 0; i < 1000; i++)
        cr_assert(dsy_spend(run), "round %d", i);
    cr_assert(!dsy_spend(run));
    expect_error(run, &dsy_error_step_too_long, "the loops since the last await ran more rounds than a routine may use",
                 "1001");
    run_end(&test);
}

Test(error, built_in_ones_are_found_by_name)
{
    cr_assert(dsy_error_built_in(DSY_STRING("RetriesExhausted")) == &dsy_error_retries_exhausted);
    cr_assert(dsy_error_built_in(DSY_STRING("Overflow")) == &dsy_error_overflow);
    cr_assert(dsy_error_built_in(DSY_STRING("overflow")) == NULL);
}

static struct dsy_error_value
thrown(struct dsy_run *run, const struct dsy_error_type *type, const void *members)
{
    dsy_throw(run, type, members);
    return dsy_catch(run);
}

Test(error, both_encodings_and_back)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct OutOfStock members = { DSY_STRING("A-1"), 2 };
    struct dsy_error_value errors[] = { thrown(run, &OutOfStock_error, &members),
                                        thrown(run, &dsy_error_cancelled, NULL),
                                        { 0 } };
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        struct dsy_buffer buffer;
        dsy_buffer_init(&buffer, 1000);
        struct dsy_cbor_writer cbor = dsy_cbor_writer_begin(&buffer);
        dsy_type_error.write_cbor(&cbor, &errors[i]);
        cr_assert(dsy_cbor_writer_status(&cbor) == DSY_OK);
        struct dsy_cbor_reader reader = dsy_cbor_reader_begin(buffer.data, buffer.size_bytes, &test.arena);
        reader.errors = &table;
        struct dsy_error_value again;
        dsy_type_error.read_cbor(&reader, &again);
        cr_assert(dsy_cbor_reader_end(&reader), "error %zu: %s", i, reader.message);
        cr_assert(dsy_error_equal(run, &errors[i], &again) && dsy_string_equal(errors[i].message, again.message),
                  "CBOR, error %zu", i);

        dsy_buffer_clear(&buffer);
        struct dsy_json_writer json = dsy_json_writer_begin(&buffer);
        dsy_type_error.write_json(&json, &errors[i]);
        struct dsy_json_reader json_reader = dsy_json_reader_begin((char *)buffer.data, buffer.size_bytes, &test.arena);
        json_reader.errors = &table;
        dsy_type_error.read_json(&json_reader, &again);
        cr_assert(dsy_json_reader_end(&json_reader), "error %zu: %s", i, json_reader.message);
        cr_assert(dsy_error_equal(run, &errors[i], &again) && dsy_string_equal(errors[i].message, again.message),
                  "JSON, error %zu", i);
        dsy_buffer_destroy(&buffer);
    }
    run_end(&test);
}

static struct dsy_error_value
read_json(struct test_run *test, const char *text, const char *expected_message)
{
    struct dsy_json_reader reader = dsy_json_reader_begin(text, strlen(text), &test->arena);
    reader.errors = &table;
    struct dsy_error_value error = dsy_error_read_json(&reader);
    bool read = dsy_json_reader_end(&reader);
    if (expected_message == NULL)
        cr_assert(read, "%s: %s", text, reader.message);
    else
        cr_assert_str_eq(reader.message, expected_message, "%s", text);
    return error;
}

Test(error, json_members_may_stand_in_any_order)
{
    struct test_run test;
    run_begin(&test, 1 << 20);
    struct dsy_error_value error =
        read_json(&test, "{\"left\":3,\"sku\":\"B\",\"message\":\"none\",\"error\":\"OutOfStock\"}", NULL);
    cr_assert(error.type == &OutOfStock_error && ((const struct OutOfStock *)error.members)->left == 3);
    error = read_json(&test, "{\"error\":\"FromElsewhere\",\"message\":\"m\",\"more\":[1,{}]}", NULL);
    expect_text(dsy_error_name(&error), "FromElsewhere", "an unknown error keeps its name");
    expect_text(error.message, "m", "and its message");
    cr_assert(error.members == NULL);
    read_json(&test, "{\"message\":\"m\"}", "$: expected an object with the member \"error\", found an object");
    read_json(&test, "{\"error\":\"OutOfStock\",\"price\":1}", "$: there is no member \"price\" here");
    read_json(&test, "{\"error\":\"OutOfStock\",\"left\":\"x\"}",
              "$.left: expected an integer of 64 bits, found \"x\"");
    read_json(&test, "{\"error\":\"OutOfStock\",\"left\":1,\"left\":1}", "$: the member \"left\" stands there twice");
    read_json(&test, "{\"error\":\"a\\u0000b\"}", "$: expected an object with the member \"error\", found an object");
    read_json(&test, "[]", "$: expected an object, found an array");
    run_end(&test);
}

Test(error, cbor_of_unknown_and_broken_errors)
{
    struct test_run test;
    run_begin(&test, 1 << 20);
    static const struct {
        const char *octets;
        size_t size_bytes;
        bool is_valid;
    } cases[] = {
        { "\x82\x61X\x61m", 5, true },
        { "\x83\x61X\x61m\xA1\x01\x02", 8, true },
        { "\x81\x61X", 3, false },
        { "\x84\x61X\x61m\x01\x01", 7, false },
        { "\x82\x60\x61m", 4, false },
        { "\x82\x61\x00\x61m", 5, false },
        { "\x82\x6AOutOfStock\x61m", 14, false }, /* lacks its members */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct dsy_cbor_reader reader =
            dsy_cbor_reader_begin((const uint8_t *)cases[i].octets, cases[i].size_bytes, &test.arena);
        reader.errors = &table;
        struct dsy_error_value error = dsy_error_read_cbor(&reader);
        cr_assert(dsy_cbor_reader_end(&reader) == cases[i].is_valid, "case %zu: %s", i, reader.message);
        cr_assert((error.type != NULL) == cases[i].is_valid, "case %zu", i);
    }
    run_end(&test);
}

struct array_int64 {
    int64_t *items;
    int64_t length;
};
DSY_DESCRIBE_ARRAY(array_int64, "int[]", dsy_type_int64)

Test(value, string_of_every_type)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    int64_t numbers[] = { 1, -2 };
    struct dsy_array array = dsy_array_make(run, &dsy_type_int64, numbers, 2);
    dsy_string text = DSY_STRING("plain");
    dsy_bytes bytes = DSY_BYTES("foo");
    double half = 0.5;
    expect_text(dsy_value_to_string(run, &array_int64_type, &array), "[1,-2]", "array");
    expect_text(dsy_value_to_string(run, &dsy_type_string, &text), "plain", "string");
    expect_text(dsy_value_to_string(run, &dsy_type_bytes, &bytes), "Zm9v", "bytes");
    expect_text(dsy_value_to_string(run, &dsy_type_double, &half), "0.5", "double");
    expect_text(dsy_value_to_string(run, &dsy_type_duration, &(int64_t){ 1000000000 }), "PT1S", "duration");
    run_end(&test);
}

struct array_array_int64 {
    struct array_int64 *items;
    int64_t length;
};
DSY_DESCRIBE_ARRAY(array_array_int64, "int[][]", array_int64_type)

/* A thousand times the same thousand items: little memory, a text of two million bytes. */
Test(value, a_text_that_is_larger_than_the_arena)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct array_int64 items = { 0 };
    struct array_array_int64 rows = { 0 };
    for (int64_t i = 0; i < 1000; i++)
        dsy_array_push(run, &items, &dsy_type_int64, &(int64_t){ 7 });
    for (int64_t i = 0; i < 1000; i++)
        dsy_array_push(run, &rows, &array_int64_type, &items);
    cr_assert(dsy_value_to_string(run, &array_int64_type, &items).size_bytes == 2001);
    expect_no_error(run, "one row");
    cr_assert(dsy_value_to_string(run, &array_array_int64_type, &rows).size_bytes == 0);
    expect_error(run, &dsy_error_overflow, NULL, "all rows");
    run_end(&test);
}
