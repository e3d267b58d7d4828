/* runtime/value/map.c: order, gaps, copies, and 100,000 random operations against a simple model. */
#include <stdlib.h>

#include "dsy/describe.h"
#include "tests/support/value_check.h"

struct map_string_int64 {
    struct dsy_map *map;
};
struct map_string_int64_entry {
    dsy_string key;
    int64_t value;
};
DSY_DESCRIBE_MAP(map_string_int64, "map<string, int>", dsy_type_string, dsy_type_int64)

struct map_int32_int32 {
    struct dsy_map *map;
};
struct map_int32_int32_entry {
    int32_t key;
    int32_t value;
};
DSY_DESCRIBE_MAP(map_int32_int32, "map<int32, int32>", dsy_type_int32, dsy_type_int32)

static const struct dsy_map_type *const type = &map_string_int64_map_type;

static void
set(struct dsy_run *run, struct map_string_int64 *map, const char *key, int64_t value)
{
    dsy_string text = dsy_string_copy(run, dsy_string_view(key));
    dsy_map_set(run, &map->map, type, &text, &value);
}

static bool
drop(struct dsy_run *run, struct map_string_int64 *map, const char *key)
{
    dsy_string text = dsy_string_view(key);
    return dsy_map_remove(run, &map->map, type, &text);
}

static void
expect_entries(const struct map_string_int64 *map, const char *expected, const char *what)
{
    char text[400] = "";
    int64_t position = 0;
    for (const struct map_string_int64_entry *entry; (entry = dsy_map_next(map->map, type, &position)) != NULL;)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%.*s=%ld", text[0] ? " " : "",
                 (int)entry->key.size_bytes, entry->key.data, (long)entry->value);
    cr_assert_str_eq(text, expected, "%s", what);
}

Test(map, order_is_of_insertion)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct map_string_int64 map = { 0 };
    expect_entries(&map, "", "empty");
    set(run, &map, "b", 1);
    set(run, &map, "a", 2);
    set(run, &map, "c", 3);
    set(run, &map, "a", 4);
    expect_entries(&map, "b=1 a=4 c=3", "a replaced value keeps its place");
    cr_assert(drop(run, &map, "b") && !drop(run, &map, "b"));
    set(run, &map, "b", 5);
    expect_entries(&map, "a=4 c=3 b=5", "a key that is set again goes to the end");
    cr_assert(dsy_map_length(map.map) == 3);
    dsy_map_clear(run, &map.map);
    expect_entries(&map, "", "cleared");
    cr_assert(!drop(run, &map, "a"));
    expect_no_error(run, "valid");
    run_end(&test);
}

Test(map, reading)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct map_string_int64 map = { 0 };
    dsy_string a = DSY_STRING("a"), x = DSY_STRING("x");
    cr_assert(dsy_map_find(NULL, type, &a) == NULL);
    set(run, &map, "a", 7);
    cr_assert(*(const int64_t *)dsy_map_find(map.map, type, &a) == 7);
    cr_assert(*(const int64_t *)dsy_map_at(run, map.map, type, &a) == 7);
    *(int64_t *)dsy_map_place(run, &map.map, type, &a) += 1;
    expect_entries(&map, "a=8", "m[a] += 1");
    expect_no_error(run, "valid");
    cr_assert(*(const int64_t *)dsy_map_at(run, map.map, type, &x) == 0);
    expect_error(run, &dsy_error_key_not_found, "the map has no key \"x\"", "m[x]");
    cr_assert(dsy_map_place(run, &map.map, type, &x) == NULL);
    expect_error(run, &dsy_error_key_not_found, NULL, "m[x] += 1");
    int32_t number = -5;
    dsy_map_at(run, NULL, &map_int32_int32_map_type, &number);
    expect_error(run, &dsy_error_key_not_found, "the map has no key \"-5\"", "of the empty map");
    run_end(&test);
}

Test(map, copies_do_not_see_changes)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 4 << 20);
    for (int count = 1; count < 40; count++) { /* small and hashed */
        struct map_int32_int32 original = { 0 };
        for (int32_t i = 0; i < count; i++)
            dsy_map_set(run, &original.map, &map_int32_int32_map_type, &i, &i);
        dsy_map_share(original.map);
        struct map_int32_int32 copy = original;
        int32_t key = 0, value = 99;
        dsy_map_set(run, &copy.map, &map_int32_int32_map_type, &key, &value);
        dsy_map_remove(run, &original.map, &map_int32_int32_map_type, &(int32_t){ count - 1 });
        cr_assert(dsy_map_length(copy.map) == count && dsy_map_length(original.map) == count - 1);
        if (count > 1)
            cr_assert(*(const int32_t *)dsy_map_find(original.map, &map_int32_int32_map_type, &key) == 0, "%d entries",
                      count);
        cr_assert(*(const int32_t *)dsy_map_find(copy.map, &map_int32_int32_map_type, &key) == 99, "%d entries", count);
        struct dsy_map *own = copy.map;
        dsy_map_set(run, &copy.map, &map_int32_int32_map_type, &key, &key);
        cr_assert(copy.map == own, "an own map is changed in place");
    }
    expect_no_error(run, "valid");
    run_end(&test);
}

