/* The members and methods of built-in types: see builtin.h. */
#include "compiler/check/builtin.h"

#include "compiler/check/symbol.h"

/* A property has no parameters; what mutates says so. */
#define PROPERTY(RECEIVER, NAME, RESULT, METHOD)                                   \
    {                                                                              \
        TYPE_##RECEIVER, NAME, METHOD_##METHOD, true, false, BUILT_IN_##RESULT, 0, \
        {                                                                          \
            BUILT_IN_VOID                                                          \
        }                                                                          \
    }
#define METHOD_0(RECEIVER, NAME, RESULT, METHOD, MUTATES)                             \
    {                                                                                 \
        TYPE_##RECEIVER, NAME, METHOD_##METHOD, false, MUTATES, BUILT_IN_##RESULT, 0, \
        {                                                                             \
            BUILT_IN_VOID                                                             \
        }                                                                             \
    }
#define METHOD_1(RECEIVER, NAME, RESULT, METHOD, MUTATES, FIRST)                      \
    {                                                                                 \
        TYPE_##RECEIVER, NAME, METHOD_##METHOD, false, MUTATES, BUILT_IN_##RESULT, 1, \
        {                                                                             \
            BUILT_IN_##FIRST                                                          \
        }                                                                             \
    }
#define METHOD_2(RECEIVER, NAME, RESULT, METHOD, MUTATES, FIRST, SECOND)              \
    {                                                                                 \
        TYPE_##RECEIVER, NAME, METHOD_##METHOD, false, MUTATES, BUILT_IN_##RESULT, 2, \
        {                                                                             \
            BUILT_IN_##FIRST, BUILT_IN_##SECOND                                       \
        }                                                                             \
    }

static const struct built_in built_ins[] = {
    PROPERTY(STRING, "length", INT, STRING_LENGTH),
    METHOD_1(STRING, "contains", BOOL, STRING_CONTAINS, false, STRING),
    METHOD_1(STRING, "starts_with", BOOL, STRING_STARTS_WITH, false, STRING),
    METHOD_1(STRING, "ends_with", BOOL, STRING_ENDS_WITH, false, STRING),
    METHOD_1(STRING, "find", OPTIONAL_INT, STRING_FIND, false, STRING),
    METHOD_2(STRING, "slice", STRING, STRING_SLICE, false, INT, INT),
    METHOD_1(STRING, "split", STRINGS, STRING_SPLIT, false, STRING),
    METHOD_0(STRING, "trim", STRING, STRING_TRIM, false),
    METHOD_0(STRING, "upper", STRING, STRING_UPPER, false),
    METHOD_0(STRING, "lower", STRING, STRING_LOWER, false),
    METHOD_2(STRING, "replace", STRING, STRING_REPLACE, false, STRING, STRING),

    PROPERTY(BYTES, "length", INT, BYTES_LENGTH),
    METHOD_2(BYTES, "slice", SELF, BYTES_SLICE, false, INT, INT),

    PROPERTY(ARRAY, "length", INT, ARRAY_LENGTH),
    METHOD_1(ARRAY, "push", VOID, ARRAY_PUSH, true, ELEMENT),
    METHOD_0(ARRAY, "pop", ELEMENT, ARRAY_POP, true),
    METHOD_2(ARRAY, "insert", VOID, ARRAY_INSERT, true, INT, ELEMENT),
    METHOD_1(ARRAY, "remove", ELEMENT, ARRAY_REMOVE, true, INT),
    METHOD_2(ARRAY, "slice", SELF, ARRAY_SLICE, false, INT, INT),
    METHOD_1(ARRAY, "contains", BOOL, ARRAY_CONTAINS, false, ELEMENT),
    METHOD_0(ARRAY, "sort", VOID, ARRAY_SORT, true),
    METHOD_0(ARRAY, "reverse", VOID, ARRAY_REVERSE, true),
    METHOD_1(ARRAY, "join", STRING, ARRAY_JOIN, false, STRING),
    METHOD_0(ARRAY, "clear", VOID, ARRAY_CLEAR, true),

    PROPERTY(MAP, "length", INT, MAP_LENGTH),
    METHOD_1(MAP, "has", BOOL, MAP_HAS, false, KEY),
    METHOD_1(MAP, "get", OPTIONAL_ELEMENT, MAP_GET, false, KEY),
    METHOD_1(MAP, "remove", BOOL, MAP_REMOVE, true, KEY),
    METHOD_0(MAP, "keys", KEYS, MAP_KEYS, false),
    METHOD_0(MAP, "values", ELEMENTS, MAP_VALUES, false),
    METHOD_0(MAP, "clear", VOID, MAP_CLEAR, true),

    PROPERTY(DURATION, "seconds", INT, DURATION_SECONDS),
    PROPERTY(DURATION, "milliseconds", INT, DURATION_MILLISECONDS),

    PROPERTY(ENUM, "name", STRING, ENUM_NAME),
    PROPERTY(ENUM, "value", INT, ENUM_VALUE),

    PROPERTY(ERROR, "name", STRING, ERROR_NAME),
    PROPERTY(ERROR, "message", STRING, ERROR_MESSAGE),
    PROPERTY(ANY_ERROR, "name", STRING, ERROR_NAME),
    PROPERTY(ANY_ERROR, "message", STRING, ERROR_MESSAGE),
};

#define BUILT_IN_COUNT (sizeof built_ins / sizeof built_ins[0])

const struct built_in *
built_in_find(const struct type *receiver, struct text name)
{
    for (size_t index = 0; index < BUILT_IN_COUNT; index++) {
        if (built_ins[index].receiver == receiver->kind && text_equal_string(name, built_ins[index].name))
            return &built_ins[index];
    }
    return NULL;
}

bool
built_in_changes(struct text name)
{
    size_t index = 0;
    while (index < BUILT_IN_COUNT && !(built_ins[index].mutates && text_equal_string(name, built_ins[index].name)))
        index++;
    return index < BUILT_IN_COUNT;
}

static const struct type *
compound(struct checker *checker, enum type_kind kind, const struct type *element)
{
    return type_of_element(&checker->types, kind, element);
}

const struct type *
built_in_resolve(struct checker *checker, enum built_in_type type, const struct type *receiver)
{
    switch (type) {
    case BUILT_IN_VOID: return checker->void_type;
    case BUILT_IN_BOOL: return checker->bool_type;
    case BUILT_IN_INT: return checker->int_type;
    case BUILT_IN_STRING: return checker->string_type;
    case BUILT_IN_OPTIONAL_INT: return compound(checker, TYPE_OPTIONAL, checker->int_type);
    case BUILT_IN_STRINGS: return compound(checker, TYPE_ARRAY, checker->string_type);
    case BUILT_IN_SELF: return receiver;
    case BUILT_IN_ELEMENT: return receiver->element;
    case BUILT_IN_OPTIONAL_ELEMENT:
        return receiver->element->kind == TYPE_OPTIONAL ? receiver->element
                                                        : compound(checker, TYPE_OPTIONAL, receiver->element);
    case BUILT_IN_ELEMENTS: return compound(checker, TYPE_ARRAY, receiver->element);
    case BUILT_IN_KEY: return receiver->key;
    case BUILT_IN_KEYS: return compound(checker, TYPE_ARRAY, receiver->key);
    }
    return checker->poison;
}

struct text
built_in_nearest(const struct type *receiver, struct text name)
{
    struct text best = { 0 };
    for (size_t index = 0; index < BUILT_IN_COUNT; index++) {
        if (built_ins[index].receiver == receiver->kind)
            best = symbol_nearer(name, best, text_from_string(built_ins[index].name));
    }
    return best;
}
