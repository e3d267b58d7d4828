/* runtime/value/handle.c: the handles that a value holds are found, wherever they stand in it, and coded as uuids. */
#include "dsy/handle.h"
#include "tests/support/value_check.h"

struct optional_task {
    bool has;
    dsy_uuid value;
};
struct array_task {
    dsy_uuid *items;
    int64_t length;
};
struct map_string_array_task {
    struct dsy_map *map;
};
struct map_string_array_task_entry {
    dsy_string key;
    struct array_task value;
};
struct optional_map {
    const struct map_string_array_task *value;
};

DSY_DESCRIBE_HANDLE(task, "task<int>")
DSY_DESCRIBE_OPTIONAL_OF_HANDLES(optional_task, "task<int>?", task_type)
DSY_DESCRIBE_ARRAY_OF_HANDLES(array_task, "task<int>[]", task_type)
DSY_DESCRIBE_MAP_OF_HANDLES(map_string_array_task, "map<string, task<int>[]>", dsy_type_string, array_task_type)
/* A map stands in no box; here it takes the place of a struct. */
DSY_DESCRIBE_BOX_OF_HANDLES(optional_map, "map?", struct map_string_array_task, map_string_array_task_type)

static dsy_uuid
handle(uint8_t number)
{
    dsy_uuid uuid = { { 0 } };
    uuid.octets[15] = number;
    return uuid;
}

/* Notes the numbers of what is visited, in order. */
static void
note(void *context, dsy_uuid found)
{
    char *text = context;
    size_t length = strlen(text);
    cr_assert_lt(length, 60, "too many handles");
    text[length] = (char)('0' + found.octets[15]);
    text[length + 1] = '\0';
}

static void
expect_handles(const struct dsy_type *type, const void *value, const char *expected)
{
    char found[64] = "";
    cr_assert_not_null(type->visit_handles, "%s", type->name);
    type->visit_handles(value, note, found);
    cr_assert_str_eq(found, expected, "%s", type->name);
}

Test(handle, found_in_every_container)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_uuid one = handle(1);
    expect_handles(&task_type, &one, "1");

    struct optional_task optional = { .has = false, .value = handle(9) };
    expect_handles(&optional_task_type, &optional, "");
    optional.has = true;
    expect_handles(&optional_task_type, &optional, "9");

    struct map_string_array_task map = { 0 };
    expect_handles(&map_string_array_task_type, &map, "");
    for (uint8_t round = 0; round < 3; round++) {
        struct array_task array = { 0 };
        for (uint8_t number = 0; number <= round; number++) {
            dsy_uuid item = handle((uint8_t)(2 * round + number));
            dsy_array_push(run, &array, &task_type, &item);
        }
        char name[2] = { (char)('a' + round), '\0' };
        dsy_string key = dsy_string_view(name);
        key = dsy_string_copy(run, key);
        dsy_map_set(run, &map.map, &map_string_array_task_map_type, &key, &array);
    }
    expect_handles(&map_string_array_task_type, &map, "023456");
    dsy_string middle = DSY_STRING("b");
    cr_assert(dsy_map_remove(run, &map.map, &map_string_array_task_map_type, &middle));
    expect_handles(&map_string_array_task_type, &map, "0456");

    struct optional_map box = { .value = &map };
    expect_handles(&optional_map_type, &box, "0456");
    box.value = NULL;
    expect_handles(&optional_map_type, &box, "");
    run_end(&test);
}

Test(handle, coded_as_a_uuid)
{
    struct test_run test;
    struct dsy_run *run = run_begin(&test, 1 << 20);
    dsy_uuid value = handle(200), back = handle(0);
    cr_assert(task_type.equal(run, &value, &value));
    cr_assert_not(task_type.equal(run, &value, &back));
    dsy_string text = dsy_value_to_string(run, &task_type, &value);
    expect_text(text, "00000000-0000-0000-0000-0000000000c8", "string(task)");
    run_end(&test);
}
