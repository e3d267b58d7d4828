/* Calls and results: POST /v1/call/Service/routine, /v1/call/Service/key/routine, and
 * GET /v1/invocations/{id}/result.
 *
 * 200 the result's JSON; 202 not yet, with the place to ask again; 422 the routine threw. Waiting is bounded by the
 * client's preference and ours; a client that waits no longer leaves nothing behind in the node. */
#include "runtime/admin/api_internal.h"

#include "dsy/generated.h"

#include <stdio.h>
#include <string.h>

/* The shortest wait for a result: one that is in the store already has to be read first. */
enum { RESULT_MS_MIN = 100, NAMES_BYTES_MAX = 512 };

/* ---- answering ---- */

/* Say which preference was followed, as RFC 7240 wants it. */
static void
add_preference(struct dsy_http_exchange *exchange, const struct dsy_waiter *waiter)
{
    if (waiter->has_preference)
        dsy_buffer_append_format(dsy_http_exchange_headers(exchange), "Preference-Applied: wait=%lld\r\n",
                                 (long long)waiter->wait_s);
}

/* 202: it is saved and goes on; here is where to ask. */
static void
respond_accepted(struct dsy_http_exchange *exchange, const struct dsy_waiter *waiter)
{
    char id[37];
    dsy_id_format(waiter->id, id);
    dsy_buffer_append_format(dsy_http_exchange_body(exchange), "{\"id\":\"%s\"}", id);
    dsy_buffer_append_format(dsy_http_exchange_headers(exchange), "Location: /v1/invocations/%s\r\n", id);
    add_preference(exchange, waiter);
    dsy_http_respond(exchange, 202, DSY_JSON_CONTENT_TYPE);
}

/* The name in {"error":"NoStock",…}; names are identifiers, so nothing in them is escaped. */
static int
error_name_bytes(const char *json, size_t json_bytes, const char **name)
{
    static const char before[] = "{\"error\":\"";
    size_t before_bytes = sizeof before - 1;
    if (json_bytes <= before_bytes || memcmp(json, before, before_bytes) != 0)
        return 0;
    const char *end = memchr(json + before_bytes, '"', json_bytes - before_bytes);
    *name = json + before_bytes;
    return end == NULL || end - *name > NAMES_BYTES_MAX ? 0 : (int)(end - *name);
}

/* 422: the body holds the error's JSON so far; the problem document goes around it. */
static void
respond_threw(struct dsy_http_exchange *exchange, const struct dsy_waiter *waiter, const char *id)
{
    struct dsy_buffer *body = dsy_http_exchange_body(exchange);
    struct dsy_buffer error = *body;
    char detail[2 * NAMES_BYTES_MAX];
    const char *name = "an error";
    int name_bytes = error_name_bytes((const char *)error.data, error.size_bytes, &name);
    snprintf(detail, sizeof detail, "%s threw %.*s.", waiter->outcome.routine->name,
             name_bytes > 0 ? name_bytes : (int)strlen(name), name);
    struct dsy_problem problem = {
        .status = 422,
        .detail = detail,
        .error = (const char *)error.data,
        .error_bytes = error.size_bytes,
        .invocation = id,
    };
    dsy_buffer_init(body, error.size_bytes_max);
    dsy_problem_respond(exchange, &problem);
    dsy_buffer_destroy(&error);
}

/* Whether a header field names this media type, in whatever parameters. */
static bool
names_type(const struct dsy_http_request *request, const char *field, const char *type)
{
    const struct dsy_http_header *header = dsy_http_find_header(request, field);
    if (header == NULL)
        return false;
    struct dsy_http_slice value = header->value;
    return dsy_http_slice_is_nocase(dsy_http_slice_trim(dsy_http_slice_cut(&value, ';')), type);
}

/* The value as it is stored, for another deployment. */
static void
respond_encoded(struct dsy_http_exchange *exchange, const struct dsy_waiter *waiter, const char *id)
{
    dsy_buffer_append(dsy_http_exchange_body(exchange), waiter->outcome.value, waiter->outcome.value_bytes);
    dsy_buffer_append_format(dsy_http_exchange_headers(exchange), "Dsy-Invocation: %s\r\n", id);
    add_preference(exchange, waiter);
    dsy_http_respond(exchange, waiter->outcome.kind == DSY_OUTCOME_THREW ? 422 : 200, DSY_CBOR_CONTENT_TYPE);
}

