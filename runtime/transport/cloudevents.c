/* CloudEvents: see cloudevents.h. */
#include "runtime/transport/cloudevents.h"

#include "dsy/json.h"

#include <stdio.h>
#include <string.h>

#define JSON_TYPE "application/json"

/* ---- attributes ---- */

enum attribute { ID, SOURCE, TYPE, SPECVERSION, ATTRIBUTE_COUNT };

static const char *const attribute_names[ATTRIBUTE_COUNT] = { "id", "source", "type", "specversion" };

/* application/json or …+json, in whatever parameters. */
static bool
is_json_type(struct dsy_http_slice type)
{
    struct dsy_http_slice name = dsy_http_slice_trim(dsy_http_slice_cut(&type, ';'));
    struct dsy_http_slice end = { name.data, name.size_bytes };
    if (end.size_bytes > 5) {
        end.data += end.size_bytes - 5;
        end.size_bytes = 5;
    }
    return dsy_http_slice_is_nocase(name, JSON_TYPE) || dsy_http_slice_is_nocase(end, "+json");
}

static bool
is_media_type(struct dsy_http_slice type, const char *wanted)
{
    return dsy_http_slice_is_nocase(dsy_http_slice_trim(dsy_http_slice_cut(&type, ';')), wanted);
}

/* ---- structured ---- */

static struct dsy_http_slice
slice_of(dsy_string text)
{
    return (struct dsy_http_slice){ text.data, (size_t)text.size_bytes };
}

static void
read_attribute(struct dsy_json_reader *reader, enum attribute attribute, struct dsy_cloud_event *event)
{
    dsy_string value = dsy_string_read_json(reader);
    if (reader->failed)
        return;
    if (attribute == SPECVERSION) {
        if (!dsy_http_slice_is(slice_of(value), "1.0"))
            dsy_json_expected(reader, "\"1.0\", the only version of CloudEvents that is known");
        return;
    }
    if (value.size_bytes == 0 || value.size_bytes > DSY_CLOUD_EVENT_ATTRIBUTE_BYTES_MAX)
        dsy_json_fail(reader, "a text of 1 to %d octets is expected", DSY_CLOUD_EVENT_ATTRIBUTE_BYTES_MAX);
    dsy_string *places[] = { [ID] = &event->id, [SOURCE] = &event->source, [TYPE] = &event->type };
    *places[attribute] = value;
}

/* The text of the next value. */
static dsy_string
skip_value(struct dsy_json_reader *reader)
{
    size_t begin = reader->offset;
    dsy_json_skip(reader);
    if (reader->failed)
        return (dsy_string){ 0 };
    struct dsy_http_slice text =
        dsy_http_slice_trim((struct dsy_http_slice){ reader->data + begin, reader->offset - begin });
    return (dsy_string){ .data = text.data, .size_bytes = (int64_t)text.size_bytes };
}

/* One event as a JSON object. index: in the batch; negative: it is none. */
static void
read_structured(struct dsy_json_reader *reader, int64_t index, struct dsy_cloud_event *event)
{
    enum { DATA = ATTRIBUTE_COUNT, CONTENT_TYPE };
    uint64_t seen[1] = { 0 };
    if (index < 0)
        snprintf(event->path, sizeof event->path, "$.data");
    else
        snprintf(event->path, sizeof event->path, "$[%lld].data", (long long)index);
    dsy_json_object_begin(reader);
    for (dsy_string name; dsy_json_object_next(reader, &name);) {
        int attribute = 0;
        while (attribute < ATTRIBUTE_COUNT && !dsy_http_slice_is(slice_of(name), attribute_names[attribute]))
            attribute++;
        if (attribute < ATTRIBUTE_COUNT) {
            if (dsy_json_once(reader, seen, attribute))
                read_attribute(reader, (enum attribute)attribute, event);
        } else if (dsy_http_slice_is(slice_of(name), "data")) {
            if (dsy_json_once(reader, seen, DATA))
                event->data = skip_value(reader);
        } else if (dsy_http_slice_is(slice_of(name), "datacontenttype")) {
            bool is_first = dsy_json_once(reader, seen, CONTENT_TYPE);
            dsy_string type = is_first ? dsy_string_read_json(reader) : (dsy_string){ 0 };
            if (!reader->failed && !is_json_type(slice_of(type)))
                dsy_json_expected(reader, "\"" JSON_TYPE "\"");
        } else if (dsy_http_slice_is(slice_of(name), "data_base64")) {
            dsy_json_fail(reader, "binary data cannot be taken: send JSON in \"data\"");
        } else {
            dsy_json_skip(reader);
        }
    }
    for (int attribute = 0; attribute < ATTRIBUTE_COUNT && !reader->failed; attribute++)
        if (!dsy_json_seen(seen, attribute))
            dsy_json_missing(reader, attribute_names[attribute]);
}

static enum dsy_status
reader_status(struct dsy_json_reader *reader, struct dsy_error *error)
{
    if (dsy_json_reader_end(reader))
        return DSY_OK;
    enum dsy_status status =
        reader->status == DSY_NO_MEMORY || reader->status == DSY_FULL ? reader->status : DSY_INVALID;
    return dsy_error_set(error, status, "%s", reader->message);
}

/* Room for one more: the list is doubled, and the old one stays in the arena. */
static struct dsy_cloud_event *
add_event(struct dsy_json_reader *reader, struct dsy_cloud_event **events, size_t count)
{
    if ((count & (count - 1)) == 0) {
        struct dsy_cloud_event *more = dsy_json_allocate(reader, (count > 0 ? count * 2 : 1) * sizeof *more);
        if (more == NULL)
            return NULL;
        if (count > 0)
            memcpy(more, *events, count * sizeof *more);
        *events = more;
    }
    (*events)[count] = (struct dsy_cloud_event){ .path = "" };
    return &(*events)[count];
}

