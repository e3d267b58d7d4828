/* Paths, preferences and queries; problem documents. */
#include "runtime/admin/problem.h"
#include "runtime/admin/route.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

static struct dsy_http_slice
slice_of(const char *text)
{
    return (struct dsy_http_slice){ text, strlen(text) };
}

Test(route, paths_mean_what_the_table_says)
{
    static const struct {
        const char *path;
        enum dsy_route_kind kind;
        const char *service, *routine;
    } cases[] = {
        { "/v1/call/Orders/checkout", DSY_ROUTE_CALL, "Orders", "checkout" },
        { "/v1/call/Or%64ers/check%6fut", DSY_ROUTE_CALL, "Orders", "checkout" },
        { "/v1/call/a%2Fb/c", DSY_ROUTE_CALL, "a/b", "c" },
        { "/v1/call/Account/alice/deposit", DSY_ROUTE_KEYED_CALL, "Account", "deposit" },
        { "/v1/call/Orders", DSY_ROUTE_NONE, "", "" },
        { "/v1/call/Orders/", DSY_ROUTE_NONE, "", "" },
        { "/v1/call//checkout", DSY_ROUTE_NONE, "", "" },
        { "/v1/call/a/b/c/d", DSY_ROUTE_NONE, "", "" },
        { "/v1/call/a/b/c/d/e/f/g/h", DSY_ROUTE_NONE, "", "" },
        { "/v1/call/%zz/checkout", DSY_ROUTE_MALFORMED, "", "" },
        { "/v1/call/Orders/check%00out", DSY_ROUTE_MALFORMED, "", "" },
        { "/v1/invocations", DSY_ROUTE_INVOCATIONS, "", "" },
        { "/v1/invocations/", DSY_ROUTE_BAD_ID, "", "" },
        { "/v1/invocations/00000000-0000-4000-8000-000000000001", DSY_ROUTE_INVOCATION, "", "" },
        { "/v1/invocations/00000000-0000-4000-8000-000000000001/result", DSY_ROUTE_RESULT, "", "" },
        { "/v1/invocations/00000000-0000-4000-8000-000000000001/retry", DSY_ROUTE_RETRY, "", "" },
        { "/v1/invocations/00000000-0000-4000-8000-000000000001/other", DSY_ROUTE_NONE, "", "" },
        { "/v1/invocations/00000000-0000-4000-8000-00000000000/result", DSY_ROUTE_BAD_ID, "", "" },
        { "/v1/promises/x", DSY_ROUTE_BAD_ID, "", "" },
        { "/v1/promises/00000000-0000-4000-8000-000000000001", DSY_ROUTE_PROMISE, "", "" },
        { "/v1/promises/00000000-0000-4000-8000-000000000001/x", DSY_ROUTE_NONE, "", "" },
        { "/v1/events", DSY_ROUTE_EVENTS, "", "" },
        { "/v1", DSY_ROUTE_NONE, "", "" },
        { "/v2/call/Orders/checkout", DSY_ROUTE_NONE, "", "" },
        { "/healthz", DSY_ROUTE_HEALTH, "", "" },
        { "/healthz/", DSY_ROUTE_NONE, "", "" },
        { "/Healthz", DSY_ROUTE_NONE, "", "" },
        { "/readyz", DSY_ROUTE_READY, "", "" },
        { "/metrics", DSY_ROUTE_METRICS, "", "" },
        { "/openapi.json", DSY_ROUTE_CONTRACT, "", "" },
        { "/", DSY_ROUTE_DASHBOARD, "", "" },
        { "//", DSY_ROUTE_NONE, "", "" },
        { "/..", DSY_ROUTE_NONE, "", "" },
        { "*", DSY_ROUTE_NONE, "", "" },
        { "", DSY_ROUTE_NONE, "", "" },
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct dsy_route route;
        dsy_route_find(slice_of(cases[index].path), &route);
        cr_expect(route.kind == cases[index].kind, "'%s' is route %d instead of %d", cases[index].path, route.kind,
                  cases[index].kind);
        if (cases[index].kind == DSY_ROUTE_CALL || cases[index].kind == DSY_ROUTE_KEYED_CALL)
            cr_expect(strcmp(route.service, cases[index].service) == 0 &&
                          strcmp(route.routine, cases[index].routine) == 0,
                      "'%s' is a call of %s.%s", cases[index].path, route.service, route.routine);
    }
}