/* RETURNED or THREW: both have a value, which becomes JSON here and not on the shard's thread. */
static void
respond_value(struct dsy_http_exchange *exchange, const struct dsy_waiter *waiter, const char *id)
{
    struct dsy_error error = { .status = DSY_OK };
    struct dsy_buffer *body = dsy_http_exchange_body(exchange);
    enum dsy_status status = waiter->status;
    if (status == DSY_OK && names_type(dsy_http_exchange_request(exchange), "accept", DSY_CBOR_CONTENT_TYPE)) {
        respond_encoded(exchange, waiter, id);
        return;
    }
    if (status == DSY_OK)
        status = dsy_outcome_to_json(waiter->api->node, &waiter->outcome, body, &error);
    if (status != DSY_OK) {
        dsy_buffer_clear(body);
        dsy_problem_format(exchange, 500, "The result of invocation %s cannot be shown: %s.", id,
                           error.text[0] != 0 ? error.text : dsy_status_text(status));
        return;
    }
    dsy_buffer_append_format(dsy_http_exchange_headers(exchange), "Dsy-Invocation: %s\r\n", id);
    add_preference(exchange, waiter);
    if (waiter->outcome.kind == DSY_OUTCOME_THREW)
        respond_threw(exchange, waiter, id);
    else
        dsy_http_respond(exchange, 200, DSY_JSON_CONTENT_TYPE);
}

static void
respond_outcome(struct dsy_http_exchange *exchange, struct dsy_waiter *waiter)
{
    bool is_accepted = waiter->kind == DSY_WAITER_RESULT || (atomic_load(&waiter->flags) & DSY_WAITER_ACCEPTED) != 0;
    char id[37];
    dsy_id_format(waiter->outcome.id, id);
    switch (waiter->outcome.kind) {
    case DSY_OUTCOME_RETURNED:
    case DSY_OUTCOME_THREW: respond_value(exchange, waiter, id); break;
    case DSY_OUTCOME_CANCELLED: dsy_problem_format(exchange, 409, "Invocation %s was cancelled.", id); break;
    case DSY_OUTCOME_NOT_FOUND: dsy_api_no_invocation(exchange, waiter->id); break;
    case DSY_OUTCOME_DAMAGED:
        dsy_problem_format(exchange, 500, "The stored result of invocation %s is damaged.", id);
        break;
    case DSY_OUTCOME_UNKNOWN:
        if (is_accepted)
            respond_accepted(exchange, waiter);
        else
            dsy_api_refused(exchange, DSY_CLOSED, "The call");
        break;
    }
}

/* ---- what comes back from the node ---- */

static void
deliver_accepted(struct dsy_http_message *message, struct dsy_http_exchange *exchange)
{
    struct dsy_waiter *waiter = (struct dsy_waiter *)((char *)message - offsetof(struct dsy_waiter, accepted));
    if (exchange != NULL)
        respond_accepted(exchange, waiter);
    if (waiter->waits_for_result)
        dsy_waiter_detach(waiter);
    else
        dsy_waiter_free(waiter);
}

static void
deliver_outcome(struct dsy_http_message *message, struct dsy_http_exchange *exchange)
{
    struct dsy_waiter *waiter = (struct dsy_waiter *)((char *)message - offsetof(struct dsy_waiter, answered));
    if (exchange != NULL)
        respond_outcome(exchange, waiter);
    dsy_waiter_free(waiter);
}

void
dsy_api_call_expire(struct dsy_waiter *waiter, struct dsy_http_exchange *exchange)
{
    unsigned before = atomic_fetch_or(&waiter->flags, DSY_WAITER_WANTED);
    if (waiter->kind == DSY_WAITER_RESULT || (before & DSY_WAITER_ACCEPTED) != 0) {
        respond_accepted(exchange, waiter);
        dsy_waiter_detach(waiter);
    } else if ((before & DSY_WAITER_WANTED) == 0) {
        dsy_http_defer(exchange, DSY_ANSWER_MS, waiter); /* not even saved yet: the answer follows the commit */
    } else {
        dsy_problem_format(exchange, 503,
                           "The call could not be saved in time; it may still be. Send it again with the same "
                           "Idempotency-Key, so that it takes effect once.");
    }
}

void
dsy_api_call_leave(struct dsy_waiter *waiter)
{
    unsigned before = atomic_fetch_or(&waiter->flags, DSY_WAITER_WANTED);
    if (waiter->kind == DSY_WAITER_RESULT || (before & DSY_WAITER_ACCEPTED) != 0)
        dsy_waiter_detach(waiter);
}

/* ---- beginning a call ---- */

/* The program's services, or the public routines of one, separated by commas. */
static void
list_services(const struct dsy_program_type *program, char *text, size_t text_bytes)
{
    size_t used_bytes = 0;
    text[0] = 0;
    for (uint32_t index = 0; index < program->service_count && used_bytes < text_bytes; index++)
        used_bytes += (size_t)snprintf(text + used_bytes, text_bytes - used_bytes, "%s%s", used_bytes > 0 ? ", " : "",
                                       program->services[index]->name);
    if (text[0] == 0)
        snprintf(text, text_bytes, "none");
}

