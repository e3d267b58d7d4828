/* Values of the second opinion: plain, immutable trees, with nothing shared on purpose and nothing counted.
 *
 * A value does not know its type; whoever has one knows it from the checked tree. To change a part of a value is to
 * make a new one. Memory comes from one heap that is emptied as a whole; a program that takes too much of it, or runs
 * for too long, is given up by a jump. Relies on the compiler's checked types only; shares nothing with libdsy. */
#ifndef DSY_TESTS_OPINION_VALUE_H
#define DSY_TESTS_OPINION_VALUE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/check/program.h"

/* coefficient × 10^exponent; the coefficient is below 10^34, zero is not negative. */
struct number {
    unsigned __int128 coefficient;
    int exponent;
    bool is_negative;
};

struct fault;

struct value {
    union {
        bool boolean;
        int64_t integer;  /* signed integers, TIME, DURATION; ENUM: the enumerator's value */
        uint64_t natural; /* unsigned integers */
        double real;
        struct number number; /* DECIMAL */
        struct text text;     /* STRING, BYTES, UUID */
        struct {
            const struct value *items; /* ARRAY; STRUCT and ERROR: members; MAP: key, value, key, value, … */
            int64_t count;             /* of items: twice the length of a map */
        } list;
        struct {
            size_t variant;
            const struct value *payload; /* NULL for a void variant */
        } choice;                        /* UNION */
        const struct value *some;        /* OPTIONAL; NULL: null */
        const struct fault *fault;       /* ANY_ERROR */
    } as;
};

/* An error on its way. */
struct fault {
    struct text name;        /* "Overflow", "P1_Broken" */
    const struct type *type; /* of a declared error; NULL: a built-in one */
    struct value members;
};

struct heap_chunk;
struct heap {
    struct heap_chunk *chunks;
    char *next, *end;
    size_t size_bytes; /* taken so far */
    int64_t steps_left;
    jmp_buf give_up; /* where a program goes that takes too much or too long */
};

void heap_begin(struct heap *heap);
void heap_free(struct heap *heap);
void *heap_take(struct heap *heap, size_t size_bytes);
struct value *heap_values(struct heap *heap, int64_t count);
const struct value *heap_keep(struct heap *heap, struct value value);
/* Count one step of the program. */
void heap_step(struct heap *heap);

struct value value_integer(int64_t integer);
struct value value_boolean(bool boolean);
struct value value_text(const char *data, size_t size_bytes);
struct value value_zero(struct heap *heap, const struct type *type);
struct value value_some(struct heap *heap, struct value value);
struct value value_list(const struct value *items, int64_t count);

bool value_equal(const struct type *type, const struct value *left, const struct value *right);
/* <0, 0, >0, of ordered types; a NaN is above all else, as sort() has it. */
int value_compare(const struct type *type, const struct value *left, const struct value *right);

/* Where a key stands in a map: the index of its entry, or -1. */
int64_t map_find(const struct type *map_type, const struct value *map, const struct value *key);
struct value map_with(struct heap *heap, const struct type *map_type, const struct value *map, struct value key,
                      struct value entry);
struct value map_without(struct heap *heap, const struct value *map, int64_t entry);

/* ---- numbers: IEEE 754 decimal128 by schoolbook arithmetic (number.c) ---- */

enum number_status { NUMBER_OK, NUMBER_OVERFLOW, NUMBER_DIVIDE_BY_ZERO };

enum number_status number_add(struct number left, struct number right, struct number *result);
enum number_status number_multiply(struct number left, struct number right, struct number *result);
enum number_status number_divide(struct number left, struct number right, struct number *result);
enum number_status number_modulo(struct number left, struct number right, struct number *result);
struct number number_negated(struct number number);
int number_compare(struct number left, struct number right);
struct number number_from_natural(uint64_t natural, bool is_negative);
/* The integer part; false when its magnitude needs more than 64 bits. */
bool number_to_natural(struct number number, uint64_t *natural);
/* [+-]?digits[.digits]?([eE][+-]?digits)? that needs no rounding. */
bool number_parse(struct text text, struct number *number);
/* text: at least 80 octets. Returns the octets written. */
size_t number_print(struct number number, char *text);

/* ---- texts (print.c) ---- */

struct printer {
    struct heap *heap;
    char *data;
    size_t size_bytes, capacity_bytes;
};

void printer_add(struct printer *printer, const char *data, size_t size_bytes);
void printer_add_string(struct printer *printer, const char *string);
struct value printer_value(const struct printer *printer);

/* What string(v) and an interpolation make of a value. */
struct value text_of_value(struct heap *heap, const struct type *type, const struct value *value);
/* As JSON; a fault without its message. */
void print_json(struct printer *printer, const struct type *type, const struct value *value);
void print_fault(struct printer *printer, const struct fault *fault);

#endif