static enum dsy_status
read_batch(struct dsy_json_reader *reader, struct dsy_cloud_event **events, size_t *count, struct dsy_error *error)
{
    for (dsy_json_array_begin(reader); dsy_json_array_next(reader);) {
        if (*count == DSY_CLOUD_EVENTS_MAX)
            return dsy_error_set(error, DSY_FULL, "there are more than %d events in one batch", DSY_CLOUD_EVENTS_MAX);
        struct dsy_cloud_event *event = add_event(reader, events, *count);
        if (event == NULL)
            break;
        read_structured(reader, (int64_t)(*count)++, event);
    }
    return reader_status(reader, error);
}

/* ---- binary ---- */

static int
hexadecimal(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* Undo what the HTTP binding does to texts in header fields: quotes around them, and percent-encoding. */
static bool
decode_field(struct dsy_http_slice value, struct dsy_arena *arena, dsy_string *text)
{
    if (value.size_bytes >= 2 && value.data[0] == '"' && value.data[value.size_bytes - 1] == '"')
        value = (struct dsy_http_slice){ value.data + 1, value.size_bytes - 2 };
    char *copy = dsy_arena_allocate(arena, value.size_bytes + 1);
    size_t size_bytes = 0;
    if (copy == NULL)
        return false;
    for (size_t index = 0; index < value.size_bytes; index++) {
        char octet = value.data[index];
        int high = octet == '%' && index + 2 < value.size_bytes ? hexadecimal(value.data[index + 1]) : -1;
        int low = high >= 0 ? hexadecimal(value.data[index + 2]) : -1;
        if (low >= 0) {
            octet = (char)(high << 4 | low);
            index += 2;
        }
        copy[size_bytes++] = octet;
    }
    *text = (dsy_string){ .data = copy, .size_bytes = (int64_t)size_bytes };
    return true;
}

static enum dsy_status
read_field(const struct dsy_http_request *request, enum attribute attribute, struct dsy_arena *arena, dsy_string *text,
           struct dsy_error *error)
{
    char name[32];
    snprintf(name, sizeof name, "ce-%s", attribute_names[attribute]);
    const struct dsy_http_header *header = dsy_http_find_header(request, name);
    if (header == NULL)
        return dsy_error_set(error, DSY_INVALID,
                             "The header field %s is missing. An event has ce-id, ce-source, ce-type and "
                             "ce-specversion, or Content-Type: application/cloudevents+json and all of it in its body",
                             name);
    if (!decode_field(header->value, arena, text))
        return dsy_error_set(error, arena->status, "memory ran out");
    size_t size_bytes = (size_t)text->size_bytes;
    if (size_bytes == 0 || size_bytes > DSY_CLOUD_EVENT_ATTRIBUTE_BYTES_MAX ||
        dsy_utf8_check(text->data, size_bytes) != size_bytes)
        return dsy_error_set(error, DSY_INVALID, "The header field %s is a text of 1 to %d octets", name,
                             DSY_CLOUD_EVENT_ATTRIBUTE_BYTES_MAX);
    return DSY_OK;
}

static enum dsy_status
read_binary(const struct dsy_http_request *request, struct dsy_arena *arena, struct dsy_cloud_event *event,
            struct dsy_error *error)
{
    dsy_string version = { 0 };
    dsy_string *places[] = {
        [ID] = &event->id, [SOURCE] = &event->source, [TYPE] = &event->type, [SPECVERSION] = &version
    };
    for (int attribute = 0; attribute < ATTRIBUTE_COUNT; attribute++) {
        enum dsy_status status = read_field(request, (enum attribute)attribute, arena, places[attribute], error);
        if (status != DSY_OK)
            return status;
    }
    if (!dsy_http_slice_is(slice_of(version), "1.0"))
        return dsy_error_set(error, DSY_INVALID,
                             "The header field ce-specversion is 1.0, the only version of CloudEvents that is known");
    event->data = (dsy_string){ .data = request->body.data, .size_bytes = (int64_t)request->body.size_bytes };
    snprintf(event->path, sizeof event->path, "$");
    return DSY_OK;
}

/* ---- all of it ---- */

enum dsy_status
dsy_cloud_events_read(const struct dsy_http_request *request, struct dsy_arena *arena, struct dsy_cloud_event **events,
                      size_t *count, struct dsy_error *error)
{
    const struct dsy_http_header *header = dsy_http_find_header(request, "content-type");
    struct dsy_http_slice type =
        header != NULL ? header->value : (struct dsy_http_slice){ JSON_TYPE, sizeof JSON_TYPE - 1 };
    struct dsy_json_reader reader = dsy_json_reader_begin(request->body.data, request->body.size_bytes, arena);
    *events = NULL;
    *count = 0;
    if (is_media_type(type, "application/cloudevents-batch+json"))
        return read_batch(&reader, events, count, error);
    bool is_structured = is_media_type(type, "application/cloudevents+json");
    if (!is_structured && !is_json_type(type))
        return dsy_error_set(error, DSY_UNSUPPORTED,
                             "Events are CloudEvents whose data is JSON: Content-Type is application/json, "
                             "application/cloudevents+json or application/cloudevents-batch+json");
    struct dsy_cloud_event *event = add_event(&reader, events, 0);
    if (event == NULL)
        return dsy_error_set(error, reader.status, "memory ran out");
    *count = 1;
    if (!is_structured)
        return read_binary(request, arena, event, error);
    read_structured(&reader, -1, event);
    return reader_status(&reader, error);
}
