/* The routine and the step of remote calls (remote.h). The routine is written as dsyc would write it. */
#include "runtime/core/remote.h"

#include <string.h>

#include "dsy/error.h"
#include "dsy/remote.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/workers.h"

enum { REMOTE_ITEMS = 5, STEP_ITEMS = 6, STATE_CALL = 1, STATE_CANCEL = 2, STATE_COUNT = 3 };

struct remote_locals {
    dsy_string address, service, method, key;
    dsy_bytes arguments;
};

/* id: of the invocation; NULL: it is not written. */
static void
write_items(struct dsy_cbor_writer *writer, const struct remote_locals *locals, const dsy_uuid *id)
{
    dsy_cbor_write_array_begin(writer, id != NULL ? STEP_ITEMS : REMOTE_ITEMS);
    dsy_string_write_cbor(writer, locals->address);
    dsy_string_write_cbor(writer, locals->service);
    dsy_string_write_cbor(writer, locals->method);
    if (locals->key.data == NULL)
        dsy_cbor_write_null(writer);
    else
        dsy_string_write_cbor(writer, locals->key);
    dsy_bytes_write_cbor(writer, locals->arguments);
    if (id != NULL)
        dsy_uuid_write_cbor(writer, *id);
    dsy_cbor_write_array_end(writer);
}

static bool
read_items(struct dsy_cbor_reader *reader, struct remote_locals *locals, dsy_uuid *id)
{
    if (dsy_cbor_array_begin(reader) != (id != NULL ? STEP_ITEMS : REMOTE_ITEMS))
        dsy_cbor_expected(reader, "a remote call");
    locals->address = dsy_string_read_cbor(reader);
    locals->service = dsy_string_read_cbor(reader);
    locals->method = dsy_string_read_cbor(reader);
    if (!dsy_cbor_null(reader)) {
        locals->key = dsy_string_read_cbor(reader);
        if (locals->key.data == NULL)
            locals->key.data = ""; /* the empty key is one */
    }
    locals->arguments = dsy_bytes_read_cbor(reader);
    if (id != NULL)
        *id = dsy_uuid_read_cbor(reader);
    dsy_cbor_array_end(reader);
    return !reader->failed;
}

void
dsy_remote_write(struct dsy_cbor_writer *writer, const struct remote_target *target, struct dsy_slice arguments)
{
    struct remote_locals locals = {
        .address = dsy_string_view(target->address),
        .service = dsy_string_view(target->service),
        .method = dsy_string_view(target->method),
        .key = target->key,
        .arguments = { .data = arguments.data, .size_bytes = (int64_t)arguments.size_bytes },
    };
    write_items(writer, &locals, NULL);
}

/* ---- the result: one CBOR item of a type that only the caller knows ---- */

static void
write_item(struct dsy_cbor_writer *writer, const void *value)
{
    const dsy_bytes *item = value;
    dsy_buffer_append(writer->buffer, item->data, (size_t)item->size_bytes);
}

static void
read_item(struct dsy_cbor_reader *reader, void *value)
{
    size_t begin = reader->offset;
    dsy_cbor_skip(reader);
    *(dsy_bytes *)value = (dsy_bytes){ 0 };
    if (!reader->failed)
        *(dsy_bytes *)value =
            (dsy_bytes){ .data = reader->data + begin, .size_bytes = (int64_t)(reader->offset - begin) };
}

static void
show_item(struct dsy_json_writer *writer, const void *value)
{
    dsy_bytes_write_json(writer, *(const dsy_bytes *)value);
}

static const struct dsy_type item_type = { .name = "value of another deployment",
                                           .size_bytes = sizeof(dsy_bytes),
                                           .write_cbor = write_item,
                                           .read_cbor = read_item,
                                           .write_json = show_item };

/* ---- the routine ---- */

