/* Show: decode, and write names and values. */
#include "runtime/core/show.h"

#include <string.h>

#include "dsy/node.h"
#include "dsy/time.h"
#include "runtime/core/batch.h"
#include "runtime/core/cell.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/instance_key.h"

enum { SHOWN_HANDLES_MAX = 100 };

static void
write_text(struct dsy_json_writer *writer, const char *text)
{
    dsy_string_write_json(writer, dsy_string_view(text));
}

static void
write_id(struct dsy_json_writer *writer, uint32_t shard, int64_t number, uint64_t secret)
{
    char id[37];
    dsy_id_format(dsy_invocation_id_of(shard, number, secret), id);
    write_text(writer, id);
}

/* A stored text that is damaged is not shown. */
static void
write_stored_text(struct dsy_json_writer *writer, const uint8_t *data, size_t size_bytes)
{
    size_t good = size_bytes > 0 ? dsy_utf8_check((const char *)data, size_bytes) : 0;
    dsy_string_write_json(writer, (dsy_string){ .data = (const char *)data, .size_bytes = (int64_t)good });
}

static const char *
service_name(const struct program *program, const struct dsy_routine_type *routine)
{
    return routine->service >= 0 ? program->type->services[routine->service]->name : "";
}

/* One that this program cannot decode goes nowhere with it, though its row says so only once something moves it. */
static const char *
state_name(const struct dsy_invocation_row *row, const struct invocation *invocation)
{
    if (row->broken.data != NULL || invocation->top == NULL)
        return "quarantined";
    if (dsy_invocation_is_compensating(invocation))
        return "compensating";
    switch (invocation->pending.kind) {
    case PENDING_SLEEP: return "sleeping";
    case PENDING_WAIT: return "waiting";
    case PENDING_CALL: return "waiting";
    case PENDING_QUEUED: return "queued";
    case PENDING_STEP: return invocation->pending.due_ns == DSY_NOT_DUE ? "running" : "retrying";
    case PENDING_START:
    case PENDING_CHECKPOINT: break;
    }
    return "running";
}

static void
write_position(struct dsy_json_writer *writer, const struct frame *frame)
{
    const struct dsy_suspension_type *suspension = &frame->routine->suspensions[frame->state];
    dsy_json_write_object_begin(writer);
    dsy_json_write_member(writer, "file");
    write_text(writer, suspension->file);
    dsy_json_write_member(writer, "line");
    dsy_uint64_write_json(writer, suspension->line);
    dsy_json_write_member(writer, "column");
    dsy_uint64_write_json(writer, suspension->column);
    dsy_json_write_member(writer, "await");
    write_text(writer, suspension->identity);
    dsy_json_write_object_end(writer);
}

static void
write_variables(struct dsy_json_writer *writer, const struct program *program, struct frame *frame,
                struct dsy_arena *arena)
{
    char reason[REASON_BYTES_MAX];
    if (dsy_frame_decode(program, frame, arena, reason) == DSY_OK)
        frame->routine->show_frame(writer, frame->locals, frame->state);
    else
        dsy_json_write_null(writer);
}

static void
write_step(struct dsy_json_writer *writer, const struct pending *pending)
{
    dsy_json_write_member(writer, "step");
    write_text(writer, pending->step->name);
    dsy_json_write_member(writer, "attempt");
    dsy_uint64_write_json(writer, pending->attempt);
    dsy_json_write_member(writer, "failures");
    dsy_uint64_write_json(writer, pending->failures);
    if (pending->reason.size_bytes > 0) {
        dsy_json_write_member(writer, "reason");
        dsy_string_write_json(writer, pending->reason);
    }
}

static void
write_wait(struct dsy_json_writer *writer, const struct pending *pending)
{
    char id[37];
    if (pending->mode == WAIT_DRAIN) {
        dsy_json_write_member(writer, "tasks");
        dsy_uint64_write_json(writer, pending->handle_count);
        return;
    }
    dsy_json_write_member(writer, "count");
    dsy_uint64_write_json(writer, pending->handle_count);
    dsy_json_write_member(writer, "what");
    dsy_json_write_array_begin(writer);
    for (uint32_t index = 0; index < pending->handle_count && index < SHOWN_HANDLES_MAX; index++) {
        dsy_id_format(pending->handles[index], id);
        write_text(writer, id);
    }
    dsy_json_write_array_end(writer);
}

