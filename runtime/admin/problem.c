/* RFC 9457 documents. Every text in them may hold what a client sent, so they are written by the JSON writer alone. */
#include "runtime/admin/problem.h"

#include "dsy/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DETAIL_BYTES_MAX = 1024 };

/* A text as a JSON string; from the first octet on that is not UTF-8 each becomes '?'. */
static void
write_text(struct dsy_json_writer *writer, const char *text, size_t size_bytes)
{
    char mended[DETAIL_BYTES_MAX];
    size_t good_bytes = dsy_utf8_check(text, size_bytes);
    if (good_bytes < size_bytes) {
        if (size_bytes > sizeof mended)
            size_bytes = sizeof mended;
        if (good_bytes > size_bytes)
            good_bytes = size_bytes;
        memcpy(mended, text, size_bytes);
        for (size_t index = good_bytes; index < size_bytes; index++) {
            if ((unsigned char)mended[index] >= 0x80)
                mended[index] = '?';
        }
        text = mended;
    }
    dsy_string_write_json(writer, (dsy_string){ .data = text, .size_bytes = (int64_t)size_bytes });
}

void
dsy_problem_write(const struct dsy_problem *problem, struct dsy_buffer *body)
{
    struct dsy_json_writer writer = dsy_json_writer_begin(body);
    dsy_json_write_object_begin(&writer);
    dsy_json_write_member(&writer, "type");
    dsy_string_write_json(&writer, DSY_STRING("about:blank"));
    dsy_json_write_member(&writer, "title");
    dsy_string_write_json(&writer, dsy_string_view(dsy_http_status_phrase(problem->status)));
    dsy_json_write_member(&writer, "status");
    dsy_int64_write_json(&writer, problem->status);
    if (problem->detail != NULL) {
        dsy_json_write_member(&writer, "detail");
        write_text(&writer, problem->detail, strlen(problem->detail));
    }
    if (problem->path != NULL) {
        dsy_json_write_member(&writer, "path");
        write_text(&writer, problem->path, problem->path_bytes);
    }
    if (problem->invocation != NULL) {
        dsy_json_write_member(&writer, "invocation");
        dsy_string_write_json(&writer, dsy_string_view(problem->invocation));
    }
    if (problem->error != NULL) {
        dsy_json_write_member(&writer, "error");
        dsy_buffer_append(body, problem->error, problem->error_bytes);
    }
    dsy_json_write_object_end(&writer);
}

void
dsy_problem_respond(struct dsy_http_exchange *exchange, const struct dsy_problem *problem)
{
    struct dsy_buffer *body = dsy_http_exchange_body(exchange);
    dsy_buffer_clear(body);
    dsy_problem_write(problem, body);
    if (problem->retry_after_s > 0)
        dsy_buffer_append_format(dsy_http_exchange_headers(exchange), "Retry-After: %lld\r\n",
                                 (long long)problem->retry_after_s);
    dsy_http_respond(exchange, problem->status, DSY_PROBLEM_CONTENT_TYPE);
}

void
dsy_problem_format(struct dsy_http_exchange *exchange, int status, const char *format, ...)
{
    char detail[DETAIL_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    struct dsy_problem problem = { .status = status, .detail = detail };
    if (status == 429 || status == 503)
        problem.retry_after_s = 1;
    dsy_problem_respond(exchange, &problem);
}

size_t
dsy_problem_path_bytes(const char *message)
{
    bool is_quoted = false;
    if (message[0] != '$')
        return 0;
    for (size_t index = 1; message[index] != 0; index++) {
        char octet = message[index];
        if (octet == '\\' && is_quoted && message[index + 1] != 0)
            index++;
        else if (octet == '"')
            is_quoted = !is_quoted;
        else if (octet == ':' && !is_quoted && message[index + 1] == ' ')
            return index;
    }
    return 0;
}
