/* Paths, queries and preferences. Relies on http_request.h for cutting and decoding; touches nothing else. */
#include "runtime/admin/route.h"

#include "dsy/node.h"
#include "dsy/text.h"
#include "dsy/time.h"

#include <string.h>

/* Parts of the longest path that is known: v1, call, Service, key, routine. */
enum { PARTS_MAX = 5 };

struct parts {
    char text[PARTS_MAX][DSY_ROUTE_KEY_BYTES_MAX];
    size_t count;
    bool is_malformed, is_too_many;
};

/* "/a/b" → "a", "b". An empty part, as in "/a/", stays one, and so matches nothing. */
static void
split(struct dsy_http_slice path, struct parts *parts)
{
    struct dsy_http_slice rest = { path.data + 1, path.size_bytes - 1 };
    do {
        struct dsy_http_slice part = dsy_http_slice_cut(&rest, '/');
        if (parts->count == PARTS_MAX) {
            parts->is_too_many = true;
            return;
        }
        if (dsy_http_percent_decode(part, false, parts->text[parts->count++], DSY_ROUTE_KEY_BYTES_MAX) < 0)
            parts->is_malformed = true;
    } while (rest.data != NULL);
}

static bool
part_is(const struct parts *parts, size_t index, const char *text)
{
    return index < parts->count && strcmp(parts->text[index], text) == 0;
}

/* Returns false for a name that is longer than any. */
static bool
copy_name(const char *part, char name[DSY_ROUTE_TEXT_BYTES_MAX])
{
    size_t length = strnlen(part, DSY_ROUTE_TEXT_BYTES_MAX);
    if (length == DSY_ROUTE_TEXT_BYTES_MAX)
        return false;
    memcpy(name, part, length + 1);
    return true;
}

/* /v1/call/Service/routine, /v1/call/Service/key/routine. The empty key is a key. */
static enum dsy_route_kind
find_call(const struct parts *parts, struct dsy_route *route)
{
    if (parts->count < 4)
        return DSY_ROUTE_NONE;
    const char *service = parts->text[2], *routine = parts->text[parts->count - 1];
    if (service[0] == 0 || routine[0] == 0)
        return DSY_ROUTE_NONE;
    if (!copy_name(service, route->service) || !copy_name(routine, route->routine))
        return DSY_ROUTE_MALFORMED;
    if (parts->count == 4)
        return DSY_ROUTE_CALL;
    route->key_bytes = strlen(parts->text[3]);
    memcpy(route->key, parts->text[3], route->key_bytes + 1);
    return DSY_ROUTE_KEYED_CALL;
}

static enum dsy_route_kind
find_invocation(const struct parts *parts, struct dsy_route *route)
{
    if (parts->count == 2)
        return DSY_ROUTE_INVOCATIONS;
    bool is_result = part_is(parts, 3, "result");
    if (parts->count > 4 || (parts->count == 4 && !is_result && !part_is(parts, 3, "retry")))
        return DSY_ROUTE_NONE;
    if (!dsy_uuid_parse(dsy_string_view(parts->text[2]), &route->id))
        return DSY_ROUTE_BAD_ID;
    if (parts->count == 4)
        return is_result ? DSY_ROUTE_RESULT : DSY_ROUTE_RETRY;
    return DSY_ROUTE_INVOCATION;
}

static enum dsy_route_kind
find_top(const struct parts *parts)
{
    static const struct {
        const char *name;
        enum dsy_route_kind kind;
    } table[] = {
        { "", DSY_ROUTE_DASHBOARD },      { "healthz", DSY_ROUTE_HEALTH },        { "readyz", DSY_ROUTE_READY },
        { "metrics", DSY_ROUTE_METRICS }, { "openapi.json", DSY_ROUTE_CONTRACT },
    };
    for (size_t index = 0; index < sizeof table / sizeof table[0]; index++) {
        if (part_is(parts, 0, table[index].name))
            return table[index].kind;
    }
    return DSY_ROUTE_NONE;
}

static enum dsy_route_kind
find_kind(const struct parts *parts, struct dsy_route *route)
{
    if (parts->is_malformed)
        return DSY_ROUTE_MALFORMED;
    if (parts->is_too_many)
        return DSY_ROUTE_NONE;
    if (parts->count == 1)
        return find_top(parts);
    if (!part_is(parts, 0, "v1"))
        return DSY_ROUTE_NONE;
    if (part_is(parts, 1, "call"))
        return find_call(parts, route);
    if (part_is(parts, 1, "invocations"))
        return find_invocation(parts, route);
    if (part_is(parts, 1, "promises") && parts->count == 3)
        return dsy_uuid_parse(dsy_string_view(parts->text[2]), &route->id) ? DSY_ROUTE_PROMISE : DSY_ROUTE_BAD_ID;
    if (part_is(parts, 1, "events") && parts->count == 2)
        return DSY_ROUTE_EVENTS;
    return DSY_ROUTE_NONE;
}

static const char *
allow_of(enum dsy_route_kind kind)
{
    switch (kind) {
    case DSY_ROUTE_NONE:
    case DSY_ROUTE_MALFORMED:
    case DSY_ROUTE_BAD_ID: return NULL;
    case DSY_ROUTE_CALL:
    case DSY_ROUTE_KEYED_CALL:
    case DSY_ROUTE_RETRY:
    case DSY_ROUTE_EVENTS: return "POST";
    case DSY_ROUTE_PROMISE: return "GET, HEAD, POST";
    case DSY_ROUTE_INVOCATION: return "GET, HEAD, DELETE";
    case DSY_ROUTE_INVOCATIONS:
    case DSY_ROUTE_RESULT:
    case DSY_ROUTE_HEALTH:
    case DSY_ROUTE_READY:
    case DSY_ROUTE_METRICS:
    case DSY_ROUTE_CONTRACT:
    case DSY_ROUTE_DASHBOARD: return "GET, HEAD";
    }
    return NULL;
}

