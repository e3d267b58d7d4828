/* NAME call Orders.checkout '{…}': one call, its result on stdout, its error on stderr.
 * A keyed service: 'Account("alice").deposit', or Account/alice/deposit.
 *
 * Made over HTTP to a process that serves (--address), or, with --store, by a node in this process on a store that
 * nobody serves. Over HTTP it carries an idempotency key, so that a broken connection may be tried again. */
#include "runtime/program/program.h"

#include "runtime/base/random.h"
#include "runtime/transport/http_client.h"
#include "runtime/transport/remote_client.h"

#include <jansson.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    NAME_BYTES_MAX = 256,
    KEY_BYTES_MAX = 1025,
    WAIT_S = 60,
    TRIES_MAX = 20,
    ARGUMENTS_BYTES_MAX = 256 * 1024 * 1024
};

/* Whom a call is for, as the command line says it. */
struct target {
    char service[NAME_BYTES_MAX], method[NAME_BYTES_MAX];
    char key[KEY_BYTES_MAX];
    size_t key_bytes;
    bool has_key;
};

static bool
copy_part(char *part, size_t part_bytes, const char *from, size_t from_bytes)
{
    if (from_bytes >= part_bytes)
        return false;
    memcpy(part, from, from_bytes);
    part[from_bytes] = 0;
    return true;
}

/* What stands between the parentheses: a text in quotes as in JSON, or a number or uuid as it is. */
static bool
read_key_literal(struct target *target, const char *text, size_t text_bytes)
{
    target->has_key = true;
    if (text_bytes == 0 || text[0] != '"') {
        target->key_bytes = text_bytes;
        return text_bytes > 0 && copy_part(target->key, sizeof target->key, text, text_bytes);
    }
    json_t *literal = json_loadb(text, text_bytes, JSON_DECODE_ANY, NULL);
    target->key_bytes = json_string_length(literal);
    bool is_good = json_is_string(literal) &&
                   copy_part(target->key, sizeof target->key, json_string_value(literal), target->key_bytes);
    json_decref(literal);
    return is_good;
}

/* Service.routine, Service(key).routine, Service/routine, Service/key/routine. */
static bool
split_target(const char *name, struct target *target)
{
    size_t service_bytes = strcspn(name, "(./");
    const char *rest = name + service_bytes;
    if (service_bytes == 0 || !copy_part(target->service, sizeof target->service, name, service_bytes))
        return false;
    const char *method = rest + (*rest != 0);
    if (*rest == '(') {
        const char *end = strrchr(rest, ')');
        if (end == NULL || end[1] != '.' || !read_key_literal(target, rest + 1, (size_t)(end - rest - 1)))
            return false;
        method = end + 2;
    } else if (*rest == '/' && strrchr(rest, '/') != rest) {
        const char *end = strrchr(rest, '/');
        target->has_key = true;
        target->key_bytes = (size_t)(end - rest - 1);
        if (!copy_part(target->key, sizeof target->key, rest + 1, target->key_bytes))
            return false;
        method = end + 1;
    }
    return *method != 0 && copy_part(target->method, sizeof target->method, method, strlen(method));
}

static bool
read_target(const struct dsy_command *command, struct target *target)
{
    *target = (struct target){ .has_key = false };
    if (command->word_count > 0 && split_target(command->words[0], target))
        return true;
    dsy_program_complain(
        command->name,
        "call wants SERVICE.ROUTINE, SERVICE(KEY).ROUTINE or SERVICE/KEY/ROUTINE, and the arguments as "
        "JSON: %s call Orders.checkout '{…}'.",
        command->name);
    return false;
}

static const char *
arguments_of(const struct dsy_command *command)
{
    return command->word_count > 1 ? command->words[1] : "{}";
}

static int64_t
now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* ---- over HTTP ---- */

/* Say what a problem document says. Returns the exit code. */
static int
report_problem(const struct dsy_command *command, int http_status, const struct dsy_buffer *body)
{
    json_t *problem = json_loadb((const char *)body->data, body->size_bytes, 0, NULL);
    json_t *thrown = json_object_get(problem, "error");
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    int exit_code = http_status >= 500 || http_status == 429 ? EXIT_UNKNOWN : EXIT_USAGE;
    if (http_status == 422 && thrown != NULL) {
        char *text = json_dumps(thrown, JSON_COMPACT | JSON_ENCODE_ANY);
        fprintf(stderr, "%s\n", text != NULL ? text : "memory ran out");
        free(text);
        exit_code = EXIT_THREW;
    } else {
        dsy_program_complain(command->name, "%s (HTTP %d)", detail != NULL ? detail : "the answer is not understood",
                             http_status);
    }
    json_decref(problem);
    return exit_code;
}

