/* A server that answers by the path of a request, each with its Connection closed; prints its port first:
 *   /ok            200, "hello", and the request's head as the header Seen
 *   /echo          200, the body of the request
 *   /status/N      N
 *   /to/URL        302 to URL (the rest of the path)
 *   /see/URL       303 to URL
 *   /large/N       200, N octets, chunked, so that no length is known before
 *   /heads         200, with more headers than anybody wants
 *   /slow          200, after five seconds
 *   /once/NAME     drops the first connection for this name, 200 at the second */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_BYTES_MAX = 64 * 1024, NAMES_MAX = 16 };

static char names[NAMES_MAX][64]; /* that were dropped once */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void
send_all(int connection, const char *text, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t sent = send(connection, text, size_bytes, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        text += sent;
        size_bytes -= (size_t)sent;
    }
}

static void
answer(int connection, const char *status, const char *headers, const char *body, size_t body_bytes)
{
    char head[8192];
    int size_bytes = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n",
                              status, body_bytes, headers);
    send_all(connection, head, (size_t)size_bytes);
    send_all(connection, body, body_bytes);
}

/* The whole request. Returns the octets read; *body: where its body begins. */
static size_t
read_request(int connection, char *request, size_t *body)
{
    size_t size_bytes = 0, wanted_bytes = REQUEST_BYTES_MAX - 1;
    *body = 0;
    while (size_bytes < wanted_bytes) {
        ssize_t received = recv(connection, request + size_bytes, REQUEST_BYTES_MAX - 1 - size_bytes, 0);
        if (received <= 0)
            break;
        size_bytes += (size_t)received;
        request[size_bytes] = '\0';
        const char *end = strstr(request, "\r\n\r\n");
        if (end == NULL)
            continue;
        *body = (size_t)(end - request) + 4;
        const char *length = strcasestr(request, "\r\ncontent-length:");
        wanted_bytes = *body + (length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0);
    }
    return size_bytes;
}

static bool
is_first(const char *name)
{
    bool is_new = true;
    pthread_mutex_lock(&mutex);
    size_t index = 0;
    for (; index < NAMES_MAX && names[index][0] != '\0'; index++)
        is_new = is_new && strcmp(names[index], name) != 0;
    if (is_new && index < NAMES_MAX)
        snprintf(names[index], sizeof names[index], "%.60s", name);
    pthread_mutex_unlock(&mutex);
    return is_new;
}

static void
answer_large(int connection, size_t size_bytes)
{
    static const char chunk[] = "400\r\n";
    char octets[1024 + 2];
    memset(octets, 'x', 1024);
    memcpy(octets + 1024, "\r\n", 2);
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    send_all(connection, head, sizeof head - 1);
    for (size_t sent = 0; sent < size_bytes; sent += 1024) {
        send_all(connection, chunk, sizeof chunk - 1);
        send_all(connection, octets, sizeof octets);
    }
    send_all(connection, "0\r\n\r\n", 5);
}

static void
answer_path(int connection, const char *path, const char *request, size_t request_bytes, size_t body)
{
    char headers[4096] = "";
    if (strcmp(path, "/ok") == 0) {
        int head_bytes = (int)body - 4 < 2000 ? (int)body - 4 : 2000;
        int size_bytes = snprintf(headers, sizeof headers, "Seen: %.*s\r\nTwo: a\r\ntwo: b\r\n", head_bytes, request);
        for (char *next = headers; next < headers + size_bytes - 18; next++)
            if (*next == '\r' || *next == '\n')
                *next = '|';
        answer(connection, "200 OK", headers, "hello", 5);
    } else if (strcmp(path, "/echo") == 0) {
        answer(connection, "200 OK", "", request + body, request_bytes - body);
    } else if (strncmp(path, "/status/", 8) == 0) {
        answer(connection, path + 8, "", "", 0);
    } else if (strncmp(path, "/to/", 4) == 0 || strncmp(path, "/see/", 5) == 0) {
        bool is_to = path[1] == 't';
        snprintf(headers, sizeof headers, "Location: %s\r\n", path + (is_to ? 4 : 5));
        answer(connection, is_to ? "302 Found" : "303 See Other", headers, "", 0);
    } else if (strncmp(path, "/large/", 7) == 0) {
        answer_large(connection, strtoul(path + 7, NULL, 10));
    } else if (strcmp(path, "/heads") == 0) {
        send_all(connection, "HTTP/1.1 200 OK\r\n", 17);
        for (int count = 0; count < 5000; count++)
            send_all(connection, "Header: with a value\r\n", 22);
        send_all(connection, "\r\n", 2);
    } else if (strcmp(path, "/slow") == 0) {
        sleep(5);
        answer(connection, "200 OK", "", "late", 4);
    } else if (strncmp(path, "/once/", 6) == 0 && is_first(path + 6)) {
        return;
    } else {
        answer(connection, "200 OK", "", "again", 5);
    }
}

static void *
serve(void *context)
{
    int connection = (int)(intptr_t)context;
    char *request = calloc(1, REQUEST_BYTES_MAX);
    char path[2048] = "";
    size_t body = 0;
    if (request != NULL) {
        size_t size_bytes = read_request(connection, request, &body);
        if (sscanf(request, "%*s %2047s", path) == 1)
            answer_path(connection, path, request, size_bytes, body);
    }
    free(request);
    close(connection);
    return NULL;
}

int
main(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size_bytes = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size_bytes) != 0) {
        perror("answer");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        pthread_t thread;
        int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            continue;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)connection) == 0)
            pthread_detach(thread);
        else
            close(connection);
    }
}