static const char *
pending_name(const struct pending *pending)
{
    static const char *const modes[] = { [WAIT_ONE] = "task or promise",
                                         [WAIT_ALL] = "all",
                                         [WAIT_ANY] = "any",
                                         [WAIT_SELECT] = "select",
                                         [WAIT_DRAIN] = "end of tasks" };
    switch (pending->kind) {
    case PENDING_START: return "start";
    case PENDING_SLEEP: return "sleep";
    case PENDING_STEP: return "step";
    case PENDING_CALL: return "call";
    case PENDING_CHECKPOINT: return "checkpoint";
    case PENDING_QUEUED: return "queued";
    case PENDING_WAIT: return modes[pending->mode];
    }
    return "";
}

static void
write_pending(struct dsy_json_writer *writer, const struct pending *pending)
{
    dsy_json_write_object_begin(writer);
    dsy_json_write_member(writer, "kind");
    write_text(writer, pending_name(pending));
    if (pending->kind == PENDING_STEP)
        write_step(writer, pending);
    if (pending->kind == PENDING_CALL) {
        dsy_json_write_member(writer, "routine");
        dsy_string_write_json(writer, pending->routine);
        dsy_json_write_member(writer, "id");
        char id[37];
        dsy_id_format(pending->child, id);
        write_text(writer, id);
    }
    if (pending->kind == PENDING_WAIT)
        write_wait(writer, pending);
    if (pending->due_ns != DSY_NOT_DUE) {
        dsy_json_write_member(writer, "due");
        dsy_time_write_json(writer, pending->due_ns);
    }
    if (pending->deadline_ns != 0) {
        dsy_json_write_member(writer, "deadline");
        dsy_time_write_json(writer, pending->deadline_ns);
    }
    dsy_json_write_object_end(writer);
}

/* Whose instance of a keyed service it runs on. */
static void
write_key(struct dsy_json_writer *writer, const struct program *program, const struct invocation *invocation)
{
    const struct dsy_service_type *service = dsy_program_keyed_service(program, dsy_invocation_routine(invocation));
    union { /* of any type that a key may have */
        dsy_string string;
        dsy_uuid uuid;
    } value;
    if (service == NULL || !dsy_instance_key_decode(service, invocation->instance_key, &value))
        return;
    dsy_json_write_member(writer, "key");
    service->key->write_json(writer, &value);
}

/* What a list shows of each. */
static void
write_summary(struct dsy_json_writer *writer, const struct program *program, uint32_t shard,
              const struct dsy_invocation_row *row, const struct invocation *invocation)
{
    dsy_json_write_member(writer, "id");
    write_id(writer, shard, row->number, row->secret);
    if (invocation->top != NULL) {
        const struct dsy_routine_type *routine = dsy_invocation_routine(invocation);
        dsy_json_write_member(writer, "service");
        write_text(writer, service_name(program, routine));
        dsy_json_write_member(writer, "routine");
        write_text(writer, routine->name);
        write_key(writer, program, invocation);
        dsy_json_write_member(writer, "created");
        dsy_time_write_json(writer, invocation->created_ns);
    }
    dsy_json_write_member(writer, "state");
    write_text(writer, state_name(row, invocation));
    if (invocation->top != NULL && invocation->is_cancelled) {
        dsy_json_write_member(writer, "cancelled");
        dsy_bool_write_json(writer, true);
    }
}

static void
write_stack(struct dsy_json_writer *writer, const struct program *program, const struct invocation *invocation,
            struct dsy_arena *arena)
{
    dsy_json_write_member(writer, "at");
    write_position(writer, invocation->top);
    dsy_json_write_member(writer, "variables");
    write_variables(writer, program, invocation->top, arena);
    dsy_json_write_member(writer, "pending");
    write_pending(writer, &invocation->pending);
    dsy_json_write_member(writer, "frames");
    dsy_json_write_array_begin(writer);
    for (struct frame *frame = invocation->top; frame != NULL; frame = frame->below) {
        dsy_json_write_object_begin(writer);
        dsy_json_write_member(writer, "routine");
        write_text(writer, frame->routine->name);
        dsy_json_write_member(writer, "at");
        write_position(writer, frame);
        dsy_json_write_member(writer, "variables");
        write_variables(writer, program, frame, arena);
        dsy_json_write_object_end(writer);
    }
    dsy_json_write_array_end(writer);
}

