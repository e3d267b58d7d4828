/* The HTTP server by its sockets: order, bounds, deadlines, and answers that come late or to nobody. */
#include "runtime/transport/http_server.h"
#include "tests/support/http_raw.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

/* ---- a handler whose paths say what to do ---- */

struct rig {
    struct dsy_http_server *server;
    const char *url;
    atomic_int expired, left, delivered, delivered_to_nobody;
};

/* GET /later/MS: posted by a thread after so many milliseconds. */
struct later {
    struct dsy_http_message message;
    struct rig *rig;
    int pause_ms;
};

static void
respond(struct dsy_http_exchange *exchange, int status, const char *text)
{
    struct dsy_buffer *body = dsy_http_exchange_body(exchange);
    dsy_buffer_append(body, text, strlen(text));
    dsy_http_respond(exchange, status, "text/plain");
}

static void
deliver(struct dsy_http_message *message, struct dsy_http_exchange *exchange)
{
    struct later *later = (struct later *)message;
    if (exchange != NULL) {
        atomic_fetch_add(&later->rig->delivered, 1);
        respond(exchange, 200, "later");
    } else {
        atomic_fetch_add(&later->rig->delivered_to_nobody, 1);
    }
    free(later);
}

static void *
post_later(void *context)
{
    struct later *later = context;
    usleep((useconds_t)later->pause_ms * 1000);
    dsy_http_server_post(later->rig->server, &later->message);
    return NULL;
}

static void
begin_later(struct rig *rig, struct dsy_http_exchange *exchange, int pause_ms)
{
    struct later *later = calloc(1, sizeof *later);
    pthread_t thread;
    later->message = (struct dsy_http_message){ .ticket = dsy_http_exchange_ticket(exchange), .deliver = deliver };
    later->rig = rig;
    later->pause_ms = pause_ms;
    pthread_create(&thread, NULL, post_later, later);
    pthread_detach(thread);
    dsy_http_defer(exchange, 5000, rig);
}

static void
handle(void *context, struct dsy_http_exchange *exchange)
{
    struct rig *rig = context;
    const struct dsy_http_request *request = dsy_http_exchange_request(exchange);
    char path[256];
    snprintf(path, sizeof path, "%.*s", (int)request->path.size_bytes, request->path.data);
    if (strcmp(path, "/hello") == 0) {
        dsy_buffer_append_format(dsy_http_exchange_headers(exchange), "X-Said: hello\r\n");
        respond(exchange, 200, "hello");
    } else if (strcmp(path, "/echo") == 0) {
        dsy_buffer_append(dsy_http_exchange_body(exchange), request->body.data, request->body.size_bytes);
        dsy_http_respond(exchange, 200, "text/plain");
    } else if (strncmp(path, "/large/", 7) == 0) {
        struct dsy_buffer *body = dsy_http_exchange_body(exchange);
        for (int left_bytes = atoi(path + 7); left_bytes > 0; left_bytes -= 10)
            dsy_buffer_append(body, "0123456789", 10);
        dsy_http_respond(exchange, 200, "text/plain");
    } else if (strncmp(path, "/later/", 7) == 0) {
        begin_later(rig, exchange, atoi(path + 7));
    } else if (strncmp(path, "/never/", 7) == 0) {
        dsy_http_defer(exchange, atoi(path + 7), rig);
    } else if (strcmp(path, "/forgotten") != 0) {
        respond(exchange, 404, "nothing");
    }
}

static void
refuse(void *context, struct dsy_http_exchange *exchange, int status, const char *sentence)
{
    (void)context;
    respond(exchange, status, sentence);
}

static void
expire(void *context, struct dsy_http_exchange *exchange, void *deferred)
{
    struct rig *rig = context;
    cr_assert(deferred == rig);
    atomic_fetch_add(&rig->expired, 1);
    respond(exchange, 202, "expired");
}

static void
leave(void *context, void *deferred)
{
    struct rig *rig = context;
    cr_assert(deferred == rig);
    atomic_fetch_add(&rig->left, 1);
}

