/* The HTTP interface on a real node and store, with a program written by hand: every kind of answer. */
#include "runtime/admin/api.h"

#include "dsy/node.h"
#include "dsy/store.h"
#include "tests/support/api_program.h"
#include "tests/support/http_raw.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

/* ---- one node behind one server, for each test ---- */

static struct rig {
    char folder[64];
    struct dsy_node *node;
    struct dsy_api *api;
    struct dsy_http_server *server;
    struct http_raw client;
    json_t *json; /* the last body */
    bool is_drained;
} rig;

static int
remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void
begin(void)
{
    struct dsy_error error = { .status = DSY_OK };
    snprintf(rig.folder, sizeof rig.folder, "/tmp/test_api.XXXXXX");
    cr_assert(mkdtemp(rig.folder) != NULL);
    struct dsy_node_options node_options = {
        .program = &api_program,
        .driver = &dsy_store_sqlite,
        .directory = rig.folder,
        .shard_count = 2,
    };
    cr_assert(dsy_node_create(&node_options, &rig.node, &error) == DSY_OK, "%s", error.text);
    rig.api = dsy_api_create(rig.node, "1.2.3");
    struct dsy_http_server_options http_options = {
        .address = "127.0.0.1:0",
        .limits = DSY_HTTP_LIMITS_DEFAULT,
        .handler = dsy_api_handler(rig.api),
    };
    http_options.limits.half_closed_ms = 50;
    http_options.limits.body_bytes_max = 4096;
    cr_assert(dsy_http_server_start(&http_options, &rig.server, &error) == DSY_OK, "%s", error.text);
    cr_assert(dsy_node_start(rig.node, &error) == DSY_OK, "%s", error.text);
    rig.client = http_raw_connect(dsy_http_server_url(rig.server));
}

