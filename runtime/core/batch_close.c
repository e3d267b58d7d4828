/* Closing a batch: decoded invocations and messages become changes of rows. */
#include <stdlib.h>
#include <string.h>

#include "runtime/core/batch.h"
#include "runtime/core/caller_codec.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/seal.h"

enum { OUTCOME_VERSION = 1 };

/* ---- outcomes ---- */

enum dsy_status
dsy_outcome_encode(dsy_string routine, enum dsy_outcome_kind kind, struct dsy_slice value, struct dsy_buffer *buffer)
{
    size_t start = dsy_seal_begin(buffer, OUTCOME_VERSION);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    dsy_cbor_write_array_begin(&writer, 3);
    dsy_int64_write_cbor(&writer, kind == DSY_OUTCOME_CANCELLED ? 2 : kind == DSY_OUTCOME_THREW ? 1 : 0);
    dsy_string_write_cbor(&writer, routine);
    dsy_buffer_append(buffer, value.data, value.size_bytes);
    dsy_cbor_write_array_end(&writer);
    dsy_seal_end(buffer, start);
    return dsy_cbor_writer_status(&writer);
}

bool
dsy_outcome_decode(const struct program *program, struct dsy_slice data, const struct dsy_routine_type **routine,
                   enum dsy_outcome_kind *kind, struct dsy_slice *value)
{
    char reason[REASON_BYTES_MAX];
    struct dsy_slice content;
    if (dsy_seal_open(data, OUTCOME_VERSION, "a result", &content, reason) != DSY_OK)
        return false;
    struct dsy_cbor_reader reader = dsy_stored_reader(program, content, NULL);
    static const enum dsy_outcome_kind kinds[] = { DSY_OUTCOME_RETURNED, DSY_OUTCOME_THREW, DSY_OUTCOME_CANCELLED };
    uint64_t count = dsy_cbor_array_begin(&reader);
    int64_t stored = dsy_int64_read_cbor(&reader);
    dsy_string name = dsy_string_read_cbor(&reader);
    size_t start = reader.offset;
    dsy_cbor_skip(&reader);
    size_t end = reader.offset;
    dsy_cbor_array_end(&reader);
    if (!dsy_cbor_reader_end(&reader) || count != 3 || stored < 0 || stored > 2)
        return false;
    *routine = dsy_program_routine(program, name);
    *kind = kinds[stored];
    *value = (struct dsy_slice){ .data = content.data + start, .size_bytes = end - start };
    return true;
}

/* ---- changes ---- */

static struct dsy_change *
add_change(struct batch *batch, enum dsy_change_kind kind)
{
    if (batch->change_count == batch->change_capacity) {
        size_t capacity = batch->change_capacity == 0 ? 256 : batch->change_capacity * 2;
        struct dsy_change *changes = realloc(batch->changes, capacity * sizeof *changes);
        if (changes == NULL)
            return NULL;
        batch->changes = changes;
        batch->change_capacity = capacity;
    }
    struct dsy_change *change = &batch->changes[batch->change_count++];
    *change = (struct dsy_change){ .kind = kind };
    return change;
}

/* What was written to the scratch buffer, kept in the batch. */
static struct dsy_slice
keep(struct batch *batch, const struct dsy_buffer *buffer)
{
    uint8_t *copy = dsy_arena_allocate(&batch->arena, buffer->size_bytes > 0 ? buffer->size_bytes : 1);
    if (copy == NULL)
        return (struct dsy_slice){ 0 };
    if (buffer->size_bytes > 0)
        memcpy(copy, buffer->data, buffer->size_bytes);
    return (struct dsy_slice){ .data = copy, .size_bytes = buffer->size_bytes };
}

static enum dsy_status
encode_body(struct batch *batch, struct batch_context *context, struct batch_entry *entry)
{
    dsy_buffer_clear(context->buffer);
    enum dsy_status status = dsy_invocation_encode(&entry->invocation, context->buffer);
    if (status != DSY_OK)
        return status;
    entry->body = keep(batch, context->buffer);
    return entry->body.data != NULL ? DSY_OK : DSY_NO_MEMORY;
}

