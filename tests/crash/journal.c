/* Judging the step log; see journal.h. The log is sorted by name, so that the executions of a step stand together. */
#include "journal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    long process;
    char key[64];
    unsigned attempt;
    char name[64];
    bool is_used;
};

struct journal {
    struct entry *entries;
    size_t count;
};

static int
compare_names(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    if (order != 0)
        return order;
    return a->attempt < b->attempt ? -1 : a->attempt > b->attempt;
}

static int
compare_keys(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : strcmp(a->name, b->name);
}

static void
fail(const char *path, const char *what)
{
    fprintf(stderr, "campaign: %s: %s\n", path, what);
    exit(2);
}

static struct journal
journal_read(const char *path)
{
    struct journal journal = { 0 };
    size_t capacity = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail(path, strerror(errno));
    char line[256];
    while (fgets(line, sizeof line, file) != NULL) {
        if (journal.count == capacity) {
            capacity = capacity == 0 ? 1024 : capacity * 2;
            journal.entries = realloc(journal.entries, capacity * sizeof *journal.entries);
            if (journal.entries == NULL)
                fail(path, "out of memory");
        }
        struct entry *entry = &journal.entries[journal.count];
        memset(entry, 0, sizeof *entry);
        if (sscanf(line, "%ld %63s %u %63s", &entry->process, entry->key, &entry->attempt, entry->name) != 4)
            fail(path, "a line is not 'PID KEY ATTEMPT NAME'");
        journal.count++;
    }
    fclose(file);
    return journal;
}

static void
violation(struct journal_counts *counts, const char *rule, const struct entry *entry)
{
    counts->violations++;
    fprintf(stderr, "violation: %s: %s key %s attempt %u process %ld\n", rule, entry->name, entry->key, entry->attempt,
            entry->process);
}

static bool
falters(const struct entry *entry)
{
    size_t length = strlen(entry->name);
    return length > 6 && strcmp(entry->name + length - 6, "/close") == 0;
}

/* All executions of one step stand in [first, first + count), by attempt. An attempt that was recorded but never ran,
 * because the process was killed in between, leaves a gap. */
static void
judge_step(struct journal_counts *counts, struct entry *first, size_t count)
{
    counts->steps++;
    for (size_t index = 1; index < count; index++) {
        if (strcmp(first[index].key, first[0].key) != 0)
            violation(counts, "one step ran under two keys", &first[index]);
        bool is_retry = false;
        for (size_t other = 0; other < index; other++) {
            if (first[other].process != first[index].process)
                continue;
            is_retry = falters(&first[index]) && first[other].attempt == 1 && first[index].attempt == 2;
            if (!is_retry)
                violation(counts, "a step that had ended ran again in the same process", &first[index]);
        }
        counts->repeated += !is_retry;
    }
}

static void
expect(struct journal *journal, struct journal_counts *counts, const char *format, int number, int index)
{
    struct entry wanted = { .attempt = 1 };
    /* The format is one of the constants below. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(wanted.name, sizeof wanted.name, format, number, index);
#pragma GCC diagnostic pop
    size_t low = 0, high = journal->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(journal->entries[middle].name, wanted.name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == journal->count || strcmp(journal->entries[low].name, wanted.name) != 0)
        violation(counts, "an expected step never ran", &wanted);
    for (; low < journal->count && strcmp(journal->entries[low].name, wanted.name) == 0; low++)
        journal->entries[low].is_used = true;
}

static void
expect_invocation(struct journal *journal, struct journal_counts *counts, int number)
{
    for (int index = 0; index < 3; index++)
        expect(journal, counts, "w%d/series/%d", number, index);
    if (number % 7 == 0) {
        expect(journal, counts, "w%d/refuse", number, 0);
        expect(journal, counts, "w%d/refused", number, 0);
    } else {
        expect(journal, counts, "w%d/add", number, 0);
    }
    expect(journal, counts, "w%d/close", number, 0);
    for (int index = 0; index < 4; index++)
        expect(journal, counts, "w%d/join/%d", number, index);
    for (int index = 0; index < 3; index++) {
        expect(journal, counts, "w%d/do/%d", number, index);
        expect(journal, counts, "w%d/undo/%d", number, index);
    }
    for (int index = 1; index <= 10; index += 9)
        expect(journal, counts, "w%d/take/%d", number, index);
    static const char *const once[] = { "w%d/started", "w%d/handed",        "w%d/cancel/stopped",
                                        "w%d/mail",    "w%d/cancel/undone", "w%d/bill" };
    for (size_t index = 0; index < sizeof once / sizeof *once; index++)
        expect(journal, counts, once[index], number, 0);
}

struct journal_counts
journal_judge(const char *path, int invocations)
{
    struct journal_counts counts = { 0 };
    struct journal journal = journal_read(path);
    counts.executions = journal.count;
    qsort(journal.entries, journal.count, sizeof *journal.entries, compare_keys);
    for (size_t index = 1; index < journal.count; index++)
        if (strcmp(journal.entries[index].key, journal.entries[index - 1].key) == 0 &&
            strcmp(journal.entries[index].name, journal.entries[index - 1].name) != 0)
            violation(&counts, "two steps have one key", &journal.entries[index]);
    qsort(journal.entries, journal.count, sizeof *journal.entries, compare_names);
    for (size_t first = 0, end; first < journal.count; first = end) {
        for (end = first + 1;
             end < journal.count && strcmp(journal.entries[end].name, journal.entries[first].name) == 0;)
            end++;
        judge_step(&counts, &journal.entries[first], end - first);
    }
    for (int number = 1; number <= invocations; number++)
        expect_invocation(&journal, &counts, number);
    for (size_t index = 0; index < journal.count; index++)
        if (!journal.entries[index].is_used)
            violation(&counts, "a step ran that nobody asked for", &journal.entries[index]);
    free(journal.entries);
    return counts;
}
