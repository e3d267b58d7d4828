/* Show: stored invocations as JSON for people, as dsy/node.h describes it. PURE. */
#ifndef DSY_CORE_SHOW_H
#define DSY_CORE_SHOW_H

#include "runtime/core/invocation.h"
#include "runtime/core/program.h"

/* Append what a row holds. A broken row is shown as far as it can be read. */
DSY_MUST_USE
enum dsy_status dsy_show_invocation(const struct program *program, uint32_t shard, const struct dsy_invocation_row *row,
                                    struct dsy_buffer *json);

/* Append what is left of a finished one. */
DSY_MUST_USE
enum dsy_status dsy_show_result(const struct program *program, uint32_t shard, const struct dsy_result_row *row,
                                struct dsy_buffer *json);

/* Append what is known of a promise: its row. Returns DSY_NOT_FOUND when it is a task. */
DSY_MUST_USE
enum dsy_status dsy_show_promise(uint32_t shard, const struct dsy_invocation_row *row, struct dsy_buffer *json);

/* Append what is left of one that is settled, and whose maker has ended. */
DSY_MUST_USE
enum dsy_status dsy_show_settled_promise(const struct program *program, uint32_t shard,
                                         const struct dsy_result_row *row, struct dsy_buffer *json);

/* "" asks for any. */
struct show_filter {
    const char *service;
    const char *state;
    int64_t since_ns;
};

/* Append a page of a list. next: its cursor, "" for none. */
DSY_MUST_USE
enum dsy_status dsy_show_list(const struct program *program, uint32_t shard, const struct dsy_invocation_row *rows,
                              size_t row_count, const struct show_filter *filter, const char *next,
                              struct dsy_buffer *json);

#endif
