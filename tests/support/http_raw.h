/* A client that sends exactly the bytes it is told to: for tests of what servers do with them. */
#ifndef DSY_TESTS_HTTP_RAW_H
#define DSY_TESTS_HTTP_RAW_H

#include <stdbool.h>
#include <stddef.h>

enum { HTTP_RAW_BYTES_MAX = 4 * 1024 * 1024 };

/* One response, and the connection it came by. */
struct http_raw {
    int socket;
    char *bytes; /* received and not yet taken, NUL-terminated */
    size_t size_bytes;
    bool has_ended; /* the server has closed or reset the connection */
    /* the response that was read last; parts of `taken` */
    int status;
    char *taken;
    const char *head; /* with its empty line */
    const char *body;
    size_t body_bytes;
};

/* Connect to "http://127.0.0.1:PORT"; exits the test process when that fails. */
struct http_raw http_raw_connect(const char *url);

/* Send all bytes. Returns false when the server does not take them. */
bool http_raw_send(struct http_raw *client, const char *bytes, size_t size_bytes);
bool http_raw_send_text(struct http_raw *client, const char *text);

/* Wait for a response with its body. has_body: false after a HEAD request.
 * Returns its status; 0 when the connection ended, or timeout_ms went by, before it was whole. */
int http_raw_receive(struct http_raw *client, bool has_body, int timeout_ms);

/* Value of a header field of the last response, in memory that lasts until the next call; NULL: there is none. */
const char *http_raw_header(const struct http_raw *client, const char *name);

/* Whether the server closes the connection within that time, sending nothing more. */
bool http_raw_ends(struct http_raw *client, int timeout_ms);

void http_raw_close(struct http_raw *client);

#endif
