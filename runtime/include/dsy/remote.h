/* Calls of another deployment's services: the table of functions by which a node makes them.
 *
 * Values are CBOR (RFC 8949), as between the shards of one node: struct members go by their numbers, so both sides may
 * be of different versions of an interface as far as those fit. */
#ifndef DSY_REMOTE_H
#define DSY_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dsy_remote_outcome {
    DSY_REMOTE_RETURNED,  /* data is the result, a CBOR item */
    DSY_REMOTE_THREW,     /* data is the error, a CBOR item (dsy/error.h) */
    DSY_REMOTE_CANCELLED, /* it was cancelled there */
    DSY_REMOTE_AGAIN,     /* no answer yet, or trouble: call again, with the same idempotency key. data is a text */
};

/* What is called, and what becomes of it. Everything lives until `done` is called. */
struct dsy_remote_call {
    const char *address; /* "http://host:port" */
    const char *service, *method;
    const char *key; /* of a keyed service, as text; NULL: it has none */
    size_t key_bytes;
    const uint8_t *arguments; /* one CBOR array */
    size_t arguments_bytes;
    const char *idempotency_key; /* the same call has the same, however often it is made */
    bool cancels;                /* not called but cancelled, and waited for; the result is null */

    void *context; /* handed to both */
    bool (*is_wanted)(void *context);
    /* Called once, from any thread; data is the caller's. */
    void (*done)(void *context, enum dsy_remote_outcome outcome, const uint8_t *data, size_t size_bytes);
};

struct dsy_remote_transport {
    void *context;
    /* Begin a call; from any thread. Returns false when it cannot: done is not called then. */
    bool (*call)(void *context, const struct dsy_remote_call *call);
};

#endif
