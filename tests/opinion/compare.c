/* Compares what compiled programs do, without a crash and with one at every await, with what the interpreter says.
 *
 *     run EXPECTED   the lines of `opinion interpret`; exit code 1 after a disagreement, which is printed
 *
 * Linked with one of the engines. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dsy/error.h"
#include "dsy/json.h"
#include "tests/opinion/engine.h"

enum { ARENA_BYTES_MAX = 512 << 20, TEXT_BYTES_MAX = 64 << 20 };

static const char *running; /* the program that is run */
static bool crashes;

static const char *mode_text(void);

void
engine_fail(const char *what, const char *why)
{
    if (running != NULL)
        printf("%s%s: ", running, mode_text());
    printf("%s: %s\n", what, why);
    exit(2);
}

static void
write_error(struct dsy_json_writer *writer, struct dsy_cbor_reader *reader)
{
    struct dsy_error_value error = dsy_error_read_cbor(reader);
    dsy_json_write_object_begin(writer);
    dsy_json_write_member(writer, "error");
    dsy_string_write_json(writer, dsy_error_name(&error));
    if (error.members != NULL && error.type->write_json_members != NULL)
        error.type->write_json_members(writer, error.members);
    dsy_json_write_object_end(writer);
}

/* "result JSON" or "error JSON", as the interpreter writes it. */
static const char *
outcome_text(const struct dsy_routine_type *routine, struct engine_outcome outcome, struct dsy_buffer *text)
{
    static _Alignas(16) uint8_t value[DSY_VALUE_BYTES_MAX];
    struct dsy_arena arena;
    dsy_arena_init(&arena, ARENA_BYTES_MAX);
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(outcome.value.data, outcome.value.size_bytes, &arena);
    reader.errors = &(struct dsy_error_table){ .types = dsy_program.errors, .count = dsy_program.error_count };
    dsy_buffer_clear(text);
    dsy_buffer_append_format(text, outcome.threw ? "error " : "result ");
    struct dsy_json_writer writer = dsy_json_writer_begin(text);
    if (outcome.threw) {
        write_error(&writer, &reader);
    } else {
        memset(value, 0, routine->result->size_bytes);
        routine->result->read_cbor(&reader, value);
        routine->result->write_json(&writer, value);
    }
    if (reader.failed || dsy_json_writer_status(&writer) != DSY_OK)
        engine_fail(routine->name, "its outcome cannot be decoded");
    dsy_buffer_append_octet(text, '\0');
    dsy_arena_destroy(&arena);
    return (const char *)text->data;
}

static const struct dsy_routine_type *
find_routine(const char *name)
{
    for (uint32_t index = 0; index < dsy_program.routine_count; index++) {
        if (strcmp(dsy_program.routines[index]->name, name) == 0)
            return dsy_program.routines[index];
    }
    engine_fail(name, "there is no such routine");
}

static const char *
mode_text(void)
{
    return crashes ? " with a crash at every await" : " without a crash";
}

/* A program that kills the process is named, too. */
static void
killed(int number)
{
    static const char what[] = ": the compiled program kills the process\n";
    const char *const parts[] = { running, mode_text(), what };
    for (size_t index = 0; index < sizeof parts / sizeof *parts; index++) {
        if (write(STDOUT_FILENO, parts[index], strlen(parts[index])) < 0)
            break;
    }
    signal(number, SIG_DFL);
    raise(number);
}

/* Returns whether the interpreter and the program agree. */
static bool
compare(const char *name, const char *expected, struct dsy_buffer *text)
{
    const struct dsy_routine_type *routine = find_routine(name);
    bool agree = true;
    running = name;
    for (int pass = 0; pass < 2 && agree; pass++) {
        crashes = pass == 1;
        const char *got = outcome_text(routine, engine_run(routine, crashes), text);
        agree = strcmp(got, expected) == 0;
        if (!agree)
            printf("%s%s\n    interpreted: %s\n    compiled:    %s\n", name, mode_text(), expected, got);
    }
    return agree;
}

int
main(int count, char **words)
{
    struct dsy_buffer text;
    dsy_buffer_init(&text, TEXT_BYTES_MAX);
    if (count != 2)
        engine_fail("usage", "run EXPECTED");
    engine_open();
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++)
        signal(signals[index], killed);
    FILE *file = fopen(words[1], "r");
    if (file == NULL)
        engine_fail(words[1], "cannot be read");
    char *line = NULL;
    size_t room = 0;
    int64_t run_count = 0, wrong_count = 0, long_count = 0;
    for (ssize_t size; (size = getline(&line, &room, file)) > 0;) {
        line[size - 1] = '\0';
        char *outcome = strchr(line, '\t');
        if (outcome == NULL)
            engine_fail(line, "is no outcome");
        *outcome++ = '\0';
        if (strcmp(outcome, "too long") == 0) {
            long_count++;
            continue;
        }
        run_count++;
        wrong_count += !compare(line, outcome, &text);
    }
    free(line);
    fclose(file);
    engine_close();
    dsy_buffer_destroy(&text);
    printf("%lld programs, %lld disagree, %lld too long\n", (long long)run_count, (long long)wrong_count,
           (long long)long_count);
    return wrong_count > 0;
}
