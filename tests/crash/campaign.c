/* The crash campaign: does every invocation end exactly as it should when the server is killed anywhere?
 *
 * Part one, random moments: one store; rounds of calls, each round ended by SIGKILL after a random time; at the end
 * everything is asked for its result. Part two, every commit boundary: for each stop point of the runtime and each
 * number n a fresh store, the process stopped at the n-th passing of that point, started again and asked; n rises
 * until the workload ends without reaching it (--stride takes one in so many). The seed is printed, and --seed
 * repeats a run's choices. What counts as wrong stands in journal.h and leftover.h, and every result is compared with
 * what the workload must give. */
#include "journal.h"
#include "leftover.h"
#include "server.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RESULT_WAIT_SECONDS 60
#define QUIET_WAIT_SECONDS 30
#define TICK_WAIT_MS 2500 /* letters that were taken in are deleted by then */

struct campaign {
    const char *server_program;
    int invocations, kills, boundary_invocations;
    int boundaries_max; /* passings of each point at most; 0: until the workload ends */
    int stride;         /* of the passings every so-maniest */
    unsigned seed;
    char folder[64], store[80], log[80], server_log[80];
    int wrong_results;
    size_t violations;
};

static int
remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static void
fresh_store(struct campaign *campaign)
{
    nftw(campaign->store, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    unlink(campaign->log);
}

/* What Campaign.run(number) must return. */
static void
expected_result(char *result, size_t size_bytes, int number)
{
    int is_refused = number % 7 == 0;
    snprintf(result, size_bytes,
             "{\"series\":66,\"added\":%d,\"refused\":%s,\"closed\":%d,\"trail\":[\"series\",\"%s\",\"closed\"],"
             "\"together\":{\"joined\":12,\"raced\":5,\"failed\":\"refused 4\",\"selected\":111,"
             "\"timed\":\"call sub-routine task\",\"cancelled\":\"cancelled\",\"undone\":\"refused 3\",\"keyed\":1211,"
             "\"told\":16,\"started\":8,\"handed\":12,\"promised\":7,\"ring\":\"deadlock 1\"}}",
             is_refused ? number * 2 : number * 2 + 1, is_refused ? "true" : "false", number + 1,
             is_refused ? "refused" : "added");
}

static struct answer
call_campaign(struct server *server, int number, int wait_seconds)
{
    char body[64], key[64];
    snprintf(body, sizeof body, "{\"number\": %d}", number);
    snprintf(key, sizeof key, "campaign-%d", number);
    return server_call(server, "Campaign/run", body, key, wait_seconds);
}

/* Ask for the result of every invocation; the server runs undisturbed. */
static void
judge_results(struct campaign *campaign, struct server *server, int invocations)
{
    for (int number = 1; number <= invocations; number++) {
        char expected[512];
        expected_result(expected, sizeof expected, number);
        struct answer answer = call_campaign(server, number, RESULT_WAIT_SECONDS);
        if (answer.status == 200 && strcmp(answer.body, expected) == 0)
            continue;
        campaign->wrong_results++;
        fprintf(stderr, "wrong: Campaign.run(%d): HTTP %ld %s\n  expected %s\n", number, answer.status, answer.body,
                expected);
    }
}

static void
sleep_ms(long milliseconds)
{
    struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

static struct journal_counts
judge(struct campaign *campaign, struct server *server, int invocations, bool waits_for_tick)
{
    judge_results(campaign, server, invocations);
    struct journal_counts counts = journal_judge(campaign->log, invocations);
    campaign->violations += counts.violations;
    server_wait_until_quiet(server, QUIET_WAIT_SECONDS);
    if (waits_for_tick)
        sleep_ms(TICK_WAIT_MS);
    int code = server_drain(server);
    if (code != 0) {
        fprintf(stderr, "wrong: a drained server ended with %d\n", code);
        campaign->wrong_results++;
    }
    struct leftover leftover = leftover_count(campaign->store);
    if (!leftover_is_none(&leftover) || (waits_for_tick && leftover.letters != 0)) {
        leftover_print(campaign->store, &leftover);
        campaign->wrong_results++;
    }
    return counts;
}

static void
kill_at_random(struct campaign *campaign, struct server *server)
{
    fresh_store(campaign);
    int submitted = 0, kills = 0;
    while (kills < campaign->kills) {
        server_start(server, NULL);
        /* The next few calls; one that gets no answer is sent again after the restart, under the same key. */
        int target = (int)((long)campaign->invocations * (kills + 1) / campaign->kills);
        while (submitted < target) {
            struct answer answer = call_campaign(server, submitted + 1, 0);
            if (answer.status == 0)
                break;
            if (answer.status != 200 && answer.status != 202) {
                fprintf(stderr, "wrong: call %d: HTTP %ld %s\n", submitted + 1, answer.status, answer.body);
                campaign->wrong_results++;
            }
            submitted++;
        }
        sleep_ms(rand_r(&campaign->seed) % 25);
        if (server_kill(server))
            kills++;
    }
    server_start(server, NULL);
    struct journal_counts counts = judge(campaign, server, campaign->invocations, true);
    printf("random moments: %d invocations, %d kills, %zu steps, %zu executions, %zu repeated across a kill, "
           "%zu violations\n",
           campaign->invocations, kills, counts.steps, counts.executions, counts.repeated, counts.violations);
}

/* One workload with the process stopped at one passing of one point. Returns whether that was reached. */
static bool
stop_once(struct campaign *campaign, struct server *server, const char *point, int passing,
          struct journal_counts *total)
{
    char stop_at[64];
    snprintf(stop_at, sizeof stop_at, "%s:%d", point, passing);
    fresh_store(campaign);
    bool is_reached = !server_start(server, stop_at);
    for (int number = 1; !is_reached && number <= campaign->boundary_invocations; number++)
        is_reached = call_campaign(server, number, 0).status == 0;
    for (int number = 1; !is_reached && number <= campaign->boundary_invocations; number++)
        is_reached = call_campaign(server, number, RESULT_WAIT_SECONDS).status == 0;
    server_kill(server);
    server_start(server, NULL);
    struct journal_counts counts = judge(campaign, server, campaign->boundary_invocations, false);
    total->steps += counts.steps;
    total->executions += counts.executions;
    total->repeated += counts.repeated;
    total->violations += counts.violations;
    return is_reached;
}

static void
stop_at_every_boundary(struct campaign *campaign, struct server *server)
{
    static const char *const points[] = { "before_commit", "after_commit", "before_dispatch", "after_dispatch" };
    for (size_t index = 0; index < sizeof points / sizeof *points; index++) {
        struct journal_counts total = { 0 };
        int passing = 1, stops = 0;
        while (stop_once(campaign, server, points[index], passing, &total) &&
               (campaign->boundaries_max == 0 || stops + 1 < campaign->boundaries_max)) {
            passing += campaign->stride;
            stops++;
        }
        printf("%s: %d stops up to boundary %d of %d invocations, %zu executions, %zu repeated across the stop, %zu "
               "violations\n",
               points[index], stops, passing, campaign->boundary_invocations, total.executions, total.repeated,
               total.violations);
        fflush(stdout);
        if (stops < 1) {
            fprintf(stderr, "wrong: the server passes no point %s; is it linked with stop points?\n", points[index]);
            campaign->wrong_results++;
        }
    }
}

static void
usage(void)
{
    fprintf(stderr, "usage: campaign --server PROGRAM [--invocations N] [--kills N] [--boundary-invocations N] "
                    "[--boundaries MOST] [--stride N] [--seed N]\n");
    exit(2);
}

int
main(int count, char **arguments)
{
    struct campaign campaign = {
        .invocations = 240, .kills = 100, .boundary_invocations = 1, .stride = 1, .seed = (unsigned)time(NULL)
    };
    for (int index = 1; index < count; index += 2) {
        const char *name = arguments[index], *value = index + 1 < count ? arguments[index + 1] : NULL;
        if (value == NULL)
            usage();
        if (strcmp(name, "--server") == 0)
            campaign.server_program = value;
        else if (strcmp(name, "--invocations") == 0)
            campaign.invocations = atoi(value);
        else if (strcmp(name, "--kills") == 0)
            campaign.kills = atoi(value);
        else if (strcmp(name, "--boundary-invocations") == 0)
            campaign.boundary_invocations = atoi(value);
        else if (strcmp(name, "--boundaries") == 0)
            campaign.boundaries_max = atoi(value);
        else if (strcmp(name, "--stride") == 0)
            campaign.stride = atoi(value);
        else if (strcmp(name, "--seed") == 0)
            campaign.seed = (unsigned)strtoul(value, NULL, 10);
        else
            usage();
    }
    if (campaign.server_program == NULL || campaign.invocations < 1 || campaign.kills < 1 ||
        campaign.boundary_invocations < 1 || campaign.stride < 1)
        usage();
    strcpy(campaign.folder, "/tmp/dsy-campaign-XXXXXX");
    if (mkdtemp(campaign.folder) == NULL) {
        perror("campaign: mkdtemp");
        return 2;
    }
    snprintf(campaign.store, sizeof campaign.store, "%s/store", campaign.folder);
    snprintf(campaign.log, sizeof campaign.log, "%s/steps.log", campaign.folder);
    snprintf(campaign.server_log, sizeof campaign.server_log, "%s/server.log", campaign.folder);
    setenv("DSY_CAMPAIGN_LOG", campaign.log, 1);
    printf("campaign: seed %u, in %s\n", campaign.seed, campaign.folder);
    fflush(stdout);

    struct server server = { .program = campaign.server_program, .store = campaign.store, .log = campaign.server_log };
    kill_at_random(&campaign, &server);
    fflush(stdout);
    stop_at_every_boundary(&campaign, &server);
    server_forget(&server);
    printf("campaign: %d wrong results, %zu violations\n", campaign.wrong_results, campaign.violations);
    if (campaign.wrong_results != 0 || campaign.violations != 0)
        return 1;
    nftw(campaign.folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
