/* One client of the HTTP server: reading, handing over, writing, ending. Runs on the server's thread.
 *
 * At most one request of a connection is under way. Its response is built in buffers of the connection, which are used
 * again, and leaves by one write; only what the kernel does not take at once waits for the loop. */
#include "runtime/transport/http_server_internal.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES_MAX = 8 * 1024, HEADERS_BYTES_MAX = 4 * 1024, RESPONSE_BODY_BYTES_MAX = 64 * 1024 * 1024 };

static void connection_resume(struct dsy_http_exchange *connection);

static uint64_t
deadline(const struct dsy_http_exchange *connection, int64_t after_ms)
{
    return uv_now(&connection->server->loop) + (after_ms > 0 ? (uint64_t)after_ms : 0);
}

/* ---- memory ---- */

static struct dsy_http_exchange *
connection_new(struct dsy_http_server *server)
{
    struct dsy_http_exchange *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return NULL;
    connection->parser = dsy_http_parser_new(&server->limits);
    if (connection->parser == NULL) {
        free(connection);
        return NULL;
    }
    connection->server = server;
    dsy_buffer_init(&connection->pending, DSY_HTTP_PIPELINED_BYTES_MAX + HTTP_READ_BYTES);
    dsy_buffer_init(&connection->head, HEAD_BYTES_MAX);
    dsy_buffer_init(&connection->headers, HEADERS_BYTES_MAX);
    dsy_buffer_init(&connection->body, RESPONSE_BODY_BYTES_MAX);
    return connection;
}

void
dsy_http_connection_free(struct dsy_http_exchange *connection)
{
    dsy_http_parser_free(connection->parser);
    dsy_buffer_destroy(&connection->pending);
    dsy_buffer_destroy(&connection->head);
    dsy_buffer_destroy(&connection->headers);
    dsy_buffer_destroy(&connection->body);
    free(connection);
}

static struct dsy_http_exchange *
connection_take(struct dsy_http_server *server)
{
    struct dsy_http_exchange *connection = server->spare;
    if (connection == NULL)
        return connection_new(server);
    server->spare = connection->next_spare;
    server->spare_count--;
    return connection;
}

static void
connection_give_back(struct dsy_http_exchange *connection)
{
    struct dsy_http_server *server = connection->server;
    if (server->spare_count == HTTP_SPARE_CONNECTIONS_MAX) {
        dsy_http_connection_free(connection);
        return;
    }
    connection->next_spare = server->spare;
    server->spare = connection;
    server->spare_count++;
}

/* Empty; what grew for one large request is given back. */
static void
buffer_recycle(struct dsy_buffer *buffer)
{
    if (buffer->capacity_bytes > DSY_HTTP_KEPT_BYTES_MAX)
        dsy_buffer_destroy(buffer);
    dsy_buffer_clear(buffer);
}

static void
connection_reset(struct dsy_http_exchange *connection)
{
    dsy_http_parser_next(connection->parser);
    buffer_recycle(&connection->pending);
    connection->number = 0;
    connection->half_closed_ms = 0;
    connection->dropped_bytes = 0;
    connection->deferred = NULL;
    connection->is_refusal = connection->is_turned_away = false;
    connection->ends_after_response = connection->is_consuming = connection->is_reading = false;
}

/* ---- ending ---- */

static void
on_closed(uv_handle_t *handle)
{
    struct dsy_http_exchange *connection = handle->data;
    struct dsy_http_server *server = connection->server;
    server->slots[connection->slot] = NULL;
    server->open_count--;
    server->statistics.connections_open = server->open_count;
    if (server->open_count == 0 && !server->is_stopping)
        uv_timer_stop(&server->sweep);
    if (connection->is_turned_away)
        server->turned_away_count--;
    connection_give_back(connection);
}

void
dsy_http_connection_close(struct dsy_http_exchange *connection)
{
    struct dsy_http_server *server = connection->server;
    if (connection->state == CONNECTION_CLOSING)
        return;
    bool was_waiting = connection->state == CONNECTION_WAITING;
    connection->state = CONNECTION_CLOSING;
    connection->number = 0;
    if (was_waiting) {
        server->statistics.exchanges_waiting--;
        server->handler.leave(server->handler.context, connection->deferred);
    }
    uv_close((uv_handle_t *)&connection->socket, on_closed);
}