/* A task or a promise. */
static enum dsy_status
show_cell(uint32_t shard, const struct dsy_invocation_row *row, struct dsy_buffer *json)
{
    static const char *const states[] = { [CELL_OPEN] = "open", [CELL_RETURNED] = "returned", [CELL_THREW] = "threw" };
    struct dsy_arena arena;
    dsy_arena_init(&arena, TRANSITION_BYTES_MAX);
    struct cell cell = { .number = row->number, .secret = row->secret };
    char reason[REASON_BYTES_MAX] = "";
    enum dsy_status status = dsy_cell_decode(row->body, &arena, &cell, reason);
    struct dsy_json_writer writer = dsy_json_writer_begin(json);
    dsy_json_write_object_begin(&writer);
    dsy_json_write_member(&writer, "id");
    write_id(&writer, shard, row->number, row->secret);
    dsy_json_write_member(&writer, "kind");
    write_text(&writer, cell.kind == CELL_TASK ? "task" : "promise");
    dsy_json_write_member(&writer, "state");
    write_text(&writer, status == DSY_OK ? states[cell.state] : "quarantined");
    if (status == DSY_OK && cell.kind == CELL_TASK) {
        struct address child = { .shard = cell.child_shard,
                                 .number = cell.number & ~NUMBER_CELL,
                                 .secret = cell.secret };
        dsy_json_write_member(&writer, "routine");
        write_stored_text(&writer, (const uint8_t *)cell.name.data, (size_t)cell.name.size_bytes);
        dsy_json_write_member(&writer, "invocation");
        write_id(&writer, child.shard, child.number, child.secret);
    }
    if (status != DSY_OK) {
        dsy_json_write_member(&writer, "reason");
        write_text(&writer, reason);
    }
    dsy_json_write_object_end(&writer);
    dsy_arena_destroy(&arena);
    return dsy_json_writer_status(&writer);
}

enum dsy_status
dsy_show_invocation(const struct program *program, uint32_t shard, const struct dsy_invocation_row *row,
                    struct dsy_buffer *json)
{
    struct dsy_arena arena;
    if (dsy_number_kind(row->number) == OBJECT_CELL)
        return show_cell(shard, row, json);
    dsy_arena_init(&arena, TRANSITION_BYTES_MAX);
    struct invocation invocation = { .number = row->number, .secret = row->secret };
    char reason[REASON_BYTES_MAX] = "";
    if (dsy_invocation_decode(program, row->body, &arena, &invocation, reason) != DSY_OK)
        invocation.top = NULL;
    struct dsy_json_writer writer = dsy_json_writer_begin(json);
    dsy_json_write_object_begin(&writer);
    write_summary(&writer, program, shard, row, &invocation);
    if (invocation.top != NULL)
        write_stack(&writer, program, &invocation, &arena);
    if (row->broken.data != NULL || invocation.top == NULL) {
        dsy_json_write_member(&writer, "reason");
        if (row->broken.data != NULL)
            write_stored_text(&writer, row->broken.data, row->broken.size_bytes);
        else
            write_text(&writer, reason);
    }
    dsy_json_write_object_end(&writer);
    dsy_arena_destroy(&arena);
    return dsy_json_writer_status(&writer);
}

enum dsy_status
dsy_show_result(const struct program *program, uint32_t shard, const struct dsy_result_row *row,
                struct dsy_buffer *json)
{
    const struct dsy_routine_type *routine = NULL;
    enum dsy_outcome_kind kind = DSY_OUTCOME_RETURNED;
    struct dsy_slice value;
    if (!dsy_outcome_decode(program, row->outcome, &routine, &kind, &value))
        return DSY_CORRUPT;
    struct dsy_json_writer writer = dsy_json_writer_begin(json);
    dsy_json_write_object_begin(&writer);
    dsy_json_write_member(&writer, "id");
    write_id(&writer, shard, row->number, row->secret);
    if (routine != NULL) {
        dsy_json_write_member(&writer, "service");
        write_text(&writer, service_name(program, routine));
        dsy_json_write_member(&writer, "routine");
        write_text(&writer, routine->name);
    }
    dsy_json_write_member(&writer, "state");
    write_text(&writer, kind == DSY_OUTCOME_CANCELLED ? "cancelled" : kind == DSY_OUTCOME_THREW ? "threw" : "returned");
    dsy_json_write_member(&writer, "completed");
    dsy_time_write_json(&writer, row->completed_ns);
    dsy_json_write_object_end(&writer);
    return dsy_json_writer_status(&writer);
}

