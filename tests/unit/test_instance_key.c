/* Keys of keyed services: text, octets, place. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "runtime/core/core_limits.h"
#include "runtime/core/instance_key.h"
#include "tests/support/keyed_program.h"

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

static struct dsy_buffer key;
static struct dsy_error error;

static void
set_up(void)
{
    dsy_buffer_init(&key, 1 << 20);
}

static void
tear_down(void)
{
    dsy_buffer_destroy(&key);
}

TestSuite(instance_key, .init = set_up, .fini = tear_down);

static const struct dsy_service_type *
service_of(enum keyed_service service)
{
    return keyed_program.services[service];
}

static enum dsy_status
parse(enum keyed_service service, const char *text)
{
    dsy_buffer_clear(&key);
    error = (struct dsy_error){ 0 };
    return dsy_instance_key_parse(service_of(service), text, strlen(text), &key, &error);
}

static struct dsy_slice
slice(void)
{
    return (struct dsy_slice){ .data = key.data, .size_bytes = key.size_bytes };
}

Test(instance_key, reads_what_people_write)
{
    dsy_string string;
    int32_t number;
    dsy_uuid id;
    cr_assert_eq(parse(KEYED_ACCOUNT, "alice"), DSY_OK);
    cr_assert(dsy_instance_key_decode(service_of(KEYED_ACCOUNT), slice(), &string));
    cr_expect(dsy_string_is(string, "alice"));
    cr_assert_eq(parse(KEYED_ACCOUNT, ""), DSY_OK);
    cr_assert(dsy_instance_key_decode(service_of(KEYED_ACCOUNT), slice(), &string));
    cr_expect_eq(string.size_bytes, 0);
    cr_assert_eq(parse(KEYED_COUNTER, "-2147483648"), DSY_OK);
    cr_assert(dsy_instance_key_decode(service_of(KEYED_COUNTER), slice(), &number));
    cr_expect_eq(number, INT32_MIN);
    cr_assert_eq(parse(KEYED_SESSION, "00000000-0000-4000-8000-0000000000ff"), DSY_OK);
    cr_assert(dsy_instance_key_decode(service_of(KEYED_SESSION), slice(), &id));
    cr_expect_eq(id.octets[15], 0xff);
}

Test(instance_key, says_what_is_wrong)
{
    cr_expect_eq(parse(KEYED_COUNTER, "2147483648"), DSY_INVALID);
    cr_expect_str_eq(error.text, "The key number of Counter is of type int32, and '2147483648' is not");
    cr_expect_eq(parse(KEYED_COUNTER, ""), DSY_INVALID);
    cr_expect_eq(parse(KEYED_COUNTER, "1x"), DSY_INVALID);
    cr_expect_eq(parse(KEYED_SESSION, "1"), DSY_INVALID);
    cr_expect_eq(parse(KEYED_ACCOUNT, "a\xff"), DSY_INVALID);
    cr_expect_str_eq(error.text, "The key id of Account is not UTF-8 at octet 1");
}

Test(instance_key, is_bounded)
{
    static char text[INSTANCE_KEY_BYTES_MAX + 1];
    memset(text, 'k', sizeof text - 1);
    text[INSTANCE_KEY_BYTES_MAX - 3] = 0; /* with the head of 3 octets it is as long as can be */
    cr_expect_eq(parse(KEYED_ACCOUNT, text), DSY_OK, "%s", error.text);
    dsy_string value;
    cr_expect(dsy_instance_key_decode(service_of(KEYED_ACCOUNT), slice(), &value));
    text[INSTANCE_KEY_BYTES_MAX - 3] = 'k';
    text[INSTANCE_KEY_BYTES_MAX - 2] = 0;
    cr_expect_eq(parse(KEYED_ACCOUNT, text), DSY_INVALID);
    cr_expect(strstr(error.text, "longer than 1024 octets") != NULL, "%s", error.text);
}

Test(instance_key, is_written_in_one_way)
{
    char written[64];
    cr_assert_eq(parse(KEYED_COUNTER, "7"), DSY_OK);
    size_t written_bytes = key.size_bytes;
    memcpy(written, key.data, written_bytes);
    cr_assert_eq(parse(KEYED_COUNTER, "+007"), DSY_OK);
    cr_expect(key.size_bytes == written_bytes && memcmp(key.data, written, written_bytes) == 0);

    static const struct {
        const char *octets;
        size_t size_bytes;
    } wrong[] = {
        { "\x18\x07", 2 },             /* 7, longer than needed */
        { "\x07\x07", 2 },             /* two items */
        { "\x18", 1 },                 /* half an item */
        { "\x61k", 2 },                /* a text */
        { "\x1a\x80\x00\x00\x00", 5 }, /* does not fit int32 */
        { "", 0 },
    };
    int32_t number;
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        struct dsy_slice octets = { .data = (const uint8_t *)wrong[index].octets,
                                    .size_bytes = wrong[index].size_bytes };
        cr_expect(dsy_instance_key_decode(service_of(KEYED_COUNTER), octets, &number) == false, "key %zu", index);
    }
}

Test(instance_key, has_one_place_and_keys_spread)
{
    enum { SHARDS = 8, KEYS = 8000 };
    int counts[SHARDS] = { 0 };
    int64_t last = 0;
    for (int index = 0; index < KEYS; index++) {
        char text[32];
        snprintf(text, sizeof text, "%d", index);
        cr_assert_eq(parse(KEYED_ACCOUNT, text), DSY_OK);
        struct instance_place place = dsy_instance_place(service_of(KEYED_ACCOUNT), slice(), SHARDS);
        struct instance_place again = dsy_instance_place(service_of(KEYED_ACCOUNT), slice(), 1);
        cr_assert(place.shard < SHARDS && dsy_number_is_of_instances(place.number));
        cr_assert_eq(again.number, place.number, "the number does not depend on the shards");
        cr_assert_neq(place.number, last);
        last = place.number;
        counts[place.shard]++;
    }
    for (int shard = 0; shard < SHARDS; shard++)
        cr_expect(counts[shard] > 850 && counts[shard] < 1150, "shard %d has %d of 8,000 keys", shard, counts[shard]);
    cr_assert_eq(parse(KEYED_COUNTER, "5"), DSY_OK);
    struct instance_place one = dsy_instance_place(service_of(KEYED_COUNTER), slice(), 1);
    cr_expect_neq(one.number, dsy_instance_place(service_of(KEYED_ACCOUNT), slice(), 1).number,
                  "services do not share instances");
}
