/* Runs the compiled programs of a batch, each without a crash and with one at every await, and compares what they
 * do with what the interpreter says.
 *
 *     run EXPECTED   the lines of `opinion interpret`; exit code 1 after a disagreement, which is printed
 *
 * There is no store and no clock here: transitions are run as a shard runs them, one after the other, and what they wait
 * for comes at once. A crash leaves the encoded invocation: it is decoded into a new arena, and the old one is given
 * back. Maps get another order of their buckets each time. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dsy/error.h"
#include "dsy/json.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/job.h"
#include "runtime/core/program.h"
#include "runtime/core/transition.h"

enum { ARENA_BYTES_MAX = 512 << 20, TEXT_BYTES_MAX = 64 << 20, DEPTH_MAX = 64, AWAITS_MAX = 1 << 20 };

static const struct transition_limits limits = { .step_budget = STEP_BUDGET, .bytes_max = TRANSITION_BYTES_MAX };
static struct program program;
static const char *running; /* the program that is run */
static bool crashes;
static uint64_t awaits; /* of the routine that is run */

/* One invocation while it runs; kept for the next one of its depth. */
struct level {
    bool is_ready;
    struct dsy_arena arenas[2];
    struct dsy_buffer bodies[2]; /* encoded; what was decoded refers to it */
    int current;                 /* of both */
    struct dsy_buffer scratch, arguments;
    struct transition transition;
    struct invocation invocation;
    struct job *job;
};
static struct level levels[DEPTH_MAX];

/* What an invocation ended with: a CBOR item. */
struct outcome {
    bool threw;
    struct dsy_slice value; /* in its level's arena: until the level runs again */
};

static void
fail(const char *what, const char *why)
{
    if (running != NULL)
        printf("%s%s: ", running, crashes ? " with a crash at every await" : " without a crash");
    printf("%s: %s\n", what, why);
    exit(2);
}

static void
require(enum dsy_status status, const char *what, const char *reason)
{
    if (status != DSY_OK)
        fail(what, reason[0] != '\0' ? reason : dsy_status_text(status));
}

/* ---- one invocation ---- */

static void
begin_arena(struct level *level)
{
    static uint64_t seed;
    struct dsy_arena *arena = &level->arenas[level->current];
    dsy_arena_destroy(arena);
    dsy_arena_init(arena, ARENA_BYTES_MAX);
    arena->hash_seed = ++seed * UINT64_C(0x9E3779B97F4A7C15);
    dsy_transition_init(&level->transition, &program, &limits, 0, arena, &level->scratch);
}

static void
prepare(struct level *level)
{
    if (!level->is_ready) {
        dsy_arena_init(&level->arenas[0], ARENA_BYTES_MAX);
        dsy_arena_init(&level->arenas[1], ARENA_BYTES_MAX);
        dsy_buffer_init(&level->scratch, TEXT_BYTES_MAX);
        dsy_buffer_init(&level->bodies[0], TEXT_BYTES_MAX);
        dsy_buffer_init(&level->bodies[1], TEXT_BYTES_MAX);
        dsy_buffer_init(&level->arguments, TEXT_BYTES_MAX);
        level->job = dsy_job_create(1);
        if (level->job == NULL)
            fail("a step", "no memory");
        level->job->errors = program.errors;
        level->is_ready = true;
    }
    begin_arena(level);
    level->invocation = (struct invocation){ .number = 1, .secret = 1 };
}

/* The process ends, and another one goes on with what it saved. */
static void
crash(struct level *level)
{
    char reason[REASON_BYTES_MAX] = "";
    int old = level->current;
    level->current = 1 - old;
    struct dsy_buffer *buffer = &level->bodies[level->current];
    dsy_buffer_clear(buffer);
    require(dsy_invocation_encode(&level->invocation, buffer), "encoding an invocation", reason);
    begin_arena(level);
    dsy_arena_destroy(&level->arenas[old]);
    struct dsy_slice body = { .data = buffer->data, .size_bytes = buffer->size_bytes };
    level->invocation = (struct invocation){ .number = 1, .secret = 1 };
    require(dsy_invocation_decode(&program, body, &level->arenas[level->current], &level->invocation, reason),
            "decoding an invocation", reason);
}

static struct outcome run_routine(int depth, const struct dsy_routine_type *routine, struct dsy_slice arguments);

/* What the invocation waits for comes. */
static struct message
answer(int depth, struct level *level)
{
    struct invocation *invocation = &level->invocation;
    struct message message = { .number = 1, .await_count = invocation->await_count };
    struct job *job = level->job;
    switch (invocation->pending.kind) {
    case PENDING_SLEEP: message.kind = MESSAGE_TIMER; break;
    case PENDING_STEP:
        require(dsy_job_prepare(job, invocation->pending.step, (dsy_uuid){ 0 }, 1, invocation->await_count,
                                invocation->pending.attempt, invocation->pending.arguments),
                "a step", "");
        if (!dsy_job_execute(job))
            fail("a step", "answers later");
        dsy_job_settle(job);
        return job->message;
    case PENDING_CALL: {
        const struct dsy_routine_type *called = dsy_program_routine(&program, invocation->pending.routine);
        struct dsy_slice arguments = { .data = level->arguments.data, .size_bytes = level->arguments.size_bytes };
        struct outcome outcome = run_routine(depth + 1, called, arguments);
        message.kind = MESSAGE_RESULT;
        message.threw = outcome.threw;
        message.value = outcome.value;
        break;
    }
    case PENDING_START:
    case PENDING_CHECKPOINT: message.kind = MESSAGE_RESUME; break;
    }
    return message;
}

