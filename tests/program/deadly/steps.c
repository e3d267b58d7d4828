/* Steps that end their process, and one that must not be run twice. Each execution is a line of $DEADLY_LOG. */
#include "deadly.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void
write_line(const char *what, int64_t number)
{
    char line[128];
    int size_bytes = snprintf(line, sizeof line, "%s %lld\n", what, (long long)number);
    int file = open(getenv("DEADLY_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0 || write(file, line, (size_t)size_bytes) != size_bytes)
        _exit(99);
    close(file);
}

static bool
is(dsy_string string, const char *text)
{
    return (size_t)string.size_bytes == strlen(text) && memcmp(string.data, text, strlen(text)) == 0;
}

enum dsy_step_outcome
touch(struct dsy_step *step, int64_t number, dsy_string how, int64_t *result)
{
    (void)step;
    bool is_mended = access(getenv("DEADLY_MENDED"), F_OK) == 0;
    if (!is(how, "well"))
        write_line(is_mended ? "mended" : "deadly", number);
    nanosleep(&(struct timespec){ .tv_nsec = is(how, "well") ? 20000000 : 300000000 }, NULL);
    if (is(how, "abort") && !is_mended)
        abort();
    if (is(how, "fault") && !is_mended)
        *(volatile int *)NULL = 1;
    if (is(how, "kill") && !is_mended)
        raise(SIGKILL);
    *result = number;
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
pay(struct dsy_step *step, int64_t number)
{
    (void)step;
    write_line("pay", number);
    if (number == 1)
        sleep(60);
    return DSY_STEP_DONE;
}
