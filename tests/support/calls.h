/* Calls into a node from a test's thread: submit and wait, with a deadline that fails loudly. */
#ifndef DSY_TEST_CALLS_H
#define DSY_TEST_CALLS_H

#include <pthread.h>

#include "dsy/buffer.h"
#include "dsy/node.h"

enum { CALL_JSON_BYTES = 4096, CALL_WAIT_SECONDS = 20 };

/* One submission or question, and what came back. */
struct call {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_accepted;
    bool is_new;
    bool is_completed;
    dsy_uuid id;
    uint64_t waiter;
    enum dsy_outcome_kind kind;
    enum dsy_status status;
    char json[CALL_JSON_BYTES]; /* the outcome, or the answer */
    const struct dsy_node *node;
};

void call_init(struct call *call, const struct dsy_node *node);
void call_destroy(struct call *call);

/* Submit; key may be NULL. */
enum dsy_status call_submit(struct call *call, struct dsy_node *node, const char *method, const char *arguments,
                            const char *key);
/* The same, of any service; on the instance of this key unless it is NULL. */
enum dsy_status call_submit_to(struct call *call, struct dsy_node *node, const char *service, const char *instance,
                               const char *method, const char *arguments, const char *key);
enum dsy_status call_attach(struct call *call, struct dsy_node *node, dsy_uuid id);
enum dsy_status call_show(struct call *call, struct dsy_node *node, dsy_uuid id);
enum dsy_status call_list(struct call *call, struct dsy_node *node, const struct dsy_list_filter *filter);

/* Wait. Return false when the time is over. */
bool call_wait_accepted(struct call *call);
bool call_wait_completed(struct call *call);

/* Make a directory for a store under the build's temporary folder; remove it with all that is in it. */
void store_directory_make(char *path, size_t path_bytes);
void store_directory_remove(const char *path);

#endif
