/* One side of a connection as bytes: bytes in → requests, one after the other. No sockets, no clock.
 *
 * Strict, because a proxy in front may read the same bytes differently: lines end with CRLF and nothing else; no folded
 * header lines; exactly one Host; Content-Length or Transfer-Encoding, never both, and of codings only `chunked`. */
#ifndef DSY_TRANSPORT_HTTP_REQUEST_H
#define DSY_TRANSPORT_HTTP_REQUEST_H

#include "runtime/transport/http_limits.h"

#include <stdbool.h>
#include <stddef.h>

enum dsy_http_method {
    DSY_HTTP_GET,
    DSY_HTTP_HEAD,
    DSY_HTTP_POST,
    DSY_HTTP_PUT,
    DSY_HTTP_PATCH,
    DSY_HTTP_DELETE,
    DSY_HTTP_OPTIONS,
    DSY_HTTP_OTHER,
};

/* Bytes of somebody else; not NUL-terminated. */
struct dsy_http_slice {
    const char *data;
    size_t size_bytes;
};

struct dsy_http_header {
    struct dsy_http_slice name, value; /* the value without white space around it */
};

struct dsy_http_request {
    enum dsy_http_method method;
    struct dsy_http_slice path;  /* begins with '/'; percent-encoding as sent */
    struct dsy_http_slice query; /* after '?'; may be empty */
    const struct dsy_http_header *headers;
    size_t header_count;
    struct dsy_http_slice body;
    bool keep_alive; /* the client lets the connection be used again */
};

/* How the bytes came out. */
enum dsy_http_parse {
    DSY_HTTP_MORE,     /* all bytes are taken; more are needed */
    DSY_HTTP_CONTINUE, /* the head is there, the client waits for "100 Continue"; feed on afterwards */
    DSY_HTTP_READY,    /* a request is whole */
    DSY_HTTP_REFUSED,  /* no request of this connection can be read any more; see dsy_http_parser_refusal() */
};

struct dsy_http_parser;

/* Make a parser.
 *
 * limits  copied: head_bytes_max and body_bytes_max are looked at
 *
 * Returns it, to be freed by dsy_http_parser_free(); NULL when out of memory. */
struct dsy_http_parser *dsy_http_parser_new(const struct dsy_http_limits *limits);

void dsy_http_parser_free(struct dsy_http_parser *parser);

/* Take in bytes up to the end of the current request.
 *
 * bytes, size_bytes   what the client sent
 * taken_bytes         set to how many were taken; less than all only when DSY_HTTP_READY, CONTINUE or REFUSED
 *
 * Returns how it stands. After DSY_HTTP_READY dsy_http_parser_next() must be called before the next bytes. */
enum dsy_http_parse dsy_http_parser_feed(struct dsy_http_parser *parser, const char *bytes, size_t size_bytes,
                                         size_t *taken_bytes);

/* The request of DSY_HTTP_READY. Its slices last until dsy_http_parser_next(). */
const struct dsy_http_request *dsy_http_parser_request(const struct dsy_http_parser *parser);

/* Why the bytes were refused: the status to answer with (400, 413, 417, 431, 500, 501, 505) and a sentence, a literal.
 */
int dsy_http_parser_refusal(const struct dsy_http_parser *parser, const char **sentence);

/* True before the first byte of a request. */
bool dsy_http_parser_is_idle(const struct dsy_http_parser *parser);

/* True once the head of the current request has been taken in. */
bool dsy_http_parser_has_head(const struct dsy_http_parser *parser);

/* Forget the request and begin the next one. */
void dsy_http_parser_next(struct dsy_http_parser *parser);

/* ---- reading a request ---- */

/* The first header field of that name, case ignored; NULL when there is none. */
const struct dsy_http_header *dsy_http_find_header(const struct dsy_http_request *request, const char *name);

/* True when the text equals the NUL-terminated one. */
bool dsy_http_slice_is(struct dsy_http_slice slice, const char *text);

/* The same, with ASCII letters' case ignored. */
bool dsy_http_slice_is_nocase(struct dsy_http_slice slice, const char *text);

/* Undo percent-encoding.
 *
 * slice          the encoded text
 * plus_is_space  as in query strings
 * out            room for out_size_bytes octets; the result is NUL-terminated
 *
 * Returns the size without NUL; -1 when a '%' is not followed by two hexadecimal digits, when the result holds
 * a NUL, or when it does not fit. */
ptrdiff_t dsy_http_percent_decode(struct dsy_http_slice slice, bool plus_is_space, char *out, size_t out_size_bytes);

/* Cut the next part off a text: path segments by '/', query pairs by '&', list members by ','.
 *
 * rest  in: the text; out: what follows the separator. data is NULL after the last part
 *
 * Returns the part before the separator. */
struct dsy_http_slice dsy_http_slice_cut(struct dsy_http_slice *rest, char separator);

/* Without spaces and tabs around it. */
struct dsy_http_slice dsy_http_slice_trim(struct dsy_http_slice slice);

#endif
