/* Every feature, killed at every commit boundary: does it come to the same end?
 *
 * A feature is a file tests/golden/run/NAME.dsy with the calls and results that stand in its comments. For each call
 * (for all of them in order where the file says `// in order`), each stop point of the runtime and each number n: a
 * fresh store, the process killed at the n-th passing of that point and started again, the call that got no answer
 * sent again under its key; n rises until the call ends without reaching it. So every boundary is enumerated, none is
 * drawn.
 *
 *     boundaries --server PROGRAM [--part I/N] [--points all] FILE.dsy …
 *
 * PROGRAM is the deployment of all golden files, linked with stop points. --part takes every N-th file. The points are
 * before and after each commit; all: before and after each dispatch, too. */
#include "server.h"

#include <ctype.h>
#include <ftw.h>
#include <jansson.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CALLS_MAX = 256, LINE_BYTES_MAX = 4096, RESULT_WAIT_SECONDS = 60 };

struct call {
    char routine[128]; /* "Account/alice/deposit" */
    char *arguments;   /* JSON */
    char *expected;    /* the rest of the line */
    bool is_error;
    int line;
};

struct feature {
    const char *path;
    struct call calls[CALLS_MAX];
    int call_count;
    bool is_in_order; /* a call builds on those before it */
};

static char folder[64], store[80], server_log[80];
static int wrong_count;

static int
remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static void
stop(const char *what, const char *of)
{
    fprintf(stderr, "boundaries: %s: %s\n", of, what);
    exit(2);
}

/* ---- what a file says ---- */

/* "// call Account.deposit {…}": takes the routine and its arguments. */
static void
read_call(struct feature *feature, const char *text, int line)
{
    if (feature->call_count == CALLS_MAX)
        stop("too many calls: CALLS_MAX", feature->path);
    struct call *call = &feature->calls[feature->call_count];
    size_t length = strcspn(text, " ");
    if (length >= sizeof call->routine)
        stop("the name of a routine is too long", feature->path);
    memcpy(call->routine, text, length);
    call->routine[length] = '\0';
    char *dot = strchr(call->routine, '.');
    if (dot != NULL)
        *dot = '/';
    text += length;
    while (*text == ' ')
        text++;
    call->arguments = strdup(*text == '\0' ? "{}" : text);
    call->line = line;
}

static void
read_feature(struct feature *feature, const char *path)
{
    *feature = (struct feature){ .path = path };
    FILE *file = fopen(path, "r");
    if (file == NULL)
        stop("can't be read", path);
    static char line[LINE_BYTES_MAX];
    bool has_call = false;
    for (int number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        line[strcspn(line, "\n")] = '\0';
        char *text = line + strspn(line, " \t");
        if (strcmp(text, "// in order") == 0)
            feature->is_in_order = true;
        if (strncmp(text, "// call ", 8) == 0) {
            read_call(feature, text + 8, number);
            has_call = true;
        } else if (has_call && (strncmp(text, "// result ", 10) == 0 || strncmp(text, "// error ", 9) == 0)) {
            struct call *call = &feature->calls[feature->call_count++];
            call->is_error = text[3] == 'e';
            call->expected = strdup(text + (call->is_error ? 9 : 10));
            has_call = false;
        }
    }
    fclose(file);
}

static void
forget_feature(struct feature *feature)
{
    for (int index = 0; index < feature->call_count; index++) {
        free(feature->calls[index].arguments);
        free(feature->calls[index].expected);
    }
}

/* ---- comparing ---- */

