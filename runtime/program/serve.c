/* NAME serve: a node behind an HTTP server, until a signal.
 *
 * The port is taken first, so that a second server is told at once; the store is opened next; then it is said where the
 * server listens. SIGTERM and SIGINT drain: no new calls, running steps end, everything is saved, exit code 0. A second
 * signal ends the process where it stands, which is safe: the store is made for it; but not within a second of the
 * first, because a signal to a group of processes often comes twice. */
#include "runtime/program/program.h"

#include "dsy/time.h"
#include "runtime/admin/api.h"
#include "runtime/transport/http_server.h"
#include "runtime/transport/remote_client.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* How long clients may take to fetch the last answers. */
enum { LAST_ANSWERS_MS = 2000 };

static int64_t first_signal_ns; /* written before the handler is set */

/* As dsy_clock_monotonic_ns, but what a signal handler may call. */
static int64_t
monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * DSY_NANOSECONDS_PER_SECOND + now.tv_nsec;
}

static void
on_second_signal(int number)
{
    if (monotonic_ns() - first_signal_ns < DSY_NANOSECONDS_PER_SECOND)
        return;
    static const char text[] = "ended at once by a second signal\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(128 + number);
}

/* The signals that end the server; blocked before any thread begins, so that all inherit it. */
static sigset_t
block_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN); /* a client that has gone is an error of one write */
    return signals;
}

static void
let_second_signal_end(const sigset_t *signals)
{
    struct sigaction action = { .sa_handler = on_second_signal, .sa_flags = SA_RESTART };
    first_signal_ns = monotonic_ns();
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
}

struct serving {
    struct dsy_command *command;
    struct dsy_log *log;
    struct dsy_node *node;
    struct dsy_api *api;
    struct dsy_http_server *server;
    struct dsy_remote_client *remote;
};

static enum dsy_status
serving_begin(struct serving *serving, const char *store, struct dsy_error *error)
{
    struct dsy_command *command = serving->command;
    struct dsy_node_options node_options = dsy_command_node_options(command);
    node_options.directory = store;
    node_options.log = serving->log;
    node_options.line = dsy_line_to_stdout;
    enum dsy_status status = dsy_remote_client_start(&serving->remote, error);
    if (status != DSY_OK)
        return status;
    node_options.remote = dsy_remote_client_transport(serving->remote);
    status = dsy_command_create_node(command, &node_options, &serving->node, error);
    if (status != DSY_OK)
        return status;
    serving->api = dsy_api_create(serving->node, DSY_VERSION);
    if (serving->api == NULL)
        return dsy_error_set(error, DSY_NO_MEMORY, "memory ran out");
    struct dsy_http_server_options http_options = {
        .address = command->listen,
        .allow_remote = command->allow_remote,
        .limits = command->limits,
        .handler = dsy_api_handler(serving->api),
    };
    status = dsy_http_server_start(&http_options, &serving->server, error);
    return status == DSY_OK ? dsy_node_start(serving->node, error) : status;
}

static void
serving_drain(struct serving *serving)
{
    dsy_api_refuse_calls(serving->api);
    dsy_node_drain(serving->node, serving->command->grace_s * DSY_NANOSECONDS_PER_SECOND);
    dsy_http_server_stop(serving->server, LAST_ANSWERS_MS);
}

static void
serving_end(struct serving *serving)
{
    dsy_http_server_destroy(serving->server);
    dsy_api_destroy(serving->api);
    dsy_node_destroy(serving->node);
    dsy_remote_client_stop(serving->remote);
}

int
dsy_program_serve(struct dsy_command *command)
{
    char store_text[PATH_MAX];
    const char *store = dsy_command_store(command, store_text, sizeof store_text);
    struct serving serving = { .command = command, .log = dsy_log_to_stderr(command->log_level, command->log_json) };
    struct dsy_error error = { .status = DSY_OK };
    int number = 0;
    sigset_t signals = block_signals();
    enum dsy_status status = serving_begin(&serving, store, &error);
    if (status != DSY_OK) {
        dsy_program_complain(command->name, "%s.", error.text[0] != 0 ? error.text : dsy_status_text(status));
        serving_end(&serving);
        return status == DSY_INVALID ? EXIT_USAGE : EXIT_THREW;
    }
    /* What steps print is seen when they print it, in a file or a pipe too. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("listening on %s\n", dsy_http_server_url(serving.server));
    fflush(stdout);
    dsy_log_write(serving.log, DSY_LOG_INFO, "%s serves %s on %s", command->program->name, store,
                  dsy_http_server_url(serving.server));

    while (sigwait(&signals, &number) != 0)
        ;
    let_second_signal_end(&signals);
    dsy_log_write(serving.log, DSY_LOG_INFO, "%s: no new calls; waiting up to %lld s for running steps",
                  number == SIGTERM ? "SIGTERM" : "SIGINT", (long long)command->grace_s);
    serving_drain(&serving);
    serving_end(&serving);
    dsy_log_write(serving.log, DSY_LOG_INFO, "stopped");
    return 0;
}