/* The id in the body of a 202. */
static bool
read_id(const struct dsy_buffer *body, char id[37])
{
    json_t *accepted = json_loadb((const char *)body->data, body->size_bytes, 0, NULL);
    const char *text = json_string_value(json_object_get(accepted, "id"));
    dsy_uuid uuid;
    bool is_good = text != NULL && dsy_id_parse(text, strlen(text), &uuid);
    if (is_good)
        dsy_id_format(uuid, id);
    json_decref(accepted);
    return is_good;
}

/* Whether the request is to be sent again after a pause: the server restarts, or is full. */
static bool
is_passing(enum dsy_status status, int http_status, int tries)
{
    if (tries >= TRIES_MAX)
        return false;
    if (status == DSY_OK)
        return http_status == 503 || http_status == 429;
    return status == DSY_INPUT_OUTPUT || status == DSY_TIMEOUT || (status == DSY_NOT_FOUND && tries > 0);
}

/* Send the call, or ask for its result once its id is known, until the answer is final. */
static int
call_address(const struct dsy_command *command, const char *path, const char *key)
{
    char result_path[128] = "", headers[512], id[37];
    const char *arguments = arguments_of(command);
    int64_t end_s = command->wait_s >= 0 ? now_s() + command->wait_s : INT64_MAX;
    struct dsy_buffer body;
    int exit_code = -1, tries = 0;
    dsy_buffer_init(&body, DSY_HTTP_RESPONSE_BYTES_MAX);
    while (exit_code < 0) {
        int64_t left_s = end_s == INT64_MAX ? WAIT_S : end_s - now_s();
        int http_status = 0;
        struct dsy_error error = { .status = DSY_OK };
        left_s = left_s < 0 ? 0 : (left_s > WAIT_S ? WAIT_S : left_s);
        snprintf(headers, sizeof headers,
                 "Content-Type: application/json\r\nPrefer: wait=%lld\r\nIdempotency-Key: %s\r\n", (long long)left_s,
                 key);
        bool has_id = result_path[0] != 0;
        struct dsy_http_call request = {
            .url = command->address,
            .method = has_id ? "GET" : "POST",
            .path = has_id ? result_path : path,
            .headers = headers,
            .body = has_id ? NULL : arguments,
            .body_bytes = strlen(arguments),
            .timeout_ms = (WAIT_S + 30) * 1000,
        };
        dsy_buffer_clear(&body);
        enum dsy_status status = dsy_http_client_call(&request, &http_status, &body, &error);
        if (is_passing(status, http_status, tries)) {
            tries++;
            sleep(1);
        } else if (status != DSY_OK) {
            dsy_program_complain(command->name, "%s.", error.text);
            exit_code = status == DSY_INVALID ? EXIT_USAGE : EXIT_UNKNOWN;
        } else if (http_status == 200) {
            printf("%.*s\n", (int)body.size_bytes, (const char *)body.data);
            exit_code = 0;
        } else if (http_status == 202 && read_id(&body, id)) {
            snprintf(result_path, sizeof result_path, "/v1/invocations/%s/result", id);
            tries = 0;
            if (now_s() >= end_s) {
                dsy_program_complain(command->name, "invocation %s goes on; its result is not there yet.", id);
                exit_code = EXIT_UNKNOWN;
            }
        } else {
            exit_code = report_problem(command, http_status, &body);
        }
    }
    dsy_buffer_destroy(&body);
    return exit_code;
}

