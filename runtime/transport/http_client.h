/* A small HTTP/1.1 client for command lines: one request, one connection, and it waits. */
#ifndef DSY_TRANSPORT_HTTP_CLIENT_H
#define DSY_TRANSPORT_HTTP_CLIENT_H

#include "dsy/buffer.h"
#include "dsy/status.h"

/* The largest response body that is taken. */
#define DSY_HTTP_RESPONSE_BYTES_MAX (64 * 1024 * 1024)

struct dsy_http_call {
    const char *url;     /* "http://127.0.0.1:8080": host and port, nothing after them */
    const char *method;  /* "POST" */
    const char *path;    /* "/v1/call/Orders/checkout", encoded */
    const char *headers; /* further fields, each with its CRLF; "" for none */
    const char *body;    /* NULL: none */
    size_t body_bytes;
    int64_t timeout_ms; /* for each wait for the network */
};

/* Send the request and wait for its response.
 *
 * http_status  receives the response's status
 * body         receives the response's body; appended
 * error        DSY_INVALID: the url is none; DSY_NOT_FOUND: nobody listens there, nothing was sent;
 *              DSY_TIMEOUT, DSY_INPUT_OUTPUT: it is not known what became of the request; DSY_CORRUPT: the answer is
 *              no HTTP; DSY_FULL, DSY_NO_MEMORY */
DSY_MUST_USE
enum dsy_status dsy_http_client_call(const struct dsy_http_call *call, int *http_status, struct dsy_buffer *body,
                                     struct dsy_error *error);

/* The path with each octet that is not unreserved (RFC 3986) percent-encoded. Appended. */
void dsy_http_percent_encode(const char *text, struct dsy_buffer *encoded);

#endif
