/* The operations on generated container types, by value and typed: one line in a generated header defines those of
 * one type. For users' steps and for generated code; relies on dsy/value.h.
 *
 *     DSY_ARRAY_FUNCTIONS(array_Item, struct Item, Item_type)       of `struct array_Item { struct Item *items; int64_t
 * length; }` DSY_MAP_FUNCTIONS(map_string_int, dsy_string, int64_t)        of `struct map_string_int { struct dsy_map
 * *map; }` DSY_MAP_GET(map_string_int, dsy_string, int64_t, optional_int) DSY_OPTIONAL_FUNCTIONS(optional_int, int64_t,
 * dsy_type_int64) of `struct optional_int { bool has; int64_t value; }` DSY_BOX_FUNCTIONS(optional_Item, struct Item,
 * Item_type)      of `struct optional_Item { const struct Item *value; }` DSY_VALUE_FUNCTIONS(Item, struct Item,
 * Item_type)             of a struct, union or error that holds arrays or maps
 *
 * `run` is dsy_step_run(step) in a step. After an error nothing is changed and zero values are returned. A value that
 * is read from a variable that stays in use and is stored a second time (pushed, set, put into a struct) goes
 * through NAME_shared(value), so that the two copies don't change each other; values just made need not. */
#ifndef DSY_CONTAINER_H
#define DSY_CONTAINER_H

#include "dsy/value.h"

/* The items of left, then those of right, as a new array. */
static inline struct dsy_array
dsy_array_concatenate(struct dsy_run *run, const void *left, const void *right, const struct dsy_type *element)
{
    const struct dsy_array *first = left, *second = right;
    struct dsy_array result = dsy_array_slice(run, first, element, 0, first->length);
    if (second->length == 0 || !dsy_array_reserve(run, &result, element, second->length))
        return result;
    size_t added_bytes = (size_t)second->length * element->size_bytes;
    char *added =
        memcpy((char *)result.items + (size_t)result.length * element->size_bytes, second->items, added_bytes);
    if (element->share != NULL)
        for (size_t offset = 0; offset < added_bytes; offset += element->size_bytes)
            element->share(added + offset);
    result.length += second->length;
    return result;
}

/* NAME_make      from a C array of count items, copied
 * NAME_at        a[i]; throws OutOfRange
 * NAME_place     the place of a[i], to change it there; NULL after throwing
 * NAME_set       a[i] = value
 * NAME_push, _pop, _insert, _remove, _slice, _contains, _sort, _reverse, _clear   as in Dsy
 * NAME_concatenate   left + right
 * NAME_shared    the array again, marked as referred to twice */
