/* std.http: see http.dsy. One request is one transfer of libcurl on the worker's thread, for each redirection another.
 *
 * Redirections are followed here and not by libcurl, so that each is looked at as the first address is: scheme, host,
 * and the address of the connection itself, as it is opened. No proxy is used, no cookie is kept, no credential is
 * taken from a file. What may go away by itself is a reason to try again; all else is thrown as RequestFailed.
 *
 * Layout of the structs: as dsyc makes them of http.dsy. */
#include <ctype.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "dsy/error.h"
#include "dsy/generated.h"
#include "stdlib/http_hosts.h"

enum {
    URL_BYTES_MAX = 8192,
    BODY_BYTES_MOST = 64 * 1024 * 1024,
    HEADER_BYTES_MAX = 64 * 1024, /* of an answer, names and values together */
    REDIRECTIONS_MOST = 20,
    HOST_BYTES_MAX = 256,
};

struct http_map {
    struct dsy_map *map;
};

struct http_request {
    dsy_string url, method;
    struct http_map headers;
    dsy_bytes body;
    int64_t timeout_ns;
    int64_t body_bytes_most;
    int64_t redirections_most;
};

struct http_response {
    int64_t status;
    struct http_map headers;
    dsy_bytes body;
    dsy_string url;
};

struct http_failure {
    dsy_string url, reason;
};

struct header {
    dsy_string name, value;
};

static const struct dsy_map_type header_map = {
    .key = &dsy_type_string,
    .value = &dsy_type_string,
    .value_offset = offsetof(struct header, value),
    .entry_size = sizeof(struct header),
};

enum dsy_step_outcome std_http_send(struct dsy_step *step, struct http_request request, struct http_response *result)
    DSY_STEP(std.http.send);
enum dsy_step_outcome std_http_send_once(struct dsy_step *step, struct http_request request,
                                         struct http_response *result) DSY_STEP(std.http.send_once);

/* One request on its way. */
struct transfer {
    struct dsy_step *step;
    const struct http_request *request;
    struct http_response *response;
    CURL *curl;
    const char *hosts; /* the setting; NULL: none */
    char url[URL_BYTES_MAX + 1];
    char method[32];
    char host[HOST_BYTES_MAX], first_host[HOST_BYTES_MAX];
    uint16_t port;
    bool sends_body;
    uint8_t *body;
    size_t body_bytes, body_capacity;
    size_t header_bytes;
    char failure[256]; /* why it will not be tried again; "": nothing is known against that */
    char curl_error[CURL_ERROR_SIZE];
};

__attribute__((format(printf, 2, 3))) static void
fail(struct transfer *transfer, const char *format, ...)
{
    va_list arguments;
    if (transfer->failure[0] != '\0')
        return; /* the first cause is told */
    va_start(arguments, format);
    vsnprintf(transfer->failure, sizeof transfer->failure, format, arguments);
    va_end(arguments);
}

/* ---- what the program gave ---- */

static bool
is_token(dsy_string text)
{
    for (int64_t index = 0; index < text.size_bytes; index++)
        if (!isalnum((unsigned char)text.data[index]) && strchr("!#$%&'*+-.^_`|~", text.data[index]) == NULL)
            return false;
    return text.size_bytes > 0;
}

static bool
is_field_value(dsy_string text)
{
    for (int64_t index = 0; index < text.size_bytes; index++)
        if (((unsigned char)text.data[index] < 0x20 && text.data[index] != '\t') || text.data[index] == 0x7F)
            return false;
    return true;
}

static bool
is_header(dsy_string name, const char *wanted)
{
    return (size_t)name.size_bytes == strlen(wanted) && strncasecmp(name.data, wanted, strlen(wanted)) == 0;
}

