/* The members and methods of built-in types: language.md, section 3. One table. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_BUILTIN_H
#define DSY_COMPILER_CHECK_BUILTIN_H

#include "compiler/check/checker.h"

#define BUILT_IN_PARAMETERS_MAX 2

/* A type that depends on the receiver's. */
enum built_in_type {
    BUILT_IN_VOID,
    BUILT_IN_BOOL,
    BUILT_IN_INT,
    BUILT_IN_STRING,
    BUILT_IN_OPTIONAL_INT,
    BUILT_IN_STRINGS,          /* string[] */
    BUILT_IN_SELF,             /* the receiver's */
    BUILT_IN_ELEMENT,          /* of the array; the value type of the map */
    BUILT_IN_OPTIONAL_ELEMENT, /* V?; V itself where V is an optional */
    BUILT_IN_ELEMENTS,         /* V[] */
    BUILT_IN_KEY,
    BUILT_IN_KEYS, /* K[] */
};

struct built_in {
    enum type_kind receiver;
    const char *name;
    enum built_in_method method;
    bool is_property; /* no parentheses */
    bool mutates;     /* its receiver is a place that may be changed */
    enum built_in_type result;
    size_t parameter_count;
    enum built_in_type parameters[BUILT_IN_PARAMETERS_MAX];
};

/* The member `name` of values of a type; NULL if there is none. */
const struct built_in *built_in_find(const struct type *receiver, struct text name);

/* Whether a method of this name changes what it is called on; no other type has one of the same name that does not. */
bool built_in_changes(struct text name);

/* What a type of the table is for a receiver. */
const struct type *built_in_resolve(struct checker *checker, enum built_in_type type, const struct type *receiver);

/* The name nearest to one that was not found; "" if there is none. */
struct text built_in_nearest(const struct type *receiver, struct text name);

#endif