static bool
result_matches(const char *expected, const char *body)
{
    if (expected[0] != '~')
        return strcmp(expected, body) == 0;
    char pattern[LINE_BYTES_MAX + 8];
    snprintf(pattern, sizeof pattern, "^(%s)$", expected + 1);
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        stop("a pattern that is none", expected);
    bool matches = regexec(&regex, body, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

/* "NAME" or "NAME {members}" against the member "error" of the problem. */
static bool
error_matches(const char *expected, const char *body)
{
    json_t *problem = json_loads(body, 0, NULL);
    json_t *error = json_object_get(problem, "error");
    const char *name = json_string_value(json_object_get(error, "error"));
    size_t length = strcspn(expected, " ");
    bool matches = name != NULL && strlen(name) == length && strncmp(name, expected, length) == 0;
    json_t *members = expected[length] == ' ' ? json_loads(expected + length + 1, 0, NULL) : NULL;
    if (matches && members != NULL) {
        json_object_del(error, "error");
        json_object_del(error, "message");
        matches = json_equal(error, members) != 0;
    }
    json_decref(members);
    json_decref(problem);
    return matches;
}

static bool
is_expected(const struct call *call, const struct answer *answer)
{
    if (call->is_error)
        return answer->status == 422 && error_matches(call->expected, answer->body);
    return answer->status == 200 && result_matches(call->expected, answer->body);
}

/* ---- running ---- */

/* The calls from `first` to `last`, and one passing of one point. Returns whether it was reached. */
static bool
stop_once(struct server *server, const struct feature *feature, int first, int last, const char *point, int passing)
{
    char stop_at[64];
    snprintf(stop_at, sizeof stop_at, "%s:%d", point, passing);
    nftw(store, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    bool is_reached = !server_start(server, stop_at);
    if (is_reached)
        server_start(server, NULL);
    for (int index = first; index <= last; index++) {
        const struct call *call = &feature->calls[index];
        char key[32];
        snprintf(key, sizeof key, "call-%d", index);
        struct answer answer = server_call(server, call->routine, call->arguments, key, RESULT_WAIT_SECONDS);
        if (answer.status == 0 && !is_reached) {
            is_reached = true;
            server_kill(server);
            server_start(server, NULL);
            answer = server_call(server, call->routine, call->arguments, key, RESULT_WAIT_SECONDS);
        }
        if (is_expected(call, &answer))
            continue;
        wrong_count++;
        fprintf(stderr, "%s:%d: killed at %s: %s %s\n    expected %s %s\n    got      HTTP %ld %s\n", feature->path,
                call->line, stop_at, call->routine, call->arguments, call->is_error ? "error" : "result",
                call->expected, answer.status, answer.body);
    }
    server_kill(server);
    return is_reached;
}

/* Returns the number of boundaries. */
static int
stop_at_each(struct server *server, const struct feature *feature, const char *point)
{
    int boundaries = 0;
    int step = feature->is_in_order ? feature->call_count : 1;
    for (int first = 0; first < feature->call_count; first += step) {
        int passing = 1;
        while (stop_once(server, feature, first, first + step - 1, point, passing))
            passing++;
        boundaries += passing - 1;
    }
    if (boundaries == 0) {
        fprintf(stderr, "%s: no point %s is passed; is the server linked with stop points?\n", feature->path, point);
        wrong_count++;
    }
    return boundaries;
}

static int
stop_everywhere(struct server *server, const struct feature *feature, int point_count)
{
    static const char *const points[] = { "before_commit", "after_commit", "before_dispatch", "after_dispatch" };
    int boundaries = 0;
    for (int index = 0; index < point_count; index++)
        boundaries += stop_at_each(server, feature, points[index]);
    return boundaries;
}

int
main(int count, char **arguments)
{
    struct server server = { 0 };
    int part = 0, parts = 1, first = 1, point_count = 2;
    for (; first + 1 < count && strncmp(arguments[first], "--", 2) == 0; first += 2) {
        if (strcmp(arguments[first], "--server") == 0)
            server.program = arguments[first + 1];
        else if (strcmp(arguments[first], "--points") == 0 && strcmp(arguments[first + 1], "all") == 0)
            point_count = 4;
        else if (strcmp(arguments[first], "--part") != 0 || sscanf(arguments[first + 1], "%d/%d", &part, &parts) != 2)
            stop("unknown option", arguments[first]);
    }
    if (server.program == NULL || first >= count || parts < 1) {
        fprintf(stderr, "usage: boundaries --server PROGRAM [--part I/N] [--points all] FILE.dsy …\n");
        return 2;
    }
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/dsy-boundaries-XXXXXX", base);
    if (mkdtemp(folder) == NULL)
        stop("can't be made", folder);
    snprintf(store, sizeof store, "%s/store", folder);
    snprintf(server_log, sizeof server_log, "%s/log", folder);
    server.store = store;
    server.log = server_log;
    int features = 0, boundaries = 0;
    static struct feature feature;
    for (int index = first; index < count; index++) {
        if ((index - first) % parts != part)
            continue;
        read_feature(&feature, arguments[index]);
        if (feature.call_count > 0) {
            boundaries += stop_everywhere(&server, &feature, point_count);
            features++;
        }
        forget_feature(&feature);
    }
    printf("%d features, %d boundaries, %d wrong\n", features, boundaries, wrong_count);
    server_forget(&server);
    if (wrong_count > 0)
        printf("the server's log: %s\n", server_log);
    else
        nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return wrong_count == 0 && features > 0 ? 0 : 1;
}
