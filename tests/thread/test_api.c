/* For ThreadSanitizer: the HTTP interface, the node's shards and their stores at once. Clients call, wait for a moment,
 * go away, ask and list; in the end the node is drained under them. */
#include "runtime/admin/api.h"

#include "dsy/store.h"
#include "tests/support/api_program.h"
#include "tests/support/http_raw.h"

#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS = 6, ROUNDS = 60 };

static const char *url;
static atomic_uint right, wrong, unanswered;

/* Send a request; the status must be one of the two, and the body begin with the text. */
static void
ask(struct http_raw *client, const char *method, const char *path, const char *headers, const char *json,
    const int statuses[2], const char *body)
{
    char request[1024];
    snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n%s", method, path,
             headers, strlen(json), json);
    if (!http_raw_send_text(client, request) || http_raw_receive(client, true, 20000) == 0) {
        atomic_fetch_add(&unanswered, 1);
        http_raw_close(client);
        *client = http_raw_connect(url);
    } else if ((client->status == statuses[0] || client->status == statuses[1]) &&
               strncmp(client->body, body, strlen(body)) == 0) {
        atomic_fetch_add(&right, 1);
    } else {
        fprintf(stderr, "%s %s %s: %d %s\n", method, path, json, client->status, client->body);
        atomic_fetch_add(&wrong, 1);
    }
}

static void *
run_client(void *context)
{
    static const int done[2] = { 200, 200 }, begun[2] = { 202, 202 }, either[2] = { 200, 202 };
    unsigned number = (unsigned)(uintptr_t)context;
    struct http_raw client = http_raw_connect(url);
    for (unsigned round = 0; round < ROUNDS; round++) {
        char json[64], sum[32], key[64], path[128];
        snprintf(json, sizeof json, "{\"a\": %u, \"b\": %u}", number, round);
        snprintf(sum, sizeof sum, "%u", number + round);
        ask(&client, "POST", "/v1/call/Test/add", "", json, done, sum);
        snprintf(key, sizeof key, "Prefer: wait=0\r\nIdempotency-Key: %u\r\n", round);
        ask(&client, "POST", "/v1/call/Test/slow", key, "{\"a\": 20}", begun, "{\"id\":\"");
        snprintf(path, sizeof path, "/v1/invocations/%.36s/result", client.body + 7);
        ask(&client, "GET", path, "", "", either, "");
        ask(&client, "GET", "/v1/invocations?limit=5", "", "", done, "{");
        ask(&client, "GET", "/metrics", "", "", done, "# HELP");
        if (round % 4 == 0) { /* go away while it is waited for */
            http_raw_send_text(&client, "POST /v1/call/Test/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
                                        "{\"a\": 200}");
            http_raw_close(&client);
            client = http_raw_connect(url);
        }
    }
    http_raw_close(&client);
    return NULL;
}

static int
remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

int
main(void)
{
    char folder[] = "/tmp/test_api.XXXXXX";
    struct dsy_error error = { .status = DSY_OK };
    struct dsy_node *node;
    struct dsy_http_server *server;
    pthread_t clients[CLIENTS];
    if (mkdtemp(folder) == NULL)
        return 1;
    struct dsy_node_options node_options = {
        .program = &api_program, .driver = &dsy_store_sqlite, .directory = folder, .shard_count = 2
    };
    enum dsy_status status = dsy_node_create(&node_options, &node, &error);
    struct dsy_api *api = status == DSY_OK ? dsy_api_create(node, "0") : NULL;
    if (api == NULL) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    struct dsy_http_server_options http_options = { .address = "127.0.0.1:0",
                                                    .limits = DSY_HTTP_LIMITS_DEFAULT,
                                                    .handler = dsy_api_handler(api) };
    http_options.limits.half_closed_ms = 50;
    if (dsy_http_server_start(&http_options, &server, &error) != DSY_OK || dsy_node_start(node, &error) != DSY_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    url = dsy_http_server_url(server);
    for (uintptr_t index = 0; index < CLIENTS; index++)
        pthread_create(&clients[index], NULL, run_client, (void *)index);
    for (int index = 0; index < CLIENTS; index++)
        pthread_join(clients[index], NULL);

    struct http_raw last = http_raw_connect(url);
    http_raw_send_text(&last,
                       "POST /v1/call/Test/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n{\"a\": 60000}");
    usleep(100000);
    dsy_api_refuse_calls(api);
    dsy_node_drain(node, 0);
    bool was_told = http_raw_receive(&last, true, 5000) == 202;
    http_raw_close(&last);
    dsy_http_server_destroy(server);
    dsy_api_destroy(api);
    dsy_node_destroy(node);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);

    printf("%u answers right, %u wrong, %u requests unanswered; the last one %s\n", atomic_load(&right),
           atomic_load(&wrong), atomic_load(&unanswered), was_told ? "was told where to ask" : "was not answered");
    return wrong == 0 && unanswered == 0 && right == CLIENTS * ROUNDS * 5 && was_told ? 0 : 1;
}