/* Take the URL apart; its scheme is http or https. Returns false when it fails. */
static bool
read_url(struct transfer *transfer)
{
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL;
    CURLUcode code = url != NULL ? curl_url_set(url, CURLUPART_URL, transfer->url, 0) : CURLUE_OUT_OF_MEMORY;
    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_HOST, &host, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    if (code != CURLUE_OK) {
        fail(transfer, "the URL is not valid: %s", curl_url_strerror(code));
    } else if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) {
        fail(transfer, "the scheme %s is not allowed: https and http are", scheme);
    } else if (strlen(host) >= sizeof transfer->host) {
        fail(transfer, "the name of the host is too long");
    } else {
        bool has_brackets = host[0] == '[';
        snprintf(transfer->host, sizeof transfer->host, "%s", has_brackets ? host + 1 : host);
        if (has_brackets && transfer->host[0] != '\0')
            transfer->host[strlen(transfer->host) - 1] = '\0';
        transfer->port = (uint16_t)strtoul(port, NULL, 10);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(url);
    return transfer->failure[0] == '\0';
}

static bool
begin(struct transfer *transfer)
{
    const struct http_request *request = transfer->request;
    int size_bytes = 0;
    const char *wrong = dsy_http_hosts_check(transfer->hosts, &size_bytes);
    if (request->url.size_bytes == 0 || request->url.size_bytes > URL_BYTES_MAX ||
        memchr(request->url.data, '\0', (size_t)request->url.size_bytes) != NULL)
        fail(transfer, "the URL is empty, too long (%d octets at most), or holds a NUL", URL_BYTES_MAX);
    else if (!is_token(request->method) || (size_t)request->method.size_bytes >= sizeof transfer->method)
        fail(transfer, "the method is none");
    else if (request->timeout_ns <= 0)
        fail(transfer, "the timeout is not above zero");
    else if (request->body_bytes_most < 0 || request->body_bytes_most > BODY_BYTES_MOST)
        fail(transfer, "body_bytes_most is not from 0 to %d", BODY_BYTES_MOST);
    else if (request->redirections_most < 0 || request->redirections_most > REDIRECTIONS_MOST)
        fail(transfer, "redirections_most is not from 0 to %d", REDIRECTIONS_MOST);
    else if (wrong != NULL)
        fail(transfer, "the setting std.http.hosts is wrong at \"%.*s\"", size_bytes, wrong);
    if (transfer->failure[0] != '\0')
        return false;
    memcpy(transfer->url, request->url.data, (size_t)request->url.size_bytes);
    memcpy(transfer->method, request->method.data, (size_t)request->method.size_bytes);
    transfer->sends_body = request->body.size_bytes > 0;
    if (!read_url(transfer))
        return false;
    memcpy(transfer->first_host, transfer->host, sizeof transfer->host);
    return true;
}

/* ---- headers ---- */

/* Appended, or NULL when memory ran out; the list is freed then. */
static struct curl_slist *
add_header(struct curl_slist *list, const char *name, dsy_string value)
{
    size_t size_bytes = strlen(name) + (size_t)value.size_bytes + 4;
    char *line = malloc(size_bytes);
    struct curl_slist *longer = NULL;
    if (line != NULL) {
        /* libcurl takes "Name;" for a header without a value. */
        snprintf(line, size_bytes, value.size_bytes > 0 ? "%s: %.*s" : "%s;", name, (int)value.size_bytes, value.data);
        longer = curl_slist_append(list, line);
    }
    free(line);
    if (longer == NULL)
        curl_slist_free_all(list);
    return longer;
}

/* Credentials are for the host that the program named. */
static bool
is_kept(const struct transfer *transfer, dsy_string name)
{
    if (strcasecmp(transfer->host, transfer->first_host) == 0)
        return true;
    return !is_header(name, "authorization") && !is_header(name, "cookie") && !is_header(name, "proxy-authorization");
}

static bool
is_for_curl(dsy_string name)
{
    return is_header(name, "host") || is_header(name, "content-length") || is_header(name, "transfer-encoding") ||
           is_header(name, "connection") || is_header(name, "expect");
}

