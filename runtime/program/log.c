/* What goes to stderr: complaints about a command line, and the log; and to stdout: what routines log. At most
 * LINES_PER_SECOND lines of the log leave, so that a flood of them cannot hold the threads that write them; what was
 * left out is counted and said. */
#include "runtime/program/program.h"

#include "dsy/json.h"
#include "dsy/text.h"

#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINES_PER_SECOND = 200, JSON_LINE_BYTES_MAX = 8 * 1024 };

/* A pipe that is ready takes PIPE_BUF octets without making its writer wait. */
enum { LINE_BYTES_MAX = 4000 };

static struct {
    struct dsy_log log;
    pthread_mutex_t mutex;
    time_t second;
    unsigned in_second, left_out;
} stderr_log = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void
write_all(int file, const char *text, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t written_bytes = write(file, text, size_bytes);
        if (written_bytes <= 0)
            return; /* nobody is there to be told */
        text += written_bytes;
        size_bytes -= (size_t)written_bytes;
    }
}

/* Whether one more line may leave; says how many could not before. */
static bool
may_write(void)
{
    struct timespec now;
    unsigned left_out = 0;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    pthread_mutex_lock(&stderr_log.mutex);
    if (now.tv_sec != stderr_log.second) {
        stderr_log.second = now.tv_sec;
        stderr_log.in_second = 0;
        left_out = stderr_log.left_out;
        stderr_log.left_out = 0;
    }
    bool may = ++stderr_log.in_second <= LINES_PER_SECOND;
    if (!may)
        stderr_log.left_out++;
    pthread_mutex_unlock(&stderr_log.mutex);
    if (left_out > 0) {
        char line[80];
        int size_bytes = snprintf(line, sizeof line, "(%u log lines were left out)\n", left_out);
        write_all(STDERR_FILENO, line, (size_t)size_bytes);
    }
    return may;
}

static void
write_plain(void *context, enum dsy_log_level level, const char *line, size_t size_bytes)
{
    char text[DSY_LOG_LINE_BYTES_MAX + 1];
    (void)context;
    (void)level;
    if (!may_write())
        return;
    if (size_bytes > sizeof text - 1)
        size_bytes = sizeof text - 1;
    memcpy(text, line, size_bytes);
    text[size_bytes] = '\n';
    write_all(STDERR_FILENO, text, size_bytes + 1); /* one call, so that lines of several threads do not mix */
}

/* "TIME LEVEL text" → {"time": …, "level": …, "text": …} */
static void
write_json(void *context, enum dsy_log_level level, const char *line, size_t size_bytes)
{
    struct dsy_buffer buffer;
    (void)context;
    if (!may_write())
        return;
    const char *space = memchr(line, ' ', size_bytes), *end = line + size_bytes;
    const char *time_end = space != NULL ? space : line;
    const char *text = space != NULL ? memchr(space + 1, ' ', (size_t)(end - space) - 1) : NULL;
    text = text != NULL ? text + 1 : end;
    dsy_buffer_init(&buffer, JSON_LINE_BYTES_MAX);
    struct dsy_json_writer writer = dsy_json_writer_begin(&buffer);
    dsy_json_write_object_begin(&writer);
    dsy_json_write_member(&writer, "time");
    dsy_string_write_json(&writer, (dsy_string){ .data = line, .size_bytes = time_end - line });
    dsy_json_write_member(&writer, "level");
    dsy_string_write_json(&writer, dsy_string_view(dsy_log_level_name(level)));
    dsy_json_write_member(&writer, "text");
    dsy_string_write_json(&writer, (dsy_string){ .data = text, .size_bytes = end - text });
    dsy_json_write_object_end(&writer);
    dsy_buffer_append_octet(&buffer, '\n');
    if (dsy_json_writer_status(&writer) == DSY_OK)
        write_all(STDERR_FILENO, (const char *)buffer.data, buffer.size_bytes);
    dsy_buffer_destroy(&buffer);
}

/* What routines log, for people: to stdout, where it is in the order in which it was saved. A reader that is slow must
 * not hold the store: what cannot be written at once is left out, and said. The files in the store hold all of it. */
void
dsy_line_to_stdout(void *context, const char *line, size_t size_bytes)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static unsigned left_out;
    char text[LINE_BYTES_MAX + 80];
    int head_bytes = 0;
    (void)context;
    struct pollfd ready = { .fd = STDOUT_FILENO, .events = POLLOUT };
    pthread_mutex_lock(&mutex);
    if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
        left_out++;
        pthread_mutex_unlock(&mutex);
        return;
    }
    if (left_out > 0)
        head_bytes = snprintf(text, 80, "(%u lines were left out)\n", left_out);
    left_out = 0;
    if (size_bytes > LINE_BYTES_MAX - 1)
        size_bytes = dsy_utf8_check(line, LINE_BYTES_MAX - 1);
    memcpy(text + head_bytes, line, size_bytes);
    text[(size_t)head_bytes + size_bytes] = '\n';
    write_all(STDOUT_FILENO, text, (size_t)head_bytes + size_bytes + 1);
    pthread_mutex_unlock(&mutex);
}

struct dsy_log *
dsy_log_to_stderr(enum dsy_log_level least, bool as_json)
{
    stderr_log.log = (struct dsy_log){
        .write = as_json ? write_json : write_plain,
        .least = least,
        .clock = dsy_clock_system(),
    };
    return &stderr_log.log;
}

void
dsy_program_complain(const char *name, const char *format, ...)
{
    char text[DSY_LOG_LINE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s: error: %s\n", name, text);
}
