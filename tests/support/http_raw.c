/* A client on a blocking socket with poll(); knows of HTTP only where a response ends. */
#include "tests/support/http_raw.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t
now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct http_raw
http_raw_connect(const char *url)
{
    struct http_raw client = { .socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    const char *colon = strrchr(url, ':');
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)atoi(colon + 1)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int on = 1;
    client.bytes = calloc(1, HTTP_RAW_BYTES_MAX + 1);
    client.taken = calloc(1, HTTP_RAW_BYTES_MAX + 1);
    if (client.bytes == NULL || client.taken == NULL ||
        connect(client.socket, (struct sockaddr *)&address, sizeof address) != 0) {
        perror(url);
        exit(3);
    }
    setsockopt(client.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return client;
}

bool
http_raw_send(struct http_raw *client, const char *bytes, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t sent_bytes = send(client->socket, bytes, size_bytes, MSG_NOSIGNAL);
        if (sent_bytes <= 0)
            return false;
        bytes += sent_bytes;
        size_bytes -= (size_t)sent_bytes;
    }
    return true;
}

bool
http_raw_send_text(struct http_raw *client, const char *text)
{
    return http_raw_send(client, text, strlen(text));
}

/* Receive what is there. Returns false at the end of the connection or of the time. */
static bool
receive_more(struct http_raw *client, int64_t until_ms)
{
    int64_t left_ms = until_ms - now_ms();
    struct pollfd wait = { .fd = client->socket, .events = POLLIN };
    if (client->has_ended || client->size_bytes == HTTP_RAW_BYTES_MAX || left_ms < 0 ||
        poll(&wait, 1, (int)left_ms) != 1)
        return false;
    ssize_t got_bytes =
        recv(client->socket, client->bytes + client->size_bytes, HTTP_RAW_BYTES_MAX - client->size_bytes, 0);
    if (got_bytes <= 0) {
        client->has_ended = true;
        return false;
    }
    client->size_bytes += (size_t)got_bytes;
    client->bytes[client->size_bytes] = 0;
    return true;
}

const char *
http_raw_header(const struct http_raw *client, const char *name)
{
    static _Thread_local char value[1024];
    size_t name_bytes = strlen(name);
    const char *line = client->head;
    while (line != NULL && (line = strstr(line, "\r\n")) != NULL) {
        line += 2;
        if (strncasecmp(line, name, name_bytes) == 0 && line[name_bytes] == ':') {
            const char *start = line + name_bytes + 1 + strspn(line + name_bytes + 1, " ");
            snprintf(value, sizeof value, "%.*s", (int)strcspn(start, "\r"), start);
            return value;
        }
    }
    return NULL;
}

/* Move the first size_bytes from what was received to what was taken. */
static void
take(struct http_raw *client, size_t size_bytes)
{
    memcpy(client->taken, client->bytes, size_bytes);
    client->taken[size_bytes] = 0;
    memmove(client->bytes, client->bytes + size_bytes, client->size_bytes - size_bytes + 1);
    client->size_bytes -= size_bytes;
}

int
http_raw_receive(struct http_raw *client, bool has_body, int timeout_ms)
{
    int64_t until_ms = now_ms() + timeout_ms;
    const char *end;
    client->status = 0;
    client->head = client->body = "";
    client->body_bytes = 0;
    while ((end = strstr(client->bytes, "\r\n\r\n")) == NULL) {
        if (!receive_more(client, until_ms))
            return 0;
    }
    size_t head_bytes = (size_t)(end - client->bytes) + 4, body_bytes = 0;
    const char *length;
    client->head = client->bytes;
    if (has_body && (length = http_raw_header(client, "Content-Length")) != NULL)
        body_bytes = strtoul(length, NULL, 10);
    while (client->size_bytes < head_bytes + body_bytes) {
        if (!receive_more(client, until_ms))
            return 0;
    }
    take(client, head_bytes + body_bytes);
    client->head = client->taken;
    client->body = client->taken + head_bytes;
    client->body_bytes = body_bytes;
    if (sscanf(client->taken, "HTTP/1.1 %d", &client->status) != 1)
        client->status = 0;
    return client->status;
}

bool
http_raw_ends(struct http_raw *client, int timeout_ms)
{
    int64_t until_ms = now_ms() + timeout_ms;
    while (client->size_bytes == 0 && receive_more(client, until_ms))
        ;
    return client->has_ended && client->size_bytes == 0;
}

void
http_raw_close(struct http_raw *client)
{
    close(client->socket);
    free(client->bytes);
    free(client->taken);
    *client = (struct http_raw){ .socket = -1 };
}
