/* Prometheus' text format, version 0.0.4, of what the node and the HTTP server count. Pure: numbers in, text out. */
#ifndef DSY_ADMIN_METRICS_H
#define DSY_ADMIN_METRICS_H

#include "dsy/buffer.h"
#include "dsy/node.h"
#include "runtime/transport/http_server.h"

#define DSY_METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Append all metrics.
 *
 * http     NULL: without those of the HTTP server
 * version  of libdsy: a label of dsy_build_info */
void dsy_metrics_write(const struct dsy_statistics *node, const struct dsy_http_statistics *http, const char *version,
                       struct dsy_buffer *text);

#endif
