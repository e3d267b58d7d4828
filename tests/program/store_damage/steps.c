#include "store_damage.h"

#include <stdlib.h>
#include <unistd.h>

enum dsy_step_outcome
wait_for_gate(struct dsy_step *step, struct Parcel parcel, int64_t *result)
{
    const char *gate = getenv("GATE");
    if (gate == NULL || access(gate, F_OK) != 0)
        return dsy_step_retry(step, "the gate is closed");
    *result = parcel.numbers.length;
    return DSY_STEP_DONE;
}
