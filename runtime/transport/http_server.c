/* The HTTP server's loop: the listener, messages from other threads, deadlines, the end. Relies on libuv.
 *
 * One thread owns the loop and everything in it. Other threads reach it by a list under a mutex and uv_async_send().
 * Deadlines are looked at by one timer that sweeps over the open connections, which costs less than a timer for each
 * request; it rests while no connection is open. */
#include "runtime/transport/http_server_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How exact deadlines are, unless a limit is shorter than that. */
enum { SWEEP_MS = 100, SWEEP_MS_MIN = 5, HOST_BYTES_MAX = 64 };

const char *
dsy_http_status_phrase(int status)
{
    switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "";
    }
}

const char *
dsy_http_server_date(struct dsy_http_server *server)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != server->date_s || server->date[0] == 0) {
        /* Not strftime's names: those follow the locale. */
        static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
        static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
        struct tm utc;
        server->date_s = now.tv_sec;
        gmtime_r(&now.tv_sec, &utc);
        snprintf(server->date, sizeof server->date, "%s, %02d %s %d %02d:%02d:%02d GMT", days[utc.tm_wday % 7],
                 utc.tm_mday, months[utc.tm_mon % 12], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    }
    return server->date;
}

/* ---- the loop ---- */

static void
on_connection(uv_stream_t *listener, int status)
{
    struct dsy_http_server *server = listener->data;
    if (status != 0)
        return; /* out of descriptors, say; libuv has dealt with the client */
    dsy_http_connection_accept(server);
}

static void
server_end_if_empty(struct dsy_http_server *server)
{
    if (server->open_count > 0 || uv_is_closing((uv_handle_t *)&server->wake))
        return;
    uv_mutex_lock(&server->mutex);
    server->has_thread = false; /* posting no longer wakes anybody */
    uv_mutex_unlock(&server->mutex);
    uv_close((uv_handle_t *)&server->sweep, NULL);
    uv_close((uv_handle_t *)&server->wake, NULL);
}

static void
on_sweep(uv_timer_t *timer)
{
    struct dsy_http_server *server = timer->data;
    uint64_t now_ms = uv_now(&server->loop);
    for (uint32_t slot = 0; slot < server->slot_count; slot++) {
        struct dsy_http_exchange *connection = server->slots[slot];
        if (connection == NULL)
            continue;
        if (server->is_stopping && now_ms >= server->stop_ms)
            dsy_http_connection_close(connection);
        else
            dsy_http_connection_sweep(connection, now_ms);
    }
    if (server->is_stopping)
        server_end_if_empty(server);
}

static void
server_begin_stop(struct dsy_http_server *server, int64_t grace_ms)
{
    server->is_stopping = true;
    server->stop_ms = uv_now(&server->loop) + (grace_ms > 0 ? (uint64_t)grace_ms : 0);
    uv_close((uv_handle_t *)&server->listener, NULL);
    for (uint32_t slot = 0; slot < server->slot_count; slot++) {
        if (server->slots[slot] != NULL)
            dsy_http_connection_wind_up(server->slots[slot]);
    }
    uv_timer_start(&server->sweep, on_sweep, 0, SWEEP_MS_MIN);
}

static struct dsy_http_exchange *
server_find(struct dsy_http_server *server, struct dsy_http_ticket ticket)
{
    struct dsy_http_exchange *connection = ticket.slot < server->slot_count ? server->slots[ticket.slot] : NULL;
    bool is_meant = connection != NULL && ticket.number != 0 && connection->number == ticket.number &&
                    connection->state == CONNECTION_WAITING;
    return is_meant ? connection : NULL;
}

static void
on_wake(uv_async_t *wake)
{
    struct dsy_http_server *server = wake->data;
    uv_mutex_lock(&server->mutex);
    struct dsy_http_message *message = server->first_message;
    server->first_message = server->last_message = NULL;
    bool must_stop = server->must_stop;
    int64_t grace_ms = server->stop_grace_ms;
    uv_mutex_unlock(&server->mutex);

    while (message != NULL) {
        struct dsy_http_message *next = message->next;
        message->deliver(message, server_find(server, message->ticket));
        message = next;
    }
    if (must_stop && !server->is_stopping)
        server_begin_stop(server, grace_ms);
}

static void
run_loop(void *context)
{
    struct dsy_http_server *server = context;
    pthread_setname_np(pthread_self(), "dsy-http");
    uv_run(&server->loop, UV_RUN_DEFAULT);
}