static struct dsy_http_server_options
options_of(struct rig *rig)
{
    return (struct dsy_http_server_options){
        .address = "127.0.0.1:0",
        .limits = DSY_HTTP_LIMITS_DEFAULT,
        .handler = { .context = rig, .handle = handle, .refuse = refuse, .expire = expire, .leave = leave },
    };
}

static void
start(struct rig *rig, const struct dsy_http_server_options *options)
{
    struct dsy_error error = { .status = DSY_OK };
    enum dsy_status status = dsy_http_server_start(options, &rig->server, &error);
    cr_assert(status == DSY_OK, "the server does not start: %s", error.text);
    rig->url = dsy_http_server_url(rig->server);
}

/* Wait until a counter reaches a number; what arrives on the server's thread is not there at once. */
static bool
reaches(atomic_int *counter, int number)
{
    for (int round = 0; round < 400 && atomic_load(counter) < number; round++)
        usleep(5000);
    return atomic_load(counter) == number;
}

/* ---- the ordinary ---- */

Test(http_server, answers_and_keeps_the_connection)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    start(&rig, &options);
    struct http_raw client = http_raw_connect(rig.url);
    for (int round = 0; round < 3; round++) {
        http_raw_send_text(&client, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        cr_assert(eq(int, http_raw_receive(&client, true, 2000), 200));
        cr_expect(eq(str, (char *)(uintptr_t)client.body, "hello"));
        cr_expect(eq(str, (char *)(uintptr_t)http_raw_header(&client, "X-Said"), "hello"));
        cr_expect(eq(str, (char *)(uintptr_t)http_raw_header(&client, "Connection"), "keep-alive"));
        cr_expect(http_raw_header(&client, "Date") != NULL);
    }
    http_raw_send_text(&client, "HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    cr_assert(eq(int, http_raw_receive(&client, false, 2000), 200));
    cr_expect(eq(str, (char *)(uintptr_t)http_raw_header(&client, "Content-Length"), "5"));
    cr_assert(eq(int, http_raw_receive(&client, true, 2000), 404), "a body after HEAD would stand before this");

    http_raw_send_text(&client, "GET /forgotten HTTP/1.1\r\nHost: x\r\n\r\n");
    cr_assert(eq(int, http_raw_receive(&client, true, 2000), 500), "a handler that says nothing");
    http_raw_send_text(&client, "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    cr_assert(eq(int, http_raw_receive(&client, true, 2000), 200));
    cr_expect(eq(str, (char *)(uintptr_t)http_raw_header(&client, "Connection"), "close"));
    cr_expect(http_raw_ends(&client, 2000));
    http_raw_close(&client);

    client = http_raw_connect(rig.url);
    http_raw_send_text(&client, "GET /hello HTTP/1.0\r\n\r\n");
    cr_assert(eq(int, http_raw_receive(&client, true, 2000), 200));
    cr_expect(http_raw_ends(&client, 2000), "HTTP/1.0 does not keep connections");
    http_raw_close(&client);
    dsy_http_server_destroy(rig.server);
}

Test(http_server, takes_requests_in_any_pieces)
{
    static const char text[] = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "4\r\nhalf\r\n7\r\n & half\r\n0\r\n\r\n";
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    start(&rig, &options);
    struct http_raw client = http_raw_connect(rig.url);
    for (size_t split = 1; split < sizeof text - 1; split += 3) {
        http_raw_send(&client, text, split);
        usleep(1000);
        http_raw_send(&client, text + split, sizeof text - 1 - split);
        cr_assert(http_raw_receive(&client, true, 2000) == 200, "split at %zu: status %d", split, client.status);
        cr_expect(eq(str, (char *)(uintptr_t)client.body, "half & half"));
    }
    http_raw_close(&client);
    dsy_http_server_destroy(rig.server);
}

Test(http_server, answers_pipelined_requests_in_order)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    start(&rig, &options);
    struct http_raw client = http_raw_connect(rig.url);
    http_raw_send_text(&client, "GET /later/150 HTTP/1.1\r\nHost: x\r\n\r\n"
                                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
                                "GET /later/20 HTTP/1.1\r\nHost: x\r\n\r\n"
                                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntw");
    const char *const bodies[] = { "later", "one", "later" };
    for (int index = 0; index < 3; index++) {
        cr_assert(http_raw_receive(&client, true, 2000) == 200, "no response number %d", index);
        cr_assert(eq(str, (char *)(uintptr_t)client.body, (char *)(uintptr_t)bodies[index]));
    }
    http_raw_send_text(&client, "o");
    cr_assert(http_raw_receive(&client, true, 2000) == 200);
    cr_assert(eq(str, (char *)(uintptr_t)client.body, "two"));

    /* So many that they have to wait in our buffer and in the kernel's. */
    enum { COUNT = 20000 };
    static const char one[] = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
    char *many = malloc(COUNT * (sizeof one - 1));
    for (size_t index = 0; index < COUNT; index++)
        memcpy(many + index * (sizeof one - 1), one, sizeof one - 1);
    http_raw_send_text(&client, "GET /later/100 HTTP/1.1\r\nHost: x\r\n\r\n");
    pid_t sender = fork();
    if (sender == 0)
        _exit(http_raw_send(&client, many, COUNT * (sizeof one - 1)) ? 0 : 1);
    cr_assert(http_raw_receive(&client, true, 2000) == 200);
    for (int index = 0; index < COUNT; index++)
        cr_assert(http_raw_receive(&client, true, 5000) == 200, "no response number %d", index);
    free(many);
    http_raw_close(&client);
    dsy_http_server_destroy(rig.server);
}

Test(http_server, sends_bodies_that_the_kernel_does_not_take_at_once)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    start(&rig, &options);
    struct http_raw client = http_raw_connect(rig.url);
    http_raw_send_text(&client, "GET /large/3000000 HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    usleep(100000); /* its socket's buffer is full meanwhile */
    cr_assert(eq(int, http_raw_receive(&client, true, 5000), 200));
    cr_assert(eq(sz, client.body_bytes, 3000000));
    for (size_t index = 0; index < client.body_bytes; index++)
        cr_assert(client.body[index] == '0' + (char)(index % 10), "octet %zu is wrong", index);
    cr_assert(eq(int, http_raw_receive(&client, true, 2000), 200));
    cr_assert(eq(str, (char *)(uintptr_t)client.body, "hello"));
    http_raw_close(&client);
    dsy_http_server_destroy(rig.server);
}

Test(http_server, tells_a_client_to_send_the_body_it_holds_back)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    start(&rig, &options);
    struct http_raw client = http_raw_connect(rig.url);
    http_raw_send_text(&client, "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    cr_assert(eq(int, http_raw_receive(&client, false, 2000), 100));
    http_raw_send_text(&client, "body");
    cr_assert(eq(int, http_raw_receive(&client, true, 2000), 200));
    cr_expect(eq(str, (char *)(uintptr_t)client.body, "body"));
    http_raw_close(&client);
    dsy_http_server_destroy(rig.server);
}

/* ---- refusals ---- */

/* Send bytes on a new connection, expect that status and the connection's end. */
static void
expect_refusal(struct rig *rig, int status, const char *text)
{
    struct http_raw client = http_raw_connect(rig->url);
    http_raw_send_text(&client, text);
    cr_expect(http_raw_receive(&client, true, 2000) == status, "status %d instead of %d for:\n%.300s", client.status,
              status, text);
    cr_expect(http_raw_ends(&client, 3000), "the connection stays open after:\n%.300s", text);
    http_raw_close(&client);
}

Test(http_server, refuses_two_requests_in_one)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    start(&rig, &options);
    /* The second "request" must never be answered: the one status is followed by the end. */
    expect_refusal(&rig, 400,
                   "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "0\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_refusal(&rig, 400,
                   "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 0\r\n\r\n"
                   "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_refusal(&rig, 400, "GET /hello HTTP/1.1\r\nX: y\rHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_refusal(&rig, 400, "GET /hello HTTP/1.1\nHost: x\n\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_refusal(&rig, 400, "GET /hello HTTP/1.1\r\nHost: x\r\nX: y\r\n z\r\n\r\n");
    expect_refusal(&rig, 400, "GET /hello HTTP/1.1\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_refusal(&rig, 400, "GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n");
    expect_refusal(&rig, 501, "BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_refusal(&rig, 505, "GET /hello HTTP/3.0\r\nHost: x\r\n\r\n");
    expect_refusal(&rig, 400, "\026\003\001\002garbage of another protocol\r\n\r\n");
    dsy_http_server_destroy(rig.server);
}

Test(http_server, bounds_head_and_body)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    options.limits.head_bytes_max = 1024;
    options.limits.body_bytes_max = 100000;
    start(&rig, &options);
    static char text[400000];
    size_t head_bytes = (size_t)sprintf(text, "GET /hello HTTP/1.1\r\nHost: x\r\nX: ");
    memset(text + head_bytes, 'a', 1024);
    expect_refusal(&rig, 431, text);
    expect_refusal(&rig, 413, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n");

    /* A client that sends its whole body before it looks still sees the answer. */
    head_bytes = (size_t)sprintf(text, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n");
    memset(text + head_bytes, 'a', 300000);
    expect_refusal(&rig, 413, text);
    head_bytes = (size_t)sprintf(text, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int chunk = 0; chunk < 101; chunk++) {
        head_bytes += (size_t)sprintf(text + head_bytes, "3e8\r\n");
        memset(text + head_bytes, 'a', 1000);
        head_bytes += 1000;
        head_bytes += (size_t)sprintf(text + head_bytes, "\r\n");
    }
    text[head_bytes] = 0;
    expect_refusal(&rig, 413, text);

    struct http_raw client = http_raw_connect(rig.url);
    head_bytes = (size_t)sprintf(text, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
    memset(text + head_bytes, 'a', 100000);
    text[head_bytes + 100000] = 0;
    http_raw_send_text(&client, text);
    cr_expect(eq(int, http_raw_receive(&client, true, 2000), 200), "a body of the largest size");
    cr_expect(eq(sz, client.body_bytes, 100000));
    http_raw_close(&client);
    dsy_http_server_destroy(rig.server);
}

Test(http_server, bounds_connections)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    options.limits.connections_max = 2;
    start(&rig, &options);
    struct http_raw first = http_raw_connect(rig.url), second = http_raw_connect(rig.url);
    http_raw_send_text(&first, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    cr_assert(eq(int, http_raw_receive(&first, true, 2000), 200));
    http_raw_send_text(&second, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    cr_assert(eq(int, http_raw_receive(&second, true, 2000), 200));
    expect_refusal(&rig, 503, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    http_raw_close(&first);

    bool is_served = false;
    for (int round = 0; round < 100 && !is_served; round++) {
        struct http_raw third = http_raw_connect(rig.url);
        http_raw_send_text(&third, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        is_served = http_raw_receive(&third, true, 2000) == 200;
        http_raw_close(&third);
        usleep(20000);
    }
    cr_expect(is_served, "a place that became free is not used");
    http_raw_close(&second);
    dsy_http_server_destroy(rig.server);
}

/* ---- time ---- */

Test(http_server, cuts_slow_senders_off)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    options.limits.head_ms = 150;
    options.limits.body_ms = 150;
    options.limits.idle_ms = 400;
    start(&rig, &options);

    struct http_raw silent = http_raw_connect(rig.url);
    cr_expect(http_raw_ends(&silent, 2000), "a connection that sends nothing stays open");
    http_raw_close(&silent);

    struct http_raw dripping = http_raw_connect(rig.url);
    bool is_taken = true;
    static const char head[] =
        "GET /hello HTTP/1.1\r\nHost: x\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (int octet = 0; octet < 100 && is_taken; octet++) { /* one octet each 20 ms: never finished, never idle */
        is_taken = http_raw_send(&dripping, &head[octet], 1);
        usleep(20000);
        if (octet > 5 && http_raw_receive(&dripping, true, 0) != 0)
            break;
    }
    cr_expect(eq(int, dripping.status, 408), "a head that drips in");
    http_raw_close(&dripping);

    struct http_raw half = http_raw_connect(rig.url);
    http_raw_send_text(&half, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    cr_expect(eq(int, http_raw_receive(&half, true, 2000), 408), "a body that does not come");
    cr_expect(http_raw_ends(&half, 3000));
    http_raw_close(&half);

    struct http_raw idle = http_raw_connect(rig.url);
    http_raw_send_text(&idle, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    cr_expect(eq(int, http_raw_receive(&idle, true, 2000), 200));
    cr_expect(http_raw_ends(&idle, 250) == false, "the connection ends before it was idle for long enough");
    cr_expect(http_raw_ends(&idle, 2000), "an idle connection stays open");
    http_raw_close(&idle);
    dsy_http_server_destroy(rig.server);
}

Test(http_server, cuts_slow_readers_off)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    options.limits.write_ms = 200;
    start(&rig, &options);
    struct http_raw client = http_raw_connect(rig.url);
    int small = 4096;
    setsockopt(client.socket, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    http_raw_send_text(&client, "GET /large/20000000 HTTP/1.1\r\nHost: x\r\n\r\n");
    usleep(1500000);
    cr_expect(eq(int, http_raw_receive(&client, true, 5000), 0), "a response that was not read for long arrives whole");
    http_raw_close(&client);
    dsy_http_server_destroy(rig.server);
}

Test(http_server, lets_waiting_expire)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    start(&rig, &options);
    struct http_raw client = http_raw_connect(rig.url);
    http_raw_send_text(&client, "GET /never/150 HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    cr_expect(eq(int, http_raw_receive(&client, true, 50), 0));
    cr_expect(eq(int, http_raw_receive(&client, true, 2000), 202));
    cr_expect(eq(int, http_raw_receive(&client, true, 2000), 200));
    cr_expect(eq(int, atomic_load(&rig.expired), 1));
    http_raw_close(&client);
    dsy_http_server_destroy(rig.server);
    cr_expect(eq(int, atomic_load(&rig.left), 0));
}

/* ---- clients that go, and the server's end ---- */

Test(http_server, forgets_clients_that_went_away_while_waiting)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    options.limits.half_closed_ms = 50;
    start(&rig, &options);
    struct http_raw client = http_raw_connect(rig.url);
    http_raw_send_text(&client, "GET /later/400 HTTP/1.1\r\nHost: x\r\n\r\n");
    usleep(20000);
    http_raw_close(&client);
    cr_expect(reaches(&rig.left, 1), "nobody noticed that the client went away");
    cr_expect(reaches(&rig.delivered_to_nobody, 1), "the answer found somebody else's exchange, or got lost");
    cr_expect(eq(int, atomic_load(&rig.delivered), 0));
    dsy_http_server_destroy(rig.server);
}

Test(http_server, answers_a_client_that_has_only_stopped_sending)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    start(&rig, &options);
    struct http_raw client = http_raw_connect(rig.url);
    http_raw_send_text(&client, "GET /later/100 HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    shutdown(client.socket, SHUT_WR);
    cr_expect(eq(int, http_raw_receive(&client, true, 2000), 200));
    cr_expect(eq(int, http_raw_receive(&client, true, 2000), 200));
    cr_expect(http_raw_ends(&client, 2000));
    http_raw_close(&client);
    dsy_http_server_destroy(rig.server);
}

Test(http_server, stops_with_clients_of_every_kind)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    start(&rig, &options);
    struct http_raw idle = http_raw_connect(rig.url), half = http_raw_connect(rig.url);
    struct http_raw waiting = http_raw_connect(rig.url), reading = http_raw_connect(rig.url);
    http_raw_send_text(&idle, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    cr_assert(eq(int, http_raw_receive(&idle, true, 2000), 200));
    http_raw_send_text(&half, "GET /hello HT");
    http_raw_send_text(&reading, "GET /large/20000000 HTTP/1.1\r\nHost: x\r\n\r\n");
    http_raw_send_text(&waiting, "GET /later/300 HTTP/1.1\r\nHost: x\r\n\r\n");
    usleep(50000);
    dsy_http_server_stop(rig.server, 100);
    cr_expect(eq(int, atomic_load(&rig.left), 1));
    cr_expect(http_raw_ends(&idle, 1000));
    cr_expect(http_raw_ends(&half, 1000));
    cr_expect(http_raw_ends(&waiting, 1000));
    usleep(500000); /* the late message is posted to a server that has stopped */
    cr_expect(eq(int, atomic_load(&rig.delivered_to_nobody), 0));
    dsy_http_server_destroy(rig.server);
    cr_expect(eq(int, atomic_load(&rig.delivered_to_nobody), 1), "a message that is left is delivered all the same");
    http_raw_close(&idle);
    http_raw_close(&half);
    http_raw_close(&waiting);
    http_raw_close(&reading);
}

/* ---- addresses ---- */

static enum dsy_status
start_on(const char *address, bool allow_remote, struct dsy_error *error)
{
    struct rig rig = { 0 };
    struct dsy_http_server_options options = options_of(&rig);
    options.address = address;
    options.allow_remote = allow_remote;
    *error = (struct dsy_error){ .status = DSY_OK };
    enum dsy_status status = dsy_http_server_start(&options, &rig.server, error);
    dsy_http_server_destroy(rig.server);
    return status;
}

Test(http_server, listens_on_loopback_unless_told_otherwise)
{
    struct dsy_error error;
    cr_expect(start_on("127.0.0.1:0", false, &error) == DSY_OK, "%s", error.text);
    cr_expect(start_on("127.8.9.1:0", false, &error) == DSY_OK, "%s", error.text);
    cr_expect(start_on("localhost:0", false, &error) == DSY_OK, "%s", error.text);
    cr_expect(start_on("0.0.0.0:0", false, &error) == DSY_INVALID);
    cr_expect(strstr(error.text, "--allow-remote") != NULL, "the error does not say what to do: %s", error.text);
    cr_expect(start_on("[::]:0", false, &error) == DSY_INVALID);
    cr_expect(start_on("[::ffff:10.0.0.1]:0", false, &error) == DSY_INVALID);
    cr_expect(start_on("192.0.2.1:0", false, &error) == DSY_INVALID);
    cr_expect(start_on("0.0.0.0:0", true, &error) == DSY_OK, "%s", error.text);
    cr_expect(start_on("192.0.2.1:0", true, &error) == DSY_INPUT_OUTPUT, "an address of no interface here");
}

Test(http_server, wants_an_address)
{
    static const char *const wrong[] = { "",
                                         ":",
                                         "8080",
                                         ":8080",
                                         "127.0.0.1",
                                         "127.0.0.1:",
                                         "127.0.0.1:x",
                                         "127.0.0.1:65536",
                                         "127.0.0.1:-1",
                                         "127.0.0.1: 80",
                                         "example.org:80",
                                         "::1:80",
                                         "[::1]80",
                                         "[127.0.0.1]:80",
                                         "127.0.0.1:99999999999999999999" };
    struct dsy_error error;
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        cr_expect(start_on(wrong[index], true, &error) == DSY_INVALID, "'%s' is taken for an address", wrong[index]);
        cr_expect(strstr(error.text, wrong[index]) != NULL, "the error does not name '%s'", wrong[index]);
    }
}

Test(http_server, says_when_a_port_is_taken)
{
    struct rig rig = { 0 };
    struct dsy_error error;
    struct dsy_http_server_options options = options_of(&rig);
    start(&rig, &options);
    cr_expect(start_on(rig.url + strlen("http://"), false, &error) == DSY_BUSY);
    cr_expect(strstr(error.text, "in use") != NULL, "%s", error.text);
    dsy_http_server_destroy(rig.server);
}
