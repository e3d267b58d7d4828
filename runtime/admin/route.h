/* Which request means what: paths, queries and preferences, taken apart. Pure: no node, no server.
 * Source: runtime.md, section 6. */
#ifndef DSY_ADMIN_ROUTE_H
#define DSY_ADMIN_ROUTE_H

#include "dsy/type.h"
#include "runtime/transport/http_request.h"

/* Names, keys and cursors in a path or query, decoded, with their NUL. */
#define DSY_ROUTE_TEXT_BYTES_MAX 256
/* A key in a path, decoded, with its NUL: as long as keys may be. */
#define DSY_ROUTE_KEY_BYTES_MAX 1025
/* The longest time that a client may ask to wait for a result; more is taken as this. */
#define DSY_WAIT_S_MAX 300
/* What is waited for the result of a call whose client does not say. */
#define DSY_WAIT_S_DEFAULT 30

enum dsy_route_kind {
    DSY_ROUTE_NONE,      /* there is nothing at this path */
    DSY_ROUTE_MALFORMED, /* bad percent-encoding, or a part that is too long */
    DSY_ROUTE_BAD_ID,    /* below /v1/invocations/ or /v1/promises/ stands what is no id */
    DSY_ROUTE_CALL,
    DSY_ROUTE_KEYED_CALL,
    DSY_ROUTE_INVOCATIONS,
    DSY_ROUTE_INVOCATION,
    DSY_ROUTE_RESULT,
    DSY_ROUTE_RETRY,
    DSY_ROUTE_HEALTH,
    DSY_ROUTE_READY,
    DSY_ROUTE_METRICS,
    DSY_ROUTE_PROMISE,
    DSY_ROUTE_EVENTS,
    DSY_ROUTE_CONTRACT, /* from here on: known, and not there yet */
    DSY_ROUTE_DASHBOARD,
};

struct dsy_route {
    enum dsy_route_kind kind;
    const char *allow; /* methods that the path knows, as for the header field Allow; NULL for the first three */
    char service[DSY_ROUTE_TEXT_BYTES_MAX], routine[DSY_ROUTE_TEXT_BYTES_MAX];
    char key[DSY_ROUTE_KEY_BYTES_MAX]; /* of KEYED_CALL */
    size_t key_bytes;
    dsy_uuid id;
};

/* Take a path apart. */
void dsy_route_find(struct dsy_http_slice path, struct dsy_route *route);

/* Whether the method is one of route->allow. */
bool dsy_route_allows(const struct dsy_route *route, enum dsy_http_method method);

/* What the Prefer header fields say (RFC 7240); what is not understood is left out, as it shall be. */
struct dsy_preference {
    bool has_wait;  /* wait=N, or respond-async, was said */
    int64_t wait_s; /* 0 to DSY_WAIT_S_MAX; default_s when nothing was said */
};

struct dsy_preference dsy_route_preference(const struct dsy_http_request *request, int64_t default_s);

/* Which invocations a list is asked for; empty texts and zeros where nothing is said. */
struct dsy_list_query {
    char service[DSY_ROUTE_TEXT_BYTES_MAX], state[DSY_ROUTE_TEXT_BYTES_MAX], cursor[DSY_ROUTE_TEXT_BYTES_MAX];
    int64_t since_ns;
    uint32_t limit;
};

/* Read the query of a list.
 * Returns NULL, or a sentence (a literal) that says what is wrong with it. */
const char *dsy_route_list_query(struct dsy_http_slice query, struct dsy_list_query *list);

#endif
