/* Every bound of the HTTP side, with its reason. Those that a server may set differently are defaults of
 * struct dsy_http_limits; the rest holds always. */
#ifndef DSY_TRANSPORT_HTTP_LIMITS_H
#define DSY_TRANSPORT_HTTP_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* Request line and header fields together; what nginx and Node allow too. More is answered with 431. */
#define DSY_HTTP_HEAD_BYTES_MAX (16 * 1024)
/* Header fields of one request: a browser sends 20. More is answered with 431. */
#define DSY_HTTP_HEADERS_MAX 64
/* A request's body; the arguments of one call. More is answered with 413. */
#define DSY_HTTP_BODY_BYTES_MAX (1024 * 1024)
/* Chunk sizes, extensions and trailers of one chunked body: bytes that the body's own bound does not count. */
#define DSY_HTTP_FRAMING_BYTES_MAX (64 * 1024)
/* A buffer that grew beyond this for one request is given back after it. */
#define DSY_HTTP_KEPT_BYTES_MAX (64 * 1024)
/* Bytes of following requests that wait until the one before them is answered; then reading stops. */
#define DSY_HTTP_PIPELINED_BYTES_MAX (64 * 1024)
/* Open connections: each costs a descriptor and a few kilobytes. The next one gets 503. */
#define DSY_HTTP_CONNECTIONS_MAX 1024
/* Connections beyond that which are open only to say 503; later ones are closed without a word. */
#define DSY_HTTP_REFUSALS_MAX 64
/* From the first byte of a request (or the connection's start) to the end of its head: a slow sender is cut off. */
#define DSY_HTTP_HEAD_MS 10000
/* From the head to the end of the body. */
#define DSY_HTTP_BODY_MS 30000
/* Between two requests of a connection. */
#define DSY_HTTP_IDLE_MS 60000
/* Until a response has been taken by the client. */
#define DSY_HTTP_WRITE_MS 30000
/* A client that has shut down its sending side is still answered if the answer is there within this time. */
#define DSY_HTTP_HALF_CLOSED_MS 2000
/* After an error that ends the connection, what the client still sends is read and dropped, so that it sees the answer
 * instead of a reset: for so long, and so many bytes. */
#define DSY_HTTP_LINGER_MS 1000
#define DSY_HTTP_LINGER_BYTES_MAX (4 * 1024 * 1024)
/* Connections that the kernel holds until they are accepted. */
#define DSY_HTTP_BACKLOG 1024

struct dsy_http_limits {
    size_t head_bytes_max;
    size_t body_bytes_max;
    uint32_t connections_max;
    int64_t head_ms, body_ms, idle_ms, write_ms, half_closed_ms, linger_ms;
};

#define DSY_HTTP_LIMITS_DEFAULT                      \
    ((struct dsy_http_limits){                       \
        .head_bytes_max = DSY_HTTP_HEAD_BYTES_MAX,   \
        .body_bytes_max = DSY_HTTP_BODY_BYTES_MAX,   \
        .connections_max = DSY_HTTP_CONNECTIONS_MAX, \
        .head_ms = DSY_HTTP_HEAD_MS,                 \
        .body_ms = DSY_HTTP_BODY_MS,                 \
        .idle_ms = DSY_HTTP_IDLE_MS,                 \
        .write_ms = DSY_HTTP_WRITE_MS,               \
        .half_closed_ms = DSY_HTTP_HALF_CLOSED_MS,   \
        .linger_ms = DSY_HTTP_LINGER_MS,             \
    })

#endif