static enum dsy_outcome
await_step(struct dsy_run *run, const void *locals, uint32_t step, uint32_t state)
{
    dsy_uuid id = dsy_invocation_id(run);
    write_items(dsy_value(run), locals, &id);
    dsy_await_step(run, &dsy_remote_steps[step]);
    run->state = state;
    return DSY_SUSPENDED;
}

static enum dsy_outcome
run_remote(struct dsy_run *run, void *locals, uint32_t state)
{
    if (state == 0)
        return await_step(run, locals, REMOTE_STEP_CALL, STATE_CALL);
    if (state == STATE_CANCEL) {
        if (!run->failed)
            dsy_throw_cancelled(run);
        return DSY_THREW;
    }
    if (run->failed && run->error.type == &dsy_error_cancelled) {
        run->failed = false;
        return await_step(run, locals, REMOTE_STEP_CANCEL, STATE_CANCEL);
    }
    if (run->failed)
        return DSY_THREW;
    dsy_bytes item;
    read_item(run->reader, &item);
    if (run->reader->failed)
        return DSY_BROKEN;
    *(dsy_bytes *)dsy_return(run, sizeof item) = item;
    return DSY_RETURNED;
}

static void
write_frame(struct dsy_cbor_writer *writer, const void *locals, uint32_t state)
{
    (void)state;
    write_items(writer, locals, NULL);
}

static bool
read_frame(struct dsy_cbor_reader *reader, void *locals, uint32_t state)
{
    (void)state;
    return read_items(reader, locals, NULL);
}

static void
show_frame(struct dsy_json_writer *writer, const void *locals, uint32_t state)
{
    const struct remote_locals *remote = locals;
    (void)state;
    dsy_json_write_object_begin(writer);
    dsy_json_write_member(writer, "address");
    dsy_string_write_json(writer, remote->address);
    dsy_json_write_member(writer, "service");
    dsy_string_write_json(writer, remote->service);
    dsy_json_write_member(writer, "method");
    dsy_string_write_json(writer, remote->method);
    dsy_json_write_object_end(writer);
}

/* Fingerprints of no state that dsyc makes: "dsyremo0" and so on. */
static const struct dsy_suspension_type suspensions[STATE_COUNT] = {
    { .fingerprint = UINT64_C(0x64737972656d6f30), .identity = "start", .file = "libdsy" },
    { .fingerprint = UINT64_C(0x64737972656d6f31), .identity = "answer", .file = "libdsy" },
    { .fingerprint = UINT64_C(0x64737972656d6f32), .identity = "cancelled", .file = "libdsy", .is_shielded = true },
};

const struct dsy_routine_type dsy_remote_routine = {
    .name = "remote call",
    .method = "remote call",
    .service = -1,
    .locals_size_bytes = sizeof(struct remote_locals),
    .result = &item_type,
    .run = run_remote,
    .write_frame = write_frame,
    .read_frame = read_frame,
    .show_frame = show_frame,
    .suspensions = suspensions,
    .suspension_count = STATE_COUNT,
};

/* ---- the step ---- */

static bool
is_wanted(void *context)
{
    return dsy_answer_is_wanted(context);
}

/* Whether these octets are one CBOR item, and, if they are to be, an error. */
static bool
is_answer(struct dsy_answer *answer, const uint8_t *data, size_t size_bytes, bool is_error)
{
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(data, size_bytes, answer->run.arena);
    if (is_error)
        dsy_error_read_cbor(&reader);
    else
        dsy_cbor_skip(&reader);
    return dsy_cbor_reader_end(&reader);
}