Test(map, snapshots_have_no_gaps_and_stay)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 4 << 20);
    struct map_int32_int32 map = { 0 };
    for (int32_t i = 0; i < 100; i++)
        dsy_map_set(run, &map.map, &map_int32_int32_map_type, &i, &i);
    for (int32_t i = 0; i < 100; i += 3)
        cr_assert(dsy_map_remove(run, &map.map, &map_int32_int32_map_type, &i));
    struct dsy_map *snapshot = dsy_map_snapshot(map.map, &map_int32_int32_map_type);
    for (int32_t i = 0; i < 100; i++) /* change all while iterating */
        dsy_map_remove(run, &map.map, &map_int32_int32_map_type, &i);
    cr_assert(dsy_map_length(map.map) == 0 && dsy_map_length(snapshot) == 66);
    int32_t expected = 1;
    for (int64_t i = 0; i < dsy_map_length(snapshot); i++, expected += expected % 3 == 2 ? 2 : 1) {
        const struct map_int32_int32_entry *entry = dsy_map_entry(snapshot, &map_int32_int32_map_type, i);
        cr_assert(entry->key == expected && entry->value == expected, "entry %ld: expected %d, found %d", (long)i,
                  expected, entry->key);
    }
    cr_assert(dsy_map_snapshot(NULL, type) == NULL && dsy_map_length(NULL) == 0);
    run_end(&test);
}

Test(map, keys_values_equal)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct map_string_int64 one = { 0 }, other = { 0 };
    for (int i = 0; i < 20; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        set(run, &one, key, i);
        snprintf(key, sizeof key, "k%d", 19 - i);
        set(run, &other, key, 19 - i);
    }
    cr_assert(map_string_int64_type.equal(run, &one, &other), "the order does not count");
    set(run, &other, "k3", 0);
    cr_assert(!map_string_int64_type.equal(run, &one, &other), "a value differs");
    cr_assert(drop(run, &one, "k3") && drop(run, &other, "k4"));
    cr_assert(!map_string_int64_type.equal(run, &one, &other), "a key differs");
    struct map_string_int64 empty = { 0 }, emptied = { 0 };
    set(run, &emptied, "a", 1);
    drop(run, &emptied, "a");
    cr_assert(map_string_int64_type.equal(run, &empty, &emptied), "NULL is empty");
    struct dsy_array keys = dsy_map_keys(run, one.map, type), values = dsy_map_values(run, one.map, type);
    cr_assert(keys.length == 19 && values.length == 19);
    expect_text(((dsy_string *)keys.items)[3], "k4", "the fourth key");
    cr_assert(((int64_t *)values.items)[18] == 19);
    cr_assert(dsy_map_keys(run, NULL, type).length == 0);
    run_end(&test);
}

/* A model that is too simple to be wrong: keys and values in order. */
enum { KEYS = 300 };
struct model {
    int32_t keys[KEYS], values[KEYS];
    int count;
};

static int
model_find(const struct model *model, int32_t key)
{
    for (int i = 0; i < model->count; i++)
        if (model->keys[i] == key)
            return i;
    return -1;
}

static void
expect_as_model(const struct map_int32_int32 *map, const struct model *model, int round)
{
    int64_t position = 0;
    int i = 0;
    for (const struct map_int32_int32_entry *entry;
         (entry = dsy_map_next(map->map, &map_int32_int32_map_type, &position)) != NULL; i++)
        cr_assert(i < model->count && entry->key == model->keys[i] && entry->value == model->values[i],
                  "round %d, entry %d", round, i);
    cr_assert(i == model->count && dsy_map_length(map->map) == model->count, "round %d", round);
}

