/* Steps that answer later. Each has a thread of its own for its answer; a line of $LATER_LOG says what runs:
 * "few + MILLISECONDS" and "few - MILLISECONDS". */
#include "later.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct debt {
    struct dsy_answer *answer;
    int64_t number, after_ms;
    char how[16];
    bool is_few;
};

static void
write_line(const char *what)
{
    struct timespec now;
    char line[128];
    clock_gettime(CLOCK_MONOTONIC, &now);
    int size_bytes =
        snprintf(line, sizeof line, "%s %lld\n", what, (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    int file = open(getenv("LATER_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0 || write(file, line, (size_t)size_bytes) != size_bytes)
        _exit(99);
    close(file);
}

static void *
pay_debt(void *context)
{
    struct debt *debt = context;
    struct timespec pause = { .tv_sec = debt->after_ms / 1000, .tv_nsec = debt->after_ms % 1000 * 1000000 };
    nanosleep(&pause, NULL);
    if (debt->is_few) {
        write_line("few -");
        few_answer(debt->answer, debt->number);
    } else if (strcmp(debt->how, "refuse") == 0) {
        dsy_string why = dsy_string_copy(dsy_answer_run(debt->answer), DSY_STRING("refused later"));
        Refused_answer_throw(debt->answer, (struct Refused){ .why = why });
    } else if (strcmp(debt->how, "retry") == 0) {
        dsy_answer_retry(debt->answer, "busy at %lld", (long long)debt->number);
    } else if (strcmp(debt->how, "release") == 0) {
        dsy_answer_release(debt->answer);
    } else {
        ask_answer(debt->answer, debt->number);
    }
    free(debt);
    return NULL;
}

static enum dsy_step_outcome
owe(struct dsy_step *step, struct debt from)
{
    pthread_t thread;
    pthread_attr_t small;
    struct debt *debt = malloc(sizeof *debt);
    if (debt == NULL)
        return dsy_step_retry(step, "memory ran out");
    *debt = from;
    debt->answer = dsy_step_later(step);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 * 1024);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    bool is_owed = debt->answer != NULL && pthread_create(&thread, &small, pay_debt, debt) == 0;
    pthread_attr_destroy(&small);
    if (is_owed)
        return DSY_STEP_LATER;
    if (debt->answer != NULL)
        dsy_answer_release(debt->answer);
    free(debt);
    return dsy_step_retry(step, "no thread");
}

enum dsy_step_outcome
ask(struct dsy_step *step, int64_t number, int64_t after_ms, dsy_string how, int64_t *result)
{
    struct debt debt = { .number = number, .after_ms = after_ms };
    (void)result;
    snprintf(debt.how, sizeof debt.how, "%.*s", (int)how.size_bytes, how.data);
    if (strcmp(debt.how, "never") != 0)
        return owe(step, debt);
    /* Kept, and never given. */
    static struct dsy_answer *kept[64];
    static _Atomic size_t count;
    struct dsy_answer *answer = dsy_step_later(step);
    if (answer == NULL)
        return dsy_step_retry(step, "the node ends");
    kept[count++ % 64] = answer;
    return DSY_STEP_LATER;
}

enum dsy_step_outcome
few(struct dsy_step *step, int64_t number, int64_t *result)
{
    (void)result;
    write_line("few +");
    return owe(step, (struct debt){ .number = number, .after_ms = 100, .is_few = true });
}

enum dsy_step_outcome
narrow(struct dsy_step *step, int64_t number, int64_t *result)
{
    (void)step;
    write_line("narrow +");
    nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    write_line("narrow -");
    *result = number;
    return DSY_STEP_DONE;
}