static enum dsy_status
close_live(struct batch *batch, struct batch_context *context, struct batch_entry *entry)
{
    enum dsy_status status = encode_body(batch, context, entry);
    if (status != DSY_OK)
        return status;
    const struct invocation *invocation = &entry->invocation;
    struct dsy_invocation_row row = {
        .number = invocation->number,
        .secret = invocation->secret,
        .due_ns = dsy_invocation_due_ns(invocation),
        .is_active = dsy_invocation_is_active(invocation),
        .body = entry->body,
    };
    enum dsy_change_kind kind = DSY_CHANGE_UPDATE_BODY;
    if (entry->is_new)
        kind = DSY_CHANGE_INSERT;
    else if (row.due_ns != entry->row_due_ns || row.is_active != entry->row_is_active)
        kind = DSY_CHANGE_UPDATE;
    struct dsy_change *change = add_change(batch, kind);
    if (change == NULL)
        return DSY_NO_MEMORY;
    change->as.row = row;
    return dsy_cache_prepare(context->cache, invocation->number, row.body.size_bytes, &entry->place);
}

static enum dsy_status
add_result(struct batch *batch, struct batch_context *context, const struct dsy_result_row *row, dsy_string routine,
           enum dsy_outcome_kind kind, struct dsy_slice value)
{
    dsy_buffer_clear(context->buffer);
    enum dsy_status status = dsy_outcome_encode(routine, kind, value, context->buffer);
    if (status != DSY_OK)
        return status;
    struct dsy_slice outcome = keep(batch, context->buffer);
    struct dsy_change *change = outcome.data != NULL ? add_change(batch, DSY_CHANGE_RESULT) : NULL;
    if (change == NULL)
        return DSY_NO_MEMORY;
    change->as.result = *row;
    change->as.result.completed_ns = context->now_ns;
    change->as.result.outcome = outcome;
    return DSY_OK;
}

static enum dsy_status
close_result(struct batch *batch, struct batch_context *context, struct batch_entry *entry)
{
    struct dsy_result_row row = { .number = entry->invocation.number,
                                  .secret = entry->invocation.secret,
                                  .key = entry->invocation.key };
    return add_result(batch, context, &row, dsy_string_view(entry->routine->name), dsy_batch_entry_outcome(entry),
                      entry->value);
}

static enum dsy_status
close_ended(struct batch *batch, struct batch_context *context, struct batch_entry *entry)
{
    if (entry->invocation.caller.kind == CALLER_OUTSIDE) {
        enum dsy_status status = close_result(batch, context, entry);
        if (status != DSY_OK)
            return status;
    }
    if (entry->is_new) /* it began and ended within the batch: it never gets a row */
        return DSY_OK;
    struct dsy_change *change = add_change(batch, DSY_CHANGE_DELETE);
    if (change == NULL)
        return DSY_NO_MEMORY;
    change->as.row.number = entry->invocation.number;
    return dsy_cache_prepare(context->cache, entry->invocation.number, 0, &entry->place);
}

static enum dsy_status
close_broken(struct batch *batch, struct batch_context *context, struct batch_entry *entry)
{
    static const uint8_t nothing[1];
    if (entry->is_new) {
        enum dsy_status status = encode_body(batch, context, entry);
        if (status == DSY_NO_MEMORY)
            return status;
        if (status != DSY_OK)
            entry->body = (struct dsy_slice){ .data = nothing, .size_bytes = 0 };
    }
    struct dsy_change *change = add_change(batch, entry->is_new ? DSY_CHANGE_INSERT : DSY_CHANGE_QUARANTINE);
    if (change == NULL)
        return DSY_NO_MEMORY;
    change->as.row = (struct dsy_invocation_row){
        .number = entry->invocation.number,
        .secret = entry->invocation.secret,
        .due_ns = DSY_NOT_DUE,
        .broken = entry->reason,
        .is_held = entry->is_held,
        .body = entry->body,
    };
    return dsy_cache_prepare(context->cache, entry->invocation.number, 0, &entry->place);
}

