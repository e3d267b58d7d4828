/* Bytes of a client → requests → routes, preferences, queries and bodies' framing, without sockets.
 *
 * The first octet says how the rest is cut into pieces; the requests that come out must not depend on that, so each
 * input is read twice, in pieces and whole, and the two are compared. */
#include "runtime/admin/problem.h"
#include "runtime/admin/route.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What was read, folded into one number. */
struct digest {
    uint64_t value;
    unsigned requests;
};

static void
digest_add(struct digest *digest, const void *data, size_t size_bytes)
{
    const unsigned char *octets = data;
    for (size_t index = 0; index < size_bytes; index++)
        digest->value = (digest->value ^ octets[index]) * UINT64_C(1099511628211);
    digest->value = (digest->value ^ size_bytes) * UINT64_C(1099511628211);
}

static void
digest_request(struct digest *digest, const struct dsy_http_request *request)
{
    struct dsy_route route;
    struct dsy_list_query list;
    digest->requests++;
    digest_add(digest, request->path.data, request->path.size_bytes);
    digest_add(digest, request->query.data, request->query.size_bytes);
    digest_add(digest, request->body.data, request->body.size_bytes);
    for (size_t index = 0; index < request->header_count; index++) {
        digest_add(digest, request->headers[index].name.data, request->headers[index].name.size_bytes);
        digest_add(digest, request->headers[index].value.data, request->headers[index].value.size_bytes);
    }
    dsy_route_find(request->path, &route);
    digest_add(digest, &route.kind, sizeof route.kind);
    digest_add(digest, route.service, strlen(route.service));
    digest_add(digest, route.routine, strlen(route.routine));
    bool is_allowed = dsy_route_allows(&route, request->method);
    digest_add(digest, &is_allowed, 1);
    struct dsy_preference preference = dsy_route_preference(request, DSY_WAIT_S_DEFAULT);
    if (preference.wait_s < 0 || preference.wait_s > DSY_WAIT_S_MAX)
        abort();
    digest_add(digest, &preference.wait_s, sizeof preference.wait_s);
    if (dsy_route_list_query(request->query, &list) == NULL)
        digest_add(digest, list.cursor, strlen(list.cursor));
}

/* A refusal's body is what a client gets to see of its own bytes. */
static void
write_problem(const struct dsy_http_parser *parser)
{
    struct dsy_buffer body;
    struct dsy_problem problem = { .status = 0 };
    problem.status = dsy_http_parser_refusal(parser, &problem.detail);
    dsy_buffer_init(&body, 4096);
    dsy_problem_write(&problem, &body);
    if (problem.status < 400 || problem.status > 599 || body.status != DSY_OK)
        abort();
    dsy_buffer_destroy(&body);
}

/* Read everything, in pieces of piece_bytes. */
static struct digest
read_all(const char *bytes, size_t size_bytes, size_t piece_bytes)
{
    static const struct dsy_http_limits limits = { .head_bytes_max = 2048, .body_bytes_max = 1024 };
    struct dsy_http_parser *parser = dsy_http_parser_new(&limits);
    struct digest digest = { .value = 0 };
    bool is_refused = parser == NULL;
    while (size_bytes > 0 && !is_refused) {
        size_t taken_bytes, part_bytes = size_bytes < piece_bytes ? size_bytes : piece_bytes;
        switch (dsy_http_parser_feed(parser, bytes, part_bytes, &taken_bytes)) {
        case DSY_HTTP_READY:
            digest_request(&digest, dsy_http_parser_request(parser));
            dsy_http_parser_next(parser);
            break;
        case DSY_HTTP_REFUSED:
            is_refused = true;
            write_problem(parser);
            break;
        case DSY_HTTP_MORE:
        case DSY_HTTP_CONTINUE:
            if (taken_bytes != part_bytes)
                abort();
            break;
        }
        if (taken_bytes > part_bytes)
            abort();
        bytes += taken_bytes;
        size_bytes -= taken_bytes;
    }
    dsy_http_parser_free(parser);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    if (size_bytes < 2)
        return 0;
    const char *bytes = (const char *)data + 1;
    struct digest whole = read_all(bytes, size_bytes - 1, size_bytes);
    struct digest pieces = read_all(bytes, size_bytes - 1, (size_t)data[0] % 64 + 1);
    if (whole.value != pieces.value || whole.requests != pieces.requests)
        abort();
    return 0;
}
