/* For ThreadSanitizer: clients, posting threads and the server's thread at once, and a stop in the middle of it. */
#include "runtime/transport/http_server.h"
#include "tests/support/http_raw.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS = 8, REQUESTS = 200, POSTERS = 4 };

/* A put-off exchange on its way through a posting thread. */
struct job {
    struct dsy_http_message message;
    struct job *next;
    unsigned number;
};

static struct {
    struct dsy_http_server *server;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct job *jobs;
    bool must_end;
    atomic_uint made, delivered, left, answered;
} rig = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void
deliver(struct dsy_http_message *message, struct dsy_http_exchange *exchange)
{
    struct job *job = (struct job *)message;
    if (exchange != NULL) {
        dsy_buffer_append_format(dsy_http_exchange_body(exchange), "%u", job->number);
        dsy_http_respond(exchange, 200, "text/plain");
    }
    atomic_fetch_add(&rig.delivered, 1);
    free(job);
}

static void
handle(void *context, struct dsy_http_exchange *exchange)
{
    struct job *job = calloc(1, sizeof *job);
    (void)context;
    if (job == NULL) {
        dsy_http_respond(exchange, 503, NULL);
        return;
    }
    struct dsy_http_slice body = dsy_http_exchange_request(exchange)->body;
    char text[16] = "";
    memcpy(text, body.data, body.size_bytes < sizeof text - 1 ? body.size_bytes : sizeof text - 1);
    job->message = (struct dsy_http_message){ .ticket = dsy_http_exchange_ticket(exchange), .deliver = deliver };
    job->number = (unsigned)atoi(text);
    atomic_fetch_add(&rig.made, 1);
    pthread_mutex_lock(&rig.mutex);
    job->next = rig.jobs;
    rig.jobs = job;
    pthread_cond_signal(&rig.changed);
    pthread_mutex_unlock(&rig.mutex);
    dsy_http_defer(exchange, 30000, job);
}

static void
refuse(void *context, struct dsy_http_exchange *exchange, int status, const char *sentence)
{
    (void)context;
    (void)sentence;
    dsy_http_respond(exchange, status, NULL);
}

static void
expire(void *context, struct dsy_http_exchange *exchange, void *deferred)
{
    (void)context;
    (void)deferred;
    dsy_http_respond(exchange, 504, NULL);
}

static void
leave(void *context, void *deferred)
{
    (void)context;
    (void)deferred;
    atomic_fetch_add(&rig.left, 1);
}

static void *
post(void *context)
{
    (void)context;
    pthread_mutex_lock(&rig.mutex);
    for (;;) {
        while (rig.jobs == NULL && !rig.must_end)
            pthread_cond_wait(&rig.changed, &rig.mutex);
        struct job *job = rig.jobs;
        if (job == NULL)
            break;
        rig.jobs = job->next;
        pthread_mutex_unlock(&rig.mutex);
        dsy_http_server_post(rig.server, &job->message);
        pthread_mutex_lock(&rig.mutex);
    }
    pthread_mutex_unlock(&rig.mutex);
    return NULL;
}

/* Ask, and compare the answer with the question; a client in three goes away without looking. */
static void *
ask(void *context)
{
    unsigned first = (unsigned)(uintptr_t)context * REQUESTS;
    struct http_raw client = http_raw_connect(dsy_http_server_url(rig.server));
    for (unsigned number = first; number < first + REQUESTS; number++) {
        char text[128], body[16];
        int body_bytes = snprintf(body, sizeof body, "%u", number);
        snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", body_bytes, body);
        if (!http_raw_send_text(&client, text))
            break; /* the server stops */
        if (number % 3 == 0) {
            http_raw_close(&client);
            client = http_raw_connect(dsy_http_server_url(rig.server));
            continue;
        }
        if (http_raw_receive(&client, true, 20000) == 0)
            break;
        if (client.status != 200 || strcmp(client.body, body) != 0) {
            fprintf(stderr, "request %s was answered with %d, '%s'\n", body, client.status, client.body);
            exit(1);
        }
        atomic_fetch_add(&rig.answered, 1);
    }
    http_raw_close(&client);
    return NULL;
}

int
main(void)
{
    struct dsy_error error = { .status = DSY_OK };
    struct dsy_http_server_options options = {
        .address = "127.0.0.1:0",
        .limits = DSY_HTTP_LIMITS_DEFAULT,
        .handler = { .handle = handle, .refuse = refuse, .expire = expire, .leave = leave },
    };
    pthread_t clients[CLIENTS], posters[POSTERS];
    if (dsy_http_server_start(&options, &rig.server, &error) != DSY_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    for (int index = 0; index < POSTERS; index++)
        pthread_create(&posters[index], NULL, post, NULL);
    for (uintptr_t index = 0; index < CLIENTS; index++)
        pthread_create(&clients[index], NULL, ask, (void *)index);
    for (int index = 0; index < CLIENTS; index++)
        pthread_join(clients[index], NULL);

    /* Some that wait while the server stops; their messages are posted to a stopped server. */
    struct http_raw last = http_raw_connect(dsy_http_server_url(rig.server));
    http_raw_send_text(&last, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1");
    dsy_http_server_stop(rig.server, 100);
    pthread_mutex_lock(&rig.mutex);
    rig.must_end = true;
    pthread_cond_broadcast(&rig.changed);
    pthread_mutex_unlock(&rig.mutex);
    for (int index = 0; index < POSTERS; index++)
        pthread_join(posters[index], NULL);
    dsy_http_server_destroy(rig.server);
    http_raw_close(&last);

    unsigned answered_least = CLIENTS * REQUESTS / 2;
    printf("%u exchanges, %u answers compared, %u clients left, %u messages delivered\n", atomic_load(&rig.made),
           atomic_load(&rig.answered), atomic_load(&rig.left), atomic_load(&rig.delivered));
    return rig.made == rig.delivered && rig.answered >= answered_least ? 0 : 1;
}
