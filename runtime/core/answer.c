/* Answers that come later (dsy/step.h): from any thread, once, before or after the step has returned.
 *
 * An answer has memory of its own, so that whoever makes it shares nothing with the step that may still be executing.
 * It holds the pool of workers, which therefore outlives it; what becomes of it is decided under the pool's mutex. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dsy/error.h"
#include "runtime/base/format.h"
#include "runtime/core/workers.h"

enum { ANSWER_BYTES_MAX = 256 * 1024 * 1024 };

static struct job *
job_of(struct dsy_step *step)
{
    return (struct job *)(void *)((char *)step - offsetof(struct job, step));
}

struct dsy_answer *
dsy_step_later(struct dsy_step *step)
{
    struct job *job = job_of(step);
    struct dsy_answer *answer = calloc(1, sizeof *answer);
    if (answer == NULL)
        return NULL;
    dsy_arena_init(&answer->arena, ANSWER_BYTES_MAX);
    answer->arena.hash_seed = job->arena.hash_seed;
    dsy_run_init(&answer->run, &answer->arena, INT64_MAX);
    dsy_buffer_init(&answer->result.bytes, BODY_BYTES_MAX);
    memcpy(answer->key, step->key, sizeof answer->key);
    answer->writer = dsy_cbor_writer_begin(&answer->result.bytes);
    answer->type = job->type;
    if (dsy_workers_take_answer(job, answer))
        return answer;
    dsy_answer_destroy(answer);
    return NULL;
}

void
dsy_answer_destroy(struct dsy_answer *answer)
{
    dsy_arena_destroy(&answer->arena);
    dsy_buffer_destroy(&answer->result.bytes);
    free(answer);
}

struct dsy_run *
dsy_answer_run(struct dsy_answer *answer)
{
    return &answer->run;
}

const char *
dsy_answer_key(const struct dsy_answer *answer)
{
    return answer->key;
}

bool
dsy_answer_is_wanted(const struct dsy_answer *answer)
{
    return dsy_workers_want(answer);
}

bool
dsy_step_is_wanted(const struct dsy_step *step)
{
    const struct job *job = (const struct job *)(const void *)((const char *)step - offsetof(struct job, step));
    return !atomic_load_explicit(&job->is_unwanted, memory_order_relaxed) &&
           (job->workers == NULL || !dsy_workers_are_ending(job->workers));
}

/* ---- for the standard library ---- */

const struct dsy_error_type *
dsy_step_error(const struct dsy_step *step, const char *name)
{
    const struct job *job = (const struct job *)(const void *)((const char *)step - offsetof(struct job, step));
    for (size_t index = 0; index < job->errors.count; index++)
        if (strcmp(job->errors.types[index]->name, name) == 0)
            return job->errors.types[index];
    return NULL;
}

const char *
dsy_step_setting(const struct dsy_step *step, const char *module, const char *name)
{
    const struct job *job = (const struct job *)(const void *)((const char *)step - offsetof(struct job, step));
    return job->workers != NULL ? dsy_workers_setting(job->workers, module, name) : NULL;
}

/* ---- giving it ---- */

struct dsy_cbor_writer *
dsy_answer_result(struct dsy_answer *answer)
{
    return &answer->writer;
}

void
dsy_answer_done(struct dsy_answer *answer)
{
    dsy_job_result_value(&answer->result, answer->type, &answer->run, &answer->writer);
    dsy_workers_answer(answer);
}

void
dsy_answer_throw(struct dsy_answer *answer, const struct dsy_error_type *type, const void *members)
{
    dsy_throw(&answer->run, type, members);
    if (answer->run.status == DSY_NO_MEMORY)
        dsy_job_result_retry(&answer->result, "memory ran out");
    else
        dsy_job_result_error(&answer->result, &answer->run.error);
    dsy_workers_answer(answer);
}

void
dsy_answer_retry(struct dsy_answer *answer, const char *reason, ...)
{
    char text[REASON_BYTES_MAX];
    va_list arguments;
    va_start(arguments, reason);
    dsy_format_text(text, sizeof text, reason, arguments);
    va_end(arguments);
    dsy_job_result_retry(&answer->result, text);
    dsy_workers_answer(answer);
}

void
dsy_answer_release(struct dsy_answer *answer)
{
    dsy_job_result_retry(&answer->result, "its answer was given up");
    dsy_workers_answer(answer);
}
