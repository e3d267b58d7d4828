/* Calls of other deployments: see remote_client.h.
 *
 * Callers put calls into a list and wake the thread, which alone touches libcurl and what is under way. */
#include "runtime/transport/remote_client.h"

#include "dsy/buffer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WAIT_S = 30,             /* what the other side is asked to wait */
    REQUEST_S = WAIT_S + 30, /* a request that takes longer is broken off */
    CONNECT_S = 10,
    ATTEMPT_S = 300,   /* asking for a result goes on that long, then the node calls again */
    CALLS_MAX = 20000, /* under way at a time */
    ANSWER_BYTES_MAX = 64 * 1024 * 1024,
    URL_BYTES_MAX = 16 * 1024, /* a key has 1,024 octets, 3 for each as it is encoded */
    REASON_BYTES_MAX = 400,
    POLL_MS = 1000,
    ID_BYTES = 36,
};

enum stage { STAGE_CALL, STAGE_RESULT, STAGE_CANCEL };

struct call {
    struct call *next;          /* that wait for the thread */
    struct call *newer, *older; /* under way */
    struct dsy_remote_call of;
    enum stage stage;
    CURL *easy;
    struct curl_slist *headers;
    struct dsy_buffer url, answer;
    char id[ID_BYTES + 1]; /* of the invocation there; "": not known yet */
    char error[CURL_ERROR_SIZE];
    int64_t begun_s;
    bool is_cancelled; /* DELETE was answered */
    bool is_told;      /* done was called */
};

struct dsy_remote_client {
    struct dsy_remote_transport transport;
    CURLM *multi;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards the following */
    struct call *waiting;
    size_t count;
    bool is_ending;

    struct call *newest; /* under way; the thread's own */
};

static int64_t
now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* ---- one call ---- */

static void
tell(struct call *call, enum dsy_remote_outcome outcome, const void *data, size_t size_bytes)
{
    if (call->is_told)
        return;
    call->is_told = true;
    call->of.done(call->of.context, outcome, data, size_bytes);
}

static void
tell_again(struct call *call, const char *reason)
{
    tell(call, DSY_REMOTE_AGAIN, reason, strlen(reason));
}

static void
free_call(struct call *call)
{
    if (call->easy != NULL)
        curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    dsy_buffer_destroy(&call->url);
    dsy_buffer_destroy(&call->answer);
    free(call);
}

static size_t
take_answer(char *bytes, size_t one, size_t size_bytes, void *context)
{
    struct call *call = context;
    (void)one;
    dsy_buffer_append(&call->answer, bytes, size_bytes);
    return call->answer.status == DSY_OK ? size_bytes : 0; /* less: libcurl breaks it off */
}

static void
append_encoded(struct dsy_buffer *url, const char *text, size_t size_bytes)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t index = 0; index < size_bytes; index++) {
        if (text[index] != '\0' && strchr(plain, text[index]) != NULL)
            dsy_buffer_append(url, text + index, 1);
        else
            dsy_buffer_append_format(url, "%%%02X", (unsigned char)text[index]);
    }
}

static void
write_url(struct call *call)
{
    const struct dsy_remote_call *of = &call->of;
    dsy_buffer_clear(&call->url);
    dsy_buffer_append_format(&call->url, "%s", of->address);
    if (call->stage == STAGE_CALL) {
        dsy_buffer_append_format(&call->url, "/v1/call/%s/", of->service);
        if (of->key != NULL) {
            append_encoded(&call->url, of->key, of->key_bytes);
            dsy_buffer_append(&call->url, "/", 1);
        }
        dsy_buffer_append_format(&call->url, "%s", of->method);
    } else {
        dsy_buffer_append_format(&call->url, "/v1/invocations/%s%s", call->id,
                                 call->stage == STAGE_RESULT ? "/result" : "");
    }
    dsy_buffer_append(&call->url, "", 1);
}

/* Returns false when memory ran out. */
static bool
add_header(struct call *call, const char *name, const char *value)
{
    char line[256];
    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *more = curl_slist_append(call->headers, line);
    if (more == NULL)
        return false;
    call->headers = more;
    return true;
}

static bool
set_headers(struct call *call)
{
    char preference[32];
    bool waits = !call->of.cancels || call->stage == STAGE_RESULT;
    snprintf(preference, sizeof preference, "wait=%d", waits ? WAIT_S : 0);
    curl_slist_free_all(call->headers);
    call->headers = NULL;
    bool is_set = add_header(call, "Accept", "application/cbor") && add_header(call, "Prefer", preference) &&
                  add_header(call, "Expect", ""); /* no 100-continue */
    if (call->stage == STAGE_CALL)
        is_set = is_set && add_header(call, "Content-Type", "application/cbor") &&
                 add_header(call, "Idempotency-Key", call->of.idempotency_key);
    return is_set;
}