Test(map, random_operations_agree_with_a_model)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 64 << 20);
    struct map_int32_int32 map = { 0 };
    static struct model model;
    srand(7);
    for (int round = 0; round < 100000; round++) {
        int32_t key = rand() % (round / 10000 % 2 == 0 ? KEYS : 12), value = rand();
        int place = model_find(&model, key);
        if (rand() % 5 < 2) {
            cr_assert(dsy_map_remove(run, &map.map, &map_int32_int32_map_type, &key) == (place >= 0), "round %d",
                      round);
            if (place >= 0) {
                model.count--;
                memmove(model.keys + place, model.keys + place + 1, (size_t)(model.count - place) * sizeof(int32_t));
                memmove(model.values + place, model.values + place + 1,
                        (size_t)(model.count - place) * sizeof(int32_t));
            }
        } else {
            dsy_map_set(run, &map.map, &map_int32_int32_map_type, &key, &value);
            if (place < 0)
                model.keys[place = model.count++] = key;
            model.values[place] = value;
        }
        const int32_t *found = dsy_map_find(map.map, &map_int32_int32_map_type, &key);
        place = model_find(&model, key);
        cr_assert((found == NULL) == (place < 0) && (found == NULL || *found == model.values[place]), "round %d",
                  round);
        if (round % 97 == 0)
            expect_as_model(&map, &model, round);
        if (round % 1000 == 0)
            dsy_map_share(map.map);
    }
    expect_no_error(run, "valid");
    run_end(&test);
}

Test(map, a_queue_of_keys_does_not_grow)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct map_int32_int32 map = { 0 };
    for (int32_t i = 0; i < 200000; i++) {
        dsy_map_set(run, &map.map, &map_int32_int32_map_type, &i, &i);
        if (i >= 100)
            cr_assert(dsy_map_remove(run, &map.map, &map_int32_int32_map_type, &(int32_t){ i - 100 }), "%d", i);
    }
    expect_no_error(run, "100 keys fit a MiB");
    cr_assert(dsy_map_length(map.map) == 100);
    run_end(&test);
}

Test(map, values_from_the_map_itself)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    struct map_int32_int32 map = { 0 };
    int32_t zero = 0, value = 1234;
    dsy_map_set(run, &map.map, &map_int32_int32_map_type, &zero, &value);
    for (int32_t i = 1; i < 200; i++) { /* m[i] = m[0], through every growth and packing */
        dsy_map_set(run, &map.map, &map_int32_int32_map_type, &i,
                    dsy_map_find(map.map, &map_int32_int32_map_type, &zero));
        cr_assert(*(const int32_t *)dsy_map_find(map.map, &map_int32_int32_map_type, &i) == 1234, "%d", i);
        if (i > 60)
            dsy_map_remove(run, &map.map, &map_int32_int32_map_type, &(int32_t){ i - 50 });
    }
    run_end(&test);
}

Test(map, nothing_is_changed_after_an_error_and_a_full_arena_throws)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 256 * 1024);
    struct map_string_int64 map = { 0 };
    set(run, &map, "a", 1);
    dsy_throw_divide_by_zero(run);
    set(run, &map, "b", 1);
    cr_assert(!drop(run, &map, "a"));
    dsy_map_clear(run, &map.map);
    expect_entries(&map, "a=1", "after an error");
    dsy_catch(run);
    struct map_int32_int32 numbers = { 0 };
    for (int32_t i = 0; !run->failed; i++)
        dsy_map_set(run, &numbers.map, &map_int32_int32_map_type, &i, &i);
    expect_error(run, &dsy_error_step_too_long, NULL, "a full arena");
    for (int32_t i = 0; i < dsy_map_length(numbers.map); i++)
        cr_assert(dsy_map_find(numbers.map, &map_int32_int32_map_type, &i) != NULL, "entry %d is still there", i);
    run_end(&test);
}

Test(map, keys_of_other_types)
{
    bool truth = true;
    int64_t moment = -1;
    dsy_uuid uuid = { { 1, 2, 3 } };
    const struct dsy_type *const types[] = { &dsy_type_bool, &dsy_type_time, &dsy_type_uuid };
    const void *const keys[] = { &truth, &moment, &uuid };
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct dsy_map_type key_type = { types[i], &dsy_type_bool, 16, 24 };
        struct dsy_map *map = NULL;
        dsy_map_set(run, &map, &key_type, keys[i], &truth);
        cr_assert(dsy_map_find(map, &key_type, keys[i]) != NULL, "%s", types[i]->name);
        union {
            uint64_t words[2];
            uint8_t octets[16];
        } other = { { 0 } };
        cr_assert(dsy_map_find(map, &key_type, &other) == NULL, "%s", types[i]->name);
        char scratch[DSY_PRINT_BYTES_MAX];
        cr_assert(types[i]->parse(types[i]->text(keys[i], scratch), &other) && types[i]->equal(NULL, &other, keys[i]),
                  "%s", types[i]->name);
    }
    run_end(&test);
}
