/* Starting, asking and killing the server under test; see server.h. */
#include "server.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { QUIET_MS = 50 };

static void
fail(const char *what)
{
    fprintf(stderr, "crash test: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* In the child: become the server, and die with the campaign. */
static void
run_server(const struct server *server, int output, const char *stop_at)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int log = open(server->log, O_WRONLY | O_APPEND | O_CREAT, 0644);
    if (log < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
        _exit(126);
    if (stop_at == NULL)
        unsetenv("DSY_STOP_AT");
    else
        setenv("DSY_STOP_AT", stop_at, 1);
    execl(server->program, server->program, "serve", "--store", server->store, "--listen", "127.0.0.1:0", "--shards",
          "2", "--placement", "spread", (char *)NULL);
    _exit(127);
}

/* Read lines until the one that names the port. */
static int
read_port(int input)
{
    FILE *lines = fdopen(input, "r");
    if (lines == NULL)
        fail("fdopen");
    char line[512];
    int port = 0;
    while (port == 0 && fgets(line, sizeof line, lines) != NULL) {
        const char *found = strstr(line, "http://127.0.0.1:");
        if (found != NULL)
            port = atoi(found + strlen("http://127.0.0.1:"));
    }
    fclose(lines);
    return port;
}

bool
server_start(struct server *server, const char *stop_at)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        fail("pipe");
    server->process = fork();
    if (server->process < 0)
        fail("fork");
    if (server->process == 0)
        run_server(server, ends[1], stop_at);
    close(ends[1]);
    server->port = read_port(ends[0]);
    if (server->port != 0)
        return true;
    int status;
    waitpid(server->process, &status, 0);
    server->process = 0;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
        fprintf(stderr, "crash test: the server ended before it listened (status %d); see %s\n", status, server->log);
        exit(2);
    }
    return false;
}

bool
server_kill(struct server *server)
{
    if (server->process == 0)
        return false;
    int status;
    bool was_running = waitpid(server->process, &status, WNOHANG) == 0;
    if (was_running) {
        kill(server->process, SIGKILL);
        waitpid(server->process, &status, 0);
    }
    server->process = 0;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return was_running;
    fprintf(stderr, "crash test: the server ended by itself with status %d; see %s\n", status, server->log);
    exit(1);
}

int
server_drain(struct server *server)
{
    int status;
    kill(server->process, SIGTERM);
    waitpid(server->process, &status, 0);
    server->process = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static size_t
take_body(char *data, size_t size, size_t count, void *user)
{
    struct answer *answer = user;
    size_t room = sizeof answer->body - 1 - answer->size_bytes;
    size_t taken = size * count < room ? size * count : room;
    memcpy(answer->body + answer->size_bytes, data, taken);
    answer->size_bytes += taken;
    return size * count;
}

/* One request; body: NULL for a GET. */
static struct answer
perform(struct server *server, const char *path, const char *body, struct curl_slist *headers, long milliseconds)
{
    struct answer answer = { 0 };
    char url[256];
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", server->port, path);
    if (server->http == NULL)
        server->http = curl_easy_init();
    if (server->http == NULL)
        fail("curl_easy_init");
    CURL *http = server->http;
    curl_easy_setopt(http, CURLOPT_URL, url);
    curl_easy_setopt(http, CURLOPT_HTTPHEADER, headers);
    if (body != NULL)
        curl_easy_setopt(http, CURLOPT_POSTFIELDS, body);
    else
        curl_easy_setopt(http, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(http, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(http, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(http, CURLOPT_TIMEOUT_MS, milliseconds);
    curl_easy_setopt(http, CURLOPT_NOSIGNAL, 1L);
    if (curl_easy_perform(http) == CURLE_OK)
        curl_easy_getinfo(http, CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
}

struct answer
server_call(struct server *server, const char *routine, const char *body, const char *key, int wait_seconds)
{
    char path[256], key_header[128], prefer[64];
    snprintf(path, sizeof path, "/v1/call/%s", routine);
    snprintf(key_header, sizeof key_header, "Idempotency-Key: %s", key);
    snprintf(prefer, sizeof prefer, "Prefer: wait=%d", wait_seconds);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, key_header);
    headers = curl_slist_append(headers, prefer);
    struct answer answer = perform(server, path, body, headers, (long)wait_seconds * 1000 + 10000);
    curl_slist_free_all(headers);
    return answer;
}

/* The value of a metric, -1 when there is none. */
static long
metric(const struct answer *answer, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = answer->body; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ' ')
            return atol(line + length);
    }
    return -1;
}

void
server_wait_until_quiet(struct server *server, int seconds)
{
    long batches = -1;
    for (long waited_ms = 0; waited_ms < seconds * 1000L; waited_ms += QUIET_MS) {
        struct answer answer = perform(server, "/metrics", NULL, NULL, 10000);
        long now = metric(&answer, "dsy_batches_total");
        bool is_done = metric(&answer, "dsy_invocations_unfinished") == 0;
        if (answer.status == 200 && is_done && now == batches)
            return;
        batches = is_done ? now : -1;
        nanosleep(&(struct timespec){ .tv_nsec = QUIET_MS * 1000000L }, NULL);
    }
}

void
server_forget(struct server *server)
{
    curl_easy_cleanup(server->http);
    server->http = NULL;
    curl_global_cleanup();
}
