/* The HTTP interface of a node: what stands in runtime.md, section 6, as handlers of the HTTP server.
 *
 * Runs on the server's thread. The node answers on its shards' threads; what it says is copied there and posted back
 * (waiter.h), so that the two sides share nothing but a queue. */
#ifndef DSY_ADMIN_API_H
#define DSY_ADMIN_API_H

#include "dsy/node.h"
#include "runtime/transport/http_server.h"

struct dsy_api;

/* Make the interface of a node.
 *
 * node     borrowed until dsy_api_destroy
 * version  of the deployment's libdsy, a literal: shown in /metrics
 *
 * Returns it; NULL when out of memory. */
struct dsy_api *dsy_api_create(struct dsy_node *node, const char *version);

/* The handler for the server's options; valid until dsy_api_destroy. */
struct dsy_http_handler dsy_api_handler(struct dsy_api *api);

/* From now on /readyz says 503 and new calls are refused; results can still be fetched. From any thread. */
void dsy_api_refuse_calls(struct dsy_api *api);

/* Give it back, after the server and the node have stopped. NULL does nothing. */
void dsy_api_destroy(struct dsy_api *api);

#endif
