/* Calls of other deployments over HTTP (dsy/remote.h), by libcurl, on one thread for all of them.
 *
 *   POST /v1/call/SERVICE/METHOD, or /v1/call/SERVICE/KEY/METHOD, the arguments as CBOR, with an Idempotency-Key;
 *   200: the result as CBOR; 422: the error as CBOR; 409: it was cancelled there; 202: it goes on, and is asked for at
 *   GET /v1/invocations/ID/result until it has ended. Everything else is trouble: it is called again later.
 *
 * One attempt takes ATTEMPT_S at most, so that a call that goes on for days holds no memory here for as long. A call
 * that nobody wants any more is broken off. One that cancels is made with the same key, which says the id, then DELETE
 * /v1/invocations/ID, then asked for until it has ended. */
#ifndef DSY_TRANSPORT_REMOTE_CLIENT_H
#define DSY_TRANSPORT_REMOTE_CLIENT_H

#include "dsy/remote.h"
#include "dsy/status.h"

struct dsy_remote_client;

/* Start the thread. Returns DSY_NO_MEMORY, DSY_FAILED. */
DSY_MUST_USE
enum dsy_status dsy_remote_client_start(struct dsy_remote_client **client, struct dsy_error *error);

/* For struct dsy_node_options; lives as long as the client. */
const struct dsy_remote_transport *dsy_remote_client_transport(const struct dsy_remote_client *client);

/* Break off what is under way, whose `done` is called, and end the thread. Nobody may call any more. NULL does
 * nothing. */
void dsy_remote_client_stop(struct dsy_remote_client *client);

#endif
