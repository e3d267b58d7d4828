/* Flight record: the mapped file, its slots, and what an earlier process left in them. */
#include "runtime/core/flight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES = 64, BOOT_ID_BYTES = 36, FILE_VERSION = 1, PATH_BYTES_MAX = 1024 };

static const char MAGIC[8] = { 'd', 's', 'y', ' ', 's', 't', 'e', 'p' };

struct head {
    char magic[8];
    uint32_t version;
    uint32_t slot_count;
    char boot_id[BOOT_ID_BYTES];
    uint8_t reserved[12];
};

_Static_assert(sizeof(struct head) == HEAD_BYTES, "the head is 64 octets");
_Static_assert(sizeof(struct flight_slot) == 32, "a slot is 32 octets");

static struct head *
head_of(const struct flight *flight)
{
    return (struct head *)(void *)((uint8_t *)flight->slots - HEAD_BYTES);
}

/* Which run of the machine this is; false: it cannot be told. */
static bool
read_boot_id(char boot_id[BOOT_ID_BYTES])
{
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t size_bytes = read(file, boot_id, BOOT_ID_BYTES);
    close(file);
    return size_bytes == BOOT_ID_BYTES;
}

/* ---- the file ---- */

/* Returns 0 or the cause as in errno. */
static int
map_file(struct flight *flight, const char *path)
{
    size_t wanted_bytes = HEAD_BYTES + FLIGHT_SLOTS * sizeof(struct flight_slot);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return errno;
    /* Its blocks are asked for at once: a write into a mapped hole of a full disk would end the process. */
    int cause = posix_fallocate(file, 0, (off_t)wanted_bytes);
    void *mapped = MAP_FAILED;
    if (cause == 0) {
        mapped = mmap(NULL, wanted_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        cause = mapped == MAP_FAILED ? errno : 0;
    }
    close(file);
    if (cause != 0)
        return cause;
    flight->slots = (struct flight_slot *)(void *)((uint8_t *)mapped + HEAD_BYTES);
    flight->mapped_bytes = wanted_bytes;
    return 0;
}

/* What a slot of the process before says now. */
static void
judge(struct flight_slot *slot)
{
    uint8_t *count = atomic_load(&slot->is_alone) != 0 ? &slot->deaths : &slot->unclear;
    if (*count < UINT8_MAX)
        (*count)++;
    atomic_store(&slot->is_alone, 0);
    atomic_store(&slot->state, FLIGHT_SUSPECT);
}

static void
free_slot(struct flight *flight, struct flight_slot *slot)
{
    memset((void *)slot, 0, sizeof *slot);
    flight->free_slots[flight->free_count++] = (uint32_t)(slot - flight->slots);
}

/* Whether `slot` stands for what its invocation did last; a timed out attempt may have been under way beside it. */
static bool
is_latest(struct flight *flight, const struct flight_slot *slot)
{
    struct flight_slot *other = dsy_number_table_find(&flight->suspects, slot->number);
    if (other == NULL)
        return true;
    if (other->await_count > slot->await_count ||
        (other->await_count == slot->await_count && other->attempt > slot->attempt))
        return false;
    free_slot(flight, dsy_number_table_remove(&flight->suspects, slot->number));
    return true;
}

/* The slots of the process before: who was under way is a suspect, all others are free. */
static enum dsy_status
read_slots(struct flight *flight, bool is_known)
{
    for (uint32_t index = FLIGHT_SLOTS; index-- > 0;) {
        struct flight_slot *slot = &flight->slots[index];
        uint8_t state = atomic_load(&slot->state);
        bool was_under_way = is_known && (state == FLIGHT_BEGUN || state == FLIGHT_SUSPECT) && slot->number > 0;
        if (!was_under_way || !is_latest(flight, slot)) {
            free_slot(flight, slot);
            continue;
        }
        if (state == FLIGHT_BEGUN)
            judge(slot);
        slot->is_recovered = 0;
        if (dsy_number_table_insert(&flight->suspects, slot->number, slot) != DSY_OK)
            return DSY_NO_MEMORY;
    }
    return DSY_OK;
}

enum dsy_status
dsy_flight_open(struct flight *flight, const char *directory, uint32_t shard, bool was_closed,
                const struct dsy_log *log)
{
    char path[PATH_BYTES_MAX], boot_id[BOOT_ID_BYTES];
    *flight = (struct flight){ .knows_the_past = was_closed };
    int length = snprintf(path, sizeof path, "%s/shard-%03u.steps", directory, (unsigned)shard);
    if (directory[0] == '\0' || length <= 0 || (size_t)length >= sizeof path)
        return DSY_OK;
    int cause = map_file(flight, path);
    if (cause != 0) {
        dsy_log_write(log, DSY_LOG_ERROR,
                      "%s: %s; a step that kills the process will not be recognised, and one that may run at most once "
                      "fails where it may have begun",
                      path, strerror(cause));
        return DSY_OK;
    }
    flight->free_slots = malloc(FLIGHT_SLOTS * sizeof *flight->free_slots);
    if (flight->free_slots == NULL)
        return DSY_NO_MEMORY;
    struct head *head = head_of(flight);
    bool has_boot_id = read_boot_id(boot_id);
    bool is_known = has_boot_id && memcmp(head->magic, MAGIC, sizeof MAGIC) == 0 && head->version == FILE_VERSION &&
                    head->slot_count == FLIGHT_SLOTS && memcmp(head->boot_id, boot_id, BOOT_ID_BYTES) == 0;
    enum dsy_status status = read_slots(flight, is_known);
    flight->knows_the_past = was_closed || is_known;
    *head = (struct head){ .version = FILE_VERSION, .slot_count = FLIGHT_SLOTS };
    memcpy(head->magic, MAGIC, sizeof MAGIC);
    if (has_boot_id)
        memcpy(head->boot_id, boot_id, BOOT_ID_BYTES);
    return status;
}

void
dsy_flight_close(struct flight *flight, bool is_clean)
{
    if (flight->slots != NULL) {
        if (is_clean)
            memset((void *)flight->slots, 0, FLIGHT_SLOTS * sizeof *flight->slots);
        munmap(head_of(flight), flight->mapped_bytes);
    }
    free(flight->free_slots);
    dsy_number_table_destroy(&flight->suspects);
    *flight = (struct flight){ 0 };
}

/* ---- slots ---- */

const struct flight_slot *
dsy_flight_suspect(const struct flight *flight, int64_t number)
{
    return dsy_number_table_find(&flight->suspects, number);
}

struct flight_slot *
dsy_flight_take(struct flight *flight, int64_t number, uint64_t await_count, uint32_t attempt)
{
    struct flight_slot *slot = dsy_number_table_remove(&flight->suspects, number);
    if (slot != NULL && slot->await_count != await_count) {
        dsy_flight_give(flight, slot); /* the routine has moved on */
        slot = NULL;
    }
    if (slot == NULL && flight->free_count > 0)
        slot = &flight->slots[flight->free_slots[--flight->free_count]];
    if (slot == NULL)
        return NULL;
    slot->number = number;
    slot->await_count = await_count;
    slot->attempt = attempt;
    return slot;
}

void
dsy_flight_give(struct flight *flight, struct flight_slot *slot)
{
    if (slot == NULL)
        return;
    atomic_store(&slot->state, FLIGHT_FREE);
    free_slot(flight, slot);
}

void
dsy_flight_recover(struct flight *flight, int64_t number)
{
    struct flight_slot *slot = dsy_number_table_find(&flight->suspects, number);
    if (slot != NULL)
        slot->is_recovered = 1;
}

void
dsy_flight_forget(struct flight *flight)
{
    for (uint32_t index = 0; flight->suspects.count > 0 && index < FLIGHT_SLOTS; index++) {
        struct flight_slot *slot = &flight->slots[index];
        if (slot->number > 0 && slot->is_recovered == 0 &&
            dsy_number_table_find(&flight->suspects, slot->number) == slot)
            dsy_flight_acquit(flight, slot->number);
    }
}

void
dsy_flight_acquit(struct flight *flight, int64_t number)
{
    dsy_flight_give(flight, dsy_number_table_remove(&flight->suspects, number));
}

int64_t
dsy_flight_alone_ns(const struct flight_slot *slot)
{
    int doublings = slot->unclear < STEP_ALONE_DOUBLINGS_MAX ? slot->unclear : STEP_ALONE_DOUBLINGS_MAX;
    return STEP_ALONE_NS << doublings;
}

/* ---- by whoever executes it ---- */

void
dsy_flight_begin(struct flight_slot *slot, bool is_alone)
{
    if (slot == NULL)
        return;
    atomic_store(&slot->is_alone, is_alone ? 1 : 0);
    atomic_store(&slot->state, FLIGHT_BEGUN);
}

void
dsy_flight_end_alone(struct flight_slot *slot)
{
    if (slot != NULL)
        atomic_store(&slot->is_alone, 0);
}

void
dsy_flight_end(struct flight_slot *slot)
{
    if (slot != NULL)
        atomic_store(&slot->state, FLIGHT_FREE);
}
