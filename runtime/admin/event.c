/* Events from outside: POST /v1/events, CloudEvents whose type is the name of an event of the program.
 *
 * Each is delivered to every service that subscribes to it, exactly once for each source and id: the invocation that
 * it begins has an idempotency key of these, which counts as long as results are kept. 202 follows when all of it is
 * saved; a request that fails half-way is sent again, and takes effect once all the same. */
#include "runtime/admin/api_internal.h"

#include "dsy/arena.h"
#include "dsy/generated.h"
#include "runtime/base/digest.h"
#include "runtime/transport/cloudevents.h"

#include <stdio.h>
#include <string.h>

/* What is decoded of one request: as large as its texts, and the list of events. */
enum { EVENTS_BYTES_MAX = 64 * 1024 * 1024, NAMES_BYTES_MAX = 512 };

/* ---- answers ---- */

void
dsy_api_events_expire(struct dsy_http_exchange *exchange)
{
    dsy_problem_format(exchange, 503,
                       "The events could not be saved in time; they may still be. Send them again: an event of the "
                       "same source and id takes effect once.");
}

static void
deliver_saved(struct dsy_http_message *message, struct dsy_http_exchange *exchange)
{
    struct dsy_waiter *waiter = (struct dsy_waiter *)((char *)message - offsetof(struct dsy_waiter, answered));
    if (exchange != NULL && waiter->status == DSY_OK) {
        dsy_buffer_append_format(dsy_http_exchange_body(exchange), "{\"events\":%zu,\"subscribers\":%zu}",
                                 waiter->event_count, waiter->subscriber_count);
        dsy_http_respond(exchange, 202, DSY_JSON_CONTENT_TYPE);
    } else if (exchange != NULL) {
        dsy_api_refused(exchange, waiter->status, "The event");
    }
    dsy_waiter_free(waiter);
}

static void
respond_unreadable(struct dsy_http_exchange *exchange, enum dsy_status status, const char *text)
{
    if (status == DSY_UNSUPPORTED)
        dsy_problem_format(exchange, 415, "%s.", text);
    else if (status == DSY_NO_MEMORY)
        dsy_api_refused(exchange, status, "The event");
    else
        dsy_api_unfit(exchange, status, text);
}

/* Path of an attribute beside the data: "$[3].type" beside "$[3].data"; a header field has none. */
static void
respond_unknown_type(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_cloud_event *event)
{
    const struct dsy_program_type *program = dsy_node_program(api->node);
    char text[2 * NAMES_BYTES_MAX], names[NAMES_BYTES_MAX] = "none";
    size_t used_bytes = 0;
    for (uint32_t index = 0; index < program->event_count && used_bytes < sizeof names; index++)
        used_bytes += (size_t)snprintf(names + used_bytes, sizeof names - used_bytes, "%s%s",
                                       used_bytes > 0 ? ", " : "", program->events[index]->name);
    int base_bytes = (int)strlen(event->path) - (int)strlen(".data");
    int type_bytes = (int)(event->type.size_bytes < 200 ? event->type.size_bytes : 200);
    if (base_bytes > 0)
        snprintf(text, sizeof text, "%.*s.type: this program has no event \"%.*s\"; it has: %s", base_bytes,
                 event->path, type_bytes, event->type.data, names);
    else
        snprintf(text, sizeof text, "The header field ce-type: this program has no event \"%.*s\"; it has: %s",
                 type_bytes, event->type.data, names);
    dsy_api_unfit(exchange, DSY_INVALID, text);
}

/* ---- one event ---- */

/* Encode its data in api->event. Returns false after having answered. */
static bool
read_event(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_event_type *type,
           const struct dsy_cloud_event *event)
{
    struct dsy_error error = { .status = DSY_OK };
    bool has_data = event->data.size_bytes > 0;
    dsy_buffer_clear(&api->event);
    enum dsy_status status = dsy_event_from_json(api->node, type, has_data ? event->data.data : "{}",
                                                 has_data ? (size_t)event->data.size_bytes : 2, &api->event, &error);
    if (status == DSY_OK)
        return true;
    char text[DSY_ERROR_TEXT_BYTES_MAX + DSY_CLOUD_EVENT_PATH_BYTES_MAX];
    bool has_path = error.text[0] == '$';
    snprintf(text, sizeof text, "%s%s", has_path ? event->path : "", error.text + (has_path ? 1 : 0));
    respond_unreadable(exchange, status, text);
    return false;
}

static const struct dsy_event_type *
type_of(const struct dsy_api *api, const struct dsy_cloud_event *event)
{
    return dsy_node_find_event(api->node, event->type.data, (size_t)event->type.size_bytes);
}