static void
on_shut_down(uv_shutdown_t *request, int status)
{
    (void)request; /* the client's end of file, or the deadline, closes */
    (void)status;
}

static void
on_alloc(uv_handle_t *handle, size_t suggested_bytes, uv_buf_t *buffer)
{
    struct dsy_http_exchange *connection = handle->data;
    (void)suggested_bytes;
    *buffer = uv_buf_init(connection->server->read_buffer, HTTP_READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t size_bytes, const uv_buf_t *buffer);

static void
connection_read(struct dsy_http_exchange *connection)
{
    if (connection->is_reading || connection->half_closed_ms != 0)
        return;
    if (uv_read_start((uv_stream_t *)&connection->socket, on_alloc, on_read) != 0)
        dsy_http_connection_close(connection);
    else
        connection->is_reading = true;
}

static void
connection_read_no_more(struct dsy_http_exchange *connection)
{
    uv_read_stop((uv_stream_t *)&connection->socket);
    connection->is_reading = false;
}

/* Shut down our side and read on for a moment: closing at once, with bytes of the client's unread, would reset the
 * connection, and the reset would overtake the response. */
static void
connection_linger(struct dsy_http_exchange *connection)
{
    if (connection->half_closed_ms != 0 ||
        uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->socket, on_shut_down) != 0) {
        dsy_http_connection_close(connection);
        return;
    }
    connection->state = CONNECTION_LINGERING;
    connection->deadline_ms = deadline(connection, connection->server->limits.linger_ms);
    connection_read(connection);
}

/* ---- responding ---- */

/* The kernel has the whole response. */
static void
connection_response_done(struct dsy_http_exchange *connection)
{
    buffer_recycle(&connection->body);
    if (connection->ends_after_response) {
        connection_linger(connection);
        return;
    }
    dsy_http_parser_next(connection->parser);
    connection->state = CONNECTION_READING;
    connection->deadline_ms = deadline(connection, connection->server->limits.idle_ms);
    if (!connection->is_consuming)
        connection_resume(connection);
}

static void
on_written(uv_write_t *request, int status)
{
    struct dsy_http_exchange *connection = request->data;
    if (connection->state == CONNECTION_CLOSING)
        return;
    if (status < 0)
        dsy_http_connection_close(connection);
    else
        connection_response_done(connection);
}

/* Send both parts; most often the kernel takes all of it at once. */
static void
connection_write(struct dsy_http_exchange *connection, bool with_body)
{
    uv_buf_t parts[2] = {
        uv_buf_init((char *)connection->head.data, (unsigned)connection->head.size_bytes),
        uv_buf_init((char *)connection->body.data, with_body ? (unsigned)connection->body.size_bytes : 0),
    };
    unsigned part_count = parts[1].len > 0 ? 2 : 1;
    size_t total_bytes = parts[0].len + parts[1].len;
    connection->server->statistics.sent_bytes += total_bytes;

    int sent_bytes = uv_try_write((uv_stream_t *)&connection->socket, parts, part_count);
    if (sent_bytes == UV_EAGAIN)
        sent_bytes = 0;
    if (sent_bytes < 0) {
        dsy_http_connection_close(connection);
        return;
    }
    if ((size_t)sent_bytes == total_bytes) {
        connection_response_done(connection);
        return;
    }
    for (unsigned index = 0; index < 2; index++) {
        size_t part_bytes = (size_t)sent_bytes < parts[index].len ? (size_t)sent_bytes : parts[index].len;
        parts[index].base += part_bytes;
        parts[index].len -= part_bytes;
        sent_bytes -= (int)part_bytes;
    }
    connection->write.data = connection;
    if (uv_write(&connection->write, (uv_stream_t *)&connection->socket, parts, part_count, on_written) != 0)
        dsy_http_connection_close(connection);
}