static enum dsy_status
close_entry(struct batch *batch, struct batch_context *context, struct batch_entry *entry)
{
    if (!entry->is_dirty)
        return DSY_OK;
    enum dsy_status status = DSY_OK;
    switch (entry->state) {
    case ENTRY_LIVE: status = close_live(batch, context, entry); break;
    case ENTRY_ENDED: status = close_ended(batch, context, entry); break;
    case ENTRY_BROKEN: status = close_broken(batch, context, entry); break;
    }
    if (status != DSY_OK || !entry->is_new || entry->invocation.key.data == NULL)
        return status;
    struct dsy_change *change = add_change(batch, DSY_CHANGE_KEY);
    if (change == NULL)
        return DSY_NO_MEMORY;
    change->as.key.key = entry->invocation.key;
    change->as.key.number = entry->invocation.number;
    change->as.key.secret = entry->invocation.secret;
    return DSY_OK;
}

/* ---- instances of keyed services ---- */

/* Encode what is left of the row, if anything is. Sets is_changed. */
static enum dsy_status
encode_instances(struct batch *batch, struct batch_context *context, struct batch_instances *instances)
{
    enum dsy_status status = dsy_instance_row_settle(context->program, &instances->row, &batch->arena, context->buffer);
    if (status != DSY_OK)
        return status;
    if (instances->row.first == NULL) {
        instances->is_changed = instances->loaded.data != NULL;
        return DSY_OK;
    }
    dsy_buffer_clear(context->buffer);
    status = dsy_instance_row_encode(context->program, &instances->row, context->buffer);
    if (status != DSY_OK)
        return status;
    const struct dsy_buffer *buffer = context->buffer;
    instances->is_changed = instances->loaded.size_bytes != buffer->size_bytes ||
                            memcmp(instances->loaded.data, buffer->data, buffer->size_bytes) != 0;
    if (instances->is_changed)
        instances->body = keep(batch, buffer);
    return instances->is_changed && instances->body.data == NULL ? DSY_NO_MEMORY : DSY_OK;
}

static enum dsy_status
close_instances(struct batch *batch, struct batch_context *context, struct batch_instances *instances)
{
    enum dsy_status status = encode_instances(batch, context, instances);
    if (status != DSY_OK || !instances->is_changed)
        return status;
    enum dsy_change_kind kind = DSY_CHANGE_UPDATE_BODY;
    if (instances->body.data == NULL)
        kind = DSY_CHANGE_DELETE;
    else if (instances->loaded.data == NULL)
        kind = DSY_CHANGE_INSERT;
    struct dsy_change *change = add_change(batch, kind);
    if (change == NULL)
        return DSY_NO_MEMORY;
    change->as.row =
        (struct dsy_invocation_row){ .number = instances->number, .due_ns = DSY_NOT_DUE, .body = instances->body };
    return dsy_cache_prepare(context->cache, instances->number, instances->body.size_bytes, &instances->place);
}

/* ---- tasks and promises ---- */

static enum dsy_status
close_done_cell(struct batch *batch, struct batch_context *context, struct batch_cell *entry)
{
    const struct cell *cell = &entry->cell;
    struct dsy_result_row row = { .number = cell->number, .secret = cell->secret };
    enum dsy_status status =
        add_result(batch, context, &row, cell->name,
                   cell->state == CELL_THREW ? DSY_OUTCOME_THREW : DSY_OUTCOME_RETURNED, cell->value);
    if (status != DSY_OK || entry->is_new)
        return status;
    struct dsy_change *change = add_change(batch, DSY_CHANGE_DELETE);
    if (change == NULL)
        return DSY_NO_MEMORY;
    change->as.row.number = cell->number;
    return dsy_cache_prepare(context->cache, cell->number, 0, &entry->place);
}

