/* The benchmark: prints tables, and beside each figure what SQLite alone does with the same rows on this disk in the
 * same run. It is no test: nothing here fails on a slow machine.
 *
 *     bench [--scale PERCENT] [--shards N] [--folder DIR]
 *
 * Every measurement runs in a process of its own, on a store of its own in DIR (default: the system's folder for
 * temporary files), so that memory and caches start empty. */
#include "bench.h"

#include <dirent.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct bench {
    unsigned scale; /* per cent of the usual amounts */
    uint32_t shards;
    char folder[128];
    char store[160];
};

static int
remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static void
fresh_store(struct bench *bench)
{
    nftw(bench->store, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    bench_require(mkdir(bench->store, 0700) == 0, bench->store, NULL);
}

/* Run one measurement in a process of its own. Returns whether it ended by itself. */
static bool
apart(struct bench *bench, void (*measure)(struct bench *bench, uint64_t number), uint64_t number)
{
    fflush(stdout);
    pid_t process = fork();
    bench_require(process >= 0, "fork", NULL);
    if (process == 0) {
        measure(bench, number);
        fflush(stdout);
        _exit(0);
    }
    int status;
    waitpid(process, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        exit(WEXITSTATUS(status));
    return WIFEXITED(status);
}

static uint64_t
scaled(const struct bench *bench, uint64_t count)
{
    uint64_t result = count * bench->scale / 100;
    return result < 10 ? 10 : result;
}

/* ---- throughput ---- */

static void
measure_load(struct bench *bench, const char *name, const char *method, const char *arguments, uint64_t count,
             uint32_t concurrency)
{
    fresh_store(bench);
    struct dsy_node *node = bench_node(recording_driver(), bench->store, bench->shards);
    struct load warm_up = { method, arguments, concurrency, concurrency, true };
    struct load_result before = load_run(node, &warm_up);
    recording_clear();
    struct load load = { method, arguments, scaled(bench, count), concurrency, true };
    struct load_result after = load_run(node, &load);
    dsy_node_drain(node, 1000000000);
    dsy_node_destroy(node);
    uint64_t transitions = after.statistics.transitions - before.statistics.transitions;
    uint64_t batches = after.statistics.batches - before.statistics.batches;
    double rate = (double)transitions / after.seconds;

    fresh_store(bench);
    struct replay_result limit = recording_replay(bench->store);
    double limit_rate = (double)transitions / limit.seconds;
    double commit_ms = limit.seconds * 1e3 / (double)limit.commits;
    double each_ms = after.p50_ms * (double)load.count / (double)transitions;
    printf("%-14s %5u %9.0f %9.1f %9.3f %9.3f %10.3f %8.0f %9.0f %8.3f %7.2f %8.2f\n", name, concurrency,
           (double)load.count / after.seconds, (double)transitions / (double)batches, after.p50_ms, after.p99_ms,
           each_ms, rate, limit_rate, commit_ms, rate / limit_rate, each_ms / commit_ms);
}

static void
measure_ten(struct bench *bench, uint64_t concurrency)
{
    uint64_t count = concurrency == 1 ? 500 : concurrency == 32 ? 6000 : 20000;
    measure_load(bench, "ten", "ten", "{\"number\": 1}", count, (uint32_t)concurrency);
}

static void
measure_chain(struct bench *bench, uint64_t concurrency)
{
    uint64_t count = concurrency == 1 ? 3000 : concurrency == 32 ? 30000 : 60000;
    measure_load(bench, "chain", "chain", "{\"number\": 1}", count, (uint32_t)concurrency);
}

static void
measure_fan_out(struct bench *bench, uint64_t children)
{
    char name[32], arguments[64];
    snprintf(name, sizeof name, "fan %llu", (unsigned long long)children);
    snprintf(arguments, sizeof arguments, "{\"number\": %llu}", (unsigned long long)children);
    measure_load(bench, name, "fan_out", arguments, 100000 / children, 1);
}

static void
measure_events(struct bench *bench, uint64_t concurrency)
{
    measure_load(bench, "event to 10", "tick", "{\"number\": #}", concurrency == 1 ? 1000 : 10000,
                 (uint32_t)concurrency);
}

static void
measure_keyed(struct bench *bench, uint64_t keys)
{
    char name[32], arguments[64];
    snprintf(name, sizeof name, "keyed %llu", (unsigned long long)keys);
    snprintf(arguments, sizeof arguments, "{\"number\": #, \"keys\": %llu}", (unsigned long long)keys);
    measure_load(bench, name, "keyed", arguments, 100000, 256);
}

static void
print_throughput(struct bench *bench)
{
    printf(
        "Throughput, %u shard(s). 'limit' is SQLite alone with the same rows in the same transactions.\n"
        "each ms: p50 of an invocation divided by its transitions; its last column is that in commits of the limit.\n",
        bench->shards);
    printf("%-14s %5s %9s %9s %9s %9s %10s %8s %9s %8s %7s %8s\n", "workload", "conc", "calls/s", "batch", "p50 ms",
           "p99 ms", "each ms", "trans/s", "limit/s", "commit", "ratio", "commits");
    static const uint64_t concurrencies[] = { 1, 32, 256 };
    for (size_t index = 0; index < 3; index++)
        apart(bench, measure_ten, concurrencies[index]);
    for (size_t index = 0; index < 3; index++)
        apart(bench, measure_chain, concurrencies[index]);
    apart(bench, measure_fan_out, 100);
    apart(bench, measure_fan_out, 10000);
    apart(bench, measure_events, 1);
    apart(bench, measure_events, 256);
    static const uint64_t keys[] = { 1, 100, 100000 };
    for (size_t index = 0; index < 3; index++)
        apart(bench, measure_keyed, keys[index]);
}

/* ---- parked ---- */

static uint64_t
folder_bytes(const char *path)
{
    uint64_t bytes = 0;
    DIR *folder = opendir(path);
    bench_require(folder != NULL, path, NULL);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct stat status;
        if (fstatat(dirfd(folder), entry->d_name, &status, 0) == 0 && S_ISREG(status.st_mode))
            bytes += (uint64_t)status.st_size;
    }
    closedir(folder);
    return bytes;
}

static double
resident_mib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static void
park(struct bench *bench, uint64_t count)
{
    struct dsy_node *node = bench_node(&dsy_store_sqlite, bench->store, bench->shards);
    struct load load = { "park", "{\"note\": \"order 4711\"}", count, 256, false };
    struct load_result result = load_run(node, &load);
    printf("parked %llu in %.2f s (%.0f/s)\n", (unsigned long long)count, result.seconds,
           (double)count / result.seconds);
    dsy_node_drain(node, 1000000000);
    dsy_node_destroy(node);
}

static void
measure_start(struct bench *bench, uint64_t count)
{
    int64_t begin_ns = bench_now_ns();
    struct dsy_node *node = bench_node(&dsy_store_sqlite, bench->store, bench->shards);
    double ready_ms = (double)(bench_now_ns() - begin_ns) * 1e-6;
    double after_mib = resident_mib();
    struct dsy_statistics statistics;
    dsy_node_statistics(node, &statistics);
    printf("%12llu parked: %9.1f ms from start to ready, %8.2f MiB resident, %llu timers armed\n",
           (unsigned long long)count, ready_ms, after_mib, (unsigned long long)statistics.timers_armed);
    dsy_node_drain(node, 0);
    dsy_node_destroy(node);
}

static void
print_parked(struct bench *bench)
{
    uint64_t count = scaled(bench, 100000);
    printf("\nParked on a one-hour sleep.\n");
    fresh_store(bench);
    apart(bench, park, 10);
    apart(bench, measure_start, 10);
    uint64_t empty = folder_bytes(bench->store);
    fresh_store(bench);
    apart(bench, park, count);
    uint64_t full = folder_bytes(bench->store);
    apart(bench, measure_start, count);
    printf("%12llu parked: %9.1f bytes on disk each\n", (unsigned long long)count,
           (double)(full - empty) / (double)(count - 10));
}

/* ---- age ---- */

static void
run_until_killed(struct bench *bench, uint64_t steps)
{
    struct dsy_node *node = bench_node(&dsy_store_sqlite, bench->store, 1);
    atomic_store(&bench_kill_at, steps);
    struct load load = { "steps", "{\"count\": 1000000000}", 1, 1, true };
    load_run(node, &load);
    dsy_node_drain(node, 0);
}

static void
measure_resume(struct bench *bench, uint64_t steps)
{
    int64_t begin_ns = bench_now_ns();
    struct dsy_node *node = bench_node(&dsy_store_sqlite, bench->store, 1);
    int64_t ready_ns = bench_now_ns();
    while (atomic_load(&bench_marks) < 2)
        usleep(100);
    printf("%12llu steps, killed: %8.2f ms from start to ready, %8.2f ms to the second step after the restart\n",
           (unsigned long long)steps, (double)(ready_ns - begin_ns) * 1e-6,
           (double)(atomic_load(&bench_last_mark_ns) - begin_ns) * 1e-6);
    fflush(stdout);
    kill(getpid(), SIGKILL);
    dsy_node_drain(node, 0);
}

static void
print_age(struct bench *bench)
{
    static const uint64_t ages[] = { 10, 100000 };
    printf("\nOne routine, killed in the middle of its steps.\n");
    for (size_t index = 0; index < 2; index++) {
        uint64_t steps = index == 0 ? ages[0] : scaled(bench, ages[index]);
        fresh_store(bench);
        bench_require(!apart(bench, run_until_killed, steps), "the routine was not killed", NULL);
        apart(bench, measure_resume, steps);
    }
}

int
main(int count, char **arguments)
{
    struct bench bench = { .scale = 100, .shards = 1 };
    const char *folder = getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR");
    for (int index = 1; index < count; index += 2) {
        const char *value = index + 1 < count ? arguments[index + 1] : NULL;
        if (value != NULL && strcmp(arguments[index], "--scale") == 0)
            bench.scale = (unsigned)strtoul(value, NULL, 10);
        else if (value != NULL && strcmp(arguments[index], "--shards") == 0)
            bench.shards = (uint32_t)strtoul(value, NULL, 10);
        else if (value != NULL && strcmp(arguments[index], "--folder") == 0)
            folder = value;
        else {
            fprintf(stderr, "usage: bench [--scale PERCENT] [--shards N] [--folder DIR]\n");
            return 2;
        }
    }
    snprintf(bench.folder, sizeof bench.folder, "%.100s/dsy-bench-XXXXXX", folder);
    bench_require(mkdtemp(bench.folder) != NULL, "mkdtemp", NULL);
    snprintf(bench.store, sizeof bench.store, "%s/store", bench.folder);
    print_throughput(&bench);
    print_parked(&bench);
    print_age(&bench);
    nftw(bench.folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