static void
end(void)
{
    http_raw_close(&rig.client);
    json_decref(rig.json);
    if (!rig.is_drained)
        dsy_node_drain(rig.node, 0);
    dsy_http_server_destroy(rig.server);
    dsy_api_destroy(rig.api);
    dsy_node_destroy(rig.node);
    nftw(rig.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Ask; the body, where it is JSON, is in rig.json. headers: each with its CRLF. Returns the status. */
static int
ask(const char *method, const char *path, const char *headers, const char *body)
{
    char request[8192];
    snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n%s", method, path,
             headers, strlen(body), body);
    cr_assert(http_raw_send_text(&rig.client, request));
    int status = http_raw_receive(&rig.client, strcmp(method, "HEAD") != 0, 10000);
    json_decref(rig.json);
    rig.json = json_loadb(rig.client.body, rig.client.body_bytes, JSON_DECODE_ANY, NULL);
    return status;
}

static int
call(const char *routine, const char *headers, const char *body)
{
    char path[256], all[1024];
    snprintf(path, sizeof path, "/v1/call/%s", routine);
    snprintf(all, sizeof all, "Content-Type: application/json\r\n%s", headers);
    return ask("POST", path, all, body);
}

static const char *
member(const char *name)
{
    const char *text = json_string_value(json_object_get(rig.json, name));
    return text != NULL ? text : "";
}

static const char *
header(const char *name)
{
    const char *value = http_raw_header(&rig.client, name);
    return value != NULL ? value : "";
}

/* A problem document of that status, whose detail holds the text. */
static void
expect_problem(int status, const char *text)
{
    cr_expect(rig.client.status == status, "status %d instead of %d: %s", rig.client.status, status, rig.client.body);
    cr_expect(strcmp(header("Content-Type"), "application/problem+json") == 0, "it is %s", header("Content-Type"));
    cr_expect(json_integer_value(json_object_get(rig.json, "status")) == status, "%s", rig.client.body);
    cr_expect(member("type")[0] != 0 && member("title")[0] != 0, "%s", rig.client.body);
    cr_expect(strstr(member("detail"), text) != NULL, "'%s' is not said: %s", text, rig.client.body);
}

TestSuite(api, .init = begin, .fini = end);

/* ---- calls ---- */

Test(api, results_are_json_values)
{
    cr_expect(call("Test/add", "", "{\"a\": 1, \"b\": 2}") == 200);
    cr_expect(strcmp(rig.client.body, "3") == 0, "%s", rig.client.body);
    cr_expect(strcmp(header("Content-Type"), "application/json") == 0);
    cr_expect(strlen(header("Dsy-Invocation")) == 36);
    cr_expect(call("Test/add", "", "{\"a\": 1}") == 200 && strcmp(rig.client.body, "11") == 0, "the default of b");
    cr_expect(call("Test/add", "", "") == 200 && strcmp(rig.client.body, "10") == 0, "no body is no arguments");
    cr_expect(call("Test/nothing", "", "{}") == 200 && strcmp(rig.client.body, "null") == 0);
    cr_expect(ask("POST", "/v1/call/Test/add", "Content-Type: Application/JSON; charset=utf-8\r\n", "{}") == 200);
    cr_expect(ask("POST", "/v1/call/T%65st/%61dd", "", "{}") == 200);
}

Test(api, errors_of_routines_are_422)
{
    call("Test/refuse", "", "{}");
    expect_problem(422, "Test.refuse threw Overflow.");
    json_t *error = json_object_get(rig.json, "error");
    cr_expect(strcmp(json_string_value(json_object_get(error, "error")), "Overflow") == 0, "%s", rig.client.body);
    cr_expect(json_is_string(json_object_get(error, "message")));
    cr_expect(strlen(member("invocation")) == 36);
    cr_expect(call("Test/nothing", "", "") == 200, "the connection goes on");
}

Test(api, arguments_that_do_not_fit_are_400)
{
    call("Test/add", "", "{\"a\": \"x\"}");
    expect_problem(400, "$.a");
    cr_expect(strcmp(member("path"), "$.a") == 0, "%s", rig.client.body);
    call("Test/add", "", "{\"c\": 1}");
    expect_problem(400, "c");
    call("Test/add", "", "{\"a\": 1");
    expect_problem(400, "");
    call("Test/add", "", "[]");
    expect_problem(400, "$");
    call("Test/add", "", "{} {}");
    expect_problem(400, "");
    call("Test/add", "", "\377");
    expect_problem(400, "");
    ask("POST", "/v1/call/Test/add", "Content-Type: text/plain\r\n", "{}");
    expect_problem(415, "application/json");
}

Test(api, what_is_not_there_is_404)
{
    call("Nobody/add", "", "{}");
    expect_problem(404, "services of this program: Test");
    call("Test/subtract", "", "{}");
    expect_problem(404, "add, nothing, refuse, slow.");
    call("Test/hidden", "", "{}");
    expect_problem(404, "no public routine 'hidden'");
    ask("GET", "/nowhere", "", "");
    expect_problem(404, "POST /v1/call/SERVICE/ROUTINE");
    ask("GET", "/v1/invocations/00000000-0000-4000-8000-000000000000", "", "");
    expect_problem(404, "00000000-0000-4000-8000-000000000000");
    ask("GET", "/v1/invocations/00000000-0000-4000-8000-000000000000/result", "", "");
    expect_problem(404, "00000000-0000-4000-8000-000000000000");
    ask("GET", "/v1/invocations/x/result", "", "");
    expect_problem(404, "UUID");
    ask("GET", "/v1/call/%zz/add", "", "");
    expect_problem(400, "hexadecimal");
}

Test(api, methods_and_things_to_come)
{
    ask("GET", "/v1/call/Test/add", "", "");
    expect_problem(405, "POST");
    cr_expect(strcmp(header("Allow"), "POST") == 0);
    ask("DELETE", "/metrics", "", "");
    expect_problem(405, "GET");
    ask("OPTIONS", "/v1/call/Test/add", "", "");
    expect_problem(405, "POST");
    ask("GET", "/openapi.json", "", "");
    expect_problem(501, "not supported yet");
    ask("POST", "/v1/call/Account/alice/deposit", "", "{}");
    expect_problem(404, "Account");
    ask("POST", "/v1/events", "", "{}");
    expect_problem(400, "ce-id");
    ask("DELETE", "/v1/invocations/00000000-0000-4000-8000-000000000000", "", "");
    expect_problem(404, "00000000-0000-4000-8000-000000000000");
    ask("POST", "/v1/promises/00000000-0000-4000-8000-000000000000", "", "{}");
    expect_problem(404, "promise");
    ask("DELETE", "/v1/promises/00000000-0000-4000-8000-000000000000", "", "");
    expect_problem(405, "POST");
    ask("POST", "/v1/call/Test/add", "Origin: http://elsewhere\r\n", "{}");
    expect_problem(403, "origin");
    cr_expect(ask("POST", "/v1/call/Test/add", "Origin: http://x\r\n", "{}") == 200);
}

Test(api, large_bodies_are_413)
{
    char body[4200];
    snprintf(body, sizeof body, "{\"a\": 1%*s}", 4150, "");
    call("Test/add", "", body);
    expect_problem(413, "larger");
}

/* ---- waiting ---- */

/* Wait until the node has as many waiters. */
static bool
waiters_reach(uint64_t number)
{
    struct dsy_statistics statistics;
    for (int round = 0; round < 400; round++) {
        dsy_node_statistics(rig.node, &statistics);
        if (statistics.waiters == number)
            return true;
        usleep(10000);
    }
    return false;
}

Test(api, a_result_can_be_fetched_later)
{
    char path[128], id[40];
    cr_assert(call("Test/slow", "Prefer: wait=0\r\n", "{\"a\": 700, \"b\": 1}") == 202);
    snprintf(id, sizeof id, "%s", member("id"));
    cr_expect(strlen(id) == 36, "%s", rig.client.body);
    cr_expect(strcmp(header("Preference-Applied"), "wait=0") == 0);
    snprintf(path, sizeof path, "/v1/invocations/%s", id);
    cr_expect(strcmp(header("Location"), path) == 0);

    cr_expect(ask("GET", path, "", "") == 200);
    cr_expect(strcmp(member("id"), id) == 0 && strcmp(member("state"), "sleeping") == 0, "%s", rig.client.body);
    cr_expect(ask("GET", "/v1/invocations?service=Test&state=sleeping&limit=10", "", "") == 200);
    cr_expect(strstr(rig.client.body, id) != NULL, "the list lacks it: %s", rig.client.body);

    strcat(path, "/result");
    cr_expect(ask("GET", path, "", "") == 202);
    cr_expect(strcmp(member("id"), id) == 0);
    cr_expect(ask("GET", path, "Prefer: wait=5\r\n", "") == 200, "%s", rig.client.body);
    cr_expect(strcmp(rig.client.body, "701") == 0);
    cr_expect(ask("GET", path, "", "") == 200, "again");
    cr_expect(strcmp(rig.client.body, "701") == 0);
    cr_expect(ask("HEAD", path, "", "") == 200);
    cr_expect(waiters_reach(0));
}

Test(api, a_wait_ends)
{
    cr_assert(call("Test/slow", "Prefer: wait=1\r\n", "{\"a\": 60000}") == 202, "%s", rig.client.body);
    cr_expect(strcmp(header("Preference-Applied"), "wait=1") == 0);
    cr_expect(waiters_reach(0), "the node still waits for somebody who was told 202");
}

Test(api, a_client_that_goes_away_leaves_nothing)
{
    http_raw_send_text(&rig.client, "POST /v1/call/Test/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n"
                                    "{\"a\": 60000}");
    cr_expect(waiters_reach(1));
    http_raw_close(&rig.client);
    cr_expect(waiters_reach(0), "the node still waits for somebody who has gone");
    rig.client = http_raw_connect(dsy_http_server_url(rig.server));
    cr_expect(ask("GET", "/v1/invocations", "", "") == 200);
    cr_expect(json_array_size(json_object_get(rig.json, "invocations")) == 1, "the call itself goes on: %s",
              rig.client.body);
}

Test(api, keys_make_calls_the_same)
{
    char first[64];
    cr_assert(call("Test/slow", "Prefer: wait=0\r\nIdempotency-Key: k 1\r\n", "{\"a\": 300}") == 202);
    snprintf(first, sizeof first, "%s", member("id"));
    cr_assert(call("Test/slow", "Prefer: wait=0\r\nIdempotency-Key: k 1\r\n", "{\"a\": 300}") == 202);
    cr_expect(strcmp(member("id"), first) == 0, "the same key is another invocation");
    cr_assert(call("Test/slow", "Prefer: wait=0\r\nIdempotency-Key: k 2\r\n", "{\"a\": 300}") == 202);
    cr_expect(strcmp(member("id"), first) != 0, "another key is the same invocation");
    cr_expect(call("Test/slow", "Idempotency-Key: k 1\r\n", "{\"a\": 300}") == 200, "%s", rig.client.body);
    cr_expect(strcmp(header("Dsy-Invocation"), first) == 0);

    char key[300] = "Idempotency-Key: ";
    size_t name_bytes = strlen(key);
    memset(key + name_bytes, 'k', 256);
    strcpy(key + name_bytes + 255, "\r\n");
    cr_expect(call("Test/nothing", key, "{}") == 200, "a key of the largest size");
    strcpy(key + name_bytes + 255, "k\r\n");
    call("Test/nothing", key, "{}");
    expect_problem(400, "Idempotency-Key");
    call("Test/nothing", "Idempotency-Key: a\r\nIdempotency-Key: a\r\n", "{}");
    expect_problem(400, "Idempotency-Key");
    call("Test/nothing", "Idempotency-Key:\r\n", "{}");
    expect_problem(400, "Idempotency-Key");
}

Test(api, lists_want_what_they_know)
{
    ask("GET", "/v1/invocations?limit=0", "", "");
    expect_problem(400, "limit");
    ask("GET", "/v1/invocations?colour=red", "", "");
    expect_problem(400, "service, state, since, limit and cursor");
    ask("GET", "/v1/invocations?cursor=nonsense", "", "");
    expect_problem(400, "cursor");
    ask("GET", "/v1/invocations?state=asleep", "", "");
    expect_problem(400, "quarantined");
    cr_expect(ask("GET", "/v1/invocations?state=sleeping", "", "") == 200);
}

/* ---- operation ---- */

Test(api, probes_and_metrics)
{
    cr_expect(ask("GET", "/healthz", "", "") == 200 && strcmp(rig.client.body, "ok\n") == 0);
    cr_expect(ask("GET", "/readyz", "", "") == 200);
    cr_expect(ask("HEAD", "/healthz", "", "") == 200);
    call("Test/add", "", "{}");
    cr_expect(ask("GET", "/metrics", "", "") == 200);
    cr_expect(strstr(header("Content-Type"), "version=0.0.4") != NULL);
    cr_expect(strstr(rig.client.body, "\ndsy_invocations_begun_total 1\n") != NULL, "%s", rig.client.body);
    cr_expect(strstr(rig.client.body, "\ndsy_http_responses_total{status=\"200\"} 4\n") != NULL, "%s", rig.client.body);
    cr_expect(strstr(rig.client.body, "version=\"1.2.3\"") != NULL);
}

Test(api, draining_answers_everyone)
{
    struct http_raw waiting = http_raw_connect(dsy_http_server_url(rig.server));
    http_raw_send_text(&waiting, "POST /v1/call/Test/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n"
                                 "{\"a\": 60000}");
    cr_expect(waiters_reach(1));
    dsy_api_refuse_calls(rig.api);
    call("Test/add", "", "{}");
    expect_problem(503, "stopping");
    cr_expect(strcmp(header("Retry-After"), "1") == 0);
    ask("GET", "/readyz", "", "");
    expect_problem(503, "stopping");
    cr_expect(ask("GET", "/healthz", "", "") == 200);
    dsy_node_drain(rig.node, 0);
    cr_expect(http_raw_receive(&waiting, true, 5000) == 202, "who waited is told where to ask: %d %s", waiting.status,
              waiting.body);
    http_raw_close(&waiting);
    ask("GET", "/v1/invocations", "", "");
    expect_problem(503, "stopping");

    rig.is_drained = true;
}
