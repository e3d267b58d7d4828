/* Taking, handing over and giving back waiters; see waiter.h for who owns them when. */
#include "runtime/admin/waiter.h"

#include <stdlib.h>

enum { WAITER_BYTES_MAX = 64 * 1024 * 1024 };

struct dsy_waiter *
dsy_waiter_take(struct dsy_api *api, struct dsy_http_exchange *exchange, enum dsy_waiter_kind kind)
{
    struct dsy_waiter *waiter = api->spare;
    struct dsy_buffer bytes;
    if (waiter != NULL) {
        api->spare = waiter->next;
        api->spare_count--;
        bytes = waiter->bytes;
        dsy_buffer_clear(&bytes);
    } else {
        waiter = malloc(sizeof *waiter);
        if (waiter == NULL)
            return NULL;
        dsy_buffer_init(&bytes, WAITER_BYTES_MAX);
    }
    struct dsy_http_ticket ticket = dsy_http_exchange_ticket(exchange);
    *waiter = (struct dsy_waiter){
        .accepted = { .ticket = ticket },
        .answered = { .ticket = ticket },
        .api = api,
        .server = dsy_http_exchange_server(exchange),
        .next = api->waiters,
        .kind = kind,
        .bytes = bytes,
    };
    if (api->waiters != NULL)
        api->waiters->previous = waiter;
    api->waiters = waiter;
    return waiter;
}

void
dsy_waiter_free(struct dsy_waiter *waiter)
{
    struct dsy_api *api = waiter->api;
    if (waiter->previous != NULL)
        waiter->previous->next = waiter->next;
    else
        api->waiters = waiter->next;
    if (waiter->next != NULL)
        waiter->next->previous = waiter->previous;
    if (waiter->bytes.capacity_bytes > DSY_WAITER_KEPT_BYTES_MAX)
        dsy_buffer_destroy(&waiter->bytes);
    if (api->spare_count == DSY_WAITERS_SPARE_MAX) {
        dsy_buffer_destroy(&waiter->bytes);
        free(waiter);
        return;
    }
    waiter->next = api->spare;
    api->spare = waiter;
    api->spare_count++;
}

void
dsy_waiter_detach(struct dsy_waiter *waiter)
{
    if (!waiter->waits_for_result || waiter->is_detached)
        return;
    waiter->is_detached = true;
    dsy_node_detach(waiter->api->node, waiter->id, waiter->number);
}

/* ---- on a shard's thread ---- */

void
dsy_waiter_accepted(void *context, dsy_uuid id, bool is_new)
{
    struct dsy_waiter *waiter = context;
    (void)is_new; /* an earlier call with this key is answered as this one would have been */
    waiter->id = id;
    unsigned before = atomic_fetch_or(&waiter->flags, DSY_WAITER_ACCEPTED);
    if ((before & DSY_WAITER_WANTED) != 0)
        dsy_http_server_post(waiter->server, &waiter->accepted);
}

void
dsy_waiter_completed(void *context, const struct dsy_invocation_outcome *outcome)
{
    struct dsy_waiter *waiter = context;
    waiter->outcome = *outcome;
    if (outcome->value_bytes > 0)
        dsy_buffer_append(&waiter->bytes, outcome->value, outcome->value_bytes);
    waiter->status = waiter->bytes.status;
    waiter->outcome.value = waiter->bytes.data;
    dsy_http_server_post(waiter->server, &waiter->answered);
}

void
dsy_waiter_answered(void *context, enum dsy_status status, const char *json, size_t json_bytes)
{
    struct dsy_waiter *waiter = context;
    if (status == DSY_OK)
        dsy_buffer_append(&waiter->bytes, json, json_bytes);
    waiter->status = status != DSY_OK ? status : waiter->bytes.status;
    dsy_http_server_post(waiter->server, &waiter->answered);
}

void
dsy_waiter_saved(void *context, dsy_uuid id, bool is_new)
{
    struct dsy_waiter *waiter = context;
    (void)id;
    (void)is_new; /* an event that came before */
    if (atomic_fetch_sub(&waiter->outstanding, 1) == 1)
        dsy_http_server_post(waiter->server, &waiter->answered);
}
