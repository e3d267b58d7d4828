/* The command line's HTTP client: blocking socket with time-outs, llhttp for the response. */
#include "runtime/transport/http_client.h"

#include <errno.h>
#include <llhttp/llhttp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HOST_BYTES_MAX = 256, READ_BYTES = 16 * 1024, HEAD_BYTES_MAX = 8 * 1024 };

struct response {
    struct dsy_buffer *body;
    bool is_whole;
    int status;
};

static int
on_body(llhttp_t *grammar, const char *at, size_t size_bytes)
{
    struct response *response = grammar->data;
    dsy_buffer_append(response->body, at, size_bytes);
    return response->body->status == DSY_OK ? 0 : -1;
}

/* A "100 Continue" before the response is no response. */
static int
on_message_complete(llhttp_t *grammar)
{
    struct response *response = grammar->data;
    response->status = grammar->status_code;
    if (response->status < 200)
        return 0;
    response->is_whole = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = { .on_body = on_body, .on_message_complete = on_message_complete };

/* "http://host:port", "http://[::1]:port" → its two parts; a missing port is 80. */
static bool
split_url(const char *url, char host[HOST_BYTES_MAX], char port[8])
{
    static const char scheme[] = "http://";
    if (strncmp(url, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *start = url + sizeof scheme - 1;
    size_t size_bytes = strcspn(start, "/");
    if (start[size_bytes] == '/' && start[size_bytes + 1] != 0)
        return false;
    const char *colon = memrchr(start, ':', size_bytes), *end = start + size_bytes;
    bool is_bracketed = start[0] == '[';
    if (is_bracketed && colon != NULL && colon > start && colon[-1] != ']')
        colon = NULL; /* the last ':' stands inside the brackets */
    const char *host_end = colon != NULL ? colon : end;
    if (is_bracketed && (host_end[-1] != ']' || host_end - start < 3))
        return false;
    size_t host_bytes = (size_t)(host_end - start) - (is_bracketed ? 2 : 0);
    size_t port_bytes = colon != NULL ? (size_t)(end - colon) - 1 : 2;
    if (host_bytes == 0 || host_bytes >= HOST_BYTES_MAX || port_bytes == 0 || port_bytes > 5)
        return false;
    memcpy(host, start + (is_bracketed ? 1 : 0), host_bytes);
    host[host_bytes] = 0;
    memcpy(port, colon != NULL ? colon + 1 : "80", port_bytes);
    port[port_bytes] = 0;
    return strspn(port, "0123456789") == port_bytes;
}

/* A connected socket with time-outs; -1 with errno when nobody listens. */
static int
connect_to(const struct addrinfo *addresses, int64_t timeout_ms)
{
    struct timeval timeout = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
    int descriptor = -1;
    for (const struct addrinfo *address = addresses; address != NULL && descriptor < 0; address = address->ai_next) {
        descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0)
            continue;
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
        if (connect(descriptor, address->ai_addr, address->ai_addrlen) != 0) {
            int reason = errno;
            close(descriptor);
            errno = reason;
            descriptor = -1;
        }
    }
    return descriptor;
}

static bool
send_all(int descriptor, const void *data, size_t size_bytes)
{
    const char *bytes = data;
    while (size_bytes > 0) {
        ssize_t sent_bytes = send(descriptor, bytes, size_bytes, MSG_NOSIGNAL);
        if (sent_bytes < 0 && errno == EINTR)
            continue;
        if (sent_bytes <= 0)
            return false;
        bytes += sent_bytes;
        size_bytes -= (size_t)sent_bytes;
    }
    return true;
}

static bool
send_request(int descriptor, const struct dsy_http_call *call, const char *host, const char *port)
{
    struct dsy_buffer head;
    dsy_buffer_init(&head, HEAD_BYTES_MAX);
    bool is_ip6 = strchr(host, ':') != NULL;
    dsy_buffer_append_format(&head, "%s %s HTTP/1.1\r\nHost: %s%s%s:%s\r\nConnection: close\r\n%s", call->method,
                             call->path, is_ip6 ? "[" : "", host, is_ip6 ? "]" : "", port, call->headers);
    if (call->body != NULL)
        dsy_buffer_append_format(&head, "Content-Length: %zu\r\n", call->body_bytes);
    dsy_buffer_append(&head, "\r\n", 2);
    bool is_sent = head.status == DSY_OK && send_all(descriptor, head.data, head.size_bytes);
    if (is_sent && call->body != NULL)
        is_sent = send_all(descriptor, call->body, call->body_bytes);
    dsy_buffer_destroy(&head);
    return is_sent;
}

static enum dsy_status
receive_response(int descriptor, struct response *response, const char *url, struct dsy_error *error)
{
    char bytes[READ_BYTES];
    llhttp_t grammar;
    llhttp_init(&grammar, HTTP_RESPONSE, &settings);
    grammar.data = response;
    while (!response->is_whole) {
        ssize_t got_bytes = recv(descriptor, bytes, sizeof bytes, 0);
        if (got_bytes < 0 && errno == EINTR)
            continue;
        if (got_bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return dsy_error_set(error, DSY_TIMEOUT, "%s does not answer", url);
        if (got_bytes <= 0) {
            /* A body without a length ends with the connection. */
            if (got_bytes == 0 && llhttp_finish(&grammar) == HPE_PAUSED && response->is_whole)
                break;
            return dsy_error_set(error, DSY_INPUT_OUTPUT, "the connection to %s broke before the answer", url);
        }
        llhttp_errno_t result = llhttp_execute(&grammar, bytes, (size_t)got_bytes);
        if (response->body->status != DSY_OK)
            return dsy_error_set(error, response->body->status, "the answer of %s is too large", url);
        if (result != HPE_OK && result != HPE_PAUSED)
            return dsy_error_set(error, DSY_CORRUPT, "the answer of %s is no HTTP: %s", url,
                                 llhttp_get_error_reason(&grammar));
    }
    return DSY_OK;
}

enum dsy_status
dsy_http_client_call(const struct dsy_http_call *call, int *http_status, struct dsy_buffer *body,
                     struct dsy_error *error)
{
    char host[HOST_BYTES_MAX], port[8];
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *addresses;
    if (!split_url(call->url, host, port))
        return dsy_error_set(error, DSY_INVALID, "'%s' is not an address; write http://127.0.0.1:8080", call->url);
    int found = getaddrinfo(host, port, &hints, &addresses);
    if (found != 0)
        return dsy_error_set(error, DSY_NOT_FOUND, "the host of %s cannot be found: %s", call->url,
                             gai_strerror(found));
    int descriptor = connect_to(addresses, call->timeout_ms);
    freeaddrinfo(addresses);
    if (descriptor < 0)
        return dsy_error_set(error, DSY_NOT_FOUND, "nobody answers at %s: %s", call->url, strerror(errno));

    struct response response = { .body = body };
    enum dsy_status status;
    if (!send_request(descriptor, call, host, port))
        status =
            dsy_error_set(error, DSY_INPUT_OUTPUT, "the request to %s cannot be sent: %s", call->url, strerror(errno));
    else
        status = receive_response(descriptor, &response, call->url, error);
    close(descriptor);
    *http_status = response.status;
    return status;
}

void
dsy_http_percent_encode(const char *text, struct dsy_buffer *encoded)
{
    for (; *text != 0; text++) {
        char octet = *text;
        bool is_unreserved = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
                             (octet >= '0' && octet <= '9') || strchr("-._~", octet) != NULL;
        if (is_unreserved)
            dsy_buffer_append(encoded, &octet, 1);
        else
            dsy_buffer_append_format(encoded, "%%%02X", (unsigned)(unsigned char)octet);
    }
}
