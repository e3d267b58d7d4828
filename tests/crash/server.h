/* The server under test as the crash tests see it: a process that can be started, asked over HTTP and killed.
 * Relies on libcurl and fork/exec; one thread. */
#ifndef DSY_TESTS_CRASH_SERVER_H
#define DSY_TESTS_CRASH_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct server {
    const char *program; /* path of the deployment */
    const char *store;   /* its store's folder */
    const char *log;     /* where its stderr goes, appended */
    pid_t process;       /* 0: not running */
    int port;
    void *http; /* CURL easy handle */
};

/* Start it and wait until it says where it listens. stop_at: value of DSY_STOP_AT, or NULL.
 * Returns false when it ended before it listened (the stop point may lie before). */
bool server_start(struct server *server, const char *stop_at);

/* SIGKILL, and reap it. Returns true when it was still running. */
bool server_kill(struct server *server);

/* SIGTERM, and reap it. Returns its exit code, or -1 when a signal ended it. */
int server_drain(struct server *server);

struct answer {
    long status; /* 0: no answer, the connection broke */
    char body[16384];
    size_t size_bytes;
};

/* Call a routine, "Campaign/run", under an idempotency key; waits for the result up to `wait_seconds`.
 * body  JSON of the arguments */
struct answer server_call(struct server *server, const char *routine, const char *body, const char *key,
                          int wait_seconds);

/* Wait until nothing moves any more, `seconds` at most: no invocation is unfinished, and no transaction is made. */
void server_wait_until_quiet(struct server *server, int seconds);

/* Give back what the calls took. */
void server_forget(struct server *server);

#endif
