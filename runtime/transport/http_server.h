/* HTTP/1.1 server: one thread with one libuv loop, which hands requests to a table of functions.
 *
 * Knows nothing of what requests mean. Requests of a connection are handled one after the other, in order; what a
 * client sends ahead waits, bounded. An answer may be given at once, or later: the handler keeps a ticket and any
 * thread posts a message that finds its exchange again by it, or learns that the client has gone.
 * Bounds stand in http_limits.h. */
#ifndef DSY_TRANSPORT_HTTP_SERVER_H
#define DSY_TRANSPORT_HTTP_SERVER_H

#include "dsy/buffer.h"
#include "dsy/status.h"
#include "runtime/transport/http_limits.h"
#include "runtime/transport/http_request.h"

#include <stdbool.h>
#include <stdint.h>

struct dsy_http_server;

/* One request and its answer; of the server's thread only. */
struct dsy_http_exchange;

/* Names an exchange from any thread and at any time, also when it is over. */
struct dsy_http_ticket {
    uint64_t number;
    uint32_t slot;
};

/* What the server calls, on its own thread. */
struct dsy_http_handler {
    void *context;

    /* A request is whole: answer by dsy_http_respond() or put off by dsy_http_defer() before returning. */
    void (*handle)(void *context, struct dsy_http_exchange *exchange);

    /* The bytes were no acceptable request, or there are too many connections: put the body for that status and
     * sentence (a literal) together and call dsy_http_respond(); the connection ends afterwards. There is no request.
     */
    void (*refuse)(void *context, struct dsy_http_exchange *exchange, int status, const char *sentence);

    /* The time that a put-off exchange was given is over: respond, or defer again. */
    void (*expire)(void *context, struct dsy_http_exchange *exchange, void *deferred);

    /* The client of a put-off exchange has gone, or the server stops: nobody waits for `deferred` any more. */
    void (*leave)(void *context, void *deferred);
};

struct dsy_http_server_options {
    const char *address; /* "127.0.0.1:8080", "[::1]:0", "localhost:8080"; port 0 takes a free one */
    bool allow_remote;   /* an address beyond loopback may be listened on */
    struct dsy_http_limits limits;
    struct dsy_http_handler handler;
};

/* Counted on the server's thread, and read there. */
struct dsy_http_statistics {
    uint64_t responses[600]; /* by status */
    uint64_t connections_accepted, connections_refused;
    uint64_t received_bytes, sent_bytes;
    uint32_t connections_open;
    uint32_t exchanges_waiting; /* put off */
};

/* Listen, and start the thread.
 *
 * options  read during the call only; what the handler's context points to lives until dsy_http_server_destroy()
 * server   receives the server, owned by the caller
 * error    says what is wrong: not an address, beyond loopback without allow_remote (DSY_INVALID), the port is taken
 *          (DSY_BUSY), or the system refused (DSY_INPUT_OUTPUT, DSY_NO_MEMORY) */
DSY_MUST_USE
enum dsy_status dsy_http_server_start(const struct dsy_http_server_options *options, struct dsy_http_server **server,
                                      struct dsy_error *error);

/* Where it listens: "http://127.0.0.1:41234". Lives as long as the server. */
const char *dsy_http_server_url(const struct dsy_http_server *server);

/* Accept no more, let responses that are being written end, leave what is put off, end the thread. Waits, for
 * grace_ms at most. Messages that are posted afterwards are kept for dsy_http_server_destroy(). */
void dsy_http_server_stop(struct dsy_http_server *server, int64_t grace_ms);

/* Deliver the messages that are left, without their exchanges, and give everything back. Stops it first if it runs.
 * Nobody may post any more. NULL does nothing. */
void dsy_http_server_destroy(struct dsy_http_server *server);

/* ---- on the server's thread ---- */

/* NULL when the exchange is a refusal. Lasts until the response. */
const struct dsy_http_request *dsy_http_exchange_request(const struct dsy_http_exchange *exchange);

/* Body of the response, empty at first: to be appended to, before dsy_http_respond(). */
struct dsy_buffer *dsy_http_exchange_body(struct dsy_http_exchange *exchange);

/* Header fields of the response, each with its CRLF, besides Content-Type, Content-Length, Connection and Date. */
struct dsy_buffer *dsy_http_exchange_headers(struct dsy_http_exchange *exchange);

/* Send the response. The exchange is over; only its ticket may still be used.
 * content_type  NULL: there is none */
void dsy_http_respond(struct dsy_http_exchange *exchange, int status, const char *content_type);

/* Answer later: the exchange is given wait_ms from now, then `expire` is called with `deferred`. */
void dsy_http_defer(struct dsy_http_exchange *exchange, int64_t wait_ms, void *deferred);

struct dsy_http_server *dsy_http_exchange_server(const struct dsy_http_exchange *exchange);

struct dsy_http_ticket dsy_http_exchange_ticket(const struct dsy_http_exchange *exchange);

const struct dsy_http_statistics *dsy_http_server_statistics(const struct dsy_http_server *server);

/* ---- from any thread ---- */

/* Work for the server's thread; embedded in something of the sender's. */
struct dsy_http_message {
    struct dsy_http_message *next; /* the server's */
    struct dsy_http_ticket ticket;
    /* Called once, on the server's thread; owns the message.
     * exchange  NULL when it is over */
    void (*deliver)(struct dsy_http_message *message, struct dsy_http_exchange *exchange);
};

/* Have the message delivered. Messages are delivered in the order of their posting. */
void dsy_http_server_post(struct dsy_http_server *server, struct dsy_http_message *message);

/* The standard phrase of a status, "Not Found"; "" for one that is not used here. */
const char *dsy_http_status_phrase(int status);

#endif