static void
list_routines(const struct dsy_service_type *service, char *text, size_t text_bytes)
{
    size_t used_bytes = 0;
    text[0] = 0;
    for (uint32_t index = 0; index < service->routine_count && used_bytes < text_bytes; index++) {
        const struct dsy_routine_type *routine = service->routines[index];
        if (routine->is_public)
            used_bytes += (size_t)snprintf(text + used_bytes, text_bytes - used_bytes, "%s%s",
                                           used_bytes > 0 ? ", " : "", routine->method);
    }
    if (text[0] == 0)
        snprintf(text, text_bytes, "no public routine");
}

/* 404 that names what there is. */
static void
respond_no_routine(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route)
{
    const struct dsy_program_type *program = dsy_node_program(api->node);
    char names[NAMES_BYTES_MAX];
    for (uint32_t index = 0; index < program->service_count; index++) {
        if (strcmp(program->services[index]->name, route->service) != 0)
            continue;
        list_routines(program->services[index], names, sizeof names);
        dsy_problem_format(exchange, 404, "Service %s has no public routine '%s'; it has: %s.", route->service,
                           route->routine, names);
        return;
    }
    list_services(program, names, sizeof names);
    dsy_problem_format(exchange, 404, "There is no service '%s'; services of this program: %s.", route->service, names);
}

/* The key of a keyed service, encoded, in api->key. Returns false after having answered. */
static bool
read_instance_key(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_routine_type *routine,
                  const struct dsy_route *route)
{
    const struct dsy_service_type *service = dsy_node_program(api->node)->services[routine->service];
    struct dsy_error error = { .status = DSY_OK };
    dsy_buffer_clear(&api->key);
    if (service->key == NULL && route->kind == DSY_ROUTE_CALL)
        return true;
    if (service->key == NULL) {
        dsy_problem_format(exchange, 404, "Service %s has no keys: call /v1/call/%s/%s.", service->name, service->name,
                           routine->method);
        return false;
    }
    if (route->kind == DSY_ROUTE_CALL) {
        dsy_problem_format(exchange, 400, "Service %s has a key, %s of type %s: call /v1/call/%s/{%s}/%s.",
                           service->name, service->key_name, service->key->name, service->name, service->key_name,
                           routine->method);
        return false;
    }
    enum dsy_status status = dsy_key_from_text(api->node, routine, route->key, route->key_bytes, &api->key, &error);
    if (status == DSY_NO_MEMORY)
        dsy_api_refused(exchange, status, "The call");
    else if (status != DSY_OK)
        dsy_problem_format(exchange, 400, "%s.", error.text);
    return status == DSY_OK;
}

/* JSON or CBOR, in whatever parameters; a body without a type is taken as JSON. */
static bool
is_readable(const struct dsy_http_request *request)
{
    if (dsy_http_find_header(request, "content-type") == NULL || request->body.size_bytes == 0)
        return true;
    return names_type(request, "content-type", DSY_JSON_CONTENT_TYPE) ||
           names_type(request, "content-type", DSY_CBOR_CONTENT_TYPE);
}

/* The Idempotency-Key, in key, "" without one.
 * Returns false, after having answered, when there are several, or one that is empty, too long or not printable. */
static bool
read_key(struct dsy_http_exchange *exchange, char key[DSY_IDEMPOTENCY_KEY_BYTES_MAX + 1])
{
    const struct dsy_http_request *request = dsy_http_exchange_request(exchange);
    const struct dsy_http_header *found = NULL;
    bool is_good = true;
    key[0] = 0;
    for (size_t index = 0; index < request->header_count; index++) {
        if (!dsy_http_slice_is_nocase(request->headers[index].name, "idempotency-key"))
            continue;
        is_good &= found == NULL;
        found = &request->headers[index];
    }
    if (found == NULL)
        return true;
    is_good &= found->value.size_bytes > 0 && found->value.size_bytes <= DSY_IDEMPOTENCY_KEY_BYTES_MAX;
    for (size_t index = 0; index < found->value.size_bytes && is_good; index++)
        is_good = found->value.data[index] >= ' ' && found->value.data[index] <= '~';
    if (!is_good) {
        dsy_problem_format(exchange, 400, "Idempotency-Key stands once and has 1 to %d printable ASCII characters.",
                           DSY_IDEMPOTENCY_KEY_BYTES_MAX);
        return false;
    }
    memcpy(key, found->value.data, found->value.size_bytes);
    key[found->value.size_bytes] = 0;
    return true;
}

