/* Promises from outside: GET /v1/promises/{id} says how one stands, POST settles it:
 *
 *   {"value": …}                        resolves it; of a promise without a value null, or no member
 *   {"error": "Refused", "reason": …}   rejects it with an error that the program declares, or a built-in one
 *
 * 200 settled; 400 with the JSON path, when the value is not of the promise's type; 404 there is none; 409 it was
 * settled before, and stays as it was. The promise is asked for its type first, so that the text is read on the
 * server's thread and not on a shard's. */
#include "runtime/admin/api_internal.h"

#include <jansson.h>
#include <string.h>

enum { TYPE_NAME_BYTES_MAX = 1024 };

static void
respond_no_promise(struct dsy_http_exchange *exchange, dsy_uuid id)
{
    char text[37];
    dsy_id_format(id, text);
    dsy_problem_format(
        exchange, 404,
        "There is no promise %s: it was never made here, or it was settled and has been kept long enough.", text);
}

static void
respond_settled_before(struct dsy_http_exchange *exchange, dsy_uuid id)
{
    char text[37];
    dsy_id_format(id, text);
    dsy_problem_format(exchange, 409, "Promise %s was settled before; the first time counts.", text);
}

static void
deliver_promise(struct dsy_http_message *message, struct dsy_http_exchange *exchange)
{
    struct dsy_waiter *waiter = dsy_api_waiter_of(message);
    if (exchange != NULL && waiter->status == DSY_OK) {
        dsy_buffer_append(dsy_http_exchange_body(exchange), waiter->bytes.data, waiter->bytes.size_bytes);
        dsy_http_respond(exchange, 200, DSY_JSON_CONTENT_TYPE);
    } else if (exchange != NULL && waiter->status == DSY_NOT_FOUND) {
        respond_no_promise(exchange, waiter->id);
    } else if (exchange != NULL) {
        dsy_api_refused(exchange, waiter->status, "The question");
    }
    dsy_waiter_free(waiter);
}

static const struct dsy_api_question show_question = { "The question", dsy_node_promise, deliver_promise,
                                                       respond_no_promise };

void
dsy_api_promise(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route)
{
    dsy_api_ask(api, exchange, route->id, &show_question);
}

/* ---- settling ---- */

static void
deliver_settled(struct dsy_http_message *message, struct dsy_http_exchange *exchange)
{
    struct dsy_waiter *waiter = dsy_api_waiter_of(message);
    char id[37];
    dsy_id_format(waiter->id, id);
    if (exchange != NULL && waiter->status == DSY_OK) {
        dsy_buffer_append_format(dsy_http_exchange_body(exchange), "{\"id\":\"%s\"}", id);
        dsy_http_respond(exchange, 200, DSY_JSON_CONTENT_TYPE);
    } else if (exchange != NULL && waiter->status == DSY_NOT_FOUND) {
        respond_no_promise(exchange, waiter->id);
    } else if (exchange != NULL && waiter->status == DSY_EXISTS) {
        respond_settled_before(exchange, waiter->id);
    } else if (exchange != NULL) {
        dsy_api_refused(exchange, waiter->status, "The promise");
    }
    dsy_waiter_free(waiter);
}

static void
settle(struct dsy_api *api, struct dsy_http_exchange *exchange, dsy_uuid id, const char *type)
{
    const struct dsy_http_slice json = dsy_http_exchange_request(exchange)->body;
    struct dsy_error error = { .status = DSY_OK };
    bool threw = false;
    dsy_buffer_clear(&api->arguments);
    enum dsy_status status =
        dsy_settlement_from_json(api->node, type, json.size_bytes > 0 ? json.data : "{}",
                                 json.size_bytes > 0 ? json.size_bytes : 2, &api->arguments, &threw, &error);
    if (status == DSY_NOT_FOUND) {
        dsy_problem_format(exchange, 409, "%s.", error.text);
        return;
    }
    if (status != DSY_OK) {
        if (status == DSY_NO_MEMORY)
            dsy_api_refused(exchange, status, "The promise");
        else
            dsy_api_unfit(exchange, status, error.text);
        return;
    }
    struct dsy_waiter *waiter = dsy_waiter_take(api, exchange, DSY_WAITER_QUESTION);
    if (waiter == NULL) {
        dsy_api_refused(exchange, DSY_NO_MEMORY, "The promise");
        return;
    }
    waiter->answered.deliver = deliver_settled;
    waiter->id = id;
    status = dsy_node_settle(api->node, id, threw, api->arguments.data, api->arguments.size_bytes, dsy_waiter_answered,
                             waiter);
    if (status == DSY_OK) {
        dsy_http_defer(exchange, DSY_ANSWER_MS, waiter);
        return;
    }
    dsy_waiter_free(waiter);
    if (status == DSY_NOT_FOUND)
        respond_no_promise(exchange, id);
    else
        dsy_api_refused(exchange, status, "The promise");
}

/* The promise has said what its type is, and whether it is open. */
static void
deliver_type(struct dsy_http_message *message, struct dsy_http_exchange *exchange)
{
    struct dsy_waiter *waiter = dsy_api_waiter_of(message);
    struct dsy_api *api = waiter->api;
    dsy_uuid id = waiter->id;
    enum dsy_status status = waiter->status;
    json_t *promise = NULL;
    char type[TYPE_NAME_BYTES_MAX] = "";
    const char *name = NULL, *state = NULL;
    if (status == DSY_OK) {
        promise = json_loadb((const char *)waiter->bytes.data, waiter->bytes.size_bytes, 0, NULL);
        name = json_string_value(json_object_get(promise, "type"));
        state = json_string_value(json_object_get(promise, "state"));
    }
    bool is_open = state != NULL && strcmp(state, "open") == 0;
    bool has_name = is_open && name != NULL && strlen(name) < sizeof type;
    if (has_name)
        memcpy(type, name, strlen(name) + 1);
    json_decref(promise);
    dsy_waiter_free(waiter);
    if (exchange == NULL)
        return;
    if (status == DSY_NOT_FOUND)
        respond_no_promise(exchange, id);
    else if (status != DSY_OK)
        dsy_api_refused(exchange, status, "The promise");
    else if (has_name)
        settle(api, exchange, id, type);
    else if (is_open)
        dsy_api_refused(exchange, DSY_CORRUPT, "The promise");
    else
        respond_settled_before(exchange, id);
    if (api->arguments.capacity_bytes > DSY_HTTP_KEPT_BYTES_MAX)
        dsy_buffer_destroy(&api->arguments);
}

static const struct dsy_api_question type_question = { "The question", dsy_node_promise, deliver_type,
                                                       respond_no_promise };

void
dsy_api_settle(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route)
{
    const struct dsy_http_request *request = dsy_http_exchange_request(exchange);
    const struct dsy_http_header *header = dsy_http_find_header(request, "content-type");
    struct dsy_http_slice type = header != NULL ? header->value : (struct dsy_http_slice){ "", 0 };
    bool is_json = dsy_http_slice_is_nocase(dsy_http_slice_trim(dsy_http_slice_cut(&type, ';')), DSY_JSON_CONTENT_TYPE);
    if (header != NULL && request->body.size_bytes > 0 && !is_json)
        dsy_problem_format(exchange, 415,
                           "What settles a promise is a JSON object: send Content-Type: application/json.");
    else
        dsy_api_ask(api, exchange, route->id, &type_question);
}
