/* Text: slices of bytes, interned names, and a builder for longer texts.
 * A slice never owns its bytes; they lie in the source, in an arena or in a literal.
 * Names that went through the same interner are equal exactly when their data pointers are.
 * Relies on base/arena.h. */
#ifndef DSY_COMPILER_BASE_TEXT_H
#define DSY_COMPILER_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "compiler/base/arena.h"

struct text {
    const char *data; /* NUL-terminated only where a function below says so; NULL when empty is allowed */
    size_t size_bytes;
};

/* A struct text of a string literal. */
#define TEXT(LITERAL) ((struct text){ (LITERAL), sizeof(LITERAL) - 1 })

/* Arguments of printf's "%.*s". */
#define TEXT_ARGUMENTS(t) (int)(t).size_bytes, (t).data

struct text text_from_string(const char *string); /* borrowed */
bool text_equal(struct text left, struct text right);
bool text_equal_string(struct text left, const char *right);
/* <0, 0, >0 in the order of the bytes. */
int text_compare(struct text left, struct text right);
bool text_starts_with(struct text text, struct text prefix);
uint64_t text_hash(const char *data, size_t size_bytes);

/* The length of the UTF-8 sequence at data, 1 to 4; 0 if there is none that is valid (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF). data < end. */
size_t utf8_length(const char *data, const char *end);

/* A copy in the arena, NUL-terminated behind its end. */
struct text text_copy(struct arena *arena, struct text text);
/* The same as a C string. */
const char *text_to_string(struct arena *arena, struct text text);
/* printf into the arena; NUL-terminated. */
struct text text_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct text text_format_list(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* How many single-character edits lead from left to right, at most `most`: `most` + 1 if more.
 * For "did you mean" hints. */
size_t text_distance(struct text left, struct text right, size_t most);

/* ---- interned names ---- */

struct interner_slot {
    const char *data;
    uint32_t size_bytes;
    uint32_t hash;
};

struct interner {
    struct arena *arena;
    struct interner_slot *slots; /* open addressing; a power of two */
    size_t slot_count;
    size_t used_count;
};

void interner_initialise(struct interner *interner, struct arena *arena);
/* The one slice that is equal to these bytes; they are copied when new. NUL-terminated. */
struct text interner_add(struct interner *interner, const char *data, size_t size_bytes);

/* Interned names compare by pointer. */
static inline bool
name_equal(struct text left, struct text right)
{
    return left.data == right.data;
}

/* ---- builder ---- */

struct text_builder {
    struct arena *arena;
    char *data;
    size_t size_bytes;
    size_t capacity_bytes;
};

void text_builder_initialise(struct text_builder *builder, struct arena *arena);
void text_builder_add(struct text_builder *builder, struct text text);
void text_builder_add_string(struct text_builder *builder, const char *string);
void text_builder_add_character(struct text_builder *builder, char character);
/* A code point as UTF-8; the caller has checked that it is a scalar value. */
void text_builder_add_code_point(struct text_builder *builder, uint32_t code_point);
void text_builder_format(struct text_builder *builder, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text as a JSON string with its quotes. */
void text_builder_add_json(struct text_builder *builder, struct text text);
/* A duration as a person writes it: 259200000000000 is 3 and "d". */
struct duration_reading {
    int64_t count;
    const char *unit; /* the largest that divides it: "d", "h", "min", "s", "ms"; "ns" if none does */
};
struct duration_reading duration_read(int64_t nanoseconds);

/* What was built so far, NUL-terminated; stays valid until the builder is added to. */
struct text text_builder_text(struct text_builder *builder);

#endif
