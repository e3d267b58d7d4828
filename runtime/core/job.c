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
#include "dsy/text.h"
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
    dsy_buffer_init(&job->result.bytes, BODY_BYTES_MAX);
    return job;
}

void
dsy_job_destroy(struct job *job)
{
    dsy_arena_destroy(&job->arena);
    dsy_buffer_destroy(&job->arguments);
    dsy_buffer_destroy(&job->result.bytes);
    free(job);
}

enum dsy_status
dsy_job_prepare(struct job *job, const struct dsy_step_type *type, dsy_uuid invocation, int64_t number,
                uint64_t await_count, uint32_t attempt, struct dsy_slice arguments)
{
    dsy_arena_reset(&job->arena);
    dsy_buffer_clear(&job->result.bytes);
    dsy_buffer_clear(&job->arguments);
    dsy_buffer_append(&job->arguments, arguments.data, arguments.size_bytes);
    if (job->arguments.status != DSY_OK)
        return DSY_NO_MEMORY;
    job->type = type;
    job->number = number;
    job->await_count = await_count;
    job->attempt = attempt;
    job->slot = NULL;
    job->workers = NULL;
    job->limit = NULL;
    job->answer = NULL;
    atomic_store_explicit(&job->begun_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&job->is_unwanted, false, memory_order_relaxed);
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

/* ---- outcomes ---- */

void
dsy_job_result_retry(struct job_result *result, const char *reason)
{
    dsy_buffer_clear(&result->bytes);
    dsy_buffer_append(&result->bytes, reason, strlen(reason));
    result->answer = STEP_FAILED;
}

/* Text comes from the user's C: what is not UTF-8 could not be read by the routine that waits for it. */
static bool
has_good_texts(const struct job_result *result, struct dsy_cbor_reader *reader)
{
    *reader = dsy_cbor_reader_begin(result->bytes.data, result->bytes.size_bytes, NULL);
    return dsy_cbor_check_texts(reader);
}

static void
write_error(struct job_result *result, const struct dsy_error_value *error)
{
    dsy_buffer_clear(&result->bytes);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&result->bytes);
    dsy_error_write_cbor(&writer, error);
    if (dsy_cbor_writer_status(&writer) == DSY_OK)
        result->answer = STEP_THREW;
    else
        dsy_job_result_retry(result, "the error that it threw is too large");
}

void
dsy_job_result_error(struct job_result *result, const struct dsy_error_value *error)
{
    struct dsy_cbor_reader reader;
    write_error(result, error);
    if (result->answer == STEP_THREW && !has_good_texts(result, &reader)) {
        struct dsy_error_value failed = { .type = &dsy_error_step_failed,
                                          .message = DSY_STRING("the error that the step threw holds text that is "
                                                                "not UTF-8") };
        write_error(result, &failed);
    }
}

/* StepFailed: the step broke its promise, and would again. */
static void
result_step_failed(struct job_result *result, const struct dsy_step_type *type, struct dsy_run *run, const char *what,
                   const char *detail)
{
    struct dsy_arena *arena = run->arena;
    dsy_run_init(run, arena, INT64_MAX);
    dsy_throw_format(run, &dsy_error_step_failed, "step %s %s: %s", type->name, what, detail);
    dsy_job_result_error(result, &run->error);
}

void
dsy_job_result_value(struct job_result *result, const struct dsy_step_type *type, struct dsy_run *run,
                     const struct dsy_cbor_writer *writer)
{
    enum dsy_status status = dsy_cbor_writer_status(writer);
    struct dsy_cbor_reader reader;
    if (run->status == DSY_NO_MEMORY || status == DSY_NO_MEMORY)
        dsy_job_result_retry(result, "memory ran out");
    else if (run->failed)
        dsy_job_result_error(result, &run->error);
    else if (status == DSY_OK && has_good_texts(result, &reader))
        result->answer = STEP_DONE;
    else if (status == DSY_OK)
        result_step_failed(result, type, run, "returned a result that cannot be kept", reader.message);
    else
        result_step_failed(result, type, run, "returned a result that is too large or nested too deep",
                           dsy_status_text(status));
}

/* ---- execution ---- */

void
dsy_job_begin(struct job *job)
{
    atomic_store_explicit(&job->begun_ns, dsy_clock_monotonic_ns(job->clock), memory_order_relaxed);
}

bool
dsy_job_execute(struct job *job)
{
    struct dsy_run *run = &job->step.run;
    struct job_result *result = &job->result;
    dsy_run_init(run, &job->arena, INT64_MAX);
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(job->arguments.data, job->arguments.size_bytes, &job->arena);
    reader.errors = &job->errors;
    reader.borrow = true;
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(&result->bytes);
    enum dsy_step_outcome outcome = job->type->execute(&job->step, &reader, &writer);
    if (run->status == DSY_NO_MEMORY || (reader.failed && reader.status == DSY_NO_MEMORY))
        dsy_job_result_retry(result, "memory ran out");
    else if (reader.failed)
        result_step_failed(result, job->type, run, "got arguments that cannot be decoded", reader.message);
    else if (outcome == DSY_STEP_LATER && job->answer != NULL)
        return false;
    else if (outcome == DSY_STEP_LATER)
        result_step_failed(result, job->type, run, "said that it answers later", "but took no answer");
    else if (run->failed || outcome == DSY_STEP_DONE)
        dsy_job_result_value(result, job->type, run, &writer);
    else if (outcome == DSY_STEP_THROW)
        result_step_failed(result, job->type, run, "said that it threw", "but gave no error");
    else
        dsy_job_result_retry(result, job->step.reason[0] != '\0' ? job->step.reason : "no reason given");
    return true;
}

void
dsy_job_settle(struct job *job)
{
    job->message.answer = job->result.answer;
    job->message.value =
        (struct dsy_slice){ .data = job->result.bytes.data, .size_bytes = job->result.bytes.size_bytes };
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
