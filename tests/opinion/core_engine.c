/* The runtime's own way of running a routine: its pure core, without store and clock. See engine.h.
 *
 * Transitions are run as a shard runs them, one after the other, and what they wait for comes at once. A crash leaves
 * the encoded invocation: it is decoded into a new arena, and the old one is given back. Maps get another order of
 * their buckets each time. Knows the core language: tasks and keys need a shard, or the other engine. */
#include <stdlib.h>
#include <string.h>

#include "runtime/core/job.h"
#include "runtime/core/program.h"
#include "runtime/core/transition.h"
#include "tests/opinion/engine.h"

enum { ARENA_BYTES_MAX = 512 << 20, TEXT_BYTES_MAX = 64 << 20, DEPTH_MAX = 64, AWAITS_MAX = 1 << 20 };

static const struct transition_limits limits = { .step_budget = STEP_BUDGET, .bytes_max = TRANSITION_BYTES_MAX };
static struct program program;
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

static void
require(enum dsy_status status, const char *what, const char *reason)
{
    if (status != DSY_OK)
        engine_fail(what, reason[0] != '\0' ? reason : dsy_status_text(status));
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
            engine_fail("a step", "no memory");
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

static struct engine_outcome run_routine(int depth, const struct dsy_routine_type *routine, struct dsy_slice arguments);

/* What the invocation waits for comes. */
static struct message
answer(int depth, struct level *level)
{
    struct invocation *invocation = &level->invocation;
    struct message message = { .number = 1, .await_count = invocation->await_count };
    struct job *job = level->job;
    switch ((int)invocation->pending.kind) {
    case PENDING_SLEEP: message.kind = MESSAGE_TIMER; break;
    case PENDING_STEP:
        require(dsy_job_prepare(job, invocation->pending.step, (dsy_uuid){ 0 }, 1, invocation->await_count,
                                invocation->pending.attempt, invocation->pending.arguments),
                "a step", "");
        if (!dsy_job_execute(job))
            engine_fail("a step", "answers later");
        dsy_job_settle(job);
        return job->message;
    case PENDING_CALL: {
        const struct dsy_routine_type *called = dsy_program_routine(&program, invocation->pending.routine);
        struct dsy_slice arguments = { .data = level->arguments.data, .size_bytes = level->arguments.size_bytes };
        struct engine_outcome outcome = run_routine(depth + 1, called, arguments);
        message.kind = MESSAGE_RESULT;
        message.threw = outcome.threw;
        message.value = outcome.value;
        break;
    }
    case PENDING_START:
    case PENDING_CHECKPOINT: message.kind = MESSAGE_RESUME; break;
    default: engine_fail("an await", "is not of the core language");
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
        engine_fail("a message", "no memory");
    if (message.value.size_bytes > 0)
        memcpy(copy, message.value.data, message.value.size_bytes);
    message.value.data = copy;
    return message;
}

static struct engine_outcome
run_routine(int depth, const struct dsy_routine_type *routine, struct dsy_slice arguments)
{
    if (depth >= DEPTH_MAX || routine == NULL)
        engine_fail("a call", routine == NULL ? "of an unknown routine" : "is nested too deep");
    struct level *level = &levels[depth];
    prepare(level);
    struct message message = { .kind = MESSAGE_BEGIN, .number = 1, .routine = routine, .arguments = arguments };
    int64_t now_ns = 0;
    enum transition_end end = dsy_transition_begin(&level->transition, &level->invocation, &message, now_ns);
    while (end == TRANSITION_SUSPENDED) {
        if (++awaits > AWAITS_MAX)
            engine_fail(routine->name, "does not end");
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
        engine_fail(routine->name, end == TRANSITION_BROKEN ? level->transition.reason : "ended strangely");
    return (struct engine_outcome){ end == TRANSITION_THREW, level->transition.value };
}

/* ---- the engine ---- */

void
engine_open(void)
{
    struct dsy_error error;
    if (dsy_program_bind(&program, &dsy_program, NULL, 0, 1, &error) != DSY_OK)
        engine_fail("the program", "cannot be bound");
}

struct engine_outcome
engine_run(const struct dsy_routine_type *routine, bool with_crashes)
{
    static const uint8_t no_arguments[] = { 0x80 };
    struct dsy_slice arguments = { .data = no_arguments, .size_bytes = sizeof no_arguments };
    crashes = with_crashes;
    awaits = 0;
    return run_routine(0, routine, arguments);
}

void
engine_close(void)
{
    for (int depth = 0; depth < DEPTH_MAX && levels[depth].is_ready; depth++) {
        dsy_arena_destroy(&levels[depth].arenas[0]);
        dsy_arena_destroy(&levels[depth].arenas[1]);
        dsy_buffer_destroy(&levels[depth].bodies[0]);
        dsy_buffer_destroy(&levels[depth].bodies[1]);
        dsy_buffer_destroy(&levels[depth].scratch);
        dsy_buffer_destroy(&levels[depth].arguments);
        dsy_job_destroy(levels[depth].job);
    }
    dsy_program_destroy(&program);
}
