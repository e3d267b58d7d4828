/* Which request means what, and what needs no waiting: health, metrics, refusals. */
#include "runtime/admin/api.h"

#include "runtime/admin/api_internal.h"
#include "runtime/admin/metrics.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ARGUMENTS_BYTES_MAX = 16 * 1024 * 1024, KEY_BYTES_MAX = 2 * DSY_ROUTE_KEY_BYTES_MAX, HEALTH_BYTES_MAX = 256 };

void
dsy_api_refused(struct dsy_http_exchange *exchange, enum dsy_status status, const char *what)
{
    if (status == DSY_FULL)
        dsy_problem_format(exchange, 503, "%s has to wait: too much is queued already. Send it again later.", what);
    else if (status == DSY_CLOSED)
        dsy_problem_format(exchange, 503, "%s is not taken: this node is starting or stopping.", what);
    else if (status == DSY_INVALID)
        dsy_problem_format(exchange, 400, "%s is not valid.", what);
    else if (status == DSY_INPUT_OUTPUT)
        dsy_problem_format(exchange, 503, "%s is not taken: the store is in trouble. /readyz says in which.", what);
    else if (status == DSY_CORRUPT)
        dsy_problem_format(exchange, 500, "%s cannot be answered: what is stored is damaged.", what);
    else
        dsy_problem_format(exchange, 503, "%s failed: %s.", what, dsy_status_text(status));
}

void
dsy_api_unfit(struct dsy_http_exchange *exchange, enum dsy_status status, const char *text)
{
    struct dsy_problem problem = { .status = status == DSY_FULL ? 413 : 400, .detail = text };
    problem.path_bytes = dsy_problem_path_bytes(text);
    problem.path = problem.path_bytes > 0 ? text : NULL;
    dsy_problem_respond(exchange, &problem);
}

void
dsy_api_no_invocation(struct dsy_http_exchange *exchange, dsy_uuid id)
{
    char text[37];
    dsy_id_format(id, text);
    dsy_problem_format(exchange, 404,
                       "There is no invocation %s: it never began here, it was not begun from outside, or its result "
                       "has been kept long enough.",
                       text);
}

/* A browser that was led here by a page of somebody else says so in Origin; such a page must not make calls. */
static bool
is_foreign(const struct dsy_http_request *request)
{
    const struct dsy_http_header *origin = dsy_http_find_header(request, "origin");
    const struct dsy_http_header *host = dsy_http_find_header(request, "host");
    if (origin == NULL)
        return false;
    struct dsy_http_slice authority = origin->value;
    for (size_t index = 0; index + 3 <= authority.size_bytes; index++) {
        if (authority.data[index] == ':' && authority.data[index + 1] == '/' && authority.data[index + 2] == '/') {
            authority.data += index + 3;
            authority.size_bytes -= index + 3;
            break;
        }
    }
    return host == NULL || host->value.size_bytes != authority.size_bytes ||
           strncasecmp(host->value.data, authority.data, authority.size_bytes) != 0;
}

static void
respond_text(struct dsy_http_exchange *exchange, const char *text)
{
    dsy_buffer_append(dsy_http_exchange_body(exchange), text, strlen(text));
    dsy_http_respond(exchange, 200, "text/plain; charset=utf-8");
}

static void
respond_readiness(struct dsy_api *api, struct dsy_http_exchange *exchange)
{
    char reason[HEALTH_BYTES_MAX] = "this node is stopping";
    if (!atomic_load(&api->refuses_calls)) {
        if (dsy_node_is_ready(api->node)) {
            respond_text(exchange, "ready\n");
            return;
        }
        dsy_node_describe_health(api->node, reason, sizeof reason);
    }
    dsy_problem_format(exchange, 503, "Not ready: %s.", reason);
}

static void
respond_metrics(struct dsy_api *api, struct dsy_http_exchange *exchange)
{
    struct dsy_statistics statistics;
    dsy_node_statistics(api->node, &statistics);
    dsy_metrics_write(&statistics, dsy_http_server_statistics(dsy_http_exchange_server(exchange)), api->version,
                      dsy_http_exchange_body(exchange));
    dsy_http_respond(exchange, 200, DSY_METRICS_CONTENT_TYPE);
}

static void
respond_not_yet(struct dsy_http_exchange *exchange, const char *what)
{
    dsy_problem_format(exchange, 501, "%s not supported yet.", what);
}

