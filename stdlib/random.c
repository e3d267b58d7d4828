/* std.random: see random.dsy. From the system's generator: a transition that is run again may draw anew, because
 * nothing of the first run was seen by anybody. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dsy/error.h"
#include "dsy/generated.h"

int64_t std_random_integer(struct dsy_run *run, int64_t from, int64_t below) DSY_NATIVE(std.random.integer);
double std_random_real(struct dsy_run *run) DSY_NATIVE(std.random.real);
dsy_uuid std_random_identifier(struct dsy_run *run) DSY_NATIVE(std.random.identifier);
dsy_bytes std_random_octets(struct dsy_run *run, int64_t count) DSY_NATIVE(std.random.octets);

enum { OCTETS_MAX = 1024 * 1024 };

/* A kernel without a generator has no Dsy either: nothing is drawn from anything worse. */
static void
fill(void *data, size_t size_bytes)
{
    uint8_t *next = data;
    while (size_bytes > 0) {
        ssize_t drawn = getrandom(next, size_bytes, 0);
        if (drawn < 0 && errno != EINTR)
            abort();
        if (drawn > 0) {
            next += drawn;
            size_bytes -= (size_t)drawn;
        }
    }
}

static uint64_t
draw(void)
{
    uint64_t number;
    fill(&number, sizeof number);
    return number;
}

int64_t
std_random_integer(struct dsy_run *run, int64_t from, int64_t below)
{
    if (from >= below) {
        dsy_throw_format(run, &dsy_error_invalid_value, "there is no whole number from %lld and below %lld",
                         (long long)from, (long long)below);
        return 0;
    }
    /* Without the rest of 2^64 that does not go up in the range, which would favour small numbers. */
    uint64_t range = (uint64_t)below - (uint64_t)from;
    uint64_t rest = (UINT64_MAX % range + 1) % range;
    uint64_t number;
    do
        number = draw();
    while (number > UINT64_MAX - rest);
    return (int64_t)((uint64_t)from + number % range);
}

double
std_random_real(struct dsy_run *run)
{
    (void)run;
    return (double)(draw() >> 11) * 0x1p-53;
}

dsy_uuid
std_random_identifier(struct dsy_run *run)
{
    dsy_uuid id;
    (void)run;
    fill(id.octets, sizeof id.octets);
    id.octets[6] = (uint8_t)((id.octets[6] & 0x0F) | 0x40);
    id.octets[8] = (uint8_t)((id.octets[8] & 0x3F) | 0x80);
    return id;
}

dsy_bytes
std_random_octets(struct dsy_run *run, int64_t count)
{
    if (count < 0 || count > OCTETS_MAX) {
        dsy_throw_format(run, &dsy_error_invalid_value, "%lld octets cannot be drawn: from 0 to %d can",
                         (long long)count, OCTETS_MAX);
        return (dsy_bytes){ 0 };
    }
    uint8_t *data = dsy_allocate(run, count > 0 ? (size_t)count : 1);
    if (data == NULL)
        return (dsy_bytes){ 0 };
    fill(data, (size_t)count);
    return (dsy_bytes){ .data = data, .size_bytes = count };
}
