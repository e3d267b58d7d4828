/* The text that Prometheus reads: its grammar, and that each number arrives in its place. */
#include "runtime/admin/metrics.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

enum { TEXT_BYTES_MAX = 1024 * 1024 };

/* Statistics of which no two numbers are the same. */
static struct dsy_statistics
distinct_statistics(void)
{
    struct dsy_statistics node;
    uint64_t *numbers = (uint64_t *)(void *)&node;
    memset(&node, 0, sizeof node);
    for (size_t index = 0; index < sizeof node / sizeof *numbers; index++)
        numbers[index] = 1000 + index;
    return node;
}

static char *
text_of(const struct dsy_statistics *node, const struct dsy_http_statistics *http)
{
    static struct dsy_buffer text;
    dsy_buffer_init(&text, TEXT_BYTES_MAX);
    dsy_metrics_write(node, http, "1.2.3", &text);
    dsy_buffer_append_octet(&text, 0);
    cr_assert(text.status == DSY_OK, "the text is larger than %d bytes", TEXT_BYTES_MAX);
    return (char *)text.data;
}

static void
expect_sample(const char *text, const char *name, uint64_t value)
{
    char line[256];
    snprintf(line, sizeof line, "\n%s %llu\n", name, (unsigned long long)value);
    cr_expect(strstr(text, line) != NULL, "there is no line '%s %llu'", name, (unsigned long long)value);
}

Test(metrics, every_line_has_its_grammar)
{
    struct dsy_statistics node = distinct_statistics();
    struct dsy_http_statistics http = { .responses[200] = 5, .responses[503] = 6 };
    static const char pattern[] = "^(# HELP [a-z_]+ .+|# TYPE [a-z_]+ (counter|gauge|histogram)|"
                                  "[a-z_]+(\\{[a-z_]+=\"[^\"]*\"\\})? [0-9]+(\\.[0-9]+)?)$";
    char *text = text_of(&node, &http), *rest = text, *line;
    regex_t expression;
    int count = 0;
    cr_assert(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB) == 0);
    while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
        cr_expect(regexec(&expression, line, 0, NULL, 0) == 0, "not a line of Prometheus' text: '%s'", line);
        count++;
    }
    cr_expect(line != NULL && *line == 0, "the last line has no line feed");
    cr_expect(count > 50, "only %d lines", count);
    regfree(&expression);
    free(text);
}

/* Counters end in _total, nothing else does; each name is described once, before its samples. */
Test(metrics, names_follow_the_conventions)
{
    struct dsy_statistics node = distinct_statistics();
    struct dsy_http_statistics http = { .responses[200] = 5 };
    char *text = text_of(&node, &http), *rest = text, *line, name[128] = "", type[16], seen[8192] = "\n";
    while ((line = strsep(&rest, "\n")) != NULL) {
        char other[128];
        if (sscanf(line, "# TYPE %127s %15s", other, type) == 2) {
            cr_expect(strcmp(other, name) == 0, "the type of %s follows the help of %s", other, name);
            size_t size_bytes = strlen(name);
            bool is_total = size_bytes > 6 && strcmp(name + size_bytes - 6, "_total") == 0;
            cr_expect(is_total == (strcmp(type, "counter") == 0), "%s is a %s", name, type);
        } else if (sscanf(line, "# HELP %127s", other) == 1) {
            char wanted[140];
            snprintf(wanted, sizeof wanted, "\n%s\n", other);
            cr_expect(strstr(seen, wanted) == NULL, "%s is described twice", other);
            strcat(strcat(seen, other), "\n");
            strcpy(name, other);
        } else if (line[0] != 0) {
            cr_expect(strncmp(line, name, strlen(name)) == 0, "'%s' stands below the description of %s", line, name);
        }
    }
    free(text);
}