static void
dispatch(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route)
{
    switch (route->kind) {
    case DSY_ROUTE_CALL:
    case DSY_ROUTE_KEYED_CALL: dsy_api_call(api, exchange, route); break;
    case DSY_ROUTE_INVOCATIONS: dsy_api_list(api, exchange); break;
    case DSY_ROUTE_INVOCATION:
        if (dsy_http_exchange_request(exchange)->method == DSY_HTTP_DELETE)
            dsy_api_cancel(api, exchange, route);
        else
            dsy_api_show(api, exchange, route);
        break;
    case DSY_ROUTE_RETRY: dsy_api_retry(api, exchange, route); break;
    case DSY_ROUTE_RESULT: dsy_api_result(api, exchange, route); break;
    case DSY_ROUTE_HEALTH: respond_text(exchange, "ok\n"); break;
    case DSY_ROUTE_READY: respond_readiness(api, exchange); break;
    case DSY_ROUTE_METRICS: respond_metrics(api, exchange); break;
    case DSY_ROUTE_PROMISE:
        if (dsy_http_exchange_request(exchange)->method == DSY_HTTP_POST)
            dsy_api_settle(api, exchange, route);
        else
            dsy_api_promise(api, exchange, route);
        break;
    case DSY_ROUTE_EVENTS: dsy_api_events(api, exchange); break;
    case DSY_ROUTE_CONTRACT: respond_not_yet(exchange, "The OpenAPI contract is"); break;
    case DSY_ROUTE_DASHBOARD: respond_not_yet(exchange, "The dashboard is"); break;
    case DSY_ROUTE_NONE:
        dsy_problem_format(
            exchange, 404,
            "There is nothing at this path. There is: POST /v1/call/SERVICE/ROUTINE, /v1/call/SERVICE/KEY/ROUTINE, "
            "GET /v1/invocations, /v1/invocations/ID, /v1/invocations/ID/result, DELETE /v1/invocations/ID, "
            "POST /v1/invocations/ID/retry, POST /v1/promises/ID, /v1/events, GET /healthz, /readyz, /metrics.");
        break;
    case DSY_ROUTE_MALFORMED:
        dsy_problem_format(exchange, 400,
                           "A part of the path is too long, or a '%%' is not followed by two "
                           "hexadecimal digits.");
        break;
    case DSY_ROUTE_BAD_ID: dsy_problem_format(exchange, 404, "There is no such thing: its id is no UUID."); break;
    }
}

/* ---- what the server calls ---- */

static void
handle(void *context, struct dsy_http_exchange *exchange)
{
    struct dsy_api *api = context;
    struct dsy_route route;
    const struct dsy_http_request *request = dsy_http_exchange_request(exchange);
    dsy_route_find(request->path, &route);
    if (!dsy_route_allows(&route, request->method)) {
        dsy_buffer_append_format(dsy_http_exchange_headers(exchange), "Allow: %s\r\n", route.allow);
        dsy_problem_format(exchange, 405, "This path takes %s.", route.allow);
    } else if (is_foreign(request)) {
        dsy_problem_format(exchange, 403, "Pages of another origin may not use this interface.");
    } else {
        dispatch(api, exchange, &route);
    }
}

static void
refuse(void *context, struct dsy_http_exchange *exchange, int status, const char *sentence)
{
    (void)context;
    dsy_problem_format(exchange, status, "%s", sentence);
}

static void
expire(void *context, struct dsy_http_exchange *exchange, void *deferred)
{
    struct dsy_waiter *waiter = deferred;
    (void)context;
    switch (waiter->kind) {
    case DSY_WAITER_CALL:
    case DSY_WAITER_RESULT: dsy_api_call_expire(waiter, exchange); break;
    case DSY_WAITER_QUESTION: dsy_api_refused(exchange, DSY_TIMEOUT, "The question"); break;
    case DSY_WAITER_EVENTS: dsy_api_events_expire(exchange); break;
    }
}

static void
leave(void *context, void *deferred)
{
    struct dsy_waiter *waiter = deferred;
    (void)context;
    switch (waiter->kind) {
    case DSY_WAITER_CALL:
    case DSY_WAITER_RESULT: dsy_api_call_leave(waiter); break;
    case DSY_WAITER_QUESTION:
    case DSY_WAITER_EVENTS: break; /* its answer comes, finds no exchange, and frees it */
    }
}

/* ---- its life ---- */

struct dsy_api *
dsy_api_create(struct dsy_node *node, const char *version)
{
    struct dsy_api *api = calloc(1, sizeof *api);
    if (api == NULL)
        return NULL;
    api->node = node;
    api->version = version;
    dsy_buffer_init(&api->arguments, ARGUMENTS_BYTES_MAX);
    dsy_buffer_init(&api->key, KEY_BYTES_MAX);
    dsy_buffer_init(&api->event, ARGUMENTS_BYTES_MAX);
    return api;
}

struct dsy_http_handler
dsy_api_handler(struct dsy_api *api)
{
    return (struct dsy_http_handler){
        .context = api,
        .handle = handle,
        .refuse = refuse,
        .expire = expire,
        .leave = leave,
    };
}

void
dsy_api_refuse_calls(struct dsy_api *api)
{
    atomic_store(&api->refuses_calls, true);
}

static void
free_list(struct dsy_waiter *waiter)
{
    while (waiter != NULL) {
        struct dsy_waiter *next = waiter->next;
        dsy_buffer_destroy(&waiter->bytes);
        free(waiter);
        waiter = next;
    }
}

void
dsy_api_destroy(struct dsy_api *api)
{
    if (api == NULL)
        return;
    free_list(api->waiters); /* of calls that the node dropped when it stopped */
    free_list(api->spare);
    dsy_buffer_destroy(&api->arguments);
    dsy_buffer_destroy(&api->key);
    dsy_buffer_destroy(&api->event);
    free(api);
}
