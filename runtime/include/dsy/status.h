/* What the machinery reports: one status for every function that can fail, from one table.
 *
 * Three kinds of trouble never mix: errors of the Dsy program are values (dsy/error.h), trouble
 * of the machinery is a status (here), and our own bugs are assertions. */
#ifndef DSY_STATUS_H
#define DSY_STATUS_H

#define DSY_MUST_USE __attribute__((warn_unused_result))
#define DSY_COLD __attribute__((cold, noinline))
#define DSY_FORMAT(format_index, first_index) __attribute__((format(printf, format_index, first_index)))
#define DSY_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define DSY_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* NAME, text. The text completes a sentence that says what was attempted. */
#define DSY_STATUS_TABLE(entry)                                                                                  \
    entry(OK, "succeeded") entry(NO_MEMORY, "memory ran out") entry(FULL, "a limit is reached")                  \
        entry(INVALID, "the input is not valid") entry(NOT_FOUND, "there is no such thing")                      \
            entry(EXISTS, "it is there already") entry(CORRUPT, "stored bytes are damaged")                      \
                entry(NEWER, "it was written by a newer version")                                                \
                    entry(INPUT_OUTPUT, "the operating system reported an input or output error")                \
                        entry(NO_SPACE, "the disk is full") entry(BUSY, "it is in use")                          \
                            entry(LOST, "the ownership of the shard is lost") entry(TIMEOUT, "the time is over") \
                                entry(CLOSED, "it is closed") entry(UNSUPPORTED, "this version cannot do that")  \
                                    entry(FAILED, "it failed")

enum dsy_status {
#define DSY_STATUS_ENUMERATOR(name, text) DSY_##name,
    DSY_STATUS_TABLE(DSY_STATUS_ENUMERATOR)
#undef DSY_STATUS_ENUMERATOR
};

/* The text of a status: static, lower case, without a full stop. */
const char *dsy_status_text(enum dsy_status status);

enum { DSY_ERROR_TEXT_BYTES_MAX = 512 };

/* The detail of a status, in memory of the caller: what, where, what to do. */
struct dsy_error {
    enum dsy_status status;
    char text[DSY_ERROR_TEXT_BYTES_MAX]; /* NUL-terminated UTF-8; "" when the status is DSY_OK */
};

/* Write an error, unless the place holds one already: the first cause is the one that is told.
 *
 * error   may be NULL: nothing is written
 * status  what is returned as well, so that `return dsy_error_set(error, DSY_FULL, "…")` reads well
 * format  printf format of the text; longer texts are cut at a character boundary */
enum dsy_status dsy_error_set(struct dsy_error *error, enum dsy_status status, const char *format, ...)
    DSY_FORMAT(3, 4);

#endif
