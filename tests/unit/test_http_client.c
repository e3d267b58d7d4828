/* The command line's client against our own server, and against answers that are none. */
#include "runtime/transport/http_client.h"
#include "runtime/transport/http_server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

/* ---- a server that says back what it got ---- */

static void
handle(void *context, struct dsy_http_exchange *exchange)
{
    const struct dsy_http_request *request = dsy_http_exchange_request(exchange);
    const struct dsy_http_header *key = dsy_http_find_header(request, "idempotency-key");
    struct dsy_buffer *body = dsy_http_exchange_body(exchange);
    (void)context;
    dsy_buffer_append(body, request->path.data, request->path.size_bytes);
    dsy_buffer_append_octet(body, ' ');
    if (key != NULL)
        dsy_buffer_append(body, key->value.data, key->value.size_bytes);
    dsy_buffer_append_octet(body, ' ');
    dsy_buffer_append(body, request->body.data, request->body.size_bytes);
    dsy_http_respond(exchange, request->method == DSY_HTTP_POST ? 202 : 200, "text/plain");
}

static void
refuse(void *context, struct dsy_http_exchange *exchange, int status, const char *sentence)
{
    (void)context;
    (void)sentence;
    dsy_http_respond(exchange, status, NULL);
}

static struct dsy_http_server *
start(void)
{
    struct dsy_http_server *server;
    struct dsy_error error = { .status = DSY_OK };
    struct dsy_http_server_options options = {
        .address = "127.0.0.1:0",
        .limits = DSY_HTTP_LIMITS_DEFAULT,
        .handler = { .handle = handle, .refuse = refuse },
    };
    cr_assert(dsy_http_server_start(&options, &server, &error) == DSY_OK, "%s", error.text);
    return server;
}

/* Call with a body; the answer, with a NUL behind it, is in *body. */
static enum dsy_status
call(const char *url, const char *json, int *status, struct dsy_buffer *body, struct dsy_error *error)
{
    struct dsy_http_call call = {
        .url = url,
        .method = json != NULL ? "POST" : "GET",
        .path = "/a/b",
        .headers = "Idempotency-Key: k\r\n",
        .body = json,
        .body_bytes = json != NULL ? strlen(json) : 0,
        .timeout_ms = 300,
    };
    *error = (struct dsy_error){ .status = DSY_OK };
    dsy_buffer_init(body, 100000);
    enum dsy_status result = dsy_http_client_call(&call, status, body, error);
    dsy_buffer_append_octet(body, 0);
    return result;
}

Test(http_client, sends_and_receives)
{
    struct dsy_http_server *server = start();
    struct dsy_buffer body;
    struct dsy_error error;
    char url[128];
    int status;
    cr_assert(call(dsy_http_server_url(server), "{}", &status, &body, &error) == DSY_OK, "%s", error.text);
    cr_expect(status == 202 && strcmp((char *)body.data, "/a/b k {}") == 0, "%d %s", status, (char *)body.data);
    dsy_buffer_destroy(&body);
    snprintf(url, sizeof url, "%s/", dsy_http_server_url(server));
    cr_assert(call(url, NULL, &status, &body, &error) == DSY_OK, "%s", error.text);
    cr_expect(status == 200 && strcmp((char *)body.data, "/a/b k ") == 0, "%d %s", status, (char *)body.data);
    dsy_buffer_destroy(&body);
    dsy_http_server_destroy(server);
}

Test(http_client, says_what_is_wrong_with_an_address)
{
    static const char *const wrong[] = { "",
                                         "127.0.0.1:80",
                                         "https://127.0.0.1:80",
                                         "http://",
                                         "http://:",
                                         "http://h:",
                                         "http://h:x",
                                         "http://h:123456",
                                         "http://[",
                                         "http://[]:80",
                                         "http://[::1",
                                         "http://h:80/path",
                                         "http://[::1:80" };
    struct dsy_buffer body;
    struct dsy_error error;
    int status;
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        cr_expect(call(wrong[index], NULL, &status, &body, &error) == DSY_INVALID, "'%s': %s", wrong[index],
                  error.text);
        dsy_buffer_destroy(&body);
    }
}