#define DSY_ARRAY_FUNCTIONS(NAME, ITEM, DESCRIPTOR)                                                          \
    static inline struct NAME NAME##_from(struct dsy_array array)                                            \
    {                                                                                                        \
        return (struct NAME){ .items = array.items, .length = array.length };                                \
    }                                                                                                        \
    static inline struct NAME NAME##_make(struct dsy_run *run, const ITEM *items, int64_t count)             \
    {                                                                                                        \
        return NAME##_from(dsy_array_make(run, &(DESCRIPTOR), items, count));                                \
    }                                                                                                        \
    static inline ITEM NAME##_at(struct dsy_run *run, struct NAME array, int64_t index)                      \
    {                                                                                                        \
        return *(const ITEM *)dsy_array_at(run, array.items, array.length, index, sizeof(ITEM));             \
    }                                                                                                        \
    static inline ITEM *NAME##_place(struct dsy_run *run, struct NAME *array, int64_t index)                 \
    {                                                                                                        \
        return dsy_array_place(run, array, index, &(DESCRIPTOR));                                            \
    }                                                                                                        \
    static inline void NAME##_set(struct dsy_run *run, struct NAME *array, int64_t index, ITEM value)        \
    {                                                                                                        \
        ITEM *place = NAME##_place(run, array, index);                                                       \
        if (DSY_LIKELY(place != NULL))                                                                       \
            *place = value;                                                                                  \
    }                                                                                                        \
    static inline void NAME##_push(struct dsy_run *run, struct NAME *array, ITEM value)                      \
    {                                                                                                        \
        struct dsy_block *block = array->items == NULL ? NULL : dsy_block_of(array->items);                  \
        if (DSY_LIKELY(block != NULL && !block->shared && array->length < block->capacity && !run->failed))  \
            array->items[array->length++] = value;                                                           \
        else                                                                                                 \
            dsy_array_push(run, array, &(DESCRIPTOR), &value);                                               \
    }                                                                                                        \
    static inline ITEM NAME##_pop(struct dsy_run *run, struct NAME *array)                                   \
    {                                                                                                        \
        ITEM value;                                                                                          \
        memset(&value, 0, sizeof value);                                                                     \
        dsy_array_pop(run, array, &(DESCRIPTOR), &value);                                                    \
        return value;                                                                                        \
    }                                                                                                        \
    static inline void NAME##_insert(struct dsy_run *run, struct NAME *array, int64_t index, ITEM value)     \
    {                                                                                                        \
        dsy_array_insert(run, array, &(DESCRIPTOR), index, &value);                                          \
    }                                                                                                        \
    static inline ITEM NAME##_remove(struct dsy_run *run, struct NAME *array, int64_t index)                 \
    {                                                                                                        \
        ITEM value;                                                                                          \
        memset(&value, 0, sizeof value);                                                                     \
        dsy_array_remove(run, array, &(DESCRIPTOR), index, &value);                                          \
        return value;                                                                                        \
    }                                                                                                        \
    static inline struct NAME NAME##_slice(struct dsy_run *run, struct NAME array, int64_t from, int64_t to) \
    {                                                                                                        \
        return NAME##_from(dsy_array_slice(run, &array, &(DESCRIPTOR), from, to));                           \
    }                                                                                                        \
    static inline struct NAME NAME##_concatenate(struct dsy_run *run, struct NAME left, struct NAME right)   \
    {                                                                                                        \
        return NAME##_from(dsy_array_concatenate(run, &left, &right, &(DESCRIPTOR)));                        \
    }                                                                                                        \
    static inline bool NAME##_contains(struct dsy_run *run, struct NAME array, ITEM value)                   \
    {                                                                                                        \
        return dsy_array_contains(run, &array, &(DESCRIPTOR), &value);                                       \
    }                                                                                                        \
    static inline void NAME##_sort(struct dsy_run *run, struct NAME *array)                                  \
    {                                                                                                        \
        dsy_array_sort(run, array, &(DESCRIPTOR));                                                           \
    }                                                                                                        \
    static inline void NAME##_reverse(struct dsy_run *run, struct NAME *array)                               \
    {                                                                                                        \
        dsy_array_reverse(run, array, &(DESCRIPTOR));                                                        \
    }                                                                                                        \
    static inline void NAME##_clear(struct dsy_run *run, struct NAME *array)                                 \
    {                                                                                                        \
        dsy_array_clear(run, array);                                                                         \
    }                                                                                                        \
    static inline struct NAME NAME##_shared(struct NAME array)                                               \
    {                                                                                                        \
        dsy_array_share(array.items);                                                                        \
        return array;                                                                                        \
    }

/* NAME_make      from a C array of count entries, one set after the other
 * NAME_at        m[k]; throws KeyNotFound
 * NAME_place     the place of m[k], to change it there; NULL after throwing
 * NAME_set       m[k] = value
 * NAME_has, _remove, _clear   as in Dsy
 * NAME_shared    the map again, marked as referred to twice */