void
dsy_http_server_post(struct dsy_http_server *server, struct dsy_http_message *message)
{
    message->next = NULL;
    uv_mutex_lock(&server->mutex);
    bool was_empty = server->first_message == NULL;
    if (was_empty)
        server->first_message = message;
    else
        server->last_message->next = message;
    server->last_message = message;
    if (was_empty && server->has_thread)
        uv_async_send(&server->wake);
    uv_mutex_unlock(&server->mutex);
}

/* ---- the address ---- */

static bool
is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *ip4 = (const struct sockaddr_in *)address;
        return (ntohl(ip4->sin_addr.s_addr) >> 24) == 127;
    }
    const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)address;
    return IN6_IS_ADDR_LOOPBACK(&ip6->sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&ip6->sin6_addr) && ip6->sin6_addr.s6_addr[12] == 127);
}

/* "HOST:PORT", "[HOST]:PORT": addresses in digits, and "localhost". */
static bool
parse_address(const char *text, struct sockaddr_storage *address)
{
    char host[HOST_BYTES_MAX];
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text)
        return false;
    size_t host_bytes = (size_t)(colon - text);
    const char *start = text;
    if (text[0] == '[' && colon[-1] == ']') {
        start++;
        host_bytes -= 2;
    } else if (memchr(text, ':', host_bytes) != NULL) {
        return false;
    }
    if (host_bytes == 0 || host_bytes >= sizeof host)
        return false;
    memcpy(host, start, host_bytes);
    host[host_bytes] = 0;

    char *end;
    errno = 0;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || *end != 0 || errno != 0 || port > 65535)
        return false;
    if (strcmp(host, "localhost") == 0)
        return uv_ip4_addr("127.0.0.1", (int)port, (struct sockaddr_in *)address) == 0;
    if (start == text)
        return uv_ip4_addr(host, (int)port, (struct sockaddr_in *)address) == 0;
    return uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)address) == 0;
}

static void
server_describe_url(struct dsy_http_server *server)
{
    struct sockaddr_storage address = { 0 };
    int size_bytes = sizeof address;
    char host[HOST_BYTES_MAX] = "";
    uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &size_bytes);
    if (address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)&address;
        uv_ip6_name(ip6, host, sizeof host);
        snprintf(server->url, sizeof server->url, "http://[%s]:%u", host, ntohs(ip6->sin6_port));
    } else {
        const struct sockaddr_in *ip4 = (const struct sockaddr_in *)&address;
        uv_ip4_name(ip4, host, sizeof host);
        snprintf(server->url, sizeof server->url, "http://%s:%u", host, ntohs(ip4->sin_port));
    }
}

static enum dsy_status
server_listen(struct dsy_http_server *server, const struct dsy_http_server_options *options, struct dsy_error *error)
{
    struct sockaddr_storage address = { 0 };
    if (!parse_address(options->address, &address))
        return dsy_error_set(error, DSY_INVALID,
                             "'%s' is not an address to listen on; write 127.0.0.1:8080, [::1]:8080 or localhost:0",
                             options->address);
    if (!options->allow_remote && !is_loopback(&address))
        return dsy_error_set(error, DSY_INVALID,
                             "%s can be reached from other machines, and everyone who reaches it may call everything: "
                             "there is no TLS and there are no tokens yet. Listen on 127.0.0.1 or [::1], or say "
                             "--allow-remote if the network itself keeps strangers away",
                             options->address);
    int result = uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0);
    if (result == 0)
        result = uv_listen((uv_stream_t *)&server->listener, DSY_HTTP_BACKLOG, on_connection);
    if (result == UV_EADDRINUSE)
        return dsy_error_set(error, DSY_BUSY,
                             "%s is in use by another process; take another port, or port 0 for a free one",
                             options->address);
    if (result != 0)
        return dsy_error_set(error, DSY_INPUT_OUTPUT, "cannot listen on %s: %s", options->address, uv_strerror(result));
    server_describe_url(server);
    return DSY_OK;
}

/* ---- its life ---- */

