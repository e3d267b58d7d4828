/* Schedule: a routine that runs by itself, at the times of a cron expression. PURE.
 *
 * It is an object whose row is due at its next time. When that comes it begins an invocation and is due at the time
 * after, in one transaction: so no time is missed and none counts twice, whatever dies. Times that passed while no node
 * ran are made up for once. Each run is an invocation of its own: one that takes long does not keep the next from
 * beginning.
 *
 * What a schedule is says its number: 2^61 plus 61 bits of SHA-256 of `routine | 0 | cron | 0 | zone`, and the last
 * octets of that its shard. So one that is new in a program begins with its first time after the node's start, and one
 * that is changed is another; the row of one that is gone goes when it is due.
 *
 * Body: head (seal.h), version 5 | CBOR array [routine, cron, zone], for people. */
#ifndef DSY_CORE_SCHEDULE_H
#define DSY_CORE_SCHEDULE_H

#include "runtime/core/cron.h"
#include "runtime/core/program.h"

enum { SCHEDULE_BODY_VERSION = 5 };

struct program_schedule {
    int64_t number;
    uint64_t place; /* its shard is this modulo the number of shards */
    const struct dsy_routine_type *routine;
    const char *zone;
    const char *cron_text;
    struct cron cron;
};

/* Fill in program->schedules, sorted by number.
 * Returns DSY_INVALID when ICU knows a zone not, or a cron expression is none; DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_schedules_bind(struct program *program, struct dsy_error *error);

/* NULL: the program has none of this number. */
const struct program_schedule *dsy_program_schedule(const struct program *program, int64_t number);

/* When it runs next after a time; DSY_NOT_DUE: never.
 * Returns DSY_NO_MEMORY, or DSY_NOT_FOUND when its zone has gone. */
DSY_MUST_USE
enum dsy_status dsy_schedule_next_ns(const struct program_schedule *schedule, int64_t after_ns, int64_t *next_ns);

/* Append the body. */
DSY_MUST_USE
enum dsy_status dsy_schedule_encode(const struct program_schedule *schedule, struct dsy_buffer *buffer);

#endif