Test(route, keys_are_what_stands_between_service_and_routine)
{
    static const struct {
        const char *path, *key;
    } cases[] = {
        { "/v1/call/Account/alice/deposit", "alice" },
        { "/v1/call/Account/a%2Fb%25%20c/deposit", "a/b% c" },
        { "/v1/call/Account/%C3%A4+/deposit", "\xc3\xa4+" },
        { "/v1/call/Account//deposit", "" },
        { "/v1/call/Account/../deposit", ".." },
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct dsy_route route;
        dsy_route_find(slice_of(cases[index].path), &route);
        cr_expect(route.kind == DSY_ROUTE_KEYED_CALL, "'%s' is route %d", cases[index].path, route.kind);
        cr_expect_str_eq(route.key, cases[index].key, "the key of '%s' is '%s'", cases[index].path, route.key);
        cr_expect_eq(route.key_bytes, strlen(cases[index].key));
    }
}

Test(route, bounds_keys)
{
    char path[2 * DSY_ROUTE_KEY_BYTES_MAX] = "/v1/call/a/";
    size_t start = strlen(path);
    struct dsy_route route;
    memset(path + start, 'k', DSY_ROUTE_KEY_BYTES_MAX - 1);
    strcpy(path + start + DSY_ROUTE_KEY_BYTES_MAX - 1, "/b");
    dsy_route_find(slice_of(path), &route);
    cr_expect(route.kind == DSY_ROUTE_KEYED_CALL && route.key_bytes == DSY_ROUTE_KEY_BYTES_MAX - 1);
    memset(path + start, 'k', DSY_ROUTE_KEY_BYTES_MAX);
    strcpy(path + start + DSY_ROUTE_KEY_BYTES_MAX, "/b");
    dsy_route_find(slice_of(path), &route);
    cr_expect(route.kind == DSY_ROUTE_MALFORMED);
}

Test(route, bounds_names)
{
    char path[2 * DSY_ROUTE_TEXT_BYTES_MAX] = "/v1/call/";
    size_t start = strlen(path);
    struct dsy_route route;
    memset(path + start, 'a', DSY_ROUTE_TEXT_BYTES_MAX - 1);
    strcpy(path + start + DSY_ROUTE_TEXT_BYTES_MAX - 1, "/b");
    dsy_route_find(slice_of(path), &route);
    cr_expect(route.kind == DSY_ROUTE_CALL);
    memset(path + start, 'a', DSY_ROUTE_TEXT_BYTES_MAX);
    strcpy(path + start + DSY_ROUTE_TEXT_BYTES_MAX, "/b");
    dsy_route_find(slice_of(path), &route);
    cr_expect(route.kind == DSY_ROUTE_MALFORMED);
}

Test(route, knows_the_methods_of_a_path)
{
    struct dsy_route route;
    dsy_route_find(slice_of("/v1/call/a/b"), &route);
    cr_expect(dsy_route_allows(&route, DSY_HTTP_POST));
    cr_expect(dsy_route_allows(&route, DSY_HTTP_GET) == false);
    cr_expect(dsy_route_allows(&route, DSY_HTTP_OPTIONS) == false);
    dsy_route_find(slice_of("/metrics"), &route);
    cr_expect(dsy_route_allows(&route, DSY_HTTP_GET));
    cr_expect(dsy_route_allows(&route, DSY_HTTP_HEAD));
    cr_expect(dsy_route_allows(&route, DSY_HTTP_POST) == false);
    cr_expect(dsy_route_allows(&route, DSY_HTTP_DELETE) == false);
    dsy_route_find(slice_of("/v1/invocations/00000000-0000-4000-8000-000000000001"), &route);
    cr_expect(dsy_route_allows(&route, DSY_HTTP_DELETE));
    cr_expect(dsy_route_allows(&route, DSY_HTTP_PUT) == false);
}

