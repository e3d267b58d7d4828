/* Calls: a mutex and a condition for each. */
#include "tests/support/calls.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void
call_init(struct call *call, const struct dsy_node *node)
{
    memset(call, 0, sizeof *call);
    pthread_mutex_init(&call->mutex, NULL);
    pthread_cond_init(&call->changed, NULL);
    call->node = node;
}

void
call_destroy(struct call *call)
{
    pthread_mutex_destroy(&call->mutex);
    pthread_cond_destroy(&call->changed);
}

static void
accepted(void *context, dsy_uuid id, bool is_new)
{
    struct call *call = context;
    pthread_mutex_lock(&call->mutex);
    call->is_accepted = true;
    call->is_new = is_new;
    call->id = id;
    pthread_cond_broadcast(&call->changed);
    pthread_mutex_unlock(&call->mutex);
}

static void
completed(void *context, const struct dsy_invocation_outcome *outcome)
{
    struct call *call = context;
    struct dsy_buffer json;
    struct dsy_error error = { 0 };
    dsy_buffer_init(&json, CALL_JSON_BYTES - 1);
    pthread_mutex_lock(&call->mutex);
    call->is_completed = true;
    call->kind = outcome->kind;
    if (outcome->kind == DSY_OUTCOME_RETURNED || outcome->kind == DSY_OUTCOME_THREW) {
        call->status = dsy_outcome_to_json(call->node, outcome, &json, &error);
        if (call->status == DSY_OK)
            memcpy(call->json, json.data, json.size_bytes);
        else
            snprintf(call->json, sizeof call->json, "%s", error.text);
    }
    pthread_cond_broadcast(&call->changed);
    pthread_mutex_unlock(&call->mutex);
    dsy_buffer_destroy(&json);
}

static void
answered(void *context, enum dsy_status status, const char *json, size_t json_bytes)
{
    struct call *call = context;
    pthread_mutex_lock(&call->mutex);
    call->is_completed = true;
    call->status = status;
    if (json != NULL)
        memcpy(call->json, json, json_bytes < CALL_JSON_BYTES - 1 ? json_bytes : CALL_JSON_BYTES - 1);
    pthread_cond_broadcast(&call->changed);
    pthread_mutex_unlock(&call->mutex);
}

enum dsy_status
call_submit_to(struct call *call, struct dsy_node *node, const char *service, const char *instance, const char *method,
               const char *arguments, const char *key)
{
    const struct dsy_routine_type *routine = dsy_node_find_routine(node, service, method);
    struct dsy_buffer encoded, instance_key;
    struct dsy_error error = { 0 };
    dsy_buffer_init(&encoded, 1 << 20);
    dsy_buffer_init(&instance_key, 1 << 20);
    enum dsy_status status =
        routine != NULL ? dsy_arguments_from_json(node, routine, arguments, strlen(arguments), &encoded, &error)
                        : DSY_NOT_FOUND;
    if (status == DSY_OK && instance != NULL)
        status = dsy_key_from_text(node, routine, instance, strlen(instance), &instance_key, &error);
    if (status == DSY_OK) {
        struct dsy_submission submission = { .routine = routine,
                                             .arguments = encoded.data,
                                             .arguments_bytes = encoded.size_bytes,
                                             .instance_key = instance_key.data,
                                             .instance_key_bytes = instance_key.size_bytes,
                                             .idempotency_key = key,
                                             .accepted = accepted,
                                             .completed = completed,
                                             .context = call,
                                             .waiter = &call->waiter };
        status = dsy_node_submit(node, &submission);
    }
    dsy_buffer_destroy(&encoded);
    dsy_buffer_destroy(&instance_key);
    return status;
}

enum dsy_status
call_submit(struct call *call, struct dsy_node *node, const char *method, const char *arguments, const char *key)
{
    return call_submit_to(call, node, "Work", NULL, method, arguments, key);
}

enum dsy_status
call_attach(struct call *call, struct dsy_node *node, dsy_uuid id)
{
    return dsy_node_attach(node, id, completed, call, &call->waiter);
}

enum dsy_status
call_show(struct call *call, struct dsy_node *node, dsy_uuid id)
{
    return dsy_node_show(node, id, answered, call);
}

enum dsy_status
call_list(struct call *call, struct dsy_node *node, const struct dsy_list_filter *filter)
{
    return dsy_node_list(node, filter, answered, call);
}

static bool
wait_for(struct call *call, const bool *condition)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CALL_WAIT_SECONDS;
    int waited = 0;
    pthread_mutex_lock(&call->mutex);
    while (!*condition && waited == 0)
        waited = pthread_cond_timedwait(&call->changed, &call->mutex, &until);
    bool done = *condition;
    pthread_mutex_unlock(&call->mutex);
    return done;
}

bool
call_wait_accepted(struct call *call)
{
    return wait_for(call, &call->is_accepted);
}

bool
call_wait_completed(struct call *call)
{
    return wait_for(call, &call->is_completed);
}

void
store_directory_make(char *path, size_t path_bytes)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, path_bytes, "%s/dsy-test-XXXXXX", folder != NULL ? folder : "/var/tmp");
    if (mkdtemp(path) == NULL)
        abort();
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void
store_directory_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