/* The arguments as CBOR, in api->arguments. Returns false after having answered. */
static bool
read_arguments(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_routine_type *routine)
{
    const struct dsy_http_request *request = dsy_http_exchange_request(exchange);
    struct dsy_http_slice body = request->body;
    struct dsy_error error = { .status = DSY_OK };
    enum dsy_status status;
    dsy_buffer_clear(&api->arguments);
    if (names_type(request, "content-type", DSY_CBOR_CONTENT_TYPE)) {
        status = dsy_arguments_from_cbor(api->node, routine, (const uint8_t *)body.data, body.size_bytes,
                                         &api->arguments, &error);
    } else {
        if (body.size_bytes == 0)
            body = (struct dsy_http_slice){ "{}", 2 };
        status = dsy_arguments_from_json(api->node, routine, body.data, body.size_bytes, &api->arguments, &error);
    }
    if (status == DSY_OK)
        return true;
    if (status == DSY_NO_MEMORY) {
        dsy_api_refused(exchange, status, "The call");
        return false;
    }
    dsy_api_unfit(exchange, status, error.text);
    return false;
}

static void
begin_call(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_routine_type *routine,
           const char *key)
{
    struct dsy_preference preference = dsy_route_preference(dsy_http_exchange_request(exchange), DSY_WAIT_S_DEFAULT);
    struct dsy_waiter *waiter = dsy_waiter_take(api, exchange, DSY_WAITER_CALL);
    if (waiter == NULL) {
        dsy_api_refused(exchange, DSY_NO_MEMORY, "The call");
        return;
    }
    waiter->accepted.deliver = deliver_accepted;
    waiter->answered.deliver = deliver_outcome;
    waiter->has_preference = preference.has_wait;
    waiter->wait_s = preference.wait_s;
    waiter->waits_for_result = preference.wait_s > 0;
    if (!waiter->waits_for_result)
        atomic_store(&waiter->flags, DSY_WAITER_WANTED);

    struct dsy_submission submission = {
        .routine = routine,
        .arguments = api->arguments.data,
        .arguments_bytes = api->arguments.size_bytes,
        .instance_key = api->key.data,
        .instance_key_bytes = api->key.size_bytes,
        .idempotency_key = key[0] != 0 ? key : NULL,
        .accepted = dsy_waiter_accepted,
        .completed = waiter->waits_for_result ? dsy_waiter_completed : NULL,
        .context = waiter,
        .waiter = &waiter->number,
    };
    enum dsy_status status = dsy_node_submit(api->node, &submission);
    if (status != DSY_OK) {
        dsy_waiter_free(waiter);
        dsy_api_refused(exchange, status, "The call");
        return;
    }
    /* The answer may be in the queue already; it is delivered when this function has returned. */
    dsy_http_defer(exchange, preference.wait_s > 0 ? preference.wait_s * 1000 : DSY_ANSWER_MS, waiter);
}

void
dsy_api_call(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route)
{
    char key[DSY_IDEMPOTENCY_KEY_BYTES_MAX + 1];
    if (atomic_load(&api->refuses_calls)) {
        dsy_api_refused(exchange, DSY_CLOSED, "The call");
        return;
    }
    const struct dsy_routine_type *routine = dsy_node_find_routine(api->node, route->service, route->routine);
    if (routine == NULL) {
        respond_no_routine(api, exchange, route);
    } else if (!is_readable(dsy_http_exchange_request(exchange))) {
        dsy_problem_format(exchange, 415, "Arguments are a JSON object: send Content-Type: application/json.");
    } else if (read_instance_key(api, exchange, routine, route) && read_key(exchange, key) &&
               read_arguments(api, exchange, routine)) {
        begin_call(api, exchange, routine, key);
    }
    if (api->arguments.capacity_bytes > DSY_HTTP_KEPT_BYTES_MAX)
        dsy_buffer_destroy(&api->arguments);
}

void
dsy_api_result(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route)
{
    struct dsy_preference preference = dsy_route_preference(dsy_http_exchange_request(exchange), 0);
    struct dsy_waiter *waiter = dsy_waiter_take(api, exchange, DSY_WAITER_RESULT);
    if (waiter == NULL) {
        dsy_api_refused(exchange, DSY_NO_MEMORY, "The question");
        return;
    }
    waiter->answered.deliver = deliver_outcome;
    waiter->has_preference = preference.has_wait;
    waiter->wait_s = preference.wait_s;
    waiter->waits_for_result = true;
    waiter->id = route->id;
    enum dsy_status status = dsy_node_attach(api->node, route->id, dsy_waiter_completed, waiter, &waiter->number);
    if (status != DSY_OK) {
        dsy_waiter_free(waiter);
        if (status == DSY_NOT_FOUND)
            dsy_api_no_invocation(exchange, route->id);
        else
            dsy_api_refused(exchange, status, "The question");
        return;
    }
    dsy_http_defer(exchange, preference.wait_s > 0 ? preference.wait_s * 1000 : RESULT_MS_MIN, waiter);
}
