/* std.log: see log.dsy. What becomes of a line stands in runtime/core/line.h. */
#include "dsy/generated.h"

void std_log_debug(struct dsy_run *run, dsy_string text) DSY_NATIVE(std.log.debug);
void std_log_info(struct dsy_run *run, dsy_string text) DSY_NATIVE(std.log.info);
void std_log_warning(struct dsy_run *run, dsy_string text) DSY_NATIVE(std.log.warning);
void std_log_failure(struct dsy_run *run, dsy_string text) DSY_NATIVE(std.log.failure);

void
std_log_debug(struct dsy_run *run, dsy_string text)
{
    dsy_log(run, DSY_LOG_DEBUG, text);
}

void
std_log_info(struct dsy_run *run, dsy_string text)
{
    dsy_log(run, DSY_LOG_INFO, text);
}

void
std_log_warning(struct dsy_run *run, dsy_string text)
{
    dsy_log(run, DSY_LOG_WARNING, text);
}

void
std_log_failure(struct dsy_run *run, dsy_string text)
{
    dsy_log(run, DSY_LOG_ERROR, text);
}