static enum dsy_status
close_cell(struct batch *batch, struct batch_context *context, struct batch_cell *entry)
{
    if (entry->is_done)
        return close_done_cell(batch, context, entry);
    dsy_buffer_clear(context->buffer);
    enum dsy_status status = dsy_cell_encode(&entry->cell, context->buffer);
    if (status != DSY_OK)
        return status;
    entry->body = keep(batch, context->buffer);
    struct dsy_change *change =
        entry->body.data != NULL ? add_change(batch, entry->is_new ? DSY_CHANGE_INSERT : DSY_CHANGE_UPDATE_BODY) : NULL;
    if (change == NULL)
        return DSY_NO_MEMORY;
    change->as.row = (struct dsy_invocation_row){
        .number = entry->cell.number, .secret = entry->cell.secret, .due_ns = DSY_NOT_DUE, .body = entry->body
    };
    return dsy_cache_prepare(context->cache, entry->cell.number, entry->body.size_bytes, &entry->place);
}

static void
install_cells(struct batch *batch, struct batch_context *context)
{
    for (struct batch_cell *entry = batch->cells; entry != NULL; entry = entry->next) {
        if (entry->place.entry == NULL)
            continue;
        struct dsy_invocation_row row = {
            .number = entry->cell.number, .secret = entry->cell.secret, .due_ns = DSY_NOT_DUE, .body = entry->body
        };
        dsy_cache_install(context->cache, &entry->place, entry->is_done ? CACHE_GONE : CACHE_BODY, &row,
                          batch->sequence);
    }
}

/* ---- schedules ---- */

static enum dsy_status
close_schedule(struct batch *batch, struct batch_context *context, struct batch_schedule *entry)
{
    enum dsy_change_kind kind = entry->is_gone   ? DSY_CHANGE_DELETE
                                : entry->has_row ? DSY_CHANGE_UPDATE
                                                 : DSY_CHANGE_INSERT;
    if (!entry->is_gone) {
        dsy_buffer_clear(context->buffer);
        enum dsy_status status = dsy_schedule_encode(entry->schedule, context->buffer);
        if (status != DSY_OK)
            return status;
        entry->body = keep(batch, context->buffer);
    }
    struct dsy_change *change = entry->is_gone || entry->body.data != NULL ? add_change(batch, kind) : NULL;
    if (change == NULL)
        return DSY_NO_MEMORY;
    change->as.row =
        (struct dsy_invocation_row){ .number = entry->number, .due_ns = entry->due_ns, .body = entry->body };
    return dsy_cache_prepare(context->cache, entry->number, entry->body.size_bytes, &entry->place);
}

static void
install_schedules(struct batch *batch, struct batch_context *context)
{
    for (struct batch_schedule *entry = batch->schedules; entry != NULL; entry = entry->next) {
        if (entry->place.entry == NULL)
            continue;
        struct dsy_invocation_row row = { .number = entry->number, .due_ns = entry->due_ns, .body = entry->body };
        dsy_cache_install(context->cache, &entry->place, entry->is_gone ? CACHE_GONE : CACHE_BODY, &row,
                          batch->sequence);
    }
}

/* ---- messages, letters, lines ---- */

static enum dsy_status
insert_message(struct batch *batch, struct batch_context *context, struct message *message)
{
    struct dsy_slice body = message->raw;
    if (body.data == NULL) {
        dsy_buffer_clear(context->buffer);
        enum dsy_status status = dsy_message_encode(message, context->buffer);
        if (status != DSY_OK)
            return status;
        body = keep(batch, context->buffer);
    }
    struct dsy_change *change = body.data != NULL ? add_change(batch, DSY_CHANGE_MESSAGE_INSERT) : NULL;
    if (change == NULL)
        return DSY_NO_MEMORY;
    message->row_number = context->next_message++;
    change->as.letter = (struct dsy_letter_row){ .number = message->row_number, .body = body };
    return DSY_OK;
}