static struct curl_slist *
make_headers(struct transfer *transfer)
{
    struct curl_slist *list = add_header(NULL, "Expect", DSY_STRING(""));
    bool has_key = false, has_type = false;
    int64_t position = 0;
    /* "Expect:" with nothing behind it keeps libcurl from waiting for leave to send a body. */
    if (list != NULL)
        memcpy(list->data, "Expect:", sizeof "Expect:");
    for (const struct header *header;
         list != NULL && (header = dsy_map_next(transfer->request->headers.map, &header_map, &position)) != NULL;) {
        char name[128];
        if (!is_token(header->name) || (size_t)header->name.size_bytes >= sizeof name ||
            !is_field_value(header->value) || header->value.size_bytes > HEADER_BYTES_MAX) {
            fail(transfer, "the header \"%.*s\" is not valid", (int)(header->name.size_bytes % 64), header->name.data);
            break;
        }
        if (is_for_curl(header->name)) {
            fail(transfer, "the header %.*s is set by the step itself", (int)header->name.size_bytes,
                 header->name.data);
            break;
        }
        if (!is_kept(transfer, header->name))
            continue;
        has_key = has_key || is_header(header->name, "idempotency-key");
        has_type = has_type || is_header(header->name, "content-type");
        snprintf(name, sizeof name, "%.*s", (int)header->name.size_bytes, header->name.data);
        list = add_header(list, name, header->value);
    }
    if (list != NULL && !has_key)
        list = add_header(list, "Idempotency-Key", dsy_string_view(dsy_step_key(transfer->step)));
    if (list != NULL && !has_type && transfer->sends_body)
        list = add_header(list, "Content-Type", DSY_STRING("application/octet-stream"));
    return list;
}

static dsy_string
trimmed(const char *data, size_t size_bytes)
{
    while (size_bytes > 0 && isspace((unsigned char)data[size_bytes - 1]))
        size_bytes--;
    while (size_bytes > 0 && isspace((unsigned char)*data)) {
        data++;
        size_bytes--;
    }
    return (dsy_string){ .data = data, .size_bytes = (int64_t)size_bytes };
}

/* A header of the answer; what is not UTF-8 in it is left out. */
static void
keep_header(struct transfer *transfer, const char *line, const char *colon, size_t size_bytes)
{
    struct dsy_run *run = dsy_step_run(transfer->step);
    struct http_map *headers = &transfer->response->headers;
    dsy_string name = dsy_string_copy(run, trimmed(line, (size_t)(colon - line)));
    dsy_string value = trimmed(colon + 1, size_bytes - (size_t)(colon - line) - 1);
    if (run->failed || dsy_utf8_check(value.data, (size_t)value.size_bytes) != (size_t)value.size_bytes ||
        dsy_utf8_check(name.data, (size_t)name.size_bytes) != (size_t)name.size_bytes)
        return;
    char *lower = (char *)(uintptr_t)name.data; /* of this run's memory, and seen by nobody yet */
    for (int64_t index = 0; index < name.size_bytes; index++)
        lower[index] = (char)tolower((unsigned char)lower[index]);
    const dsy_string *before = dsy_map_find(headers->map, &header_map, &name);
    char *joined = NULL;
    int64_t before_bytes = before != NULL ? before->size_bytes + 2 : 0;
    joined = dsy_allocate(run, (size_t)(before_bytes + value.size_bytes) + 1);
    if (joined == NULL)
        return;
    if (before != NULL) {
        memcpy(joined, before->data, (size_t)before->size_bytes);
        memcpy(joined + before->size_bytes, ", ", 2);
    }
    memcpy(joined + before_bytes, value.data, (size_t)value.size_bytes);
    value = (dsy_string){ .data = joined, .size_bytes = before_bytes + value.size_bytes };
    dsy_map_set(run, &headers->map, &header_map, &name, &value);
}

static size_t
take_header(char *line, size_t one, size_t size_bytes, void *context)
{
    struct transfer *transfer = context;
    (void)one;
    transfer->header_bytes += size_bytes;
    if (transfer->header_bytes > HEADER_BYTES_MAX) {
        fail(transfer, "the headers of the answer are larger than %d octets", HEADER_BYTES_MAX);
        return 0;
    }
    if (size_bytes > 5 && memcmp(line, "HTTP/", 5) == 0)
        transfer->response->headers.map = NULL; /* those of an interim answer are not its own */
    const char *colon = memchr(line, ':', size_bytes);
    if (colon != NULL && colon != line)
        keep_header(transfer, line, colon, size_bytes);
    return size_bytes;
}

/* ---- the body of the answer ---- */

