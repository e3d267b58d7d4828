/* The types that the codec fuzzers read: every built-in one, and containers of containers. */
#ifndef DSY_TESTS_FUZZ_TYPES_H
#define DSY_TESTS_FUZZ_TYPES_H

#include "dsy/describe.h"

struct array_string {
    dsy_string *items;
    int64_t length;
};
struct array_array_string {
    struct array_string *items;
    int64_t length;
};
struct map_int8_decimal {
    struct dsy_map *map;
};
struct map_int8_decimal_entry {
    int8_t key;
    dsy_decimal value;
};
struct map_string_array_array_string {
    struct dsy_map *map;
};
struct map_string_array_array_string_entry {
    dsy_string key;
    struct array_array_string value;
};
struct optional_double {
    bool has;
    double value;
};
struct map_uuid_optional_double {
    struct dsy_map *map;
};
struct map_uuid_optional_double_entry {
    dsy_uuid key;
    struct optional_double value;
};
DSY_DESCRIBE_ARRAY(array_string, "string[]", dsy_type_string)
DSY_DESCRIBE_ARRAY(array_array_string, "string[][]", array_string_type)
DSY_DESCRIBE_MAP(map_int8_decimal, "map<int8, decimal>", dsy_type_int8, dsy_type_decimal)
DSY_DESCRIBE_MAP(map_string_array_array_string, "map<string, string[][]>", dsy_type_string, array_array_string_type)
DSY_DESCRIBE_OPTIONAL(optional_double, "double?", dsy_type_double)
DSY_DESCRIBE_MAP(map_uuid_optional_double, "map<uuid, double?>", dsy_type_uuid, optional_double_type)

static const struct dsy_type *const fuzz_types[] = {
    &dsy_type_bool,
    &dsy_type_int8,
    &dsy_type_int16,
    &dsy_type_int32,
    &dsy_type_int64,
    &dsy_type_uint8,
    &dsy_type_uint16,
    &dsy_type_uint32,
    &dsy_type_uint64,
    &dsy_type_double,
    &dsy_type_decimal,
    &dsy_type_string,
    &dsy_type_bytes,
    &dsy_type_time,
    &dsy_type_duration,
    &dsy_type_uuid,
    &dsy_type_error,
    &array_array_string_type,
    &map_int8_decimal_type,
    &map_string_array_array_string_type,
    &map_uuid_optional_double_type,
};
enum { FUZZ_TYPE_COUNT = sizeof fuzz_types / sizeof *fuzz_types };

/* Room for a value of any of them. */
union fuzz_value {
    uint64_t words[8];
    struct dsy_error_value error;
};

#endif