/* Rows of messages that were consumed go; messages that the batch's bounds left over, or that are kept for the next
 * start, become rows. */
static enum dsy_status
close_messages(struct batch *batch, struct batch_context *context)
{
    for (struct message *message = batch->inputs.first; message != NULL; message = message->next) {
        if (message->row_number == 0)
            continue;
        struct dsy_change *change = add_change(batch, DSY_CHANGE_MESSAGE_DELETE);
        if (change == NULL)
            return DSY_NO_MEMORY;
        change->as.letter.number = message->row_number;
    }
    enum dsy_status status = DSY_OK;
    for (struct message *message = batch->left.first; status == DSY_OK && message != NULL; message = message->next)
        status = insert_message(batch, context, message);
    for (struct message *message = batch->kept.first; status == DSY_OK && message != NULL; message = message->next)
        status = insert_message(batch, context, message);
    return status;
}

static enum dsy_status
close_letters(struct batch *batch, struct batch_context *context)
{
    for (const struct batch_letter *letter = batch->letters; letter != NULL; letter = letter->next) {
        struct dsy_change *change = add_change(batch, DSY_CHANGE_OUTBOX_INSERT);
        if (change == NULL)
            return DSY_NO_MEMORY;
        change->as.letter =
            (struct dsy_letter_row){ .peer = letter->receiver, .number = letter->number, .body = letter->body };
    }
    for (struct batch_sender *sender = batch->senders; sender != NULL; sender = sender->next) {
        sender->taken = dsy_inbox_taken(context->outbox, sender->identity);
        struct dsy_change *change = sender->has_taken ? add_change(batch, DSY_CHANGE_INBOX) : NULL;
        if (sender->has_taken && change == NULL)
            return DSY_NO_MEMORY;
        if (change != NULL) {
            memcpy(change->as.inbox.sender, sender->identity, sizeof sender->identity);
            change->as.inbox.number = sender->taken;
        }
    }
    for (uint32_t peer = 0; peer < context->outbox->receiver_count; peer++) {
        int64_t up_to;
        if (!dsy_outbox_wants_deletion(context->outbox, peer, &up_to))
            continue;
        struct dsy_change *change = add_change(batch, DSY_CHANGE_OUTBOX_DELETE);
        if (change == NULL)
            return DSY_NO_MEMORY;
        change->as.letter = (struct dsy_letter_row){ .peer = peer, .number = up_to };
    }
    return DSY_OK;
}

static enum dsy_status
close_lines(struct batch *batch, struct batch_context *context)
{
    for (const struct line *line = batch->lines.first; line != NULL; line = line->next) {
        struct dsy_change *change = add_change(batch, DSY_CHANGE_LINE_INSERT);
        if (change == NULL)
            return DSY_NO_MEMORY;
        change->as.letter = (struct dsy_letter_row){ .number = context->next_line++, .body = line->text };
    }
    return DSY_OK;
}

/* How many invocations more are unfinished than before. */
static int64_t
count_unfinished(const struct batch *batch)
{
    int64_t more = 0;
    for (const struct batch_entry *entry = batch->first; entry != NULL; entry = entry->next) {
        if (entry->is_dirty && entry->is_new && entry->state != ENTRY_ENDED)
            more++;
        if (entry->is_dirty && !entry->is_new && entry->state == ENTRY_ENDED)
            more--;
    }
    return more;
}

static enum dsy_status
close_numbers(struct batch *batch, struct batch_context *context)
{
    int64_t more = count_unfinished(batch);
    if (more == 0 && context->next_number == context->saved_number)
        return DSY_OK;
    struct dsy_change *change = add_change(batch, DSY_CHANGE_NUMBERS);
    if (change == NULL)
        return DSY_NO_MEMORY;
    change->as.numbers.next = context->next_number;
    change->as.numbers.unfinished = more;
    return DSY_OK;
}