#define DSY_MAP_FUNCTIONS(NAME, KEY, VALUE)                                                                       \
    static inline void NAME##_set(struct dsy_run *run, struct NAME *map, KEY key, VALUE value)                    \
    {                                                                                                             \
        dsy_map_set(run, &map->map, &NAME##_map_type, &key, &value);                                              \
    }                                                                                                             \
    static inline struct NAME NAME##_make(struct dsy_run *run, const struct NAME##_entry *entries, int64_t count) \
    {                                                                                                             \
        struct NAME map = { 0 };                                                                                  \
        for (int64_t index = 0; index < count; index++)                                                           \
            NAME##_set(run, &map, entries[index].key, entries[index].value);                                      \
        return map;                                                                                               \
    }                                                                                                             \
    static inline VALUE NAME##_at(struct dsy_run *run, struct NAME map, KEY key)                                  \
    {                                                                                                             \
        return *(const VALUE *)dsy_map_at(run, map.map, &NAME##_map_type, &key);                                  \
    }                                                                                                             \
    static inline VALUE *NAME##_place(struct dsy_run *run, struct NAME *map, KEY key)                             \
    {                                                                                                             \
        return dsy_map_place(run, &map->map, &NAME##_map_type, &key);                                             \
    }                                                                                                             \
    static inline bool NAME##_has(struct NAME map, KEY key)                                                       \
    {                                                                                                             \
        return dsy_map_find(map.map, &NAME##_map_type, &key) != NULL;                                             \
    }                                                                                                             \
    static inline bool NAME##_remove(struct dsy_run *run, struct NAME *map, KEY key)                              \
    {                                                                                                             \
        return dsy_map_remove(run, &map->map, &NAME##_map_type, &key);                                            \
    }                                                                                                             \
    static inline void NAME##_clear(struct dsy_run *run, struct NAME *map)                                        \
    {                                                                                                             \
        dsy_map_clear(run, &map->map);                                                                            \
    }                                                                                                             \
    static inline struct NAME NAME##_shared(struct NAME map)                                                      \
    {                                                                                                             \
        dsy_map_share(map.map);                                                                                   \
        return map;                                                                                               \
    }

/* NAME_keys, NAME_values: as arrays. */
#define DSY_MAP_LISTS(NAME, KEYS, VALUES)                                           \
    static inline struct KEYS NAME##_keys(struct dsy_run *run, struct NAME map)     \
    {                                                                               \
        return KEYS##_from(dsy_map_keys(run, map.map, &NAME##_map_type));           \
    }                                                                               \
    static inline struct VALUES NAME##_values(struct dsy_run *run, struct NAME map) \
    {                                                                               \
        return VALUES##_from(dsy_map_values(run, map.map, &NAME##_map_type));       \
    }

/* NAME_get: m.get(k), the value or null, as a copy that the map's changes don't reach. */
#define DSY_MAP_GET(NAME, KEY, VALUE, OPTIONAL)                                             \
    static inline struct OPTIONAL NAME##_get(struct dsy_run *run, struct NAME map, KEY key) \
    {                                                                                       \
        const VALUE *found = dsy_map_find(map.map, &NAME##_map_type, &key);                 \
        if (found == NULL)                                                                  \
            return (struct OPTIONAL){ 0 };                                                  \
        if (NAME##_map_type.value->share != NULL)                                           \
            NAME##_map_type.value->share(found);                                            \
        return OPTIONAL##_some(run, *found);                                                \
    }

/* The same where the values are optional themselves: a key that is not there gives null too. */
#define DSY_MAP_GET_OPTIONAL(NAME, KEY, OPTIONAL)                                           \
    static inline struct OPTIONAL NAME##_get(struct dsy_run *run, struct NAME map, KEY key) \
    {                                                                                       \
        (void)run;                                                                          \
        const struct OPTIONAL *found = dsy_map_find(map.map, &NAME##_map_type, &key);       \
        if (found == NULL)                                                                  \
            return (struct OPTIONAL){ 0 };                                                  \
        if (NAME##_map_type.value->share != NULL)                                           \
            NAME##_map_type.value->share(found);                                            \
        return *found;                                                                      \
    }

/* NAME_some      the optional that holds the value
 * NAME_unwrap    x!: the value; throws NullValue, saying that `what` is null
 * NAME_place     the place of the value, to change it there; NULL after throwing
 * NAME_shared    the optional again, its blocks marked as referred to twice */
#define DSY_OPTIONAL_FUNCTIONS(NAME, VALUE, DESCRIPTOR)                                             \
    static inline struct NAME NAME##_some(struct dsy_run *run, VALUE value)                         \
    {                                                                                               \
        (void)run;                                                                                  \
        return (struct NAME){ .has = true, .value = value };                                        \
    }                                                                                               \
    static inline VALUE NAME##_unwrap(struct dsy_run *run, struct NAME optional, const char *what)  \
    {                                                                                               \
        if (DSY_UNLIKELY(!optional.has))                                                            \
            dsy_throw_null_value(run, what);                                                        \
        return optional.value;                                                                      \
    }                                                                                               \
    static inline VALUE *NAME##_place(struct dsy_run *run, struct NAME *optional, const char *what) \
    {                                                                                               \
        if (DSY_UNLIKELY(!optional->has))                                                           \
            dsy_throw_null_value(run, what);                                                        \
        return run->failed ? NULL : &optional->value;                                               \
    }                                                                                               \
    static inline struct NAME NAME##_shared(struct NAME optional)                                   \
    {                                                                                               \
        if (optional.has && (DESCRIPTOR).share != NULL)                                             \
            (DESCRIPTOR).share(&optional.value);                                                    \
        return optional;                                                                            \
    }

/* s.find(t): a position, or -1 for null. */
#define DSY_OPTIONAL_POSITION(NAME)                                                                 \
    static inline struct NAME NAME##_position(int64_t position)                                     \
    {                                                                                               \
        return position < 0 ? (struct NAME){ 0 } : (struct NAME){ .has = true, .value = position }; \
    }

/* The same for optionals of structs, unions and errors: their value lies in a box, which never changes; to change the
 * value is to make a new box. */
#define DSY_BOX_FUNCTIONS(NAME, VALUE, DESCRIPTOR)                                                  \
    static inline struct NAME NAME##_some(struct dsy_run *run, VALUE value)                         \
    {                                                                                               \
        VALUE *box = run->failed ? NULL : dsy_allocate(run, sizeof *box);                           \
        if (box != NULL)                                                                            \
            *box = value;                                                                           \
        return (struct NAME){ .value = box };                                                       \
    }                                                                                               \
    static inline VALUE NAME##_unwrap(struct dsy_run *run, struct NAME optional, const char *what)  \
    {                                                                                               \
        if (DSY_LIKELY(optional.value != NULL))                                                     \
            return *optional.value;                                                                 \
        dsy_throw_null_value(run, what);                                                            \
        return *(const VALUE *)dsy_zeros();                                                         \
    }                                                                                               \
    static inline VALUE *NAME##_place(struct dsy_run *run, struct NAME *optional, const char *what) \
    {                                                                                               \
        if (DSY_UNLIKELY(optional->value == NULL))                                                  \
            dsy_throw_null_value(run, what);                                                        \
        VALUE *box = run->failed ? NULL : dsy_allocate(run, sizeof *box);                           \
        if (box == NULL)                                                                            \
            return NULL;                                                                            \
        if ((DESCRIPTOR).share != NULL)                                                             \
            (DESCRIPTOR).share(optional->value);                                                    \
        *box = *optional->value;                                                                    \
        optional->value = box;                                                                      \
        return box;                                                                                 \
    }                                                                                               \
    static inline struct NAME NAME##_shared(struct NAME optional)                                   \
    {                                                                                               \
        return optional; /* a box never changes: nothing has to be marked */                        \
    }

/* NAME_shared: the value again, the blocks of its arrays and maps marked as referred to twice. */
#define DSY_VALUE_FUNCTIONS(NAME, VALUE, DESCRIPTOR) \
    static inline VALUE NAME##_shared(VALUE value)   \
    {                                                \
        (DESCRIPTOR).share(&value);                  \
        return value;                                \
    }

#endif