static int
call_over_http(const struct dsy_command *command, const struct target *target)
{
    struct dsy_buffer path;
    char key[37];
    struct dsy_random random = dsy_random_system();
    dsy_id_format(dsy_random_uuid(&random), key);
    if (command->key != NULL && strpbrk(command->key, "\r\n") != NULL) {
        dsy_program_complain(command->name, "a key has no line ends.");
        return EXIT_USAGE;
    }
    dsy_buffer_init(&path, 8 * NAME_BYTES_MAX + 3 * KEY_BYTES_MAX);
    dsy_buffer_append_format(&path, "/v1/call/");
    dsy_http_percent_encode(target->service, &path);
    dsy_buffer_append_octet(&path, '/');
    if (target->has_key) {
        dsy_http_percent_encode(target->key, &path);
        dsy_buffer_append_octet(&path, '/');
    }
    dsy_http_percent_encode(target->method, &path);
    dsy_buffer_append_octet(&path, 0);
    int exit_code = EXIT_USAGE;
    if (path.status == DSY_OK)
        exit_code = call_address(command, (const char *)path.data, command->key != NULL ? command->key : key);
    else
        dsy_program_complain(command->name, "%s.", dsy_status_text(path.status));
    dsy_buffer_destroy(&path);
    return exit_code;
}

/* ---- in this process ---- */

/* What the node's thread hands to the one that waits. */
struct waiting {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    const struct dsy_node *node;
    bool is_done;
    enum dsy_outcome_kind kind;
    dsy_uuid id;
    enum dsy_status status;
    struct dsy_buffer json;
    struct dsy_error error;
};

static void
on_completed(void *context, const struct dsy_invocation_outcome *outcome)
{
    struct waiting *waiting = context;
    pthread_mutex_lock(&waiting->mutex);
    waiting->kind = outcome->kind;
    waiting->id = outcome->id;
    if (outcome->kind == DSY_OUTCOME_RETURNED || outcome->kind == DSY_OUTCOME_THREW)
        waiting->status = dsy_outcome_to_json(waiting->node, outcome, &waiting->json, &waiting->error);
    waiting->is_done = true;
    pthread_cond_signal(&waiting->changed);
    pthread_mutex_unlock(&waiting->mutex);
}

/* Wait for the outcome, for wait_s seconds unless that is negative. */
static void
wait_for(struct waiting *waiting, int64_t wait_s)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wait_s;
    pthread_mutex_lock(&waiting->mutex);
    int result = 0;
    while (!waiting->is_done && result == 0) {
        if (wait_s >= 0)
            result = pthread_cond_timedwait(&waiting->changed, &waiting->mutex, &until);
        else
            result = pthread_cond_wait(&waiting->changed, &waiting->mutex);
    }
    pthread_mutex_unlock(&waiting->mutex);
}

static int
report_outcome(const struct dsy_command *command, const struct waiting *waiting)
{
    int json_bytes = (int)waiting->json.size_bytes;
    char id[37];
    dsy_id_format(waiting->id, id);
    if (waiting->status != DSY_OK) {
        dsy_program_complain(command->name, "the result cannot be shown: %s.",
                             waiting->error.text[0] != 0 ? waiting->error.text : dsy_status_text(waiting->status));
        return EXIT_UNKNOWN;
    }
    switch (waiting->kind) {
    case DSY_OUTCOME_RETURNED: printf("%.*s\n", json_bytes, (const char *)waiting->json.data); return 0;
    case DSY_OUTCOME_THREW: fprintf(stderr, "%.*s\n", json_bytes, (const char *)waiting->json.data); return EXIT_THREW;
    case DSY_OUTCOME_CANCELLED:
        dsy_program_complain(command->name, "invocation %s was cancelled.", id);
        return EXIT_UNKNOWN;
    case DSY_OUTCOME_DAMAGED:
        dsy_program_complain(command->name, "the stored result of invocation %s is damaged.", id);
        return EXIT_UNKNOWN;
    case DSY_OUTCOME_NOT_FOUND:
    case DSY_OUTCOME_UNKNOWN: break;
    }
    dsy_program_complain(command->name,
                         "the call is saved and not finished; it goes on when the store is served again.");
    return EXIT_UNKNOWN;
}

/* The key of a keyed service, encoded. */
static enum dsy_status
encode_key(const struct dsy_node *node, const struct dsy_routine_type *routine, const struct target *target,
           struct dsy_buffer *key, struct dsy_error *error)
{
    const struct dsy_service_type *service = dsy_node_program(node)->services[routine->service];
    if (service->key == NULL && target->has_key)
        return dsy_error_set(error, DSY_INVALID, "service %s has no keys", service->name);
    if (service->key != NULL && !target->has_key)
        return dsy_error_set(error, DSY_INVALID, "service %s has a key, %s of type %s: call '%s(…).%s'", service->name,
                             service->key_name, service->key->name, service->name, routine->method);
    if (service->key == NULL)
        return DSY_OK;
    return dsy_key_from_text(node, routine, target->key, target->key_bytes, key, error);
}

