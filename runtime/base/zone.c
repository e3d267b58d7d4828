/* Time zones (zone.h). ICU is asked for one thing only, the offset at an instant; what follows from it is decided here,
 * because its own conversions of local times take no first instant after a gap. */
#include "runtime/base/zone.h"

#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

enum { NAME_UNITS_MAX = 64 };

/* No clock is further from UTC, nor is any set twice within twice as long. */
#define OFFSET_MOST_S INT64_C(57600)

static bool
is_known(const UChar *name)
{
    UChar canonical[NAME_UNITS_MAX];
    UBool is_system = false;
    UErrorCode code = U_ZERO_ERROR;
    ucal_getCanonicalTimeZoneID(name, -1, canonical, NAME_UNITS_MAX, &is_system, &code);
    return U_SUCCESS(code) && is_system;
}

enum dsy_status
dsy_zone_open(const char *name, struct dsy_zone **zone, struct dsy_error *error)
{
    UChar units[NAME_UNITS_MAX];
    UErrorCode code = U_ZERO_ERROR;
    u_strFromUTF8(units, NAME_UNITS_MAX, NULL, name, -1, &code);
    if (U_FAILURE(code) || code == U_STRING_NOT_TERMINATED_WARNING || !is_known(units))
        return dsy_error_set(error, DSY_NOT_FOUND,
                             "there is no time zone \"%.64s\"; zones have names as Europe/Berlin or UTC", name);
    UCalendar *calendar = ucal_open(units, -1, "en", UCAL_GREGORIAN, &code);
    if (U_FAILURE(code))
        return dsy_error_set(error, DSY_NO_MEMORY, "time zone %s cannot be opened: %s", name, u_errorName(code));
    *zone = (struct dsy_zone *)(void *)calendar;
    return DSY_OK;
}

static UCalendar *
calendar_of(struct dsy_zone *zone)
{
    return (UCalendar *)(void *)zone;
}

void
dsy_zone_close(struct dsy_zone *zone)
{
    if (zone != NULL)
        ucal_close(calendar_of(zone));
}

/* ICU fails here only for times that it does not know, which 64 bits of nanoseconds do not reach: no offset then. */
static int64_t
offset_s(struct dsy_zone *zone, int64_t utc_s)
{
    UErrorCode code = U_ZERO_ERROR;
    ucal_setMillis(calendar_of(zone), (double)utc_s * 1000.0, &code);
    int64_t offset_ms = ucal_get(calendar_of(zone), UCAL_ZONE_OFFSET, &code);
    offset_ms += ucal_get(calendar_of(zone), UCAL_DST_OFFSET, &code);
    return U_SUCCESS(code) ? offset_ms / 1000 : 0;
}

int64_t
dsy_zone_local_s(struct dsy_zone *zone, int64_t utc_s)
{
    return utc_s + offset_s(zone, utc_s);
}

int64_t
dsy_zone_utc_s(struct dsy_zone *zone, int64_t local_s)
{
    /* Clocks show less than local_s at `early` and more at `late`. Between them they are set once at most that matters
     * here, so what they show crosses local_s once, or, where they are set back over it, twice. */
    int64_t early = local_s - OFFSET_MOST_S, late = local_s + OFFSET_MOST_S;
    int64_t before = offset_s(zone, early), after = offset_s(zone, late);
    /* With the offset from before the change first: that is the first instant of two. */
    if (offset_s(zone, local_s - before) == before)
        return local_s - before;
    if (offset_s(zone, local_s - after) == after)
        return local_s - after;
    /* It is shown by neither: the clocks jump over it. The first instant at which they show more. */
    while (early + 1 < late) {
        int64_t middle = early + (late - early) / 2;
        if (dsy_zone_local_s(zone, middle) < local_s)
            early = middle;
        else
            late = middle;
    }
    return late;
}
