/* Time zones by their IANA names, from ICU's tables. A zone belongs to one thread at a time. */
#ifndef DSY_BASE_ZONE_H
#define DSY_BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "dsy/status.h"

struct dsy_zone;

/* Open a zone: "UTC", "Europe/Berlin". To be closed by dsy_zone_close.
 * error  DSY_NOT_FOUND: ICU knows no zone of that name; DSY_NO_MEMORY */
DSY_MUST_USE
enum dsy_status dsy_zone_open(const char *name, struct dsy_zone **zone, struct dsy_error *error);

/* NULL does nothing. */
void dsy_zone_close(struct dsy_zone *zone);

/* What its clocks show at an instant: seconds since 1970-01-01T00:00:00 on them. */
int64_t dsy_zone_local_s(struct dsy_zone *zone, int64_t utc_s);

/* When its clocks show a time: the first instant where they do so twice (daylight saving ends); where they never do
 * (it begins), the first instant after those that are left out. */
int64_t dsy_zone_utc_s(struct dsy_zone *zone, int64_t local_s);

#endif
