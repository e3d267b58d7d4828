/* The step of the benchmark: it counts. */
#include "bench.h"

#include <signal.h>
#include <unistd.h>

#include "workload.h"

_Atomic uint64_t bench_marks;
_Atomic int64_t bench_last_mark_ns;
_Atomic uint64_t bench_kill_at;

enum dsy_step_outcome
mark(struct dsy_step *step, int64_t number, int64_t *result)
{
    (void)step;
    uint64_t count = atomic_fetch_add(&bench_marks, 1) + 1;
    atomic_store(&bench_last_mark_ns, bench_now_ns());
    if (count == atomic_load(&bench_kill_at))
        kill(getpid(), SIGKILL);
    *result = number;
    return DSY_STEP_DONE;
}
