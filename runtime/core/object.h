/* Objects: all that has a number and gets messages. PURE.
 *
 * An object lives in one shard, as a row of the table of invocations, and is found by its number:
 *
 *   invocation   origin u8 | 0 | sequence 47 bits: one call of a routine (invocation.h)
 *   cell         origin u8 | 1 | sequence 47 bits: a task or a promise, which is settled once (cell.h)
 *   schedule     2^61 and more, by a hash: when a routine runs by itself (schedule.h)
 *   instances    2^62 and more, by a hash: state and key of a keyed service (instance_key.h, instance.h)
 *
 * The ORIGIN is the shard whose counter gave the number. So whoever calls or starts knows at once the number of what it
 * begins, in whatever shard that is placed, and can cancel it; and a task's cell and the invocation that it stands for
 * have the same origin and sequence. Numbers rise in the shard that gives them, not in the one that uses them.
 *
 * Id: shard u8 | number 56 bits | secret 64 bits, big end first: it says where the object lives, and cannot be guessed.
 * A task and its invocation have the same secret. */
#ifndef DSY_CORE_OBJECT_H
#define DSY_CORE_OBJECT_H

#include "dsy/type.h"
#include "runtime/base/random.h"

enum object_kind { OBJECT_INVOCATION, OBJECT_CELL, OBJECT_SCHEDULE, OBJECT_INSTANCES };

#define NUMBER_ORIGIN_SHIFT 48
#define NUMBER_CELL (INT64_C(1) << 47)
#define NUMBER_SEQUENCE_MAX (NUMBER_CELL - 1)
#define NUMBER_SCHEDULE (INT64_C(1) << 61)
#define NUMBER_INSTANCES (INT64_C(1) << 62)

/* number > 0 */
static inline enum object_kind
dsy_number_kind(int64_t number)
{
    if (number >= NUMBER_INSTANCES)
        return OBJECT_INSTANCES;
    if (number >= NUMBER_SCHEDULE)
        return OBJECT_SCHEDULE;
    return (number & NUMBER_CELL) != 0 ? OBJECT_CELL : OBJECT_INVOCATION;
}

static inline int64_t
dsy_number_sequence(int64_t number)
{
    return number & NUMBER_SEQUENCE_MAX;
}

/* Whether it was given by a shard, and not by a hash. */
static inline bool
dsy_number_is_counted(int64_t number)
{
    return number > 0 && number < INT64_C(1) << 56;
}

static inline uint32_t
dsy_number_origin(int64_t number)
{
    return (uint32_t)(number >> NUMBER_ORIGIN_SHIFT);
}

/* Where a shard's numbers come from. */
struct numbers {
    uint32_t shard;
    int64_t next;                    /* sequence, from 1 */
    const struct dsy_random *random; /* borrowed; NULL: secrets that are counted, for tests */
};

/* A new invocation's number; with NUMBER_CELL that of its cell. */
static inline int64_t
dsy_numbers_take(struct numbers *numbers)
{
    return (int64_t)numbers->shard << NUMBER_ORIGIN_SHIFT | (numbers->next++ & NUMBER_SEQUENCE_MAX);
}

static inline uint64_t
dsy_numbers_secret(const struct numbers *numbers)
{
    return numbers->random != NULL ? dsy_random_uint64(numbers->random)
                                   : (uint64_t)numbers->next * UINT64_C(0x9E3779B97F4A7C15);
}

/* An object of another shard or of this one. */
struct address {
    uint32_t shard;
    int64_t number;
    uint64_t secret;
};

dsy_uuid dsy_address_id(struct address address);

/* Any 16 octets are an address; whether there is such an object shows when it is asked. */
struct address dsy_id_address(dsy_uuid id);

static inline bool
dsy_id_is_nil(dsy_uuid id)
{
    uint8_t any = 0;
    for (int index = 0; index < 16; index++)
        any |= id.octets[index];
    return any == 0;
}

#endif
