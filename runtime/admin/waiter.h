/* Waiter: what a request leaves with the node while it is answered, and how the answer finds back.
 *
 * Made and freed on the server's thread. In between its outcome is written once by a shard's thread, which then posts
 * the message: the queue's lock is what hands the memory over. The exchange may be over by then; the message still
 * comes, and frees the waiter. */
#ifndef DSY_ADMIN_WAITER_H
#define DSY_ADMIN_WAITER_H

#include "dsy/buffer.h"
#include "dsy/node.h"
#include "runtime/admin/api.h"

#include <stdatomic.h>

/* Waiters kept for use again, and the largest buffer that one keeps. */
enum { DSY_WAITERS_SPARE_MAX = 256, DSY_WAITER_KEPT_BYTES_MAX = 16 * 1024 };

/* A call's commit and its client's patience meet in two bits; who comes second acts. */
enum {
    DSY_WAITER_ACCEPTED = 1, /* the invocation is saved, its id is known */
    DSY_WAITER_WANTED = 2,   /* the server's thread wants to be told of that */
};

enum dsy_waiter_kind {
    DSY_WAITER_CALL,     /* begins an invocation and waits for its result */
    DSY_WAITER_RESULT,   /* waits for the result of one that is there */
    DSY_WAITER_QUESTION, /* waits for a JSON text */
    DSY_WAITER_EVENTS,   /* begins what subscribes to events, and waits until all of it is saved */
};

struct dsy_waiter {
    struct dsy_http_message accepted; /* the commit, if it is wanted */
    struct dsy_http_message answered; /* the outcome or the JSON text */
    struct dsy_api *api;
    struct dsy_http_server *server;
    struct dsy_waiter *previous, *next; /* all that are under way, or the spare ones */
    enum dsy_waiter_kind kind;
    bool waits_for_result; /* the node was asked to say how the invocation ends */
    bool has_preference;   /* the client said how long to wait */
    int64_t wait_s;        /* how long it is waited for */
    bool is_detached;
    uint64_t number; /* for dsy_node_detach */
    atomic_uint flags;
    atomic_uint outstanding; /* EVENTS: subscribers that are not saved yet, and one while there may come more */
    size_t event_count, subscriber_count;
    dsy_uuid id; /* RESULT: from the beginning; CALL: with DSY_WAITER_ACCEPTED */
    /* what the node said */
    enum dsy_status status;
    struct dsy_invocation_outcome outcome; /* its value is in `bytes` */
    struct dsy_buffer bytes;
};

struct dsy_api {
    struct dsy_node *node;
    const char *version;
    atomic_bool refuses_calls;
    struct dsy_buffer arguments; /* of the call that is being begun */
    struct dsy_buffer key;       /* of the instance that it is for */
    struct dsy_buffer event;     /* that is being looked at */
    struct dsy_waiter *waiters, *spare;
    uint32_t spare_count;
};

/* A waiter for this exchange, in the list of those under way. NULL: out of memory. */
struct dsy_waiter *dsy_waiter_take(struct dsy_api *api, struct dsy_http_exchange *exchange, enum dsy_waiter_kind kind);

void dsy_waiter_free(struct dsy_waiter *waiter);

/* Ask the node to say its piece about it now, as nobody waits any more. */
void dsy_waiter_detach(struct dsy_waiter *waiter);

/* For the node's callbacks: keep what is said, and post it. */
void dsy_waiter_accepted(void *context, dsy_uuid id, bool is_new);
void dsy_waiter_completed(void *context, const struct dsy_invocation_outcome *outcome);
void dsy_waiter_answered(void *context, enum dsy_status status, const char *json, size_t json_bytes);
/* One subscriber of EVENTS is saved; or its beginner's own hold is given up. */
void dsy_waiter_saved(void *context, dsy_uuid id, bool is_new);

#endif
