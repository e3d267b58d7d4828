/* Bad input to the compiler: every prefix of every given source, and a number of mutants of them. Each must end with
 * diagnostics, or be a program that compiles to C; never crash, hang or (in sanitizer builds) trip a sanitizer.
 *
 *     broken_sources [--mutants N] [--no-prefixes] [--seed N] FILE.dsy…
 *
 * A source is compiled under its own folder's name, so that its imports are found. The seed is printed. When it dies,
 * the source that killed it is left in the file that it named. */
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compiler/compile.h"

#define SECONDS_MAX 10 /* for one source: far above what any takes, so reaching it is a hang */

struct source {
    const char *path;
    char *content;
    size_t size_bytes;
};

struct broken {
    struct source *sources;
    size_t source_count;
    char victim[64]; /* path of the source that is being compiled */
    unsigned seed;
    size_t compiled, with_errors, whole;
    size_t silent; /* failed without saying why */
};

static void
fail(const char *what)
{
    fprintf(stderr, "broken_sources: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void
on_alarm(int signal_number)
{
    (void)signal_number;
    static const char text[] = "broken_sources: a source took longer than 10 seconds\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(3);
    abort();
}

static struct source
read_source(const char *path)
{
    struct source source = { .path = path };
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        fail(path);
    long size_bytes = ftell(file);
    rewind(file);
    source.content = malloc((size_t)size_bytes + 1);
    if (source.content == NULL || fread(source.content, 1, (size_t)size_bytes, file) != (size_t)size_bytes)
        fail(path);
    source.size_bytes = (size_t)size_bytes;
    fclose(file);
    return source;
}

/* Compile some bytes as if they stood beside `origin`. */
static void
compile_bytes(struct broken *broken, const struct source *origin, const char *bytes, size_t size_bytes)
{
    FILE *file = fopen(broken->victim, "wb");
    if (file == NULL || fwrite(bytes, 1, size_bytes, file) != size_bytes || fclose(file) != 0)
        fail(broken->victim);
    char folder[512];
    snprintf(folder, sizeof folder, "%s", origin->path);
    const char *import_folder = dirname(folder);
    struct compile_request request = {
        .path = broken->victim, .import_folders = &import_folder, .import_folder_count = 1, .goal = COMPILE_C
    };
    static struct compilation compilation;
    alarm(SECONDS_MAX);
    enum compile_status status = compile(&compilation, &request);
    alarm(0);
    broken->compiled++;
    if (status == COMPILE_OK) {
        broken->whole++;
    } else if (status == COMPILE_HAS_ERRORS && compilation.diagnostics.error_count > 0) {
        broken->with_errors++;
    } else {
        broken->silent++;
        fprintf(stderr, "broken_sources: status %d without an error, from %s, %zu bytes\n", (int)status, origin->path,
                size_bytes);
    }
    compilation_free(&compilation);
}

static size_t
below(struct broken *broken, size_t limit)
{
    return limit == 0 ? 0 : ((size_t)rand_r(&broken->seed) << 16 ^ (size_t)rand_r(&broken->seed)) % limit;
}

static const char *const fragments[] = {
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ".",
    "?",
    "!",
    "??",
    "?.",
    "=",
    "==",
    "+=",
    "++",
    "<",
    ">",
    ">>",
    "&&",
    "||",
    ":",
    "..",
    "$\"{",
    "\"",
    "\"\"\"",
    "/*",
    "//",
    "@",
    "await ",
    "async ",
    "service ",
    "interface ",
    "extern ",
    "struct ",
    "union ",
    "enum ",
    "error ",
    "throw ",
    "try ",
    "catch ",
    "finally ",
    "return ",
    "switch ",
    "case ",
    "default:",
    "for ",
    "while ",
    "if ",
    "else ",
    "break;",
    "continue;",
    "null",
    "int ",
    "decimal ",
    "string ",
    "map<",
    "task<",
    "[]",
    "T?",
    "void",
    "9223372036854775808",
    "0x",
    "1e999",
    "19.99m",
    "3d",
    "99999999999d",
    "-",
    "~",
    "\xff",
    "\xc3",
    "\\u{110000}",
    "within ",
    "compensate ",
    "select ",
    "case await ",
    "case after 1s:",
    "cancel ",
    "start ",
    "start detached ",
    "await all(",
    "await any(",
    "promise<",
    "promise<int>()",
    "resolve(",
    "reject(",
    "publish ",
    "state ",
    "query ",
    "shared ",
    "private ",
    "event ",
    "on (",
    "use ",
    "config ",
    "throws ",
    "throw;",
    "@schedule(",
    "@limit(",
    "import std.text;",
    "import ",
    "module ",
    "const ",
    "\0",
};

/* One to four random edits of a source: take away, double, move, flip a byte, put in a fragment of the language. */
static size_t
mutate(struct broken *broken, char *bytes, size_t size_bytes, size_t capacity_bytes)
{
    size_t edits = 1 + below(broken, 4);
    for (size_t edit = 0; edit < edits; edit++) {
        size_t place = below(broken, size_bytes + 1);
        size_t length = 1 + below(broken, below(broken, 8) == 0 ? 200 : 8);
        if (place + length > size_bytes)
            length = size_bytes - place;
        const char *fragment = fragments[below(broken, sizeof fragments / sizeof *fragments)];
        size_t fragment_bytes = fragment[0] == '\0' ? 1 : strlen(fragment);
        switch (below(broken, 4)) {
        case 0:
            memmove(bytes + place, bytes + place + length, size_bytes - place - length);
            size_bytes -= length;
            break;
        case 1:
            if (size_bytes + length > capacity_bytes)
                break;
            memmove(bytes + place + length, bytes + place, size_bytes - place);
            size_bytes += length;
            break;
        case 2:
            if (place < size_bytes)
                bytes[place] = (char)(bytes[place] ^ (1 << below(broken, 8)));
            break;
        default:
            if (size_bytes + fragment_bytes > capacity_bytes)
                break;
            memmove(bytes + place + fragment_bytes, bytes + place, size_bytes - place);
            memcpy(bytes + place, fragment, fragment_bytes);
            size_bytes += fragment_bytes;
            break;
        }
    }
    return size_bytes;
}

static void
try_mutants(struct broken *broken, size_t count)
{
    for (size_t number = 0; number < count; number++) {
        const struct source *source = &broken->sources[below(broken, broken->source_count)];
        size_t capacity_bytes = source->size_bytes + 2000;
        char *bytes = malloc(capacity_bytes);
        if (bytes == NULL)
            fail("memory");
        memcpy(bytes, source->content, source->size_bytes);
        size_t size_bytes = mutate(broken, bytes, source->size_bytes, capacity_bytes);
        compile_bytes(broken, source, bytes, size_bytes);
        free(bytes);
    }
}

int
main(int count, char **arguments)
{
    struct broken broken = { .seed = (unsigned)time(NULL) };
    size_t mutants = 10000;
    bool tries_prefixes = true;
    broken.sources = calloc((size_t)count, sizeof *broken.sources);
    if (broken.sources == NULL)
        fail("memory");
    for (int index = 1; index < count; index++) {
        if (strcmp(arguments[index], "--mutants") == 0 && index + 1 < count)
            mutants = strtoul(arguments[++index], NULL, 10);
        else if (strcmp(arguments[index], "--no-prefixes") == 0)
            tries_prefixes = false;
        else if (strcmp(arguments[index], "--seed") == 0 && index + 1 < count)
            broken.seed = (unsigned)strtoul(arguments[++index], NULL, 10);
        else
            broken.sources[broken.source_count++] = read_source(arguments[index]);
    }
    if (broken.source_count == 0) {
        fprintf(stderr, "usage: broken_sources [--mutants N] [--no-prefixes] [--seed N] FILE.dsy…\n");
        return 2;
    }
    snprintf(broken.victim, sizeof broken.victim, "/tmp/dsy-broken-%ld.dsy", (long)getpid());
    signal(SIGALRM, on_alarm);
    printf("broken_sources: seed %u; a source that kills this is left in %s\n", broken.seed, broken.victim);
    fflush(stdout);
    size_t prefixes = 0;
    for (size_t index = 0; tries_prefixes && index < broken.source_count; index++)
        for (size_t size_bytes = 0; size_bytes < broken.sources[index].size_bytes; size_bytes++, prefixes++)
            compile_bytes(&broken, &broken.sources[index], broken.sources[index].content, size_bytes);
    try_mutants(&broken, mutants);
    printf("broken_sources: %zu prefixes, %zu mutants: %zu with errors, %zu whole programs, %zu silent failures\n",
           prefixes, mutants, broken.with_errors, broken.whole, broken.silent);
    for (size_t index = 0; index < broken.source_count; index++)
        free(broken.sources[index].content);
    free(broken.sources);
    unlink(broken.victim);
    return broken.silent == 0 ? 0 : 1;
}
