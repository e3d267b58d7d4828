/* Questions that the node answers with a JSON text of its own: one invocation, and the list of them. */
#include "runtime/admin/api_internal.h"

struct dsy_waiter *
dsy_api_waiter_of(struct dsy_http_message *message)
{
    return (struct dsy_waiter *)((char *)message - offsetof(struct dsy_waiter, answered));
}

void
dsy_api_ask(struct dsy_api *api, struct dsy_http_exchange *exchange, dsy_uuid id,
            const struct dsy_api_question *question)
{
    struct dsy_waiter *waiter = dsy_waiter_take(api, exchange, DSY_WAITER_QUESTION);
    if (waiter == NULL) {
        dsy_api_refused(exchange, DSY_NO_MEMORY, question->name);
        return;
    }
    waiter->answered.deliver = question->deliver;
    waiter->id = id;
    enum dsy_status status = question->ask(api->node, id, dsy_waiter_answered, waiter);
    if (status == DSY_OK) {
        dsy_http_defer(exchange, DSY_ANSWER_MS, waiter);
        return;
    }
    dsy_waiter_free(waiter);
    if (status == DSY_NOT_FOUND)
        question->unknown(exchange, id);
    else
        dsy_api_refused(exchange, status, question->name);
}

static void
deliver_answer(struct dsy_http_message *message, struct dsy_http_exchange *exchange)
{
    struct dsy_waiter *waiter = dsy_api_waiter_of(message);
    if (exchange != NULL && waiter->status == DSY_OK) {
        struct dsy_buffer *body = dsy_http_exchange_body(exchange);
        dsy_buffer_append(body, waiter->bytes.data, waiter->bytes.size_bytes);
        dsy_http_respond(exchange, 200, DSY_JSON_CONTENT_TYPE);
    } else if (exchange != NULL && waiter->status == DSY_NOT_FOUND) {
        dsy_api_no_invocation(exchange, waiter->id);
    } else if (exchange != NULL) {
        dsy_api_refused(exchange, waiter->status, "The question");
    }
    dsy_waiter_free(waiter);
}

void
dsy_api_show(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route)
{
    static const struct dsy_api_question question = { "The question", dsy_node_show, deliver_answer,
                                                      dsy_api_no_invocation };
    dsy_api_ask(api, exchange, route->id, &question);
}

/* ---- out of quarantine, by hand ---- */

static void
deliver_retry(struct dsy_http_message *message, struct dsy_http_exchange *exchange)
{
    struct dsy_waiter *waiter = dsy_api_waiter_of(message);
    if (exchange != NULL && waiter->status == DSY_OK) {
        char id[37];
        dsy_id_format(waiter->id, id);
        dsy_buffer_append_format(dsy_http_exchange_body(exchange), "{\"id\":\"%s\",\"state\":\"running\"}", id);
        dsy_http_respond(exchange, 202, DSY_JSON_CONTENT_TYPE);
    } else if (exchange != NULL && waiter->status == DSY_NOT_FOUND) {
        dsy_api_no_invocation(exchange, waiter->id);
    } else if (exchange != NULL && waiter->status == DSY_EXISTS) {
        dsy_problem_format(exchange, 409, "This invocation is not in quarantine: it runs, sleeps or waits by itself.");
    } else if (exchange != NULL) {
        dsy_api_refused(exchange, waiter->status, "The retry");
    }
    dsy_waiter_free(waiter);
}

void
dsy_api_retry(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route)
{
    static const struct dsy_api_question question = { "The retry", dsy_node_retry, deliver_retry,
                                                      dsy_api_no_invocation };
    dsy_api_ask(api, exchange, route->id, &question);
}

/* ---- cancelling ---- */

static void
deliver_cancel(struct dsy_http_message *message, struct dsy_http_exchange *exchange)
{
    struct dsy_waiter *waiter = dsy_api_waiter_of(message);
    char id[37];
    dsy_id_format(waiter->id, id);
    if (exchange != NULL && waiter->status == DSY_OK) {
        dsy_buffer_append_format(dsy_http_exchange_body(exchange), "{\"id\":\"%s\"}", id);
        dsy_http_respond(exchange, 202, DSY_JSON_CONTENT_TYPE);
    } else if (exchange != NULL && waiter->status == DSY_NOT_FOUND) {
        dsy_api_no_invocation(exchange, waiter->id);
    } else if (exchange != NULL && waiter->status == DSY_EXISTS) {
        dsy_problem_format(exchange, 409, "Invocation %s has ended already; GET /v1/invocations/%s/result says how.",
                           id, id);
    } else if (exchange != NULL) {
        dsy_api_refused(exchange, waiter->status, "The cancellation");
    }
    dsy_waiter_free(waiter);
}

void
dsy_api_cancel(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route)
{
    static const struct dsy_api_question question = { "The cancellation", dsy_node_cancel, deliver_cancel,
                                                      dsy_api_no_invocation };
    dsy_api_ask(api, exchange, route->id, &question);
}

/* ---- lists ---- */

void
dsy_api_list(struct dsy_api *api, struct dsy_http_exchange *exchange)
{
    struct dsy_list_query query;
    const char *wrong = dsy_route_list_query(dsy_http_exchange_request(exchange)->query, &query);
    if (wrong != NULL) {
        dsy_problem_format(exchange, 400, "%s", wrong);
        return;
    }
    struct dsy_waiter *waiter = dsy_waiter_take(api, exchange, DSY_WAITER_QUESTION);
    if (waiter == NULL) {
        dsy_api_refused(exchange, DSY_NO_MEMORY, "The question");
        return;
    }
    waiter->answered.deliver = deliver_answer;
    struct dsy_list_filter filter = {
        .service = query.service[0] != 0 ? query.service : NULL,
        .state = query.state[0] != 0 ? query.state : NULL,
        .since_ns = query.since_ns,
        .limit = query.limit,
        .cursor = query.cursor[0] != 0 ? query.cursor : NULL,
    };
    enum dsy_status status = dsy_node_list(api->node, &filter, dsy_waiter_answered, waiter);
    if (status == DSY_OK) {
        dsy_http_defer(exchange, DSY_ANSWER_MS, waiter);
        return;
    }
    dsy_waiter_free(waiter);
    if (status == DSY_INVALID)
        dsy_problem_format(exchange, 400, "The cursor is none that a list gave.");
    else
        dsy_api_refused(exchange, status, "The question");
}
