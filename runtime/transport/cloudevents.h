/* CloudEvents 1.0 in HTTP requests, in all three modes. Pure: bytes in, events out.
 *
 *   binary      attributes in the header fields ce-id, ce-source, ce-type, ce-specversion; the body is the data
 *   structured  Content-Type: application/cloudevents+json; the body is {"specversion", "id", "source", "type", "data"}
 *   batched     Content-Type: application/cloudevents-batch+json; the body is an array of such objects
 *
 * Data is JSON. Other attributes are read over. Source: https://github.com/cloudevents/spec, v1.0.2. */
#ifndef DSY_TRANSPORT_CLOUDEVENTS_H
#define DSY_TRANSPORT_CLOUDEVENTS_H

#include "dsy/arena.h"
#include "dsy/type.h"
#include "runtime/transport/http_request.h"

enum {
    DSY_CLOUD_EVENTS_MAX = 1000,                /* in a batch */
    DSY_CLOUD_EVENT_ATTRIBUTE_BYTES_MAX = 1024, /* of id, source, type */
    DSY_CLOUD_EVENT_PATH_BYTES_MAX = 48,
};

struct dsy_cloud_event {
    dsy_string id, source, type;
    dsy_string data;                           /* JSON text; empty: there is none */
    char path[DSY_CLOUD_EVENT_PATH_BYTES_MAX]; /* of the data in the request's body: "$", "$.data", "$[3].data" */
};

/* Read the events of a request.
 *
 * request  its body outlives the events, which refer to it
 * arena    takes the list and what has to be decoded
 * error    DSY_INVALID: what is wrong, with the JSON path first where the body is wrong; DSY_UNSUPPORTED: a
 *          Content-Type that is none of these
 * Returns DSY_INVALID, DSY_UNSUPPORTED, DSY_FULL (too many, too large), DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_cloud_events_read(const struct dsy_http_request *request, struct dsy_arena *arena,
                                      struct dsy_cloud_event **events, size_t *count, struct dsy_error *error);

#endif