void
dsy_http_respond(struct dsy_http_exchange *exchange, int status, const char *content_type)
{
    struct dsy_http_server *server = exchange->server;
    if (exchange->state != CONNECTION_HANDLING && exchange->state != CONNECTION_WAITING)
        return; /* the client has gone meanwhile */
    if (exchange->state == CONNECTION_WAITING)
        server->statistics.exchanges_waiting--;

    if (exchange->body.status != DSY_OK || exchange->headers.status != DSY_OK) {
        /* The response is larger than its bound, or memory ran out: half of it must not look like the whole. */
        status = 500;
        content_type = NULL;
        dsy_buffer_clear(&exchange->body);
        dsy_buffer_clear(&exchange->headers);
    }
    const struct dsy_http_request *request = dsy_http_exchange_request(exchange);
    if (request == NULL || !request->keep_alive || server->is_stopping)
        exchange->ends_after_response = true;
    bool with_body = request == NULL || request->method != DSY_HTTP_HEAD;

    struct dsy_buffer *head = &exchange->head;
    dsy_buffer_clear(head);
    dsy_buffer_append_format(head, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Length: %zu\r\nConnection: %s\r\n", status,
                             dsy_http_status_phrase(status), dsy_http_server_date(server), exchange->body.size_bytes,
                             exchange->ends_after_response ? "close" : "keep-alive");
    if (content_type != NULL)
        dsy_buffer_append_format(head, "Content-Type: %s\r\nX-Content-Type-Options: nosniff\r\n", content_type);
    dsy_buffer_append(head, exchange->headers.data, exchange->headers.size_bytes);
    dsy_buffer_append(head, "\r\n", 2);

    exchange->number = 0;
    exchange->deferred = NULL;
    exchange->state = CONNECTION_WRITING;
    exchange->deadline_ms = deadline(exchange, server->limits.write_ms);
    if (status >= 0 && status < 600)
        server->statistics.responses[status]++;
    if (head->status != DSY_OK)
        dsy_http_connection_close(exchange);
    else
        connection_write(exchange, with_body);
}

void
dsy_http_defer(struct dsy_http_exchange *exchange, int64_t wait_ms, void *deferred)
{
    if (exchange->state == CONNECTION_HANDLING) {
        exchange->state = CONNECTION_WAITING;
        exchange->server->statistics.exchanges_waiting++;
    }
    exchange->deferred = deferred;
    exchange->deadline_ms = deadline(exchange, wait_ms);
}

const struct dsy_http_request *
dsy_http_exchange_request(const struct dsy_http_exchange *exchange)
{
    return exchange->is_refusal ? NULL : dsy_http_parser_request(exchange->parser);
}

struct dsy_buffer *
dsy_http_exchange_body(struct dsy_http_exchange *exchange)
{
    return &exchange->body;
}

struct dsy_buffer *
dsy_http_exchange_headers(struct dsy_http_exchange *exchange)
{
    return &exchange->headers;
}

struct dsy_http_server *
dsy_http_exchange_server(const struct dsy_http_exchange *exchange)
{
    return exchange->server;
}

struct dsy_http_ticket
dsy_http_exchange_ticket(const struct dsy_http_exchange *exchange)
{
    return (struct dsy_http_ticket){ .number = exchange->number, .slot = exchange->slot };
}

/* ---- requests ---- */

static void
connection_begin_exchange(struct dsy_http_exchange *connection, bool is_refusal)
{
    connection->state = CONNECTION_HANDLING;
    connection->number = ++connection->server->next_number;
    connection->is_refusal = is_refusal;
    dsy_buffer_clear(&connection->headers);
    dsy_buffer_clear(&connection->body);
}

static void
connection_refuse(struct dsy_http_exchange *connection, int status, const char *sentence)
{
    struct dsy_http_handler *handler = &connection->server->handler;
    connection_begin_exchange(connection, true);
    handler->refuse(handler->context, connection, status, sentence);
    if (connection->state == CONNECTION_HANDLING)
        dsy_http_respond(connection, status, NULL);
}

static void
connection_handle(struct dsy_http_exchange *connection)
{
    struct dsy_http_handler *handler = &connection->server->handler;
    connection_begin_exchange(connection, false);
    handler->handle(handler->context, connection);
    if (connection->state == CONNECTION_HANDLING)
        dsy_http_respond(connection, 500, NULL);
}