void
dsy_route_find(struct dsy_http_slice path, struct dsy_route *route)
{
    struct parts parts = { .count = 0 };
    *route = (struct dsy_route){ .kind = DSY_ROUTE_NONE };
    if (path.size_bytes == 0 || path.data[0] != '/')
        return;
    split(path, &parts);
    route->kind = find_kind(&parts, route);
    route->allow = allow_of(route->kind);
}

bool
dsy_route_allows(const struct dsy_route *route, enum dsy_http_method method)
{
    if (route->allow == NULL)
        return true;
    switch (method) {
    case DSY_HTTP_GET:
    case DSY_HTTP_HEAD: return route->allow[0] == 'G';
    case DSY_HTTP_POST: return route->allow[0] == 'P' || route->kind == DSY_ROUTE_PROMISE;
    case DSY_HTTP_DELETE: return route->kind == DSY_ROUTE_INVOCATION;
    case DSY_HTTP_PUT:
    case DSY_HTTP_PATCH:
    case DSY_HTTP_OPTIONS:
    case DSY_HTTP_OTHER: return false;
    }
    return false;
}

/* Digits only; a number too large becomes `most`. Returns false for anything else. */
static bool
read_number(struct dsy_http_slice text, int64_t most, int64_t *number)
{
    int64_t result = 0;
    if (text.size_bytes == 0)
        return false;
    for (size_t index = 0; index < text.size_bytes; index++) {
        if (text.data[index] < '0' || text.data[index] > '9')
            return false;
        if (result < most)
            result = result * 10 + (text.data[index] - '0');
    }
    *number = result < most ? result : most;
    return true;
}

/* One preference: "wait=10", "wait = \"10\"; note", "respond-async". The first of each name counts. */
static void
read_preference(struct dsy_http_slice text, bool *has_wait, int64_t *wait_s, bool *is_asynchronous)
{
    struct dsy_http_slice value = dsy_http_slice_cut(&text, ';');
    struct dsy_http_slice name = dsy_http_slice_trim(dsy_http_slice_cut(&value, '='));
    value = dsy_http_slice_trim(value);
    if (value.size_bytes >= 2 && value.data[0] == '"' && value.data[value.size_bytes - 1] == '"')
        value = (struct dsy_http_slice){ value.data + 1, value.size_bytes - 2 };
    if (dsy_http_slice_is_nocase(name, "respond-async"))
        *is_asynchronous = true;
    else if (!*has_wait && dsy_http_slice_is_nocase(name, "wait"))
        *has_wait = read_number(value, DSY_WAIT_S_MAX, wait_s);
}

struct dsy_preference
dsy_route_preference(const struct dsy_http_request *request, int64_t default_s)
{
    struct dsy_preference preference = { .wait_s = default_s };
    bool is_asynchronous = false;
    for (size_t index = 0; index < request->header_count; index++) {
        if (!dsy_http_slice_is_nocase(request->headers[index].name, "prefer"))
            continue;
        struct dsy_http_slice rest = request->headers[index].value;
        while (rest.data != NULL)
            read_preference(dsy_http_slice_cut(&rest, ','), &preference.has_wait, &preference.wait_s, &is_asynchronous);
    }
    if (is_asynchronous && !preference.has_wait)
        preference = (struct dsy_preference){ .has_wait = true, .wait_s = 0 };
    return preference;
}

/* A text that may stand once; out is empty before. */
static bool
read_text(struct dsy_http_slice value, char *out)
{
    return out[0] == 0 && dsy_http_percent_decode(value, true, out, DSY_ROUTE_TEXT_BYTES_MAX) > 0;
}

static bool
is_state(const char *text)
{
    static const char *const states[] = { "running", "sleeping", "waiting", "queued", "retrying", "quarantined" };
    for (size_t index = 0; index < sizeof states / sizeof *states; index++)
        if (strcmp(text, states[index]) == 0)
            return true;
    return false;
}

const char *
dsy_route_list_query(struct dsy_http_slice query, struct dsy_list_query *list)
{
    char text[DSY_ROUTE_TEXT_BYTES_MAX] = "";
    *list = (struct dsy_list_query){ .limit = 0 };
    while (query.size_bytes > 0) {
        struct dsy_http_slice value = dsy_http_slice_cut(&query, '&');
        struct dsy_http_slice name = dsy_http_slice_cut(&value, '=');
        int64_t number;
        if (dsy_http_slice_is(name, "service")) {
            if (!read_text(value, list->service))
                return "service is the name of one service.";
        } else if (dsy_http_slice_is(name, "state")) {
            if (!read_text(value, list->state) || !is_state(list->state))
                return "state is one of running, sleeping, waiting, queued, retrying, quarantined.";
        } else if (dsy_http_slice_is(name, "cursor")) {
            if (!read_text(value, list->cursor))
                return "cursor is the member \"next\" of the answer before.";
        } else if (dsy_http_slice_is(name, "limit")) {
            if (!read_number(value, DSY_LIST_MAX, &number) || number == 0)
                return "limit is a number from 1 to 1000.";
            list->limit = (uint32_t)number;
        } else if (dsy_http_slice_is(name, "since")) {
            text[0] = 0;
            if (!read_text(value, text) || !dsy_time_parse(dsy_string_view(text), &list->since_ns))
                return "since is a time such as 2026-01-01T00:00:00Z.";
        } else {
            return "A list is asked for with service, state, since, limit and cursor, and nothing else.";
        }
    }
    return NULL;
}
