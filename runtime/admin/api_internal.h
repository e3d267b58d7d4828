/* What the parts of the HTTP interface share: api.c (which request means what), call.c, question.c, event.c,
 * promise.c. */
#ifndef DSY_ADMIN_API_INTERNAL_H
#define DSY_ADMIN_API_INTERNAL_H

#include "runtime/admin/problem.h"
#include "runtime/admin/route.h"
#include "runtime/admin/waiter.h"

#define DSY_JSON_CONTENT_TYPE "application/json"
#define DSY_CBOR_CONTENT_TYPE "application/cbor" /* between deployments */

/* How long an answer may take that needs no routine to run: a commit, a look into the store. The disk may hang. */
#define DSY_ANSWER_MS 30000

/* POST /v1/call/Service/routine, /v1/call/Service/key/routine */
void dsy_api_call(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route);

/* GET /v1/invocations/{id}/result */
void dsy_api_result(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route);

/* The time of a call or a result's fetching is over; nobody waits for it any more. */
void dsy_api_call_expire(struct dsy_waiter *waiter, struct dsy_http_exchange *exchange);
void dsy_api_call_leave(struct dsy_waiter *waiter);

/* One kind of question about an id. */
struct dsy_api_question {
    const char *name; /* "The question": for what refuses it */
    enum dsy_status (*ask)(struct dsy_node *node, dsy_uuid id, dsy_answer_function *answer, void *context);
    void (*deliver)(struct dsy_http_message *message, struct dsy_http_exchange *exchange); /* of a struct dsy_waiter */
    void (*unknown)(struct dsy_http_exchange *exchange, dsy_uuid id);                      /* 404 */
};

/* Ask the node; the answer goes to question->deliver, a refusal to the client. */
void dsy_api_ask(struct dsy_api *api, struct dsy_http_exchange *exchange, dsy_uuid id,
                 const struct dsy_api_question *question);

/* The waiter of which `answered` has come. */
struct dsy_waiter *dsy_api_waiter_of(struct dsy_http_message *message);

/* GET /v1/invocations/{id}, GET /v1/invocations */
void dsy_api_show(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route);
void dsy_api_retry(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route);
void dsy_api_list(struct dsy_api *api, struct dsy_http_exchange *exchange);

/* DELETE /v1/invocations/{id} */
void dsy_api_cancel(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route);

/* POST /v1/events */
void dsy_api_events(struct dsy_api *api, struct dsy_http_exchange *exchange);
void dsy_api_events_expire(struct dsy_http_exchange *exchange);

/* GET and POST /v1/promises/{id} */
void dsy_api_promise(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route);
void dsy_api_settle(struct dsy_api *api, struct dsy_http_exchange *exchange, const struct dsy_route *route);

/* Answer for a submission or question that the node refused. what: "The call", "The question". */
void dsy_api_refused(struct dsy_http_exchange *exchange, enum dsy_status status, const char *what);

/* Answer for what a client sent that does not fit, as a decoder says it: 400 with the JSON path, 413. */
void dsy_api_unfit(struct dsy_http_exchange *exchange, enum dsy_status status, const char *text);

/* 404: no such invocation. */
void dsy_api_no_invocation(struct dsy_http_exchange *exchange, dsy_uuid id);

#endif