/* Nothing begins before all events of a request are known to be right. Returns false after having answered. */
static bool
check_events(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_cloud_event *events,
             size_t count)
{
    for (size_t index = 0; index < count; index++) {
        const struct dsy_event_type *type = type_of(api, &events[index]);
        if (type == NULL) {
            respond_unknown_type(api, exchange, &events[index]);
            return false;
        }
        if (!read_event(api, exchange, type, &events[index]))
            return false;
    }
    return true;
}

/* "event " and the SHA-256 of source and id. */
static void
make_key(const struct dsy_cloud_event *event, char key[80])
{
    uint8_t digest[DSY_DIGEST_BYTES];
    struct dsy_digest of;
    dsy_digest_begin(&of);
    dsy_digest_add(&of, event->source.data, (size_t)event->source.size_bytes);
    dsy_digest_add(&of, "", 1);
    dsy_digest_add(&of, event->id.data, (size_t)event->id.size_bytes);
    dsy_digest_end(&of, digest);
    int used = sprintf(key, "event ");
    for (size_t index = 0; index < sizeof digest; index++)
        used += sprintf(key + used, "%02x", digest[index]);
}

/* ---- delivering ---- */

/* Begin what subscribes to an event whose arguments are in api->event. */
static enum dsy_status
submit_event(struct dsy_api *api, struct dsy_waiter *waiter, const struct dsy_event_type *type,
             const struct dsy_cloud_event *event)
{
    const struct dsy_program_type *program = dsy_node_program(api->node);
    char key[80];
    make_key(event, key);
    for (uint32_t index = 0; index < program->service_count; index++) {
        const struct dsy_service_type *service = program->services[index];
        for (uint32_t at = 0; at < service->subscription_count; at++) {
            if (service->subscriptions[at].event != type)
                continue;
            struct dsy_submission submission = {
                .routine = service->routines[service->subscriptions[at].routine],
                .arguments = api->event.data,
                .arguments_bytes = api->event.size_bytes,
                .idempotency_key = key,
                .accepted = dsy_waiter_saved,
                .context = waiter,
            };
            atomic_fetch_add(&waiter->outstanding, 1);
            enum dsy_status status = dsy_node_submit(api->node, &submission);
            if (status != DSY_OK) {
                atomic_fetch_sub(&waiter->outstanding, 1); /* the hold of whoever submits keeps it above 0 */
                return status;
            }
            waiter->subscriber_count++;
        }
    }
    return DSY_OK;
}

static void
submit_events(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_cloud_event *events,
              size_t count)
{
    struct dsy_waiter *waiter = dsy_waiter_take(api, exchange, DSY_WAITER_EVENTS);
    if (waiter == NULL) {
        dsy_api_refused(exchange, DSY_NO_MEMORY, "The event");
        return;
    }
    waiter->answered.deliver = deliver_saved;
    waiter->event_count = count;
    atomic_store(&waiter->outstanding, 1);
    for (size_t index = 0; index < count && waiter->status == DSY_OK; index++) {
        const struct dsy_event_type *type = type_of(api, &events[index]);
        struct dsy_error error = { .status = DSY_OK };
        dsy_buffer_clear(&api->event);
        bool has_data = events[index].data.size_bytes > 0;
        waiter->status = dsy_event_from_json(api->node, type, has_data ? events[index].data.data : "{}",
                                             has_data ? (size_t)events[index].data.size_bytes : 2, &api->event, &error);
        if (waiter->status == DSY_OK)
            waiter->status = submit_event(api, waiter, type, &events[index]);
    }
    dsy_http_defer(exchange, DSY_ANSWER_MS, waiter);
    dsy_waiter_saved(waiter, (dsy_uuid){ 0 }, false);
}

void
dsy_api_events(struct dsy_api *api, struct dsy_http_exchange *exchange)
{
    struct dsy_cloud_event *events = NULL;
    size_t count = 0;
    struct dsy_error error = { .status = DSY_OK };
    struct dsy_arena arena;
    if (atomic_load(&api->refuses_calls)) {
        dsy_api_refused(exchange, DSY_CLOSED, "The event");
        return;
    }
    dsy_arena_init(&arena, EVENTS_BYTES_MAX);
    enum dsy_status status =
        dsy_cloud_events_read(dsy_http_exchange_request(exchange), &arena, &events, &count, &error);
    if (status != DSY_OK)
        respond_unreadable(exchange, status, error.text);
    else if (check_events(api, exchange, events, count))
        submit_events(api, exchange, events, count);
    dsy_arena_destroy(&arena);
    if (api->event.capacity_bytes > DSY_HTTP_KEPT_BYTES_MAX)
        dsy_buffer_destroy(&api->event);
}
