/* Executing a step: arguments out of CBOR, the user's function, its result or error into CBOR. And dsy/step.h. */
#include "runtime/core/job.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsy/error.h"
#include "dsy/generated.h"
#include "dsy/node.h"
#include "runtime/base/format.h"

enum { STEP_BYTES_MAX = 256 * 1024 * 1024 };

struct job *
dsy_job_create(uint64_t hash_seed)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->mail.kind = MAIL_JOB;
    dsy_arena_init(&job->arena, STEP_BYTES_MAX);
    job->arena.hash_seed = hash_seed;
    dsy_buffer_init(&job->arguments, BODY_BYTES_MAX);
    dsy_buffer_init(&job->result, BODY_BYTES_MAX);
    return job;
}

void
dsy_job_destroy(struct job *job)
{
    dsy_arena_destroy(&job->arena);
    dsy_buffer_destroy(&job->arguments);
    dsy_buffer_destroy(&job->result);
    free(job);
}

enum dsy_status
dsy_job_prepare(struct job *job, const struct dsy_step_type *type, dsy_uuid invocation, int64_t number,
                uint64_t await_count, uint32_t attempt, struct dsy_slice arguments)
{
    dsy_arena_reset(&job->arena);
    dsy_buffer_clear(&job->result);
    dsy_buffer_clear(&job->arguments);
    dsy_buffer_append(&job->arguments, arguments.data, arguments.size_bytes);
    if (job->arguments.status != DSY_OK)
        return DSY_NO_MEMORY;
    job->type = type;
    job->number = number;
    job->await_count = await_count;
    job->attempt = attempt;
    atomic_store_explicit(&job->begun_ns, 0, memory_order_relaxed);
    job->message = (struct message){
        .kind = MESSAGE_STEP, .source = SOURCE_JOB, .number = number, .await_count = await_count, .attempt = attempt
    };
    char id[37];
    dsy_id_format(invocation, id);
    snprintf(job->step.key, sizeof job->step.key, "%s-%" PRIx64, id, await_count);
    job->step.attempt = attempt;
    job->step.reason[0] = '\0';
    return DSY_OK;
}

/* ---- execution ---- */

static void
answer_failure(struct job *job, const char *reason)
{
    dsy_buffer_clear(&job->result);
    dsy_buffer_append(&job->result, reason, strlen(reason));
    job->message.answer = STEP_FAILED;
}

static void
answer_error(struct job *job, const struct dsy_error_value *error)
{
    dsy_buffer_clear(&job->result);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&job->result);
    dsy_error_write_cbor(&writer, error);
    if (dsy_cbor_writer_status(&writer) == DSY_OK)
        job->message.answer = STEP_THREW;
    else
        answer_failure(job, "the error that it threw is too large");
}

static void
answer_step_failed(struct job *job, const char *what, const char *detail)
{
    struct dsy_run *run = &job->step.run;
    dsy_run_init(run, &job->arena, INT64_MAX);
    dsy_throw_format(run, &dsy_error_step_failed, "step %s %s: %s", job->type->name, what, detail);
    answer_error(job, &run->error);
}

static void
answer_result(struct job *job, const struct dsy_cbor_writer *writer)
{
    enum dsy_status status = dsy_cbor_writer_status(writer);
    if (status == DSY_OK)
        job->message.answer = STEP_DONE;
    else if (status == DSY_NO_MEMORY)
        answer_failure(job, "memory ran out");
    else
        answer_step_failed(job, "returned a result that is too large or nested too deep", dsy_status_text(status));
}

void
dsy_job_begin(struct job *job)
{
    atomic_store_explicit(&job->begun_ns, dsy_clock_monotonic_ns(job->clock), memory_order_relaxed);
}

void
dsy_job_execute(struct job *job)
{
    struct dsy_run *run = &job->step.run;
    dsy_run_init(run, &job->arena, INT64_MAX);
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(job->arguments.data, job->arguments.size_bytes, &job->arena);
    reader.errors = &job->errors;
    reader.borrow = true;
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&job->result);
    enum dsy_step_outcome outcome = job->type->execute(&job->step, &reader, &writer);
    if (run->status == DSY_NO_MEMORY || (reader.failed && reader.status == DSY_NO_MEMORY))
        answer_failure(job, "memory ran out");
    else if (reader.failed)
        answer_step_failed(job, "got arguments that cannot be decoded", reader.message);
    else if (run->failed)
        answer_error(job, &run->error);
    else if (outcome == DSY_STEP_DONE)
        answer_result(job, &writer);
    else if (outcome == DSY_STEP_THROW)
        answer_step_failed(job, "said that it threw", "but gave no error");
    else
        answer_failure(job, job->step.reason[0] != '\0' ? job->step.reason : "no reason given");
    job->message.value = (struct dsy_slice){ .data = job->result.data, .size_bytes = job->result.size_bytes };
}

/* ---- dsy/step.h ---- */

const char *
dsy_step_key(const struct dsy_step *step)
{
    return step->key;
}

uint32_t
dsy_step_attempt(const struct dsy_step *step)
{
    return step->attempt;
}

struct dsy_run *
dsy_step_run(struct dsy_step *step)
{
    return &step->run;
}

enum dsy_step_outcome
dsy_step_retry(struct dsy_step *step, const char *reason, ...)
{
    va_list arguments;
    va_start(arguments, reason);
    dsy_format_text(step->reason, sizeof step->reason, reason, arguments);
    va_end(arguments);
    return DSY_STEP_RETRY;
}

enum dsy_step_outcome
dsy_step_throw(struct dsy_step *step, const struct dsy_error_type *type, const void *members)
{
    dsy_throw(&step->run, type, members);
    return DSY_STEP_THROW;
}