/* ---- a server that says anything ---- */

static struct {
    int listener;
    const char *answer; /* NULL: never says anything */
} fake;

static void *
answer_one(void *context)
{
    char request[1024];
    int client = accept(fake.listener, NULL, NULL);
    (void)context;
    (void)recv(client, request, sizeof request, 0);
    if (fake.answer == NULL)
        usleep(1000000);
    else
        (void)send(client, fake.answer, strlen(fake.answer), MSG_NOSIGNAL);
    close(client);
    return NULL;
}

/* Call a server that answers with these bytes and closes. */
static enum dsy_status
call_fake(const char *answer, int *status, struct dsy_buffer *body, struct dsy_error *error)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size_bytes = sizeof address;
    char url[64];
    pthread_t thread;
    fake.listener = socket(AF_INET, SOCK_STREAM, 0);
    fake.answer = answer;
    cr_assert(bind(fake.listener, (struct sockaddr *)&address, size_bytes) == 0 && listen(fake.listener, 1) == 0);
    getsockname(fake.listener, (struct sockaddr *)&address, &size_bytes);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", ntohs(address.sin_port));
    pthread_create(&thread, NULL, answer_one, NULL);
    enum dsy_status result = call(url, NULL, status, body, error);
    pthread_join(thread, NULL);
    close(fake.listener);
    return result;
}

Test(http_client, reads_every_way_a_body_can_end)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    };
    struct dsy_buffer body;
    struct dsy_error error;
    int status;
    for (size_t index = 0; index < sizeof answers / sizeof answers[0]; index++) {
        enum dsy_status result = call_fake(answers[index], &status, &body, &error);
        cr_expect(result == DSY_OK && status == 200 && strcmp((char *)body.data, "hello") == 0,
                  "status %d, '%s' %s of:\n%s", status, (char *)body.data, error.text, answers[index]);
        dsy_buffer_destroy(&body);
    }
}

Test(http_client, says_what_went_wrong)
{
    static char large[200000] = "HTTP/1.1 200 OK\r\n\r\n";
    struct dsy_buffer body;
    struct dsy_error error;
    int status;
    memset(large + strlen(large), 'a', sizeof large - strlen(large) - 1);
    const struct {
        enum dsy_status result;
        const char *answer;
    } cases[] = {
        { DSY_INPUT_OUTPUT, "" },
        { DSY_INPUT_OUTPUT, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel" },
        { DSY_INPUT_OUTPUT, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe" },
        { DSY_CORRUPT, "SSH-2.0-OpenSSH\r\n\r\n" },
        { DSY_FULL, large },
        { DSY_TIMEOUT, NULL },
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        enum dsy_status result = call_fake(cases[index].answer, &status, &body, &error);
        cr_expect(result == cases[index].result, "status %d instead of %d (%s) for:\n%.60s", (int)result,
                  (int)cases[index].result, error.text, cases[index].answer);
        cr_expect(error.text[0] != 0);
        dsy_buffer_destroy(&body);
    }
    cr_expect(call("http://127.0.0.1:1", NULL, &status, &body, &error) == DSY_NOT_FOUND, "%s", error.text);
    dsy_buffer_destroy(&body);
}

Test(http_client, encodes_paths)
{
    struct dsy_buffer encoded;
    dsy_buffer_init(&encoded, 100);
    dsy_http_percent_encode("a-Z_0.~ /%?\303\244", &encoded);
    dsy_buffer_append_octet(&encoded, 0);
    cr_expect(strcmp((char *)encoded.data, "a-Z_0.~%20%2F%25%3F%C3%A4") == 0, "%s", (char *)encoded.data);
    dsy_buffer_destroy(&encoded);
}
