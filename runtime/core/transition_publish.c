/* Publishing: an event becomes an invocation of each routine that subscribes to it, begun by the batch that saves the
 * publisher's transition: so each runs exactly once, whatever dies, and in whatever shard it is placed. */
#include <string.h>

#include "runtime/core/transition_internal.h"

/* The arguments of a subscriber: an array of one item, the event. None: it is too large, or memory ran out. */
static struct dsy_slice
keep_arguments(struct transition *transition)
{
    enum { CBOR_ARRAY_OF_ONE = 0x81 };
    struct dsy_slice event = dsy_transition_keep(transition, &transition->writer);
    uint8_t *copy = event.data != NULL ? dsy_arena_allocate(transition->run.arena, event.size_bytes + 1) : NULL;
    if (copy == NULL)
        return (struct dsy_slice){ 0 };
    copy[0] = CBOR_ARRAY_OF_ONE;
    memcpy(copy + 1, event.data, event.size_bytes);
    return (struct dsy_slice){ .data = copy, .size_bytes = event.size_bytes + 1 };
}

static bool
begin_subscriber(struct transition *transition, const struct dsy_routine_type *routine, struct dsy_slice arguments)
{
    int64_t number = dsy_numbers_take(transition->numbers);
    uint64_t secret = dsy_numbers_secret(transition->numbers);
    uint32_t shard = dsy_transition_place(transition, routine, (struct dsy_slice){ 0 }, secret);
    struct message *message = dsy_transition_send(transition, MESSAGE_BEGIN, shard, number);
    if (message == NULL)
        return false;
    message->secret = secret;
    message->routine = routine;
    message->arguments = arguments;
    return true;
}

void
dsy_publish(struct dsy_run *run, const struct dsy_event_type *event)
{
    struct transition *transition = dsy_transition_of(run);
    const struct dsy_program_type *program = transition->program->type;
    if (run->failed)
        return;
    struct dsy_slice arguments = keep_arguments(transition);
    bool is_done = arguments.data != NULL;
    for (uint32_t index = 0; index < program->service_count && is_done; index++) {
        const struct dsy_service_type *service = program->services[index];
        for (uint32_t at = 0; at < service->subscription_count && is_done; at++)
            if (service->subscriptions[at].event == event)
                is_done =
                    begin_subscriber(transition, service->routines[service->subscriptions[at].routine], arguments);
    }
    if (!is_done)
        run->status = DSY_NO_MEMORY; /* what is too large to be passed on is memory that the routine may not have */
}