/* Prepare the request of the present stage. Returns false when memory ran out. */
static bool
prepare(struct call *call)
{
    static const char *const methods[] = { [STAGE_CALL] = "POST", [STAGE_RESULT] = "GET", [STAGE_CANCEL] = "DELETE" };
    if (call->easy == NULL)
        call->easy = curl_easy_init();
    if (call->easy == NULL)
        return false;
    curl_easy_reset(call->easy);
    dsy_buffer_clear(&call->answer);
    write_url(call);
    call->error[0] = '\0';
    if (call->url.status != DSY_OK || !set_headers(call))
        return false;
    CURLcode code = curl_easy_setopt(call->easy, CURLOPT_URL, (const char *)call->url.data);
    if (code == CURLE_OK)
        code = curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, methods[call->stage]);
    if (code == CURLE_OK)
        code = curl_easy_setopt(call->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
    curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_ERRORBUFFER, call->error);
    curl_easy_setopt(call->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call->easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(call->easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(call->easy, CURLOPT_TIMEOUT, (long)REQUEST_S);
    if (call->stage == STAGE_CALL) {
        curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->of.arguments_bytes);
        curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, (const char *)call->of.arguments);
    }
    return code == CURLE_OK;
}

/* ---- on the thread: what is under way ---- */

static void
link_call(struct dsy_remote_client *client, struct call *call)
{
    call->older = client->newest;
    if (client->newest != NULL)
        client->newest->newer = call;
    client->newest = call;
}

static void
end_call(struct dsy_remote_client *client, struct call *call)
{
    if (call->newer != NULL)
        call->newer->older = call->older;
    else
        client->newest = call->older;
    if (call->older != NULL)
        call->older->newer = call->newer;
    tell_again(call, "it was broken off");
    free_call(call);
    pthread_mutex_lock(&client->mutex);
    client->count--;
    pthread_mutex_unlock(&client->mutex);
}

/* Send the request of a stage; the call ends where that cannot be. */
static void
request(struct dsy_remote_client *client, struct call *call, enum stage stage)
{
    call->stage = stage;
    if (prepare(call) && curl_multi_add_handle(client->multi, call->easy) == CURLM_OK)
        return;
    tell_again(call, "memory ran out, or the address cannot be used");
    end_call(client, call);
}

/* The id in {"id":"…"}. */
static bool
read_id(struct call *call)
{
    static const char before[] = "{\"id\":\"";
    size_t before_bytes = sizeof before - 1;
    if (call->answer.size_bytes < before_bytes + ID_BYTES || memcmp(call->answer.data, before, before_bytes) != 0)
        return false;
    const char *id = (const char *)call->answer.data + before_bytes;
    if (strspn(id, "0123456789abcdef-") < ID_BYTES)
        return false;
    memcpy(call->id, id, ID_BYTES);
    call->id[ID_BYTES] = '\0';
    return true;
}

/* 202: it goes on there. */
static void
ask_on(struct dsy_remote_client *client, struct call *call)
{
    if (call->stage == STAGE_CALL && !read_id(call)) {
        tell_again(call, "the other deployment accepted the call without telling its id");
        end_call(client, call);
    } else if (call->of.cancels && !call->is_cancelled) {
        request(client, call, STAGE_CANCEL);
    } else if (now_s() - call->begun_s > ATTEMPT_S) {
        tell_again(call, "it goes on in the other deployment");
        end_call(client, call);
    } else {
        request(client, call, STAGE_RESULT);
    }
}

static void
say_trouble(struct call *call, long status)
{
    char reason[REASON_BYTES_MAX];
    size_t size_bytes = call->answer.size_bytes < 200 ? call->answer.size_bytes : 200;
    snprintf(reason, sizeof reason, "%s/%s answers HTTP %ld: %.*s", call->of.address, call->of.service, status,
             (int)size_bytes, size_bytes > 0 ? (const char *)call->answer.data : "");
    for (char *at = reason; *at != '\0'; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
    tell_again(call, reason);
}

/* A request has its answer, or failed. The call goes on or ends. */
static void
answered(struct dsy_remote_client *client, struct call *call, CURLcode code)
{
    static const unsigned char null_item = 0xf6; /* CBOR */
    long status = 0;
    char reason[REASON_BYTES_MAX];
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK) {
        snprintf(reason, sizeof reason, "%s cannot be reached: %.200s", call->of.address,
                 call->error[0] != '\0' ? call->error : curl_easy_strerror(code));
        tell_again(call, reason);
    } else if (call->stage == STAGE_CANCEL && (status == 202 || status == 404 || status == 409)) {
        call->is_cancelled = true;
        request(client, call, STAGE_RESULT);
        return;
    } else if (status == 202) {
        ask_on(client, call);
        return;
    } else if (call->of.cancels &&
               (status == 200 || status == 422 || status == 409 || (status == 404 && call->stage == STAGE_RESULT))) {
        tell(call, DSY_REMOTE_RETURNED, &null_item, 1); /* it has ended */
    } else if (status == 200) {
        tell(call, DSY_REMOTE_RETURNED, call->answer.data, call->answer.size_bytes);
    } else if (status == 422) {
        tell(call, DSY_REMOTE_THREW, call->answer.data, call->answer.size_bytes);
    } else if (status == 409) {
        tell(call, DSY_REMOTE_CANCELLED, NULL, 0);
    } else {
        say_trouble(call, status);
    }
    end_call(client, call);
}