static size_t
take_body(char *data, size_t one, size_t size_bytes, void *context)
{
    struct transfer *transfer = context;
    (void)one;
    if (size_bytes > (size_t)transfer->request->body_bytes_most - transfer->body_bytes) {
        fail(transfer, "the body of the answer is larger than %lld octets",
             (long long)transfer->request->body_bytes_most);
        return 0;
    }
    if (size_bytes > transfer->body_capacity - transfer->body_bytes) {
        size_t capacity = transfer->body_capacity * 2 + size_bytes + 16 * 1024;
        uint8_t *larger = realloc(transfer->body, capacity);
        if (larger == NULL)
            return 0; /* tried again */
        transfer->body = larger;
        transfer->body_capacity = capacity;
    }
    memcpy(transfer->body + transfer->body_bytes, data, size_bytes);
    transfer->body_bytes += size_bytes;
    return size_bytes;
}

static int
goes_on(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct transfer *transfer = context;
    (void)a, (void)b, (void)c, (void)d;
    return dsy_step_is_wanted(transfer->step) ? 0 : 1;
}

/* ---- the connection ---- */

/* The address is known here, whatever the name said before. */
static curl_socket_t
open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;
    (void)purpose;
    if (!dsy_http_hosts_allow(transfer->hosts, transfer->host, transfer->port, &address->addr)) {
        fail(transfer,
             "connections to %s port %u are not allowed, at the address to which the name leads; the setting "
             "std.http.hosts says which are",
             transfer->host, transfer->port);
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool
is_set_up(struct transfer *transfer, const struct curl_slist *headers, int64_t timeout_ms)
{
    CURL *curl = transfer->curl;
    const char *certificates = dsy_step_setting(transfer->step, "std.http", "certificates");
    int code = 0;
    code |= (int)curl_easy_setopt(curl, CURLOPT_URL, transfer->url);
    code |= (int)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    code |= (int)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    code |= (int)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    code |= (int)curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    code |= (int)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    code |= (int)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    code |= (int)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (certificates != NULL && certificates[0] != '\0')
        code |= (int)curl_easy_setopt(curl, CURLOPT_CAINFO, certificates);
    code |= (int)curl_easy_setopt(curl, CURLOPT_USERAGENT, "dsy");
    code |= (int)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    code |= (int)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    code |= (int)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->curl_error);
    code |= (int)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    code |= (int)curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    code |= (int)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    code |= (int)curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    code |= (int)curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    code |= (int)curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
    code |= (int)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    code |= (int)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, goes_on);
    code |= (int)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
    if (strcmp(transfer->method, "HEAD") == 0)
        code |= (int)curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (transfer->sends_body) {
        code |=
            (int)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->request->body.size_bytes);
        code |= (int)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)transfer->request->body.data);
    }
    code |= (int)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, transfer->method);
    return code == (int)CURLE_OK;
}

/* ---- redirections ---- */

/* 303, and what browsers have always made of 301 and 302: a GET. */
static void
change_method(struct transfer *transfer)
{
    int64_t status = transfer->response->status;
    bool was_post = strcmp(transfer->method, "POST") == 0;
    if ((status == 303 && strcmp(transfer->method, "HEAD") != 0) || (was_post && (status == 301 || status == 302))) {
        strcpy(transfer->method, "GET");
        transfer->sends_body = false;
    }
}

/* Whether the answer leads elsewhere; then the URL has changed. */
static bool
is_redirected(struct transfer *transfer, int64_t *redirections)
{
    const char *target = NULL;
    int64_t status = transfer->response->status;
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308)
        return false;
    if (curl_easy_getinfo(transfer->curl, CURLINFO_REDIRECT_URL, &target) != CURLE_OK || target == NULL)
        return false;
    if (transfer->request->redirections_most == 0)
        return false; /* the program wants to see it */
    if (++*redirections > transfer->request->redirections_most)
        fail(transfer, "more than %lld redirections", (long long)transfer->request->redirections_most);
    else if (strlen(target) > URL_BYTES_MAX)
        fail(transfer, "it was redirected to a URL that is too long");
    else if (strncasecmp(transfer->url, "https:", 6) == 0 && strncasecmp(target, "https:", 6) != 0)
        fail(transfer, "it was redirected from https to something else");
    if (transfer->failure[0] != '\0')
        return false;
    memmove(transfer->url, target, strlen(target) + 1);
    change_method(transfer);
    return read_url(transfer);
}

/* ---- a transfer ---- */