static uint64_t
sweep_ms_of(const struct dsy_http_limits *limits)
{
    const int64_t limits_ms[] = { limits->head_ms,  limits->body_ms,        limits->idle_ms,
                                  limits->write_ms, limits->half_closed_ms, limits->linger_ms };
    int64_t shortest_ms = SWEEP_MS * 2;
    for (size_t index = 0; index < sizeof limits_ms / sizeof limits_ms[0]; index++) {
        if (limits_ms[index] < shortest_ms)
            shortest_ms = limits_ms[index];
    }
    return shortest_ms / 2 < SWEEP_MS_MIN ? SWEEP_MS_MIN : (uint64_t)(shortest_ms / 2);
}

static void
server_free(struct dsy_http_server *server)
{
    while (server->spare != NULL) {
        struct dsy_http_exchange *connection = server->spare;
        server->spare = connection->next_spare;
        dsy_http_connection_free(connection);
    }
    uv_mutex_destroy(&server->mutex);
    free(server->read_buffer);
    free(server->slots);
    free(server);
}

/* Handles that were made but never ran. */
static void
server_abandon(struct dsy_http_server *server)
{
    uv_close((uv_handle_t *)&server->listener, NULL);
    uv_close((uv_handle_t *)&server->wake, NULL);
    uv_close((uv_handle_t *)&server->sweep, NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    uv_loop_close(&server->loop);
    server_free(server);
}

static struct dsy_http_server *
server_new(const struct dsy_http_server_options *options)
{
    struct dsy_http_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return NULL;
    server->limits = options->limits;
    server->handler = options->handler;
    server->slot_count = options->limits.connections_max + DSY_HTTP_REFUSALS_MAX;
    server->sweep_ms = sweep_ms_of(&options->limits);
    if (uv_mutex_init(&server->mutex) != 0) {
        free(server);
        return NULL;
    }
    server->slots = calloc(server->slot_count, sizeof(struct dsy_http_exchange *));
    server->read_buffer = malloc(HTTP_READ_BYTES);
    if (server->slots == NULL || server->read_buffer == NULL || uv_loop_init(&server->loop) != 0) {
        server_free(server);
        return NULL;
    }
    return server;
}

enum dsy_status
dsy_http_server_start(const struct dsy_http_server_options *options, struct dsy_http_server **result,
                      struct dsy_error *error)
{
    *result = NULL;
    struct dsy_http_server *server = server_new(options);
    if (server == NULL)
        return dsy_error_set(error, DSY_NO_MEMORY, "memory ran out while the HTTP server was started");
    /* None of these three can fail on Linux but for uv_async_init, whose failure leaves no handle to close. */
    if (uv_async_init(&server->loop, &server->wake, on_wake) != 0) {
        uv_loop_close(&server->loop);
        server_free(server);
        return dsy_error_set(error, DSY_INPUT_OUTPUT, "the HTTP server's loop cannot be made: too many open files?");
    }
    uv_tcp_init(&server->loop, &server->listener);
    uv_timer_init(&server->loop, &server->sweep);
    server->listener.data = server->wake.data = server->sweep.data = server;

    enum dsy_status status = server_listen(server, options, error);
    if (status == DSY_OK) {
        server->has_thread = true;
        if (uv_timer_start(&server->sweep, on_sweep, server->sweep_ms, server->sweep_ms) != 0 ||
            uv_thread_create(&server->thread, run_loop, server) != 0)
            status = dsy_error_set(error, DSY_INPUT_OUTPUT, "the HTTP server's thread cannot be started");
    }
    if (status != DSY_OK) {
        server_abandon(server);
        return status;
    }
    *result = server;
    return DSY_OK;
}

const char *
dsy_http_server_url(const struct dsy_http_server *server)
{
    return server->url;
}

const struct dsy_http_statistics *
dsy_http_server_statistics(const struct dsy_http_server *server)
{
    return &server->statistics;
}

void
dsy_http_server_stop(struct dsy_http_server *server, int64_t grace_ms)
{
    uv_mutex_lock(&server->mutex);
    bool is_first = !server->must_stop;
    server->must_stop = true;
    server->stop_grace_ms = grace_ms;
    if (is_first)
        uv_async_send(&server->wake);
    uv_mutex_unlock(&server->mutex);
    if (!is_first)
        return;
    uv_thread_join(&server->thread);
    uv_loop_close(&server->loop);
}

void
dsy_http_server_destroy(struct dsy_http_server *server)
{
    if (server == NULL)
        return;
    dsy_http_server_stop(server, 0);
    while (server->first_message != NULL) {
        struct dsy_http_message *message = server->first_message;
        server->first_message = message->next;
        message->deliver(message, NULL);
    }
    server_free(server);
}
