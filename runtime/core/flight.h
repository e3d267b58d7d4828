/* Flight record: which attempts of steps are under way, in a file that is mapped into memory and so outlives the
 * process: DIRECTORY/shard-000.steps. It costs no system call for each attempt.
 *
 * After a process that died the next one finds there which attempts it had begun. They are suspects: each is executed
 * again alone, with the fact written here before, so that a death which follows is certainly its own. After
 * STEP_DEATHS_MAX deaths, of which only the first may have been another's, its invocation goes into quarantine. A step
 * that must run at most once and had begun is not run again at all.
 *
 * The octets of a mapped file survive the end of a process, but not a crash of the machine: it notes the boot to which
 * it belongs. After another boot nobody is a suspect (no step switches the machine off), and whether an attempt had
 * begun is not known. The same where there is no such file: the store's folder was restored, or cannot be mapped.
 *
 * File, little end first: "dsy step" | version u32 | slot count u32 | boot id, 36 characters | zeros up to 64 octets |
 * slots of 32 octets: number i64 | await count u64 | attempt u32 | state u8 | is alone u8 | deaths u8 | unclear u8 |
 * is recovered u64. It is damaged input like all that is stored: nothing in it is trusted beyond being a number.
 *
 * The shard's loop thread opens it and gives slots out; whoever executes an attempt writes into its slot. */
#ifndef DSY_CORE_FLIGHT_H
#define DSY_CORE_FLIGHT_H

#include <stdatomic.h>

#include "dsy/status.h"
#include "runtime/base/log.h"
#include "runtime/core/core_limits.h"
#include "runtime/core/number_table.h"

enum { FLIGHT_SLOTS = JOBS_MAX + WORKER_COUNT_MAX };

enum flight_state {
    FLIGHT_FREE,
    FLIGHT_BEGUN,   /* this process executes it */
    FLIGHT_SUSPECT, /* an earlier process executed it and died; it has not begun again */
};

struct flight_slot {
    int64_t number;       /* of the invocation */
    uint64_t await_count; /* names the step */
    uint32_t attempt;
    _Atomic uint8_t state; /* enum flight_state; written last */
    _Atomic uint8_t is_alone;
    uint8_t deaths;        /* of processes, while it was alone */
    uint8_t unclear;       /* while it was not: the next time it is left alone for longer */
    uint64_t is_recovered; /* 1: this process has found its row */
};

/* An attempt that was under way in a process that died. Its memory is its slot's. */
struct flight {
    struct flight_slot *slots; /* mapped; NULL: there is no file */
    size_t mapped_bytes;
    uint32_t *free_slots; /* owned stack */
    uint32_t free_count;
    struct number_table suspects; /* number → struct flight_slot */
    bool knows_the_past;          /* what is not among the suspects was not under way */
};

/* Open or make the file.
 *
 * directory   of the store; "": there is none, and nothing is recorded
 * shard       names the file
 * was_closed  the last process ended cleanly: what is not in the file was not under way
 * A file that cannot be made or mapped is said in the log, and nothing is recorded. DSY_NO_MEMORY is the only error. */
DSY_MUST_USE
enum dsy_status dsy_flight_open(struct flight *flight, const char *directory, uint32_t shard, bool was_closed,
                                const struct dsy_log *log);

/* All zero may be closed too. is_clean: nothing is under way any more that the next process must know. */
void dsy_flight_close(struct flight *flight, bool is_clean);

/* What was under way for an invocation when the process before died; NULL: nothing that is known. */
const struct flight_slot *dsy_flight_suspect(const struct flight *flight, int64_t number);

/* A slot for an attempt, the suspect's own if it is one: of the same invocation and step. NULL: none is free, or there
 * is no file; the attempt is executed all the same. */
struct flight_slot *dsy_flight_take(struct flight *flight, int64_t number, uint64_t await_count, uint32_t attempt);

/* The attempt has ended, or was never begun: the slot may be taken again. NULL does nothing. */
void dsy_flight_give(struct flight *flight, struct flight_slot *slot);

/* The row of a suspect was found; those whose rows were not are forgotten once all have been looked at. */
void dsy_flight_recover(struct flight *flight, int64_t number);
void dsy_flight_forget(struct flight *flight);

/* The invocation is no suspect any more. */
void dsy_flight_acquit(struct flight *flight, int64_t number);

/* Whether an attempt that has a slot is to be executed alone, and for how long at least. */
static inline bool
dsy_flight_is_suspect(const struct flight_slot *slot)
{
    return slot != NULL && (slot->deaths > 0 || slot->unclear > 0);
}

/* How many processes died of it. */
static inline uint32_t
dsy_flight_deaths(const struct flight_slot *slot)
{
    bool is_certain = slot->deaths + 1 >= STEP_DEATHS_MAX;
    return (uint32_t)slot->deaths + (is_certain ? slot->unclear : 0);
}

int64_t dsy_flight_alone_ns(const struct flight_slot *slot);

/* By whoever executes it; NULL does nothing. */
void dsy_flight_begin(struct flight_slot *slot, bool is_alone);
void dsy_flight_end_alone(struct flight_slot *slot);
void dsy_flight_end(struct flight_slot *slot);

#endif