static enum dsy_status
submit(struct dsy_node *node, const struct dsy_command *command, const struct dsy_routine_type *routine,
       const struct target *target, struct waiting *waiting, struct dsy_error *error)
{
    const char *json = arguments_of(command);
    struct dsy_buffer arguments, key;
    dsy_buffer_init(&arguments, ARGUMENTS_BYTES_MAX);
    dsy_buffer_init(&key, 2 * KEY_BYTES_MAX);
    enum dsy_status status = encode_key(node, routine, target, &key, error);
    if (status == DSY_OK)
        status = dsy_arguments_from_json(node, routine, json, strlen(json), &arguments, error);
    if (status == DSY_OK) {
        struct dsy_submission submission = {
            .routine = routine,
            .arguments = arguments.data,
            .arguments_bytes = arguments.size_bytes,
            .instance_key = key.data,
            .instance_key_bytes = key.size_bytes,
            .idempotency_key = command->key,
            .completed = on_completed,
            .context = waiting,
        };
        status = dsy_node_submit(node, &submission);
        if (status != DSY_OK)
            dsy_error_set(error, status, "the call is refused: %s", dsy_status_text(status));
    }
    dsy_buffer_destroy(&arguments);
    dsy_buffer_destroy(&key);
    return status;
}

static int
call_in_process(struct dsy_command *command, const struct target *target)
{
    struct dsy_node_options options = dsy_command_node_options(command);
    struct waiting waiting = { .kind = DSY_OUTCOME_UNKNOWN };
    struct dsy_error error = { .status = DSY_OK };
    struct dsy_node *node = NULL;
    int exit_code = EXIT_USAGE;
    options.directory = command->store;
    options.log = dsy_log_to_stderr(command->log_level, false);
    pthread_mutex_init(&waiting.mutex, NULL);
    pthread_cond_init(&waiting.changed, NULL);
    dsy_buffer_init(&waiting.json, DSY_HTTP_RESPONSE_BYTES_MAX);

    struct dsy_remote_client *remote = NULL;
    enum dsy_status status = dsy_remote_client_start(&remote, &error);
    if (status == DSY_OK) {
        options.remote = dsy_remote_client_transport(remote);
        status = dsy_command_create_node(command, &options, &node, &error);
    }
    bool is_started = false;
    if (status == DSY_OK) {
        waiting.node = node;
        const struct dsy_routine_type *routine = dsy_node_find_routine(node, target->service, target->method);
        if (routine == NULL)
            status = dsy_error_set(&error, DSY_NOT_FOUND, "there is no public routine %s.%s; see %s services",
                                   target->service, target->method, command->name);
        else
            status = dsy_node_start(node, &error);
        is_started = status == DSY_OK;
        if (status == DSY_OK)
            status = submit(node, command, routine, target, &waiting, &error);
        if (status == DSY_OK)
            wait_for(&waiting, command->wait_s);
    }
    if (is_started)
        dsy_node_drain(node, 0);
    if (status == DSY_OK)
        exit_code = report_outcome(command, &waiting);
    else
        dsy_program_complain(command->name, "%s%s", error.text[0] != 0 ? error.text : dsy_status_text(status),
                             status == DSY_BUSY ? " (call it with --address URL instead of --store)." : ".");
    dsy_node_destroy(node);
    dsy_remote_client_stop(remote);
    dsy_buffer_destroy(&waiting.json);
    pthread_cond_destroy(&waiting.changed);
    pthread_mutex_destroy(&waiting.mutex);
    return exit_code;
}

int
dsy_program_call(struct dsy_command *command)
{
    struct target target;
    if (!read_target(command, &target))
        return EXIT_USAGE;
    if (command->store != NULL && command->address != NULL) {
        dsy_program_complain(command->name,
                             "--store and --address exclude each other: a store is served by one process at a time.");
        return EXIT_USAGE;
    }
    if (command->store != NULL)
        return call_in_process(command, &target);
    struct dsy_command over_http = *command;
    if (over_http.address == NULL)
        over_http.address = DEFAULT_ADDRESS;
    return call_over_http(&over_http, &target);
}
