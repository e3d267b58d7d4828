/* Names in C: what the declarations and variables of a program are called in the generated C.
 *
 * A name is kept where it can be. What C or libdsy have taken (keywords, names and macros of the headers
 * that generated code includes, the stems of generated types) gets an underscore behind; of two things
 * with the same name the later one gets a number. Internal to check/; relies on base/. */
#ifndef DSY_COMPILER_CHECK_C_NAME_H
#define DSY_COMPILER_CHECK_C_NAME_H

#include "compiler/base/arena.h"
#include "compiler/base/map.h"
#include "compiler/base/text.h"

/* A set of names that are taken. */
struct c_names {
    struct arena *arena;
    const struct c_names *outer; /* names that are taken as well; NULL if none */
    struct map taken;
};

void c_names_initialise(struct c_names *names, struct arena *arena, const struct c_names *outer);

/* The name of a variable: itself, or with an underscore behind where C or libdsy reserve it. */
struct text c_name_of(struct arena *arena, struct text name);

/* The same for members of structs and unions, which only keywords and macros stand in the way of. */
struct text c_name_of_member(struct arena *arena, struct text name);

/* The same for names at the top level of the generated C, where the stems of generated types are reserved too. */
struct text c_name_of_global(struct arena *arena, struct text name);

/* A name like `wanted` that is free; it is taken from then on. */
struct text c_names_claim(struct c_names *names, struct text wanted);

#endif