Test(route, reads_preferences)
{
    static const struct {
        const char *values[2]; /* of two header fields */
        bool has_wait;
        int64_t wait_s;
    } cases[] = {
        { { NULL, NULL }, false, 30 },
        { { "wait=5", NULL }, true, 5 },
        { { "wait=0", NULL }, true, 0 },
        { { "WAIT = 5", NULL }, true, 5 },
        { { "wait=\"5\"", NULL }, true, 5 },
        { { "foo; bar=1, wait=5; note=\"x\"", NULL }, true, 5 },
        { { "foo", "wait=5" }, true, 5 },
        { { "wait=5", "wait=6" }, true, 5 },
        { { "wait=300", NULL }, true, 300 },
        { { "wait=301", NULL }, true, 300 },
        { { "wait=99999999999999999999999999", NULL }, true, 300 },
        { { "wait=-1", NULL }, false, 30 },
        { { "wait=", NULL }, false, 30 },
        { { "wait", NULL }, false, 30 },
        { { "wait=5s", NULL }, false, 30 },
        { { "await=5", NULL }, false, 30 },
        { { "respond-async", NULL }, true, 0 },
        { { "respond-async, wait=5", NULL }, true, 5 },
        { { ",,;=,", "" }, false, 30 },
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct dsy_http_header headers[2];
        struct dsy_http_request request = { .headers = headers };
        for (int field = 0; field < 2; field++) {
            if (cases[index].values[field] != NULL)
                headers[request.header_count++] = (struct dsy_http_header){
                    .name = slice_of("Prefer"),
                    .value = slice_of(cases[index].values[field]),
                };
        }
        struct dsy_preference preference = dsy_route_preference(&request, 30);
        cr_expect(preference.has_wait == cases[index].has_wait && preference.wait_s == cases[index].wait_s,
                  "Prefer: %s gives %lld", cases[index].values[0], (long long)preference.wait_s);
    }
}

Test(route, reads_what_a_list_is_asked_for)
{
    struct dsy_list_query list;
    cr_expect(dsy_route_list_query(slice_of(""), &list) == NULL);
    cr_expect(list.limit == 0 && list.service[0] == 0 && list.since_ns == 0);
    const char *wrong = dsy_route_list_query(
        slice_of("service=Orders&state=sleeping&since=1970-01-01T00%3A00%3A01Z&limit=1000&cursor=a%2Bb+c"), &list);
    cr_assert(wrong == NULL, "%s", wrong);
    cr_expect(strcmp(list.service, "Orders") == 0 && strcmp(list.state, "sleeping") == 0);
    cr_expect(list.since_ns == 1000000000 && list.limit == 1000);
    cr_expect(strcmp(list.cursor, "a+b c") == 0, "the cursor is '%s'", list.cursor);

    static const char *const refused[] = {
        "limit=0",         "limit=x",    "limit=",      "service=", "service=a&service=b",
        "since=yesterday", "colour=red", "service=%zz", "state",    "&"
    };
    for (size_t index = 0; index < sizeof refused / sizeof refused[0]; index++)
        cr_expect(dsy_route_list_query(slice_of(refused[index]), &list) != NULL, "'%s' is taken", refused[index]);
}

Test(problem, finds_the_path_in_a_decoders_message)
{
    static const struct {
        const char *message, *path;
    } cases[] = {
        { "$.order.items[2].price: expected a decimal", "$.order.items[2].price" },
        { "$: expected an object", "$" },
        { "$[\"a: b\"].c: expected a string", "$[\"a: b\"].c" },
        { "$[\"a\\\": b\"]: expected a string", "$[\"a\\\": b\"]" },
        { "nothing", "" },
        { "$.a", "" },
        { "", "" },
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        size_t size_bytes = dsy_problem_path_bytes(cases[index].message);
        cr_expect(size_bytes == strlen(cases[index].path), "of '%s' %zu octets are taken for the path",
                  cases[index].message, size_bytes);
    }
}

Test(problem, writes_documents)
{
    static const char path[] = "$.a\"b: expected a string";
    struct dsy_buffer body;
    struct dsy_problem problem = {
        .status = 400,
        .detail = "a \"quoted\" \303\244 and \377 octets\n",
        .path = path,
        .path_bytes = 5,
        .error = "{\"error\":\"NoStock\",\"message\":\"none\"}",
        .error_bytes = 36,
        .invocation = "00000000-0000-4000-8000-000000000001",
    };
    dsy_buffer_init(&body, 4096);
    dsy_problem_write(&problem, &body);
    json_error_t error;
    json_t *json = json_loadb((const char *)body.data, body.size_bytes, JSON_REJECT_DUPLICATES, &error);
    cr_assert(json != NULL, "%s: %.*s", error.text, (int)body.size_bytes, (char *)body.data);
    cr_expect(json_integer_value(json_object_get(json, "status")) == 400);
    cr_expect(strcmp(json_string_value(json_object_get(json, "type")), "about:blank") == 0);
    cr_expect(strcmp(json_string_value(json_object_get(json, "title")), "Bad Request") == 0);
    cr_expect(strcmp(json_string_value(json_object_get(json, "path")), "$.a\"b") == 0);
    cr_expect(strncmp(json_string_value(json_object_get(json, "detail")), "a \"quoted\" \303\244 and ", 17) == 0);
    cr_expect(strcmp(json_string_value(json_object_get(json_object_get(json, "error"), "error")), "NoStock") == 0);
    json_decref(json);
    dsy_buffer_destroy(&body);
}
