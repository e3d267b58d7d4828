/* Error responses: application/problem+json (RFC 9457). */
#ifndef DSY_ADMIN_PROBLEM_H
#define DSY_ADMIN_PROBLEM_H

#include "runtime/transport/http_server.h"

#define DSY_PROBLEM_CONTENT_TYPE "application/problem+json"

/* What a problem may have besides its status. */
struct dsy_problem {
    int status;
    const char *detail; /* one sentence or more: what is wrong, where, what to do */
    const char *path;   /* JSON path into the request's body; NULL: none */
    size_t path_bytes;
    const char *error; /* JSON of the error that the routine threw; NULL: none */
    size_t error_bytes;
    const char *invocation; /* id; NULL: none */
    int64_t retry_after_s;  /* 0: no Retry-After */
};

/* Write the body alone: {"type","title","status","detail", …}. Texts that are not UTF-8 are mended. */
void dsy_problem_write(const struct dsy_problem *problem, struct dsy_buffer *body);

/* Answer with it. */
void dsy_problem_respond(struct dsy_http_exchange *exchange, const struct dsy_problem *problem);

/* Answer with a status and a printf detail. */
void dsy_problem_format(struct dsy_http_exchange *exchange, int status, const char *format, ...) DSY_FORMAT(3, 4);

/* How many octets of a decoder's message are its JSON path: of "$.order.items[2].price: expected …" the first 23;
 * 0 when it begins with none. */
size_t dsy_problem_path_bytes(const char *message);

#endif
