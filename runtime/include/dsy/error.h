/* Errors of a Dsy program: throwing, catching, and their encoding.
 *
 * CBOR: [name, message] or [name, message, members as a struct].
 * JSON: {"error": name, "message": text, …members}. */
#ifndef DSY_ERROR_H
#define DSY_ERROR_H

#include "dsy/run.h"

/* The built-in errors of language.md, section 6: C name, Dsy name. */
#define DSY_BUILT_IN_ERRORS(entry)                                                                                     \
    entry(overflow, "Overflow") entry(divide_by_zero, "DivideByZero") entry(out_of_range, "OutOfRange")                \
        entry(key_not_found, "KeyNotFound") entry(null_value, "NullValue") entry(invalid_value, "InvalidValue")        \
            entry(stack_overflow, "StackOverflow") entry(step_too_long, "StepTooLong") entry(timeout, "Timeout")       \
                entry(cancelled, "Cancelled") entry(deadlock, "Deadlock") entry(retries_exhausted, "RetriesExhausted") \
                    entry(step_failed, "StepFailed") entry(undeclared_error, "UndeclaredError")

/* extern const struct dsy_error_type dsy_error_overflow, dsy_error_divide_by_zero, … */
#define DSY_DECLARE_ERROR(c_name, dsy_name) extern const struct dsy_error_type dsy_error_##c_name;
DSY_BUILT_IN_ERRORS(DSY_DECLARE_ERROR)
#undef DSY_DECLARE_ERROR

/* The built-in error of that name; NULL if there is none. */
const struct dsy_error_type *dsy_error_built_in(dsy_string name);

/* Throw a declared error.
 *
 * members  the struct of its members, copied into the arena (its blocks must have been shared); NULL if it has none
 * The message is the name, followed by the members as JSON if there are any. */
DSY_COLD void dsy_throw(struct dsy_run *run, const struct dsy_error_type *type, const void *members);

/* Throw an error with a message of its own. message is kept, not copied. */
DSY_COLD void dsy_throw_message(struct dsy_run *run, const struct dsy_error_type *type, const void *members,
                                dsy_string message);

/* Throw an error without members, with a printf message (DSY_MESSAGE_BYTES_MAX). */
DSY_COLD void dsy_throw_format(struct dsy_run *run, const struct dsy_error_type *type, const char *format, ...)
    DSY_FORMAT(3, 4);

/* `throw;`: throw a caught error again. */
DSY_COLD void dsy_throw_again(struct dsy_run *run, const struct dsy_error_value *error);

/* The built-in errors with their messages.
 * operation  what was computed: "int8 addition"
 * text       the text that was not valid
 * expected   "a uuid such as 8-4-4-4-12 hexadecimal digits" */
DSY_COLD void dsy_throw_overflow(struct dsy_run *run, const char *operation);
DSY_COLD void dsy_throw_divide_by_zero(struct dsy_run *run);
DSY_COLD void dsy_throw_index_out_of_range(struct dsy_run *run, int64_t index,
                                           int64_t length); /* "index 5 is out of range: the array has 3 items" */
DSY_COLD void dsy_throw_byte_out_of_range(struct dsy_run *run, int64_t index, int64_t length);
DSY_COLD void dsy_throw_slice_out_of_range(struct dsy_run *run, int64_t from, int64_t to, int64_t length);
DSY_COLD void dsy_throw_key_not_found(struct dsy_run *run, const struct dsy_type *key_type, const void *key);
DSY_COLD void dsy_throw_null_value(struct dsy_run *run,
                                   const char *expression); /* "'approval' is null"; NULL: "the value is null" */
DSY_COLD void dsy_throw_invalid_value(struct dsy_run *run, dsy_string text, const char *expected);
DSY_COLD void dsy_throw_timeout(struct dsy_run *run, int64_t after_ns);
DSY_COLD void dsy_throw_cancelled(struct dsy_run *run);

/* Whether a caught error is of that declared type; a `catch (T e)` asks this. */
static inline bool
dsy_error_is(const struct dsy_error_value *error, const struct dsy_error_type *type)
{
    return error->type == type;
}

/* The message of a declared error: "CardDeclined {"reason":"no funds"}"; the name alone where that would be longer than
 * DSY_MESSAGE_BYTES_MAX. */
dsy_string dsy_error_message(struct dsy_run *run, const struct dsy_error_type *type, const void *members);

/* A declared error as a value of the type `error`, with its message; members as for dsy_throw. Nothing is thrown but
 * for want of memory. */
struct dsy_error_value dsy_error_make(struct dsy_run *run, const struct dsy_error_type *type, const void *members);

/* e.name */
dsy_string dsy_error_name(const struct dsy_error_value *error);

/* Encode and decode. The readers find the type by name in the reader's table (reader->errors) and among the built-in
 * ones; an unknown one becomes an error of its own type, without members, that keeps its name and message. */
void dsy_error_write_cbor(struct dsy_cbor_writer *writer, const struct dsy_error_value *error);
struct dsy_error_value dsy_error_read_cbor(struct dsy_cbor_reader *reader);
void dsy_error_write_json(struct dsy_json_writer *writer, const struct dsy_error_value *error);
struct dsy_error_value dsy_error_read_json(struct dsy_json_reader *reader);

/* Same type, equal members; messages do not count. */
bool dsy_error_equal(struct dsy_run *run, const struct dsy_error_value *left, const struct dsy_error_value *right);

#endif
