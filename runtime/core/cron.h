/* Cron: when a schedule runs. PURE, but for the tables of time zones.
 *
 *     fields  minute hour day-of-month month day-of-week, with blanks between them
 *     field   item {"," item}
 *     item    ("*" | value ["-" value]) ["/" step]
 *     value   a number of the field's range, or a name: JAN to DEC, SUN to SAT, in upper or lower case
 *
 * Weekdays go from 0 to 7, both of which are Sunday. `a/step` is `a-most/step`. Where both day fields are restricted
 * (do not begin with *), a day that fits either is one: "0 0 13 * FRI" runs on each 13th and on each Friday.
 *
 * Times are those that the zone's clocks show. One that is shown twice in a night is meant once, the first time; one
 * that is left out is meant at the first instant after those that are left out. Several that mean one instant run
 * once. */
#ifndef DSY_CORE_CRON_H
#define DSY_CORE_CRON_H

#include "runtime/base/zone.h"

struct cron {
    uint64_t minutes; /* a bit for each value */
    uint32_t hours, days, months, weekdays;
    bool any_day, any_weekday; /* the field begins with a star */
};

/* Read the five fields. Returns false, and in *problem why: static text. */
DSY_MUST_USE
bool dsy_cron_read(const char *text, struct cron *cron, const char **problem);

/* The first instant after after_ns at which it is to run; INT64_MAX: there is none.
 * Both are UTC nanoseconds since 1970. */
int64_t dsy_cron_next_ns(const struct cron *cron, struct dsy_zone *zone, int64_t after_ns);

#endif