/* A call's arguments leave with its message, before anything else happens. */
static void
keep_arguments(struct level *level)
{
    dsy_buffer_clear(&level->arguments);
    if (level->invocation.pending.kind == PENDING_CALL)
        dsy_buffer_append(&level->arguments, level->transition.arguments.data, level->transition.arguments.size_bytes);
}

/* What is decoded from a message refers to it: it has to live as long. */
static struct message
kept(struct level *level, struct message message)
{
    uint8_t *copy = dsy_arena_allocate(&level->arenas[level->current], message.value.size_bytes + 1);
    if (copy == NULL)
        fail("a message", "no memory");
    if (message.value.size_bytes > 0)
        memcpy(copy, message.value.data, message.value.size_bytes);
    message.value.data = copy;
    return message;
}

static struct outcome
run_routine(int depth, const struct dsy_routine_type *routine, struct dsy_slice arguments)
{
    if (depth >= DEPTH_MAX || routine == NULL)
        fail("a call", routine == NULL ? "of an unknown routine" : "is nested too deep");
    struct level *level = &levels[depth];
    prepare(level);
    struct message message = { .kind = MESSAGE_BEGIN, .number = 1, .routine = routine, .arguments = arguments };
    int64_t now_ns = 0;
    enum transition_end end = dsy_transition_begin(&level->transition, &level->invocation, &message, now_ns);
    while (end == TRANSITION_SUSPENDED) {
        if (++awaits > AWAITS_MAX)
            fail(routine->name, "does not end");
        keep_arguments(level);
        if (crashes)
            crash(level);
        message = kept(level, answer(depth, level));
        int64_t due_ns = dsy_invocation_due_ns(&level->invocation);
        if (message.kind == MESSAGE_TIMER && due_ns > now_ns)
            now_ns = due_ns;
        end = dsy_transition_apply(&level->transition, &level->invocation, &message, now_ns);
    }
    if (end != TRANSITION_RETURNED && end != TRANSITION_THREW)
        fail(routine->name, end == TRANSITION_BROKEN ? level->transition.reason : "ended strangely");
    return (struct outcome){ end == TRANSITION_THREW, level->transition.value };
}

/* ---- comparison ---- */

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
outcome_text(const struct dsy_routine_type *routine, struct outcome outcome, struct dsy_buffer *text)
{
    static _Alignas(16) uint8_t value[DSY_VALUE_BYTES_MAX];
    struct dsy_arena arena;
    dsy_arena_init(&arena, ARENA_BYTES_MAX);
    struct dsy_cbor_reader reader = dsy_stored_reader(&program, outcome.value, &arena);
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
        fail(routine->name, "its outcome cannot be decoded");
    dsy_buffer_append_octet(text, '\0');
    dsy_arena_destroy(&arena);
    return (const char *)text->data;
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
    static const uint8_t no_arguments[] = { 0x80 };
    const struct dsy_routine_type *routine = dsy_program_routine(&program, dsy_string_view(name));
    bool agree = true;
    running = name;
    for (int pass = 0; pass < 2 && agree; pass++) {
        crashes = pass == 1;
        awaits = 0;
        struct dsy_slice arguments = { .data = no_arguments, .size_bytes = sizeof no_arguments };
        const char *got = outcome_text(routine, run_routine(0, routine, arguments), text);
        agree = strcmp(got, expected) == 0;
        if (!agree)
            printf("%s%s\n    interpreted: %s\n    compiled:    %s\n", name, mode_text(), expected, got);
    }
    return agree;
}

int
main(int count, char **words)
{
    struct dsy_error error;
    struct dsy_buffer text;
    dsy_buffer_init(&text, TEXT_BYTES_MAX);
    if (count != 2)
        fail("usage", "run EXPECTED");
    if (dsy_program_bind(&program, &dsy_program, NULL, 0, 1, &error) != DSY_OK)
        fail("the program", "cannot be bound");
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++)
        signal(signals[index], killed);
    FILE *file = fopen(words[1], "r");
    if (file == NULL)
        fail(words[1], "cannot be read");
    char *line = NULL;
    size_t room = 0;
    int64_t run_count = 0, wrong_count = 0, long_count = 0;
    for (ssize_t size; (size = getline(&line, &room, file)) > 0;) {
        line[size - 1] = '\0';
        char *outcome = strchr(line, '\t');
        if (outcome == NULL)
            fail(line, "is no outcome");
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
    for (int depth = 0; depth < DEPTH_MAX && levels[depth].is_ready; depth++) {
        dsy_arena_destroy(&levels[depth].arenas[0]);
        dsy_arena_destroy(&levels[depth].arenas[1]);
        dsy_buffer_destroy(&levels[depth].scratch);
        dsy_buffer_destroy(&levels[depth].bodies[0]);
        dsy_buffer_destroy(&levels[depth].bodies[1]);
        dsy_buffer_destroy(&levels[depth].arguments);
        dsy_job_destroy(levels[depth].job);
    }
    dsy_buffer_destroy(&text);
    dsy_program_destroy(&program);
    printf("%lld programs, %lld disagree, %lld too long\n", (long long)run_count, (long long)wrong_count,
           (long long)long_count);
    return wrong_count > 0;
}
