/* Steps of the crash campaign: each execution is one line in the file that DSY_CAMPAIGN_LOG names,
 * "PID KEY ATTEMPT NAME", appended by a single write, so that a SIGKILL leaves whole lines. */
#include "campaign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
log_execution(const struct dsy_step *step, dsy_string name)
{
    const char *path = getenv("DSY_CAMPAIGN_LOG");
    int file = path == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    char line[256];
    int size = snprintf(line, sizeof line, "%ld %s %u %.*s\n", (long)getpid(), dsy_step_key(step),
                        dsy_step_attempt(step), (int)name.size_bytes, name.data);
    if (file < 0 || size < 0 || (size_t)size >= sizeof line || write(file, line, (size_t)size) != size) {
        fprintf(stderr, "campaign: the step log %s cannot be written: %s\n", path == NULL ? "(DSY_CAMPAIGN_LOG)" : path,
                strerror(errno));
        abort();
    }
    close(file);
}

enum dsy_step_outcome
record(struct dsy_step *step, dsy_string name, int64_t value, int64_t *result)
{
    log_execution(step, name);
    *result = value * 2;
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
falter(struct dsy_step *step, dsy_string name, int64_t value, int64_t *result)
{
    log_execution(step, name);
    if (dsy_step_attempt(step) == 1)
        return dsy_step_retry(step, "the first attempt fails");
    *result = value + 1;
    return DSY_STEP_DONE;
}

enum dsy_step_outcome
refuse(struct dsy_step *step, dsy_string name, int64_t amount)
{
    log_execution(step, name);
    return Refused_throw(step, (struct Refused){ .amount = amount });
}
