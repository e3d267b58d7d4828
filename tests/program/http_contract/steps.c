#include "http_contract.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A byte for each execution in the file that COUNT_FILE names. */
enum dsy_step_outcome
count_execution(struct dsy_step *step, int64_t *result)
{
    const char *path = getenv("COUNT_FILE");
    int file = path != NULL ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    struct stat status;
    if (file < 0 || write(file, "x", 1) != 1 || fstat(file, &status) != 0) {
        return dsy_step_retry(step, "can't write to COUNT_FILE");
    }
    close(file);
    *result = status.st_size;
    return DSY_STEP_DONE;
}