static enum dsy_status
show_promise(uint32_t shard, int64_t number, uint64_t secret, const char *state, dsy_string type,
             struct dsy_buffer *json)
{
    struct dsy_json_writer writer = dsy_json_writer_begin(json);
    dsy_json_write_object_begin(&writer);
    dsy_json_write_member(&writer, "id");
    write_id(&writer, shard, number, secret);
    dsy_json_write_member(&writer, "state");
    write_text(&writer, state);
    if (type.size_bytes > 0) {
        dsy_json_write_member(&writer, "type");
        write_stored_text(&writer, (const uint8_t *)type.data, (size_t)type.size_bytes);
    }
    dsy_json_write_object_end(&writer);
    return dsy_json_writer_status(&writer);
}

enum dsy_status
dsy_show_promise(uint32_t shard, const struct dsy_invocation_row *row, struct dsy_buffer *json)
{
    static const char *const states[] = {
        [CELL_OPEN] = "open", [CELL_RETURNED] = "resolved", [CELL_THREW] = "rejected"
    };
    struct dsy_arena arena;
    struct cell cell = { .number = row->number, .secret = row->secret };
    char reason[REASON_BYTES_MAX];
    dsy_arena_init(&arena, BODY_BYTES_MAX);
    enum dsy_status status = dsy_cell_decode(row->body, &arena, &cell, reason);
    if (status == DSY_OK && cell.kind != CELL_PROMISE)
        status = DSY_NOT_FOUND;
    if (status == DSY_OK)
        status = show_promise(shard, row->number, row->secret, states[cell.state], cell.name, json);
    dsy_arena_destroy(&arena);
    return status;
}

enum dsy_status
dsy_show_settled_promise(const struct program *program, uint32_t shard, const struct dsy_result_row *row,
                         struct dsy_buffer *json)
{
    const struct dsy_routine_type *routine = NULL;
    struct dsy_slice value;
    enum dsy_outcome_kind kind = DSY_OUTCOME_RETURNED;
    if (!dsy_outcome_decode(program, row->outcome, &routine, &kind, &value))
        return DSY_CORRUPT;
    return show_promise(shard, row->number, row->secret, kind == DSY_OUTCOME_RETURNED ? "resolved" : "rejected",
                        (dsy_string){ 0 }, json);
}

static bool
is_wanted(const struct program *program, const struct dsy_invocation_row *row, const struct invocation *invocation,
          const struct show_filter *filter)
{
    if (filter->state[0] != '\0' && strcmp(filter->state, state_name(row, invocation)) != 0)
        return false;
    if (invocation->top == NULL)
        return filter->service[0] == '\0';
    if (filter->service[0] != '\0' &&
        strcmp(filter->service, service_name(program, dsy_invocation_routine(invocation))) != 0)
        return false;
    return invocation->created_ns >= filter->since_ns;
}

enum dsy_status
dsy_show_list(const struct program *program, uint32_t shard, const struct dsy_invocation_row *rows, size_t row_count,
              const struct show_filter *filter, const char *next, struct dsy_buffer *json)
{
    struct dsy_arena arena;
    dsy_arena_init(&arena, TRANSITION_BYTES_MAX);
    struct dsy_json_writer writer = dsy_json_writer_begin(json);
    dsy_json_write_object_begin(&writer);
    dsy_json_write_member(&writer, "invocations");
    dsy_json_write_array_begin(&writer);
    for (size_t index = 0; index < row_count; index++) {
        char reason[REASON_BYTES_MAX];
        struct invocation invocation = { .number = rows[index].number, .secret = rows[index].secret };
        dsy_arena_reset(&arena);
        if (dsy_number_kind(rows[index].number) != OBJECT_INVOCATION)
            continue;
        if (dsy_invocation_decode(program, rows[index].body, &arena, &invocation, reason) != DSY_OK)
            invocation.top = NULL;
        if (!is_wanted(program, &rows[index], &invocation, filter))
            continue;
        dsy_json_write_object_begin(&writer);
        write_summary(&writer, program, shard, &rows[index], &invocation);
        dsy_json_write_object_end(&writer);
    }
    dsy_json_write_array_end(&writer);
    dsy_json_write_member(&writer, "next");
    if (next[0] != '\0')
        write_text(&writer, next);
    else
        dsy_json_write_null(&writer);
    dsy_json_write_object_end(&writer);
    dsy_arena_destroy(&arena);
    return dsy_json_writer_status(&writer);
}