static void
done(void *context, enum dsy_remote_outcome outcome, const uint8_t *data, size_t size_bytes)
{
    struct dsy_answer *answer = context;
    bool has_value = outcome == DSY_REMOTE_RETURNED || outcome == DSY_REMOTE_THREW;
    if (has_value && !is_answer(answer, data, size_bytes, outcome == DSY_REMOTE_THREW)) {
        dsy_answer_retry(answer, "the answer of the other deployment cannot be decoded");
        return;
    }
    switch (outcome) {
    case DSY_REMOTE_RETURNED:
        dsy_buffer_append(dsy_answer_result(answer)->buffer, data, size_bytes);
        dsy_answer_done(answer);
        return;
    case DSY_REMOTE_THREW:
        /* As it came: the caller's program knows its members, libdsy need not. */
        dsy_buffer_clear(&answer->result.bytes);
        dsy_buffer_append(&answer->result.bytes, data, size_bytes);
        if (answer->result.bytes.status == DSY_OK)
            answer->result.answer = STEP_THREW;
        else
            dsy_job_result_retry(&answer->result, "memory ran out");
        dsy_workers_answer(answer);
        return;
    case DSY_REMOTE_CANCELLED:
        dsy_throw_cancelled(&answer->run);
        dsy_answer_done(answer);
        return;
    case DSY_REMOTE_AGAIN: dsy_answer_retry(answer, "%.*s", (int)size_bytes, (const char *)data); return;
    }
}

static const char *
copy_text(struct dsy_step *step, dsy_string text)
{
    return dsy_arena_copy_text(step->run.arena, text.size_bytes > 0 ? text.data : "", (size_t)text.size_bytes);
}

static enum dsy_step_outcome
execute(struct dsy_step *step, struct dsy_cbor_reader *reader, bool cancels)
{
    struct remote_locals locals = { .key.data = NULL };
    dsy_uuid id;
    const struct job *job = (const struct job *)(const void *)((const char *)step - offsetof(struct job, step));
    const struct dsy_remote_transport *transport = dsy_workers_remote(job->workers);
    char id_text[37];
    if (!read_items(reader, &locals, &id))
        return DSY_STEP_RETRY;
    dsy_id_format(id, id_text);
    if (transport == NULL)
        return dsy_step_retry(step, "this node has no way to other deployments");
    struct dsy_remote_call call = {
        .address = copy_text(step, locals.address),
        .service = copy_text(step, locals.service),
        .method = copy_text(step, locals.method),
        .key = locals.key.data,
        .key_bytes = (size_t)locals.key.size_bytes,
        .arguments = locals.arguments.data,
        .arguments_bytes = (size_t)locals.arguments.size_bytes,
        .idempotency_key = copy_text(step, dsy_string_view(id_text)),
        .cancels = cancels,
        .is_wanted = is_wanted,
        .done = done,
    };
    struct dsy_answer *answer = dsy_step_later(step);
    if (call.address == NULL || call.service == NULL || call.method == NULL || call.idempotency_key == NULL ||
        answer == NULL) {
        if (answer != NULL)
            dsy_answer_release(answer);
        return dsy_step_retry(step, "memory ran out, or the node ends");
    }
    call.context = answer;
    if (transport->call(transport->context, &call))
        return DSY_STEP_LATER;
    dsy_answer_release(answer);
    return dsy_step_retry(step, "too many calls of other deployments are under way");
}

static enum dsy_step_outcome
execute_call(struct dsy_step *step, struct dsy_cbor_reader *reader, struct dsy_cbor_writer *result)
{
    (void)result;
    return execute(step, reader, false);
}

static enum dsy_step_outcome
execute_cancel(struct dsy_step *step, struct dsy_cbor_reader *reader, struct dsy_cbor_writer *result)
{
    (void)result;
    return execute(step, reader, true);
}

/* Tried for ever, as for any failure of the machinery. */
const struct dsy_step_type dsy_remote_steps[REMOTE_STEP_COUNT] = {
    { .name = "remote call",
      .first_ns = INT64_C(100000000),
      .most_ns = INT64_C(60000000000),
      .factor = 2.0,
      .execute = execute_call },
    { .name = "cancel remote call",
      .first_ns = INT64_C(100000000),
      .most_ns = INT64_C(60000000000),
      .factor = 2.0,
      .execute = execute_cancel },
};