Test(metrics, numbers_arrive_in_their_places)
{
    struct dsy_statistics node = distinct_statistics();
    struct dsy_http_statistics http = { .connections_open = 7, .responses[200] = 8, .responses[422] = 9 };
    char *text = text_of(&node, &http);
    expect_sample(text, "dsy_build_info{version=\"1.2.3\"}", 1);
    expect_sample(text, "dsy_transitions_total", node.transitions);
    expect_sample(text, "dsy_batches_total", node.batches);
    expect_sample(text, "dsy_invocations_begun_total", node.invocations_begun);
    expect_sample(text, "dsy_invocations_unfinished", node.invocations_unfinished);
    expect_sample(text, "dsy_invocations_ended_total{outcome=\"returned\"}", node.invocations_returned);
    expect_sample(text, "dsy_invocations_ended_total{outcome=\"threw\"}", node.invocations_threw);
    expect_sample(text, "dsy_invocations_quarantined_total", node.invocations_quarantined);
    expect_sample(text, "dsy_steps_ended_total{outcome=\"done\"}", node.steps_done);
    expect_sample(text, "dsy_steps_ended_total{outcome=\"retried\"}", node.steps_retried);
    expect_sample(text, "dsy_steps_ended_total{outcome=\"timed_out\"}", node.steps_timed_out);
    expect_sample(text, "dsy_steps_limited", node.steps_limited);
    expect_sample(text, "dsy_steps_later", node.steps_later);
    expect_sample(text, "dsy_steps_overdue", node.steps_overdue);
    expect_sample(text, "dsy_commit_errors_total", node.commit_errors);
    expect_sample(text, "dsy_shards", node.shards);
    expect_sample(text, "dsy_http_connections_open", 7);
    expect_sample(text, "dsy_http_responses_total{status=\"200\"}", 8);
    expect_sample(text, "dsy_http_responses_total{status=\"422\"}", 9);
    cr_expect(strstr(text, "status=\"404\"") == NULL, "a status that never occurred has a sample");
    free(text);
}

Test(metrics, the_histogram_adds_up)
{
    struct dsy_statistics node = { .commit_ns = 2500000001 };
    char *text, line[64];
    uint64_t sum = 0;
    for (size_t index = 0; index < DSY_COMMIT_BUCKET_COUNT; index++)
        sum += node.commit_buckets[index] = index + 1;
    text = text_of(&node, NULL);
    snprintf(line, sizeof line, "_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)sum);
    cr_expect(strstr(text, line) != NULL, "the last bucket holds all: %s", line);
    expect_sample(text, "dsy_commit_duration_seconds_count", sum);
    cr_expect(strstr(text, "\ndsy_commit_duration_seconds_sum 2.500000001\n") != NULL);

    uint64_t before = 0;
    double bound_before = -1;
    int bucket_count = 0;
    for (char *at = text; (at = strstr(at, "_bucket{le=\"")) != NULL; at++) {
        double bound;
        unsigned long long count;
        if (sscanf(at, "_bucket{le=\"%lf\"} %llu", &bound, &count) != 2)
            continue;
        cr_expect(count >= before && bound > bound_before, "bucket %d is below the one before it", bucket_count);
        before = count;
        bound_before = bound;
        bucket_count++;
    }
    cr_expect(bucket_count == DSY_COMMIT_BUCKET_COUNT, "%d buckets", bucket_count);
    cr_expect(strstr(text, "dsy_http_") == NULL, "there is no server");
    free(text);
}

/* Prometheus' own judgement, where its tool is installed. */
Test(metrics, promtool_has_nothing_to_say)
{
    if (system("command -v promtool >/dev/null 2>&1") != 0)
        cr_skip_test("promtool is not installed");
    struct dsy_statistics node = distinct_statistics();
    struct dsy_http_statistics http = { .responses[200] = 5 };
    char *text = text_of(&node, &http);
    FILE *promtool = popen("promtool check metrics >&2", "w");
    cr_assert(promtool != NULL);
    fwrite(text, 1, strlen(text), promtool);
    int status = pclose(promtool);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "promtool ended with %d", WEXITSTATUS(status));
    free(text);
}
