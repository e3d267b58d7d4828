/* Each metric is a # HELP line, a # TYPE line and its samples. Counters end in _total, units are seconds and bytes. */
#include "runtime/admin/metrics.h"

#include "dsy/time.h"

#include <inttypes.h>

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

struct metric {
    const char *name, *help;
    enum metric_kind kind;
    uint64_t value;
};

static void
write_head(struct dsy_buffer *text, const char *name, const char *help, const char *type)
{
    dsy_buffer_append_format(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
write_metrics(struct dsy_buffer *text, const struct metric *metrics, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        const struct metric *metric = &metrics[index];
        write_head(text, metric->name, metric->help, metric->kind == METRIC_COUNTER ? "counter" : "gauge");
        dsy_buffer_append_format(text, "%s %" PRIu64 "\n", metric->name, metric->value);
    }
}

static void
write_seconds(struct dsy_buffer *text, int64_t duration_ns)
{
    dsy_buffer_append_format(text, "%" PRId64 ".%09" PRId64, duration_ns / DSY_NANOSECONDS_PER_SECOND,
                             duration_ns % DSY_NANOSECONDS_PER_SECOND);
}

/* Commits by duration, as Prometheus wants it: each bucket holds those below it too. */
static void
write_commit_histogram(struct dsy_buffer *text, const struct dsy_statistics *node)
{
    uint64_t count = 0;
    write_head(text, "dsy_commit_duration_seconds", "Time from the beginning of a commit to its durability.",
               "histogram");
    for (size_t index = 0; index < DSY_COMMIT_BUCKET_COUNT; index++) {
        count += node->commit_buckets[index];
        if (index + 1 == DSY_COMMIT_BUCKET_COUNT)
            break; /* its bound is infinite */
        dsy_buffer_append_format(text, "dsy_commit_duration_seconds_bucket{le=\"");
        write_seconds(text, dsy_commit_bucket_ns[index]);
        dsy_buffer_append_format(text, "\"} %" PRIu64 "\n", count);
    }
    dsy_buffer_append_format(text, "dsy_commit_duration_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", count);
    dsy_buffer_append_format(text, "dsy_commit_duration_seconds_sum ");
    write_seconds(text, (int64_t)(node->commit_ns & INT64_MAX));
    dsy_buffer_append_format(text, "\ndsy_commit_duration_seconds_count %" PRIu64 "\n", count);
}

static void
write_by_label(struct dsy_buffer *text, const char *name, const char *label, const char *value, uint64_t number)
{
    dsy_buffer_append_format(text, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, value, number);
}

static void
write_outcomes(struct dsy_buffer *text, const struct dsy_statistics *node)
{
    static const char ended[] = "dsy_invocations_ended_total", steps[] = "dsy_steps_ended_total";
    write_head(text, ended, "Invocations that ended, by how.", "counter");
    write_by_label(text, ended, "outcome", "returned", node->invocations_returned);
    write_by_label(text, ended, "outcome", "threw", node->invocations_threw);
    write_head(text, steps, "Executions of steps that ended, by how; a retried one is executed again.", "counter");
    write_by_label(text, steps, "outcome", "done", node->steps_done);
    write_by_label(text, steps, "outcome", "threw", node->steps_threw);
    write_by_label(text, steps, "outcome", "retried", node->steps_retried);
    write_by_label(text, steps, "outcome", "timed_out", node->steps_timed_out);
}

static void
write_node(struct dsy_buffer *text, const struct dsy_statistics *node)
{
    const struct metric metrics[] = {
        { "dsy_invocations_begun_total", "Invocations that began.", METRIC_COUNTER, node->invocations_begun },
        { "dsy_invocations_quarantined_total", "Invocations that were quarantined.", METRIC_COUNTER,
          node->invocations_quarantined },
        { "dsy_invocations_unfinished", "Invocations that have begun and not ended, parked ones included.",
          METRIC_GAUGE, node->invocations_unfinished },
        { "dsy_transitions_total", "Transitions: one message in, to the next suspension.", METRIC_COUNTER,
          node->transitions },
        { "dsy_batches_total", "Batches; transitions divided by batches is the batch size.", METRIC_COUNTER,
          node->batches },
        { "dsy_commit_errors_total", "Commits that failed and were tried again.", METRIC_COUNTER, node->commit_errors },
        { "dsy_store_rows_written_total", "Rows written by commits.", METRIC_COUNTER, node->rows_written },
        { "dsy_steps_started_total", "Executions of steps that started.", METRIC_COUNTER, node->steps_started },
        { "dsy_steps_running", "Steps that are being executed.", METRIC_GAUGE, node->steps_running },
        { "dsy_steps_queued", "Steps that wait for a worker.", METRIC_GAUGE, node->steps_queued },
        { "dsy_steps_limited", "Of these, steps that wait for their limit.", METRIC_GAUGE, node->steps_limited },
        { "dsy_steps_later", "Steps that answer later, and hold no worker.", METRIC_GAUGE, node->steps_later },
        { "dsy_steps_overdue", "Workers that are held by steps which timed out or were cancelled.", METRIC_GAUGE,
          node->steps_overdue },
        { "dsy_timers_fired_total", "Durable timers that fired.", METRIC_COUNTER, node->timers_fired },
        { "dsy_schedules_run_total", "Routines that began by their schedule.", METRIC_COUNTER, node->schedules_run },
        { "dsy_invocations_cancelled_total", "Invocations that ended because they were cancelled.", METRIC_COUNTER,
          node->invocations_cancelled },
        { "dsy_timers_armed", "Durable timers that are near enough to be kept in memory.", METRIC_GAUGE,
          node->timers_armed },
        { "dsy_messages_sent_total", "Messages to other shards, with repetitions.", METRIC_COUNTER,
          node->messages_sent },
        { "dsy_messages_received_total", "Messages from other shards that were taken in.", METRIC_COUNTER,
          node->messages_received },
        { "dsy_messages_dropped_total", "Messages from other shards that had been taken in before.", METRIC_COUNTER,
          node->messages_dropped },
        { "dsy_submissions_refused_total", "Calls from outside that were refused because too many waited.",
          METRIC_COUNTER, node->submissions_refused },
        { "dsy_submissions_queued", "Calls from outside that wait for their commit.", METRIC_GAUGE,
          node->submissions_queued },
        { "dsy_waiters", "Clients that wait for a result.", METRIC_GAUGE, node->waiters },
        { "dsy_cache_bytes", "Memory of frames that are kept decoded.", METRIC_GAUGE, node->cache_bytes },
        { "dsy_shards", "Shards of this node.", METRIC_GAUGE, node->shards },
        { "dsy_workers", "Threads that execute steps.", METRIC_GAUGE, node->workers },
    };
    write_metrics(text, metrics, sizeof metrics / sizeof metrics[0]);
    write_outcomes(text, node);
    write_commit_histogram(text, node);
}

static void
write_http(struct dsy_buffer *text, const struct dsy_http_statistics *http)
{
    static const char responses[] = "dsy_http_responses_total";
    const struct metric metrics[] = {
        { "dsy_http_connections_accepted_total", "Connections that were accepted.", METRIC_COUNTER,
          http->connections_accepted },
        { "dsy_http_connections_refused_total", "Connections beyond the most that may be open.", METRIC_COUNTER,
          http->connections_refused },
        { "dsy_http_connections_open", "Connections that are open.", METRIC_GAUGE, http->connections_open },
        { "dsy_http_requests_waiting", "Requests whose answer is not known yet.", METRIC_GAUGE,
          http->exchanges_waiting },
        { "dsy_http_received_bytes_total", "Octets received.", METRIC_COUNTER, http->received_bytes },
        { "dsy_http_sent_bytes_total", "Octets sent.", METRIC_COUNTER, http->sent_bytes },
    };
    write_metrics(text, metrics, sizeof metrics / sizeof metrics[0]);
    write_head(text, responses, "Responses, by status.", "counter");
    for (int status = 0; status < 600; status++) {
        if (http->responses[status] > 0)
            dsy_buffer_append_format(text, "%s{status=\"%d\"} %" PRIu64 "\n", responses, status,
                                     http->responses[status]);
    }
}

void
dsy_metrics_write(const struct dsy_statistics *node, const struct dsy_http_statistics *http, const char *version,
                  struct dsy_buffer *text)
{
    write_head(text, "dsy_build_info", "Always 1; the version is its label.", "gauge");
    write_by_label(text, "dsy_build_info", "version", version, 1);
    write_node(text, node);
    if (http != NULL)
        write_http(text, http);
}
