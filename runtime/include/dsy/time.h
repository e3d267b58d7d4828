/* time: a UTC instant in nanoseconds since 1970, from 1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z.
 * duration: a signed number of nanoseconds. Both are int64_t in C; all arithmetic throws Overflow. */
#ifndef DSY_TIME_H
#define DSY_TIME_H

#include "dsy/error.h"

#define DSY_NANOSECONDS_PER_MILLISECOND INT64_C(1000000)
#define DSY_NANOSECONDS_PER_SECOND INT64_C(1000000000)
#define DSY_SECONDS_PER_DAY INT64_C(86400)

int64_t dsy_time_add(struct dsy_run *run, int64_t time_ns, int64_t duration_ns);      /* t + d */
int64_t dsy_time_subtract(struct dsy_run *run, int64_t time_ns, int64_t duration_ns); /* t - d */
int64_t dsy_time_difference(struct dsy_run *run, int64_t left_ns, int64_t right_ns);  /* t - t, a duration */

/* RFC 3339: "2026-01-01T00:00:00Z", "…T01:30:00.5+01:30"; at most 9 digits of fraction. A leap second (…:59:60Z) is the
 * first second after it. Throws InvalidValue. Printed in UTC with "Z", the fraction without trailing zeros. */
int64_t dsy_time_from_string(struct dsy_run *run, dsy_string text);
dsy_string dsy_time_to_string(struct dsy_run *run, int64_t time_ns);
bool dsy_time_parse(dsy_string text, int64_t *time_ns);
dsy_string dsy_time_text(int64_t time_ns, char *scratch);

int64_t dsy_duration_add(struct dsy_run *run, int64_t left_ns, int64_t right_ns);
int64_t dsy_duration_subtract(struct dsy_run *run, int64_t left_ns, int64_t right_ns);
int64_t dsy_duration_multiply(struct dsy_run *run, int64_t duration_ns, int64_t factor);
int64_t dsy_duration_divide(struct dsy_run *run, int64_t duration_ns, int64_t divisor); /* truncates; DivideByZero */
int64_t dsy_duration_negate(struct dsy_run *run, int64_t duration_ns);

static inline int64_t
dsy_duration_seconds(int64_t duration_ns) /* d.seconds: truncated towards zero */
{
    return duration_ns / DSY_NANOSECONDS_PER_SECOND;
}

static inline int64_t
dsy_duration_milliseconds(int64_t duration_ns)
{
    return duration_ns / DSY_NANOSECONDS_PER_MILLISECOND;
}

/* ISO 8601 with D, H, M, S only: "P3DT4H", "PT1.5S", "-PT5M", zero "PT0S". Reads any amounts ("PT90M"), in that order,
 * each at most once; a fraction (at most 9 digits) on the seconds only. Throws InvalidValue. Printed with
 * hours below 24, minutes and seconds below 60. */
int64_t dsy_duration_from_string(struct dsy_run *run, dsy_string text);
dsy_string dsy_duration_to_string(struct dsy_run *run, int64_t duration_ns);
bool dsy_duration_parse(dsy_string text, int64_t *duration_ns);
dsy_string dsy_duration_text(int64_t duration_ns, char *scratch);

#endif