static void
take_answers(struct dsy_remote_client *client)
{
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct call *call = NULL;
        CURLcode code = message->data.result;
        CURL *easy = message->easy_handle;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
        curl_multi_remove_handle(client->multi, easy);
        answered(client, call, code);
    }
}

/* Returns whether the thread goes on. */
static bool
take_calls(struct dsy_remote_client *client)
{
    pthread_mutex_lock(&client->mutex);
    struct call *call = client->waiting;
    bool is_ending = client->is_ending;
    client->waiting = NULL;
    pthread_mutex_unlock(&client->mutex);
    for (struct call *next; call != NULL; call = next) {
        next = call->next;
        link_call(client, call);
        request(client, call, STAGE_CALL);
    }
    return !is_ending;
}

/* Break off what nobody waits for any more; now and then. */
static void
drop_unwanted(struct dsy_remote_client *client)
{
    for (struct call *call = client->newest, *older; call != NULL; call = older) {
        older = call->older;
        if (call->of.is_wanted(call->of.context))
            continue;
        curl_multi_remove_handle(client->multi, call->easy);
        end_call(client, call);
    }
}

static void *
run(void *context)
{
    struct dsy_remote_client *client = context;
    int running = 0;
    int64_t looked_s = 0;
    while (take_calls(client)) {
        curl_multi_perform(client->multi, &running);
        take_answers(client);
        if (now_s() > looked_s) {
            drop_unwanted(client);
            looked_s = now_s();
        }
        curl_multi_poll(client->multi, NULL, 0, POLL_MS, NULL);
    }
    while (client->newest != NULL) {
        struct call *call = client->newest;
        curl_multi_remove_handle(client->multi, call->easy);
        end_call(client, call);
    }
    return NULL;
}

/* ---- from any thread ---- */

static bool
begin_call(void *context, const struct dsy_remote_call *of)
{
    struct dsy_remote_client *client = context;
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL)
        return false;
    call->of = *of;
    call->begun_s = now_s();
    dsy_buffer_init(&call->url, URL_BYTES_MAX);
    dsy_buffer_init(&call->answer, ANSWER_BYTES_MAX);
    pthread_mutex_lock(&client->mutex);
    bool is_taken = !client->is_ending && client->count < CALLS_MAX;
    if (is_taken) {
        client->count++;
        call->next = client->waiting;
        client->waiting = call;
    }
    pthread_mutex_unlock(&client->mutex);
    if (is_taken)
        curl_multi_wakeup(client->multi);
    else
        free_call(call);
    return is_taken;
}

enum dsy_status
dsy_remote_client_start(struct dsy_remote_client **started, struct dsy_error *error)
{
    struct dsy_remote_client *client = calloc(1, sizeof *client);
    bool has_curl = client != NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!has_curl || (client->multi = curl_multi_init()) == NULL) {
        free(client);
        return dsy_error_set(error, DSY_NO_MEMORY, "cannot make calls of other deployments: memory ran out");
    }
    client->transport = (struct dsy_remote_transport){ .context = client, .call = begin_call };
    pthread_mutex_init(&client->mutex, NULL);
    if (pthread_create(&client->thread, NULL, run, client) != 0) {
        curl_multi_cleanup(client->multi);
        pthread_mutex_destroy(&client->mutex);
        free(client);
        return dsy_error_set(error, DSY_FAILED, "no thread can be started for calls of other deployments");
    }
    *started = client;
    return DSY_OK;
}

const struct dsy_remote_transport *
dsy_remote_client_transport(const struct dsy_remote_client *client)
{
    return &client->transport;
}

void
dsy_remote_client_stop(struct dsy_remote_client *client)
{
    if (client == NULL)
        return;
    pthread_mutex_lock(&client->mutex);
    client->is_ending = true;
    pthread_mutex_unlock(&client->mutex);
    curl_multi_wakeup(client->multi);
    pthread_join(client->thread, NULL);
    curl_multi_cleanup(client->multi);
    pthread_mutex_destroy(&client->mutex);
    free(client);
}