static void
connection_send_continue(struct dsy_http_exchange *connection)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    uv_buf_t part = uv_buf_init((char *)(uintptr_t)text, sizeof text - 1);
    /* The socket's buffer is empty here, so it takes the line whole, or the connection is broken. */
    if (uv_try_write((uv_stream_t *)&connection->socket, &part, 1) != (int)part.len)
        dsy_http_connection_close(connection);
}

/* Feed bytes until they are used up or a request of theirs is under way. Returns how many were taken. */
static size_t
connection_consume(struct dsy_http_exchange *connection, const char *bytes, size_t size_bytes)
{
    struct dsy_http_parser *parser = connection->parser;
    const struct dsy_http_limits *limits = &connection->server->limits;
    const char *sentence;
    size_t taken_bytes = 0;
    connection->is_consuming = true;
    while (connection->state == CONNECTION_READING && taken_bytes < size_bytes) {
        bool was_idle = dsy_http_parser_is_idle(parser), had_head = dsy_http_parser_has_head(parser);
        size_t part_bytes;
        enum dsy_http_parse outcome =
            dsy_http_parser_feed(parser, bytes + taken_bytes, size_bytes - taken_bytes, &part_bytes);
        taken_bytes += part_bytes;
        switch (outcome) {
        case DSY_HTTP_CONTINUE: connection_send_continue(connection); break;
        case DSY_HTTP_READY: connection_handle(connection); break;
        case DSY_HTTP_REFUSED: {
            int status = dsy_http_parser_refusal(parser, &sentence);
            connection_refuse(connection, status, sentence);
            break;
        }
        case DSY_HTTP_MORE: break;
        }
        if (connection->state == CONNECTION_READING && !had_head && dsy_http_parser_has_head(parser))
            connection->deadline_ms = deadline(connection, limits->body_ms);
        else if (connection->state == CONNECTION_READING && was_idle && !dsy_http_parser_is_idle(parser))
            connection->deadline_ms = deadline(connection, limits->head_ms);
    }
    connection->is_consuming = false;
    return taken_bytes;
}

/* A response is out: go on with what the client has sent meanwhile. */
static void
connection_resume(struct dsy_http_exchange *connection)
{
    struct dsy_buffer *pending = &connection->pending;
    if (pending->size_bytes > 0) {
        size_t taken_bytes = connection_consume(connection, (const char *)pending->data, pending->size_bytes);
        if (taken_bytes < pending->size_bytes)
            memmove(pending->data, pending->data + taken_bytes, pending->size_bytes - taken_bytes);
        pending->size_bytes -= taken_bytes;
    }
    if (connection->state == CONNECTION_READING && connection->half_closed_ms != 0)
        dsy_http_connection_close(connection);
    else if (connection->state != CONNECTION_CLOSING && pending->size_bytes < DSY_HTTP_PIPELINED_BYTES_MAX)
        connection_read(connection);
}

/* Keep bytes of requests to come. */
static void
connection_hold(struct dsy_http_exchange *connection, const char *bytes, size_t size_bytes)
{
    dsy_buffer_append(&connection->pending, bytes, size_bytes);
    if (connection->pending.status != DSY_OK)
        dsy_http_connection_close(connection);
    else if (connection->pending.size_bytes >= DSY_HTTP_PIPELINED_BYTES_MAX)
        connection_read_no_more(connection);
}

static void
connection_take_bytes(struct dsy_http_exchange *connection, const char *bytes, size_t size_bytes)
{
    size_t taken_bytes;
    switch (connection->state) {
    case CONNECTION_READING:
        taken_bytes = connection_consume(connection, bytes, size_bytes);
        if (taken_bytes < size_bytes &&
            (connection->state == CONNECTION_WAITING || connection->state == CONNECTION_WRITING))
            connection_hold(connection, bytes + taken_bytes, size_bytes - taken_bytes);
        break;
    case CONNECTION_WAITING:
    case CONNECTION_WRITING: connection_hold(connection, bytes, size_bytes); break;
    case CONNECTION_LINGERING:
        connection->dropped_bytes += size_bytes;
        if (connection->dropped_bytes > DSY_HTTP_LINGER_BYTES_MAX)
            dsy_http_connection_close(connection);
        break;
    case CONNECTION_HANDLING:
    case CONNECTION_CLOSING: break;
    }
}