static enum dsy_step_outcome
throw_failure(struct transfer *transfer)
{
    struct dsy_step *step = transfer->step;
    struct dsy_run *run = dsy_step_run(step);
    const struct dsy_error_type *type = dsy_step_error(step, "RequestFailed");
    struct http_failure failure = {
        .url = dsy_string_copy(run, dsy_string_view(transfer->url)),
        .reason = dsy_string_copy(run, dsy_string_view(transfer->failure)),
    };
    if (failure.url.size_bytes == 0)
        failure.url = transfer->request->url;
    if (type != NULL && type->members != NULL && type->members->size_bytes == sizeof failure)
        return dsy_step_throw(step, type, &failure);
    dsy_throw_format(run, &dsy_error_step_failed, "%s: %s", transfer->url, transfer->failure);
    return DSY_STEP_THROW;
}

/* What will not be better the next time. */
static bool
is_final(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT || code == CURLE_SSL_ISSUER_ERROR ||
           code == CURLE_SSL_INVALIDCERTSTATUS;
}

/* One request without its redirections. Returns CURLE_OK, or what failed. */
static CURLcode
perform(struct transfer *transfer, int64_t timeout_ms)
{
    long status = 0;
    transfer->body_bytes = transfer->header_bytes = 0;
    transfer->response->headers.map = NULL;
    transfer->curl_error[0] = '\0';
    curl_easy_reset(transfer->curl);
    struct curl_slist *headers = make_headers(transfer);
    CURLcode code = headers != NULL && is_set_up(transfer, headers, timeout_ms) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK && transfer->failure[0] == '\0')
        code = curl_easy_perform(transfer->curl);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    transfer->response->status = status;
    if (is_final(code))
        fail(transfer, "%s", transfer->curl_error[0] != '\0' ? transfer->curl_error : curl_easy_strerror(code));
    return code;
}

static int64_t
now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum dsy_step_outcome
run_transfer(struct transfer *transfer)
{
    struct dsy_run *run = dsy_step_run(transfer->step);
    int64_t redirections = 0;
    /* At least a millisecond: zero would be no bound. */
    int64_t timeout_ms = transfer->request->timeout_ns / 1000000 + 1;
    int64_t until_ms = timeout_ms > INT32_MAX ? now_ms() + INT32_MAX : now_ms() + timeout_ms;
    CURLcode code;
    do {
        int64_t left_ms = until_ms - now_ms();
        code = left_ms > 0 ? perform(transfer, left_ms) : CURLE_OPERATION_TIMEDOUT;
    } while (code == CURLE_OK && transfer->failure[0] == '\0' && is_redirected(transfer, &redirections));
    if (transfer->failure[0] != '\0')
        return throw_failure(transfer);
    if (code != CURLE_OK)
        return dsy_step_retry(transfer->step, "%s: %s", transfer->host,
                              transfer->curl_error[0] != '\0' ? transfer->curl_error : curl_easy_strerror(code));
    struct http_response *response = transfer->response;
    response->body =
        dsy_bytes_copy(run, (dsy_bytes){ .data = transfer->body, .size_bytes = (int64_t)transfer->body_bytes });
    response->url = dsy_string_copy(run, dsy_string_view(transfer->url));
    return DSY_STEP_DONE;
}

static void
init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum dsy_step_outcome
std_http_send(struct dsy_step *step, struct http_request request, struct http_response *result)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_curl);
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL)
        return dsy_step_retry(step, "memory ran out");
    *result = (struct http_response){ 0 };
    transfer->step = step;
    transfer->request = &request;
    transfer->response = result;
    transfer->hosts = dsy_step_setting(step, "std.http", "hosts");
    transfer->curl = curl_easy_init();
    enum dsy_step_outcome outcome;
    if (transfer->curl == NULL)
        outcome = dsy_step_retry(step, "memory ran out");
    else
        outcome = begin(transfer) ? run_transfer(transfer) : throw_failure(transfer);
    curl_easy_cleanup(transfer->curl);
    free(transfer->body);
    free(transfer);
    return outcome;
}

enum dsy_step_outcome
std_http_send_once(struct dsy_step *step, struct http_request request, struct http_response *result)
{
    return std_http_send(step, request, result);
}