static enum dsy_status
make_changes(struct batch *batch, struct batch_context *context)
{
    for (struct batch_entry *entry = batch->first; entry != NULL; entry = entry->next) {
        enum dsy_status status = close_entry(batch, context, entry);
        if (status != DSY_OK)
            return status;
    }
    enum dsy_status status = DSY_OK;
    for (struct batch_instances *instances = batch->instances; instances != NULL && status == DSY_OK;
         instances = instances->next)
        if (instances->is_dirty)
            status = close_instances(batch, context, instances);
    for (struct batch_cell *cell = batch->cells; cell != NULL && status == DSY_OK; cell = cell->next)
        if (cell->is_dirty)
            status = close_cell(batch, context, cell);
    for (struct batch_schedule *entry = batch->schedules; entry != NULL && status == DSY_OK; entry = entry->next)
        if (entry->is_dirty)
            status = close_schedule(batch, context, entry);
    if (status == DSY_OK)
        status = close_lines(batch, context);
    if (status == DSY_OK)
        status = close_messages(batch, context);
    if (status == DSY_OK)
        status = close_letters(batch, context);
    return status == DSY_OK ? close_numbers(batch, context) : status;
}

/* From here on the batch is certain to be saved: what it made of the invocations is what all see. */
static void
install(struct batch *batch, struct batch_context *context)
{
    static const enum cache_kind kinds[] = {
        [ENTRY_LIVE] = CACHE_BODY, [ENTRY_ENDED] = CACHE_GONE, [ENTRY_BROKEN] = CACHE_BROKEN
    };
    for (struct batch_entry *entry = batch->first; entry != NULL; entry = entry->next) {
        if (entry->place.entry == NULL)
            continue;
        struct dsy_invocation_row row = { .number = entry->invocation.number,
                                          .secret = entry->invocation.secret,
                                          .due_ns = DSY_NOT_DUE };
        if (entry->state == ENTRY_LIVE) {
            row.due_ns = dsy_invocation_due_ns(&entry->invocation);
            row.is_active = dsy_invocation_is_active(&entry->invocation);
            row.body = entry->body;
        }
        dsy_cache_install(context->cache, &entry->place, kinds[entry->state], &row, batch->sequence);
    }
    for (struct batch_instances *instances = batch->instances; instances != NULL; instances = instances->next) {
        if (instances->place.entry == NULL)
            continue;
        struct dsy_invocation_row row = { .number = instances->number, .due_ns = DSY_NOT_DUE, .body = instances->body };
        dsy_cache_install(context->cache, &instances->place, instances->body.data != NULL ? CACHE_BODY : CACHE_GONE,
                          &row, batch->sequence);
    }
    install_cells(batch, context);
    install_schedules(batch, context);
    dsy_outbox_settle(context->outbox);
}

enum dsy_status
dsy_batch_close(struct batch *batch, struct batch_context *context)
{
    batch->arena.size_bytes_max = SIZE_MAX;
    batch->change_count = 0;
    enum dsy_status status = make_changes(batch, context);
    if (status == DSY_OK) {
        install(batch, context);
        return DSY_OK;
    }
    for (struct batch_entry *entry = batch->first; entry != NULL; entry = entry->next)
        if (entry->place.entry != NULL)
            dsy_cache_cancel(context->cache, &entry->place);
    for (struct batch_instances *instances = batch->instances; instances != NULL; instances = instances->next)
        if (instances->place.entry != NULL)
            dsy_cache_cancel(context->cache, &instances->place);
    for (struct batch_cell *cell = batch->cells; cell != NULL; cell = cell->next)
        if (cell->place.entry != NULL)
            dsy_cache_cancel(context->cache, &cell->place);
    for (struct batch_schedule *schedule = batch->schedules; schedule != NULL; schedule = schedule->next)
        if (schedule->place.entry != NULL)
            dsy_cache_cancel(context->cache, &schedule->place);
    return status;
}