static void
on_read(uv_stream_t *stream, ssize_t size_bytes, const uv_buf_t *buffer)
{
    struct dsy_http_exchange *connection = stream->data;
    if (size_bytes > 0) {
        connection->server->statistics.received_bytes += (uint64_t)size_bytes;
        connection_take_bytes(connection, buffer->base, (size_t)size_bytes);
    } else if (size_bytes == UV_EOF &&
               (connection->state == CONNECTION_WAITING || connection->state == CONNECTION_WRITING)) {
        /* Gone, or only done with sending: nobody can tell, so an answer that is near is still given. */
        connection_read_no_more(connection);
        connection->half_closed_ms = deadline(connection, connection->server->limits.half_closed_ms);
    } else if (size_bytes < 0) {
        dsy_http_connection_close(connection);
    }
}

/* ---- beginning, deadlines ---- */

static bool
connection_find_slot(struct dsy_http_server *server, struct dsy_http_exchange *connection)
{
    for (uint32_t index = 0; index < server->slot_count; index++) {
        uint32_t slot = ((uint32_t)server->statistics.connections_accepted + index) % server->slot_count;
        if (server->slots[slot] == NULL) {
            server->slots[slot] = connection;
            connection->slot = slot;
            return true;
        }
    }
    return false;
}

static void
on_rejected(uv_handle_t *handle)
{
    connection_give_back(handle->data);
}

void
dsy_http_connection_accept(struct dsy_http_server *server)
{
    struct dsy_http_exchange *connection = connection_take(server);
    if (connection == NULL)
        return; /* memory ran out; the kernel's queue holds the client until the next event */
    connection_reset(connection);
    if (uv_tcp_init(&server->loop, &connection->socket) != 0) {
        connection_give_back(connection);
        return;
    }
    connection->socket.data = connection;
    connection->state = CONNECTION_CLOSING; /* until it is known to be open */
    if (uv_accept((uv_stream_t *)&server->listener, (uv_stream_t *)&connection->socket) != 0 ||
        !connection_find_slot(server, connection)) {
        server->statistics.connections_refused++;
        uv_close((uv_handle_t *)&connection->socket, on_rejected);
        return;
    }
    server->open_count++;
    server->statistics.connections_accepted++;
    server->statistics.connections_open = server->open_count;
    if (!uv_is_active((uv_handle_t *)&server->sweep))
        uv_timer_again(&server->sweep);
    uv_tcp_nodelay(&connection->socket, 1);
    connection->state = CONNECTION_READING;
    connection->deadline_ms = deadline(connection, server->limits.head_ms);
    if (server->open_count - server->turned_away_count > server->limits.connections_max) {
        connection->is_turned_away = true;
        server->turned_away_count++;
        server->statistics.connections_refused++;
        connection_refuse(connection, 503, "Too many connections are open.");
    } else {
        connection_read(connection);
    }
}

void
dsy_http_connection_sweep(struct dsy_http_exchange *connection, uint64_t now_ms)
{
    struct dsy_http_handler *handler = &connection->server->handler;
    if (connection->state == CONNECTION_WAITING && connection->half_closed_ms != 0 &&
        now_ms >= connection->half_closed_ms) {
        dsy_http_connection_close(connection);
        return;
    }
    if (now_ms < connection->deadline_ms)
        return;
    switch (connection->state) {
    case CONNECTION_READING:
        if (dsy_http_parser_is_idle(connection->parser))
            dsy_http_connection_close(connection);
        else
            connection_refuse(connection, 408, "The request took too long to arrive.");
        break;
    case CONNECTION_WAITING: handler->expire(handler->context, connection, connection->deferred); break;
    case CONNECTION_WRITING:
    case CONNECTION_LINGERING: dsy_http_connection_close(connection); break;
    case CONNECTION_HANDLING:
    case CONNECTION_CLOSING: break;
    }
}

void
dsy_http_connection_wind_up(struct dsy_http_exchange *connection)
{
    switch (connection->state) {
    case CONNECTION_READING:
    case CONNECTION_WAITING: dsy_http_connection_close(connection); break;
    case CONNECTION_WRITING: connection->ends_after_response = true; break;
    case CONNECTION_HANDLING:
    case CONNECTION_LINGERING:
    case CONNECTION_CLOSING: break;
    }
}
