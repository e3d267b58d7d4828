/* Schedules of a program: see schedule.h. */
#include "runtime/core/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/digest.h"
#include "runtime/core/configuration.h"
#include "runtime/core/object.h"
#include "runtime/core/seal.h"

static void
identify(struct program_schedule *schedule)
{
    uint8_t result[DSY_DIGEST_BYTES];
    struct dsy_digest digest;
    dsy_digest_begin(&digest);
    dsy_digest_add(&digest, schedule->routine->name, strlen(schedule->routine->name) + 1);
    dsy_digest_add(&digest, schedule->cron_text, strlen(schedule->cron_text) + 1);
    dsy_digest_add(&digest, schedule->zone, strlen(schedule->zone));
    dsy_digest_end(&digest, result);
    schedule->number = NUMBER_SCHEDULE | (int64_t)(dsy_digest_word(result) & (NUMBER_SCHEDULE - 1));
    schedule->place = dsy_digest_word(result + DSY_DIGEST_BYTES - 8);
}

static enum dsy_status
bind_schedule(const struct dsy_service_type *service, const struct dsy_schedule_type *type,
              struct program_schedule *schedule, struct dsy_error *error)
{
    const struct dsy_routine_type *routine = service->routines[type->routine];
    struct dsy_zone *zone = NULL;
    const char *problem = NULL;
    struct dsy_error why = { .status = DSY_OK };
    *schedule = (struct program_schedule){ .routine = routine, .cron_text = type->cron, .zone = type->zone };
    if (!dsy_cron_read(type->cron, &schedule->cron, &problem))
        return dsy_error_set(error, DSY_INVALID, "the schedule \"%s\" of %s is none: %s", type->cron, routine->name,
                             problem);
    enum dsy_status status = dsy_zone_open(type->zone, &zone, &why);
    if (status != DSY_OK)
        return dsy_error_set(error, status == DSY_NOT_FOUND ? DSY_INVALID : status, "the schedule of %s: %s",
                             routine->name, why.text);
    dsy_zone_close(zone);
    identify(schedule);
    return DSY_OK;
}

static int
compare_schedules(const void *left, const void *right)
{
    int64_t one = ((const struct program_schedule *)left)->number;
    int64_t other = ((const struct program_schedule *)right)->number;
    return one < other ? -1 : one > other;
}

enum dsy_status
dsy_schedules_bind(struct program *program, struct dsy_error *error)
{
    const struct dsy_program_type *type = program->type;
    size_t count = 0;
    for (uint32_t index = 0; index < type->service_count; index++)
        count += type->services[index]->schedule_count;
    program->schedules = dsy_program_allocate(program, count * sizeof *program->schedules, error);
    if (program->schedules == NULL)
        return DSY_NO_MEMORY;
    for (uint32_t index = 0; index < type->service_count; index++) {
        const struct dsy_service_type *service = type->services[index];
        for (uint32_t at = 0; at < service->schedule_count; at++) {
            enum dsy_status status =
                bind_schedule(service, &service->schedules[at], &program->schedules[program->schedule_count++], error);
            if (status != DSY_OK)
                return status;
        }
    }
    qsort(program->schedules, count, sizeof *program->schedules, compare_schedules);
    return DSY_OK;
}

const struct program_schedule *
dsy_program_schedule(const struct program *program, int64_t number)
{
    struct program_schedule wanted = { .number = number };
    return bsearch(&wanted, program->schedules, program->schedule_count, sizeof wanted, compare_schedules);
}

enum dsy_status
dsy_schedule_next_ns(const struct program_schedule *schedule, int64_t after_ns, int64_t *next_ns)
{
    struct dsy_zone *zone = NULL;
    enum dsy_status status = dsy_zone_open(schedule->zone, &zone, NULL);
    if (status != DSY_OK)
        return status;
    *next_ns = dsy_cron_next_ns(&schedule->cron, zone, after_ns);
    if (*next_ns == INT64_MAX)
        *next_ns = DSY_NOT_DUE;
    dsy_zone_close(zone);
    return DSY_OK;
}

enum dsy_status
dsy_schedule_encode(const struct program_schedule *schedule, struct dsy_buffer *buffer)
{
    size_t start = dsy_seal_begin(buffer, SCHEDULE_BODY_VERSION);
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    dsy_cbor_write_array_begin(&writer, 3);
    dsy_string_write_cbor(&writer, dsy_string_view(schedule->routine->name));
    dsy_string_write_cbor(&writer, dsy_string_view(schedule->cron_text));
    dsy_string_write_cbor(&writer, dsy_string_view(schedule->zone));
    dsy_cbor_write_array_end(&writer);
    dsy_seal_end(buffer, start);
    return dsy_cbor_writer_status(&writer);
}
